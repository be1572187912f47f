/* Checks of options. */
#include "demand/options.h"

#include <string.h>

#include <constellation/demand_fit.h>

#include "base/error.h"

cstn_status cstn__option_ranges_check(
		const cstn__option_range *ranges, size_t n, cstn_error **error)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ranges[i].value < 0 || ranges[i].value > ranges[i].most)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %d (0 to %d)",
					ranges[i].name, ranges[i].value, ranges[i].most);
	return CSTN_OK;
}

cstn_status cstn__ahead_check(int32_t horizon, int32_t threads, cstn_error **error)
{
	if (horizon < 0 || horizon > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "horizon is %d (1 to %d)",
				horizon, CSTN_HORIZON_MOST);
	if (threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "threads is %d (0 or more)",
				threads);
	return CSTN_OK;
}

cstn_status cstn__query_check(int32_t horizon, int32_t reserved0, cstn_error **error)
{
	if (horizon < 0 || horizon > CSTN_HORIZON_MOST || reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"horizon is %d, reserved0 is %d; 1 to %d and 0 expected", horizon,
				reserved0, CSTN_HORIZON_MOST);
	return CSTN_OK;
}

cstn_status cstn__names_check(
		const char *what, const char *const *names, size_t n, cstn_error **error)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		if (!names[i] || !*names[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s %zu has no name",
					what, i);
		for (k = 0; k < i; k++)
			if (strcmp(names[i], names[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"%s '%.64s' is named twice", what, names[i]);
	}
	return CSTN_OK;
}

cstn_status cstn__signal_names_check(const char *const *names, size_t n, cstn_error **error)
{
	return cstn__names_check("signal", names, n, error);
}
