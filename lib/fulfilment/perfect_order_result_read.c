/* Reading perfect order results: rates, components, levers and counts of a row.
 *
 * All are sums over the 16 failure patterns of the row, formed when they are asked for, so that
 * none can disagree with another. See perfect_order_result.c for what the numbers are.
 *
 * Cost: O(1) or O(16). */

#include "fulfilment/perfect_order_result.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/stats.h"

size_t cstn__result_row(const cstn_perfect_order_result *result, size_t group)
{
	if (group == CSTN_GROUP_TOTAL)
		return result->n_groups;
	return group < result->n_groups ? group : SIZE_MAX;
}

int cstn__result_has_patterns(const cstn_perfect_order_result *result)
{
	return !result->rules->credit_unit;
}

int64_t cstn__result_within(
		const cstn_perfect_order_result *result, size_t row, uint32_t set, int weights)
{
	const int64_t *from = weights && result->weights ? result->weights + 16 * row
							 : result->groups[row].pattern;
	int64_t sum = 0;
	uint32_t p;

	for (p = 0; p < 16; p++)
		if ((p & ~set) == 0)
			sum += from[p];
	return sum;
}

void cstn__result_rate_of(const cstn_perfect_order_result *result, int64_t numerator,
		int64_t denominator, cstn_rate *out)
{
	memset(out, 0, sizeof *out);
	out->struct_size = sizeof *out;
	out->numerator = numerator;
	out->denominator = denominator;
	out->z = result->z;
	out->value = out->low = out->high = NAN;
	if (denominator <= 0)
		return;
	out->valid = CSTN_RATE_HAS_VALUE;
	out->value = (double)numerator / (double)denominator;
	if (result->weighted)
		return;
	out->valid |= CSTN_RATE_HAS_INTERVAL;
	cstn__wilson(out->value, (double)denominator, result->z, &out->low, &out->high);
}

/* Check the arguments shared by the rate accessors; *row receives the row. */
static cstn_status read_row(const cstn_perfect_order_result *result, size_t group, const void *out,
		size_t *row, cstn_error **error)
{
	if (!result || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				result ? "out" : "result");
	*row = cstn__result_row(result, group);
	if (*row == SIZE_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"group %zu does not exist, the result has %zu", group,
				result->n_groups);
	return CSTN_OK;
}

static cstn_status need_patterns(const cstn_perfect_order_result *result, cstn_error **error)
{
	if (cstn__result_has_patterns(result))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_UNSUPPORTED,
			"under credit=unit a unit has no failure pattern: there is a rate, but no "
			"components, causes or levers");
}

static cstn_status write_rate(const cstn_rate *rate, cstn_rate *out, cstn_error **error)
{
	return cstn__output_write(
			rate, sizeof(cstn_rate), sizeof(cstn_rate), "cstn_rate", out, error);
}

const cstn_service_policy *cstn_perfect_order_result_policy(const cstn_perfect_order_result *result)
{
	return result ? result->policy : NULL;
}

int64_t cstn_perfect_order_result_as_of_us(const cstn_perfect_order_result *result)
{
	return result ? result->as_of_us : CSTN_TIME_NULL;
}

size_t cstn_perfect_order_result_count(const cstn_perfect_order_result *result)
{
	return result ? result->n_groups : 0;
}

const char *cstn_perfect_order_result_key(
		const cstn_perfect_order_result *result, size_t group, size_t dimension)
{
	size_t row = result ? cstn__result_row(result, group) : SIZE_MAX;

	if (row == SIZE_MAX || dimension >= result->n_dimensions)
		return NULL;
	if (row == result->n_groups)
		return "(all)";
	return result->keys[row * result->n_dimensions + dimension].text;
}

cstn_status cstn_perfect_order_result_rate(const cstn_perfect_order_result *result, size_t group,
		cstn_rate *out, cstn_error **error)
{
	cstn_rate rate;
	size_t row;
	cstn_status status = read_row(result, group, out, &row, error);

	if (status != CSTN_OK)
		return status;
	cstn__result_rate_of(result, result->groups[row].numerator, result->groups[row].denominator,
			&rate);
	return write_rate(&rate, out, error);
}

cstn_status cstn_perfect_order_result_component(const cstn_perfect_order_result *result,
		size_t group, uint32_t component, cstn_rate *out, cstn_error **error)
{
	cstn_rate rate;
	size_t row;
	cstn_status status = read_row(result, group, out, &row, error);

	if (status == CSTN_OK &&
			(component == 0 || component > 8 || (component & (component - 1)) != 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"component %" PRIu32 " is none of 1, 2, 4, 8", component);
	if (status == CSTN_OK)
		status = need_patterns(result, error);
	if (status != CSTN_OK)
		return status;
	if (result->rules->components & component)
		cstn__result_rate_of(result, cstn__result_within(result, row, 15u & ~component, 1),
				result->groups[row].denominator, &rate);
	else
		cstn__result_rate_of(result, 0, 0, &rate); /* never judged: null, not 1 */
	return write_rate(&rate, out, error);
}

cstn_status cstn_perfect_order_result_lever(const cstn_perfect_order_result *result, size_t group,
		uint32_t components, cstn_rate *out, cstn_error **error)
{
	cstn_rate rate;
	size_t row;
	cstn_status status = read_row(result, group, out, &row, error);

	if (status == CSTN_OK && (components == 0 || components > 15))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"components %" PRIu32 " is outside 1..15", components);
	if (status == CSTN_OK)
		status = need_patterns(result, error);
	if (status != CSTN_OK)
		return status;
	cstn__result_rate_of(result, cstn__result_within(result, row, components, 1),
			result->groups[row].denominator, &rate);
	return write_rate(&rate, out, error);
}

int64_t cstn_perfect_order_result_pattern(
		const cstn_perfect_order_result *result, size_t group, uint32_t pattern)
{
	size_t row = result ? cstn__result_row(result, group) : SIZE_MAX;

	if (row == SIZE_MAX || pattern > 15 || !cstn__result_has_patterns(result))
		return -1;
	return result->groups[row].pattern[pattern];
}

int64_t cstn_perfect_order_result_excluded(
		const cstn_perfect_order_result *result, size_t group, int32_t reason)
{
	size_t row = result ? cstn__result_row(result, group) : SIZE_MAX;

	if (row == SIZE_MAX || reason < 0 || reason >= CSTN_REASON_COUNT)
		return -1;
	return result->groups[row].reason[reason];
}

int64_t cstn_perfect_order_result_pending(const cstn_perfect_order_result *result, size_t group)
{
	size_t row = result ? cstn__result_row(result, group) : SIZE_MAX;

	return row == SIZE_MAX ? -1 : result->groups[row].pending;
}

int64_t cstn_perfect_order_result_provisional(const cstn_perfect_order_result *result, size_t group)
{
	size_t row = result ? cstn__result_row(result, group) : SIZE_MAX;

	return row == SIZE_MAX ? -1 : result->groups[row].provisional;
}
