/* Orders with their verdicts, judged or kept.
 *
 * Kept verdicts are derived columns of a segment of orders (store/derived.h) under the policy's
 * digest: a code a row, the marks of the first failure, its cause, whether the verdict is settled,
 * and once a chunk the as-of time and the version of the rules. A scan takes the kept verdict of a
 * row if it was judged as of the same time, or is settled and was judged as of an earlier one; it
 * judges every other row. Both ways lead through one record a row (cstn__order_fact), so that the
 * answer does not depend on which it was.
 *
 * Under zone=ship_to the verdict depends on zone rules that the digest does not know; nothing is
 * kept or taken then. Cost: some 50 ns an order that is kept, 0.3 microseconds a line that is
 * judged. */
#include <constellation/order_verdict.h>

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "fulfilment/order_verdict_row.h"
#include "network/network.h"
#include "network/scan_extend.h"

#define VERSION 1 /* of the rules: another one's verdicts are not taken */
#define N_COLUMNS 7
#define MARK_PROVISIONAL 1
#define MARK_FAILED_AT 1 /* 3 bits: number of the component, 4 none */
#define MARK_OWNER_AT 4

enum { KEPT_CODE, KEPT_MARKS, KEPT_OPEN, KEPT_AS_OF, KEPT_VERSION, KEPT_CAUSE, N_KEPT };
static const cstn__store_column kept_columns[N_KEPT] = {
		{CSTN__COLUMN_FIRST, "verdict", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
		{CSTN__COLUMN_FIRST + 1, "marks", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
		{CSTN__COLUMN_FIRST + 2, "open", CSTN_TYPE_FLAG, 0, 0, CSTN__SPACE_ROW},
		{CSTN__COLUMN_FIRST + 3, "as_of", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{CSTN__COLUMN_FIRST + 4, "version", CSTN_TYPE_INT32, 0, 0, CSTN__SPACE_ROW},
		{CSTN__COLUMN_FIRST + 5, "cause", CSTN_TYPE_TEXT, 0,
				CSTN__COLUMN_NULLABLE | CSTN__COLUMN_DICTIONARY, CSTN__SPACE_ROW}};

/* A text column under construction, each text once. */
struct texts {
	cstn__interner interner;
	CSTN__ARRAY(uint32_t) offsets;
	cstn__bytes bytes;
	cstn__values values;
};

struct context {
	cstn_allocator allocator;
	cstn__judge judge;
	cstn__derived_kind kind;
	uint32_t verdicts, components;
	cstn__out_column columns[N_COLUMNS];
	size_t capacity; /* rows that the arrays have room for */
	int64_t *numbers[N_COLUMNS];
	uint64_t *valid[N_COLUMNS];
	struct texts causes;
	cstn__values names[N_COLUMNS]; /* dictionaries of the columns of codes */
	cstn__arena arena;
};

/* --- texts --- */

static void texts_clear(struct texts *texts, const cstn_allocator *allocator)
{
	cstn__interner_free(&texts->interner);
	cstn__interner_init(&texts->interner, allocator, 71);
	texts->offsets.count = 0;
	texts->bytes.size = 0;
}

/* The code of a text, UINT32_MAX: out of memory. */
static uint32_t texts_put(struct texts *texts, const cstn_allocator *allocator, const uint8_t *text,
		size_t len)
{
	uint32_t before = (uint32_t)texts->interner.count;
	uint32_t code = cstn__intern(&texts->interner, (const char *)text, len);

	if (code != before || code == UINT32_MAX)
		return code;
	if (cstn__array_reserve(allocator, &texts->offsets, 2))
		return UINT32_MAX;
	if (!texts->offsets.count)
		texts->offsets.items[texts->offsets.count++] = 0;
	cstn__bytes_put(&texts->bytes, text, len);
	texts->offsets.items[texts->offsets.count++] = (uint32_t)texts->bytes.size;
	return texts->bytes.failed ? UINT32_MAX : code;
}

static cstn_status texts_end(
		struct texts *texts, const cstn_allocator *allocator, cstn_error **error)
{
	if (!texts->offsets.count) {
		if (cstn__array_reserve(allocator, &texts->offsets, 1))
			return cstn__fail_nomem(error);
		texts->offsets.items[texts->offsets.count++] = 0;
	}
	texts->values = (cstn__values){.rows = texts->interner.count,
			.offsets = texts->offsets.items,
			.bytes = texts->bytes.data ? texts->bytes.data : (const uint8_t *)""};
	return CSTN_OK;
}

/* A dictionary of names that do not change. */
static cstn_status names_make(struct context *context, size_t column,
		const char *(*name)(int32_t code), int32_t n, cstn_error **error)
{
	size_t size = 0;
	uint32_t *offsets = cstn__arena_alloc(&context->arena, ((size_t)n + 1) * sizeof(*offsets));
	uint8_t *bytes;

	for (int32_t i = 0; i < n; i++)
		size += strlen(name(i));
	bytes = cstn__arena_alloc(&context->arena, size + 1);
	if (!offsets || !bytes)
		return cstn__fail_nomem(error);
	offsets[0] = 0;
	for (int32_t i = 0; i < n; i++) {
		size_t len = strlen(name(i));

		memcpy(bytes + offsets[i], name(i), len);
		offsets[i + 1] = offsets[i] + (uint32_t)len;
	}
	context->names[column] =
			(cstn__values){.rows = (uint64_t)n, .offsets = offsets, .bytes = bytes};
	return CSTN_OK;
}

static const char *verdict_name(int32_t code)
{
	static const char *const names[] = {"perfect", "failed", "pending", "excluded"};

	return names[code];
}

static const char *pattern_name(int32_t code)
{
	return cstn_pattern_name((uint32_t)code);
}

static const char *component_name(int32_t code)
{
	return cstn_pattern_name(1u << code);
}

static const char *owner_name(int32_t code)
{
	return cstn__owner_names[code];
}

/* --- the context --- */

enum { OUT_VERDICT, OUT_PATTERN, OUT_REASON, OUT_PROVISIONAL, OUT_FAILED, OUT_CAUSE, OUT_OWNER };

static void context_free(void *of)
{
	struct context *context = of;
	cstn_allocator allocator;

	if (!context)
		return;
	allocator = context->allocator;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		cstn__free(&allocator, context->numbers[i], context->capacity * sizeof(int64_t));
		cstn__free(&allocator, context->valid[i], (context->capacity / 64 + 1) * 8);
	}
	cstn__interner_free(&context->causes.interner);
	cstn__array_free(&allocator, &context->causes.offsets);
	cstn__bytes_free(&context->causes.bytes);
	cstn__arena_free(&context->arena);
	cstn__judge_free(&context->judge);
	cstn__free(&allocator, context, sizeof(*context));
}

static cstn_status context_new(const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_policy_data *data, const cstn_allocator *allocator, int dictionary,
		struct context **out, cstn_error **error)
{
	static const char *const names[N_COLUMNS] = {"verdict", "pattern", "reason", "provisional",
			"first_failed", "cause", "owner"};
	struct context *context = cstn__alloc_zero(allocator, sizeof(*context));
	cstn_status status;

	if (!context)
		return cstn__fail_nomem(error);
	context->allocator = *allocator;
	status = cstn__judge_init(&context->judge, policy, as_of_us, data, allocator, error);
	if (status != CSTN_OK) {
		cstn__free(allocator, context, sizeof(*context));
		return status;
	}
	cstn__arena_init(&context->arena, allocator);
	cstn__interner_init(&context->causes.interner, allocator, 71);
	cstn__bytes_init(&context->causes.bytes, allocator);
	cstn_service_policy_digest(policy, context->kind.digest);
	context->kind.columns = kept_columns;
	context->kind.n_columns = N_KEPT;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		int is_flag = i == OUT_PROVISIONAL;

		context->columns[i] = (cstn__out_column){.name = names[i],
				.type = is_flag ? CSTN_TYPE_FLAG : CSTN_TYPE_TEXT,
				.nullable = i != OUT_VERDICT && !is_flag,
				.dictionary = dictionary && !is_flag};
	}
	status = names_make(context, OUT_VERDICT, verdict_name, 4, error);
	if (status == CSTN_OK)
		status = names_make(context, OUT_PATTERN, pattern_name, 16, error);
	if (status == CSTN_OK)
		status = names_make(
				context, OUT_REASON, cstn_reason_name, CSTN_REASON_COUNT, error);
	if (status == CSTN_OK)
		status = names_make(context, OUT_FAILED, component_name, 4, error);
	if (status == CSTN_OK)
		status = names_make(
				context, OUT_OWNER, owner_name, CSTN_OWNER_OWN_OFFICE + 1, error);
	if (status != CSTN_OK) {
		context_free(context);
		return status;
	}
	*out = context;
	return CSTN_OK;
}

static cstn_status make_room(struct context *context, uint64_t rows, cstn_error **error)
{
	const cstn_allocator *allocator = &context->allocator;
	size_t capacity = (size_t)rows;
	int failed = 0;

	texts_clear(&context->causes, allocator);
	for (size_t i = 0; rows <= context->capacity && context->capacity && i < N_COLUMNS; i++)
		memset(context->valid[i], 0, (context->capacity / 64 + 1) * 8);
	if (rows <= context->capacity)
		return CSTN_OK;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		cstn__free(allocator, context->numbers[i], context->capacity * sizeof(int64_t));
		cstn__free(allocator, context->valid[i], (context->capacity / 64 + 1) * 8);
		context->numbers[i] = NULL;
		context->valid[i] = NULL;
	}
	context->capacity = capacity;
	for (size_t i = 0; i < N_COLUMNS; i++) {
		context->numbers[i] = cstn__alloc_zero(allocator, capacity * sizeof(int64_t));
		context->valid[i] = cstn__alloc_zero(allocator, (capacity / 64 + 1) * 8);
		failed |= !context->numbers[i] || !context->valid[i];
	}
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

static void set(struct context *context, size_t column, uint64_t row, int valid, int64_t number)
{
	uint64_t bit = UINT64_C(1) << row % 64, *word = &context->valid[column][row / 64];

	context->numbers[column][row] = valid ? number : 0;
	*word = valid ? *word | bit : *word & ~bit;
}

/* --- what is kept --- */

/* 0 if the row must be judged. */
static int fact_kept(const struct context *context, const cstn__values *kept, uint64_t row,
		cstn__order_fact *out)
{
	int64_t code = kept[KEPT_CODE].numbers[row], marks = kept[KEPT_MARKS].numbers[row];
	int64_t as_of = kept[KEPT_AS_OF].numbers[row];
	int64_t failed = marks >> MARK_FAILED_AT & 7, owner = marks >> MARK_OWNER_AT;

	if (kept[KEPT_VERSION].numbers[row] != VERSION || code < 0 || code >= CSTN__ORDER_CODES ||
			failed > 4 || owner < 0 || owner > CSTN_OWNER_OWN_OFFICE)
		return 0;
	if (as_of != context->judge.as_of_us &&
			(kept[KEPT_OPEN].numbers[row] || as_of > context->judge.as_of_us))
		return 0;
	memset(out, 0, sizeof(*out));
	out->code = (uint8_t)code;
	out->provisional = marks & MARK_PROVISIONAL;
	out->failed = (uint8_t)failed;
	out->owner = (uint8_t)owner;
	out->settled = !kept[KEPT_OPEN].numbers[row];
	if (cstn__values_is_valid(&kept[KEPT_CAUSE], row))
		out->cause = cstn__values_text(&kept[KEPT_CAUSE], row, &out->cause_len);
	return 1;
}

/* The least and greatest of the columns say whether any row would have to be judged again. */
static int is_current(void *of, const int64_t *least, const int64_t *greatest)
{
	const struct context *context = of;

	if (least[KEPT_VERSION] != VERSION || greatest[KEPT_VERSION] != VERSION)
		return 0;
	if (least[KEPT_AS_OF] == greatest[KEPT_AS_OF] &&
			least[KEPT_AS_OF] >= context->judge.as_of_us)
		return 1;
	return greatest[KEPT_OPEN] == 0 && greatest[KEPT_AS_OF] <= context->judge.as_of_us;
}

static cstn_status keep_chunk(
		void *of, const cstn__scan_chunk *chunk, cstn__values *out, cstn_error **error)
{
	struct context *context = of;
	uint32_t at[CSTN__ORDER_NEEDS_MAX];
	cstn_status status = make_room(context, chunk->rows, error);

	for (uint32_t i = 0; i < cstn__order_n_needs; i++)
		at[i] = i;
	for (uint64_t row = 0; status == CSTN_OK && row < chunk->rows; row++) {
		cstn__order_fact fact;
		uint32_t cause = 0;

		cstn__order_fact_judge(&context->judge, chunk, at, row, &fact);
		if (fact.cause)
			cause = texts_put(&context->causes, &context->allocator, fact.cause,
					fact.cause_len);
		if (cause == UINT32_MAX)
			return cstn__fail_nomem(error);
		set(context, KEPT_CODE, row, 1, fact.code);
		set(context, KEPT_MARKS, row, 1,
				fact.provisional | fact.failed << MARK_FAILED_AT |
						fact.owner << MARK_OWNER_AT);
		set(context, KEPT_OPEN, row, 1, !fact.settled);
		set(context, KEPT_AS_OF, row, 1, context->judge.as_of_us);
		set(context, KEPT_VERSION, row, 1, VERSION);
		set(context, KEPT_CAUSE, row, fact.cause != NULL, cause);
	}
	if (status == CSTN_OK)
		status = texts_end(&context->causes, &context->allocator, error);
	for (size_t i = 0; i < N_KEPT; i++)
		out[i] = (cstn__values){.rows = chunk->rows, .numbers = context->numbers[i]};
	out[KEPT_CAUSE].validity = context->valid[KEPT_CAUSE];
	out[KEPT_CAUSE].dictionary = &context->causes.values;
	return status;
}

/* --- the scan --- */

static int is_wanted(const struct context *context, const cstn__order_fact *fact, int32_t verdict)
{
	if (context->verdicts && !(context->verdicts >> verdict & 1))
		return 0;
	return !context->components ||
	       (fact->code < CSTN__ORDER_PENDING && fact->code & context->components);
}

/* The row of a fact; 0 if it is out of memory. */
static int put_fact(struct context *context, const cstn__order_fact *fact, int32_t verdict,
		uint64_t row)
{
	int counted = fact->code < CSTN__ORDER_PENDING;
	int excluded = fact->code >= CSTN__ORDER_EXCLUDED;
	uint32_t cause = 0;

	if (fact->cause)
		cause = texts_put(&context->causes, &context->allocator, fact->cause,
				fact->cause_len);
	set(context, OUT_VERDICT, row, 1, verdict);
	set(context, OUT_PATTERN, row, counted, fact->code);
	set(context, OUT_REASON, row, excluded, excluded ? fact->code - CSTN__ORDER_EXCLUDED : 0);
	set(context, OUT_PROVISIONAL, row, 1, fact->provisional);
	set(context, OUT_FAILED, row, fact->failed < 4, fact->failed);
	set(context, OUT_CAUSE, row, fact->cause != NULL, cause);
	set(context, OUT_OWNER, row, fact->owner != CSTN_OWNER_UNKNOWN, fact->owner);
	return cause != UINT32_MAX;
}

static cstn_status fill(void *of, cstn__scan *scan, const cstn__scan_chunk *chunk,
		const uint32_t *at, uint32_t *rows, size_t *n_rows, cstn__values *out,
		cstn_error **error)
{
	struct context *context = of;
	int loaded = 0;
	size_t left = 0;
	cstn_status status = make_room(context, chunk->rows, error);

	for (size_t i = 0; status == CSTN_OK && i < *n_rows; i++) {
		cstn__order_fact fact;
		int32_t verdict;

		if (!chunk->derived || !fact_kept(context, chunk->derived, rows[i], &fact)) {
			if (!loaded)
				status = cstn__scan_load_late(scan, error);
			if (status != CSTN_OK)
				return status;
			loaded = 1;
			cstn__order_fact_judge(&context->judge, chunk, at, rows[i], &fact);
		}
		verdict = fact.code == 0                     ? 0
			  : fact.code < CSTN__ORDER_PENDING  ? 1
			  : fact.code == CSTN__ORDER_PENDING ? 2
							     : 3;
		if (!is_wanted(context, &fact, verdict))
			continue;
		if (!put_fact(context, &fact, verdict, rows[i]))
			return cstn__fail_nomem(error);
		rows[left++] = rows[i];
	}
	if (status == CSTN_OK)
		status = texts_end(&context->causes, &context->allocator, error);
	if (status != CSTN_OK)
		return status;
	*n_rows = left;
	for (size_t i = 0; i < N_COLUMNS; i++)
		out[i] = (cstn__values){.rows = chunk->rows,
				.numbers = context->numbers[i],
				.validity = context->columns[i].nullable ? context->valid[i] : NULL,
				.dictionary = i == OUT_PROVISIONAL ? NULL
					      : i == OUT_CAUSE     ? &context->causes.values
								   : &context->names[i]};
	return CSTN_OK;
}

static int may_keep(const cstn__judge *judge)
{
	return judge->rules->zone != CSTN__ZONE_SHIP_TO;
}

cstn_status cstn_snapshot_scan_order_verdicts(cstn_snapshot *snapshot,
		const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_order_verdict_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn__scan_extension extension = {.n_columns = N_COLUMNS,
			.needs = cstn__order_needs,
			.n_needs = cstn__order_n_needs,
			.fill = fill,
			.free_context = context_free};
	cstn_scan_options scan = CSTN_SCAN_OPTIONS_INIT;
	cstn_order_verdict_options own;
	struct context *context;
	cstn_status status;

	if (!snapshot || !policy || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!snapshot ? "snapshot"
				: !policy ? "policy"
					  : "out");
	status = cstn__options_read(options, sizeof(own), sizeof(own), 0,
			"cstn_order_verdict_options", &own, error);
	if (status == CSTN_OK && (own.verdicts > 15 || own.components > 15))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s is %u, which has unknown bits",
				own.verdicts > 15 ? "verdicts" : "components",
				own.verdicts > 15 ? own.verdicts : own.components);
	if (status == CSTN_OK && own.scan)
		status = cstn__options_read(own.scan, sizeof(scan), sizeof(scan), UINT32_MAX,
				"cstn_scan_options", &scan, error);
	if (status == CSTN_OK && scan.flags & CSTN_SCAN_AS_OF)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the scan has an as-of time of its own; it is that of the call");
	if (status == CSTN_OK)
		status = context_new(policy, as_of_us, own.policy_data, &snapshot->allocator,
				(scan.flags & CSTN_SCAN_DICTIONARY) != 0, &context, error);
	if (status != CSTN_OK)
		return status;
	scan.flags |= CSTN_SCAN_AS_OF;
	scan.as_of_us = as_of_us;
	context->verdicts = own.verdicts;
	context->components = own.components;
	extension.columns = context->columns;
	extension.context = context;
	extension.derived = may_keep(&context->judge) ? &context->kind : NULL;
	return cstn__snapshot_scan_with(snapshot, CSTN__NOUN_ORDER, &scan, &extension, out, error);
}

cstn_status cstn_network_keep_order_verdicts(cstn_network *network,
		const cstn_service_policy *policy, int64_t as_of_us,
		const cstn_keep_verdicts_options *options, cstn_keep_verdicts_counts *counts,
		cstn_error **error)
{
	cstn__derivation derivation = {.table = CSTN__NOUN_ORDER,
			.needs = cstn__order_needs,
			.n_needs = cstn__order_n_needs,
			.is_current = is_current,
			.compute = keep_chunk};
	cstn_keep_verdicts_counts full = CSTN_KEEP_VERDICTS_COUNTS_INIT;
	cstn__derived_counts counted = {0, 0, 0};
	cstn_keep_verdicts_options own;
	struct context *context;
	cstn_status status = cstn__network_check(network, error);

	if (status == CSTN_OK && !policy)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "policy is NULL");
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(own), sizeof(own), 0,
				"cstn_keep_verdicts_options", &own, error);
	if (status == CSTN_OK)
		status = context_new(policy, as_of_us, own.policy_data, &network->allocator, 0,
				&context, error);
	if (status != CSTN_OK)
		return status;
	derivation.kind = &context->kind;
	derivation.context = context;
	derivation.most_digests = own.most_policies;
	derivation.progress = own.progress;
	if (may_keep(&context->judge))
		status = cstn__store_derive(network->store, &derivation, &counted, error);
	else
		status = cstn__fail(error, CSTN_E_UNSUPPORTED,
				"under zone=ship_to verdicts are not kept: the policy's digest "
				"does not tell the zone rules");
	context_free(context);
	full.written = counted.written;
	full.kept = counted.kept;
	full.dropped = counted.dropped;
	if (status != CSTN_OK || !counts)
		return status;
	return cstn__output_write(&full, sizeof(full), sizeof(full), "cstn_keep_verdicts_counts",
			counts, error);
}
