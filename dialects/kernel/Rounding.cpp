// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Rounding.h"

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace sinter::kernel {
namespace {

bool rounds(Operation *op) {
  if (auto math = dyn_cast<MathOp>(op))
    return math.getFunction() == MathFunction::round ||
           math.getFunction() == MathFunction::floor ||
           math.getFunction() == MathFunction::ceil;
  return isa<arith::FPToSIOp, arith::FPToUIOp>(op);
}

} // namespace

bool feedsRounding(Value value) {
  llvm::SetVector<Value> todo;
  todo.insert(value);
  for (size_t next = 0; next < todo.size(); ++next)
    for (Operation *user : todo[next].getUsers()) {
      if (rounds(user))
        return true;
      todo.insert(user->result_begin(), user->result_end());
    }
  return false;
}

} // namespace sinter::kernel
