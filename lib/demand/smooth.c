/* Exponential smoothing of one series, and the theta model.
 *
 * For given smoothing parameters the one-step errors are linear in the states of the start, so
 * these are solved for (variable projection) in the pass that computes the errors: beside the
 * states run their responses to a unit of initial level and of initial trend. Only the smoothing
 * parameters are searched, on a fixed grid and from its best point by a fixed number of steps: no
 * random start, no clock, the same bytes everywhere. All is relative to the first value, so that a
 * large constant costs no digits.
 *
 * Sources: Brown 1959, Holt 1957, Gardner and McKenzie 1985 (damped trend), Golub and Pereyra 1973
 * (variable projection), Assimakopoulos and Nikolopoulos 2000 (theta), Nelder and Mead 1965. Cost:
 * about 20 passes for a level, 70 for a trend. */
#include <math.h>
#include <string.h>

#include "demand/alpha_search.h"
#include "demand/family.h"
#include "demand/theta.h"

/* --- passes at given parameters --- */

void cstn__smooth_level(const double *y, size_t n, double alpha, cstn__smooth *out)
{
	double first = y[0], l = 0, g = 1, see = 0, sge = 0, sgg = 0, start;
	size_t t;

	for (t = 0; t < n; t++) {
		double e = y[t] - first - l;

		see += e * e;
		sge += g * e;
		sgg += g * g;
		l += alpha * e;
		g *= 1 - alpha;
	}
	start = sge / sgg;
	out->alpha = alpha;
	out->beta = 0;
	out->phi = 1;
	out->level = first + l + g * start;
	out->trend = 0;
	out->start_level = start;
	out->start_trend = 0;
	out->sse = fmax(see - sge * start, 0);
}

/* What the normal equations of initial level and trend need. */
typedef struct normal {
	double see, sue, sve, suu, suv, svv;
} normal;

void cstn__smooth_trend(
		const double *y, size_t n, double alpha, double beta, double phi, cstn__smooth *out)
{
	double first = y[0], l = 0, b = 0, gl = 1, gb = 0, hl = 0, hb = 1, det, l0, b0;
	normal s = {0, 0, 0, 0, 0, 0};
	size_t t;

	for (t = 0; t < n; t++) {
		double p = l + phi * b, e = y[t] - first - p;
		double u = gl + phi * gb, v = hl + phi * hb;

		s.see += e * e;
		s.sue += u * e;
		s.sve += v * e;
		s.suu += u * u;
		s.suv += u * v;
		s.svv += v * v;
		l = p + alpha * e;
		b = phi * b + beta * e;
		gl = u - alpha * u;
		gb = phi * gb - beta * u;
		hl = v - alpha * v;
		hb = phi * hb - beta * v;
	}
	det = s.suu * s.svv - s.suv * s.suv;
	if (det <= 1e-12 * s.suu * s.svv) {
		l0 = s.sue / s.suu;
		b0 = 0;
	} else {
		l0 = (s.sue * s.svv - s.sve * s.suv) / det;
		b0 = (s.sve * s.suu - s.sue * s.suv) / det;
	}
	out->alpha = alpha;
	out->beta = beta;
	out->phi = phi;
	out->level = first + l + gl * l0 + hl * b0;
	out->trend = b + gb * l0 + hb * b0;
	out->start_level = l0;
	out->start_trend = b0;
	out->sse = fmax(s.see - l0 * s.sue - b0 * s.sve, 0);
}

/* --- search --- */

typedef struct values {
	const double *y;
	size_t n;
	int simd;
} values;

/* cstn__smooth_level() of eight alphas, but for the end. */
CSTN__INLINE void level_errors_of(const values *v, const cstn__doubles *alpha, double *sse)
{
	const cstn__doubles zero = {0}, q = 1 - *alpha;
	cstn__doubles l = zero, g = zero + 1, see = zero, sge = zero, sgg = zero;
	double first = v->y[0];
	size_t t;

	for (t = 0; t < v->n; t++) {
		cstn__doubles e = v->y[t] - first - l;

		see += e * e;
		sge += g * e;
		sgg += g * g;
		l += *alpha * e;
		g *= q;
	}
	see -= sge * (sge / sgg);
	memcpy(sse, &see, sizeof(see));
}

static void level_errors_portable(const values *v, const cstn__doubles *alpha, double *sse)
{
	level_errors_of(v, alpha, sse);
}

CSTN__AVX512 static void level_errors_avx512(
		const values *v, const cstn__doubles *alpha, double *sse)
{
	level_errors_of(v, alpha, sse);
}

static void level_errors(const void *context, const cstn__doubles *alpha, double *sse)
{
	const values *v = context;

	if (v->simd >= 3)
		level_errors_avx512(v, alpha, sse);
	else
		level_errors_portable(v, alpha, sse);
}

void cstn__fit_ses(int simd, const double *y, size_t n, cstn__smooth *out)
{
	const values v = {y, n, simd};

	cstn__smooth_level(y, n, cstn__alpha_search(level_errors, &v, 1e-4, .9999, 1), out);
}

/* --- ahead --- */

void cstn__smooth_ahead(const cstn__smooth *model, size_t h, double *out)
{
	double power = 1, sum = 0;
	size_t i;

	for (i = 0; i < h; i++) {
		power *= model->phi;
		sum += power;
		out[i] = model->level + model->trend * sum;
	}
}

void cstn__theta_ahead(int simd, const double *y, size_t n, size_t h, double *scratch, double *out)
{
	cstn__smooth ses;
	cstn__line line;
	size_t t;

	cstn__line_whole(y, n, &line);
	for (t = 0; t < n; t++)
		scratch[t] = 2 * y[t] - (line.start + line.slope * (double)t);
	cstn__fit_ses(simd, scratch, n, &ses);
	for (t = 0; t < h; t++)
		out[t] = (line.start + line.slope * (double)(n + t) + ses.level) / 2;
}
