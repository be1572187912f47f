/* Rows that tell of the sharing of data: counts against a model, what a transaction sees, what two
 * of them do to each other. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../crash/sim_vfs.h"
#include "network_fixture.h"
#include "sharing/sharing_rows.h"
#include "suite.h"

static void is_ok(cstn_status status, cstn_error *error)
{
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}
#define OK(call)                              \
	do {                                  \
		cstn_error *error = NULL;     \
		cstn_status status_ = (call); \
		is_ok(status_, error);        \
	} while (0)

/* --- charge and refund against a model ---------------------------------------------------------
 */

/* Every charge as it was made: what is used is worked out of the list, not kept. */
typedef struct past {
	int64_t effective_us; /* in whose window it counts */
	uint64_t calls, rows, epsilon;
} past;

typedef struct model {
	past list[400];
	size_t n;
	int64_t newest_us;
	size_t refused, refunded;
} model;

static int64_t floor_to(int64_t at_us, int64_t length_us)
{
	int64_t times = at_us / length_us;

	if (at_us % length_us != 0 && at_us < 0)
		times--;
	return times * length_us;
}

static void model_sum(const model *m, const cstn_term_limits *limits, int64_t now_us, past *out,
		uint64_t *in_all)
{
	memset(out, 0, sizeof(*out));
	*in_all = 0;
	for (size_t i = 0; i < m->n; i++) {
		const past *one = &m->list[i];

		if (floor_to(one->effective_us, limits->window_us) ==
				floor_to(now_us, limits->window_us)) {
			out->calls += one->calls;
			out->rows += one->rows;
		}
		if (floor_to(one->effective_us, limits->period_us) ==
				floor_to(now_us, limits->period_us))
			out->epsilon += one->epsilon;
		*in_all += one->rows;
	}
}

static int model_charge(model *m, const cstn_term_limits *limits,
		const cstn_decision_reservation *wanted, int64_t now_us)
{
	int64_t at_us = m->n && now_us < m->newest_us ? m->newest_us : now_us;
	uint64_t in_all;
	past used;

	model_sum(m, limits, at_us, &used, &in_all);
	if (used.calls + wanted->calls > (uint64_t)limits->calls ||
			used.rows + wanted->rows > (uint64_t)limits->rows ||
			in_all + wanted->rows > (uint64_t)limits->rows_in_all ||
			used.epsilon + wanted->nano_epsilon > (uint64_t)limits->nano_epsilon)
		return 0;
	m->list[m->n++] = (past){at_us, wanted->calls, wanted->rows, wanted->nano_epsilon};
	m->newest_us = at_us;
	return 1;
}

static uint64_t next(uint64_t *seed, uint64_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % n;
}

typedef struct charged {
	cstn_decision_reservation reservation;
	int64_t at_us;
	size_t in_model;
} charged;

static void one_charge(cstn_network *network, model *m, const cstn_term_limits *limits,
		int64_t now_us, uint64_t *seed, charged *last)
{
	cstn_decision_reservation wanted = {.struct_size = sizeof(wanted)};
	cstn_transaction *transaction = network_begin(network);
	cstn_error *error = NULL;
	cstn_status status;
	int64_t at_us = 0;

	memset(wanted.agreement, 1, 32);
	memset(wanted.term, 2, 32);
	wanted.calls = 1;
	wanted.rows = next(seed, 40);
	wanted.nano_epsilon = next(seed, 30);
	status = cstn__sharing_charge(transaction, &wanted, limits, now_us, &at_us, &error);
	if (model_charge(m, limits, &wanted, now_us)) {
		is_ok(status, error);
		ck_assert_int_eq(at_us, m->newest_us);
		*last = (charged){wanted, at_us, m->n - 1};
	} else {
		ck_assert_int_eq(status, CSTN_E_BUDGET);
		cstn_error_free(error);
		m->refused++;
	}
	network_commit(transaction);
}

/* Part of the last charge was not used; in the model it simply was smaller. */
static void one_refund(cstn_network *network, model *m, const cstn_term_limits *limits,
		int64_t now_us, uint64_t *seed, charged *last)
{
	past *in = &m->list[last->in_model];
	cstn__sharing_used used = {.calls = 1,
			.rows = next(seed, last->reservation.rows + 1),
			.nano_epsilon = next(seed, last->reservation.nano_epsilon + 1)};
	cstn_transaction *transaction = network_begin(network);

	OK(cstn__sharing_refund(transaction, &last->reservation, &used, limits, last->at_us, now_us,
			&error));
	network_commit(transaction);
	in->rows = used.rows;
	in->epsilon = used.nano_epsilon;
	last->reservation.calls = 0;
	m->refunded++;
}

static void is_as_the_model(cstn_network *network, const model *m, const cstn_term_limits *limits)
{
	cstn_transaction *transaction = network_begin(network);
	uint8_t own_agreement[32], own_term[32];
	cstn_rules_usage usage;
	uint64_t in_all;
	past used;

	memset(own_agreement, 1, 32);
	memset(own_term, 2, 32);
	OK(cstn__sharing_usage_find(transaction, own_agreement, own_term, &usage, &error));
	model_sum(m, limits, m->newest_us, &used, &in_all);
	ck_assert_uint_eq(usage.calls, used.calls);
	ck_assert_uint_eq(usage.rows, used.rows);
	ck_assert_uint_eq(usage.rows_in_all, in_all);
	ck_assert_uint_eq(usage.nano_epsilon, used.epsilon);
	cstn_transaction_free(transaction);
}

START_TEST(charges_and_refunds_are_those_of_the_model)
{
	size_t charged_in_all = 0, refused = 0, refunded = 0;

	for (uint64_t world = 0; world < 40; world += test_every()) {
		cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
		cstn_network *network = network_small();
		uint64_t seed = 77 + world;
		charged last = {.at_us = 0};
		model m = {.n = 0};
		int64_t now_us;

		limits.calls = 2 + (int64_t)next(&seed, 5);
		limits.rows = 60 + (int64_t)next(&seed, 100);
		limits.window_us = 10 + (int64_t)next(&seed, 90);
		limits.rows_in_all = 600 + (int64_t)next(&seed, 900);
		limits.nano_epsilon = 40 + (int64_t)next(&seed, 60);
		limits.period_us = 10 + (int64_t)next(&seed, 300);
		now_us = -200 + (int64_t)next(&seed, 100);
		for (int i = 0; i < 100; i++) {
			now_us += (int64_t)next(&seed, 25) - 4;
			if (last.reservation.calls && next(&seed, 2))
				one_refund(network, &m, &limits, now_us, &seed, &last);
			else
				one_charge(network, &m, &limits, now_us, &seed, &last);
			if (m.n)
				is_as_the_model(network, &m, &limits);
		}
		charged_in_all += m.n;
		refused += m.refused;
		refunded += m.refunded;
		cstn_network_unref(network);
	}
	if (test_every() > 1)
		return;
	ck_assert_uint_gt(charged_in_all, 500);
	ck_assert_uint_gt(refused, 500);
	ck_assert_uint_gt(refunded, 200);
}
END_TEST

START_TEST(rows_without_a_number_are_charged_when_they_are_known)
{
	cstn_decision_reservation open = {
			.struct_size = sizeof(open), .calls = 1, .rows = UINT64_MAX};
	const cstn__sharing_used used = {.calls = 1, .rows = 123};
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn_rules_usage usage;
	int64_t at_us = 0;

	open.agreement[0] = open.term[0] = 9;
	OK(cstn__sharing_charge(transaction, &open, &limits, 50, &at_us, &error));
	OK(cstn__sharing_usage_find(transaction, open.agreement, open.term, &usage, &error));
	ck_assert_uint_eq(usage.rows, 0);
	ck_assert_uint_eq(usage.calls, 1);
	OK(cstn__sharing_refund(transaction, &open, &used, &limits, at_us, 60, &error));
	OK(cstn__sharing_usage_find(transaction, open.agreement, open.term, &usage, &error));
	ck_assert_uint_eq(usage.rows, 123);
	ck_assert_uint_eq(usage.rows_in_all, 123);
	limits.rows = 1000;
	ck_assert_int_eq(cstn__sharing_charge(transaction, &open, &limits, 50, &at_us, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
}
END_TEST

START_TEST(more_used_than_reserved_is_refused)
{
	cstn_decision_reservation one = {.struct_size = sizeof(one), .calls = 1, .rows = 5};
	const cstn__sharing_used used = {.calls = 1, .rows = 6}, none = {.calls = 0};
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);

	one.agreement[0] = one.term[0] = 9;
	ck_assert_int_eq(cstn__sharing_refund(transaction, &one, &used, &limits, 1, 1, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn__sharing_refund(transaction, &one, &none, &limits, 1, 1, NULL),
			CSTN_E_NOT_FOUND);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
}
END_TEST

START_TEST(two_charges_of_one_term_at_once_conflict)
{
	cstn_decision_reservation one = {.struct_size = sizeof(one), .calls = 1, .rows = 5};
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_network *network = network_small();
	cstn_transaction *first = network_begin(network), *second = network_begin(network);
	int64_t at_us;

	one.agreement[0] = one.term[0] = 9;
	OK(cstn__sharing_charge(first, &one, &limits, 1, &at_us, &error));
	OK(cstn__sharing_charge(second, &one, &limits, 1, &at_us, &error));
	network_commit(first);
	ck_assert_int_eq(cstn_transaction_commit(second, NULL, NULL), CSTN_E_CONFLICT);
	cstn_transaction_free(second);
	cstn_network_unref(network);
}
END_TEST

/* --- other rows --------------------------------------------------------------------------------
 */

START_TEST(duty_keeps_its_action_and_is_found_in_its_own_transaction)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn__duty_row duty = {.index = CSTN_RULES_DUTY_RETENTION,
			.state = CSTN_DUTY_PENDING,
			.deadline_us = 77,
			.action = "delete"};
	cstn__duty_row found = {.index = CSTN_RULES_DUTY_RETENTION};
	int there = 1;

	duty.agreement[0] = duty.term[1] = duty.release[2] = 5;
	found.agreement[0] = found.term[1] = found.release[2] = 5;
	OK(cstn__sharing_duty_find(transaction, &found, &there, &error));
	ck_assert_int_eq(there, 0);
	OK(cstn__sharing_duty_put(transaction, &duty, 10, &error));
	duty.state = CSTN_DUTY_FULFILLED;
	duty.action[0] = '\0';
	OK(cstn__sharing_duty_put(transaction, &duty, 5, &error));
	network_commit(transaction);
	transaction = network_begin(network);
	OK(cstn__sharing_duty_find(transaction, &found, &there, &error));
	ck_assert_int_eq(there, 1);
	ck_assert_int_eq(found.state, CSTN_DUTY_FULFILLED);
	ck_assert_int_eq(found.deadline_us, 77);
	ck_assert_str_eq(found.action, "delete");
	memset(found.release, 0, 32);
	OK(cstn__sharing_duty_find(transaction, &found, &there, &error));
	ck_assert_int_eq(there, 0);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
}
END_TEST

static cstn__release_row release_of(uint8_t id, uint64_t session)
{
	cstn__release_row row = {.state = CSTN__RELEASE_OPEN,
			.session = session,
			.at_us = 1000 + id,
			.reserved_rows = UINT64_MAX};

	memset(row.id, id, 32);
	memset(row.decision, id + 1, 32);
	strcpy(row.constellation, "c1");
	strcpy(row.provider, "acme");
	strcpy(row.recipient, "bolts");
	return row;
}

static cstn_status count_open(void *user, const cstn__release_row *row, cstn_error **error)
{
	uint64_t *seen = user;

	(void)error;
	*seen += row->opening + 100;
	return CSTN_OK;
}

static uint64_t sum_of(cstn_network *network, int32_t state)
{
	cstn_snapshot *snapshot;
	uint64_t sum = 0;

	OK(cstn_network_snapshot(network, &snapshot, &error));
	OK(cstn__sharing_release_scan(snapshot, state, count_open, &sum, &error));
	cstn_snapshot_unref(snapshot);
	return sum;
}

START_TEST(releases_bear_the_index_of_their_entry)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn__release_row row = release_of(7, cstn__sharing_session(network)), found;
	uint64_t index = 99;
	int there = 0;

	OK(cstn_transaction_log(transaction, "acme", "c1", "x-test", 5, NULL, 0, NULL, &error));
	OK(cstn__sharing_release_open(transaction, &row, NULL, &index, &error));
	row = release_of(8, 3);
	OK(cstn__sharing_release_open(transaction, &row, NULL, NULL, &error));
	network_commit(transaction);
	ck_assert_uint_eq(index, 1);
	ck_assert_uint_eq(sum_of(network, CSTN__RELEASE_OPEN), 203);
	transaction = network_begin(network);
	OK(cstn__sharing_release_find(transaction, row.id, &found, &there, &error));
	ck_assert_int_eq(there, 1);
	ck_assert_uint_eq(found.opening, 2);
	ck_assert_uint_eq(found.session, 3);
	ck_assert_uint_eq(found.reserved_rows, UINT64_MAX);
	ck_assert_int_eq(found.at_us, 1008);
	ck_assert_str_eq(found.recipient, "bolts");
	ck_assert_mem_eq(found.decision, row.decision, 32);
	found.state = CSTN__RELEASE_CLOSED;
	found.rows = 12;
	found.batches = 3;
	OK(cstn__sharing_release_put(transaction, &found, 2000, &error));
	network_commit(transaction);
	ck_assert_uint_eq(sum_of(network, CSTN__RELEASE_OPEN), 101);
	ck_assert_uint_eq(sum_of(network, CSTN__RELEASE_CLOSED), 102);
	ck_assert_uint_eq(sum_of(network, 0), 203);
	cstn_network_unref(network);
}
END_TEST

START_TEST(release_whose_transaction_is_freed_was_never)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn__release_row row = release_of(7, 1);

	OK(cstn__sharing_release_open(transaction, &row, NULL, NULL, &error));
	cstn_transaction_free(transaction);
	ck_assert_uint_eq(sum_of(network, 0), 0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(handles_have_sessions_of_their_own)
{
	cstn_network *a = network_small(), *b = network_small();

	ck_assert_uint_ne(cstn__sharing_session(a), 0);
	ck_assert_uint_eq(cstn__sharing_session(a), cstn__sharing_session(a));
	ck_assert_uint_ne(cstn__sharing_session(a), cstn__sharing_session(b));
	cstn_network_unref(a);
	cstn_network_unref(b);
}
END_TEST

START_TEST(state_is_bytes_under_a_name)
{
	static const char name[] = "bolts\0prices";
	static const uint8_t bytes[] = {1, 0, 2, 255, 0};
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);
	cstn_buffer *found = NULL;

	OK(cstn__sharing_state_find(transaction, CSTN__STATE_ANSWERS, "c1", name, sizeof(name),
			&found, &error));
	ck_assert_ptr_null(found);
	OK(cstn__sharing_state_put(transaction, CSTN__STATE_ANSWERS, "c1", name, sizeof(name),
			bytes, sizeof(bytes), 5, &error));
	OK(cstn__sharing_state_put(transaction, CSTN__STATE_DIFFERENCE_GUARD, "c1", "bolts", 5, "",
			0, 5, &error));
	network_commit(transaction);
	transaction = network_begin(network);
	OK(cstn__sharing_state_find(transaction, CSTN__STATE_ANSWERS, "c1", name, sizeof(name),
			&found, &error));
	ck_assert_uint_eq(cstn_buffer_size(found), sizeof(bytes));
	ck_assert_mem_eq(cstn_buffer_data(found), bytes, sizeof(bytes));
	cstn_buffer_free(found);
	OK(cstn__sharing_state_find(transaction, CSTN__STATE_DIFFERENCE_GUARD, "c1", "bolts", 5,
			&found, &error));
	ck_assert_uint_eq(cstn_buffer_size(found), 0);
	cstn_buffer_free(found);
	OK(cstn__sharing_state_find(
			transaction, CSTN__STATE_ANSWERS, "c1", name, 5, &found, &error));
	ck_assert_ptr_null(found);
	ck_assert_int_eq(cstn__sharing_state_put(transaction, 1, "c1", "x", 1, name,
					 CSTN__SHARING_BYTES_MOST + 1, 1, NULL),
			CSTN_E_LIMIT);
	cstn_transaction_free(transaction);
	cstn_network_unref(network);
}
END_TEST

/* The newest instant of a delivery row. */
static int64_t delivered_at(cstn_network *network, uint32_t class)
{
	cstn_transaction *transaction = network_begin(network);
	cstn_record *row = NULL;
	int64_t at_us = -1;
	cstn__key key;

	cstn__sharing_key(CSTN__NOUN_DELIVERY, "c1", 2, &key);
	cstn__sharing_key_add(&key, 1, "acme", 4);
	cstn__sharing_key_add(&key, 2, "bolts", 5);
	key.parts[3].number = class;
	OK(cstn__transaction_row(transaction, &key, &row, &error));
	if (row)
		at_us = cstn__sharing_number(row, CSTN__DELIVERY_AT);
	cstn_record_unref(row);
	cstn_transaction_free(transaction);
	return at_us;
}

START_TEST(deliveries_keep_the_latest_instant_of_a_class)
{
	cstn_network *network = network_small();
	cstn_transaction *transaction = network_begin(network);

	OK(cstn__sharing_delivery_put(transaction, "c1", "acme", "bolts", 5, 100, &error));
	OK(cstn__sharing_delivery_put(transaction, "c1", "acme", "bolts", 4, 90, &error));
	network_commit(transaction);
	transaction = network_begin(network);
	OK(cstn__sharing_delivery_put(transaction, "c1", "acme", "bolts", 1, 300, &error));
	network_commit(transaction);
	ck_assert_int_eq(delivered_at(network, 1), 300);
	ck_assert_int_eq(delivered_at(network, 2), -1);
	ck_assert_int_eq(delivered_at(network, 4), 100);
	cstn_network_unref(network);
}
END_TEST

/* --- networks of before -------------------------------------------------------------------------
 */

/* A store of the network's nouns without those from a number on. */
static void make_old_store(sim_vfs *sim, uint32_t first_left_out)
{
	cstn__store_options options = {.flags = 0};
	cstn__store_table tables[64];
	cstn__store_schema schema;
	cstn__store *store;
	cstn__arena arena;
	size_t n = 0;

	cstn__arena_init(&arena, NULL);
	OK(cstn__network_schema(&arena, &schema, &error));
	for (size_t i = 0; i < schema.n_tables && n < 64; i++)
		if (schema.tables[i].id < first_left_out)
			tables[n++] = schema.tables[i];
	schema.tables = tables;
	schema.n_tables = n;
	OK(cstn__store_open(&sim->vfs, "/net", &schema, &options, NULL, &store, &error));
	OK(cstn__store_close(store, &error));
	cstn__store_unref(store);
	cstn__arena_free(&arena);
}

START_TEST(network_of_before_these_rows_is_opened_and_takes_them)
{
	static const uint32_t before[] = {
			CSTN__NOUN_SHARING_AGREEMENT, CSTN__NOUN_LOG, CSTN__NOUN_RELEASE};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		sim_vfs *sim = sim_vfs_new(sim_disk_new(), 1);
		cstn_network *network;
		cstn_transaction *transaction;
		cstn__release_row row = release_of(7, 3);

		make_old_store(sim, before[i]);
		for (int again = 0; again < 2; again++) {
			OK(cstn__network_open_on(
					&sim->vfs, 0, "/net", NULL, NULL, &network, &error));
			ck_assert_uint_eq(sum_of(network, 0), again ? 100 : 0);
			transaction = network_begin(network);
			if (!again)
				OK(cstn__sharing_release_open(
						transaction, &row, NULL, NULL, &error));
			OK(cstn__sharing_delivery_put(
					transaction, "c1", "acme", "bolts", 1, 30, &error));
			network_commit(transaction);
			OK(cstn_network_close(network, &error));
			cstn_network_unref(network);
		}
		sim_disk_unref(sim->disk);
		sim_vfs_free(sim);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {charges_and_refunds_are_those_of_the_model,
			rows_without_a_number_are_charged_when_they_are_known,
			more_used_than_reserved_is_refused,
			two_charges_of_one_term_at_once_conflict,
			duty_keeps_its_action_and_is_found_in_its_own_transaction,
			releases_bear_the_index_of_their_entry,
			release_whose_transaction_is_freed_was_never,
			handles_have_sessions_of_their_own, state_is_bytes_under_a_name,
			deliveries_keep_the_latest_instant_of_a_class,
			network_of_before_these_rows_is_opened_and_takes_them};

	return run_tests("rows of sharing", tests, sizeof(tests) / sizeof(tests[0]));
}
