#ifndef TESTS_CONSTRAINT_FIXTURE_H
#define TESTS_CONSTRAINT_FIXTURE_H

#include <constellation/constraint.h>

#include "suite.h"

/* An assertion for loops that run very often: Check writes each of its own to a pipe. */
#define must(condition)                                 \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* Operands beside the built-in ones: price (decimal, 2, >= 0), score (int64, -3..9), region (id:
 * asia, europe), tags (id set, any), elapsed and metered (durations >= 0, metered never exceeding
 * elapsed). Purposes: planning above forecasting and replenishment, replenishment above safety, and
 * recall. Roles: carrier, supplier. */
cstn_vocabulary *sample_vocabulary(void);

/* Add a duration >= 0 that never exceeds `at_most` (NULL: nothing). */
void add_duration(cstn_vocabulary_builder *builder, const char *name, const char *at_most);

/* Leaves; they fail the test if they cannot be made. */
cstn_constraint *number_leaf(
		const char *operand, int32_t operation, int32_t type, int32_t scale, int64_t value);
cstn_constraint *numbers_leaf(const char *operand, int32_t operation, int32_t type, int32_t scale,
		const int64_t *values, size_t n);
/* `ids` parted by spaces. */
cstn_constraint *ids_leaf(const char *operand, int32_t operation, int32_t type, const char *ids);
/* Takes over the references of its children; NULL ends them. */
cstn_constraint *combined(int32_t kind, cstn_constraint *a, cstn_constraint *b, cstn_constraint *c);
/* Of JSON. */
cstn_constraint *read_constraint(const char *json);

cstn_fact number_fact(const char *operand, int32_t type, int32_t scale, int64_t number);
/* `ids` stay the caller's. */
cstn_fact ids_fact(const char *operand, int32_t type, const cstn_id *ids, size_t n);

/* A buffer is this text; frees it. */
void check_text(cstn_buffer *buffer, const char *text);

#endif
