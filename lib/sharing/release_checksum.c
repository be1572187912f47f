/* The checksum of rows, whatever batches, dictionaries and layouts they come in.
 *
 * Each column has three strings of bytes, hashed as they grow: a bit a row for what is not null; of
 * text and binary the lengths, 4 bytes each; and the values, in little-endian order, with zeros
 * where a fixed width is null and nothing where a text is. Flags are a bit each. None of them
 * depends on where a batch ends. The checksum is the hash of the salt and, a column, its name, its
 * type and its three hashes, each of which begins with the salt too.
 *
 * Cost: one pass, at the speed of the hash where values lie as they are hashed; some nanoseconds a
 * row for nulls, dictionaries and text views. */
#include "sharing/release_checksum.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bitmap.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "sharing/release_view.h"
#include "table/bound.h"

#define ALIGNMENT 64
#define ROOM 4096
#define SALT CSTN_CHECKSUM_SALT_SIZE
#define LONG_TEXT UINT32_MAX /* the length follows in 8 bytes */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BIG_ENDIAN_HOST 1
#else
#define BIG_ENDIAN_HOST 0
#endif

/* --- a hash of either kind -------------------------------------------------------------------- */

typedef struct hash {
	union {
		cstn__hash_stream xxh3;
		cstn__sha256_state sha256;
	} state;
	int32_t kind;
} hash;

static void hash_put(hash *to, const void *data, size_t size)
{
	if (size == 0)
		return;
	if (to->kind == CSTN_CHECKSUM_SHA256)
		cstn__sha256_put(&to->state.sha256, data, size);
	else
		cstn__hash_stream_put(&to->state.xxh3, data, size);
}

static void hash_init(hash *out, int32_t kind, int hardware, const uint8_t *salt)
{
	out->kind = kind;
	if (kind == CSTN_CHECKSUM_SHA256)
		cstn__sha256_init(&out->state.sha256, hardware);
	else
		cstn__hash_stream_init(&out->state.xxh3);
	hash_put(out, salt, SALT);
}

static void put_big_endian(uint64_t value, uint8_t *out)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (56 - 8 * i));
}

static size_t hash_end(hash *of, uint8_t *out)
{
	cstn__hash128_value value;

	if (of->kind == CSTN_CHECKSUM_SHA256) {
		cstn__sha256_end(&of->state.sha256, out);
		return CSTN__SHA256_SIZE;
	}
	/* as Collet writes it: the high half first */
	value = cstn__hash_stream_value(&of->state.xxh3);
	put_big_endian(value.high, out);
	put_big_endian(value.low, out + 8);
	return 16;
}

static void hash_number(hash *to, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	hash_put(to, bytes, size);
}

/* --- pieces that are gathered before they are hashed ------------------------------------------ */

typedef struct gathered {
	hash *to;
	size_t size;
	uint8_t room[ROOM];
} gathered;

static void gather_flush(gathered *to)
{
	hash_put(to->to, to->room, to->size);
	to->size = 0;
}

static inline void gather(gathered *to, const void *data, size_t size)
{
	if (size > ROOM - to->size) {
		gather_flush(to);
		if (size > ROOM / 2) {
			hash_put(to->to, data, size);
			return;
		}
	}
	if (size)
		memcpy(to->room + to->size, data, size);
	to->size += size;
}

/* The lower bytes of a number, at most 8, the least first. */
static inline void gather_number(gathered *to, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	if (!BIG_ENDIAN_HOST)
		memcpy(bytes, &value, sizeof(bytes));
	else
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(value >> 8 * i);
	if (size > ROOM - to->size)
		gather_flush(to);
	memcpy(to->room + to->size, bytes, size);
	to->size += size;
}

/* Short texts by their first and last bytes, without a call. */
static inline void gather_text(gathered *to, const char *text, size_t len)
{
	uint8_t *at = to->room + to->size;

	if (len < 4 || len > 16 || len > ROOM - to->size) {
		gather(to, text, len);
	} else if (len < 8) {
		memcpy(at, text, 4);
		memcpy(at + len - 4, text + len - 4, 4);
		to->size += len;
	} else {
		memcpy(at, text, 8);
		memcpy(at + len - 8, text + len - 8, 8);
		to->size += len;
	}
}

static void gather_long(gathered *to, size_t length)
{
	gather_number(to, LONG_TEXT, 4);
	gather_number(to, (uint64_t)length, 8);
}

static inline void gather_length(gathered *to, size_t length)
{
	if (length < LONG_TEXT)
		gather_number(to, length, 4);
	else
		gather_long(to, length);
}

/* Bits of which a batch may end within a word. */
typedef struct bits {
	uint64_t pending;
	uint32_t n, reserved;
} bits;

/* n of them, 1 to 64; the others of the word are 0. */
static inline void gather_bits(gathered *to, bits *from, uint64_t word, uint32_t n)
{
	from->pending |= word << from->n;
	if (from->n + n < 64) {
		from->n += n;
		return;
	}
	gather_number(to, from->pending, 8);
	from->pending = from->n ? word >> (64 - from->n) : 0;
	from->n = from->n + n - 64;
}

/* --- columns ---------------------------------------------------------------------------------- */

typedef struct summed {
	hash valid, lengths, values;
	bits valid_bits, value_bits;
	cstn__view_type type;
	const char *name;
	size_t name_len, type_len;
	const char *type_name;
} summed;

struct cstn__release_checksum {
	cstn_allocator allocator;
	size_t size; /* of this block */
	int32_t kind, hardware;
	uint64_t rows;
	uint8_t salt[SALT];
	cstn__bytes names; /* of columns and types */
	size_t n;
	_Alignas(ALIGNMENT) summed columns[];
};

static uint64_t valid_word(const cstn__view *view, int64_t row, size_t n)
{
	return view->column.has_nulls || view->column.physical == CSTN__NULLS
			       ? cstn__column_valid64(&view->column, row) & cstn__low_bits(n)
			       : cstn__low_bits(n);
}

/* Of at most 32 bytes, the least first. */
static void gather_turned(gathered *to, const uint8_t *value, size_t width)
{
	uint8_t turned[64];

	for (size_t i = 0; i < width; i++)
		turned[i] = value[width - 1 - i];
	gather(to, turned, width);
}

static void gather_zeros(gathered *to, size_t size)
{
	static const uint8_t zeros[64] = {0};

	for (; size > sizeof(zeros); size -= sizeof(zeros))
		gather(to, zeros, sizeof(zeros));
	gather(to, zeros, size);
}

/* 64 rows that lie as they are hashed, but for those that are null. */
static void add_block(gathered *to, const uint8_t *values, size_t n, size_t width, uint64_t valid)
{
	uint64_t null = ~valid & cstn__low_bits(n);
	uint8_t *at;

	if (n * width > ROOM - to->size)
		gather_flush(to);
	at = to->room + to->size;
	memcpy(at, values, n * width);
	to->size += n * width;
	for (; null; null &= null - 1)
		memset(at + (size_t)__builtin_ctzll(null) * width, 0, width);
}

/* 64 rows of a fixed width. */
static void add_fixed(gathered *to, const cstn__view *view, int64_t row, size_t n, uint64_t valid)
{
	size_t width = (size_t)view->type->width, i;
	int64_t places[CSTN__VIEW_BLOCK];
	/* bytes without a meaning have no order either */
	int turn = BIG_ENDIAN_HOST && width > 1 && view->type->is.kind != CSTN__KIND_REFUSED;

	if (!view->column.dictionary && !turn && n * width <= ROOM) {
		add_block(to, cstn__view_fixed(view, row), n, width, valid);
		return;
	}
	cstn__view_places(view, row, n, places);
	for (i = 0; i < n; i++) {
		if (!(valid >> i & 1))
			gather_zeros(to, width);
		else if (turn)
			gather_turned(to, cstn__view_fixed(view, places[i]), width);
		else if (width == 8)
			gather(to, cstn__view_fixed(view, places[i]), 8);
		else
			gather(to, cstn__view_fixed(view, places[i]), width);
	}
}

static void add_flags(gathered *to, bits *pending, const cstn__view *view, int64_t row, size_t n,
		uint64_t valid)
{
	const cstn__column *values = cstn__view_values(view);
	uint64_t word = 0;
	size_t i;

	if (!view->column.dictionary)
		word = cstn__bits_load(values->values, (size_t)(values->offset + row), n) & valid;
	else
		for (i = 0; i < n; i++)
			if (valid >> i & 1 &&
					cstn__bit_get(values->values,
							(size_t)(values->offset +
									cstn__view_place(view,
											row + (int64_t)i))))
				word |= UINT64_C(1) << i;
	gather_bits(to, pending, word, (uint32_t)n);
}

/* 64 texts that are all there and lie behind each other: one piece. */
static void add_piece(
		gathered *lengths, gathered *to, const cstn__column *values, int64_t row, size_t n)
{
	size_t len, all = 0;
	const char *text = cstn__view_text(values, row, &len);

	for (size_t i = 0; i < n; i++) {
		(void)cstn__view_text(values, row + (int64_t)i, &len);
		gather_length(lengths, len);
		all += len;
	}
	gather(to, text, all);
}

static void add_texts(gathered *lengths, gathered *to, const cstn__view *view, int64_t row,
		size_t n, uint64_t valid)
{
	const cstn__column *values = cstn__view_values(view);
	int64_t places[CSTN__VIEW_BLOCK];
	size_t i, len;

	if (!view->column.dictionary && values->physical != CSTN__TEXTVIEW &&
			valid == cstn__low_bits(n)) {
		add_piece(lengths, to, values, row, n);
		return;
	}
	cstn__view_places(view, row, n, places);
	for (i = 0; i < n; i++) {
		if (valid >> i & 1) {
			const char *text = cstn__view_text(values, places[i], &len);

			gather_length(lengths, len);
			gather_text(to, text, len);
		} else {
			gather_length(lengths, 0);
		}
	}
}

static void add_column(summed *to, const cstn__view *view)
{
	gathered valid = {.to = &to->valid}, lengths = {.to = &to->lengths},
		 values = {.to = &to->values};
	const cstn__column *column = &view->column;
	size_t width = (size_t)to->type.width;
	int whole = width > 0 && !column->has_nulls && !column->dictionary &&
		    (!BIG_ENDIAN_HOST || width == 1);
	int64_t row;

	for (row = 0; row < column->length; row += 64) {
		size_t n = column->length - row < 64 ? (size_t)(column->length - row) : 64;
		uint64_t word = valid_word(view, row, n);

		gather_bits(&valid, &to->valid_bits, word, (uint32_t)n);
		if (whole || to->type.is.kind == CSTN__KIND_NULL)
			continue;
		if (cstn__view_type_is_text(&to->type))
			add_texts(&lengths, &values, view, row, n, word);
		else if (width == 0)
			add_flags(&values, &to->value_bits, view, row, n, word);
		else
			add_fixed(&values, view, row, n, word);
	}
	if (whole && column->length)
		hash_put(&to->values, cstn__view_fixed(view, 0), (size_t)column->length * width);
	gather_flush(&valid);
	gather_flush(&lengths);
	gather_flush(&values);
}

/* --- all of them ------------------------------------------------------------------------------ */

static cstn_status read_column(cstn__release_checksum *sum, summed *column,
		const struct ArrowSchema *schema, cstn_error **error)
{
	const struct ArrowSchema *values;
	cstn_status status;

	if (!schema)
		return cstn__fail(error, CSTN_E_STREAM, "a column of the stream has no schema");
	status = cstn__view_type_read(schema, &column->type, error);
	if (status != CSTN_OK)
		return status;
	values = schema->dictionary ? schema->dictionary : schema;
	column->name_len = schema->name ? strlen(schema->name) : 0;
	cstn__bytes_put_text(&sum->names, schema->name ? schema->name : "");
	cstn__bytes_put_u8(&sum->names, 0);
	column->type_len = sum->names.size;
	cstn__view_type_name(&column->type, values->format, &sum->names);
	column->type_len = sum->names.size - column->type_len;
	cstn__bytes_put_u8(&sum->names, 0);
	hash_init(&column->valid, sum->kind, sum->hardware, sum->salt);
	hash_init(&column->lengths, sum->kind, sum->hardware, sum->salt);
	hash_init(&column->values, sum->kind, sum->hardware, sum->salt);
	return CSTN_OK;
}

cstn_status cstn__release_checksum_new(const struct ArrowSchema *schema, int32_t kind,
		const uint8_t *salt, const cstn_allocator *allocator, cstn__release_checksum **out,
		cstn_error **error)
{
	size_t n = schema->n_children > 0 ? (size_t)schema->n_children : 0, i, at = 0;
	size_t size = cstn__array_size(n, sizeof(summed));
	cstn__release_checksum *sum;
	cstn_status status = CSTN_OK;

	size = size > SIZE_MAX - sizeof(*sum) ? SIZE_MAX : size + sizeof(*sum);
	sum = cstn__alloc_aligned(allocator, size, ALIGNMENT);
	if (!sum)
		return cstn__fail_nomem(error);
	memset(sum, 0, size);
	sum->allocator = *allocator;
	sum->size = size;
	sum->kind = kind;
	sum->hardware = kind == CSTN_CHECKSUM_SHA256 && cstn__sha256_hardware();
	sum->n = n;
	memcpy(sum->salt, salt, SALT);
	cstn__bytes_init(&sum->names, allocator);
	if (n && !schema->children)
		status = cstn__fail(error, CSTN_E_STREAM, "the stream's schema has no columns");
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_column(sum, &sum->columns[i], schema->children[i], error);
	if (status == CSTN_OK && sum->names.failed)
		status = cstn__fail_nomem(error);
	if (status != CSTN_OK) {
		cstn__release_checksum_free(sum);
		return status;
	}
	for (i = 0; i < n; i++) {
		sum->columns[i].name = (const char *)sum->names.data + at;
		sum->columns[i].type_name = sum->columns[i].name + sum->columns[i].name_len + 1;
		at += sum->columns[i].name_len + sum->columns[i].type_len + 2;
	}
	*out = sum;
	return CSTN_OK;
}

cstn_status cstn__release_checksum_add(
		cstn__release_checksum *sum, const struct ArrowArray *batch, cstn_error **error)
{
	cstn_status status = cstn__batch_check((int64_t)sum->n, batch, error);
	cstn__view view;
	size_t i;

	for (i = 0; i < sum->n && status == CSTN_OK; i++) {
		status = cstn__view_open(&view, &sum->columns[i].type, sum->columns[i].name,
				batch->children[i], batch->offset, batch->length, error);
		if (status == CSTN_OK)
			add_column(&sum->columns[i], &view);
	}
	if (status == CSTN_OK)
		sum->rows += (uint64_t)batch->length;
	return status;
}

static void put_hash(hash *to, hash *of, const bits *pending)
{
	uint8_t digest[CSTN_CHECKSUM_SIZE_MOST];

	if (pending && pending->n)
		hash_number(of, pending->pending, 8);
	hash_put(to, digest, hash_end(of, digest));
}

size_t cstn__release_checksum_end(cstn__release_checksum *sum, uint8_t *out)
{
	static const char first[] = "cstn/rows/v1\n";
	_Alignas(ALIGNMENT) hash all;
	size_t i;

	memset(out, 0, CSTN_CHECKSUM_SIZE_MOST);
	hash_init(&all, sum->kind, sum->hardware, sum->salt);
	hash_put(&all, first, sizeof(first) - 1);
	hash_number(&all, sum->n, 8);
	hash_number(&all, sum->rows, 8);
	for (i = 0; i < sum->n; i++) {
		summed *column = &sum->columns[i];

		hash_number(&all, column->name_len, 4);
		hash_put(&all, column->name, column->name_len);
		hash_number(&all, column->type_len, 4);
		hash_put(&all, column->type_name, column->type_len);
		put_hash(&all, &column->valid, &column->valid_bits);
		put_hash(&all, &column->lengths, NULL);
		put_hash(&all, &column->values, &column->value_bits);
	}
	return hash_end(&all, out);
}

void cstn__release_checksum_free(cstn__release_checksum *sum)
{
	cstn_allocator allocator;

	if (!sum)
		return;
	allocator = sum->allocator;
	cstn__bytes_free(&sum->names);
	cstn__free_aligned(&allocator, sum, sum->size, ALIGNMENT);
}

/* --- of a stream ------------------------------------------------------------------------------ */

static cstn_status sum_stream(
		struct ArrowArrayStream *rows, cstn__release_checksum *sum, cstn_error **error)
{
	struct ArrowArray batch;
	cstn_status status;

	while ((status = cstn__stream_next(rows, &batch, error)) == CSTN_OK) {
		status = cstn__release_checksum_add(sum, &batch, error);
		batch.release(&batch);
		if (status != CSTN_OK)
			return status;
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status checksum(struct ArrowArrayStream *rows, int32_t kind, const uint8_t *salt,
		const cstn_allocator *allocator, uint8_t *out, size_t *size, cstn_error **error)
{
	struct ArrowSchema schema = {0};
	cstn__release_checksum *sum = NULL;
	int code = rows->get_schema(rows, &schema);
	cstn_status status;

	if (code != 0)
		return cstn__stream_fail(rows, code, "schema", error);
	status = cstn__release_checksum_new(&schema, kind, salt, allocator, &sum, error);
	if (schema.release)
		schema.release(&schema);
	if (status == CSTN_OK)
		status = sum_stream(rows, sum, error);
	if (status == CSTN_OK)
		*size = cstn__release_checksum_end(sum, out);
	cstn__release_checksum_free(sum);
	return status;
}

cstn_status cstn_release_checksum(struct ArrowArrayStream *rows, int32_t kind, const uint8_t *salt,
		const cstn_allocator *allocator, uint8_t *out, size_t *size, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_allocator memory;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!salt || !out || !size)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!salt  ? "salt"
				: !out ? "out"
				       : "size");
	else if (kind != CSTN_CHECKSUM_XXH3_128 && kind != CSTN_CHECKSUM_SHA256)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"kind is %d; CSTN_CHECKSUM_XXH3_128 or _SHA256 expected", kind);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = checksum(&stream, kind, salt, &memory, out, size, error);
	stream.release(&stream);
	return status;
}
