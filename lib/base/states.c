/* Checks that states have in common. */
#include "base/states.h"

#include "base/error.h"

cstn_status cstn__states_check(
		const void *into, const void *from, const char *what, cstn_error **error)
{
	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "into or from is NULL");
	if (into == from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "into and from are one %s", what);
	return CSTN_OK;
}
