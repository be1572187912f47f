/* Calls that need nothing but their arguments, and the outcome that each crossing brings home.
 *
 * A failure is copied into the outcome at once and the library's error object freed, so that Go has
 * nothing to free for a message that fits; longer ones and rows go to the heap. A copy that finds
 * no memory loses words, never the status. */

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

const char **cstn_go_list_texts(const char *texts, size_t n)
{
	const char **list = calloc(n + 1, sizeof(char *));
	size_t i;

	for (i = 0; list != NULL && i < n; i++) {
		list[i] = texts;
		texts += strlen(texts) + 1;
	}
	return list;
}

static void keep_message(cstn_go_outcome *o, const char *text)
{
	size_t size = strlen(text);

	if (size > UINT32_MAX / 2)
		size = UINT32_MAX / 2;
	if (size > sizeof(o->message)) {
		o->text = malloc(size);
		if (o->text != NULL)
			memcpy(o->text, text, size);
		else
			size = sizeof(o->message);
	}
	if (o->text == NULL)
		memcpy(o->message, text, size);
	o->message_size = (uint32_t)size;
}

static size_t row_text_size(const cstn_row_errors *rows, size_t i)
{
	const char *value = cstn_row_errors_value(rows, i), *key = cstn_row_errors_key(rows, i);

	return strlen(cstn_row_errors_column(rows, i)) + (value == NULL ? 0 : strlen(value)) +
	       cstn_row_errors_copy_message(rows, i, NULL, 0) + (key == NULL ? 0 : strlen(key));
}

/* One block: head, rows, texts and a last byte for the terminator of the last message. */
static cstn_go_rows *copy_rows(const cstn_row_errors *errors)
{
	size_t count = cstn_row_errors_count(errors), size = 0, i;
	cstn_go_rows *out;
	char *text, *end;

	for (i = 0; i < count; i++)
		size += row_text_size(errors, i);
	out = malloc(sizeof(*out) + count * sizeof(cstn_go_row) + size + 1);
	if (out == NULL)
		return NULL;
	out->total = cstn_row_errors_total(errors);
	out->count = count;
	out->rows = (cstn_go_row *)(out + 1);
	text = (char *)(out->rows + count);
	end = text + size + 1;
	out->text = text;
	for (i = 0; i < count; i++) {
		const char *column = cstn_row_errors_column(errors, i);
		const char *value = cstn_row_errors_value(errors, i);
		const char *key = cstn_row_errors_key(errors, i);
		cstn_go_row *row = &out->rows[i];
		cstn_row_error raw = {0, -1, 0};

		if (cstn_row_errors_at(errors, i, &raw, NULL) != CSTN_OK) {
			out->count = i;
			break;
		}
		row->row = raw.row;
		row->field = raw.field;
		row->code = raw.code;
		row->column_size = (uint32_t)strlen(column);
		row->value_size = value == NULL ? -1 : (int64_t)strlen(value);
		memcpy(text, column, row->column_size);
		text += row->column_size;
		if (value != NULL) {
			memcpy(text, value, (size_t)row->value_size);
			text += row->value_size;
		}
		row->message_size = (uint32_t)cstn_row_errors_copy_message(
				errors, i, text, (size_t)(end - text));
		text += row->message_size;
		row->key_size = key == NULL ? 0 : (int64_t)strlen(key);
		if (key != NULL)
			memcpy(text, key, (size_t)row->key_size);
		text += row->key_size;
	}
	return out;
}

void cstn_go_finish(
		cstn_go_outcome *o, cstn_status status, cstn_error *error, cstn_row_errors *rows)
{
	o->status = status;
	if (error != NULL)
		keep_message(o, cstn_error_message(error));
	cstn_error_free(error);
	if (rows != NULL) {
		o->rows = copy_rows(rows);
		cstn_row_errors_free(rows);
	}
}

void cstn_go_read_rows(const cstn_row_errors *rows, cstn_go_outcome *o)
{
	if (rows != NULL && cstn_row_errors_total(rows) > 0)
		o->rows = copy_rows(rows);
}

void cstn_go_say(cstn_go_outcome *o, cstn_status status, const char *text)
{
	o->status = status;
	keep_message(o, text);
}

/* --- memory with a limit and a count ------------------------------------------------------------
 */

struct cstn_go_memory {
	cstn_allocator allocator;
	_Atomic int64_t live;
	_Atomic int64_t peak;
	_Atomic int64_t refs; /* blocks, and one for the Go handle */
	int64_t limit;        /* 0: none */
};

static void drop_ref(cstn_go_memory *m)
{
	if (atomic_fetch_sub(&m->refs, 1) == 1)
		free(m);
}

static int charge(cstn_go_memory *m, int64_t bytes)
{
	int64_t live = atomic_fetch_add(&m->live, bytes) + bytes, peak;

	if (m->limit > 0 && bytes > 0 && live > m->limit) {
		atomic_fetch_sub(&m->live, bytes);
		return 0;
	}
	peak = atomic_load(&m->peak);
	while (live > peak && !atomic_compare_exchange_weak(&m->peak, &peak, live))
		;
	return 1;
}

static void *memory_alloc(void *user, size_t size, size_t alignment)
{
	cstn_go_memory *m = user;
	void *block = NULL;

	if (size > INT64_MAX / 2 || !charge(m, (int64_t)size))
		return NULL;
	if (alignment <= _Alignof(max_align_t))
		block = malloc(size);
	else if (posix_memalign(&block, alignment, size) != 0)
		block = NULL;
	if (block == NULL)
		charge(m, -(int64_t)size);
	else
		atomic_fetch_add(&m->refs, 1);
	return block;
}

static void memory_free(void *user, void *memory, size_t size, size_t alignment)
{
	cstn_go_memory *m = user;

	(void)alignment;
	free(memory);
	charge(m, -(int64_t)size);
	drop_ref(m);
}

static void *memory_realloc(
		void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	void *block = memory_alloc(user, new_size, alignment);

	if (block == NULL)
		return NULL;
	memcpy(block, memory, old_size < new_size ? old_size : new_size);
	memory_free(user, memory, old_size, alignment);
	return block;
}

cstn_go_memory *cstn_go_memory_new(int64_t limit)
{
	cstn_go_memory *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->allocator.struct_size = sizeof(m->allocator);
	m->allocator.user = m;
	m->allocator.alloc = memory_alloc;
	m->allocator.realloc = memory_realloc;
	m->allocator.free = memory_free;
	m->limit = limit;
	atomic_init(&m->refs, 1);
	return m;
}

const cstn_allocator *cstn_go_memory_allocator(const cstn_go_memory *memory)
{
	return &memory->allocator;
}

void cstn_go_memory_read(
		const cstn_go_memory *memory, int64_t *live, int64_t *blocks, int64_t *peak)
{
	*live = atomic_load(&memory->live);
	*blocks = atomic_load(&memory->refs) - 1;
	*peak = atomic_load(&memory->peak);
}

void cstn_go_memory_unref(cstn_go_memory *memory)
{
	drop_ref(memory);
}

/* --- policies -----------------------------------------------------------------------------------
 */

static void describe_policy(cstn_go_policy_info *out, cstn_service_policy *policy)
{
	out->policy = policy;
	out->text = cstn_service_policy_format(policy, &out->text_size);
	cstn_service_policy_digest(policy, out->digest);
}

void cstn_go_policy_new(const char *changes, const cstn_allocator *allocator,
		cstn_go_policy_info *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_service_policy *policy = NULL;
	cstn_status status = cstn_service_policy_new(changes, allocator, &policy, &error);

	if (status == CSTN_OK)
		describe_policy(out, policy);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_policy_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_go_policy_info *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_service_policy *policy = NULL;
	cstn_status status = cstn_service_policy_parse(text, size, allocator, &policy, &error);

	if (status == CSTN_OK)
		describe_policy(out, policy);
	cstn_go_finish(o, status, error, NULL);
}

/* The result keeps its policy immutable; only the count of references changes. */
void cstn_go_policy_borrowed(const cstn_perfect_order_result *result, cstn_go_policy_info *out)
{
	const cstn_service_policy *policy = cstn_perfect_order_result_policy(result);

	describe_policy(out, cstn_service_policy_ref((cstn_service_policy *)(uintptr_t)policy));
}

void cstn_go_policy_get(const cstn_service_policy *policy, const char *key, const char **out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_get(policy, key, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_builder_new(const cstn_allocator *allocator, cstn_service_policy_builder **out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_builder_new(allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_builder_set(cstn_service_policy_builder *builder, const char *key, const char *value,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_builder_set(builder, key, value, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_builder_build(const cstn_service_policy_builder *builder, cstn_go_policy_info *out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_service_policy *policy = NULL;
	cstn_status status = cstn_service_policy_builder_build(builder, &policy, &error);

	if (status == CSTN_OK)
		describe_policy(out, policy);
	cstn_go_finish(o, status, error, NULL);
}

/* --- schemas, zones, calendars, times, decimals -------------------------------------------------
 */

void cstn_go_schema_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_schema **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_schema_parse(text, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_schema_format(const cstn_schema *schema, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_schema_format(schema, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_zone_fixed(int32_t seconds, const cstn_allocator *allocator, cstn_zone **out,
		uint8_t *digest, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_zone_fixed(seconds, allocator, out, &error);

	if (status == CSTN_OK)
		cstn_zone_digest(*out, digest);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_zone_parse(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_zone **out, uint8_t *digest, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_zone_parse_tzif(data, size, allocator, out, &error);

	if (status == CSTN_OK)
		cstn_zone_digest(*out, digest);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_zone_from_wall(
		const cstn_zone *zone, int64_t wall_us, int64_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_zone_from_wall(zone, wall_us, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_calendar_parse(const char *text, size_t size, const cstn_allocator *allocator,
		cstn_calendar **out, uint8_t *digest, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_calendar_parse(text, size, allocator, out, &error);

	if (status == CSTN_OK)
		cstn_calendar_digest(*out, digest);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_days_from_civil(
		int32_t year, int32_t month, int32_t day, int32_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_days_from_civil(year, month, day, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_time_parse(const char *text, size_t size, const char *form, int32_t zone_seconds,
		int64_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_time_parse(text, size, form, zone_seconds, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_decimal_parse(const char *text, size_t size, int32_t scale, uint8_t decimal_mark,
		uint8_t thousands_mark, int64_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_decimal_parse(
			text, size, scale, decimal_mark, thousands_mark, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_decimal_rescale(
		int64_t value, int32_t from, int32_t to, int64_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_decimal_rescale(value, from, to, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_decimal_multiply(
		int64_t a, int64_t b, int32_t drop_scale, int64_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_decimal_multiply(a, b, drop_scale, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_currency_scale(const char *code, int32_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_currency_scale(code, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_progress_new(const cstn_allocator *allocator, cstn_progress **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_progress_new(allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

/* --- rates --------------------------------------------------------------------------------------
 */

void cstn_go_rate_interval(int64_t numerator, int64_t denominator, int32_t confidence_ppm,
		cstn_rate *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_rate_interval(numerator, denominator, confidence_ppm, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_rate_difference(int64_t numerator_a, int64_t denominator_a, int64_t numerator_b,
		int64_t denominator_b, int32_t confidence_ppm, cstn_rate *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	out->struct_size = sizeof(*out);
	status = cstn_rate_difference(numerator_a, denominator_a, numerator_b, denominator_b,
			confidence_ppm, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_quantile(const double *values, size_t n, int32_t probability_ppm, int32_t type,
		double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_quantile(values, n, probability_ppm, type, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_value_tiles(const int64_t *values, const int64_t *ids, size_t n, int32_t tiles,
		int32_t *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_value_tiles(values, ids, n, tiles, out, &error);

	cstn_go_finish(o, status, error, NULL);
}
