/* Answers with noise: the question is looked up, its rows are summed, its price is paid, and only
 * then is noise drawn (noise_sums.c, laplace.c).
 *
 * All memory that the answer needs, the place where it is kept too, is there before the charge:
 * from the charge on nothing can fail but the source of randomness and the table that goes out, and
 * for that the answer is kept. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "sharing/generalise.h"
#include "sharing/noise.h"

#define KNOWN_FLAGS (CSTN_NOISE_ROW_IS_SUBJECT | CSTN_IMPORT_TRUSTED)
#define NAME_MOST 255
#define CELLS_MOST ((size_t)1 << 20)
#define KEY (CSTN__ACCEPT(CSTN_TYPE_TEXT) | CSTN__ACCEPT(CSTN_TYPE_INT64))

/* --- the question ----------------------------------------------------------------------------- */

static cstn_status check_columns(const cstn_noise_options *o, cstn_error **error)
{
	if ((o->kind == CSTN_NOISE_SUM) != (o->measure != NULL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a sum names a measure, a count none");
	if ((o->subject == NULL) != ((o->flags & CSTN_NOISE_ROW_IS_SUBJECT) != 0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"either a subject is named, or CSTN_NOISE_ROW_IS_SUBJECT says that "
				"each row is one");
	if (o->partition ? !o->partitions || !o->n_partitions || o->n_partitions > CELLS_MOST
			 : o->n_partitions != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu partitions; with a column of them, and only then, all are "
				"listed, at most %zu",
				o->n_partitions, CELLS_MOST);
	return CSTN_OK;
}

static cstn_status read_options(const cstn_noise_options *given, cstn_noise_options *o,
		cstn_allocator *memory, cstn_error **error)
{
	cstn_status status = cstn__options_read(
			given, sizeof(*o), sizeof(*o), KNOWN_FLAGS, "cstn_noise_options", o, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	if (o->kind != CSTN_NOISE_COUNT && o->kind != CSTN_NOISE_SUM)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"kind is %d; CSTN_NOISE_COUNT or _SUM expected", o->kind);
	if (!o->recipient || !o->recipient_len || o->recipient_len > NAME_MOST || !o->data_set ||
			!o->data_set_len || o->data_set_len > NAME_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"recipient and data set are text of 1 to %d bytes", NAME_MOST);
	if (!cstn__utf8_is_valid((const uint8_t *)o->recipient, o->recipient_len) ||
			!cstn__utf8_is_valid((const uint8_t *)o->data_set, o->data_set_len))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "recipient and data set are UTF-8");
	if (o->epsilon_nano <= 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"epsilon_nano is %lld; above 0 expected",
				(long long)o->epsilon_nano);
	if (o->n_steps && !o->steps)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_steps is %zu, steps is NULL",
				o->n_steps);
	status = check_columns(o, error);
	for (i = 0; i < o->n_partitions && status == CSTN_OK; i++)
		if (!o->partitions[i])
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"partitions[%zu] is NULL", i);
	return status == CSTN_OK ? cstn__allocator_read(o->allocator, memory, error) : status;
}

static void hash_text(cstn__sha256_state *state, const char *text)
{
	uint64_t len = text ? strlen(text) : UINT64_MAX;
	uint8_t size[8];
	int i;

	for (i = 0; i < 8; i++)
		size[i] = (uint8_t)(len >> (8 * i));
	cstn__sha256_put(state, size, sizeof(size));
	if (text)
		cstn__sha256_put(state, text, strlen(text));
}

static void hash_number(cstn__sha256_state *state, int64_t number)
{
	uint8_t bytes[8];
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
	cstn__sha256_put(state, bytes, sizeof(bytes));
}

/* What makes a question the same one. */
static void digest(const cstn_noise_options *o, const void *about, size_t about_size,
		uint8_t out[CSTN__QUERY_DIGEST])
{
	cstn__sha256_state state;
	size_t i;

	cstn__sha256_init(&state, 0);
	hash_text(&state, "cstn/noise/v1");
	hash_number(&state, o->flags & CSTN_NOISE_ROW_IS_SUBJECT);
	hash_number(&state, o->kind);
	hash_number(&state, o->grid);
	hash_number(&state, o->epsilon_nano);
	hash_text(&state, o->subject);
	hash_text(&state, o->measure);
	hash_text(&state, o->partition);
	hash_number(&state, (int64_t)o->n_partitions);
	for (i = 0; i < o->n_partitions; i++)
		hash_text(&state, o->partitions[i]);
	hash_number(&state, (int64_t)o->n_steps);
	for (i = 0; i < o->n_steps; i++) {
		hash_text(&state, o->steps[i].column);
		hash_number(&state, o->steps[i].kind);
		hash_number(&state, o->steps[i].step);
		hash_number(&state, o->steps[i].width);
		hash_number(&state, o->steps[i].origin);
		hash_number(&state, o->steps[i].scale);
		if (o->steps[i].hierarchy) {
			cstn__hierarchy_digest(o->steps[i].hierarchy, out);
			cstn__sha256_put(&state, out, CSTN__QUERY_DIGEST);
		}
	}
	hash_number(&state, o->low);
	hash_number(&state, o->high);
	hash_number(&state, o->scale);
	hash_number(&state, o->max_partitions);
	if (about_size)
		cstn__sha256_put(&state, about, about_size);
	cstn__sha256_end(&state, out);
}

/* --- its rows --------------------------------------------------------------------------------- */

typedef struct asking {
	const cstn_noise_options *options;
	const void *about; /* of the question, besides them */
	size_t about_size;
	cstn_allocator allocator;
	cstn_privacy_budget *budget;
	uint8_t digest[CSTN__QUERY_DIGEST];
	int64_t period;
	uint32_t account;
	cstn__coded_table table;
	cstn__noise_plan plan;
	size_t n_cells;
	cstn__i128 *sums;
} asking;

/* The columns that are asked for, and where the second and third of them are. */
static size_t ask(const cstn_noise_options *o, cstn__coded_ask asks[3], int at[3])
{
	size_t n = 0;

	at[0] = at[1] = at[2] = -1;
	if (o->subject) {
		at[0] = (int)n;
		asks[n++] = (cstn__coded_ask){o->subject, KEY, 0};
	}
	if (o->partition) {
		at[1] = (int)n;
		asks[n++] = (cstn__coded_ask){o->partition, KEY, 1};
	}
	if (o->measure) {
		at[2] = (int)n;
		asks[n++] = (cstn__coded_ask){o->measure, CSTN__ACCEPT_QUANTITY, 1};
	}
	return n;
}

/* Which of the listed cells each code of the partition is. */
static cstn_status find_cells(const cstn_noise_options *o, const cstn__coded *partition,
		uint32_t *cell_of, cstn_error **error)
{
	size_t n = cstn__coded_count(partition), i;

	for (i = 0; i < n; i++)
		cell_of[i] = UINT32_MAX;
	for (i = 0; i < o->n_partitions; i++) {
		const char *text = o->partitions[i];
		uint32_t code;
		int64_t number;

		if (partition->type == CSTN_TYPE_TEXT) {
			code = cstn__interner_find(&partition->texts, text, strlen(text));
		} else {
			if (cstn__parse_i64(text, strlen(text), &number))
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"partition '%.80s' is no whole number, as column "
						"'%s' is",
						text, o->partition);
			code = cstn__i64_map_find(&partition->index, number);
		}
		if (code == UINT32_MAX)
			continue;
		if (cell_of[code] != UINT32_MAX)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"partition '%.80s' is listed twice", text);
		cell_of[code] = (uint32_t)i;
	}
	return CSTN_OK;
}

static cstn_status sum_cells(asking *in, const int at[3], cstn_error **error)
{
	const cstn__coded *columns = in->table.columns;
	cstn__noise_rows rows = {at[0] < 0 ? NULL : &columns[at[0]],
			at[1] < 0 ? NULL : &columns[at[1]], at[2] < 0 ? NULL : &columns[at[2]],
			NULL, in->table.rows, in->n_cells};
	size_t size = rows.partition ? cstn__array_size(cstn__coded_count(rows.partition),
						       sizeof(uint32_t))
				     : 0;
	uint32_t *cell_of = cstn__alloc(&in->allocator, size);
	cstn_status status = CSTN_OK;

	if (!cell_of)
		return cstn__fail_nomem(error);
	rows.cell_of = cell_of;
	if (rows.partition)
		status = find_cells(in->options, rows.partition, cell_of, error);
	if (status == CSTN_OK)
		status = cstn__noise_sums(&rows, &in->plan, &in->allocator, in->sums, error);
	cstn__free(&in->allocator, cell_of, size);
	return status;
}

static cstn_status read_rows(asking *in, struct ArrowArrayStream *rows, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn_noise_options *o = in->options;
	cstn__coded_ask asks[3];
	int at[3];
	size_t n = ask(o, asks, at);
	cstn_status status;

	status = cstn__coded_read(rows, asks, n, o->binding, o->flags & CSTN_IMPORT_TRUSTED,
			&in->allocator, &in->table, bad_rows, error);
	if (status == CSTN_OK)
		status = cstn__generalise_table(&in->table, asks, o->steps, o->n_steps, error);
	if (status == CSTN_OK)
		status = cstn__noise_plan_init(o, at[2] < 0 ? 0 : in->table.columns[at[2]].scale,
				&in->plan, error);
	return status == CSTN_OK ? sum_cells(in, at, error) : status;
}

/* --- the answer ------------------------------------------------------------------------------- */

/* The price is paid, then the answer drawn and kept. */
static cstn_status draw(asking *in, int64_t *charged, cstn_error **error)
{
	cstn_privacy_budget *budget = in->budget;
	cstn__random_bits bits;
	cstn__noise_answer *answer;
	int64_t *units;
	cstn_status status = CSTN_OK;

	units = cstn__alloc(&budget->allocator, cstn__array_size(in->n_cells, sizeof(*units)));
	if (!units || cstn__array_reserve(&budget->allocator, &budget->answers, 1))
		status = cstn__fail_nomem(error);
	else if (cstn__random_bits_init(&bits, in->options->entropy, in->options->entropy_user))
		status = cstn__fail(error, CSTN_E_IO, "libsodium cannot begin");
	else
		status = cstn__budget_allows(budget, in->account, in->options->epsilon_nano, error);
	if (status != CSTN_OK) {
		cstn__free(&budget->allocator, units,
				cstn__array_size(in->n_cells, sizeof(*units)));
		return status;
	}
	budget->accounts.items[in->account].spent_nano += in->options->epsilon_nano;
	*charged = in->options->epsilon_nano;
	cstn__noise_add(&in->plan, in->sums, in->n_cells, &bits, units);
	cstn__random_bits_end(&bits);
	if (bits.failed) {
		cstn__free(&budget->allocator, units,
				cstn__array_size(in->n_cells, sizeof(*units)));
		return cstn__fail(error, CSTN_E_IO,
				"the source of randomness failed; what was charged stays charged");
	}
	answer = &budget->answers.items[budget->answers.count++];
	*answer = (cstn__noise_answer){.account = in->account,
			.n = (uint32_t)in->n_cells,
			.sensitivity = in->plan.sensitivity,
			.units = units};
	memcpy(answer->digest, in->digest, sizeof(answer->digest));
	budget->accounts.items[in->account].answers++;
	return CSTN_OK;
}

/* Half the width of the interval that holds 95 of 100: the least m with P(|x| > m) <= 1/20, from
 * what everybody knows. */
static double error_95(const asking *in, uint64_t sensitivity, double step)
{
	double scale = (double)sensitivity * 1e9 / (double)in->options->epsilon_nano;
	/* P(|x| > m) = 2 r^(m + 1) / (1 + r), r = exp(-1 / scale) */
	double least = ceil(scale * log(40.0 / (1.0 + exp(-1.0 / scale))) - 1.0);

	return least > 0 ? least * step : 0.0;
}

static cstn_status put_answer(const asking *in, const cstn__noise_answer *answer,
		struct ArrowArrayStream *out, cstn_error **error)
{
	const cstn_noise_options *o = in->options;
	double step = ldexp(1.0, -o->grid), half = error_95(in, answer->sensitivity, step);
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&in->allocator, &table, error);
	int32_t column = o->partition != NULL;
	size_t i;

	if (status != CSTN_OK)
		return status;
	if ((o->partition && cstn__table_add_column(table, o->partition, CSTN_TYPE_TEXT, 0, 0) <
					     0) ||
			cstn__table_add_column(table, "value", CSTN_TYPE_DOUBLE, 0, 0) < 0 ||
			cstn__table_add_column(table, "units", CSTN_TYPE_INT64, 0, 0) < 0 ||
			cstn__table_add_column(table, "error_95", CSTN_TYPE_DOUBLE, 0, 0) < 0) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < answer->n; i++) {
		if (o->partition)
			cstn__table_put_text(table, 0, o->partitions[i], strlen(o->partitions[i]));
		cstn__table_put_f64(table, column, (double)answer->units[i] * step);
		cstn__table_put_i64(table, column + 1, answer->units[i]);
		cstn__table_put_f64(table, column + 2, half);
	}
	return cstn__table_export(table, out, error);
}

/* A new question. */
static cstn_status answer_rows(asking *in, struct ArrowArrayStream *rows, int64_t *charged,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	size_t size = cstn__array_size(in->n_cells, sizeof(*in->sums));
	cstn_status status = cstn__budget_allows(
			in->budget, in->account, in->options->epsilon_nano, error);

	if (status != CSTN_OK)
		return status;
	in->sums = cstn__alloc_zero(&in->allocator, size);
	status = in->sums ? read_rows(in, rows, bad_rows, error) : cstn__fail_nomem(error);
	if (status == CSTN_OK && in->account == UINT32_MAX)
		status = cstn__budget_open_account(in->budget, in->options->recipient,
				in->options->recipient_len, in->options->data_set,
				in->options->data_set_len, in->period, &in->account, error);
	if (status == CSTN_OK)
		status = draw(in, charged, error);
	if (in->sums)
		cstn__wipe(in->sums, size);
	cstn__free(&in->allocator, in->sums, size);
	if (in->table.columns)
		cstn__coded_table_free(&in->table);
	return status;
}

/* The answer that was given before; NULL: none was. */
static const cstn__noise_answer *recall(asking *in)
{
	const cstn_noise_options *o = in->options;

	in->n_cells = o->partition ? o->n_partitions : 1;
	in->period = cstn__budget_period(in->budget, o->now_us);
	in->account = cstn__budget_account(in->budget, o->recipient, o->recipient_len, o->data_set,
			o->data_set_len, in->period);
	digest(o, in->about, in->about_size, in->digest);
	return cstn__budget_find(in->budget, in->digest, in->account);
}

static cstn_status answer(asking *in, struct ArrowArrayStream *rows, struct ArrowArrayStream *out,
		int64_t *charged, cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__noise_answer *known = recall(in);
	cstn_status status;

	if (!known) {
		status = answer_rows(in, rows, charged, bad_rows, error);
		if (status != CSTN_OK)
			return status;
		known = &in->budget->answers.items[in->budget->answers.count - 1];
	}
	return put_answer(in, known, out, error);
}

cstn_status cstn__noise_known(const cstn_noise_options *options, const void *about,
		size_t about_size, cstn_privacy_budget *budget, struct ArrowArrayStream *out,
		int *found, cstn_error **error)
{
	cstn_noise_options read;
	asking in = {.options = &read, .about = about, .about_size = about_size, .budget = budget};
	const cstn__noise_answer *known;
	cstn_status status = read_options(options, &read, &in.allocator, error);

	if (status != CSTN_OK)
		return status;
	known = recall(&in);
	*found = known != NULL;
	return known ? put_answer(&in, known, out, error) : CSTN_OK;
}

cstn_status cstn__noise_about(struct ArrowArrayStream *rows, const cstn_noise_options *options,
		const void *about, size_t about_size, cstn_privacy_budget *budget,
		struct ArrowArrayStream *out, int64_t *charged_nano, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn_noise_options read;
	asking in = {.options = &read, .about = about, .about_size = about_size, .budget = budget};
	struct ArrowArrayStream stream;
	int64_t charged = 0;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!budget || !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				budget ? "out" : "budget");
	else
		status = read_options(options, &read, &in.allocator, error);
	if (status == CSTN_OK)
		status = answer(&in, &stream, out, &charged, bad_rows, error);
	stream.release(&stream);
	if (charged_nano && (status == CSTN_OK || charged))
		*charged_nano = charged;
	return status;
}

cstn_status cstn_noise(struct ArrowArrayStream *rows, const cstn_noise_options *options,
		cstn_privacy_budget *budget, struct ArrowArrayStream *out, int64_t *charged_nano,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	return cstn__noise_about(
			rows, options, NULL, 0, budget, out, charged_nano, bad_rows, error);
}
