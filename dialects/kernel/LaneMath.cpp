// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/LaneLoops.h"

namespace sinter::kernel {

LaneInstruction lookUpLaneOp(MathFunction function, mlir::Type type) {
  switch (function) {
#define SINTER_UNARY(NAME)                                                     \
  case MathFunction::NAME:                                                     \
    return floatUnary(type, [](auto x) { return math::NAME(x); });
#define SINTER_BINARY(NAME)                                                    \
  case MathFunction::NAME:                                                     \
    return floatBinary(type, [](auto x, auto y) { return math::NAME(x, y); });
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
    SINTER_BINARY(fmod)
    SINTER_UNARY(log)
    SINTER_UNARY(log1p)
    SINTER_BINARY(pow)
    SINTER_UNARY(round)
    SINTER_UNARY(sin)
    SINTER_UNARY(sinh)
    SINTER_UNARY(sqrt)
    SINTER_UNARY(tan)
    SINTER_UNARY(tanh)
#undef SINTER_UNARY
#undef SINTER_BINARY
  }
  return {};
}

} // namespace sinter::kernel
