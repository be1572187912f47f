/* The batch against the definition on random policies and random lines: every line is judged by
 * itself, units are rolled up here by the words of the specification, and counts, weights, credit,
 * causes and clusters of every group must be what the batch says, however the lines were cut,
 * coded, clustered and spread over threads. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/hash.h"
#include "fulfilment/perfect_order_state.h"
#include "wide_lines.h"

#define MOST_GROUPS 20000
#define MOST_CAUSES 20000

/* --- policies
 * ---------------------------------------------------------------------------------------- */

static const struct {
	const char *key, *values[8];
} choices[] = {{"direction", {"outbound", "inbound"}},
		{"level", {"order", "schedule", "shipment", "line", "order", "line"}},
		{"weight", {"count", "count", "quantity", "value"}},
		{"credit", {"whole", "whole", "unit"}},
		{"components", {"TFDC", "TF", "T", "F", "DC", "TC", "TFD"}},
		{"period_basis", {"due", "ordered", "shipped", "delivered"}},
		{"promise_basis", {"first_commit", "requested", "last_commit"}},
		{"customer_change", {"supersede", "ignore"}},
		{"supplier_change", {"ignore", "supersede"}},
		{"actual_basis", {"delivered", "shipped", "arrived", "accepted", "recorded"}},
		{"actual_missing", {"exclude", "fail"}}, {"attempt", {"ignore", "counts"}},
		{"time_unit", {"day", "instant"}},
		{"zone", {"utc", "offset:+05:30", "offset:-11:00", "tzif", "event", "ship_to"}},
		{"calendar", {"all", "week"}},
		{"early_tolerance", {"unset", "0", "2", "40000000000"}},
		{"late_tolerance", {"0", "1", "unset", "3", "86400000000", "1"}},
		{"over_tolerance_ppm", {"0", "100000", "unset"}},
		{"under_tolerance_ppm", {"0", "50000", "unset"}},
		{"substitution", {"fail", "accept_agreed"}},
		{"partial", {"cumulative", "single_shipment"}}, {"in_full_at", {"close", "due"}},
		{"customer_cancel", {"exclude", "fail"}}, {"supplier_cancel", {"fail", "exclude"}},
		{"customer_fault", {"exclude", "fail", "pass"}},
		{"force_majeure", {"count", "exclude"}}, {"overdue_open", {"fail", "exclude"}},
		{"documents", {"all", "packing_slip,invoice", "customs"}},
		{"documents_within", {"0", "2", "unset"}},
		{"documents_evidence", {"exception", "positive"}},
		{"condition_evidence", {"exception", "positive"}},
		{"claim_window_days", {"30", "0", "unset", "400"}},
		{"returns_restate", {"quality", "none", "all"}},
		{"unassessed", {"exclude", "fail", "pass"}},
		{"confidence_ppm", {"950000", "900000"}}};

typedef struct fixture {
	cstn_zone *berlin, *east;
	cstn_calendar *calendar;
	cstn_policy_data data;
	const char *names[2];
	cstn_zone *zones[2];
} fixture;

/* Central Europe: one type, and the rule in the footer. */
static void make_zone(cstn_zone **out)
{
	static const char footer[] = "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
	uint8_t bytes[2 * 54 + sizeof(footer)] = {0};
	int i;

	for (i = 0; i < 2; i++) {
		uint8_t *at = bytes + i * 54;

		memcpy(at, "TZif2", 5);
		at[39] = 1; /* types */
		at[43] = 4; /* bytes of names */
		at[46] = 0x0e;
		at[47] = 0x10; /* 3,600 s */
		memcpy(at + 50, "CET", 4);
	}
	memcpy(bytes + 2 * 54, footer, sizeof(footer) - 1);
	ck_assert_int_eq(cstn_zone_parse_tzif(bytes, 2 * 54 + sizeof(footer) - 1, NULL, out, NULL),
			CSTN_OK);
}

static void fixture_open(fixture *with)
{
	static const char week[] = "cstn-calendar 1\nweek=1111100\noff=2017-10-03\noff=2017-12-25\n"
				   "on=2018-01-06\n";

	memset(with, 0, sizeof(*with));
	make_zone(&with->berlin);
	ck_assert_int_eq(cstn_zone_fixed(9 * 3600, NULL, &with->east, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_calendar_parse(week, strlen(week), NULL, &with->calendar, NULL),
			CSTN_OK);
	with->names[0] = "Europe/Berlin";
	with->names[1] = "Etc/GMT-9";
	with->zones[0] = with->berlin;
	with->zones[1] = with->east;
	with->data = (cstn_policy_data){sizeof(with->data), 0, with->berlin, with->calendar,
			with->names, with->zones, 2};
}

static void fixture_close(fixture *with)
{
	cstn_zone_unref(with->berlin);
	cstn_zone_unref(with->east);
	cstn_calendar_unref(with->calendar);
}

static void add_choice(char *text, size_t size, size_t key, const char *value, const fixture *with)
{
	uint8_t digest[32];
	char hex[65];
	size_t len = strlen(text);

	if (strcmp(value, "tzif") == 0 || strcmp(value, "week") == 0) {
		if (value[0] == 't')
			cstn_zone_digest(with->berlin, digest);
		else
			cstn_calendar_digest(with->calendar, digest);
		cstn__hex(digest, 32, hex);
		snprintf(text + len, size - len, "%s=%s%s ", choices[key].key,
				value[0] == 't' ? "tzif:" : "", hex);
		return;
	}
	snprintf(text + len, size - len, "%s=%s ", choices[key].key, value);
}

static cstn_service_policy *draw_policy(
		wide_random *random, const fixture *with, int calm, char *text, size_t size)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;
	size_t k, n;

	text[0] = 0;
	for (k = 0; k < sizeof(choices) / sizeof(*choices); k++) {
		for (n = 0; n < 8 && choices[k].values[n];)
			n++;
		if (wide_draw(random, calm ? 8 : 3) == 0)
			add_choice(text, size, k, choices[k].values[wide_draw(random, n)], with);
	}
	if (cstn_service_policy_new(text, NULL, &policy, &error) != CSTN_OK)
		ck_abort_msg("%s: %s", text, cstn_error_message(error));
	return policy;
}

/* --- the definition
 * ---------------------------------------------------------------------------------- */

typedef struct judged_row {
	const wide_line *line;
	cstn_order_line facts;
	cstn__line_verdict verdict;
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	int64_t key, sub;
	int has_key, bad, dropped;
} judged_row;

typedef struct group {
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	cstn__group_counts counts;
} group;

typedef struct cause {
	int64_t group; /* -1 = the total */
	int32_t component, owner;
	const char *text; /* NULL = not known */
	int64_t units;
} cause;

typedef struct reference {
	const wide_lines *lines;
	cstn__judge judge;
	const cstn__dimension *dimensions;
	size_t n_dimensions;
	uint32_t flags;
	int64_t from_us, to_us;
	int key_column, has_causes;
	judged_row *rows;
	size_t n_rows;
	group *groups;
	size_t n_groups;
	cause *causes;
	size_t n_causes;
	cstn__group_counts total;
} reference;

static int64_t basis_time(const reference *ref, const judged_row *row, int32_t basis, int *promise)
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

static void set_key(const reference *ref, judged_row *row, size_t d, const cstn_zone *ship_to)
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
static void hide_unread(const reference *ref, judged_row *row)
{
	int zone = ref->judge.rules->zone;

	if (zone != CSTN__ZONE_EVENT && zone != CSTN__ZONE_SHIP_TO)
		row->facts.promised_offset_minutes = row->facts.actual_offset_minutes =
				CSTN_OFFSET_NULL;
	if (zone != CSTN__ZONE_SHIP_TO)
		row->facts.ship_to_zone = NULL;
}

static void judge_row(reference *ref, judged_row *row)
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

static int same_keys(const reference *ref, const cstn__key_value *a, const cstn__key_value *b)
{
	size_t d;

	for (d = 0; d < ref->n_dimensions; d++)
		if (!same_key(&a[d], &b[d]))
			return 0;
	return 1;
}

static group *group_of(reference *ref, const cstn__key_value *keys)
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

static int32_t unit_reason(judged_row *const *rows, size_t n)
{
	int32_t reason = 0, line = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const judged_row *row = rows[i];

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

static int cause_is_before(const judged_row *a, const judged_row *b, int c)
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

static void unit_causes(const reference *ref, judged_row *const *rows, size_t n, unit *out)
{
	size_t i;
	int c;

	for (c = 0; ref->has_causes && c < 4; c++) {
		const judged_row *first = NULL;

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

static unit unit_close(const reference *ref, judged_row *const *rows, size_t n)
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

static void add_cause(reference *ref, int64_t at, int c, const unit *from)
{
	size_t i;

	for (i = 0; i < ref->n_causes; i++) {
		cause *one = &ref->causes[i];

		if (one->group == at && one->component == c && one->owner == from->owner[c] &&
				!one->text == !from->cause[c] &&
				(!one->text || strcmp(one->text, from->cause[c]) == 0)) {
			one->units++;
			return;
		}
	}
	ck_assert_uint_lt(ref->n_causes, MOST_CAUSES);
	ref->causes[ref->n_causes++] = (cause){at, c, from->owner[c], from->cause[c], 1};
}

static void count_unit(reference *ref, cstn__group_counts *counts, int64_t at, const unit *from)
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

static void count_rows(reference *ref, judged_row *const *rows, size_t n)
{
	unit closed = unit_close(ref, rows, n);
	cstn__key_value keys[CSTN__DIMENSIONS_MAX];
	size_t i, k, d;
	group *to;

	count_unit(ref, &ref->total, -1, &closed);
	if ((ref->flags & CSTN_PERFECT_ORDER_EACH) && ref->judge.rules->level != CSTN__LEVEL_LINE) {
		for (i = 0; i < n; i++) {
			for (k = 0; k < i && !same_keys(ref, rows[k]->keys, rows[i]->keys);)
				k++;
			if (k < i)
				continue;
			to = group_of(ref, rows[i]->keys);
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
	to = group_of(ref, keys);
	count_unit(ref, &to->counts, to - ref->groups, &closed);
}

static void count_cluster(cstn__group_counts *counts, judged_row *const *rows, size_t n,
		const reference *ref, const cstn__key_value *keys)
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

static void count_clusters(reference *ref, judged_row *const *rows, size_t n)
{
	size_t i, k;

	count_cluster(&ref->total, rows, n, ref, NULL);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i && !same_keys(ref, rows[k]->keys, rows[i]->keys);)
			k++;
		if (k == i)
			count_cluster(&group_of(ref, rows[i]->keys)->counts, rows, n, ref,
					rows[i]->keys);
	}
}

static int row_order(const void *a, const void *b)
{
	const judged_row *x = *(judged_row *const *)a, *y = *(judged_row *const *)b;

	if (x->has_key != y->has_key)
		return x->has_key - y->has_key;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->sub > y->sub) - (x->sub < y->sub);
}

static void count_all(reference *ref)
{
	judged_row **sorted = malloc((ref->n_rows + 1) * sizeof(*sorted));
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

static void find_evidence(reference *ref)
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

static void reference_make(reference *ref)
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

static void reference_free(reference *ref)
{
	free(ref->rows);
	free(ref->groups);
	free(ref->causes);
}

/* --- the batch
 * ------------------------------------------------------------------------------------------ */

typedef struct trial {
	wide_random random;
	wide_lines lines;
	fixture with;
	cstn_service_policy *policy;
	char policy_text[4096], note[256];
	const char *by[CSTN__DIMENSIONS_MAX];
	size_t n_by;
	cstn_perfect_order_config config;
	int unit_column;
	int32_t judge_all;
} trial;

static cstn_perfect_order *new_state(trial *from)
{
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_new(from->policy, WIDE_AS_OF, from->by, from->n_by, &from->config,
			    NULL, &state, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	state->judge_all = (uint8_t)from->judge_all;
	return state;
}

static void update(trial *from, cstn_perfect_order *state, size_t begin, size_t end)
{
	static const size_t batches[] = {1, 7, 64, 100, 1000, 100000};
	static const int32_t threads[] = {1, 2, 3, 8};
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	wide_stream *lines = wide_stream_make(&from->lines, begin, end,
			batches[wide_draw(&from->random, 6)], &from->random, &stream);
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads[wide_draw(&from->random, 4)];
	options.simd = (int32_t)wide_draw(&from->random, 4);
	status = cstn_perfect_order_update(state, &stream, &options, NULL, &error);
	if (status != CSTN_OK && status != CSTN_E_ROWS)
		ck_abort_msg("%s: %s (%s)", from->note, cstn_error_message(error),
				from->policy_text);
	cstn_error_free(error);
	wide_stream_free(lines);
}

/* The state by way of its bytes. */
static cstn_perfect_order *reread(trial *from, cstn_perfect_order *state)
{
	cstn_perfect_order *again = NULL;
	cstn_buffer *bytes = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	if (cstn_perfect_order_deserialize(cstn_buffer_data(bytes), cstn_buffer_size(bytes),
			    &from->with.data, NULL, &again, &error) != CSTN_OK)
		ck_abort_msg("%s: %s", from->note, cstn_error_message(error));
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(state);
	again->judge_all = (uint8_t)from->judge_all;
	return again;
}

/* Where the lines may be cut into parts. */
static size_t cut_at(trial *from)
{
	size_t at = wide_draw(&from->random, from->lines.count + 1);

	while (from->config.clustering == CSTN_CLUSTERING_WHOLE_ORDERS && at > 0 &&
			at < from->lines.count &&
			from->lines.items[at - 1].of[from->unit_column].number ==
					from->lines.items[at].of[from->unit_column].number)
		at++;
	return at;
}

static cstn_perfect_order *state_of(trial *from)
{
	size_t a = cut_at(from), b = cut_at(from), first = a < b ? a : b, second = a < b ? b : a;
	size_t ends[4] = {0, first, second, from->lines.count}, i;
	int one = wide_draw(&from->random, 2) == 0, flip = (int)wide_draw(&from->random, 2);
	cstn_perfect_order *state = new_state(from);

	for (i = 0; i < 3; i++) {
		cstn_perfect_order *part = one ? state : new_state(from), *into = state;

		if (ends[i] < ends[i + 1])
			update(from, part, ends[i], ends[i + 1]);
		if (wide_draw(&from->random, 3) == 0) {
			part = reread(from, part);
			state = one ? part : state;
			into = state;
		}
		if (one)
			continue;
		if (flip) {
			into = part;
			part = state;
			state = into;
		}
		ck_assert_int_eq(cstn_perfect_order_merge(into, part, NULL), CSTN_OK);
		cstn_perfect_order_free(part);
	}
	return state;
}

/* --- equal?
 * ---------------------------------------------------------------------------------------------- */

static void check_counts(const trial *from, const reference *ref, const cstn__group_counts *got,
		const cstn__group_counts *wanted, const char *where)
{
	int weighs = ref->judge.rules->weight != CSTN__WEIGHT_COUNT ||
		     ref->judge.rules->credit_unit;
	int i;

#define SAME(field)                                                                                \
	ck_assert_msg(got->field == wanted->field,                                                 \
			"%s, %s: " #field " [%d] is %lld, %lld by the definition; %s", from->note, \
			where, i, (long long)got->field, (long long)wanted->field,                 \
			from->policy_text)
	for (i = 0; i < 16; i++)
		SAME(pattern[i]);
	for (i = 1; i < CSTN_REASON_COUNT; i++)
		SAME(reason[i]);
	i = 0;
	SAME(pending);
	SAME(provisional);
	SAME(clusters);
	SAME(sum_m);
	SAME(sum_x);
	SAME(sum_mm);
	SAME(sum_xx);
	SAME(sum_xm);
	if (!weighs)
		return;
	for (i = 0; i < 16; i++)
		SAME(weight[i]);
	i = 0;
	SAME(credit);
	SAME(credit_of);
#undef SAME
}

static void check_causes(const trial *from, const reference *ref, const cstn__cause_count *got,
		size_t n, const int64_t *group_at)
{
	size_t i, k, wanted = 0;

	for (i = 0; i < ref->n_causes; i++)
		wanted += (ref->causes[i].group < 0) == (group_at == NULL);
	ck_assert_msg(n == wanted, "%s: %zu causes, %zu by the definition; %s", from->note, n,
			wanted, from->policy_text);
	for (i = 0; i < n; i++) {
		for (k = 0; k < ref->n_causes; k++) {
			const cause *one = &ref->causes[k];

			if (one->group == (group_at ? group_at[got[i].group] : -1) &&
					one->component == got[i].component &&
					one->owner == got[i].owner && !one->text == !got[i].cause &&
					(!one->text || (strlen(one->text) == got[i].cause_len &&
								       memcmp(one->text,
										       got[i].cause,
										       got[i].cause_len) ==
										       0)) &&
					one->units == got[i].units)
				break;
		}
		ck_assert_msg(k < ref->n_causes, "%s: a cause that is none; %s", from->note,
				from->policy_text);
	}
}

static void check_result(const trial *from, reference *ref, const cstn_perfect_order *state)
{
	cstn__folded *folded = NULL;
	cstn_error *error = NULL;
	int64_t *group_at;
	size_t i;

	if (cstn__perfect_order_fold(state, &folded, &error) != CSTN_OK)
		ck_abort_msg("%s: %s; %s", from->note, cstn_error_message(error),
				from->policy_text);
	check_counts(from, ref, &folded->total, &ref->total, "total");
	ck_assert_msg(folded->n_groups == ref->n_groups,
			"%s: %zu groups, %zu by the definition; %s", from->note, folded->n_groups,
			ref->n_groups, from->policy_text);
	group_at = calloc(folded->n_groups + 1, sizeof(*group_at));
	ck_assert_ptr_nonnull(group_at);
	for (i = 0; i < folded->n_groups; i++) {
		group *wanted = group_of(ref, &folded->keys[i * ref->n_dimensions]);
		char where[32];

		snprintf(where, sizeof(where), "group %zu", i);
		group_at[i] = wanted - ref->groups;
		check_counts(from, ref, cstn__folded_counts(folded, i), &wanted->counts, where);
	}
	check_causes(from, ref, folded->causes, folded->n_causes, group_at);
	check_causes(from, ref, folded->total_causes, folded->n_total_causes, NULL);
	free(group_at);
	cstn__folded_free(folded);
}

/* --- one trial
 * ------------------------------------------------------------------------------------------- */

static void draw_dimensions(trial *from)
{
	static const char *const all[] = {"partner", "carrier", "month(due)", "week(ordered)",
			"day(delivered)", "weekday(shipped)", "quarter(period)", "year(period)",
			"month(delivered)", "partner"};
	size_t n = wide_draw(&from->random, 5), i, k;

	from->n_by = 0;
	for (i = 0; i < n; i++) {
		const char *one = all[wide_draw(&from->random, 10)];

		for (k = 0; k < from->n_by && strcmp(from->by[k], one) != 0;)
			k++;
		if (k == from->n_by)
			from->by[from->n_by++] = one;
	}
}

/* The columns that a batch may not lack. */
static void need_columns(trial *from)
{
	const cstn__policy_rules *rules = cstn__policy_rules_of(from->policy);
	int *has = from->lines.has;

	from->unit_column = rules->level == CSTN__LEVEL_SHIPMENT ? CSTN__COL_SHIPMENT_ID
								 : CSTN__COL_ORDER_ID;
	if (rules->level != CSTN__LEVEL_LINE)
		has[from->unit_column] = 1;
	has[rules->promise_basis == CSTN__PROMISE_REQUESTED ? CSTN__COL_REQUESTED
			: rules->promise_basis == CSTN__PROMISE_LAST_COMMIT
					? CSTN__COL_PROMISED_LAST
					: CSTN__COL_PROMISED] = 1;
	has[CSTN__COL_QTY] |= rules->weight != CSTN__WEIGHT_COUNT;
	has[WIDE_PARTNER] = has[WIDE_CARRIER] = 1;
}

static void draw_config(trial *from)
{
	from->config = (cstn_perfect_order_config)CSTN_PERFECT_ORDER_CONFIG_INIT;
	from->config.policy_data = &from->with.data;
	if (wide_draw(&from->random, 4) == 0)
		from->config.flags |= CSTN_PERFECT_ORDER_EACH;
	if (wide_draw(&from->random, 4) == 0) {
		from->config.flags |= CSTN_PERFECT_ORDER_PERIOD;
		from->config.from_us = WIDE_BASE + 60 * CSTN_DAY_US;
		from->config.to_us = WIDE_BASE + 160 * CSTN_DAY_US;
	}
	from->config.clustering = (int32_t)wide_draw(&from->random, 3);
	if (from->config.clustering != CSTN_CLUSTERING_NONE)
		wide_sort(&from->lines, from->unit_column);
	else if (wide_draw(&from->random, 2))
		wide_shuffle(&from->lines, &from->random);
	from->judge_all = wide_draw(&from->random, 8) == 0;
}

static void try_one(uint64_t seed)
{
	trial one;
	reference ref;
	cstn_perfect_order *state;
	int calm = seed % 2 == 0;

	memset(&one, 0, sizeof(one));
	memset(&ref, 0, sizeof(ref));
	one.random.seed = seed;
	snprintf(one.note, sizeof(one.note), "seed %llu", (unsigned long long)seed);
	fixture_open(&one.with);
	one.policy = draw_policy(
			&one.random, &one.with, calm, one.policy_text, sizeof(one.policy_text));
	wide_make(&one.lines, &one.random, calm, cstn_service_policy_digest_text(one.policy));
	need_columns(&one);
	draw_dimensions(&one);
	draw_config(&one);
	state = state_of(&one);
	ref.lines = &one.lines;
	ref.dimensions = state->registry.dimensions;
	ref.n_dimensions = one.n_by;
	ref.flags = one.config.flags;
	ref.from_us = one.config.from_us;
	ref.to_us = one.config.to_us;
	ref.key_column = one.unit_column;
	ck_assert_int_eq(cstn__judge_init(&ref.judge, one.policy, WIDE_AS_OF, &one.with.data, NULL,
					 NULL),
			CSTN_OK);
	reference_make(&ref);
	check_result(&one, &ref, state);
	cstn_perfect_order_free(state);
	cstn__judge_free(&ref.judge);
	reference_free(&ref);
	wide_free(&one.lines);
	cstn_service_policy_unref(one.policy);
	fixture_close(&one.with);
}

START_TEST(random_lines_under_random_policies_count_as_they_are_judged)
{
	const char *more = getenv("CSTN_FUZZ_ROUNDS");
	uint64_t rounds = more ? strtoull(more, NULL, 10) : 40, k;

	for (k = 0; k < rounds; k++)
		try_one((uint64_t)_i * 1000000 + k);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_fuzzed");
	TCase *test_case = tcase_create("perfect_order_fuzzed");
	SRunner *runner;
	int failed;

	tcase_set_timeout(test_case, 280);
	tcase_add_loop_test(test_case, random_lines_under_random_policies_count_as_they_are_judged,
			0, 10);
	suite_add_tcase(suite, test_case);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
