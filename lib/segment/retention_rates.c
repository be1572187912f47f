/* Rates of retention: how many of how many stayed, came again, and for how much.
 *
 * Each customer is looked at once. Counts and sums are exact integers; a rate is divided last. */
#include <inttypes.h>
#include <string.h>

#include "segment/retention.h"
#include "table/table_fields.h"

typedef struct rates {
	cstn__walk *walk;
	cstn__order_list seen;
	int64_t customers, after, without, days, orders;
	int64_t twice, in_time, old_enough, active, lost, not_positive;
	cstn__i128 base, next, positive_base, positive_next, least;
} rates;

cstn_status cstn__window_values(const cstn__walk *walk, const cstn__shopper *shopper, int64_t *base,
		int64_t *next, cstn_error **error)
{
	const cstn_retention_question *q = &walk->question;
	cstn__i128 sum[2] = {0, 0};
	char room[24];
	const char *text;
	size_t i, len;

	for (i = 0; i < shopper->n_days; i++) {
		const cstn__fact *fact = &shopper->days[i];

		if (cstn__is_between(fact->day, q->base_from_days, q->base_to_days))
			sum[0] += fact->amount;
		else if (cstn__is_between(fact->day, q->next_from_days, q->next_to_days))
			sum[1] += fact->amount;
	}
	if (!cstn__narrow_i64(sum[0], base) && !cstn__narrow_i64(sum[1], next))
		return CSTN_OK;
	text = cstn__ids_text(&walk->state->customers, shopper->number, room, &len);
	return cstn__fail(error, CSTN_E_OVERFLOW,
			"the value of customer '%.*s' in a window leaves int64", (int)len, text);
}

/* What the purchase days of a customer say. */
typedef struct visits {
	int64_t days;
	int32_t second; /* CSTN__NO_DAY: none */
	int active[2];
} visits;

static void visit(const rates *run, int32_t day, visits *out)
{
	const cstn_retention_question *q = &run->walk->question;

	out->days++;
	if (out->days == 2)
		out->second = day;
	out->active[0] |= cstn__is_between(day, q->base_from_days, q->base_to_days);
	out->active[1] |= cstn__is_between(day, q->next_from_days, q->next_to_days);
}

static visits visits_of(const rates *run, const cstn__shopper *shopper)
{
	visits out = {0, CSTN__NO_DAY, {0, 0}};
	int32_t last = CSTN__NO_DAY;
	size_t i;

	if (shopper->told != CSTN__NO_DAY && shopper->told <= run->walk->question.as_of_days)
		visit(run, shopper->told, &out);
	for (i = 0; i < shopper->n_days; i++)
		if (shopper->days[i].purchases && shopper->days[i].day != last) {
			last = shopper->days[i].day;
			visit(run, last, &out);
		}
	return out;
}

static void count_repeat(rates *run, const cstn__shopper *shopper, const visits *v)
{
	const cstn_retention_question *q = &run->walk->question;
	int64_t until = (int64_t)shopper->first + q->horizon_days;

	run->twice += v->days >= 2;
	if (until > q->as_of_days)
		return;
	run->old_enough++;
	run->in_time += v->second <= until && v->second != CSTN__NO_DAY;
}

static cstn_status count_windows(
		rates *run, const cstn__shopper *shopper, const visits *v, cstn_error **error)
{
	int64_t base = 0, next = 0;
	cstn_status status = cstn__window_values(run->walk, shopper, &base, &next, error);

	if (status != CSTN_OK)
		return status;
	run->active += v->active[0];
	run->lost += v->active[0] && !v->active[1];
	if (cstn__is_existing(run->walk, shopper)) {
		run->base += base;
		run->next += next;
	}
	if (base > 0) {
		run->positive_base += base;
		run->positive_next += next;
		run->least += base < next ? base : next;
	} else {
		run->not_positive += v->active[0];
	}
	return CSTN_OK;
}

static cstn_status count_shopper(rates *run, const cstn__shopper *shopper, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t orders = 0;
	visits v = visits_of(run, shopper);

	run->without += shopper->first == CSTN__NO_DAY;
	run->after += shopper->first != CSTN__NO_DAY &&
		      shopper->first > run->walk->question.as_of_days;
	if (v.days) {
		run->customers++;
		run->days += v.days;
		count_repeat(run, shopper, &v);
		status = cstn__orders_of(run->walk->state, shopper->days, shopper->n_days,
				&run->seen, &orders, error);
		run->orders += orders;
	}
	if (status == CSTN_OK && run->walk->has_windows)
		status = count_windows(run, shopper, &v, error);
	return status;
}

/* --- tables ----------------------------------------------------------------------------------- */

static cstn_status put_rate(cstn__table_builder *out, const char *metric, cstn__i128 above,
		cstn__i128 below, int64_t left_out, cstn_error **error)
{
	int64_t numerator, denominator;

	if (cstn__narrow_i64(above, &numerator) || cstn__narrow_i64(below, &denominator))
		return cstn__fail(
				error, CSTN_E_OVERFLOW, "%s: a sum of values leaves int64", metric);
	cstn__put_word(out, 0, metric);
	cstn__table_put_i64(out, 1, numerator);
	cstn__table_put_i64(out, 2, denominator);
	cstn__put_share(out, 3, numerator, denominator);
	cstn__table_put_i64(out, 4, left_out);
	return CSTN_OK;
}

static cstn_status put_rates(const rates *run, cstn__table_builder *out, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"metric", CSTN_TYPE_TEXT, 0},
			{"numerator", CSTN_TYPE_INT64, 0}, {"denominator", CSTN_TYPE_INT64, 0},
			{"rate", CSTN_TYPE_DOUBLE, 1}, {"left_out", CSTN_TYPE_INT64, 0}};
	cstn_status status;

	if (cstn__table_add_fields(out, CSTN__FIELDS(columns)))
		return cstn__fail_nomem(error);
	status = put_rate(out, "repeat_by_cut", run->twice, run->customers, 0, error);
	if (status == CSTN_OK && run->walk->question.horizon_days)
		status = put_rate(out, "repeat_by_horizon", run->in_time, run->old_enough,
				run->customers - run->old_enough, error);
	if (status != CSTN_OK || !run->walk->has_windows)
		return status;
	status = put_rate(out, "churn", run->lost, run->active, 0, error);
	if (status == CSTN_OK)
		status = put_rate(out, "growth", run->next - run->base, run->base, 0, error);
	if (status == CSTN_OK)
		status = put_rate(out, "net_retention", run->positive_next, run->positive_base,
				run->not_positive, error);
	if (status == CSTN_OK)
		status = put_rate(out, "gross_retention", run->least, run->positive_base,
				run->not_positive, error);
	return status;
}

static cstn_status put_counts(const rates *run, cstn__table_builder *out, cstn_error **error)
{
	const cstn__table_count counts[] = {{"customers", run->customers},
			{"after_as_of", run->after}, {"without_purchase", run->without},
			{"days", run->days}, {"orders", run->orders}};

	return cstn__put_counts(out, CSTN__FIELDS(counts)) ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status count_all(rates *run, cstn__walk *walk, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__shopper shopper;

	memset(run, 0, sizeof(*run));
	run->walk = walk;
	while (status == CSTN_OK && cstn__walk_next(walk, &shopper))
		status = count_shopper(run, &shopper, error);
	cstn__array_free(&walk->state->allocator, &run->seen);
	return status;
}

cstn_status cstn__retention_rates(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	rates run;
	cstn_status status = count_all(&run, walk, error);

	return status == CSTN_OK ? put_rates(&run, out, error) : status;
}

static cstn_status table_of_counts(cstn__walk *walk, cstn__table_builder *out, cstn_error **error)
{
	rates run;
	cstn_status status = count_all(&run, walk, error);

	return status == CSTN_OK ? put_counts(&run, out, error) : status;
}

static cstn_status fill(
		cstn__walk *walk, int32_t table, cstn__table_builder *out, cstn_error **error)
{
	switch (table) {
	case CSTN_RETENTION_TABLE_RATES:
		return cstn__retention_rates(walk, out, error);
	case CSTN_RETENTION_TABLE_GROWTH:
		return cstn__retention_growth(walk, out, error);
	case CSTN_RETENTION_TABLE_ITEMS:
		return cstn__retention_items(walk, out, error);
	case CSTN_RETENTION_TABLE_COHORTS:
		return cstn__retention_cohorts(walk, out, error);
	case CSTN_RETENTION_TABLE_COUNTS:
		return table_of_counts(walk, out, error);
	default:
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_RETENTION_TABLE_... expected", table);
	}
}

cstn_status cstn_retention_export(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn__table_builder *builder = NULL;
	cstn__walk walk;
	cstn_status status;

	if (!state || !question || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!state      ? "state"
				: !question ? "question"
					    : "out");
	status = cstn__walk_begin(state, question, &walk, error);
	if (status == CSTN_OK && !walk.has_windows &&
			(table == CSTN_RETENTION_TABLE_GROWTH ||
					table == CSTN_RETENTION_TABLE_ITEMS))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"this table needs a base and a next window");
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&state->allocator, &builder, error);
	if (status == CSTN_OK)
		status = fill(&walk, table, builder, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(builder);
		return status;
	}
	return cstn__table_export(builder, out, error);
}
