/* Known answers of RFM: summaries of purchases, cuts, scores and segments. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/rfm.h>

#include "known_answers.h"
#include "purchase_rows.h"
#include "table/export.h"

#define DAY CSTN_DAY_US

/* Rows of a log: customer, day, value with two decimals. */
typedef struct log_rows {
	purchase_row *items;
	size_t count;
} log_rows;

static void add_row(log_rows *rows, double customer, double day, double value)
{
	rows->items = realloc(rows->items, (rows->count + 1) * sizeof(*rows->items));
	ck_assert_ptr_nonnull(rows->items);
	rows->items[rows->count++] = (purchase_row){
			(int64_t)customer, (int32_t)day, (int64_t)floor(value * 100.0 + 0.5), 0, 0};
}

/* "1997-09-30" to days. */
static int32_t day_of(const char *text)
{
	int y = 0, m = 0, d = 0;

	ck_assert_int_eq(sscanf(text, "%d-%d-%d", &y, &m, &d), 3);
	return (int32_t)answer_days_of(y * 10000.0 + m * 100.0 + d);
}

static int32_t day_at(const answer *row, const char *key)
{
	char *text = answer_text(row, key);
	int32_t day;

	ck_assert_msg(text != NULL, "%s: no %s", row->id, key);
	day = day_of(text);
	free(text);
	return day;
}

/* "1,2015-01-01,1 1,2015-02-06,2 ..." */
static log_rows read_log(const answer *row)
{
	log_rows rows = {NULL, 0};
	char *text = answer_text(row, "log"), *at = text;

	while (at && *at) {
		double customer = strtod(at, &at), value;
		int32_t day = day_of(at + 1);

		value = strtod(strchr(at + 1, ',') + 1, &at);
		add_row(&rows, customer, day, value);
		at += strspn(at, " ");
	}
	free(text);
	return rows;
}

/* The log that `data` names. */
static log_rows read_data(const answer *row)
{
	log_rows rows = {NULL, 0};
	char *file = answer_text(row, "data");
	answer_table *table;
	size_t i;

	if (strstr(file, "CDNOW")) {
		table = answer_blanks(file, 5, 0);
		for (i = 0; i < table->rows; i++)
			add_row(&rows, table->numbers[1][i], answer_days_of(table->numbers[2][i]),
					table->numbers[4][i]);
	} else {
		table = answer_csv(file, "customer_id int64\norder_date date\nrevenue double\n", 0);
		for (i = 0; i < table->rows; i++)
			add_row(&rows, table->numbers[0][i], table->numbers[1][i],
					table->numbers[2][i]);
	}
	answer_table_free(table);
	free(file);
	return rows;
}

/* A state of the days from .. to. */
static cstn_purchases *state_of(
		const log_rows *rows, int32_t from, int32_t to, cstn_purchases_config config)
{
	config.flags |= CSTN_PURCHASES_WINDOW;
	config.from_days = from;
	config.to_days = to;
	return rows_state(&config, rows->items, rows->count, 0);
}

/* Columns of the table of customers. */
enum { CUSTOMER, RECENCY, FREQUENCY, MONETARY, X, TX, AGE, SPEND, MEAN, COLUMNS };
typedef struct customers {
	double *values[COLUMNS];
	size_t count;
} customers;

static customers customers_of(const cstn_purchases *state, int32_t as_of, int64_t unit_us)
{
	char *text = rows_customers(state, as_of, unit_us), *at;
	customers out = {{NULL}, 0};
	size_t n = 0, c;

	for (at = text; *at; at++)
		n += *at == ';';
	for (c = 0; c < COLUMNS; c++) {
		out.values[c] = calloc(n + 1, sizeof(double));
		ck_assert_ptr_nonnull(out.values[c]);
	}
	for (at = text; *at; at = strchr(at, ';') + 1, out.count++)
		for (c = 0; c < COLUMNS; c++) {
			/* a null stands as 0, which is what the sources print for it */
			out.values[c][out.count] = *at == '~' ? 0.0 : strtod(at, NULL);
			at = strchr(at, ',') + 1;
		}
	free(text);
	return out;
}

static void free_customers(customers *all)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++)
		free(all->values[c]);
}

static void summary(answer *row)
{
	log_rows rows = read_log(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	int32_t end = day_at(row, "end");
	char *mode = answer_text(row, "mode");
	cstn_purchases *state;
	customers all;

	config.period_days = mode ? 7 : 1;
	state = state_of(&rows, 0, end, config);
	all = customers_of(state, end, DAY);
	answer_got(row, "x", all.values[X], all.count);
	answer_got(row, "tx", all.values[TX], all.count);
	answer_got(row, "T", all.values[AGE], all.count);
	answer_got(row, "mean_repeat", all.values[SPEND], all.count);
	free_customers(&all);
	cstn_purchases_free(state);
	free(rows.items);
	free(mode);
}

static void train_test(answer *row)
{
	log_rows rows = read_log(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	int32_t cut = day_at(row, "calibration_end"), end = day_at(row, "end");
	cstn_purchases *before = state_of(&rows, 0, cut, config);
	cstn_purchases *after = state_of(&rows, cut + 1, end, config);
	customers train = customers_of(before, cut, DAY), test = customers_of(after, end, DAY);
	double mean[16] = {0.0};
	size_t i, k;

	ck_assert_uint_le(train.count, 16);
	for (i = 0; i < train.count; i++)
		for (k = 0; k < test.count; k++)
			if (train.values[CUSTOMER][i] == test.values[CUSTOMER][k])
				mean[i] = test.values[MEAN][k];
	answer_got(row, "mean_repeat", train.values[SPEND], train.count);
	answer_got(row, "test_mean", mean, train.count);
	free_customers(&train);
	free_customers(&test);
	cstn_purchases_free(before);
	cstn_purchases_free(after);
	free(rows.items);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void repeat_spend(answer *row)
{
	log_rows rows = read_data(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	int32_t cut = day_at(row, "calibration_end");
	cstn_purchases *state = state_of(&rows, 0, cut, config);
	customers all = customers_of(state, cut, 0);
	double *spend = calloc(all.count + 1, sizeof(*spend)), sum = 0.0, squares = 0.0;
	size_t n = 0, i;

	ck_assert_ptr_nonnull(spend);
	for (i = 0; i < all.count; i++)
		if (all.values[X][i] > 0)
			spend[n++] = all.values[SPEND][i];
	qsort(spend, n, sizeof(*spend), by_size);
	for (i = 0; i < n; i++)
		sum += spend[i];
	for (i = 0; i < n; i++)
		squares += (spend[i] - sum / (double)n) * (spend[i] - sum / (double)n);
	answer_got_one(row, "mean", floor(sum / (double)n + 0.5));
	answer_got_one(row, "sd", floor(sqrt(squares / (double)(n - 1)) + 0.5));
	answer_got_one(row, "min", floor(spend[0] + 0.5));
	answer_got_one(row, "median", floor((spend[(n - 1) / 2] + spend[n / 2]) / 2 + 0.5));
	answer_got_one(row, "max", floor(spend[n - 1] + 0.5));
	answer_got_one(row, "count", (double)n);
	free(spend);
	free_customers(&all);
	cstn_purchases_free(state);
	free(rows.items);
}

static double sum_of(const double *values, size_t n)
{
	double sum = 0.0;

	while (n--)
		sum += values[n];
	return sum;
}

static void cdnow_counts(answer *row)
{
	log_rows rows = read_data(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	int32_t cut = day_at(row, "calibration_end"), end = day_at(row, "holdout_end");
	cstn_purchases *before = state_of(&rows, 0, cut, config);
	cstn_purchases *after = state_of(&rows, cut + 1, end, config);
	customers train = customers_of(before, cut, DAY), test = customers_of(after, end, DAY);
	double repeaters = 0.0;
	size_t i;

	for (i = 0; i < train.count; i++)
		repeaters += train.values[X][i] > 0;
	answer_got_one(row, "customers", (double)train.count);
	answer_got_one(row, "repeaters", repeaters);
	answer_got_one(row, "sum_x", sum_of(train.values[X], train.count));
	answer_got_one(row, "holdout_sum", sum_of(test.values[FREQUENCY], test.count));
	answer_got_one(row, "merged_rows",
			sum_of(train.values[FREQUENCY], train.count) +
					sum_of(test.values[FREQUENCY], test.count));
	answer_got_one(row, "raw_rows", (double)rows.count);
	free_customers(&train);
	free_customers(&test);
	cstn_purchases_free(before);
	cstn_purchases_free(after);
	free(rows.items);
}

static int is_new_text(char **seen, size_t *n, const char *text)
{
	size_t low = 0, high = *n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(seen[middle], text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < *n && strcmp(seen[low], text) == 0)
		return 0;
	memmove(seen + low + 1, seen + low, (*n - low) * sizeof(*seen));
	seen[low] = (char *)(uintptr_t)text;
	(*n)++;
	return 1;
}

/* Retail rows: what the reader and the state say of them. */
static void retail_counts(answer *row)
{
	answer_table *table = answer_csv("online_retail/online_retail_541909.csv.gz",
			"InvoiceNo text\nQuantity int64\nUnitPrice double\nCustomerID text "
			"null\nCountry "
			"text\n",
			0);
	char **seen = calloc(table->rows, sizeof(*seen));
	double cancelled = 0.0, thousandths = 0.0;
	size_t invoices = 0, countries = 0, i;
	cstn_purchases *state;
	log_rows rows = {calloc(table->rows, sizeof(purchase_row)), 0};
	customers all;
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;

	ck_assert(seen && rows.items);
	for (i = 0; i < table->rows; i++) {
		cancelled += table->texts[0][i][0] == 'C';
		thousandths += floor(table->numbers[1][i] * table->numbers[2][i] * 1000.0 + 0.5);
		is_new_text(seen, &invoices, table->texts[0][i]);
		if (table->texts[3][i])
			rows.items[rows.count++] = (purchase_row){
					(int64_t)strtod(table->texts[3][i], NULL), 1, 0, 0, 0};
	}
	/* the list begins anew */
	for (i = 0; i < table->rows; i++)
		is_new_text(seen, &countries, table->texts[4][i]);
	config.flags = CSTN_PURCHASES_EACH_ROW;
	state = rows_state(&config, rows.items, rows.count, 0);
	all = customers_of(state, 1, 0);
	answer_got_one(row, "rows", (double)table->rows);
	answer_got_one(row, "rows_with_customer", sum_of(all.values[FREQUENCY], all.count));
	answer_got_one(row, "customers", (double)all.count);
	answer_got_one(row, "invoices", (double)invoices);
	answer_got_one(row, "countries", (double)countries);
	answer_got_one(row, "cancelled_rows", cancelled);
	answer_got_one(row, "value", thousandths / 1000.0);
	free_customers(&all);
	cstn_purchases_free(state);
	free(rows.items);
	free(seen);
	answer_table_free(table);
}

static void counts(answer *row)
{
	char *file = answer_text(row, "data");
	log_rows rows;
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state;
	customers all;

	if (strstr(file, "CDNOW")) {
		cdnow_counts(row);
	} else if (strstr(file, "online_retail")) {
		retail_counts(row);
	} else {
		rows = read_data(row);
		config.flags = CSTN_PURCHASES_EACH_ROW;
		state = state_of(&rows, 0, day_at(row, "analysis_date"), config);
		all = customers_of(state, day_at(row, "analysis_date"), 0);
		answer_got_one(row, "orders", sum_of(all.values[FREQUENCY], all.count));
		answer_got_one(row, "customers", (double)all.count);
		free_customers(&all);
		cstn_purchases_free(state);
		free(rows.items);
	}
	free(file);
}

/* --- cuts and scores -------------------------------------------------------------------------- */

static cstn_rfm *fit(const customers *all, const cstn_rfm_options *options, int monetary)
{
	double(*values)[3] = calloc(all->count + 1, sizeof(*values));
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_rfm *model = NULL;
	cstn_status status;
	size_t i;

	ck_assert_ptr_nonnull(values);
	for (i = 0; i < all->count; i++) {
		values[i][0] = all->values[RECENCY][i];
		values[i][1] = all->values[FREQUENCY][i];
		values[i][2] = all->values[monetary][i];
	}
	rfm_stream((const double(*)[3])values, all->count, 0, &stream);
	status = cstn_rfm_fit(&stream, options, NULL, &model, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	free(values);
	return model;
}

static size_t cuts_of(const cstn_rfm *model, const char *dimension, double *out)
{
	size_t n = 0;
	char name[40];

	do {
		snprintf(name, sizeof(name), "%s_cut_%zu", dimension, n + 1);
	} while (cstn_rfm_get_param(model, name, &out[n], NULL) == CSTN_OK && ++n);
	return n;
}

static void cuts(answer *row)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	double list[64], out[100];
	customers all = {{NULL}, 0};
	cstn_rfm *model;

	options.flags = CSTN_RFM_LEFT_CLOSED | CSTN_RFM_PLUS_ONE;
	options.bins[0] = options.bins[1] = options.bins[2] = (int32_t)answer_number(row, "bins");
	if (answer_has(row, "values")) {
		all.count = answer_list(row, "values", list, 64);
		all.values[RECENCY] = all.values[FREQUENCY] = all.values[MONETARY] = list;
		model = fit(&all, &options, MONETARY);
		answer_got(row, "cuts", out, cuts_of(model, "monetary", out));
	} else {
		log_rows rows = read_data(row);
		cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
		cstn_purchases *state;

		config.flags = CSTN_PURCHASES_EACH_ROW;
		state = state_of(&rows, 0, day_at(row, "analysis_date"), config);
		all = customers_of(state, day_at(row, "analysis_date"), 0);
		model = fit(&all, &options, MONETARY);
		answer_got(row, "R", out, cuts_of(model, "recency", out));
		answer_got(row, "F", out, cuts_of(model, "frequency", out));
		answer_got(row, "M", out, cuts_of(model, "monetary", out));
		free_customers(&all);
		cstn_purchases_free(state);
		free(rows.items);
	}
	cstn_rfm_unref(model);
}

/* The ten segments as they come with the library, with the cuts of the package. */
static void segments(answer *row)
{
	log_rows rows = read_data(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	int32_t as_of = day_of("2006-12-31");
	cstn_purchases *state;
	struct ArrowArrayStream stream;
	customers all;
	cstn_rfm *model;
	char *text, *name = answer_expected(row, "segment"), *at;
	double share;

	config.flags = CSTN_PURCHASES_EACH_ROW;
	state = state_of(&rows, 0, as_of, config);
	all = customers_of(state, as_of, 0);
	options.flags = CSTN_RFM_LEFT_CLOSED | CSTN_RFM_PLUS_ONE;
	options.rules = "ten-segments";
	model = fit(&all, &options, MONETARY);
	ck_assert_int_eq(cstn_rfm_export(model, CSTN_RFM_TABLE_SEGMENTS, &stream, NULL), CSTN_OK);
	text = rows_show(&stream);
	at = strstr(text, name);
	ck_assert_ptr_nonnull(at);
	answer_got_text(row, "segment", name);
	at = strchr(at, ',');
	answer_got_one(row, "customers", strtod(at + 1, &at));
	share = strtod(at + 1, &at);
	ck_assert(share > 0 && share < 1);
	(void)strtod(at + 1, &at);
	answer_got_one(row, "orders", strtod(at + 1, &at));
	answer_got_one(row, "revenue", strtod(at + 1, &at));
	free(text);
	free(name);
	cstn_rfm_unref(model);
	free_customers(&all);
	cstn_purchases_free(state);
	free(rows.items);
}

static void scores(answer *row)
{
	log_rows rows = read_log(row);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	int32_t end = day_at(row, "end");
	cstn_purchases *state = state_of(&rows, 0, end, config);
	customers all = customers_of(state, end, DAY);
	double got[16], values[16][3];
	struct ArrowArrayStream in, out;
	cstn_rfm *model;
	char *text, *at, names[200] = "";
	size_t i;

	options.bins[0] = options.bins[1] = options.bins[2] = (int32_t)answer_number(row, "bins");
	options.rules = "Premium|4|3|4\nRepeat|2|3|3\nTop Spender|3|1|4\nAt Risk|1|3|2\n"
			"Inactive|1|1|1\nOther|*|*|*\n";
	model = fit(&all, &options, MEAN);
	ck_assert_uint_le(all.count, 16);
	for (i = 0; i < all.count; i++) {
		values[i][0] = all.values[RECENCY][i];
		values[i][1] = all.values[FREQUENCY][i];
		values[i][2] = all.values[MEAN][i];
	}
	rfm_stream((const double(*)[3])values, all.count, 0, &in);
	ck_assert_int_eq(cstn_rfm_predict(model, &in, NULL, &out, NULL, NULL), CSTN_OK);
	text = rows_show(&out);
	for (i = 0, at = text; i < all.count; i++) {
		size_t used = strlen(names), len;

		at += strlen("1,1,1,");
		got[i] = strtod(at, &at);
		len = strcspn(at + 1, ";");
		snprintf(names + used, sizeof(names) - used, "%s%.*s", i ? "," : "", (int)len,
				at + 1);
		at += len + 2;
	}
	answer_got(row, "score", got, all.count);
	answer_got_text(row, "segment", names);
	free(text);
	cstn_rfm_unref(model);
	free_customers(&all);
	cstn_purchases_free(state);
	free(rows.items);
}

static void handle(answer *row)
{
	static const struct {
		const char *name;
		answer_handler of;
	} quantities[] = {{"summary", summary}, {"train_test", train_test},
			{"repeat_spend_summary", repeat_spend}, {"counts", counts},
			{"rfm_cuts", cuts}, {"rfm_segments", segments}, {"rfm_score", scores}};
	size_t i;

	for (i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++)
		if (answer_asks(row, quantities[i].name)) {
			quantities[i].of(row);
			return;
		}
}

const answer_model known_answers_rfm[] = {{"rfm", handle}, {NULL, NULL}};
