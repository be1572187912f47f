/* What a network keeps of the sharing of data, as tables.
 *
 * Most tables are rows of a noun, column by column; those of agreements, duties and overrides are
 * what the rows come to at an instant. Cost: a scan of the rows, all of them in memory. */
#include <constellation/sharing.h>

#include <inttypes.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/duty_clock.h"
#include "sharing/note_lines.h"
#include "sharing/override.h"
#include "sharing/sharing_checks.h"
#include "sharing/sharing_load.h"
#include "sharing/sharing_rows.h"
#include "table/export.h"

enum kind {
	ID,     /* a text, or digits of a digest; none is null */
	NUMBER, /* int64; INT64_MAX is null */
	TIME,   /* INT64_MAX and INT64_MIN are null */
	CODE,   /* one of `names`, from 1 */
	BIT     /* one of `names`, by the bit */
};

typedef struct column {
	const char *name;
	int kind;
	uint32_t field;
	const char *const *names;
	size_t n_names;
} column;

typedef struct layout {
	uint32_t noun;
	size_t n;
	const column *columns;
} layout;

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NAMES(list) (list), COUNT(list)

static const char *const duty_states[] = {"pending", "fulfilled", "violated", "waived"};
static const char *const consideration_states[] = {"current", "due", "overdue", "unknown"};
static const char *const release_states[] = {"open", "closed", "unknown"};
static const char *const receipt_kinds[] = {
		"received", "deleted", "key_destroyed", "returned", "paid", "waived"};
static const char *const classes[] = {
		"public", "operational", "competitive", "personal", "quasi_identifier", "special"};

/* --- tables that are rows ----------------------------------------------------------------------
 */

static const column usage_columns[] = {
		{"agreement", ID, CSTN__TERM_USAGE_AGREEMENT, NULL, 0},
		{"term", ID, CSTN__TERM_USAGE_TERM, NULL, 0},
		{"at", TIME, CSTN__TERM_USAGE_AT, NULL, 0},
		{"calls", NUMBER, CSTN__TERM_USAGE_CALLS, NULL, 0},
		{"rows", NUMBER, CSTN__TERM_USAGE_ROWS, NULL, 0},
		{"rows_in_all", NUMBER, CSTN__TERM_USAGE_ROWS_IN_ALL, NULL, 0},
		{"nano_epsilon", NUMBER, CSTN__TERM_USAGE_NANO_EPSILON, NULL, 0},
};
static const column consideration_columns[] = {
		{"agreement", ID, CSTN__TERM_CONSIDERATION_AGREEMENT, NULL, 0},
		{"term", ID, CSTN__TERM_CONSIDERATION_TERM, NULL, 0},
		{"index", NUMBER, CSTN__TERM_CONSIDERATION_NUMBER, NULL, 0},
		{"state", CODE, CSTN__TERM_CONSIDERATION_STATE, NAMES(consideration_states)},
		{"due", TIME, CSTN__TERM_CONSIDERATION_DUE_US, NULL, 0},
};
static const column delivery_columns[] = {
		{"constellation", ID, CSTN__DELIVERY_CONSTELLATION_ID, NULL, 0},
		{"provider", ID, CSTN__DELIVERY_PROVIDER_ID, NULL, 0},
		{"recipient", ID, CSTN__DELIVERY_RECIPIENT_ID, NULL, 0},
		{"class", BIT, CSTN__DELIVERY_CLASS, NAMES(classes)},
		{"at", TIME, CSTN__DELIVERY_AT, NULL, 0},
};
static const column release_columns[] = {
		{"release", ID, CSTN__RELEASE_RELEASE_ID, NULL, 0},
		{"constellation", ID, CSTN__RELEASE_CONSTELLATION_ID, NULL, 0},
		{"provider", ID, CSTN__RELEASE_PROVIDER_ID, NULL, 0},
		{"recipient", ID, CSTN__RELEASE_RECIPIENT_ID, NULL, 0},
		{"state", CODE, CSTN__RELEASE_STATE, NAMES(release_states)},
		{"at", TIME, CSTN__RELEASE_AT, NULL, 0},
		{"opening", NUMBER, CSTN__RELEASE_OPENING, NULL, 0},
		{"reserved_rows", NUMBER, CSTN__RELEASE_RESERVED_ROWS, NULL, 0},
		{"rows", NUMBER, CSTN__RELEASE_ROWS, NULL, 0},
		{"batches", NUMBER, CSTN__RELEASE_BATCHES, NULL, 0},
		{"decision", ID, CSTN__RELEASE_DECISION, NULL, 0},
};
static const column receipt_columns[] = {
		{"receipt", ID, CSTN__SHARING_RECEIPT_DIGEST, NULL, 0},
		{"agreement", ID, CSTN__SHARING_RECEIPT_AGREEMENT, NULL, 0},
		{"release", ID, CSTN__SHARING_RECEIPT_RELEASE, NULL, 0},
		{"party", ID, CSTN__SHARING_RECEIPT_PARTY_ID, NULL, 0},
		{"kind", CODE, CSTN__SHARING_RECEIPT_KIND, NAMES(receipt_kinds)},
		{"at", TIME, CSTN__SHARING_RECEIPT_AT, NULL, 0},
};

/* By CSTN_SHARING_...; noun 0: a table of its own. */
static const layout layouts[] = {
		{0, 0, NULL}, {0, 0, NULL}, /* AGREEMENTS */
		{CSTN__NOUN_TERM_USAGE, COUNT(usage_columns), usage_columns},
		{0, 0, NULL}, /* DUTIES */
		{CSTN__NOUN_TERM_CONSIDERATION, COUNT(consideration_columns),
				consideration_columns},
		{CSTN__NOUN_DELIVERY, COUNT(delivery_columns), delivery_columns},
		{CSTN__NOUN_RELEASE, COUNT(release_columns), release_columns},
		{0, 0, NULL}, /* OVERRIDES */
		{CSTN__NOUN_SHARING_RECEIPT, COUNT(receipt_columns), receipt_columns},
		{0, 0, NULL}, /* CONFLICT_SETS */
};

typedef struct filling {
	cstn_snapshot *snapshot;
	cstn__table_builder *table;
	const layout *of;
	int64_t now_us;
	cstn_party_keys *keys;     /* of overrides */
	cstn_agreement *agreement; /* of duties: the last one that was asked for; NULL */
	uint8_t digest[CSTN__DIGEST];
} filling;

static void put_text(filling *at, int32_t place, const char *text)
{
	if (*text)
		cstn__table_put_text(at->table, place, text, strlen(text));
	else
		cstn__table_put_null(at->table, place);
}

static void put_time(filling *at, int32_t place, int64_t at_us)
{
	if (at_us == INT64_MAX || at_us == INT64_MIN)
		cstn__table_put_null(at->table, place);
	else
		cstn__table_put_i64(at->table, place, at_us);
}

/* A name by its number from 0; one that is not known is null. */
static void put_name(filling *at, int32_t place, const struct column *of, int64_t number)
{
	put_text(at, place, number >= 0 && (uint64_t)number < of->n_names ? of->names[number] : "");
}

static void put_cell(filling *at, int32_t place, const column *of, const cstn_record *row)
{
	int64_t number = cstn__row_get_number(row, of->field, INT64_MAX);

	switch (of->kind) {
	case ID:
		put_text(at, place, cstn__row_get_text(row, of->field));
		break;
	case CODE:
		put_name(at, place, of, number - 1);
		break;
	case BIT:
		put_name(at, place, of, number > 0 ? __builtin_ctzll((uint64_t)number) : -1);
		break;
	default:
		put_time(at, place, number);
	}
}

static cstn_status put_row(void *user, const cstn_record *row, cstn_error **error)
{
	filling *at = user;

	(void)error;
	for (size_t i = 0; i < at->of->n; i++)
		put_cell(at, (int32_t)i, &at->of->columns[i], row);
	return CSTN_OK;
}

static int declare(filling *at, const char *name, int32_t type)
{
	return cstn__table_add_column(at->table, name, type, 0, 1) < 0;
}

static cstn_status fill_rows(filling *at, cstn_error **error)
{
	int failed = 0;

	for (size_t i = 0; i < at->of->n && !failed; i++) {
		int kind = at->of->columns[i].kind;

		failed = declare(at, at->of->columns[i].name,
				kind == NUMBER ? CSTN_TYPE_INT64
				: kind == TIME ? CSTN_TYPE_TIME
					       : CSTN_TYPE_TEXT);
	}
	if (failed)
		return cstn__fail_nomem(error);
	return cstn__sharing_scan(at->snapshot->inner, at->of->noun, NULL, 0,
			&at->snapshot->allocator, put_row, at, error);
}

/* --- agreements --------------------------------------------------------------------------------
 */

static const struct {
	const char *name;
	int32_t type;
} agreement_columns[] = {{"agreement", CSTN_TYPE_TEXT}, {"constellation", CSTN_TYPE_TEXT},
		{"provider", CSTN_TYPE_TEXT}, {"recipient", CSTN_TYPE_TEXT},
		{"state", CSTN_TYPE_TEXT}, {"decides", CSTN_TYPE_FLAG}, {"cause", CSTN_TYPE_TEXT},
		{"made", CSTN_TYPE_TIME}, {"valid_from", CSTN_TYPE_TIME},
		{"valid_until", CSTN_TYPE_TIME}, {"effective", CSTN_TYPE_TIME},
		{"ended", CSTN_TYPE_TIME}, {"transitions", CSTN_TYPE_INT64},
		{"terms", CSTN_TYPE_INT64}, {"parent", CSTN_TYPE_TEXT},
		{"predecessor", CSTN_TYPE_TEXT}};

static void put_digest(filling *at, int32_t place, const uint8_t *digest)
{
	char text[CSTN__HEX_SIZE];

	cstn__sharing_hex(digest, text);
	put_text(at, place, text);
}

static cstn_status put_agreement(filling *at, const cstn_agreement *agreement, cstn_error **error)
{
	const cstn_agreement_body *body = &agreement->body->body;
	cstn_agreement_info info = CSTN_AGREEMENT_INFO_INIT;
	cstn_status status = cstn_agreement_get_info(agreement, at->now_us, &info, error);

	if (status != CSTN_OK)
		return status;
	put_digest(at, 0, agreement->body->digest);
	put_text(at, 1, body->constellation);
	put_text(at, 2, body->provider);
	put_text(at, 3, body->recipient);
	put_text(at, 4, cstn_agreement_state_name(info.state));
	cstn__table_put_i64(at->table, 5, info.decides);
	put_text(at, 6, info.cause ? cstn_cause_name(info.cause) : "");
	put_time(at, 7, body->made_us);
	put_time(at, 8, body->valid_from_us);
	put_time(at, 9, body->valid_until_us);
	put_time(at, 10, info.effective_us ? info.effective_us : INT64_MAX);
	put_time(at, 11, info.ended_us ? info.ended_us : INT64_MAX);
	cstn__table_put_i64(at->table, 12, (int64_t)agreement->n);
	cstn__table_put_i64(at->table, 13, (int64_t)cstn_term_set_count(agreement->terms));
	put_digest(at, 14, body->parent);
	put_digest(at, 15, body->predecessor);
	return CSTN_OK;
}

static cstn_status fill_agreements(filling *at, cstn_error **error)
{
	cstn_agreement_store *store = NULL;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < COUNT(agreement_columns) && status == CSTN_OK; i++)
		if (declare(at, agreement_columns[i].name, agreement_columns[i].type))
			status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn_agreement_store_new(&at->snapshot->allocator, &store, error);
	if (status == CSTN_OK)
		status = cstn_agreement_store_load(store, at->snapshot, error);
	for (size_t i = 0; i < cstn_agreement_store_count(store) && status == CSTN_OK; i++)
		status = put_agreement(at, cstn_agreement_store_at(store, i), error);
	cstn_agreement_store_free(store);
	return status;
}

/* --- duties ------------------------------------------------------------------------------------
 */

/* agreement, term, release, index, action, state, deadline, consequence */
static void put_duty(filling *at, const cstn__duty_row *row)
{
	const int32_t state =
			cstn__duty_is_overdue(row, at->now_us) ? CSTN_DUTY_VIOLATED : row->state;

	put_digest(at, 0, row->agreement);
	put_digest(at, 1, row->term);
	put_digest(at, 2, row->release);
	if (row->index == CSTN_RULES_DUTY_RETENTION)
		cstn__table_put_null(at->table, 3);
	else
		cstn__table_put_i64(at->table, 3,
				row->index == CSTN_RULES_DUTY_REVOCATION ? -1
									 : (int64_t)row->index);
	put_text(at, 4, row->action);
	put_text(at, 5, duty_states[state - CSTN_DUTY_PENDING]);
	put_time(at, 6, row->deadline_us);
	cstn__table_put_i64(at->table, 7, row->consequence);
}

/* The agreement of a duty as at->agreement; NULL if it is not there. */
static cstn_status find_agreement(filling *at, const uint8_t *digest, cstn_error **error)
{
	const cstn_allocator *memory = &at->snapshot->allocator;
	char text[CSTN__HEX_SIZE];
	cstn_record *row = NULL;
	cstn_status status;
	cstn__key key;

	if (at->agreement && memcmp(at->digest, digest, CSTN__DIGEST) == 0)
		return CSTN_OK;
	cstn_agreement_unref(at->agreement);
	at->agreement = NULL;
	cstn__sharing_hex(digest, text);
	cstn__sharing_key(CSTN__NOUN_SHARING_AGREEMENT, text, strlen(text), &key);
	status = cstn__snapshot_record(at->snapshot->inner, &key, INT64_MAX, memory, &row, error);
	if (status == CSTN_OK && row)
		status = cstn__sharing_agreement_read(row, memory, &at->agreement, error);
	cstn_record_unref(row);
	memcpy(at->digest, digest, CSTN__DIGEST);
	return status;
}

/* Is there a row of this duty? */
static cstn_status is_stored(
		const filling *at, const cstn__duty_row *row, int *out, cstn_error **error)
{
	cstn__duty_key texts;
	cstn_record *found = NULL;
	cstn_status status;
	cstn__key key;

	cstn__sharing_duty_key(row, &texts, &key);
	status = cstn__snapshot_record(at->snapshot->inner, &key, INT64_MAX,
			&at->snapshot->allocator, &found, error);
	*out = found != NULL;
	cstn_record_unref(found);
	return status;
}

/* What follows from a duty that the clock has violated, and from that, as far as there are no rows
 * of it. */
static cstn_status put_following(filling *at, cstn__duty_row row, cstn_error **error)
{
	const cstn_term_view *term = NULL;
	cstn_status status = find_agreement(at, row.agreement, error);
	cstn__duty_row next;
	int stored = 0;

	if (status != CSTN_OK || !at->agreement ||
			cstn__sharing_term_find(at->agreement, row.term, &term, NULL) != CSTN_OK)
		return status;
	for (; cstn__duty_is_overdue(&row, at->now_us); row = next) {
		if (!cstn__duty_follow(at->agreement, term, &row, row.deadline_us, &next))
			break;
		status = is_stored(at, &next, &stored, error);
		if (status != CSTN_OK || stored)
			break;
		put_duty(at, &next);
	}
	return status;
}

static cstn_status visit_duty(void *user, const cstn_record *record, cstn_error **error)
{
	filling *at = user;
	cstn__duty_row row;
	cstn_status status = cstn__sharing_duty_read(record, &row, error);

	if (status != CSTN_OK)
		return status;
	if (row.index == CSTN_RULES_DUTY_REVOCATION && row.state == CSTN_DUTY_PENDING) {
		status = find_agreement(at, row.agreement, error);
		if (status != CSTN_OK || !at->agreement ||
				!cstn__duty_revoke(&row, at->agreement, at->now_us))
			return status;
	}
	put_duty(at, &row);
	if (row.index >= CSTN_RULES_DUTY_REVOCATION || !cstn__duty_is_overdue(&row, at->now_us))
		return CSTN_OK;
	return put_following(at, row, error);
}

static cstn_status fill_duties(filling *at, cstn_error **error)
{
	cstn_status status;

	if (declare(at, "agreement", CSTN_TYPE_TEXT) || declare(at, "term", CSTN_TYPE_TEXT) ||
			declare(at, "release", CSTN_TYPE_TEXT) ||
			declare(at, "index", CSTN_TYPE_INT64) ||
			declare(at, "action", CSTN_TYPE_TEXT) ||
			declare(at, "state", CSTN_TYPE_TEXT) ||
			declare(at, "deadline", CSTN_TYPE_TIME) ||
			declare(at, "consequence", CSTN_TYPE_INT64))
		return cstn__fail_nomem(error);
	status = cstn__sharing_scan(at->snapshot->inner, CSTN__NOUN_TERM_DUTY, NULL, 0,
			&at->snapshot->allocator, visit_duty, at, error);
	cstn_agreement_unref(at->agreement);
	return status;
}

/* --- overrides ---------------------------------------------------------------------------------
 */

/* Does it open anything at the instant? */
static cstn_status ask_override(
		const filling *at, const char *note, int64_t *holds, cstn_error **error)
{
	cstn_rules_builder *trial = NULL;
	cstn_error *told = NULL;
	cstn_status status = cstn_rules_builder_new(&at->snapshot->allocator, &trial, error);

	*holds = 0;
	if (status != CSTN_OK)
		return status;
	status = cstn_rules_builder_add_override(trial, note, strlen(note), at->keys, &told);
	if (status == CSTN_OK) {
		const cstn__override *one = &trial->rules->overrides.items[0];

		*holds = at->now_us >= one->from_us && at->now_us < one->until_us &&
			 cstn__override_is_signed_at(trial->rules, one, at->now_us);
	}
	cstn_rules_builder_free(trial);
	if (status != CSTN_E_SIGNATURE)
		return cstn__error_give(error, told, status);
	cstn_error_free(told);
	return CSTN_OK;
}

static cstn_status put_override(void *user, const cstn_record *row, cstn_error **error)
{
	static const char *const levels[] = {"raw", "pseudonym", "generalised"};
	const char *note = cstn__row_get_text(row, CSTN__SHARING_OVERRIDE_NOTE);
	filling *at = user;
	cstn__override_said said;
	int64_t holds = 0;
	size_t len = 0;
	cstn_status status = cstn__note_text(note, strlen(note), &len, error);

	if (status == CSTN_OK)
		status = cstn__override_read(note, len, &said, error);
	if (status == CSTN_OK)
		status = ask_override(at, note, &holds, error);
	for (size_t i = 0; status == CSTN_OK && i < said.n_paths; i++) {
		put_text(at, 0, cstn__row_get_text(row, CSTN__SHARING_OVERRIDE_DIGEST));
		put_text(at, 1, said.constellation);
		put_text(at, 2, said.provider);
		put_text(at, 3, said.recipient);
		cstn__table_put_text(at->table, 4, said.paths[i].text, said.paths[i].len);
		put_text(at, 5, levels[said.level - CSTN_LEVEL_RAW]);
		put_time(at, 6, said.from_us);
		put_time(at, 7, said.until_us);
		cstn__table_put_i64(at->table, 8, holds);
	}
	return status;
}

static cstn_status fill_overrides(filling *at, cstn_error **error)
{
	static const char *const texts[] = {
			"override", "constellation", "provider", "recipient", "field", "level"};
	int failed = 0;
	cstn_status status;

	for (size_t i = 0; i < COUNT(texts) && !failed; i++)
		failed = declare(at, texts[i], CSTN_TYPE_TEXT);
	if (failed || declare(at, "from", CSTN_TYPE_TIME) || declare(at, "until", CSTN_TYPE_TIME) ||
			declare(at, "holds", CSTN_TYPE_FLAG))
		return cstn__fail_nomem(error);
	status = cstn_party_keys_new(&at->snapshot->allocator, &at->keys, error);
	if (status == CSTN_OK)
		status = cstn__party_keys_load(
				at->keys, at->snapshot->inner, &at->snapshot->allocator, error);
	if (status == CSTN_OK)
		status = cstn__sharing_scan(at->snapshot->inner, CSTN__NOUN_SHARING_OVERRIDE, NULL,
				0, &at->snapshot->allocator, put_override, at, error);
	cstn_party_keys_free(at->keys);
	return status;
}

/* --- conflict sets -----------------------------------------------------------------------------
 */

static cstn_status put_set(void *user, const cstn_record *row, cstn_error **error)
{
	const cstn__cell *parties = cstn__sharing_cell(row, CSTN__CONFLICT_SET_PARTIES);
	size_t len = parties->valid ? parties->len : 0;
	filling *at = user;

	(void)error;
	for (size_t i = 0; i < len; i += strlen(parties->text + i) + 1) {
		put_text(at, 0, cstn__row_get_text(row, CSTN__CONFLICT_SET_CONSTELLATION_ID));
		put_text(at, 1, cstn__row_get_text(row, CSTN__CONFLICT_SET_SET_ID));
		put_text(at, 2, parties->text + i);
	}
	return CSTN_OK;
}

static cstn_status fill_sets(filling *at, cstn_error **error)
{
	if (declare(at, "constellation", CSTN_TYPE_TEXT) || declare(at, "set", CSTN_TYPE_TEXT) ||
			declare(at, "party", CSTN_TYPE_TEXT))
		return cstn__fail_nomem(error);
	return cstn__sharing_scan(at->snapshot->inner, CSTN__NOUN_CONFLICT_SET, NULL, 0,
			&at->snapshot->allocator, put_set, at, error);
}

/* --- all of them -------------------------------------------------------------------------------
 */

cstn_status cstn_sharing_table(cstn_snapshot *snapshot, int32_t what, int64_t now_us,
		struct ArrowArrayStream *out, cstn_error **error)
{
	filling at = {.snapshot = snapshot, .now_us = now_us};
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	if (what < CSTN_SHARING_AGREEMENTS || what > CSTN_SHARING_CONFLICT_SETS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table %" PRId32 " is not one of CSTN_SHARING_...", what);
	status = cstn__table_builder_new(&snapshot->allocator, &at.table, error);
	if (status != CSTN_OK)
		return status;
	at.of = &layouts[what];
	status = what == CSTN_SHARING_AGREEMENTS      ? fill_agreements(&at, error)
		 : what == CSTN_SHARING_DUTIES        ? fill_duties(&at, error)
		 : what == CSTN_SHARING_OVERRIDES     ? fill_overrides(&at, error)
		 : what == CSTN_SHARING_CONFLICT_SETS ? fill_sets(&at, error)
						      : fill_rows(&at, error);
	if (status == CSTN_OK)
		return cstn__table_export(at.table, out, error);
	cstn__table_builder_free(at.table);
	return status;
}
