/* Fitting RFM cuts: quantiles of type 7 over customers, exact, from a radix sort of each column.
 *
 * h = (n - 1) i / bins is split in integers, so that no rounding moves a cut to another customer.
 * What the fit found (customers a score, a segment, a pair of scores) is summed exactly and rounded
 * once: neither order nor split of the rows shows in the model's bytes. O(n). */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/hash.h"
#include "base/stats.h"
#include "segment/customers_named.h"
#include "base/radix.h"
#include "segment/rfm_model.h"

#define BINS_DEFAULT 5

const char *const cstn__rfm_dimensions[3] = {"recency", "frequency", "monetary"};

/* --- the stream ------------------------------------------------------------------------------- */

/* Infinite, or negative where that cannot be. */
static cstn_status check_values(cstn__rfm_block *block, const cstn__batch *batch)
{
	cstn_status status = CSTN_OK;
	int32_t i;
	int d;

	for (d = 0; d < 3; d++)
		for (i = 0; i < block->n && status == CSTN_OK; i++) {
			double value = block->values[d][i];
			int code = !isfinite(value)                        ? CSTN_ROW_RANGE
				   : value < 0.0 && d != CSTN_RFM_MONETARY ? CSTN_ROW_NEGATIVE
									   : 0;

			if (!code || cstn__word_bit_get(block->bad, (size_t)i))
				continue;
			cstn__word_bit_set(block->bad, (size_t)i);
			status = cstn__row_sink_add(block->sink,
					block->first_row + (uint64_t)(block->start + i),
					batch->columns[d].field, batch->columns[d].name, code, NULL,
					0);
		}
	return status;
}

static cstn_status read_batch(const cstn__rfm_reading *reading, const cstn__batch *batch,
		cstn__rfm_block *block, uint64_t *bad, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t valid[16];
	int d;

	for (block->start = 0; block->start < batch->length && status == CSTN_OK;
			block->start += block->n) {
		block->n = (int32_t)(batch->length - block->start < 1024
						     ? batch->length - block->start
						     : 1024);
		memset(block->bad, 0, sizeof(block->bad));
		for (d = 0; d < 3 && status == CSTN_OK; d++)
			status = cstn__column_read_f64(&batch->columns[d], block->start, block->n,
					block->first_row, block->values[d], valid, block->bad,
					block->sink);
		if (status == CSTN_OK)
			status = check_values(block, batch);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
		status = reading->take(reading->context, block, error);
		for (d = 0; d < 16; d++)
			*bad += (uint64_t)__builtin_popcountll(block->bad[d]);
	}
	return status;
}

static cstn_status read_rows(const cstn__rfm_reading *reading, struct ArrowArrayStream *stream,
		const cstn__bound *bound, cstn__rfm_block *block, uint64_t *bad, cstn_error **error)
{
	int has_ids = cstn__bound_has(bound, 3);
	struct ArrowArray array;
	cstn_status status = reading->begin(
			reading->context, has_ids ? cstn__bound_type(bound, 3) : 0, error);

	block->first_row = 0;
	while (status == CSTN_OK &&
			(status = cstn__stream_next(stream, &array, error)) == CSTN_OK) {
		cstn__batch batch;

		status = cstn__bound_batch(bound, &array, &batch, error);
		if (status == CSTN_OK) {
			block->ids = has_ids ? &batch.columns[3] : NULL;
			status = read_batch(reading, &batch, block, bad, error);
			block->first_row += (uint64_t)batch.length;
			cstn__batch_free(bound, &batch);
		}
		array.release(&array);
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__rfm_read(const cstn__rfm_reading *reading, struct ArrowArrayStream *customers,
		uint64_t *bad, cstn_row_errors **rows, cstn_error **error)
{
#define NUMBER (CSTN__ACCEPT_QUANTITY | CSTN__ACCEPT(CSTN_TYPE_DOUBLE))
	cstn__column_decl decls[4] = {{"recency", NUMBER, -1, 1, 0, 0, 0},
			{"frequency", NUMBER, -1, 1, 0, 0, 0}, {"monetary", NUMBER, -1, 1, 0, 0, 0},
			{"customer", CSTN__ACCEPT_KEY, -1, 0, 0, 0, 0}};
	const cstn_allocator *allocator = reading->allocator;
	cstn__rfm_block *block = cstn__alloc(allocator, sizeof(*block));
	cstn__bound *bound = NULL;
	cstn__row_sink *sink = NULL;
	cstn_status status = block ? CSTN_OK : cstn__fail_nomem(error);

	decls[3].nullable = (uint8_t)reading->ids_nullable;
	if (status == CSTN_OK)
		status = cstn__bind_stream(
				customers, decls, 4, reading->binding, allocator, &bound, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_new(allocator, &sink, error);
	if (status == CSTN_OK) {
		block->sink = sink;
		status = read_rows(reading, customers, bound, block, bad, error);
	}
	if (status == CSTN_OK && rows)
		status = cstn__row_sink_finish(sink, rows, error);
	cstn__row_sink_free(sink);
	cstn__bound_free(bound);
	cstn__free(allocator, block, sizeof(*block));
	customers->release(customers);
	return status;
}

/* --- collecting ------------------------------------------------------------------------------- */

typedef struct fit_run {
	cstn_rfm *model;
	CSTN__ARRAY(double) values[3];
	cstn__ids ids;
	CSTN__ARRAY(uint64_t) rows; /* by number of id */
	size_t known;
} fit_run;

static cstn_status fit_begin(void *context, int32_t id_type, cstn_error **error)
{
	fit_run *run = context;

	(void)error;
	run->ids.type = id_type;
	return CSTN_OK;
}

/* Ids are numbered in row order: one that is not the next number was there before. */
static cstn_status find_doubles(fit_run *run, cstn__rfm_block *block, cstn_error **error)
{
	uint32_t number[1024];
	cstn__id_rows rows = {block->ids, block->start, block->n, block->first_row, 0, block->bad,
			block->sink};
	char room[24];
	const char *text;
	size_t len;
	int32_t i;

	if (cstn__ids_read(&run->ids, &rows, number) != CSTN_OK ||
			cstn__array_reserve(&run->model->allocator, &run->rows, block->n))
		return cstn__fail_nomem(error);
	for (i = 0; i < block->n; i++) {
		uint64_t row = block->first_row + (uint64_t)(block->start + i);

		if (cstn__word_bit_get(block->bad, (size_t)i))
			continue;
		if (number[i] == run->rows.count) {
			run->rows.items[run->rows.count++] = row;
			continue;
		}
		text = cstn__ids_text(&run->ids, number[i], room, &len);
		return cstn__fail(error, CSTN_E_DUPLICATE,
				"customer '%.*s' is in rows %" PRIu64 " and %" PRIu64, (int)len,
				text, run->rows.items[number[i]], row);
	}
	return CSTN_OK;
}

static cstn_status fit_take(void *context, cstn__rfm_block *block, cstn_error **error)
{
	fit_run *run = context;
	cstn_status status = block->ids ? find_doubles(run, block, error) : CSTN_OK;
	int32_t i;
	int d;

	for (d = 0; d < 3 && status == CSTN_OK; d++) {
		if (cstn__array_reserve(&run->model->allocator, &run->values[d], block->n))
			return cstn__fail_nomem(error);
		for (i = 0; i < block->n; i++)
			if (!cstn__word_bit_get(block->bad, (size_t)i))
				run->values[d].items[run->values[d].count++] = block->values[d][i];
	}
	return status;
}

/* --- cuts ------------------------------------------------------------------------------------- */

/* Keep a cut if it differs from the one before and somebody is on both sides of it. */
static void keep_cut(cstn_rfm *model, int d, double cut, double least, double most)
{
	int left = (model->flags & CSTN_RFM_LEFT_CLOSED) != 0;
	int32_t n = model->n_cuts[d];

	if ((n && model->cuts[d][n - 1] == cut) ||
			(left ? cut <= least || cut > most : cut >= most))
		return;
	model->cuts[d][n] = cut;
	model->n_cuts[d] = n + 1;
}

static void cut_at(cstn_rfm *model, int d, const uint64_t *sorted, size_t n)
{
	uint64_t bins = (uint64_t)model->bins[d], i;
	double least = cstn__radix_to_f64(sorted[0]), most = cstn__radix_to_f64(sorted[n - 1]);

	for (i = 1; i < bins; i++) {
		/* (n - 1) i / bins, without a product that overflows */
		uint64_t low = (n - 1) / bins * i + (n - 1) % bins * i / bins;
		uint64_t rest = (n - 1) % bins * i % bins;
		double cut = cstn__radix_to_f64(sorted[low]);

		if (rest) {
			double next = cstn__radix_to_f64(sorted[low + 1]);
			double share = (double)rest / (double)bins;

			/* the difference of two finite values may be infinite */
			cut = isfinite(next - cut) ? cut + share * (next - cut)
						   : (1.0 - share) * cut + share * next;
		}
		keep_cut(model, d, model->flags & CSTN_RFM_PLUS_ONE ? cut + 1.0 : cut, least, most);
	}
}

static cstn_status make_cuts(fit_run *run, cstn_error **error)
{
	cstn_rfm *model = run->model;
	size_t n = run->values[0].count, size = cstn__array_size(n * 2, sizeof(uint64_t)), i;
	uint64_t *keys;
	int d;

	if (n == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "there is no customer to fit to");
	keys = cstn__alloc(&model->allocator, size);
	if (!keys)
		return cstn__fail_nomem(error);
	for (d = 0; d < 3; d++) {
		for (i = 0; i < n; i++)
			keys[i] = cstn__radix_of_f64(run->values[d].items[i]);
		cstn__radix_sort(keys, keys + n, n);
		cut_at(model, d, keys, n);
	}
	cstn__free(&model->allocator, keys, size);
	return CSTN_OK;
}

/* --- what the fit found ----------------------------------------------------------------------- */

typedef struct tally {
	cstn__exact_sum sum[3];
} tally;

typedef struct tallies {
	size_t segments, cells;
	tally *of_segment;
	int64_t *cell_customers;
	cstn__exact_sum *cell_value;
} tallies;

static void take_fingerprint(cstn_rfm *model, const double values[3])
{
	uint8_t bytes[24];
	cstn__hash128_value hash;
	int d, k;

	for (d = 0; d < 3; d++) {
		double value = values[d] + 0.0;
		uint64_t bits;

		memcpy(&bits, &value, sizeof(bits));
		for (k = 0; k < 8; k++)
			bytes[d * 8 + k] = (uint8_t)(bits >> (8 * k));
	}
	hash = cstn__hash128(bytes, sizeof(bytes));
	model->fingerprint[0] += hash.low;
	model->fingerprint[1] += hash.high;
}

static void count_all(fit_run *run, tallies *sums)
{
	cstn_rfm *model = run->model;
	size_t n = run->values[0].count, i;
	int d;

	for (i = 0; i < n; i++) {
		double values[3];
		uint8_t score[3];
		size_t cell;

		for (d = 0; d < 3; d++) {
			values[d] = run->values[d].items[i];
			score[d] = cstn__rfm_score(model, d, values[d]);
			model->counts[d][score[d] - 1]++;
		}
		take_fingerprint(model, values);
		cell = (size_t)(score[0] - 1) * CSTN__RFM_BINS_MOST + (size_t)(score[1] - 1);
		sums->cell_customers[cell]++;
		cstn__exact_sum_add(&sums->cell_value[cell], values[2]);
		if (model->segments.count) {
			uint32_t segment = cstn__rfm_segment_of(model, score);

			model->segments.items[segment].customers++;
			for (d = 0; d < 3; d++)
				cstn__exact_sum_add(&sums->of_segment[segment].sum[d], values[d]);
		}
	}
}

static cstn_status round_sums(cstn_rfm *model, tallies *sums)
{
	size_t i;

	for (i = 0; i < model->segments.count; i++) {
		model->segments.items[i].recency =
				cstn__exact_sum_value(&sums->of_segment[i].sum[0]);
		model->segments.items[i].frequency =
				cstn__exact_sum_value(&sums->of_segment[i].sum[1]);
		model->segments.items[i].monetary =
				cstn__exact_sum_value(&sums->of_segment[i].sum[2]);
	}
	for (i = 0; i < sums->cells; i++) {
		if (!sums->cell_customers[i])
			continue;
		if (cstn__array_reserve(&model->allocator, &model->cells, 1))
			return CSTN_E_NOMEM;
		model->cells.items[model->cells.count++] = (cstn__rfm_cell){
				(uint8_t)(i / CSTN__RFM_BINS_MOST + 1),
				(uint8_t)(i % CSTN__RFM_BINS_MOST + 1), sums->cell_customers[i],
				cstn__exact_sum_value(&sums->cell_value[i])};
	}
	return CSTN_OK;
}

static cstn_status describe(fit_run *run, cstn_error **error)
{
	cstn_rfm *model = run->model;
	const cstn_allocator *allocator = &model->allocator;
	tallies sums = {model->segments.count, (size_t)CSTN__RFM_BINS_MOST * CSTN__RFM_BINS_MOST,
			NULL, NULL, NULL};
	size_t i;
	cstn_status status = CSTN_E_NOMEM;

	sums.of_segment = cstn__alloc(allocator, (sums.segments + 1) * sizeof(tally));
	sums.cell_customers = cstn__alloc_zero(allocator, sums.cells * sizeof(int64_t));
	sums.cell_value = cstn__alloc(allocator, sums.cells * sizeof(cstn__exact_sum));
	if (sums.of_segment && sums.cell_customers && sums.cell_value) {
		for (i = 0; i < sums.segments * 3; i++)
			cstn__exact_sum_init(&sums.of_segment[i / 3].sum[i % 3]);
		for (i = 0; i < sums.cells; i++)
			cstn__exact_sum_init(&sums.cell_value[i]);
		count_all(run, &sums);
		status = round_sums(model, &sums);
	}
	cstn__free(allocator, sums.of_segment, (sums.segments + 1) * sizeof(tally));
	cstn__free(allocator, sums.cell_customers, sums.cells * sizeof(int64_t));
	cstn__free(allocator, sums.cell_value, sums.cells * sizeof(cstn__exact_sum));
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

/* --- the whole -------------------------------------------------------------------------------- */

cstn_rfm *cstn__rfm_new(const cstn_allocator *allocator)
{
	cstn_rfm *model = cstn__alloc_zero(allocator, sizeof(*model));

	if (model) {
		model->allocator = *allocator;
		atomic_init(&model->references, 1);
	}
	return model;
}

cstn_rfm *cstn_rfm_ref(cstn_rfm *model)
{
	if (model)
		atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void cstn_rfm_unref(cstn_rfm *model)
{
	cstn_allocator allocator;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	cstn__free(&allocator, model->rules, model->rules_len + 1);
	cstn__array_free(&allocator, &model->rule);
	cstn__array_free(&allocator, &model->segments);
	cstn__array_free(&allocator, &model->cells);
	cstn__free(&allocator, model, sizeof(*model));
}

static cstn_status configure(cstn_rfm *model, const cstn_rfm_options *options, cstn_error **error)
{
	const char *rules;
	int d;

	if (options->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d, 0 expected",
				options->reserved0);
	for (d = 0; d < 3; d++) {
		model->bins[d] = options->bins[d] ? options->bins[d] : BINS_DEFAULT;
		if (model->bins[d] < 2 || model->bins[d] > CSTN__RFM_BINS_MOST)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s has %d bins, 2 to %d expected", cstn__rfm_dimensions[d],
					model->bins[d], CSTN__RFM_BINS_MOST);
	}
	model->flags = options->flags;
	if (!options->rules)
		return CSTN_OK;
	rules = cstn_rfm_rules(options->rules);
	if (!rules)
		rules = options->rules;
	return cstn__rfm_take_rules(model, rules, strlen(rules), error);
}

static cstn_status fit(fit_run *run, struct ArrowArrayStream *customers,
		const cstn_rfm_options *options, cstn_row_errors **rows, cstn_error **error)
{
	cstn__rfm_reading reading = {
			&run->model->allocator, options->binding, 0, fit_begin, fit_take, run};
	uint64_t bad = 0;
	cstn_status status = cstn__rfm_read(&reading, customers, &bad, rows, error);

	if (status != CSTN_OK)
		return status;
	if (bad && !(options->flags & CSTN_RFM_SKIP_BAD))
		return cstn__fail(error, CSTN_E_ROWS,
				"%" PRIu64 " rows break a rule; see the row errors, or give "
				"CSTN_RFM_SKIP_BAD",
				bad);
	run->model->bad_rows = (int64_t)bad;
	run->model->customers = (int64_t)run->values[0].count;
	status = make_cuts(run, error);
	return status == CSTN_OK ? describe(run, error) : status;
}

cstn_status cstn_rfm_fit(struct ArrowArrayStream *customers, const cstn_rfm_options *options,
		const cstn_allocator *given, cstn_rfm **out, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn_rfm_options read;
	cstn_allocator allocator;
	cstn_status status;
	fit_run run;
	int d;

	status = cstn__stream_take(customers, "customers", &stream, error);
	if (status != CSTN_OK)
		return status;
	memset(&run, 0, sizeof(run));
	status = out ? cstn__allocator_read(given, &allocator, error)
		     : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(read), sizeof(read),
				CSTN__RFM_FIT_FLAGS, "cstn_rfm_options", &read, error);
	if (status == CSTN_OK && !(run.model = cstn__rfm_new(&allocator)))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = configure(run.model, &read, error);
	if (status != CSTN_OK) {
		stream.release(&stream);
		cstn_rfm_unref(run.model);
		return status;
	}
	cstn__ids_init(&run.ids, &allocator, 0);
	status = fit(&run, &stream, &read, &rows, error);
	for (d = 0; d < 3; d++)
		cstn__array_free(&allocator, &run.values[d]);
	cstn__array_free(&allocator, &run.rows);
	cstn__ids_free(&run.ids);
	cstn__rows_hand_out(status, rows, bad_rows);
	if (status == CSTN_OK)
		*out = run.model;
	else
		cstn_rfm_unref(run.model);
	return status;
}
