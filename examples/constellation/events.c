/* Events as JSON: print them, put them into a network, write them out of one. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

static void read_options(const arguments *given, cstn_event_json_options *options)
{
	options->source_partner = given->source;
	options->id_prefix = given->prefix;
	if (given->all_or_nothing)
		options->flags |= CSTN_EVENT_JSON_ALL_OR_NOTHING;
	if (given->indent)
		options->flags |= CSTN_EVENT_JSON_INDENT;
}

/* The good events of a file; *partly is set if others were left out. */
static int read_document(const arguments *given, const char *path, struct ArrowArrayStream *events,
		int *partly)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	size_t len = 0;
	char *json;

	read_options(given, &options);
	if (given->recorded && read_time(given->recorded, &options.recorded_us) != 0)
		return EXIT_USAGE;
	json = read_file(path, &len);
	if (!json)
		return EXIT_FAILED;
	status = (given->dcsa ? cstn_dcsa_read : cstn_epcis_read)(
			json, len, &options, NULL, events, &bad, &error);
	free(json);
	say_rows("left out:", bad);
	if (status == CSTN_OK)
		return EXIT_DONE;
	say_failure(status, error);
	*partly = status == CSTN_E_ROWS && events->release != NULL;
	return *partly ? EXIT_DONE : EXIT_FAILED;
}

static int print_document(const arguments *given)
{
	struct ArrowArrayStream events;
	uint64_t limit = 0;
	int code, partly = 0;

	memset(&events, 0, sizeof(events));
	if (given->limit && read_count(given->limit, &limit) != 0)
		return EXIT_USAGE;
	code = read_document(given, given->words[1], &events, &partly);
	if (code == EXIT_DONE)
		code = print_rows(&events, given, limit);
	return code == EXIT_DONE && partly ? EXIT_PARTLY : code;
}

static int import_document(const arguments *given)
{
	struct ArrowArrayStream events;
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int code, partly = 0;

	memset(&events, 0, sizeof(events));
	code = read_document(given, given->words[2], &events, &partly);
	if (code != EXIT_DONE)
		return code;
	if (given->all_or_nothing)
		options.flags = CSTN_IMPORT_ALL_OR_NOTHING;
	status = cstn_network_open(given->words[1], NULL, NULL, &network, &error);
	if (status != CSTN_OK) {
		events.release(&events);
		return say_failure(status, error);
	}
	status = cstn_network_import(network, "event", &events, &options, &bad, &error);
	if (status == CSTN_E_ROWS) {
		say_rows("not put into the network:", bad);
		say_failure(status, error);
		error = NULL;
		partly = 1;
		status = CSTN_OK;
	}
	if (status == CSTN_OK)
		status = cstn_network_close(network, &error);
	cstn_network_unref(network);
	if (status != CSTN_OK)
		return say_failure(status, error);
	return partly ? EXIT_PARTLY : EXIT_DONE;
}

static int write_events(const arguments *given, cstn_snapshot *snapshot)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	struct ArrowArrayStream events;
	cstn_row_errors *report = NULL;
	cstn_buffer *json = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	memset(&events, 0, sizeof(events));
	read_options(given, &options);
	status = cstn_snapshot_scan(snapshot, "event", NULL, &events, &error);
	if (status == CSTN_OK)
		status = (given->dcsa ? cstn_dcsa_write : cstn_epcis_write)(
				&events, &options, NULL, &json, &report, &error);
	if (status != CSTN_OK && !json)
		return say_failure(status, error);
	cstn_error_free(error);
	print_buffer(json);
	return say_rows("not in the document:", report) > 0 ? EXIT_PARTLY : EXIT_DONE;
}

static int export_document(const arguments *given)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int code;

	options.flags = CSTN_NETWORK_READ_ONLY;
	status = cstn_network_open(given->words[1], &options, NULL, &network, &error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(network, &snapshot, &error);
	code = status == CSTN_OK ? write_events(given, snapshot) : say_failure(status, error);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return code;
}

int run_epcis(const arguments *given)
{
	const char *verb = given->words[0];

	if (strcmp(verb, "read") == 0 && given->n_words == 2)
		return print_document(given);
	if (strcmp(verb, "import") == 0 && given->n_words == 3)
		return import_document(given);
	if (strcmp(verb, "export") == 0 && given->n_words == 2)
		return export_document(given);
	fputs("constellation: epcis read FILE, epcis import FOLDER FILE or epcis export FOLDER\n"
	      "see constellation --help\n",
			stderr);
	return EXIT_USAGE;
}
