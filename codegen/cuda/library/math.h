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
