/* Logarithms, exponentials and the gamma family against other people's digits. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/cpu.h"
#include "base/elementary.h"
#include "base/special.h"
#include "base/stats.h"
#include "suite.h"

/* mpmath 1.4, 50 digits, of the doubles nearest to the arguments. */
static const struct {
	double a, b, c, value;
} log_gammas[] = {
		{0.0001, 0.0, 0.0, 9.210282658633962211},
		{0.25, 0.0, 0.0, 1.288022524698077457},
		{0.5, 0.0, 0.0, 5.723649429247000871e-1},
		{0.9, 0.0, 0.0, 6.637623973474295443e-2},
		{1.5, 0.0, 0.0, -1.207822376352452223e-1},
		{2.5, 0.0, 0.0, 2.846828704729191596e-1},
		{4.414, 0.0, 0.0, 2.335220052201890562},
		{9.99, 0.0, 0.0, 1.277931521435019336e+1},
		{10.0, 0.0, 0.0, 1.280182748008146961e+1},
		{37.5, 0.0, 0.0, 9.75217752228882042e+1},
		{1000.25, 0.0, 0.0, 5.906947268271117177e+3},
		{1000000.0, 0.0, 0.0, 1.281550456914761166e+7},
};
static const struct {
	double a, b, c, value;
} error_functions[] = {
		{-6.0, 0.0, 0.0, 1.999999999999999978},
		{-0.5, 0.0, 0.0, 1.520499877813046538},
		{-1e-10, 0.0, 0.0, 1.000000000112837917},
		{0.0, 0.0, 0.0, 1.0},
		{1e-300, 0.0, 0.0, 1.0},
		{0.001, 0.0, 0.0, 0.9988716212090307636},
		{0.25, 0.0, 0.0, 0.723673609831763067},
		{0.5, 0.0, 0.0, 0.4795001221869534623},
		{0.9, 0.0, 0.0, 0.2030917875771678603},
		{1.0, 0.0, 0.0, 0.1572992070502851307},
		{1.3859, 0.0, 0.0, 0.05000063219749692214},
		{1.96, 0.0, 0.0, 0.005573724535172132859},
		{2.0, 0.0, 0.0, 0.004677734981047265838},
		{2.326, 0.0, 0.0, 0.001003795570131217184},
		{3.0, 0.0, 0.0, 0.00002209049699858544137},
		{4.75, 0.0, 0.0, 1.848504772148531089e-11},
		{6.0, 0.0, 0.0, 2.151973671249891312e-17},
		{9.5, 0.0, 0.0, 3.769214485654879942e-41},
		{12.25, 0.0, 0.0, 3.094126740540209854e-67},
		{20.0, 0.0, 0.0, 5.395865611607900929e-176},
		{25.5, 0.0, 0.0, 8.801662690727950571e-285},
};
static const struct {
	double a, b, c, value;
} log_risings[] = {
		{0.243, 1.0, 0.0, -1.414693835641588621},
		{0.243, 26.0, 0.0, 5.747373008516226353e+1},
		{0.243, 64.0, 0.0, 2.007004423738384765e+2},
		{0.243, 65.0, 0.0, 2.048631151422620445e+2},
		{0.243, 5000.0, 0.0, 3.758337793165074966e+4},
		{0.0001, 3.0, 0.0, -8.517043197665862405},
		{10000.0, 7.0, 0.0, 6.44744821489802223e+1},
		{10000.0, 0.5, 0.0, 4.605157685988096576},
		{4.4, 12.25, 0.0, 2.737826444088699658e+1},
		{2.5, 1000000.0, 0.0, 1.28155388232430111e+7},
		{10000.0, 0.001, 0.0, 9.210290421145348012e-3},
};
static const struct {
	double a, b, c, value;
} log_betas[] = {
		{0.793, 2.426, 0.0, -5.115692885937033429e-1},
		{1.0, 1.0, 0.0, 0},
		{0.001, 10000.0, 0.0, 6.897968594962708314},
		{10000.0, 0.001, 0.0, 6.897968594962708314},
		{50.0, 70.0, 0.0, -8.226860396842365576e+1},
		{100000.0, 100000.0, 0.0, -1.386339270613480624e+5},
};
static const struct {
	double a, b, c, value;
} digammas[] = {
		{0.0001, 0.0, 0.0, -1.000057705118351386e+4},
		{0.5, 0.0, 0.0, -1.963510026021423479},
		{1.0, 0.0, 0.0, -5.772156649015328606e-1},
		{1.4616321449683622, 0.0, 0.0, -9.241265521729427517e-17},
		{5.5, 0.0, 0.0, 1.611093148581751124},
		{10.0, 0.0, 0.0, 2.251752589066721108},
		{300.0, 0.0, 0.0, 5.702114882064637268},
		{1000000.0, 0.0, 0.0, 1.381551005796419077e+1},
};
static const struct {
	double a, b, c, value;
} digamma_risings[] = {
		{0.243, 1.0, 0.0, 4.115226337448559776},
		{0.243, 64.0, 0.0, 8.505963492788567031},
		{0.243, 65.0, 0.0, 8.521529391018724402},
		{3.5, 2.25, 0.0, 5.565737304226933923e-1},
		{10000.0, 100.0, 0.0, 9.950825919092992138e-3},
		{0.0001, 100000.0, 0.0, 1.001208997164947576e+4},
};
static const struct {
	double a, b, c, value;
} trigammas[] = {
		{0.001, 0.0, 0.0, 1.000001642533195827e+6},
		{0.5, 0.0, 0.0, 4.934802200544679309},
		{1.0, 0.0, 0.0, 1.644934066848226436},
		{7.25, 0.0, 0.0, 1.478792331589321697e-1},
		{10.0, 0.0, 0.0, 1.051663356816857461e-1},
		{100000.0, 0.0, 0.0, 1.000005000016666667e-5},
};
static const struct {
	double a, b, c, value;
} beta_cdfs[] = {
		{0.95, 4.0, 1.0, 8.145062499999998477e-1},
		{0.5, 2.0, 3.0, 6.875e-1},
		{0.1, 0.5, 0.5, 2.048327646991334575e-1},
		{0.999, 0.2, 7.0, 1.0},
		{0.3, 100.0, 220.0, 3.18973074439504639e-1},
		{0.01, 12.0, 0.01, 8.667377052401542885e-28},
		{1e-10, 0.3, 8.0, 2.051928985918535045e-3},
		{0.02, 2.243, 30.0, 8.854636344185042082e-2},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void check_relative(
		const char *what, size_t i, double got, double expected, double tolerance)
{
	ck_assert_msg(fabs(got - expected) <= tolerance * fabs(expected),
			"%s %zu: %.17g, %.17g expected", what, i, got, expected);
}

/* Relative above 1, absolute below. */
static void check_near(const char *what, size_t i, double got, double expected, double tolerance)
{
	ck_assert_msg(fabs(got - expected) <= tolerance * fmax(1.0, fabs(expected)),
			"%s %zu: %.17g, %.17g expected", what, i, got, expected);
}

START_TEST(gamma_functions_have_the_digits_of_mpmath)
{
	for (size_t i = 0; i < COUNT(log_gammas); i++)
		check_near("log gamma", i, cstn__log_gamma(log_gammas[i].a), log_gammas[i].value,
				4e-15);
	for (size_t i = 0; i < COUNT(log_risings); i++)
		check_relative("log rising", i,
				cstn__log_rising(log_risings[i].a, log_risings[i].b),
				log_risings[i].value, 1e-14);
	for (size_t i = 0; i < COUNT(log_betas); i++)
		check_near("log beta", i, cstn__log_beta(log_betas[i].a, log_betas[i].b),
				log_betas[i].value, 5e-15);
	for (size_t i = 0; i < COUNT(digammas); i++)
		check_near("digamma", i, cstn__digamma(digammas[i].a), digammas[i].value, 2e-15);
	for (size_t i = 0; i < COUNT(digamma_risings); i++)
		check_relative("digamma rising", i,
				cstn__digamma_rising(digamma_risings[i].a, digamma_risings[i].b),
				digamma_risings[i].value, 2e-14);
	for (size_t i = 0; i < COUNT(trigammas); i++)
		check_relative("trigamma", i, cstn__trigamma(trigammas[i].a), trigammas[i].value,
				2e-15);
}
END_TEST

START_TEST(the_error_function_has_the_digits_of_mpmath)
{
	for (size_t i = 0; i < COUNT(error_functions); i++)
		check_relative("erfc", i, cstn__erfc(error_functions[i].a),
				error_functions[i].value, 1e-15);
	ck_assert(cstn__erfc((double)INFINITY) == 0.0);
	ck_assert(cstn__erfc(-(double)INFINITY) == 2.0);
	ck_assert(isnan(cstn__erfc((double)NAN)));
}
END_TEST

START_TEST(the_incomplete_beta_function_has_the_digits_of_mpmath)
{
	for (size_t i = 0; i < COUNT(beta_cdfs); i++)
		check_relative("incomplete beta", i,
				cstn__beta_cdf(beta_cdfs[i].a, beta_cdfs[i].b, beta_cdfs[i].c),
				beta_cdfs[i].value, 1e-11);
	ck_assert(cstn__beta_cdf(0.0, 2.0, 3.0) == 0.0);
	ck_assert(cstn__beta_cdf(1.0, 2.0, 3.0) == 1.0);
	ck_assert(isnan(cstn__beta_cdf(0.5, 0.0, 3.0)));
	ck_assert(isnan(cstn__beta_cdf(1.5, 1.0, 3.0)));
}
END_TEST

START_TEST(a_beta_quantile_goes_back_to_its_probability)
{
	static const double p[] = {1e-12, 0.001, 0.05, 0.5, 0.95, 0.999};
	static const double shape[] = {0.2, 1.0, 3.5, 40.0, 2000.0};

	for (size_t i = 0; i < COUNT(p); i++)
		for (size_t a = 0; a < COUNT(shape); a++)
			for (size_t b = 1; b < COUNT(shape); b++) {
				double x = cstn__beta_quantile(p[i], shape[a], shape[b]);

				check_relative("beta quantile", i * 100 + a * 10 + b,
						cstn__beta_cdf(x, shape[a], shape[b]), p[i], 1e-9);
			}
	ck_assert(cstn__beta_quantile(0.0, 2.0, 2.0) == 0.0);
	ck_assert(cstn__beta_quantile(1.0, 2.0, 2.0) == 1.0);
	ck_assert(isnan(cstn__beta_quantile(-0.1, 2.0, 2.0)));
}
END_TEST

START_TEST(what_is_not_above_zero_has_no_gamma)
{
	static const double bad[] = {0.0, -1.0, -2.5};

	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert(isnan(cstn__log_gamma(bad[i])));
		ck_assert(isnan(cstn__log_rising(bad[i], 1.0)));
		ck_assert(isnan(cstn__digamma(bad[i])));
		ck_assert(isnan(cstn__digamma_rising(bad[i], 1.0)));
		ck_assert(isnan(cstn__trigamma(bad[i])));
	}
	ck_assert(isnan(cstn__log_rising(1.0, -1.0)));
	ck_assert(cstn__log_rising(0.3, 0.0) == 0.0);
	ck_assert(cstn__log_gamma(1.0) == 0.0);
	ck_assert(cstn__log_gamma(2.0) == 0.0);
}
END_TEST

/* --- logarithm and exponential --- */

/* Distance in units of the last place of the result */
static double units(double got, long double exact)
{
	int exponent;

	frexp((double)exact, &exponent);
	return fabs((double)((got - exact) / ldexpl(1.0L, exponent - 53)));
}

/* Numbers of all sizes, and those near 1 where a logarithm loses most */
static double sample(uint64_t i)
{
	double u = cstn__random_unit(7, 2 * i);
	int exponent = (int)(cstn__random_unit(7, 2 * i + 1) * 300.0) - 150;

	return i % 2 ? 0.6 + u : ldexp(0.5 + u, exponent);
}

START_TEST(logarithms_are_within_one_unit_in_the_last_place)
{
	double worst = 0.0, worst_1p = 0.0;

	for (uint64_t i = 0; i < 100000; i++) {
		double x = sample(i), y = i % 4 ? x - 1.0 : -x / (1.0 + x);

		worst = fmax(worst, units(cstn__log(x), logl((long double)x)));
		if (y > -1.0)
			worst_1p = fmax(worst_1p, units(cstn__log1p(y), log1pl((long double)y)));
	}
	ck_assert_msg(worst < 1.0, "log: %g", worst);
	ck_assert_msg(worst_1p < 1.0, "log1p: %g", worst_1p);
}
END_TEST

START_TEST(exponentials_are_within_their_units_in_the_last_place)
{
	double worst = 0.0, worst_m1 = 0.0;

	for (uint64_t i = 0; i < 100000; i++) {
		double u = cstn__random_unit(9, i) - 0.5, x = i % 2 ? 1400.0 * u : 4.0 * u;

		worst = fmax(worst, units(cstn__exp(x), expl((long double)x)));
		worst_m1 = fmax(worst_m1,
				units(cstn__expm1(x / 2.0), expm1l((long double)(x / 2.0))));
	}
	ck_assert_msg(worst < 1.0, "exp: %g", worst);
	ck_assert_msg(worst_m1 < 4.0, "expm1: %g", worst_m1);
}
END_TEST

START_TEST(the_ends_are_those_of_the_functions)
{
	double infinity = (double)INFINITY;

	ck_assert(cstn__log(0.0) == -infinity);
	ck_assert(isnan(cstn__log(-1.0)));
	ck_assert(cstn__log(infinity) == infinity);
	ck_assert(isnan(cstn__log((double)NAN)));
	ck_assert(cstn__log(1.0) == 0.0);
	check_relative("subnormal", 0, cstn__log(0x1p-1074), -744.44007192138126, 1e-15);
	ck_assert(cstn__log1p(-1.0) == -infinity);
	ck_assert(isnan(cstn__log1p(-1.5)));
	ck_assert(cstn__log1p(infinity) == infinity);
	ck_assert(cstn__log1p(1e-300) == 1e-300);
	ck_assert(cstn__exp(-infinity) == 0.0);
	ck_assert(cstn__exp(710.0) == infinity);
	ck_assert(cstn__exp(infinity) == infinity);
	ck_assert(isnan(cstn__exp((double)NAN)));
	ck_assert(cstn__exp(0.0) == 1.0);
	ck_assert(cstn__exp(-745.0) == 0x1p-1074);
	ck_assert(cstn__expm1(0.0) == 0.0);
	ck_assert(cstn__expm1(-800.0) == -1.0);
	ck_assert(cstn__softplus(1000.0) == 1000.0);
	ck_assert(cstn__softplus(-1000.0) == 0.0);
	check_relative("softplus", 0, cstn__softplus(0.0), 0.69314718055994531, 1e-15);
	ck_assert(cstn__log_add_exp(-infinity, 3.0) == 3.0);
	ck_assert(cstn__log_add_exp(3.0, -infinity) == 3.0);
	check_relative("log add exp", 0, cstn__log_add_exp(700.0, 700.0), 700.69314718055994531,
			1e-15);
}
END_TEST

typedef void each(int simd, const double *x, size_t n, double *out);

/* `scale` 0: numbers of all sizes */
static void check_lanes(each *wide, double (*one)(double), double scale)
{
	double x[1003], out[1003];
	size_t n = COUNT(x);

	for (size_t i = 0; i < n; i++)
		x[i] = scale > 0.0 ? scale * (cstn__random_unit(11, i) - 0.5) : sample(i);
	x[100] = 0.0;
	x[200] = -1.0;
	x[300] = (double)INFINITY;
	x[400] = 0x1p-1070;
	x[500] = (double)NAN;
	for (int simd = 1; simd <= cstn__cpu_simd(); simd++) {
		wide(simd, x, n, out);
		for (size_t i = 0; i < n; i++) {
			double alone = one(x[i]);

			ck_assert_msg(isnan(alone) ? isnan(out[i])
						   : !memcmp(&alone, &out[i], sizeof(alone)),
					"simd %d, value %zu, %.17g: %.17g alone, %.17g beside "
					"others",
					simd, i, x[i], alone, out[i]);
		}
	}
}

START_TEST(a_lane_of_a_vector_is_the_value_alone_bit_for_bit)
{
	check_lanes(cstn__log_each, cstn__log, 0.0);
	check_lanes(cstn__log1p_each, cstn__log1p, 0.0);
	check_lanes(cstn__log1p_each, cstn__log1p, 1.9);
	check_lanes(cstn__exp_each, cstn__exp, 1600.0);
	check_lanes(cstn__exp_each, cstn__exp, 2.0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			gamma_functions_have_the_digits_of_mpmath,
			the_error_function_has_the_digits_of_mpmath,
			the_incomplete_beta_function_has_the_digits_of_mpmath,
			a_beta_quantile_goes_back_to_its_probability,
			what_is_not_above_zero_has_no_gamma,
			logarithms_are_within_one_unit_in_the_last_place,
			exponentials_are_within_their_units_in_the_last_place,
			the_ends_are_those_of_the_functions,
			a_lane_of_a_vector_is_the_value_alone_bit_for_bit,
	};

	return run_tests("special functions", tests, COUNT(tests));
}
