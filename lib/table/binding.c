/* A binding: what the caller says about how a stream's columns map to declared ones.
 *
 * One entry a declared column, and one, the first, for every column. All texts are copied into one
 * arena, so that a binding is let go in a few steps and never moves what a bound column points to.
 * A setter first makes what it needs and only then changes the entry: on failure the binding says
 * what it said before. Cost: a setter walks the entries, of which there are a few dozen. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "table/binding.h"

#define ALL_CASTS                                                                               \
	(CSTN_CAST_TEXT | CSTN_CAST_TRUNCATE_TIME | CSTN_CAST_DICTIONARY | CSTN_CAST_INTEGRAL | \
			CSTN_CAST_NAN_NULL | CSTN_CAST_DAYS_TIME)

static cstn__binding_entry *entry_add(cstn_binding *binding, const char *column)
{
	cstn__binding_entry *entry = cstn__arena_alloc(&binding->arena, sizeof(*entry));

	if (!entry || cstn__array_reserve(&binding->allocator, &binding->entries, 1) != 0)
		return NULL;
	memset(entry, 0, sizeof(*entry));
	if (column) {
		entry->column = cstn__arena_copy(&binding->arena, column, strlen(column));
		if (!entry->column)
			return NULL;
	}
	binding->entries.items[binding->entries.count++] = entry;
	return entry;
}

const cstn__binding_entry *cstn__binding_find(const cstn_binding *binding, const char *column)
{
	size_t i;

	for (i = 1; binding && i < binding->entries.count; i++)
		if (strcmp(binding->entries.items[i]->column, column) == 0)
			return binding->entries.items[i];
	return NULL;
}

const cstn__binding_entry *cstn__binding_default(const cstn_binding *binding)
{
	return binding ? binding->entries.items[0] : NULL;
}

/* The entry of `column` (NULL: every column), made if need be. */
static cstn_status entry_of(cstn_binding *binding, const char *column, cstn__binding_entry **out,
		cstn_error **error)
{
	size_t i;

	if (!binding)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "binding is NULL");
	*out = binding->entries.items[0];
	if (!column)
		return CSTN_OK;
	for (i = 1; i < binding->entries.count; i++) {
		*out = binding->entries.items[i];
		if (strcmp((*out)->column, column) == 0)
			return CSTN_OK;
	}
	*out = entry_add(binding, column);
	return *out ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status column_given(const char *column, cstn_error **error)
{
	return column ? CSTN_OK : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "column is NULL");
}

static cstn_status text_given(const char *text, const char *what, cstn_error **error)
{
	if (text && !cstn__utf8_is_valid((const uint8_t *)text, strlen(text)))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s '%s' is not UTF-8", what, text);
	return CSTN_OK;
}

cstn_status cstn_binding_new(
		const cstn_allocator *allocator, cstn_binding **out, cstn_error **error)
{
	cstn_allocator own;
	cstn_binding *binding;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*binding), &own, &binding, error);
	if (status != CSTN_OK)
		return status;
	binding->allocator = own;
	cstn__arena_init(&binding->arena, &own);
	if (!entry_add(binding, NULL)) {
		cstn_binding_free(binding);
		return cstn__fail_nomem(error);
	}
	*out = binding;
	return CSTN_OK;
}

cstn_status cstn_binding_rename(
		cstn_binding *binding, const char *column, const char *source, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn_status status = column_given(column, error);
	char *copy;

	if (status == CSTN_OK && !source)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "source is NULL");
	if (status == CSTN_OK)
		status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	copy = cstn__arena_copy(&binding->arena, source, strlen(source));
	if (!copy)
		return cstn__fail_nomem(error);
	entry->source = copy;
	entry->constant = 0;
	return CSTN_OK;
}

cstn_status cstn_binding_constant(
		cstn_binding *binding, const char *column, const char *value, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn_status status = column_given(column, error);
	char *copy;

	if (status == CSTN_OK)
		status = text_given(value, "value", error);
	if (status == CSTN_OK)
		status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	copy = cstn__arena_copy(&binding->arena, value ? value : "", value ? strlen(value) : 0);
	if (!copy)
		return cstn__fail_nomem(error);
	entry->constant = 1;
	entry->constant_null = !value;
	entry->constant_text = copy;
	entry->constant_len = value ? strlen(value) : 0;
	entry->source = NULL;
	return CSTN_OK;
}

static cstn_status map_text(cstn_binding *binding, cstn__binding_entry *entry, const char *from,
		cstn__mapped to, cstn_error **error)
{
	uint32_t code;

	if (!entry->has_map) {
		cstn__interner_init(&entry->from, &binding->allocator, 0);
		entry->has_map = 1;
	}
	/* Room first: a text that has a code has a meaning. */
	if (cstn__array_reserve(&binding->allocator, &entry->to, 1) != 0)
		return cstn__fail_nomem(error);
	code = cstn__intern(&entry->from, from, strlen(from));
	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	entry->to.items[code] = to;
	if (code == entry->to.count)
		entry->to.count++;
	return CSTN_OK;
}

cstn_status cstn_binding_value(cstn_binding *binding, const char *column, const char *from,
		const char *to, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn__mapped mapped = {NULL, 0};
	cstn_status status = column_given(column, error);

	if (status == CSTN_OK)
		status = text_given(to, "to", error);
	if (status == CSTN_OK)
		status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	if (to) {
		mapped.len = strlen(to);
		mapped.text = cstn__arena_copy(&binding->arena, to, mapped.len);
		if (!mapped.text)
			return cstn__fail_nomem(error);
	}
	if (from)
		return map_text(binding, entry, from, mapped, error);
	entry->has_other = 1;
	entry->other = mapped;
	return CSTN_OK;
}

cstn_status cstn_binding_zone(
		cstn_binding *binding, const char *column, cstn_zone *zone, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn_status status;

	if (!zone)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "zone is NULL");
	status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	cstn_zone_ref(zone);
	cstn_zone_unref(entry->zone);
	entry->zone = zone;
	return CSTN_OK;
}

cstn_status cstn_binding_scale(
		cstn_binding *binding, const char *column, int32_t scale, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn_status status = column_given(column, error);

	if (status == CSTN_OK && (scale < 0 || scale > 18))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "scale is %d, 0 to 18 expected",
				(int)scale);
	if (status == CSTN_OK)
		status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	entry->has_scale = 1;
	entry->scale = scale;
	return CSTN_OK;
}

cstn_status cstn_binding_form(
		cstn_binding *binding, const char *column, const char *form, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn__time_form compiled;
	cstn_status status;
	char *copy;

	if (!form)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "form is NULL");
	if (cstn__time_form_compile(form, &compiled) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%s' is no form of a date or time such as 'DD.MM.YYYY hh:mm'",
				form);
	status = entry_of(binding, column, &entry, error);
	if (status != CSTN_OK)
		return status;
	copy = cstn__arena_copy(&binding->arena, form, strlen(form));
	if (!copy)
		return cstn__fail_nomem(error);
	entry->has_form = 1;
	entry->form = compiled;
	entry->form_text = copy;
	return CSTN_OK;
}

cstn_status cstn_binding_cast(
		cstn_binding *binding, const char *column, uint32_t casts, cstn_error **error)
{
	cstn__binding_entry *entry;
	cstn_status status;

	if (casts & ~ALL_CASTS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "casts has unknown bits 0x%x",
				(unsigned)(casts & ~ALL_CASTS));
	status = entry_of(binding, column, &entry, error);
	if (status == CSTN_OK)
		entry->casts |= casts;
	return status;
}

void cstn_binding_strict(cstn_binding *binding, int32_t strict)
{
	if (binding)
		binding->strict = strict != 0;
}

void cstn_binding_trust(cstn_binding *binding, int32_t trusted)
{
	if (binding)
		binding->trusted = trusted != 0;
}

void cstn_binding_free(cstn_binding *binding)
{
	cstn_allocator allocator;
	size_t i;

	if (!binding)
		return;
	allocator = binding->allocator;
	for (i = 0; i < binding->entries.count; i++) {
		cstn__binding_entry *entry = binding->entries.items[i];

		cstn_zone_unref(entry->zone);
		cstn__array_free(&allocator, &entry->to);
		if (entry->has_map)
			cstn__interner_free(&entry->from);
	}
	cstn__array_free(&allocator, &binding->entries);
	cstn__arena_free(&binding->arena);
	cstn__free(&allocator, binding, sizeof(*binding));
}
