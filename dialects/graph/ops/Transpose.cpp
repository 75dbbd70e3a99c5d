// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Transpose.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  llvm::ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (permutation.size() != dims->size() ||
      !isPermutationVector(permutation)) // C1
    return emitOptionalError(loc, "permutation [", permutation,
                             "] is no permutation of the ", dims->size(),
                             " axes");
  results.push_back(tensorType(applyPermutation(*dims, permutation),
                               getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (isIdentityPermutation(getPermutation()) &&
      getInput().getType() == getType())
    return getInput();
  return {};
}

/// transpose(transpose(x, p), q) -> transpose(x, p o q).
LogicalResult TransposeOp::canonicalize(TransposeOp op,
                                        PatternRewriter &rewriter) {
  auto inner = op.getInput().getDefiningOp<TransposeOp>();
  if (!inner)
    return failure();
  SmallVector<int64_t> permutation =
      applyPermutation(inner.getPermutation(), op.getPermutation());
  rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getInput(),
                                           permutation);
  return success();
}

SmallVector<Value> TransposeOp::buildStages(OpBuilder &builder) {
  StageBuilder stage(builder, getLoc(), getType());
  SmallVector<AffineExpr> coordinates(getPermutation().size());
  for (auto [result, input] : llvm::enumerate(getPermutation()))
    coordinates[input] = stage.iterator(result);
  return {stage.input(getInput(), coordinates)
              .build([](Scalars &, ValueRange elements, Value) {
                return elements[0];
              })};
}

} // namespace sinter::graph
