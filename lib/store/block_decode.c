/* Decoding a block that is not trusted.
 *
 * The length of every part follows from rows, encoding and width, and must be that of the bytes;
 * offsets and run ends must rise, codes be below their number, padding and what lies under nulls
 * be empty. Whatever the bytes are, the result is values that can be used without a further check,
 * or CSTN_E_CORRUPT. Numbers become int64, under nulls 0. SERIAL makes its numbers 1,024 at a time,
 * and the texts from them. Cost: for FOR that of writing them; for SERIAL some ns a text. */
#include "base/cpu.h"
#include "base/error.h"
#include "store/block.h"
#include "store/block_pack.h"
#include "store/block_serial.h"

#define FEW 4096u

/* The block at hand. */
typedef struct decoding {
	const cstn__block_info *info;
	const uint8_t *data; /* what follows the validity words */
	size_t size;
	const uint64_t *validity; /* decoded; NULL: all valid */
	uint64_t rows;
	int simd;
	cstn_error **error;
} decoding;

static cstn_status corrupt(const decoding *block, const char *rule)
{
	return cstn__fail(block->error, CSTN_E_CORRUPT,
			"block of %llu rows, encoding %u, width %u, %zu bytes of data: %s",
			(unsigned long long)block->rows, block->info->encoding, block->info->width,
			block->size, rule);
}

static int is_bits(uint32_t width)
{
	return width && width <= CSTN__EXACT_BITS_MAX;
}

/* The bits after the last field are zero. */
static int padding_is_zero(const uint8_t *packed, uint64_t rows, uint32_t bits)
{
	uint64_t used = rows * bits % 64;

	if (!used)
		return 1;
	return cstn__load64(packed + cstn__packed_size(rows, bits) - 8) >> used == 0;
}

/* --- numbers --- */

static cstn_status check_fields(const decoding *block, uint64_t head, const char *lengths)
{
	uint32_t bits = block->info->width;

	if (!is_bits(bits) && (bits || block->info->encoding != CSTN__ENCODING_DELTA))
		return corrupt(block, "fields have 1 to 56 bits, in DELTA also none");
	if (block->size != head + cstn__packed_size(block->rows, bits))
		return corrupt(block, lengths);
	if (!padding_is_zero(block->data + head, block->rows, bits))
		return corrupt(block, "the bits after the last row are zero");
	return CSTN_OK;
}

static uint64_t anchors_of(const decoding *block)
{
	return (block->rows + CSTN__PACK_STEP - 1) / CSTN__PACK_STEP;
}

/* Lengths and width: after this every field can be read. */
static cstn_status check_numbers(const decoding *block)
{
	uint32_t width = block->info->width;
	cstn_status status;

	switch (block->info->encoding) {
	case CSTN__ENCODING_CONST:
		return block->size != 8 || width ? corrupt(block, "CONST has 8 bytes and no width")
						 : CSTN_OK;
	case CSTN__ENCODING_RAW:
		if (width != 1 && width != 2 && width != 4 && width != 8)
			return corrupt(block, "the width of RAW is 1, 2, 4 or 8 bytes");
		if (block->size != block->rows * width)
			return corrupt(block, "RAW has rows x width bytes");
		return CSTN_OK;
	case CSTN__ENCODING_FOR:
		return check_fields(
				block, 8, "FOR has a base and rows x width bits in whole words");
	case CSTN__ENCODING_STEP:
		status = check_fields(block, 16,
				"STEP has a base, a step and rows x width bits in whole words");
		if (status == CSTN_OK && cstn__load64(block->data + 8) < 2)
			return corrupt(block, "a step is 2 or more");
		return status;
	case CSTN__ENCODING_DELTA:
		if (block->validity)
			return corrupt(block, "DELTA has no nulls");
		return check_fields(block, anchors_of(block) * 8 + 8,
				"DELTA has anchors, a base and rows x width bits");
	default:
		return corrupt(block, "there is no such encoding");
	}
}

/* Where the fields of row `from` on begin: 1,024 of them are whole bytes. */
static const uint8_t *fields_from(const decoding *block, size_t head, uint64_t from)
{
	return block->data + head + (size_t)(from / 8 * block->info->width);
}

static cstn_status decode_deltas(const decoding *block, uint64_t from, uint64_t n, int64_t *out)
{
	uint32_t bits = block->info->width;
	size_t head = (size_t)anchors_of(block) * 8;
	uint64_t base = cstn__load64(block->data + head);

	if (bits)
		cstn__unpack_with(block->simd, fields_from(block, head + 8, from), (size_t)n, bits,
				base, out);
	for (uint64_t at = 0; at < n; at += CSTN__PACK_STEP) {
		uint64_t end = n - at < CSTN__PACK_STEP ? n : at + CSTN__PACK_STEP;
		uint64_t value = cstn__load64(block->data + (from + at) / CSTN__PACK_STEP * 8);

		if (bits && out[at] != (int64_t)base)
			return corrupt(block, "a row with an anchor has a field of zero");
		out[at] = (int64_t)value;
		for (uint64_t i = at + 1; i < end; i++) {
			value += bits ? (uint64_t)out[i] : base;
			out[i] = (int64_t)value;
		}
	}
	return CSTN_OK;
}

/* Rows [from, from + n), `from` a multiple of 1,024, of any encoding but RLE. */
static cstn_status decode_some(const decoding *block, uint64_t from, uint64_t n, int64_t *out)
{
	uint32_t width = block->info->width;
	uint64_t base, step;

	switch (block->info->encoding) {
	case CSTN__ENCODING_CONST:
		base = cstn__load64(block->data);
		for (uint64_t i = 0; i < n; i++)
			out[i] = (int64_t)base;
		break;
	case CSTN__ENCODING_RAW:
		cstn__unpack_signed_with(block->simd, block->data + (size_t)from * width, (size_t)n,
				width, out);
		break;
	case CSTN__ENCODING_FOR:
		cstn__unpack_with(block->simd, fields_from(block, 8, from), (size_t)n, width,
				cstn__load64(block->data), out);
		break;
	case CSTN__ENCODING_STEP:
		base = cstn__load64(block->data);
		step = cstn__load64(block->data + 8);
		cstn__unpack_with(block->simd, fields_from(block, 16, from), (size_t)n, width, 0,
				out);
		for (uint64_t i = 0; i < n; i++)
			out[i] = (int64_t)(base + (uint64_t)out[i] * step);
		break;
	default:
		return decode_deltas(block, from, n, out);
	}
	return CSTN_OK;
}

/* Zeros under nulls. */
static void mask_nulls(const decoding *block, uint64_t from, uint64_t n, int64_t *out)
{
	if (!block->validity)
		return;
	for (uint64_t i = 0; i < n; i++)
		out[i] &= -(int64_t)(block->validity[(from + i) / 64] >> (from + i) % 64 & 1);
}

static cstn_status decode_runs(const decoding *block, int64_t *out)
{
	uint64_t runs, row = 0;
	const uint8_t *ends, *values;

	if (block->size < 4 || block->info->width)
		return corrupt(block, "RLE has the number of runs, and no width");
	runs = cstn__load32(block->data);
	if (block->size != 4 + runs * 12)
		return corrupt(block, "RLE has 12 bytes a run");
	ends = block->data + 4;
	values = ends + runs * 4;
	for (uint64_t run = 0; run < runs; run++) {
		uint64_t end = cstn__load32(ends + run * 4);
		int64_t value = (int64_t)cstn__load64(values + run * 8);

		if (end <= row || end > block->rows)
			return corrupt(block, "ends of runs rise, up to the number of rows");
		cstn__fill_run(out, row, end, block->rows, value);
		row = end;
	}
	if (row != block->rows)
		return corrupt(block, "the last run ends with the last row");
	return CSTN_OK;
}

static cstn_status decode_numbers(const decoding *block, uint64_t n_codes, int64_t *out)
{
	cstn_status status;

	if (block->info->encoding == CSTN__ENCODING_RLE) {
		status = decode_runs(block, out);
	} else {
		status = check_numbers(block);
		if (status == CSTN_OK)
			status = decode_some(block, 0, block->rows, out);
	}
	if (status != CSTN_OK)
		return status;
	mask_nulls(block, 0, block->rows, out);
	if (n_codes) {
		uint64_t above = 0;

		for (uint64_t i = 0; i < block->rows; i++)
			above |= (uint64_t)((uint64_t)out[i] >= n_codes);
		if (above)
			return corrupt(block, "a code is not in the dictionary");
	}
	return CSTN_OK;
}

/* --- texts --- */

/* The offsets lie before the bytes they point into, at `text`, and are put right in place. */
static cstn_status decode_texts(const decoding *block, uint8_t *text)
{
	uint64_t head = (block->rows + 1) * 4;
	uint32_t last = 0, falls = 0, filled = 0;

	if (block->info->width || block->size < head)
		return corrupt(block, "BYTES has rows + 1 offsets, and no width");
	if (cstn__load32(text))
		return corrupt(block, "the first offset is 0");
	for (uint64_t i = 1; i <= block->rows; i++) {
		uint32_t offset = cstn__load32(text + i * 4);

		falls |= offset < last;
		if (block->validity)
			filled |= offset != last &&
				  !(block->validity[(i - 1) / 64] >> (i - 1) % 64 & 1);
		memcpy(text + i * 4, &offset, sizeof(offset));
		last = offset;
	}
	if (falls)
		return corrupt(block, "offsets do not fall");
	if (filled)
		return corrupt(block, "a null is empty");
	if (last != block->size - head)
		return corrupt(block, "the last offset is the number of bytes");
	return CSTN_OK;
}

/* The validity words, of which `out` takes a copy in the order of the machine. */
static cstn_status decode_validity(const decoding *block, const uint8_t *data, uint64_t *out)
{
	uint64_t words = (block->rows + 63) / 64, valid = 0;

	for (uint64_t i = 0; i < words; i++) {
		out[i] = cstn__load64(data + i * 8);
		valid += (uint64_t)__builtin_popcountll(out[i]);
	}
	if (block->rows % 64 && out[words - 1] >> block->rows % 64)
		return corrupt(block, "validity bits after the last row are zero");
	if (!block->info->nulls || valid != block->rows - block->info->nulls)
		return corrupt(block, "validity has as many zeros as there are nulls");
	return CSTN_OK;
}

static cstn_status check_lengths(const decoding *block)
{
	const cstn__block_info *info = block->info;
	int zlib = info->flags & CSTN__BLOCK_ZLIB;

	if (block->rows > CSTN__BLOCK_ROWS_MAX || info->raw_len > CSTN__BLOCK_BYTES_MAX)
		return corrupt(block, "it is larger than a block may be");
	if (zlib ? info->enc_len >= info->raw_len : info->enc_len != info->raw_len)
		return corrupt(block, "its two lengths do not fit its flags");
	if (info->flags & ~(CSTN__BLOCK_ZLIB | CSTN__BLOCK_VALIDITY | CSTN__BLOCK_SORTED))
		return corrupt(block, "its flags have an unknown bit");
	if (zlib && info->encoding == CSTN__ENCODING_SERIAL)
		return corrupt(block, "SERIAL is never deflated");
	if (info->nulls > block->rows || (info->nulls && !(info->flags & CSTN__BLOCK_VALIDITY)))
		return corrupt(block, "nulls need validity, and are not more than the rows");
	if (info->flags & CSTN__BLOCK_VALIDITY && block->size < (block->rows + 63) / 64 * 8)
		return corrupt(block, "validity has a bit a row");
	return CSTN_OK;
}

/* The texts of n <= 1,024 numbers to text + *at and behind; the offsets after them to `offsets`. */
static cstn_status put_serials(const decoding *block, const cstn__serial *serial, uint64_t from,
		uint64_t n, const int64_t *numbers, uint32_t *offsets, uint32_t *at, uint8_t *text)
{
	uint64_t end = cstn__serial_end(serial);

	for (uint64_t i = 0; i < n; i++) {
		uint64_t row = from + i, number = (uint64_t)numbers[i];

		if (!block->validity || block->validity[row / 64] >> row % 64 & 1) {
			uint32_t len;

			if (number >= end)
				return corrupt(block, "a number of SERIAL has more digits");
			len = cstn__serial_len(serial, number);
			if (len > serial->bytes - *at)
				return corrupt(block, "SERIAL has more bytes of text than it says");
			cstn__serial_put(serial, number, len, text + *at);
			*at += len;
		}
		offsets[i] = *at;
	}
	return CSTN_OK;
}

/* Offsets to `memory`, and the texts behind them. */
static cstn_status decode_serials(const decoding *block, uint8_t *memory)
{
	uint32_t *offsets = (uint32_t *)(void *)memory, at = 0;
	uint8_t *text = memory + (size_t)(block->rows + 1) * 4;
	int64_t numbers[CSTN__PACK_STEP];
	cstn__block_info info = *block->info;
	decoding inner = *block;
	cstn__serial serial;
	const char *broken = cstn__serial_read_head(block->data, block->size, &serial);
	cstn_status status;

	if (broken || info.width)
		return corrupt(block, broken ? broken : "SERIAL has no width of its own");
	info.encoding = serial.encoding;
	info.width = serial.width;
	inner.info = &info;
	inner.data = serial.data;
	inner.size = serial.size;
	status = check_numbers(&inner);
	offsets[0] = 0;
	for (uint64_t row = 0; status == CSTN_OK && row < block->rows; row += CSTN__PACK_STEP) {
		uint64_t left = block->rows - row,
			 n = left < CSTN__PACK_STEP ? left : CSTN__PACK_STEP;

		status = decode_some(&inner, row, n, numbers);
		if (status == CSTN_OK)
			status = put_serials(block, &serial, row, n, numbers, offsets + row + 1,
					&at, text);
	}
	if (status == CSTN_OK && at != serial.bytes)
		return corrupt(block, "SERIAL has fewer bytes of text than it says");
	return status;
}

/* The validity words, if there are any, to `out`; data is what follows them. */
static cstn_status take_validity(decoding *block, const uint8_t *raw, uint64_t *out)
{
	size_t head = 0;

	if (block->info->flags & CSTN__BLOCK_VALIDITY) {
		cstn_status status = decode_validity(block, raw, out);

		if (status != CSTN_OK)
			return status;
		head = (size_t)(block->rows + 63) / 64 * 8;
		block->validity = out;
	}
	block->data = raw + head;
	block->size -= head;
	return CSTN_OK;
}

/* Text in memory: validity, offsets, bytes. BYTES is copied (or was inflated) there whole and used
 * in place. */
static cstn_status decode_text_block(
		decoding *block, const uint8_t *raw, uint8_t *memory, cstn__values *values)
{
	int plain = block->info->encoding == CSTN__ENCODING_BYTES;
	uint8_t *offsets;
	cstn_status status;

	if (plain && raw != memory && block->size)
		memcpy(memory, raw, block->size);
	status = take_validity(block, plain ? memory : raw, (uint64_t *)(void *)memory);
	if (status != CSTN_OK)
		return status;
	offsets = memory + (block->validity ? (size_t)(block->rows + 63) / 64 * 8 : 0);
	status = plain ? decode_texts(block, offsets) : decode_serials(block, offsets);
	if (status != CSTN_OK)
		return status;
	values->rows = block->rows;
	values->validity = block->validity;
	values->offsets = (const uint32_t *)(const void *)offsets;
	values->bytes = offsets + (size_t)(block->rows + 1) * 4;
	return CSTN_OK;
}

static cstn_status decode_number_block(decoding *block, const uint8_t *raw, uint64_t n_codes,
		uint8_t *memory, cstn__values *values)
{
	int64_t *numbers = (int64_t *)(void *)memory;
	cstn_status status = take_validity(block, raw, (uint64_t *)(void *)memory + block->rows);

	if (status == CSTN_OK)
		status = decode_numbers(block, n_codes, numbers);
	if (status != CSTN_OK)
		return status;
	values->rows = block->rows;
	values->validity = block->validity;
	values->numbers = numbers;
	return CSTN_OK;
}

/* What SERIAL says of its texts; whether that is so is seen when they are made. */
static uint64_t serial_size(const cstn__block_info *info, const uint8_t *data, uint64_t rows)
{
	uint64_t validity = info->flags & CSTN__BLOCK_VALIDITY ? (rows + 63) / 64 * 8 : 0;
	uint64_t size = validity + (rows + 1) * 4 + CSTN__SERIAL_SLACK;
	cstn__serial serial;

	if (info->raw_len < validity + CSTN__SERIAL_HEAD ||
			cstn__serial_read_head(data + validity, (size_t)(info->raw_len - validity),
					&serial))
		return size;
	return size + serial.bytes;
}

size_t cstn__block_decoded_size(const cstn__block_info *info, const uint8_t *data, uint64_t rows)
{
	uint64_t size = rows * 8;

	if (info->encoding == CSTN__ENCODING_BYTES)
		size = info->raw_len;
	else if (info->encoding == CSTN__ENCODING_SERIAL)
		size = serial_size(info, data, rows);
	else if (info->flags & CSTN__BLOCK_VALIDITY)
		size += (rows + 63) / 64 * 8;
	return (size_t)(size + CSTN__BLOCK_ALIGNMENT) / CSTN__BLOCK_ALIGNMENT *
	       CSTN__BLOCK_ALIGNMENT;
}

cstn_status cstn__block_decode_into(int simd, const cstn__block_info *info, const uint8_t *data,
		uint64_t rows, uint64_t n_codes, const cstn_allocator *allocator, uint8_t *memory,
		cstn__values *out, cstn_error **error)
{
	decoding block = {info, data, info->raw_len, NULL, rows, simd, error};
	int text = cstn__encoding_is_text(info->encoding), zlib = info->flags & CSTN__BLOCK_ZLIB;
	static const uint8_t nothing;
	cstn__values values = {0};
	uint8_t *inflated = NULL;
	cstn_status status = check_lengths(&block);

	if (status != CSTN_OK)
		return status;
	if (!data) /* no byte at all: still something to point to */
		data = &nothing;
	if (zlib) {
		inflated = text ? memory : cstn__alloc(allocator, info->raw_len);
		status = inflated ? cstn__block_inflate(data, info->enc_len, allocator, inflated,
						    info->raw_len, error)
				  : cstn__fail_nomem(error);
		data = inflated;
	}
	if (status == CSTN_OK)
		status = text ? decode_text_block(&block, data, memory, &values)
			      : decode_number_block(&block, data, n_codes, memory, &values);
	if (zlib && !text)
		cstn__free(allocator, inflated, info->raw_len);
	if (status == CSTN_OK)
		*out = values;
	return status;
}

cstn_status cstn__block_decode_with(int simd, const cstn__block_info *info, const uint8_t *data,
		uint64_t rows, uint64_t n_codes, const cstn_allocator *allocator, cstn__block *out,
		cstn_error **error)
{
	decoding block = {info, data, info->raw_len, NULL, rows, simd, error};
	cstn__values values;
	uint8_t *memory;
	size_t size;
	cstn_status status = check_lengths(&block);

	if (status != CSTN_OK)
		return status;
	size = cstn__block_decoded_size(info, data, rows);
	memory = cstn__alloc_aligned(allocator, size, CSTN__BLOCK_ALIGNMENT);
	if (!memory)
		return cstn__fail_nomem(error);
	status = cstn__block_decode_into(
			simd, info, data, rows, n_codes, allocator, memory, &values, error);
	if (status != CSTN_OK) {
		cstn__free_aligned(allocator, memory, size, CSTN__BLOCK_ALIGNMENT);
		return status;
	}
	out->values = values;
	out->memory = memory;
	out->size = size;
	return CSTN_OK;
}

cstn_status cstn__block_decode(const cstn__block_info *info, const uint8_t *data, uint64_t rows,
		uint64_t n_codes, const cstn_allocator *allocator, cstn__block *out,
		cstn_error **error)
{
	/* For few rows asking the processor costs more than it brings. */
	return cstn__block_decode_with(rows < FEW ? 1 : cstn__cpu_simd(), info, data, rows, n_codes,
			allocator, out, error);
}

void cstn__block_free(cstn__block *block, const cstn_allocator *allocator)
{
	cstn__free_aligned(allocator, block->memory, block->size, CSTN__BLOCK_ALIGNMENT);
	memset(block, 0, sizeof(*block));
}
