/* Happy and loyal: what customers did, said and bought, judged with bounds.
 *
 * Prints the shares as sets, and why one customer is judged as it is. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>
#include <string.h>

static const char said[] = "customer,valid,source,number,occasions,first\n"
			   "ann,2025-09-03,REFERRAL,,,\n"
			   "ann,2025-11-20,QUOTE_REQUEST,,4,4\n"
			   "bob,2025-10-11,NPS_ANSWER,9,,\n"
			   "bob,2025-10-12,QUOTE_REQUEST,,5,3\n"
			   "cleo,2025-06-30,PRICE_INCREASE_REFUSED,,,\n";
static const char bought[] = "customer,valid,item,quantity,amount\n"
			     "ann,2024-05-02,bolt,100,2000\nann,2024-05-02,nut,100,1000\n"
			     "ann,2024-05-02,gasket,10,5000\nann,2025-05-06,bolt,110,2310\n"
			     "ann,2025-05-06,nut,100,1050\nann,2025-05-06,gasket,10,5200\n"
			     "bob,2025-02-01,bolt,10,210\ncleo,2025-03-01,nut,40,420\n";

/* [update] */
static cstn_status collect(cstn_loyalty *known, cstn_error **error)
{
	struct ArrowArrayStream evidence, purchases;
	cstn_status status = rows_open("customer text\nvalid date\nsource text\nnumber int64 null\n"
				       "occasions int64 null\nfirst int64 null\n",
			said, &evidence, error);

	if (status == CSTN_OK)
		status = cstn_loyalty_update(
				known, CSTN_LOYALTY_ROWS_EVIDENCE, &evidence, NULL, NULL, error);
	if (status == CSTN_OK)
		status = rows_open("customer text\nvalid date\nitem text\nquantity int64\n"
				   "amount int64\n",
				bought, &purchases, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_update(
				known, CSTN_LOYALTY_ROWS_PURCHASES, &purchases, NULL, NULL, error);
	return status;
}
/* [update] */

/* [finish] */
static cstn_status judge(cstn_loyalty *known, cstn_loyalty_verdicts **verdicts, cstn_error **error)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_status status = cstn_time_parse("2025-12-31", 10, NULL, 0, &options.as_of_us, error);

	if (status == CSTN_OK)
		status = cstn_loyalty_finish(known, &options, verdicts, error);
	return status;
}
/* [finish] */

/* [shares] */
static cstn_status print_shares(const cstn_loyalty_verdicts *verdicts, cstn_error **error)
{
	struct ArrowArrayStream shares;
	cstn_buffer *csv = NULL;
	cstn_status status = cstn_loyalty_verdicts_export(
			verdicts, CSTN_TABLE_LOYALTY_SHARES, &shares, error);

	if (status == CSTN_OK)
		status = cstn_csv_write_bytes(&shares, NULL, NULL, &csv, error);
	/* the first rows are of all customers: verdict, customers, yes, no, unknown, .. */
	if (status == CSTN_OK) {
		const char *at = (const char *)cstn_buffer_data(csv);
		char verdict[16];
		int customers, yes, no, unknown, i;

		for (i = 0; i < 5 && (at = strchr(at, '\n')) != NULL; i++, at++)
			if (sscanf(at + 1, "all,,,%15[^,],%d,%d,%d,%d", verdict, &customers, &yes,
					    &no, &unknown) == 5)
				printf("%s: at least %d, at most %d of %d\n", verdict, yes,
						yes + unknown, customers);
	}
	cstn_buffer_free(csv);
	return status;
}
/* [shares] */

/* [explain] */
static cstn_status print_why(const cstn_loyalty_verdicts *verdicts, cstn_error **error)
{
	cstn_buffer *words = NULL;
	cstn_status status = cstn_verdict_explain(verdicts, "ann", 3, &words, error);

	if (status == CSTN_OK)
		printf("%s", (const char *)cstn_buffer_data(words));
	cstn_buffer_free(words);
	return status;
}
/* [explain] */

int main(void)
{
	cstn_loyalty *known = NULL;
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_loyalty_new(NULL, NULL, &known, &error);

	if (status == CSTN_OK)
		status = collect(known, &error);
	if (status == CSTN_OK)
		status = judge(known, &verdicts, &error);
	if (status == CSTN_OK)
		status = print_shares(verdicts, &error);
	if (status == CSTN_OK)
		status = print_why(verdicts, &error);
	cstn_loyalty_verdicts_free(verdicts);
	cstn_loyalty_free(known);
	return rows_end(status, error);
}
