/* Tables of a summary: overview, transitions, stays, the curves of stays in CRISIS (survival.h),
 * and periods. A value that does not exist is null. O(rows). */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "customer/fields.h"
#include "customer/stage_summary.h"
#include "customer/survival.h"

/* --- tables ----------------------------------------------------------------------------------- */

static const cstn__table_field overview_fields[] = {{"customers", CSTN_TYPE_INT64, 0},
		{"moves", CSTN_TYPE_INT64, 0}, {"forward", CSTN_TYPE_INT64, 0},
		{"backward", CSTN_TYPE_INT64, 0}, {"lateral", CSTN_TYPE_INT64, 0},
		{"backward_share", CSTN_TYPE_DOUBLE, 1}, {"recoveries", CSTN_TYPE_INT64, 0},
		{"relapses", CSTN_TYPE_INT64, 0}, {"relapse_share", CSTN_TYPE_DOUBLE, 1},
		{"policy", CSTN_TYPE_TEXT, 0}, {"as_of", CSTN_TYPE_TIME, 0}};

static void put_overview(cstn__table_builder *table, const cstn_stage_summary *summary)
{
	int64_t counts[3] = {0, 0, 0}, recoveries = 0;
	int64_t relapses = summary->moves[CSTN_STAGE_RECOVERY][CSTN_STAGE_CRISIS], total;
	char digest[2 * CSTN_STAGE_DIGEST_SIZE + 1];
	int from, to;

	for (from = 0; from < CSTN_STAGE_COUNT; from++)
		for (to = 0; to < CSTN_STAGE_COUNT; to++) {
			counts[1 + cstn__stage_direction(from, to)] += summary->moves[from][to];
			recoveries += from == CSTN_STAGE_RECOVERY ? summary->moves[from][to] : 0;
		}
	total = counts[0] + counts[1] + counts[2];
	cstn__table_put_i64(table, 0, summary->customers);
	cstn__table_put_i64(table, 1, total);
	cstn__table_put_i64(table, 2, counts[2]);
	cstn__table_put_i64(table, 3, counts[0]);
	cstn__table_put_i64(table, 4, counts[1]);
	cstn__put_share(table, 5, counts[0], total);
	cstn__table_put_i64(table, 6, recoveries);
	cstn__table_put_i64(table, 7, relapses);
	cstn__put_share(table, 8, relapses, recoveries);
	cstn__hex(summary->digest, sizeof(summary->digest), digest);
	cstn__put_word(table, 9, digest);
	cstn__table_put_i64(table, 10, summary->as_of_us);
}

static const cstn__table_field transition_fields[] = {{"from", CSTN_TYPE_TEXT, 0},
		{"to", CSTN_TYPE_TEXT, 0}, {"direction", CSTN_TYPE_TEXT, 0},
		{"moves", CSTN_TYPE_INT64, 0}, {"share", CSTN_TYPE_DOUBLE, 0}};

static void put_transitions(cstn__table_builder *table, const cstn_stage_summary *summary)
{
	int from, to;

	for (from = 0; from < CSTN_STAGE_COUNT; from++)
		for (to = 0; to < CSTN_STAGE_COUNT; to++) {
			int64_t n = summary->moves[from][to];

			if (n == 0)
				continue;
			cstn__put_word(table, 0, cstn_stage_name(from));
			cstn__put_word(table, 1, cstn_stage_name(to));
			cstn__put_word(table, 2,
					cstn__stage_direction_name(
							cstn__stage_direction(from, to)));
			cstn__table_put_i64(table, 3, n);
			cstn__put_share(table, 4, n,
					cstn__buckets_sum(summary->moves[from], CSTN_STAGE_COUNT));
		}
}

static const cstn__table_field stay_fields[] = {{"stage", CSTN_TYPE_TEXT, 0},
		{"customers", CSTN_TYPE_INT64, 0}, {"stays_ended", CSTN_TYPE_INT64, 0},
		{"stays_open", CSTN_TYPE_INT64, 0}, {"mean_days", CSTN_TYPE_DOUBLE, 1},
		{"p50_days", CSTN_TYPE_DOUBLE, 1}, {"p90_days", CSTN_TYPE_DOUBLE, 1},
		{"expected_periods", CSTN_TYPE_DOUBLE, 1}};

static void put_stays(cstn__table_builder *table, const cstn_stage_summary *summary)
{
	double expected[CSTN_STAGE_COUNT], day = (double)CSTN_DAY_US;
	int32_t known[CSTN_STAGE_COUNT], i;

	cstn__stage_expected(summary, expected, known);
	for (i = 0; i < CSTN_STAGE_COUNT; i++) {
		const int64_t *buckets = summary->ended[i];
		int64_t ended = cstn__buckets_sum(buckets, CSTN__DURATION_BUCKETS);

		cstn__put_word(table, 0, cstn_stage_name(i));
		cstn__table_put_i64(table, 1, summary->at[i]);
		cstn__table_put_i64(table, 2, ended);
		cstn__table_put_i64(table, 3, summary->at[i]);
		if (ended) {
			cstn__table_put_f64(table, 4,
					(double)summary->ended_us[i] / (double)ended / day);
			cstn__table_put_f64(table, 5,
					cstn__duration_quantile(buckets, ended, 0.5) / day);
			cstn__table_put_f64(table, 6,
					cstn__duration_quantile(buckets, ended, 0.9) / day);
		} else {
			cstn__table_put_null(table, 4);
			cstn__table_put_null(table, 5);
			cstn__table_put_null(table, 6);
		}
		if (known[i])
			cstn__table_put_f64(table, 7, expected[i]);
		else
			cstn__table_put_null(table, 7);
	}
}

static const cstn__table_field crisis_fields[] = {{"curve", CSTN_TYPE_TEXT, 0},
		{"days", CSTN_TYPE_DOUBLE, 0}, {"at_risk", CSTN_TYPE_INT64, 0},
		{"events", CSTN_TYPE_INT64, 0}, {"censored", CSTN_TYPE_INT64, 0},
		{"share", CSTN_TYPE_DOUBLE, 0}, {"se", CSTN_TYPE_DOUBLE, 0}};

static void put_curve(cstn__table_builder *table, const cstn_stage_summary *summary,
		const char *name, int recovery)
{
	cstn__survival curve = {0, 1.0, 0.0};
	size_t i;

	for (i = 0; i < summary->crisis.count; i++) {
		const cstn__crisis_stay *stay = &summary->crisis.items[i];

		curve.at_risk += stay->recovered + stay->left + stay->censored;
	}
	for (i = 0; i < summary->crisis.count; i++) {
		const cstn__crisis_stay *stay = &summary->crisis.items[i];
		int64_t events = stay->recovered + (recovery ? 0 : stay->left);
		int64_t censored = stay->censored + (recovery ? stay->left : 0);

		cstn__survival_end(&curve, events);
		cstn__put_word(table, 0, name);
		cstn__table_put_f64(table, 1, (double)stay->us / (double)CSTN_DAY_US);
		cstn__table_put_i64(table, 2, curve.at_risk);
		cstn__table_put_i64(table, 3, events);
		cstn__table_put_i64(table, 4, censored);
		cstn__table_put_f64(table, 5, 1.0 - curve.remains);
		cstn__table_put_f64(table, 6, cstn__survival_error(&curve));
		curve.at_risk -= events + censored;
	}
}

static void put_crisis(cstn__table_builder *table, const cstn_stage_summary *summary)
{
	put_curve(table, summary, "recovery", 1);
	put_curve(table, summary, "left", 0);
}

static const cstn__table_field period_fields[] = {{"from", CSTN_TYPE_TEXT, 0},
		{"to", CSTN_TYPE_TEXT, 0}, {"periods", CSTN_TYPE_INT64, 0},
		{"share", CSTN_TYPE_DOUBLE, 0}};

static void put_periods(cstn__table_builder *table, const cstn_stage_summary *summary)
{
	int from, to;

	for (from = 0; from < CSTN_STAGE_COUNT; from++)
		for (to = 0; to < CSTN_STAGE_COUNT; to++) {
			int64_t n = summary->periods[from][to];

			if (n == 0)
				continue;
			cstn__put_word(table, 0, cstn_stage_name(from));
			cstn__put_word(table, 1, cstn_stage_name(to));
			cstn__table_put_i64(table, 2, n);
			cstn__put_share(table, 3, n,
					cstn__buckets_sum(
							summary->periods[from], CSTN_STAGE_COUNT));
		}
}

/* --- the call --------------------------------------------------------------------------------- */

#define TABLE(name, put)                                                             \
	{                                                                            \
		name##_fields, sizeof(name##_fields) / sizeof(name##_fields[0]), put \
	}
static const struct {
	const cstn__table_field *fields;
	size_t n;
	void (*put)(cstn__table_builder *table, const cstn_stage_summary *summary);
} tables[] = {TABLE(overview, put_overview), TABLE(transition, put_transitions),
		TABLE(stay, put_stays), TABLE(crisis, put_crisis), TABLE(period, put_periods)};

cstn_status cstn_stage_summary_export(const cstn_stage_summary *summary, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *builder = NULL;
	cstn_status status;

	if (!summary || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				summary ? "out is NULL" : "summary is NULL");
	if (table < CSTN_TABLE_STAGE_OVERVIEW || table > CSTN_TABLE_STAGE_PERIODS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; 1 (overview) .. 5 (periods) expected", table);
	status = cstn__fields_table(&summary->allocator, tables[table - 1].fields,
			tables[table - 1].n, &builder, error);
	if (status != CSTN_OK)
		return status;
	tables[table - 1].put(builder, summary);
	return cstn__table_export(builder, out, error);
}
