/* Retention: who stays, who comes again, and how long contracts last.
 *
 * Prints the rates of two quarters, why existing customers grew, the cohorts by month, and the
 * survival of contracts. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>

static const char orders[] = "customer,day,value\n"
			     "ann,2026-01-05,40.00\nann,2026-02-19,25.50\nann,2026-05-23,91.00\n"
			     "bob,2026-01-07,12.00\nbob,2026-04-02,30.00\nbob,2026-04-04,-18.00\n"
			     "cleo,2026-02-02,80.00\ncleo,2026-03-20,75.00\n"
			     "dora,2026-03-03,5.00\ndora,2026-06-12,5.00\n"
			     "eric,2026-05-12,30.00\neric,2026-06-26,30.00\n";
static const char spans[] = "start_day,end_day\n"
			    "2025-01-01,2026-02-10\n2025-03-01,\n2025-06-01,2026-05-01\n"
			    "2025-06-01,\n2025-11-15,2026-04-20\n2026-02-01,2026-03-01\n";

static cstn_status print(struct ArrowArrayStream *table, cstn_error **error)
{
	cstn_status status = rows_print(table, error);

	putchar('\n');
	return status;
}

/* [update] */
static cstn_status count(cstn_retention **state, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = cstn_retention_new(NULL, NULL, state, error);

	if (status == CSTN_OK)
		status = rows_open("customer text\nday date\nvalue decimal scale=2\n", orders,
				&rows, error);
	if (status == CSTN_OK)
		status = cstn_retention_update(*state, &rows, NULL, NULL, error);
	return status;
}
/* [update] */

static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
	int32_t days = 0;

	if (cstn_days_from_civil(year, month, day, &days, NULL) != CSTN_OK)
		return 0;
	return days;
}

/* [ask] */
static cstn_status ask(const cstn_retention *state, cstn_error **error)
{
	static const int32_t tables[] = {CSTN_RETENTION_TABLE_RATES, CSTN_RETENTION_TABLE_GROWTH,
			CSTN_RETENTION_TABLE_COHORTS};
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	cstn_status status = CSTN_OK;
	int i;

	question.as_of_days = day_of(2026, 6, 30);
	question.base_from_days = day_of(2026, 1, 1);
	question.base_to_days = question.next_from_days = day_of(2026, 4, 1);
	question.next_to_days = day_of(2026, 7, 1);
	question.horizon_days = 60;
	for (i = 0; i < 3 && status == CSTN_OK; i++) {
		struct ArrowArrayStream table;

		status = cstn_retention_export(state, tables[i], &question, &table, error);
		if (status == CSTN_OK)
			status = print(&table, error);
	}
	return status;
}
/* [ask] */

/* [contracts] */
static cstn_status last(cstn_error **error)
{
	cstn_contracts *state = NULL;
	struct ArrowArrayStream rows, table;
	cstn_status status = cstn_contracts_new(NULL, &state, error);

	if (status == CSTN_OK)
		status = rows_open("start_day date\nend_day date null\n", spans, &rows, error);
	if (status == CSTN_OK)
		status = cstn_contracts_update(state, &rows, NULL, NULL, error);
	if (status == CSTN_OK)
		status = cstn_contracts_export(state, CSTN_CONTRACTS_TABLE_SURVIVAL,
				day_of(2026, 6, 30), 0, 0, &table, error);
	if (status == CSTN_OK)
		status = print(&table, error);
	if (status == CSTN_OK)
		status = cstn_contracts_export(state, CSTN_CONTRACTS_TABLE_CHURN,
				day_of(2026, 6, 30), day_of(2026, 1, 1), day_of(2026, 7, 1), &table,
				error);
	if (status == CSTN_OK)
		status = print(&table, error);
	cstn_contracts_free(state);
	return status;
}
/* [contracts] */

int main(void)
{
	cstn_retention *state = NULL;
	cstn_error *error = NULL;
	cstn_status status = count(&state, &error);

	if (status == CSTN_OK)
		status = ask(state, &error);
	if (status == CSTN_OK)
		status = last(&error);
	cstn_retention_free(state);
	return rows_end(status, error);
}
