// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Expand.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult ExpandOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> from = requireDims(loc, adaptor.getInput());
  if (failed(from))
    return failure();
  SmallVector<DimAttr> to(adaptor.getDims().getAsRange<DimAttr>());
  for (DimAttr dim : to) // C1
    if (dim.getConstant().value_or(0) < 0)
      return emitOptionalError(loc, "dim ", *dim.getConstant(), " of ",
                               toString(to), " is negative");
  FailureOr<SmallVector<DimAttr>> dims = broadcastDims(*from, to);
  if (failed(dims)) // C2
    return emitOptionalError(loc, "shapes ", toString(*from), " and ",
                             toString(to), " do not broadcast");
  results.push_back(
      tensorType(*dims, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

SmallVector<Value> ExpandOp::buildStages(OpBuilder &builder) {
  return {StageBuilder(builder, getLoc(), cast<RankedTensorType>(getType()))
              .broadcast(getInput())
              .build([](Scalars &, ValueRange elements, Value) {
                return elements[0];
              })};
}

} // namespace sinter::graph
