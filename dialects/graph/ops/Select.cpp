// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Select.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult SelectOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  Type yes = getElementTypeOrSelf(adaptor.getYes());
  Type no = getElementTypeOrSelf(adaptor.getNo());
  if (yes != no) // C1
    return emitOptionalError(loc, "values have element types ", yes, " and ",
                             no, "; expected one");
  SmallVector<DimAttr> all;
  for (Value operand : adaptor.getOperands()) {
    FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, operand);
    if (failed(dims))
      return failure();
    FailureOr<SmallVector<DimAttr>> both = broadcastDims(all, *dims);
    if (failed(both)) // C2
      return emitOptionalError(loc, "shapes ", toString(all), " and ",
                               toString(*dims), " do not broadcast");
    all = *both;
  }
  results.push_back(tensorType(all, yes));
  return success();
}

SmallVector<Value> SelectOp::buildStages(OpBuilder &builder) {
  return {StageBuilder(builder, getLoc(), cast<RankedTensorType>(getType()))
              .broadcast(getCondition())
              .broadcast(getYes())
              .broadcast(getNo())
              .build([](Scalars &scalars, ValueRange elements, Value) {
                return scalars.select(elements[0], elements[1], elements[2]);
              })};
}

} // namespace sinter::graph
