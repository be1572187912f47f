/* Out of memory in what is released: nothing has left and nothing is charged, or both are in the
 * log. */
#include "../unit/release_world.h"
#include "network/network.h"
#include "oom.h"

#define SCHEMA "firm text\ntown text null\nage int64\n"
#define ROWS "firm,town,age\nA,Ulm,31\nB,,32\nC,Bonn,33\n"

static cstn_status checksum(oom *o)
{
	uint8_t out[CSTN_CHECKSUM_SIZE_MOST] = {0};
	const uint8_t salt[CSTN_CHECKSUM_SALT_SIZE] = {1};
	struct ArrowArrayStream rows;
	cstn_status status;
	size_t size = 0;

	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_release_checksum(
					 &rows, o->which, salt, o->allocator, out, &size, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert((status == CSTN_OK) == (size != 0));
	return status;
}

/* --- releases --------------------------------------------------------------------------------- */

static cstn_network *world(oom *o)
{
	cstn_network *network;

	SHARING_OK(cstn_network_open(NULL, NULL, o->allocator, &network, &error));
	release_world_fill(network);
	release_agree_raw(network, 100, 100);
	return network;
}

/* One cell of all rows, or noise over it. */
static void want_cells(cstn_release_options *options, int32_t level)
{
	static const char *const by[] = {"id"};
	static const cstn_generalise_step all = {
			"id", CSTN_GENERALISE_BUCKET, 0, 100, 0, 0, 0, NULL};
	static cstn_aggregate_options aggregate = CSTN_AGGREGATE_OPTIONS_INIT;
	static cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;

	aggregate.company = "secret";
	aggregate.by = by;
	aggregate.n_by = 1;
	aggregate.steps = &all;
	aggregate.n_steps = 1;
	noise.flags = CSTN_NOISE_ROW_IS_SUBJECT;
	noise.kind = CSTN_NOISE_COUNT;
	options->data_set = "may";
	options->aggregate = level == CSTN_LEVEL_AGGREGATED ? &aggregate : NULL;
	options->noise = level == CSTN_LEVEL_NOISED ? &noise : NULL;
}

static cstn_status try_open(oom *o, cstn_network *network, cstn_request_options *asks,
		cstn_release **out, cstn_error **error)
{
	cstn_release_options options = release_options();
	cstn_request *request = release_request(asks);
	struct ArrowArrayStream rows;
	cstn_status status;

	options.allocator = o->allocator;
	if (asks->level >= CSTN_LEVEL_AGGREGATED)
		want_cells(&options, asks->level);
	release_rows(&rows, 9, 5);
	status = cstn_release_open(network, request, &rows, &options, out, error);
	ck_assert_ptr_null(rows.release);
	cstn_request_unref(request);
	return status;
}

static cstn_release *opened(oom *o, cstn_network *network)
{
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release *out = NULL;

	asks.rows = 20;
	SHARING_OK(try_open(o, network, &asks, &out, &error));
	return out;
}

/* So many openings and closings are in the log, and charged: 20 rows of one that is open, `rows` of
 * one that is closed. */
static void expect_log(cstn_network *network, size_t opened, size_t closed, uint64_t rows)
{
	char *log = release_log(network, "maker", "c1");
	cstn_rules_usage usage = release_usage(network);

	ck_assert_uint_eq(release_count(log, "\"release_open\""), opened);
	ck_assert_uint_eq(release_count(log, "\"release_close\""), closed);
	ck_assert_uint_eq(usage.calls, opened);
	ck_assert_uint_eq(usage.rows, (opened - closed) * 20 + rows);
	free(log);
}

static size_t openings(cstn_network *network, const char *what)
{
	char *log = release_log(network, "maker", "c1");
	size_t n = release_count(log, what);

	free(log);
	return n;
}

static cstn_status release_open(oom *o)
{
	cstn_network *network = world(o);
	cstn_request_options asks = release_asks(o->which, release_fields);
	cstn_release *release = NULL;
	cstn_status status;
	size_t n;

	asks.rows = 20;
	asks.nano_epsilon = o->which == CSTN_LEVEL_NOISED ? 1000 : 0;
	oom_arm(o);
	OOM_CALL(status, try_open(o, network, &asks, &release, &error));
	oom_disarm(o);
	ck_assert((release != NULL) == (status == CSTN_OK));
	n = openings(network, "\"release_open\"");
	ck_assert_uint_le(n, 1);
	ck_assert(n == 1 || status != CSTN_OK);
	expect_log(network, n, openings(network, "\"release_close\""), 0);
	cstn_release_free(release);
	cstn_network_unref(network);
	return status;
}

/* A known answer, of which nothing is charged but the call. */
static cstn_status release_again(oom *o)
{
	cstn_network *network = world(o);
	cstn_request_options asks = release_asks(CSTN_LEVEL_NOISED, release_fields);
	cstn_release *release = NULL;
	cstn_status status;
	size_t n;

	asks.rows = 20;
	asks.nano_epsilon = 1000;
	SHARING_OK(try_open(o, network, &asks, &release, &error));
	cstn_release_free(release);
	release = NULL;
	ck_assert_uint_eq(release_usage(network).nano_epsilon, 1000);
	oom_arm(o);
	OOM_CALL(status, try_open(o, network, &asks, &release, &error));
	oom_disarm(o);
	ck_assert((release != NULL) == (status == CSTN_OK));
	n = openings(network, "\"release_open\"");
	ck_assert(n == 2 || status != CSTN_OK);
	expect_log(network, n, openings(network, "\"release_close\""), 0);
	ck_assert_uint_eq(release_usage(network).nano_epsilon, 1000);
	cstn_release_free(release);
	cstn_network_unref(network);
	return status;
}

/* Denied, or out of memory: never anything else. */
static cstn_status release_denied(oom *o)
{
	cstn_network *network = world(o);
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release *release = NULL;
	cstn_status status;
	char *log;

	asks.recipient = "rival";
	oom_arm(o);
	OOM_CALL(status, try_open(o, network, &asks, &release, &error));
	oom_disarm(o);
	ck_assert_ptr_null(release);
	expect_log(network, 0, 0, 0);
	log = release_log(network, "maker", NULL);
	ck_assert_uint_eq(release_count(log, "\"denial\""), status == CSTN_E_DENIED);
	free(log);
	cstn_network_unref(network);
	return status == CSTN_E_DENIED ? CSTN_OK : status;
}

static cstn_status release_next(oom *o)
{
	cstn_network *network = world(o);
	cstn_release *release = opened(o, network);
	struct ArrowArray batch = {0};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_release_next(release, &batch, &error));
	oom_disarm(o);
	ck_assert((batch.release != NULL) == (status == CSTN_OK));
	if (batch.release)
		batch.release(&batch);
	else
		ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_E_NOMEM);
	cstn_release_free(release);
	expect_log(network, 1, 1, status == CSTN_OK ? 5 : 0);
	cstn_network_unref(network);
	return status;
}

static cstn_status release_finish(oom *o)
{
	cstn_network *network = world(o);
	cstn_release *release = opened(o, network);
	cstn_release_receipt *receipt = NULL;
	cstn_status status;
	size_t closed;

	ck_assert_uint_eq(release_drain(release, &status), 9);
	oom_arm(o);
	OOM_CALL(status, cstn_release_finish(release, &receipt, &error));
	oom_disarm(o);
	ck_assert((receipt != NULL) == (status == CSTN_OK));
	closed = openings(network, "\"release_close\"");
	expect_log(network, 1, closed, closed ? 9 : 0);
	cstn_release_receipt_free(receipt);
	SHARING_OK(cstn_release_finish(release, &receipt, &error));
	cstn_release_receipt_free(receipt);
	expect_log(network, 1, 1, 9);
	cstn_release_free(release);
	cstn_network_unref(network);
	return status;
}

static cstn_status release_parts(oom *o)
{
	cstn_network *network = world(o);
	cstn_release *release = opened(o, network);
	struct ArrowArrayStream stream = {0};
	struct ArrowSchema schema = {0};
	cstn_release_receipt *receipt = NULL;
	cstn_buffer *json = NULL;
	cstn_status status = CSTN_OK;

	if (o->which == 2)
		SHARING_OK(cstn_release_finish(release, &receipt, &error));
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_release_schema(release, &schema, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_release_stream(release, &stream, &error));
	else
		OOM_CALL(status, cstn_release_receipt_json(receipt, &json, &error));
	oom_disarm(o);
	ck_assert((schema.release || stream.release || json) == (status == CSTN_OK));
	if (schema.release)
		schema.release(&schema);
	if (stream.release)
		stream.release(&stream);
	cstn_buffer_free(json);
	cstn_release_receipt_free(receipt);
	cstn_release_free(release);
	cstn_network_unref(network);
	return status;
}

/* Nothing is open, and nothing is found: a scan. */
static cstn_status release_recover(oom *o)
{
	cstn_network *network = world(o);
	cstn_release *release = opened(o, network);
	uint64_t count = 99;
	cstn_status status;

	if (o->which) /* as if another process had opened it */
		atomic_fetch_add(&network->session, 2);
	oom_arm(o);
	OOM_CALL(status, cstn_release_recover(network, RELEASE_NOW, &count, &error));
	oom_disarm(o);
	ck_assert_uint_eq(count, status != CSTN_OK ? 99 : o->which ? 1 : 0);
	ck_assert_uint_eq(openings(network, "\"close_unknown\""), status == CSTN_OK && o->which);
	expect_log(network, 1, 0, 0);
	cstn_release_free(release);
	cstn_network_unref(network);
	return status;
}

const oom_case oom_cases_release[] = {
		{"cstn_release_checksum", checksum, 0, CSTN_CHECKSUM_XXH3_128},
		{"cstn_release_checksum", checksum, 0, CSTN_CHECKSUM_SHA256},
		{"cstn_release_open", release_open, 0, CSTN_LEVEL_RAW},
		{"cstn_release_open", release_open, 0, CSTN_LEVEL_AGGREGATED},
		{"cstn_release_open", release_open, 0, CSTN_LEVEL_NOISED},
		{"cstn_release_open", release_again, 0, 0},
		{"cstn_release_open", release_denied, 0, 0},
		{"cstn_release_next", release_next, 0, 0},
		{"cstn_release_finish", release_finish, 0, 0},
		{"cstn_release_schema", release_parts, 0, 0},
		{"cstn_release_stream", release_parts, 0, 1},
		{"cstn_release_receipt_json", release_parts, 0, 2},
		{"cstn_release_recover", release_recover, 0, 0},
		{"cstn_release_recover", release_recover, 0, 1},
};
const size_t oom_count_release = sizeof(oom_cases_release) / sizeof(oom_cases_release[0]);
