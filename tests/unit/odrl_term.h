#ifndef TESTS_ODRL_TERM_H
#define TESTS_ODRL_TERM_H

#include <constellation/constellation.h>

/* What the term speaks of beside its constraint: the purpose and the field of
 * term_begin(). */
void odrl_term_words(cstn_vocabulary_builder *builder);
/* The term of term_begin() under a constraint, to be passed on once; or the one by which its
 * recipient passes it on. */
cstn_term *odrl_term(cstn_constraint *constraint, int passed_on);
/* Is a request permitted by this term, the facts being what they are? */
int odrl_term_permits(
		cstn_term *term, cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n);

#endif
