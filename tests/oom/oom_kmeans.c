/* Out of memory in clustering: fits, predictions, scores, tables and bytes of models. */
#include "oom.h"

#define SCHEMA "x double null\ny double null\nw double\n"
#define ROWS                                                                           \
	"x,y,w\n1,2,1\n1.5,2.5,2\n9,8,1\n9.5,8,1\n20,1,3\n21,0,1\n4,4,2\n5,3,1\n10,1," \
	"1\n3,,1\n"

static const char *const features[] = {"x", "y"};
static const uint32_t transforms[] = {CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z,
		CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_Z};

static cstn_kmeans_options usual(int32_t algorithm)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;

	options.flags = CSTN_KMEANS_IMPUTE;
	options.threads = 1;
	options.n_init = 2;
	options.transforms = transforms;
	options.weight = "w";
	options.algorithm = algorithm;
	return options;
}

static cstn_kmeans *fitted(const cstn_allocator *allocator)
{
	cstn_kmeans_options options = usual(CSTN_KMEANS_LLOYD);
	struct ArrowArrayStream rows;
	cstn_kmeans *model = NULL;

	csv_rows(&rows, SCHEMA, ROWS);
	ck_assert_int_eq(cstn_kmeans_fit(&rows, features, 2, 3, &options, allocator, &model, NULL,
					 NULL),
			CSTN_OK);
	return model;
}

static cstn_status fit_by(oom *o, int32_t algorithm)
{
	cstn_kmeans_options options = usual(algorithm);
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_kmeans *model = NULL;
	cstn_status status;

	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_kmeans_fit(&rows, features, 2, 3, &options, o->allocator, &model,
					 &bad, &error));
	ck_assert_ptr_null(rows.release);
	ck_assert((model == NULL) == (status != CSTN_OK));
	cstn_row_errors_free(bad);
	cstn_kmeans_unref(model);
	return status;
}

static cstn_status fit_lloyd(oom *o)
{
	return fit_by(o, CSTN_KMEANS_LLOYD);
}

static cstn_status fit_hamerly(oom *o)
{
	return fit_by(o, CSTN_KMEANS_HAMERLY);
}

static cstn_status predict(oom *o)
{
	cstn_kmeans *model = fitted(o->allocator);
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows, out = {0};
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.flags = CSTN_KMEANS_DISTANCES;
	options.threads = 1;
	csv_rows(&rows, SCHEMA, ROWS ",1,1\n");
	oom_arm(o);
	OOM_CALL(status, cstn_kmeans_predict(model, &rows, &options, &out, &bad, &error));
	ck_assert_ptr_null(rows.release);
	if (status == CSTN_OK)
		status = oom_drain(&out);
	else
		ck_assert_ptr_null(bad);
	ck_assert_ptr_null(out.release);
	cstn_row_errors_free(bad);
	cstn_kmeans_unref(model);
	return status;
}

static cstn_status score(oom *o)
{
	cstn_kmeans *model = fitted(o->allocator);
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	double value = 1.0;
	cstn_status status;

	options.threads = 1;
	options.weight = "w";
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_kmeans_score(model, &rows, &options, &value, &error));
	ck_assert((status == CSTN_OK) == (value < 0.0));
	cstn_kmeans_unref(model);
	return status;
}

static cstn_status choose(oom *o)
{
	cstn_kmeans_options options = usual(CSTN_KMEANS_AUTO);
	struct ArrowArrayStream rows, out = {0};
	cstn_status status;

	options.margin = "w";
	options.samples = 2;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_kmeans_choose(&rows, features, 2, 1, 3, &options, o->allocator, &out,
					 NULL, &error));
	ck_assert_ptr_null(rows.release);
	if (status == CSTN_OK)
		status = oom_drain(&out);
	ck_assert_ptr_null(out.release);
	return status;
}

OOM_TABLE(table, kmeans, unref, fitted(o->allocator),
		cstn_kmeans_export(self, o->which, &out, &error))
OOM_BYTES(kmeans, fitted(o->allocator), fitted(NULL))
OOM_DESCRIBE(kmeans, fitted(o->allocator))

static cstn_status compare(oom *o)
{
	static const char segments[] = "customer text\nsegment text\n";
	cstn_segment_comparison told = CSTN_SEGMENT_COMPARISON_INIT;
	struct ArrowArrayStream before, after, moved = {0};
	cstn_status status;

	csv_rows(&before, segments, "customer,segment\na,X\nb,X\nc,Y\n");
	csv_rows(&after, segments, "customer,segment\nb,Y\na,X\nc,Y\n");
	oom_arm(o);
	OOM_CALL(status, cstn_segment_compare(&before, &after, NULL, o->allocator, &told, &moved,
					 &error));
	ck_assert((told.customers == 3) == (status == CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&moved);
	ck_assert_ptr_null(moved.release);
	return status;
}

static cstn_status pass(oom *o)
{
	cstn_kmeans *model = fitted(o->allocator), *next = NULL;
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_kmeans_pass *one = NULL, *other = NULL;
	cstn_buffer *bytes = NULL;
	cstn_status status;

	options.threads = 1;
	options.weight = "w";
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	OOM_CALL(status, cstn_kmeans_pass_new(model, o->allocator, &one, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_update(one, &rows, &options, NULL, &error));
	else
		rows.release(&rows);
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_serialize(one, &bytes, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_deserialize(cstn_buffer_data(bytes),
						 cstn_buffer_size(bytes), o->allocator, &other,
						 &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_merge(one, other, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_remove(one, other, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_pass_finish(one, &next, &error));
	ck_assert((next == NULL) == (status != CSTN_OK));
	cstn_buffer_free(bytes);
	cstn_kmeans_pass_free(one);
	cstn_kmeans_pass_free(other);
	cstn_kmeans_unref(next);
	cstn_kmeans_unref(model);
	return status;
}

/* Few cells, so that they are widened, and as they begin, so that rows can go. */
static cstn_kmeans_cells *new_cells(
		oom *o, cstn_kmeans *model, int32_t max_cells, cstn_status *status)
{
	cstn_kmeans_cells_options options = CSTN_KMEANS_CELLS_OPTIONS_INIT;
	cstn_kmeans_cells *cells = NULL;

	options.max_cells = max_cells;
	OOM_CALL(*status, cstn_kmeans_cells_new(model, &options, o->allocator, &cells, &error));
	ck_assert((cells == NULL) == (*status != CSTN_OK));
	return cells;
}

static cstn_status give_cells(cstn_kmeans_cells *cells)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.threads = 1;
	options.weight = "w";
	csv_rows(&rows, SCHEMA, ROWS);
	OOM_CALL(status, cstn_kmeans_cells_update(cells, &rows, &options, &bad, &error));
	ck_assert_ptr_null(rows.release);
	cstn_row_errors_free(bad);
	return status;
}

static cstn_status cells(oom *o)
{
	int32_t max_cells = o->which;
	cstn_kmeans *model = fitted(o->allocator), *next = NULL;
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans_cells *one, *other = NULL;
	struct ArrowArrayStream out = {0};
	cstn_buffer *bytes = NULL;
	double least = -1.0, most = -1.0;
	cstn_status status;

	options.threads = 1;
	options.n_init = 2;
	oom_arm(o);
	one = new_cells(o, model, max_cells, &status);
	if (status == CSTN_OK)
		status = give_cells(one);
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_serialize(one, &bytes, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_deserialize(cstn_buffer_data(bytes),
						 cstn_buffer_size(bytes), o->allocator, &other,
						 &error));
	ck_assert((other == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_merge(one, other, &error));
	if (status == CSTN_OK && max_cells != 4)
		OOM_CALL(status, cstn_kmeans_cells_remove(one, other, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_fit(one, 2, &options, &next, &error));
	ck_assert((next == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_bounds(one, next, &least, &most, &error));
	ck_assert((most > 0.0) == (status == CSTN_OK));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_kmeans_cells_export(one, &out, &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	ck_assert_ptr_null(out.release);
	cstn_buffer_free(bytes);
	cstn_kmeans_cells_free(one);
	cstn_kmeans_cells_free(other);
	cstn_kmeans_unref(next);
	cstn_kmeans_unref(model);
	return status;
}

const oom_case oom_cases_kmeans[] = {
		{"cstn_kmeans_cells_new cstn_kmeans_cells_update cstn_kmeans_cells_serialize "
		 "cstn_kmeans_cells_deserialize cstn_kmeans_cells_merge cstn_kmeans_cells_fit "
		 "cstn_kmeans_cells_bounds cstn_kmeans_cells_export",
				cells, 0, 4},
		{"cstn_kmeans_cells_remove", cells, 0, 0},
		{"cstn_kmeans_pass_new cstn_kmeans_pass_update cstn_kmeans_pass_serialize "
		 "cstn_kmeans_pass_deserialize cstn_kmeans_pass_merge cstn_kmeans_pass_remove "
		 "cstn_kmeans_pass_finish",
				pass, 0, 0},
		{"cstn_segment_compare", compare, 0, 0},
		{"cstn_kmeans_fit", fit_lloyd, 0, 0},
		{"cstn_kmeans_fit", fit_hamerly, 0, 0},
		{"cstn_kmeans_predict", predict, 0, 0},
		{"cstn_kmeans_score", score, 0, 0},
		{"cstn_kmeans_choose", choose, 0, 0},
		{"cstn_kmeans_export", table, 0, CSTN_KMEANS_TABLE_CLUSTERS},
		{"cstn_kmeans_export", table, 0, CSTN_KMEANS_TABLE_LABELS},
		{"cstn_kmeans_export", table, 0, CSTN_KMEANS_TABLE_FEATURES},
		{"cstn_kmeans_serialize", kmeans_to_bytes, 0, 0},
		{"cstn_kmeans_describe", kmeans_in_words, 0, 0},
		{"cstn_kmeans_deserialize", kmeans_from_bytes, 0, 0},
};

const size_t oom_count_kmeans = sizeof(oom_cases_kmeans) / sizeof(*oom_cases_kmeans);
