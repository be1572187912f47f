/* Merkle logs: appends of entries of 200 bytes, one by one and all at once, and proofs in a log in
 * memory and in one whose hashes lie in tiles; by the processor's instructions for SHA-256, or
 * without. Sees the inside of the library, to choose. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "ledger/merkle_log.h"

#include "bench.h"

enum { ENTRY = 200, LEVELS = 4 };

/* The number of the entry, the lowest byte first, and as many other bytes as make 200. */
static void fill_entry(int64_t number, uint8_t out[ENTRY])
{
	for (int i = 0; i < ENTRY; i++)
		out[i] = i < 8 ? (uint8_t)(number >> 8 * i) : (uint8_t)(i * 7 + 3);
}

/* Hashes by levels, as a storage keeps them. */
struct shelf {
	uint8_t *hashes[LEVELS];
	size_t size[LEVELS];
};

static cstn_status take(void *user, const cstn_log_batch *batch)
{
	struct shelf *to = user;

	for (uint32_t k = 0; k < batch->n_levels && k < LEVELS; k++) {
		size_t more = (size_t)batch->levels[k].count * CSTN__HASH;
		uint8_t *grown = realloc(to->hashes[k], to->size[k] + more);

		if (!grown)
			return CSTN_E_NOMEM;
		memcpy(grown + to->size[k], batch->levels[k].hashes, more);
		to->hashes[k] = grown;
		to->size[k] += more;
	}
	return CSTN_OK;
}

static cstn_status give(void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out)
{
	const struct shelf *from = user;

	memcpy(out, from->hashes[level] + index * CSTN_LOG_TILE_HASHES * CSTN__HASH,
			(size_t)width * CSTN__HASH);
	return CSTN_OK;
}

/* `batch` entries a call. */
static cstn_status append_all(
		cstn_log *log, int64_t n, int64_t batch, double *seconds, cstn_error **error)
{
	uint8_t *entries = malloc((size_t)batch * ENTRY);
	uint64_t *ends = malloc((size_t)batch * sizeof(*ends));
	cstn_status status = entries && ends ? CSTN_OK : cstn__fail_nomem(error);

	*seconds = 0;
	for (int64_t i = 0; i < n && status == CSTN_OK; i += batch) {
		int64_t m = n - i < batch ? n - i : batch;
		double begin;

		for (int64_t k = 0; k < m; k++) {
			fill_entry(i + k, entries + k * ENTRY);
			ends[k] = (uint64_t)(k + 1) * ENTRY;
		}
		begin = bench_now();
		if (batch == 1)
			status = cstn_log_append(log, entries, ENTRY, NULL, error);
		else
			status = cstn_log_append_batch(log, entries, ends, (size_t)m, NULL, error);
		*seconds += bench_now() - begin;
	}
	free(entries);
	free(ends);
	return status;
}

static cstn_status make_log(
		int32_t hardware, struct shelf *shelf, cstn_log **out, cstn_error **error)
{
	cstn_log_storage storage = CSTN_LOG_STORAGE_INIT;
	cstn_status status;

	storage.user = shelf;
	storage.append = take;
	storage.read_tile = give;
	status = shelf ? cstn_log_open("bench", 5, &storage, NULL, out, error)
		       : cstn_log_new("bench", 5, NULL, out, error);
	if (status == CSTN_OK)
		(*out)->hardware = hardware && cstn__sha256_hardware();
	return status;
}

/* Has the machine instructions for SHA-256? */
CSTN_API int32_t bench_log_hardware(void);
int32_t bench_log_hardware(void)
{
	return cstn__sha256_hardware();
}

/* n entries, `batch` a call, into a new log in memory, and its root. The entries are made between
 * the calls; a clock read a call is in the time. */
CSTN_API int32_t bench_log_append(int64_t n, int32_t hardware, int64_t batch, double *seconds,
		uint8_t *root, char *message, size_t size);
int32_t bench_log_append(int64_t n, int32_t hardware, int64_t batch, double *seconds, uint8_t *root,
		char *message, size_t size)
{
	cstn_error *error = NULL;
	cstn_log *log = NULL;
	cstn_status status = make_log(hardware, NULL, &log, &error);

	if (status == CSTN_OK)
		status = append_all(log, n, batch, seconds, &error);
	if (status == CSTN_OK)
		status = cstn_log_root(log, (uint64_t)n, root, &error);
	cstn_log_free(log);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}

/* Proofs of entries all over the log, each verified. */
static cstn_status prove_all(const cstn_log *log, int64_t proofs, double *prove, double *verify,
		cstn_error **error)
{
	uint64_t size = cstn_log_size(log), index = 12345 % size;
	uint8_t entry[ENTRY], leaf[CSTN__HASH], root[CSTN__HASH];
	cstn_status status = cstn_log_root(log, size, root, error);

	*prove = *verify = 0;
	for (int64_t i = 0; i < proofs && status == CSTN_OK; i++) {
		double begin = bench_now(), middle;
		cstn_buffer *proof;

		index = (index * UINT64_C(6364136223846793005) + 1442695040888963407) % size;
		status = cstn_log_prove_inclusion(log, index, size, &proof, error);
		if (status != CSTN_OK)
			break;
		*prove += bench_now() - begin;
		fill_entry((int64_t)index, entry);
		middle = bench_now();
		status = cstn_merkle_hash_entry(entry, ENTRY, leaf, error);
		if (status == CSTN_OK)
			status = cstn_merkle_verify_inclusion(index, size, leaf,
					cstn_buffer_data(proof),
					cstn_buffer_size(proof) / CSTN__HASH, root, error);
		*verify += bench_now() - middle;
		cstn_buffer_free(proof);
	}
	*prove /= (double)proofs;
	*verify /= (double)proofs;
	return status;
}

/* Mean seconds to prove and to verify an entry in a log of n, in memory or (`stored`) in tiles. */
CSTN_API int32_t bench_log_prove(int64_t n, int32_t hardware, int32_t stored, int64_t proofs,
		double *prove, double *verify, char *message, size_t size);
int32_t bench_log_prove(int64_t n, int32_t hardware, int32_t stored, int64_t proofs, double *prove,
		double *verify, char *message, size_t size)
{
	struct shelf shelf = {{NULL}, {0}};
	cstn_error *error = NULL;
	cstn_log *log = NULL;
	double unused;
	cstn_status status = make_log(1, stored ? &shelf : NULL, &log, &error);

	if (status == CSTN_OK)
		status = append_all(log, n, 1 << 16, &unused, &error);
	if (status == CSTN_OK) {
		log->hardware = hardware && cstn__sha256_hardware();
		status = prove_all(log, proofs, prove, verify, &error);
	}
	cstn_log_free(log);
	for (int k = 0; k < LEVELS; k++)
		free(shelf.hashes[k]);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
