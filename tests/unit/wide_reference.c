#include "wide_reference.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/hash.h"

#define MOST_GROUPS 20000
#define MOST_CAUSES 20000

static int64_t basis_time(
		const wide_reference *ref, const wide_row *row, int32_t basis, int *promise)
{
	int64_t us;

	if (basis == CSTN__BASIS_PERIOD)
		basis = ref->judge.rules->period_basis;
	*promise = basis == CSTN__BASIS_DUE;
	us = basis == CSTN__BASIS_DUE       ? row->verdict.promise_us
	     : basis == CSTN__BASIS_ORDERED ? row->facts.ordered_us
	     : basis == CSTN__BASIS_SHIPPED ? row->facts.shipped_us
					    : row->facts.delivered_us;
	/* what had not happened by the as-of time is not known */
	return !*promise && us > ref->judge.as_of_us ? CSTN_TIME_NULL : us;
}

static void set_key(const wide_reference *ref, wide_row *row, size_t d, const cstn_zone *ship_to)
{
	const cstn__dimension *dimension = &ref->dimensions[d];
	cstn__key_value *key = &row->keys[d];
	int column = dimension->text[0] == 'p' ? WIDE_PARTNER : WIDE_CARRIER, promise;
	int64_t us;

	memset(key, 0, sizeof(*key));
	key->kind = CSTN__KEY_NULL;
	if (!dimension->period) {
		if (row->line->of[column].null)
			return;
		key->kind = CSTN__KEY_VALUE;
		if (column == WIDE_PARTNER)
			key->number = row->line->of[column].number;
		else
			key->text = row->line->of[column].text;
		return;
	}
	us = row->bad ? CSTN_TIME_NULL : basis_time(ref, row, dimension->basis, &promise);
	if (us == CSTN_TIME_NULL)
		return;
	key->kind = CSTN__KEY_VALUE;
	key->number = cstn__period_of(cstn__judge_day(&ref->judge, us,
						      promise ? row->facts.promised_offset_minutes
							      : row->facts.actual_offset_minutes,
						      ship_to),
			dimension->period);
}

/* Columns that the policy does not look at are not read, so their faults are none. */
static void hide_unread(const wide_reference *ref, wide_row *row)
{
	int zone = ref->judge.rules->zone;

	if (zone != CSTN__ZONE_EVENT && zone != CSTN__ZONE_SHIP_TO)
		row->facts.promised_offset_minutes = row->facts.actual_offset_minutes =
				CSTN_OFFSET_NULL;
	if (zone != CSTN__ZONE_SHIP_TO)
		row->facts.ship_to_zone = NULL;
}

static void judge_row(wide_reference *ref, wide_row *row)
{
	const wide_value *digest = &row->line->of[CSTN__COL_POLICY_DIGEST];
	const cstn_zone *ship_to = NULL;
	cstn__judgement judgement;
	cstn__line_fault fault;
	size_t d;

	row->facts = wide_facts(ref->lines, row->line);
	hide_unread(ref, row);
	row->has_key = ref->lines->has[ref->key_column] && !row->line->of[ref->key_column].null;
	row->key = row->line->of[ref->key_column].number;
	if (row->facts.ship_to_zone) {
		ship_to = cstn__judge_zone(&ref->judge, row->facts.ship_to_zone,
				strlen(row->facts.ship_to_zone));
		row->bad = !ship_to;
	}
	if (ref->lines->has[CSTN__COL_POLICY_DIGEST] && !digest->null && strlen(digest->text) != 64)
		row->bad = 1;
	if (!row->bad && cstn__judge_steps(&ref->judge, &row->facts, ship_to, &judgement, &fault))
		row->bad = 1;
	if (!row->bad)
		row->verdict = judgement.verdict;
	else
		row->verdict.promise_us = CSTN_TIME_NULL;
	row->sub = ref->judge.rules->level == CSTN__LEVEL_SCHEDULE ? row->verdict.promise_us : 0;
	row->dropped = !row->bad && (ref->flags & CSTN_PERFECT_ORDER_PERIOD) &&
		       (row->verdict.period_us == CSTN_TIME_NULL ||
				       row->verdict.period_us < ref->from_us ||
				       row->verdict.period_us >= ref->to_us);
	if (ref->judge.rules->level != CSTN__LEVEL_LINE && !row->has_key)
		row->dropped = 1;
	for (d = 0; d < ref->n_dimensions; d++)
		set_key(ref, row, d, ship_to);
}

static int same_key(const cstn__key_value *a, const cstn__key_value *b)
{
	size_t len = a->text && !b->text ? 0
		     : b->text && b->len ? b->len
		     : b->text           ? strlen(b->text)
					 : 0;

	if (a->kind != b->kind)
		return 0;
	if (a->kind != CSTN__KEY_VALUE)
		return 1;
	if (!a->text || !b->text)
		return !a->text && !b->text && a->number == b->number;
	return strlen(a->text) == len && memcmp(a->text, b->text, len) == 0;
}

static int same_keys(const wide_reference *ref, const cstn__key_value *a, const cstn__key_value *b)
{
	size_t d;

	for (d = 0; d < ref->n_dimensions; d++)
		if (!same_key(&a[d], &b[d]))
			return 0;
	return 1;
}

wide_group *wide_group_of(wide_reference *ref, const cstn__key_value *keys)
{
	size_t i;

	for (i = 0; i < ref->n_groups; i++)
		if (same_keys(ref, ref->groups[i].keys, keys))
			return &ref->groups[i];
	ck_assert_uint_lt(ref->n_groups, MOST_GROUPS);
	memset(&ref->groups[ref->n_groups], 0, sizeof(*ref->groups));
	memcpy(ref->groups[ref->n_groups].keys, keys, sizeof(ref->groups->keys));
	return &ref->groups[ref->n_groups++];
}

/* A unit by the words of the specification, section 4.7. */
typedef struct unit {
	int32_t outcome, reason;
	uint32_t pattern;
	int provisional;
	__extension__ __int128 weight, credit;
	int32_t owner[4];
	const char *cause[4];
	int known[4];
} unit;

static int32_t unit_reason(wide_row *const *rows, size_t n)
{
	int32_t reason = 0, line = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const wide_row *row = rows[i];

		if (row->verdict.outcome != CSTN_OUTCOME_EXCLUDED)
			continue;
		if (!reason || row->facts.line_number < line ||
				(row->facts.line_number == line && row->verdict.reason < reason)) {
			reason = row->verdict.reason;
			line = row->facts.line_number;
		}
	}
	return reason;
}

static int cause_is_before(const wide_row *a, const wide_row *b, int c)
{
	int order;

	if (a->verdict.fail_us[c] != b->verdict.fail_us[c])
		return a->verdict.fail_us[c] < b->verdict.fail_us[c];
	if (a->facts.line_number != b->facts.line_number)
		return a->facts.line_number < b->facts.line_number;
	if (!a->facts.cause[c] != !b->facts.cause[c])
		return a->facts.cause[c] != NULL;
	order = a->facts.cause[c] ? strcmp(a->facts.cause[c], b->facts.cause[c]) : 0;
	return order ? order < 0 : a->facts.owner[c] < b->facts.owner[c];
}

static void unit_causes(const wide_reference *ref, wide_row *const *rows, size_t n, unit *out)
{
	size_t i;
	int c;

	for (c = 0; ref->has_causes && c < 4; c++) {
		const wide_row *first = NULL;

		for (i = 0; i < n; i++)
			if (rows[i]->verdict.outcome == CSTN_OUTCOME_COUNTED &&
					(rows[i]->verdict.pattern >> c & 1) &&
					(!first || cause_is_before(rows[i], first, c)))
				first = rows[i];
		out->known[c] = first && (first->facts.cause[c] || first->facts.owner[c]);
		out->cause[c] = first ? first->facts.cause[c] : NULL;
		out->owner[c] = first ? first->facts.owner[c] : 0;
	}
}

static unit unit_close(const wide_reference *ref, wide_row *const *rows, size_t n)
{
	int bad = 0, pending = 0, kept = 0;
	uint32_t unassessed = 0;
	unit out;
	size_t i;

	memset(&out, 0, sizeof(out));
	for (i = 0; i < n; i++) {
		const cstn__line_verdict *verdict = &rows[i]->verdict;

		bad |= rows[i]->bad;
		if (rows[i]->bad)
			continue;
		unassessed |= verdict->outcome == CSTN__OUTCOME_UNASSESSED ? verdict->unassessed
									   : 0;
		pending |= verdict->outcome == CSTN_OUTCOME_PENDING;
		if (verdict->outcome != CSTN_OUTCOME_COUNTED)
			continue;
		kept = 1;
		out.pattern |= verdict->pattern;
		out.provisional |= verdict->provisional;
		out.weight += verdict->weight;
		out.credit += verdict->credit;
	}
	out.outcome = CSTN_OUTCOME_EXCLUDED;
	if (bad)
		out.reason = CSTN_REASON_BAD_INPUT;
	else if (unassessed)
		out.reason = CSTN_REASON_UNASSESSED_ON_TIME + __builtin_ctz(unassessed);
	else if (pending)
		out.outcome = CSTN_OUTCOME_PENDING;
	else if (!kept)
		out.reason = unit_reason(rows, n);
	else
		out.outcome = CSTN_OUTCOME_COUNTED;
	if (out.outcome != CSTN_OUTCOME_COUNTED)
		out.pattern = 0;
	unit_causes(ref, rows, n, &out);
	return out;
}

static void add_cause(wide_reference *ref, int64_t at, int c, const unit *from)
{
	size_t i;

	for (i = 0; i < ref->n_causes; i++) {
		wide_cause *one = &ref->causes[i];

		if (one->group == at && one->component == c && one->owner == from->owner[c] &&
				!one->text == !from->cause[c] &&
				(!one->text || strcmp(one->text, from->cause[c]) == 0)) {
			one->units++;
			return;
		}
	}
	ck_assert_uint_lt(ref->n_causes, MOST_CAUSES);
	ref->causes[ref->n_causes++] = (wide_cause){at, c, from->owner[c], from->cause[c], 1};
}

static void count_unit(
		wide_reference *ref, cstn__group_counts *counts, int64_t at, const unit *from)
{
	int c;

	if (from->outcome == CSTN_OUTCOME_PENDING) {
		counts->pending++;
	} else if (from->outcome == CSTN_OUTCOME_EXCLUDED) {
		counts->reason[from->reason]++;
	} else {
		counts->pattern[from->pattern]++;
		counts->provisional += from->provisional;
		counts->weight[from->pattern] += from->weight;
		counts->credit += from->credit;
		counts->credit_of += from->weight;
		for (c = 0; c < 4; c++)
			if ((from->pattern >> c & 1) && from->known[c])
				add_cause(ref, at, c, from);
	}
}

static void count_rows(wide_reference *ref, wide_row *const *rows, size_t n)
{
	unit closed = unit_close(ref, rows, n);
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	size_t i, k, d;
	wide_group *to;

	count_unit(ref, &ref->total, -1, &closed);
	if ((ref->flags & CSTN_PERFECT_ORDER_EACH) && ref->judge.rules->level != CSTN__LEVEL_LINE) {
		for (i = 0; i < n; i++) {
			for (k = 0; k < i && !same_keys(ref, rows[k]->keys, rows[i]->keys);)
				k++;
			if (k < i)
				continue;
			to = wide_group_of(ref, rows[i]->keys);
			count_unit(ref, &to->counts, to - ref->groups, &closed);
		}
		return;
	}
	memcpy(keys, rows[0]->keys, sizeof(keys));
	for (d = 0; d < ref->n_dimensions; d++)
		for (i = 1; i < n; i++)
			if (!same_key(&rows[0]->keys[d], &rows[i]->keys[d])) {
				memset(&keys[d], 0, sizeof(keys[d]));
				keys[d].kind = CSTN__KEY_MIXED;
			}
	to = wide_group_of(ref, keys);
	count_unit(ref, &to->counts, to - ref->groups, &closed);
}

static void count_cluster(cstn__group_counts *counts, wide_row *const *rows, size_t n,
		const wide_reference *ref, const cstn__key_value *keys)
{
	int64_t m = 0, x = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (rows[i]->bad || rows[i]->verdict.outcome != CSTN_OUTCOME_COUNTED ||
				(keys && !same_keys(ref, rows[i]->keys, keys)))
			continue;
		m++;
		x += rows[i]->verdict.pattern == 0;
	}
	if (m == 0)
		return;
	counts->clusters++;
	counts->sum_m += m;
	counts->sum_x += x;
	counts->sum_mm += m * m;
	counts->sum_xx += x * x;
	counts->sum_xm += x * m;
}

static void count_clusters(wide_reference *ref, wide_row *const *rows, size_t n)
{
	size_t i, k;

	count_cluster(&ref->total, rows, n, ref, NULL);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !same_keys(ref, rows[k]->keys, rows[i]->keys);)
			k++;
		if (k == i)
			count_cluster(&wide_group_of(ref, rows[i]->keys)->counts, rows, n, ref,
					rows[i]->keys);
	}
}

static int row_order(const void *a, const void *b)
{
	const wide_row *x = *(wide_row *const *)a, *y = *(wide_row *const *)b;

	if (x->has_key != y->has_key)
		return x->has_key - y->has_key;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->sub > y->sub) - (x->sub < y->sub);
}

static void count_all(wide_reference *ref)
{
	wide_row **sorted = malloc((ref->n_rows + 1) * sizeof(*sorted));
	int lines = ref->judge.rules->level == CSTN__LEVEL_LINE;
	size_t n = 0, i, k;

	ck_assert_ptr_nonnull(sorted);
	for (i = 0; i < ref->n_rows; i++)
		if (!ref->rows[i].dropped)
			sorted[n++] = &ref->rows[i];
	qsort(sorted, n, sizeof(*sorted), row_order);
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && row_order(&sorted[i], &sorted[k]) == 0;)
			k++;
		if (!lines) {
			count_rows(ref, sorted + i, k - i);
			continue;
		}
		if (sorted[i]->has_key)
			count_clusters(ref, sorted + i, k - i);
		for (; i < k; i++)
			count_rows(ref, sorted + i, 1);
	}
	free(sorted);
}

static void find_evidence(wide_reference *ref)
{
	static const int actual[] = {CSTN__COL_DELIVERED, CSTN__COL_SHIPPED, CSTN__COL_ARRIVED,
			CSTN__COL_ACCEPTED, CSTN__COL_RECORDED};
	const int *has = ref->lines->has;
	uint32_t evidence = 0;

	if (has[actual[ref->judge.rules->actual_basis]])
		evidence |= CSTN__EVIDENCE_ACTUAL;
	if (has[CSTN__COL_QTY] && has[ref->judge.rules->in_full_at_due ? CSTN__COL_QTY_DUE
								       : CSTN__COL_QTY_DELIVERED])
		evidence |= CSTN__EVIDENCE_QUANTITY;
	if (has[CSTN__COL_DOCUMENTS_OK] || has[CSTN__COL_DOCUMENTS_COMPLETE])
		evidence |= CSTN__EVIDENCE_DOCUMENTS;
	if (has[CSTN__COL_CONDITION_OK])
		evidence |= CSTN__EVIDENCE_CONDITION;
	ref->judge.evidence = evidence;
}

void wide_reference_make(wide_reference *ref)
{
	size_t i;
	int c;

	find_evidence(ref);
	for (c = 0; c < 4; c++)
		if (ref->judge.rules->components >> c & 1)
			ref->has_causes |= ref->lines->has[CSTN__COL_LATE_CAUSE + c] ||
					   ref->lines->has[CSTN__COL_LATE_OWNER + c];
	ref->n_rows = ref->lines->count;
	ref->rows = calloc(ref->n_rows + 1, sizeof(*ref->rows));
	ref->groups = malloc(MOST_GROUPS * sizeof(*ref->groups));
	ref->causes = malloc(MOST_CAUSES * sizeof(*ref->causes));
	ck_assert(ref->rows && ref->groups && ref->causes);
	for (i = 0; i < ref->n_rows; i++) {
		ref->rows[i].line = &ref->lines->items[i];
		judge_row(ref, &ref->rows[i]);
	}
	count_all(ref);
}

void wide_reference_free(wide_reference *ref)
{
	free(ref->rows);
	free(ref->groups);
	free(ref->causes);
}
