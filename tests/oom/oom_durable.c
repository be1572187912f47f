/* Out of memory in a network that is durable, on the model disk of the crash tests: whatever call
 * fails, the handle goes on, and what is opened afterwards verifies and holds the changes whole or
 * not at all. */
#include "oom.h"

#include "../crash/sim_vfs.h"
#include "network/network.h"

#define FOLDER "/net"

typedef struct durable {
	sim_disk *disk;
	sim_vfs *sim;
	const cstn_allocator *allocator;
	cstn_network *network;
	cstn_snapshot *snapshot;
	int closed;
} durable;

static cstn_status open_network(durable *at, uint32_t flags, const cstn_allocator *allocator,
		cstn_network **out, cstn_error **error)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;

	options.flags = flags;
	options.cache_bytes = 1 << 16;
	return cstn__network_open_on(&at->sim->vfs, 4, FOLDER, &options, allocator, out, error);
}

static cstn_record *record_of(const char *noun, const char *const *pairs)
{
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_record_builder_new(noun, NULL, &builder, NULL), CSTN_OK);
	for (; *pairs; pairs += 2) {
		if (strcmp(pairs[0], "+") == 0)
			ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		else
			ck_assert_int_eq(cstn_record_builder_set_text(builder, pairs[0], pairs[1],
							 strlen(pairs[1]), NULL),
					CSTN_OK);
	}
	ck_assert_int_eq(cstn_record_builder_build(builder, &record, NULL), CSTN_OK);
	cstn_record_builder_free(builder);
	return record;
}

static void put(cstn_network *network, const char *noun, const char *const *pairs)
{
	cstn_record *record = record_of(noun, pairs);

	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_OK);
	cstn_record_unref(record);
}

static void put_partner(cstn_network *network, const char *id)
{
	const char *const pairs[] = {"partner_id", id, "recorded", "2024-01-01", NULL};

	put(network, "partner", pairs);
}

static const char *const order_pairs[] = {"order_id", "O-1", "order_recorded", "2024-01-01",
		"seller", "acme", "buyer", "bolts", "ordered", "2024-01-01", "+", "", "line_number",
		"1", "item_id", "nut", "qty", "7", "+", "", "line_number", "2", "item_id", "nut",
		"qty", "8", NULL};

/* Segments, a log and dead rows in both. */
static void begin(oom *o, durable *at)
{
	static const char *const item[] = {"item_id", "nut", "recorded", "2024-01-01", NULL};
	static const char *const where[] = {"constellation_id", "c1", "recorded", "2024-01-01",
			"owner_id", "acme", NULL};
	static const char *const relation[] = {"declarer_id", "acme", "other_id", "bolts",
			"constellation_id", "c1", "recorded", "2024-01-01", "relation",
			"competitor", NULL};
	static const char *const event[] = {"event_id", "e1", "recorded", "2024-01-01",
			"subject_kind", "order", "subject_id", "O-1", "type", "delivered", "class",
			"actual", "occurred", "2024-01-01", NULL};

	memset(at, 0, sizeof(*at));
	at->allocator = o->allocator;
	at->disk = sim_disk_new();
	at->sim = sim_vfs_new(at->disk, 5);
	ck_assert_int_eq(open_network(at, 0, o->allocator, &at->network, NULL), CSTN_OK);
	put_partner(at->network, "acme");
	put_partner(at->network, "bolts");
	put(at->network, "item", item);
	put(at->network, "constellation", where);
	put(at->network, "order", order_pairs);
	ck_assert_int_eq(cstn_network_checkpoint(at->network, NULL), CSTN_OK);
	put_partner(at->network, "acme");
	put(at->network, "relation", relation);
	put(at->network, "event", event);
	ck_assert_int_eq(cstn_network_checkpoint(at->network, NULL), CSTN_OK);
	put(at->network, "order", order_pairs);
	put_partner(at->network, "bolts");
}

static uint64_t last_seq(cstn_network *network)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;

	ck_assert_int_eq(cstn_network_get_info(network, &info, NULL), CSTN_OK);
	return info.last_seq;
}

static void end(durable *at)
{
	cstn_snapshot_unref(at->snapshot);
	cstn_network_unref(at->network);
	sim_vfs_free(at->sim);
	sim_disk_unref(at->disk);
}

/* What a later process finds: sound, and at one of two transactions. */
static void check_disk(durable *at, uint64_t least, uint64_t most)
{
	cstn_network *network = NULL;
	cstn_buffer *report = NULL;

	ck_assert_int_eq(cstn__store_verify(&at->sim->vfs, FOLDER, 0, NULL, NULL, &report, NULL),
			CSTN_OK);
	cstn_buffer_free(report);
	ck_assert_int_eq(open_network(at, 0, NULL, &network, NULL), CSTN_OK);
	ck_assert_uint_ge(last_seq(network), least);
	ck_assert_uint_le(last_seq(network), most);
	cstn_network_unref(network);
}

/* Run a call that makes at most one transaction. */
static cstn_status attempt(oom *o, cstn_status (*call)(durable *at))
{
	cstn_status status;
	uint64_t before;
	durable at;

	begin(o, &at);
	before = last_seq(at.network);
	oom_arm(o);
	status = call(&at);
	oom_disarm(o);
	if (!at.closed) {
		uint64_t now = last_seq(at.network);

		ck_assert_uint_ge(now, before);
		ck_assert_uint_le(now, before + (status == CSTN_OK));
		put_partner(at.network, "later"); /* usable after the failure */
		before = now + 1;
	}
	cstn_snapshot_unref(at.snapshot);
	cstn_network_unref(at.network);
	at.snapshot = NULL;
	at.network = NULL;
	check_disk(&at, before, before);
	end(&at);
	return status;
}

/* --- opening ---------------------------------------------------------------------------------- */

static cstn_status reopen(oom *o, uint32_t flags)
{
	cstn_network *network = NULL;
	cstn_status status;
	uint64_t before;
	durable at;

	begin(o, &at);
	before = last_seq(at.network);
	cstn_network_unref(at.network);
	at.network = NULL;
	oom_arm(o);
	OOM_CALL(status, open_network(&at, flags, o->allocator, &network, &error));
	oom_disarm(o);
	ck_assert((network == NULL) == (status != CSTN_OK));
	cstn_network_unref(network);
	check_disk(&at, before, before);
	end(&at);
	return status;
}

static cstn_status open_for_writing(oom *o)
{
	return reopen(o, 0);
}

static cstn_status open_for_reading(oom *o)
{
	return reopen(o, CSTN_NETWORK_READ_ONLY);
}

/* --- writing ---------------------------------------------------------------------------------- */

static cstn_status do_put(durable *at)
{
	cstn_record *record = record_of("order", order_pairs);
	uint64_t seq = 0;
	cstn_status status;

	OOM_CALL(status, cstn_network_put(at->network, record, &seq, &error));
	ck_assert((seq == 0) == (status != CSTN_OK));
	cstn_record_unref(record);
	return status;
}

/* When all that begin() puts was recorded. */
#define JANUARY_2024 INT64_C(1704067200000000)

static cstn_status do_transaction(durable *at)
{
	static const char *const order[] = {"O-1"}, *const partner[] = {"bolts"};
	cstn_record *record = record_of("order", order_pairs);
	cstn_transaction *transaction = NULL;
	cstn_status status;

	OOM_CALL(status, cstn_transaction_begin(at->network, &transaction, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_delete(transaction, "order", order, 1,
						 JANUARY_2024, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_put(transaction, record, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_delete(transaction, "partner", partner, 1,
						 JANUARY_2024, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_commit(transaction, NULL, &error));
	cstn_transaction_free(transaction);
	cstn_record_unref(record);
	return status;
}

static cstn_status do_import(durable *at)
{
	static const char columns[] = "item_id text\nname text\n";
	static const char csv[] = "item_id,name\nnut,n\nbolt,b\n";
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), schema, NULL,
					 NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &rows, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	options.recorded_us = JANUARY_2024;
	OOM_CALL(status, cstn_network_import(at->network, "item", &rows, &options, NULL, &error));
	ck_assert_ptr_null(rows.release);
	return status;
}

static cstn_status do_checkpoint(durable *at)
{
	cstn_status status;

	OOM_CALL(status, cstn_network_checkpoint(at->network, &error));
	return status;
}

static cstn_status do_maintain(durable *at)
{
	cstn_status status;

	OOM_CALL(status, cstn_network_maintain(at->network, NULL, &error));
	return status;
}

static cstn_status do_close(durable *at)
{
	cstn_status status;

	at->closed = 1;
	OOM_CALL(status, cstn_network_close(at->network, &error));
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status snapshot_of(durable *at)
{
	cstn_status status;

	OOM_CALL(status, cstn_network_snapshot(at->network, &at->snapshot, &error));
	return status;
}

static cstn_status do_get(durable *at)
{
	static const char *const key[] = {"O-1"};
	cstn_status status = snapshot_of(at);
	cstn_record *record = NULL;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		OOM_CALL(status, cstn_snapshot_get(at->snapshot, "order", key, 1,
						 i ? INT64_C(1800000000000000) : CSTN_AS_OF_NOW,
						 &record, &error));
		ck_assert((record == NULL) == (status != CSTN_OK));
		cstn_record_unref(record);
		record = NULL;
	}
	return status;
}

static cstn_status do_scan(durable *at)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_status status = snapshot_of(at);
	struct ArrowArrayStream rows = {NULL, NULL, NULL, NULL, NULL};

	options.flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY | CSTN_SCAN_AS_OF;
	options.as_of_us = INT64_C(1800000000000000);
	options.partner = "acme";
	if (status == CSTN_OK) {
		OOM_CALL(status,
				cstn_snapshot_scan(at->snapshot, "order", &options, &rows, &error));
		ck_assert((rows.release == NULL) == (status != CSTN_OK));
	}
	return status == CSTN_OK ? oom_drain(&rows) : status;
}

static cstn_status do_changes(durable *at)
{
	struct ArrowArrayStream rows;
	uint64_t last = 0;
	cstn_status status;

	OOM_CALL(status, cstn_network_changes(at->network, 0, &rows, &last, &error));
	ck_assert((last == 0) == (status != CSTN_OK));
	return status == CSTN_OK ? oom_drain(&rows) : status;
}

static cstn_status do_relations(durable *at)
{
	cstn_status status = snapshot_of(at);
	struct ArrowArrayStream rows;
	int32_t relation = -1;

	if (status == CSTN_OK)
		OOM_CALL(status, cstn_snapshot_relation(at->snapshot, "acme", "bolts", "c1", 0,
						 &relation, &error));
	ck_assert_int_eq(relation, status == CSTN_OK ? CSTN_RELATION_COMPETITOR : -1);
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_network_scan_dual_pairs(at->network, 0, &rows, &error));
	return status == CSTN_OK ? oom_drain(&rows) : status;
}

static cstn_status do_events(durable *at)
{
	cstn_status status = snapshot_of(at);
	struct ArrowArrayStream rows;

	if (status == CSTN_OK)
		OOM_CALL(status, cstn_snapshot_scan_effective_events(
						 at->snapshot, NULL, &rows, NULL, NULL, &error));
	return status == CSTN_OK ? oom_drain(&rows) : status;
}

#define CASE(name)                            \
	static cstn_status oom_##name(oom *o) \
	{                                     \
		return attempt(o, do_##name); \
	}
CASE(put)
CASE(transaction)
CASE(import)
CASE(checkpoint)
CASE(maintain)
CASE(close)
CASE(get)
CASE(scan)
CASE(changes)
CASE(relations)
CASE(events)

/* A look-up goes on when there is no memory to keep a decoded block: it is decoded again. */
const oom_case oom_cases_durable[] = {
		{"cstn_network_open", open_for_writing, 1, 0},
		{"cstn_network_open", open_for_reading, 1, 0},
		{"cstn_network_put cstn_transaction_put", oom_put, 0, 0},
		{"cstn_transaction_begin cstn_transaction_delete cstn_transaction_commit",
				oom_transaction, 0, 0},
		{"cstn_network_import", oom_import, 0, 0},
		{"cstn_network_checkpoint", oom_checkpoint, 0, 0},
		{"cstn_network_maintain", oom_maintain, 0, 0},
		{"cstn_network_close", oom_close, 0, 0},
		{"cstn_network_snapshot cstn_snapshot_get", oom_get, 0, 0},
		{"cstn_snapshot_scan", oom_scan, 0, 0},
		{"cstn_network_changes cstn_snapshot_changes", oom_changes, 0, 0},
		{"cstn_snapshot_relation cstn_network_scan_dual_pairs", oom_relations, 1, 0},
		{"cstn_snapshot_scan_effective_events", oom_events, 0, 0},
};
const size_t oom_count_durable = sizeof(oom_cases_durable) / sizeof(oom_cases_durable[0]);
