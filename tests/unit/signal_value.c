/* What signals are worth, on rows: what is refused, what is left out, and what must come out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_signal.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define SIGNALS \
	"signal text\nunique_id text null\nds int64\nvalue double\navailable_us int64 null\n"
#define SIGNAL_HEAD "signal,unique_id,ds,value,available_us\n"
#define DAYS 160

/* Two shops of a made-up world: an offer every now and then doubles demand, an order book that
 * tells of half of it, and noise. */
typedef struct world {
	char rows[64 << 10], signals[256 << 10];
	size_t used;
} world;

static double noise(int shop, int t)
{
	return cstn__random_unit((uint64_t)shop + 40, (uint64_t)t);
}

static int is_offer(int t)
{
	return cstn__random_unit(7, (uint64_t)t) < 0.3;
}

static double demand(int shop, int t)
{
	return floor(20 + 10 * shop + 6 * (t % 7 == 5) + 25 * is_offer(t) + 8 * noise(shop, t));
}

static void add_signal(world *w, const char *name, const char *key, int ds, double value, int came)
{
	w->used += (size_t)snprintf(w->signals + w->used, sizeof(w->signals) - w->used,
			came == INT32_MIN ? "%s,%s,%d,%.6g,\n" : "%s,%s,%d,%.6g,%d\n", name, key,
			ds, value, came);
}

static world *new_world(void)
{
	world *w = malloc(sizeof(*w));
	size_t used = 0;
	int t, shop;

	ck_assert_ptr_nonnull(w);
	used += (size_t)snprintf(w->rows, sizeof(w->rows), "unique_id,ds,y,pool\n");
	for (t = 0; t < DAYS; t++)
		for (shop = 0; shop < 2; shop++)
			used += (size_t)snprintf(w->rows + used, sizeof(w->rows) - used,
					"shop%d,%d,%.0f,town%d\n", shop, t, demand(shop, t), shop);
	w->used = (size_t)snprintf(w->signals, sizeof(w->signals), SIGNAL_HEAD);
	return w;
}

#define ROWS "unique_id text\nds int64\ny double\npool text\n"

static cstn_signal_value_options ask(void)
{
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;

	options.season = 7;
	options.threads = 1;
	options.origins = 40;
	options.resamples = 99;
	return options;
}

static cstn_signal declare(const char *name, int32_t kind, int32_t feature, uint32_t flags)
{
	cstn_signal s = CSTN_SIGNAL_INIT;

	s.name = name;
	s.kind = kind;
	s.feature = feature;
	s.flags = flags;
	return s;
}

/* The call; the table as text (to be freed with *buffer) or NULL on failure. */
static const char *value_of(const world *w, const cstn_signal *declared, size_t n,
		const cstn_signal_value_options *options, cstn_status expected, const char *part,
		cstn_row_errors **bad, cstn_buffer **buffer)
{
	struct ArrowArrayStream rows, signals, out;
	const cstn_signal *list[70];
	cstn_error *error = NULL;
	cstn_status status;
	size_t i;

	for (i = 0; i < n && i < 70; i++)
		list[i] = &declared[i];
	csv_rows(&rows, ROWS, w->rows);
	csv_rows(&signals, SIGNALS, w->signals);
	status = cstn_signal_value(&rows, &signals, list, n, options, NULL, &out, bad, &error);
	ck_assert_ptr_null(rows.release);
	ck_assert_ptr_null(signals.release);
	if (part || status != expected) {
		expect_error(status, expected, &error, part ? part : "");
		return NULL;
	}
	cstn_error_free(error);
	return csv_text(&out, buffer);
}

static double cell(const char *text, int row, const char *column)
{
	const char *value = csv_cell(text, row, column);

	return *value ? atof(value) : (double)NAN;
}

static void refused(const world *w, const cstn_signal *declared, size_t n,
		const cstn_signal_value_options *options, cstn_status expected, const char *part)
{
	cstn_signal_value_options usual = ask();

	(void)value_of(w, declared, n, options ? options : &usual, expected, part, NULL, NULL);
}

/* Offers, told three days ahead, for all; noise, for all. */
static void add_offers(world *w)
{
	int t;

	for (t = 0; t < DAYS + 1; t++) {
		add_signal(w, "offer", "", t, is_offer(t), t - 3);
		add_signal(w, "moon", "", t, cstn__random_unit(99, (uint64_t)t), INT32_MIN);
	}
}

/* Offers alone, but for two days. */
static void add_offers_but(world *w, int one, int other)
{
	int t;

	for (t = 0; t < DAYS; t++)
		if (t != one && t != other)
			add_signal(w, "offer", "", t, is_offer(t), t - 3);
}

START_TEST(a_signal_that_helps_is_worth_something_and_noise_is_not)
{
	cstn_signal declared[2] = {declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0),
			declare("moon", CSTN_SIGNAL_KNOWN_FUTURE, 0, CSTN_SIGNAL_ASSUME_KNOWN)};
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;
	double none;

	add_offers(w);
	declared[0].partner = "Depot";
	text = value_of(w, declared, 2, &options, CSTN_OK, NULL, NULL, &buffer);
	none = cell(text, 1, "without");
	ck_assert_str_eq(csv_cell(text, 1, "group"), "");
	ck_assert_str_eq(csv_cell(text, 2, "group"), "offer");
	ck_assert_str_eq(csv_cell(text, 2, "partner"), "Depot");
	ck_assert_str_eq(csv_cell(text, 2, "loss"), "rmsle");
	ck_assert_str_eq(csv_cell(text, 3, "partner"), "");
	ck_assert_str_eq(csv_cell(text, 1, "n_series"), "2");
	ck_assert_str_eq(csv_cell(text, 1, "n_origins"), "40");
	ck_assert_str_eq(csv_cell(text, 1, "n_rows"), "80");
	ck_assert_double_gt(cell(text, 2, "value"), 0.3 * none);
	ck_assert_double_gt(cell(text, 2, "low"), 0);
	ck_assert_double_lt(cell(text, 2, "p"), 0.001);
	ck_assert_double_lt(fabs(cell(text, 3, "value")), 0.003 * none);
	ck_assert_double_le(cell(text, 3, "low"), 0);
	ck_assert_double_ge(cell(text, 3, "high"), 0);
	ck_assert_double_gt(cell(text, 3, "p"), 0.05);
	ck_assert_double_eq_tol(cell(text, 2, "shapley") + cell(text, 3, "shapley"),
			none - cell(text, 1, "with"), 1e-9);
	ck_assert_str_eq(csv_cell(text, 2, "assumed_known"), "false");
	ck_assert_str_eq(csv_cell(text, 3, "assumed_known"), "true");
	ck_assert_str_eq(csv_cell(text, 1, "assumed_known"), "true");
	ck_assert_str_eq(csv_cell(text, 1, "money_minor"), "");
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(threads_and_order_of_rows_change_no_byte)
{
	static const int32_t threads[] = {2, 3, 8};
	cstn_signal declared[2] = {declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0),
			declare("moon", CSTN_SIGNAL_KNOWN_FUTURE, 0, CSTN_SIGNAL_ASSUME_KNOWN)};
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *first, *two = NULL, *other;
	const char *text;
	size_t i, used;
	int t, shop;

	add_offers(w);
	options.flags = CSTN_SIGNAL_BY_POOL;
	options.service_ppm = 950000;
	options.holding_minor = 10;
	text = value_of(w, declared, 2, &options, CSTN_OK, NULL, NULL, &first);
	used = strlen("unique_id,ds,y,pool\n");
	for (shop = 1; shop >= 0; shop--)
		for (t = 0; t < DAYS; t++)
			used += (size_t)snprintf(w->rows + used, sizeof(w->rows) - used,
					"shop%d,%d,%.0f,town%d\n", shop, t, demand(shop, t), shop);
	for (i = 0; i < 3; i++) {
		const char *again;

		options.threads = threads[i];
		again = value_of(w, declared, 2, &options, CSTN_OK, NULL, NULL, &other);
		/* pools come in the order of the rows: the first three rows are of all */
		ck_assert_int_eq(
				strncmp(again, text, (size_t)(strstr(text, "town") - text) - 2), 0);
		ck_assert_str_eq(csv_cell(again, 4, "pool"), "town1");
		ck_assert_str_eq(csv_cell(again, 5, "value"), csv_cell(text, 8, "value"));
		ck_assert_str_eq(csv_cell(again, 5, "stock_units"),
				csv_cell(text, 8, "stock_units"));
		if (i == 0)
			two = other;
		else
			expect_same_bytes(two, other);
	}
	cstn_buffer_free(two);
	cstn_buffer_free(first);
	free(w);
}
END_TEST

/* --- leakage --- */

START_TEST(a_value_that_came_after_the_cut_is_refused_by_name)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	cstn_signal_value_options options = ask();
	const int32_t three = 3, four = 4;
	world *w = new_world();
	cstn_buffer *buffer;

	add_offers_but(w, -1, -1);
	options.horizons = &three;
	options.n_horizons = 1;
	ck_assert_ptr_nonnull(value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer));
	cstn_buffer_free(buffer);
	options.horizons = &four;
	refused(w, &declared, 1, &options, CSTN_E_LEAKAGE,
			"signal 'offer', series 'shop0', ds 31: available_us 28 is after the cut "
			"27");
	/* an offset moves the cut */
	options.origin_offset_us = 1;
	ck_assert_ptr_nonnull(value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer));
	cstn_buffer_free(buffer);
	/* what came too late may be said to be missing: nothing is left */
	options.origin_offset_us = 0;
	declared.flags = CSTN_SIGNAL_LATE_IS_MISSING;
	refused(w, &declared, 1, &options, CSTN_E_EMPTY, "4 periods ahead");
	free(w);
}
END_TEST

START_TEST(a_value_of_which_nothing_says_when_it_came_is_refused_unless_that_is_assumed)
{
	cstn_signal declared[2] = {declare("moon", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0),
			declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0)};
	world *w = new_world();

	add_offers(w);
	refused(w, declared, 2, NULL, CSTN_E_LEAKAGE, "signal 'moon', series 'shop0', ds 28: noth");
	free(w);
}
END_TEST

START_TEST(an_observed_value_is_read_a_lag_before_the_origin_and_no_later)
{
	cstn_signal declared = declare("sold", CSTN_SIGNAL_OBSERVED_PAST, 0, 0);
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	int t;

	/* told two days after its day */
	for (t = 0; t < DAYS; t++)
		add_signal(w, "sold", "shop0", t, noise(0, t) + 1, t + 2);
	for (t = 0; t < DAYS; t++)
		add_signal(w, "sold", "town1", t, noise(1, t), t + 2);
	declared.lag = 1;
	refused(w, &declared, 1, &options, CSTN_E_LEAKAGE,
			"ds 26: available_us 28 is after the cut 27");
	declared.lag = 2;
	ck_assert_ptr_nonnull(value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer));
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(a_signal_that_is_what_will_be_sold_is_refused)
{
	cstn_signal declared =
			declare("tip", CSTN_SIGNAL_KNOWN_FUTURE, 0, CSTN_SIGNAL_ASSUME_KNOWN);
	world *w = new_world();
	int t, shop;

	for (shop = 0; shop < 2; shop++)
		for (t = 0; t + 1 < DAYS; t++)
			add_signal(w, "tip", shop ? "shop1" : "shop0", t,
					3 * demand(shop, t + _i) + 1, INT32_MIN);
	refused(w, &declared, 1, NULL, CSTN_E_LEAKAGE, _i ? "'tip' repeats y, 1 " : "repeats y, 0");
	free(w);
}
END_TEST

START_TEST(yesterdays_sales_are_no_leak_as_an_observation)
{
	cstn_signal declared = declare("sold", CSTN_SIGNAL_OBSERVED_PAST, 0, 0);
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	int t, shop;

	for (shop = 0; shop < 2; shop++)
		for (t = 0; t < DAYS; t++)
			add_signal(w, "sold", shop ? "shop1" : "shop0", t, demand(shop, t),
					INT32_MIN);
	ck_assert_ptr_nonnull(value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer));
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

/* --- orders, pools, stock --- */

START_TEST(orders_count_from_when_they_were_entered)
{
	cstn_signal declared = declare("orders", CSTN_SIGNAL_FORWARD_ORDER, 0, 0);
	cstn_signal_value_options options = ask();
	const int32_t days[2] = {1, 4};
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;
	int t, shop;

	/* half of what an offer sells is ordered three days ahead: nothing four days ahead */
	for (shop = 0; shop < 2; shop++)
		for (t = 0; t < DAYS; t++)
			if (is_offer(t))
				add_signal(w, "orders", shop ? "shop1" : "shop0", t, 12, t - 3);
	options.horizons = days;
	options.n_horizons = 2;
	text = value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer);
	ck_assert_double_gt(cell(text, 2, "value"), 0.3 * cell(text, 1, "without"));
	ck_assert_str_eq(csv_cell(text, 4, "h"), "4");
	ck_assert_double_eq_tol(cell(text, 4, "value"), 0, 1e-12);
	ck_assert_ptr_nonnull(strstr(text, "orders: booked_against_usual"));
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(the_stock_that_a_signal_saves_is_told_in_units_and_money)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;
	double units;

	add_offers_but(w, -1, -1);
	options.service_ppm = 950000;
	options.holding_minor = 250;
	options.lead_time = 2;
	text = value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer);
	units = cell(text, 2, "stock_units");
	ck_assert_double_gt(units, 10);
	ck_assert_double_eq_tol(cell(text, 2, "money_minor"), 250 * units, 0.51);
	ck_assert_str_eq(csv_cell(text, 1, "money_minor"), csv_cell(text, 2, "money_minor"));
	cstn_buffer_free(buffer);
	options.margin_minor = 1000;
	text = value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer);
	ck_assert_double_gt(cell(text, 2, "money_minor"), 250 * units + 10);
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(nine_groups_have_sampled_shapley_values_with_their_error)
{
	static const char names[9][8] = {"a", "b", "c", "d", "e", "f", "g", "h", "offer"};
	cstn_signal declared[9];
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;
	double sum = 0;
	int t, k;

	for (k = 0; k < 9; k++) {
		declared[k] = declare(
				names[k], CSTN_SIGNAL_KNOWN_FUTURE, 0, CSTN_SIGNAL_ASSUME_KNOWN);
		for (t = 0; t < DAYS; t++)
			add_signal(w, names[k], "", t,
					k == 8 ? is_offer(t)
					       : cstn__random_unit((uint64_t)k, (uint64_t)t),
					INT32_MIN);
	}
	options.permutations = 20;
	text = value_of(w, declared, 9, &options, CSTN_OK, NULL, NULL, &buffer);
	for (k = 2; k <= 10; k++) {
		sum += cell(text, k, "shapley");
		ck_assert(cell(text, k, "shapley_error") >= 0);
	}
	ck_assert_double_eq_tol(sum, cell(text, 1, "without") - cell(text, 1, "with"), 1e-9);
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

/* --- what is not there, and what is not declared --- */

START_TEST(a_row_without_its_signal_is_left_out_of_every_subset_and_counted)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;

	add_offers_but(w, 60, 150);
	text = value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "n_rows"), "78");
	ck_assert_str_eq(csv_cell(text, 1, "n_origins"), "39");
	ck_assert_str_eq(csv_cell(text, 1, "n_missing"), "4");
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(a_signal_that_never_changes_is_dropped_by_name)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	cstn_signal_value_options options = ask();
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;
	int t;

	for (t = 0; t < DAYS; t++)
		add_signal(w, "offer", "", t, 4, t - 3);
	text = value_of(w, &declared, 1, &options, CSTN_OK, NULL, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, 2, "dropped"), "offer: value");
	ck_assert_double_eq(cell(text, 2, "value"), 0);
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

START_TEST(what_is_not_declared_is_refused_wherever_it_stands)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	const cstn_signal *list[] = {&declared};
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	world *w = new_world();

	add_offers(w);
	refused(w, &declared, 1, NULL, CSTN_E_SCHEMA, "signal 'moon' is not declared");
	csv_rows(&rows, "unique_id text\nds int64\ny double\nprice double\n",
			"unique_id,ds,y,price\na,1,2,3\n");
	expect_error(cstn_signal_value(&rows, NULL, list, 1, NULL, NULL, &out, NULL, &error),
			CSTN_E_SCHEMA, &error, "column 'price' is not declared");
	declared.kind = CSTN_SIGNAL_FORWARD_ORDER;
	csv_rows(&rows, "unique_id text\nds int64\ny double\noffer double\n",
			"unique_id,ds,y,offer\na,1,2,3\n");
	expect_error(cstn_signal_value(&rows, NULL, list, 1, NULL, NULL, &out, NULL, &error),
			CSTN_E_SCHEMA, &error, "does not say when they came");
	free(w);
}
END_TEST

START_TEST(bad_rows_of_either_stream_are_told_apart)
{
	cstn_signal declared[2] = {declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0),
			declare("moon", CSTN_SIGNAL_KNOWN_FUTURE, 0, CSTN_SIGNAL_ASSUME_KNOWN)};
	cstn_signal_value_options options = ask();
	cstn_row_errors *bad = NULL;
	world *w = new_world();
	cstn_buffer *buffer;
	const char *text;

	add_offers(w);
	add_signal(w, "offer", "nobody", 3, 1, 0);
	add_signal(w, "offer", "", 3, 0.5, 0);
	strcat(w->rows, "shop1,500,2e300,town1\n");
	text = value_of(w, declared, 2, &options, CSTN_E_ROWS, NULL, &bad, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "n_series"), "1");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "y");
	ck_assert_str_eq(cstn_row_errors_column(bad, 1), "signals.unique_id");
	ck_assert_str_eq(cstn_row_errors_value(bad, 1), "nobody");
	ck_assert_str_eq(cstn_row_errors_column(bad, 2), "signals.value");
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
	free(w);
}
END_TEST

static const struct {
	int32_t kind, feature, lag, classes;
	uint32_t flags;
	const char *name, *part;
	cstn_status status;
} declarations[] = {
		{1, 0, 0, 0, 0, "", "0 bytes long", CSTN_E_INVALID_ARGUMENT},
		{1, 0, 0, 0, 0, "pool", "'pool' is a column", CSTN_E_INVALID_ARGUMENT},
		{0, 0, 0, 0, 0, "x", "kind is 0", CSTN_E_INVALID_ARGUMENT},
		{4, 0, 0, 0, 0, "x", "kind is 4", CSTN_E_INVALID_ARGUMENT},
		{1, 10, 0, 0, 0, "x", "feature is 10", CSTN_E_INVALID_ARGUMENT},
		{3, 1, 0, 0, 0, "x", "orders, and they alone", CSTN_E_INVALID_ARGUMENT},
		{1, 5, 0, 0, 0, "x", "orders, and they alone", CSTN_E_INVALID_ARGUMENT},
		{2, 9, 0, 0, 0, "x", "known ahead", CSTN_E_INVALID_ARGUMENT},
		{1, 0, 1, 0, 0, "x", "lag is 1 (0 to 0)", CSTN_E_INVALID_ARGUMENT},
		{2, 0, 1025, 0, 0, "x", "lag is 1025", CSTN_E_INVALID_ARGUMENT},
		{1, 7, 0, 1, 0, "x", "classes is 1", CSTN_E_INVALID_ARGUMENT},
		{1, 1, 0, 2, 0, "x", "classes is 2", CSTN_E_INVALID_ARGUMENT},
		{3, 0, 0, 0, 1, "x", "never assumed", CSTN_E_INVALID_ARGUMENT},
		{1, 0, 0, 0, 4, "x", "flags", CSTN_E_INVALID_ARGUMENT},
};

START_TEST(a_declaration_that_makes_no_sense_is_refused)
{
	cstn_signal declared = declare(declarations[_i].name, declarations[_i].kind,
			declarations[_i].feature, declarations[_i].flags);
	world *w = new_world();

	declared.lag = declarations[_i].lag;
	declared.classes = declarations[_i].classes;
	refused(w, &declared, 1, NULL, declarations[_i].status, declarations[_i].part);
	free(w);
}
END_TEST

START_TEST(declarations_have_to_agree_with_each_other)
{
	cstn_signal declared[70];
	world *w = new_world();
	int i;

	for (i = 0; i < 70; i++)
		declared[i] = declare("x", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	refused(w, declared, 0, NULL, CSTN_E_INVALID_ARGUMENT, "no signal is declared");
	refused(w, declared, 2, NULL, CSTN_E_DUPLICATE, "'x' is declared twice");
	refused(w, declared, 65, NULL, CSTN_E_LIMIT, "65 signals");
	declared[1].name = "z";
	declared[1].group = "x";
	declared[1].partner = "Ann";
	refused(w, declared, 2, NULL, CSTN_E_INVALID_ARGUMENT, "group 'x' is of nobody and of Ann");
	declared[0] = declare("p", 1, CSTN_SIGNAL_AS_CLASS, 0);
	for (i = 0; i < 5; i++) {
		static const char names[5][2] = {"p", "q", "r", "s", "t"};

		declared[i] = declare(names[i], 1, CSTN_SIGNAL_AS_CLASS, 0);
		declared[i].classes = 64;
	}
	refused(w, declared, 5, NULL, CSTN_E_LIMIT, "320 columns");
	free(w);
}
END_TEST

START_TEST(options_out_of_range_are_refused_before_any_work)
{
	cstn_signal declared = declare("offer", CSTN_SIGNAL_KNOWN_FUTURE, 0, 0);
	const int32_t none = 0, far = 1025;
	world *w = new_world();
	cstn_signal_value_options options = ask();

	options.origins = 1;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "origins is 1 (2 to 4096)");
	options = ask();
	options.horizons = &none;
	options.n_horizons = 1;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "horizons[0] is 0");
	options.horizons = &far;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "horizons[0] is 1025");
	options = ask();
	options.n_means = 1;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "n_means is 1 of NULL");
	options = ask();
	options.penalty = (double)NAN;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "penalty");
	options = ask();
	options.service_ppm = 1000000;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "service_ppm");
	options = ask();
	options.gap = 3;
	refused(w, &declared, 1, &options, CSTN_E_INVALID_ARGUMENT, "gap is 3 (0 to 2)");
	options = ask();
	options.history = 10000;
	refused(w, &declared, 1, &options, CSTN_E_EMPTY, "0 rows to learn from and 0 to score");
	free(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signal_value");
	TCase *all = tcase_create("signal_value");

	tcase_set_timeout(all, 240);
	tcase_add_test(all, a_signal_that_helps_is_worth_something_and_noise_is_not);
	tcase_add_test(all, threads_and_order_of_rows_change_no_byte);
	tcase_add_test(all, a_value_that_came_after_the_cut_is_refused_by_name);
	tcase_add_test(all,
			a_value_of_which_nothing_says_when_it_came_is_refused_unless_that_is_assumed);
	tcase_add_test(all, an_observed_value_is_read_a_lag_before_the_origin_and_no_later);
	tcase_add_loop_test(all, a_signal_that_is_what_will_be_sold_is_refused, 0, 2);
	tcase_add_test(all, yesterdays_sales_are_no_leak_as_an_observation);
	tcase_add_test(all, orders_count_from_when_they_were_entered);
	tcase_add_test(all, the_stock_that_a_signal_saves_is_told_in_units_and_money);
	tcase_add_test(all, nine_groups_have_sampled_shapley_values_with_their_error);
	tcase_add_test(all, a_row_without_its_signal_is_left_out_of_every_subset_and_counted);
	tcase_add_test(all, a_signal_that_never_changes_is_dropped_by_name);
	tcase_add_test(all, what_is_not_declared_is_refused_wherever_it_stands);
	tcase_add_test(all, bad_rows_of_either_stream_are_told_apart);
	tcase_add_loop_test(all, a_declaration_that_makes_no_sense_is_refused, 0,
			(int)(sizeof(declarations) / sizeof(declarations[0])));
	tcase_add_test(all, declarations_have_to_agree_with_each_other);
	tcase_add_test(all, options_out_of_range_are_refused_before_any_work);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
