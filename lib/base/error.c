/* Errors, status names, and the two helpers through which every versioned struct passes.
 *
 * An error belongs to the caller: no thread-local, no "last error". Its memory is libc's, because
 * most failing calls have no allocator (and the failing call may be the one that was to bring it).
 * When even that fails, and for CSTN_E_NOMEM always, a constant object of the same code stands in,
 * so that reporting a failure cannot fail. Messages are one line of UTF-8 of at most 16 KiB:
 * whatever else comes in through an argument is shown escaped. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

#define MESSAGE_LIMIT 16384
#define STRUCT_SIZE_LIMIT 4096

struct cstn_error {
	cstn_status code;
	uint32_t reserved;
	size_t size; /* of the block; 0: a constant, never freed */
	const char *message;
};

static const struct {
	cstn_status status;
	const char *name;
} statuses[] = {
		{CSTN_OK, "CSTN_OK"},
		{CSTN_DONE, "CSTN_DONE"},
		{CSTN_E_INVALID_ARGUMENT, "CSTN_E_INVALID_ARGUMENT"},
		{CSTN_E_NOMEM, "CSTN_E_NOMEM"},
		{CSTN_E_STRUCT_SIZE, "CSTN_E_STRUCT_SIZE"},
		{CSTN_E_STRUCT_TOO_NEW, "CSTN_E_STRUCT_TOO_NEW"},
		{CSTN_E_OVERFLOW, "CSTN_E_OVERFLOW"},
		{CSTN_E_SCHEMA, "CSTN_E_SCHEMA"},
		{CSTN_E_ROWS, "CSTN_E_ROWS"},
		{CSTN_E_MISMATCH, "CSTN_E_MISMATCH"},
		{CSTN_E_NOT_CLUSTERED, "CSTN_E_NOT_CLUSTERED"},
		{CSTN_E_CANCELLED, "CSTN_E_CANCELLED"},
		{CSTN_E_CORRUPT, "CSTN_E_CORRUPT"},
		{CSTN_E_FORMAT, "CSTN_E_FORMAT"},
		{CSTN_E_IO, "CSTN_E_IO"},
		{CSTN_E_STREAM, "CSTN_E_STREAM"},
		{CSTN_E_NOT_FOUND, "CSTN_E_NOT_FOUND"},
		{CSTN_E_UNSUPPORTED, "CSTN_E_UNSUPPORTED"},
		{CSTN_E_LIMIT, "CSTN_E_LIMIT"},
		{CSTN_E_LOCKED, "CSTN_E_LOCKED"},
		{CSTN_E_CONFLICT, "CSTN_E_CONFLICT"},
		{CSTN_E_POISONED, "CSTN_E_POISONED"},
		{CSTN_E_FULL, "CSTN_E_FULL"},
		{CSTN_E_FORKED, "CSTN_E_FORKED"},
		{CSTN_E_NEWER_FORMAT, "CSTN_E_NEWER_FORMAT"},
		{CSTN_E_NO_MANIFEST, "CSTN_E_NO_MANIFEST"},
		{CSTN_E_BUSY, "CSTN_E_BUSY"},
		{CSTN_E_STATE, "CSTN_E_STATE"},
		{CSTN_E_READ_ONLY, "CSTN_E_READ_ONLY"},
		{CSTN_E_NOT_IDENTIFIED, "CSTN_E_NOT_IDENTIFIED"},
		{CSTN_E_EMPTY, "CSTN_E_EMPTY"},
		{CSTN_E_CURRENCY, "CSTN_E_CURRENCY"},
		{CSTN_E_DUPLICATE, "CSTN_E_DUPLICATE"},
		{CSTN_E_POLICY, "CSTN_E_POLICY"},
		{CSTN_E_REBUILD, "CSTN_E_REBUILD"},
		{CSTN_E_LEAKAGE, "CSTN_E_LEAKAGE"},
		{CSTN_E_SIGNATURE, "CSTN_E_SIGNATURE"},
		{CSTN_E_UNVERIFIED, "CSTN_E_UNVERIFIED"},
		{CSTN_E_PROOF, "CSTN_E_PROOF"},
		{CSTN_E_SPLIT_VIEW, "CSTN_E_SPLIT_VIEW"},
		{CSTN_E_STALE, "CSTN_E_STALE"},
		{CSTN_E_UNEVALUABLE, "CSTN_E_UNEVALUABLE"},
		{CSTN_E_MISSING, "CSTN_E_MISSING"},
		{CSTN_E_DENIED, "CSTN_E_DENIED"},
		{CSTN_E_BUDGET, "CSTN_E_BUDGET"},
		{CSTN_E_ERASED, "CSTN_E_ERASED"},
};
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

/* In the order of `statuses` from CSTN_DONE on; the last is for codes from elsewhere. */
#define BARE(code)                                       \
	{                                                \
		code, 0, 0, "no memory left to say more" \
	}
static const cstn_error bare_errors[] = {
		BARE(CSTN_DONE),
		BARE(CSTN_E_INVALID_ARGUMENT),
		{CSTN_E_NOMEM, 0, 0, "out of memory"},
		BARE(CSTN_E_STRUCT_SIZE),
		BARE(CSTN_E_STRUCT_TOO_NEW),
		BARE(CSTN_E_OVERFLOW),
		BARE(CSTN_E_SCHEMA),
		BARE(CSTN_E_ROWS),
		BARE(CSTN_E_MISMATCH),
		BARE(CSTN_E_NOT_CLUSTERED),
		BARE(CSTN_E_CANCELLED),
		BARE(CSTN_E_CORRUPT),
		BARE(CSTN_E_FORMAT),
		BARE(CSTN_E_IO),
		BARE(CSTN_E_STREAM),
		BARE(CSTN_E_NOT_FOUND),
		BARE(CSTN_E_UNSUPPORTED),
		BARE(CSTN_E_LIMIT),
		BARE(CSTN_E_LOCKED),
		BARE(CSTN_E_CONFLICT),
		BARE(CSTN_E_POISONED),
		BARE(CSTN_E_FULL),
		BARE(CSTN_E_FORKED),
		BARE(CSTN_E_NEWER_FORMAT),
		BARE(CSTN_E_NO_MANIFEST),
		BARE(CSTN_E_BUSY),
		BARE(CSTN_E_STATE),
		BARE(CSTN_E_READ_ONLY),
		BARE(CSTN_E_NOT_IDENTIFIED),
		BARE(CSTN_E_EMPTY),
		BARE(CSTN_E_CURRENCY),
		BARE(CSTN_E_DUPLICATE),
		BARE(CSTN_E_POLICY),
		BARE(CSTN_E_REBUILD),
		BARE(CSTN_E_LEAKAGE),
		BARE(CSTN_E_SIGNATURE),
		BARE(CSTN_E_UNVERIFIED),
		BARE(CSTN_E_PROOF),
		BARE(CSTN_E_SPLIT_VIEW),
		BARE(CSTN_E_STALE),
		BARE(CSTN_E_UNEVALUABLE),
		BARE(CSTN_E_MISSING),
		BARE(CSTN_E_DENIED),
		BARE(CSTN_E_BUDGET),
		BARE(CSTN_E_ERASED),
};
_Static_assert(sizeof(bare_errors) / sizeof(bare_errors[0]) + 1 == STATUS_COUNT,
		"each status but CSTN_OK has a constant error");

const char *cstn_status_name(cstn_status status)
{
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return "unknown status";
}

size_t cstn_status_count(void)
{
	return STATUS_COUNT;
}

cstn_status cstn_status_at(size_t index)
{
	return index < STATUS_COUNT ? statuses[index].status : CSTN_E_INVALID_ARGUMENT;
}

cstn_status cstn_error_code(const cstn_error *error)
{
	return error ? error->code : CSTN_OK;
}

const char *cstn_error_message(const cstn_error *error)
{
	return error ? error->message : "";
}

void cstn_error_free(cstn_error *error)
{
	if (error && error->size)
		cstn__free(NULL, error, error->size);
}

/* A constant error as the type that callers hold; cstn_error_free() leaves it alone. */
static cstn_error *bare_error(cstn_status status)
{
	size_t i = 0;

	while (i + 1 < STATUS_COUNT - 1 && bare_errors[i].code != status)
		i++;
	return (cstn_error *)(uintptr_t)&bare_errors[i];
}

/* An error with a cleaned copy of `text`, or NULL. */
static cstn_error *make_error(cstn_status status, const char *text, size_t len)
{
	size_t message_len = cstn__text_clean(text, len, NULL, MESSAGE_LIMIT);
	size_t size = sizeof(cstn_error) + message_len + 1;
	cstn_error *made = cstn__alloc(NULL, size);
	char *message;

	if (!made)
		return NULL;
	message = (char *)(made + 1);
	cstn__text_clean(text, len, message, message_len);
	message[message_len] = '\0';
	made->code = status;
	made->reserved = 0;
	made->size = size;
	made->message = message;
	return made;
}

/* `before` formatted and `after` appended, as an error; NULL when there is no memory. */
__attribute__((format(printf, 3, 0))) static cstn_error *format_error(
		cstn_status status, const char *after, const char *format, va_list args)
{
	char small[512];
	char *text = small;
	size_t size = sizeof(small), after_len = strlen(after), len;
	cstn_error *made;
	va_list again;
	int wanted;

	va_copy(again, args);
	wanted = vsnprintf(small, sizeof(small), format, args);
	len = wanted > 0 ? (size_t)wanted : 0;
	if (len > MESSAGE_LIMIT)
		len = MESSAGE_LIMIT;
	if (len + after_len + 1 > size) {
		size = len + after_len + 1;
		text = cstn__alloc(NULL, size);
		if (text)
			vsnprintf(text, len + 1, format, again);
	}
	va_end(again);
	if (!text)
		return NULL;
	memcpy(text + len, after, after_len);
	made = make_error(status, text, len + after_len);
	if (text != small)
		cstn__free(NULL, text, size);
	return made;
}

cstn_status cstn__fail(cstn_error **error, cstn_status status, const char *format, ...)
{
	cstn_error *made;
	va_list args;

	if (!error)
		return status;
	va_start(args, format);
	made = format_error(status, "", format, args);
	va_end(args);
	*error = made ? made : bare_error(status);
	return status;
}

cstn_status cstn__fail_nomem(cstn_error **error)
{
	if (error)
		*error = bare_error(CSTN_E_NOMEM);
	return CSTN_E_NOMEM;
}

void cstn__error_prefix(cstn_error **error, const char *format, ...)
{
	cstn_error *made;
	va_list args;

	if (!error || !*error || !(*error)->size)
		return;
	va_start(args, format);
	made = format_error((*error)->code, (*error)->message, format, args);
	va_end(args);
	if (!made)
		return; /* the shorter message is better than none */
	cstn_error_free(*error);
	*error = made;
}

cstn_status cstn__error_give(cstn_error **error, cstn_error *inner, cstn_status status)
{
	if (error)
		*error = inner;
	else
		cstn_error_free(inner);
	return status;
}

void cstn__error_append(cstn_error **error, const char *text)
{
	cstn_error *made = NULL;

	if (!error || !*error || !(*error)->size)
		return;
	(void)cstn__fail(&made, (*error)->code, "%s%s", (*error)->message, text);
	if (!made->size)
		return; /* the shorter message is better than none */
	cstn_error_free(*error);
	*error = made;
}

static cstn_status check_struct_size(
		uint32_t size, size_t first_size, const char *what, cstn_error **error)
{
	if (size < first_size)
		return cstn__fail(error, CSTN_E_STRUCT_SIZE,
				"%s: struct_size is %u, at least %zu expected", what,
				(unsigned int)size, first_size);
	if (size > STRUCT_SIZE_LIMIT)
		return cstn__fail(error, CSTN_E_STRUCT_SIZE,
				"%s: struct_size is %u, at most %d expected", what,
				(unsigned int)size, STRUCT_SIZE_LIMIT);
	return CSTN_OK;
}

cstn_status cstn__options_read(const void *given, size_t first_size, size_t known,
		uint32_t known_flags, const char *what, void *out, cstn_error **error)
{
	uint32_t size = (uint32_t)known, flags = 0;
	cstn_status status;

	if (given) {
		const uint8_t *bytes = given;

		memcpy(&size, given, sizeof(size));
		status = check_struct_size(size, first_size, what, error);
		if (status != CSTN_OK)
			return status;
		for (size_t i = known; i < size; i++)
			if (bytes[i])
				return cstn__fail(error, CSTN_E_STRUCT_TOO_NEW,
						"%s: byte %zu is set, but this library knows %zu "
						"bytes; use a newer library or leave it 0",
						what, i, known);
		memcpy(&flags, bytes + sizeof(size), sizeof(flags));
		if (flags & ~known_flags)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s: flags has unknown bits 0x%x", what,
					(unsigned int)(flags & ~known_flags));
	}
	memset(out, 0, known);
	if (given)
		memcpy(out, given, size < known ? size : known);
	size = (uint32_t)known;
	memcpy(out, &size, sizeof(size));
	return CSTN_OK;
}

cstn_status cstn__output_write(const void *full, size_t first_size, size_t known, const char *what,
		void *out, cstn_error **error)
{
	uint32_t size;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s: out is NULL", what);
	memcpy(&size, out, sizeof(size));
	status = check_struct_size(size, first_size, what, error);
	if (status != CSTN_OK)
		return status;
	memcpy(out, full, size < known ? size : known);
	if (size > known)
		memset((uint8_t *)out + known, 0, size - known);
	memcpy(out, &size, sizeof(size));
	return CSTN_OK;
}
