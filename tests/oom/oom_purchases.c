/* Out of memory in states of purchases and in RFM models. */
#include "../unit/purchase_rows.h"
#include "oom.h"

static const double customers[6][3] = {
		{1, 5, 90}, {9, 2, 10}, {3, 4, 50}, {30, 1, 5}, {7, 3, 20}, {12, 2, 15}};

static cstn_purchases *filled(const cstn_allocator *allocator, uint64_t seed, uint32_t flags)
{
	purchase_row *rows = rows_random(seed, 200, 0);
	struct ArrowArrayStream stream;
	cstn_purchases *state = NULL;

	ck_assert_int_eq(cstn_purchases_new(NULL, allocator, &state, NULL), CSTN_OK);
	rows_stream(rows, 200, flags, &stream);
	ck_assert_int_eq(cstn_purchases_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	free(rows);
	return state;
}

/* What a case of update() has: a state that is empty, or customers that are text. */
#define EMPTY 1
#define TEXT 2

static cstn_purchases *before_update(const cstn_allocator *allocator, int32_t which)
{
	cstn_purchases *state = NULL;

	if (which != EMPTY)
		return filled(allocator, 3, which == TEXT ? ROWS_TEXT_ID : 0);
	ck_assert_int_eq(cstn_purchases_new(NULL, allocator, &state, NULL), CSTN_OK);
	return state;
}

static cstn_status update(oom *o)
{
	cstn_purchases *state = before_update(o->allocator, o->which);
	struct ArrowArrayStream stream;
	purchase_row *rows = rows_random(7, 150, 0);
	cstn_status status;

	rows_stream(rows, 150, o->which == TEXT ? ROWS_TEXT_ID : 0, &stream);
	oom_arm(o);
	OOM_CALL(status, cstn_purchases_update(state, &stream, NULL, NULL, &error));
	oom_unchanged(o, status, &sealed_purchases, state, before_update(NULL, o->which));
	free(rows);
	return status;
}

OOM_MAKE(run_new, purchases, free, cstn_purchases_new(NULL, o->allocator, &made, &error))
OOM_MERGE(purchases, filled(o->allocator, 1, 0), filled(o->allocator, 2, 0), filled(NULL, 1, 0))
OOM_REMOVE(purchases, filled(o->allocator, 1, 0), filled(NULL, 1, 0), "customer int64\n",
		"customer\n7\n14\n")
OOM_BYTES(purchases, filled(o->allocator, 1, 0), filled(NULL, 1, 0))

static cstn_status text_ids_from_bytes(oom *o)
{
	return oom_from_bytes(o, &sealed_purchases, filled(NULL, 1, ROWS_TEXT_ID));
}

OOM_TABLE(run_export, purchases, free, filled(o->allocator, 1, 0),
		cstn_purchases_export(self, CSTN_PURCHASES_TABLE_CUSTOMERS, 1000, 0, &out, &error))

/* --- models ----------------------------------------------------------------------------------- */

static cstn_status fit(oom *o, cstn_rfm **out, int armed)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_status status;

	options.rules = "ten-segments";
	rfm_stream(customers, 6, 1, &stream);
	if (armed)
		oom_arm(o);
	OOM_CALL(status, cstn_rfm_fit(&stream, &options, o->allocator, out, NULL, &error));
	oom_disarm(o);
	return status;
}

static cstn_status run_fit(oom *o)
{
	cstn_rfm *model = NULL;
	cstn_status status = fit(o, &model, 1);

	ck_assert(status == CSTN_OK || !model);
	cstn_rfm_unref(model);
	return status;
}

static cstn_status score(oom *o)
{
	cstn_rfm *model = NULL;
	struct ArrowArrayStream in, out;
	cstn_status status;

	ck_assert_int_eq(fit(o, &model, 0), CSTN_OK);
	memset(&out, 0, sizeof(out));
	rfm_stream(customers, 6, 1, &in);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_rfm_drift(model, &in, NULL, &out, NULL, &error));
	else
		OOM_CALL(status, cstn_rfm_predict(model, &in, NULL, &out, NULL, &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	ck_assert_ptr_null(out.release);
	cstn_rfm_unref(model);
	return status;
}

static cstn_rfm *model_of(oom *o)
{
	cstn_rfm *model = NULL;

	ck_assert_int_eq(fit(o, &model, 0), CSTN_OK);
	return model;
}

OOM_TABLE(run_table, rfm, unref, model_of(o),
		cstn_rfm_export(self, CSTN_RFM_TABLE_CUTS, &out, &error))
OOM_BYTES(rfm, model_of(o), model_of(o))

/* Bytes of days that cannot be made shorter stay longer: nothing is missing then. */
const oom_case oom_cases_purchases[] = {
		{"cstn_purchases_new", run_new, 0, 0},
		{"cstn_purchases_update", update, 0, EMPTY},
		{"cstn_purchases_update", update, 1, 0},
		{"cstn_purchases_update", update, 1, TEXT},
		{"cstn_purchases_merge", purchases_merge, 1, 0},
		{"cstn_purchases_remove", purchases_remove, 1, 0},
		{"cstn_purchases_serialize", purchases_to_bytes, 1, 0},
		{"cstn_purchases_deserialize", purchases_from_bytes, 0, 0},
		{"cstn_purchases_deserialize", text_ids_from_bytes, 0, 0},
		{"cstn_purchases_export", run_export, 1, 0},
		{"cstn_rfm_fit", run_fit, 0, 0},
		{"cstn_rfm_predict", score, 0, 0},
		{"cstn_rfm_drift", score, 0, 1},
		{"cstn_rfm_export", run_table, 0, 0},
		{"cstn_rfm_serialize", rfm_to_bytes, 0, 0},
		{"cstn_rfm_deserialize", rfm_from_bytes, 0, 0},
};
const size_t oom_count_purchases = sizeof(oom_cases_purchases) / sizeof(oom_cases_purchases[0]);
