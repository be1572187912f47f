/* Long rows of many series, read and put in order.
 *
 * Rows are kept as they come, 32 bytes each, numbered by key and period; then counted by key,
 * scattered, sorted by period where a series is not yet in order, and checked for periods that come
 * twice or are missing. A series with a bad row is left out whole: half a history misleads. What is
 * left is one array of values for all series. O(rows) for rows in order, else O(n log n) a series.
 */
#include "demand/series.h"

#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/sort.h"

#define BLOCK CSTN__BLOCK_ROWS
#define LARGEST 1e300
#define LONGEST_GAP 100000

enum { COL_ID, COL_DS, COL_Y, COLUMNS };

static const cstn__column_decl columns[COLUMNS] = {
		[COL_ID] = {"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[COL_DS] = {"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0,
				0},
		[COL_Y] = {"y",
				CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
						CSTN__ACCEPT(CSTN_TYPE_DECIMAL),
				-1, 1, 0, 0, 0},
};

typedef struct series_row {
	int64_t period;
	double y;
	uint64_t row;
	uint32_t key;
	uint32_t reserved;
} series_row;

typedef struct reading {
	const cstn__series_reader *reader;
	cstn__series_set *set;
	cstn__row_sink *sink;
	CSTN__ARRAY(series_row) rows;
	CSTN__ARRAY(uint8_t) is_bad; /* of a key, as many as are bad or follow one */
	int has_phase;
} reading;

/* --- blocks ----------------------------------------------------------------------------------- */

static cstn_status refuse(reading *run, uint64_t row, int32_t field, int32_t code)
{
	return cstn__row_sink_add(run->sink, row, field, columns[field].name, code, NULL, 0);
}

static int mark_bad(reading *run, uint32_t key)
{
	while (run->is_bad.count <= key) {
		if (cstn__array_reserve(&run->set->allocator, &run->is_bad, 1))
			return -1;
		run->is_bad.items[run->is_bad.count++] = 0;
	}
	run->is_bad.items[key] = 1;
	return 0;
}

/* The first row with a date says on which weekday weeks begin. */
static void learn_phase(reading *run, int64_t ds)
{
	cstn__periods *periods = &run->set->periods;
	int64_t day = periods->type == CSTN_TYPE_TIME ? ds / CSTN_DAY_US : ds;

	run->has_phase = 1;
	periods->phase = (int32_t)(((day % 7) + 7) % 7);
}

typedef struct block {
	uint32_t key[BLOCK];
	int64_t ds[BLOCK], period[BLOCK];
	double y[BLOCK];
	uint64_t valid[BLOCK / 64], bad[BLOCK / 64], no_key[BLOCK / 64];
} block;

/* Values and periods of a block: what breaks a rule is marked in `bad`. */
static cstn_status check_values(reading *run, block *b, uint64_t first_row, int32_t n)
{
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(b->bad, (size_t)i))
			continue;
		if (!run->has_phase)
			learn_phase(run, b->ds[i]);
		if (cstn__period_number(&run->set->periods, b->ds[i], &b->period[i])) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i, COL_DS, CSTN_ROW_PERIOD);
		} else if (!(fabs(b->y[i]) <= LARGEST)) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i, COL_Y, CSTN_ROW_RANGE);
		}
	}
	return status;
}

static cstn_status keep(reading *run, const block *b, uint64_t first_row, int32_t n)
{
	int32_t i;

	if (cstn__array_reserve(&run->set->allocator, &run->rows, (size_t)n))
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++) {
		if (cstn__word_bit_get(b->no_key, (size_t)i))
			continue;
		if (cstn__word_bit_get(b->bad, (size_t)i)) {
			if (mark_bad(run, b->key[i]))
				return CSTN_E_NOMEM;
			continue;
		}
		run->rows.items[run->rows.count++] = (series_row){
				b->period[i], b->y[i], first_row + (uint64_t)i, b->key[i], 0};
	}
	return CSTN_OK;
}

static cstn_status take_block(
		reading *run, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	cstn__id_rows ids = {&batch->columns[COL_ID], start, n, batch->first_row, 0, b->no_key,
			run->sink};
	uint64_t first_row = batch->first_row + (uint64_t)start;
	cstn_status status;

	memset(b->bad, 0, sizeof(b->bad));
	memset(b->no_key, 0, sizeof(b->no_key));
	status = cstn__customer_ids_read(&run->set->keys, &ids, b->key);
	if (status == CSTN_OK)
		status = cstn__column_read_i64(&batch->columns[COL_DS], start, n, batch->first_row,
				b->ds, b->valid, b->bad, run->sink);
	if (status == CSTN_OK)
		status = cstn__column_read_f64(&batch->columns[COL_Y], start, n, batch->first_row,
				b->y, b->valid, b->bad, run->sink);
	if (status == CSTN_OK)
		status = check_values(run, b, first_row, n);
	return status == CSTN_OK ? keep(run, b, first_row, n) : status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	block b;

	return take_block(context, batch, start, n, &b) == CSTN_OK ? CSTN_OK
								   : cstn__fail_nomem(error);
}

/* --- series ----------------------------------------------------------------------------------- */

static int by_period(const void *a, const void *b, void *context)
{
	const series_row *x = a, *y = b;

	(void)context;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Values that the rows of a series stand for; 0: a period comes twice or is missing. */
static cstn_status check_series(reading *run, const series_row *rows, size_t n, size_t *values)
{
	int64_t most = run->reader->gap == CSTN_GAP_ZERO ? LONGEST_GAP : 0;
	size_t i;

	*values = n ? 1 : 0;
	for (i = 1; i < n; i++) {
		/* periods that are far apart may be further than an int64 says */
		uint64_t step = (uint64_t)rows[i].period - (uint64_t)rows[i - 1].period;

		if (step == 0 || step - 1 > (uint64_t)most) {
			*values = 0;
			return refuse(run, rows[i].row, COL_DS,
					step ? CSTN_ROW_GAP : CSTN_ROW_DUPLICATE);
		}
		*values += (size_t)step;
	}
	return CSTN_OK;
}

static void fill(const series_row *rows, size_t n, double *y)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[rows[i].period - rows[0].period] = rows[i].y;
}

static cstn_status put_series(reading *run, series_row *rows, size_t n, uint32_t key)
{
	cstn__series_set *set = run->set;
	cstn__series *series;
	cstn_status status;
	size_t values, i;

	for (i = 1; i < n && rows[i - 1].period < rows[i].period; i++)
		;
	if (i < n)
		cstn__sort(rows, n, sizeof(*rows), by_period, NULL);
	status = check_series(run, rows, n, &values);
	if (status != CSTN_OK || !values)
		return status;
	if (cstn__array_reserve(&set->allocator, &set->series, 1))
		return CSTN_E_NOMEM;
	series = &set->series.items[set->series.count++];
	*series = (cstn__series){key, set->n, values, rows[0].period};
	set->n += values;
	return CSTN_OK;
}

/* Rows by key, in the order in which keys were seen; `ends[key]` is where its rows end. */
static void scatter(const reading *run, series_row *sorted, size_t *ends)
{
	size_t keys = run->set->keys.count, at = 0, i;

	for (i = 0; i < run->rows.count; i++)
		ends[run->rows.items[i].key]++;
	for (i = 0; i < keys; i++) {
		size_t n = ends[i];

		ends[i] = at;
		at += n;
	}
	for (i = 0; i < run->rows.count; i++)
		sorted[ends[run->rows.items[i].key]++] = run->rows.items[i];
}

static cstn_status make_series(reading *run, series_row *sorted, const size_t *ends)
{
	cstn__series_set *set = run->set;
	cstn_status status = CSTN_OK;
	size_t key, i;

	for (key = 0; key < set->keys.count && status == CSTN_OK; key++) {
		size_t begin = key ? ends[key - 1] : 0;

		if (key < run->is_bad.count && run->is_bad.items[key])
			continue;
		status = put_series(run, sorted + begin, ends[key] - begin, (uint32_t)key);
	}
	if (status != CSTN_OK)
		return status;
	set->y = cstn__alloc_zero(&set->allocator, cstn__array_size(set->n, sizeof(*set->y)));
	if (!set->y)
		return CSTN_E_NOMEM;
	for (i = 0; i < set->series.count; i++) {
		const cstn__series *s = &set->series.items[i];
		size_t begin = s->key ? ends[s->key - 1] : 0;

		fill(sorted + begin, ends[s->key] - begin, set->y + s->start);
	}
	return CSTN_OK;
}

static cstn_status arrange(reading *run)
{
	const cstn_allocator *allocator = &run->set->allocator;
	size_t rows_size = cstn__array_size(run->rows.count, sizeof(series_row));
	size_t ends_size = cstn__array_size(run->set->keys.count, sizeof(size_t));
	series_row *sorted = cstn__alloc(allocator, rows_size);
	size_t *ends = cstn__alloc_zero(allocator, ends_size);
	cstn_status status = CSTN_E_NOMEM;

	if (sorted && ends) {
		scatter(run, sorted, ends);
		cstn__array_free(allocator, &run->rows);
		status = make_series(run, sorted, ends);
	}
	cstn__free(allocator, sorted, rows_size);
	cstn__free(allocator, ends, ends_size);
	return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static const char *const period_names[] = {
		"by type", "hours", "days", "weeks", "months", "quarters", "years", "numbers"};

static cstn_status periods_of(
		cstn__periods *periods, int32_t period, int32_t type, cstn_error **error)
{
	int is_number = type == CSTN_TYPE_INT64;

	periods->type = type;
	periods->phase = 0;
	periods->period = period != CSTN_PERIOD_BY_TYPE ? period
			  : is_number                   ? CSTN_PERIOD_NUMBER
							: CSTN_PERIOD_DAY;
	if (is_number != (periods->period == CSTN_PERIOD_NUMBER) ||
			(periods->period == CSTN_PERIOD_HOUR && type != CSTN_TYPE_TIME))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'ds' is %s, which has no periods of %s",
				cstn_type_name(type), period_names[periods->period]);
	return CSTN_OK;
}

static cstn_status read_all(reading *run, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__series_set *set = run->set;
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(rows, columns, COLUMNS, run->reader->binding,
			run->reader->flags, &set->allocator, &bound, &run->sink, error);

	if (status != CSTN_OK)
		return status;
	set->keys.type = cstn__bound_type(bound, COL_ID);
	status = periods_of(
			&set->periods, run->reader->period, cstn__bound_type(bound, COL_DS), error);
	run->has_phase = set->periods.period != CSTN_PERIOD_WEEK;
	if (status == CSTN_OK)
		status = cstn__bound_each(
				bound, rows, read_block, run, run->reader->progress, error);
	cstn__bound_free(bound);
	return status;
}

cstn_status cstn__series_read(cstn__series_set *set, const cstn__series_reader *reader,
		struct ArrowArrayStream *rows, const cstn_allocator *allocator,
		cstn__row_sink **sink, cstn_error **error)
{
	reading run;
	cstn_status status;

	memset(set, 0, sizeof(*set));
	set->allocator = *allocator;
	cstn__customer_ids_init(&set->keys, allocator, 0);
	memset(&run, 0, sizeof(run));
	run.reader = reader;
	run.set = set;
	status = read_all(&run, rows, error);
	if (status == CSTN_OK) {
		status = arrange(&run);
		if (status != CSTN_OK)
			(void)cstn__fail_nomem(error);
	}
	cstn__array_free(allocator, &run.rows);
	cstn__array_free(allocator, &run.is_bad);
	if (status == CSTN_OK) {
		*sink = run.sink;
		return CSTN_OK;
	}
	cstn__row_sink_free(run.sink);
	cstn__series_free(set);
	return status;
}

void cstn__series_free(cstn__series_set *set)
{
	cstn__free(&set->allocator, set->y, set->n * sizeof(*set->y));
	cstn__array_free(&set->allocator, &set->series);
	cstn__customer_ids_free(&set->keys);
	set->y = NULL;
}
