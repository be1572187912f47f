/* The manifest: its bytes field by field, what is refused, and every bit flip and cut of one. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "failing_allocator.h"
#include "store/manifest.h"
#include "suite.h"

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
static const cstn__store_table tables[] = {
		{7, CSTN__TABLE_KEYED, "orders", order_columns, 4, order_key, 1, 17, 1},
		{300, CSTN__TABLE_APPEND, "event", event_columns, 1, NULL, 0, 0, 0},
};
static const cstn__manifest_entry entries[] = {
		{CSTN__ENTRY_SEGMENT, 7, 0, 3, 4096, 100, 5, 9, 0, 300, "segment's seal.."},
		{CSTN__ENTRY_LOG, 0, 0, 11, 88, 0, 0, 0, 0, 0, {0}},
		{CSTN__ENTRY_DEAD_ROWS, 7, 0, 10, 160, 2, 9, 9, 3, 0, {0}},
};
#define N_ENTRIES 3
#define SCHEMA_OFF (128 + 96 * N_ENTRIES)
/* tables 24 + key 8 + name 8 + columns 16 + name (8, 16, 8, 8); 24 + 0 + 8 + 16 + 8 */
#define SCHEMA_LEN (8 + 24 + 8 + 8 + 4 * 16 + 8 + 16 + 8 + 8 + 24 + 8 + 16 + 8)
#define FILE_LEN (SCHEMA_OFF + SCHEMA_LEN + 16)

typedef struct manifest_fixture {
	cstn__manifest manifest;
	cstn__manifest_entry entries[N_ENTRIES];
	cstn__store_table tables[2];
	cstn__store_column columns[4];
	uint32_t key[2];
} manifest_fixture;

static void fixture_init(manifest_fixture *fixture)
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

static cstn_status write_it(const cstn__manifest *manifest, cstn__bytes *out)
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

static cstn_status read_it(const uint8_t *data, size_t size, uint64_t number, cstn__manifest *out)
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

static void put(uint8_t *data, size_t offset, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		data[offset + i] = (uint8_t)(value >> 8 * i);
}

static void rehash(uint8_t *data, size_t size)
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

static void golden(uint8_t data[FILE_LEN])
{
	memset(data, 0, FILE_LEN);
	golden_head(data);
	golden_entries(data);
	golden_schema(data + SCHEMA_OFF);
	rehash(data, FILE_LEN);
}

START_TEST(each_field_lies_where_the_format_says)
{
	uint8_t wanted[FILE_LEN];
	manifest_fixture fixture;
	cstn__bytes bytes;

	fixture_init(&fixture);
	ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_OK);
	golden(wanted);
	ck_assert_uint_eq(bytes.size, FILE_LEN);
	ck_assert_mem_eq(bytes.data, wanted, FILE_LEN);
	cstn__bytes_free(&bytes);
}
END_TEST

static void assert_same_schema(const cstn__store_schema *schema)
{
	ck_assert_uint_eq(schema->version, 2);
	ck_assert_uint_eq(schema->n_tables, 2);
	for (size_t t = 0; t < 2; t++) {
		const cstn__store_table *table = &schema->tables[t];

		ck_assert_uint_eq(table->id, tables[t].id);
		ck_assert_uint_eq(table->table_class, tables[t].table_class);
		ck_assert_str_eq(table->name, tables[t].name);
		ck_assert_uint_eq(table->recorded, tables[t].recorded);
		ck_assert_uint_eq(table->has_child, tables[t].has_child);
		ck_assert_uint_eq(table->n_key, tables[t].n_key);
		for (size_t i = 0; i < table->n_key; i++)
			ck_assert_uint_eq(table->key[i], tables[t].key[i]);
		ck_assert_uint_eq(table->n_columns, tables[t].n_columns);
		for (size_t i = 0; i < table->n_columns; i++) {
			const cstn__store_column *column = &tables[t].columns[i];

			ck_assert_uint_eq(table->columns[i].id, column->id);
			ck_assert_str_eq(table->columns[i].name, column->name);
			ck_assert_int_eq(table->columns[i].type, column->type);
			ck_assert_int_eq(table->columns[i].scale, column->scale);
			ck_assert_uint_eq(table->columns[i].flags, column->flags);
			ck_assert_uint_eq(table->columns[i].space, column->space);
		}
	}
}

START_TEST(what_is_written_reads_back)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;

	golden(data);
	ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_OK);
	ck_assert_mem_eq(manifest.uuid, "0123456789abcdef", 16);
	ck_assert_uint_eq(manifest.manifest_no, 12);
	ck_assert_uint_eq(manifest.next_file, 13);
	ck_assert_uint_eq(manifest.last_seq, 9);
	ck_assert_uint_eq(manifest.compat, 0x40);
	ck_assert_uint_eq(manifest.ro_compat, 0);
	ck_assert_uint_eq(manifest.flags, CSTN__MANIFEST_CLEAN);
	ck_assert_uint_eq(manifest.n_entries, N_ENTRIES);
	for (size_t i = 0; i < N_ENTRIES; i++) {
		const cstn__manifest_entry *entry = &manifest.entries[i];

		ck_assert_uint_eq(entry->kind, entries[i].kind);
		ck_assert_uint_eq(entry->table, entries[i].table);
		ck_assert_uint_eq(entry->file_no, entries[i].file_no);
		ck_assert_uint_eq(entry->size, entries[i].size);
		ck_assert_uint_eq(entry->rows, entries[i].rows);
		ck_assert_uint_eq(entry->min_seq, entries[i].min_seq);
		ck_assert_uint_eq(entry->max_seq, entries[i].max_seq);
		ck_assert_uint_eq(entry->target_file_no, entries[i].target_file_no);
		ck_assert_uint_eq(entry->child_rows, entries[i].child_rows);
		ck_assert_mem_eq(entry->seal, entries[i].seal, 16);
	}
	assert_same_schema(&manifest.schema);
	cstn__manifest_free(&manifest);
}
END_TEST

START_TEST(writing_appends_and_hashes_its_own_bytes_only)
{
	manifest_fixture fixture;
	uint8_t wanted[FILE_LEN];
	cstn__bytes bytes;

	fixture_init(&fixture);
	golden(wanted);
	cstn__bytes_init(&bytes, NULL);
	cstn__bytes_put_text(&bytes, "before");
	ck_assert_int_eq(cstn__manifest_write(&fixture.manifest, &bytes, NULL), CSTN_OK);
	ck_assert_uint_eq(bytes.size, 6 + FILE_LEN);
	ck_assert_mem_eq(bytes.data + 6, wanted, FILE_LEN);
	fixture.manifest.flags = 2;
	ck_assert_int_eq(cstn__manifest_write(&fixture.manifest, &bytes, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(bytes.size, 6 + FILE_LEN);
	cstn__bytes_free(&bytes);
}
END_TEST

START_TEST(every_flipped_bit_is_corrupt)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;

	golden(data);
	for (size_t bit = 0; bit < FILE_LEN * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_E_CORRUPT);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(every_cut_and_every_longer_file_is_corrupt)
{
	uint8_t data[FILE_LEN + 64];
	cstn__manifest manifest;

	memset(data, 0, sizeof(data));
	golden(data);
	for (size_t size = 0; size < sizeof(data); size++)
		if (size != FILE_LEN)
			ck_assert_int_eq(read_it(data, size, 12, &manifest), CSTN_E_CORRUPT);
}
END_TEST

/* Beyond the hash: what a wrong writer, not a wrong disk, would leave. Flips that change a free
 * value (uuid, sizes, rows, seals, names) are accepted, and then write back to the same bytes. */
START_TEST(flips_under_a_right_hash_are_refused_or_read_back_to_the_same_bytes)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;
	cstn__bytes bytes;
	size_t refused = 0;

	golden(data);
	for (size_t bit = 0; bit < (FILE_LEN - 16) * 8; bit++) {
		cstn_status status;

		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		rehash(data, FILE_LEN);
		status = read_it(data, FILE_LEN, CSTN__MANIFEST_ANY, &manifest);
		refused += status != CSTN_OK;
		if (status == CSTN_OK && bit / 8 != 10 && bit / 8 != 11) {
			ck_assert_int_eq(write_it(&manifest, &bytes), CSTN_OK);
			ck_assert_uint_eq(bytes.size, FILE_LEN);
			ck_assert_mem_eq(bytes.data, data, FILE_LEN);
			cstn__bytes_free(&bytes);
		}
		if (status == CSTN_OK)
			cstn__manifest_free(&manifest);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	ck_assert_uint_gt(refused, FILE_LEN * 8 / 3);
}
END_TEST

START_TEST(cuts_under_a_right_hash_are_corrupt)
{
	uint8_t data[FILE_LEN], cut[FILE_LEN];
	cstn__manifest manifest;

	golden(data);
	for (size_t size = 16; size < FILE_LEN; size++) {
		memcpy(cut, data, size);
		rehash(cut, size);
		ck_assert_int_eq(read_it(cut, size, 12, &manifest), CSTN_E_CORRUPT);
		if (size >= 144) {
			put(cut, 104, 8, size);
			rehash(cut, size);
			ck_assert_int_eq(read_it(cut, size, 12, &manifest), CSTN_E_CORRUPT);
		}
	}
}
END_TEST

START_TEST(a_manifest_under_another_number_is_corrupt)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;

	golden(data);
	ck_assert_int_eq(read_it(data, FILE_LEN, 11, &manifest), CSTN_E_CORRUPT);
	ck_assert_int_eq(read_it(data, FILE_LEN, CSTN__MANIFEST_ANY, &manifest), CSTN_OK);
	cstn__manifest_free(&manifest);
}
END_TEST

START_TEST(an_unknown_incompat_bit_or_major_is_a_newer_format)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;

	for (size_t bit = 0; bit < 32; bit++) {
		golden(data);
		put(data, 64, 4, UINT64_C(1) << bit);
		rehash(data, FILE_LEN);
		ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_E_NEWER_FORMAT);
	}
	golden(data);
	put(data, 8, 2, 2);
	rehash(data, FILE_LEN);
	ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_E_NEWER_FORMAT);
	put(data, 8, 2, 0);
	rehash(data, FILE_LEN);
	ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(unknown_compat_and_ro_compat_bits_and_a_higher_minor_are_read)
{
	uint8_t data[FILE_LEN];
	cstn__manifest manifest;

	golden(data);
	put(data, 10, 2, 7);
	put(data, 56, 4, 0xdeadbeef);
	put(data, 60, 4, 0x80000001);
	rehash(data, FILE_LEN);
	ck_assert_int_eq(read_it(data, FILE_LEN, 12, &manifest), CSTN_OK);
	ck_assert_uint_eq(manifest.compat, 0xdeadbeef);
	ck_assert_uint_eq(manifest.ro_compat, 0x80000001);
	cstn__manifest_free(&manifest);
}
END_TEST

START_TEST(lists_of_files_that_make_no_sense_are_refused)
{
	for (int i = 0; i < 12; i++) {
		manifest_fixture fixture;
		cstn__bytes bytes;

		fixture_init(&fixture);
		switch (i) {
		case 0:
			fixture.entries[1].kind = 0;
			break;
		case 1:
			fixture.entries[1].kind = 6;
			break;
		case 2:
			fixture.entries[0].flags = 1;
			break;
		case 3:
			fixture.entries[1].file_no = 13;
			break; /* not below next_file */
		case 4:
			fixture.entries[1].file_no = 3;
			break; /* twice */
		case 5:
			fixture.entries[2].target_file_no = 4;
			break; /* no such segment */
		case 6:
			fixture.entries[2].target_file_no = 11;
			break; /* a log */
		case 7:
			fixture.entries[0].min_seq = 10;
			break;
		case 8:
			fixture.entries[0].max_seq = 10;
			break; /* above the last */
		case 9:
			fixture.entries[0].table = 8;
			break; /* not in the schema */
		case 10:
			fixture.entries[0].target_file_no = 3;
			break;
		default:
			fixture.manifest.n_entries = 1;
			break; /* no log */
		}
		ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_E_INVALID_ARGUMENT);
		cstn__bytes_free(&bytes);
	}
}
END_TEST

START_TEST(schemas_that_make_no_sense_are_refused)
{
	for (int i = 0; i < 22; i++) {
		char name[300];
		manifest_fixture fixture;
		cstn__bytes bytes;

		fixture_init(&fixture);
		memset(name, 'n', sizeof(name));
		name[257] = 0;
		switch (i) {
		case 0:
			fixture.tables[0].id = 0;
			break;
		case 1:
			fixture.tables[1].id = 65536;
			break;
		case 2:
			fixture.tables[1].id = 7;
			break;
		case 3:
			fixture.tables[1].name = "orders";
			break;
		case 4:
			fixture.tables[1].table_class = 3;
			break;
		case 5:
			fixture.tables[1].name = "";
			break;
		case 6:
			fixture.tables[1].name = name;
			break;
		case 7:
			fixture.tables[1].name = "\xff";
			break;
		case 8:
			fixture.tables[1].n_columns = 0;
			break;
		case 9:
			fixture.tables[0].n_key = 0;
			break;
		case 10:
			fixture.key[0] = 21;
			break;
		case 11:
			fixture.key[0] = 18;
			break; /* may be null */
		case 12:
			fixture.key[0] = 20;
			break; /* of child rows */
		case 13:
			fixture.tables[0].recorded = 16;
			break;
		case 14:
			fixture.tables[0].has_child = 0;
			break;
		case 15:
			fixture.columns[1].id = 15;
			break;
		case 16:
			fixture.columns[2].id = 16;
			break;
		case 17:
			fixture.columns[2].name = "order_id";
			break;
		case 18:
			fixture.columns[2].scale = 19;
			break;
		case 19:
			fixture.columns[1].scale = 1;
			break;
		case 20:
			fixture.columns[1].flags = CSTN__COLUMN_DICTIONARY;
			break;
		default:
			fixture.columns[2].type = 10;
			break;
		}
		ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_E_SCHEMA);
		cstn__bytes_free(&bytes);
	}
}
END_TEST

START_TEST(a_name_of_256_bytes_is_kept)
{
	manifest_fixture fixture;
	cstn__manifest manifest;
	cstn__bytes bytes;
	char name[257];

	memset(name, 'n', 256);
	name[256] = 0;
	fixture_init(&fixture);
	fixture.columns[2].name = name;
	ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_OK);
	ck_assert_int_eq(read_it(bytes.data, bytes.size, 12, &manifest), CSTN_OK);
	ck_assert_str_eq(manifest.schema.tables[0].columns[2].name, name);
	cstn__manifest_free(&manifest);
	cstn__bytes_free(&bytes);
}
END_TEST

/* As many entries as 16 MiB hold, and one more. */
START_TEST(sixteen_mebibytes_are_the_limit)
{
	size_t most = ((16u << 20) - 128 - SCHEMA_LEN - 16) / 96;
	cstn__manifest_entry *many = calloc(most + 1, sizeof(*many));
	manifest_fixture fixture;
	cstn__manifest manifest;
	cstn__bytes bytes;

	fixture_init(&fixture);
	for (size_t i = 0; i <= most; i++) {
		many[i] = entries[0];
		many[i].file_no = i + 1;
	}
	many[0].kind = CSTN__ENTRY_LOG;
	fixture.manifest.entries = many;
	fixture.manifest.next_file = most + 2;
	fixture.manifest.n_entries = most + 1;
	ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_E_LIMIT);
	cstn__bytes_free(&bytes);
	fixture.manifest.n_entries = most;
	ck_assert_int_eq(write_it(&fixture.manifest, &bytes), CSTN_OK);
	ck_assert_int_eq(read_it(bytes.data, bytes.size, 12, &manifest), CSTN_OK);
	ck_assert_uint_eq(manifest.n_entries, most);
	cstn__manifest_free(&manifest);
	cstn__bytes_free(&bytes);
	free(many);
}
END_TEST

START_TEST(a_file_above_the_limit_is_not_read)
{
	size_t size = (16u << 20) + 1;
	uint8_t *data = calloc(1, size);
	cstn__manifest manifest;

	memcpy(data, "CSTNMAN1", 8);
	ck_assert_int_eq(read_it(data, size, 12, &manifest), CSTN_E_LIMIT);
	free(data);
}
END_TEST

START_TEST(out_of_memory_leaves_outputs_untouched)
{
	cstn_status status = CSTN_E_NOMEM;
	uint8_t data[FILE_LEN];
	uint64_t n;

	golden(data);
	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;
		cstn__manifest manifest, before;
		cstn__bytes bytes;

		failing_allocator_init(&memory, n);
		memset(&manifest, 0x5a, sizeof(manifest));
		before = manifest;
		status = cstn__manifest_read(
				data, FILE_LEN, 12, &memory.allocator, &manifest, NULL);
		if (status == CSTN_E_NOMEM) {
			ck_assert_mem_eq(&manifest, &before, sizeof(before));
		} else {
			ck_assert_int_eq(status, CSTN_OK);
			cstn__bytes_init(&bytes, &memory.allocator);
			memory.fail_at = 0;
			ck_assert_int_eq(cstn__manifest_write(&manifest, &bytes, NULL), CSTN_OK);
			ck_assert_mem_eq(bytes.data, data, FILE_LEN);
			cstn__bytes_free(&bytes);
			cstn__manifest_free(&manifest);
		}
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

START_TEST(out_of_memory_while_writing_leaves_the_bytes_as_they_were)
{
	cstn_status status = CSTN_E_NOMEM;
	manifest_fixture fixture;
	uint64_t n;

	fixture_init(&fixture);
	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;
		cstn__bytes bytes;

		failing_allocator_init(&memory, n);
		cstn__bytes_init(&bytes, &memory.allocator);
		status = cstn__manifest_write(&fixture.manifest, &bytes, NULL);
		ck_assert(status == CSTN_OK || (status == CSTN_E_NOMEM && bytes.size == 0));
		cstn__bytes_free(&bytes);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			each_field_lies_where_the_format_says,
			what_is_written_reads_back,
			writing_appends_and_hashes_its_own_bytes_only,
			every_flipped_bit_is_corrupt,
			every_cut_and_every_longer_file_is_corrupt,
			flips_under_a_right_hash_are_refused_or_read_back_to_the_same_bytes,
			cuts_under_a_right_hash_are_corrupt,
			a_manifest_under_another_number_is_corrupt,
			an_unknown_incompat_bit_or_major_is_a_newer_format,
			unknown_compat_and_ro_compat_bits_and_a_higher_minor_are_read,
			lists_of_files_that_make_no_sense_are_refused,
			schemas_that_make_no_sense_are_refused,
			a_name_of_256_bytes_is_kept,
			sixteen_mebibytes_are_the_limit,
			a_file_above_the_limit_is_not_read,
			out_of_memory_leaves_outputs_untouched,
			out_of_memory_while_writing_leaves_the_bytes_as_they_were,
	};

	return run_tests("store_manifest", tests, sizeof(tests) / sizeof(tests[0]));
}
