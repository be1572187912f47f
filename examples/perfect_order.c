/* The perfect order rate of lines that are in memory: columns in, rate and interval out.
 *
 * Prints "2 of 6 orders are perfect: 33.3 % (9.7 % to 70.0 %)" and what mending lateness would
 * give. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

/* Ten lines of eight orders. Days since 1970-01-01: 19845 is 2024-05-02. */
#define LINES 10
static const int64_t order_id[LINES] = {101, 101, 102, 103, 103, 104, 105, 106, 107, 108};
static const int32_t promised[LINES] = {
		19845, 19845, 19846, 19849, 19849, 19850, 19850, 19863, 19914, 19849};
static const int32_t delivered[LINES] = {19845, 19844, 19848, 19849, 19849, 19851, 0, 0, 0, 19849};
static const int64_t qty[LINES] = {10, 4, 7, 1, 2, 5, 3, 6, 2, 8};
static const int64_t qty_delivered[LINES] = {10, 4, 7, 1, 1, 4, 0, 0, 0, 8};
static const uint8_t arrived[2] = {0x3f, 0x02}; /* bit i = line i: orders 105 to 107 are not here */
static const int32_t status_at[LINES + 1] = {0, 6, 12, 18, 24, 30, 36, 40, 61, 65, 71};
static const char statuses[] =
		"closedclosedclosedclosedclosedclosedopencancelled_by_customeropenclosed";

/* A column that lives in the arrays above: the library reads it in place. `buffers` are validity
 * (NULL = all there), values, and for text the bytes. */
static void column(struct ArrowSchema *schema, struct ArrowArray *array, const char *name,
		const char *format, int64_t n_buffers, const void **buffers)
{
	memset(schema, 0, sizeof(*schema));
	memset(array, 0, sizeof(*array));
	schema->name = name;
	schema->format = format;
	schema->flags = ARROW_FLAG_NULLABLE;
	schema->release = cstn_arrow_schema_release_borrowed;
	array->length = LINES;
	array->null_count = -1;
	array->n_buffers = n_buffers;
	array->buffers = buffers;
	array->release = cstn_arrow_array_release_borrowed;
}

/* All columns as one batch, and the batch as a stream. */
static int32_t open_lines(struct ArrowArrayStream *out)
{
	static const void *buffers[6][3] = {{NULL, order_id}, {NULL, promised},
			{arrived, delivered}, {NULL, qty}, {arrived, qty_delivered},
			{NULL, status_at, statuses}};
	static const char *const names[6] = {
			"order_id", "promised", "delivered", "qty", "qty_delivered", "status"};
	static const char *const formats[6] = {"l", "tdD", "tdD", "l", "l", "u"};
	static struct ArrowSchema columns[6], *schemas[6], schema;
	static struct ArrowArray cells[6], *arrays[6], array;
	static const void *validity[1] = {NULL};

	for (int i = 0; i < 6; i++) {
		column(&columns[i], &cells[i], names[i], formats[i], i == 5 ? 3 : 2, buffers[i]);
		schemas[i] = &columns[i];
		arrays[i] = &cells[i];
	}
	column(&schema, &array, "", "+s", 1, validity);
	schema.n_children = array.n_children = 6;
	schema.children = schemas;
	array.children = arrays;
	return cstn_arrow_stream_from_array(&schema, &array, out);
}

int main(void)
{
	/* [rate] */
	cstn_service_policy *policy = NULL;
	cstn_perfect_order_result *result = NULL;
	cstn_rate rate = CSTN_RATE_INIT, lever = CSTN_RATE_INIT;
	cstn_error *error = NULL;
	struct ArrowArrayStream lines;
	cstn_status status;

	/* On time and in full, nothing else; as known on 30 June 2024. */
	status = cstn_service_policy_new("components=TF", NULL, &policy, &error);
	if (status == CSTN_OK)
		status = open_lines(&lines);
	if (status == CSTN_OK)
		status = cstn_perfect_order_rate(&lines, policy, 19904 * CSTN_DAY_US, NULL, 0, NULL,
				NULL, NULL, &result, NULL, &error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, &error);
	if (status == CSTN_OK)
		status = cstn_perfect_order_result_lever(
				result, CSTN_GROUP_TOTAL, CSTN_COMPONENT_ON_TIME, &lever, &error);
	/* [rate] */
	if (status == CSTN_OK) {
		printf("%lld of %lld orders are perfect: %.1f %% (%.1f %% to %.1f %%)\n",
				(long long)rate.numerator, (long long)rate.denominator,
				100 * rate.value, 100 * rate.low, 100 * rate.high);
		printf("if none had been late: %.1f %%\n", 100 * lever.value);
		printf("under policy %s\n", cstn_service_policy_digest_text(policy));
	} else {
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	}
	cstn_error_free(error);
	cstn_perfect_order_result_unref(result);
	cstn_service_policy_unref(policy);
	return status == CSTN_OK ? 0 : 1;
}
