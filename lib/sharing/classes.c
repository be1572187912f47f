/* What a group of rows shows of a sensitive column: l-diversity (Machanavajjhala et al., 2006),
 * alpha (Wong et al., 2006), beta-likeness (Cao and Karras, 2012), t-closeness (Li, Li and
 * Venkatasubramanian, 2007), in counts.
 *
 * Rows are sorted by (group, value) once, so that a group is a run of (value, count). The distance
 * of numbers is a sum over all m values of the table, of which a group has few: between two of them
 * the group's prefix sum stands still and the table's grows, so that the sum of the absolute
 * differences needs a bisection and sums of prefix sums, not a step a value.
 *
 * With N <= 2^31 rows, |prefix difference| x rows x N < 2^62 and m of them < 2^93: 128 bits hold
 * all. O(rows log rows) in all. */
#include "sharing/classes.h"

#include <string.h>

#include "base/error.h"
#include "base/radix.h"

void cstn__sensitive_free(cstn__sensitive *s)
{
	cstn__free(&s->allocator, s->totals, cstn__array_size(s->m, sizeof(*s->totals)));
	cstn__free(&s->allocator, s->before, cstn__array_size(s->m + 1, sizeof(*s->before)));
	cstn__free(&s->allocator, s->before_before,
			cstn__array_size(s->m + 1, sizeof(*s->before_before)));
	memset(s, 0, sizeof(*s));
}

cstn_status cstn__sensitive_init(cstn__sensitive *out, const cstn__coded *column, int categorical,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__sensitive s = {0};
	size_t i, nulls = 0;

	for (i = 0; i < column->codes.count; i++)
		nulls += column->codes.items[i] == CSTN__CODE_NULL;
	s.allocator = *allocator;
	s.column = column;
	s.rows = column->codes.count;
	s.m = cstn__coded_count(column) + (nulls != 0);
	s.numeric = !categorical && column->type != CSTN_TYPE_TEXT &&
		    column->type != CSTN_TYPE_FLAG;
	s.unit = s.numeric ? (cstn__u128)s.rows * (s.m > 1 ? s.m - 1 : 1) : s.rows;
	s.totals = cstn__alloc_zero(allocator, cstn__array_size(s.m, sizeof(*s.totals)));
	s.before = cstn__alloc_zero(allocator, cstn__array_size(s.m + 1, sizeof(*s.before)));
	s.before_before = cstn__alloc_zero(
			allocator, cstn__array_size(s.m + 1, sizeof(*s.before_before)));
	if (!s.totals || !s.before || !s.before_before) {
		cstn__sensitive_free(&s);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < s.rows; i++)
		s.totals[cstn__sensitive_code(&s, column->codes.items[i])]++;
	for (i = 0; i < s.m; i++) {
		s.before[i + 1] = s.before[i] + s.totals[i];
		s.before_before[i + 1] = s.before_before[i] + s.before[i + 1];
	}
	*out = s;
	return CSTN_OK;
}

/* Values `from` up to before `to`, where the group has no new value and `count` rows before them:
 * the sum of |count N - prefix n| over the prefixes that end with each. */
static cstn__u128 gap(const cstn__sensitive *s, int64_t n, int64_t count, size_t from, size_t to)
{
	cstn__i128 level = (cstn__i128)count * (int64_t)s->rows, under, over;
	size_t low = from, high = to;

	while (low < high) { /* the first prefix that is above the level */
		size_t middle = low + (high - low) / 2;

		if (s->before[middle + 1] * n > level)
			high = middle;
		else
			low = middle + 1;
	}
	under = level * (cstn__i128)(low - from) -
		(s->before_before[low] - s->before_before[from]) * n;
	over = (s->before_before[to] - s->before_before[low]) * n - level * (cstn__i128)(to - low);
	return (cstn__u128)(under + over);
}

/* One value of a class more: `count` of its rows have it. */
static void add_value(cstn__class *c, const cstn__sensitive *s, size_t value, int64_t count)
{
	int64_t of = s->totals[value];
	cstn__i128 over = (cstn__i128)count * (int64_t)s->rows - (cstn__i128)of * c->rows;

	c->distinct++;
	if (count > c->most)
		c->most = count;
	if (!c->high_of || cstn__wide_multiply(count, c->high_of) >
					   cstn__wide_multiply(c->high_count, of)) {
		c->high_count = count;
		c->high_of = of;
	}
	if (!c->low_of || cstn__wide_multiply(count, c->low_of) <
					  cstn__wide_multiply(c->low_count, of)) {
		c->low_count = count;
		c->low_of = of;
	}
	if (!s->numeric && over > 0)
		c->distance += (cstn__u128)over;
}

/* The class of the sorted rows [begin, end). */
static void read_class(cstn__class *c, const cstn__sensitive *s, const uint64_t *begin,
		const uint64_t *end)
{
	int64_t seen = 0;
	size_t next = 0; /* the first value whose prefix is not in the distance yet */

	while (begin < end) {
		size_t value = (uint32_t)*begin;
		const uint64_t *from = begin;

		while (begin < end && *begin == *from)
			begin++;
		add_value(c, s, value, begin - from);
		if (s->numeric)
			c->distance += gap(s, c->rows, seen, next, value);
		seen += begin - from;
		next = value;
	}
	/* the last prefixes are equal: all rows are before them */
	if (s->numeric)
		c->distance += gap(s, c->rows, seen, next, s->m);
}

cstn_status cstn__classes_of(const cstn__groups *groups, const cstn__sensitive *sensitive,
		cstn__class *out, cstn_error **error)
{
	size_t rows = groups->rows, size = cstn__array_size(rows, 2 * sizeof(uint64_t)), i;
	uint64_t *keys = NULL, *at;

	for (i = 0; i < groups->n; i++)
		out[i] = (cstn__class){.rows = groups->counts[i]};
	if (!sensitive)
		return CSTN_OK;
	keys = cstn__alloc(&groups->allocator, size);
	if (!keys)
		return cstn__fail_nomem(error);
	for (i = 0; i < rows; i++)
		keys[i] = (uint64_t)groups->of[i] << 32 |
			  cstn__sensitive_code(sensitive, sensitive->column->codes.items[i]);
	cstn__radix_sort(keys, keys + rows, rows);
	for (i = 0, at = keys; i < groups->n; at += out[i++].rows)
		read_class(&out[i], sensitive, at, at + out[i].rows);
	cstn__free(&groups->allocator, keys, size);
	return CSTN_OK;
}

int cstn__class_is_close(const cstn__class *c, const cstn__sensitive *s, int32_t t_ppm)
{
	/* distance < 2^93 and 10^6 < 2^20; rows unit < 2^93 */
	return t_ppm == 0 ||
	       c->distance * 1000000u <= (cstn__u128)c->rows * s->unit * (uint32_t)t_ppm;
}

double cstn__class_distance(const cstn__class *c, const cstn__sensitive *s)
{
	return (double)c->distance / (double)((cstn__u128)c->rows * s->unit);
}
