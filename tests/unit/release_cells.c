/* Releases that are no rows: cells and noise as the calls of privacy.h make them of the rows that
 * leave, by the strictest rules of decision and caller; whether there is any row; what is refused.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "csv_rows.h"
#include "release_plans.h"
#include "sharing_fixture.h"
#include "suite.h"

#define SCHEMA "firm text\nregion text\nqty int64 null\nat timestamp\nid int64\nage int64\n"
#define DAY INT64_C(86400000000)

/* Region, quantity and age are of fields. */
typedef struct telling {
	release_grant grants[4];
	cstn_release_column bound[3];
	cstn_release_options options;
	cstn_aggregate_options cells;
	cstn_noise_options noise;
	const char *by[2];
	cstn_aggregate_measure measures[1];
	release_asking asking;
	cstn_decision *decision;
	cstn__release_plan *plan;
} telling;

static telling *begin(int32_t level)
{
	static telling t;
	static const char *const columns[] = {"region", "qty", "age"};
	static const cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	static const cstn_aggregate_options cells = CSTN_AGGREGATE_OPTIONS_INIT;
	static const cstn_noise_options noise = CSTN_NOISE_OPTIONS_INIT;

	memset(&t, 0, sizeof(t));
	t.options = options;
	t.cells = cells;
	t.noise = noise;
	for (int i = 0; i < 3; i++) {
		t.grants[i] = release_grant_of(releasing_paths[i], i == 1 ? level : CSTN_LEVEL_RAW);
		t.bound[i].column = columns[i];
		t.bound[i].path = releasing_paths[i];
	}
	t.options.columns = t.bound;
	t.options.n_columns = 3;
	t.options.data_set = "rows";
	t.by[0] = "region";
	t.measures[0] = (cstn_aggregate_measure){"qty", CSTN_AGGREGATE_SUM, 0};
	t.cells.by = t.by;
	t.cells.n_by = 1;
	t.cells.measures = t.measures;
	t.cells.n_measures = 1;
	t.cells.company = "firm";
	t.noise.kind = CSTN_NOISE_SUM;
	t.noise.subject = "firm";
	t.noise.measure = "qty";
	t.noise.high = 100;
	if (level == CSTN_LEVEL_AGGREGATED)
		t.options.aggregate = &t.cells;
	if (level == CSTN_LEVEL_NOISED) {
		t.options.noise = &t.noise;
		t.grants[1].granularity.nano_epsilon = 500000000;
		t.grants[1].granularity.grid_bits = 3;
		t.asking.nano_epsilon = 900000000;
	}
	return &t;
}

/* Row i is so many days old. */
static int day_of(int i)
{
	return i * 7 % 30 + 1;
}

static void rows(struct ArrowArrayStream *out, int oldest, int youngest)
{
	static char text[1 << 15];
	size_t len = (size_t)snprintf(text, sizeof(text), "firm,region,qty,at,id,age\n");

	for (int i = 0; i < 200; i++) {
		int days = day_of(i);
		char qty[12] = "";

		if (days > oldest || days < youngest)
			continue;
		if (i % 11 != 5)
			snprintf(qty, sizeof(qty), "%d", i % 9);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
				"f%d,r%d,%s,2023-%d-%02dT22:13:20Z,%d,%d\n",
				i * i % 7 % 5 + (i % 3 == 0), i * i % 13, qty, days < 14 ? 11 : 10,
				days < 14 ? 14 - days : 45 - days, i, i % 50);
	}
	csv_rows(out, SCHEMA, text);
}

static cstn_status make(telling *t, cstn_error **error)
{
	struct ArrowArrayStream input;
	struct ArrowSchema schema;
	cstn_allocator libc;
	cstn_status status;

	ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
	rows(&input, 0, 1);
	ck_assert_int_eq(input.get_schema(&input, &schema), 0);
	input.release(&input);
	t->decision = release_decide(t->grants, &t->asking);
	status = cstn__release_plan_new(t->decision, t->decision->request, &schema, &t->options,
			&libc, &t->plan, error);
	schema.release(&schema);
	return status;
}

static void end(telling *t)
{
	cstn__release_plan_free(t->plan);
	cstn_decision_unref(t->decision);
	t->plan = NULL;
}

/* The table as text; its schema is that of the plan. */
static cstn_buffer *text_of(const telling *t, struct ArrowArrayStream *out)
{
	struct ArrowSchema is, said;
	cstn_buffer *text;

	ck_assert_int_eq(out->get_schema(out, &is), 0);
	SHARING_OK(cstn__release_plan_schema(t->plan, &said, &error));
	ck_assert_int_eq(is.n_children, said.n_children);
	for (int64_t i = 0; i < is.n_children; i++) {
		ck_assert_str_eq(is.children[i]->name, said.children[i]->name);
		ck_assert_str_eq(is.children[i]->format, said.children[i]->format);
	}
	is.release(&is);
	said.release(&said);
	(void)csv_text(out, &text);
	return text;
}

/* What leaves of all rows; frees the plan. */
static cstn_buffer *release(telling *t, cstn_difference_guard *guard, cstn_privacy_budget *answers,
		int64_t *charged, uint64_t held)
{
	struct ArrowArrayStream input, out;
	cstn_buffer *text;

	SHARING_OK(make(t, &error));
	rows(&input, 99, 0);
	SHARING_OK(cstn__release_plan_whole(
			t->plan, &input, guard, answers, &out, charged, &error));
	ck_assert_ptr_null(input.release);
	ck_assert_uint_eq(cstn__release_plan_held_back(t->plan), held);
	text = text_of(t, &out);
	end(t);
	return text;
}

static void same_text(cstn_buffer *got, const char *expected)
{
	ck_assert_str_eq((const char *)cstn_buffer_data(got), expected);
	cstn_buffer_free(got);
}

/* --- cells ------------------------------------------------------------------------------------ */

/* What cstn_aggregate() says of rows of some days with those options. */
static cstn_buffer *aggregated(cstn_aggregate_options options, int oldest, int youngest)
{
	struct ArrowArrayStream input, cells;
	cstn_buffer *text;

	options.recipient = options.company ? "shop" : NULL;
	options.recipient_len = options.company ? 4 : 0;
	rows(&input, oldest, youngest);
	SHARING_OK(cstn_aggregate(&input, &options, NULL, &cells, NULL, NULL, &error));
	(void)csv_text(&cells, &text);
	return text;
}

typedef struct rules {
	int64_t k, l, companies, t, share;
} rules;

START_TEST(cells_pass_the_stricter_of_what_the_decision_and_the_caller_say)
{
	/* the decision's (t in thousandths), the caller's (in millionths), and what is to hold */
	static const rules all[][3] = {
			{{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {5, 1, 3, 0, 700}},
			{{20, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {20, 1, 3, 0, 700}},
			{{3, 0, 0, 0, 0}, {18, 0, 0, 0, 0}, {18, 1, 3, 0, 700}},
			{{0, 20, 0, 0, 0}, {0, 0, 0, 0, 0}, {5, 20, 3, 0, 700}},
			{{0, 40, 0, 0, 0}, {0, 30, 0, 0, 0}, {5, 40, 3, 0, 700}},
			{{0, 0, 7, 0, 0}, {0, 0, 0, 0, 0}, {5, 1, 7, 0, 700}},
			{{0, 0, 2, 0, 0}, {0, 0, 7, 0, 0}, {5, 1, 7, 0, 700}},
			{{0, 0, 0, 20, 0}, {0, 0, 0, 0, 0}, {5, 1, 3, 20000, 700}},
			{{0, 0, 0, 100, 0}, {0, 0, 0, 20000, 0}, {5, 1, 3, 20000, 700}},
			{{0, 0, 0, 1000, 0}, {0, 0, 0, 20000, 0}, {5, 1, 3, 20000, 700}},
			{{0, 0, 0, 0, 250}, {0, 0, 0, 0, 0}, {5, 1, 3, 0, 250}},
			{{0, 0, 0, 0, 900}, {0, 0, 0, 0, 300}, {5, 1, 3, 0, 300}},
			{{0, 0, 0, 0, 200}, {0, 0, 0, 0, 900}, {5, 1, 3, 0, 200}},
	};
	char usual[1024] = "";

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		telling *t = begin(CSTN_LEVEL_AGGREGATED);
		cstn_term_granularity *g = &t->grants[1].granularity;
		const rules *granted = &all[i][0], *said = &all[i][1], *expected = &all[i][2];
		cstn_aggregate_options direct;
		cstn_buffer *text;

		t->cells.sensitive = "age";
		*g = (cstn_term_granularity){sizeof(*g), 0, CSTN_LEVEL_AGGREGATED, 0, 0, NULL, 0,
				granted->k, granted->l, granted->t, granted->companies,
				granted->share, 0, 0, 0};
		t->cells.k = said->k;
		t->cells.l = said->l;
		t->cells.companies = said->companies;
		t->cells.t_ppm = (int32_t)said->t;
		t->cells.share_permille = (int32_t)said->share;
		direct = t->cells;
		direct.k = expected->k;
		direct.l = expected->l;
		direct.companies = expected->companies;
		direct.t_ppm = (int32_t)expected->t;
		direct.share_permille = (int32_t)expected->share;
		text = aggregated(direct, 99, 0);
		ck_assert_uint_lt(cstn_buffer_size(text), sizeof(usual));
		if (i == 0)
			snprintf(usual, sizeof(usual), "%s", (const char *)cstn_buffer_data(text));
		else
			ck_assert_msg(strcmp(usual, (const char *)cstn_buffer_data(text)) != 0,
					"rules %zu change nothing", i);
		same_text(release(t, NULL, NULL, NULL, 0), (const char *)cstn_buffer_data(text));
		cstn_buffer_free(text);
	}
}
END_TEST

START_TEST(cells_are_of_the_rows_of_the_window_and_as_coarse_as_granted)
{
	static const cstn_generalise_step first[] = {{NULL, CSTN_GENERALISE_PREFIX, 1, 0, 0, 0, 0,
			NULL}},
					  both[] = {{"region", CSTN_GENERALISE_PREFIX, 1, 0, 0, 0,
								    0, NULL},
							  {"age", CSTN_GENERALISE_BUCKET, 0, 25, 0,
									  0, 0, NULL}};
	telling *t = begin(CSTN_LEVEL_AGGREGATED);
	cstn_aggregate_options direct;
	cstn_buffer *text, *got;

	t->by[1] = "age";
	t->cells.n_by = 2;
	t->cells.row = "id";
	t->cells.steps = both + 1; /* the caller's */
	t->cells.n_steps = 1;
	t->grants[0] = release_grant_of("row.a", CSTN_LEVEL_GENERALISED);
	t->bound[0].steps = first;
	t->bound[0].n_steps = 1;
	t->options.time_column = "at";
	t->asking.data_from_us = RELEASE_NOW - 20 * DAY;
	t->asking.data_until_us = RELEASE_NOW - 4 * DAY;
	direct = t->cells;
	direct.steps = both;
	direct.n_steps = 2;
	text = aggregated(direct, 20, 5);
	got = release(t, NULL, NULL, NULL, 93);
	ck_assert_str_ne(csv_cell((const char *)cstn_buffer_data(got), 1, "rows"), "");
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(got), 1, "region"), "r");
	same_text(got, (const char *)cstn_buffer_data(text));
	cstn_buffer_free(text);
}
END_TEST

START_TEST(a_guard_learns_what_goes_out)
{
	telling *t = begin(CSTN_LEVEL_AGGREGATED);
	cstn_difference_guard *guard = NULL;
	cstn_buffer *text;

	SHARING_OK(cstn_difference_guard_new("shop", 4, "rows", 4, NULL, &guard, &error));
	text = release(t, guard, NULL, NULL, 0);
	ck_assert_uint_gt(cstn_difference_guard_count(guard), 0);
	cstn_buffer_free(text);
	cstn_difference_guard_free(guard);
}
END_TEST

/* --- noise ------------------------------------------------------------------------------------ */

static int32_t counted(void *user, uint8_t *out, size_t size)
{
	uint64_t *state = user;

	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(sharing_random(state) >> 32);
	return 0;
}

static cstn_privacy_budget *budget_of(int64_t limit)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *out = NULL;

	options.limit_nano = limit;
	SHARING_OK(cstn_privacy_budget_new(&options, NULL, &out, &error));
	return out;
}

static cstn_buffer *noised(telling *t, int oldest, int youngest, uint64_t seed)
{
	cstn_privacy_budget *budget = budget_of(INT64_MAX);
	cstn_noise_options options = t->noise;
	struct ArrowArrayStream input, out;
	cstn_buffer *text;

	options.recipient = "shop";
	options.recipient_len = 4;
	options.data_set = "rows";
	options.data_set_len = 4;
	options.epsilon_nano = 500000000;
	options.grid = 3;
	options.now_us = RELEASE_NOW;
	options.entropy = counted;
	options.entropy_user = &seed;
	rows(&input, oldest, youngest);
	SHARING_OK(cstn_noise(&input, &options, budget, &out, NULL, NULL, &error));
	(void)csv_text(&out, &text);
	cstn_privacy_budget_free(budget);
	return text;
}

START_TEST(noise_is_paid_once_and_is_of_the_rows_of_the_window)
{
	static const char *const regions[] = {"r0", "r1", "r9"};
	cstn_privacy_budget *budget = budget_of(1700000000);
	uint64_t seed = 7;
	int64_t charged = -1;
	telling *t = begin(CSTN_LEVEL_NOISED);
	cstn_buffer *first, *again;

	t->noise.partition = "region";
	t->noise.partitions = regions;
	t->noise.n_partitions = 3;
	t->options.entropy = counted;
	t->options.entropy_user = &seed;
	first = noised(t, 99, 0, 7);
	again = release(t, NULL, budget, &charged, 0);
	ck_assert_int_eq(charged, 500000000);
	ck_assert_str_eq((const char *)cstn_buffer_data(again),
			(const char *)cstn_buffer_data(first));
	cstn_buffer_free(again);
	again = release(t, NULL, budget, &charged, 0);
	ck_assert_int_eq(charged, 0);
	same_text(again, (const char *)cstn_buffer_data(first));
	cstn_buffer_free(first);
	/* another window is another question, though it has the same words */
	t->options.time_column = "at";
	t->asking.data_from_us = RELEASE_NOW - 20 * DAY;
	t->asking.data_until_us = RELEASE_NOW - 4 * DAY;
	seed = 11;
	first = noised(t, 20, 5, 11);
	again = release(t, NULL, budget, &charged, 93);
	ck_assert_int_eq(charged, 500000000);
	same_text(again, (const char *)cstn_buffer_data(first));
	cstn_buffer_free(first);
	/* with as much as the request spends, where that is less */
	t->asking.nano_epsilon = 100000000;
	cstn_buffer_free(release(t, NULL, budget, &charged, 93));
	ck_assert_int_eq(charged, 100000000);
	cstn_privacy_budget_free(budget);
}
END_TEST

START_TEST(noise_that_cannot_be_paid_is_not_told)
{
	cstn_privacy_budget *budget = budget_of(100);
	struct ArrowArrayStream input, out = {0};
	telling *t = begin(CSTN_LEVEL_NOISED);
	int64_t charged = -1;

	SHARING_OK(make(t, &error));
	rows(&input, 99, 0);
	SHARING_FAILS(CSTN_E_BUDGET, "",
			cstn__release_plan_whole(
					t->plan, &input, NULL, budget, &out, &charged, &error));
	ck_assert_ptr_null(input.release);
	ck_assert_ptr_null(out.release);
	ck_assert_int_eq(charged, -1);
	end(t);
	cstn_privacy_budget_free(budget);
}
END_TEST

/* --- existence -------------------------------------------------------------------------------- */

START_TEST(existence_is_one_row_that_says_yes_or_no)
{
	/* 200 rows, 18 of them without a quantity */
	static const struct {
		int64_t threshold;
		const char *text;
	} all[] = {{0, "exists,at_least\ntrue,1\n"}, {1, "exists,at_least\ntrue,1\n"},
			{182, "exists,at_least\ntrue,182\n"},
			{183, "exists,at_least\nfalse,183\n"}};
	telling *t;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		t = begin(CSTN_LEVEL_EXISTENCE);
		t->grants[1].granularity.threshold = all[i].threshold;
		same_text(release(t, NULL, NULL, NULL, 0), all[i].text);
	}
	t = begin(CSTN_LEVEL_EXISTENCE);
	t->options.time_column = "at";
	t->asking.data_from_us = RELEASE_NOW;
	t->asking.data_until_us = RELEASE_NOW + DAY;
	same_text(release(t, NULL, NULL, NULL, 200), "exists,at_least\nfalse,1\n");
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static void by_of_no_field(telling *t)
{
	t->by[0] = "firm";
}
static void measure_of_no_field(telling *t)
{
	t->measures[0].column = "id";
}
static void by_of_nothing(telling *t)
{
	t->by[0] = NULL;
}
static void no_such_company(telling *t)
{
	t->cells.company = "zz";
}
static void no_company(telling *t)
{
	t->cells.company = NULL;
	t->cells.flags = CSTN_AGGREGATE_NO_COMPANY;
	t->grants[1].granularity.contributors = 3;
}
static void no_company_no_share(telling *t)
{
	t->cells.company = NULL;
	t->cells.flags = CSTN_AGGREGATE_NO_COMPANY;
	t->grants[1].granularity.max_share_permille = 600;
}
static void a_recipient(telling *t)
{
	t->cells.recipient = "shop";
	t->cells.recipient_len = 4;
}
static void by_pseudonyms(telling *t)
{
	t->grants[0] = release_grant_of("row.a", CSTN_LEVEL_PSEUDONYM);
}
static void by_without_a_ladder(telling *t)
{
	t->grants[0] = release_grant_of("row.a", CSTN_LEVEL_GENERALISED);
}
static void window_without_numbers(telling *t)
{
	t->options.time_column = "at";
	t->asking.data_until_us = 1;
}
static void no_data_set(telling *t)
{
	t->options.data_set = NULL;
}
static void long_data_set(telling *t)
{
	static char name[257];

	memset(name, 'a', 256);
	t->options.data_set = name;
}
static void l_without_sensitive(telling *t)
{
	t->grants[1].granularity.l = 2;
}
static void negative_k(telling *t)
{
	t->cells.k = -1;
	t->grants[1].granularity.k = 9;
}
static void negative_share(telling *t)
{
	t->cells.share_permille = -1;
	t->grants[1].granularity.max_share_permille = 600;
}
static void unknown_flag(telling *t)
{
	t->cells.flags = 1u << 20;
}
static void sum_of_text(telling *t)
{
	t->measures[0].column = "region";
}
static void no_steps(telling *t)
{
	t->cells.n_steps = 1;
}
static const cstn_binding *a_binding(void)
{
	static int nothing;

	return (const cstn_binding *)(const void *)&nothing;
}
static void a_cells_binding(telling *t)
{
	t->cells.binding = a_binding();
}
static void a_noise_binding(telling *t)
{
	t->noise.binding = a_binding();
}
static void epsilon_of_the_caller(telling *t)
{
	t->noise.epsilon_nano = 5;
}
static void no_epsilon(telling *t)
{
	t->asking.nano_epsilon = 0;
}
static void too_little_noise(telling *t)
{
	t->grants[1].granularity.sensitivity = 101;
}
static void partition_of_no_field(telling *t)
{
	static const char *const names[] = {"f0"};

	t->noise.partition = "id";
	t->noise.partitions = names;
	t->noise.n_partitions = 1;
}
static void noise_of_no_subject(telling *t)
{
	t->noise.subject = NULL;
}
static void no_noise(telling *t)
{
	t->options.noise = NULL;
}

START_TEST(cells_that_cannot_be_made_are_refused_before_rows_are_read)
{
	static const struct {
		int32_t level, status;
		const char *words;
		void (*change)(telling *t);
	} all[] = {
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "column 'firm' is told of",
					by_of_no_field},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "column 'id' is told of",
					measure_of_no_field},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "by[0] is NULL",
					by_of_nothing},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_SCHEMA, "'zz', the column of companies",
					no_such_company},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "names the column of",
					no_company},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "names the column of",
					no_company_no_share},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "leave it NULL",
					a_recipient},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "which make no cells",
					by_pseudonyms},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "ladder of 0 steps",
					by_without_a_ladder},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "column of row numbers",
					window_without_numbers},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "data_set has 0",
					no_data_set},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "data_set has 256",
					long_data_set},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "of a sensitive column",
					l_without_sensitive},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "0 or more", negative_k},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "0 or more",
					negative_share},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "flags", unknown_flag},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "n_steps is 1", no_steps},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_SCHEMA, "region", sum_of_text},
			{CSTN_LEVEL_AGGREGATED, CSTN_E_INVALID_ARGUMENT, "takes no binding",
					a_cells_binding},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "takes no binding",
					a_noise_binding},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "leave them 0",
					epsilon_of_the_caller},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "asks for no nano_epsilon",
					no_epsilon},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "sensitivity of 101 is agreed",
					too_little_noise},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "column 'id' is told of",
					partition_of_no_field},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "either a subject is named",
					noise_of_no_subject},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "noise is NULL", no_noise},
			{CSTN_LEVEL_NOISED, CSTN_E_INVALID_ARGUMENT, "data_set has 0", no_data_set},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		telling *t = begin(all[i].level);

		all[i].change(t);
		SHARING_FAILS(all[i].status, all[i].words, make(t, &error));
		ck_assert_ptr_null(t->plan);
		end(t);
	}
}
END_TEST

START_TEST(rows_that_cannot_be_read_make_no_cells)
{
	telling *t = begin(CSTN_LEVEL_AGGREGATED);
	cstn_difference_guard *guard = NULL;
	struct ArrowArrayStream input, out = {0};

	SHARING_OK(cstn_difference_guard_new("shop", 4, "rows", 4, NULL, &guard, &error));
	SHARING_OK(make(t, &error));
	csv_rows(&input, "firm text\n", "firm\na\n");
	SHARING_FAILS(CSTN_E_STREAM, "1 columns",
			cstn__release_plan_whole(t->plan, &input, guard, NULL, &out, NULL, &error));
	ck_assert_ptr_null(input.release);
	ck_assert_ptr_null(out.release);
	ck_assert_uint_eq(cstn_difference_guard_count(guard), 0);
	end(t);
	cstn_difference_guard_free(guard);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			cells_pass_the_stricter_of_what_the_decision_and_the_caller_say,
			cells_are_of_the_rows_of_the_window_and_as_coarse_as_granted,
			a_guard_learns_what_goes_out,
			noise_is_paid_once_and_is_of_the_rows_of_the_window,
			noise_that_cannot_be_paid_is_not_told,
			existence_is_one_row_that_says_yes_or_no,
			cells_that_cannot_be_made_are_refused_before_rows_are_read,
			rows_that_cannot_be_read_make_no_cells};

	return run_tests("release_cells", tests, sizeof(tests) / sizeof(tests[0]));
}
