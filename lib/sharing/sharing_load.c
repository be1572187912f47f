/* Rows of a snapshot, read for the sharing of data: scans, constellations and what they speak.
 *
 * Cost: a scan reads a row as a record, texts copied once. */
#include "sharing/sharing_load.h"

#include "base/error.h"
#include "sharing/sharing_rows.h"
#include "sharing/vocabulary.h"

/* --- rows --------------------------------------------------------------------------------------
 */

cstn_status cstn__sharing_scan(cstn__snapshot *snapshot, uint32_t noun,
		const cstn__scan_text *texts, size_t n_texts, const cstn_allocator *allocator,
		cstn__row_visit *visit, void *user, cstn_error **error)
{
	const cstn__row_filter filter = {.texts = texts, .n_texts = n_texts};

	return cstn__sharing_scan_some(snapshot, noun, &filter, allocator, visit, user, error);
}

cstn_status cstn__sharing_scan_some(cstn__snapshot *snapshot, uint32_t noun,
		const cstn__row_filter *filter, const cstn_allocator *allocator,
		cstn__row_visit *visit, void *user, cstn_error **error)
{
	const cstn__noun *found = cstn__noun_get(noun);
	uint32_t columns[CSTN__FIELDS_MAX + 1];
	cstn__scan_options options = {.columns = columns,
			.n_columns = found->n_fields + 1,
			.texts = filter->texts,
			.n_texts = filter->n_texts,
			.ranges = filter->ranges,
			.n_ranges = filter->n_ranges,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status;

	cstn__noun_columns(found, columns);
	status = cstn__scan_new(snapshot, noun, &options, &scan, error);
	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t i = 0; i < chunk.rows && status == CSTN_OK; i++) {
			cstn_record *row = NULL;

			if (!(chunk.visible[i / 64] >> i % 64 & 1))
				continue;
			status = cstn__record_read(found, &chunk, i, allocator, &row, error);
			if (status == CSTN_OK)
				status = visit(user, row, error);
			cstn_record_unref(row);
		}
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

const char *cstn__row_get_text(const cstn_record *row, uint32_t field)
{
	const cstn__cell *cell = cstn__sharing_cell(row, field);

	return cell->valid && cell->text ? cell->text : "";
}

int64_t cstn__row_get_number(const cstn_record *row, uint32_t field, int64_t otherwise)
{
	const cstn__cell *cell = cstn__sharing_cell(row, field);

	return cell->valid ? cell->number : otherwise;
}

cstn_status cstn__row_get_digest(
		const cstn_record *row, uint32_t field, uint8_t *out, cstn_error **error)
{
	const cstn__cell *cell = cstn__sharing_cell(row, field);

	return cstn__sharing_unhex(
			(const uint8_t *)cell->text, cell->valid ? cell->len : 0, out, error);
}

/* --- constellations ----------------------------------------------------------------------------
 */

cstn_status cstn__sharing_constellation(cstn__snapshot *snapshot, const char *constellation,
		const cstn_allocator *allocator, cstn_record **out, cstn_error **error)
{
	cstn__key key;

	cstn__sharing_key(CSTN__NOUN_CONSTELLATION, constellation, strlen(constellation), &key);
	return cstn__snapshot_record(snapshot, &key, INT64_MAX, allocator, out, error);
}

static cstn_status add_operands(
		cstn_vocabulary_builder *builder, const cstn_vocabulary *host, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = CSTN__OPERANDS_BUILT_IN;
			i < cstn_vocabulary_operand_count(host) && status == CSTN_OK; i++) {
		cstn_operand operand = CSTN_OPERAND_INIT;

		status = cstn_vocabulary_operand_at(host, i, &operand, error);
		if (status == CSTN_OK)
			status = cstn_vocabulary_builder_add_operand(builder, &operand, error);
	}
	return status;
}

/* Every role that a record may name. */
static cstn_status add_roles(cstn_vocabulary_builder *builder, cstn_error **error)
{
	static const struct {
		uint32_t noun, field;
	} from[] = {{CSTN__NOUN_MEMBER_ROLE, CSTN__MEMBER_ROLE_ROLE},
			{CSTN__NOUN_MEMBERSHIP, CSTN__MEMBERSHIP_ROLE}};
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < 2; i++) {
		const char *const *codes =
				cstn__noun_get(from[i].noun)->fields[from[i].field].codes;

		for (; *codes && status == CSTN_OK; codes++)
			status = cstn_vocabulary_builder_add_role(
					builder, *codes, strlen(*codes), error);
	}
	return status;
}

static cstn_status add_purpose(void *user, const cstn_record *row, cstn_error **error)
{
	const char *purpose = cstn__row_get_text(row, CSTN__PURPOSE_PURPOSE_ID),
		   *parent = cstn__row_get_text(row, CSTN__PURPOSE_PARENT_ID);

	/* What no term can name is left out. */
	if (!cstn__id_is_valid(purpose, strlen(purpose)) ||
			(*parent && !cstn__id_is_valid(parent, strlen(parent))))
		return CSTN_OK;
	return cstn_vocabulary_builder_add_purpose(user, purpose, strlen(purpose),
			*parent ? parent : NULL, strlen(parent), error);
}

static cstn_status add_path(void *user, const cstn_record *row, cstn_error **error)
{
	const char *path = cstn__row_get_text(row, CSTN__FIELD_CLASS_PATH);

	/* What is no path is the field of no request. */
	if (cstn_path_check(path, strlen(path), NULL) != CSTN_OK)
		return CSTN_OK;
	return cstn_vocabulary_builder_add_path(user, path, strlen(path),
			(uint32_t)cstn__row_get_number(row, CSTN__FIELD_CLASS_CLASSES, 0), error);
}

cstn_status cstn__sharing_vocabulary(cstn__snapshot *snapshot, const char *constellation,
		const cstn_vocabulary *host, const cstn_allocator *allocator, cstn_vocabulary **out,
		cstn_error **error)
{
	const cstn__scan_text purposes = cstn__sharing_equals(
					      CSTN__PURPOSE_CONSTELLATION_ID, constellation),
			      paths = cstn__sharing_equals(
					      CSTN__FIELD_CLASS_CONSTELLATION_ID, constellation);
	cstn_vocabulary_builder *builder = NULL;
	cstn_status status = cstn_vocabulary_builder_new(allocator, &builder, error);

	if (status != CSTN_OK)
		return status;
	status = add_operands(builder, host, error);
	if (status == CSTN_OK)
		status = add_roles(builder, error);
	if (status == CSTN_OK)
		status = cstn__sharing_scan(snapshot, CSTN__NOUN_PURPOSE, &purposes, 1, allocator,
				add_purpose, builder, error);
	if (status == CSTN_OK)
		status = cstn__sharing_scan(snapshot, CSTN__NOUN_FIELD_CLASS, &paths, 1, allocator,
				add_path, builder, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}
