/* Structs that are JSON objects: a table of members writes them as canonical JSON (RFC 8785), reads
 * them strictly, and copies them deeply. So what is written, what is read and what is kept cannot
 * differ, and a member is added in one place.
 *
 * A member at its default is not written, so that a struct has one text; an unknown member is never
 * passed over. Cost: one pass. */
#include "sharing/shape.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "sharing/canonical_json.h"

#define DIGEST 32

static const void *at(const cstn__member *member, const void *value)
{
	return (const uint8_t *)value + member->at;
}

static const char *text_at(const cstn__member *member, const void *value)
{
	return *(const char *const *)at(member, value);
}

static const void *const *list_at(const cstn__member *member, const void *value, size_t *n)
{
	*n = *(const size_t *)(const void *)((const uint8_t *)value + member->count_at);
	return *(const void *const *const *)at(member, value);
}

static uint32_t bits_at(const cstn__member *member, const void *value)
{
	return *(const uint32_t *)at(member, value);
}

static int32_t word_at(const cstn__member *member, const void *value)
{
	return *(const int32_t *)at(member, value);
}

static int64_t number_at(const cstn__member *member, const void *value)
{
	return *(const int64_t *)at(member, value);
}

static int is_plain(const cstn__shape *shape, const void *value);

/* Is a member not there? */
static int is_absent(const cstn__member *member, const void *value)
{
	static const uint8_t zeros[DIGEST];
	const void *part;
	size_t n;

	switch (member->kind) {
	case CSTN__TEXTS:
	case CSTN__PARTS:
		list_at(member, value, &n);
		return n == 0;
	case CSTN__NUMBER:
		return number_at(member, value) == member->absent;
	case CSTN__COUNT:
	case CSTN__WORD:
		return word_at(member, value) == member->absent;
	case CSTN__BITS:
		return bits_at(member, value) == 0;
	case CSTN__FLAG:
		return !(bits_at(member, value) & (uint32_t)member->absent);
	case CSTN__YES:
		return word_at(member, value) == 0;
	case CSTN__DIGEST:
		return memcmp(at(member, value), zeros, DIGEST) == 0;
	case CSTN__PART:
		part = *(const void *const *)at(member, value);
		return !part || (member->part->defaults && is_plain(member->part, part));
	default:
		return !text_at(member, value);
	}
}

static int is_plain(const cstn__shape *shape, const void *value)
{
	for (size_t i = 0; i < shape->n_members; i++)
		if (!is_absent(&shape->members[i], value))
			return 0;
	return 1;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_number(cstn__bytes *out, int64_t number)
{
	int whole = number >= -CSTN__CANONICAL_INTEGER_MAX && number <= CSTN__CANONICAL_INTEGER_MAX;

	cstn__bytes_put_format(out, whole ? "%" PRId64 : "\"%" PRId64 "\"", number);
}

static void put_bits(cstn__bytes *out, uint32_t bits, const char *const *words)
{
	const char *comma = "";

	cstn__bytes_put_u8(out, '[');
	for (size_t i = 0; words[i]; i++) {
		if (!(bits >> i & 1))
			continue;
		cstn__bytes_put_text(out, comma);
		cstn__canonical_json_put_text(out, words[i], strlen(words[i]));
		comma = ",";
	}
	cstn__bytes_put_u8(out, ']');
}

static void put_list(cstn__bytes *out, const cstn__member *member, const void *value)
{
	size_t n;
	const void *const *list = list_at(member, value, &n);

	cstn__bytes_put_u8(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			cstn__bytes_put_u8(out, ',');
		if (member->kind == CSTN__TEXTS)
			cstn__canonical_json_put_text(out, list[i], strlen(list[i]));
		else
			cstn__shape_put(out, member->part, list[i]);
	}
	cstn__bytes_put_u8(out, ']');
}

static void put_member(cstn__bytes *out, const cstn__member *member, const void *value)
{
	char hex[2 * DIGEST + 1];
	const char *text;

	switch (member->kind) {
	case CSTN__TEXT:
		text = text_at(member, value);
		cstn__canonical_json_put_text(out, text, strlen(text));
		break;
	case CSTN__RAW:
		cstn__bytes_put_text(out, text_at(member, value));
		break;
	case CSTN__COUNT:
		put_number(out, word_at(member, value));
		break;
	case CSTN__NUMBER:
		put_number(out, number_at(member, value));
		break;
	case CSTN__WORD:
		text = member->words[word_at(member, value)];
		cstn__canonical_json_put_text(out, text, strlen(text));
		break;
	case CSTN__BITS:
		put_bits(out, bits_at(member, value), member->words);
		break;
	case CSTN__FLAG:
	case CSTN__YES:
		cstn__bytes_put_text(out, "true");
		break;
	case CSTN__DIGEST:
		cstn__hex(at(member, value), DIGEST, hex);
		cstn__canonical_json_put_text(out, hex, sizeof(hex) - 1);
		break;
	case CSTN__PART:
		cstn__shape_put(out, member->part, *(const void *const *)at(member, value));
		break;
	default:
		put_list(out, member, value);
		break;
	}
}

void cstn__shape_put(cstn__bytes *out, const cstn__shape *shape, const void *value)
{
	const char *comma = "";

	cstn__bytes_put_u8(out, '{');
	for (size_t i = 0; i < shape->n_members; i++) {
		const cstn__member *member = &shape->members[i];

		if (is_absent(member, value))
			continue;
		cstn__bytes_put_text(out, comma);
		cstn__canonical_json_put_text(out, member->name, strlen(member->name));
		cstn__bytes_put_u8(out, ':');
		put_member(out, member, value);
		comma = ",";
	}
	cstn__bytes_put_u8(out, '}');
}

/* --- copying ---------------------------------------------------------------------------------- */

const void **cstn__list_copy(cstn__arena *arena, const void *list, size_t n)
{
	const void **copy = cstn__arena_alloc(arena, cstn__array_size(n ? n : 1, sizeof(*copy)));

	if (copy && n > 0)
		memcpy(copy, list, n * sizeof(*copy));
	return copy;
}

/* Copy what a member points to; 0, or -1 out of memory. */
static int copy_member(cstn__arena *arena, const cstn__member *member, void *value)
{
	const void **to = (const void **)(void *)((uint8_t *)value + member->at), **copy;
	size_t n;

	switch (member->kind) {
	case CSTN__TEXT:
	case CSTN__RAW:
		if (*to)
			*to = cstn__arena_copy(arena, *to, strlen(*to));
		return *to || is_absent(member, value) ? 0 : -1;
	case CSTN__PART:
		if (!*to)
			*to = member->part->defaults;
		if (!*to)
			return 0;
		*to = cstn__shape_copy(arena, member->part, *to);
		return *to ? 0 : -1;
	case CSTN__TEXTS:
	case CSTN__PARTS:
		list_at(member, value, &n);
		copy = cstn__list_copy(arena, *to, n);
		*to = copy;
		for (size_t i = 0; copy && i < n; i++) {
			copy[i] = member->kind == CSTN__PARTS
						  ? cstn__shape_copy(arena, member->part, copy[i])
						  : (const void *)cstn__arena_copy(arena, copy[i],
								    strlen(copy[i]));
			if (!copy[i])
				return -1;
		}
		return copy ? 0 : -1;
	default:
		return 0;
	}
}

void *cstn__shape_copy(cstn__arena *arena, const cstn__shape *shape, const void *value)
{
	void *copy = cstn__arena_alloc(arena, shape->size);

	if (!copy)
		return NULL;
	memcpy(copy, value, shape->size);
	for (size_t i = 0; i < shape->n_members; i++)
		if (copy_member(arena, &shape->members[i], copy))
			return NULL;
	return copy;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A value: the member or item it is of. */
typedef struct spot {
	const cstn__shape_reader *reader;
	const json_t *holder;
	const char *name; /* of the member, or of the list that the item is in */
	const char *key;  /* NULL: an item */
	size_t index;
} spot;

static cstn_status fail_at(const spot *place, const char *rule, cstn_error **error)
{
	const cstn__shape_reader *reader = place->reader;
	size_t byte = cstn__canonical_json_offset(reader->text, reader->len, reader->root,
			place->holder, place->key, place->index);

	return cstn__fail(error, CSTN_E_FORMAT, "byte %zu, '%s': %s", byte, place->name, rule);
}

static cstn_status read_text(
		const spot *place, const json_t *value, const char **out, cstn_error **error)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value))
		return fail_at(place, "text is expected", error);
	if (memchr(json_string_value(value), 0, len))
		return fail_at(place, "text holds U+0000", error);
	*out = cstn__arena_copy(place->reader->arena, json_string_value(value), len);
	return *out ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status read_number(
		const spot *place, const json_t *value, int64_t *out, cstn_error **error)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		*out = json_integer_value(value);
	else if (json_is_real(value))
		return fail_at(place, "a fraction; whole numbers only", error);
	else if (!text || *text == '+' || cstn__parse_i64(text, json_string_length(value), out))
		return fail_at(place, "a whole number of 64 bits is expected", error);
	return CSTN_OK;
}

static cstn_status read_count(
		const spot *place, const json_t *value, int32_t *out, cstn_error **error)
{
	int64_t number = 0;
	cstn_status status = read_number(place, value, &number, error);

	if (status == CSTN_OK && (number < INT32_MIN || number > INT32_MAX))
		return fail_at(place, "a whole number of 32 bits is expected", error);
	if (status == CSTN_OK)
		*out = (int32_t)number;
	return status;
}

/* The index of a word. */
static cstn_status read_word(const spot *place, const json_t *value, const char *const *words,
		int32_t *out, cstn_error **error)
{
	const char *text = json_string_value(value);

	if (!text)
		return fail_at(place, "a word is expected", error);
	for (int32_t i = 0; words[i]; i++)
		if (*words[i] && strcmp(words[i], text) == 0) {
			*out = i;
			return CSTN_OK;
		}
	return fail_at(place, "no such word", error);
}

static cstn_status read_bits(const spot *place, const json_t *value, const char *const *words,
		uint32_t *out, cstn_error **error)
{
	spot item = *place;
	cstn_status status = CSTN_OK;
	int32_t bit = 0;

	if (!json_is_array(value))
		return fail_at(place, "a list is expected", error);
	item.holder = value;
	item.key = NULL;
	*out = 0;
	for (item.index = 0; item.index < json_array_size(value); item.index++) {
		status = read_word(&item, json_array_get(value, item.index), words, &bit, error);
		if (status != CSTN_OK)
			return status;
		if (*out >> bit & 1)
			return fail_at(&item, "twice", error);
		*out |= UINT32_C(1) << bit;
	}
	return CSTN_OK;
}

static cstn_status read_digest(
		const spot *place, const json_t *value, uint8_t *out, cstn_error **error)
{
	const char *text = json_string_value(value);

	if (!text || json_string_length(value) != 2 * DIGEST || cstn__unhex(text, 2 * DIGEST, out))
		return fail_at(place, "64 lower-case hexadecimal digits are expected", error);
	return CSTN_OK;
}

static cstn_status read_raw(
		const spot *place, const json_t *value, const char **out, cstn_error **error)
{
	cstn_error *inner = NULL;
	cstn_status status;
	cstn__bytes bytes;

	if (!json_is_object(value))
		return fail_at(place, "an object is expected", error);
	cstn__bytes_init(&bytes, &place->reader->arena->allocator);
	status = cstn__canonical_json_write(value, CSTN__CANONICAL_INTEGERS, &bytes, &inner);
	if (status == CSTN_OK) {
		*out = cstn__arena_copy(place->reader->arena, bytes.data, bytes.size);
		status = *out ? CSTN_OK : cstn__fail_nomem(error);
	} else {
		status = status == CSTN_E_NOMEM ? cstn__fail_nomem(error)
						: fail_at(place, cstn_error_message(inner), error);
	}
	cstn_error_free(inner);
	cstn__bytes_free(&bytes);
	return status;
}

static cstn_status read_part(const spot *place, const cstn__shape *shape, const json_t *value,
		const void **out, cstn_error **error)
{
	void *made;

	if (!json_is_object(value))
		return fail_at(place, "an object is expected", error);
	made = cstn__arena_alloc(place->reader->arena, shape->size);
	if (!made)
		return cstn__fail_nomem(error);
	*out = made;
	return cstn__shape_read(place->reader, shape, value, made, error);
}

static cstn_status read_list(const spot *place, const cstn__member *member, const json_t *value,
		void *out, cstn_error **error)
{
	spot item = *place;
	size_t n = json_array_size(value);
	cstn_status status = CSTN_OK;
	const void **list;

	if (!json_is_array(value))
		return fail_at(place, "a list is expected", error);
	list = cstn__arena_alloc(place->reader->arena, cstn__array_size(n ? n : 1, sizeof(*list)));
	if (!list)
		return cstn__fail_nomem(error);
	item.holder = value;
	item.key = NULL;
	for (item.index = 0; item.index < n && status == CSTN_OK; item.index++) {
		const json_t *one = json_array_get(value, item.index);

		status = member->kind == CSTN__PARTS
					 ? read_part(&item, member->part, one, &list[item.index],
							   error)
					 : read_text(&item, one, (const char **)&list[item.index],
							   error);
	}
	*(const void **)(void *)((uint8_t *)out + member->at) = list;
	*(size_t *)(void *)((uint8_t *)out + member->count_at) = n;
	return status;
}

static cstn_status read_member(const spot *place, const cstn__member *member, const json_t *value,
		void *out, cstn_error **error)
{
	void *to = (uint8_t *)out + member->at;

	switch (member->kind) {
	case CSTN__TEXT:
		return read_text(place, value, to, error);
	case CSTN__NUMBER:
		return read_number(place, value, to, error);
	case CSTN__COUNT:
		return read_count(place, value, to, error);
	case CSTN__WORD:
		return read_word(place, value, member->words, to, error);
	case CSTN__BITS:
		return read_bits(place, value, member->words, to, error);
	case CSTN__FLAG:
	case CSTN__YES:
		if (!json_is_boolean(value))
			return fail_at(place, "true or false is expected", error);
		if (json_is_true(value))
			*(uint32_t *)to |=
					member->kind == CSTN__FLAG ? (uint32_t)member->absent : 1;
		return CSTN_OK;
	case CSTN__DIGEST:
		return read_digest(place, value, to, error);
	case CSTN__PART:
		return read_part(place, member->part, value, to, error);
	case CSTN__RAW:
		return read_raw(place, value, to, error);
	default:
		return read_list(place, member, value, out, error);
	}
}

static const cstn__member *member_named(const cstn__shape *shape, const char *name)
{
	for (size_t i = 0; i < shape->n_members; i++)
		if (strcmp(shape->members[i].name, name) == 0)
			return &shape->members[i];
	return NULL;
}

cstn_status cstn__shape_read(const cstn__shape_reader *reader, const cstn__shape *shape,
		const json_t *object, void *out, cstn_error **error)
{
	spot place = {reader, object, NULL, NULL, 0};
	const cstn__member *member;
	cstn_status status;
	const char *name;
	json_t *value;

	memset(out, 0, shape->size);
	*(uint32_t *)out = (uint32_t)shape->size;
	for (size_t i = 0; i < shape->n_members; i++) {
		void *to = (uint8_t *)out + shape->members[i].at;

		if (shape->members[i].kind == CSTN__NUMBER)
			*(int64_t *)to = shape->members[i].absent;
		else if (shape->members[i].kind == CSTN__WORD && shape->members[i].absent >= 0)
			*(int32_t *)to = (int32_t)shape->members[i].absent;
	}
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		place.name = place.key = name;
		member = member_named(shape, name);
		if (!member)
			return fail_at(&place, "no such member", error);
		status = read_member(&place, member, value, out, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}
