#ifndef CONSTELLATION_VERSION_H
#define CONSTELLATION_VERSION_H

#include <stdint.h>

#include <constellation/export.h>

/** @file version.h
 *  Which library was compiled against, which is loaded, and what it can do. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_VERSION_MAJOR 0
#define CSTN_VERSION_MINOR 1
#define CSTN_VERSION_PATCH 0
/** major * 1,000,000 + minor * 1,000 + patch of the headers. */
#define CSTN_VERSION_NUMBER 1000

/** Run-time features, for cstn_has_feature(). Ids are permanent. */
#define CSTN_FEATURE_THREADS 1     /**< calls may use more than the caller's thread */
#define CSTN_FEATURE_SIMD_AVX2 2   /**< this machine runs the AVX2 kernels */
#define CSTN_FEATURE_SIMD_AVX512 3 /**< this machine runs the AVX-512 kernels */

/** The version of the loaded library, as CSTN_VERSION_NUMBER. Any thread. @since 0.1 */
CSTN_API int32_t cstn_version_number(void);

/** The version of the loaded library as text, "0.1.0". Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_version_text(void);

/** Is a feature there? @param feature a CSTN_FEATURE_ id @return 1 or 0; 0 for an unknown id. Any
 *  thread. @since 0.1 */
CSTN_API int32_t cstn_has_feature(int32_t feature);

#ifdef __cplusplus
}
#endif

#endif
