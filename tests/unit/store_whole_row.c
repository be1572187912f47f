/* A whole row by its key: the values that a look-up of all its columns gives, wherever it lies. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "store_folder.h"
#include "suite.h"

enum { GOODS = 1, WIDE = 2, ROWS = 200, WIDE_COLUMNS = 70 };
enum { ID = 16, OWNER, RECORDED, PLAIN, CODED, SERIAL, SOME, SAME, ALL_NULL, ALL_EMPTY, NUMBER };

static const cstn__store_column goods_columns[] = {
		{ID, "id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{OWNER, "owner", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{RECORDED, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{PLAIN, "plain", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{CODED, "coded", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY,
				CSTN__SPACE_ROW},
		{SERIAL, "serial", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{SOME, "some", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{SAME, "same", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{ALL_NULL, "all_null", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{ALL_EMPTY, "all_empty", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{NUMBER, "number", CSTN_TYPE_INT64, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
};
enum { GOODS_COLUMNS = sizeof(goods_columns) / sizeof(goods_columns[0]) };
static const uint32_t goods_key[] = {ID, OWNER}, wide_key[] = {16, 17};

typedef struct world {
	store_folder folder;
	cstn__store *store;
	cstn__store_column wide[WIDE_COLUMNS];
	char names[WIDE_COLUMNS][8];
	cstn__store_table tables[2];
	cstn__store_schema schema;
	uint64_t cache_bytes; /* 0: the usual */
} world;

static cstn_status try_open(world *at)
{
	const cstn__store_options options = {
			.commit_level = CSTN__COMMIT_NONE, .cache_bytes = at->cache_bytes};

	return cstn__store_open(&at->folder.disk.vfs, at->folder.path, &at->schema, &options, NULL,
			&at->store, NULL);
}

static void open_store(world *at)
{
	ck_assert_int_eq(try_open(at), CSTN_OK);
}

static void begin(world *at)
{
	at->cache_bytes = 0;
	store_folder_begin(&at->folder);
	for (uint32_t i = 0; i < WIDE_COLUMNS; i++) {
		snprintf(at->names[i], sizeof(at->names[i]), "c%u", i);
		at->wide[i] = (cstn__store_column){16 + i, at->names[i],
				i == 2 ? CSTN_TYPE_TIME : CSTN_TYPE_INT64, 0,
				i < 3 ? 0 : CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW};
	}
	at->tables[0] = (cstn__store_table){GOODS, CSTN__TABLE_KEYED, "goods", goods_columns,
			GOODS_COLUMNS, goods_key, 2, RECORDED, 0};
	at->tables[1] = (cstn__store_table){WIDE, CSTN__TABLE_KEYED, "wide", at->wide, WIDE_COLUMNS,
			wide_key, 2, 18, 0};
	at->schema = (cstn__store_schema){1, at->tables, 2};
	open_store(at);
}

/* What was put lies in a segment then. */
static void reopen(world *at)
{
	ck_assert_int_eq(cstn__store_close(at->store, NULL), CSTN_OK);
	cstn__store_unref(at->store);
	open_store(at);
}

static void end(world *at)
{
	cstn__store_unref(at->store);
	store_folder_end(&at->folder);
}

static void put(world *at, uint32_t table, const cstn__store_batch *batch)
{
	cstn__transaction *transaction;

	ck_assert_int_eq(cstn__transaction_new(at->store, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_upsert(transaction, table, batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__transaction_commit(transaction, NULL, NULL), CSTN_OK);
	cstn__transaction_free(transaction);
}

/* The texts and numbers of a row; a third of the optional ones is null. */
typedef struct one {
	char id[24], plain[24], serial[24];
	const char *coded;
	int64_t recorded, some, same, number;
} one;

static one make(int i)
{
	static const char *const codes[] = {"each", "box", "pallet"};
	one row = {.coded = codes[i % 3],
			.recorded = 1000 + i,
			.some = (int64_t)i * i - 50,
			.same = 7,
			.number = i % 2 ? INT64_MIN : INT64_MAX - i};

	snprintf(row.id, sizeof(row.id), "G-%04d", i * 37 % ROWS);
	snprintf(row.plain, sizeof(row.plain), "%.*s", i % 20, "no two of these alike");
	snprintf(row.serial, sizeof(row.serial), "INV-%d", i * 11);
	return row;
}

static cstn__values text_of(const char *text, uint32_t offsets[2])
{
	offsets[0] = 0;
	offsets[1] = (uint32_t)strlen(text);
	return (cstn__values){.rows = 1, .offsets = offsets, .bytes = (const uint8_t *)text};
}

static void put_goods(world *at)
{
	for (int i = 0; i < ROWS; i++) {
		one row = make(i);
		uint32_t ids[GOODS_COLUMNS], offsets[GOODS_COLUMNS][2];
		cstn__values values[GOODS_COLUMNS];
		cstn__store_batch batch = {1, 0, NULL, ids, values, 0};
		const struct {
			uint32_t id;
			const char *text;
			const int64_t *number;
		} cells[] = {{ID, row.id, NULL}, {OWNER, "", NULL}, {RECORDED, NULL, &row.recorded},
				{SAME, NULL, &row.same}, {ALL_EMPTY, "", NULL},
				{PLAIN, row.plain, NULL}, {CODED, row.coded, NULL},
				{SERIAL, row.serial, NULL}, {SOME, NULL, &row.some},
				{NUMBER, NULL, &row.number}};

		for (size_t c = 0; c < sizeof(cells) / sizeof(cells[0]); c++) {
			size_t n = batch.n_columns;

			if (c > 4 && (i + (int)c) % 3 == 0)
				continue;
			ids[n] = cells[c].id;
			values[n] = cells[c].text ? text_of(cells[c].text, offsets[n])
						  : (cstn__values){.rows = 1,
								    .numbers = cells[c].number};
			batch.n_columns++;
		}
		put(at, GOODS, &batch);
	}
}

/* --- the two ways to read a row --- */

static cstn_status whole_row(world *at, cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, int64_t as_of_us, cstn__whole_row *row, cstn_error **error)
{
	uint32_t columns[WIDE_COLUMNS + 1];
	const cstn__store_table *declared = &at->tables[table - 1];
	cstn__scan_options options = {.columns = columns,
			.n_columns = declared->n_columns + 1,
			.as_of_us = as_of_us};

	for (size_t i = 0; i < declared->n_columns; i++)
		columns[i] = declared->columns[i].id;
	columns[declared->n_columns] = CSTN__COLUMN_SEQ;
	return cstn__snapshot_whole_row(snapshot, table, key, &options, row, error);
}

static const cstn__whole_row_value *value_of(
		const cstn__whole_row *row, uint32_t column, size_t *at)
{
	for (*at = 0; *at < row->n; ++*at)
		if (row->values[*at].column == column)
			return &row->values[*at];
	return NULL;
}

static void check_column(const cstn__whole_row *row, uint32_t column, const cstn__values *expected)
{
	uint8_t text[64 + CSTN__WHOLE_ROW_SLACK];
	size_t at, len;
	const cstn__whole_row_value *value = value_of(row, column, &at);

	ck_assert_int_eq(value != NULL, cstn__values_is_valid(expected, 0));
	if (!value)
		return;
	ck_assert_int_eq(value->is_text, expected->offsets || expected->dictionary);
	if (value->is_text) {
		const uint8_t *other = cstn__values_text(expected, 0, &len);

		ck_assert_uint_eq(value->len, len);
		cstn__whole_row_text(row, at, text);
		ck_assert_mem_eq(text, other, len);
	} else {
		ck_assert_int_eq(value->number, expected->numbers[0]);
	}
}

/* All values of the row against those of a look-up of all columns. */
static void check_goods(world *at, cstn__snapshot *snapshot, const char *id)
{
	uint32_t columns[GOODS_COLUMNS + 1], offsets[2][2];
	const cstn__values key[] = {text_of(id, offsets[0]), text_of("", offsets[1])};
	cstn__scan_options options = {
			.columns = columns, .n_columns = GOODS_COLUMNS + 1, .as_of_us = INT64_MAX};
	cstn__whole_row row;
	cstn__scan_chunk chunk;
	cstn__scan *scan;

	for (uint32_t i = 0; i < GOODS_COLUMNS; i++)
		columns[i] = goods_columns[i].id;
	columns[GOODS_COLUMNS] = CSTN__COLUMN_SEQ;
	ck_assert_int_eq(whole_row(at, snapshot, GOODS, key, INT64_MAX, &row, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__snapshot_find(snapshot, GOODS, key, &options, &scan, &chunk, NULL),
			CSTN_OK);
	ck_assert_ptr_null(row.scan);
	for (uint32_t i = 2; i <= GOODS_COLUMNS; i++)
		check_column(&row, columns[i], &chunk.columns[i]);
	cstn__scan_free(scan);
	cstn__whole_row_drop(&row);
}

START_TEST(a_whole_row_of_a_segment_has_the_values_that_a_look_up_gives)
{
	cstn__snapshot *snapshot;
	world at;

	begin(&at);
	put_goods(&at);
	reopen(&at);
	ck_assert_int_eq(cstn__snapshot_new(at.store, &snapshot, NULL), CSTN_OK);
	for (int twice = 0; twice < 2; twice++)
		for (int i = 0; i < ROWS; i++) {
			one row = make(i);

			check_goods(&at, snapshot, row.id);
		}
	cstn__snapshot_unref(snapshot);
	end(&at);
}
END_TEST

START_TEST(a_row_in_memory_is_a_chunk_of_one_row_with_all_columns)
{
	uint32_t offsets[2][2];
	const cstn__values key[] = {text_of("G-0037", offsets[0]), text_of("", offsets[1])};
	cstn__snapshot *snapshot;
	cstn__whole_row row;
	world at;

	begin(&at);
	put_goods(&at);
	ck_assert_int_eq(cstn__snapshot_new(at.store, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(whole_row(&at, snapshot, GOODS, key, INT64_MAX, &row, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(row.scan);
	ck_assert_uint_eq(row.n, 0);
	ck_assert_uint_eq(row.chunk.rows, 1);
	ck_assert_int_eq(row.chunk.columns[RECORDED - ID].numbers[0], 1001);
	ck_assert_int_eq(row.chunk.columns[GOODS_COLUMNS].numbers[0], 2);
	cstn__whole_row_drop(&row);
	cstn__snapshot_unref(snapshot);
	end(&at);
}
END_TEST

/* A key column that is one text or number in the whole chunk is compared too. */
static cstn_status find_goods(world *at, const char *id, const char *owner, int64_t as_of_us)
{
	uint32_t offsets[2][2];
	const cstn__values key[] = {text_of(id, offsets[0]), text_of(owner, offsets[1])};
	cstn__snapshot *snapshot;
	cstn__whole_row row;
	cstn_status status;

	ck_assert_int_eq(cstn__snapshot_new(at->store, &snapshot, NULL), CSTN_OK);
	status = whole_row(at, snapshot, GOODS, key, as_of_us, &row, NULL);
	if (status == CSTN_OK)
		cstn__whole_row_drop(&row);
	cstn__snapshot_unref(snapshot);
	return status;
}

START_TEST(a_key_that_is_not_there_is_not_found)
{
	world at;

	begin(&at);
	put_goods(&at);
	reopen(&at);
	ck_assert_int_eq(find_goods(&at, "G-0037", "", INT64_MAX), CSTN_OK);
	ck_assert_int_eq(find_goods(&at, "G-0037", "x", INT64_MAX), CSTN_E_NOT_FOUND);
	ck_assert_int_eq(find_goods(&at, "G-0200", "", INT64_MAX), CSTN_E_NOT_FOUND);
	/* Row 1 of the making was recorded at 1001. */
	ck_assert_int_eq(find_goods(&at, "G-0037", "", 1001), CSTN_OK);
	ck_assert_int_eq(find_goods(&at, "G-0037", "", 1000), CSTN_E_NOT_FOUND);
	end(&at);
}
END_TEST

START_TEST(a_row_of_more_columns_than_are_held_is_given_as_a_chunk)
{
	int64_t numbers[WIDE_COLUMNS], other = 8;
	uint32_t ids[WIDE_COLUMNS];
	cstn__values values[WIDE_COLUMNS], key[2];
	cstn__store_batch batch = {1, 0, NULL, ids, values, WIDE_COLUMNS};
	cstn__snapshot *snapshot;
	cstn__whole_row row;
	world at;

	begin(&at);
	for (uint32_t i = 0; i < WIDE_COLUMNS; i++) {
		numbers[i] = 7 + i;
		ids[i] = 16 + i;
		values[i] = (cstn__values){.rows = 1, .numbers = &numbers[i]};
	}
	put(&at, WIDE, &batch);
	reopen(&at);
	ck_assert_int_eq(cstn__snapshot_new(at.store, &snapshot, NULL), CSTN_OK);
	key[0] = values[0];
	key[1] = values[1];
	ck_assert_int_eq(whole_row(&at, snapshot, WIDE, key, INT64_MAX, &row, NULL), CSTN_OK);
	ck_assert_ptr_nonnull(row.scan);
	for (uint32_t i = 0; i < WIDE_COLUMNS; i++)
		ck_assert_int_eq(row.chunk.columns[i].numbers[0], 7 + i);
	cstn__whole_row_drop(&row);
	key[0].numbers = &other; /* (8, 8) is not (7, 8) */
	ck_assert_int_eq(whole_row(&at, snapshot, WIDE, key, INT64_MAX, &row, NULL),
			CSTN_E_NOT_FOUND);
	cstn__snapshot_unref(snapshot);
	end(&at);
}
END_TEST

/* 1 if the row is as it was put, 0 if damage was told. */
static int is_read_or_told(world *at)
{
	one expected = make(1);
	uint32_t offsets[2][2];
	const cstn__values key[] = {text_of(expected.id, offsets[0]), text_of("", offsets[1])};
	cstn_error *error = NULL;
	cstn__snapshot *snapshot;
	cstn__whole_row row;
	cstn_status status;
	size_t i;

	if (try_open(at) != CSTN_OK) {
		at->store = NULL;
		return 1;
	}
	ck_assert_int_eq(cstn__snapshot_new(at->store, &snapshot, NULL), CSTN_OK);
	status = whole_row(at, snapshot, GOODS, key, INT64_MAX, &row, &error);
	if (status == CSTN_OK) {
		const cstn__whole_row_value *number = value_of(&row, NUMBER, &i);

		ck_assert_int_eq(value_of(&row, RECORDED, &i)->number, expected.recorded);
		ck_assert_int_eq(value_of(&row, SAME, &i)->number, 7);
		ck_assert_int_eq(number->number, expected.number);
		cstn__whole_row_drop(&row);
	} else {
		ck_assert_int_eq(status, CSTN_E_CORRUPT);
		ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "goods"));
	}
	cstn_error_free(error);
	cstn__snapshot_unref(snapshot);
	cstn__store_unref(at->store);
	return status == CSTN_OK;
}

START_TEST(a_damaged_block_of_a_row_is_told_and_nothing_stays_held)
{
	char file[600];
	int told = 0;
	world at;

	begin(&at);
	put_goods(&at);
	ck_assert_int_eq(cstn__store_close(at.store, NULL), CSTN_OK);
	cstn__store_unref(at.store);
	store_folder_last(&at.folder, "seg-", file);
	for (long offset = 0; offset < 4000; offset += 101) {
		store_folder_flip(file, offset);
		told += !is_read_or_told(&at);
		store_folder_flip(file, offset);
	}
	ck_assert_int_gt(told, 3);
	open_store(&at);
	end(&at);
}
END_TEST

enum { READERS = 4, TURNS = 400 };
typedef struct reader {
	world *at;
	cstn__snapshot *snapshot;
	int first, wrong;
} reader;

static void *read_rows(void *context)
{
	reader *own = context;

	for (int i = own->first; i < own->first + TURNS; i++) {
		one expected = make(i % ROWS);
		uint32_t offsets[2][2];
		const cstn__values key[] = {
				text_of(expected.id, offsets[0]), text_of("", offsets[1])};
		const cstn__whole_row_value *recorded;
		cstn__whole_row row;
		size_t n;

		if (whole_row(own->at, own->snapshot, GOODS, key, INT64_MAX, &row, NULL) !=
				CSTN_OK) {
			own->wrong = 1;
			break;
		}
		recorded = value_of(&row, RECORDED, &n);
		own->wrong |= !recorded || recorded->number != expected.recorded;
		cstn__whole_row_drop(&row);
	}
	return NULL;
}

START_TEST(many_readers_of_a_small_cache_get_their_rows)
{
	reader readers[READERS];
	pthread_t threads[READERS];
	cstn__snapshot *snapshot;
	world at;

	begin(&at);
	put_goods(&at);
	at.cache_bytes = 1;
	reopen(&at);
	ck_assert_int_eq(cstn__snapshot_new(at.store, &snapshot, NULL), CSTN_OK);
	for (int i = 0; i < READERS; i++) {
		readers[i] = (reader){&at, snapshot, i * 31, 0};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_rows, &readers[i]), 0);
	}
	for (int i = 0; i < READERS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_int_eq(readers[i].wrong, 0);
	}
	cstn__snapshot_unref(snapshot);
	end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_whole_row_of_a_segment_has_the_values_that_a_look_up_gives,
			a_row_in_memory_is_a_chunk_of_one_row_with_all_columns,
			a_key_that_is_not_there_is_not_found,
			a_row_of_more_columns_than_are_held_is_given_as_a_chunk,
			a_damaged_block_of_a_row_is_told_and_nothing_stays_held,
			many_readers_of_a_small_cache_get_their_rows,
	};

	return run_tests("store_whole_row", tests, sizeof(tests) / sizeof(tests[0]));
}
