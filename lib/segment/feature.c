/* Rows of numbers out of a stream, held whole, because clustering reads them several times: once to
 * check them, once or more to fit the transforms, once to pack them, and at the end for the exact
 * centres. Batches stay where they are; a block of 1,024 rows of one column is read as doubles.
 *
 * Invariant: after the check each row is good, or its bit in `bad` is set and its weight is 0.
 * Weights are whole numbers of 32 bits: whole ones as they are, others as multiples of a power of
 * two that keeps 31 bits of the largest. Cost: a pass reads each value once. */
#include "segment/feature.h"

#include <math.h>
#include <string.h>

#include <constellation/kmeans.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"

#define BLOCK CSTN__FEATURE_BLOCK

/* --- the stream ------------------------------------------------------------------------------- */

static cstn_status bind(cstn__features *features, const cstn__feature_names *names,
		const cstn_binding *binding, cstn_error **error)
{
	size_t numbers = names->d + (names->weight ? 1 : 0), texts = numbers + names->m, i;
	size_t n = texts + (names->margin ? 1 : 0), size = n * sizeof(cstn__column_decl);
	cstn__column_decl *decls = cstn__alloc_zero(&features->allocator, size);
	cstn_status status;

	if (!decls)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		int is_text = i >= numbers && i < texts;

		decls[i].name = i < names->d  ? names->numbers[i]
				: i < numbers ? names->weight
				: is_text     ? names->categories[i - numbers]
					      : names->margin;
		decls[i].accept = is_text ? CSTN__ACCEPT_KEY | CSTN__ACCEPT(CSTN_TYPE_FLAG)
					  : CSTN__ACCEPT(CSTN_TYPE_DOUBLE) |
								  CSTN__ACCEPT(CSTN_TYPE_DECIMAL);
		decls[i].scale = -1;
		decls[i].required = 1;
		decls[i].nullable = features->impute && (i < names->d || is_text);
	}
	status = cstn__bind_stream(&features->stream, decls, n, binding, &features->allocator,
			&features->bound, error);
	cstn__free(&features->allocator, decls, size);
	return status;
}

/* Until there are `rows`, or no more: CSTN_DONE. */
static cstn_status pull(cstn__features *features, uint64_t rows, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	while (features->n < rows && !features->ended) {
		cstn__feature_batch *held;
		struct ArrowArray array;

		status = cstn__stream_next(&features->stream, &array, error);
		features->ended = status == CSTN_DONE;
		if (status != CSTN_OK)
			break;
		if (cstn__array_reserve(&features->allocator, &features->batches, 1)) {
			array.release(&array);
			return cstn__fail_nomem(error);
		}
		held = &features->batches.items[features->batches.count];
		held->first_row = features->n;
		status = cstn__bound_batch(features->bound, &array, &held->batch, error);
		if (status != CSTN_OK) {
			array.release(&array);
			return status;
		}
		held->array = array;
		features->batches.count++;
		features->n += (uint64_t)held->batch.length;
		if (features->n >= UINT32_MAX)
			return cstn__fail(error, CSTN_E_LIMIT,
					"more than 2^32 - 2 rows; cluster parts of them");
	}
	return status == CSTN_OK && features->ended ? CSTN_DONE : status;
}

static void let_go(cstn__features *features)
{
	size_t i;

	for (i = 0; i < features->batches.count; i++) {
		cstn__batch_free(features->bound, &features->batches.items[i].batch);
		features->batches.items[i].array.release(&features->batches.items[i].array);
	}
	cstn__free(&features->allocator, features->bad, (features->n + 63) / 64 * 8);
	cstn__free(&features->allocator, features->weights, features->n * sizeof(uint32_t));
	features->batches.count = 0;
	features->bad = NULL;
	features->weights = NULL;
}

cstn_status cstn__features_begin(cstn__features *features, struct ArrowArrayStream *rows,
		const cstn__feature_names *names, int impute, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(features, 0, sizeof(*features));
	features->allocator = *allocator;
	features->d = names->d;
	features->m = names->m;
	features->has_weight = names->weight != NULL;
	features->has_margin = names->margin != NULL;
	features->impute = impute;
	features->weight_unit = 1.0;
	features->stream = *rows;
	rows->release = NULL;
	return bind(features, names, binding, error);
}

cstn_status cstn__features_open(cstn__features *features, struct ArrowArrayStream *rows,
		const cstn__feature_names *names, int impute, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn_status status = cstn__features_begin(
			features, rows, names, impute, binding, allocator, error);

	if (status == CSTN_OK)
		status = pull(features, UINT64_MAX, error);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__features_more(cstn__features *features, uint64_t rows, cstn_error **error)
{
	cstn_status status;

	let_go(features);
	features->before += features->n;
	features->n = features->n_bad = features->n_null = 0;
	features->weight = 0;
	features->weight_unit = 1.0;
	status = pull(features, rows, error);
	return status == CSTN_DONE && features->n ? CSTN_OK : status;
}

void cstn__features_free(cstn__features *features)
{
	let_go(features);
	cstn__array_free(&features->allocator, &features->batches);
	cstn__bound_free(features->bound);
	if (features->stream.release)
		features->stream.release(&features->stream);
	memset(features, 0, sizeof(*features));
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* The batch that holds row `row`. */
static size_t find_batch(const cstn__features *features, uint64_t row)
{
	size_t low = 0, high = features->batches.count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (features->batches.items[middle].first_row <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

typedef struct reading {
	const cstn__features *features;
	size_t column;
	double *out;
	uint8_t *bad, *null; /* may be NULL */
	cstn__row_sink *sink;
	double least; /* values must be above; else `code` */
	int32_t code, reserved;
	double fill;
} reading;

/* Rows of one batch, from the block's row `at` on. */
static cstn_status read_piece(const reading *in, const cstn__feature_batch *held, int64_t start,
		int32_t n, int32_t at)
{
	const cstn__column *column = &held->batch.columns[in->column];
	uint64_t valid[BLOCK / 64], bad[BLOCK / 64] = {0};
	uint64_t first_row = in->features->before + held->first_row;
	double *out = in->out + at;
	cstn_status status = cstn__column_read_f64(
			column, start, n, first_row, out, valid, bad, in->sink);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		int is_bad = bad[i / 64] >> (i % 64) & 1, is_valid = valid[i / 64] >> (i % 64) & 1;

		if (is_valid && !(fabs(out[i]) <= CSTN__FEATURE_LIMIT && out[i] > in->least)) {
			int32_t code = fabs(out[i]) <= CSTN__FEATURE_LIMIT ? in->code
									   : CSTN_ROW_RANGE;
			char buffer[32];
			size_t len = 0;

			is_bad = 1;
			if (in->sink) {
				len = cstn__format_double(out[i], buffer);
				status = cstn__row_sink_add(in->sink,
						first_row + (uint64_t)(start + i), column->field,
						column->name, code, buffer, len);
			}
		}
		if (is_bad)
			out[i] = 0.0;
		else if (!is_valid)
			out[i] = in->fill;
		if (in->bad && is_bad)
			in->bad[at + i] = 1;
		if (in->null && !is_bad && !is_valid)
			in->null[at + i] = 1;
	}
	return status;
}

static cstn_status read_block(const reading *in, uint64_t start, int32_t n)
{
	size_t b = find_batch(in->features, start);
	int32_t done = 0;
	cstn_status status = CSTN_OK;

	while (done < n && status == CSTN_OK) {
		const cstn__feature_batch *held = &in->features->batches.items[b++];
		int64_t from = (int64_t)(start + (uint64_t)done - held->first_row);
		int64_t left = held->batch.length - from;
		int32_t take = left < n - done ? (int32_t)left : n - done;

		if (take > 0)
			status = read_piece(in, held, from, take, done);
		done += take;
	}
	return status;
}

cstn_status cstn__features_read(const cstn__features *features, size_t column, uint64_t start,
		int32_t n, double fill, double *out)
{
	reading in = {features, column, out, NULL, NULL, NULL, -(double)INFINITY, 0, 0, fill};

	return read_block(&in, start, n);
}

/* --- the check -------------------------------------------------------------------------------- */

typedef struct check_worker {
	cstn__row_sink *sink;
	uint64_t bad, null;
	double heaviest;
	int fractions;
} check_worker;

typedef struct checking {
	cstn__features *features;
	uint64_t *bad;
	check_worker *workers;
	cstn_progress *progress;
} checking;

static cstn_status check_block(checking *run, check_worker *worker, uint64_t start, int32_t n)
{
	cstn__features *features = run->features;
	double values[BLOCK];
	uint8_t bad[BLOCK] = {0}, null[BLOCK] = {0};
	reading in = {features, 0, values, bad, null, worker->sink, -(double)INFINITY,
			CSTN_ROW_RANGE, 0, 0.0};
	cstn_status status = CSTN_OK;
	int32_t i;

	for (in.column = 0; in.column < features->d && status == CSTN_OK; in.column++) {
		uint32_t steps = features->steps ? features->steps[in.column] : 0;

		in.least = steps & CSTN_TRANSFORM_LOG1P ? -1.0 : -(double)INFINITY;
		status = read_block(&in, start, n);
		for (i = 0; i < n; i++) {
			worker->null += null[i];
			null[i] = 0;
		}
	}
	if (features->has_weight && status == CSTN_OK) {
		in.column = features->d;
		in.least = 0.0;
		in.code = CSTN_ROW_NOT_POSITIVE;
		status = read_block(&in, start, n);
		for (i = 0; i < n; i++)
			if (!bad[i]) {
				worker->fractions |= values[i] != floor(values[i]);
				worker->heaviest = fmax(worker->heaviest, values[i]);
			}
	}
	if (features->has_margin && status == CSTN_OK) {
		in.column = cstn__features_margin(features);
		in.least = -(double)INFINITY;
		in.code = CSTN_ROW_RANGE;
		in.null = NULL;
		status = read_block(&in, start, n);
	}
	for (i = 0; i < n; i++)
		if (bad[i]) {
			run->bad[(start + (uint64_t)i) / 64] |= UINT64_C(1)
								<< ((start + (uint64_t)i) % 64);
			worker->bad++;
		}
	return status;
}

static cstn_status check_morsel(void *context, size_t morsel, int32_t number)
{
	checking *run = context;
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	cstn_status status = CSTN_OK;

	if (end > run->features->n)
		end = run->features->n;
	for (; start < end && status == CSTN_OK; start += BLOCK)
		status = check_block(run, &run->workers[number], start,
				end - start < BLOCK ? (int32_t)(end - start) : BLOCK);
	return status;
}

/* Weights as whole numbers of 32 bits. */
static cstn_status read_weights(
		cstn__features *features, double heaviest, int fractions, cstn_error **error)
{
	uint64_t start, total = 0;
	double values[BLOCK];
	int32_t i, n, exponent = 0;

	if (!features->has_weight && !features->n_bad) {
		features->weight = features->n;
		return CSTN_OK;
	}
	features->weights = cstn__alloc_zero(
			&features->allocator, cstn__array_size(features->n, sizeof(uint32_t)));
	if (!features->weights)
		return cstn__fail_nomem(error);
	if (fractions || heaviest > UINT32_MAX) {
		(void)frexp(heaviest, &exponent);
		exponent = 31 - exponent;
	}
	features->weight_unit = ldexp(1.0, -exponent);
	for (start = 0; start < features->n; start += BLOCK) {
		n = features->n - start < BLOCK ? (int32_t)(features->n - start) : BLOCK;
		for (i = 0; i < n; i++)
			values[i] = 1.0;
		if (features->has_weight) {
			cstn_status status = cstn__features_read(
					features, features->d, start, n, 0.0, values);

			if (status != CSTN_OK)
				return cstn__fail_nomem(error);
		}
		for (i = 0; i < n; i++) {
			double weight = floor(ldexp(values[i], exponent) + 0.5);

			if (cstn__features_is_bad(features, start + (uint64_t)i))
				continue;
			features->weights[start + (uint64_t)i] =
					weight < 1.0 ? 1 : (uint32_t)weight;
			total += features->weights[start + (uint64_t)i];
		}
	}
	features->weight = total;
	return CSTN_OK;
}

static cstn_status check_all(
		checking *run, int32_t threads, cstn__row_sink *sink, cstn_error **error)
{
	cstn__features *features = run->features;
	size_t morsels = (features->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	double heaviest = 0.0;
	int fractions = 0;
	cstn_status status = CSTN_OK;
	int32_t t;

	for (t = 0; t < threads && status == CSTN_OK; t++)
		status = cstn__row_sink_new(&features->allocator, &run->workers[t].sink, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(morsels, threads, run->progress, check_morsel, run);
	for (t = 0; t < threads && status == CSTN_OK; t++) {
		features->n_bad += run->workers[t].bad;
		features->n_null += run->workers[t].null;
		heaviest = fmax(heaviest, run->workers[t].heaviest);
		fractions |= run->workers[t].fractions;
		status = cstn__row_sink_merge(sink, run->workers[t].sink);
	}
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	if (features->n_bad) {
		features->bad = run->bad;
		run->bad = NULL;
	}
	return read_weights(features, heaviest, fractions, error);
}

cstn_status cstn__features_check(cstn__features *features, const uint32_t *steps, int32_t threads,
		cstn_progress *progress, cstn__row_sink *sink, cstn_error **error)
{
	size_t morsels = (features->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	size_t bits = (features->n + 63) / 64 * 8, size;
	checking run = {features, NULL, NULL, progress};
	cstn_status status;
	int32_t t;

	threads = cstn__threads_resolve(threads, morsels);
	size = (size_t)threads * sizeof(check_worker);
	features->steps = steps;
	run.bad = cstn__alloc_zero(&features->allocator, bits);
	run.workers = cstn__alloc_zero(&features->allocator, size);
	status = run.bad && run.workers ? check_all(&run, threads, sink, error)
					: cstn__fail_nomem(error);
	for (t = 0; t < threads && run.workers; t++)
		cstn__row_sink_free(run.workers[t].sink);
	cstn__free(&features->allocator, run.workers, size);
	cstn__free(&features->allocator, run.bad, bits);
	return status;
}

int cstn__features_leave_out(cstn__features *features, uint64_t row)
{
	const cstn_allocator *allocator = &features->allocator;
	uint64_t bit = UINT64_C(1) << (row % 64), i;

	if (!features->bad)
		features->bad = cstn__alloc_zero(allocator, (features->n + 63) / 64 * 8);
	if (!features->weights) {
		features->weights = cstn__alloc(
				allocator, cstn__array_size(features->n, sizeof(uint32_t)));
		for (i = 0; features->weights && i < features->n; i++)
			features->weights[i] = 1;
	}
	if (!features->bad || !features->weights)
		return -1;
	if (features->bad[row / 64] & bit)
		return 0;
	features->bad[row / 64] |= bit;
	features->n_bad++;
	features->weight -= features->weights[row];
	features->weights[row] = 0;
	return 0;
}

cstn_status cstn__features_read_transformed(const cstn__features *features,
		const cstn__transform *transforms, int simd, uint64_t start, int32_t n, double *out)
{
	size_t l;

	for (l = 0; l < features->d; l++, out += CSTN__FEATURE_BLOCK) {
		cstn_status status =
				cstn__features_read(features, l, start, n, transforms[l].fill, out);

		if (status != CSTN_OK)
			return status;
		cstn__transform_apply(&transforms[l], simd, out, (size_t)n);
	}
	return CSTN_OK;
}
