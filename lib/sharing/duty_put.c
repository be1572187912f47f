/* How duties and considerations stand, and conflict sets, put into a network.
 *
 * Each is checked against the agreement that it is of, then stored as a row by its key with an
 * entry in the log of who says so. Duties that a release made are there before; others begin here.
 * A duty that is violated, by word or by the clock, sets its consequence going, a row beside its
 * own.
 *
 * Cost: a point read of the agreement, whose bytes are read; a row and an entry. */
#include <constellation/sharing.h>

#include <inttypes.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/decision.h"
#include "sharing/duty_clock.h"
#include "sharing/log_leaf.h"
#include "sharing/note_lines.h"
#include "sharing/sharing_checks.h"

static cstn_status check_given(const cstn_transaction *transaction, const char *party,
		const void *given, cstn_error **error)
{
	if (!transaction || !party || !given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!transaction ? "transaction"
				: !party     ? "party"
					     : "what is put");
	return CSTN_OK;
}

static cstn_status check_state(int32_t state, const char *what, cstn_error **error)
{
	if (state < 1 || state > 4)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"state %" PRId32 " is not one of CSTN_%s_...", state, what);
	return CSTN_OK;
}

/* The agreement that is spoken of, of which the place's party is one side; the place is in its
 * constellation. */
static cstn_status find_agreement(cstn__sharing_place *place, const uint8_t *digest,
		cstn_agreement **out, cstn_error **error)
{
	cstn_status status = cstn__sharing_begin(place->transaction, place->now_us, error);

	if (status == CSTN_OK)
		status = cstn__sharing_agreement_find(place->transaction, digest, out, error);
	if (status != CSTN_OK)
		return status;
	place->constellation = (*out)->body->constellation;
	return cstn__sharing_side_check(*out, place->party, error);
}

/* --- duties ------------------------------------------------------------------------------------
 */

/* A duty of a release is one that the release made, a consequence one that began; one of the term
 * has a place in it. */
static cstn_status check_duty(const cstn__duty_row *row, const cstn_term_view *term, uint32_t last,
		int found, cstn_error **error)
{
	if (cstn__digest_is_zero(row->release) && !row->consequence)
		return row->index < term->n_duties ? CSTN_OK
						   : cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
								     "the term has %zu duties, "
								     "none at %" PRIu32,
								     term->n_duties, row->index);
	if (found && row->consequence <= last)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_NOT_FOUND, "%s",
			row->consequence ? "no such consequence has begun"
					 : "the release made no such duty");
}

/* That delivered data are gone is said by a receipt where the term asks for a proof. */
static cstn_status check_proof(
		const cstn__duty_row *row, const cstn_term_view *term, cstn_error **error)
{
	if (row->index < CSTN_RULES_DUTY_REVOCATION || row->state != CSTN_DUTY_FULFILLED ||
			!term->retention->proof)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_MISSING,
			"retention, proof: the term asks for one, see "
			"cstn_transaction_put_receipt()");
}

/* What follows from a violation now begins, unless it did before. */
static cstn_status begin_consequence(const cstn__sharing_place *place,
		const cstn_agreement *agreement, const cstn_term_view *term,
		const cstn__duty_row *violated, cstn_error **error)
{
	cstn__duty_row next, before;
	cstn_status status;
	int found = 0;

	if (!cstn__duty_follow(agreement, term, violated, place->now_us, &next))
		return CSTN_OK;
	before = next;
	status = cstn__sharing_duty_find(place->transaction, &before, &found, error);
	if (status != CSTN_OK || found)
		return status;
	return cstn__sharing_duty_log(place, &next, error);
}

/* What the clock began is stored, then how the duty stands. */
static cstn_status store_duty(const cstn__sharing_place *place, const cstn_agreement *agreement,
		const cstn_term_view *term, cstn__duty_row *row, cstn_error **error)
{
	uint32_t last = 0;
	int found = 0;
	cstn_status status = cstn__duty_walk(place, agreement, term, row, 1, &last, &found, error);

	if (status == CSTN_OK && cstn__digest_is_zero(row->release) && !row->consequence)
		memcpy(row->action, term->duties[row->index]->action,
				strlen(term->duties[row->index]->action) + 1);
	if (status == CSTN_OK)
		status = cstn__sharing_duty_log(place, row, error);
	if (status == CSTN_OK && row->state == CSTN_DUTY_VIOLATED)
		status = begin_consequence(place, agreement, term, row, error);
	if (status != CSTN_OK)
		place->transaction->broken = 1;
	return status;
}

cstn_status cstn__sharing_duty_say(const cstn__sharing_place *place,
		const cstn_agreement *agreement, cstn__duty_row *row, cstn_error **error)
{
	const cstn_term_view *term = NULL;
	uint32_t last = 0;
	int found = 0;
	cstn_status status = cstn__sharing_term_find(agreement, row->term, &term, error);

	if (status == CSTN_OK)
		status = cstn__duty_walk(place, agreement, term, row, 0, &last, &found, error);
	if (status == CSTN_OK)
		status = check_duty(row, term, last, found, error);
	if (status == CSTN_OK)
		status = check_proof(row, term, error);
	return status == CSTN_OK ? store_duty(place, agreement, term, row, error) : status;
}

static cstn_status put_duty(const cstn__sharing_place *place, const cstn_sharing_duty *given,
		const cstn_agreement *agreement, cstn_error **error)
{
	cstn__duty_row row = {.index = given->index,
			.consequence = given->consequence,
			.state = given->state,
			.deadline_us = given->deadline_us};

	memcpy(row.agreement, given->agreement, CSTN__DIGEST);
	memcpy(row.term, given->term, CSTN__DIGEST);
	memcpy(row.release, given->release, CSTN__DIGEST);
	if (given->state == CSTN_DUTY_WAIVED)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a duty is waived by a signed note of the provider, see "
				"cstn_transaction_put_waiver()");
	return cstn__sharing_duty_say(place, agreement, &row, error);
}

cstn_status cstn_transaction_put_duty(cstn_transaction *transaction, const char *party,
		const cstn_sharing_duty *duty, int64_t now_us, cstn_error **error)
{
	cstn__sharing_place place = {transaction, party, NULL, now_us};
	cstn_agreement *agreement = NULL;
	cstn_sharing_duty given;
	cstn_status status = check_given(transaction, party, duty, error);

	if (status == CSTN_OK)
		status = cstn__options_read(duty, sizeof(given), sizeof(given), 0,
				"cstn_sharing_duty", &given, error);
	if (status == CSTN_OK)
		status = check_state(given.state, "DUTY", error);
	if (status == CSTN_OK && given.reserved0)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %" PRIu32,
				given.reserved0);
	if (status == CSTN_OK)
		status = find_agreement(&place, given.agreement, &agreement, error);
	if (status == CSTN_OK)
		status = put_duty(&place, &given, agreement, error);
	cstn_agreement_unref(agreement);
	return status;
}

/* --- considerations ----------------------------------------------------------------------------
 */

static json_t *consideration_fields(const cstn_rules_consideration *given)
{
	static const char *const states[] = {"current", "due", "overdue", "unknown"};
	char agreement[CSTN__HEX_SIZE], term[CSTN__HEX_SIZE];

	cstn__sharing_hex(given->agreement, agreement);
	cstn__sharing_hex(given->term, term);
	return json_pack("{s:s, s:s, s:I, s:s}", "agreement", agreement, "term", term, "index",
			(json_int_t)given->index, "state",
			states[given->state - CSTN_CONSIDERATION_CURRENT]);
}

static cstn_status store_consideration(const cstn__sharing_place *place,
		const cstn_rules_consideration *given, cstn_error **error)
{
	cstn_record *row = NULL;
	cstn_status status =
			cstn__sharing_row_new(place->transaction, CSTN__NOUN_TERM_CONSIDERATION,
					2 * CSTN__HEX_SIZE, place->now_us, &row, error);

	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(row, CSTN__TERM_CONSIDERATION_AGREEMENT, given->agreement);
	cstn__sharing_set_digest(row, CSTN__TERM_CONSIDERATION_TERM, given->term);
	cstn__sharing_set_number(row, CSTN__TERM_CONSIDERATION_NUMBER, given->index);
	cstn__sharing_set_number(row, CSTN__TERM_CONSIDERATION_STATE, given->state);
	cstn__sharing_set_number(row, CSTN__TERM_CONSIDERATION_DUE_US, given->due_us);
	status = cstn__sharing_put_row(place->transaction, row, error);
	if (status == CSTN_OK)
		status = cstn__sharing_log(place, CSTN__LEAF_CONSIDERATION,
				consideration_fields(given), error);
	if (status != CSTN_OK)
		place->transaction->broken = 1;
	return status;
}

static cstn_status put_consideration(const cstn__sharing_place *place,
		cstn_rules_consideration *given, const cstn_agreement *agreement,
		cstn_error **error)
{
	const cstn_term_view *term = NULL;
	cstn_status status = cstn__sharing_term_find(agreement, given->term, &term, error);

	if (status == CSTN_OK && given->index >= term->n_considerations)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the term has %zu considerations, none at %" PRIu32,
				term->n_considerations, given->index);
	if (status == CSTN_OK && term->considerations[given->index]->kind ==
						 CSTN_CONSIDERATION_EXPLICIT_NONE)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"nothing is given in return, which is always current");
	if (status == CSTN_OK && given->state == CSTN_CONSIDERATION_CURRENT &&
			given->due_us == INT64_MAX)
		given->due_us = cstn__consideration_next(term->considerations[given->index],
				agreement->body->body.valid_from_us, place->now_us);
	return status == CSTN_OK ? store_consideration(place, given, error) : status;
}

cstn_status cstn_transaction_put_consideration(cstn_transaction *transaction, const char *party,
		const cstn_rules_consideration *consideration, int64_t now_us, cstn_error **error)
{
	cstn__sharing_place place = {transaction, party, NULL, now_us};
	cstn_rules_consideration given;
	cstn_agreement *agreement = NULL;
	cstn_status status = check_given(transaction, party, consideration, error);

	if (status == CSTN_OK)
		status = cstn__options_read(consideration, sizeof(given), sizeof(given), 0,
				"cstn_rules_consideration", &given, error);
	if (status == CSTN_OK)
		status = check_state(given.state, "CONSIDERATION", error);
	if (status == CSTN_OK)
		status = find_agreement(&place, given.agreement, &agreement, error);
	if (status == CSTN_OK)
		status = put_consideration(&place, &given, agreement, error);
	cstn_agreement_unref(agreement);
	return status;
}

/* --- conflict sets -----------------------------------------------------------------------------
 */

static cstn_status check_parties(cstn_transaction *transaction, const char *const *parties,
		size_t n_parties, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < n_parties && status == CSTN_OK; i++) {
		status = cstn__id_check_text(parties[i], "party", error);
		if (status == CSTN_OK)
			status = cstn__sharing_partner_check(transaction, parties[i], error);
		for (size_t k = 0; k < i && status == CSTN_OK; k++)
			if (strcmp(parties[i], parties[k]) == 0)
				status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"'%.64s' is twice in the conflict set", parties[i]);
	}
	return status;
}

/* The ids, each with a NUL behind it. */
static void write_parties(cstn__bytes *out, const char *const *parties, size_t n_parties)
{
	for (size_t i = 0; i < n_parties; i++)
		cstn__bytes_put(out, parties[i], strlen(parties[i]) + 1);
}

static json_t *set_fields(const char *set_id, const char *const *parties, size_t n_parties)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < n_parties; i++)
		if (json_array_append_new(list, json_string(parties[i])) != 0) {
			json_decref(list);
			list = NULL;
		}
	return list ? json_pack("{s:s, s:o}", "set", set_id, "parties", list) : NULL;
}

static cstn_status make_set(const cstn__sharing_place *place, const char *set_id,
		const char *const *parties, size_t n_parties, cstn_record **out, cstn_error **error)
{
	cstn__bytes text;
	cstn_status status;

	cstn__bytes_init(&text, &place->transaction->allocator);
	write_parties(&text, parties, n_parties);
	status = text.failed ? cstn__fail_nomem(error)
			     : cstn__sharing_row_new(place->transaction, CSTN__NOUN_CONFLICT_SET,
					       strlen(place->constellation) + strlen(set_id) +
							       text.size + 3,
					       place->now_us, out, error);
	if (status == CSTN_OK) {
		cstn__sharing_set_text(*out, CSTN__CONFLICT_SET_CONSTELLATION_ID,
				place->constellation, strlen(place->constellation));
		cstn__sharing_set_text(*out, CSTN__CONFLICT_SET_SET_ID, set_id, strlen(set_id));
		cstn__sharing_set_text(*out, CSTN__CONFLICT_SET_PARTIES, (const char *)text.data,
				text.size);
	}
	cstn__bytes_free(&text);
	return status;
}

/* The entry comes first: it may have no room for so many ids. */
static cstn_status put_set(const cstn__sharing_place *place, const char *set_id,
		const char *const *parties, size_t n_parties, cstn_error **error)
{
	cstn_record *row = NULL;
	cstn_status status = make_set(place, set_id, parties, n_parties, &row, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__sharing_log(place, CSTN__LEAF_CONFLICT_SET,
			set_fields(set_id, parties, n_parties), error);
	if (status != CSTN_OK) {
		cstn_record_unref(row);
		return status;
	}
	status = cstn__sharing_put_row(place->transaction, row, error);
	if (status != CSTN_OK)
		place->transaction->broken = 1;
	return status;
}

cstn_status cstn_transaction_put_conflict_set(cstn_transaction *transaction,
		const char *constellation, const char *set_id, const char *const *parties,
		size_t n_parties, int64_t now_us, cstn_error **error)
{
	char owner[CSTN_ID_MOST + 1];
	const cstn__sharing_place place = {transaction, owner, constellation, now_us};
	cstn_status status;

	if (!transaction || (n_parties && !parties))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				transaction ? "parties" : "transaction");
	if (n_parties == 1 || n_parties > CSTN_CONFLICT_SET_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a conflict set of %zu parties; 2 to %d, or none to dissolve it",
				n_parties, CSTN_CONFLICT_SET_MOST);
	status = cstn__id_check_text(constellation, "constellation", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(set_id, "set", error);
	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	if (status == CSTN_OK)
		status = cstn__sharing_place_check(transaction, constellation, owner, error);
	if (status == CSTN_OK)
		status = check_parties(transaction, parties, n_parties, error);
	return status == CSTN_OK ? put_set(&place, set_id, parties, n_parties, error) : status;
}
