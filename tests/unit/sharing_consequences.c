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

/* maker lets shop have order.qty; shop attributes it (by then: INT64_MAX is never), else pays 50
 * later, else apologises, 20 later if there is a `then`. */
static cstn_term_set *term_with_consequences(int64_t then_us, uint8_t *digest)
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
	if (then_us != INT64_MAX) {
		duty.due = CSTN_DUE_AT;
		duty.due_us = then_us;
		apologise.due = CSTN_DUE_AFTER_RELEASE;
		apologise.due_us = 20;
	}
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

static scene scene_due(int64_t then_us)
{
	cstn_term_set *terms;
	scene at;

	terms = term_with_consequences(then_us, at.term);
	agreement_world_open(&at.world);
	at.network = sharing_network(&at.world);
	at.agreement = sharing_signed(&at.world, terms);
	cstn_term_set_unref(terms);
	sharing_put_agreement(at.network, "maker", at.agreement, 150);
	return at;
}

static scene scene_open(void)
{
	return scene_due(INT64_MAX);
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

/* Put a duty of the term as pending until an instant. */
static void put_pending(scene *at, int64_t deadline_us, int64_t now_us)
{
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;
	cstn_transaction *transaction = network_begin(at->network);

	memcpy(duty.agreement, cstn_agreement_digest(at->agreement), 32);
	memcpy(duty.term, at->term, 32);
	duty.state = CSTN_DUTY_PENDING;
	duty.deadline_us = deadline_us;
	SHARING_OK(cstn_transaction_put_duty(transaction, "maker", &duty, now_us, &error));
	network_commit(transaction);
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
			",0,pay,violated,1970-01-01T00:00:00.000250Z,1\n",
			",0,apologise,pending,,2\n"};
	static const char *const second[] = {",0,attribute,violated,,0\n", ",0,pay,violated,,1\n",
			",0,apologise,pending,,2\n"};
	scene at = scene_open();

	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	duties_are(&at, NOW, first, 2);
	duties_are(&at, 250, late, 3);
	ck_assert_int_eq(reason(&at, NOW), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 2);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_VIOLATED, 260), CSTN_OK);
	duties_are(&at, 260, second, 3);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_VIOLATED, 270), CSTN_OK); /* nothing follows */
	/* the clock had violated what is due at 250: told once by it, once by who said so */
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 6);
	scene_close(&at);
}
END_TEST

START_TEST(duty_and_consequence_have_both_to_be_done)
{
	static const char *const done[] = {",0,attribute,fulfilled,,0\n", ",0,pay,fulfilled,,1\n",
			",0,apologise,pending,,2\n"};
	scene at = scene_open();

	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, NOW + 10), CSTN_OK);
	ck_assert_int_eq(reason(&at, NOW + 20), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(reason(&at, NOW + 50), CSTN_DECISION_DUTY_VIOLATED);  /* not paid */
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, NOW + 60), CSTN_OK); /* too late */
	ck_assert_int_eq(reason(&at, NOW + 70), CSTN_DECISION_PERMIT);
	/* violated again: what followed before stays as it is */
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW + 80), CSTN_OK);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, NOW + 90), CSTN_OK);
	duties_are(&at, NOW + 100, done, 3);
	scene_close(&at);
}
END_TEST

static cstn_status waive(scene *at, uint32_t consequence, int64_t now_us)
{
	cstn_waiver waiver = CSTN_WAIVER_INIT;
	cstn_transaction *transaction = network_begin(at->network);
	cstn_status status;
	char *note;

	waiver.consequence = consequence;
	waiver.at_us = now_us;
	note = sharing_waiver_note(&at->world, at->agreement, &waiver, "maker");
	status = cstn_transaction_put_waiver(transaction, note, strlen(note), now_us, NULL);
	if (status == CSTN_OK)
		network_commit(transaction);
	else
		cstn_transaction_free(transaction);
	free(note);
	return status;
}

START_TEST(consequence_that_has_not_begun_is_refused)
{
	scene at = scene_open();

	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_VIOLATED, NOW), CSTN_OK);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, UINT32_MAX, CSTN_DUTY_FULFILLED, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(waive(&at, 2, NOW), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(waive(&at, 1, NOW), CSTN_OK);
	scene_close(&at);
}
END_TEST

/* --- by the clock ------------------------------------------------------------------------------
 */

/* Pending until 300: the payment is due 50 after that, the apology at once. Nobody says a word. */
START_TEST(duty_past_its_deadline_sets_its_consequence_going_by_itself)
{
	static const char *const before[] = {
			",0,attribute,pending,1970-01-01T00:00:00.000300Z,0\n"};
	static const char *const after[] = {",0,attribute,violated,1970-01-01T00:00:00.000300Z,0\n",
			",0,pay,pending,1970-01-01T00:00:00.000350Z,1\n"};
	static const char *const late[] = {",0,attribute,violated,1970-01-01T00:00:00.000300Z,0\n",
			",0,pay,violated,1970-01-01T00:00:00.000350Z,1\n",
			",0,apologise,pending,,2\n"};
	scene at = scene_open();

	put_pending(&at, 300, NOW);
	duties_are(&at, 299, before, 1);
	duties_are(&at, 300, after, 2);
	duties_are(&at, 349, after, 2);
	duties_are(&at, 350, late, 3);
	ck_assert_int_eq(reason(&at, 299), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(reason(&at, 300), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 1);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, 299), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_FULFILLED, 349), CSTN_E_NOT_FOUND);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 1);
	scene_close(&at);
}
END_TEST

START_TEST(consequence_that_the_clock_began_is_put_with_what_it_follows)
{
	static const char *const done[] = {",0,attribute,violated,1970-01-01T00:00:00.000300Z,0\n",
			",0,pay,fulfilled,,1\n"};
	scene at = scene_open();

	put_pending(&at, 300, NOW);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, 320), CSTN_OK);
	duties_are(&at, 320, done, 2);
	duties_are(&at, 400, done, 2);
	/* pending; violated, pending, fulfilled */
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 4);
	ck_assert_int_eq(reason(&at, 320), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, 330), CSTN_OK);
	ck_assert_int_eq(reason(&at, 330), CSTN_DECISION_PERMIT);
	scene_close(&at);
}
END_TEST

/* Who does his duty too late still owes what followed from it, since its deadline. */
START_TEST(duty_done_too_late_leaves_its_consequence)
{
	static const char *const after[] = {",0,attribute,fulfilled,,0\n",
			",0,pay,pending,1970-01-01T00:00:00.000350Z,1\n"};
	scene at = scene_open();

	put_pending(&at, 300, NOW);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, 310), CSTN_OK);
	duties_are(&at, 310, after, 2);
	ck_assert_int_eq(reason(&at, 349), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(reason(&at, 350), CSTN_DECISION_DUTY_VIOLATED);
	scene_close(&at);
	at = scene_open();
	put_pending(&at, 300, NOW);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, 299), CSTN_OK);
	ck_assert_int_eq(reason(&at, 400), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, 400), CSTN_E_NOT_FOUND);
	scene_close(&at);
}
END_TEST

/* Waived too late as well: but for a waiver of its own, the consequence stays. */
START_TEST(duty_and_consequence_are_waived_one_by_one)
{
	static const char *const both[] = {",0,attribute,waived,,0\n", ",0,pay,waived,,1\n"};
	scene at = scene_open();

	put_pending(&at, 300, NOW);
	ck_assert_int_eq(waive(&at, 1, 299), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(waive(&at, 0, 300), CSTN_OK);
	ck_assert_int_eq(reason(&at, 350), CSTN_DECISION_DUTY_VIOLATED);
	ck_assert_int_eq(waive(&at, 1, 340), CSTN_OK);
	ck_assert_int_eq(reason(&at, 350), CSTN_DECISION_PERMIT);
	duties_are(&at, 900, both, 2);
	scene_close(&at);
}
END_TEST

/* Two overdue ones: by the term at 300, 350 and 370; nothing was ever put of the first. */
START_TEST(chain_of_overdue_duties_is_put_as_one)
{
	static const char *const all[] = {",0,attribute,violated,1970-01-01T00:00:00.000300Z,0\n",
			",0,pay,violated,1970-01-01T00:00:00.000350Z,1\n",
			",0,apologise,fulfilled,,2\n"};
	static const char *const open[] = {",0,attribute,violated,1970-01-01T00:00:00.000300Z,0\n",
			",0,pay,violated,1970-01-01T00:00:00.000350Z,1\n",
			",0,apologise,violated,1970-01-01T00:00:00.000370Z,2\n"};
	scene at = scene_due(300);

	ck_assert_int_eq(reason(&at, 299), CSTN_DECISION_PERMIT);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_FULFILLED, 349), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(put(&at, 2, CSTN_DUTY_FULFILLED, 360), CSTN_OK);
	duties_are(&at, 360, all, 3);
	/* violated, pending; violated, pending; fulfilled */
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), 5);
	ck_assert_int_eq(put(&at, 0, CSTN_DUTY_FULFILLED, 360), CSTN_OK);
	ck_assert_int_eq(reason(&at, 360), CSTN_DECISION_DUTY_VIOLATED); /* not paid */
	ck_assert_int_eq(put(&at, 1, CSTN_DUTY_FULFILLED, 360), CSTN_OK);
	ck_assert_int_eq(reason(&at, 900), CSTN_DECISION_PERMIT);
	scene_close(&at);
	at = scene_due(300);
	put_pending(&at, 300, NOW);
	duties_are(&at, 370, open, 3);
	scene_close(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {violated_duty_sets_its_consequence_going,
			duty_and_consequence_have_both_to_be_done,
			consequence_that_has_not_begun_is_refused,
			duty_past_its_deadline_sets_its_consequence_going_by_itself,
			consequence_that_the_clock_began_is_put_with_what_it_follows,
			duty_done_too_late_leaves_its_consequence,
			duty_and_consequence_are_waived_one_by_one,
			chain_of_overdue_duties_is_put_as_one};

	return run_tests("consequences", tests, sizeof(tests) / sizeof(tests[0]));
}
