#ifndef CSTN_TESTS_RESULT_FIXTURE_H
#define CSTN_TESTS_RESULT_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "fulfilment/perfect_order_result.h"

/* Closed counts written by hand, as the kernel would make them. */
#define FIXTURE_GROUPS 16
#define FIXTURE_CAUSES 32
typedef struct result_fixture {
	cstn__folded folded;
	cstn__dimension dimensions[4];
	cstn__key_value keys[FIXTURE_GROUPS * 4];
	cstn__group_counts counts[FIXTURE_GROUPS];
	cstn__cause_count causes[FIXTURE_CAUSES];
	cstn__cause_count total_causes[FIXTURE_CAUSES];
	char names[4][32];
} result_fixture;

/* 2018-09-01T00:00Z */
#define FIXTURE_AS_OF INT64_C(1535760000000000)

/* @param dimensions names parted by spaces, "" for none; all text until `dimensions` says else */
void fixture_init(result_fixture *fixture, const char *policy_changes, const char *dimensions);
/* Keys are text; NULL is null, "*" mixed. For numbers see fixture_number(). */
cstn__group_counts *fixture_group(result_fixture *fixture, const char *key0, const char *key1);
void fixture_number(result_fixture *fixture, size_t group, size_t dimension, int64_t number);
void fixture_cause(result_fixture *fixture, size_t group, uint32_t component, const char *cause,
		int32_t owner, int64_t units);
void fixture_order(cstn__group_counts *counts, int64_t lines, int64_t perfect);
/* Totals as sums of the groups. */
void fixture_total(result_fixture *fixture);
/* The result; fails the test if there is none. Totals must be there. */
cstn_perfect_order_result *fixture_result(result_fixture *fixture);
void fixture_free(result_fixture *fixture);

/* An exported table, read whole. */
typedef struct read_table {
	struct ArrowSchema schema;
	struct ArrowArray array;
	int64_t rows;
} read_table;
void table_read(read_table *table, struct ArrowArrayStream *stream);
void table_of(read_table *out, const cstn_perfect_order_result *result, int32_t which);
int table_has(const read_table *table, const char *column);
int table_null(const read_table *table, const char *column, int64_t row);
int64_t table_i64(const read_table *table, const char *column, int64_t row);
double table_f64(const read_table *table, const char *column, int64_t row);
/* Text in a ring of buffers, NUL-terminated. */
const char *table_text(const read_table *table, const char *column, int64_t row);
/* "carrier:u? rate:g? ..." with ? for nullable */
void table_schema_text(const read_table *table, char *buffer, size_t size);
void table_free(read_table *table);

/* Units by pattern: perfect ones, and the rest late. */
void fixture_perfect_of(cstn__group_counts *counts, int64_t perfect, int64_t units);
/* Orders of lines and perfect lines: 3/3 5/4 1/0 4/4 2/1 6/3. */
void fixture_six_orders(cstn__group_counts *counts);
/* Simpson's trap: A is better far and near, B in total. */
cstn_perfect_order_result *fixture_simpson(result_fixture *fixture, const char *policy);

#endif
