/* Schema text: what is read is written and read back to the same. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_schema *schema = NULL;
	cstn_schema *again = NULL;
	cstn_buffer *first = NULL;
	cstn_buffer *second = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_schema_parse((const char *)data, size, NULL, &schema, &error);

	fuzz_check_error(status, error);
	MUST((schema != NULL) == (status == CSTN_OK));
	if (schema == NULL)
		return 0;
	MUST(cstn_schema_format(schema, &first, NULL) == CSTN_OK);
	MUST(cstn_schema_parse((const char *)cstn_buffer_data(first), cstn_buffer_size(first), NULL,
			     &again, NULL) == CSTN_OK);
	MUST(cstn_schema_count(schema) == cstn_schema_count(again));
	MUST(cstn_schema_format(again, &second, NULL) == CSTN_OK);
	MUST(cstn_buffer_size(first) == cstn_buffer_size(second));
	MUST(memcmp(cstn_buffer_data(first), cstn_buffer_data(second), cstn_buffer_size(first)) ==
			0);
	cstn_buffer_free(first);
	cstn_buffer_free(second);
	cstn_schema_unref(schema);
	cstn_schema_unref(again);
	return 0;
}
