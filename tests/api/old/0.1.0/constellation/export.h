#ifndef CONSTELLATION_EXPORT_H
#define CONSTELLATION_EXPORT_H

/** @file export.h
 *  How a public function is marked. A program that links the library needs nothing from this
 *  file. */

#ifndef CSTN_API
#if defined(__GNUC__)
#define CSTN_API __attribute__((visibility("default")))
#else
#define CSTN_API
#endif
#endif

#ifndef CSTN_MUST_CHECK
#if defined(__GNUC__)
#define CSTN_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CSTN_MUST_CHECK
#endif
#endif

#endif
