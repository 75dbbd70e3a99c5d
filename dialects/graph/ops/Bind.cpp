// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Bind.h"

#include "dialects/graph/Regions.h"

using namespace mlir;

namespace sinter::graph {

LogicalResult BindOp::verify() {
  if (isSingle(getValue().getType(), 64)) // C1
    return success();
  return emitOpError("value of type ")
         << getValue().getType() << "; expected one i64";
}

LogicalResult CheckOp::verify() {
  if (isSingle(getCondition().getType(), 1)) // C2
    return success();
  return emitOpError("condition of type ")
         << getCondition().getType() << "; expected one bool";
}

} // namespace sinter::graph
