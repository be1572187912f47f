/* Out of memory in clustering of numbers and categories. */
#include "oom.h"

#define SCHEMA "x double null\ny double null\nc text null\nd text\n"
#define ROWS                                                                          \
	"x,y,c,d\n1,2,a,u\n1.5,2.5,a,u\n9,8,b,v\n9.5,8,b,u\n20,1,c,w\n21,0,c,w\n4,4," \
	"a,v\n5,3,,v\n10,1,b,w\n,1,a,w\n"

static const char *const numeric[] = {"x", "y"}, *const categorical[] = {"c", "d"};
static const uint32_t transforms[] = {CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z,
		CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_Z};

static cstn_prototypes_options usual(void)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;

	options.flags = CSTN_PROTOTYPES_IMPUTE;
	options.threads = 1;
	options.n_init = 2;
	options.transforms = transforms;
	return options;
}

static cstn_prototypes *fitted(const cstn_allocator *allocator)
{
	cstn_prototypes_options options = usual();
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;

	csv_rows(&rows, SCHEMA, ROWS);
	ck_assert_int_eq(cstn_prototypes_fit(&rows, numeric, 2, categorical, 2, 3, &options,
					 allocator, &model, NULL, NULL),
			CSTN_OK);
	return model;
}

static cstn_status fit_by(oom *o, uint32_t flags, int32_t start)
{
	cstn_prototypes_options options = usual();
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_prototypes *model = NULL;
	cstn_status status;

	options.flags |= flags;
	options.start = start;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_prototypes_fit(&rows, numeric, 2, categorical, 2, 3, &options,
					 o->allocator, &model, &bad, &error));
	ck_assert_ptr_null(rows.release);
	ck_assert((model == NULL) == (status != CSTN_OK));
	cstn_row_errors_free(bad);
	cstn_prototypes_unref(model);
	return status;
}

static cstn_status fit_by_rows(oom *o)
{
	return fit_by(o, 0, CSTN_PROTOTYPES_START_CAO);
}

static cstn_status fit_in_batches(oom *o)
{
	return fit_by(o, CSTN_PROTOTYPES_BATCH, CSTN_PROTOTYPES_START_DRAWN);
}

/* A null in a category of a model that does not impute: a bad row. */
static cstn_status fit_skipping(oom *o)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_prototypes *model = NULL;
	cstn_status status;

	options.flags = CSTN_PROTOTYPES_SKIP_BAD;
	options.threads = 1;
	options.n_init = 1;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_prototypes_fit(&rows, NULL, 0, categorical, 2, 2, &options,
					 o->allocator, &model, &bad, &error));
	ck_assert((model == NULL) == (status != CSTN_OK));
	ck_assert((bad == NULL) == (status != CSTN_OK));
	cstn_row_errors_free(bad);
	cstn_prototypes_unref(model);
	return status;
}

static cstn_status predict(oom *o)
{
	cstn_prototypes *model = fitted(o->allocator);
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	struct ArrowArrayStream rows, out = {0};
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.threads = 1;
	csv_rows(&rows, SCHEMA, ROWS "1,,a,new\n");
	oom_arm(o);
	OOM_CALL(status, cstn_prototypes_predict(model, &rows, &options, &out, &bad, &error));
	ck_assert_ptr_null(rows.release);
	if (status == CSTN_OK)
		status = oom_drain(&out);
	else
		ck_assert_ptr_null(bad);
	ck_assert_ptr_null(out.release);
	cstn_row_errors_free(bad);
	cstn_prototypes_unref(model);
	return status;
}

static cstn_status score(oom *o)
{
	cstn_prototypes *model = fitted(o->allocator);
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	double value = 1.0;
	cstn_status status;

	options.threads = 1;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_prototypes_score(model, &rows, &options, &value, &error));
	ck_assert((status == CSTN_OK) == (value < 0.0));
	cstn_prototypes_unref(model);
	return status;
}

OOM_TABLE(table, prototypes, unref, fitted(o->allocator),
		cstn_prototypes_export(self, o->which, &out, &error))
OOM_BYTES(prototypes, fitted(o->allocator), fitted(NULL))
OOM_DESCRIBE(prototypes, fitted(o->allocator))

const oom_case oom_cases_prototypes[] = {
		{"cstn_prototypes_fit", fit_by_rows, 0, 0},
		{"cstn_prototypes_fit", fit_in_batches, 0, 0},
		{"cstn_prototypes_fit", fit_skipping, 0, 0},
		{"cstn_prototypes_predict", predict, 0, 0},
		{"cstn_prototypes_score", score, 0, 0},
		{"cstn_prototypes_export", table, 0, CSTN_PROTOTYPES_TABLE_CLUSTERS},
		{"cstn_prototypes_export", table, 0, CSTN_PROTOTYPES_TABLE_LABELS},
		{"cstn_prototypes_export", table, 0, CSTN_PROTOTYPES_TABLE_CATEGORIES},
		{"cstn_prototypes_export", table, 0, CSTN_PROTOTYPES_TABLE_COSTS},
		{"cstn_prototypes_serialize", prototypes_to_bytes, 0, 0},
		{"cstn_prototypes_describe", prototypes_in_words, 0, 0},
		{"cstn_prototypes_deserialize", prototypes_from_bytes, 0, 0},
};

const size_t oom_count_prototypes = sizeof(oom_cases_prototypes) / sizeof(*oom_cases_prototypes);
