// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/Ops.h"

#include "dialects/graph/Interfaces.cpp.inc"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::Sign;
using sinter::kernel::StageBuilder;

namespace sinter::graph {
namespace {

RankedTensorType resultType(Operation *op) {
  return cast<RankedTensorType>(op->getResult(0).getType());
}

} // namespace

Type accumulatorType(Type element) {
  if (element.isF16() || element.isBF16())
    return Float32Type::get(element.getContext());
  return element;
}

StageValues
buildUnaryStage(Operation *op, OpBuilder &builder,
                llvm::function_ref<Value(Scalars &, Value, Sign)> body) {
  Value input = op->getOperand(0);
  Sign sign = kernel::signOf(getElementTypeOrSelf(input));
  return {StageBuilder(builder, op->getLoc(), resultType(op))
              .broadcast(input)
              .build([&](Scalars &scalars, ValueRange elements, Value) {
                return body(scalars, elements[0], sign);
              })};
}

StageValues buildBinaryStage(
    Operation *op, OpBuilder &builder,
    llvm::function_ref<Value(Scalars &, Value, Value, Sign)> body) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  Sign sign = kernel::signOf(getElementTypeOrSelf(lhs));
  return {StageBuilder(builder, op->getLoc(), resultType(op))
              .broadcast(lhs)
              .broadcast(rhs)
              .build([&](Scalars &scalars, ValueRange elements, Value) {
                return body(scalars, elements[0], elements[1], sign);
              })};
}

void appendWindows(const StageBuilder &stage, unsigned firstTap,
                   const Windows &windows,
                   llvm::SmallVectorImpl<AffineExpr> &coordinates) {
  for (size_t axis = 0; axis < windows.strides.size(); ++axis)
    coordinates.push_back(stage.iterator(2 + axis) * windows.strides[axis] +
                          stage.iterator(firstTap + axis) *
                              windows.dilations[axis] -
                          windows.pads[axis]);
}

TypedAttr startValue(Type element, ReductionStart start) {
  Type type = kernel::StageOp::getScalarType(element);
  if (auto real = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = real.getFloatSemantics();
    switch (start) {
    case ReductionStart::zero:
      return FloatAttr::get(type, llvm::APFloat::getZero(semantics));
    case ReductionStart::one:
      return FloatAttr::get(type, llvm::APFloat(semantics, 1));
    case ReductionStart::lowest:
    case ReductionStart::highest:
      return FloatAttr::get(
          type,
          llvm::APFloat::getInf(semantics, start == ReductionStart::lowest));
    }
  }
  unsigned width = cast<IntegerType>(type).getWidth();
  bool isUnsigned = kernel::signOf(element) == Sign::isUnsigned;
  switch (start) {
  case ReductionStart::zero:
    return IntegerAttr::get(type, 0);
  case ReductionStart::one:
    return IntegerAttr::get(type, 1);
  case ReductionStart::lowest:
    return IntegerAttr::get(type, isUnsigned
                                      ? llvm::APInt::getMinValue(width)
                                      : llvm::APInt::getSignedMinValue(width));
  case ReductionStart::highest:
    return IntegerAttr::get(type, isUnsigned
                                      ? llvm::APInt::getMaxValue(width)
                                      : llvm::APInt::getSignedMaxValue(width));
  }
  return {};
}

StageValues buildReductionStage(
    Operation *op, ArrayRef<int64_t> axes, OpBuilder &builder,
    ReductionStart start,
    llvm::function_ref<Value(Scalars &, Value, Value, Sign)> body) {
  Value input = op->getOperand(0);
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(input.getType());
  Type element = getElementTypeOrSelf(input);
  Type accumulator = accumulatorType(element);
  Sign sign = kernel::signOf(element);
  RankedTensorType result = resultType(op);
  if (axes.empty())
    return {castStage(input, result, builder, op->getLoc())};
  bool keepsDims = result.getRank() == static_cast<int64_t>(dims->size());

  SmallVector<DimAttr> reductions;
  for (int64_t axis : axes)
    reductions.push_back((*dims)[axis]);
  StageBuilder stage(builder, op->getLoc(),
                     RankedTensorType::get(result.getShape(), accumulator,
                                           result.getEncoding()),
                     reductions);
  SmallVector<AffineExpr> coordinates;
  unsigned parallel = 0, reduction = stage.getNumParallel();
  for (auto [axis, dim] : llvm::enumerate(*dims)) {
    bool isReduced = llvm::is_contained(axes, static_cast<int64_t>(axis));
    coordinates.push_back(stage.iterator(isReduced ? reduction++ : parallel));
    parallel += !isReduced || keepsDims;
  }
  stage.input(input, coordinates);
  Value folded = stage.build(
      [&](Scalars &scalars, ValueRange elements, Value value) {
        Value next = scalars.cast(elements[0], element, accumulator);
        return body(scalars, value, next, sign);
      },
      startValue(accumulator, start));
  return {castStage(folded, result, builder, op->getLoc())};
}

Value castStage(Value value, RankedTensorType to, OpBuilder &builder,
                Location loc) {
  if (value.getType() == to)
    return value;
  Type from = getElementTypeOrSelf(value);
  return StageBuilder(builder, loc, to)
      .broadcast(value)
      .build([&](Scalars &scalars, ValueRange elements, Value) {
        return scalars.cast(elements[0], from, to.getElementType());
      });
}

} // namespace sinter::graph
