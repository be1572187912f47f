/* Decisions against a slow reference over random worlds, and what must hold of any of them. */
#include <stdio.h>

#include "decision_world.h"

#define N_WORLDS 4000

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
	/* each reason was met, but for one that worlds cannot make */
	for (int i = 0; i <= 1000; i++)
		if (*cstn_decision_reason_name(i) && i != CSTN_DECISION_INDETERMINATE) {
			printf("%s %d\n", cstn_decision_reason_name(i), reasons[i]);
			ck_assert_int_gt(reasons[i], 0);
		}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {decisions_are_those_of_the_reference};

	return run_tests("decision_properties", tests, sizeof(tests) / sizeof(tests[0]));
}
