/* Interactions out of a stream: a set of its own is read, and then put into the caller's, so that a
 * stream with a conflict in it changes nothing. O(1) a row. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "customer/event_rows.h"
#include "customer/interaction_set.h"

enum {
	COL_EVENT,
	COL_CUSTOMER,
	COL_ORDER,
	COL_KIND,
	COL_VALID,
	COL_NUMBER,
	COL_WORDS,
	COLUMNS = COL_WORDS + CSTN__WORDS
};

#define TEXT CSTN__ACCEPT(CSTN_TYPE_TEXT)
static const cstn__column_decl decls[COLUMNS] = {
		{"event_id", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"customer", CSTN__ACCEPT_KEY, 0, 1, 0, 0, 0},
		{"order_id", CSTN__ACCEPT_KEY, 0, 0, 1, 0, 0},
		{"kind", TEXT, 0, 1, 0, 0, 0},
		{"valid", CSTN__ACCEPT_TIME, 0, 1, 0, 0, 0},
		{"number", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 0, 1, 0, 0},
		{"reason", TEXT, 0, 0, 1, 0, 0},
		{"item", TEXT, 0, 0, 1, 0, 0},
		{"carrier", TEXT, 0, 0, 1, 0, 0},
		{"lane", TEXT, 0, 0, 1, 0, 0},
		{"node", TEXT, 0, 0, 1, 0, 0},
		{"segment", TEXT, 0, 0, 1, 0, 0},
		{"stage", TEXT, 0, 0, 1, 0, 0},
};

static const char *const return_reasons[] = {"damaged", "wrong_item", "not_as_described", "late",
		"defective", "size", "changed_mind", "other"};

typedef struct reading {
	cstn_interactions set;
	cstn__event_rows rows;
} reading;

static cstn_status load_kind(reading *at, int32_t row, cstn__interaction *item)
{
	const char *text = NULL;
	size_t len = 0;

	if (cstn__events_text(&at->rows, row, COL_KIND, &text, &len) != CSTN_OK)
		return CSTN_E_NOMEM;
	if (len == 0)
		return CSTN_OK; /* told */
	item->kind = (uint8_t)cstn__interaction_of(text, len);
	return item->kind ? CSTN_OK
			  : cstn__events_tell(&at->rows, row, COL_KIND, CSTN_ROW_VALUE, text, len);
}

static int is_return_reason(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(return_reasons) / sizeof(return_reasons[0]); i++)
		if (strlen(return_reasons[i]) == len && memcmp(return_reasons[i], text, len) == 0)
			return 1;
	return 0;
}

static cstn_status load_words(reading *at, int32_t row, cstn__interaction *item)
{
	int i;

	for (i = 0; i < CSTN__WORDS; i++) {
		const char *text = NULL;
		size_t len = 0;

		if (at->rows.batch->columns[COL_WORDS + i].physical == CSTN__ABSENT)
			continue;
		if (cstn__events_text(&at->rows, row, COL_WORDS + i, &text, &len) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (len == 0)
			continue;
		if (i == CSTN__WORD_REASON &&
				(item->kind == CSTN_INTERACTION_RETURN_FAULT ||
						item->kind == CSTN_INTERACTION_RETURN_OTHER) &&
				!is_return_reason(text, len)) {
			if (cstn__events_tell(&at->rows, row, COL_WORDS, CSTN_ROW_VALUE, text,
					    len) != CSTN_OK)
				return CSTN_E_NOMEM;
			continue;
		}
		item->words[i] = cstn__intern(&at->set.words, text, len) + 1;
		if (item->words[i] == 0)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status load_number(reading *at, int32_t row, cstn__interaction *item)
{
	item->has_number = (uint8_t)cstn__events_value(&at->rows, row, COL_NUMBER, &item->number);
	if (!item->has_number)
		item->number = 0;
	if (item->kind != CSTN_INTERACTION_NPS_ANSWER || cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	if (!item->has_number)
		return cstn__events_tell(&at->rows, row, COL_NUMBER, CSTN_ROW_NULL, NULL, 0);
	if (item->number < 0 || item->number > 10)
		return cstn__events_tell(&at->rows, row, COL_NUMBER,
				item->number < 0 ? CSTN_ROW_NEGATIVE : CSTN_ROW_RANGE, NULL, 0);
	return CSTN_OK;
}

/* CSTN_E_CONFLICT comes with its error. */
static cstn_status load_row(reading *at, int32_t row, cstn_error **error)
{
	cstn__interaction item;
	uint32_t event;

	memset(&item, 0, sizeof(item));
	if (load_kind(at, row, &item) != CSTN_OK || load_number(at, row, &item) != CSTN_OK ||
			load_words(at, row, &item) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	(void)cstn__events_value(&at->rows, row, COL_VALID, &item.valid_us);
	if (cstn__events_code(&at->rows, row, COL_EVENT, &at->set.ids[CSTN__IDS_EVENT], &event) !=
					CSTN_OK ||
			cstn__events_code(&at->rows, row, COL_CUSTOMER,
					&at->set.ids[CSTN__IDS_CUSTOMER],
					&item.customer) != CSTN_OK ||
			cstn__events_code(&at->rows, row, COL_ORDER, &at->set.ids[CSTN__IDS_ORDER],
					&item.order) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (cstn__events_is_bad(&at->rows, row))
		return CSTN_OK;
	return cstn__interactions_put(&at->set, event, &item, error);
}

static cstn_status load_block(void *context, cstn__event_rows *rows, cstn_error **error)
{
	reading *at = context;
	cstn_status status = CSTN_OK;
	int32_t i;

	if (at->set.items.count > INT32_MAX - CSTN__EVENT_BLOCK)
		return cstn__fail(error, CSTN_E_LIMIT, "more than 2^31 interactions");
	for (i = 0; i < rows->n && status == CSTN_OK; i++)
		if (!cstn__events_is_bad(rows, i)) {
			status = load_row(at, i, error);
			if (status == CSTN_E_CONFLICT)
				cstn__error_prefix(error, "row %" PRIu64 ": ",
						cstn__events_row(rows, i));
		}
	return status;
}

static cstn_status read_stream(reading *at, const cstn_interactions *set,
		struct ArrowArrayStream *stream, const cstn_interactions_options *options,
		cstn_row_errors **rows, cstn_error **error)
{
	static const int columns[CSTN__IDS] = {COL_EVENT, COL_CUSTOMER, COL_ORDER};
	cstn__bound *bound = NULL;
	cstn_status status = cstn__bind_rows(stream, decls, COLUMNS, options->binding,
			options->flags, &set->allocator, &bound, &at->rows.sink, error);
	int i;

	for (i = 0; i < CSTN__IDS && status == CSTN_OK; i++) {
		size_t column = (size_t)columns[i];
		int32_t type = cstn__bound_type(bound, column);

		if (!cstn__bound_has(bound, column) || cstn__bound_is_null(bound, column))
			continue;
		if (set->types[i] && set->types[i] != type)
			status = cstn__fail(error, CSTN_E_SCHEMA,
					"column '%s' is %s; the set's are %s", decls[column].name,
					cstn_type_name(type), cstn_type_name(set->types[i]));
		cstn__interactions_set_type(&at->set, i, type);
	}
	if (status == CSTN_OK)
		status = cstn__event_rows_read(&at->rows, bound, stream, load_block, at, error);
	/* a column of nulls has no type to keep to */
	for (i = 0; i < CSTN__IDS; i++)
		if (cstn__codes_count(&at->set.ids[i]) == 0)
			cstn__interactions_set_type(&at->set, i, 0);
	if (status == CSTN_OK && rows)
		status = cstn__row_sink_finish(at->rows.sink, rows, error);
	cstn__bound_free(bound);
	return status;
}

static cstn_status update(void *to, struct ArrowArrayStream *stream, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_interactions_options *options = given;
	cstn_interactions *set = to;
	reading *at = cstn__alloc_zero(&set->allocator, sizeof(*at));
	cstn_row_errors *rows = NULL;
	uint64_t left_out;
	cstn_status status;

	if (!at)
		return cstn__fail_nomem(error);
	cstn__interactions_init(&at->set, &set->allocator);
	at->rows.decls = decls;
	at->rows.n_columns = COLUMNS;
	at->rows.times = 1u << COL_VALID;
	at->rows.progress = options->progress;
	status = read_stream(at, set, stream, options, bad_rows ? &rows : NULL, error);
	if (status == CSTN_OK)
		status = cstn_interactions_merge(set, &at->set, error);
	left_out = at->rows.sink ? cstn__row_sink_total(at->rows.sink) : 0;
	cstn__row_sink_free(at->rows.sink);
	cstn__interactions_clear(&at->set);
	cstn__free(&set->allocator, at, sizeof(*at));
	return cstn__rows_left_out(status, rows, left_out, bad_rows, error);
}

cstn_status cstn_interactions_update(cstn_interactions *set, struct ArrowArrayStream *rows,
		const cstn_interactions_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "set", set, options, "cstn_interactions_options",
			CSTN_IMPORT_TRUSTED, update};
	cstn_interactions_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
