/* Records into a network: references, states, quantities, conflicts, deletions, times. */
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

START_TEST(what_is_named_must_be_there)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_put(network,
					 network_record("constellation", "constellation_id=c9",
							 "owner_id=nobody", NULL),
					 "field 'owner_id': 'nobody' names a record that is not "
					 "there"),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(network_get(network, "constellation", "c9"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_reference_finds_the_owners_record_or_the_one_without_owner)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_record("item", "item_id=gear", "owner=acme", NULL));
	network_put_ok(network, network_record("order", "order_id=A", "owner=acme", "seller=acme",
						"buyer=bolts", "ordered=2024-01-01", "+",
						"line_number=1", "item_id=gear", "qty=1", "+",
						"line_number=2", "item_id=nut", "qty=1", NULL));
	ck_assert_int_eq(network_put(network,
					 network_record("order", "order_id=B", "owner=bolts",
							 "seller=acme", "buyer=bolts",
							 "ordered=2024-01-01", "+", "line_number=1",
							 "item_id=gear", "qty=1", NULL),
					 "line 0, field 'item_id'"),
			CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

START_TEST(two_owners_may_use_one_id)
{
	cstn_network *network = network_small();
	const char *const of_acme[] = {"A", "acme"}, *const of_none[] = {"A"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	network_put_ok(network, network_record("item", "item_id=A", "owner=acme", "name=x", NULL));
	network_put_ok(network, network_record("item", "item_id=A", "name=y", NULL));
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "item", of_acme, 2, CSTN_AS_OF_NOW, &record,
					 NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "x");
	cstn_record_unref(record);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "item", of_none, 1, CSTN_AS_OF_NOW, &record,
					 NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "y");
	ck_assert_int_eq(cstn_record_has(record, CSTN_NO_LINE, "owner"), 0);
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(states_follow_the_table)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_order("A", "10", "placed"));
	network_put_ok(network, network_order("A", "10", "placed"));
	network_put_ok(network, network_order("A", "10", "shipped"));
	ck_assert_int_eq(network_put(network, network_order("A", "10", "accepted"),
					 "field 'state': 'accepted' is a state that cannot follow"),
			CSTN_E_STATE);
	network_put_ok(network, network_order("A", "10", "delivered"));
	network_put_ok(network, network_order("A", "10", "closed"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_state_follows_what_the_same_transaction_put)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	cstn_record *delivered = network_order("A", "10", "delivered");
	cstn_record *placed = network_order("A", "10", "placed");

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, delivered, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, placed, NULL), CSTN_E_STATE);
	ck_assert_uint_eq(cstn_transaction_rows(transaction), 1);
	cstn_transaction_free(transaction);
	cstn_record_unref(delivered);
	cstn_record_unref(placed);
	ck_assert_ptr_null(network_get(network, "order", "A"));
	cstn_network_unref(network);
}
END_TEST

static cstn_record *shipment(const char *id, const char *qty, const char *tolerance)
{
	char own[40] = "shipment_id=", own_qty[40] = "qty=", own_tolerance[40] = "tolerance_ppm=";

	strcat(own, id);
	strcat(own_qty, qty);
	strcat(own_tolerance, tolerance);
	return network_record("shipment", own, "from_location=dc", "to_location=shop",
			own_tolerance, "+", "order_id=A", "line_number=1", own_qty, NULL);
}

START_TEST(contents_stay_within_the_open_quantity_and_its_tolerance)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_order("A", "100", "placed"));
	ck_assert_int_eq(network_put(network, shipment("S1", "101", "0"),
					 "line 0, field 'qty': 101 (100 left) exceeds what the "
					 "order line has "
					 "open"),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, shipment("S1", "60", "0"));
	ck_assert_int_eq(network_put(network, shipment("S2", "41", "0"), NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(network_put(network, shipment("S2", "46", "50000"), NULL),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, shipment("S2", "45", "50000"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_new_version_of_a_shipment_gives_back_what_the_old_one_held)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_order("A", "100", "placed"));
	network_put_ok(network, shipment("S1", "100", "0"));
	network_put_ok(network, shipment("S1", "40", "0"));
	network_put_ok(network, shipment("S2", "60", "0"));
	ck_assert_int_eq(network_put(network, shipment("S1", "41", "0"), NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_deleted_shipment_gives_back_what_it_held)
{
	cstn_network *network = network_small();
	const char *const key[] = {"S1"};
	cstn_transaction *transaction = NULL;

	network_put_ok(network, network_order("A", "100", "placed"));
	network_put_ok(network, shipment("S1", "100", "0"));
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "shipment", key, 1,
					 network_us("2024-02-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	network_put_ok(network, shipment("S2", "100", "0"));
	cstn_network_unref(network);
}
END_TEST

static void delete_one(cstn_network *network, const char *noun, const char *id)
{
	const char *const key[] = {id};
	cstn_transaction *transaction = NULL;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(
					 transaction, noun, key, 1, network_us("2024-01-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
}

START_TEST(goods_of_a_deleted_order_are_given_back_too)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_order("A", "100", "placed"));
	network_put_ok(network, shipment("S1", "100", "0"));
	delete_one(network, "order", "A");
	delete_one(network, "shipment", "S1");
	network_put_ok(network, network_order("A", "100", "placed"));
	ck_assert_int_eq(network_put(network, shipment("S2", "101", "0"), NULL),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, shipment("S2", "100", "0"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(goods_of_a_line_that_is_dropped_stay_held)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	cstn_record *records[4] = {network_order("A", "100", "placed"), shipment("S1", "60", "0"),
			network_record("order", "order_id=A", "seller=acme", "buyer=bolts",
					"ordered=2024-01-01", "state=placed", "+", "line_number=2",
					"item_id=nut", "qty=1", NULL),
			network_order("A", "100", "placed")};

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(cstn_transaction_put(transaction, records[i], NULL), CSTN_OK);
		cstn_record_unref(records[i]);
	}
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_int_eq(network_put(network, shipment("S2", "41", "0"), NULL),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, shipment("S2", "40", "0"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_purpose_never_covers_itself_within_one_transaction)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	cstn_record *down = network_record(
			"purpose", "purpose_id=a", "constellation_id=c1", "parent_id=b", NULL);
	cstn_record *up = network_record(
			"purpose", "purpose_id=b", "constellation_id=c1", "parent_id=a", NULL);
	const char *const key[] = {"a", "c1", "b"};

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, down, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, up, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "purpose", key, 3,
					 network_us("2024-02-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, up, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(down);
	cstn_record_unref(up);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_shipment_of_a_line_that_is_not_there_is_refused)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_order("A", "100", "placed"));
	ck_assert_int_eq(network_put(network,
					 network_record("shipment", "shipment_id=S",
							 "from_location=dc", "to_location=shop",
							 "+", "order_id=A", "line_number=2",
							 "qty=1", NULL),
					 "field 'line_number': 2 names a record that is not there"),
			CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

static cstn_record *returned(const char *id, const char *qty)
{
	char own[40] = "return_id=", own_qty[40] = "qty=";

	strcat(own, id);
	strcat(own_qty, qty);
	return network_record("return", own, "order_id=A", "line_number=1", own_qty,
			"reason=damaged", "requested=2024-02-01", NULL);
}

START_TEST(no_more_is_returned_than_was_delivered)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_record("order", "order_id=A", "seller=acme", "buyer=bolts",
						"ordered=2024-01-01", "+", "line_number=1",
						"item_id=nut", "qty=10", "qty_delivered=8", NULL));
	network_put_ok(network, returned("R1", "5"));
	ck_assert_int_eq(network_put(network, returned("R2", "4"), "field 'qty'"),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, returned("R2", "3"));
	network_put_ok(network, returned("R1", "5"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_purpose_never_covers_itself)
{
	cstn_network *network = network_small();

	network_put_ok(network, network_record("purpose", "purpose_id=plan", "constellation_id=c1",
						"parent_id=all", NULL));
	network_put_ok(network, network_record("purpose", "purpose_id=forecast",
						"constellation_id=c1", "parent_id=plan", NULL));
	ck_assert_int_eq(network_put(network,
					 network_record("purpose", "purpose_id=all",
							 "constellation_id=c1",
							 "parent_id=forecast", NULL),
					 "field 'parent_id'"),
			CSTN_E_INVALID_ARGUMENT);
	network_put_ok(network, network_record("purpose", "purpose_id=all", "constellation_id=c2",
						"parent_id=forecast", NULL));
	cstn_network_unref(network);
}
END_TEST

START_TEST(two_transactions_that_change_one_record_are_told)
{
	cstn_network *network = network_small();
	cstn_transaction *first = NULL, *second = NULL;
	cstn_record *a = network_record("partner", "partner_id=acme", "name=a", NULL);
	cstn_record *b = network_record("partner", "partner_id=acme", "name=b", NULL);
	cstn_record *now;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_transaction_begin(network, &first, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_begin(network, &second, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(first, a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(second, b, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(second, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(first, NULL, &error), CSTN_E_CONFLICT);
	cstn_error_free(error);
	cstn_transaction_free(first);
	cstn_transaction_free(second);
	now = network_get(network, "partner", "acme");
	ck_assert_str_eq(cstn_record_text(now, CSTN_NO_LINE, "name", NULL), "b");
	cstn_record_unref(now);
	cstn_record_unref(a);
	cstn_record_unref(b);
	cstn_network_unref(network);
}
END_TEST

START_TEST(two_shipments_of_one_line_at_once_are_told)
{
	cstn_network *network = network_small();
	cstn_transaction *first = NULL, *second = NULL;
	cstn_record *a = shipment("S1", "60", "0"), *b = shipment("S2", "60", "0");

	network_put_ok(network, network_order("A", "100", "placed"));
	ck_assert_int_eq(cstn_transaction_begin(network, &first, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_begin(network, &second, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(first, a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(second, b, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(first, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(second, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(first);
	cstn_transaction_free(second);
	cstn_record_unref(a);
	cstn_record_unref(b);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_requirement_holds_or_the_commit_fails)
{
	cstn_network *network = network_small();
	const char *const acme[] = {"acme"}, *const fresh[] = {"fresh"};
	cstn_record *before = network_get(network, "partner", "acme");
	cstn_record *next = network_record("partner", "partner_id=other", NULL);
	cstn_transaction *transaction = NULL;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_require(transaction, "partner", acme, 1,
					 cstn_record_seq(before), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_require(transaction, "partner", fresh, 1, 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, next, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_require(transaction, "partner", acme, 1,
					 cstn_record_seq(before) + 1, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(transaction);
	cstn_record_unref(before);
	cstn_record_unref(next);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_import_fails_when_the_network_changed_under_it)
{
	cstn_network *network = network_small();
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_transaction *transaction = NULL;

	options.recorded_us = 1;
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	network_csv("partner_id text\n", "partner_id\nnew\n", &rows);
	ck_assert_int_eq(cstn_transaction_import(
					 transaction, "partner", &rows, &options, NULL, NULL),
			CSTN_OK);
	network_put_ok(network, network_record("partner", "partner_id=other", NULL));
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(transaction);
	ck_assert_ptr_null(network_get(network, "partner", "new"));
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_import_of_orders_is_seen_by_shipments_of_the_same_transaction)
{
	cstn_network *network = network_small();
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_record *good = shipment("S1", "5", "0"), *bad = shipment("S2", "1", "0");
	struct ArrowArrayStream rows;
	cstn_transaction *transaction = NULL;

	options.recorded_us = 1;
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	network_csv("order_id text\nseller text\nbuyer text\nordered timestamp\nline_number "
		    "int64\nitem_id text\nqty int64\n",
			"order_id,seller,buyer,ordered,line_number,item_id,qty\n"
			"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5\n",
			&rows);
	ck_assert_int_eq(cstn_transaction_import(transaction, "order", &rows, &options, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, good, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, bad, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(good);
	cstn_record_unref(bad);
	cstn_network_unref(network);
}
END_TEST

START_TEST(the_past_is_read_as_it_was_known)
{
	cstn_network *network = network_small();
	const char *const key[] = {"p"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	network_put_ok(network, network_record("partner", "partner_id=p", "name=one",
						"recorded=2024-02-01", NULL));
	network_put_ok(network, network_record("partner", "partner_id=p", "name=two",
						"recorded=2024-03-01", NULL));
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1,
					 network_us("2024-03-01") - 1, &record, NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "one");
	cstn_record_unref(record);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1, network_us("2024-03-01"),
					 &record, NULL),
			CSTN_OK);
	ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), "two");
	cstn_record_unref(record);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1,
					 network_us("2024-02-01") - 1, &record, NULL),
			CSTN_E_NOT_FOUND);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_snapshot_does_not_see_what_comes_after)
{
	cstn_network *network = network_small();
	const char *const key[] = {"later"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	network_put_ok(network, network_record("partner", "partner_id=later", NULL));
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record,
					 &error),
			CSTN_E_NOT_FOUND);
	ck_assert_str_eq(cstn_error_message(error), "there is no partner 'later'");
	cstn_error_free(error);
	cstn_network_unref(network);
	cstn_snapshot_unref(snapshot);
}
END_TEST

START_TEST(what_names_a_deleted_record_stays_and_nothing_new_can_name_it)
{
	cstn_network *network = network_small();
	const char *const key[] = {"bolts"};
	cstn_transaction *transaction = NULL;

	network_put_ok(network, network_order("A", "1", "placed"));
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "partner", key, 1,
					 network_us("2024-05-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(network_get(network, "order", "A"));
	ck_assert_int_eq(network_put(network, network_order("A", "2", "placed"), "'bolts' names"),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(network_put(network, network_order("B", "1", "placed"), "'bolts' names"),
			CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_deleted_record_is_gone_now_and_there_in_the_past)
{
	cstn_network *network = network_small();
	const char *const key[] = {"rival"}, *const none[] = {"nobody"}, *const event[] = {"e"};
	cstn_transaction *transaction = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "partner", none, 1, 1, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "event", event, 1, 1, NULL),
			CSTN_E_UNSUPPORTED);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "partner", key, 1,
					 network_us("2024-05-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "partner", key, 1,
					 network_us("2024-05-01"), NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1, CSTN_AS_OF_NOW, &record,
					 NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "partner", key, 1,
					 network_us("2024-05-01") - 1, &record, NULL),
			CSTN_OK);
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_transaction_keeps_its_network_alive)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	cstn_record *record = network_record("partner", "partner_id=late", NULL);

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	cstn_network_unref(network);
	ck_assert_int_eq(cstn_transaction_put(transaction, record, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(record);
}
END_TEST

START_TEST(a_closed_network_takes_no_more)
{
	cstn_network *network = network_small();
	cstn_record *record = network_record("partner", "partner_id=late", NULL);
	cstn_snapshot *snapshot = NULL;

	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_put(network, record, NULL, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_E_STATE);
	cstn_record_unref(record);
	cstn_network_unref(network);
}
END_TEST

START_TEST(bad_arguments_are_told)
{
	cstn_network *network = network_small(), *other = NULL;
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	const char *const long_key[] = {"a", "b", "c"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	options.flags = 1u << 30;
	ck_assert_int_eq(cstn_network_open(NULL, &options, NULL, &other, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.flags = CSTN_NETWORK_READ_ONLY;
	ck_assert_int_eq(cstn_network_open(NULL, &options, NULL, &other, NULL),
			CSTN_E_INVALID_ARGUMENT);
	options.flags = 0;
	options.commit_level = 3;
	ck_assert_int_eq(cstn_network_open(NULL, &options, NULL, &other, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_open("", NULL, NULL, &other, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(other);
	ck_assert_int_eq(cstn_network_put(network, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_put(NULL, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "order", long_key, 3, CSTN_AS_OF_NOW, &record,
					 NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_snapshot_get(snapshot, "order", long_key, 0, CSTN_AS_OF_NOW, &record,
					 NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	cstn_network_unref(NULL);
	cstn_snapshot_unref(NULL);
	cstn_transaction_free(NULL);
}
END_TEST

START_TEST(info_counts_transactions)
{
	cstn_network *network = network_small();
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;
	uint64_t seq = 0;
	cstn_record *record = network_record("partner", "partner_id=p", NULL);

	ck_assert_int_eq(cstn_network_put(network, record, &seq, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_get_info(network, &info, NULL), CSTN_OK);
	ck_assert_uint_eq(info.last_seq, seq);
	ck_assert_uint_eq(info.state, CSTN_NETWORK_STATE_OPEN);
	cstn_record_unref(record);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_is_named_must_be_there,
			a_reference_finds_the_owners_record_or_the_one_without_owner,
			two_owners_may_use_one_id, states_follow_the_table,
			a_state_follows_what_the_same_transaction_put,
			contents_stay_within_the_open_quantity_and_its_tolerance,
			a_new_version_of_a_shipment_gives_back_what_the_old_one_held,
			a_deleted_shipment_gives_back_what_it_held,
			goods_of_a_deleted_order_are_given_back_too,
			goods_of_a_line_that_is_dropped_stay_held,
			a_purpose_never_covers_itself_within_one_transaction,
			a_shipment_of_a_line_that_is_not_there_is_refused,
			no_more_is_returned_than_was_delivered, a_purpose_never_covers_itself,
			two_transactions_that_change_one_record_are_told,
			two_shipments_of_one_line_at_once_are_told,
			a_requirement_holds_or_the_commit_fails,
			an_import_fails_when_the_network_changed_under_it,
			an_import_of_orders_is_seen_by_shipments_of_the_same_transaction,
			the_past_is_read_as_it_was_known, a_snapshot_does_not_see_what_comes_after,
			what_names_a_deleted_record_stays_and_nothing_new_can_name_it,
			a_deleted_record_is_gone_now_and_there_in_the_past,
			a_transaction_keeps_its_network_alive, a_closed_network_takes_no_more,
			bad_arguments_are_told, info_counts_transactions};

	return run_tests("network_put", tests, sizeof(tests) / sizeof(tests[0]));
}
