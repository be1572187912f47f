#include "report_chapter.h"

#include "report_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Months and groups with fewer units than this are drawn as rings: too few to rely on. */
#define FEW_UNITS 30
/* A chart of more groups than this is not read any more. */
#define MOST_ROWS 25

static const uint32_t components[4] = {CSTN_COMPONENT_ON_TIME, CSTN_COMPONENT_IN_FULL,
		CSTN_COMPONENT_DOCUMENTS, CSTN_COMPONENT_CONDITION};
static const char *const component_names[4] = {"on time", "in full", "documents", "condition"};

static cstn_rate rate_of(const cstn_perfect_order_result *result, size_t group)
{
	cstn_rate rate = CSTN_RATE_INIT;

	/* It fails for a group that does not exist, which leaves "no rate". */
	if (cstn_perfect_order_result_rate(result, group, &rate, NULL) != CSTN_OK)
		rate.valid = 0;
	return rate;
}

/* Is component number `index` judged by the policy? */
static int is_judged(const cstn_perfect_order_result *result, int index)
{
	cstn_rate rate = CSTN_RATE_INIT;

	return cstn_perfect_order_result_component(result, CSTN_GROUP_TOTAL, components[index],
			       &rate, NULL) == CSTN_OK &&
	       (rate.valid & CSTN_RATE_HAS_VALUE);
}

const char *chapter_note(const cstn_perfect_order_result *result, char buffer[NOTE_SIZE])
{
	cstn_rate rate = rate_of(result, CSTN_GROUP_TOTAL);
	char as_of[40], n[NUMBER_SIZE];

	(void)cstn_time_format(cstn_perfect_order_result_as_of_us(result), as_of, sizeof(as_of));
	(void)snprintf(buffer, NOTE_SIZE, "policy %.16s, as of %s, n = %s",
			cstn_service_policy_digest_text(cstn_perfect_order_result_policy(result)),
			as_of, format_count(rate.denominator, n));
	return buffer;
}

void chapter_begin(struct page *page, const char *id, const char *title)
{
	page_put(page, "<section id=\"%s\"><h2>", id);
	page_text(page, title);
	page_put(page, "</h2>\n");
}

void chapter_end(struct page *page)
{
	page_put(page, "</section>\n");
}

static void card(struct page *page, const char *kind, const char *value, const char *what)
{
	page_put(page, "<div class=\"%s\"><b>", kind);
	page_text(page, value);
	page_put(page, "</b><span>");
	page_text(page, what);
	page_put(page, "</span></div>\n");
}

void chapter_headline(struct page *page, const struct answer *answer, const char *what)
{
	const cstn_perfect_order_result *result = answer->result;
	const cstn_service_policy *policy = cstn_perfect_order_result_policy(result);
	cstn_rate rate = rate_of(result, CSTN_GROUP_TOTAL);
	char value[NUMBER_SIZE], low[NUMBER_SIZE], high[NUMBER_SIZE], text[160], as_of[40];

	page_put(page, "<div class=\"cards\">");
	card(page, "main",
			format_percent((rate.valid & CSTN_RATE_HAS_VALUE) ? rate.value
									  : (double)NAN,
					value),
			what);
	if (rate.valid & CSTN_RATE_HAS_INTERVAL) {
		(void)snprintf(text, sizeof(text), "%s to %s", format_percent(rate.low, low),
				format_percent(rate.high, high));
		card(page, "", text, "Wilson interval");
	}
	(void)snprintf(text, sizeof(text), "%s of %s", format_count(rate.numerator, low),
			format_count(rate.denominator, high));
	card(page, "", text, "perfect of counted");
	card(page, "",
			format_count(cstn_perfect_order_result_excluded(
						     result, CSTN_GROUP_TOTAL, CSTN_REASON_NONE),
					value),
			"left out, each with a reason");
	(void)snprintf(text, sizeof(text), "%s / %s",
			format_count(cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL),
					low),
			format_count(cstn_perfect_order_result_provisional(
						     result, CSTN_GROUP_TOTAL),
					high));
	card(page, "", text, "pending / provisional");
	(void)cstn_time_format(cstn_perfect_order_result_as_of_us(result), as_of, sizeof(as_of));
	page_put(page,
			"</div><p class=\"soft\">Policy <code>%s</code>, as of %s. %s rows read, "
			"%s left out by the CSV reader, %s bad order lines.</p>\n",
			cstn_service_policy_digest_text(policy), as_of,
			format_count((int64_t)answer->rows, value),
			format_count((int64_t)answer->rejected, low),
			format_count((int64_t)answer->bad, high));
	page_put(page, "<details><summary>The policy in full</summary><pre><code>");
	page_text(page, cstn_service_policy_format(policy, NULL));
	page_put(page, "</code></pre></details>\n");
}

/* "own_office" as "own office" */
static void spaced(char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '_')
			*text = ' ';
}

/* "left out: no promise" */
static void reason_text(int32_t reason, char *out, size_t size)
{
	(void)snprintf(out, size, "left out: %s", cstn_reason_name(reason));
	spaced(out);
}

void chapter_units(struct page *page, const cstn_perfect_order_result *result, const char *units)
{
	struct chart_part parts[3 + CSTN_REASON_COUNT];
	cstn_rate rate = rate_of(result, CSTN_GROUP_TOTAL);
	static const char *const greys[5] = {"out1", "out2", "out3", "out4", "out5"};
	char title[120], note[NOTE_SIZE];
	size_t n = 0, left_out = 0;

	memset(parts, 0, sizeof(parts));
	parts[n] = (struct chart_part){"perfect", rate.numerator, "good"};
	n += rate.numerator > 0;
	parts[n] = (struct chart_part){"failed", rate.denominator - rate.numerator, "bad"};
	n += rate.denominator > rate.numerator;
	parts[n] = (struct chart_part){"pending: not due yet",
			cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL), "wait"};
	n += parts[n].units > 0;
	for (int32_t reason = 1; reason < CSTN_REASON_COUNT; reason++) {
		reason_text(reason, parts[n].label, sizeof(parts[n].label));
		parts[n].units = cstn_perfect_order_result_excluded(
				result, CSTN_GROUP_TOTAL, reason);
		parts[n].colour = greys[left_out % 5];
		left_out += parts[n].units > 0;
		n += parts[n].units > 0;
	}
	(void)snprintf(title, sizeof(title), "Where all %s are", units);
	chart_stack(page, title, chapter_note(result, note), parts, n);
}

/* --- losses and levers ------------------------------------------------------------------------ */

static void copy_label(char out[80], const char *text, size_t length)
{
	(void)snprintf(out, 80, "%.*s", (int)(length > 79 ? 79 : length), text);
}

/* The bars of one component: itself, then its causes, the most frequent first. */
static size_t component_bars(const struct table *losses, int64_t row, const struct table *causes,
		struct chart_bar *bars, size_t room)
{
	size_t n = 1, length, name_length;
	const char *name = table_text(losses, row, table_column(losses, "component"), &name_length);
	int64_t failures = table_integer(losses, row, table_column(losses, "failures"));
	int64_t only = table_integer(losses, row, table_column(losses, "only_failures"));
	int64_t twelfths = table_integer(losses, row, table_column(losses, "shared_twelfths"));
	char count[NUMBER_SIZE], other[NUMBER_SIZE];

	for (int i = 0; i < 4; i++)
		if (name_length == 1 && *name == "TFDC"[i])
			copy_label(bars[0].label, component_names[i], strlen(component_names[i]));
	(void)snprintf(bars[0].text, sizeof(bars[0].text), "%s, alone %s, share %.1f",
			format_count(failures, count), format_count(only, other),
			(double)twelfths / 12.0);
	bars[0].value = (double)failures;
	bars[0].part = (double)only;
	bars[0].depth = 1;
	for (int64_t i = 0; i < causes->n_rows && n < room; i++) {
		const char *cause, *owner;
		size_t owner_length;

		cause = table_text(causes, i, table_column(causes, "component"), &length);
		if (length != name_length || memcmp(cause, name, length) != 0)
			continue;
		cause = table_text(causes, i, table_column(causes, "cause"), &length);
		owner = table_text(causes, i, table_column(causes, "owner"), &owner_length);
		copy_label(bars[n].label, cause, length);
		bars[n].value = (double)table_integer(causes, i, table_column(causes, "failures"));
		bars[n].part = 0;
		bars[n].depth = 2;
		(void)snprintf(bars[n].text, sizeof(bars[n].text), "%s, owner %.*s",
				format_count((int64_t)bars[n].value, count), (int)owner_length,
				owner);
		spaced(bars[n].text);
		n++;
	}
	/* Where nobody gave a cause, a bar that says so says nothing. */
	if (n == 2 && strcmp(bars[1].label, "unknown") == 0)
		n = 1;
	return n;
}

static void loss_chart(struct page *page, const cstn_perfect_order_result *result,
		const char *units, const struct table *losses, const struct table *causes)
{
	struct chart_bar bars[40];
	cstn_rate rate = rate_of(result, CSTN_GROUP_TOTAL);
	char title[120], note[NOTE_SIZE], count[NUMBER_SIZE];
	size_t n = 1;

	memset(bars, 0, sizeof(bars));
	(void)snprintf(bars[0].label, sizeof(bars[0].label), "all lost %s", units);
	(void)snprintf(bars[0].text, sizeof(bars[0].text), "%s",
			format_count(rate.denominator - rate.numerator, count));
	bars[0].value = (double)(rate.denominator - rate.numerator);
	for (int64_t row = 0; row < losses->n_rows && n < 40; row++)
		n += component_bars(losses, row, causes, &bars[n], 40 - n);
	(void)snprintf(title, sizeof(title), "Loss tree: what lost %s", units);
	chart_bars(page, title, chapter_note(result, note), bars, n);
	page_put(page, "<p class=\"soft\">Dark: failed this alone, so mending this alone would "
		       "have "
		       "saved them. Share: each lost unit split evenly over what it failed; shares "
		       "add up to the lost units. Causes add up to the failures of their "
		       "component; \"unknown\" is what nobody explained.</p>\n");
}

static void pattern_table(struct page *page, const cstn_perfect_order_result *result)
{
	cstn_rate rate = rate_of(result, CSTN_GROUP_TOTAL);

	page_table_begin(page,
			"Every pattern of failures: T on time, F in full, D documents, "
			"C condition",
			"pattern|units|share", 1, 1);
	for (uint32_t pattern = 0; pattern < 16; pattern++) {
		int64_t units = cstn_perfect_order_result_pattern(
				result, CSTN_GROUP_TOTAL, pattern);

		if (units <= 0)
			continue;
		page_row_begin(page);
		page_cell(page, cstn_pattern_name(pattern));
		page_cell_count(page, units);
		page_cell_percent(page, (double)units / (double)rate.denominator);
		page_row_end(page);
	}
	page_table_end(page);
}

/* A result without dimensions is needed for causes: a table has a row for each group. */
cstn_status chapter_losses(struct page *page, const cstn_perfect_order_result *result,
		const char *units, cstn_error **error)
{
	struct ArrowArrayStream stream;
	struct table losses, causes;
	cstn_status status;

	memset(&losses, 0, sizeof(losses));
	memset(&causes, 0, sizeof(causes));
	status = cstn_perfect_order_result_export(result, CSTN_TABLE_LOSSES, &stream, error);
	if (status == CSTN_OK)
		status = table_read(&stream, &losses);
	if (status == CSTN_OK)
		status = cstn_perfect_order_result_export(
				result, CSTN_TABLE_CAUSES, &stream, error);
	if (status == CSTN_OK)
		status = table_read(&stream, &causes);
	if (status == CSTN_OK) {
		loss_chart(page, result, units, &losses, &causes);
		pattern_table(page, result);
	}
	table_free(&causes);
	table_free(&losses);
	return status;
}

static int by_gain(const void *a, const void *b)
{
	const struct chart_rate *first = a, *second = b;

	if (first->rate.numerator != second->rate.numerator)
		return first->rate.numerator < second->rate.numerator ? 1 : -1;
	return strcmp(first->label, second->label);
}

void chapter_levers(struct page *page, const cstn_perfect_order_result *result)
{
	struct chart_rate rows[16];
	cstn_rate base = rate_of(result, CSTN_GROUP_TOTAL);
	char note[NOTE_SIZE];
	size_t n = 0;

	memset(rows, 0, sizeof(rows));
	for (uint32_t set = 1; set < 15; set++) {
		size_t length = 0;
		int judged = 1, size = 0;

		for (int i = 0; i < 4; i++) {
			if (!(set & components[i]))
				continue;
			judged = judged && is_judged(result, i);
			length += (size_t)snprintf(rows[n].label + length,
					sizeof(rows[n].label) - length, "%s%s",
					size > 0 ? " + " : "", component_names[i]);
			size++;
		}
		rows[n].rate = (cstn_rate)CSTN_RATE_INIT;
		if (!judged || size > 2 ||
				cstn_perfect_order_result_lever(result, CSTN_GROUP_TOTAL, set,
						&rows[n].rate, NULL) != CSTN_OK)
			continue;
		n++;
	}
	qsort(rows, n, sizeof(rows[0]), by_gain);
	chart_gains(page, "Levers: the rate if these had never failed", chapter_note(result, note),
			rows, n, base.value);
}

/* --- months and groups ------------------------------------------------------------------------ */

static void rate_row(struct page *page, const char *name, const cstn_rate *rate, int64_t pending,
		int64_t excluded)
{
	page_row_begin(page);
	page_cell(page, name);
	page_cell_count(page, rate->numerator);
	page_cell_count(page, rate->denominator);
	page_cell_rate(page, rate);
	page_cell_interval(page, rate);
	page_cell_count(page, pending);
	page_cell_count(page, excluded);
	page_row_end(page);
}

/* Every group of a result by one dimension, as a table. */
static void group_table(struct page *page, const cstn_perfect_order_result *result,
		const char *caption, const char *dimension)
{
	char headings[160];

	(void)snprintf(headings, sizeof(headings),
			"%s|perfect|counted|rate|Wilson interval|pending|left out", dimension);
	page_table_begin(page, caption, headings, 1, 1);
	for (size_t i = 0; i < cstn_perfect_order_result_count(result); i++) {
		const char *key = cstn_perfect_order_result_key(result, i, 0);
		cstn_rate rate = rate_of(result, i);

		rate_row(page, key == NULL ? "(none)" : key, &rate,
				cstn_perfect_order_result_pending(result, i),
				cstn_perfect_order_result_excluded(result, i, CSTN_REASON_NONE));
	}
	page_table_end(page);
}

cstn_status chapter_months(
		struct page *page, const cstn_perfect_order_result *result, const char *title)
{
	size_t count = cstn_perfect_order_result_count(result), n = 0;
	struct chart_rate *months = calloc(count + 1, sizeof(*months));
	char note[NOTE_SIZE];

	if (months == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *key = cstn_perfect_order_result_key(result, i, 0);

		months[n].rate = rate_of(result, i);
		if (key == NULL || key[0] == '(' || months[n].rate.denominator == 0)
			continue;
		copy_label(months[n].label, key, strlen(key));
		months[n].hollow = months[n].rate.denominator < FEW_UNITS;
		months[n].other = (double)NAN;
		n++;
	}
	chart_months(page, title, chapter_note(result, note), months, n);
	page_put(page, "<p class=\"soft\">The band is the Wilson interval; grey columns count the "
		       "units; rings have fewer than 30 units and may lie outside the scale.</p>");
	group_table(page, result, "The months in figures", "month");
	free(months);
	return CSTN_OK;
}

static void read_group(
		const struct table *table, int64_t row, int64_t min_units, struct chart_rate *out)
{
	size_t length;
	const char *name = table_text(table, row, 0, &length);
	int64_t like_best = table_column(table, "like_best");

	copy_label(out->label, length > 0 ? name : "(none)", length > 0 ? length : 6);
	out->rate = (cstn_rate)CSTN_RATE_INIT;
	out->rate.numerator = table_integer(table, row, table_column(table, "numerator"));
	out->rate.denominator = table_integer(table, row, table_column(table, "denominator"));
	out->rate.value = table_double(table, row, table_column(table, "rate"));
	out->rate.low = table_double(table, row, table_column(table, "low"));
	out->rate.high = table_double(table, row, table_column(table, "high"));
	if (!isnan(out->rate.value))
		out->rate.valid |= CSTN_RATE_HAS_VALUE;
	if (!isnan(out->rate.low))
		out->rate.valid |= CSTN_RATE_HAS_INTERVAL;
	out->hollow = out->rate.denominator < min_units ||
		      table_integer(table, row, like_best) == 0;
	out->other = (double)NAN;
}

static cstn_status forest(struct page *page, const cstn_perfect_order_result *result,
		const struct table *table, const char *title, int64_t min_units)
{
	struct chart_rate *rows = calloc((size_t)table->n_rows + 1, sizeof(*rows));
	cstn_rate total = rate_of(result, CSTN_GROUP_TOTAL);
	char note[NOTE_SIZE], few[NUMBER_SIZE];
	size_t n = 0, left_out = 0;

	if (rows == NULL)
		return CSTN_E_NOMEM;
	for (int64_t i = 0; i < table->n_rows; i++) {
		read_group(table, i, min_units, &rows[n]);
		if (rows[n].rate.denominator < min_units || n == MOST_ROWS)
			left_out++;
		else
			n++;
	}
	chart_forest(page, title, chapter_note(result, note), rows, n, total.value);
	page_put(page, "<p class=\"soft\">Ordered by the lower end of the interval. Green: cannot "
		       "be "
		       "told from the best (Newcombe, Holm); grey: can. Dashed: all together.");
	if (left_out > 0)
		page_put(page,
				" %zu more, with fewer than %s units or beyond the first %d, are "
				"in "
				"the table.",
				left_out, format_count(min_units, few), MOST_ROWS);
	page_put(page, "</p>\n");
	free(rows);
	return CSTN_OK;
}

cstn_status chapter_groups(struct page *page, const cstn_perfect_order_result *result,
		const char *title, const char *dimension, int64_t min_units, cstn_error **error)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct table table;
	char caption[120];
	cstn_status status;

	options.order = CSTN_ORDER_LOWER_LIMIT;
	options.min_units = min_units;
	status = cstn_perfect_order_compare(result, &options, &stream, error);
	if (status != CSTN_OK)
		return status;
	status = table_read(&stream, &table);
	if (status != CSTN_OK)
		return status;
	status = forest(page, result, &table, title, min_units);
	if (status == CSTN_OK) {
		(void)snprintf(caption, sizeof(caption), "Every %s in figures", dimension);
		group_table(page, result, caption, dimension);
	}
	table_free(&table);
	return status;
}
