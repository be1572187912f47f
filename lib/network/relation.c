/* Relations: what two companies are to each other, here and elsewhere.
 *
 * Each side declares what the other is, inside one constellation and for a time. Effective is
 * COMPETITOR if either says so, PARTNER if both do, NEUTRAL if both have declared and neither case
 * holds, else UNDECLARED. A dual pair is PARTNER in one constellation and COMPETITOR in another.
 *
 * Cost: two look-ups for a pair; all relations, sorted, for the dual pairs. */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "network/network.h"
#include "table/export.h"

/* What one side declared; nothing is UNDECLARED. */
static int32_t declared(const char *text, size_t len)
{
	for (int32_t i = CSTN_RELATION_PARTNER; i <= CSTN_RELATION_COMPETITOR; i++)
		if (strlen(cstn_relation_name(i)) == len &&
				memcmp(cstn_relation_name(i), text, len) == 0)
			return i;
	return CSTN_RELATION_UNDECLARED;
}

int32_t cstn__relation_effective(int32_t a, int32_t b)
{
	if (a == CSTN_RELATION_COMPETITOR || b == CSTN_RELATION_COMPETITOR)
		return CSTN_RELATION_COMPETITOR;
	if (a == CSTN_RELATION_UNDECLARED || b == CSTN_RELATION_UNDECLARED)
		return CSTN_RELATION_UNDECLARED;
	return a == CSTN_RELATION_PARTNER && b == CSTN_RELATION_PARTNER ? CSTN_RELATION_PARTNER
									: CSTN_RELATION_NEUTRAL;
}

const char *cstn_relation_name(int32_t relation)
{
	static const char *const names[] = {"undeclared", "partner", "neutral", "competitor"};

	return relation >= 0 && relation <= CSTN_RELATION_COMPETITOR ? names[relation] : "";
}

/* The columns of a relation that are read here. */
enum { DECLARER, OTHER, CONSTELLATION, RELATION, FROM, UNTIL, N_COLUMNS };
static const uint32_t columns[N_COLUMNS] = {CSTN__COLUMN_FIRST + CSTN__RELATION_DECLARER_ID,
		CSTN__COLUMN_FIRST + CSTN__RELATION_OTHER_ID,
		CSTN__COLUMN_FIRST + CSTN__RELATION_CONSTELLATION_ID,
		CSTN__COLUMN_FIRST + CSTN__RELATION_RELATION,
		CSTN__COLUMN_FIRST + CSTN__RELATION_FROM,
		CSTN__COLUMN_FIRST + CSTN__RELATION_UNTIL};

/* What a row declares at an instant. */
static int32_t declared_at(const cstn__values *values, uint64_t row, int64_t now_us)
{
	const uint8_t *text;
	size_t len;

	if (cstn__values_is_valid(&values[FROM], row) && now_us < values[FROM].numbers[row])
		return CSTN_RELATION_UNDECLARED;
	if (cstn__values_is_valid(&values[UNTIL], row) && now_us >= values[UNTIL].numbers[row])
		return CSTN_RELATION_UNDECLARED;
	text = cstn__values_text(&values[RELATION], row, &len);
	return declared((const char *)text, len);
}

/* --- one pair --------------------------------------------------------------------------------- */

static cstn_status one_side(cstn__snapshot *snapshot, const char *const key[3], int64_t now_us,
		int32_t *out, cstn_error **error)
{
	cstn__scan_options options = {
			.columns = columns, .n_columns = N_COLUMNS, .as_of_us = INT64_MAX};
	cstn__found_room room;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	int found;
	cstn__key own;
	cstn_status status =
			cstn__key_read(cstn__noun_get(CSTN__NOUN_RELATION), key, 3, &own, error);

	if (status != CSTN_OK)
		return status;
	*out = CSTN_RELATION_UNDECLARED;
	status = cstn__find_row(snapshot, &own, &options, &room, &scan, &chunk, &found, error);
	if (status != CSTN_OK || !found)
		return status;
	*out = declared_at(chunk.columns, 0, now_us);
	cstn__scan_free(scan);
	return CSTN_OK;
}

cstn_status cstn_snapshot_relation(cstn_snapshot *snapshot, const char *a, const char *b,
		const char *constellation, int64_t now_us, int32_t *out, cstn_error **error)
{
	const char *const there[3] = {a, b, constellation}, *const back[3] = {b, a, constellation};
	int32_t of_a = 0, of_b = 0;
	cstn_status status;

	if (!snapshot || !a || !b || !constellation || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!snapshot        ? "snapshot"
				: !a || !b       ? "a partner"
				: !constellation ? "constellation"
						 : "out");
	if (strcmp(a, b) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%.64s' has no relation to itself", a);
	status = one_side(snapshot->inner, there, now_us, &of_a, error);
	if (status == CSTN_OK)
		status = one_side(snapshot->inner, back, now_us, &of_b, error);
	if (status == CSTN_OK)
		*out = cstn__relation_effective(of_a, of_b);
	return status;
}

/* --- dual pairs ------------------------------------------------------------------------------- */

/* Both sides of a pair in one constellation; a < b. */
typedef struct pair {
	const char *a, *b, *constellation; /* NUL-terminated */
	int32_t of_a, of_b;
} pair;

typedef struct pairs {
	const cstn_allocator *allocator;
	CSTN__ARRAY(pair) list;
	cstn__arena texts;
} pairs;

static const char *copy_text(pairs *at, const cstn__values *values, uint64_t row)
{
	size_t len;
	const uint8_t *text = cstn__values_text(values, row, &len);

	return cstn__arena_copy(&at->texts, text, len);
}

static cstn_status add_pair(pairs *at, const cstn__values *values, uint64_t row, int64_t now_us,
		cstn_error **error)
{
	int32_t relation = declared_at(values, row, now_us);
	pair one = {NULL, NULL, NULL, 0, 0};
	const char *declarer, *other;

	if (relation == CSTN_RELATION_UNDECLARED)
		return CSTN_OK;
	declarer = copy_text(at, &values[DECLARER], row);
	other = copy_text(at, &values[OTHER], row);
	one.constellation = copy_text(at, &values[CONSTELLATION], row);
	if (!declarer || !other || !one.constellation ||
			cstn__array_reserve(at->allocator, &at->list, 1))
		return cstn__fail_nomem(error);
	if (strcmp(declarer, other) < 0) {
		one.a = declarer;
		one.b = other;
		one.of_a = relation;
	} else {
		one.a = other;
		one.b = declarer;
		one.of_b = relation;
	}
	at->list.items[at->list.count++] = one;
	return CSTN_OK;
}

/* Relations of which these texts are equal. */
static cstn_status read_pairs(pairs *at, cstn__snapshot *snapshot, const cstn__scan_text *texts,
		size_t n_texts, int64_t now_us, cstn_error **error)
{
	cstn__scan_options options = {.columns = columns,
			.n_columns = N_COLUMNS,
			.texts = texts,
			.n_texts = n_texts,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status = cstn__scan_new(snapshot, CSTN__NOUN_RELATION, &options, &scan, error);

	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t row = 0; row < chunk.rows && status == CSTN_OK; row++)
			if (chunk.visible[row / 64] >> row % 64 & 1)
				status = add_pair(at, chunk.columns, row, now_us, error);
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

static int compare_pairs(const void *left, const void *right, void *context)
{
	const pair *x = left, *y = right;
	int order = strcmp(x->a, y->a);

	(void)context;
	if (!order)
		order = strcmp(x->b, y->b);
	if (!order)
		order = strcmp(x->constellation, y->constellation);
	return order ? order : (x->of_a > y->of_a) - (x->of_a < y->of_a);
}

/* The two declarations of a pair in one constellation become one entry. */
static void join_sides(pairs *at)
{
	size_t n = 0;

	if (at->list.count)
		cstn__sort(at->list.items, at->list.count, sizeof(pair), compare_pairs, NULL);
	for (size_t i = 0; i < at->list.count; i++) {
		pair *one = &at->list.items[i];
		pair *last = n ? &at->list.items[n - 1] : NULL;

		if (last && strcmp(last->a, one->a) == 0 && strcmp(last->b, one->b) == 0 &&
				strcmp(last->constellation, one->constellation) == 0) {
			last->of_a = last->of_a ? last->of_a : one->of_a;
			last->of_b = last->of_b ? last->of_b : one->of_b;
		} else {
			at->list.items[n++] = *one;
		}
	}
	at->list.count = n;
}

static int same_pair(const pair *x, const pair *y)
{
	return strcmp(x->a, y->a) == 0 && strcmp(x->b, y->b) == 0;
}

static void put_duals(cstn__table_builder *table, const pair *first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (cstn__relation_effective(first[i].of_a, first[i].of_b) ==
							CSTN_RELATION_PARTNER &&
					cstn__relation_effective(first[k].of_a, first[k].of_b) ==
							CSTN_RELATION_COMPETITOR) {
				const char *texts[4] = {first->a, first->b, first[i].constellation,
						first[k].constellation};

				for (int32_t c = 0; c < 4; c++)
					cstn__table_put_text(table, c, texts[c], strlen(texts[c]));
			}
}

static cstn_status export_duals(pairs *at, struct ArrowArrayStream *out, cstn_error **error)
{
	static const char *const names[4] = {"a", "b", "partner_in", "competitor_in"};
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(at->allocator, &table, error);
	size_t n;

	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < 4; i++)
		cstn__table_add_column(table, names[i], CSTN_TYPE_TEXT, 0, 0);
	for (size_t i = 0; i < at->list.count; i += n) {
		for (n = 1; i + n < at->list.count &&
				same_pair(&at->list.items[i], &at->list.items[i + n]);)
			n++;
		put_duals(table, &at->list.items[i], n);
	}
	return cstn__table_export(table, out, error);
}

cstn_status cstn__relation_is_dual_pair(cstn__snapshot *snapshot, const char *a, const char *b,
		int64_t now_us, const cstn_allocator *allocator, int *out, cstn_error **error)
{
	const cstn__scan_text there[2] = {{columns[DECLARER], a, strlen(a)},
			{columns[OTHER], b, strlen(b)}},
			      back[2] = {{columns[DECLARER], b, strlen(b)},
					      {columns[OTHER], a, strlen(a)}};
	pairs at = {.allocator = allocator, .list = {NULL, 0, 0}};
	cstn_status status;
	unsigned is = 0;

	cstn__arena_init(&at.texts, allocator);
	status = read_pairs(&at, snapshot, there, 2, now_us, error);
	if (status == CSTN_OK)
		status = read_pairs(&at, snapshot, back, 2, now_us, error);
	join_sides(&at);
	for (size_t i = 0; i < at.list.count; i++)
		is |= 1U << cstn__relation_effective(at.list.items[i].of_a, at.list.items[i].of_b);
	if (status == CSTN_OK)
		*out = is >> CSTN_RELATION_PARTNER & 1 && is >> CSTN_RELATION_COMPETITOR & 1;
	cstn__array_free(allocator, &at.list);
	cstn__arena_free(&at.texts);
	return status;
}

cstn_status cstn_network_scan_dual_pairs(cstn_network *network, int64_t now_us,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_snapshot *snapshot = NULL;
	pairs at = {.list = {NULL, 0, 0}};
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn_network_snapshot(network, &snapshot, error);
	if (status != CSTN_OK)
		return status;
	at.allocator = &snapshot->allocator;
	cstn__arena_init(&at.texts, at.allocator);
	status = read_pairs(&at, snapshot->inner, NULL, 0, now_us, error);
	join_sides(&at);
	if (status == CSTN_OK)
		status = export_duals(&at, out, error);
	cstn__array_free(at.allocator, &at.list);
	cstn__arena_free(&at.texts);
	cstn_snapshot_unref(snapshot);
	return status;
}
