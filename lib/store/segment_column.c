/* The pending rows of one column of a segment, and the block that they become.
 *
 * Rows are copied until their chunk is full. A column declared to repeat (CSTN__COLUMN_DICTIONARY)
 * becomes codes chunk by chunk: a chunk is coded when at most half of its non-null texts are new to
 * the dictionary and the dictionary stays a block within the limit, else it is written as plain
 * BYTES. Codes are given in the order of first sight, so they depend on the rows alone. A chunk of
 * plain text with rows of which every one is empty is CONST 0. Rows that come with a dictionary of
 * their own have each of its texts interned once. Cost: a copy, and about 20 ns a text that is
 * interned, 2 ns one that was. */
#include "base/bitmap.h"
#include "base/error.h"
#include "store/segment_write.h"

static int reserve_validity(
		cstn__pending_column *column, uint64_t n, const cstn_allocator *allocator)
{
	size_t words = (size_t)(column->rows + n + 63) / 64, have = column->validity.count;

	if (words <= have)
		return 0;
	if (cstn__array_reserve(allocator, &column->validity, words - have))
		return -1;
	memset(column->validity.items + have, 0, (words - have) * sizeof(uint64_t));
	column->validity.count = words;
	return 0;
}

static void append_validity(cstn__pending_column *column, const cstn__values *values,
		uint64_t start, uint64_t n)
{
	int absent = !values->numbers && !values->offsets;
	uint64_t at = column->rows, end = column->rows + n;

	if (!absent && !values->validity) {
		for (; at < end; at = (at / 64 + 1) * 64) {
			uint64_t left = end - at;
			uint64_t bits = left < 64 ? cstn__low_bits((size_t)left) : UINT64_MAX;

			column->validity.items[at / 64] |= bits << at % 64;
		}
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		if (!absent && cstn__values_is_valid(values, start + i))
			cstn__word_bit_set(column->validity.items, (size_t)(column->rows + i));
		else
			column->nulls++;
	}
}

static int append_numbers(cstn__pending_column *column, const cstn__values *values, uint64_t start,
		uint64_t n, const cstn_allocator *allocator)
{
	int64_t *at;

	if (cstn__array_reserve(allocator, &column->numbers, (size_t)n + 1))
		return -1;
	at = column->numbers.items + column->numbers.count;
	if (!values->numbers)
		memset(at, 0, (size_t)n * sizeof(*at));
	else if (!values->validity)
		memcpy(at, values->numbers + start, (size_t)n * sizeof(*at));
	else
		for (uint64_t i = 0; i < n; i++)
			at[i] = cstn__values_is_valid(values, start + i)
						? values->numbers[start + i]
						: 0;
	column->numbers.count += (size_t)n;
	return 0;
}

static int append_texts(cstn__pending_column *column, const cstn__values *values, uint64_t start,
		uint64_t n, const cstn_allocator *allocator)
{
	uint64_t bytes = cstn__pending_text_bytes(values, start, n);
	int absent = !values->numbers && !values->offsets;

	if (cstn__array_reserve(allocator, &column->offsets, (size_t)n + 1) ||
			cstn__array_reserve(allocator, &column->bytes, (size_t)bytes + 1))
		return -1;
	if (!column->offsets.count)
		column->offsets.items[column->offsets.count++] = 0;
	for (uint64_t i = 0; i < n; i++) {
		if (!absent && cstn__values_is_valid(values, start + i)) {
			size_t len;
			const uint8_t *text = cstn__values_text(values, start + i, &len);

			if (len)
				memcpy(column->bytes.items + column->bytes.count, text, len);
			column->bytes.count += len;
		}
		column->offsets.items[column->offsets.count++] = (uint32_t)column->bytes.count;
	}
	return 0;
}

uint64_t cstn__pending_text_bytes(const cstn__values *values, uint64_t start, uint64_t n)
{
	uint64_t bytes = 0;

	if (!values->numbers && !values->offsets)
		return 0;
	if (!values->dictionary && !values->validity)
		return values->offsets[start + n] - values->offsets[start];
	for (uint64_t i = 0; i < n; i++) {
		size_t len = 0;

		if (cstn__values_is_valid(values, start + i))
			cstn__values_text(values, start + i, &len);
		bytes += len;
	}
	return bytes;
}

/* Where the texts of a column that repeats come from. A dictionary that is large beside the rows
 * saves nothing. */
static int append_run(cstn__pending_column *column, const cstn__values *values, uint64_t start,
		uint64_t n, const cstn_allocator *allocator)
{
	cstn__pending_run run = {column->rows + n, 0};

	if (values->dictionary && values->dictionary->rows / 4 <= n)
		run.entries = values->dictionary->rows;
	if (cstn__array_reserve(allocator, &column->runs, 1))
		return -1;
	if (run.entries) {
		if (append_numbers(column, values, start, n, allocator))
			return -1;
	} else {
		if (cstn__array_reserve(allocator, &column->numbers, (size_t)n + 1))
			return -1;
		column->numbers.count += (size_t)n; /* made with the block */
	}
	column->runs.items[column->runs.count++] = run;
	return 0;
}

cstn_status cstn__pending_append(cstn__pending_column *column, const cstn__values *values,
		uint64_t start, uint64_t n, const cstn_allocator *allocator, cstn_error **error)
{
	int failed = reserve_validity(column, n, allocator) ||
		     (column->text ? append_texts(column, values, start, n, allocator)
				   : append_numbers(column, values, start, n, allocator));

	if (!failed && column->text && column->flags & CSTN__COLUMN_DICTIONARY)
		failed = append_run(column, values, start, n, allocator);
	if (failed)
		return cstn__fail_nomem(error);
	append_validity(column, values, start, n);
	column->rows += n;
	return CSTN_OK;
}

/* --- dictionaries --- */

static const char *text_at(const cstn__pending_column *column, uint64_t row, size_t *len)
{
	uint32_t start = column->offsets.items[row];

	*len = column->offsets.items[row + 1] - start;
	return (const char *)column->bytes.items + start;
}

/* The code of a row's text. `known` are those of the texts of its run, by their codes there. */
static uint32_t intern_row(const cstn__pending_column *column, uint64_t row, cstn__interner *local,
		uint32_t *known)
{
	size_t at = known ? (size_t)column->numbers.items[row] : 0, len;
	const char *text;
	uint32_t code;

	if (known && known[at] != UINT32_MAX)
		return known[at];
	text = text_at(column, row, &len);
	code = cstn__intern(local, len ? text : "", len);
	if (known)
		known[at] = code;
	return code;
}

/* The rows from `row` to the end of their run. */
static int intern_run(cstn__pending_column *column, uint64_t row, uint64_t end,
		cstn__interner *local, uint32_t *known)
{
	for (; row < end; row++) {
		uint32_t code = 0;

		if (cstn__word_bit_get(column->validity.items, (size_t)row))
			code = intern_row(column, row, local, known);
		if (code == UINT32_MAX)
			return -1;
		column->numbers.items[row] = code;
	}
	return 0;
}

/* The distinct texts of the chunk into `local`, and the chunk as codes of it. */
static int intern_chunk(cstn__pending_column *column, cstn__interner *local,
		const cstn_allocator *allocator)
{
	uint64_t row = 0, entries = 0;
	uint32_t *known = NULL;
	int failed = 0;

	for (size_t i = 0; i < column->runs.count; i++)
		if (column->runs.items[i].entries > entries)
			entries = column->runs.items[i].entries;
	if (entries) {
		known = cstn__alloc(allocator, (size_t)entries * sizeof(*known));
		if (!known)
			return -1;
	}
	for (size_t i = 0; i < column->runs.count && !failed; i++) {
		const cstn__pending_run *run = &column->runs.items[i];

		if (run->entries)
			memset(known, 0xff, (size_t)run->entries * sizeof(*known));
		failed = intern_run(column, row, run->end, local, run->entries ? known : NULL);
		row = run->end;
	}
	cstn__free(allocator, known, (size_t)entries * sizeof(*known));
	return failed;
}

/* The fixed rule: does the chunk become codes? */
static int pays(const cstn__pending_column *column, const cstn__interner *local)
{
	uint64_t fresh = 0, bytes = column->dictionary_bytes, entries;

	for (size_t i = 0; i < local->count; i++) {
		const struct cstn__interned *item = &local->items[i];

		if (cstn__interner_find(&column->dictionary, item->text, item->len) == UINT32_MAX) {
			fresh++;
			bytes += item->len;
		}
	}
	entries = column->dictionary.count + fresh;
	return fresh * 2 <= column->rows - column->nulls && entries <= CSTN__BLOCK_ROWS_MAX &&
	       cstn__pending_fits(entries, bytes);
}

/* The codes of the chunk's own dictionary become those of the segment's. */
static int translate(cstn__pending_column *column, const cstn__interner *local,
		const cstn_allocator *allocator)
{
	uint32_t *codes = cstn__alloc(allocator, local->count * sizeof(*codes));

	if (!codes)
		return -1;
	for (size_t i = 0; i < local->count; i++) {
		const struct cstn__interned *item = &local->items[i];
		size_t before = column->dictionary.count;

		codes[i] = cstn__intern(&column->dictionary, item->text, item->len);
		if (codes[i] == UINT32_MAX) {
			cstn__free(allocator, codes, local->count * sizeof(*codes));
			return -1;
		}
		if (column->dictionary.count > before)
			column->dictionary_bytes += item->len;
	}
	if (local->count)
		for (uint64_t row = 0; row < column->rows; row++)
			if (cstn__word_bit_get(column->validity.items, (size_t)row))
				column->numbers.items[row] = codes[column->numbers.items[row]];
	cstn__free(allocator, codes, local->count * sizeof(*codes));
	return 0;
}

/* *coded 1: column->numbers hold the chunk's codes. */
static cstn_status try_codes(const cstn__segment_writer *writer, cstn__pending_column *column,
		int *coded, cstn_error **error)
{
	cstn__interner local;
	int failed;

	cstn__interner_init(&local, &writer->allocator, cstn__load64(writer->uuid));
	failed = intern_chunk(column, &local, &writer->allocator);
	*coded = !failed && pays(column, &local);
	if (*coded)
		failed = translate(column, &local, &writer->allocator);
	cstn__interner_free(&local);
	if (failed)
		return cstn__fail_nomem(error);
	column->coded |= *coded;
	return CSTN_OK;
}

/* --- blocks --- */

static cstn_status encode(const cstn__segment_writer *writer, const cstn__values *values,
		uint32_t encodings, cstn__bytes *out, cstn__segment_block *block,
		cstn_error **error)
{
	memset(block, 0, sizeof(*block));
	return cstn__block_encode(
			values, 0, values->rows, encodings, writer->zlib, out, &block->info, error);
}

/* What the footer says about the whole column. */
static void note_order(cstn__pending_column *column, const cstn__block_info *info)
{
	const int64_t *numbers = column->numbers.items;

	if (!(info->flags & CSTN__BLOCK_SORTED)) {
		column->falls = column->repeats = 1;
		return;
	}
	if (column->all_rows && numbers[0] <= column->last) {
		column->repeats = 1;
		column->falls |= numbers[0] < column->last;
	}
	for (uint64_t i = 1; i < column->rows && !column->repeats; i++)
		column->repeats |= numbers[i] == numbers[i - 1];
	column->last = numbers[column->rows - 1];
}

static cstn_status encode_text(const cstn__segment_writer *writer, cstn__pending_column *column,
		cstn__values *values, cstn__bytes *out, cstn__segment_block *block,
		cstn_error **error)
{
	int coded = 0;
	cstn_status status = CSTN_OK;

	if (column->flags & CSTN__COLUMN_DICTIONARY)
		status = try_codes(writer, column, &coded, error);
	if (status != CSTN_OK)
		return status;
	if (coded) {
		values->numbers = column->numbers.items;
		return encode(writer, values, CSTN__ENCODINGS_ALL, out, block, error);
	}
	if (column->bytes.count || !column->rows || column->flags & CSTN__COLUMN_DICTIONARY) {
		values->offsets = column->offsets.items;
		values->bytes = column->bytes.items;
		return encode(writer, values, CSTN__ENCODINGS_ALL, out, block, error);
	}
	if (cstn__array_reserve(&writer->allocator, &column->numbers, (size_t)column->rows + 1))
		return cstn__fail_nomem(error);
	memset(column->numbers.items, 0, (size_t)column->rows * sizeof(int64_t));
	values->numbers = column->numbers.items;
	status = encode(writer, values, 1u << CSTN__ENCODING_CONST, out, block, error);
	block->info.flags = (uint8_t)(block->info.flags & ~CSTN__BLOCK_SORTED);
	block->info.min = INT64_MAX;
	block->info.max = INT64_MIN;
	return status;
}

cstn_status cstn__pending_encode(const cstn__segment_writer *writer, cstn__pending_column *column,
		cstn__bytes *out, cstn__segment_block *block, cstn_error **error)
{
	cstn__values values = {column->rows, column->nulls ? column->validity.items : NULL, NULL,
			NULL, NULL, NULL};
	cstn_status status;

	if (column->text) {
		status = encode_text(writer, column, &values, out, block, error);
	} else {
		values.numbers = column->numbers.items;
		status = encode(writer, &values, CSTN__ENCODINGS_ALL, out, block, error);
	}
	if (status != CSTN_OK)
		return status;
	if (column->text)
		column->falls = column->repeats = 1;
	else if (column->rows)
		note_order(column, &block->info);
	column->all_rows += column->rows;
	column->all_nulls += column->nulls;
	column->rows = column->nulls = 0;
	column->numbers.count = column->offsets.count = column->bytes.count = 0;
	column->validity.count = column->runs.count = 0;
	return CSTN_OK;
}

cstn_status cstn__pending_encode_dictionary(const cstn__segment_writer *writer,
		cstn__pending_column *column, cstn__bytes *out, cstn__segment_block *block,
		cstn_error **error)
{
	cstn__values values = {column->dictionary.count, NULL, NULL, NULL, NULL, NULL};
	cstn_status status;

	/* The pending rows are written: their memory is free for the texts. */
	if (cstn__array_reserve(
			    &writer->allocator, &column->offsets, column->dictionary.count + 1) ||
			cstn__array_reserve(&writer->allocator, &column->bytes,
					(size_t)column->dictionary_bytes + 1))
		return cstn__fail_nomem(error);
	column->offsets.items[column->offsets.count++] = 0;
	for (size_t i = 0; i < column->dictionary.count; i++) {
		const struct cstn__interned *item = &column->dictionary.items[i];

		if (item->len)
			memcpy(column->bytes.items + column->bytes.count, item->text, item->len);
		column->bytes.count += item->len;
		column->offsets.items[column->offsets.count++] = (uint32_t)column->bytes.count;
	}
	values.offsets = column->offsets.items;
	values.bytes = column->bytes.items;
	status = encode(writer, &values, CSTN__ENCODINGS_ALL, out, block, error);
	block->info.kind = CSTN__KIND_DICTIONARY;
	block->aux = column->dictionary.count;
	return status;
}

void cstn__pending_free(cstn__pending_column *column, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &column->numbers);
	cstn__array_free(allocator, &column->runs);
	cstn__array_free(allocator, &column->offsets);
	cstn__array_free(allocator, &column->bytes);
	cstn__array_free(allocator, &column->validity);
	cstn__interner_free(&column->dictionary);
	cstn__bytes_free(&column->encoded);
}
