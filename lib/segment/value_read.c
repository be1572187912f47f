/* Rows of customers out of columns: what is read for which model, and the rules of a row.
 *
 * One declared column a name; a model asks for those it needs. Times become units of the model by
 * one product and one quotient a value, so that equal columns give equal doubles however they come.
 * A row is x, tx, T with x = 0 just when tx = 0, 0 <= tx <= T, all finite, x whole; for occasions
 * also whole times and x <= tx. Broken rules go to the row sink, each with its column. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "segment/value_handle.h"

enum {
	COLUMN_CUSTOMER = CSTN__VALUE_CUSTOMER,
	COLUMN_X,
	COLUMN_TX,
	COLUMN_AGE,
	COLUMN_GAPS,
	COLUMN_SPEND,
	COLUMN_WEIGHT,
	COLUMN_ACTUAL,
	COLUMN_SURVIVORS,
	COLUMN_CURRENCY
};

#define ACCEPT_NUMBER (CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64))
#define ACCEPT_MONEY (ACCEPT_NUMBER | CSTN__ACCEPT(CSTN_TYPE_DECIMAL))

/* A column that this model does not read may be there in any type: it goes by a name that no column
 * has. */
static void declare(cstn__column_decl *decl, const char *name, uint32_t accept, int required,
		int nullable)
{
	decl->name = name ? name : "\001";
	decl->accept = accept;
	decl->scale = -1;
	decl->required = (uint8_t)required;
	decl->nullable = (uint8_t)nullable;
}

cstn_status cstn__value_reader_open(cstn__value_reader *reader, struct ArrowArrayStream *rows,
		const cstn_binding *binding, int32_t time_in, int64_t unit_us,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__column_decl decls[CSTN__VALUE_COLUMNS];
	int spend = reader->kind == CSTN__VALUE_SPEND, sbg = reader->kind == CSTN__VALUE_SBG;
	int fit = reader->purpose == CSTN__VALUE_READ_FIT, times = !sbg && !spend;
	cstn_status status;

	memset(decls, 0, sizeof(decls));
	reader->factor = time_in == CSTN_VALUE_TIME_DAYS ? 86400e6 : 1.0;
	reader->divisor = time_in == CSTN_VALUE_TIME_UNITS ? 1.0 : (double)unit_us;
	declare(&decls[COLUMN_CUSTOMER],
			reader->purpose == CSTN__VALUE_READ_HOLDOUT || sbg ? NULL : "customer",
			CSTN__ACCEPT_KEY, 0, 1);
	declare(&decls[COLUMN_X], sbg ? NULL : "x", ACCEPT_NUMBER, !sbg, 0);
	declare(&decls[COLUMN_TX], times ? "tx" : NULL, ACCEPT_NUMBER, times, 0);
	declare(&decls[COLUMN_AGE], times ? "T" : NULL, ACCEPT_NUMBER, times, 0);
	declare(&decls[COLUMN_GAPS], reader->want_gaps ? "log_gaps" : NULL, ACCEPT_NUMBER,
			reader->want_gaps, 0);
	declare(&decls[COLUMN_SPEND], reader->want_spend ? "spend" : NULL, ACCEPT_MONEY,
			reader->want_spend, 1);
	decls[COLUMN_SPEND].nan_ok = (uint8_t)!fit;
	declare(&decls[COLUMN_WEIGHT], fit && !sbg ? "weight" : NULL, CSTN__ACCEPT(CSTN_TYPE_INT64),
			0, 0);
	declare(&decls[COLUMN_ACTUAL], reader->want_actual ? "actual" : NULL, ACCEPT_NUMBER,
			reader->want_actual, 0);
	declare(&decls[COLUMN_CURRENCY], reader->want_spend ? "currency" : NULL,
			CSTN__ACCEPT(CSTN_TYPE_TEXT), 0, 1);
	declare(&decls[COLUMN_SURVIVORS], sbg ? "survivors" : NULL, CSTN__ACCEPT(CSTN_TYPE_INT64),
			sbg, 0);
	status = cstn__bind_stream(rows, decls, CSTN__VALUE_COLUMNS, binding, allocator,
			&reader->bound, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__row_sink_new(allocator, &reader->sink, error);
	if (status != CSTN_OK)
		cstn__value_reader_close(reader);
	return status;
}

void cstn__value_reader_close(cstn__value_reader *reader)
{
	cstn__bound_free(reader->bound);
	cstn__row_sink_free(reader->sink);
	reader->bound = NULL;
	reader->sink = NULL;
}

typedef struct span {
	cstn__value_reader *reader;
	const cstn__batch *batch;
	int64_t start;
	int32_t n;
	cstn__value_block *out;
	uint64_t bad[CSTN__VALUE_BLOCK / 64];
	int nomem;
} span;

/* A number of row i as it came, in the unit it came in. */
static size_t say(span *at, int32_t i, int32_t column, char to[32])
{
	const cstn__column *from = &at->batch->columns[column];
	uint64_t valid = 0, bad = 0;
	double value = 0.0;

	if (from->physical == CSTN__ABSENT ||
			cstn__column_read_f64(from, at->start + i, 1, at->reader->first_row, &value,
					&valid, &bad, at->reader->sink) != CSTN_OK)
		return 0;
	return cstn__format_double(value, to);
}

static void refuse(span *at, int32_t i, int32_t column, int32_t code, const char *text, size_t len)
{
	at->out->bad[i] = 1;
	if (cstn__row_sink_add(at->reader->sink, at->reader->first_row + (uint64_t)(at->start + i),
			    column, at->batch->columns[column].name, code, len ? text : NULL,
			    len) != CSTN_OK)
		at->nomem = 1;
}

/* A broken rule of row i; its text is the number. */
static void complain(span *at, int32_t i, int32_t column, int32_t code)
{
	char text[32];
	size_t len = say(at, i, column, text);

	refuse(at, i, column, code, text, len);
}

/* A number that does not go with that of another column. */
static void complain_of_two(span *at, int32_t i, int32_t column, int32_t other, int32_t code)
{
	char one[32], two[32], text[96];
	size_t n = say(at, i, column, one), m = say(at, i, other, two);
	int len = snprintf(text, sizeof(text), "%.*s (%s is %.*s)", (int)n, one,
			at->batch->columns[other].name, (int)m, two);

	refuse(at, i, column, code, text, len > 0 ? (size_t)len : 0);
}

/* One column into `out` with stride; absent and null values become `missing`. */
static void read_numbers(span *at, int32_t column, double missing, double *out)
{
	const cstn__column *from = &at->batch->columns[column];
	uint64_t valid[CSTN__VALUE_BLOCK / 64];
	int32_t i;

	if (from->physical == CSTN__ABSENT) {
		for (i = 0; i < at->n; i++)
			out[i] = missing;
		return;
	}
	if (cstn__column_read_f64(from, at->start, at->n, at->reader->first_row, out, valid,
			    at->bad, at->reader->sink) != CSTN_OK)
		at->nomem = 1;
	for (i = 0; i < at->n; i++)
		if (!(valid[i / 64] >> (i % 64) & 1))
			out[i] = missing;
}

static int is_finite(double value)
{
	return value - value == 0.0;
}

/* 1 if the value is a finite number of 0 or more; else the rule it breaks is told. */
static int is_amount(span *at, int32_t i, int32_t column, double value)
{
	if (!is_finite(value))
		complain(at, i, column, value != value ? CSTN_ROW_NAN : CSTN_ROW_RANGE);
	else if (value < 0.0)
		complain(at, i, column, CSTN_ROW_NEGATIVE);
	else
		return 1;
	return 0;
}

static int is_count(span *at, int32_t i, int32_t column, double value)
{
	if (!is_amount(at, i, column, value))
		return 0;
	if (value > 4294967295.0)
		complain(at, i, column, CSTN_ROW_RANGE);
	else if (value != floor(value))
		complain(at, i, column, CSTN_ROW_FRACTION);
	else
		return 1;
	return 0;
}

static void check_times(span *at, int32_t i)
{
	int occasions = at->reader->kind == CSTN__VALUE_BGBB;
	cstn__value_block *out = at->out;
	double x = out->x[i], tx = out->tx[i], age = out->age[i];

	if (!is_count(at, i, COLUMN_X, x) || !is_amount(at, i, COLUMN_TX, tx) ||
			!is_amount(at, i, COLUMN_AGE, age))
		return;
	if (tx > age)
		complain_of_two(at, i, COLUMN_TX, COLUMN_AGE, CSTN_ROW_ORDER);
	else if ((x == 0.0) != (tx == 0.0))
		complain_of_two(at, i, x == 0.0 ? COLUMN_TX : COLUMN_X,
				x == 0.0 ? COLUMN_X : COLUMN_TX, CSTN_ROW_VALUE);
	else if (occasions && (tx != floor(tx) || age != floor(age)))
		complain(at, i, tx != floor(tx) ? COLUMN_TX : COLUMN_AGE, CSTN_ROW_FRACTION);
	else if (occasions && x > tx)
		complain_of_two(at, i, COLUMN_X, COLUMN_TX, CSTN_ROW_RANGE);
	else if (occasions && age > 1e6)
		complain(at, i, COLUMN_AGE, CSTN_ROW_RANGE);
	if (at->reader->want_gaps && !is_finite(out->extra[i]))
		complain(at, i, COLUMN_GAPS, CSTN_ROW_RANGE);
	if (x == 0.0)
		out->extra[i] = 0.0;
}

/* 1 if no row breaks a rule of x, tx and T: the rules of check_times() in one loop without
 * branches, which goes by vectors. */
static int all_times_good(const span *at)
{
	const double *x = at->out->x, *tx = at->out->tx, *age = at->out->age;
	uint64_t wrong = 0;
	int32_t i;

	for (i = 0; i < at->n; i++) {
		double whole = x[i] + 0x1p52 - 0x1p52; /* of 0 to 2^32: rounded */

		wrong |= (uint64_t) !(x[i] >= 0.0) | (uint64_t) !(x[i] <= 4294967295.0) |
			 (uint64_t)(whole != x[i]) | (uint64_t) !(tx[i] >= 0.0) |
			 (uint64_t) !(tx[i] <= age[i]) | (uint64_t)(age[i] - age[i] != 0.0) |
			 ((uint64_t)(x[i] == 0.0) ^ (uint64_t)(tx[i] == 0.0));
	}
	return wrong == 0;
}

static void check_spend(span *at, int32_t i)
{
	double x = at->out->x[i], spend = at->out->extra[i];

	if (!is_count(at, i, COLUMN_X, x))
		return;
	if (!is_finite(spend) && x > 0.0)
		complain(at, i, COLUMN_SPEND, spend != spend ? CSTN_ROW_NULL : CSTN_ROW_RANGE);
	at->out->idle[i] = x == 0.0 || !(spend > 0.0);
}

/* The rules of each row that could be read. */
static void check_rows(span *at)
{
	const cstn__value_reader *reader = at->reader;
	int spend = reader->kind == CSTN__VALUE_SPEND;
	uint64_t unread = 0;
	int32_t i;

	for (i = 0; i < CSTN__VALUE_BLOCK / 64; i++)
		unread |= at->bad[i];
	if (!unread && !spend && reader->kind != CSTN__VALUE_BGBB && !reader->want_gaps &&
			!reader->want_actual && all_times_good(at))
		return;
	for (i = 0; i < at->n; i++) {
		if (at->bad[i / 64] >> (i % 64) & 1)
			at->out->bad[i] = 1;
		else if (spend)
			check_spend(at, i);
		else
			check_times(at, i);
		if (!at->out->bad[i] && reader->want_actual)
			(void)is_count(at, i, COLUMN_ACTUAL, at->out->actual[i]);
	}
}

static void read_weights(span *at)
{
	const cstn__column *from = &at->batch->columns[COLUMN_WEIGHT];
	uint64_t valid[CSTN__VALUE_BLOCK / 64];
	int32_t i;

	for (i = 0; i < at->n; i++)
		at->out->weight[i] = 1;
	if (from->physical == CSTN__ABSENT)
		return;
	if (cstn__column_read_i64(from, at->start, at->n, at->reader->first_row, at->out->weight,
			    valid, at->bad, at->reader->sink) != CSTN_OK)
		at->nomem = 1;
	for (i = 0; i < at->n; i++)
		if (at->out->weight[i] > INT32_MAX || at->out->weight[i] < -INT32_MAX)
			complain(at, i, COLUMN_WEIGHT, CSTN_ROW_RANGE);
}

/* A cohort: survivors stand in the weights, their rules are those of the whole list. */
static void read_survivors(span *at)
{
	uint64_t valid[CSTN__VALUE_BLOCK / 64];
	int32_t i;

	if (cstn__column_read_i64(&at->batch->columns[COLUMN_SURVIVORS], at->start, at->n,
			    at->reader->first_row, at->out->weight, valid, at->bad,
			    at->reader->sink) != CSTN_OK)
		at->nomem = 1;
	for (i = 0; i < at->n; i++)
		if (at->out->weight[i] < 0)
			complain(at, i, COLUMN_SURVIVORS, CSTN_ROW_NEGATIVE);
		else if (at->out->weight[i] > INT32_MAX)
			complain(at, i, COLUMN_SURVIVORS, CSTN_ROW_RANGE);
}

/* The currency of spend, in rows that are good so far. */
static cstn_status read_currency(span *at, cstn_error **error)
{
	const cstn__column *from = &at->batch->columns[COLUMN_CURRENCY];
	uint64_t bad[CSTN__VALUE_BLOCK / 64] = {0};
	cstn_status status = CSTN_OK;
	const char *text;
	size_t len;
	int32_t i;

	if (from->physical == CSTN__ABSENT)
		return CSTN_OK;
	if (cstn__column_check_text(from, at->start, at->n, at->reader->first_row, bad,
			    at->reader->sink) != CSTN_OK)
		at->nomem = 1;
	for (i = 0; i < at->n && status == CSTN_OK; i++) {
		at->out->bad[i] |= bad[i / 64] >> (i % 64) & 1;
		if (at->out->bad[i] || cstn__column_read_text(from, at->start + i, &text, &len))
			continue;
		if (len == 0 || len > CSTN__VALUE_CURRENCY_MOST || memchr(text, 0, len)) {
			complain(at, i, COLUMN_CURRENCY, CSTN_ROW_UNIT);
			continue;
		}
		at->out->priced[i] = 1;
		status = cstn__value_money_see(&at->reader->money, text, len,
				at->reader->first_row + (uint64_t)(at->start + i), error);
	}
	return status;
}

/* Column times into units. */
static void scale_times(const cstn__value_reader *reader, int32_t n, double *times)
{
	int32_t i;

	if (reader->factor == 1.0 && reader->divisor == 1.0)
		return;
	for (i = 0; i < n; i++)
		times[i] = times[i] * reader->factor / reader->divisor;
}

static void read_customers(span *at)
{
	const cstn__value_reader *reader = at->reader;
	cstn__value_block *out = at->out;
	int spend = reader->kind == CSTN__VALUE_SPEND;
	/* Who has not come again has no mean spend, and need not be given one. */
	double unspent = spend && reader->purpose == CSTN__VALUE_READ_FIT ? (double)NAN : 0.0;
	size_t size = (size_t)at->n * sizeof(double);

	read_numbers(at, COLUMN_X, 0.0, out->x);
	if (reader->purpose == CSTN__VALUE_READ_FIT)
		read_weights(at);
	if (spend) {
		memset(out->tx, 0, size);
		memset(out->age, 0, size);
	} else {
		read_numbers(at, COLUMN_TX, 0.0, out->tx);
		read_numbers(at, COLUMN_AGE, 0.0, out->age);
		scale_times(reader, at->n, out->tx);
		scale_times(reader, at->n, out->age);
	}
	memset(out->extra, 0, size);
	if (reader->want_gaps)
		read_numbers(at, COLUMN_GAPS, 0.0, out->extra);
	if (reader->want_spend)
		read_numbers(at, COLUMN_SPEND, unspent, out->spend);
	if (spend)
		memcpy(out->extra, out->spend, size);
	if (reader->want_actual)
		read_numbers(at, COLUMN_ACTUAL, 0.0, out->actual);
	check_rows(at);
}

cstn_status cstn__value_reader_block(cstn__value_reader *reader, const cstn__batch *batch,
		int64_t start, int32_t n, cstn__value_block *out, cstn_error **error)
{
	span at = {reader, batch, start, n, out, {0}, 0};
	cstn_status status;
	int32_t i;

	out->n = n;
	memset(out->bad, 0, sizeof(out->bad));
	memset(out->idle, 0, sizeof(out->idle));
	memset(out->priced, 0, sizeof(out->priced));
	if (reader->kind == CSTN__VALUE_SBG)
		read_survivors(&at);
	else
		read_customers(&at);
	for (i = 0; i < n; i++)
		out->bad[i] |= at.bad[i / 64] >> (i % 64) & 1;
	if (at.nomem)
		return cstn__fail_nomem(error);
	if (!reader->want_spend)
		return CSTN_OK;
	status = read_currency(&at, error);
	return status == CSTN_OK && at.nomem ? cstn__fail_nomem(error) : status;
}

cstn_status cstn__value_reader_batch(cstn__value_reader *reader, const struct ArrowArray *array,
		cstn__value_block *block, cstn__value_block_work *work, void *context,
		cstn_error **error)
{
	cstn__batch batch;
	cstn_status status = cstn__bound_batch(reader->bound, array, &batch, error);
	int64_t start, n;

	if (status != CSTN_OK)
		return status;
	for (start = 0; status == CSTN_OK && start < batch.length; start += n) {
		n = batch.length - start < CSTN__VALUE_BLOCK ? batch.length - start
							     : CSTN__VALUE_BLOCK;
		status = cstn__value_reader_block(reader, &batch, start, (int32_t)n, block, error);
		if (status == CSTN_OK)
			status = work(context, &batch, start, block, error);
	}
	reader->first_row += (uint64_t)batch.length;
	cstn__batch_free(reader->bound, &batch);
	return status;
}
