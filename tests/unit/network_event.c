/* Which events count: corrections, class, source, time known, id; conflicts and latencies. */
#include <stdio.h>
#include <string.h>

#include "network_fixture.h"
#include "suite.h"

/* "id class role recorded occurred [corrects]" about order A, delivered. */
static void event(cstn_network *network, const char *id, const char *class, const char *role,
		const char *recorded, const char *occurred, const char *corrects)
{
	char fields[6][64];

	snprintf(fields[0], 64, "event_id=%s", id);
	snprintf(fields[1], 64, "class=%s", class);
	snprintf(fields[2], 64, "source_role=%s", role);
	snprintf(fields[3], 64, "recorded=%s", recorded);
	snprintf(fields[4], 64, "occurred=%s", occurred);
	snprintf(fields[5], 64, "corrects=%s", corrects ? corrects : "none");
	network_put_ok(network, network_record("event", "subject_kind=order", "subject_id=A",
						"type=delivered", fields[0], fields[1], fields[2],
						fields[3], fields[4], fields[5], NULL));
}

static cstn_status effective(cstn_network *network, const cstn_event_options *options,
		struct ArrowArrayStream *rows, struct ArrowArrayStream *conflicts,
		cstn_event_counts *counts)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	status = cstn_snapshot_scan_effective_events(
			snapshot, options, rows, conflicts, counts, NULL);
	cstn_snapshot_unref(snapshot);
	return status;
}

/* The id of the one event that counts. */
static void counts_is(cstn_network *network, const cstn_event_options *options, const char *id)
{
	struct ArrowArrayStream rows;
	cstn_buffer *csv;
	char start[64];

	ck_assert_int_eq(effective(network, options, &rows, NULL, NULL), CSTN_OK);
	csv = network_to_csv(&rows);
	snprintf(start, sizeof(start), "\n%s,", id);
	ck_assert_msg(strstr((const char *)cstn_buffer_data(csv), start) != NULL, "%s is not in %s",
			id, (const char *)cstn_buffer_data(csv));
	ck_assert_ptr_eq(strchr(strchr((const char *)cstn_buffer_data(csv), '\n') + 1, '\n')[1]
					 ? NULL
					 : csv,
			csv);
	cstn_buffer_free(csv);
}

START_TEST(actual_is_before_estimated_before_planned)
{
	cstn_network *network = network_small();

	event(network, "p", "planned", "consignee", "2024-01-05", "2024-01-05", NULL);
	counts_is(network, NULL, "p");
	event(network, "e", "estimated", "other", "2024-01-02", "2024-01-06", NULL);
	counts_is(network, NULL, "e");
	event(network, "a", "actual", "other", "2024-01-01", "2024-01-07", NULL);
	counts_is(network, NULL, "a");
	cstn_network_unref(network);
}
END_TEST

START_TEST(inside_a_class_the_consignee_is_believed_first)
{
	cstn_network *network = network_small();
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;
	const char *const order[] = {"shipper", "carrier"};

	event(network, "s", "actual", "shipper", "2024-01-09", "2024-01-05", NULL);
	event(network, "c", "actual", "carrier", "2024-01-08", "2024-01-05", NULL);
	counts_is(network, NULL, "c");
	event(network, "k", "actual", "consignee", "2024-01-07", "2024-01-05", NULL);
	counts_is(network, NULL, "k");
	options.precedence = order;
	options.n_precedence = 2;
	counts_is(network, &options, "s");
	cstn_network_unref(network);
}
END_TEST

START_TEST(then_the_latest_recorded_then_the_greatest_id)
{
	cstn_network *network = network_small();

	event(network, "b", "actual", "carrier", "2024-01-08", "2024-01-05", NULL);
	event(network, "a", "actual", "carrier", "2024-01-09", "2024-01-05", NULL);
	counts_is(network, NULL, "a");
	event(network, "z", "actual", "carrier", "2024-01-09", "2024-01-05", NULL);
	counts_is(network, NULL, "z");
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_corrected_event_does_not_count)
{
	cstn_network *network = network_small();
	cstn_event_counts counts = CSTN_EVENT_COUNTS_INIT;
	struct ArrowArrayStream rows;

	event(network, "wrong", "actual", "consignee", "2024-01-08", "2024-01-05", NULL);
	event(network, "right", "estimated", "other", "2024-01-09", "2024-01-06", "wrong");
	counts_is(network, NULL, "right");
	ck_assert_int_eq(effective(network, NULL, &rows, NULL, &counts), CSTN_OK);
	rows.release(&rows);
	ck_assert_uint_eq(counts.events, 2);
	ck_assert_uint_eq(counts.corrected, 1);
	ck_assert_uint_eq(counts.effective, 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(what_was_recorded_later_is_not_known_yet)
{
	cstn_network *network = network_small();
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;

	event(network, "first", "estimated", "carrier", "2024-01-02", "2024-01-05", NULL);
	event(network, "second", "actual", "carrier", "2024-01-06", "2024-01-05", "first");
	options.as_of_us = network_us("2024-01-06") - 1;
	counts_is(network, &options, "first");
	options.as_of_us = network_us("2024-01-06");
	counts_is(network, &options, "second");
	cstn_network_unref(network);
}
END_TEST

START_TEST(actuals_of_two_sources_more_than_an_hour_apart_are_in_conflict)
{
	cstn_network *network = network_small();
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;
	cstn_event_counts counts = CSTN_EVENT_COUNTS_INIT;
	struct ArrowArrayStream rows, conflicts;
	cstn_buffer *csv;

	event(network, "k", "actual", "consignee", "2024-01-08", "2024-01-05T10:00:00Z", NULL);
	event(network, "c", "actual", "carrier", "2024-01-08", "2024-01-05T11:00:00Z", NULL);
	event(network, "s", "actual", "shipper", "2024-01-08", "2024-01-05T08:59:59Z", NULL);
	event(network, "k2", "actual", "consignee", "2024-01-07", "2024-01-04T10:00:00Z", NULL);
	ck_assert_int_eq(effective(network, NULL, &rows, &conflicts, &counts), CSTN_OK);
	rows.release(&rows);
	csv = network_to_csv(&conflicts);
	ck_assert_str_eq((const char *)cstn_buffer_data(csv),
			"subject_kind,subject_id,line_number,type,event_id,other_event_id,"
			"source_role,other_source_role,apart_us\n"
			"order,A,,delivered,k,s,consignee,shipper,-3601000000\n");
	cstn_buffer_free(csv);
	ck_assert_uint_eq(counts.conflicts, 1);
	options.conflict_us = INT64_C(3599999999);
	ck_assert_int_eq(effective(network, &options, &rows, NULL, &counts), CSTN_OK);
	rows.release(&rows);
	ck_assert_uint_eq(counts.conflicts, 2);
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_event_recorded_before_it_occurred_is_counted_and_kept)
{
	cstn_network *network = network_small();
	cstn_event_counts counts = CSTN_EVENT_COUNTS_INIT;
	struct ArrowArrayStream rows;
	cstn_buffer *csv;

	event(network, "early", "actual", "carrier", "2024-01-05", "2024-01-05T00:00:01Z", NULL);
	ck_assert_int_eq(effective(network, NULL, &rows, NULL, &counts), CSTN_OK);
	csv = network_to_csv(&rows);
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(csv), ",-1000000\n"));
	cstn_buffer_free(csv);
	ck_assert_uint_eq(counts.negative_latency, 1);
	ck_assert_uint_eq(counts.effective, 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(subjects_and_types_are_apart)
{
	cstn_network *network = network_small();
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;
	cstn_event_counts counts = CSTN_EVENT_COUNTS_INIT;
	struct ArrowArrayStream rows;

	event(network, "1", "actual", "carrier", "2024-01-05", "2024-01-05", NULL);
	network_put_ok(network, network_record("event", "event_id=2", "subject_kind=order",
						"subject_id=B", "type=delivered", "class=actual",
						"occurred=2024-01-05", NULL));
	network_put_ok(network, network_record("event", "event_id=3", "subject_kind=order",
						"subject_id=A", "type=departed", "class=actual",
						"occurred=2024-01-05", NULL));
	network_put_ok(network, network_record("event", "event_id=4", "subject_kind=order",
						"subject_id=A", "line_number=1", "type=delivered",
						"class=actual", "occurred=2024-01-05", NULL));
	ck_assert_int_eq(effective(network, NULL, &rows, NULL, &counts), CSTN_OK);
	rows.release(&rows);
	ck_assert_uint_eq(counts.effective, 4);
	options.subject = "B";
	counts_is(network, &options, "2");
	cstn_network_unref(network);
}
END_TEST

START_TEST(an_unknown_role_is_refused)
{
	cstn_network *network = network_small();
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;
	const char *const roles[] = {"consigne"};
	struct ArrowArrayStream rows;

	options.precedence = roles;
	options.n_precedence = 1;
	ck_assert_int_eq(effective(network, &options, &rows, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {actual_is_before_estimated_before_planned,
			inside_a_class_the_consignee_is_believed_first,
			then_the_latest_recorded_then_the_greatest_id,
			a_corrected_event_does_not_count, what_was_recorded_later_is_not_known_yet,
			actuals_of_two_sources_more_than_an_hour_apart_are_in_conflict,
			an_event_recorded_before_it_occurred_is_counted_and_kept,
			subjects_and_types_are_apart, an_unknown_role_is_refused};

	return run_tests("network_event", tests, sizeof(tests) / sizeof(tests[0]));
}
