/* Keys and pools of models, by their names: of the type that they had before, named when they are
 * new, found. O(1) each. */
#include "demand/model_keys.h"

#include "base/error.h"
#include "base/text.h"

cstn_status cstn__demand_check_type(
		const char *name, int32_t type, int32_t before, cstn_error **error)
{
	if (type == before)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_SCHEMA, "'%s' is %s, but was %s before", name,
			cstn_type_name(type), cstn_type_name(before));
}

cstn_status cstn__demand_take_type(
		cstn__ids *ids, int32_t type, const char *name, cstn_error **error)
{
	if (!ids->type)
		ids->type = type;
	return cstn__demand_check_type(name, type, ids->type, error);
}

cstn_status cstn__demand_name_one(cstn__ids *ids, const char *what, const char *text, size_t len,
		int64_t number, uint32_t *out, cstn_error **error)
{
	cstn_status status;

	if (text && (!len || len > CSTN__IDS_TEXT_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s has %zu bytes; 1 to %d expected", what, len,
				CSTN__IDS_TEXT_MOST);
	if (text && !cstn__utf8_is_valid((const uint8_t *)text, len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is not UTF-8", what);
	status = cstn__demand_take_type(ids, text ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64, what, error);
	if (status != CSTN_OK)
		return status;
	*out = text ? cstn__ids_of_text(ids, text, len) : cstn__ids_of_i64(ids, number);
	return *out == CSTN__IDS_NONE ? cstn__fail_nomem(error) : CSTN_OK;
}

cstn_status cstn__demand_find_one(const cstn__ids *keys, const char *text, size_t len,
		int64_t number, uint32_t *out, cstn_error **error)
{
	int32_t type = text ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64;

	if (keys->type != type)
		return cstn__fail(error, CSTN_E_SCHEMA, "the key is %s, but keys are %s",
				cstn_type_name(type), cstn_type_name(keys->type));
	*out = text ? cstn__ids_find_text(keys, text, len) : cstn__ids_find_i64(keys, number);
	return CSTN_OK;
}
