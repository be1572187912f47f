/* Scores of frames of forecasts: many series, models and cutoffs, by the definitions of
 * demand_evaluate.h.
 *
 * Both frames are read and put in order; series are added up to levels where that is asked for;
 * values are made series by series on threads and their means in order, so that bytes depend
 * neither on threads nor on batches. Every row names the digest of the rules it was made by. */
#include "demand/score.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "table/binding.h"
#include "table/rows_call.h"

#define LEVELS_MOST 64
#define LABELS_MOST 16
#define WEIGHT_PERIODS 28
/* Columns of the history have other numbers among the row errors. */
#define HISTORY_FIELD 4096

enum { HISTORY_MONEY, HISTORY_PRICE, HISTORY_NUMBERS };

#define ACCEPT_NUMBER                                                     \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))

typedef struct scoring {
	cstn_score_options options;
	cstn_allocator allocator;
	struct ArrowArrayStream history_rows;
	int has_history;
	cstn__score_columns columns;
	cstn__score_measures measures;
	cstn__series_set forecasts, history;
	CSTN__ARRAY(cstn__column_decl) numbers;
	cstn__arena names;     /* of label columns */
	cstn__interner labels; /* the same, each once */
	cstn__row_sink *sink;
	CSTN__ARRAY(cstn__score_part) parts;
	CSTN__ARRAY(cstn__score_values) values; /* of each part */
	CSTN__ARRAY(cstn__score_sum) sums;      /* of each level that is added up */
	uint32_t *of_level;                     /* series by level */
	char definition[65];
} scoring;

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_names(const cstn_score_options *o, cstn_error **error)
{
	size_t i;

	if ((o->n_metrics && !o->metrics) || (o->n_models && !o->models) ||
			(o->n_levels && !o->levels))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				o->n_metrics && !o->metrics ? "metrics"
				: o->n_models && !o->models ? "models"
							    : "levels");
	for (i = 0; i < o->n_metrics; i++)
		if (o->metrics[i] < CSTN_METRIC_MAE || o->metrics[i] > CSTN_METRIC_U_COVERAGE)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"metrics[%zu] is %d (1 to 18)", i, o->metrics[i]);
		else if (o->metrics[i] == CSTN_METRIC_OWA && !o->reference)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"owa divides by a reference, and reference is NULL");
	for (i = 0; i < o->n_models; i++)
		if (!o->models[i] || !*o->models[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "models[%zu] has no name",
					i);
	for (i = 0; i < o->n_levels; i++)
		if (!o->levels[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "levels[%zu] is NULL", i);
	if (o->n_levels > LEVELS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu levels, at most %d", o->n_levels,
				LEVELS_MOST);
	if (o->n_levels && o->level_column)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"levels and level_column are given; one of them expected");
	return CSTN_OK;
}

/* `beside`: the stream of the history, released where there is none. */
static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_score_options *o = options;
	const struct ArrowArrayStream *history = beside;

	if (o->weighting < CSTN_WEIGHT_NONE || o->weighting > CSTN_WEIGHT_MONEY)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "weighting is %d (0 to 2)",
				o->weighting);
	if (o->weighting != CSTN_WEIGHT_NONE && !history->release)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"weights are of the history, and history is NULL");
	if (o->period < CSTN_PERIOD_BY_TYPE || o->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", o->period);
	if (o->gap < CSTN_GAP_ERROR || o->gap > CSTN_GAP_ZERO)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "gap is %d (0 or 1)", o->gap);
	if (o->season < 0 || o->weight_periods < 0 || o->threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"season is %d, weight_periods is %d, threads is %d: 0 or more "
				"expected",
				o->season, o->weight_periods, o->threads);
	if (!(o->under_minor >= 0 && o->over_minor >= 0 && isfinite(o->under_minor) &&
			    isfinite(o->over_minor)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"under_minor is %g, over_minor is %g: finite and 0 or more "
				"expected",
				o->under_minor, o->over_minor);
	return check_names(o, error);
}

/* What the numbers depend on, beside the frames. */
static cstn_status define(scoring *s, cstn_error **error)
{
	const cstn_score_options *o = &s->options;
	cstn__bytes text;
	uint8_t digest[32];
	size_t i;

	cstn__bytes_init(&text, &s->allocator);
	cstn__bytes_put_format(&text,
			"constellation forecast scores %d\nseason %d\ngap %d\nweighting %d\n"
			"weight_periods %d\ncensored %d\n",
			CSTN_SCORE_VERSION, o->season, o->gap, o->weighting,
			o->weighting ? o->weight_periods : 0,
			(o->flags & CSTN_SCORE_DROP_CENSORED) != 0);
	cstn__bytes_put_f64(&text, o->under_minor);
	cstn__bytes_put_f64(&text, o->over_minor);
	if (o->reference)
		cstn__bytes_put_format(&text, "reference %s\n", o->reference);
	if (o->level_column)
		cstn__bytes_put_format(&text, "level_column %s\n", o->level_column);
	for (i = 0; i < o->n_levels; i++)
		cstn__bytes_put_format(&text, "level %s\n", o->levels[i]);
	if (!text.failed) {
		cstn__sha256(text.data, text.size, digest);
		cstn__hex(digest, sizeof(digest), s->definition);
	}
	i = (size_t)text.failed;
	cstn__bytes_free(&text);
	return i ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- columns ---------------------------------------------------------------------------------- */

static int add_number(scoring *s, const char *name, uint32_t accept, int is_required)
{
	if (cstn__array_reserve(&s->allocator, &s->numbers, 1))
		return -1;
	s->numbers.items[s->numbers.count++] = (cstn__column_decl){
			name, accept, -1, (uint8_t)is_required, (uint8_t)!is_required, 0, 0};
	return 0;
}

/* Label columns that levels are of, each once. */
static cstn_status find_labels(scoring *s, cstn_error **error)
{
	const cstn_score_options *o = &s->options;
	size_t i;

	if (o->level_column && cstn__intern(&s->labels, o->level_column, strlen(o->level_column)) ==
					       UINT32_MAX)
		return cstn__fail_nomem(error);
	for (i = 0; i < o->n_levels; i++) {
		const char *at = o->levels[i];

		while (*at) {
			size_t len = strcspn(at, ",");

			if (!len)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"levels[%zu] is '%s': names of columns with commas "
						"between expected",
						i, o->levels[i]);
			if ((len != 9 || memcmp(at, "unique_id", 9) != 0) &&
					cstn__intern(&s->labels, at, len) == UINT32_MAX)
				return cstn__fail_nomem(error);
			at += len + (at[len] == ',');
		}
	}
	if (s->labels.count > LABELS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "levels are of %zu columns, at most %d",
				s->labels.count, LABELS_MOST);
	return CSTN_OK;
}

static cstn_status read_forecasts(scoring *s, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__column_decl labels[LABELS_MOST];
	cstn__series_reader reader = {.period = s->options.period,
			.gap = CSTN__GAP_KEPT,
			.flags = s->options.flags & CSTN_IMPORT_TRUSTED,
			.binding = s->options.binding,
			.progress = s->options.progress,
			.labels = labels,
			.n_labels = s->labels.count,
			.with_cutoff = 1};
	size_t i;
	int failed = 0;

	for (i = 0; i < s->columns.list.count; i++)
		failed |= add_number(s, s->columns.list.items[i].name, ACCEPT_NUMBER, 1);
	failed |= add_number(s, "flags", CSTN__ACCEPT(CSTN_TYPE_INT64), 0);
	failed |= add_number(s, "limit", ACCEPT_NUMBER, 0);
	if (failed)
		return cstn__fail_nomem(error);
	for (i = 0; i < s->labels.count; i++)
		labels[i] = (cstn__column_decl){
				s->labels.items[i].text, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	reader.numbers = s->numbers.items;
	reader.n_numbers = s->numbers.count;
	return cstn__series_read(&s->forecasts, &reader, rows, &s->allocator, &s->sink, error);
}

/* Row errors of the history, among those of the forecasts. */
static cstn_status take_errors(scoring *s, const cstn__row_sink *from, cstn_error **error)
{
	cstn_row_errors *rows = NULL;
	cstn_status status = cstn__row_sink_finish(from, &rows, error);
	size_t i;

	for (i = 0; i < cstn_row_errors_count(rows) && status == CSTN_OK; i++) {
		const char *column = cstn_row_errors_column(rows, i);
		const char *text = cstn_row_errors_value(rows, i);
		const char *key = cstn_row_errors_key(rows, i);
		cstn_row_error row;
		char name[80] = "history.";

		strncat(name, column, sizeof(name) - strlen(name) - 1);
		status = cstn_row_errors_at(rows, i, &row, error);
		if (status == CSTN_OK &&
				cstn__row_sink_add_of(s->sink, row.row, HISTORY_FIELD + row.field,
						name, row.code, text, text ? strlen(text) : 0, key,
						key ? strlen(key) : 0) != CSTN_OK)
			status = cstn__fail_nomem(error);
	}
	cstn_row_errors_free(rows);
	return status;
}

static cstn_status read_history(scoring *s, cstn_error **error)
{
	static const cstn__column_decl numbers[HISTORY_NUMBERS] = {
			[HISTORY_MONEY] = {"money_minor", ACCEPT_NUMBER, -1, 0, 1, 0, 0},
			[HISTORY_PRICE] = {"price_minor", ACCEPT_NUMBER, -1, 0, 1, 0, 0}};
	const cstn__series_reader reader = {.period = s->options.period,
			.gap = s->options.gap,
			.flags = s->options.flags & CSTN_IMPORT_TRUSTED,
			.binding = s->options.history_binding,
			.progress = s->options.progress,
			.numbers = numbers,
			.n_numbers = s->options.weighting == CSTN_WEIGHT_MONEY ? HISTORY_NUMBERS
									       : 0,
			.like = &s->forecasts.periods};
	cstn__row_sink *sink = NULL;
	cstn_status status = cstn__series_read(
			&s->history, &reader, &s->history_rows, &s->allocator, &sink, error);

	if (status != CSTN_OK) {
		if (error && *error)
			cstn__error_prefix(error, "history: ");
		return status;
	}
	status = take_errors(s, sink, error);
	cstn__row_sink_free(sink);
	if (status == CSTN_OK && s->history.keys.type != s->forecasts.keys.type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"history: column 'unique_id' is %s, %s expected",
				cstn_type_name(s->history.keys.type),
				cstn_type_name(s->forecasts.keys.type));
	return status;
}

/* Flags are whole numbers of known bits. */
static cstn_status check_flags(const scoring *s, cstn_error **error)
{
	const cstn__series_set *set = &s->forecasts;
	const double *flags = set->numbers + (s->columns.list.count + CSTN__SCORE_FLAGS) * set->n;
	size_t i;

	for (i = 0; i < set->n; i++)
		if (!isnan(flags[i]) && !(flags[i] >= 0 && flags[i] <= CSTN__ROW_FLAGS))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"flags has %.0f, bits of %d expected", flags[i],
					CSTN__ROW_FLAGS);
	return CSTN_OK;
}

/* --- parts ------------------------------------------------------------------------------------ */

static cstn_status add_part(scoring *s, cstn__score_part part, cstn_error **error)
{
	cstn_status status;

	if (cstn__array_reserve(&s->allocator, &s->parts, 1) ||
			cstn__array_reserve(&s->allocator, &s->values, 1))
		return cstn__fail_nomem(error);
	status = cstn__score_values_make(&s->values.items[s->values.count], &part, &s->measures,
			&s->columns, &s->options, &s->allocator, error);
	s->values.count++;
	s->parts.items[s->parts.count++] = part;
	return status;
}

static cstn_status add_sum(scoring *s, size_t level, cstn_error **error)
{
	const char *name = s->options.levels[level], *at = name;
	size_t by[LABELS_MOST + 1], n = 0;
	cstn__score_sum *sum = &s->sums.items[s->sums.count];
	cstn_status status;

	for (; *at && n <= LABELS_MOST; at += strcspn(at, ","), at += *at == ',') {
		size_t len = strcspn(at, ",");

		by[n++] = len == 9 && memcmp(at, "unique_id", 9) == 0
					  ? CSTN__SCORE_BY_KEY
					  : cstn__interner_find(&s->labels, at, len);
	}
	status = cstn__score_add_up(sum, *name ? name : "total", by, n, &s->forecasts,
			s->has_history ? &s->history : NULL, s->columns.list.count, error);
	if (status != CSTN_OK)
		return status;
	s->sums.count++;
	return add_part(s,
			(cstn__score_part){*name ? name : "total", &sum->forecasts,
					s->has_history ? &sum->history : NULL, NULL,
					sum->forecasts.series.count},
			error);
}

static cstn_status add_sums(scoring *s, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < s->measures.list.count; i++)
		if (s->measures.list.items[i].q_ppm)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"quantiles of sums are not sums of quantiles: %s has no "
					"levels to add up to; give nodes of their own and "
					"level_column",
					cstn__metric_name(s->measures.list.items[i].metric));
	if (cstn__array_reserve(&s->allocator, &s->sums, s->options.n_levels))
		return cstn__fail_nomem(error);
	for (i = 0; i < s->options.n_levels && status == CSTN_OK; i++)
		status = add_sum(s, i, error);
	return status;
}

/* Series of each value of the level column, in the order in which values came. */
static cstn_status add_levels(scoring *s, cstn_error **error)
{
	const cstn__series_set *set = &s->forecasts;
	const cstn__ids *levels = &set->labels[0];
	size_t n = 0, i;
	cstn_status status = CSTN_OK;
	uint32_t code;

	s->of_level = cstn__alloc(
			&s->allocator, cstn__array_size(set->series.count, sizeof(*s->of_level)));
	if (!s->of_level)
		return cstn__fail_nomem(error);
	for (code = 0; code < levels->count && status == CSTN_OK; code++) {
		uint32_t *first = s->of_level + n;
		size_t of = 0, len;
		char room[24];
		const char *name = cstn__ids_text(levels, code, room, &len);

		for (i = 0; i < set->series.count; i++)
			if (set->label[set->series.items[i].key] == code)
				first[of++] = (uint32_t)i;
		if (!of)
			continue;
		n += of;
		name = cstn__arena_copy(&s->names, name, len);
		status = !name ? cstn__fail_nomem(error)
			       : add_part(s,
						 (cstn__score_part){name, set,
								 s->has_history ? &s->history
										: NULL,
								 first, of},
						 error);
	}
	return status;
}

static cstn_status add_parts(scoring *s, cstn_error **error)
{
	if (!s->forecasts.series.count || (!s->options.n_levels && !s->options.level_column))
		return add_part(s,
				(cstn__score_part){NULL, &s->forecasts,
						s->has_history ? &s->history : NULL, NULL,
						s->forecasts.series.count},
				error);
	return s->options.n_levels ? add_sums(s, error) : add_levels(s, error);
}

/* --- the call --------------------------------------------------------------------------------- */

static void scoring_init(scoring *s, const cstn_score_options *given, const cstn_allocator *memory)
{
	s->options = *given;
	s->allocator = *memory;
	cstn__score_columns_init(&s->columns, memory);
	cstn__interner_init(&s->labels, memory, 0);
	cstn__arena_init(&s->names, memory);
	if (!s->options.season)
		s->options.season = 1;
	if (!s->options.weight_periods)
		s->options.weight_periods = WEIGHT_PERIODS;
	s->forecasts.allocator = s->history.allocator = *memory;
	cstn__ids_init(&s->forecasts.keys, memory, 0);
	cstn__ids_init(&s->history.keys, memory, 0);
}

static void scoring_free(scoring *s)
{
	const cstn_allocator *allocator = &s->allocator;
	size_t i;

	for (i = 0; i < s->values.count; i++)
		cstn__score_values_free(&s->values.items[i]);
	for (i = 0; i < s->sums.count; i++)
		cstn__score_sum_free(&s->sums.items[i]);
	cstn__free(allocator, s->of_level, s->forecasts.series.count * sizeof(*s->of_level));
	cstn__array_free(allocator, &s->values);
	cstn__array_free(allocator, &s->sums);
	cstn__array_free(allocator, &s->parts);
	cstn__array_free(allocator, &s->numbers);
	cstn__array_free(allocator, &s->measures.list);
	cstn__series_free(&s->forecasts);
	cstn__series_free(&s->history);
	cstn__interner_free(&s->labels);
	cstn__arena_free(&s->names);
	cstn__score_columns_free(&s->columns);
}

static cstn_status read_both(scoring *s, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn_status status = find_labels(s, error);

	if (status == CSTN_OK)
		status = cstn__score_columns_find(&s->columns, rows, &s->options, error);
	if (status == CSTN_OK)
		status = cstn__score_measures_find(
				&s->measures, &s->columns, &s->options, s->has_history, error);
	if (status == CSTN_OK)
		status = read_forecasts(s, rows, error);
	if (status == CSTN_OK)
		status = check_flags(s, error);
	if (status == CSTN_OK && s->has_history)
		status = read_history(s, error);
	return status;
}

static cstn_status score_all(scoring *s, cstn__rows_task *task, cstn_error **error)
{
	cstn_status status = read_both(s, task->rows, error);

	if (status == CSTN_OK)
		status = define(s, error);
	if (status == CSTN_OK)
		status = add_parts(s, error);
	if (status == CSTN_OK) {
		const cstn__score score = {&s->columns, &s->measures, &s->options, s->parts.items,
				s->values.items, s->parts.count, s->definition, s->allocator};

		status = cstn__score_export(&score, &task->made, error);
	}
	if (status == CSTN_OK)
		return cstn__rows_end_made(task, s->sink, error);
	cstn__row_sink_free(s->sink);
	return status;
}

static cstn_status score_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	const struct ArrowArrayStream *history = task->beside;
	scoring *s = object;
	cstn_status status;

	scoring_init(s, task->options, &task->memory);
	s->has_history = history->release != NULL;
	s->history_rows = *history;
	status = score_all(s, task, error);
	scoring_free(s);
	cstn__free(&task->memory, s, sizeof(*s));
	return status;
}

cstn_status cstn_forecast_score(struct ArrowArrayStream *forecasts,
		struct ArrowArrayStream *history, const cstn_score_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"forecasts", "cstn_score_options",
			CSTN_SCORE_BY_SERIES | CSTN_SCORE_BY_CUTOFF | CSTN_SCORE_BY_LEVEL |
					CSTN_SCORE_DROP_CENSORED | CSTN_IMPORT_TRUSTED,
			sizeof(scoring), check, score_rows};
	struct ArrowArrayStream past = {0};
	const cstn__rows_given given = {forecasts, options, &past, allocator, out, bad_rows};
	cstn_score_options read;
	cstn_status status = CSTN_OK;

	if (history)
		status = cstn__stream_take(history, "history", &past, error);
	if (status == CSTN_OK)
		status = cstn__rows_run(&call, &given, &read, sizeof(read), error);
	else if (forecasts && forecasts->release)
		forecasts->release(forecasts);
	if (past.release)
		past.release(&past);
	return status;
}
