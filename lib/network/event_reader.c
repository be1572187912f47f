/* What reading and writing events has in common in all formats: reports, times, ids, the rest.
 *
 * An event of JSON is checked by its format, which tells each fault by a JSON pointer, and then
 * filled into a struct whose texts are the tree's or the reader's arena's. Ids are at most 64 bytes
 * in a network, those of EPCIS may be longer: then the SHA-256 stands for them, and the whole text
 * is kept beside it. Cost: one pass over the event. */
#include "network/event_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/text.h"
#include "network/event_code.h"

#define FIELDS_MAX 1024
#define DEFAULT_BYTES (INT64_C(64) << 20)
#define BYTES_MAX (INT64_C(1) << 30)
#define DEFAULT_DEPTH 64
#define WHOLE_MAX 9007199254740992.0 /* 2^53: doubles below hold every whole number */

/* --- report ----------------------------------------------------------------------------------- */

static void add_entry(cstn__event_report *report, const cstn__json_path *path, int32_t code,
		const char *text, size_t len)
{
	uint32_t field = cstn__interner_find(&report->fields, path->text, strlen(path->text));
	cstn_status status;

	report->found++;
	if (report->first[0] == '\0') {
		report->first_row = report->row;
		(void)snprintf(report->first, sizeof(report->first), "%s: %s%.*s%s%s", path->text,
				text ? "'" : "", text ? (int)cstn__utf8_cut(text, len, 64) : 0,
				text ? text : "", text ? "' " : "", cstn__row_code_rule(code));
	}
	if (field == UINT32_MAX && report->fields.count < FIELDS_MAX) {
		field = cstn__intern(&report->fields, path->text, strlen(path->text));
		if (field == UINT32_MAX)
			report->no_memory = 1;
	}
	if (field == UINT32_MAX)
		status = cstn__row_sink_add(report->sink, report->row, -1, NULL, code, path->text,
				strlen(path->text));
	else
		status = cstn__row_sink_add(report->sink, report->row, (int32_t)field, path->text,
				code, text, len);
	if (status != CSTN_OK)
		report->no_memory = 1;
}

void cstn__event_report_add(cstn__event_report *report, const cstn__json_path *path, int32_t code,
		const json_t *value)
{
	cstn__bytes bytes;

	if (json_is_string(value)) {
		add_entry(report, path, code, json_string_value(value), json_string_length(value));
		return;
	}
	if (!value || json_is_object(value) || json_is_array(value)) {
		add_entry(report, path, code, NULL, 0);
		return;
	}
	cstn__bytes_init(&bytes, &report->fields.arena.allocator);
	cstn__json_put(&bytes, value, -1);
	if (bytes.failed)
		report->no_memory = 1;
	else
		add_entry(report, path, code, (const char *)bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
}

void cstn__event_tell(
		cstn__event_reader *reader, const char *name, int32_t code, const json_t *value)
{
	size_t len = cstn__json_path_name(&reader->path, name);

	cstn__event_report_add(&reader->report, &reader->path, code, value);
	cstn__json_path_cut(&reader->path, len);
}

/* --- reader ----------------------------------------------------------------------------------- */

static cstn_status check_options(cstn_event_json_options *options, cstn_error **error)
{
	if (options->reserved0 != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"reserved0 of cstn_event_json_options is %d, 0 expected",
				options->reserved0);
	if (options->max_bytes < 0 || options->max_bytes > BYTES_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"max_bytes is %lld, 0..%lld expected",
				(long long)options->max_bytes, (long long)BYTES_MAX);
	if (options->max_depth < 0 || options->max_depth > CSTN__JSON_DEPTH_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "max_depth is %d, 0..%d expected",
				options->max_depth, CSTN__JSON_DEPTH_MAX);
	if (options->id_prefix &&
			(!strchr(options->id_prefix, ':') ||
					!cstn__utf8_is_valid((const uint8_t *)options->id_prefix,
							strlen(options->id_prefix))))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"id_prefix '%.64s' is no URI in UTF-8", options->id_prefix);
	if (options->source_partner &&
			!cstn__utf8_is_valid((const uint8_t *)options->source_partner,
					strlen(options->source_partner)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "source_partner is not UTF-8");
	if (options->max_bytes == 0)
		options->max_bytes = DEFAULT_BYTES;
	if (options->max_depth == 0)
		options->max_depth = DEFAULT_DEPTH;
	return CSTN_OK;
}

cstn_status cstn__event_options_read(const cstn_event_json_options *given,
		cstn_event_json_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out),
			CSTN_EVENT_JSON_ALL_OR_NOTHING | CSTN_EVENT_JSON_INDENT,
			"cstn_event_json_options", out, error);

	return status == CSTN_OK ? check_options(out, error) : status;
}

cstn_status cstn__event_reader_init(cstn__event_reader *reader,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_error **error)
{
	cstn_status status;

	memset(reader, 0, sizeof(*reader));
	reader->allocator = *allocator;
	cstn__arena_init(&reader->arena, allocator);
	cstn__interner_init(&reader->report.fields, allocator, 0);
	cstn__interner_init(&reader->correctives, allocator, 1);
	(void)cstn__time_form_compile(NULL, &reader->iso);
	reader->recorded_us = options->recorded_us ? options->recorded_us : CSTN_TIME_NULL;
	if (options->id_prefix && *options->id_prefix) {
		reader->id_prefix.text = options->id_prefix;
		reader->id_prefix.len = strlen(options->id_prefix);
	}
	if (options->source_partner && *options->source_partner) {
		reader->source_partner.text = options->source_partner;
		reader->source_partner.len = strlen(options->source_partner);
	}
	status = cstn__row_sink_new(allocator, &reader->report.sink, error);
	if (status != CSTN_OK)
		cstn__event_reader_free(reader);
	return status;
}

void cstn__event_reader_free(cstn__event_reader *reader)
{
	cstn__arena_free(&reader->arena);
	cstn__interner_free(&reader->report.fields);
	cstn__interner_free(&reader->correctives);
	cstn__array_free(&reader->allocator, &reader->corrected);
	cstn__row_sink_free(reader->report.sink);
	reader->report.sink = NULL;
}

int cstn__event_read(cstn__event_reader *reader, const cstn__event_format *format,
		const json_t *json, cstn__event *event)
{
	char digest[CSTN__EVENT_ID_MAX];
	const char *copy;
	int good;

	cstn__arena_free(&reader->arena);
	cstn__arena_init(&reader->arena, &reader->allocator);
	cstn__json_path_cut(&reader->path, 0);
	reader->report.found = 0;
	cstn__event_clear(event);
	good = format->read(reader, json, event);
	if (reader->report.no_memory)
		return -1;
	if (good <= 0)
		return good;
	if (event->recorded_us == CSTN_TIME_NULL)
		event->recorded_us = reader->recorded_us;
	event->texts[CSTN__MEMBER_SOURCE] = reader->source_partner;
	if (event->texts[CSTN__MEMBER_ID].text)
		return 1;
	if (cstn__event_digest(event, &reader->allocator, digest))
		return -1;
	copy = cstn__arena_copy(&reader->arena, digest, sizeof(digest));
	if (!copy)
		return -1;
	cstn__event_set(event, CSTN__MEMBER_ID, copy, sizeof(digest));
	return 1;
}

/* --- values ----------------------------------------------------------------------------------- */

int cstn__event_offset(const char *text, size_t len, int32_t *minutes)
{
	int32_t hours, rest;

	if (len != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return -1;
	if (text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9' || text[4] < '0' ||
			text[4] > '5' || text[5] < '0' || text[5] > '9')
		return -1;
	hours = (text[1] - '0') * 10 + text[2] - '0';
	rest = (text[4] - '0') * 10 + text[5] - '0';
	if (hours * 60 + rest > 14 * 60)
		return -1;
	*minutes = text[0] == '-' ? -(hours * 60 + rest) : hours * 60 + rest;
	return 0;
}

int32_t cstn__event_time(const cstn__event_reader *reader, const char *text, size_t len,
		int64_t *us, int32_t *offset_minutes)
{
	char plain[40];
	size_t zone, digits;

	/* YYYY-MM-DDThh:mm:ss, a fraction, then Z or +hh:mm */
	if (len < 20 || text[10] != 'T' || memchr(text, 0, len))
		return CSTN_ROW_TIME;
	zone = text[len - 1] == 'Z' ? len - 1 : len - 6;
	*offset_minutes = 0;
	if (zone < 19 || (zone == len - 6 && cstn__event_offset(text + zone, 6, offset_minutes)))
		return CSTN_ROW_TIME;
	digits = zone;
	if (zone > 26 && text[19] == '.') /* zeros past the microsecond say nothing */
		while (digits > 26 && text[digits - 1] == '0')
			digits--;
	if (digits > 26) {
		for (; digits > 20; digits--)
			if (text[digits - 1] < '0' || text[digits - 1] > '9')
				return CSTN_ROW_TIME;
		return text[19] == '.' ? CSTN_ROW_PRECISION : CSTN_ROW_TIME;
	}
	memcpy(plain, text, digits);
	memcpy(plain + digits, text + zone, len - zone);
	if (cstn__time_form_read(&reader->iso, plain, digits + len - zone, us) != 0)
		return CSTN_ROW_TIME;
	return 0;
}

/* The digits and decimals of a double as it is written shortest: 2.5e-3 is 25 and 4. -1: too many.
 */
static int read_decimals(double real, int64_t *value, int32_t *decimals)
{
	char text[32];
	size_t i, len = cstn__format_double(real, text);
	int32_t exponent = 0, point = 0, sign = 1;
	int64_t digits = 0;

	for (i = 0, *decimals = 0; i < len && text[i] != 'e'; i++) {
		if (text[i] == '.') {
			point = 1;
			continue;
		}
		if (text[i] < '0' || text[i] > '9' || cstn__multiply_i64(digits, 10, &digits))
			return -1;
		digits += text[i] - '0';
		*decimals += point;
	}
	for (i++; i < len; i++) {
		if (text[i] == '-')
			sign = -1;
		else if (text[i] != '+')
			exponent = exponent * 10 + (text[i] - '0');
	}
	*decimals -= sign * exponent;
	for (; *decimals > 0 && digits % 10 == 0; --*decimals)
		digits /= 10;
	for (; *decimals < 0; ++*decimals)
		if (cstn__multiply_i64(digits, 10, &digits))
			return -1;
	*value = digits;
	return *decimals <= CSTN__EVENT_EXPONENT_MAX ? 0 : -1;
}

void cstn__event_set_quantity(cstn__event *event, const json_t *number)
{
	int64_t value = CSTN__EVENT_NO_QUANTITY;
	int32_t decimals = 0;
	double real;

	if (json_is_integer(number)) {
		value = (int64_t)json_integer_value(number);
	} else if (json_is_real(number)) {
		real = json_real_value(number);
		if (!(real >= 0 && real < WHOLE_MAX) || read_decimals(real, &value, &decimals))
			return;
	}
	if (value < 0)
		return;
	event->quantity = value;
	event->quantity_exponent = decimals;
}

static int has_prefix(const cstn__event_reader *reader, const char *text, size_t len)
{
	return reader->id_prefix.text && len > reader->id_prefix.len &&
	       memcmp(text, reader->id_prefix.text, reader->id_prefix.len) == 0;
}

void cstn__event_set_own(cstn__event_reader *reader, cstn__event *event,
		enum cstn__event_member column, const char *text, size_t len)
{
	size_t skip = has_prefix(reader, text, len) ? reader->id_prefix.len : 0;

	cstn__event_set(event, column, text + skip, len - skip);
}

void cstn__event_set_subject(
		cstn__event_reader *reader, cstn__event *event, const char *text, size_t len)
{
	const char *kind = cstn__epc_kind(text, len);
	const size_t urn = strlen(CSTN__CONTAINER_URN);

	if (len > urn && memcmp(text, CSTN__CONTAINER_URN, urn) == 0 &&
			cstn__is_container(text + urn, len - urn)) {
		text += urn;
		len -= urn;
	} else if (has_prefix(reader, text, len)) {
		const char *said;

		text += reader->id_prefix.len;
		len -= reader->id_prefix.len;
		said = cstn__subject_kind_of(text, len);
		if (said) {
			kind = said;
			text += strlen(said) + 1;
			len -= strlen(said) + 1;
		}
	}
	cstn__event_set(event, CSTN__MEMBER_SUBJECT, text, len);
	cstn__event_set(event, CSTN__MEMBER_SUBJECT_KIND, kind, strlen(kind));
}

int cstn__event_set_id(cstn__event_reader *reader, cstn__event *event,
		enum cstn__event_member column, const char *text, size_t len, int *is_digest)
{
	char digest[CSTN__EVENT_ID_MAX];
	const char *copy;

	*is_digest = 0;
	if (has_prefix(reader, text, len)) {
		text += reader->id_prefix.len;
		len -= reader->id_prefix.len;
	}
	if (len <= CSTN__EVENT_ID_MAX) {
		cstn__event_set(event, column, text, len);
		return 0;
	}
	cstn__event_text_digest(text, len, digest);
	copy = cstn__arena_copy(&reader->arena, digest, sizeof(digest));
	if (!copy)
		return -1;
	cstn__event_set(event, column, copy, sizeof(digest));
	*is_digest = 1;
	return 0;
}

int cstn__event_rest(cstn__event_reader *reader, const json_t *object,
		int (*skip)(const void *context, const char *name), const void *context,
		const json_t *added_context, cstn__event_text *out)
{
	cstn__bytes bytes;
	const char *name;
	json_t *member;
	int failed = 0;

	cstn__bytes_init(&bytes, &reader->allocator);
	cstn__bytes_put_u8(&bytes, '{');
	if (added_context && json_array_size(added_context) > 0) {
		cstn__json_put_name(&bytes, "@context");
		cstn__json_put(&bytes, added_context, -1);
	}
	json_object_foreach((json_t *)(uintptr_t)object, name, member)
	{
		if (skip(context, name))
			continue;
		cstn__json_put_name(&bytes, name);
		cstn__json_put(&bytes, member, -1);
	}
	cstn__bytes_put_u8(&bytes, '}');
	if (bytes.failed) {
		failed = -1;
	} else if (bytes.size > 2) {
		out->text = cstn__arena_copy(&reader->arena, bytes.data, bytes.size);
		out->len = bytes.size;
		failed = out->text ? 0 : -1;
	}
	cstn__bytes_free(&bytes);
	return failed;
}

/* --- writing ---------------------------------------------------------------------------------- */

void cstn__event_put_time(cstn__bytes *bytes, const char *name, int64_t us, int32_t offset_minutes)
{
	int32_t offset = offset_minutes == CSTN__EVENT_NO_OFFSET ? 0 : offset_minutes;
	int32_t size = offset < 0 ? -offset : offset;
	char text[64];
	int64_t wall;
	size_t len;

	if (cstn__add_i64(us, (int64_t)offset * 60000000, &wall)) {
		wall = us;
		offset = 0;
	}
	len = cstn_time_format(wall, text, sizeof(text) - 8);
	if (offset_minutes != CSTN__EVENT_NO_OFFSET && len > 0)
		len += (size_t)snprintf(text + len - 1, 8, "%c%02d:%02d", offset < 0 ? '-' : '+',
				       size / 60, size % 60) -
		       1;
	cstn__json_put_member(bytes, name, text, len);
}

void cstn__event_put_uri(cstn__bytes *bytes, const cstn__event_text *text, const char *kind,
		const cstn__event_text *id_prefix)
{
	cstn__bytes joined;

	if (!id_prefix->text || memchr(text->text, ':', text->len)) {
		cstn__json_put_text(bytes, text->text, text->len);
		return;
	}
	cstn__bytes_init(&joined, &bytes->allocator);
	cstn__bytes_put(&joined, id_prefix->text, id_prefix->len);
	if (kind) {
		cstn__bytes_put_text(&joined, kind);
		cstn__bytes_put_u8(&joined, '/');
	}
	cstn__bytes_put(&joined, text->text, text->len);
	if (joined.failed)
		bytes->failed = 1;
	else
		cstn__json_put_text(bytes, (const char *)joined.data, joined.size);
	cstn__bytes_free(&joined);
}

int cstn__event_is_digest(const cstn__event_text *id)
{
	size_t i;

	if (!id->text || id->len != CSTN__EVENT_ID_MAX)
		return 0;
	for (i = 0; i < id->len; i++)
		if (!((id->text[i] >= '0' && id->text[i] <= '9') ||
				    (id->text[i] >= 'a' && id->text[i] <= 'f')))
			return 0;
	return 1;
}
