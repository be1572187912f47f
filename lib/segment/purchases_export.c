/* Tables of a state of purchases: a row a customer, in order of ids, and what was left out.
 *
 * Times in units are one division of exact numbers, means one division of an exact value by the
 * days scaled to its decimals, so that every machine prints the same. Cost: a sort of ids, and the
 * table. */
#include <string.h>

#include "base/checked.h"
#include "base/civil.h"
#include "base/elementary.h"
#include "segment/purchases.h"
#include "table/column_binding.h"
#include "table/table_fields.h"

#define WEEK_US (INT64_C(7) * CSTN_DAY_US)

enum {
	OUT_CUSTOMER,
	OUT_RECENCY,
	OUT_FREQUENCY,
	OUT_MONETARY,
	OUT_X,
	OUT_TX,
	OUT_AGE,
	OUT_SPEND,
	OUT_MEAN,
	OUT_FIRST_DAY,
	OUT_LAST_DAY,
	OUT_FIRST_VALUE,
	OUT_LOG_GAPS
};

typedef struct export_run {
	const cstn_purchases *state;
	const uint32_t *order;
	const size_t *begins;
	int32_t as_of, scale;
	int64_t unit_us;
	double power, log_unit; /* 10^scale; ln of the unit in days */
	cstn__table_builder *table;
	int64_t after, outside, without, customers, days;
} export_run;

static int declare(export_run *run)
{
	static const struct {
		const char *name;
		int32_t type;
		int nullable;
	} columns[] = {{"customer", 0, 0}, {"recency", CSTN_TYPE_INT64, 0},
			{"frequency", CSTN_TYPE_INT64, 0}, {"monetary", CSTN_TYPE_DECIMAL, 0},
			{"x", CSTN_TYPE_INT64, 1}, {"tx", CSTN_TYPE_DOUBLE, 1},
			{"T", CSTN_TYPE_DOUBLE, 1}, {"spend", CSTN_TYPE_DOUBLE, 1},
			{"mean_value", CSTN_TYPE_DOUBLE, 0}, {"first_day", CSTN_TYPE_DAYS, 0},
			{"last_day", CSTN_TYPE_DAYS, 0}, {"first_value", CSTN_TYPE_DECIMAL, 0},
			{"log_gaps", CSTN_TYPE_DOUBLE, 0}};
	size_t n = sizeof(columns) / sizeof(columns[0]) - !cstn__purchases_has_sets(run->state), i;
	int failed = 0;

	for (i = 0; i < n; i++) {
		int32_t type = i                      ? columns[i].type
			       : run->state->ids.type ? run->state->ids.type
						      : CSTN_TYPE_INT64;

		failed |= cstn__table_add_column(run->table, columns[i].name, type,
					  type == CSTN_TYPE_DECIMAL ? run->scale : 0,
					  columns[i].nullable) < 0;
	}
	return failed ? -1 : 0;
}

/* In units; with periods of their own the unit is the period. */
static double units_of(const export_run *run, int64_t days)
{
	int32_t period = run->state->config.period_days;

	if (period > 1)
		return (double)cstn__floor_div(days, period);
	return (double)days * (double)CSTN_DAY_US / (double)run->unit_us;
}

static double log_gaps(const export_run *run, uint32_t number, const cstn__purchase_entry *entry)
{
	const uint8_t *at = run->state->sets.bytes + run->begins[number];
	double sum = 0.0;
	uint32_t i;

	(void)cstn__varint_read(&at);
	for (i = 1; i < entry->days; i++)
		sum += cstn__log((double)cstn__varint_read(&at)) - run->log_unit;
	return sum;
}

static void put_times(export_run *run, const cstn__purchase_entry *entry)
{
	cstn__table_builder *table = run->table;
	int64_t x = (int64_t)entry->days - 1;

	if (run->state->config.flags & CSTN_PURCHASES_EACH_ROW) {
		cstn__table_put_null(table, OUT_X);
		cstn__table_put_null(table, OUT_TX);
		cstn__table_put_null(table, OUT_AGE);
	} else {
		cstn__table_put_i64(table, OUT_X, x);
		cstn__table_put_f64(
				table, OUT_TX, units_of(run, (int64_t)entry->last - entry->first));
		cstn__table_put_f64(
				table, OUT_AGE, units_of(run, (int64_t)run->as_of - entry->first));
	}
}

static cstn_status put_customer(export_run *run, uint32_t number, cstn_error **error)
{
	const cstn__purchase_entry *entry = &run->state->entries.items[number];
	cstn__table_builder *table = run->table;
	int64_t x = (int64_t)entry->days - 1, repeat;
	char room[24];
	const char *text;
	size_t len;

	if (cstn__subtract_i64(entry->value, entry->first_value, &repeat)) {
		text = cstn__ids_text(&run->state->ids, number, room, &len);
		return cstn__fail(error, CSTN_E_OVERFLOW,
				"the repeat value of customer '%.*s' leaves int64", (int)len, text);
	}
	if (run->state->ids.type == CSTN_TYPE_TEXT) {
		text = cstn__ids_text(&run->state->ids, number, room, &len);
		cstn__table_put_text(table, OUT_CUSTOMER, text, len);
	} else
		cstn__table_put_i64(
				table, OUT_CUSTOMER, cstn__ids_number(&run->state->ids, number));
	cstn__table_put_i64(table, OUT_RECENCY, (int64_t)run->as_of - entry->last);
	cstn__table_put_i64(table, OUT_FREQUENCY, entry->days);
	cstn__table_put_i64(table, OUT_MONETARY, entry->value);
	put_times(run, entry);
	if (x)
		cstn__table_put_f64(table, OUT_SPEND, (double)repeat / ((double)x * run->power));
	else
		cstn__table_put_null(table, OUT_SPEND);
	cstn__table_put_f64(
			table, OUT_MEAN, (double)entry->value / ((double)entry->days * run->power));
	cstn__table_put_i64(table, OUT_FIRST_DAY, entry->first);
	cstn__table_put_i64(table, OUT_LAST_DAY, entry->last);
	cstn__table_put_i64(table, OUT_FIRST_VALUE, entry->first_value);
	if (cstn__purchases_has_sets(run->state))
		cstn__table_put_f64(table, OUT_LOG_GAPS, log_gaps(run, number, entry));
	return CSTN_OK;
}

/* Who is in the table: 1, or counted elsewhere: 0. */
static cstn_status sort_out(export_run *run, uint32_t number, int *in, cstn_error **error)
{
	const cstn__purchase_entry *entry = &run->state->entries.items[number];
	char room[24];
	const char *text;
	size_t len;

	*in = 0;
	if (!(entry->flags & CSTN__BOUGHT)) {
		run->outside += entry->flags == CSTN__OUTSIDE;
		run->without += (entry->flags & CSTN__SEEN) != 0;
		return CSTN_OK;
	}
	if (entry->first > run->as_of) {
		run->after++;
		return CSTN_OK;
	}
	if (entry->last > run->as_of) {
		text = cstn__ids_text(&run->state->ids, number, room, &len);
		return cstn__fail(error, CSTN_E_STATE,
				"customer '%.*s' bought from day %d to %d, as_of_days is %d "
				"between "
				"them; give the state a window that ends there",
				(int)len, text, entry->first, entry->last, run->as_of);
	}
	*in = 1;
	run->customers++;
	run->days += entry->days;
	return CSTN_OK;
}

static cstn_status put_counts(export_run *run)
{
	const cstn__table_count counts[] = {{"customers", run->customers},
			{"after_as_of", run->after}, {"outside_window", run->outside},
			{"without_purchase", run->without}, {"days", run->days}};

	return cstn__put_counts(run->table, CSTN__FIELDS(counts)) ? CSTN_E_NOMEM : CSTN_OK;
}

static cstn_status fill(export_run *run, int32_t table, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;
	int in;

	if (table == CSTN_PURCHASES_TABLE_CUSTOMERS && declare(run))
		return cstn__fail_nomem(error);
	for (i = 0; i < run->state->ids.count && status == CSTN_OK; i++) {
		if (run->order[i] >= run->state->entries.count)
			continue;
		status = sort_out(run, run->order[i], &in, error);
		if (status == CSTN_OK && in && table == CSTN_PURCHASES_TABLE_CUSTOMERS)
			status = put_customer(run, run->order[i], error);
	}
	if (status == CSTN_OK && table == CSTN_PURCHASES_TABLE_COUNTS && put_counts(run) != CSTN_OK)
		status = cstn__fail_nomem(error);
	return status;
}

cstn_status cstn_purchases_export(const cstn_purchases *given, int32_t table, int32_t as_of_days,
		int64_t unit_us, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_purchases *state = (cstn_purchases *)(uintptr_t)given;
	export_run run;
	cstn_status status;

	if (!given || !out || unit_us < 0 || table < CSTN_PURCHASES_TABLE_CUSTOMERS ||
			table > CSTN_PURCHASES_TABLE_COUNTS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"state or out is NULL, or table is %d (1 or 2), or unit_us is "
				"negative",
				table);
	if (cstn__purchases_has_sets(state) && cstn__day_sets_settle(state))
		return cstn__fail_nomem(error);
	memset(&run, 0, sizeof(run));
	run.state = state;
	run.as_of = as_of_days;
	run.scale = state->kind.scale < 0 ? 0 : state->kind.scale;
	run.unit_us = unit_us ? unit_us : WEEK_US;
	run.power = (double)cstn__power_of_ten(run.scale);
	run.log_unit = cstn__log(state->config.period_days > 1
						 ? (double)state->config.period_days
						 : (double)run.unit_us / (double)CSTN_DAY_US);
	run.order = cstn__ids_order(&state->ids);
	run.begins = cstn__day_sets_begins(state);
	status = cstn__table_builder_new(&state->allocator, &run.table, error);
	if (status == CSTN_OK && (!run.order || !run.begins))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = fill(&run, table, error);
	cstn__ids_list_free(&state->ids, (uint32_t *)(uintptr_t)run.order);
	cstn__free(&state->allocator, (void *)(uintptr_t)run.begins,
			(state->entries.count + 1) * sizeof(size_t));
	if (status != CSTN_OK) {
		cstn__table_builder_free(run.table);
		return status;
	}
	return cstn__table_export(run.table, out, error);
}
