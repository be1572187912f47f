#ifndef TESTS_CRASH_ORACLE_H
#define TESTS_CRASH_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "rows.h"
#include "store/store.h"

/* What the store must answer, kept in the plainest way: every version of every row with the
 * transaction that wrote it and the one that ended it. The state after transaction n is a filter
 * over that list. */
#define ORACLE_OPS 4u
#define ORACLE_ROWS 96u

typedef struct oracle_op {
	uint32_t kind; /* CSTN__OP_APPEND, _UPSERT or _DELETE */
	uint32_t table;
	uint32_t n;
	row_spec rows[ORACLE_ROWS];
} oracle_op;
typedef struct oracle_transaction {
	uint32_t n;
	oracle_op ops[ORACLE_OPS];
} oracle_transaction;

typedef struct oracle_version {
	uint32_t table, key;
	uint64_t hash, born, dead; /* dead UINT64_MAX: lives */
	int64_t recorded_us, until_us;
} oracle_version;

typedef struct oracle {
	oracle_version *versions;
	size_t n_versions, capacity;
	uint64_t last_seq;
	int64_t horizon_us; /* history before it may have been dropped */
	int64_t now_us;     /* grows with every row */
	uint32_t n_keys[ROWS_TABLES + 1];
	uint32_t *live[ROWS_TABLES + 1]; /* index + 1 of the living version by key */
	size_t live_capacity[ROWS_TABLES + 1];
	char why[512];      /* of the last check that failed */
	cstn_status status; /* of it: CSTN_OK when the store gave a wrong answer, else its error */
} oracle;

void oracle_init(oracle *model);
void oracle_free(oracle *model);
void oracle_copy(oracle *to, const oracle *from); /* `to` is not initialised before */
/* It becomes transaction last_seq + 1. */
void oracle_apply(oracle *model, const oracle_transaction *transaction);
/* The transactions after `seq` never were. */
void oracle_truncate(oracle *model, uint64_t seq);
int oracle_is_live(const oracle *model, uint32_t table, uint32_t key);

/* The same changes, to the store; rows in the order of the operations. */
cstn_status oracle_fill(const oracle_transaction *changes, cstn__transaction *transaction,
		cstn_error **error);

/* 0, or -1 with `why`: the snapshot (NULL: one of the store's own) answers as the state after
 * transaction `seq`. What is asked: every table now and as of a few times, every key up to `keys`
 * of each keyed table and one that never was. */
int oracle_check(oracle *model, cstn__store *store, cstn__snapshot *snapshot, uint64_t seq,
		uint64_t seed, uint32_t keys);
int oracle_fail(oracle *model, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
