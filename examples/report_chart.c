#include "report_chart.h"

#include "report_draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int has_value(const cstn_rate *rate)
{
	return (rate->valid & CSTN_RATE_HAS_VALUE) != 0;
}

/* "2018-03: 96.10 % (95.88 % to 96.31 %), 7,003 of 7,288" */
static void say(const struct chart_rate *row, char *out, size_t size)
{
	char value[NUMBER_SIZE], low[NUMBER_SIZE], high[NUMBER_SIZE], k[NUMBER_SIZE],
			n[NUMBER_SIZE];

	if (row->rate.valid & CSTN_RATE_HAS_INTERVAL)
		(void)snprintf(out, size, "%s: %s (%s to %s), %s of %s", row->label,
				format_percent(row->rate.value, value),
				format_percent(row->rate.low, low),
				format_percent(row->rate.high, high),
				format_count(row->rate.numerator, k),
				format_count(row->rate.denominator, n));
	else
		(void)snprintf(out, size, "%s: %s", row->label,
				format_percent(row->rate.value, value));
}

/* An axis of rates; hollow marks stretch it only if `few_count`: from `low`, a step's multiple, to
 * `high`, in steps that leave at most 7. */
struct scale {
	double low, high, step, x0, x1;
};

static struct scale scale_over(
		const struct chart_rate *rows, size_t n, int few_count, double x0, double x1)
{
	static const double steps[] = {0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
	struct scale scale = {1.0, 0.0, 0.2, x0, x1};

	for (size_t i = 0; i < n; i++) {
		const cstn_rate *rate = &rows[i].rate;

		if (!has_value(rate) || (rows[i].hollow && !few_count))
			continue;
		scale.low = fmin(scale.low,
				(rate->valid & CSTN_RATE_HAS_INTERVAL) ? rate->low : rate->value);
		scale.high = fmax(scale.high,
				(rate->valid & CSTN_RATE_HAS_INTERVAL) ? rate->high : rate->value);
		if (!isnan(rows[i].other)) {
			scale.low = fmin(scale.low, rows[i].other);
			scale.high = fmax(scale.high, rows[i].other);
		}
	}
	if (scale.low > scale.high) {
		scale.low = 0.0;
		scale.high = 1.0;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		scale.step = steps[i];
		if ((scale.high - scale.low) / scale.step <= 6.0)
			break;
	}
	scale.low = fmax(0.0, floor(scale.low / scale.step + 1e-9) * scale.step);
	scale.high = fmin(1.0, ceil(scale.high / scale.step - 1e-9) * scale.step);
	if (scale.high <= scale.low)
		scale.low = scale.high - scale.step;
	return scale;
}

static double at(const struct scale *scale, double value)
{
	value = fmin(fmax(value, scale->low), scale->high);
	return scale->x0 +
	       (value - scale->low) / (scale->high - scale->low) * (scale->x1 - scale->x0);
}

static int ticks(const struct scale *scale)
{
	return (int)floor((scale->high - scale->low) / scale->step + 1e-6);
}

static void tick_label(const struct scale *scale, int tick, char out[NUMBER_SIZE])
{
	double value = 100.0 * (scale->low + tick * scale->step);

	(void)snprintf(out, NUMBER_SIZE, scale->step < 0.0099 ? "%.1f %%" : "%.0f %%", value);
}

/* --- months ----------------------------------------------------------------------------------- */

static int month_number(const char *label)
{
	return atoi(label) * 12 + (strlen(label) > 5 ? atoi(label + 5) - 1 : 0);
}

/* The band and the line of one stretch of months without a gap. */
static void stretch(struct page *page, const struct chart_rate *months, size_t from, size_t to,
		const double *x, const struct scale *scale)
{
	page_put(page, "<polygon class=\"band\" points=\"");
	for (size_t i = from; i < to; i++)
		page_put(page, "%.1f,%.1f ", x[i], at(scale, months[i].rate.high));
	for (size_t i = to; i-- > from;)
		page_put(page, "%.1f,%.1f ", x[i], at(scale, months[i].rate.low));
	page_put(page, "\"/>\n<polyline class=\"sgood\" points=\"");
	for (size_t i = from; i < to; i++)
		page_put(page, "%.1f,%.1f ", x[i], at(scale, months[i].rate.value));
	page_put(page, "\"/>\n");
}

static void month_axis(struct page *page, int first, int last, double left, double step)
{
	int count = last - first + 1, every = count > 48 ? 12 : count > 14 ? 3 : 1;
	char label[NUMBER_SIZE];

	for (int month = first; month <= last; month++) {
		double x = left + (month - first + 0.5) * step;

		if (month % 12 % every != 0)
			continue;
		if (every == 12)
			(void)snprintf(label, sizeof(label), "%d", month / 12);
		else
			(void)snprintf(label, sizeof(label), "%d-%02d", month / 12, month % 12 + 1);
		draw_text(page, x, 326, "middle", "soft", label);
		draw_line(page, x, 308, x, 312, "axis");
	}
}

static void month_counts(struct page *page, const struct chart_rate *months, size_t n,
		const double *x, double width)
{
	int64_t most = 1;
	char label[NUMBER_SIZE], says[200];

	for (size_t i = 0; i < n; i++)
		if (months[i].rate.denominator > most)
			most = months[i].rate.denominator;
	for (size_t i = 0; i < n; i++) {
		double height = 50.0 * (double)months[i].rate.denominator / (double)most;

		say(&months[i], says, sizeof(says));
		draw_bar(page, x[i] - width / 2, 308 - height, width, height, "out", says);
	}
	draw_line(page, 60, 308, DRAW_WIDTH - 10, 308, "axis");
	draw_text(page, 54, 266, "end", "soft", format_count(most, label));
	draw_text(page, 54, 308, "end", "soft", "n");
}

void chart_months(struct page *page, const char *title, const char *note,
		const struct chart_rate *months, size_t n)
{
	struct scale scale = scale_over(months, n, n <= 12, 236, 12);
	int first, last;
	double step, *x;
	char label[NUMBER_SIZE], says[200];

	if (n == 0)
		return;
	first = month_number(months[0].label);
	last = month_number(months[n - 1].label);
	step = (DRAW_WIDTH - 70) / (last - first + 1);
	x = malloc(n * sizeof(*x));
	if (x == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		x[i] = 60 + (month_number(months[i].label) - first + 0.5) * step;
	draw_begin(page, title, note, 334);
	for (int tick = 0; tick <= ticks(&scale); tick++) {
		double y = at(&scale, scale.low + tick * scale.step);

		draw_line(page, 60, y, DRAW_WIDTH - 10, y, "axis");
		tick_label(&scale, tick, label);
		draw_text(page, 54, y + 4, "end", "soft", label);
	}
	for (size_t from = 0, to; from < n; from = to) {
		to = from + 1;
		if (!has_value(&months[from].rate))
			continue;
		while (to < n && has_value(&months[to].rate) &&
				month_number(months[to].label) ==
						month_number(months[to - 1].label) + 1)
			to++;
		stretch(page, months, from, to, x, &scale);
	}
	for (size_t i = 0; i < n; i++) {
		if (!has_value(&months[i].rate))
			continue;
		say(&months[i], says, sizeof(says));
		page_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\"><title>",
				x[i], at(&scale, months[i].rate.value), step < 12 ? 2.5 : 4.0,
				months[i].hollow ? "hollow sgood" : "good");
		page_text(page, says);
		page_put(page, "</title></circle>\n");
	}
	month_counts(page, months, n, x, fmin(26.0, step * 0.7));
	month_axis(page, first, last, 60, step);
	draw_end(page);
	free(x);
}

/* --- groups ----------------------------------------------------------------------------------- */

static void forest_row(struct page *page, const struct chart_rate *row, const struct scale *scale,
		double y)
{
	char says[200], right[160], k[NUMBER_SIZE], n[NUMBER_SIZE], value[NUMBER_SIZE];
	const char *colour = row->hollow ? "sout" : "sgood";
	double x = at(scale, row->rate.value);

	say(row, says, sizeof(says));
	draw_short_text(page, 288, y + 4, row->label);
	if (row->rate.valid & CSTN_RATE_HAS_INTERVAL) {
		double low = at(scale, row->rate.low), high = at(scale, row->rate.high);

		draw_line(page, low, y, high, y, colour);
		draw_line(page, low, y - 4, low, y + 4, colour);
		draw_line(page, high, y - 4, high, y + 4, colour);
	}
	if (!isnan(row->other))
		page_put(page,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" class=\"hollow "
				"sblue\"><title>raw rate</title></circle>\n",
				at(scale, row->other), y);
	if (has_value(&row->rate)) {
		page_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" class=\"%s\"><title>", x, y,
				row->hollow ? "hollow sout" : "good");
		page_text(page, says);
		page_put(page, "</title></circle>\n");
	}
	draw_text(page, 832, y + 4, "end", "", format_percent(row->rate.value, value));
	if (row->rate.denominator == 0)
		return;
	(void)snprintf(right, sizeof(right), "%s of %s", format_count(row->rate.numerator, k),
			format_count(row->rate.denominator, n));
	draw_text(page, 850, y + 4, "start", "soft", right);
}

void chart_forest(struct page *page, const char *title, const char *note,
		const struct chart_rate *rows, size_t n, double reference)
{
	struct scale scale = scale_over(rows, n, 1, 306, 750);
	double height = 24.0 * (double)n + 46;
	char label[NUMBER_SIZE];

	if (n == 0)
		return;
	draw_begin(page, title, note, height);
	for (int tick = 0; tick <= ticks(&scale); tick++) {
		double x = at(&scale, scale.low + tick * scale.step);

		draw_line(page, x, 8, x, height - 26, "axis");
		tick_label(&scale, tick, label);
		draw_text(page, x, height - 10, "middle", "soft", label);
	}
	if (!isnan(reference) && reference >= scale.low && reference <= scale.high)
		draw_line(page, at(&scale, reference), 8, at(&scale, reference), height - 26,
				"dash");
	for (size_t i = 0; i < n; i++)
		forest_row(page, &rows[i], &scale, 22 + 24.0 * (double)i);
	draw_end(page);
}

/* --- bars ------------------------------------------------------------------------------------- */

void chart_bars(struct page *page, const char *title, const char *note,
		const struct chart_bar *bars, size_t n)
{
	double most = 0.0, width = 400.0;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, bars[i].value);
	if (!(most > 0.0))
		most = 1.0;
	draw_begin(page, title, note, 26.0 * (double)n + 12);
	for (size_t i = 0; i < n; i++) {
		double y = 8 + 26.0 * (double)i, x = 300;
		double whole = width * bars[i].value / most, dark = width * bars[i].part / most;

		draw_text(page, 8 + 22.0 * bars[i].depth, y + 15, "start", "", bars[i].label);
		draw_bar(page, x, y + 2, whole, 18, "pale", bars[i].text);
		draw_bar(page, x, y + 2, dark, 18, "bad", bars[i].text);
		draw_text(page, x + whole + 8, y + 15, "start", "soft", bars[i].text);
	}
	draw_end(page);
}

void chart_gains(struct page *page, const char *title, const char *note,
		const struct chart_rate *rows, size_t n, double base)
{
	double low = floor(base * 20.0) / 20.0, left = 270, width = 430, height;
	struct scale scale = {
			low >= 1.0 ? 0.95 : low, 1.0, low < 0.75 ? 0.1 : 0.05, left, left + width};
	char label[NUMBER_SIZE], value[NUMBER_SIZE], k[NUMBER_SIZE], right[160];

	if (n == 0)
		return;
	height = 26.0 * (double)n + 46;
	draw_begin(page, title, note, height);
	for (int tick = 0; tick <= ticks(&scale); tick++) {
		double x = at(&scale, scale.low + tick * scale.step);

		draw_line(page, x, 4, x, height - 26, "axis");
		tick_label(&scale, tick, label);
		draw_text(page, x, height - 10, "middle", "soft", label);
	}
	for (size_t i = 0; i < n; i++) {
		double y = 8 + 26.0 * (double)i, from = at(&scale, base);
		double to = at(&scale, rows[i].rate.value);

		draw_text(page, 258, y + 15, "end", "", rows[i].label);
		draw_bar(page, left, y + 2, from - left, 18, "none", NULL);
		draw_bar(page, from, y + 2, to - from, 18, "good", NULL);
		draw_text(page, left + width + 80, y + 15, "end", "",
				format_percent(rows[i].rate.value, value));
		(void)snprintf(right, sizeof(right), "+%.2f points, %s more",
				100.0 * (rows[i].rate.value - base),
				format_count((int64_t)llround((rows[i].rate.value - base) *
							      (double)rows[i].rate.denominator),
						k));
		draw_text(page, left + width + 96, y + 15, "start", "soft", right);
	}
	draw_line(page, at(&scale, base), 4, at(&scale, base), height - 26, "dash");
	draw_end(page);
}

/* --- one whole -------------------------------------------------------------------------------- */

void chart_stack(struct page *page, const char *title, const char *note,
		const struct chart_part *parts, size_t n)
{
	int64_t all = 0;
	double x = 10, y = 66;
	char count[NUMBER_SIZE], share[NUMBER_SIZE], label[200];

	for (size_t i = 0; i < n; i++)
		all += parts[i].units;
	if (all == 0)
		return;
	draw_begin(page, title, note, 56 + 24.0 * (double)((n + 1) / 2) + 8);
	for (size_t i = 0; i < n; i++) {
		double width = (DRAW_WIDTH - 20) * (double)parts[i].units / (double)all;

		(void)snprintf(label, sizeof(label), "%s: %s, %s", parts[i].label,
				format_count(parts[i].units, count),
				format_percent((double)parts[i].units / (double)all, share));
		draw_bar(page, x, 8, width, 34, parts[i].colour, label);
		x += width;
	}
	for (size_t i = 0; i < n; i++) {
		double left = i % 2 == 0 ? 10 : DRAW_WIDTH / 2;

		(void)snprintf(label, sizeof(label), "%s: %s (%s)", parts[i].label,
				format_count(parts[i].units, count),
				format_percent((double)parts[i].units / (double)all, share));
		draw_bar(page, left, y - 11, 14, 14, parts[i].colour, NULL);
		draw_text(page, left + 22, y + 1, "start", "", label);
		if (i % 2 == 1)
			y += 24;
	}
	draw_end(page);
}
