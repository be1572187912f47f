#include "release_world.h"

#include <stdio.h>
#include <string.h>

#include "network/inner_rows.h"
#include "network_fixture.h"
#include "sharing/sharing_rows.h"
#include "suite.h"

const char *const release_fields[] = {"order.id", "order.qty", NULL};
const cstn_release_column release_columns[2] = {
		{"id", "order.id", NULL, 0}, {"qty", "order.qty", NULL, 0}};

/* --- who there is ----------------------------------------------------------------------------- */

static void put_class(cstn_network *network, const char *path, const char *classes)
{
	network_put_ok(network,
			network_record("field_class", "constellation_id=c1", path, classes, NULL));
}

static sharing_key key_of(const char *party)
{
	return strcmp(party, "maker") == 0 ? sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 1)
	       : strcmp(party, "shop") == 0
			       ? sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2)
			       : sharing_key_of("rival.example", CSTN_NOTE_KEY_SIGN, 3);
}

static void put_key(cstn_network *network, const char *party)
{
	sharing_key key = key_of(party + strlen("partner_id="));
	char verifier[300];

	snprintf(verifier, sizeof(verifier), "verifier=%s", key.verifier);
	network_put_ok(network, network_record("verifier", party, "use=sign", verifier, NULL));
}

void release_world_fill(cstn_network *network)
{
	static const char *const parties[] = {
			"partner_id=maker", "partner_id=shop", "partner_id=rival"};

	for (size_t i = 0; i < 3; i++) {
		network_put_ok(network, network_record("partner", parties[i], NULL));
		put_key(network, parties[i]);
	}
	network_put_ok(network, network_record("constellation", "constellation_id=c1",
						"owner_id=maker", NULL));
	network_put_ok(network, network_record("constellation", "constellation_id=c2",
						"owner_id=maker", NULL));
	for (size_t i = 0; i < 3; i++)
		network_put_ok(network, network_record("membership", parties[i],
							"constellation_id=c1", NULL));
	network_put_ok(network,
			network_record("membership", parties[0], "constellation_id=c2", NULL));
	network_put_ok(network, network_record("relation", "declarer_id=maker", "other_id=shop",
						"constellation_id=c1", "relation=partner", NULL));
	network_put_ok(network, network_record("relation", "declarer_id=shop", "other_id=maker",
						"constellation_id=c1", "relation=partner", NULL));
	network_put_ok(network,
			network_record("relation", "declarer_id=maker", "other_id=rival",
					"constellation_id=c1", "relation=competitor", NULL));
	network_put_ok(network, network_record("purpose", "purpose_id=planning",
						"constellation_id=c1", NULL));
	network_put_ok(network, network_record("purpose", "purpose_id=stock", "constellation_id=c1",
						"parent_id=planning", NULL));
	put_class(network, "path=order.id", "classes=1");
	put_class(network, "path=order.qty", "classes=2");
	put_class(network, "path=order.price", "classes=4");
	put_class(network, "path=customer.name", "classes=8");
	put_class(network, "path=customer.city", "classes=16");
	put_class(network, "path=customer.ill", "classes=32");
}

cstn_network *release_world(void)
{
	cstn_network *network;

	SHARING_OK(cstn_network_open(NULL, NULL, NULL, &network, &error));
	release_world_fill(network);
	return network;
}

/* --- what they agree -------------------------------------------------------------------------- */

cstn_term_builder *release_term(const char *recipient, int32_t level, const char *const *paths)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	return release_term_for(recipient, level, paths, &gift);
}

cstn_term_builder *release_term_for(const char *recipient, int32_t level, const char *const *paths,
		const cstn_term_consideration *given)
{
	cstn_term_granularity granularity = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_builder *builder;

	granularity.level = level;
	SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_term_builder_set_provider(builder, "maker", &error));
	SHARING_OK(cstn_term_builder_set_recipient(builder, recipient, &error));
	SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
	for (size_t i = 0; paths[i]; i++)
		SHARING_OK(cstn_term_builder_add_field(builder, paths[i], &error));
	SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_add_consideration(builder, given, &error));
	if (level == CSTN_LEVEL_RAW || level == CSTN_LEVEL_PSEUDONYM)
		SHARING_OK(cstn_term_builder_set_granularity(builder, &granularity, &error));
	return builder;
}

cstn_term *release_term_end(cstn_term_builder *builder)
{
	cstn_term *term;

	SHARING_OK(cstn_term_builder_build(builder, &term, &error));
	cstn_term_builder_free(builder);
	return term;
}

static cstn_agreement *sign(const cstn_agreement_body *body)
{
	sharing_key ours = key_of(body->provider), theirs = key_of(body->recipient);
	const char *signers[] = {ours.signer, theirs.signer};
	cstn_party_keys *keys = sharing_book();
	cstn_buffer *text, *note;
	cstn_agreement *out;

	sharing_add(keys, body->provider, CSTN_PARTY_KEY_SIGN, ours.verifier, INT64_MIN, INT64_MAX);
	sharing_add(keys, body->recipient, CSTN_PARTY_KEY_SIGN, theirs.verifier, INT64_MIN,
			INT64_MAX);
	SHARING_OK(cstn_agreement_body_format(body, NULL, &text, &error));
	SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text),
			NULL, 0, signers, 2, NULL, &note, &error));
	SHARING_OK(cstn_agreement_open((const char *)cstn_buffer_data(note), cstn_buffer_size(note),
			keys, NULL, NULL, &out, &error));
	cstn_buffer_free(text);
	cstn_buffer_free(note);
	cstn_party_keys_free(keys);
	return out;
}

void release_agree(cstn_network *network, const char *recipient, cstn_term **terms, size_t n,
		uint8_t digest[32])
{
	release_agree_of(network, "maker", recipient, terms, n, digest);
}

void release_agree_of(cstn_network *network, const char *provider, const char *recipient,
		cstn_term **terms, size_t n, uint8_t digest[32])
{
	release_agree_under(network, provider, recipient, terms, n, NULL, digest);
}

void release_agree_under(cstn_network *network, const char *provider, const char *recipient,
		cstn_term **terms, size_t n, const uint8_t *parent, uint8_t digest[32])
{
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_agreement *bare, *agreement;
	cstn_transaction *transaction;
	cstn_term_set *set;

	SHARING_OK(cstn_term_set_new(terms, n, NULL, &set, &error));
	body.provider = provider;
	body.recipient = recipient;
	body.constellation = "c1";
	body.made_us = body.valid_from_us = 900 * RELEASE_DAY;
	body.valid_until_us = 2000 * RELEASE_DAY;
	for (size_t i = 0; i < n; i++)
		if (cstn_term_components(terms[i])->revocation->notice_us > body.notice_us)
			body.notice_us = cstn_term_components(terms[i])->revocation->notice_us;
	cstn_term_set_digest(set, body.terms);
	if (parent)
		memcpy(body.parent, parent, 32);
	bare = sign(&body);
	SHARING_OK(cstn_agreement_with_terms(bare, set, &agreement, &error));
	transaction = network_begin(network);
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, provider, agreement, NULL, 900 * RELEASE_DAY, &error));
	network_commit(transaction);
	if (digest)
		memcpy(digest, cstn_agreement_digest(agreement), 32);
	cstn_agreement_unref(bare);
	cstn_agreement_unref(agreement);
	cstn_term_set_unref(set);
	for (size_t i = 0; i < n; i++)
		cstn_term_unref(terms[i]);
}

void release_act(cstn_network *network, const uint8_t *digest, cstn_transition act)
{
	sharing_key key = key_of("shop");
	cstn_party_keys *keys = sharing_book();
	cstn_agreement *agreement, *after;
	cstn_agreement_store *store;
	cstn_transaction *transaction;
	cstn_snapshot *snapshot;
	cstn_buffer *note;

	sharing_add(keys, "shop", CSTN_PARTY_KEY_SIGN, key.verifier, INT64_MIN, INT64_MAX);
	SHARING_OK(cstn_agreement_store_new(NULL, &store, &error));
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_agreement_store_load(store, snapshot, &error));
	SHARING_OK(cstn_agreement_store_get(store, digest, &agreement, &error));
	SHARING_OK(cstn_agreement_draft(agreement, NULL, &act, &error));
	SHARING_OK(cstn_transition_sign(&act, key.signer, NULL, &note, &error));
	SHARING_OK(cstn_agreement_apply(agreement, (const char *)cstn_buffer_data(note),
			cstn_buffer_size(note), keys, NULL, &after, &error));
	transaction = network_begin(network);
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "maker", after, NULL, act.at_us, &error));
	network_commit(transaction);
	cstn_buffer_free(note);
	cstn_agreement_unref(after);
	cstn_agreement_unref(agreement);
	cstn_snapshot_unref(snapshot);
	cstn_agreement_store_free(store);
	cstn_party_keys_free(keys);
}

static uint8_t raw_agreement[32], raw_term[32];

void release_agree_raw(cstn_network *network, int64_t rows, int64_t calls)
{
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_term *term;

	limits.rows = rows;
	limits.calls = calls;
	limits.window_us = rows || calls ? RELEASE_DAY : 0;
	SHARING_OK(cstn_term_builder_set_limits(builder, &limits, &error));
	term = release_term_end(builder);
	cstn_term_digest(term, raw_term);
	release_agree(network, "shop", &term, 1, raw_agreement);
}

cstn_rules_usage release_usage_of(
		cstn_network *network, const uint8_t *agreement, const uint8_t *term)
{
	cstn_rules_usage usage = CSTN_RULES_USAGE_INIT;
	cstn_transaction *transaction = network_begin(network);

	SHARING_OK(cstn__transaction_begin_base(transaction, &error));
	SHARING_OK(cstn__sharing_usage_find(transaction, agreement, term, &usage, &error));
	cstn_transaction_free(transaction);
	return usage;
}

cstn_rules_usage release_usage(cstn_network *network)
{
	return release_usage_of(network, raw_agreement, raw_term);
}

/* --- what is asked ---------------------------------------------------------------------------- */

cstn_request_options release_asks(int32_t level, const char *const *paths)
{
	cstn_request_options asks = CSTN_REQUEST_OPTIONS_INIT;

	asks.constellation = "c1";
	asks.provider = "maker";
	asks.recipient = "shop";
	asks.purpose = "stock";
	asks.action = CSTN_ACTION_READ;
	asks.level = level;
	asks.paths = paths;
	while (paths[asks.n_paths])
		asks.n_paths++;
	asks.now_us = RELEASE_NOW;
	asks.nonce[0] = 7;
	return asks;
}

cstn_request *release_request(const cstn_request_options *asks)
{
	cstn_request *out;

	SHARING_OK(cstn_request_new(asks, NULL, &out, &error));
	return out;
}

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct rows_source {
	int64_t at, n, each;
} rows_source;

typedef struct rows_batch {
	struct ArrowArray children[3], *pointers[3];
	const void *root_buffers[1], *id_buffers[2], *qty_buffers[2], *text_buffers[3];
	int64_t *numbers;
	int32_t *offsets;
	char *text;
	int live;
} rows_batch;

static void batch_drop(rows_batch *batch)
{
	if (--batch->live)
		return;
	free(batch->numbers);
	free(batch->offsets);
	free(batch->text);
	free(batch);
}

static void child_release(struct ArrowArray *child)
{
	child->release = NULL;
	batch_drop(child->private_data);
}

static void root_release(struct ArrowArray *root)
{
	for (int64_t i = 0; i < root->n_children; i++)
		if (root->children[i]->release)
			root->children[i]->release(root->children[i]);
	root->release = NULL;
	batch_drop(root->private_data);
}

static int rows_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	rows_source *source = stream->private_data;
	int64_t n = source->n - source->at < source->each ? source->n - source->at : source->each;
	rows_batch *batch;

	memset(out, 0, sizeof(*out));
	if (n <= 0)
		return 0;
	batch = calloc(1, sizeof(*batch));
	batch->numbers = malloc(2 * (size_t)n * 8);
	batch->offsets = malloc(((size_t)n + 1) * 4);
	batch->text = malloc((size_t)n * 8);
	for (int64_t i = 0; i < n; i++) {
		batch->numbers[i] = source->at + i;
		batch->numbers[n + i] = 10 * (source->at + i);
		batch->offsets[i] = (int32_t)(8 * i);
		memcpy(batch->text + 8 * i, "planted!", 8);
	}
	batch->offsets[n] = (int32_t)(8 * n);
	batch->id_buffers[1] = batch->numbers;
	batch->qty_buffers[1] = batch->numbers + n;
	batch->text_buffers[1] = batch->offsets;
	batch->text_buffers[2] = batch->text;
	for (int i = 0; i < 3; i++) {
		batch->pointers[i] = &batch->children[i];
		batch->children[i] = (struct ArrowArray){.length = n,
				.n_buffers = i == 2 ? 3 : 2,
				.buffers = i == 0   ? batch->id_buffers
					   : i == 1 ? batch->qty_buffers
						    : batch->text_buffers,
				.release = child_release,
				.private_data = batch};
	}
	batch->live = 4;
	*out = (struct ArrowArray){.length = n,
			.n_buffers = 1,
			.n_children = 3,
			.buffers = batch->root_buffers,
			.children = batch->pointers,
			.release = root_release,
			.private_data = batch};
	source->at += n;
	return 0;
}

static void schema_release(struct ArrowSchema *schema)
{
	if (schema->children) {
		for (int64_t i = 0; i < schema->n_children; i++) {
			if (schema->children[i]->release)
				schema->children[i]->release(schema->children[i]);
			free(schema->children[i]);
		}
		free(schema->children);
	}
	schema->release = NULL;
}

static int rows_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	static const char *const names[] = {"id", "qty", "secret"}, *const formats[] = {
										    "l", "l", "u"};

	(void)stream;
	*out = (struct ArrowSchema){.format = "+s",
			.name = "",
			.n_children = 3,
			.children = malloc(3 * sizeof(struct ArrowSchema *)),
			.release = schema_release};
	for (int i = 0; i < 3; i++) {
		out->children[i] = malloc(sizeof(struct ArrowSchema));
		*out->children[i] = (struct ArrowSchema){.format = formats[i],
				.name = names[i],
				.flags = ARROW_FLAG_NULLABLE,
				.release = schema_release};
	}
	return 0;
}

static const char *rows_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void rows_release(struct ArrowArrayStream *stream)
{
	free(stream->private_data);
	stream->release = NULL;
}

void release_rows(struct ArrowArrayStream *out, int64_t n, int64_t each)
{
	rows_source *source = malloc(sizeof(*source));

	ck_assert_ptr_nonnull(source);
	*source = (rows_source){0, n, each};
	*out = (struct ArrowArrayStream){rows_schema, rows_next, rows_error, rows_release, source};
}

/* --- calls ------------------------------------------------------------------------------------ */

cstn_release_options release_options(void)
{
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;

	options.columns = release_columns;
	options.n_columns = 2;
	return options;
}

cstn_release *release_try(cstn_network *network, const cstn_request_options *asks,
		struct ArrowArrayStream *rows, const cstn_release_options *options,
		cstn_status expected, const char *words)
{
	cstn_request *request = release_request(asks);
	cstn_release *out = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_release_open(network, request, rows, options, &out, &error);

	ck_assert_msg(status == expected, "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	if (words)
		ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s",
				cstn_error_message(error));
	ck_assert((out != NULL) == (status == CSTN_OK));
	ck_assert_ptr_null(rows->release);
	cstn_error_free(error);
	cstn_request_unref(request);
	return out;
}

uint64_t release_drain(cstn_release *release, cstn_status *status)
{
	struct ArrowArray batch;
	uint64_t rows = 0;

	while ((*status = cstn_release_next(release, &batch, NULL)) == CSTN_OK) {
		rows += (uint64_t)batch.length;
		batch.release(&batch);
	}
	return rows;
}

char *release_log(cstn_network *network, const char *party, const char *constellation)
{
	cstn_shared_log *log;
	cstn_buffer *entries;
	uint64_t size, *ends;
	size_t from = 0;
	char *out;

	SHARING_OK(cstn_shared_log_open(network, party, constellation, NULL, &log, &error));
	size = cstn_log_size(cstn_shared_log_tree(log));
	ends = calloc((size_t)size + 1, sizeof(*ends));
	SHARING_OK(cstn_shared_log_read(log, 0, (size_t)size, ends, &entries, &error));
	out = calloc(1, cstn_buffer_size(entries) + (size_t)size + 1);
	for (uint64_t i = 0; i < size; i++) {
		strncat(out, (const char *)cstn_buffer_data(entries) + from,
				(size_t)ends[i] - from);
		strcat(out, "\n");
		from = (size_t)ends[i];
	}
	free(ends);
	cstn_buffer_free(entries);
	cstn_shared_log_free(log);
	return out;
}

size_t release_count(const char *text, const char *words)
{
	size_t n = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		n++;
	return n;
}

uint64_t release_rows_left(cstn_network *network)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	cstn_request *request = release_request(&asks);
	cstn_release *release = NULL;
	cstn_status status;
	uint64_t n = 0;

	release_rows(&rows, 5000, 1);
	status = cstn_release_open(network, request, &rows, &options, &release, NULL);
	cstn_request_unref(request);
	if (status == CSTN_E_DENIED)
		return 0;
	ck_assert_int_eq(status, CSTN_OK);
	n = release_drain(release, &status);
	ck_assert_int_eq(status, CSTN_E_BUDGET);
	cstn_release_free(release);
	return n;
}
