/* Row errors as columns: row, column, code, rule, value, message, key. O(stored errors). */
#include <constellation/schema.h>
#include <constellation/status.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/row_errors.h"
#include "table/export.h"

/* Longer than any message: a column's name is cut at 128 bytes, a value and a key too. */
#define MESSAGE_SIZE 768

static const struct {
	const char *name;
	int32_t type;
	int nullable;
} export_columns[] = {
		{"row", CSTN_TYPE_INT64, 0},
		{"column", CSTN_TYPE_TEXT, 0},
		{"code", CSTN_TYPE_INT32, 0},
		{"rule", CSTN_TYPE_TEXT, 0},
		{"value", CSTN_TYPE_TEXT, 1},
		{"message", CSTN_TYPE_TEXT, 0},
		{"key", CSTN_TYPE_TEXT, 1},
};

static void put_text(cstn__table_builder *table, int32_t column, const char *text)
{
	cstn__table_put_text(table, column, text, strlen(text));
}

static void put_nullable(cstn__table_builder *table, int32_t column, const char *text)
{
	if (text)
		put_text(table, column, text);
	else
		cstn__table_put_null(table, column);
}

static cstn_status put_row(cstn__table_builder *table, const cstn_row_errors *errors, size_t index,
		cstn_error **error)
{
	cstn_row_error row;
	char message[MESSAGE_SIZE];
	cstn_status status = cstn_row_errors_at(errors, index, &row, error);

	if (status != CSTN_OK)
		return status;
	cstn_row_errors_copy_message(errors, index, message, sizeof(message));
	cstn__table_put_i64(table, 0, (int64_t)row.row);
	put_text(table, 1, cstn_row_errors_column(errors, index));
	cstn__table_put_i64(table, 2, row.code);
	put_text(table, 3, cstn__row_code_rule(row.code));
	put_nullable(table, 4, cstn_row_errors_value(errors, index));
	put_text(table, 5, message);
	put_nullable(table, 6, cstn_row_errors_key(errors, index));
	return CSTN_OK;
}

cstn_status cstn_row_errors_export(
		const cstn_row_errors *errors, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__table_builder_new(
			errors ? cstn__row_errors_allocator(errors) : NULL, &table, error);
	if (status != CSTN_OK)
		return status;
	for (size_t c = 0; c < sizeof(export_columns) / sizeof(export_columns[0]); c++)
		if (cstn__table_add_column(table, export_columns[c].name, export_columns[c].type, 0,
				    export_columns[c].nullable) < 0) {
			status = cstn__fail_nomem(error);
			goto fail;
		}
	for (size_t i = 0; i < cstn_row_errors_count(errors); i++) {
		status = put_row(table, errors, i, error);
		if (status != CSTN_OK)
			goto fail;
	}
	return cstn__table_export(table, out, error);
fail:
	cstn__table_builder_free(table);
	return status;
}
