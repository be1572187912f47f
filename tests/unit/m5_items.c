/* Daily sales of one store's items, for tests of demand models against known answers. */
#include "m5_items.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "answer_table.h"
#include "shared_data.h"

#define LINE_MOST (1 << 16)
#define ITEMS_MOST 1500

static double *numbers(size_t n)
{
	double *out = calloc(n, sizeof(*out));

	ck_assert_ptr_nonnull(out);
	return out;
}

/* Lines of a gzip file, without the header; `take` is given each. */
static size_t each_line(const char *file, m5_items *items,
		void (*take)(m5_items *items, size_t row, const char *line))
{
	char *path = shared_path("data", file), *line = malloc(LINE_MOST);
	gzFile in = gzopen(path, "rb");
	size_t rows = 0;

	ck_assert(in && line);
	ck_assert_ptr_nonnull(gzgets(in, line, LINE_MOST));
	while (gzgets(in, line, LINE_MOST))
		take(items, rows++, line);
	gzclose(in);
	free(path);
	free(line);
	return rows;
}

/* Numbers after commas; `at` is at the first comma. */
static void take_numbers(const char *at, double *out, size_t n)
{
	char *end;
	size_t k;

	/* one assertion a line: they write to a file */
	for (k = 0; k < n && *at == ','; k++, at = end) {
		out[k] = strtod(at + 1, &end);
		if (end == at + 1)
			break;
	}
	ck_assert_uint_eq(k, n);
}

/* id, item_id, dept_id, cat_id, store_id, state_id, d_1 .. */
static void take_sales(m5_items *items, size_t row, const char *line)
{
	const char *at = strchr(line, ',');
	int k;

	ck_assert_uint_lt(row, ITEMS_MOST);
	items->id[row] = answer_copy(at + 1, strcspn(at + 1, ","));
	for (k = 0; k < 5; k++)
		at = strchr(at + 1, ',');
	take_numbers(at, items->y + row * M5_DAYS, M5_DAYS);
}

/* row, item_id, d_1914 .. */
static void take_odd(m5_items *items, size_t row, const char *line)
{
	const char *at = strchr(line, ',');

	ck_assert_uint_eq(strtoul(line, NULL, 10), 2 * row + 1);
	take_numbers(strchr(at + 1, ','), items->odd + row * M5_AHEAD, M5_AHEAD);
}

m5_items *m5_read(void)
{
	m5_items *items = calloc(1, sizeof(*items));
	answer_table *days;
	size_t d;

	ck_assert_ptr_nonnull(items);
	items->id = calloc(ITEMS_MOST, sizeof(*items->id));
	items->y = numbers((size_t)ITEMS_MOST * M5_DAYS);
	items->odd = numbers((size_t)ITEMS_MOST * M5_AHEAD);
	items->n = each_line("m5/sales_CA_1_FOODS_d1_d1913.csv.gz", items, take_sales);
	items->n_odd = each_line(
			"m5/actuals_CA_1_FOODS_odd_rows_d1914_d1941.csv.gz", items, take_odd);
	days = answer_csv("m5/calendar.csv.gz", "date date\nsnap_CA double\n", 0);
	ck_assert_uint_eq(days->rows, M5_CALENDAR);
	ck_assert_double_eq(days->numbers[0][0], M5_FIRST_DAY);
	for (d = 0; d < M5_CALENDAR; d++)
		items->snap[d] = days->numbers[1][d] > 0;
	answer_table_free(days);
	return items;
}

void m5_free(m5_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		free(items->id[i]);
	free(items->id);
	free(items->y);
	free(items->odd);
	free(items);
}

/* --- the model -------------------------------------------------------------------------------- */

cstn_demand_model *m5_model(uint32_t flags)
{
	static const char *const events[] = {"snap_CA"};
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model = NULL;

	config.flags = flags;
	config.pool = "dept_id";
	config.events = events;
	config.n_events = 1;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	return model;
}

void m5_learn_day(cstn_demand_model *model, const m5_items *items, size_t day)
{
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	size_t failed = 0, i;

	row.ds = M5_FIRST_DAY + (int64_t)day - 1;
	row.events = items->snap[day - 1];
	row.pool_len = 7;
	for (i = 0; i < items->n; i++) {
		row.key = row.pool = items->id[i];
		row.key_len = strlen(row.key);
		row.y = items->y[i * M5_DAYS + day - 1];
		if (cstn_demand_model_update_one(model, &row, NULL) != CSTN_OK)
			ck_abort_msg("row of %s", row.key);
	}
	ck_assert_uint_eq(failed, 0);
	ck_assert_int_eq(cstn_demand_model_close_period(model, row.ds, NULL), CSTN_OK);
}

void m5_forecast(const cstn_demand_model *model, const m5_items *items, size_t day, double *mean)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	uint32_t events[M5_AHEAD];
	size_t i, h;

	for (h = 0; h < M5_AHEAD; h++)
		events[h] = items->snap[day + h];
	query.events = events;
	query.horizon = M5_AHEAD;
	for (i = 0; i < items->n; i++) {
		query.key = items->id[i];
		query.key_len = strlen(query.key);
		ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean + i * M5_AHEAD,
						 NULL, NULL, NULL),
				CSTN_OK);
	}
}

/* --- scores ----------------------------------------------------------------------------------- */

/* Mean squared step from the first sale on, 0 where there is none; past: [n]. */
static double scale_of(const double *past, size_t n)
{
	size_t first = 0, t;
	double sum = 0;

	while (first < n && past[first] == 0)
		first++;
	for (t = first + 1; t < n; t++)
		sum += (past[t] - past[t - 1]) * (past[t] - past[t - 1]);
	return first + 1 < n ? sum / (double)(n - first - 1) : 0;
}

static double squared(const double *y, const double *f)
{
	double sum = 0;
	size_t h;

	for (h = 0; h < M5_AHEAD; h++)
		sum += (y[h] - f[h]) * (y[h] - f[h]);
	return sum / M5_AHEAD;
}

m5_score m5_rmsse(const m5_items *items, size_t day, const double *mean)
{
	int odd_only = day == M5_DAYS;
	double *total = numbers(M5_DAYS), y_sum[M5_AHEAD] = {0}, f_sum[M5_AHEAD] = {0}, units = 0;
	m5_score score = {0, 0, 0, 0};
	size_t i, t, h;

	for (i = 0; i < items->n; i += odd_only ? 2 : 1) {
		const double *past = items->y + i * M5_DAYS, *f = mean + i * M5_AHEAD;
		const double *y = odd_only ? items->odd + i / 2 * M5_AHEAD : past + day;
		double scale = scale_of(past, day), weight = 0, error;

		for (t = 0; t < day; t++)
			total[t] += past[t];
		for (h = 0; h < M5_AHEAD; h++) {
			y_sum[h] += y[h];
			f_sum[h] += f[h];
			weight += past[day - 1 - h];
		}
		if (!(scale > 0))
			continue;
		error = sqrt(squared(y, f) / scale);
		score.mean += error;
		score.weighted += weight * error;
		units += weight;
		score.n++;
	}
	score.mean /= (double)score.n;
	score.weighted /= units;
	score.total = sqrt(squared(y_sum, f_sum) / scale_of(total, day));
	free(total);
	return score;
}
