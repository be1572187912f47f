/* Theta models of one series for callers who bring arrays. */
#include <math.h>

#include <constellation/demand_fit.h>

#include "base/error.h"
#include "demand/theta.h"

#define VALUE_MOST 1e300

static cstn_status check_series(const double *y, size_t n, cstn_error **error)
{
	size_t t;

	if (!y || n == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				n ? "y is NULL" : "n is 0, 1 or more expected");
	for (t = 0; t < n; t++)
		if (!(fabs(y[t]) <= VALUE_MOST))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"y[%zu] is %g, a finite number within 1e300 expected", t,
					y[t]);
	return CSTN_OK;
}

static cstn_status check_parameters(const cstn_theta_parameters *p, cstn_error **error)
{
	if (!(p->alpha > 0 && p->alpha <= 1))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "alpha is %g (above 0 to 1)",
				p->alpha);
	if (!(p->theta >= 1 && isfinite(p->theta)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "theta is %g (1 or more)",
				p->theta);
	if (!isfinite(p->level))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level is %g, a finite number expected", p->level);
	return CSTN_OK;
}

cstn_status cstn_theta_filter(const cstn_theta_parameters *parameters, const double *y, size_t n,
		size_t h, double *fitted, double *ahead, cstn_error **error)
{
	cstn_theta_parameters p;
	cstn__theta theta;
	cstn_status status;

	if (!parameters || (h && !ahead))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				parameters ? "ahead" : "parameters");
	if (h > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "h is %zu (0 to %d)", h,
				CSTN_HORIZON_MOST);
	status = cstn__options_read(parameters, sizeof(p), sizeof(p), CSTN_THETA_DYNAMIC,
			"cstn_theta_parameters", &p, error);
	if (status == CSTN_OK)
		status = check_parameters(&p, error);
	if (status == CSTN_OK)
		status = check_series(y, n, error);
	if (status != CSTN_OK)
		return status;
	theta = (cstn__theta){
			(p.flags & CSTN_THETA_DYNAMIC) != 0, p.alpha, 1 - 1 / p.theta, p.level};
	if (!cstn__theta_run(&theta, y, n, h, NULL, NULL))
		return cstn__fail(error, CSTN_E_OVERFLOW, "a forecast is beyond a double");
	(void)cstn__theta_run(&theta, y, n, h, fitted, ahead);
	return CSTN_OK;
}

cstn_status cstn_theta_fit(uint32_t model, const double *y, size_t n,
		cstn_theta_parameters *parameters, cstn_error **error)
{
	int is_dynamic = model == CSTN_FAMILY_DSTM || model == CSTN_FAMILY_DOTM;
	int is_optimised = model == CSTN_FAMILY_OTM || model == CSTN_FAMILY_DOTM;
	cstn_theta_parameters out;
	cstn__theta fit;
	cstn_status status;

	if (!is_dynamic && !is_optimised && model != CSTN_FAMILY_STM)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"model is %#x, one of the four theta models expected", model);
	if (!parameters)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "parameters is NULL");
	status = check_series(y, n, error);
	if (status != CSTN_OK)
		return status;
	cstn__theta_fit(1, y, n, is_dynamic, is_optimised, &fit);
	out = (cstn_theta_parameters){sizeof(out), is_dynamic ? CSTN_THETA_DYNAMIC : 0, fit.alpha,
			is_optimised ? 1 / (1 - fit.share) : 2, fit.level};
	return cstn__output_write(
			&out, sizeof(out), sizeof(out), "cstn_theta_parameters", parameters, error);
}
