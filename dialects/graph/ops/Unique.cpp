// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Unique.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult UniqueOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  if (dims->size() != 2) // C1
    return emitOptionalError(loc, "rank ", dims->size(), "; expected 2");
  Type i64 = IntegerType::get(context, 64);
  results.append(3, tensorType(dims->front(), i64));
  results.push_back(tensorType({}, i64));
  return success();
}

Routine UniqueOp::getRoutine() {
  RoutineSizes sizes(getInput());
  return {
      "sinter_routine_unique",
      {sizes.type(), sizes.dim(0), sizes.dim(1), sizes.constant(getSorted())},
      sizes.constant(1),
      sizes.multiply(sizes.dim(0), sizes.constant(16))};
}

} // namespace sinter::graph
