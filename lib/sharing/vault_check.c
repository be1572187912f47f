/* What a vault takes: ids, paths, reasons, and the forms of values that are searched.
 *
 * No message holds a value. Cost: O(bytes). */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "sharing/vault.h"

#define ID_MOST 64
#define PATH_MOST 255

static cstn_status check_text(const char *what, const char *text, size_t most, cstn_error **error)
{
	size_t len = text ? strnlen(text, most + 1) : 0;

	if (len == 0 || len > most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %s; it has 1 to %zu bytes",
				what,
				!text      ? "NULL"
				: len == 0 ? "empty"
					   : "too long",
				most);
	return CSTN_OK;
}

cstn_status cstn__vault_check_id(const char *what, const char *id, cstn_error **error)
{
	return check_text(what, id, ID_MOST, error);
}

cstn_status cstn__vault_check_path(const char *path, cstn_error **error)
{
	return check_text("path", path, PATH_MOST, error);
}

cstn_status cstn__vault_check_reason(const char *what, const char *reason, cstn_error **error)
{
	cstn_status status = check_text(what, reason, CSTN_VAULT_REASON_MOST, error);
	size_t len;

	if (status != CSTN_OK)
		return status;
	len = strlen(reason);
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)reason[i] < 0x20 || reason[i] == 0x7f)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s has a control character at byte %zu", what, i);
	if (!cstn__utf8_is_valid((const uint8_t *)reason, len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is no UTF-8", what);
	return CSTN_OK;
}

int cstn__vault_is_category(int32_t category)
{
	return (category >= CSTN_VAULT_IDENTITY && category <= CSTN_VAULT_FREE_TEXT) ||
	       (category >= 1000 && category <= UINT16_MAX);
}

cstn_status cstn__vault_check_cell(const cstn_vault_cell *cell, int use, cstn_error **error)
{
	cstn_status status;

	if (!cell)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "cell is NULL");
	status = cstn__vault_check_id("subject", cell->subject, error);
	if (status == CSTN_OK)
		status = cstn__vault_check_id("record", cell->record, error);
	if (status == CSTN_OK)
		status = cstn__vault_check_path(cell->path, error);
	if (status != CSTN_OK)
		return status;
	if (!cell->value && cell->value_size)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "value is NULL");
	if (cell->value_size > CSTN_VAULT_VALUE_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a value of %zu bytes; at most %d",
				cell->value_size, CSTN_VAULT_VALUE_MOST);
	if (cell->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is not 0");
	if (use == CSTN__VAULT_CHECK_SALT)
		return CSTN_OK;
	if (!cstn__vault_is_category(cell->category))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"category %d; known are 1..6 and the caller's 1000..65535",
				(int)cell->category);
	if (cell->form < CSTN_VAULT_FORM_NONE || cell->form > CSTN_VAULT_FORM_CODE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "form %d is outside 0..4",
				(int)cell->form);
	if (use == CSTN__VAULT_CHECK_SEAL && cell->form != CSTN_VAULT_FORM_NONE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a cell that is kept elsewhere cannot be searched: form is 0");
	return CSTN_OK;
}

/* --- forms ------------------------------------------------------------------------------------ */

static int is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static int is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static int is_small(uint8_t byte)
{
	return byte >= 'a' && byte <= 'z';
}

static int is_large(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static int put_email(const uint8_t *value, size_t size, cstn__bytes *out)
{
	size_t from = 0, ats = 0;

	while (from < size && is_space(value[from]))
		from++;
	while (size > from && is_space(value[size - 1]))
		size--;
	for (size_t i = from; i < size; i++) {
		ats += value[i] == '@';
		if (value[i] < 0x21 || value[i] == 0x7f)
			return -1;
		cstn__bytes_put_u8(out, (uint8_t)(is_large(value[i]) ? value[i] | 0x20 : value[i]));
	}
	return ats == 1 && value[from] != '@' && value[size - 1] != '@' ? 0 : -1;
}

static int put_phone(const uint8_t *value, size_t size, cstn__bytes *out)
{
	if (size < 2 || size > 16 || value[0] != '+' || value[1] == '0')
		return -1;
	for (size_t i = 1; i < size; i++)
		if (!is_digit(value[i]))
			return -1;
	cstn__bytes_put(out, value, size);
	return 0;
}

static int put_code(const uint8_t *value, size_t size, cstn__bytes *out)
{
	size_t before = out->size;

	for (size_t i = 0; i < size; i++) {
		if (value[i] == ' ')
			continue;
		if (!is_digit(value[i]) && !is_small(value[i]) && !is_large(value[i]) &&
				value[i] != '-' && value[i] != '.' && value[i] != '/')
			return -1;
		cstn__bytes_put_u8(
				out, (uint8_t)(is_small(value[i]) ? value[i] & ~0x20 : value[i]));
	}
	return out->failed || out->size > before ? 0 : -1;
}

cstn_status cstn__vault_form(int32_t form, const uint8_t *value, size_t size, cstn__bytes *out,
		cstn_error **error)
{
	static const char *const words[] = {"", "a name: at least one byte",
			"an e-mail address: one @ with text on both sides, no space inside",
			"a telephone number: + and 1 to 15 digits, as E.164",
			"a code: ASCII letters, digits, - . /"};
	int wrong = 0;

	if (form == CSTN_VAULT_FORM_BYTES) {
		wrong = size == 0;
		cstn__bytes_put(out, value, size);
	} else if (form == CSTN_VAULT_FORM_EMAIL) {
		wrong = put_email(value, size, out);
	} else if (form == CSTN_VAULT_FORM_PHONE) {
		wrong = put_phone(value, size, out);
	} else {
		wrong = put_code(value, size, out);
	}
	if (wrong)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "the value is not %s", words[form]);
	return out->failed ? cstn__fail_nomem(error) : CSTN_OK;
}
