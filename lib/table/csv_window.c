/* The part of a CSV file that is in memory, and its index.
 *
 * A window holds the row that the window before did not end, then fresh bytes. It is cut into
 * chunks that are read, counted and indexed by several threads. Cutting at "the next newline" would
 * be wrong inside quotes: a chunk without quotes has the same index from either unquoted state, so
 * it is indexed at once; one with quotes waits until the quotes before it are counted. Then each
 * chunk's first state is checked against the last one of the chunk before (a stray quote makes the
 * parity lie) and indexed again if it must be. The row that a chunk does not end is ended with the
 * first fields of the next. Invariant: rows, faults and line numbers are those of one thread
 * reading byte by byte. A row of more than 16 MiB is not held but read past. */
#include "table/csv_reader.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

void cstn__csv_window_free(const cstn_allocator *allocator, cstn__csv_window *window)
{
	if (window->memory != NULL)
		cstn__free_aligned(allocator, window->memory,
				window->capacity + 2 * CSTN__CSV_PADDING, CSTN__CSV_PADDING);
	memset(window, 0, sizeof(*window));
}

/* Room for `capacity` bytes and a line end; keeps what is there. */
cstn_status cstn__csv_window_reserve(
		cstn_csv_reader *reader, cstn__csv_window *window, size_t capacity)
{
	cstn__csv_window larger = {NULL, NULL, 0, 0};

	capacity++;
	if (capacity <= window->capacity)
		return CSTN_OK;
	capacity = (capacity + CSTN__CSV_PADDING - 1) / CSTN__CSV_PADDING * CSTN__CSV_PADDING;
	larger.memory = cstn__alloc_aligned(
			&reader->allocator, capacity + 2 * CSTN__CSV_PADDING, CSTN__CSV_PADDING);
	if (larger.memory == NULL)
		return CSTN_E_NOMEM;
	memset(larger.memory, 0, CSTN__CSV_PADDING);
	larger.data = larger.memory + CSTN__CSV_PADDING;
	larger.capacity = capacity;
	larger.size = window->size;
	if (window->size > 0)
		memcpy(larger.data, window->data, window->size);
	cstn__csv_window_free(&reader->allocator, window);
	*window = larger;
	return CSTN_OK;
}

/* ---- chunks ---- */

struct region {
	cstn_csv_reader *reader;
	size_t carry; /* bytes that were there before */
	int read;     /* the workers read the rest */
};

static cstn_status chunk_index(cstn_csv_reader *reader, cstn__csv_chunk *chunk, int skip_head)
{
	const uint8_t *data = reader->windows[0].data;
	cstn_status status = cstn__csv_index(&reader->allocator, data, reader->format.delimiter,
			reader->format.quote, reader->tuning.simd, chunk);

	if (status != CSTN_OK)
		return status;
	cstn__csv_chunk_begin_rows(chunk, skip_head);
	return cstn__csv_chunk_sort_rows(&reader->allocator, data, reader->file_columns, chunk);
}

static void chunk_read(const struct region *region, cstn__csv_chunk *chunk)
{
	uint32_t from = chunk->begin > region->carry ? chunk->begin : (uint32_t)region->carry;
	size_t got;

	if (from >= chunk->end)
		return;
	if (cstn__csv_source_read_at(region->reader->source, from - region->carry,
			    region->reader->windows[0].data + from, chunk->end - from, &got,
			    &chunk->error) != CSTN_OK)
		chunk->end = from + (uint32_t)got;
}

/* The last row ends at the end of the file, whether there is a line end or not. */
static void chunk_end_file(cstn_csv_reader *reader, cstn__csv_chunk *chunk)
{
	cstn__csv_window *window = &reader->windows[0];

	if (chunk->end == 0 || window->data[chunk->end - 1] == '\n')
		return;
	window->data[chunk->end++] = '\n';
	window->size++;
}

/* First pass: read, count, and index where the state is known or does not matter. */
static cstn_status pass_read(void *context, size_t morsel, int32_t worker)
{
	struct region *region = context;
	cstn_csv_reader *reader = region->reader;
	cstn__csv_chunk *chunk = reader->chunks.items + morsel;

	(void)worker;
	if (region->read)
		chunk_read(region, chunk);
	if (morsel + 1 == reader->n_chunks && reader->at_end && reader->failure == CSTN_OK &&
			chunk->error == NULL)
		chunk_end_file(reader, chunk);
	if (reader->n_chunks == 1)
		return chunk_index(reader, chunk, reader->overlong.active);
	chunk->quotes = cstn__csv_count(reader->windows[0].data + chunk->begin,
			chunk->end - chunk->begin, reader->format.quote, reader->tuning.simd);
	if (morsel == 0)
		return chunk_index(reader, chunk, reader->overlong.active);
	chunk->start_state = CSTN__CSV_UNQUOTED;
	return chunk->quotes == 0 ? chunk_index(reader, chunk, 1) : CSTN_OK;
}

/* Second pass: those with quotes, and those inside a quoted field. */
static cstn_status pass_index(void *context, size_t morsel, int32_t worker)
{
	struct region *region = context;

	(void)worker;
	if (!region->reader->chunks.items[morsel].pending)
		return CSTN_OK;
	return chunk_index(region->reader, region->reader->chunks.items + morsel, 1);
}

static int is_unquoted(int state)
{
	return state == CSTN__CSV_UNQUOTED || state == CSTN__CSV_FIELD_START;
}

/* Could a chunk be indexed from `assumed` when `state` is right? */
static int same_index(const cstn__csv_chunk *chunk, int state)
{
	if (chunk->start_state == state)
		return 1;
	return chunk->quotes == 0 && is_unquoted(chunk->start_state) && is_unquoted(state);
}

static cstn_status index_pending(struct region *region)
{
	cstn_csv_reader *reader = region->reader;
	const uint8_t *data = reader->windows[0].data;
	uint64_t quotes = reader->chunks.items[0].start_state == CSTN__CSV_QUOTED;
	uint32_t i, any = 0;

	for (i = 0; i < reader->n_chunks; i++) {
		cstn__csv_chunk *chunk = reader->chunks.items + i;
		int guess = cstn__csv_state_guess(data, chunk->begin, reader->format.delimiter,
				reader->format.quote, (int)(quotes & 1));

		quotes += chunk->quotes;
		if (i == 0 || (chunk->quotes == 0 && is_unquoted(guess)))
			continue;
		chunk->start_state = guess;
		chunk->pending = 1;
		any = 1;
	}
	if (!any)
		return CSTN_OK;
	return cstn__parallel_for(i, reader->threads, reader->progress, pass_index, region);
}

/* Check what was assumed, chunk by chunk; again where it was wrong. */
static cstn_status index_verify(cstn_csv_reader *reader)
{
	uint32_t i;

	for (i = 1; i < reader->n_chunks; i++) {
		cstn__csv_chunk *chunk = reader->chunks.items + i;
		int state = chunk[-1].end_state;

		if (!same_index(chunk, state)) {
			chunk->start_state = state;
			if (chunk_index(reader, chunk, 1) != CSTN_OK)
				return CSTN_E_NOMEM;
		}
		if (chunk->begin == chunk->end)
			chunk->end_state = state;
	}
	return CSTN_OK;
}

/* Join the row that goes over a border; number the lines; find the row that is not ended. */
static cstn_status index_join(cstn_csv_reader *reader, cstn_error **error)
{
	const uint8_t *data = reader->windows[0].data;
	uint32_t size = (uint32_t)reader->windows[0].size, i;
	cstn__csv_chunk *owner = NULL;
	uint64_t line = reader->line;
	cstn_status status;

	for (i = 0; i < reader->n_chunks; i++) {
		cstn__csv_chunk *chunk = reader->chunks.items + i;

		chunk->line = line;
		line += chunk->lines;
		if (owner != NULL) {
			if (cstn__csv_chunk_append_head(&reader->allocator, owner, chunk) !=
							CSTN_OK ||
					cstn__csv_chunk_sort_rows(&reader->allocator, data,
							reader->file_columns, owner) != CSTN_OK)
				return cstn__fail_nomem(error);
		} else if (reader->overlong.active && chunk->row_ends.count > 0) {
			status = cstn__csv_reject_overlong(reader, 0, error);
			if (status != CSTN_OK)
				return status;
		}
		if (chunk->row_ends.count > 0 || (i == 0 && !reader->overlong.active))
			owner = chunk;
	}
	reader->tail = owner != NULL ? cstn__csv_chunk_open_row(owner) : size;
	reader->tail_line = line - cstn__csv_count(data + reader->tail, size - reader->tail, '\n',
						   reader->tuning.simd);
	reader->tail_state = reader->n_chunks > 0
					     ? reader->chunks.items[reader->n_chunks - 1].end_state
					     : CSTN__CSV_FIELD_START;
	return CSTN_OK;
}

/* Chunks of the window; new ones are zero. */
static cstn_status plan_chunks(cstn_csv_reader *reader, size_t size)
{
	size_t step = reader->tuning.chunk_bytes, first = reader->tuning.first_chunk, begin = 0, n;

	if (first == 0)
		first = step;
	n = size == 0 ? 0 : 1 + (size > first ? (size - first + step - 1) / step : 0);
	if (n > reader->chunks.count) {
		size_t extra = n - reader->chunks.count;

		if (cstn__array_reserve(&reader->allocator, &reader->chunks, extra) != 0)
			return CSTN_E_NOMEM;
		memset(reader->chunks.items + reader->chunks.count, 0,
				extra * sizeof(cstn__csv_chunk));
		reader->chunks.count = n;
	}
	reader->n_chunks = (uint32_t)n;
	for (n = 0; n < reader->n_chunks; n++) {
		cstn__csv_chunk *chunk = reader->chunks.items + n;
		size_t end = begin + (n == 0 ? first : step);

		chunk->begin = (uint32_t)begin;
		chunk->end = (uint32_t)(end < size ? end : size);
		chunk->start_state = CSTN__CSV_FIELD_START;
		chunk->quotes = 0;
		chunk->pending = 0;
		begin = end;
	}
	return CSTN_OK;
}

/* A failure to read: the rows before it are still given out, then it is told. */
static void set_failure(cstn_csv_reader *reader, cstn_status status, cstn_error *error)
{
	if (reader->failure != CSTN_OK) {
		cstn_error_free(error);
		return;
	}
	reader->failure = status;
	reader->failure_error = error;
}

/* The first chunk that could not be read ends the window. */
static void stop_at_unread(cstn_csv_reader *reader)
{
	uint32_t i, n = reader->n_chunks;

	for (i = 0; i < n; i++) {
		cstn__csv_chunk *chunk = reader->chunks.items + i;

		if (chunk->error == NULL)
			continue;
		if (reader->n_chunks == n) {
			reader->n_chunks = i + 1;
			reader->windows[0].size = chunk->end;
			reader->at_end = 1;
		}
		set_failure(reader, cstn_error_code(chunk->error), chunk->error);
		chunk->error = NULL;
	}
}

static cstn_status index_window(cstn_csv_reader *reader, size_t carry, int read, cstn_error **error)
{
	struct region region = {reader, carry, read};
	int start = reader->overlong.active ? reader->tail_state : CSTN__CSV_FIELD_START;
	cstn_status status;

	if (plan_chunks(reader, reader->windows[0].size) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (reader->n_chunks > 0)
		reader->chunks.items[0].start_state = start;
	status = cstn__parallel_for(
			reader->n_chunks, reader->threads, reader->progress, pass_read, &region);
	stop_at_unread(reader);
	if (status == CSTN_OK && reader->n_chunks > 1)
		status = index_pending(&region);
	if (status == CSTN_OK)
		status = index_verify(reader);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "reading CSV was cancelled");
	if (status != CSTN_OK)
		return cstn__fail(error, status, "indexing CSV failed");
	if (reader->n_chunks == 0) {
		reader->tail = 0;
		reader->tail_line = reader->line;
		if (!reader->overlong.active)
			reader->tail_state = CSTN__CSV_FIELD_START;
		return CSTN_OK;
	}
	return index_join(reader, error);
}

/* ---- windows ---- */

/* Bytes to read next. A row that did not fit doubles the window. */
static size_t next_want(const cstn_csv_reader *reader, size_t carry)
{
	size_t want = reader->tuning.window_bytes;

	return want > carry ? want : carry;
}

/* The row at the end of the window is longer than a row may be: from now on only its end is looked
 * for. */
static cstn_status begin_overlong(cstn_csv_reader *reader, cstn_error **error)
{
	cstn__csv_window *window = &reader->windows[0];
	uint32_t open = cstn__csv_last_open_quote(window->data, reader->tail,
			(uint32_t)window->size, reader->format.delimiter, reader->format.quote);

	reader->overlong.raw = cstn__alloc(&reader->allocator, CSTN__CSV_OVERLONG_RAW);
	if (reader->overlong.raw == NULL)
		return cstn__fail_nomem(error);
	memcpy(reader->overlong.raw, window->data + reader->tail, CSTN__CSV_OVERLONG_RAW);
	reader->overlong.active = 1;
	reader->overlong.line = reader->tail_line;
	reader->overlong.quote_line =
			reader->tail_line + cstn__csv_count(window->data + reader->tail,
							    open - reader->tail, '\n',
							    reader->tuning.simd);
	reader->tail_line += cstn__csv_count(window->data + reader->tail,
			window->size - reader->tail, '\n', reader->tuning.simd);
	reader->tail = (uint32_t)window->size;
	return CSTN_OK;
}

static void window_read(cstn_csv_reader *reader, cstn__csv_window *window, size_t carry,
		size_t want, int *end)
{
	cstn_error *error = NULL;
	cstn_status status;
	size_t got;

	status = cstn__csv_source_read(reader->source, window->data + carry, want, &got, &error);
	if (status != CSTN_OK)
		set_failure(reader, status, error);
	window->size = carry + got;
	*end = status != CSTN_OK || got < want;
}

cstn_status cstn__csv_window_prepare_ahead(cstn_csv_reader *reader)
{
	size_t carry = reader->windows[0].size - reader->tail;

	if (reader->threads == 1 || reader->at_end || reader->ahead ||
			!cstn__csv_source_is_gzip(reader->source) || carry > CSTN__CSV_ROW_MAX)
		return CSTN_DONE;
	reader->windows[1].size = 0;
	reader->want = next_want(reader, carry);
	if (cstn__csv_window_reserve(reader, &reader->windows[1], carry + reader->want) != CSTN_OK)
		return CSTN_E_NOMEM;
	memcpy(reader->windows[1].data, reader->windows[0].data + reader->tail, carry);
	reader->ahead = 1;
	return CSTN_OK;
}

void cstn__csv_window_read_ahead(cstn_csv_reader *reader)
{
	size_t carry = reader->windows[0].size - reader->tail;

	window_read(reader, &reader->windows[1], carry, reader->want, &reader->ahead_end);
}

/* Fresh bytes behind the carried ones; *read: the workers are to read them. */
static cstn_status fill_window(cstn_csv_reader *reader, size_t carry, int *read)
{
	cstn__csv_window *window = &reader->windows[0];
	size_t want = next_want(reader, carry);

	*read = 0;
	if (reader->ahead) {
		cstn__csv_window other = reader->windows[1];

		reader->windows[1] = *window;
		*window = other;
		reader->ahead = 0;
		reader->at_end = reader->ahead_end;
		return CSTN_OK;
	}
	if (carry > 0)
		memmove(window->data, window->data + reader->tail, carry);
	window->size = carry;
	if (reader->at_end)
		return CSTN_OK;
	if (cstn__csv_source_is_random(reader->source)) {
		uint64_t left = cstn__csv_source_left(reader->source);

		if (left < want)
			want = (size_t)left;
	}
	if (cstn__csv_window_reserve(reader, window, carry + want) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (reader->threads == 1 || !cstn__csv_source_is_random(reader->source)) {
		window_read(reader, window, carry, want, &reader->at_end);
	} else {
		window->size = carry + want;
		*read = 1;
	}
	if (cstn__csv_source_is_random(reader->source) &&
			cstn__csv_source_left(reader->source) == (*read ? want : 0))
		reader->at_end = 1;
	return CSTN_OK;
}

cstn_status cstn__csv_window_advance(cstn_csv_reader *reader, cstn_error **error)
{
	cstn__csv_window *window = &reader->windows[0];
	size_t carry;
	cstn_status status;
	int read;

	if (reader->last_window)
		return CSTN_DONE;
	if (!reader->at_end && window->size - reader->tail > CSTN__CSV_ROW_MAX && !reader->ahead) {
		status = begin_overlong(reader, error);
		if (status != CSTN_OK)
			return status;
	}
	carry = window->size - reader->tail;
	reader->base += reader->tail;
	reader->line = reader->tail_line;
	if (fill_window(reader, carry, &read) != CSTN_OK)
		return cstn__fail_nomem(error);
	reader->last_window = reader->at_end;
	memset(window->data + window->size, 0, CSTN__CSV_PADDING);
	status = index_window(reader, carry, read, error);
	if (status != CSTN_OK)
		return status;
	if (read) {
		uint64_t left = cstn__csv_source_left(reader->source);

		/* Without the line end that the last window may have been given. */
		cstn__csv_source_skip(reader->source,
				window->size - carry < left ? window->size - carry : left);
	}
	reader->last_window = reader->at_end;
	memset(window->data + window->size, 0, CSTN__CSV_PADDING);
	reader->current_chunk = reader->fault_chunk = 0;
	reader->line_chunk = UINT32_MAX;
	return CSTN_OK;
}

uint64_t cstn__csv_line_at(cstn_csv_reader *reader, uint32_t chunk, uint32_t place)
{
	const cstn__csv_chunk *c = reader->chunks.items + chunk;

	if (reader->line_chunk != chunk || reader->line_place > place) {
		reader->line_chunk = chunk;
		reader->line_place = c->begin;
		reader->line_number = c->line;
	}
	reader->line_number += cstn__csv_count(reader->windows[0].data + reader->line_place,
			place - reader->line_place, '\n', reader->tuning.simd);
	reader->line_place = place;
	return reader->line_number;
}
