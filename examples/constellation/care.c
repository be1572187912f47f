/* Looking after a network: verify, dump, salvage, backup, info. */
#include "program.h"

#include <inttypes.h>
#include <string.h>

int run_verify(const arguments *given)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_network_verify(given->words[0],
			given->json ? CSTN_REPORT_JSON : 0, NULL, NULL, &report, &error);

	if (report)
		print_buffer(report);
	if (status == CSTN_OK)
		return EXIT_DONE;
	say_failure(status, error);
	return status == CSTN_E_CORRUPT && report ? EXIT_PARTLY : EXIT_FAILED;
}

int run_dump(const arguments *given)
{
	cstn_buffer *text = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_network_dump(given->words[0], NULL, &text, &error);

	if (text)
		print_buffer(text);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

int run_salvage(const arguments *given)
{
	cstn_buffer *report = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (given->dry_run != (given->n_words == 1)) {
		fprintf(stderr, "constellation: %s\n",
				given->dry_run ? "salvage --dry-run takes one folder"
					       : "salvage takes two folders, or one and --dry-run");
		return EXIT_USAGE;
	}
	status = cstn_network_salvage(given->words[0], given->dry_run ? NULL : given->words[1],
			given->dry_run ? CSTN_SALVAGE_DRY_RUN : 0, NULL, NULL, &report, &error);
	if (report)
		print_buffer(report);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

static int open_to_read(const char *folder, cstn_network **network)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = CSTN_NETWORK_READ_ONLY;
	status = cstn_network_open(folder, &options, NULL, network, &error);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

int run_backup(const arguments *given)
{
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int code = open_to_read(given->words[0], &network);

	if (code != EXIT_DONE)
		return code;
	status = cstn_network_backup(
			network, given->words[1], given->link ? CSTN_BACKUP_LINK : 0, NULL, &error);
	cstn_network_unref(network);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {"open", "full", "poisoned", "read only", "closed"};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static void print_info(const cstn_network_info *info, int as_json)
{
	const struct {
		const char *name, *title;
		uint64_t value;
	} rows[] = {{"last_seq", "last transaction", info->last_seq},
			{"segments", "segments", info->n_segments},
			{"segment_bytes", "bytes in segments", info->segment_bytes},
			{"log_bytes", "bytes in the log", info->log_bytes},
			{"pinned_bytes", "bytes kept for snapshots", info->pinned_bytes},
			{"memory_bytes", "bytes in memory", info->memory_bytes},
			{"dead_rows", "rows replaced or deleted", info->n_dead_rows},
			{"kept_verdicts", "files of kept verdicts", info->n_kept}};
	size_t i;

	fputs(as_json ? "{\"uuid\":\"" : "uuid                      ", stdout);
	for (i = 0; i < sizeof(info->uuid); i++)
		printf("%02x", info->uuid[i]);
	if (as_json)
		printf("\",\"state\":\"%s\"", state_name(info->state));
	else
		printf("\nstate                     %s%s\n", state_name(info->state),
				info->state == CSTN_NETWORK_STATE_READ_ONLY
						? ", as this program opens it"
						: "");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (as_json)
			printf(",\"%s\":%" PRIu64, rows[i].name, rows[i].value);
		else
			printf("%-25s %" PRIu64 "\n", rows[i].title, rows[i].value);
	if (as_json)
		puts("}");
}

int run_info(const arguments *given)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int code = open_to_read(given->words[0], &network);

	if (code != EXIT_DONE)
		return code;
	status = cstn_network_get_info(network, &info, &error);
	if (status == CSTN_OK)
		print_info(&info, given->json);
	cstn_network_unref(network);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}
