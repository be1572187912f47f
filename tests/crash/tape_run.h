#ifndef TESTS_CRASH_TAPE_RUN_H
#define TESTS_CRASH_TAPE_RUN_H

#include "tape.h"

/* A tape of steps, and a network with its model while the tape runs. */
#define TAPE_STEPS 40u
#define TAPE_HELD 3u

typedef struct tape_step {
	uint32_t op;
	uint64_t seed;
} tape_step;

typedef struct tape {
	uint64_t seed, checkpoint_rows, segment_rows;
	int in_memory, late;
	int32_t commit_level;
	tape_step steps[TAPE_STEPS];
	size_t n;
} tape;

typedef struct tape_count {
	uint64_t tapes, in_memory, steps, puts, refused, conflicts, rows, crashes, faults;
} tape_count;

typedef struct tape_run {
	const tape *tape;
	tape_model model;
	sim_disk *disk;
	sim_vfs *sim;
	cstn_network *network;
	sim_dice dice;
	uint64_t acked; /* a loss of power must keep these */
	struct {
		cstn_snapshot *snapshot;
		uint64_t seq;
	} held[TAPE_HELD];
	tape_count *count;
	char why[700];
} tape_run;

/* -1, with the words as `why`. */
int tape_fail(tape_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for a call that gave another status than wanted; frees the error. */
int tape_fail_status(tape_run *run, const char *what, const char *which, cstn_status status,
		int wanted, cstn_error *error);
uint64_t tape_roll(tape_run *run, uint64_t n);
int tape_some_noun(tape_run *run);

/* Steps that write (tape_writes.c): 0, or -1 with why. */
int tape_put_one(tape_run *run);
int tape_import(tape_run *run);
int tape_transact(tape_run *run);
void tape_acknowledge(tape_run *run); /* what is committed is durable, by the level */

#endif
