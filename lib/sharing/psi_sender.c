/* The sender of a private set intersection: it evaluates under a key that lives for one reply.
 *
 * Its own identifiers leave as 16 bytes of the function's value each, among random ones, in the
 * order of their bytes. In the mode SIZE the evaluations are put into that order too, so that the
 * receiver cannot tell whose is whose.
 *
 * Cost: a multiplication an element of the request and one for its proof, one an own identifier. */
#include <string.h>

#include <sodium/crypto_scalarmult_ristretto255.h>
#include <sodium/utils.h>

#include "base/error.h"
#include "sharing/psi.h"

#define SIZE CSTN__OPRF_SIZE

struct cstn_psi_sender {
	cstn__psi_side side;
};

cstn_status cstn_psi_sender_new(const cstn_psi_options *options, const cstn_allocator *allocator,
		cstn_psi_sender **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_psi_sender *sender;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*sender), &memory, &sender, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__psi_side_init(&sender->side, 1, options, &memory, error);
	if (status != CSTN_OK) {
		cstn__free(&memory, sender, sizeof(*sender));
		return status;
	}
	*out = sender;
	return CSTN_OK;
}

void cstn_psi_sender_free(cstn_psi_sender *sender)
{
	cstn_allocator memory;

	if (!sender)
		return;
	memory = sender->side.allocator;
	cstn__psi_side_free(&sender->side);
	cstn__free(&memory, sender, sizeof(*sender));
}

cstn_status cstn_psi_sender_add(cstn_psi_sender *sender, const uint8_t *bytes, const uint64_t *ends,
		size_t count, cstn_error **error)
{
	if (!sender)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "sender is NULL");
	return cstn__psi_side_add(&sender->side, bytes, ends, count, error);
}

/* --- the reply -------------------------------------------------------------------------------- */

typedef struct reply {
	cstn__psi_side *side;
	const cstn__psi_body *request;
	uint8_t *key;    /* guarded memory: the key, then a scalar for proofs */
	uint32_t *codes; /* of own values, side->n of them */
	uint8_t *bytes;  /* the message */
	size_t size;
	uint8_t *public_key, *elements, *proofs, *tokens; /* in it; some NULL */
} reply;

static cstn_status evaluate_one(void *context, size_t i)
{
	reply *at = context;

	return cstn__oprf_multiply(
			       at->key, at->request->elements + i * SIZE, at->elements + i * SIZE)
			       ? CSTN_E_FORMAT
			       : CSTN_OK;
}

static cstn_status token_one(void *context, size_t i)
{
	reply *at = context;
	uint8_t element[SIZE], product[SIZE];

	cstn__psi_element(at->side, at->codes[i], element);
	if (cstn__oprf_multiply(at->key, element, product))
		return CSTN_E_INVALID_ARGUMENT;
	cstn__psi_token(at->side, at->codes[i], product, at->tokens + i * CSTN__PSI_TOKEN);
	return CSTN_OK;
}

static cstn_status prove(reply *at, cstn_error **error)
{
	size_t from = 0;

	for (size_t i = 0; from < at->request->n; i++) {
		cstn__oprf_batch batch = {.public_key = at->public_key,
				.blinded = at->request->elements + from * SIZE,
				.evaluated = at->elements + from * SIZE,
				.n = at->request->n - from < CSTN__OPRF_BATCH
						     ? at->request->n - from
						     : CSTN__OPRF_BATCH,
				.threads = at->side->options.threads,
				.progress = at->side->options.progress};
		cstn_status status = cstn__psi_random_scalar(at->side, at->key + SIZE, error);

		if (status != CSTN_OK)
			return status;
		status = cstn__oprf_prove(
				&batch, at->key, at->key + SIZE, at->proofs + i * CSTN__OPRF_PROOF);
		if (status != CSTN_OK)
			return cstn__fail(error, status, "%s",
					status == CSTN_E_CANCELLED ? "cancelled"
								   : "no proof can be made");
		from += batch.n;
	}
	return CSTN_OK;
}

static cstn_status make_tokens(reply *at, cstn_error **error)
{
	size_t n = (size_t)1 << at->side->head.reply_log2, own = at->side->n;
	cstn_status status = cstn__psi_each(at->side, own, token_one, at, error);

	if (status == CSTN_OK && own < n)
		status = cstn__psi_random(at->side, at->tokens + own * CSTN__PSI_TOKEN,
				(n - own) * CSTN__PSI_TOKEN, error);
	if (status != CSTN_OK)
		return status;
	cstn__psi_sort(at->tokens, n, CSTN__PSI_TOKEN);
	for (size_t i = 1; i < n; i++)
		if (memcmp(at->tokens + (i - 1) * CSTN__PSI_TOKEN, at->tokens + i * CSTN__PSI_TOKEN,
				    CSTN__PSI_TOKEN) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the entropy given repeats itself");
	return CSTN_OK;
}

/* Where the parts lie in the message. */
static void lay_out(reply *at)
{
	uint8_t *to = at->bytes + CSTN__PSI_HEAD;

	cstn__psi_head_write(&at->side->head, at->bytes);
	if (at->side->head.mode == CSTN_PSI_ITEMS) {
		at->public_key = to;
		to += SIZE;
	}
	at->elements = to;
	at->proofs = to + at->request->n * SIZE;
	at->tokens = at->bytes + at->size - ((size_t)CSTN__PSI_TOKEN << at->side->head.reply_log2);
}

static cstn_status fill(reply *at, cstn_error **error)
{
	cstn_status status;

	lay_out(at);
	cstn__psi_codes(at->side, at->codes);
	status = cstn__psi_random_scalar(at->side, at->key, error);
	if (status == CSTN_OK)
		status = cstn__psi_each(at->side, at->request->n, evaluate_one, at, error);
	if (status == CSTN_OK && at->public_key) {
		if (crypto_scalarmult_ristretto255_base(at->public_key, at->key))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the key is 0");
		status = prove(at, error);
	} else if (status == CSTN_OK) {
		cstn__psi_sort(at->elements, at->request->n, SIZE);
	}
	if (status == CSTN_OK)
		status = make_tokens(at, error);
	return status;
}

static cstn_status make_reply(cstn__psi_side *side, const cstn__psi_body *request,
		cstn_buffer **out, cstn_error **error)
{
	reply at = {.side = side, .request = request, .size = cstn__psi_size(&side->head)};
	cstn_status status;

	at.bytes = cstn__alloc(&side->allocator, at.size);
	at.codes = cstn__alloc(&side->allocator, side->n * sizeof(*at.codes));
	at.key = sodium_malloc((size_t)2 * SIZE);
	status = at.bytes && at.codes && at.key ? fill(&at, error) : cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn__buffer_copy(&side->allocator, at.bytes, at.size, out, error);
	sodium_free(at.key);
	cstn__free(&side->allocator, at.codes, side->n * sizeof(*at.codes));
	cstn__free(&side->allocator, at.bytes, at.size);
	return status;
}

/* Is it a request of this run, and may it be answered? */
static cstn_status take_request(cstn__psi_side *side, const void *request, size_t size,
		cstn__psi_body *body, cstn_error **error)
{
	cstn__psi_head head;
	cstn_error *told = NULL;
	cstn_status status = cstn__psi_read(request, size, CSTN__PSI_REQUEST, &head, body, error);

	if (status != CSTN_OK)
		return status;
	side->head.message = CSTN__PSI_REPLY;
	side->head.request_log2 = head.request_log2;
	memcpy(side->head.run, head.run, CSTN__PSI_RUN);
	status = cstn__psi_compare(&side->head, &head, &told);
	status = cstn__psi_told(side, "reply", status, "mismatch", told, error);
	if (status == CSTN_OK)
		status = cstn__psi_declare(side, &side->head.reply_log2, error);
	if (status == CSTN_OK)
		status = cstn__psi_check_elements(side, body->elements, body->n, error);
	return status;
}

cstn_status cstn_psi_sender_reply(cstn_psi_sender *sender, const void *request, size_t size,
		cstn_buffer **out, cstn_error **error)
{
	cstn__psi_side *side = sender ? &sender->side : NULL;
	cstn__psi_body body;
	cstn_buffer *made = NULL;
	cstn_status status;

	if (!sender || !request || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!sender    ? "sender"
				: !request ? "request"
					   : "out");
	if (side->done)
		return cstn__fail(error, CSTN_E_STATE, "a request was answered");
	status = take_request(side, request, size, &body, error);
	if (status == CSTN_OK)
		status = make_reply(side, &body, &made, error);
	if (status == CSTN_OK)
		status = cstn__psi_gate(side, "reply", error);
	if (status != CSTN_OK) {
		cstn_buffer_free(made);
		return status;
	}
	side->done = 1;
	*out = made;
	return CSTN_OK;
}
