/* Forecasts of hierarchies made to add up: tables in, a table out, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "suite.h"

#define NODES "unique_id text\nparent text null\n"
#define BASE "unique_id text\nds int64\nmean double null\n"
#define HEAD "unique_id,ds,mean\n"
#define FAMILY "unique_id,parent\nall,\na,all\nb,all\n"

static cstn_reconcile_options plain(void)
{
	cstn_reconcile_options options = CSTN_RECONCILE_OPTIONS_INIT;

	options.threads = 1;
	return options;
}

typedef struct tables {
	const char *node_schema, *nodes, *base_schema, *base;
} tables;

static cstn_status run(const tables *in, const cstn_reconcile_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream nodes, base;
	cstn_status status;

	csv_rows(&nodes, in->node_schema, in->nodes);
	csv_rows(&base, in->base_schema, in->base);
	status = cstn_reconcile(&nodes, &base, options, NULL, out, bad, error);
	ck_assert_ptr_null(nodes.release);
	ck_assert_ptr_null(base.release);
	return status;
}

static void expect(const tables *in, const cstn_reconcile_options *options, const char *expected)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_buffer *buffer;
	cstn_status status = run(in, options, &out, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_str_eq(csv_text(&out, &buffer), expected);
	cstn_buffer_free(buffer);
}

static void refuse(const tables *in, const cstn_reconcile_options *options, cstn_status expected,
		const char *part)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_row_errors *bad = NULL;

	memset(&out, 0, sizeof(out));
	expect_error(run(in, options, &out, &bad, &error), expected, &error, part);
	ck_assert_ptr_null(out.release);
	ck_assert_int_eq(bad != NULL, expected == CSTN_E_ROWS);
	cstn_row_errors_free(bad);
}

/* --- what it says ----------------------------------------------------------------------------- */

START_TEST(what_is_missing_is_shared_by_the_weights)
{
	/* 3 are missing; the total, which stands for two leaves, gives way by half of it */
	const tables in = {NODES, FAMILY, BASE, HEAD "all,1,13\na,1,4\nb,1,6\n"};
	cstn_reconcile_options options = plain();

	expect(&in, &options, HEAD "all,1,11.5\na,1,4.75\nb,1,6.75\n");
}
END_TEST

START_TEST(rows_leave_in_the_order_in_which_they_came)
{
	const tables in = {NODES, FAMILY, BASE,
			HEAD "b,2,1\nall,1,13\nb,1,6\nall,2,2\na,1,4\na,2,1\n"};
	cstn_reconcile_options options = plain();

	expect(&in, &options, HEAD "b,2,1\nall,1,11.5\nb,1,6.75\nall,2,2\na,1,4.75\na,2,1\n");
}
END_TEST

START_TEST(a_certain_total_moves_its_children_alone)
{
	const tables in = {NODES, FAMILY, BASE, HEAD "all,1,13\na,1,4\nb,1,6\n"};
	cstn_reconcile_options options = plain();

	options.method = CSTN_RECONCILE_TOP_DOWN;
	expect(&in, &options, HEAD "all,1,13\na,1,5.5\nb,1,7.5\n");
	options.method = CSTN_RECONCILE_BOTTOM_UP;
	expect(&in, &options, HEAD "all,1,10\na,1,4\nb,1,6\n");
}
END_TEST

START_TEST(given_weights_say_who_gives_way)
{
	/* all moves by 2 of 8, b by 6 of 8: w = 2, 0+, 6 */
	const tables in = {NODES "w double null\n",
			"unique_id,parent,w\nall,,2\na,all,1e-150\nb,all,6\n", BASE,
			HEAD "all,1,18\na,1,4\nb,1,6\n"};
	cstn_reconcile_options options = plain();

	options.weights = CSTN_RECONCILE_GIVEN;
	expect(&in, &options, HEAD "all,1,16\na,1,4\nb,1,12\n");
}
END_TEST

START_TEST(variances_come_from_earlier_forecasts_with_a_y)
{
	/* mean squares: all 2, a 0, which takes the least, b 1; what is missing is 4 */
	const tables in = {NODES, FAMILY, BASE "y double null\n",
			"unique_id,ds,mean,y\nall,1,5,3\nall,2,4,4\na,1,2,2\nb,1,7,8\n"
			"all,3,14,\na,3,4,\nb,3,6,\n"};
	cstn_reconcile_options options = plain();

	options.weights = CSTN_RECONCILE_VARIANCE;
	expect(&in, &options, HEAD "all,3,12\na,3,5\nb,3,7\n");
}
END_TEST

START_TEST(models_cutoffs_and_value_columns_are_each_made_to_add_up)
{
	static const char *const values[] = {"SES", "Theta"};
	const tables in = {NODES, FAMILY,
			"unique_id text\nds date\ncutoff date\nmodel text\nSES double\nTheta "
			"int64\n",
			"unique_id,ds,cutoff,model,SES,Theta\n"
			"all,2024-03-01,2024-02-01,x,13,2\na,2024-03-01,2024-02-01,x,4,1\n"
			"b,2024-03-01,2024-02-01,x,6,1\nall,2024-03-01,2024-01-01,y,3,0\n"
			"a,2024-03-01,2024-01-01,y,0,0\nb,2024-03-01,2024-01-01,y,0,0\n"};
	cstn_reconcile_options options = plain();

	options.values = values;
	options.n_values = 2;
	expect(&in, &options,
			"unique_id,ds,cutoff,model,SES,Theta\n"
			"all,2024-03-01,2024-02-01,x,11.5,2\na,2024-03-01,2024-02-01,x,4.75,1\n"
			"b,2024-03-01,2024-02-01,x,6.75,1\nall,2024-03-01,2024-01-01,y,1.5,0\n"
			"a,2024-03-01,2024-01-01,y,0.75,0\nb,2024-03-01,2024-01-01,y,0.75,0\n");
}
END_TEST

START_TEST(quantiles_move_with_the_mean_of_their_node)
{
	static const char *const quantiles[] = {"q_100000", "q_900000"};
	const tables in = {NODES, FAMILY, BASE "q_100000 double\nq_900000 double\n",
			"unique_id,ds,mean,q_100000,q_900000\nall,1,4,2,9\na,1,5,1,8\nb,1,2,0,4\n"};
	cstn_reconcile_options options = plain();

	options.quantiles = quantiles;
	options.n_quantiles = 2;
	expect(&in, &options,
			"unique_id,ds,mean,q_100000,q_900000\nall,1,5.5,3.5,10.5\n"
			"a,1,4.25,0.25,7.25\nb,1,1.25,-0.75,3.25\n");
	options.flags = CSTN_RECONCILE_NOT_NEGATIVE;
	expect(&in, &options,
			"unique_id,ds,mean,q_100000,q_900000\nall,1,5.5,3.5,10.5\n"
			"a,1,4.25,0.25,7.25\nb,1,1.25,0,3.25\n");
}
END_TEST

START_TEST(parts_stay_and_what_the_value_moved_by_is_one_more)
{
	static const char *const parts[] = {"baseline", "season"};
	static const char *const taken[] = {"baseline", "reconciliation"};
	static const char *const two[] = {"mean", "baseline"};
	const tables in = {NODES, FAMILY, BASE "baseline double\nseason double\n",
			"unique_id,ds,mean,baseline,season\nall,1,4,3,1\na,1,5,7,-2\nb,1,2,2,0\n"};
	cstn_reconcile_options options = plain();

	options.quantiles = parts;
	options.n_quantiles = 2;
	options.flags = CSTN_RECONCILE_EXPLAINED;
	expect(&in, &options,
			"unique_id,ds,mean,baseline,season,reconciliation\n"
			"all,1,5.5,3,1,1.5\na,1,4.25,7,-2,-0.75\nb,1,1.25,2,0,-0.75\n");
	/* it is what the value moved by, whatever moved it */
	options.flags |= CSTN_RECONCILE_INTEGERS;
	expect(&in, &options,
			"unique_id,ds,mean,baseline,season,reconciliation\n"
			"all,1,6,3,1,2\na,1,5,7,-2,0\nb,1,1,2,0,-1\n");
	options.quantiles = taken;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "'reconciliation' is a part already");
	options.n_quantiles = 0;
	expect(&in, &options, "unique_id,ds,mean,reconciliation\nall,1,6,2\na,1,5,0\nb,1,1,-1\n");
	options.values = two;
	options.n_values = 2;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "parts of 2 value columns");
}
END_TEST

START_TEST(a_leaf_below_0_stays_at_0_and_the_others_share_anew)
{
	const tables in = {NODES, FAMILY, BASE, HEAD "all,1,0\na,1,3\nb,1,-6\n"};
	cstn_reconcile_options options = plain();

	options.flags = CSTN_RECONCILE_NOT_NEGATIVE;
	/* a alone: (3 + 0 / 2) / (1 + 1 / 2) */
	expect(&in, &options, HEAD "all,1,2\na,1,2\nb,1,0\n");
}
END_TEST

START_TEST(whole_numbers_go_to_the_largest_remainders_and_ties_by_id)
{
	const tables in = {NODES, "unique_id,parent\nb,t\nc,t\na,t\n", BASE,
			HEAD "t,1,4\nb,1,1.25\nc,1,1.5\na,1,1.25\n"};
	const tables tied = {NODES, "unique_id,parent\nb,t\nc,t\na,t\n", BASE,
			HEAD "t,1,4.5\nb,1,1.5\nc,1,1.5\na,1,1.5\n"};
	cstn_reconcile_options options = plain();

	options.flags = CSTN_RECONCILE_INTEGERS;
	expect(&in, &options, HEAD "t,1,4\nb,1,1\nc,1,2\na,1,1\n");
	expect(&tied, &options, HEAD "t,1,4\nb,1,1\nc,1,1\na,1,2\n");
}
END_TEST

START_TEST(levels_name_nodes_by_their_path)
{
	static const char *const levels[] = {"state", "region"};
	const tables in = {"unique_id text\nstate text\nregion text\n",
			"unique_id,state,region\ns1,V,M\ns2,V,M\ns3,W,P\n", BASE,
			HEAD
			"Total,1,10\nV,1,6\nW,1,4\nV/M,1,6\nW/P,1,4\ns1,1,3\ns2,1,3\ns3,1,4\n"};
	cstn_reconcile_options options = plain();

	options.levels = levels;
	options.n_levels = 2;
	options.total = "Total";
	expect(&in, &options, in.base);
}
END_TEST

START_TEST(crossed_trees_hold_at_once)
{
	const tables in = {NODES "tree text\n",
			"unique_id,parent,tree\nax,a,place\nay,a,place\nbx,b,place\nby,b,place\n"
			"ax,x,kind\nay,y,kind\nbx,x,kind\nby,y,kind\na,t,place\nb,t,place\n"
			"x,t,kind\ny,t,kind\n",
			BASE,
			HEAD "t,1,40\na,1,10\nb,1,10\nx,1,10\ny,1,10\n"
			     "ax,1,5\nay,1,5\nbx,1,5\nby,1,5\n"};
	cstn_reconcile_options options = plain();

	/* all leaves move by d: (20 + 4 d - 40) / 4 of the total, 2 d / 2 of each sum, d itself */
	options.method = CSTN_RECONCILE_LEAST_SQUARES;
	expect(&in, &options,
			HEAD "t,1,25\na,1,12.5\nb,1,12.5\n"
			     "x,1,12.5\ny,1,12.5\n"
			     "ax,1,6.25\nay,1,6.25\n"
			     "bx,1,6.25\nby,1,6.25\n");
}
END_TEST

START_TEST(ids_are_numbers_too_and_the_order_of_nodes_changes_nothing)
{
	const tables in = {"unique_id int64\nparent int64 null\n",
			"unique_id,parent\n7,1\n3,1\n5,3\n4,3\n",
			"unique_id int64\nds int64\nmean double\n",
			"unique_id,ds,mean\n1,1,10.1\n3,1,3.3\n4,1,1.7\n5,1,1.9\n7,1,5.3\n"};
	tables other = in;
	cstn_reconcile_options options = plain();
	struct ArrowArrayStream out;
	cstn_buffer *buffer;

	ck_assert_int_eq(run(&in, &options, &out, NULL, NULL), CSTN_OK);
	other.nodes = "unique_id,parent\n4,3\n1,\n5,3\n3,1\n7,1\n";
	expect(&other, &options, csv_text(&out, &buffer));
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bytes)
{
	char *base = malloc(1 << 16);
	size_t used, t;
	cstn_reconcile_options options = plain();
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	tables in = {NODES, FAMILY, BASE, base};
	static const int32_t threads[] = {2, 3, 8};

	ck_assert_ptr_nonnull(base);
	used = (size_t)snprintf(base, 1 << 16, HEAD);
	for (t = 0; t < 300; t++)
		used += (size_t)snprintf(base + used, (1 << 16) - used,
				"all,%zu,%g\na,%zu,%g\nb,%zu,%g\n", t, 7.3 * (double)t, t,
				1.1 * (double)t, t, 5.7);
	ck_assert_int_eq(run(&in, &options, &out, NULL, NULL), CSTN_OK);
	csv_text(&out, &buffer);
	for (t = 0; t < 3; t++) {
		options.threads = threads[t];
		expect(&in, &options, (const char *)cstn_buffer_data(buffer));
	}
	cstn_buffer_free(buffer);
	free(base);
}
END_TEST

START_TEST(no_forecasts_give_no_rows)
{
	const tables in = {NODES, FAMILY, BASE, HEAD};
	cstn_reconcile_options options = plain();

	expect(&in, &options, HEAD);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

#define ALL HEAD "all,1,3\na,1,1\nb,1,2\n"

static const struct {
	const char *nodes, *base;
	cstn_status status;
	const char *part;
} wrong[] = {
		{"unique_id,parent\n", ALL, CSTN_E_EMPTY, "without nodes"},
		{"unique_id,parent\na,all\na,b\n", ALL, CSTN_E_INVALID_ARGUMENT,
				"node 'a' has two parents in a tree"},
		{"unique_id,parent\na,all\na,all\n", ALL, CSTN_E_INVALID_ARGUMENT,
				"node 'a' is there twice"},
		{"unique_id,parent\nx,\na,b\nb,a\n", ALL, CSTN_E_INVALID_ARGUMENT,
				"is below itself"},
		{"unique_id,parent\na,a\n", ALL, CSTN_E_INVALID_ARGUMENT,
				"node 'a' is below itself"},
		{FAMILY, HEAD "all,1,3\na,1,1\n", CSTN_E_INVALID_ARGUMENT,
				"node 'b' has no forecast for ds 1"},
		{FAMILY, ALL "all,2,1\nb,2,1\n", CSTN_E_INVALID_ARGUMENT,
				"node 'a' has no forecast for ds 2"},
		{FAMILY, ALL "c,1,1\n", CSTN_E_INVALID_ARGUMENT,
				"node 'c' has a forecast and is not in the hierarchy"},
		{FAMILY, ALL "b,1,5\n", CSTN_E_DUPLICATE, "node 'b' has two forecasts for ds 1"},
		{FAMILY, HEAD "all,1,\na,1,1\nb,1,2\n", CSTN_E_ROWS, "a value is required"},
		{FAMILY, HEAD "all,1,1e301\na,1,1\nb,1,2\n", CSTN_E_ROWS, "mean"},
};

START_TEST(what_breaks_a_rule_is_refused_by_name)
{
	const tables in = {NODES, wrong[_i].nodes, BASE, wrong[_i].base};
	cstn_reconcile_options options = plain();

	refuse(&in, &options, wrong[_i].status, wrong[_i].part);
}
END_TEST

START_TEST(weights_at_or_below_0_and_absent_ones_name_the_node)
{
	tables in = {NODES "w double null\n", "unique_id,parent,w\nall,,2\na,all,0\nb,all,6\n",
			BASE, ALL};
	cstn_reconcile_options options = plain();

	options.weights = CSTN_RECONCILE_GIVEN;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "node 'a' has weight 0");
	in.nodes = "unique_id,parent,w\nall,,2\na,all,1\nb,all,-3\n";
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "node 'b' has weight -3");
	in.nodes = "unique_id,parent,w\na,all,1\nb,all,3\n";
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "node 'all' has no weight");
}
END_TEST

START_TEST(a_node_that_was_never_compared_has_no_variance)
{
	const tables in = {NODES, FAMILY, BASE "y double null\n",
			"unique_id,ds,mean,y\nall,1,5,3\na,1,2,2\nall,3,14,\na,3,4,\nb,3,6,\n"};
	cstn_reconcile_options options = plain();

	options.weights = CSTN_RECONCILE_VARIANCE;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "node 'b' has no earlier forecast with a y");
}
END_TEST

START_TEST(trees_that_do_not_stand_for_the_same_leaves_are_refused)
{
	tables in = {NODES "tree text\n",
			"unique_id,parent,tree\na,t,1\nb,t,1\nc,t,1\na,t,2\nb,t,2\n", BASE, ALL};
	cstn_reconcile_options options = plain();

	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT,
			"node 't' stands for other leaves in another tree");
	in.nodes = "unique_id,parent,tree\na,t,1\nb,t,1\nt,x,2\n";
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT,
			"node 't' has children in one tree and none in another");
	in.nodes = "unique_id,parent,tree\na,t,1\nb,t,1\na,x,2\nb,x,2\n";
	in.base = HEAD "t,1,3\nx,1,3\na,1,1\nb,1,2\n";
	options.method = CSTN_RECONCILE_TOP_DOWN;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "top-down with 2 trees");
}
END_TEST

START_TEST(steps_that_run_out_say_the_residual)
{
	const tables in = {NODES "tree text\n",
			"unique_id,parent,tree\nax,a,1\nay,a,1\nbx,b,1\nby,b,1\nax,x,2\nay,y,2\n"
			"bx,x,2\nby,y,2\n",
			BASE,
			HEAD "a,1,17\nb,1,11\nx,1,9\ny,1,30\nax,1,5\nay,1,6\nbx,1,5\nby,1,4\n"};
	cstn_reconcile_options options = plain();

	options.max_steps = 1;
	refuse(&in, &options, CSTN_E_LIMIT, "ds 1: a residual of ");
}
END_TEST

START_TEST(whole_numbers_beyond_a_double_are_refused)
{
	const tables in = {NODES, FAMILY, BASE, HEAD "all,1,2e16\na,1,1e16\nb,1,1e16\n"};
	cstn_reconcile_options options = plain();

	options.flags = CSTN_RECONCILE_INTEGERS;
	refuse(&in, &options, CSTN_E_OVERFLOW, "beyond 2^53");
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
	static const char *const twice[] = {"mean", "mean"};
	const tables in = {NODES, FAMILY, BASE, ALL};
	cstn_reconcile_options options = plain();

	options.method = 3;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "method is 3");
	options = plain();
	options.weights = -1;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "weights is -1");
	options = plain();
	options.values = twice;
	options.n_values = 2;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "'mean' is twice among value columns");
	options.n_values = 65;
	refuse(&in, &options, CSTN_E_LIMIT, "65 names of value columns");
	options.n_values = 2;
	options.values = NULL;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "names of value columns are NULL");
	options = plain();
	options.levels = twice;
	options.n_levels = 17;
	refuse(&in, &options, CSTN_E_LIMIT, "17 names of level columns");
	options = plain();
	options.total = "T";
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "total is 'T'");
	options = plain();
	options.flags = 8;
	refuse(&in, &options, CSTN_E_INVALID_ARGUMENT, "flags");
}
END_TEST

START_TEST(ids_of_two_types_are_refused)
{
	const tables in = {NODES, FAMILY, "unique_id int64\nds int64\nmean double\n",
			"unique_id,ds,mean\n1,1,3\n"};
	cstn_reconcile_options options = plain();

	refuse(&in, &options, CSTN_E_SCHEMA, "column 'unique_id' is int64, of the nodes text");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reconcile");
	TCase *all = tcase_create("all");

	tcase_add_test(all, what_is_missing_is_shared_by_the_weights);
	tcase_add_test(all, rows_leave_in_the_order_in_which_they_came);
	tcase_add_test(all, a_certain_total_moves_its_children_alone);
	tcase_add_test(all, given_weights_say_who_gives_way);
	tcase_add_test(all, variances_come_from_earlier_forecasts_with_a_y);
	tcase_add_test(all, models_cutoffs_and_value_columns_are_each_made_to_add_up);
	tcase_add_test(all, quantiles_move_with_the_mean_of_their_node);
	tcase_add_test(all, parts_stay_and_what_the_value_moved_by_is_one_more);
	tcase_add_test(all, a_leaf_below_0_stays_at_0_and_the_others_share_anew);
	tcase_add_test(all, whole_numbers_go_to_the_largest_remainders_and_ties_by_id);
	tcase_add_test(all, levels_name_nodes_by_their_path);
	tcase_add_test(all, crossed_trees_hold_at_once);
	tcase_add_test(all, ids_are_numbers_too_and_the_order_of_nodes_changes_nothing);
	tcase_add_test(all, any_number_of_threads_gives_the_same_bytes);
	tcase_add_test(all, no_forecasts_give_no_rows);
	tcase_add_loop_test(all, what_breaks_a_rule_is_refused_by_name, 0,
			sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(all, weights_at_or_below_0_and_absent_ones_name_the_node);
	tcase_add_test(all, a_node_that_was_never_compared_has_no_variance);
	tcase_add_test(all, trees_that_do_not_stand_for_the_same_leaves_are_refused);
	tcase_add_test(all, steps_that_run_out_say_the_residual);
	tcase_add_test(all, whole_numbers_beyond_a_double_are_refused);
	tcase_add_test(all, options_out_of_range_are_refused);
	tcase_add_test(all, ids_of_two_types_are_refused);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
