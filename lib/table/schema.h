#ifndef CSTN_TABLE_SCHEMA_H
#define CSTN_TABLE_SCHEMA_H

#include <constellation/schema.h>

#include "base/civil.h"

/* A declared column of a cstn_schema. */
typedef struct cstn__schema_column {
	const char *name;
	size_t name_len;
	int32_t type, scale;
	uint8_t nullable, has_form, has_zone, reserved;
	cstn__time_form form;
	const char *form_text;
	int32_t zone_seconds;
	const char *const *missing;
	const size_t *missing_len;
	size_t n_missing;
} cstn__schema_column;
const cstn__schema_column *cstn__schema_columns(const cstn_schema *schema, size_t *n);

#endif
