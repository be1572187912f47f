/* Closing a state: what is open is counted into a copy, groups get their values and are sorted by
 * them.
 *
 * The state itself does not change, so that it may go on. Cost: one pass over groups and open
 * units, and a sort of the groups. */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "fulfilment/perfect_order_fold.h"

/* --- sums ----------------------------------------------------------------------------------------
 */

static int add_i64(int64_t *into, int64_t value)
{
	return __builtin_add_overflow(*into, value, into);
}

static int add_i128(cstn__i128 *into, cstn__i128 value)
{
	return __builtin_add_overflow(*into, value, into);
}

static int add_plain(cstn__group_counts *sum, const cstn__group_counts *from)
{
	int over = 0, i;

	for (i = 0; i < 16; i++)
		over |= add_i64(&sum->pattern[i], from->pattern[i]) |
			!cstn__count_fits(sum->pattern[i]);
	for (i = 0; i < CSTN_REASON_COUNT; i++)
		over |= add_i64(&sum->reason[i], from->reason[i]) |
			!cstn__count_fits(sum->reason[i]);
	over |= add_i64(&sum->pending, from->pending) |
		add_i64(&sum->provisional, from->provisional);
	return over | !cstn__count_fits(sum->pending) | !cstn__count_fits(sum->provisional);
}

static int add_wide(cstn__group_counts *sum, const cstn__group_counts *from)
{
	int over = 0, i;

	for (i = 0; i < 16; i++)
		over |= add_i128(&sum->weight[i], from->weight[i]) |
			!cstn__sum_fits(sum->weight[i]);
	over |= add_i64(&sum->clusters, from->clusters) | add_i128(&sum->credit, from->credit) |
		add_i128(&sum->credit_of, from->credit_of) | add_i128(&sum->sum_m, from->sum_m) |
		add_i128(&sum->sum_x, from->sum_x) | add_i128(&sum->sum_mm, from->sum_mm) |
		add_i128(&sum->sum_xx, from->sum_xx) | add_i128(&sum->sum_xm, from->sum_xm);
	return over || !cstn__count_fits(sum->clusters) || !cstn__sum_fits(sum->credit) ||
	       !cstn__sum_fits(sum->credit_of) || !cstn__sum_fits(sum->sum_m) ||
	       !cstn__sum_fits(sum->sum_x) || !cstn__sum_fits(sum->sum_mm) ||
	       !cstn__sum_fits(sum->sum_xx) || !cstn__sum_fits(sum->sum_xm);
}

/* Both are within what counts may reach: their sum needs no check. */
void cstn__counts_sum(cstn__group_counts *into, const cstn__group_counts *from)
{
	(void)add_plain(into, from);
	(void)add_wide(into, from);
}

#define WIDE_FROM offsetof(cstn__group_counts, weight)

/* Most policies have no weights and no clusters. */
static int has_wide(const cstn__group_counts *counts)
{
	static const cstn__group_counts zero;

	return memcmp((const char *)counts + WIDE_FROM, (const char *)&zero + WIDE_FROM,
			       sizeof(zero) - WIDE_FROM) != 0;
}

cstn_status cstn__counts_add(
		cstn__group_counts *into, const cstn__group_counts *from, cstn_error **error)
{
	int wide = has_wide(from);
	cstn__group_counts sum;

	memcpy(&sum, into, wide ? sizeof(sum) : WIDE_FROM);
	if (add_plain(&sum, from) || (wide && add_wide(&sum, from)))
		return cstn__fail(error, CSTN_E_OVERFLOW, "a count of the merged state overflows");
	memcpy(into, &sum, wide ? sizeof(sum) : WIDE_FROM);
	return CSTN_OK;
}

/* --- closing a copy
 * ---------------------------------------------------------------------------------- */

/* Total, causes and what was broken: all but the counts by cell. */
static cstn_status copy_rest(cstn__core *copy, const cstn__core *core)
{
	size_t i;

	copy->total = core->total;
	copy->broken = core->broken;
	for (i = 0; i < core->causes.count; i++) {
		const cstn__cause_tally *tally = &core->causes.items[i];

		if (cstn__core_count_cause(copy, tally->cell, tally->component, tally->owner,
				    tally->cause, tally->units) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

cstn_status cstn__core_copy_counts(cstn__core *copy, const cstn__core *core, size_t n_cells)
{
	size_t i;

	if (cstn__core_reserve_cells(copy, n_cells) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < core->counts.count; i++)
		copy->counts.items[i] = core->counts.items[i];
	return copy_rest(copy, core);
}

static int pair_order(const void *a, const void *b, void *context)
{
	const cstn__cell_pair *x = a, *y = b;

	(void)context;
	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	return (x->cell > y->cell) - (x->cell < y->cell);
}

cstn_status cstn__units_pairs(const cstn__units *units, const cstn_allocator *allocator,
		cstn__cell_pair **out, size_t *out_count)
{
	size_t n = units->pairs.count, i, k = 0;
	cstn__cell_pair *pairs;

	*out = NULL;
	*out_count = 0;
	if (n == 0)
		return CSTN_OK;
	pairs = cstn__alloc(allocator, cstn__array_size(n, sizeof(*pairs)));
	if (!pairs)
		return CSTN_E_NOMEM;
	memcpy(pairs, units->pairs.items, n * sizeof(*pairs));
	cstn__sort(pairs, n, sizeof(*pairs), pair_order, NULL);
	for (i = 0; i < n; i++)
		if (k == 0 || pair_order(&pairs[k - 1], &pairs[i], NULL) != 0)
			pairs[k++] = pairs[i];
	*out = pairs;
	*out_count = k;
	return CSTN_OK;
}

static cstn_status close_partition(
		cstn_perfect_order *state, cstn__core *copy, const cstn__units *units)
{
	const cstn_allocator *allocator = &state->allocator;
	cstn__cell_pair *pairs = NULL;
	uint32_t *cells = NULL;
	size_t n_pairs = 0, at = 0, i, n;
	cstn_status status = CSTN_OK;

	if (cstn__units_pairs(units, allocator, &pairs, &n_pairs) != CSTN_OK)
		return CSTN_E_NOMEM;
	cells = cstn__alloc(allocator, (n_pairs + 1) * sizeof(*cells));
	if (!cells)
		status = CSTN_E_NOMEM;
	for (i = 0; i < units->runs.count && status == CSTN_OK; i++) {
		if (units->runs.items[i].cell == UINT32_MAX)
			continue;
		while (at < n_pairs && pairs[at].run < i)
			at++;
		for (n = 0; at + n < n_pairs && pairs[at + n].run == i; n++)
			cells[n] = pairs[at + n].cell;
		status = cstn__core_close(state, copy, &units->runs.items[i],
				units->wide.count ? &units->wide.items[i] : NULL, cells, n);
	}
	cstn__free(allocator, cells, (n_pairs + 1) * sizeof(*cells));
	cstn__free(allocator, pairs, units->pairs.count * sizeof(*pairs));
	return status;
}

/* Lines of sorted stretches and lines without a promise in one state: no order may be in both. */
static int overlaps(const cstn_perfect_order *state, const cstn__segment *sorted, size_t n,
		const cstn__run *run)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cstn__run_compare(&state->registry, &sorted[middle].last, run) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && cstn__run_compare(&state->registry, &sorted[low].first, run) <= 0;
}

cstn_status cstn__core_check_apart(
		const cstn_perfect_order *state, const cstn__core *core, cstn_error **error)
{
	cstn__segment *sorted;
	cstn_status status = CSTN_OK;
	size_t n = core->segments.count, i, k;

	if (!core->units || n == 0)
		return CSTN_OK;
	sorted = cstn__segments_sorted(state, core->segments.items, n);
	if (!sorted)
		return cstn__fail_nomem(error);
	for (i = 0; i < CSTN__PARTITIONS && status == CSTN_OK; i++)
		for (k = 0; k < core->units[i].runs.count && status == CSTN_OK; k++)
			if (core->units[i].runs.items[k].cell != UINT32_MAX &&
					overlaps(state, sorted, n, &core->units[i].runs.items[k]))
				status = cstn__fail(error, CSTN_E_NOT_CLUSTERED,
						"lines with and without a promise of clustering "
						"were "
						"mixed and their order ids overlap; use clustering "
						"none");
	cstn__free(&state->allocator, sorted, n * sizeof(*sorted));
	return status;
}

static cstn_status close_all(cstn_perfect_order *state, cstn__core *copy, cstn_error **error)
{
	uint8_t done[CSTN__PARTITIONS];
	const cstn__core *core = &state->core;
	cstn_status status;
	size_t i;

	if (core->broken)
		return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
				"the promise of clustering does not hold: lines of one order may "
				"have "
				"come apart; sort by order id, or use clustering none");
	if (core->segments.count && cstn__core_unpack(state, &state->core))
		return cstn__fail_nomem(error);
	status = cstn__core_check_apart(state, core, error);
	if (status == CSTN_OK)
		status = cstn__core_close_segments(
				state, copy, core->segments.items, core->segments.count, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__core_close_packed(state, copy, done) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		if (!done[i] && close_partition(state, copy, &core->units[i]) != CSTN_OK)
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

int cstn__counts_are_zero(const cstn__group_counts *counts)
{
	static const cstn__group_counts zero;

	return memcmp(counts, &zero, sizeof(zero)) == 0;
}

/* --- the folded form
 * ---------------------------------------------------------------------------------------- */

static int copy_dimensions(cstn__folded *folded, const cstn__registry *registry, cstn__arena *arena)
{
	size_t n = registry->n_dimensions, i;

	folded->n_dimensions = n;
	folded->dimensions = cstn__arena_alloc(arena, (n + 1) * sizeof(*folded->dimensions));
	if (!folded->dimensions)
		return -1;
	for (i = 0; i < n; i++) {
		const cstn__dimension *from = &registry->dimensions[i];

		folded->dimensions[i] = *from;
		folded->dimensions[i].text =
				cstn__arena_copy(arena, from->text, strlen(from->text));
		if (from->column)
			folded->dimensions[i].column =
					cstn__arena_copy(arena, from->column, strlen(from->column));
		if (!folded->dimensions[i].text || (from->column && !folded->dimensions[i].column))
			return -1;
	}
	return 0;
}

/* Where a group's counts are: the state's own, those of what was open, or the sum of both, which
 * takes the place of the latter. */
static const cstn__group_counts *counts_of(
		const cstn_perfect_order *state, const cstn__core *closed, uint32_t cell)
{
	const cstn__group_counts *kept = cstn__core_counts(&state->core, cell);
	cstn__group_counts *open = cstn__core_counts(closed, cell);

	if (kept && open)
		cstn__counts_sum(open, kept);
	return open ? open : kept;
}

static cstn_status take_groups(cstn__folded *folded, const cstn_perfect_order *state,
		const cstn__core *closed, const cstn__sorted_cell *sorted, size_t n,
		cstn__arena *arena, cstn_error **error)
{
	size_t dims = folded->n_dimensions, i, k;
	cstn_status status;

	folded->n_groups = n;
	folded->keys = cstn__arena_alloc(arena, (n * dims + 1) * sizeof(*folded->keys));
	folded->lent = cstn__arena_alloc(arena, (n + 1) * sizeof(*folded->lent));
	if (!folded->keys || !folded->lent)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		folded->lent[i] = counts_of(state, closed, sorted[i].cell);
	for (i = 0; i < n; i++) {
		cstn__folded_ahead(folded, i);
		for (k = 0; k < dims; k++)
			folded->keys[i * dims + k] = sorted[i].keys[k];
		status = cstn__counts_add(&folded->total, folded->lent[i], error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void total_of(cstn__folded *folded, const cstn_perfect_order *state, const cstn__core *core)
{
	if (cstn__state_is_each(state)) {
		folded->total = core->total;
	} else if (state->judge.rules->level == CSTN__LEVEL_LINE && folded->n_dimensions) {
		folded->total.clusters = core->total.clusters;
		folded->total.sum_m = core->total.sum_m;
		folded->total.sum_x = core->total.sum_x;
		folded->total.sum_mm = core->total.sum_mm;
		folded->total.sum_xx = core->total.sum_xx;
		folded->total.sum_xm = core->total.sum_xm;
	}
}

static int cause_order(const void *a, const void *b, void *context)
{
	const cstn__cause_count *x = a, *y = b;
	size_t n = x->cause_len < y->cause_len ? x->cause_len : y->cause_len;
	int order;

	(void)context;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->component != y->component)
		return x->component < y->component ? -1 : 1;
	if (x->units != y->units)
		return x->units > y->units ? -1 : 1;
	if (!x->cause || !y->cause)
		order = (x->cause != NULL) - (y->cause != NULL);
	else
		order = n ? memcmp(x->cause, y->cause, n) : 0;
	if (order)
		return order;
	if (x->cause_len != y->cause_len)
		return x->cause_len < y->cause_len ? -1 : 1;
	return (x->owner > y->owner) - (x->owner < y->owner);
}

/* Sum of the groups' tallies into the total's, when no unit stands in two groups. */
static void add_total_cause(cstn__folded *folded, const cstn__cause_count *cause)
{
	size_t i;

	for (i = 0; i < folded->n_total_causes; i++) {
		cstn__cause_count *total = &folded->total_causes[i];

		if (total->component == cause->component && total->owner == cause->owner &&
				total->cause == cause->cause) {
			if (__builtin_add_overflow(total->units, cause->units, &total->units))
				total->units = INT64_MAX;
			return;
		}
	}
	folded->total_causes[folded->n_total_causes] = *cause;
	folded->total_causes[folded->n_total_causes++].group = 0;
}

static cstn_status copy_causes(cstn__folded *folded, const cstn_perfect_order *state,
		const cstn__core *core, const uint32_t *group_of, cstn__arena *arena)
{
	size_t n = core->causes.count, i;
	const char **texts;

	folded->causes = cstn__arena_alloc(arena, (n + 1) * sizeof(*folded->causes));
	folded->total_causes = cstn__arena_alloc(arena, (n + 1) * sizeof(*folded->total_causes));
	texts = cstn__arena_alloc(arena, (state->registry.causes.count + 1) * sizeof(*texts));
	if (!folded->causes || !folded->total_causes || !texts)
		return CSTN_E_NOMEM;
	memset(texts, 0, (state->registry.causes.count + 1) * sizeof(*texts));
	for (i = 0; i < n; i++) {
		const cstn__cause_tally *tally = &core->causes.items[i];
		cstn__cause_count cause = {
				0, tally->component, tally->owner, NULL, 0, tally->units};

		if (tally->units == 0)
			continue;
		if (tally->cause != UINT32_MAX) {
			const struct cstn__interned *text =
					&state->registry.causes.items[tally->cause];

			if (!texts[tally->cause])
				texts[tally->cause] =
						cstn__arena_copy(arena, text->text, text->len);
			cause.cause = texts[tally->cause];
			cause.cause_len = text->len;
			if (!cause.cause)
				return CSTN_E_NOMEM;
		}
		if (tally->cell == UINT32_MAX) {
			folded->total_causes[folded->n_total_causes++] = cause;
			continue;
		}
		cause.group = group_of[tally->cell];
		folded->causes[folded->n_causes++] = cause;
		if (!cstn__state_is_each(state))
			add_total_cause(folded, &cause);
	}
	cstn__sort(folded->causes, folded->n_causes, sizeof(*folded->causes), cause_order, NULL);
	cstn__sort(folded->total_causes, folded->n_total_causes, sizeof(*folded->causes),
			cause_order, NULL);
	return CSTN_OK;
}

static int is_counted(const cstn__core *core, uint32_t cell)
{
	const cstn__group_counts *counts = cstn__core_counts(core, cell);

	return counts && !cstn__counts_are_zero(counts);
}

static cstn_status fill(cstn__folded *folded, const cstn_perfect_order *state,
		const cstn__core *core, cstn__arena *arena, cstn_error **error)
{
	size_t n_cells = state->registry.cells.count, n = 0, i;
	uint8_t *used = cstn__arena_alloc(arena, n_cells + 1);
	uint32_t *group_of = cstn__arena_alloc(arena, (n_cells + 1) * sizeof(*group_of));
	cstn__sorted_cell *sorted = NULL;
	cstn_status status;

	if (!used || !group_of || copy_dimensions(folded, &state->registry, arena))
		return cstn__fail_nomem(error);
	memset(group_of, 0, (n_cells + 1) * sizeof(*group_of));
	for (i = 0; i < n_cells; i++)
		used[i] = is_counted(&state->core, (uint32_t)i) || is_counted(core, (uint32_t)i);
	if (cstn__cells_sorted(state, used, n_cells, &sorted, &n) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		group_of[sorted[i].cell] = (uint32_t)i;
	status = take_groups(folded, state, core, sorted, n, arena, error);
	cstn__free(&state->allocator, sorted, cstn__array_size(n_cells + 1, sizeof(*sorted)));
	if (status != CSTN_OK)
		return status;
	total_of(folded, state, core);
	status = copy_causes(folded, state, core, group_of, arena);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn__perfect_order_fold(
		const cstn_perfect_order *given, cstn__folded **out, cstn_error **error)
{
	/* Closing may name groups of mixed values; names are no part of what a state says. */
	cstn_perfect_order *state = (cstn_perfect_order *)(uintptr_t)given;
	cstn__folded *folded = cstn__alloc_zero(&given->allocator, sizeof(*folded));
	cstn__arena *arena = cstn__alloc(&given->allocator, sizeof(*arena));
	cstn__core *closed = cstn__alloc(&given->allocator, sizeof(*closed));
	cstn_status status;

	if (!folded || !arena || !closed) {
		cstn__free(&given->allocator, folded, sizeof(*folded));
		cstn__free(&given->allocator, closed, sizeof(*closed));
		cstn__free(&given->allocator, arena, sizeof(*arena));
		return cstn__fail_nomem(error);
	}
	cstn__arena_init(arena, &given->allocator);
	folded->allocator = given->allocator;
	folded->memory = arena;
	folded->policy = cstn_service_policy_ref(state->judge.policy);
	folded->as_of_us = state->judge.as_of_us;
	folded->flags = state->flags;
	cstn__core_init(closed, &given->allocator);
	closed->sparse = 1;
	folded->closed = closed;
	status = copy_rest(closed, &state->core) == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = close_all(state, closed, error);
	if (status == CSTN_OK)
		status = fill(folded, state, closed, arena, error);
	if (status != CSTN_OK) {
		cstn__folded_free(folded);
		return status;
	}
	*out = folded;
	return CSTN_OK;
}

void cstn__folded_free(cstn__folded *folded)
{
	cstn_allocator allocator;

	if (!folded)
		return;
	allocator = folded->allocator;
	cstn_service_policy_unref(folded->policy);
	cstn__arena_free(folded->memory);
	cstn__free(&allocator, folded->memory, sizeof(cstn__arena));
	cstn__core_free(folded->closed);
	cstn__free(&allocator, folded->closed, sizeof(*folded->closed));
	cstn__free(&allocator, folded, sizeof(*folded));
}
