/* What follows from a duty that is violated: a duty of its own, beside the first, by the chain that
 * the term says. */
#include <stdlib.h>
#include <string.h>

#include "network_fixture.h"
#include "sharing_network.h"
#include "suite.h"

#define NOW 200

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement;
	uint8_t term[32];
} scene;

/* maker lets shop have order.qty; shop attributes it, else pays 50 later, else apologises. */
static cstn_term_set *term_with_consequences(uint8_t *digest)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT, pay = duty, apologise = duty;
	cstn_term_granularity raw = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_builder *builder;
	cstn_term_set *set;
	cstn_term *term;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	raw.level = CSTN_LEVEL_RAW;
	apologise.phase = pay.phase = duty.phase = CSTN_DUTY_ONGOING;
	apologise.action = "apologise";
	pay.action = "pay";
	pay.due = CSTN_DUE_AFTER_RELEASE;
	pay.due_us = 50;
	pay.consequence = &apologise;
	duty.action = "attribute";
	duty.consequence = &pay;
	SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_term_builder_set_provider(builder, "maker", &error));
	SHARING_OK(cstn_term_builder_set_recipient(builder, "shop", &error));
	SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
	SHARING_OK(cstn_term_builder_add_field(builder, "order.qty", &error));
	SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_set_granularity(builder, &raw, &error));
	SHARING_OK(cstn_term_builder_add_consideration(builder, &gift, &error));
	SHARING_OK(cstn_term_builder_add_duty(builder, &duty, &error));
	SHARING_OK(cstn_term_builder_build(builder, &term, &error));
	cstn_term_builder_free(builder);
	cstn_term_digest(term, digest);
	SHARING_OK(cstn_term_set_new(&term, 1, NULL, &set, &error));
	cstn_term_unref(term);
	return set;
}

static scene scene_open(void)
{
	cstn_term_set *terms;
	scene at;

	terms = term_with_consequences(at.term);
	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.agreement = sharing_signed(&at.world, terms);
	cstn_term_set_unref(terms);
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	return at;
}

static void scene_close(scene *at)
{
	cstn_agreement_unref(at->agreement);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

static cstn_status put(scene *at, uint32_t consequence, int32_t state, int64_t now_us)
{
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;
	cstn_transaction *transaction = network_begin(at->network);
	cstn_status status;

	memcpy(duty.agreement, cstn_agreement_digest(at->agreement), 32);
	memcpy(duty.term, at->term, 32);
	duty.consequence = consequence;
	duty.state = state;
	status = cstn_transaction_put_duty(transaction, "maker", &duty, now_us, NULL);
	if (status == CSTN_OK)
		network_commit(transaction);
	else
		cstn_transaction_free(transaction);
	return status;
}

/* action, state, deadline and consequence of each duty, by rows. */
static void duties_are(scene *at, int64_t now_us, const char *const *wanted, size_t n)
{
	struct ArrowArrayStream stream;
	cstn_snapshot *snapshot;
	cstn_buffer *csv;
	const char *line;
	size_t rows = 0;

	SHARING_OK(cstn_network_snapshot(at->network, &snapshot, &error));
	SHARING_OK(cstn_sharing_table(snapshot, CSTN_SHARING_DUTIES, now_us, &stream, &error));
	cstn_snapshot_unref(snapshot);
	csv = network_to_csv(&stream);
	line = (const char *)cstn_buffer_data(csv);
	for (const char *p = line; *p; p++)
		rows += *p == '\n';
	ck_assert_uint_eq(rows, n + 1);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strstr(line, wanted[i]) != NULL, "%s in %s", wanted[i], line);
	cstn_buffer_free(csv);
}

static int32_t reason(const scene *at, int64_t now_us)
{
	return sharing_reason_now(at->network, "maker", "shop", NULL, now_us);
}

START_TEST(violated_duty_sets_its_consequence_going)
{
	static const char *const first[] = {",0,attribute,violated,,0\n",
			",0,pay,pending,1970-01-01T00:00:00.000250Z,1\n"};
	static const char *const late[] = {",0,attribute,violated,,0\n",
			",0,pay,violated,1970-01-01T00:00:00.000250Z,1\n"};
	static const char *const second[] = {",0,attribute,violated,,0\n", ",0,pay,violated,,1\n",
			",0,apologise,pending,,2\n"};
	scene at = scene_open();

	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	duties_are(&at, NOW, first, 2);
	duties_are(&at, 250, late, 2);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 2);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_VIOLATED, 260), CSTN_OK);
	duties_are(&at, 260, second, 3);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_VIOLATED, 270), CSTN_OK); /* nothing follows */
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 5);
	scene_close(&at);
}
END_TEST

START_TEST(duty_and_consequence_have_both_to_be_done)
{
	static const char *const done[] = {",0,attribute,fulfilled,,0\n", ",0,pay,fulfilled,,1\n"};
	scene at = scene_open();

	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, NOW + 10), CSTN_OK);
	ck_assert_int_eq(reason(&at, NOW + 20), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(reason(&at, NOW + 50), CSTN_DECISION_DUTY_VIOLATED); /* not paid */
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, NOW + 60), CSTN_OK);
	ck_assert_int_eq(reason(&at, NOW + 70), CSTN_DECISION_PERMIT);
	/* violated again: what followed before stays as it is */
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW + 80), CSTN_OK);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, NOW + 90), CSTN_OK);
	duties_are(&at, NOW + 100, done, 2);
	scene_close(&at);
}
END_TEST

START_TEST(consequence_that_has_not_begun_is_refused)
{
	scene at = scene_open();

	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, UINT32_MAX, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_WAIVED, NOW), CSTN_OK);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {violated_duty_sets_its_consequence_going,
			duty_and_consequence_have_both_to_be_done,
			consequence_that_has_not_begun_is_refused};

	return run_tests("consequences", tests, sizeof(tests) / sizeof(tests[0]));
}
