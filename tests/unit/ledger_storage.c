/* A log in storage against the same log in memory, and against a tree whose nodes are known. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_fixture.h"
#include "suite.h"

#define LEVELS 3
#define MOST 70000u

/* Keeps what it is given, and counts what it is asked. */
typedef struct shelf {
	uint8_t *hashes[LEVELS]; /* MOST of 32 bytes */
	uint64_t count[LEVELS];
	uint8_t range[64 * 32];
	size_t n_range;
	size_t bytes; /* of entries */
	size_t reads, syncs;
	cstn_status answer; /* of every callback */
} shelf;

static shelf *shelf_new(void)
{
	shelf *out = calloc(1, sizeof(*out));
	int k;

	ck_assert_ptr_nonnull(out);
	for (k = 0; k < LEVELS; k++) {
		out->hashes[k] = calloc(MOST, 32);
		ck_assert_ptr_nonnull(out->hashes[k]);
	}
	return out;
}

static void shelf_free(shelf *at)
{
	int k;

	for (k = 0; k < LEVELS; k++)
		free(at->hashes[k]);
	free(at);
}

static cstn_status shelf_read(
		void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out)
{
	shelf *from = user;

	__atomic_fetch_add(&from->reads, 1, __ATOMIC_RELAXED);
	if (from->answer != CSTN_OK)
		return from->answer;
	ck_assert_uint_lt(level, LEVELS);
	ck_assert_uint_ge(width, 1);
	ck_assert_uint_le(width, CSTN_LOG_TILE_HASHES);
	ck_assert_uint_le(index * CSTN_LOG_TILE_HASHES + width, from->count[level]);
	memcpy(out, from->hashes[level] + index * CSTN_LOG_TILE_HASHES * 32, (size_t)width * 32);
	return CSTN_OK;
}

static cstn_status shelf_append(void *user, const cstn_log_batch *batch)
{
	shelf *to = user;
	uint32_t k;

	if (to->answer != CSTN_OK)
		return to->answer;
	ck_assert_uint_eq(batch->first, to->count[0]);
	ck_assert_uint_ge(batch->n_levels, 1);
	ck_assert_uint_le(batch->n_levels, LEVELS);
	ck_assert_uint_eq(batch->levels[0].count, batch->count);
	for (k = 0; k < batch->n_levels; k++) {
		const cstn_log_level *level = batch->levels + k;

		ck_assert_uint_eq(level->first, to->count[k]);
		ck_assert_uint_ge(level->count, 1);
		memcpy(to->hashes[k] + 32 * level->first, level->hashes, 32 * level->count);
		to->count[k] += level->count;
	}
	ck_assert_uint_eq(batch->n_range, (size_t)__builtin_popcountll(to->count[0]));
	memcpy(to->range, batch->range, 32 * batch->n_range);
	to->n_range = batch->n_range;
	to->bytes += batch->ends[batch->count - 1];
	return CSTN_OK;
}

static cstn_status shelf_sync(void *user)
{
	shelf *at = user;

	at->syncs++;
	return at->answer;
}

static cstn_log_storage storage_of(shelf *at)
{
	cstn_log_storage out = CSTN_LOG_STORAGE_INIT;

	out.user = at;
	out.size = at->count[0];
	out.read_tile = shelf_read;
	out.append = shelf_append;
	out.sync = shelf_sync;
	return out;
}

static cstn_log *open_shelf(shelf *at, int with_range)
{
	cstn_log_storage storage = storage_of(at);
	cstn_log *log;

	if (with_range) {
		storage.range = at->range;
		storage.n_range = at->n_range;
	}
	ck_assert_int_eq(cstn_log_open("stored", 6, &storage, NULL, &log, NULL), CSTN_OK);
	return log;
}

/* Entry i is i % 5 bytes of value i. */
static size_t entries_of(uint64_t first, size_t count, uint8_t *bytes, uint64_t *ends)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		size_t size = (size_t)((first + i) % 5);

		memset(bytes + end, (int)(first + i), size);
		end += size;
		ends[i] = end;
	}
	return (size_t)end;
}

static void append_to(cstn_log *log, size_t count)
{
	uint8_t *bytes = malloc(5 * count + 1);
	uint64_t *ends = calloc(count + 1, sizeof(*ends)), first;

	ck_assert(bytes && ends);
	(void)entries_of(cstn_log_size(log), count, bytes, ends);
	ck_assert_int_eq(cstn_log_append_batch(log, bytes, ends, count, &first, NULL), CSTN_OK);
	free(bytes);
	free(ends);
}

static void expect_same_buffer(cstn_status a, cstn_buffer *left, cstn_status b, cstn_buffer *right)
{
	ck_assert_int_eq(a, CSTN_OK);
	ck_assert_int_eq(b, CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(left), cstn_buffer_size(right));
	ck_assert_mem_eq(cstn_buffer_data(left), cstn_buffer_data(right), cstn_buffer_size(left));
	cstn_buffer_free(left);
	cstn_buffer_free(right);
}

/* Root and both proofs of one size and index. */
static void expect_same(
		const cstn_log *stored, const cstn_log *memory, uint64_t index, uint64_t size)
{
	uint8_t is[32], wanted[32];
	cstn_buffer *left = NULL, *right = NULL;
	cstn_status a, b;

	ck_assert_int_eq(cstn_log_root(stored, size, is, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_root(memory, size, wanted, NULL), CSTN_OK);
	ck_assert_mem_eq(is, wanted, 32);
	a = cstn_log_prove_inclusion(stored, index, size, &left, NULL);
	b = cstn_log_prove_inclusion(memory, index, size, &right, NULL);
	expect_same_buffer(a, left, b, right);
	a = cstn_log_prove_consistency(stored, index + 1, size, &left, NULL);
	b = cstn_log_prove_consistency(memory, index + 1, size, &right, NULL);
	expect_same_buffer(a, left, b, right);
}

START_TEST(stored_log_gives_what_one_in_memory_gives)
{
	static const size_t steps[] = {1, 1, 5, 200, 49, 1, 255, 257, 4000, 61000, 700, 66};
	shelf *kept = shelf_new();
	cstn_log *stored = open_shelf(kept, 0), *memory = ledger_log("stored");
	uint64_t size, i;
	size_t k;

	for (k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
		append_to(stored, steps[k]);
		append_to(memory, steps[k]);
		size = cstn_log_size(memory);
		ck_assert_uint_eq(cstn_log_size(stored), size);
		for (i = 0; i < size; i += 1 + size / 17) {
			expect_same(stored, memory, i, size);
			expect_same(stored, memory, i / 2, i + 1);
		}
		cstn_log_free(stored);
		stored = open_shelf(kept, k % 2);
		expect_same(stored, memory, size - 1, size);
	}
	cstn_log_free(stored);
	cstn_log_free(memory);
	shelf_free(kept);
}
END_TEST

START_TEST(batch_gives_the_bytes_of_single_appends)
{
	shelf *one = shelf_new(), *many = shelf_new();
	cstn_log *single = open_shelf(one, 0), *batched = open_shelf(many, 0);
	cstn_buffer *left = NULL, *right = NULL;
	cstn_status a, b;
	size_t i;

	for (i = 0; i < 1000; i++)
		append_to(single, 1);
	append_to(batched, 1000);
	for (i = 0; i < LEVELS; i++) {
		ck_assert_uint_eq(one->count[i], many->count[i]);
		ck_assert_mem_eq(one->hashes[i], many->hashes[i], 32 * one->count[i]);
	}
	ck_assert_uint_eq(one->bytes, many->bytes);
	ck_assert_uint_eq(one->count[1], 3);
	a = cstn_log_range(single, &left, NULL);
	b = cstn_log_range(batched, &right, NULL);
	ck_assert_uint_eq(cstn_buffer_size(left), 32 * 6);
	expect_same_buffer(a, left, b, right);
	cstn_log_free(single);
	cstn_log_free(batched);
	shelf_free(one);
	shelf_free(many);
}
END_TEST

/* --- ten million entries ---------------------------------------------------------------------- */

#define TEN_MILLION UINT64_C(10000000)

/* All entries are alike, so that all nodes of a height are. */
typedef struct alike {
	uint8_t node[64][32];
	size_t reads;
} alike;

static void alike_init(alike *of)
{
	int h;

	memset(of, 0, sizeof(*of));
	ck_assert_int_eq(cstn_merkle_hash_entry("release", 7, of->node[0], NULL), CSTN_OK);
	for (h = 1; h < 64; h++)
		ck_assert_int_eq(cstn_merkle_hash_children(of->node[h - 1], of->node[h - 1],
						 of->node[h], NULL),
				CSTN_OK);
}

static cstn_status alike_read(
		void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out)
{
	alike *from = user;
	uint32_t i;

	from->reads++;
	ck_assert_uint_le(index * 256 + width, TEN_MILLION >> (8 * level));
	for (i = 0; i < width; i++)
		memcpy(out + (size_t)32 * i, from->node[8 * level], 32);
	return CSTN_OK;
}

START_TEST(log_of_ten_million_entries_opens_with_a_tile_a_level)
{
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	static const uint64_t indexes[] = {0, 1, 255, 256, 65535, 5000000, 8388608, 9999999};
	uint8_t root[32], wanted[32];
	cstn_buffer *proof;
	alike of;
	cstn_log *log;
	size_t i;
	int h;

	alike_init(&of);
	storage.user = &of;
	storage.size = TEN_MILLION;
	storage.read_tile = alike_read;
	ck_assert_int_eq(cstn_log_open("big", 3, &storage, NULL, &log, NULL), CSTN_OK);
	ck_assert_uint_eq(of.reads, 3);
	/* The root by hand: the complete trees from the smallest to the largest. */
	memcpy(wanted, of.node[__builtin_ctzll(TEN_MILLION)], 32);
	for (h = __builtin_ctzll(TEN_MILLION) + 1; h < 64; h++)
		if (TEN_MILLION >> h & 1)
			ck_assert_int_eq(
					cstn_merkle_hash_children(of.node[h], wanted, wanted, NULL),
					CSTN_OK);
	ck_assert_int_eq(cstn_log_root(log, TEN_MILLION, root, NULL), CSTN_OK);
	ck_assert_mem_eq(root, wanted, 32);
	for (i = 0; i < sizeof(indexes) / sizeof(*indexes); i++) {
		of.reads = 0;
		ck_assert_int_eq(cstn_log_prove_inclusion(
						 log, indexes[i], TEN_MILLION, &proof, NULL),
				CSTN_OK);
		/* tiles above the lowest level are read once */
		ck_assert_uint_le(of.reads, i == 0 ? 3 : 2);
		ck_assert_int_eq(cstn_merkle_verify_inclusion(indexes[i], TEN_MILLION, of.node[0],
						 cstn_buffer_data(proof),
						 cstn_buffer_size(proof) / 32, wanted, NULL),
				CSTN_OK);
		cstn_buffer_free(proof);
	}
	of.reads = 0;
	for (i = 0; i < 40; i++) {
		ck_assert_int_eq(cstn_log_prove_inclusion(
						 log, 65536 + 300 * i, TEN_MILLION, &proof, NULL),
				CSTN_OK);
		cstn_buffer_free(proof);
	}
	ck_assert_uint_le(of.reads, 41);
	cstn_log_free(log);
}
END_TEST

#define PROVERS 4

/* Proofs all over a log, each as of the log in memory. */
typedef struct prover {
	const cstn_log *stored, *memory;
	uint64_t from;
} prover;

static void *prove_many(void *user)
{
	const prover *at = user;
	uint64_t size = cstn_log_size(at->memory);

	for (uint64_t i = 0; i < 60; i++)
		expect_same(at->stored, at->memory, (at->from + i * 7919) % size, size - i % 3);
	return NULL;
}

START_TEST(tiles_that_are_kept_serve_threads_and_a_log_that_grows)
{
	static const size_t steps[] = {66000, 1, 255, 600, 3000};
	shelf *kept = shelf_new();
	cstn_log *stored = open_shelf(kept, 0), *memory = ledger_log("stored");
	pthread_t threads[PROVERS];
	prover provers[PROVERS];

	for (size_t k = 0; k < sizeof(steps) / sizeof(*steps); k++) {
		append_to(stored, steps[k]);
		append_to(memory, steps[k]);
		for (size_t i = 0; i < PROVERS; i++) {
			provers[i] = (prover){stored, memory, 1000 * i};
			ck_assert_int_eq(pthread_create(&threads[i], NULL, prove_many, &provers[i]),
					0);
		}
		for (size_t i = 0; i < PROVERS; i++)
			ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	}
	cstn_log_free(stored);
	cstn_log_free(memory);
	shelf_free(kept);
}
END_TEST

/* --- what fails ------------------------------------------------------------------------------- */

START_TEST(failing_storage_leaves_the_log_as_it_was)
{
	shelf *kept = shelf_new();
	cstn_log *log = open_shelf(kept, 0);
	uint8_t before[32], after[32];
	cstn_buffer *out = NULL;
	uint64_t index = 99;

	append_to(log, 300);
	ck_assert_int_eq(cstn_log_root(log, 300, before, NULL), CSTN_OK);
	kept->answer = CSTN_E_FULL;
	ck_assert_int_eq(cstn_log_append(log, "x", 1, &index, NULL), CSTN_E_FULL);
	ck_assert_uint_eq(index, 99);
	ck_assert_uint_eq(cstn_log_size(log), 300);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, 3, 300, &out, NULL), CSTN_E_FULL);
	ck_assert_int_eq(cstn_log_prove_consistency(log, 3, 300, &out, NULL), CSTN_E_FULL);
	ck_assert_int_eq(cstn_log_root(log, 299, after, NULL), CSTN_E_FULL);
	ck_assert_ptr_null(out);
	kept->answer = CSTN_OK;
	ck_assert_int_eq(cstn_log_root(log, 300, after, NULL), CSTN_OK);
	ck_assert_mem_eq(before, after, 32);
	append_to(log, 1);
	ck_assert_uint_eq(cstn_log_size(log), 301);
	cstn_log_free(log);
	shelf_free(kept);
}
END_TEST

START_TEST(checkpoint_is_signed_after_the_storage_has_synced)
{
	shelf *kept = shelf_new();
	cstn_log *log = open_shelf(kept, 0);
	const char *signer = ledger_signer();
	cstn_buffer *out = NULL;

	append_to(log, 2);
	kept->answer = CSTN_E_IO;
	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &out, NULL), CSTN_E_IO);
	ck_assert_ptr_null(out);
	ck_assert_int_eq(cstn_log_sync(log, NULL), CSTN_E_IO);
	kept->answer = CSTN_OK;
	ck_assert_int_eq(cstn_log_checkpoint(log, &signer, 1, &out, NULL), CSTN_OK);
	ck_assert_uint_eq(kept->syncs, 3);
	cstn_buffer_free(out);
	cstn_log_free(log);
	shelf_free(kept);
}
END_TEST

START_TEST(storage_that_only_reads_takes_no_entry)
{
	shelf *kept = shelf_new();
	cstn_log *log = open_shelf(kept, 0);
	cstn_log_storage storage;

	append_to(log, 5);
	cstn_log_free(log);
	storage = storage_of(kept);
	storage.append = NULL;
	storage.sync = NULL;
	ck_assert_int_eq(cstn_log_open("stored", 6, &storage, NULL, &log, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_append(log, "x", 1, NULL, NULL), CSTN_E_READ_ONLY);
	ck_assert_int_eq(cstn_log_append_batch(log, NULL, NULL, 0, NULL, NULL), CSTN_E_READ_ONLY);
	ck_assert_int_eq(cstn_log_sync(log, NULL), CSTN_OK);
	cstn_log_free(log);
	shelf_free(kept);
}
END_TEST

START_TEST(range_alone_appends_and_proves_nothing)
{
	shelf *kept = shelf_new();
	cstn_log *log = open_shelf(kept, 0), *memory = ledger_log("stored");
	cstn_log_storage storage;
	uint8_t is[32], wanted[32];
	cstn_buffer *out = NULL;

	append_to(log, 13);
	append_to(memory, 14);
	cstn_log_free(log);
	storage = storage_of(kept);
	storage.read_tile = NULL;
	ck_assert_int_eq(cstn_log_open("stored", 6, &storage, NULL, &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	storage.range = kept->range;
	storage.n_range = 2;
	ck_assert_int_eq(cstn_log_open("stored", 6, &storage, NULL, &log, NULL),
			CSTN_E_INVALID_ARGUMENT);
	storage.n_range = 3;
	ck_assert_int_eq(cstn_log_open("stored", 6, &storage, NULL, &log, NULL), CSTN_OK);
	append_to(log, 1);
	ck_assert_int_eq(cstn_log_root(log, 14, is, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_log_root(memory, 14, wanted, NULL), CSTN_OK);
	ck_assert_mem_eq(is, wanted, 32);
	ck_assert_int_eq(cstn_log_prove_inclusion(log, 0, 14, &out, NULL), CSTN_E_UNSUPPORTED);
	cstn_log_free(log);
	cstn_log_free(memory);
	shelf_free(kept);
}
END_TEST

START_TEST(open_refuses_what_is_no_storage)
{
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	cstn_log *log = NULL;

	ck_assert_int_eq(cstn_log_open("a", 1, NULL, NULL, &log, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_log_open("a", 1, &storage, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_open("", 0, &storage, NULL, &log, NULL), CSTN_E_INVALID_ARGUMENT);
	storage.n_range = 1;
	ck_assert_int_eq(
			cstn_log_open("a", 1, &storage, NULL, &log, NULL), CSTN_E_INVALID_ARGUMENT);
	storage.n_range = 0;
	storage.flags = 1;
	ck_assert_int_eq(
			cstn_log_open("a", 1, &storage, NULL, &log, NULL), CSTN_E_INVALID_ARGUMENT);
	storage.flags = 0;
	storage.struct_size = 8;
	ck_assert_int_eq(cstn_log_open("a", 1, &storage, NULL, &log, NULL), CSTN_E_STRUCT_SIZE);
	ck_assert_int_eq(cstn_log_sync(NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_log_range(NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(log);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {stored_log_gives_what_one_in_memory_gives,
			batch_gives_the_bytes_of_single_appends,
			log_of_ten_million_entries_opens_with_a_tile_a_level,
			tiles_that_are_kept_serve_threads_and_a_log_that_grows,
			failing_storage_leaves_the_log_as_it_was,
			checkpoint_is_signed_after_the_storage_has_synced,
			storage_that_only_reads_takes_no_entry,
			range_alone_appends_and_proves_nothing, open_refuses_what_is_no_storage};

	return run_tests("log in storage", tests, sizeof(tests) / sizeof(tests[0]));
}
