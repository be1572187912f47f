/* Checks of options. */
#include "demand/options.h"

#include <string.h>

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
