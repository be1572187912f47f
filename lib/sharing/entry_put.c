/* What a party saw, put into its log: messages of negotiations, and checkpoints that contradict
 * each other. Cost: O(length); of checkpoints a verification a signature. */
#include <constellation/ledger.h>
#include <constellation/sharing.h>

#include <string.h>

#include "base/error.h"
#include "sharing/canonical_json.h"
#include "sharing/json_fields.h"
#include "sharing/log_leaf.h"
#include "sharing/negotiation.h"
#include "sharing/sharing_checks.h"

/* --- negotiations ------------------------------------------------------------------------------
 */

static cstn_status log_message(const cstn__sharing_place *place, const cstn_negotiation *n,
		const cstn_negotiation_message *m, cstn_status outcome, cstn_error **error)
{
	uint8_t digest[32];
	json_t *fields;
	cstn_status status = cstn__message_digest(n, m, digest, error);

	if (status != CSTN_OK)
		return status;
	fields = cstn__negotiation_fields(n, m, digest, outcome);
	if (fields && json_object_set_new(fields, "message_us", cstn__json_of_i64(m->now_us)) !=
					0) {
		json_decref(fields);
		fields = NULL;
	}
	return cstn__sharing_log(place, CSTN__LEAF_NEGOTIATION, fields, error);
}

cstn_status cstn_transaction_put_negotiation(cstn_transaction *transaction, const char *party,
		const cstn_negotiation *negotiation, const cstn_negotiation_message *message,
		cstn_status outcome, int64_t now_us, cstn_error **error)
{
	cstn_negotiation_message m;
	cstn_status status;

	if (!transaction || !party || !negotiation)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!transaction ? "transaction"
				: !party     ? "party"
					     : "negotiation");
	if (strcmp(party, negotiation->provider) != 0 && strcmp(party, negotiation->recipient) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%.64s' is not of the negotiation", party);
	status = cstn__message_read(message, &m, error);
	if (status == CSTN_OK)
		status = cstn__sharing_begin(transaction, now_us, error);
	if (status == CSTN_OK)
		status = cstn__sharing_place_check(
				transaction, negotiation->constellation, NULL, error);
	return status == CSTN_OK ? log_message(&(const cstn__sharing_place){transaction, party,
							       negotiation->constellation, now_us},
						   negotiation, &m, outcome, error)
				 : status;
}

/* --- split views -------------------------------------------------------------------------------
 */

typedef struct seen {
	cstn_note *note;
	cstn_checkpoint is; /* texts in the note */
} seen;

static cstn_status open_checkpoint(const cstn_transaction *transaction, const char *text,
		size_t len, const char *const *verifiers, size_t n_verifiers, seen *out,
		cstn_error **error)
{
	const char *body;
	size_t body_len;
	cstn_status status = cstn_note_open(text, len, verifiers, n_verifiers,
			&transaction->allocator, &out->note, error);

	out->is.struct_size = sizeof(out->is);
	if (status != CSTN_OK)
		return status;
	body = cstn_note_text(out->note, &body_len);
	return cstn_checkpoint_parse(body, body_len, &out->is, error);
}

/* Has one key signed both? */
static int share_a_key(const seen *a, const seen *b)
{
	for (size_t i = 0; i < cstn_note_verified_count(a->note); i++)
		for (size_t k = 0; k < cstn_note_verified_count(b->note); k++)
			if (strcmp(cstn_note_name(a->note, i), cstn_note_name(b->note, k)) == 0)
				return 1;
	return 0;
}

static cstn_status check_contradict(const seen *a, const seen *b, cstn_error **error)
{
	if (a->is.origin_len != b->is.origin_len ||
			memcmp(a->is.origin, b->is.origin, a->is.origin_len) != 0)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "the checkpoints are of two logs");
	if (a->is.size == b->is.size && memcmp(a->is.root, b->is.root, sizeof(a->is.root)) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the checkpoints say the same");
	if (!share_a_key(a, b))
		return cstn__fail(error, CSTN_E_UNVERIFIED, "no key has signed both checkpoints");
	return CSTN_OK;
}

cstn_status cstn_transaction_put_split_view(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *first, size_t first_len, const char *second,
		size_t second_len, const char *const *verifiers, size_t n_verifiers, int64_t now_us,
		cstn_error **error)
{
	const cstn__sharing_place place = {
			transaction, party, constellation ? constellation : "", now_us};
	seen a = {.note = NULL}, b = {.note = NULL};
	cstn_status status;

	if (!transaction || !party || !first || !second)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!transaction ? "transaction"
				: !party     ? "party"
					     : "a checkpoint");
	status = cstn__sharing_begin(transaction, now_us, error);
	if (status == CSTN_OK && *place.constellation)
		status = cstn__sharing_place_check(transaction, place.constellation, NULL, error);
	if (status == CSTN_OK)
		status = open_checkpoint(
				transaction, first, first_len, verifiers, n_verifiers, &a, error);
	if (status == CSTN_OK)
		status = open_checkpoint(
				transaction, second, second_len, verifiers, n_verifiers, &b, error);
	if (status == CSTN_OK)
		status = check_contradict(&a, &b, error);
	if (status == CSTN_OK)
		status = cstn__sharing_log(&place, CSTN__LEAF_SPLIT_VIEW,
				json_pack("{s:s%, s:s%}", "first", first, first_len, "second",
						second, second_len),
				error);
	cstn_note_free(a.note);
	cstn_note_free(b.note);
	return status;
}
