// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/TreeEnsemble.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult TreeEnsembleOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> loc,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  Type element = getElementTypeOrSelf(adaptor.getInput());
  if (dims->size() != 2 || !element.isF32()) // C1
    return emitOptionalError(loc, "input ", toString(*dims), " of ", element,
                             "; expected [rows, features] of f32");
  auto isTable = [](Value value, int64_t rank, bool isFloat) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getRank() == rank &&
           (isFloat ? type.getElementType().isF32()
                    : type.getElementType().isSignlessInteger(64));
  };
  if (!isTable(adaptor.getNodes(), 2, false) ||
      cast<RankedTensorType>(adaptor.getNodes().getType()).getDimSize(1) != 6 ||
      !isTable(adaptor.getThresholds(), 1, true) ||
      !isTable(adaptor.getRoots(), 1, false) ||
      !isTable(adaptor.getTargets(), 1, false) ||
      !isTable(adaptor.getWeights(), 1, true)) // C2
    return emitOptionalError(loc, "the tables have other types");
  DimAttr targets = DimAttr::constant(context, adaptor.getTargetCount());
  results.push_back(tensorType({dims->front(), targets}, element));
  return success();
}

Routine TreeEnsembleOp::getRoutine() {
  RoutineSizes sizes(getInput());
  DimAttr targets = sizes.constant(getTargetCount());
  return {"sinter_routine_tree_ensemble",
          {sizes.dim(1), RoutineSizes(getNodes()).dim(0),
           RoutineSizes(getRoots()).dim(0), RoutineSizes(getWeights()).dim(0),
           targets, sizes.constant(getAggregate())},
          sizes.dim(0),
          sizes.multiply(targets, sizes.constant(8))};
}

} // namespace sinter::graph
