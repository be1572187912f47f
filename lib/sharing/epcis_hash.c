/* The public calls: hashes of the events of a document, and canonical links. */
#include <constellation/event_proof.h>

#include <string.h>

#include "base/error.h"
#include "base/row_errors.h"
#include "base/sha256.h"
#include "network/epcis.h"
#include "sharing/gs1_uri.h"
#include "sharing/prehash.h"
#include "table/export.h"

#define HASH_START "ni:///sha-256;"
#define HASH_END "?ver=CBV2.0"

enum column { EVENT, HASH, STRING };

typedef struct hashing {
	cstn__event_reader reader;
	cstn__prehash walk;
	cstn__table_builder *table;
	json_t *document;
	const char *where;
	uint64_t events, left_out;
	uint32_t flags;
	int hardware;
} hashing;

static void put_hash(hashing *run)
{
	static const char digits[] = "0123456789abcdef";
	char text[sizeof(HASH_START HASH_END) + 2 * CSTN__SHA256_SIZE];
	uint8_t hash[CSTN__SHA256_SIZE];
	cstn__sha256_state state;
	size_t i, n = strlen(HASH_START);

	cstn__sha256_init(&state, run->hardware);
	cstn__sha256_put(&state, run->walk.text.data, run->walk.text.size);
	cstn__sha256_end(&state, hash);
	memcpy(text, HASH_START, n);
	for (i = 0; i < sizeof(hash); i++) {
		text[n++] = digits[hash[i] >> 4];
		text[n++] = digits[hash[i] & 15];
	}
	memcpy(text + n, HASH_END, strlen(HASH_END));
	cstn__table_put_text(run->table, HASH, text, n + strlen(HASH_END));
}

static cstn_status hash_one(hashing *run, const json_t *event, cstn_error **error)
{
	run->reader.report.row = run->events++;
	run->reader.report.found = 0;
	cstn__json_path_cut(&run->reader.path, 0);
	if (!cstn__epcis_check(&run->reader, event)) {
		run->left_out++;
		return run->reader.report.no_memory ? cstn__fail_nomem(error) : CSTN_OK;
	}
	if (cstn__prehash_event(&run->walk, event))
		return cstn__fail_nomem(error);
	cstn__table_put_i64(run->table, EVENT, (int64_t)run->events - 1);
	put_hash(run);
	if (run->flags & CSTN_EPCIS_HASH_STRING)
		cstn__table_put_text(run->table, STRING, (const char *)run->walk.text.data,
				run->walk.text.size);
	return CSTN_OK;
}

static cstn_status hash_events(hashing *run, const json_t *events, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, n = json_array_size(events);

	if (events && !json_is_array(events))
		return hash_one(run, events, error);
	for (i = 0; status == CSTN_OK && i < n; i++)
		status = hash_one(run, json_array_get(events, i), error);
	return status;
}

static cstn_status declare(hashing *run, cstn_error **error)
{
	if (cstn__table_add_column(run->table, "event", CSTN_TYPE_INT64, 0, 0) < 0 ||
			cstn__table_add_column(run->table, "hash", CSTN_TYPE_TEXT, 0, 0) < 0)
		return cstn__fail_nomem(error);
	if (run->flags & CSTN_EPCIS_HASH_STRING &&
			cstn__table_add_column(run->table, "prehash", CSTN_TYPE_TEXT, 0, 0) < 0)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

/* Hand the rows out and tell the events that are not among them. */
static cstn_status finish(hashing *run, struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn__table_builder *table = run->table;
	cstn_row_errors *rows = NULL;
	cstn_status status;

	if (run->left_out && bad_rows) {
		status = cstn__row_sink_finish(run->reader.report.sink, &rows, error);
		if (status != CSTN_OK)
			return status;
	}
	run->table = NULL;
	status = cstn__table_export(table, out, error);
	if (status != CSTN_OK) {
		cstn_row_errors_free(rows);
		return status;
	}
	if (!run->left_out)
		return CSTN_OK;
	if (bad_rows)
		*bad_rows = rows;
	return cstn__fail(error, CSTN_E_ROWS,
			"%llu of %llu events break the rules of EPCIS 2.0; the first: %s/%llu%s",
			(unsigned long long)run->left_out, (unsigned long long)run->events,
			run->where, (unsigned long long)run->reader.report.first_row,
			run->reader.report.first);
}

static cstn_status hash_document(hashing *run, const char *json, size_t len,
		const cstn_event_json_options *limits, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const json_t *events = NULL;
	cstn_status status = cstn__json_load(
			json, len, limits->max_bytes, limits->max_depth, &run->document, error);

	if (status == CSTN_OK)
		status = cstn__epcis_format.open(
				&run->reader, run->document, &events, &run->where, error);
	if (status == CSTN_OK)
		status = cstn__table_builder_new(&run->reader.allocator, &run->table, error);
	if (status == CSTN_OK)
		status = declare(run, error);
	if (status != CSTN_OK)
		return status;
	cstn__prehash_open(&run->walk, run->document);
	status = hash_events(run, events, error);
	return status == CSTN_OK ? finish(run, out, bad_rows, error) : status;
}

cstn_status cstn_epcis_hash(const char *json, size_t len, const cstn_epcis_hash_options *given,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_event_json_options start = CSTN_EVENT_JSON_OPTIONS_INIT, limits;
	cstn_epcis_hash_options options;
	cstn_allocator memory;
	cstn_status status;
	hashing run;

	memset(&run, 0, sizeof(run));
	if ((!json && len > 0) || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				out ? "json is NULL" : "out is NULL");
	status = cstn__options_read(given, sizeof(options), sizeof(options), CSTN_EPCIS_HASH_STRING,
			"cstn_epcis_hash_options", &options, error);
	if (status != CSTN_OK)
		return status;
	if (options.reserved0 != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"reserved0 of cstn_epcis_hash_options is %d, 0 expected",
				options.reserved0);
	start.max_bytes = options.max_bytes;
	start.max_depth = options.max_depth;
	status = cstn__event_options_read(&start, &limits, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__event_reader_init(&run.reader, &limits, &memory, error);
	if (status != CSTN_OK)
		return status;
	run.flags = options.flags;
	run.hardware = cstn__sha256_hardware();
	run.where = "";
	cstn__prehash_init(&run.walk, &run.reader);
	status = hash_document(&run, json ? json : "", len, &limits, out, bad_rows, error);
	cstn__prehash_free(&run.walk);
	cstn__table_builder_free(run.table);
	json_decref(run.document);
	cstn__event_reader_free(&run.reader);
	return status;
}

cstn_status cstn_gs1_uri_canonical(const char *uri, size_t len, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn__bytes text;
	cstn_status status;
	int found;

	if ((!uri && len > 0) || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				out ? "uri is NULL" : "out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&text, &memory);
	found = cstn__gs1_uri_put(&text, uri ? uri : "", len);
	if (text.failed || found)
		return cstn__bytes_to_buffer(&text, out, error);
	cstn__bytes_free(&text);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "'%.*s' names no GS1 key",
			(int)(len < 200 ? len : 200), uri ? uri : "");
}
