/* Order lines from a network, a CSV file or CSV text in memory, counted by the library. */
#ifndef CSTN_EXAMPLE_REPORT_SOURCE_H
#define CSTN_EXAMPLE_REPORT_SOURCE_H

#include "report_table.h"

/* How a column of the file becomes a column that cstn_perfect_order_update() declares. */
#define MAP_COLUMN 1   /* `column` is called `from` in the file */
#define MAP_VALUE 2    /* in `column`, `from` means `to`; from NULL = everything else */
#define MAP_CONSTANT 3 /* `column` has the value `to` in every row; NULL = null */

struct source_map {
	int what;
	const char *column;
	const char *from;
	const char *to;
};

struct source {
	const char *path;     /* a file ... */
	const uint8_t *bytes; /* ... or, when there is no path, these bytes */
	size_t size;
	const char *schema;           /* text for cstn_schema_parse() */
	const struct source_map *map; /* NULL, or ended by an entry of zeros */
	/* ... or, when there is one, the orders of a network, see network_source(): */
	cstn_snapshot *snapshot;
	const char *const *fields; /* the fields to look at, NULL after the last */
	uint64_t rows, rejected;   /* order lines; rows that the CSV reader left out in loading */
};

/* One question to a source. */
struct question {
	const char *policy; /* changes against the default policy */
	const char *as_of;  /* ISO 8601 */
	const char *before; /* NULL, or only lines whose period begins before this */
	const char *by[4];  /* dimensions; the first NULL ends them */
	int each;           /* 1: a unit with two values of a dimension counts in each */
};

/* The answer. */
struct answer {
	cstn_perfect_order_result *result;
	uint64_t rows;     /* rows of the file that were read */
	uint64_t rejected; /* rows the CSV reader left out */
	uint64_t bad;      /* rows the perfect order left out */
};

/** Read the source and count.
 *  @param out free with answer_free() @return as cstn_perfect_order_rate(); bad rows are counted in
 *  the answer and no failure */
cstn_status source_ask(const struct source *source, const struct question *question,
		struct answer *out, cstn_error **error);
void answer_free(struct answer *answer);

/** Read a CSV file as a stream, without the library's perfect order.
 *  @param out_reader release with cstn_csv_reader_unref() after the stream */
cstn_status source_open(const struct source *source, cstn_csv_reader **out_reader,
		struct ArrowArrayStream *out, cstn_error **error);

/** The whole source as a table, without the library's perfect order. @param out free with
 *  table_free() */
cstn_status source_table(const struct source *source, struct table *out, cstn_error **error);

/** A map as a binding. @param out free with cstn_binding_free() */
cstn_status source_bind(const struct source_map *map, cstn_binding **out, cstn_error **error);

/** The columns of the Online Retail file, as cstn_schema_parse() reads them. */
extern const char retail_columns[];

#endif
