/* The level of pools beside the global ridge: how far it goes. */
#include <stdio.h>

#include "csv_rows.h"
#include "global_rows.h"
#include "suite.h"

/* What pool q sells in the last week, against the weeks before; and the level that comes of it. */
static const struct {
	double times, low, high;
} changes[] = {{1, .98, 1.02}, {1.5, 1.2, 1.5}, {9, 2, 2}, {.8, .8, .9}, {.05, .5, .5}};

START_TEST(a_level_follows_its_pool_up_to_twice_and_half)
{
	static char text[GLOBAL_TEXT_SIZE];
	cstn_demand_global_options options = global_ask();
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);
	cstn_demand_global *model;
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *table;
	int series, day;

	for (series = 0; series < 4; series++)
		for (day = 0; day < GLOBAL_DAYS; day++) {
			int is_last = day >= GLOBAL_DAYS - GLOBAL_AHEAD && series % 2;

			used += (size_t)snprintf(text + used, sizeof(text) - used,
					"s%d,%d,%g,%s,0\n", series, day,
					(20 + day % 7) * (is_last ? changes[_i].times : 1),
					series % 2 ? "q" : "p");
		}
	csv_rows(&rows, GLOBAL_SCHEMA, text);
	model = global_fit(&rows, &options);
	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_POOLS, &out, NULL),
			CSTN_OK);
	table = csv_text(&out, &buffer);
	ck_assert_double_eq_tol(global_number(table, 1, "level"), 1, .02);
	ck_assert_double_ge(global_number(table, 2, "level"), changes[_i].low);
	ck_assert_double_le(global_number(table, 2, "level"), changes[_i].high);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("global level");
	TCase *tc = tcase_create("global level");

	tcase_add_loop_test(tc, a_level_follows_its_pool_up_to_twice_and_half, 0,
			sizeof(changes) / sizeof(changes[0]));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
