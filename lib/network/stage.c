/* Rows of an import, a column at a time: the columns themselves.
 *
 * Numbers, codes and ends of texts lie in arrays that grow together; rows that break a rule are
 * told to the sink and marked, and left out when the rows are taken.
 *
 * Cost: 8 bytes a number or code and a row, the bytes of texts, an eighth of a byte for nulls; no
 * allocation a row. */
#include "network/stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/time.h>

#include "base/error.h"

static int is_plain_text(const cstn__field *field)
{
	return field->type == CSTN_TYPE_TEXT && !(field->flags & CSTN__FIELD_DICTIONARY);
}

/* --- life ------------------------------------------------------------------------------------- */

cstn_status cstn__stage_init(cstn__stage *stage, const cstn__noun *noun, int64_t recorded_us,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(stage, 0, sizeof(*stage));
	stage->allocator = *allocator;
	stage->noun = noun;
	stage->recorded_us = recorded_us;
	stage->columns = cstn__alloc_zero(allocator, noun->n_fields * sizeof(*stage->columns));
	if (!stage->columns)
		return cstn__fail_nomem(error);
	for (uint32_t i = 0; i < noun->n_fields; i++) {
		stage->columns[i].field = &noun->fields[i];
		stage->columns[i].last_code = UINT32_MAX;
		cstn__interner_init(&stage->columns[i].texts, allocator, 41 + i);
	}
	cstn__arena_init(&stage->names, allocator);
	cstn__bytes_init(&stage->object, allocator);
	return cstn__row_sink_new(allocator, &stage->sink, error);
}

void cstn__stage_free(cstn__stage *stage)
{
	const cstn_allocator *allocator = &stage->allocator;

	if (!stage->columns)
		return;
	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		cstn__stage_column *column = &stage->columns[i];

		if (column->numbers)
			cstn__free(allocator, column->numbers, stage->capacity * sizeof(int64_t));
		if (column->ends)
			cstn__free(allocator, column->ends, stage->capacity * sizeof(uint32_t));
		if (column->valid)
			cstn__free(allocator, column->valid, cstn__stage_words(stage->capacity));
		cstn__free(allocator, column->bytes, column->bytes_capacity);
		cstn__interner_free(&column->texts);
		cstn__array_free(allocator, &column->code_rules);
		cstn__array_free(allocator, &column->indices);
	}
	cstn__free(allocator, stage->bad, cstn__stage_words(stage->capacity));
	cstn__free(allocator, stage->row_of, stage->capacity * sizeof(uint64_t));
	cstn__free(allocator, stage->columns, stage->noun->n_fields * sizeof(*stage->columns));
	cstn__row_sink_free(stage->sink);
	cstn__arena_free(&stage->names);
	cstn__bytes_free(&stage->object);
	stage->columns = NULL;
}

size_t cstn__stage_declare(const cstn__stage *stage, cstn__column_decl *out)
{
	size_t n = stage->noun->n_fields;

	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		const cstn__field *field = &stage->noun->fields[i];
		int given = i == stage->noun->recorded && stage->recorded_us != CSTN_TIME_NULL;

		memset(&out[i], 0, sizeof(out[i]));
		out[i].name = field->name;
		out[i].scale = -1;
		out[i].required = field->flags & CSTN__FIELD_REQUIRED && !given;
		out[i].nullable = !out[i].required;
		switch (field->type) {
		case CSTN_TYPE_TEXT:
			out[i].accept = CSTN__ACCEPT(CSTN_TYPE_TEXT);
			if (field->rule == CSTN__RULE_ID || field->rule == CSTN__RULE_REFERENCE)
				out[i].accept = CSTN__ACCEPT_KEY;
			break;
		case CSTN_TYPE_TIME:
			out[i].accept = CSTN__ACCEPT_TIME;
			break;
		case CSTN_TYPE_INT32:
			out[i].accept = CSTN__ACCEPT(CSTN_TYPE_INT64);
			break;
		default:
			out[i].accept = CSTN__ACCEPT(field->type);
		}
	}
	for (size_t i = 0; i < stage->n_attributes; i++)
		out[n++] = (cstn__column_decl){.name = stage->attributes[i],
				.scale = -1,
				.nullable = 1,
				.accept = CSTN__ACCEPT_KEY};
	return n;
}

/* --- room ------------------------------------------------------------------------------------- */

/* The arrays of a column that grow with the rows. */
typedef struct row_arrays {
	int64_t *numbers;
	uint32_t *ends;
	uint64_t *valid;
} row_arrays;

static void free_arrays(const cstn_allocator *allocator, const row_arrays *arrays, size_t rows)
{
	cstn__free(allocator, arrays->valid, cstn__stage_words(rows));
	cstn__free(allocator, arrays->ends, rows * sizeof(uint32_t));
	cstn__free(allocator, arrays->numbers, rows * sizeof(int64_t));
}

static int new_arrays(const cstn_allocator *allocator, const cstn__field *field, size_t rows,
		row_arrays *out)
{
	out->valid = cstn__alloc_zero(allocator, cstn__stage_words(rows));
	if (is_plain_text(field))
		out->ends = cstn__alloc(allocator, rows * sizeof(uint32_t));
	else
		out->numbers = cstn__alloc(allocator, rows * sizeof(int64_t));
	return out->valid && (out->ends || out->numbers) ? 0 : -1;
}

/* Give a column its larger arrays and take the old ones. */
static void swap_arrays(cstn__stage_column *column, row_arrays *fresh, size_t rows)
{
	row_arrays old = {column->numbers, column->ends, column->valid};

	if (rows) {
		memcpy(fresh->valid, old.valid, cstn__stage_words(rows));
		if (old.ends)
			memcpy(fresh->ends, old.ends, rows * sizeof(uint32_t));
		else
			memcpy(fresh->numbers, old.numbers, rows * sizeof(int64_t));
	}
	column->numbers = fresh->numbers;
	column->ends = fresh->ends;
	column->valid = fresh->valid;
	*fresh = old;
}

/* All arrays grow together, or none does. */
static cstn_status grow_to(cstn__stage *stage, size_t to, cstn_error **error)
{
	const cstn_allocator *allocator = &stage->allocator;
	row_arrays fresh[CSTN__FIELDS_MAX] = {{NULL, NULL, NULL}};
	uint64_t *bad = cstn__alloc_zero(allocator, cstn__stage_words(to));
	uint64_t *row_of = cstn__alloc(allocator, to * sizeof(uint64_t));
	size_t from = stage->capacity;
	int failed = !bad || !row_of;

	for (uint32_t i = 0; i < stage->noun->n_fields && !failed; i++)
		if (stage->columns[i].present)
			failed = new_arrays(allocator, stage->columns[i].field, to, &fresh[i]);
	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		if (!failed && stage->columns[i].present)
			swap_arrays(&stage->columns[i], &fresh[i], from);
		free_arrays(allocator, &fresh[i], failed ? to : from);
	}
	if (failed) {
		cstn__free(allocator, bad, cstn__stage_words(to));
		cstn__free(allocator, row_of, to * sizeof(uint64_t));
		return cstn__fail_nomem(error);
	}
	if (from) {
		memcpy(bad, stage->bad, cstn__stage_words(from));
		memcpy(row_of, stage->row_of, from * sizeof(uint64_t));
	}
	cstn__free(allocator, stage->bad, cstn__stage_words(from));
	cstn__free(allocator, stage->row_of, from * sizeof(uint64_t));
	stage->bad = bad;
	stage->row_of = row_of;
	stage->capacity = to;
	return CSTN_OK;
}

cstn_status cstn__stage_room(cstn__stage *stage, size_t extra, cstn_error **error)
{
	size_t to = stage->capacity ? stage->capacity : 4096;

	if (stage->rows + extra <= stage->capacity)
		return CSTN_OK;
	if (to < stage->expected)
		to = stage->expected; /* at once, not by doubling */
	while (to < stage->rows + extra)
		to *= 2;
	return grow_to(stage, to, error);
}

/* --- staged values ---------------------------------------------------------------------------- */

void cstn__stage_cell(const cstn__stage *stage, size_t row, uint32_t field, cstn__cell *out)
{
	const cstn__stage_column *column = &stage->columns[field];

	memset(out, 0, sizeof(*out));
	if (!column->present || !(column->valid[row / 64] >> row % 64 & 1))
		return;
	out->valid = 1;
	if (column->ends) {
		uint32_t from = row ? column->ends[row - 1] : 0;

		out->text = column->bytes ? (const char *)column->bytes + from : "";
		out->len = column->ends[row] - from;
	} else if (cstn__stage_is_code(column->field)) {
		out->number = column->numbers[row];
		out->text = column->texts.items[out->number].text;
		out->len = column->texts.items[out->number].len;
	} else {
		out->number = column->numbers[row];
	}
	if (out->text && out->len == 0 && column->field->flags & CSTN__FIELD_EMPTY)
		out->valid = 0;
}

cstn_status cstn__stage_broken(
		cstn__stage *stage, size_t row, uint32_t field, int32_t code, cstn_error **error)
{
	return cstn__stage_broken_as(stage, row, field, code, NULL, error);
}

cstn_status cstn__stage_broken_as(cstn__stage *stage, size_t row, uint32_t field, int32_t code,
		const cstn__cell *as, cstn_error **error)
{
	const cstn__field *at = &stage->noun->fields[field];
	char buffer[48];
	cstn__cell cell;
	cstn_status status;

	cstn__stage_cell(stage, row, field, &cell);
	if (as) {
		cell = *as;
	} else if (cell.valid && at->type == CSTN_TYPE_TIME) {
		cell.len = (uint32_t)cstn_time_format(cell.number, buffer, sizeof(buffer));
		cell.text = buffer;
	} else if (cell.valid && at->type != CSTN_TYPE_TEXT) {
		cell.len = (uint32_t)snprintf(buffer, sizeof(buffer), "%" PRId64, cell.number);
		cell.text = buffer;
	}
	stage->bad[row / 64] |= UINT64_C(1) << row % 64;
	status = cstn__row_sink_add(stage->sink, stage->row_of[row], (int32_t)field, at->name, code,
			cell.valid ? cell.text : NULL, cell.len);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

void cstn__stage_clear(uint64_t *bits, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		if (i % 64 == 0 && i + 64 <= from + n) {
			bits[i / 64] = 0;
			i += 63;
		} else {
			bits[i / 64] &= ~(UINT64_C(1) << i % 64);
		}
}

static void keep_bits(uint64_t *bits, size_t from, size_t keep, size_t rows)
{
	for (size_t i = 0; i < keep; i++) {
		uint64_t bit = bits[(from + i) / 64] >> (from + i) % 64 & 1;

		bits[i / 64] = (bits[i / 64] & ~(UINT64_C(1) << i % 64)) | bit << i % 64;
	}
	cstn__stage_clear(bits, keep, rows - keep);
}

void cstn__stage_keep(cstn__stage *stage, size_t keep)
{
	size_t from = stage->rows - keep;

	for (uint32_t i = 0; i < stage->noun->n_fields; i++) {
		cstn__stage_column *column = &stage->columns[i];

		if (!column->present || stage->capacity == 0)
			continue;
		keep_bits(column->valid, from, keep, stage->rows);
		if (column->ends) {
			uint32_t start = from ? column->ends[from - 1] : 0;
			size_t size = column->bytes_size - start;

			if (size)
				memmove(column->bytes, column->bytes + start, size);
			column->bytes_size = size;
			for (size_t k = 0; k < keep; k++)
				column->ends[k] = column->ends[from + k] - start;
		} else if (keep) {
			memmove(column->numbers, column->numbers + from, keep * sizeof(int64_t));
		}
	}
	if (stage->capacity) {
		keep_bits(stage->bad, from, keep, stage->rows);
		memmove(stage->row_of, stage->row_of + from, keep * sizeof(uint64_t));
	}
	stage->rows = keep;
}
