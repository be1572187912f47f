/* Known answers of net promoter scores and loyalty verdicts. */
#include "known_answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/loyalty.h>

/* "30x10 12x9": how often each answer was given. */
static void read_counts(const answer *row, int64_t answers[CSTN_NET_PROMOTER_ANSWERS])
{
	char *text = answer_text(row, "answers"), *at = text;
	int n, value, used;

	while (at && sscanf(at, "%dx%d%n", &n, &value, &used) == 2) {
		ck_assert(value >= 0 && value < CSTN_NET_PROMOTER_ANSWERS);
		answers[value] += n;
		at += used;
	}
	free(text);
}

static void read_file(
		const answer *row, const char *data, int64_t answers[CSTN_NET_PROMOTER_ANSWERS])
{
	char *column = answer_text(row, "column"), schema[128];
	answer_table *table;
	size_t i;

	ck_assert_ptr_nonnull(column);
	snprintf(schema, sizeof(schema), "%.90s double null\n", column);
	table = answer_csv(data, schema, 0);
	for (i = 0; i < table->rows; i++)
		if (!isnan(table->numbers[0][i]))
			answers[(int)table->numbers[0][i]]++;
	answer_table_free(table);
	free(column);
}

static void nps(answer *row)
{
	int64_t answers[CSTN_NET_PROMOTER_ANSWERS] = {0};
	char *data = answer_text(row, "data");
	cstn_rate rate = CSTN_RATE_INIT;
	double variance = 0.0, se = 0.0, interval[2];

	if (data)
		read_file(row, data, answers);
	else
		read_counts(row, answers);
	free(data);
	ck_assert_int_eq(cstn_net_promoter(answers, 0, &rate, &variance, &se, NULL), CSTN_OK);
	interval[0] = rate.low;
	interval[1] = rate.high;
	answer_got_one(row, "nps", rate.value);
	answer_got_one(row, "variance", variance);
	answer_got_one(row, "se", se);
	answer_got_one(row, "n", (double)rate.denominator);
	answer_got(row, "ci95", interval, 2);
}

/* Households with their purchases; "first choice=brand 1" is the choice that counts as ours. */
static void loyal(answer *row)
{
	char *data = answer_text(row, "data"), *ours = answer_text(row, "first choice");
	answer_table *table = answer_csv(data, "hhid int64\nchoice int64\n", 0);
	int64_t *occasions = calloc(table->rows + 1, sizeof(*occasions));
	int64_t *first = calloc(table->rows + 1, sizeof(*first));
	int32_t *verdicts = calloc(table->rows + 1, sizeof(*verdicts));
	double *households = calloc(table->rows + 1, sizeof(*households)), counts[3] = {0};
	size_t n = 0, i, k;
	double brand = 0.0;

	ck_assert(occasions && first && verdicts && households);
	ck_assert_ptr_nonnull(ours);
	ck_assert_int_eq(sscanf(ours, "brand %lf", &brand), 1);
	for (i = 0; i < table->rows; i++) {
		for (k = 0; k < n && households[k] != table->numbers[0][i]; k++)
			;
		if (k == n)
			households[n++] = table->numbers[0][i];
		occasions[k]++;
		first[k] += table->numbers[1][i] == brand;
	}
	ck_assert_int_eq(cstn_loyalty_judge(occasions, first, n,
					 (int64_t)answer_number(row, "min occasions"), verdicts,
					 NULL, NULL, NULL),
			CSTN_OK);
	for (i = 0; i < n; i++)
		counts[verdicts[i]]++;
	answer_got_one(row, "yes", counts[CSTN_LOYALTY_YES]);
	answer_got_one(row, "no", counts[CSTN_LOYALTY_NO]);
	answer_got_one(row, "unknown", counts[CSTN_LOYALTY_UNKNOWN]);
	answer_table_free(table);
	free(data);
	free(ours);
	free(occasions);
	free(first);
	free(verdicts);
	free(households);
}

const answer_model known_answers_customer[] = {{"nps", nps}, {"loyal", loyal}, {NULL, NULL}};
