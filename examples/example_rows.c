#include "example_rows.h"

#include <stdio.h>
#include <string.h>

cstn_status rows_open(const char *columns, const char *text, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_status status = cstn_schema_parse(columns, strlen(columns), NULL, &schema, error);

	if (status == CSTN_OK)
		status = cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
				NULL, NULL, &reader, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, out, error);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	return status;
}

cstn_status rows_print(struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn_buffer *csv = NULL;
	cstn_status status = cstn_csv_write_bytes(rows, NULL, NULL, &csv, error);

	if (status == CSTN_OK)
		fwrite(cstn_buffer_data(csv), 1, cstn_buffer_size(csv), stdout);
	cstn_buffer_free(csv);
	return status;
}

int rows_end(cstn_status status, cstn_error *error)
{
	if (status != CSTN_OK)
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return status == CSTN_OK ? 0 : 1;
}
