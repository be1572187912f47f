/* Declarations of tables: checked, copied, merged with what a store already has.
 *
 * Columns and tables may be added, never changed: a column id keeps its name, type, scale and
 * space for ever, a table its class, key and recorded column. Linear searches: a table has few
 * columns. */
#include "store/table_info.h"

#include <string.h>

#include "base/error.h"

enum { MAX_COLUMNS = 1024 };

uint32_t cstn__column_position(const cstn__store_table *table, uint32_t id)
{
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i].id == id)
			return (uint32_t)i;
	return CSTN__NO_COLUMN;
}

int cstn__keys_equal(const cstn__values *a, uint64_t a_row, const cstn__values *b, uint64_t b_row,
		size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *a_text, *b_text;
		size_t a_len, b_len;

		if (a[i].numbers && !a[i].dictionary) {
			if (a[i].numbers[a_row] != b[i].numbers[b_row])
				return 0;
			continue;
		}
		a_text = cstn__values_text(&a[i], a_row, &a_len);
		b_text = cstn__values_text(&b[i], b_row, &b_len);
		if (a_len != b_len || (a_len && memcmp(a_text, b_text, a_len) != 0))
			return 0;
	}
	return 1;
}

void cstn__key_columns(
		const cstn__table_info *table, const cstn__store_batch *batch, cstn__values *out)
{
	for (size_t k = 0; k < table->n_key; k++)
		for (size_t c = 0; c < batch->n_columns; c++)
			if (batch->ids[c] == table->declared->key[k])
				out[k] = batch->columns[c];
}

static const cstn__store_table *table_of(const cstn__store_schema *schema, uint32_t id, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (schema->tables[i].id == id)
			return &schema->tables[i];
	return NULL;
}

static void *copy(cstn__arena *arena, const void *data, size_t n, size_t size)
{
	void *out = cstn__arena_alloc(arena, cstn__array_size(n ? n : 1, size));

	if (out && n)
		memcpy(out, data, n * size);
	return out;
}

static int copy_table(const cstn__store_table *from, cstn__arena *arena, cstn__store_table *to)
{
	cstn__store_column *columns = copy(arena, from->columns, from->n_columns, sizeof(*columns));

	*to = *from;
	to->columns = columns;
	to->name = cstn__arena_copy(arena, from->name, strlen(from->name));
	to->key = copy(arena, from->key, from->n_key, sizeof(*from->key));
	if (!columns || !to->name || !to->key)
		return -1;
	for (size_t i = 0; i < from->n_columns; i++) {
		columns[i].name = cstn__arena_copy(
				arena, from->columns[i].name, strlen(from->columns[i].name));
		if (!columns[i].name)
			return -1;
	}
	return 0;
}

cstn_status cstn__schema_copy(const cstn__store_schema *given, cstn__arena *arena,
		cstn__store_schema *out, cstn_error **error)
{
	cstn__store_table *tables =
			copy(arena, given->tables, given->n_tables, sizeof(*given->tables));

	if (!tables)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < given->n_tables; i++)
		if (copy_table(&given->tables[i], arena, &tables[i]))
			return cstn__fail_nomem(error);
	*out = *given;
	out->tables = tables;
	return CSTN_OK;
}

cstn_status cstn__tables_new(const cstn__store_schema *schema, cstn__arena *arena,
		cstn__table_info **out, cstn_error **error)
{
	cstn__table_info *tables = cstn__arena_alloc(
			arena, cstn__array_size(schema->n_tables + 1, sizeof(*tables)));

	if (!tables)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < schema->n_tables; i++) {
		const cstn__store_table *declared = &schema->tables[i];

		if (declared->n_key > CSTN__MAX_KEY_COLUMNS)
			return cstn__fail(error, CSTN_E_LIMIT,
					"table '%s': a key of %zu columns, %d allowed",
					declared->name, declared->n_key, CSTN__MAX_KEY_COLUMNS);
		tables[i].declared = declared;
		tables[i].index = (uint32_t)i;
		tables[i].n_key = declared->n_key;
		tables[i].recorded = declared->recorded ? cstn__column_position(declared,
									  declared->recorded)
							: CSTN__NO_COLUMN;
		tables[i].key = cstn__arena_alloc(
				arena, (declared->n_key + 1) * sizeof(*tables[i].key));
		if (!tables[i].key)
			return cstn__fail_nomem(error);
		for (size_t k = 0; k < declared->n_key; k++)
			tables[i].key[k] = cstn__column_position(declared, declared->key[k]);
	}
	*out = tables;
	return CSTN_OK;
}

static cstn_status merge_column(const cstn__store_table *table, const cstn__store_column *stored,
		const cstn__store_column *given, cstn_error **error)
{
	if (stored->type != given->type || stored->scale != given->scale ||
			stored->space != given->space)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"table '%s', column %u '%s': declared with type %d, scale %d, "
				"space %u; the store has '%s' with %d, %d, %u",
				table->name, given->id, given->name, given->type, given->scale,
				given->space, stored->name, stored->type, stored->scale,
				stored->space);
	return CSTN_OK;
}

static cstn_status merge_table(const cstn__store_table *stored, const cstn__store_table *given,
		cstn__arena *arena, cstn__store_table *out, int *changed, cstn_error **error)
{
	cstn__store_column *columns;
	size_t n = stored->n_columns;

	if (stored->table_class != given->table_class || stored->n_key != given->n_key ||
			stored->recorded != given->recorded ||
			stored->has_child != given->has_child ||
			(given->n_key && memcmp(stored->key, given->key,
							 given->n_key * sizeof(*given->key)) != 0))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"table %u '%s': its class, key, recorded column or child rows "
				"differ from the store's '%s'",
				given->id, given->name, stored->name);
	columns = cstn__arena_alloc(
			arena, cstn__array_size(n + given->n_columns + 1, sizeof(*columns)));
	if (!columns)
		return cstn__fail_nomem(error);
	memcpy(columns, stored->columns, n * sizeof(*columns));
	for (size_t i = 0; i < given->n_columns; i++) {
		uint32_t at = cstn__column_position(stored, given->columns[i].id);
		cstn_status status;

		if (at == CSTN__NO_COLUMN) {
			columns[n++] = given->columns[i];
			*changed = 1;
			continue;
		}
		status = merge_column(given, &stored->columns[at], &given->columns[i], error);
		if (status != CSTN_OK)
			return status;
	}
	if (n > MAX_COLUMNS)
		return cstn__fail(error, CSTN_E_LIMIT, "table '%s' has %zu columns, %d allowed",
				given->name, n, MAX_COLUMNS);
	*out = *stored;
	out->columns = columns;
	out->n_columns = n;
	return CSTN_OK;
}

cstn_status cstn__schema_merge(const cstn__store_schema *stored, const cstn__store_schema *given,
		cstn__arena *arena, cstn__store_schema *out, int *changed, cstn_error **error)
{
	cstn__store_table *tables = cstn__arena_alloc(arena,
			cstn__array_size(stored->n_tables + given->n_tables + 1, sizeof(*tables)));
	cstn__store_schema merged = *stored;
	size_t n = stored->n_tables;

	if (!tables)
		return cstn__fail_nomem(error);
	*changed = 0;
	memcpy(tables, stored->tables, n * sizeof(*tables));
	for (size_t i = 0; i < given->n_tables; i++) {
		const cstn__store_table *at =
				table_of(stored, given->tables[i].id, stored->n_tables);
		cstn_status status;

		if (!at) {
			tables[n++] = given->tables[i];
			*changed = 1;
			continue;
		}
		status = merge_table(at, &given->tables[i], arena, &tables[at - stored->tables],
				changed, error);
		if (status != CSTN_OK)
			return status;
	}
	merged.tables = tables;
	merged.n_tables = n;
	if (*changed)
		merged.version = (stored->version > given->version ? stored->version
								   : given->version) +
				 (stored->version >= given->version);
	return cstn__schema_copy(&merged, arena, out, error);
}
