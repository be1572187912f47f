/* Rows released under an agreement that a network in memory holds: two columns of numbers as they
 * are, or one of identifiers as tokens. Opening, checksum and closing are counted. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "bench.h"

#define ROWS 65536 /* of a batch */
#define BATCHES 16 /* different ones, so that they come from memory */
#define DISTINCT 10000
#define LETTERS 12
#define DAY INT64_C(86400000000)

/* --- a network with an agreement -------------------------------------------------------------- */

static cstn_status put(cstn_network *network, cstn_error **error, const char *noun, ...)
{
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;
	const char *name, *value;
	va_list pairs;
	cstn_status status = cstn_record_builder_new(noun, NULL, &builder, error);

	va_start(pairs, noun);
	if (status == CSTN_OK)
		status = cstn_record_builder_set_int(builder, "recorded", 1, error);
	while (status == CSTN_OK && (name = va_arg(pairs, const char *)) != NULL) {
		value = va_arg(pairs, const char *);
		status = cstn_record_builder_set_text(builder, name, value, strlen(value), error);
	}
	va_end(pairs);
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, &record, error);
	if (status == CSTN_OK)
		status = cstn_network_put(network, record, NULL, error);
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
	return status;
}

/* The keys of both, of which the network knows the public ones. */
typedef struct signers {
	cstn_buffer *signer[2], *verifier[2];
	cstn_party_keys *book;
} signers;

static const char *const parties[2] = {"acme", "beta"};

static cstn_status put_party(cstn_network *network, signers *keys, size_t i, cstn_error **error)
{
	uint8_t seed[32] = {(uint8_t)(i + 1)};
	cstn_party_key key = CSTN_PARTY_KEY_INIT;
	cstn_status status = put(network, error, "partner", "partner_id", parties[i], NULL);

	if (status == CSTN_OK)
		status = cstn_note_key_new(parties[i], 4, CSTN_NOTE_KEY_SIGN, seed, NULL,
				&keys->signer[i], &keys->verifier[i], error);
	if (status != CSTN_OK)
		return status;
	key.party = parties[i];
	key.use = CSTN_PARTY_KEY_SIGN;
	key.verifier = (const char *)cstn_buffer_data(keys->verifier[i]);
	key.from_us = INT64_MIN;
	key.until_us = INT64_MAX;
	status = cstn_party_keys_add(keys->book, &key, error);
	if (status == CSTN_OK)
		status = put(network, error, "verifier", "partner_id", parties[i], "use", "sign",
				"verifier", key.verifier, NULL);
	return status;
}

static cstn_status put_place(cstn_network *network, cstn_error **error)
{
	static const char *const fields[2] = {"order.id", "order.qty"};
	cstn_status status = put(network, error, "constellation", "constellation_id", "c1",
			"owner_id", "acme", NULL);
	size_t i;

	for (i = 0; i < 2 && status == CSTN_OK; i++) {
		status = put(network, error, "membership", "partner_id", parties[i],
				"constellation_id", "c1", NULL);
		if (status == CSTN_OK)
			status = put(network, error, "relation", "declarer_id", parties[i],
					"other_id", parties[1 - i], "constellation_id", "c1",
					"relation", "partner", NULL);
		if (status == CSTN_OK)
			status = put(network, error, "field_class", "constellation_id", "c1",
					"path", fields[i], "classes", "2", NULL);
	}
	if (status == CSTN_OK)
		status = put(network, error, "purpose", "purpose_id", "planning",
				"constellation_id", "c1", NULL);
	return status;
}

static cstn_status make_terms(cstn_term_set **out, cstn_error **error)
{
	static const char json[] = "[{\"effect\":\"permit\",\"provider\":\"acme\",\"recipient\":"
				   "\"beta\",\"constellation\":\"c1\",\"fields\":[\"order.id\","
				   "\"order.qty\"],\"purpose\":\"planning\",\"actions\":[\"read\"],"
				   "\"granularity\":{\"level\":\"raw\"},\"consideration\":[{"
				   "\"kind\":\"explicit_none\"}]}]";

	return cstn_term_set_read(json, sizeof(json) - 1, CSTN_TERM_READ_LOOSE, NULL, out, error);
}

static cstn_status sign(
		const signers *keys, cstn_term_set *terms, cstn_agreement **out, cstn_error **error)
{
	const char *both[2] = {(const char *)cstn_buffer_data(keys->signer[0]),
			(const char *)cstn_buffer_data(keys->signer[1])};
	cstn_agreement_body body = CSTN_AGREEMENT_BODY_INIT;
	cstn_buffer *text = NULL, *note = NULL;
	cstn_agreement *bare = NULL;
	cstn_status status;

	body.provider = parties[0];
	body.recipient = parties[1];
	body.constellation = "c1";
	cstn_term_set_digest(terms, body.terms);
	status = cstn_agreement_body_format(&body, NULL, &text, error);
	if (status == CSTN_OK)
		status = cstn_note_sign((const char *)cstn_buffer_data(text),
				cstn_buffer_size(text), NULL, 0, both, 2, NULL, &note, error);
	if (status == CSTN_OK)
		status = cstn_agreement_open((const char *)cstn_buffer_data(note),
				cstn_buffer_size(note), keys->book, NULL, NULL, &bare, error);
	if (status == CSTN_OK)
		status = cstn_agreement_with_terms(bare, terms, out, error);
	cstn_agreement_unref(bare);
	cstn_buffer_free(text);
	cstn_buffer_free(note);
	return status;
}

static cstn_status agree(cstn_network *network, const signers *keys, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_agreement *agreement = NULL;
	cstn_term_set *terms = NULL;
	cstn_status status = make_terms(&terms, error);

	if (status == CSTN_OK)
		status = sign(keys, terms, &agreement, error);
	if (status == CSTN_OK)
		status = cstn_transaction_begin(network, &transaction, error);
	if (status == CSTN_OK)
		status = cstn_transaction_put_agreement(
				transaction, parties[0], agreement, NULL, 1, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	cstn_agreement_unref(agreement);
	cstn_term_set_unref(terms);
	return status;
}

static cstn_status make_network(cstn_network **out, cstn_error **error)
{
	signers keys;
	size_t i;
	cstn_status status = cstn_network_open(NULL, NULL, NULL, out, error);

	memset(&keys, 0, sizeof(keys));
	if (status == CSTN_OK)
		status = cstn_party_keys_new(NULL, &keys.book, error);
	for (i = 0; i < 2 && status == CSTN_OK; i++)
		status = put_party(*out, &keys, i, error);
	if (status == CSTN_OK)
		status = put_place(*out, error);
	if (status == CSTN_OK)
		status = agree(*out, &keys, error);
	for (i = 0; i < 2; i++) {
		cstn_buffer_free(keys.signer[i]);
		cstn_buffer_free(keys.verifier[i]);
	}
	cstn_party_keys_free(keys.book);
	return status;
}

/* --- rows, over memory that stays ------------------------------------------------------------- */

typedef struct rows {
	int64_t left;
	size_t next;
	int text;
	const void *buffers[BATCHES][2][3], *root[1];
	struct ArrowArray children[2], *pointers[2];
	struct ArrowSchema fields[2], *field_pointers[2];
	int64_t *numbers;
	int32_t *ends;
	char *letters;
} rows;

static void keep_array(struct ArrowArray *array)
{
	array->release = NULL;
}

static void keep_schema(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static int rows_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	rows *r = stream->private_data;
	int n = r->text ? 1 : 2;

	for (int i = 0; i < n; i++) {
		r->fields[i] = (struct ArrowSchema){.format = r->text ? "u" : "l",
				.name = i ? "qty" : "id",
				.release = keep_schema};
		r->field_pointers[i] = &r->fields[i];
	}
	*out = (struct ArrowSchema){.format = "+s",
			.name = "",
			.n_children = n,
			.children = r->field_pointers,
			.release = keep_schema};
	return 0;
}

static int rows_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	rows *r = stream->private_data;
	int64_t n = r->left < ROWS ? r->left : ROWS;
	int columns = r->text ? 1 : 2;

	memset(out, 0, sizeof(*out));
	if (n == 0)
		return 0;
	r->left -= n;
	for (int i = 0; i < columns; i++) {
		r->children[i] = (struct ArrowArray){.length = n,
				.n_buffers = r->text ? 3 : 2,
				.buffers = r->buffers[r->next % BATCHES][i],
				.release = keep_array};
		r->pointers[i] = &r->children[i];
	}
	r->next++;
	*out = (struct ArrowArray){.length = n,
			.n_buffers = 1,
			.n_children = columns,
			.buffers = r->root,
			.children = r->pointers,
			.release = keep_array};
	return 0;
}

static const char *rows_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void rows_release(struct ArrowArrayStream *stream)
{
	stream->release = NULL;
}

static cstn_status rows_make(rows *r, int text, int64_t n, cstn_error **error)
{
	size_t all = (size_t)ROWS * BATCHES, i;

	memset(r, 0, sizeof(*r));
	r->text = text;
	r->left = n;
	r->numbers = malloc(2 * all * sizeof(*r->numbers));
	r->ends = malloc((ROWS + 1) * sizeof(*r->ends));
	r->letters = malloc(all * LETTERS + 1);
	if (!r->numbers || !r->ends || !r->letters)
		return cstn__fail_nomem(error);
	for (i = 0; i < 2 * all; i++)
		r->numbers[i] = (int64_t)(i * UINT64_C(2654435761) % 1000003);
	for (i = 0; i <= ROWS; i++)
		r->ends[i] = (int32_t)(i * LETTERS);
	for (i = 0; i < all; i++)
		snprintf(r->letters + i * LETTERS, LETTERS + 1, "customer%04u",
				(unsigned)(i * 7919 % DISTINCT));
	for (i = 0; i < BATCHES; i++) {
		r->buffers[i][0][1] = text ? (const void *)r->ends
					   : (const void *)(r->numbers + 2 * i * ROWS);
		r->buffers[i][0][2] = r->letters + i * ROWS * LETTERS;
		r->buffers[i][1][1] = r->numbers + (2 * i + 1) * ROWS;
	}
	return CSTN_OK;
}

static void rows_free(rows *r)
{
	free(r->numbers);
	free(r->ends);
	free(r->letters);
}

/* --- the release ------------------------------------------------------------------------------ */

static cstn_status run(cstn_network *network, cstn_request *request, rows *r, int64_t *left,
		cstn_error **error)
{
	static const cstn_release_column columns[] = {
			{"id", "order.id", NULL, 0}, {"qty", "order.qty", NULL, 0}};
	static const uint8_t key[32] = {1};
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	struct ArrowArrayStream stream = {rows_schema, rows_next, rows_error, rows_release, r};
	cstn_release *release = NULL;
	struct ArrowArray batch;
	cstn_status status;

	options.columns = columns;
	options.n_columns = r->text ? 1 : 2;
	options.pseudonym_key = key;
	status = cstn_release_open(network, request, &stream, &options, &release, error);
	*left = 0;
	while (status == CSTN_OK &&
			(status = cstn_release_next(release, &batch, error)) == CSTN_OK) {
		*left += batch.length;
		batch.release(&batch);
	}
	if (status == CSTN_DONE)
		status = cstn_release_finish(release, NULL, error);
	cstn_release_free(release);
	return status;
}

static cstn_status make_request(int text, cstn_request **out, cstn_error **error)
{
	static const char *const paths[2] = {"order.id", "order.qty"};
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.constellation = "c1";
	options.provider = parties[0];
	options.recipient = parties[1];
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.level = text ? CSTN_LEVEL_PSEUDONYM : CSTN_LEVEL_RAW;
	options.paths = paths;
	options.n_paths = text ? 1 : 2;
	options.now_us = DAY;
	return cstn_request_new(&options, NULL, out, error);
}

int32_t bench_release(int64_t n, int32_t tokens, double *seconds, char *message, size_t size)
{
	cstn_network *network = NULL;
	cstn_request *request = NULL;
	cstn_error *error = NULL;
	rows r;
	int64_t left = 0;
	double begin;
	cstn_status status = rows_make(&r, tokens, n, &error);

	if (status == CSTN_OK)
		status = make_network(&network, &error);
	if (status == CSTN_OK)
		status = make_request(tokens, &request, &error);
	begin = bench_now();
	if (status == CSTN_OK)
		status = run(network, request, &r, &left, &error);
	*seconds = bench_now() - begin;
	if (status == CSTN_OK && left != n)
		status = cstn__fail(&error, CSTN_E_MISMATCH, "%lld of %lld rows have left",
				(long long)left, (long long)n);
	cstn_request_unref(request);
	cstn_network_unref(network);
	rows_free(&r);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
