// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/TopK.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  int64_t axis = adaptor.getAxis(), rank = dims->size();
  if (axis < 0 || axis >= rank) // C1
    return emitOptionalError(loc, "axis ", axis, " is not within rank ", rank);
  std::optional<int64_t> k = adaptor.getK().getConstant();
  std::optional<int64_t> size = (*dims)[axis].getConstant();
  if (k && (*k < 0 || (size && *k > *size))) // C2
    return emitOptionalError(loc, "k is ", *k, " at axis ", axis, " of ",
                             toString(*dims));
  (*dims)[axis] = adaptor.getK();
  results.push_back(
      tensorType(*dims, getElementTypeOrSelf(adaptor.getInput())));
  results.push_back(tensorType(*dims, IntegerType::get(context, 64)));
  return success();
}

Routine TopKOp::getRoutine() {
  RoutineSizes sizes(getInput());
  int64_t axis = getAxis();
  DimAttr inner = sizes.product(axis + 1, sizes.getRank());
  DimAttr k = getK();
  return {"sinter_routine_top_k",
          {sizes.type(), sizes.elementBytes(), sizes.dim(axis), inner, k,
           sizes.constant(getLargest())},
          sizes.multiply(sizes.product(0, axis), inner),
          sizes.multiply(k, sizes.constant(16))};
}

} // namespace sinter::graph
