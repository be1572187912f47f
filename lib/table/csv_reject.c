/* What the CSV reader left out, with the raw rows, so that they can be mended and read again.
 *
 * Rejects arrive in file order from one thread. The first 65,536 are kept; raw rows are cut at
 * 1 MiB and kept up to 64 MiB in all, so that a file of nothing but bad rows cannot fill the
 * memory. Raw bytes that are not UTF-8 are shown as U+FFFD, because the column is text. Cost: one
 * copy of the raw row. */
#include "table/csv_reject.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "table/export.h"

#define REASON_VALUE_MAX 64

cstn_status cstn__csv_rejects_init(
		cstn__csv_rejects *rejects, const cstn_allocator *allocator, cstn_error **error)
{
	memset(rejects, 0, sizeof(*rejects));
	rejects->allocator = *allocator;
	cstn__arena_init(&rejects->arena, allocator);
	return cstn__row_sink_new(allocator, &rejects->sink, error);
}

void cstn__csv_rejects_free(cstn__csv_rejects *rejects)
{
	cstn__row_sink_free(rejects->sink);
	cstn__array_free(&rejects->allocator, &rejects->items);
	cstn__arena_free(&rejects->arena);
}

static size_t sequence_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xe0)
		return 2;
	return lead < 0xf0 ? 3 : 4;
}

/* A copy in which bytes that are not UTF-8 became U+FFFD. */
static char *copy_as_utf8(cstn__arena *arena, const char *text, size_t len, size_t *out_len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t i, n = 0;
	char *copy;

	if (cstn__utf8_is_valid(bytes, len)) {
		*out_len = len;
		return cstn__arena_copy(arena, text, len);
	}
	copy = cstn__arena_alloc(arena, len * 3 + 1);
	if (copy == NULL)
		return NULL;
	for (i = 0; i < len;) {
		size_t size = sequence_length(bytes[i]);

		if (size <= len - i && cstn__utf8_is_valid(bytes + i, size)) {
			memcpy(copy + n, bytes + i, size);
			n += size;
			i += size;
		} else {
			memcpy(copy + n, "\xef\xbf\xbd", 3);
			n += 3;
			i++;
		}
	}
	copy[n] = '\0';
	*out_len = n;
	return copy;
}

static cstn_status keep_raw(cstn__csv_rejects *rejects, cstn__csv_reject *reject)
{
	size_t len = reject->raw_len;

	if (reject->raw == NULL)
		return CSTN_OK;
	if (reject->line == rejects->last_line) {
		reject->raw = rejects->last_raw;
		reject->raw_len = rejects->last_raw_len;
		return CSTN_OK;
	}
	if (len > CSTN__CSV_RAW_ROW_MAX)
		len = cstn__utf8_cut(reject->raw, len, CSTN__CSV_RAW_ROW_MAX);
	rejects->last_line = reject->line;
	rejects->last_raw = NULL;
	rejects->last_raw_len = 0;
	if (len > CSTN__CSV_RAW_MAX - rejects->raw_bytes) {
		reject->raw = NULL;
		return CSTN_OK;
	}
	rejects->raw_bytes += len;
	reject->raw = copy_as_utf8(&rejects->arena, reject->raw, len, &reject->raw_len);
	if (reject->raw == NULL)
		return CSTN_E_NOMEM;
	rejects->last_raw = reject->raw;
	rejects->last_raw_len = reject->raw_len;
	return CSTN_OK;
}

/* "'N/A' is no number", or NULL when there is no value worth showing. */
static const char *value_reason(
		char *buffer, size_t size, int32_t code, const uint8_t *value, size_t len)
{
	if (len > REASON_VALUE_MAX)
		len = cstn__utf8_cut((const char *)value, len, REASON_VALUE_MAX);
	if (len == 0 || memchr(value, 0, len) != NULL || !cstn__utf8_is_valid(value, len))
		return NULL;
	snprintf(buffer, size, "'%.*s' %s", (int)len, (const char *)value,
			cstn__row_code_rule(code));
	return buffer;
}

cstn_status cstn__csv_rejects_add(cstn__csv_rejects *rejects, const cstn__csv_reject *reject,
		const uint8_t *value, size_t value_len)
{
	cstn__csv_reject kept = *reject;
	char reason[256];
	cstn_status status;

	status = cstn__row_sink_add(rejects->sink, kept.line, kept.field,
			kept.column != NULL ? kept.column : "", kept.code, (const char *)value,
			value_len);
	if (status != CSTN_OK || rejects->items.count >= CSTN__CSV_REJECTS_KEPT)
		return status;
	if (cstn__array_reserve(&rejects->allocator, &rejects->items, 1) != 0)
		return CSTN_E_NOMEM;
	status = keep_raw(rejects, &kept);
	if (status != CSTN_OK)
		return status;
	if (kept.reason == NULL)
		kept.reason = value_reason(reason, sizeof(reason), kept.code, value, value_len);
	if (kept.reason != NULL) {
		kept.reason_len = strlen(kept.reason);
		kept.reason = cstn__arena_copy(&rejects->arena, kept.reason, kept.reason_len);
		if (kept.reason == NULL)
			return CSTN_E_NOMEM;
	}
	rejects->items.items[rejects->items.count++] = kept;
	return CSTN_OK;
}

cstn_status cstn__csv_rejects_export(
		const cstn__csv_rejects *rejects, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	int32_t line, column, reason, raw;
	cstn_status status;
	size_t i;

	status = cstn__table_builder_new(&rejects->allocator, &table, error);
	if (status != CSTN_OK)
		return status;
	line = cstn__table_add_column(table, "line", CSTN_TYPE_INT64, 0, 0);
	column = cstn__table_add_column(table, "column", CSTN_TYPE_TEXT, 0, 1);
	reason = cstn__table_add_column(table, "reason", CSTN_TYPE_TEXT, 0, 0);
	raw = cstn__table_add_column(table, "raw", CSTN_TYPE_TEXT, 0, 1);
	if (line < 0 || column < 0 || reason < 0 || raw < 0) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < rejects->items.count; i++) {
		const cstn__csv_reject *reject = rejects->items.items + i;
		const char *why = reject->reason;
		size_t why_len = reject->reason_len;

		if (why == NULL) {
			why = cstn__row_code_rule(reject->code);
			why_len = strlen(why);
		}
		cstn__table_put_i64(table, line, (int64_t)reject->line);
		if (reject->column != NULL)
			cstn__table_put_text(table, column, reject->column, strlen(reject->column));
		else
			cstn__table_put_null(table, column);
		cstn__table_put_text(table, reason, why, why_len);
		if (reject->raw != NULL)
			cstn__table_put_text(table, raw, reject->raw, reject->raw_len);
		else
			cstn__table_put_null(table, raw);
	}
	return cstn__table_export(table, out, error);
}
