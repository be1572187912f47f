/* A stream's schema bound to declared columns, before the first row is read.
 *
 * For each declared column: find it by name (or by the binding's word for it), read its Arrow type,
 * and choose the first accepted type that the values fit without loss, or with a cast that the
 * binding allows. Every misfit is noted and all are told in one error, each with the column, its
 * format, its type's name and the way out, so that a caller mends all of them at once. What comes
 * out is one template a column; batches only fill in pointers. A bound schema is only read after
 * that and shared between threads. Cost: O(declared x columns) name compares, once a stream. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "table/bound.h"
#include "table/export.h"
#include "table/stream_type.h"

#define SCALE_MAX 18

typedef struct binder {
	cstn__bound *bound;
	const struct ArrowSchema *schema;
	const cstn_binding *binding;
	const char **names; /* of the stream's columns */
	size_t n_names;
	cstn__bytes misfits;
} binder;

/* One declared column on its way to its template. */
typedef struct fitting {
	const cstn__column_decl *decl;
	const cstn__schema_column *declared;
	const cstn__binding_entry *entry; /* NULL: nothing is said */
	uint32_t casts;
	int32_t scale; /* wanted of a decimal; -1: the stream's own */
	cstn__bound_slot *slot;
	const char *source;
	const char *format;
	cstn__stream_type type;
	int dictionary;
} fitting;

/* --- misfits ---------------------------------------------------------------------------------- */

#define MISFIT(binder, ...)                                              \
	do {                                                             \
		if ((binder)->misfits.size)                              \
			cstn__bytes_put_text(&(binder)->misfits, " | "); \
		cstn__bytes_put_format(&(binder)->misfits, __VA_ARGS__); \
	} while (0)

static const char *expected_name(int32_t type)
{
	switch (type) {
	case CSTN_TYPE_TIME:
		return "timestamp UTC";
	case CSTN_TYPE_TEXT:
		return "utf8";
	case CSTN_TYPE_BYTES:
		return "binary";
	default:
		return cstn_type_name(type);
	}
}

/* "int64 or utf8" */
static const char *expected(uint32_t accept, char text[128])
{
	int32_t type;
	size_t len = 0;

	text[0] = 0;
	for (type = CSTN_TYPE_FLAG; type <= CSTN_TYPE_DECIMAL; type++)
		if (accept & CSTN__ACCEPT(type))
			len += (size_t)snprintf(text + len, 128 - len, "%s%s", len ? " or " : "",
					expected_name(type));
	return text;
}

static void type_misfit(binder *to, const fitting *fit, const char *way_out)
{
	char text[128];

	MISFIT(to, "column '%s' is %s%s (%s), %s expected%s%s", fit->source,
			fit->dictionary ? "dictionary of " : "", fit->type.name, fit->format,
			expected(fit->decl->accept, text), *way_out ? "; " : "", way_out);
}

/* --- types ------------------------------------------------------------------------------------ */

static int accepts(const fitting *fit, int32_t type)
{
	return (fit->decl->accept & CSTN__ACCEPT(type)) != 0;
}

static int first_accepted(const fitting *fit, const int32_t *types)
{
	for (; *types; types++)
		if (accepts(fit, *types))
			return *types;
	return 0;
}

static void fit_integer(binder *to, fitting *fit, cstn__column *column)
{
	static const int32_t types[] = {
			CSTN_TYPE_INT64, CSTN_TYPE_INT32, CSTN_TYPE_DOUBLE, CSTN_TYPE_DECIMAL, 0};

	column->type = fit->scale >= 0 && accepts(fit, CSTN_TYPE_DECIMAL)
				       ? CSTN_TYPE_DECIMAL
				       : first_accepted(fit, types);
	if (column->type == 0)
		type_misfit(to, fit, "");
	if (column->type == CSTN_TYPE_DECIMAL) {
		column->scale = fit->scale < 0 ? 0 : fit->scale;
		column->multiply = cstn__power_of_ten(column->scale);
	}
}

static void fit_double(binder *to, fitting *fit, cstn__column *column)
{
	static const int32_t types[] = {CSTN_TYPE_DOUBLE, CSTN_TYPE_INT64, CSTN_TYPE_INT32, 0};

	column->type = first_accepted(fit, types);
	column->nan_null = (fit->casts & CSTN_CAST_NAN_NULL) != 0;
	if (column->type == CSTN_TYPE_DOUBLE)
		return;
	if (column->type == 0)
		type_misfit(to, fit, accepts(fit, CSTN_TYPE_DECIMAL) ? "give decimal or text" : "");
	else if (!(fit->casts & CSTN_CAST_INTEGRAL))
		type_misfit(to, fit, "allow CSTN_CAST_INTEGRAL");
}

/* Numbers, dates and times out of text. */
static void fit_cast_text(binder *to, fitting *fit, cstn__column *column)
{
	static const int32_t types[] = {CSTN_TYPE_INT64, CSTN_TYPE_INT32, CSTN_TYPE_DOUBLE,
			CSTN_TYPE_DECIMAL, CSTN_TYPE_FLAG, CSTN_TYPE_TIME, CSTN_TYPE_DAYS, 0};
	const cstn__time_form *form = &fit->slot->binding.form;

	column->type = first_accepted(fit, types);
	if (accepts(fit, CSTN_TYPE_DECIMAL) && fit->scale >= 0)
		column->type = CSTN_TYPE_DECIMAL;
	if (column->type == CSTN_TYPE_TIME && accepts(fit, CSTN_TYPE_DAYS) && !form->iso &&
			!form->has_time)
		column->type = CSTN_TYPE_DAYS;
	if (column->type == 0 || fit->type.kind != CSTN__KIND_TEXT) {
		type_misfit(to, fit, "");
		return;
	}
	if (!(fit->casts & CSTN_CAST_TEXT)) {
		type_misfit(to, fit, "allow CSTN_CAST_TEXT");
		return;
	}
	column->cast_text = 1;
	column->scale = column->type == CSTN_TYPE_DECIMAL ? fit->scale : 0;
	column->truncate = (fit->casts & CSTN_CAST_TRUNCATE_TIME) != 0;
	column->nan_null = (fit->casts & CSTN_CAST_NAN_NULL) != 0;
	if (column->type == CSTN_TYPE_DECIMAL && fit->scale < 0)
		type_misfit(to, fit, "set the binding's scale");
	if (column->type == CSTN_TYPE_TIME && !form->iso && !column->zone &&
			!fit->slot->binding.fixed_zone)
		type_misfit(to, fit, "set the binding's zone, zone=\"UTC\" if that is meant");
}

static void fit_text(binder *to, fitting *fit, cstn__column *column)
{
	static const int32_t text_first[] = {CSTN_TYPE_TEXT, CSTN_TYPE_BYTES, 0};
	static const int32_t bytes_first[] = {CSTN_TYPE_BYTES, CSTN_TYPE_TEXT, 0};

	column->type = first_accepted(
			fit, fit->type.kind == CSTN__KIND_TEXT ? text_first : bytes_first);
	if (column->type == 0)
		fit_cast_text(to, fit, column);
}

static void fit_date(binder *to, fitting *fit, cstn__column *column)
{
	if (fit->type.kind == CSTN__KIND_DATE64) {
		column->divide = 86400000;
		column->truncate = (fit->casts & CSTN_CAST_TRUNCATE_TIME) != 0;
	}
	if (accepts(fit, CSTN_TYPE_DAYS)) {
		column->type = CSTN_TYPE_DAYS;
	} else if (accepts(fit, CSTN_TYPE_TIME)) {
		column->type = CSTN_TYPE_TIME;
		column->multiply = CSTN_DAY_US;
		if (!(fit->casts & CSTN_CAST_DAYS_TIME))
			type_misfit(to, fit, "allow CSTN_CAST_DAYS_TIME");
	} else {
		type_misfit(to, fit, "");
	}
}

static void fit_time(binder *to, fitting *fit, cstn__column *column)
{
	int64_t per_second = fit->type.per_second;

	column->truncate = (fit->casts & CSTN_CAST_TRUNCATE_TIME) != 0;
	if (accepts(fit, CSTN_TYPE_TIME)) {
		column->type = CSTN_TYPE_TIME;
		if (per_second > 1000000)
			column->divide = per_second / 1000000;
		else
			column->multiply = 1000000 / per_second;
		column->wall = fit->type.wall != 0;
		if (column->wall && !column->zone && !fit->slot->binding.fixed_zone)
			type_misfit(to, fit,
					"set the binding's zone, zone=\"UTC\" if that is meant");
	} else if (accepts(fit, CSTN_TYPE_DAYS)) {
		column->type = CSTN_TYPE_DAYS;
		column->divide = per_second * 86400;
		if (!column->truncate)
			type_misfit(to, fit, "cast it to date32, or allow CSTN_CAST_TRUNCATE_TIME");
	} else {
		type_misfit(to, fit, "");
	}
}

static void fit_decimal(binder *to, fitting *fit, cstn__column *column)
{
	static const int32_t types[] = {CSTN_TYPE_DECIMAL, CSTN_TYPE_INT64, CSTN_TYPE_INT32, 0};
	int32_t own = fit->type.scale;

	column->type = first_accepted(fit, types);
	if (column->type == 0) {
		type_misfit(to, fit, "");
		return;
	}
	if (column->type != CSTN_TYPE_DECIMAL) {
		column->scale = 0;
		if (own > 0 && !(fit->casts & CSTN_CAST_INTEGRAL))
			type_misfit(to, fit, "allow CSTN_CAST_INTEGRAL");
	} else if (fit->scale >= 0) {
		column->scale = fit->scale;
	} else {
		column->scale = own < 0 ? 0 : own;
		if (own > SCALE_MAX)
			type_misfit(to, fit, "set the binding's scale, 0 to 18");
	}
	fit->slot->binding.shift = column->scale - own;
}

static void fit_kind(binder *to, fitting *fit, cstn__column *column)
{
	column->physical = fit->type.physical;
	switch (fit->type.kind) {
	case CSTN__KIND_FLAG:
		column->type = CSTN_TYPE_FLAG;
		if (!accepts(fit, CSTN_TYPE_FLAG))
			type_misfit(to, fit, "");
		break;
	case CSTN__KIND_INTEGER:
		fit_integer(to, fit, column);
		break;
	case CSTN__KIND_DOUBLE:
		fit_double(to, fit, column);
		break;
	case CSTN__KIND_TEXT:
	case CSTN__KIND_BYTES:
		fit_text(to, fit, column);
		break;
	case CSTN__KIND_DATE32:
	case CSTN__KIND_DATE64:
		fit_date(to, fit, column);
		break;
	case CSTN__KIND_TIME:
		fit_time(to, fit, column);
		break;
	case CSTN__KIND_DECIMAL:
		fit_decimal(to, fit, column);
		break;
	case CSTN__KIND_NULL:
		column->type = __builtin_ctz(fit->decl->accept);
		if (fit->decl->required && !fit->decl->nullable)
			type_misfit(to, fit, "its values may not be null");
		fit->slot->binding.nullable = 1;
		break;
	default:
		MISFIT(to, "column '%s' is %s (%s); %s", fit->source, fit->type.name, fit->format,
				fit->type.way_out);
		break;
	}
}

static void fit_dictionary(binder *to, fitting *fit, const struct ArrowSchema *child)
{
	cstn__bound_slot *slot = fit->slot;
	cstn__stream_type index = fit->type;

	if (child->dictionary->dictionary || index.kind != CSTN__KIND_INTEGER) {
		MISFIT(to, "column '%s' is a dictionary with %s (%s) as index; decode it",
				fit->source,
				child->dictionary->dictionary ? "a dictionary" : index.name,
				fit->format);
		return;
	}
	fit->dictionary = 1;
	fit->format = child->dictionary->format ? child->dictionary->format : "";
	cstn__stream_type_read(fit->format, &fit->type);
	slot->has_dictionary = 1;
	slot->dictionary = slot->column;
	fit_kind(to, fit, &slot->dictionary);
	if (fit->type.kind != CSTN__KIND_REFUSED && fit->type.kind != CSTN__KIND_TEXT &&
			fit->type.kind != CSTN__KIND_BYTES && fit->type.kind != CSTN__KIND_NULL &&
			!(fit->casts & CSTN_CAST_DICTIONARY))
		type_misfit(to, fit, "allow CSTN_CAST_DICTIONARY");
	slot->column.type = slot->dictionary.type;
	slot->column.scale = slot->dictionary.scale;
	slot->column.cast_text = slot->dictionary.cast_text;
	slot->column.physical = index.physical;
}

/* --- constants -------------------------------------------------------------------------------- */

/* 1 if the text is a value of the template's type; fills it in. */
static int constant_fits(const fitting *fit, cstn__column *column)
{
	const cstn__time_form *form = &fit->slot->binding.form;
	const char *text = column->constant_text;
	size_t len = column->constant_len;

	switch (column->type) {
	case CSTN_TYPE_TEXT:
	case CSTN_TYPE_BYTES:
		return 1;
	case CSTN_TYPE_DOUBLE:
		return cstn__column_parse_f64(column, text, len, &column->constant_f64) == 0 &&
		       (fit->decl->nan_ok || column->constant_f64 == column->constant_f64);
	case CSTN_TYPE_DAYS:
		if (form->iso ? len != 10 : form->has_time)
			return 0;
		break;
	case CSTN_TYPE_DECIMAL:
		column->scale = fit->scale;
		if (fit->scale >= 0)
			break;
		for (column->scale = 0; column->scale <= SCALE_MAX; column->scale++)
			if (cstn__column_parse_i64(column, text, len, &column->constant_i64) == 0)
				return 1;
		return 0;
	default:
		break;
	}
	return cstn__column_parse_i64(column, text, len, &column->constant_i64) == 0;
}

static void fit_constant(binder *to, fitting *fit)
{
	static const int32_t types[] = {CSTN_TYPE_TEXT, CSTN_TYPE_BYTES, CSTN_TYPE_FLAG,
			CSTN_TYPE_INT64, CSTN_TYPE_INT32, CSTN_TYPE_DECIMAL, CSTN_TYPE_DOUBLE,
			CSTN_TYPE_DAYS, CSTN_TYPE_TIME, 0};
	cstn__column *column = &fit->slot->column;
	char text[128];
	size_t i;

	column->physical = CSTN__CONSTANT;
	column->constant_null = fit->entry->constant_null;
	column->constant_text = fit->entry->constant_text;
	column->constant_len = fit->entry->constant_len;
	if (column->constant_null) {
		column->type = __builtin_ctz(fit->decl->accept);
		if (!fit->decl->nullable && fit->decl->required)
			MISFIT(to, "column '%s' may not be null, the binding makes it so",
					fit->decl->name);
		fit->slot->binding.nullable = 1;
		return;
	}
	for (i = 0; types[i]; i++) {
		column->type = types[i];
		if (types[i] == CSTN_TYPE_INT64 && fit->scale >= 0 &&
				accepts(fit, CSTN_TYPE_DECIMAL))
			continue;
		if (accepts(fit, types[i]) && constant_fits(fit, column))
			return;
		column->scale = 0;
	}
	MISFIT(to, "constant '%s' of column '%s' is no %s", column->constant_text, fit->decl->name,
			expected(fit->decl->accept, text));
}

/* --- columns ---------------------------------------------------------------------------------- */

/* How many of the stream's columns have the name, and the first two of them. */
static size_t find_child(const binder *from, const char *name, size_t found[2])
{
	size_t count = 0, i;

	for (i = 0; i < from->n_names; i++)
		if (strcmp(from->names[i], name) == 0) {
			if (count < 2)
				found[count] = i;
			count++;
		}
	return count;
}

static void fit_absent(binder *to, fitting *fit)
{
	int32_t similar;

	fit->slot->column.physical = CSTN__ABSENT;
	fit->slot->binding.nullable = 1;
	if (!fit->decl->required && !(fit->entry && fit->entry->source))
		return;
	MISFIT(to, "required column '%s' is absent", fit->source);
	similar = cstn__text_similar(fit->source, to->names, to->n_names);
	if (similar >= 0)
		cstn__bytes_put_format(&to->misfits, "; similar: '%s'", to->names[similar]);
}

static void fit_child(binder *to, fitting *fit)
{
	const struct ArrowSchema *child;
	size_t found[2] = {0, 0}, count;

	count = find_child(to, fit->source, found);
	if (count == 0) {
		fit_absent(to, fit);
		return;
	}
	if (count > 1) {
		MISFIT(to, "column '%s' is there %s, as columns %zu and %zu; rename one",
				fit->source, count == 2 ? "twice" : "more than once", found[0] + 1,
				found[1] + 1);
		return;
	}
	child = to->schema->children[found[0]];
	fit->slot->child = (int64_t)found[0];
	fit->format = child->format ? child->format : "";
	cstn__stream_type_read(fit->format, &fit->type);
	if (child->dictionary)
		fit_dictionary(to, fit, child);
	else
		fit_kind(to, fit, &fit->slot->column);
}

/* A fixed zone is known by its digest: then wall clock is a subtraction. */
static void fit_zone(fitting *fit, const cstn__binding_entry *general)
{
	cstn__column_binding *own = &fit->slot->binding;
	const cstn_zone *zone = fit->entry && fit->entry->zone ? fit->entry->zone : general->zone;
	uint8_t expected_digest[32], digest[32];
	char text[32];
	int32_t offset, size;

	if (!zone) {
		if (fit->declared && fit->declared->has_zone) {
			own->fixed_zone = 1;
			own->fixed_us = (int64_t)fit->declared->zone_seconds * 1000000;
		}
		return;
	}
	fit->slot->column.zone = zone;
	offset = cstn_zone_offset_at(zone, 0);
	size = offset < 0 ? -offset : offset;
	snprintf(text, sizeof(text), "offset:%c%02d:%02d", offset < 0 ? '-' : '+',
			(int)(size / 3600), (int)(size / 60 % 60));
	cstn__sha256(text, strlen(text), expected_digest);
	cstn_zone_digest(zone, digest);
	if (size % 60 == 0 && memcmp(digest, expected_digest, sizeof(digest)) == 0) {
		own->fixed_zone = 1;
		own->fixed_us = (int64_t)offset * 1000000;
	}
}

static void fit_words(fitting *fit, const cstn_binding *binding)
{
	static const cstn__binding_entry nothing;
	const cstn__binding_entry *general = cstn__binding_default(binding);
	const cstn__binding_entry *entry = fit->entry;
	cstn__column_binding *own = &fit->slot->binding;

	if (!general)
		general = &nothing;
	fit->casts = general->casts | (entry ? entry->casts : 0);
	fit->scale = entry && entry->has_scale ? entry->scale : fit->decl->scale;
	own->map = entry && (entry->has_map || entry->has_other) ? entry : NULL;
	own->declared = fit->declared;
	own->nullable = fit->decl->nullable;
	own->nan_ok = fit->decl->nan_ok;
	if (entry && entry->has_form)
		own->form = entry->form;
	else if (fit->declared && fit->declared->has_form)
		own->form = fit->declared->form;
	else if (general->has_form)
		own->form = general->form;
	else
		(void)cstn__time_form_compile(NULL, &own->form);
	fit_zone(fit, general);
}

static cstn_status fit_column(binder *to, size_t i, const cstn__column_decl *decl,
		const cstn__schema_column *declared)
{
	cstn__bound_slot *slot = &to->bound->slots[i];
	fitting fit = {.decl = decl, .declared = declared, .slot = slot};
	char *name;

	assert(decl->accept != 0);
	fit.entry = cstn__binding_find(to->binding, decl->name);
	fit.source = fit.entry && fit.entry->source ? fit.entry->source : decl->name;
	name = cstn__arena_copy(&to->bound->arena, decl->name, strlen(decl->name));
	slot->source = cstn__arena_copy(&to->bound->arena, fit.source, strlen(fit.source));
	if (!name || !slot->source)
		return CSTN_E_NOMEM;
	slot->child = -1;
	slot->column.name = name;
	slot->column.field = (int32_t)i;
	slot->column.multiply = slot->column.divide = 1;
	slot->column.binding = &slot->binding;
	fit_words(&fit, to->binding);
	if (fit.entry && fit.entry->constant)
		fit_constant(to, &fit);
	else
		fit_child(to, &fit);
	if (slot->column.type != CSTN_TYPE_TEXT || slot->column.physical == CSTN__NULLS)
		slot->column.text_checked = slot->dictionary.text_checked = 1;
	return CSTN_OK;
}

/* Strict: columns of the stream, and words of the binding, that belong to no declared column. */
static void check_strict(binder *to, const cstn__column_decl *decls, size_t n)
{
	const cstn_binding *binding = to->binding;
	size_t i, k;

	for (i = 0; i < to->n_names; i++) {
		for (k = 0; k < n; k++)
			if (strcmp(to->bound->slots[k].source, to->names[i]) == 0)
				break;
		if (k == n)
			MISFIT(to, "column '%s' is not declared; drop it, or bind without strict",
					to->names[i]);
	}
	for (i = 1; i < binding->entries.count; i++) {
		for (k = 0; k < n; k++)
			if (strcmp(binding->entries.items[i]->column, decls[k].name) == 0)
				break;
		if (k == n)
			MISFIT(to, "the binding speaks of column '%s', which is not declared",
					binding->entries.items[i]->column);
	}
}

/* --- entries ---------------------------------------------------------------------------------- */

cstn_status cstn__stream_fail(
		struct ArrowArrayStream *stream, int code, const char *what, cstn_error **error)
{
	const char *message = stream->get_last_error ? stream->get_last_error(stream) : NULL;
	cstn_status status = cstn__stream_status(code);

	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (!message || !*message)
		return cstn__fail(
				error, status, "the stream's %s failed with errno %d", what, code);
	return cstn__fail(error, status, "the stream's %s failed: %s", what, message);
}

static cstn_status bind_schema(binder *to, const cstn__column_decl *decls,
		const cstn__schema_column *declared, size_t n, cstn_error **error)
{
	const struct ArrowSchema *schema = to->schema;
	cstn_status status;
	size_t i;

	if (!schema->format || strcmp(schema->format, "+s") != 0 || schema->dictionary) {
		cstn__stream_type type;

		cstn__stream_type_read(schema->format, &type);
		return cstn__fail(error, CSTN_E_SCHEMA,
				"the stream gives %s (%s), record batches (+s) expected", type.name,
				schema->format ? schema->format : "");
	}
	to->n_names = (size_t)schema->n_children;
	to->names = cstn__arena_alloc(&to->bound->arena, (to->n_names + 1) * sizeof(*to->names));
	if (!to->names)
		return cstn__fail_nomem(error);
	for (i = 0; i < to->n_names; i++)
		to->names[i] = schema->children[i]->name ? schema->children[i]->name : "";
	to->bound->n_children = schema->n_children;
	for (i = 0; i < n; i++) {
		status = fit_column(to, i, &decls[i], declared ? &declared[i] : NULL);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	if (to->binding && to->binding->strict)
		check_strict(to, decls, n);
	if (to->misfits.failed)
		return cstn__fail_nomem(error);
	if (to->misfits.size)
		return cstn__fail(error, CSTN_E_SCHEMA, "%.*s", (int)to->misfits.size,
				(const char *)to->misfits.data);
	return CSTN_OK;
}

cstn_status cstn__bind_stream_to(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		const cstn__schema_column *declared, size_t n, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn__bound **out, cstn_error **error)
{
	struct ArrowSchema schema = {0};
	binder to = {0};
	cstn_allocator own;
	cstn__bound *bound;
	cstn_status status;
	int code;

	status = cstn__handle_new(allocator, sizeof(*bound), &own, &bound, error);
	if (status != CSTN_OK)
		return status;
	bound->allocator = own;
	cstn__arena_init(&bound->arena, &own);
	cstn__bytes_init(&to.misfits, &own);
	bound->n = n;
	bound->slots = cstn__alloc_zero(&own, cstn__array_size(n, sizeof(*bound->slots)));
	if (!bound->slots) {
		status = cstn__fail_nomem(error);
		goto done;
	}
	code = stream->get_schema(stream, &schema);
	if (code != 0 || !schema.release) {
		status = cstn__stream_fail(stream, code, "schema", error);
		goto done;
	}
	to.bound = bound;
	to.schema = &schema;
	to.binding = binding;
	status = bind_schema(&to, decls, declared, n, error);
	schema.release(&schema);
	if (status == CSTN_OK && binding && binding->trusted)
		cstn__bound_trust(bound);
done:
	cstn__bytes_free(&to.misfits);
	if (status == CSTN_OK)
		*out = bound;
	else
		cstn__bound_free(bound);
	return status;
}

cstn_status cstn__bind_stream(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		size_t n, const cstn_binding *binding, const cstn_allocator *allocator,
		cstn__bound **out, cstn_error **error)
{
	return cstn__bind_stream_to(stream, decls, NULL, n, binding, allocator, out, error);
}

void cstn__bound_trust(cstn__bound *bound)
{
	size_t i;

	bound->trusted = 1;
	for (i = 0; i < bound->n; i++)
		bound->slots[i].column.text_checked = bound->slots[i].dictionary.text_checked = 1;
}

int cstn__bound_has(const cstn__bound *bound, size_t column)
{
	return bound->slots[column].column.physical != CSTN__ABSENT;
}

int cstn__bound_is_null(const cstn__bound *bound, size_t column)
{
	return bound->slots[column].column.physical == CSTN__NULLS;
}

int32_t cstn__bound_type(const cstn__bound *bound, size_t column)
{
	return bound->slots[column].column.type;
}

int32_t cstn__bound_scale(const cstn__bound *bound, size_t column)
{
	return bound->slots[column].column.scale;
}

void cstn__bound_free(cstn__bound *bound)
{
	cstn_allocator allocator;

	if (!bound)
		return;
	allocator = bound->allocator;
	cstn__free(&allocator, bound->slots, bound->n * sizeof(*bound->slots));
	cstn__arena_free(&bound->arena);
	cstn__free(&allocator, bound, sizeof(*bound));
}
