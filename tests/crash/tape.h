#ifndef TESTS_CRASH_TAPE_H
#define TESTS_CRASH_TAPE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/constellation.h>

#include "sim_vfs.h"

/* Random tapes of calls on a network, and what a network must answer, kept in the plainest way: a
 * list of all that was ever put and deleted, in order. What is there after transaction n, as known
 * at a time, is the last entry of each key up to there. All values are texts, nulls apart; the
 * nouns, fields and rules are written down here once more and share nothing with the library. */
enum {
	TAPE_PARTNER,
	TAPE_CONSTELLATION,
	TAPE_RELATION,
	TAPE_PURPOSE,
	TAPE_ITEM,
	TAPE_LOCATION,
	TAPE_ORDER,
	TAPE_SHIPMENT,
	TAPE_EVENT,
	TAPE_RETURN,
	TAPE_INVENTORY,
	TAPE_MEMBERSHIP,
	TAPE_REVISION,
	TAPE_LEG,
	TAPE_DOCUMENT,
	TAPE_CUSTOMER,
	TAPE_INTERACTION,
	TAPE_CONSENT,
	TAPE_IDENTIFIER,
	TAPE_ATTRIBUTE,
	TAPE_NOUNS
};
#define TAPE_FIELDS 15u
#define TAPE_LINES 3u
#define TAPE_TEXT 20u
#define TAPE_KEY_TEXT 100u
#define TAPE_ROW_TEXT 360u

#define TAPE_IS_KEY 1u      /* parts of the key stand first, in their order */
#define TAPE_IS_REQUIRED 2u /* not null */
#define TAPE_IS_LINE 4u
#define TAPE_IS_EMPTY 8u /* absent is "" or 0 */
#define TAPE_IS_RECORDED 16u
#define TAPE_IS_STATE 32u
#define TAPE_IS_PARTNER 64u   /* names a partner, there or not */
#define TAPE_OR_CUSTOMER 128u /* or names a customer */
#define TAPE_IS_FREE 256u     /* any text, any number */
#define TAPE_IS_COUNTED 512u  /* from 1 */

typedef struct tape_field {
	const char *name;
	char type; /* t text, l int64, i int32, u instant, d day, f flag, n double */
	uint32_t flags;
	int refers; /* the noun + 1 that must be there; 0 none */
} tape_field;

typedef struct tape_noun {
	const char *name;
	int append_only, has_lines;
	tape_field fields[TAPE_FIELDS + 1]; /* ends with a NULL name */
} tape_noun;
extern const tape_noun tape_nouns[TAPE_NOUNS];
size_t tape_field_count(int noun);
size_t tape_field_find(int noun, const char *name);

typedef struct tape_cell {
	int there;
	char text[TAPE_TEXT];
} tape_cell;
#define TAPE_ATTRIBUTES 2u
extern const char *const tape_attributes[TAPE_ATTRIBUTES]; /* names, in the order of an object */
/* The text of one attribute of an object {"a":"x"}; NULL: none of that name. */
const char *tape_attribute(const tape_cell *object, const char *name, char out[TAPE_TEXT]);
typedef struct tape_record {
	int noun;
	size_t n_lines;
	tape_cell cells[1 + TAPE_LINES][TAPE_FIELDS]; /* its own, then those of its lines */
} tape_record;

typedef struct tape_entry {
	tape_record record; /* of a deletion only the key is set */
	int deleted;
	uint64_t seq;
	int64_t recorded;
	char key[TAPE_KEY_TEXT];
	size_t before, after; /* entries of the same key, + 1; 0 none */
} tape_entry;

typedef struct tape_list {
	tape_entry *items;
	size_t n, capacity;
} tape_list;

typedef struct tape_model {
	tape_list list;
	uint64_t last_seq;
	int64_t now_us;     /* grows with every record */
	int64_t horizon_us; /* history before it may be gone */
} tape_model;

/* What a transaction sees: the model up to `seq`, then what it did itself. */
typedef struct tape_view {
	const tape_model *model;
	uint64_t seq;
	tape_list own;
} tape_view;

void tape_model_free(tape_model *model);
void tape_model_cut(tape_model *model, uint64_t seq); /* what came after never was */
/* Adds the entries as one transaction. */
void tape_model_commit(tape_model *model, const tape_list *entries);
void tape_list_add(tape_list *list, const tape_record *record, int deleted, int64_t recorded);
void tape_key_of(const tape_record *record, char out[TAPE_KEY_TEXT]);
int64_t tape_number(const tape_cell *cell);

/* The record of a key, or NULL; `seq` NULL or receives the transaction (0 none). */
const tape_record *tape_live(const tape_view *view, int noun, const char *key, uint64_t *seq);
/* When what was last done with a key was known, deletions too; INT64_MIN: nothing was. */
int64_t tape_last_known(const tape_view *view, int noun, const char *key);
int64_t tape_recorded(const tape_record *record);
/* 1 if entry i is there at `seq`, as known at `as_of` (INT64_MAX: now). */
int tape_is_visible(const tape_model *model, size_t i, uint64_t seq, int64_t as_of);

/* Rules. 0 or 1: what a builder must refuse by itself. */
int tape_is_malformed(const tape_record *record);
#define TAPE_SAME 1000 /* an event that is there already: no change */
/* CSTN_OK, TAPE_SAME, or the code with which a put must fail. `named`: partners of the same batch
 * that may be named, NULL: none. */
int tape_judge(const tape_view *view, const tape_record *record, const tape_list *named);
/* 1 if the transaction and others after its view began change what is held of order lines, and so
 * may stand in each other's way. */
int tape_shares_lines(const tape_view *view, const tape_model *model);

/* Random records; some break a rule. */
void tape_make(sim_dice *dice, tape_model *model, int noun, int late, tape_record *out);

/* --- the library's side (tape_calls.c) -------------------------------------------------------- */

cstn_status tape_build(const tape_record *record, cstn_record **out, cstn_error **error);
/* A stream of the records' rows; row i of it belongs to record owners[i]. Free both after use. */
typedef struct tape_rows tape_rows;
tape_rows *tape_rows_new(const tape_record *records, size_t n, struct ArrowArrayStream *out);
size_t tape_rows_owner(const tape_rows *rows, uint64_t row);
void tape_rows_free(tape_rows *rows);

/* Rows as texts: "value|value|..", null as "~". */
typedef struct tape_table {
	char (*rows)[TAPE_ROW_TEXT];
	size_t n, capacity;
} tape_table;
char *tape_table_add(tape_table *table); /* an empty row */
void tape_table_sort(tape_table *table);
void tape_table_free(tape_table *table);
/* Reads and releases a stream; -1 with `why` when it fails. `columns`: names in order, NULL: all.
 */
int tape_table_read(struct ArrowArrayStream *stream, const char *const *columns, size_t n,
		tape_table *out, char *why, size_t size);
void tape_put_text(char *row, const char *text); /* appends a cell; NULL: null */

/* 0, or -1 with `why`: the snapshot answers as the model does at `seq`. */
int tape_check_scan(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq, sim_dice *dice,
		char *why, size_t size);
int tape_check_get(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq, sim_dice *dice,
		char *why, size_t size);
int tape_check_changes(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size);
int tape_check_relations(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size);
int tape_check_events(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size);
int tape_check_duals(const tape_model *model, cstn_network *network, sim_dice *dice, char *why,
		size_t size);

#endif
