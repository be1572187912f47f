/* One line or one order, judged and explained: the convenience beside the batch, over the same
 * kernel (cstn__judge_steps), so that the verdict shown to a person is the one in the rate.
 *
 * A verdict owns copies of its words and of the causes; nothing borrowed from the lines remains.
 * The cause of a component is that of the line whose failing event came first, ties by the lower
 * line number, then by the place in the call. O(lines + text). */

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "fulfilment/verdict.h"

struct cstn_verdict {
	cstn_allocator allocator;
	cstn__bytes text;   /* NUL-terminated */
	cstn__bytes causes; /* four NUL-terminated texts */
	size_t cause_at[4];
	int32_t owner[4];
	int32_t outcome;
	int32_t reason;
	uint32_t pattern;
	int32_t provisional;
};

/* Which line is to blame for a component so far. */
struct blame {
	const cstn_order_line *line;
	int64_t us;
};

void cstn_order_line_init(cstn_order_line *line, uint32_t struct_size)
{
	cstn_order_line none;

	if (!line)
		return;
	memset(&none, 0, sizeof none);
	none.struct_size = struct_size;
	none.ordered_us = none.requested_us = none.promised_us = CSTN_TIME_NULL;
	none.promised_last_us = none.promised_customer_us = CSTN_TIME_NULL;
	none.promised_supplier_us = none.delivered_us = none.shipped_us = CSTN_TIME_NULL;
	none.arrived_us = none.accepted_us = none.recorded_us = CSTN_TIME_NULL;
	none.attempted_us = none.documents_complete_us = none.returned_us = CSTN_TIME_NULL;
	none.quantity = none.quantity_cancelled = none.quantity_delivered = CSTN_QUANTITY_NULL;
	none.quantity_due = none.value_minor = none.price_minor = CSTN_QUANTITY_NULL;
	none.promised_offset_minutes = none.actual_offset_minutes = CSTN_OFFSET_NULL;
	memset(line, 0, struct_size);
	memcpy(line, &none, struct_size < sizeof none ? struct_size : sizeof none);
}

/* --- judging -------------------------------------------------------------------------------- */

static void blame_take(struct blame blame[4], const cstn_order_line *line,
		const cstn__line_verdict *verdict)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (!(verdict->pattern >> i & 1))
			continue;
		if (blame[i].line &&
				(verdict->fail_us[i] > blame[i].us ||
						(verdict->fail_us[i] == blame[i].us &&
								line->line_number >=
										blame[i].line->line_number)))
			continue;
		blame[i].line = line;
		blame[i].us = verdict->fail_us[i];
	}
}

static cstn_status line_read(const cstn_order_line *given, cstn_order_line *out, cstn_error **error)
{
	/* The second field is no flags: unknown marks are found with the line's other rules. */
	return cstn__options_read(
			given, sizeof *out, sizeof *out, UINT32_MAX, "cstn_order_line", out, error);
}

static cstn_status zone_find(const cstn__judge *judge, const cstn_order_line *line,
		const cstn_zone **out, cstn_error **error)
{
	*out = NULL;
	if (judge->rules->zone != CSTN__ZONE_SHIP_TO || !line->ship_to_zone)
		return CSTN_OK;
	*out = cstn__judge_zone(judge, line->ship_to_zone, strlen(line->ship_to_zone));
	if (*out)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"ship_to_zone is '%.64s': no zone of that name is in the policy data",
			line->ship_to_zone);
}

static cstn_status line_judge(const cstn__judge *judge, const cstn_order_line *given,
		cstn__unit *unit, struct blame blame[4], cstn__bytes *text, cstn_error **error)
{
	cstn_order_line line;
	cstn__line_verdict verdict;
	const cstn_zone *ship_to = NULL;
	cstn_status status;

	status = line_read(given, &line, error);
	if (status == CSTN_OK)
		status = zone_find(judge, &line, &ship_to, error);
	if (status == CSTN_OK)
		status = cstn__judge_line(judge, &line, ship_to, &verdict, NULL, text, error);
	if (status != CSTN_OK)
		return status;
	cstn__unit_add(unit, &verdict, line.line_number);
	blame_take(blame, given, &verdict);
	return CSTN_OK;
}

static void verdict_fill(cstn_verdict *verdict, const cstn__unit *unit, const struct blame blame[4])
{
	int i;

	verdict->outcome = cstn__unit_close(unit, &verdict->pattern, &verdict->reason);
	verdict->provisional = verdict->outcome == CSTN_OUTCOME_COUNTED &&
			       (unit->flags & CSTN__UNIT_PROVISIONAL);
	for (i = 0; i < 4; i++) {
		const char *cause = "";

		if (verdict->outcome == CSTN_OUTCOME_COUNTED && blame[i].line) {
			verdict->owner[i] = blame[i].line->owner[i];
			if (blame[i].line->cause[i])
				cause = blame[i].line->cause[i];
		}
		verdict->cause_at[i] = verdict->causes.size;
		cstn__bytes_put(&verdict->causes, cause, strlen(cause) + 1);
	}
}

static void order_headline(const cstn_verdict *verdict, size_t n_lines, cstn__bytes *text)
{
	cstn__bytes_put_format(text, "Order of %zu line%s: ", n_lines, n_lines == 1 ? "" : "s");
	cstn__outcome_explain(verdict->outcome, verdict->pattern, verdict->reason,
			verdict->provisional, text);
}

/* Judge `n_lines` lines into `verdict`, which frees what is half done. */
static cstn_status verdict_make(cstn_verdict *verdict, const cstn__judge *judge,
		const cstn_order_line *const *lines, size_t n_lines, int is_order,
		cstn_error **error)
{
	struct blame blame[4] = {{NULL, 0}};
	cstn__unit unit;
	cstn__bytes steps;
	cstn_status status = CSTN_OK;
	size_t i;

	cstn__unit_init(&unit);
	cstn__bytes_init(&steps, &verdict->allocator);
	for (i = 0; i < n_lines && status == CSTN_OK; i++) {
		status = line_judge(judge, lines[i], &unit, blame, &steps, error);
		if (status != CSTN_OK && is_order)
			cstn__error_prefix(error, "line %zu of the order: ", i);
	}
	if (status == CSTN_OK) {
		verdict_fill(verdict, &unit, blame);
		if (is_order)
			order_headline(verdict, n_lines, &verdict->text);
		cstn__bytes_put(&verdict->text, steps.data, steps.size);
		cstn__judge_sign(judge, &verdict->text);
		cstn__bytes_put_u8(&verdict->text, 0);
		if (steps.failed || verdict->text.failed || verdict->causes.failed)
			status = cstn__fail_nomem(error);
	}
	cstn__bytes_free(&steps);
	return status;
}

static cstn_status judge_and_make(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_policy_data *data, const cstn_order_line *const *lines, size_t n_lines,
		int is_order, cstn_verdict **out, cstn_error **error)
{
	const cstn_allocator *allocator;
	cstn_verdict *verdict;
	cstn__judge judge;
	cstn_status status;

	if (!policy)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "policy is NULL");
	allocator = cstn__policy_allocator(policy);
	status = cstn__judge_init(&judge, policy, as_of_us, data, allocator, error);
	if (status != CSTN_OK)
		return status;
	verdict = cstn__alloc_zero(allocator, sizeof *verdict);
	if (!verdict) {
		cstn__judge_free(&judge);
		return cstn__fail_nomem(error);
	}
	verdict->allocator = *allocator;
	cstn__bytes_init(&verdict->text, allocator);
	cstn__bytes_init(&verdict->causes, allocator);
	status = verdict_make(verdict, &judge, lines, n_lines, is_order, error);
	cstn__judge_free(&judge);
	if (status != CSTN_OK) {
		cstn_verdict_free(verdict);
		return status;
	}
	*out = verdict;
	return CSTN_OK;
}

cstn_status cstn_perfect_order_judge_line(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_policy_data *data, const cstn_order_line *line, cstn_verdict **out,
		cstn_error **error)
{
	if (!line || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				line ? "out" : "line");
	return judge_and_make(policy, as_of_us, data, &line, 1, 0, out, error);
}

cstn_status cstn_perfect_order_judge_order(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_policy_data *data, const cstn_order_line *const *lines, size_t n_lines,
		cstn_verdict **out, cstn_error **error)
{
	size_t i;

	if (!lines || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				lines ? "out" : "lines");
	if (!n_lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"an order of 0 lines; at least 1 is needed");
	for (i = 0; i < n_lines; i++) {
		if (!lines[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"line %zu of the order is NULL", i);
	}
	return judge_and_make(policy, as_of_us, data, lines, n_lines, 1, out, error);
}

/* --- reading -------------------------------------------------------------------------------- */

int32_t cstn_verdict_outcome(const cstn_verdict *verdict)
{
	return verdict ? verdict->outcome : 0;
}

uint32_t cstn_verdict_pattern(const cstn_verdict *verdict)
{
	return verdict ? verdict->pattern : 0;
}

int32_t cstn_verdict_reason(const cstn_verdict *verdict)
{
	return verdict ? verdict->reason : CSTN_REASON_NONE;
}

int32_t cstn_verdict_is_provisional(const cstn_verdict *verdict)
{
	return verdict ? verdict->provisional : 0;
}

/* Number of a component given as its bit, or -1. */
static int component_of(uint32_t bit)
{
	return bit && bit < 16 && !(bit & (bit - 1)) ? __builtin_ctz(bit) : -1;
}

const char *cstn_verdict_cause(const cstn_verdict *verdict, uint32_t component)
{
	int i = component_of(component);

	if (!verdict || i < 0)
		return "";
	return (const char *)verdict->causes.data + verdict->cause_at[i];
}

int32_t cstn_verdict_owner(const cstn_verdict *verdict, uint32_t component)
{
	int i = component_of(component);

	return verdict && i >= 0 ? verdict->owner[i] : CSTN_OWNER_UNKNOWN;
}

const char *cstn_verdict_text(const cstn_verdict *verdict)
{
	return verdict ? (const char *)verdict->text.data : "";
}

void cstn_verdict_free(cstn_verdict *verdict)
{
	cstn_allocator allocator;

	if (!verdict)
		return;
	allocator = verdict->allocator;
	cstn__bytes_free(&verdict->text);
	cstn__bytes_free(&verdict->causes);
	cstn__free(&allocator, verdict, sizeof *verdict);
}
