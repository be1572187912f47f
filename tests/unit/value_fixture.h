#ifndef TESTS_VALUE_FIXTURE_H
#define TESTS_VALUE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/customer_value.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))
/* The columns of most models. */
#define PLAIN "x int64\ntx double\nT double\n"
#define FEW                                                                                     \
	"0,0,39\n0,0,38\n0,0,37\n1,1.7,39\n2,30.4,38\n1,20,39\n5,29,39\n0,0,30\n3,12,35\n7,34," \
	"36\n"                                                                                  \
	"0,0,33\n1,3,39\n2,8,39\n0,0,39\n4,38,39\n"

/* CSV as a stream; the text stays until the stream is read. */
void value_rows(const char *text, const char *schema, struct ArrowArrayStream *out);
cstn_value_state *value_state_new(const char *model, uint32_t flags);
cstn_status value_update(cstn_value_state *state, const char *text, const char *schema,
		cstn_row_errors **bad, cstn_error **error);
/* A state of good rows. */
cstn_value_state *value_state_of(const char *model, const char *text, const char *schema);
cstn_customer_value *value_fit(cstn_value_state *state, int32_t threads);
double value_asked(const cstn_customer_value *model, const char *name);

/* Random numbers: where their row begins. */
extern uint64_t value_drawn;
double value_exponential(double rate);
double value_gamma(int32_t halves, double rate);
/* n customers as CSV: BG/NBD with r = 1/2, alpha = 4, a = 1/2, b = 2, or Pareto/NBD with s = 1,
 * beta = 20. To be freed. */
char *value_simulate(int n, int pareto);

#endif
