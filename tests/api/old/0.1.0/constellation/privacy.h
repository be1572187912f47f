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

/* --- cells ------------------------------------------------------------------------------------ */

/** Rules that a cell can break, in this order; cells that are refused name the first. Permanent. */
#define CSTN_RULE_ROWS 1       /**< fewer than k rows */
#define CSTN_RULE_DISTINCT 2   /**< fewer than l distinct sensitive values */
#define CSTN_RULE_CLOSENESS 3  /**< t is too great */
#define CSTN_RULE_COMPANIES 4  /**< too few companies, the recipient not counted */
#define CSTN_RULE_SHARE 5      /**< one company has too much of it, the recipient left out */
#define CSTN_RULE_MARGIN 6     /**< a sum over it would show another refused cell */
#define CSTN_RULE_DIFFERENCE 7 /**< too little between it and what was told before */

/** A rule's name in tables: "rows", "distinct", "closeness", "companies", "share", "margin",
 *  "difference"; "unknown rule" for others. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_rule_name(int32_t rule);

/** The most cells a guard keeps. */
#define CSTN_DIFFERENCE_CELLS_MOST 4096

/** The cells that one recipient was given of one data set, as sets of its rows. It finds pairs of
 *  which one contains the other, margins among them; not what takes three cells or more to reckon:
 *  for that there is noise. One caller at a time a guard. */
typedef struct cstn_difference_guard cstn_difference_guard;

/** A guard that knows nothing yet. @param recipient,data_set UTF-8 text with its length, 1 to 255
 *  bytes @param allocator NULL is libc @param out free with cstn_difference_guard_free() @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_difference_guard_new(const char *recipient, size_t recipient_len,
		const char *data_set, size_t data_set_len, const cstn_allocator *allocator,
		cstn_difference_guard **out, cstn_error **error) CSTN_MUST_CHECK;

/** How many cells it keeps; 0 for NULL. One caller at a time a guard, O(1). @since 0.1 */
CSTN_API size_t cstn_difference_guard_count(const cstn_difference_guard *guard);

/** A guard as bytes. Keep them as you keep the data. @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time a guard; O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_difference_guard_serialize(const cstn_difference_guard *guard,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A guard out of bytes, which are not trusted. @param out free with cstn_difference_guard_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_difference_guard_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_difference_guard **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once, when no other call uses it. @since 0.1 */
CSTN_API void cstn_difference_guard_free(cstn_difference_guard *guard);

/** What is told of a column in each cell. */
#define CSTN_AGGREGATE_SUM 1   /**< column name_sum, of the column's type */
#define CSTN_AGGREGATE_COUNT 2 /**< column name_count: values that are not null */
#define CSTN_AGGREGATE_MEAN 3  /**< column name_mean: double; null without values */

typedef struct cstn_aggregate_measure {
	const char *column; /**< whole numbers, decimals or doubles */
	int32_t kind;       /**< CSTN_AGGREGATE_... */
	int32_t reserved0;
} cstn_aggregate_measure;

/** Sums over each set of columns go out too. */
#define CSTN_AGGREGATE_MARGINS 1u
/** All rows are of one company that may tell of them: no rule of companies and shares. */
#define CSTN_AGGREGATE_NO_COMPANY 2u
/** The distance of sensitive numbers is that of categories. */
#define CSTN_AGGREGATE_CATEGORICAL 4u

typedef struct cstn_aggregate_options {
	uint32_t struct_size;  /**< sizeof(cstn_aggregate_options) */
	uint32_t flags;        /**< CSTN_AGGREGATE_..., CSTN_IMPORT_TRUSTED */
	const char *const *by; /**< columns that make the cells; n_by of them, 1 to 6 */
	size_t n_by;
	const cstn_generalise_step *steps; /**< done before all else; n_steps of them */
	size_t n_steps;
	const cstn_aggregate_measure *measures; /**< n_measures of them, 0 to 16 */
	size_t n_measures;
	/** Column of the company that a row is of, text or whole numbers, not null. NULL only with
	 *  CSTN_AGGREGATE_NO_COMPANY */
	const char *company;
	const char *sensitive; /**< the column of l and t; NULL: none */
	/** Column of the row's number in its data set, 0 to 2^32 - 2, for the guard; NULL: rows are
	 *  numbered as they come */
	const char *row;
	/** The company that is told, as text: its own rows do not hide the others. NULL: none */
	const char *recipient;
	size_t recipient_len;
	int64_t k;                   /**< rows; 0 means 5 */
	int64_t l;                   /**< distinct sensitive values; 0 means 1 */
	int64_t companies;           /**< contributing companies; 0 means 3 */
	int32_t t_ppm;               /**< the most that t may be, in millionths; 0 is no rule */
	int32_t share_permille;      /**< the largest company's share, 1 to 1,000; 0 means 700 */
	const cstn_binding *binding; /**< NULL, or how the stream's columns are called */
	const cstn_allocator *allocator;
} cstn_aggregate_options;
/* clang-format off */
#define CSTN_AGGREGATE_OPTIONS_INIT { sizeof(cstn_aggregate_options), 0, NULL, 0, NULL, 0, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Cells of a table that may be told: each has at least k rows, l distinct sensitive values, a
 *  distance of at most t from the table, rows of enough companies, and no company with too large a
 *  share of its rows or of any summed or averaged measure (of absolute values); the recipient's own
 *  rows count for k, not for companies and shares. Where a sum over a column would show a single
 *  refused cell, the smallest other one of that sum goes too, or the sum itself (Cox, 1980): sums
 *  are taken to be known whether they go out or not. With a guard, cells that differ too little
 *  from what the recipient has go too.
 *
 *  Columns: those of `by`; with CSTN_AGGREGATE_MARGINS `summed` (int32, bit i: column i is summed
 *  over, and null); rows; the measures. In the order of their values, finest cells first.
 *  @param rows     moved from, also on failure
 *  @param options  start from CSTN_AGGREGATE_OPTIONS_INIT
 *  @param guard    NULL, or what the recipient has; its recipient is that of the options. It learns
 *  what goes out, and nothing on failure
 *  @param cells    receives the cells; release it
 *  @param refused  NULL, or receives those that were left out, for the provider alone: the columns
 *  of `by`, summed, rule (text), found and needed (double: what the cell has and should have);
 *  release it
 *  @param bad_rows NULL, or receives the rows that cannot be read; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS; CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA; CSTN_E_OVERFLOW for a sum
 *  that does not fit; CSTN_E_LIMIT for more cells than a guard keeps; CSTN_E_DUPLICATE for a row's
 *  number twice; CSTN_E_CONFLICT for a row that was another company's; CSTN_E_STREAM; CSTN_E_NOMEM.
 *  One caller at a time a guard. Time: O(2^n_by rows log rows). @since 0.1
 *  @snippet privacy.c aggregate */
CSTN_API cstn_status cstn_aggregate(struct ArrowArrayStream *rows,
		const cstn_aggregate_options *options, cstn_difference_guard *guard,
		struct ArrowArrayStream *cells, struct ArrowArrayStream *refused,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** What would pass: one step after another, the column that leaves fewest rows in refused cells
 *  becomes coarser, until nothing is refused. Widths double, prefixes lose a character, calendars
 *  and hierarchies go one up, all else becomes one value. Columns: round (0 is as asked), column
 *  (null in round 0), kind, step, width, origin, scale (the step that the column then has), cells,
 *  refused, refused_rows (of the finest cells).
 *  @param rows     moved from, also on failure @param options as cstn_aggregate() @param out
 *  receives the table; release it @param bad_rows as cstn_aggregate()
 *  @return as cstn_aggregate(). Any thread. Time: that of cstn_aggregate() for each round and
 *  column. @since 0.1 */
CSTN_API cstn_status cstn_aggregate_suggest(struct ArrowArrayStream *rows,
		const cstn_aggregate_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/* --- differential privacy --------------------------------------------------------------------- */

/** What recipients have learned so far, in epsilon, and what they were told. One caller at a time a
 *  budget. */
typedef struct cstn_privacy_budget cstn_privacy_budget;

typedef struct cstn_privacy_budget_options {
	uint32_t struct_size; /**< sizeof(cstn_privacy_budget_options) */
	uint32_t flags;       /**< 0 */
	int64_t limit_nano;   /**< epsilon x 10^9 a recipient, data set and period; above 0 */
	int64_t period_us;    /**< microseconds; 0: one period for ever */
} cstn_privacy_budget_options;
/* clang-format off */
#define CSTN_PRIVACY_BUDGET_OPTIONS_INIT { sizeof(cstn_privacy_budget_options), 0, 0, 0 }
/* clang-format on */

/** A budget of which nothing is spent. @param options start from CSTN_PRIVACY_BUDGET_OPTIONS_INIT
 *  @param allocator NULL is libc @param out free with cstn_privacy_budget_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_privacy_budget_new(const cstn_privacy_budget_options *options,
		const cstn_allocator *allocator, cstn_privacy_budget **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What a recipient has spent of a data set in the period of `now_us`, in nano-epsilon.
 *  @param recipient,data_set text with its length, 1 to 255 bytes @param spent_nano,limit_nano
 *  written on success; either may be NULL @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. One caller at a
 *  time a budget; O(accounts). @since 0.1 */
CSTN_API cstn_status cstn_privacy_budget_spent(const cstn_privacy_budget *budget,
		const char *recipient, size_t recipient_len, const char *data_set,
		size_t data_set_len, int64_t now_us, int64_t *spent_nano, int64_t *limit_nano,
		cstn_error **error) CSTN_MUST_CHECK;

/** What was spent, as a table: recipient, data_set, period_from (timestamp; null where one period
 *  is for ever), spent_nano, limit_nano, answers (kept), by recipient, data set and period.
 *  @param out release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time a budget; O(accounts log accounts). @since 0.1 */
CSTN_API cstn_status cstn_privacy_budget_export(const cstn_privacy_budget *budget,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** A budget as bytes, with the answers that were given. Keep them as you keep the data: who loses
 *  them forgets what was spent. @param out free with cstn_buffer_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time a budget; O(size). @since 0.1 */
CSTN_API cstn_status cstn_privacy_budget_serialize(const cstn_privacy_budget *budget,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A budget out of bytes, which are not trusted. @param out free with cstn_privacy_budget_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_privacy_budget_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_privacy_budget **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once, when no other call uses it. @since 0.1 */
CSTN_API void cstn_privacy_budget_free(cstn_privacy_budget *budget);

/** How many subjects there are (or rows, see `high`). */
#define CSTN_NOISE_COUNT 1
/** The sum of a column. */
#define CSTN_NOISE_SUM 2

/** Each row is of a subject of its own: no column says who. */
#define CSTN_NOISE_ROW_IS_SUBJECT 1u

/** A noisy count or sum, for all rows or by the values of a column. */
typedef struct cstn_noise_options {
	uint32_t struct_size; /**< sizeof(cstn_noise_options) */
	uint32_t flags;       /**< CSTN_NOISE_ROW_IS_SUBJECT, CSTN_IMPORT_TRUSTED */
	int32_t kind;         /**< CSTN_NOISE_COUNT or _SUM */
	/** Answers are multiples of 2^-grid; -30 to 40. 0 for counts of things. */
	int32_t grid;
	const char *recipient; /**< who is told; 1 to 255 bytes, as data_set */
	size_t recipient_len;
	const char *data_set; /**< what is spoken of: a name for the rows as they are now */
	size_t data_set_len;
	int64_t now_us;       /**< the time, microseconds UTC: it picks the period */
	int64_t epsilon_nano; /**< epsilon x 10^9 of this question; above 0 */
	/** Column of who a row is of (text or whole numbers; not null), whom the answer hides */
	const char *subject;
	const char *measure; /**< SUM: column of whole numbers or decimals; NULL for COUNT */
	/** Column of cells, text or whole numbers; NULL: one cell of all rows */
	const char *partition;
	/** The cells there are, as text: what is not listed is left out, what is not there gets
	 *  noise too, so that a cell's being there says nothing; n_partitions of them */
	const char *const *partitions;
	size_t n_partitions;
	const cstn_generalise_step *steps; /**< of the columns above, before all else */
	size_t n_steps;
	/** What a subject adds to a cell is moved into [low, high]; a decimal has `scale` decimals.
	 *  COUNT: low is 0, high the most rows of a subject that are counted; 0 means 1 */
	int64_t low;
	int64_t high;
	int32_t scale;               /**< decimals of low and high, 0..18 */
	int32_t max_partitions;      /**< cells that a subject adds to, its first ones; 0 means 1 */
	const cstn_binding *binding; /**< NULL, or how the stream's columns are called */
	const cstn_allocator *allocator;
	/** Random bytes: 0 on success. NULL is libsodium's source */
	int32_t (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
} cstn_noise_options;
/* clang-format off */
#define CSTN_NOISE_OPTIONS_INIT { sizeof(cstn_noise_options), 0, 0, 0, NULL, 0, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, 0, NULL, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Answer a question with noise: epsilon-differential privacy for whole subjects (Dwork, McSherry,
 *  Nissim and Smith, 2006), by discrete Laplace noise drawn in integers (Canonne, Kamath and
 *  Steinke, 2020). One subject moves the answers by at most max(|low|, |high|) x max_partitions in
 *  all; the noise has that over epsilon as its scale. The charge is made before anything is drawn
 *  and is never given back; the same question (every option but binding, allocator and entropy)
 *  in the same period gets the same answer again, free. Answers may be negative: to cut them off
 *  is the caller's, and costs nothing.
 *
 *  Columns: the partition (if named, as in `partitions`, all of them in that order), value
 * (double), units (int64: value as a multiple of 2^-grid, at the ends of its range where it does
 * not fit), error_95 (half the width of the interval in which the noise is 95 of 100 times).
 *  @param rows     moved from, also on failure; not read where the answer is known
 *  @param options  start from CSTN_NOISE_OPTIONS_INIT
 *  @param budget   what pays
 *  @param out      receives the table; release it
 *  @param charged_nano NULL, or what this call has cost: 0 for an answer that was known. Written on
 *  success, and on failure where the charge was made
 *  @param bad_rows NULL, or receives the rows that cannot be read; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_BUDGET where too little is left, with nothing charged; CSTN_E_ROWS;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA; CSTN_E_OVERFLOW for bounds and grids that do not fit 64
 *  bits; CSTN_E_IO where the entropy callback fails, with the charge made; CSTN_E_STREAM;
 *  CSTN_E_NOMEM (charged only where the answer is kept: ask again). One caller at a time a budget.
 *  O(rows). @since 0.1  @snippet privacy.c noise */
CSTN_API cstn_status cstn_noise(struct ArrowArrayStream *rows, const cstn_noise_options *options,
		cstn_privacy_budget *budget, struct ArrowArrayStream *out, int64_t *charged_nano,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
