#ifndef TESTS_KNOWN_ANSWERS_VALUE_H
#define TESTS_KNOWN_ANSWERS_VALUE_H

#include "known_answers.h"
#include "segment/value_fit.h"

/* The columns of the summary file a row names, in their order. */
answer_table *answer_summary(const answer *row);

void answer_table_of(cstn__value_table *out, int extra);
void answer_add(cstn__value_table *table, double x, double tx, double age, double extra,
		int32_t weight);
/* Fit and free the table. */
cstn__value_fit answer_fit(cstn__value_table *table, int32_t kind, int32_t k_from, int32_t k_to);

/* Rows that ask for mle or loglik_max; sBG's list of survivors; the regularity of a log. */
void answer_fit_row(answer *row, int32_t kind);
void answer_fit_survivors(answer *row);
void answer_regularity(answer *row);

#endif
