/* Customers in segments: recency, frequency and spend into three clusters, and where a new customer
 * belongs.
 *
 * Prints a line a cluster, and the label of the newcomer. */
#include <constellation/constellation.h>

#include "example_rows.h"

static const char rows[] = "days_since,purchases,spend\n"
			   "3,41,9120\n5,38,8770\n2,52,10400\n4,44,7900\n"
			   "31,6,640\n40,5,580\n28,8,810\n35,7,700\n52,4,390\n44,6,610\n"
			   "290,1,45\n310,1,60\n365,1,38\n402,2,75\n280,1,52\n";
static const char newcomer[] = "days_since,purchases,spend\n29,5,700\n";
static const char *const features[] = {"days_since", "purchases", "spend"};

static const char columns[] = "days_since double\npurchases double\nspend double\n";

/* [fit] */
static cstn_status fit(cstn_kmeans **model, cstn_error **error)
{
	const uint32_t usual = CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z;
	const uint32_t transforms[] = {usual, usual, usual};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream customers;
	cstn_status status = rows_open(columns, rows, &customers, error);

	options.transforms = transforms;
	options.order = CSTN_KMEANS_ORDER_COLUMN;
	options.order_column = 2; /* the segment that spends most is number 0 */
	if (status == CSTN_OK)
		status = cstn_kmeans_fit(
				&customers, features, 3, 3, &options, NULL, model, NULL, error);
	return status;
}
/* [fit] */

int main(void)
{
	struct ArrowArrayStream customer, table;
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = fit(&model, &error);

	if (status == CSTN_OK)
		status = cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &table, &error);
	if (status == CSTN_OK)
		status = rows_print(&table, &error);
	if (status == CSTN_OK)
		status = rows_open(columns, newcomer, &customer, &error);
	if (status == CSTN_OK)
		status = cstn_kmeans_predict(model, &customer, NULL, &table, NULL, &error);
	if (status == CSTN_OK)
		status = rows_print(&table, &error);
	cstn_kmeans_unref(model);
	return rows_end(status, error);
}
