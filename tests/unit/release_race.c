/* Releases while others change the network: what was decided holds at the commit, or is decided
 * again. */
#include "release_world.h"

#include <stdio.h>

#include "network_fixture.h"
#include "sharing/release_commit.h"
#include "suite.h"
#include "watched_allocator.h"

/* Lets something happen at the nth allocation of a call, once. */
typedef struct meddler {
	watched_allocator memory;
	uint64_t at, seen;
	void (*meddle)(void *context);
	void *context;
} meddler;

static void meddler_before(void *context)
{
	meddler *m = context;

	if (++m->seen == m->at)
		m->meddle(m->context);
}

/* Open a release of five rows with it; nothing happens afterwards. */
static cstn_status meddled_open(meddler *m, cstn_network *network, const cstn_request_options *asks,
		cstn_release_options *options, cstn_release **out)
{
	cstn_request *request = release_request(asks);
	struct ArrowArrayStream rows;
	cstn_status status;

	watched_allocator_init(&m->memory, meddler_before, NULL, m);
	options->allocator = &m->memory.allocator;
	release_rows(&rows, 5, 5);
	status = cstn_release_open(network, request, &rows, options, out, NULL);
	cstn_request_unref(request);
	m->at = 0;
	return status;
}

typedef struct rival_call {
	cstn_network *network;
	cstn_status status;
	int done;
} rival_call;

/* Takes the only call that there is. */
static void take_the_call(void *context)
{
	rival_call *other = context;
	cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
	cstn_release_options options = release_options();
	struct ArrowArrayStream rows;
	cstn_request *request;
	cstn_release *release = NULL;

	asks.nonce[5] = 99;
	request = release_request(&asks);
	release_rows(&rows, 5, 5);
	other->status = cstn_release_open(other->network, request, &rows, &options, &release, NULL);
	other->done = 1;
	cstn_request_unref(request);
	cstn_release_free(release);
}

/* Whenever another release takes the last call, between any two steps of this one, one of the two
 * is denied, and the log says so. */
START_TEST(release_is_decided_again_if_the_network_moved_meanwhile)
{
	uint64_t first = 0, second = 0;

	for (uint64_t n = 1;; n++) {
		cstn_network *network = release_world();
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, release_fields);
		rival_call other = {network, CSTN_OK, 0};
		meddler m = {.at = n, .meddle = take_the_call, .context = &other};
		cstn_release_options options = release_options();
		cstn_release *release = NULL;
		cstn_status status;
		char *log;

		release_agree_raw(network, 0, 1);
		status = meddled_open(&m, network, &asks, &options, &release);
		ck_assert(status == CSTN_OK || status == CSTN_E_DENIED);
		if (other.done) {
			ck_assert((status == CSTN_OK) != (other.status == CSTN_OK));
			ck_assert(status == CSTN_E_DENIED || other.status == CSTN_E_DENIED);
			first += status == CSTN_OK;
			second += other.status == CSTN_OK;
			log = release_log(network, "maker", "c1");
			ck_assert_uint_eq(release_count(log, "\"release_open\""), 1);
			free(log);
		}
		cstn_release_free(release);
		cstn_network_unref(network);
		if (!other.done)
			break;
	}
	ck_assert_uint_gt(first, 0);
	ck_assert_uint_gt(second, 10);
}
END_TEST

typedef struct turn {
	cstn_network *network;
	size_t openings; /* in the log before it */
	int done;
} turn;

/* The partner becomes a competitor, whom no price may reach. */
static void turn_away(void *context)
{
	turn *at = context;
	char *log = release_log(at->network, "maker", "c1");

	at->openings = release_count(log, "\"release_open\"");
	at->done = 1;
	free(log);
	network_put_ok(at->network,
			network_record("relation", "declarer_id=maker", "other_id=shop",
					"constellation_id=c1", "relation=competitor", NULL));
}

/* Whatever becomes so before the commit counts, also what no row of the release speaks of. */
START_TEST(competitor_of_the_last_moment_gets_nothing)
{
	static const char *const priced[] = {"order.price", NULL};
	static const cstn_release_column columns[] = {{"qty", "order.price", NULL, 0}};
	uint64_t before = 0, after = 0;

	for (uint64_t n = 1;; n++) {
		cstn_network *network = release_world();
		cstn_request_options asks = release_asks(CSTN_LEVEL_RAW, priced);
		cstn_term *term = release_term_end(release_term("shop", CSTN_LEVEL_RAW, priced));
		turn at = {network, 0, 0};
		meddler m = {.at = n, .meddle = turn_away, .context = &at};
		cstn_release_options options = release_options();
		cstn_release *release = NULL;
		cstn_status status;

		options.columns = columns;
		options.n_columns = 1;
		release_agree(network, "shop", &term, 1, NULL);
		status = meddled_open(&m, network, &asks, &options, &release);
		ck_assert_int_eq(status, at.done && !at.openings ? CSTN_E_DENIED : CSTN_OK);
		before += at.done && !at.openings;
		after += at.done && at.openings;
		cstn_release_free(release);
		cstn_network_unref(network);
		if (!at.done)
			break;
	}
	ck_assert_uint_gt(before, 10);
	ck_assert_uint_gt(after, 0);
}
END_TEST

typedef struct crowded {
	cstn_network *network;
	int calls;
} crowded;

/* Something is committed during each attempt but the last, when nothing else can be. */
static cstn_status crowded_change(void *user, cstn_transaction *transaction,
		cstn_snapshot *snapshot, cstn_error **error)
{
	crowded *at = user;
	char name[32];

	(void)snapshot;
	snprintf(name, sizeof(name), "name=n%d", at->calls);
	if (++at->calls <= 8)
		network_put_ok(at->network,
				network_record("partner", "partner_id=other", name, NULL));
	return cstn_transaction_log(
			transaction, "maker", "c1", "x-crowded", 1, NULL, 0, NULL, error);
}

START_TEST(change_that_others_overtake_is_made_alone_at_last)
{
	cstn_network *network = release_world();
	crowded at = {network, 0};
	char *log;

	SHARING_OK(cstn__release_commit(network, crowded_change, &at, &error));
	ck_assert_int_eq(at.calls, 9);
	log = release_log(network, "maker", "c1");
	ck_assert_uint_eq(release_count(log, "x-crowded"), 1);
	free(log);
	/* and the network can be changed again */
	network_put_ok(network, network_record("partner", "partner_id=last", NULL));
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {release_is_decided_again_if_the_network_moved_meanwhile,
			competitor_of_the_last_moment_gets_nothing,
			change_that_others_overtake_is_made_alone_at_last};

	return run_tests("releases while the network moves", tests,
			sizeof(tests) / sizeof(tests[0]));
}
