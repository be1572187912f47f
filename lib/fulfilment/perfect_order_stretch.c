/* Stretches of plain lines: all their orders at once.
 *
 * The first and last order of a stretch may go on outside it and are built as runs; those between
 * are whole. Whether some line of an order failed is found for all orders of a stretch by one long
 * addition for each component: with ones in the place of every line but an order's last, adding
 * the failed lines carries into the place of the last line exactly if there is one. Then each order
 * is a look-up of its group and an increment, or 16 bytes for the units. Cost: 1.5 ns an order
 * whose group is in the cache. */
#include <string.h>

#include "fulfilment/perfect_order_roll.h"

#define WORDS CSTN__CHUNK_WORDS

/* Whole runs of a stretch, by the place of their last row. */
typedef struct runs {
	uint64_t last[WORDS];
	uint64_t failed[4][WORDS]; /* in the last row's place */
	int first_word, words;     /* [first_word, words) */
	int from;                  /* first row of the first run */
} runs;

/* The first edge in (row, to), or `to`. */
static int next_edge(const cstn__worker *worker, int row, int to)
{
	int w = (row + 1) / 64;
	uint64_t word;

	if (row + 1 >= to)
		return to;
	word = worker->edge[w] & (~UINT64_C(0) << ((row + 1) % 64));
	while (!word) {
		if (++w * 64 >= to)
			return to;
		word = worker->edge[w];
	}
	row = w * 64 + __builtin_ctzll(word);
	return row < to ? row : to;
}

/* The last edge in [from, to); there is one. */
static int last_edge(const cstn__worker *worker, int from, int to)
{
	int w = (to - 1) / 64;
	uint64_t word = worker->edge[w] & cstn__bits_between(0, (to - 1) % 64 + 1);

	while (!word && w * 64 > from)
		word = worker->edge[--w];
	return w * 64 + 63 - __builtin_clzll(word);
}

/* Rows [from, to) are of the run at hand. */
static void add_rows(cstn__worker *worker, int from, int to)
{
	cstn__unit *unit = &worker->run.unit;
	uint64_t failed[4] = {0, 0, 0, 0};
	int row, end, c;

	for (row = from; row < to; row = end) {
		uint64_t mask;

		end = (row / 64 + 1) * 64 < to ? (row / 64 + 1) * 64 : to;
		mask = cstn__bits_between(row % 64, end - row / 64 * 64);
		for (c = 0; c < 4; c++)
			failed[c] |= worker->fail[c][row / 64] & mask;
	}
	unit->pattern |= (uint8_t)((failed[0] != 0) | (failed[1] != 0) << 1 |
				   (failed[2] != 0) << 2 | (failed[3] != 0) << 3);
	unit->flags |= CSTN__UNIT_KEPT;
	unit->lines += (uint32_t)(to - from);
}

/* `from` and `to` are edges, all runs between them are whole. */
static void find_runs(const cstn__worker *worker, int from, int to, runs *out)
{
	uint64_t inner[WORDS];
	int w, c;

	out->from = from;
	out->first_word = from / 64;
	out->words = (to - 1) / 64 + 1;
	for (w = out->first_word; w < out->words; w++) {
		uint64_t rows = ~UINT64_C(0), next = w + 1 < WORDS ? worker->edge[w + 1] << 63 : 0;

		if (w == out->first_word)
			rows &= ~UINT64_C(0) << (from % 64);
		if (w == out->words - 1)
			rows &= cstn__bits_between(0, (to - 1) % 64 + 1);
		out->last[w] = (worker->edge[w] >> 1 | next) & rows;
		inner[w] = rows & ~out->last[w];
	}
	for (c = 0; c < 4; c++) {
		uint64_t carry = 0;

		for (w = out->first_word; w < out->words; w++) {
			uint64_t lines = worker->fail[c][w], sum = (lines & inner[w]) + inner[w];
			uint64_t over = sum < inner[w];

			sum += carry;
			carry = over | (sum < carry);
			out->failed[c][w] = (sum | lines) & out->last[w];
		}
	}
}

static inline uint32_t pattern_at(const runs *in, int w, int bit)
{
	return (uint32_t)((in->failed[0][w] >> bit & 1) | (in->failed[1][w] >> bit & 1) << 1 |
			  (in->failed[2][w] >> bit & 1) << 2 | (in->failed[3][w] >> bit & 1) << 3);
}

static inline int64_t id_at(const cstn__worker *worker, int row)
{
	return worker->key64 ? worker->key64[row] : worker->key32[row];
}

/* What becomes of whole runs. */
enum { COUNTED, WRITTEN, SPREAD };

static inline cstn_status count_run(cstn__worker *worker, uint32_t cell, uint32_t pattern)
{
	if (cell >= worker->hot_cells && cstn__hot_grow(worker, cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	worker->hot[pattern * worker->hot_cells + cell]++;
	return CSTN_OK;
}

static inline cstn_status write_run(cstn__worker *worker, const cstn__packed_run *run)
{
	cstn__packed_log *log = &worker->rising;

	if ((!log->last || log->last->count == log->last->capacity) &&
			cstn__packed_log_extend(log, &worker->plan->state->allocator))
		return CSTN_E_NOMEM;
	log->last->runs[log->last->count++] = *run;
	return CSTN_OK;
}

static inline cstn_status spread_run(cstn__worker *worker, const cstn__packed_run *run)
{
	size_t partition = cstn__number_hash(run->id) >> (64 - CSTN__PARTITION_BITS);
	size_t n = worker->line_count[partition];

	worker->lines[partition].runs[n] = *run;
	worker->line_count[partition] = (uint8_t)(n + 1);
	return n + 1 < 4 ? CSTN_OK : cstn__worker_write_line(worker, partition);
}

static inline cstn_status take_run(
		cstn__worker *worker, uint32_t cell, uint32_t pattern, int row, int lines, int how)
{
	cstn__packed_run run;

	if (how == COUNTED)
		return count_run(worker, cell, pattern);
	run.id = id_at(worker, row);
	run.cell = cell;
	run.bits = pattern | CSTN__UNIT_KEPT << 8 | (uint32_t)lines << 13;
	return how == WRITTEN ? write_run(worker, &run) : spread_run(worker, &run);
}

/* n runs have been taken, the last of them up to `row`. */
static cstn_status add_up(cstn__worker *worker, uint64_t n, int row, int how)
{
	if (how == WRITTEN) {
		worker->rising.count += n;
		worker->rising.last_id = id_at(worker, row);
	} else if (how == SPREAD) {
		worker->n_runs += n;
	} else {
		worker->hot_units += n;
		if (worker->hot_units >= CSTN__HOT_FLUSH)
			return cstn__hot_flush(worker);
	}
	return CSTN_OK;
}

/* Keys and dimensions of the next chunk: memory would have nothing to do while runs are taken. */
static inline void ask_ahead(
		const cstn__worker *worker, const cstn__finder *tables, int row, int dimensions)
{
	if (worker->key64)
		CSTN__ASK_AHEAD(worker->key64 + row);
	CSTN__ASK_AHEAD(tables->a + row);
	if (dimensions == 2)
		CSTN__ASK_AHEAD(tables->b + row);
}

static inline cstn_status take_runs(cstn__worker *worker, const runs *in, int dimensions, int how)
{
	int before = in->from - 1, row, w;
	uint64_t word, n = 0;
	cstn__finder tables;

	cstn__finder_set(worker, &tables);
	for (w = in->first_word; w < in->words; w++)
		for (word = in->last[w]; word; word &= word - 1) {
			int bit = __builtin_ctzll(word);
			uint32_t cell = UINT32_MAX;

			row = w * 64 + bit;
			if (dimensions)
				ask_ahead(worker, &tables, row, dimensions);
			if (dimensions)
				cell = cstn__finder_cell(&tables, row, dimensions);
			if (cell == UINT32_MAX) {
				cell = cstn__row_cell(worker, row);
				if (cell == UINT32_MAX)
					return CSTN_E_NOMEM;
				if (dimensions)
					cstn__finder_set(worker, &tables);
			}
			if (take_run(worker, cell, pattern_at(in, w, bit), row, row - before,
					    how) != CSTN_OK)
				return CSTN_E_NOMEM;
			before = row;
			n++;
		}
	return add_up(worker, n, before, how);
}

static inline cstn_status take_all(cstn__worker *worker, const runs *in, int how)
{
	size_t n = worker->plan->state->registry.n_dimensions;

	if (n == 2 && worker->quick[0].p32 && worker->quick[1].p32)
		return take_runs(worker, in, 2, how);
	if (n == 1 && worker->quick[0].p32)
		return take_runs(worker, in, 1, how);
	return take_runs(worker, in, 0, how);
}

/* One by one: keys that are texts, or that fall. */
static cstn_status take_singly(cstn__worker *worker, int from, int to)
{
	cstn_status status = CSTN_OK;
	int next;

	for (; from < to && status == CSTN_OK; from = next) {
		next = next_edge(worker, from, to);
		status = cstn__run_begin(worker, from);
		if (status != CSTN_OK)
			break;
		add_rows(worker, from, next);
		status = cstn__run_end(worker, 0);
	}
	return status;
}

/* The last run that was counted is the one before `to`. */
static cstn_status count_whole(cstn__worker *worker, const runs *found, int to)
{
	cstn_status status = take_all(worker, found, COUNTED);

	if (status != CSTN_OK)
		return status;
	worker->last_id = id_at(worker, to - 1);
	worker->segments.items[worker->segments.count - 1].single = 0;
	return CSTN_OK;
}

/* `from` and `to` are edges; the run before them has been ended. */
static cstn_status take_whole(cstn__worker *worker, int from, int to)
{
	int rises = worker->rising_keys && !worker->plan->text_key;
	runs found;

	if (!worker->lines && (!worker->plan->clustered || !rises ||
					      id_at(worker, from) < worker->last_id))
		return take_singly(worker, from, to);
	find_runs(worker, from, to, &found);
	if (!worker->lines)
		return count_whole(worker, &found, to);
	if (!worker->spread && rises &&
			(!worker->rising.count || id_at(worker, from) >= worker->rising.last_id))
		return take_all(worker, &found, WRITTEN);
	worker->spread = 1;
	return take_all(worker, &found, SPREAD);
}

cstn_status cstn__roll_stretch(cstn__worker *worker, int from, int to)
{
	cstn_status status = CSTN_OK;
	int first, last;

	/* the first row is compared with the run, not with its neighbour, which may lie in another
	 * chunk or have been left out */
	if (!cstn__run_goes_on(worker, from)) {
		status = cstn__run_end(worker, 0);
		if (status == CSTN_OK)
			status = cstn__run_begin(worker, from);
	} else if (worker->plan->state->registry.n_dimensions) {
		status = cstn__run_mix(worker, from);
	}
	if (status != CSTN_OK)
		return status;
	first = next_edge(worker, from, to);
	add_rows(worker, from, first);
	if (first == to)
		return CSTN_OK;
	status = cstn__run_end(worker, 0);
	last = last_edge(worker, first, to);
	if (status == CSTN_OK && last > first)
		status = take_whole(worker, first, last);
	if (status == CSTN_OK)
		status = cstn__run_begin(worker, last);
	if (status == CSTN_OK)
		add_rows(worker, last, to);
	return status;
}
