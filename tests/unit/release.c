/* Releases: what leaves was decided, charged and entered before; what is denied is one answer. */
#include "release_world.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "ledger_fixture.h"
#include "network_fixture.h"
#include "suite.h"

/* --- what leaves ------------------------------------------------------------------------------ */

START_TEST(rows_leave_after_an_opening_and_before_a_closing_in_the_log)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_release_options options = release_options();
	cstn_release_receipt *receipt;
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_release *release;
	char *log;

	release_agree_raw(network, 1000, 0);
	release_rows(&rows, 25, 10);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_open\""), 1);
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_close\""), 0);
	ck_assert_uint_eq(release_count(log, "\"rows\":1000"), 1);
	ck_assert_uint_eq(release_count(log, "\"paths\":[\"order.id\",\"order.qty\"]"), 1);
	ck_assert_uint_eq(release_count(log, "\"levels\":[1,1]"), 1);
	free(log);
	for (int64_t from = 0; from < 25; from += 10) {
		const int64_t *ids;

		SHARING_OK(cstn_release_next(release, &batch, &error));
		ck_assert_int_eq(batch.length, from < 20 ? 10 : 5);
		ck_assert_int_eq(batch.n_children, 2);
		ids = (const int64_t *)batch.children[0]->buffers[1] + batch.children[0]->offset;
		ck_assert_int_eq(ids[0], from);
		batch.release(&batch);
	}
	ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_DONE);
	ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_DONE);
	SHARING_OK(cstn_release_finish(release, &receipt, &error));
	ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_E_STATE);
	SHARING_OK(cstn_release_receipt_get(receipt, &info, &error));
	ck_assert_uint_eq(info.rows, 25);
	ck_assert_uint_eq(info.batches, 3);
	ck_assert_uint_eq(info.columns_dropped, 1);
	ck_assert_uint_eq(info.closed_index, info.opened_index + 1);
	ck_assert_int_eq(info.form, CSTN_LEVEL_RAW);
	ck_assert_int_eq(info.ended, CSTN_DONE);
	ck_assert_str_eq(info.recipient, "shop");
	ck_assert_mem_eq(info.release, cstn_release_id(release), 32);
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "\"type\":\"release_close\""), 1);
	ck_assert_uint_eq(release_count(log, "\"batches\":3"), 1);
	free(log);
	cstn_release_receipt_free(receipt);
	cstn_release_free(release);
	cstn_network_unref(network);
}
END_TEST

/* The checksum in the log is that of what was received, and the receipt has what it takes. */
START_TEST(recipient_checks_what_it_received_against_the_log)
{
	static const uint32_t flags[] = {0, CSTN_TERM_PROOF_OF_CONTENT};

	for (size_t i = 0; i < 2; i++) {
		cstn_network *network = release_world();
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
		cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
		cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
		cstn_release_options options = release_options();
		cstn_release_receipt *receipt;
		struct ArrowArrayStream rows;
		char hex[2 * 32 + 1] = "", *log, words[100];
		cstn_release *release;
		cstn_buffer *json;
		cstn_term *term;
		int64_t left = 0;
		uint8_t sum[32];
		size_t size;

		SHARING_OK(cstn_term_builder_set_flags(builder, flags[i], &error));
		term = release_term_end(builder);
		release_agree(network, "shop", &term, 1, NULL);
		release_rows(&rows, 30, 7);
		release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
		SHARING_OK(cstn_release_stream(release, &rows, &error));
		/* the salt is known once it is finished, so the rows are pulled twice */
		while (1) {
			struct ArrowArray batch;

			ck_assert_int_eq(rows.get_next(&rows, &batch), 0);
			if (!batch.release)
				break;
			left += batch.length;
			batch.release(&batch);
		}
		ck_assert_int_eq(left, 30);
		rows.release(&rows);
		SHARING_OK(cstn_release_finish(release, &receipt, &error));
		SHARING_OK(cstn_release_receipt_get(receipt, &info, &error));
		ck_assert_int_eq(info.checksum_kind,
				i ? CSTN_CHECKSUM_SHA256 : CSTN_CHECKSUM_XXH3_128);
		ck_assert_uint_eq(info.checksum_size, i ? 32 : 16);
		SHARING_OK(cstn_release_receipt_json(receipt, &json, &error));
		ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(json), "\"salt\":\""));
		/* of what stayed it says nothing */
		ck_assert_ptr_null(strstr((const char *)cstn_buffer_data(json), "held_back"));
		ck_assert_ptr_null(strstr((const char *)cstn_buffer_data(json), "dropped"));
		cstn_buffer_free(json);
		cstn_release_free(release);
		/* what a recipient computes of the same rows */
		asks.nonce[0]++;
		release_rows(&rows, 30, 30);
		release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
		SHARING_OK(cstn_release_stream(release, &rows, &error));
		SHARING_OK(cstn_release_checksum(
				&rows, info.checksum_kind, info.salt, NULL, sum, &size, &error));
		ck_assert_uint_eq(size, info.checksum_size);
		ck_assert_mem_eq(sum, info.checksum, size);
		cstn_release_free(release);
		cstn__hex(sum, size, hex);
		snprintf(words, sizeof(words), "\"checksum\":\"%s\"", hex);
		log = release_log(network, "maker", "c1");
		ck_assert_uint_eq(release_count(log, words), 1);
		free(log);
		cstn_release_receipt_free(receipt);
		cstn_network_unref(network);
	}
}
END_TEST

START_TEST(columns_that_are_no_granted_field_stay_and_are_told_to_the_provider)
{
	static const char *const wanted[] = {"order.id", "order.price", NULL};
	static const cstn_release_column columns[] = {
			{"id", "order.id", NULL, 0}, {"qty", "order.price", NULL, 0}};
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, wanted);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	struct ArrowSchema schema;
	cstn_release *release;
	cstn_status status;
	char *log;

	options.columns = columns;
	release_agree_raw(network, 0, 0);
	release_rows(&rows, 5, 5);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	SHARING_OK(cstn_release_schema(release, &schema, &error));
	ck_assert_int_eq(schema.n_children, 1);
	ck_assert_str_eq(schema.children[0]->name, "id");
	schema.release(&schema);
	ck_assert_uint_eq(release_drain(release, &status), 5);
	ck_assert_int_eq(status, CSTN_DONE);
	log = release_log(network, "maker", NULL);
	ck_assert_uint_eq(release_count(log, "{\"fields\":1,\"reason\":\"NO_PERMIT\"}"), 1);
	free(log);
	cstn_release_free(release);
	/* or nothing leaves */
	asks.flags = CSTN_REQUEST_ALL_OR_NOTHING;
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_DENIED, NULL);
	cstn_network_unref(network);
}
END_TEST

/* --- denials ---------------------------------------------------------------------------------- */

typedef struct denial {
	const char *constellation, *provider, *recipient, *purpose, *path, *role;
	uint32_t action;
	int64_t now_us;
	uint64_t rows;
	const char *reason; /* in the private log */
} denial;

static const denial denials[] = {
		{"c1", "maker", "rival", "stock", "order.id", NULL, 0, 0, 0, "NO_AGREEMENT"},
		{"c2", "maker", "shop", "stock", "order.id", NULL, 0, 0, 0, "INDETERMINATE"},
		{"nowhere", "maker", "shop", "stock", "order.id", NULL, 0, 0, 0, "NO_MEMBERSHIP"},
		{"c1", "nobody", "shop", "stock", "order.id", NULL, 0, 0, 0, "NO_MEMBERSHIP"},
		{"c1", "maker", "nobody", "stock", "order.id", NULL, 0, 0, 0, "NO_MEMBERSHIP"},
		{"c1", "maker", "shop", "nothing", "order.id", NULL, 0, 0, 0, "INDETERMINATE"},
		{"c1", "maker", "shop", "stock", "order.unknown", NULL, 0, 0, 0, "NO_PERMIT"},
		{"c1", "maker", "shop", "stock", "no path", NULL, 0, 0, 0, "INDETERMINATE"},
		{"c1", "maker", "shop", "stock", "order.price", NULL, 0, 0, 0, "NO_PERMIT"},
		{"c1", "maker", "shop", "stock", "order.id", "carrier", 0, 0, 0, "NO_MEMBERSHIP"},
		{"c1", "maker", "shop", "stock", "order.id", NULL, CSTN_ACTION_SELL, 0, 0,
				"NO_PERMIT"},
		{"c1", "maker", "shop", "stock", "order.id", NULL, 0, 899 * RELEASE_DAY, 0,
				"NO_AGREEMENT"},
		{"c1", "maker", "shop", "stock", "order.id", NULL, 0, 2000 * RELEASE_DAY, 0,
				"NO_AGREEMENT"},
		{"c1", "maker", "shop", "stock", "order.id", NULL, 0, 0, 101, "BUDGET"},
};

START_TEST(every_denial_is_the_same_and_its_reason_is_the_providers)
{
	cstn_network *network = release_world();
	cstn_release_options options = release_options();

	release_agree_raw(network, 100, 0);
	for (size_t i = 0; i < sizeof(denials) / sizeof(*denials); i++) {
		const denial *of = &denials[i];
		const char *const paths[] = {of->path, NULL};
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, paths);
		char *shared = release_log(network, "maker", "c1"), *after, *own, words[80];
		struct ArrowArrayStream rows;
		cstn_request *request;
		cstn_error *error = NULL;
		cstn_release *out = NULL;
		size_t before, entries;

		asks.constellation = of->constellation;
		asks.provider = of->provider;
		asks.recipient = of->recipient;
		asks.purpose = of->purpose;
		asks.role = of->role;
		asks.action = of->action ? of->action : CSTN_ACTION_READ;
		asks.now_us = of->now_us ? of->now_us : RELEASE_NOW;
		asks.rows = of->rows;
		snprintf(words, sizeof(words), "\"reason\":\"%s\"", of->reason);
		own = release_log(network, of->provider, NULL);
		before = release_count(own, words);
		entries = release_count(own, "\n");
		free(own);
		request = release_request(&asks);
		release_rows(&rows, 5, 5);
		ck_assert_int_eq(cstn_release_open(network, request, &rows, &options, &out, &error),
				CSTN_E_DENIED);
		ck_assert_str_eq(cstn_error_message(error), "not available");
		ck_assert_ptr_null(out);
		ck_assert_ptr_null(rows.release);
		cstn_error_free(error);
		cstn_request_unref(request);
		own = release_log(network, of->provider, NULL);
		ck_assert_msg(release_count(own, words) == before + 1, "%d: %s in %s", (int)i,
				words, own);
		ck_assert_uint_eq(release_count(own, "\n"), entries + 1);
		free(own);
		after = release_log(network, "maker", "c1");
		ck_assert_str_eq(shared, after);
		free(shared);
		free(after);
	}
	cstn_network_unref(network);
}
END_TEST

/* --- duties, deliveries, checkpoints ---------------------------------------------------------- */

/* Retention is a duty of each release; data that are kept too long deny the next one. */
START_TEST(each_release_makes_its_duty_of_retention)
{
	cstn_network *network = release_world();
	cstn_term_builder *builder = release_term("shop", CSTN_LEVEL_RAW, release_fields);
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	cstn_term *term;
	char *log, words[100];

	retention.max_us = 30 * RELEASE_DAY;
	retention.then = CSTN_DELIVERED_DELETE;
	SHARING_OK(cstn_term_builder_set_retention(builder, &retention, &error));
	term = release_term_end(builder);
	release_agree(network, "shop", &term, 1, NULL);
	for (int i = 0; i < 3; i++) {
		asks.nonce[1]++;
		release_rows(&rows, 5, 5);
		cstn_release_free(release_try(network, &asks, &rows, &options, CSTN_OK, NULL));
	}
	log = release_log(network, "maker", "c1");
	snprintf(words, sizeof(words), "\"action\":\"delete\"");
	ck_assert_uint_eq(release_count(log, words), 3);
	snprintf(words, sizeof(words), "\"deadline_us\":%lld",
			(long long)(RELEASE_NOW + 30 * RELEASE_DAY));
	ck_assert_uint_eq(release_count(log, words), 3);
	ck_assert_uint_eq(release_count(log, "\"duty\":\"retention\""), 3);
	free(log);
	asks.now_us = RELEASE_NOW + 30 * RELEASE_DAY - 1;
	release_rows(&rows, 5, 5);
	cstn_release_free(release_try(network, &asks, &rows, &options, CSTN_OK, NULL));
	asks.now_us++;
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_DENIED, "not available");
	log = release_log(network, "maker", NULL);
	ck_assert_uint_eq(release_count(log, "\"reason\":\"DUTY_VIOLATED\""), 1);
	free(log);
	cstn_network_unref(network);
}
END_TEST

/* A checkpoint of maker's shared log, and one more witness under it at RELEASE_NOW. */
static cstn_buffer *release_checkpoint(cstn_network *network, const char *constellation)
{
	const char *signer = ledger_signer();
	cstn_shared_log *log;
	cstn_buffer *out;

	SHARING_OK(cstn_shared_log_open(network, "maker", constellation, NULL, &log, &error));
	SHARING_OK(cstn_log_checkpoint(cstn_shared_log_tree(log), &signer, 1, &out, &error));
	cstn_shared_log_free(log);
	return out;
}

static cstn_buffer *release_cosign(const cstn_buffer *checkpoint, const char *signer)
{
	const char *verifier = ledger_verifier();
	size_t len = cstn_buffer_size(checkpoint);
	cstn_buffer *line, *out;
	char *both;

	SHARING_OK(cstn_witness_cosign((const char *)cstn_buffer_data(checkpoint), len, &verifier,
			1, signer, RELEASE_NOW / 1000000, NULL, NULL, &line, &error));
	both = malloc(len + cstn_buffer_size(line) + 1);
	memcpy(both, cstn_buffer_data(checkpoint), len);
	memcpy(both + len, cstn_buffer_data(line), cstn_buffer_size(line));
	ck_assert_int_eq(cstn__buffer_copy(NULL, both, len + cstn_buffer_size(line), &out, NULL),
			CSTN_OK);
	free(both);
	cstn_buffer_free(line);
	return out;
}

/* The constellation demands that both witnesses have signed what the log says. */
START_TEST(settled_checkpoint_of_the_providers_log_is_demanded)
{
	static const char *const witnesses[] = {"w1", "w2"};
	cstn_network *network = release_world(), *forked = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_settle_policy policy = CSTN_SETTLE_POLICY_INIT;
	cstn_release_options options = release_options();
	sharing_key keys[2] = {sharing_key_of("w1.example", CSTN_NOTE_KEY_WITNESS, 5),
			sharing_key_of("w2.example", CSTN_NOTE_KEY_WITNESS, 6)};
	cstn_party_keys *book = sharing_book();
	struct ArrowArrayStream rows;
	cstn_buffer *plain, *once, *twice, *other;
	cstn_release *release;

	sharing_add(book, "w1", CSTN_PARTY_KEY_WITNESS, keys[0].verifier, INT64_MIN, INT64_MAX);
	sharing_add(book, "w2", CSTN_PARTY_KEY_WITNESS, keys[1].verifier, INT64_MIN, INT64_MAX);
	policy.keys = book;
	policy.parties = witnesses;
	policy.n_parties = policy.least = 2;
	release_agree_raw(network, 0, 2);
	release_agree_raw(forked, 0, 7);
	plain = release_checkpoint(network, "c1");
	once = release_cosign(plain, keys[0].signer);
	twice = release_cosign(once, keys[1].signer);
	options.settle = &policy;
	options.checkpoint = (const char *)cstn_buffer_data(once);
	options.checkpoint_len = cstn_buffer_size(once);
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_UNVERIFIED, "1 of 2 witnesses");
	options.checkpoint = (const char *)cstn_buffer_data(twice);
	options.checkpoint_len = cstn_buffer_size(twice);
	release_rows(&rows, 5, 5);
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	cstn_release_free(release);
	/* settled, and of another history */
	release_rows(&rows, 5, 5);
	release_try(forked, &asks, &rows, &options, CSTN_E_SPLIT_VIEW, "another root");
	/* too old: signatures are of now at most a day ago */
	policy.max_age_us = RELEASE_DAY;
	asks.now_us += 2 * RELEASE_DAY;
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_UNVERIFIED, "0 of 2 witnesses");
	asks.now_us = RELEASE_NOW;
	/* an empty log of another constellation */
	other = release_checkpoint(network, "c2");
	cstn_buffer_free(once);
	once = release_cosign(other, keys[0].signer);
	cstn_buffer_free(twice);
	twice = release_cosign(once, keys[1].signer);
	options.checkpoint = (const char *)cstn_buffer_data(twice);
	options.checkpoint_len = cstn_buffer_size(twice);
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_UNVERIFIED, "covers no entry");
	options.settle = NULL;
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_INVALID_ARGUMENT, "together");
	cstn_buffer_free(plain);
	cstn_buffer_free(once);
	cstn_buffer_free(twice);
	cstn_buffer_free(other);
	cstn_party_keys_free(book);
	cstn_network_unref(network);
	cstn_network_unref(forked);
}
END_TEST

/* --- what goes wrong -------------------------------------------------------------------------- */

START_TEST(what_cannot_leave_is_refused_before_it_is_charged)
{
	static const cstn_release_column absent[] = {{"nothing", "order.id", NULL, 0}};
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	char *before, *after;

	release_agree_raw(network, 10, 1);
	before = release_log(network, "maker", "c1");
	options.columns = absent;
	options.n_columns = 1;
	release_rows(&rows, 5, 5);
	release_try(network, &asks, &rows, &options, CSTN_E_SCHEMA, "nothing");
	after = release_log(network, "maker", "c1");
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	ck_assert_uint_eq(release_rows_left(network), 10);
	cstn_network_unref(network);
}
END_TEST

static int failing_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	(void)stream;
	(void)out;
	return 5;
}

static int failing_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	(void)stream;
	(void)out;
	return 5;
}

START_TEST(rows_that_fail_end_the_release_which_is_closed_with_what_has_left)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_receipt_info info = CSTN_RELEASE_RECEIPT_INFO_INIT;
	cstn_release_options options = release_options();
	cstn_release_receipt *receipt;
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_release *release;

	release_agree_raw(network, 100, 0);
	release_rows(&rows, 50, 10);
	rows.get_schema = failing_schema;
	release_try(network, &asks, &rows, &options, CSTN_E_STREAM, "the schema of the rows");
	ck_assert_uint_eq(release_usage(network).calls, 0);
	release_rows(&rows, 50, 10);
	rows.get_next = failing_next;
	release = release_try(network, &asks, &rows, &options, CSTN_OK, NULL);
	ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_E_STREAM);
	ck_assert_int_eq(cstn_release_next(release, &batch, NULL), CSTN_E_STREAM);
	SHARING_OK(cstn_release_finish(release, &receipt, &error));
	SHARING_OK(cstn_release_receipt_get(receipt, &info, &error));
	ck_assert_int_eq(info.ended, CSTN_E_STREAM);
	ck_assert_uint_eq(info.rows, 0);
	cstn_release_receipt_free(receipt);
	cstn_release_free(release);
	ck_assert_uint_eq(release_rows_left(network), 100);
	cstn_network_unref(network);
}
END_TEST

START_TEST(arguments_are_checked)
{
	cstn_network *network = release_world();
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_request *request = release_request(&asks);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	cstn_release *out = NULL;

	release_rows(&rows, 5, 5);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "network",
			cstn_release_open(NULL, request, &rows, &options, &out, &error));
	ck_assert_ptr_null(rows.release);
	release_rows(&rows, 5, 5);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "request",
			cstn_release_open(network, NULL, &rows, &options, &out, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "rows",
			cstn_release_open(network, request, NULL, &options, &out, &error));
	release_rows(&rows, 5, 5);
	options.flags = 1u << 30;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "flag",
			cstn_release_open(network, request, &rows, &options, &out, &error));
	ck_assert_ptr_null(out);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "release", cstn_release_finish(NULL, NULL, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "release", cstn_release_next(NULL, NULL, &error));
	ck_assert_ptr_null(cstn_release_decision(NULL));
	ck_assert_ptr_null(cstn_release_id(NULL));
	cstn_release_free(NULL);
	cstn_release_receipt_free(NULL);
	cstn_request_unref(request);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rows_leave_after_an_opening_and_before_a_closing_in_the_log,
			recipient_checks_what_it_received_against_the_log,
			columns_that_are_no_granted_field_stay_and_are_told_to_the_provider,
			every_denial_is_the_same_and_its_reason_is_the_providers,
			each_release_makes_its_duty_of_retention,
			settled_checkpoint_of_the_providers_log_is_demanded,
			what_cannot_leave_is_refused_before_it_is_charged,
			rows_that_fail_end_the_release_which_is_closed_with_what_has_left,
			arguments_are_checked};

	return run_tests("releases", tests, sizeof(tests) / sizeof(tests[0]));
}
