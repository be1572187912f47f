/* Quantiles, tails and conditional means of demand in whole units.
 *
 * P(0) = (1 + phi mu)^(-1/phi) and P(k+1) / P(k) = (1 + k phi) w / (k + 1), w = mu / (1 + phi mu),
 * which is Poisson's at phi = 0 without a special case. While the mean is small all levels come out
 * of one upward pass: the ratio does not wait for the probability, so a step costs one product. A
 * large mean starts from Cornish and Fisher's expansion and is corrected by exact tails: sums from
 * the point outwards, or the incomplete beta function where they would be long. Beyond 10^6 the
 * shape no longer depends on the mean but for its scale.
 *
 * Single probabilities are by the saddle point (Loader 2000), so that no large logarithms cancel.
 * Above a bound, E[Y; Y >= s] = mu P(Y' >= s - 1), where Y' is the count that sees itself more
 * often the larger it is: mean mu (1 + phi), dispersion phi / (1 + phi).
 *
 * Cost: 5 cycles a unit of the highest quantile, 30 ns for P(0); 1 to 50 us a level above 200. */
#include "demand/count.h"

#include <math.h>

#include "base/elementary.h"
#include "base/special.h"
#include "base/stats.h"

#define SMALL_MEAN 200.0
#define SMALL_SPREAD 512.0 /* of phi mu: units by which a tail falls to 1/e */
#define LARGE_MEAN 1e6
#define SUMMED_DEVIATION 1000.0
#define NEGLIGIBLE 1e-18
#define HALF_LOG_2PI 0.91893853320467274178
#define TWO_PI 6.28318530717958647693
#define WALK_MOST 256.0

/* Beyond it next to nothing is above 0, whatever the mean. */
#define LARGEST_DISPERSION 1e6

static double bounded(double phi)
{
	return phi < LARGEST_DISPERSION ? phi : LARGEST_DISPERSION;
}

static int is_small(double mean, double phi)
{
	return mean <= SMALL_MEAN && phi * mean <= SMALL_SPREAD;
}

static double none_sold(double mean, double phi)
{
	return cstn__exp(phi > 0 ? -cstn__log1p(phi * mean) / phi : -mean);
}

/* P(k + 1) / P(k), w = mean / (1 + phi mean) */
static inline double ratio(double k, double phi, double w)
{
	return (1 + k * phi) * w / (k + 1);
}

/* --- one pass upward --- */

static void pass_up(
		double mean, double phi, double first, const double *level, size_t n, double *out)
{
	double w = mean / (1 + phi * mean), p = first, sum = first, k = 0;
	size_t i = 0;

	for (;;) {
		while (level[i] <= sum) {
			out[i] = k;
			if (++i == n)
				return;
		}
		/* what is left is less than rounding */
		if (p < NEGLIGIBLE && k > mean) {
			for (; i < n; i++)
				out[i] = k;
			return;
		}
		p *= ratio(k, phi, w);
		k += 1;
		sum += p;
	}
}

/* --- tails --- */

/* ln x! - ((x + 1/2) ln x - x + ln(2 pi)/2) */
static double stirling_error(double x)
{
	double z = 1 / (x * x);

	if (x < 16)
		return cstn__log_gamma(x + 1) - (x + 0.5) * cstn__log(x) + x - HALF_LOG_2PI;
	return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z / 1188)))) / x;
}

/* ln(x / y), step = x / y - 1 without the digits that x - y would lose */
static double log_step(double step, double x, double y)
{
	return step < -0.5 ? cstn__log(x / y) : cstn__log1p(step);
}

static double probability(double mean, double phi, double k)
{
	double gap = mean - k, spread = 1 + phi * k, wide = 1 + phi * mean, exponent;

	if (k <= 0)
		return k < 0 ? 0 : none_sold(mean, phi);
	exponent = -k * log_step(-gap / (mean * spread), k * wide, mean * spread) -
		   stirling_error(k);
	if (phi > 0)
		exponent += stirling_error(1 / phi + k) - stirling_error(1 / phi) -
			    log_step(phi * gap / spread, wide, spread) / phi;
	else
		exponent -= gap;
	return cstn__exp(exponent) / sqrt(TWO_PI * k * spread);
}

/* Probabilities from k downward, and from k upward, in units of that of k. */
static double sum_down(double mean, double phi, double k)
{
	double w = mean / (1 + phi * mean), term = 1, sum = 1;

	while (k > 0 && term > NEGLIGIBLE * sum) {
		k -= 1;
		term /= ratio(k, phi, w);
		sum += term;
	}
	return sum;
}

static double sum_up(double mean, double phi, double k)
{
	double w = mean / (1 + phi * mean), term = 1, sum = 1;

	while (term > NEGLIGIBLE * sum) {
		term *= ratio(k, phi, w);
		k += 1;
		sum += term;
	}
	return sum;
}

typedef struct tails {
	double lower, upper; /* P(Y <= k), P(Y > k): the smaller one with all its digits */
} tails;

static double within_unit(double x)
{
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

static tails tails_at(double mean, double phi, double k)
{
	double q = 1 / (1 + phi * mean);
	tails result;

	if (k < 0)
		return (tails){0, 1};
	if (phi < 1e-5 || mean * (1 + phi * mean) < SUMMED_DEVIATION * SUMMED_DEVIATION) {
		if (k < mean) {
			result.lower = within_unit(
					probability(mean, phi, k) * sum_down(mean, phi, k));
			result.upper = 1 - result.lower;
			return result;
		}
		result.upper = within_unit(
				probability(mean, phi, k + 1) * sum_up(mean, phi, k + 1));
		result.lower = 1 - result.upper;
		return result;
	}
	if (k < mean) {
		result.lower = within_unit(cstn__beta_cdf(q, 1 / phi, k + 1));
		result.upper = 1 - result.lower;
	} else {
		result.upper = within_unit(cstn__beta_cdf(phi * mean * q, k + 1, 1 / phi));
		result.lower = 1 - result.upper;
	}
	return result;
}

/* --- large means --- */

/* How far P(Y <= k) is above u. */
static double excess(double mean, double phi, double k, double u)
{
	tails at = tails_at(mean, phi, k);

	return at.lower <= at.upper ? at.lower - u : (1 - u) - at.upper;
}

static double cornish_fisher(double mean, double phi, double u)
{
	double z = cstn__normal_quantile(u), deviation = sqrt(mean * (1 + phi * mean));

	return mean + deviation * z + (1 + 2 * phi * mean) * (z * z - 1) / 6;
}

/* Walk from k, where P(Y <= k) - u is `gap` and P(Y = k) is p. */
static double walk(double mean, double phi, double k, double p, double gap)
{
	double w = mean / (1 + phi * mean);

	for (; gap < 0 && p > 0; gap += p) {
		p *= ratio(k, phi, w);
		k += 1;
	}
	for (; k > 0 && gap - p >= 0; k -= 1) {
		gap -= p;
		p /= ratio(k - 1, phi, w);
	}
	return k;
}

/* Newton's steps kept inside a bracket: P(Y <= low) < u, and P(Y <= high) >= u once high is known.
 */
static double large_quantile(double mean, double phi, double u, double least)
{
	double low = least - 1, high = -1, k = floor(cornish_fisher(mean, phi, u));
	int i;

	for (i = 0; i < 200; i++) {
		double gap, p, next;

		if (!(k > low))
			k = low + 1;
		if (high >= 0 && k >= high)
			k = high - 1;
		if (high >= 0 && high - low <= 1)
			return high;
		gap = excess(mean, phi, k, u);
		p = probability(mean, phi, k);
		if (fabs(gap) <= WALK_MOST * p)
			return walk(mean, phi, k, p, gap);
		if (gap < 0)
			low = k;
		else
			high = k;
		next = p > 0 ? floor(k - gap / p) : low;
		if (next > low && (high < 0 ? next < 4 * (k + mean) : next < high))
			k = next;
		else
			k = high < 0 ? floor(2 * (k + mean)) : floor(low + (high - low) / 2);
	}
	return high >= 0 ? high : k;
}

static void large_quantiles(double mean, double phi, const double *level, size_t n, double *out)
{
	double scale = mean / LARGE_MEAN, reduced = mean > LARGE_MEAN ? LARGE_MEAN : mean;
	double same = mean > LARGE_MEAN ? phi + 1 / mean - 1 / LARGE_MEAN : phi;
	double first = none_sold(reduced, same > 0 ? same : 0), last = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (same < 0 && mean > LARGE_MEAN) {
			out[i] = ceil(cornish_fisher(mean, phi, level[i]) - 0.5);
			continue;
		}
		last = level[i] <= first ? 0 : large_quantile(reduced, same, level[i], last);
		out[i] = mean > LARGE_MEAN ? ceil((last + 0.5) * scale - 0.5) : last;
	}
}

void cstn__count_quantiles(
		double mean, double dispersion, const double *level, size_t n, double *out)
{
	if (!n)
		return;
	dispersion = bounded(dispersion);
	if (is_small(mean, dispersion))
		pass_up(mean, dispersion, none_sold(mean, dispersion), level, n, out);
	else
		large_quantiles(mean, dispersion, level, n, out);
}

/* --- paths --- */

/* A row of levels for the same mean, whole seasons before row i. */
static const double *seen_before(const cstn__count_path *path, size_t i, const double *out)
{
	size_t back;

	for (back = path->season; back && back <= i; back += path->season)
		if (path->mean[i - back] == path->mean[i])
			return out + (i - back) * path->levels;
	return NULL;
}

void cstn__count_path_quantiles(const cstn__count_path *path, double *out)
{
	double phi = bounded(path->dispersion), *exponent = path->scratch,
	       *first = path->scratch + path->n;
	size_t i, k;

	if (!path->levels)
		return;
	for (i = 0; i < path->n; i++)
		exponent[i] = phi > 0 ? phi * path->mean[i] : -path->mean[i];
	if (phi > 0) {
		cstn__log1p_each(path->simd, exponent, path->n, exponent);
		for (i = 0; i < path->n; i++)
			exponent[i] = -exponent[i] / phi;
	}
	cstn__exp_each(path->simd, exponent, path->n, first);
	for (i = 0; i < path->n; i++, out += path->levels) {
		const double *same = seen_before(path, i, out - i * path->levels);

		if (same)
			for (k = 0; k < path->levels; k++)
				out[k] = same[k];
		else if (is_small(path->mean[i], phi))
			pass_up(path->mean[i], phi, first[i], path->level, path->levels, out);
		else
			large_quantiles(path->mean[i], phi, path->level, path->levels, out);
	}
}

/* --- the distribution at what came --- */

void cstn__count_cdf(double mean, double dispersion, double y, double *below, double *at)
{
	double phi = bounded(dispersion), w, p, sum, k = 0, before = 0;
	tails end;

	if (y < 0 || mean <= 0) {
		*below = y > 0;
		*at = y >= 0;
		return;
	}
	if (is_small(mean, phi)) {
		w = mean / (1 + phi * mean);
		p = sum = none_sold(mean, phi);
		for (; k < y && (p >= NEGLIGIBLE || k <= mean); k += 1) {
			p *= ratio(k, phi, w);
			before = sum;
			sum += p;
		}
		*below = within_unit(k < y ? sum : before);
		*at = within_unit(sum);
		return;
	}
	if (mean > LARGE_MEAN) {
		double same = phi + 1 / mean - 1 / LARGE_MEAN;

		if (same < 0) {
			double deviation = sqrt(mean * (1 + phi * mean));

			*below = cstn__normal_cdf((y - 0.5 - mean) / deviation);
			*at = cstn__normal_cdf((y + 0.5 - mean) / deviation);
			return;
		}
		y = floor(y * (LARGE_MEAN / mean));
		mean = LARGE_MEAN;
		phi = same;
	}
	end = tails_at(mean, phi, y);
	*at = end.lower;
	*below = within_unit(end.lower - probability(mean, phi, y));
}

/* --- above a bound --- */

/* Sums of P, k P and k^2 P from s upward in units of P(s): every term is above 0, so nothing
 * cancels. */
static void above_by_sums(double mean, double phi, double s, double *first, double *second)
{
	double w = mean / (1 + phi * mean), term = 1, sum = 0, one = 0, two = 0, k = s;

	for (;;) {
		double part = term * (k * k);

		sum += term;
		one += term * k;
		two += part;
		if (k > mean && part <= NEGLIGIBLE * two)
			break;
		term *= ratio(k, phi, w);
		k += 1;
	}
	*first = one / sum;
	*second = two / sum;
}

/* What is left of the whole, for a bound below the mean. */
static void above_by_rest(double mean, double phi, double s, double *first, double *second)
{
	double w = mean / (1 + phi * mean), p = none_sold(mean, phi), k;
	double sum = 0, one = 0, two = 0;

	for (k = 0; k < s; k += 1) {
		sum += p;
		one += k * p;
		two += k * k * p;
		p *= ratio(k, phi, w);
	}
	*first = (mean - one) / (1 - sum);
	*second = (mean + (1 + phi) * mean * mean - two) / (1 - sum);
}

static void above_by_tails(double mean, double phi, double s, double *first, double *second)
{
	double all = tails_at(mean, phi, s - 1).upper, once, twice;

	once = tails_at(mean * (1 + phi), phi / (1 + phi), s - 2).upper;
	twice = tails_at(mean * (1 + 2 * phi), phi / (1 + 2 * phi), s - 3).upper;
	if (!(all > 0)) {
		/* so far out that what is above falls by one ratio */
		double c = ratio(s, phi, mean / (1 + phi * mean)), more = c / (1 - c);

		*first = s + more;
		*second = s * s + 2 * s * more + more * (1 + 2 * more);
		return;
	}
	*first = mean * once / all;
	*second = mean * mean * (1 + phi) * twice / all + *first;
}

void cstn__normal_above(double mean, double deviation, double s, double *first, double *second)
{
	double z, density, tail, hazard;

	if (!(deviation > 0) || s == -(double)INFINITY) {
		*first = s > mean ? s : mean;
		*second = *first * *first;
		return;
	}
	z = (s - mean) / deviation;
	density = cstn__exp(-0.5 * z * z) / sqrt(TWO_PI);
	tail = 0.5 * cstn__erfc(z / sqrt(2.0));
	/* far out the tail is density / z (1 - 1 / z^2 + ..) */
	hazard = z < 25 ? density / tail : z + 1 / z;
	*first = mean + deviation * hazard;
	*second = mean * mean + 2 * mean * deviation * hazard +
		  deviation * deviation * (1 + z * hazard);
}

void cstn__count_above(double mean, double dispersion, double s, double *first, double *second)
{
	double most, one, two, scale = 1, phi = bounded(dispersion);

	s = ceil(s);
	if (s <= 0) {
		*first = mean;
		*second = mean * (1 + mean + phi * mean);
		return;
	}
	most = s + 20 * (mean + 1);
	if (mean <= 0) {
		one = s;
		two = s * s;
	} else if (is_small(mean, phi) && s <= mean) {
		above_by_rest(mean, phi, s, &one, &two);
	} else if (is_small(mean, phi)) {
		above_by_sums(mean, phi, s, &one, &two);
	} else if (mean > LARGE_MEAN && phi + 1 / mean < 1 / LARGE_MEAN) {
		cstn__normal_above(mean, sqrt(mean * (1 + phi * mean)), s, &one, &two);
	} else {
		if (mean > LARGE_MEAN) {
			scale = mean / LARGE_MEAN;
			phi += 1 / mean - 1 / LARGE_MEAN;
			mean = LARGE_MEAN;
			s = ceil(s / scale);
		}
		above_by_tails(mean, phi, s, &one, &two);
		one *= scale;
		two *= scale * scale;
	}
	*first = one < most ? one : most;
	*second = two < most * most ? two : most * most;
	if (*second < *first * *first)
		*second = *first * *first;
}

/* --- shortage --- */

double cstn__normal_shortage(double mean, double deviation, double s)
{
	double z, short_of;

	if (!(deviation > 0))
		return mean > s ? mean - s : 0;
	z = (s - mean) / deviation;
	short_of = deviation *
		   (cstn__exp(-0.5 * z * z) / sqrt(TWO_PI) - z * 0.5 * cstn__erfc(z / sqrt(2.0)));
	return short_of > 0 ? short_of : 0;
}

/* Of whole units above s: sums from the first of them upward, or what is left of the mean. */
static double small_shortage(double mean, double phi, double s)
{
	double w = mean / (1 + phi * mean), sum = 0, k, p;

	if (s <= mean) {
		p = none_sold(mean, phi);
		for (k = 0; k < s; k += 1) {
			sum += (s - k) * p;
			p *= ratio(k, phi, w);
		}
		return mean - s + sum;
	}
	k = ceil(s);
	p = probability(mean, phi, k);
	while (p * (k - s + 1) > NEGLIGIBLE * sum) {
		sum += (k - s) * p;
		p *= ratio(k, phi, w);
		k += 1;
	}
	return sum;
}

double cstn__count_shortage(double mean, double dispersion, double s)
{
	double phi = bounded(dispersion), scale = 1, k, short_of;

	if (s <= 0 || mean <= 0)
		return mean > s ? mean - s : 0;
	if (is_small(mean, phi))
		return small_shortage(mean, phi, s);
	if (mean > LARGE_MEAN && phi + 1 / mean < 1 / LARGE_MEAN)
		return cstn__normal_shortage(mean, sqrt(mean * (1 + phi * mean)), s);
	if (mean > LARGE_MEAN) {
		scale = mean / LARGE_MEAN;
		phi += 1 / mean - 1 / LARGE_MEAN;
		mean = LARGE_MEAN;
		s /= scale;
	}
	k = ceil(s);
	short_of = mean * tails_at(mean * (1 + phi), phi / (1 + phi), k - 2).upper -
		   s * tails_at(mean, phi, k - 1).upper;
	return short_of > 0 ? scale * short_of : 0;
}

/* --- dispersion --- */

double cstn__count_dispersion(double square, double mean, double mean_square)
{
	double phi = mean_square > 0 ? (square - mean) / mean_square : 0;

	return phi > CSTN__DISPERSION_LEAST ? phi : CSTN__DISPERSION_LEAST;
}

double cstn__count_dispersion_shrunk(double own, double pool)
{
	return cstn__exp(0.7 * cstn__log(own) + 0.3 * cstn__log(pool));
}
