#ifndef CONSTELLATION_RELEASE_H
#define CONSTELLATION_RELEASE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/constraint.h>
#include <constellation/decision.h>
#include <constellation/export.h>
#include <constellation/network.h>
#include <constellation/privacy.h>
#include <constellation/shared_log.h>
#include <constellation/status.h>

/** @file release.h
 *  The only way data leave: decide, transform, log, as one act.
 *
 *  A release has one form, that of the coarsest level among its fields: rows (RAW, PSEUDONYM,
 *  GENERALISED), cells (AGGREGATED), cells with noise (NOISED), or one row (EXISTENCE). Parameters
 *  of several fields combine to the strictest.
 *
 *  Rows leave column by column. RAW: by reference where nothing else can be reached through it,
 *  else copied. PSEUDONYM: 16 bytes in place of each value, BLAKE2b keyed by a key of
 *  constellation, recipient, purpose and epoch over path, a zero byte and the value: the same
 *  value has the same token within such a scope, and no two scopes can be joined. Whole numbers
 *  are hashed as decimal text, decimals without zeros at their end, dates as days and times as
 *  seconds since 1970, flags as 0 and 1, text and bytes as they are. GENERALISED: by the step of
 *  the field's ladder that the term says. A column that is bound to no field that is granted stays,
 *  and is counted. Null stays null.
 *
 *  Columns may be flags, whole numbers, floating-point numbers, decimals, dates, times, text,
 *  binary (of a fixed size too) or dictionaries of those. */

#ifdef __cplusplus
extern "C" {
#endif

/** One column of the input and the field it is. */
typedef struct cstn_release_column {
	const char *column; /**< of the input stream */
	const char *path;   /**< a field of the request */
	/** How the field becomes coarser: step s of a term is steps[s - 1], whose `column` is of no
	 *  account. Needed where a decision says GENERALISED. A ladder that is too short is
	 *  CSTN_E_INVALID_ARGUMENT before anything is charged; so is CSTN_GENERALISE_KEEP */
	const cstn_generalise_step *steps;
	size_t n_steps;
} cstn_release_column;

/** What leaves, and how. */
typedef struct cstn_release_options {
	uint32_t struct_size; /**< sizeof(cstn_release_options) */
	uint32_t flags;       /**< CSTN_IMPORT_TRUSTED */
	const cstn_release_column *columns;
	size_t n_columns;
	/** Column of the instant that a row is about: a timestamp with a zone, or a date. Rows
	 *  outside the request's data window, younger than the decision asks for, or without an
	 *  instant stay; a date counts with its whole day. Needed where there is such a window or
	 *  age, else NULL */
	const char *time_column;
	/** The name of the rows, 1 to 255 bytes, by which is kept what was told of them; needed by
	 *  cells, else NULL */
	const char *data_set;
	/** AGGREGATED: by, measures, company, sensitive and row as of cstn_aggregate(), of which
	 *  those of `by` and the measures are columns of granted fields. k, l, t, companies and
	 *  share are the decision's or stricter; recipient is the request's: leave it NULL */
	const cstn_aggregate_options *aggregate;
	/** NOISED: kind, subject, measure, partition and bounds as of cstn_noise(), of which
	 * measure and partition are columns of granted fields. Recipient, data set, time, grid and
	 * epsilon are the decision's: leave them 0 */
	const cstn_noise_options *noise;
	const uint8_t *pseudonym_key; /**< 32 bytes, the provider's secret; needed by PSEUDONYM */
	cstn_vocabulary *vocabulary;  /**< operands that the host answers for; NULL: none */
	/** Where a settled checkpoint is demanded: one of the provider's shared log, its length,
	 * and when it is settled; NULLs: none is */
	const char *checkpoint;
	size_t checkpoint_len;
	const cstn_settle_policy *settle;
	/** Random bytes: 0 on success. NULL is libsodium's source */
	int32_t (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	const cstn_allocator *allocator; /**< NULL: libc */
} cstn_release_options;
/* clang-format off */
#define CSTN_RELEASE_OPTIONS_INIT { sizeof(cstn_release_options), 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/* --- checksums -------------------------------------------------------------------------------- */

/** XXH3, 16 bytes: what was received is what was sent, if nobody means ill. */
#define CSTN_CHECKSUM_XXH3_128 1
/** SHA-256, 32 bytes: nobody finds other rows with the same checksum. */
#define CSTN_CHECKSUM_SHA256 2

/** Bytes of the longest checksum. */
#define CSTN_CHECKSUM_SIZE_MOST 32
/** Bytes of a salt. */
#define CSTN_CHECKSUM_SALT_SIZE 16

/** The checksum of rows, for who received them. The same for the same values however they are cut
 *  into batches, coded in dictionaries or laid out: of each column its name, type, places of nulls
 *  and values in order count; values under nulls, metadata and whether a column may be null do not.
 *  Text of 32-bit and 64-bit ends and text views are one type, so are the kinds of binary.
 *  @param rows      moved from, also on failure
 *  @param kind      CSTN_CHECKSUM_XXH3_128 or _SHA256
 *  @param salt      CSTN_CHECKSUM_SALT_SIZE bytes; that of the receipt
 *  @param allocator NULL: libc
 *  @param out       the caller's, CSTN_CHECKSUM_SIZE_MOST bytes; those past *size are 0
 *  @param size      receives 16 or 32
 *  @return CSTN_OK; CSTN_E_SCHEMA naming a column that is nested; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. O(bytes), one pass; memory O(columns).
 *  Method: XXH3 (Collet) or SHA-256 (FIPS 180-4) of salt and a digest each of nulls, lengths and
 *  values of each column. @since 0.1 */
CSTN_API cstn_status cstn_release_checksum(struct ArrowArrayStream *rows, int32_t kind,
		const uint8_t *salt, const cstn_allocator *allocator, uint8_t *out, size_t *size,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
