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
#include "runtime/src/ops/Math.def"
  }
  return {};
}

} // namespace sinter::kernel
