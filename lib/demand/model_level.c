/* What forecasts of a pool missed together, and the factor that makes good for it.
 *
 * A level that is smoothed lags behind a pool that shrinks or grows, and series that begin with a
 * sale begin too high: single series cannot tell either from chance, their sum can. Each series
 * keeps its levels at the last four ends of blocks of three periods; a row is set against the
 * oldest of them, a forecast made 10 to 12 periods before. Sums of both over the last four blocks
 * that have rows give c = sold / said; the factor is 1 + (c - 1) F / (F + 100) with F = said,
 * within 1/2 to 2, so that few units move little.
 *
 * Sums are exact, and rows of blocks that are gone count for nothing whenever they come: bytes do
 * not depend on the order of keys, parts and closings. O(1) a row, 4.6 KB a pool. */
#include <math.h>
#include <string.h>

#include "demand/model.h"

#define PRIOR_UNITS 100.0
#define FACTOR_LEAST .5
#define FACTOR_MOST 2.0

void cstn__level_init(cstn__pool_level *level)
{
	size_t i;

	level->block = CSTN__PERIOD_NONE;
	level->factor = 1;
	for (i = 0; i < CSTN__LEVEL_BLOCKS; i++) {
		cstn__exact_sum_init(&level->of[i].said);
		cstn__exact_sum_init(&level->of[i].sold);
	}
}

static cstn__level_sums *sums_of(cstn__pool_level *level, int64_t block)
{
	return &level->of[block & (CSTN__LEVEL_BLOCKS - 1)];
}

/* The sums of a block, the newest if it is newer than all; NULL: it is gone. */
static cstn__level_sums *reach(cstn__pool_level *level, int64_t block)
{
	int64_t at = level->block < block - CSTN__LEVEL_BLOCKS ? block - CSTN__LEVEL_BLOCKS
							       : level->block;

	while (at < block) {
		cstn__level_sums *next = sums_of(level, ++at);

		cstn__exact_sum_init(&next->said);
		cstn__exact_sum_init(&next->sold);
	}
	if (block > level->block)
		level->block = block;
	return block > level->block - CSTN__LEVEL_BLOCKS ? sums_of(level, block) : NULL;
}

void cstn__level_add(cstn__pool_level *level, int64_t period, double said, double sold)
{
	cstn__level_sums *sums = reach(level,
			cstn__period_block(period, CSTN__LEVEL_PERIODS / CSTN__LEVEL_BLOCKS));

	if (!sums)
		return;
	cstn__exact_sum_add(&sums->said, said);
	cstn__exact_sum_add(&sums->sold, sold);
	level->is_stale = 1;
}

void cstn__level_merge(cstn__pool_level *into, const cstn__pool_level *from)
{
	int64_t k;

	for (k = CSTN__LEVEL_BLOCKS - 1; k >= 0 && from->block != CSTN__PERIOD_NONE; k--) {
		const cstn__level_sums *part =
				&from->of[(from->block - k) & (CSTN__LEVEL_BLOCKS - 1)];
		cstn__level_sums *sums = reach(into, from->block - k);

		if (!sums)
			continue;
		cstn__exact_sum_merge(&sums->said, &part->said);
		cstn__exact_sum_merge(&sums->sold, &part->sold);
	}
	into->is_stale = 1;
	cstn__level_settle(into);
}

void cstn__level_settle(cstn__pool_level *level)
{
	cstn__exact_sum all[2];
	double said, sold, factor;
	size_t i;

	if (!level->is_stale)
		return;
	level->is_stale = 0;
	level->factor = 1;
	cstn__exact_sum_init(&all[0]);
	cstn__exact_sum_init(&all[1]);
	for (i = 0; i < CSTN__LEVEL_BLOCKS; i++) {
		cstn__exact_sum_merge(&all[0], &level->of[i].said);
		cstn__exact_sum_merge(&all[1], &level->of[i].sold);
	}
	said = cstn__exact_sum_value(&all[0]);
	sold = cstn__exact_sum_value(&all[1]);
	if (!(said > 0 && said <= CSTN__DEMAND_LARGEST && fabs(sold) <= CSTN__DEMAND_LARGEST))
		return;
	factor = 1 + (sold / said - 1) * (said / (said + PRIOR_UNITS));
	level->factor = factor > FACTOR_MOST    ? FACTOR_MOST
			: factor < FACTOR_LEAST ? FACTOR_LEAST
						: factor;
}

/* --- bytes: from the oldest block on ---------------------------------------------------------- */

void cstn__level_put(cstn__bytes *out, const cstn__pool_level *level)
{
	int64_t k;

	cstn__bytes_put_u64(out, (uint64_t)level->block);
	for (k = CSTN__LEVEL_BLOCKS - 1; k >= 0 && level->block != CSTN__PERIOD_NONE; k--) {
		const cstn__level_sums *sums =
				&level->of[(level->block - k) & (CSTN__LEVEL_BLOCKS - 1)];

		cstn__exact_sum_put(out, &sums->said);
		cstn__exact_sum_put(out, &sums->sold);
	}
}

int cstn__level_read(cstn__reader *in, cstn__pool_level *level)
{
	int64_t k;

	level->block = (int64_t)cstn__read_u64(in);
	if (in->failed || level->block > CSTN__DEMAND_PERIOD_MOST ||
			(level->block < -CSTN__DEMAND_PERIOD_MOST &&
					level->block != CSTN__PERIOD_NONE))
		return -1;
	for (k = CSTN__LEVEL_BLOCKS - 1; k >= 0 && level->block != CSTN__PERIOD_NONE; k--) {
		cstn__level_sums *sums = sums_of(level, level->block - k);

		if (cstn__exact_sum_read(in, &sums->said) || cstn__exact_sum_read(in, &sums->sold))
			return -1;
	}
	level->is_stale = 1;
	cstn__level_settle(level);
	return 0;
}
