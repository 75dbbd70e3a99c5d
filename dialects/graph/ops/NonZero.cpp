// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/NonZero.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult NonZeroOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  FailureOr<DimAttr> elements = product(context, *dims);
  if (failed(elements))
    return emitOptionalError(loc, "the number of elements of ", toString(*dims),
                             " exceeds 64 bits");
  Type i64 = IntegerType::get(context, 64);
  DimAttr rank = DimAttr::constant(context, dims->size());
  results.push_back(tensorType({*elements, rank}, i64));
  results.push_back(tensorType({}, i64));
  return success();
}

Routine NonZeroOp::getRoutine() {
  RoutineSizes sizes(getInput());
  Routine routine{
      "sinter_routine_non_zero",
      {sizes.type(), sizes.elements(), sizes.constant(sizes.getRank())},
      sizes.constant(1),
      {}};
  for (int64_t axis = 0; axis < sizes.getRank(); ++axis)
    routine.sizes.push_back(sizes.dim(axis));
  return routine;
}

} // namespace sinter::graph
