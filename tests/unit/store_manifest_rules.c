/* The manifest: versions, lists and schemas that are refused, limits, memory that runs out. */
#include <stdlib.h>
#include <string.h>

#include "failing_allocator.h"
#include "manifest_fixture.h"
#include "store/manifest.h"
#include "suite.h"

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

		manifest_fixture_init(&fixture);
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

		manifest_fixture_init(&fixture);
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
	manifest_fixture_init(&fixture);
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

	manifest_fixture_init(&fixture);
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

	manifest_fixture_init(&fixture);
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

	return run_tests("store_manifest_rules", tests, sizeof(tests) / sizeof(tests[0]));
}
