/* Flow-down is a partial order; and sets of terms, whose prohibitions are repeated. */
#include <string.h>

#include "constraint_fixture.h"
#include "term_fixture.h"
#include "term_parts.h"

/* --- laws ------------------------------------------------------------------------------------- */

static uint64_t dice = 1;

static int roll(int sides)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int)((dice >> 33) % (uint64_t)sides);
}

/* A term of a small world, in which terms are often within each other. */
static cstn_term *random_term(void)
{
	static const char *const parties[] = {"a", "b", "c"};
	static const char *const purposes[] = {"planning", "replenishment", "safety"};
	static const char *const fields[] = {"order.*", "order.qty", "order.price"};
	term_parts parts;
	cstn_constraint *constraint = roll(3) ? term_rows_at_most(1 + roll(2)) : NULL;
	cstn_term *term;

	term_parts_parent(&parts);
	parts.view.effect = roll(12) ? CSTN_EFFECT_PERMIT : CSTN_EFFECT_PROHIBIT;
	parts.view.provider = parties[roll(3)];
	parts.view.recipient = parties[roll(3)];
	parts.view.purpose = purposes[roll(3)];
	parts.fields[0] = fields[roll(3)];
	parts.view.n_fields = 1;
	parts.view.actions = (uint32_t)(1 + roll(3));
	parts.view.valid_until_us = TERM_DAY * (2000 + roll(2));
	parts.window.max_age_us = TERM_DAY * (90 + roll(2));
	term_parts_level(&parts, 1 + roll(6));
	if (parts.granularity.level == CSTN_LEVEL_GENERALISED && roll(2)) {
		term_parts_steps(&parts, 1 + roll(2), 1 + roll(2));
		parts.granularity.n_steps = parts.fields[0][6] == 'p' ? 1 : 2;
	}
	parts.onward.to = roll(3);
	parts.onward.max_hops = parts.onward.to ? 1 + roll(3) : 0;
	parts.onward.n_parties = parts.onward.to == CSTN_ONWARD_LIST ? (size_t)(1 + roll(3)) : 0;
	memcpy(parts.parties, parties, sizeof(parties));
	parts.retention.then = CSTN_DELIVERED_DELETE + roll(3);
	parts.retention.proof = roll(2);
	parts.revocation.by = 1 + roll(3);
	parts.limits.window_us = TERM_DAY * (1 + roll(3));
	parts.view.n_duties = (size_t)roll(2);
	if (roll(2))
		parts.duty.consequence = NULL;
	parts.view.constraint = constraint;
	term = term_parts_build(&parts);
	cstn_constraint_unref(constraint);
	return term;
}

static int is_within(const cstn_term *a, const cstn_term *b, const cstn_vocabulary *vocabulary)
{
	int32_t within = -1;

	TERM_OK(cstn_term_is_within(a, b, vocabulary, &within, NULL, &term_error));
	return within;
}

#define TERMS 700

START_TEST(to_be_within_is_a_partial_order)
{
	static cstn_term *terms[TERMS];
	static uint8_t within[TERMS][TERMS];
	cstn_vocabulary *vocabulary = sample_vocabulary();
	size_t pairs = 0, chains = 0;

	for (size_t i = 0; i < TERMS; i++)
		terms[i] = random_term();
	for (size_t i = 0; i < TERMS; i++)
		for (size_t j = 0; j < TERMS; j++) {
			within[i][j] = (uint8_t)is_within(terms[i], terms[j], vocabulary);
			pairs += i != j && within[i][j];
		}
	for (size_t i = 0; i < TERMS; i++) {
		ck_assert(within[i][i]);
		for (size_t j = 0; j < TERMS; j++) {
			if (!within[i][j] || i == j)
				continue;
			if (within[j][i])
				ck_assert_str_eq(cstn_term_json(terms[i], NULL),
						cstn_term_json(terms[j], NULL));
			for (size_t m = 0; m < TERMS; m++) {
				if (!within[j][m] || j == m)
					continue;
				chains++;
				ck_assert_msg(within[i][m], "%s\n%s\n%s",
						cstn_term_json(terms[i], NULL),
						cstn_term_json(terms[j], NULL),
						cstn_term_json(terms[m], NULL));
			}
		}
	}
	/* Else the laws were shown of nothing. */
	ck_assert_uint_gt(pairs, 100);
	ck_assert_uint_gt(chains, 10);
	for (size_t i = 0; i < TERMS; i++)
		cstn_term_unref(terms[i]);
	cstn_vocabulary_unref(vocabulary);
}
END_TEST

/* --- sets ------------------------------------------------------------------------------------- */

static cstn_term_set *set_of(const term_parts *a, const term_parts *b)
{
	cstn_term *terms[2] = {term_parts_build(a), b ? term_parts_build(b) : NULL};
	cstn_term_set *set = NULL;

	TERM_OK(cstn_term_set_new(terms, b ? 2 : 1, NULL, &set, &term_error));
	cstn_term_unref(terms[0]);
	cstn_term_unref(terms[1]);
	return set;
}

static int32_t failing_set(const term_parts *derived, const term_parts *derived_other,
		const term_parts *parent, const term_parts *parent_other)
{
	cstn_term_set *a = set_of(derived, derived_other), *b = set_of(parent, parent_other);
	cstn_vocabulary *vocabulary = sample_vocabulary();
	int32_t within = -1, component = -1;
	size_t index = 99;

	TERM_OK(cstn_term_set_is_within(
			a, b, vocabulary, &within, &index, &component, &term_error));
	ck_assert_int_eq(within, component == 0);
	ck_assert(within ? index == cstn_term_set_count(a) : index < cstn_term_set_count(a));
	cstn_term_set_unref(a);
	cstn_term_set_unref(b);
	cstn_vocabulary_unref(vocabulary);
	return component;
}

START_TEST(a_set_repeats_the_prohibitions_of_its_parent)
{
	term_parts parent, ban, derived, repeated;

	term_parts_parent(&parent);
	term_parts_parent(&ban);
	ban.view.effect = CSTN_EFFECT_PROHIBIT;
	ban.fields[0] = "order.price";
	term_parts_derived(&derived);
	term_parts_derived(&repeated);
	repeated.view.effect = CSTN_EFFECT_PROHIBIT;
	repeated.fields[0] = "order.*";
	ck_assert_int_eq(failing_set(&derived, NULL, &parent, NULL), 0);
	ck_assert_int_eq(failing_set(&derived, NULL, &parent, &ban), CSTN_TERM_EFFECT);
	ck_assert_int_eq(failing_set(&derived, &repeated, &parent, &ban), 0);
	repeated.fields[0] = "order.qty";
	ck_assert_int_eq(failing_set(&derived, &repeated, &parent, &ban), CSTN_TERM_EFFECT);
	repeated.fields[0] = "order.price";
	repeated.view.purpose = "safety";
	ck_assert_int_eq(failing_set(&derived, &repeated, &parent, &ban), CSTN_TERM_EFFECT);
	repeated.view.purpose = "planning";
	ck_assert_int_eq(failing_set(&derived, &repeated, &parent, &ban), 0);
	repeated.view.recipient = "delta";
	ck_assert_int_eq(failing_set(&derived, &repeated, &parent, &ban), CSTN_TERM_EFFECT);
	derived.retention.max_us++;
	ck_assert_int_eq(failing_set(&derived, NULL, &parent, NULL), CSTN_TERM_RETENTION);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {to_be_within_is_a_partial_order,
			a_set_repeats_the_prohibitions_of_its_parent};

	return run_tests("order of terms", tests, sizeof(tests) / sizeof(tests[0]));
}
