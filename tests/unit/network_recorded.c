/* What is recorded of one key goes forward in time, so that reads as of a time are exact. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

static cstn_record *item(const char *recorded, const char *name)
{
	char time[60] = "recorded=", named[60] = "name=";

	strcat(time, recorded);
	strcat(named, name);
	return network_record("item", "item_id=x", "owner=acme", time, named, NULL);
}

static cstn_status delete_item(cstn_network *network, const char *recorded, const char *part)
{
	const char *const key[] = {"x", "acme"};
	cstn_transaction *transaction = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	status = cstn_transaction_delete(transaction, "item", key, 2, network_us(recorded), &error);
	if (part)
		ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
				cstn_error_message(error));
	if (status == CSTN_OK)
		ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_error_free(error);
	cstn_transaction_free(transaction);
	return status;
}

/* The name of the item as of a time; "" if there is none. */
static void name_is(cstn_network *network, const char *as_of, const char *expected)
{
	const char *const key[] = {"x", "acme"};
	cstn_snapshot *snapshot = NULL;
	cstn_record *record = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	if (cstn_snapshot_get(snapshot, "item", key, 2, network_us(as_of), &record, NULL) ==
			CSTN_OK)
		ck_assert_str_eq(cstn_record_text(record, CSTN_NO_LINE, "name", NULL), expected);
	else
		ck_assert_str_eq("", expected);
	cstn_record_unref(record);
	cstn_snapshot_unref(snapshot);
}

START_TEST(a_version_recorded_before_the_one_it_replaces_is_refused_with_both_times)
{
	cstn_network *network = network_small();

	network_put_ok(network, item("2024-03-02", "first"));
	ck_assert_int_eq(network_put(network, item("2024-03-01T23:59:59.999999Z", "second"),
					 "2024-03-01T23:59:59.999999Z, after "
					 "2024-03-02T00:00:00Z had been recorded"),
			CSTN_E_STATE);
	name_is(network, "2024-03-02", "first");
	network_put_ok(network, item("2024-03-02", "same time"));
	network_put_ok(network, item("2024-03-02T00:00:00.000001Z", "later"));
	name_is(network, "2024-03-02", "same time");
	name_is(network, "2024-04-01", "later");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_deletion_before_the_last_version_is_refused_and_at_its_time_is_not)
{
	cstn_network *network = network_small();

	network_put_ok(network, item("2024-03-02", "first"));
	ck_assert_int_eq(delete_item(network, "2024-03-01",
					 "2024-03-01T00:00:00Z, after 2024-03-02T00:00:00Z"),
			CSTN_E_STATE);
	name_is(network, "2024-03-02", "first");
	ck_assert_int_eq(delete_item(network, "2024-03-02", NULL), CSTN_OK);
	name_is(network, "2024-03-02", "");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_record_that_was_deleted_comes_back_no_earlier_than_it_went)
{
	cstn_network *network = network_small();

	network_put_ok(network, item("2024-03-02", "first"));
	ck_assert_int_eq(delete_item(network, "2024-03-05", NULL), CSTN_OK);
	ck_assert_int_eq(network_put(network, item("2024-03-04", "again"),
					 "after 2024-03-05T00:00:00Z had been recorded"),
			CSTN_E_STATE);
	/* Before it ever was, too: as of 2024-03-03 there would be two. */
	ck_assert_int_eq(network_put(network, item("2024-03-01", "again"), NULL), CSTN_E_STATE);
	network_put_ok(network, item("2024-03-05", "again"));
	name_is(network, "2024-03-03", "first");
	name_is(network, "2024-03-05", "again");
	cstn_network_unref(network);
}
END_TEST

START_TEST(inside_one_transaction_time_goes_forward_too)
{
	cstn_network *network = network_small();
	const char *const key[] = {"x", "acme"};
	cstn_record *early = item("2024-03-01", "early"), *late = item("2024-03-02", "late");
	cstn_transaction *transaction = NULL;

	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, late, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, early, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "item", key, 2,
					 network_us("2024-03-03"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_put(transaction, late, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	cstn_record_unref(early);
	cstn_record_unref(late);
	cstn_network_unref(network);
}
END_TEST

#define ORDERS                                                                                  \
	"order_id text\norder_recorded timestamp\nseller text\nbuyer text\nordered timestamp\n" \
	"line_number int64\nitem_id text\nqty int64\n"
#define ORDER(id, recorded)                                                          \
	id "," recorded ",acme,bolts,2024-01-01T00:00:00Z,1,nut,5\n" id "," recorded \
	   ",acme,bolts,2024-01-01T00:00:00Z,2,nut,5\n"
#define HEAD "order_id,order_recorded,seller,buyer,ordered,line_number,item_id,qty\n"

static size_t bad_rows(cstn_network *network, const char *noun, const char *schema, const char *csv,
		uint64_t *row)
{
	cstn_row_errors *bad = NULL;
	cstn_row_error first = {0, 0, 0};
	cstn_status status = network_import_csv(network, noun, schema, csv, 0, &bad);
	size_t n = cstn_row_errors_count(bad);

	ck_assert_int_eq(status, n ? CSTN_E_ROWS : CSTN_OK);
	if (n) {
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
		ck_assert_int_eq(first.code, CSTN_ROW_ORDER);
		*row = first.row;
	}
	cstn_row_errors_free(bad);
	return n;
}

START_TEST(an_import_leaves_out_what_goes_back_and_takes_the_rest)
{
	cstn_network *network = network_small();
	cstn_record *record;
	uint64_t row = 99;

	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-02T00:00:00Z")
							  ORDER("B", "2024-03-02T00:00:00Z"),
					  &row),
			0);
	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-02T00:00:00Z") ORDER(
							  "B", "2024-03-01T00:00:00Z")
							  ORDER("C", "2024-02-01T00:00:00Z"),
					  &row),
			1);
	ck_assert_uint_eq(row, 2);
	record = network_get(network, "order", "C"); /* a new key may be of any time */
	cstn_record_unref(record);
	/* Later than all: not even looked up, and put. */
	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-03T00:00:00Z")
							  ORDER("B", "2024-03-03T00:00:00Z"),
					  &row),
			0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_import_knows_of_deletions)
{
	cstn_network *network = network_small();
	const char *const key[] = {"A"};
	cstn_transaction *transaction = NULL;
	uint64_t row = 99;

	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-02T00:00:00Z"), &row),
			0);
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "order", key, 1,
					 network_us("2024-03-09"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-08T00:00:00Z"), &row),
			1);
	ck_assert_uint_eq(row, 0);
	ck_assert_uint_eq(bad_rows(network, "order", ORDERS,
					  HEAD ORDER("A", "2024-03-09T00:00:00Z"), &row),
			0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(of_rows_with_one_key_in_one_import_none_goes_back)
{
	static const char schema[] = "item_id text\nowner text\nrecorded timestamp\nname text\n"
				     "unit text\nquantity_exponent int64\n";
	cstn_network *network = network_small();
	uint64_t row = 99;

	ck_assert_uint_eq(bad_rows(network, "item", schema,
					  "item_id,owner,recorded,name,unit,quantity_exponent\n"
					  "x,acme,2024-03-02T00:00:00Z,a,H87,0\n"
					  "x,acme,2024-03-01T00:00:00Z,b,H87,0\n"
					  "y,acme,2024-03-01T00:00:00Z,c,H87,0\n"
					  "x,acme,2024-03-03T00:00:00Z,d,H87,0\n",
					  &row),
			1);
	ck_assert_uint_eq(row, 1);
	name_is(network, "2024-03-02", "a");
	name_is(network, "2024-03-03", "d");
	cstn_network_unref(network);
}
END_TEST

static void reopened(cstn_network **network, const char *folder)
{
	ck_assert_int_eq(cstn_network_close(*network, NULL), CSTN_OK);
	cstn_network_unref(*network);
	ck_assert_int_eq(cstn_network_open(folder, NULL, NULL, network, NULL), CSTN_OK);
}

START_TEST(times_of_keys_in_segments_are_known_too)
{
	char top[] = "/tmp/network_recorded_XXXXXX", folder[80], command[120];
	cstn_network *network = NULL;

	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(folder, sizeof(folder), "%s/net", top);
	ck_assert_int_eq(cstn_network_open(folder, NULL, NULL, &network, NULL), CSTN_OK);
	network_put_ok(network, network_record("partner", "partner_id=acme", "name=Acme",
						"role=supplier", "country=DE", NULL));
	network_put_ok(network, item("2024-03-02", "first"));
	reopened(&network, folder);
	ck_assert_int_eq(network_put(network, item("2024-03-01", "back"), NULL), CSTN_E_STATE);
	ck_assert_int_eq(delete_item(network, "2024-03-05", NULL), CSTN_OK);
	reopened(&network, folder);
	ck_assert_int_eq(network_put(network, item("2024-03-04", "back"),
					 "after 2024-03-05T00:00:00Z"),
			CSTN_E_STATE);
	network_put_ok(network, item("2024-03-05", "again"));
	cstn_network_unref(network);
	snprintf(command, sizeof(command), "rm -r '%s'", top);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_version_recorded_before_the_one_it_replaces_is_refused_with_both_times,
			a_deletion_before_the_last_version_is_refused_and_at_its_time_is_not,
			a_record_that_was_deleted_comes_back_no_earlier_than_it_went,
			inside_one_transaction_time_goes_forward_too,
			an_import_leaves_out_what_goes_back_and_takes_the_rest,
			an_import_knows_of_deletions,
			of_rows_with_one_key_in_one_import_none_goes_back,
			times_of_keys_in_segments_are_known_too,
	};

	return run_tests("network_recorded", tests, sizeof(tests) / sizeof(tests[0]));
}
