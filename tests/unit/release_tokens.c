/* Pseudonyms of columns: tokens as libsodium makes them of plain text, in every type and layout;
 * the same within a scope, and unlinkable across scopes. */
#include <inttypes.h>
#include <stdio.h>

#include <sodium.h>

#include "arrow_maker.h"
#include "release_look.h"
#include "release_plans.h"
#include "sharing_fixture.h"
#include "suite.h"

static const uint8_t key[32] = "thirty-two bytes of the provider";

/* --- tokens by the definition ----------------------------------------------------------------- */

typedef struct scope {
	const char *constellation, *recipient, *purpose;
	int64_t epoch;
} scope;
static const scope usual = {"c1", "shop", "planning", 0};

static size_t put_number(uint8_t *to, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> 8 * i);
	return (size_t)size;
}

static void token_of(
		const scope *in, const char *path, const void *text, size_t len, uint8_t out[16])
{
	const char *const parts[] = {in->constellation, in->recipient, in->purpose};
	uint8_t message[1024], scoped[32];
	size_t at = (size_t)snprintf((char *)message, sizeof(message), "cstn/pseudonym/v1\n");

	for (int i = 0; i < 3; i++) {
		at += put_number(message + at, strlen(parts[i]), 2);
		memcpy(message + at, parts[i], strlen(parts[i]));
		at += strlen(parts[i]);
	}
	at += put_number(message + at, (uint64_t)in->epoch, 8);
	crypto_generichash(scoped, 32, message, at, key, 32);
	at = strlen(path) + 1;
	memcpy(message, path, at);
	memcpy(message + at, text, len);
	crypto_generichash(out, 16, message, at + len, scoped, 32);
}

static __int128 whole_of(const release_cell *cell, int is_signed)
{
	unsigned __int128 value = 0;
	int n = cell->len < 16 ? cell->len : 16;

	for (int i = 0; i < n; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		value |= (unsigned __int128)cell->bytes[cell->len - 1 - i] << 8 * i;
#else
		value |= (unsigned __int128)cell->bytes[i] << 8 * i;
#endif
	if (is_signed && n < 16 && value >> (8 * n - 1) & 1)
		value |= ~(((unsigned __int128)1 << 8 * n) - 1);
	return (__int128)value;
}

/* Digits with a point before the last `scale`, no zeros at the end. */
static size_t write_number(__int128 value, int scale, char *out)
{
	char digits[64];
	unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
	size_t len = 0;
	int n = 0;

	for (; rest || n <= scale; rest /= 10)
		digits[n++] = (char)('0' + (int)(rest % 10));
	if (value < 0)
		out[len++] = '-';
	while (n > 0) {
		if (n == scale)
			out[len++] = '.';
		out[len++] = digits[--n];
	}
	while (scale && out[len - 1] == '0')
		len--;
	return len - (out[len - 1] == '.');
}

static size_t write_cell(const release_cell *cell, const char *format, char *out)
{
	int precision, scale = 0, width = release_width(format);
	__int128 value;

	if (width == -2 || format[0] == 'w') {
		memcpy(out, cell->bytes, cell->len);
		return cell->len;
	}
	value = whole_of(cell, strchr("CSILb", format[0]) == NULL);
	if (strcmp(format, "tdm") == 0)
		return write_number(value / 86400000 - (value % 86400000 < 0), 0, out);
	if (format[0] == 'd')
		ck_assert_int_eq(sscanf(format, "d:%d,%d", &precision, &scale), 2);
	if (format[0] == 't' && format[1] == 's')
		scale = format[2] == 's' ? 0 : format[2] == 'm' ? 3 : format[2] == 'u' ? 6 : 9;
	return write_number(value, scale, out);
}

/* --- columns ---------------------------------------------------------------------------------- */

static const char *const formats[] = {"n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "u", "z",
		"tdD", "tdm", "tss:", "tsm:UTC", "tsu:Europe/Berlin", "tsn:", "d:9,2,32", "d:19,2",
		"d:18,4,64", "d:40,3,256", "w:16", "w:40", "d:5,0"};

static void set_level(releasing *r, int32_t level, int64_t epoch)
{
	for (int i = 0; i < 3; i++) {
		r->grants[i] = release_grant_of(releasing_paths[i], level);
		r->grants[i].granularity.epoch = epoch;
	}
	r->options.pseudonym_key = key;
}

static void fill(releasing *r, uint64_t *state)
{
	r->rows = (int)sharing_roll(state, 100);
	for (int c = 0; c < r->n; c++) {
		release_table_column *column = &r->columns[c];

		column->format = formats[sharing_roll(state, sizeof(formats) / sizeof(formats[0]))];
		release_fill(column, r->rows, (int)sharing_roll(state, 3) * 30,
				(int)sharing_roll(state, 20), state);
		for (int i = 0; i < r->rows && release_width(column->format) == 32; i++) {
			int64_t low = (int64_t)sharing_random(state);

			memset(column->cells[i].bytes, low < 0 ? 0xff : 0, 32);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			memcpy(column->cells[i].bytes + 24, &low, 8);
#else
			memcpy(column->cells[i].bytes, &low, 8);
#endif
		}
		r->layouts[c] = release_random_layout(column->format, state);
	}
}

static void check_column(const releasing *r, int at, const struct ArrowArray *out)
{
	const release_table_column *column = &r->columns[2 * at];
	char text[64];
	uint8_t expected[16];

	for (int row = 0; row < r->rows; row++) {
		release_cell got = release_look(r->schema.children[at], out, row);

		ck_assert_int_eq(got.valid, column->cells[row].valid);
		if (!got.valid)
			continue;
		token_of(&usual, releasing_paths[at], text,
				write_cell(&column->cells[row], column->format, text), expected);
		ck_assert_mem_eq(got.bytes, expected, 16);
	}
}

START_TEST(tokens_are_those_of_the_definition)
{
	size_t every = test_every();

	for (size_t round = 0; round < 500; round += every) {
		uint64_t state = round, held;
		releasing *r = releasing_begin();

		fill(r, &state);
		set_level(r, CSTN_LEVEL_PSEUDONYM, 0);
		releasing_plan(r, NULL);
		for (int again = 0; again < 2; again++) {
			struct ArrowArray in, out;

			release_batch(&in, r->columns, r->n, 0, r->rows, 0, r->layouts, &state);
			SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
			release_check_bare(&r->schema, &out);
			for (int c = 0; c < 3; c++) {
				ck_assert_str_eq(r->schema.children[c]->format, "w:16");
				check_column(r, c, out.children[c]);
			}
			out.release(&out);
		}
		releasing_end(r);
	}
}
END_TEST

/* --- scopes ----------------------------------------------------------------------------------- */

/* The token of a text of field a (or c, e). */
static void one_token(const scope *in, const char *text, int field, uint8_t out[16])
{
	const release_asking asking = {.constellation = in->constellation,
			.recipient = in->recipient,
			.purpose = in->purpose};
	releasing *r = releasing_begin();
	struct ArrowArray batch, left;
	uint64_t state = 1, held;

	for (int c = 0; c < 5; c++) {
		r->columns[c].format = "u";
		r->columns[c].cells[0].valid = 1;
		r->columns[c].cells[0].len = (uint8_t)strlen(text);
		memcpy(r->columns[c].cells[0].bytes, text, strlen(text));
	}
	set_level(r, CSTN_LEVEL_PSEUDONYM, in->epoch);
	releasing_plan(r, &asking);
	release_batch(&batch, r->columns, 5, 0, 1, 0, r->layouts, &state);
	SHARING_OK(cstn__release_plan_batch(r->plan, &batch, &left, &held, &error));
	memcpy(out, left.children[field]->buffers[1], 16);
	left.release(&left);
	releasing_end(r);
}

START_TEST(scopes_have_no_token_in_common)
{
	static const scope scopes[] = {{"c1", "shop", "planning", 0}, {"c2", "shop", "planning", 0},
			{"c1", "store", "planning", 0}, {"c1", "shop", "audit", 0},
			{"c1", "shop", "planning", 1}, {"c1", "shop", "planning", 256},
			{"c", "1shop", "planning", 0}, {"c1", "shopp", "lanning", 0},
			{"c1s", "hop", "planning", 0}};
	static const char *const texts[] = {"anna", "bert", "", "an"};
	uint8_t tokens[9 * 4 * 3][16], expected[16];
	int n = 0;

	for (size_t s = 0; s < sizeof(scopes) / sizeof(scopes[0]); s++)
		for (int t = 0; t < 4; t++)
			for (int f = 0; f < 3; f++, n++) {
				one_token(&scopes[s], texts[t], f, tokens[n]);
				token_of(&scopes[s], releasing_paths[f], texts[t], strlen(texts[t]),
						expected);
				ck_assert_mem_eq(tokens[n], expected, 16);
				for (int i = 0; i < n; i++)
					ck_assert_mem_ne(tokens[i], tokens[n], 16);
			}
	one_token(&usual, "anna", 0, expected);
	ck_assert_mem_eq(expected, tokens[0], 16);
}
END_TEST

START_TEST(one_value_has_one_token_in_whatever_type_it_comes)
{
	static const struct {
		const char *format;
		int64_t value;
	} same[] = {{"c", 12}, {"L", 12}, {"d:9,2", 1200}, {"d:9,4,64", 120000}, {"tdD", 12},
			{"tdm", 12 * 86400000 + 5}, {"tss:", 12}, {"tsn:UTC", 12000000000}};
	uint8_t expected[16];

	token_of(&usual, "row.a", "12", 2, expected);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		releasing *r = releasing_begin();
		release_cell *cell = &r->columns[0].cells[0];
		struct ArrowArray batch, left;
		uint64_t state = 1, held;

		for (int c = 0; c < 5; c++)
			r->columns[c].format = c ? "u" : same[i].format;
		cell->valid = 1;
		cell->len = (uint8_t)release_width(same[i].format);
		for (int j = 0; j < cell->len && j < 8; j++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			cell->bytes[cell->len - 1 - j] = (uint8_t)(same[i].value >> 8 * j);
#else
			cell->bytes[j] = (uint8_t)(same[i].value >> 8 * j);
#endif
		set_level(r, CSTN_LEVEL_PSEUDONYM, 0);
		releasing_plan(r, NULL);
		release_batch(&batch, r->columns, 5, 0, 1, 0, r->layouts, &state);
		SHARING_OK(cstn__release_plan_batch(r->plan, &batch, &left, &held, &error));
		ck_assert_mem_eq(left.children[0]->buffers[1], expected, 16);
		left.release(&left);
		releasing_end(r);
	}
}
END_TEST

/* --- more values than are remembered ---------------------------------------------------------- */

#define MANY 150000

/* A batch of `many`, or of their texts, as column a of five. */
static void check_many(const maker_column *column, const releasing *r, const int64_t *numbers)
{
	maker_column columns[5];
	const maker_batch made = {.length = MANY, .columns = columns};
	struct ArrowArray in, out;
	uint8_t expected[16];
	uint64_t held;
	char text[32];

	for (int c = 0; c < 5; c++)
		columns[c] = *column;
	maker_root(&in, &made, 5);
	SHARING_OK(cstn__release_plan_batch(r->plan, &in, &out, &held, &error));
	for (int i = 0; i < MANY; i += 977) {
		token_of(&usual, "row.a", text, write_number(numbers[i], 0, text), expected);
		ck_assert_mem_eq((const uint8_t *)out.children[0]->buffers[1] + 16 * i, expected,
				16);
	}
	out.release(&out);
	ck_assert_int_eq(maker_live(), 0);
}

START_TEST(more_distinct_values_than_are_remembered_have_their_tokens)
{
	static int64_t numbers[MANY];
	static int32_t ends[MANY + 1];
	static char texts[MANY * 8];
	const maker_column whole = {.format = "l",
					   .length = MANY,
					   .n_buffers = 2,
					   .buffers = {NULL, numbers}},
			   text = {.format = "u",
					   .length = MANY,
					   .n_buffers = 3,
					   .buffers = {NULL, ends, texts}};

	for (int i = 0; i < MANY; i++) {
		numbers[i] = i % 3 ? i * 7 : i % 100;
		ends[i + 1] = ends[i] + snprintf(texts + ends[i], 8, "%" PRId64, numbers[i]);
	}
	for (int way = 0; way < 2; way++) {
		releasing *r = releasing_begin();

		for (int c = 0; c < 5; c++)
			r->columns[c].format = way ? "u" : "l";
		set_level(r, CSTN_LEVEL_PSEUDONYM, 0);
		releasing_plan(r, NULL);
		check_many(way ? &text : &whole, r, numbers);
		check_many(way ? &text : &whole, r, numbers);
		releasing_end(r);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {tokens_are_those_of_the_definition,
			scopes_have_no_token_in_common,
			one_value_has_one_token_in_whatever_type_it_comes,
			more_distinct_values_than_are_remembered_have_their_tokens};

	return run_tests("release_tokens", tests, sizeof(tests) / sizeof(tests[0]));
}
