/* Service policies: the 35 questions whose answers define a perfect order, their canonical text and
 * its digest.
 *
 * One table, in policy_keys.c, describes every key. A value is accepted only in its one canonical
 * spelling, wherever it comes from (changes, builder or text), so the stored spelling is the
 * canonical one and text and rules cannot differ. Invariant: for every policy, parse(format(p)) has
 * the bytes of p, and every text that parses is the format of its policy; hence one meaning, one
 * digest (SHA-256 of the text). Cost: O(35) a policy, a few kilobytes each. */

#include "fulfilment/policy_keys.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"

#define TEXT_SIZE 4096
#define FIRST_LINE "cstn-service-policy 1\n"

struct cstn_service_policy {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__policy_values is;
	uint8_t digest[CSTN_DIGEST_SIZE];
	char digest_text[2 * CSTN_DIGEST_SIZE + 1];
	size_t text_len;
	char text[TEXT_SIZE];
};

struct cstn_service_policy_builder {
	cstn_allocator allocator;
	cstn__policy_values is;
	uint64_t changed; /* bit i = key i was set */
};

/* --- building ------------------------------------------------------------------------------- */

static void text_write(cstn_service_policy *policy)
{
	size_t at = sizeof FIRST_LINE - 1, i;

	memcpy(policy->text, FIRST_LINE, at);
	for (i = 0; i < CSTN__POLICY_KEYS; i++) {
		int wrote = snprintf(policy->text + at, TEXT_SIZE - at, "%s=%s\n",
				cstn_service_policy_key_at(i), policy->is.values[i]);
		assert(wrote > 0 && (size_t)wrote < TEXT_SIZE - at);
		at += (size_t)wrote;
	}
	policy->text_len = at;
}

static cstn_status policy_make(const cstn_allocator *allocator, const cstn__policy_values *is,
		cstn_service_policy **out, cstn_error **error)
{
	cstn_service_policy *policy = cstn__alloc_zero(allocator, sizeof *policy);

	if (!policy)
		return cstn__fail_nomem(error);
	policy->allocator = *allocator;
	atomic_init(&policy->references, 1);
	policy->is = *is;
	text_write(policy);
	cstn__sha256(policy->text, policy->text_len, policy->digest);
	cstn__hex(policy->digest, CSTN_DIGEST_SIZE, policy->digest_text);
	*out = policy;
	return CSTN_OK;
}

static cstn_status change_read(cstn__policy_values *is, uint64_t *changed, const char *name,
		size_t name_len, const char *value, size_t value_len, cstn_error **error)
{
	size_t index = cstn__policy_key_find(name, name_len);

	if (index == CSTN__POLICY_KEYS)
		return cstn__policy_fail_key(error, CSTN_E_INVALID_ARGUMENT, name, name_len);
	if (*changed >> index & 1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"policy key '%s' is set twice; once is allowed",
				cstn_service_policy_key_at(index));
	if (cstn__policy_values_set(is, index, value, value_len))
		return cstn__policy_fail_value(
				error, CSTN_E_INVALID_ARGUMENT, index, value, value_len);
	*changed |= UINT64_C(1) << index;
	return CSTN_OK;
}

cstn_status cstn_service_policy_new(const char *changes, const cstn_allocator *allocator,
		cstn_service_policy **out, cstn_error **error)
{
	static const char SPACES[] = " \t\r\n";
	cstn__policy_values is;
	cstn_allocator own;
	uint64_t changed = 0;
	cstn_status status;
	const char *at;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	cstn__policy_values_default(&is);
	at = changes ? changes : "";
	for (;;) {
		size_t len;
		const char *equals;

		at += strspn(at, SPACES);
		len = strcspn(at, SPACES);
		if (!len)
			break;
		equals = memchr(at, '=', len);
		if (!equals)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"policy change '%.*s' is not of the form key=value",
					cstn__policy_shown(len), at);
		status = change_read(&is, &changed, at, (size_t)(equals - at), equals + 1,
				len - (size_t)(equals + 1 - at), error);
		if (status != CSTN_OK)
			return status;
		at += len;
	}
	return policy_make(&own, &is, out, error);
}

/* Line `number` of a canonical text holds key number - 2. */
static cstn_status line_read(cstn__policy_values *is, size_t number, const char *line, size_t len,
		cstn_error **error)
{
	size_t index = number - 2;
	const char *equals = memchr(line, '=', len);
	cstn_status status;

	if (!equals || cstn__policy_key_find(line, (size_t)(equals - line)) != index)
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line %zu: '%s=...' expected, '%.*s' found", number,
				cstn_service_policy_key_at(index), cstn__policy_shown(len), line);
	if (cstn__policy_values_set(is, index, equals + 1, len - (size_t)(equals + 1 - line)) == 0)
		return CSTN_OK;
	status = cstn__policy_fail_value(
			error, CSTN_E_FORMAT, index, equals + 1, len - (size_t)(equals + 1 - line));
	cstn__error_prefix(error, "service policy, line %zu: ", number);
	return status;
}

cstn_status cstn_service_policy_parse(const char *text, size_t len, const cstn_allocator *allocator,
		cstn_service_policy **out, cstn_error **error)
{
	const size_t first = sizeof FIRST_LINE - 1;
	cstn__policy_values is;
	cstn_allocator own;
	cstn_status status;
	size_t at = first, number;

	if (!out || (!text && len))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", out ? "text" : "out");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	if (len < first || memcmp(text, FIRST_LINE, first) != 0)
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line 1: 'cstn-service-policy 1' and a line feed "
				"expected");
	cstn__policy_values_default(&is);
	for (number = 2; number < 2 + CSTN__POLICY_KEYS; number++) {
		const char *line = text + at;
		const char *end = len > at ? memchr(line, '\n', len - at) : NULL;

		if (!end)
			return cstn__fail(error, CSTN_E_FORMAT,
					"service policy, line %zu: the text ends before '%s=...' "
					"and a line feed",
					number, cstn_service_policy_key_at(number - 2));
		status = line_read(&is, number, line, (size_t)(end - line), error);
		if (status != CSTN_OK)
			return status;
		at = (size_t)(end - text) + 1;
	}
	if (at != len)
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line %d: the text must end after %d keys",
				CSTN__POLICY_KEYS + 2, CSTN__POLICY_KEYS);
	return policy_make(&own, &is, out, error);
}

/* --- reading a policy ----------------------------------------------------------------------- */

const char *cstn_service_policy_format(const cstn_service_policy *policy, size_t *out_len)
{
	if (out_len)
		*out_len = policy ? policy->text_len : 0;
	return policy ? policy->text : "";
}

void cstn_service_policy_digest(const cstn_service_policy *policy, uint8_t out[CSTN_DIGEST_SIZE])
{
	if (policy)
		memcpy(out, policy->digest, CSTN_DIGEST_SIZE);
	else
		memset(out, 0, CSTN_DIGEST_SIZE);
}

const char *cstn_service_policy_digest_text(const cstn_service_policy *policy)
{
	return policy ? policy->digest_text : "";
}

cstn_status cstn_service_policy_get(const cstn_service_policy *policy, const char *key,
		const char **out, cstn_error **error)
{
	size_t index;

	if (!policy || !key || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!policy ? "policy"
				: !key  ? "key"
					: "out");
	index = cstn__policy_key_find(key, strlen(key));
	if (index == CSTN__POLICY_KEYS)
		return cstn__policy_fail_key(error, CSTN_E_NOT_FOUND, key, strlen(key));
	*out = policy->is.values[index];
	return CSTN_OK;
}

cstn_service_policy *cstn_service_policy_ref(cstn_service_policy *policy)
{
	if (policy)
		atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void cstn_service_policy_unref(cstn_service_policy *policy)
{
	cstn_allocator allocator;

	if (!policy || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = policy->allocator;
	cstn__free(&allocator, policy, sizeof *policy);
}

/* Only the count changes, which is no part of what a const policy promises. */
cstn_service_policy *cstn__policy_share(const cstn_service_policy *policy)
{
	return cstn_service_policy_ref((cstn_service_policy *)(uintptr_t)policy);
}

const cstn__policy_rules *cstn__policy_rules_of(const cstn_service_policy *policy)
{
	return &policy->is.rules;
}

const cstn_allocator *cstn__policy_allocator(const cstn_service_policy *policy)
{
	return &policy->allocator;
}

/* --- builder -------------------------------------------------------------------------------- */

cstn_status cstn_service_policy_builder_new(const cstn_allocator *allocator,
		cstn_service_policy_builder **out, cstn_error **error)
{
	cstn_service_policy_builder *builder;
	cstn_allocator own;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*builder), &own, &builder, error);
	if (status != CSTN_OK)
		return status;
	builder->allocator = own;
	cstn__policy_values_default(&builder->is);
	*out = builder;
	return CSTN_OK;
}

cstn_status cstn_service_policy_builder_set(cstn_service_policy_builder *builder, const char *key,
		const char *value, cstn_error **error)
{
	if (!builder || !key || !value)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!builder ? "builder"
				: !key   ? "key"
					 : "value");
	return change_read(&builder->is, &builder->changed, key, strlen(key), value, strlen(value),
			error);
}

cstn_status cstn_service_policy_builder_build(const cstn_service_policy_builder *builder,
		cstn_service_policy **out, cstn_error **error)
{
	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				builder ? "out" : "builder");
	return policy_make(&builder->allocator, &builder->is, out, error);
}

void cstn_service_policy_builder_free(cstn_service_policy_builder *builder)
{
	cstn_allocator allocator;

	if (!builder)
		return;
	allocator = builder->allocator;
	cstn__free(&allocator, builder, sizeof *builder);
}
