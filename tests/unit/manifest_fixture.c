/* A manifest that is sound, written and read, for tests that change it. */
#include "manifest_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/manifest.h"

static const cstn__store_column order_columns[] = {
		{16, "order_id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{17, "recorded_at", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{18, "net", CSTN_TYPE_DECIMAL, 2, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{20, "sku", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_DICTIONARY, CSTN__SPACE_CHILD},
};

static const cstn__store_column event_columns[] = {
		{16, "what", CSTN_TYPE_INT32, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};

static const uint32_t order_key[] = {16};

const cstn__store_table tables[] = {
		{7, CSTN__TABLE_KEYED, "orders", order_columns, 4, order_key, 1, 17, 1},
		{300, CSTN__TABLE_APPEND, "event", event_columns, 1, NULL, 0, 0, 0},
};

const cstn__manifest_entry entries[] = {
		{CSTN__ENTRY_SEGMENT, 7, 0, 3, 4096, 100, 5, 9, 0, 300, "segment's seal.."},
		{CSTN__ENTRY_LOG, 0, 0, 11, 88, 0, 0, 0, 0, 0, {0}},
		{CSTN__ENTRY_DEAD_ROWS, 7, 0, 10, 160, 2, 9, 9, 3, 0, {0}},
};

void manifest_fixture_init(manifest_fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	memcpy(fixture->manifest.uuid, "0123456789abcdef", 16);
	fixture->manifest.manifest_no = 12;
	fixture->manifest.next_file = 13;
	fixture->manifest.last_seq = 9;
	fixture->manifest.compat = 0x40;
	fixture->manifest.flags = CSTN__MANIFEST_CLEAN;
	memcpy(fixture->entries, entries, sizeof(entries));
	memcpy(fixture->tables, tables, sizeof(tables));
	memcpy(fixture->columns, order_columns, sizeof(order_columns));
	fixture->key[0] = 16;
	fixture->tables[0].columns = fixture->columns;
	fixture->tables[0].key = fixture->key;
	fixture->manifest.entries = fixture->entries;
	fixture->manifest.n_entries = N_ENTRIES;
	fixture->manifest.schema = (cstn__store_schema){2, fixture->tables, 2};
}

cstn_status write_it(const cstn__manifest *manifest, cstn__bytes *out)
{
	cstn_error *error = NULL;
	cstn_status status;

	cstn__bytes_init(out, NULL);
	status = cstn__manifest_write(manifest, out, &error);
	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	if (status != CSTN_OK)
		ck_assert_uint_eq(out->size, 0);
	cstn_error_free(error);
	return status;
}

cstn_status read_it(const uint8_t *data, size_t size, uint64_t number, cstn__manifest *out)
{
	cstn_error *error = NULL;
	uint8_t *copy = malloc(size ? size : 1); /* exact, so that a read past the end shows */
	cstn_status status;

	if (size)
		memcpy(copy, data, size);
	status = cstn__manifest_read(copy, size, number, NULL, out, &error);
	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	cstn_error_free(error);
	free(copy);
	return status;
}

void put(uint8_t *data, size_t offset, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		data[offset + i] = (uint8_t)(value >> 8 * i);
}

void rehash(uint8_t *data, size_t size)
{
	cstn__hash128_value hash = cstn__hash128(data, size - 16);

	put(data, size - 16, 8, hash.low);
	put(data, size - 8, 8, hash.high);
}

/* The bytes by the tables of the format, at their offsets. */
static void golden_head(uint8_t *data)
{
	memcpy(data, "CSTNMAN1", 8);
	put(data, 8, 2, 1);
	put(data, 10, 2, 0);
	put(data, 12, 4, 128);
	memcpy(data + 16, "0123456789abcdef", 16);
	put(data, 32, 8, 12);
	put(data, 40, 8, 13);
	put(data, 48, 8, 9);
	put(data, 56, 4, 0x40);
	put(data, 68, 4, 1);
	put(data, 72, 4, 3);
	put(data, 76, 4, 96);
	put(data, 80, 8, 128);
	put(data, 88, 8, SCHEMA_OFF);
	put(data, 96, 4, SCHEMA_LEN);
	put(data, 100, 4, 2);
	put(data, 104, 8, FILE_LEN);
}

static void golden_entries(uint8_t *data)
{
	uint8_t *entry = data + 128;

	put(entry, 0, 2, 1);
	put(entry, 2, 2, 7);
	put(entry, 8, 8, 3);
	put(entry, 16, 8, 4096);
	put(entry, 24, 8, 100);
	put(entry, 32, 8, 5);
	put(entry, 40, 8, 9);
	put(entry, 56, 8, 300);
	memcpy(entry + 64, "segment's seal..", 16);
	entry += 96;
	put(entry, 0, 2, 2);
	put(entry, 8, 8, 11);
	put(entry, 16, 8, 88);
	entry += 96;
	put(entry, 0, 2, 3);
	put(entry, 2, 2, 7);
	put(entry, 8, 8, 10);
	put(entry, 16, 8, 160);
	put(entry, 24, 8, 2);
	put(entry, 32, 8, 9);
	put(entry, 40, 8, 9);
	put(entry, 48, 8, 3);
}

static size_t golden_column(uint8_t *at, uint32_t id, uint8_t type, uint8_t scale, uint8_t space,
		uint32_t flags, const char *name)
{
	put(at, 0, 4, id);
	at[4] = type;
	at[5] = scale;
	at[6] = space;
	put(at, 8, 4, flags);
	put(at, 12, 4, strlen(name));
	memcpy(at + 16, name, strlen(name));
	return 16 + (strlen(name) + 7) / 8 * 8;
}

static void golden_schema(uint8_t *at)
{
	put(at, 0, 4, 2);
	put(at, 4, 4, 2);
	at += 8;
	put(at, 0, 4, 7);
	at[4] = 2;
	at[5] = 1;
	put(at, 6, 2, 6);
	put(at, 8, 4, 4);
	put(at, 12, 4, 1);
	put(at, 16, 4, 17);
	put(at, 24, 4, 16);
	memcpy(at + 32, "orders", 6);
	at += 40;
	at += golden_column(at, 16, 5, 0, 0, 0, "order_id");
	at += golden_column(at, 17, 8, 0, 0, 0, "recorded_at");
	at += golden_column(at, 18, 9, 2, 0, 1, "net");
	at += golden_column(at, 20, 5, 0, 1, 2, "sku");
	put(at, 0, 4, 300);
	at[4] = 1;
	put(at, 6, 2, 5);
	put(at, 8, 4, 1);
	memcpy(at + 24, "event", 5);
	golden_column(at + 32, 16, 2, 0, 0, 1, "what");
}

void golden(uint8_t data[FILE_LEN])
{
	memset(data, 0, FILE_LEN);
	golden_head(data);
	golden_entries(data);
	golden_schema(data + SCHEMA_OFF);
	rehash(data, FILE_LEN);
}
