/* The strokes that charts are made of: SVG inside a figure. */
#ifndef CSTN_EXAMPLE_REPORT_DRAW_H
#define CSTN_EXAMPLE_REPORT_DRAW_H

#include "report_page.h"

#define DRAW_WIDTH 1000.0

/** A figure with its title and note; the drawing is DRAW_WIDTH wide. */
void draw_begin(struct page *page, const char *title, const char *note, double height);
void draw_end(struct page *page);
/** @param anchor "start", "middle" or "end" @param kind a class of the page's style */
void draw_text(struct page *page, double x, double y, const char *anchor, const char *kind,
		const char *what);
/** A label of at most 36 characters, ending at x; the whole name is in the tooltip and the table.
 */
void draw_short_text(struct page *page, double x, double y, const char *what);
void draw_line(struct page *page, double x1, double y1, double x2, double y2, const char *kind);
/** @param says NULL, or the tooltip */
void draw_bar(struct page *page, double x, double y, double width, double height, const char *kind,
		const char *says);

#endif
