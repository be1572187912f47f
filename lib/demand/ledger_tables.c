/* Tables of a ledger: groups summed over what is not asked for, and late forecasts. A share of
 * cells that a step improved has the interval of Wilson (1927). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "demand/ledger.h"
#include "table/table_fields.h"

#define BY (CSTN_VALUE_ADDED_BY_LAG | CSTN_VALUE_ADDED_BY_SIZE | CSTN_VALUE_ADDED_BY_AUTHOR)

typedef struct asking {
	const cstn_value_added *state;
	uint32_t by;
} asking;

static int row_order(const void *left, const void *right, void *context)
{
	const asking *a = context;

	return cstn__ledger_order(a->state, *(cstn__ledger_group *const *)left,
			*(cstn__ledger_group *const *)right, a->by);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void put_mean(cstn__table_builder *t, int32_t *column, const cstn__exact_sum *sum, int64_t n)
{
	cstn__put_f64_or_null(
			t, (*column)++, n > 0, n ? cstn__exact_sum_value(sum) / (double)n : 0);
}

static void put_size(
		const cstn_value_added *s, cstn__table_builder *t, int32_t *column, int32_t size)
{
	size_t k = (size_t)(size < 0 ? -size : size);

	cstn__put_word(t, (*column)++, size > 0 ? "up" : size < 0 ? "down" : "none");
	cstn__put_f64_or_null(t, (*column)++, k > 0, k > 1 ? (double)s->sizes[k - 2] / 1e6 : 0);
	cstn__put_f64_or_null(t, (*column)++, k > 0 && k <= s->n_sizes,
			k && k <= s->n_sizes ? (double)s->sizes[k - 1] / 1e6 : 0);
}

static void put_share(const cstn_value_added *s, cstn__table_builder *t, int32_t *column,
		const cstn__ledger_group *g)
{
	double low = 0, high = 0, share = 0;

	if (g->paired) {
		share = (double)g->improved / (double)g->paired;
		cstn__wilson(share, (double)g->paired, cstn__z_of_confidence(s->confidence_ppm),
				&low, &high);
	}
	cstn__put_f64_or_null(t, (*column)++, g->paired > 0, share);
	cstn__put_f64_or_null(t, (*column)++, g->paired > 0, low);
	cstn__put_f64_or_null(t, (*column)++, g->paired > 0, high);
}

/* 0, or -1: money beyond int64. */
static int put_row(const asking *a, cstn__table_builder *t, const cstn__ledger_group *g)
{
	const cstn_value_added *s = a->state;
	int has_money = g->paired && (s->under_minor > 0 || s->over_minor > 0);
	double money = has_money ? rint(cstn__exact_sum_value(&g->sum[CSTN__LEDGER_MONEY])) : 0;
	int32_t c = 0;

	if (fabs(money) > 9.2e18)
		return -1;
	cstn__put_word(t, c++, s->steps[g->step]);
	if (a->by & CSTN_VALUE_ADDED_BY_LAG)
		cstn__table_put_i64(t, c++, g->lag);
	if (a->by & CSTN_VALUE_ADDED_BY_SIZE)
		put_size(s, t, &c, g->size);
	if (a->by & CSTN_VALUE_ADDED_BY_AUTHOR)
		cstn__table_put_text(t, c++, s->authors.items[g->author].text,
				s->authors.items[g->author].len);
	cstn__table_put_i64(t, c++, g->cells);
	cstn__table_put_i64(t, c++, g->paired);
	cstn__table_put_i64(t, c++, g->improved);
	cstn__table_put_i64(t, c++, g->worsened);
	put_share(s, t, &c, g);
	put_mean(t, &c, &g->sum[CSTN__LEDGER_LOSS], g->cells);
	put_mean(t, &c, &g->sum[CSTN__LEDGER_BEFORE], g->paired);
	put_mean(t, &c, &g->sum[CSTN__LEDGER_AFTER], g->paired);
	cstn__put_f64_or_null(t, c++, g->paired > 0,
			g->paired ? (cstn__exact_sum_value(&g->sum[CSTN__LEDGER_BEFORE]) -
						    cstn__exact_sum_value(
								    &g->sum[CSTN__LEDGER_AFTER])) /
							(double)g->paired
				  : 0);
	put_mean(t, &c, &g->sum[CSTN__LEDGER_BIAS], g->cells);
	cstn__table_put_f64(t, c++, cstn__exact_sum_value(&g->sum[CSTN__LEDGER_UNITS]));
	if (has_money)
		cstn__table_put_i64(t, c, (int64_t)money);
	else
		cstn__table_put_null(t, c);
	return 0;
}

static int declare(const asking *a, cstn__table_builder *t)
{
	static const cstn__table_field step[] = {{"step", CSTN_TYPE_TEXT, 0}},
				       lag[] = {{"lag", CSTN_TYPE_INT32, 0}},
				       size[] = {{"direction", CSTN_TYPE_TEXT, 0},
						       {"size_from", CSTN_TYPE_DOUBLE, 1},
						       {"size_to", CSTN_TYPE_DOUBLE, 1}},
				       author[] = {{"author", CSTN_TYPE_TEXT, 0}},
				       rest[] = {{"cells", CSTN_TYPE_INT64, 0},
						       {"paired", CSTN_TYPE_INT64, 0},
						       {"improved", CSTN_TYPE_INT64, 0},
						       {"worsened", CSTN_TYPE_INT64, 0},
						       {"share", CSTN_TYPE_DOUBLE, 1},
						       {"share_low", CSTN_TYPE_DOUBLE, 1},
						       {"share_high", CSTN_TYPE_DOUBLE, 1},
						       {"loss", CSTN_TYPE_DOUBLE, 1},
						       {"before", CSTN_TYPE_DOUBLE, 1},
						       {"after", CSTN_TYPE_DOUBLE, 1},
						       {"value_added", CSTN_TYPE_DOUBLE, 1},
						       {"bias", CSTN_TYPE_DOUBLE, 1},
						       {"units", CSTN_TYPE_DOUBLE, 0},
						       {"money", CSTN_TYPE_INT64, 1}};

	return cstn__table_add_fields(t, CSTN__FIELDS(step)) ||
	       (a->by & CSTN_VALUE_ADDED_BY_LAG && cstn__table_add_fields(t, CSTN__FIELDS(lag))) ||
	       (a->by & CSTN_VALUE_ADDED_BY_SIZE &&
			       cstn__table_add_fields(t, CSTN__FIELDS(size))) ||
	       (a->by & CSTN_VALUE_ADDED_BY_AUTHOR &&
			       cstn__table_add_fields(t, CSTN__FIELDS(author))) ||
	       cstn__table_add_fields(t, CSTN__FIELDS(rest));
}

static cstn_status put_groups(const asking *a, cstn__table_builder *t, cstn__ledger_group **order,
		cstn_error **error)
{
	const cstn_value_added *s = a->state;
	size_t n = 0, i, next;

	for (i = 0; i < s->groups.count; i++)
		if (s->groups.items[i].cells)
			order[n++] = &s->groups.items[i];
	cstn__sort(order, n, sizeof(*order), row_order, (void *)(uintptr_t)a);
	for (i = 0; i < n; i = next) {
		cstn__ledger_group row = *order[i];
		int k;

		for (next = i + 1; next < n && !cstn__ledger_order(s, order[i], order[next], a->by);
				next++) {
			row.cells += order[next]->cells;
			row.paired += order[next]->paired;
			row.improved += order[next]->improved;
			row.worsened += order[next]->worsened;
			for (k = 0; k < CSTN__LEDGER_SUMS; k++)
				cstn__exact_sum_merge(&row.sum[k], &order[next]->sum[k]);
		}
		if (put_row(a, t, &row))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"money of step '%s' is beyond int64", s->steps[row.step]);
	}
	return CSTN_OK;
}

static cstn_status put_table(const asking *a, cstn__table_builder *t, cstn_error **error)
{
	const cstn_value_added *s = a->state;
	size_t size = cstn__array_size(s->groups.count, sizeof(cstn__ledger_group *));
	cstn__ledger_group **order = cstn__alloc(&s->allocator, size);
	cstn_status status;

	if (!order || declare(a, t)) {
		cstn__free(&s->allocator, order, size);
		return cstn__fail_nomem(error);
	}
	status = put_groups(a, t, order, error);
	cstn__free(&s->allocator, order, size);
	return status;
}

static cstn_status put_late(const cstn_value_added *s, cstn__table_builder *t, cstn_error **error)
{
	const cstn__table_field fields[] = {
			{"unique_id", s->ds_type ? s->keys.type : CSTN_TYPE_TEXT, 0},
			{"ds", s->ds_type ? s->ds_type : CSTN_TYPE_INT64, 0},
			{"lag", CSTN_TYPE_INT32, 0}, {"step", CSTN_TYPE_TEXT, 0},
			{"available_us", CSTN_TYPE_INT64, 0}, {"cut_us", CSTN_TYPE_INT64, 0}};
	size_t size = cstn__array_size(s->late.count, sizeof(cstn__ledger_late)), i;
	cstn__ledger_late *late = cstn__alloc(&s->allocator, size);

	if (!late || cstn__table_add_fields(t, CSTN__FIELDS(fields))) {
		cstn__free(&s->allocator, late, size);
		return cstn__fail_nomem(error);
	}
	if (size)
		memcpy(late, s->late.items, size);
	cstn__ledger_sort_late(s, late, s->late.count);
	for (i = 0; i < s->late.count; i++) {
		if (s->keys.type == CSTN_TYPE_TEXT)
			cstn__table_put_text(t, 0, s->keys.texts.items[late[i].key].text,
					s->keys.texts.items[late[i].key].len);
		else
			cstn__table_put_i64(t, 0, cstn__ids_number(&s->keys, late[i].key));
		cstn__table_put_i64(t, 1, late[i].ds);
		cstn__table_put_i64(t, 2, late[i].lag);
		cstn__put_word(t, 3, s->steps[late[i].step]);
		cstn__table_put_i64(t, 4, late[i].available_us);
		cstn__table_put_i64(t, 5, late[i].cut_us);
	}
	cstn__free(&s->allocator, late, size);
	return CSTN_OK;
}

cstn_status cstn_value_added_result(const cstn_value_added *state, uint32_t by,
		struct ArrowArrayStream *out, cstn_error **error)
{
	const asking a = {state, by};
	cstn__table_builder *table = NULL;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	if (by != CSTN_VALUE_ADDED_LATE && by & ~BY)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"by is %#x; CSTN_VALUE_ADDED_BY_... or CSTN_VALUE_ADDED_LATE "
				"expected",
				by);
	status = cstn__table_builder_new(&state->allocator, &table, error);
	if (status != CSTN_OK)
		return status;
	status = by == CSTN_VALUE_ADDED_LATE ? put_late(state, table, error)
					     : put_table(&a, table, error);
	if (status == CSTN_OK)
		return cstn__table_export(table, out, error);
	cstn__table_builder_free(table);
	return status;
}
