/* Derived files as readers find them: listed by a version, opened at the first look.
 *
 * Nothing about a derived file is an error. One that cannot be opened or read, that lies in other
 * chunks than its segment, or that lacks a column of the kind, is marked as of no use: its readers
 * make the values themselves, and the next checkpoint leaves it out of the manifest. The one thing
 * told is that memory has run out. Cost: opening reads the footer once; then a block a column a
 * chunk. */
#include "store/derived_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/durable.h"

cstn_status cstn__derived_new(const cstn_allocator *allocator, const cstn__manifest_entry *entry,
		cstn__derived **out, cstn_error **error)
{
	cstn__derived *derived = cstn__alloc_zero(allocator, sizeof(*derived));

	if (!derived)
		return cstn__fail_nomem(error);
	atomic_init(&derived->refs, 1);
	derived->allocator = *allocator;
	derived->entry = *entry;
	if (pthread_mutex_init(&derived->lock, NULL)) {
		cstn__free(allocator, derived, sizeof(*derived));
		return cstn__fail_nomem(error);
	}
	*out = derived;
	return CSTN_OK;
}

cstn__derived *cstn__derived_ref(cstn__derived *derived)
{
	atomic_fetch_add_explicit(&derived->refs, 1, memory_order_relaxed);
	return derived;
}

void cstn__derived_unref(cstn__derived *derived)
{
	cstn_allocator allocator;

	if (!derived || atomic_fetch_sub_explicit(&derived->refs, 1, memory_order_acq_rel) != 1)
		return;
	allocator = derived->allocator;
	cstn__segment_free(derived->segment);
	pthread_mutex_destroy(&derived->lock);
	cstn__free(&allocator, derived, sizeof(*derived));
}

cstn__store_table cstn__derived_table(const cstn__derived_kind *kind, uint32_t table)
{
	cstn__store_table out = {.id = table,
			.table_class = CSTN__TABLE_DERIVED,
			.name = "derived",
			.columns = kind->columns,
			.n_columns = kind->n_columns};

	for (size_t i = 0; i < kind->n_columns; i++)
		out.has_child |= kind->columns[i].space == CSTN__SPACE_CHILD;
	return out;
}

static void mark_useless(cstn__store *store, cstn__derived *derived)
{
	if (!atomic_exchange(&derived->useless, 1))
		atomic_fetch_add(&store->durable->derived_useless, 1);
}

/* Values are told apart by row only if the chunks are those of the segment. */
static int lies_as(const cstn__segment *derived, const cstn__segment *target, int has_child)
{
	if (cstn__segment_chunks(derived) != cstn__segment_chunks(target))
		return 0;
	for (uint32_t i = 0; i < cstn__segment_chunks(target); i++) {
		uint64_t first, target_first;
		uint32_t rows, child_rows, target_rows, target_child_rows;

		cstn__segment_chunk(derived, i, &first, &rows, &child_rows);
		cstn__segment_chunk(target, i, &target_first, &target_rows, &target_child_rows);
		if (first != target_first || rows != target_rows ||
				(has_child && child_rows != target_child_rows))
			return 0;
	}
	return 1;
}

/* Open it, if nobody has. */
static cstn_status look_at(cstn__store *store, cstn__derived *derived, const cstn__part *part,
		const cstn__derived_kind *kind, cstn_error **error)
{
	cstn__store_table table = cstn__derived_table(kind, derived->entry.table);
	cstn__segment *segment = NULL;
	cstn__path path;
	cstn_status status;

	cstn__durable_path(store->durable, CSTN__ENTRY_DERIVED, derived->entry.file_no, &path);
	status = cstn__segment_open_derived(store->durable->vfs, path.text, store->uuid,
			derived->entry.file_no, derived->entry.size, part->file_no, &table,
			&store->allocator, &segment, NULL);
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	derived->looked_at = 1;
	if (status == CSTN_OK && lies_as(segment, part->segment, table.has_child != 0)) {
		derived->segment = segment;
		return CSTN_OK;
	}
	cstn__segment_free(segment);
	mark_useless(store, derived);
	return CSTN_OK;
}

static int is_of_kind(const cstn__derived *derived, const cstn__derived_kind *kind)
{
	if (!derived->segment || memcmp(cstn__segment_digest(derived->segment), kind->digest,
						 sizeof(kind->digest)) != 0)
		return 0;
	for (size_t i = 0; i < kind->n_columns; i++)
		if (!cstn__segment_has(derived->segment, &kind->columns[i]))
			return 0;
	return 1;
}

cstn_status cstn__derived_find(cstn__store *store, const cstn__version *version,
		const cstn__part *part, const cstn__derived_kind *kind, cstn__derived **out,
		cstn_error **error)
{
	size_t n, first = cstn__derived_first(version, part->file_no, &n);

	*out = NULL;
	while (!*out && n-- > 0) {
		cstn__derived *derived = version->derived[first + n];
		cstn_status status = CSTN_OK;

		if (atomic_load(&derived->useless))
			continue;
		pthread_mutex_lock(&derived->lock);
		if (!derived->looked_at)
			status = look_at(store, derived, part, kind, error);
		if (status == CSTN_OK && is_of_kind(derived, kind))
			*out = cstn__derived_ref(derived);
		pthread_mutex_unlock(&derived->lock);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

/* What a reader relies on without looking: the values are of the kind's type. */
static int fits(const cstn__values *values, const cstn__store_column *column)
{
	int is_text = column->type == CSTN_TYPE_TEXT || column->type == CSTN_TYPE_BYTES;

	return is_text ? values->offsets || values->dictionary
		       : values->numbers && !values->dictionary;
}

cstn_status cstn__derived_read(cstn__store *store, cstn__derived *derived,
		const cstn__derived_kind *kind, uint32_t chunk, cstn__block *blocks, int *found,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int good = !atomic_load(&derived->useless);

	for (size_t i = 0; good && i < kind->n_columns; i++) {
		cstn__block_free(&blocks[i], &store->allocator);
		status = cstn__segment_read(
				derived->segment, chunk, kind->columns[i].id, &blocks[i], NULL);
		if (status == CSTN_E_NOMEM)
			return cstn__fail_nomem(error);
		good = status == CSTN_OK && fits(&blocks[i].values, &kind->columns[i]);
	}
	if (!good)
		mark_useless(store, derived);
	*found = good;
	return CSTN_OK;
}

/* --- the list of a version --- */

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int by_target(const void *a, const void *b)
{
	const cstn__manifest_entry *x = &(*(cstn__derived *const *)a)->entry;
	const cstn__manifest_entry *y = &(*(cstn__derived *const *)b)->entry;
	int order = by_number(&x->target_file_no, &y->target_file_no);

	return order ? order : by_number(&x->file_no, &y->file_no);
}

size_t cstn__derived_first(const cstn__version *version, uint64_t target_file_no, size_t *n)
{
	size_t low = 0, high = version->n_derived, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (version->derived[middle]->entry.target_file_no < target_file_no)
			low = middle + 1;
		else
			high = middle;
	}
	end = low;
	while (end < version->n_derived &&
			version->derived[end]->entry.target_file_no == target_file_no)
		end++;
	*n = end - low;
	return low;
}

static cstn_status make_room(cstn__version *version, size_t n, cstn_error **error)
{
	version->derived = cstn__alloc(&version->allocator, n * sizeof(cstn__derived *));
	if (!version->derived)
		return cstn__fail_nomem(error);
	version->derived_capacity = n;
	return CSTN_OK;
}

/* The numbers of the segments of a version, rising. */
static uint64_t *list_parts(const cstn__version *version, size_t *n)
{
	uint64_t *numbers;
	size_t at = 0;

	*n = 0;
	for (size_t t = 0; t < version->n_tables; t++)
		*n += version->tables[t].n_parts;
	numbers = cstn__alloc(&version->allocator, (*n + 1) * sizeof(*numbers));
	if (!numbers)
		return NULL;
	for (size_t t = 0; t < version->n_tables; t++)
		for (size_t p = 0; p < version->tables[t].n_parts; p++)
			numbers[at++] = version->tables[t].parts[p]->file_no;
	qsort(numbers, *n, sizeof(*numbers), by_number);
	return numbers;
}

cstn_status cstn__derived_carry(const cstn__version *from, const cstn__derived_change *change,
		cstn__version *to, cstn_error **error)
{
	size_t n = from->n_derived + (change ? change->n_add : 0), n_parts;
	uint64_t *parts;
	cstn_status status;

	if (!n)
		return CSTN_OK;
	parts = list_parts(to, &n_parts);
	status = parts ? make_room(to, n, error) : cstn__fail_nomem(error);
	for (size_t i = 0; status == CSTN_OK && i < n; i++) {
		cstn__derived *derived = i < from->n_derived ? from->derived[i]
							     : change->add[i - from->n_derived];

		if (!derived->leaving && !atomic_load(&derived->useless) &&
				bsearch(&derived->entry.target_file_no, parts, n_parts,
						sizeof(*parts), by_number))
			to->derived[to->n_derived++] = cstn__derived_ref(derived);
	}
	if (to->n_derived)
		qsort(to->derived, to->n_derived, sizeof(cstn__derived *), by_target);
	cstn__free(&to->allocator, parts, (n_parts + 1) * sizeof(*parts));
	return status;
}

cstn_status cstn__derived_list(
		const cstn__manifest *manifest, cstn__version *version, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t n = 0;

	for (size_t i = 0; i < manifest->n_entries; i++)
		n += manifest->entries[i].kind == CSTN__ENTRY_DERIVED;
	if (!n)
		return CSTN_OK;
	status = make_room(version, n, error);
	for (size_t i = 0; status == CSTN_OK && i < manifest->n_entries; i++) {
		if (manifest->entries[i].kind != CSTN__ENTRY_DERIVED)
			continue;
		status = cstn__derived_new(&version->allocator, &manifest->entries[i],
				&version->derived[version->n_derived], error);
		version->n_derived += status == CSTN_OK;
	}
	if (version->n_derived)
		qsort(version->derived, version->n_derived, sizeof(cstn__derived *), by_target);
	return status;
}

void cstn__derived_free_list(cstn__version *version)
{
	for (size_t i = 0; i < version->n_derived; i++)
		cstn__derived_unref(version->derived[i]);
	cstn__free(&version->allocator, version->derived,
			version->derived_capacity * sizeof(cstn__derived *));
}
