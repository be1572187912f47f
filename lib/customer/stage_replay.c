/* Replay: events of all customers into moves.
 *
 * Events are grouped by customer in the order of the customers' ids, each group is put in order of
 * (time, event id), freed of what came twice, and run through the machine. Groups are independent:
 * morsels of them run on threads, and their moves are joined in order, so the result depends
 * neither on the order of arrival nor on the number of threads.
 *
 * Cost: reading, a counting sort, then one pass a customer; 40 bytes an event. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "customer/stage_history.h"

#define CUSTOMERS_A_MORSEL 2048
#define INSERTION_MOST 24
#define AHEAD 32 /* events asked for ahead of their turn */

typedef struct morsel {
	cstn__stage_move *moves;
	size_t n_moves, capacity;
	cstn_error *error;
} morsel;

typedef struct worker {
	cstn__stage_machine machine;
	CSTN__ARRAY(cstn__stage_event) scratch;
	cstn_stage_summary *summary;
	cstn__row_sink *sink;
} worker;

typedef struct replay {
	const cstn_stage_policy *policy;
	const cstn_stage_options *options;
	cstn__stage_events *events;
	cstn_stage_history *history;
	cstn__grouping by_customer;
	morsel *morsels;
	size_t n_morsels;
	worker *workers;
	int32_t n_workers;
	int32_t reserved;
} replay;

/* --- order ------------------------------------------------------------------------------------ */

/* By id, then by row: what is equal under one id is kept in the order it came. */
static int by_id(const void *a, const void *b, void *context)
{
	const cstn__stage_event *x = a, *y = b;
	int order = cstn__id_compare(*(const int32_t *)context, x->id, x->id_len, y->id, y->id_len);

	return order ? order
		     : (cstn__stage_row(x) > cstn__stage_row(y)) -
					       (cstn__stage_row(x) < cstn__stage_row(y));
}

static int by_time(const void *a, const void *b, void *context)
{
	const cstn__stage_event *x = a, *y = b;

	if (x->valid_us != y->valid_us)
		return x->valid_us < y->valid_us ? -1 : 1;
	return by_id(a, b, context);
}

static void sort_events(cstn__stage_event *events, size_t n, int32_t is_text,
		int (*compare)(const void *, const void *, void *))
{
	size_t i, k;

	if (n > INSERTION_MOST) {
		for (i = 1; i < n && compare(&events[i - 1], &events[i], &is_text) <= 0;)
			i++;
		if (i < n)
			cstn__sort(events, n, sizeof(*events), compare, &is_text);
		return;
	}
	for (i = 1; i < n; i++) {
		cstn__stage_event event = events[i];

		for (k = i; k > 0 && compare(&events[k - 1], &event, &is_text) > 0; k--)
			events[k] = events[k - 1];
		events[k] = event;
	}
}

/* --- one customer ----------------------------------------------------------------------------- */

static int is_same_event(const cstn__stage_event *a, const cstn__stage_event *b)
{
	return a->kind == b->kind && a->valid_us == b->valid_us && a->extra == b->extra;
}

static cstn_status tell_conflict(const replay *run, worker *at, const cstn__stage_event *event)
{
	char digits[24];
	int len;

	if (run->events->id_is_text)
		return cstn__row_sink_add(at->sink, cstn__stage_row(event), CSTN__STAGE_ID_FIELD,
				"event_id", CSTN_ROW_CONFLICT, (const char *)(intptr_t)event->id,
				event->id_len);
	len = snprintf(digits, sizeof(digits), "%" PRId64, event->id);
	return cstn__row_sink_add(at->sink, cstn__stage_row(event), CSTN__STAGE_ID_FIELD,
			"event_id", CSTN_ROW_CONFLICT, digits, (size_t)len);
}

/* Keep one event an id; all that stand under an id with different content are left out and told. */
static cstn_status drop_repeated(
		const replay *run, worker *at, cstn__stage_event *events, size_t *count)
{
	size_t n = *count, i, k, end, kept = 0;

	for (i = 0; i < n; i = end) {
		int conflict = 0;

		for (end = i + 1; end < n && cstn__id_compare(run->events->id_is_text, events[i].id,
							     events[i].id_len, events[end].id,
							     events[end].id_len) == 0;
				end++)
			conflict |= !is_same_event(&events[i], &events[end]);
		for (k = i; conflict && k < end; k++)
			if (tell_conflict(run, at, &events[k]) != CSTN_OK)
				return CSTN_E_NOMEM;
		if (!conflict)
			events[kept++] = events[i];
	}
	*count = kept;
	return CSTN_OK;
}

/* The customer's events in order; NULL: out of memory. */
static cstn__stage_event *order_events(
		const replay *run, worker *at, size_t from, size_t to, size_t *count)
{
	const cstn__stage_event *all = run->events->items.items;
	int32_t is_text = run->events->id_is_text;
	cstn__stage_event *events;
	size_t i, n = to - from;
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
		rising &= cstn__id_compare(is_text, events[i - 1].id, events[i - 1].id_len,
					  events[i].id, events[i].id_len) < 0;
		in_time &= events[i - 1].valid_us <= events[i].valid_us;
	}
	*count = n;
	if (!rising) {
		sort_events(events, n, is_text, by_id);
		if (drop_repeated(run, at, events, count) != CSTN_OK)
			return NULL;
	}
	if (!rising || !in_time)
		sort_events(events, *count, is_text, by_time);
	return events;
}

static void name_customer(const replay *run, uint32_t code, cstn_error **error)
{
	cstn__stage_id id = cstn__codes_id(&run->events->customers, code);

	if (run->events->customers.is_text)
		cstn__error_prefix(error, "customer '%.*s': ", (int)id.len,
				(const char *)(intptr_t)id.number);
	else
		cstn__error_prefix(error, "customer %" PRId64 ": ", id.number);
}

static cstn_status run_customer(replay *run, worker *at, size_t place, cstn_error **error)
{
	cstn__stage_machine *machine = &at->machine;
	cstn__stage_customer *customer = &run->history->customers[place];
	const cstn__stage_move *moves = NULL;
	size_t n = 0, before = machine->moves.count, i;
	cstn__stage_event *events = order_events(run, at, run->by_customer.starts[place],
			run->by_customer.starts[place + 1], &n);
	cstn_status status;

	if (!events)
		return cstn__fail_nomem(error);
	customer->id = cstn__codes_id(&run->events->customers, run->by_customer.codes[place]);
	customer->n_events = (uint32_t)n;
	if (n == 0)
		return CSTN_OK;
	status = cstn__stage_machine_run(machine, events, n, run->options->as_of_us, error);
	if (status == CSTN_E_POLICY)
		name_customer(run, run->by_customer.codes[place], error);
	if (status != CSTN_OK)
		return status;
	for (i = before; i < machine->moves.count; i++)
		machine->moves.items[i].customer = (uint32_t)place;
	customer->stage = machine->stage;
	customer->first_us = events[0].valid_us;
	customer->since_us = machine->entered_us;
	customer->n_moves = machine->n_moves;
	if (machine->moves.count > before)
		moves = &machine->moves.items[before];
	if (cstn__stage_summary_add(at->summary, events[0].valid_us, moves,
			    machine->moves.count - before) != CSTN_OK)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status run_morsel(void *context, size_t index, int32_t number)
{
	replay *run = context;
	worker *at = &run->workers[number];
	morsel *out = &run->morsels[index];
	size_t place = index * CUSTOMERS_A_MORSEL, end = place + CUSTOMERS_A_MORSEL;
	cstn_status status = CSTN_OK;

	for (; place < end && place < run->by_customer.n && status == CSTN_OK; place++)
		status = run_customer(run, at, place, &out->error);
	out->moves = at->machine.moves.items;
	out->n_moves = at->machine.moves.count;
	out->capacity = at->machine.moves.capacity;
	memset(&at->machine.moves, 0, sizeof(at->machine.moves));
	return status;
}

/* --- all customers ---------------------------------------------------------------------------- */

static cstn_status make_workers(replay *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->events->allocator;
	cstn_status status = CSTN_OK;
	int32_t n, i;

	run->n_morsels = (run->by_customer.n + CUSTOMERS_A_MORSEL - 1) / CUSTOMERS_A_MORSEL;
	n = cstn__threads_resolve(run->options->threads, run->n_morsels ? run->n_morsels : 1);
	run->morsels = cstn__alloc_zero(allocator, (run->n_morsels + 1) * sizeof(*run->morsels));
	run->workers = cstn__alloc_zero(allocator, (size_t)n * sizeof(*run->workers));
	run->n_workers = run->workers ? n : 0;
	if (!run->morsels || !run->workers)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		cstn__stage_machine_init(&run->workers[i].machine, run->policy, allocator);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		status = cstn__stage_summary_new(allocator, run->policy, run->options,
				&run->workers[i].summary, error);
		if (status == CSTN_OK)
			status = cstn__row_sink_new(allocator, &run->workers[i].sink, error);
	}
	return status;
}

static void free_run(replay *run)
{
	const cstn_allocator *allocator = &run->events->allocator;
	size_t i;

	for (i = 0; run->morsels && i < run->n_morsels; i++) {
		cstn__free(allocator, run->morsels[i].moves,
				run->morsels[i].capacity * sizeof(*run->morsels[i].moves));
		cstn_error_free(run->morsels[i].error);
	}
	cstn__free(allocator, run->morsels, (run->n_morsels + 1) * sizeof(*run->morsels));
	for (i = 0; run->workers && i < (size_t)run->n_workers; i++) {
		cstn__stage_machine_free(&run->workers[i].machine);
		cstn__array_free(allocator, &run->workers[i].scratch);
		cstn_stage_summary_free(run->workers[i].summary);
		cstn__row_sink_free(run->workers[i].sink);
	}
	cstn__free(allocator, run->workers, (size_t)run->n_workers * sizeof(*run->workers));
	cstn__grouping_free(&run->by_customer, allocator);
}

/* The status of the first morsel that failed, with its error. */
static cstn_status first_error(replay *run, cstn_status status, cstn_error **error)
{
	size_t i;

	for (i = 0; i < run->n_morsels; i++)
		if (run->morsels[i].error) {
			status = cstn_error_code(run->morsels[i].error);
			if (error) {
				*error = run->morsels[i].error;
				run->morsels[i].error = NULL;
			}
			return status;
		}
	return status == CSTN_E_CANCELLED ? cstn__fail(error, status, "cancelled")
					  : cstn__fail_nomem(error);
}

static int keep_text(cstn__arena *texts, int is_text, cstn__stage_id *id)
{
	const char *kept;

	if (!is_text)
		return 0;
	kept = cstn__arena_copy(texts, (const char *)(intptr_t)id->number, id->len);
	id->number = (int64_t)(intptr_t)kept;
	return kept ? 0 : -1;
}

/* Moves in the order of morsels, with ids of their own. */
static cstn_status join_moves(replay *run, cstn_error **error)
{
	cstn_stage_history *history = run->history;
	size_t i, k, total = 0;
	int failed = 0;

	for (i = 0; i < run->n_morsels; i++)
		total += run->morsels[i].n_moves;
	history->moves = cstn__alloc(
			&history->allocator, cstn__array_size(total + 1, sizeof(*history->moves)));
	if (!history->moves)
		return cstn__fail_nomem(error);
	history->n_moves = total;
	for (total = 0, i = 0; i < run->n_morsels; i++)
		for (k = 0; k < run->morsels[i].n_moves; k++)
			history->moves[total++] = run->morsels[i].moves[k];
	for (i = 0; i < total && !failed; i++) {
		failed |= keep_text(&history->texts, history->id_is_text, &history->moves[i].first);
		failed |= keep_text(&history->texts, history->id_is_text, &history->moves[i].last);
	}
	for (i = 0; i < run->by_customer.n && !failed; i++)
		failed = keep_text(&history->texts, history->customer_is_text,
				&history->customers[i].id);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status join_counts(replay *run, cstn_error **error)
{
	cstn_stage_summary *sum = run->history->summary;
	cstn_status status = CSTN_OK;
	int32_t i;

	for (i = 0; i < run->n_workers && status == CSTN_OK; i++) {
		cstn__stage_summary_settle(run->workers[i].summary);
		status = cstn_stage_summary_merge(sum, run->workers[i].summary, error);
		if (status == CSTN_OK && cstn__row_sink_merge(run->events->sink,
							 run->workers[i].sink) != CSTN_OK)
			status = cstn__fail_nomem(error);
	}
	return status;
}

/* Run the customers that are grouped. */
static cstn_status run_grouped(replay *run, cstn_error **error)
{
	cstn_stage_history *history = run->history;
	cstn_status status;

	history->customers = cstn__alloc_zero(&history->allocator,
			cstn__array_size(run->by_customer.n + 1, sizeof(*history->customers)));
	if (!history->customers)
		return cstn__fail_nomem(error);
	history->n_customers = run->by_customer.n;
	status = make_workers(run, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(
			run->n_morsels, run->n_workers, run->options->progress, run_morsel, run);
	if (status != CSTN_OK)
		return first_error(run, status, error);
	status = join_moves(run, error);
	return status == CSTN_OK ? join_counts(run, error) : status;
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

	run.history->customer_is_text = run.events->customers.is_text;
	run.history->id_is_text = run.events->id_is_text;
	if (n == 0)
		return CSTN_OK;
	if (group_pieces(&run, n))
		status = cstn__fail_nomem(error);
	else
		status = run_grouped(&run, error);
	free_run(&run);
	if (status == CSTN_OK && (take_piece(all, run.history) || drop_events(run.events, n)))
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
	cstn_stage_history *history = all->run.history;
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

static cstn_status read_options(
		const cstn_stage_options *given, cstn_stage_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out),
			CSTN_IMPORT_TRUSTED | CSTN_STAGE_GROUPED, "cstn_stage_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"options is NULL; an as-of time is needed");
	if (out->threads < 0 || out->period_days < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d and period_days is %d; 0 or more expected",
				out->threads, out->period_days);
	if (out->period_days > CSTN__STAGE_DAYS_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"period_days is %d; at most %d expected", out->period_days,
				CSTN__STAGE_DAYS_MAX);
	if (out->as_of_us < -CSTN__STAGE_INSTANT_MAX || out->as_of_us > CSTN__STAGE_INSTANT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"as_of_us is %" PRId64 "; at most 2^62 either way expected",
				out->as_of_us);
	if (out->period_days == 0)
		out->period_days = 30;
	return CSTN_OK;
}

static cstn_status fill_history(cstn_stage_history *history, struct ArrowArrayStream *stream,
		const cstn_stage_options *options, cstn__stage_events *events, cstn_error **error)
{
	int grouped = (options->flags & CSTN_STAGE_GROUPED) != 0;
	cstn_status status;
	pieces all;

	memset(&all, 0, sizeof(all));
	all.run.policy = history->policy;
	all.run.options = options;
	all.run.events = events;
	all.run.history = history;
	if (grouped) {
		events->flush = run_most;
		events->flush_context = &all;
	}
	status = cstn__stage_summary_new(
			&history->allocator, history->policy, options, &history->summary, error);
	if (status == CSTN_OK)
		status = cstn__stage_events_read(events, history->policy, stream, options,
				&history->allocator, error);
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
	cstn_stage_history *history = cstn__alloc_zero(allocator, sizeof(*history));
	cstn_row_errors *rows = NULL;
	cstn__stage_events events;
	cstn_status status;
	int left_out = 0;

	if (!history)
		return cstn__fail_nomem(error);
	memset(&events, 0, sizeof(events));
	history->allocator = *allocator;
	history->policy = cstn_stage_policy_ref(policy);
	cstn__arena_init(&history->texts, allocator);
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
		status = read_options(options, &read, error);
	if (status == CSTN_OK)
		status = checked_replay(policy, &stream, &read, &memory, out, bad_rows, error);
	stream.release(&stream);
	return status;
}
