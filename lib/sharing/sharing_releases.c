/* Releases, as a network remembers them.
 *
 * A release's row is put open with its entry in the log, whose index it bears: that is known only
 * at the commit, so the row waits with the entry (log_leaf.h). Cost: a point read and a row. */
#include "sharing/sharing_rows.h"

#include "base/error.h"
#include "sharing/log_leaf.h"
#include "sharing/sharing_load.h"

#define TEXTS (2 * CSTN__HEX_SIZE + 3 * (CSTN__ID_MAX + 1))

static int64_t to_number(uint64_t count)
{
	return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static cstn_status make_row(cstn_transaction *transaction, const cstn__release_row *row,
		int64_t now_us, cstn_record **out, cstn_error **error)
{
	cstn_status status = cstn__sharing_row_new(
			transaction, CSTN__NOUN_RELEASE, TEXTS, now_us, out, error);

	if (status != CSTN_OK)
		return status;
	cstn__sharing_set_digest(*out, CSTN__RELEASE_RELEASE_ID, row->id);
	cstn__sharing_set_text(*out, CSTN__RELEASE_CONSTELLATION_ID, row->constellation,
			strlen(row->constellation));
	cstn__sharing_set_text(
			*out, CSTN__RELEASE_PROVIDER_ID, row->provider, strlen(row->provider));
	cstn__sharing_set_text(
			*out, CSTN__RELEASE_RECIPIENT_ID, row->recipient, strlen(row->recipient));
	cstn__sharing_set_number(*out, CSTN__RELEASE_STATE, row->state);
	cstn__sharing_set_number(*out, CSTN__RELEASE_SESSION, (int64_t)row->session);
	cstn__sharing_set_number(*out, CSTN__RELEASE_OPENING, to_number(row->opening));
	cstn__sharing_set_number(*out, CSTN__RELEASE_AT, row->at_us);
	cstn__sharing_set_number(*out, CSTN__RELEASE_RESERVED_ROWS, to_number(row->reserved_rows));
	cstn__sharing_set_number(*out, CSTN__RELEASE_ROWS, to_number(row->rows));
	cstn__sharing_set_number(*out, CSTN__RELEASE_BATCHES, to_number(row->batches));
	cstn__sharing_set_digest(*out, CSTN__RELEASE_DECISION, row->decision);
	return CSTN_OK;
}

cstn_status cstn__sharing_release_open(cstn_transaction *transaction, const cstn__release_row *row,
		const json_t *fields, uint64_t *index, cstn_error **error)
{
	cstn__log_leaf leaf = {.party = row->provider,
			.party_len = strlen(row->provider),
			.constellation = row->constellation,
			.constellation_len = strlen(row->constellation),
			.type = CSTN__LEAF_RELEASE_OPEN,
			.at_us = row->at_us,
			.fields = fields,
			.index = index,
			.row_field = CSTN__RELEASE_OPENING};
	cstn_status status = make_row(transaction, row, row->at_us, &leaf.row, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__transaction_log(transaction, &leaf, error);
	cstn_record_unref(leaf.row);
	return status;
}

cstn_status cstn__sharing_release_put(cstn_transaction *transaction, const cstn__release_row *row,
		int64_t now_us, cstn_error **error)
{
	cstn_record *made = NULL;
	cstn_status status = make_row(transaction, row, now_us, &made, error);

	return status == CSTN_OK ? cstn__sharing_put_row(transaction, made, error) : status;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static void copy_id(const cstn__cell *cell, char out[65])
{
	size_t len = cell->valid && cell->len <= CSTN__ID_MAX ? cell->len : 0;

	if (len)
		memcpy(out, cell->text, len);
	out[len] = '\0';
}

static cstn_status read_row(const cstn_record *row, cstn__release_row *out, cstn_error **error)
{
	int64_t reserved = cstn__sharing_number(row, CSTN__RELEASE_RESERVED_ROWS);
	cstn_status status = cstn__row_get_digest(row, CSTN__RELEASE_RELEASE_ID, out->id, error);

	if (status == CSTN_OK)
		status = cstn__row_get_digest(row, CSTN__RELEASE_DECISION, out->decision, error);
	if (status != CSTN_OK)
		return status;
	copy_id(cstn__sharing_cell(row, CSTN__RELEASE_CONSTELLATION_ID), out->constellation);
	copy_id(cstn__sharing_cell(row, CSTN__RELEASE_PROVIDER_ID), out->provider);
	copy_id(cstn__sharing_cell(row, CSTN__RELEASE_RECIPIENT_ID), out->recipient);
	out->state = (int32_t)cstn__sharing_number(row, CSTN__RELEASE_STATE);
	out->session = (uint64_t)cstn__sharing_number(row, CSTN__RELEASE_SESSION);
	out->opening = (uint64_t)cstn__sharing_number(row, CSTN__RELEASE_OPENING);
	out->at_us = cstn__sharing_number(row, CSTN__RELEASE_AT);
	out->reserved_rows = reserved == INT64_MAX ? UINT64_MAX : (uint64_t)reserved;
	out->rows = (uint64_t)cstn__sharing_number(row, CSTN__RELEASE_ROWS);
	out->batches = (uint64_t)cstn__sharing_number(row, CSTN__RELEASE_BATCHES);
	return CSTN_OK;
}

cstn_status cstn__sharing_release_find(cstn_transaction *transaction, const uint8_t *id,
		cstn__release_row *out, int *found, cstn_error **error)
{
	cstn_record *stored = NULL;
	cstn_status status =
			cstn__sharing_row_find(transaction, CSTN__NOUN_RELEASE, id, &stored, error);

	if (status != CSTN_OK)
		return status;
	*found = stored != NULL;
	if (stored)
		status = read_row(stored, out, error);
	cstn_record_unref(stored);
	return status;
}

typedef struct visiting {
	cstn_status (*visit)(void *user, const cstn__release_row *row, cstn_error **error);
	void *user;
} visiting;

static cstn_status visit_row(void *user, const cstn_record *stored, cstn_error **error)
{
	const visiting *at = user;
	cstn__release_row row;
	cstn_status status = read_row(stored, &row, error);

	return status == CSTN_OK ? at->visit(at->user, &row, error) : status;
}

cstn_status cstn__sharing_release_scan(cstn_snapshot *snapshot, int32_t state,
		cstn_status (*visit)(void *user, const cstn__release_row *row, cstn_error **error),
		void *user, cstn_error **error)
{
	const cstn__scan_range range = {CSTN__SHARING_COLUMN(CSTN__RELEASE_STATE), state, state};
	const cstn__row_filter filter = {.ranges = &range, .n_ranges = state ? 1 : 0};
	visiting at = {visit, user};

	return cstn__sharing_scan_some(snapshot->inner, CSTN__NOUN_RELEASE, &filter,
			&snapshot->allocator, visit_row, &at, error);
}
