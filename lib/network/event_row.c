/* An event as a struct, and as a row of columns.
 *
 * One table says what the columns are called and of which type; putting, reading, comparing and the
 * digest walk over it, so that no column can be forgotten in one of them. A digest is over column
 * by column, each with its length, so that it does not depend on the order of names in a document,
 * nor on who told the event and when. Cost: O(bytes of the event) each. */
#include "network/event_row.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "network/event_code.h"
#include "table/table_fields.h"

#define PUT_NULL 0xFFFFFFFFu
#define MINUTES_MAX 1080

static const cstn__table_field columns[CSTN__MEMBERS] = {
		[CSTN__MEMBER_ID] = {"event_id", CSTN_TYPE_TEXT, 0},
		[CSTN__MEMBER_SUBJECT_KIND] = {"subject_kind", CSTN_TYPE_TEXT, 0},
		[CSTN__MEMBER_SUBJECT] = {"subject_id", CSTN_TYPE_TEXT, 0},
		[CSTN__MEMBER_LINE_NUMBER] = {"line_number", CSTN_TYPE_INT32, 1},
		[CSTN__MEMBER_TYPE] = {"type", CSTN_TYPE_TEXT, 0},
		[CSTN__MEMBER_CLASS] = {"class", CSTN_TYPE_TEXT, 0},
		[CSTN__MEMBER_OCCURRED] = {"occurred", CSTN_TYPE_TIME, 0},
		[CSTN__MEMBER_OFFSET] = {"utc_offset_minutes", CSTN_TYPE_INT32, 1},
		[CSTN__MEMBER_RECORDED] = {"recorded", CSTN_TYPE_TIME, 1},
		[CSTN__MEMBER_SOURCE] = {"source_id", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_SOURCE_ROLE] = {"source_role", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_LOCATION] = {"location_id", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_QUANTITY] = {"qty", CSTN_TYPE_INT64, 1},
		[CSTN__MEMBER_UNIT] = {"unit", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_REASON] = {"reason", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_DOCUMENT_TYPE] = {"document_type", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_DOCUMENT_ID] = {"document_id", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_CORRECTS] = {"corrects", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_CODE] = {"code", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_ORIGINAL_ID] = {"original_id", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_BUSINESS_STEP] = {"business_step", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_DISPOSITION] = {"disposition", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_OBJECTS] = {"objects", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_EXTRA] = {"extra", CSTN_TYPE_TEXT, 1},
		[CSTN__MEMBER_QUANTITY_EXPONENT] = {"qty_exponent", CSTN_TYPE_INT32, 1},
};

const char *cstn__event_member_name(enum cstn__event_member column)
{
	return columns[column].name;
}

void cstn__event_clear(cstn__event *event)
{
	memset(event, 0, sizeof(*event));
	event->occurred_us = event->recorded_us = CSTN_TIME_NULL;
	event->offset_minutes = CSTN__EVENT_NO_OFFSET;
	event->line_number = CSTN__EVENT_NO_LINE;
	event->quantity = CSTN__EVENT_NO_QUANTITY;
}

void cstn__event_set(
		cstn__event *event, enum cstn__event_member column, const char *text, size_t len)
{
	event->texts[column].text = text;
	event->texts[column].len = len;
}

/* --- a table ---------------------------------------------------------------------------------- */

cstn_status cstn__event_table_new(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error)
{
	return cstn__fields_table(allocator, columns, CSTN__MEMBERS, out, error);
}

static void put_number(cstn__table_builder *table, enum cstn__event_member column, int64_t value,
		int is_null)
{
	if (is_null)
		cstn__table_put_null(table, (int32_t)column);
	else
		cstn__table_put_i64(table, (int32_t)column, value);
}

/* The texts of a row, with the names of its type and class. */
static cstn__event_text text_of(const cstn__event *event, enum cstn__event_member column)
{
	cstn__event_text text = event->texts[column];

	if (column == CSTN__MEMBER_TYPE)
		text.text = cstn__event_type_name(event->type);
	else if (column == CSTN__MEMBER_CLASS)
		text.text = cstn__event_class_name(event->class);
	else
		return text;
	text.len = strlen(text.text);
	return text;
}

void cstn__event_put(cstn__table_builder *table, const cstn__event *event)
{
	int i;

	put_number(table, CSTN__MEMBER_OCCURRED, event->occurred_us, 0);
	put_number(table, CSTN__MEMBER_OFFSET, event->offset_minutes,
			event->offset_minutes == CSTN__EVENT_NO_OFFSET);
	put_number(table, CSTN__MEMBER_RECORDED, event->recorded_us,
			event->recorded_us == CSTN_TIME_NULL);
	put_number(table, CSTN__MEMBER_QUANTITY, event->quantity,
			event->quantity == CSTN__EVENT_NO_QUANTITY);
	put_number(table, CSTN__MEMBER_QUANTITY_EXPONENT, event->quantity_exponent,
			event->quantity_exponent == 0);
	put_number(table, CSTN__MEMBER_LINE_NUMBER, event->line_number,
			event->line_number == CSTN__EVENT_NO_LINE);
	for (i = 0; i < CSTN__MEMBERS; i++) {
		cstn__event_text text;

		if (columns[i].type != CSTN_TYPE_TEXT)
			continue;
		text = text_of(event, (enum cstn__event_member)i);
		if (text.text)
			cstn__table_put_text(table, i, text.text, text.len);
		else
			cstn__table_put_null(table, i);
	}
}

/* --- digest and comparison -------------------------------------------------------------------- */

static void hexadecimal(const uint8_t digest[32], char out[CSTN__EVENT_ID_MAX])
{
	static const char hex[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 32; i++) {
		out[2 * i] = hex[digest[i] >> 4];
		out[2 * i + 1] = hex[digest[i] & 15];
	}
}

void cstn__event_text_digest(const char *text, size_t len, char out[CSTN__EVENT_ID_MAX])
{
	uint8_t digest[32];

	cstn__sha256(text, len, digest);
	hexadecimal(digest, out);
}

int cstn__event_digest(const cstn__event *event, const cstn_allocator *allocator,
		char out[CSTN__EVENT_ID_MAX])
{
	cstn__bytes bytes;
	int i, failed;

	cstn__bytes_init(&bytes, allocator);
	cstn__bytes_put_u64(&bytes, (uint64_t)event->occurred_us);
	cstn__bytes_put_u32(&bytes, (uint32_t)event->offset_minutes);
	cstn__bytes_put_u64(&bytes, (uint64_t)event->quantity);
	cstn__bytes_put_u32(&bytes, (uint32_t)event->line_number);
	if (event->quantity_exponent)
		cstn__bytes_put_u32(&bytes, (uint32_t)event->quantity_exponent);
	for (i = 0; i < CSTN__MEMBERS; i++) {
		cstn__event_text text;

		if (columns[i].type != CSTN_TYPE_TEXT || i == CSTN__MEMBER_ID ||
				i == CSTN__MEMBER_SOURCE)
			continue;
		text = text_of(event, (enum cstn__event_member)i);
		cstn__bytes_put_u32(&bytes, text.text ? (uint32_t)text.len : PUT_NULL);
		if (text.text)
			cstn__bytes_put(&bytes, text.text, text.len);
	}
	failed = bytes.failed;
	if (!failed)
		cstn__event_text_digest((const char *)bytes.data, bytes.size, out);
	cstn__bytes_free(&bytes);
	return failed ? -1 : 0;
}

int cstn__event_is_null(const cstn__event *event, enum cstn__event_member column)
{
	switch (column) {
	case CSTN__MEMBER_OFFSET:
		return event->offset_minutes == CSTN__EVENT_NO_OFFSET;
	case CSTN__MEMBER_RECORDED:
		return event->recorded_us == CSTN_TIME_NULL;
	case CSTN__MEMBER_QUANTITY:
		return event->quantity == CSTN__EVENT_NO_QUANTITY;
	case CSTN__MEMBER_QUANTITY_EXPONENT:
		return event->quantity_exponent == 0;
	case CSTN__MEMBER_LINE_NUMBER:
		return event->line_number == CSTN__EVENT_NO_LINE;
	case CSTN__MEMBER_OCCURRED:
	case CSTN__MEMBER_TYPE:
	case CSTN__MEMBER_CLASS:
		return 0;
	default:
		return event->texts[column].text == NULL;
	}
}

int cstn__event_same_text(const cstn__event_text *a, const cstn__event_text *b)
{
	if (!a->text || !b->text)
		return a->text == b->text;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

int cstn__event_same(const cstn__event *a, const cstn__event *b, enum cstn__event_member column)
{
	switch (column) {
	case CSTN__MEMBER_TYPE:
		return a->type == b->type;
	case CSTN__MEMBER_CLASS:
		return a->class == b->class;
	case CSTN__MEMBER_OCCURRED:
		return a->occurred_us == b->occurred_us;
	case CSTN__MEMBER_OFFSET:
		return a->offset_minutes == b->offset_minutes;
	case CSTN__MEMBER_RECORDED:
		return a->recorded_us == b->recorded_us;
	case CSTN__MEMBER_QUANTITY:
		return a->quantity == b->quantity;
	case CSTN__MEMBER_QUANTITY_EXPONENT:
		return a->quantity_exponent == b->quantity_exponent;
	case CSTN__MEMBER_LINE_NUMBER:
		return a->line_number == b->line_number;
	default:
		return cstn__event_same_text(&a->texts[column], &b->texts[column]);
	}
}

/* --- a stream --------------------------------------------------------------------------------- */

cstn_status cstn__event_rows_open(cstn__event_rows *rows, struct ArrowArrayStream *stream,
		const cstn_allocator *allocator, cstn__row_sink *sink, cstn_error **error)
{
	cstn__column_decl decls[CSTN__MEMBERS];
	size_t i;

	memset(rows, 0, sizeof(*rows));
	rows->stream = *stream;
	stream->release = NULL;
	rows->sink = sink;
	for (i = 0; i < CSTN__MEMBERS; i++) {
		cstn__column_decl decl = {columns[i].name, CSTN__ACCEPT(columns[i].type), 0,
				!columns[i].nullable, (uint8_t)columns[i].nullable, 0, 0};

		if (decl.accept == CSTN__ACCEPT(CSTN_TYPE_INT32))
			decl.accept |= CSTN__ACCEPT(CSTN_TYPE_INT64);
		decls[i] = decl;
	}
	return cstn__bind_stream(
			&rows->stream, decls, CSTN__MEMBERS, NULL, allocator, &rows->bound, error);
}

static void drop_batch(cstn__event_rows *rows)
{
	if (rows->batch.memory)
		cstn__batch_free(rows->bound, &rows->batch);
	memset(&rows->batch, 0, sizeof(rows->batch));
	if (rows->array.release)
		rows->array.release(&rows->array);
	memset(&rows->array, 0, sizeof(rows->array));
}

static cstn_status next_batch(cstn__event_rows *rows, cstn_error **error)
{
	cstn_status status;

	rows->first_row += (uint64_t)rows->batch.length;
	drop_batch(rows);
	rows->at = 0;
	status = cstn__stream_next(&rows->stream, &rows->array, error);
	return status == CSTN_OK ? cstn__bound_batch(rows->bound, &rows->array, &rows->batch, error)
				 : status;
}

/* A number that is not null; one outside its range makes the row a bad one. */
static cstn_status set_number(cstn__event_rows *rows, cstn__event *event, enum cstn__event_member i,
		int64_t value, uint64_t *bad)
{
	int64_t least = INT64_MIN, most = INT64_MAX;

	if (i == CSTN__MEMBER_OFFSET) {
		least = -MINUTES_MAX;
		most = MINUTES_MAX;
	} else if (i == CSTN__MEMBER_LINE_NUMBER) {
		least = 1;
		most = INT32_MAX;
	} else if (i == CSTN__MEMBER_QUANTITY) {
		least = 0;
	} else if (i == CSTN__MEMBER_QUANTITY_EXPONENT) {
		least = 0;
		most = CSTN__EVENT_EXPONENT_MAX;
	}
	if (value < least || value > most) {
		*bad |= 1;
		return cstn__row_sink_add(rows->sink, rows->row, (int32_t)i, columns[i].name,
				CSTN_ROW_RANGE, NULL, 0);
	}
	if (i == CSTN__MEMBER_OCCURRED)
		event->occurred_us = value;
	else if (i == CSTN__MEMBER_RECORDED)
		event->recorded_us = value;
	else if (i == CSTN__MEMBER_QUANTITY)
		event->quantity = value;
	else if (i == CSTN__MEMBER_QUANTITY_EXPONENT)
		event->quantity_exponent = (int32_t)value;
	else if (i == CSTN__MEMBER_LINE_NUMBER)
		event->line_number = (int32_t)value;
	else
		event->offset_minutes = (int32_t)value;
	return CSTN_OK;
}

static cstn_status read_value(cstn__event_rows *rows, cstn__event *event, enum cstn__event_member i,
		uint64_t *bad)
{
	const cstn__column *column = &rows->batch.columns[i];
	cstn__event_text *text = &event->texts[i];
	uint64_t valid = 0;
	int64_t value = 0;
	cstn_status status;

	if (columns[i].type == CSTN_TYPE_TEXT) {
		status = cstn__column_check_text(
				column, rows->at, 1, rows->first_row, bad, rows->sink);
		if (status == CSTN_OK && cstn__column_read_text(column, rows->at, &text->text,
							 &text->len) != 0)
			text->text = NULL;
		return status;
	}
	status = cstn__column_read_i64(
			column, rows->at, 1, rows->first_row, &value, &valid, bad, rows->sink);
	if (status != CSTN_OK || !(valid & 1))
		return status;
	return set_number(rows, event, i, value, bad);
}

/* What a column holds must also be one of the words, and an id not too long. */
static cstn_status check_words(cstn__event_rows *rows, cstn__event *event, uint64_t *bad)
{
	const cstn__event_text *type = &event->texts[CSTN__MEMBER_TYPE];
	const cstn__event_text *class = &event->texts[CSTN__MEMBER_CLASS];
	const cstn__event_text *id = &event->texts[CSTN__MEMBER_ID];
	enum cstn__event_member wrong = CSTN__MEMBERS;
	int32_t code = CSTN_ROW_VALUE;

	event->type = cstn__event_type_of(type->text, type->len);
	event->class = cstn__event_class_of(class->text, class->len);
	if (event->type == 0)
		wrong = CSTN__MEMBER_TYPE;
	else if (event->class == 0)
		wrong = CSTN__MEMBER_CLASS;
	else if (id->len == 0 || id->len > CSTN__EVENT_ID_MAX) {
		wrong = CSTN__MEMBER_ID;
		code = CSTN_ROW_LENGTH;
	} else if (event->texts[CSTN__MEMBER_SUBJECT].len == 0) {
		wrong = CSTN__MEMBER_SUBJECT;
		code = CSTN_ROW_LENGTH;
	} else
		return CSTN_OK;
	*bad |= 1;
	return cstn__row_sink_add(rows->sink, rows->row, (int32_t)wrong, columns[wrong].name, code,
			event->texts[wrong].text, event->texts[wrong].len);
}

/* One quantity has one form: 2.50 is 2.5. */
static void shorten_quantity(cstn__event *event)
{
	if (event->quantity == CSTN__EVENT_NO_QUANTITY)
		event->quantity_exponent = 0;
	while (event->quantity_exponent > 0 && event->quantity % 10 == 0) {
		event->quantity /= 10;
		event->quantity_exponent--;
	}
}

cstn_status cstn__event_rows_next(
		cstn__event_rows *rows, cstn__event *event, int *bad, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t wrong = 0;
	int i;

	while (rows->at == rows->batch.length) {
		status = next_batch(rows, error);
		if (status != CSTN_OK)
			return status;
	}
	cstn__event_clear(event);
	rows->row = rows->first_row + (uint64_t)rows->at;
	for (i = 0; status == CSTN_OK && i < CSTN__MEMBERS; i++)
		status = read_value(rows, event, (enum cstn__event_member)i, &wrong);
	if (status == CSTN_OK && !wrong)
		status = check_words(rows, event, &wrong);
	shorten_quantity(event);
	rows->at++;
	*bad = wrong != 0;
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

void cstn__event_rows_close(cstn__event_rows *rows)
{
	if (rows->bound)
		drop_batch(rows);
	cstn__bound_free(rows->bound);
	if (rows->stream.release)
		rows->stream.release(&rows->stream);
	memset(rows, 0, sizeof(*rows));
}
