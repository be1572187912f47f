/* Agreements by parties, constellation and terms.
 *
 * Two sorted arrays: the agreements by their key, and their bodies by digest, which lead to the
 * key. An agreement that derives from another holds its value; when that one changes, all below it
 * are made anew, before anything in the store is changed, so that the change is whole or not at
 * all.
 *
 * Cost: binary searches; O(agreements) to put one, and for each change of one that others derive
 * from. */
#include <string.h>

#include <constellation/sharing.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/note_lines.h"
#include "sharing/sharing_load.h"

#define STORE "cstn/agreement-store/v1"

struct cstn_agreement_store {
	cstn_allocator memory;
	CSTN__ARRAY(cstn_agreement *) list;            /* by key */
	CSTN__ARRAY(const cstn__signed_body *) bodies; /* by digest; the list keeps them */
	size_t n_derived;                              /* of them, that name a parent */
};

/* New values for places of the list. */
typedef struct change {
	size_t place;
	cstn_agreement *value;
} change;

typedef struct changes {
	const cstn_allocator *memory;
	CSTN__ARRAY(change) list;
} changes;

/* --- order ------------------------------------------------------------------------------------ */

/* What is looked for: NULL terms or digest stand before all. */
typedef struct place_key {
	const char *provider, *recipient, *constellation;
	const uint8_t *terms, *digest;
} place_key;

static int compare_digests(const uint8_t *a, const uint8_t *b)
{
	return b ? memcmp(a, b, CSTN__DIGEST) : 1;
}

static int compare_parties(const cstn__signed_body *b, const place_key *key)
{
	int order = strcmp(b->provider, key->provider);

	if (!order)
		order = strcmp(b->recipient, key->recipient);
	return order ? order : strcmp(b->constellation, key->constellation);
}

static int compare(const cstn__signed_body *b, const place_key *key)
{
	int order = compare_parties(b, key);

	if (!order)
		order = compare_digests(b->body.terms, key->terms);
	return order ? order : compare_digests(b->digest, key->digest);
}

/* The first place that is not before the key. */
static size_t find_place(const cstn_agreement_store *store, const place_key *key)
{
	size_t low = 0, high = store->list.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(store->list.items[middle]->body, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t find_digest(const cstn_agreement_store *store, const uint8_t *digest, int *found)
{
	size_t low = 0, high = store->bodies.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(store->bodies.items[middle]->digest, digest, CSTN__DIGEST) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found = low < store->bodies.count &&
		 memcmp(store->bodies.items[low]->digest, digest, CSTN__DIGEST) == 0;
	return low;
}

static place_key key_of(const cstn__signed_body *b)
{
	place_key key = {b->provider, b->recipient, b->constellation, b->body.terms, b->digest};

	return key;
}

/* The place of an agreement in the list; its count if it is not here. */
static size_t place_of(const cstn_agreement_store *store, const uint8_t *digest)
{
	int found;
	size_t at = find_digest(store, digest, &found);
	place_key key;

	if (!found)
		return store->list.count;
	key = key_of(store->bodies.items[at]);
	return find_place(store, &key);
}

/* --- handles ---------------------------------------------------------------------------------- */

cstn_status cstn_agreement_store_new(
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_error **error)
{
	cstn_agreement_store *made;
	cstn_allocator memory;
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

void cstn_agreement_store_free(cstn_agreement_store *store)
{
	cstn_allocator memory;
	size_t i;

	if (!store)
		return;
	memory = store->memory;
	for (i = 0; i < store->list.count; i++)
		cstn_agreement_unref(store->list.items[i]);
	cstn__array_free(&memory, &store->list);
	cstn__array_free(&memory, &store->bodies);
	cstn__free(&memory, store, sizeof(*store));
}

size_t cstn_agreement_store_count(const cstn_agreement_store *store)
{
	return store ? store->list.count : 0;
}

cstn_agreement *cstn_agreement_store_at(const cstn_agreement_store *store, size_t index)
{
	return index < cstn_agreement_store_count(store) ? store->list.items[index] : NULL;
}

/* --- finding ---------------------------------------------------------------------------------- */

static cstn_status check_parties(const cstn_agreement_store *store, const place_key *key,
		const void *out, cstn_error **error)
{
	cstn_status status;

	if (!store || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				store ? "an output" : "store");
	status = cstn__id_check_text(key->provider, "provider", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(key->recipient, "recipient", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(key->constellation, "constellation", error);
	return status;
}

/* The first live one of the key, whose digest is NULL; NULL without. */
static cstn_agreement *find_live(
		const cstn_agreement_store *store, const place_key *key, int64_t now_us)
{
	size_t i;

	for (i = find_place(store, key); i < store->list.count; i++) {
		cstn_agreement *a = store->list.items[i];

		if (compare_parties(a->body, key) != 0 ||
				(key->terms && memcmp(a->body->body.terms, key->terms,
							       CSTN__DIGEST) != 0))
			return NULL;
		if (!cstn__state_is_terminal(cstn_agreement_state_at(a, now_us)))
			return a;
	}
	return NULL;
}

cstn_status cstn_agreement_store_find(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, const uint8_t *terms,
		int64_t now_us, cstn_agreement **out, cstn_error **error)
{
	place_key key = {provider, recipient, constellation, terms, NULL};
	cstn_status status = check_parties(store, &key, out, error);
	cstn_agreement *found;

	if (status != CSTN_OK)
		return status;
	found = find_live(store, &key, now_us);
	if (!found)
		return cstn__fail(error, CSTN_E_NOT_FOUND,
				"no live agreement of '%s' for '%s' in '%s'", provider, recipient,
				constellation);
	*out = cstn_agreement_ref(found);
	return CSTN_OK;
}

cstn_status cstn_agreement_store_range(const cstn_agreement_store *store, const char *provider,
		const char *recipient, const char *constellation, size_t *first, size_t *count,
		cstn_error **error)
{
	place_key key = {provider, recipient, constellation, NULL, NULL};
	cstn_status status = check_parties(store, &key, first && count ? first : NULL, error);
	size_t low, end;

	if (status != CSTN_OK)
		return status;
	for (low = end = find_place(store, &key);
			end < store->list.count &&
			compare_parties(store->list.items[end]->body, &key) == 0;)
		end++;
	*first = low;
	*count = end - low;
	return CSTN_OK;
}

static cstn_status fail_absent(const char *what, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_NOT_FOUND, "%s is not here", what);
}

cstn_status cstn_agreement_store_get(const cstn_agreement_store *store, const uint8_t *digest,
		cstn_agreement **out, cstn_error **error)
{
	size_t at;

	if (!store || !digest || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "store, digest or out is NULL");
	at = place_of(store, digest);
	if (at == store->list.count)
		return fail_absent("an agreement of that digest", error);
	*out = cstn_agreement_ref(store->list.items[at]);
	return CSTN_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static void drop_changes(changes *c)
{
	size_t i;

	for (i = 0; i < c->list.count; i++)
		cstn_agreement_unref(c->list.items[i].value);
	cstn__array_free(c->memory, &c->list);
}

/* Takes the value, also on failure. */
static cstn_status add_change(changes *c, size_t place, cstn_agreement *value, cstn_error **error)
{
	if (cstn__array_reserve(c->memory, &c->list, 1)) {
		cstn_agreement_unref(value);
		return cstn__fail_nomem(error);
	}
	c->list.items[c->list.count].place = place;
	c->list.items[c->list.count++].value = value;
	return CSTN_OK;
}

/* What derives from the change `i`. */
static cstn_status add_derived(
		const cstn_agreement_store *store, changes *c, size_t i, cstn_error **error)
{
	cstn_agreement *parent = c->list.items[i].value, *made;
	cstn_status status = CSTN_OK;
	size_t place;

	for (place = 0; place < store->list.count && status == CSTN_OK; place++) {
		const cstn_agreement *a = store->list.items[place];

		if (memcmp(a->body->body.parent, parent->body->digest, CSTN__DIGEST) != 0)
			continue;
		status = cstn__agreement_link(a, parent, &made, error);
		if (status == CSTN_OK)
			status = add_change(c, place, made, error);
	}
	return status;
}

/* Put a new value, which is taken, at its place, and all that derives from it with it. */
static cstn_status replace(cstn_agreement_store *store, size_t place, cstn_agreement *value,
		cstn_error **error)
{
	changes c = {.memory = &store->memory};
	cstn_status status = add_change(&c, place, value, error);
	size_t i;

	for (i = 0; i < c.list.count && store->n_derived && status == CSTN_OK; i++)
		status = add_derived(store, &c, i, error);
	for (i = 0; i < c.list.count && status == CSTN_OK; i++) {
		change *one = c.list.items + i;
		cstn_agreement *before = store->list.items[one->place];

		store->list.items[one->place] = one->value;
		one->value = before;
	}
	drop_changes(&c);
	return status;
}

/* Takes the value on success. Its digest is not here. */
static cstn_status insert(cstn_agreement_store *store, cstn_agreement *value, cstn_error **error)
{
	place_key key = key_of(value->body);
	size_t i, at;
	int found;

	if (cstn__array_reserve(&store->memory, &store->list, 1) ||
			cstn__array_reserve(&store->memory, &store->bodies, 1))
		return cstn__fail_nomem(error);
	at = find_place(store, &key);
	for (i = store->list.count++; i > at; i--)
		store->list.items[i] = store->list.items[i - 1];
	store->list.items[at] = value;
	at = find_digest(store, value->body->digest, &found);
	for (i = store->bodies.count++; i > at; i--)
		store->bodies.items[i] = store->bodies.items[i - 1];
	store->bodies.items[at] = value->body;
	store->n_derived += !cstn__digest_is_zero(value->body->body.parent);
	return CSTN_OK;
}

/* The value as it stands in the store: linked to its parent. */
static cstn_status link(const cstn_agreement_store *store, const cstn_agreement *agreement,
		const cstn_vocabulary *vocabulary, cstn_agreement **out, cstn_error **error)
{
	const uint8_t *parent = agreement->body->body.parent;
	size_t at;

	if (cstn__digest_is_zero(parent)) {
		*out = cstn_agreement_ref((cstn_agreement *)(uintptr_t)agreement);
		return CSTN_OK;
	}
	at = place_of(store, parent);
	if (at == store->list.count)
		return fail_absent("the agreement that it derives from", error);
	return cstn_agreement_derive(agreement, store->list.items[at], vocabulary, out, error);
}

cstn_status cstn_agreement_store_put(cstn_agreement_store *store, const cstn_agreement *agreement,
		const cstn_vocabulary *vocabulary, int64_t now_us, cstn_agreement **out,
		cstn_error **error)
{
	const cstn__signed_body *b;
	cstn_agreement *made, *live;
	cstn_status status;
	place_key key;
	size_t at;

	if (!store || !agreement || !out)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "store, agreement or out is NULL");
	b = agreement->body;
	at = place_of(store, b->digest);
	if (at < store->list.count) {
		*out = cstn_agreement_ref(store->list.items[at]);
		return CSTN_OK;
	}
	key = key_of(b);
	key.digest = NULL;
	live = find_live(store, &key, now_us);
	if (live && memcmp(b->body.predecessor, live->body->digest, CSTN__DIGEST) != 0) {
		*out = cstn_agreement_ref(live);
		return CSTN_OK;
	}
	status = link(store, agreement, vocabulary, &made, error);
	if (status != CSTN_OK)
		return status;
	status = insert(store, made, error);
	if (status == CSTN_OK)
		*out = cstn_agreement_ref(made);
	else
		cstn_agreement_unref(made);
	return status;
}

/* The agreement and the successor that a note names. */
static cstn_status look_up(const cstn_agreement_store *store, const char *note, size_t note_len,
		size_t *place, const cstn_agreement **successor, cstn_error **error)
{
	cstn_transition t = CSTN_TRANSITION_INIT;
	cstn_status status;
	size_t len, at;

	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn_transition_parse(note, len, &t, error);
	if (status != CSTN_OK)
		return status;
	*place = place_of(store, t.agreement);
	if (*place == store->list.count)
		return fail_absent("the agreement of the transition", error);
	*successor = NULL;
	if (t.event != CSTN_TRANSITION_SUPERSEDE)
		return CSTN_OK;
	at = place_of(store, t.successor);
	if (at == store->list.count)
		return fail_absent("the successor", error);
	*successor = store->list.items[at];
	return CSTN_OK;
}

cstn_status cstn_agreement_store_apply(cstn_agreement_store *store, const char *note,
		size_t note_len, const cstn_party_keys *keys, uint32_t cured, cstn_agreement **out,
		cstn_error **error)
{
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	cstn_agreement *made = NULL;
	cstn_status status, stored;
	cstn_error *why = NULL;
	size_t place;

	if (!store || !note || !keys)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "store, note or keys is NULL");
	options.cured = cured;
	status = look_up(store, note, note_len, &place, &options.successor, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_agreement_apply(
			store->list.items[place], note, note_len, keys, &options, &made, &why);
	if (made) {
		stored = replace(store, place, cstn_agreement_ref(made), error);
		if (stored != CSTN_OK) {
			cstn_error_free(why);
			cstn_agreement_unref(made);
			return stored;
		}
	}
	if (made && out)
		*out = made;
	else
		cstn_agreement_unref(made);
	if (error && why)
		*error = why;
	else
		cstn_error_free(why);
	return status;
}

/* --- bytes ------------------------------------------------------------------------------------ */

cstn_status cstn_agreement_store_serialize(
		const cstn_agreement_store *store, cstn_buffer **out, cstn_error **error)
{
	json_t *list;
	size_t i;

	if (!store || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				store ? "out" : "store");
	list = json_array();
	for (i = 0; list && i < store->list.count; i++)
		if (json_array_append_new(list, cstn__agreement_to_json(store->list.items[i]))) {
			json_decref(list);
			list = NULL;
		}
	if (!list)
		return cstn__fail_nomem(error);
	return cstn__json_to_buffer(json_pack("{s:s, s:o}", "type", STORE, "agreements", list),
			&store->memory, out, error);
}

/* All agreements, not yet linked. */
static void read_list(cstn__fields *fields, cstn_agreement_store *store)
{
	const json_t *list;
	size_t n, i, len;
	int found;

	list = cstn__fields_list(fields, "agreements", &n);
	for (i = 0; i < n && fields->status == CSTN_OK; i++) {
		cstn__fields one = cstn__fields_enter(fields, json_array_get(list, i));
		cstn_agreement *made;

		cstn__fields_text(&one, "type", &len);
		made = cstn__agreement_from_json(&one, &store->memory);
		cstn__fields_leave(fields, &one);
		if (made) {
			find_digest(store, made->body->digest, &found);
			if (found)
				cstn__fields_fail(fields, "agreements", "one is there twice");
		}
		if (made && fields->status == CSTN_OK)
			fields->status = insert(store, made, fields->error);
		if (fields->status != CSTN_OK)
			cstn_agreement_unref(made);
	}
}

/* Link all that derives, from the top down: what has no parent first. */
static cstn_status link_all(cstn_agreement_store *store, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, roots = 0, linked = 0;

	for (i = 0; i < store->list.count && status == CSTN_OK; i++)
		if (cstn__digest_is_zero(store->list.items[i]->body->body.parent)) {
			roots++;
			status = replace(store, i, cstn_agreement_ref(store->list.items[i]), error);
		}
	for (i = 0; i < store->list.count && status == CSTN_OK; i++)
		linked += store->list.items[i]->parent != NULL;
	if (status == CSTN_OK && roots + linked != store->list.count)
		status = fail_absent("the agreement that one derives from", error);
	return status == CSTN_OK || status == CSTN_E_NOMEM ? status : cstn__fail_format(error);
}

cstn_status cstn_agreement_store_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement_store **out, cstn_error **error)
{
	cstn_agreement_store *made;
	cstn__fields fields;
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn_agreement_store_new(allocator, &made, error);
	if (status != CSTN_OK)
		return status;
	cstn__fields_open(&fields, data, size, STORE, error);
	read_list(&fields, made);
	status = cstn__fields_close(&fields);
	if (status == CSTN_OK && made->n_derived)
		status = link_all(made, error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_agreement_store_free(made);
	return status;
}

/* --- out of a network --------------------------------------------------------------------------
 */

static cstn_status add_row(void *user, const cstn_record *row, cstn_error **error)
{
	cstn_agreement_store *store = user;
	cstn_agreement *made = NULL;
	cstn_status status = cstn__sharing_agreement_read(row, &store->memory, &made, error);

	if (status == CSTN_OK)
		status = insert(store, made, error);
	if (status != CSTN_OK)
		cstn_agreement_unref(made);
	return status;
}

cstn_status cstn_agreement_store_load(
		cstn_agreement_store *store, cstn_snapshot *snapshot, cstn_error **error)
{
	cstn_agreement_store *made = NULL, swapped;
	cstn_error *told = NULL;
	cstn_status status;

	if (!store || !snapshot)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				store ? "snapshot" : "store");
	if (store->list.count)
		return cstn__fail(error, CSTN_E_STATE, "the store has %zu agreements",
				store->list.count);
	status = cstn_agreement_store_new(&store->memory, &made, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__sharing_scan(snapshot->inner, CSTN__NOUN_SHARING_AGREEMENT, NULL, 0,
			&store->memory, add_row, made, &told);
	if (status == CSTN_OK && made->n_derived)
		status = link_all(made, &told);
	if (status == CSTN_OK) {
		swapped = *store;
		*store = *made;
		*made = swapped;
	} else if (status == CSTN_E_FORMAT) {
		status = cstn__fail(error, CSTN_E_CORRUPT, "%s", cstn_error_message(told));
		cstn_error_free(told);
	} else {
		(void)cstn__error_give(error, told, status);
	}
	cstn_agreement_store_free(made);
	return status;
}
