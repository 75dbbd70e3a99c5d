// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Gather.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

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

} // namespace sinter::graph
