/* Levels that outcomes prove: a histogram of where they fell.
 *
 * If forecasts were right, F(y - 1) + V (F(y) - F(y - 1)) would be uniform, V drawn from the key
 * and the period (Smith 1985 for counts: F(y) alone is not uniform where y has atoms). The share
 * G(u) of outcomes at or below u then says which level has to be asked for so that u is met:
 * G^-1(u). Steps on the level itself would run past 0 and 1; an inverse of a distribution cannot. A
 * uniform weight of 500 outcomes keeps small pools steady and every bin above 0, so that the levels
 * that come out ascend strictly.
 *
 * Outcomes fade by 1 % a period: one of period i of its epoch weighs 2^20 / .99^i, and the older of
 * two epochs is .99^256 of the newer one. So nothing is ever multiplied by what came later, and a
 * row that comes after others adds what it would have added before them.
 *
 * Invariant: bin >= 0. Cost: 10 ns an outcome, 1 us for all levels. */
#include "demand/calibrate.h"

#include <string.h>

#include "base/elementary.h"
#include "base/hash.h"

#define WEIGHT 500.0
#define BIN_MOST (INT64_C(1) << 60)
#define FADE 0.010050335853501441182 /* -ln .99 */
#define OLDER 0.07631498375150165    /* .99^256 */

static int64_t floor_epoch(int64_t period)
{
	return period >= 0 ? period / CSTN__CALIBRATION_EPOCH
			   : -((-1 - period) / CSTN__CALIBRATION_EPOCH) - 1;
}

static double weight_of(int at)
{
	return cstn__exp(FADE * at) * 0x1p20;
}

static int is_empty(const cstn__calibration *c)
{
	uint64_t any = 0;
	int i;

	for (i = 0; i < 2 * CSTN__CALIBRATION_EPOCH / 64; i++)
		any |= c->seen[i & 1][i / 2];
	return !any;
}

static void clear_epoch(cstn__calibration *c, int64_t epoch)
{
	memset(c->bin[epoch & 1], 0, sizeof(c->bin[0]));
	memset(c->seen[epoch & 1], 0, sizeof(c->seen[0]));
}

/* 0: that epoch is gone. */
static int reach_epoch(cstn__calibration *c, int64_t epoch)
{
	if (is_empty(c))
		c->epoch = epoch;
	if (epoch > c->epoch) {
		if (epoch > c->epoch + 1)
			clear_epoch(c, epoch - 1);
		clear_epoch(c, epoch);
		c->epoch = epoch;
	}
	return epoch >= c->epoch - 1;
}

void cstn__calibration_add(cstn__calibration *calibration, int64_t period, double u)
{
	int64_t epoch = floor_epoch(period);
	int at = (int)(u * CSTN__CALIBRATION_BINS);
	int within = (int)(period - epoch * CSTN__CALIBRATION_EPOCH);

	if (!reach_epoch(calibration, epoch))
		return;
	if (at > CSTN__CALIBRATION_BINS - 1)
		at = CSTN__CALIBRATION_BINS - 1;
	if (calibration->bin[epoch & 1][at] <= BIN_MOST - (INT64_C(1) << 25))
		calibration->bin[epoch & 1][at] += (int64_t)(weight_of(within) + 0.5);
	calibration->seen[epoch & 1][within / 64] |= UINT64_C(1) << within % 64;
}

static void merge_epoch(cstn__calibration *into, const cstn__calibration *from, int64_t epoch)
{
	int side = epoch & 1, i;

	if (!reach_epoch(into, epoch))
		return;
	for (i = 0; i < CSTN__CALIBRATION_BINS; i++)
		/* bytes that are not trusted may hold anything up to there */
		into->bin[side][i] = from->bin[side][i] > BIN_MOST - into->bin[side][i]
						     ? BIN_MOST
						     : into->bin[side][i] + from->bin[side][i];
	for (i = 0; i < CSTN__CALIBRATION_EPOCH / 64; i++)
		into->seen[side][i] |= from->seen[side][i];
}

void cstn__calibration_merge(cstn__calibration *into, const cstn__calibration *from)
{
	if (is_empty(from))
		return;
	merge_epoch(into, from, from->epoch);
	merge_epoch(into, from, from->epoch - 1);
}

int cstn__calibration_is_on(const cstn__calibration *calibration)
{
	int periods = 0, i;

	for (i = 0; i < 2 * CSTN__CALIBRATION_EPOCH / 64; i++)
		periods += __builtin_popcountll(calibration->seen[i & 1][i / 2]);
	return periods >= CSTN__CALIBRATION_PERIODS;
}

/* Place of the last period in the newer epoch. */
static int last_within(const cstn__calibration *c)
{
	int i;

	for (i = CSTN__CALIBRATION_EPOCH / 64 - 1; i >= 0; i--)
		if (c->seen[c->epoch & 1][i])
			return i * 64 + 63 - __builtin_clzll(c->seen[c->epoch & 1][i]);
	return 0;
}

void cstn__calibration_levels(
		const cstn__calibration *calibration, const double *level, size_t n, double *out)
{
	const int64_t *newer = calibration->bin[calibration->epoch & 1];
	const int64_t *older = calibration->bin[~calibration->epoch & 1];
	double share, total = 0, below = 0, mass[CSTN__CALIBRATION_BINS];
	size_t i;
	int at;

	if (!cstn__calibration_is_on(calibration)) {
		for (i = 0; i < n; i++)
			out[i] = level[i];
		return;
	}
	share = WEIGHT / CSTN__CALIBRATION_BINS * weight_of(last_within(calibration));
	for (at = 0; at < CSTN__CALIBRATION_BINS; at++) {
		mass[at] = (double)newer[at] + OLDER * (double)older[at] + share;
		total += mass[at];
	}
	at = 0;
	for (i = 0; i < n; i++) {
		double target = level[i] * total, part;

		while (at < CSTN__CALIBRATION_BINS - 1 && below + mass[at] < target)
			below += mass[at++];
		part = (target - below) / mass[at];
		out[i] = (at + (part < 1 ? part : 1)) / CSTN__CALIBRATION_BINS;
		if (out[i] > 1 - 0x1p-40)
			out[i] = 1 - 0x1p-40;
	}
}

/* --- bytes: the bins that have something ------------------------------------------------------ */

void cstn__calibration_put(cstn__bytes *out, const cstn__calibration *calibration)
{
	int side, i;

	cstn__bytes_put_u64(out, (uint64_t)calibration->epoch);
	for (side = 0; side < 2; side++) {
		uint16_t n = 0;

		for (i = 0; i < CSTN__CALIBRATION_EPOCH / 64; i++)
			cstn__bytes_put_u64(out, calibration->seen[side][i]);
		for (i = 0; i < CSTN__CALIBRATION_BINS; i++)
			n = (uint16_t)(n + (calibration->bin[side][i] != 0));
		cstn__bytes_put_u16(out, n);
		for (i = 0; i < CSTN__CALIBRATION_BINS; i++) {
			if (!calibration->bin[side][i])
				continue;
			cstn__bytes_put_u16(out, (uint16_t)i);
			cstn__bytes_put_u64(out, (uint64_t)calibration->bin[side][i]);
		}
	}
}

static int read_epoch(cstn__reader *in, cstn__calibration *c, int side)
{
	uint64_t any = 0;
	int i, n, last = -1;

	for (i = 0; i < CSTN__CALIBRATION_EPOCH / 64; i++)
		any |= c->seen[side][i] = cstn__read_u64(in);
	n = cstn__read_u16(in);
	if (in->failed || n > CSTN__CALIBRATION_BINS || !any != !n)
		return -1;
	for (i = 0; i < n; i++) {
		int at = cstn__read_u16(in);
		int64_t value = (int64_t)cstn__read_u64(in);

		if (in->failed || at <= last || at >= CSTN__CALIBRATION_BINS || value < 1 ||
				value > BIN_MOST)
			return -1;
		c->bin[side][at] = value;
		last = at;
	}
	return 0;
}

int cstn__calibration_read(cstn__reader *in, cstn__calibration *calibration)
{
	int64_t most = INT64_MAX / CSTN__CALIBRATION_EPOCH / 2;

	memset(calibration, 0, sizeof(*calibration));
	calibration->epoch = (int64_t)cstn__read_u64(in);
	if (calibration->epoch < -most || calibration->epoch > most ||
			read_epoch(in, calibration, 0) || read_epoch(in, calibration, 1))
		return -1;
	return is_empty(calibration) && calibration->epoch ? -1 : 0;
}

double cstn__calibration_draw(uint64_t key_hash, int64_t period, uint64_t seed)
{
	uint64_t parts[2] = {key_hash, (uint64_t)period};

	return ((double)(cstn__hash64(seed, parts, sizeof(parts)) >> 12) + 0.5) * 0x1p-52;
}
