#include "report_draw.h"

#include <stdio.h>

void draw_begin(struct page *page, const char *title, const char *note, double height)
{
	int id = ++page->charts;

	page_put(page, "<figure><figcaption>");
	page_text(page, title);
	page_put(page, "<small>");
	page_text(page, note);
	page_put(page,
			"</small></figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
			"aria-labelledby=\"t%d d%d\"><title id=\"t%d\">",
			DRAW_WIDTH, height, id, id, id);
	page_text(page, title);
	page_put(page, "</title><desc id=\"d%d\">", id);
	page_text(page, note);
	page_put(page, "</desc>\n");
}

void draw_end(struct page *page)
{
	page_put(page, "</svg></figure>\n");
}

void draw_text(struct page *page, double x, double y, const char *anchor, const char *kind,
		const char *what)
{
	page_put(page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
			kind);
	page_text(page, what);
	page_put(page, "</text>\n");
}

/* A label of at most 36 characters; the whole name is in the tooltip and in the table. */
void draw_short_text(struct page *page, double x, double y, const char *what)
{
	char label[80];
	size_t length = 0;
	int characters = 0;

	while (what[length] != '\0' && characters < 36 && length < sizeof(label) - 4) {
		length++;
		while (((unsigned char)what[length] & 0xC0u) == 0x80u)
			length++;
		characters++;
	}
	(void)snprintf(label, sizeof(label), "%.*s%s", (int)length, what,
			what[length] != '\0' ? "\xE2\x80\xA6" : "");
	draw_text(page, x, y, "end", "", label);
}

void draw_line(struct page *page, double x1, double y1, double x2, double y2, const char *kind)
{
	page_put(page, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1,
			y1, x2, y2, kind);
}

void draw_bar(struct page *page, double x, double y, double width, double height, const char *kind,
		const char *says)
{
	page_put(page,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" rx=\"1.5\" "
			"class=\"%s\">",
			x, y, width < 0 ? 0 : width, height, kind);
	if (says != NULL) {
		page_put(page, "<title>");
		page_text(page, says);
		page_put(page, "</title>");
	}
	page_put(page, "</rect>\n");
}
