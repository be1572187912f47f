#ifndef CSTN_SEGMENT_MODEL_TEXT_H
#define CSTN_SEGMENT_MODEL_TEXT_H

#include "base/alloc.h"
#include "table/export.h"

/* What the numbers, JSON and tables of models have in common. */

/* A number of a model by its name; `what` is "a k-means model". */
typedef struct cstn__model_param {
	const char *name;
	double value;
} cstn__model_param;
cstn_status cstn__model_get_param(const cstn__model_param *params, size_t n, const char *what,
		const char *name, double *out, cstn_error **error);

/* A number, null if it is none. */
void cstn__model_value(cstn__bytes *out, double value);
/* "name":number */
void cstn__model_number(cstn__bytes *out, const char *name, double value);
/* "text", escaped */
void cstn__model_text(cstn__bytes *out, const char *text, size_t len);

/* A column called `name` and `end`; `room` is scratch. 0: out of memory. */
int cstn__table_add_named(cstn__table_builder *table, const char *name, const char *end,
		int32_t type, int nullable, cstn__bytes *room);

#endif
