#ifndef CSTN_SHARING_GENERALISE_H
#define CSTN_SHARING_GENERALISE_H

#include <constellation/privacy.h>

#include "sharing/coded.h"

/* What a hierarchy holds: the same for the same pairs, whatever their order. */
void cstn__hierarchy_digest(const cstn_hierarchy *hierarchy, uint8_t out[32]);

/* One step made ready for a column of a type (CSTN_TYPE_, and its scale if it is a decimal). What
 * comes out has the same type and scale. Steps borrow their hierarchy. */
typedef struct cstn__generaliser {
	int32_t kind, step;
	int32_t type, scale;
	int64_t width, origin;              /* in units of the column */
	double width_double, origin_double; /* of a column of doubles */
	const cstn_hierarchy *hierarchy;
} cstn__generaliser;

/* Whether a step fits a column of that type, told by its name: CSTN_E_INVALID_ARGUMENT. */
cstn_status cstn__generaliser_init(cstn__generaliser *out, const cstn_generalise_step *step,
		int32_t type, int32_t scale, cstn_error **error);
/* A number, day, time, flag or decimal, or a double: 0, or 1 if it becomes null. */
int cstn__generalise_number(const cstn__generaliser *how, int64_t value, int64_t *out);
int cstn__generalise_double(const cstn__generaliser *how, double value, double *out);
/* Text, borrowed from `text` or from the hierarchy; NULL: it becomes null. */
const char *cstn__generalise_text(
		const cstn__generaliser *how, const char *text, size_t len, size_t *out_len);

/* A whole column, its distinct values once each; codes are in the order of first sight. */
cstn_status cstn__generalise_coded(const cstn__generaliser *how, cstn__coded *column,
		const cstn_allocator *allocator, cstn_error **error);
/* All steps on the columns they name, which are columns of the table by their names; then codes
 * are sorted by value, all columns'. */
cstn_status cstn__generalise_table(cstn__coded_table *table, const cstn__coded_ask *names,
		const cstn_generalise_step *steps, size_t n_steps, cstn_error **error);

#endif
