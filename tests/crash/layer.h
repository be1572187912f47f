#ifndef TESTS_CRASH_LAYER_H
#define TESTS_CRASH_LAYER_H

#include <stdint.h>

/* One layer of the proof: it runs, prints its counts, and says how many of its cases went wrong.
 * The mutants run the same layers until the first that notices. */
typedef struct layer {
	const char *name;
	int long_run; /* 1: the nightly sizes */
	int quiet;    /* 1: no counts, and the first failure ends it */
	uint64_t seed;
	uint64_t effort; /* 0: as the layer likes; else how many cases, states or tapes */
	uint64_t passed, failed;
	uint64_t every; /* 0: all; else one in so many flips, cuts, pieces, calls that fail or crash
			 */
	uint64_t said;  /* up to where a long run has been told of */
	char why[1024]; /* of the first failure */
} layer;

/* Counts a case; `why` of a failure is printed (up to ten a layer). Returns 1 when the layer should
 * stop. */
int layer_case(layer *self, int failed, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
/* In a long run, a line whenever so many more are done: one that is cut short has counts, too. */
void layer_so_far(layer *self, uint64_t done, uint64_t step, const char *unit);
void layer_say(const layer *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t layer_every(const layer *self); /* at least 1 */

void layer_states(layer *self);  /* crashes at every call */
void layer_flips(layer *self);   /* damaged bits, cut files, misplaced blocks */
void layer_faults(layer *self);  /* the n-th call fails */
void layer_tools(layer *self);   /* the same, under verify, dump, backup and salvage */
void layer_model(layer *self);   /* random tapes against the oracle */
void layer_network(layer *self); /* random tapes of calls on a network */
void layer_calls(layer *self);   /* the order of system calls */
void layer_readers(layer *self); /* readers beside a writer, late deaths, what is seen when */
void layer_vault(layer *self);   /* crashes of a vault at every call */
void layer_kill(layer *self);    /* a real folder and kill -9 */

#endif
