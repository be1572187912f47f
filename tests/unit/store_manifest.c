/* The manifest: its bytes field by field, what is written reads back, and every bit flip and cut of
 * one. */
#include <stdlib.h>
#include <string.h>

#include "manifest_fixture.h"
#include "store/manifest.h"
#include "suite.h"

START_TEST(each_field_lies_where_the_format_says)
{
	uint8_t wanted[FILE_LEN];
	manifest_fixture fixture;
	cstn__bytes bytes;

	manifest_fixture_init(&fixture);
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

	manifest_fixture_init(&fixture);
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
	};

	return run_tests("store_manifest", tests, sizeof(tests) / sizeof(tests[0]));
}
