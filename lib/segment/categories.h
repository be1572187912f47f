#ifndef CSTN_SEGMENT_CATEGORIES_H
#define CSTN_SEGMENT_CATEGORIES_H

#include "base/map.h"
#include "segment/feature.h"

/* Columns of categories, and rows as their codes. */

#define CSTN__CODE_UNSEEN UINT32_MAX /* no category of the fit, or no row */

/* The categories of each column in the order of their bytes. A code counts through all columns:
 * category r of column c is bases[c] + r. */
typedef struct cstn__categories {
	cstn_allocator allocator;
	size_t m;
	cstn__arena arena;
	char **names;          /* m */
	cstn__interner *texts; /* m */
	uint32_t *bases;       /* m + 1 */
	uint32_t *fill;        /* m: the code of the mode, or CSTN__CODE_UNSEEN: nulls are bad */
	int64_t *rows;         /* of each code, in the fit */
	size_t room;           /* of rows */
} cstn__categories;

/* m columns by their names, without a category yet. */
cstn_status cstn__categories_init(cstn__categories *categories, const char *const *names, size_t m,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__categories_free(cstn__categories *categories); /* all zero allowed */
/* After the texts of all columns are interned in order: bases, and room for rows. */
cstn_status cstn__categories_close(cstn__categories *categories, cstn_error **error);
/* The text of a code, and its column. */
const char *cstn__category_text(const cstn__categories *categories, uint32_t code, size_t *len);

/* Codes: blocks of 16 rows, column by column, as packed numbers lie. */
size_t cstn__category_codes_size(uint64_t n, size_t m);
void cstn__category_codes_free(
		const cstn_allocator *allocator, uint32_t *codes, uint64_t n, size_t m);
/* Read the categories of checked rows: what there is, and codes, to be freed with the above. Rows
 * with a bad value become bad. */
cstn_status cstn__categories_fit(cstn__categories *categories, const cstn__feature_names *columns,
		cstn__features *features, int32_t threads, cstn__row_sink *sink, uint32_t **codes,
		cstn_error **error);
/* The codes of rows by known categories. */
cstn_status cstn__categories_find(const cstn__categories *categories, cstn__features *features,
		int32_t threads, cstn__row_sink *sink, uint32_t **codes, cstn_error **error);

#endif
