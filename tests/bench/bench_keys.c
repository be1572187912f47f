/* The keys of look-ups, the values that belong to them, and SQLite's way of looking them up. */
#include "bench_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef BENCH_SQLITE
#include <sqlite3.h>
#endif

#include "base/error.h"

#include "bench.h"

uint64_t bench_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

int bench_key(char *text, uint64_t order)
{
	return snprintf(text, BENCH_KEY_SIZE, "ORD-%09llu", (unsigned long long)order);
}

int64_t bench_value(uint64_t order)
{
	return (int64_t)(order * 2654435761u >> 7 & 1023);
}

/* The keys of all look-ups, made before any clock runs. */
char *bench_keys(uint64_t orders_in_all, int look_ups)
{
	char *keys = calloc((size_t)look_ups, BENCH_KEY_SIZE);
	uint64_t state = 5;

	for (int i = 0; keys && i < look_ups; i++)
		bench_key(keys + (size_t)i * BENCH_KEY_SIZE, bench_random(&state) % orders_in_all);
	return keys;
}

#ifdef BENCH_SQLITE
/* One value of a row, or a row of as many columns as the noun `item` has, all of which the select
 * gives. */
static const struct sql {
	const char *create, *insert, *select;
} sqls[] = {
		{"create table orders (id text primary key, partner integer) without rowid",
				"insert into orders values (?, ?)",
				"select partner from orders where id = ?"},
		{"create table items (item_id text, owner text, recorded integer, "
		 "source_system text, name text, gtin text, item_group text, unit text, "
		 "quantity_exponent integer, mass_g integer, volume_ml integer, "
		 "price_minor integer, currency text, primary key (item_id, owner)) without rowid",
				"insert into items (item_id, owner, recorded, mass_g) "
				"values (?1, '', 1735689600000000, ?2)",
				"select * from items where item_id = ? and owner = ''"},
};

static int sql_fill(sqlite3 *database, const struct sql *sql, uint64_t n)
{
	sqlite3_stmt *insert = NULL;
	int bad = sqlite3_exec(database, "pragma cache_size = -1000000; begin", NULL, NULL, NULL) ||
		  sqlite3_exec(database, sql->create, NULL, NULL, NULL) ||
		  sqlite3_prepare_v2(database, sql->insert, -1, &insert, NULL);

	for (uint64_t i = 0; i < n && !bad; i++) {
		char text[BENCH_KEY_SIZE];
		int len = bench_key(text, i);

		bad = sqlite3_bind_text(insert, 1, text, len, SQLITE_TRANSIENT) ||
		      sqlite3_bind_int64(insert, 2, bench_value(i)) ||
		      sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	return bad || sqlite3_exec(database, "commit", NULL, NULL, NULL);
}

static int sql_look_up_all(sqlite3 *database, const struct sql *sql, const char *keys, int look_ups,
		int64_t *sum, double *seconds)
{
	sqlite3_stmt *select = NULL;
	double begin;
	int bad = sqlite3_prepare_v2(database, sql->select, -1, &select, NULL);

	*sum = 0;
	begin = bench_now();
	for (int i = 0; i < look_ups && !bad; i++, keys += BENCH_KEY_SIZE) {
		bad = sqlite3_bind_text(select, 1, keys, (int)strlen(keys), SQLITE_STATIC) ||
		      sqlite3_step(select) != SQLITE_ROW;
		if (sql == &sqls[0])
			*sum += sqlite3_column_int64(select, 0);
		else
			*sum += bench_item(sqlite3_column_bytes(select, 0),
					sqlite3_column_int64(select, 2),
					sqlite3_column_int64(select, 9));
		sqlite3_reset(select);
	}
	*seconds = bench_now() - begin;
	sqlite3_finalize(select);
	return bad;
}

/* The same keys in a table of SQLite, in memory. */
cstn_status bench_look_up_by_sql(uint64_t n, const char *keys, int look_ups, int whole,
		int64_t expected, double *seconds, cstn_error **error)
{
	const struct sql *sql = &sqls[whole];
	sqlite3 *database = NULL;
	int64_t sum = 0;
	double cold;
	int bad = sqlite3_open(":memory:", &database) || sql_fill(database, sql, n) ||
		  sql_look_up_all(database, sql, keys, look_ups, &sum, &cold) ||
		  sql_look_up_all(database, sql, keys, look_ups, &sum, seconds);
	cstn_status status = CSTN_OK;

	if (bad)
		status = cstn__fail(error, CSTN_E_IO, "SQLite: %s", sqlite3_errmsg(database));
	else if (sum != expected)
		status = cstn__fail(error, CSTN_E_MISMATCH, "SQLite found %lld, ours %lld",
				(long long)sum, (long long)expected);
	sqlite3_close(database);
	return status;
}
#else
cstn_status bench_look_up_by_sql(uint64_t n, const char *keys, int look_ups, int whole,
		int64_t expected, double *seconds, cstn_error **error)
{
	(void)n, (void)keys, (void)look_ups, (void)whole, (void)expected, (void)error;
	*seconds = 0;
	return CSTN_OK;
}
#endif

const char *bench_sqlite_version(void)
{
#ifdef BENCH_SQLITE
	return sqlite3_libversion();
#else
	return NULL;
#endif
}
