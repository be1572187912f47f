#ifndef CSTN_SHARING_SHARING_LOAD_H
#define CSTN_SHARING_SHARING_LOAD_H

#include <constellation/agreement.h>
#include <constellation/decision.h>
#include <constellation/party_keys.h>

#include "network/network.h"
#include "sharing/rules.h"

/* What a snapshot says of the sharing of data, read into the values of the library. */

/* --- rows --------------------------------------------------------------------------------------
 */

/* Call `visit` for each row of a noun in which these texts are equal; what it returns besides
 * CSTN_OK ends the scan. The row is borrowed for the call. */
typedef cstn_status cstn__row_visit(void *user, const cstn_record *row, cstn_error **error);
cstn_status cstn__sharing_scan(cstn__snapshot *snapshot, uint32_t noun,
		const cstn__scan_text *texts, size_t n_texts, const cstn_allocator *allocator,
		cstn__row_visit *visit, void *user, cstn_error **error);
/* The same of rows whose numbers lie in ranges, too. */
typedef struct cstn__row_filter {
	const cstn__scan_text *texts;
	size_t n_texts;
	const cstn__scan_range *ranges;
	size_t n_ranges;
} cstn__row_filter;
cstn_status cstn__sharing_scan_some(cstn__snapshot *snapshot, uint32_t noun,
		const cstn__row_filter *filter, const cstn_allocator *allocator,
		cstn__row_visit *visit, void *user, cstn_error **error);

static inline cstn__scan_text cstn__sharing_equals(uint32_t field, const char *text)
{
	return (cstn__scan_text){CSTN__COLUMN_FIRST + field, text, strlen(text)};
}

/* The text of a field, NUL-terminated; "" if it has none. */
const char *cstn__row_get_text(const cstn_record *row, uint32_t field);
/* The number of a field, or `otherwise` if it has none. */
int64_t cstn__row_get_number(const cstn_record *row, uint32_t field, int64_t otherwise);
cstn_status cstn__row_get_digest(
		const cstn_record *row, uint32_t field, uint8_t *out, cstn_error **error);

/* As cstn_party_keys_load(), but a record that is no key is left out: it verifies nothing. */
cstn_status cstn__party_keys_load(cstn_party_keys *keys, cstn__snapshot *snapshot,
		const cstn_allocator *allocator, cstn_error **error);

/* --- constellations ----------------------------------------------------------------------------
 */

/* The vocabulary of a constellation: operands of `host` (NULL: the built-in ones only), purposes
 * and classes of fields of the network, the roles there are. Release it with
 * cstn_vocabulary_unref(). */
cstn_status cstn__sharing_vocabulary(cstn__snapshot *snapshot, const char *constellation,
		const cstn_vocabulary *host, const cstn_allocator *allocator, cstn_vocabulary **out,
		cstn_error **error);

/* The record of a constellation; NULL if there is none. */
cstn_status cstn__sharing_constellation(cstn__snapshot *snapshot, const char *constellation,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error);

/* --- agreements --------------------------------------------------------------------------------
 */

/* The agreement of a row of the noun sharing_agreement, without its parent. */
cstn_status cstn__sharing_agreement_read(const cstn_record *row, const cstn_allocator *allocator,
		cstn_agreement **out, cstn_error **error);

/* As cstn_rules_builder_add_signed(), with the terms that the agreement has. */
cstn_status cstn__sharing_add_agreement(cstn_rules_builder *builder,
		const cstn_agreement *agreement, const uint8_t *term_parents, cstn_error **error);

/* --- rules being loaded ------------------------------------------------------------------------
 */

typedef struct cstn__load_window {
	int64_t from_us, until_us;
} cstn__load_window;

typedef struct cstn__load_digest {
	uint8_t bytes[CSTN__DIGEST_SIZE];
} cstn__load_digest;

typedef struct cstn__rules_load {
	cstn_snapshot *snapshot;
	cstn_rules_builder *builder;
	cstn_allocator allocator;
	const char *constellation, *provider, *recipient; /* NULL: all */
	const cstn_vocabulary *host;
	cstn_party_keys *keys;
	cstn__interner places;  /* constellations that were added */
	cstn__interner digests; /* agreements that were added */
	cstn__interner terms;   /* and their terms, behind the agreement's digest */
	/* By the code of its constellation: when it is there at all. */
	CSTN__ARRAY(cstn__load_window) windows;
	/* Parents that are still to be added, by their digests. */
	CSTN__ARRAY(cstn__load_digest) parents;
} cstn__rules_load;

/* The window of a constellation that was added; NULL. */
const cstn__load_window *cstn__rules_load_place(
		const cstn__rules_load *load, const char *constellation);
/* Agreements, with their parents, and what is said of their terms. */
cstn_status cstn__rules_load_agreements(cstn__rules_load *load, cstn_error **error);

#endif
