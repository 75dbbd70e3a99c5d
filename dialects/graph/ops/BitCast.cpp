// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/BitCast.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;
using sinter::kernel::StageOp;

namespace sinter::graph {
namespace {

unsigned bitsOf(Type element) {
  return element.isInteger(1) ? 8 : element.getIntOrFloatBitWidth();
}

} // namespace

LogicalResult BitCastOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  Type from = getElementTypeOrSelf(adaptor.getInput()), to = adaptor.getTo();
  if (!isa<FloatType, IntegerType>(to) || to.isInteger(1) ||
      bitsOf(from) != bitsOf(to)) // C1
    return emitOptionalError(loc, "cannot read the bits of ", from, " as ", to);
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  results.push_back(tensorType(*dims, to));
  return success();
}

SmallVector<Value> BitCastOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Type from = getElementTypeOrSelf(getInput()), to = type.getElementType();
  return {StageBuilder(builder, getLoc(), type)
              .broadcast(getInput())
              .build([&](Scalars &scalars, ValueRange elements, Value) {
                Type scalar = StageOp::getScalarType(to);
                if (from.isInteger(1))
                  return scalars.cast(elements[0], from, to);
                if (elements[0].getType() == scalar)
                  return elements[0];
                return scalars.make<arith::BitcastOp>(scalar, elements[0]);
              })};
}

} // namespace sinter::graph
