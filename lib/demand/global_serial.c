/* A fitted global ridge as bytes, in the envelope of models. The configuration: season, horizon,
 * origins, year, periods, gap, penalty, signals with their flags, the column of the pool. Then
 * counts, pools in the order of their ids, coefficients, levels, ratios, trees. Read back,
 * everything is checked before anything is used. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/states.h"
#include "demand/global_serial.h"

#define SEASON_MOST 168
#define NAME_MOST 65535

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_MODEL, "global demand model", CSTN__KIND_GLOBAL, 1};

static void put_text(cstn__bytes *out, const char *text)
{
	cstn__bytes_put_u32(out, text ? (uint32_t)strlen(text) : UINT32_MAX);
	if (text)
		cstn__bytes_put(out, text, strlen(text));
}

void cstn__global_put_config(cstn__bytes *out, const cstn_demand_global *model)
{
	const cstn__global_plan *plan = &model->plan;
	size_t i;

	cstn__bytes_put_u32(out, (uint32_t)plan->season);
	cstn__bytes_put_u32(out, (uint32_t)plan->horizon);
	cstn__bytes_put_u32(out, (uint32_t)plan->origins);
	cstn__bytes_put_u32(out, (uint32_t)plan->year);
	cstn__bytes_put_u32(out, (uint32_t)model->periods.period);
	cstn__bytes_put_u32(out, (uint32_t)model->periods.type);
	cstn__bytes_put_u32(out, (uint32_t)model->periods.phase);
	cstn__bytes_put_u32(out, (uint32_t)model->gap);
	cstn__bytes_put_u32(out, (uint32_t)model->key_type);
	cstn__bytes_put_f64(out, model->penalty);
	put_text(out, model->pool);
	cstn__bytes_put_u32(out, (uint32_t)plan->n_signals);
	for (i = 0; i < plan->n_signals; i++) {
		put_text(out, model->signals[i]);
		cstn__bytes_put_u32(out, plan->signals[i]);
	}
}

void cstn__global_put_pools(cstn__bytes *out, const cstn_demand_global *model)
{
	const cstn__ids *pools = &model->pools;
	size_t i;

	cstn__bytes_put_u32(out, (uint32_t)pools->type);
	cstn__bytes_put_u32(out, (uint32_t)pools->count);
	for (i = 0; i < pools->count; i++) {
		if (pools->type == CSTN_TYPE_TEXT) {
			cstn__bytes_put_u32(out, pools->texts.items[i].len);
			cstn__bytes_put(out, pools->texts.items[i].text, pools->texts.items[i].len);
		} else {
			cstn__bytes_put_u64(out, (uint64_t)cstn__ids_number(pools, (uint32_t)i));
		}
	}
}

static void put_trees(const cstn__trees *trees, cstn__bytes *out)
{
	size_t i;

	cstn__bytes_put_u32(out, (uint32_t)trees->roots.count);
	if (!trees->roots.count)
		return;
	cstn__bytes_put_u32(out, (uint32_t)trees->nodes.count);
	cstn__bytes_put_f64(out, trees->base);
	for (i = 0; i < trees->roots.count; i++)
		cstn__bytes_put_u32(out, trees->roots.items[i]);
	for (i = 0; i < trees->nodes.count; i++) {
		cstn__bytes_put_f64(out, trees->nodes.items[i].value);
		cstn__bytes_put_u16(out, trees->nodes.items[i].column);
		cstn__bytes_put_u16(out, trees->nodes.items[i].left);
		cstn__bytes_put_u32(out, trees->nodes.items[i].rows);
	}
}

cstn_status cstn_demand_global_serialize(
		const cstn_demand_global *model, cstn_buffer **out, cstn_error **error)
{
	const cstn__global_plan *plan;
	cstn__bytes bytes;
	size_t config, i;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	plan = &model->plan;
	cstn__bytes_init(&bytes, &model->allocator);
	cstn__global_put_config(&bytes, model);
	config = bytes.size;
	cstn__bytes_put_u64(&bytes, model->series);
	cstn__bytes_put_u64(&bytes, model->rows);
	cstn__bytes_put_u64(&bytes, model->left_out);
	cstn__global_put_pools(&bytes, model);
	for (i = 0; i < plan->columns; i++)
		cstn__bytes_put_f64(&bytes, model->coefficients[i]);
	for (i = 0; i < plan->n_pools; i++)
		cstn__bytes_put_f64(&bytes, model->levels[i]);
	for (i = 0; i < plan->n_pools * plan->season; i++)
		cstn__bytes_put_f64(&bytes, model->ratios[i]);
	put_trees(&model->trees, &bytes);
	return cstn__envelope_close(&envelope, &bytes, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status damaged(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "a global demand model: %s", what);
}

/* What stands before the names. */
typedef struct header {
	uint32_t season, horizon, origins, year;
	cstn__periods periods;
	int32_t gap, key_type;
	double penalty;
} header;

static int read_header(cstn__reader *in, header *out)
{
	const cstn__periods *p = &out->periods;
	int is_number;

	out->season = cstn__read_u32(in);
	out->horizon = cstn__read_u32(in);
	out->origins = cstn__read_u32(in);
	out->year = cstn__read_u32(in);
	out->periods.period = (int32_t)cstn__read_u32(in);
	out->periods.type = (int32_t)cstn__read_u32(in);
	out->periods.phase = (int32_t)cstn__read_u32(in);
	out->gap = (int32_t)cstn__read_u32(in);
	out->key_type = (int32_t)cstn__read_u32(in);
	out->penalty = cstn__read_f64(in);
	is_number = p->type == CSTN_TYPE_INT64;
	if (in->failed || out->season < 1 || out->season > SEASON_MOST || out->horizon < 1 ||
			out->horizon > CSTN_HORIZON_MOST || out->origins < 1 ||
			out->origins > 1024 || out->year < out->horizon || out->year > 100000)
		return -1;
	if (p->period < CSTN_PERIOD_HOUR || p->period > CSTN_PERIOD_NUMBER || p->phase < 0 ||
			p->phase > 6 || is_number != (p->period == CSTN_PERIOD_NUMBER))
		return -1;
	if (!is_number && p->type != CSTN_TYPE_TIME &&
			(p->type != CSTN_TYPE_DAYS || p->period == CSTN_PERIOD_HOUR))
		return -1;
	return out->gap >= CSTN_GAP_ERROR && out->gap <= CSTN_GAP_ZERO && out->penalty > 0 &&
					       out->penalty <= 1e6
			       ? 0
			       : -1;
}

/* A name with a NUL behind in the arena; NULL for none. 0; -1 damaged; -2 out of memory. */
static int read_name(cstn__reader *in, cstn__arena *arena, const char **out)
{
	uint32_t len = cstn__read_u32(in);
	const uint8_t *text;

	*out = NULL;
	if (in->failed || len == UINT32_MAX)
		return in->failed ? -1 : 0;
	if (!len || len > NAME_MOST)
		return -1;
	text = cstn__read_bytes(in, len);
	if (!text || memchr(text, 0, len))
		return -1;
	*out = cstn__arena_copy(arena, text, len);
	return *out ? 0 : -2;
}

static int read_names(cstn__reader *in, cstn__arena *arena, const char **pool,
		cstn_global_signal *signals, size_t *n)
{
	int failed = read_name(in, arena, pool);
	uint32_t count, i, j;

	if (failed)
		return failed;
	count = cstn__read_u32(in);
	if (in->failed || count > CSTN_GLOBAL_SIGNALS_MOST)
		return -1;
	for (i = 0; i < count; i++) {
		failed = read_name(in, arena, &signals[i].name);
		if (failed)
			return failed;
		signals[i].flags = cstn__read_u32(in);
		signals[i].reserved0 = 0;
		if (in->failed || !signals[i].name ||
				signals[i].flags & ~(CSTN_GLOBAL_BY_POOL | CSTN_GLOBAL_NEXT))
			return -1;
		for (j = 0; j < i; j++)
			if (strcmp(signals[i].name, signals[j].name) == 0)
				return -1;
	}
	*n = count;
	return 0;
}

/* Ids that rise. 0; -1 damaged; -2 out of memory. */
static int read_pool(cstn__reader *in, cstn__ids *pools, int64_t *last_number)
{
	const struct cstn__interned *last = pools->type == CSTN_TYPE_TEXT && pools->count
							    ? &pools->texts.items[pools->count - 1]
							    : NULL;
	uint32_t len;
	const uint8_t *text;

	if (pools->type == CSTN_TYPE_INT64) {
		int64_t number = (int64_t)cstn__read_u64(in);

		if (in->failed || (pools->count && number <= *last_number))
			return -1;
		*last_number = number;
		return cstn__ids_of_i64(pools, number) == CSTN__IDS_NONE ? -2 : 0;
	}
	len = cstn__read_u32(in);
	text = len && len <= CSTN__IDS_TEXT_MOST ? cstn__read_bytes(in, len) : NULL;
	if (!text)
		return -1;
	if (last) {
		int order = memcmp(last->text, text, last->len < len ? last->len : len);

		if (order > 0 || (order == 0 && last->len >= len))
			return -1;
	}
	return cstn__ids_of_text(pools, (const char *)text, len) == CSTN__IDS_NONE ? -2 : 0;
}

int cstn__global_read_pools(cstn__reader *in, cstn_demand_global *model)
{
	int32_t type = (int32_t)cstn__read_u32(in);
	uint32_t count = cstn__read_u32(in), i;
	int64_t last = 0;

	if (in->failed || (model->pool ? !cstn__ids_can_be(type) || !count : type || count) ||
			count > CSTN__GLOBAL_COLUMNS_MOST * 64)
		return -1;
	model->pools.type = type;
	for (i = 0; i < count; i++) {
		int failed = read_pool(in, &model->pools, &last);

		if (failed)
			return failed;
	}
	model->plan.n_pools = count ? count : 1;
	return 0;
}

static int read_values(cstn__reader *in, double *out, size_t n, double least)
{
	size_t i;

	for (i = 0; i < n; i++) {
		out[i] = cstn__read_f64(in);
		if (in->failed || !isfinite(out[i]) || out[i] < least)
			return -1;
	}
	return 0;
}

/* A leaf has rows; a cut is of a column and leads to two later nodes of its tree, which share its
 * rows. */
static int is_node(const cstn__trees *trees, size_t root, size_t at, size_t end)
{
	const cstn__tree_node *node = &trees->nodes.items[at], *next;

	if (!isfinite(node->value) || !node->rows || node->rows >= UINT32_C(1) << 28)
		return 0;
	if (node->column == CSTN__TREE_LEAF)
		return node->left == 0;
	if (node->column >= trees->columns || node->left <= at - root ||
			root + node->left + 1 >= end)
		return 0;
	next = &trees->nodes.items[root + node->left];
	return node->rows == next[0].rows + next[1].rows;
}

/* Roots rise from 0. */
static int are_trees(const cstn__trees *trees)
{
	size_t t, i;

	for (t = 0; t < trees->roots.count; t++) {
		size_t root = trees->roots.items[t];
		size_t end = t + 1 < trees->roots.count ? trees->roots.items[t + 1]
							: trees->nodes.count;

		if ((!t && root) || root >= end || end > trees->nodes.count)
			return 0;
		for (i = root; i < end; i++)
			if (!is_node(trees, root, i, end))
				return 0;
	}
	return 1;
}

static int read_trees(cstn__reader *in, cstn_demand_global *model)
{
	cstn__trees *trees = &model->trees;
	uint32_t roots = cstn__read_u32(in), nodes, i;

	if (in->failed || !roots)
		return in->failed ? -1 : 0;
	nodes = cstn__read_u32(in);
	trees->base = cstn__read_f64(in);
	trees->columns = cstn__global_tree_columns(&model->plan);
	if (roots > CSTN_GLOBAL_TREES_MOST || nodes < roots || !isfinite(trees->base) ||
			trees->columns > CSTN__TREE_COLUMNS_MOST ||
			!cstn__reader_can_hold(in, nodes, 16))
		return -1;
	if (cstn__array_reserve(&model->allocator, &trees->roots, roots) ||
			cstn__array_reserve(&model->allocator, &trees->nodes, nodes))
		return -2;
	for (i = 0; i < roots; i++)
		trees->roots.items[trees->roots.count++] = cstn__read_u32(in);
	for (i = 0; i < nodes; i++) {
		cstn__tree_node *node = &trees->nodes.items[trees->nodes.count++];

		node->value = cstn__read_f64(in);
		node->column = cstn__read_u16(in);
		node->left = cstn__read_u16(in);
		node->rows = cstn__read_u32(in);
	}
	return in->failed || !are_trees(trees) ? -1 : 0;
}

static int read_body(cstn__reader *in, cstn_demand_global *model)
{
	cstn__global_plan *plan = &model->plan;
	int failed;

	model->series = cstn__read_u64(in);
	model->rows = cstn__read_u64(in);
	model->left_out = cstn__read_u64(in);
	failed = cstn__global_read_pools(in, model);
	if (failed)
		return failed;
	plan->columns = cstn__global_columns(plan);
	if (plan->columns > CSTN__GLOBAL_COLUMNS_MOST)
		return -1;
	if (cstn__demand_global_reserve(model))
		return -2;
	if (read_values(in, model->coefficients, plan->columns, -HUGE_VAL) ||
			read_values(in, model->levels, plan->n_pools, .5) ||
			read_values(in, model->ratios, plan->n_pools * plan->season, -HUGE_VAL))
		return -1;
	failed = read_trees(in, model);
	if (failed)
		return failed;
	return in->position == in->size ? 0 : -1;
}

static cstn_status read_named(cstn__reader *in, cstn__arena *arena, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_error **error)
{
	cstn_global_signal signals[CSTN_GLOBAL_SIGNALS_MOST];
	const char *pool = NULL;
	size_t n = 0;
	cstn_status status;
	header head;
	int failed = read_header(in, &head);

	if (!failed)
		failed = read_names(in, arena, &pool, signals, &n);
	if (failed)
		return failed == -2 ? cstn__fail_nomem(error)
				    : damaged(error, "its configuration breaks the rules");
	status = cstn__demand_global_new(signals, n, pool, allocator, out, error);
	if (status != CSTN_OK)
		return status;
	(*out)->plan.season = head.season;
	(*out)->plan.horizon = head.horizon;
	(*out)->plan.origins = head.origins;
	(*out)->plan.year = head.year;
	(*out)->plan.has_days = head.periods.period == CSTN_PERIOD_DAY;
	(*out)->periods = head.periods;
	(*out)->gap = head.gap;
	(*out)->key_type = head.key_type;
	(*out)->penalty = head.penalty;
	return CSTN_OK;
}

cstn_status cstn__global_read_config(cstn__reader *in, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_error **error)
{
	cstn__arena arena;
	cstn_status status;

	cstn__arena_init(&arena, allocator);
	status = read_named(in, &arena, allocator, out, error);
	cstn__arena_free(&arena);
	return status;
}

static cstn_status read_model(cstn__opened *opened, cstn_demand_global **out, cstn_error **error)
{
	cstn_status status =
			cstn__global_read_config(&opened->body, &opened->allocator, out, error);
	int failed;

	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, &opened->body, opened->digest,
				opened->body.position, error);
	if (status != CSTN_OK)
		return status;
	failed = cstn__ids_can_be((*out)->key_type) ? read_body(&opened->body, *out) : -1;
	if (!failed)
		return CSTN_OK;
	return failed == -2 ? cstn__fail_nomem(error)
			    : damaged(error, "its content breaks the rules");
}

cstn_status cstn_demand_global_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_global **out, cstn_error **error)
{
	cstn_demand_global *model = NULL;
	cstn__opened opened;
	cstn_status status = cstn__envelope_unpack(
			&envelope, data, size, out, allocator, &opened, error);

	if (status == CSTN_OK)
		status = read_model(&opened, &model, error);
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_demand_global_unref(model);
	return status;
}
