/* Time zones from files, of the machine and made by hand. */
#include "zone_fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <constellation/time.h>

void read_zone_file(const char *name, struct bytes *out)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s is needed (Debian: tzdata)", path);
	out->size = fread(out->data, 1, sizeof(out->data), file);
	fclose(file);
}

static void put(struct bytes *bytes, const void *data, size_t size)
{
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static void put_big_endian(struct bytes *bytes, int64_t value, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		uint8_t byte = (uint8_t)((uint64_t)value >> (8 * i));

		put(bytes, &byte, 1);
	}
}

const struct plan sound = {'2', 0, 0, 0, 2, 2, 8, {100000000, 200000000}, {1, 0},
		{{3600, 0, 0}, {7200, 1, 4}}, "AAA\0BBB", "\nAAA-1\n", 0};

static void put_block(struct bytes *bytes, const struct plan *plan, int width, char version)
{
	uint8_t head[20] = {'T', 'Z', 'i', 'f', (uint8_t)version};

	put(bytes, head, 20);
	put_big_endian(bytes, plan->isutcnt, 4);
	put_big_endian(bytes, plan->isstdcnt, 4);
	put_big_endian(bytes, plan->leapcnt, 4);
	put_big_endian(bytes, plan->n_times, 4);
	put_big_endian(bytes, plan->n_types, 4);
	put_big_endian(bytes, plan->n_chars, 4);
	for (uint32_t i = 0; i < plan->n_times && i < 4; i++)
		put_big_endian(bytes, plan->times[i], width);
	for (uint32_t i = 0; i < plan->n_times && i < 4; i++)
		put(bytes, &plan->indices[i], 1);
	for (uint32_t i = 0; i < plan->n_types && i < 3; i++) {
		put_big_endian(bytes, plan->types[i].offset, 4);
		put(bytes, &plan->types[i].daylight, 1);
		put(bytes, &plan->types[i].name, 1);
	}
	put(bytes, plan->chars, plan->n_chars);
	for (uint32_t i = 0; i < plan->leapcnt; i++) {
		put_big_endian(bytes, 1000, width);
		put_big_endian(bytes, 1, 4);
	}
	for (uint32_t i = 0; i < plan->isstdcnt + plan->isutcnt; i++)
		put(bytes, &plan->indicators, 1);
}

void build(const struct plan *plan, struct bytes *out)
{
	static const struct plan empty = {'2', 0, 0, 0, 0, 1, 1, {0}, {0}, {{0, 0, 0}}, "", "", 0};

	out->size = 0;
	if (plan->version) {
		put_block(out, &empty, 4, plan->version);
		put_block(out, plan, 8, plan->version);
		put(out, plan->footer, strlen(plan->footer));
	} else {
		put_block(out, plan, 4, 0);
	}
}

cstn_status parse_plan(const struct plan *plan, cstn_zone **out)
{
	static struct bytes bytes;

	build(plan, &bytes);
	return cstn_zone_parse_tzif(bytes.data, bytes.size, NULL, out, NULL);
}
