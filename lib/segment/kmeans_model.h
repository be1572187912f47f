#ifndef CSTN_SEGMENT_KMEANS_MODEL_H
#define CSTN_SEGMENT_KMEANS_MODEL_H

#include <stdatomic.h>

#include <constellation/kmeans.h>

#include "segment/categories.h"
#include "segment/kmeans_lloyd.h"
#include "table/export.h"

/* A fitted model. */
struct cstn_kmeans {
	atomic_size_t references;
	cstn_allocator allocator;
	size_t k, d;
	char **names; /* d of them, in `text` */
	cstn__arena text;
	cstn__transform *transforms;
	double *means; /* of transformed columns */
	int32_t power, n_iter;
	cstn__kmeans_centres packed; /* what labels are by */
	double *centres;             /* k * d, transformed units */
	double *weights, *inertias;  /* of each cluster */
	int64_t *rows;               /* of each cluster */
	double inertia, weight;
	uint64_t n, left_out, imputed, moved;
	int32_t converged, restart;
	uint16_t *labels; /* of the n rows of the fit, room for whole blocks; NULL after reading */
};

/* All but labels; `names` are copied. `m` columns of categories have modes. */
cstn_status cstn__kmeans_model_new(const char *const *names, size_t d, size_t m, size_t k,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error);

/* What tables and JSON of k-means and k-prototypes have in common: columns of the centres, behind
 * others, in the caller's units and transformed (0: out of memory); the values of cluster j from
 * `column` on; ,"centre":[...]; a list of the features. */
int cstn__kmeans_add_centres(
		const cstn_kmeans *model, cstn__table_builder *table, cstn__bytes *room);
void cstn__kmeans_put_centre(
		const cstn_kmeans *model, size_t j, cstn__table_builder *table, int32_t column);
void cstn__kmeans_describe_centre(const cstn_kmeans *model, size_t j, cstn__bytes *out);
void cstn__kmeans_describe_features(const cstn_kmeans *model, cstn__bytes *out);
/* A model out of bytes with at least `least` features and `m` columns of categories. */
cstn_status cstn__kmeans_read(const uint8_t *data, size_t size, size_t least, size_t m,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error);

/* Without names yet: they come from bytes. */
cstn_status cstn__kmeans_new_empty(size_t d, size_t m, size_t k, const cstn_allocator *allocator,
		cstn_kmeans **out, cstn_error **error);
/* Names, transforms and means: what other bytes hold of a model too; `what` is for messages. */
void cstn__kmeans_put_features(const cstn_kmeans *model, cstn__bytes *out);
cstn_status cstn__kmeans_read_features(
		cstn__reader *in, cstn_kmeans *model, const char *what, cstn_error **error);
/* 1 if these are equal. */
int cstn__kmeans_same_features(const cstn_kmeans *a, const cstn_kmeans *b);
/* The steps of each feature's transform; returns whether nulls are filled in. */
int cstn__kmeans_steps(const cstn_kmeans *model, uint32_t *steps);

/* Rows checked, transformed and packed: what fits of several k share. */
struct cstn__kmeans_best;
typedef struct cstn__kmeans_job {
	cstn_allocator allocator;
	cstn_kmeans_options options; /* defaults filled in */
	cstn__feature_names columns;
	cstn__features features;
	cstn__categories categories; /* of k-prototypes alone */
	uint32_t *codes;
	cstn__transform *transforms;
	double *means;
	cstn__packing packing;
	cstn__kmeans_rows rows;
	size_t d;
	int32_t simd, reserved;
	/* NULL, or what makes a model of the best run where rows are the cells of a summary */
	cstn_status (*finish)(const struct cstn__kmeans_job *job, struct cstn__kmeans_best *best,
			cstn__kmeans_run *run, cstn_kmeans *model, cstn_error **error);
	const void *summary;
} cstn__kmeans_job;
/* What fits have in common: the stream is moved, the arguments are looked at, `work` runs on the
 * opened job, bad rows are handed out. */
typedef struct cstn__kmeans_call {
	struct ArrowArrayStream *rows;
	const cstn__feature_names *columns;
	int32_t k, reserved; /* the least of several */
	const cstn_kmeans_options *options;
	const cstn_allocator *allocator;
	const void *out; /* must not be NULL */
	/* further rules of the arguments, or NULL; may change what was read */
	cstn_status (*check)(void *context, cstn_kmeans_options *read, cstn_error **error);
	cstn_status (*work)(void *context, cstn__kmeans_job *job, cstn_error **error);
	void *context;
} cstn__kmeans_call;
cstn_status cstn__kmeans_run_call(
		const cstn__kmeans_call *call, cstn_row_errors **bad_rows, cstn_error **error);
/* Options with defaults; `k` for what depends on it. */
cstn_status cstn__kmeans_options_read(const cstn_kmeans_options *given, size_t d,
		cstn_kmeans_options *out, cstn_error **error);
cstn_status cstn__kmeans_job_open(cstn__kmeans_job *job, struct ArrowArrayStream *rows,
		const cstn__feature_names *columns, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, cstn_row_errors **bad_rows, cstn_error **error);
void cstn__kmeans_job_free(cstn__kmeans_job *job);
/* What a run with k clusters goes by, if there are as many distinct rows. */
cstn_status cstn__kmeans_plan_fit(
		const cstn__kmeans_job *job, size_t k, cstn__kmeans_plan *out, cstn_error **error);
cstn_status cstn__kmeans_job_fit(
		cstn__kmeans_job *job, size_t k, cstn_kmeans **out, cstn_error **error);

/* Start row j is one of the good rows. */
cstn_status cstn__kmeans_check_start(const cstn__kmeans_job *job, int64_t row, cstn_error **error);

/* kmeans_best.c: the best of the runs so far, and the model it becomes. */
typedef struct cstn__kmeans_best {
	cstn__kmeans_centres centres;
	uint16_t *labels; /* NULL before the only run */
	size_t blocks;
	double cost;
	int32_t iterations, converged, restart, reserved;
	uint64_t moved;
} cstn__kmeans_best;
cstn_status cstn__kmeans_best_init(
		cstn__kmeans_best *best, const cstn__kmeans_job *job, size_t k, cstn_error **error);
void cstn__kmeans_best_free(cstn__kmeans_best *best);
/* Keep a run; its labels are exchanged for those kept so far. */
void cstn__kmeans_best_keep(
		cstn__kmeans_best *best, cstn__kmeans_run *run, int32_t restart, double cost);
/* Labels of the model, all it has a cluster, in the order the options say; bad rows have none. */
cstn_status cstn__kmeans_order_labels(
		const cstn__kmeans_job *job, cstn_kmeans *model, cstn_error **error);
/* The numbers of the model and its labels, of which `best` is relieved. `run` is lent for a pass of
 * `label`. */
cstn_status cstn__kmeans_take_best(const cstn__kmeans_job *job, cstn__kmeans_best *best,
		cstn__kmeans_run *run, cstn__kmeans_labelling *label, cstn_kmeans *model,
		cstn_error **error);

/* kmeans_final.c: exact means of the caller's values, by labels, into model->centres; what they
 * were divided by into model->weights. */
cstn_status cstn__kmeans_final_means(const cstn__kmeans_job *job, cstn_kmeans *model,
		const uint16_t *labels, cstn_error **error);
/* Weights, rows and inertia of clusters around model->centres. */
cstn_status cstn__kmeans_final_sizes(const cstn__kmeans_job *job, cstn_kmeans *model,
		const uint16_t *labels, cstn_error **error);
/* Squared distances of rows [start, start + n), n <= 1,024, to the centres of their labels. */
cstn_status cstn__kmeans_block_squares(const cstn__features *features, const cstn_kmeans *model,
		int simd, const uint16_t *labels, uint64_t start, int32_t n, double *out);

#endif
