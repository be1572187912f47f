/* Of the people who were asked, how many would recommend us; and whether promised plans helped.
 *
 * Both look at the interactions of a customer in the order of (time, event id): the answer that
 * counts is its first or last, and what was judged before and after a plan lies on both sides of
 * it. O(n log n). */
#include <constellation/loyalty.h>
#include <constellation/time.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"
#include "customer/feedback.h"

/* An interaction by its place; `id` is that of its event among all events. */
typedef struct place {
	int64_t valid_us;
	uint32_t customer, id;
	uint32_t item;
	uint32_t reserved;
} place;

typedef struct places {
	place *items;
	size_t count, capacity;
} places;

static int by_time(const void *a, const void *b, void *context)
{
	const place *x = a, *y = b;

	(void)context;
	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	if (x->valid_us != y->valid_us)
		return x->valid_us < y->valid_us ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Interactions of these kinds (bits) in order; 0, or -1 when out of memory. */
static int sort_places(const cstn__feedback *at, uint32_t kinds, int in_window, places *out)
{
	const cstn_interactions *set = at->set;
	const cstn__codes *events = &set->ids[CSTN__IDS_EVENT];
	size_t n = cstn__codes_count(events), i;
	uint32_t *order = cstn__codes_order(events, &set->allocator);

	for (i = 0; order && i < n; i++) {
		const cstn__interaction *item;
		place *to;

		if (order[i] >= set->items.count)
			continue;
		item = &set->items.items[order[i]];
		if (!(UINT32_C(1) << item->kind & kinds) ||
				(in_window && !cstn__feedback_counts(at, item)))
			continue;
		if (cstn__array_reserve(&set->allocator, out, 1))
			break;
		to = &out->items[out->count++];
		*to = (place){item->valid_us, item->customer, (uint32_t)i, order[i], 0};
	}
	cstn__free(&set->allocator, order, (n + 1) * sizeof(*order));
	if (!order || i < n)
		return -1;
	cstn__sort(out->items, out->count, sizeof(*out->items), by_time, NULL);
	return 0;
}

/* --- net promoter score ----------------------------------------------------------------------- */

static cstn_status put_score(cstn__feedback *at, const int64_t *answers, int all, uint32_t segment,
		cstn_error **error)
{
	cstn_rate rate = CSTN_RATE_INIT;
	double variance = 0.0, se = 0.0;
	int64_t promoters = answers[9] + answers[10], passives = answers[7] + answers[8];
	cstn_status status = cstn_net_promoter(
			answers, at->options.confidence_ppm, &rate, &variance, &se, error);
	int known, i;

	if (status != CSTN_OK)
		return status;
	cstn__table_put_i64(at->table, 0, all);
	cstn__feedback_put_word(at, 1, segment);
	if (rate.denominator < at->options.floor) {
		for (i = 2; i < 11; i++)
			cstn__table_put_null(at->table, i);
		return CSTN_OK;
	}
	known = rate.denominator > 0;
	cstn__table_put_i64(at->table, 2, rate.denominator);
	cstn__table_put_i64(at->table, 3, promoters);
	cstn__table_put_i64(at->table, 4, passives);
	cstn__table_put_i64(at->table, 5, rate.denominator - promoters - passives);
	cstn__put_f64_or_null(at->table, 6, known, rate.value);
	cstn__put_f64_or_null(at->table, 7, known, variance);
	cstn__put_f64_or_null(at->table, 8, known, se);
	cstn__put_f64_or_null(at->table, 9, known, rate.low);
	cstn__put_f64_or_null(at->table, 10, known, rate.high);
	return CSTN_OK;
}

/* Whether the answer at i is one that counts. */
static int is_taken(const cstn__feedback *at, const places *all, size_t i)
{
	if (at->options.answers == CSTN_LOYALTY_ANSWERS_FIRST)
		return i == 0 || all->items[i - 1].customer != all->items[i].customer;
	if (at->options.answers == CSTN_LOYALTY_ANSWERS_LATEST)
		return i + 1 == all->count || all->items[i + 1].customer != all->items[i].customer;
	return 1;
}

/* Answers 0..10 of all, then of each segment by its rank. */
static void count_answers(const cstn__feedback *at, const places *all, int64_t *answers)
{
	size_t i;

	for (i = 0; i < all->count; i++) {
		const cstn__interaction *item = &at->set->items.items[all->items[i].item];
		size_t segment = at->ranks[item->words[CSTN__WORD_SEGMENT]];

		if (!is_taken(at, all, i))
			continue;
		answers[item->number]++;
		answers[(segment + 1) * CSTN_NET_PROMOTER_ANSWERS + (size_t)item->number]++;
	}
}

static int has_answers(const int64_t *answers)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < CSTN_NET_PROMOTER_ANSWERS; i++)
		sum += answers[i];
	return sum > 0;
}

cstn_status cstn__feedback_promoters(cstn__feedback *at, cstn_error **error)
{
	const cstn_allocator *allocator = &at->set->allocator;
	size_t rows = at->set->words.count + 2, i;
	size_t size = cstn__array_size(rows * CSTN_NET_PROMOTER_ANSWERS, sizeof(int64_t));
	int64_t *answers = cstn__alloc_zero(allocator, size);
	places all = {NULL, 0, 0};
	cstn_status status = CSTN_E_NOMEM;

	if (answers && sort_places(at, UINT32_C(1) << CSTN_INTERACTION_NPS_ANSWER, 1, &all) == 0) {
		count_answers(at, &all, answers);
		status = put_score(at, answers, 1, 0, error);
		for (i = 1; i < rows && status == CSTN_OK; i++) {
			const int64_t *own = answers + i * CSTN_NET_PROMOTER_ANSWERS;

			if (has_answers(own))
				status = put_score(at, own, 0, (uint32_t)i - 1, error);
		}
	}
	cstn__free(allocator, answers, size);
	cstn__array_free(allocator, &all);
	return status;
}

/* --- the effect of plans ---------------------------------------------------------------------- */

#define PLAN CSTN_INTERACTION_PLAN_PROMISED
#define PERFECT CSTN_INTERACTION_ORDER_PERFECT
#define FAILED CSTN_INTERACTION_ORDER_FAILED

typedef struct effect {
	int64_t plans, young;
	int64_t failed[2], orders[2]; /* before, after */
} effect;

/* What was judged around the plan at `i`, to each of the two sums. */
static void look_around(const cstn__feedback *at, const places *all, size_t i, effect *sum,
		effect *of_reason)
{
	int64_t width = at->options.window_days * CSTN_DAY_US, plan = all->items[i].valid_us;
	size_t from = i, to = i, k;

	while (from > 0 && all->items[from - 1].customer == all->items[i].customer &&
			all->items[from - 1].valid_us > plan - width)
		from--;
	while (to + 1 < all->count && all->items[to + 1].customer == all->items[i].customer &&
			all->items[to + 1].valid_us <= plan + width)
		to++;
	for (k = from; k <= to; k++) {
		const cstn__interaction *item = &at->set->items.items[all->items[k].item];
		int side = item->valid_us > plan, failed = item->kind == FAILED;

		if (item->kind == PLAN)
			continue;
		sum->orders[side]++;
		sum->failed[side] += failed;
		of_reason->orders[side]++;
		of_reason->failed[side] += failed;
	}
}

static void count_effects(const cstn__feedback *at, const places *all, effect *effects)
{
	int64_t width = at->options.window_days * CSTN_DAY_US;
	effect ignored;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const cstn__interaction *item = &at->set->items.items[all->items[i].item];
		size_t reason = at->ranks[item->words[CSTN__WORD_REASON]];
		effect *own = reason ? &effects[reason] : &ignored;

		if (item->kind != PLAN || !cstn__feedback_counts(at, item))
			continue;
		memset(&ignored, 0, sizeof(ignored));
		effects[0].plans++;
		own->plans++;
		if (item->valid_us > at->options.until_us - 1 - width) {
			effects[0].young++;
			own->young++;
		} else {
			look_around(at, all, i, &effects[0], own);
		}
	}
}

static void put_change(const cstn__feedback *at, const effect *own)
{
	double low = 0.0, high = 0.0, share[2] = {0.0, 0.0};
	int known = own->orders[0] > 0 && own->orders[1] > 0, i;

	for (i = 0; i < 2 && known; i++)
		share[i] = (double)own->failed[i] / (double)own->orders[i];
	if (known)
		cstn__newcombe(share[1], (double)own->orders[1], share[0], (double)own->orders[0],
				at->z, &low, &high);
	cstn__put_f64_or_null(at->table, 13, known, share[1] - share[0]);
	cstn__put_f64_or_null(at->table, 14, known, low);
	cstn__put_f64_or_null(at->table, 15, known, high);
}

static void put_effect(const cstn__feedback *at, const effect *own, uint32_t reason)
{
	int64_t floor = at->options.floor;
	int32_t i;

	cstn__feedback_put_word(at, 0, reason);
	if (own->plans - own->young < floor || own->orders[0] < floor || own->orders[1] < floor) {
		for (i = 1; i < 16; i++)
			cstn__table_put_null(at->table, i);
		return;
	}
	cstn__table_put_i64(at->table, 1, own->plans);
	cstn__table_put_i64(at->table, 2, own->young);
	for (i = 0; i < 2; i++) {
		cstn__table_put_i64(at->table, 3 + 5 * i, own->failed[i]);
		cstn__table_put_i64(at->table, 4 + 5 * i, own->orders[i]);
		cstn__put_rate(at->table, 5 + 5 * i, own->failed[i], own->orders[i], at->z);
	}
	put_change(at, own);
}

cstn_status cstn__feedback_effect(cstn__feedback *at)
{
	const cstn_allocator *allocator = &at->set->allocator;
	uint32_t kinds = UINT32_C(1) << PLAN | UINT32_C(1) << PERFECT | UINT32_C(1) << FAILED;
	size_t rows = at->set->words.count + 1, i;
	size_t size = cstn__array_size(rows, sizeof(effect));
	effect *effects = cstn__alloc_zero(allocator, size);
	places all = {NULL, 0, 0};
	int failed = !effects || sort_places(at, kinds, 0, &all);

	if (!failed) {
		count_effects(at, &all, effects);
		put_effect(at, &effects[0], 0);
		for (i = 1; i < rows; i++)
			if (effects[i].plans)
				put_effect(at, &effects[i], (uint32_t)i);
	}
	cstn__free(allocator, effects, size);
	cstn__array_free(allocator, &all);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}
