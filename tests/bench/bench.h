#ifndef BENCH_H
#define BENCH_H

#include <constellation/constellation.h>

#define BENCH_PARTNERS 1000
#define BENCH_MONTHS 12
#define BENCH_CELLS (BENCH_PARTNERS * BENCH_MONTHS)
#define BENCH_COLUMNS 8

/* The columns of order lines, allocated by the driver. */
struct bench_columns {
	int64_t *order_id;
	int32_t *line_number;
	int32_t *partner;
	int32_t *month;     /* 1 .. 12 */
	int32_t *promised;  /* days since 1970-01-01 */
	int32_t *delivered; /* likewise */
	int32_t *qty;
	int32_t *qty_delivered;
};

/* What a plain loop counts for one partner and month. */
struct bench_cell {
	int64_t orders;
	int64_t perfect_orders;
	int64_t lines;
	int64_t perfect_lines;
	int64_t late;
	int64_t incomplete;
	int64_t late_and_incomplete;
};

/* A record batch over columns that somebody else owns; stays where it is while it is used. */
struct bench_batch {
	struct ArrowSchema schema, fields[BENCH_COLUMNS], *field_pointers[BENCH_COLUMNS];
	struct ArrowArray array, children[BENCH_COLUMNS], *child_pointers[BENCH_COLUMNS];
	const void *buffers[BENCH_COLUMNS][2], *root_buffers[1];
};

/* Lay out a batch of n lines, and give it as a stream. 0 or a status. */
int32_t bench_batch_stream(struct bench_batch *batch, const struct bench_columns *columns,
		int64_t n, struct ArrowArrayStream *out);
/* Seconds of a clock that only goes forward. */
double bench_now(void);
/* Put a failure into words and free it; returns its code. */
int32_t bench_report(cstn_status status, cstn_error *error, char *message, size_t size);
/* The rules of a constellation with the purpose planning and n operational fields, in which acme
 * lets its partner beta have what a term says; unref them. */
cstn_status bench_rules(const char *place, const char *const *paths, int n, cstn_term *term,
		cstn_rules **out, cstn_error **error);
/* The sum of a buffer's 64-bit words: one read pass. */
uint64_t bench_words_sum(const void *data, size_t size);

/* Fill n lines, in the order of their numbers or shuffled. */
CSTN_API void bench_lines_fill(const struct bench_columns *out, int64_t n, int32_t shuffle);
/* The answers for lines 0 .. n - 1, by partner * 12 + month - 1. */
CSTN_API void bench_lines_answer(int64_t n, struct bench_cell cells[BENCH_CELLS]);

/* One update of an empty state by partner and month with a batch of n lines, and its time: the call
 * alone, from columns to a state that has counted them. What it counted is read afterwards.
 * 0 or a status with its message. */
CSTN_API int32_t bench_update(const struct bench_columns *columns, int64_t n, int32_t clustering,
		int32_t threads, double *seconds, int64_t *perfect, int64_t *orders, char *message,
		size_t size);

/* One read pass over the buffers of n lines. */
CSTN_API uint64_t bench_read_pass(const struct bench_columns *columns, int64_t n, double *seconds);
/* Import n lines without a copy, and read them once through the imported columns. `import_seconds`
 * is the part before the reading; the sum must be that of bench_read_pass(). */
CSTN_API int32_t bench_import(const struct bench_columns *columns, int64_t n, double *seconds,
		double *import_seconds, uint64_t *sum, char *message, size_t size);
/* Import n lines and convert them to a table of the library's own, which copies each value. */
CSTN_API int32_t bench_convert(const struct bench_columns *columns, int64_t n, double *seconds,
		int64_t *rows, char *message, size_t size);

/* Hash and decode FOR blocks of 16 bits with n values in all, and copy as many decoded bytes. */
CSTN_API int32_t bench_block(int64_t n, double *ours, double *peer, char *message, size_t size);
/* The version of SQLite that bench_lookup() compares with; NULL if the machine has none. */
CSTN_API const char *bench_sqlite_version(void);
/* Look keys up among n orders in four warm segments, and in a table of SQLite in memory: seconds
 * for n look-ups each. Files are made in `folder` and removed. */
CSTN_API int32_t bench_lookup(const char *folder, int64_t n, double *ours, double *peer,
		char *message, size_t size);
/* The same through the public calls: items of a network in `folder`, a record each. */
CSTN_API int32_t bench_get(const char *folder, int64_t n, double *ours, double *peer, char *message,
		size_t size);

/* Durable commits of one event, each followed by an append of as many bytes to a file of the same
 * folder and fdatasync: seconds of each, and the bytes of one. */
CSTN_API int32_t bench_commit(const char *folder, int64_t n, double *ours, double *peer,
		int64_t *frame, char *message, size_t size);
/* The same for a frame of the log alone. */
CSTN_API int32_t bench_frame(const char *folder, int64_t n, double *ours, double *peer,
		int64_t *frame, char *message, size_t size);
/* Seconds a commit, of n commits by so many threads, and of n / 4 by one. */
CSTN_API int32_t bench_commit_threads(const char *folder, int64_t n, int32_t threads, double *ours,
		double *peer, char *message, size_t size);
/* Erase n of the subjects of a new vault in `folder`, whose log is in memory, each erasure followed
 * by two appends and fdatasyncs, of as many bytes as it wrote: seconds of each. `most`: what an
 * erasure asked for at most: syncs, syncs of folders, writes, bytes. `filled`: seconds to fill it.
 */
CSTN_API int32_t bench_erase(const char *folder, int64_t subjects, int64_t n, double *ours,
		double *peer, int64_t most[4], double *filled, char *message, size_t size);
/* XXH3-64. */
CSTN_API uint64_t bench_hash(const void *data, size_t size, double *seconds);

/* Texts, as Arrow lays them out. */
struct bench_names {
	const int32_t *offsets;
	const char *bytes;
	int32_t n;
};
/* The columns of order lines with ids, for SQLite; times in microseconds. */
struct bench_orders {
	int64_t n;
	struct bench_names order_id, partners, items; /* order_id: one a line */
	const int32_t *seller_code, *buyer_code, *item_code, *line_number;
	const int64_t *ordered, *recorded, *qty, *promised, *delivered, *qty_delivered;
};
/* Make a database and insert: way 0 one table, 1 orders and lines, 2 codes for what repeats. Gives
 * seconds and count(*), sum(qty + line_number), sum(delivered - promised). */
CSTN_API int32_t bench_sqlite_ingest(const char *path, const struct bench_orders *orders,
		int32_t way, double *seconds, int64_t sums[3], char *message, size_t size);

/* n lines as integers into a store of one table at `path` (NULL: in memory), orders by id with
 * their lines; and into a table of SQLite by order and line. Seconds and sums as above. */
CSTN_API int32_t bench_columns_ingest(const char *path, const struct bench_columns *columns,
		int64_t n, double *seconds, int64_t sums[3], char *message, size_t size);
CSTN_API int32_t bench_columns_sqlite(const char *path, const struct bench_columns *columns,
		int64_t n, double *seconds, int64_t sums[3], char *message, size_t size);

/* Seconds to release n rows of a network in memory: two columns of numbers as they are or, with
 * `tokens`, one of 10,000 different identifiers as pseudonyms. */
CSTN_API int32_t bench_release(
		int64_t n, int32_t tokens, double *seconds, char *message, size_t size);

#endif
