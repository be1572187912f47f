#include "example_records.h"

#include <string.h>

static cstn_status build(
		const char *noun, const char *const *fields, cstn_record **out, cstn_error **error)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = cstn_record_builder_new(noun, NULL, &builder, error);

	while (status == CSTN_OK && *fields) {
		if (strcmp(*fields, "+") == 0) {
			status = cstn_record_builder_add_line(builder, error);
			fields++;
		} else {
			status = cstn_record_builder_set_text(
					builder, fields[0], fields[1], strlen(fields[1]), error);
			fields += 2;
		}
	}
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, out, error);
	cstn_record_builder_free(builder);
	return status;
}

cstn_status records_put(cstn_transaction *transaction, const char *noun, const char *const *fields,
		cstn_error **error)
{
	cstn_record *record = NULL;
	cstn_status status = build(noun, fields, &record, error);

	if (status == CSTN_OK)
		status = cstn_transaction_put(transaction, record, error);
	cstn_record_unref(record);
	return status;
}
