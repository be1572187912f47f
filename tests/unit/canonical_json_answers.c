/* Canonical JSON against documents and numbers from outside; their folder says where they come
 * from.
 */
#include <inttypes.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#include "shared_data.h"
#include "sharing/canonical_json.h"

static char *whole_file(const char *file, size_t *len)
{
	char *path = shared_path("vectors/jcs", file), *text = malloc(1 << 20);
	FILE *in = fopen(path, "rb");

	ck_assert_msg(in != NULL && text != NULL, "%s", path);
	*len = fread(text, 1, 1 << 20, in);
	ck_assert_uint_lt(*len, 1 << 20);
	text[*len] = '\0';
	fclose(in);
	free(path);
	return text;
}

static cstn__bytes canonical(const char *text, size_t len)
{
	json_t *value = NULL;
	cstn__bytes out;
	cstn_error *error = NULL;

	ck_assert_msg(cstn__canonical_json_read(text, len, &value, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__canonical_json_write(value, 0, &out, NULL), CSTN_OK);
	json_decref(value);
	return out;
}

START_TEST(documents_have_the_stated_bytes)
{
	static const char *const names[] = {
			"arrays", "french", "structures", "unicode", "values", "weird"};
	char file[64];
	size_t len, hex_len, size;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *input, *hex;
		uint8_t *expected;
		cstn__bytes once, twice;

		snprintf(file, sizeof(file), "input/%s.json", names[i]);
		input = whole_file(file, &len);
		snprintf(file, sizeof(file), "outhex/%s.txt", names[i]);
		hex = whole_file(file, &hex_len);
		expected = malloc(hex_len);
		ck_assert_int_eq(sodium_hex2bin(expected, hex_len, hex, hex_len, " \r\n", &size,
						 NULL),
				0);
		ck_assert_uint_gt(size, 0);
		once = canonical(input, len);
		ck_assert_msg(once.size == size && memcmp(once.data, expected, size) == 0, "%s",
				names[i]);
		twice = canonical((const char *)once.data, once.size);
		ck_assert_uint_eq(twice.size, size);
		ck_assert_mem_eq(twice.data, expected, size);
		cstn__bytes_free(&once);
		cstn__bytes_free(&twice);
		free(expected);
		free(input);
		free(hex);
	}
}
END_TEST

START_TEST(ten_thousand_numbers_have_the_stated_text)
{
	size_t len, n = 0;
	char *text = whole_file("numbers_10000.txt", &len), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *end;
		uint64_t bits = strtoull(line, &end, 16);
		double value;
		json_t *number;
		cstn__bytes out;

		ck_assert_int_eq(*end, ',');
		memcpy(&value, &bits, sizeof(value));
		number = json_real(value);
		cstn__bytes_init(&out, NULL);
		ck_assert_int_eq(cstn__canonical_json_write(number, 0, &out, NULL), CSTN_OK);
		cstn__bytes_put_u8(&out, 0);
		ck_assert_msg(strcmp((char *)out.data, end + 1) == 0, "%s, not %s", out.data,
				end + 1);
		cstn__bytes_free(&out);
		json_decref(number);
		n++;
	}
	ck_assert_uint_eq(n, 10000);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			documents_have_the_stated_bytes, ten_thousand_numbers_have_the_stated_text};

	return run_tests_on("vectors", "jcs/numbers_10000.txt",
			"canonical JSON against outside vectors", tests,
			sizeof(tests) / sizeof(tests[0]));
}
