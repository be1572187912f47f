/* Customers by what they buy and what they are: a number and two categories into three clusters,
 * and where newcomers belong, one of them from a channel nobody knows.
 *
 * Prints a line a cluster, and a line a newcomer. */
#include <constellation/constellation.h>

#include "example_rows.h"

static const char rows[] = "spend,channel,sector\n"
			   "9120,portal,hospital\n8770,portal,hospital\n10400,edi,hospital\n"
			   "640,portal,clinic\n580,phone,clinic\n810,portal,clinic\n"
			   "700,portal,clinic\n390,phone,farm\n610,phone,farm\n"
			   "450,phone,farm\n380,phone,farm\n520,mail,farm\n";
static const char newcomers[] = "spend,channel,sector\n500,phone,farm\n9000,fax,hospital\n";
static const char *const numeric[] = {"spend"};
static const char *const categorical[] = {"channel", "sector"};

static const char columns[] = "spend double\nchannel text\nsector text\n";

/* [fit] */
static cstn_status fit(cstn_prototypes **model, cstn_error **error)
{
	const uint32_t transforms[] = {CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_Z};
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	struct ArrowArrayStream customers;
	cstn_status status = rows_open(columns, rows, &customers, error);

	options.transforms = transforms;
	if (status == CSTN_OK)
		status = cstn_prototypes_fit(&customers, numeric, 1, categorical, 2, 3, &options,
				NULL, model, NULL, error);
	return status;
}
/* [fit] */

int main(void)
{
	struct ArrowArrayStream customers, table;
	cstn_prototypes *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = fit(&model, &error);

	if (status == CSTN_OK)
		status = cstn_prototypes_export(
				model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &table, &error);
	if (status == CSTN_OK)
		status = rows_print(&table, &error);
	if (status == CSTN_OK)
		status = rows_open(columns, newcomers, &customers, &error);
	if (status == CSTN_OK)
		status = cstn_prototypes_predict(model, &customers, NULL, &table, NULL, &error);
	if (status == CSTN_OK)
		status = rows_print(&table, &error);
	cstn_prototypes_unref(model);
	return rows_end(status, error);
}
