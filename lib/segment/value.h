#ifndef CSTN_SEGMENT_VALUE_H
#define CSTN_SEGMENT_VALUE_H

#include <stddef.h>
#include <stdint.h>

/* Models of repeat purchases, as pure functions. A customer is x repeat purchases, the time tx of
 * the last of them since the first purchase, and the age T; times are in the model's unit. */

enum cstn__value_kind {
	CSTN__VALUE_BGNBD = 1, /* r alpha a b */
	CSTN__VALUE_MBGNBD,    /* r alpha a b */
	CSTN__VALUE_PNBD,      /* r alpha s beta */
	CSTN__VALUE_NBD,       /* r alpha */
	CSTN__VALUE_BGBB,      /* alpha beta gamma delta; T counts occasions */
	CSTN__VALUE_SBG,       /* alpha beta; x = 1 lost in period T, 0 still there after T */
	CSTN__VALUE_BGCNBD,    /* r alpha a b and k */
	CSTN__VALUE_MBGCNBD,   /* r alpha a b and k */
	CSTN__VALUE_SPEND,     /* gamma-gamma, p q v; extra = mean spend a purchase */
	/* limits, fitted beside the others */
	CSTN__VALUE_BG_ONE,  /* r alpha odds: one probability of dropout, odds p / (1 - p) */
	CSTN__VALUE_MBG_ONE, /* r alpha odds */
	CSTN__VALUE_CNBD,    /* r alpha and k: nobody drops out */
	CSTN__VALUE_KINDS
};

#define CSTN__VALUE_PARAMETERS 4
#define CSTN__VALUE_CHUNK 256

typedef struct cstn__value_model {
	int32_t kind;
	int32_t k;    /* phases of a gap; 1 where the kind has none */
	int32_t simd; /* of cstn__cpu_simd() */
	int32_t n;    /* parameters */
	double theta[CSTN__VALUE_PARAMETERS];
} cstn__value_model;

/* "bgnbd"; NULL for a number that is none. */
const char *cstn__value_kind_name(int32_t kind);
/* The public kinds only; 0 for another name. */
int32_t cstn__value_kind_of(const char *name);
int32_t cstn__value_n_parameters(int32_t kind);
const char *cstn__value_parameter_name(int32_t kind, int32_t index);
/* 1: the parameter is a time and carries the unit. */
int cstn__value_parameter_is_time(int32_t kind, int32_t index);
/* 1: rows have the extra value (sum of ln gaps, mean spend). */
int cstn__value_has_extra(int32_t kind);

typedef struct cstn__value_row {
	double x, tx, age, extra;
} cstn__value_row;

/* At most CSTN__VALUE_CHUNK rows side by side, sorted by x so that what depends on x alone is
 * computed once a run. */
typedef struct cstn__value_chunk {
	int32_t n;
	double x[CSTN__VALUE_CHUNK], tx[CSTN__VALUE_CHUNK], age[CSTN__VALUE_CHUNK];
	double extra[CSTN__VALUE_CHUNK];
} cstn__value_chunk;

/* Pairs of parameters, each once: 00 01 02 03 11 12 13 22 23 33. */
#define CSTN__VALUE_PAIRS 10

/* What a chunk has: log-likelihoods, ln P(alive) (0 where the kind has no death), and when
 * `gradient` is 1 the derivatives by each parameter. With -1 only ln P(alive) is right; with 2 also
 * the second derivatives by each pair, where cstn__value_has_second() says so. */
typedef struct cstn__value_terms {
	double loglik[CSTN__VALUE_CHUNK], log_alive[CSTN__VALUE_CHUNK];
	double gradient[CSTN__VALUE_PARAMETERS][CSTN__VALUE_CHUNK];
	double second[CSTN__VALUE_PAIRS][CSTN__VALUE_CHUNK];
} cstn__value_terms;
int cstn__value_has_second(int32_t kind);
void cstn__value_terms_of(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);

/* One row, by the same code. */
double cstn__value_loglik(const cstn__value_model *model, const cstn__value_row *row);
double cstn__value_log_alive(const cstn__value_model *model, const cstn__value_row *row);
/* Expected purchases in (0, t] of a new customer. */
double cstn__value_expected(const cstn__value_model *model, double t);
/* P(X(t) = n) of a new customer; NaN for sBG and gamma-gamma, and for BG/BB unless t is a whole
 * number up to a million. */
double cstn__value_pmf(const cstn__value_model *model, double t, double n);
/* Expected purchases in the next t and, when `variance` is not NULL, their variance. */
double cstn__value_future(const cstn__value_model *model, const cstn__value_row *row, double t,
		double *variance);
/* The same when ln P(alive) is known. */
double cstn__value_future_of(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance);
/* P(at least one purchase in the next t) when ln P(alive) is known. */
double cstn__value_active(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t);
/* Discounted expected residual purchases: rate > 0 a unit of time, continuous; for BG/BB a rate an
 * occasion. NaN where it does not exist. */
double cstn__value_residual(
		const cstn__value_model *model, const cstn__value_row *row, double rate);

/* --- parts --------------------------------------------------------------------------------------
 */

/* h = E[(1 - (1 + p t / alpha)^-r) / p] for p ~ Beta(a, b): expected purchases of a customer with
 * gamma rates who may leave after each. `second`: NULL, or E of the second factorial moment. */
double cstn__value_h(double r, double alpha, double a, double b, double t);
double cstn__value_h_moments(double r, double alpha, double a, double b, double t, double *second);
double cstn__value_h_series(double r, double alpha, double a, double b, double t); /* NaN: no use */

/* ln P(alive) from the ln odds of being gone, and both probabilities. */
double cstn__value_alive_of_odds(double log_odds, double *alive, double *gone);

/* ln P(NB = n) and P(NB >= n), NB of shape r and success z = t / (alpha + t). */
double cstn__value_log_nb(double r, double alpha, double t, double n);
double cstn__value_nb_tail(double r, double alpha, double t, double n);

void cstn__value_terms_bg(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_nbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_one(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_pnbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_bgbb(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_sbg(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_cnbd(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);
void cstn__value_terms_spend(const cstn__value_model *model, const cstn__value_chunk *chunk,
		int gradient, cstn__value_terms *out);

double cstn__value_pnbd_future(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance);
double cstn__value_pnbd_pmf(const cstn__value_model *model, double t, double n);
double cstn__value_pnbd_residual(
		const cstn__value_model *model, const cstn__value_row *row, double rate);

double cstn__value_bgbb_future(const cstn__value_model *model, const cstn__value_row *row, double m,
		double *variance);
double cstn__value_bgbb_pmf(const cstn__value_model *model, double t, double n);
/* At least one purchase at the next m occasions of one who is alive now. */
double cstn__value_bgbb_active(
		const cstn__value_model *model, const cstn__value_row *row, double m);
double cstn__value_bgbb_residual(
		const cstn__value_model *model, const cstn__value_row *row, double rate);
/* P(alive in occasion n + 1), and E[p | the row]. */
double cstn__value_bgbb_next(const cstn__value_model *model, const cstn__value_row *row);
double cstn__value_bgbb_rate(const cstn__value_model *model, const cstn__value_row *row);

/* sBG: share of a cohort still there after t periods; chance to renew in period t. */
double cstn__value_sbg_survival(double a, double b, double t);
double cstn__value_sbg_renewal(double a, double b, double t);

double cstn__value_cnbd_expected(const cstn__value_model *model, double t);
double cstn__value_cnbd_pmf(const cstn__value_model *model, double t, double n);
double cstn__value_cnbd_active(
		const cstn__value_model *model, const cstn__value_row *row, double t);
double cstn__value_cnbd_future(const cstn__value_model *model, const cstn__value_row *row,
		double log_alive, double t, double *variance);
/* The silence since the last purchase that a living customer exceeds with probability 1 - u, and
 * -ln of the probability of a silence at least as long as `gap`. */
double cstn__value_due_gap(const cstn__value_model *model, const cstn__value_row *row, double u);
double cstn__value_surprise(const cstn__value_model *model, const cstn__value_row *row, double gap);

/* E[M | x purchases of mean z]; NaN if it does not exist. */
double cstn__value_spend_mean(const cstn__value_model *model, double x, double z);

/* Shape of the gaps of one customer by maximum likelihood, from the mean gap and the mean of ln
 * gaps; infinity for equal gaps. */
double cstn__regularity_shape(double mean_gap, double mean_log_gap);

#endif
