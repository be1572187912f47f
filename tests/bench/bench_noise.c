/* Draws of discrete Laplace noise, as answers get them: from libsodium's random bytes. */
#include "base/error.h"
#include "sharing/laplace.h"

#include "bench.h"

CSTN_API int32_t bench_laplace(
		int64_t n, uint64_t sensitivity, uint64_t epsilon_nano, int64_t *out);

/* `out`: n numbers of steps. 0, or -1 where there is no randomness. */
int32_t bench_laplace(int64_t n, uint64_t sensitivity, uint64_t epsilon_nano, int64_t *out)
{
	cstn__random_bits bits;
	cstn__laplace noise;
	int64_t i;

	if (cstn__random_bits_init(&bits, NULL, NULL))
		return -1;
	cstn__laplace_init(&noise, sensitivity, epsilon_nano);
	for (i = 0; i < n; i++)
		out[i] = (int64_t)cstn__laplace_draw(&noise, &bits);
	i = bits.failed;
	cstn__random_bits_end(&bits);
	return i ? -1 : 0;
}
