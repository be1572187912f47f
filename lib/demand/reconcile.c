/* Forecasts of a hierarchy made to add up: two tables in, one out.
 *
 * Nodes are read first and laid out as trees; then all forecasts. Rows are counted by slice, each
 * slice must have every node once, and each slice and value column is a job of its own, on threads,
 * whose result is written over what came in. Out go the rows in the order in which they came. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/row_errors.h"
#include "demand/coherent.h"
#include "demand/reconcile_rows.h"
#include "demand/series.h"
#include "table/export.h"

#define BATCH_ROWS 65536
#define W_LEAST 1e-150
#define W_MOST 1e150
#define FLAGS (CSTN_RECONCILE_NOT_NEGATIVE | CSTN_RECONCILE_INTEGERS | CSTN_RECONCILE_EXPLAINED)

/* All of a call; then behind the stream: rows, and where it stands. */
typedef struct reconciling {
	cstn_allocator allocator;
	cstn_reconcile_options options;
	cstn__hierarchy h;
	cstn__forecast_rows rows;
	char **names; /* of numbers */
	size_t at;
	/* while it works */
	cstn__pass_weights *weights; /* one, or of each model and value */
	size_t n_weights;
	size_t *order, *begin; /* rows by slice */
	cstn__coherent_room *rooms;
	int32_t threads;
	int32_t *failed; /* of each job */
	double *what;
} reconciling;

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_names(const char *const *names, size_t n, size_t most, const char *what,
		cstn_error **error)
{
	size_t i, k;

	if (n > most)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu names of %s, at most %zu expected", n,
				what, most);
	if (n && !names)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "names of %s are NULL", what);
	for (i = 0; i < n; i++) {
		if (!names[i] || !*names[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "name %zu of %s is empty",
					i, what);
		for (k = 0; k < i; k++)
			if (strcmp(names[i], names[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"'%s' is twice among %s", names[i], what);
	}
	return CSTN_OK;
}

#define MOVED "reconciliation"

static cstn_status check_parts(const cstn_reconcile_options *o, cstn_error **error)
{
	size_t i;

	if (o->n_values > 1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"parts of %zu value columns, 1 expected", o->n_values);
	for (i = 0; i < o->n_quantiles; i++)
		if (strcmp(o->quantiles[i], MOVED) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is a part already",
					o->quantiles[i]);
	return CSTN_OK;
}

static cstn_status check_all_names(const cstn_reconcile_options *o, cstn_error **error)
{
	size_t most = CSTN__RECONCILE_COLUMNS_MOST;
	cstn_status status = check_names(o->values, o->n_values, most, "value columns", error);

	if (status == CSTN_OK && o->values && !o->n_values)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "no value columns");
	if (status == CSTN_OK)
		status = check_names(o->quantiles, o->n_quantiles, most, "quantile columns", error);
	if (status == CSTN_OK && o->n_quantiles && o->n_values > 1)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"quantile columns with %zu value columns, 1 expected", o->n_values);
	if (status == CSTN_OK && o->flags & CSTN_RECONCILE_EXPLAINED)
		status = check_parts(o, error);
	if (status == CSTN_OK)
		status = check_names(o->levels, o->n_levels, CSTN_RECONCILE_TREES_MOST,
				"level columns", error);
	if (status == CSTN_OK && o->total &&
			(!o->n_levels || !*o->total || strlen(o->total) > CSTN__IDS_TEXT_MOST))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"total is '%s': 1 to %d bytes beside levels expected", o->total,
				CSTN__IDS_TEXT_MOST);
	return status;
}

static cstn_status check(const cstn_reconcile_options *o, cstn_error **error)
{
	if (o->method < 0 || o->method > CSTN_RECONCILE_TOP_DOWN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "method is %d, 0..%d expected",
				o->method, CSTN_RECONCILE_TOP_DOWN);
	if (o->weights < 0 || o->weights > CSTN_RECONCILE_GIVEN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "weights is %d, 0..%d expected",
				o->weights, CSTN_RECONCILE_GIVEN);
	if (o->max_steps < 0 || o->threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"max_steps is %d, threads is %d: 0 or more expected", o->max_steps,
				o->threads);
	return check_all_names(o, error);
}

/* --- weights ---------------------------------------------------------------------------------- */

static cstn_status given_weights(reconciling *run, double *w, cstn_error **error)
{
	cstn__hierarchy *h = &run->h;
	cstn__node_name name;
	size_t node;

	for (node = 0; node < h->n; node++) {
		if (h->w[h->slot[node]] > 0)
			continue;
		(void)cstn__hierarchy_name(h, (uint32_t)node, &name);
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "node '%.*s' has no weight",
				name.len, name.text);
	}
	memcpy(w, h->w, h->n * sizeof(*w));
	return CSTN_OK;
}

/* Mean squares of one model and value, to slots. */
static cstn_status learned_weights(
		reconciling *run, size_t model, size_t c, double *w, cstn_error **error)
{
	const cstn__forecast_rows *rows = &run->rows;
	size_t n = run->h.n, values = (size_t)rows->n_values, node;
	double least = W_MOST;
	cstn__node_name name;

	for (node = 0; node < n; node++) {
		int is_known = rows->counts.count > model * n + node &&
			       rows->counts.items[model * n + node] > 0;
		double mean = is_known ? rows->squares.items[(model * values + c) * n + node] /
							      (double)rows->counts.items[model * n +
											 node]
				       : 0;

		(void)cstn__hierarchy_name(&run->h, (uint32_t)node, &name);
		if (!is_known)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"node '%.*s' has no earlier forecast with a y", name.len,
					name.text);
		if (mean > 0 && !(mean >= W_LEAST && mean <= W_MOST))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"node '%.*s' has variance %g, 1e-150 to 1e150 expected",
					name.len, name.text, mean);
		w[run->h.slot[node]] = mean;
		if (mean > 0 && mean < least)
			least = mean;
	}
	for (node = 0; node < n; node++)
		if (!(w[node] > 0))
			w[node] = least < W_MOST ? least : 1.0;
	return CSTN_OK;
}

static cstn_status make_weights(reconciling *run, cstn_error **error)
{
	const cstn_reconcile_options *o = &run->options;
	size_t values = (size_t)run->rows.n_values, models = run->rows.models.count, i;
	cstn_status status = CSTN_OK;

	run->n_weights = 1;
	if (o->weights == CSTN_RECONCILE_VARIANCE)
		run->n_weights = values * (models ? models : 1);
	run->weights = cstn__alloc_zero(
			&run->allocator, cstn__array_size(run->n_weights, sizeof(*run->weights)));
	if (!run->weights)
		return cstn__fail_nomem(error);
	for (i = 0; i < run->n_weights && status == CSTN_OK; i++) {
		cstn__pass_weights *weights = &run->weights[i];

		if (cstn__pass_weights_new(weights, &run->h, &run->allocator))
			return cstn__fail_nomem(error);
		if (o->weights == CSTN_RECONCILE_STRUCTURAL)
			cstn__structural_weights(&run->h, weights->w);
		else if (o->weights == CSTN_RECONCILE_GIVEN)
			status = given_weights(run, weights->w, error);
		else
			status = learned_weights(run, i / values, i % values, weights->w, error);
		if (status == CSTN_OK)
			cstn__pass_weights_set(&run->h, weights->w, NULL, weights->keep,
					weights->share, run->rooms[0].x);
	}
	return status;
}

/* --- slices ----------------------------------------------------------------------------------- */

/* Where a slice lies, in words: ", ds 2018-01-01, model 'x'". */
static void describe(const reconciling *run, const cstn__slice *slice, char *text, size_t size)
{
	int32_t year, month, day;
	size_t used;

	if (run->rows.ds_type == CSTN_TYPE_INT64) {
		used = (size_t)snprintf(text, size, "ds %" PRId64, slice->ds);
	} else if (run->rows.ds_type == CSTN_TYPE_TIME) {
		memcpy(text, "ds ", 4);
		used = 3 + cstn_time_format(slice->ds, text + 3, size - 3);
	} else {
		cstn__civil_of((int32_t)slice->ds, &year, &month, &day);
		used = (size_t)snprintf(text, size, "ds %04d-%02d-%02d", year, month, day);
	}
	if (run->rows.has_model && used < size)
		snprintf(text + used, size - used, ", model '%.64s'",
				run->rows.models.items[slice->model].text);
}

/* Each node once in the slice; `seen` is marked with stamps. */
static cstn_status check_slice(
		const reconciling *run, size_t slice, size_t *seen, cstn_error **error)
{
	const cstn__forecast_rows *rows = &run->rows;
	size_t i;
	cstn__node_name name;
	char where[160];

	for (i = run->begin[slice]; i < run->begin[slice + 1]; i++) {
		uint32_t node = rows->node.items[run->order[i]];

		if (seen[node] == slice + 1) {
			describe(run, &rows->slices.items[slice], where, sizeof(where));
			(void)cstn__hierarchy_name(&run->h, node, &name);
			return cstn__fail(error, CSTN_E_DUPLICATE,
					"node '%.*s' has two forecasts for %s", name.len, name.text,
					where);
		}
		seen[node] = slice + 1;
	}
	if (run->begin[slice + 1] - run->begin[slice] == run->h.n)
		return CSTN_OK;
	for (i = 0; seen[i] == slice + 1; i++)
		;
	describe(run, &rows->slices.items[slice], where, sizeof(where));
	(void)cstn__hierarchy_name(&run->h, (uint32_t)i, &name);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "node '%.*s' has no forecast for %s",
			name.len, name.text, where);
}

/* Rows by slice, and each slice looked at. */
static cstn_status arrange(reconciling *run, cstn_error **error)
{
	const cstn__forecast_rows *rows = &run->rows;
	size_t n = rows->node.count, slices = rows->slices.count, i, at = 0;
	size_t *seen;
	cstn_status status = CSTN_OK;

	run->order = cstn__alloc(&run->allocator, cstn__array_size(n, sizeof(size_t)));
	run->begin = cstn__alloc_zero(
			&run->allocator, cstn__array_size(slices + 1, sizeof(size_t)));
	seen = cstn__alloc_zero(&run->allocator, cstn__array_size(run->h.n, sizeof(size_t)));
	if (!run->order || !run->begin || !seen) {
		cstn__free(&run->allocator, seen, run->h.n * sizeof(size_t));
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < n; i++)
		run->begin[rows->slice.items[i]]++;
	for (i = 0; i <= slices; i++) {
		size_t here = i < slices ? run->begin[i] : 0;

		run->begin[i] = at;
		at += here;
	}
	for (i = 0; i < n; i++)
		run->order[run->begin[rows->slice.items[i]]++] = i;
	for (i = slices; i > 0; i--)
		run->begin[i] = run->begin[i - 1];
	run->begin[0] = 0;
	for (i = 0; i < slices && status == CSTN_OK; i++)
		status = check_slice(run, i, seen, error);
	cstn__free(&run->allocator, seen, run->h.n * sizeof(size_t));
	return status;
}

/* --- jobs ------------------------------------------------------------------------------------- */

/* Quantiles move with the mean of their node; parts stay, and what it moved by is one more. */
static void move_quantiles(reconciling *run, size_t row, double moved)
{
	size_t width = cstn__forecast_rows_width(&run->rows), c;
	double *numbers = run->rows.numbers.items + row * width;

	if (run->rows.is_explained) {
		numbers[width - 1] = moved;
		return;
	}
	for (c = (size_t)run->rows.n_values; c < width; c++) {
		numbers[c] += moved;
		if (run->options.flags & CSTN_RECONCILE_NOT_NEGATIVE && !(numbers[c] > 0))
			numbers[c] = 0;
	}
}

static cstn_status work(void *context, size_t job, int32_t worker)
{
	reconciling *run = context;
	cstn__forecast_rows *rows = &run->rows;
	cstn__coherent_room *room = &run->rooms[worker];
	size_t values = (size_t)rows->n_values, slice = job / values, c = job % values, i;
	size_t width = cstn__forecast_rows_width(rows);
	size_t weights = run->n_weights > 1 ? rows->slices.items[slice].model * values + c : 0;

	for (i = run->begin[slice]; i < run->begin[slice + 1]; i++) {
		size_t row = run->order[i];

		room->y[run->h.slot[rows->node.items[row]]] = rows->numbers.items[row * width + c];
	}
	run->failed[job] = cstn__coherent(
			room, &run->h, &run->weights[weights], &run->options, &run->what[job]);
	if (run->failed[job])
		return CSTN_E_LIMIT;
	for (i = run->begin[slice]; i < run->begin[slice + 1]; i++) {
		size_t row = run->order[i];
		double *number = &rows->numbers.items[row * width + c], before = *number;

		*number = room->x[run->h.slot[rows->node.items[row]]];
		move_quantiles(run, row, *number - before);
	}
	return CSTN_OK;
}

static cstn_status explain(const reconciling *run, size_t jobs, cstn_error **error)
{
	size_t values = (size_t)run->rows.n_values, job, node;
	cstn__node_name name;
	char where[160];

	for (job = 0; job < jobs && !run->failed[job]; job++)
		;
	if (job == jobs)
		return cstn__fail_nomem(error);
	describe(run, &run->rows.slices.items[job / values], where, sizeof(where));
	if (run->failed[job] == CSTN__NOT_CONVERGED)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%s: a residual of %.3g after %d steps, 1e-10 expected", where,
				run->what[job],
				run->options.max_steps ? run->options.max_steps
						       : CSTN__COHERENT_STEPS);
	if (run->failed[job] == CSTN__NOT_SETTLED)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%s: %.0f leaves on the wrong side of 0 after %d exchanges", where,
				run->what[job], CSTN__COHERENT_ROUNDS);
	for (node = 0; run->h.slot[node] != (uint32_t)run->what[job]; node++)
		;
	(void)cstn__hierarchy_name(&run->h, (uint32_t)node, &name);
	return cstn__fail(error, CSTN_E_OVERFLOW,
			"node '%.*s', %s: beyond 2^53, where not all numbers are whole ones",
			name.len, name.text, where);
}

static cstn_status make_rooms(reconciling *run, cstn_error **error)
{
	size_t jobs = run->rows.slices.count * (size_t)run->rows.n_values;
	int32_t i;

	run->threads = cstn__threads_resolve(run->options.threads, jobs ? jobs : 1);
	run->rooms = cstn__alloc_zero(&run->allocator, (size_t)run->threads * sizeof(*run->rooms));
	run->failed = cstn__alloc_zero(&run->allocator, cstn__array_size(jobs, sizeof(int32_t)));
	run->what = cstn__alloc_zero(&run->allocator, cstn__array_size(jobs, sizeof(double)));
	if (!run->rooms || !run->failed || !run->what)
		return cstn__fail_nomem(error);
	for (i = 0; i < run->threads; i++)
		if (cstn__coherent_room_new(
				    &run->rooms[i], &run->h, &run->options, &run->allocator))
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status work_all(reconciling *run, cstn_error **error)
{
	size_t jobs = run->rows.slices.count * (size_t)run->rows.n_values;
	cstn_status status = arrange(run, error);

	if (status == CSTN_OK && run->options.method == CSTN_RECONCILE_TOP_DOWN &&
			run->h.n_trees > 1)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"top-down with %zu trees, 1 expected", run->h.n_trees);
	if (status == CSTN_OK)
		status = make_rooms(run, error);
	if (status == CSTN_OK)
		status = make_weights(run, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(jobs, run->threads, run->options.progress, work, run);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
	return status == CSTN_OK ? CSTN_OK : explain(run, jobs, error);
}

/* What only the work needs. */
static void free_work(reconciling *run)
{
	const cstn_allocator *a = &run->allocator;
	size_t slices = run->rows.slices.count, jobs = slices * (size_t)run->rows.n_values, i;

	for (i = 0; run->rooms && i < (size_t)run->threads; i++)
		cstn__coherent_room_free(&run->rooms[i], &run->h, a);
	cstn__free(a, run->rooms, (size_t)run->threads * sizeof(*run->rooms));
	for (i = 0; run->weights && i < run->n_weights; i++)
		cstn__pass_weights_free(&run->weights[i], &run->h, a);
	cstn__free(a, run->weights, run->n_weights * sizeof(*run->weights));
	cstn__free(a, run->order, run->rows.node.count * sizeof(size_t));
	cstn__free(a, run->begin, (slices + 1) * sizeof(size_t));
	cstn__free(a, run->failed, jobs * sizeof(int32_t));
	cstn__free(a, run->what, jobs * sizeof(double));
	run->rooms = NULL;
	run->weights = NULL;
	run->order = run->begin = NULL;
	run->failed = NULL;
	run->what = NULL;
}

/* --- out -------------------------------------------------------------------------------------- */

static void reconciling_free(void *context)
{
	reconciling *run = context;
	cstn_allocator allocator = run->allocator;
	size_t width = cstn__forecast_rows_width(&run->rows), i;

	free_work(run);
	for (i = 0; run->names && i < width; i++)
		if (run->names[i])
			cstn__free(&allocator, run->names[i], strlen(run->names[i]) + 1);
	cstn__free(&allocator, run->names, width * sizeof(*run->names));
	cstn__forecast_rows_free(&run->rows);
	cstn__hierarchy_free(&run->h);
	cstn__free(&allocator, run, sizeof(*run));
}

static int declare(const void *of, cstn__table_builder *table)
{
	const reconciling *run = of;
	const cstn__forecast_rows *rows = &run->rows;
	size_t width = cstn__forecast_rows_width(rows), i;
	int failed = 0;

	failed |= cstn__table_add_column(table, "unique_id", run->h.ids.type, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "ds", rows->ds_type, 0, 0) < 0;
	if (rows->cutoff_type)
		failed |= cstn__table_add_column(table, "cutoff", rows->cutoff_type, 0, 0) < 0;
	if (rows->has_model)
		failed |= cstn__table_add_column(table, "model", CSTN_TYPE_TEXT, 0, 0) < 0;
	for (i = 0; i < width; i++)
		failed |= cstn__table_add_column(table, run->names[i], CSTN_TYPE_DOUBLE, 0, 0) < 0;
	return failed ? -1 : 0;
}

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const reconciling *run = context;

	return cstn__table_declared(&run->allocator, declare, run, error);
}

static void put_row(const reconciling *run, cstn__table_builder *table, size_t row)
{
	const cstn__forecast_rows *rows = &run->rows;
	const cstn__slice *slice = &rows->slices.items[rows->slice.items[row]];
	size_t width = cstn__forecast_rows_width(rows), i;
	int32_t column = 2;

	cstn__series_put_id(table, 0, &run->h.ids, rows->node.items[row]);
	cstn__table_put_i64(table, 1, slice->ds);
	if (rows->cutoff_type)
		cstn__table_put_i64(table, column++, slice->cutoff);
	if (rows->has_model)
		cstn__table_put_text(table, column++, rows->models.items[slice->model].text,
				rows->models.items[slice->model].len);
	for (i = 0; i < width; i++)
		cstn__table_put_f64(table, column++, rows->numbers.items[row * width + i]);
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	reconciling *run = context;
	size_t end = run->at + BATCH_ROWS;

	(void)error;
	if (run->at == run->rows.node.count)
		return CSTN_DONE;
	if (end > run->rows.node.count)
		end = run->rows.node.count;
	for (; run->at < end; run->at++)
		put_row(run, table, run->at);
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

/* The caller's names end with the call. */
static cstn_status copy_names(reconciling *run, cstn_error **error)
{
	const cstn_reconcile_options *o = &run->options;
	size_t width = cstn__forecast_rows_width(&run->rows), values = (size_t)run->rows.n_values,
	       i;

	run->names = cstn__alloc_zero(&run->allocator, width * sizeof(*run->names));
	for (i = 0; run->names && i < width; i++) {
		const char *name = i >= values + o->n_quantiles ? MOVED
				   : i >= values                ? o->quantiles[i - values]
				   : o->values                  ? o->values[i]
								: "mean";
		size_t size = strlen(name) + 1;

		run->names[i] = cstn__alloc(&run->allocator, size);
		if (!run->names[i])
			return cstn__fail_nomem(error);
		memcpy(run->names[i], name, size);
	}
	return run->names ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status reconcile(reconciling *run, struct ArrowArrayStream *nodes,
		struct ArrowArrayStream *base, cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_reconcile_options *o = &run->options;
	const cstn__hierarchy_reader reader = {o->levels, o->n_levels, o->total, o->nodes_binding,
			o->flags & CSTN_IMPORT_TRUSTED};
	const cstn_allocator allocator = run->allocator;
	cstn_status status =
			cstn__hierarchy_read(&run->h, &reader, nodes, &allocator, bad_rows, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__forecast_rows_read(
			&run->rows, &run->h, o, base, &allocator, bad_rows, error);
	if (status == CSTN_OK)
		status = copy_names(run, error);
	if (status == CSTN_OK)
		status = work_all(run, error);
	free_work(run);
	return status;
}

/* The stream of a reconciling, which it owns. */
static cstn_status run_all(const cstn_reconcile_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream streams[2], struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_allocator memory;
	reconciling *run;
	cstn_status status = cstn__handle_new(allocator, sizeof(*run), &memory, &run, error);

	if (status != CSTN_OK)
		return status;
	run->allocator = run->h.allocator = run->rows.allocator = memory;
	cstn__interner_init(&run->rows.models, &memory, 0);
	cstn__ids_init(&run->h.ids, &memory, 0);
	run->options = *options;
	status = reconcile(run, &streams[0], &streams[1], bad_rows, error);
	run->options.binding = run->options.nodes_binding = NULL;
	run->options.progress = NULL;
	if (status == CSTN_OK)
		return cstn__stream_export(&memory, empty, next, reconciling_free, run, out, error);
	reconciling_free(run);
	return status;
}

cstn_status cstn_reconcile(struct ArrowArrayStream *nodes, struct ArrowArrayStream *base,
		const cstn_reconcile_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream streams[2] = {{0}, {0}};
	cstn_reconcile_options read;
	cstn_status status = cstn__stream_take(nodes, "nodes", &streams[0], error), second;

	second = cstn__stream_take(base, "base", &streams[1], status == CSTN_OK ? error : NULL);
	status = status == CSTN_OK ? second : status;
	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(read), sizeof(read),
				FLAGS | CSTN_IMPORT_TRUSTED, "cstn_reconcile_options", &read,
				error);
	if (status == CSTN_OK)
		status = check(&read, error);
	if (status == CSTN_OK)
		status = run_all(&read, allocator, streams, out, bad_rows, error);
	if (streams[0].release)
		streams[0].release(&streams[0]);
	if (streams[1].release)
		streams[1].release(&streams[1]);
	return status;
}
