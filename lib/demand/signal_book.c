/* Rows of signals, and what they say as of a cut.
 *
 * Rows lie by slot (a name, for all series, for one or for a pool), then by the period they speak
 * of, then by when they came. One function looks at values, and it is given the cut: what came
 * later is not a value but a fact that is told. O(n log n) to sort, O(1) and the revisions of a
 * period to ask. */
#include "demand/signals.h"

#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/sort.h"

#define BLOCK CSTN__BLOCK_ROWS
#define LARGEST 1e300
/* Fields of row errors: those of the other stream come first. */
#define FIELDS_FROM 100

enum { COL_SIGNAL, COL_ID, COL_DS, COL_VALUE, COL_AVAILABLE, COLUMNS };

static const cstn__column_decl columns[COLUMNS] = {
		[COL_SIGNAL] = {"signal", CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 1, 0, 0, 0},
		[COL_ID] = {"unique_id", CSTN__ACCEPT_KEY, -1, 0, 1, 0, 0},
		[COL_DS] = {"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0,
				0},
		[COL_VALUE] = {"value",
				CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
						CSTN__ACCEPT(CSTN_TYPE_DECIMAL),
				-1, 1, 0, 0, 0},
		[COL_AVAILABLE] = {"available_us",
				CSTN__ACCEPT(CSTN_TYPE_TIME) | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0,
				1, 0, 0},
};
static const char *const told[COLUMNS] = {"signals.signal", "signals.unique_id", "signals.ds",
		"signals.value", "signals.available_us"};

/* --- slots ------------------------------------------------------------------------------------ */

size_t cstn__signal_slot_all(const cstn__signal_book *book, size_t name)
{
	(void)book;
	return name;
}

size_t cstn__signal_slot_key(const cstn__signal_book *book, size_t name, uint32_t key)
{
	return book->n_names * (1 + (size_t)key) + name;
}

size_t cstn__signal_slot_pool(const cstn__signal_book *book, size_t name, uint32_t pool)
{
	return book->n_names * (1 + book->n_keys + (size_t)pool) + name;
}

/* --- as of a cut ------------------------------------------------------------------------------ */

/* Orders: those that were entered by the cut. */
static int booked(const cstn__signal_point *points, size_t n, int64_t cut, double *value)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n && points[i].available_us <= cut; i++)
		sum += points[i].value;
	*value = sum;
	return n ? CSTN__SIGNAL_KNOWN : CSTN__SIGNAL_NONE;
}

int cstn__signal_known(const cstn_signal *declared, const cstn__signal_point *points, size_t n,
		int64_t end, int64_t cut, double *value, int64_t *available_us)
{
	int64_t unsaid = declared->flags & CSTN_SIGNAL_ASSUME_KNOWN    ? INT64_MIN
			 : declared->kind == CSTN_SIGNAL_OBSERVED_PAST ? end
								       : INT64_MAX;
	int64_t newest = 0, first = INT64_MAX;
	size_t i, at = n;

	if (declared->kind == CSTN_SIGNAL_FORWARD_ORDER)
		return booked(points, n, cut, value);
	for (i = 0; i < n; i++) {
		int64_t came = points[i].available_us == CSTN__AVAILABLE_UNSAID
					       ? unsaid
					       : points[i].available_us;

		if (came > cut) {
			first = came < first ? came : first;
		} else if (at == n || came >= newest) {
			at = i;
			newest = came;
		}
	}
	*available_us = at < n ? newest : first;
	if (at < n) {
		*value = points[at].value;
		return CSTN__SIGNAL_KNOWN;
	}
	return !n                   ? CSTN__SIGNAL_NONE
	       : first == INT64_MAX ? CSTN__SIGNAL_UNSAID
				    : CSTN__SIGNAL_LATE;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct reading {
	cstn__signal_book *book;
	const cstn__signals *signals;
	const cstn__series_set *set;
	cstn__row_sink *sink;
	int32_t key_type;
	int has_key;
	uint8_t is_order[CSTN_SIGNALS_MOST]; /* of a name */
	size_t last;                         /* the name of the row before */
} reading;

typedef struct block {
	int64_t ds[BLOCK], available_us[BLOCK], key[BLOCK];
	double value[BLOCK];
	uint64_t valid[BLOCK / 64], known[BLOCK / 64], has_key[BLOCK / 64], bad[BLOCK / 64];
} block;

static cstn_status refuse(
		reading *run, uint64_t row, int column, int32_t code, const char *text, size_t len)
{
	return cstn__row_sink_add(run->sink, row, FIELDS_FROM + column, told[column], code, text,
			       len) == CSTN_OK
			       ? CSTN_OK
			       : CSTN_E_NOMEM;
}

/* The name's number; a name that nobody declared ends the call. */
static cstn_status name_of(reading *run, const cstn__column *column, int64_t row, size_t *out,
		cstn_error **error)
{
	const cstn__signals *signals = run->signals;
	const char *text;
	size_t len, i;

	if (cstn__column_read_text(column, row, &text, &len)) {
		*out = SIZE_MAX;
		return CSTN_OK;
	}
	for (i = 0; i < signals->n_names; i++) {
		size_t name = (run->last + i) % signals->n_names;

		if (strlen(signals->names[name]) == len &&
				memcmp(signals->names[name], text, len) == 0) {
			*out = run->last = name;
			return CSTN_OK;
		}
	}
	return cstn__fail(error, CSTN_E_SCHEMA, "signal '%.*s' is not declared",
			(int)(len < 64 ? len : 64), text);
}

/* The slot of a row; SIZE_MAX where its key is neither a series nor a pool. */
static size_t slot_of(const reading *run, const cstn__column *column, const block *b, int64_t start,
		int32_t i, size_t name, const char **text, size_t *len)
{
	const cstn__series_set *set = run->set;
	const cstn__ids *pools = set->n_labels ? &set->labels[0] : NULL;
	uint32_t key = CSTN__IDS_NONE, pool = CSTN__IDS_NONE;

	*text = NULL;
	*len = 0;
	if (run->key_type == CSTN_TYPE_TEXT) {
		if (cstn__column_read_text(column, start + i, text, len))
			return cstn__signal_slot_all(run->book, name);
		if (set->keys.type == CSTN_TYPE_TEXT)
			key = cstn__ids_find_text(&set->keys, *text, *len);
		if (pools && pools->type == CSTN_TYPE_TEXT)
			pool = cstn__ids_find_text(pools, *text, *len);
	} else {
		if (!run->has_key || !cstn__word_bit_get(b->has_key, (size_t)i))
			return cstn__signal_slot_all(run->book, name);
		if (set->keys.type != CSTN_TYPE_TEXT)
			key = cstn__ids_find_i64(&set->keys, b->key[i]);
		if (pools && pools->type != CSTN_TYPE_TEXT)
			pool = cstn__ids_find_i64(pools, b->key[i]);
	}
	return key != CSTN__IDS_NONE    ? cstn__signal_slot_key(run->book, name, key)
	       : pool != CSTN__IDS_NONE ? cstn__signal_slot_pool(run->book, name, pool)
					: SIZE_MAX;
}

static cstn_status take_row(reading *run, const cstn__batch *batch, const block *b, int64_t start,
		int32_t i, cstn_error **error)
{
	uint64_t row = batch->first_row + (uint64_t)(start + i);
	cstn__signal_point point = {0, CSTN__AVAILABLE_UNSAID, b->value[i], row, 0};
	const char *text;
	size_t name = SIZE_MAX, len;
	cstn_status status;

	if (cstn__word_bit_get(b->bad, (size_t)i))
		return CSTN_OK;
	status = name_of(run, &batch->columns[COL_SIGNAL], start + i, &name, error);
	if (status != CSTN_OK)
		return status;
	if (name == SIZE_MAX)
		return refuse(run, row, COL_SIGNAL, CSTN_ROW_NULL, NULL, 0);
	point.slot = slot_of(run, &batch->columns[COL_ID], b, start, i, name, &text, &len);
	if (cstn__word_bit_get(b->known, (size_t)i))
		point.available_us = b->available_us[i];
	if (point.slot == SIZE_MAX)
		return refuse(run, row, COL_ID, CSTN_ROW_REFERENCE, text, len);
	if (cstn__period_number(&run->set->periods, b->ds[i], &point.period))
		return refuse(run, row, COL_DS, CSTN_ROW_PERIOD, NULL, 0);
	if (!(fabs(point.value) <= LARGEST))
		return refuse(run, row, COL_VALUE, CSTN_ROW_RANGE, NULL, 0);
	if (run->is_order[name] && point.available_us == CSTN__AVAILABLE_UNSAID)
		return refuse(run, row, COL_AVAILABLE, CSTN_ROW_NULL, NULL, 0);
	if (cstn__array_reserve(&run->book->allocator, &run->book->points, 1))
		return CSTN_E_NOMEM;
	run->book->points.items[run->book->points.count++] = point;
	return CSTN_OK;
}

/* A row error of the table has the table's own field. */
static cstn_status read_values(
		const cstn__batch *batch, int64_t start, int32_t n, block *b, const reading *run)
{
	uint64_t first = batch->first_row;
	cstn_status status = cstn__column_read_i64(&batch->columns[COL_DS], start, n, first, b->ds,
			b->valid, b->bad, run->sink);

	if (status == CSTN_OK)
		status = cstn__column_read_f64(&batch->columns[COL_VALUE], start, n, first,
				b->value, b->valid, b->bad, run->sink);
	if (status == CSTN_OK)
		status = cstn__column_read_i64(&batch->columns[COL_AVAILABLE], start, n, first,
				b->available_us, b->known, b->bad, run->sink);
	if (status == CSTN_OK)
		status = cstn__column_check_text(
				&batch->columns[COL_SIGNAL], start, n, first, b->bad, run->sink);
	if (status != CSTN_OK || !run->has_key)
		return status;
	if (run->key_type == CSTN_TYPE_TEXT)
		return cstn__column_check_text(
				&batch->columns[COL_ID], start, n, first, b->bad, run->sink);
	return cstn__column_read_i64(&batch->columns[COL_ID], start, n, first, b->key, b->has_key,
			b->bad, run->sink);
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	cstn_status status;
	block b;
	int32_t i, c;

	memset(b.bad, 0, sizeof(b.bad));
	for (c = 0; c < COLUMNS; c++) {
		batch->columns[c].field = FIELDS_FROM + c;
		batch->columns[c].name = told[c];
	}
	status = read_values(batch, start, n, &b, run);
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = take_row(run, batch, &b, start, i, error);
	return status == CSTN_E_NOMEM ? cstn__fail_nomem(error) : status;
}

static cstn_status read_rows(reading *run, const cstn_signal_value_options *options,
		struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__strict_binding_room strict;
	cstn__bound *bound = NULL;
	cstn_status status;
	int32_t type;

	cstn__strict_binding(&strict, options->signal_binding);
	status = cstn__bind_stream(rows, columns, COLUMNS, &strict.binding, &run->book->allocator,
			&bound, error);
	if (status != CSTN_OK)
		return status;
	if (options->flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(bound);
	run->has_key = cstn__bound_has(bound, COL_ID);
	if (run->has_key)
		cstn__bound_name_rows(bound, COL_ID, run->sink);
	run->key_type = cstn__bound_type(bound, COL_ID);
	type = cstn__bound_type(bound, COL_DS);
	if (type != run->set->periods.type)
		status = cstn__fail(error, CSTN_E_SCHEMA,
				"column 'ds' of the signals is %s, %s expected",
				cstn_type_name(type), cstn_type_name(run->set->periods.type));
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, read_block, run, options->progress, error);
	cstn__bound_free(bound);
	return status;
}

/* --- in order --------------------------------------------------------------------------------- */

static int by_slot(const void *a, const void *b, void *context)
{
	const cstn__signal_point *x = a, *y = b;

	(void)context;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	if (x->available_us != y->available_us)
		return x->available_us < y->available_us ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* The same said twice is once; another value at the same time contradicts the first. Orders are
 * sums. */
static cstn_status settle(reading *run)
{
	cstn__signal_book *book = run->book;
	cstn__signal_point *points = book->points.items;
	size_t i, n = 0;

	for (i = 0; i < book->points.count; i++) {
		const cstn__signal_point *before = n ? &points[n - 1] : NULL;

		if (before && before->slot == points[i].slot &&
				before->period == points[i].period &&
				before->available_us == points[i].available_us &&
				!run->is_order[points[i].slot % book->n_names]) {
			if (before->value != points[i].value &&
					refuse(run, points[i].row, COL_VALUE, CSTN_ROW_CONFLICT,
							NULL, 0) != CSTN_OK)
				return CSTN_E_NOMEM;
			continue;
		}
		points[n++] = points[i];
	}
	book->points.count = n;
	return CSTN_OK;
}

static cstn_status arrange(reading *run)
{
	cstn__signal_book *book = run->book;
	size_t slot, i = 0;

	if (book->points.count)
		cstn__sort(book->points.items, book->points.count, sizeof(*book->points.items),
				by_slot, NULL);
	if (settle(run) != CSTN_OK)
		return CSTN_E_NOMEM;
	book->starts = cstn__alloc(
			&book->allocator, cstn__array_size(book->n_slots + 1, sizeof(size_t)));
	if (!book->starts)
		return CSTN_E_NOMEM;
	for (slot = 0; slot < book->n_slots; slot++) {
		book->starts[slot] = i;
		while (i < book->points.count && book->points.items[i].slot == slot)
			i++;
	}
	book->starts[slot] = i;
	return CSTN_OK;
}

cstn_status cstn__signal_book_read(cstn__signal_book *book, const cstn__signals *signals,
		const cstn__series_set *set, const cstn_signal_value_options *options,
		struct ArrowArrayStream *rows, cstn__row_sink *sink, cstn_error **error)
{
	reading run = {book, signals, set, sink, 0, 0, {0}, 0};
	cstn_status status = CSTN_OK;
	size_t pools = set->n_labels ? set->labels[0].count : 0, i;

	memset(book, 0, sizeof(*book));
	book->allocator = set->allocator;
	book->n_names = signals->n_names;
	book->n_keys = set->keys.count;
	book->n_slots = book->n_names * (1 + book->n_keys + pools);
	for (i = 0; i < signals->n; i++)
		run.is_order[signals->name[i]] |=
				signals->declared[i].kind == CSTN_SIGNAL_FORWARD_ORDER;
	if (rows)
		status = read_rows(&run, options, rows, error);
	if (status == CSTN_OK && arrange(&run) != CSTN_OK)
		status = cstn__fail_nomem(error);
	if (status != CSTN_OK)
		cstn__signal_book_free(book);
	return status;
}

void cstn__signal_book_free(cstn__signal_book *book)
{
	cstn__array_free(&book->allocator, &book->points);
	cstn__free(&book->allocator, book->starts, (book->n_slots + 1) * sizeof(size_t));
	book->starts = NULL;
}
