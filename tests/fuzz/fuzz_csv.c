/* CSV, plain or gzip: any bytes give rows, rejects or an error. What was read is written as CSV,
 * which reads back without a reject and writes to the same bytes. The first byte holds options. No
 * column has a form, for dates are written as ISO 8601; bad values do not become null, for a null
 * in a column that must have values is a reject when it is read again. */
#include "fuzz.h"

static const char columns[] = "order_id int64\n"
			      "carrier text null\n"
			      "promised timestamp null zone=utc\n"
			      "day date null\n"
			      "qty decimal null scale=2\n"
			      "weight double null missing=\"n/a\"\n"
			      "late flag null\n";
/* As the writer writes: ISO dates, and nulls where CSTN_CSV_BAD_NULL left them. */
static const char canonical[] =
		"order_id int64 null\ncarrier text null\npromised timestamp null\nday date null\n"
		"qty decimal null scale=2\nweight double null\nlate flag null\n";

static cstn_buffer *read_and_write(const uint8_t *data, size_t size, cstn_schema *schema,
		const cstn_csv_options *options, uint64_t *bad)
{
	cstn_csv_options plain = CSTN_CSV_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_row_errors *rejects = NULL;
	cstn_buffer *written = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	*bad = 0;
	status = cstn_csv_reader_open_bytes(data, size, schema, options, NULL, &reader, &error);
	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return NULL;
	memset(&rows, 0, sizeof(rows));
	MUST(cstn_csv_reader_export(reader, &rows, NULL) == CSTN_OK);
	plain.threads = 1;
	error = NULL;
	status = cstn_csv_write_bytes(&rows, &plain, NULL, &written, &error);
	fuzz_check_error(status, error);
	MUST(rows.release == NULL);
	MUST((written != NULL) == (status == CSTN_OK));
	MUST(cstn_csv_reader_rejects(reader, &rejects, NULL) == CSTN_OK);
	*bad = cstn_row_errors_total(rejects);
	cstn_row_errors_free(rejects);
	cstn_csv_reader_unref(reader);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_csv_options plain = CSTN_CSV_OPTIONS_INIT;
	cstn_schema *schema = NULL;
	cstn_schema *written = NULL;
	cstn_buffer *first;
	uint64_t bad;

	if (size == 0)
		return 0;
	options.flags = data[0] & 3u;
	options.threads = 1 + (data[0] >> 3 & 1);
	options.delimiter = data[0] & 16 ? ';' : 0;
	options.decimal_mark = data[0] & 32 ? ',' : 0;
	options.batch_rows = data[0] & 64 ? 1 : 0;
	options.max_rejects = data[0] & 128 ? 2 : 0;
	if (options.decimal_mark && !options.delimiter)
		options.delimiter = ';';
	plain.threads = 1;
	MUST(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL) == CSTN_OK);
	MUST(cstn_schema_parse(canonical, strlen(canonical), NULL, &written, NULL) == CSTN_OK);
	first = read_and_write(data + 1, size - 1, schema, &options, &bad);
	if (first != NULL) {
		cstn_buffer *second = read_and_write(cstn_buffer_data(first),
				cstn_buffer_size(first), written, &plain, &bad);

		MUST(second != NULL);
		MUST(bad == 0);
		MUST(cstn_buffer_size(first) == cstn_buffer_size(second));
		MUST(memcmp(cstn_buffer_data(first), cstn_buffer_data(second),
				     cstn_buffer_size(first)) == 0);
		cstn_buffer_free(second);
	}
	cstn_buffer_free(first);
	cstn_schema_unref(schema);
	cstn_schema_unref(written);
	return 0;
}
