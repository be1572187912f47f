/* Rules and requests are shared by any number of threads: sixteen of them decide the same requests
 * over random worlds at once, and every decision has the bytes that one thread alone gives. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/decision_world.h"

#define THREADS 16
#define REQUESTS 40
#define ROUNDS 3
#define N_WORLDS 4

typedef struct shared {
	cstn_rules *rules;
	cstn_request *requests[REQUESTS];
	uint8_t digests[REQUESTS][CSTN_DECISION_DIGEST_SIZE];
} shared;

typedef struct worker {
	const shared *of;
	size_t first; /* so that they meet at different requests */
	size_t wrong;
} worker;

static int decide(const shared *s, size_t i, uint8_t *digest)
{
	cstn_decision *decision = NULL;
	int good = cstn_decide(s->rules, s->requests[i], &decision, NULL) == CSTN_OK &&
		   cstn_decision_digest(decision, digest, NULL) == CSTN_OK;

	cstn_decision_unref(decision);
	return good;
}

static void *work(void *context)
{
	worker *w = context;
	size_t i;

	for (i = 0; i < (size_t)ROUNDS * REQUESTS; i++) {
		size_t at = (w->first + i) % REQUESTS;
		uint8_t digest[CSTN_DECISION_DIGEST_SIZE];
		cstn_rules *mine = cstn_rules_ref(w->of->rules);

		w->wrong += !decide(w->of, at, digest) ||
			    memcmp(digest, w->of->digests[at], sizeof(digest)) != 0;
		cstn_rules_unref(mine);
	}
	return NULL;
}

START_TEST(sixteen_threads_decide_as_one_does)
{
	uint64_t seed = 16;
	int round;

	for (round = 0; round < N_WORLDS; round++) {
		pthread_t threads[THREADS];
		worker workers[THREADS];
		shared s;
		world w;
		size_t i;

		world_make(&w, &seed);
		s.rules = world_rules(&w);
		for (i = 0; i < REQUESTS; i++) {
			world_request r;

			world_ask(&w, &r, &seed);
			s.requests[i] = world_to_request(&w, &r);
			ck_assert(decide(&s, i, s.digests[i]));
		}
		for (i = 0; i < THREADS; i++) {
			workers[i] = (worker){&s, i * 5, 0};
			ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
		}
		for (i = 0; i < THREADS; i++) {
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
			ck_assert_uint_eq(workers[i].wrong, 0);
		}
		for (i = 0; i < REQUESTS; i++)
			cstn_request_unref(s.requests[i]);
		cstn_rules_unref(s.rules);
		world_free(&w);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sixteen_threads_decide_as_one_does};

	return run_tests("decisions of many threads", tests, sizeof(tests) / sizeof(tests[0]));
}
