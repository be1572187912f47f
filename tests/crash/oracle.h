#ifndef TESTS_CRASH_ORACLE_H
#define TESTS_CRASH_ORACLE_H

#include <stddef.h>
#include <stdint.h>

#include "rows.h"
#include "sim_vfs.h"
#include "store/store.h"

/* What the store must answer, kept in the plainest way: every version of every row with the
 * transaction that wrote it and the one that ended it. The state after transaction n is a filter
 * over that list. */
#define ORACLE_OPS 4u
#define ORACLE_ROWS 96u
#define ORACLE_SLOTS 4u

typedef struct oracle_op {
	uint32_t kind; /* CSTN__OP_APPEND, _UPSERT or _DELETE */
	uint32_t table;
	uint32_t n;
	row_spec rows[ORACLE_ROWS];
} oracle_op;
/* Bytes that follow from a nonce, in a key slot. */
typedef struct oracle_put {
	uint32_t nonce;
	uint32_t size;
	uint64_t slot; /* where oracle_fill() found room for them */
} oracle_put;
typedef struct oracle_transaction {
	uint32_t n;
	oracle_op ops[ORACLE_OPS];
	uint32_t n_puts, n_erased;
	oracle_put puts[ORACLE_SLOTS];
	uint64_t erased[ORACLE_SLOTS];
} oracle_transaction;

typedef struct oracle_version {
	uint32_t table, key;
	uint64_t hash, born, dead; /* dead UINT64_MAX: lives */
	int64_t recorded_us, until_us;
} oracle_version;

typedef struct oracle_slot {
	oracle_put put;
	uint64_t born, erased; /* UINT64_MAX: holds its bytes */
	int unsure;            /* an erasure of it failed; the handle may refuse it or not */
} oracle_slot;

/* What the store that is asked may know of key slots beyond what it answers of rows. */
#define ORACLE_SLOTS_ABSENT 1 /* it is a backup, and has none */
#define ORACLE_SLOTS_BESIDE 2 /* some may be erased by transactions that it does not have */

typedef struct oracle {
	oracle_version *versions;
	size_t n_versions, capacity;
	uint64_t last_seq;
	int64_t horizon_us; /* history before it may have been dropped */
	int64_t now_us;     /* grows with every row */
	oracle_slot *slots;
	size_t n_slots, slot_capacity;
	int slots_are; /* 0, or ORACLE_SLOTS_ */
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

/* The same changes, to the store; rows in the order of the operations. Notes the slots. */
cstn_status oracle_fill(
		oracle_transaction *changes, cstn__transaction *transaction, cstn_error **error);

/* 0, or -1 with `why`: the snapshot (NULL: one of the store's own) answers as the state after
 * transaction `seq`. What is asked: every table now and as of a few times, every key up to `keys`
 * of each keyed table and one that never was; without a snapshot also every key slot. */
int oracle_check(oracle *model, cstn__store *store, cstn__snapshot *snapshot, uint64_t seq,
		uint64_t seed, uint32_t keys);
/* oracle_slots.c, for oracle.c alone. */
void oracle_apply_slots(oracle *model, const oracle_transaction *transaction, uint64_t seq);
void oracle_truncate_slots(oracle *model, uint64_t seq);
cstn_status oracle_fill_slots(
		oracle_transaction *changes, cstn__transaction *transaction, cstn_error **error);
int oracle_check_slots(oracle *model, cstn__store *store, uint64_t seq);

/* No file of key slots in the folder has bytes of a slot that was erased by transaction `seq`. */
int oracle_check_dead(oracle *model, sim_disk *disk, const char *path, uint64_t seq);
/* What `changes` erase may be refused or not, 1; or as the model says, 0. */
void oracle_unsure(oracle *model, const oracle_transaction *changes, int unsure);
int oracle_fail(oracle *model, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
