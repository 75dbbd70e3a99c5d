// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Concat.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {
namespace {

/// The one value of two dims that must be equal: a constant if either is one.
/// Failure if they are different constants.
FailureOr<DimAttr> unify(DimAttr lhs, DimAttr rhs) {
  if (lhs == rhs || !rhs.getConstant())
    return lhs;
  if (lhs.getConstant())
    return failure();
  return rhs;
}

LogicalResult append(std::optional<Location> loc, SmallVector<DimAttr> &dims,
                     llvm::ArrayRef<DimAttr> next, size_t axis) {
  for (auto [index, dim] : llvm::enumerate(next)) {
    FailureOr<DimAttr> joined =
        index == axis ? add(dims[index], dim) : unify(dims[index], dim);
    if (failed(joined)) // C4
      return emitOptionalError(loc, "cannot join ", toString(dims), " and ",
                               toString(next), " along axis ", axis);
    dims[index] = *joined;
  }
  return success();
}

} // namespace

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  if (adaptor.getInputs().empty()) // C1
    return emitOptionalError(loc, "expected at least one input");
  Type element = getElementTypeOrSelf(adaptor.getInputs().front());
  FailureOr<SmallVector<DimAttr>> dims =
      requireDims(loc, adaptor.getInputs().front());
  if (failed(dims))
    return failure();
  uint64_t axis = adaptor.getAxis();
  if (axis >= dims->size()) // C3
    return emitOptionalError(loc, "axis ", adaptor.getAxis(),
                             " is not below the rank ", dims->size());
  for (Value input : adaptor.getInputs().drop_front()) {
    FailureOr<SmallVector<DimAttr>> next = requireDims(loc, input);
    if (failed(next))
      return failure();
    if (next->size() != dims->size() ||
        getElementTypeOrSelf(input) != element) // C2
      return emitOptionalError(loc, "input of type ", input.getType(),
                               " does not match the first of type ",
                               adaptor.getInputs().front().getType());
    if (failed(append(loc, *dims, *next, axis)))
      return failure();
  }
  results.push_back(tensorType(*dims, element));
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return {};
}

/// A chain of branches: the first input, or else the second, ...
SmallVector<Value> ConcatOp::buildStages(OpBuilder &builder) {
  StageBuilder stage(builder, getLoc(), getType());
  for (Value input : getInputs())
    stage.table(input);
  return {stage.build([&](Scalars &scalars, ValueRange, Value) {
    Type element = kernel::StageOp::getScalarType(getType().getElementType());
    SmallVector<Value> at;
    for (unsigned dim = 0; dim < stage.getNumParallel(); ++dim)
      at.push_back(scalars.index(dim));
    Value &coordinate = at[getAxis()];
    SmallVector<scf::IfOp> branches;
    OpBuilder::InsertionGuard guard(builder);
    unsigned last = getInputs().size() - 1;
    for (unsigned table = 0; table < last; ++table) {
      Value size =
          scalars.dim((*dimsOf(getInputs()[table].getType()))[getAxis()]);
      Value isInside = scalars.less(coordinate, size, kernel::Sign::isSigned);
      auto branch = scf::IfOp::create(builder, getLoc(), element, isInside,
                                      /*addThenBlock=*/true,
                                      /*addElseBlock=*/true);
      branches.push_back(branch);
      builder.setInsertionPointToStart(branch.thenBlock());
      scf::YieldOp::create(builder, getLoc(), scalars.load(table, at, element));
      builder.setInsertionPointToStart(branch.elseBlock());
      coordinate = scalars.subtract(coordinate, size);
    }
    Value value = scalars.load(last, at, element);
    for (scf::IfOp branch : llvm::reverse(branches)) {
      builder.setInsertionPointToEnd(branch.elseBlock());
      scf::YieldOp::create(builder, getLoc(), value);
      value = branch.getResult(0);
    }
    return value;
  })};
}

} // namespace sinter::graph
