/* Exponential smoothing at given parameters and fitted: by hand, by its own rules, and what is
 * refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/demand_fit.h>

#include "base/stats.h"
#include "demand/ets_fit.h"
#include "demand/ets_series.h"
#include "suite.h"

static cstn_ets_parameters given(double alpha, double level)
{
	cstn_ets_parameters p = CSTN_ETS_PARAMETERS_INIT;

	p.alpha = alpha;
	p.beta = alpha / 2;
	p.gamma = .1;
	p.phi = .9;
	p.level = level;
	return p;
}

/* --- by hand ---------------------------------------------------------------------------------- */

START_TEST(a_level_moves_by_its_share_of_the_error)
{
	/* errors 2, 1 - .5 * 2 .. : levels 10, 11, 12.5 */
	const double y[] = {12, 14};
	cstn_ets_parameters p = given(.5, 10);
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	cstn_ets_summary summary = CSTN_ETS_SUMMARY_INIT;
	double fitted[2], residuals[2], level[3], ahead[2], variance[2];

	p.horizon = 2;
	paths.fitted = fitted;
	paths.residuals = residuals;
	paths.level = level;
	paths.forecast = ahead;
	paths.variance = variance;
	ck_assert_int_eq(cstn_ets_filter("ANN", &p, y, 2, NULL, &paths, &summary, NULL), CSTN_OK);
	ck_assert_double_eq(fitted[0], 10);
	ck_assert_double_eq(fitted[1], 11);
	ck_assert_double_eq(residuals[0], 2);
	ck_assert_double_eq(residuals[1], 3);
	ck_assert_double_eq(level[2], 12.5);
	ck_assert_double_eq(ahead[1], 12.5);
	ck_assert_double_eq(summary.squares, 13);
	ck_assert_double_eq_tol(summary.loglik, -log(13), 1e-14);
	ck_assert_int_eq(summary.parameters, 3);
	/* too few values for a variance: that of the errors as they are */
	ck_assert(isnan(summary.sigma2) && isnan(summary.aicc));
	ck_assert_double_eq_tol(variance[1], 6.5 * 1.25, 1e-13);
}
END_TEST

START_TEST(every_state_of_a_seasonal_form_moves_by_hand)
{
	/* MAM: (10 + 2) 1.5 = 18, error of the level 36 / 1.5 - 12 = 12 */
	const double y[] = {36}, seasonal[] = {1.5, .5};
	cstn_ets_parameters p = given(.5, 10);
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	double residual, level[2], trend[2], season[3];

	p.trend = 2;
	p.seasonal = seasonal;
	p.season = 2;
	paths.residuals = &residual;
	paths.level = level;
	paths.trend = trend;
	paths.seasonal = season;
	ck_assert_int_eq(
			cstn_ets_filter("ETS(M,A,M)", &p, y, 1, NULL, &paths, NULL, NULL), CSTN_OK);
	ck_assert_double_eq(residual, 1);
	ck_assert_double_eq(level[1], 18);
	ck_assert_double_eq(trend[1], 5);
	ck_assert_double_eq(season[1], .5);
	ck_assert_double_eq_tol(season[2], 1.5 + .1 * (3 - 1.5), 1e-15);
}
END_TEST

START_TEST(a_damped_ratio_fades_by_its_power)
{
	const double y[] = {10};
	cstn_ets_parameters p = given(.5, 10);
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	double fitted;

	p.trend = 1.21;
	p.phi = .5;
	paths.fitted = &fitted;
	ck_assert_int_eq(cstn_ets_filter("MMdN", &p, y, 1, NULL, &paths, NULL, NULL), CSTN_OK);
	ck_assert_double_eq_tol(fitted, 11, 1e-13);
}
END_TEST

/* --- forms ------------------------------------------------------------------------------------ */

static const char *const admissible[] = {"ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA", "MNN", "MAN",
		"MAdN", "MMN", "MMdN", "MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM", "MMM", "MMdM"};
static const char *const unstable[] = {
		"AMN", "AMdN", "ANM", "AAM", "AAdM", "AMA", "AMdA", "AMM", "AMdM", "MMA", "MMdA"};

static cstn_status filter_of(const char *form, cstn_error **error)
{
	const double y[] = {10, 12, 11, 13}, seasonal[] = {1, 1};
	cstn_ets_parameters p = given(.3, 10);

	p.trend = 1;
	p.seasonal = seasonal;
	p.season = 2;
	p.horizon = 5;
	return cstn_ets_filter(form, &p, y, 4, NULL, NULL, NULL, error);
}

START_TEST(nineteen_forms_are_taken_and_eleven_are_refused_by_name)
{
	cstn_error *error = NULL;
	size_t i;

	for (i = 0; i < sizeof(admissible) / sizeof(admissible[0]); i++)
		ck_assert_int_eq(filter_of(admissible[i], NULL), CSTN_OK);
	for (i = 0; i < sizeof(unstable) / sizeof(unstable[0]); i++) {
		ck_assert_int_eq(filter_of(unstable[i], &error), CSTN_E_INVALID_ARGUMENT);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), unstable[i]));
		cstn_error_free(error);
		error = NULL;
	}
}
END_TEST

static const char *const no_forms[] = {"", "A", "ZNN", "NNN", "AZN", "AANd", "ANdN", "aan", "AAN ",
		"ETS(A,A,N", "AANN", "MAZ"};

START_TEST(what_is_no_form_is_refused)
{
	cstn_error *error = NULL;

	ck_assert_int_eq(filter_of(no_forms[_i], &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "is no form"));
	cstn_error_free(error);
}
END_TEST

START_TEST(spellings_of_a_form_are_one_form)
{
	cstn__ets_form a, b, c;
	char name[CSTN__ETS_NAME];

	ck_assert_int_eq(cstn__ets_parse("MAdM", &a), 0);
	ck_assert_int_eq(cstn__ets_parse("M,Ad,M", &b), 0);
	ck_assert_int_eq(cstn__ets_parse("ETS(M,Ad,M)", &c), 0);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_mem_eq(&a, &c, sizeof(a));
	cstn__ets_name(c, name);
	ck_assert_str_eq(name, "MAdM");
}
END_TEST

/* --- what is wrong ---------------------------------------------------------------------------- */

static const struct {
	const char *form;
	double y, alpha, level, trend, phi, season_state;
	int32_t season, horizon;
	cstn_status status;
	const char *part;
} wrong[] = {
		{"ANN", (double)NAN, .1, 1, 0, .9, 1, 0, 0, CSTN_E_INVALID_ARGUMENT, "y[1] is nan"},
		{"MNN", 0, .1, 1, 0, .9, 1, 0, 0, CSTN_E_INVALID_ARGUMENT,
				"y[1] is 0: finite and above 0 expected of form MNN"},
		{"ANN", 1, (double)INFINITY, 1, 0, .9, 1, 0, 0, CSTN_E_INVALID_ARGUMENT,
				"alpha is not finite"},
		{"ANN", 1, .1, (double)NAN, 0, .9, 1, 0, 0, CSTN_E_INVALID_ARGUMENT,
				"level is not finite"},
		{"AAdN", 1, .1, 1, 0, 1.01, 1, 0, 0, CSTN_E_INVALID_ARGUMENT, "phi is 1.01"},
		{"MMN", 1, .1, 1, 0, .9, 1, 0, 0, CSTN_E_INVALID_ARGUMENT, "trend is 0"},
		{"ANA", 1, .1, 1, 0, .9, 1, 1, 0, CSTN_E_INVALID_ARGUMENT, "season is 1 (2 to"},
		{"ANA", 1, .1, 1, 0, .9, (double)NAN, 2, 0, CSTN_E_INVALID_ARGUMENT, "seasonal[1]"},
		{"ANN", 1, .1, 1, 0, .9, 1, 0, 1025, CSTN_E_INVALID_ARGUMENT, "horizon is 1025"},
		{"MNM", 1, .1, 0, 0, .9, 1, 2, 0, CSTN_E_OVERFLOW, "y[0] = 1"},
		{"ANN", 1, 1e200, 1e10, 0, .9, 1, 0, 0, CSTN_E_OVERFLOW, "y[1] = 1"},
};

START_TEST(what_is_wrong_is_said_and_outputs_stay_as_they_were)
{
	const double y[] = {1, wrong[_i].y}, seasonal[] = {1, wrong[_i].season_state};
	cstn_ets_parameters p = given(wrong[_i].alpha, wrong[_i].level);
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	cstn_ets_summary summary = CSTN_ETS_SUMMARY_INIT;
	cstn_error *error = NULL;
	double fitted[2] = {-7, -7};

	p.trend = wrong[_i].trend;
	p.phi = wrong[_i].phi;
	p.seasonal = seasonal;
	p.season = wrong[_i].season;
	p.horizon = wrong[_i].horizon;
	paths.fitted = fitted;
	ck_assert_int_eq(cstn_ets_filter(wrong[_i].form, &p, y, 2, NULL, &paths, &summary, &error),
			wrong[_i].status);
	ck_assert_msg(strstr(cstn_error_message(error), wrong[_i].part) != NULL, "%s",
			cstn_error_message(error));
	ck_assert_double_eq(fitted[0], -7);
	ck_assert_double_eq(summary.loglik, 0);
	cstn_error_free(error);
}
END_TEST

START_TEST(absent_arguments_are_refused)
{
	const double y[] = {1};
	cstn_ets_parameters p = given(.1, 1);

	ck_assert_int_eq(cstn_ets_filter(NULL, &p, y, 1, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_ets_filter("ANN", &p, NULL, 1, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_ets_filter("ANN", &p, y, 0, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	p.season = 2;
	ck_assert_int_eq(cstn_ets_filter("ANA", &p, y, 1, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

/* --- scale ------------------------------------------------------------------------------------ */

/* A year of months and a half, growing, with a season; above 0. */
static void months(double *y, size_t n, double unit)
{
	size_t t;

	for (t = 0; t < n; t++)
		y[t] = unit * (50 + (double)t / 2 + 12 * sin((double)t * 0.5235987755982988) +
					      6 * cstn__random_unit(5, t));
}

START_TEST(a_power_of_two_changes_nothing_but_the_scale)
{
	static const int powers[] = {-900, -3, 40, 900};
	const double seasonal[] = {1.1, .9};
	double y[40], base[3], other[3], variance[3];
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	size_t i, k;
	int power;

	paths.variance = variance;
	for (i = 0; i < sizeof(admissible) / sizeof(admissible[0]); i++)
		for (k = 0; k <= 4; k++) {
			cstn_ets_parameters p = given(.3, 50);
			size_t t;

			power = k ? powers[k - 1] : 0;
			months(y, 40, 1);
			for (t = 0; t < 40; t++)
				y[t] = ldexp(y[t], power);
			p.level = ldexp(50, power);
			p.trend = admissible[i][1] == 'M' ? 1.01 : ldexp(.5, power);
			p.seasonal = seasonal;
			p.season = 2;
			p.horizon = 3;
			if (admissible[i][strlen(admissible[i]) - 1] == 'A') {
				double scaled[] = {ldexp(1, power), -ldexp(1, power)};

				p.seasonal = scaled;
				paths.forecast = k ? other : base;
				ck_assert_int_eq(cstn_ets_filter(admissible[i], &p, y, 40, NULL,
								 &paths, NULL, NULL),
						power > 400 ? CSTN_E_OVERFLOW : CSTN_OK);
			} else {
				paths.forecast = k ? other : base;
				ck_assert_int_eq(cstn_ets_filter(admissible[i], &p, y, 40, NULL,
								 &paths, NULL, NULL),
						power > 400 ? CSTN_E_OVERFLOW : CSTN_OK);
			}
			if (k && abs(power) < 400)
				for (t = 0; t < 3; t++)
					ck_assert_double_eq(other[t], ldexp(base[t], power));
		}
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

static cstn__ets_fit fit(const char *pattern, const double *y, size_t n, size_t m, double **room)
{
	cstn__ets_form form;
	cstn__ets_fit out;

	*room = aligned_alloc(64, (cstn__ets_fit_room(n, m) * 8 / 64 + 1) * 64);
	ck_assert_ptr_nonnull(*room);
	ck_assert_int_eq(cstn__ets_parse(pattern, &form), 0);
	cstn__ets_choose(form, y, n, m, *room, &out);
	return out;
}

/* -2 loglik of the fitted parameters a little off. */
static double beside(const cstn__ets_fit *f, const double *y, size_t n, int which, double by)
{
	double room[1024];
	cstn__ets_trace trace = {room, room + 100, room + 200, room + 301, room + 402};
	cstn__ets_model model = f->model;
	cstn__ets_sums sums;
	double *const at[] = {&model.alpha, &model.beta, &model.gamma, &model.phi, &model.level,
			&model.trend};

	*at[which] += by;
	ck_assert_uint_eq(cstn__ets_run(&model, y, n, &trace, &sums), 0);
	return -2 * cstn__ets_loglik(sums, n);
}

START_TEST(no_state_or_parameter_beside_the_fit_is_likelier)
{
	double y[84], *room;
	int i;

	months(y, 84, .01);
	for (i = 0; i < CSTN__ETS_FITTED; i++) {
		cstn__ets_form form = cstn__ets_fitted(i);
		char name[CSTN__ETS_NAME];
		cstn__ets_fit f;
		double here;
		int k;

		cstn__ets_name(form, name);
		f = fit(name, y, 84, 12, &room);
		ck_assert_int_eq(f.is_fitted, 1);
		here = -2 * f.loglik;
		for (k = 0; k < 6; k++) {
			const double value[] = {f.model.alpha, f.model.beta, f.model.gamma,
					f.model.phi, .5, .5};
			const double low[] = {fmax(f.model.beta, 1e-4), 1e-4, 1e-4, .8, 0, 0};
			const double high[] = {fmin(.9999, 1 - f.model.gamma), f.model.alpha,
					1 - f.model.alpha, .98, 1, 1};

			/* parameters the form has, inside their bounds */
			if ((k == 1 || k == 5) && form.trend == CSTN__ETS_NONE)
				continue;
			if ((k == 2 && form.season == CSTN__ETS_NONE) || (k == 3 && !form.damped))
				continue;
			if (value[k] > low[k] + 2e-3)
				ck_assert_double_ge(beside(&f, y, 84, k, -1e-3), here - 1e-4);
			if (value[k] < high[k] - 2e-3)
				ck_assert_double_ge(beside(&f, y, 84, k, 1e-3), here - 1e-4);
		}
		free(room);
	}
}
END_TEST

START_TEST(the_choice_has_the_least_aicc_of_all_forms)
{
	double y[84], *room, least = (double)INFINITY, chosen;
	int i;

	months(y, 84, .01);
	for (i = 0; i < CSTN__ETS_FITTED; i++) {
		char name[CSTN__ETS_NAME];

		cstn__ets_name(cstn__ets_fitted(i), name);
		least = fmin(least, fit(name, y, 84, 12, &room).criteria.aicc);
		free(room);
	}
	chosen = fit("ZZZ", y, 84, 12, &room).criteria.aicc;
	free(room);
	ck_assert_double_eq_tol(chosen, least, 1e-3);
}
END_TEST

static const struct {
	const char *pattern, *expected;
	size_t n, m;
	double first;
} bearings[] = {
		{"MAM", "MAM", 48, 12, 50},
		/* a zero bears no ratio */
		{"MAM", "AAA", 48, 12, 0},
		{"MNN", "ANN", 48, 12, -5},
		/* a season is seen twice, and there are more values than parameters */
		{"ANA", "ANN", 23, 12, 50},
		{"ANA", "ANA", 24, 12, 50},
		{"AAdN", "AAN", 7, 1, 50},
		{"AAdN", "AAdN", 8, 1, 50},
		{"AAN", "ANN", 6, 1, 50},
		{"ANN", "ANN", 5, 1, 50},
		/* long seasons */
		{"AAA", "AAA", 90, 30, 50},
		{"MNM", "MNM", 90, 30, 50},
};

START_TEST(a_series_has_the_nearest_form_that_it_bears)
{
	double y[90], *room;
	char name[CSTN__ETS_NAME];
	cstn__ets_fit f;

	months(y, 90, 1);
	y[0] = bearings[_i].first;
	f = fit(bearings[_i].pattern, y, bearings[_i].n, bearings[_i].m, &room);
	ck_assert_int_eq(f.is_fitted, 1);
	cstn__ets_name(f.model.form, name);
	ck_assert_str_eq(name, bearings[_i].expected);
	free(room);
}
END_TEST

START_TEST(too_short_or_constant_series_have_no_fit_but_a_forecast)
{
	const double flat[] = {3, 3, 3, 3, 3, 3, 3, 3}, few[] = {1, 2, 4, 3};
	const cstn__ets_asked asked = {{3, 3, 0, 3}, 1, {1.5}};
	const cstn__ets_form any = {3, 3, 0, 3};
	double *room = aligned_alloc(64, 64 * 1024), out[6];

	ck_assert_ptr_nonnull(room);
	ck_assert_uint_le(cstn__ets_series_room(8, 1, 2) * 8, 64 * 1024);
	cstn__ets_series_ahead(&asked, any, flat, 8, 1, 2, room, out);
	ck_assert_double_eq(out[1], 3);
	ck_assert_double_eq(out[3], 3);
	ck_assert_double_eq(out[5], 3);
	/* steps of 1, 2, -1: variance 2 a period */
	cstn__ets_series_ahead(&asked, any, few, 4, 1, 2, room, out);
	ck_assert_double_eq(out[0], 3);
	ck_assert_double_eq_tol(out[2], 3 - 1.5 * sqrt(2), 1e-14);
	ck_assert_double_eq_tol(out[5], 3 + 1.5 * sqrt(4), 1e-14);
	free(room);
}
END_TEST

static const double odd[][12] = {{0, 0, 0, 1e6, 0, 0, 0, 0, 0, 0, 0, 1},
		{1e-9, 1, 1e9, 1e-9, 1, 1e9, 1e-9, 1, 1e9, 1e-9, 1, 1e9},
		{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5.000000001},
		{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048},
		{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2},
		{-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1e5},
		{1e15, 1e15 + 2, 1e15, 1e15 + 4, 1e15, 1e15, 1e15 + 2, 1e15, 1e15, 1e15, 1e15,
				1e15}};

START_TEST(odd_series_have_finite_forecasts_and_intervals)
{
	const cstn__ets_asked asked = {{3, 3, 0, 3}, 1, {1.96}};
	double *room = aligned_alloc(64, 64 * 1024), out[3 * 30];
	int form, i;
	size_t m;

	ck_assert_ptr_nonnull(room);
	ck_assert_uint_le(cstn__ets_series_room(12, 3, 30) * 8, 64 * 1024);
	for (m = 1; m <= 3; m++)
		for (form = -1; form < CSTN__ETS_FITTED; form++) {
			cstn__ets_series_ahead(&asked,
					form < 0 ? asked.pattern : cstn__ets_fitted(form), odd[_i],
					12, m, 30, room, out);
			for (i = 0; i < 90; i++)
				ck_assert(isfinite(out[i]));
			for (i = 0; i < 30; i++)
				ck_assert(out[30 + i] <= out[i] && out[i] <= out[60 + i]);
		}
	free(room);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("forecast ets");
	TCase *tests = tcase_create("forecast ets");

	tcase_add_test(tests, a_level_moves_by_its_share_of_the_error);
	tcase_add_test(tests, every_state_of_a_seasonal_form_moves_by_hand);
	tcase_add_test(tests, a_damped_ratio_fades_by_its_power);
	tcase_add_test(tests, nineteen_forms_are_taken_and_eleven_are_refused_by_name);
	tcase_add_loop_test(tests, what_is_no_form_is_refused, 0, COUNT(no_forms));
	tcase_add_test(tests, spellings_of_a_form_are_one_form);
	tcase_add_loop_test(tests, what_is_wrong_is_said_and_outputs_stay_as_they_were, 0,
			COUNT(wrong));
	tcase_add_test(tests, absent_arguments_are_refused);
	tcase_add_test(tests, a_power_of_two_changes_nothing_but_the_scale);
	tcase_add_test(tests, no_state_or_parameter_beside_the_fit_is_likelier);
	tcase_add_test(tests, the_choice_has_the_least_aicc_of_all_forms);
	tcase_add_loop_test(tests, a_series_has_the_nearest_form_that_it_bears, 0, COUNT(bearings));
	tcase_add_test(tests, too_short_or_constant_series_have_no_fit_but_a_forecast);
	tcase_add_loop_test(tests, odd_series_have_finite_forecasts_and_intervals, 0, COUNT(odd));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
