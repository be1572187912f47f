#include "report_deal.h"

#include "example_records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const deal_parties[DEAL_PARTIES] = {"shipper", "carrier", "rival"};
const char *const deal_fields[DEAL_FIELDS] = {"shipment.id", "shipment.promised",
		"shipment.delivered", "shipment.customer", "order.value"};

/* What kind of data they are: 2 operational, 4 competitive, 8 personal. */
static const char *const classes[DEAL_FIELDS] = {"2", "2", "2", "8", "4"};

/* One term, word for word the same for the carrier and for the rival. */
static const char term_json[] =
		"[{\"actions\":[\"read\"],\"consideration\":[{\"kind\":\"explicit_none\"}],"
		"\"constellation\":\"" DEAL_PLACE
		"\",\"effect\":\"permit\",\"fields\":[\"order.*\",\"shipment.*\"],"
		"\"granularity\":{\"level\":\"raw\"},\"limits\":{\"calls\":10,\"window_us\":"
		"86400000000},\"provider\":\"shipper\",\"purpose\":\"" DEAL_PURPOSE "\","
		"\"recipient\":\"%s\",\"retention\":{\"max_us\":2592000000000,\"proof\":true,"
		"\"then\":\"delete\"}}]";

const char *deal_text(const cstn_buffer *buffer)
{
	return buffer != NULL ? (const char *)cstn_buffer_data(buffer) : "";
}

void deal_hex(const uint8_t *bytes, size_t size, char *out)
{
	for (size_t i = 0; i < size; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

cstn_status deal_request(const struct deal *deal, const struct asked *asked, cstn_request **out,
		cstn_error **error)
{
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	options.constellation = DEAL_PLACE;
	options.provider = deal_parties[DEAL_SHIPPER];
	options.recipient = asked->recipient;
	options.purpose = DEAL_PURPOSE;
	options.action = CSTN_ACTION_READ;
	options.level = asked->level;
	options.paths = asked->paths;
	options.n_paths = asked->n_paths;
	options.data_from_us = asked->from_us;
	options.data_until_us = asked->until_us;
	options.now_us = deal->now_us;
	return cstn_request_new(&options, NULL, out, error);
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Keys for show, the same at every run; leave the seed out for keys of your own. */
static cstn_status make_key(struct deal *deal, const char *party, int32_t type, int32_t use,
		uint8_t seed, cstn_buffer **signer, cstn_buffer **public, cstn_error **error)
{
	uint8_t bytes[32] = {seed};
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_status status = cstn_note_key_new(
			party, strlen(party), type, bytes, NULL, signer, public, error);

	if (status != CSTN_OK)
		return status;
	key.party = party;
	key.use = use;
	key.verifier = deal_text(*public);
	return cstn_party_keys_add(deal->keys, &key, error);
}

static cstn_status make_keys(struct deal *deal, cstn_error **error)
{
	cstn_status status = cstn_party_keys_new(NULL, &deal->keys, error);

	for (int i = 0; i < DEAL_PARTIES && status == CSTN_OK; i++)
		status = make_key(deal, deal_parties[i], CSTN_NOTE_KEY_SIGN, CSTN_PARTY_KEY_SIGN,
				(uint8_t)(1 + i), &deal->signers[i], &deal->public[i], error);
	if (status == CSTN_OK)
		status = make_key(deal, deal_parties[DEAL_CARRIER], CSTN_NOTE_KEY_WITNESS,
				CSTN_PARTY_KEY_WITNESS, 9, &deal->witness, &deal->witness_public,
				error);
	return status;
}

/* --- negotiation and agreement ---------------------------------------------------------------- */

static const struct said {
	int32_t type, actor;
} talk[] = {{CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER}, {CSTN_MESSAGE_ACCEPT, CSTN_ACTOR_RECIPIENT},
		{CSTN_MESSAGE_AGREE, CSTN_ACTOR_PROVIDER},
		{CSTN_MESSAGE_VERIFY, CSTN_ACTOR_RECIPIENT},
		{CSTN_MESSAGE_FINALIZE, CSTN_ACTOR_PROVIDER}};
#define TALK (sizeof(talk) / sizeof(talk[0]))

/* One signed message; the other side verifies it and has the same state. */
static cstn_status say(struct deal *deal, int with, const struct said *said, size_t number,
		const cstn_term_set *terms, cstn_negotiation **negotiation, cstn_error **error)
{
	cstn_negotiation_message message = CSTN_NEGOTIATION_MESSAGE_INIT;
	cstn_negotiation *next = NULL;
	cstn_buffer *note = NULL;
	cstn_status status;

	message.type = said->type;
	message.actor = said->actor;
	message.negotiation = deal_parties[with];
	message.negotiation_len = strlen(message.negotiation);
	message.now_us = deal->now_us - 30 * DEAL_DAY;
	if (said->type == CSTN_MESSAGE_OFFER)
		message.expires_us = message.now_us + DEAL_DAY;
	message.id[0] = (uint8_t)(1 + number); /* 16 random bytes in earnest */
	cstn_term_set_digest(terms, message.digest);
	status = cstn_negotiation_message_sign(&message,
			deal_text(deal->signers[said->actor == CSTN_ACTOR_PROVIDER ? DEAL_SHIPPER
										   : with]),
			NULL, &note, error);
	if (status == CSTN_OK)
		status = cstn_negotiation_apply_note(*negotiation, deal_text(note),
				cstn_buffer_size(note), deal->keys, &next, error);
	cstn_buffer_free(note);
	if (status != CSTN_OK)
		return status;
	cstn_negotiation_unref(*negotiation);
	*negotiation = next;
	deal->messages++;
	return CSTN_OK;
}

static cstn_status negotiate(struct deal *deal, int with, const cstn_term_set *terms,
		cstn_negotiation **out, cstn_error **error)
{
	cstn_negotiation_options options = CSTN_NEGOTIATION_OPTIONS_INIT;
	cstn_status status;

	options.id = deal_parties[with];
	options.provider = deal_parties[DEAL_SHIPPER];
	options.recipient = deal_parties[with];
	options.constellation = DEAL_PLACE;
	status = cstn_negotiation_new(&options, out, error);
	for (size_t i = 0; i < TALK && status == CSTN_OK; i++)
		status = say(deal, with, &talk[i], i, terms, out, error);
	return status;
}

/* Both sign one text. */
static cstn_status sign(struct deal *deal, int with, const cstn_term_set *terms, cstn_buffer **out,
		cstn_error **error)
{
	const char *const signers[] = {
			deal_text(deal->signers[DEAL_SHIPPER]), deal_text(deal->signers[with])};
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_buffer *text = NULL;
	cstn_status status;

	body.provider = deal_parties[DEAL_SHIPPER];
	body.recipient = deal_parties[with];
	body.constellation = DEAL_PLACE;
	body.made_us = body.valid_from_us = deal->now_us - 30 * DEAL_DAY;
	body.valid_until_us = deal->now_us + 335 * DEAL_DAY;
	body.notice_us = 14 * DEAL_DAY;
	cstn_term_set_digest(terms, body.terms);
	status = cstn_agreement_body_format(&body, NULL, &text, error);
	if (status == CSTN_OK)
		status = cstn_note_sign(deal_text(text), cstn_buffer_size(text), NULL, 0, signers,
				2, NULL, out, error);
	cstn_buffer_free(text);
	return status;
}

static cstn_status agree(struct deal *deal, int with, cstn_error **error)
{
	char json[sizeof(term_json) + 16];
	cstn_negotiation *negotiation = NULL;
	cstn_agreement *bare = NULL;
	cstn_term_set *terms = NULL;
	cstn_buffer *note = NULL;
	cstn_status status;

	(void)snprintf(json, sizeof(json), term_json, deal_parties[with]);
	status = cstn_term_set_read(json, strlen(json), CSTN_TERM_READ_LOOSE, NULL, &terms, error);
	if (status == CSTN_OK)
		status = negotiate(deal, with, terms, &negotiation, error);
	if (status == CSTN_OK)
		status = sign(deal, with, terms, &note, error);
	if (status == CSTN_OK)
		status = cstn_agreement_open(deal_text(note), cstn_buffer_size(note), deal->keys,
				negotiation, NULL, &bare, error);
	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(bare, terms, &deal->agreements[with], error);
	cstn_agreement_unref(bare);
	cstn_buffer_free(note);
	cstn_negotiation_unref(negotiation);
	cstn_term_set_unref(terms);
	return status;
}

/* --- the network ------------------------------------------------------------------------------ */

static cstn_status put_party(cstn_transaction *transaction, const struct deal *deal, int party,
		const char *recorded, cstn_error **error)
{
	const char *const key[] = {"partner_id", deal_parties[party], "use", "sign", "verifier",
			deal_text(deal->public[party]), "recorded", recorded, NULL};
	const char *const partner[] = {
			"partner_id", deal_parties[party], "recorded", recorded, NULL};
	const char *const place[] = {"constellation_id", DEAL_PLACE, "owner_id",
			deal_parties[party], "recorded", recorded, NULL};
	const char *const member[] = {"partner_id", deal_parties[party], "constellation_id",
			DEAL_PLACE, "recorded", recorded, NULL};
	cstn_status status = records_put(transaction, "partner", partner, error);

	if (status == CSTN_OK)
		status = records_put(transaction, "verifier", key, error);
	if (status == CSTN_OK && party == DEAL_SHIPPER)
		status = records_put(transaction, "constellation", place, error);
	if (status == CSTN_OK)
		status = records_put(transaction, "membership", member, error);
	return status;
}

/* What each declares the other to be. */
static cstn_status put_relations(cstn_transaction *transaction, int other, const char *relation,
		const char *recorded, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		const char *const fields[] = {"declarer_id", deal_parties[i ? other : DEAL_SHIPPER],
				"other_id", deal_parties[i ? DEAL_SHIPPER : other],
				"constellation_id", DEAL_PLACE, "relation", relation, "recorded",
				recorded, NULL};

		status = records_put(transaction, "relation", fields, error);
	}
	return status;
}

static cstn_status put_words(
		cstn_transaction *transaction, const char *recorded, cstn_error **error)
{
	const char *const purpose[] = {"purpose_id", DEAL_PURPOSE, "constellation_id", DEAL_PLACE,
			"parent_id", "", "recorded", recorded, NULL};
	cstn_status status = records_put(transaction, "purpose", purpose, error);

	for (int i = 0; i < DEAL_FIELDS && status == CSTN_OK; i++) {
		const char *const fields[] = {"constellation_id", DEAL_PLACE, "path",
				deal_fields[i], "classes", classes[i], "recorded", recorded, NULL};

		status = records_put(transaction, "field_class", fields, error);
	}
	return status;
}

static cstn_status fill_network(struct deal *deal, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	char recorded[40];
	cstn_status status = cstn_transaction_begin(deal->network, &transaction, error);

	(void)cstn_time_format(deal->now_us - 40 * DEAL_DAY, recorded, sizeof(recorded));
	for (int i = 0; i < DEAL_PARTIES && status == CSTN_OK; i++)
		status = put_party(transaction, deal, i, recorded, error);
	if (status == CSTN_OK)
		status = put_words(transaction, recorded, error);
	if (status == CSTN_OK)
		status = put_relations(transaction, DEAL_CARRIER, "partner", recorded, error);
	if (status == CSTN_OK)
		status = put_relations(transaction, DEAL_RIVAL, "competitor", recorded, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

/* --- what both signed, in the network --------------------------------------------------------- */

static cstn_status put_agreements(struct deal *deal, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(deal->network, &transaction, error);

	for (int i = DEAL_CARRIER; i < DEAL_PARTIES && status == CSTN_OK; i++)
		status = cstn_transaction_put_agreement(transaction, deal_parties[DEAL_SHIPPER],
				deal->agreements[i], NULL, deal->now_us - 30 * DEAL_DAY, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

static cstn_status load_rules(struct deal *deal, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(deal->network, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn_rules_load(snapshot, NULL, &deal->rules, error);
	cstn_snapshot_unref(snapshot);
	return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

cstn_status deal_make(struct deal *deal, cstn_error **error)
{
	cstn_status status = make_keys(deal, error);

	for (int i = DEAL_CARRIER; i < DEAL_PARTIES && status == CSTN_OK; i++)
		status = agree(deal, i, error);
	if (status == CSTN_OK)
		status = cstn_network_open(NULL, NULL, NULL, &deal->network, error);
	if (status == CSTN_OK)
		status = fill_network(deal, error);
	if (status == CSTN_OK)
		status = put_agreements(deal, error);
	if (status == CSTN_OK)
		status = load_rules(deal, error);
	return status;
}

void deal_free(struct deal *deal)
{
	cstn_rules_unref(deal->rules);
	cstn_network_unref(deal->network);
	for (int i = 0; i < DEAL_PARTIES; i++) {
		cstn_agreement_unref(deal->agreements[i]);
		cstn_buffer_free(deal->signers[i]);
		cstn_buffer_free(deal->public[i]);
	}
	cstn_buffer_free(deal->witness);
	cstn_buffer_free(deal->witness_public);
	cstn_party_keys_free(deal->keys);
}
