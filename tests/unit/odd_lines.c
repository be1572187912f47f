/* Lines of orders, each odd in one way. */
#include "odd_lines.h"

#include "judged_lines.h"

/* What they may point to: good until the next one is made. */
static cstn_line_delivery pieces[4];

static void deliver(cstn_order_line *line, size_t n)
{
	line->deliveries = pieces;
	line->n_deliveries = n;
}

static void piece(size_t i, const char *when, int64_t quantity, int32_t shipment, uint32_t marks)
{
	pieces[i].time_us = at(when);
	pieces[i].quantity = quantity;
	pieces[i].shipment = shipment;
	pieces[i].marks = marks;
}

void as_usual(cstn_order_line *line)
{
	(void)line;
}

void late_and_short(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-01T00:00:00Z");
	line->quantity_delivered = 99;
}

void late_by_a_day(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-01T08:00:00Z");
}

void a_day_early(cstn_order_line *line)
{
	line->delivered_us = at("2018-08-30T08:00:00Z");
}

void requested_the_day_before(cstn_order_line *line)
{
	line->requested_us = at("2018-08-30");
}

void last_promised_the_day_before(cstn_order_line *line)
{
	line->promised_last_us = at("2018-08-30");
}

void customer_moved_it_back(cstn_order_line *line)
{
	line->promised_customer_us = at("2018-09-05");
	line->delivered_us = at("2018-09-04T10:00:00Z");
}

void customer_moved_it_forward(cstn_order_line *line)
{
	line->promised_customer_us = at("2018-08-25");
}

void supplier_moved_it_back(cstn_order_line *line)
{
	line->promised_supplier_us = at("2018-09-05");
	line->delivered_us = at("2018-09-04T10:00:00Z");
}

void supplier_moved_it_forward(cstn_order_line *line)
{
	line->promised_supplier_us = at("2018-08-25");
}

void shipped_in_time_delivered_late(cstn_order_line *line)
{
	line->shipped_us = at("2018-08-29T18:00:00Z");
	line->arrived_us = at("2018-08-31T23:00:00Z");
	line->delivered_us = at("2018-09-02T10:00:00Z");
}

void delivered_in_time_accepted_late(cstn_order_line *line)
{
	line->accepted_us = at("2018-09-02T10:00:00Z");
	line->recorded_us = at("2018-09-03T10:00:00Z");
}

void closed_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
}

void closed_short_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = 7;
}

void attempted_in_time(cstn_order_line *line)
{
	line->attempted_us = at("2018-08-31T09:00:00Z");
	line->delivered_us = at("2018-09-02T09:00:00Z");
}

void attempted_in_time_still_open(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	line->attempted_us = at("2018-08-31T09:00:00Z");
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

void an_hour_early(cstn_order_line *line)
{
	line->promised_us = at("2018-08-31T15:00:00Z");
}

void late_in_the_evening(cstn_order_line *line)
{
	line->delivered_us = at("2018-08-31T22:30:00Z");
}

void each_in_its_own_offset(cstn_order_line *line)
{
	late_in_the_evening(line);
	line->promised_offset_minutes = 0;
	line->actual_offset_minutes = 120;
}

void over_by_one(cstn_order_line *line)
{
	line->quantity_delivered = 101;
}

void short_by_one(cstn_order_line *line)
{
	line->quantity_delivered = 99;
}

void one_of_a_hundred(cstn_order_line *line)
{
	line->quantity_delivered = 1;
}

void a_thousand_of_a_hundred(cstn_order_line *line)
{
	line->quantity_delivered = 1000;
}

void agreed_substitute(cstn_order_line *line)
{
	line->marks = CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED;
}

void half_in_agreed_substitutes(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 50, 1, 0);
	piece(1, "2018-08-30T10:00:00Z", 50, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	deliver(line, 2);
}

void in_two_shipments(cstn_order_line *line)
{
	line->shipments = 2;
}

void in_two_delivered_shipments(cstn_order_line *line)
{
	piece(0, "2018-08-31T10:00:00Z", 40, 2, 0);
	piece(1, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 2);
}

void sixty_by_due(cstn_order_line *line)
{
	line->quantity_due = 60;
}

void sixty_in_time_forty_next_day(cstn_order_line *line)
{
	piece(0, "2018-09-01T10:00:00Z", 40, 1, 0);
	piece(1, "2018-08-31T10:00:00Z", 60, 1, 0);
	deliver(line, 2);
}

void cancelled_by_customer(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
}

void cancelled_to_the_last_piece(cstn_order_line *line)
{
	line->quantity_cancelled = 100;
}

void cancelled_by_supplier(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
}

void cancelled_by_supplier_after_a_delivery(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	piece(0, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 1);
}

void late_nobody_home(cstn_order_line *line)
{
	late_by_a_day(line);
	line->marks = CSTN_MARK_CUSTOMER_FAULT;
}

void short_nobody_home(cstn_order_line *line)
{
	late_and_short(line);
	line->marks = CSTN_MARK_CUSTOMER_FAULT;
}

void late_by_flood(cstn_order_line *line)
{
	late_by_a_day(line);
	line->marks = CSTN_MARK_FORCE_MAJEURE;
}

void cancelled_by_flood(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	line->marks = CSTN_MARK_FORCE_MAJEURE;
}

void open_and_overdue(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

void open_and_half_there(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	piece(0, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 1);
}

void wrong_invoice(cstn_order_line *line)
{
	line->documents_bad = CSTN_DOCUMENT_INVOICE;
}

void only_the_packing_slip(cstn_order_line *line)
{
	line->documents_ok = CSTN_DOCUMENT_PACKING_SLIP;
}

void every_document(cstn_order_line *line)
{
	line->documents_ok = 63;
}

void documents_a_day_later(cstn_order_line *line)
{
	line->documents_complete_us = at("2018-09-01T09:00:00Z");
}

void documents_a_year_later(cstn_order_line *line)
{
	line->documents_complete_us = at("2018-12-30T09:00:00Z");
}

void condition_not_known(cstn_order_line *line)
{
	line->marks = CSTN_MARK_CONDITION_UNKNOWN;
}

void documents_not_known(cstn_order_line *line)
{
	line->marks = CSTN_MARK_DOCUMENTS_UNKNOWN;
}

void quantity_not_known(cstn_order_line *line)
{
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

void late_quantity_not_known(cstn_order_line *line)
{
	late_by_a_day(line);
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

void attempted_quantity_not_known(cstn_order_line *line)
{
	attempted_in_time(line);
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

void sixty_without_promise(cstn_order_line *line)
{
	line->promised_us = CSTN_TIME_NULL;
	line->quantity_delivered = 60;
}

void sixty_by_due_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_due = 60;
}

void worth_nothing(cstn_order_line *line)
{
	line->value_minor = 0;
}

void early_then_attempted(cstn_order_line *line)
{
	a_day_early(line);
	line->attempted_us = at("2018-08-31T09:00:00Z");
}

void wrong_item_after_due(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 100, 1, 0);
	piece(1, "2018-09-02T10:00:00Z", 5, 2, CSTN_MARK_WRONG_ITEM);
	deliver(line, 2);
}

void substitute_and_then_the_rest(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 10, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	piece(1, "2018-08-30T10:00:00Z", 100, 1, 0);
	deliver(line, 2);
}

void ninety_and_then_an_agreed_substitute(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 90, 1, 0);
	piece(1, "2018-08-30T10:00:00Z", 10, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	deliver(line, 2);
}

void late_and_offset_not_known(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-09T14:00:00Z");
}

void returned_damaged_after_40_days(cstn_order_line *line)
{
	line->returned_us = at("2018-10-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_DAMAGED;
}

void returned_damaged(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_DAMAGED;
}

void returned_as_wrong_item(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_WRONG_ITEM;
}

void returned_for_paperwork(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_PAPERWORK;
}

void damaged(cstn_order_line *line)
{
	line->marks = CSTN_MARK_DAMAGED;
}
