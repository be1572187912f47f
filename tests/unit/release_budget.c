/* What releases spend: reserved when they open, given back when they close, never more than there
 * is. */
#include "release_world.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

START_TEST(limit_of_rows_ends_the_stream_before_the_batch_that_passes_it)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_release *release;
	cstn_status status;

	release_agree_raw(network, 100, 0);
	asks.rows = 24;
	release_rows(&rows, 50, 10);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	ck_assert_uint_eq(release_drain(release, &status), 20);
	ck_assert_int_eq(status, CSTN_E_BUDGET);
	SHARING_FAILS(CSTN_E_BUDGET, "10 rows, 4 are left",
			cstn_release_next(release, &batch, &error));
	SHARING_OK(cstn_release_finish(release, NULL, &error));
	cstn_release_free(release);
	ck_assert_uint_eq(release_rows_left(network), 80);
	ck_assert_uint_eq(release_rows_left(network), 0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(what_was_reserved_and_has_not_left_is_given_back)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_release *release;

	release_agree_raw(network, 100, 0);
	asks.rows = 90;
	release_rows(&rows, 50, 10);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	/* while it is open others have the rest */
	ck_assert_uint_eq(release_rows_left(network), 10);
	SHARING_OK(cstn_release_next(release, &batch, &error));
	batch.release(&batch);
	cstn_release_free(release);
	ck_assert_uint_eq(release_rows_left(network), 80);
	cstn_network_unref(network);
}
END_TEST

START_TEST(calls_are_counted_whether_anything_leaves_or_not)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	cstn_release *release;
	cstn_status status;

	release_agree_raw(network, 0, 3);
	for (int i = 0; i < 3; i++) {
		release_rows(&rows, 5, 5);
		release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
		if (i == 1)
			ck_assert_uint_eq(release_drain(release, &status), 5);
		cstn_release_free(release);
	}
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_DENIED, "not available");
	asks.now_us += RELEASE_DAY;
	release_rows(&rows, 5, 5);
	cstn_release_free(release_try(network, &asks, &rows, &options, CSTN_OK, NULL));
	cstn_network_unref(network);
}
END_TEST

/* --- under another agreement ------------------------------------------------------------------ */

/* maker lets shop have `most` rows a day and pass them on; shop lets rival have as many. */
typedef struct passing {
	cstn_network *network;
	uint8_t agreements[2][32], terms[2][32];
} passing;

static void passing_open(passing *at, int64_t rows, int64_t calls)
{
	static const char *const parties[] = {"maker", "shop", "rival"};

	at->network = release_world();
	for (int i = 0; i < 2; i++) {
		cstn_term_builder *builder =
				release_term(parties[i + 1], CSTN_LEVEL_RAW, release_fields);
		cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
		cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
		cstn_term *term;

		limits.rows = rows;
		limits.calls = calls;
		limits.window_us = RELEASE_DAY;
		onward.to = i ? CSTN_ONWARD_NONE : CSTN_ONWARD_SAME_CONSTELLATION;
		onward.max_hops = !i;
		SHARING_OK(cstn_term_builder_set_limits(builder, &limits, &error));
		SHARING_OK(cstn_term_builder_set_onward(builder, &onward, &error));
		SHARING_OK(cstn_term_builder_set_provider(builder, parties[i], &error));
		term = release_term_end(builder);
		cstn_term_digest(term, at->terms[i]);
		release_agree_under(at->network, parties[i], parties[i + 1], &term, 1,
				i ? at->agreements[0] : NULL, at->agreements[i]);
	}
}

/* rival asks shop (or, if `own`, shop asks maker) for rows, of which some leave before it ends. */
static void passing_ask(passing *at, int own, uint64_t rows, uint64_t leave, cstn_status expected)
{
	static const char *const way[] = {"maker"};
	static uint8_t number;
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream input;
	struct ArrowArray batch;
	cstn_release *release;

	if (!own) {
		asks.provider = "shop";
		asks.recipient = "rival";
		asks.hops = way;
		asks.n_hops = 1;
	}
	asks.rows = rows;
	asks.nonce[1] = ++number;
	release_rows(&input, 100, 1);
	release = release_try(at->network, &asks, &input, &options, expected,
			expected == CSTN_OK ? NULL : "not available");
	for (uint64_t i = 0; release && i < leave; i++) {
		SHARING_OK(cstn_release_next(release, &batch, &error));
		batch.release(&batch);
	}
	cstn_release_free(release);
}

static void passing_used(passing *at, int agreement, uint64_t rows, uint64_t calls)
{
	cstn_rules_usage usage = release_usage_of(
			at->network, at->agreements[agreement], at->terms[agreement]);

	ck_assert_uint_eq(usage.rows, rows);
	ck_assert_uint_eq(usage.rows_in_all, rows);
	ck_assert_uint_eq(usage.calls, calls);
}

static void passing_denied(passing *at, const char *provider, size_t budget)
{
	char *log = release_log(at->network, provider, NULL);

	ck_assert_uint_eq(release_count(log, "\"reason\":\"BUDGET\""), budget);
	ck_assert_uint_eq(release_count(log, "\"reason\":"), budget);
	free(log);
}

START_TEST(what_is_passed_on_is_charged_to_the_parent_too)
{
	passing at;
	char *log;

	passing_open(&at, 20, 10);
	passing_ask(&at, 0, 8, 6, CSTN_OK);
	passing_used(&at, 0, 6, 1);
	passing_used(&at, 1, 6, 1);
	log = release_log(at.network, "shop", "c1");
	ck_assert_uint_eq(release_count(log, "\"rows\":8"), 2); /* both are reserved of */
	free(log);
	/* what is had directly is charged to the parent alone */
	passing_ask(&at, 1, 9, 9, CSTN_OK);
	passing_used(&at, 0, 15, 2);
	passing_used(&at, 1, 6, 1);
	/* 5 are left of the parent, 14 of what derives: the parent refuses, and nothing is
	 * charged */
	passing_ask(&at, 0, 6, 0, CSTN_E_DENIED);
	passing_denied(&at, "shop", 1);
	passing_used(&at, 0, 15, 2);
	passing_used(&at, 1, 6, 1);
	passing_ask(&at, 0, 5, 5, CSTN_OK);
	passing_used(&at, 0, 20, 3);
	passing_used(&at, 1, 11, 2);
	/* spent: neither has one more */
	passing_ask(&at, 0, 1, 0, CSTN_E_DENIED);
	passing_ask(&at, 1, 1, 0, CSTN_E_DENIED);
	passing_denied(&at, "shop", 2);
	passing_denied(&at, "maker", 1);
	cstn_network_unref(at.network);
}
END_TEST

START_TEST(calls_of_the_parent_are_those_of_all_that_derives)
{
	passing at;

	passing_open(&at, 1000, 3);
	for (int i = 0; i < 3; i++)
		passing_ask(&at, i == 1, 1, 0, CSTN_OK);
	passing_used(&at, 0, 0, 3);
	passing_used(&at, 1, 0, 2);
	passing_ask(&at, 0, 1, 0, CSTN_E_DENIED);
	passing_denied(&at, "shop", 1);
	passing_used(&at, 1, 0, 2);
	cstn_network_unref(at.network);
}
END_TEST

/* --- against plain counting ------------------------------------------------------------------- */

#define OPEN_MOST 5
#define STEPS 600

/* A term of 12 calls and 60 rows a day, 900 rows in all, counted plainly. */
typedef struct counter {
	int64_t calls, rows, in_all, day; /* the day of calls and rows */
	struct {
		cstn_release *release;
		int64_t reserved, day;
	} open[OPEN_MOST];
} counter;

static int64_t day_of(int64_t now_us)
{
	return now_us / RELEASE_DAY;
}

static int may(const counter *c, int64_t now_us, int64_t rows)
{
	int64_t calls = c->calls, used = c->rows;

	if (day_of(now_us) > c->day)
		calls = used = 0;
	return calls < 12 && used + rows <= 60 && c->in_all + rows <= 900;
}

static void charge(counter *c, int64_t now_us, int64_t rows)
{
	if (day_of(now_us) > c->day) {
		c->day = day_of(now_us);
		c->calls = c->rows = 0;
	}
	c->calls++;
	c->rows += rows;
	c->in_all += rows;
}

static void try_another(cstn_network *network, counter *c, size_t place, int64_t now_us,
		uint64_t *random, unsigned *granted, unsigned *denied)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	int64_t rows = 1 + (int64_t)sharing_roll(random, 30);
	struct ArrowArrayStream input;
	int expected = may(c, now_us, rows);

	asks.rows = (uint64_t)rows;
	asks.now_us = now_us;
	asks.nonce[1] = (uint8_t)sharing_roll(random, 256);
	release_rows(&input, 100, 1);
	c->open[place].release = release_try(
			network, &asks, &input, &options, expected ? CSTN_OK : CSTN_E_DENIED, NULL);
	*granted += expected != 0;
	*denied += !expected;
	if (!expected)
		return;
	charge(c, now_us, rows);
	c->open[place].reserved = rows;
	c->open[place].day = c->day;
}

/* Some of what was reserved leaves; the rest is given back, to the day that it was taken of. */
static void close_one(counter *c, size_t place, uint64_t *random)
{
	int64_t left = (int64_t)sharing_roll(random, (uint32_t)c->open[place].reserved + 1);
	int64_t unused = c->open[place].reserved - left;
	struct ArrowArray batch;

	for (int64_t i = 0; i < left; i++) {
		SHARING_OK(cstn_release_next(c->open[place].release, &batch, &error));
		batch.release(&batch);
	}
	cstn_release_free(c->open[place].release);
	c->open[place].release = NULL;
	c->in_all -= unused;
	if (c->open[place].day == c->day)
		c->rows -= unused;
}

START_TEST(limits_are_those_of_plain_counting_in_any_order)
{
	cstn_network *network = release_world();
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	uint8_t agreement[32], digest[32];
	uint64_t random = 7;
	unsigned granted = 0, denied = 0;
	int64_t now_us = RELEASE_NOW;
	counter c = {.day = INT64_MIN};
	cstn_rules_usage usage;
	cstn_term *term;

	limits.calls = 12;
	limits.rows = 60;
	limits.window_us = RELEASE_DAY;
	limits.rows_in_all = 900;
	SHARING_OK(cstn_term_builder_set_limits(builder, &limits, &error));
	term = release_term_end(builder);
	cstn_term_digest(term, digest);
	release_agree(network, "shop", &term, 1, agreement);
	for (int step = 0; step < STEPS; step++) {
		size_t place = sharing_roll(&random, OPEN_MOST);

		now_us += (int64_t)sharing_roll(&random, 100) * (RELEASE_DAY / 1000);
		if (c.open[place].release)
			close_one(&c, place, &random);
		else
			try_another(network, &c, place, now_us, &random, &granted, &denied);
		usage = release_usage_of(network, agreement, digest);
		ck_assert_int_eq((int64_t)usage.rows_in_all, c.in_all);
		ck_assert_int_eq((int64_t)usage.rows, c.rows);
		ck_assert_int_eq((int64_t)usage.calls, c.calls);
	}
	for (size_t i = 0; i < OPEN_MOST; i++)
		cstn_release_free(c.open[i].release);
	ck_assert_uint_gt(granted, 50);
	ck_assert_uint_gt(denied, 50);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {limit_of_rows_ends_the_stream_before_the_batch_that_passes_it,
			what_was_reserved_and_has_not_left_is_given_back,
			calls_are_counted_whether_anything_leaves_or_not,
			what_is_passed_on_is_charged_to_the_parent_too,
			calls_of_the_parent_are_those_of_all_that_derives,
			limits_are_those_of_plain_counting_in_any_order};

	return run_tests("budgets of releases", tests, sizeof(tests) / sizeof(tests[0]));
}
