#ifndef CSTN_SHARING_LOG_LEAF_H
#define CSTN_SHARING_LOG_LEAF_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <constellation/network.h>

/* Entries of a network's logs, which come with the change that they tell of: put into a
 * transaction, they are committed with it or not at all. */

/* Types of entries and the fields they have besides type, version and at_us. Digests are 64
 * hexadecimal digits; instants are microseconds; of personal and competitive values there are
 * commitments only (cstn_vault_commit()). */
#define CSTN__LEAF_NEGOTIATION "negotiation" /* digest (of the text that was signed) */
#define CSTN__LEAF_AGREEMENT "agreement"     /* digest */
#define CSTN__LEAF_TRANSITION "transition"   /* digest, agreement */
#define CSTN__LEAF_OVERRIDE "override"       /* digest */
#define CSTN__LEAF_RECEIPT "receipt"         /* digest, agreement */
/* Releases: see release_log.h. */
#define CSTN__LEAF_RELEASE_OPEN "release_open"
#define CSTN__LEAF_RELEASE_CLOSE "release_close"
#define CSTN__LEAF_CLOSE_UNKNOWN "close_unknown"
#define CSTN__LEAF_DUTY "duty"                   /* duty: agreement, term, index, release; state */
#define CSTN__LEAF_CONSIDERATION "consideration" /* agreement, term, index, state */
#define CSTN__LEAF_CONFLICT_SET "conflict_set"   /* set, parties */
#define CSTN__LEAF_ERASED "erased"               /* subject (pseudonym), categories, actor */
#define CSTN__LEAF_PSI_RUN "psi_run"             /* gates, sizes */
#define CSTN__LEAF_SPLIT_VIEW "split_view"       /* first, second: checkpoints */
#define CSTN__LEAF_DENIAL "denial"               /* likewise */
/* The field of an entry whose at_us is before that of an earlier one: true. */
#define CSTN__LEAF_MARK "non_monotone"
/* The host's own types begin so. */
#define CSTN__LEAF_OWN "x-"

typedef struct cstn__log_leaf {
	const char *party; /* whose log */
	size_t party_len;
	const char *constellation; /* of the shared log; length 0: the party's private log */
	size_t constellation_len;
	const char *type;
	int64_t at_us;
	const json_t *fields; /* an object, or NULL; copied; without names that every entry has */
	uint64_t *index;      /* NULL, or where its index goes at the commit; it lives until then */
	/* NULL, or a row of an internal noun that is stored with it, unchecked, after its field
	 * row_field has received the index; referenced until the commit. */
	cstn_record *row;
	uint32_t row_field;
} cstn__log_leaf;

/* Put an entry into the transaction. Its place in the log is decided at the commit, which runs
 * alone: entries never conflict. An at_us before that of an earlier entry is accepted and marked
 * "non_monotone":true. CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT above CSTN_LOG_ENTRY_MOST bytes;
 * CSTN_E_FORMAT for a fraction or an integer beyond 2^53 - 1; CSTN_E_STATE; CSTN_E_NOMEM: the
 * transaction is as it was. */
cstn_status cstn__transaction_log(
		cstn_transaction *transaction, const cstn__log_leaf *leaf, cstn_error **error);

/* The same in a transaction of its own, which is committed. */
cstn_status cstn__network_log_leaf(
		cstn_network *network, const cstn__log_leaf *leaf, cstn_error **error);

#endif
