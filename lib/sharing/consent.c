/* What a customer allows, from the records `consent` of a network.
 *
 * Records are only ever added. Of those that were known and speak at the instant the one that
 * begins last answers, then the one recorded last, then the greatest id. Nothing on record is no,
 * and no purpose implies another.
 *
 * Cost: a pass over the records of consent. */
#include <string.h>

#include "base/error.h"
#include "network/network.h"
#include "sharing/vault.h"

#define COLUMN(field) (CSTN__COLUMN_FIRST + CSTN__CONSENT_##field)
enum { ID, OWNER, RECORDED, CUSTOMER, CONSTELLATION, STATE, FROM, UNTIL, N_COLUMNS };
static const uint32_t columns[N_COLUMNS] = {COLUMN(CONSENT_ID), COLUMN(OWNER), COLUMN(RECORDED),
		COLUMN(CUSTOMER_ID), COLUMN(CONSTELLATION_ID), COLUMN(STATE), COLUMN(VALID_FROM),
		COLUMN(VALID_UNTIL)};

typedef struct best {
	cstn_consent answer;
	char id[CSTN__ID_MAX + 1];
	size_t id_len;
} best;

static int is_text(const cstn__values *values, uint64_t row, const char *wanted)
{
	size_t len, wanted_len = wanted ? strlen(wanted) : 0;
	const uint8_t *text;

	if (!cstn__values_is_valid(values, row))
		return wanted_len == 0;
	text = cstn__values_text(values, row, &len);
	return len == wanted_len && (len == 0 || memcmp(text, wanted, len) == 0);
}

static int speaks(const cstn_consent_question *question, const cstn__values *values, uint64_t row)
{
	return is_text(&values[CUSTOMER], row, question->customer) &&
	       is_text(&values[OWNER], row, question->owner) &&
	       is_text(&values[CONSTELLATION], row, question->constellation) &&
	       values[RECORDED].numbers[row] <= question->known_us &&
	       values[FROM].numbers[row] <= question->now_us &&
	       (!cstn__values_is_valid(&values[UNTIL], row) ||
			       question->now_us < values[UNTIL].numbers[row]);
}

static int is_better(const best *one, const best *than)
{
	size_t len = one->id_len < than->id_len ? one->id_len : than->id_len;
	int order;

	if (!than->answer.on_record)
		return 1;
	if (one->answer.valid_from_us != than->answer.valid_from_us)
		return one->answer.valid_from_us > than->answer.valid_from_us;
	if (one->answer.recorded_us != than->answer.recorded_us)
		return one->answer.recorded_us > than->answer.recorded_us;
	order = memcmp(one->id, than->id, len);
	return order ? order > 0 : one->id_len > than->id_len;
}

static void look_at(const cstn__values *values, uint64_t row, best *out)
{
	best one = {.answer = CSTN_CONSENT_INIT};
	const uint8_t *id = cstn__values_text(&values[ID], row, &one.id_len);

	if (one.id_len > CSTN__ID_MAX)
		one.id_len = CSTN__ID_MAX;
	memcpy(one.id, id, one.id_len);
	one.answer.on_record = 1;
	one.answer.granted = is_text(&values[STATE], row, "granted");
	one.answer.valid_from_us = values[FROM].numbers[row];
	one.answer.valid_until_us = cstn__values_is_valid(&values[UNTIL], row)
						    ? values[UNTIL].numbers[row]
						    : INT64_MAX;
	one.answer.recorded_us = values[RECORDED].numbers[row];
	if (is_better(&one, out))
		*out = one;
}

static cstn_status scan(cstn_snapshot *snapshot, const cstn_consent_question *question, best *out,
		cstn_error **error)
{
	const cstn__scan_range range = {COLUMN(PURPOSE), question->purpose, question->purpose};
	const cstn__scan_text text = {
			COLUMN(CUSTOMER_ID), question->customer, strlen(question->customer)};
	cstn__scan_options options = {.columns = columns,
			.n_columns = N_COLUMNS,
			.ranges = &range,
			.n_ranges = 1,
			.texts = &text,
			.n_texts = 1,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *rows = NULL;
	cstn_status status =
			cstn__scan_new(snapshot->inner, CSTN__NOUN_CONSENT, &options, &rows, error);

	while (status == CSTN_OK && (status = cstn__scan_next(rows, &chunk, error)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1 &&
					speaks(question, chunk.columns, row))
				look_at(chunk.columns, row, out);
	cstn__scan_free(rows);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__consent_check(const cstn_consent_question *question, cstn_error **error)
{
	int share;

	if (!question)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "question is NULL");
	share = question->purpose == CSTN_PURPOSE_SHARE;
	if (question->purpose < CSTN_PURPOSE_FULFIL ||
			(question->purpose > CSTN_PURPOSE_RESEARCH && question->purpose < 1000))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"purpose %d; known are 1..6 and the caller's from 1000",
				(int)question->purpose);
	if (share != (question->constellation && *question->constellation))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a constellation goes with purpose 5 (share), and only with it");
	if (question->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is not 0");
	return cstn__vault_check_id("customer", question->customer, error);
}

static cstn_status answer(cstn_snapshot *snapshot, const cstn_consent_question *question,
		cstn_consent *out, cstn_error **error)
{
	best found = {.answer = CSTN_CONSENT_INIT};
	cstn_status status = cstn__consent_check(question, error);

	if (status == CSTN_OK && !snapshot)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "snapshot is NULL");
	if (status == CSTN_OK)
		status = scan(snapshot, question, &found, error);
	if (status == CSTN_OK)
		*out = found.answer;
	return status;
}

cstn_status cstn_snapshot_consent(cstn_snapshot *snapshot, const cstn_consent_question *question,
		cstn_consent *out, cstn_error **error)
{
	cstn_consent full;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = answer(snapshot, question, &full, error);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&full, sizeof(full), sizeof(full), "cstn_consent", out, error);
}

cstn_status cstn_vault_get_consented(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *path, cstn_buffer **value,
		cstn_error **error)
{
	uint32_t state;
	cstn_consent consent;
	cstn_error *inner = NULL;
	cstn_status status;

	status = answer(snapshot, question, &consent, error);
	if (status != CSTN_OK)
		return status;
	status = cstn_vault_subject(vault, question->customer, &state, &inner);
	if (status == CSTN_OK && state & CSTN_VAULT_SUBJECT_ERASED)
		return cstn__vault_fail_erased(error);
	if (status == CSTN_E_NOT_FOUND) { /* then there is nothing to read, once it is allowed */
		cstn_error_free(inner);
		status = CSTN_OK;
	} else if (status != CSTN_OK)
		return cstn__error_give(error, inner, status);
	if (!consent.granted)
		return cstn__fail(error, CSTN_E_DENIED, "not available");
	return cstn_vault_get(vault, question->customer, question->customer, path, value, error);
}
