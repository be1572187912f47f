/* Two sellers want to know which items both of them stock, and nothing of the others: a signed
 * term, a request, a reply, an intersection, and what their logs say of it. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#define DAY INT64_C(86400000000)
#define NOW (20 * DAY)

/* Identifiers as bytes and ends. */
typedef struct items {
	uint8_t bytes[256];
	uint64_t ends[8];
	size_t n;
} items;

/* What a company has: what both signed, and a network whose logs are its own. */
typedef struct company {
	const char *id, *partner;
	const cstn_agreement *agreement;
	cstn_network *network;
} company;

static items items_of(const char *const *texts, size_t n)
{
	items out = {.n = n};
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(out.bytes + at, texts[i], strlen(texts[i]));
		at += strlen(texts[i]);
		out.ends[i] = at;
	}
	return out;
}

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* --- what both sign --------------------------------------------------------------------------- */

static cstn_status make_terms(cstn_term_set **out, cstn_error **error)
{
	/* [term] */
	static const char json[] =
			"[{\"actions\":[\"read\"],\"consideration\":[{\"kind\":\"explicit_none\"}],"
			"\"constellation\":\"spring\",\"effect\":\"permit\",\"fields\":[\"item."
			"gtin\"],"
			"\"granularity\":{\"level\":\"existence\",\"threshold\":2},\"limits\":{"
			"\"calls\":1,\"window_us\":86400000000},\"provider\":\"maker\",\"purpose\":"
			"\"range\",\"recipient\":\"shop\"}]";

	return cstn_term_set_read(json, sizeof(json) - 1, CSTN_TERM_READ_LOOSE, NULL, out, error);
	/* [term] */
}

/* A key of a party. The seed is for the example; leave it out. */
static cstn_status add_key(cstn_party_keys *keys, const char *party, uint8_t seed,
		cstn_buffer **signer, cstn_error **error)
{
	uint8_t bytes[32] = {seed};
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_buffer *verifier = NULL;
	cstn_status status = cstn_note_key_new(party, strlen(party), CSTN_NOTE_KEY_SIGN, bytes,
			NULL, signer, &verifier, error);

	if (status != CSTN_OK)
		return status;
	key.party = party;
	key.use = CSTN_PARTY_KEY_SIGN;
	key.verifier = text(verifier);
	key.from_us = 0;
	key.until_us = 365 * DAY;
	status = cstn_party_keys_add(keys, &key, error);
	cstn_buffer_free(verifier);
	return status;
}

/* Both sign the body, as agreement.c does it step by step. */
static cstn_status sign(cstn_term_set *terms, const cstn_party_keys *keys,
		const cstn_buffer *const signers[2], cstn_agreement **out, cstn_error **error)
{
	const char *keys_of_both[2] = {text(signers[0]), text(signers[1])};
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_buffer *words = NULL, *note = NULL;
	cstn_agreement *bare = NULL;
	cstn_status status;

	body.provider = "maker";
	body.recipient = "shop";
	body.constellation = "spring";
	body.made_us = 5 * DAY;
	body.valid_from_us = 10 * DAY;
	cstn_term_set_digest(terms, body.terms);
	status = cstn_agreement_body_format(&body, NULL, &words, error);
	if (status == CSTN_OK)
		status = cstn_note_sign(text(words), cstn_buffer_size(words), NULL, 0, keys_of_both,
				2, NULL, &note, error);
	if (status == CSTN_OK)
		status = cstn_agreement_open(
				text(note), cstn_buffer_size(note), keys, NULL, NULL, &bare, error);
	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(bare, terms, out, error);
	cstn_agreement_unref(bare);
	cstn_buffer_free(note);
	cstn_buffer_free(words);
	return status;
}

static cstn_status agree(cstn_agreement **out, cstn_error **error)
{
	cstn_buffer *signers[2] = {NULL, NULL};
	cstn_party_keys *keys = NULL;
	cstn_term_set *terms = NULL;
	cstn_status status = cstn_party_keys_new(NULL, &keys, error);

	if (status == CSTN_OK)
		status = add_key(keys, "maker", 1, &signers[0], error);
	if (status == CSTN_OK)
		status = add_key(keys, "shop", 2, &signers[1], error);
	if (status == CSTN_OK)
		status = make_terms(&terms, error);
	if (status == CSTN_OK)
		status = sign(terms, keys, (const cstn_buffer *const *)signers, out, error);
	cstn_term_set_unref(terms);
	cstn_party_keys_free(keys);
	cstn_buffer_free(signers[0]);
	cstn_buffer_free(signers[1]);
	return status;
}

/* --- the run ---------------------------------------------------------------------------------- */

static cstn_psi_options options_of(const company *own)
{
	/* [options] */
	cstn_psi_options options = CSTN_PSI_OPTIONS_INIT;

	options.signed_agreement = own->agreement; /* with its terms */
	options.party = own->id;
	options.partner = own->partner;
	options.network = own->network; /* whose logs the steps are entered in */
	options.now_us = NOW;
	options.kind = "item.gtin"; /* as the term names it */
	options.kind_log2 = 40;     /* 2^40 GTINs are plausible: too many to try */
	options.mode = CSTN_PSI_ITEMS;
	options.direction = CSTN_PSI_TO_RECIPIENT;
	/* [options] */
	return options;
}

/* The other company: it gets bytes and gives bytes. */
static cstn_status answer(const company *own, const cstn_buffer *request, cstn_buffer **reply,
		cstn_error **error)
{
	static const char *const texts[] = {"04012345123456", "00614141999996", "09506000134352"};
	const items stock = items_of(texts, 3);
	/* [sender] */
	const cstn_psi_options options = options_of(own);
	cstn_psi_sender *sender = NULL;
	cstn_status status = cstn_psi_sender_new(&options, NULL, &sender, error);

	if (status == CSTN_OK)
		status = cstn_psi_sender_add(sender, stock.bytes, stock.ends, stock.n, error);
	if (status == CSTN_OK)
		status = cstn_psi_sender_reply(sender, cstn_buffer_data(request),
				cstn_buffer_size(request), reply, error);
	cstn_psi_sender_free(sender);
	/* [sender] */
	return status;
}

static cstn_status run(const company *shop, const company *maker, cstn_error **error)
{
	static const char *const texts[] = {
			"09506000134352", "07612345678900", "04012345123456", "00614141000036"};
	const items stock = items_of(texts, 4);
	/* [receiver] */
	const cstn_psi_options options = options_of(shop);
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_psi_receiver *receiver = NULL;
	cstn_buffer *request = NULL, *reply = NULL;
	cstn_status status = cstn_psi_receiver_new(&options, NULL, &receiver, error);

	if (status == CSTN_OK)
		status = cstn_psi_receiver_add(receiver, stock.bytes, stock.ends, stock.n, error);
	if (status == CSTN_OK)
		status = cstn_psi_receiver_request(receiver, &request, error);
	if (status == CSTN_OK)
		status = answer(maker, request, &reply, error); /* over any channel */
	if (status == CSTN_OK)
		status = cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply),
				cstn_buffer_size(reply), &result, error);
	/* [receiver] */
	if (status == CSTN_OK) {
		size_t n;
		const uint64_t *common = cstn_psi_receiver_common(receiver, &n);

		printf("%d of %d in common; sizes declared %d and %d\n", (int)result.common,
				(int)result.own, (int)result.own_declared,
				(int)result.their_declared);
		for (size_t i = 0; i < n; i++)
			printf("%s\n", texts[common[i]]);
	}
	cstn_buffer_free(request);
	cstn_buffer_free(reply);
	cstn_psi_receiver_free(receiver);
	return status;
}

/* --- the logs --------------------------------------------------------------------------------- */

static cstn_status show_log(const company *own, const char *constellation, cstn_error **error)
{
	cstn_shared_log *log = NULL;
	cstn_status status = cstn_shared_log_open(
			own->network, own->id, constellation, NULL, &log, error);

	if (status != CSTN_OK)
		return status;
	printf("%s, %s log: %d\n", own->id, constellation ? "shared" : "private",
			(int)cstn_log_size(cstn_shared_log_tree(log)));
	cstn_shared_log_free(log);
	return CSTN_OK;
}

/* The shop tries again on the same day. */
static cstn_status again(const company *shop, cstn_error **error)
{
	const cstn_psi_options options = options_of(shop);
	cstn_psi_receiver *receiver = NULL;
	cstn_buffer *request = NULL;
	cstn_error *why = NULL;
	cstn_status status = cstn_psi_receiver_new(&options, NULL, &receiver, error);

	if (status != CSTN_OK)
		return status;
	status = cstn_psi_receiver_request(receiver, &request, &why);
	printf("again: %s\n", cstn_error_message(why));
	cstn_error_free(why);
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	return status == CSTN_E_BUDGET ? CSTN_OK : CSTN_E_STATE;
}

static cstn_status story(company *shop, company *maker, cstn_error **error)
{
	cstn_agreement *agreement = NULL;
	cstn_status status = agree(&agreement, error);

	shop->agreement = maker->agreement = agreement;
	if (status == CSTN_OK)
		status = run(shop, maker, error);
	if (status == CSTN_OK)
		status = again(shop, error);
	if (status == CSTN_OK)
		status = show_log(shop, "spring", error);
	if (status == CSTN_OK)
		status = show_log(shop, NULL, error);
	if (status == CSTN_OK)
		status = show_log(maker, "spring", error);
	cstn_agreement_unref(agreement);
	return status;
}

int main(void)
{
	company shop = {.id = "shop", .partner = "maker"},
		maker = {.id = "maker", .partner = "shop"};
	cstn_error *error = NULL;
	cstn_status status = cstn_network_open(NULL, NULL, NULL, &shop.network, &error);

	if (status == CSTN_OK)
		status = cstn_network_open(NULL, NULL, NULL, &maker.network, &error);
	if (status == CSTN_OK)
		status = story(&shop, &maker, &error);
	cstn_network_unref(shop.network);
	cstn_network_unref(maker.network);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", error ? cstn_error_message(error) : "an odd status");
	cstn_error_free(error);
	return status != CSTN_OK;
}
