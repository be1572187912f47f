/* A ledger as bytes, and back: the configuration, authors by their bytes, groups and late forecasts
 * in their order. Bytes that come back are not trusted. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/sort.h"
#include "demand/ledger.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "ledger of value added", CSTN__KIND_VALUE_ADDED, 1};

#define ALL (CSTN_VALUE_ADDED_BY_LAG | CSTN_VALUE_ADDED_BY_SIZE | CSTN_VALUE_ADDED_BY_AUTHOR)

static int group_order(const void *left, const void *right, void *context)
{
	return cstn__ledger_order(context, *(cstn__ledger_group *const *)left,
			*(cstn__ledger_group *const *)right, ALL);
}

static void put_config(const cstn_value_added *s, cstn__bytes *out)
{
	size_t i;

	cstn__bytes_put_u32(out, (uint32_t)s->loss);
	cstn__bytes_put_u32(out, (uint32_t)s->confidence_ppm);
	cstn__bytes_put_f64(out, s->under_minor);
	cstn__bytes_put_f64(out, s->over_minor);
	cstn__bytes_put_u32(out, (uint32_t)s->n_steps);
	for (i = 0; i < s->n_steps; i++)
		cstn__bytes_put_block(out, s->steps[i], strlen(s->steps[i]));
	cstn__bytes_put_u32(out, (uint32_t)s->n_sizes);
	for (i = 0; i < s->n_sizes; i++)
		cstn__bytes_put_u32(out, (uint32_t)s->sizes[i]);
}

static void put_group(const cstn_value_added *s, cstn__bytes *out, const cstn__ledger_group *g)
{
	const struct cstn__interned *author = &s->authors.items[g->author];
	int k;

	cstn__bytes_put_u32(out, (uint32_t)g->step);
	cstn__bytes_put_u32(out, (uint32_t)g->lag);
	cstn__bytes_put_u32(out, (uint32_t)g->size);
	cstn__bytes_put_block(out, author->text, author->len);
	cstn__bytes_put_u64(out, (uint64_t)g->cells);
	cstn__bytes_put_u64(out, (uint64_t)g->paired);
	cstn__bytes_put_u64(out, (uint64_t)g->improved);
	cstn__bytes_put_u64(out, (uint64_t)g->worsened);
	for (k = 0; k < CSTN__LEDGER_SUMS; k++)
		cstn__exact_sum_put(out, &g->sum[k]);
}

static void put_late(const cstn_value_added *s, cstn__bytes *out, const cstn__ledger_late *late)
{
	if (s->keys.type == CSTN_TYPE_TEXT)
		cstn__bytes_put_block(out, s->keys.texts.items[late->key].text,
				s->keys.texts.items[late->key].len);
	else
		cstn__bytes_put_u64(out, (uint64_t)cstn__ids_number(&s->keys, late->key));
	cstn__bytes_put_u64(out, (uint64_t)late->ds);
	cstn__bytes_put_u32(out, (uint32_t)late->lag);
	cstn__bytes_put_u32(out, (uint32_t)late->step);
	cstn__bytes_put_u64(out, (uint64_t)late->available_us);
	cstn__bytes_put_u64(out, (uint64_t)late->cut_us);
}

cstn_status cstn_value_added_serialize(
		const cstn_value_added *s, cstn_buffer **out, cstn_error **error)
{
	cstn__ledger_group **groups;
	cstn__ledger_late *late;
	size_t groups_size, late_size, config, i, n = 0;
	cstn__bytes body;
	cstn_status status;

	if (!s || !out)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", s ? "out" : "state");
	groups_size = cstn__array_size(s->groups.count, sizeof(*groups));
	late_size = cstn__array_size(s->late.count, sizeof(*late));
	groups = cstn__alloc(&s->allocator, groups_size);
	late = cstn__alloc(&s->allocator, late_size);
	if (!groups || !late) {
		cstn__free(&s->allocator, groups, groups_size);
		cstn__free(&s->allocator, late, late_size);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < s->groups.count; i++)
		if (s->groups.items[i].cells)
			groups[n++] = &s->groups.items[i];
	cstn__sort(groups, n, sizeof(*groups), group_order, (void *)(uintptr_t)s);
	if (late_size)
		memcpy(late, s->late.items, late_size);
	cstn__ledger_sort_late(s, late, s->late.count);
	cstn__bytes_init(&body, &s->allocator);
	put_config(s, &body);
	config = body.size;
	cstn__bytes_put_u32(&body, (uint32_t)s->ds_type);
	cstn__bytes_put_u32(&body, s->ds_type ? (uint32_t)s->keys.type : 0);
	cstn__bytes_put_u64(&body, n);
	for (i = 0; i < n; i++)
		put_group(s, &body, groups[i]);
	cstn__bytes_put_u64(&body, s->late.count);
	for (i = 0; i < s->late.count; i++)
		put_late(s, &body, &late[i]);
	cstn__free(&s->allocator, groups, groups_size);
	cstn__free(&s->allocator, late, late_size);
	status = cstn__envelope_close(&envelope, &body, config, out, error);
	return status;
}

/* --- back ------------------------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "ledger of value added: %s", what);
}

static cstn_status read_config(const cstn__opened *from, cstn__reader *in, cstn_value_added **out,
		cstn_error **error)
{
	cstn_value_added_config config = CSTN_VALUE_ADDED_CONFIG_INIT;
	const char *steps[CSTN_VALUE_ADDED_STEPS_MOST];
	int32_t sizes[CSTN_VALUE_ADDED_STEPS_MOST];
	cstn__arena names;
	cstn_error *reason = NULL;
	cstn_status status = CSTN_OK;
	uint32_t i;

	cstn__arena_init(&names, &from->allocator);
	config.loss = (int32_t)cstn__read_u32(in);
	config.confidence_ppm = (int32_t)cstn__read_u32(in);
	config.under_minor = cstn__read_f64(in);
	config.over_minor = cstn__read_f64(in);
	config.n_steps = cstn__read_u32(in);
	config.steps = steps;
	for (i = 0; i < config.n_steps && i < CSTN_VALUE_ADDED_STEPS_MOST && !in->failed; i++) {
		size_t len;
		const uint8_t *text = cstn__read_block(in, &len);

		steps[i] = text ? cstn__arena_copy(&names, text, len) : NULL;
		if (text && !steps[i])
			status = cstn__fail_nomem(error);
		if (text && memchr(text, 0, len))
			in->failed = 1;
	}
	config.n_sizes = cstn__read_u32(in);
	config.sizes_ppm = sizes;
	for (i = 0; i < config.n_sizes && i < CSTN_VALUE_ADDED_STEPS_MOST; i++)
		sizes[i] = (int32_t)cstn__read_u32(in);
	if (status == CSTN_OK && (in->failed || !config.loss || !config.confidence_ppm))
		status = corrupt(error, "its configuration cannot be");
	if (status == CSTN_OK) {
		status = cstn_value_added_new(&config, &from->allocator, out, &reason);
		if (status == CSTN_E_INVALID_ARGUMENT)
			status = corrupt(error, cstn_error_message(reason));
		else if (status != CSTN_OK)
			status = cstn__fail_nomem(error);
		cstn_error_free(reason);
	}
	cstn__arena_free(&names);
	return status;
}

static int is_right(const cstn_value_added *s, const cstn__ledger_group *g)
{
	int32_t most = (int32_t)s->n_sizes + 1;
	int k;

	if (g->step < 0 || (size_t)g->step >= s->n_steps || g->size < -most || g->size > most)
		return 0;
	/* so many that no sum leaves int64 */
	if (g->cells <= 0 || g->cells > INT64_MAX >> 24 || g->paired < 0 || g->paired > g->cells ||
			g->improved < 0 || g->worsened < 0 || g->improved > g->paired - g->worsened)
		return 0;
	for (k = 0; k < CSTN__LEDGER_SUMS; k++) {
		double value = cstn__exact_sum_value(&g->sum[k]);

		if (!isfinite(value))
			return 0;
		if (value < 0 && (k == CSTN__LEDGER_LOSS || k == CSTN__LEDGER_BEFORE ||
						 k == CSTN__LEDGER_AFTER))
			return 0;
	}
	return 1;
}

static cstn_status read_group(cstn_value_added *s, cstn__reader *in, cstn_error **error)
{
	cstn__ledger_group g, *to;
	const uint8_t *author;
	size_t len, before = s->groups.count;
	uint32_t number;
	int k, failed = 0;

	g.step = (int32_t)cstn__read_u32(in);
	g.lag = (int32_t)cstn__read_u32(in);
	g.size = (int32_t)cstn__read_u32(in);
	author = cstn__read_block(in, &len);
	g.cells = (int64_t)cstn__read_u64(in);
	g.paired = (int64_t)cstn__read_u64(in);
	g.improved = (int64_t)cstn__read_u64(in);
	g.worsened = (int64_t)cstn__read_u64(in);
	for (k = 0; k < CSTN__LEDGER_SUMS && !in->failed && !failed; k++)
		failed = cstn__exact_sum_read(in, &g.sum[k]);
	if (in->failed || failed || memchr(author, 0, len) || !is_right(s, &g))
		return corrupt(error, "a group that cannot be");
	number = cstn__intern(&s->authors, (const char *)author, len);
	to = number == UINT32_MAX ? NULL : cstn__ledger_group_of(s, g.step, g.lag, g.size, number);
	if (!to)
		return cstn__fail_nomem(error);
	g.author = number;
	*to = g;
	if (s->groups.count == before || (before && cstn__ledger_order(s, to - 1, to, ALL) >= 0))
		return corrupt(error, "groups are not in order");
	return CSTN_OK;
}

static cstn_status read_late(cstn_value_added *s, cstn__reader *in, cstn_error **error)
{
	cstn__ledger_late late = {0, 0, 0, CSTN__IDS_NONE, 0, 0, 0};
	const uint8_t *text = NULL;
	int64_t id = 0;
	size_t len = 0;

	if (s->keys.type == CSTN_TYPE_TEXT)
		text = cstn__read_block(in, &len);
	else
		id = (int64_t)cstn__read_u64(in);
	late.ds = (int64_t)cstn__read_u64(in);
	late.lag = (int32_t)cstn__read_u32(in);
	late.step = (int32_t)cstn__read_u32(in);
	late.available_us = (int64_t)cstn__read_u64(in);
	late.cut_us = (int64_t)cstn__read_u64(in);
	if (in->failed || late.step < 0 || (size_t)late.step >= s->n_steps ||
			late.available_us <= late.cut_us ||
			(s->keys.type == CSTN_TYPE_TEXT && (!len || len > CSTN__IDS_TEXT_MOST)) ||
			(s->ds_type == CSTN_TYPE_DAYS && late.ds != (int32_t)late.ds))
		return corrupt(error, "a late forecast that cannot be");
	late.key = text ? cstn__ids_of_text(&s->keys, (const char *)text, len)
			: cstn__ids_of_i64(&s->keys, id);
	if (late.key == CSTN__IDS_NONE || cstn__array_reserve(&s->allocator, &s->late, 1))
		return cstn__fail_nomem(error);
	s->late.items[s->late.count++] = late;
	return CSTN_OK;
}

static cstn_status read_body(cstn_value_added *s, cstn__reader *in, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	uint64_t n, i;

	s->ds_type = (int32_t)cstn__read_u32(in);
	s->keys.type = (int32_t)cstn__read_u32(in);
	if (s->ds_type ? (s->ds_type != CSTN_TYPE_INT64 && s->ds_type != CSTN_TYPE_DAYS &&
					 s->ds_type != CSTN_TYPE_TIME) ||
							(s->keys.type != CSTN_TYPE_INT64 &&
									s->keys.type != CSTN_TYPE_TEXT)
		       : s->keys.type != 0)
		return corrupt(error, "types of ids and ds that cannot be");
	n = cstn__read_u64(in);
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_group(s, in, error);
	n = status == CSTN_OK ? cstn__read_u64(in) : 0;
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_late(s, in, error);
	if (status == CSTN_OK && (in->failed || in->position != in->size ||
						 (!s->ds_type && (s->groups.count || n))))
		status = corrupt(error, "they have a length that cannot be");
	return status;
}

cstn_status cstn_value_added_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_added **out, cstn_error **error)
{
	cstn_value_added *s = NULL;
	cstn__opened from;
	cstn__reader in;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	in = from.body;
	status = read_config(&from, &in, &s, error);
	if (status == CSTN_OK)
		status = cstn__envelope_check(
				&envelope, &from.body, from.digest, in.position, error);
	if (status == CSTN_OK)
		status = read_body(s, &in, error);
	if (status == CSTN_OK)
		*out = s;
	else
		cstn_value_added_free(s);
	return status;
}
