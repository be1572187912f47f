/* Forms of exponential smoothing: what they are called, which there are, what they cost.
 *
 * A form is error, trend and season, each none, additive or multiplicative, and whether the trend
 * fades. Names are those of Hyndman, Koehler, Ord and Snyder 2008. */
#include "demand/ets.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

static const char letters[] = "NAMZ";

/* One letter of `allowed`; -1: none. */
static int letter(const char **at, const char *allowed)
{
	const char *found = **at ? strchr(allowed, **at) : NULL;

	if (!found)
		return -1;
	(*at)++;
	return (int)(strchr(letters, *found) - letters);
}

static void skip_comma(const char **at)
{
	if (**at == ',')
		(*at)++;
}

int cstn__ets_parse(const char *text, cstn__ets_form *out)
{
	int wrapped = strncmp(text, "ETS(", 4) == 0, error, trend, damped, season;
	const char *at = wrapped ? text + 4 : text;

	error = letter(&at, "AMZ");
	skip_comma(&at);
	trend = letter(&at, letters);
	damped = (trend == CSTN__ETS_ADDITIVE || trend == CSTN__ETS_MULTIPLICATIVE) && *at == 'd';
	at += damped;
	skip_comma(&at);
	season = letter(&at, letters);
	if (error < 0 || trend < 0 || season < 0 || strcmp(at, wrapped ? ")" : "") != 0)
		return -1;
	*out = (cstn__ets_form){(uint8_t)error, (uint8_t)trend, (uint8_t)damped, (uint8_t)season};
	return 0;
}

void cstn__ets_name(cstn__ets_form form, char out[CSTN__ETS_NAME])
{
	size_t n = 0;

	out[n++] = letters[form.error];
	out[n++] = letters[form.trend];
	if (form.damped)
		out[n++] = 'd';
	out[n++] = letters[form.season];
	out[n] = '\0';
}

int cstn__ets_is_admissible(cstn__ets_form form)
{
	if (form.error == CSTN__ETS_ADDITIVE)
		return form.trend != CSTN__ETS_MULTIPLICATIVE &&
		       form.season != CSTN__ETS_MULTIPLICATIVE;
	return form.trend != CSTN__ETS_MULTIPLICATIVE || form.season != CSTN__ETS_ADDITIVE;
}

int cstn__ets_is_pattern(cstn__ets_form form)
{
	return form.error == CSTN__ETS_ANY || form.trend == CSTN__ETS_ANY ||
	       form.season == CSTN__ETS_ANY;
}

static int is_one_of(uint8_t pattern, uint8_t kind)
{
	return pattern == CSTN__ETS_ANY || pattern == kind;
}

int cstn__ets_matches(cstn__ets_form pattern, cstn__ets_form form)
{
	return is_one_of(pattern.error, form.error) && is_one_of(pattern.season, form.season) &&
	       (pattern.trend == CSTN__ETS_ANY ||
			       (pattern.trend == form.trend && pattern.damped == form.damped));
}

size_t cstn__ets_parameters(cstn__ets_form form, size_t season)
{
	size_t k = 3; /* alpha, the level, the variance */

	if (form.trend != CSTN__ETS_NONE)
		k += form.damped ? 3 : 2;
	if (form.season != CSTN__ETS_NONE)
		k += season;
	return k;
}

cstn__ets_form cstn__ets_fitted(int i)
{
	enum { N = CSTN__ETS_NONE, A = CSTN__ETS_ADDITIVE, M = CSTN__ETS_MULTIPLICATIVE };
	static const cstn__ets_form forms[CSTN__ETS_FITTED] = {{A, N, 0, N}, {A, A, 0, N},
			{A, A, 1, N}, {M, N, 0, N}, {M, A, 0, N}, {M, A, 1, N}, {A, N, 0, A},
			{M, N, 0, A}, {M, N, 0, M}, {A, A, 0, A}, {M, A, 0, A}, {M, A, 0, M},
			{A, A, 1, A}, {M, A, 1, A}, {M, A, 1, M}};

	return forms[i];
}

double cstn__ets_loglik(cstn__ets_sums sums, size_t n)
{
	return -(double)n / 2 * cstn__log(sums.squares) - sums.logs;
}

cstn__ets_criteria cstn__ets_criteria_of(
		cstn__ets_form form, size_t season, double loglik, double squares, size_t n)
{
	double k = (double)cstn__ets_parameters(form, season), count = (double)n;
	cstn__ets_criteria out;

	out.aic = 2 * k - 2 * loglik;
	out.bic = k * cstn__log(count) - 2 * loglik;
	out.aicc = count - k - 1 > 0 ? out.aic + 2 * k * (k + 1) / (count - k - 1) : (double)NAN;
	out.sigma2 = count - k + 1 > 0 ? squares / (count - k + 1) : (double)NAN;
	return out;
}
