#ifndef TESTS_ODD_LINES_H
#define TESTS_ODD_LINES_H

#include <constellation/constellation.h>

/* Makes a usual line odd in one way, which its name says. */
typedef void odd_line(cstn_order_line *line);
odd_line as_usual, late_and_short, late_by_a_day, a_day_early, requested_the_day_before,
		last_promised_the_day_before, customer_moved_it_back, customer_moved_it_forward,
		supplier_moved_it_back, supplier_moved_it_forward, shipped_in_time_delivered_late,
		delivered_in_time_accepted_late, closed_without_a_time, closed_short_without_a_time,
		attempted_in_time, attempted_in_time_still_open, an_hour_early, late_in_the_evening,
		each_in_its_own_offset, over_by_one, short_by_one, one_of_a_hundred,
		a_thousand_of_a_hundred, agreed_substitute, half_in_agreed_substitutes,
		in_two_shipments, in_two_delivered_shipments, sixty_by_due,
		sixty_in_time_forty_next_day, cancelled_by_customer, cancelled_to_the_last_piece,
		cancelled_by_supplier, cancelled_by_supplier_after_a_delivery, late_nobody_home,
		short_nobody_home, late_by_flood, cancelled_by_flood, open_and_overdue,
		open_and_half_there, wrong_invoice, only_the_packing_slip, every_document,
		documents_a_day_later, documents_a_year_later, condition_not_known,
		documents_not_known, quantity_not_known, late_quantity_not_known,
		attempted_quantity_not_known, sixty_without_promise, sixty_by_due_without_a_time,
		worth_nothing, early_then_attempted, wrong_item_after_due,
		substitute_and_then_the_rest, ninety_and_then_an_agreed_substitute,
		late_and_offset_not_known, returned_damaged_after_40_days, returned_damaged,
		returned_as_wrong_item, returned_for_paperwork, damaged;

#endif
