/* Counts of moves and stays, mergeable: integers only, so any split of the customers gives the same
 * summary. Stays in CRISIS are kept by their exact duration, for curves of survival.
 *
 * The matrix of periods counts, for each customer, the stages at the ends of periods that lie
 * as_of - k periods back, from the first one after it was first heard of. Cost: O(moves). */
#include "customer/stage_summary.h"

#include <string.h>

#include "base/error.h"
#include "base/sort.h"

cstn_status cstn__stage_summary_new(const cstn_allocator *allocator,
		const cstn_stage_policy *policy, const cstn_stage_options *options,
		cstn_stage_summary **out, cstn_error **error)
{
	cstn_stage_summary *summary = cstn__alloc_zero(allocator, sizeof(*summary));

	if (!summary)
		return cstn__fail_nomem(error);
	summary->allocator = *allocator;
	if (policy)
		memcpy(summary->digest, policy->digest, sizeof(summary->digest));
	if (options) {
		summary->as_of_us = options->as_of_us;
		summary->known_us = options->known_us;
		summary->period_days = options->period_days;
	}
	*out = summary;
	return CSTN_OK;
}

void cstn_stage_summary_free(cstn_stage_summary *summary)
{
	cstn_allocator allocator;

	if (!summary)
		return;
	allocator = summary->allocator;
	cstn__array_free(&allocator, &summary->crisis);
	cstn__free(&allocator, summary, sizeof(*summary));
}

int cstn__stage_direction(int32_t from, int32_t to)
{
	int32_t a = cstn_stage_rank(from), b = cstn_stage_rank(to);

	return (b > a) - (b < a);
}

const char *cstn__stage_direction_name(int direction)
{
	return direction > 0 ? "forward" : direction < 0 ? "backward" : "lateral";
}

/* --- stays in crisis -------------------------------------------------------------------------- */

static int stay_order(const void *a, const void *b, void *context)
{
	const cstn__crisis_stay *x = a, *y = b;

	(void)context;
	return (x->us > y->us) - (x->us < y->us);
}

void cstn__stage_summary_settle(cstn_stage_summary *summary)
{
	cstn__crisis_stay *items = summary->crisis.items;
	size_t i, n = 0;

	if (summary->settled == summary->crisis.count)
		return;
	/* equal durations are joined, so that their order is of no account */
	cstn__sort(items, summary->crisis.count, sizeof(*items), stay_order, NULL);
	for (i = 0; i < summary->crisis.count; i++) {
		if (n && items[n - 1].us == items[i].us) {
			items[n - 1].recovered += items[i].recovered;
			items[n - 1].left += items[i].left;
			items[n - 1].censored += items[i].censored;
		} else {
			items[n++] = items[i];
		}
	}
	summary->crisis.count = summary->settled = n;
}

/* --- one customer ----------------------------------------------------------------------------- */

static cstn_status add_crisis(cstn_stage_summary *summary, int64_t us, int32_t to)
{
	cstn__crisis_stay *stay;

	if (cstn__array_reserve(&summary->allocator, &summary->crisis, 1))
		return CSTN_E_NOMEM;
	stay = &summary->crisis.items[summary->crisis.count++];
	memset(stay, 0, sizeof(*stay));
	stay->us = us;
	stay->recovered = to == CSTN_STAGE_RECOVERY;
	stay->left = to >= 0 && to != CSTN_STAGE_RECOVERY;
	stay->censored = to < 0;
	return CSTN_OK;
}

/* Periods end at as_of - k * length, k >= 0: how many of these lie in [from, to). */
static int64_t period_ends(const cstn_stage_summary *summary, int64_t from, int64_t to)
{
	int64_t length = summary->period_days * CSTN_DAY_US;
	int64_t oldest, newest;

	if (to > summary->as_of_us)
		to = summary->as_of_us + 1;
	if (from >= to)
		return 0;
	oldest = (summary->as_of_us - from) / length;        /* greatest k with end >= from */
	newest = (summary->as_of_us - to + length) / length; /* least k with end < to */
	return oldest >= newest ? oldest - newest + 1 : 0;
}

static void add_periods(cstn_stage_summary *summary, int32_t stage, int64_t from, int64_t to,
		int32_t *before)
{
	int64_t ends = period_ends(summary, from, to);

	if (ends == 0)
		return;
	if (*before >= 0)
		summary->periods[*before][stage]++;
	summary->periods[stage][stage] += ends - 1;
	*before = stage;
}

cstn_status cstn__stage_summary_add(cstn_stage_summary *summary, int64_t first_us,
		const cstn__stage_move *moves, size_t n)
{
	int32_t stage = CSTN_STAGE_PROSPECT, before = -1;
	int64_t since = first_us;
	size_t i;

	for (i = 0; i < n; i++) {
		const cstn__stage_move *move = &moves[i];

		summary->moves[move->from][move->to]++;
		summary->ended[stage][cstn__duration_bucket(move->at_us - since)]++;
		summary->ended_us[stage] += move->at_us - since;
		add_periods(summary, stage, since, move->at_us, &before);
		if (stage == CSTN_STAGE_CRISIS &&
				add_crisis(summary, move->at_us - since, move->to) != CSTN_OK)
			return CSTN_E_NOMEM;
		stage = move->to;
		since = move->at_us;
	}
	add_periods(summary, stage, since, INT64_MAX, &before);
	if (stage == CSTN_STAGE_CRISIS &&
			add_crisis(summary, summary->as_of_us - since, -1) != CSTN_OK)
		return CSTN_E_NOMEM;
	summary->at[stage]++;
	summary->customers++;
	return CSTN_OK;
}

/* --- merging ---------------------------------------------------------------------------------- */

static int is_same_run(const cstn_stage_summary *a, const cstn_stage_summary *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0 && a->as_of_us == b->as_of_us &&
	       a->known_us == b->known_us && a->period_days == b->period_days;
}

static int add_all(cstn_stage_summary *sum, const cstn_stage_summary *from)
{
	int failed = 0, i;

	failed |= cstn__add_each_i64(&sum->customers, &from->customers, 1, &sum->customers);
	failed |= cstn__add_each_i64(sum->at, from->at, CSTN_STAGE_COUNT, sum->at);
	for (i = 0; i < CSTN_STAGE_COUNT; i++) {
		failed |= cstn__add_each_i64(
				sum->moves[i], from->moves[i], CSTN_STAGE_COUNT, sum->moves[i]);
		failed |= cstn__add_each_i64(sum->periods[i], from->periods[i], CSTN_STAGE_COUNT,
				sum->periods[i]);
		failed |= cstn__add_each_i64(sum->ended[i], from->ended[i], CSTN__DURATION_BUCKETS,
				sum->ended[i]);
		failed |= cstn__add_i128(sum->ended_us[i], from->ended_us[i], &sum->ended_us[i]);
	}
	return failed;
}

cstn_status cstn_stage_summary_merge(
		cstn_stage_summary *into, const cstn_stage_summary *from, cstn_error **error)
{
	cstn_stage_summary *sum = NULL;
	cstn_allocator allocator;
	cstn_status status = CSTN_OK;
	size_t count;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a summary is NULL");
	if (!is_same_run(into, from))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the summaries differ in policy, as-of time, known time or period");
	allocator = into->allocator;
	count = from->crisis.count;
	sum = cstn__alloc(&allocator, sizeof(*sum));
	if (!sum || cstn__array_reserve(&allocator, &into->crisis, count))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		memcpy(sum, into, sizeof(*sum));
		if (add_all(sum, from))
			status = cstn__fail(error, CSTN_E_OVERFLOW, "a count does not fit");
	}
	if (status == CSTN_OK) {
		memcpy(into, sum, sizeof(*sum));
		if (count)
			memcpy(into->crisis.items + into->crisis.count, from->crisis.items,
					count * sizeof(*from->crisis.items));
		into->crisis.count += count;
		cstn__stage_summary_settle(into);
	}
	cstn__free(&allocator, sum, sizeof(*sum));
	return status;
}
