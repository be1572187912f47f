/* What follows the blocks of a segment: dictionaries, key index, footer. All of it is known only
 * when the last row is in; the footer names every block, and is the one part that a reader loads
 * whole. The key index is a directory of bucket starts and the entries in the order of key_order.c,
 * both in pages that carry their own hash, so that a look-up reads a page of each. */
#include "base/error.h"
#include "store/segment_write.h"

static cstn_status add_block(
		cstn__segment_writer *writer, const cstn__segment_block *block, cstn_error **error)
{
	if (cstn__array_reserve(&writer->allocator, &writer->blocks, 1))
		return cstn__fail_nomem(error);
	writer->blocks.items[writer->blocks.count++] = *block;
	return CSTN_OK;
}

/* --- the key index --- */

/* Words are put one by one; a page goes out when it is full. */
typedef struct page_sink {
	cstn__hash_stream hash; /* of the block */
	cstn__segment_writer *writer;
	cstn__segment_block block;
	uint32_t filled;
	uint8_t page[CSTN__PAGE_BYTES];
} page_sink;

static void begin_pages(page_sink *sink, cstn__segment_writer *writer, int kind)
{
	memset(sink, 0, sizeof(*sink));
	sink->writer = writer;
	sink->block.offset = cstn__writer_align(writer, CSTN__SEGMENT_ALIGNMENT);
	sink->block.info.kind = (uint8_t)kind;
	sink->block.info.min = INT64_MAX;
	sink->block.info.max = INT64_MIN;
	cstn__hash_stream_init64(&sink->hash,
			cstn__segment_seed(writer->uuid, writer->file_no, sink->block.offset));
}

static cstn_status end_page(page_sink *sink, cstn_error **error)
{
	cstn__segment_writer *writer = sink->writer;
	uint64_t offset = writer->written + writer->out.size;
	size_t used = 8 + (size_t)sink->filled * 8;

	memset(sink->page + used, 0, CSTN__PAGE_BYTES - used);
	cstn__store64(sink->page,
			cstn__hash64(cstn__segment_seed(writer->uuid, writer->file_no, offset),
					sink->page + 8, CSTN__PAGE_BYTES - 8));
	cstn__hash_stream_put(&sink->hash, sink->page, CSTN__PAGE_BYTES);
	cstn__bytes_put(&writer->out, sink->page, CSTN__PAGE_BYTES);
	sink->block.info.enc_len += CSTN__PAGE_BYTES;
	sink->filled = 0;
	return cstn__writer_flush(writer, 0, error);
}

static cstn_status put_word(page_sink *sink, uint64_t word, cstn_error **error)
{
	cstn__store64(sink->page + 8 + (size_t)sink->filled * 8, word);
	sink->block.aux++;
	if (++sink->filled < CSTN__PAGE_WORDS)
		return CSTN_OK;
	return end_page(sink, error);
}

static cstn_status end_pages(page_sink *sink, cstn_error **error)
{
	cstn_status status = sink->filled ? end_page(sink, error) : CSTN_OK;

	if (status != CSTN_OK)
		return status;
	sink->block.info.raw_len = sink->block.info.enc_len;
	sink->block.hash = cstn__hash_stream_value64(&sink->hash);
	return add_block(sink->writer, &sink->block, error);
}

static cstn_status put_pages(cstn__segment_writer *writer, page_sink *sink, const uint32_t *starts,
		const uint32_t *order, uint32_t bits, cstn_error **error)
{
	const uint64_t *hashes = writer->hashes.items;
	uint32_t buckets = UINT32_C(1) << bits, n = (uint32_t)writer->rows;
	cstn_status status = CSTN_OK;

	begin_pages(sink, writer, CSTN__KIND_KEY_DIRECTORY);
	for (uint32_t i = 0; i < buckets && status == CSTN_OK; i++)
		status = put_word(sink, starts[i], error);
	if (status == CSTN_OK)
		status = end_pages(sink, error);
	if (status != CSTN_OK)
		return status;
	begin_pages(sink, writer, CSTN__KIND_KEY_ENTRIES);
	for (uint32_t i = 0; i < n && status == CSTN_OK; i++)
		status = put_word(sink, cstn__key_word(hashes[order[i]], order[i]), error);
	if (status == CSTN_OK)
		status = end_pages(sink, error);
	return status;
}

static cstn_status put_key_index(cstn__segment_writer *writer, cstn_error **error)
{
	uint32_t n = (uint32_t)writer->rows, bits = cstn__key_bits(n);
	size_t starts_size = (((size_t)1 << bits) + 1) * sizeof(uint32_t);
	uint32_t *starts = cstn__alloc(&writer->allocator, starts_size);
	uint32_t *order = cstn__alloc(&writer->allocator, (size_t)n * sizeof(*order));
	page_sink *sink = cstn__alloc_aligned(
			&writer->allocator, sizeof(*sink), _Alignof(cstn__hash_stream));
	cstn_status status;

	if (starts && order && sink) {
		cstn__key_order(writer->hashes.items, n, bits, starts, order);
		status = put_pages(writer, sink, starts, order, bits, error);
	} else {
		status = cstn__fail_nomem(error);
	}
	cstn__free(&writer->allocator, starts, starts_size);
	cstn__free(&writer->allocator, order, (size_t)n * sizeof(*order));
	cstn__free_aligned(&writer->allocator, sink, sizeof(*sink), _Alignof(cstn__hash_stream));
	return status;
}

cstn_status cstn__writer_put_extras(
		cstn__segment_writer *writer, uint32_t *dict_extra, cstn_error **error)
{
	uint32_t extras = 0;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < writer->n_columns; i++) {
		cstn__pending_column *column = &writer->columns[i];
		cstn__segment_block block;
		size_t begin;

		dict_extra[i] = CSTN__NO_EXTRA;
		if (!column->coded)
			continue;
		dict_extra[i] = extras++;
		cstn__writer_align(writer, CSTN__SEGMENT_ALIGNMENT);
		begin = writer->out.size;
		status = cstn__pending_encode_dictionary(
				writer, column, &writer->out, &block, error);
		if (status == CSTN_OK) {
			cstn__writer_place(writer, begin, &block);
			status = add_block(writer, &block, error);
		}
		if (status == CSTN_OK)
			status = cstn__writer_flush(writer, 0, error);
		if (status != CSTN_OK)
			return status;
	}
	if (writer->table->n_key && writer->rows)
		status = put_key_index(writer, error);
	return status;
}

/* --- the footer --- */

static void put_column(cstn__bytes *out, const cstn__pending_column *column, uint32_t name_off,
		uint32_t dict_extra)
{
	int ordered = column->all_rows > 0;
	uint32_t flags = (column->flags & CSTN__COLUMN_NULLABLE ? CSTN__FILE_COLUMN_NULLABLE : 0) |
			 (column->coded ? CSTN__FILE_COLUMN_DICTIONARY : 0) |
			 (ordered && !column->falls ? CSTN__FILE_COLUMN_SORTED : 0) |
			 (ordered && !column->repeats ? CSTN__FILE_COLUMN_UNIQUE : 0);

	cstn__bytes_put_u32(out, column->id);
	cstn__bytes_put_u8(out, (uint8_t)column->type);
	cstn__bytes_put_u8(out, (uint8_t)column->space);
	cstn__bytes_put_u8(out, (uint8_t)flags);
	cstn__bytes_put_u8(out, (uint8_t)column->scale);
	cstn__bytes_put_u32(out, name_off);
	cstn__bytes_put_u32(out, (uint32_t)strlen(column->name));
	cstn__bytes_put_u32(out, dict_extra);
	cstn__bytes_put_u32(out, 0);
	cstn__bytes_put_u64(out, column->all_rows);
	cstn__bytes_put_u64(out, column->all_nulls);
	cstn__bytes_put_u64(out, 0);
}

static void put_block(cstn__bytes *out, const cstn__segment_block *block)
{
	const cstn__block_info *info = &block->info;

	cstn__bytes_put_u64(out, block->offset);
	cstn__bytes_put_u32(out, info->enc_len);
	cstn__bytes_put_u32(out, info->raw_len);
	cstn__bytes_put_u32(out, info->nulls);
	cstn__bytes_put_u8(out, info->encoding);
	cstn__bytes_put_u8(out, info->width);
	cstn__bytes_put_u8(out, info->flags);
	cstn__bytes_put_u8(out, info->kind);
	cstn__bytes_put_u64(out, (uint64_t)info->min);
	cstn__bytes_put_u64(out, (uint64_t)info->max);
	cstn__bytes_put_u64(out, block->aux);
	cstn__bytes_put_u64(out, block->hash);
}

cstn_status cstn__writer_put_footer(cstn__segment_writer *writer, const uint32_t *dict_extra,
		uint64_t *footer_off, uint32_t *footer_len, cstn__hash128_value *hash,
		cstn_error **error)
{
	cstn__bytes *out = &writer->out;
	size_t n_chunks = writer->chunks.count, n_columns = writer->n_columns;
	size_t n_data = n_chunks * n_columns, begin;
	uint32_t names_len = 0;

	*footer_off = cstn__writer_align(writer, 8);
	begin = out->size;
	for (size_t i = 0; i < n_columns; i++)
		names_len += (uint32_t)strlen(writer->columns[i].name);
	cstn__bytes_put_u32(out, (uint32_t)n_columns);
	cstn__bytes_put_u32(out, (uint32_t)n_chunks);
	cstn__bytes_put_u32(out, (uint32_t)(writer->blocks.count - n_data));
	cstn__bytes_put_u32(out, names_len);
	cstn__bytes_put_u64(out, 0);
	cstn__bytes_put_u64(out, 0);
	for (size_t i = 0; i < n_chunks; i++) {
		cstn__bytes_put_u64(out, writer->chunks.items[i].first_row);
		cstn__bytes_put_u32(out, writer->chunks.items[i].rows);
		cstn__bytes_put_u32(out, writer->chunks.items[i].child_rows);
	}
	names_len = 0;
	for (size_t i = 0; i < n_columns; i++) {
		put_column(out, &writer->columns[i], names_len, dict_extra[i]);
		names_len += (uint32_t)strlen(writer->columns[i].name);
	}
	for (size_t i = 0; i < n_columns; i++)
		for (size_t chunk = 0; chunk < n_chunks; chunk++)
			put_block(out, &writer->blocks.items[chunk * n_columns + i]);
	for (size_t i = n_data; i < writer->blocks.count; i++)
		put_block(out, &writer->blocks.items[i]);
	for (size_t i = 0; i < n_columns; i++)
		cstn__bytes_put_text(out, writer->columns[i].name);
	cstn__writer_align(writer, 8);
	if (out->failed)
		return cstn__fail_nomem(error);
	if (out->size - begin > UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT, "the footer has %zu bytes, over 4 GiB",
				out->size - begin);
	*footer_len = (uint32_t)(out->size - begin);
	*hash = cstn__hash128(out->data + begin, out->size - begin);
	return CSTN_OK;
}
