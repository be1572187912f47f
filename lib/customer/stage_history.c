/* Moves and customers of a replay as tables. O(rows). */
#include "customer/stage_history.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/text.h"
#include "customer/fields.h"

void cstn_stage_history_free(cstn_stage_history *history)
{
	cstn_allocator allocator;

	if (!history)
		return;
	allocator = history->allocator;
	cstn_stage_policy_unref(history->policy);
	cstn__arena_free(&history->texts);
	cstn__free(&allocator, history->customers,
			(history->n_customers + 1) * sizeof(*history->customers));
	cstn__free(&allocator, history->moves, (history->n_moves + 1) * sizeof(*history->moves));
	cstn_stage_summary_free(history->summary);
	cstn__free(&allocator, history, sizeof(*history));
}

cstn_status cstn_stage_history_summary(
		const cstn_stage_history *history, cstn_stage_summary **out, cstn_error **error)
{
	cstn_stage_summary *copy = NULL;
	cstn_status status;

	if (!history || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				history ? "out is NULL" : "history is NULL");
	status = cstn__stage_summary_new(&history->allocator, NULL, NULL, &copy, error);
	if (status != CSTN_OK)
		return status;
	memcpy(copy->digest, history->summary->digest, sizeof(copy->digest));
	copy->as_of_us = history->summary->as_of_us;
	copy->known_us = history->summary->known_us;
	copy->period_days = history->summary->period_days;
	status = cstn_stage_summary_merge(copy, history->summary, error);
	if (status == CSTN_OK)
		*out = copy;
	else
		cstn_stage_summary_free(copy);
	return status;
}

static void put_id(
		cstn__table_builder *table, int32_t column, int is_text, const cstn__stage_id *id)
{
	if (is_text)
		cstn__table_put_text(table, column, (const char *)(intptr_t)id->number, id->len);
	else
		cstn__table_put_i64(table, column, id->number);
}

typedef struct column {
	const char *name;
	int32_t type;
} column;

/* Types of ids: 0 the customer's, -1 the event's. */
static const column move_columns[] = {{"customer", 0}, {"number", CSTN_TYPE_INT64},
		{"from", CSTN_TYPE_TEXT}, {"to", CSTN_TYPE_TEXT}, {"at", CSTN_TYPE_TIME},
		{"direction", CSTN_TYPE_TEXT}, {"rule", CSTN_TYPE_TEXT}, {"reason", CSTN_TYPE_TEXT},
		{"first_event", -1}, {"last_event", -1}, {"evidence_count", CSTN_TYPE_INT64}};
static const column customer_columns[] = {{"customer", 0}, {"stage", CSTN_TYPE_TEXT},
		{"since", CSTN_TYPE_TIME}, {"moves", CSTN_TYPE_INT64}, {"events", CSTN_TYPE_INT64}};

static int declare(cstn__table_builder *table, const cstn_stage_history *history,
		const column *columns, size_t n)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		int32_t type = columns[i].type;

		if (type <= 0)
			type = (type ? history->id_is_text : history->customer_is_text)
					       ? CSTN_TYPE_TEXT
					       : CSTN_TYPE_INT64;
		failed |= cstn__table_add_column(table, columns[i].name, type, 0, 0) < 0;
	}
	return failed;
}

static void put_moves(cstn__table_builder *table, const cstn_stage_history *history)
{
	size_t i;

	for (i = 0; i < history->n_moves; i++) {
		const cstn__stage_move *move = &history->moves[i];
		const cstn__stage_rule *rule = &history->policy->rules[move->rule];

		put_id(table, 0, history->customer_is_text, &history->customers[move->customer].id);
		cstn__table_put_i64(table, 1, move->number);
		cstn__put_word(table, 2, cstn_stage_name(move->from));
		cstn__put_word(table, 3, cstn_stage_name(move->to));
		cstn__table_put_i64(table, 4, move->at_us);
		cstn__put_word(table, 5,
				cstn__stage_direction_name(
						cstn__stage_direction(move->from, move->to)));
		cstn__put_word(table, 6, rule->id);
		cstn__put_word(table, 7, rule->reason);
		put_id(table, 8, history->id_is_text, &move->first);
		put_id(table, 9, history->id_is_text, &move->last);
		cstn__table_put_i64(table, 10, move->evidence);
	}
}

static void put_customers(cstn__table_builder *table, const cstn_stage_history *history)
{
	size_t i;

	for (i = 0; i < history->n_customers; i++) {
		const cstn__stage_customer *customer = &history->customers[i];

		if (customer->n_events == 0)
			continue; /* all its events are in conflict */
		put_id(table, 0, history->customer_is_text, &customer->id);
		cstn__put_word(table, 1, cstn_stage_name(customer->stage));
		cstn__table_put_i64(table, 2, customer->since_us);
		cstn__table_put_i64(table, 3, customer->n_moves);
		cstn__table_put_i64(table, 4, customer->n_events);
	}
}

cstn_status cstn_stage_history_export(const cstn_stage_history *history, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *builder = NULL;
	int moves = table == CSTN_TABLE_STAGE_MOVES;
	cstn_status status;

	if (!history || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				history ? "out is NULL" : "history is NULL");
	if (!moves && table != CSTN_TABLE_STAGE_CUSTOMERS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; 1 (moves) or 2 (customers) expected", table);
	status = cstn__table_builder_new(&history->allocator, &builder, error);
	if (status != CSTN_OK)
		return status;
	if (declare(builder, history, moves ? move_columns : customer_columns,
			    moves ? sizeof(move_columns) / sizeof(move_columns[0])
				  : sizeof(customer_columns) / sizeof(customer_columns[0]))) {
		cstn__table_builder_free(builder);
		return cstn__fail_nomem(error);
	}
	if (moves)
		put_moves(builder, history);
	else
		put_customers(builder, history);
	return cstn__table_export(builder, out, error);
}

/* --- one customer at one instant -------------------------------------------------------------- */

/* The place of an id among the customers; n_customers: none. */
static size_t place_of(const cstn_stage_history *history, const cstn__stage_id *id)
{
	size_t low = 0, high = history->n_customers;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const cstn__stage_id *there = &history->customers[middle].id;
		int order = cstn__id_compare(history->customer_is_text, id->number, id->len,
				there->number, there->len);

		if (order == 0)
			return history->customers[middle].n_events ? middle : history->n_customers;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return history->n_customers;
}

/* The last move of a customer at or before an instant; NULL: none. */
static const cstn__stage_move *last_move(
		const cstn_stage_history *history, size_t place, int64_t at_us)
{
	size_t low = 0, high = history->n_moves;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const cstn__stage_move *move = &history->moves[middle];

		if (move->customer < place || (move->customer == place && move->at_us <= at_us))
			low = middle + 1;
		else
			high = middle;
	}
	return low && history->moves[low - 1].customer == place ? &history->moves[low - 1] : NULL;
}

cstn_status cstn_customer_stage_at(const cstn_stage_history *history, const char *customer,
		size_t len, int64_t at_us, int32_t *stage, int64_t *since_us, cstn_error **error)
{
	const cstn__stage_customer *found;
	const cstn__stage_move *move;
	cstn__stage_id id = {0, (uint32_t)len, 0};
	size_t place;

	if (!history || !customer || !stage)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an argument is NULL");
	if (len == 0 || len > CSTN__EVENT_TEXT_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the customer has %zu bytes; 1 .. 64 expected", len);
	if (history->customer_is_text)
		id.number = (int64_t)(intptr_t)customer;
	else if (cstn__parse_i64(customer, len, &id.number) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"customer '%.*s' is no number, as customers are here", (int)len,
				customer);
	if (at_us > history->summary->as_of_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%" PRId64 " us is after the as-of time %" PRId64, at_us,
				history->summary->as_of_us);
	place = place_of(history, &id);
	if (place == history->n_customers)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "customer '%.*s' is not known", (int)len,
				customer);
	found = &history->customers[place];
	if (at_us < found->first_us)
		return CSTN_DONE;
	move = last_move(history, place, at_us);
	*stage = move ? move->to : CSTN_STAGE_PROSPECT;
	if (since_us)
		*since_us = move ? move->at_us : found->first_us;
	return CSTN_OK;
}
