/* Reading a stream into staged columns.
 *
 * A block of at most 1,024 rows is converted into the growing columns: numbers land where they
 * stay, text that repeats becomes a code, other text is appended to one run of bytes. An Arrow
 * dictionary is translated entry by entry, each the first time it is met. Rules of single values
 * are then checked over the block: ranges by comparing numbers, rules of repeating text once a
 * distinct text.
 *
 * With threads each column is read by itself, many blocks at once, on the chance that no row breaks
 * a rule; if one does, all of these rows are read again, block by block, as by one thread, so that
 * what is told of a row never depends on threads.
 *
 * Cost: about 2 ns a number or dictionary index, 30 ns a repeating text, 15 ns another. */
#include "network/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

#define BLOCK 1024
#define BLOCK_WORDS (BLOCK / 64)
#define FEW_ROWS 4096 /* not worth a thread */
#define CROSS_ROWS ((size_t)16384)

static int grow(const cstn_allocator *allocator, void *memory, size_t old_size, size_t new_size)
{
	void *old, *grown;

	memcpy(&old, memory, sizeof(old));
	grown = old ? cstn__realloc(allocator, old, old_size, new_size)
		    : cstn__alloc(allocator, new_size);
	if (!grown)
		return -1;
	memcpy(memory, &grown, sizeof(grown));
	return 0;
}

/* Put n bits behind `at` others; the rest of the words is zero so far. */
static void put_bits(uint64_t *to, size_t at, const uint64_t *bits, size_t n)
{
	for (size_t i = 0; i < (n + 63) / 64; i++) {
		uint64_t word = bits[i];
		size_t shift = (at + i * 64) % 64, index = (at + i * 64) / 64;

		if (!word)
			continue;
		to[index] |= word << shift;
		if (shift && word >> (64 - shift))
			to[index + 1] |= word >> (64 - shift);
	}
}

/* One block of one column. */
typedef struct block {
	cstn__stage *stage;
	cstn__stage_column *to;
	const cstn__column *from;
	int64_t start;
	int32_t n;
	uint64_t first_row;
	size_t row;           /* where it goes */
	cstn__row_sink *sink; /* NULL: bad rows are marked, not told */
	uint64_t valid[BLOCK_WORDS], *bad;
} block;

static cstn_status add_error(const block *at, int32_t i, int32_t code, const char *text, size_t len)
{
	at->bad[i / 64] |= UINT64_C(1) << i % 64;
	if (!at->sink)
		return CSTN_OK;
	return cstn__row_sink_add(at->sink, at->first_row + (uint64_t)at->start + (uint64_t)i,
			(int32_t)at->to->field->number, at->to->field->name, code, text, len);
}

static int is_valid(const block *at, int32_t i)
{
	return (int)(at->valid[i / 64] >> i % 64 & 1);
}

static cstn_status add_number_error(const block *at, int32_t i, int64_t value, int32_t code)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, value);

	return add_error(at, i, code, text, (size_t)len);
}

/* The least and greatest a field takes. */
static void limits_of(const cstn__field *field, int64_t *min, int64_t *max)
{
	*min = field->type == CSTN_TYPE_INT32 ? INT32_MIN : INT64_MIN;
	*max = field->type == CSTN_TYPE_INT32 ? INT32_MAX : INT64_MAX;
	if (field->type == CSTN_TYPE_TIME)
		*min = INT64_MIN + 1;
	if (field->rule != CSTN__RULE_RANGE)
		return;
	*min = field->min > *min ? field->min : *min;
	*max = field->max < *max ? field->max : *max;
}

static cstn_status check_numbers(const block *at, const int64_t *numbers)
{
	const cstn__field *field = at->to->field;
	cstn_status status = CSTN_OK;
	int64_t min, max;
	uint64_t outside;

	limits_of(field, &min, &max);
	outside = field->rule == CSTN__RULE_PURPOSE;
	for (int32_t i = 0; i < at->n; i++)
		outside |= (uint64_t)(numbers[i] < min) | (uint64_t)(numbers[i] > max);
	for (int32_t i = 0; outside && i < at->n && status == CSTN_OK; i++)
		if (is_valid(at, i)) {
			int32_t code = cstn__rule_check_int(field, numbers[i]);

			if (!code && (numbers[i] < min || numbers[i] > max))
				code = CSTN_ROW_RANGE;
			if (code)
				status = add_number_error(at, i, numbers[i], code);
		}
	return status;
}

static cstn_status read_numbers(block *at)
{
	int64_t *numbers = at->to->numbers + at->row;
	double doubles[BLOCK];
	cstn_status status;

	if (at->to->field->type == CSTN_TYPE_DOUBLE) {
		status = cstn__column_read_f64(at->from, at->start, at->n, at->first_row, doubles,
				at->valid, at->bad, at->sink);
		for (int32_t i = 0; i < at->n; i++)
			doubles[i] += 0.0; /* one zero */
		memcpy(numbers, doubles, (size_t)at->n * sizeof(*numbers));
		return status;
	}
	status = cstn__column_read_i64(at->from, at->start, at->n, at->first_row, numbers,
			at->valid, at->bad, at->sink);
	for (int32_t i = 0; status == CSTN_OK && at->from->type == CSTN_TYPE_DAYS &&
			    at->to->field->type == CSTN_TYPE_TIME && i < at->n;
			i++)
		if (__builtin_mul_overflow(numbers[i], CSTN_DAY_US, &numbers[i]))
			status = add_error(at, i, CSTN_ROW_RANGE, NULL, 0);
	return status == CSTN_OK ? check_numbers(at, numbers) : status;
}

/* The text of a row, whole numbers as decimals; 0, or 1 for a null. `numbers` holds what was read
 * of a column of numbers. */
static int text_of(const block *at, int32_t i, const int64_t *numbers, char buffer[24],
		const char **text, size_t *len)
{
	if (at->from->type == CSTN_TYPE_INT64) {
		if (!is_valid(at, i))
			return 1;
		*len = (size_t)snprintf(buffer, 24, "%" PRId64, numbers[i]);
		*text = buffer;
		return 0;
	}
	return cstn__column_read_text(at->from, at->start + i, text, len);
}

static int room_for_text(const cstn_allocator *allocator, cstn__stage_column *to, size_t len)
{
	size_t wanted = to->bytes_size + len,
	       capacity = to->bytes_capacity ? to->bytes_capacity : 65536;

	if (wanted <= to->bytes_capacity)
		return 0;
	if (wanted > UINT32_MAX)
		return -1;
	while (capacity < wanted)
		capacity *= 2;
	if (grow(allocator, &to->bytes, to->bytes_capacity, capacity))
		return -1;
	to->bytes_capacity = capacity;
	return 0;
}

static cstn_status read_plain_text(block *at, const int64_t *numbers)
{
	cstn__stage_column *to = at->to;
	uint32_t *ends = to->ends + at->row;
	char buffer[24];

	for (int32_t i = 0; i < at->n; i++) {
		const char *text = "";
		size_t len = 0;
		int null = text_of(at, i, numbers, buffer, &text, &len);
		int32_t code = 0;

		if (!null) {
			at->valid[i / 64] |= UINT64_C(1) << i % 64;
			if (!(at->bad[i / 64] >> i % 64 & 1) &&
					!(len == 0 && to->field->flags & CSTN__FIELD_EMPTY))
				code = cstn__rule_text(to->field->rule, text, len);
		}
		if (code && add_error(at, i, code, text, len) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (len > cstn__rule_longest(to->field))
			len = 0; /* told of, and left out */
		if (!null && len) {
			if (room_for_text(&at->stage->allocator, to, len))
				return CSTN_E_NOMEM;
			memcpy(to->bytes + to->bytes_size, text, len);
			to->bytes_size += len;
		}
		ends[i] = (uint32_t)to->bytes_size;
	}
	return CSTN_OK;
}

/* The code of a text; its rules are checked when it is new. UINT32_MAX out of memory. */
static uint32_t code_of(const block *at, const char *text, size_t len)
{
	cstn__stage_column *to = at->to;
	const struct cstn__interned *last =
			to->last_code == UINT32_MAX ? NULL : &to->texts.items[to->last_code];
	uint32_t code;

	if (last && last->len == len && memcmp(last->text, text, len) == 0)
		return to->last_code;
	if (len > CSTN__TEXT_MAX)
		len = CSTN__TEXT_MAX + 1;
	code = cstn__intern(&to->texts, text, len);
	if (code == UINT32_MAX)
		return code;
	while (to->code_rules.count <= code) {
		if (cstn__array_reserve(&at->stage->allocator, &to->code_rules, 1))
			return UINT32_MAX;
		to->code_rules.items[to->code_rules.count++] =
				cstn__rule_check_text(to->field, text, len);
	}
	to->last_code = code;
	return code;
}

static cstn_status read_codes(block *at, int64_t *numbers)
{
	cstn__stage_column *to = at->to;
	int64_t *codes = to->numbers + at->row;
	char buffer[24];

	for (int32_t i = 0; i < at->n; i++) {
		const char *text = "";
		size_t len = 0;
		uint32_t code;
		int null = text_of(at, i, numbers, buffer, &text, &len);

		codes[i] = 0;
		if (null && !(to->field->flags & CSTN__FIELD_EMPTY))
			continue;
		code = code_of(at, null ? "" : text, null ? 0 : len);
		if (code == UINT32_MAX)
			return CSTN_E_NOMEM;
		at->valid[i / 64] |= UINT64_C(1) << i % 64;
		codes[i] = code;
		if (to->code_rules.items[code] && !(at->bad[i / 64] >> i % 64 & 1) &&
				add_error(at, i, to->code_rules.items[code], text, len) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

/* The code of an entry of the batch's dictionary; UINT32_MAX out of memory, UINT32_MAX - 1 null. */
static uint32_t code_of_entry(const block *at, int64_t index)
{
	cstn__stage_column *to = at->to;
	const char *text = "";
	size_t len = 0;
	uint32_t code;

	if ((size_t)index < to->indices.count && to->indices.items[index]) {
		to->last_code = to->indices.items[index] - 1;
		return to->last_code;
	}
	if (cstn__column_read_text(at->from->dictionary, index, &text, &len))
		return UINT32_MAX - 1;
	code = code_of(at, text, len);
	if ((size_t)index < to->indices.count && code < UINT32_MAX - 1)
		to->indices.items[index] = code + 1;
	return code;
}

/* Texts of an Arrow dictionary become codes once an entry. */
static cstn_status read_dictionary(block *at)
{
	cstn__stage_column *to = at->to;
	int64_t *codes = to->numbers + at->row, indices[BLOCK];
	cstn_status status =
			cstn__column_read_index(at->from, at->start, at->n, indices, at->valid);
	int64_t last = -1;

	for (int32_t i = 0; i < at->n && status == CSTN_OK; i++) {
		uint32_t code = UINT32_MAX - 1;

		codes[i] = 0;
		if (is_valid(at, i))
			code = indices[i] == last ? to->last_code : code_of_entry(at, indices[i]);
		if (code == UINT32_MAX)
			return CSTN_E_NOMEM;
		if (code == UINT32_MAX - 1) {
			at->valid[i / 64] &= ~(UINT64_C(1) << i % 64);
			last = -1;
			continue;
		}
		codes[i] = code;
		last = indices[i];
		if (to->code_rules.items[code] && !(at->bad[i / 64] >> i % 64 & 1))
			status = add_error(at, i, to->code_rules.items[code],
					to->texts.items[code].text, to->texts.items[code].len);
	}
	return status;
}

static cstn_status read_text(block *at)
{
	int64_t numbers[BLOCK];
	cstn_status status = CSTN_OK;

	if (at->from->type == CSTN_TYPE_INT64)
		status = cstn__column_read_i64(at->from, at->start, at->n, at->first_row, numbers,
				at->valid, at->bad, at->sink);
	else
		status = cstn__column_check_text(
				at->from, at->start, at->n, at->first_row, at->bad, at->sink);
	if (status != CSTN_OK)
		return status;
	if (!cstn__stage_is_code(at->to->field))
		return read_plain_text(at, numbers);
	if (at->from->dictionary && !(at->to->field->flags & CSTN__FIELD_EMPTY) &&
			at->from->type == CSTN_TYPE_TEXT)
		return read_dictionary(at);
	return read_codes(at, numbers);
}

/* The value of one attribute in row i, put into the row's object if there is one. */
static cstn_status read_attribute(block *at, size_t which, int32_t i)
{
	const char *name = cstn__attribute_of_column(at->stage->attributes[which]), *text = "";
	block row = *at;
	uint64_t bad = 0;
	int64_t number = 0;
	char buffer[24];
	size_t len = 0;

	memset(row.valid, 0, sizeof(row.valid));
	if (at->from->type == CSTN_TYPE_INT64 &&
			cstn__column_read_i64(at->from, at->start + i, 1, at->first_row, &number,
					row.valid, &bad, at->sink) != CSTN_OK)
		return CSTN_E_NOMEM;
	at->bad[i / 64] |= (bad & 1) << i % 64;
	if (at->from->type == CSTN_TYPE_INT64) {
		if (!(row.valid[0] & 1))
			return CSTN_OK;
		len = (size_t)snprintf(buffer, sizeof(buffer), "%" PRId64, number);
		text = buffer;
	} else if (at->bad[i / 64] >> i % 64 & 1 ||
			cstn__column_read_text(at->from, at->start + i, &text, &len)) {
		return CSTN_OK;
	}
	cstn__attributes_put(&at->stage->object, name, text, len);
	return CSTN_OK;
}

/* Columns `attributes.NAME` become one object a row; no value in any: null. */
static cstn_status read_attributes(block *at, const cstn__batch *batch)
{
	const cstn__column *columns = &batch->columns[at->stage->noun->n_fields];
	int64_t *codes = at->to->numbers + at->row;
	cstn__bytes *object = &at->stage->object;
	cstn_status status = CSTN_OK;

	for (size_t k = 0; k < at->stage->n_attributes && status == CSTN_OK; k++)
		if (columns[k].type != CSTN_TYPE_INT64)
			status = cstn__column_check_text(&columns[k], at->start, at->n,
					at->first_row, at->bad, at->sink);
	for (int32_t i = 0; i < at->n && status == CSTN_OK; i++) {
		uint32_t code;

		object->size = 0;
		for (size_t k = 0; k < at->stage->n_attributes && status == CSTN_OK; k++) {
			at->from = &columns[k];
			status = read_attribute(at, k, i);
		}
		cstn__attributes_end(object);
		if (status != CSTN_OK || object->failed)
			return CSTN_E_NOMEM;
		codes[i] = 0;
		if (object->size == 0)
			continue;
		code = code_of(at, (const char *)object->data, object->size);
		if (code == UINT32_MAX)
			return CSTN_E_NOMEM;
		codes[i] = code;
		at->valid[i / 64] |= UINT64_C(1) << i % 64;
		if (at->to->code_rules.items[code] && !(at->bad[i / 64] >> i % 64 & 1))
			status = add_error(at, i, at->to->code_rules.items[code],
					(const char *)object->data, object->size);
	}
	return status;
}

static void fill_recorded(block *at)
{
	int64_t *numbers;

	if (at->to->field->number != at->stage->noun->recorded ||
			at->stage->recorded_us == CSTN_TIME_NULL)
		return;
	numbers = at->to->numbers + at->row;
	for (int32_t i = 0; i < at->n; i++)
		if (!is_valid(at, i) && !(at->bad[i / 64] >> i % 64 & 1)) {
			numbers[i] = at->stage->recorded_us;
			at->valid[i / 64] |= UINT64_C(1) << i % 64;
		}
}

/* CSTN_DONE when one is broken and is not to be told of. */
static cstn_status check_crosses(
		cstn__stage *stage, size_t first, size_t n, int tell, cstn_error **error)
{
	const cstn__noun *noun = stage->noun;
	char text[CSTN__CROSS_TEXT];
	cstn__cell said = {.text = text, .valid = 1};

	for (size_t k = 0; k < noun->n_crosses; k++) {
		const cstn__cross *cross = &noun->crosses[k];

		if (cross->kind == CSTN__CROSS_UNIQUE_LINE ||
				(!stage->columns[cross->a].present &&
						cross->kind != CSTN__CROSS_ONE_OF))
			continue;
		for (size_t i = first; i < first + n; i++) {
			uint32_t field;
			cstn__cell a, b;
			int32_t code;
			cstn_status status;

			if (cstn__stage_is_bad(stage, i))
				continue;
			cstn__stage_cell(stage, i, cross->a, &a);
			if (!a.valid && cross->kind != CSTN__CROSS_ONE_OF)
				continue;
			cstn__stage_cell(stage, i, cross->b, &b);
			code = cstn__cross_check(noun, cross, &a, &b, &field);
			if (!code)
				continue;
			if (!tell)
				return CSTN_DONE;
			said.len = (uint32_t)cstn__cross_text(noun, cross, field, &a, &b, text);
			status = cstn__stage_broken_as(
					stage, i, field, code, said.len ? &said : NULL, error);
			if (status != CSTN_OK)
				return status;
		}
	}
	return CSTN_OK;
}

/* Room to translate a dictionary entry by entry, where the rows of the batch are worth it. */
static cstn_status begin_dictionary(
		cstn__stage *stage, uint32_t field, const cstn__batch *batch, cstn_error **error)
{
	cstn__stage_column *column = &stage->columns[field];
	const cstn__column *entries = batch->columns[field].dictionary;

	column->indices.count = 0;
	if (!cstn__stage_is_code(column->field) || !entries || entries->length > batch->length)
		return CSTN_OK;
	if (cstn__array_reserve(&stage->allocator, &column->indices, (size_t)entries->length))
		return cstn__fail_nomem(error);
	column->indices.count = (size_t)entries->length;
	if (column->indices.count)
		memset(column->indices.items, 0, column->indices.count * sizeof(uint32_t));
	return CSTN_OK;
}

cstn_status cstn__stage_begin(cstn__stage *stage, const cstn__bound *bound,
		const cstn__batch *batch, size_t waiting, cstn_error **error)
{
	size_t rows = (size_t)batch->length < waiting - stage->rows ? (size_t)batch->length
								    : waiting - stage->rows;
	cstn_status status = CSTN_OK;

	stage->expected = stage->rows + rows;
	for (uint32_t i = 0; i < stage->noun->n_fields && status == CSTN_OK; i++)
		if (cstn__bound_has(bound, i))
			status = begin_dictionary(stage, i, batch, error);
	return status;
}

/* A block of one column. */
static cstn_status read_column(block *at, const cstn__bound *bound, const cstn__batch *batch)
{
	cstn__stage *stage = at->stage;
	uint32_t field = at->to->field->number;
	cstn_status status = CSTN_OK;

	at->from = &batch->columns[field];
	memset(at->valid, 0, sizeof(at->valid));
	if (stage->n_attributes && at->to->field->rule == CSTN__RULE_ATTRIBUTES)
		status = read_attributes(at, batch);
	else if (!cstn__bound_has(bound, field))
		memset(at->to->numbers + at->row, 0, (size_t)at->n * sizeof(int64_t));
	else if (at->to->field->type == CSTN_TYPE_TEXT)
		status = read_text(at);
	else
		status = read_numbers(at);
	if (status != CSTN_OK)
		return status;
	fill_recorded(at);
	put_bits(at->to->valid, at->row, at->valid, (size_t)at->n);
	return CSTN_OK;
}

/* Rows [start, start + n), a block at a time, its columns one after the other. */
static cstn_status read_in_turn(cstn__stage *stage, const cstn__bound *bound,
		const cstn__batch *batch, int64_t start, int32_t n, uint64_t first_row,
		cstn_error **error)
{
	uint64_t bad[BLOCK_WORDS] = {0};

	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		block at = {.stage = stage,
				.to = &stage->columns[i],
				.start = start,
				.n = n,
				.first_row = first_row,
				.row = stage->rows,
				.sink = stage->sink,
				.bad = bad};

		if (at.to->present && read_column(&at, bound, batch) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	put_bits(stage->bad, stage->rows, bad, (size_t)n);
	return check_crosses(stage, stage->rows, (size_t)n, 1, error);
}

/* --- columns, side by side --- */

typedef struct reading {
	cstn__stage *stage;
	const cstn__bound *bound;
	const cstn__batch *batch;
	int64_t start;
	int32_t n;
	uint64_t first_row;
} reading;

/* All rows of one column, as long as none is bad: CSTN_DONE. */
static cstn_status read_alone(void *context, size_t field, int32_t worker)
{
	const reading *all = context;
	uint64_t bad[BLOCK_WORDS] = {0};
	block at = {.stage = all->stage,
			.to = &all->stage->columns[field],
			.first_row = all->first_row,
			.bad = bad};

	(void)worker;
	for (int32_t done = 0; at.to->present && done < all->n; done += BLOCK) {
		at.start = all->start + done;
		at.n = all->n - done < BLOCK ? all->n - done : BLOCK;
		at.row = all->stage->rows + (size_t)done;
		if (read_column(&at, all->bound, all->batch) != CSTN_OK)
			return CSTN_E_NOMEM;
		for (size_t i = 0; i < BLOCK_WORDS; i++)
			if (bad[i])
				return CSTN_DONE;
	}
	return CSTN_OK;
}

static cstn_status cross_alone(void *context, size_t morsel, int32_t worker)
{
	const reading *all = context;
	size_t first = morsel * CROSS_ROWS, left = (size_t)all->n - first;

	(void)worker;
	return check_crosses(all->stage, all->stage->rows + first,
			left < CROSS_ROWS ? left : CROSS_ROWS, 0, NULL);
}

/* Forget what columns took of rows that are read again. Codes stay: they will be the same. */
static void take_back(cstn__stage *stage, const size_t *bytes, size_t n)
{
	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		cstn__stage_column *column = &stage->columns[i];

		if (!column->present)
			continue;
		cstn__stage_clear(column->valid, stage->rows, n);
		column->bytes_size = bytes[i];
	}
}

/* Which rule of a row is told of depends on its other columns, so this is for rows that break none:
 * CSTN_DONE if one does, with nothing read. */
static cstn_status read_beside(const reading *all, int32_t threads, cstn_error **error)
{
	cstn__stage *stage = all->stage;
	reading context = *all;
	size_t bytes[CSTN__FIELDS_MAX];
	cstn_status status;

	for (uint32_t i = 0; i < stage->noun->n_fields; i++)
		bytes[i] = stage->columns[i].bytes_size;
	status = cstn__parallel_for(stage->noun->n_fields, threads, NULL, read_alone, &context);
	if (status == CSTN_OK)
		status = cstn__parallel_for(((size_t)all->n + CROSS_ROWS - 1) / CROSS_ROWS, threads,
				NULL, cross_alone, &context);
	if (status == CSTN_DONE)
		take_back(stage, bytes, (size_t)all->n);
	return status == CSTN_OK || status == CSTN_DONE ? status : cstn__fail_nomem(error);
}

static void settle_columns(cstn__stage *stage, const cstn__bound *bound)
{
	for (uint32_t i = 0; i < stage->noun->n_fields && stage->rows == 0; i++)
		stage->columns[i].present = cstn__bound_has(bound, i) || stage->columns[i].present;
	if (stage->recorded_us != CSTN_TIME_NULL)
		stage->columns[stage->noun->recorded].present = 1;
	if (stage->n_attributes)
		stage->columns[cstn__attributes_field(stage->noun)->number].present = 1;
}

static void number_rows(cstn__stage *stage, int64_t start, int32_t n, uint64_t first_row)
{
	for (int32_t i = 0; i < n; i++)
		stage->row_of[stage->rows + (size_t)i] = first_row + (uint64_t)(start + i);
}

cstn_status cstn__stage_read(cstn__stage *stage, const cstn__bound *bound, const cstn__batch *batch,
		int64_t start, int32_t n, uint64_t first_row, int32_t threads, cstn_error **error)
{
	reading all = {stage, bound, batch, start, n, first_row};
	cstn_status status;

	settle_columns(stage, bound);
	status = cstn__stage_room(stage, (size_t)n, error);
	if (status != CSTN_OK)
		return status;
	if (threads > 1 && n >= FEW_ROWS) {
		number_rows(stage, start, n, first_row);
		status = read_beside(&all, threads, error);
		if (status == CSTN_OK)
			stage->rows += (size_t)n;
		if (status != CSTN_DONE)
			return status;
	}
	status = CSTN_OK;
	for (int32_t done = 0; done < n && status == CSTN_OK; done += BLOCK) {
		int32_t step = n - done < BLOCK ? n - done : BLOCK;

		number_rows(stage, start + done, step, first_row);
		status = read_in_turn(stage, bound, batch, start + done, step, first_row, error);
		stage->rows += (size_t)step;
	}
	return status;
}
