/* What decides on a customer: prices, statements, acts, occasions and regularity, both sides of
 * every boundary. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"
#include "loyalty_fixture.h"
#include "suite.h"

#define THEN "a,2023-06-01,x,1000,100000\na,2023-06-01,y,1000,100000\na,2023-06-01,z,1000,100000\n"

static const char *pays_of(const char *evidence, const char *now)
{
	char rows[1000];

	snprintf(rows, sizeof(rows), THEN "%s", now);
	return loyalty_cell(loyalty_state(evidence, rows, NULL), "a", "pays");
}

static const char *part_of(const char *evidence, const char *part)
{
	return loyalty_cell(loyalty_state(evidence, NULL, NULL), "a", part);
}

#define MET "a,2024-06-01,x,900,89550\na,2024-06-01,y,900,89550\n"

START_TEST(prices_that_were_met_are_a_yes_down_to_half_a_percent_less)
{
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,z,900,89550\n"), "yes");
	/* P below 0.995: no rise was met, and nothing is said */
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,z,900,89549\n"), "unknown");
}
END_TEST

START_TEST(a_tenth_less_bought_at_prices_that_were_met_is_a_yes_and_more_is_a_no)
{
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,z,899,89451\n"), "no");
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,z,901,89650\n"), "yes");
}
END_TEST

START_TEST(two_items_in_both_windows_are_too_few)
{
	ck_assert_str_eq(pays_of(NULL, MET), "unknown");
	/* a third one that came back is none */
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,z,9,900\na,2024-07-01,z,-9,-900\n"),
			"unknown");
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-06-01,w,900,90000\n"), "unknown");
}
END_TEST

START_TEST(windows_end_at_the_instant_and_begin_after_it)
{
	/* the split is 2024-01-01, the earlier window begins after 2023-01-01 */
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-01-02,z,900,90000\n"), "yes");
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-01-01,z,900,90000\n"), "unknown");
	ck_assert_str_eq(pays_of(NULL, MET "a,2024-12-31,z,900,90000\n"), "yes");
	ck_assert_str_eq(pays_of(NULL, MET "a,2025-01-01,z,900,90000\n"), "unknown");
}
END_TEST

START_TEST(the_split_may_be_the_day_of_a_price_rise)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31"), split;
	cstn_loyalty *state = loyalty_state(NULL,
			"a,2024-05-31,x,1,100\na,2024-06-01,x,1,110\n"
			"a,2024-06-15,x,1,120\na,2024-07-02,x,9,999\n",
			NULL);
	cstn_loyalty_verdicts *verdicts;
	cstn_buffer *held;
	const char *text;

	split = loyalty_options("2024-06-01");
	options.price_split_us = split.as_of_us;
	options.price_window_days = 31;
	options.min_items = 1;
	verdicts = loyalty_verdicts(state, &options);
	text = loyalty_table(verdicts, CSTN_TABLE_LOYALTY_CUSTOMERS, &held);
	/* 105 before, in two; 1119 / 10 after */
	ck_assert_str_eq(csv_cell(text, 1, "items"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "quantity_index"), "5");
	ck_assert_str_eq(csv_cell(text, 1, "pays_at"), "2024-07-02T00:00:00Z");
	cstn_buffer_free(held);
	cstn_loyalty_verdicts_free(verdicts);
}
END_TEST

START_TEST(a_refused_increase_beats_prices_and_prices_beat_what_was_said)
{
	const char *bought = MET "a,2024-06-01,z,900,90000\n";

	ck_assert_str_eq(pays_of("a,2024-03-01,PRICE_INCREASE_REFUSED,,,,,,,\n", bought), "no");
	ck_assert_str_eq(pays_of("a,2024-03-01,PAYS_STATED,0,,,,,,\n", bought), "yes");
	ck_assert_str_eq(pays_of("a,2024-03-01,PAYS_STATED,0,,,,,,\n", MET), "no");
	ck_assert_str_eq(pays_of("a,2024-03-01,PAYS_STATED,1,,,,,,\n", MET), "yes");
	/* the latest, and of two at one instant the no */
	ck_assert_str_eq(
			pays_of("a,2024-03-02,PAYS_STATED,1,,,,,,\na,2024-03-01,PAYS_STATED,0,,,,,,"
				"\n",
					MET),
			"yes");
	ck_assert_str_eq(
			pays_of("a,2024-03-01,PAYS_STATED,1,,,,,,\na,2024-03-01,PAYS_STATED,0,,,,,,"
				"\n",
					MET),
			"no");
}
END_TEST

START_TEST(evidence_expires_after_365_days_or_when_it_says)
{
	ck_assert_str_eq(part_of("a,2024-01-02,PAYS_STATED,1,,,,,,\n", "pays"), "yes");
	ck_assert_str_eq(part_of("a,2024-01-01,PAYS_STATED,1,,,,,,\n", "pays"), "unknown");
	ck_assert_str_eq(part_of("a,2024-01-02,REFERRAL,,,,,,,\n", "tells"), "yes");
	ck_assert_str_eq(part_of("a,2024-01-01,REFERRAL,,,,,,,\n", "tells"), "unknown");
	ck_assert_str_eq(part_of("a,2020-01-01,REFERRAL,,,,,,,2025-01-01\n", "tells"), "yes");
	ck_assert_str_eq(part_of("a,2020-01-01,REFERRAL,,,,,,,2024-12-31\n", "tells"), "unknown");
	/* what is not there yet */
	ck_assert_str_eq(part_of("a,2025-01-01,REFERRAL,,,,,,,\n", "tells"), "unknown");
}
END_TEST

START_TEST(public_reviews_tell_from_four_fifths_on_and_up_to_two_fifths)
{
	static const struct {
		const char *review, *tells;
	} cases[] = {{"4,,,1", "yes"}, {"3,,,1", "unknown"}, {"2,,,1", "no"}, {"5,,,0", "unknown"},
			{"5,,,", "unknown"}, {"4,1,5,1", "yes"}, {"2,1,5,1", "no"},
			{"8,0,10,1", "yes"}, {"7,0,10,1", "unknown"}, {"4,0,10,1", "no"},
			{"5,0,10,1", "unknown"}, {"3,-5,5,1", "yes"}, {"2,-5,5,1", "unknown"},
			{"-1,-5,5,1", "no"}, {"0,-5,5,1", "unknown"}};
	char row[100];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(row, sizeof(row), "a,2024-03-01,REVIEW,%s,,,\n", cases[i].review);
		ck_assert_msg(strcmp(part_of(row, "tells"), cases[i].tells) == 0, "%s", row);
	}
}
END_TEST

START_TEST(acts_tell_the_latest_first_and_a_refusal_of_all_outreach_is_a_no)
{
	ck_assert_str_eq(part_of("a,2024-03-01,REFERENCE,,,,,,,\n", "tells"), "yes");
	ck_assert_str_eq(part_of("a,2024-03-01,RECOMMENDATION,1,,,,,,\n", "tells"), "yes");
	ck_assert_str_eq(part_of("a,2024-03-01,RECOMMENDATION,,,,,,,\n"
				 "a,2024-03-01,PAYS_STATED,1,,,,,,\n",
					 "tells"),
			"unknown");
	ck_assert_str_eq(part_of("a,2024-03-01,REFERRAL,,,,,,,\na,2024-03-02,REVIEW,1,,,1,,,\n",
					 "tells"),
			"no");
	ck_assert_str_eq(part_of("a,2024-03-02,REFERRAL,,,,,,,\na,2024-03-01,REVIEW,1,,,1,,,\n",
					 "tells"),
			"yes");
	ck_assert_str_eq(part_of("a,2024-03-01,REFERRAL,,,,,,,\na,2024-03-01,REVIEW,1,,,1,,,\n",
					 "tells"),
			"no");
	ck_assert_str_eq(part_of("a,2024-03-01,OUTREACH,0,,,,,,\n", "tells"), "no");
	ck_assert_str_eq(part_of("a,2024-03-01,OUTREACH,0,,,,,,\na,2024-02-01,OUTREACH,1,,,,,,\n",
					 "tells"),
			"unknown");
	ck_assert_str_eq(part_of("a,2024-03-02,OUTREACH,0,,,,,,\na,2024-03-01,REFERRAL,,,,,,,\n",
					 "tells"),
			"yes");
}
END_TEST

START_TEST(an_answer_of_nine_is_an_intention_and_no_act)
{
	ck_assert_str_eq(part_of("a,2024-03-01,NPS_ANSWER,9,,,,,,\n", "tells"), "unknown");
	ck_assert_str_eq(part_of("a,2024-03-01,NPS_ANSWER,9,,,,,,\n", "intends"), "yes");
	ck_assert_str_eq(part_of("a,2024-03-01,NPS_ANSWER,8,,,,,,\n", "intends"), "no");
	ck_assert_str_eq(part_of("a,2024-03-01,NPS_ANSWER,10,,,,,,\na,2024-03-02,NPS_ANSWER,3,,,,,,"
				 "\n",
					 "intends"),
			"no");
	ck_assert_str_eq(part_of("a,2024-03-01,REFERRAL,,,,,,,\n", "intends"), "unknown");
}
END_TEST

START_TEST(three_occasions_that_all_came_first_are_loyal)
{
	ck_assert_str_eq(part_of("a,2020-01-01,QUOTE_REQUEST,,,,,3,3,\n", "loyal"), "yes");
	ck_assert_str_eq(part_of("a,2020-01-01,QUOTE_REQUEST,,,,,2,2,\n", "loyal"), "unknown");
	ck_assert_str_eq(part_of("a,2020-01-01,QUOTE_REQUEST,,,,,2,1,\n", "loyal"), "no");
	ck_assert_str_eq(part_of("a,2024-01-01,FIRST_CHOICE,,,,,,,\na,2024-01-02,FIRST_CHOICE,,,,,,"
				 ",\na,2024-01-03,QUOTE_REQUEST,1,,,,,,\n",
					 "loyal"),
			"yes");
	ck_assert_str_eq(part_of("a,2024-01-01,FIRST_CHOICE,,,,,,,\na,2024-01-02,NOT_FIRST_CHOICE,,"
				 ",,,,,\n",
					 "loyal"),
			"no");
	ck_assert_str_eq(part_of("a,2024-01-01,ORDER,,,,,,,\n", "loyal"), "unknown");
}
END_TEST

START_TEST(the_strongest_source_that_decides_is_the_one_that_counts)
{
	const char *weak = "a,2024-01-01,QUOTE_REQUEST,,,,,2,2,\n"
			   "a,2024-01-01,UNCOMPARED_ORDER,,,,,9,8,\na,2024-01-01,PANEL,,,,,9,9,\n";
	const char *strong = "a,2024-01-01,QUOTE_REQUEST,,,,,3,3,\n"
			     "a,2024-01-01,WALLET_SHARE,,,,,9,1,\n";

	ck_assert_str_eq(part_of(weak, "loyal"), "no");
	ck_assert_str_eq(part_of(weak, "loyal_source"), "UNCOMPARED_ORDER");
	ck_assert_str_eq(part_of(strong, "loyal"), "yes");
	/* (3 + 1) / (3 + 2), 1 - 0.95^4 */
	ck_assert_str_eq(part_of(strong, "share_mean"), "0.8");
	ck_assert_int_eq(strncmp(part_of(strong, "share_high"), "0.18549375", 10), 0);
}
END_TEST

START_TEST(regular_cycles_without_a_gap_of_two_are_habitual_and_not_loyal)
{
	const char *four = "a,2024-09-01,x,1,1\na,2024-10-01,x,1,1\na,2024-10-31,x,1,1\n"
			   "a,2024-11-30,x,1,1\n";
	const char *three = "a,2024-10-01,x,1,1\na,2024-10-31,x,1,1\na,2024-11-30,x,1,1\n";
	const char *silent = "a,2024-08-02,x,1,1\na,2024-09-02,x,1,1\na,2024-10-02,x,1,1\n"
			     "a,2024-11-01,x,1,1\n";
	const char *missed = "a,2024-08-03,x,1,1\na,2024-09-02,x,1,1\na,2024-10-02,x,1,1\n"
			     "a,2024-12-01,x,1,1\n";
	const char *wild = "a,2024-10-01,x,1,1\na,2024-10-02,x,1,1\na,2024-10-30,x,1,1\n"
			   "a,2024-11-25,x,1,1\n";

	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, four, NULL), "a", "habitual"), "yes");
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, four, NULL), "a", "loyal"), "unknown");
	ck_assert_str_eq(
			loyalty_cell(loyalty_state(NULL, three, NULL), "a", "habitual"), "unknown");
	/* gaps 31, 30, 30: the silence is 60 days, twice the median */
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, silent, NULL), "a", "habitual"), "no");
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, missed, NULL), "a", "habitual"), "no");
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, wild, NULL), "a", "habitual"), "no");
}
END_TEST

START_TEST(happy_pays_and_tells)
{
	const char *yes = "a,2024-03-01,PAYS_STATED,1,,,,,,\na,2024-03-01,REFERRAL,,,,,,,\n";
	const char *no = "a,2024-03-01,PAYS_STATED,0,,,,,,\n";

	ck_assert_str_eq(part_of(yes, "happy"), "yes");
	ck_assert_str_eq(part_of(no, "happy"), "no");
	ck_assert_str_eq(part_of("a,2024-03-01,PAYS_STATED,1,,,,,,\n", "happy"), "unknown");
}
END_TEST

START_TEST(explaining_names_source_day_and_numbers)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");
	cstn_loyalty_verdicts *verdicts = loyalty_verdicts(
			loyalty_state("a,2024-03-01,REVIEW,1,,,1,,,\na,2024-04-01,NPS_ANSWER,9,,,,,"
				      ",\n"
				      "a,2024-05-01,QUOTE_REQUEST,,,,,5,4,\n",
					THEN MET "a,2024-07-01,z,900,90000\n", NULL),
			&options);
	cstn_buffer *words = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_verdict_explain(verdicts, "a", 1, &words, NULL), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(words),
			"customer a on 2024-12-31\n"
			"happy: no\n"
			"  pays: yes by PRICES of 2024-07-01, which counts until 2025-07-01; 3 "
			"items "
			"bought in both windows, prices 99.7 % and quantities 90.0 % of before\n"
			"  tells: no by REVIEW 1 of 5 of 2024-03-01, which counts until "
			"2025-03-01; answered 9 on 2024-04-01, an intention, which is no act\n"
			"loyal: no: 4 of 5 occasions came to us first; the last that did not by "
			"QUOTE_REQUEST of 2024-05-01; posterior mean of the share 0.714, 0.95 or "
			"more with probability 0.033\n"
			"habitual: unknown: 2 purchase days in the window, too few to tell\n");
	cstn_buffer_free(words);
	words = NULL;
	expect_error(cstn_verdict_explain(verdicts, "b", 1, &words, &error), CSTN_E_NOT_FOUND,
			&error, "'b'");
	ck_assert_ptr_null(words);
	cstn_loyalty_verdicts_free(verdicts);
}
END_TEST

/* The words on customer "a", whom those rows are about. */
static void expect_words(const char *evidence, const char *purchases, const char *expected)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");
	cstn_loyalty_verdicts *verdicts =
			loyalty_verdicts(loyalty_state(evidence, purchases, NULL), &options);
	cstn_buffer *words = NULL;

	ck_assert_int_eq(cstn_verdict_explain(verdicts, "a", 1, &words, NULL), CSTN_OK);
	ck_assert_msg(strstr((const char *)cstn_buffer_data(words), expected), "%s",
			(const char *)cstn_buffer_data(words));
	cstn_buffer_free(words);
	cstn_loyalty_verdicts_free(verdicts);
}

START_TEST(explaining_counts_one_in_the_singular)
{
	expect_words(NULL, "a,2024-10-01,x,1,1\n",
			": 1 purchase day in the window, too few to tell\n");
	expect_words(NULL, "a,2024-10-01,x,1,1\na,2024-10-09,x,1,1\n", ": 2 purchase days in");
	expect_words("a,2024-05-01,QUOTE_REQUEST,,,,,1,1,\n", NULL,
			": 1 of 1 occasion came to us first, too few to tell; the last by ");
	expect_words("a,2024-05-01,QUOTE_REQUEST,,,,,2,2,\n", NULL, ": 2 of 2 occasions came");
	expect_words("a,2024-05-01,QUOTE_REQUEST,,,,,2,2,\n", NULL, "; 0 items bought in both");
}
END_TEST

int main(void)
{
	const TTest *tests[] = {prices_that_were_met_are_a_yes_down_to_half_a_percent_less,
			a_tenth_less_bought_at_prices_that_were_met_is_a_yes_and_more_is_a_no,
			two_items_in_both_windows_are_too_few,
			windows_end_at_the_instant_and_begin_after_it,
			the_split_may_be_the_day_of_a_price_rise,
			a_refused_increase_beats_prices_and_prices_beat_what_was_said,
			evidence_expires_after_365_days_or_when_it_says,
			public_reviews_tell_from_four_fifths_on_and_up_to_two_fifths,
			acts_tell_the_latest_first_and_a_refusal_of_all_outreach_is_a_no,
			an_answer_of_nine_is_an_intention_and_no_act,
			three_occasions_that_all_came_first_are_loyal,
			the_strongest_source_that_decides_is_the_one_that_counts,
			regular_cycles_without_a_gap_of_two_are_habitual_and_not_loyal,
			happy_pays_and_tells, explaining_names_source_day_and_numbers,
			explaining_counts_one_in_the_singular};

	return run_tests("loyalty_verdicts", tests, sizeof(tests) / sizeof(*tests));
}
