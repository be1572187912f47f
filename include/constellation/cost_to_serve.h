#ifndef CONSTELLATION_COST_TO_SERVE_H
#define CONSTELLATION_COST_TO_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file cost_to_serve.h
 *  Cost to serve: what drives cost is counted a customer; rates stand apart.
 *
 *      cstn_cost_to_serve_new -> _update* -> _merge -> _serialize -> _export(rates)
 *
 *  A state holds counts alone, so a what-if with other rates reads no data. Cost is the sum of
 *  count x rate, exact, rounded half-even once. Merging is associative and commutative; results
 *  have the same bytes for any split and merge order.
 *
 *  Threads: a state has one caller at a time; reading calls may run beside each other. What is made
 *  from a state inherits its allocator. On failure outputs are untouched; the one failure that
 *  leaves a change is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** What drives cost; each is a column of cstn_cost_to_serve_update() under the name given. */
#define CSTN_COST_DRIVER_ORDERS 0       /**< `orders` */
#define CSTN_COST_DRIVER_LINES 1        /**< `lines` */
#define CSTN_COST_DRIVER_PICKS 2        /**< `picks` */
#define CSTN_COST_DRIVER_PARCELS 3      /**< `parcels` */
#define CSTN_COST_DRIVER_KG_KM 4        /**< `kg_km`: kilograms times kilometres */
#define CSTN_COST_DRIVER_RETURNS 5      /**< `returns` */
#define CSTN_COST_DRIVER_CREDITS 6      /**< `credits` */
#define CSTN_COST_DRIVER_CALLS 7        /**< `calls` */
#define CSTN_COST_DRIVER_DOCUMENTS 8    /**< `documents`: special ones */
#define CSTN_COST_DRIVER_EXPEDITES 9    /**< `expedites` */
#define CSTN_COST_DRIVER_PRICE_HOLDS 10 /**< `price_holds` */
/** Drivers are below this. */
#define CSTN_COST_DRIVER_COUNT 11

/** "kg_km"; "" for a number that is no driver. Static memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_cost_driver_name(int32_t driver);

/** Counts a customer and segment, mergeable. */
typedef struct cstn_cost_to_serve cstn_cost_to_serve;

/** An empty state. @param currency three capital letters of ISO 4217: all money is in its minor
 *  units @param out free with cstn_cost_to_serve_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for a currency that is none; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_cost_to_serve_new(const char *currency, const cstn_allocator *allocator,
		cstn_cost_to_serve **out, cstn_error **error) CSTN_MUST_CHECK;

/** The rows were added before and are now taken away, as after an erasure: the state is then as if
 *  it had never seen them. */
#define CSTN_COST_TO_SERVE_REMOVE 1u

/** Options of one update. */
typedef struct cstn_cost_to_serve_options {
	uint32_t struct_size;
	uint32_t flags;              /**< CSTN_COST_TO_SERVE_REMOVE, CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those below */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_cost_to_serve_options;
/* clang-format off */
#define CSTN_COST_TO_SERVE_OPTIONS_INIT { sizeof(cstn_cost_to_serve_options), 0, NULL, NULL }
/* clang-format on */

/** Add rows: an order each, or a customer's month, or whatever is at hand. Columns: `customer`
 *  (int64, or text of 1..64 bytes; needed); `segment` (text; absent or null is a segment of its
 *  own); one int64 a driver, 0 or more, absent or null is 0; `revenue` and `margin` (int64 minor
 *  units, may be negative); `currency` (text). A customer that was in two segments has a count in
 *  each.
 *  @param rows moved from, also on failure @param options NULL, or start from
 *  CSTN_COST_TO_SERVE_OPTIONS_INIT @param bad_rows NULL, or where to put the rows left out, freed
 *  with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_CURRENCY for a
 *  row of another currency; CSTN_E_MISMATCH when customers are text here and numbers before;
 *  CSTN_E_OVERFLOW with the customer; CSTN_E_STATE when more is removed than was there;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM.
 *  One caller at a time a state. Cost: one pass, memory O(customers). @since 0.1
 *  @snippet service_plan.c count */
CSTN_API cstn_status cstn_cost_to_serve_update(cstn_cost_to_serve *state,
		struct ArrowArrayStream *rows, const cstn_cost_to_serve_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds, which is unchanged. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a state
 *  into itself; CSTN_E_CURRENCY; CSTN_E_MISMATCH when one has customers as text and the other as
 *  numbers; CSTN_E_OVERFLOW; CSTN_E_NOMEM. One caller at a time for both. O(customers).
 *  @since 0.1 */
CSTN_API cstn_status cstn_cost_to_serve_merge(cstn_cost_to_serve *into,
		const cstn_cost_to_serve *from, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: the same for the same rows, however split and merged; little-endian, with
 *  checksum. @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. One caller at a time a state. O(customers log customers). @since 0.1 */
CSTN_API cstn_status cstn_cost_to_serve_serialize(const cstn_cost_to_serve *state,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_cost_to_serve_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT for a newer version;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_cost_to_serve_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_cost_to_serve **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_cost_to_serve_free(cstn_cost_to_serve *state);

/** What one unit of a driver costs: rate / 10^scale minor units. This struct never grows. */
typedef struct cstn_cost_rate {
	int32_t driver; /**< CSTN_COST_DRIVER_..., each once */
	int32_t scale;  /**< 0..18 */
	int64_t rate;   /**< 0 or more */
} cstn_cost_rate;

/** A cost that no count makes, shared out by a named driver. This struct never grows. */
typedef struct cstn_fixed_cost {
	int32_t driver;    /**< CSTN_COST_DRIVER_...: in proportion to its counts */
	int32_t reserved0; /**< 0 */
	int64_t amount;    /**< minor units, 0 or more */
} cstn_fixed_cost;

/** Rates: a driver without one costs nothing. The arrays are borrowed for the call. */
typedef struct cstn_cost_rates {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	const cstn_cost_rate *rates;
	size_t n_rates;
	/** Each is shared out over customers and segments by half-even parts that add up to the
	 *  amount: the largest part, the first of them in the order of keys, takes the rest */
	const cstn_fixed_cost *fixed;
	size_t n_fixed;
} cstn_cost_rates;
/* clang-format off */
#define CSTN_COST_RATES_INIT { sizeof(cstn_cost_rates), 0, NULL, 0, NULL, 0 }
/* clang-format on */

/* Tables. CUSTOMERS, SEGMENTS and TOTAL end with: orders, revenue, margin, variable_cost (exact sum
 * of count x rate of the row, half-even once), fixed_cost, cost (their sum), cost_per_order (exact,
 * half-even once; null without orders), share_of_margin (cost / margin, double; null unless the
 * margin is positive), break_even_order (order value whose margin pays for the cost of an order:
 * cost x revenue / (orders x margin), half-even; null unless all four are positive),
 * largest_driver (text; ties: the first driver; null without cost), largest_cost, currency. Money
 * is int64 in minor units. */

/** A row a customer, in the order of ids: customer, then the columns above. */
#define CSTN_COST_TABLE_CUSTOMERS 1
/** A row a segment, by the bytes of its label, null last: segment, customers, then those above. */
#define CSTN_COST_TABLE_SEGMENTS 2
/** One row: customers, then those above. */
#define CSTN_COST_TABLE_TOTAL 3
/** A row a segment and driver: segment, driver, count, rate, rate_scale, variable_cost, fixed_cost,
 *  share_of_cost (null without cost). The variable costs of a segment add up to that of the table
 *  of segments: the largest takes what rounding left. */
#define CSTN_COST_TABLE_DRIVERS 4

/** A table under given rates, from the counts alone. @param rates NULL, or start from
 *  CSTN_COST_RATES_INIT @param table CSTN_COST_TABLE_... @param out keeps what it needs; release it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a rate that breaks its rule, a driver named twice,
 *  or a fixed cost by a driver that nobody has; CSTN_E_OVERFLOW; CSTN_E_NOMEM.
 *  Any thread while no other call changes the state. O(customers log customers). @since 0.1
 *  @snippet service_plan.c rates */
CSTN_API cstn_status cstn_cost_to_serve_export(const cstn_cost_to_serve *state,
		const cstn_cost_rates *rates, int32_t table, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
