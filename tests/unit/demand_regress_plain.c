/* Regression of a series on a signal against its definition, written out here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <constellation/demand_regress.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define DAYS 1300
#define MEMORY 1092
#define AHEAD 7
#define TEXT_SIZE (DAYS * 40)

static double fair(int day)
{
	return day % 11 == 5 ? 1 : day % 13 == 2 ? .5 : 0;
}

/* A level that comes and goes, a fair that adds, days without sales, noise. */
static double sold(int day, double noise)
{
	double u = cstn__random_unit(5, (uint64_t)day) - .5;

	if (day % 50 == 7)
		return 0;
	return 1 + floor(exp(3 + .8 * sin(day / 60.0) + .6 * fair(day) + noise * u));
}

/* What is learned: log(1 + y) less its mean over the 91 days around it, on 1 and the signal. */
typedef struct learned {
	double y[DAYS], z[DAYS], effect;
} learned;

static double trend(const learned *l, int day)
{
	double sum = 0, n = 0;
	int t;

	for (t = day - 45; t <= day + 45; t++)
		if (t >= 0 && t < DAYS && l->y[t] > 0) {
			sum += l->z[t];
			n++;
		}
	return sum / n;
}

static void learn(learned *l)
{
	double w = 0, wx = 0, wxx = 0, wz = 0, wxz = 0;
	int t;

	for (t = DAYS - MEMORY; t < DAYS; t++) {
		double weight = pow(.999, DAYS - 1 - t), z, x = fair(t);

		if (!(l->y[t] > 0))
			continue;
		z = l->z[t] - trend(l, t);
		w += weight;
		wx += weight * x;
		wxx += weight * x * x;
		wz += weight * z;
		wxz += weight * x * z;
	}
	wxx += 2; /* what is believed before: that there is no effect */
	l->effect = (w * wxz - wx * wz) / (w * wxx - wx * wx);
}

/* The level of the last 200 days with sales, and a quarter of the variance of its last 60 errors.
 */
static double level_of(const learned *l, double *recalibration)
{
	double level = 0, errors[200], mean = 0, square = 0;
	int t = DAYS, left = 200, n = 0, i;

	while (left > 0)
		left -= l->y[--t] > 0;
	for (; t < DAYS; t++) {
		double own = l->z[t] - l->effect * fair(t);

		if (!(l->y[t] > 0))
			continue;
		if (n) {
			errors[n - 1] = own - level;
			level += .08 * (own - level);
		} else {
			level = own;
		}
		n++;
	}
	n--;
	for (i = n - 60; i < n; i++)
		mean += errors[i] / 60;
	for (i = n - 60; i < n; i++)
		square += (errors[i] - mean) * (errors[i] - mean) / 60;
	*recalibration = fmin(square, .1) / 4;
	return level;
}

/* Little noise, and so much that it is cut. */
static const double noises[] = {.6, 2.5};

START_TEST(forecasts_are_the_level_and_the_effect_of_the_signal_put_back)
{
	static const cstn_regress_signal signal = {"fair", 0, 0};
	static char text[TEXT_SIZE];
	static learned l;
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,fair\n");
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *answer;
	double level, more;
	int t;

	for (t = 0; t < DAYS + AHEAD; t++) {
		char y[32] = "";

		if (t < DAYS) {
			l.y[t] = sold(t, noises[_i]);
			l.z[t] = log1p(l.y[t]);
			snprintf(y, sizeof(y), "%g", l.y[t]);
		}
		used += (size_t)snprintf(
				text + used, sizeof(text) - used, "a,%d,%s,%g\n", t, y, fair(t));
	}
	ck_assert_uint_lt(used, sizeof(text));
	options.flags = CSTN_REGRESS_NO_SEASON | CSTN_REGRESS_NO_MONTH;
	options.season = 7;
	options.horizon = AHEAD;
	options.signals = &signal;
	options.n_signals = 1;
	csv_rows(&rows, "unique_id text\nds int64\ny double null\nfair double\n", text);
	ck_assert_int_eq(cstn_regress(&rows, &options, NULL, &out, NULL, NULL), CSTN_OK);
	answer = csv_text(&out, &buffer);
	learn(&l);
	level = level_of(&l, &more);
	ck_assert((more < .025) == (_i == 0));
	for (t = 0; t < AHEAD; t++) {
		double wanted = expm1(level + l.effect * fair(DAYS + t) + more);

		ck_assert_double_eq_tol(
				atof(csv_cell(answer, t + 1, "mean")), wanted, 1e-9 * wanted);
	}
	cstn_buffer_free(buffer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("regression, plain");
	TCase *plain = tcase_create("regression, plain");

	tcase_add_loop_test(plain, forecasts_are_the_level_and_the_effect_of_the_signal_put_back, 0,
			sizeof(noises) / sizeof(noises[0]));
	suite_add_tcase(suite, plain);
	return run_suite(suite);
}
