/* Real files: orders, supplier deliveries, retail lines, reviews with line breaks. Their rows and
 * sums were counted by other readers. Without the folder of shared data nothing is checked. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_fixture.h"
#include "shared_data.h"

/* Read a file under `threads` and compare with one thread. */
static csv_result read_shared(const char *file, const char *schema, uint32_t flags)
{
	static const int32_t threads[] = {2, 3};
	char *path = shared_path("data", file);
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	csv_result first;
	size_t i;

	options.flags = flags;
	options.max_rejects = -1;
	options.threads = 1;
	first = csv_read_path(path, schema, &options);
	ck_assert_msg(first.status == CSTN_OK, "%s", first.message);
	for (i = 0; i < 2; i++) {
		csv_result again;

		options.threads = threads[i];
		again = csv_read_path(path, schema, &options);
		ck_assert_uint_eq(again.hash, first.hash);
		csv_result_free(&again);
	}
	free(path);
	return first;
}

/* How often `part` stands in `text`, which is long: strstr() under a sanitizer measures it again at
 * every call. */
static size_t count(const char *text, const char *part)
{
	size_t n = 0, i;

	for (; *text != '\0'; text++) {
		for (i = 0; part[i] != '\0' && text[i] == part[i]; i++)
			;
		n += part[i] == '\0';
	}
	return n;
}

START_TEST(olist_orders_has_99441_rows_and_its_empty_times)
{
	csv_result orders = read_shared("olist/olist_orders_dataset.csv.gz",
			"order_id text\norder_status text\n"
			"order_purchase_timestamp timestamp zone=utc\n"
			"order_approved_at timestamp null zone=utc\n"
			"order_delivered_carrier_date timestamp null zone=utc\n"
			"order_delivered_customer_date timestamp null zone=utc\n"
			"order_estimated_delivery_date date",
			0);

	ck_assert_uint_eq(orders.n_rows, 99441);
	ck_assert_uint_eq(orders.n_rejects, 0);
	ck_assert_uint_eq(count(orders.rows, "|~"), 160 + 1783 + 2965);
	ck_assert_uint_eq(count(orders.rows, "|delivered|"), 96478);
	ck_assert_ptr_eq(strstr(orders.rows, "00010242fe8c5a6d1ba2dd792cb16214|delivered|"
					     "2017-09-13T08:59:02Z|2017-09-13T09:45:35Z|"
					     "2017-09-19T18:34:16Z|2017-09-20T23:43:48Z|17438;"),
			orders.rows);
	csv_result_free(&orders);
}
END_TEST

START_TEST(scms_has_a_byte_order_mark_and_text_in_numbers_and_dates)
{
	csv_result lines = read_shared("scms_delivery_history/SCMS_Delivery_History_Dataset.csv.gz",
			"ID int64\n\"Scheduled Delivery Date\" date form=DD-Mon-YY\n"
			"\"Line Item Value\" decimal scale=2\n\"Shipment Mode\" text\n"
			"\"Weight (Kilograms)\" int64",
			CSTN_CSV_BAD_NULL);

	ck_assert_uint_eq(lines.n_rows, 10324);
	ck_assert_uint_eq(count(lines.rows, "|N/A|"), 360);
	ck_assert_uint_eq(lines.n_rejects, count(lines.rows, "|~"));
	ck_assert_uint_eq(lines.n_rejects, 3952);
	ck_assert_uint_eq(count(lines.rejects, "|Weight (Kilograms)|"), 3952);
	csv_result_free(&lines);
}
END_TEST

START_TEST(online_retail_has_541909_rows_and_three_decimals)
{
	const char *schema = "InvoiceNo text\nQuantity int32\nInvoiceDate timestamp zone=utc\n"
			     "UnitPrice decimal scale=3\nCustomerID decimal null\nCountry text";
	csv_result lines = read_shared("online_retail/online_retail_541909.csv.gz", schema, 0);

	ck_assert_uint_eq(lines.n_rows, 541909);
	ck_assert_uint_eq(lines.n_rejects, 0);
	ck_assert_uint_eq(count(lines.rows, "|~|"), 135080);
	ck_assert_uint_eq(count(lines.rows, ";C5"), 9288);
	csv_result_free(&lines);
	lines = read_shared("online_retail/online_retail_541909.csv.gz",
			"UnitPrice decimal scale=2", 0);
	ck_assert_uint_eq(lines.n_rows, 541909 - 4);
	ck_assert_uint_eq(lines.n_rejects, 4);
	csv_result_free(&lines);
}
END_TEST

START_TEST(reviews_have_line_breaks_in_quotes)
{
	csv_result reviews = read_shared("olist_samples/order_reviews_first_6123.csv.gz",
			"review_id text\norder_id text\nreview_score int32\n"
			"review_comment_title text null\nreview_comment_message text null\n"
			"review_creation_date timestamp zone=utc\n"
			"review_answer_timestamp timestamp zone=utc",
			0);

	ck_assert_uint_eq(reviews.n_rows, 6123);
	ck_assert_uint_eq(reviews.n_rejects, 0);
	ck_assert_uint_gt(count(reviews.rows, "\\n"), 100);
	csv_result_free(&reviews);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			olist_orders_has_99441_rows_and_its_empty_times,
			scms_has_a_byte_order_mark_and_text_in_numbers_and_dates,
			online_retail_has_541909_rows_and_three_decimals,
			reviews_have_line_breaks_in_quotes,
	};

	return run_tests_on("data", "olist/olist_orders_dataset.csv.gz", "csv real files", tests,
			sizeof(tests) / sizeof(tests[0]));
}
