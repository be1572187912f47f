/* Ids of customers as dense codes, and what belongs to customers in the order of their ids: a
 * counting sort by the place of the customer, so that the order neither depends on the order of
 * arrival nor costs a comparison a thing. O(things + customers log customers). */
#include "customer/codes.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/radix.h"

#define FEW 64 /* numbers that are sorted by comparing */
#define AHEAD 16

void cstn__codes_init(cstn__codes *codes, int is_text, const cstn_allocator *allocator)
{
	memset(codes, 0, sizeof(*codes));
	codes->is_text = is_text;
	cstn__i64_map_init(&codes->numbers, allocator, 0);
	cstn__interner_init(&codes->texts, allocator, 0);
}

uint32_t cstn__codes_number(cstn__codes *codes, int64_t number)
{
	uint32_t fresh = (uint32_t)codes->values.count, code;

	if (cstn__array_reserve(&codes->numbers.allocator, &codes->values, 1))
		return UINT32_MAX;
	code = cstn__i64_map_intern(&codes->numbers, number, fresh);
	if (code == fresh)
		codes->values.items[codes->values.count++] = number;
	return code;
}

size_t cstn__codes_count(const cstn__codes *codes)
{
	return codes->is_text ? codes->texts.count : codes->values.count;
}

cstn__stage_id cstn__codes_id(const cstn__codes *codes, uint32_t code)
{
	if (!codes->is_text)
		return (cstn__stage_id){codes->values.items[code], 0, 0};
	return (cstn__stage_id){(int64_t)(intptr_t)codes->texts.items[code].text,
			codes->texts.items[code].len, 0};
}

uint32_t cstn__codes_same(cstn__codes *codes, cstn__stage_id id)
{
	if (!codes->is_text)
		return cstn__codes_number(codes, id.number);
	return cstn__intern(&codes->texts, (const char *)(intptr_t)id.number, id.len);
}

void cstn__codes_free(cstn__codes *codes)
{
	cstn__array_free(&codes->numbers.allocator, &codes->values);
	cstn__i64_map_free(&codes->numbers);
	cstn__interner_free(&codes->texts);
}

cstn_status cstn__codes_gone(const cstn__codes *codes, int32_t type,
		const cstn_allocator *allocator, struct ArrowArrayStream *customers,
		uint64_t **gone, cstn_error **error)
{
	cstn__ids named;
	uint64_t *bits;
	size_t i;
	cstn_status status = cstn__customers_named(type, allocator, customers, &named, error);

	if (status != CSTN_OK)
		return status;
	bits = cstn__alloc_zero(allocator, cstn__gone_size(cstn__codes_count(codes)));
	for (i = 0; bits && i < cstn__codes_count(codes); i++) {
		cstn__stage_id id = cstn__codes_id(codes, (uint32_t)i);
		uint32_t number =
				codes->is_text ? cstn__ids_find_text(&named,
								 (const char *)(intptr_t)id.number,
								 id.len)
					       : cstn__ids_find_i64(&named, id.number);

		if (number != CSTN__IDS_NONE)
			cstn__word_bit_set(bits, i);
	}
	cstn__ids_free(&named);
	if (!bits)
		return cstn__fail_nomem(error);
	*gone = bits;
	return CSTN_OK;
}

/* --- order ------------------------------------------------------------------------------------ */

int cstn__id_compare(int is_text, int64_t a, uint32_t a_len, int64_t b, uint32_t b_len)
{
	int order;

	if (!is_text)
		return (a > b) - (a < b);
	order = memcmp((const char *)(intptr_t)a, (const char *)(intptr_t)b,
			a_len < b_len ? a_len : b_len);
	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int customer_order(const void *a, const void *b, void *context)
{
	const cstn__codes *codes = context;
	cstn__stage_id x = cstn__codes_id(codes, *(const uint32_t *)a);
	cstn__stage_id y = cstn__codes_id(codes, *(const uint32_t *)b);

	return cstn__id_compare(codes->is_text, x.number, x.len, y.number, y.len);
}

uint32_t *cstn__codes_order(const cstn__codes *codes, const cstn_allocator *allocator)
{
	size_t n = cstn__codes_count(codes), i;
	uint32_t *order = cstn__alloc(allocator, (n + 1) * sizeof(*order));

	for (i = 0; order && i < n; i++)
		order[i] = (uint32_t)i;
	if (order)
		cstn__sort(order, n, sizeof(*order), customer_order, (void *)(uintptr_t)codes);
	return order;
}

static uint32_t customer_of(const void *items, size_t index, size_t size, size_t customer)
{
	uint32_t code;

	memcpy(&code, (const char *)items + index * size + customer, sizeof(code));
	return code;
}

/* Customers' codes by their ids. Numbers that differ in few bytes are sorted by those alone. */
static int sort_codes(
		const cstn__codes *codes, uint32_t *out, size_t n, const cstn_allocator *allocator)
{
	size_t size = cstn__array_size(n * 2 + 1, sizeof(cstn__radix_pair)), i;
	cstn__radix_pair *pairs;

	for (i = 0; i < n; i++)
		out[i] = (uint32_t)i;
	if (codes->is_text || n < FEW) {
		cstn__sort(out, n, sizeof(*out), customer_order, (void *)(uintptr_t)codes);
		return 0;
	}
	pairs = cstn__alloc(allocator, size);
	if (!pairs)
		return -1;
	for (i = 0; i < n; i++)
		pairs[i] = (cstn__radix_pair){cstn__radix_of_i64(codes->values.items[i]), i};
	cstn__radix_sort_pairs(pairs, pairs + n, n);
	for (i = 0; i < n; i++)
		out[i] = (uint32_t)pairs[i].value;
	cstn__free(allocator, pairs, size);
	return 0;
}

int cstn__grouping_make(cstn__grouping *grouping, const cstn__codes *codes, const void *items,
		size_t n, size_t size, size_t customer, const cstn_allocator *allocator)
{
	size_t i;
	uint32_t *place, sum = 0;

	grouping->n = cstn__codes_count(codes);
	grouping->n_items = n;
	grouping->codes = cstn__codes_order(codes, allocator);
	grouping->starts =
			cstn__alloc_zero(allocator, (grouping->n + 2) * sizeof(*grouping->starts));
	grouping->order = cstn__alloc(allocator, (n + 1) * sizeof(*grouping->order));
	place = cstn__alloc(allocator, (grouping->n + 1) * sizeof(*place));
	if (!grouping->codes || !grouping->starts || !place || !grouping->order ||
			sort_codes(codes, grouping->codes, grouping->n, allocator)) {
		cstn__free(allocator, place, (grouping->n + 1) * sizeof(*place));
		return -1;
	}
	for (i = 0; i < grouping->n; i++)
		place[grouping->codes[i]] = (uint32_t)i;
	for (i = 0; i < n; i++)
		grouping->starts[place[customer_of(items, i, size, customer)] + 1]++;
	for (i = 0; i <= grouping->n; i++) {
		sum += grouping->starts[i];
		grouping->starts[i] = sum;
	}
	/* each start moves to the end of its group, which is the next one's start */
	for (i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&grouping->order[grouping->starts[place[customer_of(
							   items, i + AHEAD, size, customer)]]],
					1);
		grouping->order[grouping->starts[place[customer_of(items, i, size, customer)]]++] =
				(uint32_t)i;
	}
	memmove(grouping->starts + 1, grouping->starts, grouping->n * sizeof(*grouping->starts));
	grouping->starts[0] = 0;
	cstn__free(allocator, place, (grouping->n + 1) * sizeof(*place));
	return 0;
}

void cstn__grouping_free(cstn__grouping *grouping, const cstn_allocator *allocator)
{
	cstn__free(allocator, grouping->codes, (grouping->n + 1) * sizeof(*grouping->codes));
	cstn__free(allocator, grouping->starts, (grouping->n + 2) * sizeof(*grouping->starts));
	cstn__free(allocator, grouping->order, (grouping->n_items + 1) * sizeof(*grouping->order));
	memset(grouping, 0, sizeof(*grouping));
}
