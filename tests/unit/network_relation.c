/* Relations: every pair of declarations, their times, dual pairs. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

static void declare(cstn_network *network, const char *who, const char *whom, const char *where,
		const char *what, const char *from, const char *until)
{
	char fields[6][64];

	snprintf(fields[0], 64, "declarer_id=%s", who);
	snprintf(fields[1], 64, "other_id=%s", whom);
	snprintf(fields[2], 64, "constellation_id=%s", where);
	snprintf(fields[3], 64, "relation=%s", what);
	snprintf(fields[4], 64, "from=%s", from ? from : "2020-01-01");
	snprintf(fields[5], 64, "until=%s", until ? until : "9999-01-01");
	network_put_ok(network, network_record("relation", fields[0], fields[1], fields[2],
						fields[3], fields[4], fields[5], NULL));
}

static int32_t relation_at(cstn_network *network, const char *a, const char *b, const char *where,
		int64_t now_us)
{
	cstn_snapshot *snapshot = NULL;
	int32_t relation = -1;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_relation(snapshot, a, b, where, now_us, &relation, NULL),
			CSTN_OK);
	cstn_snapshot_unref(snapshot);
	return relation;
}

/* NULL: that side declares nothing. */
static const struct {
	const char *a, *b;
	int32_t expected;
} pairs[] = {
		{NULL, NULL, CSTN_RELATION_UNDECLARED},
		{"partner", NULL, CSTN_RELATION_UNDECLARED},
		{"neutral", NULL, CSTN_RELATION_UNDECLARED},
		{"competitor", NULL, CSTN_RELATION_COMPETITOR},
		{"partner", "partner", CSTN_RELATION_PARTNER},
		{"partner", "neutral", CSTN_RELATION_NEUTRAL},
		{"neutral", "neutral", CSTN_RELATION_NEUTRAL},
		{"partner", "competitor", CSTN_RELATION_COMPETITOR},
		{"neutral", "competitor", CSTN_RELATION_COMPETITOR},
		{"competitor", "competitor", CSTN_RELATION_COMPETITOR},
};

START_TEST(both_declarations_make_the_effective_relation)
{
	cstn_network *network = network_small();
	int64_t now = network_us("2024-01-01");

	if (pairs[_i].a)
		declare(network, "acme", "bolts", "c1", pairs[_i].a, NULL, NULL);
	if (pairs[_i].b)
		declare(network, "bolts", "acme", "c1", pairs[_i].b, NULL, NULL);
	ck_assert_int_eq(relation_at(network, "acme", "bolts", "c1", now), pairs[_i].expected);
	ck_assert_int_eq(relation_at(network, "bolts", "acme", "c1", now), pairs[_i].expected);
	ck_assert_int_eq(
			relation_at(network, "acme", "bolts", "c2", now), CSTN_RELATION_UNDECLARED);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_declaration_holds_from_its_start_to_before_its_end)
{
	cstn_network *network = network_small();
	int64_t from = network_us("2024-01-01"), until = network_us("2024-02-01");

	declare(network, "acme", "bolts", "c1", "competitor", "2024-01-01", "2024-02-01");
	ck_assert_int_eq(relation_at(network, "acme", "bolts", "c1", from - 1),
			CSTN_RELATION_UNDECLARED);
	ck_assert_int_eq(relation_at(network, "acme", "bolts", "c1", from),
			CSTN_RELATION_COMPETITOR);
	ck_assert_int_eq(relation_at(network, "acme", "bolts", "c1", until - 1),
			CSTN_RELATION_COMPETITOR);
	ck_assert_int_eq(relation_at(network, "acme", "bolts", "c1", until),
			CSTN_RELATION_UNDECLARED);
	cstn_network_unref(network);
}
END_TEST

static void duals_are(cstn_network *network, int64_t now_us, const char *expected)
{
	struct ArrowArrayStream rows;
	cstn_buffer *csv;

	ck_assert_int_eq(cstn_network_scan_dual_pairs(network, now_us, &rows, NULL), CSTN_OK);
	csv = network_to_csv(&rows);
	ck_assert_str_eq((const char *)cstn_buffer_data(csv), expected);
	cstn_buffer_free(csv);
}

START_TEST(a_dual_pair_is_partner_here_and_competitor_there)
{
	cstn_network *network = network_small();

	declare(network, "bolts", "acme", "c1", "partner", NULL, NULL);
	declare(network, "acme", "bolts", "c1", "partner", NULL, NULL);
	duals_are(network, network_us("2024-01-01"), "a,b,partner_in,competitor_in\n");
	declare(network, "bolts", "acme", "c2", "competitor", "2024-01-01", NULL);
	declare(network, "rival", "acme", "c2", "competitor", NULL, NULL);
	duals_are(network, network_us("2024-01-01"),
			"a,b,partner_in,competitor_in\nacme,bolts,c1,c2\n");
	duals_are(network, network_us("2024-01-01") - 1, "a,b,partner_in,competitor_in\n");
	cstn_network_unref(network);
}
END_TEST

START_TEST(nobody_has_a_relation_to_itself)
{
	cstn_network *network = network_small();
	cstn_snapshot *snapshot = NULL;
	int32_t relation = -1;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_relation(snapshot, "acme", "acme", "c1", 0, &relation, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_snapshot_relation(snapshot, "acme", "", "c1", 0, &relation, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(relation, -1);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(relations_have_names)
{
	ck_assert_str_eq(cstn_relation_name(CSTN_RELATION_UNDECLARED), "undeclared");
	ck_assert_str_eq(cstn_relation_name(CSTN_RELATION_COMPETITOR), "competitor");
	ck_assert_str_eq(cstn_relation_name(4), "");
	ck_assert_str_eq(cstn_relation_name(-1), "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network_relation");
	TCase *all = tcase_create("network_relation");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(all, both_declarations_make_the_effective_relation, 0,
			(int)(sizeof(pairs) / sizeof(pairs[0])));
	tcase_add_test(all, a_declaration_holds_from_its_start_to_before_its_end);
	tcase_add_test(all, a_dual_pair_is_partner_here_and_competitor_there);
	tcase_add_test(all, nobody_has_a_relation_to_itself);
	tcase_add_test(all, relations_have_names);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
