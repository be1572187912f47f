#ifndef CSTN_STORE_TABLE_H
#define CSTN_STORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/schema.h>

#include "store/values.h"

/* What a table of the store is: declared by the layer above, kept in the manifest, found again at
 * open. Columns may be added, never retyped, renumbered or reused. */
#define CSTN__SPACE_ROW 0
#define CSTN__SPACE_CHILD 1 /* a value for each child row (the lines of an order) */

#define CSTN__COLUMN_NULLABLE 1u
#define CSTN__COLUMN_DICTIONARY 2u /* text that repeats: codes in segments */

/* Column ids below 16 are the store's own. */
#define CSTN__COLUMN_CHILDREN 0u /* child rows of each row */
#define CSTN__COLUMN_SEQ 1u      /* sequence number of the transaction that wrote the row */
#define CSTN__COLUMN_FIRST 16u

typedef struct cstn__store_column {
	uint32_t id;
	const char *name;
	int32_t type;  /* CSTN_TYPE_ */
	int32_t scale; /* of decimals */
	uint32_t flags;
	uint32_t space;
} cstn__store_column;

#define CSTN__TABLE_APPEND 1  /* append-only: events, ledger entries; keys may repeat */
#define CSTN__TABLE_KEYED 2   /* upsert and delete by key; history stays readable */
#define CSTN__TABLE_DERIVED 3 /* the columns of a derived file; in no schema, without a key */

typedef struct cstn__store_table {
	uint32_t id; /* 1..65535 */
	uint32_t table_class;
	const char *name;
	const cstn__store_column *columns;
	size_t n_columns;
	const uint32_t *key; /* column ids, row space, not nullable, in canonical order */
	size_t n_key;
	uint32_t recorded;  /* id of the TIME column that says when a row was known */
	uint32_t has_child; /* 1: rows have child rows */
} cstn__store_table;

typedef struct cstn__store_schema {
	uint32_t version;
	const cstn__store_table *tables;
	size_t n_tables;
} cstn__store_schema;

/* Rows of one table. Columns of the table that are not given are null. */
typedef struct cstn__store_batch {
	uint64_t rows, child_rows;
	const uint32_t *children; /* child rows of each row, summing to child_rows; NULL: none */
	const uint32_t *ids;      /* of the columns below */
	const cstn__values *columns;
	size_t n_columns;
} cstn__store_batch;

#endif
