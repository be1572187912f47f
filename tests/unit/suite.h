#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Run a suite and free it; what main() returns. */
static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* One in so many of long rows of alike cases is tried (CSTN_TEST_EVERY), where a tool makes
 * programs slow; each, unless told otherwise. Odd numbers meet every remainder. */
static inline size_t test_every(void)
{
	const char *every = getenv("CSTN_TEST_EVERY");
	size_t n = every != NULL ? strtoul(every, NULL, 10) : 1;

	return n > 0 ? n : 1;
}

/* The main() of a test program: one suite with one case of all tests. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *test_case = tcase_create(name);

	tcase_set_timeout(test_case, 240);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(test_case, tests[i]);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}

#endif
