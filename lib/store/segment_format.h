#ifndef CSTN_STORE_SEGMENT_FORMAT_H
#define CSTN_STORE_SEGMENT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/schema.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "store/block.h"
#include "store/little_endian.h"
#include "store/rule.h"
#include "store/table.h"

/* What writer, reader and verifier of a segment share: the sizes of its parts, the seed of a hash,
 * the order of the key index. The fields are described in doc/guides/store-format.md. */
#define CSTN__SEGMENT_MAGIC "CSTNSEG1"
#define CSTN__SEGMENT_END "CSTNEND1"
#define CSTN__SEGMENT_MAJOR 1u
#define CSTN__SEGMENT_MINOR 0u
#define CSTN__SEGMENT_HEADER 128u
#define CSTN__SEGMENT_HASHED 120u /* bytes of the header before its hash */
#define CSTN__SEGMENT_TRAILER 64u
#define CSTN__SEGMENT_HEAD 32u /* of the footer */
#define CSTN__SEGMENT_CHUNK 16u
#define CSTN__SEGMENT_COLUMN 48u
#define CSTN__SEGMENT_BLOCK 56u
#define CSTN__SEGMENT_ALIGNMENT 64u
#define CSTN__SEGMENT_ROWS_MAX (UINT32_C(1) << 28) /* the key index stays below 4 GiB */
#define CSTN__SEGMENT_COLUMNS_MAX 1026u
#define CSTN__NO_EXTRA UINT32_MAX

#define CSTN__FILE_COLUMN_NULLABLE 1u
#define CSTN__FILE_COLUMN_DICTIONARY 2u
#define CSTN__FILE_COLUMN_SORTED 4u
#define CSTN__FILE_COLUMN_UNIQUE 8u

#define CSTN__KIND_DATA 0
#define CSTN__KIND_DICTIONARY 1
#define CSTN__KIND_KEY_DIRECTORY 2
#define CSTN__KIND_KEY_ENTRIES 3

#define CSTN__PAGE_BYTES 4096u
#define CSTN__PAGE_WORDS 511u

/* A block of the footer. `aux`: entries of a dictionary, words of the key index; else 0. */
typedef struct cstn__segment_block {
	uint64_t offset, aux, hash;
	cstn__block_info info;
} cstn__segment_block;

static inline uint64_t cstn__segment_seed(const uint8_t uuid[16], uint64_t file_no, uint64_t offset)
{
	if (!CSTN__RULE(CSTN__RULE_SEEDED_BLOCKS))
		return 0;
	return cstn__load64(uuid) ^ (file_no << 32 | file_no >> 32) ^ offset;
}

static inline int cstn__type_is_text(int32_t type)
{
	return type == CSTN_TYPE_TEXT || type == CSTN_TYPE_BYTES;
}

/* ceil(log2(rows / 8)), at least 0. */
static inline uint32_t cstn__key_bits(uint64_t rows)
{
	uint32_t bits = 0;

	while (UINT64_C(8) << bits < rows)
		bits++;
	return bits;
}

static inline uint64_t cstn__key_bucket(uint64_t hash, uint32_t bits)
{
	return bits ? hash >> (64 - bits) : 0;
}

static inline uint64_t cstn__key_pages(uint64_t words)
{
	return (words + CSTN__PAGE_WORDS - 1) / CSTN__PAGE_WORDS;
}

/* The rows 0 .. n - 1 by bucket, then by hash, then by row; `starts` gets 2^bits + 1 places, the
 * last one n. */
void cstn__key_order(const uint64_t *hashes, uint32_t n, uint32_t bits, uint32_t *starts,
		uint32_t *order);
/* A word of the index: low 32 bits of the hash, then the row. */
static inline uint64_t cstn__key_word(uint64_t hash, uint32_t row)
{
	return (uint64_t)row << 32 | (uint32_t)hash;
}

#endif
