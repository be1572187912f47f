package constellation

/*
#include <stdlib.h>

#include "bridge.h"
#cgo noescape cstn_go_ets_filter
#cgo nocallback cstn_go_ets_filter
*/
import "C"

import "unsafe"

// EtsParameters are those of a form of exponential smoothing; what the form has none of is not read.
type EtsParameters struct {
	// Alpha, Beta and Gamma are the shares of an error that move level, trend and season; Phi is what is
	// left of a damped trend a period on, above 0, at most 1.
	Alpha, Beta, Gamma, Phi float64
	// Level and Trend at the start; a multiplicative trend is a ratio above 0.
	Level, Trend float64
	// Seasonal has the states of the season at the start, that of the first period first.
	Seasonal []float64
}

// EtsResult is what a form says of a series of n values.
type EtsResult struct {
	// Fitted is expected of every period by what came before it; Residuals are y - Fitted, over Fitted
	// where the error is multiplicative.
	Fitted, Residuals []float64
	// Level and Trend are what every period meets, and the end: n + 1; Seasonal likewise, then the season
	// to come.
	Level, Trend, Seasonal []float64
	// Forecast and Variance of the periods ahead.
	Forecast, Variance []float64
	// Loglik is without constants; criteria are by Parameters, which counts smoothing parameters, free
	// states of the start and the variance. AICc and Sigma2 are NaN where there are too few values.
	Loglik, AIC, AICc, BIC, Squares, Sigma2 float64
	Parameters                              int
}

// EtsFilter runs exponential smoothing at given parameters over y, oldest first, and h periods beyond, 0
// to HorizonMost. form is error (A, M), trend (N, A, Ad, M, Md) and season (N, A, M), as in "MAdM". It
// returns [ErrInvalidArgument] for a form that is none or not stable, and for a value that is not finite
// or, where a part is multiplicative, not above 0 (with its position); [ErrOverflow] where a state leaves
// the numbers. Any goroutine; cost O(len(y) + h).
func EtsFilter(form string, parameters EtsParameters, y []float64, h int) (*EtsResult, error) {
	if h < 0 || h > HorizonMost {
		return nil, invalid("h is %d (0 to %d)", h, HorizonMost)
	}
	if len(parameters.Seasonal) > 10000 {
		return nil, invalid("a season of %d periods (2 to 10000)", len(parameters.Seasonal))
	}
	name := C.CString(form)
	defer C.free(unsafe.Pointer(name))
	n, m := len(y), len(parameters.Seasonal)
	given := C.cstn_ets_parameters{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_ets_parameters{})),
		alpha: C.double(parameters.Alpha), beta: C.double(parameters.Beta), gamma: C.double(parameters.Gamma),
		phi: C.double(parameters.Phi), level: C.double(parameters.Level), trend: C.double(parameters.Trend),
		season: C.int32_t(m), horizon: C.int32_t(h)}
	summary := C.cstn_ets_summary{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_ets_summary{}))}
	paths, season := make([]float64, 4*n+2+2*h), make([]float64, n+m)
	var o C.cstn_go_outcome
	C.cstn_go_ets_filter(name, &given, pointerOf(parameters.Seasonal), pointerOf(y), C.size_t(n), pointerOf(paths),
		pointerOf(season), &summary, nil, &o)
	if err := outcomeError(&o); err != nil {
		return nil, err
	}
	if m == 0 {
		season = nil
	}
	return &EtsResult{Fitted: paths[:n:n], Residuals: paths[n : 2*n : 2*n], Level: paths[2*n : 3*n+1 : 3*n+1],
		Trend: paths[3*n+1 : 4*n+2 : 4*n+2], Forecast: paths[4*n+2 : 4*n+2+h : 4*n+2+h], Variance: paths[4*n+2+h:],
		Seasonal: season, Loglik: float64(summary.loglik), AIC: float64(summary.aic), AICc: float64(summary.aicc),
		BIC: float64(summary.bic), Squares: float64(summary.squares), Sigma2: float64(summary.sigma2),
		Parameters: int(summary.parameters)}, nil
}
