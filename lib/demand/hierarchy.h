#ifndef CSTN_DEMAND_HIERARCHY_H
#define CSTN_DEMAND_HIERARCHY_H

#include <constellation/schema.h>

#include "table/ids.h"

/* Trees over the same leaves, laid out so that a pass over a tree is a pass over an array. */

#define CSTN__NO_NODE CSTN__IDS_NONE

/* Nodes of one tree, or of several without a common root, in order of their depth: children of a
 * node lie side by side, in the order of their ids, behind all nodes above them. */
typedef struct cstn__tree {
	size_t n, roots; /* the first of them are roots */
	uint32_t *node;  /* of each place; [n] */
	uint32_t *first; /* children of place v are first[v]..first[v + 1] - 1; [n + 1] */
	uint32_t *slot;  /* of each place; [n] */
	uint8_t *owns;   /* 1: an inner node that no tree before has; [n] */
} cstn__tree;

/* Slots number the nodes: places of the first tree, which has all leaves, then the inner nodes that
 * only other trees have. */
typedef struct cstn__hierarchy {
	cstn_allocator allocator;
	cstn__ids ids;        /* of nodes */
	size_t n;             /* nodes */
	size_t n_trees, wide; /* places of the largest tree */
	cstn__tree *trees;    /* the largest first */
	uint32_t *slot;       /* of each node */
	uint8_t *is_leaf;     /* of each slot */
	double *w;            /* of each slot as given; 0: none */
} cstn__hierarchy;

/* One row of nodes: `parent` may be CSTN__NO_NODE; `tree` numbers trees; `w` 0: not said. */
typedef struct cstn__edge {
	uint32_t node, parent, tree, reserved;
	double w;
} cstn__edge;

/* Trees of edges whose nodes are those of h->ids; `order` has the nodes by id. h->allocator and ids
 * are set; the rest is 0. */
cstn_status cstn__hierarchy_build(cstn__hierarchy *h, const cstn__edge *edges, size_t n,
		size_t n_trees, cstn_error **error);
void cstn__hierarchy_free(cstn__hierarchy *h);

/* How the rows of nodes are read. */
typedef struct cstn__hierarchy_reader {
	const char *const *levels;
	size_t n_levels;
	const char *total;
	const cstn_binding *binding;
	uint32_t flags; /* CSTN_IMPORT_TRUSTED */
} cstn__hierarchy_reader;
/* The stream stays the caller's; on failure h is empty. */
cstn_status cstn__hierarchy_read(cstn__hierarchy *h, const cstn__hierarchy_reader *reader,
		struct ArrowArrayStream *nodes, const cstn_allocator *allocator,
		cstn_row_errors **bad_rows, cstn_error **error);

/* The id of a node in words. */
typedef struct cstn__node_name {
	const char *text;
	int len;
	char room[24];
} cstn__node_name;
const char *cstn__hierarchy_name(const cstn__hierarchy *h, uint32_t node, cstn__node_name *name);

#endif
