/* A transaction's own copy of a batch: checked, in one block of memory, with the hash of each key.
 *
 * All that can be wrong with rows is found here, on the caller's time, so that a commit only has to
 * find room. Text that comes with a dictionary is written out; what lies under a null is made zero.
 * Columns are copied, and keys hashed, by as many threads as the transaction has: nothing that one
 * writes is another's. Cost: one copy of the values and one hash a key. */
#include "store/engine.h"

#include "base/bitmap.h"
#include "base/error.h"
#include "base/parallel.h"
#include "store/little_endian.h"
#include "store/log.h"

enum { MAX_LINES = 65536, BLOCK_SLACK = 64, FEW_VALUES = 65536, HASH_ROWS = 16384 };
enum { SHORT_KEY = 60 };
#define MAX_TEXT ((UINT64_C(16) << 20) - 64)

static uint64_t text_size(const cstn__values *values)
{
	uint64_t total = 0;

	if (!values->dictionary)
		return values->offsets[values->rows];
	for (uint64_t i = 0; i < values->rows; i++) {
		size_t len = 0;

		if (cstn__values_is_valid(values, i))
			cstn__values_text(values, i, &len);
		total += len;
	}
	return total;
}

static uint64_t words_of(uint64_t n)
{
	return (n + 63) / 64;
}

static int has_nulls(const cstn__values *values)
{
	for (uint64_t i = 0; values->validity && i < values->rows; i += 64) {
		uint64_t left = values->rows - i;
		uint64_t mask = cstn__low_bits(left < 64 ? (size_t)left : 64);

		if ((values->validity[i / 64] & mask) != mask)
			return 1;
	}
	return 0;
}

static cstn_status check_column(const cstn__store_table *table, const cstn__store_batch *batch,
		size_t c, cstn_error **error)
{
	uint32_t at = cstn__column_position(table, batch->ids[c]);
	const cstn__values *values = &batch->columns[c];
	const cstn__store_column *column;
	uint64_t rows;

	if (at == CSTN__NO_COLUMN)
		return cstn__fail(error, CSTN_E_SCHEMA, "table '%s' has no column %u", table->name,
				batch->ids[c]);
	column = &table->columns[at];
	for (size_t i = 0; i < c; i++)
		if (batch->ids[i] == batch->ids[c])
			return cstn__fail(error, CSTN_E_SCHEMA,
					"table '%s', column '%s' is there twice", table->name,
					column->name);
	rows = column->space == CSTN__SPACE_CHILD ? batch->child_rows : batch->rows;
	if (values->rows != rows)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table '%s', column '%s' has %llu values, %llu rows expected",
				table->name, column->name, (unsigned long long)values->rows,
				(unsigned long long)rows);
	if (rows && (cstn__column_is_text(column) ? !values->offsets && !values->dictionary
						  : !values->numbers))
		return cstn__fail(error, CSTN_E_SCHEMA, "table '%s', column '%s' is no %s",
				table->name, column->name,
				cstn__column_is_text(column) ? "text" : "column of numbers");
	return CSTN_OK;
}

static cstn_status check_children(
		const cstn__store_table *table, const cstn__store_batch *batch, cstn_error **error)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; batch->children && i < batch->rows; i++) {
		if (batch->children[i] > MAX_LINES)
			return cstn__fail(error, CSTN_E_LIMIT,
					"table '%s', row %llu has %u child rows, %d allowed",
					table->name, (unsigned long long)i, batch->children[i],
					MAX_LINES);
		sum += batch->children[i];
	}
	if (sum != batch->child_rows || (batch->children && !table->has_child))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table '%s': the children of the rows sum to %llu, %llu given",
				table->name, (unsigned long long)sum,
				(unsigned long long)batch->child_rows);
	return CSTN_OK;
}

/* Key and recorded columns: there, and without a null. */
static cstn_status check_needed(const cstn__store_table *table, const cstn__store_batch *batch,
		uint32_t id, cstn_error **error)
{
	const char *name = table->columns[cstn__column_position(table, id)].name;

	for (size_t c = 0; c < batch->n_columns; c++) {
		if (batch->ids[c] != id)
			continue;
		if (!has_nulls(&batch->columns[c]))
			return CSTN_OK;
		for (uint64_t i = 0;; i++)
			if (!cstn__values_is_valid(&batch->columns[c], i))
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"table '%s', column '%s', row %llu is null, but "
						"keys and recorded times are needed",
						table->name, name, (unsigned long long)i);
	}
	return cstn__fail(error, CSTN_E_SCHEMA, "table '%s': column '%s' is not given", table->name,
			name);
}

cstn_status cstn__change_check(const cstn__table_info *table, uint32_t op,
		const cstn__store_batch *batch, cstn_error **error)
{
	const cstn__store_table *declared = table->declared;
	cstn_status status;

	if (op != CSTN__OP_APPEND && declared->table_class != CSTN__TABLE_KEYED)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table '%s' is append-only: rows are neither replaced nor deleted",
				declared->name);
	if (batch->rows >= UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"table '%s': %llu rows in a batch, 4,294,967,294 allowed",
				declared->name, (unsigned long long)batch->rows);
	for (size_t c = 0; c < batch->n_columns; c++) {
		status = check_column(declared, batch, c, error);
		if (status != CSTN_OK)
			return status;
	}
	status = check_children(declared, batch, error);
	for (size_t k = 0; status == CSTN_OK && k < declared->n_key; k++)
		status = check_needed(declared, batch, declared->key[k], error);
	if (status == CSTN_OK && declared->recorded)
		status = check_needed(declared, batch, declared->recorded, error);
	return status;
}

/* Pieces of one block, 8-byte aligned; with `at` NULL it only counts. */
struct pieces {
	uint8_t *at;
	uint64_t used;
};

static void *piece(struct pieces *pieces, uint64_t n, uint64_t size)
{
	void *out = pieces->at ? pieces->at + pieces->used : NULL;

	if (__builtin_mul_overflow(n, size, &size) || size > UINT64_MAX / 4 ||
			pieces->used > UINT64_MAX / 4)
		pieces->used = UINT64_MAX / 2;
	else
		pieces->used += (size + 7) & ~UINT64_C(7);
	return out;
}

static void copy_text(const cstn__values *from, uint32_t *offsets, uint8_t *bytes)
{
	uint32_t at = 0;

	if (!from->dictionary) {
		memcpy(offsets, from->offsets, (size_t)(from->rows + 1) * sizeof(*offsets));
		if (from->offsets[from->rows])
			memcpy(bytes, from->bytes, from->offsets[from->rows]);
		return;
	}
	offsets[0] = 0;
	for (uint64_t i = 0; i < from->rows; i++) {
		size_t len = 0;
		const uint8_t *text = NULL;

		if (cstn__values_is_valid(from, i))
			text = cstn__values_text(from, i, &len);
		if (len)
			memcpy(bytes + at, text, len);
		at += (uint32_t)len;
		offsets[i + 1] = at;
	}
}

/* Where the copy of a column lies. */
static void place_column(struct pieces *pieces, const cstn__values *from, int is_text,
		uint64_t size, cstn__values *to)
{
	cstn__values at = {.rows = from->rows};

	at.validity = has_nulls(from) ? piece(pieces, words_of(from->rows), 8) : NULL;
	at.offsets = is_text ? piece(pieces, from->rows + 1, 4) : NULL;
	at.bytes = is_text ? piece(pieces, size, 1) : NULL;
	at.numbers = is_text ? NULL : piece(pieces, from->rows, 8);
	if (pieces->at)
		*to = at;
}

/* Lays out the copy; the second pass has memory. `sizes` of the texts. */
static void lay_out(struct pieces *pieces, const cstn__store_table *table,
		const cstn__store_batch *from, const uint64_t *sizes, cstn__change *out)
{
	cstn__values *columns = piece(pieces, from->n_columns, sizeof(*columns));
	uint32_t *ids = piece(pieces, from->n_columns, sizeof(*ids));
	uint32_t *children = from->children ? piece(pieces, from->rows, 4) : NULL;

	out->spaces = piece(pieces, from->n_columns, 1);
	out->hashes = table->n_key ? piece(pieces, from->rows, 8) : NULL;
	for (size_t c = 0; c < from->n_columns; c++) {
		uint32_t at = cstn__column_position(table, from->ids[c]);

		if (pieces->at)
			out->spaces[c] = (uint8_t)table->columns[at].space;
		place_column(pieces, &from->columns[c], cstn__column_is_text(&table->columns[at]),
				sizes[c], pieces->at ? &columns[c] : NULL);
	}
	if (!pieces->at)
		return;
	if (from->n_columns)
		memcpy(ids, from->ids, from->n_columns * sizeof(*ids));
	if (children && from->rows)
		memcpy(children, from->children, (size_t)from->rows * 4);
	out->batch = *from;
	out->batch.columns = columns;
	out->batch.ids = ids;
	out->batch.children = children;
}

/* --- columns, side by side --- */

struct copying {
	const cstn__store_table *table;
	const cstn__store_batch *from;
	uint64_t *sizes; /* of the texts */
	cstn__change *out;
};

static cstn_status measure_column(void *context, size_t c, int32_t worker)
{
	const struct copying *at = context;
	const cstn__store_column *column =
			&at->table->columns[cstn__column_position(at->table, at->from->ids[c])];

	(void)worker;
	if (at->from->columns[c].rows && cstn__column_is_text(column))
		at->sizes[c] = text_size(&at->from->columns[c]);
	return CSTN_OK;
}

/* The pieces are the change's own. */
static void *own(const void *piece)
{
	return (void *)(uintptr_t)piece;
}

static cstn_status copy_column(void *context, size_t c, int32_t worker)
{
	const struct copying *at = context;
	const cstn__values *from = &at->from->columns[c], *to = &at->out->batch.columns[c];
	uint64_t *validity = own(to->validity);
	int64_t *numbers = own(to->numbers);

	(void)worker;
	if (validity) {
		memcpy(validity, from->validity, (size_t)words_of(from->rows) * 8);
		if (from->rows % 64)
			validity[from->rows / 64] &= cstn__low_bits((size_t)(from->rows % 64));
	}
	if (to->offsets && from->rows == 0)
		*(uint32_t *)own(to->offsets) = 0;
	else if (to->offsets)
		copy_text(from, own(to->offsets), own(to->bytes));
	else if (from->rows)
		memcpy(numbers, from->numbers, (size_t)from->rows * 8);
	for (uint64_t i = 0; validity && numbers && i < from->rows; i++)
		if (!cstn__values_is_valid(to, i))
			numbers[i] = 0;
	return CSTN_OK;
}

/* Text of one row, its child rows included, must fit a block of 16 MiB with its offsets. */
static cstn_status check_texts(
		const cstn__store_table *table, const cstn__store_batch *batch, cstn_error **error)
{
	for (size_t c = 0; c < batch->n_columns; c++) {
		uint32_t at = cstn__column_position(table, batch->ids[c]);
		const uint32_t *offsets = batch->columns[c].offsets;
		int child = table->columns[at].space == CSTN__SPACE_CHILD;
		uint64_t from = 0;

		if (!offsets || offsets[batch->columns[c].rows] <= MAX_TEXT / 2)
			continue;
		for (uint64_t row = 0; row < batch->rows; row++) {
			uint64_t n = !child ? 1 : batch->children ? batch->children[row] : 0;
			uint64_t bytes = offsets[from + n] - offsets[from];

			if (bytes + (n > 1 ? n * 5 : 0) > MAX_TEXT)
				return cstn__fail(error, CSTN_E_LIMIT,
						"table '%s', column '%s', row %llu has %llu bytes "
						"of text, %llu allowed",
						table->name, table->columns[at].name,
						(unsigned long long)row, (unsigned long long)bytes,
						(unsigned long long)MAX_TEXT);
			from += n;
		}
	}
	return CSTN_OK;
}

/* The hash of a key of one short text, which most keys are, without a buffer that grows. */
static int hash_short(
		const cstn__store *store, const cstn__values *key, uint64_t row, uint64_t *out)
{
	uint8_t canonical[4 + SHORT_KEY];
	const uint8_t *text;
	size_t len;

	if (!key->offsets || key->dictionary)
		return 0;
	text = cstn__values_text(key, row, &len);
	if (len > SHORT_KEY)
		return 0;
	cstn__store32(canonical, (uint32_t)len);
	memcpy(canonical + 4, text, len);
	*out = cstn__key_hash(store->uuid, canonical, 4 + len);
	return 1;
}

struct hashing {
	const cstn__store *store;
	cstn__change *change;
	const cstn__values *key;
};

static cstn_status hash_rows(void *context, size_t morsel, int32_t worker)
{
	const struct hashing *at = context;
	cstn__change *change = at->change;
	uint64_t first = morsel * (uint64_t)HASH_ROWS, end = first + HASH_ROWS;
	cstn__bytes bytes;
	int failed;

	(void)worker;
	if (end > change->batch.rows)
		end = change->batch.rows;
	cstn__bytes_init(&bytes, &at->store->allocator);
	for (uint64_t i = first; i < end && !bytes.failed; i++) {
		if (change->table->n_key == 1 &&
				hash_short(at->store, at->key, i, &change->hashes[i]))
			continue;
		bytes.size = 0;
		cstn__key_put(at->key, change->table->n_key, i, &bytes);
		change->hashes[i] = cstn__key_hash(at->store->uuid, bytes.data, bytes.size);
	}
	failed = bytes.failed;
	cstn__bytes_free(&bytes);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

cstn_status cstn__change_hash(const cstn__store *store, cstn__change *change, cstn_error **error)
{
	cstn__values key[CSTN__MAX_KEY_COLUMNS];
	struct hashing at = {store, change, key};
	size_t morsels = (size_t)((change->batch.rows + HASH_ROWS - 1) / HASH_ROWS);
	cstn_status status;

	if (!change->hashes)
		return CSTN_OK;
	memset(key, 0, sizeof(key));
	cstn__key_columns(change->table, &change->batch, key);
	status = cstn__parallel_for(
			morsels, change->threads ? change->threads : 1, NULL, hash_rows, &at);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status check_sizes(const struct copying *at, cstn_error **error)
{
	for (size_t c = 0; c < at->from->n_columns; c++) {
		uint32_t column = cstn__column_position(at->table, at->from->ids[c]);

		if (at->sizes[c] > UINT32_MAX)
			return cstn__fail(error, CSTN_E_LIMIT,
					"table '%s', column '%s': %llu bytes of text in a batch, "
					"4,294,967,295 allowed",
					at->table->name, at->table->columns[column].name,
					(unsigned long long)at->sizes[c]);
	}
	return CSTN_OK;
}

static cstn_status copy_columns(
		const cstn__store *store, const struct copying *at, cstn_error **error)
{
	cstn__change *out = at->out;
	uint64_t values = (at->from->rows + at->from->child_rows) * at->from->n_columns;
	int32_t threads = values < FEW_VALUES || !out->threads ? 1 : out->threads;
	struct pieces pieces = {0};
	struct copying copying = *at;
	cstn_status status = cstn__parallel_for(
			at->from->n_columns, threads, NULL, measure_column, &copying);

	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	status = check_sizes(at, error);
	if (status != CSTN_OK)
		return status;
	lay_out(&pieces, at->table, at->from, at->sizes, out);
	out->memory_size =
			pieces.used < SIZE_MAX / 2 ? (size_t)pieces.used + BLOCK_SLACK : SIZE_MAX;
	out->memory = cstn__alloc(&store->allocator, out->memory_size);
	if (!out->memory)
		return cstn__fail_nomem(error);
	cstn__will_be_filled(out->memory, out->memory_size);
	pieces.at = out->memory;
	pieces.used = 0;
	lay_out(&pieces, at->table, at->from, at->sizes, out);
	status = cstn__parallel_for(at->from->n_columns, threads, NULL, copy_column, &copying);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status copy_batch(const cstn__store *store, const cstn__store_batch *batch,
		cstn__change *out, cstn_error **error)
{
	size_t size = cstn__array_size(batch->n_columns + 1, sizeof(uint64_t));
	struct copying at = {out->table->declared, batch, cstn__alloc_zero(&store->allocator, size),
			out};
	cstn_status status;

	if (!at.sizes)
		return cstn__fail_nomem(error);
	status = copy_columns(store, &at, error);
	cstn__free(&store->allocator, at.sizes, size);
	return status;
}

cstn_status cstn__change_copy(const cstn__store *store, uint32_t op, uint32_t table,
		const cstn__store_batch *batch, int32_t threads, cstn__change *out,
		cstn_error **error)
{
	cstn__change change = {.threads = threads};
	cstn_status status;

	status = cstn__store_table_find(store, table, &change.table, error);
	if (status == CSTN_OK)
		status = cstn__change_check(change.table, op, batch, error);
	if (status != CSTN_OK)
		return status;
	/* A key that is given again replaces its row: keys of a keyed table never repeat. */
	change.op = op == CSTN__OP_APPEND && change.table->declared->table_class ==
								    CSTN__TABLE_KEYED
				    ? CSTN__OP_UPSERT
				    : op;
	status = copy_batch(store, batch, &change, error);
	if (status == CSTN_OK)
		status = check_texts(change.table->declared, &change.batch, error);
	if (status == CSTN_OK)
		status = cstn__change_hash(store, &change, error);
	if (status != CSTN_OK) {
		cstn__change_free(store, &change);
		return status;
	}
	*out = change;
	return CSTN_OK;
}

void cstn__change_free(const cstn__store *store, cstn__change *change)
{
	cstn__free(&store->allocator, change->memory, change->memory_size);
	cstn__free(&store->allocator, change->hits,
			(size_t)change->batch.rows * sizeof(*change->hits));
	memset(change, 0, sizeof(*change));
}
