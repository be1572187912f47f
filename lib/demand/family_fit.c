/* Rows of many series in, forecasts of fitted models out.
 *
 * The stream that comes out owns the series and fits a batch of them when it is read, series side
 * by side on threads, each as a whole on one: bytes do not depend on how many there are. */
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/stats.h"
#include "demand/family.h"
#include "demand/series.h"
#include "table/export.h"

#define BATCH_ROWS 65536
#define SEASON_MOST 10000
#define INTERMITTENT_ALPHA .1

/* Columns, by the bit of CSTN_FAMILY_, which is the number of CSTN__FAMILY_; NULL: no model. */
static const char *const names[CSTN__FAMILY_MODELS] = {
		[CSTN__FAMILY_AUTO] = "Auto",
		[CSTN__FAMILY_NAIVE] = "Naive",
		[CSTN__FAMILY_SEASONAL_NAIVE] = "SeasonalNaive",
		[CSTN__FAMILY_NAIVE2] = "Naive2",
		[CSTN__FAMILY_SES] = "SES",
		[CSTN__FAMILY_HOLT] = "Holt",
		[CSTN__FAMILY_DAMPED] = "DampedHolt",
		[CSTN__FAMILY_THETA] = "Theta",
		[CSTN__FAMILY_AUTOREGRESSION] = "AR",
		[CSTN__FAMILY_AUTOREGRESSION_DIFF] = "ARDiff",
		[CSTN__FAMILY_AUTO_ETS] = "AutoETS",
		[CSTN__FAMILY_ETS] = "ETS",
		[CSTN__FAMILY_STM] = "STM",
		[CSTN__FAMILY_OTM] = "OTM",
		[CSTN__FAMILY_DSTM] = "DSTM",
		[CSTN__FAMILY_DOTM] = "DOTM",
		[CSTN__FAMILY_SES_DRIFT] = "SESDrift",
		[CSTN__FAMILY_CROSTON] = "Croston",
		[CSTN__FAMILY_SBA] = "SBA",
		[CSTN__FAMILY_SBJ] = "SBJ",
		[CSTN__FAMILY_TSB] = "TSB",
		[CSTN__FAMILY_ADIDA] = "ADIDA",
};
_Static_assert(CSTN_FAMILY_AR_DIFF == 1u << CSTN__FAMILY_AUTOREGRESSION_DIFF, "bits are numbers");
_Static_assert(CSTN_FAMILY_ETS == 1u << CSTN__FAMILY_ETS, "bits are numbers");
_Static_assert(CSTN_FAMILY_STM == 1u << CSTN__FAMILY_STM, "bits are numbers");
_Static_assert(CSTN_FAMILY_ADIDA == 1u << CSTN__FAMILY_ADIDA, "bits are numbers");

/* Behind the stream: all of its series, and where it stands. */
typedef struct fitting {
	cstn_allocator allocator;
	cstn_family_options options;
	const cstn__family_made *made;
	cstn__series_set set;
	size_t at;
	/* of the batch that is fitted: numbers of each series */
	double *numbers;
	size_t numbers_size, n_numbers;
	cstn__family_room *rooms; /* of each thread */
	int32_t threads;
} fitting;

static void fitting_free(void *context)
{
	fitting *fit = context;
	cstn_allocator allocator = fit->allocator;

	cstn__family_rooms_free(fit->rooms, fit->threads, &allocator);
	cstn__free(&allocator, fit->numbers, fit->numbers_size);
	cstn__series_free(&fit->set);
	cstn__free(&allocator, fit, sizeof(*fit));
}

static size_t series_a_batch(const fitting *fit)
{
	size_t n = BATCH_ROWS / fit->made->rows(&fit->options);

	return n ? n : 1;
}

/* --- options ---------------------------------------------------------------------------------- */

static uint32_t unknown_models(uint32_t models)
{
	int m;

	for (m = 0; m < CSTN__FAMILY_MODELS; m++)
		if (names[m])
			models &= ~(1u << m);
	return models;
}

static cstn_status check_alpha(const char *name, double alpha, cstn_error **error)
{
	if (alpha >= 0 && alpha <= 1)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %g (above 0 to 1, or 0)", name,
			alpha);
}

/* Is there a form of the pattern that is fitted? */
static int is_fitted(cstn__ets_form pattern)
{
	int i;

	for (i = 0; i < CSTN__ETS_FITTED; i++)
		if (cstn__ets_matches(pattern, cstn__ets_fitted(i)))
			return 1;
	return 0;
}

static cstn_status check_ets(const cstn_family_options *o, cstn_error **error)
{
	cstn__ets_form form;
	int i;

	for (i = 0; i < CSTN__ETS_LEVELS; i++)
		if (o->levels[i] < 0 || o->levels[i] > 99 ||
				(i && o->levels[i] && o->levels[i] <= o->levels[i - 1]) ||
				(i && o->levels[i] && !o->levels[i - 1]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"levels[%d] is %d: per cent from 1 to 99 in ascending "
					"order "
					"expected",
					i, o->levels[i]);
	if (!(o->models & CSTN_FAMILY_ETS))
		return CSTN_OK;
	if (!o->ets_form)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"model ETS has no form: ets_form is NULL");
	if (cstn__ets_parse(o->ets_form, &form))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"ets_form '%.40s' is none: error A, M or Z, trend N, A, Ad or Z, "
				"season N, A, M or Z expected, as in MAdM",
				o->ets_form);
	if (is_fitted(form))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ets_form %.40s is not fitted: %s",
			o->ets_form,
			form.trend == CSTN__ETS_MULTIPLICATIVE
					? "its trend is multiplicative"
					: "a multiplicative season beside an additive error is not "
					  "stable");
}

cstn_status cstn__family_check(const cstn_family_options *o, cstn_error **error)
{
	if (unknown_models(o->models))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"models is %#x, unknown bits in it", o->models);
	if (o->horizon < 0 || o->horizon > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "horizon is %d (1 to %d)",
				o->horizon, CSTN_HORIZON_MOST);
	if (o->period < CSTN_PERIOD_BY_TYPE || o->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", o->period);
	if (o->gap < CSTN_GAP_ERROR || o->gap > CSTN_GAP_ZERO)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "gap is %d (0 or 1)", o->gap);
	if (o->season < 0 || o->season > SEASON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "season is %d (1 to %d)",
				o->season, SEASON_MOST);
	if (o->second_season && (o->second_season <= 2 * (int64_t)o->season ||
						o->second_season > SEASON_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"second_season is %d, above twice the season %d and at most %d "
				"expected",
				o->second_season, o->season, SEASON_MOST);
	if (check_ets(o, error) != CSTN_OK)
		return CSTN_E_INVALID_ARGUMENT;
	if (o->threads < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d, reserved0 is %d: 0 or more, and 0 expected",
				o->threads, o->reserved0);
	if (check_alpha("size_alpha", o->size_alpha, error) != CSTN_OK)
		return CSTN_E_INVALID_ARGUMENT;
	return check_alpha("interval_alpha", o->interval_alpha, error);
}

void cstn__family_settle(cstn_family_options *o, int32_t period)
{
	if (!o->models)
		o->models = CSTN_FAMILY_AUTO;
	if (!o->season)
		o->season = cstn__period_season(period);
	if (!o->horizon)
		o->horizon = o->season < CSTN_HORIZON_MOST ? o->season : CSTN_HORIZON_MOST;
	if (o->size_alpha == 0)
		o->size_alpha = INTERMITTENT_ALPHA;
	if (o->interval_alpha == 0)
		o->interval_alpha = INTERMITTENT_ALPHA;
	o->binding = NULL;
	o->progress = NULL;
}

/* Which form and intervals of exponential smoothing are asked for. */
static cstn__ets_asked ets_of(const cstn_family_options *o)
{
	cstn__ets_asked asked = {{0, 0, 0, 0}, 0, {0}};
	int i;

	for (i = 0; i < CSTN__ETS_LEVELS && o->levels[i]; i++)
		asked.z[asked.n_levels++] = cstn__normal_quantile(.5 + o->levels[i] / 200.);
	if (o->ets_form)
		(void)cstn__ets_parse(o->ets_form, &asked.pattern);
	return asked;
}

size_t cstn__family_columns_of(const cstn_family_options *o)
{
	const cstn__ets_asked ets = ets_of(o);
	size_t n = 0;
	int m;

	for (m = 0; m < CSTN__FAMILY_MODELS; m++)
		if (o->models >> m & 1)
			n += cstn__family_columns(&ets, m);
	return n;
}

/* A column a model, and those of its intervals. */
static int add_columns(const cstn_family_options *o, int model, cstn__table_builder *table)
{
	const cstn__ets_asked ets = ets_of(o);
	int failed = cstn__table_add_column(table, names[model], CSTN_TYPE_DOUBLE, 0, 0) < 0, i;
	int n = (int)(cstn__family_columns(&ets, model) - 1);

	for (i = 0; i < n && !failed; i++) {
		char name[24];

		snprintf(name, sizeof(name), "%s-%s-%d", names[model], i % 2 ? "hi" : "lo",
				o->levels[i / 2]);
		failed = cstn__table_add_column(table, name, CSTN_TYPE_DOUBLE, 0, 0) < 0;
	}
	return failed ? -1 : 0;
}

int cstn__family_add_columns(const cstn_family_options *o, cstn__table_builder *table)
{
	int m, failed = 0;

	for (m = 0; m < CSTN__FAMILY_MODELS && !failed; m++)
		if (o->models >> m & 1)
			failed = add_columns(o, m, table);
	return failed;
}

cstn__family_room *cstn__family_rooms_new(
		const cstn_family_options *o, int32_t threads, const cstn_allocator *allocator)
{
	cstn__family_room *rooms = cstn__alloc(allocator, (size_t)threads * sizeof(*rooms));
	const cstn__ets_asked ets = ets_of(o);
	int simd = cstn__cpu_simd();
	int32_t i;

	for (i = 0; rooms && i < threads; i++) {
		cstn__family_room_init(&rooms[i], allocator);
		rooms[i].intermittent = (cstn__intermittent){o->size_alpha, o->interval_alpha};
		rooms[i].simd = simd;
		rooms[i].ets = ets;
	}
	return rooms;
}

void cstn__family_rooms_free(
		cstn__family_room *rooms, int32_t threads, const cstn_allocator *allocator)
{
	int32_t i;

	for (i = 0; rooms && i < threads; i++)
		cstn__family_room_free(&rooms[i]);
	cstn__free(allocator, rooms, (size_t)threads * sizeof(*rooms));
}

/* --- a batch ---------------------------------------------------------------------------------- */

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	fitting *fit = context;
	cstn__table_builder *table = NULL;

	if (cstn__table_builder_new(&fit->allocator, &table, error) != CSTN_OK)
		return NULL;
	if (cstn__table_add_column(table, "unique_id", fit->set.keys.type, 0, 0) == 0 &&
			fit->made->add_columns(&fit->options, &fit->set, table) == 0)
		return table;
	cstn__table_builder_free(table);
	(void)cstn__fail_nomem(error);
	return NULL;
}

static cstn_status fit_one(void *context, size_t item, int32_t worker)
{
	fitting *fit = context;
	const cstn__series *series = &fit->set.series.items[fit->at + item];

	return fit->made->fit(&fit->rooms[worker], &fit->options, fit->set.y + series->start,
			       series->n, fit->numbers + item * fit->n_numbers)
			       ? CSTN_E_NOMEM
			       : CSTN_OK;
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	fitting *fit = context;
	size_t left = fit->set.series.count - fit->at, n = series_a_batch(fit), i;
	cstn_status status;

	if (!left)
		return CSTN_DONE;
	if (n > left)
		n = left;
	status = cstn__parallel_for(n, fit->threads, NULL, fit_one, fit);
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		fit->made->put(&fit->options, &fit->set, &fit->set.series.items[fit->at + i],
				fit->numbers + i * fit->n_numbers, table);
	fit->at += n;
	return CSTN_OK;
}

/* --- forecasts -------------------------------------------------------------------------------- */

static size_t rows_ahead(const cstn_family_options *o)
{
	return (size_t)o->horizon;
}

/* By model, then period. */
static size_t numbers_ahead(const cstn_family_options *o)
{
	return cstn__family_columns_of(o) * (size_t)o->horizon;
}

static int add_ahead(const cstn_family_options *o, const cstn__series_set *set,
		cstn__table_builder *table)
{
	return cstn__table_add_column(table, "ds", set->periods.type, 0, 1) < 0 ||
	       cstn__table_add_column(table, "h", CSTN_TYPE_INT32, 0, 0) < 0 ||
	       cstn__family_add_columns(o, table);
}

static int fit_ahead(cstn__family_room *room, const cstn_family_options *o, const double *y,
		size_t n, double *out)
{
	return cstn__family_ahead(room, o->models, y, n, (size_t)o->season,
			(size_t)o->second_season, (size_t)o->horizon, out);
}

static void put_ahead(const cstn_family_options *o, const cstn__series_set *set,
		const cstn__series *series, const double *numbers, cstn__table_builder *table)
{
	size_t h = (size_t)o->horizon, columns = cstn__family_columns_of(o), t, m;

	for (t = 0; t < h; t++)
		cstn__series_put_ahead(set, series, t, table);
	for (m = 0; m < columns; m++)
		cstn__table_put_many_f64(table, 3 + (int32_t)m, numbers + m * h, NULL, h);
}

static const cstn__family_made forecasts = {UINT32_MAX, CSTN_FAMILY_AUTO, rows_ahead, numbers_ahead,
		add_ahead, fit_ahead, put_ahead};

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status make_room(fitting *fit, cstn_error **error)
{
	size_t batch = series_a_batch(fit) < fit->set.series.count ? series_a_batch(fit)
								   : fit->set.series.count;

	fit->threads = cstn__threads_resolve(fit->options.threads, batch ? batch : 1);
	fit->rooms = cstn__family_rooms_new(&fit->options, fit->threads, &fit->allocator);
	fit->options.ets_form = NULL;
	fit->n_numbers = fit->made->numbers(&fit->options);
	fit->numbers_size = cstn__array_size(batch, fit->n_numbers * sizeof(*fit->numbers));
	fit->numbers = cstn__alloc(&fit->allocator, fit->numbers_size);
	return fit->rooms && fit->numbers ? CSTN_OK : cstn__fail_nomem(error);
}

/* The stream of a fitting that owns its series; *bad receives the rows left out. */
static cstn_status fit_series(fitting *fit, struct ArrowArrayStream *rows,
		struct ArrowArrayStream *out, cstn_row_errors **bad, uint64_t *left_out,
		cstn_error **error)
{
	const cstn__series_reader reader = {.period = fit->options.period,
			.gap = fit->options.gap,
			.flags = fit->options.flags,
			.binding = fit->options.binding,
			.progress = fit->options.progress};
	const cstn_allocator allocator = fit->allocator;
	cstn__row_sink *sink = NULL;
	cstn_status status = cstn__series_read(&fit->set, &reader, rows, &allocator, &sink, error);

	if (status == CSTN_OK) {
		if (!fit->options.models)
			fit->options.models = fit->made->usual;
		cstn__family_settle(&fit->options, fit->set.periods.period);
		*left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, bad, error);
		cstn__row_sink_free(sink);
	}
	if (status == CSTN_OK)
		status = make_room(fit, error);
	if (status == CSTN_OK)
		return cstn__stream_export(&allocator, empty, next, fitting_free, fit, out, error);
	fitting_free(fit);
	return status;
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	const cstn__family_made *made;
	const cstn_allocator *allocator;
	struct ArrowArrayStream *out;
} asked;

static cstn_status fit_rows(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const asked *by = context;
	struct ArrowArrayStream made;
	cstn_row_errors *bad = NULL;
	uint64_t left_out = 0;
	cstn_allocator memory;
	fitting *fit;
	const cstn_family_options *options = given;
	cstn_status status = cstn__family_check(options, error);

	if (status == CSTN_OK && options->models & ~by->made->models)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"models is %#x, of which %#x can be asked for here",
				options->models, by->made->models);
	if (status == CSTN_OK)
		status = cstn__handle_new(by->allocator, sizeof(*fit), &memory, &fit, error);
	if (status != CSTN_OK)
		return status;
	fit->allocator = memory;
	fit->options = *options;
	fit->made = by->made;
	status = fit_series(fit, rows, &made, &bad, &left_out, error);
	if (status == CSTN_OK)
		*by->out = made;
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn__family_make(const cstn__family_made *made, struct ArrowArrayStream *rows,
		const cstn_family_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {made, allocator, out};
	const cstn__update call = {"rows", "out", out ? &by : NULL, options, "cstn_family_options",
			CSTN_IMPORT_TRUSTED, fit_rows};
	cstn_family_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

cstn_status cstn_family_fit(struct ArrowArrayStream *rows, const cstn_family_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	return cstn__family_make(&forecasts, rows, options, allocator, out, bad_rows, error);
}
