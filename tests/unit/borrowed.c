/* Release rules of Arrow structs over memory that the host keeps. */
#include <check.h>

#include <constellation/arrow.h>

#include "suite.h"

static int released;

static void count_array_release(struct ArrowArray *array)
{
	released++;
	array->release = NULL;
}

static void count_schema_release(struct ArrowSchema *schema)
{
	released++;
	schema->release = NULL;
}

START_TEST(releasing_a_borrowed_array_marks_it_and_releases_children_and_dictionary)
{
	struct ArrowArray child = {.release = count_array_release};
	struct ArrowArray moved_out = {.release = NULL};
	struct ArrowArray dictionary = {.release = count_array_release};
	struct ArrowArray *children[2] = {&child, &moved_out};
	struct ArrowArray array = {.n_children = 2,
			.children = children,
			.dictionary = &dictionary,
			.release = cstn_arrow_array_release_borrowed};

	released = 0;
	array.release(&array);
	ck_assert_ptr_null(array.release);
	ck_assert_ptr_null(child.release);
	ck_assert_int_eq(released, 2);
}
END_TEST

START_TEST(releasing_a_borrowed_schema_marks_it_and_releases_children_and_dictionary)
{
	struct ArrowSchema child = {.release = count_schema_release};
	struct ArrowSchema moved_out = {.release = NULL};
	struct ArrowSchema dictionary = {.release = count_schema_release};
	struct ArrowSchema *children[2] = {&moved_out, &child};
	struct ArrowSchema schema = {.format = "+s",
			.n_children = 2,
			.children = children,
			.dictionary = &dictionary,
			.release = cstn_arrow_schema_release_borrowed};

	released = 0;
	schema.release(&schema);
	ck_assert_ptr_null(schema.release);
	ck_assert_int_eq(released, 2);
}
END_TEST

START_TEST(a_released_struct_or_null_is_left_alone)
{
	struct ArrowArray child = {.release = count_array_release};
	struct ArrowArray *children[1] = {&child};
	struct ArrowArray array = {.n_children = 1, .children = children, .release = NULL};

	released = 0;
	cstn_arrow_array_release_borrowed(&array);
	cstn_arrow_array_release_borrowed(NULL);
	cstn_arrow_schema_release_borrowed(NULL);
	ck_assert_int_eq(released, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("borrowed");
	TCase *tcase = tcase_create("release");

	tcase_add_test(tcase,
			releasing_a_borrowed_array_marks_it_and_releases_children_and_dictionary);
	tcase_add_test(tcase,
			releasing_a_borrowed_schema_marks_it_and_releases_children_and_dictionary);
	tcase_add_test(tcase, a_released_struct_or_null_is_left_alone);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
