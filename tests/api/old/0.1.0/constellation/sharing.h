#ifndef CONSTELLATION_SHARING_H
#define CONSTELLATION_SHARING_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/agreement.h>
#include <constellation/alloc.h>
#include <constellation/constraint.h>
#include <constellation/decision.h>
#include <constellation/export.h>
#include <constellation/network.h>
#include <constellation/status.h>

/** @file sharing.h
 *  What a network keeps of the sharing of data: agreements with their transitions, overrides, how
 *  duties and considerations stand, what of each limit is used, what was delivered and released.
 *
 *  All of it changes in transactions, each change with its entry in the log of the party that acts
 *  (shared_log.h): after a crash both are there, or neither. Rules for decisions are compiled out
 *  of a snapshot of it. What a release writes (usage, its duties, deliveries) release.h alone
 *  writes; here it is read.
 *
 *      cstn_transaction_begin -> cstn_transaction_put_agreement -> cstn_transaction_commit
 *      cstn_network_snapshot -> cstn_rules_load -> cstn_decide
 *
 *  A transaction belongs to one thread at a time. It sees what it put itself; what it read of the
 *  rows here is required to be unchanged at the commit, else that is CSTN_E_CONFLICT. Records
 *  (constellations, members, keys) are read as they were committed before the transaction's first
 *  change. Instants are microseconds UTC, at most 2^53 - 1 in magnitude where an entry bears them;
 *  ids are NUL-terminated, 1..64 bytes; digests are 32 bytes, SHA-256. Of the calls that change a
 *  transaction, one that fails with CSTN_E_NOMEM, CSTN_E_CORRUPT or CSTN_E_IO may leave it
 *  incomplete: then every later call on it is CSTN_E_STATE, and it may only be freed. After all
 *  other failures it is as it was. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- what a party records --------------------------------------------------------------------- */

/** Put an agreement, or one that is there with more transitions. Entries AGREEMENT and, for each
 *  transition that is new, TRANSITION go into the shared log of `party` in its constellation. Who
 *  signed is checked by the `verifier` records of the network: the body by keys of both that held
 *  when it was made, each new transition by one of its actor. Its terms must be evaluable in the
 *  vocabulary of the constellation, so that cstn_rules_load() can compile them; if it derives from
 *  another agreement, each must be within one of that one's, and while that one does not decide,
 *  this one does not either. What is there already, transition for transition, changes nothing.
 *  @param party      provider or recipient of it: whose log tells of it
 *  @param agreement  with its terms, see cstn_agreement_with_terms(); copied
 *  @param vocabulary NULL, or the operands of the host that its terms speak of
 *  @param now_us     of the entries
 *  @return CSTN_OK; CSTN_E_MISSING without its terms; CSTN_E_NOT_FOUND for a constellation, a party
 *  or an agreement that it derives from that is not there; CSTN_E_SIGNATURE; CSTN_E_UNEVALUABLE
 *  naming what; CSTN_E_MISMATCH for a term within none of the parent's; CSTN_E_STALE if the network
 *  has more of it: later transitions, or a hold; CSTN_E_SPLIT_VIEW if it has another transition in
 *  the place of one: log both; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT above 8 MiB of bytes or past
 *  CSTN_AGREEMENT_DEPTH_MOST; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO;
 *  CSTN_E_NOMEM.
 *  Memory: the agreement's bytes until the commit. Cost: a verification a new signature, a scan of
 *  verifiers, purposes and field classes, O(bytes). One thread at a time a transaction. @since 0.1
 */
CSTN_API cstn_status cstn_transaction_put_agreement(cstn_transaction *transaction,
		const char *party, const cstn_agreement *agreement,
		const cstn_vocabulary *vocabulary, int64_t now_us,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- what a network says -----------------------------------------------------------------------
 */

/** What is loaded. All of constellation, provider and recipient NULL: everything; all given: what a
 *  decision of the provider for the recipient there depends on, which decides the same. */
typedef struct cstn_rules_load_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	const char *constellation;
	const char *provider;
	const char *recipient;
	/** NULL, or the operands of the host. Purposes, roles and classes of fields are the
	 * network's
	 */
	const cstn_vocabulary *vocabulary;
	const cstn_allocator *allocator; /**< of the rules; NULL: libc */
} cstn_rules_load_options;
/* clang-format off */
#define CSTN_RULES_LOAD_OPTIONS_INIT { sizeof(cstn_rules_load_options), 0, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Compile what a snapshot holds.
 *
 *  Constellations with framework, floors (the stricter of `minimum_group` and the `sharing_policy`)
 *  and vocabulary (records `purpose` and `field_class`, every role a record may have); memberships
 *  with roles, each no longer than its constellation, and each role no longer than its membership;
 *  relations; agreements with those they derive from; usage, duties and considerations; deliveries,
 *  conflict sets and overrides. An override counts while the officers' keys are records of the
 *  network; what is of a constellation that is not there is left out. The version of the rules is
 *  cstn_snapshot_seq().
 *  @param options NULL, or start from CSTN_RULES_LOAD_OPTIONS_INIT
 *  @param out     release with cstn_rules_unref(); it does not keep the snapshot
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE for a term that the vocabulary no longer has words for;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_LIMIT;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: what is loaded, once more while it is compiled. Cost: a scan a kind of record, as
 *  cstn_rules_build(); of two parties only their agreements are read. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_rules_load(cstn_snapshot *snapshot,
		const cstn_rules_load_options *options, cstn_rules **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Load all agreements of a snapshot into a store of memory, each linked to the one it derives
 *  from, so that cstn_agreement_store_find() and _apply() work on them.
 *  @param store empty; as it was on failure
 *  @return CSTN_OK; CSTN_E_STATE if the store has agreements; CSTN_E_CORRUPT;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the store's, its own. Cost: O(bytes + agreements squared where many derive). One thread
 *  at a time a store. @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_load(cstn_agreement_store *store, cstn_snapshot *snapshot,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
