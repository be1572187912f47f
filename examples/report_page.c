#include "report_page.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
		":root{color-scheme:light "
		"dark;--ink:#1b2733;--soft:#5b6b7b;--line:#d5dde5;--page:#f4f6f8;"
		"--card:#fff;--good:#1f7a5c;--band:#bfe0d3;--bad:#c4512d;--pale:#efc4b4;--wait:#"
		"d3a625;"
		"--out:#9aa7b4;--blue:#2f6db3}"
		"@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9fb0c0;--line:#"
		"33414f;"
		"--page:#10171e;--card:#18212b;--good:#4fc79b;--band:#214d41;--bad:#ef8662;--pale:#"
		"5e3527;"
		"--wait:#e0bb4c;--out:#66788a;--blue:#78aee8}}"
		"*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);"
		"font:16px/1.5 system-ui,'Segoe UI','DejaVu Sans',sans-serif}"
		"main,header{max-width:1100px;margin:0 auto;padding:0 20px}header{padding-top:32px}"
		"h1{font-size:30px;margin:0 0 4px;line-height:1.2}h2{font-size:23px;margin:0 0 8px}"
		"h3{font-size:17px;margin:28px 0 6px}p{margin:8px 0;max-width:78ch}"
		"section{background:var(--card);border:1px solid var(--line);border-radius:10px;"
		"padding:24px 28px;margin:22px 0}nav a{margin-right:18px}a{color:var(--blue)}"
		".soft,figcaption small,caption small{color:var(--soft)}"
		"code{font:13px/1.4 ui-monospace,'DejaVu Sans "
		"Mono',monospace;overflow-wrap:anywhere}"
		".cards{display:flex;flex-wrap:wrap;gap:12px;margin:14px 0}"
		".cards div{flex:1 1 170px;border:1px solid "
		"var(--line);border-radius:8px;padding:10px 14px}"
		".cards b{display:block;font-size:20px;line-height:1.25}"
		".cards .main{border:2px solid var(--good)}.cards "
		"span{font-size:13px;color:var(--soft)}"
		".note{border-left:4px solid var(--wait);padding:6px 14px;margin:14px 0}"
		"table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:"
		"tabular-nums}"
		"caption{text-align:left;font-weight:600;padding:6px 0}"
		"th,td{text-align:left;padding:5px 10px 5px 0;border-bottom:1px solid var(--line);"
		"vertical-align:top}th{color:var(--soft);font-weight:600}td.n,th.n{text-align:"
		"right;"
		"white-space:nowrap}.wide{overflow-x:auto;margin:12px 0}details{margin:12px 0}"
		"summary{cursor:pointer;font-weight:600;font-size:14px}"
		"figure{margin:20px 0;overflow-x:auto}figcaption{font-weight:600;margin-bottom:4px}"
		"figcaption small{display:block;font-weight:400;font-size:13px}"
		"svg{display:block;width:100%;min-width:640px;max-width:1000px;height:auto;"
		"font:13px system-ui,'Segoe UI','DejaVu Sans',sans-serif}svg text{fill:var(--ink)}"
		"svg .soft{fill:var(--soft)}svg .axis{stroke:var(--line);stroke-width:1}"
		"svg .good{fill:var(--good)}svg .bad{fill:var(--bad)}svg .pale{fill:var(--pale)}"
		"svg .band{fill:var(--band)}svg .wait{fill:var(--wait)}svg .out1{fill:#7f8fa0}svg "
		".out2{fill:#a9b6c3}svg .out3{fill:#6b5b95}"
		"svg .out4{fill:#5f9ea0}svg .out5{fill:#b08968}svg .out{fill:var(--out)}"
		"svg .blue{fill:var(--blue)}svg .none{fill:var(--line)}svg "
		".hollow{fill:var(--card)}"
		"svg .sgood{stroke:var(--good);stroke-width:2;fill:none}"
		"svg .sout{stroke:var(--out);stroke-width:2;fill:none}"
		"svg .sblue{stroke:var(--blue);stroke-width:2}"
		"svg .dash{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}"
		"@media print{section{break-inside:avoid-page}}";

int page_open(struct page *page, const char *path, const char *title, const char *lead)
{
	page->charts = 0;
	page->folded = 0;
	page->file = fopen(path, "w");
	if (page->file == NULL)
		return -1;
	page_put(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" "
		       "content=\"width=device-width,initial-scale=1\"><title>");
	page_text(page, title);
	page_put(page, "</title><style>%s</style></head>\n<body><header><h1>", style);
	page_text(page, title);
	page_put(page, "</h1><p class=\"soft\">");
	page_text(page, lead);
	page_put(page, "</p></header><main>\n");
	return 0;
}

int page_close(struct page *page)
{
	int broken;

	page_put(page, "</main></body></html>\n");
	broken = ferror(page->file);
	if (fclose(page->file) != 0)
		broken = 1;
	page->file = NULL;
	return broken ? -1 : 0;
}

void page_put(struct page *page, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vfprintf(page->file, format, arguments);
	va_end(arguments);
}

void page_text(struct page *page, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			(void)fputs("&amp;", page->file);
		else if (*text == '<')
			(void)fputs("&lt;", page->file);
		else if (*text == '>')
			(void)fputs("&gt;", page->file);
		else if (*text == '"')
			(void)fputs("&quot;", page->file);
		else
			(void)fputc(*text, page->file);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

void page_table_begin(struct page *page, const char *caption, const char *headings,
		int numbers_from, int folded)
{
	int column = 0;

	page->folded = folded;
	if (folded) {
		page_put(page, "<details><summary>");
		page_text(page, caption);
		page_put(page, "</summary>");
	}
	page_put(page, "<div class=\"wide\"><table>");
	if (!folded) {
		page_put(page, "<caption>");
		page_text(page, caption);
		page_put(page, "</caption>");
	}
	page_put(page, "<thead><tr>");
	while (*headings != '\0') {
		size_t length = strcspn(headings, "|");

		page_put(page, "<th%s>%.*s</th>", column >= numbers_from ? " class=\"n\"" : "",
				(int)length, headings);
		headings += length + (headings[length] == '|');
		column++;
	}
	page_put(page, "</tr></thead><tbody>\n");
}

void page_row_begin(struct page *page)
{
	page_put(page, "<tr>");
}

void page_cell(struct page *page, const char *text)
{
	page_put(page, "<td>");
	page_text(page, text);
	page_put(page, "</td>");
}

void page_cell_count(struct page *page, int64_t count)
{
	char buffer[NUMBER_SIZE];

	page_put(page, "<td class=\"n\">%s</td>", format_count(count, buffer));
}

void page_cell_percent(struct page *page, double value)
{
	char buffer[NUMBER_SIZE];

	page_put(page, "<td class=\"n\">%s</td>", format_percent(value, buffer));
}

void page_cell_rate(struct page *page, const cstn_rate *rate)
{
	page_cell_percent(page, (rate->valid & CSTN_RATE_HAS_VALUE) ? rate->value : (double)NAN);
}

void page_cell_interval(struct page *page, const cstn_rate *rate)
{
	char low[NUMBER_SIZE], high[NUMBER_SIZE];

	if (rate->valid & CSTN_RATE_HAS_INTERVAL)
		page_put(page, "<td class=\"n\">%s to %s</td>", format_percent(rate->low, low),
				format_percent(rate->high, high));
	else
		page_put(page, "<td class=\"n\"></td>");
}

void page_row_end(struct page *page)
{
	page_put(page, "</tr>\n");
}

void page_table_end(struct page *page)
{
	page_put(page, "</tbody></table></div>%s\n", page->folded ? "</details>" : "");
}

/* --- numbers ---------------------------------------------------------------------------------- */

const char *format_count(int64_t count, char buffer[NUMBER_SIZE])
{
	char digits[NUMBER_SIZE];
	int length = snprintf(digits, sizeof(digits), "%lld", (long long)count);
	size_t at = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && digits[i - 1] != '-' && (length - i) % 3 == 0)
			buffer[at++] = ',';
		buffer[at++] = digits[i];
	}
	buffer[at] = '\0';
	return buffer;
}

const char *format_percent(double value, char buffer[NUMBER_SIZE])
{
	if (isnan(value))
		(void)snprintf(buffer, NUMBER_SIZE, "no rate");
	else
		(void)snprintf(buffer, NUMBER_SIZE, "%.2f %%", 100.0 * value);
	return buffer;
}
