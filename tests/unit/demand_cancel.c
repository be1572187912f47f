/* Long calls that are cancelled after their rows were read stop at their next step: a call is
 * cancelled at each of its allocations in turn. */
#include <stdio.h>
#include <string.h>

#include <constellation/demand.h>
#include <constellation/demand_evaluate.h>
#include <constellation/demand_signal.h>

#include "csv_rows.h"
#include "suite.h"
#include "watched_allocator.h"

#define DAYS 60

/* Cancels a call at its n-th allocation. */
typedef struct cancelling {
	watched_allocator memory;
	cstn_progress *progress;
	size_t calls, cancel_at;
} cancelling;

static void count(void *context)
{
	cancelling *c = context;

	if (++c->calls == c->cancel_at)
		cstn_progress_cancel(c->progress);
}

/* --- calls ------------------------------------------------------------------------------------ */

static char rows_text[8 << 10], signals_text[32 << 10];

static void make_rows(void)
{
	size_t used = 0, told = 0;
	int t, k;

	used += (size_t)snprintf(rows_text, sizeof(rows_text), "unique_id,ds,y\n");
	told += (size_t)snprintf(signals_text, sizeof(signals_text),
			"signal,unique_id,ds,value,available_us\n");
	for (t = 0; t < DAYS; t++) {
		used += (size_t)snprintf(rows_text + used, sizeof(rows_text) - used, "a,%d,%d\n", t,
				20 + t * 7 % 11 + 5 * (t % 5 == 0));
		for (k = 0; k < 3; k++)
			told += (size_t)snprintf(signals_text + told, sizeof(signals_text) - told,
					"s%d,a,%d,%d,\n", k, t, t * (k + 3) % (5 + 2 * k));
	}
}

static cstn_status backtest(cancelling *c, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	struct ArrowArrayStream in;

	csv_rows(&in, "unique_id text\nds int64\ny double\n", rows_text);
	config.season = 1;
	family.horizon = 1;
	family.threads = 1;
	family.progress = c->progress;
	options.n_windows = 30;
	options.step = 1;
	options.demand = &config;
	return cstn_backtest(&in, &family, &options, &c->memory.allocator, out, NULL, error);
}

static cstn_status score(cancelling *c, struct ArrowArrayStream *out, cstn_error **error)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;
	struct ArrowArrayStream in;

	csv_rows(&in, "unique_id text\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\na,1,1,2\na,2,1,3\nb,1,4,4\n");
	options.metrics = metrics;
	options.n_metrics = 1;
	options.threads = 1;
	options.progress = c->progress;
	return cstn_forecast_score(&in, NULL, &options, &c->memory.allocator, out, NULL, error);
}

static cstn_status value(cancelling *c, struct ArrowArrayStream *out, cstn_error **error)
{
	static const char *const names[] = {"s0", "s1", "s2"};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	struct ArrowArrayStream in, told;
	const cstn_signal *list[3];
	cstn_signal signals[3];
	int k;

	csv_rows(&in, "unique_id text\nds int64\ny double\n", rows_text);
	csv_rows(&told,
			"signal text\nunique_id text null\nds int64\nvalue double\n"
			"available_us int64 null\n",
			signals_text);
	for (k = 0; k < 3; k++) {
		signals[k] = (cstn_signal)CSTN_SIGNAL_INIT;
		signals[k].name = names[k];
		signals[k].kind = CSTN_SIGNAL_KNOWN_FUTURE;
		signals[k].flags = CSTN_SIGNAL_ASSUME_KNOWN;
		list[k] = &signals[k];
	}
	options.season = 1;
	options.threads = 1;
	options.origins = 15;
	options.resamples = 9;
	options.service_ppm = 900000;
	options.holding_minor = 1;
	options.progress = c->progress;
	return cstn_signal_value(
			&in, &told, list, 3, &options, &c->memory.allocator, out, NULL, error);
}

static const struct {
	const char *name;
	cstn_status (*call)(cancelling *c, struct ArrowArrayStream *out, cstn_error **error);
	double until; /* of its allocations: there it still asks; then its rows are put out */
} calls[] = {{"backtest of a demand model", backtest, .9}, {"score", score, .5},
		{"value of signals", value, .6}};

/* Allocations of a call that is cancelled at one of them; whether it stopped. */
static size_t run(int which, size_t cancel_at, int *stopped)
{
	cancelling c = {.cancel_at = cancel_at};
	struct ArrowArrayStream out = {0};
	cstn_error *error = NULL;
	cstn_status status;

	watched_allocator_init(&c.memory, count, NULL, &c);
	ck_assert_int_eq(cstn_progress_new(NULL, &c.progress, NULL), CSTN_OK);
	status = calls[which].call(&c, &out, &error);
	*stopped = status == CSTN_E_CANCELLED;
	ck_assert_msg(status == CSTN_OK || *stopped, "%s", cstn_error_message(error));
	if (*stopped) {
		ck_assert_ptr_null(out.release);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "cancelled"));
	} else {
		out.release(&out);
	}
	cstn_error_free(error);
	cstn_progress_free(c.progress);
	return c.calls;
}

START_TEST(a_call_that_is_cancelled_after_its_rows_were_read_stops)
{
	int stopped, k;
	size_t all, n, last = 0;

	make_rows();
	all = run(_i, 0, &stopped);
	ck_assert(!stopped);
	for (n = 1; n <= all; n += 1 + all / 200) {
		(void)run(_i, n, &stopped);
		last = stopped ? n : last;
	}
	k = (int)(100 * last / all);
	printf("%s: stops at %d %% of %zu allocations\n", calls[_i].name, k, all);
	fflush(stdout);
	ck_assert_uint_ge(last, (size_t)(calls[_i].until * (double)all));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand cancel");
	TCase *tests = tcase_create("demand cancel");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, a_call_that_is_cancelled_after_its_rows_were_read_stops, 0, 3);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
