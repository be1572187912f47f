#include "sharing_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing/sharing_rows.h"

void sharing_put_verifier(
		cstn_network *network, const char *party, const char *use, const char *verifier)
{
	char of[80], is[400], as[40];

	snprintf(of, sizeof(of), "partner_id=%s", party);
	snprintf(as, sizeof(as), "use=%s", use);
	snprintf(is, sizeof(is), "verifier=%s", verifier);
	network_put_ok(network, network_record("verifier", of, as, is, NULL));
}

sharing_key sharing_officer(uint8_t number)
{
	return sharing_key_of("officer.example", CSTN_NOTE_KEY_SIGN, number);
}

static void put_party(cstn_network *network, const char *party, const char *verifier)
{
	char is[80];

	snprintf(is, sizeof(is), "partner_id=%s", party);
	network_put_ok(network, network_record("partner", is, NULL));
	sharing_put_verifier(network, party, "sign", verifier);
}

static void put_relation(cstn_network *network, const char *declarer, const char *other)
{
	char a[80], b[80];

	snprintf(a, sizeof(a), "declarer_id=%s", declarer);
	snprintf(b, sizeof(b), "other_id=%s", other);
	network_put_ok(network, network_record("relation", a, b, "constellation_id=c1",
						"relation=partner", NULL));
}

void sharing_network_fill(cstn_network *network, const agreement_world *world)
{
	static const char *const parties[] = {"maker", "shop", "third"};

	put_party(network, "maker", world->maker.verifier);
	put_party(network, "shop", world->shop.verifier);
	put_party(network, "third", world->third.verifier);
	sharing_put_verifier(network, "maker", "officer", sharing_officer(11).verifier);
	sharing_put_verifier(network, "maker", "officer", sharing_officer(12).verifier);
	network_put_ok(network, network_record("constellation", "constellation_id=c1",
						"owner_id=maker", NULL));
	network_put_ok(network, network_record("purpose", "purpose_id=planning",
						"constellation_id=c1", NULL));
	network_put_ok(network, network_record("field_class", "constellation_id=c1",
						"path=order.qty", "classes=2", NULL));
	network_put_ok(network, network_record("field_class", "constellation_id=c1",
						"path=order.eta", "classes=2", NULL));
	for (int i = 0; i < 3; i++) {
		char is[80];

		snprintf(is, sizeof(is), "partner_id=%s", parties[i]);
		network_put_ok(network, network_record("membership", is, "constellation_id=c1",
							"role=buyer", NULL));
		for (int k = 0; k < 3; k++)
			if (k != i)
				put_relation(network, parties[i], parties[k]);
	}
}

cstn_network *sharing_network(const agreement_world *world)
{
	cstn_network *network;

	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &network, &error));
	sharing_network_fill(network, world);
	return network;
}

cstn_agreement *sharing_agreement(const agreement_world *world, const char *provider,
		const char *recipient, int32_t hops, const cstn_agreement *parent)
{
	cstn_term_set *terms = agreement_terms(provider, recipient, hops);
	cstn_agreement_body body = agreement_body(0);
	cstn_agreement *bare, *out;

	body.provider = provider;
	body.recipient = recipient;
	cstn_term_set_digest(terms, body.terms);
	if (parent)
		memcpy(body.parent, cstn_agreement_digest(parent), 32);
	bare = agreement_of(world, &body);
	SHARING_OK(cstn_agreement_with_terms(bare, terms, &out, &error));
	cstn_agreement_unref(bare);
	cstn_term_set_unref(terms);
	return out;
}

void sharing_put_agreement(cstn_network *network, const char *party,
		const cstn_agreement *agreement, int64_t now_us)
{
	cstn_transaction *transaction = network_begin(network);

	SHARING_OK(cstn_transaction_put_agreement(
			transaction, party, agreement, NULL, now_us, &error));
	network_commit(transaction);
}

cstn_rules *sharing_rules(cstn_network *network)
{
	cstn_snapshot *snapshot;
	cstn_rules *out;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_rules_load(snapshot, NULL, &out, &error));
	cstn_snapshot_unref(snapshot);
	return out;
}

cstn_request_options sharing_asks(int32_t level, int64_t now_us)
{
	static const char *const path = "order.qty";
	cstn_request_options asks = CSTN_REQUEST_OPTIONS_INIT;

	asks.constellation = "c1";
	asks.provider = "maker";
	asks.recipient = "shop";
	asks.purpose = "planning";
	asks.action = CSTN_ACTION_READ;
	asks.level = level;
	asks.paths = &path;
	asks.n_paths = 1;
	asks.now_us = now_us;
	return asks;
}

int32_t sharing_reason(const cstn_rules *rules, const char *provider, const char *recipient,
		const char *hop, int64_t now_us)
{
	cstn_request_options asks = sharing_asks(CSTN_LEVEL_EXISTENCE, now_us);
	cstn_decision *decision;
	int32_t reason;

	asks.provider = provider;
	asks.recipient = recipient;
	asks.hops = hop ? &hop : NULL;
	asks.n_hops = hop ? 1 : 0;
	asks.rows = 1;
	decision = sharing_decide(rules, &asks);
	reason = cstn_decision_reason(decision);
	cstn_decision_unref(decision);
	return reason;
}

int32_t sharing_reason_now(cstn_network *network, const char *provider, const char *recipient,
		const char *hop, int64_t now_us)
{
	cstn_rules *rules = sharing_rules(network);
	int32_t reason = sharing_reason(rules, provider, recipient, hop, now_us);

	cstn_rules_unref(rules);
	return reason;
}

size_t sharing_count_entries(cstn_network *network, const char *party, const char *type)
{
	char wanted[80];
	cstn_shared_log *log;
	size_t count = 0;
	uint64_t size;

	snprintf(wanted, sizeof(wanted), "\"type\":\"%s\"", type);
	SHARING_OK(cstn_shared_log_open(network, party, "c1", NULL, &log, &error));
	size = cstn_log_size(cstn_shared_log_tree(log));
	for (uint64_t i = 0; i < size; i++) {
		cstn_buffer *entry;
		uint64_t end;

		SHARING_OK(cstn_shared_log_read(log, i, 1, &end, &entry, &error));
		count += strstr((const char *)cstn_buffer_data(entry), wanted) != NULL;
		cstn_buffer_free(entry);
	}
	cstn_shared_log_free(log);
	return count;
}

/* --- what is done under an agreement ------------------------------------------------------------
 */

char *sharing_override_note(const char *recipient, uint8_t first, uint8_t second)
{
	static const char *const path = "order.qty";
	sharing_key keys[2] = {sharing_officer(first), sharing_officer(second)};
	const char *signers[2] = {keys[0].signer, keys[1].signer};
	cstn_override given = CSTN_OVERRIDE_INIT;
	cstn_buffer *text, *note;

	given.level = CSTN_LEVEL_RAW;
	given.constellation = "c1";
	given.provider = "maker";
	given.recipient = recipient;
	given.paths = &path;
	given.n_paths = 1;
	given.from_us = 100;
	given.until_us = 900;
	SHARING_OK(cstn_override_format(&given, NULL, &text, &error));
	SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
			NULL, 0, signers, second ? 2 : 1, NULL, &note, &error));
	cstn_buffer_free(text);
	return sharing_text(note);
}

char *sharing_receipt_note(const agreement_world *world, const cstn_agreement *agreement,
		const uint8_t *release, int32_t kind, const char *party, int64_t at_us)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;
	cstn_buffer *note;

	r.kind = kind;
	r.party = party;
	r.party_len = strlen(party);
	r.at_us = at_us;
	memcpy(r.agreement, cstn_agreement_digest(agreement), 32);
	memcpy(r.release, release, 32);
	SHARING_OK(cstn_receipt_sign(&r, agreement_signer(world, party), NULL, &note, &error));
	return sharing_text(note);
}

char *sharing_waiver_note(const agreement_world *world, const cstn_agreement *agreement,
		const cstn_waiver *waiver, const char *signer)
{
	static const uint8_t none[32];
	cstn_waiver w = *waiver;
	cstn_buffer *note;

	if (!w.party) {
		w.party = signer;
		w.party_len = strlen(signer);
	}
	if (memcmp(w.agreement, none, 32) == 0)
		memcpy(w.agreement, cstn_agreement_digest(agreement), 32);
	if (memcmp(w.term, none, 32) == 0)
		cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(agreement), 0), w.term);
	SHARING_OK(cstn_waiver_sign(&w, agreement_signer(world, signer), NULL, &note, &error));
	return sharing_text(note);
}

void sharing_release_duty(cstn_network *network, const cstn_agreement *agreement,
		const uint8_t *release, const char *action, int64_t deadline_us)
{
	cstn__duty_row row = {.index = CSTN_RULES_DUTY_RETENTION,
			.state = CSTN_DUTY_PENDING,
			.deadline_us = deadline_us};
	cstn_transaction *transaction = network_begin(network);

	memcpy(row.agreement, cstn_agreement_digest(agreement), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(agreement), 0), row.term);
	memcpy(row.release, release, 32);
	strcpy(row.action, action);
	SHARING_OK(cstn__sharing_duty_put(transaction, &row, 200, &error));
	network_commit(transaction);
}

cstn_agreement *sharing_signed(const agreement_world *world, cstn_term_set *terms)
{
	cstn_agreement_body body = agreement_body(0);
	cstn_agreement *bare, *out;

	cstn_term_set_digest(terms, body.terms);
	bare = agreement_of(world, &body);
	SHARING_OK(cstn_agreement_with_terms(bare, terms, &out, &error));
	cstn_agreement_unref(bare);
	return out;
}

void sharing_put_release_rows(cstn_network *network)
{
	cstn_decision_reservation all = {.struct_size = sizeof(all), .calls = 1, .rows = 20};
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn__duty_row duty = {.index = CSTN_RULES_DUTY_RETENTION,
			.state = CSTN_DUTY_PENDING,
			.deadline_us = 300,
			.action = "delete"};
	cstn__release_row release = {.state = CSTN__RELEASE_OPEN,
			.at_us = 20,
			.reserved_rows = UINT64_MAX,
			.constellation = "c1",
			.provider = "acme",
			.recipient = "bolts"};
	cstn_transaction *transaction = network_begin(network);
	int64_t at_us;

	memset(all.agreement, 1, 32);
	memset(all.term, 2, 32);
	memset(duty.agreement, 1, 32);
	memset(duty.term, 2, 32);
	memset(duty.release, 3, 32);
	memset(release.id, 3, 32);
	memset(release.decision, 4, 32);
	SHARING_OK(cstn__sharing_charge(transaction, &all, &limits, 10, &at_us, &error));
	SHARING_OK(cstn__sharing_duty_put(transaction, &duty, 10, &error));
	SHARING_OK(cstn__sharing_release_open(transaction, &release, NULL, NULL, &error));
	SHARING_OK(cstn__sharing_delivery_put(
			transaction, "c1", "acme", "bolts", CSTN_CLASS_PII_QUASI, 30, &error));
	network_commit(transaction);
}

cstn_agreement *sharing_one_term(const agreement_world *world, int32_t level, const char *service)
{
	cstn_term_consideration given = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity granularity = CSTN_TERM_GRANULARITY_INIT;
	cstn_agreement *out;
	cstn_term_builder *builder;
	cstn_term_set *set;
	cstn_term *term;

	given.kind = service ? CSTN_CONSIDERATION_SERVICE : CSTN_CONSIDERATION_EXPLICIT_NONE;
	given.service = service;
	granularity.level = level;
	SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_term_builder_set_provider(builder, "maker", &error));
	SHARING_OK(cstn_term_builder_set_recipient(builder, "shop", &error));
	SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
	SHARING_OK(cstn_term_builder_add_field(builder, "order.qty", &error));
	SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_add_consideration(builder, &given, &error));
	SHARING_OK(cstn_term_builder_set_granularity(builder, &granularity, &error));
	SHARING_OK(cstn_term_builder_build(builder, &term, &error));
	cstn_term_builder_free(builder);
	SHARING_OK(cstn_term_set_new(&term, 1, NULL, &set, &error));
	cstn_term_unref(term);
	out = sharing_signed(world, set);
	cstn_term_set_unref(set);
	return out;
}
