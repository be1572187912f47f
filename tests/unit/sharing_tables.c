/* Tables of what a network keeps of sharing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing/sharing_rows.h"
#include "sharing_network.h"
#include "suite.h"

/* 64 digits of a byte, as CSV has them. */
static const char *digits(uint8_t byte, char room[65])
{
	uint8_t bytes[32];

	memset(bytes, byte, 32);
	cstn__sharing_hex(bytes, room);
	return room;
}

static const char *digest_of(const cstn_agreement *agreement, char room[65])
{
	cstn__sharing_hex(cstn_agreement_digest(agreement), room);
	return room;
}

static void table_is(cstn_network *network, int32_t what, int64_t now_us, const char *wanted)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	cstn_buffer *csv;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, what, now_us, &stream, &error));
	cstn_snapshot_unref(snapshot);
	csv = network_to_csv(&stream);
	ck_assert_str_eq((const char *)cstn_buffer_data(csv), wanted);
	cstn_buffer_free(csv);
}

static const struct {
	int32_t what;
	const char *header;
} headers[] = {
		{CSTN_SHARING_AGREEMENTS,
				"agreement,constellation,provider,recipient,state,decides,cause,"
				"made,"
				"valid_from,valid_until,effective,ended,transitions,terms,parent,"
				"predecessor\n"},
		{CSTN_SHARING_USAGE, "agreement,term,at,calls,rows,rows_in_all,nano_epsilon\n"},
		{CSTN_SHARING_DUTIES,
				"agreement,term,release,index,action,state,deadline,consequence\n"},
		{CSTN_SHARING_CONSIDERATIONS, "agreement,term,index,state,due\n"},
		{CSTN_SHARING_DELIVERIES, "constellation,provider,recipient,class,at\n"},
		{CSTN_SHARING_RELEASES, "release,constellation,provider,recipient,state,at,opening,"
					"reserved_rows,rows,batches,decision\n"},
		{CSTN_SHARING_OVERRIDES,
				"override,constellation,provider,recipient,field,level,from,until,"
				"holds\n"},
		{CSTN_SHARING_RECEIPTS, "receipt,agreement,release,party,kind,at\n"},
		{CSTN_SHARING_CONFLICT_SETS, "constellation,set,party\n"},
};

START_TEST(tables_of_an_empty_network_have_their_columns)
{
	cstn_network *network = network_small();
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		table_is(network, headers[i].what, 0, headers[i].header);
	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "table 10",
			cstn_sharing_table(snapshot, 10, 0, &stream, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "table 0",
			cstn_sharing_table(snapshot, 0, 0, &stream, &error));
	ck_assert_int_eq(cstn_sharing_table(NULL, 1, 0, &stream, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_sharing_table(snapshot, 1, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(agreements_are_told_as_they_stand)
{
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement, *child;
	char of[65], from[65], wanted[1500];

	agreement_world_open(&world);
	network = sharing_network(&world);
	agreement = sharing_agreement(&world, "maker", "shop", 1, NULL);
	child = sharing_agreement(&world, "shop", "third", 0, agreement);
	sharing_put_agreement(network, "maker", agreement, 150);
	sharing_put_agreement(network, "shop", child, 150);
	agreement = agreement_do(&world, agreement,
			agreement_act(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_PROVIDER,
					CSTN_CAUSE_DISPUTE, 160));
	sharing_put_agreement(network, "maker", agreement, 160);
	snprintf(wanted, sizeof(wanted),
			"%s%s,c1,maker,shop,SUSPENDED,false,dispute,1970-01-01T00:00:00.000010Z,"
			"1970-01-01T00:00:00.000100Z,1970-01-01T00:00:00.001000Z,,,1,1,,\n"
			"%s,c1,shop,third,SUSPENDED,false,condition_unknown,"
			"1970-01-01T00:00:00.000010Z,1970-01-01T00:00:00.000100Z,"
			"1970-01-01T00:00:00.001000Z,,,0,1,%s,\n",
			headers[0].header, digest_of(agreement, from), digest_of(child, of),
			digest_of(agreement, from));
	table_is(network, CSTN_SHARING_AGREEMENTS, 200, wanted);
	cstn_agreement_unref(child);
	cstn_agreement_unref(agreement);
	cstn_network_unref(network);
	agreement_world_close(&world);
}
END_TEST

START_TEST(rows_of_releases_are_told)
{
	cstn_network *network = network_small();
	char a[65], b[65], c[65], wanted[600];

	sharing_put_release_rows(network);
	snprintf(wanted, sizeof(wanted), "%s%s,%s,1970-01-01T00:00:00.000010Z,1,20,20,0\n",
			headers[1].header, digits(1, a), digits(2, b));
	table_is(network, CSTN_SHARING_USAGE, 0, wanted);
	snprintf(wanted, sizeof(wanted),
			"%s%s,%s,%s,,delete,pending,1970-01-01T00:00:00.000300Z,0\n",
			headers[2].header, a, b, digits(3, c));
	table_is(network, CSTN_SHARING_DUTIES, 299, wanted);
	snprintf(wanted, sizeof(wanted),
			"%s%s,%s,%s,,delete,violated,1970-01-01T00:00:00.000300Z,0\n",
			headers[2].header, a, b, c);
	table_is(network, CSTN_SHARING_DUTIES, 300, wanted);
	snprintf(wanted, sizeof(wanted),
			"%s%s,c1,acme,bolts,open,1970-01-01T00:00:00.000020Z,0,,0,0,%s\n",
			headers[5].header, c, digits(4, a));
	table_is(network, CSTN_SHARING_RELEASES, 0, wanted);
	snprintf(wanted, sizeof(wanted),
			"%sc1,acme,bolts,quasi_identifier,1970-01-01T00:00:00.000030Z\n",
			headers[4].header);
	table_is(network, CSTN_SHARING_DELIVERIES, 0, wanted);
	cstn_network_unref(network);
}
END_TEST

/* Rows without the digests, which come first. */
static void parts_are_told(cstn_network *network)
{
	static const struct {
		int32_t what;
		int64_t now_us;
		const char *part;
	} parts[] = {{CSTN_SHARING_OVERRIDES, 100,
				     ",c1,maker,shop,order.qty,raw,1970-01-01T00:00:00.000100Z,"
				     "1970-01-01T00:00:00.000900Z,true\n"},
			{CSTN_SHARING_OVERRIDES, 900, ",false\n"},
			{CSTN_SHARING_OVERRIDES, 99, ",false\n"},
			{CSTN_SHARING_RECEIPTS, 0, ",shop,deleted,1970-01-01T00:00:00.000140Z\n"},
			{CSTN_SHARING_CONSIDERATIONS, 0, ",0,due,\n"}};
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	cstn_buffer *csv;

	SHARING_OK(cstn_network_snapshot(network, &snapshot, &error));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		SHARING_OK(cstn_sharing_table(
				snapshot, parts[i].what, parts[i].now_us, &stream, &error));
		csv = network_to_csv(&stream);
		ck_assert_msg(strstr((const char *)cstn_buffer_data(csv), parts[i].part) != NULL,
				"%s", (const char *)cstn_buffer_data(csv));
		cstn_buffer_free(csv);
	}
	cstn_snapshot_unref(snapshot);
}

START_TEST(what_parties_recorded_is_told)
{
	static const char *const rivals[] = {"maker", "third"};
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;
	agreement_world world;
	cstn_transaction *transaction;
	cstn_agreement *agreement;
	cstn_network *network;
	uint8_t release[32];
	char wanted[900], *note, *receipt;

	agreement_world_open(&world);
	network = sharing_network(&world);
	agreement = sharing_one_term(&world, CSTN_LEVEL_EXISTENCE, "forecasts");
	memset(release, 3, 32);
	note = sharing_override_note("shop", 11, 12);
	receipt = sharing_receipt_note(
			&world, agreement, release, CSTN_RECEIPT_DELETED, "shop", 140);
	memcpy(given.agreement, cstn_agreement_digest(agreement), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(agreement), 0), given.term);
	given.state = CSTN_CONSIDERATION_DUE;
	transaction = network_begin(network);
	SHARING_OK(cstn_transaction_put_agreement(
			transaction, "maker", agreement, NULL, 150, &error));
	SHARING_OK(cstn_transaction_put_override(transaction, note, strlen(note), 150, &error));
	SHARING_OK(cstn_transaction_put_receipt(
			transaction, receipt, strlen(receipt), 150, &error));
	SHARING_OK(cstn_transaction_put_consideration(transaction, "maker", &given, 150, &error));
	SHARING_OK(cstn_transaction_put_conflict_set(
			transaction, "c1", "s", rivals, 2, 150, &error));
	network_commit(transaction);
	snprintf(wanted, sizeof(wanted), "%sc1,s,maker\nc1,s,third\n", headers[8].header);
	table_is(network, CSTN_SHARING_CONFLICT_SETS, 0, wanted);
	parts_are_told(network);
	free(note);
	free(receipt);
	cstn_agreement_unref(agreement);
	cstn_network_unref(network);
	agreement_world_close(&world);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {tables_of_an_empty_network_have_their_columns,
			agreements_are_told_as_they_stand, rows_of_releases_are_told,
			what_parties_recorded_is_told};

	return run_tests("tables of sharing", tests, sizeof(tests) / sizeof(tests[0]));
}
