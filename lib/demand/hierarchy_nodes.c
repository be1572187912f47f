/* Rows of nodes, read: edges of trees, or leaves with their levels.
 *
 * Ids are numbered as they are seen. Trees are numbered by name at the end, so that nothing depends
 * on the order of rows. 32 bytes a row. */
#include <string.h>

#include <constellation/demand_reconcile.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/row_errors.h"
#include "demand/hierarchy.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define TREES_MOST CSTN_RECONCILE_TREES_MOST
#define W_LEAST 1e-150
#define W_MOST 1e150

enum { COL_ID, COL_PARENT, COL_TREE, COL_W, COL_LEVELS };

typedef struct reading {
	const cstn__hierarchy_reader *reader;
	cstn__hierarchy *h;
	cstn__ids trees;
	CSTN__ARRAY(cstn__edge) edges;
	cstn__bound *bound;
	cstn__row_sink *sink;
	double bad_weight;
	uint32_t total, bad_node;
	int has_bad_weight;
} reading;

typedef struct block {
	uint32_t id[BLOCK], parent[BLOCK], tree[BLOCK];
	double w[BLOCK];
	uint64_t valid[WORDS], bad[WORDS];
} block;

/* --- a block of edges ------------------------------------------------------------------------- */

static cstn_status read_ids(reading *run, cstn__ids *ids, const cstn__batch *batch, int column,
		int64_t start, int32_t n, uint64_t *bad, uint32_t *out)
{
	cstn__id_rows rows = {
			&batch->columns[column], start, n, batch->first_row, 0, bad, run->sink};

	return cstn__ids_read(ids, &rows, out);
}

/* The first weight out of range is kept for the error. */
static cstn_status read_weights(
		reading *run, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	cstn_status status = cstn__column_read_f64(&batch->columns[COL_W], start, n,
			batch->first_row, b->w, b->valid, b->bad, run->sink);
	int32_t i;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (!cstn__word_bit_get(b->valid, (size_t)i)) {
			b->w[i] = 0;
		} else if (!run->has_bad_weight && !cstn__word_bit_get(b->bad, (size_t)i) &&
				!(b->w[i] >= W_LEAST && b->w[i] <= W_MOST)) {
			run->has_bad_weight = 1;
			run->bad_weight = b->w[i];
			run->bad_node = b->id[i];
		}
	}
	return status;
}

static cstn_status refuse_weight(const reading *run, cstn_error **error)
{
	cstn__node_name name;

	if (!run->has_bad_weight)
		return CSTN_OK;
	(void)cstn__hierarchy_name(run->h, run->bad_node, &name);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"node '%.*s' has weight %g, 1e-150 to 1e150 expected", name.len, name.text,
			run->bad_weight);
}

static cstn_status keep_edge(reading *run, cstn__edge edge)
{
	if (cstn__array_reserve(&run->h->allocator, &run->edges, 1))
		return CSTN_E_NOMEM;
	run->edges.items[run->edges.count++] = edge;
	return CSTN_OK;
}

static cstn_status take_edges(
		reading *run, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	cstn__id_rows parents = {&batch->columns[COL_PARENT], start, n, batch->first_row, 0, b->bad,
			run->sink};
	cstn_status status = cstn__ids_read_some(&run->h->ids, &parents, b->parent);
	int has_tree = cstn__bound_has(run->bound, COL_TREE);
	int32_t i;

	if (status == CSTN_OK && has_tree)
		status = read_ids(run, &run->trees, batch, COL_TREE, start, n, b->bad, b->tree);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t tree = has_tree ? b->tree[i] : 0;

		if (!cstn__word_bit_get(b->bad, (size_t)i))
			status = keep_edge(run,
					(cstn__edge){b->id[i], b->parent[i], tree, 0, b->w[i]});
	}
	return status;
}

/* --- a block of leaves with levels ------------------------------------------------------------ */

/* Append a part of a path; 0 where there is no more room. */
static size_t extend(char *path, size_t used, const char *text, size_t len)
{
	size_t at = used ? used + 1 : 0;

	if (len > CSTN__IDS_TEXT_MOST || at + len > CSTN__IDS_TEXT_MOST)
		return 0;
	if (used)
		path[used] = '/';
	memcpy(path + at, text, len);
	return at + len;
}

static cstn_status take_path(
		reading *run, const cstn__batch *batch, int64_t row, uint32_t leaf, double w)
{
	char path[CSTN__IDS_TEXT_MOST];
	size_t used = 0, level, len, before;
	uint32_t above = run->total, node;
	cstn_status status = CSTN_OK;
	const char *text;

	for (level = 0; level < run->reader->n_levels && status == CSTN_OK; level++) {
		const cstn__column *column = &batch->columns[COL_LEVELS + level];

		if (cstn__column_read_text(column, row, &text, &len))
			return CSTN_OK; /* told already */
		used = extend(path, used, text, len);
		if (!len || !used)
			return cstn__row_sink_add(run->sink, batch->first_row + (uint64_t)row,
					column->field, column->name,
					len ? CSTN_ROW_LENGTH : CSTN_ROW_VALUE, text, len);
		before = run->h->ids.count;
		node = cstn__ids_of_text(&run->h->ids, path, used);
		if (node == CSTN__IDS_NONE)
			return CSTN_E_NOMEM;
		if (run->h->ids.count > before) /* seen for the first time */
			status = keep_edge(run, (cstn__edge){node, above, 0, 0, 0.0});
		above = node;
	}
	return status == CSTN_OK ? keep_edge(run, (cstn__edge){leaf, above, 0, 0, w}) : status;
}

static cstn_status take_leaves(
		reading *run, const cstn__batch *batch, int64_t start, int32_t n, block *b)
{
	cstn_status status = CSTN_OK;
	size_t level;
	int32_t i;

	for (level = 0; level < run->reader->n_levels && status == CSTN_OK; level++)
		status = cstn__column_check_text(&batch->columns[COL_LEVELS + level], start, n,
				batch->first_row, b->bad, run->sink);
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (!cstn__word_bit_get(b->bad, (size_t)i))
			status = take_path(run, batch, start + i, b->id[i], b->w[i]);
	return status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *run = context;
	block b;
	cstn_status status;

	memset(b.bad, 0, sizeof(b.bad));
	memset(b.id, 0, sizeof(b.id));
	status = read_ids(run, &run->h->ids, batch, COL_ID, start, n, b.bad, b.id);
	if (status == CSTN_OK)
		status = read_weights(run, batch, start, n, &b);
	if (status == CSTN_OK)
		status = run->reader->n_levels ? take_leaves(run, batch, start, n, &b)
					       : take_edges(run, batch, start, n, &b);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- all rows --------------------------------------------------------------------------------- */

static size_t declare(const cstn__hierarchy_reader *reader, cstn__column_decl *decls)
{
	size_t i;
	int has_levels = reader->n_levels > 0;

	memset(decls, 0, (COL_LEVELS + TREES_MOST) * sizeof(*decls));
	decls[COL_ID] = (cstn__column_decl){"unique_id",
			has_levels ? CSTN__ACCEPT(CSTN_TYPE_TEXT) : CSTN__ACCEPT_KEY, -1, 1, 0, 0,
			0};
	decls[COL_PARENT] =
			(cstn__column_decl){"parent", CSTN__ACCEPT_KEY, -1, !has_levels, 1, 0, 0};
	decls[COL_TREE] = (cstn__column_decl){"tree", CSTN__ACCEPT_KEY, -1, 0, 0, 0, 0};
	decls[COL_W] = (cstn__column_decl){"w",
			CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT_QUANTITY, -1, 0, 1, 0, 0};
	for (i = 0; i < reader->n_levels; i++)
		decls[COL_LEVELS + i] = (cstn__column_decl){
				reader->levels[i], CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 1, 0, 0, 0};
	return COL_LEVELS + reader->n_levels;
}

/* Types of ids, and the node above all. */
static cstn_status settle(reading *run, cstn_error **error)
{
	cstn__ids *ids = &run->h->ids;
	const char *total = run->reader->total;

	ids->type = cstn__bound_type(run->bound, COL_ID);
	run->trees.type = cstn__bound_type(run->bound, COL_TREE);
	run->total = CSTN__NO_NODE;
	if (run->reader->n_levels) {
		if (cstn__bound_has(run->bound, COL_TREE))
			return cstn__fail(error, CSTN_E_SCHEMA,
					"column 'tree' beside level columns: one or the other");
		if (!total)
			return CSTN_OK;
		run->total = cstn__ids_of_text(ids, total, strlen(total));
		return run->total == CSTN__IDS_NONE ? cstn__fail_nomem(error) : CSTN_OK;
	}
	if (!cstn__bound_is_null(run->bound, COL_PARENT) &&
			cstn__bound_type(run->bound, COL_PARENT) != ids->type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'parent' is %s, 'unique_id' is %s: the same expected",
				cstn_type_name(cstn__bound_type(run->bound, COL_PARENT)),
				cstn_type_name(ids->type));
	return CSTN_OK;
}

/* Trees in the order of their names. */
static cstn_status number_trees(reading *run, size_t *n, cstn_error **error)
{
	uint32_t *rank;
	size_t i;

	*n = run->trees.count ? run->trees.count : 1;
	if (*n > TREES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu trees, at most %d expected", *n,
				TREES_MOST);
	rank = cstn__ids_ranks(&run->trees);
	if (!rank)
		return cstn__fail_nomem(error);
	for (i = 0; i < run->edges.count; i++)
		run->edges.items[i].tree = rank[run->edges.items[i].tree];
	cstn__ids_list_free(&run->trees, rank);
	return CSTN_OK;
}

static cstn_status read_rows(reading *run, struct ArrowArrayStream *nodes,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__hierarchy_reader *reader = run->reader;
	cstn__column_decl decls[COL_LEVELS + TREES_MOST];
	size_t n = declare(reader, decls), trees = 0;
	cstn_status status = cstn__bind_rows(nodes, decls, n, reader->binding, reader->flags,
			&run->h->allocator, &run->bound, &run->sink, error);

	if (status == CSTN_OK) {
		cstn__bound_name_rows(run->bound, COL_ID, run->sink);
		status = settle(run, error);
	}
	if (status == CSTN_OK)
		status = cstn__bound_each(run->bound, nodes, read_block, run, NULL, error);
	if (status == CSTN_OK && cstn__row_sink_total(run->sink))
		status = cstn__row_sink_refuse(run->sink, bad_rows, error);
	if (status == CSTN_OK)
		status = refuse_weight(run, error);
	if (status == CSTN_OK)
		status = number_trees(run, &trees, error);
	if (status == CSTN_OK)
		status = cstn__hierarchy_build(
				run->h, run->edges.items, run->edges.count, trees, error);
	return status;
}

cstn_status cstn__hierarchy_read(cstn__hierarchy *h, const cstn__hierarchy_reader *reader,
		struct ArrowArrayStream *nodes, const cstn_allocator *allocator,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	reading run;
	cstn_status status;

	memset(h, 0, sizeof(*h));
	memset(&run, 0, sizeof(run));
	h->allocator = *allocator;
	cstn__ids_init(&h->ids, allocator, 0);
	cstn__ids_init(&run.trees, allocator, 0);
	run.reader = reader;
	run.h = h;
	status = read_rows(&run, nodes, bad_rows, error);
	cstn__bound_free(run.bound);
	cstn__row_sink_free(run.sink);
	cstn__array_free(allocator, &run.edges);
	cstn__ids_free(&run.trees);
	if (status != CSTN_OK) {
		cstn__hierarchy_free(h);
		memset(h, 0, sizeof(*h));
		h->allocator = *allocator;
		cstn__ids_init(&h->ids, allocator, 0);
	}
	return status;
}
