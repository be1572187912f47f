/* One order, and why it is not perfect: what to look at when the other side says "but that order
 * was fine". */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

static cstn_status at(const char *text, int64_t *out_us, cstn_error **error)
{
	return cstn_time_parse(text, strlen(text), NULL, 0, out_us, error);
}

/* [judge] */
static cstn_status judge(const cstn_service_policy *policy, cstn_verdict **out, cstn_error **error)
{
	cstn_order_line first, second;
	const cstn_order_line *lines[2] = {&first, &second};
	int64_t as_of_us = 0;
	cstn_status status;

	/* Ten pieces came on the promised day, in the afternoon. */
	cstn_order_line_init(&first, sizeof(first));
	first.line_number = 1;
	first.status = CSTN_LINE_CLOSED;
	first.quantity = 10;
	first.quantity_delivered = 10;
	/* Of five only four came, a day late: the van was full. */
	cstn_order_line_init(&second, sizeof(second));
	second.line_number = 2;
	second.status = CSTN_LINE_CLOSED;
	second.quantity = 5;
	second.quantity_delivered = 4;
	second.cause[0] = "vehicle full"; /* of T, F, D, C */
	second.owner[0] = CSTN_OWNER_CARRIER;

	status = at("2024-06-30", &as_of_us, error);
	if (status == CSTN_OK)
		status = at("2024-05-07", &first.promised_us, error);
	if (status == CSTN_OK)
		status = at("2024-05-07T14:00:00Z", &first.delivered_us, error);
	if (status == CSTN_OK)
		status = at("2024-05-08T16:00:00Z", &second.delivered_us, error);
	if (status != CSTN_OK)
		return status;
	second.promised_us = first.promised_us;
	return cstn_perfect_order_judge_order(policy, as_of_us, NULL, lines, 2, out, error);
}
/* [judge] */

int main(void)
{
	cstn_service_policy *policy = NULL;
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_new("components=TF", NULL, &policy, &error);

	if (status == CSTN_OK)
		status = judge(policy, &verdict, &error);
	if (status == CSTN_OK)
		printf("pattern %s, late because: %s\n\n%s\n",
				cstn_pattern_name(cstn_verdict_pattern(verdict)),
				cstn_verdict_cause(verdict, CSTN_COMPONENT_ON_TIME),
				cstn_verdict_text(verdict));
	else
		fprintf(stderr, "%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	cstn_verdict_free(verdict);
	cstn_service_policy_unref(policy);
	return status == CSTN_OK ? 0 : 1;
}
