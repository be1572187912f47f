/* Overrides, receipts and waivers put into a network.
 *
 * An override is verified as rules would: two different officer keys of its provider, which both
 * hold when it is put. A receipt that tells of the end of delivered data fulfils the retention
 * duties of its release, if that is what was asked, and in time; too late is told as violated. A
 * waiver is verified as one of the provider, and kept among the receipts.
 *
 * Invariant: one row a note, whatever else signs it. Cost: a verification a signature, a scan of
 * verifiers; of a receipt one of the duties of its agreement. */
#include <constellation/receipt.h>
#include <constellation/sharing.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/agreement.h"
#include "sharing/duty_clock.h"
#include "sharing/log_leaf.h"
#include "sharing/note_lines.h"
#include "sharing/override.h"
#include "sharing/sharing_checks.h"
#include "sharing/sharing_load.h"

static cstn_status check_note(
		const cstn_transaction *transaction, const char *note, cstn_error **error)
{
	if (!transaction || !note)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				transaction ? "note" : "transaction");
	return CSTN_OK;
}

/* The digest of a note: of its text, whoever signed it. */
static cstn_status digest_of(const char *note, size_t note_len, uint8_t *out, cstn_error **error)
{
	size_t len;
	cstn_status status = cstn__note_text(note, note_len, &len, error);

	if (status == CSTN_OK)
		cstn__sha256(note, len, out);
	return status;
}

/* Is this very note there? */
static cstn_status is_there(cstn_transaction *transaction, uint32_t noun, uint32_t field,
		const uint8_t *digest, const char *note, size_t note_len, int *out,
		cstn_error **error)
{
	const cstn__cell *cell;
	cstn_record *row = NULL;
	cstn_status status = cstn__sharing_row_find(transaction, noun, digest, &row, error);

	*out = 0;
	if (status == CSTN_OK && row) {
		cell = cstn__sharing_cell(row, field);
		*out = cell->valid && cell->len == note_len &&
		       memcmp(cell->text, note, note_len) == 0;
	}
	cstn_record_unref(row);
	return status;
}

/* --- overrides ---------------------------------------------------------------------------------
 */

/* Two officers have signed, and their keys hold. */
static cstn_status check_officers(cstn_transaction *transaction, const char *note, size_t note_len,
		int64_t now_us, cstn_error **error)
{
	cstn_rules_builder *trial = NULL;
	cstn_party_keys *keys = NULL;
	cstn_status status = cstn__sharing_keys(transaction, &keys, error);

	if (status == CSTN_OK)
		status = cstn_rules_builder_new(&transaction->allocator, &trial, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_override(trial, note, note_len, keys, error);
	if (status == CSTN_OK && !cstn__override_is_signed_at(trial->rules,
						 &trial->rules->overrides.items[0], now_us))
		status = cstn__fail(error, CSTN_E_SIGNATURE,
				"two officer keys that signed do not hold now");
	cstn_rules_builder_free(trial);
	cstn_party_keys_free(keys);
	return status;
}

static cstn_status put_override_row(const cstn__sharing_place *place,
		const cstn__override_said *said, const uint8_t *digest, const char *note,
		size_t note_len, cstn_error **error)
{
	cstn_record *row = NULL;
	cstn_status status = cstn__sharing_row_new(place->transaction, CSTN__NOUN_SHARING_OVERRIDE,
			CSTN__HEX_SIZE + 3 * (CSTN_ID_MOST + 1) + note_len + 1, place->now_us, &row,
			error);

	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(row, CSTN__SHARING_OVERRIDE_DIGEST, digest);
	cstn__sharing_set_text(row, CSTN__SHARING_OVERRIDE_CONSTELLATION_ID, said->constellation,
			strlen(said->constellation));
	cstn__sharing_set_text(row, CSTN__SHARING_OVERRIDE_PROVIDER_ID, said->provider,
			strlen(said->provider));
	cstn__sharing_set_text(row, CSTN__SHARING_OVERRIDE_RECIPIENT_ID, said->recipient,
			strlen(said->recipient));
	cstn__sharing_set_text(row, CSTN__SHARING_OVERRIDE_NOTE, note, note_len);
	return cstn__sharing_put_row(place->transaction, row, error);
}

static cstn_status put_override(cstn_transaction *transaction, const char *note, size_t note_len,
		int64_t now_us, cstn_error **error)
{
	cstn__override_said said;
	const cstn__sharing_place place = {transaction, said.provider, said.constellation, now_us};
	uint8_t digest[CSTN__DIGEST];
	cstn_status status;
	size_t len = 0;
	int there = 0;

	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn__override_read(note, len, &said, error);
	if (status == CSTN_OK)
		status = cstn__sharing_place_check(transaction, said.constellation, NULL, error);
	if (status == CSTN_OK)
		status = cstn__sharing_partner_check(transaction, said.provider, error);
	if (status == CSTN_OK)
		status = cstn__sharing_partner_check(transaction, said.recipient, error);
	if (status == CSTN_OK)
		status = check_officers(transaction, note, note_len, now_us, error);
	if (status == CSTN_OK)
		status = digest_of(note, note_len, digest, error);
	if (status == CSTN_OK)
		status = is_there(transaction, CSTN__NOUN_SHARING_OVERRIDE,
				CSTN__SHARING_OVERRIDE_NOTE, digest, note, note_len, &there, error);
	if (status != CSTN_OK || there)
		return status;
	status = put_override_row(&place, &said, digest, note, note_len, error);
	if (status == CSTN_OK)
		status = cstn__sharing_log_digest(&place, CSTN__LEAF_OVERRIDE, digest, NULL, error);
	if (status != CSTN_OK)
		transaction->broken = 1;
	return status;
}

cstn_status cstn_transaction_put_override(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error)
{
	cstn_status status = check_note(transaction, note, error);

	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	return status == CSTN_OK ? put_override(transaction, note, note_len, now_us, error)
				 : status;
}

/* --- notes that are kept -----------------------------------------------------------------------
 */

/* A receipt, or a waiver, which is kept among them. */
typedef struct keeping {
	const char *note, *party; /* the party need not be NUL-terminated */
	size_t note_len, party_len;
	const uint8_t *digest, *agreement, *release;
	int32_t kind; /* CSTN_RECEIPT_... or WAIVED */
	int64_t at_us;
} keeping;

#define WAIVED (CSTN_RECEIPT_PAID + 1)

/* Its row, and its entry in the log of the place. */
static cstn_status keep_note(
		const cstn__sharing_place *place, const keeping *of, cstn_error **error)
{
	cstn_record *row = NULL;
	cstn_status status = cstn__sharing_row_new(place->transaction, CSTN__NOUN_SHARING_RECEIPT,
			3 * CSTN__HEX_SIZE + CSTN_ID_MOST + 1 + of->note_len + 1, place->now_us,
			&row, error);

	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(row, CSTN__SHARING_RECEIPT_DIGEST, of->digest);
	cstn__sharing_set_digest(row, CSTN__SHARING_RECEIPT_AGREEMENT, of->agreement);
	cstn__sharing_set_digest(row, CSTN__SHARING_RECEIPT_RELEASE, of->release);
	cstn__sharing_set_text(row, CSTN__SHARING_RECEIPT_PARTY_ID, of->party, of->party_len);
	cstn__sharing_set_number(row, CSTN__SHARING_RECEIPT_KIND, of->kind);
	cstn__sharing_set_number(row, CSTN__SHARING_RECEIPT_AT, of->at_us);
	cstn__sharing_set_text(row, CSTN__SHARING_RECEIPT_NOTE, of->note, of->note_len);
	status = cstn__sharing_put_row(place->transaction, row, error);
	if (status == CSTN_OK)
		status = cstn__sharing_log_digest(
				place, CSTN__LEAF_RECEIPT, of->digest, of->agreement, error);
	if (status != CSTN_OK)
		place->transaction->broken = 1;
	return status;
}

/* --- receipts ----------------------------------------------------------------------------------
 */

typedef struct receiving {
	cstn_transaction *transaction;
	const char *note;
	size_t note_len;
	int64_t now_us;
	cstn_receipt receipt; /* texts in the note */
	uint8_t digest[CSTN__DIGEST];
	cstn_agreement *agreement;
	CSTN__ARRAY(cstn__duty_row) duties; /* of its release */
} receiving;

/* The action of a duty that a receipt fulfils; NULL. */
static const char *action_of(int32_t kind)
{
	return kind == CSTN_RECEIPT_DELETED         ? "delete"
	       : kind == CSTN_RECEIPT_KEY_DESTROYED ? "destroy_key"
	       : kind == CSTN_RECEIPT_RETURNED      ? "return"
						    : NULL;
}

static cstn_status open_receipt(receiving *at, cstn_error **error)
{
	char party[CSTN_ID_MOST + 1];
	cstn_party_keys *keys = NULL;
	cstn_status status = cstn__sharing_keys(at->transaction, &keys, error);

	if (status == CSTN_OK)
		status = cstn_receipt_open(at->note, at->note_len, keys,
				&at->transaction->allocator, &at->receipt, error);
	cstn_party_keys_free(keys);
	if (status == CSTN_OK && at->receipt.at_us > at->now_us)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a receipt of what was done after now_us");
	if (status == CSTN_OK)
		status = cstn__sharing_agreement_find(
				at->transaction, at->receipt.agreement, &at->agreement, error);
	if (status != CSTN_OK)
		return status;
	memcpy(party, at->receipt.party, at->receipt.party_len);
	party[at->receipt.party_len] = '\0';
	status = cstn__sharing_side_check(at->agreement, party, error);
	return status == CSTN_OK ? digest_of(at->note, at->note_len, at->digest, error) : status;
}

/* A duty of the release that is not done, and asks for what was done. */
static cstn_status visit_duty(void *user, const cstn_record *row, cstn_error **error)
{
	const char *wanted = cstn__row_get_text(row, CSTN__TERM_DUTY_ACTION);
	receiving *at = user;
	const int64_t number = cstn__row_get_number(row, CSTN__TERM_DUTY_NUMBER, 0);
	cstn__duty_row duty = {.index = CSTN__DUTY_INDEX(number)};
	cstn_status status;
	int found = 0;

	if ((number != CSTN_RULES_DUTY_RETENTION && number != CSTN_RULES_DUTY_REVOCATION) ||
			strcmp(wanted, action_of(at->receipt.kind)) != 0)
		return CSTN_OK;
	memcpy(duty.agreement, at->receipt.agreement, CSTN__DIGEST);
	memcpy(duty.release, at->receipt.release, CSTN__DIGEST);
	status = cstn__row_get_digest(row, CSTN__TERM_DUTY_TERM, duty.term, error);
	if (status == CSTN_OK)
		status = cstn__sharing_duty_find(at->transaction, &duty, &found, error);
	if (status != CSTN_OK || duty.state != CSTN_DUTY_PENDING)
		return status;
	if (cstn__array_reserve(&at->transaction->allocator, &at->duties, 1))
		return cstn__fail_nomem(error);
	if (number == CSTN_RULES_DUTY_REVOCATION)
		cstn__duty_revoke(&duty, at->agreement, at->now_us);
	duty.state = at->receipt.at_us < duty.deadline_us ? CSTN_DUTY_FULFILLED
							  : CSTN_DUTY_VIOLATED;
	at->duties.items[at->duties.count++] = duty;
	return CSTN_OK;
}

static cstn_status find_duties(receiving *at, cstn_error **error)
{
	const char *recipient = at->agreement->body->recipient;
	char agreement[CSTN__HEX_SIZE], release[CSTN__HEX_SIZE];
	cstn__scan_text texts[2];

	if (!action_of(at->receipt.kind) || strlen(recipient) != at->receipt.party_len ||
			memcmp(at->receipt.party, recipient, at->receipt.party_len) != 0)
		return CSTN_OK;
	cstn__sharing_hex(at->receipt.agreement, agreement);
	cstn__sharing_hex(at->receipt.release, release);
	texts[0] = cstn__sharing_equals(CSTN__TERM_DUTY_AGREEMENT, agreement);
	texts[1] = cstn__sharing_equals(CSTN__TERM_DUTY_RELEASE, release);
	return cstn__sharing_scan(at->transaction->base, CSTN__NOUN_TERM_DUTY, texts, 2,
			&at->transaction->allocator, visit_duty, at, error);
}

static cstn_status put_receipt(receiving *at, cstn_error **error)
{
	cstn__sharing_place place = {.transaction = at->transaction, .now_us = at->now_us};
	cstn_status status = open_receipt(at, error);
	int there = 0;

	if (status == CSTN_OK)
		status = is_there(at->transaction, CSTN__NOUN_SHARING_RECEIPT,
				CSTN__SHARING_RECEIPT_NOTE, at->digest, at->note, at->note_len,
				&there, error);
	if (status == CSTN_OK && !there)
		status = find_duties(at, error);
	if (status != CSTN_OK || there)
		return status;
	place.party = at->agreement->body->provider;
	place.constellation = at->agreement->body->constellation;
	status = keep_note(&place,
			&(keeping){.note = at->note,
					.note_len = at->note_len,
					.party = at->receipt.party,
					.party_len = at->receipt.party_len,
					.digest = at->digest,
					.agreement = at->receipt.agreement,
					.release = at->receipt.release,
					.kind = at->receipt.kind,
					.at_us = at->receipt.at_us},
			error);
	for (size_t i = 0; i < at->duties.count && status == CSTN_OK; i++)
		status = cstn__sharing_duty_log(&place, &at->duties.items[i], error);
	return status;
}

cstn_status cstn_transaction_put_receipt(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error)
{
	receiving at = {.transaction = transaction,
			.note = note,
			.note_len = note_len,
			.now_us = now_us,
			.receipt = CSTN_RECEIPT_INIT};
	cstn_status status = check_note(transaction, note, error);

	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	if (status != CSTN_OK)
		return status;
	status = put_receipt(&at, error);
	cstn__array_free(&transaction->allocator, &at.duties);
	cstn_agreement_unref(at.agreement);
	return status;
}

/* --- waivers -----------------------------------------------------------------------------------
 */

/* Signed by the provider of its agreement, which *agreement receives. */
static cstn_status open_waiver(const cstn__sharing_place *place, const char *note, size_t note_len,
		cstn_waiver *out, cstn_agreement **agreement, cstn_error **error)
{
	cstn_party_keys *keys = NULL;
	cstn_status status = cstn__sharing_keys(place->transaction, &keys, error);

	if (status == CSTN_OK)
		status = cstn_waiver_open(
				note, note_len, keys, &place->transaction->allocator, out, error);
	cstn_party_keys_free(keys);
	if (status == CSTN_OK && out->at_us > place->now_us)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a waiver that was said after now_us");
	if (status == CSTN_OK)
		status = cstn__sharing_agreement_find(
				place->transaction, out->agreement, agreement, error);
	if (status == CSTN_OK && (strlen((*agreement)->body->provider) != out->party_len ||
						 memcmp((*agreement)->body->provider, out->party,
								 out->party_len) != 0))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a duty is waived by whom it is owed to, the provider");
	return status;
}

/* The duty comes first: it may not be there. */
static cstn_status put_waiver(cstn__sharing_place *place, const char *note, size_t note_len,
		const cstn_waiver *waiver, const cstn_agreement *agreement, cstn_error **error)
{
	cstn__duty_row row = {.index = waiver->index,
			.consequence = waiver->consequence,
			.state = CSTN_DUTY_WAIVED,
			.deadline_us = INT64_MAX};
	uint8_t digest[CSTN__DIGEST];
	cstn_status status = digest_of(note, note_len, digest, error);
	int there = 0;

	if (status == CSTN_OK)
		status = is_there(place->transaction, CSTN__NOUN_SHARING_RECEIPT,
				CSTN__SHARING_RECEIPT_NOTE, digest, note, note_len, &there, error);
	if (status != CSTN_OK || there)
		return status;
	place->party = agreement->body->provider;
	place->constellation = agreement->body->constellation;
	memcpy(row.agreement, waiver->agreement, CSTN__DIGEST);
	memcpy(row.term, waiver->term, CSTN__DIGEST);
	memcpy(row.release, waiver->release, CSTN__DIGEST);
	status = cstn__sharing_duty_say(place, agreement, &row, error);
	if (status != CSTN_OK)
		return status;
	return keep_note(place,
			&(keeping){.note = note,
					.note_len = note_len,
					.party = waiver->party,
					.party_len = waiver->party_len,
					.digest = digest,
					.agreement = waiver->agreement,
					.release = waiver->release,
					.kind = WAIVED,
					.at_us = waiver->at_us},
			error);
}

cstn_status cstn_transaction_put_waiver(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error)
{
	cstn__sharing_place place = {transaction, NULL, NULL, now_us};
	cstn_waiver waiver = CSTN_WAIVER_INIT;
	cstn_agreement *agreement = NULL;
	cstn_status status = check_note(transaction, note, error);

	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	if (status == CSTN_OK)
		status = open_waiver(&place, note, note_len, &waiver, &agreement, error);
	if (status == CSTN_OK)
		status = put_waiver(&place, note, note_len, &waiver, agreement, error);
	cstn_agreement_unref(agreement);
	return status;
}
