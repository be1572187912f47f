/* One currency a state of spend: mean spends in two currencies have no sum. Rows without one say
 * nothing; how many say it is counted, so that a state from which they are taken away again has the
 * bytes of one that never saw them. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "segment/value_handle.h"

cstn_status cstn__value_money_see(cstn__value_money *money, const char *text, size_t len,
		uint64_t row, cstn_error **error)
{
	if (!money->currency[0])
		memcpy(money->currency, text, len);
	else if (strlen(money->currency) != len || memcmp(money->currency, text, len) != 0)
		return cstn__fail(error, CSTN_E_CURRENCY,
				"row %" PRIu64 " is in %.*s, %s expected; one currency a model",
				row, (int)len, text, money->currency);
	return CSTN_OK;
}

cstn_status cstn__value_money_join(
		cstn__value_money *into, const cstn__value_money *from, cstn_error **error)
{
	if (into->customers && from->customers && strcmp(into->currency, from->currency) != 0)
		return cstn__fail(error, CSTN_E_CURRENCY, "spend is in %s here and in %s there",
				into->currency, from->currency);
	if (!into->customers)
		memcpy(into->currency, from->currency, sizeof(into->currency));
	if (__builtin_add_overflow(into->customers, from->customers, &into->customers))
		return cstn__fail(error, CSTN_E_OVERFLOW, "customers in %s overflow int64",
				into->currency);
	if (into->customers < 0)
		return cstn__fail(error, CSTN_E_NOT_FOUND,
				"%" PRId64 " customers in %s are taken away who are not there",
				-into->customers, into->currency);
	if (into->customers == 0)
		memset(into->currency, 0, sizeof(into->currency));
	return CSTN_OK;
}

void cstn__value_money_put(const cstn__value_money *money, cstn__bytes *out)
{
	size_t len = strlen(money->currency);

	cstn__bytes_put_u64(out, (uint64_t)money->customers);
	cstn__bytes_put_u8(out, (uint8_t)len);
	cstn__bytes_put(out, money->currency, len);
}

int cstn__value_money_read(cstn__reader *in, cstn__value_money *out)
{
	const uint8_t *text;
	size_t len;

	memset(out, 0, sizeof(*out));
	out->customers = (int64_t)cstn__read_u64(in);
	len = cstn__read_u8(in);
	text = cstn__read_bytes(in, len);
	if (in->failed || len > CSTN__VALUE_CURRENCY_MOST || out->customers < 0 ||
			(out->customers > 0) != (len > 0) || !cstn__utf8_is_valid(text, len) ||
			(len && memchr(text, 0, len)))
		return -1;
	if (len)
		memcpy(out->currency, text, len);
	return 0;
}
