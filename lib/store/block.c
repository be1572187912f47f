/* Encoding a column's values into a block: [validity] + data.
 *
 * One pass gathers what the sizes depend on (least and greatest value, runs, least and greatest
 * difference), the sizes of all encodings allowed follow by arithmetic, and the smallest is
 * written, ties to the lower number. So the bytes are a function of the values alone. Texts that
 * are a prefix and a number are written as that and as numbers (block_serial.c) where it takes at
 * most half of the bytes: they are read by making them again, which has to pay.
 *
 * Under a null RAW and FOR have a field of zero bits, CONST and RLE carry the run on, BYTES is
 * empty, and DELTA is not used; a reader gives zero for all of them. Differences are taken modulo
 * 2^64, so that no value is out of reach. Cost: the pass and the writing, about 1 ns a value. */
#include "store/block.h"

#include "base/error.h"
#include "store/block_pack.h"
#include "store/block_serial.h"
#include "store/block_step.h"

/* What the choice depends on. */
typedef struct block_facts {
	uint64_t n, nulls;
	int64_t min, max;                    /* of non-null values; min > max: none */
	int64_t least_delta, greatest_delta; /* between neighbours that have no anchor between */
	uint64_t runs;                       /* of equal values, nulls left out; 0: no value */
	int sorted;
} block_facts;

typedef struct block_choice {
	uint32_t encoding, width;
	uint64_t size;
	cstn__step step;
} block_choice;

/* Numbers of SERIAL are read one by one, so no sums of fields: DELTA only where there are none. */
#define EVEN_DELTA 0x40000000u
#define SERIAL_NUMBERS                                                                             \
	(CSTN__EXACT_WIDTHS | EVEN_DELTA | 1u << CSTN__ENCODING_CONST | 1u << CSTN__ENCODING_RAW | \
			1u << CSTN__ENCODING_FOR | 1u << CSTN__ENCODING_DELTA |                    \
			1u << CSTN__ENCODING_STEP)

/* Text as prefix and numbers. */
typedef struct block_texts {
	cstn__serial form;
	cstn__values values; /* the numbers; their memory */
	size_t size;
	block_facts facts;
	block_choice choice;
} block_texts;

/* Validity of rows [row, row + 64) of the block that begins at `start`, bits past n zero. */
static uint64_t validity_word(const cstn__values *values, uint64_t start, uint64_t n, uint64_t row)
{
	uint64_t first = start + row, left = n - row, shift = first % 64, word;

	if (!values->validity)
		word = UINT64_MAX;
	else {
		word = values->validity[first / 64] >> shift;
		if (shift && left > 64 - shift)
			word |= values->validity[first / 64 + 1] << (64 - shift);
	}
	return left < 64 ? word & ((UINT64_C(1) << left) - 1) : word;
}

static uint64_t count_nulls(const cstn__values *values, uint64_t start, uint64_t n)
{
	uint64_t valid = 0;

	if (!values->validity)
		return 0;
	for (uint64_t row = 0; row < n; row += 64)
		valid += (uint64_t)__builtin_popcountll(validity_word(values, start, n, row));
	return n - valid;
}

static int64_t difference(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* All rows valid. */
static void gather_dense(const int64_t *numbers, block_facts *facts)
{
	int64_t min = INT64_MAX, max = INT64_MIN, least = INT64_MAX, greatest = INT64_MIN;
	uint64_t changes = 0, falls = 0;

	for (uint64_t i = 0; i < facts->n; i++) {
		min = numbers[i] < min ? numbers[i] : min;
		max = numbers[i] > max ? numbers[i] : max;
	}
	for (uint64_t at = 0; at < facts->n; at += CSTN__PACK_STEP) {
		uint64_t end = facts->n - at < CSTN__PACK_STEP ? facts->n : at + CSTN__PACK_STEP;

		if (at) { /* no difference across an anchor */
			changes += numbers[at] != numbers[at - 1];
			falls += numbers[at] < numbers[at - 1];
		}
		for (uint64_t i = at + 1; i < end; i++) {
			int64_t delta = difference(numbers[i], numbers[i - 1]);

			changes += delta != 0;
			falls += numbers[i] < numbers[i - 1];
			least = delta < least ? delta : least;
			greatest = delta > greatest ? delta : greatest;
		}
	}
	facts->min = min;
	facts->max = max;
	facts->least_delta = least;
	facts->greatest_delta = greatest;
	facts->runs = facts->n ? changes + 1 : 0;
	facts->sorted = falls == 0;
}

static void gather_with_nulls(const cstn__values *values, uint64_t start, block_facts *facts)
{
	int64_t last = 0;

	facts->min = INT64_MAX;
	facts->max = INT64_MIN;
	for (uint64_t i = 0; i < facts->n; i++) {
		int64_t value;

		if (!cstn__values_is_valid(values, start + i))
			continue;
		value = values->numbers[start + i];
		facts->min = value < facts->min ? value : facts->min;
		facts->max = value > facts->max ? value : facts->max;
		facts->runs += !facts->runs || value != last;
		last = value;
	}
}

/* --- the choice --- */

/* The least of 1, 2, 4, 8, 16, 32 bits that holds `span`, 0 if none does; or the exact width. */
static uint32_t bits_for(uint64_t span, uint32_t encodings)
{
	uint32_t bits = 1, exact = 64 - (uint32_t)__builtin_clzll(span | 1);

	while (bits < exact)
		bits *= 2;
	if (encodings & CSTN__EXACT_WIDTHS && exact * 8 <= bits * 7)
		return exact;
	return bits > 32 ? 0 : bits;
}

static uint32_t raw_bytes_for(const block_facts *facts)
{
	uint32_t bytes = 1;

	if (facts->min > facts->max)
		return 1;
	while (bytes < 8 && (facts->min < -(INT64_C(1) << (8 * bytes - 1)) ||
					    facts->max >= INT64_C(1) << (8 * bytes - 1)))
		bytes *= 2;
	return bytes;
}

static void offer(block_choice *best, uint32_t encodings, uint32_t encoding, uint32_t width,
		uint64_t size)
{
	if (encodings >> encoding & 1 && size < best->size) {
		best->encoding = encoding;
		best->width = width;
		best->size = size;
	}
}

static void offer_delta(block_choice *best, uint32_t encodings, const block_facts *facts)
{
	uint64_t span = (uint64_t)facts->greatest_delta - (uint64_t)facts->least_delta;
	uint64_t anchors = (facts->n + CSTN__PACK_STEP - 1) / CSTN__PACK_STEP;
	uint32_t bits = bits_for(span, encodings);
	int even = encodings & CSTN__EXACT_WIDTHS && !span;

	if (even)
		bits = 0;
	else if (!bits || encodings & EVEN_DELTA)
		return;
	offer(best, encodings, CSTN__ENCODING_DELTA, bits,
			anchors * 8 + 8 + cstn__packed_size(facts->n, bits));
}

static block_choice choose(const block_facts *facts, uint32_t encodings)
{
	block_choice best = {0, 0, UINT64_MAX, {0}};
	uint64_t n = facts->n;
	uint32_t bytes = raw_bytes_for(facts), bits;

	if (facts->runs <= 1)
		offer(&best, encodings, CSTN__ENCODING_CONST, 0, 8);
	offer(&best, encodings, CSTN__ENCODING_RAW, bytes, n * bytes);
	bits = facts->runs ? bits_for((uint64_t)facts->max - (uint64_t)facts->min, encodings) : 1;
	if (bits)
		offer(&best, encodings, CSTN__ENCODING_FOR, bits, 8 + cstn__packed_size(n, bits));
	if (!facts->nulls && n > 1)
		offer_delta(&best, encodings, facts);
	if (n)
		offer(&best, encodings, CSTN__ENCODING_RLE, 0,
				4 + 12 * (facts->runs ? facts->runs : 1));
	return best;
}

/* Values that take more than a byte each may have a step in common. */
static void offer_step(const cstn__values *values, uint64_t start, const block_facts *facts,
		uint32_t encodings, block_choice *best)
{
	uint64_t span = (uint64_t)facts->max - (uint64_t)facts->min;
	uint32_t bits;

	if (!(encodings >> CSTN__ENCODING_STEP & 1) || facts->runs < 2 ||
			best->size <= 24 + facts->n)
		return;
	cstn__step_find(values, start, facts->n, facts->min, &best->step);
	bits = best->step.step > 1 ? bits_for(span / best->step.step, encodings) : 0;
	if (bits)
		offer(best, encodings, CSTN__ENCODING_STEP, bits,
				16 + cstn__packed_size(facts->n, bits));
}

/* --- writing --- */

static int is_absent(const cstn__values *values)
{
	return !values->numbers && !values->offsets;
}

static void put_validity(const cstn__values *values, uint64_t start, uint64_t n, cstn__bytes *out)
{
	for (uint64_t row = 0; row < n; row += 64)
		cstn__bytes_put_u64(
				out, is_absent(values) ? 0 : validity_word(values, start, n, row));
}

/* Fields of value - base, 0 under nulls: RAW without padding, FOR in whole words, STEP likewise and
 * divided. */
static void put_fields(const cstn__values *values, uint64_t start, uint64_t n, uint64_t base,
		const cstn__step *by, uint32_t bits, int whole_words, cstn__bytes *out)
{
	uint64_t fields[CSTN__PACK_STEP];
	uint8_t packed[CSTN__PACK_STEP_MAX];

	for (uint64_t at = 0; at < n; at += CSTN__PACK_STEP) {
		uint64_t step = n - at < CSTN__PACK_STEP ? n - at : CSTN__PACK_STEP;
		const int64_t *numbers = values->numbers + start + at;

		if (values->validity) {
			for (uint64_t i = 0; i < step; i++)
				fields[i] = cstn__values_is_valid(values, start + at + i)
							    ? (uint64_t)numbers[i] - base
							    : 0;
		} else {
			for (uint64_t i = 0; i < step; i++)
				fields[i] = (uint64_t)numbers[i] - base;
		}
		for (uint64_t i = 0; by && i < step; i++)
			fields[i] = cstn__step_quotient(by, fields[i]);
		cstn__pack(fields, (size_t)step, bits, packed);
		cstn__bytes_put(out, packed,
				whole_words ? (size_t)cstn__packed_size(step, bits)
					    : (size_t)(step * bits / 8));
	}
}

static void put_deltas(
		const int64_t *numbers, const block_facts *facts, uint32_t bits, cstn__bytes *out)
{
	int64_t base = facts->least_delta;
	uint64_t fields[CSTN__PACK_STEP];
	uint8_t packed[CSTN__PACK_STEP_MAX];

	for (uint64_t at = 0; at < facts->n; at += CSTN__PACK_STEP)
		cstn__bytes_put_u64(out, (uint64_t)numbers[at]);
	cstn__bytes_put_u64(out, (uint64_t)base);
	for (uint64_t at = 0; bits && at < facts->n; at += CSTN__PACK_STEP) {
		uint64_t left = facts->n - at,
			 step = left < CSTN__PACK_STEP ? left : CSTN__PACK_STEP;

		fields[0] = 0; /* the anchor is the value */
		for (uint64_t i = 1; i < step; i++)
			fields[i] = (uint64_t)difference(numbers[at + i], numbers[at + i - 1]) -
				    (uint64_t)base;
		cstn__pack(fields, (size_t)step, bits, packed);
		cstn__bytes_put(out, packed, (size_t)cstn__packed_size(step, bits));
	}
}

/* Calls for each run: `ends` 1 writes its end, 0 its value. Nulls belong to the run before them,
 * the first ones to the first. */
static void put_runs_part(const cstn__values *values, uint64_t start, const block_facts *facts,
		int ends, cstn__bytes *out)
{
	int64_t value = 0;
	int seen = 0;

	for (uint64_t i = 0; i < facts->n; i++) {
		int64_t next;

		if (!cstn__values_is_valid(values, start + i))
			continue;
		next = values->numbers[start + i];
		if (seen && next == value)
			continue;
		if (seen && ends)
			cstn__bytes_put_u32(out, (uint32_t)i);
		else if (seen)
			cstn__bytes_put_u64(out, (uint64_t)value);
		value = next;
		seen = 1;
	}
	if (ends)
		cstn__bytes_put_u32(out, (uint32_t)facts->n);
	else
		cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_numbers(const cstn__values *values, uint64_t start, const block_facts *facts,
		const block_choice *choice, cstn__bytes *out)
{
	int64_t base = facts->runs ? facts->min : 0;

	switch (choice->encoding) {
	case CSTN__ENCODING_CONST:
		cstn__bytes_put_u64(out, (uint64_t)base);
		break;
	case CSTN__ENCODING_RAW:
		put_fields(values, start, facts->n, 0, NULL, choice->width * 8, 0, out);
		break;
	case CSTN__ENCODING_FOR:
		cstn__bytes_put_u64(out, (uint64_t)base);
		put_fields(values, start, facts->n, (uint64_t)base, NULL, choice->width, 1, out);
		break;
	case CSTN__ENCODING_STEP:
		cstn__bytes_put_u64(out, (uint64_t)base);
		cstn__bytes_put_u64(out, choice->step.step);
		put_fields(values, start, facts->n, (uint64_t)base, &choice->step, choice->width, 1,
				out);
		break;
	case CSTN__ENCODING_DELTA:
		put_deltas(values->numbers + start, facts, choice->width, out);
		break;
	default:
		cstn__bytes_put_u32(out, (uint32_t)(facts->runs ? facts->runs : 1));
		put_runs_part(values, start, facts, 1, out);
		put_runs_part(values, start, facts, 0, out);
	}
}

/* Length of a row's text, 0 for a null. */
static size_t text_len(const cstn__values *values, uint64_t row, const uint8_t **text)
{
	size_t len = 0;

	if (cstn__values_is_valid(values, row))
		*text = cstn__values_text(values, row, &len);
	return len;
}

static void put_texts(const cstn__values *values, uint64_t start, uint64_t n, cstn__bytes *out)
{
	const uint8_t *text = NULL;
	uint32_t offset = 0;

	cstn__bytes_put_u32(out, 0);
	for (uint64_t i = 0; i < n; i++) {
		offset += (uint32_t)text_len(values, start + i, &text);
		cstn__bytes_put_u32(out, offset);
	}
	for (uint64_t i = 0; i < n; i++) {
		size_t len = text_len(values, start + i, &text);

		if (len)
			cstn__bytes_put(out, text, len);
	}
}

static void put_serial(const block_texts *texts, cstn__bytes *out)
{
	const cstn__serial *form = &texts->form;

	cstn__bytes_put_u32(out, form->bytes);
	cstn__bytes_put_u8(out, (uint8_t)form->digits);
	cstn__bytes_put_u8(out, (uint8_t)form->prefix_len);
	cstn__bytes_put_u8(out, (uint8_t)texts->choice.encoding);
	cstn__bytes_put_u8(out, (uint8_t)texts->choice.width);
	if (form->prefix_len)
		cstn__bytes_put(out, form->prefix, form->prefix_len);
	for (size_t i = form->prefix_len; i % 8; i++)
		cstn__bytes_put_u8(out, 0);
	put_numbers(&texts->values, 0, &texts->facts, &texts->choice, out);
}

/* --- the whole --- */

/* What to write numbers as. */
static void plan_numbers(const cstn__values *values, uint64_t start, uint32_t encodings,
		block_facts *facts, block_choice *choice)
{
	if (facts->nulls)
		gather_with_nulls(values, start, facts);
	else
		gather_dense(values->numbers + start, facts);
	*choice = choose(facts, encodings);
	offer_step(values, start, facts, encodings, choice);
}

/* Text into numbers, if it can be and the block is then at most half as large. */
static cstn_status plan_serial(const cstn__values *values, uint64_t start, const block_facts *facts,
		const cstn_allocator *allocator, block_choice *choice, block_texts *texts,
		cstn_error **error)
{
	uint64_t n = facts->n, words = facts->nulls ? (n + 63) / 64 : 0, size;
	int64_t *numbers;
	uint64_t *validity;

	if (choice->size < 2 * CSTN__SERIAL_HEAD ||
			!cstn__serial_find(values, start, n, &texts->form))
		return CSTN_OK;
	texts->size = (size_t)(n + words) * 8;
	numbers = cstn__alloc(allocator, texts->size);
	if (!numbers)
		return cstn__fail_nomem(error);
	cstn__serial_numbers(&texts->form, values, start, n, numbers);
	validity = (uint64_t *)(void *)(numbers + n);
	for (uint64_t i = 0; i < words; i++)
		validity[i] = validity_word(values, start, n, i * 64);
	texts->values = (cstn__values){n, words ? validity : NULL, numbers, NULL, NULL, NULL};
	texts->facts = *facts;
	plan_numbers(&texts->values, 0, SERIAL_NUMBERS, &texts->facts, &texts->choice);
	size = cstn__serial_head_size(texts->form.prefix_len) + texts->choice.size;
	if (size * 2 <= choice->size) {
		choice->encoding = CSTN__ENCODING_SERIAL;
		choice->size = size;
	}
	return CSTN_OK;
}

static cstn_status plan(const cstn__values *values, uint64_t start, uint64_t n, uint32_t encodings,
		block_facts *facts, block_choice *choice, cstn_error **error)
{
	const uint8_t *text = NULL;
	uint64_t size;

	memset(facts, 0, sizeof(*facts));
	facts->n = n;
	facts->min = INT64_MAX;
	facts->max = INT64_MIN;
	if (n > CSTN__BLOCK_ROWS_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"a block of %llu rows, at most %u are allowed",
				(unsigned long long)n, CSTN__BLOCK_ROWS_MAX);
	facts->nulls = count_nulls(values, start, n);
	if (values->offsets || values->dictionary) {
		choice->encoding = CSTN__ENCODING_BYTES;
		choice->width = 0;
		choice->size = (n + 1) * 4;
		for (uint64_t i = 0; i < n; i++)
			choice->size += text_len(values, start + i, &text);
	} else if (is_absent(values)) { /* all null */
		facts->nulls = n;
		*choice = choose(facts, encodings & (1u << CSTN__ENCODING_CONST));
	} else {
		plan_numbers(values, start, encodings, facts, choice);
	}
	size = choice->size + (facts->nulls ? (n + 63) / 64 * 8 : 0);
	if (size > CSTN__BLOCK_BYTES_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"a block of %llu bytes, at most %u are allowed",
				(unsigned long long)size, CSTN__BLOCK_BYTES_MAX);
	return CSTN_OK;
}

static void put_block(const cstn__values *values, uint64_t start, const block_facts *facts,
		const block_choice *choice, const block_texts *texts, cstn__bytes *out)
{
	if (facts->nulls)
		put_validity(values, start, facts->n, out);
	if (choice->encoding == CSTN__ENCODING_BYTES)
		put_texts(values, start, facts->n, out);
	else if (choice->encoding == CSTN__ENCODING_SERIAL)
		put_serial(texts, out);
	else
		put_numbers(values, start, facts, choice, out);
}

/* The bytes from `begin` on, deflated if that makes them fewer: 1; -1 out of memory. */
static int deflate(cstn__bytes *out, size_t begin)
{
	cstn__bytes packed;
	int wrapped;

	cstn__bytes_init(&packed, &out->allocator);
	wrapped = cstn__block_deflate(out->data + begin, out->size - begin, &packed);
	if (wrapped > 0) {
		out->size = begin;
		cstn__bytes_put(out, packed.data, packed.size);
	}
	cstn__bytes_free(&packed);
	return wrapped;
}

cstn_status cstn__block_encode(const cstn__values *values, uint64_t start, uint64_t n,
		uint32_t encodings, int zlib, cstn__bytes *out, cstn__block_info *info,
		cstn_error **error)
{
	size_t begin = out->size;
	block_facts facts;
	block_choice choice = {0, 0, 0, {0}};
	block_texts texts = {0};
	cstn_status status = plan(values, start, n, encodings, &facts, &choice, error);
	int wrapped = 0;

	if (status == CSTN_OK && choice.encoding == CSTN__ENCODING_BYTES &&
			encodings >> CSTN__ENCODING_SERIAL & 1)
		status = plan_serial(
				values, start, &facts, &out->allocator, &choice, &texts, error);
	if (status != CSTN_OK)
		return status;
	put_block(values, start, &facts, &choice, &texts, out);
	cstn__free(&out->allocator, (void *)(uintptr_t)texts.values.numbers, texts.size);
	memset(info, 0, sizeof(*info));
	info->raw_len = (uint32_t)(out->size - begin);
	if (zlib && choice.encoding == CSTN__ENCODING_BYTES && !out->failed)
		wrapped = deflate(out, begin);
	if (out->failed || wrapped < 0) {
		out->size = begin;
		return cstn__fail_nomem(error);
	}
	info->enc_len = (uint32_t)(out->size - begin);
	info->nulls = (uint32_t)facts.nulls;
	info->encoding = (uint8_t)choice.encoding;
	info->width = (uint8_t)choice.width;
	info->flags = (uint8_t)((wrapped ? CSTN__BLOCK_ZLIB : 0) |
				(facts.nulls ? CSTN__BLOCK_VALIDITY : 0) |
				(facts.sorted ? CSTN__BLOCK_SORTED : 0));
	info->min = facts.min;
	info->max = facts.max;
	return CSTN_OK;
}
