/* The public calls of event commitments: commit, redact, verify. */
#include <constellation/event_proof.h>

#include <string.h>

#include "base/entropy.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "ledger/merkle.h"
#include "network/epcis.h"
#include "sharing/event_record.h"
#include "sharing/prehash.h"
#include "table/export.h"

/* --- commit ----------------------------------------------------------------------------------- */

static cstn_status check_field(const cstn_event_field *field, size_t i, cstn_error **error)
{
	size_t k;

	if (!field->path || field->path_len < 1 || field->path_len > CSTN_EVENT_PATH_MAX ||
			!cstn__utf8_is_valid((const uint8_t *)field->path, field->path_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field %zu: a path has 1 to %d bytes of UTF-8", i,
				CSTN_EVENT_PATH_MAX);
	for (k = 0; k < field->path_len; k++)
		if ((unsigned char)field->path[k] < 0x20 || field->path[k] == 0x7f)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"field %zu: a control character in its path", i);
	if ((!field->value && field->value_len > 0) || field->value_len > CSTN_EVENT_VALUE_MAX ||
			(field->value_len > 0 &&
					(!cstn__utf8_is_valid((const uint8_t *)field->value,
							 field->value_len) ||
							memchr(field->value, 0, field->value_len))))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field %zu, '%.*s': a value is UTF-8 without NUL, at most %d bytes",
				i, (int)field->path_len, field->path, CSTN_EVENT_VALUE_MAX);
	return CSTN_OK;
}

static cstn_status check_fields(const cstn_event_field *fields, size_t n,
		const cstn_allocator *memory, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__interner paths;
	size_t i;

	cstn__interner_init(&paths, memory, 0);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint32_t code;

		status = check_field(&fields[i], i, error);
		if (status != CSTN_OK)
			break;
		code = cstn__intern(&paths, fields[i].path, fields[i].path_len);
		if (code == UINT32_MAX)
			status = cstn__fail_nomem(error);
		else if (code != i)
			status = cstn__fail(error, CSTN_E_DUPLICATE,
					"fields %u and %zu have the same path '%.*s'", code, i,
					(int)fields[i].path_len, fields[i].path);
	}
	cstn__interner_free(&paths);
	return status;
}

static cstn_status draw(const cstn_event_commit_options *options, uint8_t *out, size_t size,
		cstn_error **error)
{
	return cstn__entropy_fill(options->entropy, options->entropy_user, out, size, error);
}

/* Random leaves from `first` to the end, as the hashes of the largest subtrees of them. */
static cstn_status fill(cstn__event_record *record, uint32_t first,
		const cstn_event_commit_options *options, cstn_error **error)
{
	uint32_t n = record->leaves - first, i, size;
	uint8_t *hashes;
	cstn_status status = CSTN_OK;

	if (n == 0)
		return CSTN_OK;
	hashes = cstn__alloc(&record->allocator, (size_t)n * CSTN__HASH);
	if (!hashes || cstn__array_reserve(&record->allocator, &record->hashes,
				       (size_t)n * CSTN__HASH)) {
		cstn__free(&record->allocator, hashes, (size_t)n * CSTN__HASH);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint8_t entry[CSTN__HASH];

		status = draw(options, entry, sizeof(entry), error);
		if (status == CSTN_OK)
			cstn__merkle_leaf(record->hardware, entry, sizeof(entry),
					hashes + (size_t)i * CSTN__HASH);
	}
	for (i = first; i < record->leaves && status == CSTN_OK; i += size) {
		uint8_t *at = hashes + (size_t)(i - first) * CSTN__HASH;
		uint32_t width, k;

		size = i & (~i + 1); /* the largest subtree that begins here */
		for (width = 1; width < size; width *= 2)
			for (k = 0; k < size; k += 2 * width)
				cstn__merkle_node(record->hardware, at + (size_t)k * CSTN__HASH,
						at + (size_t)(k + width) * CSTN__HASH,
						at + (size_t)k * CSTN__HASH);
		memcpy(record->hashes.items + record->hashes.count, at, CSTN__HASH);
		record->hashes.count += CSTN__HASH;
	}
	cstn__free(&record->allocator, hashes, (size_t)n * CSTN__HASH);
	return status;
}

static cstn_status commit(cstn__event_record *record, const cstn_event_field *fields, size_t n,
		const cstn_event_commit_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (record->leaves = 1; record->leaves < n;)
		record->leaves *= 2;
	if (cstn__array_reserve(&record->allocator, &record->fields, n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__event_leaf *leaf = &record->fields.items[record->fields.count++];

		leaf->index = (uint32_t)i;
		leaf->path = fields[i].path;
		leaf->path_len = fields[i].path_len;
		leaf->value = fields[i].value ? fields[i].value : "";
		leaf->value_len = fields[i].value_len;
		status = draw(options, leaf->salt, sizeof(leaf->salt), error);
	}
	return status == CSTN_OK ? fill(record, (uint32_t)n, options, error) : status;
}

static cstn_status commit_fields(const cstn_event_field *fields, size_t n,
		const cstn_event_commit_options *options, const cstn_allocator *memory,
		cstn_buffer **out_record, uint8_t *out_root, cstn_error **error)
{
	cstn__event_record record;
	cstn_status status;

	if (n < 1 || n > CSTN_EVENT_FIELDS_MAX)
		return cstn__fail(error, n < 1 ? CSTN_E_INVALID_ARGUMENT : CSTN_E_LIMIT,
				"an event has 1 to %d fields, not %zu", CSTN_EVENT_FIELDS_MAX, n);
	status = check_fields(fields, n, memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__event_record_init(&record, memory);
	status = commit(&record, fields, n, options, error);
	if (status == CSTN_OK)
		status = cstn__event_record_write(&record, out_record, error);
	if (status == CSTN_OK)
		cstn__event_record_root(&record, out_root);
	cstn__event_record_free(&record);
	return status;
}

static cstn_status begin(const cstn_event_commit_options *given, const cstn_allocator *allocator,
		cstn_event_commit_options *options, cstn_allocator *memory, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*options), sizeof(*options), 0,
			"cstn_event_commit_options", options, error);

	return status == CSTN_OK ? cstn__allocator_read(allocator, memory, error) : status;
}

cstn_status cstn_event_commit(const cstn_event_field *fields, size_t n_fields,
		const cstn_event_commit_options *given, const cstn_allocator *allocator,
		cstn_buffer **out_record, uint8_t *out_root, cstn_error **error)
{
	cstn_event_commit_options options;
	cstn_allocator memory;
	cstn_status status;

	if ((!fields && n_fields > 0) || !out_record || !out_root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!out_record ? "out_record"
				: !out_root ? "out_root"
					    : "fields");
	status = begin(given, allocator, &options, &memory, error);
	if (status != CSTN_OK)
		return status;
	return commit_fields(fields, n_fields, &options, &memory, out_record, out_root, error);
}

/* --- an event of EPCIS ------------------------------------------------------------------------ */

/* The fields that a walk tells. */
typedef struct gathering {
	cstn_allocator allocator;
	cstn__arena arena;
	CSTN__ARRAY(cstn_event_field) fields;
} gathering;

static int gather(void *context, const char *path, size_t path_len, const char *value,
		size_t value_len)
{
	gathering *to = context;
	cstn_event_field field;

	field.path = cstn__arena_copy(&to->arena, path, path_len);
	field.path_len = path_len;
	field.value = cstn__arena_copy(&to->arena, value, value_len);
	field.value_len = value_len;
	if (!field.path || !field.value || cstn__array_reserve(&to->allocator, &to->fields, 1))
		return -1;
	to->fields.items[to->fields.count++] = field;
	return 0;
}

static cstn_status gather_event(cstn__event_reader *reader, const json_t *document, uint64_t index,
		gathering *to, cstn_error **error)
{
	const json_t *events = NULL, *event;
	cstn__prehash walk;
	const char *where;
	cstn_status status = cstn__epcis_format.open(reader, document, &events, &where, error);
	int failed;

	if (status != CSTN_OK)
		return status;
	event = json_is_array(events) ? json_array_get(events, (size_t)index)
		: index == 0          ? events
				      : NULL;
	if (!event)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "the document has no event %llu",
				(unsigned long long)index);
	if (!cstn__epcis_check(reader, event))
		return reader->report.no_memory
				       ? cstn__fail_nomem(error)
				       : cstn__fail(error, CSTN_E_ROWS,
							 "the event breaks a rule of EPCIS 2.0: %s",
							 reader->report.first);
	cstn__prehash_init(&walk, reader);
	cstn__prehash_open(&walk, document);
	walk.leaf = gather;
	walk.leaf_context = to;
	failed = cstn__prehash_event(&walk, event);
	cstn__prehash_free(&walk);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status gather_document(
		const char *json, size_t len, uint64_t index, gathering *to, cstn_error **error)
{
	cstn_event_json_options limits;
	cstn__event_reader reader;
	json_t *document = NULL;
	cstn_status status = cstn__event_options_read(NULL, &limits, error);

	if (status == CSTN_OK)
		status = cstn__event_reader_init(&reader, &limits, &to->allocator, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__json_load(json, len, limits.max_bytes, limits.max_depth, &document, error);
	if (status == CSTN_OK)
		status = gather_event(&reader, document, index, to, error);
	json_decref(document);
	cstn__event_reader_free(&reader);
	return status;
}

cstn_status cstn_epcis_commit(const char *json, size_t len, uint64_t index,
		const cstn_event_commit_options *given, const cstn_allocator *allocator,
		cstn_buffer **out_record, uint8_t *out_root, cstn_error **error)
{
	cstn_event_commit_options options;
	gathering fields;
	cstn_status status;

	if ((!json && len > 0) || !out_record || !out_root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!out_record ? "out_record"
				: !out_root ? "out_root"
					    : "json");
	memset(&fields, 0, sizeof(fields));
	status = begin(given, allocator, &options, &fields.allocator, error);
	if (status != CSTN_OK)
		return status;
	cstn__arena_init(&fields.arena, &fields.allocator);
	status = gather_document(json ? json : "", len, index, &fields, error);
	if (status == CSTN_OK)
		status = commit_fields(fields.fields.items, fields.fields.count, &options,
				&fields.allocator, out_record, out_root, error);
	cstn__arena_free(&fields.arena);
	cstn__array_free(&fields.allocator, &fields.fields);
	return status;
}

/* --- redact ----------------------------------------------------------------------------------- */

/* Is a field's path the one asked for, or below it? */
static int is_below(const cstn__event_leaf *leaf, const char *path)
{
	size_t len = strlen(path);

	return leaf->path_len >= len && memcmp(leaf->path, path, len) == 0 &&
	       (leaf->path_len == len || leaf->path[len] == '.' || leaf->path[len] == '[');
}

static cstn_status choose(const cstn__event_record *record, const char *const *paths, size_t n,
		uint8_t *keep, cstn_error **error)
{
	size_t i, k, found;

	for (i = 0; i < n; i++) {
		if (!paths[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path %zu is NULL", i);
		for (k = found = 0; k < record->fields.count; k++)
			if (is_below(&record->fields.items[k], paths[i])) {
				keep[k] = 1;
				found++;
			}
		if (found == 0)
			return cstn__fail(error, CSTN_E_NOT_FOUND, "no field has the path '%s'",
					paths[i]);
	}
	return CSTN_OK;
}

static cstn_status redact_record(const cstn__event_record *record, const char *const *paths,
		size_t n, cstn_buffer **out, cstn_error **error)
{
	size_t size = record->fields.count + 1;
	uint8_t *keep = cstn__alloc_zero(&record->allocator, size);
	cstn__event_record part;
	cstn_status status;

	if (!keep)
		return cstn__fail_nomem(error);
	cstn__event_record_init(&part, &record->allocator);
	status = choose(record, paths, n, keep, error);
	if (status == CSTN_OK)
		status = cstn__event_record_redact(record, keep, &part, error);
	if (status == CSTN_OK)
		status = cstn__event_record_write(&part, out, error);
	cstn__event_record_free(&part);
	cstn__free(&record->allocator, keep, size);
	return status;
}

cstn_status cstn_event_redact(const char *text, size_t len, const char *const *paths,
		size_t n_paths, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error)
{
	cstn__event_record record;
	cstn_allocator memory;
	cstn_status status;

	if (!text || (!paths && n_paths > 0) || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!text  ? "record"
				: !out ? "out"
				       : "paths");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__event_record_init(&record, &memory);
	status = cstn__event_record_read(&record, text, len, error);
	if (status == CSTN_OK)
		status = redact_record(&record, paths, n_paths, out, error);
	cstn__event_record_free(&record);
	return status;
}

/* --- verify ----------------------------------------------------------------------------------- */

enum column { INDEX, PATH, VALUE };

static cstn_status put_fields(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn__event_record *record = of;
	size_t i;

	if (cstn__table_add_column(table, "index", CSTN_TYPE_INT64, 0, 0) < 0 ||
			cstn__table_add_column(table, "path", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(table, "value", CSTN_TYPE_TEXT, 0, 0) < 0)
		return cstn__fail_nomem(error);
	for (i = 0; i < record->fields.count; i++) {
		const cstn__event_leaf *leaf = &record->fields.items[i];

		cstn__table_put_i64(table, INDEX, leaf->index);
		cstn__table_put_text(table, PATH, leaf->path, leaf->path_len);
		cstn__table_put_text(table, VALUE, leaf->value, leaf->value_len);
	}
	return CSTN_OK;
}

cstn_status cstn_event_verify(const char *text, size_t len, const uint8_t *root,
		const cstn_allocator *allocator, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__event_record record;
	cstn_allocator memory;
	cstn_status status;
	uint8_t found[CSTN_EVENT_ROOT_SIZE];

	if (!text || !root)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!text ? "record" : "root");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__event_record_init(&record, &memory);
	status = cstn__event_record_read(&record, text, len, error);
	if (status == CSTN_OK) {
		cstn__event_record_root(&record, found);
		if (memcmp(found, root, sizeof(found)) != 0)
			status = cstn__fail(error, CSTN_E_PROOF,
					"the record does not lead to the root");
	}
	if (status == CSTN_OK && out)
		status = cstn__table_export_of(&memory, put_fields, &record, out, error);
	cstn__event_record_free(&record);
	return status;
}
