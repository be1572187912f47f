/* Sets of distinct purchase days, for rows in any order.
 *
 * A row only appends (customer, day) to a log of 8 byte keys. When the log is full it is sorted by
 * radix and merged with the sets in one sequential pass, so that no row pays for a random access to
 * its customer's set. The log's room grows with the sets, an eighth of their days, so that all
 * passes together cost some eight times the sets' size: amortised a few nanoseconds a row. A day is
 * a varint of its distance from the one before: 1 byte up to 127 days. */
#include <string.h>

#include "segment/purchases.h"
#include "base/radix.h"

#define LOG_LEAST ((size_t)1 << 16)
#define LOG_SHARE 8
#define VARINT_MOST 10

uint64_t cstn__varint_read(const uint8_t **at)
{
	uint64_t value = 0;
	int shift = 0;

	while (**at & 0x80) {
		value |= (uint64_t)(**at & 0x7f) << shift;
		shift += 7;
		(*at)++;
	}
	value |= (uint64_t) * *at << shift;
	(*at)++;
	return value;
}

size_t cstn__varint_write(uint64_t value, uint8_t *out)
{
	size_t n = 0;

	while (value >= 0x80) {
		out[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	out[n++] = (uint8_t)value;
	return n;
}

void cstn__day_sets_free(cstn__day_sets *sets, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &sets->log);
	cstn__free(allocator, sets->bytes, sets->capacity);
	memset(sets, 0, sizeof(*sets));
}

int cstn__day_sets_log(cstn_purchases *state, uint32_t customer, int32_t day)
{
	cstn__day_sets *sets = &state->sets;

	if (sets->log.count == sets->log.capacity && sets->log.count >= LOG_LEAST &&
			sets->log.count >= sets->days / LOG_SHARE && cstn__day_sets_settle(state))
		return -1;
	if (cstn__array_reserve(&state->allocator, &sets->log, 1))
		return -1;
	sets->log.items[sets->log.count++] =
			(uint64_t)customer << 32 | ((uint32_t)day ^ UINT32_C(0x80000000));
	return 0;
}

static int32_t day_of(uint64_t key)
{
	return (int32_t)((uint32_t)key ^ UINT32_C(0x80000000));
}

typedef struct merging {
	const uint8_t *old;
	const uint64_t *log, *log_end;
	uint8_t *out;
	size_t days;
} merging;

/* Most distances are one byte. */
static inline uint64_t read_distance(const uint8_t **at)
{
	return **at < 0x80 ? *(*at)++ : cstn__varint_read(at);
}

static void put_day(merging *m, int32_t day, int32_t last, uint32_t n)
{
	uint64_t distance = n ? (uint64_t)((int64_t)day - last) : cstn__zigzag(day);

	if (distance < 0x80)
		*m->out++ = (uint8_t)distance;
	else
		m->out += cstn__varint_write(distance, m->out);
}

/* The days of a customer of whom the log says nothing stay as they are, byte by byte. */
static void copy_customer(merging *m, uint32_t left)
{
	while (left) {
		left -= *m->old < 0x80;
		*m->out++ = *m->old++;
	}
}

/* The days of one customer: two sorted lists into one. */
static uint32_t merge_customer(merging *m, uint32_t customer, uint32_t old_left)
{
	int32_t old = 0, last = 0, next;
	uint32_t n = 0, i;

	for (i = 0; i < old_left; i++) {
		uint64_t distance = read_distance(&m->old);

		old = i ? (int32_t)((int64_t)old + (int64_t)distance) : cstn__unzigzag(distance);
		for (; m->log < m->log_end && m->log[0] >> 32 == customer; m->log++) {
			next = day_of(m->log[0]);
			if (next > old)
				break;
			if (next == old || (n && next == last))
				continue;
			put_day(m, next, last, n++);
			last = next;
		}
		put_day(m, old, last, n++);
		last = old;
	}
	for (; m->log < m->log_end && m->log[0] >> 32 == customer; m->log++) {
		next = day_of(m->log[0]);
		if (n && next == last)
			continue;
		put_day(m, next, last, n++);
		last = next;
	}
	return n;
}

int cstn__day_sets_settle(cstn_purchases *state)
{
	cstn__day_sets *sets = &state->sets;
	size_t n = sets->log.count, room, c;
	uint64_t *scratch;
	uint8_t *bytes;
	merging m;

	if (n == 0)
		return 0;
	scratch = cstn__alloc(&state->allocator, cstn__array_size(n, sizeof(*scratch)));
	if (!scratch)
		return -1;
	cstn__radix_sort(sets->log.items, scratch, n);
	cstn__free(&state->allocator, scratch, n * sizeof(*scratch));
	/* a day of the log takes at most 5 bytes, and may make one distance of the old two */
	room = sets->size + n * VARINT_MOST;
	bytes = cstn__alloc(&state->allocator, room);
	if (!bytes)
		return -1;
	m = (merging){sets->bytes, sets->log.items, sets->log.items + n, bytes, 0};
	for (c = 0; c < state->entries.count; c++) {
		cstn__purchase_entry *entry = &state->entries.items[c];

		if (m.log < m.log_end && m.log[0] >> 32 == c)
			entry->days = merge_customer(&m, (uint32_t)c, entry->days);
		else
			copy_customer(&m, entry->days);
		m.days += entry->days;
	}
	cstn__free(&state->allocator, sets->bytes, sets->capacity);
	sets->bytes = bytes;
	sets->size = (size_t)(m.out - bytes);
	sets->capacity = room;
	sets->days = m.days;
	sets->log.count = 0;
	bytes = cstn__realloc(&state->allocator, sets->bytes, room, sets->size ? sets->size : 1);
	if (bytes) {
		sets->bytes = bytes;
		sets->capacity = sets->size ? sets->size : 1;
	}
	return 0;
}

size_t *cstn__day_sets_begins(const cstn_purchases *state)
{
	size_t size = cstn__array_size(state->entries.count + 1, sizeof(size_t)), i;
	size_t *begins = cstn__alloc(&state->allocator, size);
	const uint8_t *at = state->sets.bytes;

	for (i = 0; begins && i < state->entries.count; i++) {
		uint32_t n = cstn__purchases_has_sets(state) ? state->entries.items[i].days : 0;

		begins[i] = (size_t)(at - state->sets.bytes);
		while (n--)
			(void)read_distance(&at);
	}
	if (begins)
		begins[i] = state->sets.size;
	return begins;
}
