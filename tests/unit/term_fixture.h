#ifndef TESTS_TERM_FIXTURE_H
#define TESTS_TERM_FIXTURE_H

#include <check.h>

#include <constellation/term.h>

#define TERM_DAY INT64_C(86400000000)

/* A call that must succeed: says why it did not. */
#define TERM_OK(call)                                                              \
	do {                                                                       \
		cstn_error *term_error = NULL;                                     \
		cstn_status term_status = (call);                                  \
		ck_assert_msg(term_status == CSTN_OK, "%s",                        \
				term_error ? cstn_error_message(term_error) : ""); \
	} while (0)

/* A builder with all that is required: acme permits beta to read order.qty for planning, a gift. */
cstn_term_builder *term_begin(void);
/* Build and free the builder. */
cstn_term *term_end(cstn_term_builder *builder);
/* The condition rows <= most. */
cstn_constraint *term_rows_at_most(int64_t most);
/* A builder with every component set. */
cstn_term_builder *term_full(void);

#endif
