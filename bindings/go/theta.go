package constellation

/*
#include "bridge.h"
#cgo noescape cstn_go_theta_filter
#cgo nocallback cstn_go_theta_filter
#cgo noescape cstn_go_theta_fit
#cgo nocallback cstn_go_theta_fit
*/
import "C"

import "unsafe"

// ThetaParameters are those of a theta model (Fiorucci et al. 2016): a level, and 1 - 1/Theta of what
// smoothing would make of a trend line.
type ThetaParameters struct {
	// Alpha smooths, above 0 to 1. Theta is 1 or more: 1 leaves the line out, 2 takes half of it. Level
	// is that before the first period.
	Alpha, Theta, Level float64
	// Dynamic: the line is that of what was seen before each period, not of the whole series.
	Dynamic bool
}

// ThetaForecast gives forecasts one step ahead of every value of y, oldest first, and h periods beyond,
// 0 to HorizonMost. It returns [ErrInvalidArgument] for a parameter out of range or a value that is not
// finite (with its position), [ErrOverflow] for a forecast beyond a float64. Any goroutine; cost
// O(len(y) + h).
func ThetaForecast(parameters ThetaParameters, y []float64, h int) (fitted, ahead []float64, err error) {
	if h < 0 || h > HorizonMost {
		return nil, nil, invalid("h is %d (0 to %d)", h, HorizonMost)
	}
	given := C.cstn_theta_parameters{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_theta_parameters{})),
		alpha: C.double(parameters.Alpha), theta: C.double(parameters.Theta), level: C.double(parameters.Level)}
	if parameters.Dynamic {
		given.flags = C.CSTN_THETA_DYNAMIC
	}
	fitted, ahead = make([]float64, len(y)), make([]float64, h)
	var o C.cstn_go_outcome
	C.cstn_go_theta_filter(&given, pointerOf(y), C.size_t(len(y)), C.size_t(h), pointerOf(fitted), pointerOf(ahead), &o)
	if err := outcomeError(&o); err != nil {
		return nil, nil, err
	}
	return fitted, ahead, nil
}

// FitTheta finds the parameters of least squared errors one step ahead: Alpha from .1 to .99. model is
// one of FamilySTM, FamilyOTM, FamilyDSTM, FamilyDOTM; y is without its season. It returns
// [ErrInvalidArgument] for another model or a value that is not finite (with its position). Any
// goroutine; cost 7 passes of eight values of Alpha.
func FitTheta(model ForecastModels, y []float64) (ThetaParameters, error) {
	out := C.cstn_theta_parameters{struct_size: C.uint32_t(unsafe.Sizeof(C.cstn_theta_parameters{}))}
	var o C.cstn_go_outcome
	C.cstn_go_theta_fit(C.uint32_t(model), pointerOf(y), C.size_t(len(y)), &out, &o)
	if err := outcomeError(&o); err != nil {
		return ThetaParameters{}, err
	}
	return ThetaParameters{float64(out.alpha), float64(out.theta), float64(out.level), out.flags&C.CSTN_THETA_DYNAMIC != 0}, nil
}
