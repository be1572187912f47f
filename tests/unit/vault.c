/* Vaults: cells put, read, sealed and moved; search; commitments; who may open one. */
#define _GNU_SOURCE /* MADV_WIPEONFORK */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ledger_fixture.h"
#include "suite.h"
#include "vault_fixture.h"

/* --- cells ------------------------------------------------------------------------------------ */

START_TEST(value_that_was_put_is_read_after_a_reopen)
{
	vault_fixture at;

	vault_begin(&at, 1);
	ck_assert_int_eq(vault_put(&at, "jo", "customer.email", VAULT_MARK), CSTN_OK);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), VAULT_MARK);
	vault_reopen(&at);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), VAULT_MARK);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.phone"), "CSTN_E_NOT_FOUND");
	ck_assert_str_eq(vault_get(&at, "no", "customer.email"), "CSTN_E_NOT_FOUND");
	vault_end(&at);
}
END_TEST

START_TEST(no_file_names_value_person_or_path)
{
	static const char *const planted[] = {
			VAULT_MARK, "jo-the-person", "customer.email", "acme"};
	vault_fixture at;

	vault_begin(&at, 1);
	ck_assert_int_eq(vault_put(&at, "jo-the-person", "customer.email", VAULT_MARK), CSTN_OK);
	for (int closed = 0; closed < 2; closed++) {
		/* The record's id is in its search row, the only one of these, until it dies. */
		ck_assert_int_eq(vault_files_with(&at, planted[1], strlen(planted[1])), 1);
		for (size_t i = 0; i < 4; i++)
			if (i != 1)
				ck_assert_int_eq(vault_files_with(&at, planted[i],
								 strlen(planted[i])),
						0);
		vault_reopen(&at);
	}
	vault_end(&at);
}
END_TEST

START_TEST(value_that_is_put_again_is_replaced_and_found_under_its_new_form_only)
{
	cstn_vault_matches *found;
	vault_fixture at;

	vault_begin(&at, 0);
	ck_assert_int_eq(vault_put(&at, "jo", "customer.email", "old@example.org"), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "jo", "customer.email", "new@example.org"), CSTN_OK);
	ck_assert_str_eq(vault_get(&at, "jo", "customer.email"), "new@example.org");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(cstn_vault_find(at.vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
						 (const uint8_t *)(i ? "new@example.org"
								     : "old@example.org"),
						 15, &found, NULL),
				CSTN_OK);
		ck_assert_uint_eq(cstn_vault_matches_count(found), (size_t)i);
		cstn_vault_matches_free(found);
	}
	vault_end(&at);
}
END_TEST

START_TEST(put_is_all_or_nothing_and_names_the_cell_that_is_wrong)
{
	cstn_vault_cell cells[3] = {vault_cell("a", "customer.phone", "+4312345"),
			vault_cell("b", "customer.email", "b@example.org"),
			vault_cell("a", "customer.phone", "+4399999")};
	cstn_error *error = NULL;
	vault_fixture at;

	vault_begin(&at, 0);
	ck_assert_int_eq(cstn_vault_put(at.vault, cells, 3, 1, &error), CSTN_E_DUPLICATE);
	ck_assert_str_eq(cstn_error_message(error), "cell 2: it is of the same place as cell 0");
	cstn_error_free(error);
	cells[2].path = "customer.email"; /* no e-mail address */
	cells[2].form = CSTN_VAULT_FORM_EMAIL;
	ck_assert_int_eq(cstn_vault_put(at.vault, cells, 3, 1, &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(strstr(cstn_error_message(error), "+4399999"));
	cstn_error_free(error);
	ck_assert_str_eq(vault_get(&at, "a", "customer.phone"), "CSTN_E_NOT_FOUND");
	ck_assert_int_eq(cstn_vault_put(at.vault, cells, 2, 1, NULL), CSTN_OK);
	ck_assert_str_eq(vault_get(&at, "a", "customer.phone"), "+4312345");
	ck_assert_str_eq(vault_get(&at, "b", "customer.email"), "b@example.org");
	vault_end(&at);
}
END_TEST

START_TEST(arguments_that_break_a_rule_are_refused)
{
	cstn_vault_cell good = vault_cell("a", "x.y", "v"), cell;
	char long_path[300];
	vault_fixture at;

	vault_begin(&at, 0);
	memset(long_path, 'p', sizeof(long_path));
	long_path[256] = 0;
	for (int i = 0; i < 9; i++) {
		cell = good;
		if (i == 0)
			cell.subject = "";
		else if (i == 1)
			cell.record = NULL;
		else if (i == 2)
			cell.path = long_path;
		else if (i == 3)
			cell.category = 0;
		else if (i == 4)
			cell.category = 999;
		else if (i == 5)
			cell.category = 65536;
		else if (i == 6)
			cell.form = 5;
		else if (i == 7)
			cell.reserved0 = 1;
		else
			cell.value = NULL;
		ck_assert_int_eq(cstn_vault_put(at.vault, &cell, 1, 1, NULL),
				CSTN_E_INVALID_ARGUMENT);
	}
	long_path[255] = 0;
	cell = good;
	cell.path = long_path;
	cell.category = 65535;
	ck_assert_int_eq(cstn_vault_put(at.vault, &cell, 1, 1, NULL), CSTN_OK);
	cell.value_size = CSTN_VAULT_VALUE_MOST + 1;
	ck_assert_int_eq(cstn_vault_put(at.vault, &cell, 1, 1, NULL), CSTN_E_LIMIT);
	vault_end(&at);
}
END_TEST

START_TEST(sealed_cell_opens_where_it_was_made_for_and_nowhere_else)
{
	cstn_vault_cell cell = vault_cell("jo", "event.note", "a secret");
	cstn_buffer *sealed, *value = NULL;
	uint8_t bytes[128];
	vault_fixture at;
	size_t size;

	vault_begin(&at, 0);
	ck_assert_int_eq(cstn_vault_seal(at.vault, &cell, 1, &sealed, NULL), CSTN_OK);
	size = cstn_buffer_size(sealed);
	ck_assert_uint_eq(size, cell.value_size + CSTN_VAULT_CELL_EXTRA);
	memcpy(bytes, cstn_buffer_data(sealed), size);
	cstn_buffer_free(sealed);
#define UNSEAL(record, path, version) \
	cstn_vault_unseal(at.vault, bytes, size, record, path, version, &value, NULL)
	ck_assert_int_eq(UNSEAL("jo", "event.note", 1), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(value), "a secret");
	cstn_buffer_free(value);
	ck_assert_int_eq(UNSEAL("ja", "event.note", 1), CSTN_E_CORRUPT);
	ck_assert_int_eq(UNSEAL("jo", "event.name", 1), CSTN_E_CORRUPT);
	ck_assert_int_eq(UNSEAL("jo", "event.note", 2), CSTN_E_CORRUPT);
	ck_assert_int_eq(UNSEAL("joe", "vent.note", 1), CSTN_E_CORRUPT);
	for (size_t i = 0; i < size; i++) { /* any byte */
		bytes[i] ^= 1;
		ck_assert_int_ne(UNSEAL("jo", "event.note", 1), CSTN_OK);
		bytes[i] ^= 1;
	}
	for (size_t cut = 0; cut < size; cut++)
		ck_assert_int_eq(cstn_vault_unseal(at.vault, bytes, cut, "jo", "event.note", 1,
						 &value, NULL),
				cut < CSTN_VAULT_CELL_EXTRA ? CSTN_E_FORMAT : CSTN_E_CORRUPT);
#undef UNSEAL
	vault_end(&at);
}
END_TEST

START_TEST(cells_of_two_subjects_or_categories_have_two_keys)
{
	cstn_vault_cell one = vault_cell("a", "x.y", "v"), two = vault_cell("b", "x.y", "v");
	cstn_buffer *sealed[2], *value;
	uint8_t bytes[128];
	vault_fixture at;

	vault_begin(&at, 0);
	two.record = "a"; /* the same place, but for the subject */
	ck_assert_int_eq(cstn_vault_seal(at.vault, &one, 1, &sealed[0], NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_seal(at.vault, &two, 1, &sealed[1], NULL), CSTN_OK);
	memcpy(bytes, cstn_buffer_data(sealed[0]), cstn_buffer_size(sealed[0]));
	memcpy(bytes + 8, cstn_buffer_data(sealed[1]) + 8, 16); /* says it is b's */
	ck_assert_int_eq(cstn_vault_unseal(at.vault, bytes, cstn_buffer_size(sealed[0]), "a", "x.y",
					 1, &value, NULL),
			CSTN_E_CORRUPT);
	cstn_buffer_free(sealed[0]);
	cstn_buffer_free(sealed[1]);
	vault_end(&at);
}
END_TEST

/* --- search ----------------------------------------------------------------------------------- */

static size_t count_found(
		vault_fixture *at, const char *path, int32_t form, const char *value, char *first)
{
	cstn_vault_matches *found;
	size_t n;

	ck_assert_int_eq(cstn_vault_find(at->vault, path, form, (const uint8_t *)value,
					 strlen(value), &found, NULL),
			CSTN_OK);
	n = cstn_vault_matches_count(found);
	strcpy(first, cstn_vault_matches_record(found, 0));
	ck_assert_str_eq(cstn_vault_matches_record(found, n), "");
	cstn_vault_matches_free(found);
	return n;
}

START_TEST(search_finds_equal_values_of_one_path)
{
	cstn_vault_cell other = vault_cell("z", "partner.email", "Jo@Example.org");
	vault_fixture at;
	char first[65];

	vault_begin(&at, 0);
	ck_assert_int_eq(vault_put(&at, "b", "customer.email", " Jo@Example.ORG "), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "a", "customer.email", "jo@example.org"), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "c", "customer.email", "jo@example.com"), CSTN_OK);
	ck_assert_int_eq(cstn_vault_put(at.vault, &other, 1, 1, NULL), CSTN_OK);
	ck_assert_uint_eq(count_found(&at, "customer.email", CSTN_VAULT_FORM_EMAIL,
					  "JO@example.org", first),
			2);
	ck_assert_str_eq(first, "a");
	ck_assert_uint_eq(count_found(&at, "customer.email", CSTN_VAULT_FORM_BYTES,
					  "jo@example.org", first),
			0); /* another form */
	ck_assert_int_eq(vault_erase(&at, "a", NULL), CSTN_OK);
	ck_assert_uint_eq(count_found(&at, "customer.email", CSTN_VAULT_FORM_EMAIL,
					  "jo@example.org", first),
			1);
	ck_assert_str_eq(first, "b");
	vault_end(&at);
}
END_TEST

START_TEST(values_have_the_form_that_is_searched_or_are_refused)
{
	static const struct {
		int32_t form;
		const char *value, *same; /* NULL: refused */
	} cases[] = {{CSTN_VAULT_FORM_BYTES, "Jo", "Jo"}, {CSTN_VAULT_FORM_BYTES, "", NULL},
			{CSTN_VAULT_FORM_EMAIL, "\tA+b@C.d ", "a+b@c.d"},
			{CSTN_VAULT_FORM_EMAIL, "a@b@c", NULL}, {CSTN_VAULT_FORM_EMAIL, "a", NULL},
			{CSTN_VAULT_FORM_EMAIL, "@b", NULL}, {CSTN_VAULT_FORM_EMAIL, "a@", NULL},
			{CSTN_VAULT_FORM_EMAIL, "a b@c", NULL}, {CSTN_VAULT_FORM_EMAIL, "", NULL},
			{CSTN_VAULT_FORM_PHONE, "+431234", "+431234"},
			{CSTN_VAULT_FORM_PHONE, "+123456789012345", "+123456789012345"},
			{CSTN_VAULT_FORM_PHONE, "+1234567890123456", NULL},
			{CSTN_VAULT_FORM_PHONE, "+43 1234", NULL},
			{CSTN_VAULT_FORM_PHONE, "0431234", NULL},
			{CSTN_VAULT_FORM_PHONE, "+", NULL}, {CSTN_VAULT_FORM_PHONE, "+0123", NULL},
			{CSTN_VAULT_FORM_CODE, "sw1a 1aa", "SW1A1AA"},
			{CSTN_VAULT_FORM_CODE, "  ", NULL}, {CSTN_VAULT_FORM_CODE, "a_b", NULL}};
	vault_fixture at;

	vault_begin(&at, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cstn_vault_cell cell = vault_cell("s", "a.b", cases[i].value);
		char first[65], record[16];

		snprintf(record, sizeof(record), "r%zu", i);
		cell.record = record;
		cell.form = cases[i].form;
		ck_assert_int_eq(cstn_vault_put(at.vault, &cell, 1, 1, NULL),
				cases[i].same ? CSTN_OK : CSTN_E_INVALID_ARGUMENT);
		if (!cases[i].same)
			continue;
		ck_assert_uint_eq(count_found(&at, "a.b", cases[i].form, cases[i].same, first), 1);
		ck_assert_str_eq(first, record);
	}
	vault_end(&at);
}
END_TEST

/* --- commitments ------------------------------------------------------------------------------ */

START_TEST(commitment_opens_with_the_salt_of_its_place)
{
	cstn_vault_cell cell = vault_cell("jo", "order.price", "1250");
	uint8_t one[32], two[32], again[32], salt[16];
	vault_fixture at;

	vault_begin(&at, 0);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 1, one, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 1, again, NULL), CSTN_OK);
	ck_assert_mem_eq(one, again, 32);
	ck_assert_int_eq(cstn_vault_salt(at.vault, "jo", "jo", "order.price", salt, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_commitment(salt, "order.price", "1250", 4, again, NULL),
			CSTN_OK);
	ck_assert_mem_eq(one, again, 32);
	cell.path = "order.cost";
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 1, two, NULL), CSTN_OK);
	ck_assert_mem_ne(one, two, 32);
	ck_assert_int_eq(cstn_vault_salt(at.vault, "jo", "jo", "order.x", salt, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_salt(at.vault, "jo", "jo", "order.price", salt, NULL),
			CSTN_E_ERASED);
	vault_end(&at);
}
END_TEST

START_TEST(commitment_is_sha256_of_salt_length_path_and_value)
{
	/* Of 01 02 03, 13 zeros, 00 03, "a.b", "value", by another program. */
	static const char expected[] =
			"78b439b9e2c413e3821d3f192c4516c1f1d8a3a92fad5a0955909072bf6bf851";
	const uint8_t salt[16] = {1, 2, 3};
	uint8_t got[32];
	char hex[65];

	ck_assert_int_eq(cstn_vault_commitment(salt, "a.b", "value", 5, got, NULL), CSTN_OK);
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", got[i]);
	ck_assert_str_eq(hex, expected);
}
END_TEST

START_TEST(pseudonyms_of_two_scopes_or_tenants_do_not_join)
{
	uint8_t one[16], two[16], again[16], other[16];
	vault_fixture at, foreign;

	vault_begin(&at, 0);
	ck_assert_int_eq(cstn_vault_pseudonym(at.vault, "c1", "jo", one, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_pseudonym(at.vault, "c2", "jo", two, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_pseudonym(at.vault, "c1", "jo", again, NULL), CSTN_OK);
	ck_assert_mem_eq(one, again, 16);
	ck_assert_mem_ne(one, two, 16);
	vault_begin(&foreign, 0);
	cstn_vault_free(foreign.vault);
	foreign.options.tenant = "bolts";
	ck_assert_int_eq(cstn_vault_open(NULL, &foreign.options, NULL, &foreign.vault, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vault_pseudonym(foreign.vault, "c1", "jo", other, NULL), CSTN_OK);
	ck_assert_mem_ne(one, other, 16);
	vault_end(&foreign);
	vault_end(&at);
}
END_TEST

/* --- opening ---------------------------------------------------------------------------------- */

START_TEST(vault_opens_with_its_own_key_and_tenant_only)
{
	cstn_vault *other = NULL;
	uint8_t wrong = 8;
	vault_fixture at;
	void *right;

	vault_begin(&at, 1);
	ck_assert_int_eq(cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_E_LOCKED);
	ck_assert_int_eq(cstn_vault_close(at.vault, NULL), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "a", "b.c", "d"), CSTN_E_STATE);
	ck_assert_int_eq(cstn_vault_close(at.vault, NULL), CSTN_E_STATE);
	right = at.options.root_key_user;
	at.options.root_key_user = &wrong;
	ck_assert_int_eq(
			cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_E_MISMATCH);
	at.options.root_key_user = right;
	at.options.tenant = "bolts";
	ck_assert_int_eq(
			cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_E_MISMATCH);
	at.options.tenant = "acme";
	at.options.flags = CSTN_VAULT_MUST_BE_NEW;
	ck_assert_int_eq(
			cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_E_CONFLICT);
	at.options.flags = CSTN_VAULT_MUST_EXIST;
	ck_assert_int_eq(cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_OK);
	cstn_vault_free(other);
	vault_end(&at);
}
END_TEST

START_TEST(passphrase_opens_what_it_made)
{
	vault_fixture at;
	cstn_vault *other;

	vault_begin(&at, 1);
	cstn_vault_free(at.vault);
	at.vault = NULL;
	strcat(at.path, "2");
	at.options.root_key = NULL;
	at.options.passphrase = (const uint8_t *)"correct horse";
	at.options.passphrase_size = 13;
	at.options.argon2_passes = 1;
	at.options.argon2_bytes = 8192;
	ck_assert_int_eq(cstn_vault_open(at.path, &at.options, NULL, &at.vault, NULL), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "a", "b.c", "d"), CSTN_OK);
	at.options.argon2_passes = 0; /* the vault knows its own */
	at.options.argon2_bytes = 0;
	vault_reopen(&at);
	ck_assert_str_eq(vault_get(&at, "a", "b.c"), "d");
	ck_assert_int_eq(cstn_vault_close(at.vault, NULL), CSTN_OK);
	at.options.passphrase = (const uint8_t *)"correct house";
	ck_assert_int_eq(
			cstn_vault_open(at.path, &at.options, NULL, &other, NULL), CSTN_E_MISMATCH);
	vault_end(&at);
}
END_TEST

static cstn_status no_key(void *user, uint8_t *key)
{
	(void)user;
	(void)key;
	return CSTN_E_DENIED;
}

/* Counts up, so that nothing repeats. */
static cstn_status counting(void *user, uint8_t *out, size_t size)
{
	uint64_t *n = user;

	if (*n == UINT64_MAX)
		return CSTN_E_IO;
	memset(out, 0, size);
	++*n;
	memcpy(out, n, size < sizeof(*n) ? size : sizeof(*n));
	return CSTN_OK;
}

START_TEST(options_that_contradict_are_refused_and_callbacks_that_fail_are_heard)
{
	cstn_vault_options options = CSTN_VAULT_OPTIONS_INIT;
	cstn_vault_cell cell = vault_cell("a", "b.c", "d");
	cstn_vault *vault = NULL;
	uint64_t n = 0;
	uint8_t number = 1;

#define OPEN() cstn_vault_open(NULL, &options, NULL, &vault, NULL)
	ck_assert_int_eq(OPEN(), CSTN_E_INVALID_ARGUMENT); /* no key */
	options.root_key = no_key;
	ck_assert_int_eq(OPEN(), CSTN_E_DENIED);
	options.root_key = vault_root_key;
	options.root_key_user = &number;
	options.passphrase = &number;
	options.passphrase_size = 1;
	ck_assert_int_eq(OPEN(), CSTN_E_INVALID_ARGUMENT); /* two */
	options.passphrase_size = 0;
	options.flags = 1;
	ck_assert_int_eq(OPEN(), CSTN_E_INVALID_ARGUMENT);
	options.flags = CSTN_VAULT_MUST_EXIST;
	ck_assert_int_eq(OPEN(), CSTN_E_INVALID_ARGUMENT); /* in memory */
	options.flags = 0;
	options.entropy = counting;
	options.entropy_user = &n;
	ck_assert_int_eq(OPEN(), CSTN_OK);
	ck_assert_int_eq(cstn_vault_put(vault, &cell, 1, 1, NULL), CSTN_OK);
	ck_assert_uint_gt(n, 2);
	n = UINT64_MAX;
	ck_assert_int_eq(cstn_vault_put(vault, &cell, 1, 1, NULL), CSTN_E_IO);
	ck_assert_int_eq(cstn_vault_erase_subject(vault, "a", "why", 1, NULL, NULL), CSTN_E_STATE);
	cstn_vault_free(vault);
#undef OPEN
}
END_TEST

/* KiB of pages that a forked child finds wiped: each open handle has one, where the system has such
 * pages. -1: it is not told. */
static long wiped_on_fork(void)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	long size = 0, sum = 0, flags = 0;

	while (file && fgets(line, sizeof(line), file)) {
		(void)sscanf(line, "Size: %ld kB", &size);
		if (strncmp(line, "VmFlags:", 8) == 0) {
			flags = 1;
			sum += strstr(line, " wf") ? size : 0;
		}
	}
	if (file)
		fclose(file);
	return flags ? sum : -1;
}

/* Whether such a page of our own is seen among them. */
static int sees_wiped_on_fork(void)
{
	int seen = 0;
#ifdef MADV_WIPEONFORK
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	long before = wiped_on_fork();
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(page, MAP_FAILED);
	seen = madvise(page, size, MADV_WIPEONFORK) == 0 && wiped_on_fork() > before;
	ck_assert_int_eq(munmap(page, size), 0);
#endif
	return seen;
}

START_TEST(handles_that_are_freed_leave_no_page_behind)
{
	int seen = sees_wiped_on_fork();
	long before = wiped_on_fork();

	for (int i = 0; i < 20; i++) {
		cstn_network *network;
		vault_fixture at;

		vault_begin(&at, 1);
		ck_assert_int_eq(cstn_network_open(NULL, NULL, NULL, &network, NULL), CSTN_OK);
		ck_assert(!seen || wiped_on_fork() > before);
		cstn_network_unref(network);
		vault_end(&at);
	}
	ck_assert_int_eq(wiped_on_fork(), before);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {value_that_was_put_is_read_after_a_reopen,
			no_file_names_value_person_or_path,
			value_that_is_put_again_is_replaced_and_found_under_its_new_form_only,
			put_is_all_or_nothing_and_names_the_cell_that_is_wrong,
			arguments_that_break_a_rule_are_refused,
			sealed_cell_opens_where_it_was_made_for_and_nowhere_else,
			cells_of_two_subjects_or_categories_have_two_keys,
			search_finds_equal_values_of_one_path,
			values_have_the_form_that_is_searched_or_are_refused,
			commitment_opens_with_the_salt_of_its_place,
			commitment_is_sha256_of_salt_length_path_and_value,
			pseudonyms_of_two_scopes_or_tenants_do_not_join,
			vault_opens_with_its_own_key_and_tenant_only, passphrase_opens_what_it_made,
			handles_that_are_freed_leave_no_page_behind,
			options_that_contradict_are_refused_and_callbacks_that_fail_are_heard};

	return run_tests("vault", tests, sizeof(tests) / sizeof(tests[0]));
}
