/* Rows of a frame on their way into a demand model: bound, checked one by one, and numbered by key,
 * pool and period. Keys and pools are named in the model, which otherwise stays as it is. 64 bytes
 * a row, O(rows). */
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "base/error.h"
#include "demand/model.h"
#include "demand/model_keys.h"

#define BLOCK CSTN__BLOCK_ROWS
#define COLUMNS_MOST (CSTN__DEMAND_EVENT + CSTN_DEMAND_EVENTS_MOST)
#define NUMBER                                                            \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))
#define KNOWN_FLAGS                                                                                \
	(CSTN_DEMAND_STOCK_OUT | CSTN_DEMAND_CLOSED | CSTN_DEMAND_RETURN | CSTN_DEMAND_ESTIMATED | \
			CSTN_DEMAND_EXCEPTIONAL)

static const cstn__column_decl fixed[CSTN__DEMAND_POOL] = {
		[CSTN__DEMAND_ID] = {"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[CSTN__DEMAND_DS] = {"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1,
				0, 0, 0},
		[CSTN__DEMAND_Y] = {"y", NUMBER, -1, 1, 0, 0, 0},
		[CSTN__DEMAND_FLAGS] = {"flags", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 1, 0, 0},
		[CSTN__DEMAND_LIMIT] = {"limit", NUMBER, -1, 0, 1, 0, 0},
		[CSTN__DEMAND_AVAILABLE] = {"available_us",
				CSTN__ACCEPT(CSTN_TYPE_TIME) | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0,
				1, 0, 0},
};

typedef struct frame {
	cstn_demand_model *model;
	cstn__demand_rows *rows;
	cstn__periods periods;     /* of this frame's `ds` */
	int32_t pool_at, event_at; /* columns; of no pool -1 */
	int32_t has_ds, code;      /* of the last `ds`, which most rows share */
	int64_t ds, period, available_us;
} frame;

typedef struct block {
	uint32_t key[BLOCK], pool[BLOCK];
	int64_t ds[BLOCK], flags[BLOCK], available[BLOCK], event[BLOCK];
	double y[BLOCK], limit[BLOCK];
	uint8_t events[BLOCK];
	uint64_t valid[BLOCK / 64], limited[BLOCK / 64], known[BLOCK / 64], bad[BLOCK / 64];
} block;

const char *cstn__demand_field_name(const cstn_demand_model *model, int32_t field)
{
	if (field < CSTN__DEMAND_POOL)
		return fixed[field].name;
	if (field == CSTN__DEMAND_POOL)
		return model->config.pool ? model->config.pool : "pool";
	return model->events[field - CSTN__DEMAND_EVENT];
}

cstn_status cstn__demand_refuse(const cstn_demand_model *model, cstn__demand_rows *rows,
		cstn__demand_row *row, int32_t field, int32_t code)
{
	int side = row->marks & CSTN__ROW_RETURNED ? CSTN__SIDE_RETURNS : CSTN__SIDE_DEMAND;

	row->marks |= CSTN__ROW_BAD;
	if (rows->sink)
		return cstn__ids_refuse(&model->sides[side].keys, row->key, rows->sink, row->row,
				field, cstn__demand_field_name(model, field), code);
	rows->code = code;
	rows->field = field;
	return CSTN_OK;
}

/* --- one row ---------------------------------------------------------------------------------- */

int64_t cstn__demand_available(const cstn_demand_model *model, int64_t period)
{
	cstn__periods periods = model->periods;
	int64_t end;

	if (periods.period == CSTN_PERIOD_NUMBER)
		return period;
	if (periods.type == CSTN_TYPE_DAYS)
		periods.type = CSTN_TYPE_TIME;
	if (period == INT64_MAX || cstn__period_start(&periods, period + 1, &end) ||
			cstn__add_i64(end, model->config.latency_us, &end))
		return INT64_MAX;
	return end;
}

int32_t cstn__demand_period(const cstn__periods *periods, int64_t ds, int64_t *out)
{
	if (cstn__period_number(periods, ds, out))
		return CSTN_ROW_PERIOD;
	return *out < -CSTN__DEMAND_PERIOD_MOST || *out > CSTN__DEMAND_PERIOD_MOST ? CSTN_ROW_RANGE
										   : 0;
}

int32_t cstn__demand_row_check(const cstn_demand_model *model, cstn__demand_row *row, int has_limit,
		int32_t *field)
{
	*field = CSTN__DEMAND_FLAGS;
	if (row->flags & ~KNOWN_FLAGS)
		return CSTN_ROW_VALUE;
	*field = CSTN__DEMAND_Y;
	if (!(fabs(row->y) <= CSTN__DEMAND_LARGEST))
		return isnan(row->y) ? CSTN_ROW_NAN : CSTN_ROW_RANGE;
	if (row->y < 0 && !(row->flags & CSTN_DEMAND_RETURN))
		return CSTN_ROW_NEGATIVE;
	*field = CSTN__DEMAND_LIMIT;
	if (has_limit && !(fabs(row->limit) <= CSTN__DEMAND_LARGEST))
		return isnan(row->limit) ? CSTN_ROW_NAN : CSTN_ROW_RANGE;
	if (has_limit && row->limit < 0)
		return CSTN_ROW_NEGATIVE;
	row->y = fabs(row->y);
	if (!has_limit)
		row->limit = row->y;
	if (row->flags & CSTN_DEMAND_STOCK_OUT && has_limit && !(row->limit > 0))
		row->flags |= CSTN_DEMAND_CLOSED;
	if (row->flags & CSTN_DEMAND_RETURN &&
			model->config.returns == CSTN_DEMAND_RETURNS_SEPARATE)
		row->marks |= CSTN__ROW_RETURNED;
	return 0;
}

/* --- blocks ----------------------------------------------------------------------------------- */

static cstn_status read_pool(frame *f, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	cstn__id_rows ids = {NULL, start, n, batch->first_row, 0, b->bad, f->rows->sink};

	memset(b->pool, 0, (size_t)n * sizeof(*b->pool));
	if (f->pool_at < 0)
		return CSTN_OK;
	ids.column = &batch->columns[f->pool_at];
	return cstn__ids_read(&f->model->pool_ids, &ids, b->pool);
}

static cstn_status read_events(
		frame *f, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	uint64_t first_row = batch->first_row + (uint64_t)start;
	cstn_status status = CSTN_OK;
	int32_t e, i;

	memset(b->events, 0, (size_t)n);
	for (e = 0; e < f->model->config.n_events && status == CSTN_OK; e++) {
		const cstn__column *column = &batch->columns[f->event_at + e];

		status = cstn__column_read_i64(column, start, n, batch->first_row, b->event,
				b->valid, b->bad, f->rows->sink);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			if (cstn__word_bit_get(b->bad, (size_t)i))
				continue;
			if (b->event[i] == 0 || b->event[i] == 1) {
				b->events[i] |= (uint8_t)(b->event[i] << e);
				continue;
			}
			cstn__word_bit_set(b->bad, (size_t)i);
			status = cstn__row_sink_add(f->rows->sink, first_row + (uint64_t)i,
					column->field, column->name, CSTN_ROW_VALUE, NULL, 0);
		}
	}
	return status;
}

static cstn_status read_values(
		frame *f, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	const cstn__column *columns = batch->columns;
	cstn__id_rows ids = {&columns[CSTN__DEMAND_ID], start, n, batch->first_row, 0, b->bad,
			f->rows->sink};
	uint64_t first = batch->first_row;
	cstn__row_sink *sink = f->rows->sink;
	cstn_status status = cstn__ids_read(&f->model->sides[CSTN__SIDE_DEMAND].keys, &ids, b->key);

	if (status == CSTN_OK)
		status = cstn__column_read_i64(&columns[CSTN__DEMAND_DS], start, n, first, b->ds,
				b->valid, b->bad, sink);
	if (status == CSTN_OK)
		status = cstn__column_read_f64(&columns[CSTN__DEMAND_Y], start, n, first, b->y,
				b->valid, b->bad, sink);
	if (status == CSTN_OK)
		status = cstn__column_read_i64(&columns[CSTN__DEMAND_FLAGS], start, n, first,
				b->flags, b->valid, b->bad, sink);
	if (status == CSTN_OK)
		status = cstn__column_read_f64(&columns[CSTN__DEMAND_LIMIT], start, n, first,
				b->limit, b->limited, b->bad, sink);
	if (status == CSTN_OK)
		status = cstn__column_read_i64(&columns[CSTN__DEMAND_AVAILABLE], start, n, first,
				b->available, b->known, b->bad, sink);
	if (status == CSTN_OK)
		status = read_pool(f, batch, start, n, b);
	return status == CSTN_OK ? read_events(f, batch, start, n, b) : status;
}

/* The period of a row, and when it is known if nobody says. */
static int32_t period_of(frame *f, int64_t ds)
{
	if (f->has_ds && f->ds == ds)
		return f->code;
	f->has_ds = 1;
	f->ds = ds;
	f->code = cstn__demand_period(&f->periods, ds, &f->period);
	if (!f->code)
		f->available_us = cstn__demand_available(f->model, f->period);
	return f->code;
}

static cstn_status keep_row(frame *f, const block *b, size_t i, uint64_t number)
{
	cstn_demand_model *model = f->model;
	int has_limit = cstn__word_bit_get(b->limited, i) != 0;
	cstn__demand_row row = {.row = number,
			.key = b->key[i],
			.pool = b->pool[i],
			.y = b->y[i],
			.limit = b->limit[i],
			.events = b->events[i]};
	int32_t field = CSTN__DEMAND_DS, code;

	row.flags = (uint16_t)(b->flags[i] < 0 || b->flags[i] > KNOWN_FLAGS ? UINT16_MAX
									    : b->flags[i]);
	code = period_of(f, b->ds[i]);
	row.period = f->period;
	if (!code)
		code = cstn__demand_row_check(model, &row, has_limit, &field);
	if (code)
		return cstn__row_sink_add(f->rows->sink, number, field,
				cstn__demand_field_name(model, field), code, NULL, 0);
	row.available_us = cstn__word_bit_get(b->known, i) ? b->available[i] : f->available_us;
	if (row.marks & CSTN__ROW_RETURNED) {
		row.key = cstn__ids_same(&model->sides[CSTN__SIDE_RETURNS].keys,
				&model->sides[CSTN__SIDE_DEMAND].keys, row.key);
		if (row.key == CSTN__IDS_NONE)
			return CSTN_E_NOMEM;
	}
	f->rows->items.items[f->rows->items.count++] = row;
	return CSTN_OK;
}

/* Room for a block of rows, and for the rest of its batch: 64 bytes a row are many pages. */
static int reserve_rows(frame *f, const cstn__batch *batch, int64_t start, int32_t n)
{
	size_t had = f->rows->items.capacity;

	if ((size_t)n <= had - f->rows->items.count)
		return 0;
	if (cstn__array_reserve(
			    &f->model->allocator, &f->rows->items, (size_t)(batch->length - start)))
		return -1;
	cstn__will_be_filled(f->rows->items.items + had,
			(f->rows->items.capacity - had) * sizeof(*f->rows->items.items));
	return 0;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	frame *f = context;
	cstn_status status;
	int32_t i;
	block b;

	memset(b.bad, 0, sizeof(b.bad));
	status = read_values(f, batch, start, n, &b);
	if (status == CSTN_OK && reserve_rows(f, batch, start, n))
		status = CSTN_E_NOMEM;
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (!cstn__word_bit_get(b.bad, (size_t)i))
			status = keep_row(
					f, &b, (size_t)i, batch->first_row + (uint64_t)(start + i));
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- the frame -------------------------------------------------------------------------------- */

static size_t declare(frame *f, cstn__column_decl decls[COLUMNS_MOST])
{
	const cstn_demand_model *model = f->model;
	size_t n = CSTN__DEMAND_POOL;
	int32_t e;

	memcpy(decls, fixed, sizeof(fixed));
	f->pool_at = -1;
	if (model->config.pool) {
		f->pool_at = (int32_t)n;
		decls[n++] = (cstn__column_decl){
				model->config.pool, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	}
	f->event_at = (int32_t)n;
	for (e = 0; e < model->config.n_events; e++)
		decls[n++] = (cstn__column_decl){model->events[e],
				CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_FLAG), -1, 1,
				0, 0, 0};
	return n;
}

static cstn_status take_types(frame *f, const cstn__bound *bound, cstn_error **error)
{
	cstn_demand_model *model = f->model;
	int32_t type = cstn__bound_type(bound, CSTN__DEMAND_DS), key, side;
	cstn_status status = cstn__demand_model_settle(model, type, error);

	key = cstn__bound_type(bound, CSTN__DEMAND_ID);
	for (side = 0; side < CSTN__SIDES && status == CSTN_OK; side++)
		status = cstn__demand_take_type(&model->sides[side].keys, key, "unique_id", error);
	if (status == CSTN_OK && f->pool_at >= 0)
		status = cstn__demand_take_type(&model->pool_ids,
				cstn__bound_type(bound, (size_t)f->pool_at), model->config.pool,
				error);
	f->periods = model->periods;
	f->periods.type = type;
	return status;
}

cstn_status cstn__demand_rows_read(cstn_demand_model *model, struct ArrowArrayStream *rows,
		const cstn_demand_update_options *options, cstn__demand_rows *out,
		cstn_error **error)
{
	cstn__column_decl decls[COLUMNS_MOST];
	frame f = {.model = model, .rows = out};
	size_t n = declare(&f, decls);
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(rows, decls, n, options->binding, options->flags,
			&model->allocator, &bound, &out->sink, error);

	if (status != CSTN_OK)
		return status;
	cstn__bound_name_rows(bound, CSTN__DEMAND_ID, out->sink);
	status = take_types(&f, bound, error);
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, read_block, &f, options->progress, error);
	cstn__bound_free(bound);
	return status;
}
