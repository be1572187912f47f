/* Tables of journeys: what the counts say, with intervals.
 *
 * Rates have Wilson's interval, differences Newcombe's; a rate over nothing is null. Time in a step
 * is read twice: quantiles of the waits that ended, and from Kaplan-Meier's curve, in which open
 * journeys are censored at their age and dropped ones at the gap. O(rows). */
#include "base/error.h"
#include "base/hash.h"
#include "base/sort.h"
#include "base/stats.h"
#include "customer/fields.h"
#include "customer/journey_state.h"
#include "customer/survival.h"

#define DAY ((double)CSTN_DAY_US)

typedef struct put {
	const cstn_journeys *state;
	const cstn_journey_definition *definition;
	const cstn__journey_shape *shape;
	cstn__table_builder *table;
	const cstn__journey_block *block;
	uint32_t segment;
	int32_t reserved;
	double z;
} put;

static void put_segment(const put *at)
{
	const struct cstn__interned *label;

	if (at->segment == 0) {
		cstn__table_put_null(at->table, 0);
		return;
	}
	label = &at->state->segments.items[at->segment - 1];
	cstn__table_put_text(at->table, 0, label->text, label->len);
}

/* The name of a step, or of what lies behind the steps. */
static void put_step(const put *at, int32_t column, size_t step, int is_from)
{
	static const char *const ends[] = {"GOAL", "DROP", "OPEN"};
	const struct cstn__interned *name;

	if (step >= at->shape->n) {
		cstn__put_word(at->table, column, is_from ? "START" : ends[step - at->shape->n]);
		return;
	}
	name = &at->definition->names.items[step];
	cstn__table_put_text(at->table, column, name->text, name->len);
}

static int64_t cell(const put *at, size_t step, int which)
{
	return *cstn__journey_step_cell(at->shape, at->block, step, which);
}

static int64_t move(const put *at, size_t from, size_t to)
{
	return *cstn__journey_move(at->shape, at->block, from, to);
}

/* Quantiles of waits in the step's histogram, in days, null without any. */
static void put_quantile(const put *at, int32_t column, const int64_t *buckets, size_t n,
		int64_t all, double q)
{
	int64_t counts[CSTN__DURATION_BUCKETS] = {0};

	memcpy(counts, buckets, n * sizeof(*counts));
	cstn__put_f64_or_null(at->table, column, all != 0,
			all ? cstn__duration_quantile(counts, all, q) / DAY : 0.0);
}

/* --- tables ----------------------------------------------------------------------------------- */

static const cstn__table_field overview_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"journeys", CSTN_TYPE_INT64, 0}, {"converted", CSTN_TYPE_INT64, 0},
		{"dropped", CSTN_TYPE_INT64, 0}, {"open", CSTN_TYPE_INT64, 0},
		{"conversion", CSTN_TYPE_DOUBLE, 1}, {"conversion_low", CSTN_TYPE_DOUBLE, 1},
		{"conversion_high", CSTN_TYPE_DOUBLE, 1}, {"events", CSTN_TYPE_INT64, 0},
		{"outside", CSTN_TYPE_INT64, 0}, {"journeys_backward", CSTN_TYPE_INT64, 0},
		{"journeys_failed", CSTN_TYPE_INT64, 0}, {"days_p50", CSTN_TYPE_DOUBLE, 1},
		{"days_p90", CSTN_TYPE_DOUBLE, 1}, {"definition", CSTN_TYPE_TEXT, 0},
		{"as_of", CSTN_TYPE_TIME, 0}};

static cstn_status put_overview(const put *at)
{
	const int64_t *cells = at->block->cells, *durations = cells + at->shape->durations;
	int64_t converted = cells[CSTN__JOURNEY_GOAL], dropped = cells[CSTN__JOURNEY_DROP];
	char digest[2 * CSTN_JOURNEY_DIGEST_SIZE + 1];
	int64_t outside = 0;
	size_t step;

	for (step = 0; step < at->shape->n; step++)
		outside += cell(at, step, CSTN__STEP_OUTSIDE);
	put_segment(at);
	cstn__table_put_i64(at->table, 1, cstn__buckets_sum(cells, CSTN__JOURNEY_ENDS));
	cstn__table_put_i64(at->table, 2, converted);
	cstn__table_put_i64(at->table, 3, dropped);
	cstn__table_put_i64(at->table, 4, cells[CSTN__JOURNEY_OPEN]);
	cstn__put_rate(at->table, 5, converted, converted + dropped, at->z);
	cstn__table_put_i64(at->table, 8, cells[CSTN__JOURNEY_EVENTS]);
	cstn__table_put_i64(at->table, 9, outside);
	cstn__table_put_i64(at->table, 10, cells[CSTN__JOURNEY_BACKWARD]);
	cstn__table_put_i64(at->table, 11, cells[CSTN__JOURNEY_FAILED]);
	put_quantile(at, 12, durations, CSTN__DURATION_BUCKETS, converted, 0.5);
	put_quantile(at, 13, durations, CSTN__DURATION_BUCKETS, converted, 0.9);
	cstn__hex(at->definition->digest, CSTN_JOURNEY_DIGEST_SIZE, digest);
	cstn__put_word(at->table, 14, digest);
	cstn__table_put_i64(at->table, 15, at->state->as_of_us);
	return CSTN_OK;
}

static const cstn__table_field step_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"step", CSTN_TYPE_TEXT, 0}, {"rank", CSTN_TYPE_INT32, 1},
		{"entries", CSTN_TYPE_INT64, 0}, {"left", CSTN_TYPE_INT64, 0},
		{"dropped", CSTN_TYPE_INT64, 0}, {"open", CSTN_TYPE_INT64, 0},
		{"drop_off", CSTN_TYPE_DOUBLE, 1}, {"drop_off_low", CSTN_TYPE_DOUBLE, 1},
		{"drop_off_high", CSTN_TYPE_DOUBLE, 1}, {"outside", CSTN_TYPE_INT64, 0},
		{"backward", CSTN_TYPE_INT64, 0}, {"journeys", CSTN_TYPE_INT64, 0},
		{"converted", CSTN_TYPE_INT64, 0}, {"ended", CSTN_TYPE_INT64, 0},
		{"conversion", CSTN_TYPE_DOUBLE, 1}, {"conversion_low", CSTN_TYPE_DOUBLE, 1},
		{"conversion_high", CSTN_TYPE_DOUBLE, 1}};

static cstn_status put_steps(const put *at)
{
	size_t n = at->shape->n, step, from;

	for (step = 0; step < n; step++) {
		int64_t left = cstn__journey_left(at->shape, at->block, step);
		int64_t dropped = move(at, step, n + CSTN__JOURNEY_DROP), backward = 0;
		int64_t ended = cell(at, step, CSTN__STEP_FAILED) +
				cell(at, step, CSTN__STEP_PASSED);
		int64_t converted = cell(at, step, CSTN__STEP_FAILED_CONVERTED) +
				    cell(at, step, CSTN__STEP_PASSED_CONVERTED);

		for (from = 0; from < n; from++)
			backward += at->block->cells[at->shape->backward + from * n + step];
		put_segment(at);
		put_step(at, 1, step, 0);
		if (at->definition->steps[step].rank >= 0)
			cstn__table_put_i64(at->table, 2, at->definition->steps[step].rank);
		else
			cstn__table_put_null(at->table, 2);
		cstn__table_put_i64(
				at->table, 3, cstn__journey_entries(at->shape, at->block, step));
		cstn__table_put_i64(at->table, 4, left);
		cstn__table_put_i64(at->table, 5, dropped);
		cstn__table_put_i64(at->table, 6, move(at, step, n + CSTN__JOURNEY_OPEN));
		cstn__put_rate(at->table, 7, dropped, left + dropped, at->z);
		cstn__table_put_i64(at->table, 10, cell(at, step, CSTN__STEP_OUTSIDE));
		cstn__table_put_i64(at->table, 11, backward);
		cstn__table_put_i64(at->table, 12, cell(at, step, CSTN__STEP_JOURNEYS));
		cstn__table_put_i64(at->table, 13, converted);
		cstn__table_put_i64(at->table, 14, ended);
		cstn__put_rate(at->table, 15, converted, ended, at->z);
	}
	return CSTN_OK;
}

static const cstn__table_field transition_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"from", CSTN_TYPE_TEXT, 0}, {"to", CSTN_TYPE_TEXT, 0},
		{"count", CSTN_TYPE_INT64, 0}, {"share", CSTN_TYPE_DOUBLE, 0},
		{"backward", CSTN_TYPE_INT64, 0}};

static cstn_status put_transitions(const put *at)
{
	size_t n = at->shape->n, i, to;

	for (i = 0; i <= n; i++) {
		size_t from = i == 0 ? n : i - 1; /* the start first */
		int64_t all = cstn__buckets_sum(cstn__journey_move(at->shape, at->block, from, 0),
				n + CSTN__JOURNEY_ENDS);

		for (to = 0; to < n + CSTN__JOURNEY_ENDS; to++) {
			int64_t count = move(at, from, to);

			if (count == 0)
				continue;
			put_segment(at);
			put_step(at, 1, from, 1);
			put_step(at, 2, to, 0);
			cstn__table_put_i64(at->table, 3, count);
			cstn__put_share(at->table, 4, count, all);
			cstn__table_put_i64(at->table, 5,
					from < n && to < n ? at->block->cells[at->shape->backward +
									      from * n + to]
							   : 0);
		}
	}
	return CSTN_OK;
}

/* --- time in steps ---------------------------------------------------------------------------- */

static cstn__survival curve_of(
		const put *at, size_t step, const int64_t **waits, const int64_t **opens)
{
	size_t n = at->shape->buckets;
	cstn__survival curve = {0, 1.0, 0.0};

	*waits = at->block->cells + at->shape->waits + step * n;
	*opens = at->block->cells + at->shape->opens + step * n;
	curve.at_risk = cstn__buckets_sum(*waits, n) + cstn__buckets_sum(*opens, n) +
			move(at, step, at->shape->n + CSTN__JOURNEY_DROP);
	return curve;
}

/* Those that leave the curve in bucket i without an event: dropped ones at the gap. */
static int64_t censored_in(const put *at, size_t step, const int64_t *opens, size_t i)
{
	return opens[i] +
	       (i == at->shape->buckets - 1 ? move(at, step, at->shape->n + CSTN__JOURNEY_DROP)
					    : 0);
}

/* When a share `q` has gone on: the middle of a bucket, in days; null if that is never seen. */
static void put_reached(const put *at, int32_t column, size_t step, double q)
{
	const int64_t *waits, *opens;
	cstn__survival curve = curve_of(at, step, &waits, &opens);
	size_t i;

	for (i = 0; i < at->shape->buckets; i++) {
		cstn__survival_end(&curve, waits[i]);
		if (waits[i] && 1.0 - curve.remains >= q)
			break;
		curve.at_risk -= waits[i] + censored_in(at, step, opens, i);
	}
	cstn__put_f64_or_null(at->table, column, i < at->shape->buckets,
			i < at->shape->buckets ? cstn__duration_middle((int32_t)i) / DAY : 0.0);
}

static const cstn__table_field time_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"step", CSTN_TYPE_TEXT, 0}, {"waits", CSTN_TYPE_INT64, 0},
		{"mean_days", CSTN_TYPE_DOUBLE, 1}, {"p50_days", CSTN_TYPE_DOUBLE, 1},
		{"p90_days", CSTN_TYPE_DOUBLE, 1}, {"still_open", CSTN_TYPE_INT64, 0},
		{"km_p50_days", CSTN_TYPE_DOUBLE, 1}, {"km_p90_days", CSTN_TYPE_DOUBLE, 1},
		{"time_share", CSTN_TYPE_DOUBLE, 1}};

static cstn_status put_times(const put *at)
{
	size_t n = at->shape->n, step;
	cstn__i128 all = 0;

	for (step = 0; step < n; step++)
		all += at->block->sums[step];
	for (step = 0; step < n; step++) {
		const int64_t *waits =
				at->block->cells + at->shape->waits + step * at->shape->buckets;
		int64_t count = cstn__buckets_sum(waits, at->shape->buckets);
		double us = (double)at->block->sums[step];

		put_segment(at);
		put_step(at, 1, step, 0);
		cstn__table_put_i64(at->table, 2, count);
		cstn__put_f64_or_null(
				at->table, 3, count != 0, count ? us / (double)count / DAY : 0.0);
		put_quantile(at, 4, waits, at->shape->buckets, count, 0.5);
		put_quantile(at, 5, waits, at->shape->buckets, count, 0.9);
		cstn__table_put_i64(at->table, 6, move(at, step, n + CSTN__JOURNEY_OPEN));
		put_reached(at, 7, step, 0.5);
		put_reached(at, 8, step, 0.9);
		cstn__put_f64_or_null(at->table, 9, all != 0, all ? us / (double)all : 0.0);
	}
	return CSTN_OK;
}

static const cstn__table_field curve_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"step", CSTN_TYPE_TEXT, 0}, {"days", CSTN_TYPE_DOUBLE, 0},
		{"at_risk", CSTN_TYPE_INT64, 0}, {"events", CSTN_TYPE_INT64, 0},
		{"censored", CSTN_TYPE_INT64, 0}, {"share", CSTN_TYPE_DOUBLE, 0},
		{"se", CSTN_TYPE_DOUBLE, 0}};

static cstn_status put_curves(const put *at)
{
	size_t step, i;

	for (step = 0; step < at->shape->n; step++) {
		const int64_t *waits, *opens;
		cstn__survival curve = curve_of(at, step, &waits, &opens);

		for (i = 0; i < at->shape->buckets; i++) {
			int64_t censored = censored_in(at, step, opens, i);

			if (waits[i] + censored == 0)
				continue;
			cstn__survival_end(&curve, waits[i]);
			put_segment(at);
			put_step(at, 1, step, 0);
			cstn__table_put_f64(at->table, 2, cstn__duration_middle((int32_t)i) / DAY);
			cstn__table_put_i64(at->table, 3, curve.at_risk);
			cstn__table_put_i64(at->table, 4, waits[i]);
			cstn__table_put_i64(at->table, 5, censored);
			cstn__table_put_f64(at->table, 6, 1.0 - curve.remains);
			cstn__table_put_f64(at->table, 7, cstn__survival_error(&curve));
			curve.at_risk -= waits[i] + censored;
		}
	}
	return CSTN_OK;
}

/* --- failures --------------------------------------------------------------------------------- */

static const cstn__table_field failure_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"step", CSTN_TYPE_TEXT, 0}, {"entries", CSTN_TYPE_INT64, 0},
		{"failures", CSTN_TYPE_INT64, 0}, {"failure_rate", CSTN_TYPE_DOUBLE, 1},
		{"failure_rate_low", CSTN_TYPE_DOUBLE, 1},
		{"failure_rate_high", CSTN_TYPE_DOUBLE, 1}, {"blamed", CSTN_TYPE_INT64, 0},
		{"later", CSTN_TYPE_INT64, 0}, {"failed", CSTN_TYPE_INT64, 0},
		{"failed_converted", CSTN_TYPE_INT64, 0}, {"passed", CSTN_TYPE_INT64, 0},
		{"passed_converted", CSTN_TYPE_INT64, 0}, {"lift", CSTN_TYPE_DOUBLE, 1},
		{"lift_low", CSTN_TYPE_DOUBLE, 1}, {"lift_high", CSTN_TYPE_DOUBLE, 1},
		{"reading", CSTN_TYPE_TEXT, 0}, {"pain", CSTN_TYPE_DOUBLE, 1}};

static void put_lift(const put *at, size_t step)
{
	double failed = (double)cell(at, step, CSTN__STEP_FAILED);
	double passed = (double)cell(at, step, CSTN__STEP_PASSED);
	double a, b, low = 0.0, high = 0.0, lift = 0.0;
	int known = failed > 0.0 && passed > 0.0;

	if (known) {
		a = (double)cell(at, step, CSTN__STEP_FAILED_CONVERTED) / failed;
		b = (double)cell(at, step, CSTN__STEP_PASSED_CONVERTED) / passed;
		lift = a - b;
		cstn__newcombe(a, failed, b, passed, at->z, &low, &high);
	}
	cstn__put_f64_or_null(at->table, 13, known, lift);
	cstn__put_f64_or_null(at->table, 14, known, low);
	cstn__put_f64_or_null(at->table, 15, known, high);
	cstn__put_word(at->table, 16, "association");
	cstn__put_f64_or_null(at->table, 17, known, lift < 0.0 ? failed * -lift : 0.0);
}

static cstn_status put_failures(const put *at)
{
	size_t step;
	int i;

	for (step = 0; step < at->shape->n; step++) {
		int64_t entries = cstn__journey_entries(at->shape, at->block, step);
		int64_t failures = cell(at, step, CSTN__STEP_FAILURES);
		int64_t blamed = cell(at, step, CSTN__STEP_BLAMED);

		put_segment(at);
		put_step(at, 1, step, 0);
		cstn__table_put_i64(at->table, 2, entries);
		cstn__table_put_i64(at->table, 3, failures);
		cstn__put_rate(at->table, 4, failures, entries, at->z);
		cstn__table_put_i64(at->table, 7, blamed);
		cstn__table_put_i64(at->table, 8, failures - blamed);
		for (i = CSTN__STEP_FAILED; i <= CSTN__STEP_PASSED_CONVERTED; i++)
			cstn__table_put_i64(
					at->table, 9 + i - CSTN__STEP_FAILED, cell(at, step, i));
		put_lift(at, step);
	}
	return CSTN_OK;
}

static const cstn__table_field position_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"position", CSTN_TYPE_INT64, 0}, {"entries", CSTN_TYPE_INT64, 0},
		{"failures", CSTN_TYPE_INT64, 0}, {"failure_rate", CSTN_TYPE_DOUBLE, 1}};

static cstn_status put_positions(const put *at)
{
	int64_t position;

	for (position = 1; position <= CSTN_JOURNEY_POSITIONS; position++) {
		const int64_t *counts =
				at->block->cells + at->shape->positions + 2 * (position - 1);

		if (counts[0] == 0)
			continue;
		put_segment(at);
		cstn__table_put_i64(at->table, 1, position);
		cstn__table_put_i64(at->table, 2, counts[0]);
		cstn__table_put_i64(at->table, 3, counts[1]);
		cstn__put_share(at->table, 4, counts[1], counts[0]);
	}
	return CSTN_OK;
}

/* --- paths ------------------------------------------------------------------------------------ */

static const cstn__table_field path_fields[] = {{"segment", CSTN_TYPE_TEXT, 1},
		{"path", CSTN_TYPE_TEXT, 0}, {"journeys", CSTN_TYPE_INT64, 0},
		{"converted", CSTN_TYPE_INT64, 0}, {"dropped", CSTN_TYPE_INT64, 0},
		{"open", CSTN_TYPE_INT64, 0}, {"share", CSTN_TYPE_DOUBLE, 1}};

static int by_count(const void *a, const void *b, void *context)
{
	const cstn__journey_path *x = a, *y = b;
	int64_t p = cstn__buckets_sum(x->counts, CSTN__JOURNEY_ENDS),
		q = cstn__buckets_sum(y->counts, CSTN__JOURNEY_ENDS);

	(void)context;
	if (p != q)
		return p > q ? -1 : 1;
	return (x->key > y->key) - (x->key < y->key);
}

static void put_path(const put *at, uint64_t key)
{
	char text[(CSTN_JOURNEY_PATH_STEPS + 1) * (64 + 3)];
	size_t len = 0;
	int i;

	for (i = 0; i < CSTN_JOURNEY_PATH_STEPS; i++) {
		size_t code = key >> (56 - 8 * i) & 255;
		const struct cstn__interned *name =
				&at->definition->names.items[code ? code - 1 : 0];

		if (code == 0)
			break;
		if (i) {
			memcpy(text + len, " > ", 3);
			len += 3;
		}
		memcpy(text + len, name->text, name->len);
		len += name->len;
	}
	if (key & 1) {
		memcpy(text + len, " > ...", 6);
		len += 6;
	}
	cstn__table_put_text(at->table, 1, text, len);
}

static cstn_status put_paths(const put *at)
{
	const cstn_allocator *allocator = &at->state->allocator;
	size_t n = at->block->paths.count, size = (n + 1) * sizeof(cstn__journey_path), i;
	int64_t all = cstn__buckets_sum(at->block->cells, CSTN__JOURNEY_ENDS);
	cstn__journey_path *paths = cstn__alloc(allocator, size);
	int how;

	if (!paths)
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++)
		paths[i] = at->block->paths.items[i];
	cstn__sort(paths, n, sizeof(*paths), by_count, NULL);
	for (i = 0; i < n; i++) {
		int64_t count = cstn__buckets_sum(paths[i].counts, CSTN__JOURNEY_ENDS);

		put_segment(at);
		put_path(at, paths[i].key);
		cstn__table_put_i64(at->table, 2, count);
		for (how = 0; how < CSTN__JOURNEY_ENDS; how++)
			cstn__table_put_i64(at->table, 3 + how, paths[i].counts[how]);
		cstn__put_share(at->table, 6, count, all);
	}
	cstn__free(allocator, paths, size);
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

#define TABLE(name, put)                                                             \
	{                                                                            \
		name##_fields, sizeof(name##_fields) / sizeof(name##_fields[0]), put \
	}
static const struct {
	const cstn__table_field *fields;
	size_t n;
	cstn_status (*put)(const put *at);
} tables[] = {TABLE(overview, put_overview), TABLE(step, put_steps),
		TABLE(transition, put_transitions), TABLE(time, put_times),
		TABLE(curve, put_curves), TABLE(failure, put_failures),
		TABLE(position, put_positions), TABLE(path, put_paths)};

static cstn_status put_blocks(put *at, const cstn__journey_counts *counts, int32_t table)
{
	uint32_t *order = cstn__journeys_segment_order(at->state);
	size_t n = at->state->segments.count + 1, i;
	cstn_status status = order ? CSTN_OK : CSTN_E_NOMEM;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		at->segment = order[i];
		if (at->segment >= counts->blocks.count || !counts->blocks.items[at->segment])
			continue;
		at->block = counts->blocks.items[at->segment];
		status = tables[table - 1].put(at);
	}
	cstn__free(&at->state->allocator, order, n * sizeof(*order));
	return status;
}

cstn_status cstn_journeys_export(cstn_journeys *state, int32_t table,
		const cstn_journeys_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	const cstn__journey_counts *counts = NULL;
	cstn_journeys_options read;
	cstn_status status;
	put at;

	if (!state || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				state ? "out is NULL" : "state is NULL");
	if (table < CSTN_TABLE_JOURNEY_OVERVIEW || table > CSTN_TABLE_JOURNEY_PATHS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; 1 (overview) .. 8 (paths) expected", table);
	status = cstn__journeys_options_read(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__journey_all(state, &read, &counts, error);
	if (status != CSTN_OK)
		return status;
	memset(&at, 0, sizeof(at));
	at.state = state;
	at.definition = state->definition;
	at.shape = &counts->shape;
	at.z = cstn__z_of_confidence(read.confidence_ppm);
	status = cstn__fields_table(&state->allocator, tables[table - 1].fields,
			tables[table - 1].n, &at.table, error);
	if (status != CSTN_OK)
		return status;
	if (put_blocks(&at, counts, table) != CSTN_OK) {
		cstn__table_builder_free(at.table);
		return cstn__fail_nomem(error);
	}
	return cstn__table_export(at.table, out, error);
}
