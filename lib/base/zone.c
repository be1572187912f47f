/* Time zones: one offset, or the rules of a TZif file (RFC 9636) handed over as bytes.
 *
 * The file is not trusted: every count, index, order and text is checked before use. What is kept
 * is one sorted table of (second, offset). The footer's rule is laid out into the same table up to
 * 2100, so that nearly every look-up is one binary search; past that the rule itself is asked. Wall
 * clock to instant tries every offset in force within 26 hours and counts the instants that read as
 * that wall clock: none is a gap, two an overlap. */
#include <constellation/time.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/zone_rule.h"

#define HEADER_SIZE 44
#define FIRST_YEAR 1900
#define LAST_YEAR 2100
#define OFFSET_LEAST (-89999) /* RFC 9636: more than -25 hours, less than 26 hours */
#define OFFSET_MOST 93599
#define REACH 93600 /* no offset is as far */
#define SECOND_US 1000000

struct change {
	int64_t at; /* seconds since 1970 */
	int32_t offset;
	int32_t reserved;
};

struct cstn_zone {
	cstn_allocator allocator;
	_Atomic uint32_t references;
	int32_t first_offset; /* before the first change */
	int32_t has_rule;     /* after the last change */
	cstn__zone_rule rule;
	uint8_t digest[32];
	CSTN__ARRAY(struct change) changes;
};

static cstn_status new_zone(const cstn_allocator *allocator, cstn_zone **out, cstn_error **error)
{
	cstn_allocator read;
	cstn_zone *zone;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	zone = cstn__alloc_zero(&read, sizeof(*zone));
	if (!zone)
		return cstn__fail_nomem(error);
	zone->allocator = read;
	atomic_init(&zone->references, 1);
	*out = zone;
	return CSTN_OK;
}

cstn_zone *cstn_zone_ref(cstn_zone *zone)
{
	if (zone)
		atomic_fetch_add_explicit(&zone->references, 1, memory_order_relaxed);
	return zone;
}

void cstn_zone_unref(cstn_zone *zone)
{
	cstn_allocator allocator;

	if (!zone || atomic_fetch_sub_explicit(&zone->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = zone->allocator;
	cstn__array_free(&allocator, &zone->changes);
	cstn__free(&allocator, zone, sizeof(*zone));
}

cstn_status cstn_zone_fixed(int32_t offset_seconds, const cstn_allocator *allocator,
		cstn_zone **out, cstn_error **error)
{
	int32_t magnitude = offset_seconds < 0 ? -offset_seconds : offset_seconds;
	char text[32];
	cstn_zone *zone = NULL;
	cstn_status status;
	int len;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (offset_seconds < -86399 || offset_seconds > 86399)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"offset_seconds %d is outside -86399..86399", (int)offset_seconds);
	status = new_zone(allocator, &zone, error);
	if (status != CSTN_OK)
		return status;
	zone->first_offset = offset_seconds;
	len = snprintf(text, sizeof(text), "offset:%c%02d:%02d", offset_seconds < 0 ? '-' : '+',
			(int)(magnitude / 3600), (int)(magnitude / 60 % 60));
	if (magnitude % 60)
		len += snprintf(text + len, sizeof(text) - (size_t)len, ":%02d",
				(int)(magnitude % 60));
	cstn__sha256(text, (size_t)len, zone->digest);
	*out = zone;
	return CSTN_OK;
}

/* --- TZif --- */

struct header {
	uint32_t version; /* 1 to 4 */
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static uint32_t big_endian32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static int64_t read_time(const uint8_t *data, size_t width)
{
	if (width == 4)
		return (int32_t)big_endian32(data);
	return (int64_t)((uint64_t)big_endian32(data) << 32 | big_endian32(data + 4));
}

static cstn_status corrupt(const char *what, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "TZif: %s", what);
}

static cstn_status read_header(cstn__reader *reader, struct header *out, cstn_error **error)
{
	const uint8_t *data = cstn__read_bytes(reader, HEADER_SIZE);

	if (!data || memcmp(data, "TZif", 4))
		return corrupt("a header of 44 bytes that begins with 'TZif' expected", error);
	if (data[4] != 0 && (data[4] < '2' || data[4] > '4'))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"TZif: version byte 0x%02x, 0 or '2' to '4' expected", data[4]);
	out->version = data[4] ? data[4] - (uint32_t)'0' : 1;
	out->isutcnt = big_endian32(data + 20);
	out->isstdcnt = big_endian32(data + 24);
	out->leapcnt = big_endian32(data + 28);
	out->timecnt = big_endian32(data + 32);
	out->typecnt = big_endian32(data + 36);
	out->charcnt = big_endian32(data + 40);
	return CSTN_OK;
}

static uint64_t block_size(const struct header *header, uint64_t width)
{
	return header->timecnt * (width + 1) + (uint64_t)header->typecnt * 6 + header->charcnt +
	       header->leapcnt * (width + 4) + header->isstdcnt + header->isutcnt;
}

/* A data block in its parts. */
struct block {
	const uint8_t *times, *indices, *types, *names, *isstd, *isut;
	size_t width;
};

static cstn_status read_block(cstn__reader *reader, const struct header *header, size_t width,
		struct block *out, cstn_error **error)
{
	if (block_size(header, width) > reader->size - reader->position)
		return corrupt("the file ends inside its data block", error);
	out->width = width;
	out->times = cstn__read_bytes(reader, header->timecnt * width);
	out->indices = cstn__read_bytes(reader, header->timecnt);
	out->types = cstn__read_bytes(reader, (size_t)header->typecnt * 6);
	out->names = cstn__read_bytes(reader, header->charcnt);
	cstn__read_bytes(reader, header->leapcnt * (width + 4));
	out->isstd = cstn__read_bytes(reader, header->isstdcnt);
	out->isut = cstn__read_bytes(reader, header->isutcnt);
	return CSTN_OK;
}

static int are_flags(const uint8_t *flags, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (flags[i] > 1)
			return 0;
	return 1;
}

static cstn_status check_block(
		const struct header *header, const struct block *block, cstn_error **error)
{
	if (header->leapcnt)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"TZif: times that count leap seconds; use the file without them");
	if (!header->typecnt || header->typecnt > 256 || !header->charcnt)
		return corrupt("1 to 256 local time types and their names expected", error);
	if ((header->isstdcnt && header->isstdcnt != header->typecnt) ||
			(header->isutcnt && header->isutcnt != header->typecnt))
		return corrupt("one indicator a type, or none, expected", error);
	if (!are_flags(block->isstd, header->isstdcnt) || !are_flags(block->isut, header->isutcnt))
		return corrupt("an indicator is neither 0 nor 1", error);
	for (uint32_t i = 0; i < header->typecnt; i++) {
		const uint8_t *type = block->types + i * 6;
		int32_t offset = (int32_t)big_endian32(type);

		if (offset < OFFSET_LEAST || offset > OFFSET_MOST || type[4] > 1)
			return cstn__fail(error, CSTN_E_CORRUPT,
					"TZif: type %u has offset %d and daylight flag %u",
					(unsigned int)i, (int)offset, type[4]);
		if (type[5] >= header->charcnt ||
				!memchr(block->names + type[5], 0, header->charcnt - type[5]))
			return corrupt("the name of a type does not end inside the names", error);
	}
	for (uint32_t i = 0; i < header->timecnt; i++) {
		if (block->indices[i] >= header->typecnt)
			return corrupt("a transition names a type that is not there", error);
		if (i && read_time(block->times + i * block->width, block->width) <=
						read_time(block->times + (i - 1) * block->width,
								block->width))
			return corrupt("transition times do not ascend", error);
	}
	return CSTN_OK;
}

static int32_t type_offset(const struct block *block, uint32_t type)
{
	return (int32_t)big_endian32(block->types + type * 6);
}

static int add_change(cstn_zone *zone, int64_t at, int32_t offset)
{
	struct change change = {at, offset, 0};

	if (cstn__array_reserve(&zone->allocator, &zone->changes, 1))
		return -1;
	zone->changes.items[zone->changes.count++] = change;
	return 0;
}

/* The footer: LF, rule, LF; nothing behind it. */
static cstn_status read_footer(
		cstn_zone *zone, cstn__reader *reader, uint32_t version, cstn_error **error)
{
	size_t size = reader->size - reader->position;
	const uint8_t *footer = cstn__read_bytes(reader, size);

	if (size < 2 || footer[0] != '\n' ||
			memchr(footer + 1, '\n', size - 1) != footer + size - 1)
		return corrupt("a footer between two line ends, and no more, expected", error);
	if (size == 2)
		return CSTN_OK;
	if (cstn__zone_rule_parse((const char *)footer + 1, size - 2, version >= 3, &zone->rule))
		return cstn__fail(error, CSTN_E_CORRUPT, "TZif: the footer '%.*s' is no zone rule",
				size - 2 < 64 ? (int)size - 2 : 64, (const char *)footer + 1);
	zone->has_rule = 1;
	return CSTN_OK;
}

/* Lay the rule out after the last change, up to LAST_YEAR. 0 or -1. */
static int lay_out_rule(cstn_zone *zone)
{
	size_t before = zone->changes.count;
	int64_t last = before ? zone->changes.items[before - 1].at : INT64_MIN;
	int32_t year, month, day;

	/* Where this cannot be done the rule is asked directly; it holds for all time after. */
	if (!zone->has_rule || !zone->rule.has_daylight ||
			last < cstn__days_of(FIRST_YEAR, 1, 1) * INT64_C(86400) ||
			last >= cstn__days_of(LAST_YEAR, 1, 1) * INT64_C(86400))
		return 0;
	cstn__civil_of((int32_t)cstn__floor_div(last, 86400), &year, &month, &day);
	for (year--; year <= LAST_YEAR; year++) {
		int64_t at[2];
		int32_t offset[2];

		cstn__zone_rule_year(&zone->rule, year, at, offset);
		for (int i = 0; i < 2; i++) {
			if (at[i] > last) {
				if (add_change(zone, at[i],
						    cstn__zone_rule_offset(&zone->rule, at[i])))
					return -1;
				last = at[i];
			} else if (at[i] < last && zone->changes.count > before) {
				zone->changes.count = before; /* years overlap */
				return 0;
			}
		}
	}
	return 0;
}

static cstn_status parse_tzif(cstn_zone *zone, const uint8_t *data, size_t size, cstn_error **error)
{
	cstn__reader reader = {data, size, 0, 0};
	struct header header, second;
	struct block block = {0};
	cstn_status status = read_header(&reader, &header, error);
	size_t width = 4;

	if (status == CSTN_OK && header.version > 1) {
		if (block_size(&header, 4) > reader.size - reader.position)
			return corrupt("the file ends inside its first data block", error);
		cstn__read_bytes(&reader, (size_t)block_size(&header, 4));
		status = read_header(&reader, &second, error);
		if (status == CSTN_OK && second.version != header.version)
			return corrupt("the two headers have different versions", error);
		header = second;
		width = 8;
	}
	if (status == CSTN_OK)
		status = read_block(&reader, &header, width, &block, error);
	if (status == CSTN_OK)
		status = check_block(&header, &block, error);
	if (status != CSTN_OK)
		return status;
	zone->first_offset = type_offset(&block, 0);
	for (uint32_t i = 0; i < header.timecnt; i++)
		if (add_change(zone, read_time(block.times + i * width, width),
				    type_offset(&block, block.indices[i])))
			return cstn__fail_nomem(error);
	if (header.version > 1)
		status = read_footer(zone, &reader, header.version, error);
	else if (reader.position != reader.size)
		status = corrupt("bytes follow the data block", error);
	if (status == CSTN_OK && zone->has_rule && zone->changes.count) {
		const struct change *last = &zone->changes.items[zone->changes.count - 1];

		if (cstn__zone_rule_offset(&zone->rule, last->at) != last->offset)
			return corrupt("the footer contradicts the last transition", error);
	}
	if (status == CSTN_OK && lay_out_rule(zone))
		return cstn__fail_nomem(error);
	return status;
}

cstn_status cstn_zone_parse_tzif(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_zone **out, cstn_error **error)
{
	cstn_zone *zone = NULL;
	cstn_status status;

	if (!out || (!data && size))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", out ? "data" : "out");
	status = new_zone(allocator, &zone, error);
	if (status != CSTN_OK)
		return status;
	status = parse_tzif(zone, data, size, error);
	if (status != CSTN_OK) {
		cstn_zone_unref(zone);
		return status;
	}
	cstn__sha256(data, size, zone->digest);
	*out = zone;
	return CSTN_OK;
}

void cstn_zone_digest(const cstn_zone *zone, uint8_t out[32])
{
	if (zone)
		memcpy(out, zone->digest, 32);
	else
		memset(out, 0, 32);
}

/* --- looking up --- */

/* How many changes are at or before a second. */
static size_t changes_until(const cstn_zone *zone, int64_t second)
{
	size_t low = 0, high = zone->changes.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes.items[middle].at <= second)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int32_t offset_at(const cstn_zone *zone, int64_t second)
{
	size_t until = changes_until(zone, second);

	if (until == zone->changes.count && zone->has_rule)
		return cstn__zone_rule_offset(&zone->rule, second);
	return until ? zone->changes.items[until - 1].offset : zone->first_offset;
}

int32_t cstn_zone_offset_at(const cstn_zone *zone, int64_t us)
{
	return zone ? offset_at(zone, cstn__floor_div(us, SECOND_US)) : 0;
}

/* Instants that read as one wall clock. */
struct readings {
	const cstn_zone *zone;
	int64_t wall; /* seconds */
	int64_t first;
	int count;
};

static void try_offset(struct readings *readings, int32_t offset)
{
	int64_t second = readings->wall - offset;

	if (offset_at(readings->zone, second) != offset ||
			(readings->count && second == readings->first))
		return;
	if (!readings->count)
		readings->first = second;
	readings->count++;
}

static void find_readings(struct readings *readings)
{
	const cstn_zone *zone = readings->zone;
	size_t from = changes_until(zone, readings->wall - REACH);
	size_t to = changes_until(zone, readings->wall + REACH);

	try_offset(readings, from ? zone->changes.items[from - 1].offset : zone->first_offset);
	for (size_t i = from; i < to; i++)
		try_offset(readings, zone->changes.items[i].offset);
	if (to == zone->changes.count && zone->has_rule) {
		try_offset(readings, zone->rule.standard);
		if (zone->rule.has_daylight)
			try_offset(readings, zone->rule.daylight);
	}
}

cstn_status cstn_zone_from_wall(
		const cstn_zone *zone, int64_t wall_us, int64_t *out_us, cstn_error **error)
{
	int64_t second = cstn__floor_div(wall_us, SECOND_US), fraction, us;
	struct readings readings = {zone, second, 0, 0};
	char text[48];

	if (!zone || !out_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				zone ? "out_us" : "zone");
	fraction = wall_us % SECOND_US;
	fraction += fraction < 0 ? SECOND_US : 0;
	find_readings(&readings);
	if (readings.count == 1) {
		if (__builtin_mul_overflow(readings.first, SECOND_US, &us) ||
				__builtin_add_overflow(us, fraction, &us))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"wall clock %lld us is outside the range of instants",
					(long long)wall_us);
		*out_us = us;
		return CSTN_OK;
	}
	cstn_time_format(wall_us, text, sizeof(text));
	if (*text)
		text[strlen(text) - 1] = '\0'; /* a wall clock has no Z */
	return cstn__fail(error, CSTN_E_FORMAT, "wall clock %s %s in its zone", text,
			readings.count ? "exists twice" : "does not exist");
}
