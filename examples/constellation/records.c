/* Records: nouns, import, scan, changes. */
#include "program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 2048
#define ROOM 120

/* --- nouns ------------------------------------------------------------------------------------ */

static void print_noun(size_t noun, int as_json)
{
	const char *name = cstn_noun_name(noun), *doc = cstn_noun_doc(noun);

	if (!as_json) {
		printf("%-19s %3zu fields  %-5s  %-10s  %s\n", name, cstn_noun_field_count(noun),
				cstn_noun_has_lines(noun) ? "lines" : "",
				cstn_noun_is_append_only(noun) ? "only added" : "", doc);
		return;
	}
	fputs("{\"noun\":", stdout);
	put_json_text(stdout, name, strlen(name));
	printf(",\"fields\":%zu,\"has_lines\":%s,\"append_only\":%s,\"doc\":",
			cstn_noun_field_count(noun), cstn_noun_has_lines(noun) ? "true" : "false",
			cstn_noun_is_append_only(noun) ? "true" : "false");
	put_json_text(stdout, doc, strlen(doc));
	puts("}");
}

/* What a field may hold: "one of road, rail, sea", "the id of a partner", or its rule. */
static void words_of(size_t noun, size_t field, char out[WORDS_MAX])
{
	const char *refers = cstn_noun_field_refers(noun, field);
	const char *rule = cstn_noun_field_rule(noun, field);
	const char *code = cstn_noun_field_code(noun, field, 0);
	size_t i, len = (size_t)snprintf(out, WORDS_MAX, "%s%s", cstn_noun_field_doc(noun, field),
				  code || *rule ? "; " : "");

	if (!code) {
		snprintf(out + len, WORDS_MAX - len, "%s%s%s", rule,
				*refers && strstr(rule, "a record") ? ": " : "",
				*refers && strstr(rule, "a record") ? refers : "");
		return;
	}
	for (i = 0; code && len < WORDS_MAX; i++) {
		len += (size_t)snprintf(
				out + len, WORDS_MAX - len, "%s%s", i > 0 ? ", " : "one of ", code);
		code = cstn_noun_field_code(noun, field, i + 1);
	}
}

/* Words in lines of at most ROOM characters, each but the first begun by `indent` blanks. */
static void print_words(const char *words, size_t indent)
{
	size_t at = indent;

	while (*words) {
		size_t len = strcspn(words, " ");

		if (at > indent && at + 1 + len > ROOM) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			putchar(' ');
			at++;
		}
		fwrite(words, 1, len, stdout);
		at += len;
		words += len;
		words += *words == ' ';
	}
	putchar('\n');
}

static void print_field_as_json(size_t noun, size_t field, int32_t key, int nullable)
{
	const char *name = cstn_noun_field_name(noun, field), *code;
	const char *doc = cstn_noun_field_doc(noun, field);
	const char *rule = cstn_noun_field_rule(noun, field);
	const char *refers = cstn_noun_field_refers(noun, field);
	size_t i;

	fputs("{\"field\":", stdout);
	put_json_text(stdout, name, strlen(name));
	printf(",\"type\":\"%s\",\"key\":%d,\"is_line\":%s,\"nullable\":%s,\"doc\":",
			cstn_type_name(cstn_noun_field_type(noun, field)), key,
			cstn_noun_field_is_line(noun, field) ? "true" : "false",
			nullable ? "true" : "false");
	put_json_text(stdout, doc, strlen(doc));
	fputs(",\"rule\":", stdout);
	put_json_text(stdout, rule, strlen(rule));
	fputs(",\"codes\":[", stdout);
	for (i = 0; (code = cstn_noun_field_code(noun, field, i)) != NULL; i++) {
		if (i > 0)
			putchar(',');
		put_json_text(stdout, code, strlen(code));
	}
	fputs("],\"refers\":", stdout);
	put_json_text(stdout, refers, strlen(refers));
	puts("}");
}

static void print_field(size_t noun, size_t field, int as_json)
{
	int32_t key = cstn_noun_field_key(noun, field);
	int nullable = cstn_noun_field_is_nullable(noun, field);
	char words[WORDS_MAX];
	int indent;

	if (as_json) {
		print_field_as_json(noun, field, key, nullable);
		return;
	}
	indent = printf("%-23s %-9s %s%s  ", cstn_noun_field_name(noun, field),
			cstn_type_name(cstn_noun_field_type(noun, field)),
			key                                    ? "key  "
			: cstn_noun_field_is_line(noun, field) ? "line "
							       : "     ",
			nullable ? "        " : "required");
	words_of(noun, field, words);
	print_words(words, indent > 0 ? (size_t)indent : 0);
}

static int find_noun(const char *name, size_t *noun)
{
	*noun = cstn_noun_find(name);
	if (*noun != SIZE_MAX)
		return EXIT_DONE;
	fprintf(stderr, "constellation: there is no noun '%s'; `constellation nouns` lists them\n",
			name);
	return EXIT_FAILED;
}

int run_nouns(const arguments *given)
{
	size_t i, noun;

	if (given->n_words == 0) {
		for (i = 0; i < cstn_noun_count(); i++)
			print_noun(i, given->json);
		return EXIT_DONE;
	}
	if (find_noun(given->words[0], &noun) != EXIT_DONE)
		return EXIT_FAILED;
	for (i = 0; i < cstn_noun_field_count(noun); i++)
		print_field(noun, i, given->json);
	return EXIT_DONE;
}

/* --- import ----------------------------------------------------------------------------------- */

/* "attributes.distance" for a noun that has attributes. */
static int is_attribute(size_t noun, const char *name)
{
	return strncmp(name, "attributes.", 11) == 0 &&
	       cstn_noun_field_find(noun, "attributes") != SIZE_MAX;
}

/* A name of the file in quotes, as a schema takes it. */
static size_t quote_name(char *to, const char *name)
{
	size_t len = 0;

	to[len++] = '"';
	for (; *name; name++) {
		if (*name == '"')
			to[len++] = '"';
		to[len++] = *name;
	}
	to[len++] = '"';
	to[len] = '\0';
	return len;
}

/* A schema of the columns of the file, with the noun's types. A column that is no field is text,
 * for the library to refuse with what it may have been meant to be, or skipped if that is asked. */
static int schema_of(const arguments *given, const char *path, size_t noun, cstn_schema **out)
{
	cstn_schema *seen = NULL;
	cstn_error *error = NULL;
	char *text = NULL;
	size_t i, len = 0, size = 64;
	cstn_status status = cstn_csv_infer(path, 1, NULL, NULL, &seen, NULL, &error);

	if (status != CSTN_OK)
		return say_failure(status, error);
	for (i = 0; i < cstn_schema_count(seen); i++)
		size += 2 * strlen(cstn_schema_name(seen, i)) + 64;
	text = calloc(1, size);
	for (i = 0; text && i < cstn_schema_count(seen); i++) {
		const char *name = cstn_schema_name(seen, i);
		size_t field = cstn_noun_field_find(noun, name);
		int32_t type;

		if (field == SIZE_MAX && given->skip_unknown && !is_attribute(noun, name)) {
			fprintf(stderr, "constellation: column '%s' is not read\n", name);
			continue;
		}
		if (field == SIZE_MAX) {
			len += quote_name(text + len, name);
			len += (size_t)snprintf(text + len, size - len, " text null\n");
			continue;
		}
		type = cstn_noun_field_type(noun, field);
		len += (size_t)snprintf(text + len, size - len, "%s %s null%s\n", name,
				cstn_type_name(type), type == CSTN_TYPE_TIME ? " zone=utc" : "");
	}
	cstn_schema_unref(seen);
	if (!text) {
		fputs("constellation: out of memory\n", stderr);
		return EXIT_FAILED;
	}
	status = cstn_schema_parse(text, len, NULL, out, &error);
	free(text);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

static int import_rows(const arguments *given, struct ArrowArrayStream *rows, const char *folder,
		const char *noun)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	cstn_network *network = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status, closed;

	if (given->recorded && read_time(given->recorded, &options.recorded_us) != 0) {
		rows->release(rows);
		return EXIT_USAGE;
	}
	if (given->all_or_nothing)
		options.flags = CSTN_IMPORT_ALL_OR_NOTHING;
	status = cstn_network_open(folder, NULL, NULL, &network, &error);
	if (status != CSTN_OK) {
		rows->release(rows);
		return say_failure(status, error);
	}
	status = cstn_network_import(network, noun, rows, &options, &bad, &error);
	closed = cstn_network_close(network, status == CSTN_OK ? &error : NULL);
	cstn_network_unref(network);
	if (status == CSTN_E_ROWS) {
		say_rows(given->all_or_nothing ? "nothing was put; bad rows:" : "left out:", bad);
		say_failure(status, error);
		return closed == CSTN_OK ? EXIT_PARTLY : EXIT_FAILED;
	}
	cstn_row_errors_free(bad);
	if (status == CSTN_E_SCHEMA && !given->recorded &&
			strstr(cstn_error_message(error), "recorded' is absent"))
		fputs("constellation: --recorded TIME says when rows were known that do not say "
		      "it\n",
				stderr);
	if (status == CSTN_E_SCHEMA &&
			strstr(cstn_error_message(error), "CSTN_IMPORT_SKIP_UNKNOWN"))
		fputs("constellation: --skip-unknown imports the other columns alone\n", stderr);
	if (status != CSTN_OK || closed != CSTN_OK)
		return say_failure(status != CSTN_OK ? status : closed, error);
	return EXIT_DONE;
}

int run_import(const arguments *given)
{
	const char *folder = given->words[0], *name = given->words[1], *path = given->words[2];
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_row_errors *rejects = NULL;
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	size_t noun;
	int code;

	memset(&rows, 0, sizeof(rows));
	code = find_noun(name, &noun);
	if (code == EXIT_DONE)
		code = schema_of(given, path, noun, &schema);
	if (code != EXIT_DONE)
		return code;
	status = cstn_csv_reader_open(path, schema, NULL, NULL, &reader, &error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(reader, &rows, &error);
	cstn_schema_unref(schema);
	if (status != CSTN_OK) {
		cstn_csv_reader_unref(reader);
		return say_failure(status, error);
	}
	code = import_rows(given, &rows, folder, name);
	if (cstn_csv_reader_rejects(reader, &rejects, NULL) == CSTN_OK &&
			say_rows("bad values in the file:", rejects) > 0 && code == EXIT_DONE)
		code = EXIT_PARTLY;
	if (code != EXIT_FAILED && code != EXIT_USAGE)
		fprintf(stderr, "%" PRIu64 " rows read\n", cstn_csv_reader_rows(reader));
	cstn_csv_reader_unref(reader);
	return code;
}

/* --- scan and changes ------------------------------------------------------------------------- */

int open_snapshot(const char *folder, cstn_network **network, cstn_snapshot **snapshot)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.flags = CSTN_NETWORK_READ_ONLY;
	status = cstn_network_open(folder, &options, NULL, network, &error);
	if (status == CSTN_OK)
		status = cstn_network_snapshot(*network, snapshot, &error);
	return status == CSTN_OK ? EXIT_DONE : say_failure(status, error);
}

int read_scan(const arguments *given, char where[WHERE_MAX], cstn_scan_options *out)
{
	if (given->n_columns > 0) {
		out->columns = given->columns;
		out->n_columns = given->n_columns;
	}
	if (given->n_ids > 0) {
		out->ids = given->ids;
		out->n_ids = given->n_ids;
	}
	if (given->lines)
		out->flags |= CSTN_SCAN_LINES;
	out->partner = given->partner;
	if (given->as_of) {
		if (read_time(given->as_of, &out->as_of_us) != 0)
			return EXIT_USAGE;
		out->flags |= CSTN_SCAN_AS_OF;
	}
	if (given->where) {
		char *equals;

		snprintf(where, WHERE_MAX, "%s", given->where);
		equals = strchr(where, '=');
		if (!equals) {
			fprintf(stderr, "constellation: --where %s is not FIELD=TEXT\n", where);
			return EXIT_USAGE;
		}
		*equals = '\0';
		out->where_field = where;
		out->where_text = equals + 1;
	}
	return EXIT_DONE;
}

int run_scan(const arguments *given)
{
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	char where[WHERE_MAX];
	cstn_status status;
	uint64_t limit = 0;
	int code;

	memset(&rows, 0, sizeof(rows));
	if (given->limit && read_count(given->limit, &limit) != 0)
		return EXIT_USAGE;
	code = read_scan(given, where, &options);
	if (code != EXIT_DONE)
		return code;
	code = open_snapshot(given->words[0], &network, &snapshot);
	if (code == EXIT_DONE) {
		status = cstn_snapshot_scan(snapshot, given->words[1], &options, &rows, &error);
		code = status == CSTN_OK ? print_rows(&rows, given, limit)
					 : say_failure(status, error);
	}
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return code;
}

int run_changes(const arguments *given)
{
	struct ArrowArrayStream rows;
	cstn_network *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_error *error = NULL;
	uint64_t since = 0, limit = 0;
	cstn_status status;
	int code;

	memset(&rows, 0, sizeof(rows));
	if ((given->since && read_count(given->since, &since) != 0) ||
			(given->limit && read_count(given->limit, &limit) != 0))
		return EXIT_USAGE;
	code = open_snapshot(given->words[0], &network, &snapshot);
	if (code == EXIT_DONE) {
		status = cstn_snapshot_changes(snapshot, since, &rows, &error);
		code = status == CSTN_OK ? print_rows(&rows, given, limit)
					 : say_failure(status, error);
	}
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	return code;
}
