/* Shares of what a coalition is worth (Shapley 1953), in whole numbers.
 *
 * Exact: the weight of a coalition of k others is k! (n - 1 - k)! over n!, so that every numerator
 * is a sum of products of whole numbers: below 12! x 2^64. Sampled: orders are walked forth and
 * back, and each walk adds up to the value of all; sums are whole numbers, spreads are kept a
 * morsel of orders and merged in the order of the morsels, so that the bytes are those of one
 * thread. Memory: 2^n values if they have to be asked for, or a few numbers a player and morsel. */
#include <math.h>
#include <string.h>

#include <constellation/data_value.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/shuffle.h"

#define EXACT CSTN_SHAPLEY_EXACT_MOST
#define MOST CSTN_SHAPLEY_PLAYERS_MOST
#define PAIRS_A_MORSEL 256
#define PERMUTATIONS_USUAL 10000
#define PERMUTATIONS_MOST (INT64_C(1) << 31)

static cstn_status ask(
		const cstn_shapley_options *o, uint64_t coalition, int64_t *out, cstn_error **error)
{
	*out = 0;
	if (o->values)
		*out = o->values[coalition];
	else if (coalition && o->value(o->user, coalition, out))
		return cstn__fail(error, CSTN_E_IO, "the value function failed for coalition %llx",
				(unsigned long long)coalition);
	return CSTN_OK;
}

/* --- shares of numerators --------------------------------------------------------------------- */

static cstn__i128 floor_div(cstn__i128 a, cstn__i128 b)
{
	return a / b - (a % b < 0);
}

/* Numerators over one denominator that add up to a whole: in whole units by largest remainders. */
static void share_out(
		const cstn__i128 *numerator, int64_t denominator, size_t n, cstn_shapley_share *out)
{
	cstn__i128 left = 0;
	size_t i, best;

	for (i = 0; i < n; i++) {
		cstn__i128 whole = floor_div(numerator[i], denominator);

		out[i].numerator_high = (int64_t)(numerator[i] >> 64);
		out[i].numerator_low = (uint64_t)numerator[i];
		out[i].denominator = denominator;
		out[i].value = (double)numerator[i] / (double)denominator;
		/* a share of a sum of differences of int64 may be beyond it by a hair: cut */
		out[i].whole = whole > INT64_MAX   ? INT64_MAX
			       : whole < INT64_MIN ? INT64_MIN
						   : (int64_t)whole;
		left += numerator[i] - whole * denominator;
	}
	for (left /= denominator; left > 0; left--) {
		cstn__i128 most = -1;

		for (i = 0, best = 0; i < n; i++) {
			/* what was rounded up already is below its whole: its rest is not above 0
			 */
			cstn__i128 rest = numerator[i] - (cstn__i128)out[i].whole * denominator;

			if (rest > most) {
				most = rest;
				best = i;
			}
		}
		out[best].whole++;
	}
}

/* --- exact ------------------------------------------------------------------------------------ */

static cstn_status exact(
		const cstn_shapley_options *o, const int64_t *values, cstn_shapley_share *out)
{
	size_t n = (size_t)o->players, i, mask;
	cstn__i128 numerator[EXACT] = {0};
	int64_t factorial[EXACT + 1] = {1};

	for (i = 1; i <= n; i++)
		factorial[i] = factorial[i - 1] * (int64_t)i;
	for (i = 0; i < n; i++)
		for (mask = 0; mask < (size_t)1 << n; mask++) {
			int others = __builtin_popcountll(mask);

			if (mask >> i & 1)
				continue;
			numerator[i] += (cstn__i128)(factorial[others] *
							factorial[n - 1 - (size_t)others]) *
					((cstn__i128)values[mask | (size_t)1 << i] - values[mask]);
		}
	share_out(numerator, factorial[n], n, out);
	for (i = 0; i < n; i++)
		out[i].standard_error = 0;
	return CSTN_OK;
}

static cstn_status ask_all_and_share(const cstn_shapley_options *o, const cstn_allocator *allocator,
		cstn_shapley_share *out, cstn_error **error)
{
	size_t n = (size_t)1 << o->players, size = cstn__array_size(n, sizeof(int64_t)), i;
	int64_t *values;
	cstn_status status = CSTN_OK;

	if (o->values)
		return exact(o, o->values, out);
	values = cstn__alloc(allocator, size);
	if (!values)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = ask(o, i, &values[i], error);
	if (status == CSTN_OK)
		status = exact(o, values, out);
	cstn__free(allocator, values, size);
	return status;
}

/* --- sampled ---------------------------------------------------------------------------------- */

/* What a morsel of pairs of walks has found: sums, and the spread of the pairs' means (Welford). */
typedef struct walked {
	cstn__i128 sum[MOST];
	double mean[MOST], square[MOST];
	int64_t pairs;
} walked;

typedef struct sampling {
	const cstn_shapley_options *options;
	int64_t pairs;
	walked *morsels;
} sampling;

/* One walk: what each player adds when they come in this order. */
static cstn_status walk(const cstn_shapley_options *o, const uint8_t *player, int back,
		cstn__i128 *sum, cstn_error **error)
{
	size_t n = (size_t)o->players, i;
	uint64_t coalition = 0;
	int64_t before = 0, after;

	for (i = 0; i < n; i++) {
		size_t who = player[back ? n - 1 - i : i];
		cstn_status status;

		coalition |= UINT64_C(1) << who;
		status = ask(o, coalition, &after, error);
		if (status != CSTN_OK)
			return status;
		sum[who] += (cstn__i128)after - before;
		before = after;
	}
	return CSTN_OK;
}

static cstn_status walk_morsel(void *context, size_t morsel, cstn_error **error)
{
	sampling *s = context;
	walked *w = &s->morsels[morsel];
	int64_t from = (int64_t)morsel * PAIRS_A_MORSEL, pair;
	size_t n = (size_t)s->options->players, i;
	uint8_t player[MOST];

	for (pair = from; pair < from + PAIRS_A_MORSEL && pair < s->pairs; pair++) {
		cstn__i128 sum[MOST] = {0};
		cstn_status status;

		cstn__shuffle(player, n, s->options->seed, (uint64_t)pair);
		status = walk(s->options, player, 0, sum, error);
		if (status == CSTN_OK)
			status = walk(s->options, player, 1, sum, error);
		if (status != CSTN_OK)
			return status;
		w->pairs++;
		for (i = 0; i < n; i++) {
			double value = (double)sum[i] / 2, change = value - w->mean[i];

			w->sum[i] += sum[i];
			w->mean[i] += change / (double)w->pairs;
			w->square[i] += change * (value - w->mean[i]);
		}
	}
	cstn__progress_add(s->options->progress, 2 * (uint64_t)w->pairs);
	return CSTN_OK;
}

/* Two spreads as one (Chan, Golub and LeVeque, 1983). */
static void merge(walked *into, const walked *from, size_t n)
{
	double a = (double)into->pairs, b = (double)from->pairs;
	size_t i;

	for (i = 0; i < n; i++) {
		double change = from->mean[i] - into->mean[i];

		into->sum[i] += from->sum[i];
		into->mean[i] += change * b / (a + b);
		into->square[i] += from->square[i] + change * change * a * b / (a + b);
	}
	into->pairs += from->pairs;
}

static cstn_status sample(const cstn_shapley_options *o, const cstn_allocator *allocator,
		cstn_shapley_share *out, cstn_error **error)
{
	int64_t permutations = o->permutations ? o->permutations : PERMUTATIONS_USUAL;
	sampling s = {o, (permutations + 1) / 2, NULL};
	size_t n = (size_t)o->players, i;
	size_t morsels = (size_t)((s.pairs + PAIRS_A_MORSEL - 1) / PAIRS_A_MORSEL);
	size_t size = cstn__array_size(morsels, sizeof(*s.morsels));
	cstn_status status;

	s.morsels = cstn__alloc_zero(allocator, size);
	if (!s.morsels)
		return cstn__fail_nomem(error);
	cstn__progress_set_total(o->progress, 2 * (uint64_t)s.pairs);
	status = cstn__parallel_try(morsels, cstn__threads_resolve(o->threads, morsels),
			o->progress, walk_morsel, &s, error);
	if (status == CSTN_OK) {
		for (i = 1; i < morsels; i++)
			merge(&s.morsels[0], &s.morsels[i], n);
		share_out(s.morsels[0].sum, 2 * s.pairs, n, out);
		for (i = 0; i < n; i++)
			out[i].standard_error =
					s.pairs > 1 ? sqrt(s.morsels[0].square[i] /
								      (double)(s.pairs - 1) /
								      (double)s.pairs)
						    : (double)NAN;
	}
	cstn__free(allocator, s.morsels, size);
	return status;
}

/* --- the call --------------------------------------------------------------------------------- */

cstn_status cstn_value_shapley(
		const cstn_shapley_options *options, cstn_shapley_share *out, cstn_error **error)
{
	cstn_shapley_options o;
	cstn_allocator allocator;
	cstn_status status = cstn__options_read(options, sizeof(o), sizeof(o), CSTN_SHAPLEY_SAMPLE,
			"cstn_shapley_options", &o, error);

	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK && (o.players < 1 || o.players > MOST ||
						 (o.values && o.players > CSTN_SHAPLEY_TABLE_MOST)))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%d players (1 to %d, with a table of values to %d)", o.players,
				MOST, CSTN_SHAPLEY_TABLE_MOST);
	if (status == CSTN_OK && (o.values == NULL) == (o.value == NULL))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"either values are given, or a function of them");
	if (status == CSTN_OK && o.values && o.values[0])
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"nobody is worth %lld; 0 expected", (long long)o.values[0]);
	if (status == CSTN_OK && o.permutations &&
			(o.permutations < 2 || o.permutations > PERMUTATIONS_MOST))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%lld permutations (2 to 2^31)",
				(long long)o.permutations);
	if (status == CSTN_OK)
		status = cstn__allocator_read(o.allocator, &allocator, error);
	if (status != CSTN_OK)
		return status;
	if (o.players <= EXACT && !(o.flags & CSTN_SHAPLEY_SAMPLE))
		return ask_all_and_share(&o, &allocator, out, error);
	return sample(&o, &allocator, out, error);
}
