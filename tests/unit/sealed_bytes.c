/* What tests say of the bytes of a state or model, for every type alike. */
#include "sealed_bytes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

cstn_buffer *sealed_write(const sealed_kind *kind, const void *self)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(kind->write(self, &bytes, NULL), CSTN_OK);
	return bytes;
}

static int equal(const cstn_buffer *a, const cstn_buffer *b)
{
	return cstn_buffer_size(a) == cstn_buffer_size(b) &&
	       memcmp(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a)) == 0;
}

int sealed_equal(const sealed_kind *kind, const void *a, const void *b)
{
	cstn_buffer *one = sealed_write(kind, a), *other = sealed_write(kind, b);
	int same = equal(one, other);

	cstn_buffer_free(one);
	cstn_buffer_free(other);
	return same;
}

void sealed_expect_equal(const sealed_kind *kind, const void *a, const void *b)
{
	ck_assert_msg(sealed_equal(kind, a, b), "two of %s have other bytes", kind->name);
}

uint64_t sealed_digest(const sealed_kind *kind, const void *self, const void *with, size_t size)
{
	cstn_buffer *bytes = sealed_write(kind, self);
	uint64_t digest = cstn__hash64(1, cstn_buffer_data(bytes), cstn_buffer_size(bytes)) ^
			  cstn__hash64(2, with, size);

	cstn_buffer_free(bytes);
	return digest;
}

void *sealed_copy(const sealed_kind *kind, const void *self)
{
	cstn_buffer *bytes = sealed_write(kind, self);
	void *copy = NULL;
	cstn_error *error = NULL;
	cstn_status status = kind->read(
			cstn_buffer_data(bytes), cstn_buffer_size(bytes), NULL, &copy, &error);

	ck_assert_msg(status == CSTN_OK, "%s: %s", kind->name, cstn_error_message(error));
	cstn_buffer_free(bytes);
	sealed_expect_equal(kind, self, copy);
	return copy;
}

/* Bytes with the bits of `flip` turned in byte `at`; to be freed. */
static uint8_t *changed(const cstn_buffer *bytes, size_t at, uint8_t flip)
{
	uint8_t *copy = malloc(cstn_buffer_size(bytes));

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, cstn_buffer_data(bytes), cstn_buffer_size(bytes));
	copy[at] ^= flip;
	return copy;
}

static void expect_corrupt(const sealed_kind *kind, const uint8_t *data, size_t size)
{
	void *self = NULL;
	cstn_status status = kind->read(data, size, NULL, &self, NULL);

	ck_assert_msg(status == CSTN_E_CORRUPT, "%s: %s", kind->name, cstn_status_name(status));
	ck_assert_ptr_null(self);
}

void sealed_refuses_damage(const sealed_kind *kind, const void *self, uint8_t flip)
{
	cstn_buffer *bytes = sealed_write(kind, self);
	size_t size = cstn_buffer_size(bytes), i;

	for (i = 0; i < size; i++) {
		uint8_t *copy = changed(bytes, i, flip);

		expect_corrupt(kind, copy, size);
		expect_corrupt(kind, cstn_buffer_data(bytes), i);
		free(copy);
	}
	cstn_buffer_free(bytes);
}

/* 1 if refused. */
static int refuses(const sealed_kind *kind, const uint8_t *data, size_t size, void (*use)(void *))
{
	void *self = NULL;
	cstn_error *error = NULL;
	cstn_status status = kind->read(data, size, NULL, &self, &error);
	cstn_buffer *again;

	if (status != CSTN_OK) {
		ck_assert_ptr_null(self);
		ck_assert_msg(status == CSTN_E_CORRUPT || status == CSTN_E_NEWER_FORMAT ||
						status == CSTN_E_OVERFLOW,
				"%s: %s: %s", kind->name, cstn_status_name(status),
				cstn_error_message(error));
		cstn_error_free(error);
		return 1;
	}
	again = sealed_write(kind, self);
	ck_assert_uint_eq(cstn_buffer_size(again), size);
	ck_assert_mem_eq(cstn_buffer_data(again), data, size);
	cstn_buffer_free(again);
	if (use)
		use(self);
	kind->drop(self);
	return 0;
}

size_t sealed_changes_refused(const sealed_kind *kind, const void *self, const uint8_t *flips,
		size_t n_flips, void (*use)(void *self))
{
	cstn_buffer *bytes = sealed_write(kind, self);
	size_t size = cstn_buffer_size(bytes), refused = 0, i, k;

	for (i = 0; i < size - SEALED_TAIL; i++)
		for (k = 0; k < n_flips; k++) {
			uint8_t *copy = changed(bytes, i, flips[k]);

			sealed_mend_checksum(copy, size);
			refused += (size_t)refuses(kind, copy, size, use);
			free(copy);
		}
	cstn_buffer_free(bytes);
	return refused;
}
