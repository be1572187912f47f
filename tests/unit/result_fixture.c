#include "result_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void fixture_init(result_fixture *fixture, const char *policy_changes, const char *dimensions)
{
	cstn__folded *folded = &fixture->folded;
	char copy[128], *name, *rest = NULL;

	memset(fixture, 0, sizeof *fixture);
	ck_assert_int_eq(cstn__allocator_read(NULL, &folded->allocator, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_service_policy_new(policy_changes, NULL, &folded->policy, NULL),
			CSTN_OK);
	folded->as_of_us = FIXTURE_AS_OF;
	folded->dimensions = fixture->dimensions;
	folded->keys = fixture->keys;
	folded->counts = fixture->counts;
	folded->causes = fixture->causes;
	folded->total_causes = fixture->total_causes;
	snprintf(copy, sizeof copy, "%s", dimensions);
	for (name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		cstn__dimension *dimension = &fixture->dimensions[folded->n_dimensions];

		snprintf(fixture->names[folded->n_dimensions], sizeof fixture->names[0], "%s",
				name);
		dimension->text = fixture->names[folded->n_dimensions++];
		dimension->type = CSTN_TYPE_TEXT;
	}
}

static void set_key(cstn__key_value *key, const char *text)
{
	if (!text) {
		key->kind = CSTN__KEY_NULL;
	} else if (strcmp(text, "*") == 0) {
		key->kind = CSTN__KEY_MIXED;
	} else {
		key->kind = CSTN__KEY_VALUE;
		key->text = text;
		key->len = (uint32_t)strlen(text);
	}
}

cstn__group_counts *fixture_group(result_fixture *fixture, const char *key0, const char *key1)
{
	cstn__folded *folded = &fixture->folded;
	size_t n = folded->n_dimensions;

	ck_assert_uint_lt(folded->n_groups, FIXTURE_GROUPS);
	if (n > 0)
		set_key(&folded->keys[folded->n_groups * n], key0);
	if (n > 1)
		set_key(&folded->keys[folded->n_groups * n + 1], key1);
	return &folded->counts[folded->n_groups++];
}

void fixture_number(result_fixture *fixture, size_t group, size_t dimension, int64_t number)
{
	cstn__key_value *key = &fixture->keys[group * fixture->folded.n_dimensions + dimension];

	memset(key, 0, sizeof *key);
	key->kind = CSTN__KEY_VALUE;
	key->number = number;
}

void fixture_cause(result_fixture *fixture, size_t group, uint32_t component, const char *cause,
		int32_t owner, int64_t units)
{
	cstn__folded *folded = &fixture->folded;
	cstn__cause_count *count = &folded->causes[folded->n_causes++];

	ck_assert_uint_le(folded->n_causes, FIXTURE_CAUSES);
	count->group = group;
	count->component = __builtin_ctz(component);
	count->owner = owner;
	count->cause = cause;
	count->cause_len = cause ? strlen(cause) : 0;
	count->units = units;
}

void fixture_order(cstn__group_counts *counts, int64_t lines, int64_t perfect)
{
	counts->clusters++;
	counts->sum_m += lines;
	counts->sum_x += perfect;
	counts->sum_mm += lines * lines;
	counts->sum_xx += perfect * perfect;
	counts->sum_xm += lines * perfect;
	counts->pattern[0] += perfect;
	counts->pattern[1] += lines - perfect;
}

void fixture_total(result_fixture *fixture)
{
	cstn__folded *folded = &fixture->folded;
	size_t i;

	memset(&folded->total, 0, sizeof folded->total);
	for (i = 0; i < folded->n_groups; i++)
		ck_assert_int_eq(cstn__counts_add(&folded->total, &folded->counts[i], NULL),
				CSTN_OK);
	folded->n_total_causes = folded->n_causes;
	memcpy(fixture->total_causes, fixture->causes, sizeof fixture->causes);
}

cstn_perfect_order_result *fixture_result(result_fixture *fixture)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	status = cstn__perfect_order_result_from_folded(&fixture->folded, &result, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return result;
}

void fixture_free(result_fixture *fixture)
{
	cstn_service_policy_unref(fixture->folded.policy);
}

void table_read(read_table *table, struct ArrowArrayStream *stream)
{
	struct ArrowArray end;

	memset(table, 0, sizeof *table);
	ck_assert_int_eq(stream->get_schema(stream, &table->schema), 0);
	ck_assert_int_eq(stream->get_next(stream, &table->array), 0);
	if (table->array.release) {
		table->rows = table->array.length;
		ck_assert_int_eq(stream->get_next(stream, &end), 0);
		ck_assert_ptr_null(end.release);
	}
	stream->release(stream);
}

void table_of(read_table *out, const cstn_perfect_order_result *result, int32_t which)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_result_export(result, which, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	table_read(out, &stream);
}

static int64_t find(const read_table *table, const char *column)
{
	int64_t i;

	for (i = 0; i < table->schema.n_children; i++)
		if (strcmp(table->schema.children[i]->name, column) == 0)
			return i;
	return -1;
}

int table_has(const read_table *table, const char *column)
{
	return find(table, column) >= 0;
}

static const struct ArrowArray *child(
		const read_table *table, const char *column, int64_t row, char *format)
{
	int64_t i = find(table, column);

	ck_assert_msg(i >= 0, "no column %s", column);
	ck_assert_msg(row >= 0 && row < table->rows, "%s: no row %d of %d", column, (int)row,
			(int)table->rows);
	*format = table->schema.children[i]->format[0];
	return table->array.children[i];
}

static int bit(const void *bits, int64_t i)
{
	return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

int table_null(const read_table *table, const char *column, int64_t row)
{
	char format;
	const struct ArrowArray *array = child(table, column, row, &format);

	return array->buffers[0] && !bit(array->buffers[0], row + array->offset);
}

int64_t table_i64(const read_table *table, const char *column, int64_t row)
{
	char format;
	const struct ArrowArray *array = child(table, column, row, &format);
	const void *values = array->buffers[1];
	int64_t i = row + array->offset;

	ck_assert_msg(!table_null(table, column, row), "%s of row %d is null", column, (int)row);
	if (format == 'b')
		return bit(values, i);
	if (format == 'i' ||
			(format == 't' && table->schema.children[find(table, column)]->format[1] ==
							  'd'))
		return ((const int32_t *)values)[i];
	ck_assert_msg(format == 'l' || format == 't', "%s has format %c", column, format);
	return ((const int64_t *)values)[i];
}

double table_f64(const read_table *table, const char *column, int64_t row)
{
	char format;
	const struct ArrowArray *array = child(table, column, row, &format);

	ck_assert_msg(!table_null(table, column, row), "%s of row %d is null", column, (int)row);
	ck_assert_int_eq(format, 'g');
	return ((const double *)array->buffers[1])[row + array->offset];
}

const char *table_text(const read_table *table, const char *column, int64_t row)
{
	static char ring[8][160];
	static unsigned turn;
	char format, *out = ring[turn++ % 8];
	const struct ArrowArray *array = child(table, column, row, &format);
	const int32_t *ends = (const int32_t *)array->buffers[1] + row + array->offset;

	ck_assert_int_eq(format, 'u');
	if (table_null(table, column, row))
		return "(null)";
	snprintf(out, sizeof ring[0], "%.*s", (int)(ends[1] - ends[0]),
			(const char *)array->buffers[2] + ends[0]);
	return out;
}

void table_schema_text(const read_table *table, char *buffer, size_t size)
{
	size_t used = 0;
	int64_t i;

	buffer[0] = 0;
	for (i = 0; i < table->schema.n_children && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s:%s%s", i ? " " : "",
				table->schema.children[i]->name, table->schema.children[i]->format,
				table->schema.children[i]->flags & ARROW_FLAG_NULLABLE ? "?" : "");
}

void table_free(read_table *table)
{
	if (table->array.release)
		table->array.release(&table->array);
	table->schema.release(&table->schema);
}

void fixture_perfect_of(cstn__group_counts *counts, int64_t perfect, int64_t units)
{
	counts->pattern[0] = perfect;
	counts->pattern[1] = units - perfect;
}

cstn_perfect_order_result *fixture_simpson(result_fixture *fixture, const char *policy)
{
	fixture_init(fixture, policy, "carrier distance");
	fixture_perfect_of(fixture_group(fixture, "A", "far"), 720, 900);
	fixture_perfect_of(fixture_group(fixture, "A", "near"), 95, 100);
	fixture_perfect_of(fixture_group(fixture, "B", "far"), 78, 100);
	fixture_perfect_of(fixture_group(fixture, "B", "near"), 837, 900);
	fixture_total(fixture);
	return fixture_result(fixture);
}

void fixture_six_orders(cstn__group_counts *counts)
{
	fixture_order(counts, 3, 3);
	fixture_order(counts, 5, 4);
	fixture_order(counts, 1, 0);
	fixture_order(counts, 4, 4);
	fixture_order(counts, 2, 1);
	fixture_order(counts, 6, 3);
}
