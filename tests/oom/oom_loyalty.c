/* Out of memory in states of loyalty and verdicts. */
#include "oom.h"

#include <stdio.h>

static const char *const schemas[] = {
		"customer text null\nvalid date\nsource text\nnumber int64 null\n",
		"customer text\nvalid date\nitem text\nquantity int64\namount int64\n",
		"customer text\nsegment text null\nstage text null\nmargin int64\n"};
static const char *const rows[] = {
		"customer,valid,source,number\nann,2024-02-01,REFERRAL,\nbob,2024-02-01,PANEL,1\n"
		"ann,2024-02-02,ORDER,\nann,2024-01-01,PAYS_STATED,1\n",
		"customer,valid,item,quantity,amount\nbob,2024-03-01,x,1,5\nbob,2024-03-01,x,1,5\n"
		"ann,2024-03-01,y,1,5\n",
		"customer,segment,stage,margin\nann,A,COMMIT,5\nbob,,LOST,-5\n"};

static cstn_loyalty *filled(const cstn_allocator *allocator)
{
	cstn_loyalty *state = NULL;
	struct ArrowArrayStream stream;
	int32_t kind;

	ck_assert_int_eq(cstn_loyalty_new("EUR", allocator, &state, NULL), CSTN_OK);
	for (kind = 1; kind <= 3; kind++) {
		csv_rows(&stream, schemas[kind - 1], rows[kind - 1]);
		ck_assert_int_eq(cstn_loyalty_update(state, kind, &stream, NULL, NULL, NULL),
				CSTN_OK);
	}
	return state;
}

static cstn_loyalty_verdicts *judged(const cstn_allocator *allocator)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_loyalty *state = filled(allocator);
	cstn_loyalty_verdicts *verdicts = NULL;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	ck_assert_int_eq(cstn_loyalty_finish(state, &options, &verdicts, NULL), CSTN_OK);
	cstn_loyalty_free(state);
	return verdicts;
}

static cstn_status update(oom *o)
{
	int32_t kind = o->which;
	cstn_loyalty *state = filled(o->allocator);
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream stream;
	cstn_status status;
	char text[4000];
	int i;

	/* more than there is room for, and of evidence a bad row */
	snprintf(text, sizeof(text), "%s%s", rows[kind - 1],
			kind == 1 ? "ann,2024-01-01,PAYS_STATED,7\n" : "");
	for (i = 0; i < 60; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
				kind == 1   ? "c%d,2024-01-01,ORDER,\n"
				: kind == 2 ? "c%d,2024-01-01,z,1,1\n"
					    : "c%d,C,D,1\n",
				i);
	csv_rows(&stream, schemas[kind - 1], text);
	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_update(state, kind, &stream, NULL, &bad, &error));
	ck_assert_ptr_null(stream.release);
	oom_unchanged(o, status, &sealed_loyalty, state, filled(NULL));
	return oom_rows(status, bad, kind == CSTN_LOYALTY_ROWS_EVIDENCE);
}

OOM_MAKE(new_state, loyalty, free, cstn_loyalty_new("EUR", o->allocator, &made, &error))
OOM_MERGE(loyalty, filled(o->allocator), filled(NULL), filled(NULL))
OOM_REMOVE(loyalty, filled(o->allocator), filled(NULL), "customer text\n", "customer\nann\nzoe\n")
OOM_BYTES(loyalty, filled(o->allocator), filled(NULL))

static cstn_status finish(oom *o)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;
	cstn_loyalty *state = filled(o->allocator);
	cstn_loyalty_verdicts *verdicts = NULL;
	cstn_status status;

	options.as_of_us = 19904 * CSTN_DAY_US;
	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_finish(state, &options, &verdicts, &error));
	oom_disarm(o);
	ck_assert((verdicts == NULL) == (status != CSTN_OK));
	cstn_loyalty_verdicts_free(verdicts);
	oom_unchanged(o, status, &sealed_loyalty, state, filled(NULL));
	return status;
}

OOM_TABLE(export_table, loyalty_verdicts, free, judged(o->allocator),
		cstn_loyalty_verdicts_export(self, o->which, &out, &error))
OOM_TABLE(export_flows, loyalty_verdicts, free, judged(o->allocator),
		cstn_loyalty_verdicts_flows(self, self, &out, &error))
OOM_MAKE_OF(explain, buffer, free, loyalty_verdicts, free, judged(o->allocator),
		cstn_verdict_explain(self, "ann", 3, &made, &error))

const oom_case oom_cases_loyalty[] = {
		{"cstn_loyalty_new", new_state, 0, 0},
		{"cstn_loyalty_update", update, 0, CSTN_LOYALTY_ROWS_EVIDENCE},
		{"cstn_loyalty_update", update, 0, CSTN_LOYALTY_ROWS_PURCHASES},
		{"cstn_loyalty_update", update, 0, CSTN_LOYALTY_ROWS_CUSTOMERS},
		{"cstn_loyalty_merge", loyalty_merge, 0, 0},
		{"cstn_loyalty_remove", loyalty_remove, 0, 0},
		{"cstn_loyalty_serialize", loyalty_to_bytes, 0, 0},
		{"cstn_loyalty_deserialize", loyalty_from_bytes, 0, 0},
		{"cstn_loyalty_finish", finish, 0, 0},
		{"cstn_loyalty_verdicts_export", export_table, 0, CSTN_TABLE_LOYALTY_CUSTOMERS},
		{"cstn_loyalty_verdicts_export", export_table, 0, CSTN_TABLE_LOYALTY_CELLS},
		{"cstn_loyalty_verdicts_export", export_table, 0, CSTN_TABLE_LOYALTY_SHARES},
		{"cstn_loyalty_verdicts_export", export_table, 0, CSTN_TABLE_LOYALTY_PROMOTERS},
		{"cstn_loyalty_verdicts_flows", export_flows, 0, 0},
		{"cstn_verdict_explain", explain, 0, 0},
};
const size_t oom_count_loyalty = sizeof(oom_cases_loyalty) / sizeof(oom_cases_loyalty[0]);
