/* The batch gives the same whatever the order of lines and the number of threads. */
#include <check.h>
#include <stdlib.h>

#include "kernel_fixture.h"
#include "lines_fixture.h"
#include "suite.h"

/* --- invariance ------------------------------------------------------------------------------- */

START_TEST(order_of_lines_and_number_of_threads_do_not_matter)
{
	static const int32_t threads[] = {1, 2, 3, 8};
	const variety *v = &varieties[_i];
	fixture_shape shape = {5 + (uint64_t)_i, _i % 4 ? ORDERS(30000) : 30000, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, 0, v->lines, 1, 0};
	char *expected = text_of(v->changes, by_two, 2, v->config, 0, &lines, &how), *got;
	size_t t;

	lines_shuffle(&lines, 99);
	for (t = 0; t < 4; t++) {
		how.threads = threads[t];
		how.batch = t == 2 ? 1013 : 0;
		got = text_of(v->changes, by_two, 2, v->config, 0, &lines, &how);
		ck_assert_str_eq(got, expected);
		free(got);
	}
	free(expected);
	lines_free(&lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_kernel_order");
	TCase *tests = tcase_create("perfect_order_kernel_order");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(
			tests, order_of_lines_and_number_of_threads_do_not_matter, 0, N_VARIETIES);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
