#ifndef CSTN_TABLE_BUILDER_H
#define CSTN_TABLE_BUILDER_H

/* The inside of a table builder, for table_builder.c, which fills it, and export.c, which hands it
 * out. */

#include <stdatomic.h>

#include "base/alloc.h"
#include "table/export.h"

#define CSTN__TABLE_ALIGNMENT 64

typedef struct cstn__aligned_buffer {
	uint8_t *data;
	size_t size, capacity; /* capacity is a multiple of 64 */
} cstn__aligned_buffer;

typedef struct cstn__table_column {
	char *name;
	char format[16];
	int32_t type, width; /* bytes a value; 0 for bits; 8 (the end) for text */
	uint8_t nullable;
	int64_t rows, nulls;
	cstn__aligned_buffer values, validity, text;
} cstn__table_column;

struct cstn__table_builder {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena names;
	CSTN__ARRAY(cstn__table_column) columns;
	cstn_status failed;
	int32_t failed_column;
	int64_t batch_rows, batch_text;
};

/* Whether the table can go out; pads its buffers with zeros to 64 bytes. */
cstn_status cstn__table_seal(cstn__table_builder *table, cstn_error **error);
/* One reference less; a schema and a batch have one each. */
void cstn__table_unref(void *table);

#endif
