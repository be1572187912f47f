/* Out of memory in states of loyalty and verdicts. */
#include "oom.h"

#include <stdio.h>

#include "../unit/csv_rows.h"

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

static cstn_buffer *bytes_of(cstn_loyalty *state)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_loyalty_serialize(state, &bytes, NULL), CSTN_OK);
	return bytes;
}

/* What is left of a state after a call that failed is what was there. */
static void is_unchanged(cstn_loyalty *state)
{
	cstn_loyalty *like = filled(NULL);
	cstn_buffer *before = bytes_of(like), *now = bytes_of(state);

	ck_assert_uint_eq(cstn_buffer_size(now), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(now), cstn_buffer_data(before), cstn_buffer_size(before));
	cstn_buffer_free(now);
	cstn_buffer_free(before);
	cstn_loyalty_free(like);
}

static cstn_status new_state(oom *o)
{
	cstn_loyalty *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_new("EUR", o->allocator, &state, &error));
	ck_assert((state == NULL) == (status != CSTN_OK));
	cstn_loyalty_free(state);
	return status;
}

static cstn_status remove_customers(oom *o)
{
	cstn_loyalty *state = filled(o->allocator);
	struct ArrowArrayStream who;
	cstn_status status;

	csv_rows(&who, "customer text\n", "customer\nann\nzoe\n");
	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_remove(state, &who, &error));
	oom_disarm(o);
	ck_assert_ptr_null(who.release);
	if (status == CSTN_E_NOMEM)
		is_unchanged(state);
	cstn_loyalty_free(state);
	return status;
}

static cstn_status update(oom *o, int32_t kind)
{
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
	oom_disarm(o);
	ck_assert_ptr_null(stream.release);
	ck_assert((bad != NULL) == (status == CSTN_E_ROWS));
	if (status == CSTN_E_NOMEM)
		is_unchanged(state);
	cstn_row_errors_free(bad);
	cstn_loyalty_free(state);
	return status == CSTN_E_ROWS ? CSTN_OK : status;
}

static cstn_status update_evidence(oom *o)
{
	return update(o, CSTN_LOYALTY_ROWS_EVIDENCE);
}

static cstn_status update_purchases(oom *o)
{
	return update(o, CSTN_LOYALTY_ROWS_PURCHASES);
}

static cstn_status update_customers(oom *o)
{
	return update(o, CSTN_LOYALTY_ROWS_CUSTOMERS);
}

static cstn_status merge(oom *o)
{
	cstn_loyalty *into = filled(o->allocator), *from = filled(NULL);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_merge(into, from, &error));
	oom_disarm(o);
	if (status != CSTN_OK)
		is_unchanged(into);
	cstn_loyalty_free(from);
	cstn_loyalty_free(into);
	return status;
}

static cstn_status serialise(oom *o)
{
	cstn_loyalty *state = filled(o->allocator);
	cstn_buffer *bytes = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_serialize(state, &bytes, &error));
	oom_disarm(o);
	ck_assert((bytes == NULL) == (status != CSTN_OK));
	if (status != CSTN_OK)
		is_unchanged(state);
	cstn_buffer_free(bytes);
	cstn_loyalty_free(state);
	return status;
}

static cstn_status deserialise(oom *o)
{
	cstn_loyalty *like = filled(NULL), *state = NULL;
	cstn_buffer *bytes = bytes_of(like);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_deserialize(cstn_buffer_data(bytes), cstn_buffer_size(bytes),
					 o->allocator, &state, &error));
	ck_assert((state == NULL) == (status != CSTN_OK));
	cstn_loyalty_free(state);
	cstn_buffer_free(bytes);
	cstn_loyalty_free(like);
	return status;
}

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
	if (status != CSTN_OK)
		is_unchanged(state);
	cstn_loyalty_verdicts_free(verdicts);
	cstn_loyalty_free(state);
	return status;
}

static cstn_status export_table(oom *o, int32_t table)
{
	cstn_loyalty_verdicts *verdicts = judged(o->allocator);
	struct ArrowArrayStream stream = {0};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_verdicts_export(verdicts, table, &stream, &error));
	ck_assert((stream.release == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	cstn_loyalty_verdicts_free(verdicts);
	return status;
}

static cstn_status export_customers(oom *o)
{
	return export_table(o, CSTN_TABLE_LOYALTY_CUSTOMERS);
}

static cstn_status export_cells(oom *o)
{
	return export_table(o, CSTN_TABLE_LOYALTY_CELLS);
}

static cstn_status export_shares(oom *o)
{
	return export_table(o, CSTN_TABLE_LOYALTY_SHARES);
}

static cstn_status export_promoters(oom *o)
{
	return export_table(o, CSTN_TABLE_LOYALTY_PROMOTERS);
}

static cstn_status export_flows(oom *o)
{
	cstn_loyalty_verdicts *verdicts = judged(o->allocator);
	struct ArrowArrayStream stream = {0};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_loyalty_verdicts_flows(verdicts, verdicts, &stream, &error));
	ck_assert((stream.release == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	cstn_loyalty_verdicts_free(verdicts);
	return status;
}

static cstn_status explain(oom *o)
{
	cstn_loyalty_verdicts *verdicts = judged(o->allocator);
	cstn_buffer *words = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_verdict_explain(verdicts, "ann", 3, &words, &error));
	ck_assert((words == NULL) == (status != CSTN_OK));
	cstn_buffer_free(words);
	cstn_loyalty_verdicts_free(verdicts);
	return status;
}

const oom_case oom_cases_loyalty[] = {
		{"cstn_loyalty_new", new_state, 0},
		{"cstn_loyalty_update", update_evidence, 0},
		{"cstn_loyalty_update", update_purchases, 0},
		{"cstn_loyalty_update", update_customers, 0},
		{"cstn_loyalty_merge", merge, 0},
		{"cstn_loyalty_remove", remove_customers, 0},
		{"cstn_loyalty_serialize", serialise, 0},
		{"cstn_loyalty_deserialize", deserialise, 0},
		{"cstn_loyalty_finish", finish, 0},
		{"cstn_loyalty_verdicts_export", export_customers, 0},
		{"cstn_loyalty_verdicts_export", export_cells, 0},
		{"cstn_loyalty_verdicts_export", export_shares, 0},
		{"cstn_loyalty_verdicts_export", export_promoters, 0},
		{"cstn_loyalty_verdicts_flows", export_flows, 0},
		{"cstn_verdict_explain", explain, 0},
};
const size_t oom_count_loyalty = sizeof(oom_cases_loyalty) / sizeof(oom_cases_loyalty[0]);
