// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Cast.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult CastOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &results) {
  Type to = adaptor.getTo();
  if (!isa<FloatType, IntegerType>(to)) // C1
    return emitOptionalError(loc, "cannot cast to ", to,
                             "; expected a float, an integer or bool");
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  results.push_back(tensorType(*dims, to));
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

SmallVector<Value> CastOp::buildStages(OpBuilder &builder) {
  return {castStage(getInput(), getType(), builder, getLoc())};
}

} // namespace sinter::graph
