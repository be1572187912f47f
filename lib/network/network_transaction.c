/* Transactions: records, deletions and imports that are seen together or not at all.
 *
 * A record is checked when it is put, against the snapshot that the transaction took with its first
 * change, and goes into the store's transaction as a batch of one row. The version that was found
 * is required at the commit, so that two transactions which changed the same record are told. An
 * import does not require each row: it requires that nothing at all was committed since its
 * snapshot, and commits alone.
 *
 * Invariant: what is refused leaves the store's transaction and the checks as they were. */
#include "network/network_transaction.h"

#include <string.h>

#include "base/error.h"
#include "network/inner_rows.h"

cstn_status cstn__transaction_check(const cstn_transaction *transaction, cstn_error **error)
{
	if (!transaction)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "transaction is NULL");
	if (transaction->broken)
		return cstn__fail(error, CSTN_E_STATE,
				"the transaction is incomplete since a call failed; free it");
	return cstn__network_check(transaction->network, error);
}

cstn_status cstn_transaction_begin(
		cstn_network *network, cstn_transaction **out, cstn_error **error)
{
	cstn_status status = cstn__network_check(network, error);
	cstn_transaction *transaction;

	if (status != CSTN_OK)
		return status;
	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (network->flags & CSTN_NETWORK_READ_ONLY)
		return cstn__fail(
				error, CSTN_E_READ_ONLY, "the network was opened for reading only");
	transaction = cstn__alloc_zero(&network->allocator, sizeof(*transaction));
	if (!transaction)
		return cstn__fail_nomem(error);
	transaction->allocator = network->allocator;
	transaction->latest_us = INT64_MIN;
	status = cstn__transaction_new(network->store, &transaction->inner, error);
	if (status != CSTN_OK) {
		cstn__free(&network->allocator, transaction, sizeof(*transaction));
		return status;
	}
	transaction->network = cstn_network_ref(network);
	cstn__inner_rows_init(transaction);
	*out = transaction;
	return CSTN_OK;
}

static void drop_base(cstn_transaction *transaction)
{
	if (!transaction->base)
		return;
	cstn__inner_rows_clear(transaction);
	cstn__checks_free(&transaction->checks);
	cstn__snapshot_unref(transaction->base);
	transaction->base = NULL;
}

void cstn_transaction_free(cstn_transaction *transaction)
{
	cstn_allocator allocator;

	if (!transaction)
		return;
	allocator = transaction->allocator;
	if (transaction->at_commit.free)
		transaction->at_commit.free(transaction->at_commit.user);
	drop_base(transaction);
	cstn__transaction_free(transaction->inner);
	cstn_network_unref(transaction->network);
	cstn__free(&allocator, transaction, sizeof(*transaction));
}

uint64_t cstn_transaction_rows(const cstn_transaction *transaction)
{
	return transaction ? transaction->rows : 0;
}

cstn_status cstn__transaction_begin_base(cstn_transaction *transaction, cstn_error **error)
{
	cstn__snapshot *base = NULL;
	cstn_status status;

	if (transaction->base)
		return CSTN_OK;
	status = cstn__snapshot_new(transaction->network->store, &base, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__checks_init(&transaction->checks, base, &transaction->allocator, error);
	if (status != CSTN_OK) {
		cstn__checks_free(&transaction->checks);
		cstn__snapshot_unref(base);
		return status;
	}
	transaction->base = base;
	return CSTN_OK;
}

/* --- one record ------------------------------------------------------------------------------- */

typedef struct record_batch {
	uint32_t ids[CSTN__FIELDS_MAX];
	cstn__values columns[CSTN__FIELDS_MAX];
	uint32_t children;
	cstn__store_batch batch;
} record_batch;

static int put_texts(cstn__arena *arena, const cstn_record *record, size_t first, size_t n,
		uint32_t field, cstn__values *out)
{
	uint32_t *offsets = cstn__arena_alloc(arena, (n + 1) * sizeof(*offsets));
	uint8_t *bytes;

	if (!offsets)
		return -1;
	offsets[0] = 0;
	for (size_t i = 0; i < n; i++) {
		const cstn__cell *cell =
				&record->cells[(first + i) * record->noun->n_fields + field];

		offsets[i + 1] = offsets[i] + (cell->valid ? cell->len : 0);
	}
	bytes = cstn__arena_alloc(arena, offsets[n] + 1u);
	if (!bytes)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const cstn__cell *cell =
				&record->cells[(first + i) * record->noun->n_fields + field];

		if (cell->valid && cell->len)
			memcpy(bytes + offsets[i], cell->text, cell->len);
	}
	out->offsets = offsets;
	out->bytes = bytes;
	return 0;
}

static int put_numbers(cstn__arena *arena, const cstn_record *record, size_t first, size_t n,
		uint32_t field, cstn__values *out)
{
	int64_t *numbers = cstn__arena_alloc(arena, (n + 1) * sizeof(*numbers));

	if (!numbers)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const cstn__cell *cell =
				&record->cells[(first + i) * record->noun->n_fields + field];

		numbers[i] = cell->valid ? cell->number : 0;
	}
	out->numbers = numbers;
	return 0;
}

/* One field as a column: of the record's own row, or of its lines. 1: it has no value at all. */
static int put_column(cstn__arena *arena, const cstn_record *record, const cstn__field *field,
		cstn__values *out)
{
	int line = (field->flags & CSTN__FIELD_LINE) != 0;
	size_t first = line ? 1 : 0, n = line ? record->n_lines : 1, valid = 0;
	uint64_t *bits = cstn__arena_alloc(arena, (n + 63) / 64 * sizeof(*bits) + 8);
	int bad;

	if (!bits)
		return -1;
	memset(bits, 0, (n + 63) / 64 * sizeof(*bits));
	for (size_t i = 0; i < n; i++)
		if (record->cells[(first + i) * record->noun->n_fields + field->number].valid) {
			bits[i / 64] |= UINT64_C(1) << i % 64;
			valid++;
		}
	if (valid == 0 && !(field->flags & (CSTN__FIELD_EMPTY | CSTN__FIELD_REQUIRED)))
		return 1;
	memset(out, 0, sizeof(*out));
	out->rows = n;
	if (valid < n && !(field->flags & CSTN__FIELD_EMPTY))
		out->validity = bits;
	if (field->type == CSTN_TYPE_TEXT)
		bad = put_texts(arena, record, first, n, field->number, out);
	else
		bad = put_numbers(arena, record, first, n, field->number, out);
	return bad;
}

static cstn_status make_batch(cstn__arena *arena, const cstn_record *record, record_batch *out,
		cstn_error **error)
{
	size_t n = 0;

	for (uint32_t i = 0; i < record->noun->n_fields; i++) {
		int absent = put_column(arena, record, &record->noun->fields[i], &out->columns[n]);

		if (absent < 0)
			return cstn__fail_nomem(error);
		if (!absent)
			out->ids[n++] = CSTN__COLUMN_FIRST + i;
	}
	memset(&out->batch, 0, sizeof(out->batch));
	out->children = (uint32_t)record->n_lines;
	out->batch.rows = 1;
	out->batch.child_rows = record->n_lines;
	out->batch.children = record->noun->has_lines ? &out->children : NULL;
	out->batch.ids = out->ids;
	out->batch.columns = out->columns;
	out->batch.n_columns = n;
	return CSTN_OK;
}

typedef struct put_report {
	const cstn__noun *noun;
	cstn__bytes message;
} put_report;

static cstn_status report_broken(
		void *context, size_t line, uint32_t field, const cstn__cell *cell, int32_t code)
{
	put_report *report = context;

	if (report->message.size < 12000)
		cstn__broken_put(&report->message, report->noun, line, field, cell, code);
	return report->message.failed ? CSTN_E_NOMEM : CSTN_OK;
}

static cstn_status refuse(const cstn_record *record, const put_report *report,
		const cstn__checked *checked, cstn_error **error)
{
	char buffer[CSTN__KEY_TEXT];
	cstn__key key;

	cstn__key_of_record(record, &key);
	return cstn__fail(error, checked->worst, "%s: %.*s", cstn__key_text(&key, buffer),
			(int)report->message.size, (const char *)report->message.data);
}

cstn_status cstn__transaction_store(
		cstn_transaction *transaction, const cstn_record *record, cstn_error **error)
{
	cstn__arena arena;
	record_batch batch;
	cstn_status status;

	cstn__arena_init(&arena, &transaction->allocator);
	status = make_batch(&arena, record, &batch, error);
	if (status == CSTN_OK)
		status = record->noun->table_class == CSTN__TABLE_APPEND
					 ? cstn__transaction_append(transaction->inner,
							   record->noun->id, &batch.batch, error)
					 : cstn__transaction_upsert(transaction->inner,
							   record->noun->id, &batch.batch, error);
	cstn__arena_free(&arena);
	return status;
}

static cstn_status store_record(cstn_transaction *transaction, const cstn_record *record,
		const cstn__known *known, cstn_error **error)
{
	cstn__key_values values;
	cstn__key key;
	cstn_status status = CSTN_OK;

	cstn__key_of_record(record, &key);
	cstn__key_to_values(&key, &values);
	if (!known->own)
		status = cstn__transaction_require(transaction->inner, record->noun->id,
				values.values, known->seq, error);
	return status == CSTN_OK ? cstn__transaction_store(transaction, record, error) : status;
}

cstn_status cstn_transaction_put(
		cstn_transaction *transaction, const cstn_record *record, cstn_error **error)
{
	cstn_status status = cstn__transaction_check(transaction, error);
	cstn__checked checked;
	cstn__known *known;
	put_report report;
	cstn__key key;
	cstn__row row;

	if (status != CSTN_OK)
		return status;
	if (!record)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "record is NULL");
	status = cstn__transaction_begin_base(transaction, error);
	if (status != CSTN_OK)
		return status;
	report.noun = record->noun;
	cstn__bytes_init(&report.message, &transaction->allocator);
	cstn__row_of_record(record, &row);
	status = cstn__checks_row(&transaction->checks, &row, CSTN__CHECK_DICTIONARIES,
			report_broken, &report, &checked, error);
	if (status == CSTN_OK && checked.bad)
		status = refuse(record, &report, &checked, error);
	cstn__bytes_free(&report.message);
	if (status != CSTN_OK || checked.same)
		return status;
	cstn__key_of_record(record, &key);
	status = cstn__checks_key(&transaction->checks, &key, &known, error);
	if (status == CSTN_OK)
		status = store_record(transaction, record, known, error);
	if (status != CSTN_OK)
		return status;
	cstn__checks_put(&transaction->checks, record->noun, &checked);
	cstn__transaction_saw(transaction,
			cstn__record_cell(record, CSTN_NO_LINE, record->noun->recorded)->number);
	transaction->rows++;
	return CSTN_OK;
}

void cstn__transaction_saw(cstn_transaction *transaction, int64_t recorded_us)
{
	if (recorded_us > transaction->latest_us)
		transaction->latest_us = recorded_us;
}

/* --- deletions and requirements --------------------------------------------------------------- */

static cstn_status read_key(const char *noun, const char *const *texts, size_t n, cstn__key *out,
		cstn_error **error)
{
	const cstn__noun *found;
	cstn_status status = cstn__noun_find(noun, &found, error);

	return status == CSTN_OK ? cstn__key_read(found, texts, n, out, error) : status;
}

/* The row of the change feed that tells of a deletion. */
static cstn_status append_deletion(cstn_transaction *transaction, const cstn__key *key,
		int64_t recorded_us, cstn_error **error)
{
	uint32_t ids[2 + CSTN__KEY_MAX], offsets[CSTN__KEY_MAX][2];
	cstn__values columns[2 + CSTN__KEY_MAX];
	cstn__store_batch batch = {
			.rows = 1, .ids = ids, .columns = columns, .n_columns = 2 + CSTN__KEY_MAX};
	int64_t noun = key->noun->id;
	char numbers[CSTN__KEY_MAX][24];

	memset(columns, 0, sizeof(columns));
	ids[0] = CSTN__COLUMN_FIRST + CSTN__DELETION_NOUN;
	columns[0] = (cstn__values){.rows = 1, .numbers = &noun};
	ids[1] = CSTN__COLUMN_FIRST + CSTN__DELETION_RECORDED;
	columns[1] = (cstn__values){.rows = 1, .numbers = &recorded_us};
	for (uint32_t i = 0; i < CSTN__KEY_MAX; i++) {
		const char *text = key->parts[i].text ? key->parts[i].text : "";
		size_t len = i < key->noun->n_key ? key->parts[i].len : 0;

		if (i < key->noun->n_key &&
				cstn__noun_key_field(key->noun, i + 1)->type != CSTN_TYPE_TEXT) {
			len = cstn_decimal_format(
					key->parts[i].number, 0, numbers[i], sizeof(numbers[i]));
			text = numbers[i];
		}
		offsets[i][0] = 0;
		offsets[i][1] = (uint32_t)len;
		ids[2 + i] = CSTN__COLUMN_FIRST + CSTN__DELETION_KEY + i;
		columns[2 + i].rows = 1;
		columns[2 + i].offsets = offsets[i];
		columns[2 + i].bytes = (const uint8_t *)text;
	}
	return cstn__transaction_append(transaction->inner, CSTN__NOUN_DELETION, &batch, error);
}

static cstn_status store_deletion(cstn_transaction *transaction, const cstn__key *key,
		int64_t recorded_us, cstn_error **error)
{
	uint32_t ids[CSTN__KEY_MAX + 1], n = key->noun->n_key;
	cstn__values columns[CSTN__KEY_MAX + 1];
	cstn__store_batch batch = {.rows = 1, .ids = ids, .columns = columns, .n_columns = n + 1};
	cstn__key_values values;

	cstn__key_to_values(key, &values);
	for (uint32_t i = 0; i < n; i++) {
		ids[i] = CSTN__COLUMN_FIRST + cstn__noun_key_field(key->noun, i + 1)->number;
		columns[i] = values.values[i];
	}
	ids[n] = CSTN__COLUMN_FIRST + key->noun->recorded;
	columns[n] = (cstn__values){.rows = 1, .numbers = &recorded_us};
	return cstn__transaction_delete(transaction->inner, key->noun->id, &batch, error);
}

/* What a deleted shipment or return held is free again. */
static cstn_status release_held(
		cstn_transaction *transaction, const cstn__key *key, cstn_error **error)
{
	cstn__checks *checks = &transaction->checks;
	cstn__known *known;
	cstn_status status;

	if (key->noun->id != CSTN__NOUN_SHIPMENT && key->noun->id != CSTN__NOUN_RETURN)
		return CSTN_OK;
	status = cstn__held_load(checks, key, error);
	if (status == CSTN_OK)
		status = cstn__checks_key(checks, key, &known, error);
	if (status != CSTN_OK)
		return status;
	cstn__held_apply(checks, key->noun, known->held, NULL);
	known->held = NULL;
	return CSTN_OK;
}

cstn_status cstn_transaction_delete(cstn_transaction *transaction, const char *noun,
		const char *const *key, size_t n_key, int64_t recorded_us, cstn_error **error)
{
	cstn_status status = cstn__transaction_check(transaction, error);
	cstn__key own;

	if (status == CSTN_OK)
		status = read_key(noun, key, n_key, &own, error);
	if (status == CSTN_OK && recorded_us == CSTN_TIME_NULL)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a deletion has a time, recorded_us has none");
	if (status == CSTN_OK && cstn__noun_is_added_only(own.noun))
		status = cstn__fail(error, CSTN_E_UNSUPPORTED,
				"records of noun '%s' are only added; correct it with another",
				own.noun->name);
	return status == CSTN_OK
			       ? cstn__transaction_delete_key(transaction, &own, recorded_us, error)
			       : status;
}

cstn_status cstn__transaction_delete_key(cstn_transaction *transaction, const cstn__key *own,
		int64_t recorded_us, cstn_error **error)
{
	char buffer[CSTN__KEY_TEXT], times[CSTN__BACKWARDS_TEXT];
	cstn__key_values values;
	cstn__known *known;
	cstn_status status = cstn__transaction_begin_base(transaction, error);

	if (status == CSTN_OK)
		status = cstn__checks_key(&transaction->checks, own, &known, error);
	if (status != CSTN_OK)
		return status;
	if (!known->there)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "there is no %s",
				cstn__key_text(own, buffer));
	if (recorded_us < known->last_us) {
		(void)cstn__backwards_text(recorded_us, known->last_us, times);
		return cstn__fail(error, CSTN_E_STATE, "%s is deleted as of %s",
				cstn__key_text(own, buffer), times);
	}
	status = release_held(transaction, own, error);
	cstn__key_to_values(own, &values);
	if (status == CSTN_OK && !known->own)
		status = cstn__transaction_require(transaction->inner, own->noun->id, values.values,
				known->seq, error);
	if (status == CSTN_OK)
		status = store_deletion(transaction, own, recorded_us, error);
	if (status == CSTN_OK)
		status = append_deletion(transaction, own, recorded_us, error);
	if (status == CSTN_OK)
		status = cstn__checks_delete(&transaction->checks, own, recorded_us, error);
	if (status != CSTN_OK) {
		transaction->broken = 1;
		return status;
	}
	cstn__transaction_saw(transaction, recorded_us);
	transaction->rows++;
	return CSTN_OK;
}

cstn_status cstn_transaction_require(cstn_transaction *transaction, const char *noun,
		const char *const *key, size_t n_key, uint64_t seq, cstn_error **error)
{
	cstn_status status = cstn__transaction_check(transaction, error);
	cstn__key_values values;
	cstn__key own;

	if (status == CSTN_OK)
		status = read_key(noun, key, n_key, &own, error);
	if (status != CSTN_OK)
		return status;
	cstn__key_to_values(&own, &values);
	return cstn__transaction_require(
			transaction->inner, own.noun->id, values.values, seq, error);
}

/* --- commit ----------------------------------------------------------------------------------- */

static cstn_status last_seq(cstn_network *network, uint64_t *out, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn_status status = cstn__snapshot_new(network->store, &snapshot, error);

	if (status != CSTN_OK)
		return status;
	*out = cstn__snapshot_seq(snapshot);
	cstn__snapshot_unref(snapshot);
	return CSTN_OK;
}

/* An import was checked against the network as a whole. */
static cstn_status commit_import(cstn_transaction *transaction, uint64_t *seq, cstn_error **error)
{
	uint64_t now;
	cstn_status status = last_seq(transaction->network, &now, error);

	if (status != CSTN_OK)
		return status;
	if (now != cstn__snapshot_seq(transaction->base))
		return cstn__fail(error, CSTN_E_CONFLICT,
				"the network changed since the import was checked; import again");
	return cstn__transaction_commit(transaction->inner, seq, error);
}

cstn_status cstn__transaction_commit_locked(
		cstn_transaction *transaction, uint64_t *seq, cstn_error **error)
{
	const cstn__at_commit *with = &transaction->at_commit;
	cstn__transaction_mark mark;
	uint64_t own = 0;
	cstn_status status;

	status = cstn__checks_flush(
			&transaction->checks, transaction->inner, transaction->latest_us, error);
	mark = cstn__transaction_here(transaction->inner);
	if (status == CSTN_OK && with->put)
		status = with->put(transaction, with->user, error);
	if (status == CSTN_OK)
		status = transaction->imported ? commit_import(transaction, &own, error)
					       : cstn__transaction_commit(
								 transaction->inner, &own, error);
	if (status != CSTN_OK) {
		/* What was added is of this commit only; of another it may be something else. */
		cstn__transaction_cut(transaction->inner, mark);
		return status;
	}
	if (with->put)
		with->done(with->user);
	drop_base(transaction);
	transaction->rows = 0;
	transaction->imported = 0;
	transaction->latest_us = INT64_MIN;
	if (seq)
		*seq = own;
	return CSTN_OK;
}

cstn_status cstn_transaction_commit(
		cstn_transaction *transaction, uint64_t *seq, cstn_error **error)
{
	cstn_status status = cstn__transaction_check(transaction, error);
	uint64_t now = 0;

	if (status != CSTN_OK)
		return status;
	status = cstn__transaction_begin_base(transaction, error);
	if (status != CSTN_OK)
		return status;
	if (transaction->imported || transaction->at_commit.put)
		pthread_rwlock_wrlock(&transaction->network->commits);
	else
		pthread_rwlock_rdlock(&transaction->network->commits);
	status = cstn__transaction_commit_locked(transaction, &now, error);
	pthread_rwlock_unlock(&transaction->network->commits);
	if (status == CSTN_OK && seq)
		*seq = now;
	return status;
}

cstn_status cstn_network_put(
		cstn_network *network, const cstn_record *record, uint64_t *seq, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(network, &transaction, error);

	if (status == CSTN_OK)
		status = cstn_transaction_put(transaction, record, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, seq, error);
	cstn_transaction_free(transaction);
	return status;
}
