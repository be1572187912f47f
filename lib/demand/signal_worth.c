/* What groups of signals are worth on the scored rows of one horizon.
 *
 * One matrix of sums gives the regression of every subset of groups. Subsets that are shown (none,
 * all, all but one, one alone) are scored row by row, with losses by origin, for intervals and p;
 * the others, that Shapley values need, by sums of the scored rows where the loss is a square, and
 * row by row where it is not. O(p^3) a subset, O(n p) a subset that is scored by rows. */
#include "demand/signal_panel.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/error.h"

#define LARGEST_EXPONENT 700

typedef struct worth {
	const cstn__signal_panel *panel;
	size_t groups, origins, pools; /* pools: 1, and each where they are asked for */
	cstn__ridge ridge;
	double *square, *scored; /* sums of rows learned from; of rows scored, for squared losses */
	double *beta, *residual, *room;
	uint8_t *in, *dropped, *use;
	/* shown subsets: none, all, without g, g alone */
	size_t shown;
	cstn__origin_loss *losses;  /* [subset][pool][origin] */
	cstn__signal_stock *stocks; /* [subset][pool] */
	int is_cancelled;
} worth;

enum { SHOWN_NONE, SHOWN_ALL, SHOWN_GROUPS };

static uint64_t all_groups(const worth *w)
{
	return w->groups == 64 ? UINT64_MAX : ((uint64_t)1 << w->groups) - 1;
}

static uint64_t mask_of(const worth *w, size_t subset)
{
	size_t g = subset - SHOWN_GROUPS;

	if (subset == SHOWN_NONE)
		return 0;
	if (subset == SHOWN_ALL)
		return all_groups(w);
	return g < w->groups ? all_groups(w) & ~((uint64_t)1 << g) : (uint64_t)1 << (g - w->groups);
}

static cstn__origin_loss *losses_of(const worth *w, size_t subset, size_t pool)
{
	return w->losses + (subset * w->pools + pool) * w->origins;
}

/* --- a subset --------------------------------------------------------------------------------- */

static void solve(worth *w, uint64_t mask, uint8_t *dropped)
{
	const cstn__signal_panel *panel = w->panel;
	size_t c;

	for (c = 0; c < panel->p; c++)
		w->in[c] = c < panel->n_base ||
			   (mask >> panel->all->signals->group[panel->signal[c]] & 1);
	cstn__ridge_solve(&w->ridge, w->in, w->beta, dropped);
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum[4] = {0, 0, 0, 0};
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		sum[0] += a[i] * b[i];
		sum[1] += a[i + 1] * b[i + 1];
		sum[2] += a[i + 2] * b[i + 2];
		sum[3] += a[i + 3] * b[i + 3];
	}
	for (; i < n; i++)
		sum[0] += a[i] * b[i];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* From the regression's scale to units. */
static double in_units(int32_t scale, double z)
{
	double bounded = z < LARGEST_EXPONENT ? z : LARGEST_EXPONENT;

	if (scale == CSTN_SIGNAL_LOG1P)
		return cstn__expm1(bounded);
	return scale == CSTN_SIGNAL_LOG ? cstn__exp(bounded) : z;
}

/* The loss of scored row i under beta; its residual in units where that is asked for. */
static double loss_of_row(const worth *w, size_t i, double *residual)
{
	const cstn__signal_panel *panel = w->panel;
	const cstn_signal_value_options *o = &panel->all->options;
	const double *row = panel->x + i * (panel->p + 1);
	double z = dot(row, w->beta, panel->p), error;

	if (o->loss == CSTN_SIGNAL_LOSS_RMSE && !residual)
		return (row[panel->p] - z) * (row[panel->p] - z);
	error = panel->y[i] - in_units(o->scale, z);
	if (residual)
		*residual = error;
	return o->loss == CSTN_SIGNAL_LOSS_RMSE ? (row[panel->p] - z) * (row[panel->p] - z)
						: fabs(error);
}

static double weight_of_row(const cstn__signal_panel *panel, size_t i)
{
	return panel->all->options.loss == CSTN_SIGNAL_LOSS_WAPE ? panel->y[i] : 1;
}

static size_t pool_of_row(const worth *w, size_t i)
{
	const cstn__signal_case *all = w->panel->all;

	return cstn__signal_pool(all, &all->set->series.items[all->order[w->panel->series[i]]]);
}

/* Score a subset that is shown. */
static int show(worth *w, size_t subset)
{
	const cstn__signal_panel *panel = w->panel;
	int with_stock = panel->all->options.service_ppm != 0;
	size_t i, k;

	solve(w, mask_of(w, subset), subset == SHOWN_ALL ? w->dropped : NULL);
	for (i = 0; i < panel->n; i++) {
		double loss = loss_of_row(w, i, with_stock ? &w->residual[i] : NULL);
		cstn__origin_loss *at = losses_of(w, subset, 0) + panel->origin[i];

		at->sum += loss;
		at->weight += weight_of_row(panel, i);
		if (w->pools == 1)
			continue;
		at = losses_of(w, subset, 1 + pool_of_row(w, i)) + panel->origin[i];
		at->sum += loss;
		at->weight += weight_of_row(panel, i);
	}
	for (k = 0; k < w->pools && with_stock; k++) {
		size_t pool = k - 1;

		for (i = 0; i < panel->all->n_series && k; i++)
			w->use[i] = cstn__signal_pool(panel->all,
						    &panel->all->set->series.items
								     [panel->all->order[i]]) ==
				    pool;
		if (cstn__signal_stock_of(panel, w->residual, k ? w->use : NULL,
				    &w->stocks[subset * w->pools + k]))
			return -1;
	}
	return 0;
}

/* --- subsets of Shapley ----------------------------------------------------------------------- */

static double total_of(const worth *w, size_t subset, size_t pool)
{
	const cstn__origin_loss *loss = losses_of(w, subset, pool);
	double sum = 0, weight = 0;
	size_t i;

	for (i = 0; i < w->origins; i++) {
		sum += loss[i].sum;
		weight += loss[i].weight;
	}
	return cstn__loss_of(w->panel->all->options.loss, sum, weight);
}

/* Asked before each subset. */
static int is_cancelled(worth *w)
{
	w->is_cancelled |= cstn_progress_is_cancelled(w->panel->all->options.progress);
	return w->is_cancelled;
}

static cstn_status fail(const worth *w, cstn_error **error)
{
	return w->is_cancelled ? cstn__fail(error, CSTN_E_CANCELLED, "the call was cancelled")
			       : cstn__fail_nomem(error);
}

static int loss_of_mask(void *context, uint64_t mask, double *out)
{
	worth *w = context;
	const cstn__signal_panel *panel = w->panel;
	int32_t loss = panel->all->options.loss;
	double sum = 0, weight = 0;
	size_t i;

	if (mask == 0 || mask == all_groups(w)) {
		*out = total_of(w, mask ? SHOWN_ALL : SHOWN_NONE, 0);
		return 0;
	}
	if (is_cancelled(w))
		return -1;
	solve(w, mask, NULL);
	if (loss == CSTN_SIGNAL_LOSS_RMSE) {
		sum = cstn__gram_error(w->scored, panel->p, w->beta);
		*out = cstn__loss_of(loss, sum, (double)panel->n);
		return 0;
	}
	for (i = 0; i < panel->n; i++) {
		sum += loss_of_row(w, i, NULL);
		weight += weight_of_row(panel, i);
	}
	*out = cstn__loss_of(loss, sum, weight);
	return 0;
}

static cstn_status shapley(worth *w, double *value, double *error_of, cstn_error **error)
{
	const cstn__signal_case *all = w->panel->all;
	double loss[1 << CSTN_SIGNAL_GROUPS_EXACT];
	size_t g;
	uint64_t mask;

	if (w->groups > CSTN_SIGNAL_GROUPS_EXACT)
		return cstn__shapley_sampled(loss_of_mask, w, w->groups,
				       (size_t)all->options.permutations, all->options.seed,
				       &all->allocator, value, error_of)
				       ? fail(w, error)
				       : CSTN_OK;
	for (mask = 0; mask <= all_groups(w); mask++)
		if (loss_of_mask(w, mask, &loss[mask]))
			return fail(w, error);
	cstn__shapley_exact(loss, w->groups, value);
	for (g = 0; g < w->groups; g++)
		error_of[g] = (double)NAN;
	return CSTN_OK;
}

/* --- rows of the output ----------------------------------------------------------------------- */

static void count(const worth *w, size_t pool, cstn__signal_row *row)
{
	const cstn__signal_panel *panel = w->panel;
	const cstn__origin_loss *loss = losses_of(w, SHOWN_ALL, pool);
	size_t i, last = SIZE_MAX;

	for (i = 0; i < panel->n; i++) {
		if (pool && 1 + pool_of_row(w, i) != pool)
			continue;
		row->rows++;
		row->series += panel->series[i] != last;
		last = panel->series[i];
	}
	for (i = 0; i < w->origins; i++)
		row->origins += loss[i].weight > 0;
	row->missing = (int64_t)panel->missing;
}

static size_t block_of(const worth *w)
{
	size_t block = (size_t)w->panel->horizon, asked = (size_t)w->panel->all->options.block;

	while (block * block * block < w->origins)
		block++;
	block = asked ? asked : block;
	return block < w->origins ? block : w->origins;
}

/* Half to even, whatever the machine is set to; -1: no int64. */
static int round_minor(double value, int64_t *out)
{
	double whole = floor(value), rest = value - whole;

	if (!(fabs(value) < 9e18))
		return -1;
	*out = (int64_t)whole;
	if (rest > 0.5 || (rest == 0.5 && *out % 2 != 0))
		*out += 1;
	return 0;
}

static int add_stock(
		const worth *w, size_t without, size_t with, size_t pool, cstn__signal_row *row)
{
	const cstn_signal_value_options *o = &w->panel->all->options;
	const cstn__signal_stock *a = &w->stocks[without * w->pools + pool],
				 *b = &w->stocks[with * w->pools + pool];

	row->has_stock = o->service_ppm != 0;
	if (!row->has_stock)
		return 0;
	row->stock_units = a->units - b->units;
	return round_minor(o->holding_minor * row->stock_units +
					   o->margin_minor * (a->shortage - b->shortage),
			&row->money_minor);
}

/* Columns of the group (all: of the base, too) that say nothing new. */
static void tell_dropped(const worth *w, size_t group, cstn__signal_row *row)
{
	const cstn__signal_panel *panel = w->panel;
	size_t c;

	for (c = 0; c < panel->p; c++)
		if (w->dropped[c] &&
				(group == SIZE_MAX ||
						(c >= panel->n_base &&
								panel->all->signals->group[panel->signal[c]] ==
										group)))
			row->dropped[c / 64] |= (uint64_t)1 << (c % 64);
}

static cstn_status add_row(const worth *w, size_t group, size_t pool, double shapley_value,
		double shapley_error, cstn__signal_rows *out, cstn_error **error)
{
	const cstn_signal_value_options *o = &w->panel->all->options;
	const cstn__signals *signals = w->panel->all->signals;
	size_t without = group == SIZE_MAX ? SHOWN_NONE : SHOWN_GROUPS + group, g;
	const cstn__origin_loss *a = losses_of(w, without, pool),
				*b = losses_of(w, SHOWN_ALL, pool);
	cstn__signal_row row;

	memset(&row, 0, sizeof(row));
	row.group = group;
	row.pool = pool - 1;
	row.horizon = (int32_t)w->panel->horizon;
	count(w, pool, &row);
	row.without = total_of(w, without, pool);
	row.with = total_of(w, SHOWN_ALL, pool);
	row.value = row.without - row.with;
	row.shapley = shapley_value;
	row.shapley_error = shapley_error;
	row.alone = row.value;
	if (group != SIZE_MAX)
		row.alone = total_of(w, SHOWN_NONE, pool) -
			    total_of(w, SHOWN_GROUPS + w->groups + group, pool);
	cstn__loss_interval(o->loss, a, b, w->origins, block_of(w), (size_t)o->resamples, o->seed,
			w->room, &row.low, &row.high);
	row.p = cstn__diebold_mariano(
			o->loss, a, b, w->origins, (size_t)w->panel->horizon, w->room);
	for (g = 0; g < w->groups; g++)
		row.assumed |= (group == SIZE_MAX || group == g) && signals->assumed[g];
	tell_dropped(w, group, &row);
	if (add_stock(w, without, SHOWN_ALL, pool, &row))
		return cstn__fail(error, CSTN_E_OVERFLOW, "the money saved is beyond an int64");
	if (cstn__array_reserve(&out->allocator, &out->rows, 1))
		return cstn__fail_nomem(error);
	out->rows.items[out->rows.count++] = row;
	return CSTN_OK;
}

static cstn_status tell(worth *w, cstn__signal_rows *out, cstn_error **error)
{
	double value[CSTN_SIGNALS_MOST], error_of[CSTN_SIGNALS_MOST], sum;
	cstn_status status = shapley(w, value, error_of, error);
	size_t pool, g;

	sum = total_of(w, SHOWN_NONE, 0) - total_of(w, SHOWN_ALL, 0);
	if (status == CSTN_OK && w->panel->all->options.loss == CSTN_SIGNAL_LOSS_RMSE &&
			!isfinite(sum))
		status = cstn__fail(error, CSTN_E_OVERFLOW, "errors are beyond a double");
	for (pool = 0; pool < w->pools && status == CSTN_OK; pool++) {
		cstn__signal_row none = {0};

		if (pool)
			count(w, pool, &none);
		if (pool && !none.rows)
			continue;
		status = add_row(w, SIZE_MAX, pool, pool ? (double)NAN : sum, (double)NAN, out,
				error);
		for (g = 0; g < w->groups && status == CSTN_OK; g++)
			status = add_row(w, g, pool, pool ? (double)NAN : value[g],
					pool ? (double)NAN : error_of[g], out, error);
	}
	return status;
}

/* --- room ------------------------------------------------------------------------------------- */

static size_t room_of(const worth *w)
{
	size_t n = (size_t)w->panel->all->options.resamples;

	return n > w->origins ? n : w->origins;
}

static void worth_free(worth *w)
{
	const cstn_allocator *allocator = &w->panel->all->allocator;
	size_t p = w->panel->p, cells = w->shown * w->pools;

	cstn__ridge_free(&w->ridge);
	cstn__free(allocator, w->square, (p + 1) * (p + 1) * sizeof(*w->square));
	cstn__free(allocator, w->scored, (p + 1) * (p + 1) * sizeof(*w->scored));
	cstn__free(allocator, w->beta, p * sizeof(*w->beta));
	cstn__free(allocator, w->in, p);
	cstn__free(allocator, w->dropped, p);
	cstn__free(allocator, w->use, w->panel->all->n_series);
	cstn__free(allocator, w->residual, w->panel->n * sizeof(*w->residual));
	cstn__free(allocator, w->room, room_of(w) * sizeof(*w->room));
	cstn__free(allocator, w->losses, cells * w->origins * sizeof(*w->losses));
	cstn__free(allocator, w->stocks, cells * sizeof(*w->stocks));
}

static int worth_init(worth *w, const cstn__signal_panel *panel)
{
	const cstn__signal_case *all = panel->all;
	const cstn_allocator *allocator = &all->allocator;
	size_t p = panel->p, cells;

	memset(w, 0, sizeof(*w));
	w->panel = panel;
	w->groups = all->signals->n_groups;
	w->origins = (size_t)all->options.origins;
	w->pools = all->options.flags & CSTN_SIGNAL_BY_POOL ? 1 + all->n_pools : 1;
	w->shown = SHOWN_GROUPS + 2 * w->groups;
	cells = cstn__array_size(w->shown, w->pools);
	w->square = cstn__alloc(allocator, (p + 1) * (p + 1) * sizeof(*w->square));
	w->scored = cstn__alloc(allocator, (p + 1) * (p + 1) * sizeof(*w->scored));
	w->beta = cstn__alloc(allocator, p * sizeof(*w->beta));
	w->in = cstn__alloc(allocator, p);
	w->dropped = cstn__alloc_zero(allocator, p);
	w->use = cstn__alloc(allocator, all->n_series);
	w->residual = cstn__alloc(allocator, cstn__array_size(panel->n, sizeof(*w->residual)));
	w->room = cstn__alloc(allocator, room_of(w) * sizeof(*w->room));
	w->losses = cstn__alloc_zero(
			allocator, cstn__array_size(cells, w->origins * sizeof(*w->losses)));
	w->stocks = cstn__alloc_zero(allocator, cstn__array_size(cells, sizeof(*w->stocks)));
	/* what fails leaves no room behind, which is seen below */
	(void)cstn__ridge_init(&w->ridge, p, w->square, all->options.penalty, allocator);
	return w->square && w->scored && w->beta && w->in && w->dropped && w->use && w->residual &&
					       w->room && w->losses && w->stocks && w->ridge.room
			       ? 0
			       : -1;
}

/* Sums of the scored rows, series by series. */
static int sum_scored(worth *w)
{
	const cstn__signal_panel *panel = w->panel;
	cstn__gram gram;
	size_t i;
	int failed;

	if (panel->all->options.loss != CSTN_SIGNAL_LOSS_RMSE)
		return 0;
	if (cstn__gram_init(&gram, panel->p, &panel->all->allocator))
		return -1;
	for (i = 0; i < panel->n; i++) {
		if (i && panel->series[i] != panel->series[i - 1])
			cstn__gram_close(&gram);
		cstn__gram_add(&gram, panel->x + i * (panel->p + 1));
	}
	cstn__gram_close(&gram);
	failed = cstn__gram_values(&gram, w->scored);
	cstn__gram_free(&gram);
	return failed ? -2 : 0;
}

cstn_status cstn__signal_worth(
		const cstn__signal_panel *panel, cstn__signal_rows *out, cstn_error **error)
{
	worth w;
	cstn_status status = CSTN_OK;
	size_t subset;
	int failed;

	if (!panel->gram.rows || !panel->n)
		return cstn__fail(error, CSTN_E_EMPTY,
				"%llu rows to learn from and %zu to score, %lld periods ahead; "
				"%llu "
				"have a signal missing",
				(unsigned long long)panel->gram.rows, panel->n,
				(long long)panel->horizon, (unsigned long long)panel->missing);
	failed = worth_init(&w, panel);
	if (!failed)
		failed = cstn__gram_values(&panel->gram, w.square) ? -2 : sum_scored(&w);
	for (subset = 0; subset < w.shown && !failed; subset++)
		failed = is_cancelled(&w) ? -1 : show(&w, subset);
	if (failed)
		status = failed == -2 ? cstn__fail(error, CSTN_E_OVERFLOW,
							"sums of products are beyond a double")
				      : fail(&w, error);
	else
		status = tell(&w, out, error);
	worth_free(&w);
	return status;
}
