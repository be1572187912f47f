/* Generalisation: each value of a column becomes one of fewer.
 *
 * A bucket is named by its lower end, a calendar period by its first day, a text by its beginning
 * or by its ancestor, so that columns keep their types. A step never lets a value through that it
 * does not know: what is not in a hierarchy becomes null. O(1) a value, O(step) in a hierarchy. */
#include "sharing/generalise.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/civil.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/radix.h"

#define SCALE_MOST 18

/* --- one step --------------------------------------------------------------------------------- */

static int is_dated(int32_t type)
{
	return type == CSTN_TYPE_DAYS || type == CSTN_TYPE_TIME;
}

static cstn_status misfit(const cstn_generalise_step *step, int32_t type, const char *rule,
		cstn_error **error)
{
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "step of column '%s', which is %s: %s",
			step->column, cstn_type_name(type), rule);
}

/* Width and origin in units of the column. */
static cstn_status init_bucket(
		cstn__generaliser *out, const cstn_generalise_step *step, cstn_error **error)
{
	double unit;
	int64_t times;

	if (out->type == CSTN_TYPE_TEXT || out->type == CSTN_TYPE_FLAG)
		return misfit(step, out->type, "buckets are of numbers, dates and times", error);
	if (step->width <= 0)
		return misfit(step, out->type, "the width of a bucket is above 0", error);
	if (step->scale < 0 || step->scale > SCALE_MOST)
		return misfit(step, out->type, "the scale of a width is 0 to 18", error);
	if (out->type == CSTN_TYPE_DOUBLE) {
		unit = (double)cstn__wide_power_of_ten(step->scale);
		out->width_double = (double)step->width / unit;
		out->origin_double = (double)step->origin / unit;
		return CSTN_OK;
	}
	if (step->scale > out->scale)
		return misfit(step, out->type, "the width has more decimals than the column",
				error);
	times = (int64_t)cstn__wide_power_of_ten(out->scale - step->scale);
	if (cstn__multiply_i64(step->width, times, &out->width) ||
			cstn__multiply_i64(step->origin, times, &out->origin))
		return misfit(step, out->type, "width or origin do not fit 64 bits", error);
	return CSTN_OK;
}

cstn_status cstn__generaliser_init(cstn__generaliser *out, const cstn_generalise_step *step,
		int32_t type, int32_t scale, cstn_error **error)
{
	cstn__generaliser how = {
			step->kind, step->step, type, scale, 0, 0, 0.0, 0.0, step->hierarchy};
	cstn_status status = CSTN_OK;

	if (step->reserved0)
		return misfit(step, type, "reserved0 is not 0", error);
	if (step->kind != CSTN_GENERALISE_BUCKET && (step->width || step->origin || step->scale))
		return misfit(step, type, "only buckets have width, origin and scale", error);
	if ((step->kind == CSTN_GENERALISE_HIERARCHY) != (step->hierarchy != NULL))
		return misfit(step, type, "a hierarchy is given with HIERARCHY, and only there",
				error);
	switch (step->kind) {
	case CSTN_GENERALISE_KEEP:
	case CSTN_GENERALISE_ALL:
		break;
	case CSTN_GENERALISE_BUCKET:
		status = init_bucket(&how, step, error);
		break;
	case CSTN_GENERALISE_CALENDAR:
		if (!is_dated(type) || step->step < 1 || step->step > 4)
			return misfit(step, type,
					"a calendar step is 1 (week) to 4 (year), of dates and "
					"times",
					error);
		break;
	case CSTN_GENERALISE_PREFIX:
	case CSTN_GENERALISE_HIERARCHY:
		if (type != CSTN_TYPE_TEXT || step->step < 0)
			return misfit(step, type,
					"prefixes and hierarchies are of text, with a step of 0 "
					"or more",
					error);
		break;
	default:
		return misfit(step, type, "its kind is no CSTN_GENERALISE_...", error);
	}
	if (status == CSTN_OK && step->step &&
			(step->kind <= CSTN_GENERALISE_BUCKET || step->kind == CSTN_GENERALISE_ALL))
		status = misfit(step, type, "this kind has no step", error);
	if (status == CSTN_OK)
		*out = how;
	return status;
}

static int calendar(const cstn__generaliser *how, int64_t value, int64_t *out)
{
	static const int32_t periods[] = {0, CSTN__PERIOD_WEEK, CSTN__PERIOD_MONTH,
			CSTN__PERIOD_QUARTER, CSTN__PERIOD_YEAR};
	int32_t day = how->type == CSTN_TYPE_TIME ? cstn__day_of_us(value) : (int32_t)value;
	int32_t begin = cstn__period_of(day, periods[how->step]);

	if (how->type == CSTN_TYPE_DAYS) {
		*out = begin;
		return 0;
	}
	return cstn__multiply_i64(begin, CSTN_DAY_US, out) ? 1 : 0;
}

int cstn__generalise_number(const cstn__generaliser *how, int64_t value, int64_t *out)
{
	cstn__i128 from, low;

	switch (how->kind) {
	case CSTN_GENERALISE_KEEP:
		*out = value;
		return 0;
	case CSTN_GENERALISE_BUCKET:
		from = (cstn__i128)value - how->origin;
		low = from / how->width * how->width;
		if (low > from)
			low -= how->width;
		/* the first bucket may begin before all numbers: it has no name */
		if (cstn__narrow_i64(low + how->origin, out))
			return 1;
		return how->type == CSTN_TYPE_DAYS && *out < INT32_MIN;
	case CSTN_GENERALISE_CALENDAR:
		return calendar(how, value, out);
	default:
		return 1;
	}
}

int cstn__generalise_double(const cstn__generaliser *how, double value, double *out)
{
	double low;

	if (how->kind == CSTN_GENERALISE_KEEP) {
		*out = value;
		return 0;
	}
	if (how->kind != CSTN_GENERALISE_BUCKET)
		return 1;
	low = floor((value - how->origin_double) / how->width_double);
	low = how->origin_double + low * how->width_double;
	if (!isfinite(low))
		return 1;
	*out = low;
	return 0;
}

/* The bytes of the first `n` characters. */
static size_t prefix_bytes(const char *text, size_t len, int32_t n)
{
	size_t at = 0;

	for (; at < len && n > 0; n--) {
		at++;
		while (at < len && ((uint8_t)text[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

const char *cstn__generalise_text(
		const cstn__generaliser *how, const char *text, size_t len, size_t *out_len)
{
	switch (how->kind) {
	case CSTN_GENERALISE_KEEP:
		*out_len = len;
		return text;
	case CSTN_GENERALISE_PREFIX:
		*out_len = prefix_bytes(text, len, how->step);
		return text;
	case CSTN_GENERALISE_HIERARCHY:
		return cstn_hierarchy_ancestor(how->hierarchy, text, len, how->step, out_len);
	default:
		return NULL;
	}
}

/* --- columns ---------------------------------------------------------------------------------- */

/* The code in `to` of the value that `column` has as `code`; *to_code is CSTN__CODE_NULL if it
 * becomes null. 0, or -1: out of memory. */
static int generalise_code(const cstn__generaliser *how, const cstn__coded *column, uint32_t code,
		cstn__coded *to, const cstn_allocator *allocator, uint32_t *to_code)
{
	int64_t number = 0;
	double value = 0.0;
	const char *text;
	size_t len = 0;
	int is_null;

	*to_code = CSTN__CODE_NULL;
	if (column->type == CSTN_TYPE_TEXT) {
		text = cstn__generalise_text(how, column->texts.items[code].text,
				column->texts.items[code].len, &len);
		if (!text)
			return 0;
		*to_code = cstn__coded_text(to, text, len);
		return *to_code == CSTN__CODE_NULL ? -1 : 0;
	}
	if (column->type == CSTN_TYPE_DOUBLE) {
		value = cstn__radix_to_f64(cstn__radix_of_i64(column->numbers.items[code]));
		is_null = cstn__generalise_double(how, value, &value);
		if (!is_null)
			number = cstn__radix_to_i64(cstn__radix_of_f64(value));
	} else {
		is_null = cstn__generalise_number(how, column->numbers.items[code], &number);
	}
	if (is_null)
		return 0;
	*to_code = cstn__coded_number(to, number, allocator);
	return *to_code == CSTN__CODE_NULL ? -1 : 0;
}

cstn_status cstn__generalise_coded(const cstn__generaliser *how, cstn__coded *column,
		const cstn_allocator *allocator, cstn_error **error)
{
	size_t n = cstn__coded_count(column), size = cstn__array_size(n, sizeof(uint32_t)), i;
	uint32_t *map = cstn__alloc(allocator, size);
	cstn__coded to;
	int failed = 0;

	if (!map)
		return cstn__fail_nomem(error);
	cstn__coded_init(&to, column->type, column->scale, allocator);
	for (i = 0; i < n && !failed; i++)
		failed = generalise_code(how, column, (uint32_t)i, &to, allocator, &map[i]);
	if (!failed) {
		for (i = 0; i < column->codes.count; i++)
			if (column->codes.items[i] != CSTN__CODE_NULL)
				column->codes.items[i] = map[column->codes.items[i]];
		to.codes.items = column->codes.items;
		to.codes.count = column->codes.count;
		to.codes.capacity = column->codes.capacity;
		column->codes.items = NULL;
		column->codes.count = column->codes.capacity = 0;
		cstn__coded_free(column, allocator);
		*column = to;
	} else {
		cstn__coded_free(&to, allocator);
	}
	cstn__free(allocator, map, size);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status run_step(cstn__coded_table *table, const cstn__coded_ask *names,
		const cstn_generalise_step *step, cstn_error **error)
{
	cstn__generaliser how;
	cstn_status status;
	size_t i;

	if (!step->column)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a step names no column");
	for (i = 0; i < table->n && strcmp(names[i].name, step->column) != 0; i++)
		;
	if (i == table->n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a step is of column '%s', which is not asked for", step->column);
	status = cstn__generaliser_init(
			&how, step, table->columns[i].type, table->columns[i].scale, error);
	if (status == CSTN_OK)
		status = cstn__generalise_coded(&how, &table->columns[i], &table->allocator, error);
	return status;
}

cstn_status cstn__generalise_table(cstn__coded_table *table, const cstn__coded_ask *names,
		const cstn_generalise_step *steps, size_t n_steps, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (n_steps && !steps)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_steps is %zu, steps is NULL",
				n_steps);
	for (i = 0; i < n_steps && status == CSTN_OK; i++)
		status = run_step(table, names, &steps[i], error);
	for (i = 0; i < table->n && status == CSTN_OK; i++)
		if (cstn__coded_sort(&table->columns[i], &table->allocator))
			status = cstn__fail_nomem(error);
	return status;
}
