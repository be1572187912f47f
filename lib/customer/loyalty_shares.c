/* Shares as sets and net promoter scores, a row a group.
 *
 * Lower and upper count the unknown as no and as yes. The post-stratified share weighs segments
 * (within a segment its stages) that know unequally much by their customers, and is null, with the
 * names, where one knows nothing. Margins below 0 are no weights: they stand apart. */
#include <math.h>

#include "base/error.h"
#include "customer/loyalty_tables.h"

const cstn__table_field cstn__loyalty_share_fields[21] = {
		{"by", CSTN_TYPE_TEXT, 0},
		{"segment", CSTN_TYPE_TEXT, 1},
		{"stage", CSTN_TYPE_TEXT, 1},
		{"verdict", CSTN_TYPE_TEXT, 0},
		{"customers", CSTN_TYPE_INT64, 0},
		{"yes", CSTN_TYPE_INT64, 0},
		{"no", CSTN_TYPE_INT64, 0},
		{"unknown", CSTN_TYPE_INT64, 0},
		{"lower", CSTN_TYPE_DOUBLE, 1},
		{"upper", CSTN_TYPE_DOUBLE, 1},
		{"known", CSTN_TYPE_DOUBLE, 1},
		{"known_low", CSTN_TYPE_DOUBLE, 1},
		{"known_high", CSTN_TYPE_DOUBLE, 1},
		{"post_stratified", CSTN_TYPE_DOUBLE, 1},
		{"strata_unknown", CSTN_TYPE_TEXT, 1},
		{"margin", CSTN_TYPE_INT64, 0},
		{"margin_lower", CSTN_TYPE_DOUBLE, 1},
		{"margin_upper", CSTN_TYPE_DOUBLE, 1},
		{"margin_known", CSTN_TYPE_DOUBLE, 1},
		{"negative_customers", CSTN_TYPE_INT64, 0},
		{"negative_margin", CSTN_TYPE_INT64, 0},
};

const cstn__table_field cstn__loyalty_promoter_fields[12] = {
		{"by", CSTN_TYPE_TEXT, 0},
		{"segment", CSTN_TYPE_TEXT, 1},
		{"stage", CSTN_TYPE_TEXT, 1},
		{"answers", CSTN_TYPE_INT64, 0},
		{"promoters", CSTN_TYPE_INT64, 0},
		{"passives", CSTN_TYPE_INT64, 0},
		{"detractors", CSTN_TYPE_INT64, 0},
		{"score", CSTN_TYPE_DOUBLE, 1},
		{"variance", CSTN_TYPE_DOUBLE, 1},
		{"standard_error", CSTN_TYPE_DOUBLE, 1},
		{"low", CSTN_TYPE_DOUBLE, 1},
		{"high", CSTN_TYPE_DOUBLE, 1},
};

static double ratio(cstn__i128 part, cstn__i128 whole)
{
	return whole ? (double)part / (double)whole : (double)NAN;
}

/* --- strata ----------------------------------------------------------------------------------- */

typedef struct strata {
	double sum;
	int64_t counts[3];
	uint32_t label;
	int open;
	cstn__bytes unknown; /* names of those that know nothing */
	size_t n_unknown;
} strata;

static void close_stratum(strata *at, const cstn__interner *labels, int64_t all)
{
	int64_t yes = at->counts[CSTN_LOYALTY_YES], no = at->counts[CSTN_LOYALTY_NO];
	int64_t n = yes + no + at->counts[CSTN_LOYALTY_UNKNOWN];

	if (!at->open || n == 0)
		return;
	if (yes + no > 0) {
		at->sum += (double)n / (double)all * ((double)yes / (double)(yes + no));
		return;
	}
	if (at->n_unknown++)
		cstn__bytes_put_text(&at->unknown, ",");
	if (at->label)
		cstn__bytes_put(&at->unknown, labels->items[at->label - 1].text,
				labels->items[at->label - 1].len);
	else
		cstn__bytes_put_text(&at->unknown, "(none)");
}

/* Members come by segment and stage, so that a stratum's stand together: segments over all, stages
 * within a segment; within a stage the segments again. */
static cstn_status put_strata(cstn__table_builder *table, const cstn__loyalty_row *row, int part,
		cstn_error **error)
{
	const cstn_loyalty_verdicts *verdicts = row->verdicts;
	strata at;
	size_t i;
	int v;

	memset(&at, 0, sizeof(at));
	cstn__bytes_init(&at.unknown, &verdicts->allocator);
	for (i = 0; i < row->n; i++) {
		const cstn__loyalty_group *group = &verdicts->groups[row->members[i]];
		uint32_t label = row->by & CSTN__BY_SEGMENT ? group->stage : group->segment;

		if (!at.open || label != at.label) {
			close_stratum(&at, &verdicts->labels, row->sum.customers);
			memset(at.counts, 0, sizeof(at.counts));
			at.label = label;
			at.open = 1;
		}
		for (v = 0; v < 3; v++)
			at.counts[v] += group->counts[part][v];
	}
	close_stratum(&at, &verdicts->labels, row->sum.customers);
	if (at.unknown.failed) {
		cstn__bytes_free(&at.unknown);
		return cstn__fail_nomem(error);
	}
	if (at.n_unknown || row->sum.customers == 0)
		cstn__table_put_null(table, 13);
	else
		cstn__table_put_f64(table, 13, at.sum);
	if (at.n_unknown)
		cstn__table_put_text(table, 14, (const char *)at.unknown.data, at.unknown.size);
	else
		cstn__table_put_null(table, 14);
	cstn__bytes_free(&at.unknown);
	return CSTN_OK;
}

/* --- shares ----------------------------------------------------------------------------------- */

static void put_share(cstn__table_builder *table, const int64_t counts[3], const cstn_rate *known)
{
	int64_t yes = counts[CSTN_LOYALTY_YES], no = counts[CSTN_LOYALTY_NO];
	int64_t unknown = counts[CSTN_LOYALTY_UNKNOWN], n = yes + no + unknown;

	cstn__table_put_i64(table, 4, n);
	cstn__table_put_i64(table, 5, yes);
	cstn__table_put_i64(table, 6, no);
	cstn__table_put_i64(table, 7, unknown);
	cstn__put_number(table, 8, ratio(yes, n));
	cstn__put_number(table, 9, ratio(yes + unknown, n));
	cstn__put_number(table, 10, known->value);
	cstn__put_number(table, 11, known->low);
	cstn__put_number(table, 12, known->high);
}

static cstn_status put_weighted(cstn__table_builder *table, const cstn__loyalty_row *row, int part,
		cstn_error **error)
{
	const cstn__i128 *margins = row->sum.margins[part];
	cstn__i128 yes = margins[CSTN_LOYALTY_YES], no = margins[CSTN_LOYALTY_NO];
	cstn__i128 n = yes + no + margins[CSTN_LOYALTY_UNKNOWN], below = 0;
	int64_t negative = 0;
	cstn_status status;
	int i;

	for (i = 0; i < 9; i++) {
		negative += row->sum.cell_negative[i / 3][i % 3];
		below += row->sum.cell_negative_margin[i / 3][i % 3];
	}
	status = cstn__loyalty_put_money(table, 15, n, error);
	cstn__put_number(table, 16, ratio(yes, n));
	cstn__put_number(table, 17, ratio(n - no, n));
	cstn__put_number(table, 18, ratio(yes, yes + no));
	cstn__table_put_i64(table, 19, negative);
	return status == CSTN_OK ? cstn__loyalty_put_money(table, 20, below, error) : status;
}

cstn_status cstn__loyalty_put_shares(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int part;

	for (part = 0; part < CSTN__LOYALTY_PARTS && status == CSTN_OK; part++) {
		const int64_t *counts = row->sum.counts[part];
		cstn_rate known = CSTN_RATE_INIT;

		status = cstn_rate_interval(counts[CSTN_LOYALTY_YES],
				counts[CSTN_LOYALTY_YES] + counts[CSTN_LOYALTY_NO],
				row->verdicts->rules.confidence_ppm, &known, error);
		if (status != CSTN_OK)
			return status;
		cstn__loyalty_put_group(table, row);
		cstn__put_word(table, 3, cstn__loyalty_part_name(part));
		put_share(table, counts, &known);
		status = put_strata(table, row, part, error);
		if (status == CSTN_OK)
			status = put_weighted(table, row, part, error);
	}
	return status;
}

/* --- promoters -------------------------------------------------------------------------------- */

cstn_status cstn__loyalty_put_promoters(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error)
{
	const int64_t *answers = row->sum.answers;
	int64_t counts[3] = {0, 0, 0}; /* detractors, passives, promoters */
	cstn_rate score = CSTN_RATE_INIT;
	double variance = 0.0, se = 0.0;
	cstn_status status;
	int i;

	for (i = 0; i < CSTN_NET_PROMOTER_ANSWERS; i++)
		counts[(i > 6) + (i > 8)] += answers[i];
	status = cstn_net_promoter(answers, row->verdicts->rules.confidence_ppm, &score, &variance,
			&se, error);
	if (status != CSTN_OK)
		return status;
	cstn__loyalty_put_group(table, row);
	cstn__table_put_i64(table, 3, score.denominator);
	cstn__table_put_i64(table, 4, counts[2]);
	cstn__table_put_i64(table, 5, counts[1]);
	cstn__table_put_i64(table, 6, counts[0]);
	cstn__put_number(table, 7, score.value);
	cstn__put_number(table, 8, variance);
	cstn__put_number(table, 9, se);
	cstn__put_number(table, 10, score.low);
	cstn__put_number(table, 11, score.high);
	return CSTN_OK;
}
