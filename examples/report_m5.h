/* Daily sales of the items of one store (M5, Makridakis et al. 2022). */
#ifndef CSTN_EXAMPLE_REPORT_M5_H
#define CSTN_EXAMPLE_REPORT_M5_H

#include <constellation/constellation.h>

struct m5_item {
	char id[24], department[12];
};

struct m5 {
	struct m5_item *items;
	size_t n_items, n_days;
	double *sales;  /* a day after the other: sales[day * n_items + item] */
	int32_t *dates; /* days since 1970-01-01, of n_days and as many ahead as the calendar has */
	uint8_t *snap;  /* of the same days: benefits are paid in this state */
	char (*event)[24]; /* "" without one */
	size_t n_dates;
};

/** @param folder of the data sets @param out free with m5_free() */
cstn_status m5_read(const char *folder, struct m5 *out, cstn_error **error);
void m5_free(struct m5 *data);

/** A day of the data as "2016-03-27". */
const char *m5_date(const struct m5 *data, size_t day, char out[16]);
/** Rows of the days from..to - 1: unique_id,ds,y,department,snap. @param out_text free() after the
 *  stream @param out_reader as in rows_of_text() */
cstn_status m5_rows(const struct m5 *data, size_t from, size_t to, char **out_text,
		struct ArrowArrayStream *out, cstn_csv_reader **out_reader, cstn_error **error);
/** Columns of m5_rows(). */
extern const char m5_schema[];

#endif
