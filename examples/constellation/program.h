#ifndef PROGRAM_H
#define PROGRAM_H

#include <constellation/constellation.h>

#include <stdio.h>

/* What the parts of the program `constellation` share: options, exits, and rows on paper. */

#define EXIT_DONE 0
#define EXIT_PARTLY 1 /* done, but rows were left out, or damage was found */
#define EXIT_USAGE 2
#define EXIT_FAILED 3

#define OPTION_MAX 64

/* The words and options of a command line. */
typedef struct arguments {
	const char *command;
	const char *words[8];
	size_t n_words;
	int json, csv, wide, all_columns, takes_columns, lines, link, dcsa, all_or_nothing, dry_run,
			skip_unknown, indent;
	const char *columns[OPTION_MAX], *ids[OPTION_MAX];
	size_t n_columns, n_ids;
	const char *as_of, *since, *recorded, *partner, *where, *limit, *source, *prefix, *policy,
			*only;
} arguments;

/* An error on the standard error output; frees it. Returns EXIT_FAILED. */
int say_failure(cstn_status status, cstn_error *error);
/* The rows that were left out, on the standard error output; frees them. Returns how many. */
uint64_t say_rows(const char *title, cstn_row_errors *rows);
/* A whole report or document on the standard output; frees it. */
void print_buffer(cstn_buffer *buffer);
/* "2024-05-07" or "2024-05-07T12:00:00Z": 0, or -1 after a message. */
int read_time(const char *text, int64_t *out_us);
int read_count(const char *text, uint64_t *out);
/* The bytes of a file, malloc'ed, "-" being the standard input; NULL after a message. */
char *read_file(const char *path, size_t *len);

/* Print all rows of a stream, at most `limit` (0: all): a table for people, or CSV, or a JSON
 * object a line. Releases the stream. Returns an exit status. */
int print_rows(struct ArrowArrayStream *rows, const arguments *given, uint64_t limit);

/* JSON text with its quotes. */
void put_json_text(FILE *out, const char *text, size_t len);

/* The options of a scan out of the command line; `where` is cut in the caller's copy. Returns an
 * exit status. */
#define WHERE_MAX 512
int read_scan(const arguments *given, char where[WHERE_MAX], cstn_scan_options *out);
/* A network for reading, as it is. Returns an exit status; both are released by the caller. */
int open_snapshot(const char *folder, cstn_network **network, cstn_snapshot **snapshot);

/* The commands; each returns an exit status. */
int run_verify(const arguments *given);
int run_dump(const arguments *given);
int run_salvage(const arguments *given);
int run_backup(const arguments *given);
int run_info(const arguments *given);
int run_nouns(const arguments *given);
int run_import(const arguments *given);
int run_scan(const arguments *given);
int run_verdicts(const arguments *given);
int run_keep_verdicts(const arguments *given);
int run_changes(const arguments *given);
int run_epcis(const arguments *given);

#endif
