/* A global ridge fitted in parts: the bytes of one fit, whatever the parts, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_global.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SERIES 11
#define DAYS 132
#define PARTS_MOST 6
#define TEXT_SIZE (SERIES * (DAYS + 2) * 48)
#define HEAD "unique_id,ds,y,pool,fair\n"

/* The kinds of rows that are tried. */
typedef struct kind {
	const char *schema, *totals;
	const cstn_global_signal *signals;
	int32_t n_signals, gap, season;
	const char *pool;
	int whole, with_holes, is_date;
	uint64_t digest; /* of the state of all */
} kind;

static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_BY_POOL | CSTN_GLOBAL_NEXT, 0};
static const kind kinds[] = {
		{"unique_id text\nds int64\ny double null\npool text\nfair double\n",
				"ds int64\ny double null\npool text\n", &fair, 1, CSTN_GAP_ERROR, 7,
				"pool", 0, 0, 0, UINT64_C(0x557ecbb38415bc1b)},
		{"unique_id int64\nds int64\ny double null\npool text\nfair double\n",
				"ds int64\ny double null\n", NULL, 0, CSTN_GAP_ERROR, 5, NULL, 0, 0,
				0, UINT64_C(0xcf0a6ecc2dad228)},
		{"unique_id text\nds date\ny double null\npool int64\nfair double\n",
				"ds date\ny double null\npool int64\n", &fair, 1, CSTN_GAP_ZERO, 7,
				"pool", 1, 1, 1, UINT64_C(0x297be929712b6cd3)},
};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static uint64_t drawn(uint64_t n)
{
	return cstn__random_u64(11, n);
}

/* Series differ in size, in when they begin, and a few are too short to learn from. */
static int begins(int series)
{
	return series % 4 == 3 ? DAYS - 60 : series * 3 % 17;
}

static size_t put_row(const kind *k, char *text, size_t used, int series, int day)
{
	uint64_t r = drawn((uint64_t)(series * 1000 + day));
	double y = (double)(r % 9 + (unsigned)day % 7 * 2) * (series + 1) * (day % 11 == 5 ? 3 : 1);
	char id[16], ds[16];

	if (!k->whole)
		y = y / 7 + (double)(r >> 40) * 1e-9;
	snprintf(id, sizeof(id), strstr(k->schema, "unique_id text") ? "s%d" : "%d", series * 7);
	if (k->is_date)
		snprintf(ds, sizeof(ds), "2024-%02d-%02d", day / 28 + 1, day % 28 + 1);
	else
		snprintf(ds, sizeof(ds), "%d", day);
	used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%s,%s,", id, ds);
	if (day < DAYS)
		used += (size_t)snprintf(text + used, TEXT_SIZE - used, "%.17g", y);
	return used + (size_t)snprintf(text + used, TEXT_SIZE - used, ",%s%d,%d\n",
				      strstr(k->schema, "pool text") ? "p" : "", series % 3,
				      day % 11 == 5);
}

/* Rows of the series in `which`, those last first, with the signals of a day to come. */
static void rows_of(const kind *k, uint32_t which, const char *schema, struct ArrowArrayStream *out)
{
	static char text[TEXT_SIZE];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	int series, day;

	for (series = SERIES - 1; series >= 0; series--)
		for (day = begins(series); which >> series & 1 && day <= DAYS; day++)
			if (!k->with_holes || day >= DAYS - 1 || day % 28 < 26 ||
					(drawn((uint64_t)(series * day)) & 1))
				used = put_row(k, text, used, series, day);
	csv_rows(out, schema, text);
}

#define ALL ((1u << SERIES) - 1)

static cstn_demand_global_options ask(const kind *k)
{
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;

	options.season = k->season;
	options.horizon = 9;
	options.origins = 4;
	options.gap = k->gap;
	options.pool = k->pool;
	options.signals = k->signals;
	options.n_signals = k->n_signals;
	options.threads = 1;
	return options;
}

static cstn_demand_global *fitted(const kind *k)
{
	cstn_demand_global_options options = ask(k);
	cstn_demand_global *model = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	rows_of(k, ALL, k->schema, &rows);
	status = cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

/* A state with nothing in: totals are the rows themselves. */
static cstn_demand_global_state *begun(const kind *k)
{
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	rows_of(k, ALL, k->schema, &rows);
	status = cstn_demand_global_state_new(&rows, &options, NULL, &state, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return state;
}

static void update(cstn_demand_global_state *state, const kind *k, uint32_t which, int threads)
{
	cstn_demand_global_update_options options = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads;
	rows_of(k, which, k->schema, &rows);
	status = cstn_demand_global_state_update(state, &rows, &options, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

static void merge(cstn_demand_global_state *into, const cstn_demand_global_state *from)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_state_merge(into, from, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

static cstn_demand_global *finished(const cstn_demand_global_state *state)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_state_finish(state, &model, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

static double number(const cstn_demand_global_state *state, const char *name)
{
	double value;

	ck_assert_int_eq(cstn_demand_global_state_get_param(state, name, &value, NULL), CSTN_OK);
	return value;
}

/* --- the same bytes --------------------------------------------------------------------------- */

/* Series go to parts as `seed` says, parts are merged two by two in its order, travelling as bytes
 * now and then. */
static cstn_demand_global_state *in_parts(
		const kind *k, const cstn_demand_global_state *empty, uint64_t seed)
{
	static const int threads[] = {1, 2, 3, 8};
	cstn_demand_global_state *part[PARTS_MOST];
	uint32_t which[PARTS_MOST] = {0};
	size_t n = 1 + drawn(seed) % PARTS_MOST, i;
	uint64_t step = seed;

	for (i = 0; i < SERIES; i++)
		which[drawn(++step) % n] |= 1u << i;
	for (i = 0; i < n; i++) {
		part[i] = sealed_copy(&sealed_demand_global_state, empty);
		update(part[i], k, which[i], threads[drawn(++step) % 4]);
	}
	while (n > 1) {
		size_t a = drawn(++step) % n, b = drawn(++step) % (n - 1);
		cstn_demand_global_state *from;

		b += b >= a;
		from = part[b];
		if (drawn(++step) & 1) {
			from = sealed_copy(&sealed_demand_global_state, part[b]);
			cstn_demand_global_state_free(part[b]);
		}
		merge(part[a], from);
		cstn_demand_global_state_free(from);
		part[b] = part[--n];
	}
	return part[0];
}

START_TEST(any_split_and_merge_tree_gives_the_bytes_of_one_fit)
{
	const kind *k = &kinds[_i];
	cstn_demand_global *whole = fitted(k);
	cstn_demand_global_state *empty = begun(k),
				 *one = sealed_copy(&sealed_demand_global_state, empty);
	size_t i;

	update(one, k, ALL, 1);
	for (i = 0; i < 334; i += 2 * test_every() - 1) {
		cstn_demand_global_state *state = in_parts(k, empty, 1000000 + 100 * i);
		cstn_demand_global *model = finished(state);

		sealed_expect_equal(&sealed_demand_global_state, one, state);
		sealed_expect_equal(&sealed_demand_global, whole, model);
		cstn_demand_global_unref(model);
		cstn_demand_global_state_free(state);
	}
	cstn_demand_global_state_free(one);
	cstn_demand_global_state_free(empty);
	cstn_demand_global_unref(whole);
}
END_TEST

START_TEST(bytes_are_those_of_every_machine)
{
	const kind *k = &kinds[_i];
	cstn_demand_global_state *state = begun(k);
	uint64_t digest;

	update(state, k, ALL, 2);
	digest = sealed_digest(&sealed_demand_global_state, state, NULL, 0);
	ck_assert_msg(digest == k->digest, "kind %d: %#llx", _i, (unsigned long long)digest);
	cstn_demand_global_state_free(state);
}
END_TEST

/* Totals of whole numbers by a query are as good as the rows. */
START_TEST(totals_that_were_added_before_give_the_same_state)
{
	static double sum[3][DAYS];
	static char text[TEXT_SIZE];
	const kind *k = &kinds[2];
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *rows_state = begun(k), *state = NULL;
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), "ds,y,pool\n");
	cstn_buffer *buffer;
	const char *cells;
	int pool, day, i;

	memset(sum, 0, sizeof(sum));
	rows_of(k, ALL, k->schema, &rows);
	cells = csv_text(&rows, &buffer);
	for (i = 1; *csv_cell(cells, i, "ds"); i++) {
		int month, date;

		ck_assert_int_eq(sscanf(csv_cell(cells, i, "ds"), "2024-%d-%d", &month, &date), 2);
		day = (month - 1) * 28 + date - 1;
		if (day < DAYS)
			sum[atoi(csv_cell(cells, i, "pool"))][day] += atof(csv_cell(cells, i, "y"));
	}
	cstn_buffer_free(buffer);
	for (pool = 2; pool >= 0; pool--)
		for (day = 0; day < DAYS; day++)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
					"2024-%02d-%02d,%.17g,%d\n", day / 28 + 1, day % 28 + 1,
					sum[pool][day], pool);
	csv_rows(&rows, k->totals, text);
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &state, NULL, NULL),
			CSTN_OK);
	sealed_expect_equal(&sealed_demand_global_state, rows_state, state);
	cstn_demand_global_state_free(rows_state);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(what_is_sold_comes_up_to_the_totals_once_every_part_is_in)
{
	const kind *k = &kinds[2];
	cstn_demand_global_state *state = begun(k);

	ck_assert_double_eq(number(state, "sold"), 0);
	ck_assert_double_gt(number(state, "total"), 0);
	update(state, k, ALL & ~4u, 1);
	ck_assert_double_lt(number(state, "sold"), number(state, "total"));
	ck_assert_double_eq(number(state, "keys"), SERIES - 1);
	update(state, k, 4, 1);
	ck_assert_double_eq(number(state, "sold"), number(state, "total"));
	ck_assert_double_eq(number(state, "keys"), SERIES);
	ck_assert_double_lt(number(state, "series"), SERIES);
	ck_assert_double_eq(number(state, "pools"), 3);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(a_finished_state_goes_on)
{
	const kind *k = &kinds[0];
	cstn_demand_global_state *state = begun(k);
	cstn_demand_global *whole = fitted(k), *model;

	update(state, k, 7, 1);
	cstn_demand_global_unref(finished(state));
	update(state, k, ALL & ~7u, 1);
	model = finished(state);
	sealed_expect_equal(&sealed_demand_global, whole, model);
	cstn_demand_global_unref(model);
	cstn_demand_global_unref(whole);
	cstn_demand_global_state_free(state);
}
END_TEST

/* --- series that may not be in ---------------------------------------------------------------- */

static void refuses_row(cstn_demand_global_state *state, const char *schema, const char *text,
		int row, int32_t code)
{
	cstn_demand_global_state *before = sealed_copy(&sealed_demand_global_state, state);
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	double left_out = number(state, "left_out");
	cstn_row_error first;

	csv_rows(&rows, schema, text);
	ck_assert_int_eq(cstn_demand_global_state_update(state, &rows, NULL, &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert_uint_eq(first.row, (uint64_t)row);
	ck_assert_int_eq(first.code, code);
	ck_assert_double_eq(number(state, "left_out"), left_out + 1);
	ck_assert_double_eq(number(state, "keys"), number(before, "keys"));
	ck_assert_double_eq(number(state, "sold"), number(before, "sold"));
	cstn_row_errors_free(bad);
	cstn_demand_global_state_free(before);
}

START_TEST(a_series_is_left_out_that_is_in_or_has_no_total_or_goes_beyond)
{
	const kind *k = &kinds[0];
	cstn_demand_global_state *state = begun(k);

	update(state, k, 5, 1);
	refuses_row(state, k->schema, HEAD "s0,130,1,p0,0\n", 0, CSTN_ROW_DUPLICATE);
	refuses_row(state, k->schema, HEAD "new,130,1,zz,0\n", 0, CSTN_ROW_REFERENCE);
	refuses_row(state, k->schema, HEAD "new,131,1,p0,0\nnew,132,2,p0,0\n", 1, CSTN_ROW_RANGE);
	refuses_row(state, k->schema, HEAD "new,130,1,p0,0\nnew,130,2,p0,0\n", 1,
			CSTN_ROW_DUPLICATE);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(a_bad_row_leaves_out_its_series_as_in_one_fit)
{
	const kind *k = &kinds[0];
	const char *bad_row = "s7,500,,p1,0\ns7,501,3,p1,0\n";
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *state = NULL;
	cstn_demand_global *whole = NULL, *model;
	cstn_buffer *buffer;
	struct ArrowArrayStream rows;
	char *text;

	rows_of(k, ALL & ~2u, k->schema, &rows); /* s7 is the series of number 1 */
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &state, NULL, NULL),
			CSTN_OK);
	rows_of(k, ALL, k->schema, &rows);
	text = malloc(TEXT_SIZE);
	ck_assert_ptr_nonnull(text);
	snprintf(text, TEXT_SIZE, "%s%s", csv_text(&rows, &buffer), bad_row);
	cstn_buffer_free(buffer);
	csv_rows(&rows, k->schema, text);
	ck_assert_int_eq(cstn_demand_global_fit(&rows, &options, NULL, &whole, NULL, NULL),
			CSTN_E_ROWS);
	csv_rows(&rows, k->schema, text);
	ck_assert_int_eq(cstn_demand_global_state_update(state, &rows, NULL, NULL, NULL),
			CSTN_E_ROWS);
	model = finished(state);
	sealed_expect_equal(&sealed_demand_global, whole, model);
	free(text);
	cstn_demand_global_unref(model);
	cstn_demand_global_unref(whole);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(states_that_share_a_series_are_a_conflict_and_stay)
{
	const kind *k = &kinds[_i];
	cstn_demand_global_state *a = begun(k), *b = begun(k), *before;
	cstn_error *error = NULL;

	update(a, k, 7, 1);
	update(b, k, 4 | 8, 1);
	before = sealed_copy(&sealed_demand_global_state, a);
	expect_error(cstn_demand_global_state_merge(a, b, &error), CSTN_E_CONFLICT, &error,
			_i == 1 ? "series '14' is in both" : "series 's14' is in both");
	sealed_expect_equal(&sealed_demand_global_state, before, a);
	cstn_demand_global_state_free(before);
	cstn_demand_global_state_free(a);
	cstn_demand_global_state_free(b);
}
END_TEST

START_TEST(states_of_other_options_totals_or_keys_do_not_merge)
{
	const kind *k = &kinds[0];
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *a = begun(k), *b = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	options.penalty = .01;
	rows_of(k, ALL, k->schema, &rows);
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &b, NULL, NULL),
			CSTN_OK);
	expect_error(cstn_demand_global_state_merge(a, b, &error), CSTN_E_MISMATCH, &error,
			"different options or totals");
	cstn_demand_global_state_free(b);
	options = ask(k);
	rows_of(k, ALL & ~1u, k->schema, &rows);
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &b, NULL, NULL),
			CSTN_OK);
	expect_error(cstn_demand_global_state_merge(a, b, &error), CSTN_E_MISMATCH, &error,
			"different options or totals");
	cstn_demand_global_state_free(b);
	b = begun(k);
	csv_rows(&rows, "unique_id int64\nds int64\ny double\npool text\nfair double\n",
			HEAD "3,120,1,p0,0\n");
	ck_assert_int_eq(cstn_demand_global_state_update(b, &rows, NULL, NULL, NULL), CSTN_OK);
	update(a, k, 1, 1);
	expect_error(cstn_demand_global_state_merge(a, b, &error), CSTN_E_MISMATCH, &error,
			"unique_id");
	csv_rows(&rows, "unique_id int64\nds int64\ny double\npool text\nfair double\n",
			HEAD "3,120,1,p0,0\n");
	expect_error(cstn_demand_global_state_update(a, &rows, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "text in the state");
	cstn_demand_global_state_free(a);
	cstn_demand_global_state_free(b);
}
END_TEST

START_TEST(states_with_nothing_in_merge_and_give_no_model)
{
	const kind *k = &kinds[0];
	cstn_demand_global_state *a = begun(k), *b = begun(k);
	cstn_demand_global *model = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	merge(a, b);
	csv_rows(&rows, k->schema, HEAD);
	ck_assert_int_eq(cstn_demand_global_state_update(a, &rows, NULL, NULL, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_demand_global_state, a, b);
	expect_error(cstn_demand_global_state_finish(a, &model, &error), CSTN_E_EMPTY, &error,
			"no series");
	update(b, k, 1u << 3, 1); /* too short */
	merge(a, b);
	expect_error(cstn_demand_global_state_finish(a, &model, &error), CSTN_E_EMPTY, &error,
			"91 periods of history");
	ck_assert_ptr_null(model);
	cstn_demand_global_state_free(a);
	cstn_demand_global_state_free(b);
}
END_TEST

/* --- input ------------------------------------------------------------------------------------ */

static void new_refused(const cstn_demand_global_options *options, const char *schema,
		const char *text, cstn_status expected, const char *part)
{
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	csv_rows(&rows, schema, text);
	expect_error(cstn_demand_global_state_new(&rows, options, NULL, &state, NULL, &error),
			expected, &error, part);
	ck_assert_ptr_null(state);
	ck_assert_ptr_null(rows.release);
}

START_TEST(totals_and_options_that_cannot_be_are_refused)
{
	const char *schema = "ds int64\ny double null\npool text\n";
	cstn_demand_global_options options = ask(&kinds[0]);

	new_refused(&options, schema, "ds,y,pool\n", CSTN_E_EMPTY, "no totals");
	new_refused(&options, schema, "ds,y,pool\n1,,p\n", CSTN_E_EMPTY, "no totals");
	new_refused(&options, "ds int64\ny double\n", "ds,y\n1,1\n", CSTN_E_SCHEMA, "pool");
	new_refused(&options, "ds text\ny double\npool text\n", "ds,y,pool\n1,1,p\n", CSTN_E_SCHEMA,
			"ds");
	options.trees = 3;
	new_refused(&options, schema, "ds,y,pool\n1,1,p\n", CSTN_E_INVALID_ARGUMENT,
			"trees is 3: trees do not grow in parts");
	options.trees = 0;
	options.horizon = -1;
	new_refused(&options, schema, "ds,y,pool\n1,1,p\n", CSTN_E_INVALID_ARGUMENT,
			"horizon is -1");
}
END_TEST

START_TEST(totals_may_be_huge)
{
	static char text[1 << 20];
	cstn_demand_global_options options = ask(&kinds[0]);
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), "ds,y,pool\n");

	while (used < sizeof(text) - 64)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "1,1e300,p\n");
	csv_rows(&rows, kinds[0].totals, text);
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &state, NULL, NULL),
			CSTN_OK);
	ck_assert_double_gt(number(state, "total"), 9e304);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(a_bad_total_is_told_and_left_out)
{
	const kind *k = &kinds[0];
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *state = NULL;
	cstn_row_errors *bad = NULL;
	cstn_row_error is;
	struct ArrowArrayStream rows;

	csv_rows(&rows, "ds int64\ny double null\npool text null\n",
			"ds,y,pool\n1,3,p\n2,4,\n3,1e301,p\n4,5,q\n5,,p\n");
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &state, &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &is, NULL), CSTN_OK);
	ck_assert(is.row == 1 && is.code == CSTN_ROW_NULL);
	ck_assert_int_eq(cstn_row_errors_at(bad, 1, &is, NULL), CSTN_OK);
	ck_assert(is.row == 2 && is.code == CSTN_ROW_RANGE);
	ck_assert_double_eq(number(state, "total"), 8);
	ck_assert_double_eq(number(state, "pools"), 2);
	cstn_row_errors_free(bad);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(a_cancelled_update_changes_nothing)
{
	const kind *k = &kinds[0];
	cstn_demand_global_update_options options = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;
	cstn_demand_global_state *state = begun(k), *before;
	struct ArrowArrayStream rows;

	update(state, k, 1, 1);
	before = sealed_copy(&sealed_demand_global_state, state);
	ck_assert_int_eq(cstn_progress_new(NULL, &options.progress, NULL), CSTN_OK);
	cstn_progress_cancel(options.progress);
	rows_of(k, 2, k->schema, &rows);
	ck_assert_int_eq(cstn_demand_global_state_update(state, &rows, &options, NULL, NULL),
			CSTN_E_CANCELLED);
	sealed_expect_equal(&sealed_demand_global_state, before, state);
	cstn_progress_free(options.progress);
	cstn_demand_global_state_free(state);
	cstn_demand_global_state_free(before);
}
END_TEST

START_TEST(what_is_null_or_out_of_range_is_named)
{
	const kind *k = &kinds[0];
	cstn_demand_global_update_options options = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;
	cstn_demand_global_state *state = begun(k);
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	double value;

	rows_of(k, 1, k->schema, &rows);
	expect_error(cstn_demand_global_state_new(&rows, NULL, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	rows_of(k, 1, k->schema, &rows);
	expect_error(cstn_demand_global_state_update(NULL, &rows, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "state is NULL");
	options.threads = -1;
	rows_of(k, 1, k->schema, &rows);
	expect_error(cstn_demand_global_state_update(state, &rows, &options, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "threads is -1");
	expect_error(cstn_demand_global_state_merge(state, state, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "one state");
	expect_error(cstn_demand_global_state_merge(state, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "NULL");
	expect_error(cstn_demand_global_state_finish(state, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "out is NULL");
	expect_error(cstn_demand_global_state_serialize(NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "state is NULL");
	expect_error(cstn_demand_global_state_get_param(state, NULL, &value, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "name is NULL");
	expect_error(cstn_demand_global_state_get_param(state, "none", &value, &error),
			CSTN_E_NOT_FOUND, &error, "none");
	cstn_demand_global_state_free(NULL);
	cstn_demand_global_state_free(state);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

/* Of what changed bytes read back to, a model is or is not made; never anything else. */
static void use_state(void *self)
{
	cstn_demand_global *model = NULL;

	if (cstn_demand_global_state_finish(self, &model, NULL) == CSTN_OK)
		cstn_demand_global_unref(model);
}

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80};
	const kind *k = &kinds[_i];
	cstn_demand_global_options options = ask(k);
	cstn_demand_global_state *state = NULL;
	struct ArrowArrayStream rows;

	options.origins = 1;
	options.season = 2;
	options.horizon = 2;
	options.n_signals = 0;
	rows_of(k, 3, k->schema, &rows);
	ck_assert_int_eq(cstn_demand_global_state_new(&rows, &options, NULL, &state, NULL, NULL),
			CSTN_OK);
	update(state, k, 3, 1);
	sealed_refuses_damage(&sealed_demand_global_state, state, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(
					  &sealed_demand_global_state, state, flips, 2, use_state),
			50);
	cstn_demand_global_state_free(state);
}
END_TEST

START_TEST(bytes_of_a_newer_version_say_so)
{
	cstn_demand_global_state *state = begun(&kinds[0]), *read = NULL;
	cstn_buffer *bytes = sealed_write(&sealed_demand_global_state, state);
	size_t size = cstn_buffer_size(bytes);
	uint8_t *copy = malloc(size);
	cstn_error *error = NULL;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, cstn_buffer_data(bytes), size);
	sealed_put(copy + 10, 2, 2);
	sealed_mend_checksum(copy, size);
	expect_error(cstn_demand_global_state_deserialize(copy, size, NULL, &read, &error),
			CSTN_E_NEWER_FORMAT, &error, "version 2");
	ck_assert_ptr_null(read);
	free(copy);
	cstn_buffer_free(bytes);
	cstn_demand_global_state_free(state);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {totals_that_were_added_before_give_the_same_state,
			what_is_sold_comes_up_to_the_totals_once_every_part_is_in,
			a_finished_state_goes_on,
			a_series_is_left_out_that_is_in_or_has_no_total_or_goes_beyond,
			a_bad_row_leaves_out_its_series_as_in_one_fit,
			states_of_other_options_totals_or_keys_do_not_merge,
			states_with_nothing_in_merge_and_give_no_model,
			totals_and_options_that_cannot_be_are_refused, totals_may_be_huge,
			a_bad_total_is_told_and_left_out, a_cancelled_update_changes_nothing,
			what_is_null_or_out_of_range_is_named, bytes_of_a_newer_version_say_so};
	const TTest *const of_kinds[] = {any_split_and_merge_tree_gives_the_bytes_of_one_fit,
			bytes_are_those_of_every_machine,
			states_that_share_a_series_are_a_conflict_and_stay,
			damaged_bytes_are_refused};
	Suite *suite = suite_create("global ridge in parts");
	TCase *all = tcase_create("all");
	size_t i;

	tcase_set_timeout(all, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	for (i = 0; i < sizeof(of_kinds) / sizeof(of_kinds[0]); i++)
		tcase_add_loop_test(all, of_kinds[i], 0, KINDS);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
