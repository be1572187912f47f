#include "wide_lines.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "native.h"

#define KEY_TEXT 24
#define MOST_BUFFERS (WIDE_COLUMNS * 6)

static const struct {
	const char *name;
	int kind;
} columns[WIDE_COLUMNS] = {{"order_id", WIDE_KEY}, {"shipment_id", WIDE_KEY},
		{"line_number", WIDE_INT}, {"order_lines", WIDE_INT}, {"ordered", WIDE_TIME},
		{"requested", WIDE_TIME}, {"promised", WIDE_TIME}, {"promised_last", WIDE_TIME},
		{"promised_customer", WIDE_TIME}, {"promised_supplier", WIDE_TIME},
		{"delivered", WIDE_TIME}, {"shipped", WIDE_TIME}, {"arrived", WIDE_TIME},
		{"accepted", WIDE_TIME}, {"recorded", WIDE_TIME}, {"attempted", WIDE_TIME},
		{"qty", WIDE_QUANTITY}, {"qty_cancelled", WIDE_QUANTITY},
		{"qty_delivered", WIDE_QUANTITY}, {"qty_due", WIDE_QUANTITY},
		{"value", WIDE_QUANTITY}, {"price", WIDE_QUANTITY}, {"status", WIDE_TEXT},
		{"shipments", WIDE_INT}, {"substitute", WIDE_FLAG},
		{"substitute_agreed", WIDE_FLAG}, {"wrong_item", WIDE_FLAG},
		{"customer_fault", WIDE_FLAG}, {"force_majeure", WIDE_FLAG},
		{"condition_ok", WIDE_FLAG}, {"damaged", WIDE_FLAG}, {"defective", WIDE_FLAG},
		{"wrong_configuration", WIDE_FLAG}, {"refused", WIDE_FLAG},
		{"documents_ok", WIDE_INT}, {"documents_bad", WIDE_INT},
		{"documents_complete", WIDE_TIME}, {"returned", WIDE_TIME},
		{"return_reason", WIDE_TEXT}, {"late_cause", WIDE_TEXT}, {"short_cause", WIDE_TEXT},
		{"documents_cause", WIDE_TEXT}, {"condition_cause", WIDE_TEXT},
		{"late_owner", WIDE_TEXT}, {"short_owner", WIDE_TEXT},
		{"documents_owner", WIDE_TEXT}, {"condition_owner", WIDE_TEXT},
		{"promised_offset_minutes", WIDE_INT}, {"actual_offset_minutes", WIDE_INT},
		{"ship_to_zone", WIDE_TEXT}, {"policy_digest", WIDE_TEXT}, {"partner", WIDE_INT},
		{"carrier", WIDE_TEXT}};

static const char *const statuses[] = {
		"", "open", "closed", "cancelled_by_customer", "cancelled_by_supplier"};
static const char *const reasons[] = {"", "damaged", "defective", "wrong_configuration",
		"wrong_item", "short", "excess", "paperwork", "other"};
static const char *const owners[] = {
		"", "supplier", "warehouse", "carrier", "customer", "own_office"};
static const char *const causes[] = {"weather", "strike", "no truck at all today", ""};
static const char *const carriers[] = {"sea", "air", "road and rail, by turns", ""};
static const char *const zones[] = {"Europe/Berlin", "Etc/GMT-9", "no such zone"};

uint64_t wide_draw(wide_random *random, uint64_t below)
{
	return cstn__random_u64(random->seed, random->at++) % below;
}

static int one_in(wide_random *random, uint64_t n)
{
	return wide_draw(random, n) == 0;
}

/* --- values --------------------------------------------------------------------------------------
 */

static void put_number(wide_line *line, int column, int64_t number)
{
	line->of[column].number = number;
	line->of[column].null = 0;
}

static void put_text(wide_line *line, int column, const char *text)
{
	line->of[column].text = text;
	line->of[column].null = 0;
}

static void make_times(wide_line *line, wide_random *random, uint64_t rare)
{
	int64_t hour = INT64_C(3600000000), ordered, promised;
	int c;

	ordered = WIDE_BASE + (int64_t)wide_draw(random, 190 * 24) * hour +
		  (int64_t)wide_draw(random, 3600) * 1000000 + (int64_t)wide_draw(random, 1000000);
	promised = ordered + (int64_t)wide_draw(random, 30 * 24) * hour;
	put_number(line, CSTN__COL_ORDERED, ordered);
	put_number(line, CSTN__COL_REQUESTED, promised + (int64_t)wide_draw(random, 72) * hour);
	put_number(line, CSTN__COL_PROMISED, promised);
	put_number(line, CSTN__COL_PROMISED_LAST,
			promised + (int64_t)wide_draw(random, 96) * hour - 24 * hour);
	for (c = CSTN__COL_DELIVERED; c <= CSTN__COL_RECORDED; c++)
		put_number(line, c,
				promised + (int64_t)wide_draw(random, 72) * hour - 48 * hour +
						(int64_t)wide_draw(random, 2) * 2 * CSTN_DAY_US +
						(int64_t)wide_draw(random, 1000000));
	if (one_in(random, 6)) /* at the very promise, and an instant beside it */
		put_number(line, CSTN__COL_DELIVERED, promised + (int64_t)wide_draw(random, 3) - 1);
	for (c = CSTN__COL_ORDERED; c <= CSTN__COL_RECORDED; c++)
		if (one_in(random, rare))
			line->of[c].null = 1;
	for (c = CSTN__COL_PROMISED_CUSTOMER; c <= CSTN__COL_PROMISED_SUPPLIER; c++) {
		line->of[c].null = !one_in(random, rare);
		line->of[c].number =
				one_in(random, 20)
						? 0
						: promised + (int64_t)wide_draw(random, 200) * hour;
	}
	put_number(line, CSTN__COL_ATTEMPTED,
			promised + (int64_t)wide_draw(random, 96) * hour - 48 * hour);
	put_number(line, CSTN__COL_DOCUMENTS_COMPLETE,
			promised + (int64_t)wide_draw(random, 96) * hour - 24 * hour);
	put_number(line, CSTN__COL_RETURNED, promised + (int64_t)wide_draw(random, 50 * 24) * hour);
	line->of[CSTN__COL_ATTEMPTED].null = !one_in(random, rare);
	line->of[CSTN__COL_DOCUMENTS_COMPLETE].null = !one_in(random, rare > 10 ? rare : 2);
	line->of[CSTN__COL_RETURNED].null = !one_in(random, rare);
}

static void make_quantities(wide_line *line, wide_random *random, uint64_t rare)
{
	int64_t quantity = 1 + (int64_t)wide_draw(random, 30);
	int c;

	put_number(line, CSTN__COL_QTY, quantity);
	put_number(line, CSTN__COL_QTY_CANCELLED,
			one_in(random, rare) ? (int64_t)wide_draw(random, (uint64_t)quantity + 1)
					     : 0);
	put_number(line, CSTN__COL_QTY_DELIVERED,
			one_in(random, 8) ? (int64_t)wide_draw(random, 33) : quantity);
	put_number(line, CSTN__COL_QTY_DUE,
			one_in(random, 6) ? (int64_t)wide_draw(random, 33) : quantity);
	put_number(line, CSTN__COL_VALUE, (int64_t)wide_draw(random, 100000));
	put_number(line, CSTN__COL_PRICE,
			one_in(random, 40) ? INT64_C(1) << 62 : (int64_t)wide_draw(random, 900));
	for (c = CSTN__COL_QTY; c <= CSTN__COL_PRICE; c++)
		if (one_in(random, rare))
			line->of[c].null = 1;
	if (one_in(random, rare * 20))
		put_number(line, CSTN__COL_QTY, (int64_t)wide_draw(random, 2) - 1);
	if (one_in(random, rare * 20))
		put_number(line, CSTN__COL_QTY_DELIVERED, -1);
	if (one_in(random, rare * 20))
		put_number(line, CSTN__COL_QTY_CANCELLED, 1000);
}

static void make_marks(wide_line *line, wide_random *random, uint64_t rare)
{
	int c;

	for (c = CSTN__COL_SUBSTITUTE; c <= CSTN__COL_REFUSED; c++) {
		put_number(line, c, one_in(random, rare));
		line->of[c].null = one_in(random, rare);
	}
	put_number(line, CSTN__COL_CONDITION_OK, !one_in(random, 4));
	line->of[CSTN__COL_CONDITION_OK].null = one_in(random, 6);
	put_number(line, CSTN__COL_SHIPMENTS, (int64_t)wide_draw(random, 3));
	put_number(line, CSTN__COL_DOCUMENTS_OK,
			one_in(random, 3) ? (int64_t)wide_draw(random, 64) : 63);
	line->of[CSTN__COL_DOCUMENTS_OK].null = one_in(random, 5);
	put_number(line, CSTN__COL_DOCUMENTS_BAD,
			one_in(random, rare) ? (int64_t)wide_draw(random, 64) : 0);
	line->of[CSTN__COL_DOCUMENTS_BAD].null = one_in(random, rare);
}

static void make_texts(wide_line *line, wide_random *random, uint64_t rare, const char *digest)
{
	int c;

	put_text(line, CSTN__COL_STATUS,
			statuses[one_in(random, rare) ? 1 + wide_draw(random, 4) : 2]);
	line->of[CSTN__COL_STATUS].null = one_in(random, 3);
	put_text(line, CSTN__COL_RETURN_REASON, reasons[1 + wide_draw(random, 8)]);
	line->of[CSTN__COL_RETURN_REASON].null = one_in(random, 4);
	for (c = 0; c < 4; c++) {
		put_text(line, CSTN__COL_LATE_CAUSE + c, causes[wide_draw(random, 4)]);
		line->of[CSTN__COL_LATE_CAUSE + c].null = one_in(random, 2);
		put_text(line, CSTN__COL_LATE_OWNER + c, owners[1 + wide_draw(random, 5)]);
		line->of[CSTN__COL_LATE_OWNER + c].null = one_in(random, 2);
	}
	put_number(line, CSTN__COL_PROMISED_OFFSET, (int64_t)wide_draw(random, 9) * 150 - 600);
	put_number(line, CSTN__COL_ACTUAL_OFFSET, (int64_t)wide_draw(random, 9) * 150 - 600);
	line->of[CSTN__COL_PROMISED_OFFSET].null = one_in(random, rare);
	line->of[CSTN__COL_ACTUAL_OFFSET].null = one_in(random, rare);
	if (one_in(random, rare * 20))
		put_number(line, CSTN__COL_ACTUAL_OFFSET, 1440);
	put_text(line, CSTN__COL_SHIP_TO_ZONE,
			zones[one_in(random, rare * 10) ? 2 : wide_draw(random, 2)]);
	line->of[CSTN__COL_SHIP_TO_ZONE].null = one_in(random, 5);
	put_text(line, CSTN__COL_POLICY_DIGEST, one_in(random, rare * 20) ? "0123" : digest);
	line->of[CSTN__COL_POLICY_DIGEST].null = one_in(random, 5);
}

static void make_order(
		wide_lines *lines, wide_random *random, int64_t order, int calm, const char *digest)
{
	int32_t n = 1 + (int32_t)wide_draw(random, 6), i;
	int64_t partner = (int64_t)wide_draw(random, 4), carrier = (int64_t)wide_draw(random, 4);
	uint64_t rare = calm ? 200 : 12;

	if (one_in(random, 40))
		n = 70;
	for (i = 0; i < n; i++) {
		wide_line *line = &lines->items[lines->count++];

		memset(line, 0, sizeof(*line));
		put_number(line, CSTN__COL_ORDER_ID, order);
		put_number(line, CSTN__COL_SHIPMENT_ID, order / 2 + (int64_t)wide_draw(random, 2));
		line->of[CSTN__COL_ORDER_ID].null = one_in(random, rare * 5);
		line->of[CSTN__COL_SHIPMENT_ID].null = one_in(random, rare * 5);
		put_number(line, CSTN__COL_LINE_NUMBER, i / 2);
		line->of[CSTN__COL_LINE_NUMBER].null = one_in(random, 9);
		put_number(line, CSTN__COL_ORDER_LINES, n);
		make_times(line, random, rare);
		make_quantities(line, random, rare);
		make_marks(line, random, rare);
		make_texts(line, random, rare, digest);
		if (i > 0 && !one_in(random, 5)) /* schedules of several lines */
			line->of[CSTN__COL_PROMISED] = line[-1].of[CSTN__COL_PROMISED];
		put_number(line, WIDE_PARTNER,
				one_in(random, 20) ? (int64_t)wide_draw(random, 4) : partner);
		put_text(line, WIDE_CARRIER,
				carriers[one_in(random, 30) ? wide_draw(random, 4)
							    : (uint64_t)carrier]);
		line->of[WIDE_PARTNER].null = one_in(random, rare * 2);
		line->of[WIDE_CARRIER].null = one_in(random, rare * 2);
	}
}

/* A column of dates, of whole seconds, or of microseconds. */
static void round_times(wide_lines *lines, wide_random *random)
{
	static const int64_t units[] = {1, 1000000, CSTN_DAY_US};
	uint64_t same = wide_draw(random, 6);
	size_t i;
	int c;

	for (c = CSTN__COL_ORDERED; c < CSTN__COL_COUNT; c++) {
		int64_t unit = units[same < 3 ? same : wide_draw(random, 3)];

		for (i = 0; lines->kind[c] == WIDE_TIME && i < lines->count; i++)
			lines->items[i].of[c].number -= lines->items[i].of[c].number % unit;
	}
}

static void make_key_texts(wide_lines *lines)
{
	size_t i;
	int c;

	lines->texts = malloc(lines->count * 2 * KEY_TEXT + 1);
	ck_assert_ptr_nonnull(lines->texts);
	for (i = 0; i < lines->count; i++)
		for (c = 0; c < 2; c++) {
			char *text = lines->texts + (i * 2 + (size_t)c) * KEY_TEXT;

			snprintf(text, KEY_TEXT, "number %09lld",
					(long long)lines->items[i].of[c].number);
			lines->items[i].of[c].text = text;
		}
}

void wide_make(wide_lines *lines, wide_random *random, int calm, const char *digest)
{
	int64_t order, orders = calm ? 300 : 60, order_step = 1 + (int64_t)wide_draw(random, 3);
	int c, few = !one_in(random, 3);

	memset(lines, 0, sizeof(*lines));
	lines->items = malloc((size_t)orders * 70 * sizeof(*lines->items));
	ck_assert_ptr_nonnull(lines->items);
	for (c = 0; c < WIDE_COLUMNS; c++) {
		lines->kind[c] = columns[c].kind;
		lines->has[c] = !one_in(random, calm ? 2 : 10);
	}
	/* what keeps whole words of lines from being judged at once is often not there */
	for (c = CSTN__COL_LATE_CAUSE; calm && few && c <= CSTN__COL_POLICY_DIGEST; c++)
		lines->has[c] = 0;
	if (calm && !one_in(random, 4))
		lines->has[CSTN__COL_SHIPMENTS] = lines->has[CSTN__COL_ORDER_LINES] =
				lines->has[CSTN__COL_SHIP_TO_ZONE] =
						lines->has[CSTN__COL_POLICY_DIGEST] = 0;
	if (calm)
		lines->has[CSTN__COL_QTY] = lines->has[CSTN__COL_QTY_DELIVERED] =
				lines->has[CSTN__COL_DELIVERED] = 1;
	lines->text_keys = one_in(random, 3);
	for (order = 0; order < orders; order++)
		make_order(lines, random, order * order_step, calm, digest);
	round_times(lines, random);
	make_key_texts(lines);
}

void wide_free(wide_lines *lines)
{
	free(lines->items);
	free(lines->texts);
	memset(lines, 0, sizeof(*lines));
}

/* Stable, so that nothing but the key decides. */
void wide_sort(wide_lines *lines, int column)
{
	size_t i, k;

	for (i = 1; i < lines->count; i++) {
		wide_line line = lines->items[i];

		for (k = i; k > 0 && lines->items[k - 1].of[column].number > line.of[column].number;
				k--)
			lines->items[k] = lines->items[k - 1];
		lines->items[k] = line;
	}
}

void wide_shuffle(wide_lines *lines, wide_random *random)
{
	size_t i;

	for (i = lines->count; i > 1; i--) {
		size_t k = (size_t)wide_draw(random, i);
		wide_line swap = lines->items[i - 1];

		lines->items[i - 1] = lines->items[k];
		lines->items[k] = swap;
	}
}

/* --- streams
 * ---------------------------------------------------------------------------------------- */

struct wide_stream {
	maker_stream maker;
	maker_column *columns; /* fields, then those of each batch */
	maker_batch *batches;
	maker_column dictionaries[WIDE_COLUMNS];
	void *buffers[MOST_BUFFERS];
	size_t n_buffers;
};

static void *buffer_of(wide_stream *stream, size_t size)
{
	void *memory = calloc(1, size + 8);

	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_lt(stream->n_buffers, MOST_BUFFERS);
	stream->buffers[stream->n_buffers++] = memory;
	return memory;
}

typedef struct piece {
	wide_stream *stream;
	const wide_lines *lines;
	size_t from, n, lead; /* rows, and rows of another before them */
	int column;
	maker_column *out;
} piece;

static const wide_value *value_at(const piece *from, size_t i)
{
	return &from->lines->items[from->from + i].of[from->column];
}

static void put_integers(const piece *to, const char *format, int width, int64_t divide)
{
	uint8_t *bytes = buffer_of(to->stream, (to->lead + to->n) * (size_t)width);
	size_t i;

	for (i = 0; i < to->n; i++) {
		int64_t number = value_at(to, i)->number;
		__extension__ __int128 wide =
				divide < 0 ? (__int128)number * -divide : number / divide;

		put_native(bytes + (to->lead + i) * (size_t)width, wide, (size_t)width);
	}
	to->out->format = format;
	to->out->n_buffers = 2;
	to->out->buffers[1] = bytes;
}

static void put_bits(const piece *to)
{
	uint8_t *bytes = buffer_of(to->stream, (to->lead + to->n) / 8 + 1);
	size_t i;

	for (i = 0; i < to->n; i++)
		if (value_at(to, i)->number)
			bytes[(to->lead + i) / 8] |= (uint8_t)(1u << ((to->lead + i) % 8));
	to->out->format = "b";
	to->out->n_buffers = 2;
	to->out->buffers[1] = bytes;
}

static void put_plain_texts(const piece *to, int large)
{
	size_t i, size = 0, width = large ? 8 : 4;
	uint8_t *offsets = buffer_of(to->stream, (to->lead + to->n + 1) * width);
	char *text;

	for (i = 0; i < to->n; i++)
		size += strlen(value_at(to, i)->text);
	text = buffer_of(to->stream, size);
	size = 0;
	for (i = 0; i <= to->n; i++) {
		put_native(offsets + (to->lead + i) * width, (int64_t)size, width);
		if (i == to->n)
			break;
		memcpy(text + size, value_at(to, i)->text, strlen(value_at(to, i)->text));
		size += strlen(value_at(to, i)->text);
	}
	to->out->format = large ? "U" : "u";
	to->out->n_buffers = 3;
	to->out->buffers[1] = offsets;
	to->out->buffers[2] = text;
}

static void put_view_texts(const piece *to)
{
	uint8_t *views = buffer_of(to->stream, (to->lead + to->n) * 16);
	int64_t *sizes = buffer_of(to->stream, sizeof(*sizes));
	char *text;
	size_t i, size = 0;

	for (i = 0; i < to->n; i++)
		size += strlen(value_at(to, i)->text);
	text = buffer_of(to->stream, size);
	size = 0;
	for (i = 0; i < to->n; i++) {
		const char *from = value_at(to, i)->text;
		uint32_t len = (uint32_t)strlen(from), offset = (uint32_t)size;
		uint8_t *view = views + (to->lead + i) * 16;

		memcpy(view, &len, 4);
		memcpy(view + 4, from, len < 12 ? len : 12);
		if (len <= 12)
			continue;
		memset(view + 8, 0, 4);
		memcpy(view + 12, &offset, 4);
		memcpy(text + size, from, len);
		size += len;
	}
	*sizes = (int64_t)size;
	to->out->format = "vu";
	to->out->n_buffers = 4;
	to->out->buffers[1] = views;
	to->out->buffers[2] = text;
	to->out->buffers[3] = sizes;
}

/* Every text of the list once, in a dictionary that may hold more than is used. */
static void put_dictionary(const piece *to, int narrow)
{
	maker_column *dictionary = &to->stream->dictionaries[to->column];
	int32_t *offsets = buffer_of(to->stream, 129 * sizeof(*offsets));
	char *text = buffer_of(to->stream, 128 * 80);
	uint8_t *index = buffer_of(to->stream, (to->lead + to->n) * 4);
	int32_t n = 0, k;
	size_t i;

	for (i = 0; i < to->n; i++) {
		const char *from = value_at(to, i)->text;
		int32_t len = (int32_t)strlen(from);

		for (k = 0; k < n; k++)
			if (offsets[k + 1] - offsets[k] == len &&
					memcmp(text + offsets[k], from, (size_t)len) == 0)
				break;
		if (k == n) {
			ck_assert_int_lt(n, 127);
			memcpy(text + offsets[n], from, (size_t)len);
			offsets[n + 1] = offsets[n] + len;
			n++;
		}
		put_native(index + (to->lead + i) * (narrow ? 1 : 4), k, narrow ? 1 : 4);
	}
	*dictionary = (maker_column){.name = "", .format = "u", .length = n, .n_buffers = 3};
	dictionary->buffers[1] = offsets;
	dictionary->buffers[2] = text;
	to->out->format = narrow ? "c" : "i";
	to->out->n_buffers = 2;
	to->out->buffers[1] = index;
	to->out->dictionary = dictionary;
}

static void put_validity(const piece *to, wide_random *random)
{
	uint8_t *valid;
	size_t i, nulls = 0;

	for (i = 0; i < to->n; i++)
		nulls += value_at(to, i)->null != 0;
	to->out->null_count = wide_draw(random, 2) ? -1 : (int64_t)nulls;
	if (nulls == 0 && wide_draw(random, 2))
		return;
	valid = buffer_of(to->stream, (to->lead + to->n) / 8 + 1);
	for (i = 0; i < to->n; i++)
		if (!value_at(to, i)->null)
			valid[(to->lead + i) / 8] |= (uint8_t)(1u << ((to->lead + i) % 8));
	to->out->buffers[0] = valid;
}

static int all_multiples(const piece *from, int64_t unit)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (value_at(from, i)->number % unit)
			return 0;
	return 1;
}

static void put_times(const piece *to, wide_random *random)
{
	uint64_t pick = wide_draw(random, 4);

	if (all_multiples(to, CSTN_DAY_US) && pick < 3)
		put_integers(to, "tdD", 4, CSTN_DAY_US);
	else if (all_multiples(to, 1000000) && pick == 0)
		put_integers(to, "tss:UTC", 8, 1000000);
	else if (all_multiples(to, 1000) && pick == 1)
		put_integers(to, "tsm:Europe/Berlin", 8, 1000);
	else if (pick == 3)
		put_integers(to, "tsn:UTC", 8, -1000);
	else
		put_integers(to, "tsu:UTC", 8, 1);
}

static int fits32(const piece *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (value_at(from, i)->number != (int32_t)value_at(from, i)->number)
			return 0;
	return 1;
}

static void put_column(const piece *to, wide_random *random)
{
	int kind = to->lines->kind[to->column];
	uint64_t pick = wide_draw(random, 5);

	to->out->name = columns[to->column].name;
	if (kind == WIDE_FLAG)
		put_bits(to);
	else if (kind == WIDE_TIME)
		put_times(to, random);
	else if (kind == WIDE_TEXT && pick < 2)
		put_dictionary(to, pick == 0);
	else if (kind == WIDE_TEXT || (kind == WIDE_KEY && to->lines->text_keys)) {
		if (pick == 2)
			put_view_texts(to);
		else
			put_plain_texts(to, pick == 3);
	} else if (kind == WIDE_QUANTITY && pick == 0)
		put_integers(to, "d:19,0", 16, 1);
	else if (kind == WIDE_INT && pick == 0)
		put_integers(to, "s", 2, 1);
	else if (kind == WIDE_INT || (pick < 3 && fits32(to)))
		put_integers(to, "i", 4, 1);
	else
		put_integers(to, "l", 8, 1);
	put_validity(to, random);
}

wide_stream *wide_stream_make(const wide_lines *lines, size_t from, size_t to, size_t batch,
		wide_random *random, struct ArrowArrayStream *out)
{
	size_t n = 0, n_batches = (to - from + batch - 1) / batch, b, k = 0;
	wide_stream *stream = calloc(1, sizeof(*stream));
	size_t leads[WIDE_COLUMNS] = {0};
	int c;

	ck_assert_ptr_nonnull(stream);
	for (c = 0; c < WIDE_COLUMNS; c++)
		n += lines->has[c] != 0;
	stream->columns = calloc((n_batches + 1) * n + 1, sizeof(*stream->columns));
	stream->batches = calloc(n_batches + 1, sizeof(*stream->batches));
	ck_assert(stream->columns && stream->batches);
	for (c = 0; c < WIDE_COLUMNS; c++) {
		piece one = {stream, lines, from, to - from, wide_draw(random, 3) * 7, c,
				&stream->columns[k]};

		if (!lines->has[c])
			continue;
		put_column(&one, random);
		leads[k++] = one.lead;
	}
	for (b = 0; b < n_batches; b++) {
		maker_column *cut = stream->columns + (b + 1) * n;
		size_t start = b * batch,
		       rows = to - from - start < batch ? to - from - start : batch;

		memcpy(cut, stream->columns, n * sizeof(*cut));
		for (k = 0; k < n; k++) {
			cut[k].offset = (int64_t)(leads[k] + start);
			cut[k].length = (int64_t)rows;
			cut[k].null_count = cut[k].buffers[0] ? -1 : 0;
		}
		stream->batches[b] = (maker_batch){.length = (int64_t)rows, .columns = cut};
	}
	stream->maker = (maker_stream){.fields = stream->columns,
			.n = n,
			.batches = stream->batches,
			.n_batches = n_batches};
	maker_open(out, &stream->maker);
	return stream;
}

void wide_stream_free(wide_stream *stream)
{
	size_t i;

	for (i = 0; i < stream->n_buffers; i++)
		free(stream->buffers[i]);
	free(stream->columns);
	free(stream->batches);
	free(stream);
}

/* --- facts
 * ------------------------------------------------------------------------------------------ */

static int64_t number_of(const wide_lines *lines, const wide_line *line, int column, int64_t none)
{
	return lines->has[column] && !line->of[column].null ? line->of[column].number : none;
}

static int32_t code_of(const wide_lines *lines, const wide_line *line, int column,
		const char *const *names, int32_t n)
{
	int32_t i;

	for (i = 1; lines->has[column] && !line->of[column].null && i < n; i++)
		if (strcmp(names[i], line->of[column].text) == 0)
			return i;
	return 0;
}

static uint32_t marks_of(const wide_lines *lines, const wide_line *line)
{
	static const uint32_t marks[] = {CSTN_MARK_SUBSTITUTE, CSTN_MARK_SUBSTITUTE_AGREED,
			CSTN_MARK_WRONG_ITEM, CSTN_MARK_CUSTOMER_FAULT, CSTN_MARK_FORCE_MAJEURE,
			CSTN_MARK_CONDITION_OK, CSTN_MARK_DAMAGED, CSTN_MARK_DEFECTIVE,
			CSTN_MARK_WRONG_CONFIGURATION, CSTN_MARK_REFUSED_FOR_QUALITY};
	uint32_t out = 0;
	int c;

	for (c = 0; c < 10; c++)
		if (number_of(lines, line, CSTN__COL_SUBSTITUTE + c, 0))
			out |= marks[c];
	if (number_of(lines, line, CSTN__COL_DOCUMENTS_OK, -1) < 0 &&
			number_of(lines, line, CSTN__COL_DOCUMENTS_COMPLETE, CSTN_TIME_NULL) ==
					CSTN_TIME_NULL)
		out |= CSTN_MARK_DOCUMENTS_UNKNOWN;
	if (number_of(lines, line, CSTN__COL_CONDITION_OK, -1) < 0)
		out |= CSTN_MARK_CONDITION_UNKNOWN;
	return out;
}

cstn_order_line wide_facts(const wide_lines *lines, const wide_line *line)
{
	cstn_order_line facts;
	int64_t *const times[] = {&facts.ordered_us, &facts.requested_us, &facts.promised_us,
			&facts.promised_last_us, &facts.promised_customer_us,
			&facts.promised_supplier_us, &facts.delivered_us, &facts.shipped_us,
			&facts.arrived_us, &facts.accepted_us, &facts.recorded_us,
			&facts.attempted_us, &facts.quantity, &facts.quantity_cancelled,
			&facts.quantity_delivered, &facts.quantity_due, &facts.value_minor,
			&facts.price_minor};
	int c;

	cstn_order_line_init(&facts, sizeof(facts));
	for (c = 0; c < (int)(sizeof(times) / sizeof(*times)); c++)
		*times[c] = number_of(lines, line, CSTN__COL_ORDERED + c, *times[c]);
	facts.documents_complete_us =
			number_of(lines, line, CSTN__COL_DOCUMENTS_COMPLETE, CSTN_TIME_NULL);
	facts.returned_us = number_of(lines, line, CSTN__COL_RETURNED, CSTN_TIME_NULL);
	facts.marks = marks_of(lines, line);
	facts.line_number = (int32_t)number_of(lines, line, CSTN__COL_LINE_NUMBER, 0);
	facts.status = code_of(lines, line, CSTN__COL_STATUS, statuses, 5);
	facts.return_reason = code_of(lines, line, CSTN__COL_RETURN_REASON, reasons, 9);
	facts.shipments = (int32_t)number_of(lines, line, CSTN__COL_SHIPMENTS, 0);
	facts.documents_ok = (uint32_t)number_of(lines, line, CSTN__COL_DOCUMENTS_OK, 0);
	facts.documents_bad = (uint32_t)number_of(lines, line, CSTN__COL_DOCUMENTS_BAD, 0);
	facts.promised_offset_minutes = (int32_t)number_of(
			lines, line, CSTN__COL_PROMISED_OFFSET, CSTN_OFFSET_NULL);
	facts.actual_offset_minutes =
			(int32_t)number_of(lines, line, CSTN__COL_ACTUAL_OFFSET, CSTN_OFFSET_NULL);
	for (c = 0; c < 4; c++) {
		int cause = CSTN__COL_LATE_CAUSE + c;

		facts.owner[c] = code_of(lines, line, CSTN__COL_LATE_OWNER + c, owners, 6);
		if (lines->has[cause] && !line->of[cause].null)
			facts.cause[c] = line->of[cause].text;
	}
	if (lines->has[CSTN__COL_SHIP_TO_ZONE] && !line->of[CSTN__COL_SHIP_TO_ZONE].null)
		facts.ship_to_zone = line->of[CSTN__COL_SHIP_TO_ZONE].text;
	return facts;
}
