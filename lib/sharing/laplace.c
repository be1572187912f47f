/* Noise of the discrete Laplace distribution, exactly, from random bits and integers alone
 * (Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy, 2020, algorithms 1
 * and 2).
 *
 * A number that is true with probability exp(-u / t) is drawn from the series of exp: how many
 * times in a row a draw of u / (t k), k = 1, 2, .. is true, is even with that probability. Nothing
 * is rounded, so that the attacks on the last bits of noise (Mironov, 2012) find nothing. No number
 * here has a point. About 8 draws of the width of t a number; how long it takes depends on the
 * noise, as with every sampler that rejects. */
#include "sharing/laplace.h"

#include <string.h>

#include <sodium/core.h>
#include <sodium/randombytes.h>

#include "base/alloc.h"

#define NANO UINT64_C(1000000000)
/* exp(-200) is never drawn by a source that is none; one that gives ones alone must end too. */
#define STEPS_MOST 4096

int cstn__random_bits_init(cstn__random_bits *bits, cstn__entropy read, void *user)
{
	if (!read && sodium_init() < 0)
		return -1;
	bits->read = read;
	bits->user = user;
	bits->failed = 0;
	bits->left = 0;
	bits->pool = 0;
	bits->at = sizeof(bits->buffer);
	return 0;
}

void cstn__random_bits_end(cstn__random_bits *bits)
{
	cstn__wipe(bits->buffer, sizeof(bits->buffer));
	cstn__wipe(&bits->pool, sizeof(bits->pool));
	bits->left = 0;
}

static uint64_t next_word(cstn__random_bits *bits)
{
	uint64_t word = 0;
	int i;

	if (bits->at == sizeof(bits->buffer)) {
		if (!bits->read)
			randombytes_buf(bits->buffer, sizeof(bits->buffer));
		else if (bits->read(bits->user, bits->buffer, sizeof(bits->buffer)))
			bits->failed = 1;
		bits->at = 0;
	}
	if (bits->failed)
		return 0;
	for (i = 0; i < 8; i++)
		word |= (uint64_t)bits->buffer[bits->at + (size_t)i] << (8 * i);
	cstn__wipe(bits->buffer + bits->at, 8);
	bits->at += 8;
	return word;
}

/* n bits, 0 <= n <= 64. */
static uint64_t draw_bits(cstn__random_bits *bits, int n)
{
	uint64_t out = bits->pool, more;
	int had = bits->left;

	if (n <= had) {
		bits->pool = n == 64 ? 0 : out >> n;
		bits->left -= n;
		return n == 64 ? out : out & ((UINT64_C(1) << n) - 1);
	}
	more = next_word(bits);
	out |= had ? more << had : more;
	bits->pool = n - had == 64 ? 0 : more >> (n - had);
	bits->left = 64 - (n - had);
	return n == 64 ? out : out & ((UINT64_C(1) << n) - 1);
}

/* Uniform on 0 .. n - 1: numbers of as many bits as n - 1 has, until one is below n. */
static cstn__u128 draw_below(cstn__random_bits *bits, cstn__u128 n)
{
	uint64_t high = (uint64_t)((n - 1) >> 64), low = (uint64_t)(n - 1);
	int width = high ? 64 : low ? 64 - __builtin_clzll(low) : 0;
	int more = high ? 64 - __builtin_clzll(high) : 0, tries;
	cstn__u128 out;

	for (tries = 0; tries < STEPS_MOST && !bits->failed; tries++) {
		out = draw_bits(bits, width);
		if (more)
			out |= (cstn__u128)draw_bits(bits, more) << 64;
		if (out < n)
			return out;
	}
	bits->failed = 1;
	return 0;
}

/* 1 with probability exp(-u / t), 0 <= u <= t. */
static int draw_exp(cstn__random_bits *bits, cstn__u128 u, cstn__u128 t)
{
	uint64_t k;

	for (k = 1; k < STEPS_MOST && !bits->failed; k++)
		/* u / (t k), as two draws: their product needs no more bits than t has */
		if (draw_below(bits, t) >= u || draw_below(bits, k) != 0)
			return k & 1;
	bits->failed = 1;
	return 0;
}

static cstn__u128 common_divisor(cstn__u128 a, cstn__u128 b)
{
	while (b) {
		cstn__u128 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void cstn__laplace_init(cstn__laplace *out, uint64_t sensitivity, uint64_t epsilon_nano)
{
	cstn__u128 t = (cstn__u128)sensitivity * NANO, by = common_divisor(t, epsilon_nano);

	out->t = t / by;
	out->s = epsilon_nano / by;
}

cstn__i128 cstn__laplace_draw(const cstn__laplace *noise, cstn__random_bits *bits)
{
	int tries;

	for (tries = 0; tries < STEPS_MOST && !bits->failed; tries++) {
		cstn__u128 u = draw_below(bits, noise->t), size;
		uint64_t v = 0;
		int negative;

		if (!draw_exp(bits, u, noise->t))
			continue;
		while (v < STEPS_MOST && draw_exp(bits, 1, 1))
			v++;
		/* u + t v is geometric with exp(-1 / t); what s of them make, with exp(-s / t) */
		size = u + noise->t * v;
		size = size >> 64 || noise->s >> 64 ? size / noise->s
						    : (uint64_t)size / (uint64_t)noise->s;
		negative = (int)draw_bits(bits, 1);
		if (negative && size == 0)
			continue; /* else 0 would come twice as often */
		return negative ? -(cstn__i128)size : (cstn__i128)size;
	}
	bits->failed = 1;
	return 0;
}
