/* The ledger of who added value to a forecast (Fildes et al. 2009): steps in order, each measured
 * against the step before it on the cells that have both.
 *
 * A cell goes into the group of its step, lag, size of adjustment and author, and there into exact
 * sums, so that a state has the same bytes for any split of its rows and any order of merging. What
 * was entered after the cut is listed and never scored. O(1) a forecast. */
#include "demand/ledger.h"

#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/states.h"

#define BLOCK CSTN__BLOCK_ROWS
#define COSTS_MOST 1e100
#define CONFIDENCE 950000
#define SIZES_DEFAULT 3

static const char *const usual_steps[] = {
		"naive", "statistical", "sensed", "planner", "consensus", "partner"};
static const int32_t usual_sizes[SIZES_DEFAULT] = {100000, 250000, 500000};

/* --- configuration ---------------------------------------------------------------------------- */

static cstn_status check(const cstn_value_added_config *c, cstn_error **error)
{
	size_t i;

	if (c->steps ? c->n_steps < 2 || c->n_steps > CSTN_VALUE_ADDED_STEPS_MOST : c->n_steps != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_steps is %zu (2 to %d, 0 without steps)", c->n_steps,
				CSTN_VALUE_ADDED_STEPS_MOST);
	for (i = 0; i < c->n_steps; i++)
		if (!c->steps[i] || !*c->steps[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "steps[%zu] has no name",
					i);
	if (c->loss != 0 && c->loss != CSTN_METRIC_MAE && c->loss != CSTN_METRIC_MSE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"loss is %d, CSTN_METRIC_MAE or CSTN_METRIC_MSE expected", c->loss);
	if (c->confidence_ppm < 0 || c->confidence_ppm > 999999)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"confidence_ppm is %d (1 to 999,999)", c->confidence_ppm);
	if (!(c->under_minor >= 0 && c->under_minor <= COSTS_MOST && c->over_minor >= 0 &&
			    c->over_minor <= COSTS_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"under_minor is %g, over_minor is %g (0 to 1e100)", c->under_minor,
				c->over_minor);
	if ((c->n_sizes && !c->sizes_ppm) || c->n_sizes > CSTN_VALUE_ADDED_STEPS_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_sizes is %zu, sizes_ppm is %s",
				c->n_sizes, c->sizes_ppm ? "there" : "NULL");
	for (i = 0; i < c->n_sizes; i++)
		if (c->sizes_ppm[i] <= (i ? c->sizes_ppm[i - 1] : 0))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"sizes_ppm[%zu] is %d; above 0 and ascending expected", i,
					c->sizes_ppm[i]);
	return CSTN_OK;
}

static cstn_status configure(
		cstn_value_added *s, const cstn_value_added_config *c, cstn_error **error)
{
	const char *const *steps = c->steps ? c->steps : usual_steps;
	size_t i, k;

	s->n_steps = c->steps ? c->n_steps : sizeof(usual_steps) / sizeof(usual_steps[0]);
	s->n_sizes = c->sizes_ppm ? c->n_sizes : SIZES_DEFAULT;
	if (s->n_sizes)
		memcpy(s->sizes, c->sizes_ppm ? c->sizes_ppm : usual_sizes,
				s->n_sizes * sizeof(*s->sizes));
	s->loss = c->loss ? c->loss : CSTN_METRIC_MAE;
	s->confidence_ppm = c->confidence_ppm ? c->confidence_ppm : CONFIDENCE;
	s->under_minor = c->under_minor;
	s->over_minor = c->over_minor;
	for (i = 0; i < s->n_steps; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(steps[i], steps[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"steps[%zu] is '%s', as is steps[%zu]", i, steps[i],
						k);
		s->steps[i] = cstn__arena_copy(&s->names, steps[i], strlen(steps[i]));
		if (!s->steps[i])
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

cstn_status cstn_value_added_new(const cstn_value_added_config *config,
		const cstn_allocator *allocator, cstn_value_added **out, cstn_error **error)
{
	cstn_value_added_config read;
	cstn_allocator memory;
	cstn_value_added *s;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(config, sizeof(read), sizeof(read), 0,
			"cstn_value_added_config", &read, error);
	if (status == CSTN_OK)
		status = check(&read, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*s), &memory, &s, error);
	if (status != CSTN_OK)
		return status;
	s->allocator = memory;
	cstn__arena_init(&s->names, &memory);
	cstn__interner_init(&s->authors, &memory, 0);
	cstn__i64_map_init(&s->index, &memory, 0);
	cstn__ids_init(&s->keys, &memory, 0);
	status = configure(s, &read, error);
	if (status == CSTN_OK)
		*out = s;
	else
		cstn_value_added_free(s);
	return status;
}

void cstn_value_added_free(cstn_value_added *s)
{
	cstn_allocator allocator;

	if (!s)
		return;
	allocator = s->allocator;
	cstn__arena_free(&s->names);
	cstn__interner_free(&s->authors);
	cstn__i64_map_free(&s->index);
	cstn__array_free(&allocator, &s->groups);
	cstn__ids_free(&s->keys);
	cstn__array_free(&allocator, &s->late);
	cstn__free(&allocator, s, sizeof(*s));
}

cstn_status cstn__ledger_like(
		const cstn_value_added *state, cstn_value_added **out, cstn_error **error)
{
	const cstn_value_added_config config = {sizeof(config), 0, state->steps, state->n_steps,
			state->loss, state->confidence_ppm, state->under_minor, state->over_minor,
			state->sizes, state->n_sizes};

	return cstn_value_added_new(&config, &state->allocator, out, error);
}

/* --- groups ----------------------------------------------------------------------------------- */

#define AUTHORS_MOST (UINT32_C(1) << 20)

cstn__ledger_group *cstn__ledger_group_of(
		cstn_value_added *s, int32_t step, int32_t lag, int32_t size, uint32_t author)
{
	/* 32 bits of lag, 20 of author, 6 of size, 4 of step */
	uint64_t key = (uint64_t)(uint32_t)lag << 30 | (uint64_t)author << 10 |
		       (uint64_t)(size + 32) << 4 | (uint64_t)step;
	cstn__ledger_group *group;
	uint32_t number;
	int i;

	if (author >= AUTHORS_MOST || cstn__array_reserve(&s->allocator, &s->groups, 1))
		return NULL;
	number = cstn__i64_map_intern(&s->index, (int64_t)key, (uint32_t)s->groups.count);
	if (number == UINT32_MAX)
		return NULL;
	group = &s->groups.items[number];
	if (number < s->groups.count)
		return group;
	s->groups.count++;
	*group = (cstn__ledger_group){.step = step, .lag = lag, .size = size, .author = author};
	for (i = 0; i < CSTN__LEDGER_SUMS; i++)
		cstn__exact_sum_init(&group->sum[i]);
	return group;
}

static int order_of(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int cstn__ledger_order(const cstn_value_added *s, const cstn__ledger_group *a,
		const cstn__ledger_group *b, uint32_t by)
{
	int order = order_of(a->step, b->step);

	if (!order && by & CSTN_VALUE_ADDED_BY_LAG)
		order = order_of(a->lag, b->lag);
	if (!order && by & CSTN_VALUE_ADDED_BY_SIZE)
		order = order_of(a->size, b->size);
	if (!order && by & CSTN_VALUE_ADDED_BY_AUTHOR && a->author != b->author)
		order = strcmp(s->authors.items[a->author].text, s->authors.items[b->author].text);
	return order;
}

static int late_order(const void *left, const void *right, void *context)
{
	const cstn_value_added *s = context;
	const cstn__ledger_late *a = left, *b = right;
	char room[2][24];
	size_t len[2];
	int order = order_of(a->ds, b->ds);

	if (!order && a->key != b->key) {
		const char *x = cstn__ids_text(&s->keys, a->key, room[0], &len[0]);
		const char *y = cstn__ids_text(&s->keys, b->key, room[1], &len[1]);

		order = memcmp(x, y, len[0] < len[1] ? len[0] : len[1]);
		if (!order)
			order = order_of((int64_t)len[0], (int64_t)len[1]);
	}
	if (!order)
		order = order_of(a->lag, b->lag);
	if (!order)
		order = order_of(a->step, b->step);
	if (!order)
		order = order_of(a->available_us, b->available_us);
	return order ? order : order_of(a->cut_us, b->cut_us);
}

void cstn__ledger_sort_late(const cstn_value_added *s, cstn__ledger_late *late, size_t n)
{
	cstn__sort(late, n, sizeof(*late), late_order, (void *)(uintptr_t)s);
}

/* --- merging ---------------------------------------------------------------------------------- */

static int is_same(const cstn_value_added *a, const cstn_value_added *b)
{
	size_t i;

	if (a->n_steps != b->n_steps || a->n_sizes != b->n_sizes || a->loss != b->loss ||
			a->confidence_ppm != b->confidence_ppm ||
			a->under_minor != b->under_minor || a->over_minor != b->over_minor ||
			memcmp(a->sizes, b->sizes, a->n_sizes * sizeof(*a->sizes)) != 0)
		return 0;
	for (i = 0; i < a->n_steps; i++)
		if (strcmp(a->steps[i], b->steps[i]) != 0)
			return 0;
	return 1;
}

static cstn__ledger_group *counterpart(
		cstn_value_added *into, const cstn_value_added *from, size_t i)
{
	const cstn__ledger_group *g = &from->groups.items[i];
	const struct cstn__interned *name = &from->authors.items[g->author];
	uint32_t author = cstn__intern(&into->authors, name->text, name->len);

	return author == UINT32_MAX ? NULL
				    : cstn__ledger_group_of(into, g->step, g->lag, g->size, author);
}

/* Room for all that comes, so that adding cannot fail: groups without cells and keys that nothing
 * names change nothing. */
static int reserve(cstn_value_added *into, const cstn_value_added *from)
{
	size_t i;

	if (cstn__array_reserve(&into->allocator, &into->late, from->late.count))
		return -1;
	into->keys.type = into->ds_type ? into->keys.type : from->keys.type;
	for (i = 0; i < from->groups.count; i++)
		if (from->groups.items[i].cells && !counterpart(into, from, i))
			return -1;
	for (i = 0; i < from->late.count; i++)
		if (cstn__ids_same(&into->keys, &from->keys, from->late.items[i].key) ==
				CSTN__IDS_NONE)
			return -1;
	return 0;
}

static void add_group(cstn__ledger_group *to, const cstn__ledger_group *g)
{
	int k;

	to->cells += g->cells;
	to->paired += g->paired;
	to->improved += g->improved;
	to->worsened += g->worsened;
	for (k = 0; k < CSTN__LEDGER_SUMS; k++)
		cstn__exact_sum_merge(&to->sum[k], &g->sum[k]);
}

static cstn_status merge(cstn_value_added *into, const cstn_value_added *from, cstn_error **error)
{
	size_t i;

	if (!from->ds_type)
		return CSTN_OK;
	if (reserve(into, from))
		return cstn__fail_nomem(error);
	for (i = 0; i < from->groups.count; i++)
		if (from->groups.items[i].cells)
			add_group(counterpart(into, from, i), &from->groups.items[i]);
	for (i = 0; i < from->late.count; i++) {
		cstn__ledger_late late = from->late.items[i];

		late.key = cstn__ids_same(&into->keys, &from->keys, late.key);
		into->late.items[into->late.count++] = late;
	}
	into->ds_type = from->ds_type;
	return CSTN_OK;
}

cstn_status cstn_value_added_merge(
		cstn_value_added *into, const cstn_value_added *from, cstn_error **error)
{
	cstn_status status = cstn__states_check(into, from, "state", error);

	if (status != CSTN_OK)
		return status;
	if (!is_same(into, from))
		return cstn__fail(error, CSTN_E_MISMATCH, "the ledgers have other configurations");
	if (into->ds_type && from->ds_type &&
			(into->ds_type != from->ds_type || into->keys.type != from->keys.type))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the ledgers have ids or ds of other types");
	return merge(into, from, error);
}

/* --- rows ------------------------------------------------------------------------------------- */

enum { COL_ID, COL_DS, COL_Y, COL_LAG, COL_AUTHOR, COL_CUT, COLUMNS };

typedef struct reading {
	cstn_value_added *into; /* this call's rows alone */
	cstn__row_sink *sink;
	const cstn__column_decl *declared;
	const cstn__batch *batch;
	int64_t start;
	int32_t n;
	uint32_t key[BLOCK];
	int64_t ds[BLOCK], lag[BLOCK], cut[BLOCK];
	double y[BLOCK], f[CSTN_VALUE_ADDED_STEPS_MOST][BLOCK];
	int64_t available[CSTN_VALUE_ADDED_STEPS_MOST][BLOCK];
	uint64_t bad[BLOCK / 64], has_lag[BLOCK / 64], has_cut[BLOCK / 64], valid[BLOCK / 64];
	uint64_t has_f[CSTN_VALUE_ADDED_STEPS_MOST][BLOCK / 64];
	uint64_t has_available[CSTN_VALUE_ADDED_STEPS_MOST][BLOCK / 64];
} reading;

static cstn_status read_number(reading *r, size_t column, double *out, uint64_t *valid)
{
	cstn_status status = cstn__column_read_f64(&r->batch->columns[column], r->start, r->n,
			r->batch->first_row, out, valid, r->bad, r->sink);
	int32_t i;

	for (i = 0; i < r->n && status == CSTN_OK; i++) {
		if (fabs(out[i]) <= CSTN__LEDGER_LARGEST || cstn__word_bit_get(r->bad, (size_t)i))
			continue;
		cstn__word_bit_set(r->bad, (size_t)i);
		status = cstn__row_sink_add(r->sink, r->batch->first_row + (uint64_t)(r->start + i),
				(int32_t)column, r->declared[column].name, CSTN_ROW_RANGE, NULL, 0);
	}
	return status;
}

static cstn_status read_integer(reading *r, size_t column, int64_t *out, uint64_t *valid)
{
	return cstn__column_read_i64(&r->batch->columns[column], r->start, r->n,
			r->batch->first_row, out, valid, r->bad, r->sink);
}

static cstn_status read_block(reading *r)
{
	cstn__id_rows ids = {&r->batch->columns[COL_ID], r->start, r->n, r->batch->first_row, 0,
			r->bad, r->sink};
	size_t n = r->into->n_steps, s;
	cstn_status status;

	memset(r->bad, 0, sizeof(r->bad));
	status = cstn__ids_read(&r->into->keys, &ids, r->key);
	if (status == CSTN_OK)
		status = read_integer(r, COL_DS, r->ds, r->valid);
	if (status == CSTN_OK)
		status = read_number(r, COL_Y, r->y, r->valid);
	if (status == CSTN_OK)
		status = read_integer(r, COL_LAG, r->lag, r->has_lag);
	if (status == CSTN_OK)
		status = read_integer(r, COL_CUT, r->cut, r->has_cut);
	if (status == CSTN_OK)
		status = cstn__column_check_text(&r->batch->columns[COL_AUTHOR], r->start, r->n,
				r->batch->first_row, r->bad, r->sink);
	for (s = 0; s < n && status == CSTN_OK; s++) {
		status = read_number(r, COLUMNS + s, r->f[s], r->has_f[s]);
		if (status == CSTN_OK)
			status = read_integer(
					r, COLUMNS + n + s, r->available[s], r->has_available[s]);
	}
	return status;
}

/* When the period begins, as availability counts. */
static int64_t begin_of(int32_t ds_type, int64_t ds)
{
	int64_t us;

	if (ds_type != CSTN_TYPE_DAYS)
		return ds;
	return __builtin_mul_overflow(ds, CSTN_DAY_US, &us) ? (ds > 0 ? INT64_MAX : INT64_MIN) : us;
}

static double loss_of(const cstn_value_added *s, double y, double f)
{
	return s->loss == CSTN_METRIC_MSE ? (y - f) * (y - f) : fabs(y - f);
}

static double cost_of(const cstn_value_added *s, double y, double f)
{
	return y > f ? s->under_minor * (y - f) : s->over_minor * (f - y);
}

static int32_t size_of(const cstn_value_added *s, double before, double f)
{
	double change = fabs(f - before) * 1e6;
	int32_t size = 1;
	size_t i;

	if (f == before)
		return 0;
	for (i = 0; i < s->n_sizes && change >= (double)s->sizes[i] * fabs(before); i++)
		size++;
	return f > before ? size : -size;
}

/* One forecast; `before` is NULL where no step stands before it. */
static int score(cstn_value_added *s, int32_t step, int32_t lag, uint32_t author, double y,
		double f, const double *before)
{
	double loss = loss_of(s, y, f), was = before ? loss_of(s, y, *before) : 0;
	cstn__ledger_group *g = cstn__ledger_group_of(
			s, step, lag, before ? size_of(s, *before, f) : 0, author);

	if (!g)
		return -1;
	g->cells++;
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_LOSS], loss);
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_BIAS], f);
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_BIAS], -y);
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_UNITS], y);
	if (!before)
		return 0;
	g->paired++;
	g->improved += loss < was;
	g->worsened += loss > was;
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_BEFORE], was);
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_AFTER], loss);
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_MONEY], cost_of(s, y, *before));
	cstn__exact_sum_add(&g->sum[CSTN__LEDGER_MONEY], -cost_of(s, y, f));
	return 0;
}

static int take_row(reading *r, int32_t i, uint32_t author)
{
	cstn_value_added *s = r->into;
	int64_t cut = cstn__word_bit_get(r->has_cut, (size_t)i) ? r->cut[i]
								: begin_of(s->ds_type, r->ds[i]);
	int32_t lag = cstn__word_bit_get(r->has_lag, (size_t)i) ? (int32_t)r->lag[i] : 1;
	const double *before = NULL;
	size_t k;

	for (k = 0; k < s->n_steps; k++) {
		if (!cstn__word_bit_get(r->has_f[k], (size_t)i))
			continue;
		if (cstn__word_bit_get(r->has_available[k], (size_t)i) &&
				r->available[k][i] > cut) {
			if (cstn__array_reserve(&s->allocator, &s->late, 1))
				return -1;
			s->late.items[s->late.count++] = (cstn__ledger_late){r->ds[i],
					r->available[k][i], cut, r->key[i], lag, (int32_t)k, 0};
			continue;
		}
		if (score(s, (int32_t)k, lag, author, r->y[i], r->f[k][i], before))
			return -1;
		before = &r->f[k][i];
	}
	return 0;
}

static cstn_status take_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *r = context;
	int32_t i;

	r->batch = batch;
	r->start = start;
	r->n = n;
	if (read_block(r) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		const char *text = "";
		size_t len = 0;
		uint32_t author;

		if (cstn__word_bit_get(r->bad, (size_t)i))
			continue;
		if (cstn__column_read_text(&batch->columns[COL_AUTHOR], start + i, &text, &len)) {
			text = "";
			len = 0;
		}
		if (memchr(text, 0, len)) {
			if (cstn__row_sink_add(r->sink, batch->first_row + (uint64_t)(start + i),
					    COL_AUTHOR, "author", CSTN_ROW_VALUE, NULL,
					    0) != CSTN_OK)
				return cstn__fail_nomem(error);
			continue;
		}
		author = cstn__intern(&r->into->authors, text, len);
		if (author == UINT32_MAX || take_row(r, i, author))
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status declare(const cstn_value_added *s, cstn__arena *names, cstn__column_decl *out,
		cstn_error **error)
{
	const uint32_t number = CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
				CSTN__ACCEPT(CSTN_TYPE_DECIMAL);
	const uint32_t time = CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_TIME);
	static const char behind[] = "_available_us";
	size_t i;

	out[COL_ID] = (cstn__column_decl){"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	out[COL_DS] = (cstn__column_decl){
			"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0, 0};
	out[COL_Y] = (cstn__column_decl){"y", number, -1, 1, 0, 0, 0};
	out[COL_LAG] = (cstn__column_decl){"lag", CSTN__ACCEPT(CSTN_TYPE_INT32), -1, 0, 1, 0, 0};
	out[COL_AUTHOR] =
			(cstn__column_decl){"author", CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 0, 1, 0, 0};
	out[COL_CUT] = (cstn__column_decl){"cut_us", time, -1, 0, 1, 0, 0};
	for (i = 0; i < s->n_steps; i++) {
		size_t len = strlen(s->steps[i]);
		char *name = cstn__arena_alloc(names, len + sizeof(behind));

		if (!name)
			return cstn__fail_nomem(error);
		memcpy(name, s->steps[i], len);
		memcpy(name + len, behind, sizeof(behind));
		out[COLUMNS + i] = (cstn__column_decl){s->steps[i], number, -1, 1, 1, 0, 0};
		out[COLUMNS + s->n_steps + i] = (cstn__column_decl){name, time, -1, 0, 1, 0, 0};
	}
	return CSTN_OK;
}

static cstn_status check_types(
		const cstn_value_added *s, const cstn_value_added *fresh, cstn_error **error)
{
	if (!s->ds_type || (s->ds_type == fresh->ds_type && s->keys.type == fresh->keys.type))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_SCHEMA,
			"unique_id is %s and ds is %s, %s and %s in the rows before",
			cstn_type_name(fresh->keys.type), cstn_type_name(fresh->ds_type),
			cstn_type_name(s->keys.type), cstn_type_name(s->ds_type));
}

static cstn_status read_all(reading *r, const cstn_value_added *state,
		struct ArrowArrayStream *rows, const cstn_value_added_options *o,
		cstn_error **error)
{
	cstn__column_decl declared[COLUMNS + 2 * CSTN_VALUE_ADDED_STEPS_MOST];
	cstn__bound *bound = NULL;
	cstn_status status = declare(r->into, &r->into->names, declared, error);

	if (status == CSTN_OK)
		status = cstn__bind_rows(rows, declared, COLUMNS + 2 * r->into->n_steps, o->binding,
				o->flags, &r->into->allocator, &bound, &r->sink, error);
	if (status != CSTN_OK)
		return status;
	r->declared = declared;
	r->into->keys.type = cstn__bound_type(bound, COL_ID);
	r->into->ds_type = cstn__bound_type(bound, COL_DS);
	status = check_types(state, r->into, error);
	cstn__bound_name_rows(bound, COL_ID, r->sink);
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, take_block, r, o->progress, error);
	cstn__bound_free(bound);
	return status;
}

static cstn_status update(void *to, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_value_added *state = to;
	size_t size = sizeof(reading);
	reading *r = cstn__alloc_zero(&state->allocator, size);
	cstn_row_errors *left = NULL;
	uint64_t left_out = 0;
	cstn_status status;

	if (!r)
		return cstn__fail_nomem(error);
	status = cstn__ledger_like(state, &r->into, error);
	if (status == CSTN_OK)
		status = read_all(r, state, rows, given, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(r->sink, &left, error);
	if (status == CSTN_OK) {
		left_out = cstn__row_sink_total(r->sink);
		status = merge(state, r->into, error);
	}
	cstn__row_sink_free(r->sink);
	cstn_value_added_free(r->into);
	cstn__free(&state->allocator, r, size);
	return cstn__rows_left_out(status, left, left_out, bad_rows, error);
}

cstn_status cstn_value_added_update(cstn_value_added *state, struct ArrowArrayStream *rows,
		const cstn_value_added_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "state", state, options, "cstn_value_added_options",
			CSTN_IMPORT_TRUSTED, update};
	cstn_value_added_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
