#ifndef CSTN_DEMAND_CALIBRATE_H
#define CSTN_DEMAND_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/envelope.h"

#define CSTN__CALIBRATION_BINS 1000
/* Until so many periods had outcomes, levels are as they were asked for. */
#define CSTN__CALIBRATION_PERIODS 28
#define CSTN__CALIBRATION_EPOCH 256

/* Where outcomes fell in the distributions that were forecast for them. All in integers, and of
 * two epochs of 256 periods each: what is added in any order, or merged, has the same bytes. */
typedef struct cstn__calibration {
	int64_t epoch; /* the newer one; older ones than the one before it are gone */
	int64_t bin[2][CSTN__CALIBRATION_BINS];         /* by epoch & 1, in units of 2^-20 */
	uint64_t seen[2][CSTN__CALIBRATION_EPOCH / 64]; /* periods that had outcomes */
} cstn__calibration;

/* u in [0, 1] */
void cstn__calibration_add(cstn__calibration *calibration, int64_t period, double u);
void cstn__calibration_merge(cstn__calibration *into, const cstn__calibration *from);
int cstn__calibration_is_on(const cstn__calibration *calibration);
/* Canonical bytes; 0, or -1 for what outcomes cannot make. */
void cstn__calibration_put(cstn__bytes *out, const cstn__calibration *calibration);
int cstn__calibration_read(cstn__reader *in, cstn__calibration *calibration);
/* The level to ask for, of each level, ascending, inside (0, 1): ascending and inside as well. */
void cstn__calibration_levels(
		const cstn__calibration *calibration, const double *level, size_t n, double *out);

/* A number inside (0, 1) of a key and a period, always the same. */
double cstn__calibration_draw(uint64_t key_hash, int64_t period, uint64_t seed);

#endif
