/* Customers drawn from a model with given parameters, and the fit finds these again within three
 * standard errors of their logarithms, which is what is estimated: each model, from two seeds. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "suite.h"
#include "value_fixture.h"

#define SEEDS 2

/* A model with the parameters it is drawn with; gammas have halves as shapes. */
typedef struct drawn_model {
	const char *name, *schema, *head;
	int customers;
	int k;              /* phases of a gap; 0: the model has none */
	int leaves_at_once; /* a customer may leave after the first purchase already */
	char *(*draw)(const struct drawn_model *model, char *at);
	const char *names[5];
	double made[4];
} drawn_model;

static double beta_of(int32_t a_halves, int32_t b_halves)
{
	double a = value_gamma(a_halves, 1.0), b = value_gamma(b_halves, 1.0);

	return a / (a + b);
}

static double draw_unit(void)
{
	return cstn__random_unit(1, value_drawn++);
}

/* r = 1/2, alpha = 4 a phase; a = 1, b = 5/2; ages of 40 to 100. */
static char *draw_purchases(const drawn_model *model, char *at)
{
	int phases = model->k ? model->k : 1, i;

	for (i = 0; i < model->customers; i++) {
		double rate = value_gamma(1, 4.0), leave = beta_of(2, 5), now = 0.0, last = 0.0;
		double age = 40.0 + floor(draw_unit() * 420.0) / 7.0, gaps = 0.0;
		int x = 0;

		while (!(x || model->leaves_at_once) || draw_unit() >= leave) {
			double gap = value_gamma(2 * phases, rate);

			now += gap;
			if (now > age)
				break;
			x++;
			gaps += log(gap);
			last = now;
		}
		at += sprintf(at, "%d,%.17g,%.17g", x, last, age);
		at += model->k ? sprintf(at, ",%.17g\n", gaps) : sprintf(at, "\n");
	}
	return at;
}

/* alpha = 3/2, beta = 2; gamma = 1, delta = 4; 20 occasions, at the begin of each of which a
 * customer may be gone. */
static char *draw_occasions(const drawn_model *model, char *at)
{
	int i, n;

	for (i = 0; i < model->customers; i++) {
		double buy = beta_of(3, 4), leave = beta_of(2, 8);
		int x = 0, last = 0;

		for (n = 1; n <= 20 && draw_unit() >= leave; n++)
			if (draw_unit() < buy) {
				x++;
				last = n;
			}
		at += sprintf(at, "%d,%d,20\n", x, last);
	}
	return at;
}

/* p = 3, q = 4, v = 30: the mean of 1 to 6 purchases. */
static char *draw_spend(const drawn_model *model, char *at)
{
	int i;

	for (i = 0; i < model->customers; i++) {
		double scale = value_gamma(8, 30.0);
		int x = 1 + (int)floor(6.0 * draw_unit());

		at += sprintf(at, "%d,%.17g\n", x, value_gamma(6 * x, scale) / (double)x);
	}
	return at;
}

/* alpha = 1, beta = 5/2: who is left after each of 12 periods. */
static char *draw_contracts(const drawn_model *model, char *at)
{
	int left[13] = {0}, i, n;

	for (i = 0; i < model->customers; i++) {
		double leave = beta_of(2, 5);

		left[0]++;
		for (n = 1; n <= 12 && draw_unit() >= leave; n++)
			left[n]++;
	}
	for (n = 0; n <= 12; n++)
		at += sprintf(at, "%d\n", left[n]);
	return at;
}

#define GAPS PLAIN "log_gaps double\n"
static const drawn_model models[] = {
		{"bgnbd", PLAIN, "x,tx,T\n", 3000, 0, 0, draw_purchases, {"r", "alpha", "a", "b"},
				{0.5, 4.0, 1.0, 2.5}},
		{"mbgnbd", PLAIN, "x,tx,T\n", 3000, 0, 1, draw_purchases, {"r", "alpha", "a", "b"},
				{0.5, 4.0, 1.0, 2.5}},
		{"bgcnbd", GAPS, "x,tx,T,log_gaps\n", 1500, 2, 0, draw_purchases,
				{"r", "alpha", "a", "b"}, {0.5, 4.0, 1.0, 2.5}},
		{"mbgcnbd", GAPS, "x,tx,T,log_gaps\n", 2500, 3, 1, draw_purchases,
				{"r", "alpha", "a", "b"}, {0.5, 4.0, 1.0, 2.5}},
		{"bgbb", PLAIN, "x,tx,T\n", 3000, 0, 0, draw_occasions,
				{"alpha", "beta", "gamma", "delta"}, {1.5, 2.0, 1.0, 4.0}},
		{"gammagamma", "x int64\nspend double\n", "x,spend\n", 3000, 0, 0, draw_spend,
				{"p", "q", "v"}, {3.0, 4.0, 30.0}},
		{"sbg", "survivors int64\n", "survivors\n", 3000, 0, 0, draw_contracts,
				{"alpha", "beta"}, {1.0, 2.5}},
};

static void expect_found(const drawn_model *model, const cstn_customer_value *fitted, int seed)
{
	char se[16];
	size_t i;

	ck_assert_msg(cstn_customer_value_flags(fitted) == 0, "%s, seed %d: flags %x", model->name,
			seed, cstn_customer_value_flags(fitted));
	for (i = 0; model->names[i]; i++) {
		double found = value_asked(fitted, model->names[i]), error;

		snprintf(se, sizeof(se), "se_%s", model->names[i]);
		error = value_asked(fitted, se);
		ck_assert_msg(fabs(log(found / model->made[i])) < 3.0 * error / found,
				"%s, seed %d: %s is %g +- %g, made with %g", model->name, seed,
				model->names[i], found, error, model->made[i]);
		/* a wide error would find anything */
		ck_assert_msg(error < 0.5 * found, "%s, seed %d: %s is %g +- %g", model->name, seed,
				model->names[i], found, error);
	}
	if (model->k)
		ck_assert_msg(value_asked(fitted, "k") == (double)model->k, "%s: k is %g",
				model->name, value_asked(fitted, "k"));
}

START_TEST(simulated_customers_give_the_parameters_back_within_three_errors)
{
	const drawn_model *model = &models[_i];
	char *text = malloc((size_t)model->customers * 100 + 256);
	int seed;

	ck_assert_ptr_nonnull(text);
	for (seed = 1; seed <= SEEDS; seed++) {
		cstn_value_state *state;
		cstn_customer_value *fitted;

		value_drawn = (uint64_t)(seed + 10) << 40;
		model->draw(model, text + sprintf(text, "%s", model->head));
		state = value_state_of(model->name, text, model->schema);
		fitted = value_fit(state, 1);
		expect_found(model, fitted, seed);
		cstn_customer_value_unref(fitted);
		cstn_value_state_free(state);
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("value_refit");
	TCase *tests = tcase_create("value_refit");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, simulated_customers_give_the_parameters_back_within_three_errors,
			0, (int)N(models));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
