#ifndef CSTN_SEGMENT_MODEL_TEXT_H
#define CSTN_SEGMENT_MODEL_TEXT_H

#include "base/alloc.h"
#include "table/export.h"

/* What JSON and tables of models have in common. */

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
