/* The CSV reader: from indexed windows to record batches.
 *
 * A step takes the rows of a window that are not yet given out, lays them over batches of exactly
 * batch_rows rows and cuts them into tasks of rows that are neighbours in a batch, at multiples of
 * 64 so that no two workers share a validity byte. Workers parse a task column by column straight
 * into the batch's buffers; text takes a second pass when its lengths are known. Then one thread
 * walks over bad rows and bad values in file order, so that the rejects and the place where
 * max_rejects stops do not depend on the number of threads. Rows to be left out are squeezed out
 * when the batch is full. Invariant: batch borders are a function of the file and batch_rows alone.
 * Memory: O(threads x 5 MiB + batch). */
#include "table/csv_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"

#define STEP_BATCHES 16

/* ---- rejects ---- */

/* One bad row more. */
static cstn_status reject_counted(cstn_csv_reader *reader, uint64_t line, cstn_error **error)
{
	reader->bad_rows++;
	if (reader->max_rejects < 0 || reader->bad_rows <= (uint64_t)reader->max_rejects)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_LIMIT,
			"more than %" PRId64 " bad rows, the last one on line %" PRIu64,
			reader->max_rejects, line);
}

static cstn_status reject_row(cstn_csv_reader *reader, uint64_t line, int32_t code,
		const char *reason, const void *raw, size_t raw_len, cstn_error **error)
{
	cstn__csv_reject reject = {line, -1, code, NULL, reason, strlen(reason), raw, raw_len};

	if (cstn__csv_rejects_add(&reader->rejects, &reject, NULL, 0) != CSTN_OK)
		return cstn__fail_nomem(error);
	return reject_counted(reader, line, error);
}

static cstn_status reject_fault(cstn_csv_reader *reader, uint32_t chunk,
		const cstn__csv_fault *fault, cstn_error **error)
{
	const uint8_t *data = reader->windows[0].data;
	char reason[128];

	if (fault->code == CSTN_ROW_FIELDS)
		snprintf(reason, sizeof(reason), "%" PRIu32 " fields, %" PRIu32 " expected",
				fault->fields, reader->file_columns);
	else if (fault->code == CSTN_ROW_QUOTE)
		snprintf(reason, sizeof(reason),
				"a quote inside an unquoted field, or text after a closing quote");
	else if (fault->field != UINT32_MAX)
		snprintf(reason, sizeof(reason), "field %" PRIu32 " is longer than 1 MiB",
				fault->field + 1);
	else
		snprintf(reason, sizeof(reason), "the row is longer than 16 MiB");
	return reject_row(reader, cstn__csv_line_at(reader, chunk, fault->begin), fault->code,
			reason, data + fault->begin, fault->end - fault->begin, error);
}

/* Faults that begin before `place` of `chunk`; *place becomes that of the one that was too many. */
static cstn_status reject_faults_before(
		cstn_csv_reader *reader, uint32_t chunk, uint32_t *place, cstn_error **error)
{
	cstn_status status;

	for (; reader->fault_chunk <= chunk; reader->fault_chunk++) {
		cstn__csv_chunk *c = reader->chunks.items + reader->fault_chunk;

		for (; c->next_fault < c->faults.count; c->next_fault++) {
			const cstn__csv_fault *fault = c->faults.items + c->next_fault;

			if (reader->fault_chunk == chunk && fault->begin > *place)
				return CSTN_OK;
			status = reject_fault(reader, reader->fault_chunk, fault, error);
			if (status != CSTN_OK) {
				*place = fault->begin;
				return status;
			}
		}
		if (reader->fault_chunk == chunk)
			break;
	}
	return CSTN_OK;
}

cstn_status cstn__csv_reject_overlong(cstn_csv_reader *reader, int open_quote, cstn_error **error)
{
	cstn__csv_overlong *overlong = &reader->overlong;
	char reason[128] = "the row is longer than 16 MiB";
	cstn_status status;

	overlong->active = 0;
	if (open_quote)
		snprintf(reason, sizeof(reason),
				"the quote that opens on line %" PRIu64 " is not closed",
				overlong->quote_line);
	status = reject_row(reader, overlong->line, open_quote ? CSTN_ROW_QUOTE : CSTN_ROW_LENGTH,
			reason, overlong->raw, CSTN__CSV_OVERLONG_RAW, error);
	cstn__free(&reader->allocator, overlong->raw, CSTN__CSV_OVERLONG_RAW);
	overlong->raw = NULL;
	return status;
}

/* What a quote that nobody closed has swallowed. */
static cstn_status reject_unclosed(cstn_csv_reader *reader, cstn_error **error)
{
	const cstn__csv_window *window = &reader->windows[0];
	uint32_t size = (uint32_t)window->size, open;
	char reason[128];

	open = cstn__csv_last_open_quote(window->data, reader->tail, size, reader->format.delimiter,
			reader->format.quote);
	snprintf(reason, sizeof(reason), "the quote that opens on line %" PRIu64 " is not closed",
			reader->tail_line + cstn__csv_count(window->data + reader->tail,
							    open - reader->tail, '\n',
							    reader->tuning.simd));
	while (size > reader->tail &&
			(window->data[size - 1] == '\n' || window->data[size - 1] == '\r'))
		size--;
	return reject_row(reader, reader->tail_line, CSTN_ROW_QUOTE, reason,
			window->data + reader->tail, size - reader->tail, error);
}

/* Every row of the window was taken: its last faults, and what the end of the file leaves open. */
static cstn_status reject_rest(cstn_csv_reader *reader, cstn_error **error)
{
	uint32_t place = UINT32_MAX;
	cstn_status status;

	if (reader->n_chunks > 0) {
		status = reject_faults_before(reader, reader->n_chunks - 1, &place, error);
		if (status != CSTN_OK)
			return status;
	}
	if (!reader->last_window || reader->failure != CSTN_OK)
		return CSTN_OK;
	if (reader->overlong.active)
		return cstn__csv_reject_overlong(
				reader, reader->tail_state == CSTN__CSV_QUOTED, error);
	if (reader->tail < reader->windows[0].size)
		return reject_unclosed(reader, error);
	return CSTN_OK;
}

/* ---- planning a step ---- */

static uint32_t row_begin(const cstn__csv_chunk *chunk, size_t row)
{
	return chunk->positions.items[chunk->rows.items[row]] + 1;
}

static uint32_t row_end(const cstn_csv_reader *reader, const cstn__csv_chunk *chunk, size_t row)
{
	return chunk->positions.items[chunk->rows.items[row] + reader->file_columns];
}

static size_t rows_left(const cstn_csv_reader *reader)
{
	size_t left = 0;
	uint32_t i;

	for (i = reader->current_chunk; i < reader->n_chunks; i++)
		left += reader->chunks.items[i].rows.count - reader->chunks.items[i].next_row;
	return left;
}

/* How many of the chunk's next `n` rows lie within the batch's bytes. */
static size_t rows_within(const cstn_csv_reader *reader, const cstn__csv_batch *batch,
		const cstn__csv_chunk *chunk, size_t n)
{
	uint64_t limit = batch->begin + reader->tuning.batch_bytes;
	size_t low = 0, high = n;

	if (reader->base + row_end(reader, chunk, chunk->next_row + n - 1) <= limit)
		return n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reader->base + row_end(reader, chunk, chunk->next_row + middle) <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 && batch->rows == 0 ? 1 : low;
}

/* `n` rows of the chunk go to the end of the batch: tasks and segments. */
static cstn_status plan_rows(cstn_csv_reader *reader, uint32_t batch_number, uint32_t n)
{
	cstn__csv_batch *batch = reader->step.items[batch_number];
	cstn__csv_chunk *chunk = reader->chunks.items + reader->current_chunk;
	const uint32_t task_rows = reader->tuning.task_rows;

	while (n > 0) {
		uint32_t block = batch->rows / task_rows,
			 room = (block + 1) * task_rows - batch->rows;
		cstn__csv_segment segment = {reader->windows[0].data, chunk->positions.items + 1,
				chunk->rows.items + chunk->next_row, n < room ? n : room,
				batch->rows, chunk->ascii, reader->current_chunk,
				(uint32_t)chunk->next_row};
		cstn__csv_task *task;

		if (cstn__array_reserve(&reader->allocator, &reader->segments, 1) != 0 ||
				cstn__array_reserve(&reader->allocator, &reader->tasks, 1) != 0)
			return CSTN_E_NOMEM;
		task = reader->tasks.items + reader->tasks.count - 1;
		if (reader->tasks.count == 0 || task->batch != batch_number ||
				task->block != block) {
			task = reader->tasks.items + reader->tasks.count++;
			*task = (cstn__csv_task){
					batch_number, block, (uint32_t)reader->segments.count, 0};
		}
		task->n_segments++;
		reader->segments.items[reader->segments.count++] = segment;
		batch->rows += segment.n;
		chunk->next_row += segment.n;
		n -= segment.n;
	}
	return CSTN_OK;
}

static cstn_status plan_batch(cstn_csv_reader *reader)
{
	const cstn__csv_chunk *chunk = reader->chunks.items + reader->current_chunk;
	size_t capacity = reader->batch_rows, left;
	cstn_status status;

	if (cstn__array_reserve(&reader->allocator, &reader->step, 1) != 0)
		return CSTN_E_NOMEM;
	if (reader->partial != NULL) {
		reader->step.items[reader->step.count++] = reader->partial;
		reader->partial = NULL;
		return CSTN_OK;
	}
	left = rows_left(reader);
	if (reader->at_end && left < capacity)
		capacity = left;
	status = cstn__csv_batch_new(&reader->allocator, reader->columns, reader->n_columns,
			(uint32_t)capacity, reader->step.items + reader->step.count);
	if (status != CSTN_OK)
		return status;
	reader->step.items[reader->step.count++]->begin =
			reader->base + row_begin(chunk, chunk->next_row);
	return CSTN_OK;
}

/* Lay the window's rows over batches. *open: the last batch of the step is not full. */
static cstn_status plan_step(cstn_csv_reader *reader, int *open)
{
	cstn_status status = CSTN_OK;

	reader->segments.count = reader->tasks.count = reader->step.count = 0;
	*open = 0;
	while (status == CSTN_OK && reader->current_chunk < reader->n_chunks) {
		const cstn__csv_chunk *chunk = reader->chunks.items + reader->current_chunk;
		const cstn__csv_batch *batch;
		size_t n = chunk->rows.count - chunk->next_row, fit;

		if (n == 0) {
			reader->current_chunk++;
			continue;
		}
		if (!*open) {
			if (reader->step.count == STEP_BATCHES)
				break;
			status = plan_batch(reader);
			if (status != CSTN_OK)
				return status;
		}
		batch = reader->step.items[reader->step.count - 1];
		if (n > batch->capacity - batch->rows)
			n = batch->capacity - batch->rows;
		fit = rows_within(reader, batch, chunk, n);
		status = plan_rows(reader, (uint32_t)reader->step.count - 1, (uint32_t)fit);
		*open = fit == n && batch->rows < batch->capacity;
	}
	return status;
}

/* ---- parsing a step ---- */

struct step_region {
	cstn_csv_reader *reader;
	int ahead; /* morsel 0 inflates the next window */
};

static cstn_status step_parse(void *context, size_t morsel, int32_t worker)
{
	struct step_region *region = context;
	cstn_csv_reader *reader = region->reader;
	cstn__csv_parser *parser = reader->parsers + worker;
	const cstn__csv_task *task;
	cstn__csv_batch *batch;
	size_t number;
	uint32_t i, s, text = 0;

	if (region->ahead && morsel == 0) {
		cstn__csv_window_read_ahead(reader);
		return CSTN_OK;
	}
	number = morsel - (size_t)region->ahead;
	task = reader->tasks.items + number;
	batch = reader->step.items[task->batch];
	parser->batch = task->batch;
	for (i = 0; i < reader->n_columns; i++) {
		const cstn__csv_column *column = reader->columns + i;
		cstn__csv_batch_column *out = batch->columns + i;
		const cstn__csv_segment *segment = reader->segments.items + task->first_segment;
		uint64_t size = 0;

		for (s = 0; s < task->n_segments; s++)
			if (column->text)
				size += cstn__csv_measure_text(parser, column, segment + s,
						(int32_t *)out->values + 1, out->validity);
			else
				cstn__csv_parse_column(parser, column, segment + s, out->values,
						out->validity);
		if (column->text)
			reader->text_sizes.items[number * reader->n_text + text++] = (int32_t)size;
	}
	return parser->failed ? CSTN_E_NOMEM : CSTN_OK;
}

static cstn_status step_copy_text(void *context, size_t morsel, int32_t worker)
{
	struct step_region *region = context;
	cstn_csv_reader *reader = region->reader;
	const cstn__csv_task *task = reader->tasks.items + morsel;
	cstn__csv_batch *batch = reader->step.items[task->batch];
	const cstn__csv_segment *segment = reader->segments.items + task->first_segment;
	uint32_t i, s, text = 0;

	(void)worker;
	for (i = 0; i < reader->n_columns; i++) {
		const cstn__csv_column *column = reader->columns + i;
		cstn__csv_batch_column *out = batch->columns + i;
		int32_t at, limit;

		if (!column->text)
			continue;
		limit = reader->text_sizes.items[morsel * reader->n_text + text++];
		/* The end of the row before the task: its own rows hold lengths still. */
		at = reader->text_begins.items[morsel * reader->n_text + text - 1];
		for (s = 0; s < task->n_segments; s++)
			at = cstn__csv_copy_text(&reader->format, column, segment + s,
					(int32_t *)out->values + 1, at, out->text, limit);
	}
	return CSTN_OK;
}

/* Where each task's text begins and ends; room for it. */
static cstn_status place_text(cstn_csv_reader *reader, uint64_t *total)
{
	const uint32_t n_text = reader->n_text;
	uint32_t i, text = 0;
	size_t t, end;

	*total = 0;
	for (i = 0; i < reader->n_columns; i++) {
		if (!reader->columns[i].text)
			continue;
		for (t = 0; t < reader->tasks.count; t = end) {
			uint32_t number = reader->tasks.items[t].batch;
			cstn__csv_batch *batch = reader->step.items[number];
			size_t used = batch->columns[i].text_used, size = 0;

			for (end = t; end < reader->tasks.count &&
					reader->tasks.items[end].batch == number;
					end++) {
				int32_t *slot = reader->text_sizes.items + end * n_text + text;

				reader->text_begins.items[end * n_text + text] =
						(int32_t)(used + size);
				size += (size_t)*slot;
				*slot = (int32_t)(used + size);
			}
			if (cstn__csv_batch_reserve_text(batch, i, size) != CSTN_OK)
				return CSTN_E_NOMEM;
			batch->columns[i].text_used = used + size;
			*total += size;
		}
		text++;
	}
	return CSTN_OK;
}

static cstn_status run_step(cstn_csv_reader *reader, cstn_error **error)
{
	struct step_region region = {reader, 0};
	size_t n = reader->tasks.count, sizes = n * reader->n_text;
	cstn_status status;
	uint64_t total = 0;

	reader->text_sizes.count = reader->text_begins.count = 0;
	if (cstn__array_reserve(&reader->allocator, &reader->text_sizes, sizes) != 0 ||
			cstn__array_reserve(&reader->allocator, &reader->text_begins, sizes) != 0)
		return cstn__fail_nomem(error);
	status = cstn__csv_window_prepare_ahead(reader);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	region.ahead = status == CSTN_OK;
	status = cstn__parallel_for(n + (size_t)region.ahead, reader->threads, reader->progress,
			step_parse, &region);
	if (status == CSTN_OK && reader->n_text > 0) {
		status = place_text(reader, &total);
		/* Lengths become ends even where all texts are empty. */
		if (status == CSTN_OK)
			status = cstn__parallel_for(n, reader->threads, reader->progress,
					step_copy_text, &region);
	}
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "reading CSV was cancelled");
	return status;
}

/* ---- bad values ---- */

static int compare_bads(const void *a, const void *b, void *context)
{
	const cstn__csv_bad *x = a, *y = b;

	(void)context;
	if (x->batch != y->batch)
		return x->batch < y->batch ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->field < y->field ? -1 : x->field > y->field;
}

static cstn_status gather_bads(cstn_csv_reader *reader)
{
	int32_t i;

	reader->bads.count = 0;
	for (i = 0; i < reader->threads; i++) {
		cstn__csv_parser *parser = reader->parsers + i;

		if (parser->bads.count == 0)
			continue;
		if (cstn__array_reserve(&reader->allocator, &reader->bads, parser->bads.count) != 0)
			return CSTN_E_NOMEM;
		memcpy(reader->bads.items + reader->bads.count, parser->bads.items,
				parser->bads.count * sizeof(cstn__csv_bad));
		reader->bads.count += parser->bads.count;
		parser->bads.count = 0;
	}
	cstn__sort(reader->bads.items, reader->bads.count, sizeof(cstn__csv_bad), compare_bads,
			NULL);
	return CSTN_OK;
}

/* All bad values of one row: bads[from, to). */
static cstn_status reject_values(cstn_csv_reader *reader, const cstn__csv_segment *segment,
		size_t from, size_t to, cstn_error **error)
{
	const cstn__csv_bad *bads = reader->bads.items;
	const cstn__csv_chunk *chunk = reader->chunks.items + segment->chunk;
	size_t row = segment->chunk_row + (bads[from].row - segment->row), i;
	uint32_t begin = row_begin(chunk, row), end = row_end(reader, chunk, row);
	const uint8_t *data = segment->data;
	uint64_t line = cstn__csv_line_at(reader, segment->chunk, begin);

	if (end > begin && data[end - 1] == '\r')
		end--;
	for (i = from; i < to; i++) {
		const cstn__csv_bad *bad = bads + i;
		const char *name = reader->columns[bad->field].decl->name;
		cstn__csv_reject reject = {line, bad->field, bad->code, name, NULL, 0,
				(const char *)data + begin, end - begin};

		if (cstn__csv_rejects_add(&reader->rejects, &reject, data + bad->begin,
				    bad->end - bad->begin) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return reject_counted(reader, line, error);
}

/* How many of the segment's rows begin before `place`. */
static uint32_t rows_before(
		const cstn_csv_reader *reader, const cstn__csv_segment *segment, uint32_t place)
{
	const cstn__csv_chunk *chunk = reader->chunks.items + segment->chunk;
	uint32_t n = 0;

	while (n < segment->n && row_begin(chunk, segment->chunk_row + n) < place)
		n++;
	return n;
}

/* Bad rows and values of one segment in file order. CSTN_E_LIMIT: *keep rows of the batch stay. */
static cstn_status settle_segment(cstn_csv_reader *reader, cstn__csv_batch *batch,
		const cstn__csv_segment *segment, size_t *bad, size_t bad_end, uint32_t *keep,
		cstn_error **error)
{
	const cstn__csv_chunk *chunk = reader->chunks.items + segment->chunk;
	const cstn__csv_bad *bads = reader->bads.items;
	uint32_t place;
	cstn_status status;
	size_t to;

	while (*bad < bad_end && bads[*bad].row < segment->row + segment->n) {
		uint32_t row = bads[*bad].row;

		place = row_begin(chunk, segment->chunk_row + (row - segment->row));
		status = reject_faults_before(reader, segment->chunk, &place, error);
		if (status != CSTN_OK) {
			*keep = segment->row + rows_before(reader, segment, place);
			return status;
		}
		for (to = *bad; to < bad_end && bads[to].row == row; to++)
			;
		status = reject_values(reader, segment, *bad, to, error);
		if (status != CSTN_OK) {
			*keep = row;
			return status;
		}
		*bad = to;
		if (reader->flags & CSTN_CSV_BAD_NULL)
			continue;
		if (cstn__array_reserve(&reader->allocator, &batch->drops, 1) != 0)
			return cstn__fail_nomem(error);
		batch->drops.items[batch->drops.count++] = row;
	}
	place = row_begin(chunk, segment->chunk_row + segment->n - 1);
	status = reject_faults_before(reader, segment->chunk, &place, error);
	if (status != CSTN_OK)
		*keep = segment->row + rows_before(reader, segment, place);
	return status;
}

/* A batch that gets no more rows: give it out unless it is empty. */
static cstn_status finish_batch(cstn_csv_reader *reader, cstn__csv_batch *batch)
{
	cstn__csv_batch_compact(batch);
	if (batch->rows == 0) {
		cstn__csv_batch_free(batch);
		return CSTN_OK;
	}
	if (cstn__array_reserve(&reader->allocator, &reader->ready, 1) != 0) {
		cstn__csv_batch_free(batch);
		return CSTN_E_NOMEM;
	}
	reader->ready.items[reader->ready.count++] = batch;
	return CSTN_OK;
}

/* Walk over the step's batches in order. */
static cstn_status settle_step(cstn_csv_reader *reader, int open, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t bad = 0, bad_end, b, t = 0;

	for (b = 0; b < reader->step.count && status == CSTN_OK; b++) {
		cstn__csv_batch *batch = reader->step.items[b];

		for (bad_end = bad; bad_end < reader->bads.count &&
				    reader->bads.items[bad_end].batch == b;
				bad_end++)
			;
		for (; t < reader->tasks.count && reader->tasks.items[t].batch == b &&
				status == CSTN_OK;
				t++) {
			const cstn__csv_task *task = reader->tasks.items + t;
			uint32_t s;

			for (s = 0; s < task->n_segments && status == CSTN_OK; s++)
				status = settle_segment(reader, batch,
						reader->segments.items + task->first_segment + s,
						&bad, bad_end, &batch->rows, error);
		}
		if (status != CSTN_OK && status != CSTN_E_LIMIT)
			break;
		reader->step.items[b] = NULL;
		if (status == CSTN_OK && open && b + 1 == reader->step.count)
			reader->partial = batch;
		else if (finish_batch(reader, batch) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return status;
}

static void drop_step(cstn_csv_reader *reader)
{
	size_t b;

	for (b = 0; b < reader->step.count; b++)
		cstn__csv_batch_free(reader->step.items[b]);
	reader->step.count = 0;
}

static cstn_status reader_step(cstn_csv_reader *reader, cstn_error **error)
{
	cstn_status status;
	int open;

	status = plan_step(reader, &open);
	if (status == CSTN_OK)
		status = run_step(reader, error);
	else
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && gather_bads(reader) != CSTN_OK)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = settle_step(reader, open, error);
	drop_step(reader);
	return status;
}

/* ---- the reader ---- */

/* More batches, or nearer to them. CSTN_DONE at the end of the file. */
static cstn_status reader_produce(cstn_csv_reader *reader, cstn_error **error)
{
	cstn_status status;

	if (rows_left(reader) > 0)
		return reader_step(reader, error);
	status = reject_rest(reader, error);
	return status == CSTN_OK ? cstn__csv_window_advance(reader, error) : status;
}

/* No more rows: the last batch, and why it is the last. */
static cstn_status reader_finish(cstn_csv_reader *reader, cstn_status status, cstn_error *failure)
{
	cstn__csv_batch *partial = reader->partial;

	reader->finished = 1;
	reader->partial = NULL;
	if (status == CSTN_DONE || status == CSTN_E_LIMIT) {
		if (partial != NULL && finish_batch(reader, partial) != CSTN_OK)
			status = CSTN_E_NOMEM;
	} else {
		cstn__csv_batch_free(partial);
	}
	if (status == CSTN_DONE)
		return CSTN_OK; /* a failure to read may wait in reader->failure */
	cstn_error_free(reader->failure_error);
	reader->failure = status;
	reader->failure_error = failure;
	return CSTN_OK;
}

cstn_status cstn__csv_reader_next(
		cstn_csv_reader *reader, cstn__csv_batch **out, cstn_error **error)
{
	for (;;) {
		cstn_error *failure = NULL;
		cstn_status status;

		if (reader->next_ready < reader->ready.count) {
			*out = reader->ready.items[reader->next_ready];
			reader->ready.items[reader->next_ready++] = NULL;
			reader->rows += (*out)->rows;
			return CSTN_OK;
		}
		reader->ready.count = reader->next_ready = 0;
		if (reader->finished)
			break;
		status = reader_produce(reader, &failure);
		if (status != CSTN_OK)
			reader_finish(reader, status, failure);
	}
	if (reader->failure == CSTN_OK)
		return CSTN_DONE;
	return cstn__fail(error, reader->failure, "%s",
			reader->failure_error != NULL ? cstn_error_message(reader->failure_error)
						      : "out of memory");
}
