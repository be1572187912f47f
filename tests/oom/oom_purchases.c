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

static void same(const cstn_purchases *state, const cstn_buffer *before)
{
	cstn_buffer *now = rows_bytes(state);

	ck_assert_uint_eq(cstn_buffer_size(now), cstn_buffer_size(before));
	ck_assert_mem_eq(cstn_buffer_data(now), cstn_buffer_data(before), cstn_buffer_size(before));
	cstn_buffer_free(now);
}

static cstn_status run_new(oom *o)
{
	cstn_purchases *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_purchases_new(NULL, o->allocator, &state, &error));
	oom_disarm(o);
	ck_assert(status == CSTN_OK || !state);
	cstn_purchases_free(state);
	return status;
}

static cstn_status update(oom *o, int empty, uint32_t flags)
{
	cstn_purchases *state = NULL;
	struct ArrowArrayStream stream;
	purchase_row *rows = rows_random(7, 150, 0);
	cstn_buffer *before;
	cstn_status status;

	if (empty)
		ck_assert_int_eq(cstn_purchases_new(NULL, o->allocator, &state, NULL), CSTN_OK);
	else
		state = filled(o->allocator, 3, flags);
	before = rows_bytes(state);
	rows_stream(rows, 150, flags, &stream);
	oom_arm(o);
	OOM_CALL(status, cstn_purchases_update(state, &stream, NULL, NULL, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(state, before);
	cstn_buffer_free(before);
	cstn_purchases_free(state);
	free(rows);
	return status;
}

static cstn_status run_update_empty(oom *o)
{
	return update(o, 1, 0);
}

static cstn_status run_update_more(oom *o)
{
	return update(o, 0, 0);
}

static cstn_status run_update_text(oom *o)
{
	return update(o, 0, ROWS_TEXT_ID);
}

static cstn_status run_merge(oom *o)
{
	cstn_purchases *into = filled(o->allocator, 1, 0), *from = filled(o->allocator, 2, 0);
	cstn_buffer *before = rows_bytes(into);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_purchases_merge(into, from, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(into, before);
	cstn_buffer_free(before);
	cstn_purchases_free(into);
	cstn_purchases_free(from);
	return status;
}

static cstn_status run_remove(oom *o)
{
	const purchase_row gone[] = {{7, 0, 0, 0, 0}, {14, 0, 0, 0, 0}};
	cstn_purchases *state = filled(o->allocator, 1, 0);
	cstn_buffer *before = rows_bytes(state);
	struct ArrowArrayStream stream;
	cstn_status status;

	rows_stream(gone, 2, 0, &stream);
	oom_arm(o);
	OOM_CALL(status, cstn_purchases_remove(state, &stream, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(state, before);
	cstn_buffer_free(before);
	cstn_purchases_free(state);
	return status;
}

OOM_BYTES(purchases, free, filled(o->allocator, 1, 0), filled(NULL, 1, ROWS_TEXT_ID))

static cstn_status run_export(oom *o)
{
	cstn_purchases *state = filled(o->allocator, 1, 0);
	struct ArrowArrayStream out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_purchases_export(state, CSTN_PURCHASES_TABLE_CUSTOMERS, 1000, 0, &out,
					 &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	ck_assert_ptr_null(out.release);
	cstn_purchases_free(state);
	return status;
}

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

static cstn_status score(oom *o, int drift)
{
	cstn_rfm *model = NULL;
	struct ArrowArrayStream in, out;
	cstn_status status;

	ck_assert_int_eq(fit(o, &model, 0), CSTN_OK);
	memset(&out, 0, sizeof(out));
	rfm_stream(customers, 6, 1, &in);
	oom_arm(o);
	if (drift)
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

static cstn_status run_predict(oom *o)
{
	return score(o, 0);
}

static cstn_status run_drift(oom *o)
{
	return score(o, 1);
}

static cstn_status run_table(oom *o)
{
	cstn_rfm *model = NULL;
	struct ArrowArrayStream out;
	cstn_status status;

	ck_assert_int_eq(fit(o, &model, 0), CSTN_OK);
	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_rfm_export(model, CSTN_RFM_TABLE_CUTS, &out, &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	cstn_rfm_unref(model);
	return status;
}

static cstn_rfm *model_of(oom *o)
{
	cstn_rfm *model = NULL;

	ck_assert_int_eq(fit(o, &model, 0), CSTN_OK);
	return model;
}

OOM_BYTES(rfm, unref, model_of(o), model_of(o))

/* Bytes of days that cannot be made shorter stay longer: nothing is missing then. */
const oom_case oom_cases_purchases[] = {
		{"cstn_purchases_new", run_new, 0},
		{"cstn_purchases_update", run_update_empty, 0},
		{"cstn_purchases_update", run_update_more, 1},
		{"cstn_purchases_update", run_update_text, 1},
		{"cstn_purchases_merge", run_merge, 1},
		{"cstn_purchases_remove", run_remove, 0},
		{"cstn_purchases_serialize", purchases_to_bytes, 1},
		{"cstn_purchases_deserialize", purchases_from_bytes, 0},
		{"cstn_purchases_export", run_export, 1},
		{"cstn_rfm_fit", run_fit, 0},
		{"cstn_rfm_predict", run_predict, 0},
		{"cstn_rfm_drift", run_drift, 0},
		{"cstn_rfm_export", run_table, 0},
		{"cstn_rfm_serialize", rfm_to_bytes, 0},
		{"cstn_rfm_deserialize", rfm_from_bytes, 0},
};
const size_t oom_count_purchases = sizeof(oom_cases_purchases) / sizeof(oom_cases_purchases[0]);
