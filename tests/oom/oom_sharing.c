/* Out of memory in what a network keeps of the sharing of data. */
#include "../unit/ledger_fixture.h"
#include "../unit/network_fixture.h"
#include "../unit/sharing_network.h"
#include "oom.h"

typedef struct scene {
	agreement_world world;
	cstn_network *network;
	cstn_agreement *agreement, *child; /* maker for shop, shop for third */
} scene;

/* With the agreement, and what derives from it, in the network, or not. */
static scene scene_open(const cstn_allocator *allocator, int with)
{
	scene at;

	agreement_world_open(&at.world);
	SHARING_OK(cstn_network_open(NULL, NULL, allocator, &at.network, &error));
	sharing_network_fill(at.network, &at.world);
	at.agreement = sharing_agreement(&at.world, "maker", "shop", 1, NULL);
	at.child = sharing_agreement(&at.world, "shop", "third", 0, at.agreement);
	if (with) {
		sharing_put_agreement(at.network, "maker", at.agreement, 150);
		sharing_put_agreement(at.network, "shop", at.child, 150);
	}
	return at;
}

static void scene_close(scene *at)
{
	cstn_agreement_unref(at->child);
	cstn_agreement_unref(at->agreement);
	cstn_network_unref(at->network);
	agreement_world_close(&at->world);
}

/* What a call put is committed, what failed is not. */
static void end_transaction(cstn_transaction *transaction, cstn_status status)
{
	if (status == CSTN_OK)
		ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn_transaction_free(transaction);
}

/* Both in one transaction: after a failure it is freed, and the network has neither. */
static cstn_status put_agreement(oom *o)
{
	scene at = scene_open(o->allocator, 0);
	cstn_transaction *transaction = network_begin(at.network);
	cstn_status status;

	at.agreement = agreement_do(&at.world, at.agreement,
			agreement_act(CSTN_TRANSITION_RENEW, CSTN_ACTOR_PROVIDER, 0, 160));
	oom_arm(o);
	OOM_CALL(status, cstn_transaction_put_agreement(
					 transaction, "maker", at.agreement, NULL, 150, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_transaction_put_agreement(
						 transaction, "shop", at.child, NULL, 150, &error));
	oom_disarm(o);
	end_transaction(transaction, status);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "transition"),
			status == CSTN_OK);
	ck_assert_int_eq(sharing_reason_now(at.network, "shop", "third", "maker", 200),
			status == CSTN_OK ? CSTN_DECISION_PERMIT : CSTN_DECISION_NO_AGREEMENT);
	scene_close(&at);
	return status;
}

static cstn_status load_rules(oom *o)
{
	scene at = scene_open(o->allocator, 1);
	cstn_rules_load_options options = CSTN_RULES_LOAD_OPTIONS_INIT;
	cstn_snapshot *snapshot;
	cstn_rules *rules = NULL;
	cstn_status status;

	if (o->which) {
		options.constellation = "c1";
		options.provider = "shop";
		options.recipient = "third";
	}
	options.allocator = o->allocator;
	SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
	oom_arm(o);
	OOM_CALL(status, cstn_rules_load(snapshot, &options, &rules, &error));
	oom_disarm(o);
	ck_assert((status == CSTN_OK) == (rules != NULL));
	if (rules)
		ck_assert_int_eq(sharing_reason(rules, "shop", "third", "maker", 200),
				CSTN_DECISION_PERMIT);
	cstn_rules_unref(rules);
	cstn_snapshot_unref(snapshot);
	scene_close(&at);
	return status;
}

static cstn_status load_store(oom *o)
{
	scene at = scene_open(o->allocator, 1);
	cstn_agreement_store *store;
	cstn_snapshot *snapshot;
	cstn_status status;

	SHARING_OK(cstn_agreement_store_new(o->allocator, &store, &error));
	SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
	oom_arm(o);
	OOM_CALL(status, cstn_agreement_store_load(store, snapshot, &error));
	oom_disarm(o);
	ck_assert_uint_eq(cstn_agreement_store_count(store), status == CSTN_OK ? 2 : 0);
	cstn_agreement_store_free(store);
	cstn_snapshot_unref(snapshot);
	scene_close(&at);
	return status;
}

/* --- what is done under an agreement ------------------------------------------------------------
 */

static cstn_status put_override(oom *o)
{
	scene at = scene_open(o->allocator, 0);
	cstn_transaction *transaction = network_begin(at.network);
	char *note = sharing_override_note("shop", 11, 12);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_transaction_put_override(
					 transaction, note, strlen(note), 150, &error));
	oom_disarm(o);
	end_transaction(transaction, status);
	ck_assert_uint_eq(
			sharing_count_entries(at.network, "maker", "override"), status == CSTN_OK);
	free(note);
	scene_close(&at);
	return status;
}

static cstn_status put_receipt(oom *o)
{
	scene at = scene_open(o->allocator, 1);
	cstn_transaction *transaction;
	uint8_t release[32];
	cstn_status status;
	char *note;

	memset(release, 7, 32);
	sharing_release_duty(at.network, at.agreement, release, "delete", 300);
	note = sharing_receipt_note(
			&at.world, at.agreement, release, CSTN_RECEIPT_DELETED, "shop", 250);
	transaction = network_begin(at.network);
	oom_arm(o);
	OOM_CALL(status,
			cstn_transaction_put_receipt(transaction, note, strlen(note), 260, &error));
	oom_disarm(o);
	end_transaction(transaction, status);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), status == CSTN_OK);
	free(note);
	scene_close(&at);
	return status;
}

static cstn_status put_waiver(oom *o)
{
	scene at = scene_open(o->allocator, 1);
	cstn_waiver waiver = CSTN_WAIVER_INIT;
	cstn_transaction *transaction;
	cstn_status status;
	char *note;

	waiver.index = CSTN_RULES_DUTY_RETENTION;
	waiver.at_us = 250;
	memset(waiver.release, 7, 32);
	sharing_release_duty(at.network, at.agreement, waiver.release, "delete", 300);
	note = sharing_waiver_note(&at.world, at.agreement, &waiver, "maker");
	transaction = network_begin(at.network);
	oom_arm(o);
	OOM_CALL(status, cstn_transaction_put_waiver(transaction, note, strlen(note), 260, &error));
	oom_disarm(o);
	end_transaction(transaction, status);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"), status == CSTN_OK);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "receipt"), status == CSTN_OK);
	free(note);
	scene_close(&at);
	return status;
}

static cstn_status put_said(oom *o, cstn_transaction *transaction, const cstn_agreement *agreement)
{
	static const char *const rivals[] = {"maker", "third"};
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;
	cstn_status status;

	memcpy(duty.agreement, cstn_agreement_digest(agreement), 32);
	memcpy(given.agreement, cstn_agreement_digest(agreement), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(agreement), 0), duty.term);
	memcpy(given.term, duty.term, 32);
	memset(duty.release, 7, 32);
	duty.index = CSTN_RULES_DUTY_RETENTION;
	duty.state = CSTN_DUTY_FULFILLED;
	given.state = CSTN_CONSIDERATION_CURRENT;
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_transaction_put_duty(
						 transaction, "maker", &duty, 150, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_transaction_put_consideration(
						 transaction, "maker", &given, 150, &error));
	else
		OOM_CALL(status, cstn_transaction_put_conflict_set(
						 transaction, "c1", "s", rivals, 2, 150, &error));
	oom_disarm(o);
	return status;
}

static cstn_status put_one(oom *o)
{
	static const char *const types[] = {"duty", "consideration", "conflict_set"};
	scene at = scene_open(o->allocator, 1);
	cstn_agreement *paid = sharing_one_term(&at.world, CSTN_LEVEL_EXISTENCE, "forecasts");
	cstn_transaction *transaction;
	uint8_t release[32];
	cstn_status status;

	memset(release, 7, 32);
	sharing_put_agreement(at.network, "maker", paid, 150);
	sharing_release_duty(at.network, paid, release, "delete", 300);
	transaction = network_begin(at.network);
	status = put_said(o, transaction, paid);
	end_transaction(transaction, status);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", types[o->which]),
			status == CSTN_OK);
	cstn_agreement_unref(paid);
	scene_close(&at);
	return status;
}

/* --- what the clock does ------------------------------------------------------------------------
 */

/* An agreement whose duty was due at 120, else pay; put. */
static cstn_agreement *overdue(const scene *at, uint8_t *term_digest)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT, pay = duty;
	cstn_term_builder *builder;
	cstn_agreement *out;
	cstn_term_set *set;
	cstn_term *term;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	pay.phase = duty.phase = CSTN_DUTY_ONGOING;
	pay.action = "pay";
	duty.action = "attribute";
	duty.due = CSTN_DUE_AT;
	duty.due_us = 120;
	duty.consequence = &pay;
	SHARING_OK(cstn_term_builder_new(NULL, &builder, &error));
	SHARING_OK(cstn_term_builder_set_provider(builder, "maker", &error));
	SHARING_OK(cstn_term_builder_set_recipient(builder, "shop", &error));
	SHARING_OK(cstn_term_builder_set_constellation(builder, "c1", &error));
	SHARING_OK(cstn_term_builder_add_field(builder, "order.qty", &error));
	SHARING_OK(cstn_term_builder_set_purpose(builder, "planning", &error));
	SHARING_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &error));
	SHARING_OK(cstn_term_builder_add_consideration(builder, &gift, &error));
	SHARING_OK(cstn_term_builder_add_duty(builder, &duty, &error));
	SHARING_OK(cstn_term_builder_build(builder, &term, &error));
	cstn_term_builder_free(builder);
	cstn_term_digest(term, term_digest);
	SHARING_OK(cstn_term_set_new(&term, 1, NULL, &set, &error));
	cstn_term_unref(term);
	out = sharing_signed(&at->world, set);
	cstn_term_set_unref(set);
	sharing_put_agreement(at->network, "maker", out, 110);
	return out;
}

/* A duty that is overdue: the table of duties, which has its consequence, and that one put. */
static cstn_status by_the_clock(oom *o)
{
	scene at = scene_open(o->allocator, 0);
	struct ArrowArrayStream stream = {.release = NULL};
	cstn_sharing_duty duty = CSTN_SHARING_DUTY_INIT;
	cstn_agreement *agreement = overdue(&at, duty.term);
	cstn_transaction *transaction = network_begin(at.network);
	cstn_snapshot *snapshot;
	cstn_status status;

	memcpy(duty.agreement, cstn_agreement_digest(agreement), 32);
	duty.state = CSTN_DUTY_PENDING;
	duty.deadline_us = 120;
	if (o->which) {
		SHARING_OK(cstn_transaction_put_duty(transaction, "maker", &duty, 115, &error));
		network_commit(transaction);
		SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
		oom_arm(o);
		OOM_CALL(status, cstn_sharing_table(snapshot, CSTN_SHARING_DUTIES, 150, &stream,
						 &error));
		if (status == CSTN_OK)
			status = oom_drain(&stream);
		oom_disarm(o);
		cstn_snapshot_unref(snapshot);
	} else {
		duty.consequence = 1;
		oom_arm(o);
		OOM_CALL(status, cstn_transaction_put_duty(
						 transaction, "maker", &duty, 150, &error));
		oom_disarm(o);
		end_transaction(transaction, status);
		ck_assert_uint_eq(sharing_count_entries(at.network, "maker", "duty"),
				status == CSTN_OK ? 3 : 0);
	}
	cstn_agreement_unref(agreement);
	scene_close(&at);
	return status;
}

/* Something in each of the tables. */
static void fill_tables(scene *at)
{
	static const char *const rivals[] = {"maker", "third"};
	cstn_agreement *paid = sharing_one_term(&at->world, CSTN_LEVEL_EXISTENCE, "forecasts");
	cstn_rules_consideration given = CSTN_RULES_CONSIDERATION_INIT;
	uint8_t release[32];
	char *override = sharing_override_note("shop", 11, 12), *receipt;
	cstn_transaction *transaction;

	memset(release, 7, 32);
	receipt = sharing_receipt_note(
			&at->world, paid, release, CSTN_RECEIPT_DELETED, "shop", 140);
	memcpy(given.agreement, cstn_agreement_digest(paid), 32);
	cstn_term_digest(cstn_term_set_at(cstn_agreement_terms(paid), 0), given.term);
	given.state = CSTN_CONSIDERATION_CURRENT;
	sharing_put_agreement(at->network, "maker", paid, 150);
	sharing_put_release_rows(at->network);
	transaction = network_begin(at->network);
	SHARING_OK(cstn_transaction_put_override(
			transaction, override, strlen(override), 150, &error));
	SHARING_OK(cstn_transaction_put_receipt(
			transaction, receipt, strlen(receipt), 150, &error));
	SHARING_OK(cstn_transaction_put_consideration(transaction, "maker", &given, 150, &error));
	SHARING_OK(cstn_transaction_put_conflict_set(
			transaction, "c1", "s", rivals, 2, 150, &error));
	network_commit(transaction);
	free(override);
	free(receipt);
	cstn_agreement_unref(paid);
}

static cstn_status tables(oom *o)
{
	scene at = scene_open(o->allocator, 1);
	struct ArrowArrayStream stream = {.release = NULL};
	cstn_snapshot *snapshot;
	cstn_status status;

	fill_tables(&at);
	SHARING_OK(cstn_network_snapshot(at.network, &snapshot, &error));
	oom_arm(o);
	OOM_CALL(status, cstn_sharing_table(snapshot, o->which, 200, &stream, &error));
	if (status == CSTN_OK)
		status = oom_drain(&stream);
	oom_disarm(o);
	ck_assert(status == CSTN_OK || stream.release == NULL);
	if (status == CSTN_OK) { /* it had a row */
		cstn_buffer *csv;

		SHARING_OK(cstn_sharing_table(snapshot, o->which, 200, &stream, &error));
		csv = network_to_csv(&stream);
		ck_assert_str_ne(strchr((const char *)cstn_buffer_data(csv), '\n'), "\n");
		cstn_buffer_free(csv);
	}
	cstn_snapshot_unref(snapshot);
	scene_close(&at);
	return status;
}

static char *one_view(uint8_t entry)
{
	const char *signer = ledger_signer();
	cstn_log *log = ledger_log("log.example");
	cstn_buffer *out;

	SHARING_OK(cstn_log_append(log, &entry, 1, NULL, &error));
	SHARING_OK(cstn_log_checkpoint(log, &signer, 1, &out, &error));
	cstn_log_free(log);
	return sharing_text(out);
}

static cstn_status put_entries(oom *o)
{
	static const char *const types[] = {"negotiation", "split_view"};
	scene at = scene_open(o->allocator, 0);
	cstn_negotiation_message m =
			sharing_message(CSTN_MESSAGE_OFFER, CSTN_ACTOR_PROVIDER, 2, 5, 100);
	cstn_transaction *transaction = network_begin(at.network);
	cstn_negotiation *negotiation = sharing_negotiation(0);
	char *first = one_view(1), *second = one_view(2);
	const char *verifier = ledger_verifier();
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_transaction_put_negotiation(transaction, "maker", negotiation,
						 &m, CSTN_OK, 150, &error));
	else
		OOM_CALL(status, cstn_transaction_put_split_view(transaction, "maker", "c1", first,
						 strlen(first), second, strlen(second), &verifier,
						 1, 150, &error));
	oom_disarm(o);
	end_transaction(transaction, status);
	ck_assert_uint_eq(sharing_count_entries(at.network, "maker", types[o->which]),
			status == CSTN_OK);
	free(first);
	free(second);
	cstn_negotiation_unref(negotiation);
	scene_close(&at);
	return status;
}

const oom_case oom_cases_sharing[] = {
		{"cstn_transaction_put_agreement", put_agreement, 0, 0},
		{"cstn_transaction_put_negotiation", put_entries, 0, 0},
		{"cstn_transaction_put_split_view", put_entries, 0, 1},
		{"cstn_transaction_put_override", put_override, 0, 0},
		{"cstn_transaction_put_receipt", put_receipt, 0, 0},
		{"cstn_transaction_put_waiver", put_waiver, 0, 0},
		{"cstn_transaction_put_duty", put_one, 0, 0},
		{"cstn_transaction_put_duty", by_the_clock, 0, 0},
		{"cstn_sharing_table", by_the_clock, 0, 1},
		{"cstn_transaction_put_consideration", put_one, 0, 1},
		{"cstn_transaction_put_conflict_set", put_one, 0, 2},
		{"cstn_rules_load", load_rules, 0, 0},
		{"cstn_rules_load", load_rules, 0, 1},
		{"cstn_agreement_store_load", load_store, 0, 0},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_AGREEMENTS},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_USAGE},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_DUTIES},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_CONSIDERATIONS},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_DELIVERIES},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_RELEASES},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_OVERRIDES},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_RECEIPTS},
		{"cstn_sharing_table", tables, 0, CSTN_SHARING_CONFLICT_SETS},
};
const size_t oom_count_sharing = sizeof(oom_cases_sharing) / sizeof(oom_cases_sharing[0]);
