/* Exponential smoothing against what R says of public series: given parameters to the digits that
 * were printed, fits by their likelihood. Expected values are read from the files they stand in. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_fit.h>

#include "answer_table.h"
#include "csv_rows.h"
#include "demand/ets.h"
#include "forecast_data.h"
#include "shared_data.h"

#define FORMS "forecast_refs/ets_forms_R.json"
#define CLASSIC "forecast_refs/R_forecast_8.20_reference.json"
#define H 24

typedef struct series {
	double y[600];
	size_t n, m;
} series;

/* A classic series by name, or one of the two with a file of its own. */
static series series_of(const char *name)
{
	series out = {{0}, 0, 1};
	size_t i;

	if (strcmp(name, "oildata") == 0 || strcmp(name, "austourists") == 0) {
		char file[64];
		answer_table *table;

		snprintf(file, sizeof(file), "forecast_refs/%s.csv", name);
		table = answer_csv(file, "value double\n", 0);
		out.n = table->rows;
		out.m = name[0] == 'a' ? 4 : 1;
		memcpy(out.y, table->numbers[0], out.n * sizeof(double));
		answer_table_free(table);
		return out;
	}
	{
		static double values[FORECAST_MOST];
		answer_table *table = answer_csv("forecast_refs/classic_series.csv",
				"id text\nfreq double\nstart text\nvalues text\n", 0);

		for (i = 0; i < table->rows; i++)
			if (strcmp(table->texts[0][i], name) == 0) {
				out.n = forecast_values(table->texts[3][i], values);
				out.m = table->numbers[1][i] > 1 ? (size_t)table->numbers[1][i] : 1;
				memcpy(out.y, values, out.n * sizeof(double));
			}
		answer_table_free(table);
	}
	ck_assert_msg(out.n > 0, "no series '%s'", name);
	return out;
}

static json_t *json_of(const char *file)
{
	char *path = shared_path("data", file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "cannot read %s", path);
	free(path);
	return out;
}

/* A number that may stand in a list of one, or be "NaN". */
static double number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_array(value))
		value = json_array_get(value, 0);
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static double at(const json_t *list, size_t i)
{
	return json_number_value(json_array_get(list, i));
}

/* "MAN damped" is MAdN. */
static void form_name(const char *text, char out[8])
{
	snprintf(out, 8, "%.2s%s%c", text, strstr(text, "damped") ? "d" : "", text[2]);
}

/* What the filter says of a series. */
typedef struct said {
	double fitted[600], residuals[600], level[601], trend[601], seasonal[624];
	double forecast[H], variance[H];
	cstn_ets_summary summary;
} said;

static void ask(const char *form, cstn_ets_parameters *p, const series *s, said *out)
{
	cstn_ets_paths paths = CSTN_ETS_PATHS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	paths.fitted = out->fitted;
	paths.residuals = out->residuals;
	paths.level = out->level;
	paths.trend = out->trend;
	paths.seasonal = out->seasonal;
	paths.forecast = out->forecast;
	paths.variance = out->variance;
	out->summary = (cstn_ets_summary)CSTN_ETS_SUMMARY_INIT;
	p->season = s->m > 1 ? (int32_t)s->m : 0;
	status = cstn_ets_filter(form, p, s->y, s->n, NULL, &paths, &out->summary, &error);
	ck_assert_msg(status == CSTN_OK, "%s: %s", form, cstn_error_message(error));
}

static void near(const char *what, double got, double expected, double share)
{
	if (!(fabs(got - expected) <= share * fmax(fabs(expected), 1)))
		ck_abort_msg("%s: %.12g, expected %.12g", what, got, expected);
}

/* --- given parameters ------------------------------------------------------------------------- */

/* Parameters and states are printed with eight decimals. */
#define PRINTED 1e-6

static void compare_states(const json_t *states, const said *got, const series *s, int has_trend,
		int has_season)
{
	size_t t, j;

	for (t = 0; t <= s->n; t++) {
		const json_t *row = json_array_get(states, t);

		if (!json_is_array(row)) {
			near("level", got->level[t], json_number_value(row), PRINTED);
			continue;
		}
		near("level", got->level[t], at(row, 0), PRINTED);
		if (has_trend)
			near("trend", got->trend[t], at(row, 1), PRINTED);
		/* the newest season is first */
		for (j = 0; has_season && j < s->m; j++)
			near("season", got->seasonal[t + s->m - 1 - j],
					at(row, (size_t)(1 + has_trend) + j), PRINTED);
	}
}

static void compare_form(const char *text, const json_t *r, const series *s)
{
	static said got;
	cstn_ets_parameters p = CSTN_ETS_PARAMETERS_INIT;
	const json_t *start = json_object_get(r, "initstate");
	const json_t *ahead = json_object_get(r, "forecast");
	double seasonal[12];
	int has_trend = text[1] != 'N', has_season = text[2] != 'N';
	size_t i, h = json_array_size(ahead);
	char name[8];

	form_name(text, name);
	p.alpha = number(r, "alpha");
	p.beta = number(r, "beta");
	p.gamma = number(r, "gamma");
	p.phi = number(r, "phi");
	p.level = at(start, 0);
	p.trend = has_trend ? at(start, 1) : 0;
	for (i = 0; has_season && i < s->m; i++)
		seasonal[i] = at(start, (size_t)has_trend + s->m - i);
	p.seasonal = seasonal;
	p.horizon = (int32_t)h;
	ask(name, &p, s, &got);
	near("loglik", got.summary.loglik, number(r, "loglik"), PRINTED);
	near("sigma2", got.summary.sigma2, number(r, "sigma2"), PRINTED);
	for (i = 0; i < s->n; i++) {
		near("fitted", got.fitted[i], at(json_object_get(r, "fitted"), i), PRINTED);
		near("residual", got.residuals[i], at(json_object_get(r, "residuals"), i), PRINTED);
	}
	compare_states(json_object_get(r, "states"), &got, s, has_trend, has_season);
	/* past one step that release takes phi, 2 phi, .. for the powers of a damped ratio */
	if (text[1] == 'M' && strstr(text, "damped"))
		h = 1;
	for (i = 0; i < h; i++)
		near("forecast", got.forecast[i], at(ahead, i), PRINTED);
}

START_TEST(given_parameters_of_twelve_forms_say_what_r_says)
{
	json_t *all = json_of(FORMS), *forms, *one;
	const char *name, *form;
	int n = 0;

	json_object_foreach(all, name, forms)
	{
		series s = series_of(name);

		json_object_foreach(forms, form, one)
		{
			compare_form(form, one, &s);
			n++;
		}
	}
	printf("ETS, given parameters: %d forms, fitted, residuals, states, likelihood\n", n);
	ck_assert_int_eq(n, 12);
	json_decref(all);
}
END_TEST

/* Parameters and free states of the start of an automatic model, the last season being what is
 * left. */
static void read_parameters(const json_t *par, const char *form, const series *s, double *seasonal,
		cstn_ets_parameters *p)
{
	int is_ratio = form[strlen(form) - 1] == 'M';
	double left = is_ratio ? (double)s->m : 0;
	size_t j;

	p->alpha = number(par, "alpha");
	p->beta = number(par, "beta");
	p->gamma = number(par, "gamma");
	p->phi = number(par, "phi");
	p->level = number(par, "l");
	p->trend = number(par, "b");
	for (j = 0; j + 1 < s->m; j++) {
		char key[24];

		snprintf(key, sizeof(key), "s%zu", j);
		seasonal[s->m - 1 - j] = number(par, key);
		left -= seasonal[s->m - 1 - j];
	}
	seasonal[0] = left;
	p->seasonal = seasonal;
}

static void compare_automatic(const json_t *ets, const char *form, const series *s)
{
	static said got;
	cstn_ets_parameters p = CSTN_ETS_PARAMETERS_INIT;
	const json_t *mean = json_object_get(ets, "mean"), *low = json_object_get(ets, "lo80");
	size_t h = json_array_size(mean), i;
	double seasonal[12];

	read_parameters(json_object_get(ets, "par"), form, s, seasonal, &p);
	p.horizon = (int32_t)h;
	ask(form, &p, s, &got);
	near("loglik", got.summary.loglik, number(ets, "loglik"), 1e-9);
	near("aicc", got.summary.aicc, number(ets, "aicc"), 1e-9);
	near("bic", got.summary.bic, number(ets, "bic"), 1e-9);
	near("sigma2", got.summary.sigma2, number(ets, "sigma2"), 1e-9);
	/* that release leaves out one damping of a damped trend under a multiplicative season */
	if (strcmp(form, "MAdM") == 0)
		return;
	for (i = 0; i < h; i++) {
		double width = (at(mean, i) - at(low, i)) / 1.2815515655446004;

		near("mean", got.forecast[i], at(mean, i), 1e-9);
		/* and the season's share of errors one season back, where there is no trend */
		if (strcmp(form + 1, "NA") != 0 || i + 1 < s->m)
			near("width", sqrt(got.variance[i]), width, 1e-9);
	}
}

START_TEST(given_parameters_of_automatic_models_say_what_r_says)
{
	json_t *all = json_of(CLASSIC), *one;
	const char *name;
	int n = 0;

	json_object_foreach(all, name, one)
	{
		const json_t *ets = json_object_get(one, "ets");
		cstn__ets_form form;
		char text[8];
		series s;

		if (!ets)
			continue;
		s = series_of(name);
		ck_assert_int_eq(cstn__ets_parse(json_string_value(json_object_get(ets, "method")),
						 &form),
				0);
		cstn__ets_name(form, text);
		compare_automatic(ets, text, &s);
		n++;
	}
	printf("ETS, automatic models: %d series, likelihood, criteria, means, intervals\n", n);
	ck_assert_int_ge(n, 7);
	json_decref(all);
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

typedef struct fitted {
	double loglik, aicc;
	char form[8];
} fitted;

static double cell_of(const char *text, const char *column)
{
	return atof(csv_cell(text, 1, column));
}

/* Its numbers given to the filter are as likely, with the same criteria and variance. */
static void filter_says_so(const char *text, const series *s, const fitted *fit)
{
	cstn_ets_parameters p = CSTN_ETS_PARAMETERS_INIT;
	cstn_ets_summary summary = CSTN_ETS_SUMMARY_INIT;
	double seasonal[24];
	char column[16];
	size_t j;

	p.alpha = cell_of(text, "alpha");
	p.beta = cell_of(text, "beta");
	p.gamma = cell_of(text, "gamma");
	p.phi = cell_of(text, "phi");
	p.level = cell_of(text, "level");
	p.trend = cell_of(text, "trend");
	if (*csv_cell(text, 1, "gamma")) {
		for (j = 0; j < s->m; j++) {
			snprintf(column, sizeof(column), "season_%zu", j + 1);
			seasonal[j] = cell_of(text, column);
		}
		p.seasonal = seasonal;
		p.season = (int32_t)s->m;
	}
	ck_assert_int_eq(cstn_ets_filter(fit->form, &p, s->y, s->n, NULL, NULL, &summary, NULL),
			CSTN_OK);
	near("loglik of the filter", fit->loglik, summary.loglik, 1e-9);
	near("aic of the filter", cell_of(text, "aic"), summary.aic, 1e-9);
	near("aicc of the filter", fit->aicc, summary.aicc, 1e-9);
	near("bic of the filter", cell_of(text, "bic"), summary.bic, 1e-9);
	near("sigma2 of the filter", cell_of(text, "sigma2"), summary.sigma2, 1e-9);
	ck_assert_int_eq(atoi(csv_cell(text, 1, "parameters")), summary.parameters);
	ck_assert_int_eq(atoi(csv_cell(text, 1, "n")), (int)s->n);
}

/* The row of cstn_ets_fit() of a series. The filter says the same at its numbers. */
static fitted fit(const char *pattern, const series *s)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	size_t room = s->n * 48 + 64, used, t;
	char *csv = malloc(room);
	const char *text;
	fitted got;

	ck_assert_ptr_nonnull(csv);
	used = (size_t)snprintf(csv, room, "unique_id,ds,y\n");
	for (t = 0; t < s->n; t++)
		used += (size_t)snprintf(csv + used, room - used, "a,%zu,%.17g\n", t, s->y[t]);
	options.models = CSTN_FAMILY_ETS;
	options.ets_form = pattern;
	options.season = (int32_t)s->m;
	options.threads = 1;
	csv_rows(&rows, "unique_id text\nds int64\ny double\n", csv);
	ck_assert_int_eq(cstn_ets_fit(&rows, &options, NULL, &out, NULL, NULL), CSTN_OK);
	text = csv_text(&out, &buffer);
	got.loglik = atof(csv_cell(text, 1, "loglik"));
	got.aicc = atof(csv_cell(text, 1, "aicc"));
	snprintf(got.form, sizeof(got.form), "%s", csv_cell(text, 1, "form"));
	ck_assert_msg(*got.form, "no fit of %s", pattern);
	filter_says_so(text, s, &got);
	cstn_buffer_free(buffer);
	free(csv);
	return got;
}

/* A likelihood that is not below what is expected. */
static void reach(const char *name, const char *form, const series *s, double loglik)
{
	double got = fit(form, s).loglik;

	if (!(got >= loglik - .01))
		ck_abort_msg("%s, %s: loglik %.6f, expected %.6f", name, form, got, loglik);
}

static void reach_all(const char *name, const json_t *one, const series *s, int *n)
{
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)one, key, value)
	{
		double loglik = number(value, "loglik");
		cstn__ets_form form;

		if (strncmp(key, "ets_", 4) == 0) {
			reach(name, key + 4, s, loglik);
			(*n)++;
		} else if (strcmp(key, "ets") == 0) {
			const char *method = json_string_value(json_object_get(value, "method"));

			ck_assert_int_eq(cstn__ets_parse(method, &form), 0);
			reach(name, method, s, loglik);
			ck_assert_double_le(fit("ZZZ", s).aicc, number(value, "aicc") + .02);
			(*n) += 2;
		}
	}
}

START_TEST(fits_are_as_likely_as_those_of_r_on_every_series)
{
	json_t *all = json_of(CLASSIC), *forms = json_of(FORMS), *one, *r;
	const char *name, *text;
	int n = 0;

	json_object_foreach(all, name, one)
	{
		series s;

		if (!json_object_get(one, "ets"))
			continue;
		s = series_of(name);
		reach_all(name, one, &s, &n);
	}
	json_object_foreach(forms, name, one)
	{
		series s = series_of(name);

		json_object_foreach(one, text, r)
		{
			char form[8];

			if (text[1] == 'M')
				continue;
			form_name(text, form);
			reach(name, form, &s, number(r, "loglik"));
			n++;
		}
	}
	printf("ETS, fits: %d not less likely, automatic choices by AICc\n", n);
	ck_assert_int_ge(n, 60);
	json_decref(all);
	json_decref(forms);
}
END_TEST

/* --- the tables ------------------------------------------------------------------------------- */

/* Cell `k` of a line "| a | b |", blanks around it left out. */
static void cell(const char *line, int k, char out[600])
{
	const char *begin = line, *end;

	for (; k >= 0; k--)
		begin = strchr(begin, '|') + 1;
	end = strchr(begin, '|');
	snprintf(out, 600, "%.*s", (int)strcspn(begin + 1, "|") - 1, begin + 1);
	ck_assert_ptr_nonnull(end);
}

/* "| A2 | AirPassengers (144, 12) | ets ANN / AAN | loglik -863.893378 / ... |" */
static int table_a(const char *line)
{
	char name[600], forms[600], answer[600], *form, *rest, *values;
	series s;
	int n = 0;

	cell(line, 1, name);
	cell(line, 2, forms);
	cell(line, 3, answer);
	if (strncmp(forms, "ets A", 5) != 0)
		return 0;
	*strchr(name, ' ') = '\0';
	s = series_of(name);
	values = strstr(answer, "loglik ") + strlen("loglik ");
	for (form = strtok_r(forms + 4, " /", &rest); form; form = strtok_r(NULL, " /", &rest)) {
		reach(name, form, &s, strtod(values, &values));
		values += strspn(values, " /");
		n++;
	}
	return n;
}

/* "| C1 | oildata | AAN damped | parameters | loglik | ..." */
static int table_c(const char *line)
{
	char name[600], text[600], loglik[600], form[8];
	series s;

	cell(line, 1, name);
	cell(line, 2, text);
	cell(line, 4, loglik);
	if (text[1] == 'M')
		return 0;
	s = series_of(name);
	form_name(text, form);
	reach(name, form, &s, atof(loglik));
	return 1;
}

START_TEST(fits_reach_every_row_of_the_tables)
{
	char *path = shared_path("data", "forecast_known_answers.md"), line[4096];
	FILE *in = fopen(path, "r");
	int a = 0, c = 0;

	ck_assert_ptr_nonnull(in);
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "| A", 3) == 0 && line[3] >= '0' && line[3] <= '9')
			a += table_a(line);
		else if (strncmp(line, "| C", 3) == 0 && line[3] >= '0' && line[3] <= '9')
			c += table_c(line);
	}
	fclose(in);
	free(path);
	printf("ETS, table A: %d fits, table C: %d fits\n", a, c);
	ck_assert_int_ge(a, 40);
	ck_assert_int_ge(c, 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {given_parameters_of_twelve_forms_say_what_r_says,
			given_parameters_of_automatic_models_say_what_r_says,
			fits_are_as_likely_as_those_of_r_on_every_series,
			fits_reach_every_row_of_the_tables};

	return run_tests_on("data", "forecast_known_answers.md", "ets answers", tests, 4);
}
