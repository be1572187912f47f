/* Vocabularies: paths, classes, purposes and operands. */
#include "constraint_fixture.h"
#include "suite.h"

/* --- paths ------------------------------------------------------------------------------------ */

START_TEST(paths_are_noun_and_field)
{
	static const char *const good[] = {"order.price", "order[].price", "order.*", "a.b"};
	static const char *const bad[] = {"", "order", "order.", ".price", "order.*x", "order[].*",
			"order.line.price", "*.price", "*", "order[.price", "[].price", "or*er.a",
			"order..price", "order.pri\nce", "order.\xff"};
	char longest[257];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(cstn_path_check(good[i], strlen(good[i]), NULL) == CSTN_OK, "%s",
				good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(cstn_path_check(bad[i], strlen(bad[i]), NULL) ==
						CSTN_E_INVALID_ARGUMENT,
				"%s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[1] = '.';
	ck_assert_int_eq(cstn_path_check(longest, 255, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_path_check(longest, 256, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_path_check(NULL, 0, NULL), CSTN_E_INVALID_ARGUMENT);
}
END_TEST

static int covers(const char *above, const char *path)
{
	return cstn_path_covers(above, strlen(above), path, strlen(path));
}

START_TEST(a_star_covers_the_fields_of_its_noun_only)
{
	ck_assert(covers("order.*", "order.price"));
	ck_assert(covers("order.*", "order[].price"));
	ck_assert(covers("order.*", "order.*"));
	ck_assert(covers("order.price", "order.price"));
	ck_assert(!covers("order.price", "order.*"));
	ck_assert(!covers("order.price", "order[].price"));
	ck_assert(!covers("order.*", "orders.price"));
	ck_assert(!covers("orders.*", "order.price"));
}
END_TEST

/* --- vocabularies ----------------------------------------------------------------------------- */

START_TEST(classes_of_a_path_and_its_star_combine)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *is = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(
					 builder, "item.*", 6, CSTN_CLASS_OPERATIONAL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(
					 builder, "item.gtin", 9, CSTN_CLASS_PUBLIC, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(builder, "order[].price", 13,
					 CSTN_CLASS_COMPETITIVE, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(builder, "order.note", 10, 0, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(builder, "a.b", 3, 64, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &is, NULL), CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "item.gtin", 9),
			CSTN_CLASS_PUBLIC | CSTN_CLASS_OPERATIONAL);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "item.size", 9), CSTN_CLASS_OPERATIONAL);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "item.*", 6),
			CSTN_CLASS_PUBLIC | CSTN_CLASS_OPERATIONAL);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "order[].price", 13), CSTN_CLASS_COMPETITIVE);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "order.note", 10), CSTN_CLASS_DEFAULT);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "order.*", 7), CSTN_CLASS_DEFAULT);
	ck_assert_uint_eq(cstn_vocabulary_classes(is, "no path", 7), CSTN_CLASS_DEFAULT);
	ck_assert_uint_eq(cstn_vocabulary_classes(NULL, "a.b", 3), CSTN_CLASS_DEFAULT);
	ck_assert(cstn_vocabulary_has_path(is, "order.note", 10));
	ck_assert(cstn_vocabulary_has_path(is, "item.size", 9));
	ck_assert(!cstn_vocabulary_has_path(is, "order.price", 11));
	ck_assert(cstn_vocabulary_has_path(is, "order.*", 7)); /* a path of it */
	ck_assert(!cstn_vocabulary_has_path(is, "shipment.*", 10));
	cstn_vocabulary_unref(is);
}
END_TEST

START_TEST(a_purpose_covers_its_descendants_only)
{
	cstn_vocabulary *is = sample_vocabulary();

	ck_assert(cstn_vocabulary_covers(is, "planning", 8, "planning", 8));
	ck_assert(cstn_vocabulary_covers(is, "planning", 8, "safety", 6));
	ck_assert(cstn_vocabulary_covers(is, "replenishment", 13, "safety", 6));
	ck_assert(!cstn_vocabulary_covers(is, "safety", 6, "planning", 8));
	ck_assert(!cstn_vocabulary_covers(is, "forecasting", 11, "safety", 6));
	ck_assert(!cstn_vocabulary_covers(is, "planning", 8, "recall", 6));
	ck_assert(!cstn_vocabulary_covers(is, "planning", 8, "nothing", 7));
	ck_assert(cstn_vocabulary_has_purpose(is, "planning", 8));
	ck_assert(!cstn_vocabulary_has_purpose(is, "Planning", 8));
	ck_assert(cstn_vocabulary_has_role(is, "carrier", 7));
	ck_assert(!cstn_vocabulary_has_role(is, "planning", 8));
	cstn_vocabulary_unref(is);
}
END_TEST

START_TEST(a_purpose_that_covers_itself_is_refused)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *is = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, "a", 1, "b", 1, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, "b", 1, "c", 1, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &is, NULL), CSTN_OK);
	cstn_vocabulary_unref(is);
	is = NULL;
	ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, "c", 1, "a", 1, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &is, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "purpose 'a' covers itself");
	ck_assert_ptr_null(is);
	cstn_error_free(error);
	cstn_vocabulary_builder_free(builder);
}
END_TEST

START_TEST(operands_are_refused_by_rule)
{
	static const cstn_id ids[] = {{"x", 1}, {"", 0}};
	cstn_vocabulary_builder *builder = NULL;
	cstn_operand good = CSTN_OPERAND_INIT, bad;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	good.name = "size";
	good.name_len = 4;
	good.type = CSTN_OPERAND_INT64;
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &good, NULL), CSTN_OK);
#define REFUSED(status, change)                                                                    \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.name = "other";                                                                \
		bad.name_len = 5;                                                                  \
		change;                                                                            \
		ck_assert_int_eq(                                                                  \
				cstn_vocabulary_builder_add_operand(builder, &bad, NULL), status); \
	} while (0)
	REFUSED(CSTN_E_DUPLICATE, (bad.name = "size", bad.name_len = 4));
	REFUSED(CSTN_E_DUPLICATE, (bad.name = "now", bad.name_len = 3));
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.name_len = 0);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.name = NULL);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.name = "ot\nhe");
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.type = 0);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.type = 7);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.scale = 1);
	REFUSED(CSTN_E_INVALID_ARGUMENT, (bad.type = CSTN_OPERAND_DECIMAL, bad.scale = 19));
	REFUSED(CSTN_E_INVALID_ARGUMENT, (bad.flags = 3, bad.least = 2, bad.most = 1));
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.flags = 4);
	REFUSED(CSTN_E_INVALID_ARGUMENT, (bad.ids = ids, bad.n_ids = 1));
	REFUSED(CSTN_E_INVALID_ARGUMENT,
			(bad.type = CSTN_OPERAND_ID, bad.ids = ids, bad.n_ids = 2));
	REFUSED(CSTN_E_INVALID_ARGUMENT, (bad.at_most = "nothing", bad.at_most_len = 7));
	REFUSED(CSTN_E_INVALID_ARGUMENT, (bad.at_most = "now", bad.at_most_len = 3));
	REFUSED(CSTN_E_STRUCT_SIZE, bad.struct_size = 8);
	bad = good;
	bad.name = "small";
	bad.name_len = 5;
	bad.at_most = "size";
	bad.at_most_len = 4;
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &bad, NULL), CSTN_OK);
	bad.name = "third";
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &bad, NULL),
			CSTN_E_INVALID_ARGUMENT);
	bad.at_most = "small";
	bad.at_most_len = 5;
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &bad, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_vocabulary_builder_free(builder);
#undef REFUSED
}
END_TEST

START_TEST(operands_are_described)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_operand out = CSTN_OPERAND_INIT;
	int64_t index = cstn_vocabulary_find_operand(is, "metered", 7);

	ck_assert_uint_eq(cstn_vocabulary_operand_count(is), 16);
	ck_assert_int_eq(index, 15);
	ck_assert_int_eq(cstn_vocabulary_operand_at(is, (size_t)index, &out, NULL), CSTN_OK);
	ck_assert_str_eq(out.name, "metered");
	ck_assert_str_eq(out.at_most, "elapsed");
	ck_assert_int_eq(out.type, CSTN_OPERAND_DURATION);
	ck_assert_uint_eq(out.flags, CSTN_OPERAND_HAS_LEAST);
	ck_assert_int_eq(cstn_vocabulary_operand_at(is, 12, &out, NULL), CSTN_OK);
	ck_assert_str_eq(out.name, "region");
	ck_assert_uint_eq(out.n_ids, 2);
	ck_assert_str_eq(out.ids[0].text, "asia");
	ck_assert_int_eq(cstn_vocabulary_operand_at(is, 16, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_vocabulary_find_operand(is, "Now", 3), -1);
	ck_assert_int_eq(cstn_vocabulary_find_operand(NULL, "now", 3), -1);
	cstn_vocabulary_unref(is);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {paths_are_noun_and_field,
			a_star_covers_the_fields_of_its_noun_only,
			classes_of_a_path_and_its_star_combine,
			a_purpose_covers_its_descendants_only,
			a_purpose_that_covers_itself_is_refused, operands_are_refused_by_rule,
			operands_are_described};

	return run_tests("vocabulary", tests, sizeof(tests) / sizeof(tests[0]));
}
