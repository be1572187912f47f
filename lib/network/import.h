#ifndef CSTN_NETWORK_IMPORT_H
#define CSTN_NETWORK_IMPORT_H

#include "network/network_transaction.h"
#include "network/stage.h"

/* The parts of an import: import.c (the stream, what goes into the store), import_columns.c
 * (its columns become fields), import_group.c (rows
 * become records), import_check.c (rules). */
#define CSTN__IMPORT_WAITING (UINT64_C(1) << 20) /* rows that wait at most */

typedef struct cstn__import {
	cstn_transaction *transaction;
	const cstn__noun *noun;
	cstn_import_options options;
	cstn__stage stage;
	int sole;        /* nothing else is in the transaction, nor will be */
	int32_t threads; /* at most */

	/* Of nouns with lines: keys of the records so far. While each is greater than all before
	 * they only wait in `rising`, one after the other. */
	uint32_t key_fields[CSTN__KEY_MAX];
	cstn__bytes rising;
	size_t last_key; /* place of the greatest there */
	uint32_t n_rising;
	int interned; /* 1: a key was not greater, and all are in `keys` */
	cstn__interner keys;

	cstn__arena arena;  /* of one flush */
	uint32_t n_records; /* of one flush */
	uint32_t *code;     /* by row, of its record through the import; NULL: no lines */
	uint32_t *order;    /* rows, those of a record together; NULL: as they lie */
	uint32_t *starts;   /* of each record in that order, and the end */
	uint8_t *left_out;  /* records with a broken rule, or that are there already */
} cstn__import;

static inline size_t cstn__import_row(const cstn__import *at, size_t place)
{
	return at->order ? at->order[place] : place;
}

static inline void cstn__import_rows_of(
		const cstn__import *at, uint32_t record, size_t *first, size_t *end)
{
	*first = at->starts ? at->starts[record] : record;
	*end = at->starts ? at->starts[record + 1] : record + 1u;
}

/* 1 if two staged rows have the same key. */
int cstn__import_same_key(const cstn__import *at, size_t a, size_t b);
/* Bind the stream's columns to the noun's fields; those that are no field are refused, unless they
 * are to be skipped. */
cstn_status cstn__import_bind(cstn__import *at, struct ArrowArrayStream *rows, cstn__bound **out,
		cstn_error **error);
/* The first `rows` rows become records. */
cstn_status cstn__import_group(cstn__import *at, size_t rows, cstn_error **error);
/* Rules of a record and its rows, of what it names, and of it in its network. Records to leave out
 * are marked. */
cstn_status cstn__import_check(cstn__import *at, size_t rows, cstn_error **error);

#endif
