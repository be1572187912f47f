/* Terms for tests. */
#include "term_fixture.h"

#include <string.h>

cstn_term_builder *term_begin(void)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_builder *builder = NULL;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	TERM_OK(cstn_term_builder_new(NULL, &builder, &term_error));
	TERM_OK(cstn_term_builder_set_provider(builder, "acme", &term_error));
	TERM_OK(cstn_term_builder_set_recipient(builder, "beta", &term_error));
	TERM_OK(cstn_term_builder_set_constellation(builder, "fmcg", &term_error));
	TERM_OK(cstn_term_builder_add_field(builder, "order.qty", &term_error));
	TERM_OK(cstn_term_builder_set_purpose(builder, "planning", &term_error));
	TERM_OK(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, &term_error));
	TERM_OK(cstn_term_builder_add_consideration(builder, &gift, &term_error));
	return builder;
}

cstn_term *term_end(cstn_term_builder *builder)
{
	cstn_term *term = NULL;

	TERM_OK(cstn_term_builder_build(builder, &term, &term_error));
	cstn_term_builder_free(builder);
	return term;
}

cstn_constraint *term_rows_at_most(int64_t most)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_constraint *constraint = NULL;

	leaf.operand = "rows";
	leaf.operand_len = 4;
	leaf.operation = CSTN_OPERATOR_LTEQ;
	leaf.type = CSTN_OPERAND_INT64;
	leaf.numbers = &most;
	leaf.n_values = 1;
	TERM_OK(cstn_constraint_new(&leaf, NULL, &constraint, &term_error));
	return constraint;
}

static void add_exchange(cstn_term_builder *builder)
{
	cstn_term_consideration money = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_consideration data = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_duty later = CSTN_TERM_DUTY_INIT, duty = CSTN_TERM_DUTY_INIT;
	cstn_term_document document = CSTN_TERM_DOCUMENT_INIT;

	money.kind = CSTN_CONSIDERATION_MONEY;
	money.due = CSTN_DUE_EVERY;
	money.due_us = 30 * TERM_DAY;
	money.grace_us = TERM_DAY;
	money.amount_minor = 5000;
	money.currency = "EUR";
	data.kind = CSTN_CONSIDERATION_RECIPROCAL;
	memset(data.term, 0xab, sizeof(data.term));
	data.min_completeness_permille = 950;
	data.max_staleness_us = TERM_DAY;
	data.gate = CSTN_GATE_ADVISE;
	later.phase = CSTN_DUTY_AFTER;
	later.action = "pay";
	later.due = CSTN_DUE_AFTER_END;
	later.due_us = TERM_DAY;
	duty.phase = CSTN_DUTY_BEFORE;
	duty.action = "report";
	duty.consequence = &later;
	document.title = "Framework contract";
	memset(document.sha256, 0x11, sizeof(document.sha256));
	TERM_OK(cstn_term_builder_add_consideration(builder, &money, &term_error));
	TERM_OK(cstn_term_builder_add_consideration(builder, &data, &term_error));
	TERM_OK(cstn_term_builder_add_duty(builder, &duty, &term_error));
	TERM_OK(cstn_term_builder_add_document(builder, &document, &term_error));
}

static void set_bounds(cstn_term_builder *builder)
{
	cstn_term_data_window window = CSTN_TERM_DATA_WINDOW_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;

	window.data_from_us = 0;
	window.data_until_us = 20000 * TERM_DAY;
	window.min_age_us = TERM_DAY;
	window.max_age_us = 90 * TERM_DAY;
	retention.max_us = 30 * TERM_DAY;
	retention.then = CSTN_DELIVERED_DESTROY_KEY;
	retention.proof = 1;
	revocation.by = CSTN_REVOCATION_PROVIDER;
	revocation.delivered = CSTN_DELIVERED_DELETE;
	revocation.notice_us = 7 * TERM_DAY;
	limits.calls = 100;
	limits.rows = 10000;
	limits.window_us = TERM_DAY;
	limits.rows_in_all = INT64_MAX;
	limits.nano_epsilon = 1000000000;
	limits.period_us = 365 * TERM_DAY;
	TERM_OK(cstn_term_builder_set_access_window(
			builder, 20000 * TERM_DAY, 21000 * TERM_DAY, &term_error));
	TERM_OK(cstn_term_builder_set_data_window(builder, &window, &term_error));
	TERM_OK(cstn_term_builder_set_retention(builder, &retention, &term_error));
	TERM_OK(cstn_term_builder_set_revocation(builder, &revocation, &term_error));
	TERM_OK(cstn_term_builder_set_limits(builder, &limits, &term_error));
}

cstn_term_builder *term_full(void)
{
	static const char *const parties[] = {"delta", "gamma"};
	cstn_term_granularity granularity = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_constraint *rows = term_rows_at_most(1000);
	cstn_term_builder *builder = NULL;

	granularity.level = CSTN_LEVEL_AGGREGATED;
	granularity.k = 5;
	granularity.contributors = 3;
	granularity.max_share_permille = 600;
	onward.to = CSTN_ONWARD_LIST;
	onward.max_hops = 2;
	onward.parties = parties;
	onward.n_parties = 2;
	TERM_OK(cstn_term_builder_new(NULL, &builder, &term_error));
	TERM_OK(cstn_term_builder_set_effect(builder, CSTN_EFFECT_PERMIT, &term_error));
	TERM_OK(cstn_term_builder_set_provider(builder, "acme", &term_error));
	TERM_OK(cstn_term_builder_add_recipient_role(builder, "supplier", &term_error));
	TERM_OK(cstn_term_builder_add_recipient_role(builder, "buyer", &term_error));
	TERM_OK(cstn_term_builder_set_constellation(builder, "fmcg", &term_error));
	TERM_OK(cstn_term_builder_add_field(builder, "shipment.eta", &term_error));
	TERM_OK(cstn_term_builder_add_field(builder, "order.*", &term_error));
	TERM_OK(cstn_term_builder_set_purpose(builder, "planning", &term_error));
	TERM_OK(cstn_term_builder_set_actions(
			builder, CSTN_ACTION_USE | CSTN_ACTION_GIVE, &term_error));
	set_bounds(builder);
	TERM_OK(cstn_term_builder_set_granularity(builder, &granularity, &term_error));
	TERM_OK(cstn_term_builder_set_onward(builder, &onward, &term_error));
	add_exchange(builder);
	TERM_OK(cstn_term_builder_set_constraint(builder, rows, &term_error));
	TERM_OK(cstn_term_builder_set_legal_basis(builder, "gdpr-6-1-b", &term_error));
	TERM_OK(cstn_term_builder_set_flags(builder,
			CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED | CSTN_TERM_PROOF_OF_CONTENT,
			&term_error));
	cstn_constraint_unref(rows);
	return builder;
}
