#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <stdint.h>

#include <constellation/status.h>

#define BENCH_KEY_SIZE 32

/* The next of a sequence (xorshift); `state` must not be 0. */
uint64_t bench_random(uint64_t *state);
/* The text of key number `number`, its length; all have the same. */
int bench_key(char *text, uint64_t number);
/* What belongs to it. */
int64_t bench_value(uint64_t number);
/* Keys among the first n, BENCH_KEY_SIZE bytes each; NULL without memory; free(). */
char *bench_keys(uint64_t n, int look_ups);
/* Look all of them up in a table of n rows of SQLite, in memory; the values must add up to
 * `expected`. Without SQLite nothing is done. */
cstn_status bench_look_up_by_sql(uint64_t n, const char *keys, int look_ups, int64_t expected,
		double *seconds, cstn_error **error);

#endif
