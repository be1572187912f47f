/* Import of columns: rules, bad rows, grouping of lines, all or nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

#define ORDER_SCHEMA                                                                      \
	"order_id text null\nseller text null\nbuyer text null\nordered timestamp null\n" \
	"line_number int64 null\nitem_id text null\nqty int64 null\nstate text null\n"

static const char header[] = "order_id,seller,buyer,ordered,line_number,item_id,qty,state\n";

static cstn_status import_orders(
		cstn_network *network, const char *rows, uint32_t flags, cstn_row_errors **bad)
{
	char csv[4096];

	snprintf(csv, sizeof(csv), "%s%s", header, rows);
	return network_import_csv(network, "order", ORDER_SCHEMA, csv, flags, bad);
}

static size_t count_orders(cstn_network *network)
{
	const char *columns[] = {"order_id"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	struct ArrowArray array;
	size_t n = 0;

	options.columns = columns;
	options.n_columns = 1;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "order", &options, &rows, NULL), CSTN_OK);
	cstn_snapshot_unref(snapshot);
	while (memset(&array, 0, sizeof(array)),
			rows.get_next(&rows, &array) == 0 && array.release) {
		n += (size_t)array.length;
		array.release(&array);
	}
	rows.release(&rows);
	return n;
}

START_TEST(good_rows_are_in)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_record *order;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,placed\n"
					 "A,acme,bolts,2024-01-01T00:00:00Z,2,nut,6,placed\n"
					 "B,acme,jo,2024-01-02T00:00:00Z,1,nut,7,\n",
					 0, &bad),
			CSTN_OK);
	ck_assert_ptr_null(bad);
	order = network_get(network, "order", "A");
	ck_assert_ptr_nonnull(order);
	ck_assert_uint_eq(cstn_record_lines(order), 2);
	ck_assert_int_eq(cstn_record_int(order, 1, "qty"), 6);
	ck_assert_str_eq(cstn_record_text(order, CSTN_NO_LINE, "state", NULL), "placed");
	ck_assert_int_eq(cstn_record_int(order, CSTN_NO_LINE, "order_recorded"),
			network_us("2024-06-01"));
	ck_assert_uint_gt(cstn_record_seq(order), 0);
	cstn_record_unref(order);
	order = network_get(network, "order", "B");
	ck_assert_int_eq(cstn_record_has(order, CSTN_NO_LINE, "state"), 0);
	cstn_record_unref(order);
	cstn_network_unref(network);
}
END_TEST

static const struct {
	const char *row, *column;
	int32_t code;
} broken[] = {
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,0,", "qty", CSTN_ROW_NOT_POSITIVE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,,", "qty", CSTN_ROW_NULL},
		{"A,acme,bolts,2024-01-01T00:00:00Z,0,nut,1,", "line_number",
				CSTN_ROW_NOT_POSITIVE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,3000000000,nut,1,", "line_number",
				CSTN_ROW_RANGE},
		{"A,nobody,bolts,2024-01-01T00:00:00Z,1,nut,1,", "seller", CSTN_ROW_REFERENCE},
		{"A,acme,nobody,2024-01-01T00:00:00Z,1,nut,1,", "buyer", CSTN_ROW_REFERENCE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,washer,1,", "item_id", CSTN_ROW_REFERENCE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,4006381333932,1,", "item_id",
				CSTN_ROW_REFERENCE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,1,lost", "state", CSTN_ROW_VALUE},
		{"A,acme,bolts,2024-01-01T00:00:00Z,1,nut,1,cancelled", "cancelled_by",
				CSTN_ROW_NULL},
		{"A,,bolts,2024-01-01T00:00:00Z,1,nut,1,", "seller", CSTN_ROW_NULL},
		{",acme,bolts,2024-01-01T00:00:00Z,1,nut,1,", "order_id", CSTN_ROW_NULL},
		{"A,acme,bolts,,1,nut,1,", "ordered", CSTN_ROW_NULL},
};

START_TEST(a_bad_row_is_told_with_row_field_and_code_and_the_others_are_in)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_row_error error;
	char rows[512];

	snprintf(rows, sizeof(rows), "G,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,placed\n%s\n",
			broken[_i].row);
	ck_assert_int_eq(import_orders(network, rows, 0, &bad), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_uint_eq(error.row, 1);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), broken[_i].column);
	ck_assert_str_eq(cstn_row_code_name(error.code), cstn_row_code_name(broken[_i].code));
	cstn_row_errors_free(bad);
	ck_assert_uint_eq(count_orders(network), 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_gtin_needs_no_item)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,4006381333931,5,\n",
					 0, NULL),
			CSTN_OK);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_order_with_a_bad_line_is_left_out_whole)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,\n"
					 "A,acme,bolts,2024-01-01T00:00:00Z,2,nut,-1,\n",
					 0, &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	ck_assert_uint_eq(count_orders(network), 0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(all_or_nothing_puts_nothing_when_a_row_is_bad)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	const char *rows = "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,\n"
			   "B,acme,bolts,2024-01-01T00:00:00Z,1,nut,0,\n";

	ck_assert_int_eq(import_orders(network, rows, CSTN_IMPORT_ALL_OR_NOTHING, &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	ck_assert_uint_eq(count_orders(network), 0);
	ck_assert_int_eq(import_orders(network, rows, 0, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(count_orders(network), 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(lines_of_an_order_may_stand_apart_in_a_batch)
{
	cstn_network *network = network_small();
	cstn_record *order;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,2,nut,5,\n"
					 "B,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,\n"
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,6,\n",
					 0, NULL),
			CSTN_OK);
	order = network_get(network, "order", "A");
	ck_assert_uint_eq(cstn_record_lines(order), 2);
	ck_assert_int_eq(cstn_record_int(order, 0, "line_number"), 2);
	ck_assert_int_eq(cstn_record_int(order, 1, "qty"), 6);
	cstn_record_unref(order);
	ck_assert_uint_eq(count_orders(network), 2);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_line_number_twice_is_told)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_row_error error;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,\n"
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,6,\n",
					 0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_uint_eq(error.row, 1);
	ck_assert_int_eq(error.code, CSTN_ROW_DUPLICATE);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

START_TEST(lines_that_disagree_about_their_order_are_told)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_row_error error;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,\n"
					 "A,rival,bolts,2024-01-01T00:00:00Z,2,nut,6,\n",
					 0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "seller");
	ck_assert_int_eq(error.code, CSTN_ROW_CONFLICT);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_state_that_cannot_follow_is_told)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_row_error error;

	ck_assert_int_eq(import_orders(network,
					 "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,delivered\n", 0,
					 NULL),
			CSTN_OK);
	ck_assert_int_eq(
			import_orders(network, "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,placed\n",
					0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_int_eq(error.code, CSTN_ROW_STATE);
	cstn_row_errors_free(bad);
	ck_assert_int_eq(
			import_orders(network, "A,acme,bolts,2024-01-01T00:00:00Z,1,nut,5,closed\n",
					0, NULL),
			CSTN_OK);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_partner_may_name_one_of_the_same_batch)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "partner",
					 "partner_id text\nparent_id text null\n",
					 "partner_id,parent_id\nchild,mother\nmother,\n", 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "partner",
					 "partner_id text\nparent_id text null\n",
					 "partner_id,parent_id\nchild,father\n", 0, NULL),
			CSTN_E_ROWS);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_partner_named_in_vain_takes_with_it_who_names_it)
{
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;

	ck_assert_int_eq(network_import_csv(network, "partner",
					 "partner_id text\nparent_id text null\n",
					 "partner_id,parent_id\nx,nobody\ny,x\nz,y\nw,v\nv,\n", 0,
					 &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), 3);
	cstn_row_errors_free(bad);
	ck_assert_ptr_null(network_get(network, "partner", "x"));
	ck_assert_ptr_null(network_get(network, "partner", "y"));
	ck_assert_ptr_null(network_get(network, "partner", "z"));
	for (int i = 0; i < 2; i++) {
		cstn_record *good = network_get(network, "partner", i ? "v" : "w");

		ck_assert_ptr_nonnull(good);
		cstn_record_unref(good);
	}
	cstn_network_unref(network);
}
END_TEST

START_TEST(whole_numbers_are_ids)
{
	cstn_network *network = network_small();
	cstn_record *partner;

	ck_assert_int_eq(network_import_csv(network, "partner", "partner_id int64\n",
					 "partner_id\n1007\n", 0, NULL),
			CSTN_OK);
	partner = network_get(network, "partner", "1007");
	ck_assert_ptr_nonnull(partner);
	cstn_record_unref(partner);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_absent_required_column_is_a_schema_error)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "order", "order_id text\n", "order_id\nA\n", 0,
					 NULL),
			CSTN_E_SCHEMA);
	cstn_network_unref(network);
}
END_TEST

START_TEST(columns_of_personal_data_are_refused)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "customer",
					 "customer_id text\nkind text\nemail text\n",
					 "customer_id,kind,email\nc1,person,a@b.c\n", 0, NULL),
			CSTN_E_UNSUPPORTED);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_unknown_noun_is_refused_and_the_stream_released)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "ordre", "order_id text\n", "order_id\nA\n", 0,
					 NULL),
			CSTN_E_NOT_FOUND);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_empty_stream_changes_nothing)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(import_orders(network, "", 0, NULL), CSTN_OK);
	ck_assert_uint_eq(count_orders(network), 0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(the_same_event_again_is_no_change_and_another_is_a_conflict)
{
	static const char schema[] = "event_id text\nsubject_kind text\nsubject_id text\ntype "
				     "text\nclass text\noccurred timestamp\n";
	cstn_network *network = network_small();
	cstn_row_errors *bad = NULL;
	cstn_row_error error;
	const char *first = "event_id,subject_kind,subject_id,type,class,occurred\n"
			    "e1,order,A,delivered,actual,2024-01-05T10:00:00Z\n";
	const char *other = "event_id,subject_kind,subject_id,type,class,occurred\n"
			    "e1,order,A,delivered,actual,2024-01-05T11:00:00Z\n";

	ck_assert_int_eq(network_import_csv(network, "event", schema, first, 0, NULL), CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "event", schema, first, 0, NULL), CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "event", schema, other, 0, &bad), CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_int_eq(error.code, CSTN_ROW_CONFLICT);
	cstn_row_errors_free(bad);
	network_scan_is(network, "event",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.columns = (const char *const[]){"event_id", "occurred"},
					.n_columns = 2},
			"event_id,occurred\ne1,2024-01-05T10:00:00Z\n");
	cstn_network_unref(network);
}
END_TEST

/* Nothing is added to the place of bytes that are not there. */
START_TEST(a_text_that_no_row_gives_is_null_in_each)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(network_import_csv(network, "item", "item_id text\nname text null\n",
					 "item_id,name\ngear,\nwheel,\n", 0, NULL),
			CSTN_OK);
	network_scan_is(network, "item",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.columns = (const char *const[]){"item_id", "name"},
					.n_columns = 2,
					.ids = (const char *const[]){"gear", "wheel"},
					.n_ids = 2},
			"item_id,name\ngear,\nwheel,\n");
	cstn_network_unref(network);
}
END_TEST

/* What a row names is looked up when the row is new. */
START_TEST(the_same_interaction_again_is_no_change_though_its_customer_is_gone)
{
	static const char schema[] =
			"event_id text\ncustomer_id text\nkind text\nvalid timestamp\n";
	static const char *const jo[] = {"jo"};
	const char *first = "event_id,customer_id,kind,valid\n"
			    "i1,jo,complaint,2024-01-05T10:00:00Z\n";
	const char *other = "event_id,customer_id,kind,valid\n"
			    "i1,jo,complaint,2024-01-05T10:00:00Z\n"
			    "i1,jo,review,2024-01-05T10:00:00Z\n"
			    "i2,jo,complaint,2024-01-05T10:00:00Z\n";
	cstn_network *network = network_small();
	cstn_transaction *transaction = NULL;
	cstn_row_errors *bad = NULL;
	cstn_row_error error;

	ck_assert_int_eq(network_import_csv(network, "interaction", schema, first, 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "customer", jo, 1,
					 network_us("2024-07-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_int_eq(network_import_csv(network, "interaction", schema, first, 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(network_import_csv(network, "interaction", schema, other, 0, &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(cstn_row_errors_at(bad, i, &error, NULL), CSTN_OK);
		ck_assert_uint_eq(error.row, i + 1);
		ck_assert_int_eq(error.code, CSTN_ROW_REFERENCE);
	}
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

static cstn_status import_shipment(cstn_network *network, const char *id, int qty, int32_t *code)
{
	static const char schema[] = "shipment_id text\nfrom_location text\nto_location "
				     "text\norder_id text\nline_number int64\nqty int64\n";
	cstn_row_errors *bad = NULL;
	cstn_row_error error;
	cstn_status status;
	char csv[300];

	snprintf(csv, sizeof(csv),
			"shipment_id,from_location,to_location,order_id,line_number,qty\n"
			"%s,dc,shop,A,1,%d\n",
			id, qty);
	status = network_import_csv(network, "shipment", schema, csv, 0, &bad);
	if (status == CSTN_E_ROWS) {
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
		*code = error.code;
	}
	cstn_row_errors_free(bad);
	return status;
}

START_TEST(imported_contents_stay_within_the_open_quantity)
{
	cstn_network *network = network_small();
	int32_t code = 0;

	network_put_ok(network, network_order("A", "10", "placed"));
	ck_assert_int_eq(import_shipment(network, "S1", 6, &code), CSTN_OK);
	ck_assert_int_eq(import_shipment(network, "S2", 5, &code), CSTN_E_ROWS);
	ck_assert_int_eq(code, CSTN_ROW_RANGE);
	ck_assert_int_eq(import_shipment(network, "S2", 4, &code), CSTN_OK);
	ck_assert_int_eq(import_shipment(network, "S1", 7, &code), CSTN_E_ROWS);
	ck_assert_int_eq(import_shipment(network, "S1", 5, &code), CSTN_OK);
	ck_assert_int_eq(import_shipment(network, "S3", 1, &code), CSTN_OK);
	ck_assert_int_eq(import_shipment(network, "S4", 1, &code), CSTN_E_ROWS);
	cstn_network_unref(network);
}
END_TEST

START_TEST(two_thousand_orders_come_out_as_they_went_in)
{
	static const char schema[] = "order_id text\nseller text\nbuyer text\nordered timestamp\n"
				     "line_number int64\nitem_id text\nqty int64\n";
	cstn_network *network = network_small();
	size_t size = 0, capacity = 2000 * 3 * 80;
	char *csv = malloc(capacity);

	ck_assert_ptr_nonnull(csv);
	size += (size_t)snprintf(
			csv, capacity, "order_id,seller,buyer,ordered,line_number,item_id,qty\n");
	for (int order = 0; order < 2000; order++)
		for (int line = 1; line <= 1 + order % 3; line++)
			size += (size_t)snprintf(csv + size, capacity - size,
					"O-%d,acme,%s,2024-01-01T00:00:00Z,%d,nut,%d\n", order,
					order % 2 ? "bolts" : "rival", line, order + line);
	ck_assert_int_eq(network_import_csv(network, "order", schema, csv, 0, NULL), CSTN_OK);
	ck_assert_uint_eq(count_orders(network), 2000);
	network_scan_is(network, "order",
			&(cstn_scan_options){.struct_size = sizeof(cstn_scan_options),
					.flags = CSTN_SCAN_LINES,
					.columns = (const char *const[]){"order_id", "seller",
							"buyer", "ordered", "line_number",
							"item_id", "qty"},
					.n_columns = 7},
			csv);
	free(csv);
	cstn_network_unref(network);
}
END_TEST

/* One line of order first, then 17 orders of 65,536 lines each, then `last`. */
static cstn_status import_many(cstn_network *network, const char *last)
{
	static const char schema[] = "order_id text\nline_number int64\nqty int64\n";
	static const char *const constants[][2] = {{"seller", "acme"}, {"buyer", "bolts"},
			{"ordered", "2024-01-01T00:00:00Z"}, {"item_id", "nut"}};
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	size_t capacity = 17u * 65536u * 20u + 200, size;
	char *csv = malloc(capacity);
	cstn_binding *binding = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	ck_assert_ptr_nonnull(csv);
	size = (size_t)snprintf(csv, capacity, "order_id,line_number,qty\nfirst,1,5\n");
	for (int order = 10; order < 27; order++)
		for (int line = 1; line <= 65536; line++)
			size += (size_t)snprintf(
					csv + size, capacity - size, "%d,%d,7\n", order, line);
	snprintf(csv + size, capacity - size, "%s", last);
	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(cstn_binding_constant(
						 binding, constants[i][0], constants[i][1], NULL),
				CSTN_OK);
	options.binding = binding;
	options.recorded_us = 1;
	network_csv(schema, csv, &rows);
	status = cstn_network_import(network, "order", &rows, &options, NULL, NULL);
	cstn_binding_free(binding);
	free(csv);
	return status;
}

START_TEST(an_order_across_a_million_rows_keeps_all_its_lines)
{
	cstn_network *network = network_small();
	cstn_record *order;

	ck_assert_int_eq(import_many(network, ""), CSTN_OK);
	ck_assert_uint_eq(count_orders(network), 18);
	order = network_get(network, "order", "25");
	ck_assert_uint_eq(cstn_record_lines(order), 65536);
	ck_assert_int_eq(cstn_record_int(order, 65535, "line_number"), 65536);
	cstn_record_unref(order);
	cstn_network_unref(network);
}
END_TEST

START_TEST(lines_more_than_a_million_rows_apart_fail_the_import)
{
	cstn_network *network = network_small();

	ck_assert_int_eq(import_many(network, "first,2,5\n"), CSTN_E_NOT_CLUSTERED);
	ck_assert_uint_eq(count_orders(network), 0);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network_import");
	TCase *all = tcase_create("network_import");
	SRunner *runner;
	int failed;

	tcase_set_timeout(all, 120);
	tcase_add_test(all, good_rows_are_in);
	tcase_add_loop_test(all, a_bad_row_is_told_with_row_field_and_code_and_the_others_are_in, 0,
			(int)(sizeof(broken) / sizeof(broken[0])));
	tcase_add_test(all, a_gtin_needs_no_item);
	tcase_add_test(all, an_order_with_a_bad_line_is_left_out_whole);
	tcase_add_test(all, all_or_nothing_puts_nothing_when_a_row_is_bad);
	tcase_add_test(all, lines_of_an_order_may_stand_apart_in_a_batch);
	tcase_add_test(all, a_line_number_twice_is_told);
	tcase_add_test(all, lines_that_disagree_about_their_order_are_told);
	tcase_add_test(all, a_state_that_cannot_follow_is_told);
	tcase_add_test(all, a_partner_may_name_one_of_the_same_batch);
	tcase_add_test(all, a_partner_named_in_vain_takes_with_it_who_names_it);
	tcase_add_test(all, whole_numbers_are_ids);
	tcase_add_test(all, an_absent_required_column_is_a_schema_error);
	tcase_add_test(all, columns_of_personal_data_are_refused);
	tcase_add_test(all, an_unknown_noun_is_refused_and_the_stream_released);
	tcase_add_test(all, an_empty_stream_changes_nothing);
	tcase_add_test(all, the_same_event_again_is_no_change_and_another_is_a_conflict);
	tcase_add_test(all, the_same_interaction_again_is_no_change_though_its_customer_is_gone);
	tcase_add_test(all, a_text_that_no_row_gives_is_null_in_each);
	tcase_add_test(all, imported_contents_stay_within_the_open_quantity);
	tcase_add_test(all, two_thousand_orders_come_out_as_they_went_in);
	tcase_add_test(all, an_order_across_a_million_rows_keeps_all_its_lines);
	tcase_add_test(all, lines_more_than_a_million_rows_apart_fail_the_import);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
