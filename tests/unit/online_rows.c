/* Rows for tests of signal models. */
#include "online_rows.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/elementary.h"
#include "base/stats.h"
#include "csv_rows.h"

const char online_schema[] = "unique_id text\nds date\ny double\nfair double null\n"
			     "price double null\nshut int64\npool text\n";

static const cstn_regress_signal signals[ONLINE_SIGNALS] = {
		{"fair", 0, 0}, {"price", 0, 0}, {"shut", CSTN_REGRESS_CLOSED, 0}};

cstn_signal_model_config online_config(void)
{
	cstn_signal_model_config config = CSTN_SIGNAL_MODEL_CONFIG_INIT;

	config.season = 7;
	config.signals = signals;
	config.n_signals = ONLINE_SIGNALS;
	config.pool = "pool";
	return config;
}

cstn_signal_model *online_model_of(const cstn_signal_model_config *config)
{
	cstn_signal_model *model = NULL;

	ck_assert_int_eq(cstn_signal_model_new(config, NULL, &model, NULL), CSTN_OK);
	return model;
}

cstn_signal_model *online_model(void)
{
	cstn_signal_model_config config = online_config();

	return online_model_of(&config);
}

static void put_number(char *text, size_t size, size_t *used, double value)
{
	if (isnan(value))
		*used += (size_t)snprintf(text + *used, size - *used, ",");
	else
		*used += (size_t)snprintf(text + *used, size - *used, ",%.17g", value);
}

char *online_text(const online_row *rows, size_t n)
{
	size_t size = 128 + n * 160, i;
	char *text = malloc(size);
	size_t used;

	ck_assert_ptr_nonnull(text);
	used = (size_t)snprintf(text, size, "unique_id,ds,y,fair,price,shut,pool\n");
	for (i = 0; i < n; i++) {
		int32_t year, month, day;

		cstn__civil_of((int32_t)rows[i].ds, &year, &month, &day);
		used += (size_t)snprintf(text + used, size - used, "%s,%04d-%02d-%02d", rows[i].key,
				year, month, day);
		put_number(text, size, &used, rows[i].y);
		put_number(text, size, &used, rows[i].signals[0]);
		put_number(text, size, &used, rows[i].signals[1]);
		used += (size_t)snprintf(text + used, size - used, ",%d,%s\n",
				(int)rows[i].signals[2], rows[i].pool);
	}
	ck_assert_uint_lt(used, size);
	return text;
}

void online_feed(cstn_signal_model *model, const online_row *rows, size_t n, int32_t threads,
		online_bad *bad)
{
	cstn_signal_model_update_options options = CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT;
	char *text = online_text(rows, n);
	struct ArrowArrayStream stream;
	cstn_row_errors *errors = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&stream, online_schema, text);
	options.threads = threads;
	status = cstn_signal_model_update(model, &stream, &options, &errors, &error);
	ck_assert_msg(status == CSTN_OK || (bad && status == CSTN_E_ROWS), "%s",
			cstn_error_message(error));
	if (bad) {
		memset(bad, 0, sizeof(*bad));
		bad->n = cstn_row_errors_total(errors);
		if (bad->n) {
			cstn_row_error first;

			ck_assert_int_eq(cstn_row_errors_at(errors, 0, &first, NULL), CSTN_OK);
			bad->code = first.code;
			bad->row = first.row;
		}
	}
	cstn_row_errors_free(errors);
	cstn_error_free(error);
	free(text);
}

cstn_status online_feed_one(cstn_signal_model *model, const online_row *row, cstn_error **error)
{
	cstn_signal_model_row one = CSTN_SIGNAL_MODEL_ROW_INIT;

	one.key = row->key;
	one.key_len = strlen(row->key);
	one.pool = row->pool;
	one.pool_len = strlen(row->pool);
	one.ds = row->ds;
	one.y = row->y;
	one.signals = row->signals;
	one.n_signals = ONLINE_SIGNALS;
	return cstn_signal_model_update_one(model, &one, error);
}

online_row *online_history(size_t n, size_t days, uint64_t seed)
{
	static const char *const keys[] = {"s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07",
			"s08", "s09", "s10", "s11"};
	static const double week[] = {3, 4, 5, 4, 7, 9, 2};
	online_row *rows = calloc(n * days, sizeof(*rows));
	size_t i, t;

	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_le(n, sizeof(keys) / sizeof(keys[0]));
	for (i = 0; i < n; i++)
		for (t = 0; t < days; t++) {
			online_row *row = &rows[i * days + t];
			double u = cstn__random_unit(seed, 3 * (i * days + t));
			double price = cstn__random_unit(seed, 3 * (i * days + t) + 1);
			double fair = t % 9 == i % 9, shut = t % 31 == 30;

			*row = (online_row){keys[i], i % 3 ? "food" : "drink", (int64_t)t, 0,
					{fair, price, shut}};
			row->y = shut > 0 ? 0
					  : 10 * week[t % 7] * (double)(i + 1) *
								 (fair > 0 ? 2 : 1) *
								 cstn__exp(-(1 + .1 * (double)(i % 4)) *
										 price) *
								 (.9 + .2 * u);
			if (cstn__random_unit(seed, 3 * (i * days + t) + 2) < .05)
				row->signals[t % 2] = (double)NAN;
		}
	return rows;
}

void online_path(const cstn_signal_model *model, const char *key, const double *x, int32_t horizon,
		double *mean, int32_t *flags)
{
	cstn_signal_model_query query = CSTN_SIGNAL_MODEL_QUERY_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	query.key = key;
	query.key_len = strlen(key);
	query.horizon = horizon;
	query.signals = x;
	query.n_signals = x ? ONLINE_SIGNALS : 0;
	status = cstn_signal_model_forecast_one(model, &query, mean, flags, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}
