/* What is given in return stands by the due rule of its term until somebody says how it stands, and
 * falls due again by it. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define MOST 1024

/* maker lets shop have order.qty in [100, 1000) for what `gives` says. */
static cstn_agreement *agreement_for(const agreement_world *world, const char *gives)
{
	char json[MOST];
	cstn_term_set *set;
	cstn_agreement *out;
	int n = snprintf(json, sizeof(json),
			"[{\"provider\":\"maker\",\"recipient\":\"shop\",\"constellation\":\"c1\","
			"\"effect\":\"permit\",\"fields\":[\"order.qty\"],\"purpose\":\"planning\","
			"\"actions\":[\"read\"],\"granularity\":{\"level\":\"raw\"},"
			"\"consideration\":[{%s}]}]",
			gives);

	ck_assert_int_lt(n, MOST);
	SHARING_OK(cstn_term_set_read(json, (size_t)n, CSTN_TERM_READ_LOOSE, NULL, &set, &error));
	out = sharing_signed(world, set);
	cstn_term_set_unref(set);
	return out;
}

static void put_current(cstn_network *network, const cstn_agreement *agreement, int64_t now_us)
{
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;
	cstn_transaction *transaction = network_begin(network);

	memcpy(given.agreement, cstn_agreement_digest(agreement), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(agreement), 0), given.term);
	given.state = CSTN_CONSIDERATION_CURRENT;
	SHARING_OK(cstn_transaction_put_consideration(
			transaction, "maker", &given, now_us, &error));
	network_commit(transaction);
}

#define MONEY "\"kind\":\"money\",\"amount_minor\":5,\"currency\":\"EUR\""

static const struct {
	const char *gives;
	int64_t put_us;                /* 0: nobody says anything */
	int64_t last_us, first_denied; /* permitted until then; denied from then on; 0: never */
} cases[] = {
		{MONEY ",\"due\":\"every\",\"due_us\":100,\"grace_us\":20", 0, 219, 220},
		{MONEY ",\"due\":\"every\",\"due_us\":100,\"grace_us\":20", 150, 219, 220},
		{MONEY ",\"due\":\"every\",\"due_us\":100,\"grace_us\":20", 200, 319, 320},
		{MONEY ",\"due\":\"every\",\"due_us\":100,\"grace_us\":20", 210, 319, 320},
		{MONEY ",\"due\":\"every\",\"due_us\":100", 510, 599, 600},
		{MONEY ",\"due\":\"after_start\",\"due_us\":70", 0, 169, 170},
		{MONEY ",\"due\":\"after_start\",\"due_us\":70", 160, 999, 0},
		{MONEY ",\"due\":\"at\",\"due_us\":400,\"grace_us\":7", 0, 406, 407},
		{MONEY ",\"due\":\"after_end\",\"due_us\":1", 0, 999, 0},
		{MONEY ",\"due\":\"every\",\"due_us\":100,\"gate\":\"advise\"", 0, 999, 0},
		{MONEY, 0, 0, 100},
		{MONEY, 150, 999, 0},
		{MONEY ",\"due\":\"after_release\",\"due_us\":5", 0, 0, 100},
};

START_TEST(what_is_given_in_return_falls_due_by_its_rule)
{
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement;

	agreement_world_open(&world);
	network = sharing_network(&world);
	agreement = agreement_for(&world, cases[_i].gives);
	sharing_put_agreement(network, "maker", agreement, 100);
	if (cases[_i].put_us)
		put_current(network, agreement, cases[_i].put_us);
	if (cases[_i].last_us)
		ck_assert_int_eq(sharing_reason_now(
						 network, "maker", "shop", NULL, cases[_i].last_us),
				CSTN_DECISION_PERMIT);
	if (cases[_i].first_denied)
		ck_assert_int_eq(sharing_reason_now(network, "maker", "shop", NULL,
						 cases[_i].first_denied),
				CSTN_DECISION_CONSIDERATION);
	cstn_agreement_unref(agreement);
	cstn_network_unref(network);
	agreement_world_close(&world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("what is given in return");
	TCase *tests = tcase_create("what is given in return");

	tcase_add_loop_test(tests, what_is_given_in_return_falls_due_by_its_rule, 0,
			sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
