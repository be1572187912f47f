/* Rows of series as they come: the columns are bound, every block is checked and its good rows
 * kept, 32 bytes each, numbered by key and period; what else was asked for lies beside them. A key
 * with a bad row is marked: half a history misleads. O(rows). */
#include "demand/series_reading.h"

#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"

#define BLOCK CSTN__BLOCK_ROWS
#define LARGEST 1e300

static const cstn__column_decl columns[CSTN__SERIES_COLUMNS] = {
		[CSTN__SERIES_ID] = {"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[CSTN__SERIES_DS] = {"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1,
				0, 0, 0},
		[CSTN__SERIES_Y] = {"y",
				CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
						CSTN__ACCEPT(CSTN_TYPE_DECIMAL),
				-1, 1, 0, 0, 0},
};

static const cstn__column_decl cutoff_column = {
		"cutoff", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 0, 0, 0};

static size_t cutoff_at(const cstn__series_reader *reader)
{
	return CSTN__SERIES_COLUMNS + reader->n_numbers + reader->n_labels;
}

/* --- blocks ----------------------------------------------------------------------------------- */

cstn_status cstn__series_refuse(
		cstn__series_reading *run, const cstn__series_row *row, int32_t field, int32_t code)
{
	return cstn__ids_refuse(&run->set->keys, row->key, run->sink, row->row, field,
			run->declared[field].name, code);
}

static cstn_status refuse(cstn__series_reading *run, uint64_t row, int32_t field, int32_t code)
{
	return cstn__row_sink_add(run->sink, row, field, run->declared[field].name, code, NULL, 0);
}

static int mark_bad(cstn__series_reading *run, uint32_t key)
{
	while (run->is_bad.count <= key) {
		if (cstn__array_reserve(&run->set->allocator, &run->is_bad, 1))
			return -1;
		run->is_bad.items[run->is_bad.count++] = 0;
	}
	run->is_bad.items[key] = 1;
	return 0;
}

typedef struct block {
	uint32_t key[BLOCK];
	int64_t ds[BLOCK], period[BLOCK], cutoff[BLOCK];
	double y[BLOCK];
	uint64_t valid[BLOCK / 64], bad[BLOCK / 64], no_key[BLOCK / 64];
} block;

static int may_be_null(const cstn__series_reader *reader)
{
	return reader->with_ahead || reader->with_open || reader->without_y;
}

/* A period to come has no value: a null is NaN here, NaN among values was told before. */
static int is_ahead(const cstn__series_reading *run, double y)
{
	return may_be_null(run->reader) && isnan(y);
}

/* Values and periods of a block: what breaks a rule is marked in `bad`. */
static cstn_status check_values(cstn__series_reading *run, block *b, uint64_t first_row, int32_t n)
{
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(b->bad, (size_t)i))
			continue;
		if (!run->has_phase)
			cstn__periods_begin(&run->set->periods, b->ds[i]);
		run->has_phase = 1;
		if (cstn__period_number(&run->set->periods, b->ds[i], &b->period[i])) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i, CSTN__SERIES_DS,
					CSTN_ROW_PERIOD);
		} else if (run->set->has_cutoff && cstn__period_number(&run->set->periods,
								   b->cutoff[i], &b->cutoff[i])) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i,
					(int32_t)cutoff_at(run->reader), CSTN_ROW_PERIOD);
		} else if (run->set->has_cutoff && b->period[i] <= b->cutoff[i]) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i, CSTN__SERIES_DS,
					CSTN_ROW_ORDER);
		} else if (!(fabs(b->y[i]) <= LARGEST) && !is_ahead(run, b->y[i])) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i, CSTN__SERIES_Y,
					CSTN_ROW_RANGE);
		}
	}
	return status;
}

/* Room for a block of rows, and for the rest of its batch: nothing moves then. */
static int reserve_rows(cstn__series_reading *run, size_t n, size_t left)
{
	return n <= run->rows.capacity - run->rows.count
			       ? 0
			       : cstn__array_reserve(&run->set->allocator, &run->rows, left);
}

static cstn_status keep(cstn__series_reading *run, const block *b, uint64_t first_row, int32_t n,
		size_t left)
{
	int32_t i;

	if (reserve_rows(run, (size_t)n, left))
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++) {
		if (cstn__word_bit_get(b->no_key, (size_t)i))
			continue;
		if (cstn__word_bit_get(b->bad, (size_t)i)) {
			if (mark_bad(run, b->key[i]))
				return CSTN_E_NOMEM;
			continue;
		}
		run->rows.items[run->rows.count++] = (cstn__series_row){
				b->period[i], b->y[i], first_row + (uint64_t)i, b->key[i], 0};
	}
	return CSTN_OK;
}

/* --- what else a row has --- */

static size_t chunk_size(const cstn__series_reading *run, size_t rows)
{
	return cstn__array_size(cstn__array_size(rows, run->reader->n_numbers), sizeof(double));
}

/* Rows from one on that lie in its chunk. */
static size_t rows_behind(const cstn__series_reading *run, uint64_t row)
{
	const cstn__series_chunk *chunk = run->chunks;

	for (; row >= chunk->rows; chunk++)
		row -= chunk->rows;
	return chunk->rows - (size_t)row;
}

void cstn__series_free_numbers(cstn__series_reading *run)
{
	size_t i;

	for (i = 0; i < run->n_chunks; i++)
		cstn__free(&run->set->allocator, run->chunks[i].values,
				chunk_size(run, run->chunks[i].rows));
	run->n_chunks = run->chunk_rows = 0;
}

/* Room for rows up to one, of a batch of which so many are left. */
static int reserve_numbers(cstn__series_reading *run, uint64_t end, size_t left)
{
	cstn__series_chunk *chunk = &run->chunks[run->n_chunks];

	if (end <= run->chunk_rows)
		return 0;
	chunk->rows = left;
	if (run->n_chunks && chunk->rows < run->chunk_rows)
		chunk->rows = run->chunk_rows;
	if (run->n_chunks && chunk->rows < BLOCK)
		chunk->rows = BLOCK;
	chunk->values = cstn__alloc(&run->set->allocator, chunk_size(run, chunk->rows));
	if (!chunk->values)
		return -1;
	cstn__will_be_filled(chunk->values, chunk_size(run, chunk->rows));
	run->chunk_rows += chunk->rows;
	run->n_chunks++;
	return 0;
}

/* No null, and none beyond the range. */
static int is_all_good(const double *value, const uint64_t *valid, int32_t n)
{
	uint64_t all = ~UINT64_C(0), wrong = 0;
	int32_t i;

	for (i = 0; i < n / 64; i++)
		all &= valid[i];
	if (n % 64)
		all &= valid[n / 64] | ~UINT64_C(0) << n % 64;
	for (i = 0; i < n; i++)
		wrong |= (uint64_t) !(fabs(value[i]) <= LARGEST);
	return all == ~UINT64_C(0) && !wrong;
}

/* Nulls of a column become NaN; values out of range are refused. */
static cstn_status refuse_numbers(cstn__series_reading *run, size_t column, uint64_t first_row,
		int32_t n, double *value, block *b)
{
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (!cstn__word_bit_get(b->valid, (size_t)i)) {
			value[i] = (double)NAN;
		} else if (!(fabs(value[i]) <= LARGEST)) {
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, first_row + (uint64_t)i,
					(int32_t)(CSTN__SERIES_COLUMNS + column), CSTN_ROW_RANGE);
		}
	}
	return status;
}

/* A block of a column that lies in more than one chunk. */
static void put_numbers(cstn__series_reading *run, size_t column, uint64_t first_row, size_t n,
		const double *value)
{
	size_t at, rest;

	for (at = 0; at < n; at += rest) {
		rest = rows_behind(run, first_row + at);
		rest = rest < n - at ? rest : n - at;
		memcpy(cstn__series_number(run, first_row + at, column), value + at,
				rest * sizeof(*value));
	}
}

static cstn_status read_numbers(cstn__series_reading *run, const cstn__batch *batch, int64_t start,
		int32_t n, block *b)
{
	uint64_t first_row = batch->first_row + (uint64_t)start;
	double across[BLOCK];
	cstn_status status = CSTN_OK;
	size_t c;
	int is_across;

	if (reserve_numbers(run, first_row + (uint64_t)n, (size_t)(batch->length - start)))
		return CSTN_E_NOMEM;
	is_across = rows_behind(run, first_row) < (size_t)n;
	for (c = 0; c < run->reader->n_numbers && status == CSTN_OK; c++) {
		double *value = is_across ? across : cstn__series_number(run, first_row, c);

		status = cstn__column_read_f64(&batch->columns[CSTN__SERIES_COLUMNS + c], start, n,
				batch->first_row, value, b->valid, b->bad, run->sink);
		if (status == CSTN_OK && !is_all_good(value, b->valid, n))
			status = refuse_numbers(run, c, first_row, n, value, b);
		if (status == CSTN_OK && is_across)
			put_numbers(run, c, first_row, (size_t)n, value);
	}
	return status;
}

int cstn__series_reserve_labels(cstn__series_reading *run, size_t key)
{
	size_t wanted = (key + 1) * run->reader->n_labels;

	if (wanted > run->label.count && cstn__array_reserve(&run->set->allocator, &run->label,
							 wanted - run->label.count))
		return -1;
	while (run->label.count < wanted)
		run->label.items[run->label.count++] = CSTN__IDS_NONE;
	return 0;
}

static cstn_status read_labels(cstn__series_reading *run, const cstn__batch *batch, int64_t start,
		int32_t n, block *b)
{
	size_t width = run->reader->n_labels, first = CSTN__SERIES_COLUMNS + run->reader->n_numbers,
	       c;
	uint32_t code[BLOCK];
	cstn_status status = CSTN_OK;
	int32_t i;

	for (c = 0; c < width && status == CSTN_OK; c++) {
		cstn__id_rows ids = {&batch->columns[first + c], start, n, batch->first_row, 0,
				b->bad, run->sink};

		status = run->reader->labels[c].nullable
					 ? cstn__ids_read_some(&run->set->labels[c], &ids, code)
					 : cstn__ids_read(&run->set->labels[c], &ids, code);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			uint32_t *known;

			if (cstn__word_bit_get(b->bad, (size_t)i) ||
					cstn__word_bit_get(b->no_key, (size_t)i))
				continue;
			if (cstn__series_reserve_labels(run, b->key[i]))
				return CSTN_E_NOMEM;
			known = &run->label.items[b->key[i] * width + c];
			if (*known == CSTN__IDS_NONE)
				*known = code[i];
			if (*known == code[i] || code[i] == CSTN__IDS_NONE)
				continue;
			cstn__word_bit_set(b->bad, (size_t)i);
			status = refuse(run, batch->first_row + (uint64_t)(start + i),
					(int32_t)(first + c), CSTN_ROW_CONFLICT);
		}
	}
	return status;
}

static cstn_status read_cutoffs(cstn__series_reading *run, const cstn__batch *batch, int64_t start,
		int32_t n, block *b)
{
	if (cstn__array_reserve(&run->set->allocator, &run->cutoffs, (size_t)n))
		return CSTN_E_NOMEM;
	return cstn__column_read_i64(&batch->columns[cutoff_at(run->reader)], start, n,
			batch->first_row, b->cutoff, b->valid, b->bad, run->sink);
}

static cstn_status take_block(cstn__series_reading *run, const cstn__batch *batch, int64_t start,
		int32_t n, block *b)
{
	cstn__id_rows ids = {&batch->columns[CSTN__SERIES_ID], start, n, batch->first_row, 0,
			b->no_key, run->sink};
	uint64_t first_row = batch->first_row + (uint64_t)start;
	cstn_status status;
	int32_t i;

	memset(b->bad, 0, sizeof(b->bad));
	memset(b->no_key, 0, sizeof(b->no_key));
	status = cstn__ids_read(&run->set->keys, &ids, b->key);
	if (status == CSTN_OK)
		status = cstn__column_read_i64(&batch->columns[CSTN__SERIES_DS], start, n,
				batch->first_row, b->ds, b->valid, b->bad, run->sink);
	if (status == CSTN_OK)
		status = cstn__column_read_f64(&batch->columns[CSTN__SERIES_Y], start, n,
				batch->first_row, b->y, b->valid, b->bad, run->sink);
	for (i = 0; i < n && may_be_null(run->reader) && status == CSTN_OK; i++)
		if (!cstn__word_bit_get(b->valid, (size_t)i))
			b->y[i] = (double)NAN;
	if (status == CSTN_OK && run->set->has_cutoff)
		status = read_cutoffs(run, batch, start, n, b);
	if (status == CSTN_OK && run->reader->n_numbers)
		status = read_numbers(run, batch, start, n, b);
	if (status == CSTN_OK && run->reader->n_labels)
		status = read_labels(run, batch, start, n, b);
	if (status == CSTN_OK)
		status = check_values(run, b, first_row, n);
	if (status == CSTN_OK && run->set->has_cutoff) {
		memcpy(run->cutoffs.items + run->cutoffs.count, b->cutoff,
				(size_t)n * sizeof(*b->cutoff));
		run->cutoffs.count += (size_t)n;
	}
	return status == CSTN_OK ? keep(run, b, first_row, n, (size_t)(batch->length - start))
				 : status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	block b;

	return take_block(context, batch, start, n, &b) == CSTN_OK ? CSTN_OK
								   : cstn__fail_nomem(error);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Periods of `ds`: by what is asked for, or like those of other rows. */
static cstn_status settle_periods(
		cstn__series_reading *run, const cstn__bound *bound, cstn_error **error)
{
	cstn__series_set *set = run->set;
	const cstn__periods *like = run->reader->like;
	int32_t type = cstn__bound_type(bound, CSTN__SERIES_DS);

	if (like && like->type != type)
		return cstn__fail(error, CSTN_E_SCHEMA, "column 'ds' is %s, %s expected",
				cstn_type_name(type), cstn_type_name(like->type));
	if (set->has_cutoff && cstn__bound_type(bound, cutoff_at(run->reader)) != type)
		return cstn__fail(error, CSTN_E_SCHEMA, "column 'cutoff' is %s, %s expected",
				cstn_type_name(cstn__bound_type(bound, cutoff_at(run->reader))),
				cstn_type_name(type));
	run->has_phase = 1;
	if (like) {
		set->periods = *like;
		return CSTN_OK;
	}
	run->has_phase = run->reader->period != CSTN_PERIOD_WEEK;
	return cstn__periods_of(&set->periods, run->reader->period, type, error);
}

static cstn_status read_bound(cstn__series_reading *run, struct ArrowArrayStream *rows,
		cstn__bound *bound, cstn_error **error)
{
	const cstn__series_reader *reader = run->reader;
	cstn__series_set *set = run->set;
	cstn_status status;
	size_t c;

	set->keys.type = cstn__bound_type(bound, CSTN__SERIES_ID);
	set->has_cutoff = reader->with_cutoff && cstn__bound_has(bound, cutoff_at(reader));
	for (c = 0; c < reader->n_labels; c++)
		set->labels[c].type = cstn__bound_type(
				bound, CSTN__SERIES_COLUMNS + reader->n_numbers + c);
	status = settle_periods(run, bound, error);
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, read_block, run, reader->progress, error);
	return status;
}

/* The three columns, then those that are asked for beside them. */
static cstn_status declare(cstn__series_reading *run, cstn_error **error)
{
	const cstn__series_reader *reader = run->reader;
	cstn__series_set *set = run->set;
	size_t c, size;

	run->n_declared = cutoff_at(reader) + (reader->with_cutoff != 0);
	size = cstn__array_size(run->n_declared, sizeof(*run->declared));
	run->declared = cstn__alloc(&set->allocator, size);
	if (!run->declared)
		return cstn__fail_nomem(error);
	memcpy(run->declared, columns, sizeof(columns));
	run->declared[CSTN__SERIES_Y].nullable = may_be_null(reader) ? 1 : 0;
	run->declared[CSTN__SERIES_Y].required = !reader->without_y;
	if (reader->value)
		run->declared[CSTN__SERIES_Y].name = reader->value;
	if (reader->with_cutoff)
		run->declared[cutoff_at(reader)] = cutoff_column;
	for (c = 0; c < reader->n_numbers; c++)
		run->declared[CSTN__SERIES_COLUMNS + c] = reader->numbers[c];
	for (c = 0; c < reader->n_labels; c++)
		run->declared[CSTN__SERIES_COLUMNS + reader->n_numbers + c] = reader->labels[c];
	set->n_numbers = reader->n_numbers;
	if (!reader->n_labels)
		return CSTN_OK;
	set->labels = cstn__alloc(&set->allocator, reader->n_labels * sizeof(*set->labels));
	if (!set->labels)
		return cstn__fail_nomem(error);
	set->n_labels = reader->n_labels;
	for (c = 0; c < set->n_labels; c++)
		cstn__ids_init(&set->labels[c], &set->allocator, 0);
	return CSTN_OK;
}

cstn_status cstn__series_read_rows(
		cstn__series_reading *run, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__bound *bound = NULL;
	cstn_status status = declare(run, error);

	if (status == CSTN_OK)
		status = cstn__bind_rows(rows, run->declared, run->n_declared, run->reader->binding,
				run->reader->flags, &run->set->allocator, &bound, &run->sink,
				error);
	if (status == CSTN_OK) {
		cstn__bound_name_rows(bound, CSTN__SERIES_ID, run->sink);
		status = read_bound(run, rows, bound, error);
		cstn__bound_free(bound);
	}
	return status;
}
