/* Clusters that lost all their rows. Each takes the row that is farthest from its centre, with all
 * rows equal to it (so that a weight and that many rows do the same, and two empty clusters never
 * take copies of one row); ties go to the lowest row. A cluster whose rows are all equal gives none
 * away. As there are at least k distinct rows, some cluster always can. Seldom needed; a pass over
 * all rows for each. */
#include <math.h>

#include "segment/kmeans_lloyd.h"

/* The row farthest from its centre among those nearer than `below`, or as far and behind `after`.
 */
static uint64_t farthest(
		const cstn__kmeans_run *run, double below, uint64_t after, double *distance)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint64_t row, found = UINT64_MAX;
	double most = -1.0;

	for (row = 0; row < rows->n; row++) {
		double far;

		if (!cstn__kmeans_weight(rows, row))
			continue;
		far = cstn__kmeans_distance_to(&run->centres, rows, row, run->labels[row]);
		if (far > most && (far < below || (far == below && row > after))) {
			most = far;
			found = row;
		}
	}
	*distance = most;
	return found;
}

/* Weight of the rows of its cluster that equal `row`. */
static int64_t weight_of_copies(const cstn__kmeans_run *run, uint64_t row)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	int64_t weight = 0;
	uint64_t other;

	for (other = 0; other < rows->n; other++)
		if (run->labels[other] == run->labels[row] && cstn__kmeans_same(rows, row, other))
			weight += cstn__kmeans_weight(rows, other);
	return weight;
}

static uint64_t move_copies(cstn__kmeans_run *run, uint64_t row, uint16_t to)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint16_t from = run->labels[row];
	uint64_t other, moved = 0;

	for (other = 0; other < rows->n; other++)
		if (run->labels[other] == from && cstn__kmeans_weight(rows, other) &&
				cstn__kmeans_same(rows, row, other)) {
			cstn__kmeans_sums_move(&run->sums, rows, other, from, to);
			run->labels[other] = to;
			if (run->upper) {
				run->upper[other] = INFINITY;
				run->lower[other] = 0.0f;
			}
			moved += cstn__kmeans_weight(rows, other);
		}
	return moved;
}

uint64_t cstn__kmeans_fill_empty(cstn__kmeans_run *run)
{
	uint64_t moved = 0, after = 0;
	double below = (double)INFINITY;
	size_t j;

	for (j = 0; j < run->plan->k; j++) {
		uint64_t row;

		if (run->sums.weights[j] != 0)
			continue;
		/* a row that was passed over or taken is not asked again: clusters only shrink */
		while ((row = farthest(run, below, after, &below)) != UINT64_MAX) {
			after = row;
			if (run->sums.weights[run->labels[row]] > weight_of_copies(run, row)) {
				moved += move_copies(run, row, (uint16_t)j);
				break;
			}
		}
		if (row == UINT64_MAX)
			break; /* fewer distinct rows than clusters: not with what fit lets in */
	}
	return moved;
}
