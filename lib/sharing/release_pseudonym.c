/* Pseudonyms of a column: 16 bytes in place of each value, that nobody without the key can tell
 * from random ones.
 *
 * The key of a scope is BLAKE2b of the provider's key over constellation, recipient, purpose and
 * epoch, each text with its length before it; a token is BLAKE2b-128 under it over path, a zero
 * byte and the value. Values are written in one way whatever type they come in: whole numbers as
 * decimal text, decimals without zeros at their end, dates as days and times as seconds since 1970,
 * flags as 0 and 1, text and bytes as they are. So 12, 12.0 and "12" of one path have one token.
 *
 * Each distinct value is hashed once: entries of a dictionary once a batch, others once in so many
 * as are remembered. The state that a hash begins with, which has the key in it, is in guarded
 * memory of libsodium; its copies are wiped as they are used up. Cost: a look-up a value, some
 * tenths of a microsecond a distinct one. */
#include "sharing/release_pseudonym.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium/core.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include "base/alloc.h"
#include "base/bitmap.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/map.h"
#include "sharing/release_copy.h"

#define SIZE CSTN__PSEUDONYM_SIZE
#define KEY CSTN__PSEUDONYM_KEY
#define REMEMBERED 65536           /* values */
#define REMEMBERED_BYTES (1 << 24) /* of texts */
#define SEED UINT64_C(0x70736575646f)

/* A value in its one way of being written. */
typedef struct written {
	const char *text;
	size_t len;
	char room[96];
} written;

struct cstn__pseudonym {
	cstn_allocator allocator;
	crypto_generichash_state *begun; /* with key, path and zero byte */
	/* what is remembered: values by their numbers or bytes, and the token of each */
	cstn__i64_map numbers;
	cstn__interner texts;
	CSTN__ARRAY(uint8_t) tokens;
};

/* --- keys ------------------------------------------------------------------------------------- */

static void put_number(crypto_generichash_state *to, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	crypto_generichash_update(to, bytes, size);
}

static void put_id(crypto_generichash_state *to, const cstn_id *id)
{
	put_number(to, id->len, 2);
	crypto_generichash_update(to, (const uint8_t *)id->text, id->len);
}

static void scope_key(const uint8_t *key, const cstn__pseudonym_scope *scope, uint8_t out[KEY])
{
	static const char first[] = "cstn/pseudonym/v1\n";
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, KEY, KEY);
	crypto_generichash_update(&state, (const uint8_t *)first, sizeof(first) - 1);
	put_id(&state, &scope->constellation);
	put_id(&state, &scope->recipient);
	put_id(&state, &scope->purpose);
	put_number(&state, (uint64_t)scope->epoch, 8);
	crypto_generichash_final(&state, out, KEY);
}

static cstn_status check_type(const char *column, const cstn__view_type *type, cstn_error **error)
{
	switch (type->is.kind) {
	case CSTN__KIND_NULL:
	case CSTN__KIND_FLAG:
	case CSTN__KIND_INTEGER:
	case CSTN__KIND_TEXT:
	case CSTN__KIND_BYTES:
	case CSTN__KIND_DATE32:
	case CSTN__KIND_DATE64:
	case CSTN__KIND_TIME:
		return CSTN_OK;
	case CSTN__KIND_DECIMAL:
		if (type->is.scale >= 0)
			return CSTN_OK;
		break;
	case CSTN__KIND_REFUSED: /* of bytes alone it is known what they are */
		if (strcmp(type->is.name, "fixed_size_binary") == 0)
			return CSTN_OK;
		break;
	default:
		break;
	}
	return cstn__fail(error, CSTN_E_SCHEMA,
			"column '%s' is %s, whose values are not written in one way: no pseudonyms "
			"can be made of them; cast it to text",
			column, type->is.name);
}

cstn_status cstn__pseudonym_new(const uint8_t *key, const cstn__pseudonym_scope *scope,
		const char *path, const char *column, const cstn__view_type *type,
		const cstn_allocator *allocator, cstn__pseudonym **out, cstn_error **error)
{
	cstn__pseudonym *made;
	uint8_t scoped[KEY];
	cstn_status status = check_type(column, type, error);

	if (status != CSTN_OK)
		return status;
	if (sodium_init() < 0)
		return cstn__fail(error, CSTN_E_IO, "libsodium finds no source of randomness");
	made = cstn__alloc_zero(allocator, sizeof(*made));
	if (!made)
		return cstn__fail_nomem(error);
	made->allocator = *allocator;
	cstn__i64_map_init(&made->numbers, allocator, SEED);
	cstn__interner_init(&made->texts, allocator, SEED);
	made->begun = sodium_malloc(sizeof(*made->begun));
	if (!made->begun) {
		cstn__pseudonym_free(made);
		return cstn__fail_nomem(error);
	}
	scope_key(key, scope, scoped);
	crypto_generichash_init(made->begun, scoped, KEY, SIZE);
	cstn__wipe(scoped, sizeof(scoped));
	crypto_generichash_update(made->begun, (const uint8_t *)path, strlen(path) + 1);
	*out = made;
	return CSTN_OK;
}

static void forget(cstn__pseudonym *pseudonym)
{
	cstn__i64_map_free(&pseudonym->numbers);
	cstn__interner_free(&pseudonym->texts);
	cstn__i64_map_init(&pseudonym->numbers, &pseudonym->allocator, SEED);
	cstn__interner_init(&pseudonym->texts, &pseudonym->allocator, SEED);
	pseudonym->tokens.count = 0;
}

void cstn__pseudonym_free(cstn__pseudonym *pseudonym)
{
	cstn_allocator allocator;

	if (!pseudonym)
		return;
	allocator = pseudonym->allocator;
	sodium_free(pseudonym->begun);
	forget(pseudonym);
	cstn__i64_map_free(&pseudonym->numbers);
	cstn__interner_free(&pseudonym->texts);
	cstn__array_free(&allocator, &pseudonym->tokens);
	cstn__free(&allocator, pseudonym, sizeof(*pseudonym));
}

/* --- values ----------------------------------------------------------------------------------- */

/* A whole number of at most 8 bytes, as it is remembered. */
static int64_t load(const uint8_t *value, int32_t physical)
{
	const cstn__column one = {
			.physical = physical == CSTN__DEC32 ? (int32_t)CSTN__I32 : physical,
			.values = value};

	return cstn__column_index(&one, 0);
}

/* Zeros behind the point say nothing, nor does a point behind which there is nothing. */
static size_t without_zeros(const char *text, size_t len)
{
	if (!memchr(text, '.', len))
		return len;
	while (text[len - 1] == '0')
		len--;
	return text[len - 1] == '.' ? len - 1 : len;
}

static void write_decimal(const void *value, int32_t physical, int32_t scale, written *out)
{
	out->len = cstn__decimal_text(value, physical, scale, out->room);
	out->len = without_zeros(out->room, out->len);
	out->text = out->room;
}

static void write_whole(int64_t value, written *out)
{
	out->len = (size_t)snprintf(out->room, sizeof(out->room), "%" PRId64, value);
	out->text = out->room;
}

static int32_t scale_of(int64_t per_second)
{
	int32_t scale = 0;

	for (; per_second > 1; per_second /= 10)
		scale++;
	return scale;
}

/* A value at a place of where values are. */
static void write_value(const cstn__view *view, int64_t place, written *out)
{
	const cstn__column *values = cstn__view_values(view);
	const cstn__view_type *type = view->type;
	const uint8_t *at;
	int64_t number;

	if (cstn__view_type_is_text(type)) {
		cstn__column_raw_text(values, place, &out->text, &out->len);
		return;
	}
	if (type->is.kind == CSTN__KIND_FLAG) {
		write_whole(cstn__bit_get(values->values, (size_t)(values->offset + place)), out);
		return;
	}
	at = cstn__view_fixed(view, place);
	switch (type->is.kind) {
	case CSTN__KIND_DECIMAL:
		write_decimal(at, type->is.physical, type->is.scale, out);
		return;
	case CSTN__KIND_TIME:
		write_decimal(at, CSTN__DEC64, scale_of(type->is.per_second), out);
		return;
	case CSTN__KIND_REFUSED:
		out->text = (const char *)at;
		out->len = (size_t)type->width;
		return;
	default:
		break;
	}
	number = load(at, type->is.physical);
	if (type->is.physical == CSTN__U64)
		out->len = (size_t)snprintf(
				out->room, sizeof(out->room), "%" PRIu64, (uint64_t)number);
	else
		write_whole(type->is.kind == CSTN__KIND_DATE64 ? cstn__floor_div(number, 86400000)
							       : number,
				out);
	out->text = out->room;
}

static void hash(const cstn__pseudonym *pseudonym, const cstn__view *view, int64_t place,
		uint8_t out[SIZE])
{
	crypto_generichash_state state = *pseudonym->begun;
	written value;

	write_value(view, place, &value);
	crypto_generichash_update(&state, (const uint8_t *)value.text, value.len);
	crypto_generichash_final(&state, out, SIZE); /* wipes the state */
}

/* --- what is remembered ----------------------------------------------------------------------- */

static int is_number(const cstn__view_type *type)
{
	return type->width > 0 && type->width <= 8 && type->is.kind != CSTN__KIND_REFUSED;
}

/* The number of a value among those that are remembered, all of them if it is new; UINT32_MAX: out
 * of memory. */
static uint32_t recall(cstn__pseudonym *pseudonym, const cstn__view *view, int64_t place)
{
	const cstn__view_type *type = view->type;
	const char *text;
	size_t len;

	if (is_number(type))
		return cstn__i64_map_intern(&pseudonym->numbers,
				load(cstn__view_fixed(view, place), type->is.physical),
				(uint32_t)(pseudonym->tokens.count / SIZE));
	if (cstn__view_type_is_text(type)) {
		text = cstn__view_text(cstn__view_values(view), place, &len);
	} else {
		text = (const char *)cstn__view_fixed(view, place);
		len = (size_t)type->width;
	}
	return cstn__intern(&pseudonym->texts, text, len);
}

/* The token of a value; -1: out of memory. */
static int token(cstn__pseudonym *pseudonym, const cstn__view *view, int64_t place,
		uint8_t out[SIZE])
{
	uint32_t known;

	if (view->type->is.kind == CSTN__KIND_FLAG) {
		hash(pseudonym, view, place, out);
		return 0;
	}
	if (pseudonym->tokens.count >= (size_t)REMEMBERED * SIZE ||
			pseudonym->texts.arena.total > REMEMBERED_BYTES)
		forget(pseudonym);
	if (cstn__array_reserve(&pseudonym->allocator, &pseudonym->tokens, SIZE) != 0)
		return -1;
	known = recall(pseudonym, view, place);
	if (known == UINT32_MAX)
		return -1;
	if (known == pseudonym->tokens.count / SIZE) {
		hash(pseudonym, view, place, pseudonym->tokens.items + pseudonym->tokens.count);
		pseudonym->tokens.count += SIZE;
	}
	memcpy(out, pseudonym->tokens.items + (size_t)known * SIZE, SIZE);
	return 0;
}

/* --- columns ---------------------------------------------------------------------------------- */

/* The entries of a dictionary, which are remembered for the batch. */
typedef struct places {
	uint8_t *seen, *tokens; /* a byte and a token a place; NULL: there are none */
	size_t n, size;
} places;

static int places_init(const cstn__view *view, const cstn_allocator *allocator, places *out)
{
	memset(out, 0, sizeof(*out));
	if (!view->column.dictionary)
		return 0;
	out->n = (size_t)view->dictionary.length;
	out->size = cstn__array_size(out->n, SIZE + 1);
	out->seen = cstn__alloc(allocator, out->size);
	if (!out->seen)
		return -1;
	memset(out->seen, 0, out->n);
	out->tokens = out->seen + out->n;
	return 0;
}

static int put_tokens(cstn__pseudonym *pseudonym, const cstn__view *view, const int64_t *rows,
		const struct ArrowArray *out, places *of, uint8_t *to)
{
	int64_t i;

	for (i = 0; i < out->length; i++, to += SIZE) {
		int64_t row = cstn__release_row(rows, i), place;
		uint8_t *known;

		if (out->null_count && !cstn__bit_get(out->buffers[0], (size_t)i)) {
			memset(to, 0, SIZE);
			continue;
		}
		place = cstn__view_place(view, row);
		if (!of->seen) {
			if (token(pseudonym, view, place, to) != 0)
				return -1;
			continue;
		}
		known = of->tokens + (size_t)place * SIZE;
		if (!of->seen[place] && token(pseudonym, view, place, known) != 0)
			return -1;
		of->seen[place] = 1;
		memcpy(to, known, SIZE);
	}
	return 0;
}

cstn_status cstn__pseudonym_column(cstn__pseudonym *pseudonym, const cstn__view *view,
		const int64_t *rows, int64_t n, const cstn_allocator *allocator,
		struct ArrowArray *out, cstn_error **error)
{
	int64_t nulls = cstn__release_validity(view, rows, n, NULL);
	const size_t sizes[3] = {nulls ? cstn__release_bits_size(n) : 0,
			cstn__array_size((size_t)n, SIZE), 0};
	struct ArrowArray made;
	uint8_t *data[3];
	places of;
	cstn_status status = cstn__release_array_new(allocator, n, sizes, &made, data, error);

	if (status != CSTN_OK)
		return status;
	made.n_buffers = 2;
	made.null_count = nulls;
	if (nulls)
		(void)cstn__release_validity(view, rows, n, data[0]);
	if (places_init(view, allocator, &of) != 0 ||
			put_tokens(pseudonym, view, rows, &made, &of, data[1]) != 0) {
		made.release(&made);
		status = cstn__fail_nomem(error);
	} else {
		*out = made;
	}
	cstn__free(allocator, of.seen, of.size);
	return status;
}
