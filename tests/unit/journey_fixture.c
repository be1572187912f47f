/* States of journeys for tests. */
#include "journey_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/export.h"

cstn_journey_definition *journey_definition(const char *text)
{
	cstn_journey_definition *definition = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_journey_definition_parse(
			text, strlen(text), NULL, &definition, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return definition;
}

cstn_journeys *journey_state(const char *text, int64_t as_of_day)
{
	cstn_journey_definition *definition = journey_definition(text ? text : JOURNEY_TEXT);
	cstn_journeys *state = NULL;

	ck_assert_int_eq(cstn_journeys_new(definition, as_of_day * JOURNEY_DAY, NULL, &state, NULL),
			CSTN_OK);
	cstn_journey_definition_unref(definition);
	return state;
}

static void put_word(cstn__table_builder *table, int32_t column, const char *text, size_t len)
{
	if (len)
		cstn__table_put_text(table, column, text, len);
	else
		cstn__table_put_null(table, column);
}

/* One row of five fields; the ones at the end may be left out. */
static const char *put_row(cstn__table_builder *table, const char *at)
{
	const char *fields[5] = {"", "", "", "", ""};
	size_t lens[5] = {0, 0, 0, 0, 0};
	long long day = 0, us = 0;
	int i;

	for (i = 0; i < 5; i++) {
		fields[i] = at;
		lens[i] = strcspn(at, ",;");
		at += lens[i];
		if (*at != ',')
			break;
		at++;
	}
	ck_assert_int_ge(sscanf(fields[1], "%lld+%lld", &day, &us), 1);
	put_word(table, 0, fields[0], lens[0]);
	cstn__table_put_i64(table, 1, day * JOURNEY_DAY + us);
	put_word(table, 2, fields[2], lens[2]);
	if (lens[3])
		cstn__table_put_i64(table, 3, *fields[3] == '1');
	else
		cstn__table_put_null(table, 3);
	put_word(table, 4, fields[4], lens[4]);
	return *at == ';' ? at + 1 : at;
}

void journey_add(cstn_journeys *state, const char *rows)
{
	static const struct {
		const char *name;
		int32_t type;
	} columns[] = {{"customer", CSTN_TYPE_TEXT}, {"valid", CSTN_TYPE_TIME},
			{"step", CSTN_TYPE_TEXT}, {"failed", CSTN_TYPE_FLAG},
			{"segment", CSTN_TYPE_TEXT}};
	cstn__table_builder *table = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		(void)cstn__table_add_column(table, columns[i].name, columns[i].type, 0, 1);
	while (*rows)
		rows = put_row(table, rows);
	ck_assert_int_eq(cstn__table_export(table, &stream, NULL), CSTN_OK);
	status = cstn_journeys_update(state, &stream, NULL, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

const char *journey_table(cstn_journeys *state, int32_t table, cstn_buffer **out)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_journeys_export(state, table, NULL, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&stream, out);
}

void journey_expect(cstn_journeys *state, int32_t table, int row, const char *column,
		const char *expected)
{
	cstn_buffer *text = NULL;
	const char *cell = csv_cell(journey_table(state, table, &text), row, column);

	ck_assert_msg(strcmp(cell, expected) == 0, "%s of row %d is '%s', '%s' expected in\n%s",
			column, row, cell, expected, (const char *)cstn_buffer_data(text));
	cstn_buffer_free(text);
}
