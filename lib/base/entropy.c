/* Random bytes for keys, salts, nonces and blinding. */
#include "base/entropy.h"

#include <sodium/randombytes.h>

#include "base/error.h"

cstn_status cstn__entropy_fill(
		cstn__entropy *entropy, void *user, void *out, size_t size, cstn_error **error)
{
	cstn_status status;

	if (!entropy) {
		randombytes_buf(out, size);
		return CSTN_OK;
	}
	status = entropy(user, out, size);
	return status == CSTN_OK ? status : cstn__fail(error, status, "no entropy was given");
}
