/* What a damaged block holds, for the message: table, column, rows. The column's name is read from
 * the footer again, whose hash held when the segment was opened; where that fails, its number
 * stands. Cost: two reads of a few bytes, on the way to a failure. */
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/little_endian.h"
#include "store/segment_read.h"

#define NAME_MAX_BYTES 64u
#define TEXT_BYTES 512

static void name_of(const cstn__segment *segment, size_t column, char out[NAME_MAX_BYTES + 1])
{
	uint64_t columns = segment->footer_off + CSTN__SEGMENT_HEAD +
			   (uint64_t)segment->n_chunks * CSTN__SEGMENT_CHUNK;
	uint64_t entry = columns + (uint64_t)column * CSTN__SEGMENT_COLUMN;
	uint64_t n_blocks = (uint64_t)segment->n_columns * segment->n_chunks + segment->n_extra;
	uint64_t names = columns + (uint64_t)segment->n_columns * CSTN__SEGMENT_COLUMN +
			 n_blocks * CSTN__SEGMENT_BLOCK;
	uint8_t place[8];
	uint32_t offset, len;

	snprintf(out, NAME_MAX_BYTES + 1, "%" PRIu32, segment->columns[column].id);
	if (cstn__io_read(segment->vfs, segment->file, segment->path, place, sizeof(place),
			    entry + 8, NULL) != CSTN_OK)
		return;
	offset = cstn__load32(place);
	len = cstn__load32(place + 4);
	if (len == 0 || len > NAME_MAX_BYTES || offset > segment->names_len ||
			len > segment->names_len - offset)
		return;
	if (cstn__io_read(segment->vfs, segment->file, segment->path, (uint8_t *)out, len,
			    names + offset, NULL) == CSTN_OK)
		out[len] = 0;
	else
		snprintf(out, NAME_MAX_BYTES + 1, "%" PRIu32, segment->columns[column].id);
}

void cstn__segment_say_block(
		const cstn__segment *segment, const cstn__segment_block *block, cstn_error **error)
{
	size_t at = (size_t)(block - segment->blocks);
	const cstn__segment_chunk_place *chunk;
	char name[NAME_MAX_BYTES + 1], text[TEXT_BYTES];

	if (!error)
		return;
	if (at >= (size_t)segment->n_columns * segment->n_chunks) {
		snprintf(text, sizeof(text), "; it is a dictionary or the key index of table '%s'",
				segment->table_name);
		cstn__error_append(error, text);
		return;
	}
	name_of(segment, at / segment->n_chunks, name);
	chunk = &segment->chunks[at % segment->n_chunks];
	snprintf(text, sizeof(text),
			"; it holds column '%s' of table '%s', records %" PRIu64 " to %" PRIu64
			" of the file's %" PRIu64,
			name, segment->table_name, chunk->first_row + 1,
			chunk->first_row + chunk->rows, segment->rows);
	cstn__error_append(error, text);
}

const char *cstn__segment_table_name(const cstn__segment *segment)
{
	return segment->table_name;
}
