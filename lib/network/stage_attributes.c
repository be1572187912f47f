/* Which columns of an import are attributes: those of the stream named `attributes.NAME`, and those
 * that a binding makes under such a name, by renaming a column or as a constant.
 *
 * Names are copied, as the stream's schema is let go before its rows are read. Cost: a look at each
 * column, once an import. */
#include <string.h>

#include "base/error.h"
#include "network/stage.h"
#include "table/binding.h"

static cstn_status add(cstn__stage *stage, const char *column, cstn_error **error)
{
	const char *name = cstn__attribute_of_column(column), *copy;

	if (!name)
		return CSTN_OK;
	for (size_t i = 0; i < stage->n_attributes; i++)
		if (strcmp(stage->attributes[i], column) == 0)
			return CSTN_OK;
	if (!cstn__attribute_is_name(name))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column '%.80s': the name of an attribute is 1 to 64 letters, "
				"digits, '_', '-' and '.'",
				column);
	if (stage->n_attributes == CSTN__ATTRIBUTES_MAX)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %u columns of attributes",
				CSTN__ATTRIBUTES_MAX);
	copy = cstn__arena_copy(&stage->names, column, strlen(column));
	if (!copy)
		return cstn__fail_nomem(error);
	stage->attributes[stage->n_attributes++] = copy;
	return CSTN_OK;
}

static cstn_status add_bound(cstn__stage *stage, const cstn_binding *binding, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; binding && i < binding->entries.count && status == CSTN_OK; i++) {
		const cstn__binding_entry *entry = binding->entries.items[i];

		if (entry->column && (entry->source || entry->constant || entry->constant_null))
			status = add(stage, entry->column, error);
	}
	return status;
}

cstn_status cstn__stage_find_attributes(cstn__stage *stage, struct ArrowArrayStream *rows,
		const cstn_binding *binding, cstn_error **error)
{
	const cstn__field *field = cstn__attributes_field(stage->noun);
	struct ArrowSchema schema;
	cstn_status status;
	int whole = 0;

	if (!field)
		return CSTN_OK;
	status = add_bound(stage, binding, error);
	memset(&schema, 0, sizeof(schema));
	if (status != CSTN_OK || rows->get_schema(rows, &schema) != 0)
		return status; /* why there is no schema, the binding tells */
	for (int64_t i = 0; i < schema.n_children && status == CSTN_OK; i++) {
		const char *name = schema.children[i]->name;

		whole |= name && strcmp(name, field->name) == 0;
		status = name ? add(stage, name, error) : CSTN_OK;
	}
	if (schema.release)
		schema.release(&schema);
	if (status == CSTN_OK && whole && stage->n_attributes)
		status = cstn__fail(error, CSTN_E_SCHEMA,
				"column '%s' beside '%s': attributes come whole or one by one",
				field->name, stage->attributes[0]);
	return status;
}
