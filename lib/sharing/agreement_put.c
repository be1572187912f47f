/* Agreements put into a network.
 *
 * A new agreement is checked as a whole: who signed, whether its terms could be offered and can be
 * evaluated, by a trial of the very compiler that rules are made with, and whether they are within
 * those of the agreement that it derives from. Of one that is there only the transitions that came
 * since are checked. Its row holds its bytes and, of each term, the one it derives from; its
 * entries tell of the body and of each new transition.
 *
 * Invariant: the chain of a row only grows. Cost: a verification a new signature. */
#include <constellation/sharing.h>

#include <inttypes.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/log_leaf.h"
#include "sharing/note_lines.h"
#include "sharing/sharing_checks.h"
#include "sharing/sharing_load.h"
#include "sharing/offer.h"

typedef struct putting {
	cstn_transaction *transaction;
	const char *party;
	const cstn_agreement *agreement;
	const cstn_agreement_body *body;
	const cstn_vocabulary *host;
	int64_t now_us;
	cstn_agreement *before; /* what is there; NULL */
	cstn_record *row;       /* of it */
	cstn_agreement *parent; /* that it derives from, linked to its own; NULL */
	cstn_vocabulary *vocabulary;
	cstn__bytes term_parents;
} putting;

static const cstn_allocator *memory_of(const putting *at)
{
	return &at->transaction->allocator;
}

/* --- what is there -----------------------------------------------------------------------------
 */

/* An agreement by its digest, linked to all above it. */
static cstn_status find_parent(putting *at, const uint8_t *digest, int depth, cstn_agreement **out,
		cstn_error **error)
{
	cstn_agreement *found = NULL, *above = NULL;
	cstn_status status =
			cstn__sharing_agreement_at(at->transaction, digest, NULL, &found, error);

	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND,
				"the agreement that it derives from is not here");
	if (status == CSTN_OK && depth > CSTN_AGREEMENT_DEPTH_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT, "more than %d agreements above it",
				CSTN_AGREEMENT_DEPTH_MOST);
	if (status != CSTN_OK || cstn__digest_is_zero(found->body->body.parent)) {
		if (status == CSTN_OK)
			*out = found;
		else
			cstn_agreement_unref(found);
		return status;
	}
	status = find_parent(at, found->body->body.parent, depth + 1, &above, error);
	if (status == CSTN_OK)
		status = cstn__agreement_link(found, above, out, error);
	cstn_agreement_unref(above);
	cstn_agreement_unref(found);
	return status;
}

/* Is the chain that is there the beginning of the one that comes? */
static cstn_status check_chain(const putting *at, cstn_error **error)
{
	const cstn_agreement *old = at->before, *new = at->agreement;
	size_t both = old->n < new->n ? old->n : new->n;

	for (size_t i = 0; i < both; i++)
		if (memcmp(old->transitions[i]->digest, new->transitions[i]->digest,
				    CSTN__DIGEST) != 0)
			return cstn__fail(error, CSTN_E_SPLIT_VIEW,
					"transition %zu is another one in the network", i + 1);
	if (new->n < old->n)
		return cstn__fail(error, CSTN_E_STALE,
				"the network has %zu transitions of the agreement, not %zu", old->n,
				new->n);
	if (old->split > new->split || (old->seen > new->n && old->seen > new->seen))
		return cstn__fail(error, CSTN_E_STALE,
				"the network holds the agreement for what it was shown");
	return CSTN_OK;
}

static int is_the_same(const cstn_agreement *a, const cstn_agreement *b)
{
	return a->n == b->n && a->seen == b->seen && a->split == b->split;
}

/* --- who signed --------------------------------------------------------------------------------
 */

static cstn_status check_signed(const putting *at, const cstn_party_keys *keys, const char *note,
		size_t len, const char *party, int64_t at_us, cstn_error **error)
{
	cstn_note *opened = NULL;
	cstn_status status = cstn_party_keys_open(keys, note, len, party, CSTN_PARTY_KEY_SIGN,
			at_us, 1, memory_of(at), &opened, error);

	cstn_note_free(opened);
	return status;
}

static cstn_status check_all_signed(
		const putting *at, const cstn_party_keys *keys, cstn_error **error)
{
	const cstn_agreement *a = at->agreement;
	cstn_status status = CSTN_OK;

	if (!at->before) {
		status = check_signed(at, keys, a->body->note, a->body->note_len,
				at->body->provider, at->body->made_us, error);
		if (status == CSTN_OK)
			status = check_signed(at, keys, a->body->note, a->body->note_len,
					at->body->recipient, at->body->made_us, error);
	}
	for (size_t i = at->before ? at->before->n : 0; i < a->n && status == CSTN_OK; i++) {
		const cstn__signed_transition *t = a->transitions[i];

		status = check_signed(at, keys, t->note, t->note_len,
				t->transition.actor == CSTN_ACTOR_PROVIDER ? at->body->provider
									   : at->body->recipient,
				t->transition.at_us, error);
	}
	return status;
}

static cstn_status check_signatures(const putting *at, cstn_error **error)
{
	cstn_party_keys *keys = NULL;
	cstn_status status = cstn__sharing_keys(at->transaction, &keys, error);

	if (status == CSTN_OK)
		status = check_all_signed(at, keys, error);
	cstn_party_keys_free(keys);
	return status;
}

/* --- what it is of -----------------------------------------------------------------------------
 */

static cstn_status load_vocabulary(putting *at, cstn_error **error)
{
	const char *place = at->body->constellation;
	cstn_status status = cstn__sharing_place_check(at->transaction, place, NULL, error);

	return status == CSTN_OK ? cstn__sharing_vocabulary(at->transaction->base, place, at->host,
						   memory_of(at), &at->vocabulary, error)
				 : status;
}

/* May its terms be offered at all? Whatever a duty is, cstn_transaction_put_duty() records it. */
static cstn_status check_offer(const putting *at, cstn_error **error)
{
	int is_dual_pair = 0;
	cstn_status status = cstn__relation_is_dual_pair(at->transaction->base, at->body->provider,
			at->body->recipient, at->now_us, memory_of(at), &is_dual_pair, error);

	return status == CSTN_OK
			       ? cstn__offer_check_recorded(cstn_agreement_terms(at->agreement),
						 at->vocabulary, is_dual_pair, memory_of(at), error)
			       : status;
}

/* Can rules be made of it? */
static cstn_status check_evaluable(const putting *at, cstn_error **error)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_builder *builder = NULL;
	cstn_rules *rules = NULL;
	cstn_status status = cstn_rules_builder_new(memory_of(at), &builder, error);

	place.constellation = at->body->constellation;
	place.vocabulary = at->vocabulary;
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_constellation(builder, &place, error);
	if (status == CSTN_OK)
		status = cstn__sharing_add_agreement(builder, at->agreement, NULL, error);
	if (status == CSTN_OK)
		status = cstn_rules_build(builder, &rules, error);
	cstn_rules_unref(rules);
	cstn_rules_builder_free(builder);
	return status;
}

/* --- what it derives from ----------------------------------------------------------------------
 */

/* The first of the parent's terms that a term is within; a prohibition derives from none. */
static cstn_status find_term_parent(
		const putting *at, const cstn_term *term, uint8_t *out, cstn_error **error)
{
	const cstn_term_set *above = cstn_agreement_terms(at->parent);
	int32_t within = 0, component;
	cstn_status status = CSTN_OK;

	memset(out, 0, CSTN__DIGEST);
	if (cstn_term_components(term)->effect == CSTN_EFFECT_PROHIBIT)
		return CSTN_OK;
	for (size_t i = 0; i < cstn_term_set_count(above) && status == CSTN_OK; i++) {
		const cstn_term *one = cstn_term_set_at(above, i);

		status = cstn_term_is_within(term, one, at->vocabulary, &within, &component, error);
		if (status == CSTN_OK && within) {
			cstn_term_digest(one, out);
			break;
		}
	}
	return status;
}

static cstn_status check_parent(putting *at, cstn_error **error)
{
	const cstn_term_set *terms = cstn_agreement_terms(at->agreement);
	cstn_agreement *linked = NULL;
	cstn_status status;

	if (cstn__digest_is_zero(at->body->parent))
		return CSTN_OK;
	status = find_parent(at, at->body->parent, 1, &at->parent, error);
	if (status == CSTN_OK)
		status = cstn_agreement_derive(
				at->agreement, at->parent, at->vocabulary, &linked, error);
	cstn_agreement_unref(linked);
	for (size_t i = 0; i < cstn_term_set_count(terms) && status == CSTN_OK; i++) {
		uint8_t parent[CSTN__DIGEST];
		char digits[CSTN__HEX_SIZE];

		status = find_term_parent(at, cstn_term_set_at(terms, i), parent, error);
		cstn__hex(parent, CSTN__DIGEST, digits);
		cstn__bytes_put(&at->term_parents, digits, CSTN__HEX_SIZE - 1);
	}
	if (status == CSTN_OK && at->term_parents.failed)
		status = cstn__fail_nomem(error);
	return status;
}

/* --- putting it --------------------------------------------------------------------------------
 */

static void set_row(const putting *at, cstn_record *row, const cstn_buffer *bytes)
{
	const cstn__cell *parents;

	cstn__sharing_set_digest(
			row, CSTN__SHARING_AGREEMENT_DIGEST, cstn_agreement_digest(at->agreement));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_CONSTELLATION_ID,
			at->body->constellation, strlen(at->body->constellation));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_PROVIDER_ID, at->body->provider,
			strlen(at->body->provider));
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_RECIPIENT_ID, at->body->recipient,
			strlen(at->body->recipient));
	cstn__sharing_set_digest(row, CSTN__SHARING_AGREEMENT_PARENT, at->body->parent);
	cstn__sharing_set_number(
			row, CSTN__SHARING_AGREEMENT_TRANSITIONS, (int64_t)at->agreement->n);
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_AGREEMENT,
			(const char *)cstn_buffer_data(bytes), cstn_buffer_size(bytes));
	if (!at->row) {
		cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_TERM_PARENTS,
				(const char *)at->term_parents.data, at->term_parents.size);
		return;
	}
	parents = cstn__sharing_cell(at->row, CSTN__SHARING_AGREEMENT_TERM_PARENTS);
	cstn__sharing_set_text(row, CSTN__SHARING_AGREEMENT_TERM_PARENTS, parents->text,
			parents->valid ? parents->len : 0);
}

static size_t parents_size(const putting *at)
{
	return at->row ? cstn__sharing_cell(at->row, CSTN__SHARING_AGREEMENT_TERM_PARENTS)->len
		       : at->term_parents.size;
}

static cstn_status put_row(const putting *at, cstn_error **error)
{
	cstn_buffer *bytes = NULL;
	cstn_record *row = NULL;
	cstn_status status = cstn_agreement_serialize(at->agreement, &bytes, error);

	if (status == CSTN_OK && cstn_buffer_size(bytes) > CSTN__SHARING_BYTES_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT, "an agreement of %zu bytes; at most %zu",
				cstn_buffer_size(bytes), CSTN__SHARING_BYTES_MOST);
	if (status == CSTN_OK)
		status = cstn__sharing_row_new(at->transaction, CSTN__NOUN_SHARING_AGREEMENT,
				cstn_buffer_size(bytes) + parents_size(at) + 2 * CSTN__HEX_SIZE +
						3 * (CSTN_ID_MOST + 1) + 2,
				at->now_us, &row, error);
	if (status == CSTN_OK) {
		set_row(at, row, bytes);
		status = cstn__sharing_put_row(at->transaction, row, error);
	}
	cstn_buffer_free(bytes);
	return status;
}

static cstn_status put_entries(const putting *at, cstn_error **error)
{
	const cstn_agreement *a = at->agreement;
	const cstn__sharing_place place = {
			at->transaction, at->party, at->body->constellation, at->now_us};
	cstn_status status = CSTN_OK;

	if (!at->before)
		status = cstn__sharing_log_digest(
				&place, CSTN__LEAF_AGREEMENT, a->body->digest, NULL, error);
	for (size_t i = at->before ? at->before->n : 0; i < a->n && status == CSTN_OK; i++)
		status = cstn__sharing_log_digest(&place, CSTN__LEAF_TRANSITION,
				a->transitions[i]->digest, a->body->digest, error);
	return status;
}

static cstn_status check_new(putting *at, cstn_error **error)
{
	cstn_status status =
			cstn__sharing_partner_check(at->transaction, at->body->provider, error);

	if (status == CSTN_OK)
		status = cstn__sharing_partner_check(at->transaction, at->body->recipient, error);
	if (status == CSTN_OK)
		status = load_vocabulary(at, error);
	if (status == CSTN_OK)
		status = check_offer(at, error);
	if (status == CSTN_OK)
		status = check_evaluable(at, error);
	return status == CSTN_OK ? check_parent(at, error) : status;
}

static cstn_status put(putting *at, cstn_error **error)
{
	cstn_status status = cstn__sharing_agreement_at(at->transaction,
			cstn_agreement_digest(at->agreement), &at->row, &at->before, error);

	if (status == CSTN_OK)
		status = at->before ? check_chain(at, error) : check_new(at, error);
	if (status != CSTN_OK || (at->before && is_the_same(at->before, at->agreement)))
		return status;
	status = check_signatures(at, error);
	if (status == CSTN_OK)
		status = put_row(at, error);
	if (status != CSTN_OK)
		return status;
	status = put_entries(at, error);
	if (status != CSTN_OK)
		at->transaction->broken = 1;
	return status;
}

static cstn_status check_arguments(const cstn_transaction *transaction, const char *party,
		const cstn_agreement *agreement, cstn_error **error)
{
	cstn_status status;

	if (!transaction || !party || !agreement)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!transaction ? "transaction"
				: !party     ? "party"
					     : "agreement");
	status = cstn__sharing_side_check(agreement, party, error);
	if (status == CSTN_OK && !agreement->terms)
		status = cstn__fail(error, CSTN_E_MISSING,
				"the agreement has no terms, see cstn_agreement_with_terms()");
	return status;
}

cstn_status cstn_transaction_put_agreement(cstn_transaction *transaction, const char *party,
		const cstn_agreement *agreement, const cstn_vocabulary *vocabulary, int64_t now_us,
		cstn_error **error)
{
	putting at = {.transaction = transaction,
			.party = party,
			.agreement = agreement,
			.host = vocabulary,
			.now_us = now_us};
	cstn_status status = check_arguments(transaction, party, agreement, error);

	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	if (status != CSTN_OK)
		return status;
	at.body = &agreement->body->body;
	cstn__bytes_init(&at.term_parents, &transaction->allocator);
	status = put(&at, error);
	cstn__bytes_free(&at.term_parents);
	cstn_vocabulary_unref(at.vocabulary);
	cstn_agreement_unref(at.parent);
	cstn_agreement_unref(at.before);
	cstn_record_unref(at.row);
	return status;
}
