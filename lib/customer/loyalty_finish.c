/* Judging all customers of a state as of an instant, and counting them by segment and stage.
 *
 * Customers are independent: morsels of them run on threads, each writes its own places, and groups
 * are counted after in the order of customers, so the result depends neither on the order of rows
 * nor on the number of threads. Cost: O(rows). */
#include <inttypes.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "customer/loyalty_verdict.h"

#define CUSTOMERS_A_MORSEL 4096
#define DAYS_MAX 1000000
#define SEED UINT64_C(0x76657264)

static const char *const parts[CSTN__LOYALTY_PARTS] = {
		"happy", "loyal", "habitual", "pays", "tells", "intends"};

const char *cstn__loyalty_part_name(int part)
{
	return parts[part];
}

const char *cstn__loyalty_verdict_name(int verdict)
{
	static const char *const names[] = {"unknown", "no", "yes"};

	return names[verdict];
}

/* --- options ---------------------------------------------------------------------------------- */

/* A number of the options, or its default for 0. */
static cstn_status read_number(const char *name, int32_t given, int32_t usual, int32_t most,
		int32_t *out, cstn_error **error)
{
	if (given < 0 || given > most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s is %d; 0 .. %d expected, 0 for %d", name, given, most, usual);
	*out = given ? given : usual;
	return CSTN_OK;
}

static cstn_status read_instant(const char *name, int64_t us, cstn_error **error)
{
	if (us >= -CSTN__LOYALTY_INSTANT_MAX && us <= CSTN__LOYALTY_INSTANT_MAX)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"%s is %" PRId64 "; at most 2^62 either way expected", name, us);
}

static cstn_status read_rules(
		const cstn_loyalty_options *given, cstn__loyalty_rules *out, cstn_error **error)
{
	int32_t orders = 0, prices = 0, expiry = 0, price_slack = 0, quantity_slack = 0;
	int32_t answers = 0, threads = 0;
	cstn_loyalty_options read;
	cstn_status status;

	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"options is NULL; an as-of time is needed");
	status = cstn__options_read(
			given, sizeof(read), sizeof(read), 0, "cstn_loyalty_options", &read, error);
#define READ(name, usual, most, to) \
	if (status == CSTN_OK)      \
	status = read_number(#name, read.name, usual, most, to, error)
	READ(order_window_days, 365, DAYS_MAX, &orders);
	READ(price_window_days, 365, DAYS_MAX, &prices);
	READ(expiry_days, 365, DAYS_MAX, &expiry);
	READ(min_items, 3, INT32_MAX, &out->min_items);
	READ(min_occasions, 3, CSTN__LOYALTY_OCCASIONS_MAX, &out->min_occasions);
	READ(price_slack_ppm, 5000, 999999, &price_slack);
	READ(quantity_slack_ppm, 100000, 999999, &quantity_slack);
	READ(confidence_ppm, 950000, 999999, &out->confidence_ppm);
	READ(answers, 0, CSTN_LOYALTY_ANSWERS_ALL, &answers);
	READ(threads, 0, INT32_MAX, &threads);
#undef READ
	if (status == CSTN_OK)
		status = read_instant("as_of_us", read.as_of_us, error);
	if (status == CSTN_OK)
		status = read_instant("price_split_us", read.price_split_us, error);
	if (status != CSTN_OK)
		return status;
	out->as_of_us = read.as_of_us;
	out->orders_from_us = read.as_of_us - orders * CSTN_DAY_US;
	out->price_us = prices * CSTN_DAY_US;
	out->split_us = read.price_split_us ? read.price_split_us : read.as_of_us - out->price_us;
	out->expiry_us = expiry * CSTN_DAY_US;
	out->price_least = (double)(1000000 - price_slack) / 1e6;
	out->quantity_least = (double)(1000000 - quantity_slack) / 1e6;
	out->answers = answers;
	out->threads = threads;
	out->progress = read.progress;
	return CSTN_OK;
}

/* --- customers -------------------------------------------------------------------------------- */

typedef struct finishing {
	const cstn_loyalty *state;
	const cstn__loyalty_index *index;
	cstn_loyalty_verdicts *verdicts;
	cstn__loyalty_judge *judges; /* one a thread */
	int32_t n_judges;
	int32_t reserved;
} finishing;

static cstn_status judge_morsel(void *context, size_t morsel, int32_t worker)
{
	finishing *run = context;
	const cstn__loyalty_index *index = run->index;
	size_t i = morsel * CUSTOMERS_A_MORSEL, end = i + CUSTOMERS_A_MORSEL;

	end = end < index->n ? end : index->n;
	cstn__progress_add(run->verdicts->rules.progress, end - i);
	for (; i < end; i++) {
		cstn__loyalty_verdict *out = &run->verdicts->items[i];
		const cstn__loyalty_attributes *who =
				&run->state->attributes.items[index->order[i]];
		cstn__loyalty_rows rows = {NULL, index->evidence_at[i + 1] - index->evidence_at[i],
				NULL, index->purchase_at[i + 1] - index->purchase_at[i]};

		if (rows.n_evidence)
			rows.evidence = &run->state->evidence.items[index->evidence_at[i]];
		if (rows.n_purchases)
			rows.purchases = &run->state->purchases.items[index->purchase_at[i]];
		out->segment = who->segment;
		out->stage = who->stage;
		out->margin = who->margin;
		if (cstn__loyalty_decide(&run->judges[worker], &rows, out) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

static cstn_status judge_all(finishing *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->verdicts->allocator;
	size_t morsels = (run->index->n + CUSTOMERS_A_MORSEL - 1) / CUSTOMERS_A_MORSEL;
	int32_t n = cstn__threads_resolve(run->verdicts->rules.threads, morsels ? morsels : 1), i;
	cstn_status status;

	run->judges = cstn__alloc_zero(allocator, (size_t)n * sizeof(*run->judges));
	if (!run->judges)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		run->judges[i].rules = &run->verdicts->rules;
		run->judges[i].allocator = allocator;
	}
	status = cstn__parallel_for(morsels, n, run->verdicts->rules.progress, judge_morsel, run);
	for (i = 0; i < n; i++)
		cstn__array_free(allocator, &run->judges[i].days);
	cstn__free(allocator, run->judges, (size_t)n * sizeof(*run->judges));
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	return status == CSTN_OK ? status : cstn__fail_nomem(error);
}

/* Ids and labels of the verdicts' own. */
static int copy_names(finishing *run)
{
	const cstn__ids *ids = &run->state->customers;
	cstn_loyalty_verdicts *out = run->verdicts;
	size_t i;

	for (i = 0; i < run->state->labels.count; i++)
		if (cstn__intern(&out->labels, run->state->labels.items[i].text,
				    run->state->labels.items[i].len) == UINT32_MAX)
			return -1;
	for (i = 0; i < out->n; i++) {
		uint32_t number = run->index->order[i];
		cstn__loyalty_verdict *item = &out->items[i];
		const char *kept;

		if (ids->type != CSTN_TYPE_TEXT) {
			item->id = cstn__ids_number(ids, number);
			continue;
		}
		kept = cstn__arena_copy(&out->texts, ids->texts.items[number].text,
				ids->texts.items[number].len);
		if (!kept)
			return -1;
		item->id = (int64_t)(intptr_t)kept;
		item->id_len = ids->texts.items[number].len;
	}
	return 0;
}

/* --- groups ----------------------------------------------------------------------------------- */

int cstn__loyalty_label_order(const cstn__interner *labels, uint32_t a, uint32_t b)
{
	if (a == b)
		return 0;
	if (a == 0 || b == 0)
		return a == 0 ? 1 : -1;
	return cstn__loyalty_label_wins(labels, a, 0, b, 0) ? 1 : -1;
}

static int order_groups(const void *left, const void *right, void *context)
{
	const cstn__loyalty_group *const *a = left, *const *b = right;
	const cstn__interner *labels = context;
	int order = cstn__loyalty_label_order(labels, (*a)->segment, (*b)->segment);

	return order ? order : cstn__loyalty_label_order(labels, (*a)->stage, (*b)->stage);
}

static void count_customer(cstn__loyalty_group *group, const cstn__loyalty_verdict *item)
{
	int happy = item->verdicts[CSTN__PART_HAPPY], loyal = item->verdicts[CSTN__PART_LOYAL], i;

	for (i = 0; i < CSTN_NET_PROMOTER_ANSWERS; i++)
		group->answers[i] += item->answers[i];
	if (!item->ordered)
		return;
	group->customers++;
	group->cells[happy][loyal]++;
	for (i = 0; i < CSTN__LOYALTY_PARTS; i++) {
		group->counts[i][item->verdicts[i]]++;
		if (item->margin > 0)
			group->margins[i][item->verdicts[i]] += item->margin;
	}
	if (item->margin >= 0) {
		group->cell_margins[happy][loyal] += item->margin;
	} else {
		group->cell_negative[happy][loyal]++;
		group->cell_negative_margin[happy][loyal] += item->margin;
	}
}

/* A group a segment and stage, in the order they are met. */
static int count_groups(cstn_loyalty_verdicts *out, cstn__i64_map *place)
{
	CSTN__ARRAY(cstn__loyalty_group) groups = {NULL, 0, 0};
	size_t i;
	int failed = 0;

	for (i = 0; i < out->n && !failed; i++) {
		const cstn__loyalty_verdict *item = &out->items[i];
		uint32_t fresh = (uint32_t)groups.count, at;

		failed = cstn__array_reserve(&out->allocator, &groups, 1);
		at = failed ? UINT32_MAX
			    : cstn__i64_map_intern(place,
					      (int64_t)((uint64_t)item->segment << 32 |
							      item->stage),
					      fresh);
		if (at == UINT32_MAX) {
			failed = 1;
			break;
		}
		if (at == fresh) {
			memset(&groups.items[groups.count], 0, sizeof(*groups.items));
			groups.items[groups.count].segment = item->segment;
			groups.items[groups.count++].stage = item->stage;
		}
		count_customer(&groups.items[at], item);
	}
	out->groups = groups.items;
	out->n_groups = groups.count;
	out->groups_capacity = groups.capacity;
	return failed;
}

/* Groups in the order of their labels: sorted by their addresses, as they are large. */
static int sort_groups(cstn_loyalty_verdicts *out)
{
	size_t n = out->n_groups, size = cstn__array_size(n + 1, sizeof(void *)), i;
	const cstn__loyalty_group **order = cstn__alloc(&out->allocator, size);
	cstn__loyalty_group *sorted =
			cstn__alloc(&out->allocator, cstn__array_size(n, sizeof(*sorted)));

	for (i = 0; order && i < n; i++)
		order[i] = &out->groups[i];
	if (order && sorted) {
		cstn__sort(order, n, sizeof(*order), order_groups, &out->labels);
		for (i = 0; i < n; i++)
			sorted[i] = *order[i];
		cstn__free(&out->allocator, out->groups,
				out->groups_capacity * sizeof(*out->groups));
		out->groups = sorted;
		out->groups_capacity = n;
	}
	cstn__free(&out->allocator, order, size);
	if (out->groups == sorted)
		return 0;
	cstn__free(&out->allocator, sorted, cstn__array_size(n, sizeof(*sorted)));
	return -1;
}

static cstn_status group_all(cstn_loyalty_verdicts *out, cstn_error **error)
{
	cstn__i64_map place;
	int failed;

	cstn__i64_map_init(&place, &out->allocator, SEED);
	failed = count_groups(out, &place);
	cstn__i64_map_free(&place);
	if (!failed && out->n_groups)
		failed = sort_groups(out);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status finish(finishing *run, cstn_error **error)
{
	cstn_loyalty_verdicts *out = run->verdicts;
	cstn_status status;

	out->items = cstn__alloc_zero(
			&out->allocator, cstn__array_size(run->index->n + 1, sizeof(*out->items)));
	if (!out->items)
		return cstn__fail_nomem(error);
	out->n = run->index->n;
	status = judge_all(run, error);
	if (status == CSTN_OK && copy_names(run))
		status = cstn__fail_nomem(error);
	return status == CSTN_OK ? group_all(out, error) : status;
}

cstn_status cstn_loyalty_finish(cstn_loyalty *state, const cstn_loyalty_options *options,
		cstn_loyalty_verdicts **out, cstn_error **error)
{
	cstn__loyalty_index index;
	cstn__loyalty_rules rules;
	finishing run;
	cstn_status status;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				state ? "out" : "state");
	memset(&rules, 0, sizeof(rules));
	status = read_rules(options, &rules, error);
	if (status != CSTN_OK)
		return status;
	memset(&run, 0, sizeof(run));
	run.verdicts = cstn__alloc_zero(&state->allocator, sizeof(*run.verdicts));
	if (!run.verdicts)
		return cstn__fail_nomem(error);
	run.verdicts->allocator = state->allocator;
	run.verdicts->customer_is_text = state->customers.type == CSTN_TYPE_TEXT;
	run.verdicts->rules = rules;
	cstn__arena_init(&run.verdicts->texts, &state->allocator);
	cstn__interner_init(&run.verdicts->labels, &state->allocator, SEED);
	run.state = state;
	run.index = &index;
	status = cstn__loyalty_index_new(state, &index, error);
	if (status == CSTN_OK) {
		status = finish(&run, error);
		cstn__loyalty_index_free(&index);
	}
	if (status == CSTN_OK)
		*out = run.verdicts;
	else
		cstn_loyalty_verdicts_free(run.verdicts);
	return status;
}

void cstn_loyalty_verdicts_free(cstn_loyalty_verdicts *verdicts)
{
	cstn_allocator own;

	if (!verdicts)
		return;
	own = verdicts->allocator;
	cstn__arena_free(&verdicts->texts);
	cstn__interner_free(&verdicts->labels);
	cstn__free(&own, verdicts->items, (verdicts->n + 1) * sizeof(*verdicts->items));
	cstn__free(&own, verdicts->groups, verdicts->groups_capacity * sizeof(*verdicts->groups));
	cstn__free(&own, verdicts, sizeof(*verdicts));
}
