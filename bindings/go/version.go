package constellation

/*
#include "bridge.h"

#cgo nocallback cstn_version_number
#cgo nocallback cstn_version_text
#cgo nocallback cstn_has_feature
*/
import "C"

// HeaderVersion is the version of the headers this package was compiled against: major * 1,000,000 +
// minor * 1,000 + patch.
const HeaderVersion = C.CSTN_VERSION_NUMBER

// Version is the version of the loaded library, in the form of [HeaderVersion].
func Version() int { return int(C.cstn_version_number()) }

// VersionText is the version of the loaded library, "0.1.0".
func VersionText() string { return C.GoString(C.cstn_version_text()) }

// Feature is something a loaded library may be able to do. Ids are permanent.
type Feature int32

// Features for [HasFeature].
const (
	FeatureThreads Feature = C.CSTN_FEATURE_THREADS     // calls may use more than the caller's thread
	FeatureAVX2    Feature = C.CSTN_FEATURE_SIMD_AVX2   // this machine runs the AVX2 kernels
	FeatureAVX512  Feature = C.CSTN_FEATURE_SIMD_AVX512 // this machine runs the AVX-512 kernels
)

// HasFeature tells whether the loaded library has a feature; false for an unknown one.
func HasFeature(f Feature) bool { return C.cstn_has_feature(C.int32_t(f)) != 0 }
