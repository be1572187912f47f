/* Series added up to a level: those whose labels are alike become one, their actuals, forecasts and
 * histories summed by period in the order of their first rows. A sum of some of its series only
 * would mislead, so that all of them must be forecast for the same periods. O(values log series).
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "demand/score.h"

typedef struct adding {
	cstn_allocator allocator;
	const char *level;
	const size_t *by;
	size_t n_by, n_models;
	const cstn__series_set *from, *past; /* past may be NULL */
	cstn__score_sum *sum;
	uint32_t *group; /* of a key of `from` */
	size_t *order;   /* series of `from` by group and cutoff */
} adding;

void cstn__score_sum_free(cstn__score_sum *sum)
{
	cstn__series_free(&sum->forecasts);
	cstn__series_free(&sum->history);
}

/* --- groups ----------------------------------------------------------------------------------- */

static void put_escaped(cstn__bytes *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '/' || text[i] == '\\')
			cstn__bytes_put_u8(out, '\\');
		cstn__bytes_put_u8(out, (uint8_t)text[i]);
	}
}

/* "TX/FOODS"; the total is "total". */
static int name_of(const adding *a, uint32_t key, cstn__bytes *out)
{
	size_t i, len;
	char room[24];

	out->size = 0;
	for (i = 0; i < a->n_by; i++) {
		const cstn__ids *ids = &a->from->keys;
		uint32_t code = key;
		const char *text;

		if (a->by[i] != CSTN__SCORE_BY_KEY) {
			ids = &a->from->labels[a->by[i]];
			code = a->from->label[key * a->from->n_labels + a->by[i]];
		}
		text = cstn__ids_text(ids, code, room, &len);
		if (i)
			cstn__bytes_put_u8(out, '/');
		put_escaped(out, text, len);
	}
	if (!a->n_by)
		cstn__bytes_put_text(out, "total");
	return out->failed ? -1 : 0;
}

/* Groups are numbered in the order of their first series. */
static int find_groups(adding *a)
{
	cstn__ids *keys = &a->sum->forecasts.keys;
	cstn__bytes name;
	size_t i;
	int failed = 0;

	cstn__bytes_init(&name, &a->allocator);
	for (i = 0; i < a->from->series.count && !failed; i++) {
		uint32_t key = a->from->series.items[i].key;

		failed = name_of(a, key, &name);
		if (!failed)
			a->group[key] = cstn__ids_of_text(keys, (const char *)name.data, name.size);
		failed |= a->group[key] == CSTN__IDS_NONE;
	}
	cstn__bytes_free(&name);
	return failed ? -1 : 0;
}

static int by_group(const void *left, const void *right, void *context)
{
	const adding *a = context;
	size_t i = *(const size_t *)left, k = *(const size_t *)right;
	const cstn__series *x = &a->from->series.items[i], *y = &a->from->series.items[k];

	if (a->group[x->key] != a->group[y->key])
		return a->group[x->key] < a->group[y->key] ? -1 : 1;
	if (x->cutoff != y->cutoff)
		return x->cutoff < y->cutoff ? -1 : 1;
	return (i > k) - (i < k);
}

/* --- forecasts -------------------------------------------------------------------------------- */

static cstn_status other_periods(
		const adding *a, const cstn__series *x, const cstn__series *y, cstn_error **error)
{
	char room[2][24];
	size_t len[2];
	const char *first = cstn__ids_text(&a->from->keys, x->key, room[0], &len[0]);
	const char *other = cstn__ids_text(&a->from->keys, y->key, room[1], &len[1]);

	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"level '%s' adds up series '%.*s' and '%.*s', whose forecasts are of other "
			"periods",
			a->level, (int)len[0], first, (int)len[1], other);
}

static double value_of(const adding *a, const cstn__series *s, size_t column, size_t i)
{
	return a->from->numbers[column * a->from->n + s->start + i];
}

static void add_series(const adding *a, const cstn__series *s, const cstn__series *to)
{
	cstn__series_set *out = &a->sum->forecasts;
	size_t flags = a->n_models + CSTN__SCORE_FLAGS, most = a->n_models + CSTN__SCORE_LIMIT, i,
	       c;

	for (i = 0; i < s->n; i++) {
		double *sum = out->numbers + to->start + i;
		double flag = value_of(a, s, flags, i), limit = value_of(a, s, most, i);
		double y = a->from->y[s->start + i];
		int bits = isnan(flag) ? 0 : (int)flag;

		if (bits & CSTN__ROW_CLOSED)
			continue;
		out->y[to->start + i] += y;
		for (c = 0; c < a->n_models; c++)
			sum[c * out->n] += value_of(a, s, c, i);
		/* closed until one is not */
		sum[flags * out->n] =
				(double)(((int)sum[flags * out->n] | bits) & ~CSTN__ROW_CLOSED);
		sum[most * out->n] += bits & CSTN__ROW_STOCK_OUT && !isnan(limit) ? limit : y;
	}
}

/* Sums of the series order[i .. next). */
static cstn_status add_group(const adding *a, size_t i, size_t next, cstn_error **error)
{
	const cstn__series *first = &a->from->series.items[a->order[i]];
	cstn__series_set *out = &a->sum->forecasts;
	size_t size = first->n * sizeof(*out->period), t;
	cstn__series to = *first;

	to.key = a->group[first->key];
	to.start = out->series.count ? out->series.items[out->series.count - 1].start +
						       out->series.items[out->series.count - 1].n
				     : 0;
	memcpy(out->period + to.start, a->from->period + first->start, size);
	for (t = 0; t < to.n; t++)
		out->numbers[(a->n_models + CSTN__SCORE_FLAGS) * out->n + to.start + t] =
				CSTN__ROW_CLOSED;
	for (; i < next; i++) {
		const cstn__series *s = &a->from->series.items[a->order[i]];

		if (s->n != first->n || memcmp(a->from->period + s->start,
							a->from->period + first->start, size) != 0)
			return other_periods(a, first, s, error);
		add_series(a, s, &to);
	}
	out->series.items[out->series.count++] = to;
	return CSTN_OK;
}

static size_t group_end(const adding *a, size_t i)
{
	const cstn__series *items = a->from->series.items, *first = &items[a->order[i]];
	size_t next = i + 1;

	while (next < a->from->series.count &&
			a->group[items[a->order[next]].key] == a->group[first->key] &&
			items[a->order[next]].cutoff == first->cutoff)
		next++;
	return next;
}

static int make_forecasts(adding *a)
{
	cstn__series_set *out = &a->sum->forecasts;
	size_t groups = 0, i;

	for (i = 0; i < a->from->series.count; i = group_end(a, i), groups++)
		out->n += a->from->series.items[a->order[i]].n;
	out->has_cutoff = a->from->has_cutoff;
	out->periods = a->from->periods;
	out->n_numbers = a->from->n_numbers;
	out->y = cstn__alloc_zero(&a->allocator, cstn__array_size(out->n, sizeof(*out->y)));
	out->period = cstn__alloc(&a->allocator, cstn__array_size(out->n, sizeof(*out->period)));
	out->numbers = cstn__alloc_zero(&a->allocator,
			cstn__array_size(out->n * out->n_numbers, sizeof(*out->numbers)));
	return !out->y || !out->period || !out->numbers ||
					       cstn__array_reserve(
							       &a->allocator, &out->series, groups)
			       ? -1
			       : 0;
}

static cstn_status add_forecasts(adding *a, cstn_error **error)
{
	size_t i, next;
	cstn_status status = CSTN_OK;

	if (make_forecasts(a))
		return cstn__fail_nomem(error);
	for (i = 0; i < a->from->series.count && status == CSTN_OK; i = next) {
		next = group_end(a, i);
		status = add_group(a, i, next, error);
	}
	return status;
}

/* --- histories -------------------------------------------------------------------------------- */

/* The history of a key of `from`, or NULL. */
static const cstn__series *past_of(const adding *a, uint32_t key)
{
	uint32_t past = a->group[key] == CSTN__IDS_NONE
					? CSTN__IDS_NONE
					: cstn__ids_find_same(&a->past->keys, &a->from->keys, key);

	return past == CSTN__IDS_NONE ? NULL : cstn__series_of_key(a->past, past);
}

/* From where to where the history of each group goes; `n` is its end until all are known. */
static int find_spans(adding *a)
{
	cstn__series_set *out = &a->sum->history;
	size_t groups = a->sum->forecasts.keys.count, i;
	uint32_t key;

	if (cstn__array_reserve(&a->allocator, &out->series, groups))
		return -1;
	memset(out->series.items, 0, groups * sizeof(*out->series.items));
	out->series.count = groups;
	for (key = 0; key < a->from->keys.count; key++) {
		const cstn__series *past = past_of(a, key);
		cstn__series *to;
		int64_t end;

		if (!past)
			continue;
		to = &out->series.items[a->group[key]];
		end = to->n ? to->first + (int64_t)to->n : past->first;
		if (!to->n || past->first < to->first)
			to->first = past->first;
		if (past->first + (int64_t)past->n > end)
			end = past->first + (int64_t)past->n;
		to->n = (size_t)(end - to->first);
	}
	for (i = 0; i < groups; i++) {
		out->series.items[i].key = (uint32_t)i;
		out->series.items[i].start = out->n;
		out->n += out->series.items[i].n;
	}
	return 0;
}

/* Money of a period; a price is that of a unit. */
static double money_of(const cstn__series_set *past, size_t at)
{
	double money = past->numbers[at];

	if (isnan(money))
		money = past->y[at] * past->numbers[past->n + at];
	return isnan(money) ? 0 : money;
}

static int add_histories(adding *a)
{
	cstn__series_set *out = &a->sum->history;
	uint32_t key;
	size_t i;

	if (find_spans(a))
		return -1;
	out->periods = a->past->periods;
	out->n_numbers = a->past->n_numbers;
	out->y = cstn__alloc_zero(&a->allocator, cstn__array_size(out->n, sizeof(*out->y)));
	out->numbers = cstn__alloc_zero(&a->allocator,
			cstn__array_size(out->n * out->n_numbers, sizeof(*out->numbers)));
	if (!out->y || !out->numbers)
		return -1;
	for (key = 0; key < a->from->keys.count; key++) {
		const cstn__series *past = past_of(a, key), *to;
		size_t at;

		if (!past)
			continue;
		to = &out->series.items[a->group[key]];
		at = to->start + (size_t)(past->first - to->first);
		for (i = 0; i < past->n; i++) {
			out->y[at + i] += a->past->y[past->start + i];
			if (out->n_numbers)
				out->numbers[at + i] += money_of(a->past, past->start + i);
		}
	}
	return 0;
}

/* --- a level ---------------------------------------------------------------------------------- */

static cstn_status run(adding *a, cstn_error **error)
{
	size_t i;
	cstn_status status;

	memset(a->group, 0xff, a->from->keys.count * sizeof(*a->group));
	if (find_groups(a))
		return cstn__fail_nomem(error);
	for (i = 0; i < a->from->series.count; i++)
		a->order[i] = i;
	cstn__sort(a->order, a->from->series.count, sizeof(*a->order), by_group, a);
	status = add_forecasts(a, error);
	if (status == CSTN_OK && a->past) {
		cstn__ids *keys = &a->sum->history.keys;
		size_t groups = a->sum->forecasts.keys.count;

		/* groups have the same numbers in both */
		for (i = 0; i < groups; i++)
			if (cstn__ids_same(keys, &a->sum->forecasts.keys, (uint32_t)i) ==
					CSTN__IDS_NONE)
				return cstn__fail_nomem(error);
		if (add_histories(a))
			return cstn__fail_nomem(error);
	}
	return status;
}

static void sum_init(cstn__series_set *set, const cstn_allocator *allocator)
{
	memset(set, 0, sizeof(*set));
	set->allocator = *allocator;
	cstn__ids_init(&set->keys, allocator, 0);
	set->keys.type = CSTN_TYPE_TEXT;
}

cstn_status cstn__score_add_up(cstn__score_sum *sum, const char *level, const size_t *by, size_t n,
		const cstn__series_set *forecasts, const cstn__series_set *history, size_t n_models,
		cstn_error **error)
{
	adding a = {forecasts->allocator, level, by, n, n_models, forecasts, history, sum, NULL,
			NULL};
	size_t group_size = cstn__array_size(forecasts->keys.count, sizeof(*a.group));
	size_t order_size = cstn__array_size(forecasts->series.count, sizeof(*a.order));
	cstn_status status;

	sum_init(&sum->forecasts, &a.allocator);
	sum_init(&sum->history, &a.allocator);
	a.group = cstn__alloc(&a.allocator, group_size);
	a.order = cstn__alloc(&a.allocator, order_size);
	status = a.group && a.order ? run(&a, error) : cstn__fail_nomem(error);
	cstn__free(&a.allocator, a.group, group_size);
	cstn__free(&a.allocator, a.order, order_size);
	if (status != CSTN_OK)
		cstn__score_sum_free(sum);
	return status;
}
