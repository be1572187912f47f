#ifndef TESTS_BAD_INPUT_H
#define TESTS_BAD_INPUT_H

#include "network_fixture.h"

/* Rules of records, a row each, both sides of the boundary: through a builder, and as the middle
 * one of three rows of a batch. Fields are "name=value" texts parted by ";"; no value: the field is
 * not given. A value "@N" is N bytes 'x', "@GTIN" and the like are written out. */
typedef struct bad_rule {
	const char *noun;
	const char *good;   /* a record that may be put */
	const char *bad;    /* fields that differ from it, and break the rule */
	const char *fine;   /* ... and keep it: the nearest values that do; NULL: the good record */
	cstn_status status; /* of the builder or the put */
	const char *column; /* that the message and the row error name */
	const char *said;   /* a part of the message: value and rule */
	int32_t code;       /* CSTN_ROW_ of the row; 0: no batch can hold the value */
	const char *value;  /* a part of the row error's value; NULL: it has none */
} bad_rule;

/* network_small() and records to name: order O with line 1 (10 open) and line 2 (4 delivered),
 * shipment S of line 2, event E, return R of one piece of line 2, purpose top. */
cstn_network *bad_input_network(void);

void bad_rule_is_refused_by_the_builder(const bad_rule *rule);
void bad_rule_keeps_what_is_fine(const bad_rule *rule);
void bad_rule_is_left_out_of_a_batch(const bad_rule *rule);
void bad_rule_stops_a_batch_that_is_all_or_nothing(const bad_rule *rule);
void bad_rule_lets_a_fine_batch_in(const bad_rule *rule);

/* How many records of a noun there are. */
size_t bad_input_count(cstn_network *network, const char *noun);
uint64_t bad_input_last_seq(cstn_network *network);
/* Build a record of fields and put it; the status of the first call that fails, its message copied
 * to `said`. */
cstn_status bad_input_put(cstn_network *network, const char *noun, const char *good,
		const char *change, char said[4096]);
/* Import three rows: the good one under two other keys, `change` in the middle. */
cstn_status bad_input_import(cstn_network *network, const char *noun, const char *good,
		const char *change, uint32_t flags, cstn_row_errors **bad);

/* A program of one table: five tests a rule. */
#define BAD_RULE_TESTS(rules)                                                 \
	START_TEST(each_rule_is_refused_by_the_builder_with_value_and_reason) \
	{                                                                     \
		bad_rule_is_refused_by_the_builder(&(rules)[_i]);             \
	}                                                                     \
	END_TEST                                                              \
	START_TEST(each_nearest_value_that_keeps_the_rule_is_put)             \
	{                                                                     \
		bad_rule_keeps_what_is_fine(&(rules)[_i]);                    \
	}                                                                     \
	END_TEST                                                              \
	START_TEST(each_bad_row_of_a_batch_is_told_and_the_good_ones_are_in)  \
	{                                                                     \
		bad_rule_is_left_out_of_a_batch(&(rules)[_i]);                \
	}                                                                     \
	END_TEST                                                              \
	START_TEST(each_bad_row_stops_a_batch_that_is_all_or_nothing)         \
	{                                                                     \
		bad_rule_stops_a_batch_that_is_all_or_nothing(&(rules)[_i]);  \
	}                                                                     \
	END_TEST                                                              \
	START_TEST(each_batch_that_keeps_the_rule_is_in)                      \
	{                                                                     \
		bad_rule_lets_a_fine_batch_in(&(rules)[_i]);                  \
	}                                                                     \
	END_TEST

#define BAD_RULE_ADD(tests, rules)                                                                 \
	do {                                                                                       \
		int n_rules = (int)(sizeof(rules) / sizeof((rules)[0]));                           \
		tcase_add_loop_test(tests,                                                         \
				each_rule_is_refused_by_the_builder_with_value_and_reason, 0,      \
				n_rules);                                                          \
		tcase_add_loop_test(                                                               \
				tests, each_nearest_value_that_keeps_the_rule_is_put, 0, n_rules); \
		tcase_add_loop_test(tests,                                                         \
				each_bad_row_of_a_batch_is_told_and_the_good_ones_are_in, 0,       \
				n_rules);                                                          \
		tcase_add_loop_test(tests, each_bad_row_stops_a_batch_that_is_all_or_nothing, 0,   \
				n_rules);                                                          \
		tcase_add_loop_test(tests, each_batch_that_keeps_the_rule_is_in, 0, n_rules);      \
	} while (0)

#endif
