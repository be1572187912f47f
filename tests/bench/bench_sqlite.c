/* Order lines into SQLite, as fast as its users know how: WAL, synchronous=FULL, 100,000 lines a
 * transaction, prepared statements, in key order. */
#include <stdio.h>
#include <string.h>
#ifdef BENCH_SQLITE
#include <sqlite3.h>
#endif

#include "bench.h"

#ifdef BENCH_SQLITE
#define BATCH 100000

/* A table of lines; a table of orders and one of lines; the same with codes for what repeats. */
static const char *const schemas[] = {
		"create table lines (order_id text, line_number integer, seller text, buyer text, "
		"ordered integer, recorded integer, item text, qty integer, promised integer, "
		"delivered integer, qty_delivered integer, "
		"primary key (order_id, line_number)) without rowid;",
		"create table orders (order_id text primary key, seller text, buyer text, "
		"ordered integer, recorded integer) without rowid;"
		"create table lines (order_id text, line_number integer, item text, qty integer, "
		"promised integer, delivered integer, qty_delivered integer, "
		"primary key (order_id, line_number)) without rowid;",
		"create table partners (number integer primary key, id text unique);"
		"create table items (number integer primary key, id text unique);"
		"create table orders (number integer primary key, order_id text unique, "
		"seller integer, buyer integer, ordered integer, recorded integer);"
		"create table lines (order_number integer, line_number integer, item integer, "
		"qty integer, promised integer, delivered integer, qty_delivered integer, "
		"primary key (order_number, line_number)) without rowid;"};
static const char *const line_inserts[] = {
		"insert into lines values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"insert into lines values (?, ?, ?, ?, ?, ?, ?)",
		"insert into lines values (?, ?, ?, ?, ?, ?, ?)"};
static const char *const order_inserts[] = {NULL, "insert into orders values (?, ?, ?, ?, ?)",
		"insert into orders values (?, ?, ?, ?, ?, ?)"};

enum { FLAT, TWO_TABLES, CODES, WAYS };

struct writer {
	sqlite3 *database;
	sqlite3_stmt *line, *order;
	const struct bench_orders *from;
	int way;
	int64_t number; /* of the order */
	int bad;
};

static void text(sqlite3_stmt *to, int at, const char *from, int len)
{
	sqlite3_bind_text(to, at, from, len, SQLITE_STATIC);
}

static void name(sqlite3_stmt *to, int at, const struct bench_names *names, int32_t code)
{
	const int32_t *offsets = names->offsets + code;

	text(to, at, names->bytes + offsets[0], offsets[1] - offsets[0]);
}

static void step(struct writer *writer, sqlite3_stmt *statement)
{
	writer->bad = writer->bad || sqlite3_step(statement) != SQLITE_DONE ||
		      sqlite3_reset(statement);
}

static void put_order(struct writer *writer, int64_t i)
{
	const struct bench_orders *from = writer->from;
	sqlite3_stmt *to = writer->order;
	const int32_t *id = from->order_id.offsets + i;
	int at = 1;

	writer->number++;
	if (writer->way == CODES)
		sqlite3_bind_int64(to, at++, writer->number);
	text(to, at++, from->order_id.bytes + id[0], id[1] - id[0]);
	if (writer->way == CODES) {
		sqlite3_bind_int64(to, at++, from->seller_code[i]);
		sqlite3_bind_int64(to, at++, from->buyer_code[i]);
	} else {
		name(to, at++, &from->partners, from->seller_code[i]);
		name(to, at++, &from->partners, from->buyer_code[i]);
	}
	sqlite3_bind_int64(to, at++, from->ordered[i]);
	sqlite3_bind_int64(to, at++, from->recorded[i]);
	step(writer, to);
}

static void put_line(struct writer *writer, int64_t i)
{
	const struct bench_orders *from = writer->from;
	sqlite3_stmt *to = writer->line;
	const int32_t *id = from->order_id.offsets + i;
	int at = 1;

	if (writer->way == CODES)
		sqlite3_bind_int64(to, at++, writer->number);
	else
		text(to, at++, from->order_id.bytes + id[0], id[1] - id[0]);
	sqlite3_bind_int64(to, at++, from->line_number[i]);
	if (writer->way == FLAT) {
		name(to, at++, &from->partners, from->seller_code[i]);
		name(to, at++, &from->partners, from->buyer_code[i]);
		sqlite3_bind_int64(to, at++, from->ordered[i]);
		sqlite3_bind_int64(to, at++, from->recorded[i]);
	}
	if (writer->way == CODES)
		sqlite3_bind_int64(to, at++, from->item_code[i]);
	else
		name(to, at++, &from->items, from->item_code[i]);
	sqlite3_bind_int64(to, at++, from->qty[i]);
	sqlite3_bind_int64(to, at++, from->promised[i]);
	sqlite3_bind_int64(to, at++, from->delivered[i]);
	sqlite3_bind_int64(to, at++, from->qty_delivered[i]);
	step(writer, to);
}

/* What codes stand for. */
static void put_names(struct writer *writer, const char *sql, const struct bench_names *names)
{
	sqlite3_stmt *statement = NULL;

	writer->bad = writer->bad ||
		      sqlite3_prepare_v2(writer->database, sql, -1, &statement, NULL);
	for (int32_t i = 0; i < names->n && !writer->bad; i++) {
		sqlite3_bind_int64(statement, 1, i);
		name(statement, 2, names, i);
		step(writer, statement);
	}
	sqlite3_finalize(statement);
}

static void run_sql(struct writer *writer, const char *sql)
{
	writer->bad = writer->bad || sqlite3_exec(writer->database, sql, NULL, NULL, NULL);
}

static void put_all(struct writer *writer)
{
	const struct bench_orders *from = writer->from;
	const int32_t *id = from->order_id.offsets;

	run_sql(writer, "begin");
	if (writer->way == CODES) {
		put_names(writer, "insert into partners values (?, ?)", &from->partners);
		put_names(writer, "insert into items values (?, ?)", &from->items);
	}
	for (int64_t i = 0; i < from->n && !writer->bad; i++) {
		int first = i == 0 || id[i + 1] - id[i] != id[i] - id[i - 1] ||
			    memcmp(from->order_id.bytes + id[i], from->order_id.bytes + id[i - 1],
					    (size_t)(id[i + 1] - id[i])) != 0;

		if (i && i % BATCH == 0)
			run_sql(writer, "commit; begin");
		if (first && writer->order)
			put_order(writer, i);
		put_line(writer, i);
	}
	run_sql(writer, "commit");
}

/* The sums by which answers are compared. */
static void sum_up(struct writer *writer, int64_t sums[3])
{
	sqlite3_stmt *select = NULL;

	writer->bad = writer->bad ||
		      sqlite3_prepare_v2(writer->database,
				      "select count(*), sum(qty + line_number), "
				      "sum(delivered - promised) from lines",
				      -1, &select, NULL) ||
		      sqlite3_step(select) != SQLITE_ROW;
	for (int i = 0; i < 3 && !writer->bad; i++)
		sums[i] = sqlite3_column_int64(select, i);
	sqlite3_finalize(select);
}

int32_t bench_sqlite_ingest(const char *path, const struct bench_orders *orders, int32_t way,
		double *seconds, int64_t sums[3], char *message, size_t size)
{
	struct writer writer = {NULL, NULL, NULL, orders, way, -1, 0};
	int bad;
	double begin;

	writer.bad = way < 0 || way >= WAYS || sqlite3_open(path, &writer.database);
	run_sql(&writer, "pragma journal_mode=wal; pragma synchronous=full; "
			 "pragma cache_size=-262144; pragma locking_mode=exclusive;");
	if (!writer.bad)
		run_sql(&writer, schemas[way]);
	writer.bad = writer.bad ||
		     sqlite3_prepare_v2(writer.database, line_inserts[way], -1, &writer.line, NULL);
	if (!writer.bad && order_inserts[way])
		writer.bad = sqlite3_prepare_v2(
				writer.database, order_inserts[way], -1, &writer.order, NULL);
	begin = bench_now();
	put_all(&writer);
	*seconds = bench_now() - begin;
	sum_up(&writer, sums);
	bad = writer.bad;
	if (bad)
		snprintf(message, size, "SQLite: %s", sqlite3_errmsg(writer.database));
	sqlite3_finalize(writer.line);
	sqlite3_finalize(writer.order);
	sqlite3_close(writer.database);
	return bad;
}
#else
int32_t bench_sqlite_ingest(const char *path, const struct bench_orders *orders, int32_t way,
		double *seconds, int64_t sums[3], char *message, size_t size)
{
	(void)path, (void)orders, (void)way, (void)seconds, (void)sums;
	snprintf(message, size, "there is no SQLite");
	return 1;
}
#endif
