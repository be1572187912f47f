#ifndef CSTN_DEMAND_SCORE_H
#define CSTN_DEMAND_SCORE_H

#include <constellation/demand_evaluate.h>

#include "demand/series.h"

/* Scores of frames: which columns are what (score_columns.c), what is measured of them
 * (score_measures.c), series added up to levels (score_levels.c), values and their means
 * (score_values.c, score_means.c), and the call (score.c). */

/* Bits of `flags`, and all there are. */
#define CSTN__ROW_STOCK_OUT 1
#define CSTN__ROW_CLOSED 2
#define CSTN__ROW_FLAGS 31

/* Columns that are no models, in the order in which they stand behind the forecasts; absent ones
 * are null. */
enum { CSTN__SCORE_FLAGS, CSTN__SCORE_LIMIT, CSTN__SCORE_OTHERS };

typedef struct cstn__score_column {
	const char *name; /* in the stream */
	uint32_t model;   /* number of its name */
	int32_t q_ppm;    /* 0: a mean or median */
	int is_within;    /* not the quantile: how much of it lies below its level */
} cstn__score_column;

typedef struct cstn__score_columns {
	cstn_allocator allocator;
	cstn__interner models; /* names */
	cstn__arena names;
	CSTN__ARRAY(cstn__score_column) list;
} cstn__score_columns;

void cstn__score_columns_init(cstn__score_columns *columns, const cstn_allocator *allocator);
/* Which columns of the stream are forecasts. */
cstn_status cstn__score_columns_find(cstn__score_columns *columns, struct ArrowArrayStream *rows,
		const cstn_score_options *options, cstn_error **error);
void cstn__score_columns_free(cstn__score_columns *columns);

/* What is measured: a metric of one or two columns. */
typedef struct cstn__score_measure {
	int32_t metric, q_ppm;
	uint32_t model;
	size_t f, low, high; /* columns; f of an interval is none, of CSTN_METRIC_U_COVERAGE low is
				that of `within` */
	int is_shown;        /* else only the means of others are made of it */
} cstn__score_measure;

typedef struct cstn__score_measures {
	CSTN__ARRAY(cstn__score_measure) list;
	int wants_owa;
} cstn__score_measures;

const char *cstn__metric_name(int32_t metric);
int cstn__metric_is_of_quantile(int32_t metric);
cstn_status cstn__score_measures_find(cstn__score_measures *measures,
		const cstn__score_columns *columns, const cstn_score_options *options,
		int has_history, cstn_error **error);

/* Series that are scored together: of a level, or all there are. */
typedef struct cstn__score_part {
	const char *level; /* NULL: there are none */
	const cstn__series_set *forecasts, *history;
	const uint32_t *series; /* numbers of those that are of it; NULL: all n */
	size_t n;
} cstn__score_part;

/* Sets of series added up by columns of `from` and their names. */
typedef struct cstn__score_sum {
	cstn__series_set forecasts, history;
} cstn__score_sum;
/* `by` are numbers of labels of `from`; CSTN__SCORE_BY_KEY is the key itself. */
#define CSTN__SCORE_BY_KEY SIZE_MAX
cstn_status cstn__score_add_up(cstn__score_sum *sum, const char *level, const size_t *by, size_t n,
		const cstn__series_set *forecasts, const cstn__series_set *history, size_t n_models,
		cstn_error **error);
void cstn__score_sum_free(cstn__score_sum *sum);

/* Values of a part: [i * n_measures + m], NaN: null; beside them of each series its weight, and how
 * many periods were scored and left out. */
typedef struct cstn__score_values {
	cstn_allocator allocator;
	size_t n, n_measures;
	double *value, *weight;
	uint32_t *periods, *left_out;
} cstn__score_values;
cstn_status cstn__score_values_make(cstn__score_values *values, const cstn__score_part *part,
		const cstn__score_measures *measures, const cstn__score_columns *columns,
		const cstn_score_options *options, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__score_values_free(cstn__score_values *values);

/* All that rows of scores are made of. */
typedef struct cstn__score {
	const cstn__score_columns *columns;
	const cstn__score_measures *measures;
	const cstn_score_options *options;
	const cstn__score_part *parts;
	const cstn__score_values *values; /* of each part */
	size_t n_parts;
	const char *definition;
	cstn_allocator allocator;
} cstn__score;
/* The table of scores. */
cstn_status cstn__score_export(
		const cstn__score *score, struct ArrowArrayStream *out, cstn_error **error);

#endif
