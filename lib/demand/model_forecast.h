#ifndef CSTN_DEMAND_MODEL_FORECAST_H
#define CSTN_DEMAND_MODEL_FORECAST_H

#include "demand/model.h"
#include "table/export.h"

/* What forecasts are asked for: keys, and events to come (model_ahead.c). */

/* A key of a stream of keys. */
typedef struct cstn__demand_wanted {
	uint32_t number; /* in the model; CSTN__IDS_NONE: not there */
	uint32_t name;   /* in `names` */
	uint32_t pool;   /* of one that is not there; CSTN__IDS_NONE: none */
	uint32_t reserved;
	double stock; /* NaN: none is asked about */
} cstn__demand_wanted;

typedef struct cstn__demand_asked {
	int has_keys;
	cstn__ids names;
	CSTN__ARRAY(cstn__demand_wanted) items;
} cstn__demand_asked;
cstn_status cstn__demand_asked_read(cstn__demand_asked *asked, const cstn_demand_model *model,
		const cstn__demand_side *side, struct ArrowArrayStream *keys,
		const cstn_demand_forecast_options *options, int with_stock, cstn_error **error);
void cstn__demand_asked_free(cstn__demand_asked *asked, const cstn_allocator *allocator);

/* Events of periods, in order of (pool, period); CSTN__IDS_NONE is all pools. */
typedef struct cstn__demand_event {
	int64_t period;
	uint32_t pool, events;
} cstn__demand_event;
typedef struct cstn__demand_future {
	CSTN__ARRAY(cstn__demand_event) items;
} cstn__demand_future;
cstn_status cstn__demand_future_read(cstn__demand_future *future, const cstn_demand_model *model,
		struct ArrowArrayStream *rows, const cstn_demand_forecast_options *options,
		cstn_error **error);
void cstn__demand_future_free(cstn__demand_future *future, const cstn_allocator *allocator);

/* Events of the periods from `first` on, for series of a pool; kept for the next series. */
typedef struct cstn__demand_ahead {
	int has;
	const cstn__demand_pool *pool;
	int64_t first;
	uint32_t events[CSTN_HORIZON_MOST];
	uint8_t is_known[CSTN_HORIZON_MOST];
} cstn__demand_ahead;
void cstn__demand_future_find(const cstn__demand_future *future, const cstn_demand_model *model,
		const cstn__demand_pool *pool, int64_t first, size_t horizon,
		cstn__demand_ahead *ahead);
/* MISSING_SIGNAL where events are configured, but not known. */
void cstn__demand_ahead_flags(const cstn_demand_model *model, const cstn__demand_ahead *ahead,
		size_t horizon, int32_t *flags);

/* --- model_quantiles.c --- */

/* Levels rise inside (0, 1), and are different in millionths. */
cstn_status cstn__demand_check_levels(const double *levels, size_t n, cstn_error **error);

/* Levels of a stream of forecasts: those that were asked for, and the median. */
typedef struct cstn__demand_quantiles_of {
	size_t n;      /* 0: none */
	double *level; /* n, rising */
	double *asked; /* of each pool: CSTN__HORIZON_WEEKS rows of n */
	size_t pools, median;
	int simd, has_median; /* it was asked for */
	int has_within;       /* shares of counts beside the levels */
} cstn__demand_quantiles_of;
cstn_status cstn__demand_quantiles_make(cstn__demand_quantiles_of *of,
		const cstn_demand_model *model, const double *levels, size_t n, cstn_error **error);
void cstn__demand_quantiles_free(cstn__demand_quantiles_of *of, const cstn_allocator *allocator);
/* A row of levels for each mean of the path; `within` as many, with has_within. */
void cstn__demand_quantiles_put(const cstn__demand_quantiles_of *of, const cstn_demand_model *model,
		const cstn__demand_path *path, const double *mean, double *out, double *within);
/* Columns `median` and `q_<ppm>`, then `within_<ppm>`: 0 or -1. */
int cstn__demand_quantiles_columns(const cstn__demand_quantiles_of *of, cstn__table_builder *table);
/* Their values, from `column` on; `quantile` has room for one more column behind. Returns how many
 * columns. */
int32_t cstn__demand_quantiles_rows(const cstn__demand_quantiles_of *of, cstn__table_builder *table,
		int32_t column, double *quantile, const double *within, size_t rows);
/* One path, without memory. */
void cstn__demand_quantiles_one(const cstn_demand_model *model, const cstn__demand_path *path,
		const double *levels, size_t n, const double *mean, double *out);

/* --- model_explain.c: parts of means --- */

enum { CSTN__GROUP_BASELINE, CSTN__GROUP_SEASON, CSTN__GROUP_EVENT };
/* Parts of each mean: those, and the other events. */
size_t cstn__demand_groups(const cstn_demand_model *model);
/* Parts of a path whose means and flags are known: part k of period h at k * stride + h. */
void cstn__demand_path_parts(const cstn_demand_model *model, const cstn__demand_path *path,
		const double *mean, const int32_t *flags, double *parts, size_t stride);
/* The same of one series; mean and flags of each period too. Takes no memory (model_one.c). */
cstn_status cstn__demand_explain_one(const cstn_demand_model *model, const cstn_demand_query *query,
		double *mean, int32_t *flags, double *parts, size_t stride, cstn_error **error);
/* Columns `baseline`, `season` and one an event: 0 or -1. */
int cstn__demand_parts_columns(const cstn_demand_model *model, cstn__table_builder *table);
/* Their values, from `column` on. Returns how many columns. */
int32_t cstn__demand_parts_rows(const cstn_demand_model *model, cstn__table_builder *table,
		int32_t column, const double *parts, size_t stride, size_t rows);

/* --- model_lead.c: demand over lead times --- */

typedef struct cstn__demand_leads cstn__demand_leads;
/* Reads and checks the options of the call; *options are those of the paths it needs. */
cstn_status cstn__demand_leads_make(const cstn_demand_model *model,
		const cstn_demand_lead_options *given, cstn_demand_forecast_options *options,
		cstn__demand_leads **out, cstn_error **error);
void cstn__demand_leads_free(cstn__demand_leads *leads, const cstn_allocator *allocator);
/* Room for rows of a batch. 0 or -1. */
int cstn__demand_leads_room(
		cstn__demand_leads *leads, const cstn_allocator *allocator, size_t rows);
/* Row i of the batch. */
void cstn__demand_lead_put(cstn__demand_leads *leads, const cstn_demand_model *model,
		const cstn__demand_path *path, const double *mean, double stock, size_t i);
int cstn__demand_leads_columns(cstn__table_builder *table);
/* Values of n rows from `column` on; returns the column behind. */
int32_t cstn__demand_leads_rows(
		cstn__demand_leads *leads, cstn__table_builder *table, int32_t column, size_t n);

#endif
