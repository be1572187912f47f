/* Out of memory in planning with a partner. */
#include "oom.h"

#define SCHEMA                                                                     \
	"unique_id text\nds int64\ny double null\na double\nb double\npool text\n" \
	"override double null\nunder_minor double\nover_minor double\n"
#define CELLS                                                                           \
	"unique_id,ds,y,a,b,pool,override,under_minor,over_minor\n"                     \
	"i,1,10,12,9,p,,2,1\ni,2,10,10,11,p,,2,1\ni,3,,14,7,p,,2,1\nj,1,4,4,5,q,,2,1\n" \
	"j,2,,4,5,q,7,2,1\nj,2,,4,5,q,7,2,1\n"

/* The item j is there twice in a period: it is left out. */
static cstn_status run_cells(oom *o)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.by = CSTN_PLAN_BY_POOL | CSTN_PLAN_BY_HORIZON;
	options.cells_least = 1;
	csv_rows(&rows, SCHEMA, CELLS);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_plan_compare(&rows, &options, o->allocator, &out, &bad,
						 &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_plan_resolve(&rows, &options, o->allocator, &out, &bad,
						 &error));
	else
		OOM_CALL(status, cstn_plan_ledger(&rows, &options, o->allocator, &out, &bad,
						 &error));
	return oom_table_of_rest(o, status, &out, bad);
}

static cstn_status run_order(oom *o)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	csv_rows(&rows, "unique_id text\nds int64\nmean double\n",
			"unique_id,ds,mean\ni,1,10\ni,2,10\nj,1,-1\nk,1,3\n");
	oom_arm(o);
	OOM_CALL(status, cstn_plan_order(&rows, &options, o->allocator, &out, &bad, &error));
	return oom_table_of_rest(o, status, &out, bad);
}

const oom_case oom_cases_partner[] = {
		{"cstn_plan_compare", run_cells, 0, 0},
		{"cstn_plan_resolve", run_cells, 0, 1},
		{"cstn_plan_ledger", run_cells, 0, 2},
		{"cstn_plan_order", run_order, 0, 0},
};
const size_t oom_count_partner = sizeof(oom_cases_partner) / sizeof(oom_cases_partner[0]);
