/* Out of memory in key books, negotiations, agreements, their store, and receipts. */
#include "oom.h"

#include <stdio.h>

#include "../unit/agreement_fixture.h"
#include "../unit/network_fixture.h"

/* --- what is made before ---------------------------------------------------------------------- */

static cstn_negotiation *offered(const cstn_allocator *allocator)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 1, 5, 100);
	cstn_negotiation *none, *out;

	options.id = "n1";
	options.provider = "maker";
	options.recipient = "shop";
	options.constellation = "c1";
	options.allocator = allocator;
	SHARING_OK(cstn_negotiation_new(&options, &none, &error));
	SHARING_OK(cstn_negotiation_apply(none, &m, &out, &error));
	cstn_negotiation_unref(none);
	return out;
}

/* The agreement of a body, of an allocator, with terms if `hops` is not negative. */
static cstn_agreement *agreement_in(const agreement_world *world, cstn_agreement_body *body,
		int32_t hops, const cstn_allocator *allocator)
{
	cstn_term_set *terms = NULL;
	cstn_agreement *made, *out;
	char *note;

	if (hops >= 0) {
		terms = agreement_terms(body->provider, body->recipient, hops);
		cstn_term_set_digest(terms, body->terms);
	}
	note = agreement_note(world, body);
	SHARING_OK(cstn_agreement_open(
			note, strlen(note), world->keys, NULL, allocator, &made, &error));
	free(note);
	if (!terms)
		return made;
	SHARING_OK(cstn_agreement_with_terms(made, terms, &out, &error));
	cstn_agreement_unref(made);
	cstn_term_set_unref(terms);
	return out;
}

/* maker to shop, and shop to third derived from it; of an allocator. */
static void two(const agreement_world *world, const cstn_allocator *allocator,
		cstn_agreement **parent, cstn_agreement **child)
{
	cstn_agreement_body body = agreement_body(5);

	*parent = agreement_in(world, &body, 2, allocator);
	memcpy(body.parent, cstn_agreement_digest(*parent), 32);
	body.provider = "shop";
	body.recipient = "third";
	*child = agreement_in(world, &body, 1, allocator);
}

static cstn_agreement_store *store_of(
		const agreement_world *world, const cstn_allocator *allocator, int with_child)
{
	cstn_agreement *parts[2], *kept;
	cstn_agreement_store *store;
	int i;

	SHARING_OK(cstn_agreement_store_new(allocator, &store, &error));
	two(world, allocator, &parts[0], &parts[1]);
	for (i = 0; i < 2; i++) {
		if (i <= with_child) {
			SHARING_OK(cstn_agreement_store_put(
					store, parts[i], NULL, 20, &kept, &error));
			cstn_agreement_unref(kept);
		}
		cstn_agreement_unref(parts[i]);
	}
	return store;
}

static cstn_receipt receipt(void)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;

	r.kind = CSTN_RECEIPT_DELETED;
	r.party = "shop";
	r.party_len = 4;
	r.at_us = 77;
	memset(r.agreement, 1, sizeof(r.agreement));
	memset(r.release, 2, sizeof(r.release));
	return r;
}

static cstn_waiver waiver(void)
{
	cstn_waiver w = CSTN_WAIVER_INIT;

	w.party = "maker";
	w.party_len = 5;
	w.at_us = 77;
	memset(w.agreement, 1, sizeof(w.agreement));
	memset(w.term, 2, sizeof(w.term));
	return w;
}

static const char *data(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* --- key books -------------------------------------------------------------------------------- */

static cstn_status keys_new(oom *o)
{
	cstn_party_keys *keys = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_party_keys_new(o->allocator, &keys, &error));
	ck_assert((status == CSTN_OK) == (keys != NULL));
	cstn_party_keys_free(keys);
	return status;
}

static cstn_status keys_add(oom *o)
{
	sharing_key k = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_status status = CSTN_OK;
	cstn_party_keys *keys;
	size_t n = 0;

	SHARING_OK(cstn_party_keys_new(o->allocator, &keys, &error));
	key.party = "a";
	key.use = CSTN_PARTY_KEY_SIGN;
	key.verifier = k.verifier;
	oom_arm(o);
	for (key.from_us = 0; key.from_us < 40 && status == CSTN_OK; key.from_us++) {
		n = cstn_party_keys_count(keys);
		OOM_CALL(status, cstn_party_keys_add(keys, &key, &error));
	}
	ck_assert_uint_eq(cstn_party_keys_count(keys), status == CSTN_OK ? 40 : n);
	oom_disarm(o);
	cstn_party_keys_free(keys);
	return status;
}

static cstn_status keys_load(oom *o)
{
	sharing_key k = sharing_key_of("a.example", CSTN_NOTE_KEY_SIGN, 1);
	cstn_network *network = network_small();
	cstn_snapshot *snapshot;
	cstn_party_keys *keys;
	cstn_status status;
	char verifier[400];

	snprintf(verifier, sizeof(verifier), "verifier=%s", k.verifier);
	network_put_ok(network,
			network_record("verifier", "partner_id=acme", "use=sign", verifier, NULL));
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_party_keys_new(o->allocator, &keys, &error));
	oom_arm(o);
	OOM_CALL(status, cstn_party_keys_load(keys, snapshot, &error));
	oom_disarm(o);
	ck_assert_uint_eq(cstn_party_keys_count(keys), status == CSTN_OK);
	cstn_party_keys_free(keys);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

/* A note that is opened with the keys of its party: of a message, an agreement, a receipt. */
static cstn_status open_note(oom *o)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_receipt r = receipt(), back = CSTN_RECEIPT_INIT;
	cstn_waiver w = waiver(), said = CSTN_WAIVER_INIT;
	cstn_agreement *agreement = NULL;
	cstn_buffer *signed_receipt, *signed_waiver;
	agreement_world world;
	cstn_note *note = NULL;
	cstn_status status;
	char *text;

	agreement_world_open(&world);
	text = agreement_note(&world, &body);
	SHARING_OK(cstn_receipt_sign(&r, world.shop.signer, NULL, &signed_receipt, &error));
	SHARING_OK(cstn_waiver_sign(&w, world.maker.signer, NULL, &signed_waiver, &error));
	oom_arm(o);
	if (o->which == 0) {
		OOM_CALL(status, cstn_party_keys_open(world.keys, text, strlen(text), "shop",
						 CSTN_PARTY_KEY_SIGN, 10, 1, o->allocator, &note,
						 &error));
		ck_assert((status == CSTN_OK) == (note != NULL));
	} else if (o->which == 1) {
		OOM_CALL(status, cstn_agreement_open(text, strlen(text), world.keys, NULL,
						 o->allocator, &agreement, &error));
		ck_assert((status == CSTN_OK) == (agreement != NULL));
	} else if (o->which == 3) {
		OOM_CALL(status, cstn_waiver_open(data(signed_waiver),
						 cstn_buffer_size(signed_waiver), world.keys,
						 o->allocator, &said, &error));
		ck_assert((status == CSTN_OK) == (said.at_us == 77));
	} else {
		OOM_CALL(status, cstn_receipt_open(data(signed_receipt),
						 cstn_buffer_size(signed_receipt), world.keys,
						 o->allocator, &back, &error));
		ck_assert((status == CSTN_OK) == (back.kind == CSTN_RECEIPT_DELETED));
	}
	oom_disarm(o);
	cstn_note_free(note);
	cstn_agreement_unref(agreement);
	cstn_buffer_free(signed_receipt);
	cstn_buffer_free(signed_waiver);
	free(text);
	agreement_world_close(&world);
	return status;
}

/* --- what makes one buffer -------------------------------------------------------------------- */

static cstn_status one_buffer(oom *o)
{
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 1, 5, 100);
	cstn_agreement_body body = agreement_body(5);
	cstn_negotiation *n = offered(o->allocator);
	cstn_transition t = agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0, 150);
	cstn_receipt r = receipt();
	cstn_waiver w = waiver();
	cstn_agreement_store *store;
	cstn_buffer *out = NULL;
	agreement_world world;
	cstn_agreement *a;
	const char *signer;
	cstn_status status;

	agreement_world_open(&world);
	signer = world.maker.signer;
	a = agreement_in(&world, &body, 1, o->allocator);
	store = store_of(&world, o->allocator, 1);
	SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_negotiation_message_format(&m, o->allocator, &out, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_negotiation_message_sign(
						 &m, signer, o->allocator, &out, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_negotiation_log_entry(n, &m, CSTN_E_STATE, &out, &error));
	else if (o->which == 3)
		OOM_CALL(status, cstn_negotiation_serialize(n, &out, &error));
	else if (o->which == 4)
		OOM_CALL(status, cstn_agreement_body_format(&body, o->allocator, &out, &error));
	else if (o->which == 5)
		OOM_CALL(status, cstn_transition_format(&t, o->allocator, &out, &error));
	else if (o->which == 6)
		OOM_CALL(status, cstn_transition_sign(&t, signer, o->allocator, &out, &error));
	else if (o->which == 7)
		OOM_CALL(status, cstn_agreement_serialize(a, &out, &error));
	else if (o->which == 8)
		OOM_CALL(status, cstn_agreement_store_serialize(store, &out, &error));
	else if (o->which == 9)
		OOM_CALL(status, cstn_receipt_format(&r, o->allocator, &out, &error));
	else if (o->which == 11)
		OOM_CALL(status, cstn_waiver_format(&w, o->allocator, &out, &error));
	else if (o->which == 12)
		OOM_CALL(status, cstn_waiver_sign(&w, signer, o->allocator, &out, &error));
	else
		OOM_CALL(status, cstn_receipt_sign(&r, signer, o->allocator, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	oom_disarm(o);
	cstn_buffer_free(out);
	cstn_negotiation_unref(n);
	cstn_agreement_unref(a);
	cstn_agreement_store_free(store);
	agreement_world_close(&world);
	return status;
}

/* --- negotiations ----------------------------------------------------------------------------- */

static cstn_status negotiation_new(oom *o)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;
	cstn_negotiation *out = NULL;
	cstn_status status;

	options.id = "n";
	options.provider = "a";
	options.recipient = "b";
	options.constellation = "c";
	options.allocator = o->allocator;
	oom_arm(o);
	OOM_CALL(status, cstn_negotiation_new(&options, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_negotiation_unref(out);
	return status;
}

/* A state from a state: by a message, its note, an attempt, its bytes. */
static cstn_status negotiation_next(oom *o)
{
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_ACCEPT, CSTN_ACTOR_RECIPIENT, 2, 5, 101);
	cstn_negotiation *n = offered(o->allocator), *out = NULL;
	cstn_buffer *note, *bytes;
	agreement_world world;
	cstn_status status;

	agreement_world_open(&world);
	SHARING_OK(cstn_negotiation_message_sign(&m, world.shop.signer, NULL, &note, &error));
	SHARING_OK(cstn_negotiation_serialize(n, &bytes, &error));
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_negotiation_apply(n, &m, &out, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_negotiation_apply_note(n, data(note), cstn_buffer_size(note),
						 world.keys, &out, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_negotiation_refused(n, &out, &error));
	else
		OOM_CALL(status, cstn_negotiation_deserialize(cstn_buffer_data(bytes),
						 cstn_buffer_size(bytes), o->allocator, &out,
						 &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	oom_disarm(o);
	cstn_negotiation_unref(out);
	cstn_negotiation_unref(n);
	cstn_buffer_free(note);
	cstn_buffer_free(bytes);
	agreement_world_close(&world);
	return status;
}

/* --- agreements ------------------------------------------------------------------------------- */

/* A value from a value: with terms, derived, by a transition, by one that comes too early, read. */
static cstn_status agreement_next(oom *o)
{
	cstn_transition t = agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0, 150);
	cstn_agreement *parent, *child, *out = NULL, *other;
	cstn_term_set *terms;
	agreement_world world;
	cstn_status status;
	cstn_buffer *bytes;
	char *note;

	agreement_world_open(&world);
	two(&world, o->allocator, &parent, &child);
	terms = agreement_terms("maker", "shop", 2);
	SHARING_OK(cstn_agreement_draft(parent, NULL, &t, &error));
	note = agreement_sign(&world, parent, &t);
	SHARING_OK(agreement_apply(&world, parent, note, &other, &error));
	if (o->which == 3) {
		free(note);
		t = agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0, 160);
		SHARING_OK(cstn_agreement_draft(other, NULL, &t, &error));
		note = agreement_sign(&world, parent, &t);
	}
	SHARING_OK(cstn_agreement_serialize(other, &bytes, &error));
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_agreement_with_terms(parent, terms, &out, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_agreement_derive(child, parent, NULL, &out, &error));
	else if (o->which <= 3)
		OOM_CALL(status, cstn_agreement_apply(parent, note, strlen(note), world.keys, NULL,
						 &out, &error));
	else
		OOM_CALL(status, cstn_agreement_deserialize(cstn_buffer_data(bytes),
						 cstn_buffer_size(bytes), o->allocator, &out,
						 &error));
	if (status == CSTN_E_MISSING)
		status = CSTN_OK;
	ck_assert((status == CSTN_OK) == (out != NULL));
	oom_disarm(o);
	cstn_agreement_unref(out);
	cstn_agreement_unref(parent);
	cstn_agreement_unref(child);
	cstn_agreement_unref(other);
	cstn_term_set_unref(terms);
	cstn_buffer_free(bytes);
	free(note);
	agreement_world_close(&world);
	return status;
}

/* --- stores ----------------------------------------------------------------------------------- */

static cstn_status store_new(oom *o)
{
	cstn_agreement_store *store = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_agreement_store_new(o->allocator, &store, &error));
	ck_assert((status == CSTN_OK) == (store != NULL));
	cstn_agreement_store_free(store);
	return status;
}

static char *store_text(const cstn_agreement_store *store)
{
	cstn_buffer *out;

	SHARING_OK(cstn_agreement_store_serialize(store, &out, &error));
	return sharing_text(out);
}

/* Put what derives, or suspend what it derives from: whole or not at all. */
static cstn_status store_change(oom *o)
{
	cstn_transition t = agreement_act(
			CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_PROVIDER, CSTN_CAUSE_DISPUTE, 150);
	cstn_agreement *parent, *child, *out = NULL, *here;
	cstn_agreement_store *store;
	agreement_world world;
	cstn_status status;
	char *note, *before, *after;

	agreement_world_open(&world);
	two(&world, o->allocator, &parent, &child);
	store = store_of(&world, o->allocator, o->which);
	SHARING_OK(cstn_agreement_store_get(store, cstn_agreement_digest(parent), &here, &error));
	SHARING_OK(cstn_agreement_draft(here, NULL, &t, &error));
	note = agreement_sign(&world, here, &t);
	cstn_agreement_unref(here);
	before = store_text(store);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_agreement_store_apply(store, note, strlen(note), world.keys,
						 0, &out, &error));
	else
		OOM_CALL(status, cstn_agreement_store_put(store, child, NULL, 20, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	oom_disarm(o);
	after = store_text(store);
	ck_assert((strcmp(before, after) == 0) == (status != CSTN_OK));
	cstn_agreement_unref(out);
	cstn_agreement_unref(parent);
	cstn_agreement_unref(child);
	cstn_agreement_store_free(store);
	free(note);
	free(before);
	free(after);
	agreement_world_close(&world);
	return status;
}

static cstn_status store_read(oom *o)
{
	cstn_agreement_store *store, *out = NULL;
	agreement_world world;
	cstn_status status;
	char *text;

	agreement_world_open(&world);
	store = store_of(&world, NULL, 1);
	text = store_text(store);
	oom_arm(o);
	OOM_CALL(status, cstn_agreement_store_deserialize((const uint8_t *)text, strlen(text),
					 o->allocator, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	oom_disarm(o);
	cstn_agreement_store_free(out);
	cstn_agreement_store_free(store);
	free(text);
	agreement_world_close(&world);
	return status;
}

const oom_case oom_cases_agreement[] = {
		{"cstn_party_keys_new", keys_new, 0, 0},
		{"cstn_party_keys_add", keys_add, 0, 0},
		{"cstn_party_keys_load", keys_load, 0, 0},
		{"cstn_party_keys_open", open_note, 0, 0},
		{"cstn_agreement_open", open_note, 0, 1},
		{"cstn_receipt_open", open_note, 0, 2},
		{"cstn_waiver_open", open_note, 0, 3},
		{"cstn_negotiation_message_format", one_buffer, 0, 0},
		{"cstn_negotiation_message_sign", one_buffer, 0, 1},
		{"cstn_negotiation_log_entry", one_buffer, 0, 2},
		{"cstn_negotiation_serialize", one_buffer, 0, 3},
		{"cstn_agreement_body_format", one_buffer, 0, 4},
		{"cstn_transition_format", one_buffer, 0, 5},
		{"cstn_transition_sign", one_buffer, 0, 6},
		{"cstn_agreement_serialize", one_buffer, 0, 7},
		{"cstn_agreement_store_serialize", one_buffer, 0, 8},
		{"cstn_receipt_format", one_buffer, 0, 9},
		{"cstn_receipt_sign", one_buffer, 0, 10},
		{"cstn_waiver_format", one_buffer, 0, 11},
		{"cstn_waiver_sign", one_buffer, 0, 12},
		{"cstn_negotiation_new", negotiation_new, 0, 0},
		{"cstn_negotiation_apply", negotiation_next, 0, 0},
		{"cstn_negotiation_apply_note", negotiation_next, 0, 1},
		{"cstn_negotiation_refused", negotiation_next, 0, 2},
		{"cstn_negotiation_deserialize", negotiation_next, 0, 3},
		{"cstn_agreement_with_terms", agreement_next, 0, 0},
		{"cstn_agreement_derive", agreement_next, 0, 1},
		{"cstn_agreement_apply", agreement_next, 0, 2},
		{"cstn_agreement_apply", agreement_next, 0, 3},
		{"cstn_agreement_deserialize", agreement_next, 0, 4},
		{"cstn_agreement_store_new", store_new, 0, 0},
		{"cstn_agreement_store_put", store_change, 0, 0},
		{"cstn_agreement_store_apply", store_change, 0, 1},
		{"cstn_agreement_store_deserialize", store_read, 0, 0},
};
const size_t oom_count_agreement = sizeof(oom_cases_agreement) / sizeof(oom_cases_agreement[0]);
