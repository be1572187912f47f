/* Regression on signals of 70 series of shops and departments: the last row of table H of
 * data/forecast_known_answers.md and its bar. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <constellation/demand_regress.h>

#include "answer_table.h"
#include "demand/online.h"
#include "demand/regress.h"
#include "base/alloc.h"
#include "shared_data.h"

#define SERIES 70
#define FIRST_DAY 6 /* the file begins with d_6 */
#define DAYS 1908
#define AHEAD 28
#define CALENDAR 1969
#define EVENTS_MOST 40
#define FIRST_DATE 15003

enum { SNAP = 1, EVENTS = 2, MONTH = 4 };

typedef struct shops {
	answer_table *days;
	char store[SERIES][8];
	double y[SERIES][DAYS];
	double snap[3][CALENDAR + 1], closed[CALENDAR + 1], events[EVENTS_MOST][CALENDAR + 1];
	const char *names[EVENTS_MOST];
	size_t n_events;
} shops;

static size_t event_of(shops *to, const char *name)
{
	size_t i;

	for (i = 0; i < to->n_events && strcmp(to->names[i], name) != 0; i++)
		;
	if (i == to->n_events) {
		ck_assert_uint_lt(i, EVENTS_MOST);
		to->names[to->n_events++] = name;
	}
	return i;
}

/* store_id, dept_id, then the days. */
static void read_sales(shops *out)
{
	char *path = shared_path("data", "m5/sales_store_dept_70series_d6_d1913.csv.gz");
	char *line = malloc(1 << 16), *at;
	gzFile in = gzopen(path, "rb");
	size_t row, d;

	ck_assert(in && line && gzgets(in, line, 1 << 16));
	for (row = 0; gzgets(in, line, 1 << 16); row++) {
		ck_assert_uint_lt(row, SERIES);
		snprintf(out->store[row], sizeof(out->store[row]), "%.4s", line);
		at = strchr(strchr(line, ',') + 1, ',');
		for (d = 0; d < DAYS; d++)
			out->y[row][d] = strtod(at + 1, &at);
	}
	ck_assert_uint_eq(row, SERIES);
	gzclose(in);
	free(path);
	free(line);
}

static void read_shops(shops *out)
{
	size_t d;
	int k;

	memset(out, 0, sizeof(*out));
	read_sales(out);
	out->days = answer_csv("m5/calendar.csv.gz",
			"event_name_1 text null\nevent_name_2 text null\nsnap_CA double\n"
			"snap_TX double\nsnap_WI double\n",
			0);
	for (d = 0; d < CALENDAR; d++) {
		for (k = 0; k < 3; k++)
			out->snap[k][d] = out->days->numbers[2 + k][d];
		for (k = 0; k < 2; k++) {
			const char *name = out->days->texts[k][d];

			if (!name)
				continue;
			out->events[event_of(out, name)][d] = 1;
			if (strcmp(name, "Christmas") == 0)
				out->closed[d] = 1;
		}
	}
}

/* Columns of a series, each CALENDAR + 1 - FIRST_DAY + 1 long; returns how many. */
static size_t put_signals(const shops *of, size_t series, int which, double *x, uint32_t *flags)
{
	static const char *const states[] = {"CA", "TX", "WI"};
	const char *store = of->store[series];
	const size_t size = DAYS + AHEAD + 1;
	size_t n = 0, state, e;

	for (state = 0; strncmp(states[state], store, 2) != 0; state++)
		ck_assert_uint_lt(state, 2);
	memcpy(x, of->closed + FIRST_DAY - 1, size * sizeof(*x));
	flags[n++] = CSTN_REGRESS_CLOSED;
	if (which & SNAP) {
		memcpy(x + n * size, of->snap[state] + FIRST_DAY - 1, size * sizeof(*x));
		flags[n++] = 0;
	}
	for (e = 0; which & EVENTS && e < of->n_events; e++) {
		memcpy(x + n * size, of->events[e] + FIRST_DAY - 1, size * sizeof(*x));
		flags[n++] = CSTN_REGRESS_NEXT;
	}
	return n;
}

typedef struct score {
	double mean, weighted;
} score;

/* RMSSE of the periods behind the first n. */
static double scaled_error(const double *y, size_t n, const double *mean)
{
	double steps = 0, errors = 0;
	size_t t;

	for (t = 1; t < n; t++)
		steps += (y[t] - y[t - 1]) * (y[t] - y[t - 1]);
	for (t = 0; t < AHEAD; t++)
		errors += (y[n + t] - mean[t]) * (y[n + t] - mean[t]);
	return sqrt(errors / AHEAD / (steps / (double)(n - 1)));
}

static score at_origin(const shops *of, size_t known, int which)
{
	static double x[(EVENTS_MOST + 2) * (DAYS + AHEAD + 1)];
	uint32_t flags[EVENTS_MOST + 2];
	cstn_allocator allocator;
	cstn__room room;
	score out = {0, 0};
	double units = 0;
	size_t i, t, n = known - FIRST_DAY + 1;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	cstn__room_init(&room, &allocator);
	for (i = 0; i < SERIES; i++) {
		cstn__regress_plan plan = {7, 1092, AHEAD, 1, (which & MONTH) != 0, 0, flags, 2, 0};
		const double *y = of->y[i];
		cstn__regress_series series = {y, n, DAYS + AHEAD + 1 - n,
				FIRST_DATE + FIRST_DAY - 1, x, DAYS + AHEAD + 1};
		double mean[AHEAD], rmsse, weight = 0;
		int32_t told[AHEAD];

		plan.n_signals = put_signals(of, i, which, x, flags);
		plan.columns = cstn__regress_columns(&plan);
		ck_assert_int_eq(cstn__regress_ahead(&room, &plan, &series, mean, told,
						 (cstn__regress_parts){NULL, 0}),
				0);
		rmsse = scaled_error(y, n, mean);
		for (t = n - 28; t < n; t++)
			weight += y[t];
		out.mean += rmsse / SERIES;
		out.weighted += rmsse * weight;
		units += weight;
	}
	cstn__room_free(&room);
	out.weighted /= units;
	return out;
}

static score of_origins(const shops *of, const char *what, int which, double mean, double weighted)
{
	static const size_t origins[] = {1885, 1857, 1829};
	score out = {0, 0};
	size_t i;

	for (i = 0; i < 3; i++) {
		score one = at_origin(of, origins[i], which);

		out.mean += one.mean / 3;
		out.weighted += one.weighted / 3;
	}
	printf("%-24s %.4f / %.4f (%.4f / %.4f)\n", what, out.mean, out.weighted, mean, weighted);
	return out;
}

/* The numbers behind each "**" or word of the row, in the order of the text. */
static void read_answers(double out[4][2])
{
	static const char *const before[] = {
			"weekday only ", "all signals **", "without SNAP\n", "without events "};
	char *path = shared_path("data", "forecast_known_answers.md"), *text = malloc(1 << 20), *at;
	FILE *in = fopen(path, "r");
	size_t n, i;

	ck_assert(in && text);
	n = fread(text, 1, (1 << 20) - 1, in);
	text[n] = 0;
	fclose(in);
	free(path);
	at = strstr(text, "Store x department, 70 series");
	ck_assert_ptr_nonnull(at);
	for (i = 0; i < 4; i++) {
		const char *cell = strstr(at, before[i]);

		ck_assert_ptr_nonnull(cell);
		ck_assert_int_eq(sscanf(cell + strlen(before[i]), "%lf / %lf", &out[i][0],
						 &out[i][1]),
				2);
	}
	free(text);
}

static void match(score is, const double wanted[2])
{
	ck_assert_double_eq_tol(is.mean, wanted[0], .02 * wanted[0]);
	ck_assert_double_eq_tol(is.weighted, wanted[1], .02 * wanted[1]);
}

START_TEST(signals_of_shops_and_departments_are_worth_what_they_should)
{
	static shops all;
	double wanted[4][2];
	score plain, full;

	read_answers(wanted);
	read_shops(&all);
	plain = of_origins(&all, "weekday only", 0, wanted[0][0], wanted[0][1]);
	match(plain, wanted[0]);
	match(of_origins(&all, "all signals", SNAP | EVENTS, wanted[1][0], wanted[1][1]),
			wanted[1]);
	match(of_origins(&all, "without SNAP", EVENTS, wanted[2][0], wanted[2][1]), wanted[2]);
	match(of_origins(&all, "without events", SNAP, wanted[3][0], wanted[3][1]), wanted[3]);
	full = of_origins(&all, "all, and the month", SNAP | EVENTS | MONTH, .755, .67);
	ck_assert_double_le(full.mean, .755);
	ck_assert_double_le(full.weighted, .67);
	printf("worth %.1f %% / %.1f %%\n", 100 * (1 - full.mean / plain.mean),
			100 * (1 - full.weighted / plain.weighted));
	ck_assert_double_le(full.mean, .90 * plain.mean);
	ck_assert_double_le(full.weighted, .83 * plain.weighted);
	answer_table_free(all.days);
}
END_TEST

/* --- row by row ------------------------------------------------------------------------------- */

#define BY_ROW_MOST (2 * EVENTS_MOST + 2)

/* The same signals for the model that learns row by row: closed, snap, then each event and its eve;
 * of day i at x + i * BY_ROW_MOST. How many. */
static size_t put_rows(const shops *of, size_t series, double *x, uint32_t *flags)
{
	static double whole[(EVENTS_MOST + 2) * (DAYS + AHEAD + 1)];
	uint32_t as_columns[EVENTS_MOST + 2];
	size_t n = put_signals(of, series, SNAP | EVENTS, whole, as_columns), to = 0, i, c;

	for (c = 0; c < n; c++) {
		const double *column = whole + c * (DAYS + AHEAD + 1);

		flags[to] = as_columns[c] & CSTN_REGRESS_CLOSED;
		for (i = 0; i < DAYS + AHEAD; i++)
			x[i * BY_ROW_MOST + to] = column[i];
		to++;
		if (!(as_columns[c] & CSTN_REGRESS_NEXT))
			continue;
		flags[to] = 0;
		for (i = 0; i < DAYS + AHEAD; i++)
			x[i * BY_ROW_MOST + to] = column[i + 1];
		to++;
	}
	return to;
}

/* One pass over a series, its forecasts at the origins on the way. */
static void walk_rows(
		const shops *of, size_t series, const size_t origins[3], double mean[3][AHEAD])
{
	static double x[(DAYS + AHEAD) * BY_ROW_MOST];
	uint32_t flags[BY_ROW_MOST];
	cstn__online_plan plan = {{7, 0, 0, 1, 1, 0, flags, 2, 0}, 0, .998, .08 * .08 / .92};
	cstn__online_series *state;
	size_t i, k, h;
	int32_t told;

	plan.of.n_signals = put_rows(of, series, x, flags);
	plan.of.columns = cstn__regress_columns(&plan.of);
	state = calloc(1, cstn__online_series_size(plan.of.columns));
	ck_assert_ptr_nonnull(state);
	for (i = 0; i < DAYS; i++) {
		int64_t day = FIRST_DATE + FIRST_DAY - 1 + (int64_t)i;

		for (k = 0; k < 3; k++)
			for (h = 0; h < AHEAD && i + FIRST_DAY == origins[k] + 1; h++)
				mean[k][h] = cstn__online_ahead(&plan, state, NULL,
						day + (int64_t)h, x + (i + h) * BY_ROW_MOST, 1,
						&told);
		cstn__online_learn(
				&plan, NULL, state, day, of->y[series][i], x + i * BY_ROW_MOST, 1);
	}
	free(state);
}

START_TEST(learned_row_by_row_they_are_worth_as_much)
{
	static const size_t origins[3] = {1885, 1857, 1829};
	static shops all;
	score out = {0, 0};
	double units[3] = {0, 0, 0}, weighted[3] = {0, 0, 0}, mean[3][AHEAD];
	size_t i, k, t;

	read_shops(&all);
	for (i = 0; i < SERIES; i++) {
		walk_rows(&all, i, origins, mean);
		for (k = 0; k < 3; k++) {
			size_t n = origins[k] - FIRST_DAY + 1;
			double rmsse = scaled_error(all.y[i], n, mean[k]), weight = 0;

			for (t = n - 28; t < n; t++)
				weight += all.y[i][t];
			out.mean += rmsse / SERIES / 3;
			weighted[k] += rmsse * weight;
			units[k] += weight;
		}
	}
	for (k = 0; k < 3; k++)
		out.weighted += weighted[k] / units[k] / 3;
	printf("row by row, all and month %.4f / %.4f (.7418 / .6524 by the regression)\n",
			out.mean, out.weighted);
	ck_assert_double_le(out.mean, .7418 * 1.003);
	ck_assert_double_le(out.weighted, .6524 * 1.003);
	answer_table_free(all.days);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {signals_of_shops_and_departments_are_worth_what_they_should,
			learned_row_by_row_they_are_worth_as_much};

	return run_tests_on("data", "m5/calendar.csv.gz", "regression on signals, M5", tests, 2);
}
