/* The history of a replay as bytes, and back.
 *
 * In the envelope of base/envelope.h, with the digest of the policy: u32 length of the policy and
 * its text; i64 as-of time, i64 known time, u32 period; u8 1 where customers are text, u8 1 where
 * events are; u64 customers and u64 moves; then, by rising id, each customer: id, i64 first heard
 * of, u32 events, u32 moves, and each of these: i64 time, u8 rule, u32 evidence, id of its first
 * and of its last event. Ids are an i64, or u8 length and bytes. What follows from these is not
 * written: stages are the rules', numbers are places, and the summary is counted again. Bytes that
 * come back are not trusted. O(rows). */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/text.h"
#include "customer/stage_history.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "stage history", CSTN__KIND_STAGE_HISTORY, 1};

#define CUSTOMER_LEAST 18 /* bytes of the smallest customer, its id of one byte */
#define MOVE_LEAST 17     /* the same of a move */
/* So that no difference of two instants, nor one more period, leaves int64. */
#define SPAN_MOST (UINT64_C(1) << 62)

/* --- writing ---------------------------------------------------------------------------------- */

static void put_id(cstn__bytes *out, int is_text, const cstn__stage_id *id)
{
	if (!is_text) {
		cstn__bytes_put_u64(out, (uint64_t)id->number);
		return;
	}
	cstn__bytes_put_u8(out, (uint8_t)id->len);
	cstn__bytes_put(out, (const char *)(intptr_t)id->number, id->len);
}

static void put_customer(cstn__bytes *out, const cstn_stage_history *history,
		const cstn__stage_customer *customer, const cstn__stage_move *moves)
{
	uint32_t i;

	put_id(out, history->customer_is_text, &customer->id);
	cstn__bytes_put_u64(out, (uint64_t)customer->first_us);
	cstn__bytes_put_u32(out, customer->n_events);
	cstn__bytes_put_u32(out, customer->n_moves);
	for (i = 0; i < customer->n_moves; i++) {
		cstn__bytes_put_u64(out, (uint64_t)moves[i].at_us);
		cstn__bytes_put_u8(out, moves[i].rule);
		cstn__bytes_put_u32(out, moves[i].evidence);
		put_id(out, history->id_is_text, &moves[i].first);
		put_id(out, history->id_is_text, &moves[i].last);
	}
}

cstn_status cstn_stage_history_serialize(
		const cstn_stage_history *history, cstn_buffer **out, cstn_error **error)
{
	const cstn_stage_summary *summary;
	const cstn__stage_move *moves;
	cstn__bytes body;
	uint64_t n = 0;
	size_t i;

	if (!history || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				history ? "out is NULL" : "history is NULL");
	summary = history->summary;
	/* customers all of whose events are in conflict are nobody's business */
	for (i = 0; i < history->n_customers; i++)
		n += history->customers[i].n_events > 0;
	cstn__bytes_init(&body, &history->allocator);
	cstn__bytes_put_u32(&body, (uint32_t)history->policy->text_len);
	cstn__bytes_put(&body, history->policy->text, history->policy->text_len);
	cstn__bytes_put_u64(&body, (uint64_t)summary->as_of_us);
	cstn__bytes_put_u64(&body, (uint64_t)summary->known_us);
	cstn__bytes_put_u32(&body, (uint32_t)summary->period_days);
	cstn__bytes_put_u8(&body, history->customer_is_text != 0);
	cstn__bytes_put_u8(&body, history->id_is_text != 0);
	cstn__bytes_put_u64(&body, n);
	cstn__bytes_put_u64(&body, history->n_moves);
	for (moves = history->moves, i = 0; i < history->n_customers; i++) {
		if (history->customers[i].n_events)
			put_customer(&body, history, &history->customers[i], moves);
		moves += history->customers[i].n_moves;
	}
	return cstn__envelope_close_as(&envelope, &body, history->policy->digest, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int64_t read_i64(cstn__reader *from)
{
	return (int64_t)cstn__read_u64(from);
}

/* An id, its text in the history's own memory. CSTN_OK also when the bytes break a rule. */
static cstn_status read_id(cstn__reader *from, cstn_stage_history *history, int is_text,
		cstn__stage_id *id, cstn_error **error)
{
	const uint8_t *text = NULL;
	const char *kept;

	memset(id, 0, sizeof(*id));
	if (!is_text) {
		id->number = read_i64(from);
		return CSTN_OK;
	}
	id->len = cstn__read_u8(from);
	if (id->len >= 1 && id->len <= CSTN__EVENT_TEXT_MAX)
		text = cstn__read_bytes(from, id->len);
	if (!text || !cstn__utf8_is_valid(text, id->len)) {
		from->failed = 1;
		return CSTN_OK;
	}
	kept = cstn__arena_copy(&history->texts, text, id->len);
	id->number = (int64_t)(intptr_t)kept;
	return kept ? CSTN_OK : cstn__fail_nomem(error);
}

/* One move, out of stage `from_stage`, not before `since_us`. */
static cstn_status read_move(cstn__reader *from, cstn_stage_history *history,
		cstn__stage_move *move, int32_t from_stage, int64_t since_us, cstn_error **error)
{
	const cstn__stage_rule *rule;
	cstn_status status;

	move->at_us = read_i64(from);
	move->rule = cstn__read_u8(from);
	move->evidence = cstn__read_u32(from);
	from->failed |= move->rule >= history->policy->n_rules || move->at_us < since_us ||
			move->at_us > history->summary->as_of_us;
	if (from->failed)
		return CSTN_OK;
	rule = &history->policy->rules[move->rule];
	from->failed |= !(rule->from >> from_stage & 1);
	move->from = (uint8_t)from_stage;
	move->to = (uint8_t)rule->to;
	status = read_id(from, history, history->id_is_text, &move->first, error);
	if (status == CSTN_OK)
		status = read_id(from, history, history->id_is_text, &move->last, error);
	return status;
}

/* The next customer with its moves, into the next places; `most` moves are left. */
static cstn_status read_customer(
		cstn__reader *from, cstn_stage_history *history, size_t most, cstn_error **error)
{
	cstn__stage_customer *customer = &history->customers[history->n_customers];
	cstn__stage_move *moves = &history->moves[history->n_moves];
	int64_t as_of_us = history->summary->as_of_us;
	cstn_status status;
	uint32_t i;

	memset(customer, 0, sizeof(*customer));
	status = read_id(from, history, history->customer_is_text, &customer->id, error);
	customer->first_us = customer->since_us = read_i64(from);
	customer->n_events = cstn__read_u32(from);
	customer->n_moves = cstn__read_u32(from);
	customer->stage = CSTN_STAGE_PROSPECT;
	if (status != CSTN_OK || from->failed)
		return status;
	from->failed |= customer->n_events == 0 || customer->n_moves > most ||
			customer->first_us > as_of_us ||
			(uint64_t)as_of_us - (uint64_t)customer->first_us > SPAN_MOST;
	if (history->n_customers)
		from->failed |= cstn__id_compare(history->customer_is_text, customer[-1].id.number,
						customer[-1].id.len, customer->id.number,
						customer->id.len) >= 0;
	for (i = 0; i < customer->n_moves && !from->failed && status == CSTN_OK; i++) {
		memset(&moves[i], 0, sizeof(moves[i]));
		status = read_move(from, history, &moves[i], customer->stage, customer->since_us,
				error);
		moves[i].customer = (uint32_t)history->n_customers;
		moves[i].number = i + 1;
		customer->stage = moves[i].to;
		customer->since_us = moves[i].at_us;
	}
	if (status != CSTN_OK || from->failed)
		return status;
	if (cstn__stage_summary_add(history->summary, customer->first_us, moves,
			    customer->n_moves) != CSTN_OK)
		return cstn__fail_nomem(error);
	history->n_customers++;
	history->n_moves += customer->n_moves;
	return CSTN_OK;
}

static cstn_status read_rows(cstn__reader *from, cstn_stage_history *history, cstn_error **error)
{
	uint64_t customers = cstn__read_u64(from), moves = cstn__read_u64(from);
	size_t left = from->size - from->position;
	cstn_status status = CSTN_OK;

	if (from->failed || customers > left / CUSTOMER_LEAST || moves > left / MOVE_LEAST ||
			customers > UINT32_MAX) {
		from->failed = 1;
		return CSTN_OK;
	}
	/* one more of each, as a replay has them: their size is freed by these counts */
	history->customers = cstn__alloc(&history->allocator,
			cstn__array_size(customers + 1, sizeof(*history->customers)));
	history->moves = cstn__alloc(
			&history->allocator, cstn__array_size(moves + 1, sizeof(*history->moves)));
	if (!history->customers || !history->moves)
		status = cstn__fail_nomem(error);
	while (status == CSTN_OK && !from->failed && history->n_customers < customers)
		status = read_customer(from, history, moves - history->n_moves, error);
	from->failed |= history->n_moves != moves || from->position != from->size;
	/* what was set aside is freed by the counts, also when fewer rows came */
	history->n_customers = history->customers ? customers : 0;
	history->n_moves = history->moves ? moves : 0;
	return status;
}

/* The policy and the times, with an empty summary. */
static cstn_status read_head(cstn__reader *from, const uint8_t *digest, cstn_stage_history *history,
		cstn_error **error)
{
	cstn_stage_options options = CSTN_STAGE_OPTIONS_INIT;
	size_t len = cstn__read_u32(from);
	const uint8_t *text = cstn__read_bytes(from, len);
	cstn_status status;

	options.as_of_us = read_i64(from);
	options.known_us = read_i64(from);
	options.period_days = (int32_t)cstn__read_u32(from);
	history->customer_is_text = cstn__read_u8(from);
	history->id_is_text = cstn__read_u8(from);
	from->failed |= options.period_days <= 0 || options.period_days > CSTN__STAGE_DAYS_MAX ||
			options.as_of_us < -CSTN__STAGE_INSTANT_MAX ||
			options.as_of_us > CSTN__STAGE_INSTANT_MAX ||
			history->customer_is_text > 1 || history->id_is_text > 1;
	if (from->failed)
		return CSTN_OK;
	status = cstn_stage_policy_parse(
			(const char *)text, len, &history->allocator, &history->policy, NULL);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status != CSTN_OK || memcmp(history->policy->digest, digest, CSTN_STAGE_DIGEST_SIZE)) {
		from->failed = 1;
		return CSTN_OK;
	}
	return cstn__stage_summary_new(
			&history->allocator, history->policy, &options, &history->summary, error);
}

cstn_status cstn_stage_history_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_history **out, cstn_error **error)
{
	cstn_stage_history *history;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	history = cstn__alloc_zero(&from.allocator, sizeof(*history));
	if (!history)
		return cstn__fail_nomem(error);
	history->allocator = from.allocator;
	cstn__arena_init(&history->texts, &from.allocator);
	status = read_head(&from.body, from.digest, history, error);
	if (status == CSTN_OK && !from.body.failed)
		status = read_rows(&from.body, history, error);
	if (status == CSTN_OK && from.body.failed)
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the body of a stage history breaks its rules at byte %zu",
				from.body.position);
	if (status == CSTN_OK) {
		cstn__stage_summary_settle(history->summary);
		*out = history;
	} else {
		cstn_stage_history_free(history);
	}
	return status;
}
