/* A segment or a map of dead rows as text: header, chunks, columns, blocks with their encodings and
 * zone maps. The footer is read here by its own bounds, without a schema, so that a segment whose
 * table nobody knows any more can still be looked at. */
#include <inttypes.h>
#include <string.h>

#include <constellation/schema.h>

#include "base/error.h"
#include "base/hash.h"
#include "store/block.h"
#include "store/dead_rows.h"
#include "store/file_io.h"
#include "store/little_endian.h"
#include "store/tool.h"
#include "store/tool_dump.h"

#define HEADER 128
#define TRAILER 64
#define FOOTER_HEAD 32
#define CHUNK 16
#define COLUMN 48
#define BLOCK 56
#define DEAD_HEADER 64
#define FOOTER_MAX (UINT64_C(1) << 30)
#define FILE_MAX (UINT64_C(1) << 32)

static cstn_status corrupt(const cstn__dump *dump, cstn_error **error, const char *rule)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "'%s': %s", dump->path, rule);
}

/* --- footer --- */

static void put_block(cstn__dump *dump, const uint8_t *block)
{
	static const char *const encodings[] = {
			"CONST", "RAW", "FOR", "DELTA", "RLE", "BYTES", "STEP", "SERIAL"};
	static const char *const kinds[] = {"", "dictionary ", "key directory ", "key entries "};
	uint8_t encoding = block[20], width = block[21], flags = block[22], kind = block[23];

	cstn__bytes_put_format(&dump->out,
			"%s%s width %u, %" PRIu32 " of %" PRIu32 " bytes at %" PRIu64 ", %" PRIu32
			" nulls, %" PRId64 " to %" PRId64 ", aux %" PRIu64 "%s%s, hash %016" PRIx64
			"\n",
			kind < 4 ? kinds[kind] : "unknown ",
			encoding <= CSTN__ENCODING_LAST ? encodings[encoding] : "unknown", width,
			cstn__load32(block + 8), cstn__load32(block + 12), cstn__load64(block),
			cstn__load32(block + 16), (int64_t)cstn__load64(block + 24),
			(int64_t)cstn__load64(block + 32), cstn__load64(block + 40),
			flags & CSTN__BLOCK_ZLIB ? ", zlib" : "",
			flags & CSTN__BLOCK_SORTED ? ", sorted" : "", cstn__load64(block + 48));
}

static void put_column(
		cstn__dump *dump, const uint8_t *column, const uint8_t *names, uint32_t names_len)
{
	uint32_t off = cstn__load32(column + 8), len = cstn__load32(column + 12);

	cstn__bytes_put_format(&dump->out, "column %" PRIu32 " '", cstn__load32(column));
	if (off <= names_len && len <= names_len - off)
		cstn__bytes_put(&dump->out, names + off, len);
	cstn__bytes_put_format(&dump->out,
			"' %s%s, flags %#x, scale %d, %" PRIu64 " rows, %" PRIu64 " nulls\n",
			cstn_type_name(column[4]), column[5] ? " child" : "", column[6],
			(int)(int8_t)column[7], cstn__load64(column + 24),
			cstn__load64(column + 32));
}

static cstn_status put_footer(
		cstn__dump *dump, const uint8_t *footer, uint32_t len, cstn_error **error)
{
	uint32_t n_columns = cstn__load32(footer), n_chunks = cstn__load32(footer + 4);
	uint32_t n_extra = cstn__load32(footer + 8), names_len = cstn__load32(footer + 12);
	const uint8_t *chunks = footer + FOOTER_HEAD, *columns, *blocks;
	uint64_t n_blocks = (uint64_t)n_columns * n_chunks + n_extra;
	uint64_t names = ((uint64_t)names_len + 7) / 8 * 8;

	if (n_blocks > FOOTER_MAX / BLOCK ||
			FOOTER_HEAD + (uint64_t)n_chunks * CHUNK + (uint64_t)n_columns * COLUMN +
							n_blocks * BLOCK + names !=
					len)
		return corrupt(dump, error, "the footer's counts do not make its length");
	columns = chunks + (size_t)n_chunks * CHUNK;
	blocks = columns + (size_t)n_columns * COLUMN;
	for (uint32_t i = 0; i < n_chunks; i++)
		cstn__bytes_put_format(&dump->out,
				"chunk %" PRIu32 ": %" PRIu32 " rows from %" PRIu64 ", %" PRIu32
				" child rows\n",
				i, cstn__load32(chunks + (size_t)i * CHUNK + 8),
				cstn__load64(chunks + (size_t)i * CHUNK),
				cstn__load32(chunks + (size_t)i * CHUNK + 12));
	for (uint32_t i = 0; i < n_columns; i++) {
		put_column(dump, columns + (size_t)i * COLUMN, blocks + (size_t)n_blocks * BLOCK,
				names_len);
		for (uint32_t k = 0; k < n_chunks; k++) {
			cstn__bytes_put_format(&dump->out, "  chunk %" PRIu32 ": ", k);
			put_block(dump, blocks + ((size_t)i * n_chunks + k) * BLOCK);
		}
	}
	for (uint32_t i = 0; i < n_extra; i++)
		put_block(dump, blocks + ((size_t)n_columns * n_chunks + i) * BLOCK);
	return CSTN_OK;
}

/* --- segment --- */

static void put_header(cstn__dump *dump, const uint8_t *header)
{
	cstn__bytes_put_format(
			&dump->out, "segment %016" PRIx64 " of store ", cstn__load64(header + 32));
	cstn__put_hex(&dump->out, header + 16, 16);
	cstn__bytes_put_format(&dump->out,
			"\ntable %u, schema version %" PRIu32 ", %" PRIu64 " rows, %" PRIu64
			" child rows, transactions %" PRIu64 " to %" PRIu64 "\n",
			cstn__load16(header + 40), cstn__load32(header + 44),
			cstn__load64(header + 48), cstn__load64(header + 56),
			cstn__load64(header + 64), cstn__load64(header + 72));
	if (cstn__load64(header + 80)) {
		cstn__bytes_put_format(&dump->out, "derived from segment %016" PRIx64 " by rule ",
				cstn__load64(header + 80));
		cstn__put_hex(&dump->out, header + 88, 32);
		cstn__bytes_put_u8(&dump->out, '\n');
	}
}

/* The footer's bytes, with its hash checked. */
static cstn_status take_footer(cstn__dump *dump, cstn__vfs_file *file, uint64_t size,
		cstn__bytes *out, cstn_error **error)
{
	uint8_t trailer[TRAILER];
	cstn__hash128_value hash;
	uint64_t off;
	uint32_t len;
	cstn_status status = cstn__io_read(
			dump->vfs, file, dump->path, trailer, TRAILER, size - TRAILER, error);

	if (status != CSTN_OK)
		return status;
	off = cstn__load64(trailer);
	len = cstn__load32(trailer + 8);
	if (memcmp(trailer + 56, "CSTNEND1", 8) != 0 || cstn__load64(trailer + 48) != size)
		return corrupt(dump, error, "it does not end with a trailer of its length");
	if (len < FOOTER_HEAD || len > FOOTER_MAX || off > size - TRAILER ||
			len > size - TRAILER - off)
		return corrupt(dump, error, "the footer does not lie in the file");
	if (cstn__array_grow(&out->allocator, &out->data, &out->capacity, len, 1) != 0)
		return cstn__fail_nomem(error);
	out->size = len;
	status = cstn__io_read(dump->vfs, file, dump->path, out->data, len, off, error);
	if (status != CSTN_OK)
		return status;
	hash = cstn__hash128(out->data, len);
	if (cstn__load64(trailer + 16) != hash.low || cstn__load64(trailer + 24) != hash.high)
		return corrupt(dump, error, "the footer does not have the hash of the trailer");
	cstn__bytes_put_text(&dump->out, "seal ");
	cstn__put_hex(&dump->out, trailer + 32, 16);
	cstn__bytes_put_u8(&dump->out, '\n');
	return CSTN_OK;
}

static cstn_status put_segment(cstn__dump *dump, cstn__vfs_file *file, cstn_error **error)
{
	uint8_t header[HEADER];
	uint64_t size = 0;
	cstn__bytes footer;
	cstn_status status;
	int reason = dump->vfs->size(dump->vfs, file, &size);

	if (reason)
		return cstn__io_fail(error, reason, "size", dump->path);
	if (size < HEADER + FOOTER_HEAD + TRAILER)
		return corrupt(dump, error, "it is shorter than header, footer and trailer");
	status = cstn__io_read(dump->vfs, file, dump->path, header, HEADER, 0, error);
	if (status != CSTN_OK)
		return status;
	put_header(dump, header);
	if (cstn__load64(header + 120) != cstn__hash64(0, header, 120))
		return corrupt(dump, error, "the header does not have the hash it ends with");
	cstn__bytes_init(&footer, &dump->allocator);
	status = take_footer(dump, file, size, &footer, error);
	if (status == CSTN_OK)
		status = put_footer(dump, footer.data, (uint32_t)footer.size, error);
	cstn__bytes_free(&footer);
	return status;
}

cstn_status cstn__dump_segment(cstn__dump *dump, cstn_error **error)
{
	cstn__vfs_file *file;
	cstn_status status = cstn__io_open(dump->vfs, dump->path, CSTN__VFS_READ, &file, error);

	if (status != CSTN_OK)
		return status;
	status = put_segment(dump, file, error);
	dump->vfs->close(dump->vfs, file);
	return cstn__dump_damage(dump, status, error);
}

/* --- dead rows --- */

static cstn_status put_dead_rows(cstn__dump *dump, const cstn__bytes *bytes, cstn_error **error)
{
	cstn__dead_row *rows = NULL;
	uint64_t max_seq = 0;
	size_t n = 0;
	const uint8_t *data = bytes->data;
	cstn_status status;

	if (bytes->size < DEAD_HEADER)
		return corrupt(dump, error, "it is shorter than its header");
	cstn__bytes_put_format(
			&dump->out, "dead rows %016" PRIx64 " of store ", cstn__load64(data + 32));
	cstn__put_hex(&dump->out, data + 16, 16);
	cstn__bytes_put_format(
			&dump->out, "\nof segment %016" PRIx64 "\n", cstn__load64(data + 40));
	status = cstn__dead_rows_read(data, bytes->size, data + 16, cstn__load64(data + 32),
			cstn__load64(data + 40), UINT32_MAX, &dump->allocator, &rows, &n, &max_seq,
			error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_put_format(&dump->out, "%zu rows, up to transaction %" PRIu64 "\n", n, max_seq);
	for (size_t i = 0; i < n && i < CSTN__DUMP_ROWS; i++)
		cstn__bytes_put_format(&dump->out,
				"  row %" PRIu32 " until %" PRId64 " microseconds\n", rows[i].row,
				rows[i].until_us);
	if (n > CSTN__DUMP_ROWS)
		cstn__bytes_put_format(&dump->out, "  and %zu rows more\n", n - CSTN__DUMP_ROWS);
	cstn__free(&dump->allocator, rows, n * sizeof(*rows));
	return CSTN_OK;
}

cstn_status cstn__dump_dead_rows(cstn__dump *dump, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status;

	cstn__bytes_init(&bytes, &dump->allocator);
	status = cstn__tool_read(dump->vfs, dump->path, FILE_MAX, &bytes, error);
	if (status == CSTN_OK)
		status = put_dead_rows(dump, &bytes, error);
	cstn__bytes_free(&bytes);
	return cstn__dump_damage(dump, status, error);
}
