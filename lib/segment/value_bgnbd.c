/* BG/NBD (Fader, Hardie, Lee 2005) and MBG/NBD (Batislam, Denizel, Filiztekin 2007): terms of the
 * likelihood with their first and second derivatives.
 *
 * Everything hangs on D, the ln odds of being gone: D = ln a - ln(b + x - 1) + (r + x) log1p((T -
 * tx) / (alpha + tx)); MBG has b + x, and BG with x = 0 has -infinity. Then ln P(alive) =
 * -log1p(e^D), and LL = G(r, x) + r ln alpha - (r + x) ln(alpha + T) + ln B(a, b + x) - ln B(a, b)
 * - ln P(alive), where no difference of large logarithms is left. With q = 1 - P(alive) the
 * derivatives of -ln P(alive) are q D_i, and q (1 - q) D_i D_j + q D_ij.
 *
 * Rows come sorted by x; terms of x alone are computed once a run. Eight rows go side by side and
 * stay in registers from the columns to the results; a lane has the same bytes on every instruction
 * set. Cost: about 10 ns a row with the gradient, 12 with second derivatives. */
#include <math.h>

#include "base/elementary_wide.h"
#include "base/special.h"
#include "segment/value.h"

#define LANES CSTN__LANES
#define SMALL_X 64
#define NEVER 708.0 /* beyond it e^-|D| is nothing */

typedef cstn__doubles doubles;
typedef cstn__words words;

/* Terms of x alone. */
typedef struct x_terms {
	double base;     /* G(r, x) + r ln alpha + ln B(a, b + x + e) - ln B(a, b) */
	double odds;     /* ln a - ln(b + x - 1 + e) */
	double more;     /* 1 / (b + x - 1 + e), 0 if there is no death */
	double by[3];    /* parts of the gradient by r, a, b without pi and q */
	double twice[3]; /* parts of the second derivatives: rr, aa (and ab), bb */
} x_terms;

/* trigamma(r + n) - trigamma(r), n a whole number */
static double trigamma_rising(double r, double n)
{
	double sum = 0.0, i;

	if (n > 32.0)
		return cstn__trigamma(r + n) - cstn__trigamma(r);
	for (i = n - 1.0; i >= 0.0; i -= 1.0)
		sum -= 1.0 / ((r + i) * (r + i));
	return sum;
}

static void terms_of_x(const cstn__value_model *model, double x, int level, x_terms *out)
{
	const double *theta = model->theta;
	double r = theta[0], a = theta[2], b = theta[3];
	double e = model->kind == CSTN__VALUE_MBGNBD ? 1.0 : 0.0, last = b + x - 1.0 + e;
	double log_alpha = level < 0 ? 0.0 : cstn__log(theta[1]), both;

	memset(out, 0, sizeof(*out));
	out->odds = x + e > 0.0 ? cstn__log(a / last) : -(double)INFINITY;
	out->more = x + e > 0.0 ? 1.0 / last : 0.0;
	if (level < 0)
		return;
	/* ln B(a, b + m) - ln B(a, b) = ln (b)_m - ln (a + b)_m */
	out->base = cstn__log_rising(r, x) + r * log_alpha + cstn__log_rising(b, x + e) -
		    cstn__log_rising(a + b, x + e);
	if (level == 0)
		return;
	out->by[0] = cstn__digamma_rising(r, x) + log_alpha;
	out->by[1] = -cstn__digamma_rising(a + b, x + e);
	out->by[2] = cstn__digamma_rising(b, x + e) + out->by[1];
	if (level < 2)
		return;
	both = trigamma_rising(a + b, x + e);
	out->twice[0] = trigamma_rising(r, x);
	out->twice[1] = -both;
	out->twice[2] = trigamma_rising(b, x + e) - both;
}

/* Eight rows with what belongs to their x. */
typedef struct eight {
	doubles shape, tx, age; /* shape: r + x */
	doubles base, odds, more, by[3], twice[3];
} eight;

typedef struct answers {
	doubles loglik, log_alive, gradient[4], second[CSTN__VALUE_PAIRS];
} answers;

CSTN__INLINE void choose(const words *mask, const doubles *yes, const doubles *no, doubles *out)
{
	*out = (doubles)((*mask & (words)*yes) | (~*mask & (words)*no));
}

CSTN__INLINE void second_of(const cstn__value_model *model, const eight *in, const doubles *quiet,
		const doubles *end, const doubles *start, const doubles *pi, const doubles *q,
		answers *out)
{
	double r = model->theta[0], alpha = model->theta[1], by_a = 1.0 / model->theta[2];
	doubles both = *pi * *q, fall = *end - *start, by_alpha = in->shape * fall;

	out->second[0] = in->twice[0] + both * *quiet * *quiet;
	out->second[1] = 1.0 / alpha - *end + both * *quiet * by_alpha + *q * fall;
	out->second[2] = both * *quiet * by_a;
	out->second[3] = -(both * *quiet * in->more);
	out->second[4] = in->shape * (*end * *end) - r / (alpha * alpha) +
			 both * by_alpha * by_alpha +
			 *q * in->shape * (*start * *start - *end * *end);
	out->second[5] = both * by_alpha * by_a;
	out->second[6] = -(both * by_alpha * in->more);
	out->second[7] = in->twice[1] + (both - *q) * (by_a * by_a);
	out->second[8] = in->twice[1] - both * by_a * in->more;
	out->second[9] = in->twice[2] + (both + *q) * in->more * in->more;
}

CSTN__INLINE void compute(const cstn__value_model *model, int level, const eight *in, answers *out)
{
	double r = model->theta[0], alpha = model->theta[1], by_a = 1.0 / model->theta[2];
	doubles end_time = alpha + in->age, start = 1.0 / (alpha + in->tx), end, log_end;
	doubles quiet = (in->age - in->tx) * start, odds, size, small, soft, inverse, pi, q;
	doubles none = {0.0};
	words gone, over;

	cstn__log1p_lanes(&quiet, &quiet);
	odds = in->odds + in->shape * quiet;
	gone = odds >= 0.0;
	size = -odds;
	choose(&gone, &odds, &size, &size); /* |D| */
	over = size > NEVER;
	choose(&over, &none, &size, &size);
	size = -size;
	cstn__exp_lanes(&size, &small);
	choose(&over, &none, &small, &small);
	cstn__log1p_lanes(&small, &soft);
	/* ln(1 + e^D) without what overflows, where nobody can be gone 0 */
	pi = odds + soft;
	choose(&gone, &pi, &soft, &soft);
	out->log_alive = -soft;
	if (level < 0)
		return;
	cstn__log_lanes(&end_time, &log_end);
	out->loglik = in->base - in->shape * log_end + soft;
	if (level == 0)
		return;
	end = 1.0 / end_time;
	inverse = 1.0 / (1.0 + small);
	small = small * inverse;
	choose(&gone, &small, &inverse, &pi);
	choose(&gone, &inverse, &small, &q);
	/* ln A = ln(alpha + T) - quiet */
	out->gradient[0] = in->by[0] - log_end + q * quiet;
	out->gradient[1] = r / alpha - in->shape * (pi * end + q * start);
	out->gradient[2] = in->by[1] + q * by_a;
	out->gradient[3] = in->by[2] - q * in->more;
	if (level > 1)
		second_of(model, in, &quiet, &end, &start, &pi, &q, out);
}

/* Eight rows from `at` on; past the end the last one stands again. */
CSTN__INLINE void gather(const cstn__value_model *model, const cstn__value_chunk *chunk, int32_t at,
		int level, const x_terms *terms, const int16_t *run, eight *out)
{
	double r = model->theta[0];
	int32_t i, left = chunk->n - at < LANES ? chunk->n - at : LANES, k;
	const x_terms *first = &terms[run[at]];
	int same = 1;
	doubles x;

	if (left == LANES) {
		memcpy(&x, chunk->x + at, sizeof(x));
		memcpy(&out->tx, chunk->tx + at, sizeof(out->tx));
		memcpy(&out->age, chunk->age + at, sizeof(out->age));
	} else {
		for (i = 0; i < LANES; i++) {
			int32_t from = at + (i < left ? i : left - 1);

			x[i] = chunk->x[from];
			out->tx[i] = chunk->tx[from];
			out->age[i] = chunk->age[from];
		}
	}
	for (i = 1; i < left; i++)
		same &= run[at + i] == run[at];
	out->shape = r + x;
#define FILL(to, of)                                  \
	if (same)                                     \
		out->to = (doubles){0.0} + first->of; \
	else                                          \
		for (i = 0; i < LANES; i++)           \
		out->to[i] = terms[run[at + (i < left ? i : left - 1)]].of
	FILL(odds, odds);
	FILL(base, base);
	if (level == 0)
		return;
	FILL(more, more);
	for (k = 0; k < 3; k++) {
		FILL(by[k], by[k]);
	}
	for (k = 0; k < 3 && level > 1; k++) {
		FILL(twice[k], twice[k]);
	}
#undef FILL
}

CSTN__INLINE void put(const doubles *from, int32_t n, double *to)
{
	if (n == LANES)
		memcpy(to, from, sizeof(*from));
	else
		memcpy(to, from, (size_t)n * sizeof(double));
}

CSTN__INLINE void all_rows(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int level, const x_terms *terms, const int16_t *run, cstn__value_terms *out)
{
	int32_t at, k;

	for (at = 0; at < chunk->n; at += LANES) {
		int32_t n = chunk->n - at < LANES ? chunk->n - at : LANES;
		answers found;
		eight in;

		gather(model, chunk, at, level, terms, run, &in);
		compute(model, level, &in, &found);
		put(&found.log_alive, n, out->log_alive + at);
		put(&found.loglik, n, out->loglik + at);
		for (k = 0; k < 4 && level > 0; k++)
			put(&found.gradient[k], n, out->gradient[k] + at);
		for (k = 0; k < CSTN__VALUE_PAIRS && level > 1; k++)
			put(&found.second[k], n, out->second[k] + at);
	}
}

CSTN__INLINE void take(const double *from, int32_t n, doubles *to)
{
	if (n == LANES) {
		memcpy(to, from, sizeof(*to));
	} else {
		*to = (doubles){0.0}; /* nobody */
		memcpy(to, from, (size_t)n * sizeof(double));
	}
}

/* ln P(alive) alone, with the odds of each row's x at hand. */
CSTN__INLINE void all_alive(const cstn__value_model *model, const cstn__value_chunk *chunk,
		const double *odds, cstn__value_terms *out)
{
	int32_t at;

	for (at = 0; at < chunk->n; at += LANES) {
		int32_t n = chunk->n - at < LANES ? chunk->n - at : LANES;
		answers found;
		eight in;

		take(chunk->x + at, n, &in.shape);
		take(chunk->tx + at, n, &in.tx);
		take(chunk->age + at, n, &in.age);
		take(odds + at, n, &in.odds);
		in.shape = model->theta[0] + in.shape;
		compute(model, -1, &in, &found);
		put(&found.log_alive, n, out->log_alive + at);
	}
}

typedef void rows_work(const cstn__value_model *model, const cstn__value_chunk *chunk,
		const x_terms *terms, const int16_t *run, cstn__value_terms *out);

typedef void alive_work(const cstn__value_model *model, const cstn__value_chunk *chunk,
		const double *odds, cstn__value_terms *out);

#define LEVEL(name, target, level)                                                              \
	target static void name(const cstn__value_model *model, const cstn__value_chunk *chunk, \
			const x_terms *terms, const int16_t *run, cstn__value_terms *out)       \
	{                                                                                       \
		all_rows(model, chunk, level, terms, run, out);                                 \
	}
#define LEVELS(name, target)                                                \
	target static void name##_alive(const cstn__value_model *model,     \
			const cstn__value_chunk *chunk, const double *odds, \
			cstn__value_terms *out)                             \
	{                                                                   \
		all_alive(model, chunk, odds, out);                         \
	}                                                                   \
	LEVEL(name##_plain, target, 0)                                      \
	LEVEL(name##_first, target, 1)                                      \
	LEVEL(name##_second, target, 2)                                     \
	static rows_work *const name[3] = {name##_plain, name##_first, name##_second};
LEVELS(portable, )
LEVELS(avx2, CSTN__AVX2)
LEVELS(avx512, CSTN__AVX512)

static void alive_of(const cstn__value_model *model, const cstn__value_chunk *chunk,
		cstn__value_terms *out)
{
	alive_work *work = model->simd >= 3   ? avx512_alive
			   : model->simd == 2 ? avx2_alive
					      : portable_alive;
	double odds[CSTN__VALUE_CHUNK], of_x[SMALL_X];
	uint64_t seen = 0; /* bit x: of_x[x] is there */
	x_terms terms;
	int32_t i;

	for (i = 0; i < chunk->n; i++) {
		double x = chunk->x[i];
		int small = x < SMALL_X ? (int)x : -1;

		if (small >= 0 && (seen >> small & 1)) {
			odds[i] = of_x[small];
			continue;
		}
		terms_of_x(model, x, -1, &terms);
		odds[i] = terms.odds;
		if (small < 0)
			continue;
		of_x[small] = terms.odds;
		seen |= UINT64_C(1) << small;
	}
	work(model, chunk, odds, out);
}

void cstn__value_terms_bg(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out)
{
	rows_work *const *works = model->simd >= 3 ? avx512 : model->simd == 2 ? avx2 : portable;
	x_terms terms[CSTN__VALUE_CHUNK]; /* one a run, and one in all for small x */
	int16_t run[CSTN__VALUE_CHUNK], seen[SMALL_X] = {0};
	int32_t i, runs = 0;

	if (gradient < 0) {
		alive_of(model, chunk, out);
		return;
	}
	for (i = 0; i < chunk->n; i++) {
		double x = chunk->x[i];

		if (i > 0 && x == chunk->x[i - 1]) {
			run[i] = run[i - 1];
			continue;
		}
		if (x < SMALL_X && seen[(int)x]) {
			run[i] = (int16_t)(seen[(int)x] - 1);
			continue;
		}
		terms_of_x(model, x, gradient, &terms[runs]);
		run[i] = (int16_t)runs++;
		if (x < SMALL_X)
			seen[(int)x] = (int16_t)runs;
	}
	works[gradient](model, chunk, terms, run, out);
}
