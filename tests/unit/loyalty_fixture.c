#include "loyalty_fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"

cstn_status loyalty_add(cstn_loyalty *state, int32_t kind, const char *rows)
{
	static const char *const schemas[] = {EVIDENCE_SCHEMA, PURCHASE_SCHEMA, CUSTOMER_SCHEMA};
	struct ArrowArrayStream stream;

	csv_rows(&stream, schemas[kind - 1], rows);
	return cstn_loyalty_update(state, kind, &stream, NULL, NULL, NULL);
}

static void add(cstn_loyalty *state, int32_t kind, const char *header, const char *rows)
{
	char text[8000];

	if (!rows)
		return;
	ck_assert_uint_lt(strlen(header) + strlen(rows), sizeof(text));
	snprintf(text, sizeof(text), "%s%s", header, rows);
	ck_assert_int_eq(loyalty_add(state, kind, text), CSTN_OK);
}

cstn_loyalty *loyalty_state(const char *evidence, const char *purchases, const char *customers)
{
	cstn_loyalty *state = NULL;

	ck_assert_int_eq(cstn_loyalty_new(NULL, NULL, &state, NULL), CSTN_OK);
	add(state, CSTN_LOYALTY_ROWS_EVIDENCE, EVIDENCE, evidence);
	add(state, CSTN_LOYALTY_ROWS_PURCHASES, PURCHASES, purchases);
	add(state, CSTN_LOYALTY_ROWS_CUSTOMERS, CUSTOMERS, customers);
	return state;
}

cstn_loyalty_options loyalty_options(const char *day)
{
	cstn_loyalty_options options = CSTN_LOYALTY_OPTIONS_INIT;

	ck_assert_int_eq(cstn_time_parse(day, strlen(day), NULL, 0, &options.as_of_us, NULL),
			CSTN_OK);
	return options;
}

cstn_loyalty_verdicts *loyalty_verdicts(cstn_loyalty *state, const cstn_loyalty_options *options)
{
	cstn_loyalty_verdicts *verdicts = NULL;

	ck_assert_int_eq(cstn_loyalty_finish(state, options, &verdicts, NULL), CSTN_OK);
	cstn_loyalty_free(state);
	return verdicts;
}

const char *loyalty_table(const cstn_loyalty_verdicts *verdicts, int32_t table, cstn_buffer **held)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_loyalty_verdicts_export(verdicts, table, &stream, NULL), CSTN_OK);
	return csv_text(&stream, held);
}

const char *loyalty_where(const char *text, const char *where, const char *column)
{
	const char *line = strchr(text, '\n');
	char copy[200], *part, *rest;
	int row, fits;

	for (row = 1; line && line[1]; row++, line = strchr(line + 1, '\n')) {
		snprintf(copy, sizeof(copy), "%s", where);
		fits = 1;
		for (part = strtok_r(copy, ";", &rest); part && fits;
				part = strtok_r(NULL, ";", &rest)) {
			char *value = strchr(part, '=');

			*value++ = '\0';
			fits = strcmp(csv_cell(text, row, part), value) == 0;
		}
		if (fits)
			return csv_cell(text, row, column);
	}
	ck_abort_msg("no row with %s in\n%s", where, text);
	return "";
}

const char *loyalty_cell(cstn_loyalty *state, const char *customer, const char *column)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");
	cstn_loyalty_verdicts *verdicts = loyalty_verdicts(state, &options);
	char where[100];
	const char *cell;
	cstn_buffer *held;

	snprintf(where, sizeof(where), "customer=%s", customer);
	cell = loyalty_where(loyalty_table(verdicts, CSTN_TABLE_LOYALTY_CUSTOMERS, &held), where,
			column);
	cstn_buffer_free(held);
	cstn_loyalty_verdicts_free(verdicts);
	return cell;
}
