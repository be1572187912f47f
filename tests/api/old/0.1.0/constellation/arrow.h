#ifndef CONSTELLATION_ARROW_H
#define CONSTELLATION_ARROW_H

#include <stdint.h>

#include <constellation/export.h>

/** @file arrow.h
 *  The Arrow C Data and C Stream interface: the three structs as the Arrow specification prints
 *  them, and help for hosts that cannot lay them out themselves. No Arrow library is needed or
 *  linked.
 *
 *  Sizes of buffers cannot be known through this interface, so what is handed over is trusted to be
 *  what it says it is: it comes from the same process. CSV and serialised states are not
 *  trusted.
 *
 *  A struct that a call moves from has its `release` set to NULL, also when the call fails. Streams
 *  are read once, by one thread at a time; the last release may happen on any thread. The functions
 *  here take libc's memory, may be called from any thread, and cost O(1), but for releasing, which
 *  is O(columns). */

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};

struct ArrowArray {
	int64_t length;
	int64_t null_count;
	int64_t offset;
	int64_t n_buffers;
	int64_t n_children;
	const void **buffers;
	struct ArrowArray **children;
	struct ArrowArray *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};

#endif

/** An empty stream on the heap, for hosts that hand over pointers (a Python capsule, a Go service).
 *  @return NULL if out of memory; else free with cstn_arrow_stream_free(). Any thread.
 *  @since 0.1 */
CSTN_API struct ArrowArrayStream *cstn_arrow_stream_new(void);

/** Release the stream if nobody moved it, and free the struct; NULL is allowed. Any thread.
 *  @since 0.1 */
CSTN_API void cstn_arrow_stream_free(struct ArrowArrayStream *stream);

/** An empty schema on the heap. @return NULL if out of memory; free with
 *  cstn_arrow_schema_free(). Any thread. @since 0.1 */
CSTN_API struct ArrowSchema *cstn_arrow_schema_new(void);

/** Release the schema if nobody moved it, and free the struct; NULL is allowed. Any thread.
 *  @since 0.1 */
CSTN_API void cstn_arrow_schema_free(struct ArrowSchema *schema);

/** An empty array on the heap. @return NULL if out of memory; free with
 *  cstn_arrow_array_free(). Any thread. @since 0.1 */
CSTN_API struct ArrowArray *cstn_arrow_array_new(void);

/** Release the array if nobody moved it, and free the struct; NULL is allowed. Any thread.
 *  @since 0.1 */
CSTN_API void cstn_arrow_array_free(struct ArrowArray *array);

/** One record batch as a stream: moves `schema` and `array` (also on failure) into `out`. Any
 *  thread.
 *  @return 0, or CSTN_E_NOMEM (-2) or CSTN_E_INVALID_ARGUMENT (-1) @since 0.1 */
CSTN_API int32_t cstn_arrow_stream_from_array(struct ArrowSchema *schema, struct ArrowArray *array,
		struct ArrowArrayStream *out) CSTN_MUST_CHECK;

/** `release` for a schema whose memory the host keeps (columns laid out by ctypes or cgo): releases
 *  what children and dictionary were not moved out, marks the struct as released and frees nothing.
 *  The memory must stay valid until this ran. Any thread; runs no code of the host. @since 0.1 */
CSTN_API void cstn_arrow_schema_release_borrowed(struct ArrowSchema *schema);

/** The same for an array. Any thread. @since 0.1 */
CSTN_API void cstn_arrow_array_release_borrowed(struct ArrowArray *array);

/** Destructor for a Python capsule named "arrow_array_stream", "arrow_schema" or "arrow_array" that
 *  holds a struct from the _new() functions above: releases what was not moved and frees the
 *  struct. Plain C: it finds the interpreter's PyCapsule functions in the running process and runs
 *  no Python code. @param capsule a `PyObject *`. Any thread that may call Python. @since 0.1 */
CSTN_API void cstn_arrow_capsule_destroy(void *capsule);

#ifdef __cplusplus
}
#endif

#endif
