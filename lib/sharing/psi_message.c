/* Messages of a run: written by one side, read by the other, which believes nothing of them.
 *
 * Every length follows from the head, so that a message has exactly one size. Lists of random bytes
 * are strictly ascending, which no honest message breaks and which leaves no room for a hidden
 * order. Cost: O(size). */
#include <string.h>

#include "base/error.h"
#include "sharing/psi.h"

#define MAGIC "CSTNPSI1"

void cstn__psi_head_write(const cstn__psi_head *head, uint8_t out[CSTN__PSI_HEAD])
{
	memset(out, 0, CSTN__PSI_HEAD);
	memcpy(out, MAGIC, 8);
	out[8] = head->message;
	out[9] = head->mode;
	out[10] = head->direction;
	out[11] = head->flags;
	for (size_t i = 0; i < 4; i++)
		out[12 + i] = (uint8_t)(head->least_overlap >> 8 * i);
	memcpy(out + 16, head->run, CSTN__PSI_RUN);
	memcpy(out + 32, head->agreement, CSTN_PSI_DIGEST_SIZE);
	out[64] = head->request_log2;
	out[65] = head->reply_log2;
	memcpy(out + 72, head->kind, strlen(head->kind));
}

static cstn_status refuse(size_t at, const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "byte %zu: %s", at, rule);
}

static int is_log2(uint8_t log2)
{
	return log2 >= CSTN_PSI_LOG2_LEAST && log2 <= CSTN_PSI_LOG2_MOST;
}

/* Up to 64 bytes, no NUL inside, zeros behind. */
static cstn_status read_kind(const uint8_t *data, char out[65], cstn_error **error)
{
	size_t len = 0;

	while (len < 64 && data[72 + len])
		len++;
	if (len == 0)
		return refuse(72, "the kind of the identifiers is empty", error);
	for (size_t i = len; i < 64; i++)
		if (data[72 + i])
			return refuse(72 + i, "not 0 behind the kind of the identifiers", error);
	memcpy(out, data + 72, len);
	out[len] = 0;
	return CSTN_OK;
}

static cstn_status read_head(
		const uint8_t *data, uint8_t message, cstn__psi_head *head, cstn_error **error)
{
	if (memcmp(data, MAGIC, 8) != 0)
		return refuse(0, "no message of an intersection", error);
	memset(head, 0, sizeof(*head));
	head->message = data[8];
	head->mode = data[9];
	head->direction = data[10];
	head->flags = data[11];
	for (size_t i = 0; i < 4; i++)
		head->least_overlap |= (uint32_t)data[12 + i] << 8 * i;
	memcpy(head->run, data + 16, CSTN__PSI_RUN);
	memcpy(head->agreement, data + 32, CSTN_PSI_DIGEST_SIZE);
	head->request_log2 = data[64];
	head->reply_log2 = data[65];
	if (head->message != message)
		return refuse(8, message == CSTN__PSI_REQUEST ? "not a request" : "not a reply",
				error);
	if (head->mode != CSTN_PSI_ITEMS && head->mode != CSTN_PSI_SIZE)
		return refuse(9, "the mode is neither 1 nor 2", error);
	if (head->direction != CSTN_PSI_TO_RECIPIENT && head->direction != CSTN_PSI_TO_PROVIDER)
		return refuse(10, "the direction is neither 1 nor 2", error);
	if (head->flags & ~CSTN_PSI_SMALL_KIND)
		return refuse(11, "an unknown flag", error);
	if (!is_log2(head->request_log2))
		return refuse(64, "a size outside 2^4..2^17", error);
	if (message == CSTN__PSI_REPLY ? !is_log2(head->reply_log2) : head->reply_log2 != 0)
		return refuse(65, "a size outside 2^4..2^17, or one in a request", error);
	for (size_t i = 66; i < 72; i++)
		if (data[i])
			return refuse(i, "not 0", error);
	return read_kind(data, head->kind, error);
}

static size_t n_proofs(const cstn__psi_head *head)
{
	size_t n = (size_t)1 << head->request_log2;

	return head->mode == CSTN_PSI_ITEMS ? (n + CSTN__OPRF_BATCH - 1) / CSTN__OPRF_BATCH : 0;
}

size_t cstn__psi_size(const cstn__psi_head *head)
{
	size_t size = CSTN__PSI_HEAD + ((size_t)CSTN__OPRF_SIZE << head->request_log2);

	if (head->message == CSTN__PSI_REQUEST)
		return size;
	if (head->mode == CSTN_PSI_ITEMS)
		size += CSTN__OPRF_SIZE + n_proofs(head) * CSTN__OPRF_PROOF;
	return size + ((size_t)CSTN__PSI_TOKEN << head->reply_log2);
}

static cstn_status check_ascending(const uint8_t *data, const uint8_t *items, size_t n, size_t size,
		cstn_error **error)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(items + (i - 1) * size, items + i * size, size) >= 0)
			return refuse((size_t)(items + i * size - data), "not ascending", error);
	return CSTN_OK;
}

cstn_status cstn__psi_read(const void *data, size_t size, uint8_t message, cstn__psi_head *head,
		cstn__psi_body *body, cstn_error **error)
{
	const uint8_t *bytes = data, *at = bytes + CSTN__PSI_HEAD;
	cstn_status status;

	if (size < CSTN__PSI_HEAD)
		return refuse(size, "the message breaks off in its head", error);
	status = read_head(bytes, message, head, error);
	if (status != CSTN_OK)
		return status;
	if (size < cstn__psi_size(head))
		return refuse(size, "the message breaks off", error);
	if (size > cstn__psi_size(head))
		return refuse(cstn__psi_size(head), "bytes behind the end", error);
	memset(body, 0, sizeof(*body));
	body->n = (size_t)1 << head->request_log2;
	if (message == CSTN__PSI_REPLY && head->mode == CSTN_PSI_ITEMS) {
		body->public_key = at;
		at += CSTN__OPRF_SIZE;
	}
	body->elements = at;
	if (message == CSTN__PSI_REQUEST || head->mode == CSTN_PSI_SIZE)
		status = check_ascending(bytes, at, body->n, CSTN__OPRF_SIZE, error);
	if (status != CSTN_OK || message == CSTN__PSI_REQUEST)
		return status;
	at += body->n * CSTN__OPRF_SIZE;
	body->n_proofs = n_proofs(head);
	body->proofs = at;
	at += body->n_proofs * CSTN__OPRF_PROOF;
	body->tokens = at;
	body->n_tokens = (size_t)1 << head->reply_log2;
	return check_ascending(bytes, at, body->n_tokens, CSTN__PSI_TOKEN, error);
}

cstn_status cstn__psi_compare(
		const cstn__psi_head *own, const cstn__psi_head *theirs, cstn_error **error)
{
	const char *what = NULL;

	if (memcmp(own->agreement, theirs->agreement, CSTN_PSI_DIGEST_SIZE) != 0)
		what = "agreement";
	else if (strcmp(own->kind, theirs->kind) != 0)
		what = "kind of identifiers";
	else if (own->mode != theirs->mode)
		what = "mode";
	else if (own->direction != theirs->direction)
		what = "direction";
	else if (own->least_overlap != theirs->least_overlap)
		what = "least overlap";
	else if (own->flags != theirs->flags)
		what = "permission of a small kind";
	if (!what)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_MISMATCH, "the sides do not agree on the %s", what);
}
