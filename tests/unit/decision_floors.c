/* What is not known never grants, and what a constellation asks for never makes a decision finer.
 */
#include "decision_pairs.h"
#include "sharing/decision.h"

START_TEST(what_is_not_known_never_grants)
{
	uint64_t seed = 17;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r, less;
		world w;

		pair_make(&w, &r, &seed);
		less = r;
		if (world_pick(&seed, 2))
			less.has_score = 0;
		else
			less.has_window = 0;
		pair_decide(&w, &r, &w, &less, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

/* What is said with another type is not known, and decides as if it were not said. */
START_TEST(fact_of_another_type_is_not_known)
{
	uint64_t seed = 21;
	int asked = 0;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r, wrong, less;
		world w;

		pair_make(&w, &r, &seed);
		r.has_score = 1;
		wrong = less = r;
		wrong.is_id = 1;
		less.has_score = 0;
		pair_decide(&w, &r, &w, &wrong, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		pair_decide(&w, &less, &w, &wrong, both);
		pair_no_finer(both[0], both[1]);
		pair_no_finer(both[1], both[0]);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++, asked++) {
			cstn_decision_field x, y;

			x.struct_size = y.struct_size = sizeof(x);
			ck_assert_int_eq(cstn_decision_field_at(both[0], f, &x, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_decision_field_at(both[1], f, &y, NULL), CSTN_OK);
			ck_assert_int_eq(x.reason, y.reason);
			ck_assert_mem_eq(x.term, y.term, 32);
		}
		pair_drop(both);
		world_free(&w);
	}
	ck_assert(test_every() > 1 || asked > 0);
}
END_TEST

/* A role that the recipient holds is not said. */
START_TEST(role_that_is_not_said_never_grants)
{
	uint64_t seed = 22;
	int said = 0;

	for (size_t i = 0; i < 2 * N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r, less;
		world w;

		pair_make(&w, &r, &seed);
		less = r;
		less.role = -1;
		if (r.role >= 0 && w.members[r.place][r.recipient].roles >> r.role & 1) {
			pair_decide(&w, &r, &w, &less, both);
			pair_no_finer(both[0], both[1]);
			pair_drop(both);
			said++;
		}
		world_free(&w);
	}
	ck_assert(said > 0 || test_every() > 1);
}
END_TEST

/* Data came through somebody whom nobody knows. */
START_TEST(unknown_party_on_the_way_never_grants)
{
	uint64_t seed = 23;
	int passed = 0;

	for (size_t i = 0; i < 2 * N_PAIRS; i += test_every()) {
		cstn_decision *decision;
		world_request r;
		world w;

		pair_make(&w, &r, &seed);
		if (r.n_hops) {
			r.hops[world_pick(&seed, r.n_hops)] = 97;
			decision = world_decide(&w, &r);
			for (size_t f = 0; f < cstn_decision_count(decision); f++) {
				cstn_decision_field x = {.struct_size = sizeof(x)};

				ck_assert_int_eq(cstn_decision_field_at(decision, f, &x, NULL),
						CSTN_OK);
				ck_assert_int_ne(x.reason, CSTN_DECISION_PERMIT);
			}
			cstn_decision_unref(decision);
			passed++;
		}
		world_free(&w);
	}
	ck_assert(passed > 0 || test_every() > 1);
}
END_TEST

START_TEST(consideration_that_is_not_known_never_grants)
{
	uint64_t seed = 24;

	for (size_t i = 0; i < N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		for (int a = 0; a < w.n_agreements; a++)
			for (int t = 0; t < w.agreements[a].n_terms; t++)
				if (world_pick(&seed, 2))
					other.agreements[a].terms[t].n_debts = 0;
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

/* --- floors and classes ----------------------------------------------------------------------- */

/* Stricter than usual and laxer ones, and none. */
static void draw_floors(cstn_constellation_rules *out, uint64_t *seed)
{
	out->contributors = world_pick(seed, 8);
	out->max_share_permille = world_pick(seed, 5) * 250;
	out->min_age_us = world_pick(seed, 4) * 60 * DAY;
	out->rows = world_pick(seed, 12);
	out->values = world_pick(seed, 5);
	out->t_permille = world_pick(seed, 5) * 250;
}

START_TEST(floors_of_a_constellation_never_make_it_finer)
{
	uint64_t seed = 25;
	int coarser = 0;

	for (size_t i = 0; i < 2 * N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		for (int c = 0; c < WORLD_PLACES; c++)
			draw_floors(&other.floors[c], &seed);
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++) {
			cstn_decision_field x, y;

			x.struct_size = y.struct_size = sizeof(x);
			ck_assert_int_eq(cstn_decision_field_at(both[0], f, &x, NULL), CSTN_OK);
			ck_assert_int_eq(cstn_decision_field_at(both[1], f, &y, NULL), CSTN_OK);
			coarser += x.reason == CSTN_DECISION_PERMIT &&
				   (y.reason != CSTN_DECISION_PERMIT ||
						   cstn__granularity_compare(x.granularity,
								   y.granularity) < 0);
		}
		pair_drop(both);
		world_free(&w);
	}
	ck_assert(coarser > 0 || test_every() > 1);
}
END_TEST

/* What is laxer than the firewall is as if it were not said. */
START_TEST(floors_that_are_laxer_change_nothing)
{
	uint64_t seed = 26;
	int cells = 0;

	for (size_t i = 0; i < 2 * N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		for (int c = 0; c < WORLD_PLACES; c++) {
			other.floors[c].contributors = 1 + world_pick(&seed, 3);
			other.floors[c].max_share_permille = 600 + world_pick(&seed, 400);
			other.floors[c].min_age_us = world_pick(&seed, 91) * DAY;
			other.floors[c].rows = other.floors[c].values = world_pick(&seed, 2);
			other.floors[c].t_permille = world_pick(&seed, 2) * 1000;
		}
		pair_decide(&w, &r, &other, &r, both);
		pair_same_bytes(both[0], both[1]);
		for (size_t f = 0; f < cstn_decision_count(both[0]); f++) {
			cstn_decision_field x = {.struct_size = sizeof(x)};

			ck_assert_int_eq(cstn_decision_field_at(both[1], f, &x, NULL), CSTN_OK);
			if (x.reason != CSTN_DECISION_PERMIT ||
					!(x.flags & CSTN_DECISION_FIELD_FIREWALL))
				continue;
			ck_assert_int_ge(x.granularity->contributors, 3);
			ck_assert_int_le(x.granularity->max_share_permille, 600);
			ck_assert_int_ge(x.min_age_us, 90 * DAY);
			cells++;
		}
		pair_drop(both);
		world_free(&w);
	}
	ck_assert(cells > 0 || test_every() > 1);
}
END_TEST

START_TEST(another_class_never_makes_it_finer)
{
	uint64_t seed = 27;

	for (size_t i = 0; i < 2 * N_PAIRS; i += test_every()) {
		cstn_decision *both[2];
		world_request r;
		world w, other;

		pair_make(&w, &r, &seed);
		other = w;
		other.classes[world_pick(&seed, WORLD_FIELDS - 1)] = 1u
								     << (1 + world_pick(&seed, 5));
		pair_decide(&w, &r, &other, &r, both);
		pair_no_finer(both[0], both[1]);
		pair_drop(both);
		world_free(&w);
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {what_is_not_known_never_grants, fact_of_another_type_is_not_known,
			role_that_is_not_said_never_grants, unknown_party_on_the_way_never_grants,
			consideration_that_is_not_known_never_grants,
			floors_of_a_constellation_never_make_it_finer,
			floors_that_are_laxer_change_nothing, another_class_never_makes_it_finer};

	return run_tests("decision_floors", tests, sizeof(tests) / sizeof(tests[0]));
}
