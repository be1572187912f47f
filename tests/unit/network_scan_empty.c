/* Scans that give a field without any value as Arrow type null, batches that outlive their stream,
 * and states that are the same bytes whichever way the lines came. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "posix_folder.h"
#include "suite.h"

#define ORDERS 40 /* of two lines, so that buffers are recycled in whole pages too */

static cstn_snapshot *snapshot_of(cstn_network *network)
{
	cstn_snapshot *snapshot = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	return snapshot;
}

static void scan(cstn_network *network, uint32_t flags, const char *const *columns, size_t n,
		struct ArrowArrayStream *out)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = snapshot_of(network);
	cstn_error *error = NULL;

	options.flags = flags;
	options.columns = columns;
	options.n_columns = n;
	ck_assert_msg(cstn_snapshot_scan(snapshot, "order", &options, out, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn_snapshot_unref(snapshot);
}

static void put_orders(cstn_network *network)
{
	char id[16], text[32];

	for (int i = 0; i < ORDERS; i++) {
		snprintf(id, sizeof(id), "order_id=%03d", i);
		snprintf(text, sizeof(text), "delivered=2024-01-%02d", 5 + i % 9);
		network_put_ok(network,
				network_record("order", id, "seller=acme", "buyer=bolts",
						"ordered=2024-01-01", "+", "line_number=1",
						"item_id=nut", "qty=10", "promised=2024-01-10",
						text, "qty_delivered=10", "+", "line_number=2",
						"item_id=nut", "qty=4", "promised=2024-01-10", text,
						i % 3 ? "qty_delivered=4" : "qty_delivered=3",
						NULL));
	}
}

/* The format of a column; NULL if there is none of that name. */
static void format_is(cstn_network *network, uint32_t flags, const char *name, const char *format)
{
	struct ArrowArrayStream rows;
	struct ArrowSchema schema;
	int found = 0;

	scan(network, flags, NULL, 0, &rows);
	ck_assert_int_eq(rows.get_schema(&rows, &schema), 0);
	for (int64_t i = 0; i < schema.n_children; i++)
		if (strcmp(schema.children[i]->name, name) == 0) {
			ck_assert_str_eq(schema.children[i]->format, format);
			found = 1;
		}
	ck_assert_int_eq(found, 1);
	schema.release(&schema);
	rows.release(&rows);
}

START_TEST(a_field_that_no_record_fills_is_null_typed_when_asked)
{
	uint32_t flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY;
	cstn_network *network = network_small();

	put_orders(network);
	format_is(network, flags, "late_cause", "i");
	format_is(network, flags | CSTN_SCAN_EMPTY_AS_NULL, "late_cause", "n");
	format_is(network, flags | CSTN_SCAN_EMPTY_AS_NULL, "damaged", "n");
	format_is(network, flags | CSTN_SCAN_EMPTY_AS_NULL, "delivered", "tsu:UTC");
	format_is(network, CSTN_SCAN_EMPTY_AS_NULL, "owner", "u");
	network_put_ok(network, network_record("order", "order_id=X", "seller=acme", "buyer=bolts",
						"ordered=2024-01-01", "+", "line_number=1",
						"item_id=nut", "qty=1", "damaged=0", NULL));
	format_is(network, flags | CSTN_SCAN_EMPTY_AS_NULL, "damaged", "b");
	format_is(network, flags | CSTN_SCAN_EMPTY_AS_NULL, "late_cause", "n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_null_typed_column_is_all_null_and_has_no_buffer)
{
	static const char *const columns[] = {"qty", "late_cause"};
	cstn_network *network = network_small();
	struct ArrowArrayStream rows;
	struct ArrowArray batch;

	put_orders(network);
	scan(network, CSTN_SCAN_LINES | CSTN_SCAN_EMPTY_AS_NULL, columns, 2, &rows);
	ck_assert_int_eq(rows.get_next(&rows, &batch), 0);
	ck_assert_int_eq(batch.length, 2 * ORDERS);
	ck_assert_int_eq(batch.children[1]->length, 2 * ORDERS);
	ck_assert_int_eq(batch.children[1]->null_count, 2 * ORDERS);
	ck_assert_int_eq(batch.children[1]->n_buffers, 0);
	batch.release(&batch);
	rows.release(&rows);
	cstn_network_unref(network);
}
END_TEST

/* --- states ----------------------------------------------------------------------------------- */

static cstn_perfect_order *state_new(void)
{
	static const char *const by[] = {"seller"};
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;

	config.clustering = CSTN_CLUSTERING_SORTED;
	ck_assert_int_eq(cstn_service_policy_new("components=TF", NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(policy, network_us("2024-06-01"), by, 1, &config,
					 NULL, &state, NULL),
			CSTN_OK);
	cstn_service_policy_unref(policy);
	return state;
}

/* The state of a scan of these columns, as bytes. */
static cstn_buffer *state_of(
		cstn_network *network, uint32_t flags, const char *const *columns, size_t n)
{
	cstn_perfect_order *state = state_new();
	struct ArrowArrayStream rows;
	cstn_buffer *bytes = NULL;
	cstn_error *error = NULL;

	scan(network, CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED | flags, columns, n, &rows);
	ck_assert_msg(cstn_perfect_order_update(state, &rows, NULL, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	cstn_perfect_order_free(state);
	return bytes;
}

static void same_bytes(cstn_buffer *a, cstn_buffer *b)
{
	ck_assert_uint_eq(cstn_buffer_size(a), cstn_buffer_size(b));
	ck_assert_mem_eq(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a));
	cstn_buffer_free(a);
	cstn_buffer_free(b);
}

/* The columns that a state looks at and an order has; returns how many. */
static size_t columns_of(const cstn_perfect_order *state, const char *out[128])
{
	size_t n = 0;

	for (size_t i = 0; i < cstn_perfect_order_column_count(state); i++) {
		const char *name = cstn_perfect_order_column_name(state, i);

		if (strcmp(name, "order_lines") != 0 && strcmp(name, "policy_digest") != 0)
			out[n++] = name;
	}
	return n;
}

static void states_agree(cstn_network *network)
{
	static const char *const filled[] = {"order_id", "seller", "line_number", "promised",
			"delivered", "qty", "qty_delivered"};
	cstn_perfect_order *state = state_new();
	const char *columns[128];
	size_t n = columns_of(state, columns);
	uint32_t empty = CSTN_SCAN_EMPTY_AS_NULL;

	ck_assert_uint_gt(n, 15);
	same_bytes(state_of(network, 0, filled, 7), state_of(network, empty, columns, n));
	same_bytes(state_of(network, CSTN_SCAN_DICTIONARY, filled, 7),
			state_of(network, empty | CSTN_SCAN_DICTIONARY, columns, n));
	same_bytes(state_of(network, empty, columns, n),
			state_of(network, empty | CSTN_SCAN_DICTIONARY, columns, n));
	cstn_perfect_order_free(state);
}

START_TEST(a_state_is_the_same_bytes_with_null_typed_columns_and_without_them)
{
	cstn_network *network = network_small();

	put_orders(network);
	states_agree(network);
	cstn_network_unref(network);
}
END_TEST

/* --- files ------------------------------------------------------------------------------------ */

static cstn_network *open_at(const char *path)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;

	ck_assert_int_eq(cstn_network_open(path, &options, NULL, &network, NULL), CSTN_OK);
	return network;
}

/* Orders in a segment. */
static cstn_network *stored(posix_folder *folder)
{
	char path[512];
	cstn_network *network;

	posix_folder_make(folder);
	network = open_at(posix_folder_at(folder, "net", path));
	network_put_ok(network, network_record("partner", "partner_id=acme", NULL));
	network_put_ok(network, network_record("partner", "partner_id=bolts", NULL));
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	put_orders(network);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
	return open_at(path);
}

START_TEST(a_state_out_of_files_is_the_same_bytes_too)
{
	posix_folder folder;
	cstn_network *network = stored(&folder), *memory = network_small();
	static const char *const columns[] = {
			"order_id", "seller", "promised", "delivered", "qty", "qty_delivered"};

	put_orders(memory);
	states_agree(network);
	same_bytes(state_of(network, 0, columns, 6), state_of(memory, 0, columns, 6));
	cstn_network_unref(memory);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(batches_of_a_scan_hold_their_values_when_the_stream_is_gone)
{
	static const char *const columns[] = {"line_number", "qty", "delivered", "order_id"};
	posix_folder folder;
	cstn_network *network = stored(&folder);
	struct ArrowArray batch[3];
	struct ArrowArrayStream rows;

	for (int i = 0; i < 3; i++) {
		scan(network, CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED, columns, 4, &rows);
		ck_assert_int_eq(rows.get_next(&rows, &batch[i]), 0);
		rows.release(&rows);
	}
	cstn_network_unref(network);
	posix_folder_remove(&folder);
	for (int i = 0; i < 3; i++) {
		const int64_t *qty = batch[i].children[1]->buffers[1];
		const int64_t *order = batch[i].children[3]->buffers[1];

		ck_assert_int_eq(batch[i].length, 2 * ORDERS);
		for (int64_t k = 0; k < 2 * ORDERS; k++) {
			ck_assert_int_eq(qty[k], k % 2 ? 4 : 10);
			ck_assert_int_eq(order[k], k / 2);
			ck_assert_int_eq((intptr_t)qty % 64, 0);
		}
		batch[i].release(&batch[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_field_that_no_record_fills_is_null_typed_when_asked,
			a_null_typed_column_is_all_null_and_has_no_buffer,
			a_state_is_the_same_bytes_with_null_typed_columns_and_without_them,
			a_state_out_of_files_is_the_same_bytes_too,
			batches_of_a_scan_hold_their_values_when_the_stream_is_gone};

	return run_tests("network_scan_empty", tests, sizeof(tests) / sizeof(tests[0]));
}
