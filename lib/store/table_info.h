#ifndef CSTN_STORE_TABLE_INFO_H
#define CSTN_STORE_TABLE_INFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/table.h"

#define CSTN__NO_COLUMN UINT32_MAX

/* A table's declaration and the positions in it that the engine asks for again and again. */
typedef struct cstn__table_info {
	const cstn__store_table *declared;
	uint32_t index;    /* in the schema */
	uint32_t recorded; /* position, or CSTN__NO_COLUMN */
	uint32_t *key;     /* positions of the key columns */
	size_t n_key;
} cstn__table_info;

/* The position of a column id, or CSTN__NO_COLUMN. */
uint32_t cstn__column_position(const cstn__store_table *table, uint32_t id);
static inline int cstn__column_is_text(const cstn__store_column *column)
{
	return column->type == CSTN_TYPE_TEXT || column->type == CSTN_TYPE_BYTES;
}
static inline int cstn__is_key(const cstn__table_info *table, uint32_t column)
{
	for (size_t i = 0; i < table->n_key; i++)
		if (table->declared->key[i] == column)
			return 1;
	return 0;
}
/* 1 when two rows have the same key; `a` and `b` hold the key columns in order. */
int cstn__keys_equal(const cstn__values *a, uint64_t a_row, const cstn__values *b, uint64_t b_row,
		size_t n);
/* The columns of a batch in the order of the key. `out` has room for n_key. */
void cstn__key_columns(
		const cstn__table_info *table, const cstn__store_batch *batch, cstn__values *out);
/* A copy in `arena`; and what is asked for of each table, from there too. */
cstn_status cstn__schema_copy(const cstn__store_schema *given, cstn__arena *arena,
		cstn__store_schema *out, cstn_error **error);
cstn_status cstn__tables_new(const cstn__store_schema *schema, cstn__arena *arena,
		cstn__table_info **out, cstn_error **error);
/* What was stored with what is declared now: columns and tables may be added. CSTN_E_SCHEMA. */
cstn_status cstn__schema_merge(const cstn__store_schema *stored, const cstn__store_schema *given,
		cstn__arena *arena, cstn__store_schema *out, int *changed, cstn_error **error);

#define CSTN__MAX_KEY_COLUMNS 16

#endif
