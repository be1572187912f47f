/* Columns by their distinct values, and rows by groups of equal ones.
 *
 * A value is looked up once a row and from there on is a code of 32 bits. Codes are sorted by value
 * before anything is grouped, so that no result depends on the order of the rows. Grouping joins
 * one column after the other: (group so far, code) is interned as one number of 64 bits. O(rows x
 * columns) and O(distinct log distinct). */
#include "sharing/coded.h"

#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/radix.h"
#include "base/sort.h"

#define ROWS_MOST ((size_t)INT32_MAX)

/* --- one column ------------------------------------------------------------------------------- */

void cstn__coded_init(
		cstn__coded *column, int32_t type, int32_t scale, const cstn_allocator *allocator)
{
	memset(column, 0, sizeof(*column));
	column->type = type;
	column->scale = scale;
	cstn__i64_map_init(&column->index, allocator, 0);
	cstn__interner_init(&column->texts, allocator, 0);
}

void cstn__coded_free(cstn__coded *column, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &column->codes);
	cstn__array_free(allocator, &column->numbers);
	cstn__i64_map_free(&column->index);
	cstn__interner_free(&column->texts);
}

size_t cstn__coded_count(const cstn__coded *column)
{
	return column->type == CSTN_TYPE_TEXT ? column->texts.count : column->numbers.count;
}

uint32_t cstn__coded_number(cstn__coded *column, int64_t value, const cstn_allocator *allocator)
{
	uint32_t code;

	if (cstn__array_reserve(allocator, &column->numbers, 1))
		return CSTN__CODE_NULL;
	code = cstn__i64_map_intern(&column->index, value, (uint32_t)column->numbers.count);
	if (code == column->numbers.count)
		column->numbers.items[column->numbers.count++] = value;
	return code;
}

uint32_t cstn__coded_text(cstn__coded *column, const char *text, size_t len)
{
	return cstn__intern(&column->texts, text, len);
}

static int value_order(const void *left, const void *right, void *context)
{
	const cstn__coded *column = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	const struct cstn__interned *x, *y;
	size_t len;
	int order;

	if (column->type != CSTN_TYPE_TEXT)
		return (column->numbers.items[a] > column->numbers.items[b]) -
		       (column->numbers.items[a] < column->numbers.items[b]);
	x = &column->texts.items[a];
	y = &column->texts.items[b];
	len = x->len < y->len ? x->len : y->len;
	order = len ? memcmp(x->text, y->text, len) : 0;
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The values of `column` in the order of `by` as those of `to`. */
static int copy_values(const cstn__coded *column, const uint32_t *by, size_t n, cstn__coded *to,
		const cstn_allocator *allocator)
{
	uint32_t code;
	size_t i;

	for (i = 0; i < n; i++) {
		if (column->type == CSTN_TYPE_TEXT)
			code = cstn__coded_text(to, column->texts.items[by[i]].text,
					column->texts.items[by[i]].len);
		else
			code = cstn__coded_number(to, column->numbers.items[by[i]], allocator);
		if (code == CSTN__CODE_NULL)
			return -1;
	}
	return 0;
}

int cstn__coded_sort(cstn__coded *column, const cstn_allocator *allocator)
{
	size_t n = cstn__coded_count(column), size = cstn__array_size(2 * n, sizeof(uint32_t)), i;
	uint32_t *by = cstn__alloc(allocator, size), *rank;
	cstn__coded sorted;

	if (!by)
		return -1;
	rank = by + n;
	for (i = 0; i < n; i++)
		by[i] = (uint32_t)i;
	cstn__sort(by, n, sizeof(*by), value_order, column);
	for (i = 0; i < n; i++)
		rank[by[i]] = (uint32_t)i;
	cstn__coded_init(&sorted, column->type, column->scale, allocator);
	if (copy_values(column, by, n, &sorted, allocator)) {
		cstn__coded_free(&sorted, allocator);
		cstn__free(allocator, by, size);
		return -1;
	}
	for (i = 0; i < column->codes.count; i++)
		if (column->codes.items[i] != CSTN__CODE_NULL)
			column->codes.items[i] = rank[column->codes.items[i]];
	sorted.codes.items = column->codes.items;
	sorted.codes.count = column->codes.count;
	sorted.codes.capacity = column->codes.capacity;
	column->codes.items = NULL;
	column->codes.count = column->codes.capacity = 0;
	cstn__coded_free(column, allocator);
	*column = sorted;
	cstn__free(allocator, by, size);
	return 0;
}

int32_t cstn__coded_add_column(
		cstn__table_builder *table, const char *name, const cstn__coded *column)
{
	return cstn__table_add_column(table, name, column->type, column->scale, 1);
}

void cstn__coded_put(
		cstn__table_builder *table, int32_t to, const cstn__coded *column, uint32_t code)
{
	if (code == CSTN__CODE_NULL)
		cstn__table_put_null(table, to);
	else if (column->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, to, column->texts.items[code].text,
				column->texts.items[code].len);
	else if (column->type == CSTN_TYPE_DOUBLE)
		cstn__table_put_f64(table, to,
				cstn__radix_to_f64(
						cstn__radix_of_i64(column->numbers.items[code])));
	else
		cstn__table_put_i64(table, to, column->numbers.items[code]);
}

/* --- a table ---------------------------------------------------------------------------------- */

typedef struct reading {
	cstn__coded_table *table;
	cstn__row_sink *sink;
} reading;

static cstn_status read_text(reading *in, cstn__coded *to, const cstn__column *column,
		uint64_t first_row, int64_t start, int32_t n)
{
	uint64_t bad[CSTN__BLOCK_ROWS / 64] = {0};
	cstn_status status = cstn__column_check_text(column, start, n, first_row, bad, in->sink);
	const char *text;
	size_t len;
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t code = CSTN__CODE_NULL;

		if (!cstn__word_bit_get(bad, (size_t)i) &&
				cstn__column_read_text(column, start + i, &text, &len) == 0) {
			code = cstn__coded_text(to, text, len);
			if (code == CSTN__CODE_NULL)
				return CSTN_E_NOMEM;
		}
		to->codes.items[to->codes.count++] = code;
	}
	return status;
}

static cstn_status read_numbers(reading *in, cstn__coded *to, const cstn__column *column,
		uint64_t first_row, int64_t start, int32_t n)
{
	uint64_t bad[CSTN__BLOCK_ROWS / 64] = {0}, valid[CSTN__BLOCK_ROWS / 64];
	int64_t numbers[CSTN__BLOCK_ROWS];
	double doubles[CSTN__BLOCK_ROWS];
	cstn_status status;
	int32_t i;

	if (to->type == CSTN_TYPE_DOUBLE)
		status = cstn__column_read_f64(
				column, start, n, first_row, doubles, valid, bad, in->sink);
	else
		status = cstn__column_read_i64(
				column, start, n, first_row, numbers, valid, bad, in->sink);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t code = CSTN__CODE_NULL;

		if (cstn__word_bit_get(valid, (size_t)i)) {
			if (to->type == CSTN_TYPE_DOUBLE)
				numbers[i] = cstn__radix_to_i64(cstn__radix_of_f64(doubles[i]));
			code = cstn__coded_number(to, numbers[i], &in->table->allocator);
			if (code == CSTN__CODE_NULL)
				return CSTN_E_NOMEM;
		}
		to->codes.items[to->codes.count++] = code;
	}
	return status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *in = context;
	size_t i;

	if (in->table->rows + (size_t)n > ROWS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %zu rows", ROWS_MOST);
	for (i = 0; i < in->table->n; i++) {
		cstn__coded *to = &in->table->columns[i];
		cstn_status status = CSTN_E_NOMEM;

		if (cstn__array_reserve(&in->table->allocator, &to->codes, n) == 0)
			status = to->type == CSTN_TYPE_TEXT
						 ? read_text(in, to, &batch->columns[i],
								   batch->first_row, start, n)
						 : read_numbers(in, to, &batch->columns[i],
								   batch->first_row, start, n);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	in->table->rows += (size_t)n;
	return CSTN_OK;
}

static cstn_status make_columns(cstn__coded_table *table, const cstn__coded_ask *asks, size_t n,
		const cstn__bound *bound, cstn_error **error)
{
	size_t i;

	table->columns = cstn__alloc_zero(
			&table->allocator, cstn__array_size(n, sizeof(*table->columns)));
	if (!table->columns)
		return cstn__fail_nomem(error);
	table->n = n;
	for (i = 0; i < n; i++) {
		int32_t type = cstn__bound_type(bound, i);

		/* only nulls: any type will do, and text is what all steps can be said of */
		if (cstn__bound_is_null(bound, i))
			type = asks[i].accept & CSTN__ACCEPT(CSTN_TYPE_TEXT) ? CSTN_TYPE_TEXT
									     : CSTN_TYPE_INT64;
		cstn__coded_init(&table->columns[i], type, cstn__bound_scale(bound, i),
				&table->allocator);
	}
	return CSTN_OK;
}

static cstn_status declare(
		const cstn__coded_ask *asks, size_t n, cstn__column_decl *decls, cstn_error **error)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (!asks[i].name || !*asks[i].name)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the name of a column is %s", asks[i].name ? "''" : "NULL");
		for (j = 0; j < i; j++)
			if (strcmp(asks[i].name, asks[j].name) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"column '%s' is asked for twice", asks[i].name);
		decls[i] = (cstn__column_decl){asks[i].name, asks[i].accept, -1, 1,
				(uint8_t)(asks[i].nullable != 0), 0, 0};
	}
	return CSTN_OK;
}

static cstn_status read_bound(struct ArrowArrayStream *rows, const cstn__coded_ask *asks, size_t n,
		cstn__bound *bound, cstn__row_sink *sink, cstn__coded_table *table,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	reading in = {table, sink};
	cstn_status status = make_columns(table, asks, n, bound, error);

	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, read_block, &in, NULL, error);
	if (status == CSTN_OK && cstn__row_sink_total(sink))
		status = cstn__row_sink_refuse(sink, bad_rows, error);
	return status;
}

cstn_status cstn__coded_read(struct ArrowArrayStream *rows, const cstn__coded_ask *asks, size_t n,
		const cstn_binding *binding, uint32_t flags, const cstn_allocator *allocator,
		cstn__coded_table *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__coded_table table = {*allocator, NULL, 0, 0};
	size_t size = cstn__array_size(n, sizeof(cstn__column_decl));
	cstn__column_decl *decls = cstn__alloc_zero(allocator, size);
	cstn__bound *bound = NULL;
	cstn__row_sink *sink = NULL;
	cstn_status status;

	if (!decls)
		return cstn__fail_nomem(error);
	status = declare(asks, n, decls, error);
	if (status == CSTN_OK)
		status = cstn__bind_rows(
				rows, decls, n, binding, flags, allocator, &bound, &sink, error);
	if (status == CSTN_OK)
		status = read_bound(rows, asks, n, bound, sink, &table, bad_rows, error);
	cstn__bound_free(bound);
	cstn__row_sink_free(sink);
	cstn__free(allocator, decls, size);
	if (status == CSTN_OK)
		*out = table;
	else
		cstn__coded_table_free(&table);
	return status;
}

void cstn__coded_table_free(cstn__coded_table *table)
{
	size_t i;

	for (i = 0; i < table->n; i++)
		cstn__coded_free(&table->columns[i], &table->allocator);
	cstn__free(&table->allocator, table->columns,
			cstn__array_size(table->n, sizeof(*table->columns)));
	memset(table, 0, sizeof(*table));
}

/* --- groups ----------------------------------------------------------------------------------- */

void cstn__groups_free(cstn__groups *groups)
{
	cstn__free(&groups->allocator, groups->of,
			cstn__array_size(groups->rows, sizeof(uint32_t)));
	cstn__free(&groups->allocator, groups->first,
			cstn__array_size(groups->n, sizeof(uint32_t)));
	cstn__free(&groups->allocator, groups->counts,
			cstn__array_size(groups->n, sizeof(int64_t)));
	cstn__free(&groups->allocator, groups->next, cstn__array_size(groups->n, sizeof(size_t)));
	memset(groups, 0, sizeof(*groups));
}

/* Groups by one more column; how many there are now, or SIZE_MAX: out of memory. */
static size_t join(cstn__groups *groups, const cstn__coded *column, size_t n)
{
	cstn__i64_map map;
	uint32_t count = 0;
	size_t row;

	cstn__i64_map_init(&map, &groups->allocator, 0);
	for (row = 0; row < groups->rows; row++) {
		uint64_t key = (uint64_t)groups->of[row] << 32 | column->codes.items[row];
		uint32_t group = cstn__i64_map_intern(&map, (int64_t)key, count);

		if (group == UINT32_MAX) {
			n = SIZE_MAX;
			break;
		}
		count += group == count;
		groups->of[row] = group;
	}
	cstn__i64_map_free(&map);
	return n == SIZE_MAX ? n : count;
}

typedef struct ordering {
	cstn__coded *const *columns;
	size_t n;
	const uint32_t *first;
} ordering;

static int group_order(const void *left, const void *right, void *context)
{
	const ordering *by = context;
	uint32_t a = by->first[*(const uint32_t *)left], b = by->first[*(const uint32_t *)right];
	size_t i;

	for (i = 0; i < by->n; i++) {
		uint32_t x = by->columns[i]->codes.items[a], y = by->columns[i]->codes.items[b];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* Groups in the order of their codes; `scratch` has room for 3 numbers a group. */
static void order_groups(
		cstn__groups *groups, cstn__coded *const *columns, size_t n, uint32_t *scratch)
{
	uint32_t *first = scratch, *by = first + groups->n, *rank = by + groups->n;
	ordering order = {columns, n, first};
	size_t i;

	for (i = groups->rows; i-- > 0;)
		first[groups->of[i]] = (uint32_t)i;
	for (i = 0; i < groups->n; i++)
		by[i] = (uint32_t)i;
	cstn__sort(by, groups->n, sizeof(*by), group_order, &order);
	for (i = 0; i < groups->n; i++) {
		rank[by[i]] = (uint32_t)i;
		groups->first[i] = first[by[i]];
		groups->counts[i] = 0;
	}
	for (i = 0; i < groups->rows; i++) {
		groups->of[i] = rank[groups->of[i]];
		groups->counts[groups->of[i]]++;
	}
}

cstn_status cstn__group_rows(cstn__coded *const *columns, size_t n, size_t rows,
		const cstn_allocator *allocator, cstn__groups *out, cstn_error **error)
{
	cstn__groups groups = {*allocator, NULL, rows, NULL, NULL, NULL, 0};
	size_t count = rows ? 1 : 0, scratch_size, i;
	uint32_t *scratch;

	groups.of = cstn__alloc_zero(allocator, cstn__array_size(rows, sizeof(uint32_t)));
	if (!groups.of)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && count != SIZE_MAX; i++)
		count = join(&groups, columns[i], count);
	if (count == SIZE_MAX) {
		cstn__groups_free(&groups);
		return cstn__fail_nomem(error);
	}
	groups.n = count;
	groups.first = cstn__alloc(allocator, cstn__array_size(count, sizeof(uint32_t)));
	groups.counts = cstn__alloc(allocator, cstn__array_size(count, sizeof(int64_t)));
	groups.next = cstn__alloc(allocator, cstn__array_size(count, sizeof(size_t)));
	scratch_size = cstn__array_size(count, 3 * sizeof(uint32_t));
	scratch = cstn__alloc(allocator, scratch_size);
	if (!groups.first || !groups.counts || !groups.next || !scratch) {
		cstn__free(allocator, scratch, scratch_size);
		cstn__groups_free(&groups);
		return cstn__fail_nomem(error);
	}
	order_groups(&groups, columns, n, scratch);
	cstn__free(allocator, scratch, scratch_size);
	*out = groups;
	return CSTN_OK;
}

void cstn__groups_rows(const cstn__groups *groups, uint32_t *rows)
{
	size_t i, at = groups->rows;

	for (i = groups->n; i-- > 0;) {
		at -= (size_t)groups->counts[i];
		groups->next[i] = at;
	}
	for (i = 0; i < groups->rows; i++)
		rows[groups->next[groups->of[i]]++] = (uint32_t)i;
}
