/* Rows of many series put in order.
 *
 * Rows are counted by key, scattered, sorted by period where a series is not yet in order, and
 * checked for periods that come twice or are missing. A series with a bad row is left out whole.
 * What is left is one array of values for all series. O(rows) for rows in order, else O(n log n) a
 * series. */
#include "demand/series_reading.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"

#define LONGEST_GAP 100000

/* --- series ----------------------------------------------------------------------------------- */

/* In order of cutoffs, then of periods. */
static int by_period(const void *a, const void *b, void *context)
{
	const cstn__series_row *x = a, *y = b;
	const int64_t *cutoff = context;

	if (cutoff && cutoff[x->row] != cutoff[y->row])
		return cutoff[x->row] < cutoff[y->row] ? -1 : 1;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Values that the rows of a series stand for; 0: a period comes twice or is missing. */
static cstn_status check_series(
		cstn__series_reading *run, const cstn__series_row *rows, size_t n, size_t *values)
{
	int is_kept = run->reader->gap == CSTN__GAP_KEPT;
	int64_t most = run->reader->gap == CSTN_GAP_ZERO ? LONGEST_GAP : 0;
	size_t i;

	*values = n ? 1 : 0;
	for (i = 1; i < n; i++) {
		/* periods that are far apart may be further than an int64 says */
		uint64_t step = (uint64_t)rows[i].period - (uint64_t)rows[i - 1].period;

		if (step == 0 || (!is_kept && step - 1 > (uint64_t)most)) {
			*values = 0;
			return cstn__series_refuse(run, &rows[i], CSTN__SERIES_DS,
					step ? CSTN_ROW_GAP : CSTN_ROW_DUPLICATE);
		}
		*values += is_kept ? 1 : (size_t)step;
	}
	return CSTN_OK;
}

/* Where the row lies among the values of its series. */
static size_t place(const cstn__series_reading *run, const cstn__series_row *rows, size_t i)
{
	return run->reader->gap == CSTN__GAP_KEPT ? i : (size_t)(rows[i].period - rows[0].period);
}

static void fill(cstn__series_reading *run, const cstn__series_span *of, const cstn__series *series)
{
	cstn__series_set *set = run->set;
	const cstn__series_row *rows = of->rows;
	size_t i;

	for (i = 0; i < of->n; i++) {
		size_t to = series->start + place(run, rows, i);

		set->y[to] = rows[i].y;
		if (set->period)
			set->period[to] = rows[i].period;
		if (set->row)
			set->row[to] = rows[i].row;
	}
}

/* Column by column: one of them is small enough to be read in any order. */
static void fill_numbers(cstn__series_reading *run)
{
	cstn__series_set *set = run->set;
	size_t c, k, i;

	for (c = 0; c < set->n_numbers; c++)
		for (k = 0; k < set->series.count; k++) {
			const cstn__series_span *of = &run->spans.items[k];
			double *to = set->numbers + c * set->n + set->series.items[k].start;

			for (i = 0; i < of->n; i++)
				to[place(run, of->rows, i)] =
						*cstn__series_number(run, of->rows[i].row, c);
		}
}

/* Whether rows came in one batch in the order that they have among all values, and none is left
 * out: then numbers lie already where they should. */
static int is_in_place(const cstn__series_reading *run)
{
	size_t rows = 0, k, i;

	if (run->n_chunks != 1 || run->chunks[0].rows != run->set->n)
		return 0;
	for (k = 0; k < run->set->series.count; rows += run->spans.items[k++].n)
		for (i = 0; i < run->spans.items[k].n; i++)
			if (run->spans.items[k].rows[i].row !=
					run->set->series.items[k].start +
							place(run, run->spans.items[k].rows, i))
				return 0;
	return rows == run->set->n;
}

/* How many of the values lie ahead: from the first null on there are only nulls, and something
 * comes before them. */
static cstn_status find_ahead(cstn__series_reading *run, const cstn__series_row *rows, size_t n,
		size_t *values, size_t *ahead)
{
	size_t known = n, i;

	*ahead = 0;
	while (known > 0 && isnan(rows[known - 1].y))
		known--;
	for (i = 0; i < known && !isnan(rows[i].y); i++)
		;
	if (i < known || !known) {
		*values = 0;
		return cstn__series_refuse(
				run, &rows[i < known ? i : 0], CSTN__SERIES_Y, CSTN_ROW_NULL);
	}
	if (known < n)
		*ahead = *values - place(run, rows, known);
	return CSTN_OK;
}

/* One series: rows of one key and cutoff. */
static cstn_status put_series(cstn__series_reading *run, const cstn__series_row *rows, size_t n)
{
	cstn__series_set *set = run->set;
	int64_t cutoff = set->has_cutoff ? run->cutoffs.items[rows[0].row] : 0;
	size_t values, ahead = 0;
	cstn_status status = check_series(run, rows, n, &values);

	if (status == CSTN_OK && values && run->reader->with_ahead)
		status = find_ahead(run, rows, n, &values, &ahead);
	if (status != CSTN_OK || !values)
		return status;
	if (cstn__array_reserve(&set->allocator, &set->series, 1) ||
			cstn__array_reserve(&set->allocator, &run->spans, 1))
		return CSTN_E_NOMEM;
	set->series.items[set->series.count++] = (cstn__series){
			rows[0].key, set->n, values - ahead, rows[0].period, cutoff, ahead};
	run->spans.items[run->spans.count++] = (cstn__series_span){rows, n};
	set->n += values;
	return CSTN_OK;
}

/* Series of one key. */
static cstn_status put_key(cstn__series_reading *run, cstn__series_row *rows, size_t n)
{
	int64_t *cutoff = run->set->has_cutoff ? run->cutoffs.items : NULL;
	cstn_status status = CSTN_OK;
	size_t i, next;

	for (i = 1; i < n && by_period(&rows[i - 1], &rows[i], cutoff) < 0; i++)
		;
	if (i < n)
		cstn__sort(rows, n, sizeof(*rows), by_period, cutoff);
	for (i = 0; i < n && status == CSTN_OK; i = next) {
		for (next = i + 1;
				next < n && cutoff && cutoff[rows[next].row] == cutoff[rows[i].row];
				next++)
			;
		if (!cutoff)
			next = n;
		status = put_series(run, rows + i, next - i);
	}
	return status;
}

/* Rows by key, in the order in which keys were seen; `ends[key]` is where its rows end. */
static void scatter(const cstn__series_reading *run, cstn__series_row *sorted, size_t *ends)
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

/* Without gaps every value is a row's. */
static cstn_status make_values(cstn__series_reading *run)
{
	cstn__series_set *set = run->set;
	const double in_holes = run->reader->with_holes ? (double)NAN : 0;
	const double in_gaps = run->reader->with_ahead ? (double)NAN : in_holes;
	const int has_gaps = run->reader->gap == CSTN_GAP_ZERO;
	size_t count = cstn__array_size(set->n, set->n_numbers), i;

	set->y = cstn__alloc(&set->allocator, cstn__array_size(set->n, sizeof(*set->y)));
	if (!set->y)
		return CSTN_E_NOMEM;
	for (i = 0; i < set->n && has_gaps; i++)
		set->y[i] = in_holes;
	if (!set->n_numbers)
		return CSTN_OK;
	if (is_in_place(run)) {
		set->numbers = run->chunks[0].values;
		run->n_chunks = 0;
		return CSTN_OK;
	}
	set->numbers = cstn__alloc(&set->allocator, cstn__array_size(count, sizeof(*set->numbers)));
	if (!set->numbers)
		return CSTN_E_NOMEM;
	cstn__will_be_filled(set->numbers, count * sizeof(*set->numbers));
	for (i = 0; i < count && has_gaps; i++)
		set->numbers[i] = in_gaps;
	return CSTN_OK;
}

static int is_left_out(const cstn__series_reading *run, size_t key)
{
	return key < run->is_bad.count && run->is_bad.items[key];
}

static cstn_status make_series(
		cstn__series_reading *run, cstn__series_row *sorted, const size_t *ends)
{
	cstn__series_set *set = run->set;
	cstn_status status = CSTN_OK;
	size_t key, i;

	for (key = 0; key < set->keys.count && status == CSTN_OK; key++) {
		size_t begin = key ? ends[key - 1] : 0;

		if (!is_left_out(run, key))
			status = put_key(run, sorted + begin, ends[key] - begin);
	}
	if (status == CSTN_OK)
		status = make_values(run);
	if (status == CSTN_OK && run->reader->gap == CSTN__GAP_KEPT) {
		set->period = cstn__alloc(
				&set->allocator, cstn__array_size(set->n, sizeof(*set->period)));
		if (!set->period)
			return CSTN_E_NOMEM;
	}
	if (status == CSTN_OK && run->reader->with_rows) {
		set->row = cstn__alloc_zero(
				&set->allocator, cstn__array_size(set->n, sizeof(*set->row)));
		if (!set->row)
			return CSTN_E_NOMEM;
	}
	for (i = 0; i < set->series.count && status == CSTN_OK; i++)
		fill(run, &run->spans.items[i], &set->series.items[i]);
	if (status == CSTN_OK && run->n_chunks)
		fill_numbers(run);
	return status;
}

static cstn_status arrange(cstn__series_reading *run)
{
	const cstn_allocator *allocator = &run->set->allocator;
	size_t rows_size = cstn__array_size(run->rows.count, sizeof(cstn__series_row));
	size_t ends_size = cstn__array_size(run->set->keys.count, sizeof(size_t));
	cstn__series_row *sorted = cstn__alloc(allocator, rows_size);
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

/* Labels of all keys become the set's, whose size is then that of its keys. */
static cstn_status hand_labels(cstn__series_reading *run)
{
	cstn__series_set *set = run->set;
	size_t size = cstn__array_size(set->keys.count * set->n_labels, sizeof(*set->label));

	if (!set->n_labels)
		return CSTN_OK;
	if (set->keys.count && cstn__series_reserve_labels(run, set->keys.count - 1))
		return CSTN_E_NOMEM;
	set->label = cstn__alloc(&set->allocator, size);
	if (!set->label)
		return CSTN_E_NOMEM;
	if (size)
		memcpy(set->label, run->label.items, size);
	return CSTN_OK;
}

static void reading_free(cstn__series_reading *run)
{
	const cstn_allocator *allocator = &run->set->allocator;

	cstn__array_free(allocator, &run->rows);
	cstn__array_free(allocator, &run->is_bad);
	cstn__series_free_numbers(run);
	cstn__array_free(allocator, &run->cutoffs);
	cstn__array_free(allocator, &run->label);
	cstn__array_free(allocator, &run->spans);
	cstn__free(allocator, run->declared, run->n_declared * sizeof(*run->declared));
}

cstn_status cstn__series_read(cstn__series_set *set, const cstn__series_reader *reader,
		struct ArrowArrayStream *rows, const cstn_allocator *allocator,
		cstn__row_sink **sink, cstn_error **error)
{
	cstn__series_reading run;
	cstn_status status;

	memset(set, 0, sizeof(*set));
	set->allocator = *allocator;
	cstn__ids_init(&set->keys, allocator, 0);
	memset(&run, 0, sizeof(run));
	run.reader = reader;
	run.set = set;
	status = cstn__series_read_rows(&run, rows, error);
	if (status == CSTN_OK) {
		status = arrange(&run);
		if (status == CSTN_OK)
			status = hand_labels(&run);
		if (status != CSTN_OK)
			(void)cstn__fail_nomem(error);
	}
	reading_free(&run);
	if (status == CSTN_OK) {
		*sink = run.sink;
		return CSTN_OK;
	}
	cstn__row_sink_free(run.sink);
	cstn__series_free(set);
	return status;
}

void cstn__series_put_id(
		cstn__table_builder *table, int32_t column, const cstn__ids *ids, uint32_t number)
{
	if (number == CSTN__IDS_NONE)
		cstn__table_put_null(table, column);
	else if (ids->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, column, ids->texts.items[number].text,
				ids->texts.items[number].len);
	else
		cstn__table_put_i64(table, column, cstn__ids_number(ids, number));
}

void cstn__series_put_ahead(const cstn__series_set *set, const cstn__series *series, size_t h,
		cstn__table_builder *table)
{
	int64_t ds;

	cstn__series_put_id(table, 0, &set->keys, series->key);
	if (cstn__period_start(&set->periods, series->first + (int64_t)(series->n + h), &ds))
		cstn__table_put_null(table, 1);
	else
		cstn__table_put_i64(table, 1, ds);
	cstn__table_put_i64(table, 2, (int64_t)h + 1);
}

const cstn__series *cstn__series_of_key(const cstn__series_set *set, uint32_t key)
{
	size_t low = 0, high = set->series.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->series.items[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->series.count && set->series.items[low].key == key
			       ? &set->series.items[low]
			       : NULL;
}

const cstn__series *cstn__series_of_value(const cstn__series_set *set, size_t i)
{
	size_t low = 0, high = set->series.count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (set->series.items[middle].start <= i)
			low = middle;
		else
			high = middle;
	}
	return &set->series.items[low];
}

cstn_status cstn__series_refuse_value(const cstn__series_set *set, size_t i, cstn__row_sink *sink,
		int32_t field, const char *column, int32_t code)
{
	return cstn__ids_refuse(&set->keys, cstn__series_of_value(set, i)->key, sink, set->row[i],
			field, column, code);
}

cstn_status cstn__series_in_both(
		const cstn__ids *keys, uint32_t number, const char *what, cstn_error **error)
{
	char room[24];
	size_t len;
	const char *text = cstn__ids_text(keys, number, room, &len);

	return cstn__fail(error, CSTN_E_CONFLICT, "series '%.*s' is in both %s", (int)len, text,
			what);
}

uint32_t *cstn__series_order(const cstn__series_set *set)
{
	size_t n = set->series.count, keys = set->keys.count, i, to = 0;
	size_t size = cstn__array_size(keys ? keys : 1, sizeof(uint32_t));
	uint32_t *order = cstn__ids_order(&set->keys), *of = cstn__alloc(&set->allocator, size);
	uint32_t *out = cstn__alloc(&set->allocator, cstn__array_size(n, sizeof(*out)));

	if (order && of && out) {
		memset(of, 0xff, size);
		for (i = 0; i < n; i++)
			of[set->series.items[i].key] = (uint32_t)i;
		for (i = 0; i < keys; i++)
			if (of[order[i]] != CSTN__IDS_NONE)
				out[to++] = of[order[i]];
	} else {
		cstn__free(&set->allocator, out, cstn__array_size(n, sizeof(*out)));
		out = NULL;
	}
	cstn__ids_list_free(&set->keys, order);
	cstn__free(&set->allocator, of, size);
	return out;
}

void cstn__series_free(cstn__series_set *set)
{
	const cstn_allocator *allocator = &set->allocator;
	size_t c;

	cstn__free(allocator, set->y, set->n * sizeof(*set->y));
	cstn__free(allocator, set->numbers, set->n * set->n_numbers * sizeof(*set->numbers));
	cstn__free(allocator, set->period, set->n * sizeof(*set->period));
	cstn__free(allocator, set->row, set->n * sizeof(*set->row));
	cstn__array_free(allocator, &set->series);
	for (c = 0; set->labels && c < set->n_labels; c++)
		cstn__ids_free(&set->labels[c]);
	cstn__free(allocator, set->labels, set->n_labels * sizeof(*set->labels));
	cstn__free(allocator, set->label, set->keys.count * set->n_labels * sizeof(*set->label));
	cstn__ids_free(&set->keys);
	set->y = set->numbers = NULL;
	set->period = NULL;
	set->row = NULL;
	set->labels = NULL;
	set->label = NULL;
}
