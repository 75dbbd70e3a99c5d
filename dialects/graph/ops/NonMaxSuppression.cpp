// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/NonMaxSuppression.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult NonMaxSuppressionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> boxes = requireDims(loc, adaptor.getBoxes());
  FailureOr<SmallVector<DimAttr>> scores =
      requireDims(loc, adaptor.getScores());
  if (failed(boxes) || failed(scores))
    return failure();
  auto isF32 = [](Value value) { return getElementTypeOrSelf(value).isF32(); };
  if (boxes->size() != 3 || scores->size() != 3 ||
      (*boxes)[2].getConstant() != 4 || !isF32(adaptor.getBoxes()) ||
      !isF32(adaptor.getScores())) // C1
    return emitOptionalError(loc, "boxes ", toString(*boxes), " and scores ",
                             toString(*scores),
                             "; expected [b, n, 4] and [b, c, n] of f32");
  for (Value threshold :
       {adaptor.getIouThreshold(), adaptor.getScoreThreshold()}) {
    auto type = dyn_cast<RankedTensorType>(threshold.getType());
    if (!type || type.getRank() != 0 || !isF32(threshold)) // C2
      return emitOptionalError(loc, "threshold of type ", threshold.getType(),
                               "; expected a scalar of f32");
  }
  DimAttr most = adaptor.getMost();
  if (most.getConstant().value_or(0) < 0) // C3
    return emitOptionalError(loc, "most is ", *most.getConstant());
  FailureOr<DimAttr> rows = apply(DimFunction::Min, most, (*scores)[2]);
  if (succeeded(rows))
    rows = product(context, {(*scores)[0], (*scores)[1], *rows});
  if (failed(rows))
    return emitOptionalError(loc, "the number of results exceeds 64 bits");
  Type i64 = IntegerType::get(context, 64);
  results.push_back(tensorType({*rows, DimAttr::constant(context, 3)}, i64));
  results.push_back(tensorType({}, i64));
  return success();
}

Routine NonMaxSuppressionOp::getRoutine() {
  RoutineSizes sizes(getScores()), boxes(getBoxes());
  return {"sinter_routine_non_max_suppression",
          {sizes.dim(0), sizes.dim(1), sizes.dim(2), boxes.dim(0), boxes.dim(1),
           getMost(), sizes.constant(getCenters())},
          sizes.constant(1),
          sizes.multiply(sizes.dim(2), sizes.constant(24))};
}

} // namespace sinter::graph
