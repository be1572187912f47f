/* From events to counts: the events of each customer are put in order and walked once, opening and
 * closing journeys.
 *
 * Customers are independent: morsels of them run on threads, each worker counts into cells of its
 * own, and the cells are added: integers, so neither the number of threads nor who took which
 * morsel shows. Entries of a step are what went on, dropped or is open, at each step: every entry
 * writes one cell of the transitions on its way in and one on its way out. O(n log n) in the events
 * of a customer. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "customer/journey_state.h"

#define CUSTOMERS_A_MORSEL 2048
#define AHEAD 32 /* events asked for ahead of their turn */
#define VISITED 1
#define FAILED 2

typedef struct walker {
	cstn__journey_counts counts;
	cstn__journey_events scratch;
	cstn__journey_block *block; /* of the open journey; NULL: none is */
	size_t last;                /* its last step; n: none yet */
	int64_t last_us, start_us;
	int64_t position;
	uint64_t key;
	int32_t highest; /* rank */
	int32_t has_failed, has_turned, n_visited;
	uint8_t order[CSTN_JOURNEY_STEPS_MAX]; /* steps it came to */
	uint8_t marks[CSTN_JOURNEY_STEPS_MAX]; /* VISITED, FAILED; zero but for those */
} walker;

typedef struct walk {
	const cstn_journeys *state;
	cstn__grouping by_customer;
	walker *workers;
	int32_t n_workers;
	int32_t reserved;
} walk;

/* --- one journey ------------------------------------------------------------------------------ */

static cstn_status close_journey(walker *at, const cstn_journeys *state, int how)
{
	const cstn__journey_shape *shape = &at->counts.shape;
	cstn__journey_block *block = at->block;
	cstn__journey_path *path = cstn__journey_block_path(&at->counts, block, at->key);
	int i;

	if (!path)
		return CSTN_E_NOMEM;
	path->counts[how]++;
	block->cells[how]++;
	++*cstn__journey_move(shape, block, at->last, shape->n + (size_t)how);
	block->cells[CSTN__JOURNEY_BACKWARD] += at->has_turned;
	block->cells[CSTN__JOURNEY_FAILED] += at->has_failed;
	if (how == CSTN__JOURNEY_GOAL) {
		int64_t us = at->last_us - at->start_us;

		block->cells[shape->durations + (size_t)cstn__duration_bucket(us)]++;
		block->sums[shape->n] += us;
	} else if (how == CSTN__JOURNEY_OPEN) {
		block->cells[shape->opens + at->last * shape->buckets +
				(size_t)cstn__duration_bucket(state->as_of_us - at->last_us)]++;
	}
	for (i = 0; i < at->n_visited; i++) {
		size_t step = at->order[i];
		int base = at->marks[step] & FAILED ? CSTN__STEP_FAILED : CSTN__STEP_PASSED;

		++*cstn__journey_step_cell(shape, block, step, CSTN__STEP_JOURNEYS);
		if (how != CSTN__JOURNEY_OPEN)
			++*cstn__journey_step_cell(shape, block, step, base);
		if (how == CSTN__JOURNEY_GOAL)
			++*cstn__journey_step_cell(shape, block, step, base + 1);
		at->marks[step] = 0;
	}
	at->n_visited = 0;
	at->block = NULL;
	return CSTN_OK;
}

static cstn_status open_journey(walker *at, const cstn__journey_event *event)
{
	at->block = cstn__journey_counts_block(&at->counts, event->segment);
	if (!at->block)
		return CSTN_E_NOMEM;
	at->last = at->counts.shape.n;
	at->start_us = event->valid_us;
	at->position = 0;
	at->key = 0;
	at->highest = -1;
	at->has_failed = at->has_turned = 0;
	return CSTN_OK;
}

static void count_move(walker *at, const cstn_journeys *state, const cstn__journey_event *event)
{
	const cstn__journey_shape *shape = &at->counts.shape;
	cstn__journey_block *block = at->block;
	int32_t rank = state->definition->steps[event->step].rank;
	size_t step = event->step;

	++*cstn__journey_move(shape, block, at->last, step);
	if (at->last < shape->n) {
		int64_t us = event->valid_us - at->last_us;

		block->cells[shape->waits + at->last * shape->buckets +
				(size_t)cstn__duration_bucket(us)]++;
		block->sums[at->last] += us;
		if (rank >= 0 && rank < at->highest) {
			block->cells[shape->backward + at->last * shape->n + step]++;
			at->has_turned = 1;
		}
	}
	if (rank > at->highest)
		at->highest = rank;
	at->last = step;
	at->last_us = event->valid_us;
}

/* Take a step of the open journey. */
static void take_step(walker *at, const cstn_journeys *state, const cstn__journey_event *event)
{
	const cstn__journey_shape *shape = &at->counts.shape;
	cstn__journey_block *block = at->block;
	size_t place = shape->positions;
	size_t step = event->step;

	count_move(at, state, event);
	block->cells[CSTN__JOURNEY_EVENTS]++;
	at->position++;
	if (at->position <= CSTN_JOURNEY_PATH_STEPS)
		at->key |= (uint64_t)(step + 1) << (64 - 8 * at->position);
	else
		at->key |= 1;
	place += 2 * (size_t)((at->position < CSTN_JOURNEY_POSITIONS ? at->position
								     : CSTN_JOURNEY_POSITIONS) -
				     1);
	block->cells[place]++;
	if (!at->marks[step]) {
		at->order[at->n_visited++] = (uint8_t)step;
		at->marks[step] = VISITED;
	}
	if (!event->failed)
		return;
	block->cells[place + 1]++;
	++*cstn__journey_step_cell(shape, block, step, CSTN__STEP_FAILURES);
	*cstn__journey_step_cell(shape, block, step, CSTN__STEP_BLAMED) += !at->has_failed;
	at->has_failed = 1;
	at->marks[step] |= FAILED;
}

static cstn_status count_outside(walker *at, const cstn__journey_event *event)
{
	cstn__journey_block *block = cstn__journey_counts_block(&at->counts, event->segment);

	if (!block)
		return CSTN_E_NOMEM;
	++*cstn__journey_step_cell(&at->counts.shape, block, event->step, CSTN__STEP_OUTSIDE);
	return CSTN_OK;
}

static cstn_status walk_events(walker *at, const cstn_journeys *state)
{
	const cstn_journey_definition *definition = state->definition;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < at->scratch.count && status == CSTN_OK; i++) {
		const cstn__journey_event *event = &at->scratch.items[i];

		if (at->block && event->valid_us - at->last_us > definition->gap_us)
			status = close_journey(at, state, CSTN__JOURNEY_DROP);
		if (status == CSTN_OK && !at->block) {
			if (!definition->steps[event->step].is_start) {
				status = count_outside(at, event);
				continue;
			}
			status = open_journey(at, event);
		}
		if (status != CSTN_OK)
			break;
		take_step(at, state, event);
		if (definition->steps[event->step].is_goal)
			status = close_journey(at, state, CSTN__JOURNEY_GOAL);
	}
	if (status == CSTN_OK && at->block)
		status = close_journey(at, state,
				state->as_of_us - at->last_us > definition->gap_us
						? CSTN__JOURNEY_DROP
						: CSTN__JOURNEY_OPEN);
	return status;
}

/* --- order ------------------------------------------------------------------------------------ */

int cstn__journey_event_compare(const void *a, const void *b, void *segments)
{
	const cstn__journey_event *x = a, *y = b;
	const struct cstn__interned *p, *q;

	if (x->valid_us != y->valid_us)
		return x->valid_us < y->valid_us ? -1 : 1;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	if (x->failed != y->failed)
		return x->failed < y->failed ? -1 : 1;
	if (x->segment == y->segment || !x->segment || !y->segment)
		return (x->segment > y->segment) - (x->segment < y->segment);
	p = &((const cstn__interner *)segments)->items[x->segment - 1];
	q = &((const cstn__interner *)segments)->items[y->segment - 1];
	return cstn__id_compare(
			1, (int64_t)(intptr_t)p->text, p->len, (int64_t)(intptr_t)q->text, q->len);
}

int cstn__journey_events_of(const cstn_journeys *state, const cstn__grouping *grouping,
		size_t place, cstn__journey_events *scratch)
{
	const cstn__journey_event *all = state->events.items;
	void *segments = (void *)(uintptr_t)&state->segments;
	size_t from = grouping->starts[place], n = grouping->starts[place + 1] - from, i;
	int in_order = 1;

	scratch->count = 0;
	if (cstn__array_reserve(&state->allocator, scratch, n))
		return -1;
	for (i = 0; i < n; i++) {
		if (from + i + AHEAD < grouping->n_items)
			__builtin_prefetch(&all[grouping->order[from + i + AHEAD]]);
		scratch->items[i] = all[grouping->order[from + i]];
		in_order &= i == 0 || cstn__journey_event_compare(&scratch->items[i - 1],
						      &scratch->items[i], segments) <= 0;
	}
	scratch->count = n;
	if (!in_order)
		cstn__sort(scratch->items, n, sizeof(*scratch->items), cstn__journey_event_compare,
				segments);
	return 0;
}

/* --- all customers ---------------------------------------------------------------------------- */

static cstn_status walk_morsel(void *context, size_t index, int32_t number)
{
	walk *run = context;
	walker *at = &run->workers[number];
	size_t place = index * CUSTOMERS_A_MORSEL, end = place + CUSTOMERS_A_MORSEL;

	for (; place < end && place < run->by_customer.n; place++) {
		if (cstn__journey_events_of(run->state, &run->by_customer, place, &at->scratch) ||
				walk_events(at, run->state) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status walk_all(walk *run, const cstn_journeys_options *options,
		cstn__journey_counts *counts, cstn_error **error)
{
	const cstn_journeys *state = run->state;
	const cstn_allocator *allocator = &state->allocator;
	size_t n_morsels;
	cstn_status status;
	int32_t i;

	if (cstn__grouping_make(&run->by_customer, &state->customers, state->events.items,
			    state->events.count, sizeof(*state->events.items),
			    offsetof(cstn__journey_event, customer), allocator))
		return cstn__fail_nomem(error);
	n_morsels = (run->by_customer.n + CUSTOMERS_A_MORSEL - 1) / CUSTOMERS_A_MORSEL;
	i = cstn__threads_resolve(options->threads, n_morsels ? n_morsels : 1);
	run->workers = cstn__alloc_zero(allocator, (size_t)i * sizeof(*run->workers));
	if (!run->workers)
		return cstn__fail_nomem(error);
	run->n_workers = i;
	for (i = 0; i < run->n_workers; i++)
		cstn__journey_counts_init(&run->workers[i].counts, state->definition, allocator);
	status = cstn__parallel_for(n_morsels, run->n_workers, options->progress, walk_morsel, run);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < run->n_workers && status == CSTN_OK; i++)
		status = cstn__journey_counts_add(counts, &run->workers[i].counts, NULL, error);
	return status;
}

cstn_status cstn__journey_count(const cstn_journeys *state, const cstn_journeys_options *options,
		cstn__journey_counts *counts, cstn_error **error)
{
	walk run;
	cstn_status status;
	int32_t i;

	memset(&run, 0, sizeof(run));
	run.state = state;
	status = walk_all(&run, options, counts, error);
	for (i = 0; i < run.n_workers; i++) {
		cstn__journey_counts_free(&run.workers[i].counts);
		cstn__array_free(&state->allocator, &run.workers[i].scratch);
	}
	cstn__free(&state->allocator, run.workers, (size_t)run.n_workers * sizeof(*run.workers));
	cstn__grouping_free(&run.by_customer, &state->allocator);
	return status;
}
