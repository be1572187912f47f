/* Lines of one chunk are made ready: values in place where they need no conversion, else read into
 * buffers; texts become codes; keys become edges, where one order ends and the next begins.
 *
 * Cost: nothing a value in place, 1 to 3 ns one that is read, 5 to 20 ns a text. */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_update.h"

static int is_text(int column)
{
	return column == CSTN__COL_STATUS || column == CSTN__COL_RETURN_REASON ||
	       (column >= CSTN__COL_LATE_CAUSE && column <= CSTN__COL_CONDITION_OWNER) ||
	       column == CSTN__COL_SHIP_TO_ZONE || column == CSTN__COL_POLICY_DIGEST;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Point a source at the values: in place when they need no conversion, else at the buffer of slot
 * `slot`. Holds for all chunks of a morsel. */
static cstn_status point_source(cstn__worker *worker, int slot, const cstn__column *column)
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
	if (!worker->buffers[slot])
		worker->buffers[slot] = cstn__alloc(allocator, CSTN__CHUNK * sizeof(int64_t));
	if (!worker->valids[slot])
		worker->valids[slot] =
				cstn__alloc(allocator, (CSTN__CHUNK_WORDS + 1) * sizeof(uint64_t));
	if (!worker->buffers[slot] || !worker->valids[slot])
		return CSTN_E_NOMEM;
	source->p64 = worker->buffers[slot];
	source->valid = worker->valids[slot];
	return CSTN_OK;
}

/* The chunk's values into the buffer, where they are not in place. */
static cstn_status read_source(cstn__worker *worker, int slot)
{
	cstn__source *source = &worker->sources[slot];

	if (!source->valid)
		return CSTN_OK;
	source->base = worker->start;
	return cstn__column_read_i64(source->column, worker->start, worker->n, worker->first_row,
			worker->buffers[slot], worker->valids[slot], worker->bad, worker->sink);
}

static cstn_status point_sources(cstn__worker *worker)
{
	const cstn__plan *plan = worker->plan;
	size_t i;
	int c;

	worker->n_read = 0;
	for (c = 0; c < CSTN__COL_COUNT; c++) {
		if (plan->at[c] < 0 || is_text(c) || (c == plan->key_column && plan->text_key))
			continue;
		if (point_source(worker, c, &worker->batch->columns[plan->at[c]]) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (worker->sources[c].valid)
			worker->read[worker->n_read++] = c;
	}
	for (i = 0; i < plan->state->registry.n_dimensions; i++) {
		const cstn__column *column;

		if (plan->dim_at[i] < 0)
			continue;
		column = &worker->batch->columns[plan->dim_at[i]];
		if (column->type != CSTN_TYPE_TEXT &&
				point_source(worker, CSTN__COL_COUNT + (int)i, column) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

cstn_status cstn__worker_add_bad(cstn__worker *worker, int row, const cstn__column *column,
		int32_t code, const char *text, size_t len)
{
	worker->bad[row / 64] |= UINT64_C(1) << (row % 64);
	return cstn__row_sink_add(worker->sink,
			worker->first_row + (uint64_t)worker->start + (uint64_t)row, column->field,
			column->name, code, text, len);
}

static cstn_status load_status(cstn__worker *worker)
{
	const cstn__column *column = cstn__worker_column(worker, CSTN__COL_STATUS);
	const char *text;
	size_t len;
	int i;

	for (i = 0; i < worker->n; i++) {
		int32_t code;

		worker->status[i] = CSTN_LINE_STATUS_UNKNOWN;
		if (cstn__column_read_text(column, worker->start + i, &text, &len))
			continue;
		code = cstn__name_code(cstn__line_status_names, text, len);
		if (code > 0)
			worker->status[i] = (uint8_t)code;
		else if (cstn__worker_add_bad(worker, i, column, CSTN_ROW_VALUE, text, len) !=
				CSTN_OK)
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
	const cstn__column *column = cstn__worker_column(worker, worker->plan->key_column);
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
					cstn__worker_add_bad(worker, i, column, CSTN_ROW_NULL, NULL,
							0) != CSTN_OK)
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
	int i;
	cstn__source *source = &worker->sources[worker->plan->key_column];
	const cstn__spans *spans = worker->plan->spans;
	int64_t from = worker->start - source->base;

	if (source->p32)
		worker->rising_keys = (uint8_t)spans->edges32(
				source->p32 + from, from > 0, worker->n, worker->edge);
	else
		worker->rising_keys = (uint8_t)spans->edges64(
				source->p64 + from, from > 0, worker->n, worker->edge);
	worker->edge[0] |= 1;
	if (worker->plan->lines || (!source->valid && !source->column->has_nulls))
		return CSTN_OK;
	for (i = 0; i < worker->n; i++)
		if (!cstn__source_valid(source, worker->start + i)) {
			worker->drop[i / 64] |= UINT64_C(1) << (i % 64);
			/* a buffered column has reported it already */
			if (!source->valid && cstn__worker_add_bad(worker, i, source->column,
							      CSTN_ROW_NULL, NULL, 0) != CSTN_OK)
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
	if (read_source(worker, slot) != CSTN_OK)
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
	worker->rising_keys = 0;
	if (!worker->pointed && point_sources(worker) != CSTN_OK)
		return CSTN_E_NOMEM;
	worker->pointed = 1;
	for (c = 0; c < worker->n_read && status == CSTN_OK; c++)
		status = read_source(worker, worker->read[c]);
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
