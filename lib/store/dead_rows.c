/* The file of a segment's dead rows: which rows, and until when each was true.
 *
 * Rows are grouped by 65,536 into containers, each in the smallest of three forms (a sorted list of
 * u16, a bitmap, runs), ties to the lower number; the times follow in the order of the rows, in
 * blocks of 65,536, each in the smallest of CONST, RAW and FOR. So the bytes are a function of the
 * rows. Reading checks the hash first and then every count and bound, because whoever can write a
 * file can also hash it. Cost: 2 bytes a row in the worst case, O(rows + containers). */
#include "store/dead_rows.h"

#include "base/error.h"
#include "base/hash.h"
#include "store/block.h"
#include "store/little_endian.h"

#define HEADER 64u
#define CONTAINER 16u
#define BITMAP_BYTES 8192u
#define BLOCK_HEAD 8u
#define BLOCK_ROWS 65536u
#define SEAL 16u
#define MAJOR 1u
#define MINOR 0u
#define ENCODINGS (1u << CSTN__ENCODING_CONST | 1u << CSTN__ENCODING_RAW | 1u << CSTN__ENCODING_FOR)

enum { LIST = 1, BITMAP = 2, RUNS = 3 };

static const char magic[] = "CSTNDEL1";

/* --- writing --- */

/* The rows [0, n) of one container. */
static uint32_t count_runs(const cstn__dead_row *rows, size_t n)
{
	uint32_t runs = 1;

	for (size_t i = 1; i < n; i++)
		runs += rows[i].row != rows[i - 1].row + 1;
	return runs;
}

static int choose_kind(size_t n, uint32_t runs)
{
	int kind = LIST;
	size_t size = 2 * n;

	if (BITMAP_BYTES < size) {
		kind = BITMAP;
		size = BITMAP_BYTES;
	}
	return 4 * (size_t)runs < size ? RUNS : kind;
}

static size_t container_rows(const cstn__dead_row *rows, size_t n)
{
	size_t end = 1;

	while (end < n && rows[end].row >> 16 == rows[0].row >> 16)
		end++;
	return end;
}

static void put_bitmap(const cstn__dead_row *rows, size_t n, cstn__bytes *out)
{
	uint8_t bits[BITMAP_BYTES] = {0};

	for (size_t i = 0; i < n; i++) {
		uint32_t row = rows[i].row & 0xffff;

		bits[row / 8] = (uint8_t)(bits[row / 8] | 1u << row % 8);
	}
	cstn__bytes_put(out, bits, sizeof(bits));
}

static void put_container_data(int kind, const cstn__dead_row *rows, size_t n, cstn__bytes *out)
{
	if (kind == BITMAP) {
		put_bitmap(rows, n, out);
	} else if (kind == LIST) {
		for (size_t i = 0; i < n; i++)
			cstn__bytes_put_u16(out, (uint16_t)rows[i].row);
	} else {
		for (size_t i = 0, end; i < n; i = end) {
			for (end = i + 1; end < n && rows[end].row == rows[end - 1].row + 1;)
				end++;
			cstn__bytes_put_u16(out, (uint16_t)rows[i].row);
			cstn__bytes_put_u16(out, (uint16_t)(end - i - 1));
		}
	}
}

static void put_zeros(cstn__bytes *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cstn__bytes_put_u8(out, 0);
}

/* `out` begins at `begin`. */
static void put_containers(
		const cstn__dead_row *rows, size_t n, uint32_t n_containers, cstn__bytes *out)
{
	size_t offset = HEADER + (size_t)n_containers * CONTAINER;

	for (size_t i = 0, end; i < n; i = end) {
		size_t count = container_rows(rows + i, n - i);
		uint32_t runs = count_runs(rows + i, count);
		int kind = choose_kind(count, runs);

		end = i + count;
		cstn__bytes_put_u32(out, rows[i].row >> 16);
		cstn__bytes_put_u8(out, (uint8_t)kind);
		put_zeros(out, 3);
		cstn__bytes_put_u32(out, kind == RUNS ? runs : (uint32_t)count);
		cstn__bytes_put_u32(out, (uint32_t)offset);
		offset += kind == LIST     ? 2 * count
			  : kind == BITMAP ? BITMAP_BYTES
					   : 4 * (size_t)runs;
	}
	for (size_t i = 0, end; i < n; i = end) {
		size_t count = container_rows(rows + i, n - i);

		end = i + count;
		put_container_data(choose_kind(count, count_runs(rows + i, count)), rows + i, count,
				out);
	}
}

/* A block of times: its head, and the block, padded to 8 bytes. */
static cstn_status put_times(
		const cstn__dead_row *rows, size_t n, cstn__bytes *out, cstn_error **error)
{
	int64_t *times = cstn__alloc(&out->allocator, n * sizeof(*times));
	cstn__values values = {n, NULL, times, NULL, NULL, NULL};
	cstn__block_info info;
	cstn__bytes block;
	cstn_status status;

	if (!times)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++)
		times[i] = rows[i].until_us;
	cstn__bytes_init(&block, &out->allocator);
	status = cstn__block_encode(&values, 0, n, ENCODINGS, 0, &block, &info, error);
	if (status == CSTN_OK) {
		cstn__bytes_put_u8(out, info.encoding);
		cstn__bytes_put_u8(out, info.width);
		cstn__bytes_put_u16(out, 0);
		cstn__bytes_put_u32(out, info.enc_len);
		cstn__bytes_put(out, block.data, block.size);
		put_zeros(out, -block.size & 7);
	}
	cstn__bytes_free(&block);
	cstn__free(&out->allocator, times, n * sizeof(*times));
	return status;
}

cstn_status cstn__dead_rows_write(const uint8_t uuid[16], uint64_t file_no, uint64_t target_file_no,
		uint64_t max_seq, const cstn__dead_row *rows, size_t n, cstn__bytes *out,
		cstn_error **error)
{
	size_t begin = out->size;
	uint32_t n_containers = 0;
	cstn__hash128_value hash;
	cstn_status status = CSTN_OK;

	if (n > UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu dead rows, at most 2^32 - 1 are allowed", n);
	for (size_t i = 0; i < n; i += container_rows(rows + i, n - i))
		n_containers++;
	cstn__bytes_put(out, magic, 8);
	cstn__bytes_put_u16(out, MAJOR);
	cstn__bytes_put_u16(out, MINOR);
	cstn__bytes_put_u32(out, HEADER);
	cstn__bytes_put(out, uuid, 16);
	cstn__bytes_put_u64(out, file_no);
	cstn__bytes_put_u64(out, target_file_no);
	cstn__bytes_put_u64(out, max_seq);
	cstn__bytes_put_u32(out, (uint32_t)n);
	cstn__bytes_put_u32(out, n_containers);
	put_containers(rows, n, n_containers, out);
	put_zeros(out, -(out->size - begin) & 7);
	for (size_t i = 0; i < n && status == CSTN_OK; i += BLOCK_ROWS)
		status = put_times(rows + i, n - i < BLOCK_ROWS ? n - i : BLOCK_ROWS, out, error);
	if (status == CSTN_OK && !out->failed) {
		hash = cstn__hash128(out->data + begin, out->size - begin);
		cstn__bytes_put_u64(out, hash.low);
		cstn__bytes_put_u64(out, hash.high);
	}
	if (status == CSTN_OK && out->failed)
		status = cstn__fail_nomem(error);
	if (status != CSTN_OK)
		out->size = begin;
	return status;
}

/* --- reading --- */

typedef struct dead_reader {
	const uint8_t *data;
	size_t size; /* without the seal */
	uint64_t segment_rows;
	uint32_t dead, n_containers;
	cstn__dead_row *rows;
	uint32_t found;
	cstn_error **error;
} dead_reader;

static cstn_status corrupt(cstn_error **error, const char *rule)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "dead rows: %s", rule);
}

/* A row of container `index`; they rise. -1 when it is one too many or not of the segment. */
static int add_row(dead_reader *reader, uint32_t index, uint32_t low)
{
	uint32_t row = index << 16 | low;

	if (reader->found == reader->dead || row >= reader->segment_rows)
		return -1;
	if (reader->found && row <= reader->rows[reader->found - 1].row)
		return -1;
	reader->rows[reader->found].row = row;
	reader->rows[reader->found].seq = 0;
	reader->found++;
	return 0;
}

static int read_list(dead_reader *reader, uint32_t index, const uint8_t *data, uint32_t count)
{
	int bad = 0;

	for (uint32_t i = 0; i < count && !bad; i++)
		bad = add_row(reader, index, cstn__load16(data + 2 * (size_t)i));
	return bad;
}

static int read_bitmap(dead_reader *reader, uint32_t index, const uint8_t *data, uint32_t count)
{
	uint32_t before = reader->found;
	int bad = 0;

	for (uint32_t low = 0; low < BITMAP_BYTES * 8 && !bad; low += 64)
		for (uint64_t word = cstn__load64(data + low / 8); word && !bad; word &= word - 1)
			bad = add_row(reader, index, low + (uint32_t)__builtin_ctzll(word));
	return bad || reader->found - before != count ? -1 : 0;
}

static int read_runs(dead_reader *reader, uint32_t index, const uint8_t *data, uint32_t count)
{
	int bad = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t start = cstn__load16(data + 4 * (size_t)i);
		uint32_t end = start + cstn__load16(data + 4 * (size_t)i + 2);

		if (end > 0xffff)
			return -1;
		for (; start <= end && !bad; start++)
			bad = add_row(reader, index, start);
		if (bad)
			return -1;
	}
	return 0;
}

/* Containers follow each other without a gap; `end` is where the last one's data ends. */
static cstn_status read_containers(dead_reader *reader, size_t *end)
{
	uint64_t offset = HEADER + (uint64_t)reader->n_containers * CONTAINER;

	if (offset > reader->size)
		return corrupt(reader->error, "the containers do not fit into the file");
	for (uint32_t i = 0; i < reader->n_containers; i++) {
		const uint8_t *head = reader->data + HEADER + (size_t)i * CONTAINER;
		uint32_t index = cstn__load32(head), count = cstn__load32(head + 8);
		int kind = head[4];
		uint64_t size = kind == LIST     ? 2 * (uint64_t)count
				: kind == BITMAP ? BITMAP_BYTES
						 : 4 * (uint64_t)count;
		int bad;

		if (kind < LIST || kind > RUNS || head[5] || head[6] || head[7] || !count ||
				index > 0xffff || count > 65536)
			return corrupt(reader->error, "a container's head breaks its rules");
		if (cstn__load32(head + 12) != offset || size > reader->size - offset)
			return corrupt(reader->error, "a container lies elsewhere");
		if (i && index <= cstn__load32(head - CONTAINER))
			return corrupt(reader->error, "containers do not rise");
		bad = kind == LIST     ? read_list(reader, index, reader->data + offset, count)
		      : kind == BITMAP ? read_bitmap(reader, index, reader->data + offset, count)
				       : read_runs(reader, index, reader->data + offset, count);
		if (bad)
			return corrupt(reader->error, "rows rise, and are as many as said and of "
						      "the segment");
		offset += size;
	}
	if (reader->found != reader->dead)
		return corrupt(reader->error, "the containers hold fewer rows than said");
	*end = (size_t)offset;
	return CSTN_OK;
}

static int is_zero(const uint8_t *data, size_t n)
{
	uint8_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= data[i];
	return any == 0;
}

/* One block of times at `at`, which is moved past it. */
static cstn_status read_block(
		dead_reader *reader, uint32_t first, size_t *at, const cstn_allocator *allocator)
{
	uint32_t rows = reader->dead - first < BLOCK_ROWS ? reader->dead - first : BLOCK_ROWS;
	const uint8_t *head = reader->data + *at;
	cstn__block_info info = {0};
	cstn__block block;
	size_t len;
	cstn_status status;

	if (reader->size - *at < BLOCK_HEAD)
		return corrupt(reader->error, "a block of times is not there");
	len = cstn__load32(head + 4);
	if (len > CSTN__BLOCK_BYTES_MAX || len + (-len & 7) > reader->size - *at - BLOCK_HEAD)
		return corrupt(reader->error, "a block of times does not fit into the file");
	if (head[2] || head[3] || !is_zero(head + BLOCK_HEAD + len, -len & 7))
		return corrupt(reader->error, "reserved bytes are not zero");
	info.encoding = head[0];
	info.width = head[1];
	if (info.encoding > CSTN__ENCODING_FOR ||
			(info.encoding == CSTN__ENCODING_FOR && !cstn__is_plain_width(info.width)))
		return corrupt(reader->error, "a block of times is CONST, RAW or FOR");
	info.enc_len = info.raw_len = (uint32_t)len;
	status = cstn__block_decode(
			&info, head + BLOCK_HEAD, rows, 0, allocator, &block, reader->error);
	if (status != CSTN_OK)
		return status;
	for (uint32_t i = 0; i < rows; i++)
		reader->rows[first + i].until_us = block.values.numbers[i];
	cstn__block_free(&block, allocator);
	*at += BLOCK_HEAD + len + (-len & 7);
	return CSTN_OK;
}

static cstn_status read_times(dead_reader *reader, size_t at, const cstn_allocator *allocator)
{
	size_t padding = -at & 7;
	cstn_status status = CSTN_OK;

	if (reader->size - at < padding || !is_zero(reader->data + at, padding))
		return corrupt(reader->error, "reserved bytes are not zero");
	at += padding;
	for (uint64_t first = 0; first < reader->dead && status == CSTN_OK; first += BLOCK_ROWS)
		status = read_block(reader, (uint32_t)first, &at, allocator);
	if (status == CSTN_OK && at != reader->size)
		status = corrupt(reader->error, "bytes follow the last block of times");
	return status;
}

static cstn_status read_header(dead_reader *reader, const uint8_t uuid[16], uint64_t file_no,
		uint64_t target_file_no, cstn_error **error)
{
	const uint8_t *data = reader->data;
	cstn__hash128_value hash;

	if (reader->size < HEADER + SEAL || reader->size % 8)
		return corrupt(error, "the file is too short");
	reader->size -= SEAL;
	if (memcmp(data, magic, 8) != 0)
		return corrupt(error, "the magic is not CSTNDEL1");
	hash = cstn__hash128(data, reader->size);
	if (hash.low != cstn__load64(data + reader->size) ||
			hash.high != cstn__load64(data + reader->size + 8))
		return corrupt(error, "the hash does not fit the bytes");
	if (cstn__load16(data + 8) > MAJOR)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"dead rows of format %u, this library knows %u",
				cstn__load16(data + 8), MAJOR);
	if (cstn__load16(data + 8) != MAJOR || cstn__load32(data + 12) != HEADER)
		return corrupt(error, "the header breaks its rules");
	if (memcmp(data + 16, uuid, 16) != 0 || cstn__load64(data + 32) != file_no)
		return corrupt(error, "the file is another store's, or another file");
	if (cstn__load64(data + 40) != target_file_no)
		return corrupt(error, "the file is about another segment");
	reader->dead = cstn__load32(data + 56);
	reader->n_containers = cstn__load32(data + 60);
	if (reader->dead > reader->segment_rows)
		return corrupt(error, "more rows are dead than there are");
	return CSTN_OK;
}

cstn_status cstn__dead_rows_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, uint64_t target_file_no, uint64_t segment_rows,
		const cstn_allocator *allocator, cstn__dead_row **out, size_t *n, uint64_t *max_seq,
		cstn_error **error)
{
	dead_reader reader = {data, size, segment_rows, 0, 0, NULL, 0, error};
	size_t end = 0;
	cstn_status status = read_header(&reader, uuid, file_no, target_file_no, error);

	if (status != CSTN_OK)
		return status;
	reader.rows = cstn__alloc(allocator, reader.dead * sizeof(*reader.rows));
	if (!reader.rows)
		return cstn__fail_nomem(error);
	status = read_containers(&reader, &end);
	if (status == CSTN_OK)
		status = read_times(&reader, end, allocator);
	if (status != CSTN_OK) {
		cstn__free(allocator, reader.rows, reader.dead * sizeof(*reader.rows));
		return status;
	}
	*out = reader.rows;
	*n = reader.dead;
	*max_seq = cstn__load64(data + 48);
	return CSTN_OK;
}
