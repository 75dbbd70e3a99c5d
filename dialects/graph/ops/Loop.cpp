// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Loop.h"

#include "dialects/graph/Regions.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

DimAttr LoopOp::getRuns() {
  if (!getCondition() && getTrips())
    return *getTrips();
  return DimAttr::symbol(getContext(), getCounter());
}

LogicalResult LoopOp::verify() {
  size_t yields = yielded().size(), conditions = getCondition() ? 1 : 0;
  if (getNumResults() < getNumCarried() ||
      getBody().getNumArguments() != getNumCarried() ||
      yields != getNumResults() + conditions)
    return emitOpError("has ")
           << getNumCarried() << " inits, " << getBody().getNumArguments()
           << " arguments, " << getNumResults() << " results and yields "
           << yields;
  if (conditions && (!isSingle(getCondition().getType(), 1) ||
                     !isSingle(getNextCondition().getType(), 1))) // C1
    return emitOpError("conditions must be one bool");
  for (unsigned index = 0; index < getNumCarried(); ++index) {
    Type type = getBody().getArgument(index).getType();
    if (type != getCarried()[index].getType()) // C2
      return emitOpError("carries ")
             << type << " to a result of " << getCarried()[index].getType();
    for (Value from : {Value(getInits()[index]), getNexts()[index]})
      if (!isWidened(from.getType(), type)) // C2, C3
        return emitOpError("carries ") << from.getType() << " as " << type;
  }
  for (auto [slice, stacked] : llvm::zip_equal(getSlices(), getStacked())) {
    FailureOr<SmallVector<DimAttr>> dims = dimsOf(slice.getType());
    auto type = cast<RankedTensorType>(stacked.getType());
    FailureOr<SmallVector<DimAttr>> all = dimsOf(type);
    if (failed(dims) || failed(all) || all->empty() ||
        all->front() != getRuns() ||
        !isWidened(slice.getType(),
                   tensorType(ArrayRef<DimAttr>(*all).drop_front(),
                              type.getElementType()))) // C4
      return emitOpError("stacks ") << slice.getType() << " to " << type;
  }
  return success();
}

} // namespace sinter::graph
