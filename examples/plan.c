/* A shop and its supplier plan the same cells: what they differ in, what they agree on, what is
 * ordered for it, and who was right when the weeks are over. */
#include "example_rows.h"

static const char schema[] = "unique_id text\nds date\ny double null\na double\nb double\n";
static const char cells[] = "unique_id,ds,y,a,b\n"
			    "tea,2025-11-03,100,112,97\ntea,2025-11-10,120,131,110\n"
			    "tea,2025-11-17,90,97,99\ntea,2025-11-24,110,126,104\n"
			    "tea,2025-12-01,,130,112\ntea,2025-12-08,,180,115\n";

/* One of the three calls on these cells, printed. */
static cstn_status show(int which, cstn_error **error)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status = rows_open(schema, cells, &rows, error);

	if (status != CSTN_OK)
		return status;
	options.period = CSTN_PERIOD_WEEK;
	if (which == 0) {
		/* [compare] */
		options.agreed_ppm = 200000; /* until there are 20 past cells: a fifth ... */
		options.agreed_units = 10;   /* ... and ten units */
		status = cstn_plan_compare(&rows, &options, NULL, &out, &bad, error);
		/* [compare] */
	} else if (which == 1) {
		/* [resolve] */
		status = cstn_plan_resolve(&rows, &options, NULL, &out, &bad, error);
		/* [resolve] */
	} else {
		/* [ledger] */
		status = cstn_plan_ledger(&rows, &options, NULL, &out, &bad, error);
		/* [ledger] */
	}
	cstn_row_errors_free(bad);
	return status == CSTN_OK ? rows_print(&out, error) : status;
}

static cstn_status orders(cstn_error **error)
{
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status = rows_open("unique_id text\nds date\nmean double\nsd double\non_hand "
				       "double\npack double\n",
			"unique_id,ds,mean,sd,on_hand,pack\ntea,2025-12-01,118,15,160,24\n"
			"tea,2025-12-08,140,18,160,24\ntea,2025-12-15,125,16,160,24\n",
			&rows, error);

	if (status != CSTN_OK)
		return status;
	/* [order] */
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;

	options.period = CSTN_PERIOD_WEEK;
	options.lead = 1;
	status = cstn_plan_order(&rows, &options, NULL, &out, &bad, error);
	/* [order] */
	cstn_row_errors_free(bad);
	return status == CSTN_OK ? rows_print(&out, error) : status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;
	int which;

	for (which = 0; which < 3 && status == CSTN_OK; which++)
		status = show(which, &error);
	if (status == CSTN_OK)
		status = orders(&error);
	return rows_end(status, error);
}
