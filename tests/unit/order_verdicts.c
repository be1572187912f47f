/* Orders with their verdicts: the same whether they are kept or judged, and those that the rate
 * counts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "network_fixture.h"
#include "network_folder.h"
#include "suite.h"

#define DAY INT64_C(86400000000)

static network_folder folder;

static cstn_service_policy *policy_of(const char *changes)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_service_policy_new(changes, NULL, &policy, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	return policy;
}

/* --- orders at random --- */

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static const char schema[] = "order_id text\nline_number int32\nowner text\nseller text\n"
			     "buyer text\nordered date\nitem_id text\nqty int64\npromised date "
			     "null\npromised_last date null\ndelivered timestamp null\nshipped "
			     "timestamp null\nattempted timestamp null\nqty_delivered int64 null\n"
			     "status text null\ndamaged flag\ncustomer_fault flag\nforce_majeure "
			     "flag\ndocuments_bad int32\ndocuments_complete timestamp null\n"
			     "returned timestamp null\nreturn_reason text null\nlate_cause text "
			     "null\nlate_owner text null\nshort_cause text null\ncondition_owner "
			     "text null\nshipments int32 null\n";
static char csv[1 << 20];
static size_t csv_len;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	csv_len += (size_t)vsnprintf(csv + csv_len, sizeof(csv) - csv_len, format, list);
	va_end(list);
	ck_assert_uint_lt(csv_len, sizeof(csv));
}

/* A day of May or June 2024, or nothing in one of `none` cases. */
static void put_day(uint32_t none, int time)
{
	if (none && below(none) == 0)
		put(",");
	else
		put(",2024-%02u-%02u%s", 5 + below(2), 1 + below(30), time ? "T12:00:00Z" : "");
}

static void put_choice(uint32_t none, const char *const *choices, uint32_t n)
{
	put(",%s", below(none) ? "" : choices[below(n)]);
}

static void import_csv(cstn_network *network, const char *text)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	options.recorded_us = network_us("2024-04-02");
	network_csv(schema, text, &rows);
	ck_assert_msg(cstn_network_import(network, "order", &rows, &options, NULL, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
}

static void import_orders(cstn_network *network, uint32_t first, uint32_t n)
{
	static const char *const states[] = {"open", "closed", "closed", "cancelled_by_customer",
			"cancelled_by_supplier"};
	static const char *const reasons[] = {"damaged", "wrong_item", "paperwork", "other"};
	static const char *const causes[] = {"traffic", "picked late", "no stock"};
	static const char *const owners[] = {"carrier", "warehouse", "supplier"};

	csv_len = 0;
	put("order_id,line_number,owner,seller,buyer,ordered,item_id,qty,promised,promised_last,"
	    "delivered,shipped,attempted,qty_delivered,status,damaged,customer_fault,"
	    "force_majeure,documents_bad,documents_complete,returned,return_reason,late_cause,"
	    "late_owner,short_cause,condition_owner,shipments\n");
	for (uint32_t order = first; order < first + n; order++) {
		uint32_t lines = 1 + below(4);

		for (uint32_t line = 1; line <= lines; line++) {
			put("O-%u,%u,acme,acme,bolts,2024-04-01,nut,10", order, line);
			put_day(12, 0);
			put_day(3, 0);
			put_day(5, 1);
			put_day(2, 1);
			put_day(1 + below(2), 1);
			put(",%u", below(6) ? 10 : below(12));
			put(",%s", below(3) ? states[below(5)] : "");
			put(",%u,%u,%u,%u", below(12) == 0, below(15) == 0, below(15) == 0,
					below(10) ? 0 : 4);
			put_day(4, 1);
			if (below(6)) {
				put(",,");
			} else {
				put_day(0, 1);
				put(",%s", reasons[below(4)]);
			}
			put_choice(3, causes, 3);
			put_choice(3, owners, 3);
			put_choice(3, causes, 3);
			put_choice(3, owners, 3);
			put(",%u\n", 1 + below(2));
		}
	}
	import_csv(network, csv);
}

static cstn_network *random_network(uint32_t orders)
{
	cstn_network *network;

	network_folder_make(&folder);
	network = network_folder_open(&folder, 0);
	network_put_ok(network, network_record("partner", "partner_id=acme", NULL));
	network_put_ok(network, network_record("partner", "partner_id=bolts", NULL));
	network_put_ok(network, network_record("item", "item_id=nut", NULL));
	import_orders(network, 0, orders);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	return network;
}

static void end(cstn_network *network, cstn_service_policy *policy)
{
	cstn_service_policy_unref(policy);
	cstn_network_unref(network);
	network_folder_remove(&folder);
}

/* The same texts, both let go. */
static void same(cstn_buffer *found, cstn_buffer *expected)
{
	ck_assert_str_eq((const char *)cstn_buffer_data(found),
			(const char *)cstn_buffer_data(expected));
	cstn_buffer_free(found);
	cstn_buffer_free(expected);
}

static void counts_are(const cstn_keep_verdicts_counts *counts, uint64_t written, uint64_t kept,
		uint64_t dropped)
{
	ck_assert_uint_eq(counts->written, written);
	ck_assert_uint_eq(counts->kept, kept);
	ck_assert_uint_eq(counts->dropped, dropped);
}

/* --- what is asked --- */

static cstn_keep_verdicts_counts keep(
		cstn_network *network, const cstn_service_policy *policy, int64_t as_of_us)
{
	cstn_keep_verdicts_counts counts = CSTN_KEEP_VERDICTS_COUNTS_INIT;
	cstn_error *error = NULL;
	cstn_status status = cstn_network_keep_order_verdicts(
			network, policy, as_of_us, NULL, &counts, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return counts;
}

static cstn_buffer *scan_with(cstn_network *network, const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_order_verdict_options *options)
{
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	status = cstn_snapshot_scan_order_verdicts(
			snapshot, policy, as_of_us, options, &rows, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_snapshot_unref(snapshot);
	return network_to_csv(&rows);
}

static const char *const id_column[] = {"order_id"};

static cstn_buffer *scan(cstn_network *network, const cstn_service_policy *policy, int64_t as_of_us)
{
	cstn_scan_options fields = CSTN_SCAN_OPTIONS_INIT;
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;

	fields.columns = id_column;
	fields.n_columns = 1;
	options.scan = &fields;
	return scan_with(network, policy, as_of_us, &options);
}

/* Lines of the text that hold a part. */
static int64_t count(const cstn_buffer *text, const char *part)
{
	const char *at = (const char *)cstn_buffer_data(text);
	int64_t n = 0;

	while ((at = strstr(at, part))) {
		n++;
		at += strlen(part);
	}
	return n;
}

static const char *const policies[] = {"components=TF", "", "claim_window_days=5",
		"components=TFC partial=single_shipment late_tolerance=1",
		"actual_basis=shipped unassessed=fail supplier_cancel=exclude",
		("promise_basis=last_commit documents_evidence=positive "
		 "condition_evidence=positive "
		 "force_majeure=exclude overdue_open=exclude")};
#define POLICIES (sizeof(policies) / sizeof(policies[0]))

static void compare_with_rate(const char *changes)
{
	cstn_network *network = random_network(400);
	cstn_service_policy *policy = policy_of(changes);
	int64_t as_of = network_us("2024-06-05");
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_scan_options lines = CSTN_SCAN_OPTIONS_INIT;
	cstn_perfect_order_result *result = NULL;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_buffer *text;
	char part[64];

	config.clustering = CSTN_CLUSTERING_SORTED;
	lines.flags = CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "order", &lines, &rows, NULL), CSTN_OK);
	cstn_snapshot_unref(snapshot);
	ck_assert_msg(cstn_perfect_order_rate(&rows, policy, as_of, NULL, 0, &config, NULL, NULL,
				      &result, NULL, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	text = scan(network, policy, as_of);
	for (uint32_t pattern = 0; pattern < 16; pattern++) {
		snprintf(part, sizeof(part), ",%s,%s,", pattern ? "failed" : "perfect",
				cstn_pattern_name(pattern));
		ck_assert_int_eq(count(text, part), cstn_perfect_order_result_pattern(result,
								    CSTN_GROUP_TOTAL, pattern));
	}
	for (int32_t reason = 1; reason < CSTN_REASON_COUNT; reason++) {
		snprintf(part, sizeof(part), ",excluded,,%s,", cstn_reason_name(reason));
		ck_assert_int_eq(count(text, part), cstn_perfect_order_result_excluded(result,
								    CSTN_GROUP_TOTAL, reason));
	}
	ck_assert_int_eq(count(text, ",pending,"),
			cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL));
	ck_assert_int_eq(count(text, "\n"), 401);
	cstn_buffer_free(text);
	cstn_perfect_order_result_unref(result);
	end(network, policy);
}

START_TEST(verdicts_are_those_that_the_rate_counts)
{
	for (size_t i = 0; i < POLICIES; i++)
		compare_with_rate(policies[i]);
}
END_TEST

/* As of times before, at and after the one as of which verdicts were kept. */
static void compare_times(const char *changes)
{
	static const char *const times[] = {"2024-04-01", "2024-05-20", "2024-06-01", "2024-06-02",
			"2024-06-10", "2024-06-20", "2024-07-15", "2024-12-31"};
	enum { TIMES = 8 };
	cstn_network *network = random_network(300);
	cstn_service_policy *policy = policy_of(changes);
	cstn_buffer *before[TIMES];

	for (int i = 0; i < TIMES; i++)
		before[i] = scan(network, policy, network_us(times[i]));
	for (int k = 0; k < TIMES; k++) {
		keep(network, policy, network_us(times[k]));
		for (int i = 0; i < TIMES; i++) {
			cstn_buffer *after = scan(network, policy, network_us(times[i]));

			ck_assert_str_eq((const char *)cstn_buffer_data(after),
					(const char *)cstn_buffer_data(before[i]));
			cstn_buffer_free(after);
		}
	}
	for (int i = 0; i < TIMES; i++)
		cstn_buffer_free(before[i]);
	end(network, policy);
}

START_TEST(kept_verdicts_change_no_byte_of_any_scan)
{
	for (size_t i = 0; i < POLICIES; i++)
		compare_times(policies[i]);
}
END_TEST

START_TEST(verdicts_that_are_settled_are_kept_for_good)
{
	cstn_network *network = random_network(50);
	cstn_service_policy *policy = policy_of("components=TF");
	int64_t late = network_us("2024-12-31");
	cstn_keep_verdicts_counts counts = keep(network, policy, late);

	counts_are(&counts, 1, 0, 0);
	counts = keep(network, policy, late + 400 * DAY);
	counts_are(&counts, 0, 1, 0);
	end(network, policy);
}
END_TEST

START_TEST(verdicts_that_may_change_are_judged_again)
{
	cstn_network *network = random_network(50);
	cstn_service_policy *policy = policy_of("components=TF");
	int64_t early = network_us("2024-06-05");
	cstn_keep_verdicts_counts counts = keep(network, policy, early);

	counts_are(&counts, 1, 0, 0);
	counts = keep(network, policy, early);
	counts_are(&counts, 0, 1, 0);
	counts = keep(network, policy, early + 1);
	counts_are(&counts, 1, 0, 1);
	end(network, policy);
}
END_TEST

START_TEST(another_policy_is_judged_by_itself)
{
	cstn_network *network = random_network(100);
	cstn_service_policy *one = policy_of("components=TF");
	cstn_service_policy *other = policy_of("components=T");
	int64_t as_of = network_us("2024-06-30");
	cstn_buffer *before = scan(network, other, as_of), *after;

	keep(network, one, as_of);
	after = scan(network, other, as_of);
	same(after, before);
	cstn_service_policy_unref(one);
	end(network, other);
}
END_TEST

START_TEST(orders_that_came_or_changed_since_are_judged)
{
	cstn_network *network = random_network(60);
	cstn_service_policy *policy = policy_of("components=TF");
	int64_t as_of = network_us("2024-07-30");
	cstn_buffer *kept, *judged;

	keep(network, policy, as_of);
	import_orders(network, 40, 40);
	kept = scan(network, policy, as_of);
	ck_assert_int_eq(count(kept, "\n"), 81);
	/* What was kept goes with the small file of orders that is folded into the next. */
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	judged = scan(network, policy, as_of);
	same(judged, kept);
	end(network, policy);
}
END_TEST

START_TEST(verdicts_and_components_choose_orders)
{
	cstn_network *network = random_network(200);
	cstn_service_policy *policy = policy_of("components=TF");
	int64_t as_of = network_us("2024-06-15");
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;
	cstn_scan_options fields = CSTN_SCAN_OPTIONS_INIT;
	cstn_buffer *all = scan(network, policy, as_of), *some;

	fields.columns = id_column;
	fields.n_columns = 1;
	options.scan = &fields;
	for (uint32_t verdict = 0; verdict < 4; verdict++) {
		static const char *const parts[] = {
				",perfect,", ",failed,", ",pending,", ",excluded,"};
		const char *part = verdict ? parts[verdict] : ",perfect,perfect,";

		options.verdicts = 1u << verdict;
		some = scan_with(network, policy, as_of, &options);
		ck_assert_int_gt(count(all, part), 0);
		ck_assert_int_eq(count(some, part), count(all, part));
		ck_assert_int_eq(count(some, "\n"), count(all, part) + 1);
		cstn_buffer_free(some);
	}
	options.verdicts = 0;
	options.components = CSTN_COMPONENT_IN_FULL;
	some = scan_with(network, policy, as_of, &options);
	ck_assert_int_eq(count(some, ",failed,F,") + count(some, ",failed,TF,"),
			count(all, ",failed,F,") + count(all, ",failed,TF,"));
	ck_assert_int_eq(count(some, "\n") - 1,
			count(all, ",failed,F,") + count(all, ",failed,TF,"));
	cstn_buffer_free(some);
	cstn_buffer_free(all);
	end(network, policy);
}
END_TEST

START_TEST(the_first_failure_is_told_with_cause_and_owner)
{
	static const char one[] =
			"order_id,line_number,owner,seller,buyer,ordered,item_id,qty,promised,"
			"promised_last,delivered,shipped,attempted,qty_delivered,status,damaged,"
			"customer_fault,force_majeure,documents_bad,documents_complete,returned,"
			"return_reason,late_cause,late_owner,short_cause,condition_owner,"
			"shipments\n"
			"A,1,acme,acme,bolts,2024-04-01,nut,10,2024-05-03,,2024-05-09T12:00:00Z,,,"
			"10,closed,0,0,0,0,,,,fog,carrier,,,\n"
			"A,2,acme,acme,bolts,2024-04-01,nut,10,2024-05-03,,2024-05-05T12:00:00Z,,,"
			"10,closed,0,0,0,0,,,,ice,warehouse,,,\n"
			"B,1,acme,acme,bolts,2024-04-01,nut,10,2024-05-03,,2024-05-03T12:00:00Z,,,"
			"10,closed,0,0,0,0,,,,,,,,\n"
			"C,1,acme,acme,bolts,2024-04-01,nut,10,2024-09-03,,,,,,open,0,0,0,0,,,,,,"
			",,\n"
			"D,1,acme,acme,bolts,2024-04-01,nut,10,2024-05-03,,,,,,"
			"cancelled_by_customer,0,0,0,0,,,,,,,,\n";
	cstn_network *network = random_network(1);
	cstn_service_policy *policy = policy_of("components=TF");
	cstn_scan_options fields = CSTN_SCAN_OPTIONS_INIT;
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;
	static const char *const ids[] = {"A", "B", "C", "D"};
	cstn_buffer *text;

	import_csv(network, one);
	ck_assert_int_eq(cstn_network_checkpoint(network, NULL), CSTN_OK);
	fields.columns = id_column;
	fields.n_columns = 1;
	fields.ids = ids;
	fields.n_ids = 4;
	options.scan = &fields;
	for (int kept = 0; kept < 2; kept++) {
		if (kept)
			keep(network, policy, network_us("2024-06-20"));
		text = scan_with(network, policy, network_us("2024-06-20"), &options);
		ck_assert_str_eq((const char *)cstn_buffer_data(text),
				"order_id,verdict,pattern,reason,provisional,first_failed,cause,"
				"owner\n"
				"A,failed,T,,false,T,ice,warehouse\n"
				"B,perfect,perfect,,false,,,\n"
				"C,pending,,,false,,,\n"
				"D,excluded,,cancelled_by_customer,false,,,\n");
		cstn_buffer_free(text);
	}
	end(network, policy);
}
END_TEST

START_TEST(with_lines_each_line_repeats_the_verdict)
{
	cstn_network *network = random_network(20);
	cstn_service_policy *policy = policy_of("components=TF");
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;
	cstn_scan_options fields = CSTN_SCAN_OPTIONS_INIT;
	static const char *const columns[] = {"order_id", "line_number", "order_lines"};
	int64_t as_of = network_us("2024-06-20");
	cstn_buffer *judged, *kept;

	fields.flags = CSTN_SCAN_LINES | CSTN_SCAN_DICTIONARY;
	fields.columns = columns;
	fields.n_columns = 3;
	options.scan = &fields;
	judged = scan_with(network, policy, as_of, &options);
	ck_assert_int_gt(count(judged, "\n"), 21);
	keep(network, policy, as_of);
	kept = scan_with(network, policy, as_of, &options);
	same(kept, judged);
	end(network, policy);
}
END_TEST

START_TEST(kept_verdicts_are_read_by_a_read_only_open_that_cannot_keep)
{
	cstn_network *network = random_network(80);
	cstn_service_policy *policy = policy_of("components=TF");
	int64_t as_of = network_us("2024-06-20");
	cstn_buffer *before = scan(network, policy, as_of), *after;

	keep(network, policy, as_of);
	ck_assert_int_eq(cstn_network_close(network, NULL), CSTN_OK);
	cstn_network_unref(network);
	network = network_folder_open(&folder, CSTN_NETWORK_READ_ONLY);
	after = scan(network, policy, as_of);
	same(after, before);
	ck_assert_int_eq(cstn_network_keep_order_verdicts(network, policy, as_of, NULL, NULL, NULL),
			CSTN_E_READ_ONLY);
	end(network, policy);
}
END_TEST

static void refused(cstn_network *network, const cstn_service_policy *policy,
		const cstn_order_verdict_options *options, const char *part)
{
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows = {.release = NULL};
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan_order_verdicts(
					 snapshot, policy, 0, options, &rows, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(rows.release);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), part));
	cstn_error_free(error);
	cstn_snapshot_unref(snapshot);
}

START_TEST(what_cannot_be_asked_is_told)
{
	cstn_network *network = random_network(1);
	cstn_service_policy *policy = policy_of(""), *by_place = policy_of("zone=ship_to");
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;
	cstn_scan_options fields = CSTN_SCAN_OPTIONS_INIT;
	cstn_error *error = NULL;

	refused(network, NULL, NULL, "policy is NULL");
	options.verdicts = 16;
	refused(network, policy, &options, "verdicts is 16");
	options.verdicts = 0;
	options.components = 32;
	refused(network, policy, &options, "components is 32");
	options.components = 0;
	fields.flags = CSTN_SCAN_AS_OF;
	options.scan = &fields;
	refused(network, policy, &options, "as-of time of its own");
	ck_assert_int_eq(cstn_network_keep_order_verdicts(network, by_place, 0, NULL, NULL, &error),
			CSTN_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "zone=ship_to"));
	cstn_error_free(error);
	ck_assert_int_eq(cstn_network_keep_order_verdicts(network, NULL, 0, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_network_keep_order_verdicts(NULL, policy, 0, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_service_policy_unref(by_place);
	end(network, policy);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {verdicts_are_those_that_the_rate_counts,
			kept_verdicts_change_no_byte_of_any_scan,
			verdicts_that_are_settled_are_kept_for_good,
			verdicts_that_may_change_are_judged_again,
			another_policy_is_judged_by_itself,
			orders_that_came_or_changed_since_are_judged,
			verdicts_and_components_choose_orders,
			the_first_failure_is_told_with_cause_and_owner,
			with_lines_each_line_repeats_the_verdict,
			kept_verdicts_are_read_by_a_read_only_open_that_cannot_keep,
			what_cannot_be_asked_is_told};
	return run_tests("order_verdicts", tests, sizeof(tests) / sizeof(tests[0]));
}
