/* Forecasts of a country, two states and their towns, each made for itself, are made to add up: by
 * least squares with the towns below as weights, and then in whole numbers. */
#include "example_rows.h"

static const char towns[] = "unique_id,state\nMelbourne,Victoria\nGeelong,Victoria\nPerth,West\n";
static const char forecasts[] =
		"unique_id,ds,mean,q_900000\n"
		"Country,2026-01-01,100,120\nVictoria,2026-01-01,70,84\nWest,2026-01-01,24,31\n"
		"Melbourne,2026-01-01,45,55\nGeelong,2026-01-01,20,27\nPerth,2026-01-01,26,33\n";

static cstn_status reconcile(uint32_t flags, cstn_error **error)
{
	struct ArrowArrayStream nodes, base, out;
	cstn_status status = rows_open("unique_id text\nstate text\n", towns, &nodes, error);

	if (status != CSTN_OK)
		return status;
	status = rows_open("unique_id text\nds date\nmean double\nq_900000 double\n", forecasts,
			&base, error);
	if (status != CSTN_OK) {
		nodes.release(&nodes);
		return status;
	}
	/* [reconcile] */
	static const char *const levels[] = {"state"}, *const quantiles[] = {"q_900000"};
	cstn_reconcile_options options = CSTN_RECONCILE_OPTIONS_INIT;

	options.flags = flags;
	options.levels = levels;
	options.n_levels = 1;
	options.total = "Country";
	options.quantiles = quantiles;
	options.n_quantiles = 1;
	status = cstn_reconcile(&nodes, &base, &options, NULL, &out, NULL, error);
	/* [reconcile] */
	return status == CSTN_OK ? rows_print(&out, error) : status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = reconcile(0, &error);

	if (status == CSTN_OK)
		status = reconcile(CSTN_RECONCILE_NOT_NEGATIVE | CSTN_RECONCILE_INTEGERS, &error);
	return rows_end(status, error);
}
