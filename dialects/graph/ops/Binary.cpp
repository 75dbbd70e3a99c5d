// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Binary.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult inferBinary(std::optional<Location> loc, Value lhs, Value rhs,
                          Type element, InferredTypes &results) {
  Type left = getElementTypeOrSelf(lhs), right = getElementTypeOrSelf(rhs);
  if (left != right) // C1
    return emitOptionalError(loc, "operands have element types ", left, " and ",
                             right, "; expected one");
  FailureOr<SmallVector<DimAttr>> lhsDims = requireDims(loc, lhs);
  FailureOr<SmallVector<DimAttr>> rhsDims = requireDims(loc, rhs);
  if (failed(lhsDims) || failed(rhsDims))
    return failure();
  FailureOr<SmallVector<DimAttr>> dims = broadcastDims(*lhsDims, *rhsDims);
  if (failed(dims)) // C2
    return emitOptionalError(loc, "shapes ", toString(*lhsDims), " and ",
                             toString(*rhsDims), " do not broadcast");
  results.push_back(tensorType(*dims, element ? element : left));
  return success();
}

} // namespace sinter::graph
