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

/* Known by the as-of time or not known; then the times that are promises; then the quantities. */
enum {
	AT_ORDERED,
	AT_ZONE,
	AT_NUMBER,
	AT_STATUS,
	AT_RETURN,
	AT_OWNER,
	AT_CAUSE = AT_OWNER + 4,
	AT_TIMES = AT_CAUSE + 4
};
#define N_KNOWN 8
#define N_LONGS 18
#define N_SHORTS 5
#define N_MARKS 10
#define AT_SHORTS (AT_TIMES + N_LONGS)
#define AT_MARKS (AT_SHORTS + N_SHORTS)

const uint32_t cstn__order_needs[] = {COLUMN(CSTN__ORDER_ORDERED), COLUMN(CSTN__ORDER_SHIP_TO_ZONE),
		COLUMN(CSTN__ORDER_LINE_NUMBER), COLUMN(CSTN__ORDER_STATUS),
		COLUMN(CSTN__ORDER_RETURN_REASON), COLUMN(CSTN__ORDER_LATE_OWNER),
		COLUMN(CSTN__ORDER_SHORT_OWNER), COLUMN(CSTN__ORDER_DOCUMENTS_OWNER),
		COLUMN(CSTN__ORDER_CONDITION_OWNER), COLUMN(CSTN__ORDER_LATE_CAUSE),
		COLUMN(CSTN__ORDER_SHORT_CAUSE), COLUMN(CSTN__ORDER_DOCUMENTS_CAUSE),
		COLUMN(CSTN__ORDER_CONDITION_CAUSE),
		/* in the order of `longs` */
		COLUMN(CSTN__ORDER_DELIVERED), COLUMN(CSTN__ORDER_SHIPPED),
		COLUMN(CSTN__ORDER_ARRIVED), COLUMN(CSTN__ORDER_ACCEPTED),
		COLUMN(CSTN__ORDER_RECORDED), COLUMN(CSTN__ORDER_ATTEMPTED),
		COLUMN(CSTN__ORDER_DOCUMENTS_COMPLETE), COLUMN(CSTN__ORDER_RETURNED),
		COLUMN(CSTN__ORDER_REQUESTED), COLUMN(CSTN__ORDER_PROMISED),
		COLUMN(CSTN__ORDER_PROMISED_LAST), COLUMN(CSTN__ORDER_PROMISED_CUSTOMER),
		COLUMN(CSTN__ORDER_PROMISED_SUPPLIER), COLUMN(CSTN__ORDER_QTY),
		COLUMN(CSTN__ORDER_QTY_CANCELLED), COLUMN(CSTN__ORDER_QTY_DELIVERED),
		COLUMN(CSTN__ORDER_QTY_DUE), COLUMN(CSTN__ORDER_VALUE),
		/* of `shorts`, but for the price */
		COLUMN(CSTN__ORDER_SHIPMENTS), COLUMN(CSTN__ORDER_DOCUMENTS_OK),
		COLUMN(CSTN__ORDER_DOCUMENTS_BAD), COLUMN(CSTN__ORDER_PROMISED_OFFSET_MINUTES),
		COLUMN(CSTN__ORDER_ACTUAL_OFFSET_MINUTES),
		/* of `marks` */
		COLUMN(CSTN__ORDER_SUBSTITUTE), COLUMN(CSTN__ORDER_SUBSTITUTE_AGREED),
		COLUMN(CSTN__ORDER_WRONG_ITEM), COLUMN(CSTN__ORDER_CUSTOMER_FAULT),
		COLUMN(CSTN__ORDER_FORCE_MAJEURE), COLUMN(CSTN__ORDER_CONDITION_OK),
		COLUMN(CSTN__ORDER_DAMAGED), COLUMN(CSTN__ORDER_DEFECTIVE),
		COLUMN(CSTN__ORDER_WRONG_CONFIGURATION), COLUMN(CSTN__ORDER_REFUSED),
		COLUMN(CSTN__ORDER_PRICE)};
const size_t cstn__order_n_needs = sizeof(cstn__order_needs) / sizeof(*cstn__order_needs);
#define AT_PRICE (AT_MARKS + N_MARKS)
_Static_assert(sizeof(cstn__order_needs) / sizeof(uint32_t) == AT_PRICE + 1, "places of needs");
_Static_assert(AT_PRICE + 1 <= CSTN__ORDER_NEEDS_MAX, "places of needs");

static const size_t longs[N_LONGS] = {offsetof(cstn_order_line, delivered_us),
		offsetof(cstn_order_line, shipped_us), offsetof(cstn_order_line, arrived_us),
		offsetof(cstn_order_line, accepted_us), offsetof(cstn_order_line, recorded_us),
		offsetof(cstn_order_line, attempted_us),
		offsetof(cstn_order_line, documents_complete_us),
		offsetof(cstn_order_line, returned_us), offsetof(cstn_order_line, requested_us),
		offsetof(cstn_order_line, promised_us), offsetof(cstn_order_line, promised_last_us),
		offsetof(cstn_order_line, promised_customer_us),
		offsetof(cstn_order_line, promised_supplier_us),
		offsetof(cstn_order_line, quantity), offsetof(cstn_order_line, quantity_cancelled),
		offsetof(cstn_order_line, quantity_delivered),
		offsetof(cstn_order_line, quantity_due), offsetof(cstn_order_line, value_minor)};
static const size_t shorts[N_SHORTS] = {offsetof(cstn_order_line, shipments),
		offsetof(cstn_order_line, documents_ok), offsetof(cstn_order_line, documents_bad),
		offsetof(cstn_order_line, promised_offset_minutes),
		offsetof(cstn_order_line, actual_offset_minutes)};
static const uint32_t marks[N_MARKS] = {CSTN_MARK_SUBSTITUTE, CSTN_MARK_SUBSTITUTE_AGREED,
		CSTN_MARK_WRONG_ITEM, CSTN_MARK_CUSTOMER_FAULT, CSTN_MARK_FORCE_MAJEURE,
		CSTN_MARK_CONDITION_OK, CSTN_MARK_DAMAGED, CSTN_MARK_DEFECTIVE,
		CSTN_MARK_WRONG_CONFIGURATION, CSTN_MARK_REFUSED_FOR_QUALITY};
#define AT_DOCUMENTS_COMPLETE (AT_TIMES + 6)
#define AT_DOCUMENTS_OK (AT_SHORTS + 1)
#define AT_CONDITION_OK (AT_MARKS + 5)

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
	for (int k = 0; k < N_LONGS; k++)
		if (number_at(place, AT_TIMES + k, i, &value)) {
			memcpy((char *)line + longs[k], &value, sizeof(value));
			if (k < N_KNOWN && value > place->judge->as_of_us)
				known = 0;
		}
	(void)number_at(place, AT_PRICE, i, &line->price_minor);
	for (int k = 0; k < N_SHORTS; k++)
		if (number_at(place, AT_SHORTS + k, i, &value)) {
			int32_t narrow = (int32_t)value;

			memcpy((char *)line + shorts[k], &narrow, sizeof(narrow));
		}
	if (number_at(place, AT_NUMBER, i, &value))
		line->line_number = (int32_t)value;
	for (int k = 0; k < N_MARKS; k++)
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
	line->return_reason = code_at(place, AT_RETURN, i, cstn__return_reason_names, &bad);
	for (int c = 0; c < 4; c++)
		line->owner[c] = code_at(place, AT_OWNER + c, i, cstn__owner_names, &bad);
	zone = text_at(place, AT_ZONE, row, &len);
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
				&place, AT_CAUSE + out->failed, first.i, &out->cause_len);
}
