/* The version and what the machine can do. */
#include <stdio.h>
#include <string.h>

#include <constellation/version.h>

#include "base/cpu.h"
#include "suite.h"

START_TEST(number_and_text_are_those_of_the_header)
{
	char text[32];

	snprintf(text, sizeof(text), "%d.%d.%d", CSTN_VERSION_MAJOR, CSTN_VERSION_MINOR,
			CSTN_VERSION_PATCH);
	ck_assert_str_eq(cstn_version_text(), text);
	ck_assert_int_eq(cstn_version_number(), CSTN_VERSION_MAJOR * 1000000 +
								CSTN_VERSION_MINOR * 1000 +
								CSTN_VERSION_PATCH);
	ck_assert_int_eq(cstn_version_number(), CSTN_VERSION_NUMBER);
}
END_TEST

START_TEST(features_are_there_or_not_and_unknown_ones_are_not)
{
	ck_assert_int_eq(cstn_has_feature(CSTN_FEATURE_THREADS), 1);
	ck_assert_int_eq(cstn_has_feature(0), 0);
	ck_assert_int_eq(cstn_has_feature(-1), 0);
	ck_assert_int_eq(cstn_has_feature(INT32_MAX), 0);
}
END_TEST

START_TEST(the_level_of_simd_is_the_one_the_system_reports)
{
	int level = cstn__cpu_simd(), avx2 = 0, avx512 = 0;
	char line[16384];
	FILE *file = fopen("/proc/cpuinfo", "r");

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "flags", 5)) {
			avx2 |= strstr(line, " avx2 ") != NULL;
			avx512 |= strstr(line, " avx512f ") && strstr(line, " avx512bw ") &&
				  strstr(line, " avx512vl ") && strstr(line, " avx512dq ");
		}
	fclose(file);
	ck_assert_int_eq(cstn_has_feature(CSTN_FEATURE_SIMD_AVX2), level >= 2);
	ck_assert_int_eq(cstn_has_feature(CSTN_FEATURE_SIMD_AVX512), level >= 3);
	/* Under valgrind the machine shows less than the system reports, never more. */
	ck_assert_int_le(level, avx512 && avx2 ? 3 : avx2 ? 2 : 1);
	ck_assert_int_ge(level, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			number_and_text_are_those_of_the_header,
			features_are_there_or_not_and_unknown_ones_are_not,
			the_level_of_simd_is_the_one_the_system_reports,
	};

	return run_tests("base_version", tests, sizeof(tests) / sizeof(tests[0]));
}
