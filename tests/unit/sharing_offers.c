/* Agreements whose terms could not have been offered are not put into a network, whoever signed. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define NOW 200
#define MOST 2048

/* maker lets shop read a field raw for planning in c1: these members, and what a case adds. */
#define MEMBERS                                                                              \
	"\"provider\":\"maker\",\"recipient\":\"shop\",\"constellation\":\"c1\",\"effect\":" \
	"\"permit\""
#define RAW ",\"granularity\":{\"level\":\"raw\"}"
#define GIFT ",\"consideration\":[{\"kind\":\"explicit_none\"}]"
#define FIELD ",\"fields\":[\"order.qty\"]"
#define PRICE ",\"fields\":[\"order.price\"]"
#define PLANNING ",\"purpose\":\"planning\""
#define READ ",\"actions\":[\"read\"]"
#define NEVER                                                                                      \
	",\"constraint\":{\"and\":[{\"operand\":\"rows\",\"operator\":\"lt\",\"type\":\"int64\","  \
	"\"value\":5},{\"operand\":\"rows\",\"operator\":\"gt\",\"type\":\"int64\",\"value\":10}]" \
	"}"

static cstn_term_set *set_of(const char *more)
{
	char json[MOST];
	cstn_term_set *set;
	int n = snprintf(json, sizeof(json), "[{" MEMBERS RAW "%s}]", more);

	ck_assert_int_lt(n, MOST);
	SHARING_OK(cstn_term_set_read(json, (size_t)n, CSTN_TERM_READ_LOOSE, NULL, &set, &error));
	return set;
}

static cstn_status put(cstn_network *network, const agreement_world *world, const char *more,
		const char *words)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_term_set *set = set_of(more);
	cstn_agreement *agreement = sharing_signed(world, set);
	cstn_error *error = NULL;
	cstn_status status = cstn_transaction_put_agreement(
			transaction, "maker", agreement, NULL, NOW, &error);

	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	ck_assert_uint_eq(cstn_transaction_rows(transaction) != 0, status == CSTN_OK);
	network_commit(transaction);
	cstn_agreement_unref(agreement);
	cstn_term_set_unref(set);
	return status;
}

/* What a term says; words of why not, NULL: it is put. */
static const struct {
	const char *more, *words;
} offers[] = {
		{GIFT FIELD PLANNING READ, NULL},
		{GIFT FIELD PLANNING READ
				",\"duties\":[{\"phase\":\"after\",\"action\":\"dance\"}]",
				NULL},
		{FIELD PLANNING READ, "term 0, consideration: consideration '' is missing"},
		{GIFT FIELD PLANNING ",\"actions\":[\"read\",\"sell\"]",
				"onward: actions 'sell' passes data on"},
		{GIFT FIELD PLANNING READ ",\"valid_from_us\":7,\"valid_until_us\":7",
				"the window is empty"},
		{GIFT FIELD PLANNING READ NEVER, "can be satisfied by no request"},
		{GIFT PLANNING READ ",\"fields\":[\"order.colour\"]",
				"fields: path 'order.colour' is no path"},
		{GIFT FIELD READ ",\"purpose\":\"fun\"", "purpose: purpose 'fun' is no purpose"},
};

START_TEST(terms_that_could_not_be_offered_are_not_put)
{
	agreement_world world;
	cstn_network *network;

	agreement_world_open(&world);
	network = sharing_network(&world);
	ck_assert_int_eq(put(network, &world, offers[_i].more,
					 offers[_i].words ? offers[_i].words : ""),
			offers[_i].words ? CSTN_E_UNEVALUABLE : CSTN_OK);
	ck_assert_uint_eq(sharing_count_entries(network, "maker", "agreement"), !offers[_i].words);
	cstn_network_unref(network);
	agreement_world_close(&world);
}
END_TEST

static void declare(
		cstn_network *network, const char *declarer, const char *other, const char *until)
{
	char from[32], to[32], end[40];

	snprintf(from, sizeof(from), "declarer_id=%s", declarer);
	snprintf(to, sizeof(to), "other_id=%s", other);
	snprintf(end, sizeof(end), "until=%s", until);
	network_put_ok(network,
			network_record("relation", from, to, "constellation_id=c2",
					"relation=competitor", "from=1960-01-01", end, NULL));
}

/* Who says that they compete in c2, until when; is what is competitive refused in c1? */
static const struct {
	const char *declarer, *until;
	int is_refused;
} elsewhere[] = {
		{NULL, NULL, 0}, {"maker", "1990-01-01", 1}, {"shop", "1990-01-01", 1},
		{"shop", "1965-01-01", 0}, /* they did */
};

START_TEST(who_competes_elsewhere_acknowledges_that_for_what_is_competitive)
{
	const char *declarer = elsewhere[_i].declarer;
	agreement_world world;
	cstn_network *network;

	agreement_world_open(&world);
	network = sharing_network(&world);
	network_put_ok(network, network_record("field_class", "constellation_id=c1",
						"path=order.price", "classes=4", NULL));
	network_put_ok(network, network_record("constellation", "constellation_id=c2",
						"owner_id=maker", NULL));
	if (declarer)
		declare(network, declarer, strcmp(declarer, "maker") == 0 ? "shop" : "maker",
				elsewhere[_i].until);
	ck_assert_int_eq(put(network, &world, GIFT PRICE PLANNING READ,
					 elsewhere[_i].is_refused ? "dual_pair_acknowledged" : ""),
			elsewhere[_i].is_refused ? CSTN_E_UNEVALUABLE : CSTN_OK);
	ck_assert_int_eq(
			put(network, &world,
					GIFT PRICE PLANNING READ ",\"dual_pair_acknowledged\":true",
					""),
			CSTN_OK);
	cstn_network_unref(network);
	agreement_world_close(&world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("offers that are put");
	TCase *tests = tcase_create("offers that are put");

	tcase_add_loop_test(tests, terms_that_could_not_be_offered_are_not_put, 0,
			sizeof(offers) / sizeof(offers[0]));
	tcase_add_loop_test(tests, who_competes_elsewhere_acknowledges_that_for_what_is_competitive,
			0, sizeof(elsewhere) / sizeof(elsewhere[0]));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
