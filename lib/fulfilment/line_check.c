/* What makes an order line bad input: quantities that are not positive, codes that do not exist,
 * deliveries without time. A bad line is reported by column, value and rule and counted under its
 * own reason; it is never mended. What is only odd (delivered before ordered, a return before the
 * arrival) is no fault: it is kept and judged. O(deliveries). */

#include "fulfilment/verdict.h"

#define ALL_MARKS (2 * CSTN_MARK_CONDITION_UNKNOWN - 1)
#define DELIVERY_MARKS (CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED | CSTN_MARK_WRONG_ITEM)
#define ALL_DOCUMENTS (2 * CSTN_DOCUMENT_DANGEROUS_GOODS - 1)
#define MOST_OFFSET_MINUTES 1439

int cstn__line_fault_set(cstn__line_fault *fault, int32_t code, const char *column, int64_t value,
		const char *rule)
{
	fault->code = code;
	fault->column = column;
	fault->value = value;
	fault->rule = rule;
	return -1;
}

static int quantities_check(const cstn_order_line *line, cstn__line_fault *fault)
{
	static const char ZERO_OR_MORE[] = "zero or more is allowed";

	if (line->quantity != CSTN_QUANTITY_NULL && line->quantity <= 0)
		return cstn__line_fault_set(fault, CSTN_ROW_NOT_POSITIVE, "qty", line->quantity,
				"a quantity must be positive");
	if (line->quantity_cancelled != CSTN_QUANTITY_NULL) {
		if (line->quantity_cancelled < 0)
			return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "qty_cancelled",
					line->quantity_cancelled, ZERO_OR_MORE);
		if (line->quantity != CSTN_QUANTITY_NULL &&
				line->quantity_cancelled > line->quantity)
			return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "qty_cancelled",
					line->quantity_cancelled,
					"no more than was ordered can be cancelled");
	}
	if (line->quantity_delivered != CSTN_QUANTITY_NULL && line->quantity_delivered < 0)
		return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "qty_delivered",
				line->quantity_delivered, ZERO_OR_MORE);
	if (line->quantity_due != CSTN_QUANTITY_NULL && line->quantity_due < 0)
		return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "qty_due", line->quantity_due,
				ZERO_OR_MORE);
	if (line->shipments < 0)
		return cstn__line_fault_set(fault, CSTN_ROW_NEGATIVE, "shipments", line->shipments,
				ZERO_OR_MORE);
	return 0;
}

static int offset_is_bad(int32_t minutes)
{
	return minutes != CSTN_OFFSET_NULL &&
	       (minutes < -MOST_OFFSET_MINUTES || minutes > MOST_OFFSET_MINUTES);
}

static int codes_check(const cstn_order_line *line, cstn__line_fault *fault)
{
	static const char *const OWNERS[] = {
			"late_owner", "short_owner", "documents_owner", "condition_owner"};
	static const char OFFSET[] = "an offset lies between -1439 and 1439 minutes";
	int i;

	if (line->status < CSTN_LINE_STATUS_UNKNOWN ||
			line->status > CSTN_LINE_CANCELLED_BY_SUPPLIER)
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "status", line->status,
				"a status is 0 to 4");
	if (line->marks & ~ALL_MARKS)
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "marks", line->marks,
				"a bit that is no mark is set");
	if (line->documents_ok & ~ALL_DOCUMENTS)
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "documents_ok",
				line->documents_ok, "a bit that is no document is set");
	if (line->documents_bad & ~ALL_DOCUMENTS)
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "documents_bad",
				line->documents_bad, "a bit that is no document is set");
	if (line->return_reason < CSTN_RETURN_NONE || line->return_reason > CSTN_RETURN_OTHER)
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "return_reason",
				line->return_reason, "a return reason is 0 to 8");
	for (i = 0; i < 4; i++) {
		if (line->owner[i] < CSTN_OWNER_UNKNOWN || line->owner[i] > CSTN_OWNER_OWN_OFFICE)
			return cstn__line_fault_set(fault, CSTN_ROW_VALUE, OWNERS[i],
					line->owner[i], "an owner is 0 to 5");
	}
	if (offset_is_bad(line->promised_offset_minutes))
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "promised_offset_minutes",
				line->promised_offset_minutes, OFFSET);
	if (offset_is_bad(line->actual_offset_minutes))
		return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "actual_offset_minutes",
				line->actual_offset_minutes, OFFSET);
	return 0;
}

static int deliveries_check(const cstn_order_line *line, cstn__line_fault *fault)
{
	int64_t sum = 0;
	size_t i;

	if (!line->deliveries)
		return line->n_deliveries ? cstn__line_fault_set(fault, CSTN_ROW_NULL, "deliveries",
							    CSTN_QUANTITY_NULL,
							    "deliveries are counted but not given")
					  : 0;
	if (line->quantity == CSTN_QUANTITY_NULL)
		return cstn__line_fault_set(fault, CSTN_ROW_NULL, "qty", CSTN_QUANTITY_NULL,
				"deliveries need the quantity they are to reach");
	for (i = 0; i < line->n_deliveries; i++) {
		const cstn_line_delivery *delivery = &line->deliveries[i];

		if (delivery->quantity <= 0)
			return cstn__line_fault_set(fault, CSTN_ROW_NOT_POSITIVE, "deliveries",
					delivery->quantity,
					"a delivered quantity must be positive");
		if (delivery->time_us == CSTN_TIME_NULL)
			return cstn__line_fault_set(fault, CSTN_ROW_NULL, "deliveries",
					CSTN_QUANTITY_NULL, "a delivery needs its time");
		if (delivery->marks & ~DELIVERY_MARKS)
			return cstn__line_fault_set(fault, CSTN_ROW_VALUE, "deliveries",
					delivery->marks,
					"a delivery can be marked as substitute, agreed and wrong "
					"item only");
		if (__builtin_add_overflow(sum, delivery->quantity, &sum))
			return cstn__line_fault_set(fault, CSTN_ROW_OVERFLOW, "deliveries",
					delivery->quantity,
					"the delivered quantities overflow int64");
	}
	return 0;
}

int cstn__line_check(const cstn_order_line *line, cstn__line_fault *fault)
{
	return quantities_check(line, fault) || codes_check(line, fault) ||
					       deliveries_check(line, fault)
			       ? -1
			       : 0;
}
