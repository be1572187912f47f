/* Runs a fuzz target over files and folders, where there is no libFuzzer. Each seed is also run cut
 * short at every length up to 512 and with one bit of each byte flipped, so that a compiler without
 * a fuzzer still sees damaged input. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static size_t runs;

static void run(const uint8_t *data, size_t size)
{
	/* An exact copy, so that a read past the end is one past a heap block. */
	uint8_t *copy = calloc(1, size + (size == 0));

	if (copy == NULL)
		exit(2);
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void run_file(const char *path)
{
	uint8_t *data;
	long size;
	size_t i;
	FILE *file = fopen(path, "rb");

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	rewind(file);
	data = malloc((size_t)size + 1);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
		exit(2);
	fclose(file);
	run(data, (size_t)size);
	for (i = 0; i < (size_t)size && i < 512; i++) {
		run(data, i);
		data[i] = (uint8_t)(data[i] ^ (1u << (i % 8)));
		run(data, (size_t)size);
		data[i] = (uint8_t)(data[i] ^ (1u << (i % 8)));
	}
	free(data);
}

static void run_path(const char *path)
{
	struct stat what;
	struct dirent *entry;
	DIR *folder;

	if (stat(path, &what) == 0 && !S_ISDIR(what.st_mode)) {
		run_file(path);
		return;
	}
	folder = opendir(path);
	if (folder == NULL) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	while ((entry = readdir(folder)) != NULL) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		run_file(name);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	int i;

	run(NULL, 0);
	for (i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%zu inputs\n", runs);
	return 0;
}
