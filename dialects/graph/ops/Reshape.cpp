// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Reshape.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::graph {

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> from = requireDims(loc, adaptor.getInput());
  if (failed(from))
    return failure();
  SmallVector<DimAttr> to(adaptor.getDims().getAsRange<DimAttr>());
  for (DimAttr dim : to) // C1
    if (dim.getConstant().value_or(0) < 0)
      return emitOptionalError(loc, "dim ", *dim.getConstant(), " of ",
                               toString(to), " is negative");
  FailureOr<DimAttr> fromSize = product(context, *from);
  FailureOr<DimAttr> toSize = product(context, to);
  if (failed(fromSize) || failed(toSize))
    return emitOptionalError(loc, "the number of elements of ", toString(*from),
                             " or ", toString(to), " exceeds 64 bits");
  if (fromSize->getConstant() && toSize->getConstant() &&
      *fromSize != *toSize) // C2
    return emitOptionalError(loc, "cannot reshape ", toString(*from), " (",
                             *fromSize->getConstant(), " elements) to ",
                             toString(to), " (", *toSize->getConstant(), ")");
  results.push_back(tensorType(to, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  return {};
}

/// reshape(reshape(x, a), b) -> reshape(x, b). Where the inner one needs a
/// guard at run time, both stay.
LogicalResult ReshapeOp::canonicalize(ReshapeOp op, PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<ReshapeOp>();
  if (!inner)
    return failure();
  FailureOr<SmallVector<DimAttr>> from = dimsOf(inner.getInput().getType());
  FailureOr<SmallVector<DimAttr>> to = dimsOf(inner.getType());
  if (failed(from) || failed(to))
    return failure();
  FailureOr<DimAttr> fromSize = product(op.getContext(), *from);
  FailureOr<DimAttr> toSize = product(op.getContext(), *to);
  if (failed(fromSize) || failed(toSize) || *fromSize != *toSize)
    return failure();
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getInput(),
                                         op.getDims());
  return success();
}

} // namespace sinter::graph
