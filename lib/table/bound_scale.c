/* The scale that a bound quantity or amount will have: a decimal's own or declared one, 0 for integers. */
#include "table/bound.h"

int32_t cstn__bound_scale(const cstn__bound *bound, size_t column)
{
	return bound->slots[column].column.scale;
}
