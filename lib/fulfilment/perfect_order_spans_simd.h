/* The functions of perfect_order_spans.c for one instruction set: included once for each, with the
 * operations of the set as macros. Whole words by vectors, the rest by the portable twins. No
 * guard: that is the point. */

static TARGET int NAME(edges32)(const int32_t *a, int before, int n, uint64_t *out)
{
	int full = n / 64, w = 0, k, rising = 1;
	uint64_t falls = 0;

	if (!before && full)
		rising &= portable_edges32(a, 1, 64, out), w = 1;
	for (; w < full; w++) {
		const int32_t *p = a + 64 * w;
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES32) {
			VECTOR x = LOAD(p + k), y = LOAD(p + k - 1);

			word |= (uint64_t)NE32(x, y) << k;
			falls |= (uint64_t)GT32(y, x) & (w || k ? ~UINT64_C(0) : ~UINT64_C(1));
		}
		out[w] |= word;
	}
	if (n > 64 * full)
		rising &= portable_edges32(a + 64 * full, !full, n - 64 * full, out + full);
	out[0] &= ~UINT64_C(1);
	return rising && !falls;
}

static TARGET int NAME(edges64)(const int64_t *a, int before, int n, uint64_t *out)
{
	int full = n / 64, w = 0, k, rising = 1;
	uint64_t falls = 0;

	if (!before && full)
		rising &= portable_edges64(a, 1, 64, out), w = 1;
	for (; w < full; w++) {
		const int64_t *p = a + 64 * w;
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES64) {
			VECTOR x = LOAD(p + k), y = LOAD(p + k - 1);

			word |= (uint64_t)NE64(x, y) << k;
			falls |= (uint64_t)GT64(y, x) & (w || k ? ~UINT64_C(0) : ~UINT64_C(1));
		}
		out[w] |= word;
	}
	if (n > 64 * full)
		rising &= portable_edges64(a + 64 * full, !full, n - 64 * full, out + full);
	out[0] &= ~UINT64_C(1);
	return rising && !falls;
}

static TARGET int NAME(late32)(const int32_t *promise, const int32_t *actual,
		const cstn__time_limits *limits, int n, uint64_t *out)
{
	const VECTOR late = SET32((int32_t)limits->late), early = SET32((int32_t)limits->early);
	const VECTOR least = SET32((int32_t)limits->least), most = SET32((int32_t)limits->most);
	const VECTOR last = SET32((int32_t)limits->most_actual);
	int full = n / 64, has_early = limits->has_early, w, k;
	uint64_t out_of = 0;

	for (w = 0; w < full; w++) {
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES32) {
			VECTOR p = LOAD(promise + 64 * w + k), a = LOAD(actual + 64 * w + k);

			AHEAD(promise + 64 * w + k);
			AHEAD(actual + 64 * w + k);
			out_of |= (uint64_t)GT32(least, MIN32(p, a)) | (uint64_t)GT32(p, most) |
				  (uint64_t)GT32(a, last);
			word |= (uint64_t)GT32(SUB32(a, p), late) << k;
			if (has_early)
				word |= (uint64_t)GT32(SUB32(p, a), early) << k;
		}
		out[w] = word;
	}
	if (n > 64 * full && !portable_late32(promise + 64 * full, actual + 64 * full, limits,
					     n - 64 * full, out + full))
		return 0;
	return !out_of;
}

static TARGET int NAME(late64)(const int64_t *promise, const int64_t *actual,
		const cstn__time_limits *limits, int n, uint64_t *out)
{
	const VECTOR late = SET64(limits->late), early = SET64(limits->early);
	const VECTOR least = SET64(limits->least), most = SET64(limits->most);
	const VECTOR last = SET64(limits->most_actual);
	int full = n / 64, has_early = limits->has_early, w, k;
	uint64_t out_of = 0;

	for (w = 0; w < full; w++) {
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES64) {
			VECTOR p = LOAD(promise + 64 * w + k), a = LOAD(actual + 64 * w + k);

			AHEAD(promise + 64 * w + k);
			AHEAD(actual + 64 * w + k);
			out_of |= (uint64_t)GT64(least, p) | (uint64_t)GT64(least, a) |
				  (uint64_t)GT64(p, most) | (uint64_t)GT64(a, last);
			word |= (uint64_t)GT64(SUB64(a, p), late) << k;
			if (has_early)
				word |= (uint64_t)GT64(SUB64(p, a), early) << k;
		}
		out[w] = word;
	}
	if (n > 64 * full && !portable_late64(promise + 64 * full, actual + 64 * full, limits,
					     n - 64 * full, out + full))
		return 0;
	return !out_of;
}

static TARGET int NAME(differ32)(const int32_t *a, const int32_t *b, int n, uint64_t *out)
{
	const VECTOR one = SET32(1), zero = SET32(0);
	int full = n / 64, w, k;
	uint64_t out_of = 0;

	for (w = 0; w < full; w++) {
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES32) {
			VECTOR x = LOAD(a + 64 * w + k), y = LOAD(b + 64 * w + k);

			AHEAD(a + 64 * w + k);
			AHEAD(b + 64 * w + k);
			out_of |= (uint64_t)GT32(one, x) | (uint64_t)GT32(zero, y);
			word |= (uint64_t)NE32(x, y) << k;
		}
		out[w] = word;
	}
	if (n > 64 * full &&
			!portable_differ32(a + 64 * full, b + 64 * full, n - 64 * full, out + full))
		return 0;
	return !out_of;
}

static TARGET int NAME(differ64)(const int64_t *a, const int64_t *b, int n, uint64_t *out)
{
	const VECTOR one = SET64(1), zero = SET64(0);
	int full = n / 64, w, k;
	uint64_t out_of = 0;

	for (w = 0; w < full; w++) {
		uint64_t word = 0;

		for (k = 0; k < 64; k += LANES64) {
			VECTOR x = LOAD(a + 64 * w + k), y = LOAD(b + 64 * w + k);

			AHEAD(a + 64 * w + k);
			AHEAD(b + 64 * w + k);
			out_of |= (uint64_t)GT64(one, x) | (uint64_t)GT64(zero, y);
			word |= (uint64_t)NE64(x, y) << k;
		}
		out[w] = word;
	}
	if (n > 64 * full &&
			!portable_differ64(a + 64 * full, b + 64 * full, n - 64 * full, out + full))
		return 0;
	return !out_of;
}

static TARGET uint64_t NAME(count)(const uint64_t *words, int n)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += (uint64_t)__builtin_popcountll(words[i]);
	return sum;
}

static const cstn__spans NAME(spans) = {NAME(edges32), NAME(edges64), NAME(late32), NAME(late64),
		NAME(differ32), NAME(differ64), NAME(count)};
