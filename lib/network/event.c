/* Which events count.
 *
 * For each subject, line and type, of the events known by then: not taken back by another; actual
 * before estimated before planned; then the precedence of the source's role; then the latest
 * recorded; then the greatest id. Actuals of two sources further apart than allowed are reported as
 * a conflict of the one that counts with each other. Events recorded before they occurred are
 * counted and kept, never clipped.
 *
 * Events are read into memory, sorted by subject and rank, and the first of each group is given.
 * Cost: O(n log n) comparisons and some 500 bytes an event. */
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "network/network.h"
#include "table/export.h"

#define N_FIELDS (CSTN__EVENT_EXTRA + 1)
#define HOUR_US INT64_C(3600000000)

typedef struct event {
	cstn__cell *cells; /* N_FIELDS */
	int32_t class_rank, role_rank, corrected;
} event;

typedef struct events {
	const cstn_allocator *allocator;
	const cstn__noun *noun;
	cstn_event_options options;
	CSTN__ARRAY(event) list;
	cstn__arena memory;
	cstn__interner taken_back; /* ids that an event corrects */
	cstn_event_counts counts;
} events;

/* --- reading ---------------------------------------------------------------------------------- */

static int is_text(const cstn__cell *cell, const char *text)
{
	return cell->valid && cell->len == strlen(text) && memcmp(cell->text, text, cell->len) == 0;
}

static int32_t role_rank(const events *at, const cstn__cell *role)
{
	static const char *const usual[] = {"consignee", "carrier", "shipper", "other"};
	const char *const *order = at->options.precedence ? at->options.precedence : usual;
	size_t n = at->options.precedence ? at->options.n_precedence : 4;

	for (size_t i = 0; i < n; i++)
		if (is_text(role, order[i]))
			return (int32_t)i;
	return INT32_MAX;
}

static cstn_status read_event(
		events *at, const cstn__scan_chunk *chunk, uint64_t row, cstn_error **error)
{
	cstn__cell *cells = cstn__arena_alloc(&at->memory, N_FIELDS * sizeof(*cells));
	event one = {.cells = cells};

	if (!cells || cstn__array_reserve(at->allocator, &at->list, 1))
		return cstn__fail_nomem(error);
	memset(cells, 0, N_FIELDS * sizeof(*cells));
	for (uint32_t i = 0; i < N_FIELDS; i++) {
		const cstn__values *values = &chunk->columns[i];
		size_t len;

		if (!cstn__values_is_valid(values, row))
			continue;
		cells[i].valid = 1;
		if (at->noun->fields[i].type != CSTN_TYPE_TEXT) {
			cells[i].number = values->numbers[row];
			continue;
		}
		cells[i].text = (const char *)cstn__values_text(values, row, &len);
		cells[i].text = cstn__arena_copy(&at->memory, cells[i].text, len);
		cells[i].len = (uint32_t)len;
		if (!cells[i].text)
			return cstn__fail_nomem(error);
	}
	one.class_rank = is_text(&cells[CSTN__EVENT_CLASS], "actual")      ? 0
			 : is_text(&cells[CSTN__EVENT_CLASS], "estimated") ? 1
									   : 2;
	one.role_rank = role_rank(at, &cells[CSTN__EVENT_SOURCE_ROLE]);
	at->list.items[at->list.count++] = one;
	if (cells[CSTN__EVENT_CORRECTS].valid &&
			cstn__intern(&at->taken_back, cells[CSTN__EVENT_CORRECTS].text,
					cells[CSTN__EVENT_CORRECTS].len) == UINT32_MAX)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status read_events(events *at, cstn__snapshot *snapshot, cstn_error **error)
{
	uint32_t columns[CSTN__FIELDS_MAX + 1];
	cstn__scan_range known = {CSTN__COLUMN_FIRST + CSTN__EVENT_RECORDED, INT64_MIN,
			at->options.as_of_us ? at->options.as_of_us : INT64_MAX};
	cstn__scan_text subject = {CSTN__COLUMN_FIRST + CSTN__EVENT_SUBJECT_ID, at->options.subject,
			at->options.subject ? strlen(at->options.subject) : 0};
	cstn__scan_options options = {.columns = columns,
			.n_columns = N_FIELDS,
			.ranges = &known,
			.n_ranges = 1,
			.texts = &subject,
			.n_texts = at->options.subject ? 1 : 0,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	cstn__noun_columns(at->noun, columns);
	status = cstn__scan_new(snapshot, CSTN__NOUN_EVENT, &options, &scan, error);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows && status == CSTN_OK; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1)
				status = read_event(at, &chunk, row, error);
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

/* --- ranking ---------------------------------------------------------------------------------- */

static int compare_cells(const cstn__cell *a, const cstn__cell *b)
{
	uint32_t len = a->len < b->len ? a->len : b->len;
	int order;

	if (a->valid != b->valid)
		return a->valid ? 1 : -1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	order = len ? memcmp(a->text, b->text, len) : 0;
	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static const uint32_t group_fields[] = {CSTN__EVENT_SUBJECT_KIND, CSTN__EVENT_SUBJECT_ID,
		CSTN__EVENT_LINE_NUMBER, CSTN__EVENT_TYPE};

static int compare_groups(const event *a, const event *b)
{
	int order = 0;

	for (size_t i = 0; i < 4 && !order; i++)
		order = compare_cells(&a->cells[group_fields[i]], &b->cells[group_fields[i]]);
	return order;
}

/* The one that counts comes first in its group. */
static int compare_events(const void *left, const void *right, void *context)
{
	const event *a = left, *b = right;
	int order = compare_groups(a, b);

	(void)context;
	if (order)
		return order;
	if (a->corrected != b->corrected)
		return a->corrected - b->corrected;
	if (a->class_rank != b->class_rank)
		return a->class_rank < b->class_rank ? -1 : 1;
	if (a->role_rank != b->role_rank)
		return a->role_rank < b->role_rank ? -1 : 1;
	order = compare_cells(&b->cells[CSTN__EVENT_RECORDED], &a->cells[CSTN__EVENT_RECORDED]);
	if (!order)
		order = compare_cells(
				&b->cells[CSTN__EVENT_EVENT_ID], &a->cells[CSTN__EVENT_EVENT_ID]);
	return order ? order
		     : compare_cells(&b->cells[CSTN__EVENT_OWNER], &a->cells[CSTN__EVENT_OWNER]);
}

static void rank_events(events *at)
{
	for (size_t i = 0; i < at->list.count; i++) {
		event *one = &at->list.items[i];
		const cstn__cell *id = &one->cells[CSTN__EVENT_EVENT_ID];

		one->corrected = cstn__interner_find(&at->taken_back, id->text, id->len) !=
				 UINT32_MAX;
		at->counts.corrected += (uint64_t)one->corrected;
		at->counts.negative_latency += one->cells[CSTN__EVENT_RECORDED].number <
					       one->cells[CSTN__EVENT_OCCURRED].number;
	}
	at->counts.events = at->list.count;
	if (at->list.count)
		cstn__sort(at->list.items, at->list.count, sizeof(event), compare_events, NULL);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void put_cell(cstn__table_builder *table, int32_t column, const cstn__field *field,
		const cstn__cell *cell)
{
	if (!cell->valid)
		cstn__table_put_null(table, column);
	else if (field->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, column, cell->text, cell->len);
	else
		cstn__table_put_i64(table, column, cell->number);
}

static void put_event(const events *at, cstn__table_builder *table, const event *one)
{
	int64_t latency;

	for (uint32_t i = 0; i < N_FIELDS; i++)
		put_cell(table, (int32_t)i, &at->noun->fields[i], &one->cells[i]);
	if (__builtin_sub_overflow(one->cells[CSTN__EVENT_RECORDED].number,
			    one->cells[CSTN__EVENT_OCCURRED].number, &latency))
		cstn__table_put_null(table, N_FIELDS);
	else
		cstn__table_put_i64(table, N_FIELDS, latency);
}

static const uint32_t conflict_fields[] = {CSTN__EVENT_SUBJECT_KIND, CSTN__EVENT_SUBJECT_ID,
		CSTN__EVENT_LINE_NUMBER, CSTN__EVENT_TYPE};

static void put_conflict(const events *at, cstn__table_builder *table, const event *one,
		const event *other, int64_t apart)
{
	static const uint32_t pair_fields[] = {CSTN__EVENT_EVENT_ID, CSTN__EVENT_SOURCE_ROLE};
	int32_t column = 0;

	for (size_t i = 0; i < 4; i++, column++)
		put_cell(table, column, &at->noun->fields[conflict_fields[i]],
				&one->cells[conflict_fields[i]]);
	for (size_t i = 0; i < 2; i++, column += 2) {
		const cstn__field *field = &at->noun->fields[pair_fields[i]];

		put_cell(table, column, field, &one->cells[pair_fields[i]]);
		put_cell(table, column + 1, field, &other->cells[pair_fields[i]]);
	}
	cstn__table_put_i64(table, column, apart);
}

/* 1 if the two come from different sources. */
static int other_source(const event *a, const event *b)
{
	return compare_cells(&a->cells[CSTN__EVENT_SOURCE_ID], &b->cells[CSTN__EVENT_SOURCE_ID]) !=
			       0 ||
	       compare_cells(&a->cells[CSTN__EVENT_SOURCE_ROLE],
			       &b->cells[CSTN__EVENT_SOURCE_ROLE]) != 0;
}

static void put_conflicts(events *at, cstn__table_builder *table, size_t first, size_t end)
{
	const event *one = &at->list.items[first];
	int64_t limit = at->options.conflict_us ? at->options.conflict_us : HOUR_US;

	for (size_t i = first + 1; i < end && one->class_rank == 0; i++) {
		const event *other = &at->list.items[i];
		int64_t apart;

		if (other->corrected || other->class_rank != 0)
			break;
		if (!other_source(one, other))
			continue;
		if (__builtin_sub_overflow(other->cells[CSTN__EVENT_OCCURRED].number,
				    one->cells[CSTN__EVENT_OCCURRED].number, &apart))
			apart = INT64_MAX;
		if (apart <= limit && apart >= -limit)
			continue;
		at->counts.conflicts++;
		if (table)
			put_conflict(at, table, one, other, apart);
	}
}

static void put_all(events *at, cstn__table_builder *table, cstn__table_builder *conflicts)
{
	size_t end;

	for (size_t i = 0; i < at->list.count; i = end) {
		for (end = i + 1; end < at->list.count &&
				  compare_groups(&at->list.items[i], &at->list.items[end]) == 0;)
			end++;
		if (at->list.items[i].corrected)
			continue;
		at->counts.effective++;
		put_event(at, table, &at->list.items[i]);
		put_conflicts(at, conflicts, i, end);
	}
}

static void declare_tables(
		const events *at, cstn__table_builder *table, cstn__table_builder *conflicts)
{
	static const char *const more[] = {
			"event_id", "other_event_id", "source_role", "other_source_role"};

	for (uint32_t i = 0; i < N_FIELDS; i++) {
		const cstn__field *field = &at->noun->fields[i];

		cstn__table_add_column(table, field->name, field->type, 0,
				!(field->flags & (CSTN__FIELD_REQUIRED | CSTN__FIELD_EMPTY)));
	}
	cstn__table_add_column(table, "latency_us", CSTN_TYPE_INT64, 0, 1);
	if (!conflicts)
		return;
	for (size_t i = 0; i < 4; i++) {
		const cstn__field *field = &at->noun->fields[conflict_fields[i]];

		cstn__table_add_column(conflicts, field->name, field->type, 0,
				!(field->flags & CSTN__FIELD_REQUIRED));
	}
	for (size_t i = 0; i < 4; i++)
		cstn__table_add_column(conflicts, more[i], CSTN_TYPE_TEXT, 0, i > 1);
	cstn__table_add_column(conflicts, "apart_us", CSTN_TYPE_INT64, 0, 0);
}

static cstn_status export_both(events *at, struct ArrowArrayStream *out,
		struct ArrowArrayStream *conflicts, cstn_error **error)
{
	cstn__table_builder *table = NULL, *beside = NULL;
	struct ArrowArrayStream first;
	cstn_status status = cstn__table_builder_new(at->allocator, &table, error);

	if (status == CSTN_OK && conflicts)
		status = cstn__table_builder_new(at->allocator, &beside, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(table);
		return status;
	}
	declare_tables(at, table, beside);
	put_all(at, table, beside);
	status = cstn__table_export(table, &first, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(beside);
		return status;
	}
	if (beside)
		status = cstn__table_export(beside, conflicts, error);
	if (status != CSTN_OK) {
		first.release(&first);
		return status;
	}
	*out = first;
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status read_options(const cstn_event_options *options, events *at, cstn_error **error)
{
	cstn_status status = cstn__options_read(options, sizeof(at->options), sizeof(at->options),
			0, "cstn_event_options", &at->options, error);
	const cstn__field *role = &at->noun->fields[CSTN__EVENT_SOURCE_ROLE];

	if (status != CSTN_OK)
		return status;
	if (at->options.conflict_us < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "conflict_us is negative");
	for (size_t i = 0; at->options.precedence && i < at->options.n_precedence; i++) {
		const char *text = at->options.precedence[i];

		if (!text || cstn__field_code(role, text, strlen(text)) < 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"precedence: '%.64s' is no role of a source",
					text ? text : "NULL");
	}
	return CSTN_OK;
}

cstn_status cstn_snapshot_scan_effective_events(cstn_snapshot *snapshot,
		const cstn_event_options *options, struct ArrowArrayStream *out,
		struct ArrowArrayStream *conflicts, cstn_event_counts *counts, cstn_error **error)
{
	events at = {.noun = cstn__noun_get(CSTN__NOUN_EVENT)};
	cstn_event_counts checked = CSTN_EVENT_COUNTS_INIT;
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	status = read_options(options, &at, error);
	if (status == CSTN_OK && counts) /* a bad struct_size is told before any work */
		status = cstn__options_read(counts, sizeof(checked), sizeof(checked), 0,
				"cstn_event_counts", &checked, error);
	if (status != CSTN_OK)
		return status;
	at.allocator = &snapshot->allocator;
	at.counts = (cstn_event_counts)CSTN_EVENT_COUNTS_INIT;
	cstn__arena_init(&at.memory, at.allocator);
	cstn__interner_init(&at.taken_back, at.allocator, 61);
	status = read_events(&at, snapshot->inner, error);
	if (status == CSTN_OK) {
		rank_events(&at);
		status = export_both(&at, out, conflicts, error);
	}
	cstn__array_free(at.allocator, &at.list);
	cstn__arena_free(&at.memory);
	cstn__interner_free(&at.taken_back);
	if (status == CSTN_OK && counts)
		status = cstn__output_write(&at.counts, sizeof(at.counts), sizeof(at.counts),
				"cstn_event_counts", counts, error);
	return status;
}
