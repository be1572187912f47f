/* Shapley values (Shapley 1953): what a player adds, on average over all orders in which players
 * may come.
 *
 * Exact: every subset with its weight, 2^g g steps. Sampled: each permutation is walked forth and
 * back (antithetic), and the two walks are one observation, so that the standard error is that of
 * the pairs. What the walks add is a loss of nobody less that of all, whatever the permutation:
 * values always add up. */
#include <math.h>

#include "base/map.h"
#include "base/shuffle.h"
#include "demand/signals.h"

void cstn__shapley_exact(const double *loss, size_t g, double *out)
{
	double weight[CSTN_SIGNAL_GROUPS_EXACT];
	size_t mask, i;

	/* k! (g - 1 - k)! / g!, k players being there already */
	for (i = 0; i < g; i++)
		weight[i] = i ? weight[i - 1] * (double)i / (double)(g - i) : 1 / (double)g;
	for (i = 0; i < g; i++) {
		double sum = 0;

		for (mask = 0; mask < (size_t)1 << g; mask++)
			if (!(mask >> i & 1))
				sum += weight[__builtin_popcountll(mask)] *
				       (loss[mask] - loss[mask | (size_t)1 << i]);
		out[i] = sum;
	}
}

/* Losses that were asked for before. */
typedef struct remembered {
	cstn__coalition_loss loss;
	void *context;
	cstn_allocator allocator;
	cstn__i64_map map;
	CSTN__ARRAY(double) values;
} remembered;

static int loss_of(remembered *memory, uint64_t mask, double *out)
{
	uint32_t at = cstn__i64_map_intern(
			&memory->map, (int64_t)mask, (uint32_t)memory->values.count);
	double value;

	if (at == UINT32_MAX)
		return -1;
	if (at == memory->values.count) {
		if (cstn__array_reserve(&memory->allocator, &memory->values, 1) ||
				memory->loss(memory->context, mask, &value))
			return -1;
		memory->values.items[memory->values.count++] = value;
	}
	*out = memory->values.items[at];
	return 0;
}

/* Players in the order of `player`, or in the opposite one; what each adds goes to `sum`. */
static int walk(remembered *memory, const uint8_t *player, size_t g, int back, double *sum)
{
	uint64_t mask = 0;
	double before, after;
	size_t i;

	if (loss_of(memory, 0, &before))
		return -1;
	for (i = 0; i < g; i++) {
		size_t who = player[back ? g - 1 - i : i];

		mask |= UINT64_C(1) << who;
		if (loss_of(memory, mask, &after))
			return -1;
		sum[who] += before - after;
		before = after;
	}
	return 0;
}

static int sample(remembered *memory, size_t g, size_t pairs, uint64_t seed, double *mean,
		double *square)
{
	uint8_t player[CSTN_SIGNALS_MOST];
	double sum[CSTN_SIGNALS_MOST];
	size_t pair, i;

	for (pair = 0; pair < pairs; pair++) {
		for (i = 0; i < g; i++)
			sum[i] = 0;
		cstn__shuffle(player, g, seed, pair);
		if (walk(memory, player, g, 0, sum) || walk(memory, player, g, 1, sum))
			return -1;
		for (i = 0; i < g; i++) { /* Welford */
			double value = sum[i] / 2, change = value - mean[i];

			mean[i] += change / (double)(pair + 1);
			square[i] += change * (value - mean[i]);
		}
	}
	return 0;
}

int cstn__shapley_sampled(cstn__coalition_loss loss, void *context, size_t g, size_t permutations,
		uint64_t seed, const cstn_allocator *allocator, double *out, double *error)
{
	size_t pairs = (permutations + 1) / 2, i;
	double mean[CSTN_SIGNALS_MOST] = {0}, square[CSTN_SIGNALS_MOST] = {0};
	remembered memory = {loss, context, *allocator, {{0}, NULL, 0, 0, 0}, {NULL, 0, 0}};
	int failed;

	cstn__i64_map_init(&memory.map, allocator, 0);
	failed = sample(&memory, g, pairs, seed, mean, square);
	for (i = 0; i < g && !failed; i++) {
		out[i] = mean[i];
		error[i] = pairs > 1 ? sqrt(square[i] / (double)(pairs - 1) / (double)pairs)
				     : (double)NAN;
	}
	cstn__i64_map_free(&memory.map);
	cstn__array_free(allocator, &memory.values);
	return failed;
}
