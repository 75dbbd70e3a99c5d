// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Scatter.h"

#include "dialects/graph/RoutineSizes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

static bool differ(DimAttr lhs, DimAttr rhs) {
  return lhs.getConstant() && rhs.getConstant() && lhs != rhs;
}

LogicalResult ScatterOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  auto data = requireDims(loc, adaptor.getData());
  auto positions = requireDims(loc, adaptor.getPositions());
  auto updates = requireDims(loc, adaptor.getUpdates());
  if (failed(data) || failed(positions) || failed(updates))
    return failure();
  Type element = getElementTypeOrSelf(adaptor.getData());
  if (data->size() != 2 || updates->size() != 2 || positions->size() != 1 ||
      element != getElementTypeOrSelf(adaptor.getUpdates()) ||
      !getElementTypeOrSelf(adaptor.getPositions()).isSignlessInteger(64)) // C1
    return emitOptionalError(
        loc, "data and updates must be matrices of one element type, "
             "positions a vector of i64");
  if (differ((*positions)[0], (*updates)[0]) ||
      differ((*data)[1], (*updates)[1])) // C2
    return emitOptionalError(loc, "updates are ", toString(*updates), " for ",
                             toString(*positions), " positions in ",
                             toString(*data));
  int64_t combine = adaptor.getCombine();
  bool isArithmetic = element.isF32() || element.isF64() ||
                      element.isSignlessInteger(32) ||
                      element.isSignlessInteger(64);
  if (combine < 0 || combine > 4 || (combine != 0 && !isArithmetic)) // C3
    return emitOptionalError(loc, "combine is ", combine, " for elements of ",
                             element);
  results.push_back(tensorType(*data, element));
  return success();
}

Routine ScatterOp::getRoutine() {
  RoutineSizes data(getData()), positions(getPositions()),
      updates(getUpdates());
  return {"sinter_routine_scatter",
          {data.type(), data.elementBytes(), data.dim(0), data.dim(1),
           positions.dim(0), updates.dim(0), updates.dim(1),
           data.constant(getCombine())},
          data.dim(0),
          {}};
}

} // namespace sinter::graph
