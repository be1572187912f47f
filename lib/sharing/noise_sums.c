/* What subjects add to cells, clamped, and the noise on top: the part that sees secrets. No number
 * here has a point, and no library of such numbers is included; a test looks.
 *
 * A subject adds to at most max_partitions cells, the first ones of its rows, and to each at least
 * `low` and at most `high`: so the sums of all cells move by max(|low|, |high|) x max_partitions at
 * most when a subject comes or goes. Rounding to the grid keeps that, rounded up to a whole step:
 * two numbers that are d apart round to numbers at most ceil(d) apart. O(rows). */
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/radix.h"
#include "sharing/noise.h"

#define SCALE_MOST 18
#define GRID_LEAST (-30)
#define GRID_MOST 40

/* --- bounds ----------------------------------------------------------------------------------- */

static int64_t magnitude(int64_t value)
{
	return value < 0 ? -value : value;
}

static cstn_status check(const cstn_noise_options *options, int32_t scale, cstn_error **error)
{
	if (options->grid < GRID_LEAST || options->grid > GRID_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "grid is %d (%d to %d)",
				options->grid, GRID_LEAST, GRID_MOST);
	if (options->max_partitions < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "max_partitions is %d",
				options->max_partitions);
	if (options->scale < 0 || options->scale > SCALE_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "scale is %d (0 to %d)",
				options->scale, SCALE_MOST);
	if (options->scale > scale)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"low and high have %d decimals, the measure has %d", options->scale,
				scale);
	if (options->low > options->high)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "low is above high");
	if (options->kind == CSTN_NOISE_COUNT && (options->low || options->scale))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a count has 0 as its low and no decimals");
	return CSTN_OK;
}

cstn_status cstn__noise_plan_init(const cstn_noise_options *options, int32_t scale,
		cstn__noise_plan *out, cstn_error **error)
{
	cstn__noise_plan plan = {.scale = scale,
			.grid = options->grid,
			.kind = options->kind,
			.epsilon_nano = (uint64_t)options->epsilon_nano};
	cstn__i128 times, sensitivity, unit;
	int64_t low, high;
	cstn_status status = check(options, scale, error);

	if (status != CSTN_OK)
		return status;
	high = options->kind == CSTN_NOISE_COUNT && !options->high ? 1 : options->high;
	if (options->low == high && high == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "low and high are both 0");
	times = cstn__wide_power_of_ten(scale - options->scale);
	if (cstn__narrow_i64(options->low * times, &plan.low) ||
			cstn__narrow_i64(high * times, &plan.high) || plan.low == INT64_MIN ||
			plan.high == INT64_MIN)
		return cstn__fail(error, CSTN_E_OVERFLOW,
				"low or high do not fit 64 bits at the scale of the measure");
	plan.max_partitions = options->max_partitions ? options->max_partitions : 1;
	low = magnitude(plan.low);
	high = magnitude(plan.high);
	/* ceil(most x cells x 2^grid / 10^scale): below 2^63 x 2^31 x 2^40 only if it is cut first
	 */
	sensitivity = cstn__wide_multiply(low > high ? low : high, plan.max_partitions);
	unit = cstn__wide_power_of_ten(scale);
	if (plan.grid < 0)
		unit *= (cstn__i128)1 << -plan.grid;
	if (plan.grid > 0 && sensitivity > (((cstn__i128)1 << 126) >> plan.grid))
		return cstn__fail(error, CSTN_E_OVERFLOW, "the grid is too fine for low and high");
	if (plan.grid > 0)
		sensitivity <<= plan.grid;
	sensitivity = (sensitivity + unit - 1) / unit;
	if (sensitivity > INT64_MAX)
		return cstn__fail(error, CSTN_E_OVERFLOW, "the grid is too fine for low and high");
	plan.sensitivity = (uint64_t)sensitivity;
	*out = plan;
	return CSTN_OK;
}

/* --- sums ------------------------------------------------------------------------------------- */

static cstn__i128 clamp(const cstn__noise_plan *plan, cstn__i128 value)
{
	return value < plan->low ? plan->low : value > plan->high ? plan->high : value;
}

static cstn__i128 value_of(const cstn__noise_rows *rows, size_t row)
{
	if (!rows->measure)
		return 1;
	if (rows->measure->codes.items[row] == CSTN__CODE_NULL)
		return 0;
	return rows->measure->numbers.items[rows->measure->codes.items[row]];
}

static uint32_t cell_of(const cstn__noise_rows *rows, size_t row)
{
	uint32_t code;

	if (!rows->partition)
		return 0;
	code = rows->partition->codes.items[row];
	return code == CSTN__CODE_NULL ? UINT32_MAX : rows->cell_of[code];
}

/* A row without a value adds nothing, and is no row of its subject. */
static int is_there(const cstn__noise_rows *rows, size_t row)
{
	return cell_of(rows, row) != UINT32_MAX &&
	       (!rows->measure || rows->measure->codes.items[row] != CSTN__CODE_NULL);
}

/* What a subject has in one cell. */
typedef struct part {
	uint32_t cell, reserved;
	uint64_t first_row;
	cstn__i128 sum;
} part;

/* The rows of one subject, in their order: its first cells, each clamped. The most that is kept at
 * a time is a part a cell. */
static int add_subject(const cstn__noise_rows *rows, const cstn__noise_plan *plan,
		const cstn__radix_pair *from, size_t n, const cstn_allocator *allocator,
		cstn__i128 *sums)
{
	CSTN__ARRAY(part) parts = {NULL, 0, 0};
	size_t i, k;

	for (i = 0; i < n; i++) {
		uint32_t cell = cell_of(rows, from[i].value);

		for (k = 0; k < parts.count && parts.items[k].cell != cell; k++)
			;
		if (k == parts.count) {
			if (k == (size_t)plan->max_partitions)
				continue;
			if (cstn__array_reserve(allocator, &parts, 1)) {
				cstn__array_free(allocator, &parts);
				return -1;
			}
			parts.items[parts.count++] = (part){.cell = cell};
		}
		parts.items[k].sum += value_of(rows, from[i].value);
	}
	for (k = 0; k < parts.count; k++) {
		sums[parts.items[k].cell] += clamp(plan, parts.items[k].sum);
		parts.items[k].sum = 0;
	}
	cstn__array_free(allocator, &parts);
	return 0;
}

cstn_status cstn__noise_sums(const cstn__noise_rows *rows, const cstn__noise_plan *plan,
		const cstn_allocator *allocator, cstn__i128 *sums, cstn_error **error)
{
	size_t size = cstn__array_size(rows->rows, 2 * sizeof(cstn__radix_pair));
	cstn__radix_pair *pairs = cstn__alloc(allocator, size);
	size_t n = 0, i, end;
	int failed = 0;

	if (!pairs)
		return cstn__fail_nomem(error);
	for (i = 0; i < rows->n_cells; i++)
		sums[i] = 0;
	for (i = 0; i < rows->rows; i++)
		if (is_there(rows, i))
			pairs[n++] = (cstn__radix_pair){
					rows->subject ? rows->subject->codes.items[i] : i, i};
	cstn__radix_sort_pairs(pairs, pairs + rows->rows, n);
	for (i = 0; i < n && !failed; i = end) {
		for (end = i + 1; end < n && pairs[end].key == pairs[i].key; end++)
			;
		failed = add_subject(rows, plan, pairs + i, end - i, allocator, sums);
	}
	cstn__wipe(pairs, size);
	cstn__free(allocator, pairs, size);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- noise ------------------------------------------------------------------------------------ */

/* A sum in units as the nearest step, halves upwards: floor(sum 2^grid / 10^scale + 1/2). Sums are
 * below 2^63 x 2^31, and 2^grid below 2^40: their product does not fit, so whole units go first. */
static cstn__i128 to_steps(const cstn__noise_plan *plan, cstn__i128 sum)
{
	cstn__i128 unit = cstn__wide_power_of_ten(plan->scale), whole, rest;

	if (plan->grid < 0) {
		unit *= (cstn__i128)1 << -plan->grid;
		whole = sum / unit;
		rest = sum - whole * unit;
	} else {
		whole = sum / unit;
		rest = (sum - whole * unit) * ((cstn__i128)1 << plan->grid);
		/* beyond 64 bits it will be cut anyway */
		if (whole > INT64_MAX)
			whole = INT64_MAX;
		if (whole < INT64_MIN)
			whole = INT64_MIN;
		whole *= (cstn__i128)1 << plan->grid;
	}
	rest = 2 * rest + unit; /* floor((2 rest + unit) / (2 unit)) */
	unit *= 2;
	return whole + rest / unit - (rest % unit < 0);
}

void cstn__noise_add(const cstn__noise_plan *plan, cstn__i128 *sums, size_t n,
		cstn__random_bits *bits, int64_t *out)
{
	cstn__laplace noise;
	size_t i;

	cstn__laplace_init(&noise, plan->sensitivity, plan->epsilon_nano);
	for (i = 0; i < n; i++) {
		cstn__i128 answer = to_steps(plan, sums[i]) + cstn__laplace_draw(&noise, bits);

		out[i] = answer > INT64_MAX   ? INT64_MAX
			 : answer < INT64_MIN ? INT64_MIN
					      : (int64_t)answer;
	}
	cstn__wipe(sums, cstn__array_size(n, sizeof(*sums)));
}
