#ifndef CSTN_TABLE_STREAM_TYPE_H
#define CSTN_TABLE_STREAM_TYPE_H

#include <stdint.h>

#include <constellation/arrow.h>

/* What an Arrow format string says. */
enum cstn__kind {
	CSTN__KIND_REFUSED, /* `name` and `way_out` say why */
	CSTN__KIND_NULL,
	CSTN__KIND_FLAG,
	CSTN__KIND_INTEGER,
	CSTN__KIND_DOUBLE,
	CSTN__KIND_TEXT,
	CSTN__KIND_BYTES,
	CSTN__KIND_DATE32,
	CSTN__KIND_DATE64,
	CSTN__KIND_TIME,
	CSTN__KIND_DECIMAL
};

typedef struct cstn__stream_type {
	int32_t kind;
	int32_t physical; /* enum cstn__physical */
	int32_t scale;    /* of decimals */
	int32_t wall;     /* a timestamp without zone */
	int64_t per_second;
	char name[80];       /* "timestamp[us] without zone" */
	const char *way_out; /* of refused types; else "" */
} cstn__stream_type;

void cstn__stream_type_read(const char *format, cstn__stream_type *out);
/* Bytes a value of a physical type takes; 0 for bits, offsets are counted as values. */
int32_t cstn__physical_width(int32_t physical);

#endif
