/* What the store's files cost to read: a block against a copy of what it decodes to, and a look-up
 * by key in four segments against SQLite. A module of its own, because it sees the inside of the
 * library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/hash.h"
#include "store/engine.h"

#include "bench.h"
#include "bench_keys.h"

#define BLOCK_ROWS 65536
#define PARTS 4
#define LOOK_UPS 200000

/* --- blocks --- */

static cstn_status read_blocks(const cstn__block_info *info, const uint8_t *encoded, int64_t blocks,
		uint64_t hash, int64_t last, double *seconds, cstn_error **error)
{
	int simd = cstn__cpu_simd();
	double begin = bench_now();

	for (int64_t i = 0; i < blocks; i++) {
		const uint8_t *data = encoded + (size_t)i * info->enc_len;
		cstn__block block;
		cstn_status status;

		if (cstn__hash64(1, data, info->enc_len) != hash)
			return cstn__fail(error, CSTN_E_CORRUPT, "a block has another hash");
		status = cstn__block_decode_with(
				simd, info, data, BLOCK_ROWS, 0, NULL, &block, error);
		if (status != CSTN_OK)
			return status;
		if (block.values.numbers[BLOCK_ROWS - 1] != last)
			status = cstn__fail(error, CSTN_E_CORRUPT, "a block has other values");
		cstn__block_free(&block, NULL);
		if (status != CSTN_OK)
			return status;
	}
	*seconds = bench_now() - begin;
	return CSTN_OK;
}

/* Hash and decode FOR blocks of 16 bits with n values in all, and copy as many decoded bytes. */
int32_t bench_block(int64_t n, double *ours, double *peer, char *message, size_t size)
{
	int64_t blocks = n / BLOCK_ROWS + 1;
	int64_t *numbers = malloc(BLOCK_ROWS * sizeof(*numbers));
	cstn__values values = {BLOCK_ROWS, NULL, numbers, NULL, NULL, NULL};
	size_t decoded = BLOCK_ROWS * sizeof(int64_t);
	uint8_t *from = malloc((size_t)blocks * decoded);
	uint8_t *encoded = malloc((size_t)blocks * (BLOCK_ROWS * 2 + 8));
	cstn__block_info info;
	cstn__bytes out;
	cstn_error *error = NULL;
	cstn_status status = numbers && from && encoded ? CSTN_OK : cstn__fail_nomem(&error);
	uint64_t state = 1;

	cstn__bytes_init(&out, NULL);
	if (status == CSTN_OK) {
		for (int64_t i = 0; i < BLOCK_ROWS; i++)
			numbers[i] = 1700000000000000 + (int64_t)(bench_random(&state) & 65535);
		memset(from, 1, (size_t)blocks * decoded);
		status = cstn__block_encode(&values, 0, BLOCK_ROWS,
				1u << CSTN__ENCODING_RAW | 1u << CSTN__ENCODING_FOR, 0, &out, &info,
				&error);
	}
	if (status == CSTN_OK && (info.encoding != CSTN__ENCODING_FOR || info.width != 16))
		status = cstn__fail(&error, CSTN_E_INVALID_ARGUMENT, "the block is not FOR of 16");
	if (status == CSTN_OK) {
		for (int64_t i = 0; i < blocks; i++)
			memcpy(encoded + (size_t)i * out.size, out.data, out.size);
		status = read_blocks(&info, encoded, blocks, cstn__hash64(1, out.data, out.size),
				numbers[BLOCK_ROWS - 1], ours, &error);
	}
	if (status == CSTN_OK) {
		double begin = bench_now();

		for (int64_t i = 0; i < blocks; i++) {
			uint8_t *to = malloc(decoded); /* as the decoded values are */

			if (to)
				memcpy(to, from + (size_t)i * decoded, decoded);
			__asm__ volatile("" : : "r"(to) : "memory"); /* each copy is made */
			free(to);
		}
		*peer = bench_now() - begin;
		*ours *= (double)n / (double)(blocks * BLOCK_ROWS);
		*peer *= (double)n / (double)(blocks * BLOCK_ROWS);
	}
	cstn__bytes_free(&out);
	free(numbers);
	free(from);
	free(encoded);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}

/* --- look-ups --- */

enum { ID = 16, PARTNER = 17 };
static const cstn__store_column columns[] = {
		{ID, "id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{PARTNER, "partner", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
};
static const uint32_t key[] = {ID};
static const cstn__store_table orders = {
		1, CSTN__TABLE_KEYED, "orders", columns, 2, key, 1, PARTNER, 0};
static const uint8_t uuid[16] = {1, 2, 3};

/* One of the four segments, with its blocks as the store's cache holds them. */
struct part {
	cstn__segment *segment;
	cstn__packed_block *ids, *partners; /* by chunk */
	char path[512];
};

/* Orders first, first + PARTS, ...: a key may be in any segment. */
static cstn_status write_part(struct part *part, cstn__vfs *vfs, uint64_t number, uint64_t n,
		uint64_t *size, cstn_error **error)
{
	static const uint32_t ids[] = {CSTN__COLUMN_SEQ, ID, PARTNER};
	int64_t *seq = calloc(n, 8), *partners = calloc(n, 8);
	uint32_t *offsets = calloc(n + 1, 4);
	char *texts = malloc(n * BENCH_KEY_SIZE);
	cstn__values values[] = {{n, NULL, seq, NULL, NULL, NULL},
			{n, NULL, NULL, offsets, (const uint8_t *)texts, NULL},
			{n, NULL, partners, NULL, NULL, NULL}};
	cstn__store_batch batch = {n, 0, NULL, ids, values, 3};
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	cstn_status status =
			seq && partners && offsets && texts ? CSTN_OK : cstn__fail_nomem(error);

	for (uint64_t i = 0; i < n && status == CSTN_OK; i++) {
		offsets[i + 1] = offsets[i] +
				 (uint32_t)bench_key(texts + offsets[i], i * PARTS + number);
		partners[i] = bench_value(i * PARTS + number);
	}
	if (status == CSTN_OK)
		status = cstn__segment_writer_new(
				vfs, part->path, uuid, number, &orders, 1, 0, NULL, &writer, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_put(writer, &batch, error);
	if (status == CSTN_OK)
		status = cstn__segment_writer_finish(writer, &written, error);
	cstn__segment_writer_free(writer);
	free(seq);
	free(partners);
	free(offsets);
	free(texts);
	if (status == CSTN_OK)
		*size = written.size;
	return status;
}

static cstn_status read_part(struct part *part, uint32_t chunk, uint32_t column,
		cstn__packed_block *out, cstn_error **error)
{
	int64_t number = cstn__segment_column_number(part->segment, column, 0);

	return cstn__segment_read_packed(
			part->segment, chunk, (uint32_t)number, NULL, out, NULL, NULL, error);
}

static cstn_status open_part(
		struct part *part, cstn__vfs *vfs, uint64_t number, uint64_t n, cstn_error **error)
{
	uint64_t size = 0;
	uint32_t chunks;
	cstn_status status;

	vfs->unlink(vfs, part->path); /* of a run that was stopped */
	status = write_part(part, vfs, number, n, &size, error);
	if (status == CSTN_OK)
		status = cstn__segment_open(vfs, part->path, uuid, number, size, &orders, NULL,
				&part->segment, error);
	if (status != CSTN_OK)
		return status;
	chunks = cstn__segment_chunks(part->segment);
	part->ids = calloc(chunks, sizeof(*part->ids));
	part->partners = calloc(chunks, sizeof(*part->partners));
	if (!part->ids || !part->partners)
		return cstn__fail_nomem(error);
	for (uint32_t i = 0; i < chunks && status == CSTN_OK; i++) {
		status = read_part(part, i, ID, &part->ids[i], error);
		if (status == CSTN_OK)
			status = read_part(part, i, PARTNER, &part->partners[i], error);
	}
	return status;
}

static void close_part(struct part *part, cstn__vfs *vfs)
{
	for (uint32_t i = 0; part->ids && part->partners && i < cstn__segment_chunks(part->segment);
			i++) {
		cstn__packed_block_free(&part->ids[i], NULL);
		cstn__packed_block_free(&part->partners[i], NULL);
	}
	cstn__segment_free(part->segment);
	free(part->ids);
	free(part->partners);
	vfs->unlink(vfs, part->path);
}

/* The partner of a key in one segment; -1 if it is not there. */
static int64_t look_in(struct part *part, const cstn__probe *probe, uint64_t hash, const char *text,
		uint32_t len)
{
	uint32_t rows[8] = {probe->row};
	size_t n = 1;

	if (probe->asks && cstn__segment_lookup(part->segment, hash, rows, 8, &n, NULL) != CSTN_OK)
		return -1;
	for (size_t j = 0; j < n && j < 8; j++) {
		uint32_t chunk = rows[j] / CSTN__CHUNK_ROWS, row = rows[j] % CSTN__CHUNK_ROWS;
		const cstn__packed_block *ids = &part->ids[chunk];
		const cstn__packed_block *partners = &part->partners[chunk];
		int64_t partner;

		cstn__packed_prefetch(ids, row);
		cstn__packed_prefetch(partners, row);
		if (cstn__packed_text_is(&ids->packed, row, (const uint8_t *)text, len)) {
			cstn__packed_numbers(&partners->packed, row, 1, &partner);
			return partner;
		}
	}
	return -1;
}

/* The partner of a key, newest segment first, as a look-up in the store goes; -1 if it is nowhere.
 */
static int64_t look_up(struct part *parts, const char *text, uint32_t len, cstn__bytes *scratch)
{
	uint32_t offsets[] = {0, len}, may;
	cstn__values one = {1, NULL, NULL, offsets, (const uint8_t *)text, NULL};
	cstn__probe probes[PARTS];
	int64_t found = -1;
	uint64_t hash;

	scratch->size = 0;
	cstn__key_put(&one, 1, 0, scratch);
	hash = cstn__key_hash(uuid, scratch->data, scratch->size);
	for (int i = 0; i < PARTS; i++)
		probes[i].segment = parts[i].segment;
	may = cstn__segments_probe(probes, PARTS, hash);
	while (may && found < 0) {
		uint32_t i = 31 - (uint32_t)__builtin_clz(may);

		may ^= 1u << i;
		found = look_in(&parts[i], &probes[i], hash, text, len);
	}
	return found;
}

static int64_t look_up_all(struct part *parts, const char *keys, double *seconds)
{
	cstn__bytes scratch;
	int64_t sum = 0;
	double begin = bench_now();

	cstn__bytes_init(&scratch, NULL);
	for (int i = 0; i < LOOK_UPS; i++, keys += BENCH_KEY_SIZE)
		sum += look_up(parts, keys, (uint32_t)strlen(keys), &scratch);
	cstn__bytes_free(&scratch);
	*seconds = bench_now() - begin;
	return sum;
}

/* Look keys up among n orders in four segments, warm, and in SQLite; seconds for n look-ups. */
int32_t bench_lookup(const char *folder, int64_t n, double *ours, double *peer, char *message,
		size_t size)
{
	struct part parts[PARTS] = {{0}};
	uint64_t rows = (uint64_t)n / PARTS + 1;
	cstn__vfs_posix vfs;
	cstn_error *error = NULL;
	char *keys = bench_keys(rows * PARTS, LOOK_UPS);
	cstn_status status = keys ? CSTN_OK : cstn__fail_nomem(&error);
	int64_t sum = 0;

	cstn__vfs_posix_init(&vfs, NULL);
	for (uint64_t i = 0; i < PARTS && status == CSTN_OK; i++) {
		snprintf(parts[i].path, sizeof(parts[i].path), "%s/lookup-%d", folder, (int)i);
		status = open_part(&parts[i], &vfs.vfs, i, rows, &error);
	}
	if (status == CSTN_OK) {
		look_up_all(parts, keys, ours); /* the pages are held from here on */
		sum = look_up_all(parts, keys, ours);
		*ours *= (double)n / LOOK_UPS;
	}
	if (status == CSTN_OK)
		status = bench_look_up_by_sql(rows * PARTS, keys, LOOK_UPS, 0, sum, peer, &error);
	*peer *= (double)n / LOOK_UPS;
	for (int i = 0; i < PARTS; i++)
		if (parts[i].path[0])
			close_part(&parts[i], &vfs.vfs);
	cstn__vfs_posix_free(&vfs);
	free(keys);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
