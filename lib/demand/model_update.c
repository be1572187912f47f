/* Learning of rows: by a frame, by one row, and closing of periods.
 *
 * What may fail is done first: rows are read and numbered, checked against the last period of their
 * series, and all arrays get their room. Then totals are added, periods closed if all their rows
 * are here, and every row moves its series, in the order in which rows came; nothing of that can
 * fail. The check notes in each series how far it has come, and undoes that if it fails.
 *
 * O(1) a row: a look-up of its series, its total and its state. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/text.h"
#include "demand/model.h"
#include "demand/model_keys.h"

#define LONGEST_GAP 100000
#define AHEAD 8

#define UPDATE_FLAGS                                                              \
	(CSTN_DEMAND_SORT | CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_TOTALS_ONLY | \
			CSTN_IMPORT_TRUSTED)

static cstn__demand_side *side_of(cstn_demand_model *model, const cstn__demand_row *row)
{
	return &model->sides[row->marks & CSTN__ROW_RETURNED ? CSTN__SIDE_RETURNS
							     : CSTN__SIDE_DEMAND];
}

static int is_good(const cstn__demand_row *row)
{
	return !(row->marks & CSTN__ROW_BAD);
}

/* --- order ------------------------------------------------------------------------------------ */

static int by_series(const void *a, const void *b, void *context)
{
	const cstn__demand_row *x = a, *y = b;
	unsigned int x_side = x->marks & CSTN__ROW_RETURNED, y_side = y->marks & CSTN__ROW_RETURNED;

	(void)context;
	if (x_side != y_side)
		return x_side < y_side ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void sort_rows(cstn__demand_rows *rows)
{
	size_t i;

	for (i = 1; i < rows->items.count; i++)
		if (by_series(&rows->items.items[i - 1], &rows->items.items[i], NULL) > 0)
			break;
	if (i < rows->items.count)
		cstn__sort(rows->items.items, rows->items.count, sizeof(*rows->items.items),
				by_series, NULL);
}

/* --- checking --------------------------------------------------------------------------------- */

int64_t cstn__demand_fill(
		const cstn_demand_model *model, int is_return, int64_t last, int64_t period)
{
	/* periods that are far apart may be further than an int64 says */
	uint64_t between = (uint64_t)period - (uint64_t)last - 1;

	if (!between || (model->config.gap == CSTN_GAP_MISSING && !is_return))
		return 0;
	/* no returns in a period is none, and never unknown */
	if (model->config.gap == CSTN_GAP_ERROR && !is_return)
		return -1;
	return between <= LONGEST_GAP ? (int64_t)between : -1;
}

static cstn_status check_row(
		cstn_demand_model *model, cstn__demand_rows *rows, cstn__demand_row *row)
{
	cstn__demand_series *s = &side_of(model, row)->series.items[row->key];
	int64_t fill = 0;

	if (s->flags & CSTN__SERIES_IS_THERE) {
		if (s->pool != row->pool)
			return cstn__demand_refuse(
					model, rows, row, CSTN__DEMAND_POOL, CSTN_ROW_CONFLICT);
		if (row->period <= s->last)
			return cstn__demand_refuse(model, rows, row, CSTN__DEMAND_DS,
					row->period == s->last ? CSTN_ROW_DUPLICATE
							       : CSTN_ROW_TOO_LATE);
		fill = cstn__demand_fill(
				model, row->marks & CSTN__ROW_RETURNED, s->last, row->period);
		if (fill < 0)
			return cstn__demand_refuse(model, rows, row, CSTN__DEMAND_DS, CSTN_ROW_GAP);
		row->marks |= CSTN__ROW_WAS_THERE;
		row->before = s->last;
	}
	row->fill = (uint32_t)fill;
	s->flags |= CSTN__SERIES_IS_THERE;
	s->pool = row->pool;
	s->last = row->period;
	return CSTN_OK;
}

static void undo(cstn_demand_model *model, const cstn__demand_rows *rows, size_t n)
{
	while (n--) {
		const cstn__demand_row *row = &rows->items.items[n];
		cstn__demand_series *s = &side_of(model, row)->series.items[row->key];

		if (!is_good(row))
			continue;
		if (row->marks & CSTN__ROW_WAS_THERE)
			s->last = row->before;
		else
			memset(s, 0, sizeof(*s));
	}
}

/* --- totals ----------------------------------------------------------------------------------- */

/* Whether a row counts for its pool's total. */
static int counts(const cstn_demand_model *model, const cstn__demand_row *row)
{
	return is_good(row) && !(row->marks & CSTN__ROW_RETURNED) &&
	       cstn__demand_is_learned(row->flags) &&
	       !(model->has_closed && row->period <= model->closed);
}

static int reserve_total(cstn_demand_model *model, const cstn__demand_row *row)
{
	return counts(model, row) && !cstn__pool_sum_at(model, &model->pools.items[row->pool].open,
						     row->period)
			       ? -1
			       : 0;
}

static int reserve_totals(cstn_demand_model *model, const cstn__demand_rows *rows)
{
	size_t i;

	for (i = 0; i < rows->items.count; i++)
		if (reserve_total(model, &rows->items.items[i]))
			return -1;
	return 0;
}

static void add_totals(cstn_demand_model *model, const cstn__demand_rows *rows)
{
	size_t i;

	for (i = 0; i < rows->items.count; i++) {
		const cstn__demand_row *row = &rows->items.items[i];
		cstn__pool_open *open;

		if (!counts(model, row))
			continue;
		open = cstn__pool_sum_at(model, &model->pools.items[row->pool].open, row->period);
		cstn__exact_sum_add(&open->sum, row->y);
		open->events |= row->events;
		open->rows++;
	}
}

/* --- learning --------------------------------------------------------------------------------- */

static void learn_row(cstn_demand_model *model, const cstn__demand_row *row)
{
	cstn__demand_side *side = side_of(model, row);
	int is_return = side == &model->sides[CSTN__SIDE_RETURNS];
	cstn__demand_pool *pool = &model->pools.items[row->pool];
	cstn__demand_point point = {row->period, row->before, row->y, row->limit, 1, row->flags, 0,
			0, NULL, is_return ? NULL : pool->level};
	double cold;

	if (!is_return)
		point.factor = cstn__pool_factor(
				model, pool, row->period, row->period, row->events);
	if (!is_return && pool->outcomes) {
		point.outcomes = pool->outcomes;
		point.hash = cstn__demand_key_hash(&side->keys, row->key);
	}
	if (cstn__demand_learn(model, &side->series.items[row->key],
			    cstn__demand_profile(model, side, row->key), &point, row->fill,
			    &cold) &&
			!is_return) {
		cstn__exact_sum_add(&pool->cold, cold);
		pool->cold_series++;
	}
}

static void learn_rows(cstn_demand_model *model, const cstn__demand_rows *rows)
{
	const cstn__demand_row *items = rows->items.items;
	size_t n = rows->items.count, i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&side_of(model, &items[i + AHEAD])
							    ->series.items[items[i + AHEAD].key],
					1);
		if (!is_good(&items[i]))
			continue;
		learn_row(model, &items[i]);
		model->pools.items[items[i].pool].is_there = 1;
	}
}

/* Pools that rows name are there. */
static void note_pools(cstn_demand_model *model, const cstn__demand_rows *rows)
{
	size_t i;

	for (i = 0; i < rows->items.count; i++)
		if (is_good(&rows->items.items[i]))
			model->pools.items[rows->items.items[i].pool].is_there = 1;
}

/* What rows up to a period have come to. */
static void note(cstn_demand_model *model, int64_t last)
{
	size_t i;

	for (i = 0; i < model->pools.count; i++)
		if (model->pools.items[i].level)
			cstn__level_settle(model->pools.items[i].level);
	if (!model->has_latest || last > model->latest)
		model->latest = last;
	model->has_latest = 1;
	model->version++;
}

/* The last period of good rows; 0: there is none. */
static int last_period(const cstn__demand_rows *rows, int64_t *out)
{
	int any = 0;
	size_t i;

	for (i = 0; i < rows->items.count; i++) {
		const cstn__demand_row *row = &rows->items.items[i];

		if (is_good(row) && (!any || row->period > *out))
			*out = row->period;
		any |= is_good(row);
	}
	return any;
}

/* What was left out is copied before anything is learned: then nothing can fail any more. */
static cstn_status seal(cstn__demand_rows *rows)
{
	return rows->sink ? cstn__row_sink_finish(rows->sink, &rows->bad, NULL) : CSTN_OK;
}

/* --- the steps of an update ------------------------------------------------------------------- */

static cstn_status take_in_order(cstn_demand_model *model, cstn__demand_rows *rows, uint32_t flags,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t last = 0;
	int any = 0;
	size_t i;

	for (i = 0; i < rows->items.count && status == CSTN_OK; i++) {
		cstn__demand_row *row = &rows->items.items[i];

		status = check_row(model, rows, row);
		if (status == CSTN_OK && reserve_total(model, row))
			status = CSTN_E_NOMEM;
		if (is_good(row) && (!any || row->period > last))
			last = row->period;
		any |= is_good(row);
	}
	if (status == CSTN_OK && !any && seal(rows) == CSTN_OK)
		return CSTN_OK;
	if (status == CSTN_OK && flags & CSTN_DEMAND_WHOLE_PERIODS &&
			cstn__pools_close_reserve(model, last))
		status = CSTN_E_NOMEM;
	if (status == CSTN_OK)
		status = seal(rows);
	if (status != CSTN_OK) {
		undo(model, rows, i);
		return cstn__fail_nomem(error);
	}
	add_totals(model, rows);
	if (flags & CSTN_DEMAND_WHOLE_PERIODS)
		cstn__pools_close(model, last);
	learn_rows(model, rows);
	cstn__pools_trim(model);
	note(model, last);
	return CSTN_OK;
}

static cstn_status take_totals(
		cstn_demand_model *model, cstn__demand_rows *rows, cstn_error **error)
{
	int64_t last = 0;

	if (reserve_totals(model, rows) || seal(rows) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (!last_period(rows, &last))
		return CSTN_OK;
	add_totals(model, rows);
	note_pools(model, rows);
	note(model, last);
	return CSTN_OK;
}

static cstn_status take_replayed(cstn_demand_model *model, cstn__demand_rows *rows, uint32_t flags,
		cstn_error **error)
{
	cstn__demand_replay *replay = NULL;
	int64_t last = 0;
	cstn_status status = cstn__demand_replay_stage(model, rows, &replay, error);
	int any = status == CSTN_OK && last_period(rows, &last);
	int whole = any && flags & CSTN_DEMAND_WHOLE_PERIODS;

	if (status != CSTN_OK)
		return status;
	if ((whole && cstn__pools_close_reserve(model, last)) || seal(rows) != CSTN_OK) {
		cstn__demand_replay_free(model, replay);
		return cstn__fail_nomem(error);
	}
	cstn__demand_replay_totals(model, replay);
	if (whole)
		cstn__pools_close(model, last);
	cstn__demand_replay_commit(model, replay);
	cstn__pools_trim(model);
	if (!any)
		return CSTN_OK;
	note_pools(model, rows);
	note(model, last);
	return CSTN_OK;
}

static cstn_status take(cstn_demand_model *model, cstn__demand_rows *rows, uint32_t flags,
		cstn_error **error)
{
	int side, failed = cstn__demand_pools_reserve(model);

	if (!rows->items.count)
		return seal(rows) == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
	if (flags & CSTN_DEMAND_SORT)
		sort_rows(rows);
	for (side = 0; side < CSTN__SIDES && !failed && !(flags & CSTN_DEMAND_TOTALS_ONLY); side++)
		failed = cstn__demand_side_reserve(model, &model->sides[side]);
	if (failed)
		return cstn__fail_nomem(error);
	if (flags & CSTN_DEMAND_TOTALS_ONLY)
		return take_totals(model, rows, error);
	if (model->config.flags & CSTN_DEMAND_REPLAY)
		return take_replayed(model, rows, flags, error);
	return take_in_order(model, rows, flags, error);
}

/* --- a frame ---------------------------------------------------------------------------------- */

static cstn_status update(void *to, struct ArrowArrayStream *stream, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_demand_update_options *options = given;
	cstn_demand_model *model = to;
	cstn__demand_rows rows;
	uint64_t left_out = 0;
	cstn_status status;

	if (options->flags & CSTN_DEMAND_TOTALS_ONLY && options->flags & CSTN_DEMAND_WHOLE_PERIODS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"CSTN_DEMAND_TOTALS_ONLY and CSTN_DEMAND_WHOLE_PERIODS exclude "
				"each other");
	memset(&rows, 0, sizeof(rows));
	status = cstn__demand_rows_read(model, stream, options, &rows, error);
	if (status == CSTN_OK)
		status = take(model, &rows, options->flags, error);
	if (status == CSTN_OK)
		left_out = cstn__row_sink_total(rows.sink);
	cstn__row_sink_free(rows.sink);
	cstn__array_free(&model->allocator, &rows.items);
	if (!model->has_latest)
		cstn__demand_model_clear(model);
	return cstn__rows_left_out(status, rows.bad, left_out, bad_rows, error);
}

cstn_status cstn_demand_model_update(cstn_demand_model *model, struct ArrowArrayStream *rows,
		const cstn_demand_update_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "model", model, options, "cstn_demand_update_options",
			UPDATE_FLAGS, update};
	cstn_demand_update_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

/* --- one row ---------------------------------------------------------------------------------- */

static cstn_status name_row(cstn_demand_model *model, const cstn_demand_observation *given,
		cstn__demand_row *row, cstn_error **error)
{
	int at = row->marks & CSTN__ROW_RETURNED ? CSTN__SIDE_RETURNS : CSTN__SIDE_DEMAND;
	cstn_status status = cstn__demand_name_one(&model->sides[at].keys, "key", given->key,
			given->key_len, given->key_number, &row->key, error);

	/* both sides have keys of one type */
	if (status == CSTN_OK)
		status = cstn__demand_take_type(
				&model->sides[!at].keys, model->sides[at].keys.type, "key", error);
	if (status == CSTN_OK && model->config.pool)
		status = cstn__demand_name_one(&model->pool_ids, "pool", given->pool,
				given->pool_len, given->pool_number, &row->pool, error);
	return status;
}

static cstn_status refused(const cstn_demand_model *model, const cstn_demand_observation *given,
		const cstn__demand_rows *rows, cstn_error **error)
{
	const char *field = cstn__demand_field_name(model, rows->field);
	const char *rule = cstn__row_code_rule(rows->code);
	char key[CSTN__IDS_TEXT_MOST];
	size_t len;

	if (!given->key)
		return cstn__fail(error, CSTN_E_ROWS, "series %" PRId64 ", %s: %s",
				given->key_number, field, rule);
	len = cstn__text_clean(given->key, given->key_len, key, sizeof(key));
	return cstn__fail(error, CSTN_E_ROWS, "series '%.*s', %s: %s", (int)len, key, field, rule);
}

static int32_t type_of_one(const cstn_demand_model *model)
{
	if (model->periods.type)
		return model->periods.type;
	return model->config.period == CSTN_PERIOD_NUMBER ? CSTN_TYPE_INT64
	       : model->config.period == CSTN_PERIOD_HOUR ? CSTN_TYPE_TIME
							  : CSTN_TYPE_DAYS;
}

static cstn_status update_one(
		cstn_demand_model *model, const cstn_demand_observation *given, cstn_error **error)
{
	cstn__demand_row row;
	cstn__demand_rows rows = {{&row, 1, 1}, NULL, NULL, 0, 0};
	cstn_status status = cstn__demand_model_settle(model, type_of_one(model), error);

	if (status != CSTN_OK)
		return status;
	memset(&row, 0, sizeof(row));
	row.y = given->y;
	row.limit = given->limit;
	row.flags = (uint16_t)(given->row_flags < 0 || given->row_flags > UINT16_MAX
					       ? UINT16_MAX
					       : given->row_flags);
	row.events = (uint8_t)given->events;
	if (given->events >> model->config.n_events)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"events is %#x, but %d are configured", given->events,
				model->config.n_events);
	rows.field = CSTN__DEMAND_DS;
	rows.code = cstn__demand_period(&model->periods, given->ds, &row.period);
	if (!rows.code)
		rows.code = cstn__demand_row_check(model, &row,
				(given->flags & CSTN_DEMAND_HAS_LIMIT) != 0, &rows.field);
	if (rows.code)
		return refused(model, given, &rows, error);
	row.available_us = given->flags & CSTN_DEMAND_HAS_AVAILABLE
					   ? given->available_us
					   : cstn__demand_available(model, row.period);
	status = name_row(model, given, &row, error);
	if (status == CSTN_OK)
		status = take(model, &rows, 0, error);
	if (status == CSTN_OK && rows.code)
		return refused(model, given, &rows, error);
	return status;
}

cstn_status cstn_demand_model_update_one(
		cstn_demand_model *model, const cstn_demand_observation *row, cstn_error **error)
{
	cstn_demand_observation read;
	cstn_status status;

	if (!model || !row)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "row" : "model");
	status = cstn__options_read(row, sizeof(read), sizeof(read),
			CSTN_DEMAND_HAS_LIMIT | CSTN_DEMAND_HAS_AVAILABLE,
			"cstn_demand_observation", &read, error);
	if (status != CSTN_OK)
		return status;
	status = update_one(model, &read, error);
	if (!model->has_latest)
		cstn__demand_model_clear(model);
	return status;
}

/* --- closing ---------------------------------------------------------------------------------- */

cstn_status cstn_demand_model_close_period(cstn_demand_model *model, int64_t ds, cstn_error **error)
{
	int64_t period;

	if (!model)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "model is NULL");
	if (!model->has_latest)
		return cstn__fail(error, CSTN_E_STATE, "the model has no rows, so no periods");
	if (cstn__demand_period(&model->periods, ds, &period))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "no period starts at %" PRId64, ds);
	if (model->has_closed && period <= model->closed)
		return CSTN_OK;
	if (cstn__pools_close_reserve(model, period))
		return cstn__fail_nomem(error);
	cstn__pools_close(model, period);
	cstn__pools_trim(model);
	model->version++;
	return CSTN_OK;
}
