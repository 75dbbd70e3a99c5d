// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled to bitcode and embedded: the functions that kernels call, in names
// that generated code knows.
#include "runtime/src/ops/Math.h"

#define SINTER_UNARY(name)                                                     \
  extern "C" float sinter_math_##name##_f32(float x) {                         \
    return sinter::math::name(x);                                              \
  }                                                                            \
  extern "C" double sinter_math_##name##_f64(double x) {                       \
    return sinter::math::name(x);                                              \
  }
#define SINTER_BINARY(name)                                                    \
  extern "C" float sinter_math_##name##_f32(float x, float y) {                \
    return sinter::math::name(x, y);                                           \
  }                                                                            \
  extern "C" double sinter_math_##name##_f64(double x, double y) {             \
    return sinter::math::name(x, y);                                           \
  }

SINTER_UNARY(acos)
SINTER_UNARY(acosh)
SINTER_UNARY(asin)
SINTER_UNARY(asinh)
SINTER_UNARY(atan)
SINTER_UNARY(atanh)
SINTER_UNARY(ceil)
SINTER_UNARY(cos)
SINTER_UNARY(cosh)
SINTER_UNARY(erf)
SINTER_UNARY(exp)
SINTER_UNARY(floor)
SINTER_UNARY(log)
SINTER_UNARY(log1p)
SINTER_BINARY(pow)
SINTER_UNARY(round)
SINTER_UNARY(sin)
SINTER_UNARY(sinh)
SINTER_UNARY(sqrt)
SINTER_UNARY(tan)
SINTER_UNARY(tanh)
SINTER_BINARY(fmod)
