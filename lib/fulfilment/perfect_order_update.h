#ifndef CSTN_FULFILMENT_PERFECT_ORDER_UPDATE_H
#define CSTN_FULFILMENT_PERFECT_ORDER_UPDATE_H

#include "base/row_errors.h"
#include "fulfilment/perfect_order_spans.h"
#include "fulfilment/perfect_order_state.h"
#include "fulfilment/perfect_order_words.h"
#include "table/column.h"

/* One update: a plan for the stream, workers with their own counts, chunks of 1,024 lines. */

#define CSTN__CHUNK 1024
#define CSTN__CHUNK_WORDS (CSTN__CHUNK / 64)

enum cstn__line_column {
	CSTN__COL_ORDER_ID,
	CSTN__COL_SHIPMENT_ID,
	CSTN__COL_LINE_NUMBER,
	CSTN__COL_ORDER_LINES,
	CSTN__COL_ORDERED,
	CSTN__COL_REQUESTED,
	CSTN__COL_PROMISED,
	CSTN__COL_PROMISED_LAST,
	CSTN__COL_PROMISED_CUSTOMER,
	CSTN__COL_PROMISED_SUPPLIER,
	CSTN__COL_DELIVERED,
	CSTN__COL_SHIPPED,
	CSTN__COL_ARRIVED,
	CSTN__COL_ACCEPTED,
	CSTN__COL_RECORDED,
	CSTN__COL_ATTEMPTED,
	CSTN__COL_QTY,
	CSTN__COL_QTY_CANCELLED,
	CSTN__COL_QTY_DELIVERED,
	CSTN__COL_QTY_DUE,
	CSTN__COL_VALUE,
	CSTN__COL_PRICE,
	CSTN__COL_STATUS,
	CSTN__COL_SHIPMENTS,
	CSTN__COL_SUBSTITUTE,
	CSTN__COL_SUBSTITUTE_AGREED,
	CSTN__COL_WRONG_ITEM,
	CSTN__COL_CUSTOMER_FAULT,
	CSTN__COL_FORCE_MAJEURE,
	CSTN__COL_CONDITION_OK,
	CSTN__COL_DAMAGED,
	CSTN__COL_DEFECTIVE,
	CSTN__COL_WRONG_CONFIGURATION,
	CSTN__COL_REFUSED,
	CSTN__COL_DOCUMENTS_OK,
	CSTN__COL_DOCUMENTS_BAD,
	CSTN__COL_DOCUMENTS_COMPLETE,
	CSTN__COL_RETURNED,
	CSTN__COL_RETURN_REASON,
	CSTN__COL_LATE_CAUSE,
	CSTN__COL_SHORT_CAUSE,
	CSTN__COL_DOCUMENTS_CAUSE,
	CSTN__COL_CONDITION_CAUSE,
	CSTN__COL_LATE_OWNER,
	CSTN__COL_SHORT_OWNER,
	CSTN__COL_DOCUMENTS_OWNER,
	CSTN__COL_CONDITION_OWNER,
	CSTN__COL_PROMISED_OFFSET,
	CSTN__COL_ACTUAL_OFFSET,
	CSTN__COL_SHIP_TO_ZONE,
	CSTN__COL_POLICY_DIGEST,
	CSTN__COL_COUNT
};

/* Where the values of a numeric column lie: in the batch, or in a chunk's buffer. Value of batch
 * row r is p[r - base]. */
typedef struct cstn__source {
	const int32_t *p32;
	const int64_t *p64;
	int64_t base;
	int64_t scale;         /* days read as times: CSTN_DAY_US; else 1 */
	const uint64_t *valid; /* buffer's words from base on; NULL = ask the column, or all valid
				*/
	const cstn__column *column;
} cstn__source;

/* What is fixed for one stream. */
typedef struct cstn__plan {
	cstn_perfect_order *state;
	cstn__judge judge; /* the state's, with what evidence this stream has */
	const cstn__words *words;
	const cstn__spans *spans;
	cstn__bound *bound;
	cstn__column_decl decls[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];
	int n_decls;
	int at[CSTN__COL_COUNT]; /* number among the declared columns, -1 = not needed or not there
				  */
	int dim_at[CSTN__DIMENSIONS_MAX];    /* plain dimensions */
	int dim_basis[CSTN__DIMENSIONS_MAX]; /* periods: CSTN__COL_ of their time, -2 = the
						verdict's promise, -3 = its period time */
	int32_t dim_type[CSTN__DIMENSIONS_MAX];
	int32_t key_type;
	int key_column; /* CSTN__COL_ORDER_ID or _SHIPMENT_ID, -1 = lines are units and have no
			   clusters */
	int promise_column, actual_column;
	uint8_t text_key, wide, causes, fast, lines, clustered, closes, simple_zone, wide_lines;
	uint8_t promise_moves; /* a changed promise may differ from the promise column */
	int64_t late_sure, late_maybe, early_sure, early_maybe; /* of instants; days in days32 */
	int32_t late_days, early_days;
	uint8_t has_early, exact_quantity;
	uint8_t exceptions; /* columns that may make a line irregular beside its times and
			       quantities */
	cstn__time_limits day_limits, instant_limits;
	int64_t sure_us; /* actual times after sure_us are judged one by one */
	cstn_progress *progress;
	int32_t threads;
} cstn__plan;

#define CSTN__LUT_SMALL 65536
#define CSTN__DICTIONARY_MAX 4194304

/* A worker's own way from values to codes of one dimension. */
typedef struct cstn__lut {
	uint32_t *small;   /* numbers below small_size -> code; 0 = not seen */
	size_t small_size; /* grows to CSTN__LUT_SMALL */
	cstn__i64_map map;
	cstn__interner texts;
	CSTN__ARRAY(uint32_t) shared; /* own text number -> code */
	uint32_t *dictionary;         /* of one batch: entry -> code; UINT32_MAX = not seen */
	size_t dictionary_size;
	const void *dictionary_of;
} cstn__lut;

/* Runs of one partition. Packed ones are gathered by four, a cache line, before they are written
 * out. */
typedef struct cstn__run_list {
	cstn__packed_log packed;
	CSTN__ARRAY(cstn__run) runs;
	CSTN__ARRAY(cstn__run_wide) wide;
} cstn__run_list;
typedef struct cstn__run_line {
	cstn__packed_run runs[4];
} cstn__run_line;

/* A dimension whose values are looked up once a run: by row of the chunk. */
typedef struct cstn__quick {
	const int32_t *p32;
	const int64_t *p64;
} cstn__quick;

typedef struct cstn__worker {
	const cstn__plan *plan;
	cstn__core core;
	uint32_t *hot; /* [16][hot_cells] */
	size_t hot_cells;
	uint64_t hot_units;
	cstn__lut luts[CSTN__DIMENSIONS_MAX];
	uint32_t *cell_table; /* two dimensions or fewer: [code0 * 2^shift + code1] -> cell + 1 */
	size_t cell_table_size;
	uint32_t cell_shift;
	uint32_t cell_of_all;     /* the one cell without dimensions */
	cstn__i64_map cell_map;   /* packed codes when they fit 16 bits each */
	cstn__run_list *lists;    /* CSTN__PARTITIONS of them */
	cstn__run_line *lines;    /* the same, the last few packed runs */
	cstn__packed_tail *tails; /* the same, where they are written out to */
	uint8_t line_count[CSTN__PARTITIONS];
	cstn__packed_log rising; /* of the morsel: packed runs up to where an id falls */
	uint8_t spread;          /* ids do fall: packed runs go by partition */
	size_t n_runs;
	cstn__row_sink *sink;
	/* the batch and chunk at hand */
	const cstn__batch *batch;
	uint64_t first_row;
	int64_t start;
	int n;
	uint8_t pointed; /* sources are set for the morsel */
	int n_read;      /* columns that are not in place, but for dimensions */
	int read[CSTN__COL_COUNT];
	cstn__source sources[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];
	int64_t *buffers[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];
	uint64_t *valids[CSTN__COL_COUNT + CSTN__DIMENSIONS_MAX];
	uint32_t *codes[CSTN__DIMENSIONS_MAX]; /* plain text or nullable dimensions, by row of the
						  chunk */
	uint8_t coded[CSTN__DIMENSIONS_MAX];   /* codes[] is filled for this chunk */
	int64_t *scratch;
	const char **key_text;
	uint32_t *key_len;
	uint8_t *status;
	cstn__line_verdict *verdicts;
	uint64_t fail[4][CSTN__CHUNK_WORDS]; /* failed components of counted lines */
	uint64_t special[CSTN__CHUNK_WORDS]; /* not simply counted: see verdicts */
	uint64_t judged[CSTN__CHUNK_WORDS];  /* verdicts[] is filled */
	uint64_t drop[CSTN__CHUNK_WORDS];    /* not part of the run */
	uint64_t bad[CSTN__CHUNK_WORDS];     /* row errors */
	uint64_t edge[CSTN__CHUNK_WORDS];    /* key differs from the row before */
	uint64_t change[CSTN__CHUNK_WORDS];  /* a dimension differs from the row before */
	uint8_t rising_keys;                 /* integer keys of the chunk never fall */
	/* the run being built */
	int has_run;
	cstn__run run;
	cstn__run_wide wide;
	uint32_t code[CSTN__DIMENSIONS_MAX];
	uint32_t line_code[CSTN__DIMENSIONS_MAX]; /* of the line at hand, at level line */
	int mixed;                                /* its rows differ in a dimension */
	cstn__quick quick[CSTN__DIMENSIONS_MAX];
	const int64_t *key64; /* ids by row of the chunk; NULL: key32, or texts */
	const int32_t *key32;
	int64_t last_id; /* of the run before, when clustered */
	uint32_t last_len;
	/* the morsel's stretches */
	CSTN__ARRAY(cstn__segment) segments;
	int new_segment;
} cstn__worker;

/* perfect_order_plan.c: `plan->bound` is to be freed, also on failure */
cstn_status cstn__plan_make(cstn__plan *plan, cstn_perfect_order *state,
		struct ArrowArrayStream *lines, const cstn_perfect_order_options *options,
		cstn_error **error);

#define CSTN__DAYS_LIMIT \
	100000000 /* 273,000 years: beyond it a date is no instant of int64 microseconds */
#define CSTN__TIME_LIMIT (INT64_C(1) << 61)

static inline uint64_t cstn__low_bits(int n)
{
	return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

/* The batch's column, NULL if it has none. */
static inline const cstn__column *cstn__worker_column(const cstn__worker *worker, int column)
{
	int at = worker->plan->at[column];

	return at < 0 ? NULL : &worker->batch->columns[at];
}

/* perfect_order_load.c: read lines [start, start + n) of the worker's batch */
cstn_status cstn__chunk_load(cstn__worker *worker);
uint32_t cstn__worker_number_code(cstn__worker *worker, size_t dimension, int64_t value);
/* A row error in row `row` of the chunk. */
cstn_status cstn__worker_add_bad(cstn__worker *worker, int row, const cstn__column *column,
		int32_t code, const char *text, size_t len);
/* perfect_order_chunk.c: judge them */
cstn_status cstn__chunk_judge(cstn__worker *worker);
/* perfect_order_row.c: one line by the definition. A row that breaks a rule is bad. */
cstn_status cstn__row_judge(cstn__worker *worker, int i);
static inline int64_t cstn__raw_value(const cstn__source *source, int64_t row)
{
	return source->p32 ? source->p32[row - source->base] : source->p64[row - source->base];
}
static inline int64_t cstn__source_value(const cstn__source *source, int64_t row)
{
	return source->p32 ? source->p32[row - source->base] * source->scale
			   : source->p64[row - source->base] * source->scale;
}
static inline int cstn__source_valid(const cstn__source *source, int64_t row)
{
	if (!source->column)
		return 0;
	if (source->valid)
		return (int)(source->valid[(row - source->base) / 64] >>
						((row - source->base) % 64) &
				1);
	if (!source->column->has_nulls)
		return 1;
	return (int)(cstn__column_valid64(source->column, row) & 1);
}

int32_t cstn__worker_day(const cstn__worker *worker, int64_t us, int i, int promise);
int32_t cstn__worker_owner(const cstn__worker *worker, int i, int component);

/* perfect_order_roll.c: lines -> runs -> counts */
cstn_status cstn__chunk_roll(cstn__worker *worker);
cstn_status cstn__worker_end_morsel(cstn__worker *worker);
/* Write out the gathered runs. */
cstn_status cstn__worker_end_runs(cstn__worker *worker);
cstn_status cstn__worker_init(cstn__worker *worker, const cstn__plan *plan);
void cstn__worker_free(cstn__worker *worker);
/* Add the hot counts to a core. */
cstn_status cstn__worker_flush(cstn__worker *worker, cstn__core *core, size_t n_cells);

#endif
