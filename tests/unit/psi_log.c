/* Private set intersection under a signed agreement: what is entered in the logs of a network, and
 * that nothing leaves before. */
#include <signal.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "network_folder.h"
#include "psi_fixture.h"
#include "psi_world.h"
#include "suite.h"

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

/* --- a run that may be ------------------------------------------------------------------------ */

static void expect_step(const json_t *entry, const char *step, const cstn_agreement *agreement)
{
	char digest[65];

	cstn__hex(cstn_agreement_digest(agreement), 32, digest);
	ck_assert_str_eq(psi_said(entry, "type", NULL), "psi_run");
	ck_assert_str_eq(psi_said(entry, "step", NULL), step);
	ck_assert_str_eq(psi_said(entry, "outcome", NULL), "passed");
	ck_assert_str_eq(psi_said(entry, "kind", NULL), "item.gtin");
	ck_assert_str_eq(psi_said(entry, "mode", NULL), "items");
	ck_assert_str_eq(psi_said(entry, "agreement", NULL), digest);
	ck_assert_uint_eq(strlen(psi_said(entry, "gates", "term")), 64);
	ck_assert_int_eq(json_integer_value(json_object_get(entry, "at_us")), NOW);
	ck_assert_int_eq(json_integer_value(json_object_get(
					 json_object_get(entry, "sizes"), "request_log2")),
			5);
}

/* Is a number anywhere in it? */
static int has_number(const json_t *tree, int64_t number)
{
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(tree, i, value)
	{
		if (has_number(value, number))
			return 1;
	}
	json_object_foreach((json_t *)(uintptr_t)tree, name, value)
	{
		if (has_number(value, number))
			return 1;
	}
	return json_is_integer(tree) && json_integer_value(tree) == number;
}

START_TEST(run_under_a_term_is_entered_step_by_step_without_what_came_out)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_receiver *receiver = psi_receiver(&receives, &left);
	cstn_psi_sender *sender = psi_sender(&sends, &right);
	json_t *shop, *maker, *none;
	cstn_psi_result result;
	char *text;

	cstn_agreement_unref(agreement); /* it is read when a side is made */
	agreement = psi_signed(&world, "", NULL);
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
	ck_assert_uint_eq(result.common, 10);
	shop = psi_entries(&world, "shop", "c1");
	maker = psi_entries(&world, "maker", "c1");
	ck_assert_uint_eq(json_array_size(shop), 2);
	ck_assert_uint_eq(json_array_size(maker), 1);
	expect_step(json_array_get(shop, 0), "request", agreement);
	expect_step(json_array_get(shop, 1), "finish", agreement);
	expect_step(json_array_get(maker, 0), "reply", agreement);
	ck_assert_str_eq(psi_said(json_array_get(shop, 0), "partner", NULL), "maker");
	ck_assert_str_eq(psi_said(json_array_get(maker, 0), "partner", NULL), "shop");
	ck_assert_str_eq(psi_said(json_array_get(maker, 0), "run", NULL),
			psi_said(json_array_get(shop, 1), "run", NULL));
	ck_assert(has_number(shop, 40));                           /* kind_log2 */
	ck_assert(!has_number(shop, 10) && !has_number(shop, 20)); /* common, own */
	text = json_dumps(shop, 0);
	ck_assert_ptr_null(strstr(text, "\"v1"));
	free(text);
	none = psi_entries(&world, "shop", "");
	ck_assert_uint_eq(json_array_size(none), 0);
	json_decref(none);
	json_decref(shop);
	json_decref(maker);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_agreement_unref(agreement);
}
END_TEST

/* --- nothing without its entry ---------------------------------------------------------------- */

START_TEST(step_whose_entry_cannot_be_committed_gives_nothing_out)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_buffer *request = NULL, *reply = NULL;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender, *other;
	size_t n;

	SHARING_OK(cstn_psi_runs_new(100, 5, NULL, &receives.runs, &error));
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	other = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_psi_runs_left(receives.runs, "maker", NOW), 4);
	SHARING_OK(cstn_network_close(world.network, &error));
	ck_assert_int_lt(cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply),
					 cstn_buffer_size(reply), &result, NULL),
			0);
	ck_assert_uint_eq(result.common, 0);
	ck_assert_uint_eq(result.own, 0);
	ck_assert_ptr_null(cstn_psi_receiver_common(receiver, &n));
	cstn_buffer_free(reply);
	reply = NULL;
	ck_assert_int_lt(cstn_psi_sender_reply(other, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			0);
	ck_assert_ptr_null(reply);
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	receiver = psi_receiver(&receives, &left);
	request = NULL;
	ck_assert_int_lt(cstn_psi_receiver_request(receiver, &request, NULL), 0);
	ck_assert_ptr_null(request);
	ck_assert_uint_eq(cstn_psi_runs_left(receives.runs, "maker", NOW), 4); /* not charged */
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_psi_sender_free(other);
	cstn_psi_runs_free(receives.runs);
	cstn_agreement_unref(agreement);
}
END_TEST

/* In a process of its own: what came out goes into the pipe, then the process is killed. */
static void give_out_and_die(
		const network_folder *folder, const cstn_agreement *agreement, int replies, int to)
{
	psi_world own = {.network = network_folder_open(folder, 0)};
	cstn_psi_options receives = psi_under(&own, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&own, agreement, 1, NOW);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_buffer *message;

	if (replies)
		receives.network = NULL;
	receiver = psi_receiver(&receives, &left);
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &message, NULL), CSTN_OK);
	if (replies)
		ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(message),
						 cstn_buffer_size(message), &message, NULL),
				CSTN_OK);
	ck_assert_int_eq(write(to, cstn_buffer_data(message) + 16, 16), 16); /* id of the run */
	raise(SIGKILL);
}

START_TEST(process_that_is_killed_once_a_message_is_out_leaves_its_entry)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	network_folder folder;
	uint8_t run[16];
	char hex[33];
	json_t *entries;
	int ends[2];
	pid_t child;

	network_folder_make(&folder);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0)
		give_out_and_die(&folder, agreement, _i, ends[1]);
	ck_assert_int_gt(child, 0);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], run, sizeof(run)), (ssize_t)sizeof(run));
	close(ends[0]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	cstn__hex(run, sizeof(run), hex);
	cstn_network_unref(world.network);
	world.network = network_folder_open(&folder, 0);
	entries = psi_entries(&world, _i ? "maker" : "shop", "c1");
	ck_assert_uint_eq(json_array_size(entries), 1);
	ck_assert_str_eq(psi_said(json_array_get(entries, 0), "run", NULL), hex);
	ck_assert_str_eq(psi_said(json_array_get(entries, 0), "step", NULL),
			_i ? "reply" : "request");
	json_decref(entries);
	SHARING_OK(cstn_network_close(world.network, &error));
	network_folder_remove(&folder);
	cstn_agreement_unref(agreement);
}
END_TEST

START_TEST(sides_that_do_not_agree_and_wrong_proofs_are_entered_as_refused)
{
	cstn_agreement *agreement = psi_signed(&world, "", NULL);
	cstn_psi_options receives = psi_under(&world, agreement, 0, NOW);
	cstn_psi_options sends = psi_under(&world, agreement, 1, NOW);
	cstn_psi_result result = CSTN_PSI_RESULT_INIT;
	cstn_psi_receiver *receiver = psi_receiver(&receives, &left);
	cstn_psi_sender *sender;
	cstn_buffer *request, *reply;
	json_t *private, *shared;
	uint8_t *bytes;
	size_t size;

	sends.mode = CSTN_PSI_SIZE;
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_E_MISMATCH);
	cstn_psi_sender_free(sender);
	private = psi_entries(&world, "maker", "");
	ck_assert_uint_eq(json_array_size(private), 1);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "mismatch");
	ck_assert_uint_eq(strlen(psi_said(json_array_get(private, 0), "run", NULL)), 32);
	json_decref(private);
	sends.mode = CSTN_PSI_ITEMS;
	sender = psi_sender(&sends, &right);
	ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
					 cstn_buffer_size(request), &reply, NULL),
			CSTN_OK);
	size = cstn_buffer_size(reply);
	bytes = malloc(size);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, cstn_buffer_data(reply), size);
	memcpy(bytes + 136 + 32, bytes + 136 + 64, 32); /* one evaluation in place of another */
	ck_assert_int_eq(cstn_psi_receiver_finish(receiver, bytes, size, &result, NULL),
			CSTN_E_PROOF);
	private = psi_entries(&world, "shop", "");
	shared = psi_entries(&world, "shop", "c1");
	ck_assert_uint_eq(json_array_size(private), 1);
	ck_assert_str_eq(psi_said(json_array_get(private, 0), "reason", NULL), "proof");
	ck_assert_uint_eq(json_array_size(shared), 1); /* the request */
	json_decref(private);
	json_decref(shared);
	free(bytes);
	cstn_buffer_free(request);
	cstn_buffer_free(reply);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_agreement_unref(agreement);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("psi_log");
	TCase *cases = tcase_create("psi_log");
	const TTest *const tests[] = {
			run_under_a_term_is_entered_step_by_step_without_what_came_out,
			step_whose_entry_cannot_be_committed_gives_nothing_out,
			sides_that_do_not_agree_and_wrong_proofs_are_entered_as_refused};

	tcase_set_timeout(cases, 240);
	tcase_add_checked_fixture(cases, setup, teardown);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	tcase_add_loop_test(
			cases, process_that_is_killed_once_a_message_is_out_leaves_its_entry, 0, 2);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
