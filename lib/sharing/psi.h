#ifndef CSTN_SHARING_PSI_H
#define CSTN_SHARING_PSI_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/psi.h>

#include "base/alloc.h"
#include "base/map.h"
#include "sharing/oprf.h"

/* What both sides of a run have, and the messages between them.
 *
 * A message is a head of 136 bytes - magic `CSTNPSI1`, u8 kind of message (1 request, 2 reply), u8
 * mode, u8 direction, u8 flags, u32 least overlap, run id (16), digest of the agreement (32), u8
 * log2 of the request's size, u8 log2 of the reply's (0 in a request), u16 0, u32 0, kind of the
 * identifiers (64, zeros behind) - and its body:
 *
 *  request  elements, 32 bytes each, strictly ascending
 *  reply    mode ITEMS: public key, evaluations in the order of the request, a proof for each batch
 *           of 65,535; mode SIZE: evaluations, ascending. Then tokens, 16 bytes each, strictly
 *           ascending. The order of bytes that are random hides what was where, as a shuffle does.
 */
#define CSTN__PSI_HEAD 136u
#define CSTN__PSI_RUN 16u
#define CSTN__PSI_TOKEN 16u
#define CSTN__PSI_REQUEST 1u
#define CSTN__PSI_REPLY 2u
#define CSTN__PSI_MORSEL 256u
#define CSTN__PSI_NOT_IN UINT64_MAX /* of a call that failed */

typedef struct cstn__psi_head {
	uint8_t message, mode, direction, flags;
	uint32_t least_overlap;
	uint8_t run[CSTN__PSI_RUN];
	uint8_t agreement[CSTN_PSI_DIGEST_SIZE];
	uint8_t request_log2, reply_log2;
	char kind[65];
} cstn__psi_head;

/* Where the parts of a body are. */
typedef struct cstn__psi_body {
	const uint8_t *elements; /* of a request; or the evaluations */
	const uint8_t *public_key, *proofs, *tokens;
	size_t n, n_tokens, n_proofs;
} cstn__psi_body;

void cstn__psi_head_write(const cstn__psi_head *head, uint8_t out[CSTN__PSI_HEAD]);
/* Bytes of a message with this head. */
size_t cstn__psi_size(const cstn__psi_head *head);
/* Untrusted bytes of a message of kind `message`: form, sizes, order. Whether elements are ones of
 * the group is looked at by cstn__psi_check_elements(). CSTN_E_FORMAT with the byte offset. */
cstn_status cstn__psi_read(const void *data, size_t size, uint8_t message, cstn__psi_head *head,
		cstn__psi_body *body, cstn_error **error);
/* CSTN_E_MISMATCH naming the first thing that two heads do not agree on. */
cstn_status cstn__psi_compare(
		const cstn__psi_head *own, const cstn__psi_head *theirs, cstn_error **error);

/* --- a side (psi.c) --- */
typedef struct cstn__psi_side {
	cstn_allocator allocator;
	cstn_psi_options options; /* without texts */
	cstn__psi_head head;
	int is_sender;
	char partner[65], party[65], constellation[65]; /* of a signed agreement; else "" */
	cstn_network *network;                          /* referenced; or NULL */
	uint8_t term[CSTN_PSI_DIGEST_SIZE];             /* that permits; zeros */
	uint8_t decision[CSTN_PSI_DIGEST_SIZE];         /* that permits; zeros */
	int has_term, has_decision;
	int64_t calls, window_us; /* limits of the term; 0: none */
	cstn__interner values;
	CSTN__ARRAY(uint64_t) places; /* by the value's code: among all added; CSTN__PSI_NOT_IN */
	size_t n;                     /* values that are in */
	uint64_t added;
	int done; /* the request was made; or answered */
} cstn__psi_side;
/* On failure nothing is to be freed. */
cstn_status cstn__psi_side_init(cstn__psi_side *side, int is_sender,
		const cstn_psi_options *options, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__psi_side_free(cstn__psi_side *side);
cstn_status cstn__psi_side_add(cstn__psi_side *side, const uint8_t *bytes, const uint64_t *ends,
		size_t count, cstn_error **error);
/* The codes of the values that are in, in the order they came; side->n of them, in `out`. */
void cstn__psi_codes(const cstn__psi_side *side, uint32_t *out);
cstn_status cstn__psi_random(cstn__psi_side *side, void *out, size_t size, cstn_error **error);
/* A scalar that is not 0. */
cstn_status cstn__psi_random_scalar(cstn__psi_side *side, uint8_t *out, cstn_error **error);
/* The log2 of the declared size; CSTN_E_LIMIT. */
cstn_status cstn__psi_declare(const cstn__psi_side *side, uint8_t *log2, cstn_error **error);
/* The element of a value, bound to agreement, direction and run; and its token from the element
 * under the key. */
void cstn__psi_element(const cstn__psi_side *side, size_t value, uint8_t *element);
void cstn__psi_token(const cstn__psi_side *side, size_t value, const uint8_t *element,
		uint8_t out[CSTN__PSI_TOKEN]);
/* In the mode SIZE a token is of the element alone. */
void cstn__psi_token_plain(const uint8_t *element, uint8_t out[CSTN__PSI_TOKEN]);
cstn_status cstn__psi_check_elements(
		cstn__psi_side *side, const uint8_t *elements, size_t n, cstn_error **error);
/* body(context, i) for each of n, on the side's threads; counts progress. */
cstn_status cstn__psi_each(cstn__psi_side *side, size_t n,
		cstn_status (*body)(void *context, size_t i), void *context, cstn_error **error);
void cstn__psi_sort(uint8_t *items, size_t n, size_t size); /* by their bytes */

/* --- gates (psi_gate.c, psi_log.c) --- */
/* May this side run? Fills in what the term says; a refusal is entered. CSTN_E_DENIED. */
cstn_status cstn__psi_term_gate(
		cstn__psi_side *side, const cstn_psi_options *options, cstn_error **error);
/* Before a step gives anything out: the run is charged, the step entered. CSTN_E_BUDGET. */
cstn_status cstn__psi_gate(cstn__psi_side *side, const char *step, cstn_error **error);
/* The step is entered: gates and sizes; with a `reason` as refused. */
cstn_status cstn__psi_log(
		cstn__psi_side *side, const char *step, const char *reason, cstn_error **error);
/* Hands on what a step came to: `status` with its error, which is taken. A refusal (DENIED, BUDGET,
 * MISMATCH, PROOF) is entered before; if it cannot be, that is told in its place. */
cstn_status cstn__psi_told(cstn__psi_side *side, const char *step, cstn_status status,
		const char *reason, cstn_error *told, cstn_error **error);

/* --- runs (psi_runs.c) --- */
/* CSTN_E_BUDGET. */
cstn_status cstn__psi_runs_charge(
		cstn_psi_runs *runs, const char *partner, int64_t now_us, cstn_error **error);
/* Does a count let no more run than so many calls in each window? */
int cstn__psi_runs_within(const cstn_psi_runs *runs, int64_t calls, int64_t window_us);
/* Takes back what was charged last for the partner. */
void cstn__psi_runs_return(cstn_psi_runs *runs, const char *partner);

#endif
