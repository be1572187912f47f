/* Documents of EPCIS around events, for the tests that read and write them. */
#include "epcis_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_fixture.h"

event_rows read_epcis(const char *json, const cstn_event_json_options *options)
{
	return event_read(&epcis_calls, json, strlen(json), options);
}

void refused(const char *event, const char *messages)
{
	char json[8192], *told;
	event_rows rows;

	snprintf(json, sizeof(json), HEAD PLAIN ",%s" TAIL, event);
	rows = read_epcis(json, NULL);
	told = event_messages(rows.bad);
	ck_assert_msg(rows.status == CSTN_E_ROWS, "%s: %s", event, rows.message);
	ck_assert_str_eq(told, messages);
	ck_assert_uint_eq(event_count(&rows), 1);
	free(told);
	event_rows_free(&rows);
}
