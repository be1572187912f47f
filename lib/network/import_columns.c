/* The columns of an import: each field gets the stream's column of its name, and a column that is
 * no field is refused.
 *
 * A misspelt name would else be lost in silence. What the binding maps to a field is one, and so is
 * what it leaves out on purpose: a column that it makes a constant. Columns that do not fit and
 * columns that are no field are told in one error, so that a caller mends all of them at once.
 *
 * Cost: a few name compares a column and a field, once an import. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "network/import.h"
#include "table/binding.h"
#include "table/bound.h"

#define TOLD_MOST 8u /* columns named in one error */

typedef struct naming {
	const cstn__noun *noun;
	const cstn_binding *binding;
	size_t n;
	const char *names[CSTN__STAGE_DECLS]; /* of the declared columns */
} naming;

/* What a scan adds to the fields, so that a whole scan goes in again as it is. */
static int is_computed(const cstn__noun *noun, const char *name)
{
	return strcmp(name, "seq") == 0 ||
	       (noun->has_lines && (strcmp(name, "order_lines") == 0 ||
						   strcmp(name, "line_index") == 0));
}

static int is_known(const naming *at, const char *name)
{
	const cstn__binding_entry *entry = cstn__binding_find(at->binding, name);

	if ((entry && entry->constant) || is_computed(at->noun, name))
		return 1;
	for (size_t i = 0; i < at->n; i++) {
		if (strcmp(at->names[i], name) == 0)
			return 1;
		entry = cstn__binding_find(at->binding, at->names[i]);
		if (entry && entry->source && strcmp(entry->source, name) == 0)
			return 1;
	}
	return 0;
}

static void tell(const naming *at, const char *name, cstn__bytes *out)
{
	int32_t similar = cstn__text_similar(name, at->names, at->n);

	if (out->size)
		cstn__bytes_put_text(out, " | ");
	cstn__bytes_put_format(out, "column '%.80s' is no field of '%s'", name, at->noun->name);
	if (similar >= 0)
		cstn__bytes_put_format(out, "; similar: '%s'", at->names[similar]);
}

/* Tell of the columns of the schema that are no field; nothing is put if there are none. */
static void tell_unknown(const naming *at, const struct ArrowSchema *schema, cstn__bytes *out)
{
	int64_t unknown = 0;

	for (int64_t i = 0; i < schema->n_children; i++) {
		const char *name = schema->children[i]->name ? schema->children[i]->name : "";

		if (!is_known(at, name) && unknown++ < TOLD_MOST)
			tell(at, name, out);
	}
	if (unknown > TOLD_MOST)
		cstn__bytes_put_format(
				out, " | and %lld more", (long long)(unknown - (int64_t)TOLD_MOST));
	if (unknown)
		cstn__bytes_put_format(out,
				"; rename %s, or skip what is no field: CSTN_IMPORT_SKIP_UNKNOWN",
				unknown == 1 ? "it" : "them");
}

/* `bound` is what the binding says of the columns: CSTN_OK, or CSTN_E_SCHEMA with `misfits`. */
static cstn_status refuse_unknown(const cstn__import *at, struct ArrowArrayStream *rows,
		const cstn__column_decl *decls, size_t n, cstn_status bound,
		const cstn_error *misfits, cstn_error **error)
{
	naming names = {.noun = at->noun, .binding = at->options.binding, .n = n};
	struct ArrowSchema schema;
	cstn__bytes unknown;
	cstn_status status = CSTN_OK;
	int code;

	for (size_t i = 0; i < n; i++)
		names.names[i] = decls[i].name;
	memset(&schema, 0, sizeof(schema));
	code = rows->get_schema(rows, &schema);
	if (code != 0 || !schema.release)
		return cstn__stream_fail(rows, code, "schema", error);
	cstn__bytes_init(&unknown, &at->stage.allocator);
	if (schema.format && strcmp(schema.format, "+s") == 0)
		tell_unknown(&names, &schema, &unknown);
	schema.release(&schema);
	if (unknown.failed)
		status = cstn__fail_nomem(error);
	else if (unknown.size || bound != CSTN_OK)
		status = cstn__fail(error, CSTN_E_SCHEMA, "%s%s%.*s",
				bound != CSTN_OK ? cstn_error_message(misfits) : "",
				bound != CSTN_OK && unknown.size ? " | " : "", (int)unknown.size,
				unknown.size ? (const char *)unknown.data : "");
	cstn__bytes_free(&unknown);
	return status;
}

cstn_status cstn__import_bind(cstn__import *at, struct ArrowArrayStream *rows, cstn__bound **out,
		cstn_error **error)
{
	cstn__column_decl decls[CSTN__STAGE_DECLS];
	const cstn_binding *binding = at->options.binding;
	cstn_error *misfits = NULL;
	cstn__bound *bound = NULL;
	size_t n;
	cstn_status status = cstn__stage_find_attributes(&at->stage, rows, binding, error);

	if (status != CSTN_OK)
		return status;
	n = cstn__stage_declare(&at->stage, decls);
	if (at->options.flags & CSTN_IMPORT_SKIP_UNKNOWN)
		return cstn__bind_stream(rows, decls, n, binding, &at->stage.allocator, out, error);
	status = cstn__bind_stream(rows, decls, n, binding, &at->stage.allocator, &bound, &misfits);
	if (status != CSTN_OK && status != CSTN_E_SCHEMA) {
		if (error)
			*error = misfits;
		else
			cstn_error_free(misfits);
		return status;
	}
	status = refuse_unknown(at, rows, decls, n, status, misfits, error);
	cstn_error_free(misfits);
	if (status == CSTN_OK)
		*out = bound;
	else
		cstn__bound_free(bound);
	return status;
}
