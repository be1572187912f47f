#ifndef CONSTELLATION_SERVICE_POLICY_H
#define CONSTELLATION_SERVICE_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file service_policy.h
 *  The definition of a perfect order, as 35 keys that both partners can read, hash and agree on.
 *
 *  Each key moves the rate by points, so none is hidden: a policy has a canonical text (first line
 *  `cstn-service-policy 1`, then the 35 `key=value` lines in a fixed order, LF) and a digest, the
 *  SHA-256 of that text. The guide "How to compute an OTIF both sides agree on" lists every key
 *  with its values and meaning.
 *
 *  Policies are immutable: any number of threads may read, reference and release one. What reads a
 *  policy costs O(1) and answers NULL with "", zeros or CSTN_E_INVALID_ARGUMENT; making one costs
 *  O(size of its text). What is borrowed lives as long as the policy. Method: the digest is
 *  SHA-256 (FIPS 180-4). */

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a policy digest. */
#define CSTN_DIGEST_SIZE 32

/** A service policy. Immutable, refcounted, any thread. */
typedef struct cstn_service_policy cstn_service_policy;

/** The default policy with changes.
 *  @param changes NULL or "" for the default policy; else `key=value` pairs parted by spaces or
 *  line ends, in any order, such as "components=T overdue_open=exclude"; a key twice, unknown, or
 *  with a value out of range is an error
 *  @param out     release with cstn_service_policy_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming the key, the value and what is allowed;
 *  CSTN_E_NOMEM. Any thread, O(keys). @since 0.1 */
CSTN_API cstn_status cstn_service_policy_new(const char *changes, const cstn_allocator *allocator,
		cstn_service_policy **out, cstn_error **error) CSTN_MUST_CHECK;

/** A policy from its canonical text. Anything but the canonical text is refused, so that one
 *  meaning has one digest.
 *  @return CSTN_OK; CSTN_E_FORMAT with the line; CSTN_E_NOMEM. Any thread, O(size). The policy
 *  is the caller's, to be released with cstn_service_policy_unref(). @since 0.1 */
CSTN_API cstn_status cstn_service_policy_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_service_policy **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The canonical text, NUL-terminated. Borrowed. @param out_len NULL, or receives its length.
 *  Any thread. @since 0.1 */
CSTN_API const char *cstn_service_policy_format(const cstn_service_policy *policy, size_t *out_len);

/** The digest. @param out 32 bytes. Any thread. @since 0.1 */
CSTN_API void cstn_service_policy_digest(
		const cstn_service_policy *policy, uint8_t out[CSTN_DIGEST_SIZE]);

/** The digest as 64 lower-case hex digits, NUL-terminated. Borrowed. Any thread. @since 0.1 */
CSTN_API const char *cstn_service_policy_digest_text(const cstn_service_policy *policy);

/** The value of a key as text. @param out borrowed from the policy @return CSTN_OK;
 *  CSTN_E_NOT_FOUND naming similar keys. Any thread, O(keys). @since 0.1 */
CSTN_API cstn_status cstn_service_policy_get(const cstn_service_policy *policy, const char *key,
		const char **out, cstn_error **error) CSTN_MUST_CHECK;

/** How many keys: 35. Any thread. @since 0.1 */
CSTN_API size_t cstn_service_policy_key_count(void);
/** Key number `index` in canonical order; NULL past the end. Static memory. Any thread. @since
 *  0.1 */
CSTN_API const char *cstn_service_policy_key_at(size_t index);
/** The allowed values of a key in words, default first: "order, schedule, shipment, line". NULL
 *  past the end. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_service_policy_values_at(size_t index);
/** What a key decides, one line. NULL past the end. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_service_policy_meaning_at(size_t index);

/** Builds a policy key by key. One thread at a time. */
typedef struct cstn_service_policy_builder cstn_service_policy_builder;

/** A builder that holds the default policy. @param out free with cstn_service_policy_builder_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_service_policy_builder_new(const cstn_allocator *allocator,
		cstn_service_policy_builder **out, cstn_error **error) CSTN_MUST_CHECK;
/** Set a key, once. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming the key, the value and what is
 *  allowed. One caller at a time a builder; O(keys). @since 0.1 */
CSTN_API cstn_status cstn_service_policy_builder_set(cstn_service_policy_builder *builder,
		const char *key, const char *value, cstn_error **error) CSTN_MUST_CHECK;
/** The policy; the builder may go on. @param out release with cstn_service_policy_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for NULL; CSTN_E_NOMEM. One caller at a time a
 *  builder; O(keys). @since 0.1 @snippet agree_on_policy.c policy */
CSTN_API cstn_status cstn_service_policy_builder_build(const cstn_service_policy_builder *builder,
		cstn_service_policy **out, cstn_error **error) CSTN_MUST_CHECK;
/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_service_policy_builder_free(cstn_service_policy_builder *builder);

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_service_policy *cstn_service_policy_ref(cstn_service_policy *policy);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_service_policy_unref(cstn_service_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
