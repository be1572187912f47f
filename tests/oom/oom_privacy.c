/* Out of memory in what is measured, generalised and given out of private rows. */
#include "oom.h"

#define SCHEMA "firm text\ntown text\nage int64\npay int64\n"
#define ROWS                                                                                \
	"firm,town,age,pay\nA,Ulm,31,5\nB,Ulm,32,6\nC,Ulm,33,7\nA,Bonn,41,8\nB,Bonn,42,9\n" \
	"C,Bonn,49,5\nD,Koeln,41,8\nD,Koeln,45,8\n"

static void hierarchy_rows(struct ArrowArrayStream *out)
{
	csv_rows(out, "value text\nparent text null\n",
			"value,parent\nUlm,South\nBonn,West\nKoeln,West\nSouth,\n");
}

static cstn_status hierarchy(oom *o)
{
	cstn_hierarchy *out = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	hierarchy_rows(&rows);
	oom_arm(o);
	OOM_CALL(status, cstn_hierarchy_new(&rows, NULL, o->allocator, &out, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_hierarchy_unref(out);
	return status;
}

static cstn_hierarchy *towns(void)
{
	cstn_hierarchy *out;
	struct ArrowArrayStream rows;

	hierarchy_rows(&rows);
	ck_assert_int_eq(cstn_hierarchy_new(&rows, NULL, NULL, &out, NULL), CSTN_OK);
	return out;
}

/* 0: measures; 1: the table without small classes. */
static cstn_status private_rows(oom *o)
{
	static const char *const quasi[] = {"town", "age"}, *const keep[] = {"firm"};
	cstn_hierarchy *all = towns();
	const cstn_generalise_step steps[] = {
			{"town", CSTN_GENERALISE_HIERARCHY, 1, 0, 0, 0, 0, all},
			{"age", CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	struct ArrowArrayStream rows, table = {0};
	cstn_status status;

	options.quasi = quasi;
	options.n_quasi = 2;
	options.sensitive = "pay";
	options.keep = keep;
	options.n_keep = 1;
	options.steps = steps;
	options.n_steps = 2;
	options.k = 2;
	options.allocator = o->allocator;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	if (o->which == 0) {
		OOM_CALL(status, cstn_privacy_measure(&rows, &options, &out, NULL, &error));
		oom_disarm(o);
		ck_assert_int_eq(out.rows, status == CSTN_OK ? 8 : 0);
	} else {
		OOM_CALL(status, cstn_privacy_anonymise(
						 &rows, &options, &table, NULL, NULL, &error));
		status = oom_table(o, status, &table);
	}
	ck_assert_ptr_null(rows.release);
	cstn_hierarchy_unref(all);
	return status;
}

const oom_case oom_cases_privacy[] = {
		{"cstn_hierarchy_new", hierarchy, 0, 0},
		{"cstn_privacy_measure", private_rows, 0, 0},
		{"cstn_privacy_anonymise", private_rows, 0, 1},
};
const size_t oom_count_privacy = sizeof(oom_cases_privacy) / sizeof(oom_cases_privacy[0]);
