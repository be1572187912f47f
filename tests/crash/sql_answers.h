#ifndef TESTS_CRASH_SQL_ANSWERS_H
#define TESTS_CRASH_SQL_ANSWERS_H

#include <stddef.h>

#include "oracle.h"

/* The same rows in a SQLite database in memory, and its answers: how many rows are there now and as
 * of a time, and which versions. NULL where the tests were built without SQLite; NULL is allowed
 * below and agrees. */
typedef struct sql_answers sql_answers;
sql_answers *sql_answers_new(void);
void sql_answers_free(sql_answers *sql);
/* Brings the database up to the model and compares the store with it. 0, or -1 with `why`. */
int sql_answers_check(
		sql_answers *sql, const oracle *model, cstn__store *store, char *why, size_t size);

#endif
