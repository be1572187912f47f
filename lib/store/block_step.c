/* The step of a column: the greatest common divisor of its differences.
 *
 * Times are kept in microseconds and mostly given in days, minutes or seconds; divided by what they
 * have in common they take a fourth or an eighth of the bytes. A divisor is kept until a value is
 * no multiple of it, and then made smaller (Euclid); whether a number is a multiple of an odd one
 * is told by its product with the inverse modulo 2^64, which is at most 2^64 / divisor for
 * multiples and above it for all others (Granlund and Montgomery 1994). Cost: below 1 ns a value,
 * and less for columns without a step, which are left at the first values. */
#include "store/block_step.h"

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void set_step(cstn__step *out, uint64_t step)
{
	uint32_t zeros = (uint32_t)__builtin_ctzll(step);
	uint64_t odd = step >> zeros, inverse = odd; /* right to 3 bits, which each turn doubles */

	for (int turn = 0; turn < 5; turn++)
		inverse *= 2 - odd * inverse;
	out->step = step;
	out->zeros = zeros;
	out->inverse = inverse;
	out->most = UINT64_MAX / step;
}

void cstn__step_find(const cstn__values *values, uint64_t start, uint64_t n, int64_t base,
		cstn__step *out)
{
	out->step = 0;
	for (uint64_t i = start; i < start + n; i++) {
		uint64_t number = (uint64_t)values->numbers[i] - (uint64_t)base;

		if (!cstn__values_is_valid(values, i))
			continue;
		if (out->step ? cstn__step_quotient(out, number) <= out->most : number == 0)
			continue;
		set_step(out, common_divisor(out->step, number));
		if (out->step == 1)
			return;
	}
}
