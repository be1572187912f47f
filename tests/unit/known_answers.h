#ifndef TESTS_KNOWN_ANSWERS_H
#define TESTS_KNOWN_ANSWERS_H

#include "answer_table.h"

/* The known answers of the customer area: data/customer_known_answers.csv of the shared data. A
 * handler of a model reads a row's inputs, computes, and says what it got; the framework compares
 * with the row's tolerances. A name of `expected` that no handler spoke of is a miss. */

typedef struct answer {
	char *id, *model, *inputs, *expected, *tolerance;
	int wrong;   /* set by answer_got*() */
	int checked; /* names compared so far */
} answer;

typedef void (*answer_handler)(answer *row);

/* The text after `key=` in the inputs, to be freed; NULL if it is not there. */
char *answer_text(const answer *row, const char *key);
/* 1 if the inputs have `key=`. */
int answer_has(const answer *row, const char *key);
/* 1 if the blank separated list `quantity` has `name`. */
int answer_asks(const answer *row, const char *name);
/* The value of a key; the test fails if it is not there or no number. */
double answer_number(const answer *row, const char *key);
/* A blank separated list of numbers; returns how many (0: key absent), at most `max`. */
size_t answer_list(const answer *row, const char *key, double *out, size_t max);
/* What is expected under `name` ("value" for a single one), to be freed; NULL if nothing is. */
char *answer_expected(const answer *row, const char *name);

/* What was got for a name. The numbers must be as many as are expected. */
void answer_got(answer *row, const char *name, const double *got, size_t n);
void answer_got_one(answer *row, const char *name, double got);
void answer_got_text(answer *row, const char *name, const char *got);
/* The handler compared by a rule of its own ("exact up to renaming"). */
void answer_judged(answer *row, const char *name, int right, const char *why);

/* 19970131 to days since 1970. */
double answer_days_of(double yyyymmdd);

/* Handlers, a file an area; each is NULL terminated pairs of model and function. */
typedef struct answer_model {
	const char *model;
	answer_handler handle;
} answer_model;
extern const answer_model known_answers_value[];
extern const answer_model known_answers_customer[];
extern const answer_model known_answers_kmeans[];
extern const answer_model known_answers_retention[];
extern const answer_model known_answers_rfm[];

#endif
