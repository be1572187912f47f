/* Boosting: each tree is fitted to the gradients that the trees before it left.
 *
 * Gradients of a round are whole numbers of one step, a power of two, so the sums of a histogram
 * are exact: their order, and so the number of threads, changes nothing. One 64-bit word of a bin
 * holds the sum of gradients above and the count of rows below; losses with a curvature have a
 * second one. The leaf that gains most is cut next; of its two halves the smaller is counted, the
 * larger is what remains of the parent. About 1 ns a row, column and level of a tree. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/error.h"
#include "base/parallel.h"
#include "demand/trees.h"

#define MORSEL 16384
#define AHEAD 12 /* rows fetched before they are needed */
#define BINS CSTN__BINS_MOST

typedef struct node_split {
	double gain;
	size_t column, bin;
	size_t rows;           /* left of it */
	int64_t first, second; /* sums of the lanes left of it */
} node_split;

typedef struct leaf {
	size_t start, n;
	uint16_t node;
	int64_t first, second; /* sums of its lanes; `first` without counts */
	node_split best;
} leaf;

typedef struct fit {
	const cstn__boost *boost;
	const cstn__bins *bins;
	const uint8_t *rows;
	const double *y;
	cstn__trees *trees;
	cstn_allocator memory;
	size_t n, lanes, width; /* `width`: words of a histogram */
	int32_t threads;
	int count_bits, gradient_bits;
	double first_step, second_step; /* what a unit of a lane is worth */
	double *score;                  /* of each row */
	int64_t *first, *second;        /* lanes of each row */
	uint32_t *order, *other;        /* rows by leaf; room to part them */
	uint8_t *by_byte;               /* the rows' bytes once more: the first of each, ... */
	int64_t *histograms;            /* one a leaf, and one a thread */
	double *most;                   /* largest gradient and curvature a thread has seen */
	leaf leaves[CSTN__TREE_LEAVES_MOST];
	size_t n_leaves;
	/* what a parallel pass works on */
	size_t start, count, root;
} fit;

static int64_t *histogram(const fit *work, size_t slot)
{
	return work->histograms + slot * work->width;
}

/* --- gradients --- */

/* Gradient and curvature of a row. */
static void derive(const fit *work, size_t i, double *first, double *second)
{
	double f = work->score[i], y = work->y[i];

	switch (work->boost->loss) {
	case CSTN__LOSS_POISSON: {
		double mean = cstn__exp(f);

		*first = mean - y;
		*second = mean;
		break;
	}
	case CSTN__LOSS_TWEEDIE: { /* power 1.5 */
		double up = cstn__exp(0.5 * f), down = y / up;

		*first = up - down;
		*second = 0.5 * (up + down);
		break;
	}
	default:
		*first = f - y;
		*second = 1.0;
		break;
	}
}

/* The power of two that makes `most` less than 2^bits. */
static double step_of(double most, int bits)
{
	int exponent = 0;

	(void)frexp(most, &exponent);
	return most > 0.0 ? ldexp(1.0, exponent - bits) : 1.0;
}

/* The nearest whole number, halves up, of what is far below 2^62. */
static int64_t nearest(double x)
{
	const double half_up = x + 0.5;
	const int64_t towards_zero = (int64_t)half_up;

	return towards_zero - ((double)towards_zero > half_up);
}

static size_t end_of(const fit *work, size_t morsel)
{
	return (morsel + 1) * MORSEL < work->n ? (morsel + 1) * MORSEL : work->n;
}

static cstn_status measure_morsel(void *context, size_t morsel, int32_t worker)
{
	fit *work = context;
	const size_t end = end_of(work, morsel);
	double *most = work->most + 2 * (size_t)worker, a, b;
	size_t i;

	for (i = morsel * MORSEL; i < end; i++) {
		derive(work, i, &a, &b);
		most[0] = fabs(a) > most[0] ? fabs(a) : most[0];
		most[1] = b > most[1] ? b : most[1];
	}
	return CSTN_OK;
}

static cstn_status quantise_morsel(void *context, size_t morsel, int32_t worker)
{
	fit *work = context;
	const int64_t unit = INT64_C(1) << work->count_bits;
	const size_t end = end_of(work, morsel);
	double a, b;
	size_t i;

	(void)worker;
	for (i = morsel * MORSEL; i < end; i++) {
		derive(work, i, &a, &b);
		work->first[i] = nearest(a / work->first_step) * unit + 1;
		if (work->lanes > 1)
			work->second[i] = nearest(b / work->second_step);
	}
	return CSTN_OK;
}

static cstn_status gradients(fit *work)
{
	const size_t morsels = (work->n + MORSEL - 1) / MORSEL;
	double most_first = 0.0, most_second = 0.0;
	cstn_status status;
	int32_t t;

	memset(work->most, 0, 2 * (size_t)work->threads * sizeof(*work->most));
	status = cstn__parallel_for(morsels, work->threads, NULL, measure_morsel, work);
	for (t = 0; t < work->threads; t++) {
		const double *most = work->most + 2 * t;

		most_first = most[0] > most_first ? most[0] : most_first;
		most_second = most[1] > most_second ? most[1] : most_second;
	}
	work->first_step = step_of(most_first, work->gradient_bits);
	work->second_step = work->lanes > 1 ? step_of(most_second, work->gradient_bits) : 1.0;
	return status != CSTN_OK ? status
				 : cstn__parallel_for(morsels, work->threads, NULL, quantise_morsel,
						   work);
}

/* --- histograms --- */

static void count_rows(const fit *work, size_t from, size_t to, int64_t *out)
{
	const size_t stride = work->bins->stride, bytes = work->bins->bytes;
	size_t i, c;

	for (i = from; i < to; i++) {
		const size_t row = work->order[i];
		const uint8_t *x = work->rows + row * stride;
		const int64_t first = work->first[row];

		if (i + AHEAD < to) {
			const size_t next = work->order[i + AHEAD];

			__builtin_prefetch(work->rows + next * stride);
			__builtin_prefetch(work->first + next);
		}
		for (c = 0; c < bytes; c++)
			out[c * BINS + x[c]] += first;
		if (work->lanes > 1) {
			int64_t *high = out + bytes * BINS;
			const int64_t second = work->second[row];

			for (c = 0; c < bytes; c++)
				high[c * BINS + x[c]] += second;
		}
	}
}

static cstn_status count_morsel(void *context, size_t morsel, int32_t worker)
{
	fit *work = context;
	const size_t from = work->start + morsel * MORSEL, end = work->start + work->count;

	count_rows(work, from, from + MORSEL < end ? from + MORSEL : end,
			histogram(work, (size_t)work->boost->leaves + (size_t)worker));
	return CSTN_OK;
}

/* Histogram of the rows of a leaf, in its slot. */
static cstn_status count_leaf(fit *work, size_t slot, size_t start, size_t n)
{
	int64_t *out = histogram(work, slot);
	const size_t morsels = (n + MORSEL - 1) / MORSEL;
	int32_t worker;
	cstn_status status;
	size_t i;

	memset(out, 0, work->width * sizeof(*out));
	if (morsels < 3 || work->threads < 2) {
		count_rows(work, start, start + n, out);
		return CSTN_OK;
	}
	work->start = start;
	work->count = n;
	memset(histogram(work, (size_t)work->boost->leaves), 0,
			(size_t)work->threads * work->width * sizeof(*out));
	status = cstn__parallel_for(morsels, work->threads, NULL, count_morsel, work);
	for (worker = 0; worker < work->threads; worker++) {
		const int64_t *part = histogram(work, (size_t)work->boost->leaves + (size_t)worker);

		for (i = 0; i < work->width; i++)
			out[i] += part[i];
	}
	return status;
}

/* --- cuts --- */

static double worth(const fit *work, int64_t first, int64_t second, size_t rows)
{
	double g = (double)first; /* in steps, so that no square runs over */
	double h = work->lanes > 1 ? (double)second * work->second_step : (double)rows;

	return g * g / (h + work->boost->l2);
}

/* The sum above the counts. */
static int64_t without_count(const fit *work, int64_t sum, int64_t count)
{
	return (sum - count) >> work->count_bits; /* what is shifted out is 0 */
}

/* Sums of a column's bins; in `room` where it shares its byte. */
static const int64_t *sums_of(const fit *work, const int64_t *lane, size_t c, int64_t *room)
{
	const cstn__bins *bins = work->bins;
	const int64_t *cells = lane + bins->byte[c] * (size_t)BINS;
	const uint8_t *bin = bins->bin + c * BINS;
	size_t k;

	if (bins->cells[bins->byte[c]] == bins->count[c] + 1)
		return cells;
	memset(room, 0, BINS * sizeof(*room));
	for (k = 0; k < bins->cells[bins->byte[c]]; k++)
		room[bin[k]] += cells[k];
	return room;
}

/* The cut of a leaf that gains most; ties go to the lower column and bin. */
static void find_best(const fit *work, const int64_t *bins, leaf *of)
{
	int64_t room[2][BINS];
	const int64_t count_mask = (INT64_C(1) << work->count_bits) - 1;
	const size_t least = (size_t)work->boost->min_rows;
	const double whole = worth(work, of->first, of->second, of->n);
	size_t c, b;

	of->best.gain = 0.0;
	if (of->n < 2 * least)
		return;
	for (c = 0; c < work->bins->columns; c++) {
		const int64_t *low = sums_of(work, bins, c, room[0]), *high = NULL;
		int64_t first = 0, second = 0;
		size_t rows = 0;

		if (work->lanes > 1)
			high = sums_of(work, bins + work->width / 2, c, room[1]);
		for (b = 0; b < work->bins->count[c]; b++) {
			int64_t count = low[b] & count_mask;
			double gain;

			first += without_count(work, low[b], count);
			second += high != NULL ? high[b] : 0;
			rows += (size_t)count;
			if (count == 0 || rows < least)
				continue;
			if (of->n - rows < least)
				break;
			gain = worth(work, first, second, rows) +
			       worth(work, of->first - first, of->second - second, of->n - rows) -
			       whole;
			if (gain > of->best.gain) {
				node_split best = {gain, c, b, rows, first, second};

				of->best = best;
			}
		}
	}
}

/* Rows of a leaf, those left of its cut first; both parts keep their order. */
static void part(fit *work, const leaf *of)
{
	const uint8_t *column = work->by_byte + work->bins->byte[of->best.column] * work->n;
	const uint8_t *bin = work->bins->bin + of->best.column * BINS;
	uint32_t *left = work->order + of->start, *right = work->other;
	uint8_t goes_left[BINS];
	size_t i;

	for (i = 0; i < BINS; i++)
		goes_left[i] = bin[i] <= of->best.bin;
	for (i = of->start; i < of->start + of->n; i++) {
		const uint32_t row = work->order[i];
		const int is_left = goes_left[column[row]];

		*left = row;
		*right = row;
		left += is_left;
		right += !is_left;
	}
	memcpy(left, work->other, (size_t)(right - work->other) * sizeof(*right));
}

/* --- one tree --- */

static cstn_status split(fit *work, size_t root, leaf *of)
{
	cstn__tree_node *nodes = work->trees->nodes.items + root;
	leaf *added = &work->leaves[work->n_leaves];
	const size_t slot = (size_t)(of - work->leaves), slot_added = work->n_leaves++;
	const node_split best = of->best;
	const uint16_t left = (uint16_t)(work->trees->nodes.count - root);
	size_t smaller, i;
	int64_t *kept, *rest;
	cstn_status status;

	part(work, of);
	nodes[of->node].column = (uint16_t)best.column;
	nodes[of->node].value = work->bins->cuts[best.column * BINS + best.bin];
	nodes[of->node].left = left;
	nodes[of->node].rows = (uint32_t)of->n;
	work->trees->nodes.count += 2;
	*added = *of;
	added->start = of->start + best.rows;
	added->n = of->n - best.rows;
	added->first = of->first - best.first;
	added->second = of->second - best.second;
	added->node = (uint16_t)(left + 1);
	of->n = best.rows;
	of->first = best.first;
	of->second = best.second;
	of->node = left;
	/* The smaller is counted, in the new slot; the parent's becomes the larger. */
	smaller = of->n <= added->n ? slot : slot_added;
	status = count_leaf(work, slot_added, work->leaves[smaller].start, work->leaves[smaller].n);
	if (status != CSTN_OK)
		return status;
	kept = histogram(work, slot);
	rest = histogram(work, slot_added);
	for (i = 0; i < work->width; i++)
		kept[i] -= rest[i];
	if (smaller == slot)
		for (i = 0; i < work->width; i++) {
			int64_t held = kept[i];

			kept[i] = rest[i];
			rest[i] = held;
		}
	find_best(work, kept, of);
	find_best(work, rest, added);
	return CSTN_OK;
}

/* All rows are in one leaf; any byte's cells add up to its sums. */
static cstn_status begin_tree(fit *work)
{
	leaf *root = &work->leaves[0];
	const int64_t *sums = histogram(work, 0);
	int64_t packed = 0;
	cstn_status status;
	size_t i;

	memset(root, 0, sizeof(*root));
	root->n = work->n;
	for (i = 0; i < work->n; i++)
		work->order[i] = (uint32_t)i;
	work->n_leaves = 1;
	status = count_leaf(work, 0, 0, work->n);
	for (i = 0; i < BINS; i++) {
		packed += sums[i];
		root->second += work->lanes > 1 ? sums[work->width / 2 + i] : 0;
	}
	root->first = without_count(work, packed, (int64_t)work->n);
	find_best(work, sums, root);
	return status;
}

/* What a leaf says, to the scores of its rows. */
static cstn_status settle_rows(void *context, size_t k, int32_t worker)
{
	fit *work = context;
	const leaf *of = &work->leaves[k];
	const double value = work->trees->nodes.items[work->root + of->node].value;
	size_t i;

	(void)worker;
	for (i = of->start; i < of->start + of->n; i++)
		work->score[work->order[i]] += value;
	return CSTN_OK;
}

/* What the leaves say, to their nodes and to the scores of their rows. */
static cstn_status settle(fit *work, size_t root)
{
	size_t k;

	for (k = 0; k < work->n_leaves; k++) {
		const leaf *of = &work->leaves[k];
		cstn__tree_node *node = work->trees->nodes.items + root + of->node;
		double h = work->lanes > 1 ? (double)of->second * work->second_step : (double)of->n;

		node->column = CSTN__TREE_LEAF;
		node->left = 0;
		node->rows = (uint32_t)of->n;
		node->value = -work->boost->rate * ((double)of->first * work->first_step) /
			      (h + work->boost->l2);
	}
	work->root = root;
	return cstn__parallel_for(work->n_leaves, work->threads, NULL, settle_rows, work);
}

static cstn_status grow(fit *work)
{
	cstn__trees *trees = work->trees;
	const size_t root = trees->nodes.count;
	cstn_status status;

	if (cstn__array_reserve(&work->memory, &trees->nodes, 2 * (size_t)work->boost->leaves) !=
					0 ||
			cstn__array_reserve(&work->memory, &trees->roots, 1) != 0)
		return CSTN_E_NOMEM;
	trees->roots.items[trees->roots.count++] = (uint32_t)root;
	trees->nodes.count++;
	status = gradients(work);
	if (status == CSTN_OK)
		status = begin_tree(work);
	while (status == CSTN_OK && work->n_leaves < (size_t)work->boost->leaves) {
		leaf *best = &work->leaves[0];
		size_t k;

		for (k = 1; k < work->n_leaves; k++)
			if (work->leaves[k].best.gain > best->best.gain)
				best = &work->leaves[k];
		if (!(best->best.gain > 0.0))
			break;
		status = split(work, root, best);
	}
	return status == CSTN_OK ? settle(work, root) : status;
}

/* --- the fit --- */

/* Rows are counted in the low bits; gradients have what then is left for their sum. */
static void share_bits(fit *work)
{
	work->count_bits = 1;
	while ((work->n >> work->count_bits) != 0)
		work->count_bits++;
	work->gradient_bits = 62 - 2 * work->count_bits;
	if (work->gradient_bits > 30)
		work->gradient_bits = 30;
}

static double start_at(const fit *work)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < work->n; i++)
		sum += work->y[i];
	sum = work->n > 0 ? sum / (double)work->n : 0.0;
	if (work->boost->loss == CSTN__LOSS_SQUARED)
		return sum;
	return cstn__log(sum > 1e-6 ? sum : 1e-6);
}

static size_t slots(const fit *work)
{
	return (size_t)work->boost->leaves + (size_t)work->threads;
}

/* Rows are parted by one byte: together these are read from few lines of memory. */
static cstn_status turn_morsel(void *context, size_t morsel, int32_t worker)
{
	fit *work = context;
	const size_t stride = work->bins->stride, end = end_of(work, morsel);
	size_t c, i;

	(void)worker;
	for (c = 0; c < work->bins->bytes; c++)
		for (i = morsel * MORSEL; i < end; i++)
			work->by_byte[c * work->n + i] = work->rows[i * stride + c];
	return CSTN_OK;
}

static int make_room(fit *work)
{
	const cstn_allocator *memory = &work->memory;
	const size_t n = work->n;

	work->score = cstn__alloc(memory, cstn__array_size(n, sizeof(*work->score)));
	work->first = cstn__alloc(memory, cstn__array_size(n, sizeof(*work->first)));
	work->second = work->lanes > 1 ? cstn__alloc(memory,
							 cstn__array_size(n, sizeof(*work->second)))
				       : NULL;
	work->order = cstn__alloc(memory, cstn__array_size(n, sizeof(*work->order)));
	work->other = cstn__alloc(memory, cstn__array_size(n + 1, sizeof(*work->other)));
	work->by_byte = cstn__alloc(memory, cstn__array_size(n, work->bins->bytes));
	work->histograms = cstn__alloc(memory,
			cstn__array_size(slots(work) * work->width, sizeof(*work->histograms)));
	work->most = cstn__alloc(
			memory, cstn__array_size(2 * (size_t)work->threads, sizeof(*work->most)));
	return work->most != NULL && work->score != NULL && work->first != NULL &&
	       (work->second != NULL || work->lanes < 2) && work->order != NULL &&
	       work->other != NULL && work->by_byte != NULL && work->histograms != NULL;
}

static void leave_room(fit *work)
{
	const cstn_allocator *memory = &work->memory;
	const size_t n = work->n;

	cstn__free(memory, work->most, 2 * (size_t)work->threads * sizeof(*work->most));
	cstn__free(memory, work->score, n * sizeof(*work->score));
	cstn__free(memory, work->first, n * sizeof(*work->first));
	cstn__free(memory, work->second, n * sizeof(*work->second));
	cstn__free(memory, work->order, n * sizeof(*work->order));
	cstn__free(memory, work->other, (n + 1) * sizeof(*work->other));
	cstn__free(memory, work->by_byte, n * work->bins->bytes);
	cstn__free(memory, work->histograms, slots(work) * work->width * sizeof(*work->histograms));
}

cstn_status cstn__trees_fit(cstn__trees *trees, const cstn__boost *boost, const cstn__bins *bins,
		const uint8_t *rows, const double *y, size_t n, const cstn_allocator *allocator,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	fit *work = cstn__alloc_zero(allocator, sizeof(*work));
	int32_t round;
	size_t i;

	memset(trees, 0, sizeof(*trees));
	trees->allocator = *allocator;
	trees->loss = boost->loss;
	trees->columns = bins->columns;
	if (work == NULL)
		return cstn__fail_nomem(error);
	work->boost = boost;
	work->bins = bins;
	work->rows = rows;
	work->y = y;
	work->trees = trees;
	work->memory = *allocator;
	work->n = n;
	work->lanes = boost->loss == CSTN__LOSS_SQUARED ? 1 : 2;
	work->width = work->lanes * bins->bytes * BINS;
	work->threads = cstn__threads_resolve(boost->threads, n / MORSEL + 1);
	share_bits(work);
	trees->base = start_at(work);
	if (!make_room(work))
		status = CSTN_E_NOMEM;
	for (i = 0; status == CSTN_OK && i < n; i++)
		work->score[i] = trees->base;
	if (status == CSTN_OK)
		status = cstn__parallel_for(
				(n + MORSEL - 1) / MORSEL, work->threads, NULL, turn_morsel, work);
	cstn__progress_set_total(progress, (uint64_t)boost->rounds);
	for (round = 0; status == CSTN_OK && n > 0 && round < boost->rounds; round++) {
		status = cstn_progress_is_cancelled(progress) ? CSTN_E_CANCELLED : grow(work);
		cstn__progress_add(progress, 1);
	}
	leave_room(work);
	cstn__free(allocator, work, sizeof(*work));
	if (status == CSTN_OK)
		return CSTN_OK;
	cstn__trees_free(trees);
	return status == CSTN_E_NOMEM
			       ? cstn__fail_nomem(error)
			       : cstn__fail(error, status, "cancelled while trees are grown");
}

void cstn__trees_free(cstn__trees *trees)
{
	cstn__array_free(&trees->allocator, &trees->nodes);
	cstn__array_free(&trees->allocator, &trees->roots);
}

double cstn__trees_at(const cstn__trees *trees, const double *x)
{
	double sum = trees->base;
	size_t i;

	for (i = 0; i < trees->roots.count; i++) {
		const cstn__tree_node *root = trees->nodes.items + trees->roots.items[i];
		const cstn__tree_node *at = root;

		while (at->column != CSTN__TREE_LEAF)
			at = root + at->left + !(x[at->column] <= at->value);
		sum += at->value;
	}
	return trees->loss == CSTN__LOSS_SQUARED ? sum : cstn__exp(sum);
}
