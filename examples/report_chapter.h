/* The parts that every chapter is made of: each takes a result and writes tables and charts. */
#ifndef CSTN_EXAMPLE_REPORT_CHAPTER_H
#define CSTN_EXAMPLE_REPORT_CHAPTER_H

#include "report_chart.h"
#include "report_source.h"

#define NOTE_SIZE 200
/** "policy 70a6437a3775bd75, as of 2018-11-13T00:00:00Z, n = 96,470" */
const char *chapter_note(const cstn_perfect_order_result *result, char buffer[NOTE_SIZE]);

void chapter_begin(struct page *page, const char *id, const char *title);
void chapter_end(struct page *page);

/** Rate, interval, counts, policy, as large as the page allows. @param what "Perfect orders" */
void chapter_headline(struct page *page, const struct answer *answer, const char *what);
/** Where all units are: perfect, failed, pending, left out. @param units "orders" */
void chapter_units(struct page *page, const cstn_perfect_order_result *result, const char *units);
/** What lost the units that were lost, down to causes and owners. */
cstn_status chapter_losses(struct page *page, const cstn_perfect_order_result *result,
		const char *units, cstn_error **error);
/** What mending one or more components would gain. */
void chapter_levers(struct page *page, const cstn_perfect_order_result *result);
/** A result by "month(due)": chart and table. */
cstn_status chapter_months(
		struct page *page, const cstn_perfect_order_result *result, const char *title);
/** A result by one dimension: groups by their lower limit, and which cannot be told from the best.
 *  @param min_units groups with fewer counted units are in the table alone */
cstn_status chapter_groups(struct page *page, const cstn_perfect_order_result *result,
		const char *title, const char *dimension, int64_t min_units, cstn_error **error);

#endif
