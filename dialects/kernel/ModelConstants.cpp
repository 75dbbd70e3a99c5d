// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"

#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace sinter::kernel {

bool isModelConstant(Value value) {
  llvm::SetVector<Value> todo;
  todo.insert(value);
  for (size_t next = 0; next < todo.size(); ++next) {
    Value current = todo[next];
    Operation *op = current.getDefiningOp();
    if (!isa_and_nonnull<graph::ConstantOp, graph::ReshapeOp, StageOp>(op) ||
        !cast<RankedTensorType>(current.getType()).hasStaticShape())
      return false;
    todo.insert(op->operand_begin(), op->operand_end());
  }
  return true;
}

} // namespace sinter::kernel
