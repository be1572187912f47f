/* Customer value: fit BG/NBD to a handful of customers and ask who is still there.
 *
 * Prints the parameters, and a line a customer: the probability that he is still a customer, and
 * the purchases expected in the next 26 weeks. */
#include <constellation/constellation.h>

#include "example_rows.h"

#include <stdio.h>

static const char rows[] = "customer,x,tx,T\n"
			   "ann,2,30.4,38.9\nbob,1,1.7,38.9\ncleo,0,0,38.9\ndora,7,29.4,38.9\n"
			   "eric,0,0,35.1\nfay,4,36.0,37.3\ngus,1,20.1,36.6\nhal,0,0,38.0\n"
			   "ivy,2,8.3,34.0\njo,0,0,30.9\nkim,11,33.7,35.0\nleo,0,0,33.0\n";

static const char columns[] = "customer text\nx int64\ntx double\nT double\n";

/* [fit] */
static cstn_status fit(cstn_customer_value **model, cstn_error **error)
{
	struct ArrowArrayStream customers;
	cstn_value_state *state = NULL;
	cstn_status status = cstn_value_state_new("bgnbd", NULL, NULL, &state, error);

	if (status == CSTN_OK)
		status = rows_open(columns, rows, &customers, error);
	if (status == CSTN_OK)
		status = cstn_value_state_update(state, &customers, NULL, NULL, error);
	if (status == CSTN_OK)
		status = cstn_customer_value_fit(state, NULL, model, error);
	cstn_value_state_free(state);
	return status;
}
/* [fit] */

/* Predictions as CSV on the standard output. */
static cstn_status predict(const cstn_customer_value *model, cstn_error **error)
{
	static const double horizon[] = {26.0};
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	struct ArrowArrayStream customers, predicted;
	cstn_status status = rows_open(columns, rows, &customers, error);

	options.horizons = horizon;
	options.n_horizons = 1;
	if (status == CSTN_OK)
		status = cstn_customer_value_predict(
				model, &customers, &options, &predicted, NULL, error);
	if (status == CSTN_OK)
		status = rows_print(&predicted, error);
	return status;
}

int main(void)
{
	static const char *const names[] = {"r", "alpha", "a", "b", "loglik"};
	cstn_customer_value *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = fit(&model, &error);

	for (int i = 0; i < 5 && status == CSTN_OK; i++) {
		double value = 0.0;

		status = cstn_customer_value_get_param(model, names[i], &value, &error);
		if (status == CSTN_OK)
			printf("%s %.4f\n", names[i], value);
	}
	if (status == CSTN_OK)
		status = predict(model, &error);
	cstn_customer_value_unref(model);
	return rows_end(status, error);
}
