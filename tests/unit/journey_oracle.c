/* Counts of journeys against an oracle that counts otherwise, and their conservation. */
#include <stdlib.h>
#include <string.h>

#include "journey_log.h"
#include "suite.h"

/* --- the oracle: journeys are cut out first, then each number is counted in a pass of its own ---
 */

typedef struct journey {
	int n, how; /* 0 goal, 1 drop, 2 open */
	journey_event events[JOURNEY_EVENTS];
} journey;

static int comes_before(const journey_event *a, const journey_event *b)
{
	if (a->us != b->us)
		return a->us < b->us;
	return a->step != b->step ? a->step < b->step : a->failed < b->failed;
}

/* Selection of the next event of a customer that has not been taken; -1: none. */
static int next_of(const journey_event *log, const char *taken, int customer)
{
	int i, best = -1;

	for (i = 0; i < JOURNEY_EVENTS; i++)
		if (!taken[i] && log[i].customer == customer &&
				(best < 0 || comes_before(&log[i], &log[best])))
			best = i;
	return best;
}

static int cut_journeys(const journey_event *log, journey *out)
{
	static const int64_t gap = 10 * JOURNEY_DAY, as_of = JOURNEY_AS_OF * JOURNEY_DAY;
	char taken[JOURNEY_EVENTS] = {0};
	int customer, n = 0, i;

	for (customer = 0; customer < JOURNEY_CUSTOMERS; customer++) {
		journey *at = NULL;

		while ((i = next_of(log, taken, customer)) >= 0) {
			taken[i] = 1;
			if (log[i].us > as_of)
				continue;
			if (at && log[i].us - at->events[at->n - 1].us > gap) {
				at->how = 1;
				at = NULL;
			}
			if (!at && log[i].step != 0)
				continue;
			if (!at) {
				at = &out[n++];
				at->n = 0;
			}
			at->events[at->n++] = log[i];
			if (log[i].step == JOURNEY_STEPS - 1) {
				at->how = 0;
				at = NULL;
			}
		}
		if (at)
			at->how = as_of - at->events[at->n - 1].us > gap ? 1 : 2;
	}
	return n;
}

static void expect_count(const char *table, int row, const char *column, int64_t expected)
{
	ck_assert_msg(atoll(csv_cell(table, row, column)) == expected,
			"%s of row %d is %s, %lld expected", column, row,
			csv_cell(table, row, column), (long long)expected);
}

static void check_steps(cstn_journeys *state, const journey *all, int n)
{
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, CSTN_TABLE_JOURNEY_STEPS, &text);
	int step, i, k;

	for (step = 0; step < JOURNEY_STEPS; step++) {
		int64_t entries = 0, dropped = 0, open = 0, journeys = 0, converted = 0;

		for (i = 0; i < n; i++) {
			int here = 0;

			for (k = 0; k < all[i].n; k++)
				here += all[i].events[k].step == step;
			entries += here;
			journeys += here > 0;
			converted += here > 0 && all[i].how == 0;
			dropped += all[i].how == 1 && all[i].events[all[i].n - 1].step == step;
			open += all[i].how == 2 && all[i].events[all[i].n - 1].step == step;
		}
		expect_count(table, step + 1, "entries", entries);
		expect_count(table, step + 1, "dropped", dropped);
		expect_count(table, step + 1, "open", open);
		expect_count(table, step + 1, "left", entries - dropped - open);
		expect_count(table, step + 1, "journeys", journeys);
		expect_count(table, step + 1, "converted", converted);
	}
	cstn_buffer_free(text);
}

static void check_failures(cstn_journeys *state, const journey *all, int n)
{
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, CSTN_TABLE_JOURNEY_FAILURES, &text);
	int step, i, k;

	for (step = 0; step < JOURNEY_STEPS; step++) {
		int64_t blamed = 0, failures = 0, failed[2] = {0, 0}, passed[2] = {0, 0};

		for (i = 0; i < n; i++) {
			int first = 1, here = 0, wrong = 0;

			for (k = 0; k < all[i].n; k++) {
				const journey_event *e = &all[i].events[k];

				here += e->step == step;
				wrong += e->step == step && e->failed;
				blamed += e->step == step && e->failed && first;
				first &= !e->failed;
			}
			failures += wrong;
			if (here && all[i].how != 2) {
				(wrong ? failed : passed)[0]++;
				(wrong ? failed : passed)[1] += all[i].how == 0;
			}
		}
		expect_count(table, step + 1, "failures", failures);
		expect_count(table, step + 1, "blamed", blamed);
		expect_count(table, step + 1, "later", failures - blamed);
		expect_count(table, step + 1, "failed", failed[0]);
		expect_count(table, step + 1, "failed_converted", failed[1]);
		expect_count(table, step + 1, "passed", passed[0]);
		expect_count(table, step + 1, "passed_converted", passed[1]);
	}
	cstn_buffer_free(text);
}

static void check_moves(cstn_journeys *state, const journey *all, int n)
{
	cstn_buffer *text = NULL;
	const char *table = journey_table(state, CSTN_TABLE_JOURNEY_TRANSITIONS, &text);
	int row, i, k, m, seen = 0, total = 0;

	for (i = 0; i < n; i++)
		total += all[i].n + 1;
	for (row = 1; *csv_cell(table, row, "from"); row++) {
		const char *from = csv_cell(table, row, "from"), *to = csv_cell(table, row, "to");
		int count = 0, backward = 0;

		for (i = 0; i < n; i++)
			for (k = 0; k <= all[i].n; k++) {
				static const char *const ends[] = {"GOAL", "DROP", "OPEN"};
				const journey_event *e = all[i].events;
				int highest = -1, is_back;

				if (strcmp(k ? journey_steps[e[k - 1].step] : "START", from) != 0 ||
						strcmp(k < all[i].n ? journey_steps[e[k].step]
								    : ends[all[i].how],
								to) != 0)
					continue;
				for (m = 0; m < k; m++)
					highest = journey_ranks[e[m].step] > highest
								  ? journey_ranks[e[m].step]
								  : highest;
				is_back = k < all[i].n && journey_ranks[e[k].step] >= 0 &&
					  journey_ranks[e[k].step] < highest;
				count++;
				backward += is_back;
			}
		expect_count(table, row, "count", count);
		expect_count(table, row, "backward", backward);
		ck_assert_int_gt(count, 0);
		seen += count;
	}
	ck_assert_int_eq(seen, total);
	cstn_buffer_free(text);
}

START_TEST(all_counts_are_those_of_an_oracle_that_cuts_journeys_out_first)
{
	journey_event log[JOURNEY_EVENTS];
	journey *all = calloc(JOURNEY_EVENTS, sizeof(*all));
	uint64_t seed;
	size_t i;
	int n;

	ck_assert_ptr_nonnull(all);
	for (seed = 20; seed < 24; seed++) {
		cstn_journeys *state;

		journey_log_make(log, seed);
		for (i = 0; i < JOURNEY_EVENTS; i++)
			log[i].segment = -1;
		n = cut_journeys(log, all);
		ck_assert_int_gt(n, 50);
		state = journey_log_state(log, JOURNEY_EVENTS);
		check_steps(state, all, n);
		check_failures(state, all, n);
		check_moves(state, all, n);
		cstn_journeys_free(state);
	}
	free(all);
}
END_TEST

START_TEST(entries_are_what_left_dropped_or_is_open_at_each_step_and_in_all)
{
	journey_event log[JOURNEY_EVENTS];
	cstn_journeys *state;
	cstn_buffer *text = NULL;
	const char *table;
	int row;

	journey_log_make(log, 30);
	state = journey_log_state(log, JOURNEY_EVENTS);
	table = journey_table(state, CSTN_TABLE_JOURNEY_STEPS, &text);
	for (row = 1; *csv_cell(table, row, "step"); row++)
		expect_count(table, row, "entries",
				atoll(csv_cell(table, row, "left")) +
						atoll(csv_cell(table, row, "dropped")) +
						atoll(csv_cell(table, row, "open")));
	ck_assert_int_eq(row, 4 * JOURNEY_STEPS + 1); /* three segments and none */
	cstn_buffer_free(text);
	table = journey_table(state, CSTN_TABLE_JOURNEY_OVERVIEW, &text);
	for (row = 1; *csv_cell(table, row, "journeys"); row++)
		expect_count(table, row, "journeys",
				atoll(csv_cell(table, row, "converted")) +
						atoll(csv_cell(table, row, "dropped")) +
						atoll(csv_cell(table, row, "open")));
	cstn_buffer_free(text);
	cstn_journeys_free(state);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			all_counts_are_those_of_an_oracle_that_cuts_journeys_out_first,
			entries_are_what_left_dropped_or_is_open_at_each_step_and_in_all,
	};

	return run_tests("journey_oracle", tests, sizeof(tests) / sizeof(tests[0]));
}
