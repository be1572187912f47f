/* A record by its key through the public calls: items in four segments of a network in a folder. A
 * record has all its fields, so SQLite gives all columns of its row as well, and of both the three
 * that have a value are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "bench.h"
#include "bench_keys.h"

#define PARTS 4
#define LOOK_UPS 20000 /* where columns do not fit the cache, one is slow */

/* Items first, first + PARTS, ... as a record batch: id and mass. */
struct items {
	uint64_t n;
	int32_t *offsets;
	char *texts;
	int64_t *masses;
	struct ArrowSchema schema, fields[2], *field_pointers[2];
	struct ArrowArray array, children[2], *child_pointers[2];
	const void *ids[3], *numbers[2], *none[1];
};

static void lay_out(struct items *items)
{
	static const char *const names[] = {"item_id", "mass_g"};
	static const char *const formats[] = {"u", "l"};

	items->ids[1] = items->offsets;
	items->ids[2] = items->texts;
	items->numbers[1] = items->masses;
	for (int i = 0; i < 2; i++) {
		items->fields[i].name = names[i];
		items->fields[i].format = formats[i];
		items->fields[i].release = cstn_arrow_schema_release_borrowed;
		items->field_pointers[i] = &items->fields[i];
		items->children[i].length = (int64_t)items->n;
		items->children[i].n_buffers = i == 0 ? 3 : 2;
		items->children[i].buffers = i == 0 ? items->ids : items->numbers;
		items->children[i].release = cstn_arrow_array_release_borrowed;
		items->child_pointers[i] = &items->children[i];
	}
	items->schema.format = "+s";
	items->schema.name = "";
	items->schema.n_children = 2;
	items->schema.children = items->field_pointers;
	items->schema.release = cstn_arrow_schema_release_borrowed;
	items->array.length = (int64_t)items->n;
	items->array.n_buffers = 1;
	items->array.buffers = items->none;
	items->array.n_children = 2;
	items->array.children = items->child_pointers;
	items->array.release = cstn_arrow_array_release_borrowed;
}

static cstn_status import_part(
		cstn_network *network, uint64_t first, uint64_t n, cstn_error **error)
{
	struct items items;
	struct ArrowArrayStream stream;
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_status status = CSTN_E_NOMEM;

	memset(&items, 0, sizeof(items));
	items.n = n;
	items.offsets = calloc(n + 1, sizeof(*items.offsets));
	items.texts = malloc(n * BENCH_KEY_SIZE);
	items.masses = calloc(n, sizeof(*items.masses));
	options.recorded_us = 1735689600000000;
	if (items.offsets && items.texts && items.masses) {
		for (uint64_t i = 0; i < n; i++) {
			items.offsets[i + 1] =
					items.offsets[i] + bench_key(items.texts + items.offsets[i],
									   i * PARTS + first);
			items.masses[i] = bench_value(i * PARTS + first);
		}
		lay_out(&items);
		status = cstn_arrow_stream_from_array(&items.schema, &items.array, &stream);
	}
	if (status == CSTN_OK)
		status = cstn_network_import(network, "item", &stream, &options, NULL, error);
	free(items.offsets);
	free(items.texts);
	free(items.masses);
	return status;
}

static cstn_status make_network(const char *path, uint64_t rows, cstn_error **error)
{
	cstn_network *network = NULL;
	cstn_status status = cstn_network_open(path, NULL, NULL, &network, error);

	for (uint64_t i = 0; i < PARTS && status == CSTN_OK; i++)
		status = import_part(network, i, rows, error);
	if (status == CSTN_OK)
		status = cstn_network_checkpoint(network, error);
	if (status == CSTN_OK)
		status = cstn_network_close(network, error);
	cstn_network_unref(network);
	return status;
}

static cstn_status get_all(cstn_snapshot *snapshot, const char *keys, int64_t *sum, double *seconds,
		cstn_error **error)
{
	double begin = bench_now();

	*sum = 0;
	for (int i = 0; i < LOOK_UPS; i++, keys += BENCH_KEY_SIZE) {
		cstn_record *record = NULL;
		cstn_status status = cstn_snapshot_get(
				snapshot, "item", &keys, 1, CSTN_AS_OF_NOW, &record, error);
		size_t len = 0;

		if (status != CSTN_OK)
			return status;
		(void)cstn_record_text(record, CSTN_NO_LINE, "item_id", &len);
		*sum += bench_item((int64_t)len, cstn_record_int(record, CSTN_NO_LINE, "recorded"),
				cstn_record_int(record, CSTN_NO_LINE, "mass_g"));
		cstn_record_unref(record);
	}
	*seconds = bench_now() - begin;
	return CSTN_OK;
}

int32_t bench_get(const char *folder, int64_t n, double *ours, double *peer, char *message,
		size_t size)
{
	char path[512];
	uint64_t rows = (uint64_t)n / PARTS + 1;
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	char *keys = bench_keys(rows * PARTS, LOOK_UPS);
	cstn_status status = keys ? CSTN_OK : cstn__fail_nomem(&error);
	int64_t sum = 0;

	snprintf(path, sizeof(path), "%s/get-%lld", folder, (long long)n);
	options.flags = CSTN_NETWORK_READ_ONLY;
	if (status == CSTN_OK) {
		status = cstn_network_open(path, &options, NULL, &network, NULL);
		if (status == CSTN_E_NOT_FOUND) /* the first turn makes it */
			status = make_network(path, rows, &error);
	}
	if (status == CSTN_OK && !network)
		status = cstn_network_open(path, &options, NULL, &network, &error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(network, &snapshot, &error);
	if (status == CSTN_OK)
		status = get_all(snapshot, keys, &sum, ours, &error); /* the pages are held now */
	if (status == CSTN_OK)
		status = get_all(snapshot, keys, &sum, ours, &error);
	if (status == CSTN_OK)
		status = bench_look_up_by_sql(rows * PARTS, keys, LOOK_UPS, 1, sum, peer, &error);
	*ours *= (double)n / LOOK_UPS;
	*peer *= (double)n / LOOK_UPS;
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	free(keys);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
