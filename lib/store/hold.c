/* The blocks of a row, held before its key is compared.
 *
 * A row that was found by the hash of its key has the key but for one case in a milliard. So what
 * will be read of it is asked for at once: the comparison waits for memory, and so would each
 * column after it. Blocks that are not in the cache are left to who reads them, with whatever comes
 * of it. Texts of one length lie where the row's share of the bytes begins, so that they need not
 * wait for their offsets either. Cost: two atomic additions a column. */
#include "store/engine.h"

void cstn__packed_prefetch(const cstn__packed_block *block, uint32_t row)
{
	const cstn__packed *packed = &block->packed;
	const uint8_t *data = packed->data;
	uint64_t bytes;

	switch (packed->encoding) {
	case CSTN__ENCODING_RAW:
		data += (size_t)row * packed->width;
		break;
	case CSTN__ENCODING_FOR:
		data += 8 + (size_t)row * packed->width / 8;
		break;
	case CSTN__ENCODING_STEP:
		data += 16 + (size_t)row * packed->width / 8;
		break;
	case CSTN__ENCODING_BYTES:
		__builtin_prefetch(data + (size_t)row * 4);
		data += (packed->rows + 1) * 4;
		bytes = block->size - (size_t)(data - (const uint8_t *)block->memory);
		data += bytes * row / packed->rows;
		break;
	default:
		break;
	}
	__builtin_prefetch(data);
}

static void hold_valued(cstn__hold *hold, cstn__part *part, uint32_t chunk, uint32_t row)
{
	hold->n_held = part->n_valued < CSTN__HOLD_MAX ? part->n_valued : CSTN__HOLD_MAX;
	for (size_t i = 0; i < hold->n_held; i++) {
		uint32_t number = part->valued[i].number;
		int64_t same;

		hold->blocks[i] = NULL;
		if (cstn__segment_constant(part->segment, chunk, number, &same))
			continue;
		hold->blocks[i] = cstn__cached_peek(&part->slots, chunk, number);
		if (hold->blocks[i])
			cstn__packed_prefetch(&hold->blocks[i]->block, row);
	}
}

void cstn__hold_row(cstn__hold *hold, cstn__part *part, uint32_t chunk, uint32_t row)
{
	const cstn__store_table *table = hold->table->declared;
	uint32_t position = 0;

	if (!hold->columns) {
		hold_valued(hold, part, chunk, row);
		return;
	}
	for (size_t i = 0; i < hold->n; i++) {
		uint32_t id = hold->columns[i];
		cstn__cached *block = NULL;
		int64_t number;

		if (position >= table->n_columns || table->columns[position].id != id)
			position = cstn__column_position(table, id);
		number = cstn__segment_declared_number(part->segment, id, position);
		if (number >= 0 && !cstn__is_key(hold->table, id))
			block = cstn__cached_peek(&part->slots, chunk, (uint32_t)number);
		if (block && (position == CSTN__NO_COLUMN ||
					     table->columns[position].space == CSTN__SPACE_ROW))
			cstn__packed_prefetch(&block->block, row);
		hold->blocks[i] = block;
		position = position == CSTN__NO_COLUMN ? 0 : position + 1;
	}
	hold->n_held = hold->n;
}

void cstn__hold_drop(cstn__hold *hold)
{
	for (size_t i = 0; i < hold->n_held; i++)
		if (hold->blocks[i])
			cstn__cached_put_back(hold->blocks[i]);
	hold->n_held = 0;
}
