/* Rows that a replay gathers before it applies them.
 *
 * A log is mostly frames of one row. Each alone would pay for room, cuts and the search of the key
 * index once a row; gathered to some hundred rows of one table and one kind of operation they pay
 * once, and the key index is asked for rows ahead. What is gathered keeps the order of the log
 * within its table and the sequence number of each row, so that the result is that of applying row
 * by row: an operation of another kind applies what is there first. Columns that no gathered row
 * gives are left out; those that some give are null for the others.
 *
 * Memory: 4 KiB to 48 KiB a column that is used, for each table with rows in the log. */
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "store/log.h"
#include "store/replay.h"

enum { MAX_ROWS = 512, MAX_CHILDREN = 2048, MAX_TEXT = 32768, WORDS = MAX_CHILDREN / 64 };

/* One column of the rows gathered. */
struct column {
	uint64_t rows, n_valid; /* rows it has been filled for, and values among them */
	int64_t *numbers;
	uint32_t *offsets;
	uint8_t *bytes;
	uint64_t validity[WORDS];
};

/* A column of an operation that was found right. */
struct place {
	uint32_t id, space;
	uint32_t position; /* CSTN__NO_COLUMN: all null, left out */
	int text, needed;
};

struct cstn__replay_rows {
	const cstn__table_info *table;
	struct place *places; /* of the operation before */
	size_t n_places, places_capacity;
	uint32_t known; /* CSTN__OP_ of the operation before; 0: none */
	uint32_t op;    /* of the rows that are there */
	uint64_t rows, child_rows;
	int has_children;
	struct column *columns; /* by position */
	uint32_t *ids;
	cstn__values *values;
	uint32_t children[MAX_ROWS];
	uint64_t seqs[MAX_ROWS], hashes[MAX_ROWS];
};

static uint64_t most(const cstn__store_column *column)
{
	return column->space == CSTN__SPACE_CHILD ? MAX_CHILDREN : MAX_ROWS;
}

void cstn__replay_rows_free(struct cstn__replay_rows *rows, const cstn_allocator *allocator)
{
	size_t n;

	if (!rows)
		return;
	n = rows->table->declared->n_columns;
	for (size_t c = 0; rows->columns && c < n; c++) {
		uint64_t values = most(&rows->table->declared->columns[c]);

		cstn__free(allocator, rows->columns[c].numbers, values * sizeof(int64_t));
		cstn__free(allocator, rows->columns[c].offsets, (values + 1) * sizeof(uint32_t));
		cstn__free(allocator, rows->columns[c].bytes, MAX_TEXT);
	}
	cstn__free(allocator, rows->places, rows->places_capacity * sizeof(*rows->places));
	cstn__free(allocator, rows->columns, (n + 1) * sizeof(*rows->columns));
	cstn__free(allocator, rows->ids, (n + 1) * sizeof(*rows->ids));
	cstn__free(allocator, rows->values, (n + 1) * sizeof(*rows->values));
	cstn__free(allocator, rows, sizeof(*rows));
}

cstn_status cstn__replay_rows_new(const cstn__table_info *table, const cstn_allocator *allocator,
		struct cstn__replay_rows **out, cstn_error **error)
{
	size_t n = table->declared->n_columns;
	struct cstn__replay_rows *rows = cstn__alloc_zero(allocator, sizeof(*rows));

	if (!rows)
		return cstn__fail_nomem(error);
	rows->table = table;
	rows->columns = cstn__alloc_zero(allocator, (n + 1) * sizeof(*rows->columns));
	rows->ids = cstn__alloc(allocator, (n + 1) * sizeof(*rows->ids));
	rows->values = cstn__alloc(allocator, (n + 1) * sizeof(*rows->values));
	if (!rows->columns || !rows->ids || !rows->values) {
		cstn__replay_rows_free(rows, allocator);
		return cstn__fail_nomem(error);
	}
	*out = rows;
	return CSTN_OK;
}

static void set_bits(uint64_t *words, uint64_t from, uint64_t n)
{
	while (n) {
		uint64_t step = 64 - from % 64 < n ? 64 - from % 64 : n;

		words[from / 64] |= cstn__low_bits((size_t)step) << from % 64;
		from += step;
		n -= step;
	}
}

/* Nulls up to `rows`. */
static void fill(struct column *column, uint64_t rows)
{
	for (uint64_t i = column->rows; i < rows; i++)
		if (column->numbers)
			column->numbers[i] = 0;
		else
			column->offsets[i + 1] = column->offsets[column->rows];
	column->rows = rows;
}

/* Memory for a column, got when the first value comes, and a fresh start for this gathering. */
static int begin_column(const cstn__store_column *declared, struct column *column,
		const cstn_allocator *allocator)
{
	uint64_t values = most(declared);

	if (cstn__column_is_text(declared)) {
		if (!column->offsets)
			column->offsets = cstn__alloc(
					allocator, (size_t)(values + 1) * sizeof(uint32_t));
		if (!column->bytes)
			column->bytes = cstn__alloc(allocator, MAX_TEXT);
		if (!column->offsets || !column->bytes)
			return -1;
		column->offsets[0] = 0;
	} else if (!column->numbers) {
		column->numbers = cstn__alloc(allocator, (size_t)values * sizeof(int64_t));
		if (!column->numbers)
			return -1;
	}
	memset(column->validity, 0, sizeof(column->validity));
	column->n_valid = 0;
	return 0;
}

static void put_values(struct column *column, const cstn__values *values)
{
	uint64_t at = column->rows, n = values->rows;

	if (column->numbers) {
		memcpy(column->numbers + at, values->numbers, (size_t)n * sizeof(int64_t));
	} else {
		uint32_t base = column->offsets[at], bytes = values->offsets[n];

		for (uint64_t i = 1; i <= n; i++)
			column->offsets[at + i] = base + values->offsets[i];
		if (bytes)
			memcpy(column->bytes + base, values->bytes, bytes);
	}
	column->rows = at + n;
	if (!values->validity) {
		set_bits(column->validity, at, n);
		column->n_valid += n;
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		if (cstn__values_is_valid(values, i)) {
			set_bits(column->validity, at + i, 1);
			column->n_valid++;
		}
}

int cstn__replay_rows_known(const struct cstn__replay_rows *rows, const cstn__log_op *op)
{
	const cstn__store_batch *batch = &op->batch;

	if (op->op != rows->known || batch->n_columns != rows->n_places || !batch->rows ||
			batch->child_rows > MAX_CHILDREN ||
			(batch->children && !rows->table->declared->has_child))
		return 0;
	for (size_t c = 0; c < batch->n_columns; c++) {
		const struct place *place = &rows->places[c];
		const cstn__values *values = &batch->columns[c];

		if (batch->ids[c] != place->id || op->spaces[c] != place->space ||
				(values->offsets != NULL) != place->text ||
				(place->needed && values->validity))
			return 0;
	}
	return 1;
}

cstn_status cstn__replay_rows_learn(struct cstn__replay_rows *rows, const cstn__log_op *op,
		const cstn_allocator *allocator, cstn_error **error)
{
	const cstn__store_table *declared = rows->table->declared;
	size_t n = op->batch.n_columns;

	rows->known = 0;
	if (n > rows->places_capacity) {
		struct place *places = cstn__alloc(allocator, n * sizeof(*places));

		if (!places)
			return cstn__fail_nomem(error);
		cstn__free(allocator, rows->places, rows->places_capacity * sizeof(*rows->places));
		rows->places = places;
		rows->places_capacity = n;
	}
	for (size_t c = 0; c < n; c++) {
		struct place *place = &rows->places[c];
		uint32_t at = cstn__column_position(declared, op->batch.ids[c]);

		place->id = op->batch.ids[c];
		place->space = op->spaces[c];
		place->text = op->batch.columns[c].offsets != NULL;
		place->needed = place->id == declared->recorded;
		for (size_t k = 0; k < rows->table->n_key; k++)
			place->needed |= rows->table->key[k] == at;
		place->position = cstn__column_is_text(&declared->columns[at]) && !place->text
						  ? CSTN__NO_COLUMN
						  : at;
	}
	rows->n_places = n;
	rows->known = op->op;
	return CSTN_OK;
}

/* 1 if an operation can join those that are there. */
static int fits(const struct cstn__replay_rows *rows, uint32_t op, const cstn__store_batch *batch)
{
	if (rows->rows && op != rows->op)
		return 0;
	if (rows->rows + batch->rows > MAX_ROWS ||
			rows->child_rows + batch->child_rows > MAX_CHILDREN)
		return 0;
	for (size_t c = 0; c < batch->n_columns; c++) {
		const cstn__values *values = &batch->columns[c];
		const struct column *column;

		if (!values->offsets)
			continue;
		column = &rows->columns[rows->places[c].position];
		if ((column->rows ? column->offsets[column->rows] : 0) +
						(uint64_t)values->offsets[values->rows] >
				MAX_TEXT)
			return 0;
	}
	return 1;
}

cstn_status cstn__replay_rows_put(struct cstn__replay_rows *rows, const cstn__log_op *op,
		uint64_t seq, const cstn_allocator *allocator, int *taken, cstn_error **error)
{
	const cstn__store_table *declared = rows->table->declared;
	const cstn__store_batch *batch = &op->batch;

	*taken = fits(rows, op->op, batch);
	if (!*taken)
		return CSTN_OK;
	for (size_t c = 0; c < batch->n_columns; c++) {
		const struct place *place = &rows->places[c];
		struct column *column;

		if (place->position == CSTN__NO_COLUMN || !batch->columns[c].rows)
			continue;
		column = &rows->columns[place->position];
		if (!column->rows && begin_column(&declared->columns[place->position], column,
						     allocator))
			return cstn__fail_nomem(error);
		fill(column, place->space == CSTN__SPACE_CHILD ? rows->child_rows : rows->rows);
		put_values(column, &batch->columns[c]);
	}
	for (uint64_t i = 0; i < batch->rows; i++) {
		rows->children[rows->rows + i] = batch->children ? batch->children[i] : 0;
		rows->seqs[rows->rows + i] = seq;
	}
	rows->op = op->op;
	rows->has_children |= batch->children != NULL;
	rows->rows += batch->rows;
	rows->child_rows += batch->child_rows;
	return CSTN_OK;
}

static void batch_of(struct cstn__replay_rows *rows, cstn__store_batch *out)
{
	const cstn__store_table *declared = rows->table->declared;
	size_t n = 0;

	for (size_t c = 0; c < declared->n_columns; c++) {
		struct column *column = &rows->columns[c];
		int child = declared->columns[c].space == CSTN__SPACE_CHILD;

		if (!column->rows)
			continue;
		fill(column, child ? rows->child_rows : rows->rows);
		rows->ids[n] = declared->columns[c].id;
		memset(&rows->values[n], 0, sizeof(rows->values[n]));
		rows->values[n].rows = column->rows;
		rows->values[n].validity = column->n_valid < column->rows ? column->validity : NULL;
		rows->values[n].numbers = column->numbers;
		rows->values[n].offsets = column->offsets;
		rows->values[n++].bytes = column->bytes;
	}
	memset(out, 0, sizeof(*out));
	out->rows = rows->rows;
	out->child_rows = rows->child_rows;
	out->children = rows->has_children ? rows->children : NULL;
	out->ids = rows->ids;
	out->columns = rows->values;
	out->n_columns = n;
}

cstn_status cstn__replay_rows_apply(
		cstn__store *store, struct cstn__replay_rows *rows, cstn_error **error)
{
	cstn__change change = {.op = rows->op, .table = rows->table};
	cstn_status status;

	if (!rows->rows)
		return CSTN_OK;
	batch_of(rows, &change.batch);
	change.seqs = rows->seqs;
	change.hashes = rows->table->n_key ? rows->hashes : NULL;
	status = cstn__change_hash(store, &change, error);
	if (status == CSTN_OK)
		status = cstn__change_reserve(store, &change, error);
	if (status == CSTN_OK)
		cstn__change_apply(store, &change, 0);
	cstn__reserve_cancel(store);
	cstn__change_free(store, &change);
	for (size_t c = 0; c < rows->table->declared->n_columns; c++)
		rows->columns[c].rows = 0;
	rows->rows = rows->child_rows = 0;
	rows->has_children = 0;
	return status;
}
