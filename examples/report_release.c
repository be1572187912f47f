#include "report_release.h"

#include <stdio.h>
#include <string.h>

/* The shipper's secret, for show: 32 random bytes in earnest. */
static const uint8_t pseudonym_key[32] = {7, 7, 7};

static const cstn_release_column columns[] = {{"shipment_id", "shipment.id", NULL, 0},
		{"promised", "shipment.promised", NULL, 0},
		{"delivered", "shipment.delivered", NULL, 0},
		{"customer", "shipment.customer", NULL, 0}, {"value", "order.value", NULL, 0}};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Read to the end, and finish. */
static cstn_status take(cstn_release *release, struct released *out, cstn_error **error)
{
	cstn_release_receipt *receipt = NULL;
	struct ArrowArrayStream rows;
	cstn_status status = cstn_release_stream(release, &rows, error);

	if (status == CSTN_OK)
		status = table_read(&rows, &out->rows);
	if (status == CSTN_OK)
		status = cstn_release_finish(release, &receipt, error);
	out->told = (cstn_release_receipt_info)CSTN_RELEASE_RECEIPT_INFO_INIT;
	if (status == CSTN_OK)
		status = cstn_release_receipt_get(receipt, &out->told, error);
	cstn_release_receipt_free(receipt);
	return status;
}

/* The columns of the fields that are asked for. @return how many */
static size_t pick(const struct asked *asked, cstn_release_column *out)
{
	size_t n = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		for (size_t j = 0; j < asked->n_paths; j++)
			if (strcmp(columns[i].path, asked->paths[j]) == 0)
				out[n++] = columns[i];
	return n;
}

static cstn_status let_go(const struct deal *deal, const struct shipments *shipments,
		const struct asked *asked, cstn_release_options *options, struct released *out,
		cstn_error **error)
{
	cstn_release_column picked[COLUMNS];
	struct ArrowArrayStream input;
	cstn_csv_reader *reader = NULL;
	cstn_release *release = NULL;
	cstn_request *request = NULL;
	cstn_status status = deal_request(deal, asked, &request, error);

	options->columns = picked;
	options->n_columns = pick(asked, picked);
	options->time_column = "delivered";
	options->pseudonym_key = pseudonym_key;
	if (status == CSTN_OK)
		status = shipments_open(shipments, &reader, &input, error);
	if (status == CSTN_OK)
		status = cstn_release_open(
				deal->network, request, &input, options, &release, error);
	if (status == CSTN_OK)
		status = take(release, out, error);
	cstn_release_free(release);
	cstn_csv_reader_unref(reader);
	cstn_request_unref(request);
	return status;
}

cstn_status release_rows(const struct deal *deal, const struct shipments *shipments,
		struct released *out, cstn_error **error)
{
	const struct asked asked = {deal_parties[DEAL_CARRIER], deal_fields, DEAL_FIELDS,
			CSTN_LEVEL_RAW, shipments->old_from_us, shipments->now_us};
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;

	return let_go(deal, shipments, &asked, &options, out, error);
}

cstn_status release_cells(const struct deal *deal, const struct shipments *shipments,
		struct released *out, cstn_error **error)
{
	static const char *const paths[] = {"shipment.delivered", "order.value"};
	static const char *const by[] = {"delivered"};
	const struct asked asked = {deal_parties[DEAL_RIVAL], paths, 2, CSTN_LEVEL_AGGREGATED,
			shipments->old_from_us, shipments->old_until_us};
	const cstn_generalise_step months = {
			"delivered", CSTN_GENERALISE_CALENDAR, 2, 0, 0, 0, 0, NULL};
	const cstn_aggregate_measure mean = {"value", CSTN_AGGREGATE_MEAN, 0};
	cstn_aggregate_options cells = CSTN_AGGREGATE_OPTIONS_INIT;
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;

	cells.by = by;
	cells.n_by = 1;
	cells.steps = &months;
	cells.n_steps = 1;
	cells.measures = &mean;
	cells.n_measures = 1;
	cells.company = "company";
	cells.row = "row"; /* what was told of which rows is kept */
	options.aggregate = &cells;
	options.data_set = "shipments";
	return let_go(deal, shipments, &asked, &options, out, error);
}

cstn_status release_denied(const struct deal *deal, const struct shipments *shipments,
		const char *recipient, char said[100])
{
	const struct asked asked = {recipient, &deal_fields[DEAL_FIELDS - 1], 1, CSTN_LEVEL_RAW,
			shipments->old_until_us, shipments->now_us};
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	struct released nothing;
	cstn_error *why = NULL;
	cstn_status status;

	memset(&nothing, 0, sizeof(nothing));
	status = let_go(deal, shipments, &asked, &options, &nothing, &why);
	(void)snprintf(said, 100, "%s", cstn_error_message(why));
	cstn_error_free(why);
	released_free(&nothing);
	return status == CSTN_E_DENIED ? CSTN_OK : status == CSTN_OK ? CSTN_E_STATE : status;
}

cstn_status released_sum(struct released *released, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status = table_stream(&released->rows, &rows);

	if (status == CSTN_OK)
		status = cstn_release_checksum(&rows, released->told.checksum_kind,
				released->told.salt, NULL, released->sum, &released->sum_size,
				error);
	return status;
}

cstn_status released_verify(const struct released *released, const cstn_buffer *closed)
{
	char hex[2 * CSTN_CHECKSUM_SIZE_MOST + 1] = "";

	deal_hex(released->sum, released->sum_size, hex);
	return released->sum_size == released->told.checksum_size &&
					       memcmp(released->sum, released->told.checksum,
							       released->sum_size) == 0 &&
					       strstr(deal_text(closed), hex) != NULL
			       ? CSTN_OK
			       : CSTN_E_MISMATCH;
}

/* --- what is owed ----------------------------------------------------------------------------- */

cstn_status released_delete(
		const struct deal *deal, const struct released *released, cstn_error **error)
{
	cstn_receipt receipt = CSTN_RECEIPT_INIT;
	cstn_transaction *transaction = NULL;
	cstn_buffer *note = NULL;
	cstn_status status;

	receipt.kind = CSTN_RECEIPT_DELETED;
	receipt.party = deal_parties[DEAL_CARRIER];
	receipt.party_len = strlen(receipt.party);
	receipt.at_us = deal->now_us + 20 * DEAL_DAY;
	memcpy(receipt.agreement, cstn_agreement_digest(deal->agreements[DEAL_CARRIER]),
			sizeof(receipt.agreement));
	memcpy(receipt.release, released->told.release, sizeof(receipt.release));
	status = cstn_receipt_sign(
			&receipt, deal_text(deal->signers[DEAL_CARRIER]), NULL, &note, error);
	if (status == CSTN_OK)
		status = cstn_transaction_begin(deal->network, &transaction, error);
	if (status == CSTN_OK)
		status = cstn_transaction_put_receipt(transaction, deal_text(note),
				cstn_buffer_size(note), receipt.at_us, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	cstn_buffer_free(note);
	return status;
}

/* Are there duties of the release in the table, and all fulfilled? */
static int is_settled(const struct table *duties, const char *release)
{
	int found = 0;

	for (int64_t row = 0; row < duties->n_rows; row++) {
		size_t length, word;
		const char *of = table_text(duties, row, table_column(duties, "release"), &length);
		const char *state = table_text(duties, row, table_column(duties, "state"), &word);

		if (length != strlen(release) || memcmp(of, release, length) != 0)
			continue;
		if (word != 9 || memcmp(state, "fulfilled", 9) != 0)
			return 0;
		found = 1;
	}
	return found;
}

cstn_status released_settled(const struct deal *deal, const struct released *released)
{
	char release[2 * CSTN_DECISION_DIGEST_SIZE + 1];
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	struct table duties;
	cstn_status status = cstn_network_snapshot(deal->network, &snapshot, NULL);

	deal_hex(released->told.release, CSTN_DECISION_DIGEST_SIZE, release);
	if (status == CSTN_OK)
		status = cstn_sharing_table(snapshot, CSTN_SHARING_DUTIES,
				deal->now_us + 40 * DEAL_DAY, &rows, NULL);
	if (status == CSTN_OK)
		status = table_read(&rows, &duties);
	cstn_snapshot_unref(snapshot);
	if (status != CSTN_OK)
		return status;
	status = is_settled(&duties, release) ? CSTN_OK : CSTN_E_MISMATCH;
	table_free(&duties);
	return status;
}

void released_free(struct released *released)
{
	table_free(&released->rows);
}
