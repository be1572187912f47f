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

static cstn_status check_two(
		const cstn_stage_summary *a, const cstn_stage_summary *b, cstn_error **error)
{
	if (!a || !b)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a summary is NULL");
	if (!is_same_run(a, b))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the summaries differ in policy, as-of time, known time or period");
	return CSTN_OK;
}

cstn_status cstn_stage_summary_merge(
		cstn_stage_summary *into, const cstn_stage_summary *from, cstn_error **error)
{
	cstn_stage_summary *sum = NULL;
	cstn_allocator allocator;
	cstn_status status;
	size_t count;

	status = check_two(into, from, error);
	if (status != CSTN_OK)
		return status;
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

/* --- taking out ------------------------------------------------------------------------------- */

/* a[i] -= b[i]; 1 if some are below 0 then. */
static int take_each(int64_t *a, const int64_t *b, size_t n)
{
	int below = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		a[i] -= b[i]; /* neither is below 0 */
		below |= a[i] < 0;
	}
	return below;
}

static int take_counts(cstn_stage_summary *left, const cstn_stage_summary *part)
{
	int below = take_each(&left->customers, &part->customers, 1), i;

	below |= take_each(left->at, part->at, CSTN_STAGE_COUNT);
	for (i = 0; i < CSTN_STAGE_COUNT; i++) {
		below |= take_each(left->moves[i], part->moves[i], CSTN_STAGE_COUNT);
		below |= take_each(left->periods[i], part->periods[i], CSTN_STAGE_COUNT);
		below |= take_each(left->ended[i], part->ended[i], CSTN__DURATION_BUCKETS);
		left->ended_us[i] -= part->ended_us[i];
		below |= left->ended_us[i] < 0;
	}
	return below;
}

/* Of two settled summaries; -1 if a stay is not there. */
static int take_stays(const cstn_stage_summary *left, const cstn_stage_summary *part, size_t *n)
{
	cstn__crisis_stay *items = left->crisis.items;
	size_t i, k = 0;

	for (i = 0, *n = 0; i < left->crisis.count; i++) {
		cstn__crisis_stay stay = items[i];

		if (k < part->crisis.count && part->crisis.items[k].us == stay.us) {
			stay.recovered -= part->crisis.items[k].recovered;
			stay.left -= part->crisis.items[k].left;
			stay.censored -= part->crisis.items[k++].censored;
		}
		if (stay.recovered < 0 || stay.left < 0 || stay.censored < 0)
			return -1;
		if (stay.recovered || stay.left || stay.censored)
			items[(*n)++] = stay;
	}
	return k < part->crisis.count ? -1 : 0;
}

/* Both start as copies: what is left and the stays of the part, which are put in order. */
static cstn_status take(cstn_stage_summary *summary, cstn_stage_summary *left,
		cstn_stage_summary *stays, const cstn_stage_summary *part, cstn_error **error)
{
	cstn_stage_summary old;
	size_t n;
	int below;

	if (cstn_stage_summary_merge(left, summary, error) != CSTN_OK ||
			cstn_stage_summary_merge(stays, part, error) != CSTN_OK)
		return CSTN_E_NOMEM;
	below = take_counts(left, stays);
	if (take_stays(left, stays, &n) || below)
		return cstn__fail(error, CSTN_E_STATE,
				"the customers to take out of a summary are not all in it");
	left->crisis.count = left->settled = n;
	old = *summary;
	*summary = *left;
	*left = old;
	return CSTN_OK;
}

static cstn_status like(const cstn_stage_summary *of, cstn_stage_summary **out, cstn_error **error)
{
	cstn_status status = cstn__stage_summary_new(&of->allocator, NULL, NULL, out, error);

	if (status != CSTN_OK)
		return status;
	memcpy((*out)->digest, of->digest, sizeof(of->digest));
	(*out)->as_of_us = of->as_of_us;
	(*out)->known_us = of->known_us;
	(*out)->period_days = of->period_days;
	return CSTN_OK;
}

cstn_status cstn_stage_summary_remove(
		cstn_stage_summary *summary, const cstn_stage_summary *part, cstn_error **error)
{
	cstn_stage_summary *left = NULL, *stays = NULL;
	cstn_status status = check_two(summary, part, error);

	if (status == CSTN_OK)
		status = like(summary, &left, error);
	if (status == CSTN_OK)
		status = like(summary, &stays, error);
	if (status == CSTN_OK)
		status = take(summary, left, stays, part, error);
	cstn_stage_summary_free(left);
	cstn_stage_summary_free(stays);
	return status;
}
