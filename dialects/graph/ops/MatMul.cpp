// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/MatMul.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult MatMulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  Type left = getElementTypeOrSelf(adaptor.getLhs());
  Type right = getElementTypeOrSelf(adaptor.getRhs());
  if (left != right) // C1
    return emitOptionalError(loc, "operands have element types ", left, " and ",
                             right, "; expected one");
  FailureOr<SmallVector<DimAttr>> lhs = requireDims(loc, adaptor.getLhs());
  FailureOr<SmallVector<DimAttr>> rhs = requireDims(loc, adaptor.getRhs());
  if (failed(lhs) || failed(rhs))
    return failure();
  if (lhs->size() < 2 || rhs->size() < 2) // C2
    return emitOptionalError(loc, "operands have ranks ", lhs->size(), " and ",
                             rhs->size(), "; expected 2 or more");
  std::optional<int64_t> columns = lhs->back().getConstant();
  std::optional<int64_t> rows = rhs->end()[-2].getConstant();
  if (columns && rows && *columns != *rows) // C3
    return emitOptionalError(loc, "lhs has ", *columns, " columns, rhs has ",
                             *rows, " rows; expected the same number");
  FailureOr<SmallVector<DimAttr>> dims =
      broadcastDims(ArrayRef(*lhs).drop_back(2), ArrayRef(*rhs).drop_back(2));
  if (failed(dims)) // C4
    return emitOptionalError(loc, "batch dims of ", toString(*lhs), " and ",
                             toString(*rhs), " do not broadcast");
  dims->push_back(lhs->end()[-2]);
  dims->push_back(rhs->back());
  results.push_back(tensorType(*dims, left));
  return success();
}

SmallVector<Value> MatMulOp::buildStages(OpBuilder &builder) {
  Type element = getType().getElementType();
  Type accumulator = accumulatorType(element);
  FailureOr<SmallVector<DimAttr>> lhsDims = dimsOf(getLhs().getType());
  FailureOr<SmallVector<DimAttr>> rhsDims = dimsOf(getRhs().getType());
  // Where one of the equal dims is a constant, loops have constant bounds.
  DimAttr inner =
      lhsDims->back().getConstant() ? lhsDims->back() : rhsDims->end()[-2];
  StageBuilder stage(builder, getLoc(),
                     RankedTensorType::get(getType().getShape(), accumulator,
                                           getType().getEncoding()),
                     inner);
  unsigned rank = stage.getNumParallel();
  auto coordinates = [&](RankedTensorType type, AffineExpr row,
                         AffineExpr column) {
    SmallVector<AffineExpr> result;
    unsigned offset = rank - type.getRank();
    for (auto [axis, size] : llvm::enumerate(type.getShape().drop_back(2)))
      result.push_back(size == 1 ? builder.getAffineConstantExpr(0)
                                 : stage.iterator(offset + axis));
    result.append({row, column});
    return result;
  };
  stage.input(getLhs(),
              coordinates(getLhs().getType(), stage.iterator(rank - 2),
                          stage.iterator(rank)));
  stage.input(getRhs(), coordinates(getRhs().getType(), stage.iterator(rank),
                                    stage.iterator(rank - 1)));
  Value product = stage.build(
      [&](Scalars &scalars, ValueRange elements, Value sum) {
        Value lhs = scalars.cast(elements[0], element, accumulator);
        Value rhs = scalars.cast(elements[1], element, accumulator);
        return scalars.add(sum, scalars.multiply(lhs, rhs));
      },
      startValue(accumulator, ReductionStart::zero));
  return {castStage(product, getType(), builder, getLoc())};
}

} // namespace sinter::graph
