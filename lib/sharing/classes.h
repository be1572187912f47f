#ifndef CSTN_SHARING_CLASSES_H
#define CSTN_SHARING_CLASSES_H

#include "base/checked.h"
#include "sharing/coded.h"

/* What groups of rows show of a sensitive column. Everything is counted; p and q are quotients of
 * counts: q = count / rows of the group, p = total of the value / rows of the table. */
typedef struct cstn__class {
	int64_t rows;
	int64_t distinct;            /* sensitive values, null among them */
	int64_t most;                /* count of the most frequent one */
	int64_t high_count, high_of; /* the value with the greatest q / p: count, total */
	int64_t low_count, low_of;   /* and with the least one, of those that are there */
	cstn__u128 distance;         /* t times rows times cstn__sensitive.unit */
} cstn__class;

/* The sensitive column of a table, its codes sorted. */
typedef struct cstn__sensitive {
	cstn_allocator allocator;
	const cstn__coded *column;
	int32_t numeric, reserved; /* distances of numbers, or of categories */
	size_t rows, m;            /* of the table; distinct values, null among them */
	int64_t *totals;           /* m of them, null last */
	cstn__i128 *before;        /* m + 1: sums of the totals before each value ... */
	cstn__i128 *before_before; /* ... and sums of those that end before each */
	cstn__u128 unit;
} cstn__sensitive;

cstn_status cstn__sensitive_init(cstn__sensitive *out, const cstn__coded *column, int categorical,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__sensitive_free(cstn__sensitive *sensitive);
/* The code of a row with null as the last of all values. */
static inline size_t cstn__sensitive_code(const cstn__sensitive *s, uint32_t code)
{
	return code == CSTN__CODE_NULL ? s->m - 1 : code;
}

/* groups->n classes into `out`; `sensitive` NULL: rows alone. */
cstn_status cstn__classes_of(const cstn__groups *groups, const cstn__sensitive *sensitive,
		cstn__class *out, cstn_error **error);
/* 1 if t of a class is at most t_ppm millionths; 0 is no rule. */
int cstn__class_is_close(const cstn__class *class, const cstn__sensitive *sensitive, int32_t t_ppm);
/* t as a double, rounded at its end alone. */
double cstn__class_distance(const cstn__class *class, const cstn__sensitive *sensitive);

#endif
