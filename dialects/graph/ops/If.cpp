// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/If.h"

#include "dialects/graph/Regions.h"

using namespace mlir;

namespace sinter::graph {

LogicalResult IfOp::verify() {
  if (!isSingle(getCondition().getType(), 1)) // C1
    return emitOpError("condition of type ")
           << getCondition().getType() << "; expected one bool";
  for (Region *region : getRegions()) {
    ValueRange values = region->front().getTerminator()->getOperands();
    if (values.size() != getNumResults()) // C2
      return emitOpError("has ")
             << getNumResults() << " results and yields " << values.size();
    for (auto [value, result] : llvm::zip_equal(values, getResults()))
      if (!isWidened(value.getType(), result.getType())) // C2, C3
        return emitOpError("yields ")
               << value.getType() << " for a result of " << result.getType();
  }
  return success();
}

} // namespace sinter::graph
