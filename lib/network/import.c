/* Import: a stream of rows into a transaction.
 *
 * Rows are staged a block at a time (stage.c). When 2^20 of them wait, or at the end, they are
 * flushed: rows become records (for nouns with lines by their key, wherever the rows of a record
 * lie among those that wait), records with a bad row are left out, what they name is looked up once
 * a distinct name, records that need the network (states, quantities, the same id again) are
 * checked one by one, and what is left goes to the store as columns. The last record stays back
 * while more rows may come, since it may go on.
 *
 * Invariant: a record is put with all its lines or not at all; one whose rows stand too far apart
 * fails the import instead of being put in halves.
 *
 * Cost: about 15 ns a value of text, 3 ns a number; memory for 2^20 rows and for the keys of all
 * records of a noun with lines. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "network/import.h"

#define BLOCK 1024
#define FEW_ROWS 4096u /* not worth a thread */

/* --- personal data ---------------------------------------------------------------------------- */

/* No column of the stream may hold personal data, bound or not: it would be silently dropped. */
static cstn_status refuse_personal(
		const cstn__noun *noun, struct ArrowArrayStream *rows, cstn_error **error)
{
	struct ArrowSchema schema;
	cstn_status status = CSTN_OK;

	if (noun->id != CSTN__NOUN_CUSTOMER && noun->id != CSTN__NOUN_INTERACTION)
		return CSTN_OK;
	memset(&schema, 0, sizeof(schema));
	if (rows->get_schema(rows, &schema) != 0)
		return CSTN_OK; /* the binding tells */
	for (int64_t i = 0; i < schema.n_children && status == CSTN_OK; i++)
		if (schema.children[i]->name && cstn__is_personal(noun, schema.children[i]->name))
			status = cstn__fail(error, CSTN_E_UNSUPPORTED,
					"column '%.64s' is personal data, which is stored only in "
					"a vault: leave the column out, see cstn_customer_put()",
					schema.children[i]->name);
	if (schema.release)
		schema.release(&schema);
	return status;
}

/* --- into the store --------------------------------------------------------------------------- */

typedef struct selection {
	uint32_t *heads, *lines; /* rows to take for a record's own fields, and for lines; NULL: all
				  */
	uint32_t *children;
	size_t n, n_lines;
} selection;

static cstn_status take_records(cstn__import *at, size_t rows, selection *out, cstn_error **error)
{
	int whole = at->order == NULL;

	memset(out, 0, sizeof(*out));
	out->heads = cstn__arena_alloc(&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
	if (!out->heads)
		return cstn__fail_nomem(error);
	if (at->noun->has_lines) {
		out->lines = cstn__arena_alloc(&at->arena, (rows + 1) * sizeof(uint32_t));
		out->children = cstn__arena_alloc(
				&at->arena, (at->n_records + 1u) * sizeof(uint32_t));
		if (!out->lines || !out->children)
			return cstn__fail_nomem(error);
	}
	for (uint32_t r = 0; r < at->n_records; r++) {
		size_t first, end;

		whole &= !at->left_out[r];
		if (at->left_out[r])
			continue;
		cstn__import_rows_of(at, r, &first, &end);
		if (at->noun->has_lines) {
			out->children[out->n] = (uint32_t)(end - first);
			for (size_t k = first; k < end; k++)
				out->lines[out->n_lines++] = (uint32_t)cstn__import_row(at, k);
		}
		out->heads[out->n++] = (uint32_t)cstn__import_row(at, first);
	}
	if (whole && at->noun->has_lines)
		out->lines = NULL;
	if (whole && !at->noun->has_lines)
		out->heads = NULL;
	return CSTN_OK;
}

/* A part of the key that the stream does not have: "" or 0 in every row. */
static cstn_status empty_column(const cstn__field *field, size_t n, cstn__arena *arena,
		cstn__values *out, cstn_error **error)
{
	void *zeros = cstn__arena_alloc(arena, (n + 1) * sizeof(int64_t));

	if (!zeros)
		return cstn__fail_nomem(error);
	memset(zeros, 0, (n + 1) * sizeof(int64_t));
	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (field->type == CSTN_TYPE_TEXT) {
		out->offsets = zeros;
		out->bytes = zeros;
	} else {
		out->numbers = zeros;
	}
	return CSTN_OK;
}

/* The columns of a batch for the store, each in memory of its own. */
typedef struct taking {
	const cstn__import *at;
	const selection *taken;
	uint32_t fields[CSTN__FIELDS_MAX], ids[CSTN__FIELDS_MAX];
	cstn__values columns[CSTN__FIELDS_MAX], dictionaries[CSTN__FIELDS_MAX];
	cstn__arena arenas[CSTN__FIELDS_MAX];
	size_t n;
} taking;

static cstn_status take_column(void *context, size_t k, cstn_error **error)
{
	taking *out = context;
	const cstn__import *at = out->at;
	const cstn__field *field = &at->noun->fields[out->fields[k]];
	int line = (field->flags & CSTN__FIELD_LINE) != 0;
	size_t n = line ? out->taken->n_lines : out->taken->n;

	if (!at->stage.columns[out->fields[k]].present)
		return empty_column(field, n, &out->arenas[k], &out->columns[k], error);
	return cstn__stage_values(&at->stage, out->fields[k],
			line ? out->taken->lines : out->taken->heads, n, &out->arenas[k],
			&out->dictionaries[k], &out->columns[k], error);
}

static cstn_status store_taken(cstn__import *at, taking *out, cstn_error **error)
{
	const selection *taken = out->taken;
	cstn__store_batch batch = {.rows = taken->n,
			.child_rows = taken->n_lines,
			.children = taken->children,
			.ids = out->ids,
			.columns = out->columns,
			.n_columns = out->n};
	int32_t threads = taken->n + taken->n_lines < FEW_ROWS ? 1 : at->threads;
	cstn_status status = cstn__parallel_try(out->n, threads, NULL, take_column, out, error);

	if (status != CSTN_OK)
		return status;
	return at->noun->table_class == CSTN__TABLE_APPEND
			       ? cstn__transaction_append(at->transaction->inner, at->noun->id,
						 &batch, error)
			       : cstn__transaction_upsert(at->transaction->inner, at->noun->id,
						 &batch, error);
}

static cstn_status store_records(cstn__import *at, const selection *taken, cstn_error **error)
{
	taking *out = cstn__arena_alloc(&at->arena, sizeof(*out));
	cstn_status status;

	if (!out)
		return cstn__fail_nomem(error);
	out->at = at;
	out->taken = taken;
	out->n = 0;
	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		if (!at->stage.columns[i].present &&
				!(at->noun->fields[i].flags & CSTN__FIELD_EMPTY))
			continue;
		cstn__arena_init(&out->arenas[out->n], &at->stage.allocator);
		out->fields[out->n] = i;
		out->ids[out->n++] = CSTN__COLUMN_FIRST + i;
	}
	status = store_taken(at, out, error);
	for (size_t k = 0; k < out->n; k++)
		cstn__arena_free(&out->arenas[k]);
	return status;
}

static void saw_times(cstn__import *at, const selection *taken)
{
	const cstn__stage_column *column = &at->stage.columns[at->noun->recorded];

	for (size_t i = 0; i < taken->n; i++)
		cstn__transaction_saw(at->transaction,
				column->numbers[taken->heads ? taken->heads[i] : i]);
}

/* Rows at the end that may belong to a record that goes on. */
static size_t rows_to_keep(const cstn__import *at)
{
	size_t rows = at->stage.rows, keep = 1;

	if (!at->noun->has_lines || rows == 0)
		return 0;
	while (keep < rows && cstn__import_same_key(at, rows - keep - 1, rows - 1))
		keep++;
	return keep == rows ? 0 : keep;
}

static cstn_status flush(cstn__import *at, int final, cstn_error **error)
{
	size_t keep = final ? 0 : rows_to_keep(at), rows = at->stage.rows - keep;
	selection taken = {0};
	cstn_status status;

	if (rows == 0)
		return CSTN_OK;
	cstn__arena_free(&at->arena);
	cstn__arena_init(&at->arena, &at->stage.allocator);
	status = cstn__import_group(at, rows, error);
	if (status == CSTN_OK)
		status = cstn__import_check(at, rows, error);
	if (status == CSTN_OK)
		status = take_records(at, rows, &taken, error);
	if (status == CSTN_OK && taken.n)
		status = store_records(at, &taken, error);
	if (status != CSTN_OK)
		return status;
	saw_times(at, &taken);
	at->transaction->rows += taken.n;
	cstn__stage_keep(&at->stage, keep);
	return CSTN_OK;
}

/* --- the stream ------------------------------------------------------------------------------- */

/* How many rows are read at once: threads take more, but never past the block at whose end a flush
 * is due, which so comes after the same row whatever their number. */
static int64_t rows_to_read(const cstn__import *at, int64_t left)
{
	size_t rows = at->stage.rows, due = CSTN__IMPORT_WAITING - rows;
	int64_t n = BLOCK;

	if (at->threads > 1 && rows < CSTN__IMPORT_WAITING)
		n = due < CSTN__MORSEL_ROWS ? (int64_t)(due + BLOCK - 1) / BLOCK * BLOCK
					    : CSTN__MORSEL_ROWS;
	return n < left ? n : left;
}

static cstn_status read_batch(cstn__import *at, const cstn__bound *bound,
		const struct ArrowArray *array, uint64_t *first_row, cstn_error **error)
{
	cstn__batch batch;
	cstn_status status = cstn__bound_batch(bound, array, &batch, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__stage_begin(&at->stage, bound, &batch, CSTN__IMPORT_WAITING + BLOCK, error);
	for (int64_t start = 0, n; start < batch.length && status == CSTN_OK; start += n) {
		n = rows_to_read(at, batch.length - start);
		if (cstn_progress_is_cancelled(at->options.progress)) {
			status = cstn__fail(error, CSTN_E_CANCELLED, "the import was cancelled");
			break;
		}
		status = cstn__stage_read(&at->stage, bound, &batch, start, (int32_t)n, *first_row,
				at->threads, error);
		if (status == CSTN_OK && at->stage.rows >= CSTN__IMPORT_WAITING)
			status = flush(at, 0, error);
		cstn__progress_add(at->options.progress, (uint64_t)n);
	}
	*first_row += (uint64_t)batch.length;
	cstn__batch_free(bound, &batch);
	return status;
}

static cstn_status read_stream(cstn__import *at, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn__bound *bound = NULL;
	uint64_t first_row = 0;
	cstn_status status = cstn__import_bind(at, rows, &bound, error);

	if (status == CSTN_OK && at->options.flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(bound);
	while (status == CSTN_OK) {
		struct ArrowArray array;

		memset(&array, 0, sizeof(array));
		status = cstn__stream_next(rows, &array, error);
		if (status == CSTN_OK)
			status = read_batch(at, bound, &array, &first_row, error);
		if (array.release)
			array.release(&array);
	}
	cstn__bound_free(bound);
	return status == CSTN_DONE ? flush(at, 1, error) : status;
}

static cstn_status finish(cstn__import *at, cstn_row_errors **bad_rows, cstn_error **error)
{
	uint64_t total = cstn__row_sink_total(at->stage.sink);
	cstn_row_errors *found = NULL;
	cstn_status status;

	if (total == 0)
		return CSTN_OK;
	if (bad_rows) {
		status = cstn__row_sink_finish(at->stage.sink, &found, error);
		if (status != CSTN_OK)
			return status;
		*bad_rows = found;
	}
	return cstn__fail(error, CSTN_E_ROWS,
			"%llu value%s of '%s' break%s a rule; the records are left out%s",
			(unsigned long long)total, total == 1 ? "" : "s", at->noun->name,
			total == 1 ? "s" : "",
			at->options.flags & CSTN_IMPORT_ALL_OR_NOTHING ? ", and so are all others"
								       : "");
}

static cstn_status check_arguments(cstn_transaction *transaction, const char *noun,
		const cstn_import_options *options, cstn__import *at, cstn_error **error)
{
	cstn_status status;

	if (!transaction)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "transaction is NULL");
	if (transaction->broken)
		return cstn__fail(error, CSTN_E_STATE,
				"the transaction is incomplete since a call failed; free it");
	status = cstn__network_check(transaction->network, error);
	if (status == CSTN_OK)
		status = cstn__noun_find(noun, &at->noun, error);
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(at->options), sizeof(at->options),
				CSTN_IMPORT_ALL_OR_NOTHING | CSTN_IMPORT_TRUSTED |
						CSTN_IMPORT_SKIP_UNKNOWN,
				"cstn_import_options", &at->options, error);
	if (status == CSTN_OK && (at->options.threads < 0 || at->options.reserved0))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				at->options.threads < 0 ? "threads is negative"
							: "reserved0 is not 0");
	return status;
}

static cstn_status import_moved(cstn_transaction *transaction, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options, int sole,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__import at = {.transaction = transaction, .sole = sole};
	cstn_status status = check_arguments(transaction, noun, options, &at, error);

	if (status != CSTN_OK)
		return status;
	at.threads = cstn__threads_resolve(at.options.threads, SIZE_MAX);
	cstn__transaction_use(transaction->inner, at.threads);
	status = refuse_personal(at.noun, rows, error);
	if (status == CSTN_OK)
		status = cstn__transaction_begin_base(transaction, error);
	if (status != CSTN_OK)
		return status;
	cstn__arena_init(&at.arena, &transaction->allocator);
	cstn__interner_init(&at.keys, &transaction->allocator, 43);
	cstn__bytes_init(&at.rising, &transaction->allocator);
	for (uint32_t i = 0; i < at.noun->n_key; i++)
		at.key_fields[i] = cstn__noun_key_field(at.noun, i + 1)->number;
	status = cstn__stage_init(&at.stage, at.noun,
			at.options.recorded_us ? at.options.recorded_us : CSTN_TIME_NULL,
			&transaction->allocator, error);
	if (status == CSTN_OK)
		status = read_stream(&at, rows, error);
	if (status == CSTN_OK)
		status = finish(&at, bad_rows, error);
	if (status == CSTN_OK || status == CSTN_E_ROWS)
		transaction->imported = 1;
	if (status != CSTN_OK && !(status == CSTN_E_ROWS &&
						 !(at.options.flags & CSTN_IMPORT_ALL_OR_NOTHING)))
		transaction->broken = 1;
	cstn__stage_free(&at.stage);
	cstn__interner_free(&at.keys);
	cstn__bytes_free(&at.rising);
	cstn__arena_free(&at.arena);
	return status;
}

/* Take the caller's stream, so that it has one duty less however the call ends. */
static int move_stream(struct ArrowArrayStream *rows, struct ArrowArrayStream *out)
{
	if (!rows || !rows->release)
		return -1;
	*out = *rows;
	rows->release = NULL;
	return 0;
}

cstn_status cstn_transaction_import(cstn_transaction *transaction, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream own;
	cstn_status status;

	if (move_stream(rows, &own))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				rows ? "rows was released" : "rows is NULL");
	status = import_moved(transaction, noun, &own, options, 0, bad_rows, error);
	own.release(&own);
	return status;
}

static cstn_status import_locked(cstn_network *network, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_row_errors *found = NULL;
	cstn_error *told = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error), committed;

	if (status != CSTN_OK)
		return status;
	status = import_moved(transaction, noun, rows, options, 1, &found, &told);
	if (!transaction->broken && transaction->rows) {
		committed = cstn__transaction_commit_locked(transaction, NULL, error);
		if (committed != CSTN_OK) {
			status = committed;
			cstn_error_free(told);
			told = NULL;
			cstn_row_errors_free(found);
			found = NULL;
		}
	}
	cstn_transaction_free(transaction);
	if (bad_rows && status == CSTN_E_ROWS)
		*bad_rows = found;
	else
		cstn_row_errors_free(found);
	if (error && told)
		*error = told;
	else
		cstn_error_free(told);
	return status;
}

cstn_status cstn_network_import(cstn_network *network, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream own;
	cstn_status status;

	if (move_stream(rows, &own))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				rows ? "rows was released" : "rows is NULL");
	status = cstn__network_check(network, error);
	if (status == CSTN_OK) {
		pthread_rwlock_wrlock(&network->commits);
		status = import_locked(network, noun, &own, options, bad_rows, error);
		pthread_rwlock_unlock(&network->commits);
	}
	own.release(&own);
	return status;
}
