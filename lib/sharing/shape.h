#ifndef CSTN_SHARING_SHAPE_H
#define CSTN_SHARING_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/alloc.h"

/* What kind of member a struct has, and what it is in JSON. */
enum {
	CSTN__TEXT,   /* const char *: text; NULL is not there */
	CSTN__TEXTS,  /* const char *const * and a size_t: a list of text; none is not there */
	CSTN__COUNT,  /* int32_t: a whole number */
	CSTN__NUMBER, /* int64_t: a whole number, beyond 2^53 - 1 as text */
	CSTN__WORD,   /* int32_t: one of the words */
	CSTN__BITS,   /* uint32_t: a list of words, one a bit */
	CSTN__FLAG,   /* bit `absent` of a uint32_t: true, or not there */
	CSTN__YES,    /* int32_t, 0 or 1: true, or not there */
	CSTN__DIGEST, /* 32 bytes: hexadecimal; zeros are not there */
	CSTN__PART,   /* const struct *: an object; all at its default, or NULL, is not there */
	CSTN__PARTS,  /* const struct *const * and a size_t: a list of objects; none is not there */
	CSTN__RAW     /* const char *: canonical JSON of any object; NULL is not there */
};

typedef struct cstn__member {
	const char *name;
	int32_t kind;
	size_t at;       /* where the value is in the struct */
	size_t count_at; /* TEXTS, PARTS: where their number is */
	int64_t absent;  /* NUMBER, WORD: what a member that is not there means; FLAG: the bit */
	const char *const *words; /* WORD: by value, "" for none; BITS: by bit; NULL at the end */
	const struct cstn__shape *part; /* PART, PARTS */
} cstn__member;

/* A struct that begins with uint32_t struct_size and uint32_t flags, and the JSON object it is.
 * Members stand in the order of canonical JSON. */
typedef struct cstn__shape {
	size_t size;
	const cstn__member *members;
	size_t n_members;
	const void *defaults; /* what a PART that is not there means; NULL: a NULL pointer */
} cstn__shape;

/* Write a struct as canonical JSON. */
void cstn__shape_put(cstn__bytes *out, const cstn__shape *shape, const void *value);

/* A copy of a struct and all that it points to; NULL: out of memory. PARTs that are NULL become
 * their defaults. */
void *cstn__shape_copy(cstn__arena *arena, const cstn__shape *shape, const void *value);

/* A list of pointers, copied without what they point to; NULL: out of memory. */
const void **cstn__list_copy(cstn__arena *arena, const void *list, size_t n);

/* Reading: the document, and where what is made lives. */
typedef struct cstn__shape_reader {
	const char *text;
	size_t len;
	const json_t *root;
	cstn__arena *arena;
} cstn__shape_reader;

/* Fill a struct of shape->size bytes. CSTN_E_FORMAT with byte and member for an unknown member or a
 * value of another kind; CSTN_E_NOMEM. */
cstn_status cstn__shape_read(const cstn__shape_reader *reader, const cstn__shape *shape,
		const json_t *object, void *out, cstn_error **error);

#endif
