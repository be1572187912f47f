#ifndef CSTN_TABLE_BINDING_H
#define CSTN_TABLE_BINDING_H

#include <constellation/schema.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/map.h"

/* What one text becomes. */
typedef struct cstn__mapped {
	const char *text; /* NULL: null */
	size_t len;
} cstn__mapped;

/* The binding's words about one declared column, or about every column. Unset is zero. */
typedef struct cstn__binding_entry {
	const char *column; /* NULL: every column */
	const char *source; /* renamed to; NULL: not renamed */
	uint8_t constant, constant_null, has_scale, has_form, has_other, has_map;
	const char *constant_text;
	size_t constant_len;
	int32_t scale;
	uint32_t casts;
	cstn_zone *zone; /* referenced */
	const char *form_text;
	cstn__time_form form;
	cstn__interner from;          /* when has_map */
	CSTN__ARRAY(cstn__mapped) to; /* by code of `from` */
	cstn__mapped other;           /* when has_other */
} cstn__binding_entry;

struct cstn_binding {
	cstn_allocator allocator;
	cstn__arena arena;
	CSTN__ARRAY(cstn__binding_entry *) entries; /* [0] is for every column */
	int32_t strict, trusted;
};

/* NULL if the binding says nothing about the column (or is NULL). */
const cstn__binding_entry *cstn__binding_find(const cstn_binding *binding, const char *column);
/* What is said about every column; NULL if the binding is NULL. */
const cstn__binding_entry *cstn__binding_default(const cstn_binding *binding);

#endif
