/* Series and forecasts of competitions, out of the shared data. */
#include "forecast_data.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <constellation/demand_evaluate.h>

#include "answer_table.h"
#include "shared_data.h"

/* The longest list of values here is 2,794 long. */
size_t forecast_values(const char *text, double *out)
{
	size_t n = answer_numbers(text, out, FORECAST_MOST);

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, FORECAST_MOST);
	return n;
}

double forecast_measure(int32_t metric, const double *y, const double *f, size_t h,
		const double *train, size_t n, int32_t season)
{
	cstn_forecast_sample s = CSTN_FORECAST_SAMPLE_INIT;
	cstn_error *error = NULL;
	double value = (double)NAN;
	cstn_status status;

	s.actual = y;
	s.forecast = f;
	s.n = h;
	s.history = train;
	s.n_history = n;
	s.season = season;
	status = cstn_forecast_metric(metric, &s, &value, &error);
	ck_assert_msg(status == CSTN_OK || status == CSTN_DONE, "%d: %s", status,
			cstn_error_message(error));
	return value;
}

size_t forecast_ragged(const char *file, forecast_series *out, size_t most)
{
	char *path = shared_path("data", file), *line = malloc(1 << 16);
	gzFile in = gzopen(path, "rb");
	size_t rows = 0;

	ck_assert(in && line);
	ck_assert_ptr_nonnull(gzgets(in, line, 1 << 16)); /* names of columns */
	while (gzgets(in, line, 1 << 16) && rows < most) {
		char *at = strchr(line, ','), *end;
		forecast_series *s = &out[rows++];

		ck_assert_ptr_nonnull(at);
		snprintf(s->id, sizeof(s->id), "%.*s", (int)(at - line), line);
		s->y = malloc(FORECAST_MOST * sizeof(*s->y));
		ck_assert_ptr_nonnull(s->y);
		for (s->n = 0; *at == ',' && s->n < FORECAST_MOST; at = end) {
			double value = strtod(at + 1, &end);

			if (end == at + 1)
				break;
			s->y[s->n++] = value;
		}
	}
	gzclose(in);
	free(path);
	free(line);
	return rows;
}

const forecast_series *forecast_find(const forecast_series *all, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(all[i].id, id) == 0)
			return &all[i];
	return NULL;
}

void forecast_drop(forecast_series *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(all[i].y);
}

const char *forecast_row(const char *text, const char *heading, const char *name)
{
	char begin[96];
	const char *at = strstr(text, heading);

	ck_assert_ptr_nonnull(at);
	snprintf(begin, sizeof(begin), "\n| %s |", name);
	at = strstr(at, begin);
	ck_assert_msg(at != NULL, "no row '%s'", name);
	return at + strlen(begin);
}

size_t forecast_cells(
		const char *text, const char *heading, const char *name, double *out, size_t most)
{
	const char *at = forecast_row(text, heading, name);
	size_t n = 0;

	while (*at != '\n' && n < most) {
		char *end;
		double value = strtod(at, &end);

		out[n++] = end == at ? (double)NAN : value;
		at = strchr(at, '|') + 1;
	}
	return n;
}

size_t forecast_table(const char *file, size_t skip, double *out, size_t rows, size_t columns)
{
	char *path = shared_path("data", file), *line = malloc(1 << 16);
	gzFile in = gzopen(path, "rb");
	size_t n = 0, c;

	ck_assert(in && line);
	ck_assert_ptr_nonnull(gzgets(in, line, 1 << 16)); /* names of columns */
	while (n < rows && gzgets(in, line, 1 << 16)) {
		char *at = line;

		for (c = 0; c < skip + columns && at; c++) {
			char *end, *comma = strchr(at, ',');
			double value = strtod(at, &end);

			if (c >= skip)
				out[(c - skip) * rows + n] = end == at ? (double)NAN : value;
			at = comma ? comma + 1 : NULL;
		}
		ck_assert_uint_eq(c, skip + columns);
		n++;
	}
	gzclose(in);
	free(path);
	free(line);
	return n;
}
