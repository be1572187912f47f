/* Reading rows of orders for states that count them: blocks of 1,024 rows are read column by
 * column, customers numbered with their table's lines loaded ahead, and handed to the state, which
 * applies them row by row.
 *
 * What rows have in common (type of ids, decimals, currency) must be that of the rows before; a
 * second currency ends the reading, since it is no property of one row. */
#include "segment/order_rows.h"

#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "base/civil.h"

enum {
	COL_CUSTOMER,
	COL_DAY,
	COL_VALUE,
	COL_QUANTITY,
	COL_CANCELLED,
	COL_CURRENCY,
	COL_ORDER,
	COL_ITEM,
	COL_FIRST_DAY,
	COL_COUNT
};

static const cstn__column_decl columns[COL_COUNT] = {
		[COL_CUSTOMER] = {"customer", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[COL_DAY] = {"day", CSTN__ACCEPT_TIME, -1, 1, 0, 0, 0},
		[COL_VALUE] = {"value", CSTN__ACCEPT_QUANTITY, -1, 0, 0, 0, 0},
		[COL_QUANTITY] = {"quantity", CSTN__ACCEPT_QUANTITY, -1, 0, 0, 0, 0},
		[COL_CANCELLED] = {"cancelled", CSTN__ACCEPT(CSTN_TYPE_FLAG), -1, 0, 0, 0, 0},
		[COL_CURRENCY] = {"currency", CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 0, 0, 0, 0},
		[COL_ORDER] = {"order", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[COL_ITEM] = {"item", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[COL_FIRST_DAY] = {"first_purchase_day", CSTN__ACCEPT_TIME, -1, 0, 1, 0, 0},
};

typedef struct reading {
	const cstn__order_reader *reader;
	cstn__bound *bound;
	cstn__row_sink *sink;
	cstn__order_block *block;
	int at[COL_COUNT]; /* where a column was declared; -1 not asked for */
	int32_t is_time, first_is_time, has[COL_COUNT];
	/* of the block that is read */
	const cstn__batch *batch;
	int64_t start;
	uint64_t first_row;
} reading;

void cstn__order_kind_init(cstn__order_kind *kind)
{
	memset(kind, 0, sizeof(*kind));
	kind->scale = kind->quantity_scale = -1;
}

cstn_status cstn__order_kind_check(
		const cstn__order_kind *a, const cstn__order_kind *b, cstn_error **error)
{
	if (a->scale >= 0 && b->scale >= 0 && a->scale != b->scale)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"values have %d decimals in one state and %d in the other",
				a->scale, b->scale);
	if (a->quantity_scale >= 0 && b->quantity_scale >= 0 &&
			a->quantity_scale != b->quantity_scale)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"quantities have %d decimals in one state and %d in the other",
				a->quantity_scale, b->quantity_scale);
	if (a->currency[0] && b->currency[0] && strcmp(a->currency, b->currency) != 0)
		return cstn__fail(error, CSTN_E_CURRENCY,
				"values are in %s in one state and in %s in the other", a->currency,
				b->currency);
	return CSTN_OK;
}

void cstn__order_kind_learn(cstn__order_kind *into, const cstn__order_kind *from)
{
	if (into->scale < 0)
		into->scale = from->scale;
	if (into->quantity_scale < 0)
		into->quantity_scale = from->quantity_scale;
	if (!into->currency[0])
		memcpy(into->currency, from->currency, sizeof(into->currency));
}

/* --- a block ---------------------------------------------------------------------------------- */

static const cstn__column *column_of(const reading *run, int column)
{
	return &run->batch->columns[run->at[column]];
}

static cstn_status read_column(reading *run, cstn__order_block *block, int column, int64_t *out)
{
	if (!run->has[column]) {
		memset(out, 0, (size_t)block->n * sizeof(*out));
		return CSTN_OK;
	}
	return cstn__column_read_i64(column_of(run, column), run->start, block->n, run->first_row,
			out, block->flag, block->bad, run->sink);
}

static cstn_status check_currency(reading *run, cstn__order_block *block, cstn_error **error)
{
	const cstn__column *column = column_of(run, COL_CURRENCY);
	char *currency = run->reader->kind->currency;
	cstn_status status = cstn__column_check_text(
			column, run->start, block->n, run->first_row, block->bad, run->sink);
	const char *text;
	size_t len;
	int32_t i;

	for (i = 0; i < block->n && status == CSTN_OK; i++) {
		uint64_t row = run->first_row + (uint64_t)(run->start + i);

		if (cstn__word_bit_get(block->bad, (size_t)i) ||
				cstn__column_read_text(column, run->start + i, &text, &len))
			continue;
		if (len == 0 || len > CSTN__CURRENCY_MOST) {
			cstn__word_bit_set(block->bad, (size_t)i);
			status = cstn__row_sink_add(run->sink, row, column->field, column->name,
					CSTN_ROW_UNIT, text, len);
		} else if (!currency[0]) {
			memcpy(currency, text, len);
		} else if (strlen(currency) != len || memcmp(currency, text, len) != 0) {
			return cstn__fail(error, CSTN_E_CURRENCY,
					"row %" PRIu64 " is in %.*s, rows before it are in %s; one "
					"currency a state",
					row, (int)len, text, currency);
		}
	}
	return status;
}

/* After what else makes rows bad, so that the id of a bad row is not kept. */
static cstn_status read_ids(reading *run, cstn__order_block *block)
{
	const cstn__order_reader *reader = run->reader;
	const struct {
		int column;
		int64_t limit;
		cstn__ids *ids;
		uint32_t *out;
	} keys[] = {{COL_CUSTOMER, reader->limit, reader->customers, block->customer},
			{COL_ORDER, 0, reader->orders, block->order},
			{COL_ITEM, 0, reader->items, block->item}};
	cstn_status status = CSTN_OK;
	size_t k;

	for (k = 0; k < 3 && status == CSTN_OK; k++) {
		cstn__id_rows rows = {NULL, run->start, block->n, run->first_row, keys[k].limit,
				block->bad, run->sink};

		if (!keys[k].ids)
			continue;
		rows.column = column_of(run, keys[k].column);
		status = cstn__ids_read(keys[k].ids, &rows, keys[k].out);
	}
	return status;
}

static cstn_status read_block(reading *run, cstn__order_block *block, cstn_error **error)
{
	cstn_status status;
	int32_t i;

	memset(block->bad, 0, sizeof(block->bad));
	status = read_column(run, block, COL_DAY, block->day);
	if (status == CSTN_OK)
		status = read_column(run, block, COL_VALUE, block->value);
	if (status == CSTN_OK && block->has_quantity)
		status = read_column(run, block, COL_QUANTITY, block->quantity);
	memset(block->cancelled, 0, (size_t)block->n);
	if (status == CSTN_OK && run->has[COL_CANCELLED]) {
		status = read_column(run, block, COL_CANCELLED, block->other);
		for (i = 0; i < block->n; i++)
			block->cancelled[i] = block->other[i] != 0;
	}
	if (status == CSTN_OK && block->has_first_day)
		status = cstn__column_read_i64(column_of(run, COL_FIRST_DAY), run->start, block->n,
				run->first_row, block->first_day, block->first_valid, block->bad,
				run->sink);
	if (status == CSTN_OK && run->has[COL_CURRENCY])
		status = check_currency(run, block, error);
	return status == CSTN_OK ? read_ids(run, block) : status;
}

static void to_days(const reading *run, int64_t *day, int32_t n)
{
	int64_t offset = (int64_t)run->reader->utc_offset_minutes * 60 * 1000000, local;
	int32_t i;

	for (i = 0; i < n; i++)
		/* at the ends of int64 the day stays that of UTC */
		day[i] = cstn__day_of_us(cstn__add_i64(day[i], offset, &local) ? day[i] : local);
}

/* --- all rows --------------------------------------------------------------------------------- */

static cstn_status run_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	cstn__order_block *block = run->block;
	cstn_status status;

	run->batch = batch;
	run->first_row = batch->first_row;
	run->start = start;
	block->n = n;
	status = read_block(run, block, error);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status != CSTN_OK)
		return status;
	if (run->is_time)
		to_days(run, block->day, n);
	if (run->first_is_time)
		to_days(run, block->first_day, n);
	return run->reader->apply(run->reader->context, block, error);
}

static cstn_status run_stream(reading *run, struct ArrowArrayStream *lines, cstn_error **error)
{
	const cstn_allocator *allocator = &run->reader->customers->allocator;
	cstn_status status;

	run->block = cstn__alloc(allocator, sizeof(*run->block));
	if (!run->block)
		return cstn__fail_nomem(error);
	run->block->has_quantity = run->has[COL_QUANTITY];
	run->block->has_first_day = run->has[COL_FIRST_DAY];
	status = cstn__bound_each(run->bound, lines, run_block, run, run->reader->progress, error);
	cstn__free(allocator, run->block, sizeof(*run->block));
	return status;
}

/* --- binding ---------------------------------------------------------------------------------- */

static cstn_status check_scale(
		const reading *run, int column, int32_t seen, int32_t *scale, cstn_error **error)
{
	int32_t found = run->has[column] && !cstn__bound_is_null(
							    run->bound, (size_t)run->at[column])
					? cstn__bound_scale(run->bound, (size_t)run->at[column])
					: -1;

	if (seen >= 0 && found >= 0 && found != seen)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column '%s' has %d decimals here, %d in the rows before; set the "
				"binding's scale",
				columns[column].name, found, seen);
	*scale = found >= 0 ? found : *scale;
	return CSTN_OK;
}

static cstn_status check_type(const reading *run, int column, const cstn__ids *seen, cstn__ids *ids,
		cstn_error **error)
{
	int32_t type;

	if (!ids)
		return CSTN_OK;
	type = cstn__bound_type(run->bound, (size_t)run->at[column]);
	if (seen && seen->type && seen->type != type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column '%s' is %s here, %s in the rows before",
				columns[column].name, cstn_type_name(type),
				cstn_type_name(seen->type));
	if (seen && seen->dense && type != CSTN_TYPE_INT64)
		return cstn__fail(error, CSTN_E_SCHEMA, "column '%s' is %s; dense ids are integers",
				columns[column].name, cstn_type_name(type));
	ids->type = type;
	return CSTN_OK;
}

static cstn_status declare_and_bind(
		reading *run, struct ArrowArrayStream *lines, cstn_error **error)
{
	const cstn__order_reader *reader = run->reader;
	cstn__column_decl decls[COL_COUNT];
	size_t n = 0;
	int column;
	cstn_status status;

	for (column = 0; column < COL_COUNT; column++) {
		int asked = column == COL_ORDER       ? reader->orders != NULL
			    : column == COL_ITEM      ? reader->items != NULL
			    : column == COL_FIRST_DAY ? reader->wants_first_day
						      : 1;

		run->at[column] = asked ? (int)n : -1;
		if (!asked)
			continue;
		decls[n] = columns[column];
		if (column == COL_QUANTITY && reader->items)
			decls[n].required = 1;
		n++;
	}
	status = cstn__bind_stream(lines, decls, n, reader->binding, &reader->customers->allocator,
			&run->bound, error);
	if (status != CSTN_OK)
		return status;
	if (reader->flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(run->bound);
	for (column = 0; column < COL_COUNT; column++)
		run->has[column] = run->at[column] >= 0 &&
				   cstn__bound_has(run->bound, (size_t)run->at[column]);
	run->is_time = cstn__bound_type(run->bound, (size_t)run->at[COL_DAY]) == CSTN_TYPE_TIME;
	run->first_is_time = run->has[COL_FIRST_DAY] &&
			     cstn__bound_type(run->bound, (size_t)run->at[COL_FIRST_DAY]) ==
					     CSTN_TYPE_TIME;
	return CSTN_OK;
}

cstn_status cstn__order_rows_read(const cstn__order_reader *reader,
		const cstn__order_kind *seen_kind, const cstn__ids *const seen[3],
		struct ArrowArrayStream *lines, cstn_row_errors **bad_rows, uint64_t *left_out,
		cstn_error **error)
{
	cstn__order_kind *kind = reader->kind;
	cstn_row_errors *rows = NULL;
	reading run;
	cstn_status status;

	memset(&run, 0, sizeof(run));
	run.reader = reader;
	status = declare_and_bind(&run, lines, error);
	if (status == CSTN_OK)
		status = check_type(&run, COL_CUSTOMER, seen[0], reader->customers, error);
	if (status == CSTN_OK)
		status = check_type(&run, COL_ORDER, seen[1], reader->orders, error);
	if (status == CSTN_OK)
		status = check_type(&run, COL_ITEM, seen[2], reader->items, error);
	if (status == CSTN_OK)
		status = check_scale(&run, COL_VALUE, seen_kind->scale, &kind->scale, error);
	if (status == CSTN_OK && reader->wants_quantity_scale)
		status = check_scale(&run, COL_QUANTITY, seen_kind->quantity_scale,
				&kind->quantity_scale, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_new(&reader->customers->allocator, &run.sink, error);
	if (status == CSTN_OK)
		status = run_stream(&run, lines, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run.sink, &rows, error);
	if (status == CSTN_OK) {
		*left_out = cstn__row_sink_total(run.sink);
		if (bad_rows)
			*bad_rows = rows;
	}
	cstn__row_sink_free(run.sink);
	cstn__bound_free(run.bound);
	return status;
}
