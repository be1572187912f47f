/* Every row of data/customer_known_answers.csv against the library. Rows of models that nobody
 * handles are told and counted, rows marked optional may miss. Without the folder of shared data
 * nothing is checked. */
#include "known_answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "shared_data.h"

/* One line a handler file. */
static const answer_model *const areas[] = {
		known_answers_value,
		known_answers_customer,
		known_answers_kmeans,
		known_answers_retention,
		known_answers_rfm,
};

/* --- small texts --- */

/* The value of `key=` in "a=1; b=2 3; words", without the blanks around it. */
static const char *find_value(const char *pairs, const char *key, size_t *len)
{
	size_t key_len = strlen(key);
	const char *at = pairs;

	while (at && *at) {
		const char *end = strchr(at, ';');

		while (*at == ' ')
			at++;
		if (strncmp(at, key, key_len) == 0 && at[key_len] == '=') {
			at += key_len + 1;
			*len = end ? (size_t)(end - at) : strlen(at);
			while (*len && at[*len - 1] == ' ')
				(*len)--;
			return at;
		}
		at = end ? end + 1 : NULL;
	}
	return NULL;
}

char *answer_text(const answer *row, const char *key)
{
	size_t len;
	const char *at = find_value(row->inputs, key, &len);

	return at ? answer_copy(at, len) : NULL;
}

int answer_has(const answer *row, const char *key)
{
	size_t len;

	return find_value(row->inputs, key, &len) != NULL;
}

char *answer_expected(const answer *row, const char *name)
{
	size_t len;
	const char *at = find_value(row->expected, name, &len);

	return at ? answer_copy(at, len) : NULL;
}

size_t answer_list(const answer *row, const char *key, double *out, size_t max)
{
	char *text = answer_text(row, key);
	size_t n = text ? answer_numbers(text, out, max) : 0;

	free(text);
	return n;
}

double answer_number(const answer *row, const char *key)
{
	double value = 0.0;

	ck_assert_msg(answer_list(row, key, &value, 1) == 1, "%s: no number '%s' in '%s'", row->id,
			key, row->inputs);
	return value;
}

int answer_asks(const answer *row, const char *name)
{
	char *asked = answer_text(row, "quantity");
	const char *at = asked;
	size_t len = strlen(name);
	int found = 0;

	while (at && *at && !found) {
		size_t word = strcspn(at, " ");

		found = word == len && strncmp(at, name, len) == 0;
		at += word + (at[word] == ' ');
	}
	free(asked);
	return found;
}

/* --- tolerances --- */

typedef struct tolerance {
	int kind; /* 'e' exact, 'a' abs, 'r' rel */
	int one_sided;
	double value;
} tolerance;

static tolerance parse_tolerance(const char *text, size_t len)
{
	tolerance out = {'e', 0, 0.0};
	char *words = answer_copy(text, len), *at = words;

	if (strncmp(at, "at least", 8) == 0) {
		out.one_sided = 1;
		at += 8 + (at[8] == ' ');
	}
	if (strncmp(at, "abs ", 4) == 0 || strncmp(at, "rel ", 4) == 0) {
		out.kind = at[0];
		ck_assert_uint_eq(answer_numbers(at + 4, &out.value, 1), 1);
	}
	free(words);
	return out;
}

/* "abs 0.005; beta abs 0.02": what follows a semicolon is for one name. */
static tolerance tolerance_of(const answer *row, const char *name)
{
	const char *at = row->tolerance;
	size_t first = strcspn(at, ";"), len = strlen(name);
	tolerance out = parse_tolerance(at, first);

	/* the first part may itself name someone: "labels exact up to renaming; cost rel 1e-12" */
	while (*at) {
		size_t part;

		while (*at == ' ' || *at == ';')
			at++;
		part = strcspn(at, ";");
		if (strncmp(at, name, len) == 0 && at[len] == ' ')
			return parse_tolerance(at + len + 1, part - len - 1);
		at += part;
	}
	return out;
}

static void miss(answer *row, const char *name, const char *why)
{
	printf("%s %s: %s: %s\n", row->id, row->model, name, why);
	row->wrong = 1;
}

void answer_judged(answer *row, const char *name, int right, const char *why)
{
	row->checked++;
	if (!right)
		miss(row, name, why);
}

static int is_near(const tolerance *within, double got, double expected)
{
	double room = within->kind == 'a' ? within->value : fabs(expected) * within->value;

	/* two ulps of room for the decimals of the tolerance itself */
	if (within->kind != 'e')
		room *= 1.0 + 1e-9;
	return within->one_sided ? got >= expected - room : fabs(got - expected) <= room;
}

void answer_got(answer *row, const char *name, const double *got, size_t n)
{
	char *text = answer_expected(row, name), why[160];
	double *expected = malloc((n + 2) * sizeof(*expected));
	tolerance within = tolerance_of(row, name);
	size_t wanted, i;

	ck_assert_ptr_nonnull(expected);
	if (!text) { /* asked for by the row's quantity, but without a number in it */
		free(expected);
		return;
	}
	row->checked++;
	wanted = answer_numbers(text, expected, n + 1);
	if (wanted != n) {
		snprintf(why, sizeof(why), "%zu values, expected '%.100s'", n, text);
		miss(row, name, why);
	}
	for (i = 0; i < n && i < wanted; i++)
		if (!is_near(&within, got[i], expected[i])) {
			snprintf(why, sizeof(why), "value %zu is %.15g, expected %.15g (%.60s)",
					i + 1, got[i], expected[i], row->tolerance);
			miss(row, name, why);
		}
	free(expected);
	free(text);
}

void answer_got_one(answer *row, const char *name, double got)
{
	answer_got(row, name, &got, 1);
}

void answer_got_text(answer *row, const char *name, const char *got)
{
	char *text = answer_expected(row, name), why[300];

	if (!text)
		return;
	row->checked++;
	if (strcmp(text, got) != 0) {
		snprintf(why, sizeof(why), "'%.100s', expected '%.100s'", got, text);
		miss(row, name, why);
	}
	free(text);
}

double answer_days_of(double yyyymmdd)
{
	int32_t date = (int32_t)yyyymmdd;
	int32_t y = date / 10000, m = date / 100 % 100, d = date % 100;
	/* days from the civil date (Hinnant's form): years begin in March */
	int32_t year = m <= 2 ? y - 1 : y, era = year / 400, of_era = year - era * 400;
	int32_t day = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;

	return (double)(era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468);
}

/* --- the suite --- */

static answer_handler handler_of(const char *model)
{
	size_t i, k;

	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		for (k = 0; areas[i][k].model; k++)
			if (strcmp(areas[i][k].model, model) == 0)
				return areas[i][k].handle;
	return NULL;
}

static int count_names(const char *expected)
{
	int n = 0;

	for (; *expected; expected++)
		n += *expected == '=';
	return n;
}

static void add_name(char *names, size_t size, const char *name)
{
	char *at = strstr(names, name);
	size_t used = strlen(names), len = strlen(name);

	if (at && (at == names || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
		return;
	if (used + len + 2 < size)
		snprintf(names + used, size - used, "%s%s", used ? " " : "", name);
}

START_TEST(every_known_answer_is_met)
{
	answer_table *table = answer_csv("customer_known_answers.csv",
			"id text\nmodel text\ninputs text\nexpected text\ntolerance text\n", 0);
	size_t i, met = 0, missed = 0, optional = 0, unknown = 0;
	char names[512] = "";

	for (i = 0; i < table->rows; i++) {
		answer row = {table->texts[0][i], table->texts[1][i], table->texts[2][i],
				table->texts[3][i], table->texts[4][i], 0, 0};
		answer_handler handle = handler_of(row.model);
		size_t is_optional = strstr(row.inputs, "status=optional") != NULL;

		if (!handle) {
			unknown += !is_optional;
			optional += is_optional;
			if (!is_optional)
				add_name(names, sizeof(names), row.model);
			continue;
		}
		handle(&row);
		if (!row.wrong && row.checked < count_names(row.expected))
			miss(&row, row.expected, "not every name of it was computed");
		if (!row.wrong)
			met++;
		else if (is_optional)
			optional++;
		else
			missed++;
	}
	printf("known answers: %zu of %zu met, %zu missed, %zu optional", met, table->rows, missed,
			optional);
	if (unknown)
		printf(", %zu of models not built yet: %s", unknown, names);
	printf("\n");
	ck_assert_uint_ge(table->rows, 196);
	ck_assert_uint_eq(missed, 0);
	answer_table_free(table);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_known_answer_is_met};

	return run_tests_on("data", "customer_known_answers.csv", "known answers", tests, 1);
}
