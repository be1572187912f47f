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
#include "suite.h"
#include "wide_lines.h"
#include "wide_reference.h"

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

static void check_counts(const trial *from, const wide_reference *ref,
		const cstn__group_counts *got, const cstn__group_counts *wanted, const char *where)
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

static void check_causes(const trial *from, const wide_reference *ref, const cstn__cause_count *got,
		size_t n, const int64_t *group_at)
{
	size_t i, k, wanted = 0;

	for (i = 0; i < ref->n_causes; i++)
		wanted += (ref->causes[i].group < 0) == (group_at == NULL);
	ck_assert_msg(n == wanted, "%s: %zu causes, %zu by the definition; %s", from->note, n,
			wanted, from->policy_text);
	for (i = 0; i < n; i++) {
		for (k = 0; k < ref->n_causes; k++) {
			const wide_cause *one = &ref->causes[k];

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

static void check_result(const trial *from, wide_reference *ref, const cstn_perfect_order *state)
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
		wide_group *wanted = wide_group_of(ref, &folded->keys[i * ref->n_dimensions]);
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
	wide_reference ref;
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
	wide_reference_make(&ref);
	check_result(&one, &ref, state);
	cstn_perfect_order_free(state);
	cstn__judge_free(&ref.judge);
	wide_reference_free(&ref);
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

	tcase_set_timeout(test_case, 280);
	tcase_add_loop_test(test_case, random_lines_under_random_policies_count_as_they_are_judged,
			0, 10);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
