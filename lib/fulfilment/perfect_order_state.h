#ifndef CSTN_FULFILMENT_PERFECT_ORDER_STATE_H
#define CSTN_FULFILMENT_PERFECT_ORDER_STATE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <constellation/perfect_order.h>

#include "base/map.h"
#include "fulfilment/counts.h"
#include "fulfilment/verdict.h"

/* The mergeable state, in three parts: what is configured, the names of things (a registry of
 * dimension values, cells and causes; growing it never changes a result), and the core: counts by
 * cell, open units, open edges. */

#define CSTN__DIMENSIONS_MAX 4
#define CSTN__BASIS_PERIOD 4 /* a dimension's basis: the policy's period_basis */
#define CSTN__SEGMENTS_MAX 65536
#define CSTN__CODE_NULL 0u
#define CSTN__CODE_MIXED 1u
#define CSTN__CODE_FIRST 2u
#define CSTN__PARTITION_BITS 8
#define CSTN__PARTITIONS (1u << CSTN__PARTITION_BITS)

/* Values of one dimension <-> codes. Codes 0 and 1 are null and mixed; value k has code k + 2. */
typedef struct cstn__dim_values {
	cstn__i64_map numbers; /* INT64, DAYS, FLAG */
	CSTN__ARRAY(int64_t) list;
	cstn__interner texts; /* TEXT */
} cstn__dim_values;

typedef struct cstn__cell {
	uint32_t code[CSTN__DIMENSIONS_MAX];
} cstn__cell;

typedef struct cstn__registry {
	cstn_allocator allocator;
	size_t n_dimensions;
	cstn__dimension *dimensions;
	cstn__dim_values values[CSTN__DIMENSIONS_MAX];
	CSTN__ARRAY(cstn__cell) cells;
	uint32_t *cell_slots;
	size_t cell_capacity;
	cstn__interner causes;
	int32_t key_type; /* of order ids: CSTN_TYPE_INT64, CSTN_TYPE_TEXT, 0 = none seen */
	pthread_mutex_t lock;
} cstn__registry;

/* A stretch of lines of one unit, or a whole one. `id` is the integer id, or the address of the
 * text. */
typedef struct cstn__run {
	int64_t id;
	uint32_t cell;
	uint32_t text_len;
	cstn__unit unit;
} cstn__run;

/* Cause of one component's failure: the earliest counts. */
typedef struct cstn__run_cause {
	int64_t fail_us;
	int32_t line;
	int32_t owner;
	uint32_t cause; /* code in registry.causes; UINT32_MAX = none known */
	uint32_t set;
} cstn__run_cause;

/* What only some policies need beside the run. */
typedef struct cstn__run_wide {
	int64_t sub; /* second part of the key: promise (schedule), cell (line clusters) */
	cstn__i128 weight, credit;
	cstn__run_cause cause[4];
	int64_t lines_counted, lines_perfect; /* line level: m and x of the cluster */
} cstn__run_wide;

typedef struct cstn__cell_pair {
	uint32_t run, cell;
} cstn__cell_pair;

/* A run of an integer id without anything special, in 16 bytes: what moves twice through memory
 * should be small. */
typedef struct cstn__packed_run {
	int64_t id;
	uint32_t cell;
	uint32_t bits; /* pattern 4, unassessed 4, flags 5, lines 19 */
} cstn__packed_run;
#define CSTN__PACKED_LINES 0x7ffffu

/* Packed runs in the order they came. */
#define CSTN__PACKED_BLOCK 248       /* runs of a small block */
#define CSTN__PACKED_BLOCK_MOST 4088 /* and of a large one */
typedef struct cstn__packed_block {
	struct cstn__packed_block *next;
	uint32_t count, capacity, reserved[12]; /* a cache line */
	cstn__packed_run runs[];
} cstn__packed_block;
typedef struct cstn__packed_log {
	cstn__packed_block *first, *last;
	size_t count;
	size_t settled;  /* orders, when they were last put together */
	int64_t last_id; /* of a log whose ids never fall */
} cstn__packed_log;

/* Open units of one partition of the key space. */
typedef struct cstn__units {
	CSTN__ARRAY(cstn__run) runs;
	CSTN__ARRAY(cstn__run_wide) wide;
	CSTN__ARRAY(uint32_t) freed;
	uint32_t *slots;                    /* index + 2; 0 empty, 1 deleted */
	size_t capacity, used;              /* used counts deleted slots too */
	CSTN__ARRAY(cstn__cell_pair) pairs; /* EACH */
	cstn__arena texts;
	uint8_t text_ready;
	cstn__packed_log log; /* runs that are not among the units yet */
} cstn__units;

/* A stretch of sorted orders: what lies inside is counted, the ends are open. */
typedef struct cstn__segment {
	cstn__run first, last; /* equal when `single` */
	uint8_t single, in_order;
} cstn__segment;

typedef struct cstn__cause_tally {
	uint32_t cell, cause;
	int32_t component, owner;
	int64_t units;
} cstn__cause_tally;

typedef struct cstn__core {
	cstn_allocator allocator;
	CSTN__ARRAY(cstn__group_counts) counts; /* by cell; by place when sparse */
	CSTN__ARRAY(uint32_t) places;           /* sparse: cell -> place + 1, 0 = none */
	uint8_t sparse;                         /* few cells are counted: see cstn__core_counts() */
	cstn__group_counts total;               /* EACH only */
	cstn__units *units;                     /* NULL, or CSTN__PARTITIONS of them */
	cstn__packed_log rising; /* packed runs whose ids never fall; only while units is NULL */
	CSTN__ARRAY(cstn__segment) segments;
	int32_t current;   /* segment that updates extend, or -1 */
	uint8_t broken;    /* the promise of clustering does not hold */
	cstn__arena texts; /* text keys of segments */
	cstn__i64_map cause_map;
	CSTN__ARRAY(cstn__cause_tally) causes;
} cstn__core;

struct cstn_perfect_order {
	cstn_allocator allocator;
	cstn__judge judge;
	uint32_t flags;
	int32_t clustering;
	int64_t from_us, to_us;
	uint8_t data_ready; /* zone rules and calendar are there: updates are possible */
	uint8_t judge_all;  /* tests: no fast path */
	int32_t simd; /* what the machine has, asked once: asking is slow under hypervisors; 0 = not
			 asked yet */
	cstn__registry registry;
	cstn__core core;
};

/* registry */
cstn_status cstn__registry_init(cstn__registry *registry, const cstn_allocator *allocator,
		const char *const *by, size_t n_by, cstn_error **error);
void cstn__registry_free(cstn__registry *registry);
/* UINT32_MAX = out of memory. The caller holds the lock when several threads run. */
uint32_t cstn__registry_number(cstn__registry *registry, size_t dimension, int64_t value);
uint32_t cstn__registry_text(
		cstn__registry *registry, size_t dimension, const char *text, size_t len);
uint32_t cstn__registry_cell(cstn__registry *registry, const uint32_t *codes);

/* core */
void cstn__core_init(cstn__core *core, const cstn_allocator *allocator);
void cstn__core_free(cstn__core *core);
void cstn__core_free_units(cstn__core *core);
cstn_status cstn__core_reserve_cells(cstn__core *core, size_t n);
/* Counts of one cell, which are there after cstn__core_reserve_cell(); NULL if there are none. */
cstn_status cstn__core_reserve_cell(cstn__core *core, uint32_t cell);
static inline cstn__group_counts *cstn__core_counts(const cstn__core *core, uint32_t cell)
{
	if (!core->sparse)
		return cell < core->counts.count ? &core->counts.items[cell] : NULL;
	if (cell >= core->places.count || !core->places.items[cell])
		return NULL;
	return &core->counts.items[core->places.items[cell] - 1];
}
/* from's cells and causes are those of `registry` too. `into` is unchanged on failure. `from` is
 * used up (its memory may move over). */
cstn_status cstn__core_absorb(cstn_perfect_order *state, cstn__core *from, cstn_error **error);
/* The same for the lines of an update: its stretch goes on where the state's last one ended. */
cstn_status cstn__core_absorb_lines(
		cstn_perfect_order *state, cstn__core *from, cstn_error **error);
cstn_status cstn__core_count_cause(cstn__core *core, uint32_t cell, int32_t component,
		int32_t owner, uint32_t cause, int64_t units);

/* units */
int cstn__units_reserve(cstn__units *units, const cstn_allocator *allocator, size_t extra, int wide,
		size_t extra_pairs);
/* Add a run to the unit of its key. Returns the unit's index, or UINT32_MAX when out of memory.
 * Cannot fail after a sufficient reserve, text keys apart. `mix` merges cells. */
uint32_t cstn__units_add(cstn_perfect_order *state, cstn__units *units, const cstn__run *run,
		const cstn__run_wide *wide, int copy_text);
void cstn__units_remove(cstn_perfect_order *state, cstn__units *units, uint32_t index);
void cstn__units_free(cstn__units *units, const cstn_allocator *allocator);
#define CSTN__KEY_SEED UINT64_C(0x51ed270b27d4eb2f)
static inline uint64_t cstn__number_hash(int64_t id)
{
	return cstn__mix64((uint64_t)id ^ CSTN__KEY_SEED);
}
uint64_t cstn__run_hash(const cstn__registry *registry, const cstn__run *run, int64_t sub);
/* Causes by their text. */
int cstn__cause_compare(const cstn__registry *registry, uint32_t a, uint32_t b);
int cstn__run_compare(const cstn__registry *registry, const cstn__run *a, const cstn__run *b);
/* Merge `from` into the unit of the same order; differing cells become mixed ones. Returns 0, or -1
 * out of memory. */
int cstn__run_merge(cstn_perfect_order *state, cstn__run *into, const cstn__run *from);
void cstn__wide_merge(cstn_perfect_order *state, cstn__run_wide *into, const cstn__run_wide *from);
void cstn__run_wide_init(cstn__run_wide *wide);

/* into += from, without a check: for sums that are checked after. */
void cstn__counts_sum(cstn__group_counts *into, const cstn__group_counts *from);
/* perfect_order_packed.c: runs in 16 bytes */
void cstn__unpack_run(const cstn__packed_run *packed, cstn__run *out);
int cstn__run_packs(const cstn__run *run);
void cstn__pack_run(const cstn__run *run, cstn__packed_run *out);
/* Where the last block of a log goes on while it is written to; the log says so only when the tail
 * is closed. */
typedef struct cstn__packed_tail {
	cstn__packed_run *to;
	size_t room;
} cstn__packed_tail;
/* Room for four runs. */
int cstn__packed_tail_open(
		cstn__packed_tail *tail, cstn__packed_log *log, const cstn_allocator *allocator);
void cstn__packed_tail_close(cstn__packed_tail *tail, cstn__packed_log *log);
void cstn__packed_log_free(cstn__packed_log *log, const cstn_allocator *allocator);
/* into += from, which is empty then; cannot fail after the reserve. */
int cstn__packed_log_reserve(cstn__packed_log *into, const cstn__packed_log *from,
		const cstn_allocator *allocator);
void cstn__packed_log_move(
		cstn__packed_log *into, cstn__packed_log *from, const cstn_allocator *allocator);
/* Room for one run more in the last block. */
int cstn__packed_log_extend(cstn__packed_log *log, const cstn_allocator *allocator);
/* Add a log whose ids never fall to the core's, or to its units where it does not follow; `from` is
 * empty then, or on failure what is left of it. */
int cstn__core_add_rising(cstn__core *core, cstn__packed_log *from);
/* To the units with runs whose ids never fall. */
int cstn__core_spread(cstn__core *core);
int cstn__core_need_units(cstn__core *core);
/* Put the runs of an order together when there are many more runs than orders. */
void cstn__packed_log_settle(cstn_perfect_order *state, cstn__packed_log *log);
/* All packed runs into the units. Failures are out of memory and lose nothing. */
int cstn__core_unpack(cstn_perfect_order *state, cstn__core *core);
/* Count the units of partitions that have packed runs into `core`; done[i] = 1 for those. */
cstn_status cstn__core_close_packed(cstn_perfect_order *state, cstn__core *core, uint8_t *done);
/* Count a closed unit into `core` (its cell must be reserved). `wide` may be NULL. */
cstn_status cstn__core_close(cstn_perfect_order *state, cstn__core *core, const cstn__run *run,
		const cstn__run_wide *wide, const uint32_t *cells, size_t n_cells);
/* Count one line as a unit (level line). */
cstn_status cstn__core_count_line(cstn_perfect_order *state, cstn__core *core, const cstn__run *run,
		const cstn__run_wide *wide);
/* multi=each, which lines do not know */
int cstn__state_is_each(const cstn_perfect_order *state);
int cstn__state_is_wide(const cstn_perfect_order *state);

/* segments */
/* Join `next` to the core's current segment, in row order. Text keys are copied. Returns CSTN_OK or
 * CSTN_E_NOMEM. */
cstn_status cstn__core_join(cstn_perfect_order *state, cstn__core *core, const cstn__segment *next);
/* Prove the promise, then count all open ends of `segments` into `core`. CSTN_E_NOT_CLUSTERED,
 * `core` being half-filled. */
cstn_status cstn__core_close_segments(cstn_perfect_order *state, cstn__core *core,
		const cstn__segment *segments, size_t n, cstn_error **error);
/* CSTN_E_NOT_CLUSTERED when an open unit lies inside a stretch: lines with and without a promise of
 * clustering were mixed. */
cstn_status cstn__core_check_apart(
		const cstn_perfect_order *state, const cstn__core *core, cstn_error **error);
/* By their ends: below, 0 or above zero. */
int cstn__segment_compare(
		const cstn_perfect_order *state, const cstn__segment *a, const cstn__segment *b);
/* Sorted copy, NULL when out of memory; free n * sizeof. */
cstn__segment *cstn__segments_sorted(
		const cstn_perfect_order *state, const cstn__segment *segments, size_t n);
/* index of the unit with this key, or UINT32_MAX */
uint32_t cstn__units_find(const cstn_perfect_order *state, const cstn__units *units,
		const cstn__run *run, int64_t sub);

#endif
