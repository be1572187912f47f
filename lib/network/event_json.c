/* The public calls: a document into a stream of rows, a stream of rows into a document.
 *
 * Reading parses the document whole, checks and fills one event after the other, and puts the good
 * ones into a table. Writing puts a row together as JSON, reads that back with the same reader, and
 * compares: a column that comes back otherwise is one that the format cannot hold, and a row that
 * does not pass the reader's checks is left out. So what is said to be lost is what is lost, and
 * what was written can be read. Cost: one pass; writing costs a parse of each event. */
#include <constellation/event_json.h>

#include <string.h>

#include "base/error.h"
#include "network/event_code.h"
#include "network/event_correct.h"

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct reading {
	cstn__event_reader reader;
	cstn_event_json_options options;
	const cstn__event_format *format;
	cstn__table_builder *table;
	json_t *document;
	uint64_t events, left_out;
} reading;

static cstn_status read_one(reading *run, const json_t *json, cstn_error **error)
{
	cstn__event event;
	int good;

	run->reader.report.row = run->events++;
	good = cstn__event_read(&run->reader, run->format, json, &event);
	if (good < 0)
		return cstn__fail_nomem(error);
	if (good)
		cstn__event_put(run->table, &event);
	else
		run->left_out++;
	return CSTN_OK;
}

static cstn_status read_events(reading *run, const json_t *events, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, n = json_array_size(events);

	if (events && !json_is_array(events))
		return read_one(run, events, error);
	for (i = 0; status == CSTN_OK && i < n; i++)
		status = read_one(run, json_array_get(events, i), error);
	return status;
}

/* Tell the bad events and hand the good ones out. */
static cstn_status finish_reading(reading *run, const char *where, int is_list,
		struct ArrowArrayStream *out_events, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_row_errors *rows = NULL;
	struct ArrowArrayStream stream;
	cstn__table_builder *table = run->table;
	cstn_status status;

	memset(&stream, 0, sizeof(stream));
	if (run->left_out && bad_rows) {
		status = cstn__row_sink_finish(run->reader.report.sink, &rows, error);
		if (status != CSTN_OK)
			return status;
	}
	if (!run->left_out || !(run->options.flags & CSTN_EVENT_JSON_ALL_OR_NOTHING)) {
		run->table = NULL;
		status = cstn__table_export(table, &stream, error);
		if (status != CSTN_OK) {
			cstn_row_errors_free(rows);
			return status;
		}
		*out_events = stream;
	}
	if (!run->left_out)
		return CSTN_OK;
	if (bad_rows)
		*bad_rows = rows;
	if (is_list)
		return cstn__fail(error, CSTN_E_ROWS,
				"%llu of %llu events break the rules of %s; the first: %s/%llu%s",
				(unsigned long long)run->left_out, (unsigned long long)run->events,
				run->format->name, where,
				(unsigned long long)run->reader.report.first_row,
				run->reader.report.first);
	return cstn__fail(error, CSTN_E_ROWS, "the event breaks a rule of %s: %s",
			run->format->name, run->reader.report.first);
}

static cstn_status read_document(const cstn__event_format *format, const char *json, size_t len,
		const cstn_event_json_options *given, const cstn_allocator *allocator,
		struct ArrowArrayStream *out_events, cstn_row_errors **bad_rows, cstn_error **error)
{
	const json_t *events = NULL;
	const char *where = "";
	cstn_allocator memory;
	cstn_status status;
	reading run;

	memset(&run, 0, sizeof(run));
	run.format = format;
	if ((!json && len > 0) || !out_events)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				out_events ? "json is NULL" : "out_events is NULL");
	status = cstn__event_options_read(given, &run.options, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__event_reader_init(&run.reader, &run.options, &memory, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__json_load(json ? json : "", len, run.options.max_bytes,
			run.options.max_depth, &run.document, error);
	if (status == CSTN_OK)
		status = format->open(&run.reader, run.document, &events, &where, error);
	if (status == CSTN_OK)
		status = cstn__event_table_new(&memory, &run.table, error);
	if (status == CSTN_OK)
		status = read_events(&run, events, error);
	if (status == CSTN_OK)
		status = finish_reading(
				&run, where, json_is_array(events), out_events, bad_rows, error);
	cstn__table_builder_free(run.table);
	json_decref(run.document);
	cstn__event_reader_free(&run.reader);
	return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

typedef struct writing {
	cstn__event_reader reader; /* reads back */
	cstn_event_json_options options;
	const cstn__event_format *format;
	cstn_allocator allocator;
	cstn__event_rows rows;
	cstn__row_sink *sink; /* the report */
	cstn__bytes document, one;
	cstn__corrections corrections;
	size_t written;     /* events in the document */
	size_t slot;        /* in `one`, for ids of correctives; SIZE_MAX none */
	cstn__bytes sender; /* the source of the first event written */
	int has_sender, sender_differs;
	CSTN__ARRAY(uint64_t) with_source; /* rows whose source the document may not hold */
	int64_t recorded_us, occurred_us;  /* the latest */
	uint64_t bad;
} writing;

static cstn_status tell(writing *run, uint64_t row, enum cstn__event_member column, int32_t code,
		const cstn__event *event)
{
	const cstn__event_text *text = &event->texts[column];

	return cstn__row_sink_add(run->sink, row, (int32_t)column, cstn__event_member_name(column),
			code, text->text, text->len);
}

/* The JSON object in a column of text; *out stays NULL for a null. */
static cstn_status load_column(writing *run, const cstn__event *event,
		enum cstn__event_member column, json_t **out, int *bad)
{
	const cstn__event_text *text = &event->texts[column];
	cstn_status status;

	if (!text->text)
		return CSTN_OK;
	status = cstn__json_load(text->text, text->len, run->options.max_bytes,
			run->options.max_depth, out, NULL);
	if (status == CSTN_E_NOMEM || (status == CSTN_OK && json_is_object(*out)))
		return status;
	*bad = 1;
	return tell(run, run->rows.row, column, CSTN_ROW_KIND, event);
}

static cstn_status compare(writing *run, const cstn__event *event, const cstn__event *back)
{
	cstn_status status = CSTN_OK;
	int i;

	for (i = 0; status == CSTN_OK && i < CSTN__MEMBERS; i++) {
		enum cstn__event_member column = (enum cstn__event_member)i;

		if (i == CSTN__MEMBER_SOURCE || cstn__event_is_null(event, column) ||
				cstn__event_same(event, back, column))
			continue;
		/* known when the document is there */
		if (i == CSTN__MEMBER_CORRECTS && run->format->has_correctives &&
				event->type != CSTN__EVENT_CORRECTION)
			continue;
		status = tell(run, run->rows.row, column, CSTN_ROW_NOT_HELD, event);
	}
	return status;
}

/* Which partner said so: one for the whole document, or none. */
static cstn_status keep_source(writing *run, const cstn__event *event, int is_first)
{
	const cstn__event_text *source = &event->texts[CSTN__MEMBER_SOURCE];

	if (source->text) {
		if (cstn__array_reserve(&run->allocator, &run->with_source, 1))
			return CSTN_E_NOMEM;
		run->with_source.items[run->with_source.count++] = run->rows.row;
	}
	if (is_first) {
		run->has_sender = source->text != NULL;
		if (source->text)
			cstn__bytes_put(&run->sender, source->text, source->len);
		return run->sender.failed ? CSTN_E_NOMEM : CSTN_OK;
	}
	if (run->has_sender != (source->text != NULL) ||
			(source->text &&
					(source->len != run->sender.size ||
							(source->len > 0 &&
									memcmp(source->text,
											run->sender.data,
											source->len) !=
											0))))
		run->sender_differs = 1;
	return CSTN_OK;
}

static cstn_status append(writing *run, const cstn__event *event, const json_t *json)
{
	int is_first = run->document.size == 0;

	if (!is_first)
		cstn__bytes_put_u8(&run->document, ',');
	if (run->format->has_correctives &&
			cstn__corrections_add(&run->corrections, event, json, run->rows.row,
					run->written,
					run->slot == SIZE_MAX ? SIZE_MAX
							      : run->document.size + run->slot))
		return CSTN_E_NOMEM;
	run->written++;
	cstn__bytes_put(&run->document, run->one.data, run->one.size);
	if (event->recorded_us > run->recorded_us)
		run->recorded_us = event->recorded_us;
	if (event->occurred_us > run->occurred_us)
		run->occurred_us = event->occurred_us;
	return run->document.failed ? CSTN_E_NOMEM : keep_source(run, event, is_first);
}

/* What is in run->one, read back: appended if it passes. */
static cstn_status read_back(writing *run, const cstn__event *event)
{
	cstn__event back;
	json_t *json = NULL;
	cstn_status status;
	int good;

	status = cstn__json_load((const char *)run->one.data, run->one.size, INT64_MAX,
			CSTN__JSON_DEPTH_MAX, &json, NULL);
	if (status == CSTN_E_NOMEM)
		return status;
	run->reader.report.first[0] = '\0';
	good = status == CSTN_OK ? cstn__event_read(&run->reader, run->format, json, &back) : 0;
	if (good < 0)
		status = CSTN_E_NOMEM;
	else if (good == 0)
		status = cstn__row_sink_add(run->sink, run->rows.row, -1, NULL, CSTN_ROW_LEFT_OUT,
				run->reader.report.first, strlen(run->reader.report.first));
	else
		status = compare(run, event, &back);
	if (good > 0 && status == CSTN_OK)
		status = append(run, event, json);
	json_decref(json);
	return status;
}

static cstn_status write_one(writing *run, const cstn__event *event)
{
	json_t *objects = NULL, *extra = NULL;
	enum cstn__event_member why = CSTN__MEMBER_TYPE;
	cstn_status status;
	int bad = 0;

	if (!run->format->has_place(event, &why))
		return tell(run, run->rows.row, why, CSTN_ROW_LEFT_OUT, event);
	status = load_column(run, event, CSTN__MEMBER_OBJECTS, &objects, &bad);
	if (status == CSTN_OK)
		status = load_column(run, event, CSTN__MEMBER_EXTRA, &extra, &bad);
	run->bad += bad != 0;
	if (status == CSTN_OK && !bad) {
		run->one.size = 0;
		run->slot = SIZE_MAX;
		run->format->write(&run->one, event, objects, extra, &run->reader.id_prefix,
				&run->slot);
		status = run->one.failed ? CSTN_E_NOMEM : read_back(run, event);
	}
	json_decref(objects);
	json_decref(extra);
	return status;
}

static cstn_status write_rows(writing *run, cstn_error **error)
{
	cstn__event event;
	cstn_status status;
	int bad;

	for (;;) {
		status = cstn__event_rows_next(&run->rows, &event, &bad, error);
		if (status != CSTN_OK)
			return status == CSTN_DONE ? CSTN_OK : status;
		run->bad += bad != 0;
		if (!bad && write_one(run, &event) != CSTN_OK)
			return cstn__fail_nomem(error);
		if ((int64_t)run->document.size > run->options.max_bytes)
			return cstn__fail(error, CSTN_E_LIMIT,
					"the document has more than %lld bytes at row %llu",
					(long long)run->options.max_bytes,
					(unsigned long long)run->rows.row);
	}
}

/* Sources that do not fit into the document's one place for them. */
static cstn_status tell_sources(writing *run, cstn_error **error)
{
	size_t i;

	if (run->format->has_sender && !run->sender_differs)
		return CSTN_OK;
	run->has_sender = 0;
	for (i = 0; i < run->with_source.count; i++)
		if (cstn__row_sink_add(run->sink, run->with_source.items[i], CSTN__MEMBER_SOURCE,
				    cstn__event_member_name(CSTN__MEMBER_SOURCE), CSTN_ROW_NOT_HELD,
				    NULL, 0) != CSTN_OK)
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

/* Rows whose `corrects` no declaration of the document says. */
static cstn_status tell_correctives(writing *run, cstn_error **error)
{
	size_t n = run->corrections.correctives.count;
	uint8_t *held;
	cstn_status status;

	if (n == 0)
		return CSTN_OK;
	held = cstn__alloc(&run->allocator, n);
	status = held ? cstn__corrections_check(&run->corrections, &run->reader, run->format,
					&run->one, held)
		      : CSTN_E_NOMEM;
	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		const cstn__corrective *corrective = &run->corrections.correctives.items[i];

		if (!held[i])
			status = cstn__row_sink_add(run->sink, corrective->row,
					CSTN__MEMBER_CORRECTS,
					cstn__event_member_name(CSTN__MEMBER_CORRECTS),
					CSTN_ROW_NOT_HELD, corrective->corrects.text,
					corrective->corrects.len);
	}
	cstn__free(&run->allocator, held, n);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status indent(cstn__bytes *bytes, cstn_error **error)
{
	json_t *tree = NULL;
	cstn_status status = cstn__json_load((const char *)bytes->data, bytes->size, INT64_MAX,
			2 * CSTN__JSON_DEPTH_MAX, &tree, error);

	if (status != CSTN_OK)
		return status;
	bytes->size = 0;
	cstn__json_put(bytes, tree, 0);
	cstn__bytes_put_u8(bytes, '\n');
	json_decref(tree);
	return CSTN_OK;
}

static cstn_status finish_writing(
		writing *run, cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error)
{
	cstn__event_text sender = {NULL, 0};
	cstn_row_errors *told = NULL;
	int64_t created = run->options.recorded_us;
	cstn_status status = tell_sources(run, error);

	if (status != CSTN_OK)
		return status;
	if (created == 0)
		created = run->recorded_us != CSTN_TIME_NULL ? run->recorded_us : run->occurred_us;
	if (created == CSTN_TIME_NULL) /* a document without events */
		created = 0;
	if (run->has_sender) {
		sender.text = run->sender.size ? (const char *)run->sender.data : "";
		sender.len = run->sender.size;
	}
	if (cstn__corrections_fill(&run->corrections, &run->document))
		return cstn__fail_nomem(error);
	run->one.size = 0;
	run->format->wrap(&run->one, &run->document, created, &sender);
	if (run->one.failed)
		return cstn__fail_nomem(error);
	status = tell_correctives(run, error);
	if (status == CSTN_OK && run->options.flags & CSTN_EVENT_JSON_INDENT)
		status = indent(&run->one, error);
	if (status == CSTN_OK && report)
		status = cstn__row_sink_finish(run->sink, &told, error);
	if (status == CSTN_OK && !(run->bad && run->options.flags & CSTN_EVENT_JSON_ALL_OR_NOTHING))
		status = cstn__bytes_to_buffer(&run->one, out_json, error);
	if (status != CSTN_OK) {
		cstn_row_errors_free(told);
		return status;
	}
	if (report)
		*report = told;
	if (run->bad)
		return cstn__fail(error, CSTN_E_ROWS, "%llu rows are bad; see the report",
				(unsigned long long)run->bad);
	return CSTN_OK;
}

static cstn_status write_stream(writing *run, struct ArrowArrayStream *stream,
		cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error)
{
	cstn_status status;

	cstn__bytes_init(&run->document, &run->allocator);
	cstn__bytes_init(&run->one, &run->allocator);
	cstn__bytes_init(&run->sender, &run->allocator);
	cstn__corrections_init(&run->corrections, &run->allocator);
	run->recorded_us = run->occurred_us = CSTN_TIME_NULL;
	status = cstn__row_sink_new(&run->allocator, &run->sink, error);
	if (status == CSTN_OK)
		status = cstn__event_rows_open(
				&run->rows, stream, &run->allocator, run->sink, error);
	if (status == CSTN_OK)
		status = write_rows(run, error);
	if (status == CSTN_OK)
		status = finish_writing(run, out_json, report, error);
	cstn__event_rows_close(&run->rows);
	cstn__row_sink_free(run->sink);
	cstn__array_free(&run->allocator, &run->with_source);
	cstn__bytes_free(&run->document);
	cstn__bytes_free(&run->one);
	cstn__bytes_free(&run->sender);
	cstn__corrections_free(&run->corrections);
	return status;
}

static cstn_status write_document(const cstn__event_format *format, struct ArrowArrayStream *events,
		const cstn_event_json_options *given, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_status status = CSTN_OK;
	writing run;

	status = cstn__stream_take(events, "events", &stream, error);
	if (status != CSTN_OK)
		return status;
	memset(&run, 0, sizeof(run));
	run.format = format;
	if (!out_json)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out_json is NULL");
	if (status == CSTN_OK)
		status = cstn__event_options_read(given, &run.options, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &run.allocator, error);
	if (status == CSTN_OK)
		status = cstn__event_reader_init(&run.reader, &run.options, &run.allocator, error);
	if (status == CSTN_OK) {
		run.reader.recorded_us = CSTN_TIME_NULL;
		status = write_stream(&run, &stream, out_json, report, error);
		cstn__event_reader_free(&run.reader);
	}
	if (stream.release)
		stream.release(&stream);
	return status;
}

/* --- public ----------------------------------------------------------------------------------- */

cstn_status cstn_epcis_read(const char *json, size_t len, const cstn_event_json_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out_events,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	return read_document(&cstn__epcis_format, json, len, options, allocator, out_events,
			bad_rows, error);
}

cstn_status cstn_epcis_write(struct ArrowArrayStream *events,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error)
{
	return write_document(
			&cstn__epcis_format, events, options, allocator, out_json, report, error);
}

cstn_status cstn_dcsa_read(const char *json, size_t len, const cstn_event_json_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out_events,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	return read_document(&cstn__dcsa_format, json, len, options, allocator, out_events,
			bad_rows, error);
}

cstn_status cstn_dcsa_write(struct ArrowArrayStream *events, const cstn_event_json_options *options,
		const cstn_allocator *allocator, cstn_buffer **out_json, cstn_row_errors **report,
		cstn_error **error)
{
	return write_document(
			&cstn__dcsa_format, events, options, allocator, out_json, report, error);
}
