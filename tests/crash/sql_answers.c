/* SQLite as a second opinion: a table of versions, filled transaction by transaction from what the
 * oracle was told, and asked by plain SQL. Without SQLite this is empty. */
#include "sql_answers.h"

#ifdef CSTN_TEST_SQLITE
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim_vfs.h"

struct sql_answers {
	sqlite3 *db;
	uint64_t last_seq;
};

sql_answers *sql_answers_new(void)
{
	sql_answers *sql = test_alloc(sizeof(*sql));

	if (sqlite3_open(":memory:", &sql->db) != SQLITE_OK ||
			sqlite3_exec(sql->db,
					"create table version(kind, key, born, recorded, ended)",
					NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "SQLite does not open\n");
		exit(99);
	}
	return sql;
}

void sql_answers_free(sql_answers *sql)
{
	if (!sql)
		return;
	sqlite3_close(sql->db);
	free(sql);
}

static void sql_put(sqlite3_stmt *put, const oracle_version *version, uint64_t born,
		int64_t recorded_us, int ended)
{
	sqlite3_bind_int64(put, 1, version->table);
	sqlite3_bind_int64(put, 2, version->key);
	sqlite3_bind_int64(put, 3, (int64_t)born);
	sqlite3_bind_int64(put, 4, recorded_us);
	sqlite3_bind_int(put, 5, ended);
	sqlite3_step(put);
	sqlite3_reset(put);
}

/* 1: the version was deleted, not replaced. */
static int sql_is_deleted(const oracle *model, const oracle_version *version)
{
	for (size_t i = 0; i < model->n_versions; i++)
		if (model->versions[i].table == version->table &&
				model->versions[i].key == version->key &&
				model->versions[i].born == version->dead)
			return 0;
	return 1;
}

static void sql_fill(sql_answers *sql, const oracle *model)
{
	sqlite3_stmt *put;

	sqlite3_prepare_v2(sql->db, "insert into version values(?, ?, ?, ?, ?)", -1, &put, NULL);
	for (size_t i = 0; i < model->n_versions; i++) {
		const oracle_version *version = &model->versions[i];

		if (version->born > sql->last_seq)
			sql_put(put, version, version->born, version->recorded_us, 0);
		if (version->dead != UINT64_MAX && version->dead > sql->last_seq &&
				sql_is_deleted(model, version))
			sql_put(put, version, version->dead, version->until_us, 1);
	}
	sqlite3_finalize(put);
	sql->last_seq = model->last_seq;
}

/* Rows, and the sum of the numbers of their transactions, of what a scan shows. */
static int sql_scan(
		cstn__store *store, uint32_t table, int64_t as_of_us, int64_t *rows, int64_t *sum)
{
	static const uint32_t wanted[] = {CSTN__COLUMN_SEQ};
	cstn__scan_options options = {.columns = wanted, .n_columns = 1, .as_of_us = as_of_us};
	cstn__snapshot *snapshot = NULL;
	cstn__scan *scan = NULL;
	cstn__scan_chunk chunk;
	cstn_status status = cstn__snapshot_new(store, &snapshot, NULL);

	*rows = *sum = 0;
	if (status == CSTN_OK)
		status = cstn__scan_new(snapshot, table, &options, &scan, NULL);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, NULL)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1) {
				(*rows)++;
				*sum += chunk.columns[0].numbers[row];
			}
	cstn__scan_free(scan);
	cstn__snapshot_unref(snapshot);
	return status == CSTN_DONE ? 0 : -1;
}

/* Of each key the newest entry recorded by then, unless it is a deletion. */
int sql_answers_check(
		sql_answers *sql, const oracle *model, cstn__store *store, char *why, size_t size)
{
	static const char *const question = "select count(*), coalesce(sum(born), 0) from (select "
					    "max(born) as born, ended"
					    " from version where kind = ? and recorded <= ? group "
					    "by key) where not ended";
	int64_t as_of = model->horizon_us > model->now_us / 2 ? model->horizon_us
							      : model->now_us / 2;
	sqlite3_stmt *ask;
	int wrong = 0;

	sql_fill(sql, model);
	sqlite3_prepare_v2(sql->db, question, -1, &ask, NULL);
	for (uint32_t k = 0; k < 2 * ROWS_TABLES && !wrong; k++) {
		int64_t rows, sum, when = k % 2 ? as_of : INT64_MAX;

		sqlite3_bind_int64(ask, 1, k / 2 + 1);
		sqlite3_bind_int64(ask, 2, when);
		sqlite3_step(ask);
		if (sql_scan(store, k / 2 + 1, when, &rows, &sum) ||
				rows != sqlite3_column_int64(ask, 0) ||
				sum != sqlite3_column_int64(ask, 1)) {
			snprintf(why, size,
					"table %u as of %" PRId64 ": SQLite has %" PRId64
					" rows, the store %" PRId64,
					k / 2 + 1, when, (int64_t)sqlite3_column_int64(ask, 0),
					rows);
			wrong = -1;
		}
		sqlite3_reset(ask);
	}
	sqlite3_finalize(ask);
	return wrong;
}

#else

sql_answers *sql_answers_new(void)
{
	return NULL;
}

void sql_answers_free(sql_answers *sql)
{
	(void)sql;
}

int sql_answers_check(
		sql_answers *sql, const oracle *model, cstn__store *store, char *why, size_t size)
{
	(void)sql;
	(void)model;
	(void)store;
	(void)why;
	(void)size;
	return 0;
}
#endif
