/* From a CSV file to rates by group.
 *
 *     csv_to_rate LINES.csv        columns as in `schema` below; other columns are skipped
 *
 * Bad rows are told and left out, and the rest is counted. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

static const char schema_text[] = "order_id int64\n"
				  "carrier text\n"
				  "promised date null\n"
				  "delivered timestamp null zone=utc\n"
				  "qty int64\n"
				  "qty_delivered int64 null\n"
				  "status text\n";

/* The first few rows that were left out, in words. */
static void tell(const cstn_row_errors *rows, const char *who)
{
	char message[300];

	for (size_t i = 0; i < cstn_row_errors_count(rows) && i < 5; i++) {
		(void)cstn_row_errors_copy_message(rows, i, message, sizeof(message));
		fprintf(stderr, "left out by the %s: %s\n", who, message);
	}
}

/* [csv] */
static cstn_status count(const char *path, cstn_perfect_order_result **out, cstn_error **error)
{
	static const char *const by[] = {"carrier"};
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_service_policy *policy = NULL;
	cstn_row_errors *bad_rows = NULL, *rejects = NULL;
	struct ArrowArrayStream lines;
	int64_t as_of_us;
	cstn_status status;

	status = cstn_time_parse("2024-06-30", 10, NULL, 0, &as_of_us, error);
	if (status == CSTN_OK)
		status = cstn_service_policy_new("components=TF", NULL, &policy, error);
	if (status == CSTN_OK)
		status = cstn_schema_parse(schema_text, strlen(schema_text), NULL, &schema, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_open(path, schema, NULL, NULL, &reader, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, &lines, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_rate(&lines, policy, as_of_us, by, 1, NULL, NULL, NULL,
				out, &bad_rows, error);
	if (status == CSTN_E_ROWS) {
		/* Not fatal: the others are counted. */
		tell(bad_rows, "perfect order");
		cstn_error_free(*error);
		*error = NULL;
		status = CSTN_OK;
	}
	if (status == CSTN_OK && cstn_csv_reader_rejects(reader, &rejects, NULL) == CSTN_OK)
		tell(rejects, "CSV reader");
	cstn_row_errors_free(rejects);
	cstn_row_errors_free(bad_rows);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	cstn_service_policy_unref(policy);
	return status;
}
/* [csv] */

int main(int argc, char **argv)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (argc != 2) {
		fprintf(stderr, "usage: %s LINES.csv\n", argv[0]);
		return 2;
	}
	status = count(argv[1], &result, &error);
	for (size_t i = 0; status == CSTN_OK && i < cstn_perfect_order_result_count(result); i++) {
		cstn_rate rate = CSTN_RATE_INIT;

		status = cstn_perfect_order_result_rate(result, i, &rate, &error);
		if (status == CSTN_OK && (rate.valid & CSTN_RATE_HAS_VALUE))
			printf("%-8s %lld of %lld, %.3f (%.3f to %.3f)\n",
					cstn_perfect_order_result_key(result, i, 0),
					(long long)rate.numerator, (long long)rate.denominator,
					rate.value, rate.low, rate.high);
	}
	if (status == CSTN_OK) {
		for (int32_t reason = 1; reason < CSTN_REASON_COUNT; reason++) {
			int64_t units = cstn_perfect_order_result_excluded(
					result, CSTN_GROUP_TOTAL, reason);

			if (units > 0)
				printf("left out, %s: %lld\n", cstn_reason_name(reason),
						(long long)units);
		}
		printf("not due yet: %lld\n", (long long)cstn_perfect_order_result_pending(
							      result, CSTN_GROUP_TOTAL));
	} else {
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	}
	cstn_error_free(error);
	cstn_perfect_order_result_unref(result);
	return status == CSTN_OK ? 0 : 1;
}
