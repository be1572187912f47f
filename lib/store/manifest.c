/* The manifest: which files are the store, as of which transaction, with which schema.
 *
 *   header 128 (magic, versions, uuid, numbers, feature masks, counts and offsets), entries of 96
 *   bytes, schema blob, padding to 8, XXH3-128 of everything before it
 *
 * It is written whole under a new number and renamed into place after a sync, so a file that bears
 * the name was complete once: anything wrong with it is damage. Each manifest has one form, and
 * what is written passes the same check as what is read. Cost: linear. */
#include "store/manifest.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "store/key_slots.h"
#include "store/rule.h"

#define HEADER 128
#define ENTRY 96
#define TRAILER 16

static const char magic[8] = {'C', 'S', 'T', 'N', 'M', 'A', 'N', '1'};

/* --- the check, of what is written and of what was read --- */

static const char *entry_problem(const cstn__manifest *manifest, const cstn__manifest_entry *entry)
{
	int has_target = entry->kind == CSTN__ENTRY_DEAD_ROWS || entry->kind == CSTN__ENTRY_DERIVED;

	if (entry->kind < CSTN__ENTRY_SEGMENT || entry->kind > CSTN__ENTRY_KEY_SLOTS)
		return "there is no such kind of file";
	if (entry->table > UINT16_MAX)
		return "table ids are at most 65535";
	if (entry->flags & ~(entry->kind == CSTN__ENTRY_KEY_SLOTS ? CSTN__ENTRY_SLOTS_OVER : 0u))
		return "it has an unknown flag";
	if (entry->flags && (entry->size || entry->rows != entry->child_rows ||
					    (entry->seal[0] != 64 && entry->seal[0] != 128)))
		return "a file of key slots that is over has no size, and all its slots are "
		       "settled";
	if (entry->file_no >= manifest->next_file)
		return "its number is not below the next file number";
	if (entry->min_seq > entry->max_seq)
		return "its lowest sequence number is above its highest";
	if (entry->kind != CSTN__ENTRY_LOG && entry->max_seq > manifest->last_seq)
		return "its highest sequence number is above the last";
	if (entry->kind == CSTN__ENTRY_KEY_SLOTS &&
			(entry->rows > entry->child_rows ||
					entry->child_rows > CSTN__SLOT_FILE_SLOTS))
		return "it has more key slots than a file may have, or more settled than given out";
	if (!has_target && entry->target_file_no != 0)
		return "this kind of file has no target";
	if (entry->kind == CSTN__ENTRY_SEGMENT) {
		for (size_t i = 0; i < manifest->schema.n_tables; i++)
			if (manifest->schema.tables[i].id == entry->table)
				return NULL;
		return "its table is not in the schema";
	}
	return NULL;
}

static cstn_status fail_entry(const cstn__manifest *manifest, size_t index, const char *problem,
		cstn_status status, cstn_error **error)
{
	return cstn__fail(error, status, "manifest: entry %zu, file %016" PRIx64 ": %s", index,
			manifest->entries[index].file_no, problem);
}

/* No file twice, and what a map belongs to is a segment of the list. */
static cstn_status check_numbers(const cstn__manifest *manifest, const cstn_allocator *allocator,
		cstn_status status, cstn_error **error)
{
	cstn_status result = CSTN_OK;
	cstn__i64_map map;

	cstn__i64_map_init(&map, allocator, 0);
	for (size_t i = 0; i < manifest->n_entries && result == CSTN_OK; i++) {
		uint32_t found = cstn__i64_map_intern(
				&map, (int64_t)manifest->entries[i].file_no, (uint32_t)i);

		if (found == UINT32_MAX)
			result = cstn__fail_nomem(error);
		else if (found != i)
			result = fail_entry(manifest, i, "the file is listed twice", status, error);
	}
	for (size_t i = 0; i < manifest->n_entries && result == CSTN_OK; i++) {
		const cstn__manifest_entry *entry = &manifest->entries[i];
		uint32_t found;

		if (entry->kind != CSTN__ENTRY_DEAD_ROWS && entry->kind != CSTN__ENTRY_DERIVED)
			continue;
		found = cstn__i64_map_find(&map, (int64_t)entry->target_file_no);
		if (found == UINT32_MAX || manifest->entries[found].kind != CSTN__ENTRY_SEGMENT)
			result = fail_entry(
					manifest, i, "its segment is not listed", status, error);
	}
	cstn__i64_map_free(&map);
	return result;
}

static cstn_status check(const cstn__manifest *manifest, const cstn_allocator *allocator,
		cstn_status status, cstn_error **error)
{
	size_t n_logs = 0;

	if (manifest->flags & ~CSTN__MANIFEST_CLEAN)
		return cstn__fail(error, status, "manifest: unknown flag in %#" PRIx32,
				manifest->flags);
	for (size_t i = 0; i < manifest->n_entries; i++) {
		const char *problem = entry_problem(manifest, &manifest->entries[i]);

		if (problem)
			return fail_entry(manifest, i, problem, status, error);
		n_logs += manifest->entries[i].kind == CSTN__ENTRY_LOG;
	}
	if (n_logs != 1)
		return cstn__fail(error, status, "manifest: %zu logs are listed, not one", n_logs);
	return check_numbers(manifest, allocator, status, error);
}

/* --- write --- */

static void put_header(const cstn__manifest *manifest, uint32_t schema_len, uint64_t file_len,
		cstn__bytes *out)
{
	cstn__bytes_put(out, magic, sizeof(magic));
	cstn__bytes_put_u16(out, CSTN__FORMAT_MAJOR);
	cstn__bytes_put_u16(out, CSTN__FORMAT_MINOR);
	cstn__bytes_put_u32(out, HEADER);
	cstn__bytes_put(out, manifest->uuid, 16);
	cstn__bytes_put_u64(out, manifest->manifest_no);
	cstn__bytes_put_u64(out, manifest->next_file);
	cstn__bytes_put_u64(out, manifest->last_seq);
	cstn__bytes_put_u32(out, manifest->compat);
	cstn__bytes_put_u32(out, manifest->ro_compat);
	cstn__bytes_put_u32(out, manifest->incompat);
	cstn__bytes_put_u32(out, manifest->flags);
	cstn__bytes_put_u32(out, (uint32_t)manifest->n_entries);
	cstn__bytes_put_u32(out, ENTRY);
	cstn__bytes_put_u64(out, HEADER);
	cstn__bytes_put_u64(out, HEADER + (uint64_t)manifest->n_entries * ENTRY);
	cstn__bytes_put_u32(out, schema_len);
	cstn__bytes_put_u32(out, manifest->schema.version);
	cstn__bytes_put_u64(out, file_len);
	cstn__bytes_put_u64(out, 0);
	cstn__bytes_put_u64(out, 0);
}

static void put_entry(const cstn__manifest_entry *entry, cstn__bytes *out)
{
	cstn__bytes_put_u16(out, (uint16_t)entry->kind);
	cstn__bytes_put_u16(out, (uint16_t)entry->table);
	cstn__bytes_put_u32(out, entry->flags);
	cstn__bytes_put_u64(out, entry->file_no);
	cstn__bytes_put_u64(out, entry->size);
	cstn__bytes_put_u64(out, entry->rows);
	cstn__bytes_put_u64(out, entry->min_seq);
	cstn__bytes_put_u64(out, entry->max_seq);
	cstn__bytes_put_u64(out, entry->target_file_no);
	cstn__bytes_put_u64(out, entry->child_rows);
	cstn__bytes_put(out, entry->seal, 16);
	cstn__bytes_put_u64(out, 0);
	cstn__bytes_put_u64(out, 0);
}

/* The manifest around a schema blob. */
static cstn_status put_manifest(const cstn__manifest *manifest, const cstn__bytes *blob,
		cstn__bytes *out, cstn_error **error)
{
	static const uint8_t zeros[8];
	size_t start = out->size, padding = (8 - blob->size % 8) % 8;
	uint64_t file_len = HEADER + (uint64_t)manifest->n_entries * ENTRY + blob->size + padding +
			    TRAILER;
	cstn__hash128_value hash;

	if (file_len > CSTN__MANIFEST_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"manifest: %" PRIu64 " bytes, at most %" PRIu32 " are allowed",
				file_len, (uint32_t)CSTN__MANIFEST_MAX);
	put_header(manifest, (uint32_t)blob->size, file_len, out);
	for (size_t i = 0; i < manifest->n_entries; i++)
		put_entry(&manifest->entries[i], out);
	cstn__bytes_put(out, blob->data, blob->size);
	cstn__bytes_put(out, zeros, padding);
	if (!out->failed) {
		hash = cstn__hash128(out->data + start, out->size - start);
		cstn__bytes_put_u64(out, hash.low);
		cstn__bytes_put_u64(out, hash.high);
	}
	return out->failed ? cstn__fail_nomem(error) : CSTN_OK;
}

cstn_status cstn__manifest_write(
		const cstn__manifest *manifest, cstn__bytes *out, cstn_error **error)
{
	size_t start = out->size;
	cstn__bytes blob;
	cstn_status status;

	if (manifest->n_entries > CSTN__MANIFEST_MAX / ENTRY)
		return cstn__fail(error, CSTN_E_LIMIT,
				"manifest: %zu entries, more than fit into %" PRIu32 " bytes",
				manifest->n_entries, (uint32_t)CSTN__MANIFEST_MAX);
	cstn__bytes_init(&blob, &out->allocator);
	status = cstn__schema_blob_write(&manifest->schema, &blob, error);
	if (status == CSTN_OK)
		status = check(manifest, &out->allocator, CSTN_E_INVALID_ARGUMENT, error);
	if (status == CSTN_OK)
		status = put_manifest(manifest, &blob, out, error);
	if (status != CSTN_OK)
		out->size = start;
	cstn__bytes_free(&blob);
	return status;
}

/* --- read --- */

typedef struct manifest_head {
	uint32_t major, header_len, n_entries, entry_size, schema_len, schema_version;
	uint64_t entries_off, schema_off, file_len, reserved;
} manifest_head;

static void take_header(cstn__reader *reader, manifest_head *head, cstn__manifest *out)
{
	const uint8_t *uuid;

	(void)cstn__read_bytes(reader, sizeof(magic));
	head->major = cstn__read_u16(reader);
	(void)cstn__read_u16(reader); /* minor: what it adds shows in the masks */
	head->header_len = cstn__read_u32(reader);
	uuid = cstn__read_bytes(reader, 16);
	if (uuid)
		memcpy(out->uuid, uuid, 16);
	out->manifest_no = cstn__read_u64(reader);
	out->next_file = cstn__read_u64(reader);
	out->last_seq = cstn__read_u64(reader);
	out->compat = cstn__read_u32(reader);
	out->ro_compat = cstn__read_u32(reader);
	out->incompat = cstn__read_u32(reader);
	out->flags = cstn__read_u32(reader);
	head->n_entries = cstn__read_u32(reader);
	head->entry_size = cstn__read_u32(reader);
	head->entries_off = cstn__read_u64(reader);
	head->schema_off = cstn__read_u64(reader);
	head->schema_len = cstn__read_u32(reader);
	head->schema_version = cstn__read_u32(reader);
	head->file_len = cstn__read_u64(reader);
	head->reserved = cstn__read_u64(reader);
	head->reserved |= cstn__read_u64(reader);
}

static const char *header_problem(const manifest_head *head, const cstn__manifest *manifest,
		size_t size, uint64_t number)
{
	uint64_t schema_end;

	if (head->header_len != HEADER || head->entry_size != ENTRY || head->entries_off != HEADER)
		return "header, entry size or entry offset differs from the format";
	if (head->file_len != size)
		return "its length is not the length of the file";
	if (head->reserved != 0)
		return "reserved bytes are not zero";
	if (number != CSTN__MANIFEST_ANY && manifest->manifest_no != number)
		return "it bears another number than its name";
	if (head->n_entries > size / ENTRY)
		return "there are more entries than bytes";
	if (head->schema_off != HEADER + (uint64_t)head->n_entries * ENTRY)
		return "the schema does not follow the entries";
	schema_end = head->schema_off + head->schema_len;
	if ((schema_end + 7) / 8 * 8 + TRAILER != size)
		return "the schema does not end where the hash begins";
	return NULL;
}

/* Everything that is decided before memory is taken. */
static cstn_status check_bytes(const uint8_t *data, size_t size, uint64_t number,
		cstn__reader *reader, manifest_head *head, cstn__manifest *out, cstn_error **error)
{
	cstn__reader trailer = {data, size, size < TRAILER ? 0 : size - TRAILER, 0};
	cstn__hash128_value hash;
	const char *problem;

	if (size > CSTN__MANIFEST_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"manifest: %zu bytes, at most %" PRIu32 " are allowed", size,
				(uint32_t)CSTN__MANIFEST_MAX);
	if (size < HEADER + TRAILER)
		return cstn__fail(error, CSTN_E_CORRUPT, "manifest: %zu bytes are no header", size);
	if (memcmp(data, magic, sizeof(magic)) != 0)
		return cstn__fail(
				error, CSTN_E_CORRUPT, "manifest: it does not begin with CSTNMAN1");
	hash = cstn__hash128(data, size - TRAILER);
	if ((cstn__read_u64(&trailer) != hash.low || cstn__read_u64(&trailer) != hash.high) &&
			CSTN__RULE(CSTN__RULE_MANIFEST_HASH))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"manifest: its %zu bytes do not have the hash it ends with", size);
	take_header(reader, head, out);
	if (head->major > CSTN__FORMAT_MAJOR)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"manifest: format %" PRIu32
				" is newer than this library, which reads format %u; a newer "
				"release opens it",
				head->major, CSTN__FORMAT_MAJOR);
	if (out->incompat & ~CSTN__FORMAT_INCOMPAT)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"manifest: feature bits %#" PRIx32
				" (incompat) are not known to this library; a newer release "
				"opens it",
				out->incompat & ~CSTN__FORMAT_INCOMPAT);
	problem = head->major == 0 ? "there is no format 0"
				   : header_problem(head, out, size, number);
	if (problem)
		return cstn__fail(error, CSTN_E_CORRUPT, "manifest: %s", problem);
	return CSTN_OK;
}

/* 0, or -1 if reserved bytes are not zero. */
static int take_entry(cstn__reader *reader, cstn__manifest_entry *out)
{
	const uint8_t *seal;
	uint64_t reserved;

	out->kind = cstn__read_u16(reader);
	out->table = cstn__read_u16(reader);
	out->flags = cstn__read_u32(reader);
	out->file_no = cstn__read_u64(reader);
	out->size = cstn__read_u64(reader);
	out->rows = cstn__read_u64(reader);
	out->min_seq = cstn__read_u64(reader);
	out->max_seq = cstn__read_u64(reader);
	out->target_file_no = cstn__read_u64(reader);
	out->child_rows = cstn__read_u64(reader);
	seal = cstn__read_bytes(reader, 16);
	if (seal)
		memcpy(out->seal, seal, 16);
	reserved = cstn__read_u64(reader);
	reserved |= cstn__read_u64(reader);
	return reserved == 0 && !reader->failed ? 0 : -1;
}

/* Entries and schema, into memory of their own. */
static cstn_status take_body(cstn__reader *reader, const manifest_head *head, cstn__manifest *out,
		cstn_error **error)
{
	const uint8_t *blob;
	cstn_status status;

	out->n_entries = head->n_entries;
	out->entries = cstn__alloc_zero(&out->allocator, out->n_entries * sizeof(*out->entries));
	if (!out->entries)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < out->n_entries; i++)
		if (take_entry(reader, &out->entries[i]) != 0)
			return fail_entry(out, i, "reserved bytes are not zero", CSTN_E_CORRUPT,
					error);
	blob = cstn__read_bytes(reader, head->schema_len);
	status = cstn__schema_blob_read(blob, head->schema_len, &out->allocator, &out->schema,
			&out->memory, &out->memory_size, error);
	if (status != CSTN_OK) {
		cstn__error_prefix(error, "manifest: ");
		return status;
	}
	while (reader->position % 8 != 0)
		if (cstn__read_u8(reader) != 0)
			return cstn__fail(error, CSTN_E_CORRUPT, "manifest: padding is not zero");
	if (out->schema.version != head->schema_version)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"manifest: schema version %" PRIu32 ", and %" PRIu32
				" in the schema",
				head->schema_version, out->schema.version);
	return check(out, &out->allocator, CSTN_E_CORRUPT, error);
}

cstn_status cstn__manifest_read(const uint8_t *data, size_t size, uint64_t manifest_no,
		const cstn_allocator *allocator, cstn__manifest *out, cstn_error **error)
{
	cstn__reader reader = {data, size, 0, 0};
	cstn__manifest manifest;
	manifest_head head = {0};
	cstn_status status;

	memset(&manifest, 0, sizeof(manifest));
	status = cstn__allocator_read(allocator, &manifest.allocator, error);
	if (status == CSTN_OK)
		status = check_bytes(data, size, manifest_no, &reader, &head, &manifest, error);
	if (status != CSTN_OK)
		return status;
	status = take_body(&reader, &head, &manifest, error);
	if (status != CSTN_OK) {
		cstn__manifest_free(&manifest);
		return status;
	}
	*out = manifest;
	return CSTN_OK;
}

void cstn__manifest_free(cstn__manifest *manifest)
{
	if (!manifest)
		return;
	cstn__free(&manifest->allocator, manifest->entries,
			manifest->n_entries * sizeof(*manifest->entries));
	cstn__free(&manifest->allocator, manifest->memory, manifest->memory_size);
	manifest->entries = NULL;
	manifest->memory = NULL;
	manifest->n_entries = manifest->memory_size = 0;
	memset(&manifest->schema, 0, sizeof(manifest->schema));
}
