/* Out of memory in forecasts of rows. */
#include <stdio.h>

#include "../unit/csv_rows.h"
#include "oom.h"

/* Three series of 30 periods, one of them behind a gap, in an order of their own. */
static void rows_of(struct ArrowArrayStream *out)
{
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y\n");
	int i;

	for (i = 0; i < 90; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "s%d,%d,%d\n", i % 3,
				(i * 7) % 30 + (i % 3 == 1 && (i * 7) % 30 > 20), i % 11);
	csv_rows(out, "unique_id text\nds int64\ny double\n", text);
}

static cstn_status run_fit(oom *o)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	options.models = 0x3ff;
	options.season = 7;
	options.threads = 1;
	rows_of(&rows);
	oom_arm(o);
	OOM_CALL(status, cstn_family_fit(&rows, &options, o->allocator, &out, &bad, &error));
	ck_assert((status == CSTN_E_ROWS) == (out.release != NULL));
	ck_assert((status == CSTN_E_ROWS) == (bad != NULL));
	if (status == CSTN_E_ROWS)
		status = oom_drain(&out);
	oom_disarm(o);
	cstn_row_errors_free(bad);
	return status;
}

const oom_case oom_cases_forecast[] = {
		{"cstn_family_fit", run_fit, 0, 0},
};
const size_t oom_count_forecast = sizeof(oom_cases_forecast) / sizeof(oom_cases_forecast[0]);
