/* Rules out of a network: agreements, and what is said of their terms.
 *
 * The agreements of a constellation and its two parties are scanned, those that they derive from
 * are looked up one by one. Usage, duties and considerations are then scanned by agreement, or all.
 * What is said of an agreement or a term that is not there is left out.
 *
 * Cost: an agreement is read from its bytes, its chain walked anew. */
#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/sharing_load.h"
#include "sharing/sharing_rows.h"

cstn_status cstn__sharing_agreement_read(const cstn_record *row, const cstn_allocator *allocator,
		cstn_agreement **out, cstn_error **error)
{
	const cstn__cell *bytes = cstn__sharing_cell(row, CSTN__SHARING_AGREEMENT_AGREEMENT);
	cstn_error *told = NULL;
	cstn_status status = cstn_agreement_deserialize((const uint8_t *)bytes->text,
			bytes->valid ? bytes->len : 0, allocator, out, &told);

	if (status == CSTN_OK || status == CSTN_E_NOMEM)
		return cstn__error_give(error, told, status);
	status = cstn__fail(error, CSTN_E_CORRUPT, "agreement %.64s: %s",
			cstn__row_get_text(row, CSTN__SHARING_AGREEMENT_DIGEST),
			cstn_error_message(told));
	cstn_error_free(told);
	return status;
}

cstn_status cstn__sharing_add_agreement(cstn_rules_builder *builder,
		const cstn_agreement *agreement, const uint8_t *term_parents, cstn_error **error)
{
	return cstn_rules_builder_add_signed(
			builder, agreement, cstn_agreement_terms(agreement), term_parents, error);
}

/* --- agreements --------------------------------------------------------------------------------
 */

/* The terms that those of an agreement derive from, which the row has as digits; *out is NULL if
 * there are none, else of `size` bytes. */
static cstn_status read_term_parents(const cstn_record *row, size_t n_terms,
		const cstn_allocator *allocator, uint8_t **out, size_t *size, cstn_error **error)
{
	const cstn__cell *text = cstn__sharing_cell(row, CSTN__SHARING_AGREEMENT_TERM_PARENTS);
	size_t digits = 2 * CSTN__DIGEST_SIZE;
	cstn_status status = CSTN_OK;

	*out = NULL;
	*size = n_terms * CSTN__DIGEST_SIZE;
	if (!text->valid || !text->len)
		return CSTN_OK;
	if (text->len != n_terms * digits)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"agreement %.64s has terms without those that they derive from",
				cstn__row_get_text(row, CSTN__SHARING_AGREEMENT_DIGEST));
	*out = cstn__alloc(allocator, *size);
	if (!*out)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n_terms && status == CSTN_OK; i++)
		status = cstn__sharing_unhex((const uint8_t *)text->text + i * digits, digits,
				*out + i * CSTN__DIGEST_SIZE, error);
	if (status != CSTN_OK) {
		cstn__free(allocator, *out, *size);
		*out = NULL;
	}
	return status;
}

/* An agreement and a term of it. */
typedef struct about_key {
	uint8_t bytes[2 * CSTN__DIGEST_SIZE];
} about_key;

static about_key about_of(const uint8_t *agreement, const uint8_t *term)
{
	about_key key;

	memcpy(key.bytes, agreement, CSTN__DIGEST_SIZE);
	memcpy(key.bytes + CSTN__DIGEST_SIZE, term, CSTN__DIGEST_SIZE);
	return key;
}

/* Remember an agreement and its terms as added. */
static cstn_status note_added(
		cstn__rules_load *load, const cstn_agreement *agreement, cstn_error **error)
{
	const uint8_t *digest = cstn_agreement_digest(agreement);
	const cstn_term_set *terms = cstn_agreement_terms(agreement);
	int failed = cstn__array_reserve(&load->allocator, &load->parents, 1) ||
		     cstn__intern(&load->digests, (const char *)digest, CSTN__DIGEST_SIZE) ==
				     UINT32_MAX;

	for (size_t i = 0; i < cstn_term_set_count(terms) && !failed; i++) {
		uint8_t term[CSTN__DIGEST_SIZE];
		about_key key;

		cstn_term_digest(cstn_term_set_at(terms, i), term);
		key = about_of(digest, term);
		failed = cstn__intern(&load->terms, (const char *)key.bytes, sizeof(key.bytes)) ==
			 UINT32_MAX;
	}
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* The agreement as rules, and its parent among those to come. */
static cstn_status put_agreement(cstn__rules_load *load, const cstn_record *row,
		const cstn_agreement *agreement, cstn_error **error)
{
	cstn_status status = note_added(load, agreement, error);
	uint8_t *parents = NULL;
	size_t size = 0;

	if (status != CSTN_OK)
		return status;
	status = read_term_parents(row, cstn_term_set_count(cstn_agreement_terms(agreement)),
			&load->allocator, &parents, &size, error);
	if (status == CSTN_OK)
		status = cstn__sharing_add_agreement(load->builder, agreement, parents, error);
	if (parents)
		cstn__free(&load->allocator, parents, size);
	if (status == CSTN_OK && load->constellation &&
			!cstn__digest_is_zero(agreement->body->body.parent))
		memcpy(load->parents.items[load->parents.count++].bytes,
				agreement->body->body.parent, CSTN__DIGEST_SIZE);
	return status;
}

static cstn_status add_agreement(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	cstn_agreement *agreement = NULL;
	cstn_status status;

	if (!cstn__rules_load_place(load,
			    cstn__row_get_text(row, CSTN__SHARING_AGREEMENT_CONSTELLATION_ID)))
		return CSTN_OK;
	status = cstn__sharing_agreement_read(row, &load->allocator, &agreement, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__interner_find(&load->digests, (const char *)cstn_agreement_digest(agreement),
			    CSTN__DIGEST_SIZE) == UINT32_MAX)
		status = put_agreement(load, row, agreement, error);
	cstn_agreement_unref(agreement);
	return status;
}

/* What the agreements of the two derive from, and so on. */
static cstn_status add_parents(cstn__rules_load *load, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < load->parents.count && status == CSTN_OK; i++) {
		char digest[CSTN__HEX_SIZE];
		cstn_record *row = NULL;
		cstn__key key;

		cstn__sharing_hex(load->parents.items[i].bytes, digest);
		cstn__sharing_key(CSTN__NOUN_SHARING_AGREEMENT, digest, strlen(digest), &key);
		status = cstn__snapshot_record(load->snapshot->inner, &key, INT64_MAX,
				&load->allocator, &row, error);
		if (status == CSTN_OK && row)
			status = add_agreement(load, row, error);
		cstn_record_unref(row);
	}
	return status;
}

static cstn_status scan_agreements(cstn__rules_load *load, cstn_error **error)
{
	cstn__scan_text texts[3];
	size_t n = 0;

	if (load->constellation) {
		texts[n++] = cstn__sharing_equals(
				CSTN__SHARING_AGREEMENT_CONSTELLATION_ID, load->constellation);
		texts[n++] = cstn__sharing_equals(
				CSTN__SHARING_AGREEMENT_PROVIDER_ID, load->provider);
		texts[n++] = cstn__sharing_equals(
				CSTN__SHARING_AGREEMENT_RECIPIENT_ID, load->recipient);
	}
	return cstn__sharing_scan(load->snapshot->inner, CSTN__NOUN_SHARING_AGREEMENT, texts, n,
			&load->allocator, add_agreement, load, error);
}

/* --- what is said of terms ---------------------------------------------------------------------
 */

/* Agreement and term of a row, fields 0 and 1; *there is 0 if they were not added. */
static cstn_status read_about(const cstn__rules_load *load, const cstn_record *row,
		uint8_t *agreement, uint8_t *term, int *there, cstn_error **error)
{
	cstn_status status = cstn__row_get_digest(row, 0, agreement, error);
	about_key key;

	if (status == CSTN_OK)
		status = cstn__row_get_digest(row, 1, term, error);
	if (status != CSTN_OK)
		return status;
	key = about_of(agreement, term);
	*there = cstn__interner_find(&load->terms, (const char *)key.bytes, sizeof(key.bytes)) !=
		 UINT32_MAX;
	return CSTN_OK;
}

static cstn_status add_usage(void *user, const cstn_record *row, cstn_error **error)
{
	cstn_rules_usage usage = CSTN_RULES_USAGE_INIT;
	cstn__rules_load *load = user;
	int there = 0;
	cstn_status status = read_about(load, row, usage.agreement, usage.term, &there, error);

	if (status != CSTN_OK || !there)
		return status;
	usage.at_us = cstn__row_get_number(row, CSTN__TERM_USAGE_AT, 0);
	usage.calls = (uint64_t)cstn__row_get_number(row, CSTN__TERM_USAGE_CALLS, 0);
	usage.rows = (uint64_t)cstn__row_get_number(row, CSTN__TERM_USAGE_ROWS, 0);
	usage.rows_in_all = (uint64_t)cstn__row_get_number(row, CSTN__TERM_USAGE_ROWS_IN_ALL, 0);
	usage.nano_epsilon = (uint64_t)cstn__row_get_number(row, CSTN__TERM_USAGE_NANO_EPSILON, 0);
	return cstn_rules_builder_add_usage(load->builder, &usage, error);
}

static cstn_status add_duty(void *user, const cstn_record *row, cstn_error **error)
{
	cstn_rules_duty duty = CSTN_RULES_DUTY_INIT;
	cstn__rules_load *load = user;
	int there = 0;
	cstn_status status = read_about(load, row, duty.agreement, duty.term, &there, error);

	if (status != CSTN_OK || !there)
		return status;
	duty.index = CSTN__DUTY_INDEX(cstn__row_get_number(row, CSTN__TERM_DUTY_NUMBER, 0));
	duty.state = (int32_t)cstn__row_get_number(row, CSTN__TERM_DUTY_STATE, 0);
	duty.deadline_us = cstn__row_get_number(row, CSTN__TERM_DUTY_DEADLINE_US, INT64_MAX);
	return cstn_rules_builder_add_duty(load->builder, &duty, error);
}

static cstn_status add_consideration(void *user, const cstn_record *row, cstn_error **error)
{
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;
	cstn__rules_load *load = user;
	int there = 0;
	cstn_status status = read_about(load, row, given.agreement, given.term, &there, error);

	if (status != CSTN_OK || !there)
		return status;
	given.index = (uint32_t)cstn__row_get_number(row, CSTN__TERM_CONSIDERATION_NUMBER, 0);
	given.state = (int32_t)cstn__row_get_number(row, CSTN__TERM_CONSIDERATION_STATE, 0);
	given.due_us = cstn__row_get_number(row, CSTN__TERM_CONSIDERATION_DUE_US, INT64_MAX);
	return cstn_rules_builder_add_consideration(load->builder, &given, error);
}

/* Rows of a noun whose field 0 is the agreement: of those that were added, or all. */
static cstn_status scan_said(cstn__rules_load *load, uint32_t noun, const cstn__scan_range *ranges,
		size_t n_ranges, cstn__row_visit *visit, cstn_error **error)
{
	cstn__row_filter filter = {.ranges = ranges, .n_ranges = n_ranges};
	cstn_status status = CSTN_OK;
	cstn__scan_text text;
	char digest[CSTN__HEX_SIZE];

	if (!load->constellation)
		return cstn__sharing_scan_some(load->snapshot->inner, noun, &filter,
				&load->allocator, visit, load, error);
	filter.texts = &text;
	filter.n_texts = 1;
	for (size_t i = 0; i < load->digests.count && status == CSTN_OK; i++) {
		cstn__sharing_hex((const uint8_t *)load->digests.items[i].text, digest);
		text = cstn__sharing_equals(0, digest);
		status = cstn__sharing_scan_some(load->snapshot->inner, noun, &filter,
				&load->allocator, visit, load, error);
	}
	return status;
}

/* Retention, and a consequence, that is fulfilled or waived changes no decision, and there is one a
 * release: it is left out by the scan. So is what the end of an agreement makes owed. A consequence
 * that began by the clock alone is not there: while it did, its duty is violated by the clock too,
 * which denies as well. */
static cstn_status scan_duties(cstn__rules_load *load, cstn_error **error)
{
	const uint32_t number = CSTN__SHARING_COLUMN(CSTN__TERM_DUTY_NUMBER),
		       state = CSTN__SHARING_COLUMN(CSTN__TERM_DUTY_STATE);
	const cstn__scan_range of_terms = {number, 0, (int64_t)CSTN_RULES_DUTY_REVOCATION - 1},
			       pending[2] = {{number, CSTN_RULES_DUTY_RETENTION, INT64_MAX},
					       {state, CSTN_DUTY_PENDING, CSTN_DUTY_PENDING}},
			       violated[2] = {pending[0],
					       {state, CSTN_DUTY_VIOLATED, CSTN_DUTY_VIOLATED}};
	cstn_status status = scan_said(load, CSTN__NOUN_TERM_DUTY, &of_terms, 1, add_duty, error);

	if (status == CSTN_OK)
		status = scan_said(load, CSTN__NOUN_TERM_DUTY, pending, 2, add_duty, error);
	if (status == CSTN_OK)
		status = scan_said(load, CSTN__NOUN_TERM_DUTY, violated, 2, add_duty, error);
	return status;
}

cstn_status cstn__rules_load_agreements(cstn__rules_load *load, cstn_error **error)
{
	cstn_status status = scan_agreements(load, error);

	if (status == CSTN_OK)
		status = add_parents(load, error);
	if (status == CSTN_OK)
		status = scan_said(load, CSTN__NOUN_TERM_USAGE, NULL, 0, add_usage, error);
	if (status == CSTN_OK)
		status = scan_duties(load, error);
	if (status == CSTN_OK)
		status = scan_said(load, CSTN__NOUN_TERM_CONSIDERATION, NULL, 0, add_consideration,
				error);
	return status;
}
