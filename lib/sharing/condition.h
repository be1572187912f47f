#ifndef CSTN_SHARING_CONDITION_H
#define CSTN_SHARING_CONDITION_H

#include <constellation/constraint.h>

/* The truth of a condition of facts by operand: one pointer for each operand of its vocabulary,
 * NULL where there is none. No memory; for 262 windows of one operand ten comparisons. */
int32_t cstn__condition_truth(const cstn_condition *condition, const cstn_fact *const *by_operand);
/* One more reference to a condition given as const. */
cstn_condition *cstn__condition_share(const cstn_condition *condition);
/* How many sets and leaves an evaluation may ask, and how many cuts they have together. */
void cstn__condition_size(const cstn_condition *condition, size_t *asked, size_t *cuts);

#endif
