/* Every row of data/customer_known_answers.csv against the library. Rows of models that nobody
 * handles are told and counted, rows marked optional may miss. Without the folder of shared data
 * nothing is checked. */
#include "known_answers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <constellation/csv.h>

#include "base/text.h"
#include "csv_fixture.h"
#include "shared_data.h"
#include "table/column.h"

/* One line a handler file. */
static const answer_model *const areas[] = {
		known_answers_value,
		known_answers_customer,
		known_answers_kmeans,
		known_answers_retention,
		known_answers_rfm,
};

/* --- small texts --- */

static char *copy(const char *text, size_t len)
{
	char *out = malloc(len + 1);

	ck_assert_ptr_nonnull(out);
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

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

	return at ? copy(at, len) : NULL;
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

	return at ? copy(at, len) : NULL;
}

/* Numbers between blanks; stops at what is none. */
static size_t numbers_of(const char *text, double *out, size_t max)
{
	size_t n = 0;

	while (*text && n < max) {
		size_t len = strcspn(text, " ");

		if (len && cstn__parse_double(text, len, &out[n]) == 0)
			n++;
		else if (len)
			break;
		text += len + (text[len] == ' ');
	}
	return n;
}

size_t answer_list(const answer *row, const char *key, double *out, size_t max)
{
	char *text = answer_text(row, key);
	size_t n = text ? numbers_of(text, out, max) : 0;

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
	char *words = copy(text, len), *at = words;

	if (strncmp(at, "at least", 8) == 0) {
		out.one_sided = 1;
		at += 8 + (at[8] == ' ');
	}
	if (strncmp(at, "abs ", 4) == 0 || strncmp(at, "rel ", 4) == 0) {
		out.kind = at[0];
		ck_assert_uint_eq(numbers_of(at + 4, &out.value, 1), 1);
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
	wanted = numbers_of(text, expected, n + 1);
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

/* --- tables --- */

static answer_table *new_table(size_t columns)
{
	answer_table *table = calloc(1, sizeof(*table));

	ck_assert_ptr_nonnull(table);
	table->columns = columns;
	table->numbers = calloc(columns, sizeof(*table->numbers));
	table->texts = calloc(columns, sizeof(*table->texts));
	ck_assert(table->numbers && table->texts);
	return table;
}

void answer_table_free(answer_table *table)
{
	size_t c, r;

	if (!table)
		return;
	for (c = 0; c < table->columns; c++) {
		for (r = 0; r < table->rows; r++)
			free(table->texts[c][r]);
		free(table->texts[c]);
		free(table->numbers[c]);
	}
	free(table->texts);
	free(table->numbers);
	free(table);
}

static void grow(answer_table *table, size_t more)
{
	size_t c, r;

	for (c = 0; c < table->columns; c++) {
		table->numbers[c] = realloc(table->numbers[c],
				(table->rows + more + 1) * sizeof(**table->numbers));
		table->texts[c] = realloc(
				table->texts[c], (table->rows + more + 1) * sizeof(**table->texts));
		ck_assert(table->numbers[c] && table->texts[c]);
		for (r = table->rows; r < table->rows + more; r++) {
			table->numbers[c][r] = (double)NAN;
			table->texts[c][r] = NULL;
		}
	}
	table->rows += more;
}

static void take_column(answer_table *table, size_t c, const cstn__column *column, size_t from)
{
	int64_t start, n;

	for (start = 0; start < column->length; start += n) {
		uint64_t valid[16], bad[16] = {0};
		double values[1024];
		int64_t i;

		n = column->length - start < 1024 ? column->length - start : 1024;
		if (column->type != CSTN_TYPE_TEXT)
			ck_assert_int_eq(cstn__column_read_f64(column, start, (int32_t)n, 0, values,
							 valid, bad, NULL),
					CSTN_OK);
		for (i = 0; i < n; i++) {
			size_t row = from + (size_t)(start + i), len;
			const char *text;

			if (column->type != CSTN_TYPE_TEXT) {
				if (valid[i / 64] >> (i % 64) & 1)
					table->numbers[c][row] = values[i];
			} else if (cstn__column_read_text(column, start + i, &text, &len) == 0) {
				table->texts[c][row] = copy(text, len);
				(void)numbers_of(table->texts[c][row], &table->numbers[c][row], 1);
			}
		}
	}
}

answer_table *answer_csv(const char *file, const char *schema_text, int no_header)
{
	char *path = shared_path("data", file);
	cstn_schema *schema = csv_schema(schema_text);
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	size_t n = cstn_schema_count(schema), c;
	answer_table *table = new_table(n);
	cstn__column_decl *decls = calloc(n, sizeof(*decls));
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	cstn__bound *bound = NULL;
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn_status status;

	ck_assert_ptr_nonnull(decls);
	options.flags = no_header ? CSTN_CSV_NO_HEADER : 0;
	options.threads = 1;
	status = cstn_csv_reader_open(path, schema, &options, NULL, &reader, &error);
	ck_assert_msg(status == CSTN_OK, "%s: %s", file, cstn_error_message(error));
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	for (c = 0; c < n; c++) {
		decls[c].name = cstn_schema_name(schema, c);
		decls[c].accept = CSTN__ACCEPT(cstn_schema_type(schema, c));
		decls[c].scale = -1;
		decls[c].required = decls[c].nullable = 1;
	}
	ck_assert_int_eq(cstn__bind_stream(&stream, decls, n, NULL, NULL, &bound, NULL), CSTN_OK);
	while ((status = cstn__stream_next(&stream, &array, &error)) == CSTN_OK) {
		size_t from = table->rows;
		cstn__batch batch;

		ck_assert_int_eq(cstn__bound_batch(bound, &array, &batch, NULL), CSTN_OK);
		grow(table, (size_t)batch.length);
		for (c = 0; c < n; c++)
			take_column(table, c, &batch.columns[c], from);
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	ck_assert_msg(status == CSTN_DONE, "%s: %s", file, cstn_error_message(error));
	cstn__bound_free(bound);
	stream.release(&stream);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	free(decls);
	free(path);
	return table;
}

answer_table *answer_blanks(const char *file, size_t columns, size_t skip)
{
	char *path = shared_path("data", file), line[512];
	answer_table *table = new_table(columns);
	gzFile in = gzopen(path, "rb");
	size_t room = 0;

	ck_assert_msg(in != NULL, "cannot read %s", path);
	while (gzgets(in, line, sizeof(line))) {
		double values[16];
		size_t c;

		line[strcspn(line, "\r\n")] = '\0';
		if (skip) {
			skip--;
			continue;
		}
		ck_assert_uint_le(columns, 16);
		ck_assert_uint_eq(numbers_of(line, values, columns), columns);
		if (table->rows == room) {
			size_t rows = table->rows;

			room = room ? room * 2 : 4096;
			grow(table, room - rows);
			table->rows = rows;
		}
		for (c = 0; c < columns; c++)
			table->numbers[c][table->rows] = values[c];
		table->rows++;
	}
	gzclose(in);
	free(path);
	return table;
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
