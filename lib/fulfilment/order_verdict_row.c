/* An order of the store, judged where it lies: each of its lines becomes a record, which is judged
 * by the definition and rolled up, so that the verdict is that of cstn_perfect_order_judge_order()
 * and of the rate at level order.
 *
 * A verdict is settled when no later as-of time can change it: every time on record is known by
 * now, nothing is pending and no claim window is open. From then on whatever depends on the as-of
 * time has been passed. Cost: about 0.2 microseconds a line. */
#include "fulfilment/order_verdict_row.h"

#include <stddef.h>
#include <string.h>

#include "network/field.h"

#define COLUMN(field) (CSTN__COLUMN_FIRST + (uint32_t)(field))

/* Fields of a line and where the record has them. The first N_KNOWN are times that are known by the
 * as-of time or not; then come the times that are promises, then the quantities. */
#define N_KNOWN 8
#define LONGS(X)                                     \
	X(DELIVERED, delivered_us)                   \
	X(SHIPPED, shipped_us)                       \
	X(ARRIVED, arrived_us)                       \
	X(ACCEPTED, accepted_us)                     \
	X(RECORDED, recorded_us)                     \
	X(ATTEMPTED, attempted_us)                   \
	X(DOCUMENTS_COMPLETE, documents_complete_us) \
	X(RETURNED, returned_us)                     \
	X(REQUESTED, requested_us)                   \
	X(PROMISED, promised_us)                     \
	X(PROMISED_LAST, promised_last_us)           \
	X(PROMISED_CUSTOMER, promised_customer_us)   \
	X(PROMISED_SUPPLIER, promised_supplier_us)   \
	X(QTY, quantity)                             \
	X(QTY_CANCELLED, quantity_cancelled)         \
	X(QTY_DELIVERED, quantity_delivered)         \
	X(QTY_DUE, quantity_due)                     \
	X(VALUE, value_minor)
#define SHORTS(X)                                           \
	X(SHIPMENTS, shipments)                             \
	X(DOCUMENTS_OK, documents_ok)                       \
	X(DOCUMENTS_BAD, documents_bad)                     \
	X(PROMISED_OFFSET_MINUTES, promised_offset_minutes) \
	X(ACTUAL_OFFSET_MINUTES, actual_offset_minutes)
#define MARKS(X)                                    \
	X(SUBSTITUTE, SUBSTITUTE)                   \
	X(SUBSTITUTE_AGREED, SUBSTITUTE_AGREED)     \
	X(WRONG_ITEM, WRONG_ITEM)                   \
	X(CUSTOMER_FAULT, CUSTOMER_FAULT)           \
	X(FORCE_MAJEURE, FORCE_MAJEURE)             \
	X(CONDITION_OK, CONDITION_OK)               \
	X(DAMAGED, DAMAGED)                         \
	X(DEFECTIVE, DEFECTIVE)                     \
	X(WRONG_CONFIGURATION, WRONG_CONFIGURATION) \
	X(REFUSED, REFUSED_FOR_QUALITY)
/* Texts and what else is read by name; those of T, F, D and C stand in that order. */
#define NAMED(X)             \
	X(ORDERED, )         \
	X(SHIP_TO_ZONE, )    \
	X(LINE_NUMBER, )     \
	X(STATUS, )          \
	X(RETURN_REASON, )   \
	X(LATE_OWNER, )      \
	X(SHORT_OWNER, )     \
	X(DOCUMENTS_OWNER, ) \
	X(CONDITION_OWNER, ) \
	X(LATE_CAUSE, )      \
	X(SHORT_CAUSE, )     \
	X(DOCUMENTS_CAUSE, ) \
	X(CONDITION_CAUSE, ) \
	X(PRICE, )

#define COLUMN_OF(field, place) COLUMN(CSTN__ORDER_##field),
#define OFFSET_OF(field, place) offsetof(cstn_order_line, place),
#define MARK_OF(field, mark) CSTN_MARK_##mark,
#define AT_OF(field, place) AT_##field,

/* Places among what is needed. */
enum { NAMED(AT_OF) LONGS(AT_OF) SHORTS(AT_OF) MARKS(AT_OF) N_NEEDS };

const uint32_t cstn__order_needs[] = {
		NAMED(COLUMN_OF) LONGS(COLUMN_OF) SHORTS(COLUMN_OF) MARKS(COLUMN_OF)};
const size_t cstn__order_n_needs = N_NEEDS;
_Static_assert(N_NEEDS <= CSTN__ORDER_NEEDS_MAX, "places of needs");

static const size_t longs[] = {LONGS(OFFSET_OF)};
static const size_t shorts[] = {SHORTS(OFFSET_OF)};
static const uint32_t marks[] = {MARKS(MARK_OF)};
#define COUNT(list) ((int)(sizeof(list) / sizeof(*(list))))
#define AT_TIMES AT_DELIVERED
#define AT_SHORTS AT_SHIPMENTS
#define AT_MARKS AT_SUBSTITUTE

struct place {
	const cstn__judge *judge;
	const cstn__scan_chunk *chunk;
	const uint32_t *at;
};

static const cstn__values *column_of(const struct place *place, int need)
{
	return &place->chunk->columns[place->at[need]];
}

static int number_at(const struct place *place, int need, uint64_t i, int64_t *out)
{
	const cstn__values *values = column_of(place, need);

	if (!cstn__values_is_valid(values, i))
		return 0;
	*out = values->numbers[i];
	return 1;
}

/* NULL for a null. */
static const char *text_at(const struct place *place, int need, uint64_t i, size_t *len)
{
	const cstn__values *values = column_of(place, need);

	if (!cstn__values_is_valid(values, i))
		return NULL;
	return (const char *)cstn__values_text(values, i, len);
}

static int32_t code_at(
		const struct place *place, int need, uint64_t i, const char *const *names, int *bad)
{
	size_t len = 0;
	const char *text = text_at(place, need, i, &len);
	int32_t code = text ? cstn__name_code(names, text, len) : 0;

	*bad |= code < 0;
	return code < 0 ? 0 : code;
}

/* Returns 1 if every time that is to be known is known by the as-of time. */
static int read_numbers(const struct place *place, uint64_t row, uint64_t i, cstn_order_line *line)
{
	int64_t value;
	int known = 1;

	if (number_at(place, AT_ORDERED, row, &line->ordered_us))
		known = line->ordered_us <= place->judge->as_of_us;
	for (int k = 0; k < COUNT(longs); k++)
		if (number_at(place, AT_TIMES + k, i, &value)) {
			memcpy((char *)line + longs[k], &value, sizeof(value));
			if (k < N_KNOWN && value > place->judge->as_of_us)
				known = 0;
		}
	(void)number_at(place, AT_PRICE, i, &line->price_minor);
	for (int k = 0; k < COUNT(shorts); k++)
		if (number_at(place, AT_SHORTS + k, i, &value)) {
			int32_t narrow = (int32_t)value;

			memcpy((char *)line + shorts[k], &narrow, sizeof(narrow));
		}
	if (number_at(place, AT_LINE_NUMBER, i, &value))
		line->line_number = (int32_t)value;
	for (int k = 0; k < COUNT(marks); k++)
		if (number_at(place, AT_MARKS + k, i, &value) && value)
			line->marks |= marks[k];
	if (place->judge->rules->documents_positive &&
			!number_at(place, AT_DOCUMENTS_OK, i, &value) &&
			!number_at(place, AT_DOCUMENTS_COMPLETE, i, &value))
		line->marks |= CSTN_MARK_DOCUMENTS_UNKNOWN;
	if (place->judge->rules->condition_positive &&
			!number_at(place, AT_CONDITION_OK, i, &value))
		line->marks |= CSTN_MARK_CONDITION_UNKNOWN;
	return known;
}

/* 0, or -1: bad input. */
static int judge_line(const struct place *place, uint64_t row, uint64_t i, cstn_order_line *line,
		cstn__line_verdict *out, int *known)
{
	const cstn_zone *ship_to = NULL;
	cstn__judgement judgement;
	cstn__line_fault fault;
	const char *zone;
	size_t len;
	int bad = 0;

	cstn_order_line_init(line, sizeof(*line));
	*known = read_numbers(place, row, i, line);
	line->status = code_at(place, AT_STATUS, i, cstn__line_status_names, &bad);
	line->return_reason = code_at(place, AT_RETURN_REASON, i, cstn__return_reason_names, &bad);
	for (int c = 0; c < 4; c++)
		line->owner[c] = code_at(place, AT_LATE_OWNER + c, i, cstn__owner_names, &bad);
	zone = text_at(place, AT_SHIP_TO_ZONE, row, &len);
	if (zone && place->judge->rules->zone == CSTN__ZONE_SHIP_TO) {
		ship_to = cstn__judge_zone(place->judge, zone, len);
		bad |= !ship_to;
	}
	if (bad || cstn__judge_steps(place->judge, line, ship_to, &judgement, &fault))
		return -1;
	*out = judgement.verdict;
	return 0;
}

/* The failure that came first: by time, then by the line's number, then T before F, D, C. */
struct first {
	int64_t us;
	int32_t line;
	uint64_t i;
};

static void blame(const cstn_order_line *line, const cstn__line_verdict *verdict, uint64_t i,
		struct first *first, cstn__order_fact *out)
{
	for (uint8_t c = 0; c < 4; c++) {
		if (!(verdict->pattern >> c & 1))
			continue;
		if (out->failed < 4 &&
				(verdict->fail_us[c] > first->us ||
						(verdict->fail_us[c] == first->us &&
								(line->line_number > first->line ||
										(line->line_number == first->line &&
												c >= out->failed)))))
			continue;
		first->us = verdict->fail_us[c];
		first->line = line->line_number;
		first->i = i;
		out->failed = c;
		out->owner = (uint8_t)line->owner[c];
	}
}

void cstn__order_fact_judge(const cstn__judge *judge, const cstn__scan_chunk *chunk,
		const uint32_t *at, uint64_t row, cstn__order_fact *out)
{
	const struct place place = {judge, chunk, at};
	struct first first = {0, 0, 0};
	cstn__unit unit;
	uint32_t pattern;
	int32_t outcome, reason;

	memset(out, 0, sizeof(*out));
	out->failed = 4;
	out->settled = 1;
	cstn__unit_init(&unit);
	for (uint64_t i = chunk->starts[row]; i < chunk->starts[row + 1]; i++) {
		cstn__line_verdict verdict;
		cstn_order_line line;
		int known;

		if (judge_line(&place, row, i, &line, &verdict, &known) != 0) {
			unit.flags |= CSTN__UNIT_BAD;
			continue;
		}
		out->settled &= known && verdict.outcome != CSTN_OUTCOME_PENDING &&
				!verdict.provisional;
		cstn__unit_add(&unit, &verdict, line.line_number);
		if (verdict.outcome == CSTN_OUTCOME_COUNTED)
			blame(&line, &verdict, i, &first, out);
	}
	outcome = cstn__unit_close(&unit, &pattern, &reason);
	if (outcome == CSTN_OUTCOME_COUNTED) {
		out->code = (uint8_t)pattern;
		out->provisional = (unit.flags & CSTN__UNIT_PROVISIONAL) != 0;
	} else {
		out->code = outcome == CSTN_OUTCOME_PENDING
					    ? CSTN__ORDER_PENDING
					    : (uint8_t)(CSTN__ORDER_EXCLUDED + reason);
		out->failed = 4;
		out->owner = 0;
	}
	if (out->failed < 4)
		out->cause = (const uint8_t *)text_at(
				&place, AT_LATE_CAUSE + out->failed, first.i, &out->cause_len);
}
