/* Denials for reasons that lie in agreements, duties and relations: to who asked they are all the
 * same, and why stands in the provider's private log alone. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "release_world.h"
#include "sharing/sharing_rows.h"
#include "suite.h"

static const char *const price[] = {"order.price", NULL}, *const ill[] = {"customer.ill", NULL};

/* A network, and what is asked of it. */
typedef struct scene {
	cstn_network *network;
	cstn_request_options asks;
} scene;

static void agree(scene *at, cstn_term_builder *builder, uint8_t digest[32])
{
	cstn_term *term = release_term_end(builder);

	release_agree(at->network, "shop", &term, 1, digest);
}

static cstn_term_builder *raw(const char *const *paths)
{
	return release_term("shop", CSTN_LEVEL_RAW, paths);
}

static void compete(scene *at)
{
	agree(at, raw(price), NULL);
	network_put_ok(at->network,
			network_record("relation", "declarer_id=shop", "other_id=maker",
					"constellation_id=c1", "relation=competitor", NULL));
	at->asks = release_asks(CSTN_LEVEL_RAW, price);
}

static void wall(scene *at)
{
	static const char *const rivals[] = {"maker", "rival"};
	cstn_transaction *transaction;

	agree(at, raw(release_fields), NULL);
	network_put_ok(at->network, network_record("sharing_policy", "constellation_id=c1",
						    "wall_us=864000000000", NULL));
	transaction = network_begin(at->network);
	SHARING_OK(cstn_transaction_put_conflict_set(
			transaction, "c1", "makers", rivals, 2, RELEASE_NOW - 9, &error));
	SHARING_OK(cstn__sharing_delivery_put(transaction, "c1", "rival", "shop",
			CSTN_CLASS_OPERATIONAL | CSTN_CLASS_PUBLIC, RELEASE_NOW - 9, &error));
	network_commit(transaction);
}

static void too_fine(scene *at)
{
	agree(at, raw(ill), NULL);
	at->asks = release_asks(CSTN_LEVEL_RAW, ill);
}

static void prohibited(scene *at)
{
	cstn_term_builder *builder = raw(release_fields);

	agree(at, raw(release_fields), NULL);
	SHARING_OK(cstn_term_builder_set_effect(builder, CSTN_EFFECT_PROHIBIT, &error));
	agree(at, builder, NULL);
}

static void other_way(scene *at)
{
	static const char *const way[] = {"rival"};

	agree(at, raw(release_fields), NULL);
	at->asks.hops = way;
	at->asks.n_hops = 1;
}

static void suspended(scene *at)
{
	cstn_transition act = CSTN_TRANSITION_INIT;
	uint8_t digest[32];

	agree(at, raw(release_fields), digest);
	act.event = CSTN_TRANSITION_SUSPEND;
	act.actor = CSTN_ACTOR_RECIPIENT;
	act.cause = CSTN_CAUSE_DISPUTE;
	act.at_us = RELEASE_NOW - 9;
	release_act(at->network, digest, act);
}

static void owe(scene *at, int32_t phase, int32_t due, int64_t due_us)
{
	cstn_term_builder *builder = raw(release_fields);
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT;

	duty.phase = phase;
	duty.due = due;
	duty.due_us = due_us;
	duty.action = "attribute";
	SHARING_OK(cstn_term_builder_add_duty(builder, &duty, &error));
	agree(at, builder, NULL);
}

static void duty_open(scene *at)
{
	owe(at, CSTN_DUTY_BEFORE, CSTN_DUE_NONE, 0);
}

static void duty_missed(scene *at)
{
	owe(at, CSTN_DUTY_ONGOING, CSTN_DUE_AT, RELEASE_NOW - 1);
}

static void nothing_in_return(scene *at)
{
	cstn_term_consideration service = CSTN_TERM_CONSIDERATION_INIT;

	service.kind = CSTN_CONSIDERATION_SERVICE;
	service.service = "forecasts";
	service.gate = CSTN_GATE_HARD;
	agree(at, release_term_for("shop", CSTN_LEVEL_RAW, release_fields, &service), NULL);
}

static const struct {
	const char *reason;
	void (*make)(scene *at);
} cases[] = {{"FIREWALL", compete}, {"WALL", wall}, {"LEVEL", too_fine}, {"PROHIBITED", prohibited},
		{"HOPS", other_way}, {"SUSPENDED", suspended}, {"DUTY_PENDING", duty_open},
		{"DUTY_VIOLATED", duty_missed}, {"CONSIDERATION", nothing_in_return}};
#define N_CASES ((int)(sizeof(cases) / sizeof(*cases)))

/* What is told, which is the same for each: a status, and words. */
static void is_denied(const scene *at, cstn_status *code, char words[200])
{
	static const cstn_release_column columns[] = {{"id", "order.id", NULL, 0},
			{"qty", "order.qty", NULL, 0}, {"secret", "order.price", NULL, 0}};
	cstn_release_options options = release_options();
	cstn_request *request = release_request(&at->asks);
	struct ArrowArrayStream rows;
	cstn_release *out = NULL;
	cstn_error *error = NULL;

	options.columns = columns;
	options.n_columns = 3;
	release_rows(&rows, 5, 5);
	*code = cstn_release_open(at->network, request, &rows, &options, &out, &error);
	ck_assert_ptr_null(out);
	ck_assert_ptr_null(rows.release);
	ck_assert_int_eq(cstn_error_code(error), *code);
	snprintf(words, 200, "%s", cstn_error_message(error));
	cstn_error_free(error);
	cstn_request_unref(request);
}

START_TEST(reason_is_told_to_nobody_but_the_provider)
{
	scene at = {release_world(), release_asks(CSTN_LEVEL_RAW, release_fields)};
	char *shared, *after, *own, first[200], words[200], reason[80];
	cstn_status code;

	/* one that asks where there is no agreement at all, to compare with */
	is_denied(&at, &code, first);
	ck_assert_int_eq(code, CSTN_E_DENIED);
	ck_assert_str_eq(first, "not available");
	cases[_i].make(&at);
	shared = release_log(at.network, "maker", "c1");
	is_denied(&at, &code, words);
	ck_assert_int_eq(code, CSTN_E_DENIED);
	ck_assert_str_eq(words, first);
	own = release_log(at.network, "maker", NULL);
	snprintf(reason, sizeof(reason), "\"reason\":\"%s\"", cases[_i].reason);
	ck_assert_msg(release_count(own, reason) == 1, "%s in %s", reason, own);
	ck_assert_uint_eq(release_count(own, "\n"), 2);
	after = release_log(at.network, "maker", "c1");
	ck_assert_str_eq(shared, after);
	free(shared);
	free(after);
	free(own);
	cstn_network_unref(at.network);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("denied releases");
	TCase *all = tcase_create("denied releases");

	tcase_add_loop_test(all, reason_is_told_to_nobody_but_the_provider, 0, N_CASES);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
