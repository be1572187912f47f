/* What trees say of a row, column by column.
 *
 * A row walks from the root of each tree to a leaf, and what the trees say of it moves from the
 * mean of the rows beneath one node to that of the next; each step is the doing of the column that
 * is looked at there (Saabas 2014). The means of nodes follow from leaves and how many rows they
 * have. O(depth) a tree. */
#include <string.h>

#include "demand/trees.h"

void cstn__trees_means(const cstn__trees *trees, double *means)
{
	const cstn__tree_node *nodes = trees->nodes.items;
	size_t t = trees->roots.count, i;

	/* nodes lie behind those that lead to them */
	for (i = trees->nodes.count; i-- > 0;) {
		size_t root, left;

		while (trees->roots.items[t - 1] > i)
			t--;
		root = trees->roots.items[t - 1];
		means[i] = nodes[i].value;
		if (nodes[i].column == CSTN__TREE_LEAF)
			continue;
		left = root + nodes[i].left;
		means[i] = (means[left] * nodes[left].rows +
					   means[left + 1] * nodes[left + 1].rows) /
			   nodes[i].rows;
	}
}

double cstn__trees_parts(
		const cstn__trees *trees, const double *means, const double *x, double *parts)
{
	double base = trees->base;
	size_t t;

	memset(parts, 0, trees->columns * sizeof(*parts));
	for (t = 0; t < trees->roots.count; t++) {
		const size_t root = trees->roots.items[t];
		const cstn__tree_node *node = trees->nodes.items + root;
		size_t at = root;

		base += means[root];
		while (node->column != CSTN__TREE_LEAF) {
			const size_t next = root + node->left + !(x[node->column] <= node->value);

			parts[node->column] += means[next] - means[at];
			at = next;
			node = trees->nodes.items + at;
		}
	}
	return base;
}
