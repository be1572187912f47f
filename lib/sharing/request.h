#ifndef CSTN_SHARING_REQUEST_H
#define CSTN_SHARING_REQUEST_H

#include <stdatomic.h>

#include <constellation/decision.h>

#include "base/alloc.h"

struct cstn_request {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena arena;
	uint32_t flags, action;
	int32_t level; /* never 0 */
	int32_t has_window;
	cstn_id constellation, provider, recipient, role, purpose; /* role.len 0: none */
	cstn_id *paths; /* sorted by their bytes, no two alike */
	cstn_id *stars; /* above each of them; no bytes: it is no field, but a star or no path */
	size_t n_paths;
	cstn_id *hops;
	size_t n_hops;
	int64_t data_from_us, data_until_us, now_us;
	cstn_fact *facts; /* sorted by operand */
	size_t n_facts;
	uint64_t rows, nano_epsilon;
	uint8_t nonce[CSTN_REQUEST_NONCE_SIZE];
};

/* What a request was made of; its lists are borrowed, those of paths and hops stand in `room`,
 * which has places for both. */
void cstn__request_options_of(
		const cstn_request *request, const char **room, cstn_request_options *out);
/* The same request, which pays another epsilon. CSTN_E_NOMEM. */
cstn_status cstn__request_with_epsilon(const cstn_request *request, uint64_t nano_epsilon,
		cstn_request **out, cstn_error **error);

/* The canonical JSON of a request. */
void cstn__request_put(const cstn_request *request, cstn__bytes *out);

/* SHA-256 of a first line and bytes. */
void cstn__digest_of(const char *first_line, const cstn__bytes *bytes,
		uint8_t out[CSTN_DECISION_DIGEST_SIZE]);

/* `"name":` with a comma before it unless it is the first of its object, then an integer: beyond
 * 2^53 - 1 in magnitude as text. */
void cstn__canonical_put_int(cstn__bytes *out, const char *name, int64_t value);
void cstn__canonical_put_uint(cstn__bytes *out, const char *name, uint64_t value);
/* ... then lower-case hexadecimal digits as text. */
void cstn__canonical_put_hex(cstn__bytes *out, const char *name, const uint8_t *data, size_t size);

#endif
