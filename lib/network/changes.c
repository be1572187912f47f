/* The change feed: what was put or deleted since a transaction.
 *
 * Puts are rows whose sequence number lies after it; the zone maps leave out what is older.
 * Deletions are rows of an append-only table of the network's own, written in the transaction that
 * deleted. Of several changes of one record the last counts, so that the feed says how things stand
 * now. Cost: memory and a sort of the changes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/sort.h"
#include "network/network.h"
#include "table/export.h"

typedef struct change {
	uint64_t seq;
	const cstn__noun *noun;
	int deleted;
	int64_t recorded;
	struct {
		const char *text; /* NULL past the noun's key */
		uint32_t len;
	} key[CSTN__KEY_MAX];
} change;

typedef struct feed {
	const cstn_allocator *allocator;
	cstn__snapshot *snapshot;
	uint64_t since;
	CSTN__ARRAY(change) changes;
	cstn__interner keys;          /* noun and key */
	CSTN__ARRAY(uint32_t) by_key; /* change + 1 of each key */
	cstn__arena arena;
} feed;

/* Keep the later of two changes of one record; a record put again lives. */
static cstn_status add_change(feed *at, const change *one, cstn_error **error)
{
	uint8_t bytes[CSTN__KEY_BYTES + 8];
	size_t size = sizeof(uint32_t);
	uint32_t code, *found;

	memcpy(bytes, &one->noun->id, sizeof(uint32_t));
	for (uint32_t i = 0; i < one->noun->n_key; i++) {
		memcpy(bytes + size, &one->key[i].len, sizeof(uint32_t));
		if (one->key[i].len)
			memcpy(bytes + size + sizeof(uint32_t), one->key[i].text, one->key[i].len);
		size += sizeof(uint32_t) + one->key[i].len;
	}
	code = cstn__intern(&at->keys, (const char *)bytes, size);
	if (code == UINT32_MAX || cstn__array_reserve(at->allocator, &at->by_key, 1) ||
			cstn__array_reserve(at->allocator, &at->changes, 1))
		return cstn__fail_nomem(error);
	if (code == at->by_key.count)
		at->by_key.items[at->by_key.count++] = 0;
	found = &at->by_key.items[code];
	if (*found) {
		change *before = &at->changes.items[*found - 1];

		if (one->seq > before->seq || (one->seq == before->seq && before->deleted))
			*before = *one;
		return CSTN_OK;
	}
	at->changes.items[at->changes.count++] = *one;
	*found = (uint32_t)at->changes.count;
	return CSTN_OK;
}

static cstn_status copy_key(feed *at, const cstn__values *values, uint64_t row, int is_text,
		change *out, uint32_t place, cstn_error **error)
{
	char buffer[24];
	const char *text = buffer;
	size_t len;

	if (is_text)
		text = (const char *)cstn__values_text(values, row, &len);
	else
		len = (size_t)snprintf(buffer, sizeof(buffer), "%" PRId64, values->numbers[row]);
	out->key[place].text = cstn__arena_copy(&at->arena, text, len);
	out->key[place].len = (uint32_t)len;
	return out->key[place].text ? CSTN_OK : cstn__fail_nomem(error);
}

/* Visible rows of a table written since; `row` reads one. */
static cstn_status each_row(feed *at, uint32_t table, const uint32_t *columns, size_t n_columns,
		const cstn__noun *noun,
		cstn_status (*read)(feed *at, const cstn__noun *noun, const cstn__scan_chunk *chunk,
				uint64_t row, cstn_error **error),
		cstn_error **error)
{
	cstn__scan_range range = {CSTN__COLUMN_SEQ, (int64_t)(at->since + 1), INT64_MAX};
	cstn__scan_options options = {.columns = columns,
			.n_columns = n_columns,
			.ranges = &range,
			.n_ranges = 1,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status = cstn__scan_new(at->snapshot, table, &options, &scan, error);

	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows && status == CSTN_OK; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1)
				status = read(at, noun, &chunk, row, error);
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

static cstn_status read_deletion(feed *at, const cstn__noun *noun, const cstn__scan_chunk *chunk,
		uint64_t row, cstn_error **error)
{
	const cstn__values *columns = chunk->columns;
	cstn_status status = CSTN_OK;
	change one;

	(void)noun;
	memset(&one, 0, sizeof(one));
	one.deleted = 1;
	one.seq = (uint64_t)columns[0].numbers[row];
	one.recorded = columns[1].numbers[row];
	one.noun = cstn__noun_get((uint32_t)columns[2].numbers[row]);
	if (!one.noun)
		return CSTN_OK; /* of a newer release */
	for (uint32_t i = 0; i < one.noun->n_key && status == CSTN_OK; i++)
		status = copy_key(at, &columns[3 + i], row, 1, &one, i, error);
	return status == CSTN_OK ? add_change(at, &one, error) : status;
}

static cstn_status read_put(feed *at, const cstn__noun *noun, const cstn__scan_chunk *chunk,
		uint64_t row, cstn_error **error)
{
	const cstn__values *columns = chunk->columns;
	cstn_status status = CSTN_OK;
	change one;

	memset(&one, 0, sizeof(one));
	one.noun = noun;
	one.seq = (uint64_t)columns[0].numbers[row];
	one.recorded = columns[1].numbers[row];
	for (uint32_t i = 0; i < noun->n_key && status == CSTN_OK; i++)
		status = copy_key(at, &columns[2 + i], row,
				cstn__noun_key_field(noun, i + 1)->type == CSTN_TYPE_TEXT, &one, i,
				error);
	return status == CSTN_OK ? add_change(at, &one, error) : status;
}

static cstn_status collect(feed *at, cstn_error **error)
{
	uint32_t columns[3 + CSTN__KEY_MAX] = {CSTN__COLUMN_SEQ,
			CSTN__COLUMN_FIRST + CSTN__DELETION_RECORDED,
			CSTN__COLUMN_FIRST + CSTN__DELETION_NOUN};
	const cstn__noun *const *nouns;
	size_t n;
	cstn_status status;

	for (uint32_t i = 0; i < CSTN__KEY_MAX; i++)
		columns[3 + i] = CSTN__COLUMN_FIRST + CSTN__DELETION_KEY + i;
	status = each_row(at, CSTN__NOUN_DELETION, columns, 3 + CSTN__KEY_MAX, NULL, read_deletion,
			error);
	cstn__nouns(&nouns, &n);
	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		columns[1] = CSTN__COLUMN_FIRST + nouns[i]->recorded;
		for (uint32_t k = 0; k < nouns[i]->n_key; k++)
			columns[2 + k] = CSTN__COLUMN_FIRST +
					 cstn__noun_key_field(nouns[i], k + 1)->number;
		status = each_row(at, nouns[i]->id, columns, 2 + nouns[i]->n_key, nouns[i],
				read_put, error);
	}
	return status;
}

static int compare_changes(const void *left, const void *right, void *context)
{
	const change *a = left, *b = right;

	(void)context;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->noun != b->noun)
		return a->noun->id < b->noun->id ? -1 : 1;
	for (uint32_t i = 0; i < a->noun->n_key; i++) {
		uint32_t len = a->key[i].len < b->key[i].len ? a->key[i].len : b->key[i].len;
		int order = len ? memcmp(a->key[i].text, b->key[i].text, len) : 0;

		if (order)
			return order;
		if (a->key[i].len != b->key[i].len)
			return a->key[i].len < b->key[i].len ? -1 : 1;
	}
	return 0;
}

static cstn_status export_changes(feed *at, struct ArrowArrayStream *out, cstn_error **error)
{
	static const char *const names[CSTN__KEY_MAX] = {
			"key", "key_2", "key_3", "key_4", "key_5", "key_6"};
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(at->allocator, &table, error);

	if (status != CSTN_OK)
		return status;
	cstn__table_add_column(table, "seq", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "noun", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_add_column(table, "change", CSTN_TYPE_TEXT, 0, 0);
	for (size_t i = 0; i < CSTN__KEY_MAX; i++)
		cstn__table_add_column(table, names[i], CSTN_TYPE_TEXT, 0, i > 0);
	cstn__table_add_column(table, "recorded", CSTN_TYPE_TIME, 0, 0);
	for (size_t i = 0; i < at->changes.count; i++) {
		const change *one = &at->changes.items[i];
		const char *what = one->deleted ? "delete" : "put";

		cstn__table_put_i64(table, 0, (int64_t)one->seq);
		cstn__table_put_text(table, 1, one->noun->name, strlen(one->noun->name));
		cstn__table_put_text(table, 2, what, strlen(what));
		for (uint32_t k = 0; k < CSTN__KEY_MAX; k++)
			if (k < one->noun->n_key)
				cstn__table_put_text(table, (int32_t)(3 + k), one->key[k].text,
						one->key[k].len);
			else
				cstn__table_put_null(table, (int32_t)(3 + k));
		cstn__table_put_i64(table, 3 + (int32_t)CSTN__KEY_MAX, one->recorded);
	}
	return cstn__table_export(table, out, error);
}

cstn_status cstn_snapshot_changes(cstn_snapshot *snapshot, uint64_t since_seq,
		struct ArrowArrayStream *out, cstn_error **error)
{
	feed at = {.since = since_seq};
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	if (since_seq >= INT64_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"since_seq %" PRIu64 " is no sequence number", since_seq);
	at.allocator = &snapshot->allocator;
	at.snapshot = snapshot->inner;
	cstn__arena_init(&at.arena, at.allocator);
	cstn__interner_init(&at.keys, at.allocator, 59);
	status = collect(&at, error);
	if (status == CSTN_OK && at.changes.count)
		cstn__sort(at.changes.items, at.changes.count, sizeof(change), compare_changes,
				NULL);
	if (status == CSTN_OK)
		status = export_changes(&at, out, error);
	cstn__array_free(at.allocator, &at.changes);
	cstn__array_free(at.allocator, &at.by_key);
	cstn__interner_free(&at.keys);
	cstn__arena_free(&at.arena);
	return status;
}

cstn_status cstn_network_changes(cstn_network *network, uint64_t since_seq,
		struct ArrowArrayStream *out, uint64_t *last_seq, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	cstn_status status = cstn_network_snapshot(network, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn_snapshot_changes(snapshot, since_seq, out, error);
	if (status == CSTN_OK && last_seq)
		*last_seq = cstn_snapshot_seq(snapshot);
	cstn_snapshot_unref(snapshot);
	return status;
}
