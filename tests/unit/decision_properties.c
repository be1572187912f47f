/* Decisions against a slow reference over random worlds, and what must hold of any of them. */
#include <stdio.h>

#include "decision_pairs.h"
#include "sharing/canonical_json.h"
#include "sharing/decision.h"

#define N_WORLDS 700

/* The answer to a field of the world; those that were not asked for say nothing. */
static int find_field(const cstn_decision *decision, int field, cstn_decision_field *out)
{
	for (size_t i = 0; i < cstn_decision_count(decision); i++) {
		out->struct_size = sizeof(*out);
		ck_assert_int_eq(cstn_decision_field_at(decision, i, out, NULL), CSTN_OK);
		if (strcmp(out->path, world_paths[field]) == 0)
			return 1;
	}
	return 0;
}

static void explain(const cstn_decision *decision)
{
	cstn_buffer *text;

	ck_assert_int_eq(cstn_decision_explain(decision, &text, NULL), CSTN_OK);
	printf("%s", (const char *)cstn_buffer_data(text));
	cstn_buffer_free(text);
}

static void is_as_it_should_be(const world *w, const world_request *r,
		const cstn_decision *decision, const world_answer *want, int field)
{
	cstn_decision_field got;

	ck_assert(find_field(decision, field, &got));
	if (got.reason != want->reason)
		explain(decision);
	ck_assert_msg(got.reason == want->reason, "%s: %s, %s expected", world_paths[field],
			cstn_decision_reason_name(got.reason),
			cstn_decision_reason_name(want->reason));
	ck_assert_uint_eq(got.classes, world_classes[field]);
	if (want->reason) {
		ck_assert_ptr_null(got.granularity);
		return;
	}
	ck_assert_int_eq(got.granularity->level, want->level);
	ck_assert_int_eq(got.retention_us, want->retention);
	ck_assert_int_eq(got.min_age_us, want->min_age);
	ck_assert_uint_eq(got.flags, want->flags);
	ck_assert_mem_eq(got.term, w->agreements[want->agreement].terms[want->term].digest, 32);
	ck_assert_mem_eq(got.agreement, w->agreements[want->agreement].digest, 32);
	if (want->level == CSTN_LEVEL_AGGREGATED) {
		ck_assert_int_eq(got.granularity->k ? got.granularity->k : 1, want->k);
		ck_assert_int_eq(got.granularity->contributors ? got.granularity->contributors : 1,
				want->contributors);
		ck_assert_int_eq(got.granularity->max_share_permille
						 ? got.granularity->max_share_permille
						 : 1000,
				want->share);
	}
	(void)r;
}

START_TEST(decisions_are_those_of_the_reference)
{
	int reasons[1001] = {0};
	uint64_t seed = 20261123;

	for (size_t i = 0; i < N_WORLDS; i += test_every()) {
		world w;

		world_make(&w, &seed);
		for (int k = 0; k < 6; k++) {
			world_answer want[WORLD_FIELDS];
			world_request r;
			cstn_decision *decision;

			world_ask(&w, &r, &seed);
			reference_decide(&w, &r, want);
			decision = world_decide(&w, &r);
			for (int f = 0; f < WORLD_FIELDS; f++)
				if (r.fields >> f & 1) {
					is_as_it_should_be(&w, &r, decision, &want[f], f);
					reasons[want[f].reason]++;
				}
			cstn_decision_unref(decision);
		}
		world_free(&w);
	}
	/* in all worlds each reason was met, but for one that worlds cannot make */
	for (int i = 0; i <= 1000 && test_every() == 1; i++)
		if (*cstn_decision_reason_name(i) && i != CSTN_DECISION_INDETERMINATE) {
			ck_assert_int_gt(reasons[i], 0);
		}
}
END_TEST

/* --- what must hold of any decision ----------------------------------------------------------- */

START_TEST(order_of_what_was_added_is_irrelevant)
{
	uint64_t seed = 11;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		other.order = world_next(&seed);
		pair_decide(&w, &r, &other, &r, both);
		pair_same_bytes(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

START_TEST(one_more_prohibition_never_grants)
{
	uint64_t seed = 12;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_agreement *a;
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		a = &other.agreements[world_pick(&seed, w.n_agreements)];
		if (a->n_terms == WORLD_TERMS) {
			world_free(&w);
			continue;
		}
		a->terms[a->n_terms] = a->terms[0];
		a->terms[a->n_terms].prohibits = 1;
		a->terms[a->n_terms].condition = C_NONE;
		a->terms[a->n_terms].fields = (unsigned)world_pick(&seed, 1 << WORLD_PATHS) | 1;
		a->terms[a->n_terms].built = NULL;
		a->terms[a->n_terms].n_duty_rows = 0;
		a->n_terms++;
		world_build_term(&other, a, &a->terms[a->n_terms - 1]);
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		cstn_term_unref(a->terms[a->n_terms - 1].built);
		world_free(&w);
	}
}
END_TEST

/* Is a term one that others derive from? */
static int is_parent(const world *w, int agreement, int term)
{
	for (int i = 0; i < w->n_agreements; i++)
		for (int j = 0; j < w->agreements[i].n_terms; j++)
			if (w->agreements[i].parent == agreement &&
					w->agreements[i].terms[j].parent == term)
				return 1;
	return 0;
}

START_TEST(one_permission_less_never_grants)
{
	uint64_t seed = 13;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;
		int at, last;

		pair_make(&w, &r, &seed);
		other = w;
		at = world_pick(&seed, w.n_agreements);
		last = w.agreements[at].n_terms - 1;
		if (last > 0 && !w.agreements[at].terms[last].prohibits &&
				!is_parent(&w, at, last)) {
			other.agreements[at].n_terms--;
			pair_decide(&w, &r, &other, &r, both);
			pair_no_finer(both[0], both[1]);
			pair_drop(both);
		}
		world_free(&w);
	}
}
END_TEST

/* Which term of a world has a digest: its number; -1 where there is none. */
static int term_of(const world *w, const uint8_t *agreement, const uint8_t *term)
{
	for (int i = 0; i < w->n_agreements; i++)
		for (int j = 0; j < w->agreements[i].n_terms; j++)
			if (memcmp(w->agreements[i].digest, agreement, 32) == 0 &&
					memcmp(w->agreements[i].terms[j].digest, term, 32) == 0)
				return i * WORLD_TERMS + j;
	return -1;
}

/* Denials that are those of a term, of which digests choose one. */
static int is_of_a_term(int32_t reason)
{
	return reason == CSTN_DECISION_DUTY_PENDING || reason == CSTN_DECISION_DUTY_VIOLATED ||
	       reason == CSTN_DECISION_CONSIDERATION || reason == CSTN_DECISION_FIREWALL ||
	       reason == CSTN_DECISION_WALL || reason == CSTN_DECISION_LEVEL ||
	       reason == CSTN_DECISION_BUDGET;
}

/* Is a field decided the same by the same term? Of several that are alike digests choose one, and
 * those are of the names, too: then 0. */
static int is_alike(const world *const worlds[2], cstn_decision *both[2], size_t field)
{
	cstn_decision_field x[2];

	for (int i = 0; i < 2; i++) {
		x[i].struct_size = sizeof(x[i]);
		ck_assert_int_eq(cstn_decision_field_at(both[i], field, &x[i], NULL), CSTN_OK);
	}
	ck_assert_str_eq(x[0].path, x[1].path);
	ck_assert_uint_eq(x[0].classes, x[1].classes);
	if (x[0].reason != x[1].reason) {
		ck_assert(is_of_a_term(x[0].reason) && is_of_a_term(x[1].reason));
		return 0;
	}
	if (x[0].reason != CSTN_DECISION_PERMIT)
		return 1;
	ck_assert_int_eq(cstn__granularity_compare(x[0].granularity, x[1].granularity), 0);
	if (term_of(worlds[0], x[0].agreement, x[0].term) !=
			term_of(worlds[1], x[1].agreement, x[1].term))
		return 0;
	ck_assert_int_ge(term_of(worlds[0], x[0].agreement, x[0].term), 0);
	ck_assert_uint_eq(x[0].flags, x[1].flags);
	ck_assert_int_eq(x[0].retention_us, x[1].retention_us);
	ck_assert_int_eq(x[0].min_age_us, x[1].min_age_us);
	return 1;
}

/* Where each field is decided by the same term, so are what is reserved and what is to be done. */
static void owe_the_same(const world *const worlds[2], cstn_decision *both[2])
{
	size_t n = cstn_decision_reservation_count(both[0]), found = 0;

	ck_assert_uint_eq(cstn_decision_reservation_count(both[1]), n);
	for (size_t i = 0; i < n * n; i++) {
		cstn_decision_reservation x = {.struct_size = sizeof(x)}, y = x;

		ck_assert_int_eq(cstn_decision_reservation_at(both[0], i / n, &x, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_decision_reservation_at(both[1], i % n, &y, NULL), CSTN_OK);
		found += term_of(worlds[0], x.agreement, x.term) ==
					 term_of(worlds[1], y.agreement, y.term) &&
			 x.calls == y.calls && x.rows == y.rows && x.nano_epsilon == y.nano_epsilon;
	}
	ck_assert_uint_eq(found, n);
	n = cstn_decision_obligation_count(both[0]);
	ck_assert_uint_eq(cstn_decision_obligation_count(both[1]), n);
	found = 0;
	for (size_t i = 0; i < n * n; i++) {
		cstn_decision_obligation x = {.struct_size = sizeof(x)}, y = x;

		ck_assert_int_eq(cstn_decision_obligation_at(both[0], i / n, &x, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_decision_obligation_at(both[1], i % n, &y, NULL), CSTN_OK);
		found += term_of(worlds[0], x.agreement, x.term) ==
					 term_of(worlds[1], y.agreement, y.term) &&
			 x.index == y.index && x.deadline_us == y.deadline_us &&
			 strcmp(x.action, y.action) == 0;
	}
	ck_assert_uint_eq(found, n);
}

START_TEST(parties_by_other_names_are_decided_alike)
{
	uint64_t seed = 14;
	int alike = 0, tied = 0;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;
		const world *const worlds[] = {&w, &other};
		int ties = 0;

		pair_make(&w, &r, &seed);
		other = w;
		other.prefix = "zz-";
		for (int a = 0; a < other.n_agreements; a++)
			for (int t = 0; t < other.agreements[a].n_terms; t++)
				other.agreements[a].terms[t].built = NULL;
		world_build_terms(&other);
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		pair_no_finer(both[1], both[0]);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++)
			ties += !is_alike(worlds, both, f);
		if (!ties)
			owe_the_same(worlds, both);
		alike += !ties;
		tied += ties != 0;
		pair_drop(both);
		world_free(&w);
		world_free(&other);
	}
	ck_assert(test_every() > 1 || alike > 9 * tied);
}
END_TEST

START_TEST(terms_and_budgets_of_another_constellation_change_nothing)
{
	uint64_t seed = 15;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		for (int a = 0; a < other.n_agreements; a++)
			if (other.agreements[a].place != r.place) {
				other.agreements[a].state = CSTN_AGREEMENT_SUSPENDED;
				for (int t = 0; t < other.agreements[a].n_terms; t++)
					other.agreements[a].terms[t].used = 0;
			}
		other.wall[1 - r.place] = 5 * DAY;
		pair_decide(&w, &r, &other, &r, both);
		pair_same_bytes(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

START_TEST(a_relation_declared_elsewhere_only_makes_it_coarser)
{
	uint64_t seed = 16;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		w.relations[1 - r.place][r.provider][r.recipient] = CSTN_RELATION_PARTNER;
		w.relations[1 - r.place][r.recipient][r.provider] = CSTN_RELATION_PARTNER;
		other.relations[1 - r.place][r.provider][r.recipient] = CSTN_RELATION_COMPETITOR;
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

START_TEST(a_coarser_wish_is_never_denied_but_for_its_budget)
{
	uint64_t seed = 18;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		world_request r, coarser;
		cstn_decision *both[2];
		world w;

		pair_make(&w, &r, &seed);
		coarser = r;
		if (coarser.level < CSTN_LEVEL_EXISTENCE)
			coarser.level++;
		coarser.flags = r.flags &= ~CSTN_REQUEST_ALL_OR_NOTHING;
		pair_decide(&w, &r, &w, &coarser, both);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++) {
			cstn_decision_field x, y;

			x.struct_size = y.struct_size = sizeof(x);
			ck_assert_int_eq(cstn_decision_field_at(both[0], f, &x, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_decision_field_at(both[1], f, &y, NULL), CSTN_OK);
			if (x.reason == CSTN_DECISION_PERMIT && y.reason != CSTN_DECISION_BUDGET)
				ck_assert_int_eq(y.reason, CSTN_DECISION_PERMIT);
		}
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

START_TEST(what_is_suggested_passes)
{
	uint64_t seed = 19;
	int suggested = 0;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *decision, *again;
		cstn_request *better;
		world_request r;
		cstn_rules *rules;
		cstn_status status;
		world w;

		pair_make(&w, &r, &seed);
		decision = world_decide(&w, &r);
		status = cstn_decision_suggest(decision, &better, NULL);
		ck_assert(status == CSTN_OK || status == CSTN_E_NOT_FOUND);
		/* where something is permitted, something passes */
		for (size_t f = 0; f < cstn_decision_count(decision); f++) {
			cstn_decision_field x;

			x.struct_size = sizeof(x);
			ck_assert_int_eq(cstn_decision_field_at(decision, f, &x, NULL), CSTN_OK);
			if (x.reason == CSTN_DECISION_PERMIT &&
					x.granularity->level != CSTN_LEVEL_NOISED)
				ck_assert_int_eq(status, CSTN_OK);
		}
		if (status == CSTN_OK) {
			rules = world_rules(&w);
			ck_assert_int_eq(cstn_decide(rules, better, &again, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_decision_is_permitted(again), 1);
			suggested++;
			cstn_decision_unref(again);
			cstn_request_unref(better);
			cstn_rules_unref(rules);
		}
		cstn_decision_unref(decision);
		world_free(&w);
	}
	ck_assert(test_every() > 1 || suggested > 0);
}
END_TEST

/* Read with another parser and written by the rules of canonical JSON, bytes are the same. */
static void is_canonical(const cstn_buffer *buffer)
{
	const char *text = (const char *)cstn_buffer_data(buffer);
	json_t *root;
	size_t at;

	ck_assert_int_eq(cstn__canonical_json_read(text, cstn_buffer_size(buffer), &root, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__canonical_json_differs(text, cstn_buffer_size(buffer), root,
					 CSTN__CANONICAL_INTEGERS, &at, NULL),
			CSTN_OK);
	ck_assert_uint_eq(at, cstn_buffer_size(buffer));
	json_decref(root);
}

START_TEST(records_and_requests_are_canonical_json)
{
	uint64_t seed = 20;

	for (size_t i = 0; i < 60; i += test_every()) {
		cstn_decision *decision;
		cstn_request *request;
		cstn_buffer *bytes;
		world_request r;
		world w;

		pair_make(&w, &r, &seed);
		decision = world_decide(&w, &r);
		request = world_to_request(&w, &r);
		bytes = pair_record(decision);
		is_canonical(bytes);
		cstn_buffer_free(bytes);
		ck_assert_int_eq(cstn_request_json(request, &bytes, NULL), CSTN_OK);
		is_canonical(bytes);
		cstn_buffer_free(bytes);
		ck_assert_int_eq(cstn_decision_explain(decision, &bytes, NULL), CSTN_OK);
		ck_assert_uint_gt(cstn_buffer_size(bytes), 20);
		cstn_buffer_free(bytes);
		cstn_request_unref(request);
		cstn_decision_unref(decision);
		world_free(&w);
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {decisions_are_those_of_the_reference,
			order_of_what_was_added_is_irrelevant, one_more_prohibition_never_grants,
			one_permission_less_never_grants, parties_by_other_names_are_decided_alike,
			terms_and_budgets_of_another_constellation_change_nothing,
			a_relation_declared_elsewhere_only_makes_it_coarser,
			a_coarser_wish_is_never_denied_but_for_its_budget, what_is_suggested_passes,
			records_and_requests_are_canonical_json};

	return run_tests("decision_properties", tests, sizeof(tests) / sizeof(tests[0]));
}
