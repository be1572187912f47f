/* Out of memory in customer value: states, fits, given models, predictions, holdouts, bytes. */
#include "oom.h"

#define SCHEMA "x int64\ntx double\nT double\n"
#define ROWS                                                                                    \
	"x,tx,T\n0,0,39\n0,0,38\n1,1.7,39\n2,30.4,38\n1,20,39\n5,29,39\n0,0,30\n3,12,35\n7,34," \
	"36\n"                                                                                  \
	"0,0,33\n1,3,39\n2,8,39\n0,0,39\n4,38,39\n"
#define HOLDOUT_SCHEMA SCHEMA "actual int64\n"
#define HOLDOUT_ROWS "x,tx,T,actual\n0,0,39,0\n1,1.7,39,1\n2,30.4,38,3\n8,30,39,5\n"

static const double parameters[] = {0.243, 4.414, 0.793, 2.426};

static cstn_value_state *filled(const cstn_allocator *allocator)
{
	struct ArrowArrayStream rows;
	cstn_value_state *state = NULL;

	csv_rows(&rows, SCHEMA, ROWS);
	ck_assert_int_eq(cstn_value_state_new("bgnbd", NULL, allocator, &state, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_state_update(state, &rows, NULL, NULL, NULL), CSTN_OK);
	return state;
}

static cstn_customer_value *given(const cstn_allocator *allocator)
{
	cstn_customer_value *model = NULL;

	ck_assert_int_eq(cstn_customer_value_from_parameters(
					 "bgnbd", parameters, 4, 0, allocator, &model, NULL),
			CSTN_OK);
	return model;
}

static cstn_status state_update(oom *o)
{
	cstn_value_state *state = filled(o->allocator);
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_value_state_update(state, &rows, NULL, &bad, &error));
	ck_assert_ptr_null(rows.release);
	oom_unchanged(o, status, &sealed_value_state, state, filled(NULL));
	return oom_rows(status, bad, 0);
}

OOM_MAKE(state_new, value_state, free,
		cstn_value_state_new("bgnbd", NULL, o->allocator, &made, &error))
OOM_MERGE(value_state, filled(o->allocator), filled(NULL), filled(NULL))
OOM_BYTES(value_state, filled(o->allocator), filled(NULL))
OOM_MAKE(from_parameters, customer_value, unref,
		cstn_customer_value_from_parameters(
				"bgnbd", parameters, 4, 0, o->allocator, &made, &error))

static cstn_status fit(oom *o)
{
	cstn_value_fit_options options = CSTN_VALUE_FIT_OPTIONS_INIT;
	cstn_value_state *state = filled(o->allocator);
	cstn_customer_value *model = NULL;
	cstn_status status;

	options.threads = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_customer_value_fit(state, &options, &model, &error));
	ck_assert((model == NULL) == (status != CSTN_OK));
	cstn_customer_value_unref(model);
	oom_unchanged(o, status, &sealed_value_state, state, filled(NULL));
	return status;
}

static cstn_status score(oom *o)
{
	cstn_customer_value *model = given(NULL);
	cstn_value_state *state = filled(o->allocator);
	double value = 1.0;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_customer_value_score(model, state, 1, &value, &error));
	ck_assert((status == CSTN_OK) == (value < 0.0));
	cstn_value_state_free(state);
	cstn_customer_value_unref(model);
	return status;
}

static cstn_status predict(oom *o)
{
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	cstn_customer_value *model = given(o->allocator);
	double horizons[] = {4.0, 52.0};
	struct ArrowArrayStream rows, out = {0};
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.threads = 1;
	options.horizons = horizons;
	options.n_horizons = 2;
	csv_rows(&rows, SCHEMA, ROWS "1,50,39\n");
	oom_arm(o);
	OOM_CALL(status, cstn_customer_value_predict(model, &rows, &options, &out, &bad, &error));
	ck_assert_ptr_null(rows.release);
	if (status == CSTN_E_ROWS)
		status = CSTN_OK;
	if (status == CSTN_OK)
		status = oom_drain(&out);
	else
		ck_assert_ptr_null(bad);
	ck_assert_ptr_null(out.release);
	cstn_row_errors_free(bad);
	cstn_customer_value_unref(model);
	return status;
}

static cstn_status holdout(oom *o)
{
	cstn_customer_value *model = given(o->allocator);
	cstn_status status = CSTN_OK;
	int32_t table;

	oom_arm(o);
	for (table = CSTN_HOLDOUT_SUMMARY; table <= CSTN_HOLDOUT_TRACKING && status == CSTN_OK;
			table++) {
		struct ArrowArrayStream rows, out = {0};

		csv_rows(&rows, HOLDOUT_SCHEMA, HOLDOUT_ROWS);
		OOM_CALL(status, cstn_customer_value_holdout(
						 model, &rows, 39.0, NULL, table, &out, &error));
		ck_assert_ptr_null(rows.release);
		if (status == CSTN_OK)
			status = oom_drain(&out);
		ck_assert_ptr_null(out.release);
	}
	cstn_customer_value_unref(model);
	return status;
}

OOM_BYTES(customer_value, given(o->allocator), given(NULL))
OOM_DESCRIBE(customer_value, given(o->allocator))

const oom_case oom_cases_value[] = {
		{"cstn_value_state_new", state_new, 0, 0},
		{"cstn_value_state_update", state_update, 0, 0},
		{"cstn_value_state_merge", value_state_merge, 0, 0},
		{"cstn_value_state_serialize", value_state_to_bytes, 0, 0},
		{"cstn_value_state_deserialize", value_state_from_bytes, 0, 0},
		{"cstn_customer_value_fit", fit, 0, 0},
		{"cstn_customer_value_from_parameters", from_parameters, 0, 0},
		{"cstn_customer_value_score", score, 0, 0},
		{"cstn_customer_value_predict", predict, 0, 0},
		{"cstn_customer_value_holdout", holdout, 0, 0},
		{"cstn_customer_value_describe", customer_value_in_words, 0, 0},
		{"cstn_customer_value_serialize", customer_value_to_bytes, 0, 0},
		{"cstn_customer_value_deserialize", customer_value_from_bytes, 0, 0},
};

const size_t oom_count_value = sizeof(oom_cases_value) / sizeof(*oom_cases_value);
