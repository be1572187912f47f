/* Charts as SVG inside a page. Each takes a title and a note; the note says policy, as-of time and
 * n. Colours follow the page, light or dark. */
#ifndef CSTN_EXAMPLE_REPORT_CHART_H
#define CSTN_EXAMPLE_REPORT_CHART_H

#include "report_page.h"

/* A rate with its name: a month, a vendor, a definition. */
struct chart_rate {
	char label[80];
	cstn_rate rate;
	int hollow;   /* drawn as a ring: not to be relied on */
	double other; /* a second mark, such as the raw rate beside a standardised one; NaN = none
		       */
};

/** Rate over time: the interval as a band, below it how many units each month has. Labels are
 *  "YYYY-MM", ascending; months without units are left empty. */
void chart_months(struct page *page, const char *title, const char *note,
		const struct chart_rate *months, size_t n);

/** One line a group: its interval, its rate, its counts; the dashed line is `reference`. */
void chart_forest(struct page *page, const char *title, const char *note,
		const struct chart_rate *rows, size_t n, double reference);

/* A bar: `part` of `value` is drawn dark. */
struct chart_bar {
	char label[80];
	char text[96]; /* to the right of the bar */
	double value;
	double part;
	int depth; /* indentation */
};

/** Horizontal bars on a common scale from 0. */
void chart_bars(struct page *page, const char *title, const char *note,
		const struct chart_bar *bars, size_t n);

/** Rates that begin at `base`: what each would gain. */
void chart_gains(struct page *page, const char *title, const char *note,
		const struct chart_rate *rows, size_t n, double base);

/* A piece of a whole. */
struct chart_part {
	char label[80];
	int64_t units;
	const char *colour; /* good, bad, wait, out1 to out5 */
};

/** One bar of all units, and its legend. */
void chart_stack(struct page *page, const char *title, const char *note,
		const struct chart_part *parts, size_t n);

#endif
