/* Scans: projection, predicates, flattened lines, times past, and the perfect order rate of them.
 */
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

#define COLUMNS(...)                                   \
	.columns = (const char *const[]){__VA_ARGS__}, \
	.n_columns = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)
#define OPTIONS(...) (&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options), __VA_ARGS__})

/* Orders A (two lines, acme to bolts), B (one, rival to acme), C (one, acme to rival). */
static cstn_network *three_orders(void)
{
	cstn_network *network = network_small();

	network_put_ok(network,
			network_record("order", "order_id=A", "seller=acme", "buyer=bolts",
					"ordered=2024-01-01", "state=placed", "+", "line_number=1",
					"item_id=nut", "qty=10", "promised=2024-01-10",
					"delivered=2024-01-09", "qty_delivered=10", "+",
					"line_number=2", "item_id=nut", "qty=4",
					"promised=2024-01-10", "delivered=2024-01-10",
					"qty_delivered=4", "damaged=0", NULL));
	network_put_ok(network, network_record("order", "order_id=B", "seller=rival", "buyer=acme",
						"ordered=2024-01-02", "+", "line_number=1",
						"item_id=nut", "qty=5", "promised=2024-01-10",
						"delivered=2024-01-11", "qty_delivered=5", NULL));
	network_put_ok(network,
			network_record("order", "order_id=C", "seller=acme", "buyer=rival",
					"ordered=2024-01-03", "state=draft", "+", "line_number=1",
					"item_id=nut", "qty=6", "promised=2024-01-10",
					"delivered=2024-01-08", "qty_delivered=5", NULL));
	return network;
}

START_TEST(a_row_is_a_record)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id", "seller", "ordered", "state")),
			"order_id,seller,ordered,state\n"
			"A,acme,2024-01-01T00:00:00Z,placed\n"
			"B,rival,2024-01-02T00:00:00Z,\n"
			"C,acme,2024-01-03T00:00:00Z,draft\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(flattened_a_row_is_a_line_with_the_fields_of_its_order)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(.flags = CSTN_SCAN_LINES,
					COLUMNS("order_id", "line_number", "qty", "state",
							"damaged", "order_lines", "line_index")),
			"order_id,line_number,qty,state,damaged,order_lines,line_index\n"
			"A,1,10,placed,,2,0\n"
			"A,2,4,placed,false,2,1\n"
			"B,1,5,,,1,0\n"
			"C,1,6,draft,,1,0\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(numbered_orders_have_ascending_numbers)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(.flags = CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED,
					COLUMNS("order_id", "qty")),
			"order_id,qty\n0,10\n0,4\n1,5\n2,6\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(codes_leave_as_dictionaries_when_asked)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(.flags = CSTN_SCAN_DICTIONARY,
					COLUMNS("order_id", "seller", "state")),
			"order_id,seller,state\nA,acme,placed\nB,rival,\nC,acme,draft\n");
	network_scan_is(network, "order",
			OPTIONS(.flags = CSTN_SCAN_DICTIONARY | CSTN_SCAN_LINES,
					COLUMNS("item_id", "seller")),
			"item_id,seller\nnut,acme\nnut,acme\nnut,rival\nnut,acme\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(ids_choose_records)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .ids = (const char *const[]){"C"}, .n_ids = 1),
			"order_id\nC\n");
	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .ids = (const char *const[]){"C", "A", "Z"},
					.n_ids = 3),
			"order_id\nA\nC\n");
	network_scan_is(network, "order",
			OPTIONS(COLUMNS("qty"), .flags = CSTN_SCAN_LINES,
					.ids = (const char *const[]){"C", "A"}, .n_ids = 2),
			"qty\n10\n4\n6\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_range_takes_its_start_and_leaves_its_end)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .flags = CSTN_SCAN_RANGE,
					.range_field = "ordered",
					.from_us = network_us("2024-01-02"),
					.until_us = network_us("2024-01-03")),
			"order_id\nB\n");
	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .flags = CSTN_SCAN_RANGE,
					.range_field = "ordered",
					.from_us = network_us("2024-01-02") + 1,
					.until_us = network_us("2024-01-03") + 1),
			"order_id\nC\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_partner_is_found_in_any_field_that_names_partners)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order", OPTIONS(COLUMNS("order_id"), .partner = "rival"),
			"order_id\nB\nC\n");
	network_scan_is(network, "order", OPTIONS(COLUMNS("order_id"), .partner = "carrier"),
			"order_id\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_text_chooses_records)
{
	cstn_network *network = three_orders();

	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .where_field = "state", .where_text = "draft"),
			"order_id\nC\n");
	network_scan_is(network, "order",
			OPTIONS(COLUMNS("order_id"), .where_field = "seller", .where_text = "acme",
					.partner = "bolts"),
			"order_id\nA\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(as_of_a_time_rows_are_what_was_known)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_record("item", "item_id=x", "name=one",
						"recorded=2024-02-01", NULL));
	network_put_ok(network, network_record("item", "item_id=x", "name=two",
						"recorded=2024-03-01", NULL));
	network_scan_is(network, "item",
			OPTIONS(COLUMNS("item_id", "name"), .flags = CSTN_SCAN_AS_OF,
					.as_of_us = network_us("2024-02-15")),
			"item_id,name\nnut,\nx,one\n");
	network_scan_is(network, "item", OPTIONS(COLUMNS("item_id", "name")),
			"item_id,name\nnut,\nx,two\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(since_a_transaction_rows_are_what_it_did_not_see)
{
	cstn_network *network = network_small();
	cstn_snapshot *snapshot = NULL;
	uint64_t seq;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	seq = cstn_snapshot_seq(snapshot);
	cstn_snapshot_unref(snapshot);
	network_put_ok(network, network_record("item", "item_id=x", NULL));
	network_scan_is(network, "item",
			OPTIONS(COLUMNS("item_id"), .flags = CSTN_SCAN_SINCE, .since_seq = seq),
			"item_id\nx\n");
	network_scan_is(network, "item",
			OPTIONS(COLUMNS("item_id"), .flags = CSTN_SCAN_SINCE, .since_seq = seq + 1),
			"item_id\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_empty_noun_gives_no_rows_and_all_columns)
{
	cstn_network *network = network_small();

	network_scan_is(network, "shipment_document", NULL,
			"shipment_id,owner,type,recorded,source_system,state,at,reference\n");
	cstn_network_unref(network);
}
END_TEST

static void refused(cstn_snapshot *snapshot, const char *noun, const cstn_scan_options *options,
		cstn_status expected, const char *part)
{
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_snapshot_scan(snapshot, noun, options, &rows, &error), expected);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "'%s' is not in '%s'", part,
			cstn_error_message(error));
	cstn_error_free(error);
}

START_TEST(what_cannot_be_scanned_is_told)
{
	cstn_network *network = three_orders();
	cstn_snapshot *snapshot = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	refused(snapshot, "ordr", NULL, CSTN_E_NOT_FOUND, "similar: order");
	refused(snapshot, "order", OPTIONS(COLUMNS("sellr")), CSTN_E_NOT_FOUND, "similar: seller");
	refused(snapshot, "order", OPTIONS(COLUMNS("qty")), CSTN_E_INVALID_ARGUMENT,
			"belongs to lines");
	refused(snapshot, "order", OPTIONS(COLUMNS("seller", "seller")), CSTN_E_INVALID_ARGUMENT,
			"twice");
	refused(snapshot, "partner", OPTIONS(.flags = CSTN_SCAN_LINES), CSTN_E_INVALID_ARGUMENT,
			"has no lines");
	refused(snapshot, "order",
			OPTIONS(.flags = CSTN_SCAN_RANGE, .range_field = "seller", .until_us = 1),
			CSTN_E_INVALID_ARGUMENT, "is text");
	refused(snapshot, "order",
			OPTIONS(.flags = CSTN_SCAN_RANGE, .range_field = "ordered", .from_us = 1,
					.until_us = 1),
			CSTN_E_INVALID_ARGUMENT, "empty");
	refused(snapshot, "order", OPTIONS(.where_field = "qty", .where_text = "1"),
			CSTN_E_INVALID_ARGUMENT, "belongs to lines");
	refused(snapshot, "order", OPTIONS(.flags = 1u << 20), CSTN_E_INVALID_ARGUMENT, "flag");
	refused(snapshot, "item",
			OPTIONS(.partner = NULL, .where_field = "colour", .where_text = "x"),
			CSTN_E_NOT_FOUND, "colour");
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_stream_outlives_its_snapshot_and_network)
{
	cstn_network *network = three_orders();
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_buffer *csv;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "order", OPTIONS(COLUMNS("order_id")), &rows,
					 NULL),
			CSTN_OK);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	csv = network_to_csv(&rows);
	ck_assert_str_eq((const char *)cstn_buffer_data(csv), "order_id\nA\nB\nC\n");
	cstn_buffer_free(csv);
}
END_TEST

static void count_perfect(cstn_network *network, uint32_t flags, int32_t clustering)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;
	cstn_perfect_order_result *result = NULL;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_rate rate;
	cstn_error *error = NULL;

	config.clustering = clustering;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_snapshot_scan(snapshot, "order", OPTIONS(.flags = flags), &rows, NULL),
			CSTN_OK);
	cstn_snapshot_unref(snapshot);
	ck_assert_int_eq(cstn_service_policy_new("components=TF", NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(policy, network_us("2024-06-01"), NULL, 0, &config,
					 NULL, &state, NULL),
			CSTN_OK);
	ck_assert_msg(cstn_perfect_order_update(state, &rows, NULL, NULL, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	rate = (cstn_rate)CSTN_RATE_INIT;
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, NULL),
			CSTN_OK);
	ck_assert_int_eq(rate.numerator, 1);
	ck_assert_int_eq(rate.denominator, 3);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(policy);
}

START_TEST(flattened_lines_feed_the_perfect_order_rate_as_they_are)
{
	cstn_network *network = three_orders();

	count_perfect(network, CSTN_SCAN_LINES, CSTN_CLUSTERING_NONE);
	count_perfect(network, CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY, CSTN_CLUSTERING_NONE);
	count_perfect(network, CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED, CSTN_CLUSTERING_SORTED);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_row_is_a_record,
			flattened_a_row_is_a_line_with_the_fields_of_its_order,
			numbered_orders_have_ascending_numbers,
			codes_leave_as_dictionaries_when_asked, ids_choose_records,
			a_range_takes_its_start_and_leaves_its_end,
			a_partner_is_found_in_any_field_that_names_partners, a_text_chooses_records,
			as_of_a_time_rows_are_what_was_known,
			since_a_transaction_rows_are_what_it_did_not_see,
			an_empty_noun_gives_no_rows_and_all_columns, what_cannot_be_scanned_is_told,
			a_stream_outlives_its_snapshot_and_network,
			flattened_lines_feed_the_perfect_order_rate_as_they_are};

	return run_tests("network_scan", tests, sizeof(tests) / sizeof(tests[0]));
}
