/* Quantities: contents of shipments within what an order line has open, returns within what was
 * delivered.
 *
 * For each order line the network keeps what all shipments hold of it and what all returns hold
 * (table `line_total`), so that a shipment is checked with one look-up a line and no scan. A new
 * version of a shipment first gives back what the version before held. The totals change in the
 * same store transaction as the record, under the precondition that nobody else changed them.
 *
 * Open: ordered - cancelled, and the shipment's tolerance of it. Returned is bounded by what the
 * order line says was delivered, or where it says nothing by ordered - cancelled. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "network/checks.h"

#define UNKNOWN INT64_MIN
#define BOUND_TEXT 80

static void order_key(
		const char *id, size_t len, const char *owner, size_t owner_len, cstn__key *out)
{
	cstn__key_of_id(cstn__noun_get(CSTN__NOUN_ORDER), id, len, owner, owner_len, out);
}

/* --- lines of an order ------------------------------------------------------------------------ */

static void read_line(const cstn__scan_chunk *chunk, uint32_t row, cstn__line_info *out)
{
	const cstn__values *columns = chunk->columns;

	memset(out, 0, sizeof(*out));
	out->there = 1;
	out->number = columns[0].numbers[row];
	out->qty = columns[1].numbers[row];
	out->cancelled = cstn__values_is_valid(&columns[2], row) ? columns[2].numbers[row] : 0;
	out->delivered =
			cstn__values_is_valid(&columns[3], row) ? columns[3].numbers[row] : UNKNOWN;
}

static cstn_status new_lines(cstn__checks *checks, size_t n, size_t more, cstn__order_info *out,
		cstn_error **error)
{
	memset(out, 0, sizeof(*out));
	out->n = n;
	out->capacity = n + more;
	out->there = 1;
	out->lines = cstn__arena_alloc(&checks->arena, (out->capacity + 1) * sizeof(*out->lines));
	return out->lines ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status load_order(cstn__checks *checks, const cstn__key *key, cstn__order_info *out,
		int *found, cstn_error **error)
{
	static const uint32_t columns[] = {CSTN__COLUMN_FIRST + CSTN__ORDER_LINE_NUMBER,
			CSTN__COLUMN_FIRST + CSTN__ORDER_QTY,
			CSTN__COLUMN_FIRST + CSTN__ORDER_QTY_CANCELLED,
			CSTN__COLUMN_FIRST + CSTN__ORDER_QTY_DELIVERED};
	cstn__scan_options options = {.columns = columns, .n_columns = 4, .as_of_us = INT64_MAX};
	cstn__found_room room;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	status = cstn__find_row(checks->base, key, &options, &room, &scan, &chunk, found, error);
	if (status != CSTN_OK || !*found)
		return status;
	status = new_lines(checks, chunk.starts[1] - chunk.starts[0], 0, out, error);
	for (size_t i = 0; status == CSTN_OK && i < out->n; i++)
		read_line(&chunk, chunk.starts[0] + (uint32_t)i, &out->lines[i]);
	cstn__scan_free(scan);
	return status;
}

cstn_status cstn__order_intern(
		cstn__checks *checks, const cstn__key *key, uint32_t *out, cstn_error **error)
{
	uint8_t bytes[CSTN__KEY_BYTES];

	*out = cstn__intern(
			&checks->order_keys, (const char *)bytes, cstn__key_to_bytes(key, bytes));
	if (*out == UINT32_MAX)
		return cstn__fail_nomem(error);
	while (checks->orders.count <= *out) {
		if (cstn__array_reserve(&checks->allocator, &checks->orders, 1))
			return cstn__fail_nomem(error);
		memset(&checks->orders.items[checks->orders.count++], 0, sizeof(cstn__order_info));
	}
	return CSTN_OK;
}

cstn_status cstn__order_code(cstn__checks *checks, const char *id, size_t len, const char *owner,
		size_t owner_len, uint32_t *out, cstn_error **error)
{
	cstn__order_info info;
	cstn__key key;
	cstn_status status;
	int found;

	order_key(id, len, owner, owner_len, &key);
	status = cstn__order_intern(checks, &key, out, error);
	if (status != CSTN_OK || checks->orders.items[*out].lines)
		return status;
	status = load_order(checks, &key, &info, &found, error);
	if (status == CSTN_OK && found)
		checks->orders.items[*out] = info;
	return status;
}

cstn_status cstn__order_lines(const cstn__row *row, uint32_t code, cstn__checks *checks,
		cstn__order_info *out, cstn_error **error)
{
	cstn_status status =
			new_lines(checks, row->n_lines, checks->orders.items[code].n, out, error);

	for (size_t i = 0; status == CSTN_OK && i < row->n_lines; i++) {
		cstn__line_info *line = &out->lines[i];
		cstn__cell cell;

		memset(line, 0, sizeof(*line));
		line->there = 1;
		row->cell(row, i, CSTN__ORDER_LINE_NUMBER, &cell);
		line->number = cell.number;
		row->cell(row, i, CSTN__ORDER_QTY, &cell);
		line->qty = cell.number;
		row->cell(row, i, CSTN__ORDER_QTY_CANCELLED, &cell);
		line->cancelled = cell.valid ? cell.number : 0;
		row->cell(row, i, CSTN__ORDER_QTY_DELIVERED, &cell);
		line->delivered = cell.valid ? cell.number : UNKNOWN;
	}
	return status;
}

cstn_status cstn__order_gone(
		uint32_t code, cstn__checks *checks, cstn__order_info *out, cstn_error **error)
{
	cstn_status status = new_lines(checks, 0, checks->orders.items[code].n, out, error);

	out->there = 0;
	return status;
}

static cstn__line_info *find_line(cstn__checks *checks, uint32_t order, int64_t number)
{
	cstn__order_info *info = &checks->orders.items[order];

	for (size_t i = 0; i < info->n; i++)
		if (info->lines[i].number == number)
			return &info->lines[i];
	return NULL;
}

void cstn__order_set(cstn__checks *checks, uint32_t code, const cstn__order_info *info)
{
	cstn__order_info before = checks->orders.items[code];

	checks->orders.items[code] = *info;
	for (size_t i = 0; i < before.n; i++) {
		cstn__line_info *now = find_line(checks, code, before.lines[i].number);

		if (!before.lines[i].loaded)
			continue;
		if (!now) {
			cstn__order_info *own = &checks->orders.items[code];

			own->lines[own->n] = before.lines[i];
			own->lines[own->n++].there = 0;
			continue;
		}
		now->shipped = before.lines[i].shipped;
		now->returned = before.lines[i].returned;
		now->seq = before.lines[i].seq;
		now->loaded = before.lines[i].loaded;
		now->dirty = before.lines[i].dirty;
	}
}

/* --- totals ----------------------------------------------------------------------------------- */

static void total_key(cstn__checks *checks, uint32_t order, int64_t number, cstn__key *out)
{
	const char *bytes = checks->order_keys.items[order].text;
	uint32_t id_len, owner_len;

	memcpy(&id_len, bytes, sizeof(id_len));
	memcpy(&owner_len, bytes + sizeof(id_len) + id_len, sizeof(owner_len));
	cstn__key_of_id(cstn__noun_get(CSTN__NOUN_LINE_TOTAL), bytes + sizeof(id_len), id_len,
			bytes + 2 * sizeof(id_len) + id_len, owner_len, out);
	out->parts[2].number = number;
}

static cstn_status load_totals(
		cstn__checks *checks, uint32_t order, cstn__line_info *line, cstn_error **error)
{
	static const uint32_t columns[] = {CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_SHIPPED,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_RETURNED, CSTN__COLUMN_SEQ};
	cstn__scan_options options = {.columns = columns, .n_columns = 3, .as_of_us = INT64_MAX};
	cstn__found_room room;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn__key key;
	cstn_status status;
	int found;

	if (line->loaded)
		return CSTN_OK;
	total_key(checks, order, line->number, &key);
	status = cstn__find_row(checks->base, &key, &options, &room, &scan, &chunk, &found, error);
	if (status != CSTN_OK)
		return status;
	if (found) {
		line->shipped += chunk.columns[0].numbers[0];
		line->returned += chunk.columns[1].numbers[0];
		line->seq = (uint64_t)chunk.columns[2].numbers[0];
		cstn__scan_free(scan);
	}
	line->loaded = 1;
	return CSTN_OK;
}

/* The line of this number, though the order be without it: goods that are held of it are given back
 * all the same. */
static cstn_status any_line(cstn__checks *checks, uint32_t order, int64_t number,
		cstn__line_info **out, cstn_error **error)
{
	cstn__order_info *info = &checks->orders.items[order], grown;
	cstn_status status;

	*out = find_line(checks, order, number);
	if (*out)
		return load_totals(checks, order, *out, error);
	status = new_lines(checks, info->n, 1, &grown, error);
	if (status != CSTN_OK)
		return status;
	if (info->n)
		memcpy(grown.lines, info->lines, info->n * sizeof(*grown.lines));
	grown.there = info->there;
	*out = &grown.lines[grown.n++];
	memset(*out, 0, sizeof(**out));
	(*out)->number = number;
	(*out)->delivered = UNKNOWN;
	*info = grown;
	return load_totals(checks, order, *out, error);
}

/* --- what a record holds ---------------------------------------------------------------------- */

typedef struct held_fields {
	uint32_t order, line, qty;
	size_t n;     /* lines of a shipment; one of a return */
	size_t first; /* CSTN_NO_LINE for a return: its own fields */
} held_fields;

static void fields_of(const cstn__row *row, held_fields *out)
{
	if (row->noun->id == CSTN__NOUN_SHIPMENT) {
		out->order = CSTN__SHIPMENT_ORDER_ID;
		out->line = CSTN__SHIPMENT_LINE_NUMBER;
		out->qty = CSTN__SHIPMENT_QTY;
		out->n = row->n_lines;
		out->first = 0;
	} else {
		out->order = CSTN__RETURN_ORDER_ID;
		out->line = CSTN__RETURN_LINE_NUMBER;
		out->qty = CSTN__RETURN_QTY;
		out->n = 1;
		out->first = CSTN_NO_LINE;
	}
}

/* The order of an id: the owner's, or the one without an owner. What an earlier version holds of an
 * order that is gone stands in the totals under the owner's. */
static cstn_status order_of(cstn__checks *checks, const cstn__cell *id, const cstn__cell *owner,
		const int64_t *held_line, uint32_t *out, cstn_error **error)
{
	cstn__line_info *line = NULL;
	cstn_status status = cstn__order_code(checks, id->text, id->len, owner->text,
			owner->valid ? owner->len : 0, out, error);

	if (status != CSTN_OK || checks->orders.items[*out].there || !owner->valid || !owner->len)
		return status;
	if (held_line)
		status = any_line(checks, *out, *held_line, &line, error);
	if (status != CSTN_OK || (line && (line->shipped || line->returned)))
		return status;
	return cstn__order_code(checks, id->text, id->len, "", 0, out, error);
}

static cstn_status gather(cstn__checks *checks, const cstn__row *row, int earlier, cstn__held **out,
		cstn_error **error)
{
	const cstn__field *owner_field = cstn__noun_field(row->noun, "owner");
	cstn__cell owner, cell;
	held_fields fields;
	cstn__held *held;

	fields_of(row, &fields);
	row->cell(row, CSTN_NO_LINE, owner_field->number, &owner);
	held = cstn__arena_alloc(&checks->arena, sizeof(*held));
	if (held)
		held->items = cstn__arena_alloc(
				&checks->arena, (fields.n + 1) * sizeof(*held->items));
	if (!held || !held->items)
		return cstn__fail_nomem(error);
	held->n = fields.n;
	for (size_t i = 0; i < fields.n; i++) {
		size_t line = fields.first == CSTN_NO_LINE ? CSTN_NO_LINE : i;
		cstn_status status;

		row->cell(row, line, fields.line, &cell);
		held->items[i].line = cell.number;
		row->cell(row, line, fields.order, &cell);
		status = order_of(checks, &cell, &owner, earlier ? &held->items[i].line : NULL,
				&held->items[i].order, error);
		if (status != CSTN_OK)
			return status;
		row->cell(row, line, fields.qty, &cell);
		held->items[i].qty = cell.number;
	}
	*out = held;
	return CSTN_OK;
}

/* What the version in the snapshot holds. */
cstn_status cstn__held_load(cstn__checks *checks, const cstn__key *key, cstn_error **error)
{
	cstn_record *before = NULL;
	cstn__held *held = NULL;
	cstn__known *known;
	cstn__row old;
	cstn_status status = cstn__checks_key(checks, key, &known, error);

	if (status != CSTN_OK || !known->there || known->own || known->held)
		return status;
	status = cstn__snapshot_record(
			checks->base, key, INT64_MAX, &checks->allocator, &before, error);
	if (status != CSTN_OK || !before)
		return status;
	cstn__row_of_record(before, &old);
	status = gather(checks, &old, 1, &held, error);
	cstn_record_unref(before);
	if (status != CSTN_OK)
		return status;
	status = cstn__checks_key(checks, key, &known, error);
	for (size_t i = 0; i < held->n && status == CSTN_OK; i++) {
		cstn__line_info *line;

		status = any_line(checks, held->items[i].order, held->items[i].line, &line, error);
	}
	if (status == CSTN_OK)
		known->held = held;
	return status;
}

static int64_t held_of(const cstn__held *held, uint32_t order, int64_t line)
{
	int64_t sum = 0;

	for (size_t i = 0; held && i < held->n; i++)
		if (held->items[i].order == order && held->items[i].line == line &&
				__builtin_add_overflow(sum, held->items[i].qty, &sum))
			return INT64_MAX;
	return sum;
}

/* The most that may be held of a line. */
static int64_t bound_of(const cstn__row *row, const cstn__line_info *line)
{
	int64_t open = line->qty - line->cancelled;
	cstn__cell tolerance;

	if (row->noun->id == CSTN__NOUN_RETURN)
		return line->delivered == UNKNOWN ? open : line->delivered;
	row->cell(row, CSTN_NO_LINE, CSTN__SHIPMENT_TOLERANCE_PPM, &tolerance);
	if (tolerance.valid) {
		cstn__i128 bound = (cstn__i128)open * (1000000 + tolerance.number) / 1000000;

		open = bound > INT64_MAX ? INT64_MAX : (int64_t)bound;
	}
	return open;
}

/* The quantity of a row with what bounds it: "6 (10 left)", or with other rows of the record that
 * hold the same line "6 (12 in all, 10 left)". */
static void say_bound(
		int64_t qty, int64_t mine, int64_t others, int64_t bound, char text[BOUND_TEXT])
{
	int64_t left = bound > others ? bound - others : 0;

	if (qty == mine)
		(void)snprintf(text, BOUND_TEXT, "%" PRId64 " (%" PRId64 " left)", qty, left);
	else
		(void)snprintf(text, BOUND_TEXT,
				"%" PRId64 " (%" PRId64 " in all, %" PRId64 " left)", qty, mine,
				left);
}

cstn_status cstn__held_check(cstn__checks *checks, const cstn__row *row, const cstn__key *key,
		cstn_status (*report)(void *context, size_t line, uint32_t field,
				const cstn__cell *cell, int32_t code),
		void *context, cstn__checked *out, cstn_error **error)
{
	held_fields fields;
	cstn__known *known = NULL;
	cstn_status status = cstn__held_load(checks, key, error);

	if (status == CSTN_OK)
		status = gather(checks, row, 0, &out->held, error);
	if (status == CSTN_OK)
		status = cstn__checks_key(checks, key, &known, error);
	if (status != CSTN_OK)
		return status;
	fields_of(row, &fields);
	for (size_t i = 0; i < out->held->n; i++) {
		uint32_t order = out->held->items[i].order;
		size_t at = fields.first == CSTN_NO_LINE ? CSTN_NO_LINE : i;
		cstn__line_info *line = find_line(checks, order, out->held->items[i].line);
		int64_t mine = held_of(out->held, order, out->held->items[i].line), others, total,
			bound;
		char text[BOUND_TEXT];
		cstn__cell cell;

		if (line && !line->there)
			line = NULL;
		if (line) {
			status = load_totals(checks, order, line, error);
			if (status != CSTN_OK)
				return status;
			others = row->noun->id == CSTN__NOUN_RETURN ? line->returned
								    : line->shipped;
			others -= held_of(known->held, order, line->number);
			bound = bound_of(row, line);
			if (!__builtin_add_overflow(others, mine, &total) && total <= bound)
				continue;
			say_bound(out->held->items[i].qty, mine, others, bound, text);
		}
		row->cell(row, at, line ? fields.qty : fields.line, &cell);
		if (line) {
			cell.text = text;
			cell.len = (uint32_t)strlen(text);
		}
		if (!out->bad++)
			out->worst = CSTN_E_INVALID_ARGUMENT;
		if (report(context, at, line ? fields.qty : fields.line, &cell,
				    line ? CSTN_ROW_RANGE : CSTN_ROW_REFERENCE) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static void add_held(
		cstn__checks *checks, const cstn__noun *noun, const cstn__held *held, int64_t sign)
{
	for (size_t i = 0; held && i < held->n; i++) {
		cstn__line_info *line =
				find_line(checks, held->items[i].order, held->items[i].line);

		if (!line)
			continue;
		if (noun->id == CSTN__NOUN_RETURN)
			line->returned += sign * held->items[i].qty;
		else
			line->shipped += sign * held->items[i].qty;
		line->dirty = 1;
	}
}

void cstn__held_apply(cstn__checks *checks, const cstn__noun *noun, const cstn__held *from,
		const cstn__held *to)
{
	add_held(checks, noun, from, -1);
	add_held(checks, noun, to, 1);
}

/* --- into the store --------------------------------------------------------------------------- */

static cstn_status flush_line(cstn__checks *checks, cstn__transaction *transaction, uint32_t order,
		cstn__line_info *line, int64_t recorded_us, cstn_error **error)
{
	static const uint32_t ids[] = {CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_ORDER_ID,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_OWNER,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_LINE_NUMBER,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_RECORDED,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_SHIPPED,
			CSTN__COLUMN_FIRST + CSTN__LINE_TOTAL_RETURNED};
	cstn__key_values key_values;
	cstn__values columns[6];
	cstn__store_batch batch = {.rows = 1, .ids = ids, .columns = columns, .n_columns = 6};
	cstn__key key;
	cstn_status status;

	total_key(checks, order, line->number, &key);
	cstn__key_to_values(&key, &key_values);
	memcpy(columns, key_values.values, 3 * sizeof(*columns));
	columns[3] = (cstn__values){.rows = 1, .numbers = &recorded_us};
	columns[4] = (cstn__values){.rows = 1, .numbers = &line->shipped};
	columns[5] = (cstn__values){.rows = 1, .numbers = &line->returned};
	status = cstn__transaction_require(
			transaction, CSTN__NOUN_LINE_TOTAL, key_values.values, line->seq, error);
	if (status == CSTN_OK)
		status = cstn__transaction_upsert(
				transaction, CSTN__NOUN_LINE_TOTAL, &batch, error);
	if (status == CSTN_OK)
		line->dirty = 0;
	return status;
}

cstn_status cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < checks->orders.count; i++)
		for (size_t k = 0; k < checks->orders.items[i].n && status == CSTN_OK; k++)
			if (checks->orders.items[i].lines[k].dirty)
				status = flush_line(checks, transaction, (uint32_t)i,
						&checks->orders.items[i].lines[k], recorded_us,
						error);
	return status;
}
