/* Two halves of the lines are counted apart, as on two machines; their states travel as bytes and
 * are merged. The result has the same bytes as that of one machine: order 103 is in both halves and
 * is still counted once. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

static const char schema_text[] = "order_id int64\npromised date\ndelivered date\n";

#define HEADER "order_id,promised,delivered\n"
#define FIRST "101,2024-05-02,2024-05-02\n102,2024-05-03,2024-05-05\n103,2024-05-06,2024-05-06\n"
#define SECOND "103,2024-05-06,2024-05-07\n104,2024-05-07,2024-05-07\n"

/* An empty state takes the lines of one text. */
static cstn_status count(const char *text, const cstn_service_policy *policy,
		cstn_perfect_order **out, cstn_error **error)
{
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_perfect_order *state = NULL;
	struct ArrowArrayStream lines;
	cstn_status status;

	status = cstn_schema_parse(schema_text, strlen(schema_text), NULL, &schema, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), schema,
				NULL, NULL, &reader, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_new(
				policy, 19904 * CSTN_DAY_US, NULL, 0, NULL, NULL, &state, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, &lines, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_update(state, &lines, NULL, NULL, error);
	if (status == CSTN_OK) {
		*out = state;
		state = NULL;
	}
	cstn_perfect_order_free(state);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	return status;
}

/* [merge] */
/* Bytes from another machine, into a state of this one. */
static cstn_status merge_bytes(
		cstn_perfect_order *into, const cstn_buffer *bytes, cstn_error **error)
{
	cstn_perfect_order *from = NULL;
	cstn_status status;

	status = cstn_perfect_order_deserialize(
			cstn_buffer_data(bytes), cstn_buffer_size(bytes), NULL, NULL, &from, error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_merge(into, from, error);
	cstn_perfect_order_free(from);
	return status;
}
/* [merge] */

static cstn_status print_rate(const char *who, const cstn_perfect_order *state, cstn_error **error)
{
	cstn_perfect_order_result *result = NULL;
	cstn_rate rate = CSTN_RATE_INIT;
	cstn_status status = cstn_perfect_order_finish(state, &result, error);

	if (status == CSTN_OK)
		status = cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, error);
	if (status == CSTN_OK)
		printf("%s: %lld of %lld\n", who, (long long)rate.numerator,
				(long long)rate.denominator);
	cstn_perfect_order_result_unref(result);
	return status;
}

int main(void)
{
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *first = NULL, *second = NULL, *whole = NULL;
	cstn_buffer *bytes = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_new("components=T", NULL, &policy, &error);

	if (status == CSTN_OK)
		status = count(HEADER FIRST, policy, &first, &error);
	if (status == CSTN_OK)
		status = count(HEADER SECOND, policy, &second, &error);
	if (status == CSTN_OK)
		status = count(HEADER FIRST SECOND, policy, &whole, &error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_serialize(second, &bytes, &error);
	if (status == CSTN_OK)
		status = merge_bytes(first, bytes, &error);
	if (status == CSTN_OK)
		status = print_rate("two halves, merged", first, &error);
	if (status == CSTN_OK)
		status = print_rate("all lines at once", whole, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(whole);
	cstn_perfect_order_free(second);
	cstn_perfect_order_free(first);
	cstn_service_policy_unref(policy);
	return status == CSTN_OK ? 0 : 1;
}
