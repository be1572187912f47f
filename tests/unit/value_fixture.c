/* What tests of customer value share: rows as streams, states, fits, simulated customers. */
#include "value_fixture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_fixture.h"

uint64_t value_drawn;

void value_rows(const char *text, const char *schema, struct ArrowArrayStream *out)
{
	cstn_schema *columns = csv_schema(schema);
	cstn_csv_reader *reader = NULL;
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;

	options.threads = 1;
	options.batch_rows = 700;
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), columns,
					 &options, NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(columns);
}

cstn_value_state *value_state_new(const char *model, uint32_t flags)
{
	cstn_value_config config = CSTN_VALUE_CONFIG_INIT;
	cstn_value_state *state = NULL;

	config.flags = flags;
	ck_assert_int_eq(cstn_value_state_new(model, &config, NULL, &state, NULL), CSTN_OK);
	return state;
}

cstn_status value_update(cstn_value_state *state, const char *text, const char *schema,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream rows;

	value_rows(text, schema, &rows);
	return cstn_value_state_update(state, &rows, NULL, bad, error);
}

cstn_value_state *value_state_of(const char *model, const char *text, const char *schema)
{
	cstn_value_state *state = value_state_new(model, 0);
	cstn_error *error = NULL;
	cstn_status status = value_update(state, text, schema, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return state;
}

cstn_customer_value *value_fit(cstn_value_state *state, int32_t threads)
{
	cstn_value_fit_options options = CSTN_VALUE_FIT_OPTIONS_INIT;
	cstn_customer_value *model = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads;
	status = cstn_customer_value_fit(state, &options, &model, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

double value_asked(const cstn_customer_value *model, const char *name)
{
	double value = 0.0;

	ck_assert_int_eq(cstn_customer_value_get_param(model, name, &value, NULL), CSTN_OK);
	return value;
}

/* --- customers made by the model itself --- */

static double unit(void)
{
	return 1.0 - cstn__random_unit(424242, value_drawn++);
}

double value_exponential(double rate)
{
	return -log(unit()) / rate;
}

/* Marsaglia and Tsang's gamma needs normals; for whole and half shapes sums do. */
double value_gamma(int32_t halves, double rate)
{
	double sum = 0.0;
	int32_t i;

	for (i = 0; i < halves / 2; i++)
		sum += value_exponential(1.0);
	if (halves % 2) {
		double length = sqrt(-2.0 * log(unit()));
		double normal = length * cos(6.283185307179586 * unit());

		sum += 0.5 * normal * normal;
	}
	return sum / rate;
}

char *value_simulate(int n, int pareto)
{
	char *text = malloc((size_t)n * 80 + 16), *at = text;
	int i;

	ck_assert_ptr_nonnull(text);
	at += sprintf(at, "x,tx,T\n");
	for (i = 0; i < n; i++) {
		double rate = value_gamma(1, 4.0), age = 30.0 + floor(unit() * 60.0) / 7.0,
		       now = 0.0;
		double one = value_gamma(1, 1.0), two = value_gamma(4, 1.0),
		       leave = one / (one + two);
		double gone = pareto ? value_exponential(value_gamma(2, 20.0)) : INFINITY,
		       last = 0.0;
		int x = 0;

		for (;;) {
			now += value_exponential(rate);
			if (now > age || now > gone)
				break;
			x++;
			last = now;
			if (!pareto && unit() < leave)
				break;
		}
		at += sprintf(at, "%d,%.17g,%.17g\n", x, last, age);
	}
	return text;
}
