/* A dairy lets a grocer have its orders: both sign an agreement, the network keeps it, a release
 * decides and enters what leaves, and the grocer verifies what came. */
#include "example_records.h"
#include "example_rows.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1764547200000000) /* 2025-12-01 */
#define KNOWN "2025-01-01T00:00:00Z"
#define PLACE "fresh-food"

static const char *const parties[] = {"dairy", "grocer"};

/* What both sides have; each keeps its own signer key. */
typedef struct story {
	cstn_network *network; /* the dairy's */
	cstn_party_keys *keys;
	cstn_buffer *signers[2], *verifiers[2];
	cstn_term_set *terms;
	cstn_agreement *agreement;
} story;

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* [keys] */
/* A key of a party, in the book and as a record. The seed is for the example; leave it out. */
static cstn_status add_party(story *s, cstn_transaction *new, int i, cstn_error **error)
{
	const uint8_t seed[32] = {(uint8_t)(i + 1)};
	const char *const partner[] = {"partner_id", parties[i], "recorded", KNOWN, NULL};
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_status status = cstn_note_key_new(parties[i], strlen(parties[i]), CSTN_NOTE_KEY_SIGN,
			seed, NULL, &s->signers[i], &s->verifiers[i], error);

	if (status == CSTN_OK)
		status = records_put(new, "partner", partner, error);
	if (status == CSTN_OK) {
		const char *const verifier[] = {"partner_id", parties[i], "use", "sign", "verifier",
				text(s->verifiers[i]), "recorded", KNOWN, NULL};

		key.party = parties[i];
		key.use = CSTN_PARTY_KEY_SIGN;
		key.verifier = text(s->verifiers[i]);
		status = records_put(new, "verifier", verifier, error);
	}
	if (status == CSTN_OK)
		status = cstn_party_keys_add(s->keys, &key, error);
	return status;
}
/* [keys] */

/* [network] */
/* Where they meet: a constellation, its purpose, what kind of data fields are, who is in it. */
static cstn_status fill(story *s, cstn_transaction *new, cstn_error **error)
{
	static const char *const place[] = {
			"constellation_id", PLACE, "owner_id", "dairy", "recorded", KNOWN, NULL};
	static const char *const purpose[] = {"purpose_id", "planning", "constellation_id", PLACE,
			"parent_id", "", "recorded", KNOWN, NULL};
	static const char *const field[] = {"constellation_id", PLACE, "path", "order.*", "classes",
			"2", "recorded", KNOWN, NULL}; /* operational */
	cstn_status status = add_party(s, new, 0, error);

	if (status == CSTN_OK)
		status = add_party(s, new, 1, error);
	if (status == CSTN_OK)
		status = records_put(new, "constellation", place, error);
	if (status == CSTN_OK)
		status = records_put(new, "purpose", purpose, error);
	if (status == CSTN_OK)
		status = records_put(new, "field_class", field, error);
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		const char *const member[] = {"partner_id", parties[i], "constellation_id", PLACE,
				"recorded", KNOWN, NULL};
		const char *const relation[] = {"declarer_id", parties[i], "other_id",
				parties[1 - i], "constellation_id", PLACE, "relation", "partner",
				"recorded", KNOWN, NULL};

		status = records_put(new, "membership", member, error);
		if (status == CSTN_OK)
			status = records_put(new, "relation", relation, error);
	}
	return status;
}
/* [network] */

/* [agreement] */
static const char terms_json[] =
		"[{\"actions\":[\"read\"],\"consideration\":[{\"kind\":\"explicit_none\"}],"
		"\"constellation\":\"fresh-food\",\"effect\":\"permit\",\"fields\":[\"order.*\"],"
		"\"granularity\":{\"level\":\"raw\"},\"limits\":{\"rows_in_all\":100},"
		"\"provider\":\"dairy\",\"purpose\":\"planning\",\"recipient\":\"grocer\","
		"\"retention\":{\"max_us\":2592000000000,\"then\":\"delete\"}}]";

/* Both sign one text; see the example of agreements for how they come to it. */
static cstn_status agree(story *s, cstn_error **error)
{
	const char *signers[] = {text(s->signers[0]), text(s->signers[1])};
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_agreement *bare = NULL;
	cstn_buffer *draft = NULL, *note = NULL;
	cstn_status status = cstn_term_set_read(terms_json, strlen(terms_json),
			CSTN_TERM_READ_LOOSE, NULL, &s->terms, error);

	body.provider = "dairy";
	body.recipient = "grocer";
	body.constellation = PLACE;
	body.made_us = body.valid_from_us = NOW;
	cstn_term_set_digest(s->terms, body.terms);
	if (status == CSTN_OK)
		status = cstn_agreement_body_format(&body, NULL, &draft, error);
	if (status == CSTN_OK)
		status = cstn_note_sign(text(draft), cstn_buffer_size(draft), NULL, 0, signers, 2,
				NULL, &note, error);
	if (status == CSTN_OK)
		status = cstn_agreement_open(text(note), cstn_buffer_size(note), s->keys, NULL,
				NULL, &bare, error);
	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(bare, s->terms, &s->agreement, error);
	cstn_agreement_unref(bare);
	cstn_buffer_free(draft);
	cstn_buffer_free(note);
	return status;
}
/* [agreement] */

static cstn_status prepare(story *s, cstn_error **error)
{
	cstn_transaction *new = NULL;
	cstn_status status = cstn_network_open(NULL, NULL, NULL, &s->network, error);

	if (status == CSTN_OK)
		status = cstn_party_keys_new(NULL, &s->keys, error);
	if (status == CSTN_OK)
		status = cstn_transaction_begin(s->network, &new, error);
	if (status == CSTN_OK)
		status = fill(s, new, error);
	if (status == CSTN_OK)
		status = agree(s, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(new, NULL, error);
	/* [put] */
	if (status == CSTN_OK)
		status = cstn_transaction_put_agreement(
				new, "dairy", s->agreement, NULL, NOW, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(new, NULL, error);
	/* [put] */
	cstn_transaction_free(new);
	return status;
}

/* [request] */
static cstn_status ask(const char *path, cstn_request **out, cstn_error **error)
{
	const char *const paths[] = {"order.id", path};
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.flags = CSTN_REQUEST_ALL_OR_NOTHING;
	options.constellation = PLACE;
	options.provider = "dairy";
	options.recipient = "grocer";
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = paths;
	options.n_paths = 2;
	options.now_us = NOW;
	return cstn_request_new(&options, NULL, out, error);
}
/* [request] */

/* [release] */
static cstn_status let_go(story *s, const char *path, cstn_release **out, cstn_error **error)
{
	const cstn_release_column columns[] = {
			{"order", "order.id", NULL, 0}, {"eta", path, NULL, 0}};
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_request *request = NULL;
	cstn_status status = ask(path, &request, error);

	options.columns = columns;
	options.n_columns = 2;
	if (status == CSTN_OK)
		status = rows_open("order text\neta timestamp\ncost int64\n",
				"order,eta,cost\nO-1,2025-12-02T08:00:00Z,120\n"
				"O-2,2025-12-02T09:30:00Z,75\nO-3,2025-12-03T07:00:00Z,90\n",
				&rows, error);
	if (status == CSTN_OK)
		status = cstn_release_open(s->network, request, &rows, &options, out, error);
	cstn_request_unref(request);
	return status;
}
/* [release] */

/* [verify] */
/* The grocer has the rows and the receipt: are these the rows whose checksum is in the log? */
static cstn_status verify(const cstn_release_receipt_info *receipt, struct ArrowArrayStream *rows,
		cstn_error **error)
{
	uint8_t sum[CSTN_CHECKSUM_SIZE_MOST];
	size_t size;
	cstn_status status = cstn_release_checksum(
			rows, receipt->checksum_kind, receipt->salt, NULL, sum, &size, error);

	if (status == CSTN_OK)
		printf("the rows are those of the receipt: %s\n",
				memcmp(sum, receipt->checksum, size) == 0 ? "yes" : "no");
	return status;
}
/* [verify] */

/* [log] */
static cstn_status show_log(story *s, cstn_error **error)
{
	cstn_shared_log *log = NULL;
	cstn_status status = cstn_shared_log_open(s->network, "dairy", PLACE, NULL, &log, error);

	for (uint64_t i = 0; status == CSTN_OK && i < cstn_log_size(cstn_shared_log_tree(log));
			i++) {
		cstn_buffer *entry = NULL;
		const char *type;
		uint64_t end;

		status = cstn_shared_log_read(log, i, 1, &end, &entry, error);
		type = status == CSTN_OK ? strstr(text(entry), "\"type\":\"") : NULL;
		if (type != NULL)
			printf("entry %d: %.*s\n", (int)i, (int)strcspn(type + 8, "\""), type + 8);
		cstn_buffer_free(entry);
	}
	cstn_shared_log_free(log);
	return status;
}
/* [log] */

static cstn_status run(story *s, cstn_error **error)
{
	cstn_release_receipt_info told = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_release_receipt *receipt = NULL;
	struct ArrowArrayStream rows;
	cstn_release *release = NULL;
	cstn_error *why = NULL;
	cstn_status status = prepare(s, error);

	/* [read] */
	if (status == CSTN_OK)
		status = let_go(s, "order.eta", &release, error);
	if (status == CSTN_OK)
		status = cstn_release_stream(release, &rows, error);
	if (status == CSTN_OK)
		status = rows_print(&rows, error);
	if (status == CSTN_OK)
		status = cstn_release_finish(release, &receipt, error);
	if (status == CSTN_OK)
		status = cstn_release_receipt_get(receipt, &told, error);
	if (status == CSTN_OK)
		printf("%d rows left, %d column stays\n", (int)told.rows,
				(int)told.columns_dropped);
	cstn_release_free(release);
	/* [read] */
	if (status == CSTN_OK)
		status = rows_open("order text\neta timestamp\n",
				"order,eta\nO-1,2025-12-02T08:00:00Z\n"
				"O-2,2025-12-02T09:30:00Z\nO-3,2025-12-03T07:00:00Z\n",
				&rows, error);
	if (status == CSTN_OK)
		status = verify(&told, &rows, error);
	cstn_release_receipt_free(receipt);
	if (status == CSTN_OK && let_go(s, "route.driver", &release, &why) != CSTN_E_DENIED)
		status = CSTN_E_STATE;
	if (status == CSTN_OK) {
		printf("%s\n", cstn_error_message(why));
		status = show_log(s, error);
	}
	cstn_error_free(why);
	return status;
}

int main(void)
{
	story s = {NULL, NULL, {NULL}, {NULL}, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status = run(&s, &error);

	cstn_agreement_unref(s.agreement);
	cstn_term_set_unref(s.terms);
	for (int i = 0; i < 2; i++) {
		cstn_buffer_free(s.signers[i]);
		cstn_buffer_free(s.verifiers[i]);
	}
	cstn_party_keys_free(s.keys);
	cstn_network_unref(s.network);
	return rows_end(status, error);
}
