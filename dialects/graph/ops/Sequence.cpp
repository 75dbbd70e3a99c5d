// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Sequence.h"

using namespace mlir;

namespace sinter::graph {

LogicalResult SequenceOp::verify() {
  if (getStacked() && getTensors().size() != 1) // C1
    return emitOpError("stacks ") << getTensors().size() << " tensors";
  return success();
}

} // namespace sinter::graph
