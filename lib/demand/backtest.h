#ifndef CSTN_DEMAND_BACKTEST_H
#define CSTN_DEMAND_BACKTEST_H

#include <constellation/demand_evaluate.h>

#include "demand/cut.h"
#include "demand/family.h"

/* Ways to know too much, one a place that asks for values: tests make each and see it refused. */
enum {
	CSTN__MUTANT_NONE,
	CSTN__MUTANT_TRAINING, /* the first period that is forecast is fitted */
	CSTN__MUTANT_WINDOW,   /* a window of training lies a period late */
	CSTN__MUTANT_REFIT,    /* a fit that is used later is made with what is known then */
	CSTN__MUTANT_STATE, /* a state learns the first period that is forecast, and its pool too */
	CSTN__MUTANTS
};

/* What cstn_backtest() does. */
cstn_status cstn__backtest(struct ArrowArrayStream *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error);

/* --- the inside --- */

/* Numbers of columns beside y; events of the demand model follow, then signals. */
enum {
	CSTN__BACKTEST_AVAILABLE,
	CSTN__BACKTEST_FLAGS,
	CSTN__BACKTEST_LIMIT,
	CSTN__BACKTEST_NUMBERS
};

/* Columns that come out before those of models. */
enum {
	CSTN__BACKTEST_OUT_ID,
	CSTN__BACKTEST_OUT_DS,
	CSTN__BACKTEST_OUT_CUTOFF,
	CSTN__BACKTEST_OUT_H,
	CSTN__BACKTEST_OUT_Y,
	CSTN__BACKTEST_OUT_MODELS
};

struct cstn__backtest {
	cstn_allocator allocator;
	cstn_family_options family;
	cstn_backtest_options options;
	int mutant;
	cstn_progress *progress;      /* until the stream is there, else NULL */
	CSTN__ARRAY(int64_t) cutoffs; /* periods, of a list */
	int64_t last;                 /* period, with CSTN_BACKTEST_LAST */
	cstn__series_set set;
	size_t n_events;
	int has_no_family; /* the demand model alone */
	int has_holes;     /* periods without a row are NaN: they are neither learned nor scored */
	size_t at;         /* series whose forecasts were given out */
	size_t n_models;   /* of the family */
	/* forecasts of the demand model: by series, cutoff, period; where each series begins */
	double *demand;
	size_t *demand_starts, demand_rows;
	/* of the batch: forecasts by series, cutoff, model, period; where each series begins */
	double *ahead;
	size_t ahead_size;
	size_t *starts;
	size_t starts_size;
	cstn__family_room *rooms; /* of each thread */
	cstn__room *paths;        /* of each thread: the path of one fit, model by model */
	int32_t threads;
};

/* Cutoffs of a series: so many at most. */
size_t cstn__backtest_cutoffs(const struct cstn__backtest *b);
/* Periods up to cutoff i; 0: it is none of this series, too early or not before its end. */
size_t cstn__backtest_training(const struct cstn__backtest *b, const cstn__series *s, size_t i);
/* Periods after a cutoff, as far as the series goes. */
size_t cstn__backtest_ahead(const struct cstn__backtest *b, const cstn__series *s, size_t training);
/* Rows of all cutoffs of a series. */
size_t cstn__backtest_rows(const struct cstn__backtest *b, const cstn__series *s);

/* backtest_demand.c: series with a row that breaks a rule of the demand model are told and taken
 * out of the set. */
cstn_status cstn__backtest_check_rows(
		struct cstn__backtest *b, cstn__row_sink *sink, cstn_error **error);

/* backtest_demand.c: forecasts of a demand model that learns period after period, at all cutoffs.
 */
cstn_status cstn__backtest_demand(struct cstn__backtest *b, cstn_error **error);

#endif
