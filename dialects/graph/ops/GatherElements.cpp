// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/GatherElements.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::Sign;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult
GatherElementsOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                   Adaptor adaptor,
                                   SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> input = requireDims(loc, adaptor.getInput());
  FailureOr<SmallVector<DimAttr>> indices =
      requireDims(loc, adaptor.getIndices());
  if (failed(input) || failed(indices))
    return failure();
  uint64_t chosen = adaptor.getAxis();
  if (chosen >= input->size()) // C1
    return emitOptionalError(loc, "axis ", adaptor.getAxis(),
                             " is not below the rank ", input->size());
  if (input->size() != indices->size()) // C2
    return emitOptionalError(loc, "indices have rank ", indices->size(),
                             "; expected that of the input, ", input->size());
  for (auto [axis, from, to] : llvm::enumerate(*input, *indices))
    if (axis != chosen && from.getConstant().value_or(INT64_MAX) <
                              to.getConstant().value_or(0)) // C3
      return emitOptionalError(loc, "indices ", toString(*indices),
                               " exceed input ", toString(*input), " at axis ",
                               axis);
  results.push_back(
      tensorType(*indices, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

SmallVector<Value> GatherElementsOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  StageBuilder stage(builder, getLoc(), type);
  FailureOr<SmallVector<DimAttr>> input = dimsOf(getInput().getType());
  FailureOr<SmallVector<DimAttr>> indices = dimsOf(getIndices().getType());
  SmallVector<AffineExpr> coordinates;
  for (unsigned axis = 0; axis < input->size(); ++axis)
    coordinates.push_back(stage.iterator(axis));
  stage.input(getIndices(), coordinates);
  unsigned table = stage.table(getInput());
  return {stage.build([&](Scalars &scalars, ValueRange elements, Value) {
    SmallVector<Value> at;
    for (auto [axis, from, to] : llvm::enumerate(*input, *indices)) {
      if (axis == getAxis()) {
        at.push_back(scalars.wrapIndex(elements[0], from));
        continue;
      }
      Value coordinate = scalars.index(axis);
      if (from != to && !(from.getConstant() && to.getConstant())) {
        Value last =
            scalars.subtract(scalars.dim(from), scalars.indexConstant(1));
        coordinate = scalars.minimum(coordinate, last, Sign::isSigned);
      }
      at.push_back(coordinate);
    }
    return scalars.load(table, at, type.getElementType());
  })};
}

} // namespace sinter::graph
