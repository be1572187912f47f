/* Replay: events of all customers into moves.
 *
 * Events are grouped by customer in the order of the customers' ids, each group is put in order of
 * (time, event id), freed of what came twice, and run through the machine. Groups are independent:
 * morsels of them run on threads, and their moves are joined in order, so the result depends
 * neither on the order of arrival nor on the number of threads.
 *
 * Cost: reading, a counting sort, then one pass a customer; 40 bytes an event. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "customer/stage_run.h"

#define AHEAD 32 /* events asked for ahead of their turn */

typedef struct replay {
	cstn__stage_run run;
	cstn__stage_events *events;
	cstn__grouping by_customer;
} replay;

/* --- one customer ----------------------------------------------------------------------------- */

/* The customer's events in order; NULL: out of memory. */
static cstn__stage_event *order_events(
		const replay *run, cstn__stage_worker *at, size_t place, size_t *count)
{
	const cstn__stage_event *all = run->events->items.items;
	cstn__stage_ids ids = {run->events->id_is_text, 0, NULL};
	cstn__stage_event *events;
	size_t from = run->by_customer.starts[place], i;
	size_t n = run->by_customer.starts[place + 1] - from;
	int rising = 1, in_time = 1;

	at->scratch.count = 0;
	if (cstn__array_reserve(&run->events->allocator, &at->scratch, n))
		return NULL;
	events = at->scratch.items;
	for (i = 0; i < n; i++) {
		if (from + i + AHEAD < run->by_customer.n_items) {
			const cstn__stage_event *next =
					&all[run->by_customer.order[from + i + AHEAD]];

			/* it may lie in two lines */
			__builtin_prefetch(next);
			__builtin_prefetch((const char *)(next + 1) - 1);
		}
		events[i] = all[run->by_customer.order[from + i]];
		if (i == 0)
			continue;
		rising &= cstn__id_compare(ids.is_text, events[i - 1].id, events[i - 1].id_len,
					  events[i].id, events[i].id_len) < 0;
		in_time &= events[i - 1].valid_us <= events[i].valid_us;
	}
	*count = n;
	if (!rising) {
		cstn__stage_sort(events, n, &ids, cstn__stage_by_id);
		if (cstn__stage_drop_repeated(events, count, &ids, at->sink) != CSTN_OK)
			return NULL;
	}
	if (!rising || !in_time)
		cstn__stage_sort(events, *count, &ids, cstn__stage_by_time);
	return events;
}

static cstn_status run_customer(void *context, cstn__stage_worker *at, size_t place,
		cstn__stage_customer *out, cstn_error **error)
{
	replay *run = context;
	size_t n = 0;
	cstn__stage_event *events = order_events(run, at, place, &n);

	if (!events)
		return cstn__fail_nomem(error);
	out->id = cstn__codes_id(&run->events->customers, run->by_customer.codes[place]);
	out->n_events = (uint32_t)n;
	if (n == 0)
		return CSTN_OK;
	out->first_us = events[0].valid_us;
	return cstn__stage_machine_run(&at->machine, events, n, run->run.options->as_of_us, error);
}

/* --- all customers ---------------------------------------------------------------------------- */

/* Run the customers that are grouped. */
static cstn_status run_grouped(replay *run, cstn_error **error)
{
	run->run.sink = run->events->sink;
	run->run.n = run->by_customer.n;
	run->run.customer = run_customer;
	run->run.context = run;
	return cstn__stage_run_all(&run->run, error);
}

static void free_run(replay *run)
{
	cstn__stage_run_free(&run->run);
	cstn__grouping_free(&run->by_customer, &run->events->allocator);
}

static cstn_status run_all(replay *run, cstn_error **error)
{
	cstn__stage_events *events = run->events;

	if (cstn__grouping_make(&run->by_customer, &events->customers, events->customer_of.items,
			    events->items.count, sizeof(*events->customer_of.items), 0,
			    &events->allocator))
		return cstn__fail_nomem(error);
	return run_grouped(run, error);
}

/* --- customers that come one after another ---------------------------------------------------- */

/* What has been replayed, in the order of arrival. The history holds one piece at a time. */
typedef struct pieces {
	replay run; /* to begin with */
	CSTN__ARRAY(cstn__stage_customer) customers;
	CSTN__ARRAY(cstn__stage_move) moves;
} pieces;

/* The first `n` events, which stand by customer, as groups. */
static int group_pieces(replay *run, size_t n)
{
	const uint32_t *customer_of = run->events->customer_of.items;
	const cstn_allocator *allocator = &run->events->allocator;
	cstn__grouping *by = &run->by_customer;
	size_t i, k = 0;

	by->n = 1;
	for (i = 1; i < n; i++)
		by->n += customer_of[i] != customer_of[i - 1];
	by->n_items = n;
	by->codes = cstn__alloc(allocator, (by->n + 1) * sizeof(*by->codes));
	by->starts = cstn__alloc(allocator, (by->n + 2) * sizeof(*by->starts));
	by->order = cstn__alloc(allocator, (n + 1) * sizeof(*by->order));
	if (!by->codes || !by->starts || !by->order)
		return -1;
	for (i = 0; i < n; i++) {
		if (i == 0 || customer_of[i] != customer_of[i - 1]) {
			by->codes[k] = customer_of[i];
			by->starts[k++] = (uint32_t)i;
		}
		by->order[i] = (uint32_t)i;
	}
	by->starts[k] = (uint32_t)n;
	return 0;
}

/* Take the history's piece; it is empty after. */
static int take_piece(pieces *all, cstn_stage_history *history)
{
	const cstn_allocator *allocator = &history->allocator;
	size_t base = all->customers.count, i;

	if (cstn__array_reserve(allocator, &all->customers, history->n_customers) ||
			cstn__array_reserve(allocator, &all->moves, history->n_moves))
		return -1;
	for (i = 0; i < history->n_customers; i++)
		all->customers.items[all->customers.count++] = history->customers[i];
	for (i = 0; i < history->n_moves; i++) {
		history->moves[i].customer += (uint32_t)base;
		all->moves.items[all->moves.count++] = history->moves[i];
	}
	cstn__free(allocator, history->customers,
			(history->n_customers + 1) * sizeof(*history->customers));
	cstn__free(allocator, history->moves, (history->n_moves + 1) * sizeof(*history->moves));
	history->customers = NULL;
	history->moves = NULL;
	history->n_customers = history->n_moves = 0;
	return 0;
}

/* Forget the first `n` events; texts of ids are kept of the others alone. */
static int drop_events(cstn__stage_events *events, size_t n)
{
	cstn__arena fresh;
	size_t i;

	events->items.count -= n;
	events->customer_of.count -= n;
	memmove(events->items.items, events->items.items + n,
			events->items.count * sizeof(*events->items.items));
	memmove(events->customer_of.items, events->customer_of.items + n,
			events->customer_of.count * sizeof(*events->customer_of.items));
	if (!events->id_is_text)
		return 0;
	cstn__arena_init(&fresh, &events->allocator);
	for (i = 0; i < events->items.count; i++) {
		cstn__stage_event *event = &events->items.items[i];
		const char *kept = cstn__arena_copy(
				&fresh, (const char *)(intptr_t)event->id, event->id_len);

		if (!kept) {
			cstn__arena_free(&fresh);
			return -1;
		}
		event->id = (int64_t)(intptr_t)kept;
	}
	cstn__arena_free(&events->id_texts);
	events->id_texts = fresh;
	return 0;
}

static cstn_status run_piece(pieces *all, size_t n, cstn_error **error)
{
	replay run = all->run;
	cstn_status status;

	run.run.history->customer_is_text = run.events->customers.is_text;
	run.run.history->id_is_text = run.events->id_is_text;
	if (n == 0)
		return CSTN_OK;
	if (group_pieces(&run, n))
		status = cstn__fail_nomem(error);
	else
		status = run_grouped(&run, error);
	free_run(&run);
	if (status == CSTN_OK && (take_piece(all, run.run.history) || drop_events(run.events, n)))
		status = cstn__fail_nomem(error);
	return status;
}

/* All but the last customer, whose events may go on. */
static cstn_status run_most(void *context, cstn_error **error)
{
	pieces *all = context;
	const cstn__stage_events *events = all->run.events;
	size_t n = events->customer_of.count;

	while (n && events->customer_of.items[n - 1] ==
					events->customer_of.items[events->customer_of.count - 1])
		n--;
	return run_piece(all, n, error);
}

static int place_order(const void *a, const void *b, void *context)
{
	const pieces *all = context;
	const cstn__stage_id *x = &all->customers.items[*(const uint32_t *)a].id;
	const cstn__stage_id *y = &all->customers.items[*(const uint32_t *)b].id;

	return cstn__id_compare(
			all->run.events->customers.is_text, x->number, x->len, y->number, y->len);
}

/* Customers and moves in the order of ids. */
static cstn_status join_pieces(pieces *all, cstn_error **error)
{
	cstn_stage_history *history = all->run.run.history;
	const cstn_allocator *allocator = &history->allocator;
	size_t n = all->customers.count, i, k, at = 0;
	size_t size = cstn__array_size(n + 1, sizeof(uint32_t));
	uint32_t *order = cstn__alloc(allocator, size), *first = cstn__alloc(allocator, size);

	history->customers = cstn__alloc(
			allocator, cstn__array_size(n + 1, sizeof(*history->customers)));
	history->n_customers = history->customers ? n : 0;
	history->moves = cstn__alloc(
			allocator, cstn__array_size(all->moves.count + 1, sizeof(*history->moves)));
	history->n_moves = history->moves ? all->moves.count : 0;
	if (order && first && history->customers && history->moves) {
		for (i = 0; i < n; i++) {
			order[i] = (uint32_t)i;
			first[i] = (uint32_t)at;
			at += all->customers.items[i].n_moves;
		}
		cstn__sort(order, n, sizeof(*order), place_order, all);
		for (at = 0, i = 0; i < n; i++) {
			history->customers[i] = all->customers.items[order[i]];
			for (k = 0; k < history->customers[i].n_moves; k++) {
				history->moves[at] = all->moves.items[first[order[i]] + k];
				history->moves[at++].customer = (uint32_t)i;
			}
		}
		cstn__free(allocator, order, size);
		cstn__free(allocator, first, size);
		return CSTN_OK;
	}
	cstn__free(allocator, order, size);
	cstn__free(allocator, first, size);
	return cstn__fail_nomem(error);
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status fill_history(cstn_stage_history *history, struct ArrowArrayStream *stream,
		const cstn_stage_options *options, cstn__stage_events *events, cstn_error **error)
{
	int grouped = (options->flags & CSTN_STAGE_GROUPED) != 0;
	cstn_status status;
	pieces all;

	memset(&all, 0, sizeof(all));
	all.run.run.policy = history->policy;
	all.run.run.options = options;
	all.run.events = events;
	all.run.run.history = history;
	if (grouped) {
		events->flush = run_most;
		events->flush_context = &all;
	}
	status = cstn__stage_events_read(
			events, history->policy, stream, options, &history->allocator, error);
	history->customer_is_text = events->customers.is_text;
	history->id_is_text = events->id_is_text;
	if (status == CSTN_OK && grouped) {
		status = run_piece(&all, events->items.count, error);
		if (status == CSTN_OK)
			status = join_pieces(&all, error);
	} else if (status == CSTN_OK) {
		status = run_all(&all.run, error);
		free_run(&all.run);
	}
	cstn__array_free(&history->allocator, &all.customers);
	cstn__array_free(&history->allocator, &all.moves);
	return status;
}

static cstn_status checked_replay(cstn_stage_policy *policy, struct ArrowArrayStream *stream,
		const cstn_stage_options *options, const cstn_allocator *allocator,
		cstn_stage_history **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_stage_history *history = NULL;
	cstn_row_errors *rows = NULL;
	cstn__stage_events events;
	cstn_status status;
	int left_out = 0;

	status = cstn__stage_history_new(policy, options, allocator, &history, error);
	if (status != CSTN_OK)
		return status;
	memset(&events, 0, sizeof(events));
	status = fill_history(history, stream, options, &events, error);
	if (status == CSTN_OK) {
		left_out = cstn__row_sink_total(events.sink) > 0;
		if (bad_rows)
			status = cstn__row_sink_finish(events.sink, &rows, error);
	}
	cstn__stage_events_free(&events);
	if (status != CSTN_OK) {
		cstn_stage_history_free(history);
		return status;
	}
	*out = history;
	if (bad_rows)
		*bad_rows = rows;
	if (left_out)
		return cstn__fail(
				error, CSTN_E_ROWS, "some rows were left out; see the row errors");
	return CSTN_OK;
}

cstn_status cstn_stage_replay(cstn_stage_policy *policy, struct ArrowArrayStream *events,
		const cstn_stage_options *options, const cstn_allocator *allocator,
		cstn_stage_history **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_stage_options read;
	cstn_allocator memory;
	cstn_status status;

	status = cstn__stream_take(events, "events", &stream, error);
	if (status != CSTN_OK)
		return status;
	if (!policy || !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				policy ? "out is NULL" : "policy is NULL");
	else
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__stage_options_read(
				options, CSTN_IMPORT_TRUSTED | CSTN_STAGE_GROUPED, &read, error);
	if (status == CSTN_OK)
		status = checked_replay(policy, &stream, &read, &memory, out, bad_rows, error);
	stream.release(&stream);
	return status;
}
