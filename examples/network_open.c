/* A network in a folder: companies, an order, its shipment and the news of its delivery are put,
 * the folder is closed and opened again, and the perfect order rate is computed from what it
 * holds. Usage: network_open [FOLDER]; without one everything is in memory. */
#include "example_records.h"

#include <stdio.h>

static const char *const acme[] = {"partner_id", "acme", "name", "Acme Ltd", "country", "DE", "gln",
		"4012345000009", "recorded", "2024-05-01", NULL};
static const char *const bolts[] = {
		"partner_id", "bolts", "country", "FR", "recorded", "2024-05-01", NULL};
static const char *const together[] = {"constellation_id", "fasteners", "owner_id", "acme", "goals",
		"bolts on the day they are needed", "recorded", "2024-05-01", NULL};
static const char *const depot[] = {"location_id", "depot", "type", "dc", "country", "DE",
		"recorded", "2024-05-01", NULL};
static const char *const shop[] = {"location_id", "shop", "type", "store", "country", "FR",
		"recorded", "2024-05-01", NULL};
static const char *const item[] = {
		"item_id", "bolt-m8", "unit", "C62", "recorded", "2024-05-01", NULL};
static const char *const order[] = {"order_id", "O-1", "seller", "acme", "buyer", "bolts",
		"ordered", "2024-05-02T09:00:00Z", "constellation_id", "fasteners", "state",
		"delivered", "order_recorded", "2024-05-07T12:00:00Z", "+", "line_number", "1",
		"item_id", "bolt-m8", "qty", "1000", "promised", "2024-05-07", "delivered",
		"2024-05-07T08:30:00Z", "qty_delivered", "1000", "+", "line_number", "2", "item_id",
		"bolt-m8", "qty", "200", "promised", "2024-05-07", "delivered",
		"2024-05-09T16:00:00Z", "qty_delivered", "200", NULL};
static const char *const second_order[] = {"order_id", "O-2", "seller", "acme", "buyer", "bolts",
		"ordered", "2024-05-03T09:00:00Z", "state", "delivered", "order_recorded",
		"2024-05-08T12:00:00Z", "+", "line_number", "1", "item_id", "bolt-m8", "qty", "50",
		"promised", "2024-05-08", "delivered", "2024-05-08T10:00:00Z", "qty_delivered",
		"50", NULL};
static const char *const shipment[] = {"shipment_id", "S-1", "from_location", "depot",
		"to_location", "shop", "state", "delivered", "recorded", "2024-05-07T12:00:00Z",
		"+", "order_id", "O-1", "line_number", "1", "qty", "1000", NULL};
static const char *const too_much[] = {"shipment_id", "S-2", "from_location", "depot",
		"to_location", "shop", "recorded", "2024-05-08", "+", "order_id", "O-1",
		"line_number", "1", "qty", "1", NULL};
static const char *const event[] = {"event_id", "E-1", "subject_kind", "shipment", "subject_id",
		"S-1", "type", "delivered", "class", "actual", "occurred", "2024-05-07T08:30:00Z",
		"source_id", "bolts", "source_role", "consignee", "recorded",
		"2024-05-07T08:31:00Z", NULL};

/* All of it in one transaction: seen together, or not at all. */
static cstn_status fill(cstn_network *network, cstn_error **error)
{
	static const struct {
		const char *noun;
		const char *const *fields;
	} records[] = {{"partner", acme}, {"partner", bolts}, {"constellation", together},
			{"location", depot}, {"location", shop}, {"item", item}, {"order", order},
			{"order", second_order}, {"shipment", shipment}, {"event", event}};
	cstn_transaction *transaction = NULL;
	cstn_error *refused = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);
	size_t i;

	for (i = 0; i < sizeof(records) / sizeof(records[0]) && status == CSTN_OK; i++)
		status = records_put(transaction, records[i].noun, records[i].fields, error);
	if (status == CSTN_OK &&
			records_put(transaction, "shipment", too_much, &refused) != CSTN_OK) {
		printf("refused: %s\n", cstn_error_message(refused));
		cstn_error_free(refused);
	}
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

/* Orders, line by line, straight into the rate. */
static cstn_status rate_of(cstn_network *network, cstn_error **error)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order_result *result = NULL;
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream lines;
	cstn_status status;

	/* [scan] */
	options.flags = CSTN_SCAN_LINES;
	status = cstn_network_snapshot(network, &snapshot, error);
	if (status == CSTN_OK)
		status = cstn_snapshot_scan(snapshot, "order", &options, &lines, error);
	if (status == CSTN_OK) {
		status = cstn_service_policy_new("components=TF", NULL, &policy, error);
		if (status == CSTN_OK)
			status = cstn_perfect_order_rate(&lines, policy, 19877 * CSTN_DAY_US, NULL,
					0, NULL, NULL, NULL, &result, NULL, error);
		else
			lines.release(&lines);
	}
	/* [scan] */
	if (status == CSTN_OK)
		status = cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, error);
	if (status == CSTN_OK)
		printf("perfect orders: %d of %d\n", (int)rate.numerator, (int)rate.denominator);
	cstn_perfect_order_result_unref(result);
	cstn_service_policy_unref(policy);
	cstn_snapshot_unref(snapshot);
	return status;
}

static cstn_status show(cstn_network *network, cstn_error **error)
{
	static const char *const key[] = {"O-1"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn_snapshot_get(
				snapshot, "order", key, 1, CSTN_AS_OF_NOW, &record, error);
	if (status == CSTN_OK)
		printf("order %s of %s: %s, %d lines\n",
				cstn_record_text(record, CSTN_NO_LINE, "order_id", NULL),
				cstn_record_text(record, CSTN_NO_LINE, "buyer", NULL),
				cstn_record_text(record, CSTN_NO_LINE, "state", NULL),
				(int)cstn_record_lines(record));
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	return status;
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : NULL;
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	/* [open] */
	status = cstn_network_open(path, NULL, NULL, &network, &error);
	if (status == CSTN_OK)
		status = fill(network, &error);
	/* [open] */
	if (status == CSTN_OK && path) {
		status = cstn_network_close(network, &error);
		cstn_network_unref(network);
		network = NULL;
		if (status == CSTN_OK)
			status = cstn_network_open(path, NULL, NULL, &network, &error);
	}
	if (status == CSTN_OK)
		status = show(network, &error);
	if (status == CSTN_OK)
		status = rate_of(network, &error);
	if (status == CSTN_OK)
		status = cstn_network_close(network, &error);
	cstn_network_unref(network);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
