/* What customers said over a quarter, and whether the promised plan helped. */
#include <constellation/constellation.h>

#include "example_rows.h"

static const char schema_text[] = "event_id int64\ncustomer text\nkind text\nvalid date\n"
				  "order_id text null\nreason text null\nnumber int64 null\n"
				  "carrier text null\n";

/* Acme's parcels came late until a plan was promised; event 3 was delivered twice. */
static const char rows_text[] = "event_id,customer,kind,valid,order_id,reason,number,carrier\n"
				"1,Acme,ORDER_FAILED,2024-01-08,O1,late,,North\n"
				"2,Acme,ORDER_FAILED,2024-01-15,O2,late,,North\n"
				"3,Acme,COMPLAINT,2024-01-16,O2,late,,North\n"
				"3,Acme,COMPLAINT,2024-01-16,O2,late,,North\n"
				"4,Acme,NPS_ANSWER,2024-01-17,,,3,\n"
				"5,Acme,PLAN_PROMISED,2024-01-20,,late,,\n"
				"6,Acme,ORDER_PERFECT,2024-02-01,O3,,,North\n"
				"7,Acme,ORDER_PERFECT,2024-02-11,O4,,,North\n"
				"8,Acme,NPS_ANSWER,2024-02-12,,,9,\n"
				"9,Bolt,ORDER_PERFECT,2024-01-09,O5,,,South\n"
				"10,Bolt,NPS_ANSWER,2024-01-10,,,10,\n";

/* [table] */
static cstn_status print_table(const cstn_interactions *set, int32_t table, cstn_error **error)
{
	cstn_feedback_options options = CSTN_FEEDBACK_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_status status;

	options.until_us = 19900 * CSTN_DAY_US; /* 2024-06-26: now */
	status = cstn_feedback_table(set, table, &options, &rows, error);
	if (status == CSTN_OK)
		status = rows_print(&rows, error);
	return status;
}
/* [table] */

int main(void)
{
	cstn_interactions *set = NULL;
	struct ArrowArrayStream rows = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status;
	int32_t table;

	status = rows_open(schema_text, rows_text, &rows, &error);
	if (status == CSTN_OK)
		status = cstn_interactions_new(NULL, &set, &error);
	if (status == CSTN_OK)
		status = cstn_interactions_update(set, &rows, NULL, NULL, &error);
	for (table = CSTN_TABLE_FEEDBACK_NET_PROMOTER;
			table <= CSTN_TABLE_FEEDBACK_EFFECT && status == CSTN_OK; table++)
		status = print_table(set, table, &error);
	cstn_interactions_free(set);
	return rows_end(status, error);
}
