/* Search for equal values.
 *
 * A search row holds the first 8 bytes of HMAC-SHA-256 of a value's form, under a key of tenant and
 * path, and the id of the record; it lies in a slot of the subject and dies with it. The hash only
 * says who may be meant: every candidate is decrypted and its form compared, so that neither a
 * collision nor damage is ever an answer.
 *
 * Cost: a read of a slot for every search row of the path, a decryption for every candidate. */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "sharing/vault.h"

typedef struct candidate {
	cstn__vault_id id;
	uint32_t schema_version;
	char record[65];
} candidate;

struct cstn_vault_matches {
	cstn_allocator allocator;
	CSTN__ARRAY(candidate) list;
};

typedef struct search {
	cstn_vault *vault;
	cstn__snapshot *snapshot;
	const char *path;
	int32_t form;
	uint64_t hash;
	const cstn__bytes *wanted;
	cstn_vault_matches *out;
} search;

static cstn_status look_at(void *context, const cstn__vault_row *row, cstn_error **error)
{
	search *at = context;
	uint8_t slot[CSTN__VAULT_SEARCH];
	cstn_error *inner = NULL;
	uint64_t hash = 0;
	candidate *one;
	cstn_status status;

	if (row->id.bytes[0] != CSTN__VAULT_CELL || row->slot < 0)
		return CSTN_OK;
	status = cstn__vault_slot(at->vault, row->slot, slot, sizeof(slot), &inner);
	if (status == CSTN_E_ERASED) {
		cstn_error_free(inner);
		return CSTN_OK;
	}
	if (status != CSTN_OK)
		return cstn__error_give(error, inner, status);
	for (size_t i = 0; i < 8; i++)
		hash |= (uint64_t)slot[i] << 8 * i;
	if (hash != at->hash || slot[8] > 64)
		return CSTN_OK;
	if (cstn__array_reserve(&at->out->allocator, &at->out->list, 1))
		return cstn__fail_nomem(error);
	one = &at->out->list.items[at->out->list.count++];
	one->id = row->id;
	one->schema_version = (uint32_t)row->version;
	memcpy(one->record, slot + 9, slot[8]);
	one->record[slot[8]] = 0;
	return CSTN_OK;
}

/* Is the value of the candidate the one that is looked for? */
static cstn_status compare(search *at, const candidate *one, int *same, cstn_error **error)
{
	cstn__bytes sealed, form;
	cstn_buffer *value = NULL;
	cstn__vault_row row;
	int found;
	cstn_status status;

	cstn__bytes_init(&sealed, &at->vault->allocator);
	cstn__bytes_init(&form, &at->vault->allocator);
	status = cstn__vault_row_find(at->snapshot, &one->id, &row, &sealed, &found, error);
	if (status == CSTN_OK && sealed.size < CSTN_VAULT_CELL_EXTRA)
		status = cstn__fail(error, CSTN_E_CORRUPT, "the vault holds an odd cell there");
	if (status == CSTN_OK)
		status = cstn__vault_open_cell(at->vault, at->snapshot, sealed.data, sealed.size,
				&(cstn__vault_place){one->record, at->path, one->schema_version},
				&value, error);
	if (status == CSTN_OK)
		status = cstn__vault_form(at->form, cstn_buffer_data(value),
				cstn_buffer_size(value), &form, error);
	if (status == CSTN_OK)
		*same = form.size == at->wanted->size &&
			memcmp(form.data, at->wanted->data, form.size) == 0;
	cstn__wipe(form.data, form.size);
	cstn__bytes_free(&form);
	cstn__bytes_free(&sealed);
	cstn_buffer_free(value);
	return status;
}

static int by_record(const void *left, const void *right, void *context)
{
	(void)context;
	return strcmp(((const candidate *)left)->record, ((const candidate *)right)->record);
}

static cstn_status run(search *at, cstn_error **error)
{
	cstn_vault_matches *out = at->out;
	size_t n = 0;
	int64_t field = cstn__vault_field(at->vault, at->path, at->form);
	cstn_status status = cstn__snapshot_new(at->vault->store, &at->snapshot, error);

	if (status == CSTN_OK)
		status = cstn__vault_rows(at->snapshot, field, field, look_at, at, error);
	for (size_t i = 0; i < out->list.count && status == CSTN_OK; i++) {
		int same = 0;

		status = compare(at, &out->list.items[i], &same, error);
		if (same)
			out->list.items[n++] = out->list.items[i];
	}
	out->list.count = n;
	if (n)
		cstn__sort(out->list.items, n, sizeof(candidate), by_record, NULL);
	cstn__snapshot_unref(at->snapshot);
	return status;
}

cstn_status cstn_vault_find(cstn_vault *vault, const char *path, int32_t form, const uint8_t *value,
		size_t value_size, cstn_vault_matches **out, cstn_error **error)
{
	search at = {.vault = vault, .path = path, .form = form};
	cstn_allocator memory;
	cstn__bytes wanted;
	cstn_status status = cstn__vault_check_path(path, error);

	if (status == CSTN_OK && (form <= CSTN_VAULT_FORM_NONE || form > CSTN_VAULT_FORM_CODE))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "form %d is outside 1..4",
				(int)form);
	if (status == CSTN_OK && ((!value && value_size) || !out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out ? "value" : "out");
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&wanted, &vault->allocator);
	status = cstn__handle_new(&vault->allocator, sizeof(*at.out), &memory, &at.out, error);
	if (status == CSTN_OK) {
		at.out->allocator = memory;
		status = cstn__vault_form(form, value, value_size, &wanted, error);
	}
	if (status == CSTN_OK) {
		at.hash = cstn__vault_search_hash(vault, path, wanted.data, wanted.size);
		at.wanted = &wanted;
		status = run(&at, error);
	}
	cstn__wipe(wanted.data, wanted.size);
	cstn__bytes_free(&wanted);
	cstn__vault_leave(vault);
	if (status == CSTN_OK)
		*out = at.out;
	else
		cstn_vault_matches_free(at.out);
	return status;
}

cstn_status cstn__vault_matches_keep(cstn_vault_matches *matches,
		cstn_status (*ask)(
				void *context, const char *record, int *keep, cstn_error **error),
		void *context, cstn_error **error)
{
	size_t n = 0;

	for (size_t i = 0; i < matches->list.count; i++) {
		int keep = 0;
		cstn_status status = ask(context, matches->list.items[i].record, &keep, error);

		if (status != CSTN_OK)
			return status;
		if (keep)
			matches->list.items[n++] = matches->list.items[i];
	}
	matches->list.count = n;
	return CSTN_OK;
}

size_t cstn_vault_matches_count(const cstn_vault_matches *matches)
{
	return matches ? matches->list.count : 0;
}

const char *cstn_vault_matches_record(const cstn_vault_matches *matches, size_t index)
{
	return index < cstn_vault_matches_count(matches) ? matches->list.items[index].record : "";
}

void cstn_vault_matches_free(cstn_vault_matches *matches)
{
	cstn_allocator allocator;

	if (!matches)
		return;
	allocator = matches->allocator;
	cstn__array_free(&allocator, &matches->list);
	cstn__free(&allocator, matches, sizeof(*matches));
}
