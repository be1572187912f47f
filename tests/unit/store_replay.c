/* What a replay of the log gives, beside a store in memory that was given the same. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"
#include "store_folder.h"
#include "suite.h"

enum { KEYS = 40 };

static char ours[1 << 20], wanted[1 << 20];

/* The same to both; their sequence numbers are the same too. */
typedef struct two_stores {
	store_folder folder;
	cstn__store *durable, *memory;
} two_stores;

static void begin(two_stores *pair)
{
	store_folder_begin(&pair->folder);
	pair->durable = store_folder_open(&pair->folder, NULL);
	ck_assert_int_eq(cstn__store_open(NULL, NULL, &store_schema, &(cstn__store_options){0},
					 NULL, &pair->memory, NULL),
			CSTN_OK);
}

static void end(two_stores *pair)
{
	cstn__store_unref(pair->durable);
	cstn__store_unref(pair->memory);
	store_folder_end(&pair->folder);
}

/* Visible rows: sequence number, id, status, number of lines, note or its absence. */
static void show(cstn__store *store, uint32_t table, int64_t as_of_us, char *out, size_t size)
{
	const uint32_t columns[] = {CSTN__COLUMN_SEQ, ORDER_ID, STATUS, NOTE};
	const uint32_t of_events[] = {CSTN__COLUMN_SEQ, EVENT_ID, EVENT_VALUE};
	cstn__scan_options options = {.columns = table == ORDERS ? columns : of_events,
			.n_columns = table == ORDERS ? 4 : 3,
			.as_of_us = as_of_us};
	cstn__snapshot *snapshot;
	cstn__scan_chunk chunk;
	cstn__scan *scan;
	size_t at = 0;

	ck_assert_int_eq(cstn__snapshot_new(store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__scan_new(snapshot, table, &options, &scan, NULL), CSTN_OK);
	out[0] = 0;
	while (cstn__scan_next(scan, &chunk, NULL) == CSTN_OK)
		for (uint64_t i = 0; i < chunk.rows; i++) {
			const cstn__values *values = chunk.columns;
			const uint8_t *id = NULL, *note = NULL;
			size_t id_len = 0, len = 0;

			if (!(chunk.visible[i / 64] >> i % 64 & 1))
				continue;
			at += (size_t)snprintf(
					out + at, size - at, "%" PRId64 " ", values[0].numbers[i]);
			if (table == EVENTS) {
				at += (size_t)snprintf(out + at, size - at,
						"%" PRId64 "=%" PRId64 " ", values[1].numbers[i],
						values[2].numbers[i]);
				continue;
			}
			id = cstn__values_text(&values[1], i, &id_len);
			if (cstn__values_is_valid(&values[3], i))
				note = cstn__values_text(&values[3], i, &len);
			at += (size_t)snprintf(out + at, size - at, "%.*s=%" PRId64 "%s+%u%c%zu%c ",
					(int)id_len, (const char *)id, values[2].numbers[i],
					cstn__values_is_valid(&values[2], i) ? "" : "-",
					chunk.starts[i + 1] - chunk.starts[i], note ? ':' : '-',
					len, len ? note[len - 1] : ' ');
			ck_assert_uint_lt(at, size);
		}
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
}

static uint64_t last_seq(cstn__store *store)
{
	cstn__store_info info;

	ck_assert_int_eq(cstn__store_info_get(store, &info, NULL), CSTN_OK);
	return info.last_seq;
}

static void compare(two_stores *pair)
{
	ck_assert_uint_eq(last_seq(pair->durable), last_seq(pair->memory));
	for (int64_t at = 0; at <= 2500; at += 250)
		for (uint32_t table = ORDERS; table <= EVENTS; table++) {
			show(pair->durable, table, at, ours, sizeof(ours));
			show(pair->memory, table, at, wanted, sizeof(wanted));
			ck_assert_str_eq(ours, wanted);
		}
}

/* End without a close, and look at what both ways of opening find. */
static void crash(two_stores *pair)
{
	const cstn__store_options reading = {.flags = CSTN__STORE_READ_ONLY};

	cstn__store_unref(pair->durable);
	pair->durable = store_folder_open(&pair->folder, &reading);
	compare(pair);
	cstn__store_unref(pair->durable);
	pair->durable = store_folder_open(&pair->folder, NULL);
	compare(pair);
}

static void upsert(
		two_stores *pair, const char *id, int64_t recorded, int64_t status, uint32_t lines)
{
	store_upsert(pair->durable, id, recorded, status, lines);
	store_upsert(pair->memory, id, recorded, status, lines);
}

/* One order with a note of this length. */
static void put_note(cstn__store *store, const char *id, int64_t recorded, uint32_t len)
{
	cstn__transaction *transaction;
	uint8_t *bytes = malloc(len + 1);
	uint32_t offsets[2] = {0, len}, id_offsets[2];
	const uint32_t ids[] = {ORDER_ID, RECORDED, NOTE};
	cstn__values values[] = {store_text(id, id_offsets), {.rows = 1, .numbers = &recorded},
			{.rows = 1, .offsets = offsets, .bytes = bytes}};
	cstn__store_batch batch = {.rows = 1, .ids = ids, .columns = values, .n_columns = 3};

	memset(bytes, 'n', len + 1);
	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, ORDERS, &batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
	free(bytes);
}

static void many(two_stores *pair, uint64_t first, uint64_t n, uint32_t lines)
{
	ck_assert_int_eq(store_try_many(pair->durable, first, n, lines, 1, NULL), CSTN_OK);
	ck_assert_int_eq(store_try_many(pair->memory, first, n, lines, 1, NULL), CSTN_OK);
}

static void random_commit(two_stores *pair, uint64_t random, int64_t recorded)
{
	char id[16];

	snprintf(id, sizeof(id), "k%" PRIu64, random % KEYS);
	switch (random >> 8 & 15) {
	case 0:
	case 1:
		store_delete(pair->durable, id, recorded);
		store_delete(pair->memory, id, recorded);
		break;
	case 2:
	case 3:
	case 4:
		store_event(pair->durable, (int64_t)(random % 99), recorded, recorded + 5);
		store_event(pair->memory, (int64_t)(random % 99), recorded, recorded + 5);
		break;
	case 5:
		put_note(pair->durable, id, recorded, random >> 16 & 8191);
		put_note(pair->memory, id, recorded, random >> 16 & 8191);
		break;
	default:
		upsert(pair, id, recorded, (int64_t)(random >> 16 & 1023), random >> 32 & 7);
	}
}

START_TEST(a_replay_gives_what_the_commits_gave)
{
	uint64_t random = 0x9e3779b97f4a7c15u;
	two_stores pair;

	begin(&pair);
	for (int i = 0; i < 2400; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		random_commit(&pair, random >> 12, i);
		if (i % 800 == 799)
			crash(&pair); /* what was in memory is in a segment from here on */
	}
	crash(&pair);
	end(&pair);
}
END_TEST

START_TEST(large_transactions_and_long_texts_keep_their_place_among_small_ones)
{
	const uint32_t lengths[] = {1, 32760, 1, 32768, 32769, 200000, 0, 7};
	two_stores pair;

	begin(&pair);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		put_note(pair.durable, "k1", 10, lengths[i]);
		put_note(pair.memory, "k1", 10, lengths[i]);
		upsert(&pair, "k2", 20, (int64_t)i, (uint32_t)i);
	}
	many(&pair, 0, 511, 1);
	upsert(&pair, "o7", 30, 5, 2);
	many(&pair, 0, 513, 1);
	upsert(&pair, "o7", 40, 6, 200);
	many(&pair, 0, 50, 50);
	crash(&pair);
	end(&pair);
}
END_TEST

START_TEST(a_key_deleted_twice_dies_with_the_first)
{
	two_stores pair;

	begin(&pair);
	upsert(&pair, "k1", 100, 1, 1);
	crash(&pair);
	for (int64_t at = 200; at < 600; at += 100) {
		store_delete(pair.durable, "k1", at);
		store_delete(pair.memory, "k1", at);
	}
	crash(&pair);
	end(&pair);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_replay_gives_what_the_commits_gave,
			large_transactions_and_long_texts_keep_their_place_among_small_ones,
			a_key_deleted_twice_dies_with_the_first,
	};

	return run_tests("store_replay", tests, sizeof(tests) / sizeof(tests[0]));
}
