/* Which keys a party signs with, and when they hold.
 *
 * The book is an array sorted by party, use, verifier and beginning, so that the keys of a party
 * stand together. A note is opened with all of them, whatever their windows: a signature of a known
 * key outside its window is then told from one that is wrong.
 *
 * Cost: O(keys) to add, a binary search to find. */
#include <constellation/party_keys.h>

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "ledger/note_key.h"
#include "sharing/note_lines.h"

typedef struct entry {
	char *party, *verifier; /* one block, the party first */
	size_t size;            /* of it */
	int32_t use;
	uint8_t public_key[CSTN__ED25519_PUBLIC];
	int64_t from_us, until_us;
} entry;

struct cstn_party_keys {
	cstn_allocator memory;
	CSTN__ARRAY(entry) list;
};

cstn_status cstn_party_keys_new(
		const cstn_allocator *allocator, cstn_party_keys **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_party_keys *made;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*made), &memory, &made, error);
	if (status != CSTN_OK)
		return status;
	made->memory = memory;
	*out = made;
	return CSTN_OK;
}

void cstn_party_keys_free(cstn_party_keys *keys)
{
	cstn_allocator memory;
	size_t i;

	if (!keys)
		return;
	memory = keys->memory;
	for (i = 0; i < keys->list.count; i++)
		cstn__free(&memory, keys->list.items[i].party, keys->list.items[i].size);
	cstn__array_free(&memory, &keys->list);
	cstn__free(&memory, keys, sizeof(*keys));
}

/* --- order ------------------------------------------------------------------------------------ */

static int compare_owner(const entry *a, const char *party, int32_t use)
{
	int order = strcmp(a->party, party);

	return order ? order : (a->use > use) - (a->use < use);
}

static int compare(const entry *a, const entry *b)
{
	int order = compare_owner(a, b->party, b->use);

	if (!order)
		order = strcmp(a->verifier, b->verifier);
	if (!order)
		order = (a->from_us > b->from_us) - (a->from_us < b->from_us);
	return order ? order : (a->until_us > b->until_us) - (a->until_us < b->until_us);
}

/* The first entry of a party's keys of a use, and how many there are. */
static size_t find(const cstn_party_keys *keys, const char *party, int32_t use, size_t *n)
{
	size_t low = 0, high = keys->list.count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_owner(keys->list.items + middle, party, use) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < keys->list.count &&
			compare_owner(keys->list.items + end, party, use) == 0;)
		end++;
	*n = end - low;
	return low;
}

/* --- adding ----------------------------------------------------------------------------------- */

static cstn_status check_use(int32_t use, cstn_error **error)
{
	if (use < CSTN_PARTY_KEY_SIGN || use > CSTN_PARTY_KEY_WITNESS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"use is %d, 1 (sign), 2 (officer) or 3 (witness) expected", use);
	return CSTN_OK;
}

static cstn_status check_key(const cstn_party_key *key, cstn__note_key *read, cstn_error **error)
{
	cstn_status status = cstn__id_check_text(key->party, "party", error);

	if (status == CSTN_OK)
		status = check_use(key->use, error);
	if (status == CSTN_OK && key->until_us <= key->from_us)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"until_us is not later than from_us");
	if (status == CSTN_OK && !key->verifier)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "verifier is NULL");
	if (status == CSTN_OK)
		status = cstn__verifier_read(key->verifier, read, error);
	if (status == CSTN_OK && (read->type == CSTN_NOTE_KEY_WITNESS) !=
						 (key->use == CSTN_PARTY_KEY_WITNESS))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a key of type %d is not for use %d", read->type, key->use);
	return status;
}

static cstn_status insert(cstn_party_keys *keys, const entry *made, cstn_error **error)
{
	size_t i = keys->list.count;

	if (cstn__array_reserve(&keys->memory, &keys->list, 1))
		return cstn__fail_nomem(error);
	for (; i && compare(made, keys->list.items + i - 1) < 0; i--)
		keys->list.items[i] = keys->list.items[i - 1];
	keys->list.items[i] = *made;
	keys->list.count++;
	return CSTN_OK;
}

cstn_status cstn_party_keys_add(
		cstn_party_keys *keys, const cstn_party_key *key, cstn_error **error)
{
	cstn_party_key given;
	cstn__note_key read;
	cstn_status status;
	entry made;
	size_t i, n, len;

	if (!keys || !key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				keys ? "key" : "keys");
	status = cstn__options_read(key, sizeof(*key), sizeof(given), UINT32_MAX, "cstn_party_key",
			&given, error);
	if (status == CSTN_OK)
		status = check_key(&given, &read, error);
	if (status != CSTN_OK)
		return status;
	len = strlen(given.party) + 1;
	made.size = len + strlen(given.verifier) + 1;
	made.party = cstn__alloc(&keys->memory, made.size);
	if (!made.party)
		return cstn__fail_nomem(error);
	memcpy(made.party, given.party, len);
	made.verifier = made.party + len;
	memcpy(made.verifier, given.verifier, made.size - len);
	memcpy(made.public_key, read.public_key, sizeof(made.public_key));
	made.use = given.use;
	made.from_us = given.from_us;
	made.until_us = given.until_us;
	i = find(keys, made.party, made.use, &n);
	for (; n && compare(keys->list.items + i, &made) != 0; n--)
		i++;
	if (!n)
		status = insert(keys, &made, error);
	if (n || status != CSTN_OK)
		cstn__free(&keys->memory, made.party, made.size);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

size_t cstn_party_keys_count(const cstn_party_keys *keys)
{
	return keys ? keys->list.count : 0;
}

cstn_status cstn_party_keys_at(
		const cstn_party_keys *keys, size_t index, cstn_party_key *out, cstn_error **error)
{
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	const entry *e;

	if (!keys || index >= keys->list.count)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "key %zu of %zu", index,
				cstn_party_keys_count(keys));
	e = keys->list.items + index;
	key.use = e->use;
	key.party = e->party;
	key.verifier = e->verifier;
	key.from_us = e->from_us;
	key.until_us = e->until_us;
	return cstn__output_write(&key, sizeof(key), sizeof(key), "cstn_party_key", out, error);
}

static int holds(const entry *e, int64_t at_us)
{
	return at_us >= e->from_us && at_us < e->until_us;
}

static cstn_status check_owner(const cstn_party_keys *keys, const char *party, int32_t use,
		const void *out, cstn_error **error)
{
	cstn_status status;

	if (!keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				keys ? "an output" : "keys");
	status = cstn__id_check_text(party, "party", error);
	return status == CSTN_OK ? check_use(use, error) : status;
}

cstn_status cstn_party_keys_valid(const cstn_party_keys *keys, const char *party, int32_t use,
		int64_t at_us, const char **verifiers, size_t most, size_t *count,
		cstn_error **error)
{
	cstn_status status = check_owner(keys, party, use, count, error);
	const char *before = NULL;
	size_t i, n, found = 0;

	if (status != CSTN_OK)
		return status;
	if (most && !verifiers)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "verifiers is NULL");
	for (i = find(keys, party, use, &n); n; n--, i++) {
		const entry *e = keys->list.items + i;

		if (!holds(e, at_us) || (before && strcmp(before, e->verifier) == 0))
			continue;
		before = e->verifier;
		if (found < most)
			verifiers[found] = before;
		found++;
	}
	*count = found;
	return CSTN_OK;
}

/* --- opening notes ---------------------------------------------------------------------------- */

/* Has a key signed? `note` was opened with the keys of its owner alone. */
static int has_signed(const cstn_note *note, const entry *e)
{
	size_t i, n = cstn_note_verified_count(note);
	cstn__note_key key;

	if (cstn__verifier_read(e->verifier, &key, NULL) != CSTN_OK)
		return 0;
	for (i = 0; i < n; i++) {
		const char *name = cstn_note_name(note, i);
		uint32_t id = (uint32_t)key.id[0] << 24 | (uint32_t)key.id[1] << 16 |
			      (uint32_t)key.id[2] << 8 | key.id[3];

		if (id == cstn_note_key_id(note, i) && strlen(name) == key.name_len &&
				memcmp(name, key.name, key.name_len) == 0)
			return 1;
	}
	return 0;
}

/* How many different public keys that hold at `at_us` have signed. */
static size_t count_signers(const entry *first, size_t n, const cstn_note *note, int64_t at_us)
{
	size_t i, k, count = 0;

	for (i = 0; i < n; i++) {
		if (!holds(first + i, at_us) || !has_signed(note, first + i))
			continue;
		for (k = 0; k < i; k++)
			if (holds(first + k, at_us) && has_signed(note, first + k) &&
					memcmp(first[k].public_key, first[i].public_key,
							CSTN__ED25519_PUBLIC) == 0)
				break;
		count += k == i;
	}
	return count;
}

/* The note with all keys of the owner, each once. */
static cstn_status open_with(const cstn_party_keys *keys, size_t first, size_t n, const char *text,
		size_t len, const cstn_allocator *memory, cstn_note **out, cstn_error **error)
{
	size_t size = cstn__array_size(n + 1, sizeof(char *)), i, found = 0;
	const char **verifiers = cstn__alloc(memory, size);
	cstn_status status;

	if (!verifiers)
		return cstn__fail_nomem(error);
	for (i = first; i < first + n; i++) {
		const char *verifier = keys->list.items[i].verifier;

		if (!found || strcmp(verifiers[found - 1], verifier) != 0)
			verifiers[found++] = verifier;
	}
	status = cstn_note_open(text, len, verifiers, found, memory, out, error);
	cstn__free(memory, (void *)verifiers, size);
	return status;
}

static const char *const use_names[] = {"", "SIGN", "OFFICER", "WITNESS"};

cstn_status cstn_party_keys_open(const cstn_party_keys *keys, const char *note, size_t note_len,
		const char *party, int32_t use, int64_t at_us, size_t least,
		const cstn_allocator *allocator, cstn_note **out, cstn_error **error)
{
	cstn_status status = check_owner(keys, party, use, out, error);
	cstn_error *why = NULL;
	cstn_allocator memory;
	cstn_note *opened = NULL;
	size_t first, n, count;

	if (status == CSTN_OK && (use == CSTN_PARTY_KEY_WITNESS || !least))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				least ? "a witness signs checkpoints, see cstn_witness_count()"
				      : "least is 0, 1 or more expected");
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	first = find(keys, party, use, &n);
	status = open_with(keys, first, n, note, note_len, &memory, &opened, &why);
	if (status == CSTN_E_UNVERIFIED) {
		cstn_error_free(why);
		return cstn__fail(error, CSTN_E_SIGNATURE, "no %s key of '%s' has signed",
				use_names[use], party);
	}
	if (status != CSTN_OK) {
		if (error)
			*error = why;
		else
			cstn_error_free(why);
		return status;
	}
	count = count_signers(keys->list.items + first, n, opened, at_us);
	if (count < least) {
		cstn_note_free(opened);
		return cstn__fail(error, CSTN_E_SIGNATURE,
				"%zu %s keys of '%s' that hold at that instant have signed; "
				"at least %zu expected",
				count, use_names[use], party, least);
	}
	*out = opened;
	return CSTN_OK;
}
