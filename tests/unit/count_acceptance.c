/* Quantiles of daily sales of one store's items, from eleven origins, against their bars: scaled
 * pinball loss (SPL) over nine levels, and how often outcomes fall at or below each level. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand.h>
#include <constellation/demand_evaluate.h>

#include "base/stats.h"
#include "demand/count.h"
#include "demand/metric.h"
#include "demand/model.h"
#include "m5_items.h"
#include "shared_data.h"

#define LEVELS 9
static const double level[LEVELS] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};

typedef struct tally {
	double spl, weighted; /* sums over origins of means over items */
	double covered[LEVELS], outcomes;
	size_t origins;
} tally;

static double pinball(double y, double q, double u)
{
	return q <= y ? (y - q) * u : (q - y) * (1 - u);
}

/* U-coverage of each level: the distribution is the model's own, its level that which was asked
 * for. */
static void count_covered(tally *t, const cstn__demand_series *series, const double *asked,
		const double *mean, const double *y, const double *q, uint64_t seed)
{
	double dispersion = cstn__demand_dispersion(series, 0), below, at, value;
	double quantile[M5_AHEAD], within[M5_AHEAD];
	cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;
	size_t h, k;

	sample.actual = y;
	sample.forecast = quantile;
	sample.within = within;
	sample.n = M5_AHEAD;
	sample.seed = seed;
	for (k = 0; k < LEVELS; k++) {
		for (h = 0; h < M5_AHEAD; h++) {
			quantile[h] = q[h * LEVELS + k];
			cstn__count_cdf(mean[h], dispersion, quantile[h], &below, &at);
			within[h] = (asked[h / 7 * LEVELS + k] - below) / (at - below);
			within[h] = fmin(fmax(within[h], 0), 1);
		}
		ck_assert_int_eq(
				cstn_forecast_metric(CSTN_METRIC_U_COVERAGE, &sample, &value, NULL),
				CSTN_OK);
		t->covered[k] += value * M5_AHEAD;
	}
	t->outcomes += M5_AHEAD;
}

static void score_origin(
		tally *t, const cstn_demand_model *model, const m5_items *items, size_t day)
{
	static double mean[M5_AHEAD], q[M5_AHEAD * LEVELS];
	static double asked[CSTN__HORIZON_WEEKS * LEVELS];
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double sum = 0, weighted = 0, units = 0;
	uint32_t events[M5_AHEAD];
	size_t i, h, k, n = 0, crossed = 0;

	for (h = 0; h < M5_AHEAD; h++)
		events[h] = items->snap[day + h];
	query.events = events;
	query.horizon = M5_AHEAD;
	query.levels = level;
	query.n_levels = LEVELS;
	for (i = 0; i < items->n; i++) {
		const double *past = items->y + i * M5_DAYS, *y = past + day;
		const cstn__demand_side *side = &model->sides[CSTN__SIDE_DEMAND];
		const cstn__demand_series *series;
		double scale = cstn__history_scale(CSTN__SCALE_ABSOLUTE, past, day, 1);
		double loss = 0, weight = 0;

		query.key = items->id[i];
		query.key_len = strlen(query.key);
		crossed += cstn_demand_model_forecast_one(model, &query, mean, q, NULL, NULL) !=
			   CSTN_OK;
		series = &side->series.items[cstn__ids_find_text(
				&side->keys, query.key, query.key_len)];
		cstn__demand_pool_levels(&model->pools.items[series->pool], level, LEVELS, asked);
		count_covered(t, series, asked, mean, y, q, day * 10000 + i);
		for (h = 0; h < M5_AHEAD; h++) {
			for (k = 0; k < LEVELS; k++) {
				loss += pinball(y[h], q[h * LEVELS + k], level[k]);
				crossed += k && q[h * LEVELS + k] < q[h * LEVELS + k - 1];
			}
			weight += past[day - 1 - h];
		}
		if (!(scale > 0))
			continue;
		loss /= scale * M5_AHEAD * LEVELS;
		sum += loss;
		weighted += weight * loss;
		units += weight;
		n++;
	}
	ck_assert_uint_eq(crossed, 0);
	t->spl += sum / (double)n;
	t->weighted += weighted / units;
	t->origins++;
}

static double largest_miss(const tally *t)
{
	double worst = 0;
	size_t k;

	for (k = 0; k < LEVELS; k++)
		worst = fmax(worst, fabs(t->covered[k] / t->outcomes - level[k]));
	return worst;
}

static void tell(const char *what, const tally *t)
{
	size_t k;

	printf("%s: SPL %.4f, weighted by units %.4f; covered", what, t->spl / (double)t->origins,
			t->weighted / (double)t->origins);
	for (k = 0; k < LEVELS; k++)
		printf(" %.4f", t->covered[k] / t->outcomes);
	printf("; largest miss %.4f\n", largest_miss(t));
}

START_TEST(quantiles_of_eleven_origins_are_within_their_bars)
{
	m5_items *items = m5_read();
	cstn_demand_model *model = m5_model(CSTN_DEMAND_CALIBRATE);
	tally t = {0};
	size_t day;

	for (day = 1; day <= 1885; day++) {
		m5_learn_day(model, items, day);
		if (day >= 1605 && (day - 1605) % 28 == 0)
			score_origin(&t, model, items, day);
	}
	tell("eleven origins d_1605 .. d_1885 (bars .2075, .2340, .010; stretch .204, .228, .006)",
			&t);
	ck_assert_uint_eq(t.origins, 11);
	ck_assert_double_le(t.spl / 11, .2075);
	ck_assert_double_le(t.weighted / 11, .2340);
	ck_assert_double_le(largest_miss(&t), .010);
	cstn_demand_model_free(model);
	m5_free(items);
}
END_TEST

/* --- lead times ------------------------------------------------------------------------------- */

#define LEAD_FIRST 1605
#define LEAD_LAST 1885
#define LEADS 3
static const int32_t lead_days[LEADS] = {7, 14, 28};
static const double lead_levels[] = {.9, .95, .975, .995};

/* The share of items whose demand over some days from `day` on was at or below the quantile. */
static double lead_covered(
		cstn_demand_model *model, const m5_items *items, size_t day, int32_t days, double u)
{
	cstn_demand_lead_options options = CSTN_DEMAND_LEAD_OPTIONS_INIT;
	struct ArrowArrayStream out;
	struct ArrowArray batch;
	double n = 0, covered = 0;

	options.periods = days;
	options.level = u;
	ck_assert_int_eq(cstn_demand_model_lead_time(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	for (;;) {
		const double *quantile;
		int64_t row;

		ck_assert_int_eq(out.get_next(&out, &batch), 0);
		if (!batch.release)
			break;
		quantile = batch.children[4]->buffers[1];
		for (row = 0; row < batch.length; row++, n++) {
			const double *y = items->y + (size_t)n * M5_DAYS + day;
			double sum = 0;
			int32_t h;

			for (h = 0; h < days; h++)
				sum += y[h];
			covered += sum <= quantile[row];
		}
		batch.release(&batch);
	}
	ck_assert_double_eq(n, (double)items->n);
	out.release(&out);
	return covered / n;
}

START_TEST(reorder_points_cover_lead_times_of_weeks)
{
	m5_items *items = m5_read();
	cstn_demand_model *model = m5_model(CSTN_DEMAND_CALIBRATE);
	double share[LEADS][4] = {{0}};
	size_t day, i, k, origins = 0;

	for (day = 1; day <= LEAD_LAST; day++) {
		m5_learn_day(model, items, day);
		if (day < LEAD_FIRST || (day - LEAD_FIRST) % 28)
			continue;
		origins++;
		for (i = 0; i < LEADS; i++)
			for (k = 0; k < 4; k++)
				share[i][k] += lead_covered(
						model, items, day, lead_days[i], lead_levels[k]);
	}
	for (i = 0; i < LEADS; i++) {
		printf("%d days:", lead_days[i]);
		for (k = 0; k < 4; k++)
			printf(" %.3f at %g", share[i][k] / (double)origins, lead_levels[k]);
		printf("\n");
		for (k = 0; k < 4; k++)
			ck_assert_double_eq_tol(share[i][k] / (double)origins, lead_levels[k], .03);
	}
	cstn_demand_model_free(model);
	m5_free(items);
}
END_TEST

/* --- stock-outs ------------------------------------------------------------------------------- */

/* Demand of a true level, of which no more than a limit is seen; a level smoothed by .02 over 2,000
 * periods, 200 times: its mean over the last 1,000, in parts of the true one. */
static const struct {
	double mean, phi, limit[3]; /* reached by about 10, 30 and 50 % */
} shelves[] = {{1.2, .8, {4, 2, 1}}, {3, .5, {7, 4, 3}}, {8, .3, {15, 10, 8}},
		{20, .2, {33, 24, 19}}};
enum { FROM_TAIL, DROPPED, IGNORED, WAYS };

static void simulate(size_t s, size_t k, double *bias, double *reached)
{
	double mu = shelves[s].mean, phi = shelves[s].phi, limit = shelves[s].limit[k];
	double sum[WAYS] = {0}, outs = 0;
	uint64_t draw = 0;
	int run, t, w;

	for (run = 0; run < 200; run++) {
		double l[WAYS] = {mu, mu, mu};

		for (t = 0; t < 2000; t++, draw++) {
			double u = cstn__random_unit(900 + s * 3 + k, draw), y, x, square;
			int is_out;

			cstn__count_quantiles(mu, phi, &u, 1, &y);
			is_out = y >= limit;
			y = is_out ? limit : y;
			x = y;
			if (is_out)
				cstn__count_above(l[FROM_TAIL], phi, limit, &x, &square);
			l[FROM_TAIL] += .02 * (x - l[FROM_TAIL]);
			l[IGNORED] += .02 * (y - l[IGNORED]);
			l[DROPPED] += is_out ? 0 : .02 * (y - l[DROPPED]);
			outs += is_out;
			for (w = 0; w < WAYS && t >= 1000; w++)
				sum[w] += l[w];
		}
	}
	for (w = 0; w < WAYS; w++)
		bias[w] = sum[w] / 200 / 1000 / mu - 1;
	*reached = outs / 200 / 2000;
}

START_TEST(levels_under_stock_outs_are_within_one_percent)
{
	size_t s, k;

	for (s = 0; s < 4; s++)
		for (k = 0; k < 3; k++) {
			double bias[WAYS], reached;

			simulate(s, k, bias, &reached);
			printf("mean %g, %.0f %% reach %g: level %+.2f %% (bar 1 %%), dropped "
			       "%+.0f %%, "
			       "ignored %+.0f %%\n",
					shelves[s].mean, 100 * reached, shelves[s].limit[k],
					100 * bias[FROM_TAIL], 100 * bias[DROPPED],
					100 * bias[IGNORED]);
			ck_assert_double_lt(fabs(bias[FROM_TAIL]), .01);
			ck_assert_double_lt(bias[DROPPED], bias[IGNORED]);
			ck_assert_double_lt(bias[IGNORED], -.03);
		}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {quantiles_of_eleven_origins_are_within_their_bars,
			reorder_points_cover_lead_times_of_weeks,
			levels_under_stock_outs_are_within_one_percent};

	return run_tests_on("data", "m5/README.md", "count acceptance", tests, 3);
}
