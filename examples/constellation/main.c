/* constellation: look into a network, check, save and mend it, and move records and events in and
 * out. Built on the public headers alone. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

typedef struct command {
	const char *name, *words, *what;
	size_t least, most;
	int (*run)(const arguments *given);
} command;

static const command commands[] = {
		{"verify", "FOLDER", "check every hash, count and index; writes nothing", 1, 1,
				run_verify},
		{"dump", "FILE", "one file of a network's folder as text", 1, 1, run_dump},
		{"salvage", "FROM [TO]",
				"recover what is readable of a damaged folder into a new one; the "
				"report is JSON",
				1, 2, run_salvage},
		{"backup", "FOLDER TO", "copy a network to a new folder", 2, 2, run_backup},
		{"info", "FOLDER", "what a network is made of", 1, 1, run_info},
		{"nouns", "[NOUN]", "what records there are, or the fields of one", 0, 1,
				run_nouns},
		{"import", "FOLDER NOUN FILE.csv", "put rows of a CSV file into a network", 3, 3,
				run_import},
		{"scan", "FOLDER NOUN", "print the records of a noun", 2, 2, run_scan},
		{"verdicts", "FOLDER", "print the orders with their verdicts under a policy", 1, 1,
				run_verdicts},
		{"keep-verdicts", "FOLDER", "judge the orders and keep the verdicts", 1, 1,
				run_keep_verdicts},
		{"changes", "FOLDER", "what was put or deleted, by transaction", 1, 1, run_changes},
		{"epcis", "read FILE.json", "print the events of a document", 2, 3, run_epcis},
		{"epcis", "import FOLDER FILE.json", "put the events of a document into a network",
				3, 3, run_epcis},
		{"epcis", "export FOLDER", "print the events of a network as a document", 2, 2,
				run_epcis},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char options_help[] =
		"\noptions\n"
		"  --json              print JSON: reports whole, rows one object a line\n"
		"  --csv               print rows as CSV\n"
		"  --all-columns       tables with all columns, also those without a value\n"
		"  --wide              tables as wide as it takes, long texts whole\n"
		"  --columns A,B       scan, verdicts: these fields, in this order\n"
		"  --id ID             scan: only records with this id; repeatable\n"
		"  --partner ID        scan: only records that name this partner\n"
		"  --where FIELD=TEXT  scan: only records whose field is this text\n"
		"  --as-of TIME        scan: as it was known then; verdicts: judged as of then\n"
		"  --lines             scan: a row a line of the record\n"
		"  --policy CHANGES    verdicts: the policy, as in \"components=TF "
		"late_tolerance=1\"\n"
		"  --only A,B          verdicts: perfect, failed, pending, excluded\n"
		"  --limit N           scan, changes, epcis read: at most N rows\n"
		"  --since SEQ         changes: after this transaction\n"
		"  --recorded TIME     import: when rows without a time of their own were known\n"
		"  --all-or-nothing    import: no row if one is bad\n"
		"  --skip-unknown      import: skip columns that are no field of the noun\n"
		"  --dry-run           salvage: write nothing, report what would be recovered\n"
		"  --link              backup: hard links in place of copies\n"
		"  --dcsa              epcis: DCSA Track & Trace 2.2 in place of EPCIS 2.0\n"
		"  --source PARTNER    epcis read, import: who says so\n"
		"  --prefix URI        epcis: what stands before own ids\n"
		"  --indent            epcis export: a member a line\n"
		"  --help, --version\n"
		"\nexit status\n"
		"  0  done\n"
		"  1  done, but rows were left out, or damage was found\n"
		"  2  wrong use\n"
		"  3  could not be done; the reason is on the standard error output\n";

static void print_help(FILE *out)
{
	size_t i;

	fputs("usage: constellation COMMAND WORDS... [OPTIONS]\n\ncommands\n", out);
	for (i = 0; i < N_COMMANDS; i++) {
		char call[64];

		snprintf(call, sizeof(call), "%s %s", commands[i].name, commands[i].words);
		fprintf(out, "  %-32s %s\n", call, commands[i].what);
	}
	fputs(options_help, out);
}

static int usage(const char *message, const char *word)
{
	fprintf(stderr, "constellation: %s%s%s\nsee constellation --help\n", message,
			word ? " " : "", word ? word : "");
	return EXIT_USAGE;
}

/* Where the value of an option goes; NULL if it takes none or is unknown. */
static const char **value_of(arguments *given, const char *option)
{
	const struct {
		const char *name;
		const char **value;
	} options[] = {{"--as-of", &given->as_of}, {"--since", &given->since},
			{"--recorded", &given->recorded}, {"--partner", &given->partner},
			{"--where", &given->where}, {"--limit", &given->limit},
			{"--source", &given->source}, {"--prefix", &given->prefix},
			{"--policy", &given->policy}, {"--only", &given->only}};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].name, option) == 0)
			return options[i].value;
	return NULL;
}

static int *flag_of(arguments *given, const char *option)
{
	const struct {
		const char *name;
		int *value;
	} options[] = {{"--json", &given->json}, {"--csv", &given->csv}, {"--wide", &given->wide},
			{"--all-columns", &given->all_columns}, {"--lines", &given->lines},
			{"--link", &given->link}, {"--dcsa", &given->dcsa},
			{"--indent", &given->indent}, {"--all-or-nothing", &given->all_or_nothing},
			{"--dry-run", &given->dry_run}, {"--skip-unknown", &given->skip_unknown}};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].name, option) == 0)
			return options[i].value;
	return NULL;
}

/* A list in the option's own memory, which argv gives. */
static int add_columns(arguments *given, char *list)
{
	char *name;

	for (name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		if (given->n_columns == OPTION_MAX)
			return -1;
		given->columns[given->n_columns++] = name;
	}
	return 0;
}

/* EXIT_DONE, or an exit status after a message. */
static int parse(int argc, char **argv, arguments *given)
{
	int i, only_words = 0;

	for (i = 1; i < argc; i++) {
		const char **value;
		int *flag;

		if (only_words || argv[i][0] != '-' || strcmp(argv[i], "-") == 0) {
			if (!given->command)
				given->command = argv[i];
			else if (given->n_words < sizeof(given->words) / sizeof(given->words[0]))
				given->words[given->n_words++] = argv[i];
			else
				return usage("too many words:", argv[i]);
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_words = 1;
			continue;
		}
		flag = flag_of(given, argv[i]);
		if (flag) {
			*flag = 1;
			continue;
		}
		value = value_of(given, argv[i]);
		if (!value && strcmp(argv[i], "--columns") != 0 && strcmp(argv[i], "--id") != 0)
			return usage("unknown option", argv[i]);
		if (i + 1 == argc)
			return usage("a value is missing after", argv[i]);
		i++;
		if (value)
			*value = argv[i];
		else if (strcmp(argv[i - 1], "--columns") == 0 ? add_columns(given, argv[i]) != 0
							       : given->n_ids == OPTION_MAX)
			return usage("too many values:", argv[i - 1]);
		else if (strcmp(argv[i - 1], "--id") == 0)
			given->ids[given->n_ids++] = argv[i];
	}
	return EXIT_DONE;
}

static int is_asked(int argc, char **argv, const char *option)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	arguments given;
	int status;
	size_t i;

	memset(&given, 0, sizeof(given));
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (is_asked(argc, argv, "--help")) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (is_asked(argc, argv, "--version")) {
		printf("constellation %s\n", cstn_version_text());
		return EXIT_DONE;
	}
	status = parse(argc, argv, &given);
	if (status != EXIT_DONE)
		return status;
	if (!given.command)
		return usage("no command", NULL);
	if (given.json && given.csv)
		return usage("--json or --csv, not both", NULL);
	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, given.command) == 0)
			break;
	if (i == N_COMMANDS)
		return usage("unknown command", given.command);
	if (given.n_words < commands[i].least || given.n_words > commands[i].most)
		return usage("wrong number of words after", given.command);
	given.takes_columns = commands[i].run == run_scan || commands[i].run == run_verdicts;
	status = commands[i].run(&given);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("constellation: standard output");
		return EXIT_FAILED;
	}
	return status;
}
