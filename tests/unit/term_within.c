/* Flow-down: each component on both sides of its boundary. */
#include <string.h>

#include "constraint_fixture.h"
#include "term_fixture.h"
#include "term_parts.h"

/* The component that fails; 0: within. */
static int32_t failing(const cstn_term *derived, const cstn_term *parent)
{
	cstn_vocabulary *vocabulary = sample_vocabulary();
	int32_t within = -1, component = -1;

	TERM_OK(cstn_term_is_within(derived, parent, vocabulary, &within, &component, &term_error));
	ck_assert_int_eq(within, component == 0);
	cstn_vocabulary_unref(vocabulary);
	return component;
}

static int32_t failing_parts(const term_parts *derived, const term_parts *parent)
{
	cstn_term *a = term_parts_build(derived), *b = term_parts_build(parent);
	int32_t component = failing(a, b);

	cstn_term_unref(a);
	cstn_term_unref(b);
	return component;
}

/* What is changed of the parent and of the derived term, `beyond` its boundary or at it. */
typedef void change(term_parts *parent, term_parts *derived, int beyond);

static void effect(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.effect = beyond ? CSTN_EFFECT_PROHIBIT : CSTN_EFFECT_PERMIT;
}

static void parent_effect(term_parts *parent, term_parts *derived, int beyond)
{
	(void)derived;
	parent->view.effect = beyond ? CSTN_EFFECT_PROHIBIT : CSTN_EFFECT_PERMIT;
}

static void provider(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.provider = beyond ? "acme" : "delta";
}

static void provider_of_no_list(term_parts *parent, term_parts *derived, int beyond)
{
	parent->onward.to = derived->onward.to = CSTN_ONWARD_LIST;
	derived->view.provider = beyond ? "omega" : "beta";
}

static void recipient(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.recipient = beyond ? "epsilon" : "delta";
}

static void recipient_with_role(term_parts *parent, term_parts *derived, int beyond)
{
	if (!beyond) {
		parent->onward.to = CSTN_ONWARD_SAME_CONSTELLATION;
		parent->onward.n_parties = 0;
	}
	derived->view.recipient = NULL;
	derived->roles[0] = "carrier";
	derived->view.recipient_roles = derived->roles;
	derived->view.n_recipient_roles = 1;
}

static void constellation(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.constellation = beyond ? "fmcg2" : "fmcg";
}

static void field(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->fields[0] = "order.qty";
	derived->fields[1] = "order[].sku";
	derived->fields[2] = beyond ? "shipment.qty" : "shipment.eta";
	derived->view.n_fields = 3;
}

static void star(term_parts *parent, term_parts *derived, int beyond)
{
	parent->fields[0] = beyond ? "order.qty" : "order.*";
	derived->fields[0] = "order.*";
}

static void purpose(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.purpose = beyond ? "planning" : "safety";
}

static void other_purpose(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.purpose = beyond ? "forecasting" : "replenishment";
}

static void actions(term_parts *parent, term_parts *derived, int beyond)
{
	derived->view.actions = parent->view.actions | (beyond ? CSTN_ACTION_SELL : 0);
}

static void valid_from(term_parts *parent, term_parts *derived, int beyond)
{
	derived->view.valid_from_us = parent->view.valid_from_us - beyond;
}

static void valid_until(term_parts *parent, term_parts *derived, int beyond)
{
	derived->view.valid_until_us = parent->view.valid_until_us + beyond;
}

static void data_from(term_parts *parent, term_parts *derived, int beyond)
{
	derived->window.data_from_us = parent->window.data_from_us - beyond;
}

static void data_until(term_parts *parent, term_parts *derived, int beyond)
{
	derived->window.data_until_us = parent->window.data_until_us + beyond;
}

static void min_age(term_parts *parent, term_parts *derived, int beyond)
{
	derived->window.min_age_us = parent->window.min_age_us - beyond;
}

static void max_age(term_parts *parent, term_parts *derived, int beyond)
{
	derived->window.max_age_us = parent->window.max_age_us + beyond;
}

/* --- granularity ------------------------------------------------------------------------------ */

static void k(term_parts *parent, term_parts *derived, int beyond)
{
	derived->granularity.k = parent->granularity.k - beyond;
}

static void l(term_parts *parent, term_parts *derived, int beyond)
{
	derived->granularity.l = parent->granularity.l - beyond;
}

static void t(term_parts *parent, term_parts *derived, int beyond)
{
	derived->granularity.t_permille = parent->granularity.t_permille + beyond;
}

static void contributors(term_parts *parent, term_parts *derived, int beyond)
{
	derived->granularity.contributors = parent->granularity.contributors - beyond;
}

static void max_share(term_parts *parent, term_parts *derived, int beyond)
{
	derived->granularity.max_share_permille = parent->granularity.max_share_permille + beyond;
}

static void epsilon(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_level(parent, CSTN_LEVEL_NOISED);
	term_parts_level(derived, CSTN_LEVEL_NOISED);
	derived->granularity.nano_epsilon += beyond;
}

static void sensitivity(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_level(parent, CSTN_LEVEL_NOISED);
	term_parts_level(derived, CSTN_LEVEL_NOISED);
	derived->granularity.sensitivity += beyond;
}

static void grid(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_level(parent, CSTN_LEVEL_NOISED);
	term_parts_level(derived, CSTN_LEVEL_NOISED);
	derived->granularity.grid_bits += beyond;
}

static void epoch(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_level(parent, CSTN_LEVEL_PSEUDONYM);
	term_parts_level(derived, CSTN_LEVEL_PSEUDONYM);
	derived->granularity.epoch += beyond;
}

static void threshold(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_level(parent, CSTN_LEVEL_EXISTENCE);
	term_parts_level(derived, CSTN_LEVEL_EXISTENCE);
	parent->granularity.threshold = 5;
	derived->granularity.threshold = 5 - beyond;
}

static void star_step(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_steps(parent, 10, 3);
	term_parts_steps(derived, 10 - beyond, 3);
}

static void field_step(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_steps(parent, 10, 30);
	term_parts_steps(derived, 10, 30 - beyond);
}

/* A step that only the derived term names, for a field below the parent's star. */
static void own_step(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_steps(parent, 10, 30);
	parent->granularity.n_steps = 1;
	term_parts_steps(derived, 10, 10 - beyond);
}

/* A step of the parent that the derived term's star does not reach. */
static void missing_step(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts_steps(parent, 10, 30);
	term_parts_steps(derived, 30 - beyond, 30);
	derived->granularity.n_steps = 1;
}

/* --- what becomes of the data ----------------------------------------------------------------- */

static void hops(term_parts *parent, term_parts *derived, int beyond)
{
	derived->onward.max_hops = parent->onward.max_hops - 1 + beyond;
}

static void list(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->parties[1] = beyond ? "omega" : "gamma";
}

static void to_all(term_parts *parent, term_parts *derived, int beyond)
{
	if (!beyond) {
		parent->onward.to = CSTN_ONWARD_SAME_CONSTELLATION;
		parent->onward.n_parties = 0;
	}
	derived->onward.to = CSTN_ONWARD_SAME_CONSTELLATION;
	derived->onward.n_parties = 0;
}

static void to_nobody(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts *changed = beyond ? parent : derived;

	changed->onward.to = CSTN_ONWARD_NONE;
	changed->onward.max_hops = 0;
	changed->onward.n_parties = 0;
}

static void max_retention(term_parts *parent, term_parts *derived, int beyond)
{
	derived->retention.max_us = parent->retention.max_us + beyond;
}

static void retention_end(term_parts *parent, term_parts *derived, int beyond)
{
	parent->retention.then = CSTN_DELIVERED_DESTROY_KEY;
	derived->retention.then = beyond ? CSTN_DELIVERED_DELETE : CSTN_DELIVERED_DESTROY_KEY;
}

static void returning(term_parts *parent, term_parts *derived, int beyond)
{
	parent->retention.then = beyond ? CSTN_DELIVERED_DESTROY_KEY : CSTN_DELIVERED_DELETE;
	derived->retention.then = CSTN_DELIVERED_RETURN;
}

static void destroying(term_parts *parent, term_parts *derived, int beyond)
{
	parent->retention.then = beyond ? CSTN_DELIVERED_RETURN : CSTN_DELIVERED_DELETE;
	derived->retention.then = CSTN_DELIVERED_DESTROY_KEY;
}

static void proof(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->retention.proof = !beyond;
}

static void revocation_by(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->revocation.by = beyond ? CSTN_REVOCATION_RECIPIENT : CSTN_REVOCATION_BOTH;
}

static void notice(term_parts *parent, term_parts *derived, int beyond)
{
	derived->revocation.notice_us = parent->revocation.notice_us + beyond;
}

static void delivered(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->revocation.delivered = beyond ? CSTN_DELIVERED_KEEP : CSTN_DELIVERED_DESTROY_KEY;
}

static void calls(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.calls = parent->limits.calls + beyond;
}

static void rows(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.rows = parent->limits.rows + beyond;
}

static void rows_unlimited(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.rows = beyond ? 0 : parent->limits.rows;
}

static void window(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.window_us = 2 * parent->limits.window_us - beyond;
}

static void rows_in_all(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.rows_in_all = parent->limits.rows_in_all + beyond;
}

static void spent(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.nano_epsilon = parent->limits.nano_epsilon + beyond;
}

static void period(term_parts *parent, term_parts *derived, int beyond)
{
	derived->limits.period_us = 3 * parent->limits.period_us + beyond;
}

/* --- duties, words ---------------------------------------------------------------------------- */

static void duty(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.n_duties = beyond ? 0 : 1;
}

static void deadline(term_parts *parent, term_parts *derived, int beyond)
{
	derived->duty.due_us = parent->duty.due_us + beyond;
}

static void deadline_rule(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->duty.due = beyond ? CSTN_DUE_AFTER_START : CSTN_DUE_AT;
}

static void any_deadline(term_parts *parent, term_parts *derived, int beyond)
{
	term_parts *changed = beyond ? derived : parent;

	changed->duty.due = CSTN_DUE_NONE;
	changed->duty.due_us = 0;
}

static void phase(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->duty.phase = beyond ? CSTN_DUTY_ONGOING : CSTN_DUTY_BEFORE;
}

static void consequence(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	if (beyond)
		derived->duty.consequence = NULL;
}

static void consequence_deadline(term_parts *parent, term_parts *derived, int beyond)
{
	derived->consequence.due_us = parent->consequence.due_us + beyond;
}

static void document(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->document.sha256[31] = (uint8_t)beyond;
}

static void title(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->document.title = beyond ? "Contract 2" : "Contract";
}

static void legal_basis(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.legal_basis = beyond ? "consent" : NULL;
}

static void acknowledged(term_parts *parent, term_parts *derived, int beyond)
{
	uint32_t both = CSTN_TERM_PROOF_OF_CONTENT | CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED;

	parent->view.flags = beyond ? CSTN_TERM_PROOF_OF_CONTENT : both;
	derived->view.flags = both;
}

static void small_kind(term_parts *parent, term_parts *derived, int beyond)
{
	parent->view.flags |= beyond ? 0 : CSTN_TERM_SMALL_KIND_ACKNOWLEDGED;
	derived->view.flags |= CSTN_TERM_SMALL_KIND_ACKNOWLEDGED;
}

static void proof_of_content(term_parts *parent, term_parts *derived, int beyond)
{
	(void)parent;
	derived->view.flags = beyond ? 0 : CSTN_TERM_PROOF_OF_CONTENT;
}

static const struct {
	const char *name;
	change *change;
	int32_t component;
} boundaries[] = {{"effect", effect, CSTN_TERM_EFFECT},
		{"parent's effect", parent_effect, CSTN_TERM_EFFECT},
		{"provider", provider, CSTN_TERM_PROVIDER},
		{"provider not in the list", provider_of_no_list, CSTN_TERM_PROVIDER},
		{"recipient", recipient, CSTN_TERM_RECIPIENT},
		{"role", recipient_with_role, CSTN_TERM_RECIPIENT},
		{"constellation", constellation, CSTN_TERM_CONSTELLATION},
		{"field", field, CSTN_TERM_FIELDS}, {"star", star, CSTN_TERM_FIELDS},
		{"purpose", purpose, CSTN_TERM_PURPOSE},
		{"other purpose", other_purpose, CSTN_TERM_PURPOSE},
		{"actions", actions, CSTN_TERM_ACTIONS},
		{"valid from", valid_from, CSTN_TERM_ACCESS_WINDOW},
		{"valid until", valid_until, CSTN_TERM_ACCESS_WINDOW},
		{"data from", data_from, CSTN_TERM_DATA_WINDOW},
		{"data until", data_until, CSTN_TERM_DATA_WINDOW},
		{"min age", min_age, CSTN_TERM_DATA_WINDOW},
		{"max age", max_age, CSTN_TERM_DATA_WINDOW}, {"k", k, CSTN_TERM_GRANULARITY},
		{"l", l, CSTN_TERM_GRANULARITY}, {"t", t, CSTN_TERM_GRANULARITY},
		{"contributors", contributors, CSTN_TERM_GRANULARITY},
		{"max share", max_share, CSTN_TERM_GRANULARITY},
		{"epsilon", epsilon, CSTN_TERM_GRANULARITY},
		{"sensitivity", sensitivity, CSTN_TERM_GRANULARITY},
		{"grid", grid, CSTN_TERM_GRANULARITY}, {"epoch", epoch, CSTN_TERM_GRANULARITY},
		{"threshold", threshold, CSTN_TERM_GRANULARITY},
		{"star's step", star_step, CSTN_TERM_GRANULARITY},
		{"field's step", field_step, CSTN_TERM_GRANULARITY},
		{"own step", own_step, CSTN_TERM_GRANULARITY},
		{"missing step", missing_step, CSTN_TERM_GRANULARITY},
		{"hops", hops, CSTN_TERM_ONWARD}, {"list", list, CSTN_TERM_ONWARD},
		{"to all", to_all, CSTN_TERM_ONWARD}, {"to nobody", to_nobody, CSTN_TERM_ONWARD},
		{"retention", max_retention, CSTN_TERM_RETENTION},
		{"end", retention_end, CSTN_TERM_RETENTION},
		{"return", returning, CSTN_TERM_RETENTION},
		{"destroy", destroying, CSTN_TERM_RETENTION}, {"proof", proof, CSTN_TERM_RETENTION},
		{"revocation", revocation_by, CSTN_TERM_REVOCATION},
		{"notice", notice, CSTN_TERM_REVOCATION},
		{"delivered", delivered, CSTN_TERM_REVOCATION}, {"calls", calls, CSTN_TERM_LIMITS},
		{"rows", rows, CSTN_TERM_LIMITS}, {"no limit", rows_unlimited, CSTN_TERM_LIMITS},
		{"window", window, CSTN_TERM_LIMITS},
		{"rows in all", rows_in_all, CSTN_TERM_LIMITS}, {"spent", spent, CSTN_TERM_LIMITS},
		{"period", period, CSTN_TERM_LIMITS}, {"duty", duty, CSTN_TERM_DUTIES},
		{"deadline", deadline, CSTN_TERM_DUTIES},
		{"deadline's rule", deadline_rule, CSTN_TERM_DUTIES},
		{"any deadline", any_deadline, CSTN_TERM_DUTIES},
		{"phase", phase, CSTN_TERM_DUTIES}, {"consequence", consequence, CSTN_TERM_DUTIES},
		{"consequence's deadline", consequence_deadline, CSTN_TERM_DUTIES},
		{"document", document, CSTN_TERM_LEGAL_TEXT},
		{"title", title, CSTN_TERM_LEGAL_TEXT},
		{"legal basis", legal_basis, CSTN_TERM_LEGAL_BASIS},
		{"acknowledged", acknowledged, CSTN_TERM_FLAGS},
		{"small kind", small_kind, CSTN_TERM_FLAGS},
		{"proof of content", proof_of_content, CSTN_TERM_FLAGS}};
#define BOUNDARIES (sizeof(boundaries) / sizeof(boundaries[0]))

START_TEST(each_component_holds_at_its_boundary_and_fails_by_name_beyond)
{
	for (size_t i = 0; i < BOUNDARIES; i++)
		for (int beyond = 0; beyond <= 1; beyond++) {
			term_parts parent, derived;
			int32_t component;

			term_parts_parent(&parent);
			term_parts_derived(&derived);
			boundaries[i].change(&parent, &derived, beyond);
			component = failing_parts(&derived, &parent);
			ck_assert_msg(component == (beyond ? boundaries[i].component : 0),
					"%s, %s: %s fails", boundaries[i].name,
					beyond ? "beyond" : "at the boundary",
					cstn_term_component_name(component));
		}
}
END_TEST

START_TEST(levels_are_ordered_from_fine_to_coarse)
{
	for (int32_t p = CSTN_LEVEL_RAW; p <= CSTN_LEVEL_EXISTENCE; p++)
		for (int32_t d = CSTN_LEVEL_RAW; d <= CSTN_LEVEL_EXISTENCE; d++) {
			term_parts parent, derived;

			term_parts_parent(&parent);
			term_parts_derived(&derived);
			term_parts_level(&parent, p);
			term_parts_level(&derived, d);
			ck_assert_int_eq(failing_parts(&derived, &parent),
					d >= p ? 0 : CSTN_TERM_GRANULARITY);
		}
}
END_TEST

START_TEST(a_constraint_must_imply_the_parents)
{
	for (int64_t most = 9; most <= 11; most++) {
		term_parts parent, derived;
		cstn_constraint *p = term_rows_at_most(10), *d = term_rows_at_most(most);

		term_parts_parent(&parent);
		term_parts_derived(&derived);
		derived.view.constraint = d;
		ck_assert_int_eq(failing_parts(&derived, &parent), 0);
		parent.view.constraint = p;
		ck_assert_int_eq(failing_parts(&derived, &parent),
				most <= 10 ? 0 : CSTN_TERM_CONSTRAINT);
		derived.view.constraint = NULL;
		ck_assert_int_eq(failing_parts(&derived, &parent), CSTN_TERM_CONSTRAINT);
		cstn_constraint_unref(p);
		cstn_constraint_unref(d);
	}
}
END_TEST

START_TEST(without_a_vocabulary_only_equals_are_known)
{
	term_parts parent, derived;
	cstn_constraint *tight = term_rows_at_most(9), *wide = term_rows_at_most(10);
	int32_t within = -1, component = -1;

	for (int i = 0; i < 4; i++) {
		cstn_term *a, *b;

		term_parts_parent(&parent);
		term_parts_derived(&derived);
		parent.view.constraint = wide;
		derived.view.constraint = i == 1 ? tight : wide;
		derived.view.purpose = i == 2 ? "safety" : "replenishment";
		a = term_parts_build(&derived);
		b = term_parts_build(&parent);
		TERM_OK(cstn_term_is_within(a, b, NULL, &within, &component, &term_error));
		ck_assert_int_eq(component, i == 1   ? CSTN_TERM_CONSTRAINT
					    : i == 2 ? CSTN_TERM_PURPOSE
						     : 0);
		cstn_term_unref(a);
		cstn_term_unref(b);
	}
	cstn_constraint_unref(tight);
	cstn_constraint_unref(wide);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_component_holds_at_its_boundary_and_fails_by_name_beyond,
			levels_are_ordered_from_fine_to_coarse, a_constraint_must_imply_the_parents,
			without_a_vocabulary_only_equals_are_known};

	return run_tests("flow-down of terms", tests, sizeof(tests) / sizeof(tests[0]));
}
