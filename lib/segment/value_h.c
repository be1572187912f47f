/* The function h of BG/NBD and its relatives: h(r, alpha, a, b, t) = E[(1 - (1 + p t/alpha)^-r) /
 * p] for p ~ Beta(a, b), the expected purchases in (0, t] of a customer whose rate is gamma (r,
 * alpha) and who leaves after a purchase with probability p.
 *
 * The printed forms with 2F1 divide by a - 1 and a + b - 1 and lose all digits there; this integral
 * has no such place. Two forms: the series of the Euler-transformed difference where it is known to
 * keep its digits, else the trapezoid rule in logit p, which converges geometrically for this
 * analytic integrand (Trefethen and Weideman 2014) and always holds: all its terms are positive.
 * Tails that become geometric are summed as such.
 *
 * Invariant: 0 <= h <= r t / alpha. Cost: series 5 to 300 terms, trapezoid up to 420 nodes. */
#include <math.h>

#include "base/elementary.h"
#include "segment/value.h"

#define SMALL 0x1p-60

double cstn__value_h_series(double r, double alpha, double a, double b, double t)
{
	double c = a + b - 1.0, shift = c - r, z = t / (alpha + t), l = -cstn__log1p(t / alpha);
	double e, f, sum, term, largest, h, n;

	if (!(z <= 0.98) || !(shift > -30.0) || !(shift < 10.0) || !(a <= 20.0))
		return (double)NAN;
	f = a == 1.0 ? l : cstn__expm1((a - 1.0) * l) / (a - 1.0);
	e = cstn__exp((a - 1.0) * l);
	term = shift * z;
	sum = largest = 0.0;
	for (n = 1.0; n < 4000.0; n += 1.0) {
		sum += term;
		if (fabs(term) > largest)
			largest = fabs(term);
		/* the ratio of terms only falls to z once n is past the parameters */
		if (term == 0.0 || (n > 31.0 && fabs(term) < SMALL * fabs(sum) * (1.0 - z)) ||
				fabs(term) < 1e-3 * SMALL * fabs(sum) * (1.0 - z))
			break;
		term *= (a + n - 1.0) * (shift + n) / ((c + n) * (n + 1.0)) * z;
	}
	h = -(c * f + e * sum);
	if (n >= 4000.0 || !(fabs(c * f) < 1e3 * fabs(h)) || !(e * largest < 1e3 * fabs(h)))
		return (double)NAN;
	return h;
}

typedef struct trapezoid {
	double r, alpha, a, b, t;
	double top; /* log of the weight in the middle */
	double sum_w, sum_g, sum_second;
	int want_second;
} trapezoid;

/* g(p) and the second factorial moment given p, times 1: 2 (1-p) (g - M) / p, M the derivative of
 * the generating function, as a power series in y = p t / alpha where the difference cancels. */
static double second_moment(const trapezoid *z, double p, double q, double g)
{
	double y = p * z->t / z->alpha, r = z->r, scale = r * z->t / z->alpha, sum = 0.0,
	       term = 1.0;
	int k;

	if ((r + 8.0) * y > 0.02) {
		double m = scale * cstn__exp(-(r + 1.0) * cstn__log1p(y));

		return 2.0 * q * (g - m) / p;
	}
	for (k = 1; k < 10; k++) {
		term *= (r + k) / (k + 1.0);
		sum += (k & 1 ? term : -term) * k;
		if (k < 9)
			term *= y;
	}
	return 2.0 * q * scale * (z->t / z->alpha) * sum;
}

/* One node with its tail of `extra` more like it. Returns its weight times 1 + F relative to the
 * sums, the larger of both kinds. */
static double node(trapezoid *z, double u, double factor, int take_tail)
{
	double soft_plus = cstn__softplus(u), soft_minus = cstn__softplus(-u);
	double w = cstn__exp(-z->a * soft_minus - z->b * soft_plus - z->top);
	double p = cstn__exp(-soft_minus), g, second = 0.0, share, all;

	g = p > 0.0 ? -cstn__expm1(-z->r * cstn__log1p(p * z->t / z->alpha)) / p
		    : z->r * z->t / z->alpha;
	if (z->want_second)
		second = p > 0.0 ? second_moment(z, p, cstn__exp(-soft_plus), g)
				 : z->r * (z->r + 1.0) * z->t / z->alpha * z->t / z->alpha;
	all = take_tail ? w * (1.0 + factor) : w;
	z->sum_w += all;
	z->sum_g += all * g;
	z->sum_second += all * second;
	share = (1.0 + factor) * w / z->sum_w;
	if (z->sum_g > 0.0 && (1.0 + factor) * w * g / z->sum_g > share)
		share = (1.0 + factor) * w * g / z->sum_g;
	if (z->sum_second > 0.0 && (1.0 + factor) * w * second / z->sum_second > share)
		share = (1.0 + factor) * w * second / z->sum_second;
	return w < 0x1p-64 ? share : 1.0;
}

static void side(trapezoid *z, double middle, double step, double decay, double limit)
{
	double factor = 1.0 / cstn__expm1(decay * fabs(step));
	int64_t j;

	for (j = 1; j < 200000; j++) {
		double u = middle + (double)j * step;
		int last = step < 0.0 ? u < limit : u > limit;

		if (node(z, u, factor, last) < SMALL || last)
			break;
	}
}

double cstn__value_h_moments(double r, double alpha, double a, double b, double t, double *second)
{
	trapezoid z = {r, alpha, a, b, t, 0.0, 0.0, 0.0, 0.0, second != NULL};
	double middle = cstn__log(a / b), step = sqrt((a + b) / (a * b)) / 2.0, reach, h;

	if (!(t > 0.0)) {
		if (second)
			*second = 0.0;
		return 0.0;
	}
	if (!(step < 0.25))
		step = 0.25;
	z.top = -a * cstn__softplus(-middle) - b * cstn__softplus(middle);
	(void)node(&z, middle, 0.0, 0);
	reach = t / alpha * (r > 1.0 ? r : 1.0);
	side(&z, middle, -step, a,
			-40.0 - (reach > 1.0 ? cstn__log(reach) : 0.0) -
					(b > 1.0 ? cstn__log(b) : 0.0));
	side(&z, middle, step, b, 40.0 + (a > 1.0 ? cstn__log(a) : 0.0));
	if (second)
		*second = z.sum_second / z.sum_w;
	h = z.sum_g / z.sum_w;
	return h < r * t / alpha ? h : r * t / alpha;
}

double cstn__value_h(double r, double alpha, double a, double b, double t)
{
	double h;

	if (!(t > 0.0))
		return 0.0;
	h = cstn__value_h_series(r, alpha, a, b, t);
	if (h == h)
		return h < r * t / alpha ? h : r * t / alpha;
	return cstn__value_h_moments(r, alpha, a, b, t, NULL);
}
