/* Means of scores, and the table of them.
 *
 * A cell is the weighted mean over series of one level, cutoff and measure; a mean over cutoffs,
 * and then over levels, is that of cells that have a value. Sums run in the order of series.
 * Measures of means (OWA, the mean over quantiles) are made of cells. O(series x measures). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "demand/pairwise.h"
#include "demand/score.h"
#include "table/export.h"
#include "table/table_fields.h"

typedef struct cell {
	double value; /* NaN: null */
	int64_t series, nulls;
} cell;

typedef struct count {
	int64_t periods, left_out;
} count;

typedef struct means {
	const cstn__score *of;
	size_t n_measures, n_parts, n_cutoffs;
	CSTN__ARRAY(int64_t) cutoffs; /* ascending */
	cell *cells;                  /* [(part * (n_cutoffs + 1) + cutoff) * n_measures + measure];
					 the last part and cutoff are all */
	count *counts;                /* [part * (n_cutoffs + 1) + cutoff] */
	int has_level, has_cutoff, by_series;
	int is_beyond;   /* a mean is beyond a double */
	int columns[10]; /* numbers of columns, -1: not there */
} means;

enum {
	OUT_METRIC,
	OUT_MODEL,
	OUT_LEVEL,
	OUT_CUTOFF,
	OUT_ID,
	OUT_Q,
	OUT_VALUE,
	OUT_SERIES,
	OUT_NULLS,
	OUT_PERIODS
};

static const cstn__series *series_of(const cstn__score_part *part, size_t i)
{
	return &part->forecasts->series.items[part->series ? part->series[i] : i];
}

/* --- cutoffs ---------------------------------------------------------------------------------- */

static size_t find_cutoff(const means *m, int64_t cutoff)
{
	size_t low = 0, high = m->cutoffs.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->cutoffs.items[middle] < cutoff)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* There are few of them, so that each new one is put in its place. */
static int collect_cutoffs(means *m)
{
	size_t p, i;

	for (p = 0; p < m->n_parts; p++)
		for (i = 0; i < m->of->parts[p].n; i++) {
			int64_t cutoff = series_of(&m->of->parts[p], i)->cutoff;
			size_t at = find_cutoff(m, cutoff);

			if (at < m->cutoffs.count && m->cutoffs.items[at] == cutoff)
				continue;
			if (cstn__array_reserve(&m->of->allocator, &m->cutoffs, 1))
				return -1;
			memmove(m->cutoffs.items + at + 1, m->cutoffs.items + at,
					(m->cutoffs.count - at) * sizeof(*m->cutoffs.items));
			m->cutoffs.items[at] = cutoff;
			m->cutoffs.count++;
		}
	m->n_cutoffs = m->cutoffs.count;
	return 0;
}

/* --- cells ------------------------------------------------------------------------------------ */

static cell *cell_at(const means *m, size_t part, size_t cutoff, size_t measure)
{
	return &m->cells[(part * (m->n_cutoffs + 1) + cutoff) * m->n_measures + measure];
}

static count *count_at(const means *m, size_t part, size_t cutoff)
{
	return &m->counts[part * (m->n_cutoffs + 1) + cutoff];
}

typedef struct sums {
	cstn__pairwise value, weight;
	int64_t series, nulls;
} sums;

/* One measure of one part: all of its cutoffs at once. */
static void sum_part(means *m, size_t p, size_t measure, sums *of)
{
	const cstn__score_part *part = &m->of->parts[p];
	const cstn__score_values *values = &m->of->values[p];
	size_t c, i;

	for (c = 0; c < m->n_cutoffs; c++) {
		cstn__pairwise_init(&of[c].value);
		cstn__pairwise_init(&of[c].weight);
		of[c].series = of[c].nulls = 0;
	}
	for (i = 0; i < part->n; i++) {
		sums *to = &of[find_cutoff(m, series_of(part, i)->cutoff)];
		double value = values->value[i * values->n_measures + measure];

		if (isnan(value)) {
			to->nulls++;
			continue;
		}
		cstn__pairwise_add(&to->value, values->weight[i] * value);
		cstn__pairwise_add(&to->weight, values->weight[i]);
		to->series++;
	}
	for (c = 0; c < m->n_cutoffs; c++) {
		double weight = cstn__pairwise_value(&of[c].weight);
		double value = cstn__pairwise_value(&of[c].value) / weight;

		m->is_beyond |= of[c].series &&
				(!isfinite(weight) || (weight > 0 && !isfinite(value)));
		*cell_at(m, p, c, measure) =
				(cell){weight > 0 ? value : (double)NAN, of[c].series, of[c].nulls};
	}
}

/* The mean of cells that have a value: `step` apart. */
static void mean_of(const cell *cells, size_t n, size_t step, cell *out)
{
	double sum = 0;
	size_t i, valued = 0;

	*out = (cell){(double)NAN, 0, 0};
	for (i = 0; i < n; i++) {
		const cell *c = &cells[i * step];

		out->series += c->series;
		out->nulls += c->nulls;
		if (isnan(c->value))
			continue;
		sum += c->value;
		valued++;
	}
	if (valued)
		out->value = sum / (double)valued;
}

static void count_periods(const means *m)
{
	size_t p, c, i;

	for (p = 0; p < m->n_parts; p++)
		for (i = 0; i < m->of->parts[p].n; i++) {
			size_t at = find_cutoff(m, series_of(&m->of->parts[p], i)->cutoff);
			count *const to[] = {count_at(m, p, at), count_at(m, p, m->n_cutoffs),
					count_at(m, m->n_parts, at),
					count_at(m, m->n_parts, m->n_cutoffs)};

			for (c = 0; c < 4; c++) {
				to[c]->periods += m->of->values[p].periods[i];
				to[c]->left_out += m->of->values[p].left_out[i];
			}
		}
}

static void fill_cells(means *m, sums *room)
{
	size_t row = (m->n_cutoffs + 1) * m->n_measures, p, c, k;

	for (k = 0; k < m->n_measures; k++) {
		for (p = 0; p < m->n_parts; p++) {
			sum_part(m, p, k, room);
			mean_of(cell_at(m, p, 0, k), m->n_cutoffs, m->n_measures,
					cell_at(m, p, m->n_cutoffs, k));
		}
		for (c = 0; c <= m->n_cutoffs; c++)
			mean_of(cell_at(m, 0, c, k), m->n_parts, row, cell_at(m, m->n_parts, c, k));
	}
	count_periods(m);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Where a row stands. */
typedef struct place {
	size_t part, cutoff; /* the last of each: all */
	const cstn__series *series;
	size_t item;
} place;

static void put_place(const means *m, cstn__table_builder *t, const place *at)
{
	const cstn__score_part *part = &m->of->parts[at->part < m->n_parts ? at->part : 0];
	const cstn__series_set *set = part->forecasts;
	int64_t cutoff;

	if (m->has_level && at->part < m->n_parts)
		cstn__table_put_text(t, m->columns[OUT_LEVEL], part->level, strlen(part->level));
	else if (m->has_level)
		cstn__table_put_null(t, m->columns[OUT_LEVEL]);
	if (m->has_cutoff) {
		if (at->cutoff < m->n_cutoffs &&
				cstn__period_start(&set->periods, m->cutoffs.items[at->cutoff],
						&cutoff) == 0)
			cstn__table_put_i64(t, m->columns[OUT_CUTOFF], cutoff);
		else
			cstn__table_put_null(t, m->columns[OUT_CUTOFF]);
	}
	if (!m->by_series)
		return;
	if (set->keys.type == CSTN_TYPE_TEXT)
		cstn__table_put_text(t, m->columns[OUT_ID],
				set->keys.texts.items[at->series->key].text,
				set->keys.texts.items[at->series->key].len);
	else
		cstn__table_put_i64(t, m->columns[OUT_ID],
				cstn__ids_number(&set->keys, at->series->key));
}

static void put_row(const means *m, cstn__table_builder *t, const place *at, int32_t metric,
		uint32_t model, int32_t q_ppm, const cell *of)
{
	static const char *const weightings[] = {"none", "units", "money"};
	const struct cstn__interned *name = &m->of->columns->models.items[model];
	const char *metric_name = cstn__metric_name(metric),
		   *weighting = weightings[m->of->options->weighting];
	count counted = *count_at(m, at->part, at->cutoff);

	if (m->by_series)
		counted = (count){m->of->values[at->part].periods[at->item],
				m->of->values[at->part].left_out[at->item]};
	cstn__table_put_text(t, m->columns[OUT_METRIC], metric_name, strlen(metric_name));
	cstn__table_put_text(t, m->columns[OUT_MODEL], name->text, name->len);
	put_place(m, t, at);
	if (q_ppm)
		cstn__table_put_i64(t, m->columns[OUT_Q], q_ppm);
	else
		cstn__table_put_null(t, m->columns[OUT_Q]);
	cstn__put_f64_or_null(t, m->columns[OUT_VALUE], !isnan(of->value), of->value);
	cstn__table_put_i64(t, m->columns[OUT_SERIES], of->series);
	cstn__table_put_i64(t, m->columns[OUT_NULLS], of->nulls);
	cstn__table_put_i64(t, m->columns[OUT_PERIODS], counted.periods);
	cstn__table_put_i64(t, m->columns[OUT_PERIODS] + 1, counted.left_out);
	cstn__table_put_text(t, m->columns[OUT_PERIODS] + 2, weighting, strlen(weighting));
	cstn__table_put_text(t, m->columns[OUT_PERIODS] + 3, m->of->definition,
			strlen(m->of->definition));
}

/* The mean over quantiles of each model that has several, behind the last row of the metric. */
static void put_over_quantiles(const means *m, cstn__table_builder *t, const place *at,
		const cell *cells, int32_t metric)
{
	const cstn__score_measure *list = m->of->measures->list.items;
	size_t models = m->of->columns->models.count, i;
	uint32_t model;

	if (metric < CSTN_METRIC_PINBALL || metric > CSTN_METRIC_QUANTILE_LOSS)
		return;
	for (model = 0; model < models; model++) {
		cell all = {0, 0, 0};
		size_t n = 0, valued = 0;

		for (i = 0; i < m->n_measures; i++) {
			if (list[i].metric != metric || list[i].model != model)
				continue;
			n++;
			all.series = cells[i].series;
			all.nulls = cells[i].nulls;
			if (isnan(cells[i].value))
				continue;
			all.value += cells[i].value;
			valued++;
		}
		if (n < 2)
			continue;
		all.value = valued ? all.value / (double)valued : (double)NAN;
		put_row(m, t, at, metric, model, 0, &all);
	}
}

/* The measure of a model's mean or median that is there in any case. */
static const cell *hidden(const means *m, const cell *cells, int32_t metric, uint32_t model)
{
	const cstn__score_measure *list = m->of->measures->list.items;
	size_t i;

	for (i = 0; i < m->n_measures; i++)
		if (!list[i].is_shown && list[i].metric == metric && list[i].model == model)
			return &cells[i];
	return NULL;
}

static void put_owa(const means *m, cstn__table_builder *t, const place *at, const cell *cells)
{
	const char *name = m->of->options->reference;
	uint32_t reference = cstn__interner_find(&m->of->columns->models, name, strlen(name)),
		 model;
	const cell *smape = hidden(m, cells, CSTN_METRIC_SMAPE, reference);
	const cell *mase = hidden(m, cells, CSTN_METRIC_MASE, reference);

	for (model = 0; model < m->of->columns->models.count; model++) {
		const cell *a = hidden(m, cells, CSTN_METRIC_SMAPE, model);
		const cell *b = hidden(m, cells, CSTN_METRIC_MASE, model);
		cell owa;

		if (!a || !b)
			continue;
		owa = (cell){(double)NAN, b->series, b->nulls};
		if (smape->value > 0 && mase->value > 0)
			owa.value = (a->value / smape->value + b->value / mase->value) / 2;
		put_row(m, t, at, CSTN_METRIC_OWA, model, 0, &owa);
	}
}

static void put_cells(const means *m, cstn__table_builder *t, const place *at, const cell *cells)
{
	const cstn__score_measure *list = m->of->measures->list.items;
	size_t i;

	for (i = 0; i < m->n_measures && list[i].is_shown; i++) {
		int is_last = i + 1 == m->n_measures || !list[i + 1].is_shown ||
			      list[i + 1].metric != list[i].metric;

		put_row(m, t, at, list[i].metric, list[i].model, list[i].q_ppm, &cells[i]);
		if (is_last)
			put_over_quantiles(m, t, at, cells, list[i].metric);
	}
	if (m->of->measures->wants_owa && !m->by_series)
		put_owa(m, t, at, cells);
}

static void put_means(const means *m, cstn__table_builder *t)
{
	uint32_t flags = m->of->options->flags;
	place at = {0, 0, NULL, 0};

	for (at.part = 0; at.part <= m->n_parts; at.part++)
		for (at.cutoff = 0; at.cutoff <= m->n_cutoffs; at.cutoff++) {
			if (at.part < m->n_parts && !(m->has_level && flags & CSTN_SCORE_BY_LEVEL))
				continue;
			if (at.cutoff < m->n_cutoffs &&
					!(m->has_cutoff && flags & CSTN_SCORE_BY_CUTOFF))
				continue;
			put_cells(m, t, &at, cell_at(m, at.part, at.cutoff, 0));
		}
}

/* `room` has a cell a measure. */
static void put_series(const means *m, cstn__table_builder *t, cell *room)
{
	place at = {0, 0, NULL, 0};
	size_t k;

	for (at.part = 0; at.part < m->n_parts; at.part++) {
		const cstn__score_values *values = &m->of->values[at.part];

		for (at.item = 0; at.item < values->n; at.item++) {
			at.series = series_of(&m->of->parts[at.part], at.item);
			at.cutoff = find_cutoff(m, at.series->cutoff);
			for (k = 0; k < m->n_measures; k++) {
				double value = values->value[at.item * m->n_measures + k];

				room[k] = (cell){value, !isnan(value), isnan(value) != 0};
			}
			put_cells(m, t, &at, room);
		}
	}
}

/* --- the table -------------------------------------------------------------------------------- */

static int declare(means *m, cstn__table_builder *t)
{
	const cstn__series_set *set = m->of->parts[0].forecasts;
	const struct {
		const char *name;
		int32_t type;
		int nullable, is_there;
	} columns[] = {
			{"metric", CSTN_TYPE_TEXT, 0, 1},
			{"model", CSTN_TYPE_TEXT, 0, 1},
			{"level", CSTN_TYPE_TEXT, 1, m->has_level},
			{"cutoff", set->periods.type, 1, m->has_cutoff},
			{"unique_id", set->keys.type, 0, m->by_series},
			{"q_ppm", CSTN_TYPE_INT32, 1, 1},
			{"value", CSTN_TYPE_DOUBLE, 1, 1},
			{"series", CSTN_TYPE_INT64, 0, 1},
			{"nulls", CSTN_TYPE_INT64, 0, 1},
			{"periods", CSTN_TYPE_INT64, 0, 1},
			{"left_out", CSTN_TYPE_INT64, 0, 1},
			{"weighting", CSTN_TYPE_TEXT, 0, 1},
			{"definition", CSTN_TYPE_TEXT, 0, 1},
	};
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		int number = -1;

		if (columns[i].is_there) {
			number = cstn__table_add_column(t, columns[i].name, columns[i].type, 0,
					columns[i].nullable);
			if (number < 0)
				return -1;
		}
		if (i <= OUT_PERIODS)
			m->columns[i] = number;
	}
	return 0;
}

static int put_all(means *m, cstn__table_builder *t)
{
	const cstn_allocator *allocator = &m->of->allocator;
	size_t n = (m->n_parts + 1) * (m->n_cutoffs + 1);
	size_t cells_size = cstn__array_size(n, m->n_measures * sizeof(cell));
	size_t counts_size = cstn__array_size(n, sizeof(count));
	size_t room_size = cstn__array_size(m->n_cutoffs, sizeof(sums));
	sums *room = cstn__alloc(allocator, room_size);
	int failed;

	m->cells = cstn__alloc_zero(allocator, cells_size);
	m->counts = cstn__alloc_zero(allocator, counts_size);
	failed = !room || !m->cells || !m->counts;
	if (!failed && m->by_series) {
		put_series(m, t, m->cells);
	} else if (!failed) {
		fill_cells(m, room);
		put_means(m, t);
	}
	cstn__free(allocator, room, room_size);
	cstn__free(allocator, m->cells, cells_size);
	cstn__free(allocator, m->counts, counts_size);
	return failed ? -1 : 0;
}

cstn_status cstn__score_export(
		const cstn__score *score, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status;
	means m;
	int failed;

	memset(&m, 0, sizeof(m));
	m.of = score;
	m.n_measures = score->measures->list.count;
	m.n_parts = score->n_parts;
	m.has_level = score->parts[0].level != NULL;
	m.has_cutoff = score->parts[0].forecasts->has_cutoff;
	m.by_series = (score->options->flags & CSTN_SCORE_BY_SERIES) != 0;
	status = cstn__table_builder_new(&score->allocator, &table, error);
	if (status != CSTN_OK)
		return status;
	failed = declare(&m, table) || collect_cutoffs(&m) || put_all(&m, table);
	cstn__array_free(&score->allocator, &m.cutoffs);
	if (!failed && !m.is_beyond)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return failed ? cstn__fail_nomem(error)
		      : cstn__fail(error, CSTN_E_OVERFLOW,
					"a weighted mean of scores is beyond a double");
}
