/* A network over time: who is partner here and competitor there, what was known when, and what has
 * changed since. Usage: network_changes [FOLDER]; without one everything is in memory. */
#include "example_records.h"

#include <stdio.h>

/* Two companies that make fasteners together and compete for tools. */
static const char *const acme[] = {
		"partner_id", "acme", "country", "DE", "recorded", "2024-05-01", NULL};
static const char *const bolts[] = {
		"partner_id", "bolts", "country", "FR", "recorded", "2024-05-01", NULL};
static const char *const fasteners[] = {"constellation_id", "fasteners", "owner_id", "acme",
		"goals", "bolts on the day they are needed", "recorded", "2024-05-01", NULL};
static const char *const tools[] = {
		"constellation_id", "tools", "owner_id", "bolts", "recorded", "2024-05-01", NULL};
static const char *const member[] = {"partner_id", "bolts", "constellation_id", "fasteners", "role",
		"supplier", "from", "2024-05-01", "recorded", "2024-05-01", NULL};
static const char *const partner_of[] = {"declarer_id", "acme", "other_id", "bolts",
		"constellation_id", "fasteners", "relation", "partner", "recorded", "2024-05-01",
		NULL};
static const char *const partner_too[] = {"declarer_id", "bolts", "other_id", "acme",
		"constellation_id", "fasteners", "relation", "partner", "recorded", "2024-05-02",
		NULL};
static const char *const competitor[] = {"declarer_id", "bolts", "other_id", "acme",
		"constellation_id", "tools", "relation", "competitor", "recorded", "2024-05-02",
		NULL};
static const char *const item[] = {
		"item_id", "bolt-m8", "unit", "C62", "recorded", "2024-05-01", NULL};
/* An order as it was placed, and as it stands after the delivery. */
static const char *const placed[] = {"order_id", "O-1", "seller", "bolts", "buyer", "acme",
		"ordered", "2024-05-02T09:00:00Z", "constellation_id", "fasteners", "state",
		"placed", "order_recorded", "2024-05-02T09:05:00Z", "+", "line_number", "1",
		"item_id", "bolt-m8", "qty", "1000", "promised", "2024-05-07", "attributes",
		"{\"distance\":\"near\",\"promotion\":\"spring\"}", NULL};
static const char *const delivered[] = {"order_id", "O-1", "seller", "bolts", "buyer", "acme",
		"ordered", "2024-05-02T09:00:00Z", "constellation_id", "fasteners", "state",
		"delivered", "order_recorded", "2024-05-07T12:00:00Z", "+", "line_number", "1",
		"item_id", "bolt-m8", "qty", "1000", "promised", "2024-05-07", "delivered",
		"2024-05-07T08:30:00Z", "qty_delivered", "1000", "status", "closed", "attributes",
		"{\"distance\":\"near\",\"promotion\":\"spring\"}", NULL};
static const char *const returned[] = {"return_id", "R-1", "order_id", "O-1", "line_number", "1",
		"qty", "40", "reason", "damaged", "requested", "2024-05-08", "recorded",
		"2024-05-08T10:00:00Z", NULL};
static const char *const stock[] = {"location_id", "depot", "item_id", "bolt-m8", "status",
		"available", "as_of", "2024-05-08", "qty", "3200", "recorded", "2024-05-08", NULL};
static const char *const depot[] = {"location_id", "depot", "type", "dc", "country", "DE",
		"recorded", "2024-05-01", NULL};

struct step {
	const char *noun;
	const char *const *fields;
};
static const struct step first[] = {{"partner", acme}, {"partner", bolts},
		{"constellation", fasteners}, {"constellation", tools}, {"membership", member},
		{"relation", partner_of}, {"relation", partner_too}, {"relation", competitor},
		{"item", item}, {"location", depot}, {"order", placed}, {NULL, NULL}};
static const struct step second[] = {
		{"order", delivered}, {"return", returned}, {"inventory", stock}, {NULL, NULL}};

/* All steps in one transaction. @param seq receives its number */
static cstn_status commit(
		cstn_network *network, const struct step *steps, uint64_t *seq, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);

	for (; status == CSTN_OK && steps->noun; steps++)
		status = records_put(transaction, steps->noun, steps->fields, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, seq, error);
	cstn_transaction_free(transaction);
	return status;
}

/* Print a stream as CSV. */
static cstn_status print(struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn_buffer *csv = NULL;
	cstn_status status = cstn_csv_write_bytes(rows, NULL, NULL, &csv, error);

	if (status == CSTN_OK)
		printf("%.*s", (int)cstn_buffer_size(csv), (const char *)cstn_buffer_data(csv));
	cstn_buffer_free(csv);
	return status;
}

static cstn_status relations(cstn_network *network, int64_t now_us, cstn_error **error)
{
	static const char *const constellations[] = {"fasteners", "tools"};
	struct ArrowArrayStream pairs;
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	/* [relation] */
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		int32_t relation = CSTN_RELATION_UNDECLARED;

		status = cstn_snapshot_relation(snapshot, "acme", "bolts", constellations[i],
				now_us, &relation, error);
		printf("acme and bolts in %s: %s\n", constellations[i],
				cstn_relation_name(relation));
	}
	if (status == CSTN_OK)
		status = cstn_network_scan_dual_pairs(network, now_us, &pairs, error);
	if (status == CSTN_OK)
		status = print(&pairs, error);
	/* [relation] */
	cstn_snapshot_unref(snapshot);
	return status;
}

/* The order as it was known at two times. */
static cstn_status history(cstn_network *network, cstn_error **error)
{
	static const char *const key[] = {"O-1"};
	static const char *const times[] = {"2024-05-05", "2024-05-10"};
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	/* [as_of] */
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		cstn_record *order = NULL;
		int64_t as_of_us = 0;

		status = cstn_time_parse(times[i], 10, NULL, 0, &as_of_us, error);
		if (status == CSTN_OK)
			status = cstn_snapshot_get(
					snapshot, "order", key, 1, as_of_us, &order, error);
		if (status == CSTN_OK)
			printf("as of %s: %s, %d delivered\n", times[i],
					cstn_record_text(order, CSTN_NO_LINE, "state", NULL),
					(int)cstn_record_int(order, 0, "qty_delivered"));
		cstn_record_unref(order);
	}
	/* [as_of] */
	cstn_snapshot_unref(snapshot);
	return status;
}

/* Order lines with one of their attributes. */
static cstn_status attributes(cstn_network *network, cstn_error **error)
{
	static const char *const columns[] = {"order_id", "line_number", "qty",
			"attributes.distance", "attributes.promotion"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream lines;
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	options.flags = CSTN_SCAN_LINES;
	options.columns = columns;
	options.n_columns = sizeof(columns) / sizeof(columns[0]);
	if (status == CSTN_OK)
		status = cstn_snapshot_scan(snapshot, "order", &options, &lines, error);
	if (status == CSTN_OK)
		status = print(&lines, error);
	cstn_snapshot_unref(snapshot);
	return status;
}

/* What a copy elsewhere has to be told. */
static cstn_status changes(cstn_network *network, uint64_t since, cstn_error **error)
{
	struct ArrowArrayStream rows;
	uint64_t last = 0;
	/* [changes] */
	cstn_status status = cstn_network_changes(network, since, &rows, &last, error);

	if (status == CSTN_OK)
		status = print(&rows, error);
	if (status == CSTN_OK)
		printf("ask next time for what comes after %d\n", (int)last);
	/* [changes] */
	return status;
}

int main(int argc, char **argv)
{
	const int64_t now_us = 19853 * CSTN_DAY_US; /* 2024-05-10 */
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	uint64_t seq = 0;
	cstn_status status =
			cstn_network_open(argc > 1 ? argv[1] : NULL, NULL, NULL, &network, &error);

	if (status == CSTN_OK)
		status = commit(network, first, &seq, &error);
	if (status == CSTN_OK)
		status = commit(network, second, NULL, &error);
	if (status == CSTN_OK)
		status = relations(network, now_us, &error);
	if (status == CSTN_OK)
		status = history(network, &error);
	if (status == CSTN_OK)
		status = attributes(network, &error);
	if (status == CSTN_OK)
		status = changes(network, seq, &error);
	if (status == CSTN_OK)
		status = cstn_network_close(network, &error);
	cstn_network_unref(network);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return status != CSTN_OK;
}
