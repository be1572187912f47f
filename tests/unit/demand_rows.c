/* Rows for tests of demand models. */
#include "demand_rows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"

static const char schema[] = "unique_id text\nds date\ny double\nflags int64 null\n"
			     "limit double null\navailable_us int64 null\npool text\nfair int64\n";

cstn_demand_model *demand_model_of(cstn_demand_config *config)
{
	static const char *const events[] = {"fair"};
	cstn_demand_model *model = NULL;

	config->pool = "pool";
	config->events = events;
	config->n_events = 1;
	if (!config->season)
		config->season = 7;
	ck_assert_int_eq(cstn_demand_model_new(config, NULL, &model, NULL), CSTN_OK);
	return model;
}

cstn_demand_model *demand_model(uint32_t flags, int32_t gap)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;

	config.flags = flags & ~DEMAND_OF_MONTHS;
	config.pace = flags & DEMAND_OF_MONTHS ? CSTN_DEMAND_PACE_MONTHS : 0;
	config.gap = gap;
	return demand_model_of(&config);
}

static void put_row(char *text, size_t size, size_t *used, const demand_row *row)
{
	char limit[32] = "", available[32] = "";
	int32_t year, month, day;

	if (row->limit >= 0)
		snprintf(limit, sizeof(limit), "%.17g", row->limit);
	if (row->available)
		snprintf(available, sizeof(available), "%lld", (long long)row->available);
	cstn__civil_of((int32_t)row->ds, &year, &month, &day);
	*used += (size_t)snprintf(text + *used, size - *used,
			"%s,%04d-%02d-%02d,%.17g,%d,%s,%s,%s,%d\n", row->key, year, month, day,
			row->y, row->flags, limit, available, row->pool, row->event);
}

void demand_feed(cstn_demand_model *model, const demand_row *rows, size_t n, uint32_t flags,
		demand_bad *bad)
{
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	size_t size = 128 + n * 128, i;
	char *text = malloc(size);
	size_t used = (size_t)snprintf(
			text, size, "unique_id,ds,y,flags,limit,available_us,pool,fair\n");
	struct ArrowArrayStream stream;
	cstn_row_errors *errors = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	for (i = 0; i < n; i++)
		put_row(text, size, &used, &rows[i]);
	ck_assert_uint_lt(used, size);
	csv_rows(&stream, schema, text);
	options.flags = flags;
	status = cstn_demand_model_update(model, &stream, &options, &errors, &error);
	if (bad) {
		ck_assert_msg(status == CSTN_OK || status == CSTN_E_ROWS, "%s",
				cstn_error_message(error));
		memset(bad, 0, sizeof(*bad));
		bad->n = cstn_row_errors_total(errors);
		if (bad->n) {
			cstn_row_error first;

			ck_assert_int_eq(cstn_row_errors_at(errors, 0, &first, NULL), CSTN_OK);
			bad->code = first.code;
			bad->row = first.row;
		}
	} else {
		ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	}
	cstn_row_errors_free(errors);
	cstn_error_free(error);
	free(text);
}

cstn_status demand_feed_one(cstn_demand_model *model, const demand_row *row, cstn_error **error)
{
	cstn_demand_observation one = CSTN_DEMAND_OBSERVATION_INIT;

	one.key = row->key;
	one.key_len = strlen(row->key);
	one.pool = row->pool;
	one.pool_len = strlen(row->pool);
	one.ds = row->ds;
	one.y = row->y;
	one.row_flags = row->flags;
	one.events = (uint32_t)row->event;
	if (row->limit >= 0) {
		one.flags |= CSTN_DEMAND_HAS_LIMIT;
		one.limit = row->limit;
	}
	if (row->available) {
		one.flags |= CSTN_DEMAND_HAS_AVAILABLE;
		one.available_us = row->available;
	}
	return cstn_demand_model_update_one(model, &one, error);
}

void demand_feed_day(cstn_demand_model *model, int64_t ds, double y, int flags, double limit)
{
	demand_row row = {"a", "p", ds, y, flags, 0, limit, 0};
	cstn_error *error = NULL;

	ck_assert_msg(demand_feed_one(model, &row, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
}

void demand_close(cstn_demand_model *model, int64_t ds)
{
	ck_assert_int_eq(cstn_demand_model_close_period(model, ds, NULL), CSTN_OK);
}

demand_row *demand_history(size_t n, size_t days, uint64_t seed)
{
	static const char *const keys[] = {"s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07",
			"s08", "s09", "s10", "s11"};
	static const double week[] = {3, 4, 5, 4, 7, 9, 1};
	demand_row *rows = calloc(n * days, sizeof(*rows));
	size_t i, t;

	ck_assert_ptr_nonnull(rows);
	ck_assert_uint_le(n, sizeof(keys) / sizeof(keys[0]));
	for (i = 0; i < n; i++)
		for (t = 0; t < days; t++) {
			demand_row *row = &rows[i * days + t];
			double u = cstn__random_unit(seed, i * days + t);

			*row = (demand_row){keys[i], i % 3 ? "food" : "drink", (int64_t)t, 0, 0,
					t % 10 == 3, -1, 0};
			row->y = (double)(int64_t)(week[t % 7] * (double)(i + 1) * u *
						   (row->event ? 2 : 1));
		}
	return rows;
}

size_t demand_slice(const demand_row *history, size_t n, size_t days, size_t from, size_t to,
		int by_day, demand_row *out)
{
	size_t used = 0, i, t;

	if (by_day) {
		for (t = from; t < to; t++)
			for (i = 0; i < n; i++)
				out[used++] = history[i * days + t];
		return used;
	}
	for (i = 0; i < n; i++)
		for (t = from; t < to; t++)
			out[used++] = history[i * days + t];
	return used;
}

cstn_demand_model *demand_learned(uint32_t flags)
{
	cstn_demand_model *model = demand_model(flags, CSTN_GAP_ERROR);
	demand_row *rows = demand_history(12, 200, 5);

	demand_feed(model, rows, 12 * 200, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	free(rows);
	return model;
}

const double demand_levels[] = {.025, .5, .9, .975};

void demand_quantiles(const cstn_demand_model *model, const char *key, double *mean, double *q)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;

	query.key = key;
	query.key_len = strlen(key);
	query.levels = demand_levels;
	query.n_levels = 4;
	query.horizon = 28;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean, q, NULL, NULL),
			CSTN_OK);
}

double demand_next(const cstn_demand_model *model, const char *key, int32_t *flags)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean = 0;

	query.key = key;
	query.key_len = strlen(key);
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, &mean, NULL, flags, NULL),
			CSTN_OK);
	return mean;
}

void demand_expect_same(const cstn_demand_model *a, const cstn_demand_model *b)
{
	sealed_expect_equal(&sealed_demand_model, a, b);
}

cstn_demand_model *demand_saved(cstn_demand_model *model)
{
	cstn_demand_model *again = sealed_copy(&sealed_demand_model, model);

	cstn_demand_model_free(model);
	return again;
}
