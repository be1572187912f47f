/* Ids of a column to numbers that index arrays.
 *
 * An id that is an int64 lies in an array by its number; a table of 8 byte slots, open addressing,
 * linear probing, at most three quarters full, holds number and 32 bits of the hash, so that an
 * array element is looked at once. Blocks of ids hash first and load their slots ahead. Text goes
 * to the interner. Whoever brings ids in the order in which they came first, as a frame a day does,
 * has them compared with the next one, and hashes none. Numbers are in order of first sight and
 * never leave the process: what is written or exported is in order of ids. */
#include "table/ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/sort.h"
#include "base/radix.h"

#define SEED UINT64_C(0x6a09e667f3bcc908)
#define BLOCK 1024
#define NUMBERS_MOST (UINT32_MAX / 2)
#define FEW_TEXTS 64

void cstn__ids_init(cstn__ids *ids, const cstn_allocator *allocator, int32_t dense)
{
	memset(ids, 0, sizeof(*ids));
	ids->allocator = *allocator;
	ids->dense = dense;
	cstn__interner_init(&ids->texts, allocator, SEED);
}

void cstn__ids_free(cstn__ids *ids)
{
	cstn__array_free(&ids->allocator, &ids->numbers);
	cstn__free_aligned(&ids->allocator, ids->slots, ids->capacity * sizeof(*ids->slots), 64);
	ids->slots = NULL;
	ids->capacity = 0;
	cstn__interner_free(&ids->texts);
}

/* --- the table -------------------------------------------------------------------------------- */

static uint64_t hash_of(int64_t id)
{
	return cstn__mix64((uint64_t)id ^ SEED);
}

static uint64_t slot_of(uint64_t hash, uint32_t number)
{
	return (hash & UINT64_C(0xffffffff00000000)) | (number + 1u);
}

/* The number, or where it would go. */
static uint32_t probe(const cstn__ids *ids, int64_t id, uint64_t hash, size_t *at)
{
	size_t mask = ids->capacity - 1, i;

	for (i = (size_t)hash & mask; ids->slots[i]; i = (i + 1) & mask) {
		uint32_t number = (uint32_t)ids->slots[i] - 1u;

		if ((ids->slots[i] ^ hash) >> 32 == 0 && ids->numbers.items[number] == id)
			return number;
	}
	*at = i;
	return CSTN__IDS_NONE;
}

static int grow(cstn__ids *ids)
{
	size_t capacity = ids->capacity ? ids->capacity * 2 : 1024, mask = capacity - 1, i, at;
	size_t size = cstn__array_size(capacity, sizeof(*ids->slots));
	uint64_t *slots = cstn__alloc_aligned(&ids->allocator, size, 64);

	if (!slots)
		return -1;
	memset(slots, 0, size);
	for (i = 0; i < ids->numbers.count; i++) {
		uint64_t hash = hash_of(ids->numbers.items[i]);

		for (at = (size_t)hash & mask; slots[at]; at = (at + 1) & mask)
			;
		slots[at] = slot_of(hash, (uint32_t)i);
	}
	cstn__free_aligned(&ids->allocator, ids->slots, ids->capacity * sizeof(*slots), 64);
	ids->slots = slots;
	ids->capacity = capacity;
	cstn__is_read_all_over(slots, size);
	return 0;
}

static uint32_t intern(cstn__ids *ids, int64_t id, uint64_t hash)
{
	uint32_t number;
	size_t at = 0;

	if (ids->capacity) {
		number = probe(ids, id, hash, &at);
		if (number != CSTN__IDS_NONE)
			return number;
	}
	if (ids->numbers.count >= NUMBERS_MOST ||
			cstn__array_reserve(&ids->allocator, &ids->numbers, 1))
		return CSTN__IDS_NONE;
	if ((ids->numbers.count + 1) * 4 > ids->capacity * 3) {
		if (grow(ids))
			return CSTN__IDS_NONE;
		(void)probe(ids, id, hash, &at);
	}
	number = (uint32_t)ids->numbers.count;
	ids->numbers.items[ids->numbers.count++] = id;
	ids->slots[at] = slot_of(hash, number);
	ids->count = ids->numbers.count;
	return number;
}

uint32_t cstn__ids_of_i64(cstn__ids *ids, int64_t id)
{
	if (!ids->dense)
		return intern(ids, id, hash_of(id));
	if (id < 0 || id >= NUMBERS_MOST)
		return CSTN__IDS_NONE;
	if ((size_t)id >= ids->count)
		ids->count = (size_t)id + 1;
	return (uint32_t)id;
}

uint32_t cstn__ids_of_text(cstn__ids *ids, const char *text, size_t len)
{
	uint32_t number = cstn__intern(&ids->texts, text, len);

	if (number != UINT32_MAX && number >= ids->count)
		ids->count = (size_t)number + 1;
	return number;
}

/* The ids that are, one after the other, those behind the last one that was looked for: how many.
 */
static int32_t take_next(cstn__ids *ids, const int64_t *id, int32_t n, uint32_t *out)
{
	size_t at = ids->next < ids->numbers.count ? ids->next : 0;
	int32_t i;

	for (i = 0; i < n && at < ids->numbers.count && ids->numbers.items[at] == id[i]; i++)
		out[i] = (uint32_t)at++;
	ids->next = at;
	return i;
}

int cstn__ids_block(cstn__ids *ids, const int64_t *id, int32_t n, uint32_t *out)
{
	uint64_t hashes[BLOCK];
	int32_t i;

	if (ids->dense) {
		for (i = 0; i < n; i++)
			if ((out[i] = cstn__ids_of_i64(ids, id[i])) == CSTN__IDS_NONE)
				return -1;
		return 0;
	}
	i = take_next(ids, id, n, out);
	id += i;
	out += i;
	n -= i;
	for (i = 0; i < n; i++) {
		hashes[i] = hash_of(id[i]);
		if (ids->capacity)
			__builtin_prefetch(&ids->slots[hashes[i] & (ids->capacity - 1)]);
	}
	/* the number a slot speaks of is most likely the right one */
	for (i = 0; ids->capacity && i < n; i++) {
		uint64_t slot = ids->slots[hashes[i] & (ids->capacity - 1)];

		if (slot)
			__builtin_prefetch(&ids->numbers.items[(uint32_t)slot - 1u]);
	}
	for (i = 0; i < n; i++)
		if ((out[i] = intern(ids, id[i], hashes[i])) == CSTN__IDS_NONE)
			return -1;
	if (n)
		ids->next = (size_t)out[n - 1] + 1;
	return 0;
}

uint32_t cstn__ids_find_i64(const cstn__ids *ids, int64_t id)
{
	size_t at;

	if (ids->dense)
		return id >= 0 && (uint64_t)id < ids->count ? (uint32_t)id : CSTN__IDS_NONE;
	return ids->capacity ? probe(ids, id, hash_of(id), &at) : CSTN__IDS_NONE;
}

uint32_t cstn__ids_find_text(const cstn__ids *ids, const char *text, size_t len)
{
	return ids->texts.count ? cstn__interner_find(&ids->texts, text, len) : CSTN__IDS_NONE;
}

/* --- ids of other tables ---------------------------------------------------------------------- */

int64_t cstn__ids_number(const cstn__ids *ids, uint32_t number)
{
	return ids->dense ? (int64_t)number : ids->numbers.items[number];
}

uint32_t cstn__ids_same(cstn__ids *ids, const cstn__ids *from, uint32_t number)
{
	if (from->type != CSTN_TYPE_TEXT)
		return cstn__ids_of_i64(ids, cstn__ids_number(from, number));
	return cstn__ids_of_text(
			ids, from->texts.items[number].text, from->texts.items[number].len);
}

uint32_t cstn__ids_find_same(const cstn__ids *ids, const cstn__ids *from, uint32_t number)
{
	if (from->type != CSTN_TYPE_TEXT)
		return cstn__ids_find_i64(ids, cstn__ids_number(from, number));
	return cstn__ids_find_text(
			ids, from->texts.items[number].text, from->texts.items[number].len);
}

const char *cstn__ids_text(const cstn__ids *ids, uint32_t number, char room[24], size_t *len)
{
	if (ids->type == CSTN_TYPE_TEXT) {
		*len = ids->texts.items[number].len;
		return ids->texts.items[number].text;
	}
	*len = (size_t)snprintf(room, 24, "%" PRId64, cstn__ids_number(ids, number));
	return room;
}

cstn_status cstn__ids_refuse(const cstn__ids *ids, uint32_t number, cstn__row_sink *sink,
		uint64_t row, int32_t field, const char *column, int32_t code)
{
	char room[24];
	size_t len = 0;
	const char *key = cstn__ids_text(ids, number, room, &len);

	return cstn__row_sink_add_of(sink, row, field, column, code, NULL, 0, key, len);
}

/* --- a column of ids -------------------------------------------------------------------------- */

static cstn_status refuse(
		const cstn__id_rows *rows, int32_t i, int32_t code, const char *text, size_t len)
{
	cstn__word_bit_set(rows->bad, (size_t)i);
	if (!rows->sink)
		return CSTN_OK;
	return cstn__row_sink_add(rows->sink, rows->first_row + (uint64_t)(rows->start + i),
			rows->column->field, rows->column->name, code, text, len);
}

/* The number of a text, which is most likely that behind the last one. */
static uint32_t next_text(cstn__ids *ids, const char *text, size_t len)
{
	size_t at = ids->next < ids->texts.count ? ids->next : 0;
	const struct cstn__interned *item = ids->texts.count ? &ids->texts.items[at] : NULL;
	uint32_t number;

	if (item && item->len == len && !memcmp(item->text, text, len))
		number = (uint32_t)at;
	else
		number = cstn__ids_of_text(ids, text, len);
	ids->next = number == CSTN__IDS_NONE ? 0 : (size_t)number + 1;
	return number;
}

static cstn_status read_texts(cstn__ids *ids, const cstn__id_rows *rows, uint32_t *out)
{
	cstn_status status;
	const char *text;
	size_t len;
	int32_t i;

	status = cstn__column_check_text(
			rows->column, rows->start, rows->n, rows->first_row, rows->bad, rows->sink);
	for (i = 0; i < rows->n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(rows->bad, (size_t)i))
			continue;
		if (cstn__column_read_text(rows->column, rows->start + i, &text, &len)) {
			status = refuse(rows, i, CSTN_ROW_NULL, NULL, 0);
		} else if (len == 0 || len > CSTN__IDS_TEXT_MOST) {
			status = refuse(rows, i, len ? CSTN_ROW_LENGTH : CSTN_ROW_VALUE, text, len);
		} else {
			out[i] = next_text(ids, text, len);
			if (out[i] == CSTN__IDS_NONE)
				return CSTN_E_NOMEM;
		}
	}
	return status;
}

cstn_status cstn__ids_read(cstn__ids *ids, const cstn__id_rows *rows, uint32_t *out)
{
	int64_t id[BLOCK];
	uint64_t valid[BLOCK / 64];
	int32_t i, good = 0, any_bad = 0;
	cstn_status status;

	if (ids->type == CSTN_TYPE_TEXT)
		return read_texts(ids, rows, out);
	status = cstn__column_read_i64(rows->column, rows->start, rows->n, rows->first_row, id,
			valid, rows->bad, rows->sink);
	for (i = 0; i < rows->n && status == CSTN_OK; i++)
		if (!cstn__word_bit_get(rows->bad, (size_t)i) &&
				(id[i] < 0 || id[i] >= rows->limit) && rows->limit) {
			char text[24];

			status = refuse(rows, i, CSTN_ROW_RANGE, text,
					(size_t)snprintf(text, sizeof(text), "%" PRId64, id[i]));
		}
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < (rows->n + 63) / 64; i++)
		any_bad |= rows->bad[i] != 0;
	if (!any_bad)
		return cstn__ids_block(ids, id, rows->n, out) ? CSTN_E_NOMEM : CSTN_OK;
	for (i = 0; i < rows->n; i++)
		if (!cstn__word_bit_get(rows->bad, (size_t)i))
			id[good++] = id[i];
	if (cstn__ids_block(ids, id, good, out))
		return CSTN_E_NOMEM;
	for (i = rows->n - 1; i >= 0; i--)
		if (!cstn__word_bit_get(rows->bad, (size_t)i))
			out[i] = out[--good];
	return CSTN_OK;
}

static int is_null(const cstn__column *column, int64_t row)
{
	const char *text;
	size_t len;

	if (column->type == CSTN_TYPE_TEXT)
		return cstn__column_read_text(column, row, &text, &len) != 0;
	return column->type == 0 || !(cstn__column_valid64(column, row) & 1);
}

cstn_status cstn__ids_read_some(cstn__ids *ids, const cstn__id_rows *rows, uint32_t *out)
{
	uint64_t skip[BLOCK / 64], null[BLOCK / 64] = {0};
	cstn__id_rows there = *rows;
	cstn_status status;
	int32_t i;

	for (i = 0; i < rows->n; i++)
		if (is_null(rows->column, rows->start + i))
			cstn__word_bit_set(null, (size_t)i);
	for (i = 0; i < (rows->n + 63) / 64; i++)
		skip[i] = null[i] | rows->bad[i];
	there.bad = skip;
	status = cstn__ids_read(ids, &there, out);
	for (i = 0; i < (rows->n + 63) / 64; i++)
		rows->bad[i] |= skip[i] & ~null[i];
	for (i = 0; i < rows->n; i++)
		if (cstn__word_bit_get(null, (size_t)i))
			out[i] = CSTN__IDS_NONE;
	return status;
}

/* --- order ------------------------------------------------------------------------------------ */

static int text_order(const void *a, const void *b, void *context)
{
	const cstn__ids *ids = context;
	const struct cstn__interned *x = &ids->texts.items[*(const uint32_t *)a];
	const struct cstn__interned *y = &ids->texts.items[*(const uint32_t *)b];
	size_t shorter = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->text, y->text, shorter);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int pair_order(const void *a, const void *b, void *context)
{
	uint32_t x = (uint32_t)((const cstn__radix_pair *)a)->value;
	uint32_t y = (uint32_t)((const cstn__radix_pair *)b)->value;

	return text_order(&x, &y, context);
}

/* Eight bytes of a text as a number of the same order; behind its end are zeros. */
static uint64_t bytes_at(const struct cstn__interned *text, size_t at)
{
	uint64_t key = 0;
	size_t i;

	for (i = at; i < at + 8; i++)
		key = key << 8 | (i < text->len ? (uint8_t)text->text[i] : 0u);
	return key;
}

/* Texts that are alike before byte `at`, sorted by eight bytes at a time; few of them, and what is
 * alike for long, by comparison. */
static void sort_texts(const cstn__ids *ids, cstn__radix_pair *items, cstn__radix_pair *scratch,
		size_t n, size_t at)
{
	size_t i, next;

	if (n < FEW_TEXTS || at >= CSTN__IDS_TEXT_MOST) {
		cstn__sort(items, n, sizeof(*items), pair_order, (void *)(uintptr_t)ids);
		return;
	}
	for (i = 0; i < n; i++)
		items[i].key = bytes_at(&ids->texts.items[items[i].value], at);
	cstn__radix_sort_pairs(items, scratch, n);
	for (i = 0; i < n; i = next) {
		for (next = i + 1; next < n && items[next].key == items[i].key; next++)
			;
		if (next - i > 1)
			sort_texts(ids, items + i, scratch, next - i, at + 8);
	}
}

/* Whether ids came in their order already. */
static int is_in_order(const cstn__ids *ids)
{
	uint32_t i;

	for (i = 1; i < ids->count; i++) {
		uint32_t before = i - 1;

		if (ids->type == CSTN_TYPE_TEXT ? text_order(&before, &i, (void *)(uintptr_t)ids) >
								  0
						: ids->numbers.items[before] >
								  ids->numbers.items[i])
			return 0;
	}
	return 1;
}

static int sorted_order(const cstn__ids *ids, uint32_t *order)
{
	size_t n = ids->count, size = cstn__array_size(n * 2 + 1, sizeof(cstn__radix_pair)), i;
	cstn__radix_pair *pairs = cstn__alloc(&ids->allocator, size);
	int is_text = ids->type == CSTN_TYPE_TEXT;

	if (!pairs)
		return -1;
	for (i = 0; i < n; i++)
		pairs[i] = (cstn__radix_pair){
				is_text ? 0 : cstn__radix_of_i64(ids->numbers.items[i]), i};
	if (is_text)
		sort_texts(ids, pairs, pairs + n, n, 0);
	else
		cstn__radix_sort_pairs(pairs, pairs + n, n);
	for (i = 0; i < n; i++)
		order[i] = (uint32_t)pairs[i].value;
	cstn__free(&ids->allocator, pairs, size);
	return 0;
}

static size_t list_size(const cstn__ids *ids)
{
	return cstn__array_size(ids->count ? ids->count : 1, sizeof(uint32_t));
}

void cstn__ids_list_free(const cstn__ids *ids, uint32_t *list)
{
	cstn__free(&ids->allocator, list, list_size(ids));
}

uint32_t *cstn__ids_order(const cstn__ids *ids)
{
	size_t n = ids->count, i;
	uint32_t *order = cstn__alloc(&ids->allocator, list_size(ids));

	if (!order)
		return NULL;
	for (i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	if ((ids->type == CSTN_TYPE_TEXT || !ids->dense) && !is_in_order(ids) &&
			sorted_order(ids, order)) {
		cstn__ids_list_free(ids, order);
		return NULL;
	}
	return order;
}

uint32_t *cstn__ids_ranks(const cstn__ids *ids)
{
	uint32_t *order = cstn__ids_order(ids), *ranks = NULL;
	size_t i;

	if (order)
		ranks = cstn__alloc_zero(&ids->allocator, list_size(ids));
	for (i = 0; ranks && i < ids->count; i++)
		ranks[order[i]] = (uint32_t)i;
	cstn__ids_list_free(ids, order);
	return ranks;
}
