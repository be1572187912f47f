/* Releases that are no rows: what was told of a data set is kept with the network, and noise is
 * paid for once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "posix_folder.h"
#include "release_world.h"
#include "suite.h"

static const char *const wanted[] = {"order.price", "customer.city", NULL};
static const cstn_release_column columns[] = {
		{"price", "order.price", NULL, 0}, {"city", "customer.city", NULL, 0}};
static const char *const by_city[] = {"city"};
static const char *const cities[] = {"Bonn", "Ulm"};
static const cstn_aggregate_measure sum_of_price = {"price", CSTN_AGGREGATE_SUM, 0};

/* 30 orders of two cities and five firms, but for number `without`. */
static void orders(struct ArrowArrayStream *out, int without)
{
	char text[2000], *at = text;

	at += sprintf(at, "row,city,firm,price\n");
	for (int i = 0; i < 30; i++)
		if (i != without)
			at += sprintf(at, "%d,%s,firm%d,%d\n", i, cities[i % 2], i / 2 % 5,
					100 + i);
	csv_rows(out, "row int64\ncity text\nfirm text\nprice int64\n", text);
}

typedef struct question {
	int32_t level;
	int without;
	uint64_t nano_epsilon;
	uint32_t flags;
	int32_t kind; /* of noise */
	const char *data_set;
} question;

/* Cells by city; the column "firm" tells the companies apart. */
static cstn_aggregate_options aggregate_by_city(void)
{
	cstn_aggregate_options aggregate = CSTN_AGGREGATE_OPTIONS_INIT;

	aggregate.by = by_city;
	aggregate.n_by = 1;
	aggregate.company = "firm";
	return aggregate;
}

static cstn_release_options options_of(const char *data_set)
{
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;

	options.columns = columns;
	options.n_columns = 2;
	options.data_set = data_set;
	return options;
}

/* The cells as text, in static memory; NULL if it is denied. */
static const char *answer(cstn_network *network, const question *q, cstn_release_receipt_info *info)
{
	static char out[4000];
	cstn_request_options asks = release_asks(q->level, wanted);
	cstn_aggregate_options aggregate = aggregate_by_city();
	cstn_release_options options = options_of(q->data_set);
	cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;
	cstn_request *request;
	struct ArrowArrayStream rows;
	cstn_release_receipt *receipt;
	cstn_release *release = NULL;
	cstn_error *told = NULL;
	cstn_status status;
	cstn_buffer *text;

	asks.nano_epsilon = q->nano_epsilon;
	asks.flags |= q->flags;
	aggregate.measures = &sum_of_price;
	aggregate.n_measures = 1;
	aggregate.row = "row";
	noise.kind = q->kind;
	noise.subject = "row";
	noise.measure = q->kind == CSTN_NOISE_SUM ? "price" : NULL;
	noise.high = q->kind == CSTN_NOISE_SUM ? 200 : 0;
	noise.partition = "city";
	noise.partitions = cities;
	noise.n_partitions = 2;
	options.aggregate = q->level == CSTN_LEVEL_AGGREGATED ? &aggregate : NULL;
	options.noise = q->level == CSTN_LEVEL_NOISED ? &noise : NULL;
	request = release_request(&asks);
	orders(&rows, q->without);
	status = cstn_release_open(network, request, &rows, &options, &release, &told);
	cstn_request_unref(request);
	if (status == CSTN_E_DENIED) {
		cstn_error_free(told);
		return NULL;
	}
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(told));
	SHARING_OK(cstn_release_stream(release, &rows, &error));
	snprintf(out, sizeof(out), "%s", csv_text(&rows, &text));
	cstn_buffer_free(text);
	SHARING_OK(cstn_release_finish(release, &receipt, &error));
	if (info)
		SHARING_OK(cstn_release_receipt_get(receipt, info, &error));
	cstn_release_receipt_free(receipt);
	cstn_release_free(release);
	return out;
}

static uint8_t agreement[32], term[32];

static int64_t granted_of_noise; /* 0: rows are granted, and noise of any epsilon */

static void agree_calls(cstn_network *network, int64_t nano_epsilon, int64_t calls)
{
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, wanted);
	cstn_term_granularity granularity = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_term *made;

	limits.nano_epsilon = nano_epsilon;
	limits.period_us = nano_epsilon ? 365 * RELEASE_DAY : 0;
	limits.calls = calls;
	limits.window_us = calls ? 365 * RELEASE_DAY : 0;
	SHARING_OK(cstn_term_builder_set_limits(builder, &limits, &error));
	if (granted_of_noise) {
		granularity.level = CSTN_LEVEL_NOISED;
		granularity.sensitivity = 1;
		granularity.nano_epsilon = granted_of_noise;
		SHARING_OK(cstn_term_builder_set_granularity(builder, &granularity, &error));
	}
	made = release_term_end(builder);
	cstn_term_digest(made, term);
	release_agree(network, "shop", &made, 1, agreement);
}

static void agree(cstn_network *network, int64_t nano_epsilon)
{
	agree_calls(network, nano_epsilon, 0);
}

START_TEST(cells_that_differ_too_little_from_those_given_before_stay)
{
	const question all = {.level = CSTN_LEVEL_AGGREGATED, .without = -1, .data_set = "may"};
	question less = all;
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	posix_folder folder;
	cstn_network *network;
	char path[512];

	posix_folder_make(&folder);
	posix_folder_at(&folder, "network", path);
	SHARING_OK(cstn_network_open(path, NULL, NULL, &network, &error));
	release_world_fill(network);
	agree(network, 0);
	ck_assert_str_eq(answer(network, &all, &info),
			"city,rows,price_sum\nBonn,15,1710\nUlm,15,1725\n");
	ck_assert_int_eq(info.form, CSTN_LEVEL_AGGREGATED);
	ck_assert_uint_eq(info.rows, 2);
	/* the difference would be row 4, of Bonn; without it the sum of all would show it */
	less.without = 4;
	ck_assert_str_eq(answer(network, &less, NULL), "city,rows,price_sum\n");
	/* that is known to another handle, too */
	SHARING_OK(cstn_network_close(network, &error));
	cstn_network_unref(network);
	SHARING_OK(cstn_network_open(path, NULL, NULL, &network, &error));
	less.without = 6;
	ck_assert_str_eq(answer(network, &less, NULL), "city,rows,price_sum\n");
	/* and not of another data set */
	less.data_set = "june";
	ck_assert_str_eq(answer(network, &less, NULL),
			"city,rows,price_sum\nBonn,14,1604\nUlm,15,1725\n");
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

static uint64_t spent(cstn_network *network)
{
	return release_usage_of(network, agreement, term).nano_epsilon;
}

START_TEST(more_epsilon_than_granted_is_denied_or_capped_and_no_more_is_charged)
{
	question q = {.level = CSTN_LEVEL_NOISED,
			.without = -1,
			.nano_epsilon = 400000001,
			.kind = CSTN_NOISE_COUNT,
			.data_set = "may"};
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_network *network = release_world();
	char first[4000];

	granted_of_noise = 400000000;
	agree(network, 700000000); /* less than what is asked for and what is granted together */
	granted_of_noise = 0;
	ck_assert_ptr_null(answer(network, &q, NULL));
	ck_assert_uint_eq(spent(network), 0);
	q.nano_epsilon = 1000000000;
	q.flags = CSTN_REQUEST_DOWNGRADE_OK;
	snprintf(first, sizeof(first), "%s", answer(network, &q, &info));
	ck_assert_int_eq(info.nano_epsilon, 400000000);
	ck_assert_uint_eq(spent(network), 400000000);
	/* it is known now, and told again to who takes it as it is */
	ck_assert_str_eq(answer(network, &q, &info), first);
	q.flags = 0;
	ck_assert_ptr_null(answer(network, &q, NULL));
	ck_assert_uint_eq(spent(network), 400000000);
	cstn_network_unref(network);
}
END_TEST

START_TEST(noise_is_paid_for_once_and_the_same_question_has_the_same_answer)
{
	question q = {.level = CSTN_LEVEL_NOISED,
			.without = -1,
			.nano_epsilon = 400000000,
			.kind = CSTN_NOISE_COUNT,
			.data_set = "may"};
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_network *network = release_world();
	char first[4000];

	agree(network, 1000000000);
	snprintf(first, sizeof(first), "%s", answer(network, &q, &info));
	ck_assert_int_eq(info.nano_epsilon, 400000000);
	ck_assert_uint_eq(spent(network), 400000000);
	ck_assert_str_eq(answer(network, &q, &info), first);
	ck_assert_int_eq(info.nano_epsilon, 0);
	ck_assert_uint_eq(spent(network), 400000000);
	q.kind = CSTN_NOISE_SUM;
	ck_assert_ptr_nonnull(answer(network, &q, &info));
	ck_assert_uint_eq(spent(network), 800000000);
	/* 200,000,000 are left: another question is denied, one that is cheaper is not */
	q.kind = CSTN_NOISE_COUNT;
	q.data_set = "june";
	ck_assert_ptr_null(answer(network, &q, NULL));
	ck_assert_uint_eq(spent(network), 800000000);
	q.nano_epsilon = 200000000;
	ck_assert_ptr_nonnull(answer(network, &q, NULL));
	ck_assert_uint_eq(spent(network), 1000000000);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_known_answer_is_given_again_when_the_budget_is_spent)
{
	const question known = {.level = CSTN_LEVEL_NOISED,
			.without = -1,
			.nano_epsilon = 400000000,
			.kind = CSTN_NOISE_COUNT,
			.data_set = "may"};
	question other = known;
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_network *network;
	posix_folder folder;
	char first[4000], path[512], *log;

	posix_folder_make(&folder);
	posix_folder_at(&folder, "network", path);
	SHARING_OK(cstn_network_open(path, NULL, NULL, &network, &error));
	release_world_fill(network);
	agree_calls(network, 400000000, 4);
	snprintf(first, sizeof(first), "%s", answer(network, &known, &info));
	ck_assert_int_eq(info.nano_epsilon, 400000000);
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(answer(network, &known, &info), first);
		ck_assert_int_eq(info.nano_epsilon, 0);
		ck_assert_uint_eq(info.rows, 2);
		ck_assert_uint_eq(spent(network), 400000000);
		/* what was not told is not */
		other.data_set = "june";
		ck_assert_ptr_null(answer(network, &other, NULL));
		other.data_set = "may";
		other.kind = CSTN_NOISE_SUM;
		ck_assert_ptr_null(answer(network, &other, NULL));
		other.kind = CSTN_NOISE_COUNT;
		other.nano_epsilon = 1;
		ck_assert_ptr_null(answer(network, &other, NULL));
		other.nano_epsilon = known.nano_epsilon;
		/* to another handle too */
		SHARING_OK(cstn_network_close(network, &error));
		cstn_network_unref(network);
		SHARING_OK(cstn_network_open(path, NULL, NULL, &network, &error));
	}
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "\"release_open\""), 3);
	ck_assert_uint_eq(release_count(log, "\"nano_epsilon\":400000000"), 1);
	ck_assert_uint_eq(release_count(log, "\"nano_epsilon\":0"), 2);
	free(log);
	/* it is a call of four, and the fifth is refused */
	ck_assert_str_eq(answer(network, &known, NULL), first);
	ck_assert_ptr_null(answer(network, &known, NULL));
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(a_malformed_question_is_refused_as_it_was_before)
{
	question q = {.level = CSTN_LEVEL_NOISED,
			.without = -1,
			.nano_epsilon = 400000000,
			.kind = CSTN_NOISE_COUNT,
			.data_set = "may"};
	cstn_request_options asks = release_asks(q.level, wanted);
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;
	cstn_network *network = release_world();
	struct ArrowArrayStream rows;

	agree(network, 400000000);
	asks.nano_epsilon = q.nano_epsilon;
	noise.kind = CSTN_NOISE_COUNT; /* neither a subject nor that rows are */
	options.columns = columns;
	options.n_columns = 2;
	options.data_set = q.data_set;
	options.noise = &noise;
	orders(&rows, -1);
	release_try(network, &asks, &rows, &options, CSTN_E_INVALID_ARGUMENT, "subject");
	ck_assert_ptr_nonnull(answer(network, &q, NULL));
	orders(&rows, -1);
	release_try(network, &asks, &rows, &options, CSTN_E_DENIED, "not available");
	cstn_network_unref(network);
}
END_TEST

START_TEST(existence_is_one_row)
{
	const question q = {.level = CSTN_LEVEL_EXISTENCE, .without = -1};
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_network *network = release_world();

	agree(network, 0);
	ck_assert_str_eq(answer(network, &q, &info), "exists,at_least\ntrue,1\n");
	ck_assert_uint_eq(info.rows, 1);
	ck_assert_int_eq(info.form, CSTN_LEVEL_EXISTENCE);
	cstn_network_unref(network);
}
END_TEST

typedef struct inner {
	cstn_network *network;
	int tried;
} inner;

static int opens_another(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	const cstn_aggregate_options aggregate = aggregate_by_city();
	const cstn_request_options asks = release_asks(CSTN_LEVEL_AGGREGATED, wanted);
	inner *at = stream->private_data;
	cstn_release_options options = options_of("may");
	struct ArrowArrayStream rows;

	options.aggregate = &aggregate;
	orders(&rows, -1);
	release_try(at->network, &asks, &rows, &options, CSTN_E_STATE, "another release");
	at->tried++;
	memset(out, 0, sizeof(*out));
	return 0;
}

static int orders_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	struct ArrowArrayStream rows;
	int code;

	(void)stream;
	orders(&rows, -1);
	code = rows.get_schema(&rows, out);
	rows.release(&rows);
	return code;
}

static const char *no_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return NULL;
}

static void forget(struct ArrowArrayStream *stream)
{
	stream->release = NULL;
}

/* Cells are made one release at a time; one inside the other is told so, and does not wait. */
START_TEST(rows_of_cells_that_open_other_cells_are_refused)
{
	cstn_network *network = release_world();
	const cstn_aggregate_options aggregate = aggregate_by_city();
	const cstn_request_options asks = release_asks(CSTN_LEVEL_AGGREGATED, wanted);
	cstn_release_options options = options_of("may");
	inner at = {network, 0};
	struct ArrowArrayStream rows = {orders_schema, opens_another, no_error, forget, &at};
	cstn_status status;
	cstn_release *release;

	agree(network, 0);
	options.aggregate = &aggregate;
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	ck_assert_uint_eq(release_drain(release, &status), 0);
	ck_assert_int_eq(status, CSTN_DONE);
	ck_assert_int_eq(at.tried, 1);
	cstn_release_free(release);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {cells_that_differ_too_little_from_those_given_before_stay,
			more_epsilon_than_granted_is_denied_or_capped_and_no_more_is_charged,
			noise_is_paid_for_once_and_the_same_question_has_the_same_answer,
			a_known_answer_is_given_again_when_the_budget_is_spent,
			a_malformed_question_is_refused_as_it_was_before, existence_is_one_row,
			rows_of_cells_that_open_other_cells_are_refused};

	return run_tests("forms of releases", tests, sizeof(tests) / sizeof(tests[0]));
}
