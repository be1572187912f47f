#ifndef CSTN_TABLE_SCHEMA_NODES_H
#define CSTN_TABLE_SCHEMA_NODES_H

#include <stdatomic.h>
#include <stddef.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>

/* The nodes of an ArrowSchema tree in one block that goes when the last node is released, so that
 * children may be moved out one by one. Strings belong to `owner`, which `drop` lets go with the
 * block. */
typedef struct cstn__schema_nodes {
	cstn_allocator allocator;
	size_t size;
	atomic_size_t alive;
	void (*drop)(void *owner);
	void *owner;
	struct ArrowSchema **pointers; /* `count`, for children arrays */
	struct ArrowSchema *nodes;     /* `count`, all zero but release and private_data */
} cstn__schema_nodes;

/* NULL when out of memory; `owner` is then not dropped. `count` nodes are alive after it: each must
 * be reachable from nodes[0], which the caller moves out. */
cstn__schema_nodes *cstn__schema_nodes_new(const cstn_allocator *allocator, size_t count,
		void (*drop)(void *owner), void *owner);

#endif
