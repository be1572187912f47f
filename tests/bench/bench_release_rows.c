/* Rows on their way out of a release, with the checksum of what leaves: batches of 65,536 rows that
 * lie in memory, again and again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sharing/decision.h"
#include "sharing/release_rows.h"

#include "bench.h"

#define BATCH 65536
#define FIELDS 5
#define NAMES 1000
#define TEXT 12
#define SALT ((const uint8_t *)"sixteen bytes of")

/* What leaves, and how. */
enum what { RAW, COPIED, DICTIONARY, REPEATED, DISTINCT };

CSTN_API int32_t bench_release_rows(int64_t n, int32_t what, double *seconds, int64_t *bytes,
		int32_t *same, uint8_t tokens[BATCH * 16], char *message, size_t size);

/* The columns of a batch: a number, a double, a date, a text and a dictionary of texts. */
static struct rows {
	int64_t numbers[BATCH];
	double doubles[BATCH];
	int32_t days[BATCH], ends[BATCH + 1], indices[BATCH], name_ends[NAMES + 1];
	uint8_t validity[BATCH / 8];
	char texts[BATCH * TEXT], names[NAMES * TEXT];
	const void *buffers[FIELDS][3], *name_buffers[3], *root[1];
	struct ArrowArray children[FIELDS], dictionary, *pointers[FIELDS];
	struct ArrowSchema fields[FIELDS], name_field, *field_pointers[FIELDS];
	struct ArrowSchema schema;
} rows;

static void nothing_released(struct ArrowArray *array)
{
	array->release = NULL;
}

static void no_schema_released(struct ArrowSchema *schema)
{
	schema->release = NULL;
}

static void fill(int32_t what)
{
	char text[32];

	for (int32_t i = 0; i < BATCH; i++) {
		int32_t name = what == DISTINCT ? i : (int32_t)((uint32_t)i * 7919u % NAMES);

		rows.numbers[i] = (int64_t)i * 977;
		rows.doubles[i] = i / 7.0;
		rows.days[i] = 19000 + i % 365;
		rows.indices[i] = name % NAMES;
		rows.ends[i + 1] = (i + 1) * TEXT;
		snprintf(text, sizeof(text), "customer%04" PRId32, name % 10000);
		if (what == DISTINCT)
			snprintf(text, sizeof(text), "cust%08" PRId32, name);
		memcpy(rows.texts + i * TEXT, text, TEXT);
	}
	for (int32_t i = 0; i < NAMES; i++) {
		rows.name_ends[i + 1] = (i + 1) * TEXT;
		snprintf(text, sizeof(text), "customer%04" PRId32, i);
		memcpy(rows.names + i * TEXT, text, TEXT);
	}
	memset(rows.validity, 0xfe, sizeof(rows.validity));
}

/* A batch of what lies there; what is released of it is nothing. */
static struct ArrowArray lay_out(int32_t what)
{
	const void *const values[FIELDS] = {
			rows.numbers, rows.doubles, rows.days, rows.ends, rows.indices};
	struct ArrowArray root = {.length = BATCH,
			.n_buffers = 1,
			.n_children = FIELDS,
			.buffers = rows.root,
			.children = rows.pointers,
			.release = nothing_released};

	for (int i = 0; i < FIELDS; i++) {
		rows.buffers[i][0] = what == COPIED ? rows.validity : NULL;
		rows.buffers[i][1] = values[i];
		rows.buffers[i][2] = rows.texts;
		rows.children[i] = (struct ArrowArray){.length = BATCH,
				.null_count = what == COPIED ? BATCH / 8 : 0,
				.n_buffers = i == 3 ? 3 : 2,
				.buffers = rows.buffers[i],
				.release = nothing_released};
		rows.pointers[i] = &rows.children[i];
	}
	rows.name_buffers[1] = rows.name_ends;
	rows.name_buffers[2] = rows.names;
	rows.dictionary = (struct ArrowArray){.length = NAMES,
			.n_buffers = 3,
			.buffers = rows.name_buffers,
			.release = nothing_released};
	rows.children[4].dictionary = &rows.dictionary;
	return root;
}

static const char *const names[FIELDS] = {"number", "double", "day", "text", "name"};
static const char *const paths[FIELDS] = {
		"row.number", "row.double", "row.day", "row.text", "row.name"};

static void describe(void)
{
	static const char *const formats[FIELDS] = {"l", "g", "tdD", "u", "i"};

	for (int i = 0; i < FIELDS; i++) {
		rows.fields[i] = (struct ArrowSchema){.format = formats[i],
				.name = names[i],
				.flags = ARROW_FLAG_NULLABLE,
				.release = no_schema_released};
		rows.field_pointers[i] = &rows.fields[i];
	}
	rows.name_field = (struct ArrowSchema){.format = "u", .release = no_schema_released};
	rows.fields[4].dictionary = &rows.name_field;
	rows.schema = (struct ArrowSchema){.format = "+s",
			.n_children = FIELDS,
			.children = rows.field_pointers,
			.release = no_schema_released};
}

/* --- a decision ------------------------------------------------------------------------------- */

/* Which columns leave. */
static int leaves(int32_t what, int field)
{
	return what <= COPIED ? 1 : what == DICTIONARY ? field == 4 : field == 3;
}

static cstn_status make_term(int32_t what, cstn_term **out, cstn_error **error)
{
	cstn__bytes json;
	cstn_status status;
	int first = 1;

	cstn__bytes_init(&json, NULL);
	cstn__bytes_put_text(&json, "{\"effect\":\"permit\",\"provider\":\"acme\",\"recipient\":"
				    "\"beta\",\"constellation\":\"ring\",\"fields\":[");
	for (int i = 0; i < FIELDS; i++)
		if (leaves(what, i)) {
			cstn__bytes_put_format(&json, first ? "\"%s\"" : ",\"%s\"", paths[i]);
			first = 0;
		}
	cstn__bytes_put_format(&json,
			"],\"purpose\":\"planning\",\"actions\":[\"read\"],\"granularity\":{"
			"\"level\":\"%s\"},\"consideration\":[{\"kind\":\"explicit_none\"}]}",
			what <= COPIED ? "raw" : "pseudonym");
	status = json.failed ? cstn__fail_nomem(error)
			     : cstn_term_read((const char *)json.data, json.size,
					       CSTN_TERM_READ_LOOSE, NULL, out, error);
	cstn__bytes_free(&json);
	return status;
}

static cstn_status decide(int32_t what, cstn_decision **out, cstn_error **error)
{
	const char *asked[FIELDS];
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_request *request = NULL;
	cstn_rules *rules = NULL;
	cstn_term *term = NULL;
	cstn_status status = make_term(what, &term, error);

	for (int i = 0; i < FIELDS; i++)
		if (leaves(what, i))
			asked[options.n_paths++] = paths[i];
	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	options.constellation = "ring";
	options.provider = "acme";
	options.recipient = "beta";
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = asked;
	options.now_us = 1;
	if (status == CSTN_OK)
		status = bench_rules("ring", paths, FIELDS, term, &rules, error);
	if (status == CSTN_OK)
		status = cstn_request_new(&options, NULL, &request, error);
	if (status == CSTN_OK)
		status = cstn_decide(rules, request, out, error);
	cstn_request_unref(request);
	cstn_rules_unref(rules);
	cstn_term_unref(term);
	return status;
}

static cstn_status make_plan(int32_t what, const cstn_allocator *allocator,
		cstn__release_plan **out, cstn_error **error)
{
	static const uint8_t key[32] = "thirty-two bytes of the provider";
	cstn_release_options options = CSTN_RELEASE_OPTIONS_INIT;
	cstn_release_column columns[FIELDS];
	cstn_decision *decision = NULL;
	cstn_status status = decide(what, &decision, error);

	for (int i = 0; i < FIELDS; i++)
		if (leaves(what, i))
			columns[options.n_columns++] =
					(cstn_release_column){names[i], paths[i], NULL, 0};
	options.columns = columns;
	options.pseudonym_key = key;
	if (status == CSTN_OK)
		status = cstn__release_plan_new(decision, decision->request, &rows.schema, &options,
				allocator, out, error);
	cstn_decision_unref(decision);
	return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static cstn_status put_batch(cstn__release_plan *plan, cstn__release_checksum *sum, int32_t what,
		uint8_t *tokens, cstn_error **error)
{
	struct ArrowArray in = lay_out(what), out;
	uint64_t held;
	cstn_status status = cstn__release_plan_batch(plan, &in, &out, &held, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__release_checksum_add(sum, &out, error);
	if (what > COPIED && tokens)
		memcpy(tokens, out.children[0]->buffers[1], (size_t)BATCH * 16);
	out.release(&out);
	return status;
}

static cstn_status run(cstn__release_plan *plan, const cstn_allocator *allocator, int64_t n,
		int32_t what, uint8_t *sum, uint8_t *tokens, cstn_error **error)
{
	cstn__release_checksum *checksum = NULL;
	struct ArrowSchema schema;
	cstn_status status = cstn__release_plan_schema(plan, &schema, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__release_checksum_new(
			&schema, CSTN_CHECKSUM_XXH3_128, SALT, allocator, &checksum, error);
	schema.release(&schema);
	for (int64_t i = 0; i < n && status == CSTN_OK; i += BATCH)
		status = put_batch(plan, checksum, what, i == 0 ? tokens : NULL, error);
	if (status == CSTN_OK)
		(void)cstn__release_checksum_end(checksum, sum);
	cstn__release_checksum_free(checksum);
	return status;
}

/* The checksum of the rows as they came. */
static cstn_status expected(const cstn_allocator *allocator, int64_t n, int32_t what, uint8_t *sum,
		cstn_error **error)
{
	cstn__release_checksum *checksum = NULL;
	cstn_status status = cstn__release_checksum_new(
			&rows.schema, CSTN_CHECKSUM_XXH3_128, SALT, allocator, &checksum, error);

	for (int64_t i = 0; i < n && status == CSTN_OK; i += BATCH) {
		struct ArrowArray batch = lay_out(what);

		status = cstn__release_checksum_add(checksum, &batch, error);
	}
	if (status == CSTN_OK)
		(void)cstn__release_checksum_end(checksum, sum);
	cstn__release_checksum_free(checksum);
	return status;
}

int32_t bench_release_rows(int64_t n, int32_t what, double *seconds, int64_t *bytes, int32_t *same,
		uint8_t tokens[BATCH * 16], char *message, size_t size)
{
	/* numbers, doubles, days, texts with their ends, indices; the others are of one column */
	const int64_t row[] = {8 + 8 + 4 + 4 + TEXT + 4, 8 + 8 + 4 + 4 + TEXT + 4, 4, TEXT, TEXT};
	uint8_t sum[CSTN_CHECKSUM_SIZE_MOST], of_input[CSTN_CHECKSUM_SIZE_MOST];
	cstn__release_plan *plan = NULL;
	cstn_allocator libc;
	cstn_error *error = NULL;
	cstn_status status = cstn__allocator_read(NULL, &libc, &error);
	double begin;

	fill(what);
	describe();
	n = (n + BATCH - 1) / BATCH * BATCH;
	if (status == CSTN_OK)
		status = make_plan(what, &libc, &plan, &error);
	begin = bench_now();
	if (status == CSTN_OK)
		status = run(plan, &libc, n, what, sum, tokens, &error);
	*seconds = bench_now() - begin;
	*bytes = n * row[what];
	if (status == CSTN_OK && what <= COPIED) {
		describe();
		status = expected(&libc, n, what, of_input, &error);
		*same = status == CSTN_OK && memcmp(sum, of_input, sizeof(sum)) == 0;
	}
	cstn__release_plan_free(plan);
	return bench_report(status, error, message, size);
}
