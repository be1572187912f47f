/* Bytes of an encoded block, whatever its head says: refused, or values that can all be read and
 * come back from encoding them again. */
#include "fuzz.h"

#include "store/packed.h"

/* Read every value, so that a checker sees what is out of bounds. */
static uint64_t touch(const cstn__values *values, uint64_t n_codes)
{
	uint64_t sum = 0;

	for (uint64_t row = 0; row < values->rows; row++) {
		int valid = cstn__values_is_valid(values, row);

		if (values->numbers) {
			MUST(valid || values->numbers[row] == 0);
			MUST(!n_codes || (uint64_t)values->numbers[row] < n_codes);
			sum += (uint64_t)values->numbers[row];
		} else {
			size_t len;
			const uint8_t *text = cstn__values_text(values, row, &len);

			MUST(valid || len == 0);
			for (size_t i = 0; i < len; i++)
				sum += text[i];
		}
	}
	if (values->validity && values->rows % 64)
		MUST(values->validity[values->rows / 64] >> values->rows % 64 == 0);
	return sum;
}

static void encode_again(const cstn__values *values, uint64_t sum)
{
	cstn__block_info info;
	cstn__block block;
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	MUST(cstn__block_encode(values, 0, values->rows, CSTN__ENCODINGS_ALL, 1, &out, &info,
			     NULL) == CSTN_OK);
	MUST(cstn__block_decode(&info, out.data, values->rows, 0, NULL, &block, NULL) == CSTN_OK);
	MUST(touch(&block.values, 0) == sum);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
}

/* Row by row out of the encoded bytes: what decoding them gave. */
static void read_rows(const cstn__block_info *info, const uint8_t *data, const cstn__values *values)
{
	uint8_t made[CSTN__SERIAL_TEXT_MAX + CSTN__SERIAL_SLACK];
	cstn__packed packed;

	if (info->flags & CSTN__BLOCK_ZLIB)
		return;
	cstn__packed_init(info, data, values->rows, &packed);
	for (uint64_t row = 0; row < values->rows; row++) {
		int64_t number;
		size_t len;
		const uint8_t *text;

		if (values->numbers) {
			cstn__packed_numbers(&packed, row, 1, &number);
			MUST(number == values->numbers[row]);
			continue;
		}
		text = cstn__values_text(values, row, &len);
		MUST(cstn__packed_text_len(&packed, row) == len);
		MUST(cstn__packed_text_is(&packed, row, text, len));
		if (info->encoding != CSTN__ENCODING_SERIAL)
			continue;
		cstn__packed_put_text(&packed, row, (uint32_t)len, made);
		MUST(memcmp(made, text, len) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_source source = {data, size};
	cstn__block_info info = {0};
	cstn__block block;
	cstn_error *error = NULL;
	cstn_status status;
	uint64_t rows, n_codes;

	info.encoding = fuzz_u8(&source);
	info.width = fuzz_u8(&source);
	info.flags = fuzz_u8(&source);
	n_codes = fuzz_u8(&source);
	rows = fuzz_u8(&source);
	rows |= (uint64_t)fuzz_u8(&source) << 8;
	info.nulls = fuzz_u8(&source);
	info.raw_len = fuzz_u8(&source);
	info.raw_len |= (uint32_t)fuzz_u8(&source) << 8;
	info.enc_len = (uint32_t)source.size;
	if (!(info.flags & CSTN__BLOCK_ZLIB))
		info.raw_len = info.enc_len;
	status = cstn__block_decode(&info, source.data, rows, n_codes, NULL, &block, &error);
	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return 0;
	MUST(block.values.rows == rows);
	read_rows(&info, source.data, &block.values);
	encode_again(&block.values,
			touch(&block.values, cstn__encoding_is_text(info.encoding) ? 0 : n_codes));
	cstn__block_free(&block, NULL);
	return 0;
}
