/* An exact sum as bytes, and back: the limbs that are not 0, from the first to the last. */
#include "base/stats.h"

#define LIMBS (sizeof(((cstn__exact_sum *)0)->limb) / sizeof(int64_t))

void cstn__exact_sum_put(cstn__bytes *out, const cstn__exact_sum *sum)
{
	cstn__exact_sum own = *sum;
	size_t first = 0, end = LIMBS, i;

	cstn__exact_sum_normalise(&own);
	while (end > 0 && own.limb[end - 1] == 0)
		end--;
	while (first < end && own.limb[first] == 0)
		first++;
	cstn__bytes_put_u16(out, (uint16_t)first);
	cstn__bytes_put_u16(out, (uint16_t)end);
	for (i = first; i < end; i++)
		cstn__bytes_put_u64(out, (uint64_t)own.limb[i]);
}

/* Canonical limbs, the only ones that sums may be made of: 32 bits each but for the last, which is
 * a sign; what is written neither begins nor ends with 0. */
int cstn__exact_sum_read(cstn__reader *in, cstn__exact_sum *out)
{
	size_t first = cstn__read_u16(in), end = cstn__read_u16(in), i;

	if (in->failed || first > end || end > LIMBS || (first == end && first != 0))
		return -1;
	cstn__exact_sum_init(out);
	for (i = first; i < end; i++) {
		int64_t limb = (int64_t)cstn__read_u64(in);

		if (i == LIMBS - 1 ? limb != -1 : limb < 0 || limb > UINT32_MAX)
			return -1;
		out->limb[i] = limb;
	}
	return in->failed || (first < end && (!out->limb[first] || !out->limb[end - 1])) ? -1 : 0;
}
