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

/// Whether each value of `from` is one of `to`, a type of the same kind.
static bool preservesValues(Type from, Type to) {
  if (auto a = dyn_cast<FloatType>(from), b = dyn_cast<FloatType>(to); a && b)
    return APFloat::isRepresentableBy(a.getFloatSemantics(),
                                      b.getFloatSemantics());
  auto a = dyn_cast<IntegerType>(from), b = dyn_cast<IntegerType>(to);
  bool isUnsigned = a && (a.isUnsigned() || a.getWidth() == 1);
  return a && b && a.getWidth() < b.getWidth() &&
         (isUnsigned || !b.isUnsigned());
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<CastOp>();
  if (!inner ||
      !preservesValues(getElementTypeOrSelf(inner.getInput()), inner.getTo()))
    return {};
  getInputMutable().assign(inner.getInput());
  return getResult();
}

SmallVector<Value> CastOp::buildStages(OpBuilder &builder) {
  return {castStage(getInput(), getType(), builder, getLoc())};
}

} // namespace sinter::graph
