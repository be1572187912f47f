/* Planning with a partner: sides compared, what both agree on, who was right. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define PLAIN "unique_id text\nds int64\ny double null\na double\nb double\n"
#define HEAD "unique_id,ds,y,a,b"
/* Errors of a: 2, 0, 4, 2; of b: -1, 1, -3, -1. */
#define PAST "i,1,10,12,9\ni,2,10,10,11\ni,3,10,14,7\ni,4,10,12,9\n"

typedef cstn_status plan_call(struct ArrowArrayStream *rows, const cstn_plan_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error);

/* The answer as text; row errors are counted into *bad if that is given. */
static const char *plan(plan_call *call, const char *schema, const char *rows,
		const cstn_plan_options *options, size_t *bad, cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out;
	cstn_row_errors *wrong = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = call(&in, options, NULL, &out, &wrong, &error);
	ck_assert_msg(status == (bad ? CSTN_E_ROWS : CSTN_OK), "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	ck_assert_ptr_null(in.release);
	cstn_error_free(error);
	if (bad)
		*bad = cstn_row_errors_count(wrong);
	cstn_row_errors_free(wrong);
	return csv_text(&out, buffer);
}

static void expect(plan_call *call, const char *schema, const char *rows,
		const cstn_plan_options *options, const char *expected)
{
	cstn_buffer *buffer;

	ck_assert_str_eq(plan(call, schema, rows, options, NULL, &buffer), expected);
	cstn_buffer_free(buffer);
}

/* --- side by side ----------------------------------------------------------------------------- */

#define COMPARED                                                                                   \
	"unique_id,ds,h,a,b,difference,cells,a_bias,b_bias,a_error,b_error,threshold,rule,why,is_" \
	"frozen\n"

START_TEST(sides_stand_beside_their_past_bias_and_error)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	expect(cstn_plan_compare, PLAIN, HEAD "\n" PAST "i,5,,20,15\n", &options,
			COMPARED "i,5,1,20,15,5,4,2,-1,2,1.5,,0,\"\",false\n");
}
END_TEST

START_TEST(too_few_cells_leave_it_to_the_agreement_and_both_its_thresholds)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	options.agreed_ppm = 100000;
	options.agreed_units = 3;
	/* a tenth of the mean: 2.05 and 10.05; so 3 units, then a tenth */
	expect(cstn_plan_compare, PLAIN,
			HEAD "\ni,5,,22,19\ni,6,,22.25,18.75\ni,7,,105,96\n"
			     "i,8,,106,95\n",
			&options,
			COMPARED "i,5,1,22,19,3,0,,,,,3,0,\"\",false\n"
				 "i,6,1,22.25,18.75,3.5,0,,,,,3,2,agreed,false\n"
				 "i,7,1,105,96,9,0,,,,,10.05,0,\"\",false\n"
				 "i,8,1,106,95,11,0,,,,,10.05,2,agreed,false\n");
}
END_TEST

START_TEST(enough_cells_have_their_own_threshold_by_nearest_rank)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	options.cells_least = 4;
	options.flags = CSTN_PLAN_EXCEPTIONS_ONLY;
	options.quantile_ppm = 750000; /* of 3, 1, 7, 3: the third */
	expect(cstn_plan_compare, PLAIN, HEAD "\n" PAST "i,5,,13,10\ni,6,,13.5,10\n", &options,
			COMPARED "i,6,1,13.5,10,3.5,4,2,-1,2,1.5,3,1,learned,false\n");
	options.quantile_ppm = 750001; /* the fourth */
	expect(cstn_plan_compare, PLAIN, HEAD "\n" PAST "i,5,,13,10\ni,6,,13.5,10\n", &options,
			COMPARED);
}
END_TEST

/* n past cells, |a - b| of 1 .. n, and an open one. */
static const char *threshold_of(int n, cstn_buffer **buffer)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	char rows[1024] = HEAD "\n";
	size_t used = strlen(rows);
	int i;

	for (i = 1; i <= n; i++)
		used += (size_t)snprintf(
				rows + used, sizeof(rows) - used, "i,%d,10,%d,10\n", i, 10 + i);
	snprintf(rows + used, sizeof(rows) - used, "i,%d,,10,10\n", i);
	return csv_cell(plan(cstn_plan_compare, PLAIN, rows, &options, NULL, buffer), 1,
			"threshold");
}

START_TEST(twenty_cells_are_enough_and_the_threshold_is_at_nine_of_ten)
{
	cstn_buffer *buffer;

	ck_assert_str_eq(threshold_of(19, &buffer), "");
	cstn_buffer_free(buffer);
	ck_assert_str_eq(threshold_of(20, &buffer), "18");
	cstn_buffer_free(buffer);
	ck_assert_str_eq(threshold_of(21, &buffer), "19");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(intervals_and_events_of_one_side_are_exceptions)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	expect(cstn_plan_compare,
			PLAIN "a_low double null\na_high double null\nb_low double null\n"
			      "b_high double null\na_event int64 null\nb_event int64 null\n",
			HEAD ",a_low,a_high,b_low,b_high,a_event,b_event\n"
			     "i,1,,10,12,8,12,9,11,1,1\ni,2,,10,13,8,12,9,14,0,\n"
			     "i,3,,10,12,8,12,11,14,0,2\ni,4,,10,7,8,12,6,9,,\n",
			&options,
			COMPARED "i,1,1,10,12,-2,0,,,,,,0,\"\",false\n"
				 "i,2,1,10,13,-3,0,,,,,,4,outside_a,false\n"
				 "i,3,1,10,12,-2,0,,,,,,24,outside_b|event,false\n"
				 "i,4,1,10,7,3,0,,,,,,12,outside_a|outside_b,false\n");
}
END_TEST

START_TEST(groups_are_of_pool_and_horizon_week)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = plan(cstn_plan_compare,
			"unique_id text\nds date\ncutoff date\ny double null\na double\nb double\n"
			"pool text null\n",
			"unique_id,ds,cutoff,y,a,b,pool\n"
			"i,2025-01-07,2024-12-31,10,11,10,x\n" /* the seventh day */
			"i,2025-01-08,2024-12-31,10,15,10,x\n" /* the eighth */
			"j,2025-01-05,2024-12-31,10,12,10,\n"
			"i,2025-02-01,2025-01-31,,9,9,x\ni,2025-02-14,2025-01-31,,9,9,x\n"
			"j,2025-02-14,2025-01-31,,9,9,\n",
			&options, NULL, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "a_bias"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "cutoff"), "2025-01-31");
	ck_assert_str_eq(csv_cell(text, 2, "h"), "14");
	ck_assert_str_eq(csv_cell(text, 2, "a_bias"), "5");
	ck_assert_str_eq(csv_cell(text, 2, "pool"), "x");
	ck_assert_str_eq(csv_cell(text, 3, "cells"), "0");
	ck_assert_str_eq(csv_cell(text, 3, "pool"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_week_of_hours_is_168_of_them)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	options.period = CSTN_PERIOD_HOUR;
	text = plan(cstn_plan_compare,
			"unique_id text\nds timestamp\nh int64\ny double null\na double\nb "
			"double\n",
			"unique_id,ds,h,y,a,b\n"
			"i,2025-01-07T00:00:00Z,168,10,11,10\ni,2025-01-07T01:00:00Z,169,10,15,10\n"
			"i,2025-02-01T00:00:00Z,1,,9,9\ni,2025-02-01T01:00:00Z,336,,9,9\n",
			&options, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "a_bias"), "1");
	ck_assert_str_eq(csv_cell(text, 2, "a_bias"), "5");
	cstn_buffer_free(buffer);
}
END_TEST

/* --- what both agree on ----------------------------------------------------------------------- */

START_TEST(weights_and_biases_are_as_worked_out_by_hand)
{
	/* a: bias 2, squares 2; b: bias -1, squares 2; product -2; trust 4 / 24.
	   both weigh 1/2, biases of 1/3 and -1/6 come off: (20 - 1/3 + 15 + 1/6) / 2 */
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = plan(cstn_plan_resolve, PLAIN, HEAD "\n" PAST "i,5,,20,15\n", &options,
			NULL, &buffer);

	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_bias")), 1.0 / 3, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "b_bias")), -1.0 / 6, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "correlation")), -1, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_sd")), sqrt(2), 1e-15);
	ck_assert_str_eq(csv_cell(text, 1, "a_weight"), "0.5");
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "blend")), 17.5 - 1.0 / 12, 1e-14);
	ck_assert_str_eq(csv_cell(text, 1, "consensus"), csv_cell(text, 1, "blend"));
	cstn_buffer_free(buffer);
	/* a errs by -2 and 2, b by -1 and 1, alike: all on b, but for trust 2 / 22 */
	text = plan(cstn_plan_resolve, PLAIN, HEAD "\ni,1,10,8,9\ni,2,10,12,11\ni,3,,20,10\n",
			&options, NULL, &buffer);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_weight")), 0.5 - 0.5 / 11, 1e-15);
	ck_assert_double_eq_tol(
			atof(csv_cell(text, 1, "blend")), 10 + 10 * (0.5 - 0.5 / 11), 1e-13);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(biases_taken_off_leave_nothing_below_0_where_no_side_was_below_it)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = plan(cstn_plan_resolve, PLAIN,
			HEAD "\ni,1,10,30,30\ni,2,10,30,30\ni,3,,0,0\ni,4,,-1,0\n", &options, NULL,
			&buffer);

	ck_assert_str_eq(csv_cell(text, 1, "blend"), "0");
	ck_assert_str_eq(csv_cell(text, 1, "consensus"), "0");
	ck_assert_double_lt(atof(csv_cell(text, 2, "blend")), -1);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(without_a_past_the_consensus_is_the_mean)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	expect(cstn_plan_resolve, PLAIN, HEAD "\ni,5,,20,15\n", &options,
			"unique_id,ds,h,a,b,cells,a_bias,b_bias,a_sd,b_sd,correlation,a_weight,"
			"blend,override,reason,consensus\n"
			"i,5,1,20,15,0,0,0,,,,0.5,17.5,,,17.5\n");
}
END_TEST

START_TEST(swapping_the_sides_changes_no_bit_of_the_consensus)
{
	char one[8192] = HEAD ",pool\n", other[8192] = HEAD ",pool\n";
	size_t used = strlen(one), i;
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *first, *second;
	const char *text, *swapped;
	int row;

	for (i = 0; i < 120; i++) {
		double y = floor(100 * cstn__random_unit(1, i));
		double a = y + 20 * cstn__random_unit(2, i),
		       b = 1.5 * a - 30 * cstn__random_unit(3, i);
		char said[32] = "";

		if (i % 6)
			snprintf(said, sizeof(said), "%g", y);
		snprintf(one + used, sizeof(one) - used, "i%zu,%zu,%s,%08.3f,%08.3f,p%zu\n", i % 4,
				i, said, a, b, i % 4);
		used += (size_t)snprintf(other + used, sizeof(other) - used,
				"i%zu,%zu,%s,%08.3f,%08.3f,p%zu\n", i % 4, i, said, b, a, i % 4);
	}
	text = plan(cstn_plan_resolve, PLAIN "pool text\n", one, &options, NULL, &first);
	swapped = plan(cstn_plan_resolve, PLAIN "pool text\n", other, &options, NULL, &second);
	for (row = 1; row <= 20; row++) {
		ck_assert_str_ne(csv_cell(text, row, "blend"), "");
		ck_assert_str_eq(csv_cell(text, row, "blend"), csv_cell(swapped, row, "blend"));
		ck_assert_str_eq(csv_cell(text, row, "a_sd"), csv_cell(swapped, row, "b_sd"));
		ck_assert_str_eq(csv_cell(text, row, "correlation"),
				csv_cell(swapped, row, "correlation"));
	}
	cstn_buffer_free(first);
	cstn_buffer_free(second);
}
END_TEST

START_TEST(an_override_needs_a_reason_and_one_that_is_allowed)
{
	static const int64_t allowed[] = {3, 7};
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	size_t bad;
	const char *text;
	const char *rows = HEAD ",override,reason\ni,5,,20,15,16,7\nj,5,,20,15,16,\n"
				"k,5,,20,15,16,4\nl,5,,20,15,,\n"
				"m,5,,20,15,16,9223372036854775807\n";
	const char *schema = PLAIN "override double null\nreason int64 null\n";

	options.reasons = allowed;
	options.n_reasons = 2;
	text = plan(cstn_plan_resolve, schema, rows, &options, &bad, &buffer);
	ck_assert_uint_eq(bad, 3);
	ck_assert_str_eq(csv_cell(text, 1, "consensus"), "16");
	ck_assert_str_eq(csv_cell(text, 1, "reason"), "7");
	ck_assert_str_eq(csv_cell(text, 1, "blend"), "17.5");
	ck_assert_str_eq(csv_cell(text, 2, "unique_id"), "l");
	ck_assert_str_eq(csv_cell(text, 3, "unique_id"), "");
	cstn_buffer_free(buffer);
	options.n_reasons = 0;
	(void)plan(cstn_plan_resolve, schema, rows, &options, &bad, &buffer);
	ck_assert_uint_eq(bad, 2); /* none, and beyond 2^53 */
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(nothing_is_resolved_within_the_freeze)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	size_t bad;
	const char *text;
	const char *rows = HEAD ",h\ni,5,,20,15,2\ni,6,,20,15,3\ni,7,,20,15,0\n";

	options.freeze = 2;
	text = plan(cstn_plan_resolve, PLAIN "h int64\n", rows, &options, &bad, &buffer);
	ck_assert_uint_eq(bad, 2); /* frozen, and no horizon */
	ck_assert_str_eq(csv_cell(text, 1, "h"), "3");
	ck_assert_str_eq(csv_cell(text, 2, "h"), "");
	cstn_buffer_free(buffer);
	text = plan(cstn_plan_compare, PLAIN "h int64\n", HEAD ",h\ni,5,,20,15,2\ni,6,,20,15,3\n",
			&options, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "is_frozen"), "true");
	ck_assert_str_eq(csv_cell(text, 2, "is_frozen"), "false");
	cstn_buffer_free(buffer);
}
END_TEST

/* --- who was right ---------------------------------------------------------------------------- */

START_TEST(the_smaller_error_wins_but_for_a_draw)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	/* differences of errors: 1 (draw by units), 1.5, -3, 5 of 100 (draw by share), 6 of 100 */
	const char *text = plan(cstn_plan_ledger, PLAIN,
			HEAD "\ni,1,10,11,12\ni,2,10,11,12.5\ni,3,10,14,9\ni,4,100,100,105\n"
			     "i,5,100,100,94\ni,6,,1,2\n",
			&options, NULL, &buffer);
	double low, high;

	ck_assert_str_eq(csv_cell(text, 1, "cells"), "5");
	ck_assert_str_eq(csv_cell(text, 1, "a_wins"), "2");
	ck_assert_str_eq(csv_cell(text, 1, "b_wins"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "draws"), "2");
	cstn__wilson(2.0 / 3, 3, cstn__z_of_confidence(950000), &low, &high);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_share_low")), low, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_share_high")), high, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "a_loss")), 6.0 / 5, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "b_loss")), 16.5 / 5, 1e-15);
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "gain")), 2.1, 1e-15);
	/* gains 1, 1.5, -3, 5, 6: squares around 2.1 are 51.2 */
	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "gain_high")),
			2.1 + cstn__z_of_confidence(950000) * sqrt(51.2 / 4 / 5), 1e-12);
	ck_assert_str_eq(csv_cell(text, 1, "a_cost_minor"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(what_was_agreed_on_is_scored_against_both_and_costs_are_money)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = plan(cstn_plan_ledger,
			PLAIN "consensus double null\nunder_minor double\nover_minor int64\n",
			HEAD ",consensus,under_minor,over_minor\n"
			     "i,1,10,14,7,11,250.25,100\ni,2,10,8,16,,250.25,100\n",
			&options, NULL, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "consensus_cells"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "consensus_loss"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "beats_a"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "beats_b"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "a_cost_minor"), "900"); /* 400 + 500.5, half even */
	ck_assert_str_eq(csv_cell(text, 1, "b_cost_minor"), "1351");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(what_was_agreed_on_may_beat_one_side_alone)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = plan(cstn_plan_ledger, PLAIN "consensus double null\n",
			HEAD ",consensus\ni,1,10,14,10,11\ni,2,10,6,10,11\ni,3,10,10,14,9\n",
			&options, NULL, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "beats_a"), "2");
	ck_assert_str_eq(csv_cell(text, 1, "beats_b"), "1");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(the_ledger_is_split_by_what_was_asked_for)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	options.by = CSTN_PLAN_BY_HORIZON | CSTN_PLAN_BY_POOL | CSTN_PLAN_BY_EXCEPTION;
	text = plan(cstn_plan_ledger, PLAIN "h int64\npool text\nexception int64\n",
			HEAD ",h,pool,exception\ni,1,10,11,19,2,z,0\nj,2,10,11,19,1,y,1\n"
			     "i,3,10,11,19,1,z,1\ni,4,10,11,19,1,z,0\n",
			&options, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "horizon"), "");
	ck_assert_str_eq(csv_cell(text, 1, "cells"), "4");
	ck_assert_str_eq(csv_cell(text, 2, "pool"), "y");
	ck_assert_str_eq(csv_cell(text, 2, "exception"), "true");
	ck_assert_str_eq(csv_cell(text, 3, "pool"), "z");
	ck_assert_str_eq(csv_cell(text, 3, "exception"), "false");
	ck_assert_str_eq(csv_cell(text, 4, "exception"), "true");
	ck_assert_str_eq(csv_cell(text, 5, "horizon"), "2");
	ck_assert_str_eq(csv_cell(text, 5, "cells"), "1");
	ck_assert_str_eq(csv_cell(text, 6, "cells"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_ledger_of_nothing_counts_nothing_and_says_no_means)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;

	expect(cstn_plan_ledger, PLAIN, HEAD "\n", &options,
			"horizon,pool,exception,cells,a_wins,b_wins,draws,a_share,a_share_low,"
			"a_share_high,a_loss,b_loss,a_bias,b_bias,gain,gain_low,gain_high,"
			"consensus_cells,consensus_loss,beats_a,beats_b,a_cost_minor,b_cost_minor\n"
			",,,0,0,0,0,,,,,,,,,,,0,,0,0,,\n");
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

START_TEST(options_out_of_range_are_refused)
{
	static const int64_t none[] = {0};
	struct {
		size_t offset;
		int32_t value;
		const char *part;
	} wrong[] = {
			{offsetof(cstn_plan_options, by), 8, "by is 8"},
			{offsetof(cstn_plan_options, period), 9, "period is 9"},
			{offsetof(cstn_plan_options, freeze), -1, "freeze is -1"},
			{offsetof(cstn_plan_options, quantile_ppm), 1000001, "quantile_ppm is"},
			{offsetof(cstn_plan_options, confidence_ppm), 1000000, "confidence_ppm is"},
			{offsetof(cstn_plan_options, draw_ppm), -1, "draw_ppm is -1"},
			{offsetof(cstn_plan_options, flags), 2, "flags"},
	};
	size_t i;

	for (i = 0; i <= sizeof(wrong) / sizeof(wrong[0]); i++) {
		cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
		struct ArrowArrayStream in, out;
		cstn_error *error = NULL;

		csv_rows(&in, PLAIN, HEAD "\ni,1,,1,1\n");
		memset(&out, 0, sizeof(out));
		if (i < sizeof(wrong) / sizeof(wrong[0]))
			memcpy((char *)&options + wrong[i].offset, &wrong[i].value,
					sizeof(int32_t));
		options.reasons = none;
		options.n_reasons = i == sizeof(wrong) / sizeof(wrong[0]);
		expect_error(cstn_plan_compare(&in, &options, NULL, &out, NULL, &error),
				CSTN_E_INVALID_ARGUMENT, &error,
				options.n_reasons ? "reasons[0] is 0" : wrong[i].part);
		ck_assert_ptr_null(out.release);
	}
}
END_TEST

START_TEST(an_item_with_a_bad_row_is_left_out_alone)
{
	cstn_plan_options options = CSTN_PLAN_OPTIONS_INIT;
	cstn_buffer *buffer;
	size_t bad;
	const char *text = plan(cstn_plan_compare,
			"unique_id text\nds int64\ny double null\na double null\nb double\n",
			HEAD "\ni,1,,,1\nj,1,,2,1\nj,2,,2,1\nk,1,,2,1\nk,1,,2,1\n", &options, &bad,
			&buffer);

	ck_assert_uint_eq(bad, 2);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "j");
	ck_assert_str_eq(csv_cell(text, 3, "unique_id"), "");
	cstn_buffer_free(buffer);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sides_stand_beside_their_past_bias_and_error,
			too_few_cells_leave_it_to_the_agreement_and_both_its_thresholds,
			enough_cells_have_their_own_threshold_by_nearest_rank,
			twenty_cells_are_enough_and_the_threshold_is_at_nine_of_ten,
			intervals_and_events_of_one_side_are_exceptions,
			groups_are_of_pool_and_horizon_week, a_week_of_hours_is_168_of_them,
			weights_and_biases_are_as_worked_out_by_hand,
			biases_taken_off_leave_nothing_below_0_where_no_side_was_below_it,
			without_a_past_the_consensus_is_the_mean,
			swapping_the_sides_changes_no_bit_of_the_consensus,
			an_override_needs_a_reason_and_one_that_is_allowed,
			nothing_is_resolved_within_the_freeze,
			the_smaller_error_wins_but_for_a_draw,
			what_was_agreed_on_is_scored_against_both_and_costs_are_money,
			what_was_agreed_on_may_beat_one_side_alone,
			the_ledger_is_split_by_what_was_asked_for,
			a_ledger_of_nothing_counts_nothing_and_says_no_means,
			options_out_of_range_are_refused, an_item_with_a_bad_row_is_left_out_alone};

	return run_tests("plan_cells", tests, sizeof(tests) / sizeof(tests[0]));
}
