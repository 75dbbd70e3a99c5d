// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Gather.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> input = requireDims(loc, adaptor.getInput());
  FailureOr<SmallVector<DimAttr>> indices =
      requireDims(loc, adaptor.getIndices());
  if (failed(input) || failed(indices))
    return failure();
  uint64_t axis = adaptor.getAxis();
  if (axis >= input->size()) // C1
    return emitOptionalError(loc, "axis ", adaptor.getAxis(),
                             " is not below the rank ", input->size());
  ArrayRef<DimAttr> from(*input);
  SmallVector<DimAttr> dims(from.take_front(axis));
  llvm::append_range(dims, *indices);
  llvm::append_range(dims, from.drop_front(axis + 1));
  results.push_back(tensorType(dims, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

SmallVector<Value> GatherOp::buildStages(OpBuilder &builder) {
  StageBuilder stage(builder, getLoc(), getType());
  unsigned axis = getAxis(), indexRank = getIndices().getType().getRank();
  FailureOr<SmallVector<DimAttr>> input = dimsOf(getInput().getType());
  SmallVector<AffineExpr> coordinates;
  for (unsigned index = 0; index < indexRank; ++index)
    coordinates.push_back(stage.iterator(axis + index));
  stage.input(getIndices(), coordinates);
  unsigned table = stage.table(getInput());
  return {stage.build([&](Scalars &scalars, ValueRange elements, Value) {
    SmallVector<Value> at;
    for (unsigned dim = 0; dim < input->size(); ++dim)
      at.push_back(dim == axis
                       ? scalars.wrapIndex(elements[0], (*input)[dim])
                       : scalars.index(dim < axis ? dim : dim + indexRank - 1));
    return scalars.load(table, at, getType().getElementType());
  })};
}

} // namespace sinter::graph
