/* Trees of nodes laid out for passes.
 *
 * Each tree has one parent for each of its nodes. Nodes are taken in the order of their ids, put
 * behind their parents, and numbered by depth: then a pass from the end meets children before
 * parents, a pass from the start parents before children, and sums do not depend on the order of
 * rows. The largest tree comes first and is given all leaves. Nodes that stand in several trees
 * must stand for the same leaves: sums of hashes of leaves are compared. O(nodes x trees), and a
 * sort.
 */
#include "demand/hierarchy.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

#define NONE CSTN__NO_NODE
#define ROOT (UINT32_MAX - 1)

const char *cstn__hierarchy_name(const cstn__hierarchy *h, uint32_t node, cstn__node_name *name)
{
	size_t len;

	name->text = cstn__ids_text(&h->ids, node, name->room, &len);
	name->len = (int)len;
	return name->text;
}

/* Edges on the way to trees. */
typedef struct building {
	cstn__hierarchy *h;
	const cstn__edge *edges;
	size_t n_edges, n_nodes, n_trees;
	uint32_t *order;    /* nodes by id */
	uint32_t *parent;   /* [tree * n_nodes + node]: NONE not in the tree, ROOT */
	uint8_t *said;      /* the same: a row gave its parent */
	uint32_t *children; /* the same: how many */
	uint8_t *is_inner;  /* of a node, in any tree */
	uint32_t *sequence; /* trees, the largest first */
	/* of the tree that is laid out */
	uint32_t *begin, *kids;
} building;

static cstn_status refuse(const building *b, uint32_t node, const char *what, cstn_error **error)
{
	cstn__node_name name;

	(void)cstn__hierarchy_name(b->h, node, &name);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "node '%.*s' %s", name.len, name.text,
			what);
}

/* --- parents ---------------------------------------------------------------------------------- */

static cstn_status take_weight(building *b, const cstn__edge *edge, cstn_error **error)
{
	double *w = &b->h->w[edge->node];

	if (edge->w > 0 && *w > 0 && (edge->w < *w || edge->w > *w))
		return refuse(b, edge->node, "has two weights", error);
	if (edge->w > 0)
		*w = edge->w;
	return CSTN_OK;
}

static cstn_status take_edge(building *b, const cstn__edge *edge, cstn_error **error)
{
	size_t from = edge->tree * b->n_nodes;
	uint32_t *parent = b->parent + from;
	uint32_t given = edge->parent == NONE ? ROOT : edge->parent;

	if (b->said[from + edge->node]) {
		if (parent[edge->node] == given)
			return refuse(b, edge->node, "is there twice in a tree", error);
		return refuse(b, edge->node, "has two parents in a tree", error);
	}
	b->said[from + edge->node] = 1;
	parent[edge->node] = given;
	if (given != ROOT) {
		if (parent[given] == NONE)
			parent[given] = ROOT;
		b->children[from + given]++;
		b->is_inner[given] = 1;
	}
	return take_weight(b, edge, error);
}

/* The largest tree first, and with all leaves. */
static void choose_first(building *b)
{
	size_t best = 0, most = 0, t, i;

	for (t = 0; t < b->n_trees; t++) {
		size_t found = 0;

		for (i = 0; i < b->n_nodes; i++)
			found += b->parent[t * b->n_nodes + i] != NONE;
		if (found > most) {
			most = found;
			best = t;
		}
	}
	b->sequence[0] = (uint32_t)best;
	for (t = 0, i = 1; t < b->n_trees; t++)
		if (t != best)
			b->sequence[i++] = (uint32_t)t;
	for (i = 0; i < b->n_nodes; i++)
		if (!b->is_inner[i] && b->parent[best * b->n_nodes + i] == NONE)
			b->parent[best * b->n_nodes + i] = ROOT;
}

/* --- one tree --------------------------------------------------------------------------------- */

/* A node of a cycle, above a node that was not placed. */
static cstn_status refuse_cycle(const building *b, const uint32_t *parent, const uint8_t *placed,
		cstn_error **error)
{
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < b->n_nodes; i++) {
		node = b->order[i];
		if (parent[node] != NONE && !placed[node])
			break;
	}
	for (i = 0; i < b->n_nodes; i++)
		node = parent[node];
	return refuse(b, node, "is below itself", error);
}

/* Children by parent, in order of ids: begin[node] is where they begin. */
static void group_children(building *b, const uint32_t *parent, const uint32_t *children)
{
	uint32_t at = 0;
	size_t i;

	for (i = 0; i < b->n_nodes; i++) {
		b->begin[i] = at;
		at += children[i];
	}
	for (i = 0; i < b->n_nodes; i++) {
		uint32_t node = b->order[i];

		if (parent[node] < ROOT)
			b->kids[b->begin[parent[node]]++] = node;
	}
	for (i = 0; i < b->n_nodes; i++)
		b->begin[i] -= children[i];
}

static int make_tree(cstn__tree *tree, size_t n, const cstn_allocator *allocator)
{
	tree->n = n;
	tree->node = cstn__alloc(allocator, cstn__array_size(n, sizeof(uint32_t)));
	tree->first = cstn__alloc(allocator, cstn__array_size(n + 1, sizeof(uint32_t)));
	tree->slot = cstn__alloc(allocator, cstn__array_size(n, sizeof(uint32_t)));
	tree->owns = cstn__alloc_zero(allocator, n);
	return tree->node && tree->first && tree->slot && tree->owns ? 0 : -1;
}

static cstn_status lay_out(building *b, size_t which, cstn__tree *tree, cstn_error **error)
{
	const uint32_t *parent = b->parent + which * b->n_nodes;
	const uint32_t *children = b->children + which * b->n_nodes;
	uint8_t *placed = b->said + which * b->n_nodes; /* not needed any more as what it was */
	size_t n = 0, at = 0, i, k;

	for (i = 0; i < b->n_nodes; i++) {
		if (parent[i] != NONE && !children[i] && b->is_inner[i])
			return refuse(b, (uint32_t)i,
					"has children in one tree and none in another", error);
		n += parent[i] != NONE;
		placed[i] = 0;
	}
	if (make_tree(tree, n, &b->h->allocator))
		return cstn__fail_nomem(error);
	group_children(b, parent, children);
	for (i = 0; i < b->n_nodes; i++)
		if (parent[b->order[i]] == ROOT)
			tree->node[at++] = b->order[i];
	tree->roots = at;
	for (i = 0; i < at; i++) {
		uint32_t node = tree->node[i];

		placed[node] = 1;
		tree->first[i] = (uint32_t)at;
		for (k = 0; k < children[node]; k++)
			tree->node[at++] = b->kids[b->begin[node] + k];
	}
	if (at < n)
		return refuse_cycle(b, parent, placed, error);
	tree->first[n] = (uint32_t)n;
	return CSTN_OK;
}

/* --- all trees -------------------------------------------------------------------------------- */

static void number_slots(building *b)
{
	cstn__hierarchy *h = b->h;
	const cstn__tree *first = &h->trees[0];
	uint32_t next = (uint32_t)first->n;
	size_t t, i;

	for (i = 0; i < h->n; i++)
		h->slot[i] = NONE;
	for (i = 0; i < first->n; i++)
		h->slot[first->node[i]] = (uint32_t)i;
	for (t = 0; t < h->n_trees; t++) {
		cstn__tree *tree = &h->trees[t];

		if (tree->n > h->wide)
			h->wide = tree->n;
		for (i = 0; i < tree->n; i++) {
			uint32_t node = tree->node[i];

			tree->owns[i] = b->is_inner[node] && (t == 0 || h->slot[node] == NONE);
			if (h->slot[node] == NONE)
				h->slot[node] = next++;
			tree->slot[i] = h->slot[node];
		}
	}
	for (i = 0; i < h->n; i++)
		h->is_leaf[h->slot[i]] = !b->is_inner[i];
}

/* Nodes of several trees stand for the same leaves: hashes of leaves add up to the same. */
static cstn_status check_leaves(building *b, uint64_t *sum, uint64_t *known, cstn_error **error)
{
	cstn__hierarchy *h = b->h;
	size_t t, v;
	uint32_t c;

	for (t = 0; t < h->n_trees; t++) {
		const cstn__tree *tree = &h->trees[t];

		for (v = tree->n; v-- > 0;) {
			uint32_t slot = tree->slot[v];

			sum[v] = h->is_leaf[slot] ? cstn__mix64(slot + 1) : 0;
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				sum[v] += sum[c];
			if (tree->owns[v])
				known[slot] = sum[v];
			else if (!h->is_leaf[slot] && known[slot] != sum[v])
				return refuse(b, tree->node[v],
						"stands for other leaves in another tree", error);
		}
	}
	return CSTN_OK;
}

static cstn_status build(building *b, cstn_error **error)
{
	cstn__hierarchy *h = b->h;
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < b->n_nodes * b->n_trees; i++)
		b->parent[i] = NONE;
	for (i = 0; i < b->n_edges && status == CSTN_OK; i++)
		status = take_edge(b, &b->edges[i], error);
	if (status != CSTN_OK)
		return status;
	choose_first(b);
	for (i = 0; i < h->n_trees && status == CSTN_OK; i++)
		status = lay_out(b, b->sequence[i], &h->trees[i], error);
	if (status == CSTN_OK)
		number_slots(b);
	return status;
}

/* Weights came by node and are kept by slot; `room` has 2 n numbers. */
static cstn_status finish(building *b, uint64_t *room, cstn_error **error)
{
	cstn__hierarchy *h = b->h;
	double *w = (double *)(void *)room;
	size_t i;

	memcpy(w, h->w, h->n * sizeof(*w));
	for (i = 0; i < h->n; i++)
		h->w[h->slot[i]] = w[i];
	return check_leaves(b, room, room + h->n, error);
}

cstn_status cstn__hierarchy_build(cstn__hierarchy *h, const cstn__edge *edges, size_t n,
		size_t n_trees, cstn_error **error)
{
	const cstn_allocator *a = &h->allocator;
	building b = {.h = h, .edges = edges, .n_edges = n};
	size_t nodes = h->ids.count, cells = cstn__array_size(nodes, n_trees);
	size_t words = cstn__array_size(cells, 4), each = cstn__array_size(nodes, 4);
	uint64_t *room;
	cstn_status status = CSTN_E_NOMEM;

	if (!nodes)
		return cstn__fail(error, CSTN_E_EMPTY, "a hierarchy without nodes");
	h->n = b.n_nodes = nodes;
	h->n_trees = b.n_trees = n_trees;
	h->trees = cstn__alloc_zero(a, n_trees * sizeof(*h->trees));
	h->slot = cstn__alloc(a, each);
	h->is_leaf = cstn__alloc_zero(a, nodes);
	h->w = cstn__alloc_zero(a, cstn__array_size(nodes, sizeof(*h->w)));
	b.order = cstn__ids_order(&h->ids);
	b.parent = cstn__alloc(a, words);
	b.children = cstn__alloc_zero(a, words);
	b.said = cstn__alloc_zero(a, cells);
	b.is_inner = cstn__alloc_zero(a, nodes);
	b.sequence = cstn__alloc(a, n_trees * sizeof(uint32_t));
	b.begin = cstn__alloc(a, each);
	b.kids = cstn__alloc(a, each);
	room = cstn__alloc(a, cstn__array_size(nodes, 16));
	if (h->trees && h->slot && h->is_leaf && h->w && b.order && b.parent && b.children &&
			b.said && b.is_inner && b.sequence && b.begin && b.kids && room) {
		status = build(&b, error);
		if (status == CSTN_OK)
			status = finish(&b, room, error);
	} else {
		(void)cstn__fail_nomem(error);
	}
	cstn__free(a, b.order, each);
	cstn__free(a, b.parent, words);
	cstn__free(a, b.children, words);
	cstn__free(a, b.said, cells);
	cstn__free(a, b.is_inner, nodes);
	cstn__free(a, b.sequence, n_trees * sizeof(uint32_t));
	cstn__free(a, b.begin, each);
	cstn__free(a, b.kids, each);
	cstn__free(a, room, nodes * 16);
	return status;
}

void cstn__hierarchy_free(cstn__hierarchy *h)
{
	const cstn_allocator *a = &h->allocator;
	size_t t;

	for (t = 0; h->trees && t < h->n_trees; t++) {
		cstn__tree *tree = &h->trees[t];

		cstn__free(a, tree->node, tree->n * sizeof(uint32_t));
		cstn__free(a, tree->first, (tree->n + 1) * sizeof(uint32_t));
		cstn__free(a, tree->slot, tree->n * sizeof(uint32_t));
		cstn__free(a, tree->owns, tree->n);
	}
	cstn__free(a, h->trees, h->n_trees * sizeof(*h->trees));
	cstn__free(a, h->slot, h->n * sizeof(*h->slot));
	cstn__free(a, h->is_leaf, h->n);
	cstn__free(a, h->w, h->n * sizeof(*h->w));
	cstn__ids_free(&h->ids);
}
