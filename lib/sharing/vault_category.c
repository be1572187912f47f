/* Erasure of some categories of a subject: their keys, search rows and salts die, the rest lives.
 *
 * One commit, as of an erasure of the whole: slots are zeroed on the disk, rows of the categories
 * say that they were erased and lose their ciphertext, the entry lies in a row of its own, which
 * the row `pending` names until the log has it. A category of which nothing is kept gets a row too,
 * so that it stays erased. Asked for again, the categories that one entry names give that entry;
 * those of several are entered together.
 *
 * Cost: O(things of the subject), one commit, one sync of each file of key slots concerned. */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "sharing/log_leaf.h"
#include "sharing/vault.h"

typedef struct erasing {
	cstn__vault_write write;
	size_t subject;      /* in the list of `write` */
	int32_t *categories; /* in order, each once */
	size_t n_categories;
	const char *reason;
	cstn__vault_id entry; /* of the row that has it */
} erasing;

cstn_status cstn__vault_check_row(const cstn__vault_row *row, cstn_error **error)
{
	if (row->state & CSTN_VAULT_SUBJECT_ERASED)
		return cstn__fail(error, CSTN_E_ERASED, "this category of the subject was erased");
	return CSTN_OK;
}

cstn_status cstn__vault_check_category(cstn_vault *vault, cstn__snapshot *snapshot,
		const uint8_t *subject, int32_t category, cstn_error **error)
{
	cstn__vault_row row;
	cstn__vault_id id;
	int found = 0;
	cstn_status status;

	cstn__vault_key_id(vault, subject, (uint32_t)category, &id);
	status = cstn__vault_row_find(snapshot, &id, &row, NULL, &found, error);
	return status == CSTN_OK && found ? cstn__vault_check_row(&row, error) : status;
}

static cstn__vault_subject_at *subject_of(erasing *at)
{
	return &at->write.list.items[at->subject];
}

static cstn_status find_key(
		erasing *at, int32_t category, cstn__vault_row *row, int *found, cstn_error **error)
{
	cstn__vault_id id;

	cstn__vault_key_id(at->write.vault, subject_of(at)->name, (uint32_t)category, &id);
	*found = 0;
	return cstn__vault_row_find(at->write.base, &id, row, NULL, found, error);
}

/* The erasure that destroyed all of the categories; 0: there is none. */
static cstn_status find_erasure(erasing *at, int64_t *out, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	*out = 0;
	for (size_t i = 0; i < at->n_categories; i++) {
		cstn__vault_row row;
		int found;

		status = find_key(at, at->categories[i], &row, &found, error);
		if (status != CSTN_OK)
			return status;
		if (!found || !(row.state & CSTN_VAULT_SUBJECT_ERASED) ||
				(i > 0 && row.field != *out)) {
			*out = 0;
			return CSTN_OK;
		}
		*out = row.field;
	}
	return CSTN_OK;
}

/* Its slot dies; it says what became of it. */
static cstn_status erase_row(erasing *at, cstn__vault_row *row, int64_t field, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (row->slot >= 0)
		status = cstn__transaction_erase_slot(
				at->write.transaction, (uint64_t)row->slot, error);
	row->state = CSTN_VAULT_SUBJECT_ERASED;
	row->slot = -1;
	row->field = field;
	row->data = NULL;
	row->data_len = 0;
	return status == CSTN_OK ? cstn__vault_row_put(at->write.transaction, row, at->write.now_us,
						   error)
				 : status;
}

static int is_asked(const erasing *at, int64_t category)
{
	for (size_t i = 0; i < at->n_categories; i++)
		if (at->categories[i] == category)
			return 1;
	return 0;
}

/* Cells and salts of the categories. */
static cstn_status erase_things(erasing *at, cstn_error **error)
{
	const cstn__vault_subject_at *subject = subject_of(at);
	cstn_status status = CSTN_OK;

	for (int64_t number = 1; number <= subject->row.number && status == CSTN_OK; number++) {
		cstn__vault_row member, thing;
		int found;

		status = cstn__vault_find_thing(at->write.base, subject->name, (uint64_t)number,
				&member, &thing, &found, error);
		if (status == CSTN_OK && found && thing.id.bytes[0] != CSTN__VAULT_DATA_KEY &&
				!(thing.state & CSTN_VAULT_SUBJECT_ERASED) &&
				is_asked(at, thing.category))
			status = erase_row(at, &thing, 0, error);
	}
	return status;
}

/* Their keys, there or not. */
static cstn_status erase_keys(erasing *at, int64_t erasure, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < at->n_categories && status == CSTN_OK; i++) {
		cstn__vault_row row;
		int found;

		status = find_key(at, at->categories[i], &row, &found, error);
		if (status != CSTN_OK)
			return status;
		if (found) {
			status = erase_row(at, &row, erasure, error);
			continue;
		}
		row = (cstn__vault_row){.category = at->categories[i],
				.version = CSTN__VAULT_KEY_VERSION,
				.state = CSTN_VAULT_SUBJECT_ERASED,
				.slot = -1,
				.field = erasure};
		cstn__vault_key_id(at->write.vault, subject_of(at)->name,
				(uint32_t)at->categories[i], &row.id);
		status = cstn__vault_write_thing(&at->write, at->subject, &row, error);
	}
	return status;
}

static cstn_status put_entry(erasing *at, cstn_error **error)
{
	const cstn__vault_subject_at *subject = subject_of(at);
	const cstn__vault_entry entry = {.type = CSTN__LEAF_ERASED,
			.subject = subject->name,
			.categories = at->categories,
			.n_categories = at->n_categories,
			.reason = at->reason,
			.at_us = at->write.now_us};
	cstn__vault_row row = {.id = at->entry,
			.state = CSTN_VAULT_SUBJECT_ERASED,
			.slot = -1,
			.link_len = CSTN__VAULT_HASH};
	cstn__bytes text;
	cstn_status status;

	memcpy(row.link, subject->name, CSTN__VAULT_HASH);
	cstn__bytes_init(&text, &at->write.vault->allocator);
	status = cstn__vault_entry_write(at->write.vault, &entry, &text, error);
	row.data = text.data;
	row.data_len = text.size;
	if (status == CSTN_OK)
		status = cstn__vault_row_put(at->write.transaction, &row, at->write.now_us, error);
	cstn__bytes_free(&text);
	return status;
}

/* Up to the commit. */
static cstn_status erase_now(erasing *at, cstn_error **error)
{
	cstn__vault_subject_at *subject = subject_of(at);
	cstn_status status = erase_things(at, error);

	subject->row.version++;
	subject->changed = 1;
	cstn__vault_erasure_id(subject->name, (uint64_t)subject->row.version, &at->entry);
	if (status == CSTN_OK)
		status = erase_keys(at, subject->row.version, error);
	if (status == CSTN_OK)
		status = put_entry(at, error);
	if (status != CSTN_OK)
		return status;
	at->write.entered = &at->entry;
	return cstn__vault_write_commit(&at->write, error);
}

/* Unless it is done, or deferred. */
static cstn_status erase(erasing *at, const char *subject, cstn_error **error)
{
	int64_t erasure = 0;
	cstn__vault_row *row;
	cstn_status status = cstn__vault_write_subject(&at->write, subject, 1, &at->subject, error);

	if (status != CSTN_OK)
		return status;
	row = &subject_of(at)->row;
	at->entry = row->id;
	if (row->state & CSTN_VAULT_SUBJECT_ERASED)
		return CSTN_OK;
	status = find_erasure(at, &erasure, error);
	if (status == CSTN_OK && erasure) {
		cstn__vault_erasure_id(subject_of(at)->name, (uint64_t)erasure, &at->entry);
		return CSTN_OK;
	}
	if (status == CSTN_OK && row->state & CSTN_VAULT_SUBJECT_HELD)
		return cstn__vault_defer(&at->write, at->subject, at->reason, error);
	return status == CSTN_OK ? erase_now(at, error) : status;
}

static int by_number(const void *left, const void *right, void *context)
{
	int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	(void)context;
	return (a > b) - (a < b);
}

/* In order, each once. */
static cstn_status copy_categories(
		cstn_vault *vault, const int32_t *given, size_t n, erasing *at, cstn_error **error)
{
	at->categories = cstn__alloc(&vault->allocator, n * sizeof(int32_t));
	if (!at->categories)
		return cstn__fail_nomem(error);
	memcpy(at->categories, given, n * sizeof(int32_t));
	cstn__sort(at->categories, n, sizeof(int32_t), by_number, NULL);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || at->categories[i] != at->categories[at->n_categories - 1])
			at->categories[at->n_categories++] = at->categories[i];
	return CSTN_OK;
}

static cstn_status check(const int32_t *categories, size_t n, cstn_error **error)
{
	if (!categories || n == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				categories ? "no category is named" : "categories is NULL");
	if (n > CSTN_VAULT_CATEGORIES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu categories; at most %d", n,
				CSTN_VAULT_CATEGORIES_MOST);
	for (size_t i = 0; i < n; i++)
		if (!cstn__vault_is_category(categories[i]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"category %d; known are 1..6 and the caller's 1000..65535",
					(int)categories[i]);
	return CSTN_OK;
}

cstn_status cstn_vault_erase_categories(cstn_vault *vault, const char *subject,
		const int32_t *categories, size_t n_categories, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_error **error)
{
	erasing at = {.reason = reason};
	cstn_status status = check(categories, n_categories, error);

	if (status == CSTN_OK)
		status = cstn__vault_erase_enter(vault, subject, reason, error);
	if (status != CSTN_OK)
		return status;
	status = copy_categories(vault, categories, n_categories, &at, error);
	if (status == CSTN_OK)
		status = cstn__vault_owes_enter(vault, error);
	if (status == CSTN_OK) {
		status = cstn__vault_begin(vault, 0, now_us, &at.write, error);
		if (status == CSTN_OK)
			status = erase(&at, subject, error);
		cstn__vault_end(&at.write);
	}
	if (status == CSTN_OK)
		status = cstn__vault_owes_enter(vault, error);
	if (status == CSTN_OK && proof)
		status = cstn__vault_prove(vault, &at.entry, proof, error);
	cstn__free(&vault->allocator, at.categories, n_categories * sizeof(int32_t));
	cstn__vault_leave(vault);
	return status;
}
