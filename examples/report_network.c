#include "report_network.h"

#include "example_records.h"
#include "report_folder.h"
#include "report_table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The job's own notes lie in the network too, as what a company is said to be: */
#define SELF "perfect_order_report"
#define NOTE_SOURCE "loaded_from"   /* source: the file; text: its fingerprint */
#define NOTE_LEFT_OUT "left_out"    /* source: "rows"; value: how many; text: the first of them */
#define NOTE_REJECTED "csv_rejects" /* source: "rows"; value: how many */

static double now_seconds(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0
			       ? (double)now.tv_sec + (double)now.tv_nsec / 1e9
			       : 0;
}

/* What the library has no error for is told here. */
static cstn_status fail(cstn_status status, const char *path, const char *why)
{
	fprintf(stderr, "%s: %s\n", path, why);
	return status;
}

/* --- records ---------------------------------------------------------------------------------- */

cstn_status network_put(struct network *network, const char *noun, const char *const *fields,
		cstn_error **error)
{
	return records_put(network->loading, noun, fields, error);
}

static void add_messages(struct network *network, const char *noun, const cstn_row_errors *bad)
{
	for (size_t i = 0; i < cstn_row_errors_count(bad) && network->n_messages < NETWORK_MESSAGES;
			i++) {
		char *to = network->messages[network->n_messages++];
		int n = snprintf(to, NETWORK_MESSAGE_SIZE, "%s, ", noun);

		(void)cstn_row_errors_copy_message(
				bad, i, to + n, NETWORK_MESSAGE_SIZE - (size_t)n);
	}
}

cstn_status network_import(struct network *network, const char *noun, const struct source *source,
		const char *as_of, cstn_error **error)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_binding *binding = NULL;
	cstn_row_errors *bad = NULL, *rejects = NULL;
	double began = now_seconds();
	cstn_status status;

	status = cstn_time_parse(as_of, strlen(as_of), NULL, 0, &options.recorded_us, error);
	if (status == CSTN_OK)
		status = source_bind(source->map, &binding, error);
	if (status == CSTN_OK)
		status = source_open(source, &reader, &rows, error);
	if (status == CSTN_OK) {
		options.binding = binding;
		status = cstn_transaction_import(
				network->loading, noun, &rows, &options, &bad, error);
	}
	if (status == CSTN_E_ROWS) {
		network->left_out += cstn_row_errors_total(bad);
		add_messages(network, noun, bad);
		status = CSTN_OK;
		if (error != NULL) {
			cstn_error_free(*error);
			*error = NULL;
		}
	}
	if (status == CSTN_OK)
		status = cstn_csv_reader_rejects(reader, &rejects, error);
	if (status == CSTN_OK) {
		network->rejected += cstn_row_errors_total(rejects);
		fprintf(stderr, "%s: %s: %llu rows, %.1f s\n", network->name, noun,
				(unsigned long long)cstn_csv_reader_rows(reader),
				now_seconds() - began);
	}
	cstn_row_errors_free(bad);
	cstn_row_errors_free(rejects);
	cstn_csv_reader_unref(reader);
	cstn_binding_free(binding);
	return status;
}

/* --- distinct texts --------------------------------------------------------------------------- */

struct text {
	const char *id, *name;
	size_t id_length, name_length;
	int64_t row;
};

static int by_id(const void *a, const void *b)
{
	const struct text *first = a, *second = b;
	size_t n = first->id_length < second->id_length ? first->id_length : second->id_length;
	int order = memcmp(first->id, second->id, n);

	if (order != 0)
		return order;
	if (first->id_length != second->id_length)
		return first->id_length < second->id_length ? -1 : 1;
	/* A row with a name before one without, then the earlier. */
	if ((first->name_length == 0) != (second->name_length == 0))
		return first->name_length == 0 ? 1 : -1;
	return (first->row > second->row) - (first->row < second->row);
}

static void put_quoted(FILE *out, const char *text, size_t length)
{
	(void)fputc('"', out);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"')
			(void)fputc('"', out);
		(void)fputc(text[i], out);
	}
	(void)fputc('"', out);
}

/* The distinct texts of a table's column, with their names, as CSV. */
static cstn_status write_distinct(
		FILE *out, const struct table *table, const char *column, const char *name_column)
{
	int64_t id = table_column(table, column);
	int64_t name = name_column != NULL ? table_column(table, name_column) : -1;
	struct text *texts = calloc((size_t)table->n_rows + 1, sizeof(*texts));
	size_t n = 0;

	if (texts == NULL)
		return CSTN_E_NOMEM;
	for (int64_t row = 0; row < table->n_rows; row++) {
		struct text *to = &texts[n++];

		to->row = row;
		to->id = table_text(table, row, id, &to->id_length);
		if (name >= 0)
			to->name = table_text(table, row, name, &to->name_length);
	}
	qsort(texts, n, sizeof(*texts), by_id);
	(void)fputs(name < 0 ? "id\n" : "id,name\n", out);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && texts[i].id_length == texts[i - 1].id_length &&
				memcmp(texts[i].id, texts[i - 1].id, texts[i].id_length) == 0)
			continue;
		put_quoted(out, texts[i].id, texts[i].id_length);
		if (name >= 0)
			(void)fputc(',', out);
		if (texts[i].name_length > 0)
			put_quoted(out, texts[i].name, texts[i].name_length);
		(void)fputc('\n', out);
	}
	free(texts);
	return CSTN_OK;
}

cstn_status network_import_distinct(struct network *network, const char *noun,
		const struct source *source, const char *column, const char *name_column,
		const char *as_of, cstn_error **error)
{
	struct source distinct = {
			.schema = name_column != NULL ? "id text\nname text null\n" : "id text\n",
			.map = source->map};
	struct ArrowArrayStream stream;
	cstn_csv_reader *reader = NULL;
	struct table table;
	char *text = NULL;
	FILE *out;
	cstn_status status = source_open(source, &reader, &stream, error);

	if (status != CSTN_OK)
		return status;
	status = table_read(&stream, &table);
	cstn_csv_reader_unref(reader);
	if (status != CSTN_OK)
		return status;
	out = open_memstream(&text, &distinct.size);
	status = out != NULL ? write_distinct(out, &table, column, name_column) : CSTN_E_NOMEM;
	if (out != NULL && fclose(out) != 0)
		status = CSTN_E_NOMEM;
	table_free(&table);
	distinct.bytes = (const uint8_t *)text;
	if (status == CSTN_OK)
		status = network_import(network, noun, &distinct, as_of, error);
	free(text);
	return status;
}

/* --- notes ------------------------------------------------------------------------------------ */

static cstn_status put_note(struct network *network, const char *as_of, const char *name,
		const char *source, const char *value, const char *text, cstn_error **error)
{
	const char *const fields[] = {"partner_id", SELF, "name", name, "source", source,
			"recorded", as_of, text != NULL ? "text" : "value",
			text != NULL ? text : value, text != NULL && value != NULL ? "value" : NULL,
			value, NULL};

	return network_put(network, "partner_attribute", fields, error);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static cstn_status put_notes(struct network *network, const struct plan *plan, cstn_error **error)
{
	char text[NETWORK_MESSAGES * NETWORK_MESSAGE_SIZE] = "", count[32];
	size_t used = 0;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; plan->files[i] != NULL && status == CSTN_OK; i++) {
		char print[FINGERPRINT_SIZE];

		if (file_fingerprint(plan->files[i], print) != 0)
			return fail(CSTN_E_IO, plan->files[i], "it cannot be read");
		status = put_note(network, plan->as_of, NOTE_SOURCE, base_name(plan->files[i]),
				NULL, print, error);
	}
	for (size_t i = 0; i < network->n_messages; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "\n" : "",
				network->messages[i]);
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)network->left_out);
	if (status == CSTN_OK)
		status = put_note(network, plan->as_of, NOTE_LEFT_OUT, "rows", count, text, error);
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)network->rejected);
	if (status == CSTN_OK)
		status = put_note(network, plan->as_of, NOTE_REJECTED, "rows", count, NULL, error);
	return status;
}

static int is_text(const struct table *table, int64_t row, const char *column, const char *wanted)
{
	size_t length;
	const char *text = table_text(table, row, table_column(table, column), &length);

	return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

/* 1 if the note says that the file was loaded as it is now. */
static int is_same_file(const struct table *notes, const char *path)
{
	char print[FINGERPRINT_SIZE];

	if (file_fingerprint(path, print) != 0)
		return 0;
	for (int64_t row = 0; row < notes->n_rows; row++)
		if (is_text(notes, row, "name", NOTE_SOURCE) &&
				is_text(notes, row, "source", base_name(path)))
			return is_text(notes, row, "text", print);
	return 0;
}

static void read_messages(struct network *network, const char *text, size_t length)
{
	while (length > 0 && network->n_messages < NETWORK_MESSAGES) {
		const char *line = memchr(text, '\n', length);
		size_t n = line != NULL ? (size_t)(line - text) : length;

		(void)snprintf(network->messages[network->n_messages++], NETWORK_MESSAGE_SIZE,
				"%.*s", (int)n, text);
		n += line != NULL;
		text += n;
		length -= n;
	}
}

/* Compare the notes with the files. *known: 1 if there are notes, 2 if they say the same. */
static cstn_status read_notes(
		struct network *network, const struct plan *plan, int *known, cstn_error **error)
{
	static const char *const ids[] = {SELF};
	static const char *const columns[] = {"name", "source", "value", "text"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct table notes;
	cstn_status status;

	options.ids = ids;
	options.n_ids = 1;
	options.columns = columns;
	options.n_columns = 4;
	status = cstn_snapshot_scan(
			network->snapshot, "partner_attribute", &options, &stream, error);
	if (status == CSTN_OK)
		status = table_read(&stream, &notes);
	if (status != CSTN_OK)
		return status;
	*known = notes.n_rows > 0;
	if (*known) {
		*known = 2;
		for (size_t i = 0; plan->files[i] != NULL; i++)
			if (!is_same_file(&notes, plan->files[i]))
				*known = 1;
	}
	for (int64_t row = 0; *known == 2 && row < notes.n_rows; row++) {
		double value = table_double(&notes, row, table_column(&notes, "value"));
		size_t length;
		const char *text = table_text(&notes, row, table_column(&notes, "text"), &length);

		if (is_text(&notes, row, "name", NOTE_REJECTED))
			network->rejected = (uint64_t)value;
		if (is_text(&notes, row, "name", NOTE_LEFT_OUT)) {
			network->left_out = (uint64_t)value;
			read_messages(network, text, length);
		}
	}
	table_free(&notes);
	return CSTN_OK;
}

/* --- open, load, close ------------------------------------------------------------------------ */

static cstn_status count_rows(struct network *network, const char *noun, const char *column,
		uint32_t flags, int64_t *out, cstn_error **error)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	struct table table;
	cstn_status status;

	options.flags = flags;
	options.columns = &column;
	options.n_columns = 1;
	status = cstn_snapshot_scan(network->snapshot, noun, &options, &stream, error);
	if (status == CSTN_OK)
		status = table_read(&stream, &table);
	if (status != CSTN_OK)
		return status;
	*out = table.n_rows;
	table_free(&table);
	return CSTN_OK;
}

static cstn_status count_all(struct network *network, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	network->n_nouns = 0;
	for (size_t i = 0; i < cstn_noun_count() && status == CSTN_OK; i++) {
		int64_t records = 0;

		status = count_rows(network, cstn_noun_name(i), "seq", 0, &records, error);
		if (records > 0 && network->n_nouns < NETWORK_NOUNS)
			network->nouns[network->n_nouns++] =
					(struct network_noun){cstn_noun_name(i), records};
		if (strcmp(cstn_noun_name(i), "order") == 0)
			network->orders = records;
	}
	if (status == CSTN_OK)
		status = count_rows(network, "order", "line_number", CSTN_SCAN_LINES,
				&network->lines, error);
	return status;
}

static void let_go(struct network *network)
{
	cstn_transaction_free(network->loading);
	cstn_snapshot_unref(network->snapshot);
	cstn_network_unref(network->handle);
	network->loading = NULL;
	network->snapshot = NULL;
	network->handle = NULL;
}

static cstn_status open_here(struct network *network, cstn_error **error)
{
	const char *path = network->path[0] != '\0' ? network->path : NULL;
	double began = now_seconds();
	cstn_status status;

	let_go(network);
	status = cstn_network_open(path, NULL, NULL, &network->handle, error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(network->handle, &network->snapshot, error);
	network->open_seconds = now_seconds() - began;
	return status;
}

static cstn_status load(struct network *network, const struct plan *plan, cstn_error **error)
{
	const char *const self[] = {"partner_id", SELF, "name", "the job that loaded this network",
			"role", "other", "recorded", plan->as_of, NULL};
	double began = now_seconds();
	cstn_status status;

	network->rejected = network->left_out = 0;
	network->n_messages = 0;
	status = cstn_transaction_begin(network->handle, &network->loading, error);
	if (status == CSTN_OK)
		status = network_put(network, "partner", self, error);
	if (status == CSTN_OK)
		status = plan->load(network, plan, error);
	if (status == CSTN_OK)
		status = put_notes(network, plan, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(network->loading, NULL, error);
	if (status == CSTN_OK && network->path[0] != '\0')
		status = cstn_network_close(network->handle, error);
	network->load_seconds = now_seconds() - began;
	if (status != CSTN_OK)
		return status;
	/* What is computed from is what a next run will find. */
	if (network->path[0] != '\0')
		return open_here(network, error);
	cstn_transaction_free(network->loading);
	network->loading = NULL;
	cstn_snapshot_unref(network->snapshot);
	network->snapshot = NULL;
	return cstn_network_snapshot(network->handle, &network->snapshot, error);
}

/* An empty network where there was one of other files. */
static cstn_status begin_anew(struct network *network, cstn_error **error)
{
	let_go(network);
	if (folder_remove(network->path) != 0)
		return fail(CSTN_E_IO, network->path, "it cannot be removed");
	return open_here(network, error);
}

static cstn_status fill(
		struct network *network, const struct plan *plan, int reload, cstn_error **error)
{
	int known = 0;
	cstn_status status = read_notes(network, plan, &known, error);

	if (status != CSTN_OK)
		return status;
	if (known == 0 && cstn_snapshot_seq(network->snapshot) != 0)
		return fail(CSTN_E_CONFLICT, network->path,
				"it holds a network that this report did not make");
	network->reopened = known == 2 && !reload;
	if (network->reopened)
		return CSTN_OK;
	fprintf(stderr, "%s: loading%s\n", plan->name,
			known == 0 ? ""
			: reload   ? " again"
				   : " again: its files have changed");
	if (known != 0)
		status = begin_anew(network, error);
	return status == CSTN_OK ? load(network, plan, error) : status;
}

cstn_status network_open(
		struct job *job, const struct plan *plan, struct network **out, cstn_error **error)
{
	struct network *network = &job->networks[job->n];
	char orders[NUMBER_SIZE], lines[NUMBER_SIZE];
	cstn_status status;

	memset(network, 0, sizeof(*network));
	network->name = plan->name;
	if (job->folder != NULL &&
			snprintf(network->path, sizeof(network->path), "%s/%s", job->folder,
					plan->name) >= (int)sizeof(network->path))
		return fail(CSTN_E_INVALID_ARGUMENT, job->folder, "this path is too long");
	status = open_here(network, error);
	if (status == CSTN_OK)
		status = fill(network, plan, job->reload, error);
	if (status == CSTN_OK)
		status = count_all(network, error);
	if (status != CSTN_OK) {
		let_go(network);
		return status;
	}
	network->seq = cstn_snapshot_seq(network->snapshot);
	fprintf(stderr, "%s: %s: %s orders, %s lines, sequence number %llu\n", plan->name,
			network->reopened ? "reopened" : "loaded",
			format_count(network->orders, orders), format_count(network->lines, lines),
			(unsigned long long)network->seq);
	job->n++;
	*out = network;
	return CSTN_OK;
}

static cstn_status verify(struct network *network, cstn_error **error)
{
	cstn_buffer *report = NULL;
	cstn_status status = cstn_network_verify(network->path, 0, NULL, NULL, &report, error);

	if (status == CSTN_OK)
		(void)snprintf(network->verified, sizeof(network->verified), "whole");
	cstn_buffer_free(report);
	return status;
}

cstn_status network_end(struct network *network, cstn_status status, cstn_error **error)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;

	if (status != CSTN_OK) {
		let_go(network);
		return status;
	}
	if (network->path[0] == '\0') {
		status = cstn_network_get_info(network->handle, &info, error);
		network->bytes = (int64_t)info.memory_bytes;
	} else {
		status = cstn_network_close(network->handle, error);
		network->bytes = folder_bytes(network->path);
	}
	let_go(network);
	if (status == CSTN_OK && network->path[0] != '\0')
		status = verify(network, error);
	return status;
}

struct source network_source(const struct network *network, const char *const *fields,
		const struct source_map *map)
{
	return (struct source){.snapshot = network->snapshot,
			.fields = fields,
			.map = map,
			.rows = (uint64_t)network->lines,
			.rejected = network->rejected};
}

cstn_status network_write_chapter(struct page *page, struct job *job,
		const struct network_chapter *chapter, const struct source *files,
		struct summary *summary, cstn_error **error)
{
	struct network *network = NULL;
	struct source source;
	cstn_status status;

	if (job->direct)
		return chapter->write(page, files, summary, error);
	status = network_open(job, chapter->plan, &network, error);
	if (status != CSTN_OK)
		return status;
	source = network_source(network, chapter->fields, chapter->dimensions);
	status = chapter->write(page, &source, summary, error);
	return network_end(network, status, error);
}

/* --- the section ------------------------------------------------------------------------------ */

static void seconds_cell(struct page *page, double seconds)
{
	page_put(page, "<td class=\"n\">%.3f s</td>", seconds);
}

static void overview(struct page *page, const struct job *job)
{
	page_table_begin(page, "The networks behind the figures",
			"network|this run|orders|lines|bytes|sequence number|loaded in|opened "
			"in|rows left out|verified",
			2, 0);
	for (size_t i = 0; i < job->n; i++) {
		const struct network *network = &job->networks[i];

		page_row_begin(page);
		page_cell(page, network->name);
		page_cell(page, network->reopened ? "reopened" : "loaded");
		page_cell_count(page, network->orders);
		page_cell_count(page, network->lines);
		page_cell_count(page, network->bytes);
		page_cell_count(page, (int64_t)network->seq);
		if (network->reopened)
			page_put(page, "<td class=\"n\">earlier</td>");
		else
			seconds_cell(page, network->load_seconds);
		seconds_cell(page, network->open_seconds);
		page_cell_count(page, (int64_t)(network->rejected + network->left_out));
		page_cell(page, network->path[0] != '\0' ? network->verified : "in memory");
		page_row_end(page);
	}
	page_table_end(page);
}

static void nouns(struct page *page, const struct job *job)
{
	page_table_begin(page, "What they hold", "network|noun|records", 2, 1);
	for (size_t i = 0; i < job->n; i++)
		for (size_t k = 0; k < job->networks[i].n_nouns; k++) {
			page_row_begin(page);
			page_cell(page, job->networks[i].name);
			page_cell(page, job->networks[i].nouns[k].name);
			page_cell_count(page, job->networks[i].nouns[k].records);
			page_row_end(page);
		}
	page_table_end(page);
}

void network_section(struct page *page, const struct job *job)
{
	int told = 0;

	if (job->n == 0)
		return;
	page_put(page, "<section id=\"network\"><h2>The networks</h2>\n<p>Each data set was "
		       "imported into a network of its own, with partners, items and customers as "
		       "far as its files name them. Every figure on this page is computed from a "
		       "scan of these networks. ");
	if (job->folder != NULL) {
		page_put(page, "They lie in <code>");
		page_text(page, job->folder);
		page_put(page, "</code>; the next run reopens them, unless a file has "
			       "changed. Verified means that every hash and count of "
			       "the folder was checked.</p>\n");
	} else {
		page_put(page, "They were held in memory.</p>\n");
	}
	overview(page, job);
	nouns(page, job);
	for (size_t i = 0; i < job->n; i++)
		for (size_t k = 0; k < job->networks[i].n_messages; k++) {
			page_put(page, told++ ? "<li>"
					      : "<p>The first rows left out by the rules "
						"of the network:</p><ul><li>");
			page_text(page, job->networks[i].name);
			page_put(page, ", ");
			page_text(page, job->networks[i].messages[k]);
			page_put(page, "</li>\n");
		}
	page_put(page, told ? "</ul></section>\n" : "</section>\n");
}
