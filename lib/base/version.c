/* The version of the library, as a number and as text. */
#include <constellation/version.h>

#include "base/cpu.h"

int32_t cstn_version_number(void)
{
	return CSTN_VERSION_NUMBER;
}

const char *cstn_version_text(void)
{
	return "0.1.0";
}

int32_t cstn_has_feature(int32_t feature)
{
	switch (feature) {
	case CSTN_FEATURE_THREADS:
		return 1;
	case CSTN_FEATURE_SIMD_AVX2:
		return cstn__cpu_simd() >= 2;
	case CSTN_FEATURE_SIMD_AVX512:
		return cstn__cpu_simd() >= 3;
	default:
		return 0;
	}
}
