/* The record of an event commitment: fields that are shown, hashes of subtrees that are not.
 *
 * Both walks go from the left: a subtree without a field takes the next hash, one leaf with a field
 * is hashed, the rest is the hash of its halves. So the same order holds for reading and writing,
 * and a record can be redacted again. Depth: log2 of the leaves. */
#include "sharing/event_record.h"

#include <sodium/utils.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "ledger/merkle.h"
#include "ledger/signed_checkpoint.h"
#include "sharing/canonical_json.h"

#define TYPE "cstn/event/v1"
#define LEAF_START 0
#define SALT_TEXT 24 /* base64 of 16 bytes */
#define HASH_TEXT 44 /* ... of 32 */

void cstn__event_record_init(cstn__event_record *record, const cstn_allocator *allocator)
{
	memset(record, 0, sizeof(*record));
	record->allocator = *allocator;
	record->hardware = cstn__sha256_hardware();
}

void cstn__event_record_free(cstn__event_record *record)
{
	cstn__wipe(record->fields.items, record->fields.capacity * sizeof(*record->fields.items));
	cstn__array_free(&record->allocator, &record->fields);
	cstn__array_free(&record->allocator, &record->hashes);
	json_decref(record->tree);
	record->tree = NULL;
}

/* --- hashes ----------------------------------------------------------------------------------- */

static void leaf_hash(const cstn__event_record *record, const cstn__event_leaf *leaf, uint8_t *out)
{
	const uint8_t start = LEAF_START;
	const uint8_t length[2] = {(uint8_t)(leaf->path_len >> 8), (uint8_t)(leaf->path_len & 255)};
	cstn__sha256_state state;

	cstn__sha256_init(&state, record->hardware);
	cstn__sha256_put(&state, &start, 1);
	cstn__sha256_put(&state, leaf->salt, sizeof(leaf->salt));
	cstn__sha256_put(&state, length, sizeof(length));
	cstn__sha256_put(&state, leaf->path, leaf->path_len);
	cstn__sha256_put(&state, leaf->value, leaf->value_len);
	cstn__sha256_end(&state, out);
}

/* Where a walk over a record stands. */
typedef struct walk {
	const cstn__event_record *record;
	size_t field, hash;
} walk;

/* Is the next field in [first, end)? */
static int has_field(const walk *at, uint32_t end)
{
	return at->field < at->record->fields.count &&
	       at->record->fields.items[at->field].index < end;
}

/* The hash of the leaves [first, first + n). A record that was read has the hashes that this takes;
 * -1 where it has not. */
static int subtree(walk *at, uint32_t first, uint32_t n, uint8_t *out)
{
	uint8_t left[CSTN__HASH], right[CSTN__HASH];

	if (!has_field(at, first + n)) {
		if ((at->hash + 1) * CSTN__HASH > at->record->hashes.count)
			return -1;
		memcpy(out, at->record->hashes.items + at->hash++ * CSTN__HASH, CSTN__HASH);
		return 0;
	}
	if (n == 1) {
		leaf_hash(at->record, &at->record->fields.items[at->field++], out);
		return 0;
	}
	if (subtree(at, first, n / 2, left) || subtree(at, first + n / 2, n / 2, right))
		return -1;
	cstn__merkle_node(at->record->hardware, left, right, out);
	return 0;
}

void cstn__event_record_root(const cstn__event_record *record, uint8_t *root)
{
	walk at = {record, 0, 0};

	(void)subtree(&at, 0, record->leaves, root);
}

/* --- redaction -------------------------------------------------------------------------------- */

static int put_hash(cstn__event_record *out, const uint8_t *hash)
{
	if (cstn__array_reserve(&out->allocator, &out->hashes, CSTN__HASH))
		return -1;
	memcpy(out->hashes.items + out->hashes.count, hash, CSTN__HASH);
	out->hashes.count += CSTN__HASH;
	return 0;
}

/* Does one of the fields up to `end` stay? */
static int has_kept(const walk *at, const uint8_t *keep, uint32_t end)
{
	size_t i;

	for (i = at->field; i < at->record->fields.count && at->record->fields.items[i].index < end;
			i++)
		if (keep[i])
			return 1;
	return 0;
}

static int redact(
		walk *at, const uint8_t *keep, uint32_t first, uint32_t n, cstn__event_record *out)
{
	uint8_t hash[CSTN__HASH];

	if (!has_kept(at, keep, first + n))
		return subtree(at, first, n, hash) || put_hash(out, hash) ? -1 : 0;
	if (n == 1) {
		if (cstn__array_reserve(&out->allocator, &out->fields, 1))
			return -1;
		out->fields.items[out->fields.count++] = at->record->fields.items[at->field++];
		return 0;
	}
	return redact(at, keep, first, n / 2, out) || redact(at, keep, first + n / 2, n / 2, out);
}

cstn_status cstn__event_record_redact(const cstn__event_record *record, const uint8_t *keep,
		cstn__event_record *out, cstn_error **error)
{
	walk at = {record, 0, 0};

	out->leaves = record->leaves;
	return redact(&at, keep, 0, record->leaves, out) ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- text ------------------------------------------------------------------------------------- */

static json_t *base64(const uint8_t *bytes, size_t size)
{
	char text[HASH_TEXT + 1];

	sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL);
	return json_string(text);
}

static json_t *field_json(const cstn__event_leaf *leaf)
{
	json_t *out = json_object();

	if (json_object_set_new(out, "index", json_integer(leaf->index)) ||
			json_object_set_new(
					out, "path", json_stringn(leaf->path, leaf->path_len)) ||
			json_object_set_new(out, "salt", base64(leaf->salt, sizeof(leaf->salt))) ||
			json_object_set_new(
					out, "value", json_stringn(leaf->value, leaf->value_len))) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *record_json(const cstn__event_record *record)
{
	json_t *out = json_object(), *fields = json_array(), *hashes = json_array();
	int failed = !out || !fields || !hashes;
	size_t i;

	for (i = 0; i < record->fields.count && !failed; i++)
		failed = json_array_append_new(fields, field_json(&record->fields.items[i]));
	for (i = 0; i < record->hashes.count && !failed; i += CSTN__HASH)
		failed = json_array_append_new(
				hashes, base64(record->hashes.items + i, CSTN__HASH));
	failed = failed || json_object_set(out, "fields", fields) ||
		 json_object_set(out, "hashes", hashes) ||
		 json_object_set_new(out, "leaves", json_integer(record->leaves)) ||
		 json_object_set_new(out, "type", json_string(TYPE));
	json_decref(fields);
	json_decref(hashes);
	if (failed) {
		json_decref(out);
		return NULL;
	}
	return out;
}

cstn_status cstn__event_record_write(
		const cstn__event_record *record, cstn_buffer **out, cstn_error **error)
{
	json_t *tree = record_json(record);
	cstn__bytes bytes;
	cstn_status status;

	if (!tree)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, &record->allocator);
	status = cstn__canonical_json_write(tree, CSTN__CANONICAL_INTEGERS, &bytes, error);
	json_decref(tree);
	if (status == CSTN_OK)
		status = cstn__buffer_copy_secret(
				&record->allocator, bytes.data, bytes.size, out, error);
	cstn__wipe(bytes.data, bytes.capacity);
	cstn__bytes_free(&bytes);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct source {
	const char *text;
	size_t len;
	const json_t *root;
} source;

static cstn_status refuse(const source *from, const json_t *holder, const char *name, size_t index,
		const char *rule, cstn_error **error)
{
	size_t at = cstn__canonical_json_offset(
			from->text, from->len, from->root, holder, name, index);

	return cstn__fail(error, CSTN_E_FORMAT, "event record, byte %zu: %s", at, rule);
}

/* Bytes of base64 text of one size: 0, or -1. */
static int bytes_of(const json_t *value, uint8_t *out, size_t size)
{
	size_t n = 0;

	return !json_is_string(value) ||
	       cstn__base64_read(json_string_value(value), json_string_length(value), out, size,
			       &n) ||
	       n != size;
}

static int is_path(const char *text, size_t len)
{
	size_t i;

	if (!text || len < 1 || len > CSTN_EVENT_PATH_MAX)
		return 0;
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	return 1;
}

static cstn_status read_field(cstn__event_record *record, const source *from, const json_t *list,
		size_t i, cstn_error **error)
{
	const json_t *one = json_array_get(list, i), *path = json_object_get(one, "path");
	const json_t *value = json_object_get(one, "value"), *index = json_object_get(one, "index");
	cstn__event_leaf leaf;
	int64_t place = json_integer_value(index);

	if (json_object_size(one) != 4)
		return refuse(from, list, NULL, i, "a field has index, path, salt and value",
				error);
	if (!json_is_integer(index) || place < 0 || place >= record->leaves ||
			(i > 0 && place <= record->fields.items[i - 1].index))
		return refuse(from, one, "index", 0, "indices grow and are below leaves", error);
	if (!is_path(json_string_value(path), json_string_length(path)))
		return refuse(from, one, "path", 0,
				"a path has 1 to 255 bytes, no control characters", error);
	if (!json_is_string(value) || json_string_length(value) > CSTN_EVENT_VALUE_MAX)
		return refuse(from, one, "value", 0, "a value is text of at most 65,535 bytes",
				error);
	if (bytes_of(json_object_get(one, "salt"), leaf.salt, sizeof(leaf.salt)))
		return refuse(from, one, "salt", 0, "a salt is base64 of 16 bytes", error);
	leaf.index = (uint32_t)place;
	leaf.path = json_string_value(path);
	leaf.path_len = json_string_length(path);
	leaf.value = json_string_value(value);
	leaf.value_len = json_string_length(value);
	record->fields.items[record->fields.count++] = leaf;
	return CSTN_OK;
}

static cstn_status read_lists(cstn__event_record *record, const source *from, cstn_error **error)
{
	const json_t *fields = json_object_get(from->root, "fields");
	const json_t *hashes = json_object_get(from->root, "hashes");
	size_t i, n = json_array_size(fields), n_hashes = json_array_size(hashes);
	cstn_status status = CSTN_OK;

	if (!json_is_array(fields) || n > record->leaves)
		return refuse(from, from->root, "fields", 0, "a list of at most `leaves` fields",
				error);
	if (!json_is_array(hashes) || n_hashes > record->leaves)
		return refuse(from, from->root, "hashes", 0, "a list of at most `leaves` hashes",
				error);
	if (cstn__array_reserve(&record->allocator, &record->fields, n) ||
			cstn__array_reserve(
					&record->allocator, &record->hashes, n_hashes * CSTN__HASH))
		return cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_field(record, from, fields, i, error);
	for (i = 0; i < n_hashes && status == CSTN_OK; i++) {
		if (bytes_of(json_array_get(hashes, i), record->hashes.items + i * CSTN__HASH,
				    CSTN__HASH))
			return refuse(from, hashes, NULL, i, "a hash is base64 of 32 bytes", error);
		record->hashes.count += CSTN__HASH;
	}
	return status;
}

/* Just the hashes that the fields leave open. */
static cstn_status check_hashes(
		const cstn__event_record *record, const source *from, cstn_error **error)
{
	uint8_t root[CSTN__HASH];
	walk at = {record, 0, 0};

	if (subtree(&at, 0, record->leaves, root) == 0 &&
			at.hash * CSTN__HASH == record->hashes.count)
		return CSTN_OK;
	return refuse(from, from->root, "hashes", 0,
			"one hash for each of the largest subtrees without a field", error);
}

static cstn_status read_tree(cstn__event_record *record, const source *from, cstn_error **error)
{
	const json_t *type = json_object_get(from->root, "type");
	const json_t *leaves = json_object_get(from->root, "leaves");
	int64_t n = json_integer_value(leaves);
	cstn_status status;

	if (json_object_size(from->root) != 4 || !json_is_string(type) ||
			strcmp(json_string_value(type), TYPE) != 0)
		return refuse(from, from->root, "type", 0,
				"fields, hashes, leaves and the type \"" TYPE "\" are required",
				error);
	if (!json_is_integer(leaves) || n < 1 || n > CSTN_EVENT_FIELDS_MAX || (n & (n - 1)) != 0)
		return refuse(from, from->root, "leaves", 0, "a power of two of at most 4,096",
				error);
	record->leaves = (uint32_t)n;
	status = read_lists(record, from, error);
	return status == CSTN_OK ? check_hashes(record, from, error) : status;
}

cstn_status cstn__event_record_read(
		cstn__event_record *record, const char *text, size_t len, cstn_error **error)
{
	source from = {text, len, NULL};
	size_t at = 0;
	cstn_status status = cstn__canonical_json_read(text, len, &record->tree, error);

	if (status != CSTN_OK)
		return status;
	from.root = record->tree;
	status = cstn__canonical_json_differs(
			text, len, record->tree, CSTN__CANONICAL_INTEGERS, &at, error);
	if (status != CSTN_OK)
		return status;
	if (at != len)
		return cstn__fail(error, CSTN_E_FORMAT,
				"event record, byte %zu: the text is not canonical (RFC 8785)", at);
	return read_tree(record, &from, error);
}
