/* Relationship stages in any order of arrival, on any number of threads, and against an oracle that
 * looks at every day. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "stages_fixture.h"
#include "suite.h"

/* --- orders of arrival, threads, and the oracle -------------------------------------------------
 */

START_TEST(any_order_of_arrival_gives_the_same_history)
{
	stages_log *log = stages_log_make(7);
	size_t n = 5 * STAGES_LOG_EACH, shuffle;
	cstn_stage_options options = stages_options(1500);
	char *first = stages_replay(NULL, log->events, n, &options);

	ck_assert_uint_gt(strlen(first), 1000);
	for (shuffle = 0; shuffle < 1000; shuffle++) {
		char *text;

		stages_shuffle(log->events, n, shuffle + 100);
		text = stages_replay(NULL, log->events, n, &options);
		ck_assert_str_eq(text, first);
		free(text);
	}
	free(first);
	free(log);
}
END_TEST

/* The rules of the built-in policy, looked at for one customer on one day: what an event-sourced
 * replay must agree with. */
typedef struct oracle {
	const stages_event *events;
	size_t n; /* seen */
	int stage;
	int64_t entered, day;
} oracle;

static int is_kind(const stages_event *event, const char *names)
{
	const char *at = strstr(names, event->kind);
	size_t len = strlen(event->kind);

	return at && (at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
}

#define FAILURES "ORDER_FAILED COMPLAINT RETURN_FAULT"

static int64_t oracle_failures(const oracle *at)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < at->n; i++)
		if (is_kind(&at->events[i], FAILURES) &&
				at->events[i].valid_us > stages_day(at->day - 90))
			sum += at->events[i].weight;
	return sum;
}

static int oracle_growth(const oracle *at)
{
	static const char *const growth[] = {
			"PRICE_INCREASE_ACCEPTED", "NEW_CATEGORY", "REFERRAL", "FIRST_CHOICE"};
	int n = 0, k;
	size_t i;

	for (k = 0; k < 4; k++)
		for (i = 0; i < at->n; i++)
			if (strcmp(at->events[i].kind, growth[k]) == 0 &&
					at->events[i].valid_us > stages_day(at->day - 180)) {
				n++;
				break;
			}
	return n;
}

static int64_t oracle_since(const oracle *at, const char *names)
{
	size_t i;

	for (i = at->n; i > 0; i--)
		if (is_kind(&at->events[i - 1], names))
			return at->day - at->events[i - 1].valid_us / STAGES_DAY;
	return INT64_MAX;
}

static int64_t oracle_ticket(const oracle *at)
{
	size_t i, k;

	for (i = 0; i < at->n; i++) {
		int open = strcmp(at->events[i].kind, "TICKET_OPENED") == 0;

		/* the first that opened while it was closed, and is not closed since */
		for (k = 0; open && k < i; k++)
			if (strcmp(at->events[k].reference, at->events[i].reference) == 0 &&
					is_kind(&at->events[k], "TICKET_OPENED TICKET_CLOSED"))
				open = strcmp(at->events[k].kind, "TICKET_CLOSED") == 0 ? 1 : 2;
		if (open == 2)
			continue;
		for (k = i + 1; open && k < at->n; k++)
			if (strcmp(at->events[k].kind, "TICKET_CLOSED") == 0 &&
					strcmp(at->events[k].reference, at->events[i].reference) ==
							0)
				open = 0;
		if (open)
			return at->day - at->events[i].valid_us / STAGES_DAY;
	}
	return -1;
}

static int oracle_due_passed(const oracle *at)
{
	size_t i;

	for (i = at->n; i > 0; i--) {
		if (strcmp(at->events[i - 1].kind, "ORDER") == 0)
			return 0;
		if (strcmp(at->events[i - 1].kind, "DUE_DAY") == 0)
			return at->day > at->events[i - 1].due_us / STAGES_DAY;
	}
	return 0;
}

static int oracle_perfect(const oracle *at)
{
	size_t i;

	for (i = 0; i < at->n; i++)
		if (strcmp(at->events[i].kind, "ORDER_PERFECT") == 0 &&
				at->events[i].valid_us > stages_day(at->entered))
			return 1;
	return 0;
}

static int oracle_rule(const oracle *at, const char *event, int *to)
{
	int64_t f = oracle_failures(at), w = at->day - at->entered, c = oracle_ticket(at);
	int64_t o = oracle_since(at, "ORDER"), l = oracle_since(at, FAILURES);
	int g = oracle_growth(at), s = at->stage;
	stages_event seen = {.kind = event};
#define FIRE(rule, stage) return (*to = (stage)), (rule)

	if (s != CSTN_STAGE_LOST && strcmp(event, "CONTRACT_CANCELLED") == 0)
		FIRE(1, CSTN_STAGE_LOST);
	if (s == CSTN_STAGE_PROSPECT && strcmp(event, "ORDER") == 0)
		FIRE(2, CSTN_STAGE_COMMIT);
	if ((s == CSTN_STAGE_DORMANT || s == CSTN_STAGE_LOST) && strcmp(event, "ORDER") == 0)
		FIRE(3, CSTN_STAGE_COMMIT);
	if ((s == CSTN_STAGE_COMMIT || s == CSTN_STAGE_STRUGGLE || s == CSTN_STAGE_DEVELOP) &&
			(f >= 4000 || c >= 14 || strcmp(event, "EXIT_THREAT") == 0))
		FIRE(4, CSTN_STAGE_CRISIS);
	if (s == CSTN_STAGE_RECOVERY && event[0] && is_kind(&seen, FAILURES " EXIT_THREAT"))
		FIRE(5, CSTN_STAGE_CRISIS);
	if (s == CSTN_STAGE_CRISIS && strcmp(event, "PLAN_PROMISED") == 0)
		FIRE(6, CSTN_STAGE_RECOVERY);
	if (s == CSTN_STAGE_RECOVERY && w >= 60 && l >= 60 && f < 2000 && c < 14 &&
			oracle_perfect(at))
		FIRE(7, g >= 2 ? CSTN_STAGE_DEVELOP : CSTN_STAGE_COMMIT);
	if ((s == CSTN_STAGE_COMMIT || s == CSTN_STAGE_DEVELOP) && f >= 2000)
		FIRE(8, CSTN_STAGE_STRUGGLE);
	if (s == CSTN_STAGE_STRUGGLE && f <= 500 && w >= 30)
		FIRE(9, CSTN_STAGE_COMMIT);
	if (s == CSTN_STAGE_COMMIT && g >= 2 && f == 0 && w >= 30)
		FIRE(10, CSTN_STAGE_DEVELOP);
	if (s == CSTN_STAGE_DEVELOP && g == 0 && w >= 180)
		FIRE(11, CSTN_STAGE_COMMIT);
	if (s != CSTN_STAGE_PROSPECT && s != CSTN_STAGE_DORMANT && s != CSTN_STAGE_LOST &&
			(o >= 180 || oracle_due_passed(at)))
		FIRE(12, CSTN_STAGE_DORMANT);
	if (s == CSTN_STAGE_DORMANT && o >= 365)
		FIRE(13, CSTN_STAGE_LOST);
	return 0;
}

static void run_oracle(const stages_event *events, int64_t as_of, char *out, size_t size)
{
	oracle at = {events, 0, CSTN_STAGE_PROSPECT, events[0].valid_us / STAGES_DAY, 0};
	int number = 0, rule, to = 0;

	for (at.day = at.entered; at.day <= as_of; at.day++) {
		const char *event = "";

		if (at.n < STAGES_LOG_EACH && events[at.n].valid_us == stages_day(at.day))
			event = events[at.n++].kind;
		while ((rule = oracle_rule(&at, event, &to)) != 0) {
			snprintf(out + strlen(out), size - strlen(out),
					"%s %d %" PRId64 " %s %s R%02d\n", events[0].customer,
					++number, at.day, cstn_stage_name(at.stage),
					cstn_stage_name(to), rule);
			at.stage = to;
			at.entered = at.day;
			event = "";
		}
	}
}

START_TEST(replay_agrees_with_looking_at_every_day)
{
	stages_log *log = stages_log_make((uint64_t)_i + 1);
	size_t size = STAGES_LOG_CUSTOMERS * 4096, c;
	char *expected = calloc(1, size), *got = calloc(1, size), *text, *line, *rest;
	cstn_stage_options options = stages_options(1200);

	ck_assert(expected && got);
	for (c = 0; c < STAGES_LOG_CUSTOMERS; c++)
		run_oracle(&log->events[c * STAGES_LOG_EACH], 1200, expected, size);
	text = stages_replay(NULL, log->events, STAGES_LOG_CUSTOMERS * STAGES_LOG_EACH, &options);
	for (rest = text; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
		/* the first six words */
		char *at = line;
		int blanks = 0;

		while (*at && (blanks += *at == ' ') < 6)
			at++;
		*at = '\0';
		strcat(strcat(got, line), "\n");
	}
	ck_assert_uint_gt(strlen(expected), 10000);
	ck_assert_str_eq(got, expected);
	free(text);
	free(expected);
	free(got);
	free(log);
}
END_TEST

START_TEST(threads_and_cuts_do_not_change_a_history)
{
	static const char *const names[] = {"ORDER", "COMPLAINT", "NEW_CATEGORY", "REFERRAL"};
	size_t n = 3 * 5000, i;
	stages_event *events = calloc(n, sizeof(*events));
	char(*ids)[12] = calloc(n, 12), (*customers)[12] = calloc(n, 12), *one, *two;
	cstn_stage_options options = stages_options(400);

	ck_assert(events && ids && customers);
	for (i = 0; i < n; i++) {
		snprintf(ids[i], 12, "%zu", i);
		snprintf(customers[i], 12, "k%zu", i % 5000);
		events[i] = stages_make(customers[i], ids[i], names[cstn__random_u64(3, i) % 4],
				(int64_t)(cstn__random_u64(4, i) % 300), -1, NULL);
	}
	one = stages_replay(NULL, events, n, &options);
	options.threads = 3;
	two = stages_replay(NULL, events, n, &options);
	ck_assert_uint_gt(strlen(one), 100000);
	ck_assert_str_eq(one, two);
	free(one);
	free(two);
	free(events);
	free(ids);
	free(customers);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_orders");
	TCase *tests = tcase_create("stage_orders");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, any_order_of_arrival_gives_the_same_history);
	tcase_add_loop_test(tests, replay_agrees_with_looking_at_every_day, 0, 5);
	tcase_add_test(tests, threads_and_cuts_do_not_change_a_history);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
