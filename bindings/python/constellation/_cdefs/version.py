"""What version.h declares."""

from __future__ import annotations

from ctypes import c_char_p, c_int32

from .common import Functions

CSTN_VERSION_MAJOR = 0
CSTN_VERSION_MINOR = 1
CSTN_VERSION_PATCH = 0
CSTN_VERSION_NUMBER = 1000
CSTN_FEATURE_THREADS = 1
CSTN_FEATURE_SIMD_AVX2 = 2
CSTN_FEATURE_SIMD_AVX512 = 3

DECLARED: Functions = {
    "cstn_version_number": (c_int32, ()),
    "cstn_version_text": (c_char_p, ()),
    "cstn_has_feature": (c_int32, (c_int32,)),
}
