/* Random worlds, put into a network: rules loaded from it decide exactly as those that are built of
 * the same world by hand, byte for byte, and those of two parties as those of all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agreement_fixture.h"
#include "base/hash.h"
#include "decision_world.h"
#include "network_fixture.h"
#include "sharing/sharing_rows.h"
#include "sharing_network.h"

#define N_WORLDS 120
#define RECORDED 0

static const char *const places[WORLD_PLACES] = {"north", "south"};
static const char *const roles[WORLD_ROLES] = {"supplier", "carrier", "buyer"};

/* --- records -----------------------------------------------------------------------------------
 */

/* Texts and numbers of a record, put into a transaction; NULL after the last name. A number of
 * INT64_MIN or INT64_MAX is none. */
typedef struct pair {
	const char *name, *text;
	int64_t number;
} pair;

static void put(cstn_transaction *transaction, const char *noun, const pair *pairs, size_t n)
{
	cstn_record_builder *builder;
	cstn_record *record;

	SHARING_OK(cstn_record_builder_new(noun, NULL, &builder, &error));
	SHARING_OK(cstn_record_builder_set_int(builder, "recorded", RECORDED, &error));
	for (size_t i = 0; i < n; i++)
		if (pairs[i].text)
			SHARING_OK(cstn_record_builder_set_text(builder, pairs[i].name,
					pairs[i].text, strlen(pairs[i].text), &error));
		else if (pairs[i].number != INT64_MAX && pairs[i].number != INT64_MIN)
			SHARING_OK(cstn_record_builder_set_int(
					builder, pairs[i].name, pairs[i].number, &error));
	SHARING_OK(cstn_record_builder_build(builder, &record, &error));
	SHARING_OK(cstn_transaction_put(transaction, record, &error));
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
}
#define PUT(noun, ...)                                                              \
	do {                                                                        \
		const pair pairs_[] = {__VA_ARGS__};                                \
		put(transaction, noun, pairs_, sizeof(pairs_) / sizeof(pairs_[0])); \
	} while (0)

static const char *party_of(const world *w, int index, char room[16])
{
	snprintf(room, 16, "%s%d", w->prefix, index);
	return room;
}

static void put_members(cstn_transaction *transaction, const world *w, int c)
{
	for (int p = 0; p < WORLD_PARTIES; p++) {
		unsigned held = w->members[c][p].roles;
		char is[16];
		int first = 1;

		party_of(w, p, is);
		if (!w->members[c][p].there) {
			/* a role without a membership is none */
			PUT("member_role", {"partner_id", is, 0},
					{"constellation_id", places[c], 0}, {"role", roles[0], 0});
			continue;
		}
		for (int i = 0; i < WORLD_ROLES; i++) {
			if (!(held >> i & 1))
				continue;
			/* the first in the membership, the others as roles of their own */
			if (first)
				PUT("membership", {"partner_id", is, 0},
						{"constellation_id", places[c], 0},
						{"role", roles[i], 0},
						{"from", NULL, w->members[c][p].from},
						{"until", NULL, w->members[c][p].until});
			else
				PUT("member_role", {"partner_id", is, 0},
						{"constellation_id", places[c], 0},
						{"role", roles[i], 0});
			first = 0;
		}
		if (first)
			PUT("membership", {"partner_id", is, 0}, {"constellation_id", places[c], 0},
					{"from", NULL, w->members[c][p].from},
					{"until", NULL, w->members[c][p].until});
	}
}

static void put_relations(cstn_transaction *transaction, const world *w, int c)
{
	for (int p = 0; p < WORLD_PARTIES; p++)
		for (int q = 0; q < WORLD_PARTIES; q++) {
			char a[16], b[16];

			if (w->relations[c][p][q])
				PUT("relation", {"declarer_id", party_of(w, p, a), 0},
						{"other_id", party_of(w, q, b), 0},
						{"constellation_id", places[c], 0},
						{"relation",
								cstn_relation_name(
										w->relations[c][p]
											    [q]),
								0},
						{"from", NULL, 0});
		}
}

static void put_place(cstn_transaction *transaction, const world *w, int c)
{
	char owner[16];

	PUT("constellation", {"constellation_id", places[c], 0},
			{"owner_id", party_of(w, 0, owner), 0});
	if (w->wall[c])
		PUT("sharing_policy", {"constellation_id", places[c], 0},
				{"wall_us", NULL, w->wall[c]});
	for (int i = 0; i < WORLD_PURPOSES; i++)
		PUT("purpose", {"purpose_id", world_purposes[i], 0},
				{"constellation_id", places[c], 0},
				{"parent_id",
						world_purpose_parents[i] < 0
								? ""
								: world_purposes[world_purpose_parents
												  [i]],
						0});
	for (int i = 0; i < WORLD_FIELDS - 1; i++)
		PUT("field_class", {"constellation_id", places[c], 0}, {"path", world_paths[i], 0},
				{"classes", NULL, world_classes[i]});
	put_members(transaction, w, c);
	put_relations(transaction, w, c);
}

/* --- agreements --------------------------------------------------------------------------------
 */

static char *sign(const char *party, cstn_buffer *text)
{
	sharing_key key = sharing_key_of(party, CSTN_NOTE_KEY_SIGN, 1);
	const char *signer = key.signer;
	cstn_buffer *note;

	SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
			NULL, 0, &signer, 1, NULL, &note, &error));
	cstn_buffer_free(text);
	return sharing_text(note);
}

static void add_act(cstn_agreement **agreement, const cstn_party_keys *keys, const world *w,
		const world_agreement *a, int32_t event, int64_t at_us, int64_t effective_us)
{
	cstn_transition t = agreement_act(event, CSTN_ACTOR_PROVIDER,
			event == CSTN_TRANSITION_SUSPEND ? CSTN_CAUSE_DISPUTE : 0, at_us);
	cstn_agreement *out = NULL;
	cstn_buffer *text;
	char from[16], *note;

	t.effective_us = effective_us;
	SHARING_OK(cstn_agreement_draft(*agreement, NULL, &t, &error));
	SHARING_OK(cstn_transition_format(&t, NULL, &text, &error));
	note = sign(party_of(w, a->provider, from), text);
	SHARING_OK(cstn_agreement_apply(*agreement, note, strlen(note), keys, NULL, &out, &error));
	free(note);
	cstn_agreement_unref(*agreement);
	*agreement = out;
}

/* What became of it, told to the world as rules take it. */
static void make_chain(cstn_agreement **agreement, const cstn_party_keys *keys, const world *w,
		world_agreement *a, uint64_t *seed)
{
	int64_t after = a->from + 1, later = a->from + 2 + world_pick(seed, 90) * DAY;

	a->state = CSTN_AGREEMENT_PENDING;
	a->effective = INT64_MAX;
	a->retiring_suspended = 0;
	switch (world_pick(seed, 8)) {
	case 0:
		add_act(agreement, keys, w, a, CSTN_TRANSITION_SUSPEND, after, 0);
		a->state = CSTN_AGREEMENT_SUSPENDED;
		break;
	case 1:
		add_act(agreement, keys, w, a, CSTN_TRANSITION_RETIRE, after, later);
		a->state = CSTN_AGREEMENT_RETIRING;
		a->effective = later;
		break;
	case 2:
		add_act(agreement, keys, w, a, CSTN_TRANSITION_RETIRE, a->from - 1, later);
		a->state = CSTN_AGREEMENT_RETIRING;
		a->retiring_suspended = 1;
		a->effective = later;
		break;
	case 3:
		add_act(agreement, keys, w, a, CSTN_TRANSITION_CONDITION_ENDED, after, 0);
		a->state = CSTN_AGREEMENT_CONDITION_ENDED;
		break;
	case 4:
		add_act(agreement, keys, w, a, CSTN_TRANSITION_RENEW, after, 0);
		a->state = CSTN_AGREEMENT_ACTIVE;
		break;
	default:
		break;
	}
}

static cstn_agreement *make_agreement(const world *w, int index)
{
	const world_agreement *a = &w->agreements[index];
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_term *list[WORLD_TERMS];
	cstn_agreement *bare, *out;
	char from[16], to[16], *note;
	const char *const sides[2] = {
			party_of(w, a->provider, from), party_of(w, a->recipient, to)};
	cstn_party_keys *keys = sharing_book();
	cstn_buffer *text, *signed_note;
	sharing_key of[2];
	const char *signers[2];
	cstn_term_set *set;

	for (int i = 0; i < a->n_terms; i++)
		list[i] = a->terms[i].built;
	SHARING_OK(cstn_term_set_new(list, (size_t)a->n_terms, NULL, &set, &error));
	for (int i = 0; i < 2; i++) {
		of[i] = sharing_key_of(sides[i], CSTN_NOTE_KEY_SIGN, 1);
		signers[i] = of[i].signer;
		sharing_add(keys, sides[i], CSTN_PARTY_KEY_SIGN, of[i].verifier, INT64_MIN,
				INT64_MAX);
	}
	body.provider = sides[0];
	body.recipient = sides[1];
	body.constellation = places[a->place];
	body.condition = "disruption 17 resolved";
	body.made_us = a->signed_us;
	body.valid_from_us = a->from;
	body.valid_until_us = a->until;
	cstn_term_set_digest(set, body.terms);
	if (a->parent >= 0)
		memcpy(body.parent, w->agreements[a->parent].digest, 32);
	SHARING_OK(cstn_agreement_body_format(&body, NULL, &text, &error));
	SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
			NULL, 0, signers, 2, NULL, &signed_note, &error));
	cstn_buffer_free(text);
	note = sharing_text(signed_note);
	SHARING_OK(cstn_agreement_open(note, strlen(note), keys, NULL, NULL, &bare, &error));
	free(note);
	SHARING_OK(cstn_agreement_with_terms(bare, set, &out, &error));
	cstn_agreement_unref(bare);
	cstn_term_set_unref(set);
	cstn_party_keys_free(keys);
	return out;
}

/* The terms that those of an agreement derive from, in the order of the set. */
static void write_parents(const world *w, const world_agreement *a, const cstn_agreement *agreement,
		char *out)
{
	const cstn_term_set *set = cstn_agreement_terms(agreement);

	*out = '\0';
	for (size_t i = 0; a->parent >= 0 && i < cstn_term_set_count(set); i++) {
		uint8_t digest[32], parent[32] = {0};

		cstn_term_digest(cstn_term_set_at(set, i), digest);
		for (int k = 0; k < a->n_terms; k++)
			if (a->terms[k].parent >= 0 && memcmp(a->terms[k].digest, digest, 32) == 0)
				memcpy(parent,
						w->agreements[a->parent]
								.terms[a->terms[k].parent]
								.digest,
						32);
		cstn__hex(parent, 32, out + 64 * i);
	}
}

/* The row as cstn_transaction_put_agreement() makes it, though its terms be within no other's. */
static void put_agreement(cstn_transaction *transaction, const world *w, int index,
		const cstn_agreement *agreement)
{
	const world_agreement *a = &w->agreements[index];
	char from[16], to[16], parents[64 * WORLD_TERMS + 1], digest[65], parent[65] = "";
	cstn_buffer *bytes;
	cstn_record *row;

	SHARING_OK(cstn_agreement_serialize(agreement, &bytes, &error));
	SHARING_OK(cstn__sharing_row_new(transaction, CSTN__NOUN_SHARING_AGREEMENT,
			cstn_buffer_size(bytes) + 2000, RECORDED, &row, &error));
	party_of(w, a->provider, from);
	party_of(w, a->recipient, to);
	write_parents(w, a, agreement, parents);
	cstn__sharing_hex(a->digest, digest);
	if (a->parent >= 0)
		cstn__sharing_hex(w->agreements[a->parent].digest, parent);
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_DIGEST, digest, 64);
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_CONSTELLATION_ID, places[a->place],
			strlen(places[a->place]));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_PROVIDER_ID, from, strlen(from));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_RECIPIENT_ID, to, strlen(to));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_PARENT, parent, strlen(parent));
	cstn__sharing_set_number(row, CSTN__SHARING_AGREEMENT_TRANSITIONS, 0);
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_AGREEMENT,
			(const char *)cstn_buffer_data(bytes), cstn_buffer_size(bytes));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_TERM_PARENTS, parents, strlen(parents));
	SHARING_OK(cstn__sharing_put_row(transaction, row, &error));
	cstn_buffer_free(bytes);
}

/* What is said of a term. Usage is charged, as releases do. */
static void put_said(cstn_transaction *transaction, const world_agreement *a, world_term *t)
{
	const cstn_term_view *view = cstn_term_components(t->built);

	if (t->used) {
		cstn_decision_reservation all = {.struct_size = sizeof(all),
				.calls = t->used_calls,
				.rows = t->used_in_all,
				.nano_epsilon = t->used_epsilon};
		cstn_term_limits none = CSTN_TERM_LIMITS_INIT;
		int64_t at_us;

		memcpy(all.agreement, a->digest, 32);
		memcpy(all.term, t->digest, 32);
		SHARING_OK(cstn__sharing_charge(
				transaction, &all, &none, t->used_at, &at_us, &error));
		t->used_rows = t->used_in_all;
	}
	for (int i = 0; i < t->n_duty_rows; i++) {
		cstn__duty_row row = {.index = CSTN_RULES_DUTY_RETENTION,
				.state = t->duty_rows[i].state,
				.deadline_us = t->duty_rows[i].deadline};

		memcpy(row.agreement, a->digest, 32);
		memcpy(row.term, t->digest, 32);
		row.release[0] = (uint8_t)(i + 1);
		for (size_t d = 0; d < view->n_duties; d++)
			if (strcmp(view->duties[d]->action,
					    t->duty_rows[i].duty ? "pay" : "attribute") == 0)
				row.index = (uint32_t)d;
		SHARING_OK(cstn__sharing_duty_put(transaction, &row, RECORDED, &error));
	}
}

/* By the public calls, where they let the world be as it is. */
static void put_debt(cstn_transaction *transaction, const world *w, const world_agreement *a,
		const world_term *t)
{
	cstn_rules_consideration debt = CSTN_RULES_CONSIDERATION_INIT;
	char from[16];

	if (!t->n_debts || t->gift)
		return;
	memcpy(debt.agreement, a->digest, 32);
	memcpy(debt.term, t->digest, 32);
	debt.state = t->debt_state;
	debt.due_us = t->debt_due;
	SHARING_OK(cstn_transaction_put_consideration(
			transaction, party_of(w, a->provider, from), &debt, RECORDED, &error));
}

static void put_agreements(cstn_transaction *transaction, world *w, uint64_t *seed)
{
	for (int i = 0; i < w->n_agreements; i++) {
		world_agreement *a = &w->agreements[i];
		cstn_party_keys *keys = sharing_book();
		cstn_agreement *agreement;
		char from[16];
		sharing_key key = sharing_key_of(
				party_of(w, a->provider, from), CSTN_NOTE_KEY_SIGN, 1);

		sharing_add(keys, from, CSTN_PARTY_KEY_SIGN, key.verifier, INT64_MIN, INT64_MAX);
		agreement = make_agreement(w, i);
		memcpy(a->digest, cstn_agreement_digest(agreement), 32);
		make_chain(&agreement, keys, w, a, seed);
		put_agreement(transaction, w, i, agreement);
		for (int k = 0; k < a->n_terms; k++) {
			put_said(transaction, a, &a->terms[k]);
			put_debt(transaction, w, a, &a->terms[k]);
		}
		cstn_agreement_unref(agreement);
		cstn_party_keys_free(keys);
	}
}

/* --- the whole of it ---------------------------------------------------------------------------
 */

static void put_walls(cstn_transaction *transaction, world *w)
{
	for (int c = 0; c < WORLD_PLACES; c++) {
		char rooms[WORLD_PARTIES][16];
		const char *list[WORLD_PARTIES];
		size_t n = 0;

		for (int p = 0; p < WORLD_PARTIES; p++)
			if (w->rivals[c] >> p & 1)
				list[n++] = party_of(w, p, rooms[p]);
		if (n)
			SHARING_OK(cstn_transaction_put_conflict_set(
					transaction, places[c], "set", list, n, RECORDED, &error));
	}
	for (int i = 0; i < w->n_deliveries; i++) {
		char from[16], to[16];

		SHARING_OK(cstn__sharing_delivery_put(transaction, places[w->deliveries[i].place],
				party_of(w, w->deliveries[i].provider, from),
				party_of(w, w->deliveries[i].recipient, to),
				w->deliveries[i].classes, w->deliveries[i].at, &error));
	}
}

/* The world in a network; where the network says more exactly what there is, the world is told. */
static cstn_network *network_of(world *w, uint64_t *seed)
{
	cstn_transaction *transaction;
	cstn_network *network;

	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &network, &error));
	transaction = network_begin(network);
	for (int p = 0; p < WORLD_PARTIES; p++) {
		char is[16];

		PUT("partner", {"partner_id", party_of(w, p, is), 0});
	}
	for (int c = 0; c < WORLD_PLACES; c++)
		put_place(transaction, w, c);
	network_commit(transaction);
	transaction = network_begin(network);
	put_agreements(transaction, w, seed);
	put_walls(transaction, w);
	network_commit(transaction);
	return network;
}

static cstn_vocabulary *host_vocabulary(void)
{
	cstn_operand score = CSTN_OPERAND_INIT;
	cstn_vocabulary_builder *builder;
	cstn_vocabulary *out;

	score.name = "score";
	score.name_len = 5;
	score.type = CSTN_OPERAND_INT64;
	SHARING_OK(cstn_vocabulary_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_vocabulary_builder_add_operand(builder, &score, &error));
	SHARING_OK(cstn_vocabulary_builder_build(builder, &out, &error));
	cstn_vocabulary_builder_free(builder);
	return out;
}

static cstn_buffer *decide(cstn_rules *rules, const world *w, const world_request *r)
{
	cstn_request *request = world_to_request(w, r);
	cstn_decision *decision;
	cstn_buffer *out;

	SHARING_OK(cstn_decide(rules, request, &decision, &error));
	SHARING_OK(cstn_decision_record(decision, &out, &error));
	cstn_decision_unref(decision);
	cstn_request_unref(request);
	return out;
}

static void is_the_same(cstn_rules *rules, const world *w, const world_request *r,
		const cstn_buffer *wanted)
{
	cstn_buffer *is = decide(rules, w, r);

	ck_assert_msg(strcmp((const char *)cstn_buffer_data(is),
				      (const char *)cstn_buffer_data(wanted)) == 0,
			"%.700s and not %.700s", (const char *)cstn_buffer_data(is),
			(const char *)cstn_buffer_data(wanted));
	cstn_buffer_free(is);
}

static void check_world(world *w, cstn_network *network, uint64_t *seed, size_t *permitted)
{
	cstn_rules_load_options options = CSTN_RULES_LOAD_OPTIONS_INIT;
	cstn_vocabulary *host = host_vocabulary();
	cstn_rules *loaded, *built, *scoped;
	cstn_snapshot *snapshot;

	options.vocabulary = host;
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_rules_load(snapshot, &options, &loaded, &error));
	w->version = cstn_snapshot_seq(snapshot);
	ck_assert_uint_eq(cstn_rules_version(loaded), w->version);
	built = world_rules(w);
	for (int k = 0; k < 6; k++) {
		char from[16], to[16];
		world_request r;
		cstn_buffer *wanted;

		world_ask(w, &r, seed);
		wanted = decide(built, w, &r);
		*permitted += strstr((const char *)cstn_buffer_data(wanted), "PERMIT") != NULL;
		is_the_same(loaded, w, &r, wanted);
		options.constellation = places[r.place];
		options.provider = party_of(w, r.provider, from);
		options.recipient = party_of(w, r.recipient, to);
		SHARING_OK(cstn_rules_load(snapshot, &options, &scoped, &error));
		is_the_same(scoped, w, &r, wanted);
		cstn_rules_unref(scoped);
		cstn_buffer_free(wanted);
	}
	cstn_rules_unref(built);
	cstn_rules_unref(loaded);
	cstn_vocabulary_unref(host);
	cstn_snapshot_unref(snapshot);
}

START_TEST(rules_of_a_network_decide_as_rules_built_by_hand)
{
	uint64_t seed = 20261201;
	size_t permitted = 0;

	for (size_t i = 0; i < N_WORLDS; i += test_every()) {
		cstn_network *network;
		world w;

		world_make(&w, &seed);
		network = network_of(&w, &seed);
		check_world(&w, network, &seed, &permitted);
		cstn_network_unref(network);
		world_free(&w);
	}
	if (test_every() == 1)
		ck_assert_uint_gt(permitted, N_WORLDS / 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rules_of_a_network_decide_as_rules_built_by_hand};

	return run_tests("worlds in networks", tests, sizeof(tests) / sizeof(tests[0]));
}
