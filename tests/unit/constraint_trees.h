#ifndef TESTS_CONSTRAINT_TREES_H
#define TESTS_CONSTRAINT_TREES_H

#include "constraint_fixture.h"

/* Random numbers that are the same everywhere (xorshift64). */
uint64_t dice(uint64_t *state);

/* A random tree over the operands of sample_vocabulary(), with few values each so that leaves meet;
 * every leaf can be evaluated. `axes`: bits of what it may speak of: 1 score, 2 price, 4 region and
 * purpose, 8 tags, 16 elapsed and metered. */
#define TREE_AXES_ALL 31
cstn_constraint *random_tree(uint64_t *state, int depth, uint32_t axes);

/* All values that can make a difference for such trees, as facts: of each operand in turn. */
typedef struct fact_choices {
	cstn_fact facts[64];
	size_t n;
} fact_choices;
/* `operand` 0 score, 1 price, 2 region, 3 purpose, 4 tags, 5 elapsed, 6 metered. */
#define FACT_OPERANDS 7
void fact_choices_of(int operand, fact_choices *out);

#endif
