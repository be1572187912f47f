/* Order lines as integers alone, into the store's own tables and into SQLite: what text ids and the
 * rules of a network cost can be read off beside it. Sees the inside of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef BENCH_SQLITE
#include <sqlite3.h>
#endif

#include "base/error.h"
#include "store/store.h"

#include "bench.h"

enum { ORDER = 16, RECORDED, PARTNER, MONTH, LINE, PROMISED, DELIVERED, QTY, QTY_DELIVERED };
static const cstn__store_column columns_of_order[] = {
		{ORDER, "order_id", CSTN_TYPE_INT64, 0, 0, CSTN__SPACE_ROW},
		{RECORDED, "recorded", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{PARTNER, "partner", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
		{MONTH, "month", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
		{LINE, "line_number", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
		{PROMISED, "promised", CSTN_TYPE_DAYS, 0, 0, CSTN__SPACE_CHILD},
		{DELIVERED, "delivered", CSTN_TYPE_DAYS, 0, 0, CSTN__SPACE_CHILD},
		{QTY, "qty", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
		{QTY_DELIVERED, "qty_delivered", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_CHILD},
};
static const uint32_t key[] = {ORDER};
static const cstn__store_table table = {
		1, CSTN__TABLE_KEYED, "orders", columns_of_order, 9, key, 1, RECORDED, 1};
static const cstn__store_schema schema = {1, &table, 1};

#define PIECE (INT64_C(1) << 20)
#define OF_ORDER 4

/* A piece of the lines in the store's form. */
struct piece {
	int64_t *columns[9]; /* OF_ORDER of the order, the others of its lines */
	uint32_t *children;
	uint64_t orders;
};

static int piece_init(struct piece *piece)
{
	int well;

	memset(piece, 0, sizeof(*piece));
	piece->children = calloc(PIECE, sizeof(*piece->children));
	well = piece->children != NULL;
	for (int i = 0; i < 9; i++)
		well &= (piece->columns[i] = calloc(PIECE, sizeof(int64_t))) != NULL;
	return well;
}

static void piece_free(struct piece *piece)
{
	free(piece->children);
	for (int i = 0; i < 9; i++)
		free(piece->columns[i]);
}

/* Lines [begin, end), which are whole orders. */
static void piece_fill(
		struct piece *piece, const struct bench_columns *from, int64_t begin, int64_t end)
{
	const int32_t *lines[] = {from->line_number, from->promised, from->delivered, from->qty,
			from->qty_delivered};
	uint64_t order = 0;

	for (int64_t i = begin; i < end; i++) {
		if (i > begin && from->order_id[i] == from->order_id[i - 1]) {
			piece->children[order - 1]++;
			continue;
		}
		piece->columns[0][order] = from->order_id[i];
		piece->columns[2][order] = from->partner[i];
		piece->columns[3][order] = from->month[i];
		piece->children[order++] = 1;
	}
	piece->orders = order;
	for (int c = 0; c < 5; c++)
		for (int64_t i = begin; i < end; i++)
			piece->columns[OF_ORDER + c][i - begin] = lines[c][i];
}

static cstn_status put_lines(cstn__store *store, const struct bench_columns *from, int64_t n,
		struct piece *piece, cstn_error **error)
{
	static const uint32_t ids[] = {ORDER, RECORDED, PARTNER, MONTH, LINE, PROMISED, DELIVERED,
			QTY, QTY_DELIVERED};
	cstn__transaction *transaction = NULL;
	cstn_status status = cstn__transaction_new(store, &transaction, error);

	for (int64_t begin = 0, end; begin < n && status == CSTN_OK; begin = end) {
		cstn__values values[9];
		cstn__store_batch batch = {0, 0, piece->children, ids, values, 9};

		end = n - begin > PIECE ? begin + PIECE : n;
		while (end < n && from->order_id[end] == from->order_id[end - 1])
			end--;
		piece_fill(piece, from, begin, end);
		batch.rows = piece->orders;
		batch.child_rows = (uint64_t)(end - begin);
		for (int c = 0; c < 9; c++)
			values[c] = (cstn__values){c < OF_ORDER ? batch.rows : batch.child_rows,
					NULL, piece->columns[c], NULL, NULL, NULL};
		status = cstn__transaction_upsert(transaction, 1, &batch, error);
		if (status == CSTN_OK)
			status = cstn__transaction_commit(transaction, NULL, error);
	}
	cstn__transaction_free(transaction);
	return status;
}

/* Lines, sum of qty + line_number, sum of delivered - promised. */
static cstn_status sum_up(cstn__store *store, int64_t sums[3], cstn_error **error)
{
	static const uint32_t ids[] = {LINE, PROMISED, DELIVERED, QTY};
	cstn__scan_options options = {.columns = ids, .n_columns = 4, .as_of_us = INT64_MAX};
	cstn__snapshot *snapshot = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	cstn_status status = cstn__snapshot_new(store, &snapshot, error);

	memset(sums, 0, 3 * sizeof(*sums));
	if (status == CSTN_OK)
		status = cstn__scan_new(snapshot, 1, &options, &scan, error);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t i = 0; i < chunk.child_rows; i++) {
			sums[0]++;
			sums[1] += chunk.columns[3].numbers[i] + chunk.columns[0].numbers[i];
			sums[2] += chunk.columns[2].numbers[i] - chunk.columns[1].numbers[i];
		}
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	return status == CSTN_DONE ? CSTN_OK : status;
}

int32_t bench_columns_ingest(const char *path, const struct bench_columns *columns, int64_t n,
		double *seconds, int64_t sums[3], char *message, size_t size)
{
	cstn__store_options options = {0};
	cstn__vfs_posix vfs;
	cstn__store *store = NULL;
	cstn_error *error = NULL;
	struct piece piece;
	cstn_status status = piece_init(&piece) ? CSTN_OK : cstn__fail_nomem(&error);
	double begin;

	cstn__vfs_posix_init(&vfs, NULL);
	if (status == CSTN_OK)
		status = cstn__store_open(path ? &vfs.vfs : NULL, path, &schema, &options, NULL,
				&store, &error);
	begin = bench_now();
	if (status == CSTN_OK)
		status = put_lines(store, columns, n, &piece, &error);
	*seconds = bench_now() - begin;
	if (status == CSTN_OK)
		status = sum_up(store, sums, &error);
	if (status == CSTN_OK)
		status = cstn__store_close(store, &error);
	cstn__store_unref(store);
	cstn__vfs_posix_free(&vfs);
	piece_free(&piece);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}

/* --- SQLite ----------------------------------------------------------------------------------- */

#ifdef BENCH_SQLITE
static int put_by_sql(sqlite3 *database, const struct bench_columns *from, int64_t n)
{
	sqlite3_stmt *insert = NULL;
	int bad = sqlite3_prepare_v2(database, "insert into lines values (?, ?, ?, ?, ?, ?, ?, ?)",
				  -1, &insert, NULL) ||
		  sqlite3_exec(database, "begin", NULL, NULL, NULL);

	for (int64_t i = 0; i < n && !bad; i++) {
		const int64_t values[] = {from->order_id[i], from->line_number[i], from->partner[i],
				from->month[i], from->promised[i], from->delivered[i], from->qty[i],
				from->qty_delivered[i]};

		if (i && i % 100000 == 0)
			bad = sqlite3_exec(database, "commit; begin", NULL, NULL, NULL);
		for (int c = 0; c < 8; c++)
			sqlite3_bind_int64(insert, c + 1, values[c]);
		bad = bad || sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	return bad || sqlite3_exec(database, "commit", NULL, NULL, NULL);
}

int32_t bench_columns_sqlite(const char *path, const struct bench_columns *columns, int64_t n,
		double *seconds, int64_t sums[3], char *message, size_t size)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *select = NULL;
	double begin;
	int bad = sqlite3_open(path, &database) ||
		  sqlite3_exec(database,
				  "pragma journal_mode=wal; pragma synchronous=full; "
				  "pragma cache_size=-262144; pragma locking_mode=exclusive; "
				  "create table lines (order_id integer, line_number integer, "
				  "partner integer, month integer, promised integer, "
				  "delivered integer, qty integer, qty_delivered integer, "
				  "primary key (order_id, line_number)) without rowid",
				  NULL, NULL, NULL);

	begin = bench_now();
	bad = bad || put_by_sql(database, columns, n);
	*seconds = bench_now() - begin;
	bad = bad ||
	      sqlite3_prepare_v2(database,
			      "select count(*), sum(qty + line_number), sum(delivered - promised) "
			      "from lines",
			      -1, &select, NULL) ||
	      sqlite3_step(select) != SQLITE_ROW;
	for (int i = 0; i < 3 && !bad; i++)
		sums[i] = sqlite3_column_int64(select, i);
	if (bad)
		snprintf(message, size, "SQLite: %s", sqlite3_errmsg(database));
	sqlite3_finalize(select);
	sqlite3_close(database);
	return bad;
}
#else
int32_t bench_columns_sqlite(const char *path, const struct bench_columns *columns, int64_t n,
		double *seconds, int64_t sums[3], char *message, size_t size)
{
	(void)path, (void)columns, (void)n, (void)seconds, (void)sums;
	snprintf(message, size, "there is no SQLite");
	return 1;
}
#endif
