/* The ledger of what was given and received, and balances out of it.
 *
 * Rows are kept as they came, names as numbers; a balance walks them. O(rows). */
#include <string.h>

#include <constellation/data_value.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/envelope.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "table/table_fields.h"

#define NAME_MOST 64
#define CLASSES 6

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "value ledger", CSTN__KIND_VALUE_LEDGER, 1};

typedef struct entry {
	int32_t kind, level;
	uint32_t constellation, party, counterparty;
	uint32_t field_class, fields;
	int32_t completeness_permille;
	int64_t at_us, rows, staleness_us, utility_in_minor, cost_out_minor;
} entry;

struct cstn_value_ledger {
	cstn_allocator allocator;
	cstn__interner names;
	CSTN__ARRAY(entry) entries;
};

cstn_status cstn_value_ledger_new(
		const cstn_allocator *allocator, cstn_value_ledger **out, cstn_error **error)
{
	cstn_value_ledger *ledger;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*ledger), &memory, &ledger, error);
	if (status != CSTN_OK)
		return status;
	ledger->allocator = memory;
	cstn__interner_init(&ledger->names, &memory, 0);
	*out = ledger;
	return CSTN_OK;
}

void cstn_value_ledger_free(cstn_value_ledger *ledger)
{
	cstn_allocator allocator;

	if (!ledger)
		return;
	allocator = ledger->allocator;
	cstn__interner_free(&ledger->names);
	cstn__array_free(&allocator, &ledger->entries);
	cstn__free(&allocator, ledger, sizeof(*ledger));
}

size_t cstn_value_ledger_count(const cstn_value_ledger *ledger)
{
	return ledger ? ledger->entries.count : 0;
}

/* --- rows in ---------------------------------------------------------------------------------- */

static int is_name(const char *text, size_t len)
{
	return text && len && len <= NAME_MOST && cstn__utf8_is_valid((const uint8_t *)text, len);
}

static int is_one_class(uint32_t field_class)
{
	return field_class && !(field_class & (field_class - 1)) && field_class >> CLASSES == 0;
}

/* What is wrong with a row's numbers; NULL: nothing. */
static const char *wrong(const entry *e)
{
	if (e->kind != CSTN_VALUE_RELEASE && e->kind != CSTN_VALUE_RECEIPT)
		return "kind is CSTN_VALUE_RELEASE or _RECEIPT";
	if (e->level < CSTN_LEVEL_RAW || e->level > CSTN_LEVEL_EXISTENCE)
		return "level is a CSTN_LEVEL_...";
	if (!is_one_class(e->field_class))
		return "field_class is one CSTN_CLASS_...";
	if (e->rows < 0 || e->staleness_us < 0)
		return "rows and staleness_us are 0 or more";
	if (e->completeness_permille < 0 || e->completeness_permille > 1000)
		return "completeness_permille is 0 to 1,000";
	if (e->kind == CSTN_VALUE_RELEASE ? e->utility_in_minor != 0 : e->cost_out_minor != 0)
		return "a release has a cost, a receipt a utility";
	return NULL;
}

cstn_status cstn_value_ledger_add(
		cstn_value_ledger *ledger, const cstn_value_row *given, cstn_error **error)
{
	cstn_value_row row;
	entry e;
	const char *rule;
	cstn_status status;

	if (!ledger || !given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				ledger ? "row" : "ledger");
	status = cstn__options_read(
			given, sizeof(row), sizeof(row), 0, "cstn_value_row", &row, error);
	if (status != CSTN_OK)
		return status;
	if (!is_name(row.constellation, row.constellation_len) ||
			!is_name(row.party, row.party_len) ||
			!is_name(row.counterparty, row.counterparty_len) || row.reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constellation, party and counterparty are UTF-8 text of 1 to %d "
				"bytes, reserved0 is 0",
				NAME_MOST);
	e = (entry){row.kind, row.level, 0, 0, 0, row.field_class, row.fields,
			row.completeness_permille, row.at_us, row.rows, row.staleness_us,
			row.utility_in_minor, row.cost_out_minor};
	rule = wrong(&e);
	if (rule)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a value row: %s", rule);
	if (cstn__array_reserve(&ledger->allocator, &ledger->entries, 1))
		return cstn__fail_nomem(error);
	e.constellation = cstn__intern(&ledger->names, row.constellation, row.constellation_len);
	e.party = cstn__intern(&ledger->names, row.party, row.party_len);
	e.counterparty = cstn__intern(&ledger->names, row.counterparty, row.counterparty_len);
	if (e.constellation == UINT32_MAX || e.party == UINT32_MAX || e.counterparty == UINT32_MAX)
		return cstn__fail_nomem(error);
	ledger->entries.items[ledger->entries.count++] = e;
	return CSTN_OK;
}

/* --- balances --------------------------------------------------------------------------------- */

/* 0, or -1: a sum does not fit. */
static int add_entry(cstn_value_balance *b, const entry *e)
{
	if (e->kind == CSTN_VALUE_RELEASE) {
		b->releases++;
		return cstn__add_i64(b->rows_given, e->rows, &b->rows_given) |
		       cstn__add_i64(b->given_minor, e->cost_out_minor, &b->given_minor);
	}
	b->receipts++;
	if (!b->valid || e->completeness_permille < b->completeness_permille)
		b->completeness_permille = e->completeness_permille;
	if (e->staleness_us > b->staleness_us)
		b->staleness_us = e->staleness_us;
	b->valid = CSTN_VALUE_HAS_RECEIPTS;
	return cstn__add_i64(b->rows_received, e->rows, &b->rows_received) |
	       cstn__add_i64(b->received_minor, e->utility_in_minor, &b->received_minor);
}

cstn_status cstn_value_reciprocity(const cstn_value_ledger *ledger, const char *a, size_t a_len,
		const char *b, size_t b_len, const char *constellation, size_t constellation_len,
		uint32_t field_class, int64_t from_us, int64_t until_us, cstn_value_balance *out,
		cstn_error **error)
{
	cstn_value_balance full = CSTN_VALUE_BALANCE_INIT;
	uint32_t party, counterparty, where;
	size_t i;

	if (!ledger || !out || !a || !b || !constellation)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"ledger, a, b, constellation and out must be there");
	if (field_class && !is_one_class(field_class))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field_class is %u; one CSTN_CLASS_... or 0 expected", field_class);
	party = cstn__interner_find(&ledger->names, a, a_len);
	counterparty = cstn__interner_find(&ledger->names, b, b_len);
	where = cstn__interner_find(&ledger->names, constellation, constellation_len);
	for (i = 0; i < ledger->entries.count; i++) {
		const entry *e = &ledger->entries.items[i];

		if (e->party == party && e->counterparty == counterparty &&
				e->constellation == where && e->at_us >= from_us &&
				e->at_us < until_us &&
				(!field_class || e->field_class == field_class) &&
				add_entry(&full, e))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"a sum of the balance does not fit 64 bits");
	}
	if (cstn__subtract_i64(full.received_minor, full.given_minor, &full.difference_minor))
		return cstn__fail(error, CSTN_E_OVERFLOW,
				"the difference of the balance does not fit 64 bits");
	return cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_value_balance", out, error);
}

cstn_status cstn_value_reciprocal_state(const cstn_value_balance *balance,
		const cstn_term_consideration *given, int32_t *state, cstn_error **error)
{
	cstn_term_consideration asked;
	cstn_value_balance is;
	cstn_status status;

	if (!state)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	status = cstn__options_read(balance, sizeof(is), sizeof(is), CSTN_VALUE_HAS_RECEIPTS,
			"cstn_value_balance", &is, error);
	if (status == CSTN_OK)
		status = cstn__options_read(given, sizeof(asked), sizeof(asked), 0,
				"cstn_term_consideration", &asked, error);
	if (status == CSTN_OK && asked.kind != CSTN_CONSIDERATION_RECIPROCAL)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the consideration is of kind %d, not "
				"CSTN_CONSIDERATION_RECIPROCAL",
				asked.kind);
	if (status != CSTN_OK)
		return status;
	if (!(is.valid & CSTN_VALUE_HAS_RECEIPTS))
		*state = CSTN_CONSIDERATION_UNKNOWN;
	else
		*state = is.completeness_permille >= asked.min_completeness_permille &&
							 (!asked.max_staleness_us ||
									 is.staleness_us <=
											 asked.max_staleness_us)
					 ? CSTN_CONSIDERATION_CURRENT
					 : CSTN_CONSIDERATION_OVERDUE;
	return CSTN_OK;
}

/* --- as a table ------------------------------------------------------------------------------- */

static void put_name(const cstn_value_ledger *ledger, cstn__table_builder *table, int32_t column,
		uint32_t name)
{
	cstn__table_put_text(table, column, ledger->names.items[name].text,
			ledger->names.items[name].len);
}

static cstn_status put_rows(const void *of, cstn__table_builder *table, cstn_error **error)
{
	static const cstn__table_field fields[] = {{"kind", CSTN_TYPE_TEXT, 0},
			{"constellation", CSTN_TYPE_TEXT, 0}, {"party", CSTN_TYPE_TEXT, 0},
			{"counterparty", CSTN_TYPE_TEXT, 0}, {"class", CSTN_TYPE_TEXT, 0},
			{"level", CSTN_TYPE_INT32, 0}, {"fields", CSTN_TYPE_INT64, 0},
			{"rows", CSTN_TYPE_INT64, 0}, {"at", CSTN_TYPE_TIME, 0},
			{"completeness_permille", CSTN_TYPE_INT32, 0},
			{"staleness_us", CSTN_TYPE_INT64, 0},
			{"utility_in_minor", CSTN_TYPE_INT64, 0},
			{"cost_out_minor", CSTN_TYPE_INT64, 0}};
	static const char *const classes[CLASSES] = {"public", "operational", "competitive",
			"pii_direct", "pii_quasi", "special"};
	const cstn_value_ledger *ledger = of;
	size_t i, k;

	if (cstn__table_add_fields(table, CSTN__FIELDS(fields)))
		return cstn__fail_nomem(error);
	for (i = 0; i < ledger->entries.count; i++) {
		const entry *e = &ledger->entries.items[i];
		const int64_t numbers[] = {e->level, e->fields, e->rows, e->at_us,
				e->completeness_permille, e->staleness_us, e->utility_in_minor,
				e->cost_out_minor};

		cstn__put_word(table, 0, e->kind == CSTN_VALUE_RELEASE ? "release" : "receipt");
		put_name(ledger, table, 1, e->constellation);
		put_name(ledger, table, 2, e->party);
		put_name(ledger, table, 3, e->counterparty);
		cstn__put_word(table, 4, classes[__builtin_ctz(e->field_class)]);
		for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
			cstn__table_put_i64(table, (int32_t)k + 5, numbers[k]);
	}
	return CSTN_OK;
}

cstn_status cstn_value_ledger_export(
		const cstn_value_ledger *ledger, struct ArrowArrayStream *out, cstn_error **error)
{
	if (!ledger || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				ledger ? "out" : "ledger");
	return cstn__table_export_of(&ledger->allocator, put_rows, ledger, out, error);
}

/* --- as bytes --------------------------------------------------------------------------------- */

static void put_text(const cstn_value_ledger *ledger, cstn__bytes *body, uint32_t name)
{
	cstn__bytes_put_block(body, ledger->names.items[name].text, ledger->names.items[name].len);
}

cstn_status cstn_value_ledger_serialize(
		const cstn_value_ledger *ledger, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t i;

	if (!ledger || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				ledger ? "out" : "ledger");
	cstn__bytes_init(&body, &ledger->allocator);
	cstn__bytes_put_u64(&body, ledger->entries.count);
	for (i = 0; i < ledger->entries.count; i++) {
		const entry *e = &ledger->entries.items[i];

		cstn__bytes_put_u32(&body, (uint32_t)e->kind);
		cstn__bytes_put_u32(&body, (uint32_t)e->level);
		put_text(ledger, &body, e->constellation);
		put_text(ledger, &body, e->party);
		put_text(ledger, &body, e->counterparty);
		cstn__bytes_put_u32(&body, e->field_class);
		cstn__bytes_put_u32(&body, e->fields);
		cstn__bytes_put_u32(&body, (uint32_t)e->completeness_permille);
		cstn__bytes_put_u64(&body, (uint64_t)e->at_us);
		cstn__bytes_put_u64(&body, (uint64_t)e->rows);
		cstn__bytes_put_u64(&body, (uint64_t)e->staleness_us);
		cstn__bytes_put_u64(&body, (uint64_t)e->utility_in_minor);
		cstn__bytes_put_u64(&body, (uint64_t)e->cost_out_minor);
	}
	return cstn__envelope_close(&envelope, &body, 0, out, error);
}

/* One row; what add() refuses cannot have been written. */
static cstn_status read_row(cstn_value_ledger *ledger, cstn__reader *in, cstn_error **error)
{
	cstn_value_row row = CSTN_VALUE_ROW_INIT;
	cstn_error *why = NULL;
	cstn_status status;

	row.kind = (int32_t)cstn__read_u32(in);
	row.level = (int32_t)cstn__read_u32(in);
	row.constellation = (const char *)cstn__read_block(in, &row.constellation_len);
	row.party = (const char *)cstn__read_block(in, &row.party_len);
	row.counterparty = (const char *)cstn__read_block(in, &row.counterparty_len);
	row.field_class = cstn__read_u32(in);
	row.fields = cstn__read_u32(in);
	row.completeness_permille = (int32_t)cstn__read_u32(in);
	row.at_us = (int64_t)cstn__read_u64(in);
	row.rows = (int64_t)cstn__read_u64(in);
	row.staleness_us = (int64_t)cstn__read_u64(in);
	row.utility_in_minor = (int64_t)cstn__read_u64(in);
	row.cost_out_minor = (int64_t)cstn__read_u64(in);
	if (in->failed)
		return cstn__fail(error, CSTN_E_CORRUPT, "value ledger: they end too early");
	status = cstn_value_ledger_add(ledger, &row, &why);
	if (status == CSTN_OK)
		return status;
	status = status == CSTN_E_NOMEM ? cstn__fail_nomem(error)
					: cstn__fail(error, CSTN_E_CORRUPT, "value ledger: %s",
							  cstn_error_message(why));
	cstn_error_free(why);
	return status;
}

cstn_status cstn_value_ledger_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_ledger **out, cstn_error **error)
{
	cstn_value_ledger *ledger = NULL;
	cstn__opened from;
	cstn__reader in;
	uint64_t n, i;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, &from.body, from.digest, 0, error);
	if (status == CSTN_OK)
		status = cstn_value_ledger_new(&from.allocator, &ledger, error);
	if (status != CSTN_OK)
		return status;
	in = from.body;
	n = cstn__read_u64(&in);
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_row(ledger, &in, error);
	if (status == CSTN_OK && (in.failed || in.position != in.size))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"value ledger: they have a length that cannot be");
	if (status == CSTN_OK)
		*out = ledger;
	else
		cstn_value_ledger_free(ledger);
	return status;
}
