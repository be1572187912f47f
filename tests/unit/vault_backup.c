/* Backups of a vault: cells without keys, keys under the key of an epoch. */
#include "suite.h"
#include "vault_fixture.h"

static const uint8_t epoch_key[32] = {9, 9, 9}, other_key[32] = {9, 9, 8};

static cstn_buffer *backup_keys(const vault_fixture *at)
{
	cstn_buffer *out;

	ck_assert_int_eq(cstn_vault_backup_keys(at->vault, 4, epoch_key, &out, NULL), CSTN_OK);
	return out;
}

/* Another vault, on a backup of the cells of this one. */
static void restore_cells(vault_fixture *at, vault_fixture *out)
{
	*out = *at;
	strcat(out->path, ".backup");
	ck_assert_int_eq(cstn_vault_backup(at->vault, out->path, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vault_open(out->path, &out->options, NULL, &out->vault, NULL),
			CSTN_OK);
}

static cstn_status restore_keys(
		vault_fixture *at, const cstn_buffer *keys, cstn_vault_restored *out)
{
	const cstn_vault_restored fresh = CSTN_VAULT_RESTORED_INIT;

	*out = fresh;
	return cstn_vault_restore_keys(at->vault, cstn_buffer_data(keys), cstn_buffer_size(keys), 4,
			epoch_key, 1, out, NULL);
}

START_TEST(backup_of_cells_opens_once_the_keys_are_restored)
{
	cstn_vault_cell cell = vault_cell("jo", "a.salt", "v");
	cstn_vault_restored counts;
	cstn_vault_matches *found;
	uint8_t one[32], two[32];
	vault_fixture at, copy;
	cstn_buffer *keys;

	vault_begin(&at, 1);
	ck_assert_int_eq(vault_put(&at, "jo", "customer.email", VAULT_MARK), CSTN_OK);
	ck_assert_int_eq(cstn_vault_commit(at.vault, &cell, 1, one, NULL), CSTN_OK);
	keys = backup_keys(&at);
	restore_cells(&at, &copy);
	ck_assert_str_eq(vault_get(&copy, "jo", "customer.email"), "CSTN_E_MISSING");
	ck_assert_int_eq(restore_keys(&copy, keys, &counts), CSTN_OK);
	ck_assert_uint_eq(counts.n_restored, 3);
	ck_assert_uint_eq(counts.n_present + counts.n_erased + counts.n_unknown, 0);
	ck_assert_str_eq(vault_get(&copy, "jo", "customer.email"), VAULT_MARK);
	ck_assert_int_eq(cstn_vault_commit(copy.vault, &cell, 1, two, NULL), CSTN_OK);
	ck_assert_mem_eq(one, two, 32);
	ck_assert_int_eq(cstn_vault_find(copy.vault, "customer.email", CSTN_VAULT_FORM_EMAIL,
					 (const uint8_t *)VAULT_MARK, strlen(VAULT_MARK), &found,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_vault_matches_count(found), 1);
	cstn_vault_matches_free(found);
	ck_assert_int_eq(restore_keys(&copy, keys, &counts), CSTN_OK); /* again */
	ck_assert_uint_eq(counts.n_present, 3);
	cstn_vault_free(copy.vault);
	cstn_buffer_free(keys);
	vault_end(&at);
}
END_TEST

START_TEST(what_was_erased_is_not_restored_from_an_older_backup)
{
	cstn_vault_restored counts;
	vault_fixture at, copy;
	cstn_buffer *keys;

	vault_begin(&at, 1);
	ck_assert_int_eq(vault_put(&at, "jo", "a.b", "c"), CSTN_OK);
	ck_assert_int_eq(vault_put(&at, "al", "a.b", "d"), CSTN_OK);
	keys = backup_keys(&at);
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_int_eq(restore_keys(&at, keys, &counts), CSTN_OK);
	ck_assert_uint_eq(counts.n_erased, 1);
	ck_assert_uint_eq(counts.n_present, 1);
	restore_cells(&at, &copy);
	ck_assert_int_eq(restore_keys(&copy, keys, &counts), CSTN_OK);
	ck_assert_uint_eq(counts.n_erased, 1);
	ck_assert_uint_eq(counts.n_restored, 1);
	ck_assert_str_eq(vault_get(&copy, "jo", "a.b"), "CSTN_E_ERASED");
	ck_assert_str_eq(vault_get(&copy, "al", "a.b"), "d");
	cstn_vault_free(copy.vault);
	cstn_buffer_free(keys);
	vault_end(&at);
}
END_TEST

START_TEST(backup_opens_with_its_epoch_key_and_tenant_only_and_no_byte_changed)
{
	cstn_vault_restored counts = CSTN_VAULT_RESTORED_INIT;
	vault_fixture at, empty;
	cstn_buffer *keys;
	uint8_t *bytes;
	size_t size;

	vault_begin(&at, 0);
	vault_begin(&empty, 0);
	ck_assert_int_eq(vault_put(&at, "jo", "a.b", "c"), CSTN_OK);
	keys = backup_keys(&at);
	size = cstn_buffer_size(keys);
	bytes = malloc(size);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, cstn_buffer_data(keys), size);
#define RESTORE(n, epoch, key) \
	cstn_vault_restore_keys(empty.vault, bytes, n, epoch, key, 1, &counts, NULL)
	ck_assert_int_eq(RESTORE(size, 4, epoch_key), CSTN_OK);
	ck_assert_uint_eq(counts.n_unknown, 1);
	ck_assert_int_eq(RESTORE(size, 5, epoch_key), CSTN_E_MISMATCH);
	ck_assert_int_eq(RESTORE(size, 4, other_key), CSTN_E_CORRUPT);
	for (size_t i = 0; i < size; i++) {
		ck_assert_int_ne(RESTORE(i, 4, epoch_key), CSTN_OK);
		bytes[i] ^= 0x10;
		ck_assert_int_ne(RESTORE(size, 4, epoch_key), CSTN_OK);
		bytes[i] ^= 0x10;
	}
	counts.struct_size = 3;
	ck_assert_int_eq(RESTORE(size, 4, epoch_key), CSTN_E_STRUCT_SIZE);
#undef RESTORE
	free(bytes);
	cstn_buffer_free(keys);
	vault_end(&empty);
	vault_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {backup_of_cells_opens_once_the_keys_are_restored,
			what_was_erased_is_not_restored_from_an_older_backup,
			backup_opens_with_its_epoch_key_and_tenant_only_and_no_byte_changed};

	return run_tests("vault_backup", tests, sizeof(tests) / sizeof(tests[0]));
}
