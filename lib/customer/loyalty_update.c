/* Reading rows into a state of loyalty: blocks of 1,024 rows, column by column, into a state of the
 * update's own, which is merged into the caller's when the stream has ended well. Rows that break a
 * rule are told and left out. Cost: one pass. */
#include <string.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "base/error.h"
#include "customer/interaction.h"
#include "customer/loyalty_state.h"
#include "table/column.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define COLUMNS_MOST 10

/* Columns of evidence; the first two are those of purchases too. */
enum { CUSTOMER, VALID, SOURCE, NUMBER, SCALE_MIN, SCALE_MAX, PUBLIC, OCCASIONS, FIRST, EXPIRES };
/* Columns of purchases */
enum { ITEM = 2, QUANTITY, AMOUNT, CURRENCY };
/* Columns of customers: customer, valid, then */
enum { SEGMENT = 2, STAGE, MARGIN, MONEY };

static const cstn__column_decl evidence_columns[] = {
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 1, 0, 0, 0},
		{"source", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 1, 0, 0, 0},
		{"number", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"scale_min", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"scale_max", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"public", CSTN__ACCEPT(CSTN_TYPE_FLAG), 0, 0, 1, 0, 0},
		{"occasions", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"first", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"expires", CSTN__ACCEPT_TIME, 0, 0, 1, 0, 0},
};
static const cstn__column_decl purchase_columns[] = {
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 1, 0, 0, 0},
		{"item", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"quantity", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 1, 0, 0, 0},
		{"amount", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 1, 0, 0, 0},
		{"currency", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 0, 1, 0, 0},
};
static const cstn__column_decl customer_columns[] = {
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 0, 1, 0, 0},
		{"segment", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 0, 1, 0, 0},
		{"stage", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 0, 1, 0, 0},
		{"margin", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"currency", CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 0, 1, 0, 0},
};

typedef struct reading reading;

/* What a kind of rows is. */
typedef struct kind {
	const cstn__column_decl *columns;
	int n, currency; /* column of the currency; -1: none */
	cstn_status (*take)(reading *run, const cstn__batch *batch, int64_t start, int32_t n);
} kind;

struct reading {
	cstn_loyalty *into;
	const kind *kind;
	cstn__bound *bound;
	cstn__row_sink *sink;
	uint64_t first_row; /* of the block */
	uint32_t overflow;  /* the customer whose margins do not add up */
	uint32_t customers[BLOCK], items[BLOCK];
	int64_t values[COLUMNS_MOST][BLOCK];
	uint64_t valid[COLUMNS_MOST][WORDS];
	uint64_t bad[WORDS];
};

static int has(const reading *run, int column, int32_t row)
{
	return cstn__word_bit_get(run->valid[column], (size_t)row);
}

static cstn_status tell(
		reading *run, int32_t row, int column, int32_t code, const char *text, size_t len)
{
	cstn__word_bit_set(run->bad, (size_t)row);
	return cstn__row_sink_add(run->sink, run->first_row + (uint64_t)row, column,
			run->kind->columns[column].name, code, text, len);
}

/* Dates as the midnight they begin with; instants within reach. */
static cstn_status read_times(reading *run, const cstn__column *column, int c, int32_t n)
{
	int64_t unit = column->type == CSTN_TYPE_DAYS ? CSTN_DAY_US : 1;
	int64_t most = CSTN__LOYALTY_INSTANT_MAX / unit;
	int32_t i;

	for (i = 0; i < n; i++) {
		int64_t *value = &run->values[c][i];

		if (*value >= -most && *value <= most)
			*value *= unit;
		else if (tell(run, i, c, CSTN_ROW_RANGE, NULL, 0) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

/* All columns but the ids. */
static cstn_status read_columns(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	uint64_t batch_row = run->first_row - (uint64_t)start;
	cstn_status status = CSTN_OK;
	int c;

	for (c = CUSTOMER + 1; c < run->kind->n && status == CSTN_OK; c++) {
		const cstn__column *column = &batch->columns[c];
		uint32_t accept = run->kind->columns[c].accept;

		if (accept == CSTN__ACCEPT_KEY)
			continue;
		if (column->physical == CSTN__ABSENT) {
			memset(run->valid[c], 0, sizeof(run->valid[c]));
			memset(run->values[c], 0, sizeof(run->values[c]));
			continue;
		}
		if (accept == CSTN__ACCEPT(CSTN_TYPE_TEXT)) {
			status = cstn__column_check_text(
					column, start, n, batch_row, run->bad, run->sink);
			continue;
		}
		status = cstn__column_read_i64(column, start, n, batch_row, run->values[c],
				run->valid[c], run->bad, run->sink);
		if (status == CSTN_OK && accept == CSTN__ACCEPT_TIME)
			status = read_times(run, column, c, n);
	}
	return status;
}

static cstn_status read_ids(reading *run, const cstn__batch *batch, int64_t start, int32_t n,
		int column, cstn__ids *ids, uint32_t *out)
{
	cstn__id_rows rows = {&batch->columns[column], start, n, run->first_row - (uint64_t)start,
			0, run->bad, run->sink};

	return cstn__ids_read(ids, &rows, out);
}

/* --- evidence --------------------------------------------------------------------------------- */

/* A number of yes or no. */
static cstn_status check_yes_no(reading *run, int32_t i)
{
	if (!has(run, NUMBER, i))
		return tell(run, i, NUMBER, CSTN_ROW_NULL, NULL, 0);
	if (run->values[NUMBER][i] != 0 && run->values[NUMBER][i] != 1)
		return tell(run, i, NUMBER, CSTN_ROW_RANGE, NULL, 0);
	return CSTN_OK;
}

static cstn_status take_review(reading *run, int32_t i, cstn__loyalty_evidence *row)
{
	int64_t least = has(run, SCALE_MIN, i) ? run->values[SCALE_MIN][i] : 0;
	int64_t most = has(run, SCALE_MAX, i) ? run->values[SCALE_MAX][i] : 5;
	int64_t number = run->values[NUMBER][i], zero = least == 1 ? 0 : least;

	if (!has(run, NUMBER, i))
		return tell(run, i, NUMBER, CSTN_ROW_NULL, NULL, 0);
	if (least < -1000000 || most > 1000000)
		return tell(run, i, least < -1000000 ? SCALE_MIN : SCALE_MAX, CSTN_ROW_RANGE, NULL,
				0);
	if (least >= most)
		return tell(run, i, SCALE_MAX, CSTN_ROW_ORDER, NULL, 0);
	if (number < least || number > most)
		return tell(run, i, NUMBER, CSTN_ROW_RANGE, NULL, 0);
	row->a = number;
	row->b = most;
	if (!has(run, PUBLIC, i) || !run->values[PUBLIC][i])
		row->says = CSTN_LOYALTY_UNKNOWN; /* no one could read it */
	else if ((number - zero) * 5 >= (most - zero) * 4)
		row->says = CSTN_LOYALTY_YES;
	else if ((number - zero) * 5 <= (most - zero) * 2)
		row->says = CSTN_LOYALTY_NO;
	return CSTN_OK;
}

static cstn_status take_occasions(reading *run, int32_t i, cstn__loyalty_evidence *row)
{
	if (row->source == CSTN__SAYS_FIRST_CHOICE || row->source == CSTN__SAYS_NOT_FIRST_CHOICE) {
		row->b = 1;
		row->a = row->source == CSTN__SAYS_FIRST_CHOICE;
	} else if (has(run, OCCASIONS, i) || has(run, FIRST, i)) {
		row->b = has(run, OCCASIONS, i) ? run->values[OCCASIONS][i] : 1;
		row->a = run->values[FIRST][i];
		if (!has(run, FIRST, i))
			return tell(run, i, FIRST, CSTN_ROW_NULL, NULL, 0);
		if (row->b < 1 || row->b > CSTN__LOYALTY_OCCASIONS_MAX)
			return tell(run, i, OCCASIONS, CSTN_ROW_RANGE, NULL, 0);
		if (row->a < 0 || row->a > row->b)
			return tell(run, i, FIRST, CSTN_ROW_RANGE, NULL, 0);
	} else {
		row->b = 1;
		row->a = run->values[NUMBER][i];
		return check_yes_no(run, i);
	}
	return CSTN_OK;
}

/* What a row says by its source. */
static cstn_status take_source(reading *run, int32_t i, cstn__loyalty_evidence *row)
{
	cstn_status status;

	switch (row->source) {
	case CSTN__SAYS_INCREASE_REFUSED:
		row->says = CSTN_LOYALTY_NO;
		return CSTN_OK;
	case CSTN__SAYS_REFERRAL:
	case CSTN__SAYS_REFERENCE:
		row->says = CSTN_LOYALTY_YES;
		return CSTN_OK;
	case CSTN__SAYS_PAYS_STATED:
	case CSTN__SAYS_OUTREACH:
		status = check_yes_no(run, i);
		row->a = run->values[NUMBER][i];
		row->says = row->a ? CSTN_LOYALTY_YES : CSTN_LOYALTY_NO;
		return status;
	case CSTN__SAYS_RECOMMENDATION:
		if (has(run, NUMBER, i) && run->values[NUMBER][i] == 1)
			row->says = CSTN_LOYALTY_YES;
		return has(run, NUMBER, i) ? check_yes_no(run, i) : CSTN_OK;
	case CSTN__SAYS_REVIEW:
		return take_review(run, i, row);
	case CSTN__SAYS_NPS_ANSWER:
		row->a = run->values[NUMBER][i];
		if (!has(run, NUMBER, i))
			return tell(run, i, NUMBER, CSTN_ROW_NULL, NULL, 0);
		if (row->a < 0 || row->a > 10)
			return tell(run, i, NUMBER, CSTN_ROW_RANGE, NULL, 0);
		return CSTN_OK;
	case CSTN__SAYS_ORDER:
		return CSTN_OK;
	default:
		return take_occasions(run, i, row);
	}
}

static cstn_status take_row(reading *run, const cstn__batch *batch, int64_t start, int32_t i)
{
	cstn__loyalty_evidence row;
	const char *text;
	size_t len;
	int source;

	if (cstn__column_read_text(&batch->columns[SOURCE], start + i, &text, &len))
		return CSTN_OK; /* null, told already */
	source = cstn__loyalty_source_of(text, len);
	if (source < 0) { /* in small letters, as records have it? */
		const char *name = cstn_interaction_name(cstn__interaction_of(text, len));

		source = cstn__loyalty_source_of(name, strlen(name));
		if (source < 0 && *name)
			return CSTN_OK; /* it says nothing here */
	}
	if (source < 0)
		return tell(run, i, SOURCE, CSTN_ROW_VALUE, text, len);
	memset(&row, 0, sizeof(row));
	row.source = (uint8_t)source;
	row.valid_us = run->values[VALID][i];
	row.expires_us = has(run, EXPIRES, i) ? run->values[EXPIRES][i] : INT64_MAX;
	if (row.expires_us <= row.valid_us)
		return tell(run, i, EXPIRES, CSTN_ROW_ORDER, NULL, 0);
	if (take_source(run, i, &row) != CSTN_OK)
		return CSTN_E_NOMEM;
	row.customer = run->customers[i];
	run->into->evidence.items[run->into->evidence.count++] = row;
	return CSTN_OK;
}

static cstn_status take_evidence(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	cstn_status status = CSTN_OK;
	int32_t i;

	if (cstn__array_reserve(&run->into->allocator, &run->into->evidence, n))
		return CSTN_E_NOMEM;
	for (i = 0; i < n && status == CSTN_OK; i++) {
		size_t before = run->into->evidence.count;

		if (cstn__word_bit_get(run->bad, (size_t)i))
			continue;
		status = take_row(run, batch, start, i);
		if (cstn__word_bit_get(run->bad, (size_t)i))
			run->into->evidence.count = before;
	}
	return status;
}

/* --- purchases and customers ------------------------------------------------------------------ */

static cstn_status take_purchases(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	cstn_loyalty *into = run->into;
	int32_t i;

	if (cstn__array_reserve(&into->allocator, &into->purchases, n) ||
			read_ids(run, batch, start, n, ITEM, &into->items, run->items) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++)
		if (!cstn__word_bit_get(run->bad, (size_t)i))
			into->purchases.items[into->purchases.count++] = (cstn__loyalty_purchase){
					run->values[VALID][i], run->values[QUANTITY][i],
					run->values[AMOUNT][i], run->customers[i], run->items[i]};
	return CSTN_OK;
}

static cstn_status take_label(reading *run, const cstn__column *column, int64_t row, int64_t at,
		uint32_t *label, int64_t *since)
{
	const char *text;
	uint32_t code;
	size_t len;

	if (cstn__column_read_text(column, row, &text, &len))
		return CSTN_OK;
	code = cstn__intern(&run->into->labels, text, len);
	if (code == UINT32_MAX)
		return CSTN_E_NOMEM;
	if (cstn__loyalty_label_wins(&run->into->labels, code + 1, at, *label, *since)) {
		*label = code + 1;
		*since = at;
	}
	return CSTN_OK;
}

static cstn_status take_customers(reading *run, const cstn__batch *batch, int64_t start, int32_t n)
{
	cstn_status status = CSTN_OK;
	int32_t i;

	if (cstn__loyalty_make_room(run->into, run->into->customers.count))
		return CSTN_E_NOMEM;
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__loyalty_attributes *at;
		int64_t since = has(run, VALID, i) ? run->values[VALID][i] : INT64_MIN, sum;

		if (cstn__word_bit_get(run->bad, (size_t)i))
			continue;
		at = &run->into->attributes.items[run->customers[i]];
		at->rows = 1;
		if (cstn__add_i64(at->margin, run->values[MARGIN][i], &sum)) {
			run->overflow = run->customers[i];
			return CSTN_E_OVERFLOW;
		}
		at->margin = sum;
		status = take_label(run, &batch->columns[SEGMENT], start + i, since, &at->segment,
				&at->segment_us);
		if (status == CSTN_OK)
			status = take_label(run, &batch->columns[STAGE], start + i, since,
					&at->stage, &at->stage_us);
	}
	return status;
}

static const kind kinds[] = {
		{evidence_columns, EXPIRES + 1, -1, take_evidence},
		{purchase_columns, CURRENCY + 1, CURRENCY, take_purchases},
		{customer_columns, MONEY + 1, MONEY, take_customers},
};

/* --- the stream ------------------------------------------------------------------------------- */

static cstn_status check_currency(reading *run, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	const cstn__column *column;
	const char *text;
	size_t len;
	int32_t i;

	if (run->kind->currency < 0)
		return CSTN_OK;
	column = &batch->columns[run->kind->currency];
	for (i = 0; i < n && column->physical != CSTN__ABSENT; i++)
		if (!cstn__word_bit_get(run->bad, (size_t)i) &&
				!cstn__column_read_text(column, start + i, &text, &len) &&
				(len != 3 || memcmp(text, run->into->currency, 3) != 0))
			return cstn__fail(error, CSTN_E_CURRENCY,
					"row %llu: currency '%.*s', the state has '%s'",
					(unsigned long long)(run->first_row + (uint64_t)i),
					(int)(len < 32 ? len : 32), text, run->into->currency);
	return CSTN_OK;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	cstn_status status;

	memset(run->bad, 0, sizeof(run->bad));
	run->first_row = batch->first_row + (uint64_t)start;
	if (read_columns(run, batch, start, n) != CSTN_OK)
		return cstn__fail_nomem(error);
	status = check_currency(run, batch, start, n, error);
	if (status != CSTN_OK)
		return status;
	status = read_ids(run, batch, start, n, CUSTOMER, &run->into->customers, run->customers);
	if (status == CSTN_OK)
		status = run->kind->take(run, batch, start, n);
	if (status == CSTN_E_OVERFLOW)
		return cstn__loyalty_margin_overflow(&run->into->customers, run->overflow, error);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status update_by(reading *run, cstn_loyalty *state, struct ArrowArrayStream *rows,
		const cstn_loyalty_update_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn_row_errors *left_out = NULL;
	cstn_status status;

	status = cstn_loyalty_new(NULL, &state->allocator, &run->into, error);
	if (status == CSTN_OK)
		status = cstn__bind_rows(rows, run->kind->columns, (size_t)run->kind->n,
				options->binding, options->flags, &state->allocator, &run->bound,
				&run->sink, error);
	if (status != CSTN_OK)
		return status;
	memcpy(run->into->currency, state->currency, sizeof(state->currency));
	run->into->customers.type = cstn__bound_type(run->bound, CUSTOMER);
	if (run->kind->columns == purchase_columns)
		run->into->items.type = cstn__bound_type(run->bound, ITEM);
	status = cstn__bound_each(run->bound, rows, read_block, run, options->progress, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run->sink, &left_out, error);
	if (status == CSTN_OK)
		status = cstn_loyalty_merge(state, run->into, error);
	return cstn__rows_left_out(
			status, left_out, cstn__row_sink_total(run->sink), bad_rows, error);
}

/* A state and the kind of rows it is given. */
typedef struct update_to {
	cstn_loyalty *state;
	int32_t rows_kind, reserved;
} update_to;

static cstn_status update(void *to, struct ArrowArrayStream *rows, const void *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const update_to *of = to;
	const cstn_allocator *allocator = &of->state->allocator;
	reading *run;
	cstn_status status;

	if (of->rows_kind < CSTN_LOYALTY_ROWS_EVIDENCE ||
			of->rows_kind > CSTN_LOYALTY_ROWS_CUSTOMERS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the kind of rows is %d; 1 (evidence), 2 (purchases) or 3 "
				"(customers) expected",
				of->rows_kind);
	run = cstn__alloc_zero(allocator, sizeof(*run));
	if (!run)
		return cstn__fail_nomem(error);
	run->kind = &kinds[of->rows_kind - 1];
	status = update_by(run, of->state, rows, options, bad_rows, error);
	cstn__bound_free(run->bound);
	cstn__row_sink_free(run->sink);
	cstn_loyalty_free(run->into);
	cstn__free(allocator, run, sizeof(*run));
	return status;
}

cstn_status cstn_loyalty_update(cstn_loyalty *state, int32_t rows_kind,
		struct ArrowArrayStream *rows, const cstn_loyalty_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	update_to to = {state, rows_kind, 0};
	const cstn__update call = {"rows", "state", state ? &to : NULL, options,
			"cstn_loyalty_update_options", CSTN_IMPORT_TRUSTED, update};
	cstn_loyalty_update_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
