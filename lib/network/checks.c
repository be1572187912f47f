/* Rules that need a network.
 *
 * A record is checked against the snapshot that the transaction began with and against what the
 * transaction has put itself. Every key that was looked up is remembered with what was found, so
 * that a batch which names the same thousand partners a million times reads a thousand. What was
 * found is also what the commit requires: the caller adds the preconditions.
 *
 * Invariant: a row that is refused changes nothing but these caches. Cost: a look-up in the store a
 * distinct key, a look-up in a map (about 50 ns) a repeated one. */
#include "network/checks.h"

#include <string.h>

#include "base/error.h"

/* --- rows ------------------------------------------------------------------------------------- */

static void record_cell(const cstn__row *row, size_t line, uint32_t field, cstn__cell *out)
{
	*out = *cstn__record_cell(row->source, line, field);
}

void cstn__row_of_record(const cstn_record *record, cstn__row *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = record->noun;
	out->cell = record_cell;
	out->source = record;
	out->n_lines = record->n_lines;
}

static void row_key(const cstn__row *row, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = row->noun;
	for (uint32_t i = 0; i < row->noun->n_key; i++) {
		cstn__cell cell;

		row->cell(row, CSTN_NO_LINE, cstn__noun_key_field(row->noun, i + 1)->number, &cell);
		out->parts[i].text = cell.valid && cell.text ? cell.text : "";
		out->parts[i].len = cell.valid ? cell.len : 0;
		out->parts[i].number = cell.valid ? cell.number : 0;
	}
}

/* --- life ------------------------------------------------------------------------------------- */

cstn_status cstn__checks_init(cstn__checks *checks, cstn__snapshot *base,
		const cstn_allocator *allocator, cstn_error **error)
{
	const cstn__noun *const *nouns;
	size_t n = cstn__nouns(&nouns, NULL);

	memset(checks, 0, sizeof(*checks));
	checks->allocator = *allocator;
	checks->base = base;
	cstn__arena_init(&checks->arena, allocator);
	cstn__interner_init(&checks->order_keys, allocator, 29);
	checks->nouns = cstn__alloc_zero(allocator, n * sizeof(*checks->nouns));
	if (!checks->nouns)
		return cstn__fail_nomem(error);
	checks->n_nouns = n;
	for (size_t i = 0; i < n; i++) {
		cstn__interner_init(&checks->nouns[i].keys, allocator, 31 + i);
		checks->nouns[i].empty = -1;
	}
	return CSTN_OK;
}

void cstn__checks_free(cstn__checks *checks)
{
	for (size_t i = 0; i < checks->n_nouns; i++) {
		cstn__interner_free(&checks->nouns[i].keys);
		cstn__array_free(&checks->allocator, &checks->nouns[i].known);
	}
	cstn__free(&checks->allocator, checks->nouns, checks->n_nouns * sizeof(*checks->nouns));
	checks->nouns = NULL;
	checks->n_nouns = 0;
	if (!checks->allocator.alloc)
		return;
	cstn__interner_free(&checks->order_keys);
	cstn__array_free(&checks->allocator, &checks->orders);
	cstn__arena_free(&checks->arena);
}

static struct cstn__checks_noun *noun_of(cstn__checks *checks, const cstn__noun *noun)
{
	return &checks->nouns[CSTN__NOUN_PLACE(noun->id)];
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Whether the snapshot has no row of a noun at all: then nothing of it need be looked up. */
static cstn_status is_empty(
		cstn__checks *checks, const cstn__noun *noun, int *out, cstn_error **error)
{
	struct cstn__checks_noun *own = noun_of(checks, noun);
	static const uint32_t column = CSTN__COLUMN_SEQ;
	cstn__scan_options options = {.columns = &column, .n_columns = 1, .as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	if (own->empty < 0) {
		status = cstn__scan_new(checks->base, noun->id, &options, &scan, error);
		if (status != CSTN_OK)
			return status;
		status = cstn__scan_next(scan, &chunk, error);
		cstn__scan_free(scan);
		if (status != CSTN_OK && status != CSTN_DONE)
			return status;
		own->empty = status == CSTN_DONE;
	}
	*out = own->empty;
	return CSTN_OK;
}

/* When the last version of a key that is not there any more ceased to be. */
static cstn_status look_up_last(
		cstn__checks *checks, const cstn__key *key, cstn__known *known, cstn_error **error)
{
	cstn__key_values values;

	if (key->noun->table_class == CSTN__TABLE_APPEND)
		return CSTN_OK;
	cstn__key_to_values(key, &values);
	return cstn__snapshot_last_time(
			checks->base, key->noun->id, values.values, &known->last_us, error);
}

/* Sequence number, time and state of the version in the snapshot. */
static cstn_status look_up(
		cstn__checks *checks, const cstn__key *key, cstn__known *known, cstn_error **error)
{
	const cstn__noun *noun = key->noun;
	uint32_t columns[3] = {CSTN__COLUMN_SEQ, CSTN__COLUMN_FIRST + noun->recorded,
			noun->state < 0 ? 0 : CSTN__COLUMN_FIRST + (uint32_t)noun->state};
	cstn__scan_options options = {.columns = columns,
			.n_columns = noun->state < 0 ? 2 : 3,
			.as_of_us = INT64_MAX};
	cstn__found_room room;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;
	int empty, found = 0;

	known->state = -1;
	known->last_us = INT64_MIN;
	status = is_empty(checks, noun, &empty, error);
	if (status == CSTN_OK && !empty)
		status = cstn__find_row(
				checks->base, key, &options, &room, &scan, &chunk, &found, error);
	if (status == CSTN_OK && !found)
		status = look_up_last(checks, key, known, error);
	if (status != CSTN_OK)
		return status;
	known->looked = 1;
	if (!found)
		return CSTN_OK;
	known->there = 1;
	known->seq = (uint64_t)chunk.columns[0].numbers[0];
	known->last_us = chunk.columns[1].numbers[0];
	if (noun->state >= 0 && cstn__values_is_valid(&chunk.columns[2], 0)) {
		size_t len;
		const uint8_t *text = cstn__values_text(&chunk.columns[2], 0, &len);

		known->state = (int8_t)cstn__field_code(
				&noun->fields[noun->state], (const char *)text, len);
	}
	cstn__scan_free(scan);
	return CSTN_OK;
}

/* The entry of a key by its number; new ones are not looked up yet. */
static cstn_status intern_key(
		cstn__checks *checks, const cstn__key *key, uint32_t *code, cstn_error **error)
{
	struct cstn__checks_noun *own = noun_of(checks, key->noun);
	uint8_t bytes[CSTN__KEY_BYTES];
	size_t size = cstn__key_to_bytes(key, bytes);

	*code = cstn__intern(&own->keys, (const char *)bytes, size);
	if (*code == UINT32_MAX)
		return cstn__fail_nomem(error);
	while (own->known.count <= *code) {
		if (cstn__array_reserve(&checks->allocator, &own->known, 1))
			return cstn__fail_nomem(error);
		memset(&own->known.items[own->known.count++], 0, sizeof(cstn__known));
	}
	return CSTN_OK;
}

static cstn_status key_entry(
		cstn__checks *checks, const cstn__key *key, uint32_t *code, cstn_error **error)
{
	cstn_status status = intern_key(checks, key, code, error);
	cstn__known *known;

	if (status != CSTN_OK)
		return status;
	known = &noun_of(checks, key->noun)->known.items[*code];
	return known->looked ? CSTN_OK : look_up(checks, key, known, error);
}

cstn__known *cstn__checks_known(cstn__checks *checks, const cstn__noun *noun, uint32_t code)
{
	return &noun_of(checks, noun)->known.items[code];
}

cstn_status cstn__checks_key_code(
		cstn__checks *checks, const cstn__key *key, uint32_t *out, cstn_error **error)
{
	return key_entry(checks, key, out, error);
}

cstn_status cstn__checks_key(
		cstn__checks *checks, const cstn__key *key, cstn__known **out, cstn_error **error)
{
	uint32_t code;
	cstn_status status = cstn__checks_key_code(checks, key, &code, error);

	if (status == CSTN_OK)
		*out = cstn__checks_known(checks, key->noun, code);
	return status;
}

cstn_status cstn__checks_delete(
		cstn__checks *checks, const cstn__key *key, int64_t recorded_us, cstn_error **error)
{
	cstn__known *known;
	cstn_status status = cstn__checks_key(checks, key, &known, error);

	if (status != CSTN_OK)
		return status;
	known->there = 0;
	known->own = 1;
	known->state = -1;
	known->last_us = recorded_us;
	if (key->noun->id == CSTN__NOUN_ORDER) {
		cstn__order_info none;
		uint32_t code;

		status = cstn__order_intern(checks, key, &code, error);
		if (status == CSTN_OK)
			status = cstn__order_gone(code, checks, &none, error);
		if (status == CSTN_OK)
			cstn__order_set(checks, code, &none);
	}
	return status;
}

/* --- references ------------------------------------------------------------------------------- */

static cstn_status exists(cstn__checks *checks, const cstn__noun *noun, const char *id, size_t len,
		const char *owner, size_t owner_len, int *out, cstn_error **error)
{
	cstn__known *known;
	cstn__key key;
	cstn_status status;

	cstn__key_of_id(noun, id, len, owner, noun->n_key > 1 ? owner_len : 0, &key);
	status = cstn__checks_key(checks, &key, &known, error);
	if (status != CSTN_OK)
		return status;
	*out = known->there;
	if (*out || noun->n_key < 2 || !owner_len)
		return CSTN_OK;
	return exists(checks, noun, id, len, "", 0, out, error);
}

cstn_status cstn__checks_reference(cstn__checks *checks, const cstn__field *field, const char *id,
		size_t len, const char *owner, size_t owner_len, int *out, cstn_error **error)
{
	cstn_status status;

	if (field->flags & CSTN__FIELD_OR_GTIN && cstn__rule_text(CSTN__RULE_GTIN, id, len) == 0) {
		*out = 1;
		return CSTN_OK;
	}
	status = exists(checks, cstn__noun_get(field->refers), id, len, owner, owner_len, out,
			error);
	if (status == CSTN_OK && !*out && field->flags & CSTN__FIELD_OR_CUSTOMER)
		status = exists(checks, cstn__noun_get(CSTN__NOUN_CUSTOMER), id, len, owner,
				owner_len, out, error);
	return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

typedef struct row_check {
	cstn__checks *checks;
	const cstn__row *row;
	uint32_t flags;
	cstn_status (*report)(void *context, size_t line, uint32_t field, const cstn__cell *cell,
			int32_t code);
	void *context;
	cstn__checked *out;
	cstn__cell owner;
} row_check;

static cstn_status tell(row_check *at, size_t line, uint32_t field, const cstn__cell *cell,
		int32_t code, cstn_status worst, cstn_error **error)
{
	if (!at->out->bad++)
		at->out->worst = worst;
	return at->report(at->context, line, field, cell, code) == CSTN_OK
			       ? CSTN_OK
			       : cstn__fail_nomem(error);
}

static cstn_status check_references(row_check *at, size_t line, cstn_error **error)
{
	const cstn__noun *noun = at->row->noun;
	uint32_t level = line == CSTN_NO_LINE ? 0 : CSTN__FIELD_LINE;
	cstn_status status = CSTN_OK;

	for (uint32_t i = 0; i < noun->n_fields && status == CSTN_OK; i++) {
		const cstn__field *field = &noun->fields[i];
		cstn__cell cell;
		int there = 1;

		if (field->rule != CSTN__RULE_REFERENCE ||
				(field->flags & CSTN__FIELD_LINE) != level ||
				(field->flags & CSTN__FIELD_DICTIONARY &&
						!(at->flags & CSTN__CHECK_DICTIONARIES)))
			continue;
		at->row->cell(at->row, line, i, &cell);
		if (!cell.valid || cell.len == 0)
			continue;
		status = cstn__checks_reference(at->checks, field, cell.text, cell.len,
				at->owner.text, at->owner.valid ? at->owner.len : 0, &there, error);
		if (status == CSTN_OK && !there)
			status = tell(at, line, i, &cell, CSTN_ROW_REFERENCE,
					CSTN_E_INVALID_ARGUMENT, error);
	}
	return status;
}

static cstn_status check_state(row_check *at, const cstn__known *known, cstn_error **error)
{
	const cstn__noun *noun = at->row->noun;
	cstn__cell cell;

	at->out->state = -1;
	if (noun->state < 0)
		return CSTN_OK;
	at->row->cell(at->row, CSTN_NO_LINE, (uint32_t)noun->state, &cell);
	if (cell.valid)
		at->out->state = (int8_t)cstn__field_code(
				&noun->fields[noun->state], cell.text, cell.len);
	if (!known->there || known->state < 0 || known->state == at->out->state)
		return CSTN_OK;
	if (at->out->state >= 0 && noun->next[known->state] >> at->out->state & 1)
		return CSTN_OK;
	return tell(at, CSTN_NO_LINE, (uint32_t)noun->state, &cell, CSTN_ROW_STATE, CSTN_E_STATE,
			error);
}

/* Reads as of a time are exact because what is recorded of one key never goes back in time. */
static cstn_status check_recorded(row_check *at, const cstn__known *known, cstn_error **error)
{
	const cstn__noun *noun = at->row->noun;
	char buffer[CSTN__BACKWARDS_TEXT];
	cstn__cell cell;

	at->row->cell(at->row, CSTN_NO_LINE, noun->recorded, &cell);
	at->out->recorded_us = cell.number;
	if (!cell.valid || cell.number >= known->last_us ||
			(known->there && cstn__noun_is_added_only(noun)))
		return CSTN_OK;
	cell.len = (uint32_t)cstn__backwards_text(cell.number, known->last_us, buffer);
	cell.text = buffer;
	return tell(at, CSTN_NO_LINE, noun->recorded, &cell, CSTN_ROW_ORDER, CSTN_E_STATE, error);
}

static int cells_equal(const cstn__field *field, const cstn__cell *a, const cstn__cell *b)
{
	if (!a->valid || !b->valid)
		return a->valid == b->valid;
	if (field->type != CSTN_TYPE_TEXT)
		return a->number == b->number;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* 1 if the snapshot holds the row under its key, with the same content but for when it was known.
 */
static cstn_status compare_known(cstn__checks *checks, const cstn__row *row, const cstn__key *key,
		int *out, cstn_error **error)
{
	const cstn__noun *noun = key->noun;
	cstn_record *before = NULL;
	cstn_status status = cstn__snapshot_record(
			checks->base, key, INT64_MAX, &checks->allocator, &before, error);

	if (status != CSTN_OK)
		return status;
	*out = before != NULL;
	for (uint32_t i = 0; i < noun->n_fields && *out; i++) {
		cstn__cell cell;

		row->cell(row, CSTN_NO_LINE, i, &cell);
		*out = i == noun->recorded ||
		       cells_equal(&noun->fields[i], &cell,
				       cstn__record_cell(before, CSTN_NO_LINE, i));
	}
	cstn_record_unref(before);
	return CSTN_OK;
}

cstn_status cstn__checks_is_same(
		cstn__checks *checks, const cstn__row *row, int *out, cstn_error **error)
{
	cstn__known *known;
	cstn__key key;
	cstn_status status;

	*out = 0;
	if (!cstn__noun_is_added_only(row->noun))
		return CSTN_OK;
	row_key(row, &key);
	status = cstn__checks_key(checks, &key, &known, error);
	if (status != CSTN_OK || !known->there || known->own)
		return status;
	return compare_known(checks, row, &key, out, error);
}

/* An id of an append-only noun comes again: the same content, but for when it was known, is no
 * change; other content is a conflict. What came earlier in this transaction is not compared: it is
 * a duplicate. */
static cstn_status check_same(
		row_check *at, const cstn__key *key, const cstn__known *known, cstn_error **error)
{
	const cstn__noun *noun = key->noun;
	cstn_status status;
	cstn__cell cell;
	int same = 0;

	if (!known->there)
		return CSTN_OK;
	if (!known->own) {
		status = compare_known(at->checks, at->row, key, &same, error);
		if (status != CSTN_OK)
			return status;
		if (same) {
			at->out->same = 1;
			return CSTN_OK;
		}
	}
	at->row->cell(at->row, CSTN_NO_LINE, cstn__noun_key_field(noun, 1)->number, &cell);
	return tell(at, CSTN_NO_LINE, cstn__noun_key_field(noun, 1)->number, &cell,
			known->own ? CSTN_ROW_DUPLICATE : CSTN_ROW_CONFLICT, CSTN_E_CONFLICT,
			error);
}

/* A purpose must not cover itself through others. */
static cstn_status check_purpose(row_check *at, cstn_error **error)
{
	cstn__cell parent;
	cstn__key key;
	int cyclic = 0;
	cstn_status status;

	row_key(at->row, &key);
	status = cstn__purpose_is_cyclic(at->checks, &key, &cyclic, error);
	if (status != CSTN_OK || !cyclic)
		return status;
	at->row->cell(at->row, CSTN_NO_LINE, CSTN__PURPOSE_PARENT_ID, &parent);
	return tell(at, CSTN_NO_LINE, CSTN__PURPOSE_PARENT_ID, &parent, CSTN_ROW_VALUE,
			CSTN_E_INVALID_ARGUMENT, error);
}

/* What later shipments of this transaction need to know of the order. */
static cstn_status check_order(row_check *at, cstn_error **error)
{
	cstn__key key;
	cstn_status status;
	uint32_t code;

	if (at->flags & CSTN__CHECK_SOLE)
		return CSTN_OK;

	row_key(at->row, &key);
	status = cstn__order_intern(at->checks, &key, &code, error);
	if (status == CSTN_OK)
		status = cstn__order_lines(at->row, code, at->checks, &at->out->order, error);
	if (status == CSTN_OK)
		at->out->order_code = code;
	return status;
}

static cstn_status check_noun(row_check *at, cstn_error **error)
{
	cstn__key key;

	switch (at->row->noun->id) {
	case CSTN__NOUN_PURPOSE:
		return check_purpose(at, error);
	case CSTN__NOUN_ORDER:
		return check_order(at, error);
	case CSTN__NOUN_SHIPMENT:
	case CSTN__NOUN_RETURN:
		if (at->out->bad)
			return CSTN_OK;
		row_key(at->row, &key);
		return cstn__held_check(
				at->checks, at->row, &key, at->report, at->context, at->out, error);
	default:
		return CSTN_OK;
	}
}

cstn_status cstn__checks_row(cstn__checks *checks, const cstn__row *row, uint32_t flags,
		cstn_status (*report)(void *context, size_t line, uint32_t field,
				const cstn__cell *cell, int32_t code),
		void *context, cstn__checked *out, cstn_error **error)
{
	const cstn__field *owner = cstn__noun_field(row->noun, "owner");
	row_check at = {.checks = checks,
			.row = row,
			.flags = flags,
			.report = report,
			.context = context,
			.out = out};
	cstn__known known;
	cstn__key key;
	cstn_status status;

	memset(out, 0, sizeof(*out));
	out->order_code = UINT32_MAX;
	if (owner)
		row->cell(row, CSTN_NO_LINE, owner->number, &at.owner);
	row_key(row, &key);
	status = key_entry(checks, &key, &out->code, error);
	if (status != CSTN_OK)
		return status;
	known = noun_of(checks, row->noun)->known.items[out->code];
	if (cstn__noun_is_added_only(row->noun)) {
		status = check_same(&at, &key, &known, error);
		if (status != CSTN_OK || out->same)
			return status;
	}
	status = check_recorded(&at, &known, error);
	if (status == CSTN_OK)
		status = check_state(&at, &known, error);
	if (status == CSTN_OK)
		status = check_references(&at, CSTN_NO_LINE, error);
	for (size_t line = 0; line < row->n_lines && status == CSTN_OK; line++)
		status = check_references(&at, line, error);
	return status == CSTN_OK ? check_noun(&at, error) : status;
}

void cstn__checks_put(cstn__checks *checks, const cstn__noun *noun, const cstn__checked *checked)
{
	cstn__known *known = &noun_of(checks, noun)->known.items[checked->code];

	known->there = 1;
	known->own = 1;
	known->state = checked->state;
	known->last_us = checked->recorded_us;
	if (checked->order_code != UINT32_MAX)
		cstn__order_set(checks, checked->order_code, &checked->order);
	if (checked->held) {
		cstn__held_apply(checks, noun, known->held, checked->held);
		known->held = checked->held;
	}
}
