/* The envelope around the bytes of states and models. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/hash.h"
#include "failing_allocator.h"
#include "sealed_kinds.h"
#include "suite.h"

#define BODY "configurationbody"
#define CONFIG 13

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "test state", 4, 2};

static cstn_buffer *closed(void)
{
	cstn_allocator allocator;
	cstn_buffer *out = NULL;
	cstn__bytes body;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	cstn__bytes_init(&body, &allocator);
	cstn__bytes_put_text(&body, BODY);
	ck_assert_int_eq(cstn__envelope_close(&envelope, &body, CONFIG, &out, NULL), CSTN_OK);
	return out;
}

static cstn_status opened(const uint8_t *data, size_t size, cstn_error **error)
{
	const uint8_t *digest = NULL;
	cstn__reader body;

	return cstn__envelope_open(&envelope, data, size, &body, &digest, error);
}

START_TEST(a_body_comes_back_with_the_digest_of_its_configuration)
{
	cstn_buffer *bytes = closed();
	const uint8_t *digest = NULL;
	uint8_t expected[32];
	cstn__reader body;

	ck_assert_uint_eq(cstn_buffer_size(bytes), 56 + strlen(BODY) + 8);
	ck_assert_int_eq(cstn__envelope_open(&envelope, cstn_buffer_data(bytes),
					 cstn_buffer_size(bytes), &body, &digest, NULL),
			CSTN_OK);
	ck_assert_uint_eq(body.size, strlen(BODY));
	ck_assert_mem_eq(body.data, BODY, body.size);
	cstn__sha256(BODY, CONFIG, expected);
	ck_assert_mem_eq(digest, expected, 32);
	ck_assert_int_eq(cstn__envelope_check(&envelope, &body, digest, CONFIG, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__envelope_check(&envelope, &body, digest, CONFIG - 1, NULL),
			CSTN_E_CORRUPT);
	cstn_buffer_free(bytes);
}
END_TEST

START_TEST(a_changed_or_missing_byte_is_damage_wherever_it_is)
{
	cstn_buffer *bytes = closed();
	size_t size = cstn_buffer_size(bytes), i;
	uint8_t copy[128];

	ck_assert_uint_le(size, sizeof(copy));
	for (i = 0; i < size; i++) {
		memcpy(copy, cstn_buffer_data(bytes), size);
		copy[i] ^= 1;
		ck_assert_int_eq(opened(copy, size, NULL), CSTN_E_CORRUPT);
		ck_assert_int_eq(opened(cstn_buffer_data(bytes), i, NULL), CSTN_E_CORRUPT);
	}
	cstn_buffer_free(bytes);
}
END_TEST

/* Byte, what it becomes, and what is said of it once the checksum is mended. */
static const struct {
	size_t at;
	uint8_t value;
	cstn_status status;
	const char *says;
} heads[] = {
		{0, 'X', CSTN_E_CORRUPT, "they do not begin with CSTNSTA1"},
		{8, 5, CSTN_E_CORRUPT, "these bytes are no test state: kind 5, 4 expected"},
		{10, 3, CSTN_E_NEWER_FORMAT,
				"test state of version 3 with flags 0; this library reads version "
				"2"},
		{12, 1, CSTN_E_NEWER_FORMAT, "version 2 with flags 1"},
		{48, 16, CSTN_E_CORRUPT, "another length"},
		{55, 255, CSTN_E_CORRUPT, "another length"},
};

START_TEST(another_head_is_refused_by_its_name)
{
	cstn_buffer *bytes = closed();
	size_t size = cstn_buffer_size(bytes);
	cstn_error *error = NULL;
	uint8_t copy[128];

	memcpy(copy, cstn_buffer_data(bytes), size);
	copy[heads[_i].at] = heads[_i].value;
	sealed_mend_checksum(copy, size);
	ck_assert_int_eq(opened(copy, size, &error), heads[_i].status);
	ck_assert_msg(strstr(cstn_error_message(error), heads[_i].says) != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_buffer_free(bytes);
}
END_TEST

START_TEST(closing_without_memory_gives_nothing_and_leaks_nothing)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_buffer *out = NULL;
		cstn__bytes body;
		cstn_status status;

		failing_allocator_init(&memory, n);
		cstn__bytes_init(&body, &memory.allocator);
		cstn__bytes_put_text(&body, BODY);
		status = cstn__envelope_close(&envelope, &body, CONFIG, &out, NULL);
		ck_assert((status == CSTN_OK) == (out != NULL));
		cstn_buffer_free(out);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
	ck_assert_uint_gt(n, 1);
}
END_TEST

START_TEST(doubles_keep_their_bits_and_every_nan_is_one)
{
	static const double values[] = {0.0, -0.0, 1.5, -1e308, 5e-324, INFINITY};
	cstn_allocator allocator;
	cstn__bytes bytes;
	cstn__reader in;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	cstn__bytes_init(&bytes, &allocator);
	for (i = 0; i < 6; i++)
		cstn__bytes_put_f64(&bytes, values[i]);
	cstn__bytes_put_f64(&bytes, -NAN);
	in = (cstn__reader){bytes.data, bytes.size, 0, 0};
	for (i = 0; i < 6; i++) {
		double back = cstn__read_f64(&in);

		ck_assert_mem_eq(&back, &values[i], sizeof(back));
	}
	ck_assert(cstn__read_u64(&in) == UINT64_C(0x7ff8000000000000));
	cstn__bytes_free(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("envelope");
	TCase *test_case = tcase_create("envelope");

	tcase_add_test(test_case, a_body_comes_back_with_the_digest_of_its_configuration);
	tcase_add_test(test_case, a_changed_or_missing_byte_is_damage_wherever_it_is);
	tcase_add_loop_test(test_case, another_head_is_refused_by_its_name, 0,
			sizeof(heads) / sizeof(*heads));
	tcase_add_test(test_case, closing_without_memory_gives_nothing_and_leaks_nothing);
	tcase_add_test(test_case, doubles_keep_their_bits_and_every_nan_is_one);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
