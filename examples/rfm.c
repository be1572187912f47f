/* RFM: orders to customers, scores and named segments.
 *
 * Prints a line a customer: the scores for recency, frequency and value, and the segment. */
#include <constellation/constellation.h>

#include "example_rows.h"

static const char rows[] = "customer,day,value\n"
			   "ann,2026-01-05,40.00\nann,2026-01-19,25.50\nann,2026-02-23,61.00\n"
			   "bob,2026-01-07,12.00\ncleo,2026-02-02,80.00\ncleo,2026-02-02,9.90\n"
			   "cleo,2026-02-20,75.00\ncleo,2026-02-25,-9.90\ndora,2026-01-03,5.00\n"
			   "eric,2026-01-12,30.00\neric,2026-02-26,30.00\n";

static const char columns[] = "customer text\nday date\nvalue decimal scale=2\n";

/* [update] */
static cstn_status count(cstn_purchases **state, cstn_error **error)
{
	struct ArrowArrayStream orders;
	cstn_status status = cstn_purchases_new(NULL, NULL, state, error);

	if (status == CSTN_OK)
		status = rows_open(columns, rows, &orders, error);
	if (status == CSTN_OK)
		status = cstn_purchases_update(*state, &orders, NULL, NULL, error);
	return status;
}
/* [update] */

/* [summary] */
static cstn_status customers_of(
		const cstn_purchases *state, struct ArrowArrayStream *out, cstn_error **error)
{
	int32_t as_of_days = 0;
	cstn_status status = cstn_days_from_civil(2026, 2, 28, &as_of_days, error);

	if (status == CSTN_OK)
		status = cstn_purchases_export(
				state, CSTN_PURCHASES_TABLE_CUSTOMERS, as_of_days, 0, out, error);
	return status;
}
/* [summary] */

/* [fit] */
static cstn_status fit(const cstn_purchases *state, cstn_rfm **model, cstn_error **error)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream customers;
	cstn_status status = customers_of(state, &customers, error);

	options.rules = "ten-segments";
	if (status == CSTN_OK)
		status = cstn_rfm_fit(&customers, &options, NULL, model, NULL, error);
	return status;
}
/* [fit] */

/* [predict] */
static cstn_status predict(const cstn_purchases *state, const cstn_rfm *model, cstn_error **error)
{
	struct ArrowArrayStream customers, scored;
	cstn_status status = customers_of(state, &customers, error);

	if (status == CSTN_OK)
		status = cstn_rfm_predict(model, &customers, NULL, &scored, NULL, error);
	if (status == CSTN_OK)
		status = rows_print(&scored, error);
	return status;
}
/* [predict] */

int main(void)
{
	cstn_purchases *state = NULL;
	cstn_rfm *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = count(&state, &error);

	if (status == CSTN_OK)
		status = fit(state, &model, &error);
	if (status == CSTN_OK)
		status = predict(state, model, &error);
	cstn_rfm_unref(model);
	cstn_purchases_free(state);
	return rows_end(status, error);
}
