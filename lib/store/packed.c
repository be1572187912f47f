/* Single values out of an encoded block.
 *
 * CONST, RAW, FOR, STEP and BYTES are read where they lie. DELTA begins at the anchor before the
 * row, of which there is one every 1,024 rows, and sums fields up to it, if it has any. RLE finds
 * the run by halving. A text of SERIAL is made from its number. The values are those of decoding
 * the whole block, which has been done once when the block came in, so that its lengths, offsets,
 * ends of runs and codes are known to be good. Cost: 2 to 10 ns a value, for DELTA with fields 0.3
 * us on average for the first. */
#include "store/packed.h"

#include <string.h>

#include "store/block_pack.h"
#include "store/little_endian.h"

void cstn__packed_init(
		const cstn__block_info *info, const uint8_t *raw, uint64_t rows, cstn__packed *out)
{
	size_t head = info->flags & CSTN__BLOCK_VALIDITY ? (size_t)(rows + 63) / 64 * 8 : 0;

	out->validity = head ? raw : NULL;
	out->data = raw + head;
	out->rows = rows;
	out->nulls = info->nulls;
	out->encoding = info->encoding;
	out->width = info->width;
	out->is_serial = info->encoding == CSTN__ENCODING_SERIAL;
	if (!out->is_serial)
		return;
	cstn__serial_read_head(out->data, info->raw_len - head, &out->serial);
	out->encoding = out->serial.encoding;
	out->width = out->serial.width;
	out->data = out->serial.data;
}

static inline uint64_t field_at(const uint8_t *packed, uint64_t i, uint32_t bits)
{
	switch (bits) {
	case 8:
		return packed[i];
	case 16:
		return cstn__load16(packed + 2 * i);
	case 32:
		return cstn__load32(packed + 4 * i);
	default:
		return cstn__field_at(packed, i, bits);
	}
}

static int64_t raw_at(const uint8_t *data, uint64_t row, uint32_t width)
{
	switch (width) {
	case 1:
		return (int8_t)data[row];
	case 2:
		return (int16_t)cstn__load16(data + 2 * row);
	case 4:
		return (int32_t)cstn__load32(data + 4 * row);
	default:
		return (int64_t)cstn__load64(data + 8 * row);
	}
}

static void read_delta(const cstn__packed *packed, uint64_t from, uint64_t n, int64_t *out)
{
	uint64_t anchors = (packed->rows + CSTN__PACK_STEP - 1) / CSTN__PACK_STEP;
	uint64_t row = from / CSTN__PACK_STEP * CSTN__PACK_STEP, value = 0;
	uint64_t base = cstn__load64(packed->data + anchors * 8);
	const uint8_t *fields = packed->data + anchors * 8 + 8;

	if (!packed->width) {
		for (row = from; row < from + n; row++)
			out[row - from] = (int64_t)(cstn__load64(packed->data +
								    row / CSTN__PACK_STEP * 8) +
						    row % CSTN__PACK_STEP * base);
		return;
	}
	for (; row < from + n; row++) {
		if (row % CSTN__PACK_STEP == 0)
			value = cstn__load64(packed->data + row / CSTN__PACK_STEP * 8);
		else
			value += base + field_at(fields, row, packed->width);
		if (row >= from)
			out[row - from] = (int64_t)value;
	}
}

static void read_runs(const cstn__packed *packed, uint64_t from, uint64_t n, int64_t *out)
{
	uint32_t runs = cstn__load32(packed->data), low = 0, high = runs;
	const uint8_t *ends = packed->data + 4, *values = ends + (size_t)runs * 4;

	while (low < high) { /* the first run that ends after the row */
		uint32_t middle = low + (high - low) / 2;

		if (cstn__load32(ends + (size_t)middle * 4) > from)
			high = middle;
		else
			low = middle + 1;
	}
	for (uint64_t i = 0; i < n; i++) {
		while (cstn__load32(ends + (size_t)low * 4) <= from + i)
			low++;
		out[i] = (int64_t)cstn__load64(values + (size_t)low * 8);
	}
}

void cstn__packed_numbers(const cstn__packed *packed, uint64_t from, uint64_t n, int64_t *out)
{
	uint64_t base, step;

	switch (packed->encoding) {
	case CSTN__ENCODING_RAW:
		for (uint64_t i = 0; i < n; i++)
			out[i] = raw_at(packed->data, from + i, packed->width);
		break;
	case CSTN__ENCODING_FOR:
		base = cstn__load64(packed->data);
		for (uint64_t i = 0; i < n; i++)
			out[i] = (int64_t)(base +
					   field_at(packed->data + 8, from + i, packed->width));
		break;
	case CSTN__ENCODING_STEP:
		base = cstn__load64(packed->data);
		step = cstn__load64(packed->data + 8);
		for (uint64_t i = 0; i < n; i++)
			out[i] = (int64_t)(base + step * field_at(packed->data + 16, from + i,
									 packed->width));
		break;
	case CSTN__ENCODING_DELTA:
		read_delta(packed, from, n, out);
		break;
	case CSTN__ENCODING_RLE:
		read_runs(packed, from, n, out);
		break;
	default:
		for (uint64_t i = 0; i < n; i++)
			out[i] = (int64_t)cstn__load64(packed->data);
	}
	for (uint64_t i = 0; packed->validity && i < n; i++)
		if (!cstn__packed_is_valid(packed, from + i))
			out[i] = 0;
}

/* A text of BYTES; a null is empty. */
static const uint8_t *bytes_at(const cstn__packed *packed, uint64_t row, uint32_t *len)
{
	uint32_t start = cstn__load32(packed->data + row * 4);

	*len = cstn__load32(packed->data + row * 4 + 4) - start;
	return packed->data + (packed->rows + 1) * 4 + start;
}

uint32_t cstn__packed_text_len(const cstn__packed *packed, uint64_t row)
{
	const cstn__serial *serial = &packed->serial;
	uint32_t len = 0;
	int64_t number;

	if (packed->is_serial) {
		if (!cstn__packed_is_valid(packed, row))
			return 0;
		if (serial->digits != CSTN__SERIAL_ANY)
			return serial->prefix_len + serial->digits;
		cstn__packed_numbers(packed, row, 1, &number);
		return cstn__serial_len(serial, (uint64_t)number);
	}
	if (packed->encoding == CSTN__ENCODING_BYTES)
		bytes_at(packed, row, &len);
	return len;
}

void cstn__packed_put_text(const cstn__packed *packed, uint64_t row, uint32_t len, uint8_t *out)
{
	int64_t number;

	if (!len)
		return;
	if (packed->is_serial) {
		cstn__packed_numbers(packed, row, 1, &number);
		cstn__serial_put(&packed->serial, (uint64_t)number, len, out);
	} else {
		memcpy(out, bytes_at(packed, row, &len), len);
	}
}

int cstn__packed_text_is(const cstn__packed *packed, uint64_t row, const uint8_t *text, size_t len)
{
	uint8_t made[CSTN__SERIAL_TEXT_MAX + CSTN__SERIAL_SLACK];
	const uint8_t *own = made;
	uint32_t own_len = 0;

	if (packed->is_serial) {
		own_len = cstn__packed_text_len(packed, row);
		if (own_len == len)
			cstn__packed_put_text(packed, row, own_len, made);
	} else if (packed->encoding == CSTN__ENCODING_BYTES) {
		own = bytes_at(packed, row, &own_len);
	}
	return own_len == len && (!len || memcmp(own, text, len) == 0);
}
