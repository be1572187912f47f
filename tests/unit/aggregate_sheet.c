/* Sheets of small numbers for tests of cells. */
#include "aggregate_sheet.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"

const char *const sheet_by_a_b[] = {"a", "b"};

static int below(uint64_t seed, uint64_t *at, int most)
{
	return (int)(cstn__random_unit(seed, (*at)++) * most);
}

void sheet_random(uint64_t seed, sheet *s)
{
	uint64_t at = 0;
	size_t len;
	int i;

	s->n = below(seed, &at, SHEET_MOST);
	s->as = 1 + below(seed, &at, 4);
	s->bs = 1 + below(seed, &at, 4);
	s->firms = 2 + below(seed, &at, 5);
	len = (size_t)snprintf(s->text, SHEET_TEXT, "a,b,firm,pay,ill,id\n");
	for (i = 0; i < s->n; i++) {
		s->a[i] = below(seed, &at, s->as);
		s->b[i] = below(seed, &at, s->bs);
		s->firm[i] = below(seed, &at, s->firms);
		s->ill[i] = below(seed, &at, 4);
		s->pay[i] = below(seed, &at, 60) - 20;
		len += (size_t)snprintf(s->text + len, SHEET_TEXT - len,
				"a%d,b%d,f%d,%lld,i%d,%d\n", s->a[i], s->b[i], s->firm[i],
				(long long)s->pay[i], s->ill[i], i + 3);
	}
	ck_assert_uint_lt(len, SHEET_TEXT);
}

cstn_aggregate_options sheet_usual(void)
{
	static const cstn_aggregate_measure measures[] = {
			{"pay", CSTN_AGGREGATE_SUM, 0}, {"pay", CSTN_AGGREGATE_COUNT, 0}};
	cstn_aggregate_options o = CSTN_AGGREGATE_OPTIONS_INIT;

	o.by = sheet_by_a_b;
	o.n_by = 2;
	o.measures = measures;
	o.n_measures = 2;
	o.company = "firm";
	return o;
}

cstn_aggregate_options sheet_rules(uint64_t seed)
{
	cstn_aggregate_options o = sheet_usual();
	uint64_t at = 1000;

	o.sensitive = "ill";
	o.k = 1 + below(seed, &at, 6);
	o.l = 1 + below(seed, &at, 3);
	o.t_ppm = below(seed, &at, 2) ? 200000 + below(seed, &at, 300000) : 0;
	o.companies = 1 + below(seed, &at, 4);
	o.share_permille = 300 + below(seed, &at, 700);
	if (below(seed, &at, 2)) {
		o.recipient = "f1";
		o.recipient_len = 2;
	}
	return o;
}

int sheet_is_in(const sheet *s, int row, int a, int b)
{
	return (a < 0 || s->a[row] == a) && (b < 0 || s->b[row] == b);
}

size_t sheet_put_rows(char *text, size_t at, const char *cell, int n, int firms, int pay, int *id)
{
	int i;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, SHEET_TEXT - at, "%s,f%d,%d,i0,%d\n", cell,
				i % firms, pay, (*id)++);
	ck_assert_uint_lt(at, SHEET_TEXT);
	return at;
}

const char *sheet_small(void)
{
	static char text[SHEET_TEXT];
	size_t at = (size_t)snprintf(text, SHEET_TEXT, "a,b,firm,pay,ill,id\n");
	int id = 0;

	at = sheet_put_rows(text, at, "n,x", 6, 3, 2, &id);
	at = sheet_put_rows(text, at, "n,y", 9, 3, 1, &id);
	at = sheet_put_rows(text, at, "n,z", 12, 4, 1, &id);
	at = sheet_put_rows(text, at, "s,x", 3, 3, 5, &id);
	at = sheet_put_rows(text, at, "s,y", 7, 2, 5, &id);
	sheet_put_rows(text, at, "s,z", 8, 4, -5, &id);
	return text;
}

cstn_status sheet_aggregated(const char *rows_text, const cstn_aggregate_options *o,
		cstn_difference_guard *guard, char *cells_text, char *refused_text,
		cstn_error **error)
{
	struct ArrowArrayStream rows, cells, refused;
	cstn_buffer *text;
	cstn_status status;

	csv_rows(&rows, SHEET_SCHEMA, rows_text);
	status = cstn_aggregate(
			&rows, o, guard, &cells, refused_text ? &refused : NULL, NULL, error);
	ck_assert_ptr_null(rows.release);
	if (status != CSTN_OK)
		return status;
	snprintf(cells_text, SHEET_TEXT, "%s", csv_text(&cells, &text));
	cstn_buffer_free(text);
	if (refused_text) {
		snprintf(refused_text, SHEET_TEXT, "%s", csv_text(&refused, &text));
		cstn_buffer_free(text);
	}
	return status;
}
