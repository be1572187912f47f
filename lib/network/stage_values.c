/* Staged columns as the store takes them: all rows as they lie, or those that were taken. */
#include "network/stage.h"

#include <string.h>

#include "base/error.h"

static int take_bits(const uint64_t *from, const uint32_t *take, size_t n, cstn__arena *arena,
		const uint64_t **out)
{
	uint64_t *bits;
	size_t valid = 0;

	*out = NULL;
	if (!take && n) {
		size_t i = 0;

		while (i < n / 64 && from[i] == UINT64_MAX)
			i++;
		if (i == n / 64 && (n % 64 == 0 || ~from[i] << (64 - n % 64) == 0))
			return 0;
	}
	for (size_t i = 0; i < n; i++) {
		size_t row = take ? take[i] : i;

		valid += from[row / 64] >> row % 64 & 1;
	}
	if (valid == n)
		return 0;
	bits = cstn__arena_alloc(arena, cstn__stage_words(n) + 8);
	if (!bits)
		return -1;
	memset(bits, 0, cstn__stage_words(n));
	for (size_t i = 0; i < n; i++) {
		size_t row = take ? take[i] : i;

		bits[i / 64] |= (from[row / 64] >> row % 64 & 1) << i % 64;
	}
	*out = bits;
	return 0;
}

/* Text i of a column: of its row, or of its dictionary. */
static const void *text_of(
		const cstn__stage_column *column, int of_dictionary, size_t i, size_t *len)
{
	size_t begin;

	if (of_dictionary) {
		*len = column->texts.items[i].len;
		return column->texts.items[i].text;
	}
	begin = i ? column->ends[i - 1] : 0;
	*len = column->ends[i] - begin;
	return begin ? column->bytes + begin : column->bytes; /* NULL: all are empty */
}

/* The n texts that `take` names, or the first n, one after the other. */
static int lay_texts(const cstn__stage_column *column, int of_dictionary, const uint32_t *take,
		size_t n, cstn__arena *arena, cstn__values *out)
{
	uint32_t *offsets = cstn__arena_alloc(arena, (n + 1) * sizeof(*offsets));
	uint64_t size = 0;
	uint8_t *bytes;
	size_t len;

	if (!offsets)
		return -1;
	offsets[0] = 0;
	for (size_t i = 0; i < n; i++) {
		(void)text_of(column, of_dictionary, take ? take[i] : i, &len);
		size += len;
		if (size > UINT32_MAX)
			return -1;
		offsets[i + 1] = (uint32_t)size;
	}
	bytes = cstn__arena_alloc(arena, (size_t)size + 1);
	if (!bytes)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const void *text = text_of(column, of_dictionary, take ? take[i] : i, &len);

		if (len)
			memcpy(bytes + offsets[i], text, len);
	}
	out->offsets = offsets;
	out->bytes = bytes;
	return 0;
}

static int take_dictionary(const cstn__stage_column *column, cstn__arena *arena, cstn__values *out)
{
	memset(out, 0, sizeof(*out));
	out->rows = column->texts.count;
	return lay_texts(column, 1, NULL, column->texts.count, arena, out);
}

cstn_status cstn__stage_values(const cstn__stage *stage, uint32_t field, const uint32_t *take,
		size_t n, cstn__arena *arena, cstn__values *dictionary, cstn__values *out,
		cstn_error **error)
{
	const cstn__stage_column *column = &stage->columns[field];
	int64_t *numbers;
	int bad;

	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (column->field->flags & CSTN__FIELD_EMPTY)
		bad = 0; /* "" or 0 under what is not given */
	else
		bad = take_bits(column->valid, take, n, arena, &out->validity);
	if (bad)
		return cstn__fail_nomem(error);
	if (column->ends)
		return lay_texts(column, 0, take, n, arena, out) ? cstn__fail_nomem(error)
								 : CSTN_OK;
	if (cstn__stage_is_code(column->field)) {
		if (take_dictionary(column, arena, dictionary))
			return cstn__fail_nomem(error);
		out->dictionary = dictionary;
	}
	out->numbers = column->numbers;
	if (!take)
		return CSTN_OK;
	numbers = cstn__arena_alloc(arena, n * sizeof(*numbers) + 8);
	if (!numbers)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++)
		numbers[i] = column->numbers[take[i]];
	out->numbers = numbers;
	return CSTN_OK;
}
