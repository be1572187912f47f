/* Settled checkpoints, and a log that forks. */
#include <stdio.h>
#include <string.h>

#include <constellation/shared_log.h>

#include "ledger_fixture.h"
#include "suite.h"

#define WITNESSES 3
#define US INT64_C(1000000)
#define DAY_US (86400 * US)

/* Parties w0, w1, w2, each a witness that keeps what it saw last. */
typedef struct world {
	char signer[WITNESSES + 1][256]; /* the last: a second key of w0 */
	char verifier[WITNESSES + 1][256];
	uint64_t size[WITNESSES];
	uint8_t root[WITNESSES][32];
	cstn_party_keys *keys;
	cstn_settle_policy policy;
	const char *names[WITNESSES];
} world;

static void add_key(world *w, const char *party, const char *verifier, int32_t use, int64_t from_us,
		int64_t until_us)
{
	cstn_party_key key = CSTN_PARTY_KEY_INIT;

	key.use = use;
	key.party = party;
	key.verifier = verifier;
	key.from_us = from_us;
	key.until_us = until_us;
	ck_assert_int_eq(cstn_party_keys_add(w->keys, &key, NULL), CSTN_OK);
}

static world *world_new(void)
{
	static const char *const names[] = {"w0", "w1", "w2"};
	static const cstn_settle_policy init = CSTN_SETTLE_POLICY_INIT;
	world *w = calloc(1, sizeof(*w));

	ck_assert_ptr_nonnull(w);
	ck_assert_int_eq(cstn_party_keys_new(NULL, &w->keys, NULL), CSTN_OK);
	for (int i = 0; i <= WITNESSES; i++) {
		uint8_t seed[32] = {(uint8_t)(40 + i)};
		cstn_buffer *signer, *verifier;
		char name[32];

		snprintf(name, sizeof(name), "w%d.example", i);
		ck_assert_int_eq(cstn_note_key_new(name, strlen(name), CSTN_NOTE_KEY_WITNESS, seed,
						 NULL, &signer, &verifier, NULL),
				CSTN_OK);
		strcpy(w->signer[i], (const char *)cstn_buffer_data(signer));
		strcpy(w->verifier[i], (const char *)cstn_buffer_data(verifier));
		cstn_buffer_free(signer);
		cstn_buffer_free(verifier);
		add_key(w, names[i % WITNESSES], w->verifier[i], CSTN_PARTY_KEY_WITNESS, 0,
				INT64_MAX);
	}
	memcpy(w->names, names, sizeof(w->names));
	w->policy = init;
	w->policy.keys = w->keys;
	w->policy.parties = w->names;
	w->policy.n_parties = WITNESSES;
	w->policy.least = 2;
	return w;
}

static void world_free(world *w)
{
	cstn_party_keys_free(w->keys);
	free(w);
}

static cstn_log *log_of(size_t n, const char *last)
{
	cstn_log *log = ledger_log("log.example");

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(cstn_log_append(log, i + 1 == n ? last : "entry", 5, NULL, NULL),
				CSTN_OK);
	return log;
}

static void checkpoint_of(const cstn_log *log, char out[4096])
{
	const char *signer = ledger_signer();
	cstn_buffer *made;

	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &made, NULL), CSTN_OK);
	strcpy(out, (const char *)cstn_buffer_data(made));
	cstn_buffer_free(made);
}

/* A witness signs if what it saw last is a beginning; the log proves so as it can. */
static cstn_status cosign(world *w, int witness, int key, const cstn_log *log, int64_t time_s,
		char checkpoint[4096])
{
	cstn_witness_options options = CSTN_WITNESS_OPTIONS_INIT;
	const char *verifier = ledger_verifier();
	cstn_buffer *proof = NULL, *line;
	cstn_status status;

	options.last_size = w->size[witness];
	if (options.last_size) {
		options.last_root = w->root[witness];
		if (options.last_size <= cstn_log_size(log)) {
			ck_assert_int_eq(cstn_log_prove_consistency(log, options.last_size,
							 cstn_log_size(log), &proof, NULL),
					CSTN_OK);
			options.proof = cstn_buffer_data(proof);
			options.n_proof = cstn_buffer_size(proof) / 32;
		}
	}
	status = cstn_witness_cosign(checkpoint, strlen(checkpoint), &verifier, 1, w->signer[key],
			time_s, &options, NULL, &line, NULL);
	cstn_buffer_free(proof);
	if (status != CSTN_OK)
		return status;
	w->size[witness] = cstn_log_size(log);
	ck_assert_int_eq(cstn_log_root(log, w->size[witness], w->root[witness], NULL), CSTN_OK);
	strcat(checkpoint, (const char *)cstn_buffer_data(line));
	cstn_buffer_free(line);
	return CSTN_OK;
}

static cstn_status settled(const world *w, const char *checkpoint, int64_t now_us, size_t *count)
{
	return cstn_checkpoint_settled(
			checkpoint, strlen(checkpoint), &w->policy, now_us, NULL, count, NULL);
}

START_TEST(log_that_forks_has_one_settled_history)
{
	world *w = world_new();
	cstn_log *one = log_of(7, "right"), *other = log_of(7, "wrong"),
		 *longer = log_of(9, "wrong");
	char first[4096], fork[4096], later[4096];
	size_t count = 9;

	checkpoint_of(one, first);
	checkpoint_of(other, fork);
	checkpoint_of(longer, later);
	ck_assert_int_eq(settled(w, first, 100 * US, &count), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(cosign(w, 0, 0, one, 50, first), CSTN_OK);
	ck_assert_int_eq(settled(w, first, 100 * US, &count), CSTN_E_UNVERIFIED);
	ck_assert_uint_eq(count, 9);
	ck_assert_int_eq(cosign(w, 1, 1, one, 60, first), CSTN_OK);
	ck_assert_int_eq(settled(w, first, 100 * US, &count), CSTN_OK);
	ck_assert_uint_eq(count, 2);
	/* Another root of the same size; and one that did not grow from there. */
	ck_assert_int_eq(cosign(w, 0, 0, other, 70, fork), CSTN_E_SPLIT_VIEW);
	ck_assert_int_eq(cosign(w, 1, 1, other, 70, fork), CSTN_E_SPLIT_VIEW);
	ck_assert_int_eq(cosign(w, 0, 0, longer, 70, later), CSTN_E_PROOF);
	ck_assert_int_eq(cosign(w, 1, 1, longer, 70, later), CSTN_E_PROOF);
	/* Who has seen nothing signs anything. */
	ck_assert_int_eq(cosign(w, 2, 2, other, 70, fork), CSTN_OK);
	ck_assert_int_eq(settled(w, fork, 100 * US, NULL), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(settled(w, later, 100 * US, NULL), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(settled(w, first, 100 * US, NULL), CSTN_OK);
	cstn_log_free(one);
	cstn_log_free(other);
	cstn_log_free(longer);
	world_free(w);
}
END_TEST

START_TEST(party_counts_once_however_many_keys_it_has)
{
	world *w = world_new();
	cstn_log *log = log_of(3, "entry");
	char text[4096];
	size_t count;

	checkpoint_of(log, text);
	ck_assert_int_eq(cosign(w, 0, 0, log, 50, text), CSTN_OK);
	ck_assert_int_eq(cosign(w, 0, WITNESSES, log, 50, text), CSTN_OK);
	ck_assert_int_eq(settled(w, text, 100 * US, &count), CSTN_E_UNVERIFIED);
	w->policy.least = 1;
	ck_assert_int_eq(settled(w, text, 100 * US, &count), CSTN_OK);
	ck_assert_uint_eq(count, 1);
	w->policy.n_parties = 1;
	w->policy.parties = w->names + 1;
	ck_assert_int_eq(settled(w, text, 100 * US, &count), CSTN_E_UNVERIFIED);
	cstn_log_free(log);
	world_free(w);
}
END_TEST

START_TEST(signatures_count_in_their_time)
{
	world *w = world_new();
	cstn_log *log = log_of(3, "entry");
	char text[4096];

	checkpoint_of(log, text);
	ck_assert_int_eq(cosign(w, 0, 0, log, 1000, text), CSTN_OK);
	ck_assert_int_eq(cosign(w, 1, 1, log, 2000, text), CSTN_OK);
	/* Of the future. */
	ck_assert_int_eq(settled(w, text, 2000 * US - 1, NULL), CSTN_E_UNVERIFIED);
	ck_assert_int_eq(settled(w, text, 2000 * US, NULL), CSTN_OK);
	w->policy.ahead_us = 1;
	ck_assert_int_eq(settled(w, text, 2000 * US - 1, NULL), CSTN_OK);
	ck_assert_int_eq(settled(w, text, 2000 * US - 2, NULL), CSTN_E_UNVERIFIED);
	/* Too old. */
	w->policy.max_age_us = DAY_US;
	ck_assert_int_eq(settled(w, text, 1000 * US + DAY_US, NULL), CSTN_OK);
	ck_assert_int_eq(settled(w, text, 1000 * US + DAY_US + 1, NULL), CSTN_E_UNVERIFIED);
	cstn_log_free(log);
	world_free(w);
}
END_TEST

START_TEST(key_counts_in_its_window)
{
	world *w = world_new();
	cstn_log *log = log_of(3, "entry");
	char text[4096];

	checkpoint_of(log, text);
	ck_assert_int_eq(cosign(w, 0, 0, log, 1000, text), CSTN_OK);
	ck_assert_int_eq(cosign(w, 1, 1, log, 2000, text), CSTN_OK);
	cstn_party_keys_free(w->keys);
	ck_assert_int_eq(cstn_party_keys_new(NULL, &w->keys, NULL), CSTN_OK);
	w->policy.keys = w->keys;
	add_key(w, "w0", w->verifier[0], CSTN_PARTY_KEY_WITNESS, 1000 * US, INT64_MAX);
	add_key(w, "w1", w->verifier[1], CSTN_PARTY_KEY_WITNESS, 0, 2000 * US);
	ck_assert_int_eq(settled(w, text, 9000 * US, NULL), CSTN_E_UNVERIFIED);
	add_key(w, "w1", w->verifier[1], CSTN_PARTY_KEY_WITNESS, 2000 * US, 2000 * US + 1);
	ck_assert_int_eq(settled(w, text, 9000 * US, NULL), CSTN_OK);
	w->policy.least = 3;
	ck_assert_int_eq(settled(w, text, 9000 * US, NULL), CSTN_E_UNVERIFIED);
	cstn_log_free(log);
	world_free(w);
}
END_TEST

START_TEST(wrong_signature_of_a_witness_is_refused)
{
	world *w = world_new();
	cstn_log *log = log_of(3, "entry");
	char text[4096], *line;

	checkpoint_of(log, text);
	ck_assert_int_eq(cosign(w, 0, 0, log, 50, text), CSTN_OK);
	ck_assert_int_eq(cosign(w, 1, 1, log, 50, text), CSTN_OK);
	line = strstr(text, "w1.example ");
	line[40] = line[40] == 'A' ? 'B' : 'A';
	ck_assert_int_eq(settled(w, text, 100 * US, NULL), CSTN_E_SIGNATURE);
	cstn_log_free(log);
	world_free(w);
}
END_TEST

START_TEST(policies_that_make_no_sense_are_refused)
{
	world *w = world_new();
	cstn_log *log = log_of(3, "entry");
	const cstn_settle_policy good = w->policy;
	char text[4096];

	checkpoint_of(log, text);
#define REFUSED(change, wanted)                                             \
	do {                                                                \
		w->policy = good;                                           \
		w->policy.change;                                           \
		ck_assert_int_eq(settled(w, text, 100 * US, NULL), wanted); \
	} while (0)
	REFUSED(least = 0, CSTN_E_INVALID_ARGUMENT);
	REFUSED(least = 4, CSTN_E_INVALID_ARGUMENT);
	REFUSED(keys = NULL, CSTN_E_INVALID_ARGUMENT);
	REFUSED(parties = NULL, CSTN_E_INVALID_ARGUMENT);
	REFUSED(max_age_us = -1, CSTN_E_INVALID_ARGUMENT);
	REFUSED(ahead_us = -1, CSTN_E_INVALID_ARGUMENT);
	REFUSED(flags = 1, CSTN_E_INVALID_ARGUMENT);
	REFUSED(struct_size = 4, CSTN_E_STRUCT_SIZE);
#undef REFUSED
	w->policy = good;
	w->names[1] = "w0";
	ck_assert_int_eq(settled(w, text, 100 * US, NULL), CSTN_E_DUPLICATE);
	w->names[1] = NULL;
	ck_assert_int_eq(settled(w, text, 100 * US, NULL), CSTN_E_INVALID_ARGUMENT);
	w->names[1] = "w1";
	ck_assert_int_eq(settled(w, "no note", 100 * US, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(cstn_checkpoint_settled(NULL, 0, &w->policy, 0, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_log_free(log);
	world_free(w);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {log_that_forks_has_one_settled_history,
			party_counts_once_however_many_keys_it_has, signatures_count_in_their_time,
			key_counts_in_its_window, wrong_signature_of_a_witness_is_refused,
			policies_that_make_no_sense_are_refused};

	return run_tests("settled checkpoints", tests, sizeof(tests) / sizeof(tests[0]));
}
