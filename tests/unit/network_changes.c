/* The change feed: puts, versions, deletions, records that come back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

static uint64_t changes_are(cstn_network *network, uint64_t since, const char *expected)
{
	struct ArrowArrayStream rows;
	cstn_buffer *csv;
	uint64_t last = 0;

	ck_assert_int_eq(cstn_network_changes(network, since, &rows, &last, NULL), CSTN_OK);
	csv = network_to_csv(&rows);
	if (expected)
		ck_assert_str_eq((const char *)cstn_buffer_data(csv), expected);
	cstn_buffer_free(csv);
	return last;
}

#define HEADER "seq,noun,change,key,key_2,key_3,key_4,key_5,key_6,recorded\n"

START_TEST(puts_and_deletions_come_in_the_order_of_transactions)
{
	cstn_network *network = network_small();
	const char *const key[] = {"rival"};
	cstn_transaction *transaction = NULL;
	char expected[400];
	uint64_t since = changes_are(network, 0, NULL), last;

	network_put_ok(network, network_record("item", "item_id=x", "owner=acme", NULL));
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "partner", key, 1,
					 network_us("2024-05-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	network_put_ok(network, network_record("membership", "partner_id=acme",
						"constellation_id=c1", NULL));
	snprintf(expected, sizeof(expected),
			HEADER "%" PRIu64 ",item,put,x,acme,,,,,2024-01-01T00:00:00Z\n"
			       "%" PRIu64 ",partner,delete,rival,,,,,,2024-05-01T00:00:00Z\n"
			       "%" PRIu64 ",membership,put,acme,c1,,,,,2024-01-01T00:00:00Z\n",
			since + 1, since + 2, since + 3);
	last = changes_are(network, since, expected);
	ck_assert_uint_eq(last, since + 3);
	changes_are(network, last, HEADER);
	cstn_network_unref(network);
}
END_TEST

START_TEST(the_last_change_of_a_record_counts)
{
	cstn_network *network = network_small();
	const char *const key[] = {"x", "acme"};
	cstn_transaction *transaction = NULL;
	char expected[300];
	uint64_t since = changes_are(network, 0, NULL);

	network_put_ok(network, network_record("item", "item_id=x", "owner=acme", NULL));
	ck_assert_int_eq(cstn_transaction_begin(network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_transaction_delete(transaction, "item", key, 2,
					 network_us("2024-01-01"), NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
	snprintf(expected, sizeof(expected),
			HEADER "%" PRIu64 ",item,delete,x,acme,,,,,2024-01-01T00:00:00Z\n",
			since + 2);
	changes_are(network, since, expected);
	network_put_ok(network, network_record("item", "item_id=x", "owner=acme", NULL));
	snprintf(expected, sizeof(expected),
			HEADER "%" PRIu64 ",item,put,x,acme,,,,,2024-01-01T00:00:00Z\n", since + 3);
	changes_are(network, since, expected);
	cstn_network_unref(network);
}
END_TEST

START_TEST(totals_of_order_lines_are_no_change_of_anybodys)
{
	cstn_network *network = network_small();
	uint64_t since;
	char expected[300];

	network_put_ok(network, network_order("A", "10", "placed"));
	since = changes_are(network, 0, NULL);
	network_put_ok(network, network_record("shipment", "shipment_id=S", "from_location=dc",
						"to_location=shop", "+", "order_id=A",
						"line_number=1", "qty=1", NULL));
	snprintf(expected, sizeof(expected),
			HEADER "%" PRIu64 ",shipment,put,S,\"\",,,,,2024-01-01T00:00:00Z\n",
			since + 1);
	changes_are(network, since, expected);
	cstn_network_unref(network);
}
END_TEST

START_TEST(no_sequence_number_is_that_large)
{
	cstn_network *network = network_small();
	struct ArrowArrayStream rows;

	ck_assert_int_eq(cstn_network_changes(network, UINT64_MAX, &rows, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {puts_and_deletions_come_in_the_order_of_transactions,
			the_last_change_of_a_record_counts,
			totals_of_order_lines_are_no_change_of_anybodys,
			no_sequence_number_is_that_large};

	return run_tests("network_changes", tests, sizeof(tests) / sizeof(tests[0]));
}
