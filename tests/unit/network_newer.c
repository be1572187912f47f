/* Networks that a newer release wrote: what its feature bits allow, and what is said. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "network_fixture.h"
#include "posix_folder.h"
#include "suite.h"

#define MAJOR 8
#define MINOR 10
#define COMPAT 56
#define RO_COMPAT 60
#define INCOMPAT 64
#define MANIFEST_MAX (1u << 20)

/* --- a manifest on disk ----------------------------------------------------------------------- */

/* The path of the highest manifest. */
static void manifest_of(posix_folder *folder, char out[512])
{
	DIR *directory = opendir(folder->path);
	char highest[64] = "";
	struct dirent *entry;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, "MANIFEST-", 9) == 0 &&
				strcmp(entry->d_name, highest) > 0)
			snprintf(highest, sizeof(highest), "%.60s", entry->d_name);
	closedir(directory);
	ck_assert_str_ne(highest, "");
	(void)posix_folder_at(folder, highest, out);
}

static size_t read_manifest(posix_folder *folder, uint8_t *data)
{
	char path[512];
	FILE *file;
	size_t size;

	manifest_of(folder, path);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	size = fread(data, 1, MANIFEST_MAX, file);
	fclose(file);
	ck_assert_uint_gt(size, 144);
	return size;
}

static uint64_t number_at(posix_folder *folder, size_t at, size_t width)
{
	static uint8_t data[MANIFEST_MAX];
	uint64_t number = 0;

	(void)read_manifest(folder, data);
	for (size_t i = width; i-- > 0;)
		number = number << 8 | data[at + i];
	return number;
}

static void patch(posix_folder *folder, size_t at, size_t width, uint64_t number)
{
	static uint8_t data[MANIFEST_MAX];
	size_t size = read_manifest(folder, data);
	cstn__hash128_value hash;
	char path[512];
	FILE *file;

	for (size_t i = 0; i < width; i++)
		data[at + i] = (uint8_t)(number >> 8 * i);
	hash = cstn__hash128(data, size - 16);
	for (size_t i = 0; i < 8; i++) {
		data[size - 16 + i] = (uint8_t)(hash.low >> 8 * i);
		data[size - 8 + i] = (uint8_t)(hash.high >> 8 * i);
	}
	manifest_of(folder, path);
	file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

/* --- networks --------------------------------------------------------------------------------- */

static cstn_status open_as(posix_folder *folder, uint32_t flags, cstn_network **out, char said[512])
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = flags;
	status = cstn_network_open(folder->path, &options, NULL, out, &error);
	snprintf(said, 512, "%s", status == CSTN_OK ? "" : cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

static const char partners[] = "partner_id,name\nacme,Acme\nbolts,Bolts\n";

static void make_network(posix_folder *folder)
{
	cstn_network *network = NULL;
	char said[512];

	posix_folder_make(folder);
	ck_assert_int_eq(open_as(folder, 0, &network, said), CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "partner", "partner_id text\nname text\n",
					 partners, 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
}

static void answers_are_right(cstn_network *network)
{
	static const char *const columns[] = {"partner_id", "name"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;

	options.columns = columns;
	options.n_columns = 2;
	network_scan_is(network, "partner", &options, partners);
}

static void is_refused(posix_folder *folder, uint32_t flags, const char *part, const char *other)
{
	cstn_network *network = NULL;
	char said[512];
	cstn_status status = open_as(folder, flags, &network, said);

	ck_assert_msg(status == CSTN_E_NEWER_FORMAT, "%s: %s", cstn_status_name(status), said);
	ck_assert_ptr_null(network);
	ck_assert_msg(strstr(said, part) && strstr(said, other) && strstr(said, folder->path),
			"'%s' and '%s' in '%s'", part, other, said);
}

static void bit_text(int bit, const char *mask, char out[64])
{
	snprintf(out, 64, "feature bits %#lx (%s)", 1ul << bit, mask);
}

START_TEST(an_unknown_incompat_bit_is_refused_and_named)
{
	posix_folder folder;
	char bits[64];

	make_network(&folder);
	bit_text(_i, "incompat", bits);
	patch(&folder, INCOMPAT, 4, UINT64_C(1) << _i);
	is_refused(&folder, 0, bits, "a newer release opens it");
	is_refused(&folder, CSTN_NETWORK_READ_ONLY, bits, "a newer release opens it");
	patch(&folder, INCOMPAT, 4, 0);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_higher_major_number_is_refused_and_a_higher_minor_one_is_not)
{
	cstn_network *network = NULL;
	posix_folder folder;
	char said[512];

	make_network(&folder);
	patch(&folder, MAJOR, 2, 2);
	is_refused(&folder, 0, "format 2 is newer", "reads format 1");
	is_refused(&folder, CSTN_NETWORK_READ_ONLY, "format 2 is newer", "reads format 1");
	patch(&folder, MAJOR, 2, 65535);
	is_refused(&folder, 0, "format 65535 is newer", "reads format 1");
	patch(&folder, MAJOR, 2, 1);
	patch(&folder, MINOR, 2, 65535);
	ck_assert_int_eq(open_as(&folder, 0, &network, said), CSTN_OK);
	answers_are_right(network);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(an_unknown_ro_compat_bit_allows_reading_and_says_so)
{
	cstn_network *network = NULL;
	cstn_record *record = network_record("partner", "partner_id=late", NULL);
	posix_folder folder;
	char said[512], bits[64], before[512], after[512];

	make_network(&folder);
	bit_text(_i, "ro_compat", bits);
	patch(&folder, RO_COMPAT, 4, UINT64_C(1) << _i);
	manifest_of(&folder, before);
	is_refused(&folder, 0, bits, "open it read-only");
	ck_assert_int_eq(open_as(&folder, CSTN_NETWORK_READ_ONLY, &network, said), CSTN_OK);
	answers_are_right(network);
	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_E_READ_ONLY);
	cstn_network_unref(network);
	cstn_record_unref(record);
	manifest_of(&folder, after);
	ck_assert_str_eq(after, before);
	ck_assert_uint_eq(number_at(&folder, RO_COMPAT, 4), UINT64_C(1) << _i);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(an_unknown_compat_bit_is_kept_over_a_checkpoint)
{
	cstn_network *network = NULL;
	posix_folder folder;
	char said[512], before[512], after[512];

	make_network(&folder);
	patch(&folder, COMPAT, 4, UINT64_C(1) << _i);
	manifest_of(&folder, before);
	ck_assert_int_eq(open_as(&folder, 0, &network, said), CSTN_OK);
	answers_are_right(network);
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	manifest_of(&folder, after);
	ck_assert_str_ne(after, before);
	ck_assert_uint_eq(number_at(&folder, COMPAT, 4), UINT64_C(1) << _i);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
	ck_assert_uint_eq(number_at(&folder, COMPAT, 4), UINT64_C(1) << _i);
	ck_assert_int_eq(open_as(&folder, CSTN_NETWORK_READ_ONLY, &network, said), CSTN_OK);
	answers_are_right(network);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_backup_keeps_bits_that_it_does_not_know)
{
	posix_folder folder, to;
	cstn_network *network = NULL;
	char said[512];

	make_network(&folder);
	posix_folder_make(&to);
	patch(&folder, COMPAT, 4, 0x8001);
	patch(&folder, RO_COMPAT, 4, 0x10000);
	ck_assert_int_eq(open_as(&folder, CSTN_NETWORK_READ_ONLY, &network, said), CSTN_OK);
	ck_assert_int_eq(cstn_network_backup(network, to.path, 0, NULL, NULL), CSTN_OK);
	cstn_network_unref(network);
	ck_assert_uint_eq(number_at(&to, COMPAT, 4), 0x8001);
	ck_assert_uint_eq(number_at(&to, RO_COMPAT, 4), 0x10000);
	is_refused(&to, 0, "0x10000", "open it read-only");
	posix_folder_remove(&to);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(the_tools_tell_a_newer_format_from_damage)
{
	cstn_buffer *report = NULL;
	posix_folder folder;
	char to[300];

	make_network(&folder);
	snprintf(to, sizeof(to), "%s-to", folder.path);
	patch(&folder, RO_COMPAT, 4, 4);
	ck_assert_int_eq(cstn_network_verify(folder.path, 0, NULL, NULL, &report, NULL), CSTN_OK);
	cstn_buffer_free(report);
	report = NULL;
	patch(&folder, INCOMPAT, 4, 4);
	ck_assert_int_eq(cstn_network_verify(folder.path, 0, NULL, NULL, &report, NULL),
			CSTN_E_NEWER_FORMAT);
	ck_assert_ptr_null(report);
	ck_assert_int_eq(cstn_network_salvage(folder.path, to, 0, NULL, NULL, &report, NULL),
			CSTN_E_NEWER_FORMAT);
	ck_assert_ptr_null(report);
	ck_assert_int_ne(access(to, F_OK), 0);
	posix_folder_remove(&folder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network newer");
	TCase *tests = tcase_create("network newer");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, an_unknown_incompat_bit_is_refused_and_named, 0, 32);
	tcase_add_test(tests, a_higher_major_number_is_refused_and_a_higher_minor_one_is_not);
	tcase_add_loop_test(tests, an_unknown_ro_compat_bit_allows_reading_and_says_so, 0, 32);
	tcase_add_loop_test(tests, an_unknown_compat_bit_is_kept_over_a_checkpoint, 0, 32);
	tcase_add_test(tests, a_backup_keeps_bits_that_it_does_not_know);
	tcase_add_test(tests, the_tools_tell_a_newer_format_from_damage);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
