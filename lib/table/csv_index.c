/* Where the fields and rows of CSV text end.
 *
 * 64 bytes at a time are compared with the quote, the delimiter and the line feed; the prefix xor
 * of the quote mask says which bytes lie inside quotes; the set bits that remain are the field ends
 * (Langdale and Lemire 2019, for JSON). Where a quote stands at a place that RFC 4180 does not
 * allow, the block is done again byte by byte: a quote inside an unquoted field is an ordinary
 * byte, text after a closing quote makes the rest of the field unquoted, and the row is marked. So
 * one stray quote costs one row and not the rest of the file.
 *
 * A chunk needs the state before its first byte. The number of quotes before it says whether it is
 * inside quotes (parity is a monoid, so chunks are counted apart); the guess is verified against
 * the end of the chunk before. Invariant: for any cut into chunks the ends found are those that the
 * byte by byte automaton finds from the beginning. Cost: about 0.2 ns a byte. */
#include "table/csv_index.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

#define SUPERBLOCK 4096

struct block_masks {
	uint64_t delimiter, newline, quote, high;
};

struct scan {
	const uint8_t *data;
	uint8_t delimiter, quote;
	int state;
	uint64_t lines, high;
	uint32_t fields;   /* fields ended so far */
	uint32_t *out;     /* where the next field end goes */
	uint32_t *row_out; /* where the next row end goes */
	uint32_t *bad_out; /* where the place of the next stray quote goes */
};

static inline uint64_t prefix_xor(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	x ^= x << 32;
	return x;
}

static inline void scan_load_state(int state, uint64_t *inside, uint64_t *after_struct,
		uint64_t *after_close, uint64_t *after_cr)
{
	*inside = 0 - (uint64_t)(state == CSTN__CSV_QUOTED);
	*after_struct = state == CSTN__CSV_FIELD_START;
	*after_close = state == CSTN__CSV_QUOTE_SEEN;
	*after_cr = state == CSTN__CSV_QUOTE_CR;
}

static inline int scan_store_state(
		uint64_t inside, uint64_t after_struct, uint64_t after_close, uint64_t after_cr)
{
	if (inside != 0)
		return CSTN__CSV_QUOTED;
	if (after_close != 0)
		return CSTN__CSV_QUOTE_SEEN;
	if (after_cr != 0)
		return CSTN__CSV_QUOTE_CR;
	return after_struct != 0 ? CSTN__CSV_FIELD_START : CSTN__CSV_UNQUOTED;
}

/* One byte of the automaton; *bad is set to 1 at a byte that makes the row a bad one, else kept. */
static inline int state_after(int state, uint8_t byte, uint8_t delimiter, uint8_t quote, int *bad)
{
	int end = byte == delimiter || byte == '\n';

	switch (state) {
	case CSTN__CSV_FIELD_START:
		if (byte == quote)
			return CSTN__CSV_QUOTED;
		break;
	case CSTN__CSV_QUOTED:
		return byte == quote ? CSTN__CSV_QUOTE_SEEN : CSTN__CSV_QUOTED;
	case CSTN__CSV_QUOTE_SEEN:
		if (byte == quote)
			return CSTN__CSV_QUOTED;
		if (byte == '\r')
			return CSTN__CSV_QUOTE_CR;
		*bad |= !end;
		break;
	case CSTN__CSV_QUOTE_CR:
		*bad |= byte != '\n';
		break;
	default:
		*bad |= byte == quote;
		break;
	}
	return end ? CSTN__CSV_FIELD_START : CSTN__CSV_UNQUOTED;
}

/* The automaton over one block; the field ends as a mask. */
static uint64_t scan_block_bytes(struct scan *scan, uint32_t base, unsigned n)
{
	uint64_t structural = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		int bad = 0;

		scan->state = state_after(scan->state, scan->data[base + i], scan->delimiter,
				scan->quote, &bad);
		if (bad)
			*scan->bad_out++ = base + i;
		if (scan->state == CSTN__CSV_FIELD_START)
			structural |= UINT64_C(1) << i;
	}
	return structural;
}

static inline uint32_t *flatten_bits(uint32_t *out, uint32_t base, uint64_t bits)
{
	uint32_t *end = out + __builtin_popcountll(bits);

	while (out < end) { /* in fours: the bits past the last one write what is written over */
		int i;

		for (i = 0; i < 4; i++) {
			out[i] = base + (uint32_t)(bits != 0 ? __builtin_ctzll(bits) : 0);
			bits &= bits - 1;
		}
		out += 4;
	}
	return end;
}

/* The top bits of eight bytes, the first byte's lowest. */
static inline uint64_t word_tops(uint64_t word)
{
	return ((word & UINT64_C(0x8080808080808080)) >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline uint64_t word_equal(uint64_t word, uint8_t byte)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t x = word ^ UINT64_C(0x0101010101010101) * byte;

	return word_tops(~(((x & low) + low) | x | low));
}

static inline void classify_portable(
		const struct scan *scan, const uint8_t *text, struct block_masks *m)
{
	unsigned i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < 64; i += 8) {
		uint64_t word = cstn__csv_load64(text + i);

		m->delimiter |= word_equal(word, scan->delimiter) << i;
		m->newline |= word_equal(word, '\n') << i;
		m->quote |= word_equal(word, scan->quote) << i;
		m->high |= word_tops(word) << i;
	}
}

static inline uint64_t equal_portable(const uint8_t *text, uint8_t byte)
{
	uint64_t mask = 0;
	unsigned i;

	for (i = 0; i < 64; i += 8)
		mask |= word_equal(cstn__csv_load64(text + i), byte) << i;
	return mask;
}

#define LOOP_NAME scan_portable
#define LOOP_TARGET
#define LOOP_CLASSIFY classify_portable
#define LOOP_EQUAL equal_portable
#define LOOP_FLATTEN flatten_bits
#include "table/csv_index_loop.h"

#if HAVE_X86

#define TARGET_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,bmi,popcnt")))

TARGET_AVX2 static inline uint64_t pair_equal(__m256i a, __m256i b, char byte)
{
	__m256i pattern = _mm256_set1_epi8(byte);
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, pattern));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, pattern));

	return (uint64_t)high << 32 | low;
}

TARGET_AVX2 static inline void classify_avx2(
		const struct scan *scan, const uint8_t *text, struct block_masks *m)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));

	m->delimiter = pair_equal(a, b, (char)scan->delimiter);
	m->newline = pair_equal(a, b, '\n');
	m->quote = pair_equal(a, b, (char)scan->quote);
	m->high = (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32 |
		  (uint32_t)_mm256_movemask_epi8(a);
}

TARGET_AVX2 static inline uint64_t equal_avx2(const uint8_t *text, char byte)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));

	return pair_equal(a, b, byte);
}

TARGET_AVX512 static inline void classify_avx512(
		const struct scan *scan, const uint8_t *text, struct block_masks *m)
{
	__m512i a = _mm512_loadu_si512((const void *)text);

	m->delimiter = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)scan->delimiter));
	m->newline = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8('\n'));
	m->quote = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8((char)scan->quote));
	m->high = _mm512_movepi8_mask(a);
}

TARGET_AVX512 static inline uint64_t equal_avx512(const uint8_t *text, char byte)
{
	return _mm512_cmpeq_epi8_mask(
			_mm512_loadu_si512((const void *)text), _mm512_set1_epi8(byte));
}

/* Four compressions of 16 places each; what lies past the count is written over. */
TARGET_AVX512 static inline uint32_t *flatten_avx512(uint32_t *out, uint32_t base, uint64_t bits)
{
	__m512i places = _mm512_add_epi32(_mm512_set1_epi32((int)base),
			_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
	int i;

	for (i = 0; i < 4; i++) {
		__mmask16 part = (__mmask16)(bits >> (16 * i));

		_mm512_storeu_si512((void *)out, _mm512_maskz_compress_epi32(part, places));
		out += __builtin_popcount(part);
		places = _mm512_add_epi32(places, _mm512_set1_epi32(16));
	}
	return out;
}

#define LOOP_NAME scan_avx2
#define LOOP_TARGET TARGET_AVX2
#define LOOP_CLASSIFY classify_avx2
#define LOOP_EQUAL equal_avx2
#define LOOP_FLATTEN flatten_bits
#include "table/csv_index_loop.h"

#define LOOP_NAME scan_avx512
#define LOOP_TARGET TARGET_AVX512
#define LOOP_CLASSIFY classify_avx512
#define LOOP_EQUAL equal_avx512
#define LOOP_FLATTEN flatten_avx512
#include "table/csv_index_loop.h"

TARGET_AVX2 static uint64_t count_avx2(const uint8_t *data, size_t size, uint8_t byte)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i + 64 <= size; i += 64)
		count += (uint64_t)__builtin_popcountll(equal_avx2(data + i, (char)byte));
	for (; i < size; i++)
		count += data[i] == byte;
	return count;
}

#endif

uint64_t cstn__csv_count(const uint8_t *data, size_t size, uint8_t byte, int simd)
{
	uint64_t count = 0;
	size_t i;

#if HAVE_X86
	if (simd >= 2)
		return count_avx2(data, size, byte);
#else
	(void)simd;
#endif
	for (i = 0; i + 64 <= size; i += 64)
		count += (uint64_t)__builtin_popcountll(equal_portable(data + i, byte));
	for (; i < size; i++)
		count += data[i] == byte;
	return count;
}

int cstn__csv_state_guess(
		const uint8_t *data, uint32_t begin, uint8_t delimiter, uint8_t quote, int odd)
{
	if (odd)
		return CSTN__CSV_QUOTED;
	if (begin == 0 || data[begin - 1] == delimiter || data[begin - 1] == '\n')
		return CSTN__CSV_FIELD_START;
	if (data[begin - 1] == quote)
		return CSTN__CSV_QUOTE_SEEN;
	if (data[begin - 1] == '\r' && begin >= 2 && data[begin - 2] == quote)
		return CSTN__CSV_QUOTE_CR;
	return CSTN__CSV_UNQUOTED;
}

void cstn__csv_chunk_free(const cstn_allocator *allocator, cstn__csv_chunk *chunk)
{
	cstn__array_free(allocator, &chunk->positions);
	cstn__array_free(allocator, &chunk->row_ends);
	cstn__array_free(allocator, &chunk->quotes_bad);
	cstn__array_free(allocator, &chunk->rows);
	cstn__array_free(allocator, &chunk->faults);
}

static void scan_blocks(struct scan *scan, uint32_t from, uint32_t to, int simd)
{
#if HAVE_X86
	if (simd >= 3) {
		scan_avx512(scan, from, to);
		return;
	}
	if (simd == 2) {
		scan_avx2(scan, from, to);
		return;
	}
#else
	(void)simd;
#endif
	scan_portable(scan, from, to);
}

cstn_status cstn__csv_index(const cstn_allocator *allocator, const uint8_t *data, uint8_t delimiter,
		uint8_t quote, int simd, cstn__csv_chunk *chunk)
{
	const size_t extra = SUPERBLOCK + 64; /* what one superblock may write */
	struct scan scan;
	uint32_t from, to;

	memset(&scan, 0, sizeof(scan));
	scan.data = data;
	scan.delimiter = delimiter;
	scan.quote = quote;
	scan.state = chunk->start_state;
	chunk->positions.count = chunk->row_ends.count = chunk->quotes_bad.count = 0;
	if (cstn__array_reserve(allocator, &chunk->positions, extra) != 0)
		return CSTN_E_NOMEM;
	chunk->positions.items[0] = chunk->begin - 1; /* may wrap to UINT32_MAX */
	chunk->positions.count = 1;
	for (from = chunk->begin; from < chunk->end; from = to) {
		to = chunk->end - from < SUPERBLOCK ? chunk->end : from + SUPERBLOCK;
		if (cstn__array_reserve(allocator, &chunk->positions, extra) != 0 ||
				cstn__array_reserve(allocator, &chunk->row_ends, extra) != 0 ||
				cstn__array_reserve(allocator, &chunk->quotes_bad, extra) != 0)
			return CSTN_E_NOMEM;
		scan.out = chunk->positions.items + chunk->positions.count;
		scan.row_out = chunk->row_ends.items + chunk->row_ends.count;
		scan.bad_out = chunk->quotes_bad.items + chunk->quotes_bad.count;
		scan_blocks(&scan, from, to, simd);
		chunk->positions.count = (size_t)(scan.out - chunk->positions.items);
		chunk->row_ends.count = (size_t)(scan.row_out - chunk->row_ends.items);
		chunk->quotes_bad.count = (size_t)(scan.bad_out - chunk->quotes_bad.items);
	}
	chunk->end_state = scan.state;
	chunk->lines = scan.lines;
	chunk->ascii = scan.high == 0;
	return CSTN_OK;
}

static cstn_status chunk_fault(const cstn_allocator *allocator, cstn__csv_chunk *chunk,
		uint32_t begin, uint32_t end, int32_t code, uint32_t fields, uint32_t field)
{
	cstn__csv_fault fault = {begin, end, code, fields, field};

	if (cstn__array_reserve(allocator, &chunk->faults, 1) != 0)
		return CSTN_E_NOMEM;
	chunk->faults.items[chunk->faults.count++] = fault;
	return CSTN_OK;
}

/* The first field of a row that is longer than the limit, or UINT32_MAX. */
static uint32_t field_too_long(const uint32_t *ends, uint32_t fields)
{
	uint32_t i;

	for (i = 0; i < fields; i++)
		if (ends[i] - (ends[(int64_t)i - 1] + 1) > CSTN__CSV_FIELD_MAX)
			return i;
	return UINT32_MAX;
}

void cstn__csv_chunk_begin_rows(cstn__csv_chunk *chunk, int skip_head)
{
	chunk->rows.count = chunk->faults.count = 0;
	chunk->next_row = chunk->next_fault = 0;
	chunk->next_end = chunk->next_bad = 0;
	chunk->next_field = 0;
	if (!skip_head)
		return;
	if (chunk->row_ends.count > 0) {
		chunk->next_field = chunk->row_ends.items[0] + 1;
		chunk->next_end = 1;
	} else {
		chunk->next_field = (uint32_t)(chunk->positions.count - 1);
	}
}

/* A row that is not plainly good: which rule it breaks, or 0; *field and *end are made good. */
static int32_t row_fault(const uint8_t *data, const uint32_t *ends, uint32_t fields,
		uint32_t columns, int stray, uint32_t begin, uint32_t *end, uint32_t *field)
{
	uint32_t size = *end - begin;

	*field = UINT32_MAX;
	if (size > CSTN__CSV_ROW_MAX)
		return CSTN_ROW_LENGTH;
	if (size > CSTN__CSV_FIELD_MAX)
		*field = field_too_long(ends, fields);
	if (*field != UINT32_MAX)
		return CSTN_ROW_LENGTH;
	if (size > 0 && data[*end - 1] == '\r')
		--*end;
	if (stray)
		return CSTN_ROW_QUOTE;
	return fields != columns ? CSTN_ROW_FIELDS : 0;
}

cstn_status cstn__csv_chunk_sort_rows(const cstn_allocator *allocator, const uint8_t *data,
		uint32_t columns, cstn__csv_chunk *chunk)
{
	const uint32_t *ends = chunk->positions.items + 1, *bad = chunk->quotes_bad.items;
	size_t next_bad = chunk->next_bad, n_bad = chunk->quotes_bad.count;
	size_t i = chunk->next_end, n = chunk->row_ends.count;
	uint32_t first = chunk->next_field, *rows;

	if (cstn__array_reserve(allocator, &chunk->rows, n - i + 1) != 0)
		return CSTN_E_NOMEM;
	rows = chunk->rows.items + chunk->rows.count;
	for (; i < n; i++) {
		uint32_t last = chunk->row_ends.items[i], fields = last - first + 1, field;
		uint32_t begin = ends[(int64_t)first - 1] + 1, end = ends[last];
		int stray = 0;
		int32_t code;

		for (; next_bad < n_bad && bad[next_bad] <= end; next_bad++)
			stray |= bad[next_bad] >= begin;
		*rows = first;
		first = last + 1;
		if (fields == columns && !stray && end - begin <= CSTN__CSV_FIELD_MAX) {
			rows++;
			continue;
		}
		code = row_fault(data, ends + *rows, fields, columns, stray, begin, &end, &field);
		if (code == 0)
			rows++;
		else if (begin != end || columns == 1)
			if (chunk_fault(allocator, chunk, begin, end, code, fields, field) !=
					CSTN_OK)
				return CSTN_E_NOMEM;
	}
	chunk->rows.count = (size_t)(rows - chunk->rows.items);
	chunk->next_bad = next_bad;
	chunk->next_end = n;
	chunk->next_field = first;
	return CSTN_OK;
}

cstn_status cstn__csv_chunk_append_head(const cstn_allocator *allocator, cstn__csv_chunk *owner,
		const cstn__csv_chunk *chunk)
{
	int ends = chunk->row_ends.count > 0;
	size_t n = ends ? (size_t)chunk->row_ends.items[0] + 1 : chunk->positions.count - 1;
	size_t i, bads = 0;

	while (bads < chunk->quotes_bad.count &&
			(!ends || chunk->quotes_bad.items[bads] <= chunk->positions.items[n]))
		bads++;
	if (cstn__array_reserve(allocator, &owner->positions, n) != 0 ||
			cstn__array_reserve(allocator, &owner->row_ends, 1) != 0 ||
			cstn__array_reserve(allocator, &owner->quotes_bad, bads) != 0)
		return CSTN_E_NOMEM;
	owner->ascii &= chunk->ascii; /* its last row has bytes of the other */
	for (i = 0; i < bads; i++)
		owner->quotes_bad.items[owner->quotes_bad.count++] = chunk->quotes_bad.items[i];
	for (i = 0; i < n; i++)
		owner->positions.items[owner->positions.count++] = chunk->positions.items[1 + i];
	if (ends)
		owner->row_ends.items[owner->row_ends.count++] =
				(uint32_t)(owner->positions.count - 2);
	return CSTN_OK;
}

uint32_t cstn__csv_chunk_open_row(const cstn__csv_chunk *chunk)
{
	/* items[1 + last] is the place of the last row end; items[0] the one before the chunk. */
	size_t ended = chunk->row_ends.count > 0
				       ? (size_t)chunk->row_ends.items[chunk->row_ends.count - 1] +
							 1
				       : 0;

	return chunk->positions.items[ended] + 1;
}

uint32_t cstn__csv_last_open_quote(
		const uint8_t *data, uint32_t begin, uint32_t end, uint8_t delimiter, uint8_t quote)
{
	int state = CSTN__CSV_FIELD_START, next, bad = 0;
	uint32_t i, place = begin;

	for (i = begin; i < end; i++) {
		next = state_after(state, data[i], delimiter, quote, &bad);
		if (state == CSTN__CSV_FIELD_START && next == CSTN__CSV_QUOTED)
			place = i;
		state = next;
	}
	return place;
}

uint32_t cstn__csv_row_end(const uint8_t *data, uint32_t begin, uint32_t end, uint8_t delimiter,
		uint8_t quote, int *state, int *bad)
{
	uint32_t i;

	for (i = begin; i < end; i++) {
		*state = state_after(*state, data[i], delimiter, quote, bad);
		if (*state == CSTN__CSV_FIELD_START && data[i] == '\n')
			return i;
	}
	return end;
}
