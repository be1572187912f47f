/* Private set intersection under a signed agreement: the runs that a term limits, counted out of
 * the log, one after another and at once. */
#include <stdio.h>

#include <pthread.h>
#include <sodium/randombytes.h>

#include "network_fixture.h"
#include "psi_fixture.h"
#include "psi_world.h"
#include "sharing/shared_log.h"
#include "suite.h"
#include "watched_allocator.h"

#define NOW 500

static psi_values left, right;
static psi_world world;

static void setup(void)
{
	psi_world_open(&world);
	psi_values_make(&left, 0, 20, 1);
	psi_values_make(&right, 10, 20, 1); /* 10 in common */
}

static void teardown(void)
{
	psi_world_close(&world);
}

/* The status of a reply in the network, to a request outside; `entropy` NULL, or the sender's. */
static cstn_status answer_with(const cstn_agreement *agreement, int64_t now_us,
		cstn_status (*entropy)(void *user, uint8_t *out, size_t size))
{
	cstn_psi_options receives = psi_under(&world, agreement, 0, now_us);
	cstn_psi_options sends = psi_under(&world, agreement, 1, now_us);
	cstn_buffer *request, *reply = NULL;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_status status;

	sends.entropy = entropy;
	receives.network = NULL; /* its runs are counted elsewhere */
	SHARING_OK(cstn_psi_runs_new(100, 1, NULL, &receives.runs, &error));
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	status = cstn_psi_sender_reply(
			sender, cstn_buffer_data(request), cstn_buffer_size(request), &reply, NULL);
	ck_assert((reply != NULL) == (status == CSTN_OK));
	cstn_buffer_free(reply);
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_psi_runs_free(receives.runs);
	return status;
}

static cstn_status answer(const cstn_agreement *agreement, int64_t now_us)
{
	return answer_with(agreement, now_us, NULL);
}

static const char two_calls[] = "\"limits\":{\"calls\":2,\"window_us\":100}";

START_TEST(calls_of_the_term_are_counted_out_of_the_log)
{
	static const struct {
		int64_t now_us;
		cstn_status status;
	} cases[] = {{501, CSTN_OK}, {599, CSTN_OK}, {599, CSTN_E_BUDGET}, {500, CSTN_E_BUDGET},
			{600, CSTN_OK}, {550, CSTN_E_BUDGET}, /* a clock set back wins no run */
			{610, CSTN_OK}, {620, CSTN_E_BUDGET}, {700, CSTN_OK}};
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	cstn_agreement *other =
			psi_signed(&world, "\"limits\":{\"calls\":1,\"window_us\":100}", NULL);
	json_t *private, *shared;
	size_t passed = 0;

	psi_values_make(&left, 0, 1, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert_int_eq(answer(agreement, cases[i].now_us), cases[i].status);
		passed += cases[i].status == CSTN_OK;
		shared = psi_entries(&world, "maker", "c1");
		ck_assert_uint_eq(json_array_size(shared), passed);
		json_decref(shared);
	}
	ck_assert_int_eq(answer(other, 710), CSTN_OK); /* has calls of its own */
	ck_assert_int_eq(answer(other, 720), CSTN_E_BUDGET);
	ck_assert_int_eq(answer(agreement, 730), CSTN_OK);
	private = psi_entries(&world, "maker", "");
	ck_assert_uint_eq(json_array_size(private), 5);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "runs");
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "step", NULL), "reply");
	json_decref(private);
	cstn_agreement_unref(agreement);
	cstn_agreement_unref(other);
}
END_TEST

START_TEST(what_a_receiver_finishes_is_no_other_call)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;

	for (int i = 0; i < 3; i++) {
		receiver = psi_receiver(&receives, &left);
		sender = psi_sender(&sends, &right);
		ck_assert_int_eq(psi_run(receiver, sender, &result),
				i < 2 ? CSTN_OK : CSTN_E_BUDGET);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(calls_are_found_behind_many_other_entries)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);

	psi_values_make(&left, 0, 1, 1);
	ck_assert_int_eq(answer(agreement, 500), CSTN_OK);
	for (int i = 0; i < 150; i++) { /* some of them from before the window */
		cstn_transaction *transaction = network_begin(world.network);

		SHARING_OK(cstn_transaction_log(transaction, "maker", "c1", "x-test",
				i % 3 ? 400 : 510, NULL, 0, NULL, &error));
		network_commit(transaction);
	}
	ck_assert_int_eq(answer(agreement, 520), CSTN_OK);
	ck_assert_int_eq(answer(agreement, 530), CSTN_E_BUDGET);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(calls_that_a_term_limits_must_be_counted_by_somebody)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);
	static const struct {
		int64_t period_us;
		uint32_t most;
		cstn_status status;
	} cases[] = {{100, 2, CSTN_OK}, {100, 3, CSTN_E_DENIED}, {300, 2, CSTN_OK},
			{150, 2, CSTN_E_DENIED}, {50, 1, CSTN_E_DENIED}};
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);

	receives.network = sends.network = NULL;
	ck_assert_int_eq(psi_opens(&receives, &sends, "nothing counts"), CSTN_E_DENIED);
	for (size_t i = 0; i < 5; i++) {
		cstn_psi_runs *runs;

		SHARING_OK(cstn_psi_runs_new(
				cases[i].period_us, cases[i].most, NULL, &runs, &error));
		receives.runs = sends.runs = runs;
		ck_assert_int_eq(psi_opens(&receives, &sends, "nothing counts"), cases[i].status);
		cstn_psi_runs_free(runs);
	}
	cstn_agreement_unref(agreement);
}
END_TEST

#define AT_ONCE 6

static pthread_barrier_t meeting;

/* Random tokens are the last that a sender draws: behind them it is at the gate. */
static cstn_status meet(void *user, uint8_t *out, size_t size)
{
	(void)user;
	randombytes_buf(out, size);
	if (size > 64)
		pthread_barrier_wait(&meeting);
	return CSTN_OK;
}

typedef struct attempt {
	pthread_t thread;
	const cstn_agreement *agreement;
	int64_t now_us;
	cstn_status status;
} attempt;

static void *answer_at_once(void *context)
{
	attempt *one = context;

	one->status = answer_with(one->agreement, one->now_us, meet);
	return NULL;
}

START_TEST(of_runs_at_once_no_more_than_the_limit_pass)
{
	cstn_agreement *agreement = psi_signed(&world, two_calls, NULL);

	psi_values_make(&left, 0, 1, 1);
	psi_values_make(&right, 0, 1, 1);
	ck_assert_int_eq(pthread_barrier_init(&meeting, NULL, AT_ONCE), 0);
	for (int64_t round = 1; round < 10; round++) { /* a window each */
		attempt attempts[AT_ONCE];
		int passed = 0;

		for (int i = 0; i < AT_ONCE; i++) {
			attempts[i].agreement = agreement;
			attempts[i].now_us = 100 * round;
			ck_assert_int_eq(pthread_create(&attempts[i].thread, NULL, answer_at_once,
							 &attempts[i]),
					0);
		}
		for (int i = 0; i < AT_ONCE; i++) {
			ck_assert_int_eq(pthread_join(attempts[i].thread, NULL), 0);
			passed += attempts[i].status == CSTN_OK;
			ck_assert(attempts[i].status == CSTN_OK ||
					attempts[i].status == CSTN_E_BUDGET);
		}
		ck_assert_int_eq(passed, 2);
	}
	pthread_barrier_destroy(&meeting);
	cstn_agreement_unref(agreement);
}
END_TEST

/* Memory of a network: when a log is let go that was counted in, another run comes between. */
typedef struct between {
	int wanted;
	const cstn_agreement *agreement;
	cstn_status status; /* of the run that came between */
} between;

static void between_free(void *context, size_t size)
{
	between *at = context;

	if (at->wanted && size == sizeof(struct cstn_shared_log)) {
		at->wanted = 0;
		at->status = answer(at->agreement, NOW);
	}
}

START_TEST(run_that_another_one_overtakes_at_the_gate_gives_nothing_out)
{
	for (int calls = 1; calls <= 2; calls++) {
		watched_allocator memory;
		between at = {.wanted = 1, .status = CSTN_E_STATE};
		cstn_agreement *agreement;
		json_t *private;
		char term[64];

		snprintf(term, sizeof(term), "\"limits\":{\"calls\":%d,\"window_us\":100}", calls);
		agreement = psi_signed(&world, term, NULL);
		watched_allocator_init(&memory, NULL, between_free, &at);
		cstn_network_unref(world.network);
		SHARING_OK(cstn_network_open(
				NULL, NULL, &memory.allocator, &world.network, &error));
		at.agreement = agreement;
		ck_assert_int_eq(answer(agreement, NOW), calls == 1 ? CSTN_E_BUDGET : CSTN_OK);
		ck_assert_int_eq(at.status, CSTN_OK);
		private = psi_entries(&world, "maker", "");
		ck_assert_uint_eq(json_array_size(private), calls == 1);
		json_decref(private);
		cstn_agreement_unref(agreement);
		cstn_network_unref(world.network);
		world.network = NULL;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("psi_runs");
	TCase *cases = tcase_create("psi_runs");
	const TTest *const tests[] = {calls_of_the_term_are_counted_out_of_the_log,
			what_a_receiver_finishes_is_no_other_call,
			calls_are_found_behind_many_other_entries,
			calls_that_a_term_limits_must_be_counted_by_somebody,
			of_runs_at_once_no_more_than_the_limit_pass,
			run_that_another_one_overtakes_at_the_gate_gives_nothing_out};

	tcase_set_timeout(cases, 240);
	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
