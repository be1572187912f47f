/* A whole row of a segment as the values that it has.
 *
 * Most columns of a wide table have no value in a row, so the row is not made column by column: the
 * segment knows which of its columns have one anywhere, and the footer knows the number of a chunk
 * in which all rows have the same. What is left comes out of the blocks that were held when the key
 * was compared, and stays there until the row is dropped, so that a text is copied once, to where
 * it belongs. Cost: some ns a column that has values, nothing for others. */
#include "store/engine.h"

#include <string.h>

_Static_assert(CSTN__WHOLE_ROW_SLACK >= CSTN__SERIAL_SLACK, "room behind a text");
_Static_assert(CSTN__WHOLE_ROW_VALUES <= CSTN__HOLD_MAX, "all of a row is held");

/* The value of row `within`; 0 if it is null. */
static int read_value(const cstn__packed_block *block, uint32_t within, cstn__whole_row_value *out)
{
	if (!cstn__packed_is_valid(&block->packed, within))
		return 0;
	out->number = 0;
	if (!block->text || block->dictionary)
		cstn__packed_numbers(&block->packed, within, 1, &out->number);
	if (block->dictionary) {
		size_t len;

		(void)cstn__values_text(block->dictionary, (uint64_t)out->number, &len);
		out->len = (uint32_t)len;
	} else if (block->text) {
		out->len = cstn__packed_text_len(&block->packed, within);
	}
	return 1;
}

cstn_status cstn__whole_row_take(const cstn__place *place, cstn__whole_row *row, cstn_error **error)
{
	cstn__part *part = place->part;
	cstn__hold *hold = place->hold;
	cstn_status status = CSTN_OK;

	row->within = place->within;
	for (size_t i = 0; status == CSTN_OK && i < part->n_valued; i++) {
		const struct cstn__part_column *column = &part->valued[i];
		cstn__whole_row_value *value = &row->values[row->n];

		value->column = column->id;
		value->block = i < hold->n_held ? hold->blocks[i] : NULL;
		value->is_text = column->is_text;
		value->len = 0;
		if (!value->block && cstn__segment_constant(part->segment, place->chunk,
						     column->number, &value->number)) {
			row->n++;
			continue;
		}
		if (i < hold->n_held)
			hold->blocks[i] = NULL;
		if (!value->block && cstn__segment_chunk_has_values(
						     part->segment, place->chunk, column->number))
			status = cstn__cached_get(part->cache, &part->slots, part->segment,
					place->chunk, column->number, &value->block, error);
		if (status != CSTN_OK || !value->block)
			continue;
		if (read_value(&value->block->block, place->within, value))
			row->n++;
		else
			cstn__cached_put_back(value->block);
	}
	if (status == CSTN_OK)
		return CSTN_OK;
	cstn__hold_drop(hold);
	cstn__whole_row_drop(row);
	return status;
}

void cstn__whole_row_text(const cstn__whole_row *row, size_t i, uint8_t *out)
{
	const cstn__whole_row_value *value = &row->values[i];
	const cstn__packed_block *block;
	size_t len;

	if (!value->len)
		return;
	block = &value->block->block;
	if (block->dictionary)
		memcpy(out, cstn__values_text(block->dictionary, (uint64_t)value->number, &len),
				value->len);
	else
		cstn__packed_put_text(&block->packed, row->within, value->len, out);
}

void cstn__whole_row_drop(cstn__whole_row *row)
{
	cstn__scan_free(row->scan);
	for (size_t i = 0; i < row->n; i++)
		if (row->values[i].block)
			cstn__cached_put_back(row->values[i].block);
	row->scan = NULL;
	row->n = 0;
}
