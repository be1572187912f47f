/* What the calls that put something into a network check alike, and the entry of a duty.
 *
 * Cost: a point read a check, a scan of verifiers for the keys. */
#include "sharing/sharing_checks.h"

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/log_leaf.h"
#include "sharing/sharing_load.h"

cstn_status cstn__sharing_begin(cstn_transaction *transaction, int64_t now_us, cstn_error **error)
{
	cstn_status status = cstn__sharing_time_check(now_us, error);

	if (status == CSTN_OK)
		status = cstn__transaction_check(transaction, error);
	return status == CSTN_OK ? cstn__transaction_begin_base(transaction, error) : status;
}

/* --- records -----------------------------------------------------------------------------------
 */

cstn_status cstn__sharing_partner_check(
		cstn_transaction *transaction, const char *party, cstn_error **error)
{
	cstn_record *found = NULL;
	cstn_status status;
	cstn__key key;

	cstn__sharing_key(CSTN__NOUN_PARTNER, party, strlen(party), &key);
	status = cstn__snapshot_record(
			transaction->base, &key, INT64_MAX, &transaction->allocator, &found, error);
	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND, "there is no partner '%.64s'", party);
	cstn_record_unref(found);
	return status;
}

cstn_status cstn__sharing_place_check(cstn_transaction *transaction, const char *constellation,
		char *owner, cstn_error **error)
{
	cstn_record *found = NULL;
	cstn_status status = cstn__sharing_constellation(
			transaction->base, constellation, &transaction->allocator, &found, error);

	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND, "there is no constellation '%.64s'",
				constellation);
	if (status == CSTN_OK && owner) {
		const char *id = cstn__row_get_text(found, CSTN__CONSTELLATION_OWNER_ID);

		memcpy(owner, id, strlen(id) + 1);
	}
	cstn_record_unref(found);
	return status;
}

cstn_status cstn__sharing_keys(
		cstn_transaction *transaction, cstn_party_keys **out, cstn_error **error)
{
	cstn_party_keys *keys = NULL;
	cstn_status status = cstn_party_keys_new(&transaction->allocator, &keys, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__party_keys_load(keys, transaction->base, &transaction->allocator, error);
	if (status == CSTN_OK)
		*out = keys;
	else
		cstn_party_keys_free(keys);
	return status;
}

/* --- agreements --------------------------------------------------------------------------------
 */

cstn_status cstn__sharing_agreement_at(cstn_transaction *transaction, const uint8_t *digest,
		cstn_record **row, cstn_agreement **out, cstn_error **error)
{
	cstn_record *found = NULL;
	cstn_status status = cstn__sharing_row_find(
			transaction, CSTN__NOUN_SHARING_AGREEMENT, digest, &found, error);

	if (status == CSTN_OK && found)
		status = cstn__sharing_agreement_read(found, &transaction->allocator, out, error);
	if (status == CSTN_OK && row)
		*row = found;
	else
		cstn_record_unref(found);
	return status;
}

cstn_status cstn__sharing_agreement_find(cstn_transaction *transaction, const uint8_t *digest,
		cstn_agreement **out, cstn_error **error)
{
	cstn_agreement *found = NULL;
	cstn_status status = cstn__sharing_agreement_at(transaction, digest, NULL, &found, error);

	if (status == CSTN_OK && !found)
		return cstn__fail(
				error, CSTN_E_NOT_FOUND, "an agreement of that digest is not here");
	if (status == CSTN_OK)
		*out = found;
	return status;
}

cstn_status cstn__sharing_term_find(const cstn_agreement *agreement, const uint8_t *digest,
		const cstn_term_view **out, cstn_error **error)
{
	for (size_t i = 0; i < cstn_term_set_count(agreement->terms); i++) {
		const cstn_term *one = cstn_term_set_at(agreement->terms, i);
		uint8_t of[CSTN_TERM_DIGEST_SIZE];

		cstn_term_digest(one, of);
		if (memcmp(of, digest, sizeof(of)) == 0) {
			*out = cstn_term_components(one);
			return CSTN_OK;
		}
	}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "the agreement has no term of that digest");
}

cstn_status cstn__sharing_side_check(
		const cstn_agreement *agreement, const char *party, cstn_error **error)
{
	if (strcmp(party, agreement->body->provider) == 0 ||
			strcmp(party, agreement->body->recipient) == 0)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"'%.64s' is neither provider nor recipient of the agreement", party);
}

/* --- duties ------------------------------------------------------------------------------------
 */

static json_t *duty_fields(const cstn__duty_row *row)
{
	static const char *const states[] = {"pending", "fulfilled", "violated", "waived"};
	char agreement[CSTN__HEX_SIZE], term[CSTN__HEX_SIZE], release[CSTN__HEX_SIZE];
	json_t *duty;

	cstn__sharing_hex(row->agreement, agreement);
	cstn__sharing_hex(row->term, term);
	cstn__sharing_hex(row->release, release);
	duty = json_pack("{s:s, s:s, s:I}", "agreement", agreement, "term", term, "index",
			(json_int_t)row->index);
	if (duty && ((*release && json_object_set_new(duty, "release", json_string(release)) !=
						     0) ||
				    (row->consequence &&
						    json_object_set_new(duty, "consequence",
								    json_integer(row->consequence)) !=
								    0))) {
		json_decref(duty);
		duty = NULL;
	}
	return duty ? json_pack("{s:o, s:s}", "duty", duty, "state",
				      states[row->state - CSTN_DUTY_PENDING])
		    : NULL;
}

cstn_status cstn__sharing_duty_log(
		const cstn__sharing_place *place, const cstn__duty_row *row, cstn_error **error)
{
	cstn_status status = cstn__sharing_duty_put(place->transaction, row, place->now_us, error);

	if (status == CSTN_OK)
		status = cstn__sharing_log(place, CSTN__LEAF_DUTY, duty_fields(row), error);
	if (status != CSTN_OK)
		place->transaction->broken = 1;
	return status;
}
