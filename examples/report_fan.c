#include "report_fan.h"

#include "report_draw.h"

#include <math.h>
#include <string.h>

/* --- a number axis ---------------------------------------------------------------------------- */

struct axis {
	double low, high, step, at_low, at_high;
};

/* From low to high in at most seven steps of 1, 2 or 5 times a power of ten. */
static struct axis axis_over(double low, double high, double at_low, double at_high)
{
	static const double shares[] = {1.0, 2.0, 5.0, 10.0};
	struct axis axis = {low, high, 1.0, at_low, at_high};
	double range = high > low ? high - low : 1.0;
	double power = pow(10.0, floor(log10(range / 7.0)));

	for (size_t i = 0; i < 4; i++) {
		axis.step = shares[i] * power;
		if (range / axis.step <= 7.0)
			break;
	}
	axis.low = floor(low / axis.step + 1e-9) * axis.step;
	axis.high = ceil(high / axis.step - 1e-9) * axis.step;
	if (axis.high <= axis.low)
		axis.high = axis.low + axis.step;
	return axis;
}

static double at(const struct axis *axis, double value)
{
	return axis->at_low +
	       (value - axis->low) / (axis->high - axis->low) * (axis->at_high - axis->at_low);
}

static int ticks(const struct axis *axis)
{
	return (int)floor((axis->high - axis->low) / axis->step + 1e-6);
}

static void tick_label(const struct axis *axis, int tick, char out[NUMBER_SIZE])
{
	double value = axis->low + tick * axis->step;

	if (axis->step >= 1.0)
		(void)format_count((int64_t)floor(value + 0.5), out);
	else
		(void)snprintf(out, NUMBER_SIZE, "%.*f", axis->step < 0.0999 ? 2 : 1,
				fabs(value) < 1e-9 ? 0.0 : value);
}

/* --- fans ------------------------------------------------------------------------------------- */

static void stretch(double *low, double *high, const double *values, size_t n)
{
	for (size_t i = 0; values != NULL && i < n; i++) {
		*low = fmin(*low, values[i]);
		*high = fmax(*high, values[i]);
	}
}

struct fan_frame {
	struct axis y;
	double x0, step;
	size_t n_history;
};

static double x_of(const struct fan_frame *frame, size_t period)
{
	return frame->x0 + (double)period * frame->step;
}

static void line_of(struct page *page, const struct fan_frame *frame, const double *values,
		size_t n, size_t from, const char *kind)
{
	page_put(page, "<polyline class=\"%s\" points=\"", kind);
	for (size_t i = 0; i < n; i++)
		page_put(page, "%.1f,%.1f ", x_of(frame, from + i), at(&frame->y, values[i]));
	page_put(page, "\"/>\n");
}

static void band_of(struct page *page, const struct fan_frame *frame, const double *low,
		const double *high, size_t n)
{
	page_put(page, "<polygon class=\"band\" fill-opacity=\"0.45\" points=\"");
	for (size_t i = 0; i < n; i++)
		page_put(page, "%.1f,%.1f ", x_of(frame, frame->n_history + i),
				at(&frame->y, high[i]));
	for (size_t i = n; i-- > 0;)
		page_put(page, "%.1f,%.1f ", x_of(frame, frame->n_history + i),
				at(&frame->y, low[i]));
	page_put(page, "\"/>\n");
}

static void fan_axes(struct page *page, const struct chart_fan *fan, const struct fan_frame *frame,
		double bottom)
{
	double last = x_of(frame, fan->n_history + fan->n_ahead - 1);
	double origin = x_of(frame, fan->n_history) - frame->step / 2.0;
	char label[NUMBER_SIZE];

	for (int tick = 0; tick <= ticks(&frame->y); tick++) {
		double y = at(&frame->y, frame->y.low + tick * frame->y.step);

		tick_label(&frame->y, tick, label);
		draw_line(page, frame->x0, y, last, y, "axis");
		draw_text(page, frame->x0 - 8, y + 4, "end", "soft", label);
	}
	draw_line(page, origin, 16, origin, bottom, "dash");
	draw_text(page, frame->x0, bottom + 20, "start", "soft", fan->first);
	draw_text(page, origin, bottom + 20, "middle", "soft", fan->origin);
	draw_text(page, last, bottom + 20, "end", "soft", fan->last);
}

void chart_fan(struct page *page, const char *title, const char *note, const struct chart_fan *fan)
{
	const double height = 300.0, bottom = height - 34.0;
	double low = 0.0, high = 1.0;
	struct fan_frame frame = {{0}, 64.0, 1.0, fan->n_history};

	stretch(&low, &high, fan->history, fan->n_history);
	stretch(&low, &high, fan->actual, fan->n_ahead);
	stretch(&low, &high, fan->mean, fan->n_ahead);
	for (size_t i = 0; i < FAN_BANDS && fan->high[i] != NULL; i++)
		stretch(&low, &high, fan->high[i], fan->n_ahead);
	frame.y = axis_over(low, high, bottom, 16.0);
	frame.step = (DRAW_WIDTH - 24.0 - frame.x0) / (double)(fan->n_history + fan->n_ahead);
	draw_begin(page, title, note, height);
	fan_axes(page, fan, &frame, bottom);
	for (size_t i = 0; i < FAN_BANDS && fan->high[i] != NULL; i++)
		band_of(page, &frame, fan->low[i], fan->high[i], fan->n_ahead);
	line_of(page, &frame, fan->history, fan->n_history, 0, "sout");
	if (fan->actual != NULL)
		line_of(page, &frame, fan->actual, fan->n_ahead, fan->n_history, "sout");
	line_of(page, &frame, fan->mean, fan->n_ahead, fan->n_history, "sgood");
	draw_end(page);
}

/* --- bars around 0 ---------------------------------------------------------------------------- */

#define ROW 30.0
#define LEFT 270.0
#define RIGHT 700.0

static void grid(struct page *page, const struct axis *x, double bottom)
{
	char label[NUMBER_SIZE];

	for (int tick = 0; tick <= ticks(x); tick++) {
		double value = x->low + tick * x->step, place = at(x, value);

		tick_label(x, tick, label);
		draw_line(page, place, 8, place, bottom,
				fabs(value) < x->step / 2.0 ? "dash" : "axis");
		draw_text(page, place, bottom + 20, "middle", "soft", label);
	}
}

static void bar_between(struct page *page, const struct axis *x, double from, double to, double y,
		const char *kind, const char *says)
{
	double left = at(x, fmin(from, to));

	draw_bar(page, left, y, fmax(at(x, fmax(from, to)) - left, 1.0), ROW - 12.0, kind, says);
}

void chart_worth(struct page *page, const char *title, const char *note,
		const struct chart_worth *rows, size_t n)
{
	double low = 0.0, high = 0.0, bottom = 8.0 + ROW * (double)n;
	struct axis x;

	for (size_t i = 0; i < n; i++) {
		low = fmin(low, fmin(rows[i].low, rows[i].value));
		high = fmax(high, fmax(rows[i].high, rows[i].value));
	}
	x = axis_over(low, high, LEFT, RIGHT);
	draw_begin(page, title, note, bottom + 30.0);
	grid(page, &x, bottom);
	for (size_t i = 0; i < n; i++) {
		double y = 10.0 + ROW * (double)i, middle = y + (ROW - 12.0) / 2.0;

		draw_short_text(page, LEFT - 12.0, middle + 4.0, rows[i].label);
		bar_between(page, &x, 0.0, rows[i].value, y, rows[i].value < 0.0 ? "bad" : "good",
				rows[i].text);
		draw_line(page, at(&x, rows[i].low), middle, at(&x, rows[i].high), middle, "sout");
		draw_text(page, RIGHT + 14.0, middle + 4.0, "start", "", rows[i].text);
	}
	draw_end(page);
}

/* --- parts that add up ------------------------------------------------------------------------ */

static void mark(struct page *page, const struct axis *x, double value, double y, const char *label)
{
	double middle = y + (ROW - 12.0) / 2.0;
	char text[NUMBER_SIZE];

	(void)snprintf(text, sizeof(text), "%.1f", value);
	draw_short_text(page, LEFT - 12.0, middle + 4.0, label);
	page_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" class=\"out1\"/>\n", at(x, value),
			middle);
	draw_text(page, at(x, value) + 12.0, middle + 4.0, "start", "", text);
}

/* From `from` on, with what it adds or takes at its end. */
static void step(struct page *page, const struct axis *x, double from,
		const struct chart_part *part, double y)
{
	double to = from + part->value, middle = y + (ROW - 12.0) / 2.0;
	char text[NUMBER_SIZE];

	(void)snprintf(text, sizeof(text), "%s%.1f", part->value < 0.0 ? "\xE2\x88\x92" : "+",
			fabs(part->value));
	draw_short_text(page, LEFT - 12.0, middle + 4.0, part->label);
	draw_line(page, at(x, from), y - 12.0, at(x, from), y, "axis");
	bar_between(page, x, from, to, y, part->value < 0.0 ? "bad" : "good", text);
	draw_text(page, at(x, to) + (part->value < 0.0 ? -8.0 : 8.0), middle + 4.0,
			part->value < 0.0 ? "end" : "start", "", text);
}

void chart_parts(struct page *page, const char *title, const char *note, double baseline,
		const struct chart_part *parts, size_t n)
{
	double low = baseline, high = baseline, sum = baseline, y = 10.0;
	double bottom = 8.0 + ROW * (double)(n + 2), room;
	struct axis x;

	for (size_t i = 0; i < n; i++) {
		sum += parts[i].value;
		low = fmin(low, sum);
		high = fmax(high, sum);
	}
	room = (high - low) * 0.1;
	x = axis_over(low - room, high + room, LEFT, RIGHT + 200.0);
	draw_begin(page, title, note, bottom + 30.0);
	for (int tick = 0; tick <= ticks(&x); tick++) {
		char label[NUMBER_SIZE];

		tick_label(&x, tick, label);
		draw_text(page, at(&x, x.low + tick * x.step), bottom + 20, "middle", "soft",
				label);
	}
	draw_line(page, x.at_low, bottom, x.at_high, bottom, "axis");
	draw_line(page, at(&x, baseline), 24, at(&x, baseline), bottom, "dash");
	mark(page, &x, baseline, y, "level");
	sum = baseline;
	for (size_t i = 0; i < n; i++) {
		y += ROW;
		step(page, &x, sum, &parts[i], y);
		sum += parts[i].value;
	}
	draw_line(page, at(&x, sum), y + ROW - 12.0, at(&x, sum), y + ROW + 4.0, "axis");
	mark(page, &x, sum, y + ROW, "forecast");
	draw_end(page);
}
