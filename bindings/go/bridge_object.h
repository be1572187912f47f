#ifndef CSTN_GO_BRIDGE_OBJECT_H
#define CSTN_GO_BRIDGE_OBJECT_H

/* What the objects of the library have in common: rows of a call, its frame, and kinds. It is a
 * part of bridge.h, which includes it. */

/* A binding as a list of steps. */
#define CSTN_GO_BIND_RENAME 1
#define CSTN_GO_BIND_CONSTANT 2
#define CSTN_GO_BIND_VALUE 3
#define CSTN_GO_BIND_ZONE 4
#define CSTN_GO_BIND_SCALE 5
#define CSTN_GO_BIND_FORM 6
#define CSTN_GO_BIND_CAST 7
#define CSTN_GO_BIND_STRICT 8
#define CSTN_GO_BIND_TRUST 9

typedef struct cstn_go_bind_step {
	int32_t kind;
	int32_t number; /* scale, casts, strict, or index into the zones */
	int32_t absent; /* bit i: text i of column, first, second is NULL and not in the block */
	int32_t reserved0;
} cstn_go_bind_step;

typedef struct cstn_go_binding {
	const cstn_go_bind_step *steps;
	const char *texts;
	cstn_zone *const *zones;
	size_t n_steps;
} cstn_go_binding;

/* The library's binding from a list of steps. */
cstn_status cstn_go_binding_build(const cstn_go_binding *from, const cstn_allocator *allocator,
		cstn_binding **out, cstn_error **error);

/* The rows of a call: a stream, or Go's columns, which are read before the call returns. */
typedef struct cstn_go_input {
	struct ArrowArrayStream *stream; /* NULL: columns */
	const cstn_go_column *columns;
	size_t n_columns;
	int64_t rows;
	const cstn_go_binding *binding; /* NULL, or how columns map */
} cstn_go_input;

typedef struct cstn_go_update_options {
	int32_t threads;
	int32_t simd;
	cstn_progress *progress;
	uint32_t flags;
} cstn_go_update_options;

/* One call of the library that reads rows or gives a stream. */
typedef struct cstn_go_call {
	struct ArrowArrayStream columns;
	struct ArrowArrayStream *in;  /* the rows, NULL without input; released at the end */
	struct ArrowArrayStream *out; /* for the call to fill, NULL when it gives none */
	cstn_binding *binding;        /* NULL, or for the options of the call */
	cstn_row_errors *bad;
	cstn_error *error;
} cstn_go_call;

/* Make what a call needs; 0, with the outcome set and the rows released, if that fails. */
int cstn_go_begin(
		cstn_go_call *call, const cstn_go_input *input, int32_t gives, cstn_go_outcome *o);
/* The same with a second frame that gives nothing; either may be NULL, *ahead is then not begun. */
int cstn_go_begin_both(cstn_go_call *call, cstn_go_call *ahead, const cstn_go_input *keys,
		const cstn_go_input *future, cstn_go_outcome *o);
/* Give everything back and fill the outcome. A stream that was filled goes to `*out`. */
void cstn_go_end(cstn_go_call *call, cstn_status status, struct ArrowArrayStream **out,
		cstn_go_outcome *o);

/* A call that needs no frame: an expression with `&error`, which gives a status. */
#define CSTN_GO_CALL(o, call)                           \
	do {                                            \
		cstn_error *error = NULL;               \
		cstn_status status = (call);            \
		cstn_go_finish(o, status, error, NULL); \
	} while (0)

/* Forms of cstn_go_kind.bytes, beside those of the object itself, which are 0 or more. */
#define CSTN_GO_SERIALIZED (-1)
#define CSTN_GO_DESCRIBED (-2)

/* What the objects of one type can do; NULL is what they cannot. */
typedef struct cstn_go_kind {
	const char *what; /* their name in errors */
	int32_t turns;    /* 1: calls take turns, 0: any number at once */
	int32_t reserved0;
	void (*free)(void *object);
	cstn_status (*merge)(void *into, const void *from, cstn_error **error);
	cstn_status (*bytes)(void *object, int32_t form, cstn_buffer **out, cstn_error **error);
	cstn_status (*deserialize)(const uint8_t *data, size_t size,
			const cstn_allocator *allocator, void **out, cstn_error **error);
	cstn_status (*param)(const void *object, const char *name, double *out, cstn_error **error);
	cstn_status (*export)(const void *object, int32_t table, struct ArrowArrayStream *out,
			cstn_error **error);
	cstn_status (*update)(
			void *state, cstn_go_call *call, const cstn_go_update_options *options);
	cstn_status (*remove)(void *state, cstn_go_call *call);
	cstn_status (*subtract)(void *from, const void *part, cstn_error **error);
} cstn_go_kind;

/* The thunks of a kind, NAME_free and so on. `call` is a call of the library with these names:
 * object, into, from, form, out, data, size, allocator, made, name, table, error. */
#define CSTN_GO_FREE(type, call)              \
	static void type##_free(void *object) \
	{                                     \
		call;                         \
	}
#define CSTN_GO_MERGE(type, call)                                                         \
	static cstn_status type##_merge(void *into, const void *from, cstn_error **error) \
	{                                                                                 \
		return call;                                                              \
	}
#define CSTN_GO_BYTES(type, call)                                                          \
	static cstn_status type##_bytes(                                                   \
			void *object, int32_t form, cstn_buffer **out, cstn_error **error) \
	{                                                                                  \
		(void)form;                                                                \
		return call;                                                               \
	}
#define CSTN_GO_DESERIALIZE(type, call)                                                  \
	static cstn_status type##_deserialize(const uint8_t *data, size_t size,          \
			const cstn_allocator *allocator, void **out, cstn_error **error) \
	{                                                                                \
		cstn_##type *made = NULL;                                                \
		cstn_status status = call;                                               \
                                                                                         \
		*out = made;                                                             \
		return status;                                                           \
	}
#define CSTN_GO_PARAM(type, call)                                                              \
	static cstn_status type##_param(                                                       \
			const void *object, const char *name, double *out, cstn_error **error) \
	{                                                                                      \
		return call;                                                                   \
	}
#define CSTN_GO_EXPORT(type, call)                                          \
	static cstn_status type##_export(const void *object, int32_t table, \
			struct ArrowArrayStream *out, cstn_error **error)   \
	{                                                                   \
		return call;                                                \
	}

/* A mergeable state, by the library's names of its functions: cstn_TYPE_free, _merge, _serialize
 * and _deserialize. The kind is CSTN_GO_STATE_KIND(TYPE, "its name") and what else it can do. */
#define CSTN_GO_STATE(type)                                              \
	CSTN_GO_FREE(type, cstn_##type##_free(object))                   \
	CSTN_GO_MERGE(type, cstn_##type##_merge(into, from, error))      \
	CSTN_GO_BYTES(type, cstn_##type##_serialize(object, out, error)) \
	CSTN_GO_DESERIALIZE(type, cstn_##type##_deserialize(data, size, allocator, &made, error))
#define CSTN_GO_STATE_KIND(type, words)                                        \
	.what = words, .turns = 1, .free = type##_free, .merge = type##_merge, \
	.bytes = type##_bytes, .deserialize = type##_deserialize

/* NAME_update of a state whose options are flags, progress and binding, and what `more` sets. */
#define CSTN_GO_UPDATE(type, init, more)                                                       \
	static cstn_status type##_update(                                                      \
			void *state, cstn_go_call *call, const cstn_go_update_options *given)  \
	{                                                                                      \
		cstn_##type##_options with = init;                                             \
                                                                                               \
		with.flags = given->flags;                                                     \
		with.progress = given->progress;                                               \
		with.binding = call->binding;                                                  \
		more;                                                                          \
		return cstn_##type##_update(state, call->in, &with, &call->bad, &call->error); \
	}

/* NAME_remove of a state that can forget customers. */
#define CSTN_GO_REMOVE(type)                                                \
	static cstn_status type##_remove(void *state, cstn_go_call *call)   \
	{                                                                   \
		return cstn_##type##_remove(state, call->in, &call->error); \
	}

/* NAME_subtract of a state of counts, from which parts are taken out. */
#define CSTN_GO_SUBTRACT(type)                                                               \
	static cstn_status type##_subtract(void *from, const void *part, cstn_error **error) \
	{                                                                                    \
		return cstn_##type##_remove(from, part, error);                              \
	}

/* A fitted model, by the library's names of its functions: cstn_TYPE_unref, _deserialize and
 * _get_param. NAME_bytes stands before its kind, which is CSTN_GO_MODEL_KIND(TYPE, "its name"). */
#define CSTN_GO_MODEL(type)                                                                       \
	CSTN_GO_FREE(type, cstn_##type##_unref(object))                                           \
	CSTN_GO_DESERIALIZE(type, cstn_##type##_deserialize(data, size, allocator, &made, error)) \
	CSTN_GO_PARAM(type, cstn_##type##_get_param(object, name, out, error))
#define CSTN_GO_DESCRIBED_BYTES(type)                                                    \
	CSTN_GO_BYTES(type, form == CSTN_GO_DESCRIBED                                    \
					    ? cstn_##type##_describe(object, out, error) \
					    : cstn_##type##_serialize(object, out, error))
#define CSTN_GO_MODEL_KIND(type, words)                            \
	.what = words, .free = type##_free, .bytes = type##_bytes, \
	.deserialize = type##_deserialize, .param = type##_param

/* A call that reads nothing and gives a stream: an expression with `call.out` and `&call.error`. */
#define CSTN_GO_GIVE(o, stream, expression)                        \
	do {                                                       \
		cstn_go_call call;                                 \
                                                                   \
		if (cstn_go_begin(&call, NULL, 1, o))              \
			cstn_go_end(&call, expression, stream, o); \
	} while (0)

void cstn_go_free(const cstn_go_kind *kind, void *object);
void cstn_go_merge(const cstn_go_kind *kind, void *into, const void *from, cstn_go_outcome *o);
void cstn_go_bytes(const cstn_go_kind *kind, void *object, int32_t form, cstn_buffer **out,
		cstn_go_outcome *o);
void cstn_go_deserialize(const cstn_go_kind *kind, const uint8_t *data, size_t size,
		const cstn_allocator *allocator, void **out, cstn_go_outcome *o);
void cstn_go_param(const cstn_go_kind *kind, const void *object, const char *name, double *out,
		cstn_go_outcome *o);
void cstn_go_export(const cstn_go_kind *kind, const void *object, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_update(const cstn_go_kind *kind, void *state, const cstn_go_input *rows,
		const cstn_go_update_options *options, cstn_go_outcome *o);
void cstn_go_subtract(const cstn_go_kind *kind, void *from, const void *part, cstn_go_outcome *o);
void cstn_go_remove(const cstn_go_kind *kind, void *state, const cstn_go_input *customers,
		cstn_go_outcome *o);

#endif
