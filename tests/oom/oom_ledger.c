/* Out of memory in logs, notes, checkpoints, witnesses and proofs. */
#include <stdio.h>

#include "oom.h"

#define ORIGIN "log.example/a"

typedef struct pair {
	cstn_buffer *signer, *verifier;
} pair;

static const char *data(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

static pair keys(int32_t type)
{
	uint8_t seed[32] = {5};
	pair out;

	ck_assert_int_eq(cstn_note_key_new("log.example", 11, type, seed, NULL, &out.signer,
					 &out.verifier, NULL),
			CSTN_OK);
	return out;
}

static void drop(pair *p)
{
	cstn_buffer_free(p->signer);
	cstn_buffer_free(p->verifier);
}

static cstn_log *log_of(const cstn_allocator *allocator, size_t n)
{
	cstn_log *log;
	size_t i;

	ck_assert_int_eq(cstn_log_new(ORIGIN, strlen(ORIGIN), allocator, &log, NULL), CSTN_OK);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(cstn_log_append(log, "entry", 5, NULL, NULL), CSTN_OK);
	return log;
}

/* A checkpoint of 20 entries that the key signed. */
static cstn_buffer *checkpoint_of(const pair *p)
{
	cstn_log *log = log_of(NULL, 20);
	const char *signer = data(p->signer);
	cstn_buffer *out;

	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &out, NULL), CSTN_OK);
	cstn_log_free(log);
	return out;
}

static cstn_status key_new(oom *o)
{
	pair p = {NULL, NULL};
	uint8_t seed[32] = {1};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_note_key_new("name", 4, CSTN_NOTE_KEY_SIGN, seed, o->allocator,
					 &p.signer, &p.verifier, &error));
	ck_assert((status == CSTN_OK) == (p.signer != NULL));
	ck_assert((status == CSTN_OK) == (p.verifier != NULL));
	drop(&p);
	return status;
}

/* What makes one buffer: of keys, a text, a checkpoint, a proof. */
static cstn_status one_buffer(oom *o)
{
	static const uint8_t hashes[64] = {1};
	pair p = keys(CSTN_NOTE_KEY_SIGN);
	const char *signer = data(p.signer);
	cstn_buffer *out = NULL;
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_note_key_verifier(signer, o->allocator, &out, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_note_sign("text\n", 5, NULL, 0, &signer, 1, o->allocator,
						 &out, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_checkpoint_format(ORIGIN, strlen(ORIGIN), 9, hashes,
						 o->allocator, &out, &error));
	else
		OOM_CALL(status, cstn_proof_format(3, hashes, 2, hashes, 9, "checkpoint\n", 11,
						 o->allocator, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_buffer_free(out);
	oom_disarm(o);
	drop(&p);
	return status;
}

static cstn_status note_open(oom *o)
{
	pair p = keys(CSTN_NOTE_KEY_SIGN);
	cstn_buffer *note = checkpoint_of(&p);
	const char *verifier = data(p.verifier);
	cstn_note *out = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_note_open(data(note), cstn_buffer_size(note), &verifier, 1,
					 o->allocator, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_note_free(out);
	oom_disarm(o);
	cstn_buffer_free(note);
	drop(&p);
	return status;
}

static cstn_status cosign(oom *o)
{
	pair p = keys(CSTN_NOTE_KEY_SIGN), w = keys(CSTN_NOTE_KEY_WITNESS);
	cstn_buffer *note = checkpoint_of(&p), *out = NULL;
	const char *verifier = data(p.verifier);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_witness_cosign(data(note), cstn_buffer_size(note), &verifier, 1,
					 data(w.signer), 77, NULL, o->allocator, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_buffer_free(out);
	oom_disarm(o);
	cstn_buffer_free(note);
	drop(&p);
	drop(&w);
	return status;
}

/* The checkpoint with the signature of the witness behind. */
static char *witnessed(const pair *p, const pair *w)
{
	cstn_buffer *note = checkpoint_of(p), *line;
	const char *verifier = data(p->verifier);
	char *out = malloc(4096);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(cstn_witness_cosign(data(note), cstn_buffer_size(note), &verifier, 1,
					 data(w->signer), 77, NULL, NULL, &line, NULL),
			CSTN_OK);
	snprintf(out, 4096, "%s%s", data(note), data(line));
	cstn_buffer_free(note);
	cstn_buffer_free(line);
	return out;
}

static cstn_status count(oom *o)
{
	pair p = keys(CSTN_NOTE_KEY_SIGN), w = keys(CSTN_NOTE_KEY_WITNESS);
	char *note = witnessed(&p, &w);
	const char *verifier = data(w.verifier);
	cstn_status status;
	size_t n = 99;

	oom_arm(o);
	OOM_CALL(status, cstn_witness_count(note, strlen(note), &verifier, 1, 0, 100, o->allocator,
					 &n, &error));
	ck_assert_uint_eq(n, status == CSTN_OK ? 1 : 99);
	oom_disarm(o);
	free(note);
	drop(&p);
	drop(&w);
	return status;
}

/* A proof of entry 7 of 20; `which` 0 reads it, 1 verifies it. */
static cstn_status proof(oom *o)
{
	pair p = keys(CSTN_NOTE_KEY_SIGN), w = keys(CSTN_NOTE_KEY_WITNESS);
	char *note = witnessed(&p, &w);
	const char *verifier = data(p.verifier), *witness = data(w.verifier);
	cstn_proof_options options = CSTN_PROOF_OPTIONS_INIT;
	cstn_log *log = log_of(NULL, 20);
	cstn_buffer *hashes, *text;
	cstn_proof *out = NULL;
	uint64_t index = 99;
	cstn_status status;

	ck_assert_int_eq(cstn_log_prove_inclusion(log, 7, 20, &hashes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_proof_format(7, cstn_buffer_data(hashes),
					 cstn_buffer_size(hashes) / 32, (const uint8_t *)"extra", 5,
					 note, strlen(note), NULL, &text, NULL),
			CSTN_OK);
	options.verifiers = &verifier;
	options.n_verifiers = 1;
	options.witnesses = &witness;
	options.n_witnesses = 1;
	options.witnesses_least = 1;
	options.allocator = o->allocator;
	oom_arm(o);
	if (o->which) {
		OOM_CALL(status, cstn_proof_verify(data(text), cstn_buffer_size(text), "entry", 5,
						 &options, &index, NULL, &error));
		ck_assert_uint_eq(index, status == CSTN_OK ? 7 : 99);
	} else {
		OOM_CALL(status, cstn_proof_parse(data(text), cstn_buffer_size(text), o->allocator,
						 &out, &error));
		ck_assert((status == CSTN_OK) == (out != NULL));
	}
	cstn_proof_free(out);
	oom_disarm(o);
	cstn_buffer_free(hashes);
	cstn_buffer_free(text);
	cstn_log_free(log);
	free(note);
	drop(&p);
	drop(&w);
	return status;
}

static cstn_status log_new(oom *o)
{
	cstn_log *log = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_log_new(ORIGIN, strlen(ORIGIN), o->allocator, &log, &error));
	ck_assert((status == CSTN_OK) == (log != NULL));
	cstn_log_free(log);
	return status;
}

/* Appending fails as a whole: size and root are what they were. */
static cstn_status append(oom *o)
{
	cstn_log *log = log_of(o->allocator, o->which ? 15 : 1);
	uint8_t before[32], after[32];
	uint64_t ends[300], size = cstn_log_size(log);
	cstn_status status;
	size_t i;

	for (i = 0; i < 300; i++)
		ends[i] = 0;
	ck_assert_int_eq(cstn_log_root(log, size, before, NULL), CSTN_OK);
	oom_arm(o);
	if (o->which)
		OOM_CALL(status, cstn_log_append_batch(log, NULL, ends, 300, NULL, &error));
	else
		for (i = 0, status = CSTN_OK; i < 300 && status == CSTN_OK; i++)
			OOM_CALL(status, cstn_log_append(log, "x", 1, NULL, &error));
	oom_disarm(o);
	if (status != CSTN_OK && o->which)
		ck_assert_uint_eq(cstn_log_size(log), size);
	ck_assert_int_eq(cstn_log_root(log, size, after, NULL), CSTN_OK);
	ck_assert_mem_eq(before, after, 32);
	cstn_log_free(log);
	return status;
}

static cstn_status of_log(oom *o)
{
	pair p = keys(CSTN_NOTE_KEY_SIGN);
	const char *signer = data(p.signer);
	cstn_log *log = log_of(o->allocator, 20);
	cstn_buffer *out = NULL;
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_log_checkpoint(log, &signer, 1, &out, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_log_prove_inclusion(log, 3, 20, &out, &error));
	else
		OOM_CALL(status, cstn_log_prove_consistency(log, 3, 20, &out, &error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_buffer_free(out);
	oom_disarm(o);
	cstn_log_free(log);
	drop(&p);
	return status;
}

/* A storage whose entries are all empty: every node of a height is the same. */
static cstn_status read_alike(
		void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out)
{
	uint8_t node[32];
	uint32_t i;

	(void)user;
	(void)index;
	ck_assert_int_eq(cstn_merkle_hash_entry(NULL, 0, node, NULL), CSTN_OK);
	for (i = 0; i < 8 * level; i++)
		ck_assert_int_eq(cstn_merkle_hash_children(node, node, node, NULL), CSTN_OK);
	for (i = 0; i < width; i++)
		memcpy(out + (size_t)32 * i, node, 32);
	return CSTN_OK;
}

static cstn_status take_all(void *user, const cstn_log_batch *batch)
{
	(void)user;
	(void)batch;
	return CSTN_OK;
}

/* A log of 700 entries in storage: `which` 0 opens it; others open before and call once. */
static cstn_status in_storage(oom *o)
{
	static const uint64_t ends[300] = {0};
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	uint8_t before[32], after[32];
	cstn_buffer *out = NULL;
	cstn_log *log = NULL;
	cstn_status status;

	storage.size = 700;
	storage.read_tile = read_alike;
	storage.append = take_all;
	if (o->which == 0)
		oom_arm(o);
	OOM_CALL(status, cstn_log_open(ORIGIN, strlen(ORIGIN), &storage, o->allocator, &log,
					 &error));
	ck_assert((status == CSTN_OK) == (log != NULL));
	if (o->which != 0) {
		ck_assert_int_eq(cstn_log_root(log, 700, before, NULL), CSTN_OK);
		oom_arm(o);
		if (o->which == 1)
			OOM_CALL(status, cstn_log_append_batch(log, NULL, ends, 300, NULL, &error));
		else if (o->which == 2)
			OOM_CALL(status, cstn_log_range(log, &out, &error));
		else if (o->which == 3)
			OOM_CALL(status, cstn_log_root(log, 600, after, &error));
		else if (o->which == 4)
			OOM_CALL(status, cstn_log_prove_inclusion(log, 9, 700, &out, &error));
		else
			OOM_CALL(status, cstn_log_prove_consistency(log, 9, 700, &out, &error));
		ck_assert(status == CSTN_OK || !out);
		cstn_buffer_free(out);
		oom_disarm(o);
		ck_assert_uint_eq(cstn_log_size(log),
				status == CSTN_OK && o->which == 1 ? 1000 : 700);
		ck_assert_int_eq(cstn_log_root(log, cstn_log_size(log), after, NULL), CSTN_OK);
		if (o->which != 1 || status != CSTN_OK)
			ck_assert_mem_eq(before, after, 32);
	}
	cstn_log_free(log);
	return status;
}

const oom_case oom_cases_ledger[] = {
		{"cstn_note_key_new", key_new, 0, 0},
		{"cstn_note_key_verifier", one_buffer, 0, 0},
		{"cstn_note_sign", one_buffer, 0, 1},
		{"cstn_checkpoint_format", one_buffer, 0, 2},
		{"cstn_proof_format", one_buffer, 0, 3},
		{"cstn_note_open", note_open, 0, 0},
		{"cstn_witness_cosign", cosign, 0, 0},
		{"cstn_witness_count", count, 0, 0},
		{"cstn_proof_parse", proof, 0, 0},
		{"cstn_proof_verify", proof, 0, 1},
		{"cstn_log_new", log_new, 0, 0},
		{"cstn_log_append", append, 0, 0},
		{"cstn_log_append_batch", append, 0, 1},
		{"cstn_log_checkpoint", of_log, 0, 0},
		{"cstn_log_prove_inclusion", of_log, 0, 1},
		{"cstn_log_prove_consistency", of_log, 0, 2},
		{"cstn_log_open", in_storage, 0, 0},
		{"cstn_log_append_batch", in_storage, 0, 1},
		{"cstn_log_range", in_storage, 0, 2},
		{"cstn_log_root", in_storage, 0, 3},
		{"cstn_log_prove_inclusion", in_storage, 0, 4},
		{"cstn_log_prove_consistency", in_storage, 0, 5},
};
const size_t oom_count_ledger = sizeof(oom_cases_ledger) / sizeof(oom_cases_ledger[0]);
