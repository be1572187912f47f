#include "report_grid.h"

#include "report_draw.h"

#include <math.h>
#include <stdio.h>

static void cell(struct page *page, const struct grid_cell *at, double x, double y, double width,
		double height, double most)
{
	double share = most > 0.0 && !isnan(at->value) ? at->value / most : 0.0;
	double shade = 0.06 + 0.84 * sqrt(fmax(share, 0.0));

	page_put(page,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
			"class=\"blue\" fill-opacity=\"%.3f\" stroke=\"var(--card)\"><title>",
			x, y, width, height, shade);
	page_text(page, at->says);
	/* Text in the colour of the page where the cell is dark, in ink elsewhere. */
	page_put(page, "</title></rect>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\"%s>",
			x + width / 2, y + height / 2 + 5,
			shade > 0.72 ? " style=\"fill:var(--card)\"" : "");
	page_text(page, at->text);
	page_put(page, "</text>\n");
}

void chart_grid(struct page *page, const char *title, const char *note, const char *x_title,
		const char *y_title, const char *const *x_labels, int columns,
		const char *const *y_labels, int rows, const struct grid_cell *cells, size_t n)
{
	double left = 170,
	       width = fmin(columns > 6 ? 62.0 : 120.0, (DRAW_WIDTH - left - 10) / columns),
	       height = columns > 6 ? 28 : 36;
	double most = 0.0, top = 30, bottom = top + rows * height;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, isnan(cells[i].value) ? 0.0 : cells[i].value);
	draw_begin(page, title, note, bottom + 48);
	for (size_t i = 0; i < n; i++)
		cell(page, &cells[i], left + cells[i].x * width, bottom - (cells[i].y + 1) * height,
				width, height, most);
	for (int i = 0; i < columns; i++)
		draw_text(page, left + (i + 0.5) * width, bottom + 18, "middle", "", x_labels[i]);
	for (int i = 0; i < rows; i++)
		draw_text(page, left - 10, bottom - (i + 0.5) * height + 5, "end", "", y_labels[i]);
	draw_text(page, left + columns * width / 2, bottom + 40, "middle", "soft", x_title);
	draw_text(page, left - 10, 18, "end", "soft", y_title);
	draw_end(page);
}

/* The greatest of 1, 2, 5 x 10^k that leaves at most 6 steps. */
static double step_of(double most)
{
	double step = pow(10.0, floor(log10(most)) - 1);
	static const double times[] = {1, 2, 5, 10, 20};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (most / (step * times[i]) <= 6.0)
			return step * times[i];
	return most;
}

void chart_pairs(struct page *page, const char *title, const char *note, const char *x_title,
		const struct chart_pair *pairs, size_t n)
{
	double most = 0.0, left = 60, top = 34, bottom = 250, step, each;
	char label[NUMBER_SIZE], says[160];

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fmax(pairs[i].actual, pairs[i].expected));
	if (!(most > 0.0))
		most = 1.0;
	step = step_of(most);
	each = (DRAW_WIDTH - left - 10) / (double)n;
	draw_begin(page, title, note, bottom + 50);
	for (double value = 0.0; value <= most * 1.001; value += step) {
		double y = bottom - value / most * (bottom - top);

		draw_line(page, left, y, DRAW_WIDTH - 10, y, "axis");
		(void)snprintf(label, sizeof(label), "%g", value);
		draw_text(page, left - 6, y + 4, "end", "soft", label);
	}
	for (size_t i = 0; i < n; i++) {
		double height = pairs[i].actual / most * (bottom - top);

		(void)snprintf(says, sizeof(says), "%s: %.2f came, %.2f expected", pairs[i].label,
				pairs[i].actual, pairs[i].expected);
		draw_bar(page, left + ((double)i + 0.2) * each, bottom - height, 0.6 * each, height,
				"out", says);
		draw_text(page, left + ((double)i + 0.5) * each, bottom + 18, "middle", "",
				pairs[i].label);
	}
	page_put(page, "<polyline class=\"sblue\" fill=\"none\" points=\"");
	for (size_t i = 0; i < n; i++)
		page_put(page, "%.1f,%.1f ", left + ((double)i + 0.5) * each,
				bottom - pairs[i].expected / most * (bottom - top));
	page_put(page, "\"/>\n");
	for (size_t i = 0; i < n; i++)
		page_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" class=\"blue\"/>\n",
				left + ((double)i + 0.5) * each,
				bottom - pairs[i].expected / most * (bottom - top));
	draw_bar(page, left + 8, 4, 14, 14, "out", NULL);
	draw_text(page, left + 28, 16, "start", "", "what came");
	page_put(page, "<circle cx=\"%.1f\" cy=\"11\" r=\"4.5\" class=\"blue\"/>\n", left + 130);
	draw_text(page, left + 142, 16, "start", "", "what the model expected");
	draw_text(page, left + (DRAW_WIDTH - left - 10) / 2, bottom + 40, "middle", "soft",
			x_title);
	draw_end(page);
}

void chart_ranks(struct page *page, const char *title, const char *note,
		const struct chart_rank *ranks, size_t n)
{
	double most = 0.0;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, ranks[i].value);
	if (!(most > 0.0))
		most = 1.0;
	draw_begin(page, title, note, 26.0 * (double)n + 12);
	for (size_t i = 0; i < n; i++) {
		double y = 8 + 26.0 * (double)i, width = 400.0 * ranks[i].value / most;

		draw_short_text(page, 170, y + 15, ranks[i].label);
		draw_bar(page, 184, y + 2, width, 18, "blue", ranks[i].text);
		draw_text(page, 184 + fmax(width, 0.0) + 8, y + 15, "start", "soft", ranks[i].text);
	}
	draw_end(page);
}
