/* Series on which other libraries explode, by name: rows 83 and 84 of M1, 113 and 114 and N0646 of
 * M3, long constants, short seasons, zeros where a part is multiplicative; through every form of
 * smoothing, the regression and demand models. And five sets through demand models. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand.h>
#include <constellation/demand_evaluate.h>
#include <constellation/demand_fit.h>
#include <constellation/demand_regress.h>

#include "answer_table.h"
#include "csv_rows.h"
#include "demand_rows.h"
#include "forecast_data.h"
#include "m5_items.h"
#include "shared_data.h"

#define COMPETITION                                                       \
	"id text\nperiod text\ntype text\nfreq int64\nn int64\nh int64\n" \
	"start text\ntrain text\ntest text\n"
#define AHEAD_MOST 64
#define TEN_TIMES 10
#define CONTRACT_DAYS 90

/* A series and how far ahead it is looked at. */
typedef struct sample {
	const char *id;
	const double *y;
	size_t n, season, h;
} sample;

static void expect_no_explosion(const sample *s, const char *what, const double *f)
{
	double most = 0;
	size_t t;

	for (t = 0; t < s->n; t++)
		most = fmax(most, fabs(s->y[t]));
	for (t = 0; t < s->h; t++)
		if (!(fabs(f[t]) <= TEN_TIMES * most))
			ck_abort_msg("%s (%zu, season %zu), %s: %g, %zu ahead, after at most %g",
					s->id, s->n, s->season, what, f[t], t + 1, most);
}

static char *rows_of(const sample *s)
{
	size_t size = 64 + s->n * 64, used, t;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	used = (size_t)snprintf(text, size, "unique_id,ds,y\n");
	for (t = 0; t < s->n; t++)
		used += (size_t)snprintf(text + used, size - used, "s,%zu,%.17g\n", t, s->y[t]);
	return text;
}

/* The forecast in the fourth column of a table. */
static void read_ahead(struct ArrowArrayStream *out, size_t h, double *f)
{
	cstn_buffer *buffer;
	const char *line = csv_text(out, &buffer);
	size_t t;

	for (t = 0; t < h; t++) {
		int comma = 3;

		line = strchr(line, '\n') + 1;
		ck_assert(*line);
		for (; comma; line++)
			comma -= *line == ',';
		f[t] = *line == '\n' || *line == ',' ? (double)NAN : strtod(line, NULL);
	}
	cstn_buffer_free(buffer);
}

/* The likeliest form and, if `each`, every form by its name. */
static void look_at_forms(const sample *s, int each)
{
	static const char *const forms[] = {"ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA", "MNN",
			"MAN", "MAdN", "MNA", "MAA", "MAdA", "MNM", "MAM", "MAdM"};
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	char *rows = rows_of(s);
	struct ArrowArrayStream in, out;
	double f[AHEAD_MOST];
	size_t k;

	options.period = CSTN_PERIOD_NUMBER;
	options.season = (int32_t)s->season;
	options.horizon = (int32_t)s->h;
	options.threads = 1;
	for (k = each ? 0 : sizeof(forms) / sizeof(forms[0]); k <= sizeof(forms) / sizeof(forms[0]);
			k++) {
		int is_any = k == sizeof(forms) / sizeof(forms[0]);

		options.models = is_any ? CSTN_FAMILY_AUTO_ETS : CSTN_FAMILY_ETS;
		options.ets_form = is_any ? NULL : forms[k];
		csv_rows(&in, "unique_id text\nds int64\ny double\n", rows);
		ck_assert_int_eq(cstn_family_fit(&in, &options, NULL, &out, NULL, NULL), CSTN_OK);
		read_ahead(&out, s->h, f);
		expect_no_explosion(s, is_any ? "the likeliest form" : forms[k], f);
	}
	free(rows);
}

static void look_at_regression(const sample *s)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	char *rows = rows_of(s);
	struct ArrowArrayStream in, out;
	double f[AHEAD_MOST];

	options.period = CSTN_PERIOD_NUMBER;
	options.season = (int32_t)s->season;
	options.horizon = (int32_t)s->h;
	options.threads = 1;
	csv_rows(&in, "unique_id text\nds int64\ny double null\n", rows);
	ck_assert_int_eq(cstn_regress(&in, &options, NULL, &out, NULL, NULL), CSTN_OK);
	read_ahead(&out, s->h, f);
	expect_no_explosion(s, "regression", f);
	free(rows);
}

/* Path of a demand model that learned the series period by period. */
static void ahead_of_model(const sample *s, uint32_t flags, double *f)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	cstn_demand_model *model;
	size_t t;

	config.period = CSTN_PERIOD_NUMBER;
	config.season = (int32_t)s->season;
	config.flags = flags;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	row.key = query.key = s->id;
	row.key_len = query.key_len = strlen(s->id);
	for (t = 0; t < s->n; t++) {
		row.ds = (int64_t)t;
		row.y = s->y[t];
		if (cstn_demand_model_update_one(model, &row, NULL) != CSTN_OK ||
				cstn_demand_model_close_period(model, row.ds, NULL) != CSTN_OK)
			ck_abort_msg("%s, period %zu", s->id, t);
	}
	query.horizon = (int32_t)s->h;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, f, NULL, NULL, NULL),
			CSTN_OK);
	cstn_demand_model_free(model);
}

static void look(const sample *s, int each)
{
	double f[AHEAD_MOST];

	look_at_forms(s, each);
	look_at_regression(s);
	ahead_of_model(s, 0, f);
	expect_no_explosion(s, "demand model", f);
	ahead_of_model(s, CSTN_DEMAND_LEVEL_WEIGHTS | CSTN_DEMAND_INTERMITTENT | CSTN_DEMAND_DRIFT,
			f);
	expect_no_explosion(s, "demand model with all it has", f);
}

static void look_at_row(const answer_table *all, size_t r)
{
	static double y[FORECAST_MOST];
	sample s = {all->texts[0][r], y, 0, (size_t)all->numbers[3][r], (size_t)all->numbers[5][r]};

	s.n = forecast_values(all->texts[7][r], y);
	look(&s, 1);
}

START_TEST(series_that_explode_elsewhere_do_not_here)
{
	answer_table *m1 = answer_csv("m1/M1_series.csv.gz", COMPETITION, 0);
	answer_table *m3 = answer_csv("m3/M3_series.csv.gz", COMPETITION, 0);
	size_t r, named = 0;

	for (r = 82; r <= 84; r++) /* whether rows are counted from 0 or from 1 */
		look_at_row(m1, r);
	for (r = 112; r <= 114; r++)
		look_at_row(m3, r);
	for (r = 0; r < m3->rows; r++)
		if (strcmp(m3->texts[0][r], "N0646") == 0 || strcmp(m3->texts[0][r], "N646") == 0) {
			look_at_row(m3, r);
			named++;
		}
	ck_assert_uint_eq(named, 1);
	answer_table_free(m1);
	answer_table_free(m3);
}
END_TEST

START_TEST(constants_short_seasons_and_zeros_do_not_explode)
{
	static const size_t seasons[] = {1, 2, 3, 4, 7, 12};
	static double y[400];
	sample s = {"made", y, 0, 1, 12};
	size_t k, n, t, at = 0;

	for (k = 0; k < 6; k++)
		for (n = 2; n <= 400; n = n * 2 + 3) {
			if (at++ % test_every() != 0)
				continue;
			s.n = n;
			s.season = seasons[k];
			s.h = n < 12 ? n : 12;
			for (t = 0; t < n; t++)
				y[t] = 1e6;
			look(&s, 1);
			y[n - 1] = 1e6 + 1;
			look(&s, 1);
			for (t = 0; t < n; t++)
				y[t] = t % s.season == 0 ? 50 + (double)(t % 11) : 0;
			look(&s, 1);
			for (t = 0; t < n; t++)
				y[t] = t % s.season == 1 ? 0 : 100 + (double)(t * t % 17);
			look(&s, 1);
			/* a trend that is asked for by name goes where the spike goes */
			y[n - 1] = 5000;
			look(&s, 0);
		}
}
END_TEST

/* --- sets through demand models --------------------------------------------------------------- */

typedef struct set {
	const char *name;
	size_t season, h;
	double model, naive, n;
} set;

static double mase_of(const sample *s, const double *f)
{
	cstn_forecast_sample of = CSTN_FORECAST_SAMPLE_INIT;
	double value = 0;

	of.actual = s->y + s->n;
	of.forecast = f;
	of.n = s->h;
	of.history = s->y;
	of.n_history = s->n;
	of.season = (int32_t)s->season;
	return cstn_forecast_metric(CSTN_METRIC_MASE, &of, &value, NULL) == CSTN_OK ? value
										    : (double)NAN;
}

/* n values, the last h of which are forecast; what is missing is what was there a season before. */
static void score(set *of, double *y, size_t n)
{
	sample s = {of->name, y, n > of->h ? n - of->h : 0, of->season, of->h};
	double f[AHEAD_MOST], repeated[AHEAD_MOST], mine, theirs;
	size_t t;

	if (n < of->h + of->season)
		return; /* no season to repeat */
	for (t = 0; t < n; t++)
		if (isnan(y[t]))
			y[t] = t >= of->season ? y[t - of->season] : 0;
	for (t = 0; t < s.h; t++)
		repeated[t] = y[s.n - s.season + t % s.season];
	ahead_of_model(&s, CSTN_DEMAND_LEVEL_WEIGHTS, f);
	for (t = 0; t < s.h; t++)
		ck_assert(isfinite(f[t]));
	mine = mase_of(&s, f);
	theirs = mase_of(&s, repeated);
	if (isnan(mine))
		return;
	of->model += mine;
	of->naive += theirs;
	of->n++;
}

static void tell(const set *of)
{
	printf("%-12s %4.0f series: MASE of a demand model %.3f, the season repeated %.3f\n",
			of->name, of->n, of->model / of->n, of->naive / of->n);
	ck_assert_double_gt(of->n, 0);
}

static void score_columns(set *of, const char *file, size_t rows, size_t columns)
{
	double *y = malloc(rows * columns * sizeof(*y));
	size_t c;

	ck_assert_ptr_nonnull(y);
	ck_assert_uint_eq(forecast_table(file, 1, y, rows, columns), rows);
	for (c = 0; c < columns; c++)
		score(of, y + c * rows, rows);
	free(y);
	tell(of);
	ck_assert_double_lt(of->model, of->naive);
}

START_TEST(demand_models_are_better_than_the_season_before)
{
	set nn5 = {"NN5", 7, 56, 0, 0, 0}, hospital = {"hospital", 12, 12, 0, 0, 0};
	set jewelry = {"jewelry", 52, 13, 0, 0, 0};

	score_columns(&nn5, "nn5/nn5_daily.csv.gz", 791, 111);
	score_columns(&hospital, "expsmooth/hospital.csv.gz", 84, 767);
	score_columns(&jewelry, "expsmooth/jewelry.csv.gz", 124, 314);
}
END_TEST

/* Not better: turnover grows, and a demand model has no trend. */
START_TEST(demand_models_of_turnover_are_finite)
{
	answer_table *table = answer_csv("tsibbledata/aus_retail.csv.gz",
			"State text\nIndustry text\nSeries.ID text\nMonth text\nTurnover double\n",
			0);
	set retail = {"retail", 12, 24, 0, 0, 0};
	size_t begin, end;

	for (begin = 0; begin < table->rows; begin = end) {
		for (end = begin; end < table->rows &&
				  strcmp(table->texts[2][end], table->texts[2][begin]) == 0;
				end++)
			;
		score(&retail, table->numbers[4] + begin, end - begin);
	}
	tell(&retail);
	answer_table_free(table);
}
END_TEST

/* Half hours, a season of a day. Not better: levels that follow by the half hour forget what the
 * day is like. */
START_TEST(demand_models_of_electricity_are_finite)
{
	enum { HALF_HOURS = 52608, TRAIN = 60 * 48, DAY = 48 };
	set electricity = {"electricity", DAY, DAY, 0, 0, 0};
	double *y = malloc(HALF_HOURS * sizeof(*y));
	size_t origin;

	ck_assert_ptr_nonnull(y);
	ck_assert_uint_eq(forecast_table("tsibbledata/vic_elec.csv.gz", 1, y, HALF_HOURS, 1),
			HALF_HOURS);
	for (origin = TRAIN; origin + DAY <= HALF_HOURS; origin += 21 * DAY)
		score(&electricity, y + origin - TRAIN, TRAIN + DAY);
	tell(&electricity);
	free(y);
}
END_TEST

/* --- every item of a store -------------------------------------------------------------------- */

/* Saved and loaded on some days: the same bytes. */
START_TEST(items_of_a_store_have_the_same_state_when_saved_between)
{
	const uint32_t flags = CSTN_DEMAND_REPLAY | CSTN_DEMAND_CALIBRATE | CSTN_DEMAND_DRIFT;
	m5_items *items = m5_read();
	cstn_demand_model *whole = m5_model(flags), *saved = m5_model(flags);
	size_t day;

	for (day = 1; day <= CONTRACT_DAYS; day++) {
		m5_learn_day(whole, items, day);
		m5_learn_day(saved, items, day);
		if (day * day % 7 == 2)
			saved = demand_saved(saved);
	}
	demand_expect_same(whole, saved);
	cstn_demand_model_free(whole);
	cstn_demand_model_free(saved);
	m5_free(items);
}
END_TEST

/* --- units ------------------------------------------------------------------------------------ */

START_TEST(a_power_of_two_changes_nothing_but_the_scale_of_a_demand_model)
{
	static const int powers[] = {-40, -3, 1, 20, 60};
	static double y[300], scaled[300];
	sample s = {"made", y, 300, 7, 28}, other = {"made", scaled, 300, 7, 28};
	double f[AHEAD_MOST], g[AHEAD_MOST];
	size_t k, t;

	for (t = 0; t < 300; t++)
		y[t] = 5 + (double)(t % 7 * 3 + t * t % 5);
	for (k = 0; k < sizeof(powers) / sizeof(powers[0]); k++) {
		for (t = 0; t < 300; t++)
			scaled[t] = ldexp(y[t], powers[k]);
		/* without the pool's season to be drawn to, whose 50 units are units */
		s.season = other.season = 1;
		ahead_of_model(&s, CSTN_DEMAND_LEVEL_WEIGHTS, f);
		ahead_of_model(&other, CSTN_DEMAND_LEVEL_WEIGHTS, g);
		for (t = 0; t < s.h; t++)
			ck_assert_double_eq(ldexp(f[t], powers[k]), g[t]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {series_that_explode_elsewhere_do_not_here,
			constants_short_seasons_and_zeros_do_not_explode,
			demand_models_are_better_than_the_season_before,
			demand_models_of_turnover_are_finite,
			demand_models_of_electricity_are_finite,
			items_of_a_store_have_the_same_state_when_saved_between,
			a_power_of_two_changes_nothing_but_the_scale_of_a_demand_model};

	return run_tests_on("data", "m3/M3_series.csv.gz", "demand extremes", tests, 7);
}
