#ifndef CONSTELLATION_PRIVACY_H
#define CONSTELLATION_PRIVACY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file privacy.h
 *  What may leave a company instead of its rows: coarser values, cells that many rows and many
 *  companies stand behind, and cells with noise.
 *
 *  Three levels, from fine to coarse. *Generalised* rows have buckets, prefixes and ancestors in
 *  place of values; cstn_privacy_measure() says how many rows look alike, cstn_privacy_anonymise()
 *  leaves out those of which there are too few. *Aggregated* cells (cstn_aggregate()) pass rules of
 *  rows, of distinct values, of companies and of the largest company's share, or are left out with
 *  the name of the rule; a guard remembers what was given to whom, so that the difference of two
 *  releases does not show what neither does. *Noised* cells (cstn_noise()) are differentially
 *  private: the noise is drawn from integers, and each answer is paid for out of a budget.
 *
 *  Columns are named by the caller and may be whole numbers, decimals, doubles, text, dates, times
 *  or flags. A null is a value of its own. Values that cannot be read (NaN, text that is not UTF-8)
 *  refuse the whole call with CSTN_E_ROWS: what is left out of a count changes what it hides. At
 *  most 2^31 - 1 rows. All streams are moved from, also on failure. Nothing here reads a clock. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- generalisation --------------------------------------------------------------------------- */

/** Values and what they belong to: a shop, its town, its region. Immutable, refcounted, any thread.
 */
typedef struct cstn_hierarchy cstn_hierarchy;

/** Read a hierarchy: columns `value` and `parent`, both text, a row for each value that has a
 *  parent (a row with a null parent names a root, and may be left out).
 *  @param rows    moved from, also on failure
 *  @param binding NULL, or how the stream's columns are called
 *  @param allocator NULL is libc
 *  @param out     release with cstn_hierarchy_unref()
 *  @return CSTN_OK; CSTN_E_DUPLICATE for a value with two parents; CSTN_E_FORMAT for a value that
 *  is above itself; CSTN_E_ROWS for text that cannot be read; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. O(values). @since 0.1 */
CSTN_API cstn_status cstn_hierarchy_new(struct ArrowArrayStream *rows, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_hierarchy **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What a value belongs to, so many steps up; the root where there are fewer; NULL for a value that
 *  is not in the hierarchy. @param step 0 is the value itself @param out_len its length @return
 *  borrowed from the hierarchy. Any thread, O(step). @since 0.1 */
CSTN_API const char *cstn_hierarchy_ancestor(const cstn_hierarchy *hierarchy, const char *value,
		size_t len, int32_t step, size_t *out_len);

/** One more reference; NULL gives NULL. Any thread; given back with cstn_hierarchy_unref().
 *  @since 0.1 */
CSTN_API cstn_hierarchy *cstn_hierarchy_ref(cstn_hierarchy *hierarchy);
/** One less, with the last one it is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_hierarchy_unref(cstn_hierarchy *hierarchy);

/** The value as it is. */
#define CSTN_GENERALISE_KEEP 0
/** Numbers, dates and times: the lower end of their bucket, origin + n width <= value. */
#define CSTN_GENERALISE_BUCKET 1
/** Dates and times: the beginning of their week (1), month (2), quarter (3) or year (4), UTC. */
#define CSTN_GENERALISE_CALENDAR 2
/** Text: its first `step` characters (code points); 0 makes all text the same. */
#define CSTN_GENERALISE_PREFIX 3
/** Text: its ancestor `step` steps up. What is not in the hierarchy becomes null, never stays. */
#define CSTN_GENERALISE_HIERARCHY 4
/** Null, whatever it was. */
#define CSTN_GENERALISE_ALL 5

/** How one column becomes coarser. */
typedef struct cstn_generalise_step {
	const char *column;
	int32_t kind;  /**< CSTN_GENERALISE_... */
	int32_t step;  /**< of CALENDAR, PREFIX and HIERARCHY; 0 else */
	int64_t width; /**< of BUCKET: above 0; days of a date, microseconds of a time */
	/** Where one of the buckets begins */
	int64_t origin;
	int32_t scale; /**< decimals of width and origin, 0..18: 5 at scale 1 is 0.5 */
	int32_t reserved0;
	const cstn_hierarchy *hierarchy; /**< of HIERARCHY; NULL else */
} cstn_generalise_step;

/* --- anonymity -------------------------------------------------------------------------------- */

/** The distance of numbers is that of categories: equal or not. */
#define CSTN_PRIVACY_CATEGORICAL 1u

/** Which columns tell who a row is of, which one nobody shall learn, and what is asked. */
typedef struct cstn_privacy_options {
	uint32_t struct_size; /**< sizeof(cstn_privacy_options) */
	uint32_t flags;       /**< CSTN_PRIVACY_CATEGORICAL, CSTN_IMPORT_TRUSTED */
	/** Columns that tell who a row is of when they are put together; at most 64 */
	const char *const *quasi;
	size_t n_quasi;
	const char *sensitive; /**< the column that is to be hidden; NULL: none, and k alone */
	const cstn_generalise_step *steps; /**< done before anything is counted; n_steps of them */
	size_t n_steps;
	const cstn_binding *binding; /**< NULL, or how the stream's columns are called */
	const cstn_allocator *allocator;
	/** cstn_privacy_anonymise(): other columns that go out; n_keep of them */
	const char *const *keep;
	size_t n_keep;
	int64_t k;     /**< rows a class has at least; 0 means 5 */
	int64_t l;     /**< distinct sensitive values a class has at least; 0 means 1 */
	int32_t t_ppm; /**< the most that t may be, in millionths; 0 is no rule */
	int32_t reserved0;
} cstn_privacy_options;
/* clang-format off */
#define CSTN_PRIVACY_OPTIONS_INIT { sizeof(cstn_privacy_options), 0, NULL, 0, NULL, NULL, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Set in cstn_privacy_measures.valid */
#define CSTN_PRIVACY_HAS_CLASSES 1u   /**< there are rows: k is a number */
#define CSTN_PRIVACY_HAS_SENSITIVE 2u /**< a sensitive column was named: the others are numbers */
/** The fraction of t has numbers of 64 bits; `t` is a number without it too */
#define CSTN_PRIVACY_HAS_T_FRACTION 4u

/** A class is the rows that are equal in the quasi-identifiers; p is the share of a sensitive value
 *  in the table, q in a class. Fractions are in lowest terms. Filled up to struct_size. */
typedef struct cstn_privacy_measures {
	uint32_t struct_size; /**< sizeof(cstn_privacy_measures) */
	uint32_t valid;       /**< CSTN_PRIVACY_HAS_... */
	int64_t rows;
	int64_t classes;
	int64_t null_rows;        /**< with a null among the quasi-identifiers */
	int64_t sensitive_nulls;  /**< rows whose sensitive value is null */
	int64_t sensitive_values; /**< distinct ones, null among them */
	int64_t k;                /**< rows of the smallest class (Samarati, 2001) */
	int64_t l; /**< fewest distinct sensitive values of a class (Machanavajjhala et al., 2006)
		    */
	int64_t alpha_numerator; /**< the greatest q (Wong et al., 2006) */
	int64_t alpha_denominator;
	int64_t beta_numerator; /**< the greatest q / p - 1 (Cao and Karras, 2012) */
	int64_t beta_denominator;
	int64_t t_numerator; /**< the greatest distance (Li, Li and Venkatasubramanian, 2007) */
	int64_t t_denominator;
	double alpha;
	double beta;
	double enhanced_beta; /**< the lesser of beta and the greatest -ln p */
	double delta;         /**< the greatest |ln(q / p)|, q above 0 */
	/** Numbers: the sum of |prefix sums of q - p| over the sorted distinct values, by their
	 *  number less 1. Categories: half the sum of |q - p| */
	double t;
} cstn_privacy_measures;
/* clang-format off */
#define CSTN_PRIVACY_MEASURES_INIT { sizeof(cstn_privacy_measures), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0 }
/* clang-format on */

/** How well a table hides who and what its rows are of. Text and flags are categories, all else is
 *  numbers, unless CSTN_PRIVACY_CATEGORICAL. A null quasi-identifier is equal to other nulls; a
 *  null sensitive value is a value, behind all others.
 *  @param rows     moved from, also on failure
 *  @param options  start from CSTN_PRIVACY_OPTIONS_INIT; at least one quasi-identifier
 *  @param out      the caller's, start from CSTN_PRIVACY_MEASURES_INIT
 *  @param bad_rows NULL, or receives the rows that cannot be read; free with cstn_row_errors_free()
 *  @return CSTN_OK, also for no rows (valid is 0); CSTN_E_ROWS; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_SCHEMA; CSTN_E_LIMIT; CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. Memory: 4 bytes a row and
 *  column, 40 a distinct value, 36 a row. Time: O(rows log rows). @since 0.1
 *  @snippet privacy.c measure */
CSTN_API cstn_status cstn_privacy_measure(struct ArrowArrayStream *rows,
		const cstn_privacy_options *options, cstn_privacy_measures *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** What cstn_privacy_anonymise() left out. Filled up to struct_size. */
typedef struct cstn_privacy_suppressed {
	uint32_t struct_size; /**< sizeof(cstn_privacy_suppressed) */
	uint32_t reserved0;
	int64_t classes; /**< left out */
	int64_t rows;    /**< in them */
	int64_t rows_left;
} cstn_privacy_suppressed;
/* clang-format off */
#define CSTN_PRIVACY_SUPPRESSED_INIT { sizeof(cstn_privacy_suppressed), 0, 0, 0, 0 }
/* clang-format on */

/** The rows of a table that may be looked at: after the steps, classes of fewer than k rows, of
 *  fewer than l distinct sensitive values or farther than t from the whole table are left out (t as
 *  cstn_privacy_measure(), against the table as it came). Columns: the quasi-identifiers, the
 *  sensitive one, those to keep; rows are in the order of their classes, not as they came.
 *  @param rows     moved from, also on failure
 *  @param options  as cstn_privacy_measure(), with k, l, t_ppm and keep
 *  @param out      receives the table; release it
 *  @param left_out NULL, or what was left out, the caller's: start from
 *  CSTN_PRIVACY_SUPPRESSED_INIT
 *  @param bad_rows as cstn_privacy_measure()
 *  @return as cstn_privacy_measure(). Any thread. Cost: as cstn_privacy_measure(), and the table.
 *  @since 0.1 */
CSTN_API cstn_status cstn_privacy_anonymise(struct ArrowArrayStream *rows,
		const cstn_privacy_options *options, struct ArrowArrayStream *out,
		cstn_privacy_suppressed *left_out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
