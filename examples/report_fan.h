/* Charts of forecasts: a fan behind its history, what signals are worth, and what a forecast is
 * made of. */
#ifndef CSTN_EXAMPLE_REPORT_FAN_H
#define CSTN_EXAMPLE_REPORT_FAN_H

#include "report_page.h"

#define FAN_BANDS 3

/* What came, what was said and how sure one was. */
struct chart_fan {
	const double *history; /* n periods before the origin */
	size_t n_history;
	const double *actual; /* n_ahead periods that came later; NULL if they are not known */
	const double *mean;
	const double *low[FAN_BANDS], *high[FAN_BANDS]; /* the widest first; NULL ends them */
	size_t n_ahead;
	const char *first, *origin, *last; /* the axis: first and last period, and the origin */
};

/** A line of what came, the mean ahead of it, and bands of quantiles. */
void chart_fan(struct page *page, const char *title, const char *note, const struct chart_fan *fan);

/* A value around 0 and its interval. */
struct chart_worth {
	char label[80];
	char text[96]; /* at the right */
	double value, low, high;
};

/** A line a row: bars from 0 to the value, whiskers over the interval. */
void chart_worth(struct page *page, const char *title, const char *note,
		const struct chart_worth *rows, size_t n);

/* What a forecast is made of: parts that lead from a baseline to it. */
struct chart_part {
	const char *label;
	double value;
};

/** A waterfall: a mark at the baseline, a bar a part from where the one before it ended, a mark at
 *  the sum. Lengths of bars are the parts, so that the axis need not begin at 0. */
void chart_parts(struct page *page, const char *title, const char *note, double baseline,
		const struct chart_part *parts, size_t n);

#endif
