/* Rows of internal nouns that tell of the sharing of data: duties, deliveries, state, and what all
 * of these files share.
 *
 * Cost: a point read and a row a call. */
#include "sharing/sharing_rows.h"

#include <inttypes.h>

#include "base/entropy.h"
#include "base/error.h"
#include "base/hash.h"
#include "sharing/agreement.h"
#include "sharing/canonical_json.h"
#include "sharing/log_leaf.h"
#include "sharing/sharing_load.h"

#define CLASSES 6u /* bits of CSTN_CLASS_... */

uint64_t cstn__sharing_session(cstn_network *network)
{
	uint64_t none = 0, drawn = atomic_load(&network->session);

	if (drawn)
		return drawn;
	(void)cstn__entropy_fill(NULL, NULL, &drawn, sizeof(drawn), NULL);
	drawn = (drawn & INT64_MAX) | 1;
	return atomic_compare_exchange_strong(&network->session, &none, drawn) ? drawn : none;
}

/* --- digests, keys and rows --------------------------------------------------------------------
 */

void cstn__sharing_hex(const uint8_t *digest, char out[CSTN__HEX_SIZE])
{
	out[0] = '\0';
	if (!cstn__digest_is_zero(digest))
		cstn__hex(digest, CSTN__SHARING_DIGEST, out);
}

cstn_status cstn__sharing_unhex(const uint8_t *text, size_t len, uint8_t *out, cstn_error **error)
{
	if (!len) {
		memset(out, 0, CSTN__SHARING_DIGEST);
		return CSTN_OK;
	}
	if (len != CSTN__HEX_SIZE - 1 || cstn__unhex((const char *)text, len, out) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT, "a digest of a row is not one");
	return CSTN_OK;
}

void cstn__sharing_key_add(cstn__key *key, uint32_t place, const char *text, size_t len)
{
	key->parts[place].text = text;
	key->parts[place].len = len;
}

void cstn__sharing_key(uint32_t noun, const char *text, size_t len, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = cstn__noun_get(noun);
	for (uint32_t i = 0; i < CSTN__KEY_MAX; i++)
		out->parts[i].text = "";
	cstn__sharing_key_add(out, 0, text, len);
}

cstn_status cstn__sharing_row_find(cstn_transaction *transaction, uint32_t noun,
		const uint8_t *digest, cstn_record **out, cstn_error **error)
{
	char text[CSTN__HEX_SIZE];
	cstn__key key;

	cstn__sharing_hex(digest, text);
	cstn__sharing_key(noun, text, strlen(text), &key);
	return cstn__transaction_row(transaction, &key, out, error);
}

cstn_status cstn__sharing_row_new(cstn_transaction *transaction, uint32_t noun, size_t text_bytes,
		int64_t recorded_us, cstn_record **out, cstn_error **error)
{
	const cstn__noun *found = cstn__noun_get(noun);
	cstn_status status = cstn__transaction_check(transaction, error);

	if (status == CSTN_OK)
		status = cstn__record_new(
				found, 0, text_bytes, &transaction->allocator, out, error);
	if (status == CSTN_OK)
		cstn__sharing_set_number(*out, found->recorded, recorded_us);
	return status;
}

void cstn__sharing_set_text(cstn_record *row, uint32_t field, const char *text, size_t len)
{
	cstn__record_set_text(row, cstn__record_cell(row, CSTN_NO_LINE, field), text, len);
}

void cstn__sharing_set_digest(cstn_record *row, uint32_t field, const uint8_t *digest)
{
	char text[CSTN__HEX_SIZE];

	cstn__sharing_hex(digest, text);
	cstn__sharing_set_text(row, field, text, strlen(text));
}

void cstn__sharing_set_number(cstn_record *row, uint32_t field, int64_t number)
{
	cstn__cell *cell = cstn__record_cell(row, CSTN_NO_LINE, field);

	cell->number = number;
	cell->valid = 1;
}

const cstn__cell *cstn__sharing_cell(const cstn_record *row, uint32_t field)
{
	return cstn__record_cell(row, CSTN_NO_LINE, field);
}

int64_t cstn__sharing_number(const cstn_record *row, uint32_t field)
{
	return cstn__sharing_cell(row, field)->number;
}

cstn_status cstn__sharing_put_row(
		cstn_transaction *transaction, cstn_record *row, cstn_error **error)
{
	cstn_status status = cstn__transaction_put_row(transaction, row, error);

	cstn_record_unref(row);
	return status;
}

/* --- entries -----------------------------------------------------------------------------------
 */

cstn_status cstn__sharing_time_check(int64_t now_us, cstn_error **error)
{
	if (now_us > CSTN__CANONICAL_INTEGER_MAX || now_us < -CSTN__CANONICAL_INTEGER_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"now_us %" PRId64 " is beyond 2^53 - 1", now_us);
	return CSTN_OK;
}

cstn_status cstn__sharing_log(const cstn__sharing_place *place, const char *type, json_t *fields,
		cstn_error **error)
{
	const cstn__log_leaf leaf = {.party = place->party,
			.party_len = strlen(place->party),
			.constellation = place->constellation,
			.constellation_len = strlen(place->constellation),
			.type = type,
			.at_us = place->now_us,
			.fields = fields};
	cstn_status status = fields ? cstn__transaction_log(place->transaction, &leaf, error)
				    : cstn__fail_nomem(error);

	json_decref(fields);
	return status;
}

cstn_status cstn__sharing_log_digest(const cstn__sharing_place *place, const char *type,
		const uint8_t *digest, const uint8_t *agreement, cstn_error **error)
{
	char text[CSTN__HEX_SIZE], of[CSTN__HEX_SIZE];
	json_t *fields;

	cstn__sharing_hex(digest, text);
	if (!agreement)
		return cstn__sharing_log(place, type, json_pack("{s:s}", "digest", text), error);
	cstn__sharing_hex(agreement, of);
	fields = json_pack("{s:s, s:s}", "digest", text, "agreement", of);
	return cstn__sharing_log(place, type, fields, error);
}

/* --- duties ------------------------------------------------------------------------------------
 */

static int64_t duty_number(const cstn__duty_row *row)
{
	return (int64_t)((uint64_t)row->consequence << 32 | row->index);
}

void cstn__sharing_duty_key(const cstn__duty_row *row, cstn__duty_key *texts, cstn__key *out)
{
	cstn__sharing_hex(row->agreement, texts->agreement);
	cstn__sharing_hex(row->term, texts->term);
	cstn__sharing_hex(row->release, texts->release);
	cstn__sharing_key(CSTN__NOUN_TERM_DUTY, texts->agreement, strlen(texts->agreement), out);
	cstn__sharing_key_add(out, 1, texts->term, strlen(texts->term));
	out->parts[2].number = duty_number(row);
	cstn__sharing_key_add(out, 3, texts->release, strlen(texts->release));
}

/* How a stored duty stands. */
static void read_state(const cstn_record *stored, cstn__duty_row *row)
{
	const cstn__cell *action = cstn__sharing_cell(stored, CSTN__TERM_DUTY_ACTION);

	row->state = (int32_t)cstn__sharing_number(stored, CSTN__TERM_DUTY_STATE);
	row->deadline_us = cstn__sharing_number(stored, CSTN__TERM_DUTY_DEADLINE_US);
	row->action[0] = '\0';
	if (action->valid && action->len < sizeof(row->action))
		memcpy(row->action, action->text, action->len + 1u);
}

cstn_status cstn__sharing_duty_find(
		cstn_transaction *transaction, cstn__duty_row *row, int *found, cstn_error **error)
{
	cstn_record *stored = NULL;
	cstn__duty_key texts;
	cstn_status status;
	cstn__key key;

	cstn__sharing_duty_key(row, &texts, &key);
	status = cstn__transaction_row(transaction, &key, &stored, error);
	if (status != CSTN_OK)
		return status;
	*found = stored != NULL;
	if (stored)
		read_state(stored, row);
	cstn_record_unref(stored);
	return CSTN_OK;
}

cstn_status cstn__sharing_duty_read(
		const cstn_record *stored, cstn__duty_row *row, cstn_error **error)
{
	const int64_t number = cstn__row_get_number(stored, CSTN__TERM_DUTY_NUMBER, 0);
	cstn_status status = cstn__row_get_digest(
			stored, CSTN__TERM_DUTY_AGREEMENT, row->agreement, error);

	if (status == CSTN_OK)
		status = cstn__row_get_digest(stored, CSTN__TERM_DUTY_TERM, row->term, error);
	if (status == CSTN_OK)
		status = cstn__row_get_digest(stored, CSTN__TERM_DUTY_RELEASE, row->release, error);
	if (status != CSTN_OK)
		return status;
	row->index = CSTN__DUTY_INDEX(number);
	row->consequence = (uint32_t)CSTN__DUTY_CONSEQUENCE(number);
	read_state(stored, row);
	if (row->state < CSTN_DUTY_PENDING || row->state > CSTN_DUTY_WAIVED)
		return cstn__fail(error, CSTN_E_CORRUPT, "a duty has state %" PRId32, row->state);
	return CSTN_OK;
}

cstn_status cstn__sharing_duty_put(cstn_transaction *transaction, const cstn__duty_row *row,
		int64_t now_us, cstn_error **error)
{
	cstn__duty_row before = *row;
	const char *action = row->action;
	cstn_record *made = NULL;
	cstn_status status;
	int found = 0;

	if (!*action) {
		status = cstn__sharing_duty_find(transaction, &before, &found, error);
		if (status != CSTN_OK)
			return status;
		action = found ? before.action : "";
	}
	status = cstn__sharing_row_new(transaction, CSTN__NOUN_TERM_DUTY,
			3 * CSTN__HEX_SIZE + strlen(action) + 1, now_us, &made, error);
	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(made, CSTN__TERM_DUTY_AGREEMENT, row->agreement);
	cstn__sharing_set_digest(made, CSTN__TERM_DUTY_TERM, row->term);
	cstn__sharing_set_number(made, CSTN__TERM_DUTY_NUMBER, duty_number(row));
	cstn__sharing_set_digest(made, CSTN__TERM_DUTY_RELEASE, row->release);
	cstn__sharing_set_number(made, CSTN__TERM_DUTY_STATE, row->state);
	cstn__sharing_set_number(made, CSTN__TERM_DUTY_DEADLINE_US, row->deadline_us);
	cstn__sharing_set_text(made, CSTN__TERM_DUTY_ACTION, action, strlen(action));
	return cstn__sharing_put_row(transaction, made, error);
}

/* --- deliveries --------------------------------------------------------------------------------
 */

static cstn_status put_delivery(cstn_transaction *transaction, const char *const ids[3],
		uint32_t class, int64_t at_us, cstn_error **error)
{
	cstn_record *before = NULL, *made = NULL;
	size_t size = 0;
	cstn_status status;
	cstn__key key;

	cstn__sharing_key(CSTN__NOUN_DELIVERY, ids[0], strlen(ids[0]), &key);
	for (uint32_t i = 0; i < 3; i++) {
		cstn__sharing_key_add(&key, i, ids[i], strlen(ids[i]));
		size += strlen(ids[i]) + 1;
	}
	key.parts[3].number = class;
	status = cstn__transaction_row(transaction, &key, &before, error);
	if (status != CSTN_OK)
		return status;
	if (before && cstn__sharing_number(before, CSTN__DELIVERY_AT) >= at_us) {
		cstn_record_unref(before);
		return CSTN_OK;
	}
	cstn_record_unref(before);
	status = cstn__sharing_row_new(transaction, CSTN__NOUN_DELIVERY, size, at_us, &made, error);
	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_text(made, CSTN__DELIVERY_CONSTELLATION_ID, ids[0], strlen(ids[0]));
	cstn__sharing_set_text(made, CSTN__DELIVERY_PROVIDER_ID, ids[1], strlen(ids[1]));
	cstn__sharing_set_text(made, CSTN__DELIVERY_RECIPIENT_ID, ids[2], strlen(ids[2]));
	cstn__sharing_set_number(made, CSTN__DELIVERY_CLASS, class);
	cstn__sharing_set_number(made, CSTN__DELIVERY_AT, at_us);
	return cstn__sharing_put_row(transaction, made, error);
}

cstn_status cstn__sharing_delivery_put(cstn_transaction *transaction, const char *constellation,
		const char *provider, const char *recipient, uint32_t classes, int64_t at_us,
		cstn_error **error)
{
	const char *const ids[3] = {constellation, provider, recipient};
	cstn_status status = CSTN_OK;

	for (uint32_t i = 0; i < CLASSES && status == CSTN_OK; i++)
		if (classes >> i & 1)
			status = put_delivery(transaction, ids, UINT32_C(1) << i, at_us, error);
	return status;
}

/* --- state that releases keep ------------------------------------------------------------------
 */

static cstn_status check_state_name(size_t name_len, cstn_error **error)
{
	if (name_len > CSTN__TEXT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a name of %zu bytes for what releases keep; at most %u", name_len,
				CSTN__TEXT_MAX);
	return CSTN_OK;
}

cstn_status cstn__sharing_state_find(cstn_transaction *transaction, int32_t kind,
		const char *constellation, const char *name, size_t name_len, cstn_buffer **out,
		cstn_error **error)
{
	cstn_status status = check_state_name(name_len, error);
	const cstn__cell *bytes;
	cstn_record *stored = NULL;
	cstn_buffer *found = NULL;
	cstn__key key;

	if (status != CSTN_OK)
		return status;
	cstn__sharing_key(CSTN__NOUN_SHARING_STATE, "", 0, &key);
	key.parts[0].number = kind;
	cstn__sharing_key_add(&key, 1, constellation, strlen(constellation));
	cstn__sharing_key_add(&key, 2, name, name_len);
	status = cstn__transaction_row(transaction, &key, &stored, error);
	if (status == CSTN_OK && stored) {
		bytes = cstn__sharing_cell(stored, CSTN__SHARING_STATE_BYTES);
		status = cstn__buffer_copy(&transaction->allocator, bytes->valid ? bytes->text : "",
				bytes->valid ? bytes->len : 0, &found, error);
	}
	cstn_record_unref(stored);
	if (status == CSTN_OK)
		*out = found;
	return status;
}

cstn_status cstn__sharing_state_put(cstn_transaction *transaction, int32_t kind,
		const char *constellation, const char *name, size_t name_len, const void *data,
		size_t size, int64_t now_us, cstn_error **error)
{
	cstn_status status = check_state_name(name_len, error);
	size_t texts = strlen(constellation) + name_len + 3;
	cstn_record *made = NULL;

	if (status == CSTN_OK && size > CSTN__SHARING_BYTES_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT,
				"%zu bytes of what releases keep; at most %zu", size,
				CSTN__SHARING_BYTES_MOST);
	if (status == CSTN_OK)
		status = cstn__sharing_row_new(transaction, CSTN__NOUN_SHARING_STATE, texts + size,
				now_us, &made, error);
	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_number(made, CSTN__SHARING_STATE_KIND, kind);
	cstn__sharing_set_text(made, CSTN__SHARING_STATE_CONSTELLATION_ID, constellation,
			strlen(constellation));
	cstn__sharing_set_text(made, CSTN__SHARING_STATE_NAME, name, name_len);
	cstn__sharing_set_text(made, CSTN__SHARING_STATE_BYTES, data, size);
	return cstn__sharing_put_row(transaction, made, error);
}
