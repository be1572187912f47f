/* Import: a stream of rows into a transaction.
 *
 * Rows are staged a block at a time (stage.c). When 2^20 of them wait, or at the end, they are
 * flushed: rows become records (for nouns with lines by their key, wherever the rows of a record
 * lie among those that wait), records with a bad row are left out, what they name is looked up once
 * a distinct name, records that need the network (states, quantities, the same id again) are
 * checked one by one, and what is left goes to the store as columns. The last record stays back
 * while more rows may come, since it may go on.
 *
 * Invariant: a record is put with all its lines or not at all; one whose rows stand too far apart
 * fails the import instead of being put in halves.
 *
 * Cost: about 15 ns a value of text, 3 ns a number; memory for 2^20 rows and for the keys of all
 * records of a noun with lines. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "network/stage.h"
#include "network/network_transaction.h"

#define WAITING (UINT64_C(1) << 20)
#define BLOCK 1024

typedef struct import {
	cstn_transaction *transaction;
	const cstn__noun *noun;
	cstn_import_options options;
	cstn__stage stage;
	int sole;            /* nothing else is in the transaction, nor will be */
	cstn__interner keys; /* of nouns with lines: keys of records that were flushed */
	cstn__arena arena;   /* of one flush */
	uint32_t n_records;  /* of one flush */
	uint32_t *order;     /* rows, those of a record together; NULL: as they lie */
	uint32_t *starts;    /* of each record in that order, and the end */
	uint8_t *left_out;   /* records with a broken rule, or that are there already */
} import;

/* --- personal data ---------------------------------------------------------------------------- */

/* No column of the stream may hold personal data, bound or not: it would be silently dropped. */
static cstn_status refuse_personal(
		const cstn__noun *noun, struct ArrowArrayStream *rows, cstn_error **error)
{
	struct ArrowSchema schema;
	cstn_status status = CSTN_OK;

	if (noun->id != CSTN__NOUN_CUSTOMER && noun->id != CSTN__NOUN_INTERACTION)
		return CSTN_OK;
	memset(&schema, 0, sizeof(schema));
	if (rows->get_schema(rows, &schema) != 0)
		return CSTN_OK; /* the binding tells */
	for (int64_t i = 0; i < schema.n_children && status == CSTN_OK; i++)
		if (schema.children[i]->name && cstn__is_personal(noun, schema.children[i]->name))
			status = cstn__fail(error, CSTN_E_UNSUPPORTED,
					"column '%.64s' is personal data, which is stored only in "
					"a "
					"vault; this release has none; leave the column out",
					schema.children[i]->name);
	if (schema.release)
		schema.release(&schema);
	return status;
}

/* --- rows to records -------------------------------------------------------------------------- */

static size_t key_of_row(const import *at, size_t row, uint8_t *out)
{
	cstn__key key;

	memset(&key, 0, sizeof(key));
	key.noun = at->noun;
	for (uint32_t i = 0; i < at->noun->n_key; i++) {
		cstn__cell cell;

		cstn__stage_cell(&at->stage, row, cstn__noun_key_field(at->noun, i + 1)->number,
				&cell);
		key.parts[i].text = cell.valid && cell.text ? cell.text : "";
		key.parts[i].len = cell.valid ? cell.len : 0;
		key.parts[i].number = cell.valid ? cell.number : 0;
	}
	return cstn__key_to_bytes(&key, out);
}

/* 1 if two staged rows have the same key. */
static int same_key(const import *at, size_t a, size_t b)
{
	for (uint32_t i = 0; i < at->noun->n_key; i++) {
		uint32_t field = cstn__noun_key_field(at->noun, i + 1)->number;
		cstn__cell x, y;

		cstn__stage_cell(&at->stage, a, field, &x);
		cstn__stage_cell(&at->stage, b, field, &y);
		if (x.valid != y.valid || x.len != y.len || x.number != y.number ||
				(x.len && memcmp(x.text, y.text, x.len) != 0))
			return 0;
	}
	return 1;
}

/* Records of this flush by code, runs of them by row. */
typedef struct grouping {
	uint32_t *code; /* by row */
	int scattered;  /* a record's rows do not stand together */
} grouping;

static cstn_status give_codes(
		import *at, size_t rows, uint32_t known, grouping *out, cstn_error **error)
{
	uint8_t bytes[CSTN__KEY_BYTES];
	uint32_t next = known;

	for (size_t i = 0; i < rows; i++) {
		cstn__cell id;
		uint32_t code;

		if (i && same_key(at, i, i - 1)) {
			out->code[i] = out->code[i - 1];
			continue;
		}
		code = cstn__intern(&at->keys, (const char *)bytes, key_of_row(at, i, bytes));
		if (code == UINT32_MAX)
			return cstn__fail_nomem(error);
		cstn__stage_cell(&at->stage, i, cstn__noun_key_field(at->noun, 1)->number, &id);
		if (code < known && id.valid) {
			return cstn__fail(error, CSTN_E_NOT_CLUSTERED,
					"rows of %s '%.*s' stand more than %d rows apart; sort "
					"them "
					"by '%s'",
					at->noun->name, (int)id.len, id.text, (int)WAITING,
					cstn__noun_key_field(at->noun, 1)->name);
		}
		if (code < next)
			out->scattered = 1;
		else
			next = code + 1;
		out->code[i] = code;
	}
	at->n_records = next - known;
	return CSTN_OK;
}

/* Rows sorted by code, each record's in the order in which they came. */
static cstn_status sort_rows(
		import *at, size_t rows, uint32_t known, const grouping *groups, cstn_error **error)
{
	uint32_t *counts;

	at->starts = cstn__arena_alloc(&at->arena, (at->n_records + 2u) * sizeof(uint32_t));
	if (!at->starts)
		return cstn__fail_nomem(error);
	memset(at->starts, 0, (at->n_records + 2u) * sizeof(uint32_t));
	for (size_t i = 0; i < rows; i++)
		if (groups->code[i] >= known)
			at->starts[groups->code[i] - known + 1]++;
	for (uint32_t r = 0; r < at->n_records; r++)
		at->starts[r + 1] += at->starts[r];
	at->order = NULL;
	if (!groups->scattered && at->starts[at->n_records] == rows)
		return CSTN_OK;
	at->order = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
	counts = cstn__arena_alloc(&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
	if (!at->order || !counts)
		return cstn__fail_nomem(error);
	memcpy(counts, at->starts, at->n_records * sizeof(uint32_t));
	for (size_t i = 0; i < rows; i++)
		if (groups->code[i] >= known)
			at->order[counts[groups->code[i] - known]++] = (uint32_t)i;
	return CSTN_OK;
}

static cstn_status group_rows(import *at, size_t rows, cstn_error **error)
{
	uint32_t known = (uint32_t)at->keys.count;
	grouping groups = {NULL, 0};
	cstn_status status;

	if (!at->noun->has_lines) {
		at->n_records = (uint32_t)rows;
		at->order = NULL;
		at->starts = NULL;
		return CSTN_OK;
	}
	groups.code = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
	if (!groups.code)
		return cstn__fail_nomem(error);
	status = give_codes(at, rows, known, &groups, error);
	return status == CSTN_OK ? sort_rows(at, rows, known, &groups, error) : status;
}

static size_t row_at(const import *at, size_t place)
{
	return at->order ? at->order[place] : place;
}

static void rows_of(const import *at, uint32_t record, size_t *first, size_t *end)
{
	*first = at->starts ? at->starts[record] : record;
	*end = at->starts ? at->starts[record + 1] : record + 1u;
}

/* --- rules of a record and its rows ----------------------------------------------------------- */

/* The record's own fields are the same in all its rows. */
static cstn_status check_repeated(import *at, size_t first, size_t end, cstn_error **error)
{
	size_t head = row_at(at, first);

	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		const cstn__stage_column *column = &at->stage.columns[i];

		if (!column->present || column->field->flags & CSTN__FIELD_LINE)
			continue;
		for (size_t k = first + 1; k < end; k++) {
			size_t row = row_at(at, k);
			cstn__cell a, b;
			cstn_status status;

			if (column->numbers && column->numbers[row] == column->numbers[head] &&
					!((column->valid[row / 64] >> row % 64 ^
							  column->valid[head / 64] >> head % 64) &
							1))
				continue;
			cstn__stage_cell(&at->stage, head, i, &a);
			cstn__stage_cell(&at->stage, row, i, &b);
			if (a.valid == b.valid && a.number == b.number && a.len == b.len &&
					(!a.len || memcmp(a.text, b.text, a.len) == 0))
				continue;
			status = cstn__stage_broken(&at->stage, row, i, CSTN_ROW_CONFLICT, error);
			if (status != CSTN_OK)
				return status;
		}
	}
	return CSTN_OK;
}

static cstn_status check_unique(
		import *at, uint32_t field, size_t first, size_t end, cstn_error **error)
{
	const int64_t *numbers = at->stage.columns[field].numbers;
	cstn__i64_map seen;
	cstn_status status = CSTN_OK;
	int ascending = 1;

	for (size_t k = first + 1; k < end && ascending; k++)
		ascending = numbers[row_at(at, k)] > numbers[row_at(at, k - 1)];
	if (ascending)
		return CSTN_OK;
	cstn__i64_map_init(&seen, &at->stage.allocator, 0);
	for (size_t k = first; k < end && status == CSTN_OK; k++) {
		uint32_t at_first = cstn__i64_map_intern(
				&seen, numbers[row_at(at, k)], (uint32_t)(k - first));

		if (at_first == UINT32_MAX)
			status = cstn__fail_nomem(error);
		else if (at_first != k - first && !cstn__stage_is_bad(&at->stage, row_at(at, k)))
			status = cstn__stage_broken(&at->stage, row_at(at, k), field,
					CSTN_ROW_DUPLICATE, error);
	}
	cstn__i64_map_free(&seen);
	return status;
}

static cstn_status check_lines(import *at, cstn_error **error)
{
	const cstn__noun *noun = at->noun;
	cstn_status status = CSTN_OK;

	if (!noun->has_lines)
		return CSTN_OK;
	for (uint32_t r = 0; r < at->n_records && status == CSTN_OK; r++) {
		size_t first, end;

		rows_of(at, r, &first, &end);
		if (end - first > CSTN__LINES_MAX)
			return cstn__fail(error, CSTN_E_LIMIT,
					"a record of %s has %zu lines, at most %u are stored",
					noun->name, end - first, CSTN__LINES_MAX);
		if (end - first > 1)
			status = check_repeated(at, first, end, error);
		for (size_t k = 0; k < noun->n_crosses && status == CSTN_OK; k++)
			if (noun->crosses[k].kind == CSTN__CROSS_UNIQUE_LINE)
				status = check_unique(at, noun->crosses[k].a, first, end, error);
	}
	return status;
}

/* --- references ------------------------------------------------------------------------------- */

/* Names in dictionary fields: looked up once a pair of name and owner that stands in one row after
 * the other. */
static cstn_status check_dictionary(import *at, uint32_t field, size_t rows, cstn_error **error)
{
	const cstn__stage_column *column = &at->stage.columns[field];
	const cstn__field *owner_field = cstn__noun_field(at->noun, "owner");
	const cstn__stage_column *owners =
			owner_field ? &at->stage.columns[owner_field->number] : NULL;
	size_t n = column->texts.count;
	uint8_t *there = cstn__arena_alloc(&at->arena, n + 1);
	int64_t last_owner = -1;

	if (!there)
		return cstn__fail_nomem(error);
	memset(there, 0, n + 1);
	for (size_t i = 0; i < rows; i++) {
		int64_t code = column->numbers[i], owner = 0;
		cstn__cell cell = {0};
		cstn_status status = CSTN_OK;
		int found = 0;

		if (!(column->valid[i / 64] >> i % 64 & 1) || cstn__stage_is_bad(&at->stage, i) ||
				column->texts.items[code].len == 0)
			continue;
		if (owners && owners->present) {
			owner = owners->numbers[i];
			if (owner != last_owner)
				memset(there, 0, n);
			last_owner = owner;
			if (!there[code])
				cstn__stage_cell(&at->stage, i, owner_field->number, &cell);
		}
		if (!there[code]) {
			status = cstn__checks_reference(&at->transaction->checks, column->field,
					column->texts.items[code].text,
					column->texts.items[code].len, cell.text,
					cell.valid ? cell.len : 0, &found, error);
			there[code] = found ? 1 : 2;
		}
		if (status == CSTN_OK && there[code] == 2)
			status = cstn__stage_broken(
					&at->stage, i, field, CSTN_ROW_REFERENCE, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* 1 if the field names records of the noun's own kind and is in the stream. */
static int names_own_kind(const import *at, uint32_t field)
{
	return at->noun->fields[field].rule == CSTN__RULE_REFERENCE &&
	       at->noun->fields[field].refers == at->noun->id && at->stage.columns[field].present;
}

static cstn_status own_key(import *at, size_t row, uint32_t *code, cstn_error **error)
{
	cstn__key key;
	cstn__cell id;

	cstn__stage_cell(&at->stage, row, cstn__noun_key_field(at->noun, 1)->number, &id);
	cstn__key_of_id(at->noun, id.text, id.len, "", 0, &key);
	return cstn__checks_key_code(&at->transaction->checks, &key, code, error);
}

/* A record may name one of the same batch. Those that were named in vain are left out, and then
 * those that name them: the rows are looked at again until none falls. `codes` receives the keys
 * that were not there before. */
static cstn_status know_own_keys(
		import *at, size_t rows, uint32_t *codes, size_t *n, cstn_error **error)
{
	*n = 0;
	for (size_t i = 0; i < rows; i++) {
		cstn__known *known;
		uint32_t code;
		cstn_status status;

		if (cstn__stage_is_bad(&at->stage, i))
			continue;
		status = own_key(at, i, &code, error);
		if (status != CSTN_OK)
			return status;
		known = cstn__checks_known(&at->transaction->checks, at->noun, code);
		if (known->there)
			continue;
		known->there = 1;
		codes[(*n)++] = code;
	}
	return CSTN_OK;
}

static cstn_status check_own_kind(import *at, size_t rows, cstn_error **error)
{
	uint32_t *codes = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(*codes));
	cstn_status status = CSTN_OK;
	uint64_t before;
	size_t n = 0;

	if (!codes)
		return cstn__fail_nomem(error);
	do {
		before = cstn__row_sink_total(at->stage.sink);
		status = know_own_keys(at, rows, codes, &n, error);
		for (uint32_t i = 0; i < at->noun->n_fields && status == CSTN_OK; i++)
			if (names_own_kind(at, i))
				status = check_dictionary(at, i, rows, error);
		for (size_t i = 0; i < n; i++)
			cstn__checks_known(&at->transaction->checks, at->noun, codes[i])->there = 0;
	} while (status == CSTN_OK && cstn__row_sink_total(at->stage.sink) > before);
	return status == CSTN_OK ? know_own_keys(at, rows, codes, &n, error) : status;
}

static cstn_status check_references(import *at, size_t rows, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int own_kind = 0;

	for (uint32_t i = 0; i < at->noun->n_fields && status == CSTN_OK; i++) {
		const cstn__field *field = &at->noun->fields[i];

		if (names_own_kind(at, i))
			own_kind = 1;
		else if (field->rule == CSTN__RULE_REFERENCE &&
				field->flags & CSTN__FIELD_DICTIONARY &&
				at->stage.columns[i].present)
			status = check_dictionary(at, i, rows, error);
	}
	return status == CSTN_OK && own_kind ? check_own_kind(at, rows, error) : status;
}

/* --- records against the network -------------------------------------------------------------- */

static void staged_cell(const cstn__row *row, size_t line, uint32_t field, cstn__cell *out)
{
	const cstn__stage *stage = row->source;

	cstn__stage_cell(stage, line == CSTN_NO_LINE ? row->at : row->lines[line], field, out);
}

typedef struct staged_report {
	import *at;
	const cstn__row *row;
} staged_report;

static cstn_status report_staged(
		void *context, size_t line, uint32_t field, const cstn__cell *cell, int32_t code)
{
	staged_report *report = context;
	size_t row = line == CSTN_NO_LINE ? report->row->at : report->row->lines[line];

	(void)cell;
	return cstn__stage_broken(&report->at->stage, row, field, code, NULL);
}

/* Whether records must be looked at one by one. An order that nobody has to know of needs it only
 * for its state, and only if there are orders already. */
static int needs_rows(const import *at)
{
	const cstn__noun *noun = at->noun;

	if (noun->table_class == CSTN__TABLE_APPEND || !at->sole)
		return 1;
	if (noun->id == CSTN__NOUN_ORDER)
		return at->stage.columns[noun->state].present;
	for (uint32_t i = 0; i < noun->n_fields; i++)
		if (noun->fields[i].rule == CSTN__RULE_REFERENCE &&
				!(noun->fields[i].flags & CSTN__FIELD_DICTIONARY))
			return 1;
	return noun->id == CSTN__NOUN_PURPOSE;
}

static cstn_status check_record(import *at, uint32_t record, size_t first, size_t end,
		uint32_t *lines, cstn_error **error)
{
	cstn__row row = {.noun = at->noun,
			.cell = staged_cell,
			.source = &at->stage,
			.at = row_at(at, first),
			.lines = lines,
			.n_lines = at->noun->has_lines ? end - first : 0};
	staged_report report = {at, &row};
	cstn__checked checked;
	cstn_status status;

	for (size_t k = first; k < end && at->noun->has_lines; k++)
		lines[k - first] = (uint32_t)row_at(at, k);
	status = cstn__checks_row(&at->transaction->checks, &row, at->sole ? CSTN__CHECK_SOLE : 0,
			report_staged, &report, &checked, error);
	if (status != CSTN_OK)
		return status;
	if (checked.bad || checked.same)
		at->left_out[record] = 1;
	else
		cstn__checks_put(&at->transaction->checks, at->noun, &checked);
	return CSTN_OK;
}

static cstn_status check_records(import *at, cstn_error **error)
{
	uint32_t *lines = NULL;
	int each = needs_rows(at);

	at->left_out = cstn__arena_alloc(&at->arena, at->n_records + 1u);
	if (at->noun->has_lines && each)
		lines = cstn__arena_alloc(&at->arena, CSTN__LINES_MAX * sizeof(*lines));
	if (!at->left_out || (at->noun->has_lines && each && !lines))
		return cstn__fail_nomem(error);
	memset(at->left_out, 0, at->n_records + 1u);
	for (uint32_t r = 0; r < at->n_records; r++) {
		size_t first, end;
		cstn_status status;

		rows_of(at, r, &first, &end);
		for (size_t k = first; k < end; k++)
			at->left_out[r] |= (uint8_t)cstn__stage_is_bad(&at->stage, row_at(at, k));
		if (at->left_out[r] || !each)
			continue;
		status = check_record(at, r, first, end, lines, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* --- into the store --------------------------------------------------------------------------- */

typedef struct selection {
	uint32_t *heads, *lines; /* rows to take for a record's own fields, and for lines; NULL: all
				  */
	uint32_t *children;
	size_t n, n_lines;
} selection;

static cstn_status take_records(import *at, size_t rows, selection *out, cstn_error **error)
{
	int whole = at->order == NULL;

	memset(out, 0, sizeof(*out));
	out->heads = cstn__arena_alloc(&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
	if (!out->heads)
		return cstn__fail_nomem(error);
	if (at->noun->has_lines) {
		out->lines = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
		out->children = cstn__arena_alloc(
				&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
		if (!out->lines || !out->children)
			return cstn__fail_nomem(error);
	}
	for (uint32_t r = 0; r < at->n_records; r++) {
		size_t first, end;

		whole &= !at->left_out[r];
		if (at->left_out[r])
			continue;
		rows_of(at, r, &first, &end);
		if (at->noun->has_lines) {
			out->children[out->n] = (uint32_t)(end - first);
			for (size_t k = first; k < end; k++)
				out->lines[out->n_lines++] = (uint32_t)row_at(at, k);
		}
		out->heads[out->n++] = (uint32_t)row_at(at, first);
	}
	if (whole && at->noun->has_lines)
		out->lines = NULL;
	if (whole && !at->noun->has_lines)
		out->heads = NULL;
	return CSTN_OK;
}

/* A part of the key that the stream does not have: "" or 0 in every row. */
static cstn_status empty_column(import *at, const cstn__field *field, size_t n, cstn__values *out,
		cstn_error **error)
{
	void *zeros = cstn__arena_alloc(&at->arena, (n + 1) * sizeof(int64_t));

	if (!zeros)
		return cstn__fail_nomem(error);
	memset(zeros, 0, (n + 1) * sizeof(int64_t));
	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (field->type == CSTN_TYPE_TEXT) {
		out->offsets = zeros;
		out->bytes = zeros;
	} else {
		out->numbers = zeros;
	}
	return CSTN_OK;
}

static cstn_status store_records(import *at, const selection *taken, cstn_error **error)
{
	uint32_t ids[CSTN__FIELDS_MAX];
	cstn__values columns[CSTN__FIELDS_MAX], dictionaries[CSTN__FIELDS_MAX];
	cstn__store_batch batch = {.rows = taken->n,
			.child_rows = taken->n_lines,
			.children = taken->children,
			.ids = ids,
			.columns = columns};
	cstn_status status = CSTN_OK;

	for (uint32_t i = 0; i < at->noun->n_fields && status == CSTN_OK; i++) {
		const cstn__field *field = &at->noun->fields[i];
		int line = (field->flags & CSTN__FIELD_LINE) != 0;
		size_t n = line ? taken->n_lines : taken->n;

		if (at->stage.columns[i].present)
			status = cstn__stage_values(&at->stage, i,
					line ? taken->lines : taken->heads, n, &at->arena,
					&dictionaries[batch.n_columns], &columns[batch.n_columns],
					error);
		else if (field->flags & CSTN__FIELD_EMPTY)
			status = empty_column(at, field, n, &columns[batch.n_columns], error);
		else
			continue;
		ids[batch.n_columns++] = CSTN__COLUMN_FIRST + i;
	}
	if (status != CSTN_OK)
		return status;
	return at->noun->table_class == CSTN__TABLE_APPEND
			       ? cstn__transaction_append(at->transaction->inner, at->noun->id,
						 &batch, error)
			       : cstn__transaction_upsert(at->transaction->inner, at->noun->id,
						 &batch, error);
}

static void saw_times(import *at, const selection *taken)
{
	const cstn__stage_column *column = &at->stage.columns[at->noun->recorded];

	for (size_t i = 0; i < taken->n; i++)
		cstn__transaction_saw(at->transaction,
				column->numbers[taken->heads ? taken->heads[i] : i]);
}

/* Rows at the end that may belong to a record that goes on. */
static size_t rows_to_keep(const import *at)
{
	size_t rows = at->stage.rows, keep = 1;

	if (!at->noun->has_lines || rows == 0)
		return 0;
	while (keep < rows && same_key(at, rows - keep - 1, rows - 1))
		keep++;
	return keep == rows ? 0 : keep;
}

static cstn_status flush(import *at, int final, cstn_error **error)
{
	size_t keep = final ? 0 : rows_to_keep(at), rows = at->stage.rows - keep;
	selection taken = {0};
	cstn_status status;

	if (rows == 0)
		return CSTN_OK;
	cstn__arena_free(&at->arena);
	cstn__arena_init(&at->arena, &at->stage.allocator);
	status = group_rows(at, rows, error);
	if (status == CSTN_OK)
		status = check_lines(at, error);
	if (status == CSTN_OK)
		status = check_references(at, rows, error);
	if (status == CSTN_OK)
		status = check_records(at, error);
	if (status == CSTN_OK)
		status = take_records(at, rows, &taken, error);
	if (status == CSTN_OK && taken.n)
		status = store_records(at, &taken, error);
	if (status != CSTN_OK)
		return status;
	saw_times(at, &taken);
	at->transaction->rows += taken.n;
	cstn__stage_keep(&at->stage, keep);
	return CSTN_OK;
}

/* --- the stream ------------------------------------------------------------------------------- */

static cstn_status read_batch(import *at, const cstn__bound *bound, const struct ArrowArray *array,
		uint64_t *first_row, cstn_error **error)
{
	cstn__batch batch;
	cstn_status status = cstn__bound_batch(bound, array, &batch, error);

	if (status != CSTN_OK)
		return status;
	for (int64_t start = 0; start < batch.length && status == CSTN_OK; start += BLOCK) {
		int64_t left = batch.length - start;

		if (cstn_progress_is_cancelled(at->options.progress)) {
			status = cstn__fail(error, CSTN_E_CANCELLED, "the import was cancelled");
			break;
		}
		status = cstn__stage_read(&at->stage, bound, &batch, start,
				(int32_t)(left < BLOCK ? left : BLOCK), *first_row, error);
		if (status == CSTN_OK && at->stage.rows >= WAITING)
			status = flush(at, 0, error);
		cstn__progress_add(at->options.progress, (uint64_t)(left < BLOCK ? left : BLOCK));
	}
	*first_row += (uint64_t)batch.length;
	cstn__batch_free(bound, &batch);
	return status;
}

static cstn_status read_stream(import *at, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__column_decl decls[CSTN__STAGE_DECLS];
	cstn__bound *bound = NULL;
	uint64_t first_row = 0;
	size_t n;
	cstn_status status =
			cstn__stage_find_attributes(&at->stage, rows, at->options.binding, error);

	if (status != CSTN_OK)
		return status;
	n = cstn__stage_declare(&at->stage, decls);
	status = cstn__bind_stream(
			rows, decls, n, at->options.binding, &at->stage.allocator, &bound, error);
	if (status == CSTN_OK && at->options.flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(bound);
	while (status == CSTN_OK) {
		struct ArrowArray array;

		memset(&array, 0, sizeof(array));
		status = cstn__stream_next(rows, &array, error);
		if (status == CSTN_OK)
			status = read_batch(at, bound, &array, &first_row, error);
		if (array.release)
			array.release(&array);
	}
	cstn__bound_free(bound);
	return status == CSTN_DONE ? flush(at, 1, error) : status;
}

static cstn_status finish(import *at, cstn_row_errors **bad_rows, cstn_error **error)
{
	uint64_t total = cstn__row_sink_total(at->stage.sink);
	cstn_row_errors *found = NULL;
	cstn_status status;

	if (total == 0)
		return CSTN_OK;
	if (bad_rows) {
		status = cstn__row_sink_finish(at->stage.sink, &found, error);
		if (status != CSTN_OK)
			return status;
		*bad_rows = found;
	}
	return cstn__fail(error, CSTN_E_ROWS,
			"%llu values of '%s' break a rule; the records are left out%s",
			(unsigned long long)total, at->noun->name,
			at->options.flags & CSTN_IMPORT_ALL_OR_NOTHING ? ", and so are all others"
								       : "");
}

static cstn_status check_arguments(cstn_transaction *transaction, const char *noun,
		const cstn_import_options *options, import *at, cstn_error **error)
{
	cstn_status status;

	if (!transaction)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "transaction is NULL");
	if (transaction->broken)
		return cstn__fail(error, CSTN_E_STATE,
				"the transaction is incomplete since a call failed; free it");
	status = cstn__network_check(transaction->network, error);
	if (status == CSTN_OK)
		status = cstn__noun_find(noun, &at->noun, error);
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(at->options), sizeof(at->options),
				CSTN_IMPORT_ALL_OR_NOTHING | CSTN_IMPORT_TRUSTED,
				"cstn_import_options", &at->options, error);
	if (status == CSTN_OK && (at->options.threads < 0 || at->options.reserved0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				at->options.threads < 0 ? "threads is negative"
							: "reserved0 is not 0");
	return status;
}

static cstn_status import_moved(cstn_transaction *transaction, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options, int sole,
		cstn_row_errors **bad_rows, cstn_error **error)
{
import at = {.transaction = transaction, .sole = sole };
	cstn_status status = check_arguments(transaction, noun, options, &at, error);

	if (status != CSTN_OK)
		return status;
	status = refuse_personal(at.noun, rows, error);
	if (status == CSTN_OK)
		status = cstn__transaction_begin_base(transaction, error);
	if (status != CSTN_OK)
		return status;
	cstn__arena_init(&at.arena, &transaction->allocator);
	cstn__interner_init(&at.keys, &transaction->allocator, 43);
	status = cstn__stage_init(&at.stage, at.noun,
			at.options.recorded_us ? at.options.recorded_us : CSTN_TIME_NULL,
			&transaction->allocator, error);
	if (status == CSTN_OK)
		status = read_stream(&at, rows, error);
	if (status == CSTN_OK)
		status = finish(&at, bad_rows, error);
	if (status == CSTN_OK || status == CSTN_E_ROWS)
		transaction->imported = 1;
	if (status != CSTN_OK && !(status == CSTN_E_ROWS &&
						 !(at.options.flags & CSTN_IMPORT_ALL_OR_NOTHING)))
		transaction->broken = 1;
	cstn__stage_free(&at.stage);
	cstn__interner_free(&at.keys);
	cstn__arena_free(&at.arena);
	return status;
}

/* Take the caller's stream, so that it has one duty less however the call ends. */
static int move_stream(struct ArrowArrayStream *rows, struct ArrowArrayStream *out)
{
	if (!rows || !rows->release)
		return -1;
	*out = *rows;
	rows->release = NULL;
	return 0;
}

cstn_status cstn_transaction_import(cstn_transaction *transaction, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream own;
	cstn_status status;

	if (move_stream(rows, &own))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				rows ? "rows was released" : "rows is NULL");
	status = import_moved(transaction, noun, &own, options, 0, bad_rows, error);
	own.release(&own);
	return status;
}

static cstn_status import_locked(cstn_network *network, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_row_errors *found = NULL;
	cstn_error *told = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error), committed;

	if (status != CSTN_OK)
		return status;
	status = import_moved(transaction, noun, rows, options, 1, &found, &told);
	if (!transaction->broken && transaction->rows) {
		committed = cstn__transaction_commit_locked(transaction, NULL, error);
		if (committed != CSTN_OK) {
			status = committed;
			cstn_error_free(told);
			told = NULL;
			cstn_row_errors_free(found);
			found = NULL;
		}
	}
	cstn_transaction_free(transaction);
	if (bad_rows && status == CSTN_E_ROWS)
		*bad_rows = found;
	else
		cstn_row_errors_free(found);
	if (error && told)
		*error = told;
	else
		cstn_error_free(told);
	return status;
}

cstn_status cstn_network_import(cstn_network *network, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream own;
	cstn_status status;

	if (move_stream(rows, &own))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				rows ? "rows was released" : "rows is NULL");
	status = cstn__network_check(network, error);
	if (status == CSTN_OK) {
		pthread_rwlock_wrlock(&network->commits);
		status = import_locked(network, noun, &own, options, bad_rows, error);
		pthread_rwlock_unlock(&network->commits);
	}
	own.release(&own);
	return status;
}
