/* Arrow trees built from bytes: columns that the perfect order knows in types, lengths, offsets,
 * nulls and values that the bytes choose, some of them wrong. Buffers are as large as the lengths
 * say (their sizes cannot be known through the interface, so that much is trusted); everything else
 * must be noticed. The portable and the widest kernel give the same counts, on one and on two
 * threads. */
#include "fuzz.h"

#define MAX_COLUMNS 8
#define MAX_ROWS 200

static const char *const names[] = {"order_id", "promised", "delivered", "qty", "qty_delivered",
		"status", "carrier", "line_number", "order_lines", "shipment_id", "value",
		"documents_ok", "condition_ok", "ship_to_zone", "promised_offset_minutes",
		"late_cause", "policy_digest", "ordered", "qty_due", "late_owner"};
static const char *const formats[] = {"l", "i", "s", "c", "C", "S", "I", "L", "g", "f", "b", "u",
		"U", "z", "tdD", "tdm", "tsu:UTC", "tsn:UTC", "tss:", "tsm:Europe/Berlin", "d:19,2",
		"d:38,0", "d:9,3,32", "n", "vu", "e", "w:4", "+s", "+l", "", "ts", "d:", "tsu",
		"d:76,0,256"};

/* One batch and everything it owns; the release functions only mark. */
typedef struct tree {
	struct ArrowSchema schema;
	struct ArrowArray array;
	struct ArrowSchema child_schemas[MAX_COLUMNS];
	struct ArrowArray children[MAX_COLUMNS];
	struct ArrowSchema *schema_pointers[MAX_COLUMNS];
	struct ArrowArray *array_pointers[MAX_COLUMNS];
	struct ArrowSchema dictionary_schema[MAX_COLUMNS];
	struct ArrowArray dictionary[MAX_COLUMNS];
	const void *buffers[MAX_COLUMNS * 2][3];
	void *owned[MAX_COLUMNS * 8];
	size_t n_owned;
} tree;

static void release_schema(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static void release_array(struct ArrowArray *array)
{
	array->release = NULL;
}

static void *owned(tree *t, size_t size)
{
	void *memory = calloc(1, size + (size == 0));

	if (memory == NULL)
		exit(0);
	t->owned[t->n_owned++] = memory;
	return memory;
}

static uint8_t *filled(tree *t, fuzz_source *source, size_t size, uint8_t how)
{
	uint8_t *bytes = owned(t, size);
	size_t i;

	/* Small values are likelier to be legal than large ones. */
	for (i = 0; i < size; i++)
		bytes[i] = how & 1 ? fuzz_u8(source) : i % 8 == 0 ? fuzz_u8(source) : 0;
	return bytes;
}

static void offsets(tree *t, fuzz_source *source, const void **buffers, size_t count, int wide)
{
	uint8_t *bytes = owned(t, count * (wide ? 8 : 4));
	int64_t at = fuzz_u8(source) % 4 == 0 ? fuzz_u8(source) : 0;
	int64_t last = 0;
	uint8_t *text;
	size_t i;

	for (i = 0; i < count; i++) {
		int64_t put = at;

		if (fuzz_u8(source) == 255)
			put = (int64_t)(int8_t)fuzz_u8(source);
		if (wide)
			memcpy(bytes + 8 * i, &put, 8);
		else
			memcpy(bytes + 4 * i, &(int32_t){(int32_t)put}, 4);
		last = put;
		at += fuzz_u8(source) % 12;
	}
	text = filled(t, source, last > 0 ? (size_t)last : 0, 1);
	for (i = 0; last > 0 && i < (size_t)last; i++)
		text[i] = text[i] > 250 ? text[i] : (uint8_t)(text[i] % 95 + 32);
	buffers[1] = bytes;
	buffers[2] = text;
}

/* A column of `rows` rows; `slot` numbers its place for buffers. */
static void column(tree *t, fuzz_source *source, struct ArrowSchema *schema,
		struct ArrowArray *array, int slot, int64_t rows, int depth)
{
	const char *format = formats[fuzz_u8(source) % (sizeof(formats) / sizeof(formats[0]))];
	uint8_t how = fuzz_u8(source);
	size_t count;

	memset(schema, 0, sizeof(*schema));
	memset(array, 0, sizeof(*array));
	array->offset = how & 2 ? fuzz_u8(source) % 70 : 0;
	array->length = how & 4 && fuzz_u8(source) == 255 ? (int64_t)(int8_t)fuzz_u8(source) : rows;
	count = (size_t)(array->offset + (array->length > 0 ? array->length : 0));
	schema->format = format;
	schema->flags = how & 8 ? 0 : ARROW_FLAG_NULLABLE;
	schema->release = release_schema;
	array->release = release_array;
	array->buffers = t->buffers[slot];
	array->n_buffers = 2;
	array->null_count = how & 16 ? -1 : 0;
	if (how & 16)
		t->buffers[slot][0] = filled(t, source, count / 8 + 1, 1);
	if (format[0] == 'u' || format[0] == 'z' || format[0] == 'U') {
		array->n_buffers = 3;
		offsets(t, source, t->buffers[slot], count + 1, format[0] == 'U');
	} else if (strcmp(format, "vu") == 0) {
		/* Views of at most 12 bytes lie in the view itself. */
		uint8_t *views = owned(t, 16 * (count + 1));
		size_t i;

		for (i = 0; i < count; i++) {
			views[16 * i] = fuzz_u8(source) % 13;
			memset(views + 16 * i + 4, 'a' + (int)(i % 20), views[16 * i]);
		}
		t->buffers[slot][1] = views;
		t->buffers[slot][2] = owned(t, 8);
		array->n_buffers = 3;
	} else if (format[0] == 'n') {
		array->n_buffers = 0;
	} else {
		t->buffers[slot][1] = filled(t, source, 32 * (count + 1), how);
	}
	if (how & 32 && fuzz_u8(source) == 0)
		array->n_buffers = fuzz_u8(source) % 5 < 3 ? array->n_buffers : 1;
	if (depth == 0 && how & 64) {
		schema->dictionary = &t->dictionary_schema[slot];
		array->dictionary = &t->dictionary[slot];
		column(t, source, schema->dictionary, array->dictionary, MAX_COLUMNS + slot,
				fuzz_u8(source) % 20, 1);
	}
}

static void build(tree *t, fuzz_source source)
{
	int n = 1 + fuzz_u8(&source) % MAX_COLUMNS;
	int64_t rows = fuzz_u8(&source) % MAX_ROWS;
	int i;

	memset(t, 0, sizeof(*t));
	t->schema = (struct ArrowSchema){.format = "+s",
			.n_children = n,
			.children = t->schema_pointers,
			.release = release_schema};
	t->array = (struct ArrowArray){.length = rows,
			.n_buffers = 1,
			.n_children = n,
			.buffers = t->buffers[2 * MAX_COLUMNS - 1],
			.children = t->array_pointers,
			.release = release_array};
	for (i = 0; i < n; i++) {
		/* The first four are what most policies need. */
		uint8_t pick = fuzz_u8(&source);
		size_t name = pick & 128 ? (size_t)i : pick % (sizeof(names) / sizeof(names[0]));

		column(t, &source, &t->child_schemas[i], &t->children[i], i, rows, 0);
		t->child_schemas[i].name = names[name];
		t->schema_pointers[i] = &t->child_schemas[i];
		t->array_pointers[i] = &t->children[i];
	}
	if (fuzz_u8(&source) == 255)
		t->array.n_children--;
}

static void demolish(tree *t)
{
	size_t i;

	for (i = 0; i < t->n_owned; i++)
		free(t->owned[i]);
}

/* The state's bytes after one update, or NULL with the status. */
static cstn_buffer *count(const cstn_service_policy *policy, fuzz_source source, uint8_t how,
		int32_t threads, int32_t simd, cstn_status *status)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	static const char *const by[] = {"carrier", "month(due)"};
	static tree t;
	struct ArrowArrayStream stream;
	cstn_perfect_order *state = NULL;
	cstn_row_errors *bad = NULL;
	cstn_buffer *bytes = NULL;
	cstn_binding *binding = NULL;
	cstn_error *error = NULL;

	build(&t, source);
	memset(&stream, 0, sizeof(stream));
	config.clustering = how & 3;
	if (config.clustering == 3)
		config.clustering = CSTN_CLUSTERING_NONE;
	MUST(cstn_perfect_order_new(policy, INT64_C(1600000000000000), by, how >> 2 & 1 ? 2 : 0,
			     &config, NULL, &state, NULL) == CSTN_OK);
	MUST(cstn_binding_new(NULL, &binding, NULL) == CSTN_OK);
	MUST(cstn_binding_cast(binding, NULL, how >> 3, NULL) == CSTN_OK);
	options.threads = threads;
	options.simd = simd;
	options.binding = binding;
	MUST(cstn_arrow_stream_from_array(&t.schema, &t.array, &stream) == 0);
	*status = cstn_perfect_order_update(state, &stream, &options, &bad, &error);
	fuzz_check_error(*status, error);
	MUST(stream.release == NULL);
	MUST((bad != NULL) <= (*status == CSTN_E_ROWS));
	cstn_row_errors_free(bad);
	if (*status == CSTN_OK || *status == CSTN_E_ROWS)
		MUST(cstn_perfect_order_serialize(state, &bytes, NULL) == CSTN_OK);
	cstn_perfect_order_free(state);
	cstn_binding_free(binding);
	demolish(&t);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const policies[] = {"", "components=T", "level=line components=TFDC",
			"weight=quantity", "zone=event unassessed=fail"};
	fuzz_source source = {data, size};
	uint8_t how = fuzz_u8(&source);
	uint8_t which = fuzz_u8(&source);
	cstn_service_policy *policy = NULL;
	cstn_status portable, widest;
	cstn_buffer *a, *b;

	MUST(cstn_service_policy_new(policies[which % 5], NULL, &policy, NULL) == CSTN_OK);
	a = count(policy, source, how, 1, 1, &portable);
	b = count(policy, source, how, which & 64 ? 2 : 1, 0, &widest);
	MUST(portable == widest);
	if (a != NULL) {
		MUST(cstn_buffer_size(a) == cstn_buffer_size(b));
		MUST(memcmp(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a)) == 0);
	}
	cstn_buffer_free(a);
	cstn_buffer_free(b);
	cstn_service_policy_unref(policy);
	return 0;
}
