/* Is a value one of an operand's? Type, scale and domain of numbers, times and ids.
 *
 * Decimals of two scales are compared as 128-bit integers at the finer scale: 2^63 x 10^18 fits.
 * Cost: O(1), for ids O(log ids of the domain) each. */
#include "sharing/vocabulary.h"

#include "base/checked.h"
#include "base/decimal.h"

int cstn__decimal_compare(int64_t a, int32_t a_scale, int64_t b, int32_t b_scale)
{
	cstn__i128 x = a, y = b;

	if (a_scale < b_scale)
		x *= cstn__wide_power_of_ten(b_scale - a_scale);
	else if (b_scale < a_scale)
		y *= cstn__wide_power_of_ten(a_scale - b_scale);
	return (x > y) - (x < y);
}

int cstn__operand_has_id(const cstn__operand *operand, const cstn_id *id)
{
	if (!cstn__id_is_valid(id->text, id->len))
		return 0;
	if (operand->values)
		return cstn__interner_find(operand->values, id->text, id->len) != UINT32_MAX;
	return !operand->ids || cstn__id_find(operand->ids, operand->n_ids, id) != SIZE_MAX;
}

int cstn__operand_takes(const cstn__operand *operand, const cstn_fact *fact)
{
	size_t i;

	if (fact->type != operand->type || fact->scale < 0 || fact->scale > 18 ||
			(fact->scale && fact->type != CSTN_OPERAND_DECIMAL))
		return 0;
	if (fact->type >= CSTN_OPERAND_ID) {
		if ((fact->type == CSTN_OPERAND_ID && fact->n_ids != 1) ||
				(fact->n_ids && !fact->ids))
			return 0;
		for (i = 0; i < fact->n_ids; i++)
			if (!cstn__operand_has_id(operand, fact->ids + i))
				return 0;
		return 1;
	}
	if (operand->flags & CSTN_OPERAND_HAS_LEAST &&
			cstn__decimal_compare(fact->number, fact->scale, operand->least,
					operand->scale) < 0)
		return 0;
	return !(operand->flags & CSTN_OPERAND_HAS_MOST) ||
	       cstn__decimal_compare(fact->number, fact->scale, operand->most, operand->scale) <= 0;
}
