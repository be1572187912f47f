#ifndef TESTS_RELEASE_FIXTURE_H
#define TESTS_RELEASE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>

/* Tables as rows of bytes, and the many ways in which they can be laid out as Arrow batches. Each
 * buffer is a block of its own of just the bytes it needs, which goes when its column is released:
 * whoever reads what was let go, or past an end, is seen by a sanitizer. */

#define RELEASE_ROWS 200
#define RELEASE_CELL 48

typedef struct release_cell {
	uint8_t valid, len;
	uint8_t bytes[RELEASE_CELL]; /* of the type's width, in the machine's order; a flag: 0, 1 */
} release_cell;

typedef struct release_table_column {
	const char *name;
	const char *format; /* of the values */
	release_cell cells[RELEASE_ROWS];
} release_table_column;

/* How a column is laid out. */
typedef struct release_layout {
	const char *format; /* NULL: the column's; else of the same kind of text */
	const char *index;  /* format of a dictionary's indices; NULL: there is none */
	int64_t offset;     /* rows of garbage before */
	int64_t after;      /* and behind */
	int garbage;       /* under nulls, before the first text, and dictionary entries that no row
			      has: null ones and others, or with 2 others alone */
	int count_unknown; /* null_count is -1 */
} release_layout;

/* Formats of every type that is not nested. */
extern const char *const release_formats[];
extern const size_t release_n_formats;
release_layout release_random_layout(const char *format, uint64_t *state);

/* Bytes a value of a format; 0 flags, -1 nulls, -2 text. */
int release_width(const char *format);
/* Random cells, a null in `nulls` of them (0: none), out of `distinct` values (0: any). */
void release_fill(release_table_column *column, int rows, int nulls, int distinct, uint64_t *state);

/* Rows [from, from + n) of a column. */
void release_array(struct ArrowArray *out, const release_table_column *column, int from, int n,
		const release_layout *layout, uint64_t *state);
/* A batch of columns, with an offset of its own. */
void release_batch(struct ArrowArray *out, const release_table_column *columns, int n_columns,
		int from, int n, int64_t offset, const release_layout *layouts, uint64_t *state);
void release_schema(struct ArrowSchema *out, const release_table_column *columns, int n_columns,
		const release_layout *layouts);
/* Columns and batches that are not released; and columns of that name that were. */
int release_live(void);
int release_gone(const char *name);

/* A stream of batches that are moved from. */
void release_stream(struct ArrowArrayStream *out, const release_table_column *columns,
		int n_columns, const release_layout *layouts, struct ArrowArray *batches, int n);

/* The words that are written where nobody may look: in all garbage. */
#define RELEASE_PLANTED "\xde\xad\xbe\xef"

#endif
