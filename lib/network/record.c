/* Records and their builders.
 *
 * A record is one block of memory: its cells, the record's own first, then those of each line, and
 * its texts. A builder holds cells of the same shape; what it builds is a copy, so that the builder
 * may go on to the next version. Building checks every rule of single values and of pairs and
 * reports all that are broken in one message.
 *
 * Cost: O(fields) a record and a line, 24 bytes a cell. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/time.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/map.h"
#include "base/row_errors.h"
#include "base/text.h"
#include "network/checks.h"

struct cstn_record_builder {
	cstn_allocator allocator;
	const cstn__noun *noun;
	CSTN__ARRAY(cstn__cell) cells; /* as in a record */
	size_t n_lines;
	cstn__arena texts;
};

/* --- records ---------------------------------------------------------------------------------- */

cstn_status cstn__record_new(const cstn__noun *noun, size_t n_lines, size_t text_bytes,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	size_t cells = cstn__array_size(n_lines + 1, noun->n_fields * sizeof(cstn__cell)), size;
	cstn_record *record = NULL;

	if (!__builtin_add_overflow(sizeof(*record) + text_bytes, cells, &size))
		record = cstn__alloc(allocator, size);
	if (!record)
		return cstn__fail_nomem(error);
	memset(record, 0, sizeof(*record) + cells);
	record->allocator = *allocator;
	atomic_init(&record->references, 1);
	record->noun = noun;
	record->n_lines = n_lines;
	record->size = size;
	record->cells = (cstn__cell *)(void *)(record + 1);
	record->texts = (char *)record + sizeof(*record) + cells;
	*out = record;
	return CSTN_OK;
}

cstn_record *cstn_record_ref(cstn_record *record)
{
	if (record)
		atomic_fetch_add_explicit(&record->references, 1, memory_order_relaxed);
	return record;
}

void cstn_record_unref(cstn_record *record)
{
	cstn_allocator allocator;

	if (!record || atomic_fetch_sub_explicit(&record->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = record->allocator;
	cstn__free(&allocator, record, record->size);
}

void cstn__record_set_text(cstn_record *record, cstn__cell *cell, const char *text, size_t len)
{
	if (len)
		memcpy(record->texts, text, len);
	record->texts[len] = '\0';
	cell->text = record->texts;
	cell->len = (uint32_t)len;
	cell->valid = 1;
	record->texts += len + 1;
}

const char *cstn_record_noun(const cstn_record *record)
{
	return record ? record->noun->name : "";
}

size_t cstn_record_lines(const cstn_record *record)
{
	return record ? record->n_lines : 0;
}

uint64_t cstn_record_seq(const cstn_record *record)
{
	return record ? record->seq : 0;
}

/* The cell that a reader asks for and its field; NULL if there is no value. */
static const cstn__cell *find_cell(
		const cstn_record *record, size_t line, const char *name, const cstn__field **field)
{
	const cstn__cell *cell;

	if (!record || !name)
		return NULL;
	*field = cstn__noun_field(record->noun, name);
	if (!*field || ((*field)->flags & CSTN__FIELD_LINE) !=
					(line == CSTN_NO_LINE ? 0 : CSTN__FIELD_LINE))
		return NULL;
	if (line != CSTN_NO_LINE && line >= record->n_lines)
		return NULL;
	cell = cstn__record_cell(record, line, (*field)->number);
	return cell->valid ? cell : NULL;
}

int32_t cstn_record_has(const cstn_record *record, size_t line, const char *field)
{
	const cstn__field *found;

	return find_cell(record, line, field, &found) != NULL;
}

int64_t cstn_record_int(const cstn_record *record, size_t line, const char *field)
{
	const cstn__field *found;
	const cstn__cell *cell = find_cell(record, line, field, &found);

	if (!cell || found->type == CSTN_TYPE_TEXT || found->type == CSTN_TYPE_DOUBLE)
		return 0;
	return cell->number;
}

double cstn_record_double(const cstn_record *record, size_t line, const char *field)
{
	const cstn__field *found;
	const cstn__cell *cell = find_cell(record, line, field, &found);
	double value;

	if (!cell || found->type == CSTN_TYPE_TEXT)
		return 0;
	if (found->type != CSTN_TYPE_DOUBLE)
		return (double)cell->number;
	memcpy(&value, &cell->number, sizeof(value));
	return value;
}

const char *cstn_record_text(const cstn_record *record, size_t line, const char *field, size_t *len)
{
	const cstn__field *found;
	const cstn__cell *cell = find_cell(record, line, field, &found);

	if (!cell || found->type != CSTN_TYPE_TEXT)
		return NULL;
	if (len)
		*len = cell->len;
	return cell->text;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put_json_text(cstn__bytes *out, const char *text, size_t len)
{
	cstn__bytes_put_u8(out, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c == '"' || c == '\\') {
			cstn__bytes_put_u8(out, '\\');
			cstn__bytes_put_u8(out, c);
		} else if (c < 0x20) {
			cstn__bytes_put_format(out, "\\u%04x", c);
		} else {
			cstn__bytes_put_u8(out, c);
		}
	}
	cstn__bytes_put_u8(out, '"');
}

static void put_json_value(cstn__bytes *out, const cstn__field *field, const cstn__cell *cell)
{
	char buffer[64];
	int32_t year, month, day;
	double value;

	switch (field->type) {
	case CSTN_TYPE_TEXT:
		put_json_text(out, cell->text, cell->len);
		break;
	case CSTN_TYPE_DOUBLE:
		memcpy(&value, &cell->number, sizeof(value));
		cstn__bytes_put(out, buffer, cstn__format_double(value, buffer));
		break;
	case CSTN_TYPE_TIME:
		cstn_time_format(cell->number, buffer, sizeof(buffer));
		put_json_text(out, buffer, strlen(buffer));
		break;
	case CSTN_TYPE_DAYS:
		cstn_civil_from_days((int32_t)cell->number, &year, &month, &day);
		cstn__bytes_put_format(out, "\"%04d-%02d-%02d\"", (int)year, (int)month, (int)day);
		break;
	case CSTN_TYPE_FLAG:
		cstn__bytes_put_text(out, cell->number ? "true" : "false");
		break;
	default:
		cstn__bytes_put_format(out, "%" PRId64, cell->number);
	}
}

static void put_json_fields(cstn__bytes *out, const cstn_record *record, size_t line)
{
	uint32_t level = line == CSTN_NO_LINE ? 0 : CSTN__FIELD_LINE;
	const char *comma = "";

	for (uint32_t i = 0; i < record->noun->n_fields; i++) {
		const cstn__field *field = &record->noun->fields[i];
		const cstn__cell *cell = cstn__record_cell(record, line, i);

		if (!cell->valid || (field->flags & CSTN__FIELD_LINE) != level)
			continue;
		cstn__bytes_put_format(out, "%s\"%s\":", comma, field->name);
		put_json_value(out, field, cell);
		comma = ",";
	}
}

cstn_status cstn_record_format(const cstn_record *record, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes text;

	if (!record || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				record ? "out" : "record");
	cstn__bytes_init(&text, &record->allocator);
	cstn__bytes_put_u8(&text, '{');
	put_json_fields(&text, record, CSTN_NO_LINE);
	if (record->noun->has_lines) {
		cstn__bytes_put_text(&text, ",\"lines\":[");
		for (size_t line = 0; line < record->n_lines; line++) {
			cstn__bytes_put_text(&text, line ? ",{" : "{");
			put_json_fields(&text, record, line);
			cstn__bytes_put_u8(&text, '}');
		}
		cstn__bytes_put_u8(&text, ']');
	}
	cstn__bytes_put_u8(&text, '}');
	return cstn__bytes_to_buffer(&text, out, error);
}

/* --- builders --------------------------------------------------------------------------------- */

cstn_status cstn_record_builder_new(const char *noun, const cstn_allocator *allocator,
		cstn_record_builder **out, cstn_error **error)
{
	cstn_record_builder *builder;
	const cstn__noun *found;
	cstn_allocator own;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__allocator_read(allocator, &own, error);
	if (status == CSTN_OK)
		status = cstn__noun_find(noun, &found, error);
	if (status != CSTN_OK)
		return status;
	builder = cstn__alloc_zero(&own, sizeof(*builder));
	if (!builder)
		return cstn__fail_nomem(error);
	builder->allocator = own;
	builder->noun = found;
	cstn__arena_init(&builder->texts, &own);
	if (cstn__array_reserve(&own, &builder->cells, found->n_fields)) {
		cstn_record_builder_free(builder);
		return cstn__fail_nomem(error);
	}
	memset(builder->cells.items, 0, found->n_fields * sizeof(cstn__cell));
	builder->cells.count = found->n_fields;
	*out = builder;
	return CSTN_OK;
}

void cstn_record_builder_free(cstn_record_builder *builder)
{
	cstn_allocator allocator;

	if (!builder)
		return;
	allocator = builder->allocator;
	cstn__array_free(&allocator, &builder->cells);
	cstn__arena_free(&builder->texts);
	cstn__free(&allocator, builder, sizeof(*builder));
}

cstn_status cstn_record_builder_add_line(cstn_record_builder *builder, cstn_error **error)
{
	size_t n;

	if (!builder)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	n = builder->noun->n_fields;
	if (!builder->noun->has_lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun '%s' has no lines",
				builder->noun->name);
	if (builder->n_lines == CSTN__LINES_MAX)
		return cstn__fail(error, CSTN_E_LIMIT, "a record has at most %u lines",
				CSTN__LINES_MAX);
	if (cstn__array_reserve(&builder->allocator, &builder->cells, n))
		return cstn__fail_nomem(error);
	memset(builder->cells.items + builder->cells.count, 0, n * sizeof(cstn__cell));
	builder->cells.count += n;
	builder->n_lines++;
	return CSTN_OK;
}

static cstn_status find_target(cstn_record_builder *builder, const char *name,
		const cstn__field **field, cstn__cell **cell, cstn_error **error)
{
	cstn_status status;
	size_t line = 0;

	if (!builder)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	status = cstn__field_find(builder->noun, name, field, error);
	if (status != CSTN_OK)
		return status;
	if ((*field)->flags & CSTN__FIELD_LINE) {
		if (builder->n_lines == 0)
			return cstn__fail(error, CSTN_E_STATE,
					"field '%s' belongs to a line and no line was begun", name);
		line = builder->n_lines;
	}
	*cell = &builder->cells.items[line * builder->noun->n_fields + (*field)->number];
	return CSTN_OK;
}

static int fits(const cstn__field *field, int64_t value)
{
	switch (field->type) {
	case CSTN_TYPE_FLAG:
		return value == 0 || value == 1;
	case CSTN_TYPE_INT32:
	case CSTN_TYPE_DAYS:
		return value >= INT32_MIN && value <= INT32_MAX;
	default:
		return 1;
	}
}

static void set_number(cstn__cell *cell, int64_t value)
{
	memset(cell, 0, sizeof(*cell));
	cell->number = value;
	cell->valid = 1;
}

static void set_double(cstn__cell *cell, double value)
{
	int64_t bits;

	value += 0.0; /* one zero */
	memcpy(&bits, &value, sizeof(bits));
	set_number(cell, bits);
}

static cstn_status parse_number(const cstn__field *field, const char *text, size_t len,
		cstn__cell *cell, cstn_error **error)
{
	cstn__time_form iso;
	int64_t value = 0;
	double number;
	int bad;

	if (field->type == CSTN_TYPE_DOUBLE) {
		if (cstn__parse_double(text, len, &number) != 0 || number != number)
			goto bad;
		set_double(cell, number);
		return CSTN_OK;
	}
	if (field->type == CSTN_TYPE_TIME || field->type == CSTN_TYPE_DAYS) {
		bad = cstn__time_form_compile(NULL, &iso) ||
		      cstn__time_form_read(&iso, text, len, &value) < 0;
		if (!bad && field->type == CSTN_TYPE_DAYS) {
			bad = value % CSTN_DAY_US != 0;
			value = cstn__day_of_us(value);
		}
	} else {
		bad = cstn__parse_i64(text, len, &value) != 0;
	}
	if (bad || !fits(field, value))
		goto bad;
	set_number(cell, value);
	return CSTN_OK;
bad:
	return cstn__fail(error, CSTN_E_FORMAT, "field '%s': '%.*s' is no %s", field->name,
			(int)(len > 64 ? 64 : len), text, cstn_type_name(field->type));
}

cstn_status cstn_record_builder_set_text(cstn_record_builder *builder, const char *field,
		const char *text, size_t len, cstn_error **error)
{
	const cstn__field *found;
	cstn__cell *cell = NULL;
	cstn_status status = find_target(builder, field, &found, &cell, error);
	char *copy;

	if (status != CSTN_OK)
		return status;
	if (!text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "text is NULL");
	if (found->type != CSTN_TYPE_TEXT)
		return parse_number(found, text, len, cell, error);
	if (len > cstn__rule_longest(found))
		return cstn__fail(error, CSTN_E_LIMIT,
				"field '%s': a text of %zu bytes, at most %u are stored",
				found->name, len, cstn__rule_longest(found));
	copy = cstn__arena_copy(&builder->texts, text, len);
	if (!copy)
		return cstn__fail_nomem(error);
	memset(cell, 0, sizeof(*cell));
	cell->text = copy;
	cell->len = (uint32_t)len;
	cell->valid = 1;
	return CSTN_OK;
}

cstn_status cstn_record_builder_set_int(
		cstn_record_builder *builder, const char *field, int64_t value, cstn_error **error)
{
	const cstn__field *found;
	cstn__cell *cell = NULL;
	cstn_status status = find_target(builder, field, &found, &cell, error);

	if (status != CSTN_OK)
		return status;
	if (found->type == CSTN_TYPE_TEXT)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' is text, not %" PRId64, found->name, value);
	if (!fits(found, value))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' is %s, which %" PRId64 " does not fit", found->name,
				cstn_type_name(found->type), value);
	if (found->type == CSTN_TYPE_DOUBLE)
		set_double(cell, (double)value);
	else
		set_number(cell, value);
	return CSTN_OK;
}

cstn_status cstn_record_builder_set_double(
		cstn_record_builder *builder, const char *field, double value, cstn_error **error)
{
	const cstn__field *found;
	cstn__cell *cell = NULL;
	cstn_status status = find_target(builder, field, &found, &cell, error);

	if (status != CSTN_OK)
		return status;
	if (found->type != CSTN_TYPE_DOUBLE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field '%s' is %s, not a double",
				found->name, cstn_type_name(found->type));
	if (value != value)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' is NaN; a missing value is null", found->name);
	set_double(cell, value);
	return CSTN_OK;
}

cstn_status cstn_record_builder_set_null(
		cstn_record_builder *builder, const char *field, cstn_error **error)
{
	const cstn__field *found;
	cstn__cell *cell = NULL;
	cstn_status status = find_target(builder, field, &found, &cell, error);

	if (status == CSTN_OK)
		memset(cell, 0, sizeof(*cell));
	return status;
}

/* --- checks ----------------------------------------------------------------------------------- */

static void begin_broken(cstn__bytes *message, const cstn__noun *noun, size_t line, uint32_t field)
{
	if (message->size)
		cstn__bytes_put_text(message, "; ");
	if (line != CSTN_NO_LINE)
		cstn__bytes_put_format(message, "line %zu, ", line);
	cstn__bytes_put_format(message, "field '%s': ", noun->fields[field].name);
}

static void put_codes(cstn__bytes *message, const cstn__field *field)
{
	cstn__bytes_put_text(message, "is none of its codes (");
	for (size_t i = 0; field->codes[i]; i++)
		cstn__bytes_put_format(message, "%s%s", i ? ", " : "", field->codes[i]);
	cstn__bytes_put_u8(message, ')');
}

void cstn__broken_put(cstn__bytes *message, const cstn__noun *noun, size_t line, uint32_t number,
		const cstn__cell *cell, int32_t code)
{
	const cstn__field *field = &noun->fields[number];
	const char *rule = cstn__row_code_rule(code), *words = cstn__rule_words(field);

	begin_broken(message, noun, line, number);
	if (code == CSTN_ROW_ORDER && cell->len && field->type == CSTN_TYPE_TIME) {
		cstn__bytes_put(message, cell->text, cell->len);
		return;
	}
	if (cell->valid && field->type == CSTN_TYPE_TEXT)
		cstn__bytes_put_format(message, "'%.*s' ", (int)(cell->len > 80 ? 80 : cell->len),
				cell->text);
	else if (cell->valid && cell->len) /* the number with what bounds it */
		cstn__bytes_put_format(message, "%.*s ", (int)cell->len, cell->text);
	else if (cell->valid && field->type != CSTN_TYPE_DOUBLE)
		cstn__bytes_put_format(message, "%" PRId64 " ", cell->number);
	if (code == CSTN_ROW_VALUE && field->codes) {
		put_codes(message, field);
		return;
	}
	if (code == CSTN_ROW_LENGTH)
		rule = "has a wrong length";
	if (code == CSTN_ROW_RANGE)
		rule = "is outside its range";
	if (code == CSTN_ROW_RANGE && cell->number > 0 && noun->id == CSTN__NOUN_SHIPMENT &&
			number == CSTN__SHIPMENT_QTY)
		rule = "exceeds what the order line has open", words = "";
	if (code == CSTN_ROW_RANGE && cell->number > 0 && noun->id == CSTN__NOUN_RETURN &&
			number == CSTN__RETURN_QTY)
		rule = "exceeds what was delivered of the order line", words = "";
	if (code == CSTN_ROW_VALUE && noun->id == CSTN__NOUN_PURPOSE)
		rule = "is itself covered by the purpose", words = "";
	cstn__bytes_put_text(message, rule);
	if (*words && code != CSTN_ROW_NULL && code != CSTN_ROW_ORDER)
		cstn__bytes_put_format(message, " (%s)", words);
}

static void check_fields(const cstn_record_builder *builder, size_t line, const cstn__cell *cells,
		cstn__bytes *message)
{
	uint32_t level = line == CSTN_NO_LINE ? 0 : CSTN__FIELD_LINE;

	for (uint32_t i = 0; i < builder->noun->n_fields; i++) {
		const cstn__field *field = &builder->noun->fields[i];
		int32_t code;

		if ((field->flags & CSTN__FIELD_LINE) != level)
			continue;
		if (!cells[i].valid)
			code = field->flags & CSTN__FIELD_REQUIRED ? CSTN_ROW_NULL : 0;
		else if (field->type == CSTN_TYPE_TEXT)
			code = cstn__rule_check_text(field, cells[i].text, cells[i].len);
		else
			code = cstn__rule_check_int(field, cells[i].number);
		if (code)
			cstn__broken_put(message, builder->noun, line, i, &cells[i], code);
	}
}

static void broken_cross(cstn__bytes *message, const cstn__noun *noun, size_t line,
		const cstn__cross *cross, const cstn__cell *cells, uint32_t field, int32_t code)
{
	const char *words = cstn__cross_words(cross, code);
	char text[CSTN__CROSS_TEXT];

	if (!words) {
		cstn__broken_put(message, noun, line, field, &cells[field], code);
		return;
	}
	(void)cstn__cross_text(noun, cross, field, &cells[cross->a], &cells[cross->b], text);
	begin_broken(message, noun, line, field);
	cstn__bytes_put_format(message, "%s%s%s", text, *text ? " " : "", words);
}

static void check_crosses(const cstn_record_builder *builder, size_t line, const cstn__cell *cells,
		cstn__bytes *message)
{
	const cstn__noun *noun = builder->noun;
	uint32_t level = line == CSTN_NO_LINE ? 0 : CSTN__FIELD_LINE, field;

	for (size_t i = 0; i < noun->n_crosses; i++) {
		const cstn__cross *cross = &noun->crosses[i];
		int32_t code;

		if ((noun->fields[cross->a].flags & CSTN__FIELD_LINE) != level ||
				cross->kind == CSTN__CROSS_UNIQUE_LINE)
			continue;
		code = cstn__cross_check(noun, cross, &cells[cross->a], &cells[cross->b], &field);
		if (code)
			broken_cross(message, noun, line, cross, cells, field, code);
	}
}

/* A field that no two lines share. */
static cstn_status check_unique(const cstn_record_builder *builder, uint32_t number,
		cstn__bytes *message, cstn_error **error)
{
	size_t n = builder->noun->n_fields;
	cstn__i64_map seen;
	cstn_status status = CSTN_OK;

	cstn__i64_map_init(&seen, &builder->allocator, 0);
	for (size_t line = 0; line < builder->n_lines && status == CSTN_OK; line++) {
		const cstn__cell *cell = &builder->cells.items[(line + 1) * n + number];
		uint32_t first;

		if (!cell->valid)
			continue;
		first = cstn__i64_map_intern(&seen, cell->number, (uint32_t)line);
		if (first == UINT32_MAX)
			status = cstn__fail_nomem(error);
		else if (first != line)
			cstn__broken_put(message, builder->noun, line, number, cell,
					CSTN_ROW_DUPLICATE);
	}
	cstn__i64_map_free(&seen);
	return status;
}

static cstn_status check_all(
		const cstn_record_builder *builder, cstn__bytes *message, cstn_error **error)
{
	const cstn__noun *noun = builder->noun;
	cstn_status status = CSTN_OK;

	check_fields(builder, CSTN_NO_LINE, builder->cells.items, message);
	check_crosses(builder, CSTN_NO_LINE, builder->cells.items, message);
	for (size_t line = 0; line < builder->n_lines; line++) {
		const cstn__cell *cells = &builder->cells.items[(line + 1) * noun->n_fields];

		check_fields(builder, line, cells, message);
		check_crosses(builder, line, cells, message);
	}
	for (size_t i = 0; i < noun->n_crosses && status == CSTN_OK; i++)
		if (noun->crosses[i].kind == CSTN__CROSS_UNIQUE_LINE)
			status = check_unique(builder, noun->crosses[i].a, message, error);
	if (status == CSTN_OK && noun->has_lines && builder->n_lines == 0)
		cstn__bytes_put_format(message, "%s%s %s has at least one line",
				message->size ? "; " : "",
				noun->id == CSTN__NOUN_ORDER ? "an" : "a", noun->name);
	if (status == CSTN_OK && message->failed)
		status = cstn__fail_nomem(error);
	return status;
}

static int has_text(const cstn__cell *cell)
{
	return cell->valid && cell->text;
}

static size_t text_bytes(const cstn_record_builder *builder)
{
	size_t size = 0;

	for (size_t i = 0; i < builder->cells.count; i++)
		if (has_text(&builder->cells.items[i]))
			size += builder->cells.items[i].len + (size_t)1;
	return size;
}

static void copy_cells(const cstn_record_builder *builder, cstn_record *record)
{
	for (size_t i = 0; i < builder->cells.count; i++) {
		record->cells[i] = builder->cells.items[i];
		if (has_text(&record->cells[i]))
			cstn__record_set_text(record, &record->cells[i], record->cells[i].text,
					record->cells[i].len);
	}
}

cstn_status cstn_record_builder_build(
		const cstn_record_builder *builder, cstn_record **out, cstn_error **error)
{
	cstn__bytes message;
	cstn_record *record = NULL;
	cstn_status status;

	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				builder ? "out" : "builder");
	cstn__bytes_init(&message, &builder->allocator);
	status = check_all(builder, &message, error);
	if (status == CSTN_OK && message.size)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s: %.*s", builder->noun->name,
				(int)(message.size > 12000 ? 12000 : message.size),
				(const char *)message.data);
	cstn__bytes_free(&message);
	if (status == CSTN_OK)
		status = cstn__record_new(builder->noun, builder->n_lines, text_bytes(builder),
				&builder->allocator, &record, error);
	if (status != CSTN_OK)
		return status;
	copy_cells(builder, record);
	*out = record;
	return CSTN_OK;
}
