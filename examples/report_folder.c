#include "report_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a (Fowler, Noll and Vo), 64 bits. */
int file_fingerprint(const char *path, char out[FINGERPRINT_SIZE])
{
	static const uint64_t prime = UINT64_C(0x100000001b3);
	uint64_t hash = UINT64_C(0xcbf29ce484222325), bytes = 0;
	unsigned char block[65536];
	FILE *file = fopen(path, "rb");
	size_t n;
	int broken;

	if (file == NULL)
		return -1;
	while ((n = fread(block, 1, sizeof(block), file)) > 0) {
		for (size_t i = 0; i < n; i++)
			hash = (hash ^ block[i]) * prime;
		bytes += n;
	}
	broken = ferror(file);
	(void)fclose(file);
	(void)snprintf(out, FINGERPRINT_SIZE, "%llu bytes, FNV-1a %016llx",
			(unsigned long long)bytes, (unsigned long long)hash);
	return broken ? -1 : 0;
}

/* Call `each` for every entry but the folder itself and its parent. */
static int walk(const char *path, int (*each)(const char *entry, int64_t *sum), int64_t *sum)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int failed = 0;

	if (folder == NULL)
		return -1;
	while (!failed && (entry = readdir(folder)) != NULL) {
		char name[4600];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			failed = -1;
		else
			failed = each(name, sum);
	}
	(void)closedir(folder);
	return failed;
}

static int add_size(const char *entry, int64_t *sum)
{
	struct stat about;

	if (stat(entry, &about) == 0)
		*sum += about.st_size;
	return 0;
}

static int remove_file(const char *entry, int64_t *sum)
{
	(void)sum;
	return unlink(entry);
}

int64_t folder_bytes(const char *path)
{
	int64_t sum = 0;

	(void)walk(path, add_size, &sum);
	return sum;
}

int folder_remove(const char *path)
{
	return walk(path, remove_file, NULL) != 0 ? -1 : rmdir(path);
}
