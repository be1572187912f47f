/* A schema guessed from the first rows of a CSV file, with the evidence.
 *
 * Every column keeps what still fits it: numbers by their form, flags, the listed forms of dates.
 * What is left after the sample decides, and a sentence says why. Rules: digits that a number would
 * lose (leading zeros, a plus) stay text; numbers with a fraction are decimals, exact, and doubles
 * only with an exponent or more than 18 digits; a date that fits two forms, and a time without
 * zone, stay text, for either would be a guess. Invariant: every row of the sample is read without
 * a reject under the schema that comes out. Cost: about 100 ns a field of the sample. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/csv.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "table/csv_reader.h"
#include "table/table_fields.h"

#define SAMPLE_ROWS 10000
#define DIGITS_MAX 18
#define EXAMPLE_MAX 128

/* Forms of dates and times; a loose one counts only where no strict one fits. */
static const struct {
	const char *text;
	int loose;
} forms[] = {
		{"DD.MM.YYYY", 0},
		{"MM.DD.YYYY", 0},
		{"DD/MM/YYYY", 0},
		{"MM/DD/YYYY", 0},
		{"DD-MM-YYYY", 0},
		{"MM-DD-YYYY", 0},
		{"YYYY/MM/DD", 0},
		{"YYYY.MM.DD", 0},
		{"DD-Mon-YYYY", 0},
		{"DD-Mon-YY", 0},
		{"DD Mon YYYY", 0},
		{"Mon DD, YYYY", 0},
		{"D.M.YYYY", 1},
		{"M.D.YYYY", 1},
		{"D/M/YYYY", 1},
		{"M/D/YYYY", 1},
		{"D-Mon-YYYY", 1},
		{"D-Mon-YY", 1},
};
#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

struct guess {
	uint64_t rows, nulls;
	uint64_t integers, decimals, doubles; /* values of each form */
	uint64_t leading_zeros, plus, not_int64;
	int32_t whole, scale, significant; /* the most digits of integers and decimals */
	uint64_t flags_false, flags_true;
	uint64_t iso_dates, iso_instants, iso_walls;
	uint64_t compact_dates; /* YYYYMMDD */
	uint64_t bad_utf8;
	uint32_t fits;                    /* bits of forms that fit every value */
	char number_not[EXAMPLE_MAX + 1]; /* the first value that is no number */
	char lost[EXAMPLE_MAX + 1];       /* the first one a number would change */
	char first[EXAMPLE_MAX + 1];      /* the first value */
	int has_number_not, has_lost, has_first;
};

struct inference {
	cstn_allocator allocator;
	cstn_csv_reader *reader;
	struct guess *guesses;
	cstn__time_form compiled[N_FORMS];
	cstn__time_form iso, compact;
	cstn__bytes schema;
};

/* What a column is taken for. */
struct verdict {
	char type[64];
	char reason[192];
	const char *example; /* NULL: none */
};

/* ---- looking at values ---- */

static void keep(char out[EXAMPLE_MAX + 1], int *has, const uint8_t *text, size_t len)
{
	if (*has || !cstn__utf8_is_valid(text, len) || memchr(text, 0, len) != NULL)
		return;
	len = len > EXAMPLE_MAX ? cstn__utf8_cut((const char *)text, len, EXAMPLE_MAX) : len;
	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
	*has = 1;
}

static void look_at_number(
		struct inference *inference, struct guess *guess, const uint8_t *text, size_t len)
{
	const cstn__csv_format *format = &inference->reader->format;
	cstn__csv_number_form form = cstn__csv_number_of(format, text, text + len);

	if (form.kind == CSTN__CSV_NO_NUMBER) {
		keep(guess->number_not, &guess->has_number_not, text, len);
		return;
	}
	guess->integers += form.kind == CSTN__CSV_INTEGER;
	guess->decimals += form.kind == CSTN__CSV_DECIMAL;
	guess->doubles += form.kind == CSTN__CSV_DOUBLE;
	guess->leading_zeros += (uint64_t)form.leading_zero;
	guess->plus += (uint64_t)form.plus;
	if (form.leading_zero || form.plus)
		keep(guess->lost, &guess->has_lost, text, len);
	if (form.kind == CSTN__CSV_INTEGER && !cstn__csv_is_int64(format, text, text + len))
		guess->not_int64++;
	if (form.whole > guess->whole)
		guess->whole = form.whole;
	if (form.decimals > guess->scale)
		guess->scale = form.decimals;
	if (form.significant > guess->significant)
		guess->significant = form.significant;
}

static void look_at_time(
		struct inference *inference, struct guess *guess, const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	int64_t us;
	int read;
	size_t i;

	if (len > 64) {
		guess->fits = 0;
		return;
	}
	read = cstn__time_form_read(&inference->iso, text, len, &us);
	guess->iso_dates += read >= 0 && len == 10;
	guess->iso_instants += read == 0;
	guess->iso_walls += read == CSTN__WALL && len > 10;
	guess->compact_dates +=
			len == 8 && cstn__time_form_read(&inference->compact, text, len, &us) >= 0;
	for (i = 0; i < N_FORMS; i++)
		if ((guess->fits >> i & 1) &&
				cstn__time_form_read(&inference->compiled[i], text, len, &us) < 0)
			guess->fits &= ~(1u << i);
}

static void look_at_value(
		struct inference *inference, struct guess *guess, const uint8_t *text, size_t len)
{
	int flag = cstn__csv_flag_of(text, text + len);

	keep(guess->first, &guess->has_first, text, len);
	guess->bad_utf8 += !cstn__utf8_is_valid(text, len);
	guess->flags_true += flag == 1;
	guess->flags_false += flag == 0;
	look_at_number(inference, guess, text, len);
	look_at_time(inference, guess, text, len);
}

static void look_at_batch(
		struct inference *inference, const cstn__csv_batch *batch, uint64_t most_rows)
{
	uint32_t rows = batch->rows < most_rows ? batch->rows : (uint32_t)most_rows, c, i;

	for (c = 0; c < batch->n_columns; c++) {
		const cstn__csv_batch_column *column = batch->columns + c;
		const int32_t *offsets = column->values;
		struct guess *guess = inference->guesses + c;

		guess->rows += rows;
		for (i = 0; i < rows; i++) {
			if (!(column->validity[i / 8] >> i % 8 & 1))
				guess->nulls++;
			else
				look_at_value(inference, guess, column->text + offsets[i],
						(size_t)(offsets[i + 1] - offsets[i]));
		}
	}
}

/* ---- deciding ---- */

static void decide(
		struct verdict *verdict, const char *type, const char *example, const char *reason)
{
	snprintf(verdict->type, sizeof(verdict->type), "%s", type);
	snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
	verdict->example = example;
}

static void decide_decimal(const struct guess *guess, uint64_t values, struct verdict *verdict)
{
	int32_t scale = guess->scale;

	if (guess->doubles > 0 || guess->whole + scale > DIGITS_MAX) {
		decide(verdict, "double", guess->first,
				guess->doubles > 0 ? "some values have an exponent"
						   : "some values have more than 18 digits");
		return;
	}
	if (guess->significant == 0 && scale == 1 && guess->decimals == values)
		scale = 0; /* "17850.0": a whole number that went through a double */
	snprintf(verdict->type, sizeof(verdict->type), "decimal scale=%" PRId32, scale);
	if (guess->significant == 0)
		snprintf(verdict->reason, sizeof(verdict->reason),
				"every value is a whole number written with a fraction");
	else
		snprintf(verdict->reason, sizeof(verdict->reason),
				"at most %" PRId32 " decimals and %" PRId32 " digits before them",
				guess->scale, guess->whole);
	verdict->example = guess->first;
}

static void decide_number(const struct guess *guess, uint64_t values, struct verdict *verdict)
{
	if (guess->leading_zeros > 0)
		decide(verdict, "text", guess->lost, "leading zeros would be lost in a number");
	else if (guess->plus > 0)
		decide(verdict, "text", guess->lost, "a plus sign would be lost in a number");
	else if (guess->integers < values)
		decide_decimal(guess, values, verdict);
	else if (guess->not_int64 > 0)
		decide(verdict, "text", guess->first, "some numbers do not fit int64");
	else if (guess->compact_dates == values)
		decide(verdict, "int64", guess->first,
				"every value is a number; each is a date YYYYMMDD too: declare "
				"date "
				"form=YYYYMMDD if that is meant");
	else
		decide(verdict, "int64", guess->first, "every value is a whole number");
}

/* One form fits: the date. Two: nobody can tell. */
static int decide_date(const struct guess *guess, struct verdict *verdict)
{
	uint32_t fits = guess->fits, strict = 0;
	size_t i, one = N_FORMS, other = N_FORMS;

	for (i = 0; i < N_FORMS; i++)
		strict |= forms[i].loose ? 0 : fits & 1u << i;
	fits = strict != 0 ? strict : fits;
	for (i = 0; i < N_FORMS; i++)
		if (fits >> i & 1) {
			other = one;
			one = i;
		}
	if (one == N_FORMS)
		return 0;
	verdict->example = guess->first;
	if (other != N_FORMS) {
		snprintf(verdict->type, sizeof(verdict->type), "text");
		snprintf(verdict->reason, sizeof(verdict->reason),
				"ambiguous: every value is a date both as %s and as %s",
				forms[other].text, forms[one].text);
		return 1;
	}
	snprintf(verdict->type, sizeof(verdict->type),
			strchr(forms[one].text, ' ') != NULL ? "date form=\"%s\"" : "date form=%s",
			forms[one].text);
	snprintf(verdict->reason, sizeof(verdict->reason), "every value is a date of this form");
	return 1;
}

static void decide_text(const struct guess *guess, uint64_t values, struct verdict *verdict)
{
	uint64_t numbers = guess->integers + guess->decimals + guess->doubles;

	decide(verdict, "text", guess->has_first ? guess->first : NULL, "");
	if (numbers * 2 >= values && guess->has_number_not) {
		snprintf(verdict->reason, sizeof(verdict->reason),
				"%" PRIu64 " of %" PRIu64 " values are no numbers",
				values - numbers, values);
		verdict->example = guess->number_not;
	}
}

static void decide_column(const struct guess *guess, struct verdict *verdict)
{
	uint64_t values = guess->rows - guess->nulls;

	if (values == 0)
		decide(verdict, "text", NULL, "there is no value in the sample");
	else if (guess->bad_utf8 > 0)
		decide(verdict, "bytes", NULL, "some values are not UTF-8");
	else if (guess->integers + guess->decimals + guess->doubles == values)
		decide_number(guess, values, verdict);
	else if (guess->flags_true + guess->flags_false == values && guess->flags_true > 0 &&
			guess->flags_false > 0)
		decide(verdict, "flag", guess->first, "every value is a word for yes or no");
	else if (guess->iso_dates == values)
		decide(verdict, "date", guess->first, "every value is an ISO 8601 date");
	else if (guess->iso_instants == values)
		decide(verdict, "timestamp", guess->first,
				"every value is an ISO 8601 time with its zone");
	else if (guess->iso_dates + guess->iso_instants + guess->iso_walls == values)
		decide(verdict, "text", guess->first,
				"times without a zone: declare timestamp and its zone, such as "
				"zone=utc");
	else if (!decide_date(guess, verdict))
		decide_text(guess, values, verdict);
}

/* ---- the call ---- */

static cstn_status read_sample(struct inference *inference, uint64_t most_rows, cstn_error **error)
{
	cstn__csv_batch *batch;
	cstn_status status = CSTN_OK;
	uint64_t rows = 0;

	while (rows < most_rows) {
		status = cstn__csv_reader_next(inference->reader, &batch, error);
		if (status != CSTN_OK)
			break;
		look_at_batch(inference, batch, most_rows - rows);
		rows += batch->rows;
		cstn__csv_batch_free(batch);
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

static void put_evidence(cstn__table_builder *table, const char *name, size_t len,
		const struct guess *guess, const struct verdict *verdict)
{
	cstn__table_put_text(table, 0, name, len);
	cstn__table_put_text(table, 1, verdict->type, strlen(verdict->type));
	cstn__table_put_i64(table, 2, (int64_t)guess->rows);
	cstn__table_put_i64(table, 3, (int64_t)guess->nulls);
	if (verdict->reason[0] != '\0')
		cstn__table_put_text(table, 4, verdict->reason, strlen(verdict->reason));
	else
		cstn__table_put_null(table, 4);
	if (verdict->example != NULL)
		cstn__table_put_text(table, 5, verdict->example, strlen(verdict->example));
	else
		cstn__table_put_null(table, 5);
}

static cstn_status evidence_table(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error)
{
	static const cstn__table_field columns[] = {{"column", CSTN_TYPE_TEXT, 0},
			{"type", CSTN_TYPE_TEXT, 0}, {"rows", CSTN_TYPE_INT64, 0},
			{"nulls", CSTN_TYPE_INT64, 0}, {"reason", CSTN_TYPE_TEXT, 1},
			{"example", CSTN_TYPE_TEXT, 1}};

	return cstn__fields_table(allocator, CSTN__FIELDS(columns), out, error);
}

/* Decide every column: the schema's text, and the evidence. */
static void put_verdicts(struct inference *inference, cstn__table_builder *table)
{
	uint32_t c;

	for (c = 0; c < inference->reader->n_columns; c++) {
		const cstn__schema_column *decl = inference->reader->columns[c].decl;
		const struct guess *guess = inference->guesses + c;
		struct verdict verdict;

		memset(&verdict, 0, sizeof(verdict));
		decide_column(guess, &verdict);
		cstn__csv_put_schema_name(&inference->schema, decl->name, decl->name_len);
		cstn__bytes_put_format(&inference->schema, " %s%s\n", verdict.type,
				guess->nulls > 0 || guess->rows == 0 ? " null" : "");
		put_evidence(table, decl->name, decl->name_len, guess, &verdict);
	}
}

static cstn_status inference_run(struct inference *inference, uint64_t most_rows,
		cstn_schema **out_schema, struct ArrowArrayStream *evidence, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	struct ArrowArrayStream stream;
	cstn_schema *schema = NULL;
	cstn_status status;

	status = read_sample(inference, most_rows, error);
	if (status == CSTN_OK)
		status = evidence_table(&inference->allocator, &table, error);
	if (status != CSTN_OK)
		return status;
	put_verdicts(inference, table);
	if (inference->schema.failed)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn_schema_parse((const char *)inference->schema.data,
				inference->schema.size, &inference->allocator, &schema, error);
	if (status != CSTN_OK || evidence == NULL) {
		cstn__table_builder_free(table);
	} else {
		status = cstn__table_export(table, &stream, error);
		if (status == CSTN_OK)
			*evidence = stream;
	}
	if (status != CSTN_OK) {
		cstn_schema_unref(schema);
		return status;
	}
	*out_schema = schema;
	return CSTN_OK;
}

static cstn_status inference_begin(struct inference *inference, cstn_error **error)
{
	size_t i, n = inference->reader->n_columns;

	cstn__bytes_init(&inference->schema, &inference->allocator);
	inference->guesses = cstn__alloc_zero(&inference->allocator, n * sizeof(struct guess));
	if (inference->guesses == NULL)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		inference->guesses[i].fits = (uint32_t)((UINT64_C(1) << N_FORMS) - 1);
	for (i = 0; i < N_FORMS; i++)
		cstn__time_form_compile(forms[i].text, &inference->compiled[i]);
	cstn__time_form_compile(NULL, &inference->iso);
	cstn__time_form_compile("YYYYMMDD", &inference->compact);
	return CSTN_OK;
}

cstn_status cstn_csv_infer(const char *path, int64_t sample_rows, const cstn_csv_options *options,
		const cstn_allocator *allocator, cstn_schema **out_schema,
		struct ArrowArrayStream *evidence, cstn_error **error)
{
	struct inference inference;
	cstn_csv_options read;
	cstn__csv_source *source;
	cstn_status status;

	if (path == NULL || out_schema == NULL || sample_rows < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				sample_rows < 0 ? "sample_rows is negative"
						: "path or out_schema is NULL");
	memset(&inference, 0, sizeof(inference));
	status = cstn__csv_options_check(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &inference.allocator, error);
	if (status != CSTN_OK)
		return status;
	sample_rows = sample_rows == 0 ? SAMPLE_ROWS : sample_rows;
	read.batch_rows = sample_rows < read.batch_rows ? sample_rows : read.batch_rows;
	read.threads = 1;
	read.max_rejects = -1;
	read.flags &= CSTN_CSV_NO_HEADER;
	status = cstn__csv_source_file(path, &inference.allocator, read.progress, &source, error);
	if (status == CSTN_OK)
		status = cstn__csv_reader_new(source, NULL, &read, &inference.allocator, NULL,
				&inference.reader, error);
	if (status == CSTN_OK)
		status = inference_begin(&inference, error);
	if (status == CSTN_OK)
		status = inference_run(
				&inference, (uint64_t)sample_rows, out_schema, evidence, error);
	if (status != CSTN_OK)
		cstn__error_prefix(error, "'%s': ", path);
	if (inference.guesses != NULL)
		cstn__free(&inference.allocator, inference.guesses,
				inference.reader->n_columns * sizeof(struct guess));
	cstn__bytes_free(&inference.schema);
	cstn_csv_reader_unref(inference.reader);
	return status;
}
