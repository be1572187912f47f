/* The rules of an import: of the rows of a record among each other, of what they name, and of each
 * record in its network. What breaks one is told and marked; it stops nothing.
 *
 * Cost: fields that each row of a record repeats are compared column by column, 1 ns a value; names
 * are looked up once a distinct one; records that need their network about 1 us each. */
#include "network/import.h"

#include <string.h>

#include "base/error.h"

/* --- rules of a record and its rows ----------------------------------------------------------- */

/* The record's own fields are the same in all its rows. */
static cstn_status check_repeated(cstn__import *at, size_t first, size_t end, cstn_error **error)
{
	size_t head = cstn__import_row(at, first);

	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		const cstn__stage_column *column = &at->stage.columns[i];

		if (!column->present || column->field->flags & CSTN__FIELD_LINE)
			continue;
		for (size_t k = first + 1; k < end; k++) {
			size_t row = cstn__import_row(at, k);
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
		cstn__import *at, uint32_t field, size_t first, size_t end, cstn_error **error)
{
	const int64_t *numbers = at->stage.columns[field].numbers;
	cstn__i64_map seen;
	cstn_status status = CSTN_OK;
	int ascending = 1;

	for (size_t k = first + 1; k < end && ascending; k++)
		ascending = numbers[cstn__import_row(at, k)] > numbers[cstn__import_row(at, k - 1)];
	if (ascending)
		return CSTN_OK;
	cstn__i64_map_init(&seen, &at->stage.allocator, 0);
	for (size_t k = first; k < end && status == CSTN_OK; k++) {
		uint32_t at_first = cstn__i64_map_intern(
				&seen, numbers[cstn__import_row(at, k)], (uint32_t)(k - first));

		if (at_first == UINT32_MAX)
			status = cstn__fail_nomem(error);
		else if (at_first != k - first &&
				!cstn__stage_is_bad(&at->stage, cstn__import_row(at, k)))
			status = cstn__stage_broken(&at->stage, cstn__import_row(at, k), field,
					CSTN_ROW_DUPLICATE, error);
	}
	cstn__i64_map_free(&seen);
	return status;
}

/* 1 if bit after bit of [0, n) is set. */
static int all_set(const uint64_t *bits, size_t n)
{
	for (size_t i = 0; i < n / 64; i++)
		if (bits[i] != UINT64_MAX)
			return 0;
	return n % 64 == 0 || ~bits[n / 64] << (64 - n % 64) == 0;
}

/* 1 if a column is the same in all rows of each record, which stand together. */
static int repeats(const cstn__import *at, const cstn__stage_column *column, size_t rows)
{
	const int64_t *numbers = column->numbers;
	const uint32_t *code = at->code;
	uint64_t other = 0;

	if (column->ends || !all_set(column->valid, rows))
		return 0;
	for (size_t i = 1; i < rows; i++)
		other |= ((uint64_t)numbers[i] ^ (uint64_t)numbers[i - 1]) &
			 -(uint64_t)(code[i] == code[i - 1]);
	return other == 0;
}

/* Whether the records have to be looked at row by row for what they repeat; a key is the same in
 * all rows, or they would not be of one record. */
static int may_differ(const cstn__import *at, size_t rows)
{
	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		const cstn__stage_column *column = &at->stage.columns[i];

		if (!column->present || column->field->flags & CSTN__FIELD_LINE ||
				column->field->key)
			continue;
		if (at->order || !repeats(at, column, rows))
			return 1;
	}
	return 0;
}

/* Likewise for what is there once a record: no, if it rises within each. */
static int may_come_twice(const cstn__import *at, uint32_t field, size_t rows)
{
	const int64_t *numbers = at->stage.columns[field].numbers;
	const uint32_t *code = at->code;
	int falls = 0;

	if (at->order || !numbers)
		return numbers != NULL;
	for (size_t i = 1; i < rows; i++)
		falls |= (code[i] == code[i - 1]) & (numbers[i] <= numbers[i - 1]);
	return falls;
}

static cstn_status check_each(cstn__import *at, uint32_t field, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (uint32_t r = 0; r < at->n_records && status == CSTN_OK; r++) {
		size_t first, end;

		cstn__import_rows_of(at, r, &first, &end);
		if (end - first < 2)
			continue;
		status = field == UINT32_MAX ? check_repeated(at, first, end, error)
					     : check_unique(at, field, first, end, error);
	}
	return status;
}

static cstn_status check_lines(cstn__import *at, size_t rows, cstn_error **error)
{
	const cstn__noun *noun = at->noun;
	cstn_status status = CSTN_OK;

	if (!noun->has_lines)
		return CSTN_OK;
	for (uint32_t r = 0; r < at->n_records; r++) {
		size_t first, end;

		cstn__import_rows_of(at, r, &first, &end);
		if (end - first > CSTN__LINES_MAX)
			return cstn__fail(error, CSTN_E_LIMIT,
					"a record of %s has %zu lines, at most %u are stored",
					noun->name, end - first, CSTN__LINES_MAX);
	}
	if (may_differ(at, rows))
		status = check_each(at, UINT32_MAX, error);
	for (size_t k = 0; k < noun->n_crosses && status == CSTN_OK; k++)
		if (noun->crosses[k].kind == CSTN__CROSS_UNIQUE_LINE &&
				may_come_twice(at, noun->crosses[k].a, rows))
			status = check_each(at, noun->crosses[k].a, error);
	return status;
}

/* --- references ------------------------------------------------------------------------------- */

static void staged_cell(const cstn__row *row, size_t line, uint32_t field, cstn__cell *out)
{
	const cstn__stage *stage = row->source;

	cstn__stage_cell(stage, line == CSTN_NO_LINE ? row->at : row->lines[line], field, out);
}

/* A name of nothing. A row that comes again and is there already may name what has gone since. */
static cstn_status tell_reference(cstn__import *at, uint32_t field, size_t i, cstn_error **error)
{
	cstn__row row = {.noun = at->noun, .cell = staged_cell, .source = &at->stage, .at = i};
	int same;
	cstn_status status = cstn__checks_is_same(&at->transaction->checks, &row, &same, error);

	if (status != CSTN_OK || same)
		return status;
	return cstn__stage_broken(&at->stage, i, field, CSTN_ROW_REFERENCE, error);
}

/* Names in dictionary fields: looked up once a pair of name and owner that stands in one row after
 * the other. */
static cstn_status check_dictionary(
		cstn__import *at, uint32_t field, size_t rows, cstn_error **error)
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
			status = tell_reference(at, field, i, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* 1 if the field names records of the noun's own kind and is in the stream. */
static int names_own_kind(const cstn__import *at, uint32_t field)
{
	return at->noun->fields[field].rule == CSTN__RULE_REFERENCE &&
	       at->noun->fields[field].refers == at->noun->id && at->stage.columns[field].present;
}

static cstn_status own_key(cstn__import *at, size_t row, uint32_t *code, cstn_error **error)
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
		cstn__import *at, size_t rows, uint32_t *codes, size_t *n, cstn_error **error)
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

static cstn_status check_own_kind(cstn__import *at, size_t rows, cstn_error **error)
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

static cstn_status check_references(cstn__import *at, size_t rows, cstn_error **error)
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

typedef struct staged_report {
	cstn__import *at;
	const cstn__row *row;
} staged_report;

static cstn_status report_staged(
		void *context, size_t line, uint32_t field, const cstn__cell *cell, int32_t code)
{
	staged_report *report = context;
	size_t row = line == CSTN_NO_LINE ? report->row->at : report->row->lines[line];

	/* A number with a text: what it is, and what it breaks. */
	return cstn__stage_broken_as(&report->at->stage, row, field, code,
			cell->len && report->at->noun->fields[field].type != CSTN_TYPE_TEXT ? cell
											    : NULL,
			NULL);
}

/* Whether records must be looked at one by one. An order that nobody has to know of needs it only
 * for its state, and only if there are orders already. */
static int needs_rows(const cstn__import *at)
{
	const cstn__noun *noun = at->noun;

	if (cstn__noun_is_added_only(noun) || !at->sole)
		return 1;
	if (noun->id == CSTN__NOUN_ORDER)
		return at->stage.columns[noun->state].present;
	for (uint32_t i = 0; i < noun->n_fields; i++)
		if (noun->fields[i].rule == CSTN__RULE_REFERENCE &&
				!(noun->fields[i].flags & CSTN__FIELD_DICTIONARY))
			return 1;
	return noun->id == CSTN__NOUN_PURPOSE;
}

/* Whether a record may be recorded before what it replaces: in the same import, if records are
 * single rows; else where something is recorded after the earliest row. */
static cstn_status may_go_back(cstn__import *at, size_t rows, int *out, cstn_error **error)
{
	const cstn__stage_column *recorded = &at->stage.columns[at->noun->recorded];
	int64_t first = INT64_MAX;

	*out = at->noun->table_class == CSTN__TABLE_KEYED && !at->noun->has_lines;
	if (at->noun->table_class != CSTN__TABLE_KEYED || *out)
		return CSTN_OK;
	for (size_t i = 0; i < rows; i++)
		if (!cstn__stage_is_bad(&at->stage, i) && recorded->numbers[i] < first)
			first = recorded->numbers[i];
	return cstn__checks_recorded_after(&at->transaction->checks, at->noun, first, out, error);
}

static cstn_status check_record(cstn__import *at, uint32_t record, size_t first, size_t end,
		uint32_t *lines, cstn_error **error)
{
	cstn__row row = {.noun = at->noun,
			.cell = staged_cell,
			.source = &at->stage,
			.at = cstn__import_row(at, first),
			.lines = lines,
			.n_lines = at->noun->has_lines ? end - first : 0};
	staged_report report = {at, &row};
	cstn__checked checked;
	cstn_status status;

	for (size_t k = first; k < end && at->noun->has_lines; k++)
		lines[k - first] = (uint32_t)cstn__import_row(at, k);
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

static int any_is_bad(const cstn__stage *stage, size_t rows)
{
	uint64_t bad = 0;

	for (size_t i = 0; i < (rows + 63) / 64; i++)
		bad |= stage->bad[i];
	return bad != 0;
}

static cstn_status check_records(cstn__import *at, size_t rows, cstn_error **error)
{
	uint32_t *lines = NULL;
	int each = needs_rows(at);
	cstn_status status = each ? CSTN_OK : may_go_back(at, rows, &each, error);

	if (status != CSTN_OK)
		return status;
	at->left_out = cstn__arena_alloc(&at->arena, at->n_records + 1u);
	if (at->noun->has_lines && each)
		lines = cstn__arena_alloc(&at->arena, CSTN__LINES_MAX * sizeof(*lines));
	if (!at->left_out || (at->noun->has_lines && each && !lines))
		return cstn__fail_nomem(error);
	memset(at->left_out, 0, at->n_records + 1u);
	if (!each && !any_is_bad(&at->stage, rows))
		return CSTN_OK;
	for (uint32_t r = 0; r < at->n_records; r++) {
		size_t first, end;

		cstn__import_rows_of(at, r, &first, &end);
		for (size_t k = first; k < end; k++)
			at->left_out[r] |= (uint8_t)cstn__stage_is_bad(
					&at->stage, cstn__import_row(at, k));
		if (at->left_out[r] || !each)
			continue;
		status = check_record(at, r, first, end, lines, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

cstn_status cstn__import_check(cstn__import *at, size_t rows, cstn_error **error)
{
	cstn_status status = check_lines(at, rows, error);

	if (status == CSTN_OK)
		status = check_references(at, rows, error);
	return status == CSTN_OK ? check_records(at, rows, error) : status;
}
