#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/constellation.h>

/* A fuzz target is one function that takes any bytes. Under clang libFuzzer calls it; elsewhere
 * fuzz_main.c feeds it the seeds. What must hold is written with MUST(). */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* The rule of every call: an error object exactly when it failed, and its message is one line. */
static inline void fuzz_check_error(cstn_status status, cstn_error *error)
{
	if (status == CSTN_OK || status == CSTN_DONE) {
		MUST(error == NULL);
		return;
	}
	MUST(status < 0);
	MUST(error != NULL);
	MUST(cstn_error_code(error) == status);
	MUST(cstn_error_message(error)[0] != 0);
	MUST(strpbrk(cstn_error_message(error), "\r\n") == NULL);
	cstn_error_free(error);
}

/* Every row of a stream: the number of rows, or -1 if it ended with an error. Releases it. */
static inline int64_t fuzz_drain(struct ArrowArrayStream *stream)
{
	struct ArrowSchema schema;
	int64_t rows = 0;

	memset(&schema, 0, sizeof(schema));
	if (stream->get_schema(stream, &schema) == 0)
		schema.release(&schema);
	for (;;) {
		struct ArrowArray array;

		memset(&array, 0, sizeof(array));
		if (stream->get_next(stream, &array) != 0) {
			MUST(stream->get_last_error(stream) != NULL);
			rows = -1;
			break;
		}
		if (array.release == NULL)
			break;
		MUST(array.length >= 0);
		rows += array.length;
		array.release(&array);
	}
	stream->release(stream);
	return rows;
}

/* A call that gives a table: its stream, which was empty, is there exactly if the call did not
 * fail. Releases it. */
static inline void fuzz_check_table(
		cstn_status status, struct ArrowArrayStream *rows, cstn_error *error)
{
	fuzz_check_error(status, error);
	MUST((rows->release != NULL) == (status == CSTN_OK));
	if (status == CSTN_OK)
		MUST(fuzz_drain(rows) >= 0);
}

/* Bytes as a source of small decisions; zeros when they run out. */
typedef struct fuzz_source {
	const uint8_t *data;
	size_t size;
} fuzz_source;

static inline uint8_t fuzz_u8(fuzz_source *source)
{
	uint8_t value = 0;

	if (source->size > 0) {
		value = *source->data++;
		source->size--;
	}
	return value;
}

static inline uint16_t fuzz_u16(fuzz_source *source)
{
	uint8_t low = fuzz_u8(source);

	return (uint16_t)(low | fuzz_u8(source) << 8);
}

static inline uint64_t fuzz_u64(fuzz_source *source)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value |= (uint64_t)fuzz_u8(source) << (8 * i);
	return value;
}

/* What is left of a source, to be changed; to be freed. */
static inline uint8_t *fuzz_copy(const fuzz_source *source)
{
	uint8_t *copy = malloc(source->size + 1);

	MUST(copy != NULL);
	if (source->size > 0)
		memcpy(copy, source->data, source->size);
	return copy;
}

#endif
