/* Rows of an import become records.
 *
 * Rows of a record are found by their key wherever they lie among those that wait. Keys that rise
 * need no table: each is new because it is greater than all before; they only wait, one after the
 * other, for one that is not. From there on all are interned. A key that was flushed with an
 * earlier lot of rows and comes again is an error, never a second record.
 *
 * Cost: a comparison a row; a record about 20 ns while keys rise, 100 ns after that. */
#include "network/import.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

#define COMPARED_ROWS ((size_t)16384) /* by one thread at a time; a multiple of 64 */

static size_t key_of_row(const cstn__import *at, size_t row, uint8_t *out)
{
	cstn__key key;

	memset(&key, 0, sizeof(key));
	key.noun = at->noun;
	for (uint32_t i = 0; i < at->noun->n_key; i++) {
		cstn__cell cell;

		cstn__stage_cell(&at->stage, row, at->key_fields[i], &cell);
		key.parts[i].text = cell.valid && cell.text ? cell.text : "";
		key.parts[i].len = cell.valid ? cell.len : 0;
		key.parts[i].number = cell.valid ? cell.number : 0;
	}
	return cstn__key_to_bytes(&key, out);
}

/* 1 if two staged rows have the same value of a key field. */
static int same_value(const cstn__stage_column *column, size_t a, size_t b)
{
	uint32_t a_from, b_from, len;

	if (!column->present)
		return 1;
	if (((column->valid[a / 64] >> a % 64) ^ (column->valid[b / 64] >> b % 64)) & 1)
		return 0;
	if (!column->ends)
		return column->numbers[a] == column->numbers[b];
	a_from = a ? column->ends[a - 1] : 0;
	b_from = b ? column->ends[b - 1] : 0;
	len = column->ends[a] - a_from;
	return len == column->ends[b] - b_from &&
	       (!len || memcmp(column->bytes + a_from, column->bytes + b_from, len) == 0);
}

int cstn__import_same_key(const cstn__import *at, size_t a, size_t b)
{
	for (uint32_t i = 0; i < at->noun->n_key; i++)
		if (!same_value(&at->stage.columns[at->key_fields[i]], a, b))
			return 0;
	return 1;
}

/* Keys that rise: each is its length, 4 bytes, and its bytes. */
static size_t waiting_key(const cstn__import *at, size_t place, const uint8_t **key)
{
	uint32_t len;

	memcpy(&len, at->rising.data + place, sizeof(len));
	*key = at->rising.data + place + sizeof(len);
	return len;
}

/* From here on every key is looked up. */
static int intern_all(cstn__import *at)
{
	size_t place = 0;

	for (uint32_t i = 0; i < at->n_rising; i++) {
		const uint8_t *key;
		size_t len = waiting_key(at, place, &key);

		if (cstn__intern(&at->keys, (const char *)key, len) == UINT32_MAX)
			return -1;
		place += sizeof(uint32_t) + len;
	}
	cstn__bytes_free(&at->rising);
	at->interned = 1;
	return 0;
}

/* The code of a key; UINT32_MAX out of memory. Longer keys are greater, so that numbers rise. */
static uint32_t code_of_key(cstn__import *at, const uint8_t *bytes, size_t len)
{
	const uint8_t *last;
	size_t last_len = 0;
	int order = 1;

	if (!at->interned && at->n_rising) {
		last_len = waiting_key(at, at->last_key, &last);
		order = len != last_len ? (len > last_len) - (len < last_len)
					: memcmp(bytes, last, len);
	}
	if (!at->interned && order == 0)
		return at->n_rising - 1;
	if (!at->interned && order < 0 && intern_all(at))
		return UINT32_MAX;
	if (at->interned)
		return cstn__intern(&at->keys, (const char *)bytes, len);
	at->last_key = at->rising.size;
	last_len = len;
	cstn__bytes_put(&at->rising, &(uint32_t){(uint32_t)last_len}, sizeof(uint32_t));
	cstn__bytes_put(&at->rising, bytes, len);
	return at->rising.failed ? UINT32_MAX : at->n_rising++;
}

/* Rows that have the key of the row before, a bit each. */
typedef struct comparing {
	const cstn__import *at;
	size_t rows;
	uint64_t *same;
} comparing;

static cstn_status compare_rows(void *context, size_t morsel, int32_t worker)
{
	const comparing *all = context;
	size_t first = morsel * COMPARED_ROWS, end = first + COMPARED_ROWS;

	(void)worker;
	if (end > all->rows)
		end = all->rows;
	for (size_t word = first / 64; word * 64 < end; word++) {
		size_t from = word * 64, to = from + 64 < end ? from + 64 : end;
		uint64_t bits = 0;

		for (size_t i = from; i < to; i++)
			bits |= (uint64_t)(i && cstn__import_same_key(all->at, i, i - 1)) << i % 64;
		all->same[word] = bits;
	}
	return CSTN_OK;
}

static cstn_status find_same(
		cstn__import *at, size_t rows, const uint64_t **out, cstn_error **error)
{
	comparing all = {at, rows, cstn__arena_alloc(&at->arena, cstn__stage_words(rows + 1))};
	size_t morsels = (rows + COMPARED_ROWS - 1) / COMPARED_ROWS;

	if (!all.same || cstn__parallel_for(morsels, at->threads, NULL, compare_rows, &all))
		return cstn__fail_nomem(error);
	*out = all.same;
	return CSTN_OK;
}

static cstn_status give_codes(
		cstn__import *at, size_t rows, uint32_t known, int *scattered, cstn_error **error)
{
	const cstn__field *id_field = cstn__noun_key_field(at->noun, 1);
	uint8_t bytes[CSTN__KEY_BYTES];
	const uint64_t *same = NULL;
	uint32_t next = known;
	cstn_status status = find_same(at, rows, &same, error);

	for (size_t i = 0; status == CSTN_OK && i < rows; i++) {
		cstn__cell id;
		uint32_t code;

		if (same[i / 64] >> i % 64 & 1) {
			at->code[i] = at->code[i - 1];
			continue;
		}
		code = code_of_key(at, bytes, key_of_row(at, i, bytes));
		if (code == UINT32_MAX)
			return cstn__fail_nomem(error);
		cstn__stage_cell(&at->stage, i, id_field->number, &id);
		if (code < known && id.valid)
			return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
					"rows of %s '%.*s' stand more than %d rows apart; sort "
					"them by '%s'",
					at->noun->name, (int)id.len, id.text,
					(int)CSTN__IMPORT_WAITING, id_field->name);
		if (code < next)
			*scattered = 1;
		else
			next = code + 1;
		at->code[i] = code;
	}
	at->n_records = next - known;
	return status;
}

/* Rows sorted by code, each record's in the order in which they came. */
static cstn_status sort_rows(
		cstn__import *at, size_t rows, uint32_t known, int scattered, cstn_error **error)
{
	uint32_t *counts;

	at->starts = cstn__arena_alloc(&at->arena, (at->n_records + 2u) * sizeof(uint32_t));
	if (!at->starts)
		return cstn__fail_nomem(error);
	memset(at->starts, 0, (at->n_records + 2u) * sizeof(uint32_t));
	for (size_t i = 0; i < rows; i++)
		if (at->code[i] >= known)
			at->starts[at->code[i] - known + 1]++;
	for (uint32_t r = 0; r < at->n_records; r++)
		at->starts[r + 1] += at->starts[r];
	at->order = NULL;
	if (!scattered && at->starts[at->n_records] == rows)
		return CSTN_OK;
	at->order = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
	counts = cstn__arena_alloc(&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
	if (!at->order || !counts)
		return cstn__fail_nomem(error);
	memcpy(counts, at->starts, at->n_records * sizeof(uint32_t));
	for (size_t i = 0; i < rows; i++)
		if (at->code[i] >= known)
			at->order[counts[at->code[i] - known]++] = (uint32_t)i;
	return CSTN_OK;
}

cstn_status cstn__import_group(cstn__import *at, size_t rows, cstn_error **error)
{
	uint32_t known = at->interned ? (uint32_t)at->keys.count : at->n_rising;
	cstn_status status;
	int scattered = 0;

	at->order = at->starts = at->code = NULL;
	if (!at->noun->has_lines) {
		at->n_records = (uint32_t)rows;
		return CSTN_OK;
	}
	at->code = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
	if (!at->code)
		return cstn__fail_nomem(error);
	status = give_codes(at, rows, known, &scattered, error);
	return status == CSTN_OK ? sort_rows(at, rows, known, scattered, error) : status;
}
