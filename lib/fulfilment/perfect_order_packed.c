/* Open orders in 16 bytes: runs of integer ids of lines that are nothing special, which are most.
 *
 * Such runs are written down as they come, by partition, and only put together when they are asked
 * for: closing adds up one partition after the other in a table that fits the cache and is used
 * again, so that the orders of a state never need a table as large as they are. Where runs have
 * become more than twice as many as the orders that the last look found, they are put together and
 * written down again. Runs that do not fit 16 bytes (a reason why a line was left out) live among
 * the partition's records, perhaps of the same order: closing joins both. Everything that is not in
 * a hurry makes records of all first. Cost: 5 ns a run to write, 8 ns to add up. */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

#define LINES_SHIFT 13
#define MARKS ((1u << LINES_SHIFT) - 1)
#define AHEAD 16
#define SETTLE_FROM 65536 /* runs of a partition that are not worth putting together */

void cstn__unpack_run(const cstn__packed_run *packed, cstn__run *out)
{
	cstn__unit_init(&out->unit);
	out->id = packed->id;
	out->cell = packed->cell;
	out->text_len = 0;
	out->unit.pattern = packed->bits & 15;
	out->unit.unassessed = packed->bits >> 4 & 15;
	out->unit.flags = packed->bits >> 8 & 31;
	out->unit.lines = packed->bits >> LINES_SHIFT;
}

int cstn__run_packs(const cstn__run *run)
{
	return !(run->unit.flags & CSTN__UNIT_DROPPED) && !run->unit.expected &&
	       run->unit.lines <= CSTN__PACKED_LINES;
}

void cstn__pack_run(const cstn__run *run, cstn__packed_run *out)
{
	out->id = run->id;
	out->cell = run->cell;
	out->bits = run->unit.pattern | (uint32_t)run->unit.unassessed << 4 |
		    (uint32_t)run->unit.flags << 8 | run->unit.lines << LINES_SHIFT;
}

/* --- runs written down -------------------------------------------------------------------------
 */

static size_t block_size(size_t capacity)
{
	return sizeof(cstn__packed_block) + capacity * sizeof(cstn__packed_run);
}

/* Blocks grow with the log: small states have small ones. */
static int add_block(cstn__packed_log *log, const cstn_allocator *allocator)
{
	size_t capacity = log->count & ~(size_t)3;
	cstn__packed_block *block;

	capacity = capacity < CSTN__PACKED_BLOCK        ? CSTN__PACKED_BLOCK
		   : capacity > CSTN__PACKED_BLOCK_MOST ? CSTN__PACKED_BLOCK_MOST
							: capacity;
	block = cstn__alloc_aligned(allocator, block_size(capacity), 64);
	if (!block)
		return -1;
	block->next = NULL;
	block->count = 0;
	block->capacity = (uint32_t)capacity;
	if (log->last)
		log->last->next = block;
	else
		log->first = block;
	log->last = block;
	return 0;
}

static void free_block(cstn__packed_block *block, const cstn_allocator *allocator)
{
	cstn__free_aligned(allocator, block, block_size(block->capacity), 64);
}

int cstn__packed_log_extend(cstn__packed_log *log, const cstn_allocator *allocator)
{
	return log->last && log->last->count < log->last->capacity ? 0 : add_block(log, allocator);
}

static int add_one(
		cstn__packed_log *log, const cstn_allocator *allocator, const cstn__packed_run *run)
{
	if (cstn__packed_log_extend(log, allocator))
		return -1;
	log->last->runs[log->last->count++] = *run;
	log->count++;
	return 0;
}

int cstn__packed_tail_open(
		cstn__packed_tail *tail, cstn__packed_log *log, const cstn_allocator *allocator)
{
	cstn__packed_tail_close(tail, log);
	if ((!log->last || log->last->count + 4 > log->last->capacity) && add_block(log, allocator))
		return -1;
	tail->to = log->last->runs + log->last->count;
	tail->room = log->last->capacity - log->last->count;
	return 0;
}

void cstn__packed_tail_close(cstn__packed_tail *tail, cstn__packed_log *log)
{
	uint32_t count;

	if (!tail->to)
		return;
	count = (uint32_t)(tail->to - log->last->runs);
	log->count += count - log->last->count;
	log->last->count = count;
	tail->to = NULL;
	tail->room = 0;
}

void cstn__packed_log_free(cstn__packed_log *log, const cstn_allocator *allocator)
{
	cstn__packed_block *block, *next;

	for (block = log->first; block; block = next) {
		next = block->next;
		free_block(block, allocator);
	}
	memset(log, 0, sizeof(*log));
}

int cstn__packed_log_reserve(cstn__packed_log *into, const cstn__packed_log *from,
		const cstn_allocator *allocator)
{
	/* a short log is copied into the last block, so that many small updates make no small
	 * blocks */
	if (from->count == 0 || from->count > CSTN__PACKED_BLOCK / 2)
		return 0;
	return into->last && into->last->count + from->count <= into->last->capacity
			       ? 0
			       : add_block(into, allocator);
}

/* The last run of one log and the first of the next may be of one order: many small updates of an
 * order shall not make a long log. */
static void join_ends(cstn__packed_log *into, cstn__packed_log *from)
{
	cstn__packed_run *last, *first = &from->first->runs[0];

	if (!into->last->count || !from->first->count)
		return;
	last = &into->last->runs[into->last->count - 1];
	if (last->id != first->id || last->cell != first->cell ||
			(last->bits >> LINES_SHIFT) + (first->bits >> LINES_SHIFT) >
					CSTN__PACKED_LINES)
		return;
	*first = (cstn__packed_run){last->id, last->cell,
			(last->bits & ~MARKS) + (first->bits & ~MARKS) +
					((last->bits | first->bits) & MARKS)};
	into->last->count--;
	into->count--;
}

void cstn__packed_log_move(
		cstn__packed_log *into, cstn__packed_log *from, const cstn_allocator *allocator)
{
	const cstn__packed_block *block;

	if (from->count == 0)
		return;
	into->count += from->count;
	into->last_id = from->last_id;
	if (from->count > CSTN__PACKED_BLOCK / 2) {
		if (into->last)
			into->last->next = from->first;
		else
			into->first = from->first;
		into->last = from->last;
		memset(from, 0, sizeof(*from));
		return;
	}
	join_ends(into, from);
	for (block = from->first; block; block = block->next) {
		memcpy(into->last->runs + into->last->count, block->runs,
				block->count * sizeof(*block->runs));
		into->last->count += block->count;
	}
	cstn__packed_log_free(from, allocator);
}

/* --- a table of one partition's orders ----------------------------------------------------------
 */

typedef struct packed_table {
	cstn_perfect_order *state;
	cstn__packed_run *items; /* open addressing; bits 0 = empty */
	size_t capacity, mask, count;
} packed_table;

static inline cstn__packed_run *find_from(const packed_table *table, size_t at, int64_t id)
{
	while (table->items[at].bits && table->items[at].id != id)
		at = (at + 1) & table->mask;
	return &table->items[at];
}

static inline cstn__packed_run *find(const packed_table *table, int64_t id)
{
	return find_from(table, cstn__number_hash(id) & table->mask, id);
}

static void free_table(packed_table *table)
{
	cstn__free(&table->state->allocator, table->items, table->capacity * sizeof(*table->items));
	table->items = NULL;
	table->capacity = 0;
}

/* An empty table for about `n` orders, in the memory there is if that does. */
static int clear_table(packed_table *table, size_t n)
{
	size_t capacity = 64;

	while (capacity < 3 * n)
		capacity *= 2;
	if (capacity > table->capacity) {
		free_table(table);
		table->items = cstn__alloc(&table->state->allocator,
				cstn__array_size(capacity, sizeof(*table->items)));
		if (!table->items)
			return -1;
		table->capacity = capacity;
	}
	table->mask = capacity - 1;
	table->count = 0;
	memset(table->items, 0, capacity * sizeof(*table->items));
	return 0;
}

static int grow_table(packed_table *table)
{
	packed_table grown = {.state = table->state};
	size_t i;

	if (clear_table(&grown, table->mask + 1))
		return -1;
	grown.count = table->count;
	for (i = 0; i <= table->mask; i++)
		if (table->items[i].bits)
			*find(&grown, table->items[i].id) = table->items[i];
	free_table(table);
	*table = grown;
	return 0;
}

/* Same order, but another group or very many lines, whose number then stands still: closing does
 * not ask for it. */
static int merge_unlike(
		cstn_perfect_order *state, cstn__packed_run *at, const cstn__packed_run *from)
{
	cstn__run into, run;

	cstn__unpack_run(at, &into);
	cstn__unpack_run(from, &run);
	if (cstn__run_merge(state, &into, &run))
		return -1;
	if (into.unit.lines > CSTN__PACKED_LINES)
		into.unit.lines = CSTN__PACKED_LINES;
	cstn__pack_run(&into, at);
	return 0;
}

static inline int add_run(packed_table *table, cstn__packed_run *at, const cstn__packed_run *run)
{
	if (!at->bits) {
		*at = *run;
		table->count++;
		return 0;
	}
	if (at->cell == run->cell && (at->bits >> LINES_SHIFT) + (run->bits >> LINES_SHIFT) <=
						     CSTN__PACKED_LINES) {
		at->bits = (at->bits & ~MARKS) + (run->bits & ~MARKS) +
			   ((at->bits | run->bits) & MARKS);
		return 0;
	}
	return merge_unlike(table->state, at, run);
}

/* Some runs at a time: their places are on the way before they are looked at. */
static int add_runs(packed_table *table, const cstn__packed_run *runs, uint32_t n)
{
	size_t places[AHEAD];
	uint32_t i;

	while ((table->count + n) * 2 > table->mask)
		if (grow_table(table))
			return -1;
	for (i = 0; i < n; i++) {
		places[i] = cstn__number_hash(runs[i].id) & table->mask;
		__builtin_prefetch(&table->items[places[i]]);
	}
	for (i = 0; i < n; i++)
		if (add_run(table, find_from(table, places[i], runs[i].id), &runs[i]))
			return -1;
	return 0;
}

/* All runs of a log, added up by order. */
static int fill_table(packed_table *table, const cstn__packed_log *log)
{
	const cstn__packed_block *block;
	uint32_t i;
	size_t n;

	/* partitions are much alike: the one before tells how large this one will be */
	n = table->count ? table->count + table->count / 32 : log->count / 4;
	if (clear_table(table, n > log->settled ? n : log->settled))
		return -1;
	for (block = log->first; block; block = block->next)
		for (i = 0; i < block->count; i += AHEAD)
			if (add_runs(table, block->runs + i,
					    block->count - i < AHEAD ? block->count - i : AHEAD))
				return -1;
	return 0;
}

/* --- putting together ---------------------------------------------------------------------------
 */

/* Does every order of the table tell how many lines it has? */
static int all_lines_known(const packed_table *table)
{
	size_t i;

	for (i = 0; i <= table->mask; i++)
		if (table->items[i].bits >> LINES_SHIFT == CSTN__PACKED_LINES)
			return 0;
	return 1;
}

static int write_again(packed_table *table, cstn__packed_log *log)
{
	const cstn_allocator *allocator = &table->state->allocator;
	cstn__packed_log fresh = {0};
	size_t i;

	for (i = 0; i <= table->mask; i++)
		if (table->items[i].bits && add_one(&fresh, allocator, &table->items[i])) {
			cstn__packed_log_free(&fresh, allocator);
			return -1;
		}
	cstn__packed_log_free(log, allocator);
	*log = fresh;
	return 0;
}

void cstn__packed_log_settle(cstn_perfect_order *state, cstn__packed_log *log)
{
	packed_table table = {.state = state};

	if (log->count < SETTLE_FROM || log->count < 2 * log->settled)
		return;
	/* without memory for it, or with orders of half a million lines, the log stays as it is */
	if (fill_table(&table, log) == 0) {
		if (table.count < log->count / 4 * 3 && all_lines_known(&table))
			(void)write_again(&table, log);
		log->settled = table.count;
	}
	free_table(&table);
}

/* Take the runs of a log away one by one, `each` of them going somewhere else; what is left on
 * failure is a log as before. */
static int drain(cstn__packed_log *log, const cstn_allocator *allocator,
		int (*each)(void *context, const cstn__packed_run *run), void *context)
{
	cstn__packed_block *block;

	while ((block = log->first) != NULL) {
		for (; block->count; block->count--, log->count--)
			if (each(context, &block->runs[block->count - 1]))
				return -1;
		log->first = block->next;
		if (!block->next)
			log->last = NULL;
		free_block(block, allocator);
	}
	log->settled = 0;
	return 0;
}

typedef struct unpacking {
	cstn_perfect_order *state;
	cstn__units *units;
} unpacking;

static int unpack_one(void *context, const cstn__packed_run *packed)
{
	unpacking *to = context;
	cstn__run run;

	cstn__unpack_run(packed, &run);
	return cstn__units_add(to->state, to->units, &run, NULL, 0) == UINT32_MAX ? -1 : 0;
}

static int spread_one(void *context, const cstn__packed_run *run)
{
	cstn__core *core = context;
	size_t i = cstn__number_hash(run->id) >> (64 - CSTN__PARTITION_BITS);

	return add_one(&core->units[i].log, &core->allocator, run);
}

int cstn__core_need_units(cstn__core *core)
{
	if (!core->units)
		core->units = cstn__alloc_zero(
				&core->allocator, CSTN__PARTITIONS * sizeof(*core->units));
	return core->units ? 0 : -1;
}

static int spread(cstn__core *core, cstn__packed_log *log)
{
	if (!log->count)
		return 0;
	return cstn__core_need_units(core) || drain(log, &core->allocator, spread_one, core) ? -1
											     : 0;
}

int cstn__core_spread(cstn__core *core)
{
	return spread(core, &core->rising);
}

int cstn__core_add_rising(cstn__core *core, cstn__packed_log *from)
{
	if (!from->count)
		return 0;
	if (core->units || (core->rising.count && from->first->runs[0].id < core->rising.last_id))
		return cstn__core_spread(core) || spread(core, from) ? -1 : 0;
	if (cstn__packed_log_reserve(&core->rising, from, &core->allocator))
		return -1;
	cstn__packed_log_move(&core->rising, from, &core->allocator);
	return 0;
}

int cstn__core_unpack(cstn_perfect_order *state, cstn__core *core)
{
	size_t i;

	if (cstn__core_spread(core))
		return -1;
	for (i = 0; core->units && i < CSTN__PARTITIONS; i++) {
		unpacking to = {state, &core->units[i]};

		if (drain(&core->units[i].log, &state->allocator, unpack_one, &to))
			return -1;
	}
	return 0;
}

/* --- closing ------------------------------------------------------------------------------------
 */

typedef struct closing {
	packed_table table;
	cstn__core *core;
	uint32_t *hot; /* [16][n_cells]; NULL: not worth its while */
	size_t n_cells;
} closing;

/* Records of orders that are in the table too are closed with what is there. */
static cstn_status close_records(closing *to, const cstn__units *units)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < units->runs.count && status == CSTN_OK; i++) {
		cstn__run run = units->runs.items[i], other;
		cstn__packed_run *at;

		if (run.cell == UINT32_MAX)
			continue;
		at = find(&to->table, run.id);
		if (at->bits) {
			cstn__unpack_run(at, &other);
			/* all that a counted order is but its place */
			at->bits &= ~MARKS;
			if (cstn__run_merge(to->table.state, &run, &other))
				return CSTN_E_NOMEM;
		}
		status = cstn__core_close(to->table.state, to->core, &run,
				units->wide.count ? &units->wide.items[i] : NULL, NULL, 0);
	}
	return status;
}

/* What is no more than a pattern is an increment. */
static inline int is_hot(const closing *to, const cstn__packed_run *run)
{
	return to->hot && (run->bits >> 4 & 0x1ff) == CSTN__UNIT_KEPT << 4 &&
	       run->cell < to->n_cells;
}

static cstn_status close_one(closing *to, const cstn__packed_run *packed)
{
	cstn__run run;

	if (is_hot(to, packed)) {
		to->hot[(packed->bits & 15) * to->n_cells + packed->cell]++;
		return CSTN_OK;
	}
	cstn__unpack_run(packed, &run);
	return cstn__core_close(to->table.state, to->core, &run, NULL, NULL, 0);
}

static cstn_status close_table(closing *to)
{
	cstn_status status = CSTN_OK;
	size_t i;

	/* empty, or closed with its record, when there are no marks */
	for (i = 0; i <= to->table.mask && status == CSTN_OK; i++)
		if (to->table.items[i].bits & MARKS)
			status = close_one(to, &to->table.items[i]);
	return status;
}

/* An order whose lines were in two pieces of work is in two runs, one after the other. */
static cstn_status close_rising(closing *to, const cstn__packed_log *log)
{
	const cstn__packed_block *block;
	cstn__packed_run open = {0, 0, 0};
	cstn_status status = CSTN_OK;
	uint32_t i;

	for (block = log->first; block; block = block->next)
		for (i = 0; i < block->count && status == CSTN_OK; i++) {
			const cstn__packed_run *run = &block->runs[i];

			if (open.bits && open.id == run->id) {
				if (merge_unlike(to->table.state, &open, run))
					return CSTN_E_NOMEM;
				continue;
			}
			if (open.bits)
				status = close_one(to, &open);
			open = *run;
		}
	if (status == CSTN_OK && open.bits)
		status = close_one(to, &open);
	return status;
}

static cstn_status add_hot(closing *to)
{
	size_t cell, p;

	for (p = 0; p < 16; p++)
		for (cell = 0; cell < to->n_cells; cell++) {
			uint32_t units = to->hot[p * to->n_cells + cell];

			if (!units)
				continue;
			if (cstn__core_reserve_cell(to->core, (uint32_t)cell) != CSTN_OK)
				return CSTN_E_NOMEM;
			cstn__core_counts(to->core, (uint32_t)cell)->pattern[p] += units;
		}
	return CSTN_OK;
}

static cstn_status close_partitions(closing *to, const cstn__units *units, uint8_t *done)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < CSTN__PARTITIONS && status == CSTN_OK; i++) {
		if (!units[i].log.count)
			continue;
		done[i] = 1;
		if (fill_table(&to->table, &units[i].log))
			return CSTN_E_NOMEM;
		status = close_records(to, &units[i]);
		if (status == CSTN_OK)
			status = close_table(to);
	}
	return status;
}

cstn_status cstn__core_close_packed(cstn_perfect_order *state, cstn__core *core, uint8_t *done)
{
	const cstn__units *units = state->core.units;
	closing to = {.table = {.state = state}, .core = core};
	size_t n = state->core.rising.count, size, i;
	cstn_status status;

	memset(done, 0, CSTN__PARTITIONS);
	for (i = 0; units && i < CSTN__PARTITIONS; i++)
		n += units[i].log.count;
	if (n == 0)
		return CSTN_OK;
	to.n_cells = state->registry.cells.count;
	size = cstn__array_size(to.n_cells, 16 * sizeof(*to.hot));
	if (n >= to.n_cells && n < UINT32_MAX) {
		to.hot = cstn__alloc_zero(&state->allocator, size);
		if (!to.hot)
			return CSTN_E_NOMEM;
	}
	status = close_rising(&to, &state->core.rising);
	if (status == CSTN_OK && units)
		status = close_partitions(&to, units, done);
	if (status == CSTN_OK && to.hot)
		status = add_hot(&to);
	free_table(&to.table);
	cstn__free(&state->allocator, to.hot, size);
	return status;
}
