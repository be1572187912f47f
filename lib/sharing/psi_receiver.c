/* The receiver of a private set intersection: it blinds, and in the end compares.
 *
 * Each identifier has a blind of its own, so that the sender sees random elements; in the mode SIZE
 * they share one, since evaluations come back in an order that hides whose they are. Padding is
 * random elements that nobody can unblind, and all are sent in the order of their bytes. Blinds lie
 * in guarded memory.
 *
 * Cost: a multiplication to blind, two to verify, one to unblind, an element each. */
#include <inttypes.h>
#include <string.h>

#include <sodium/crypto_core_ristretto255.h>
#include <sodium/utils.h>

#include "base/error.h"
#include "base/sort.h"
#include "sharing/psi.h"

#define SIZE CSTN__OPRF_SIZE
#define PADDING UINT32_MAX
#define WIDE crypto_core_ristretto255_HASHBYTES

/* An element of the request and whose it is: the index of an own value, or PADDING. */
typedef struct sent {
	uint8_t element[SIZE];
	uint32_t own;
} sent;

struct cstn_psi_receiver {
	cstn__psi_side side;
	uint32_t *codes; /* of own values, side.n of them */
	uint8_t *blinds; /* of each, or one for all */
	size_t n_blinds, n_sent, n_common;
	sent *sent; /* as in the request */
	uint64_t *common;
	int finished;
};

cstn_status cstn_psi_receiver_new(const cstn_psi_options *options, const cstn_allocator *allocator,
		cstn_psi_receiver **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_psi_receiver *receiver;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*receiver), &memory, &receiver, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__psi_side_init(&receiver->side, 0, options, &memory, error);
	if (status != CSTN_OK) {
		cstn__free(&memory, receiver, sizeof(*receiver));
		return status;
	}
	*out = receiver;
	return CSTN_OK;
}

/* What a request made. */
static void forget_request(cstn_psi_receiver *receiver)
{
	const cstn_allocator *memory = &receiver->side.allocator;

	cstn__free(memory, receiver->codes, receiver->side.n * sizeof(*receiver->codes));
	cstn__free(memory, receiver->sent, receiver->n_sent * sizeof(*receiver->sent));
	sodium_free(receiver->blinds);
	receiver->codes = NULL;
	receiver->sent = NULL;
	receiver->blinds = NULL;
	receiver->n_sent = 0;
}

void cstn_psi_receiver_free(cstn_psi_receiver *receiver)
{
	cstn_allocator memory;

	if (!receiver)
		return;
	memory = receiver->side.allocator;
	cstn__free(&memory, receiver->common, receiver->side.n * sizeof(*receiver->common));
	forget_request(receiver);
	cstn__psi_side_free(&receiver->side);
	cstn__free(&memory, receiver, sizeof(*receiver));
}

cstn_status cstn_psi_receiver_add(cstn_psi_receiver *receiver, const uint8_t *bytes,
		const uint64_t *ends, size_t count, cstn_error **error)
{
	if (!receiver)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "receiver is NULL");
	return cstn__psi_side_add(&receiver->side, bytes, ends, count, error);
}

/* --- the request ------------------------------------------------------------------------------ */

static const uint8_t *blind_of(const cstn_psi_receiver *receiver, size_t i)
{
	return receiver->blinds + (receiver->n_blinds == 1 ? 0 : i) * SIZE;
}

static cstn_status make_blinds(cstn_psi_receiver *receiver, cstn_error **error)
{
	cstn__psi_side *side = &receiver->side;
	cstn_status status = cstn__psi_random(side, side->head.run, CSTN__PSI_RUN, error);

	receiver->n_blinds = side->head.mode == CSTN_PSI_SIZE || !side->n ? 1 : side->n;
	receiver->blinds = sodium_malloc(receiver->n_blinds * SIZE);
	if (status == CSTN_OK && !receiver->blinds)
		status = cstn__fail_nomem(error);
	for (size_t i = 0; i < receiver->n_blinds && status == CSTN_OK; i++)
		status = cstn__psi_random_scalar(side, receiver->blinds + i * SIZE, error);
	return status;
}

static cstn_status blind_one(void *context, size_t i)
{
	cstn_psi_receiver *receiver = context;
	uint8_t element[SIZE];

	receiver->sent[i].own = (uint32_t)i;
	cstn__psi_element(&receiver->side, receiver->codes[i], element);
	return cstn__oprf_multiply(blind_of(receiver, i), element, receiver->sent[i].element)
			       ? CSTN_E_INVALID_ARGUMENT
			       : CSTN_OK;
}

typedef struct padding {
	sent *to;
	uint8_t *random; /* 64 bytes each */
} padding;

static cstn_status pad_one(void *context, size_t i)
{
	const padding *at = context;

	crypto_core_ristretto255_from_hash(at->to[i].element, at->random + i * WIDE);
	at->to[i].own = PADDING;
	return CSTN_OK;
}

/* Random elements, of which nobody knows what they blind. */
static cstn_status pad(cstn_psi_receiver *receiver, cstn_error **error)
{
	cstn__psi_side *side = &receiver->side;
	size_t n = receiver->n_sent - side->n;
	padding at = {.to = receiver->sent + side->n};
	cstn_status status;

	at.random = cstn__alloc(&side->allocator, n * WIDE);
	if (!at.random)
		return cstn__fail_nomem(error);
	status = n ? cstn__psi_random(side, at.random, n * WIDE, error) : CSTN_OK;
	if (status == CSTN_OK)
		status = cstn__psi_each(side, n, pad_one, &at, error);
	cstn__wipe(at.random, n * WIDE);
	cstn__free(&side->allocator, at.random, n * WIDE);
	return status;
}

static int by_element(const void *left, const void *right, void *context)
{
	(void)context;
	return memcmp(((const sent *)left)->element, ((const sent *)right)->element, SIZE);
}

static cstn_status make_elements(cstn_psi_receiver *receiver, cstn_error **error)
{
	cstn__psi_side *side = &receiver->side;
	cstn_status status = cstn__psi_each(side, side->n, blind_one, receiver, error);

	if (status == CSTN_OK)
		status = pad(receiver, error);
	if (status != CSTN_OK)
		return status;
	cstn__sort(receiver->sent, receiver->n_sent, sizeof(sent), by_element, NULL);
	for (size_t i = 1; i < receiver->n_sent; i++)
		if (by_element(&receiver->sent[i - 1], &receiver->sent[i], NULL) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the entropy given repeats itself");
	return CSTN_OK;
}

static cstn_status write_request(cstn_psi_receiver *receiver, cstn_buffer **out, cstn_error **error)
{
	uint8_t head[CSTN__PSI_HEAD];
	cstn__bytes bytes;

	cstn__bytes_init(&bytes, &receiver->side.allocator);
	cstn__psi_head_write(&receiver->side.head, head);
	cstn__bytes_put(&bytes, head, sizeof(head));
	for (size_t i = 0; i < receiver->n_sent; i++)
		cstn__bytes_put(&bytes, receiver->sent[i].element, SIZE);
	return cstn__bytes_to_buffer(&bytes, out, error);
}

static cstn_status make_request(cstn_psi_receiver *receiver, cstn_buffer **out, cstn_error **error)
{
	cstn__psi_side *side = &receiver->side;
	cstn_status status = cstn__psi_declare(side, &side->head.request_log2, error);

	if (status != CSTN_OK)
		return status;
	side->head.message = CSTN__PSI_REQUEST;
	receiver->codes = cstn__alloc(&side->allocator, side->n * sizeof(*receiver->codes));
	receiver->sent = cstn__alloc(&side->allocator, sizeof(sent) << side->head.request_log2);
	if (receiver->sent)
		receiver->n_sent = (size_t)1 << side->head.request_log2;
	if (!receiver->codes || !receiver->sent)
		return cstn__fail_nomem(error);
	cstn__psi_codes(side, receiver->codes);
	status = make_blinds(receiver, error);
	if (status == CSTN_OK)
		status = make_elements(receiver, error);
	if (status == CSTN_OK)
		status = write_request(receiver, out, error);
	return status;
}

cstn_status cstn_psi_receiver_request(
		cstn_psi_receiver *receiver, cstn_buffer **out, cstn_error **error)
{
	cstn_buffer *request = NULL;
	cstn_status status;

	if (!receiver || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				receiver ? "out" : "receiver");
	if (receiver->side.done)
		return cstn__fail(error, CSTN_E_STATE, "a request was made");
	status = make_request(receiver, &request, error);
	if (status == CSTN_OK)
		status = cstn__psi_gate(&receiver->side, "request", error);
	if (status != CSTN_OK) {
		cstn_buffer_free(request);
		forget_request(receiver);
		return status;
	}
	receiver->side.done = 1;
	*out = request;
	return CSTN_OK;
}

/* --- the reply -------------------------------------------------------------------------------- */

/* The evaluations, and what becomes of them. */
typedef struct comparison {
	cstn_psi_receiver *receiver;
	const cstn__psi_body *body;
	uint8_t *blinded;   /* the request's elements */
	uint8_t *inverses;  /* of the blinds, guarded */
	uint8_t *is_common; /* by own value; in the mode SIZE by element */
} comparison;

static int has_token(const cstn__psi_body *body, const uint8_t *token)
{
	size_t low = 0, high = body->n_tokens;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(body->tokens + middle * CSTN__PSI_TOKEN, token, CSTN__PSI_TOKEN);

		if (order == 0)
			return 1;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static cstn_status compare_one(void *context, size_t i)
{
	comparison *at = context;
	cstn_psi_receiver *receiver = at->receiver;
	uint32_t own = receiver->sent[i].own;
	uint8_t plain[SIZE], token[CSTN__PSI_TOKEN];
	int by_size = receiver->side.head.mode == CSTN_PSI_SIZE;

	if (!by_size && own == PADDING)
		return CSTN_OK;
	if (cstn__oprf_multiply(at->inverses + (receiver->n_blinds == 1 ? 0 : own) * SIZE,
			    at->body->elements + i * SIZE, plain))
		return CSTN_E_PROOF;
	if (by_size)
		cstn__psi_token_plain(plain, token);
	else
		cstn__psi_token(&receiver->side, receiver->codes[own], plain, token);
	at->is_common[by_size ? i : own] = (uint8_t)has_token(at->body, token);
	return CSTN_OK;
}

static cstn_status verify(comparison *at, cstn_error **error)
{
	const cstn__psi_body *body = at->body;
	const cstn_psi_options *options = &at->receiver->side.options;
	size_t from = 0;

	if (!cstn__oprf_is_element(body->public_key))
		return cstn__fail(error, CSTN_E_FORMAT,
				"byte %u: the public key is not an element of the group",
				CSTN__PSI_HEAD);
	for (size_t i = 0; i < body->n_proofs; i++) {
		cstn__oprf_batch batch = {.public_key = body->public_key,
				.blinded = at->blinded + from * SIZE,
				.evaluated = body->elements + from * SIZE,
				.n = body->n - from < CSTN__OPRF_BATCH ? body->n - from
								       : CSTN__OPRF_BATCH,
				.threads = options->threads,
				.progress = options->progress};
		cstn_status status = cstn__oprf_verify(&batch, body->proofs + i * CSTN__OPRF_PROOF);

		if (status == CSTN_E_CANCELLED)
			return cstn__fail(error, status, "cancelled");
		if (status != CSTN_OK)
			return cstn__fail(error, CSTN_E_PROOF,
					"proof %zu does not show that one key evaluated all", i);
		from += batch.n;
	}
	return CSTN_OK;
}

static cstn_status compare_all(comparison *at, cstn_error **error)
{
	cstn_psi_receiver *receiver = at->receiver;
	cstn_status status = cstn__psi_check_elements(
			&receiver->side, at->body->elements, at->body->n, error);

	for (size_t i = 0; i < receiver->n_sent; i++)
		memcpy(at->blinded + i * SIZE, receiver->sent[i].element, SIZE);
	if (status == CSTN_OK && at->body->public_key)
		status = verify(at, error);
	for (size_t i = 0; i < receiver->n_blinds && status == CSTN_OK; i++)
		if (crypto_core_ristretto255_scalar_invert(
				    at->inverses + i * SIZE, receiver->blinds + i * SIZE))
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a blind is 0");
	if (status == CSTN_OK)
		status = cstn__psi_each(&receiver->side, receiver->n_sent, compare_one, at, error);
	return status;
}

/* How many are common; in the mode ITEMS also their places, in `common`. */
static size_t collect(const comparison *at, uint64_t *common)
{
	const cstn__psi_side *side = &at->receiver->side;
	size_t n = 0, of = side->head.mode == CSTN_PSI_SIZE ? at->receiver->n_sent : side->n;

	for (size_t i = 0; i < of; i++) {
		if (!at->is_common[i])
			continue;
		if (common)
			common[n] = side->places.items[at->receiver->codes[i]];
		n++;
	}
	return n;
}

static void fill_result(const cstn_psi_receiver *receiver, const cstn__psi_head *head, size_t n,
		cstn_psi_result *out)
{
	out->is_fewer = n < head->least_overlap;
	out->common = out->is_fewer ? head->least_overlap : n;
	out->own = receiver->side.n;
	out->own_declared = UINT64_C(1) << head->request_log2;
	out->their_declared = UINT64_C(1) << head->reply_log2;
}

/* Compare, enter the step, and only then keep what came out. */
static cstn_status settle(comparison *at, const cstn__psi_head *head, cstn_psi_result *result,
		cstn_error **error)
{
	cstn_psi_receiver *receiver = at->receiver;
	cstn__psi_side *side = &receiver->side;
	size_t room = side->n * sizeof(uint64_t), n;
	uint64_t *common = NULL;
	cstn_status status = compare_all(at, error);

	if (status != CSTN_OK)
		return status;
	if (head->mode == CSTN_PSI_ITEMS && !(common = cstn__alloc(&side->allocator, room)))
		return cstn__fail_nomem(error);
	n = collect(at, common);
	fill_result(receiver, head, n, result);
	side->head.reply_log2 = head->reply_log2;
	if (n > side->n)
		status = cstn__fail(error, CSTN_E_PROOF, "%zu of %zu identifiers are common", n,
				side->n);
	else
		status = cstn__psi_log(side, "finish", NULL, error);
	if (status != CSTN_OK || result->is_fewer) {
		if (common)
			cstn__wipe(common, room);
		cstn__free(&side->allocator, common, room);
		common = NULL;
		n = 0;
	}
	if (status == CSTN_OK) {
		receiver->common = common;
		receiver->n_common = common ? n : 0;
		receiver->finished = 1;
	}
	return status;
}

static cstn_status finish(cstn_psi_receiver *receiver, const cstn__psi_head *head,
		const cstn__psi_body *body, cstn_psi_result *result, cstn_error **error)
{
	const cstn_allocator *memory = &receiver->side.allocator;
	comparison at = {.receiver = receiver, .body = body};
	cstn_status status;

	at.blinded = cstn__alloc(memory, receiver->n_sent * SIZE);
	at.is_common = cstn__alloc_zero(memory, receiver->n_sent);
	at.inverses = sodium_malloc(receiver->n_blinds * SIZE);
	status = at.blinded && at.is_common && at.inverses ? settle(&at, head, result, error)
							   : cstn__fail_nomem(error);
	cstn__free(memory, at.blinded, receiver->n_sent * SIZE);
	if (at.is_common)
		cstn__wipe(at.is_common, receiver->n_sent);
	cstn__free(memory, at.is_common, receiver->n_sent);
	sodium_free(at.inverses);
	return status;
}

/* Is it the reply to this request? Then what is common. */
static cstn_status take_reply(cstn_psi_receiver *receiver, const void *reply, size_t size,
		cstn_psi_result *result, cstn_error **error)
{
	const cstn__psi_head *own = &receiver->side.head;
	cstn__psi_head head;
	cstn__psi_body body;
	cstn_status status = cstn__psi_read(reply, size, CSTN__PSI_REPLY, &head, &body, error);

	if (status == CSTN_OK)
		status = cstn__psi_compare(own, &head, error);
	if (status != CSTN_OK)
		return status;
	if (memcmp(head.run, own->run, CSTN__PSI_RUN) != 0 ||
			head.request_log2 != own->request_log2)
		return cstn__fail(error, CSTN_E_MISMATCH, "it is the reply to another request");
	return finish(receiver, &head, &body, result, error);
}

cstn_status cstn_psi_receiver_finish(cstn_psi_receiver *receiver, const void *reply, size_t size,
		cstn_psi_result *result, cstn_error **error)
{
	cstn_psi_result full = CSTN_PSI_RESULT_INIT, probe = CSTN_PSI_RESULT_INIT;
	cstn_error *told = NULL;
	cstn_status status;

	if (!receiver || !reply || !result)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!receiver ? "receiver"
				: !reply  ? "reply"
					  : "result");
	if (!receiver->side.done || receiver->finished)
		return cstn__fail(error, CSTN_E_STATE, "%s",
				receiver->finished ? "a reply was taken" : "no request was made");
	probe.struct_size = result->struct_size;
	status = cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_psi_result", &probe, error);
	if (status != CSTN_OK)
		return status;
	status = take_reply(receiver, reply, size, &full, &told);
	status = cstn__psi_told(&receiver->side, "finish", status,
			status == CSTN_E_PROOF ? "proof" : "mismatch", told, error);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_psi_result", result, error);
}

const uint64_t *cstn_psi_receiver_common(const cstn_psi_receiver *receiver, size_t *count)
{
	if (count)
		*count = receiver ? receiver->n_common : 0;
	return receiver ? receiver->common : NULL;
}
