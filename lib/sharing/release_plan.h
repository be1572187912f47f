#ifndef CSTN_SHARING_RELEASE_PLAN_H
#define CSTN_SHARING_RELEASE_PLAN_H

#include "sharing/decision.h"
#include "sharing/generalise.h"
#include "sharing/release_pseudonym.h"
#include "sharing/release_rows.h"
#include "sharing/release_view.h"
#include "sharing/request.h"

/* A column that leaves, or, where cells are made, that is needed for them. */
typedef struct cstn__release_field {
	int64_t child; /* of the input */
	int32_t level; /* CSTN_LEVEL_RAW, _PSEUDONYM or _GENERALISED: what is done to it */
	int32_t place; /* of the field in the decision; -1: it is of none */
	int64_t flags; /* of the input's schema */
	cstn__view_type type;
	const char *name;
	const char *format; /* that it goes out with */
	const char *values; /* and that of a dictionary's values; NULL: it has none */
	cstn__pseudonym *pseudonym;
	cstn__generaliser how;
	cstn_hierarchy *hierarchy; /* of `how`, held */
} cstn__release_field;

struct cstn__release_plan {
	cstn_allocator allocator;
	cstn__arena arena;
	cstn_decision *decision; /* referenced */
	const cstn_request *request;
	int32_t form, reserved;
	int64_t n_input;
	uint64_t dropped, held_back;
	cstn__release_field *fields;
	size_t n;
	/* rows that leave: of instants in [from_us, until_us), and not after newest_us */
	int64_t time_child; /* -1: all rows */
	cstn__view_type time_type;
	const char *time_name;
	int64_t from_us, until_us, newest_us;
	int64_t min_age_us; /* of which newest_us comes */
	/* of cells */
	cstn_aggregate_options aggregate;
	cstn_noise_options noise;
	cstn_generalise_step *steps;
	int64_t threshold;
	struct ArrowArrayStream
			nothing; /* what comes of no rows; release NULL: rows are the form */
};

/* release_plan.c */
/* The column of that name, -1 if there is none or two. */
int64_t cstn__release_find(const struct ArrowSchema *input, const char *name, const char *what,
		cstn_error **error);
/* The column of the options that a column of the input is; -1: none, or it is not granted. */
int64_t cstn__release_bound(const cstn__release_plan *plan, const cstn_release_options *options,
		const char *name, int32_t *place);
/* One more field of an input's column: nothing is done to it. */
cstn_status cstn__release_add_field(cstn__release_plan *plan, const struct ArrowSchema *input,
		int64_t child, cstn__release_field **out, cstn_error **error);
/* The step of a ladder that a decision asks for. */
cstn_status cstn__release_step(const cstn__release_plan *plan, int32_t place,
		const cstn_release_column *column, const cstn_generalise_step **out,
		cstn_error **error);

/* release_select.c: the rows of a batch that leave; *rows NULL: all of them. */
cstn_status cstn__release_select(const cstn__release_plan *plan, const struct ArrowArray *batch,
		int64_t **rows, int64_t *n, cstn_error **error);

/* release_batch.c: the schema of the fields. */
cstn_status cstn__release_rows_schema(
		const cstn__release_plan *plan, struct ArrowSchema *out, cstn_error **error);

/* release_coarser.c: a column by its steps. */
cstn_status cstn__release_coarsen(const cstn__release_field *field, const cstn__view *view,
		const int64_t *rows, int64_t n, const cstn_allocator *allocator,
		struct ArrowArray *out, cstn_error **error);
/* The CSTN_TYPE_ that a generaliser takes a column for. */
int32_t cstn__release_coarse_type(const cstn__view_type *type);

/* release_whole.c: what cells need, tried on no rows. */
cstn_status cstn__release_plan_cells(cstn__release_plan *plan, const struct ArrowSchema *input,
		const cstn_release_options *options, cstn_error **error);

#endif
