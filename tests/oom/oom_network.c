/* Out of memory in records and networks. */
#include "oom.h"

static void set(cstn_record_builder *builder, const char *field, const char *text)
{
	ck_assert_int_eq(cstn_record_builder_set_text(builder, field, text, strlen(text), NULL),
			CSTN_OK);
}

static cstn_record_builder *good_order(oom *o)
{
	cstn_record_builder *builder = NULL;

	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	set(builder, "order_id", "O-1");
	set(builder, "order_recorded", "2024-05-01");
	set(builder, "seller", "acme");
	set(builder, "buyer", "bolts");
	set(builder, "ordered", "2024-05-01");
	for (int line = 1; line <= 3; line++) {
		ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_record_builder_set_int(builder, "line_number", line, NULL),
				CSTN_OK);
		set(builder, "item_id", "bolt");
		set(builder, "qty", "7");
		set(builder, "attributes", "{\"via\":\"sea\"}");
	}
	return builder;
}

static cstn_status builder_new(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_record_builder_new("order", o->allocator, &builder, &error));
	ck_assert((builder == NULL) == (status != CSTN_OK));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_set(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = CSTN_OK;
	char text[1000];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	oom_arm(o);
	for (int i = 0; i < 100 && status == CSTN_OK; i++)
		OOM_CALL(status, cstn_record_builder_set_text(
						 builder, "channel", text, sizeof(text), &error));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_lines(oom *o)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = CSTN_OK;

	ck_assert_int_eq(cstn_record_builder_new("order", o->allocator, &builder, NULL), CSTN_OK);
	oom_arm(o);
	for (int i = 0; i < 40 && status == CSTN_OK; i++)
		OOM_CALL(status, cstn_record_builder_add_line(builder, &error));
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status builder_build(oom *o)
{
	cstn_record_builder *builder = good_order(o);
	cstn_record *record = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_record_builder_build(builder, &record, &error));
	ck_assert((record == NULL) == (status != CSTN_OK));
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
	return status;
}

static cstn_status record_format(oom *o)
{
	cstn_record_builder *builder = good_order(o);
	cstn_record *record = NULL;
	cstn_buffer *json = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	oom_arm(o);
	OOM_CALL(status, cstn_record_format(record, &json, &error));
	ck_assert((json == NULL) == (status != CSTN_OK));
	cstn_buffer_free(json);
	cstn_record_unref(record);
	return status;
}

/* --- networks --------------------------------------------------------------------------------- */

static cstn_record *built(cstn_record_builder *builder)
{
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	return record;
}

static cstn_record *small(const char *noun, const char *const *pairs)
{
	cstn_record_builder *builder = NULL;

	ck_assert_int_eq(cstn_record_builder_new(noun, NULL, &builder, NULL), CSTN_OK);
	set(builder, "recorded", "2024-01-01");
	for (; *pairs; pairs += 2)
		set(builder, pairs[0], pairs[1]);
	return built(builder);
}

static void put(cstn_network *network, const char *noun, const char *const *pairs)
{
	cstn_record *record = small(noun, pairs);

	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
	cstn_record_unref(record);
}

/* Two partners in relations that differ, an item, an order, an event. */
static cstn_network *good_network(oom *o)
{
	static const char *const acme[] = {"partner_id", "acme", NULL};
	static const char *const bolts[] = {"partner_id", "bolts", NULL};
	static const char *const item[] = {"item_id", "bolt", NULL};
	static const char *const first[] = {"constellation_id", "c1", "owner_id", "acme", NULL};
	static const char *const relation[] = {"declarer_id", "acme", "other_id", "bolts",
			"constellation_id", "c1", "relation", "competitor", NULL};
	static const char *const event[] = {"event_id", "e1", "subject_kind", "order", "subject_id",
			"O-1", "type", "delivered", "class", "actual", "occurred", "2024-05-01",
			NULL};
	cstn_network *network = NULL;
	cstn_record *order;

	ck_assert_int_eq(cstn_network_open(NULL, NULL, o->allocator, &network, NULL), CSTN_OK);
	put(network, "partner", acme);
	put(network, "partner", bolts);
	put(network, "item", item);
	put(network, "constellation", first);
	put(network, "relation", relation);
	put(network, "event", event);
	order = built(good_order(o));
	ck_assert_int_eq(cstn_network_put(network, order, NULL, NULL), CSTN_OK);
	cstn_record_unref(order);
	return network;
}

static cstn_status network_open(oom *o)
{
	cstn_network *network = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_network_open(NULL, NULL, o->allocator, &network, &error));
	ck_assert((network == NULL) == (status != CSTN_OK));
	cstn_network_unref(network);
	return status;
}

static cstn_status network_put(oom *o)
{
	static const char *const pairs[] = {
			"shipment_id", "S1", "from_location", "a", "to_location", "b", NULL};
	static const char *const place[] = {
			"location_id", "a", "type", "dc", "country", "DE", NULL};
	static const char *const other[] = {
			"location_id", "b", "type", "dc", "country", "DE", NULL};
	cstn_network *network = good_network(o);
	cstn_record_builder *builder = NULL;
	cstn_record *record;
	cstn_status status;
	uint64_t seq = 7;

	put(network, "location", place);
	put(network, "location", other);
	ck_assert_int_eq(cstn_record_builder_new("shipment", NULL, &builder, NULL), CSTN_OK);
	set(builder, "recorded", "2024-01-01");
	for (size_t i = 0; pairs[i]; i += 2)
		set(builder, pairs[i], pairs[i + 1]);
	ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
	set(builder, "order_id", "O-1");
	set(builder, "line_number", "1");
	set(builder, "qty", "2");
	record = built(builder);
	oom_arm(o);
	OOM_CALL(status, cstn_network_put(network, record, &seq, &error));
	ck_assert((seq == 7) == (status != CSTN_OK));
	oom_disarm(o);
	if (status != CSTN_OK) /* usable after the failure */
		ck_assert_int_eq(cstn_network_put(network, record, &seq, NULL), CSTN_OK);
	cstn_record_unref(record);
	cstn_network_unref(network);
	return status;
}

#define MAY_2024 INT64_C(1714521600000000)

static cstn_status transaction_delete(oom *o)
{
	static const char *const key[] = {"O-1"};
	cstn_network *network = good_network(o);
	cstn_transaction *transaction = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_transaction_begin(network, &transaction, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_require(transaction, "order", key, 1, 7, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_delete(
						 transaction, "order", key, 1, MAY_2024, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_commit(transaction, NULL, &error));
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
	return status;
}

static void order_rows(struct ArrowArrayStream *out)
{
	static const char columns[] = "order_id text\nseller text\nbuyer text\nordered timestamp\n"
				      "line_number int64\nitem_id text\nqty int64\n"
				      "attributes.via text null\n";
	static const char csv[] = "order_id,seller,buyer,ordered,line_number,item_id,qty,"
				  "attributes.via\n"
				  "A,acme,bolts,2024-01-01T00:00:00Z,1,bolt,5,sea\n"
				  "B,acme,bolts,2024-01-01T00:00:00Z,1,bolt,0,air\n"
				  "A,acme,bolts,2024-01-01T00:00:00Z,2,bolt,5,\n";
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;

	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), schema, NULL,
					 NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
}

static cstn_status import(oom *o, int transacted)
{
	cstn_network *network = good_network(o);
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_transaction *transaction = NULL;
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status = CSTN_OK;

	order_rows(&rows);
	options.recorded_us = 1;
	oom_arm(o);
	if (transacted) {
		OOM_CALL(status, cstn_transaction_begin(network, &transaction, &error));
		if (status == CSTN_OK)
			OOM_CALL(status, cstn_transaction_import(transaction, "order", &rows,
							 &options, &bad, &error));
		if (status == CSTN_E_ROWS)
			OOM_CALL(status, cstn_transaction_commit(transaction, NULL, &error));
	} else {
		OOM_CALL(status, cstn_network_import(
						 network, "order", &rows, &options, &bad, &error));
		status = status == CSTN_E_ROWS ? CSTN_OK : status;
	}
	if (rows.release)
		rows.release(&rows);
	cstn_row_errors_free(bad);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
	return status;
}

static cstn_status network_import(oom *o)
{
	return import(o, 0);
}

static cstn_status transaction_import(oom *o)
{
	return import(o, 1);
}

/* Columns of orders are no columns of events. */
static cstn_status refused_import(oom *o)
{
	cstn_network *network = good_network(o);
	struct ArrowArrayStream rows;
	cstn_status status;

	order_rows(&rows);
	oom_arm(o);
	OOM_CALL(status, cstn_network_import(network, "event", &rows, NULL, NULL, &error));
	if (rows.release)
		rows.release(&rows);
	cstn_network_unref(network);
	return status == CSTN_E_SCHEMA ? CSTN_OK : status;
}

static cstn_status snapshot_get(oom *o)
{
	static const char *const key[] = {"O-1"};
	cstn_network *network = good_network(o);
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_network_snapshot(network, &snapshot, &error));
	ck_assert((snapshot == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_snapshot_get(snapshot, "order", key, 1, CSTN_AS_OF_NOW,
						 &record, &error));
	ck_assert((record == NULL) == (status != CSTN_OK));
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

static cstn_status snapshot_scan(oom *o)
{
	static const char *const ids[] = {"O-1", "O-2"};
	static const char *const columns[] = {"order_id", "seller", "item_id", "qty", "promised",
			"attributes", "attributes.via"};
	cstn_network *network = good_network(o);
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	options.flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY;
	options.columns = columns;
	options.n_columns = sizeof(columns) / sizeof(columns[0]);
	options.ids = ids;
	options.n_ids = 2;
	options.partner = "acme";
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_snapshot_scan(snapshot, "order", &options, &rows, &error));
	if (status == CSTN_OK)
		status = oom_drain(&rows);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

static cstn_status snapshot_changes(oom *o)
{
	cstn_network *network = good_network(o);
	struct ArrowArrayStream rows;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_network_changes(network, 0, &rows, NULL, &error));
	if (status == CSTN_OK)
		status = oom_drain(&rows);
	cstn_network_unref(network);
	return status;
}

static cstn_status relations(oom *o)
{
	cstn_network *network = good_network(o);
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	int32_t relation = -1;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_network_snapshot(network, &snapshot, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_snapshot_relation(snapshot, "acme", "bolts", "c1", 0,
						 &relation, &error));
	ck_assert((relation == -1) == (status != CSTN_OK));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_network_scan_dual_pairs(network, 0, &rows, &error));
	if (status == CSTN_OK)
		status = oom_drain(&rows);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

static cstn_status effective_events(oom *o)
{
	cstn_network *network = good_network(o);
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows, conflicts;
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_snapshot_scan_effective_events(
					 snapshot, NULL, &rows, &conflicts, NULL, &error));
	if (status == CSTN_OK) {
		conflicts.release(&conflicts);
		status = oom_drain(&rows);
	}
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return status;
}

const oom_case oom_cases_network[] = {
		{"cstn_record_builder_new", builder_new, 0, 0},
		{"cstn_record_builder_set_text", builder_set, 0, 0},
		{"cstn_record_builder_add_line", builder_lines, 0, 0},
		{"cstn_record_builder_build", builder_build, 0, 0},
		{"cstn_record_format", record_format, 0, 0},
		{"cstn_network_open", network_open, 0, 0},
		{"cstn_network_put cstn_transaction_put", network_put, 0, 0},
		{"cstn_transaction_begin cstn_transaction_require cstn_transaction_delete "
		 "cstn_transaction_commit",
				transaction_delete, 0, 0},
		{"cstn_network_import", network_import, 0, 0},
		{"cstn_transaction_import", transaction_import, 0, 0},
		{"cstn_network_import", refused_import, 0, 0},
		{"cstn_network_snapshot cstn_snapshot_get", snapshot_get, 0, 0},
		{"cstn_snapshot_scan", snapshot_scan, 0, 0},
		{"cstn_network_changes cstn_snapshot_changes", snapshot_changes, 0, 0},
		{"cstn_snapshot_relation cstn_network_scan_dual_pairs", relations, 0, 0},
		{"cstn_snapshot_scan_effective_events", effective_events, 0, 0},
};
const size_t oom_count_network = sizeof(oom_cases_network) / sizeof(oom_cases_network[0]);
