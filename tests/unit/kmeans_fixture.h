#ifndef TESTS_KMEANS_FIXTURE_H
#define TESTS_KMEANS_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/kmeans.h>

/* Tables of doubles as streams, for tests of clustering. */

#define NUMBERS_COLUMNS 16

/* Columns c0, c1, ...; the last one is called `weight` if has_weight. NaN-free unless put there;
 * `valid` NULL or bits of column 0. */
typedef struct numbers {
	size_t n, columns;
	double *column[NUMBERS_COLUMNS];
	int has_weight;
	const uint8_t *valid;
} numbers;

void numbers_init(numbers *table, size_t n, size_t columns);
void numbers_free(numbers *table);
/* As one batch, or cut into batches of `cut` rows (0: one). Borrowed until the stream is released.
 */
void numbers_open(const numbers *table, size_t cut, struct ArrowArrayStream *out);
/* Rows in `centres` round heaps, far apart for spread 1; the same for the same seed. */
void numbers_heaps(numbers *table, size_t centres, double spread, uint64_t seed);
/* Rows [from, to) of a table, borrowed. */
numbers numbers_part(const numbers *table, size_t from, size_t to);
/* "c0", "c1", ... */
const char *const *numbers_names(void);

/* A fit that must succeed. */
cstn_kmeans *fit_numbers(
		const numbers *table, size_t cut, int32_t k, const cstn_kmeans_options *options);
double kmeans_number(const cstn_kmeans *model, const char *name);
/* Model bytes and labels as one hash, for "the same bytes". */
uint64_t kmeans_digest(const cstn_kmeans *model);
/* Labels of the fit, -1 for null; to be freed. */
int32_t *kmeans_labels(const cstn_kmeans *model, size_t *n);
/* A double column of a stream's only batch; to be freed; the stream is released. */
double *stream_numbers(struct ArrowArrayStream *stream, const char *name, size_t *n);

#endif
