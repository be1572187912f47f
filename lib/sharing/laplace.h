#ifndef CSTN_SHARING_LAPLACE_H
#define CSTN_SHARING_LAPLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"

/* Random bits from the caller's source, 0 on success; NULL: libsodium's. */
typedef int32_t (*cstn__entropy)(void *user, uint8_t *out, size_t size);

typedef struct cstn__random_bits {
	cstn__entropy read;
	void *user;
	int failed; /* sticks: the source gave nothing, and all that is drawn is 0 */
	int32_t left;
	uint64_t pool; /* `left` bits */
	size_t at;
	uint8_t buffer[1024];
} cstn__random_bits;
/* 0, or -1 where libsodium cannot begin. */
int cstn__random_bits_init(cstn__random_bits *bits, cstn__entropy read, void *user);
/* Wipes what was drawn and not used. */
void cstn__random_bits_end(cstn__random_bits *bits);

/* The discrete Laplace distribution P(x) proportional to exp(-|x| s / t) on all integers. */
typedef struct cstn__laplace {
	cstn__u128 t, s; /* in lowest terms */
} cstn__laplace;
/* Noise for answers that one subject moves by at most `sensitivity` (above 0), with
 * epsilon_nano / 10^9 (above 0) as epsilon. */
void cstn__laplace_init(cstn__laplace *out, uint64_t sensitivity, uint64_t epsilon_nano);
/* The source's failure shows in bits->failed. */
cstn__i128 cstn__laplace_draw(const cstn__laplace *noise, cstn__random_bits *bits);

#endif
