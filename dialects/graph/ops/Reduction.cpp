// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult inferReduction(std::optional<Location> loc, Value input,
                             ArrayRef<int64_t> axes, bool keepDims,
                             InferredTypes &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, input);
  if (failed(dims))
    return failure();
  int64_t previous = -1;
  for (int64_t axis : axes) { // C1
    if (axis <= previous || axis >= static_cast<int64_t>(dims->size()))
      return emitOptionalError(loc, "axis ", axis,
                               " is out of order or not below the rank ",
                               dims->size());
    previous = axis;
  }
  SmallVector<DimAttr> reduced;
  for (auto [axis, dim] : llvm::enumerate(*dims)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      reduced.push_back(dim);
    else if (keepDims)
      reduced.push_back(DimAttr::constant(dim.getContext(), 1));
  }
  results.push_back(tensorType(reduced, getElementTypeOrSelf(input)));
  return success();
}

} // namespace sinter::graph
