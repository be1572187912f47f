/* Decisions against a slow reference over random worlds, and what must hold of any of them. */
#include <stdio.h>

#include "decision_world.h"
#include "sharing/canonical_json.h"
#include "sharing/decision.h"

#define N_WORLDS 700

static cstn_buffer *record_of(const cstn_decision *decision)
{
	cstn_buffer *out;

	ck_assert_int_eq(cstn_decision_record(decision, &out, NULL), CSTN_OK);
	return out;
}

static void same_bytes(const cstn_decision *a, const cstn_decision *b)
{
	cstn_buffer *x = record_of(a), *y = record_of(b);

	ck_assert_str_eq((const char *)cstn_buffer_data(x), (const char *)cstn_buffer_data(y));
	cstn_buffer_free(x);
	cstn_buffer_free(y);
}

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

#define N_PAIRS 150

/* A world and a request of which at least half are permitted something. */
static void make_case(world *w, world_request *r, uint64_t *seed)
{
	for (int tries = 0;; tries++) {
		world_answer want[WORLD_FIELDS];

		world_make(w, seed);
		world_ask(w, r, seed);
		reference_decide(w, r, want);
		for (int f = 0; f < WORLD_FIELDS; f++)
			if (r->fields >> f & 1 && (!want[f].reason || tries == 4))
				return;
		world_free(w);
	}
}

/* No field of `after` is permitted that was denied, nor finer than it was. */
static void is_no_finer(const cstn_decision *before, const cstn_decision *after)
{
	ck_assert_uint_eq(cstn_decision_count(before), cstn_decision_count(after));
	for (size_t i = 0; i < cstn_decision_count(before); i++) {
		cstn_decision_field x, y;

		x.struct_size = y.struct_size = sizeof(x);
		ck_assert_int_eq(cstn_decision_field_at(before, i, &x, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_decision_field_at(after, i, &y, NULL), CSTN_OK);
		if (y.reason != CSTN_DECISION_PERMIT)
			continue;
		ck_assert_msg(x.reason == CSTN_DECISION_PERMIT, "%s was denied, %s, and is not",
				x.path, cstn_decision_reason_name(x.reason));
		ck_assert_int_le(cstn__granularity_compare(x.granularity, y.granularity), 0);
	}
}

static void decide_both(const world *w, const world_request *r, const world *other,
		const world_request *asked, cstn_decision *out[2])
{
	out[0] = world_decide(w, r);
	out[1] = world_decide(other, asked);
}

static void drop_both(cstn_decision *both[2])
{
	cstn_decision_unref(both[0]);
	cstn_decision_unref(both[1]);
}

START_TEST(order_of_what_was_added_is_irrelevant)
{
	uint64_t seed = 11;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		make_case(&w, &r, &seed);
		other = w;
		other.order = world_next(&seed);
		decide_both(&w, &r, &other, &r, both);
		same_bytes(both[0], both[1]);
		drop_both(both);
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

		make_case(&w, &r, &seed);
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
		decide_both(&w, &r, &other, &r, both);
		is_no_finer(both[0], both[1]);
		drop_both(both);
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

		make_case(&w, &r, &seed);
		other = w;
		at = world_pick(&seed, w.n_agreements);
		last = w.agreements[at].n_terms - 1;
		if (last > 0 && !w.agreements[at].terms[last].prohibits &&
				!is_parent(&w, at, last)) {
			other.agreements[at].n_terms--;
			decide_both(&w, &r, &other, &r, both);
			is_no_finer(both[0], both[1]);
			drop_both(both);
		}
		world_free(&w);
	}
}
END_TEST

START_TEST(parties_by_other_names_are_decided_alike)
{
	uint64_t seed = 14;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		make_case(&w, &r, &seed);
		other = w;
		other.prefix = "zz-";
		for (int a = 0; a < other.n_agreements; a++)
			for (int t = 0; t < other.agreements[a].n_terms; t++)
				other.agreements[a].terms[t].built = NULL;
		world_build_terms(&other);
		decide_both(&w, &r, &other, &r, both);
		is_no_finer(both[0], both[1]);
		is_no_finer(both[1], both[0]);
		drop_both(both);
		world_free(&w);
		world_free(&other);
	}
}
END_TEST

START_TEST(terms_and_budgets_of_another_constellation_change_nothing)
{
	uint64_t seed = 15;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		make_case(&w, &r, &seed);
		other = w;
		for (int a = 0; a < other.n_agreements; a++)
			if (other.agreements[a].place != r.place) {
				other.agreements[a].state = CSTN_AGREEMENT_SUSPENDED;
				for (int t = 0; t < other.agreements[a].n_terms; t++)
					other.agreements[a].terms[t].used = 0;
			}
		other.wall[1 - r.place] = 5 * DAY;
		decide_both(&w, &r, &other, &r, both);
		same_bytes(both[0], both[1]);
		drop_both(both);
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

		make_case(&w, &r, &seed);
		other = w;
		w.relations[1 - r.place][r.provider][r.recipient] = CSTN_RELATION_PARTNER;
		w.relations[1 - r.place][r.recipient][r.provider] = CSTN_RELATION_PARTNER;
		other.relations[1 - r.place][r.provider][r.recipient] = CSTN_RELATION_COMPETITOR;
		decide_both(&w, &r, &other, &r, both);
		is_no_finer(both[0], both[1]);
		drop_both(both);
		world_free(&w);
	}
}
END_TEST

START_TEST(what_is_not_known_never_grants)
{
	uint64_t seed = 17;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r, less;
		world w;

		make_case(&w, &r, &seed);
		less = r;
		if (world_pick(&seed, 2))
			less.has_score = 0;
		else
			less.has_window = 0;
		decide_both(&w, &r, &w, &less, both);
		is_no_finer(both[0], both[1]);
		drop_both(both);
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

		make_case(&w, &r, &seed);
		coarser = r;
		if (coarser.level < CSTN_LEVEL_EXISTENCE)
			coarser.level++;
		coarser.flags = r.flags &= ~CSTN_REQUEST_ALL_OR_NOTHING;
		decide_both(&w, &r, &w, &coarser, both);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++) {
			cstn_decision_field x, y;

			x.struct_size = y.struct_size = sizeof(x);
			ck_assert_int_eq(cstn_decision_field_at(both[0], f, &x, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_decision_field_at(both[1], f, &y, NULL), CSTN_OK);
			if (x.reason == CSTN_DECISION_PERMIT && y.reason != CSTN_DECISION_BUDGET)
				ck_assert_int_eq(y.reason, CSTN_DECISION_PERMIT);
		}
		drop_both(both);
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

		make_case(&w, &r, &seed);
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
	ck_assert_int_gt(suggested, 0);
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

		make_case(&w, &r, &seed);
		decision = world_decide(&w, &r);
		request = world_to_request(&w, &r);
		bytes = record_of(decision);
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
			what_is_not_known_never_grants,
			a_coarser_wish_is_never_denied_but_for_its_budget, what_is_suggested_passes,
			records_and_requests_are_canonical_json};

	return run_tests("decision_properties", tests, sizeof(tests) / sizeof(tests[0]));
}
