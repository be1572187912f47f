/* Lines of one chunk: read, and judged 64 at a time where the policy is plain, one by one where it
 * is not.
 *
 * A line is regular when it has a promise and an actual time that was known as of the run, positive
 * quantities, and no exception of any kind (every other column null or 0). For regular lines on
 * time and in full are single comparisons; all others go through cstn__judge_line(), whose answer
 * is the definition. A comparison of instants by civil day is sure outside one day's width and is
 * judged by the line inside it. Cost: 0.7 ns a regular line, about 60 ns an irregular one. */
#include <string.h>

#include <constellation/decimal.h>

#include "base/civil.h"
#include "base/error.h"
#include "fulfilment/perfect_order_update.h"

#define DAYS_LIMIT \
	100000000 /* 273,000 years: beyond it a date is no instant of int64 microseconds */
#define TIME_LIMIT (INT64_C(1) << 61)

static uint64_t low_bits(int n)
{
	return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

static const cstn__column *column_of(const cstn__worker *worker, int column)
{
	int at = worker->plan->at[column];

	return at < 0 ? NULL : &worker->batch->columns[at];
}

static int is_text(int column)
{
	return column == CSTN__COL_STATUS || column == CSTN__COL_RETURN_REASON ||
	       (column >= CSTN__COL_LATE_CAUSE && column <= CSTN__COL_CONDITION_OWNER) ||
	       column == CSTN__COL_SHIP_TO_ZONE || column == CSTN__COL_POLICY_DIGEST;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Point a source at the values: in place when they need no conversion, else read into the buffer of
 * slot `slot`. */
static cstn_status load_numbers(cstn__worker *worker, int slot, const cstn__column *column)
{
	cstn__source *source = &worker->sources[slot];
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	int time_of_days = column->type == CSTN_TYPE_DAYS && slot >= CSTN__COL_ORDERED &&
			   slot < CSTN__COL_COUNT;

	memset(source, 0, sizeof(*source));
	source->column = column;
	source->scale = time_of_days ? CSTN_DAY_US : 1;
	source->p32 = cstn__column_in_place_i32(column);
	source->p64 = source->p32 ? NULL : cstn__column_in_place_i64(column);
	if (source->p32 || source->p64)
		return CSTN_OK;
	if (!worker->buffers[slot]) {
		worker->buffers[slot] = cstn__alloc(allocator, CSTN__CHUNK * sizeof(int64_t));
		worker->valids[slot] =
				cstn__alloc(allocator, (CSTN__CHUNK_WORDS + 1) * sizeof(uint64_t));
		if (!worker->buffers[slot] || !worker->valids[slot])
			return CSTN_E_NOMEM;
	}
	source->p64 = worker->buffers[slot];
	source->base = worker->start;
	source->valid = worker->valids[slot];
	if (cstn__column_read_i64(column, worker->start, worker->n, worker->first_row,
			    worker->buffers[slot], worker->valids[slot], worker->bad,
			    worker->sink) != CSTN_OK)
		return CSTN_E_NOMEM;
	return CSTN_OK;
}

static cstn_status add_bad(cstn__worker *worker, int row, const cstn__column *column, int32_t code,
		const char *text, size_t len)
{
	worker->bad[row / 64] |= UINT64_C(1) << (row % 64);
	return cstn__row_sink_add(worker->sink,
			worker->first_row + (uint64_t)worker->start + (uint64_t)row, column->field,
			column->name, code, text, len);
}

static cstn_status load_status(cstn__worker *worker)
{
	static const char *const names[] = {
			"", "open", "closed", "cancelled_by_customer", "cancelled_by_supplier"};
	const cstn__column *column = column_of(worker, CSTN__COL_STATUS);
	const char *text;
	size_t len, k;
	int i;

	for (i = 0; i < worker->n; i++) {
		worker->status[i] = CSTN_LINE_STATUS_UNKNOWN;
		if (cstn__column_read_text(column, worker->start + i, &text, &len))
			continue;
		for (k = 1; k < 5; k++)
			if (len == strlen(names[k]) && memcmp(text, names[k], len) == 0)
				break;
		if (k < 5)
			worker->status[i] = (uint8_t)k;
		else if (add_bad(worker, i, column, CSTN_ROW_VALUE, text, len) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

/* Rows whose text is no UTF-8 are bad; `broken` tells which, for the text itself is not to be kept.
 */
static cstn_status check_text(cstn__worker *worker, const cstn__column *column, uint64_t *broken)
{
	int i;

	if (cstn__column_check_text(column, worker->start, worker->n, worker->first_row, broken,
			    worker->sink) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < CSTN__CHUNK_WORDS; i++)
		worker->bad[i] |= broken[i];
	return CSTN_OK;
}

static cstn_status load_text_key(cstn__worker *worker)
{
	const cstn__column *column = column_of(worker, worker->plan->key_column);
	int optional = worker->plan->lines, i;
	uint64_t broken[CSTN__CHUNK_WORDS] = {0};
	const char *text, *before = NULL;
	size_t len, before_len = 0;

	if (check_text(worker, column, broken) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < worker->n; i++) {
		int unreadable = (int)(broken[i / 64] >> (i % 64) & 1);

		if (unreadable || cstn__column_read_text(column, worker->start + i, &text, &len)) {
			if (!optional && !unreadable &&
					add_bad(worker, i, column, CSTN_ROW_NULL, NULL, 0) !=
							CSTN_OK)
				return CSTN_E_NOMEM;
			if (!optional)
				worker->drop[i / 64] |= UINT64_C(1) << (i % 64);
			text = NULL;
			len = 0;
		}
		worker->key_text[i] = text;
		worker->key_len[i] = (uint32_t)len;
		if (i == 0 || len != before_len || (text == NULL) != (before == NULL) ||
				(text && memcmp(text, before, len) != 0))
			worker->edge[i / 64] |= UINT64_C(1) << (i % 64);
		before = text;
		before_len = len;
	}
	return CSTN_OK;
}

/* Integer keys: edges are where neighbours differ; row 0 of a chunk is compared by the roll-up
 * itself. */
static cstn_status load_number_key(cstn__worker *worker)
{
	int key = worker->plan->key_column, i;
	cstn__source *source = &worker->sources[key];
	const cstn__words *words = worker->plan->words;

	for (i = 0; i < worker->n; i += 64) {
		int64_t row = worker->start + i - source->base;
		int n = worker->n - i < 64 ? worker->n - i : 64, skip = i == 0;
		uint64_t word;

		if (source->p32)
			word = words->ne32(source->p32 + row + skip, source->p32 + row + skip - 1,
					n - skip);
		else
			word = words->ne64(source->p64 + row + skip, source->p64 + row + skip - 1,
					n - skip);
		worker->edge[i / 64] = skip ? word << 1 | 1 : word;
	}
	if (worker->plan->lines || (!source->valid && !source->column->has_nulls))
		return CSTN_OK;
	for (i = 0; i < worker->n; i++)
		if (!cstn__source_valid(source, worker->start + i)) {
			worker->drop[i / 64] |= UINT64_C(1) << (i % 64);
			/* a buffered column has reported it already */
			if (!source->valid && add_bad(worker, i, source->column, CSTN_ROW_NULL,
							      NULL, 0) != CSTN_OK)
				return CSTN_E_NOMEM;
		}
	return CSTN_OK;
}

/* The code of a text by the worker's own table; the shared registry is asked once a text and
 * worker. */
static uint32_t text_code(cstn__worker *worker, size_t dimension, const char *text, size_t len)
{
	cstn__registry *registry = &worker->plan->state->registry;
	cstn__lut *lut = &worker->luts[dimension];
	uint32_t own, code;

	if (cstn__array_reserve(&registry->allocator, &lut->shared, 1))
		return UINT32_MAX;
	own = cstn__intern(&lut->texts, text, len);
	if (own == UINT32_MAX || own < lut->shared.count)
		return own == UINT32_MAX ? own : lut->shared.items[own];
	pthread_mutex_lock(&registry->lock);
	code = cstn__registry_text(registry, dimension, text, len);
	pthread_mutex_unlock(&registry->lock);
	/* On failure the next call for this text must ask again: UINT32_MAX ends the update anyway.
	 */
	lut->shared.items[lut->shared.count++] = code;
	return code;
}

static cstn_status load_plain_text(
		cstn__worker *worker, size_t dimension, const cstn__column *column)
{
	uint32_t *codes = worker->codes[dimension], code = CSTN__CODE_NULL;
	const char *text, *before = NULL;
	size_t len, before_len = 0;
	int i;

	for (i = 0; i < worker->n; i++) {
		if (cstn__column_read_text(column, worker->start + i, &text, &len)) {
			codes[i] = CSTN__CODE_NULL;
			continue;
		}
		if (!before || len != before_len ||
				(text != before && memcmp(text, before, len) != 0))
			code = text_code(worker, dimension, text, len);
		if (code == UINT32_MAX)
			return CSTN_E_NOMEM;
		codes[i] = code;
		before = text;
		before_len = len;
	}
	return CSTN_OK;
}

static cstn_status load_dictionary_text(
		cstn__worker *worker, size_t dimension, const cstn__column *column)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	cstn__lut *lut = &worker->luts[dimension];
	size_t n = (size_t)column->dictionary->length;
	int64_t *index = worker->scratch;
	uint64_t valid[CSTN__CHUNK_WORDS];
	const char *text;
	size_t len;
	int i;

	if (lut->dictionary_of != worker->batch) {
		if (lut->dictionary_size < n) {
			cstn__free(allocator, lut->dictionary,
					lut->dictionary_size * sizeof(uint32_t));
			lut->dictionary_size = 0;
			lut->dictionary = cstn__alloc(
					allocator, cstn__array_size(n, sizeof(uint32_t)));
			if (!lut->dictionary)
				return CSTN_E_NOMEM;
			lut->dictionary_size = n;
		}
		memset(lut->dictionary, 0xff, n * sizeof(uint32_t));
		lut->dictionary_of = worker->batch;
	}
	if (cstn__column_read_index(column, worker->start, worker->n, index, valid) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < worker->n; i++) {
		uint32_t *code;

		worker->codes[dimension][i] = CSTN__CODE_NULL;
		if (!(valid[i / 64] >> (i % 64) & 1))
			continue;
		code = &lut->dictionary[index[i]];
		if (*code == UINT32_MAX) {
			if (cstn__column_read_text(column, worker->start + i, &text, &len))
				*code = CSTN__CODE_NULL;
			else
				*code = text_code(worker, dimension, text, len);
			if (*code == UINT32_MAX)
				return CSTN_E_NOMEM;
		}
		worker->codes[dimension][i] = *code;
	}
	return CSTN_OK;
}

static int grow_small(cstn__worker *worker, cstn__lut *lut, int64_t value)
{
	const cstn_allocator *allocator = &worker->plan->state->allocator;
	size_t size = lut->small_size ? lut->small_size : 256;
	uint32_t *small;

	while (size <= (size_t)value)
		size *= 2;
	small = cstn__alloc_zero(allocator, size * sizeof(*small));
	if (!small)
		return -1;
	if (lut->small)
		memcpy(small, lut->small, lut->small_size * sizeof(*small));
	cstn__free(allocator, lut->small, lut->small_size * sizeof(*small));
	lut->small = small;
	lut->small_size = size;
	return 0;
}

uint32_t cstn__worker_number_code(cstn__worker *worker, size_t dimension, int64_t value)
{
	cstn__registry *registry = &worker->plan->state->registry;
	cstn__lut *lut = &worker->luts[dimension];
	int small = value >= 0 && value < CSTN__LUT_SMALL;
	uint32_t code;

	if (small && (size_t)value < lut->small_size && lut->small[value])
		return lut->small[value];
	if (!small) {
		code = cstn__i64_map_find(&lut->map, value);
		if (code != UINT32_MAX)
			return code;
	} else if ((size_t)value >= lut->small_size && grow_small(worker, lut, value)) {
		return UINT32_MAX;
	}
	pthread_mutex_lock(&registry->lock);
	code = cstn__registry_number(registry, dimension, value);
	pthread_mutex_unlock(&registry->lock);
	if (code == UINT32_MAX)
		return UINT32_MAX;
	if (small)
		lut->small[value] = code;
	else if (cstn__i64_map_intern(&lut->map, value, code) == UINT32_MAX)
		return UINT32_MAX;
	return code;
}

static cstn_status load_text(cstn__worker *worker, size_t dimension, const cstn__column *column)
{
	uint64_t broken[CSTN__CHUNK_WORDS] = {0};
	cstn_status status;
	int i;

	if (check_text(worker, column, broken) != CSTN_OK)
		return CSTN_E_NOMEM;
	/* a table of the dictionary is worth its while for batches of some size only */
	if (column->dictionary && column->dictionary->length <= CSTN__DICTIONARY_MAX &&
			column->dictionary->length / 16 <= worker->batch->length)
		status = load_dictionary_text(worker, dimension, column);
	else
		status = load_plain_text(worker, dimension, column);
	for (i = 0; i < worker->n; i++)
		if (broken[i / 64] >> (i % 64) & 1)
			worker->codes[dimension][i] = CSTN__CODE_NULL;
	return status;
}

static cstn_status load_dimension(cstn__worker *worker, size_t dimension)
{
	const cstn__plan *plan = worker->plan;
	int slot = CSTN__COL_COUNT + (int)dimension, i;
	const cstn__column *column;
	const cstn__source *source = &worker->sources[slot];

	worker->coded[dimension] = 0;
	if (plan->dim_at[dimension] < 0)
		return CSTN_OK;
	column = &worker->batch->columns[plan->dim_at[dimension]];
	worker->coded[dimension] = 1;
	if (column->type == CSTN_TYPE_TEXT)
		return load_text(worker, dimension, column);
	if (load_numbers(worker, slot, column) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (!source->valid && !column->has_nulls) {
		worker->coded[dimension] = 0; /* looked up once a run */
		return CSTN_OK;
	}
	for (i = 0; i < worker->n; i++) {
		uint32_t code = CSTN__CODE_NULL;

		if (cstn__source_valid(source, worker->start + i))
			code = cstn__worker_number_code(worker, dimension,
					cstn__source_value(source, worker->start + i));
		if (code == UINT32_MAX)
			return CSTN_E_NOMEM;
		worker->codes[dimension][i] = code;
	}
	return CSTN_OK;
}

cstn_status cstn__chunk_load(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	cstn_status status = CSTN_OK;
	size_t i;
	int c;

	memset(worker->fail, 0, sizeof(worker->fail));
	memset(worker->special, 0, sizeof(worker->special));
	memset(worker->judged, 0, sizeof(worker->judged));
	memset(worker->drop, 0, sizeof(worker->drop));
	memset(worker->bad, 0, sizeof(worker->bad));
	memset(worker->edge, 0, sizeof(worker->edge));
	for (c = 0; c < CSTN__COL_COUNT && status == CSTN_OK; c++) {
		if (plan->at[c] < 0 || is_text(c) || (c == plan->key_column && plan->text_key))
			continue;
		status = load_numbers(worker, c, &worker->batch->columns[plan->at[c]]);
	}
	for (c = CSTN__COL_LATE_CAUSE; c <= CSTN__COL_CONDITION_CAUSE && status == CSTN_OK; c++)
		if (plan->at[c] >= 0)
			status = cstn__column_check_text(&worker->batch->columns[plan->at[c]],
					worker->start, worker->n, worker->first_row, worker->bad,
					worker->sink);
	if (status == CSTN_OK && plan->at[CSTN__COL_STATUS] >= 0)
		status = load_status(worker);
	if (status == CSTN_OK && plan->key_column >= 0)
		status = plan->text_key ? load_text_key(worker) : load_number_key(worker);
	for (i = 0; i < plan->state->registry.n_dimensions && status == CSTN_OK; i++)
		status = load_dimension(worker, i);
	return status;
}

/* --- judging the regular lines ---------------------------------------------------------------- */

static uint64_t valid_word(const cstn__source *source, int64_t row, int n)
{
	if (source->valid)
		return source->valid[(row - source->base) / 64];
	return source->column->has_nulls ? cstn__column_valid64(source->column, row) & low_bits(n)
					 : low_bits(n);
}

static uint64_t nonzero_word(const cstn__worker *worker, int column, int64_t row, int n)
{
	const cstn__source *source = &worker->sources[column];
	uint64_t word = 0;
	int i;

	if (source->p64 && source->valid) {
		for (i = 0; i < n; i++)
			word |= (uint64_t)(source->p64[row - source->base + i] != 0) << i;
		return word & valid_word(source, row, n);
	}
	for (i = 0; i < n; i++)
		word |= (uint64_t)(cstn__source_value(source, row + i) != 0) << i;
	return word & valid_word(source, row, n);
}

/* Quantities where they are not measured: none may break a rule, and what came must be what was
 * ordered. */
static uint64_t unfit_quantities(const cstn__worker *worker, int64_t row, int n)
{
	const cstn__source *ordered = &worker->sources[CSTN__COL_QTY];
	const cstn__source *came = &worker->sources[CSTN__COL_QTY_DELIVERED];
	int has_came = worker->plan->at[CSTN__COL_QTY_DELIVERED] >= 0, i;
	uint64_t word = 0, differs = 0;

	if (worker->plan->at[CSTN__COL_QTY] < 0)
		return has_came ? low_bits(n) : 0;
	for (i = 0; i < n; i++) {
		word |= (uint64_t)(cstn__raw_value(ordered, row + i) < 1) << i;
		if (has_came)
			differs |= (uint64_t)(cstn__raw_value(came, row + i) !=
						   cstn__raw_value(ordered, row + i))
				   << i;
	}
	if (has_came)
		word |= differs & valid_word(came, row, n);
	return word | (~valid_word(ordered, row, n) & low_bits(n));
}

/* Dates that are no instants are bad input, in whichever column they stand. */
static uint64_t unfit_dates(const cstn__worker *worker, int64_t row, int n)
{
	static const int columns[] = {CSTN__COL_ORDERED, CSTN__COL_PROMISED,
			CSTN__COL_PROMISED_LAST, CSTN__COL_DELIVERED, CSTN__COL_SHIPPED};
	const cstn__plan *plan = worker->plan;
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		const cstn__source *source = &worker->sources[columns[i]];

		/* those of the promise and the arrival are looked at with them */
		if (plan->at[columns[i]] < 0 || source->scale == 1 || !source->p32 ||
				columns[i] == plan->promise_column ||
				columns[i] == plan->actual_column)
			continue;
		word |= (plan->words->gt32(source->p32 + (row - source->base), DAYS_LIMIT, n) |
					plan->words->lt32(source->p32 + (row - source->base),
							-DAYS_LIMIT, n)) &
			valid_word(source, row, n);
	}
	return word;
}

/* A reason is checked against its list, also where nothing came back. */
static uint64_t given_reasons(const cstn__worker *worker, int64_t row, int n)
{
	const cstn__column *column = column_of(worker, CSTN__COL_RETURN_REASON);

	if (!column)
		return 0;
	return column->has_nulls ? cstn__column_valid64(column, row) & low_bits(n) : low_bits(n);
}

/* Lines that some other column makes irregular; C and D exceptions of regular lines go straight to
 * their words. */
static uint64_t exception_word(cstn__worker *worker, int64_t row, int n)
{
	static const int times[] = {CSTN__COL_PROMISED_CUSTOMER, CSTN__COL_PROMISED_SUPPLIER,
			CSTN__COL_ATTEMPTED, CSTN__COL_DOCUMENTS_COMPLETE, CSTN__COL_RETURNED};
	static const int numbers[] = {CSTN__COL_QTY_CANCELLED, CSTN__COL_SUBSTITUTE,
			CSTN__COL_SUBSTITUTE_AGREED, CSTN__COL_WRONG_ITEM, CSTN__COL_CUSTOMER_FAULT,
			CSTN__COL_FORCE_MAJEURE, CSTN__COL_DOCUMENTS_BAD};
	static const int conditions[] = {CSTN__COL_DAMAGED, CSTN__COL_DEFECTIVE,
			CSTN__COL_WRONG_CONFIGURATION, CSTN__COL_REFUSED};
	const cstn__plan *plan = worker->plan;
	uint64_t word = 0;
	size_t i;
	int k, block = (int)(row - worker->start) / 64;

	/* a quantity that breaks a rule is bad input, also where it is not measured */
	if (!(plan->judge.rules->components & CSTN_COMPONENT_IN_FULL))
		word |= unfit_quantities(worker, row, n);
	word |= unfit_dates(worker, row, n) | given_reasons(worker, row, n);
	/* the instant 0 is a time as any other */
	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (plan->at[times[i]] >= 0)
			word |= valid_word(&worker->sources[times[i]], row, n);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (plan->at[numbers[i]] >= 0)
			word |= nonzero_word(worker, numbers[i], row, n);
	for (i = 0; i < sizeof(conditions) / sizeof(*conditions); i++)
		if (plan->at[conditions[i]] >= 0)
			worker->fail[3][block] |= nonzero_word(worker, conditions[i], row, n);
	if (plan->at[CSTN__COL_STATUS] >= 0)
		for (k = 0; k < n; k++) {
			uint8_t status = worker->status[row - worker->start + k];

			word |= (uint64_t)(status != CSTN_LINE_STATUS_UNKNOWN &&
						status != CSTN_LINE_CLOSED)
				<< k;
		}
	return word;
}

static int32_t day_at(const cstn__plan *plan, int64_t us)
{
	return cstn__day_of_us(us + (int64_t)plan->judge.rules->zone_offset_seconds * 1000000);
}

/* On time for days in int32: differences are exact. */
static uint64_t time_days(cstn__worker *worker, const int32_t *promise, const int32_t *actual,
		int n, uint64_t *irregular)
{
	const cstn__plan *plan = worker->plan;
	const cstn__words *words = plan->words;
	int64_t sure = cstn__floor_div(plan->sure_us, CSTN_DAY_US);
	int32_t last = sure > DAYS_LIMIT    ? DAYS_LIMIT
		       : sure < -DAYS_LIMIT ? -DAYS_LIMIT
					    : (int32_t)sure;
	uint64_t late;

	*irregular |= words->gt32(actual, last, n) | words->lt32(actual, -DAYS_LIMIT, n) |
		      words->gt32(promise, DAYS_LIMIT, n) | words->lt32(promise, -DAYS_LIMIT, n);
	late = words->above32(actual, promise, plan->late_days, n);
	if (plan->has_early)
		late |= words->above32(promise, actual, plan->early_days, n);
	return late;
}

/* On time for instants. By civil day a difference of less than a day's width is decided by the two
 * days themselves. */
static uint64_t time_instants(cstn__worker *worker, const int64_t *promise, const int64_t *actual,
		int n, uint64_t *irregular)
{
	const cstn__plan *plan = worker->plan;
	const cstn__words *words = plan->words;
	int64_t last = plan->sure_us < TIME_LIMIT ? plan->sure_us : TIME_LIMIT;
	uint64_t sure, unsure;

	*irregular |= words->gt64(actual, last, n) | words->lt64(actual, -TIME_LIMIT, n) |
		      words->gt64(promise, TIME_LIMIT, n) | words->lt64(promise, -TIME_LIMIT, n);
	sure = words->above64(actual, promise, plan->late_sure, n);
	unsure = words->above64(actual, promise, plan->late_maybe, n);
	if (plan->has_early) {
		sure |= words->above64(promise, actual, plan->early_sure, n);
		unsure |= words->above64(promise, actual, plan->early_maybe, n);
	}
	unsure &= ~sure & ~*irregular;
	while (unsure) {
		int i = __builtin_ctzll(unsure);
		int64_t days = (int64_t)day_at(plan, actual[i]) - day_at(plan, promise[i]);

		unsure &= unsure - 1;
		if (days > plan->late_days ||
				(plan->has_early && days < -(int64_t)plan->early_days))
			sure |= UINT64_C(1) << i;
	}
	return sure;
}

static uint64_t time_word(cstn__worker *worker, int64_t row, int n, uint64_t *irregular)
{
	const cstn__source *promise = &worker->sources[worker->plan->promise_column];
	const cstn__source *actual = &worker->sources[worker->plan->actual_column];
	int64_t p[64], a[64];
	int i;

	*irregular |= ~(valid_word(promise, row, n) & valid_word(actual, row, n)) & low_bits(n);
	if (promise->p32 && actual->p32)
		return time_days(worker, promise->p32 + (row - promise->base),
				actual->p32 + (row - actual->base), n, irregular);
	if (promise->p64 && promise->scale == 1 && actual->p64 && actual->scale == 1)
		return time_instants(worker, promise->p64 + (row - promise->base),
				actual->p64 + (row - actual->base), n, irregular);
	for (i = 0; i < n; i++) {
		/* 2^31 days overflow int64 microseconds: such dates are left to the line's own
		 * judgement */
		if (promise->scale != 1 &&
				(cstn__raw_value(promise, row + i) > DAYS_LIMIT ||
						cstn__raw_value(promise, row + i) < -DAYS_LIMIT))
			p[i] = INT64_MAX;
		else
			p[i] = cstn__source_value(promise, row + i);
		if (actual->scale != 1 &&
				(cstn__raw_value(actual, row + i) > DAYS_LIMIT ||
						cstn__raw_value(actual, row + i) < -DAYS_LIMIT))
			a[i] = INT64_MAX;
		else
			a[i] = cstn__source_value(actual, row + i);
		if (p[i] > TIME_LIMIT || p[i] < -TIME_LIMIT || a[i] > TIME_LIMIT ||
				a[i] < -TIME_LIMIT) {
			*irregular |= UINT64_C(1) << i;
			p[i] = a[i] = 0;
		}
	}
	return time_instants(worker, p, a, n, irregular);
}

static uint64_t quantity_word(cstn__worker *worker, int64_t row, int n, uint64_t *irregular)
{
	const cstn__source *ordered = &worker->sources[CSTN__COL_QTY];
	const cstn__source *delivered = &worker->sources[CSTN__COL_QTY_DELIVERED];
	const cstn__words *words = worker->plan->words;
	int64_t q[64], d[64];
	uint64_t differs;
	int i;

	*irregular |= ~(valid_word(ordered, row, n) & valid_word(delivered, row, n)) & low_bits(n);
	if (ordered->p32 && delivered->p32) {
		const int32_t *a = ordered->p32 + (row - ordered->base);
		const int32_t *b = delivered->p32 + (row - delivered->base);

		*irregular |= words->lt32(a, 1, n) | words->lt32(b, 0, n);
		differs = words->ne32(a, b, n);
	} else {
		const int64_t *a = q, *b = d;

		if (ordered->p64)
			a = ordered->p64 + (row - ordered->base);
		if (delivered->p64)
			b = delivered->p64 + (row - delivered->base);
		for (i = 0; i < n && !ordered->p64; i++)
			q[i] = cstn__source_value(ordered, row + i);
		for (i = 0; i < n && !delivered->p64; i++)
			d[i] = cstn__source_value(delivered, row + i);
		*irregular |= words->lt64(a, 1, n) | words->lt64(b, 0, n);
		differs = words->ne64(a, b, n);
	}
	if (worker->plan->exact_quantity)
		return differs;
	*irregular |= differs; /* within tolerance? */
	return 0;
}

/* --- judging a line by itself ----------------------------------------------------------------- */

static int read_value(const cstn__worker *worker, int column, int64_t row, int64_t *out)
{
	const cstn__source *source = &worker->sources[column];

	if (worker->plan->at[column] < 0 || !cstn__source_valid(source, row))
		return 0;
	*out = cstn__source_value(source, row);
	return 1;
}

/* A time; CSTN_ROW_RANGE for a date that is no instant. */
static int32_t read_time(const cstn__worker *worker, int column, int64_t row, int64_t *out)
{
	const cstn__source *source = &worker->sources[column];

	if (worker->plan->at[column] < 0 || !cstn__source_valid(source, row))
		return 0;
	if (source->scale != 1 && (cstn__raw_value(source, row) > DAYS_LIMIT ||
						  cstn__raw_value(source, row) < -DAYS_LIMIT))
		return CSTN_ROW_RANGE;
	*out = cstn__source_value(source, row);
	return 0;
}

static void read_i32(const cstn__worker *worker, int column, int64_t row, int32_t *out)
{
	int64_t value;

	if (read_value(worker, column, row, &value))
		*out = value > INT32_MAX   ? INT32_MAX
		       : value < INT32_MIN ? INT32_MIN
					   : (int32_t)value;
}

static void read_mark(
		const cstn__worker *worker, int column, int64_t row, uint32_t mark, uint32_t *marks)
{
	int64_t value;

	if (read_value(worker, column, row, &value) && value)
		*marks |= mark;
}

static int32_t read_times(
		const cstn__worker *worker, int64_t row, cstn_order_line *line, int *bad_column)
{
	struct {
		int column;
		int64_t *out;
	} times[] = {{CSTN__COL_ORDERED, &line->ordered_us},
			{CSTN__COL_REQUESTED, &line->requested_us},
			{CSTN__COL_PROMISED, &line->promised_us},
			{CSTN__COL_PROMISED_LAST, &line->promised_last_us},
			{CSTN__COL_PROMISED_CUSTOMER, &line->promised_customer_us},
			{CSTN__COL_PROMISED_SUPPLIER, &line->promised_supplier_us},
			{CSTN__COL_DELIVERED, &line->delivered_us},
			{CSTN__COL_SHIPPED, &line->shipped_us},
			{CSTN__COL_ARRIVED, &line->arrived_us},
			{CSTN__COL_ACCEPTED, &line->accepted_us},
			{CSTN__COL_RECORDED, &line->recorded_us},
			{CSTN__COL_ATTEMPTED, &line->attempted_us},
			{CSTN__COL_DOCUMENTS_COMPLETE, &line->documents_complete_us},
			{CSTN__COL_RETURNED, &line->returned_us}};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int32_t code = read_time(worker, times[i].column, row, times[i].out);

		if (code) {
			*bad_column = times[i].column;
			return code;
		}
	}
	return 0;
}

static void read_marks(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	static const struct {
		int column;
		uint32_t mark;
	} marks[] = {{CSTN__COL_SUBSTITUTE, CSTN_MARK_SUBSTITUTE},
			{CSTN__COL_SUBSTITUTE_AGREED, CSTN_MARK_SUBSTITUTE_AGREED},
			{CSTN__COL_WRONG_ITEM, CSTN_MARK_WRONG_ITEM},
			{CSTN__COL_CUSTOMER_FAULT, CSTN_MARK_CUSTOMER_FAULT},
			{CSTN__COL_FORCE_MAJEURE, CSTN_MARK_FORCE_MAJEURE},
			{CSTN__COL_CONDITION_OK, CSTN_MARK_CONDITION_OK},
			{CSTN__COL_DAMAGED, CSTN_MARK_DAMAGED},
			{CSTN__COL_DEFECTIVE, CSTN_MARK_DEFECTIVE},
			{CSTN__COL_WRONG_CONFIGURATION, CSTN_MARK_WRONG_CONFIGURATION},
			{CSTN__COL_REFUSED, CSTN_MARK_REFUSED_FOR_QUALITY}};
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		read_mark(worker, marks[i].column, row, marks[i].mark, &line->marks);
}

/* A code out of a list of names; -1 for a text that is none of them; 0 for null. */
static int32_t read_code(const cstn__worker *worker, int column, int64_t row,
		const char *const *names, const char **text, size_t *len)
{
	const cstn__column *from = column_of(worker, column);
	int32_t i;

	if (!from || cstn__column_read_text(from, row, text, len))
		return 0;
	for (i = 1; names[i]; i++)
		if (*len == strlen(names[i]) && memcmp(*text, names[i], *len) == 0)
			return i;
	return -1;
}

static const char *const owner_names[] = {
		"", "supplier", "warehouse", "carrier", "customer", "own_office", NULL};

static int32_t read_texts(const cstn__worker *worker, int64_t row, cstn_order_line *line,
		const cstn_zone **ship_to, int *bad_column, const char **text, size_t *len)
{
	static const char *const returns[] = {"", "damaged", "defective", "wrong_configuration",
			"wrong_item", "short", "excess", "paperwork", "other", NULL};
	const cstn__judge *judge = &worker->plan->judge;
	const cstn__column *column;
	int c;

	*bad_column = CSTN__COL_RETURN_REASON;
	line->return_reason = read_code(worker, CSTN__COL_RETURN_REASON, row, returns, text, len);
	if (line->return_reason < 0)
		return CSTN_ROW_VALUE;
	for (c = 0; c < 4; c++) {
		*bad_column = CSTN__COL_LATE_OWNER + c;
		line->owner[c] = read_code(worker, *bad_column, row, owner_names, text, len);
		if (line->owner[c] < 0)
			return CSTN_ROW_VALUE;
	}
	column = column_of(worker, CSTN__COL_POLICY_DIGEST);
	*bad_column = CSTN__COL_POLICY_DIGEST;
	if (column && !cstn__column_read_text(column, row, text, len) &&
			(*len != 64 || memcmp(*text, cstn_service_policy_digest_text(judge->policy),
						       64) != 0))
		return CSTN_ROW_POLICY;
	column = column_of(worker, CSTN__COL_SHIP_TO_ZONE);
	*bad_column = CSTN__COL_SHIP_TO_ZONE;
	if (column && !cstn__column_read_text(column, row, text, len)) {
		*ship_to = cstn__judge_zone(judge, *text, *len);
		if (!*ship_to)
			return CSTN_ROW_ZONE;
	}
	return 0;
}

static void read_numbers(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	int32_t documents_ok = 0, documents_bad = 0;

	read_i32(worker, CSTN__COL_LINE_NUMBER, row, &line->line_number);
	(void)read_value(worker, CSTN__COL_QTY, row, &line->quantity);
	(void)read_value(worker, CSTN__COL_QTY_CANCELLED, row, &line->quantity_cancelled);
	(void)read_value(worker, CSTN__COL_QTY_DELIVERED, row, &line->quantity_delivered);
	(void)read_value(worker, CSTN__COL_QTY_DUE, row, &line->quantity_due);
	(void)read_value(worker, CSTN__COL_VALUE, row, &line->value_minor);
	(void)read_value(worker, CSTN__COL_PRICE, row, &line->price_minor);
	read_i32(worker, CSTN__COL_SHIPMENTS, row, &line->shipments);
	read_i32(worker, CSTN__COL_PROMISED_OFFSET, row, &line->promised_offset_minutes);
	read_i32(worker, CSTN__COL_ACTUAL_OFFSET, row, &line->actual_offset_minutes);
	read_i32(worker, CSTN__COL_DOCUMENTS_OK, row, &documents_ok);
	read_i32(worker, CSTN__COL_DOCUMENTS_BAD, row, &documents_bad);
	line->documents_ok = (uint32_t)documents_ok;
	line->documents_bad = (uint32_t)documents_bad;
}

/* With positive evidence, nothing on record is not the same as a failure. */
static void read_unknown(const cstn__worker *worker, int64_t row, cstn_order_line *line)
{
	const cstn__policy_rules *rules = worker->plan->judge.rules;
	int64_t value;

	if (rules->documents_positive && !read_value(worker, CSTN__COL_DOCUMENTS_OK, row, &value) &&
			!read_value(worker, CSTN__COL_DOCUMENTS_COMPLETE, row, &value))
		line->marks |= CSTN_MARK_DOCUMENTS_UNKNOWN;
	if (rules->condition_positive && !read_value(worker, CSTN__COL_CONDITION_OK, row, &value))
		line->marks |= CSTN_MARK_CONDITION_UNKNOWN;
}

/* A rule about a column that the stream does not have concerns the row as a whole. */
static cstn_status add_fault(cstn__worker *worker, int i, const cstn__line_fault *fault)
{
	const cstn__plan *plan = worker->plan;
	char value[24];
	size_t len = 0;
	int at;

	if (fault->value != CSTN_QUANTITY_NULL)
		len = cstn_decimal_format(fault->value, 0, value, sizeof(value));
	for (at = 0; at < plan->n_decls; at++)
		if (strcmp(plan->decls[at].name, fault->column) == 0)
			break;
	worker->bad[i / 64] |= UINT64_C(1) << (i % 64);
	return cstn__row_sink_add(worker->sink,
			worker->first_row + (uint64_t)worker->start + (uint64_t)i,
			at < plan->n_decls ? at : -1, fault->column, fault->code,
			len ? value : NULL, len);
}

/* One line by the definition. A row that breaks a rule is bad. */
static cstn_status judge_row(cstn__worker *worker, int i)
{
	const cstn_zone *ship_to = NULL;
	const char *text = NULL;
	int64_t row = worker->start + i;
	cstn__judgement judgement;
	cstn__line_fault fault;
	cstn_order_line line;
	size_t len = 0;
	int32_t code;
	int bad_column = -1;

	cstn_order_line_init(&line, sizeof(line));
	read_numbers(worker, row, &line);
	read_marks(worker, row, &line);
	read_unknown(worker, row, &line);
	if (worker->plan->at[CSTN__COL_STATUS] >= 0)
		line.status = worker->status[i];
	code = read_times(worker, row, &line, &bad_column);
	if (code)
		return add_bad(worker, i, column_of(worker, bad_column), code, NULL, 0);
	code = read_texts(worker, row, &line, &ship_to, &bad_column, &text, &len);
	if (code)
		return add_bad(worker, i, column_of(worker, bad_column), code, text, len);
	if (cstn__judge_steps(&worker->plan->judge, &line, ship_to, &judgement, &fault))
		return add_fault(worker, i, &fault);
	worker->verdicts[i] = judgement.verdict;
	return CSTN_OK;
}

/* For periods: the civil day of a time of row i. */
int32_t cstn__worker_day(const cstn__worker *worker, int64_t us, int i, int promise)
{
	const cstn__judge *judge = &worker->plan->judge;
	const cstn__column *column = column_of(worker, CSTN__COL_SHIP_TO_ZONE);
	const cstn_zone *ship_to = NULL;
	int32_t offset = CSTN_OFFSET_NULL;
	const char *text;
	size_t len;

	read_i32(worker, promise ? CSTN__COL_PROMISED_OFFSET : CSTN__COL_ACTUAL_OFFSET,
			worker->start + i, &offset);
	if (column && !cstn__column_read_text(column, worker->start + i, &text, &len))
		ship_to = cstn__judge_zone(judge, text, len);
	return cstn__judge_day(judge, us, offset, ship_to);
}

int32_t cstn__worker_owner(const cstn__worker *worker, int i, int component)
{
	const char *text;
	size_t len;
	int32_t owner = read_code(worker, CSTN__COL_LATE_OWNER + component, worker->start + i,
			owner_names, &text, &len);

	return owner < 0 ? CSTN_OWNER_UNKNOWN : owner;
}

/* Take a judged line into the words: counted and simple, or special. */
static void take_verdict(cstn__worker *worker, int i)
{
	const cstn__line_verdict *verdict = &worker->verdicts[i];
	uint64_t bit = UINT64_C(1) << (i % 64);
	int block = i / 64, c;

	worker->judged[block] |= bit;
	for (c = 0; c < 4; c++)
		worker->fail[c][block] &= ~bit;
	if (worker->bad[block] & bit) {
		worker->special[block] |= bit;
		return;
	}
	if (verdict->outcome != CSTN_OUTCOME_COUNTED || verdict->provisional) {
		worker->special[block] |= bit;
		return;
	}
	for (c = 0; c < 4; c++)
		if (verdict->pattern >> c & 1)
			worker->fail[c][block] |= bit;
}

static int outside_period(const cstn__worker *worker, const cstn__line_verdict *verdict)
{
	const cstn_perfect_order *state = worker->plan->state;

	return (state->flags & CSTN_PERFECT_ORDER_PERIOD) &&
	       (verdict->period_us == CSTN_TIME_NULL || verdict->period_us < state->from_us ||
			       verdict->period_us >= state->to_us);
}

cstn_status cstn__chunk_judge(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	int i, block;

	for (i = 0, block = 0; i < worker->n; i += 64, block++) {
		int n = worker->n - i < 64 ? worker->n - i : 64;
		int64_t row = worker->start + i;
		uint64_t irregular = low_bits(n);

		if (plan->fast) {
			irregular = exception_word(worker, row, n);
			worker->fail[0][block] = time_word(worker, row, n, &irregular);
			if (plan->judge.rules->components & CSTN_COMPONENT_IN_FULL)
				worker->fail[1][block] = quantity_word(worker, row, n, &irregular);
		}
		irregular &= low_bits(n);
		irregular |= worker->bad[block];
		irregular &= ~worker->drop[block];
		for (; irregular; irregular &= irregular - 1) {
			int k = i + __builtin_ctzll(irregular);

			if (!(worker->bad[block] >> (k % 64) & 1) &&
					judge_row(worker, k) != CSTN_OK)
				return CSTN_E_NOMEM;
			if (!(worker->bad[block] >> (k % 64) & 1) &&
					outside_period(worker, &worker->verdicts[k])) {
				worker->drop[block] |= UINT64_C(1) << (k % 64);
				continue;
			}
			take_verdict(worker, k);
		}
	}
	return CSTN_OK;
}
