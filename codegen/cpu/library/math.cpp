// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled to bitcode and embedded: the functions that kernels call, in names
// that generated code knows.
#include "runtime/src/ops/Math.h"

// ..._x8 works in place on 8 elements; the loop becomes vector code when it is
// compiled for the model's target.
#define SINTER_LANES _Pragma("clang loop unroll(disable)")
#define SINTER_UNARY_LANES(name, type, suffix, lanes)                          \
  extern "C" void sinter_math_##name##_##suffix##_x##lanes(type *x) {          \
    SINTER_LANES for (int lane = 0; lane < lanes; ++lane) x[lane] =            \
        sinter::math::name(x[lane]);                                           \
  }
#define SINTER_BINARY_LANES(name, type, suffix, lanes)                         \
  extern "C" void sinter_math_##name##_##suffix##_x##lanes(                    \
      type *__restrict x, const type *__restrict y) {                          \
    SINTER_LANES for (int lane = 0; lane < lanes; ++lane) x[lane] =            \
        sinter::math::name(x[lane], y[lane]);                                  \
  }
#define SINTER_WIDTHS(macro, name, type, suffix)                               \
  macro(name, type, suffix, 4) macro(name, type, suffix, 8)                    \
      macro(name, type, suffix, 16)

#define SINTER_UNARY_TYPE(name, type, suffix)                                  \
  extern "C" type sinter_math_##name##_##suffix(type x) {                      \
    return sinter::math::name(x);                                              \
  }                                                                            \
  SINTER_WIDTHS(SINTER_UNARY_LANES, name, type, suffix)
#define SINTER_BINARY_TYPE(name, type, suffix)                                 \
  extern "C" type sinter_math_##name##_##suffix(type x, type y) {              \
    return sinter::math::name(x, y);                                           \
  }                                                                            \
  SINTER_WIDTHS(SINTER_BINARY_LANES, name, type, suffix)

#define SINTER_UNARY(name)                                                     \
  SINTER_UNARY_TYPE(name, float, f32) SINTER_UNARY_TYPE(name, double, f64)
#define SINTER_BINARY(name)                                                    \
  SINTER_BINARY_TYPE(name, float, f32) SINTER_BINARY_TYPE(name, double, f64)

#include "runtime/src/ops/Math.def"
