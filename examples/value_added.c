/* A forecast through three hands, and which of them made it better. */
#include "example_rows.h"

#include <stdio.h>

static const char schema[] = "unique_id text\nds int64\nauthor text\ny double\nnaive double\n"
			     "model double\nplanner double\nplanner_available_us int64\n";
static const char cells[] = "unique_id,ds,author,y,naive,model,planner,planner_available_us\n"
			    "tea,7,sales,36,33,35,36,6\npot,7,sales,3,1,2,5,6\n"
			    "cup,7,supply,20,26,23,15,7\njug,7,supply,8,9,9,8,7\n"
			    "tray,7,supply,15,15,14,15,8\n";

static cstn_status print(const cstn_value_added *ledger, uint32_t by, cstn_error **error)
{
	struct ArrowArrayStream table;
	/* [result] */
	cstn_status status = cstn_value_added_result(ledger, by, &table, error);
	/* [result] */

	return status == CSTN_OK ? rows_print(&table, error) : status;
}

int main(void)
{
	static const char *const steps[] = {"naive", "model", "planner"};
	cstn_value_added_config config = CSTN_VALUE_ADDED_CONFIG_INIT;
	cstn_value_added *ledger = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	config.steps = steps;
	config.n_steps = 3;
	config.under_minor = 250;
	config.over_minor = 40;
	status = cstn_value_added_new(&config, NULL, &ledger, &error);
	if (status == CSTN_OK)
		status = rows_open(schema, cells, &rows, &error);
	/* [update] */
	if (status == CSTN_OK)
		status = cstn_value_added_update(ledger, &rows, NULL, NULL, &error);
	/* [update] */
	if (status == CSTN_OK)
		status = print(ledger, 0, &error);
	if (status == CSTN_OK)
		status = print(ledger, CSTN_VALUE_ADDED_BY_AUTHOR, &error);
	if (status == CSTN_OK)
		status = print(ledger, CSTN_VALUE_ADDED_LATE, &error);
	cstn_value_added_free(ledger);
	return rows_end(status, error);
}
