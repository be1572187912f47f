/* Orders with their verdicts, and keeping them. */
#include "program.h"

#include <string.h>

/* EXIT_DONE with a policy, or an exit status after a message. */
static int read_policy(const arguments *given, cstn_service_policy **out, int64_t *as_of_us)
{
	cstn_error *error = NULL;
	cstn_status status;

	if (!given->as_of) {
		fputs("constellation: verdicts need --as-of TIME\n", stderr);
		return EXIT_USAGE;
	}
	if (read_time(given->as_of, as_of_us) != 0)
		return EXIT_USAGE;
	status = cstn_service_policy_new(given->policy ? given->policy : "", NULL, out, &error);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

/* "failed,pending" as bits; 0 after a message. */
static uint32_t read_only(const char *list)
{
	static const char *const names[] = {"perfect", "failed", "pending", "excluded"};
	uint32_t bits = 0;

	while (*list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < 4 && (strlen(names[i]) != len || memcmp(list, names[i], len) != 0))
			i++;
		if (i == 4) {
			fprintf(stderr,
					"constellation: --only %.*s is not perfect, failed, "
					"pending or "
					"excluded\n",
					(int)len, list);
			return 0;
		}
		bits |= 1u << i;
		list += len + (list[len] == ',');
	}
	return bits;
}

int run_verdicts(const arguments *given)
{
	cstn_order_verdict_options options = CSTN_ORDER_VERDICT_OPTIONS_INIT;
	cstn_scan_options scan = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_service_policy *policy = NULL;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	static const char *const id[] = {"order_id", "seller", "buyer"};
	char where[WHERE_MAX];
	cstn_status status;
	uint64_t limit = 0;
	int64_t as_of_us = 0;
	int code;

	memset(&rows, 0, sizeof(rows));
	if (given->limit && read_count(given->limit, &limit) != 0)
		return EXIT_USAGE;
	code = read_scan(given, where, &scan);
	if (code == EXIT_DONE && given->only) {
		options.verdicts = read_only(given->only);
		code = options.verdicts ? EXIT_DONE : EXIT_USAGE;
	}
	if (code == EXIT_DONE)
		code = read_policy(given, &policy, &as_of_us);
	if (code == EXIT_DONE)
		code = open_snapshot(given->words[0], &network, &snapshot);
	if (code == EXIT_DONE) {
		if (!scan.columns) {
			scan.columns = id;
			scan.n_columns = sizeof(id) / sizeof(id[0]);
		}
		scan.flags &= ~CSTN_SCAN_AS_OF;
		options.scan = &scan;
		status = cstn_snapshot_scan_order_verdicts(
				snapshot, policy, as_of_us, &options, &rows, &error);
		code = status == CSTN_OK ? print_rows(&rows, given, limit)
					 : say_failure(status, error);
	}
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	cstn_service_policy_unref(policy);
	return code;
}

int run_keep_verdicts(const arguments *given)
{
	cstn_keep_verdicts_counts counts = CSTN_KEEP_VERDICTS_COUNTS_INIT;
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_service_policy *policy = NULL;
	cstn_network *network = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	int64_t as_of_us = 0;
	int code = read_policy(given, &policy, &as_of_us);

	if (code != EXIT_DONE)
		return code;
	options.flags = CSTN_NETWORK_MUST_EXIST;
	status = cstn_network_open(given->words[0], &options, NULL, &network, &error);
	if (status == CSTN_OK)
		status = cstn_network_keep_order_verdicts(
				network, policy, as_of_us, NULL, &counts, &error);
	if (status == CSTN_OK)
		status = cstn_network_close(network, &error);
	cstn_network_unref(network);
	cstn_service_policy_unref(policy);
	if (status != CSTN_OK)
		return say_failure(status, error);
	printf(given->json ? "{\"written\":%llu,\"kept\":%llu,\"dropped\":%llu}\n"
			   : "files of orders: %llu judged, %llu kept as they were, %llu dropped\n",
			(unsigned long long)counts.written, (unsigned long long)counts.kept,
			(unsigned long long)counts.dropped);
	return EXIT_DONE;
}
