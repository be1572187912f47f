/* Releases, opened: decided, charged and entered as one change, before anything leaves.
 *
 * The change is made for a snapshot and committed only while the network is as that: rules out of
 * it, the decision, the plan of what leaves how, and then what the decision asks for is charged,
 * duties and deliveries are put, the release's own row, and the entry RELEASE_OPEN in the
 * provider's shared log. A question with noise that was answered before is decided as a request
 * that pays no epsilon: what the recipient was told is told again when the budget is spent. If the
 * network moved, all of it is done again. What cannot be done is refused before the charge. A
 * denial is entered in the provider's private log before it is told, and what is told is the same
 * whatever the reason.
 *
 * Invariant: a release that is handed out is committed and durable. Cost: the rules of the pair, a
 * decision, a durable commit. */
#include "sharing/release.h"

#include <string.h>

#include <constellation/sharing.h>

#include "base/entropy.h"
#include "base/error.h"
#include "base/sha256.h"
#include "network/network_transaction.h"
#include "sharing/log_leaf.h"
#include "sharing/release_commit.h"
#include "sharing/release_log.h"
#include "table/bound.h"
#include "table/column.h"

#define FIRST_LINE "cstn/release/v1\n"
#define DENIED "not available"

typedef struct opening {
	cstn_release *release;
	const cstn_release_options *options;
	int denied;
	int32_t reason; /* where there is no decision */
} opening;

/* --- what is decided -------------------------------------------------------------------------- */

static void drop_decided(cstn_release *release)
{
	if (release->cells.release)
		release->cells.release(&release->cells);
	memset(&release->cells, 0, sizeof(release->cells));
	cstn__release_plan_free(release->plan);
	release->plan = NULL;
	cstn_decision_unref(release->decision);
	release->decision = NULL;
}

/* Is a field granted at a level; 0: at any? */
static int grants(const cstn_decision *decision, int32_t level)
{
	size_t i;

	for (i = 0; i < decision->n; i++)
		if (decision->fields[i].reason == CSTN_DECISION_PERMIT &&
				(!level || decision->fields[i].granularity.level == level))
			return 1;
	return 0;
}

static cstn_status deny(opening *at, int32_t reason, cstn_error **error)
{
	at->denied = 1;
	at->reason = reason;
	return cstn__fail(error, CSTN_E_DENIED, DENIED);
}

/* Rules that say something the library cannot evaluate are unknown, and unknown means no. */
static cstn_status load_rules(
		opening *at, cstn_snapshot *snapshot, cstn_rules **out, cstn_error **error)
{
	const cstn_release *release = at->release;
	cstn_rules_load_options load = CSTN_RULES_LOAD_OPTIONS_INIT;
	cstn_error *told = NULL;
	cstn_status status;

	load.constellation = release->request->constellation.text;
	load.provider = release->request->provider.text;
	load.recipient = release->request->recipient.text;
	load.vocabulary = at->options->vocabulary;
	load.allocator = &release->allocator;
	status = cstn_rules_load(snapshot, &load, out, &told);
	if (status == CSTN_E_UNEVALUABLE) {
		cstn_error_free(told);
		return deny(at, CSTN_DECISION_INDETERMINATE, error);
	}
	return cstn__error_give(error, told, status);
}

static cstn_status plan(opening *at, cstn_error **error)
{
	cstn_release *release = at->release;
	cstn_status status = cstn__release_plan_new(release->decision, release->request,
			&release->input_schema, at->options, &release->allocator, &release->plan,
			error);

	if (status == CSTN_OK)
		release->form = cstn__release_plan_form(release->plan);
	return status;
}

/* Is less noise asked for than is granted, without leave to be told with more? It is denied, also
 * where the answer with more is known. */
static int asks_too_much(const cstn_release *release)
{
	const cstn_request *request = release->request;
	int any = 0;

	for (size_t i = 0; i < release->decision->n; i++) {
		const cstn__verdict *field = &release->decision->fields[i];

		any |= field->reason == CSTN_DECISION_PERMIT &&
		       cstn__epsilon_granted(request, &field->granularity) < request->nano_epsilon;
	}
	return any && !(request->flags & CSTN_REQUEST_DOWNGRADE_OK);
}

/* As a request that pays nothing: the answer, if it is granted so and the question was answered
 * before. What cannot be planned is refused when it is decided as it stands. */
static cstn_status recall(
		opening *at, cstn_rules *rules, cstn_transaction *transaction, cstn_error **error)
{
	cstn_release *release = at->release;
	cstn_request *unpaid = NULL;
	cstn_error *told = NULL;
	cstn_status status;

	status = cstn__request_with_epsilon(release->request, 0, &unpaid, error);
	if (status == CSTN_OK)
		status = cstn_decide(rules, unpaid, &release->decision, error);
	cstn_request_unref(unpaid);
	if (status != CSTN_OK || !grants(release->decision, CSTN_LEVEL_NOISED) ||
			asks_too_much(release))
		return status;
	status = plan(at, &told);
	if (status != CSTN_OK && status != CSTN_E_NOMEM) {
		cstn_error_free(told);
		return CSTN_OK;
	}
	if (status == CSTN_OK && release->form == CSTN_LEVEL_NOISED)
		status = cstn__release_recall_cells(release, at->options, transaction, &told);
	return cstn__error_give(error, told, status);
}

/* The decision, and what leaves how. */
static cstn_status decide(opening *at, cstn_transaction *transaction, cstn_snapshot *snapshot,
		cstn_error **error)
{
	cstn_release *release = at->release;
	cstn_rules *rules = NULL;
	cstn_status status;

	drop_decided(release);
	status = load_rules(at, snapshot, &rules, error);
	if (status == CSTN_OK && release->request->nano_epsilon && at->options->noise)
		status = recall(at, rules, transaction, error);
	if (status == CSTN_OK && !release->cells.release) {
		drop_decided(release);
		status = cstn_decide(rules, release->request, &release->decision, error);
		if (status == CSTN_OK)
			status = grants(release->decision, 0)
						 ? plan(at, error)
						 : deny(at, CSTN_DECISION_PERMIT, error);
	}
	cstn_rules_unref(rules);
	return status;
}

/* SHA-256 of a first line, the decision's digest and what was drawn. */
static cstn_status name_it(cstn_release *release, cstn_error **error)
{
	cstn__sha256_state state;
	cstn_status status =
			cstn_decision_digest(release->decision, release->decision_digest, error);

	if (status != CSTN_OK)
		return status;
	cstn__sha256_init(&state, cstn__sha256_hardware());
	cstn__sha256_put(&state, FIRST_LINE, sizeof(FIRST_LINE) - 1);
	cstn__sha256_put(&state, release->decision_digest, sizeof(release->decision_digest));
	cstn__sha256_put(&state, release->drawn, sizeof(release->drawn));
	cstn__sha256_end(&state, release->id);
	return CSTN_OK;
}

/* --- what the change puts --------------------------------------------------------------------- */

/* Every term that is to be charged, as it is in the decision. */
static cstn_status put_charges(
		cstn_release *release, cstn_transaction *transaction, cstn_error **error)
{
	size_t i, n = cstn_decision_reservation_count(release->decision);
	cstn_status status = CSTN_OK;

	release->charges.count = 0;
	release->reserved = UINT64_MAX;
	if (cstn__array_reserve(&release->allocator, &release->charges, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__release_charge *one = &release->charges.items[i];
		cstn_decision_reservation *of = &one->reservation;

		of->struct_size = sizeof(*of);
		status = cstn_decision_reservation_at(release->decision, i, of, error);
		if (status != CSTN_OK)
			return status;
		one->limits = cstn__decision_reserves(release->decision, i)->limits;
		status = cstn__sharing_charge(transaction, of, one->limits,
				release->request->now_us, &one->at_us, error);
		if (of->rows < release->reserved)
			release->reserved = of->rows;
		release->charges.count = i + 1;
	}
	return status;
}

/* What is spent is a denial, too, whoever found it out. */
static cstn_status charge(opening *at, cstn_transaction *transaction, cstn_error **error)
{
	cstn_error *told = NULL;
	cstn_status status = put_charges(at->release, transaction, &told);

	if (status != CSTN_E_BUDGET)
		return cstn__error_give(error, told, status);
	cstn_error_free(told);
	return deny(at, CSTN_DECISION_BUDGET, error);
}

/* Retention, and what is due after each release, are of this one; what else is open is of the term,
 * and there once. */
static int is_of_release(const cstn_decision *decision, size_t obligation, uint32_t duty)
{
	return duty == CSTN_RULES_DUTY_RETENTION ||
	       cstn__decision_obliges(decision, obligation)->duties[duty]->due ==
			       CSTN_DUE_AFTER_RELEASE;
}

static cstn_status put_duties(
		const cstn_release *release, cstn_transaction *transaction, cstn_error **error)
{
	size_t i, n = cstn_decision_obligation_count(release->decision);
	cstn_status status = CSTN_OK;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn_decision_obligation one = {.struct_size = sizeof(one)};
		cstn__duty_row row;
		int found = 0;

		status = cstn_decision_obligation_at(release->decision, i, &one, error);
		if (status != CSTN_OK)
			return status;
		memset(&row, 0, sizeof(row));
		memcpy(row.agreement, one.agreement, sizeof(row.agreement));
		memcpy(row.term, one.term, sizeof(row.term));
		row.index = one.index;
		if (is_of_release(release->decision, i, one.index))
			memcpy(row.release, release->id, sizeof(row.release));
		else
			status = cstn__sharing_duty_find(transaction, &row, &found, error);
		if (status != CSTN_OK || found)
			continue;
		row.state = CSTN_DUTY_PENDING;
		row.deadline_us = one.deadline_us;
		strncpy(row.action, one.action, sizeof(row.action) - 1);
		status = cstn__sharing_duty_put(transaction, &row, release->request->now_us, error);
	}
	return status;
}

/* Is it the first field that this rule grants? */
static int is_first(const cstn_decision *decision, size_t index)
{
	size_t i;

	if (decision->fields[index].reason != CSTN_DECISION_PERMIT)
		return 0;
	for (i = 0; i < index; i++)
		if (decision->fields[i].reason == CSTN_DECISION_PERMIT &&
				decision->fields[i].rule == decision->fields[index].rule)
			return 0;
	return 1;
}

/* What becomes of it if the agreement is retired, where it does not stay: by when is known then. */
static cstn_status put_revocable(
		const cstn_release *release, cstn_transaction *transaction, cstn_error **error)
{
	const cstn_decision *decision = release->decision;
	const cstn_rules *rules = decision->rules;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < decision->n && status == CSTN_OK; i++) {
		cstn__duty_row row = {.index = CSTN_RULES_DUTY_REVOCATION,
				.state = CSTN_DUTY_PENDING,
				.deadline_us = INT64_MAX};
		const cstn__rule *rule;

		if (!is_first(decision, i))
			continue;
		rule = &rules->rules.items[decision->fields[i].rule];
		if (rule->view->revocation->delivered == CSTN_DELIVERED_KEEP)
			continue;
		memcpy(row.agreement, rules->agreements.items[rule->agreement].digest,
				sizeof(row.agreement));
		memcpy(row.term, rule->digest, sizeof(row.term));
		memcpy(row.release, release->id, sizeof(row.release));
		strncpy(row.action, cstn__delivered_action(rule->view->revocation->delivered),
				sizeof(row.action) - 1);
		status = cstn__sharing_duty_put(transaction, &row, release->request->now_us, error);
	}
	return status;
}

static uint32_t classes_of(const cstn_decision *decision)
{
	uint32_t classes = 0;
	size_t i;

	for (i = 0; i < decision->n; i++)
		if (decision->fields[i].reason == CSTN_DECISION_PERMIT)
			classes |= decision->fields[i].classes;
	return classes;
}

static cstn_status put_release(
		cstn_release *release, cstn_transaction *transaction, cstn_error **error)
{
	const cstn_request *request = release->request;
	const cstn__release_opening told = {release->id, release->decision_digest};
	cstn__release_row row;
	json_t *fields = NULL;
	cstn_status status;

	memset(&row, 0, sizeof(row));
	memcpy(row.id, release->id, sizeof(row.id));
	memcpy(row.decision, release->decision_digest, sizeof(row.decision));
	memcpy(row.constellation, request->constellation.text, request->constellation.len);
	memcpy(row.provider, request->provider.text, request->provider.len);
	memcpy(row.recipient, request->recipient.text, request->recipient.len);
	row.state = CSTN__RELEASE_OPEN;
	row.session = cstn__sharing_session(release->network);
	row.at_us = request->now_us;
	row.reserved_rows = release->reserved;
	status = cstn__release_leaf_open(release->decision, &told, &fields, error);
	if (status == CSTN_OK)
		status = cstn__sharing_release_open(
				transaction, &row, fields, &release->opened_index, error);
	json_decref(fields);
	return status;
}

/* Denied fields, or all of them, in the provider's private log. */
static cstn_status put_denial(const opening *at, cstn_transaction *transaction, cstn_error **error)
{
	cstn_release *release = at->release;
	cstn__log_leaf leaf = {.party = release->request->provider.text,
			.party_len = release->request->provider.len,
			.type = CSTN__LEAF_DENIAL,
			.at_us = release->request->now_us};
	json_t *fields = NULL;
	cstn_status status = cstn__release_leaf_denial(
			release->request, release->decision, at->reason, &fields, error);

	leaf.fields = fields;
	if (status == CSTN_OK)
		status = cstn__transaction_log(transaction, &leaf, error);
	json_decref(fields);
	return status;
}

static cstn_status open_change(void *user, cstn_transaction *transaction, cstn_snapshot *snapshot,
		cstn_error **error)
{
	opening *at = user;
	cstn_release *release = at->release;
	const cstn_request *request = release->request;
	cstn_status status;

	status = decide(at, transaction, snapshot, error);
	if (status == CSTN_OK)
		status = name_it(release, error);
	if (status == CSTN_OK)
		status = charge(at, transaction, error);
	if (status == CSTN_OK)
		status = put_duties(release, transaction, error);
	if (status == CSTN_OK)
		status = put_revocable(release, transaction, error);
	if (status == CSTN_OK)
		status = cstn__sharing_delivery_put(transaction, request->constellation.text,
				request->provider.text, request->recipient.text,
				classes_of(release->decision), request->now_us, error);
	if (status == CSTN_OK)
		status = put_release(release, transaction, error);
	if (status == CSTN_OK && !cstn_decision_is_permitted(release->decision))
		status = put_denial(at, transaction, error);
	return status;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status deny_change(void *user, cstn_transaction *transaction, cstn_snapshot *snapshot,
		cstn_error **error)
{
	(void)snapshot;
	return put_denial(user, transaction, error);
}

/* The entry is durable before anyone is told. */
static cstn_status tell_denied(opening *at, cstn_error **error)
{
	cstn_status status = cstn__release_commit(at->release->network, deny_change, at, error);

	return status == CSTN_OK ? cstn__fail(error, CSTN_E_DENIED, DENIED) : status;
}

static cstn_status decide_and_charge(opening *at, cstn_error **error)
{
	cstn_error *told = NULL;
	cstn_status status = cstn__release_commit(at->release->network, open_change, at, &told);

	if (!at->denied)
		return cstn__error_give(error, told, status);
	cstn_error_free(told);
	return tell_denied(at, error);
}

static cstn_status read_options(
		const cstn_release_options *given, cstn_release_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out),
			CSTN_IMPORT_TRUSTED, "cstn_release_options", out, error);

	if (status == CSTN_OK && (!out->checkpoint != !out->settle))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a checkpoint and when it is settled are given together");
	return status;
}

static cstn_status draw(
		cstn_release *release, const cstn_release_options *options, cstn_error **error)
{
	cstn_status status = cstn__entropy_fill(options->entropy, options->entropy_user,
			release->drawn, sizeof(release->drawn), error);

	if (status == CSTN_OK)
		status = cstn__entropy_fill(options->entropy, options->entropy_user, release->salt,
				sizeof(release->salt), error);
	return status;
}

static cstn_status read_schema(cstn_release *release, cstn_error **error)
{
	struct ArrowArrayStream *input = &release->input;
	int code = input->get_schema(input, &release->input_schema);

	return code ? cstn__stream_fail(input, code, "the schema of the rows", error) : CSTN_OK;
}

/* Of a release whose form is known: what is needed to hand it out. */
static cstn_status begin(
		cstn_release *release, const cstn_release_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (release->cells.release) /* known: the rows are not needed */
		release->input.release(&release->input);
	else if (release->form >= CSTN_LEVEL_AGGREGATED)
		status = cstn__release_make_cells(release, options, error);
	if (status == CSTN_OK)
		status = cstn__release_sum_begin(release, error);
	return status;
}

static cstn_status open_it(
		cstn_release *release, const cstn_release_options *options, cstn_error **error)
{
	opening at = {.release = release, .options = options};
	cstn_status status = draw(release, options, error);

	if (status == CSTN_OK)
		status = read_schema(release, error);
	if (status == CSTN_OK)
		status = cstn__release_recover_once(
				release->network, release->request->now_us, error);
	if (status == CSTN_OK && options->checkpoint)
		status = cstn__release_check_settled(release, options, error);
	if (status == CSTN_OK)
		status = decide_and_charge(&at, error);
	if (status == CSTN_OK)
		status = begin(release, options, error);
	return status;
}

static cstn_status release_new(cstn_network *network, cstn_request *request,
		const cstn_allocator *memory, cstn_release **out, cstn_error **error)
{
	cstn_allocator allocator;
	cstn_release *release;
	cstn_status status = cstn__handle_new(memory ? memory : &network->allocator,
			sizeof(*release), &allocator, &release, error);

	if (status != CSTN_OK)
		return status;
	release->allocator = allocator;
	release->network = cstn_network_ref(network);
	release->request = cstn_request_ref(request);
	release->opened_index = UINT64_MAX;
	*out = release;
	return CSTN_OK;
}

cstn_status cstn_release_open(cstn_network *network, cstn_request *request,
		struct ArrowArrayStream *input, const cstn_release_options *options,
		cstn_release **out, cstn_error **error)
{
	cstn_release_options own;
	struct ArrowArrayStream taken;
	cstn_release *release = NULL;
	cstn_status status = cstn__stream_take(input, "rows", &taken, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__network_check(network, error);
	if (status == CSTN_OK && (!request || !out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				request ? "out" : "request");
	if (status == CSTN_OK)
		status = read_options(options, &own, error);
	if (status == CSTN_OK)
		status = release_new(network, request, own.allocator, &release, error);
	if (status != CSTN_OK) {
		taken.release(&taken);
		return status;
	}
	release->input = taken;
	status = open_it(release, &own, error);
	if (status != CSTN_OK) {
		cstn_release_free(release);
		return status;
	}
	*out = release;
	return CSTN_OK;
}
