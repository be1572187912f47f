/* Out of memory in forecasts that are made to add up. */
#include "oom.h"

#define HEAD "unique_id,ds,model,mean,y\n"
#define PAST                                                                                      \
	"a,1,m,2,3\nb,1,m,2,5\nx,1,m,2,3\ny,1,m,2,5\nax,1,m,2,3\nay,1,m,2,5\nbx,1,m,2,3\nby,1,m," \
	"1,2\n"
#define NEXT "a,2,m,9,\nb,2,m,2,\nx,2,m,4,\ny,2,m,2,\nax,2,m,2,\nay,2,m,-4,\nbx,2,m,2,\nby,2,m,1,\n"

static const char crossed[] =
		"unique_id,parent,tree\nax,a,1\nay,a,1\nbx,b,1\nby,b,1\nax,x,2\nay,y,2\n"
		"bx,x,2\nby,y,2\n";
static const char leaves[] = "unique_id,state,town\nax,a,ax\nbx,b,bx\n";
static const char levelled[] =
		HEAD "a,2,m,9,\nb,2,m,2,\na/ax,2,m,4,\nb/bx,2,m,2,\nax,2,m,2,\nbx,2,m,4,\n";

static cstn_status run_reconcile(oom *o)
{
	static const char *const levels[] = {"state", "town"};
	cstn_reconcile_options options = CSTN_RECONCILE_OPTIONS_INIT;
	struct ArrowArrayStream nodes, base, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.threads = 1;
	options.flags = CSTN_RECONCILE_NOT_NEGATIVE | CSTN_RECONCILE_INTEGERS |
			CSTN_RECONCILE_EXPLAINED;
	if (o->which == 0) {
		options.weights = CSTN_RECONCILE_VARIANCE;
		csv_rows(&nodes, "unique_id text\nparent text\ntree int64\n", crossed);
	} else {
		options.levels = levels;
		options.n_levels = 2;
		csv_rows(&nodes, "unique_id text\nstate text\ntown text\n", leaves);
	}
	csv_rows(&base, "unique_id text\nds int64\nmodel text\nmean double null\ny double null\n",
			o->which == 0   ? HEAD PAST NEXT
			: o->which == 1 ? levelled
					: HEAD "a,2,m,,\n");
	oom_arm(o);
	OOM_CALL(status, cstn_reconcile(&nodes, &base, &options, o->allocator, &out, &bad, &error));
	ck_assert((status == CSTN_OK) == (out.release != NULL));
	ck_assert((status == CSTN_E_ROWS) == (bad != NULL));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	return oom_rows(status, bad, o->which == 2);
}

const oom_case oom_cases_reconcile[] = {
		{"cstn_reconcile", run_reconcile, 0, 0},
		{"cstn_reconcile", run_reconcile, 0, 1},
		{"cstn_reconcile", run_reconcile, 0, 2},
};
const size_t oom_count_reconcile = sizeof(oom_cases_reconcile) / sizeof(oom_cases_reconcile[0]);
