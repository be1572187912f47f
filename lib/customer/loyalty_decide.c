/* One customer's verdicts out of its rows, as of an instant.
 *
 * Pays: Laspeyres indices of prices and quantities over the items bought in both windows, a refused
 * increase before them, statements after them. Tells: the latest act in force. Loyal: the strongest
 * source of occasions that decides, with the posterior of a uniform prior beside it. Habitual: an
 * Erlang shape of the gaps between purchase days of 2 or more, and no gap of twice the median.
 *
 * Rows come in order, so that sums have one order and of two things said at one instant the same
 * one counts. Cost: one pass, and a sort of the customer's purchase days. */
#include <math.h>

#include <constellation/time.h>

#include "base/civil.h"
#include "base/elementary.h"
#include "base/sort.h"
#include "base/special.h"
#include "customer/loyalty_verdict.h"
#include "segment/value.h"

#define ROUNDING (1.0 - 1e-12)
#define LEAST_GAPS 3
#define LEAST_SHAPE 2.0

/* --- what is in force ------------------------------------------------------------------------- */

static int64_t expiry_of(const cstn__loyalty_rules *rules, const cstn__loyalty_evidence *row)
{
	if (row->expires_us != INT64_MAX || cstn__loyalty_strength(row->source))
		return row->expires_us;
	return row->valid_us + rules->expiry_us;
}

static int in_force(const cstn__loyalty_rules *rules, const cstn__loyalty_evidence *row)
{
	return row->valid_us <= rules->as_of_us && rules->as_of_us < expiry_of(rules, row);
}

static void decide_by(cstn__loyalty_reason *reason, const cstn__loyalty_rules *rules,
		const cstn__loyalty_evidence *row)
{
	reason->at_us = row->valid_us;
	reason->expires_us = expiry_of(rules, row);
	reason->a = row->a;
	reason->b = row->b;
	reason->source = row->source;
}

/* Whether a row comes after what decided so far: later, or at one instant a no. */
static int comes_after(
		const cstn__loyalty_evidence *row, const cstn__loyalty_reason *reason, int verdict)
{
	if (reason->source < 0 || row->valid_us != reason->at_us)
		return reason->source < 0 || row->valid_us > reason->at_us;
	return verdict != CSTN_LOYALTY_NO && row->says == CSTN_LOYALTY_NO;
}

/* --- pays ------------------------------------------------------------------------------------- */

typedef struct basket {
	double then, now, more; /* sums of q0 p0, q0 p1, p0 q1 */
	int64_t last_us;
	int32_t items;
} basket;

/* What one item was bought for in both windows. */
static void add_item(const cstn__loyalty_rules *rules, const cstn__loyalty_purchase *rows, size_t n,
		basket *sum)
{
	cstn__i128 quantity[2] = {0, 0}, amount[2] = {0, 0};
	int64_t last = INT64_MIN;
	double q0, q1, a0, a1;
	size_t i;

	for (i = 0; i < n; i++) {
		int64_t t = rows[i].valid_us;
		int later = t > rules->split_us;

		if (t > rules->as_of_us || t <= rules->split_us - rules->price_us ||
				t > rules->split_us + rules->price_us)
			continue;
		quantity[later] += rows[i].quantity;
		amount[later] += rows[i].amount;
		if (later && rows[i].quantity > 0)
			last = t;
	}
	if (quantity[0] <= 0 || quantity[1] <= 0 || amount[0] <= 0 || amount[1] <= 0)
		return;
	q0 = (double)quantity[0];
	q1 = (double)quantity[1];
	a0 = (double)amount[0];
	a1 = (double)amount[1];
	sum->then += a0;
	sum->now += q0 * a1 / q1;
	sum->more += a0 * q1 / q0;
	sum->last_us = last > sum->last_us ? last : sum->last_us;
	sum->items++;
}

static int by_prices(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	basket sum = {0.0, 0.0, 0.0, INT64_MIN, 0};
	size_t i, end;

	for (i = 0; i < rows->n_purchases; i = end) {
		for (end = i + 1; end < rows->n_purchases &&
				  rows->purchases[end].item == rows->purchases[i].item;)
			end++;
		add_item(rules, rows->purchases + i, end - i, &sum);
	}
	out->items = sum.items;
	out->price_index = sum.items ? sum.now / sum.then : (double)NAN;
	out->quantity_index = sum.items ? sum.more / sum.then : (double)NAN;
	if (sum.items < rules->min_items || sum.last_us + rules->expiry_us <= rules->as_of_us ||
			sum.now < rules->price_least * sum.then * ROUNDING)
		return CSTN_LOYALTY_UNKNOWN;
	out->pays = (cstn__loyalty_reason){sum.last_us, sum.last_us + rules->expiry_us, sum.items,
			0, CSTN__SAYS_PRICES, 0};
	return sum.more >= rules->quantity_least * sum.then * ROUNDING ? CSTN_LOYALTY_YES
								       : CSTN_LOYALTY_NO;
}

static int decide_pays(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	cstn__loyalty_reason refused = {0}, stated = {0};
	int verdict = by_prices(rules, rows, out), said = CSTN_LOYALTY_UNKNOWN;
	size_t i;

	refused.source = stated.source = -1;
	for (i = 0; i < rows->n_evidence; i++) {
		const cstn__loyalty_evidence *row = &rows->evidence[i];

		if (!in_force(rules, row))
			continue;
		if (row->source == CSTN__SAYS_INCREASE_REFUSED) {
			decide_by(&refused, rules, row);
		} else if (row->source == CSTN__SAYS_PAYS_STATED &&
				comes_after(row, &stated, said)) {
			decide_by(&stated, rules, row);
			said = row->says;
		}
	}
	if (refused.source >= 0) {
		out->pays = refused;
		return CSTN_LOYALTY_NO;
	}
	if (verdict == CSTN_LOYALTY_UNKNOWN && stated.source >= 0) {
		out->pays = stated;
		return said;
	}
	return verdict;
}

/* --- tells ------------------------------------------------------------------------------------ */

static int decide_tells(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	int verdict = CSTN_LOYALTY_UNKNOWN, given = 0;
	cstn__loyalty_reason refused = {0};
	size_t i;

	refused.source = -1;
	for (i = 0; i < rows->n_evidence; i++) {
		const cstn__loyalty_evidence *row = &rows->evidence[i];

		if (row->source < CSTN__SAYS_REFERRAL || row->source > CSTN__SAYS_OUTREACH ||
				!in_force(rules, row))
			continue;
		if (row->source == CSTN__SAYS_OUTREACH) {
			given |= row->says == CSTN_LOYALTY_YES;
			decide_by(&refused, rules, row);
		} else if (row->says != CSTN_LOYALTY_UNKNOWN &&
				comes_after(row, &out->tells, verdict)) {
			decide_by(&out->tells, rules, row);
			verdict = row->says;
		}
	}
	if (verdict != CSTN_LOYALTY_UNKNOWN || refused.source < 0 || given)
		return verdict;
	out->tells = refused;
	return CSTN_LOYALTY_NO;
}

/* Answers to the net promoter question: the intention, and which count for the score. */
static int decide_intends(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	const cstn__loyalty_evidence *chosen = NULL;
	size_t i;

	for (i = 0; i < rows->n_evidence; i++) {
		const cstn__loyalty_evidence *row = &rows->evidence[i];

		if (row->source != CSTN__SAYS_NPS_ANSWER || row->valid_us > rules->as_of_us)
			continue;
		if (in_force(rules, row))
			decide_by(&out->intends, rules, row);
		if (row->valid_us <= rules->orders_from_us)
			continue;
		if (rules->answers == CSTN_LOYALTY_ANSWERS_ALL)
			out->answers[row->a]++;
		else if (!chosen || rules->answers == CSTN_LOYALTY_ANSWERS_LATEST)
			chosen = row;
	}
	if (chosen)
		out->answers[chosen->a]++;
	if (out->intends.source < 0)
		return CSTN_LOYALTY_UNKNOWN;
	return out->intends.a >= 9 ? CSTN_LOYALTY_YES : CSTN_LOYALTY_NO;
}

/* --- loyal ------------------------------------------------------------------------------------ */

typedef struct occasions {
	int64_t all, first;
	cstn__loyalty_reason last; /* of those that did not come to us first, or of all */
} occasions;

static void count_occasions(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		occasions by[CSTN__LOYALTY_STRENGTHS])
{
	size_t i;
	int s;

	for (s = 0; s < CSTN__LOYALTY_STRENGTHS; s++)
		by[s].last.source = -1;
	for (i = 0; i < rows->n_evidence; i++) {
		const cstn__loyalty_evidence *row = &rows->evidence[i];
		occasions *at = &by[cstn__loyalty_strength(row->source)];
		int missed = row->a < row->b, any = at->first < at->all;

		if (at == by || !in_force(rules, row))
			continue;
		if (missed > any ||
				(missed == any && (at->last.source < 0 ||
								  row->valid_us >= at->last.at_us)))
			decide_by(&at->last, rules, row);
		at->all += row->b;
		at->first += row->a;
	}
}

static int decide_loyal(const cstn__loyalty_rules *rules, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	occasions by[CSTN__LOYALTY_STRENGTHS];
	const occasions *found = NULL;
	int verdict = CSTN_LOYALTY_UNKNOWN, s;
	double yes, no;

	memset(by, 0, sizeof(by));
	count_occasions(rules, rows, by);
	for (s = 1; s < CSTN__LOYALTY_STRENGTHS && verdict == CSTN_LOYALTY_UNKNOWN; s++) {
		if (by[s].all == 0)
			continue;
		if (by[s].first < by[s].all)
			verdict = CSTN_LOYALTY_NO;
		else if (by[s].all >= rules->min_occasions)
			verdict = CSTN_LOYALTY_YES;
		if (!found || verdict != CSTN_LOYALTY_UNKNOWN)
			found = &by[s];
	}
	out->share_mean = out->share_high = (double)NAN;
	if (!found)
		return verdict;
	out->loyal = found->last;
	out->occasions = found->all;
	out->first = found->first;
	yes = (double)found->first + 1.0;
	no = (double)(found->all - found->first) + 1.0;
	out->share_mean = yes / (yes + no);
	if (found->all <= CSTN__LOYALTY_OCCASIONS_MAX)
		out->share_high = cstn__beta_cdf(0.05, no, yes);
	return verdict;
}

/* --- habitual --------------------------------------------------------------------------------- */

static int order_days(const void *a, const void *b, void *context)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	(void)context;
	return (x > y) - (x < y);
}

/* Days with a purchase in the order window, each once, in order. */
static int collect_days(cstn__loyalty_judge *judge, const cstn__loyalty_rows *rows)
{
	const cstn__loyalty_rules *rules = judge->rules;
	size_t i, n = 0;

	judge->days.count = 0;
	if (cstn__array_reserve(judge->allocator, &judge->days,
			    rows->n_purchases + rows->n_evidence + 1))
		return -1;
	for (i = 0; i < rows->n_purchases; i++)
		if (rows->purchases[i].quantity > 0 &&
				rows->purchases[i].valid_us > rules->orders_from_us &&
				rows->purchases[i].valid_us <= rules->as_of_us)
			judge->days.items[n++] = cstn__day_of_us(rows->purchases[i].valid_us);
	for (i = 0; i < rows->n_evidence; i++)
		if (rows->evidence[i].source == CSTN__SAYS_ORDER &&
				rows->evidence[i].valid_us > rules->orders_from_us &&
				rows->evidence[i].valid_us <= rules->as_of_us)
			judge->days.items[n++] = cstn__day_of_us(rows->evidence[i].valid_us);
	cstn__sort(judge->days.items, n, sizeof(int32_t), order_days, NULL);
	for (i = 0; i < n; i++)
		if (i == 0 || judge->days.items[i] != judge->days.items[judge->days.count - 1])
			judge->days.items[judge->days.count++] = judge->days.items[i];
	return 0;
}

static int decide_habitual(cstn__loyalty_judge *judge, cstn__loyalty_verdict *out)
{
	int32_t *days = judge->days.items, silence, longest = 0;
	size_t n = judge->days.count, i;
	double logs = 0.0, span;
	int64_t median; /* twice */

	out->purchase_days = (int32_t)n;
	out->regularity = out->cycle_days = (double)NAN;
	if (n < LEAST_GAPS + 1)
		return CSTN_LOYALTY_UNKNOWN;
	span = (double)(days[n - 1] - days[0]);
	silence = cstn__day_of_us(judge->rules->as_of_us) - days[n - 1];
	for (i = 0; i + 1 < n; i++) {
		days[i] = days[i + 1] - days[i]; /* gaps from here on */
		logs += cstn__log((double)days[i]);
	}
	n--;
	out->regularity = cstn__regularity_shape(span / (double)n, logs / (double)n);
	cstn__sort(days, n, sizeof(int32_t), order_days, NULL);
	median = (int64_t)days[n / 2] + days[(n - 1) / 2];
	out->cycle_days = (double)median / 2.0;
	longest = days[n - 1] > silence ? days[n - 1] : silence;
	out->longest_us = longest * CSTN_DAY_US;
	return out->regularity >= LEAST_SHAPE && longest < median ? CSTN_LOYALTY_YES
								  : CSTN_LOYALTY_NO;
}

cstn_status cstn__loyalty_decide(cstn__loyalty_judge *judge, const cstn__loyalty_rows *rows,
		cstn__loyalty_verdict *out)
{
	uint8_t *verdicts = out->verdicts;

	out->pays.source = out->tells.source = out->loyal.source = out->intends.source = -1;
	if (collect_days(judge, rows))
		return CSTN_E_NOMEM;
	out->ordered = judge->days.count > 0;
	verdicts[CSTN__PART_HABITUAL] = (uint8_t)decide_habitual(judge, out);
	verdicts[CSTN__PART_PAYS] = (uint8_t)decide_pays(judge->rules, rows, out);
	verdicts[CSTN__PART_TELLS] = (uint8_t)decide_tells(judge->rules, rows, out);
	verdicts[CSTN__PART_INTENDS] = (uint8_t)decide_intends(judge->rules, rows, out);
	verdicts[CSTN__PART_LOYAL] = (uint8_t)decide_loyal(judge->rules, rows, out);
	verdicts[CSTN__PART_HAPPY] = (uint8_t)cstn_loyalty_and(
			verdicts[CSTN__PART_PAYS], verdicts[CSTN__PART_TELLS]);
	return CSTN_OK;
}
