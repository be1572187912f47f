/* The call that says what signals are worth: options, the two streams, a pass for each horizon, and
 * the table that comes out. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/demand.h>

#include "base/error.h"
#include "demand/signal_panel.h"
#include "table/binding.h"
#include "table/export.h"
#include "table/rows_call.h"

#define SEASON_MOST 10000
#define ORIGINS_MOST 4096
#define MEAN_MOST 1092
#define SPAN_MOST 4000000

static const int32_t default_horizons[] = {1};
static const int32_t default_means[] = {28, 7};
static const int32_t default_positions[] = {8, 1};

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status out_of(
		const char *name, int64_t value, int64_t least, int64_t most, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %lld (%lld to %lld)", name,
			(long long)value, (long long)least, (long long)most);
}

static cstn_status check_list(
		const char *name, const int32_t *values, size_t n, int32_t most, cstn_error **error)
{
	char which[32];
	size_t i;

	if (n > CSTN_SIGNAL_HORIZONS_MOST || (n && !values))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_%s is %zu%s (at most %d)",
				name, n, values ? "" : " of NULL", CSTN_SIGNAL_HORIZONS_MOST);
	for (i = 0; i < n; i++)
		if (values[i] < 1 || values[i] > most) {
			snprintf(which, sizeof(which), "%s[%zu]", name, i);
			return out_of(which, values[i], 1, most, error);
		}
	return CSTN_OK;
}

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_signal_value_options *o = options;
	const struct {
		const char *name;
		int32_t value, least, most;
	} numbers[] = {
			{"period", o->period, CSTN_PERIOD_BY_TYPE, CSTN_PERIOD_NUMBER},
			{"gap", o->gap, CSTN_GAP_ERROR, CSTN_GAP_MISSING},
			{"season", o->season, 0, SEASON_MOST},
			{"scale", o->scale, CSTN_SIGNAL_LOG1P, CSTN_SIGNAL_PLAIN},
			{"loss", o->loss, CSTN_SIGNAL_LOSS_RMSE, CSTN_SIGNAL_LOSS_MAE},
			{"origins", o->origins ? o->origins : 2, 2, ORIGINS_MOST},
			{"training", o->training, 0, INT32_MAX},
			{"history", o->history, 0, INT32_MAX},
			{"recent", o->recent, 0, INT32_MAX},
			{"recent_rows", o->recent_rows, 0, o->recent},
			{"resamples", o->resamples, 0, 1000000},
			{"block", o->block, 0, ORIGINS_MOST},
			{"permutations", o->permutations, 0, 1000000},
			{"threads", o->threads, 0, INT32_MAX},
			{"service_ppm", o->service_ppm, 0, 999999},
			{"lead_time", o->lead_time, 0, CSTN_HORIZON_MOST},
	};
	cstn_status status;
	size_t i;

	(void)beside;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].value < numbers[i].least || numbers[i].value > numbers[i].most)
			return out_of(numbers[i].name, numbers[i].value, numbers[i].least,
					numbers[i].most, error);
	if (!(o->penalty >= 0 && o->penalty <= 1e6) ||
			!(o->holding_minor >= 0 && o->holding_minor <= 1e15) ||
			!(o->margin_minor >= 0 && o->margin_minor <= 1e15))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"penalty, holding_minor and margin_minor are %g, %g and %g: 0 or "
				"more, and finite",
				o->penalty, o->holding_minor, o->margin_minor);
	status = check_list("horizons", o->horizons, o->n_horizons, CSTN_HORIZON_MOST, error);
	if (status == CSTN_OK)
		status = check_list("means", o->means, o->n_means, MEAN_MOST, error);
	if (status == CSTN_OK)
		status = check_list("positions", o->positions, o->n_positions, MEAN_MOST, error);
	return status;
}

/* What was not said, once the periods are known. */
static void settle(cstn_signal_value_options *o, const cstn__periods *periods)
{
	size_t i;

	o->season = o->season ? o->season : cstn__period_season(periods->period);
	o->origins = o->origins ? o->origins : 56;
	o->resamples = o->resamples ? o->resamples : 999;
	o->permutations = o->permutations ? o->permutations : 200;
	o->penalty = o->penalty > 0 ? o->penalty : 1e-3;
	if (!o->horizons) {
		o->horizons = default_horizons;
		o->n_horizons = 1;
	}
	if (!o->means) {
		o->means = default_means;
		o->n_means = 2;
	}
	if (!o->positions) {
		o->positions = default_positions;
		o->n_positions = o->season > 1 ? 2 : 0;
	}
	for (i = 0; !o->history && i < o->n_means; i++)
		o->history = o->means[i] > o->history ? o->means[i] : o->history;
	if (o->flags & CSTN_SIGNAL_POSITIONS && o->season == 1)
		o->flags &= ~CSTN_SIGNAL_POSITIONS;
}

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct valuing {
	cstn__signal_case all;
	cstn__signals signals;
	cstn__series_set set;
	cstn__signal_book book;
	uint32_t *order;
	cstn__signal_rows rows;
} valuing;

void cstn__strict_binding(cstn__strict_binding_room *room, const cstn_binding *given)
{
	memset(room, 0, sizeof(*room));
	if (given) {
		room->binding = *given;
	} else {
		room->list[0] = &room->general;
		room->binding.entries.items = room->list;
		room->binding.entries.count = 1;
	}
	room->binding.strict = 1;
}

/* Whether the rows have a column `pool`, by the binding's name for it. */
static cstn_status find_pool(struct ArrowArrayStream *rows, const cstn_binding *binding, int *has,
		cstn_error **error)
{
	const cstn__binding_entry *entry = cstn__binding_find(binding, "pool");
	struct ArrowSchema schema = {0};
	int64_t i;

	*has = entry && (entry->constant || entry->source);
	if (*has)
		return CSTN_OK;
	if (rows->get_schema(rows, &schema) != 0 || !schema.release)
		return cstn__fail(error, CSTN_E_STREAM, "the rows have no schema");
	for (i = 0; i < schema.n_children; i++)
		if (schema.children[i]->name && strcmp(schema.children[i]->name, "pool") == 0)
			*has = 1;
	schema.release(&schema);
	return CSTN_OK;
}

static cstn_status read_series(valuing *of, struct ArrowArrayStream *rows, cstn__row_sink **sink,
		cstn_error **error)
{
	const cstn_signal_value_options *o = &of->all.options;
	static const cstn__column_decl pool = {"pool", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	cstn__column_decl numbers[CSTN_SIGNALS_MOST];
	cstn__strict_binding_room strict;
	cstn__series_reader reader;
	cstn_status status;
	int has_pool;
	size_t i;

	for (i = 0; i < of->signals.n_names; i++)
		numbers[i] = (cstn__column_decl){of->signals.names[i],
				CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
						CSTN__ACCEPT(CSTN_TYPE_DECIMAL) |
						CSTN__ACCEPT(CSTN_TYPE_FLAG),
				-1, 0, 1, 0, 0};
	cstn__strict_binding(&strict, o->binding);
	status = find_pool(rows, &strict.binding, &has_pool, error);
	if (status != CSTN_OK)
		return status;
	memset(&reader, 0, sizeof(reader));
	reader.period = o->period;
	reader.gap = o->gap == CSTN_GAP_MISSING ? CSTN__GAP_KEPT : o->gap;
	reader.flags = o->flags & CSTN_IMPORT_TRUSTED;
	reader.binding = &strict.binding;
	reader.progress = o->progress;
	reader.numbers = numbers;
	reader.n_numbers = of->signals.n_names;
	reader.labels = &pool;
	reader.n_labels = has_pool ? 1 : 0;
	return cstn__series_read(&of->set, &reader, rows, &of->all.allocator, sink, error);
}

/* A column that has a value anywhere is one; orders have none, since a column does not say when
 * they came. */
static cstn_status find_columns(valuing *of, cstn_error **error)
{
	size_t name, i;

	for (name = 0; name < of->signals.n_names; name++)
		for (i = 0; i < of->set.n && !of->all.is_column[name]; i++)
			if (!isnan(of->set.numbers[name * of->set.n + i]))
				of->all.is_column[name] = 1;
	for (i = 0; i < of->signals.n; i++)
		if (of->signals.declared[i].kind == CSTN_SIGNAL_FORWARD_ORDER &&
				of->all.is_column[of->signals.name[i]])
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' has orders, and does not say when they came: "
					"give them as rows of signals",
					of->signals.declared[i].name);
	return CSTN_OK;
}

/* Series in order of their ids, and the periods that they have. */
static cstn_status arrange(valuing *of, cstn_error **error)
{
	cstn__series_set *set = &of->set;
	cstn__signal_case *all = &of->all;
	size_t n = set->series.count, i;

	of->order = cstn__series_order(set);
	if (!of->order)
		return cstn__fail_nomem(error);
	all->order = of->order;
	all->n_series = n;
	all->n_pools = set->n_labels ? set->labels[0].count : 1;
	for (i = 0; i < n; i++) {
		const cstn__series *s = &set->series.items[of->order[i]];
		int64_t last = set->period ? set->period[s->start + s->n - 1]
					   : s->first + (int64_t)s->n - 1;
		uint64_t span = (uint64_t)last - (uint64_t)s->first;

		if (span > SPAN_MOST)
			return cstn__fail(error, CSTN_E_LIMIT,
					"a series spans %llu periods (at most %d)",
					(unsigned long long)span, SPAN_MOST);
		all->first = !i || s->first < all->first ? s->first : all->first;
		all->last = !i || last > all->last ? last : all->last;
		all->longest = span + 2 > all->longest ? span + 2 : all->longest;
	}
	if ((uint64_t)all->last - (uint64_t)all->first > SPAN_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "series span %llu periods (at most %d)",
				(unsigned long long)((uint64_t)all->last - (uint64_t)all->first),
				SPAN_MOST);
	return n ? CSTN_OK : cstn__fail(error, CSTN_E_EMPTY, "there is no series");
}

/* --- the table -------------------------------------------------------------------------------- */

enum {
	OUT_GROUP,
	OUT_PARTNER,
	OUT_POOL,
	OUT_H,
	OUT_LOSS,
	OUT_SERIES,
	OUT_ORIGINS,
	OUT_ROWS,
	OUT_MISSING,
	OUT_WITHOUT,
	OUT_WITH,
	OUT_VALUE,
	OUT_LOW,
	OUT_HIGH,
	OUT_P,
	OUT_ALONE,
	OUT_SHAPLEY,
	OUT_SHAPLEY_ERROR,
	OUT_STOCK,
	OUT_MONEY,
	OUT_ASSUMED,
	OUT_DROPPED,
	OUT_COLUMNS
};

static const struct {
	const char *name;
	int32_t type;
	int nullable;
} out_columns[OUT_COLUMNS] = {
		[OUT_GROUP] = {"group", CSTN_TYPE_TEXT, 1},
		[OUT_PARTNER] = {"partner", CSTN_TYPE_TEXT, 1},
		[OUT_POOL] = {"pool", CSTN_TYPE_TEXT, 1},
		[OUT_H] = {"h", CSTN_TYPE_INT32, 0},
		[OUT_LOSS] = {"loss", CSTN_TYPE_TEXT, 0},
		[OUT_SERIES] = {"n_series", CSTN_TYPE_INT64, 0},
		[OUT_ORIGINS] = {"n_origins", CSTN_TYPE_INT64, 0},
		[OUT_ROWS] = {"n_rows", CSTN_TYPE_INT64, 0},
		[OUT_MISSING] = {"n_missing", CSTN_TYPE_INT64, 0},
		[OUT_WITHOUT] = {"without", CSTN_TYPE_DOUBLE, 1},
		[OUT_WITH] = {"with", CSTN_TYPE_DOUBLE, 1},
		[OUT_VALUE] = {"value", CSTN_TYPE_DOUBLE, 1},
		[OUT_LOW] = {"low", CSTN_TYPE_DOUBLE, 1},
		[OUT_HIGH] = {"high", CSTN_TYPE_DOUBLE, 1},
		[OUT_P] = {"p", CSTN_TYPE_DOUBLE, 1},
		[OUT_ALONE] = {"alone", CSTN_TYPE_DOUBLE, 1},
		[OUT_SHAPLEY] = {"shapley", CSTN_TYPE_DOUBLE, 1},
		[OUT_SHAPLEY_ERROR] = {"shapley_error", CSTN_TYPE_DOUBLE, 1},
		[OUT_STOCK] = {"stock_units", CSTN_TYPE_DOUBLE, 1},
		[OUT_MONEY] = {"money_minor", CSTN_TYPE_INT64, 1},
		[OUT_ASSUMED] = {"assumed_known", CSTN_TYPE_FLAG, 0},
		[OUT_DROPPED] = {"dropped", CSTN_TYPE_TEXT, 1},
};

static void put_words(cstn__table_builder *table, int32_t column, const char *text)
{
	if (text)
		cstn__table_put_text(table, column, text, strlen(text));
	else
		cstn__table_put_null(table, column);
}

static void put_number(cstn__table_builder *table, int32_t column, double value)
{
	if (isfinite(value))
		cstn__table_put_f64(table, column, value);
	else
		cstn__table_put_null(table, column);
}

static const char *loss_name(const cstn_signal_value_options *o)
{
	if (o->loss == CSTN_SIGNAL_LOSS_WAPE)
		return "wape";
	if (o->loss == CSTN_SIGNAL_LOSS_MAE)
		return "mae";
	return o->scale == CSTN_SIGNAL_LOG1P ? "rmsle"
	       : o->scale == CSTN_SIGNAL_LOG ? "rmse_log"
					     : "rmse";
}

static void put_pool(const valuing *of, cstn__table_builder *table, size_t pool)
{
	const cstn__ids *pools = of->set.labels;

	if (pool == SIZE_MAX || !of->set.n_labels)
		cstn__table_put_null(table, OUT_POOL);
	else if (pools->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, OUT_POOL, pools->texts.items[pool].text,
				pools->texts.items[pool].len);
	else
		cstn__table_put_i64(table, OUT_POOL, cstn__ids_number(pools, (uint32_t)pool));
}

/* "temperature: square, wind: change" */
static void put_dropped(const valuing *of, cstn__table_builder *table, const cstn__signal_row *row)
{
	cstn__signal_panel plan = {0};
	char text[1024];
	size_t used = 0, c;

	(void)cstn__signal_panel_plan(&plan, &of->all, NULL);
	for (c = 0; c < plan.p; c++) {
		const cstn_signal *s = &of->signals.declared[plan.signal[c]];

		if (!(row->dropped[c / 64] >> (c % 64) & 1))
			continue;
		if (used + 160 > sizeof(text)) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, ", ...");
			break;
		}
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s: %s",
				used ? ", " : "", c < plan.n_base ? "base" : s->name,
				c < plan.n_base ? "column" : cstn__feature_name(s, plan.part[c]));
	}
	put_words(table, OUT_DROPPED, used ? text : NULL);
}

static void put_row(const valuing *of, cstn__table_builder *table, const cstn__signal_row *row)
{
	int has_group = row->group != SIZE_MAX;

	put_words(table, OUT_GROUP, has_group ? of->signals.groups[row->group] : NULL);
	put_words(table, OUT_PARTNER, has_group ? of->signals.partners[row->group] : NULL);
	put_pool(of, table, row->pool);
	cstn__table_put_i64(table, OUT_H, row->horizon);
	put_words(table, OUT_LOSS, loss_name(&of->all.options));
	cstn__table_put_i64(table, OUT_SERIES, row->series);
	cstn__table_put_i64(table, OUT_ORIGINS, row->origins);
	cstn__table_put_i64(table, OUT_ROWS, row->rows);
	cstn__table_put_i64(table, OUT_MISSING, row->missing);
	put_number(table, OUT_WITHOUT, row->without);
	put_number(table, OUT_WITH, row->with);
	put_number(table, OUT_VALUE, row->value);
	put_number(table, OUT_LOW, row->low);
	put_number(table, OUT_HIGH, row->high);
	put_number(table, OUT_P, row->p);
	put_number(table, OUT_ALONE, row->alone);
	put_number(table, OUT_SHAPLEY, row->shapley);
	put_number(table, OUT_SHAPLEY_ERROR, row->shapley_error);
	put_number(table, OUT_STOCK, row->has_stock ? row->stock_units : (double)NAN);
	if (row->has_stock)
		cstn__table_put_i64(table, OUT_MONEY, row->money_minor);
	else
		cstn__table_put_null(table, OUT_MONEY);
	cstn__table_put_i64(table, OUT_ASSUMED, row->assumed);
	put_dropped(of, table, row);
}

static cstn_status put_table(const void *context, cstn__table_builder *table, cstn_error **error)
{
	const valuing *of = context;
	int failed = 0;
	size_t i;

	for (i = 0; i < OUT_COLUMNS; i++) {
		int32_t type = out_columns[i].type;

		if (i == OUT_POOL && of->set.n_labels)
			type = of->set.labels[0].type;
		failed |= cstn__table_add_column(table, out_columns[i].name, type, 0,
					  out_columns[i].nullable) < 0;
	}
	if (failed)
		return cstn__fail_nomem(error);
	for (i = 0; i < of->rows.rows.count; i++)
		put_row(of, table, &of->rows.rows.items[i]);
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status value_horizons(valuing *of, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__signal_panel panel;
	size_t i;

	for (i = 0; i < of->all.options.n_horizons && status == CSTN_OK; i++) {
		status = cstn__signal_panel_make(
				&panel, &of->all, of->all.options.horizons[i], error);
		if (status != CSTN_OK)
			break;
		status = cstn__signal_worth(&panel, &of->rows, error);
		cstn__signal_panel_free(&panel);
	}
	return status;
}

static cstn_status value(valuing *of, struct ArrowArrayStream *rows,
		struct ArrowArrayStream *signals, cstn__row_sink **sink, cstn_error **error)
{
	cstn__signal_case *all = &of->all;
	cstn_status status = read_series(of, rows, sink, error);

	if (status != CSTN_OK)
		return status;
	all->signals = &of->signals;
	all->set = &of->set;
	settle(&all->options, &of->set.periods);
	status = find_columns(of, error);
	if (status == CSTN_OK)
		status = cstn__signal_book_read(&of->book, &of->signals, &of->set, &all->options,
				signals, *sink, error);
	if (status != CSTN_OK)
		return status;
	all->book = &of->book;
	status = arrange(of, error);
	return status == CSTN_OK ? value_horizons(of, error) : status;
}

static void valuing_free(valuing *of)
{
	cstn_allocator allocator = of->all.allocator;

	cstn__array_free(&allocator, &of->rows.rows);
	cstn__free(&allocator, of->order, of->set.series.count * sizeof(uint32_t));
	if (of->book.starts)
		cstn__signal_book_free(&of->book);
	cstn__series_free(&of->set);
	cstn__signals_free(&of->signals);
	cstn__free(&allocator, of, sizeof(*of));
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	struct ArrowArrayStream *signals; /* NULL or taken */
	const cstn_signal *const *declared;
	size_t n_declared;
} asked;

static cstn_status value_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	const asked *by = task->beside;
	valuing *of = object;
	cstn__row_sink *sink = NULL;
	cstn_status status;

	of->all.allocator = of->rows.allocator = of->set.allocator = of->signals.arena.allocator =
			task->memory;
	of->all.options = *(const cstn_signal_value_options *)task->options;
	status = cstn__signals_read(
			&of->signals, by->declared, by->n_declared, &task->memory, error);
	if (status == CSTN_OK)
		status = value(of, task->rows, by->signals, &sink, error);
	if (status == CSTN_OK)
		status = cstn__table_export_of(&task->memory, put_table, of, &task->made, error);
	if (status == CSTN_OK)
		status = cstn__rows_end_made(task, sink, error);
	else
		cstn__row_sink_free(sink);
	valuing_free(of);
	return status;
}

cstn_status cstn_signal_value(struct ArrowArrayStream *rows, struct ArrowArrayStream *signals,
		const cstn_signal *const *declared, size_t n_declared,
		const cstn_signal_value_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_signal_value_options",
			CSTN_SIGNAL_BY_POOL | CSTN_SIGNAL_ORIGIN_OBSERVED | CSTN_SIGNAL_POSITIONS |
					CSTN_IMPORT_TRUSTED,
			sizeof(valuing), check, value_rows};
	struct ArrowArrayStream taken = {0};
	asked by = {NULL, declared, n_declared};
	const cstn__rows_given given = {rows, options, &by, allocator, out, bad_rows};
	cstn_signal_value_options read;
	cstn_status status = CSTN_OK;

	if (signals) {
		status = cstn__stream_take(signals, "signals", &taken, error);
		by.signals = &taken;
	}
	if (status == CSTN_OK)
		status = cstn__rows_run(&call, &given, &read, sizeof(read), error);
	else if (rows && rows->release)
		rows->release(rows);
	if (taken.release)
		taken.release(&taken);
	return status;
}
