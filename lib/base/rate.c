/* Rates with intervals, quantiles by name, tiles.
 *
 * Wilson 1927 and Newcombe 1998 (method 10) in stats.c. Quantiles: Hyndman and Fan 1996. The place
 * n p + m of every type is a fraction of integers, since p is a count of millionths, so which
 * values are taken never depends on rounding; only the weight between two of them is a double.
 * Selection: Hoare 1961 with the median of three, sorting the rest when pivots are bad. Cost: a
 * quantile O(n), tiles O(n log n). */
#include <constellation/rate.h>

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/stats.h"

#define MILLION 1000000
#define DEFAULT_CONFIDENCE 950000
#define TILES_MAX 1000

static cstn_status check_rate(
		int64_t numerator, int64_t denominator, int32_t *confidence, cstn_error **error)
{
	if (numerator < 0 || numerator > denominator)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%lld of %lld: 0 <= numerator <= denominator expected",
				(long long)numerator, (long long)denominator);
	if (*confidence == 0)
		*confidence = DEFAULT_CONFIDENCE;
	if (*confidence < 1 || *confidence >= MILLION)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"confidence_ppm %d is outside 1..999999", (int)*confidence);
	return CSTN_OK;
}

static cstn_rate null_rate(double z)
{
	cstn_rate rate = CSTN_RATE_INIT;

	rate.value = rate.low = rate.high = (double)NAN;
	rate.z = z;
	return rate;
}

static cstn_status write_rate(const cstn_rate *rate, cstn_rate *out, cstn_error **error)
{
	return cstn__output_write(rate, sizeof(*rate), sizeof(*rate), "cstn_rate", out, error);
}

cstn_status cstn_rate_interval(int64_t numerator, int64_t denominator, int32_t confidence_ppm,
		cstn_rate *out, cstn_error **error)
{
	cstn_status status = check_rate(numerator, denominator, &confidence_ppm, error);
	cstn_rate rate;

	if (status != CSTN_OK)
		return status;
	rate = null_rate(cstn__z_of_confidence(confidence_ppm));
	rate.numerator = numerator;
	rate.denominator = denominator;
	if (denominator) {
		rate.valid = CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL;
		rate.value = (double)numerator / (double)denominator;
		cstn__wilson(rate.value, (double)denominator, rate.z, &rate.low, &rate.high);
	}
	return write_rate(&rate, out, error);
}

cstn_status cstn_rate_difference(int64_t numerator_a, int64_t denominator_a, int64_t numerator_b,
		int64_t denominator_b, int32_t confidence_ppm, cstn_rate *out, cstn_error **error)
{
	cstn_status status = check_rate(numerator_a, denominator_a, &confidence_ppm, error);
	cstn_rate rate;

	if (status == CSTN_OK)
		status = check_rate(numerator_b, denominator_b, &confidence_ppm, error);
	if (status != CSTN_OK)
		return status;
	rate = null_rate(cstn__z_of_confidence(confidence_ppm));
	if (denominator_a && denominator_b) {
		double a = (double)numerator_a / (double)denominator_a;
		double b = (double)numerator_b / (double)denominator_b;

		rate.valid = CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL;
		rate.value = a - b;
		cstn__newcombe(a, (double)denominator_a, b, (double)denominator_b, rate.z,
				&rate.low, &rate.high);
	}
	return write_rate(&rate, out, error);
}

/* --- quantiles --- */

static int compare_doubles(const void *left, const void *right, void *context)
{
	double a, b;

	(void)context;
	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (a > b) - (a < b);
}

static double median_of_three(double a, double b, double c)
{
	if (a < b)
		return b < c ? b : a < c ? c : a;
	return a < c ? a : b < c ? c : b;
}

/* Puts the value of rank k (from 0) at values[k], none greater before it and none smaller behind.
 */
static void select_rank(double *values, size_t n, size_t k)
{
	size_t low = 0, high = n - 1;
	int depth = 0;

	for (size_t rest = n; rest; rest >>= 1)
		depth += 2;
	while (low < high) {
		double pivot = median_of_three(
				values[low], values[low + (high - low) / 2], values[high]);
		size_t i = low, j = high;

		if (depth-- == 0) {
			cstn__sort(values + low, high - low + 1, sizeof(*values), compare_doubles,
					NULL);
			return;
		}
		for (;;) {
			double held;

			while (values[i] < pivot)
				i++;
			while (pivot < values[j])
				j--;
			if (i >= j)
				break;
			held = values[i];
			values[i++] = values[j];
			values[j--] = held;
		}
		/* Now values[low..j] <= pivot <= values[j + 1..high]. */
		if (k <= j)
			high = j;
		else
			low = j + 1;
	}
}

/* The value at place `whole` + `part` / `unit` (ranks from 1), between its two neighbours. */
struct place {
	size_t whole;  /* 0..n */
	double weight; /* of the rank after it, 0..1 */
};

static struct place place_of(size_t n, int32_t ppm, int32_t type)
{
	cstn__u128 np = (cstn__u128)n * (uint32_t)ppm, top, unit = MILLION, rest;
	struct place place = {0, 0.0};

	switch (type) {
	case CSTN_QUANTILE_NEAREST_RANK:
	case 1:
		place.whole = (size_t)((np + MILLION - 1) / MILLION);
		return place;
	case 2:
		place.whole = (size_t)(np / MILLION);
		place.weight = np % MILLION ? 1.0 : 0.5;
		return place;
	case 3: /* the nearest rank, of two the even one */
		if (2 * np < MILLION)
			return place;
		top = 2 * np - MILLION;
		place.whole = (size_t)(top / (2 * MILLION));
		place.weight = top % (2 * MILLION) || place.whole % 2 ? 1.0 : 0.0;
		return place;
	case 4:
		top = np;
		break;
	case 5:
		top = np + MILLION / 2;
		break;
	case 6:
		top = np + (uint32_t)ppm;
		break;
	case 7:
		top = np + MILLION - (uint32_t)ppm;
		break;
	case 8:
		top = 3 * np + (uint32_t)ppm + MILLION;
		unit = 3 * MILLION;
		break;
	default: /* 9 */
		top = 8 * np + 2 * (uint32_t)ppm + 3 * MILLION;
		unit = 8 * MILLION;
		break;
	}
	rest = top % unit;
	place.whole = (size_t)(top / unit);
	place.weight = (double)(uint32_t)rest / (double)(uint32_t)unit;
	return place;
}

static double between(double a, double b, double weight)
{
	double gap = b - a;

	if (weight == 0.0 || a == b)
		return a;
	if (weight == 1.0)
		return b;
	if (!isfinite(gap))
		return (1.0 - weight) * a + weight * b;
	return weight < 0.5 ? a + gap * weight : b - gap * (1.0 - weight);
}

static double value_at(double *values, size_t n, struct place place)
{
	double a, b;

	if (place.whole == 0)
		place = (struct place){1, 0.0};
	if (place.whole >= n)
		place = (struct place){n, 0.0};
	select_rank(values, n, place.whole - 1);
	a = values[place.whole - 1];
	if (place.weight == 0.0)
		return a;
	b = values[place.whole];
	for (size_t i = place.whole + 1; i < n; i++)
		if (values[i] < b)
			b = values[i];
	return between(a, b, place.weight);
}

cstn_status cstn_quantile(const double *values, size_t n, int32_t probability_ppm, int32_t type,
		double *out, cstn_error **error)
{
	double *copy;

	if (!out || (!values && n))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out ? "values" : "out");
	if (probability_ppm < 0 || probability_ppm > MILLION)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"probability_ppm %d is outside 0..1000000", (int)probability_ppm);
	if (type < 0 || type > 9)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"quantile type %d is outside 0..9", (int)type);
	if (n == 0) {
		*out = (double)NAN;
		return CSTN_DONE;
	}
	copy = cstn__alloc(NULL, cstn__array_size(n, sizeof(*copy)));
	if (!copy)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++) {
		if (isnan(values[i])) {
			cstn__free(NULL, copy, n * sizeof(*copy));
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"value %zu is NaN; leave it out first", i);
		}
		copy[i] = values[i];
	}
	*out = value_at(copy, n, place_of(n, probability_ppm, type));
	cstn__free(NULL, copy, n * sizeof(*copy));
	return CSTN_OK;
}

/* --- tiles --- */

struct ranked {
	int64_t value, id;
	size_t position;
};

static int compare_ranked(const void *left, const void *right, void *context)
{
	const struct ranked *a = left, *b = right;

	(void)context;
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

cstn_status cstn_value_tiles(const int64_t *values, const int64_t *ids, size_t n, int32_t tiles,
		int32_t *out, cstn_error **error)
{
	struct ranked *ranked;

	if ((!values || !out) && n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				values ? "out" : "values");
	if (tiles < 2 || tiles > TILES_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "tiles %d is outside 2..%d",
				(int)tiles, TILES_MAX);
	ranked = cstn__alloc(NULL, cstn__array_size(n, sizeof(*ranked)));
	if (!ranked)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++)
		ranked[i] = (struct ranked){values[i], ids ? ids[i] : 0, i};
	cstn__sort(ranked, n, sizeof(*ranked), compare_ranked, NULL);
	for (size_t rank = 0; rank < n; rank++)
		out[ranked[rank].position] = (int32_t)((cstn__u128)rank * (uint32_t)tiles / n) + 1;
	cstn__free(NULL, ranked, n * sizeof(*ranked));
	return CSTN_OK;
}
