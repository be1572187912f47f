/* Golden cases: the same bytes as ever, from C. `golden FOLDER...` checks, `golden --write
 * FOLDER...` writes what is expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

typedef struct golden_case {
	char policy[256], as_of[64], by_text[4][64];
	const char *by[4];
	size_t n_by;
	int clustering, flags;
} golden_case;

static void die(const char *what, cstn_error *error)
{
	fprintf(stderr, "%s: %s\n", what, cstn_error_message(error));
	exit(1);
}

static char *read_file(const char *folder, const char *name, size_t *size)
{
	char path[4096];
	FILE *file;
	char *data;
	long length;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	data = malloc((size_t)length + 1);
	if (!data || fread(data, 1, (size_t)length, file) != (size_t)length)
		exit(1);
	data[length] = 0;
	fclose(file);
	*size = (size_t)length;
	return data;
}

static golden_case read_case(const char *folder)
{
	golden_case out;
	size_t size;
	char *text = read_file(folder, "case.txt", &size), *line;

	memset(&out, 0, sizeof(out));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "policy ", 7) == 0)
			snprintf(out.policy, sizeof(out.policy), "%s", line + 7);
		else if (strncmp(line, "as_of ", 6) == 0)
			snprintf(out.as_of, sizeof(out.as_of), "%s", line + 6);
		else if (strncmp(line, "clustering ", 11) == 0)
			out.clustering = atoi(line + 11);
		else if (strncmp(line, "flags ", 6) == 0)
			out.flags = atoi(line + 6);
		else if (strncmp(line, "by ", 3) == 0 && out.n_by < 4)
			snprintf(out.by_text[out.n_by++], 64, "%s", line + 3);
	}
	free(text);
	return out;
}

static void open_lines(const char *folder, char **csv, struct ArrowArrayStream *out)
{
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;
	size_t size;
	char *text = read_file(folder, "schema.txt", &size);

	if (cstn_schema_parse(text, size, NULL, &schema, &error) != CSTN_OK)
		die("schema", error);
	free(text);
	*csv = read_file(folder, "lines.csv", &size);
	if (cstn_csv_reader_open_bytes((const uint8_t *)*csv, size, schema, NULL, NULL, &reader,
			    &error) != CSTN_OK ||
			cstn_csv_reader_export(reader, out, &error) != CSTN_OK)
		die("lines", error);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_perfect_order *compute(const char *folder, int32_t threads)
{
	golden_case asked = read_case(folder);
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream lines;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;
	int64_t as_of;
	size_t i;
	char *csv;

	for (i = 0; i < asked.n_by; i++)
		asked.by[i] = asked.by_text[i];
	config.clustering = asked.clustering;
	config.flags = (uint32_t)asked.flags;
	options.threads = threads;
	if (cstn_service_policy_new(asked.policy, NULL, &policy, &error) != CSTN_OK ||
			cstn_time_parse(asked.as_of, strlen(asked.as_of), NULL, 0, &as_of,
					&error) != CSTN_OK ||
			cstn_perfect_order_new(policy, as_of, asked.by, asked.n_by, &config, NULL,
					&state, &error) != CSTN_OK)
		die(folder, error);
	open_lines(folder, &csv, &lines);
	if (cstn_perfect_order_update(state, &lines, &options, NULL, &error) != CSTN_OK)
		die(folder, error);
	free(csv);
	cstn_service_policy_unref(policy);
	return state;
}

static int differs(const char *folder, const char *name, const cstn_buffer *got, int write)
{
	size_t size = 0;
	char path[4096], *expected;
	FILE *file;
	int bad;

	if (write) {
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		file = fopen(path, "wb");
		if (!file || fwrite(cstn_buffer_data(got), 1, cstn_buffer_size(got), file) !=
						cstn_buffer_size(got))
			exit(1);
		fclose(file);
		return 0;
	}
	expected = read_file(folder, name, &size);
	bad = !expected || size != cstn_buffer_size(got) ||
	      memcmp(expected, cstn_buffer_data(got), size) != 0;
	free(expected);
	printf("%s %s/%s\n", bad ? "FAIL" : "ok", folder, name);
	return bad;
}

static int check_tables(const char *folder, const cstn_perfect_order *state, int write)
{
	static const char *const names[] = {
			"rates.csv", "losses.csv", "causes.csv", "levers.csv", "exclusions.csv"};
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;
	int32_t table;
	int bad = 0;

	if (cstn_perfect_order_finish(state, &result, &error) != CSTN_OK)
		die(folder, error);
	for (table = CSTN_TABLE_RATES; table <= CSTN_TABLE_EXCLUSIONS; table++) {
		struct ArrowArrayStream rows;
		cstn_buffer *csv = NULL;

		if (cstn_perfect_order_result_export(result, table, &rows, &error) != CSTN_OK ||
				cstn_csv_write_bytes(&rows, NULL, NULL, &csv, &error) != CSTN_OK)
			die(names[table - 1], error);
		bad += differs(folder, names[table - 1], csv, write);
		cstn_buffer_free(csv);
	}
	cstn_perfect_order_result_unref(result);
	return bad;
}

int main(int argc, char **argv)
{
	int write = argc > 1 && strcmp(argv[1], "--write") == 0, bad = 0, i;
	int32_t threads;

	for (i = 1 + write; i < argc; i++)
		for (threads = 1; threads <= 2; threads++) {
			cstn_perfect_order *state = compute(argv[i], threads);
			cstn_buffer *bytes = NULL;

			if (cstn_perfect_order_serialize(state, &bytes, NULL) != CSTN_OK)
				return 1;
			bad += differs(argv[i], "state.bin", bytes, write);
			bad += check_tables(argv[i], state, write);
			cstn_buffer_free(bytes);
			cstn_perfect_order_free(state);
		}
	return bad ? 1 : 0;
}
