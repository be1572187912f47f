#ifndef TESTS_PROTOTYPES_FIXTURE_H
#define TESTS_PROTOTYPES_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/prototypes.h>

/* Small tables of numbers and categories, and a plain k-prototypes to compare with. Numbers are
 * quarters whose columns add up to 0, so that packing them is exact and so is the comparison. */

#define MIXED_ROWS 40
#define MIXED_COLUMNS 3
#define MIXED_CLUSTERS 5
#define MIXED_COSTS 400

typedef struct mixed {
	size_t n, d, m;
	double z[MIXED_ROWS][MIXED_COLUMNS]; /* x0, x1, ... */
	int code[MIXED_ROWS][MIXED_COLUMNS]; /* c0, c1, ...: the letter 'a' + code */
	char text[MIXED_ROWS * 64 + 64];     /* as CSV, while a stream is open */
} mixed;

/* n is even: row n - 1 - i has the numbers of row i with their signs turned. */
void mixed_random(
		mixed *table, size_t n, size_t d, size_t m, int values, int letters, uint64_t seed);
void mixed_open(mixed *table, struct ArrowArrayStream *out);
const char *const *mixed_numeric(void);
const char *const *mixed_categorical(void);
size_t mixed_distinct(const mixed *table);

/* A fit that must succeed; labels as the start has them. */
cstn_prototypes *mixed_fit(mixed *table, int32_t k, const cstn_prototypes_options *options);
double prototypes_number(const cstn_prototypes *model, const char *name);
/* A column of a table of the model, to be freed. */
double *prototypes_numbers(
		const cstn_prototypes *model, int32_t table, const char *column, size_t *n);
/* Bytes and labels as one hash. */
uint64_t prototypes_digest(const cstn_prototypes *model);

/* What the plain form finds from given start rows. */
typedef struct plain {
	const mixed *table;
	size_t k;
	double gamma;
	size_t label[MIXED_ROWS], n_costs, passes;
	double centre[MIXED_CLUSTERS][MIXED_COLUMNS], cost[MIXED_COSTS];
	int mode[MIXED_CLUSTERS][MIXED_COLUMNS];
} plain;
void plain_fit(plain *out, const mixed *table, size_t k, double gamma, const int64_t *start,
		int batch);
void plain_cao(const mixed *table, size_t k, int64_t *start);

#endif
