// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lets NVRTC compile runtime/src/ops/Math.h, the scalar functions of models.
#pragma once

typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define SINTER_MATH static __device__ __forceinline__
#define __builtin_inff() __builtin_bit_cast(float, 0x7f800000u)
#define __builtin_nanf(text) __builtin_bit_cast(float, 0x7fc00000u)
#define __builtin_inf() __builtin_bit_cast(double, 0x7ff0000000000000ull)
#define __builtin_nan(text) __builtin_bit_cast(double, 0x7ff8000000000000ull)
#define __builtin_sqrtf(x) __fsqrt_rn(x)
#define __builtin_sqrt(x) __dsqrt_rn(x)

#include "runtime/src/ops/Math.h"

/// Functions whose errors do not show once results are stored in 16 bits: that
/// of exp is 2^-21 of it (2^-18 far from 0), the others' are 4e-7.
namespace sinter::fast {

using namespace sinter::math;

SINTER_MATH float inverse(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

SINTER_MATH float exp(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x * 1.44269504f));
  return y;
}

SINTER_MATH float tanh(float x) {
  return 1.0f - 2.0f * inverse(exp(2.0f * x) + 1.0f);
}

/// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
SINTER_MATH float erf(float x) {
  float size = fabsf(x);
  float t = inverse(__fmaf_rn(0.3275911f, size, 1.0f));
  float sum = 1.061405429f;
  sum = __fmaf_rn(sum, t, -1.453152027f);
  sum = __fmaf_rn(sum, t, 1.421413741f);
  sum = __fmaf_rn(sum, t, -0.284496736f);
  sum = __fmaf_rn(sum, t, 0.254829592f) * t;
  return copysignf(__fmaf_rn(-sum, exp(-size * size), 1.0f), x);
}

} // namespace sinter::fast
