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
/* What a reader makes of a record of `item` that was found. */
static inline int64_t bench_item(int64_t id_bytes, int64_t recorded_us, int64_t mass_g)
{
	return id_bytes + (recorded_us & 1023) + mass_g;
}
/* Look all of them up in a table of n rows of SQLite, in memory; what is found must add up to
 * `expected`: the value of each key, or with `whole` 1 bench_item() of each record, of which SQLite
 * then gives all fields. Without SQLite nothing is done. */
cstn_status bench_look_up_by_sql(uint64_t n, const char *keys, int look_ups, int whole,
		int64_t expected, double *seconds, cstn_error **error);

#endif
