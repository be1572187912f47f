/* Releases of many threads at once spend exactly what there is, together with programs that change
 * the network meanwhile. */
#include <pthread.h>
#include <string.h>

#include "../unit/csv_rows.h"
#include "../unit/network_fixture.h"
#include "../unit/release_world.h"
#include "../unit/suite.h"

#define THREADS 6
#define EACH 8
#define LIMIT 100
#define RESERVED 7 /* rows; LIMIT is no multiple */

typedef struct worker {
	cstn_network *network;
	unsigned number;
	uint64_t rows, opened, denied, other;
} worker;

static void *work(void *context)
{
	worker *w = context;

	for (unsigned i = 0; i < EACH; i++) {
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
		cstn_release_options options = release_options();
		struct ArrowArrayStream rows;
		cstn_release *release = NULL;
		cstn_request *request;
		cstn_status status;

		asks.rows = RESERVED;
		asks.nonce[1] = (uint8_t)w->number;
		asks.nonce[2] = (uint8_t)i;
		request = release_request(&asks);
		release_rows(&rows, 3 + 4 * (i % 3), 2);
		status = cstn_release_open(w->network, request, &rows, &options, &release, NULL);
		cstn_request_unref(request);
		w->opened += status == CSTN_OK;
		w->denied += status == CSTN_E_DENIED;
		w->other += status != CSTN_OK && status != CSTN_E_DENIED;
		if (!release)
			continue;
		w->rows += release_drain(release, &status);
		cstn_release_free(release);
	}
	return NULL;
}

/* Commits that have nothing to do with it, so that decisions are made again. */
static void *disturb(void *context)
{
	worker *w = context;

	for (int i = 0; i < 300; i++)
		network_put_ok(w->network,
				network_record("partner", i % 2 ? "partner_id=a" : "partner_id=b",
						"name=n", NULL));
	return NULL;
}

static void run(int disturbed)
{
	cstn_network *network = release_world();
	pthread_t threads[THREADS], other;
	worker workers[THREADS];
	uint64_t rows = 0, opened = 0, denied = 0;
	cstn_rules_usage usage;
	char *log;

	release_agree_raw(network, LIMIT, 0);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (worker){.network = network, .number = i};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	if (disturbed)
		ck_assert_int_eq(pthread_create(&other, NULL, disturb, &workers[0]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(workers[i].other, 0);
		rows += workers[i].rows;
		opened += workers[i].opened;
		denied += workers[i].denied;
	}
	if (disturbed)
		ck_assert_int_eq(pthread_join(other, NULL), 0);
	ck_assert_uint_eq(opened + denied, THREADS * EACH);
	ck_assert_uint_gt(denied, 0);
	ck_assert_uint_ge(opened, LIMIT / RESERVED); /* none is denied before */
	ck_assert_uint_le(rows, LIMIT);
	usage = release_usage(network);
	ck_assert_uint_eq(usage.rows, rows);
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_open\""), opened);
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_close\""), opened);
	free(log);
	log = release_log(network, "maker", NULL);
	ck_assert_uint_eq(release_count(log, "\"type\":\"denial\""), denied);
	free(log);
	cstn_network_unref(network);
}

START_TEST(releases_at_once_never_overspend)
{
	run(0);
}
END_TEST

START_TEST(releases_are_decided_again_while_the_network_moves)
{
	run(1);
}
END_TEST

/* --- cells ------------------------------------------------------------------------------------ */

static const char *const counted[] = {"customer.city", NULL};
static const cstn_release_column city[] = {{"city", "customer.city", NULL, 0}};
static const char *const cities[] = {"Bonn", "Ulm"};

typedef struct asker {
	cstn_network *network;
	char answer[200];
	int64_t paid;
} asker;

static void *ask_noise(void *context)
{
	asker *w = context;
	cstn_request_options asks = release_asks(CSTN_LEVEL_NOISED, counted);
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;
	cstn_release_receipt *receipt = NULL;
	struct ArrowArrayStream rows;
	cstn_request *request;
	cstn_release *release = NULL;
	cstn_buffer *text;

	asks.nano_epsilon = 1000;
	noise.kind = CSTN_NOISE_COUNT;
	noise.flags = CSTN_NOISE_ROW_IS_SUBJECT;
	noise.partition = "city";
	noise.partitions = cities;
	noise.n_partitions = 2;
	options.columns = city;
	options.n_columns = 1;
	options.data_set = "may";
	options.noise = &noise;
	request = release_request(&asks);
	csv_rows(&rows, "city text\n", "city\nBonn\nUlm\nUlm\n");
	if (cstn_release_open(w->network, request, &rows, &options, &release, NULL) == CSTN_OK &&
			cstn_release_stream(release, &rows, NULL) == CSTN_OK) {
		strcpy(w->answer, csv_text(&rows, &text));
		cstn_buffer_free(text);
	}
	if (cstn_release_finish(release, &receipt, NULL) == CSTN_OK &&
			cstn_release_receipt_get(receipt, &info, NULL) == CSTN_OK)
		w->paid = info.nano_epsilon;
	cstn_release_receipt_free(receipt);
	cstn_release_free(release);
	cstn_request_unref(request);
	return NULL;
}

START_TEST(question_of_many_threads_has_one_answer_and_is_paid_for_once)
{
	cstn_network *network = release_world();
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, counted);
	cstn_term *term = release_term_end(builder);
	pthread_t threads[THREADS];
	asker askers[THREADS];
	int64_t paid = 0;

	release_agree(network, "shop", &term, 1, NULL);
	memset(askers, 0, sizeof(askers));
	for (size_t i = 0; i < THREADS; i++) {
		askers[i].network = network;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_noise, &askers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_str_ne(askers[i].answer, "");
		ck_assert_str_eq(askers[i].answer, askers[0].answer);
		paid += askers[i].paid;
	}
	ck_assert_int_eq(paid, 1000);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {releases_at_once_never_overspend,
			releases_are_decided_again_while_the_network_moves,
			question_of_many_threads_has_one_answer_and_is_paid_for_once};

	return run_tests("releases of many threads", tests, sizeof(tests) / sizeof(tests[0]));
}
