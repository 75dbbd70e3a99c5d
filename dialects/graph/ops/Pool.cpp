// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Pool.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::Sign;
using sinter::kernel::StageBuilder;

namespace sinter::graph {
namespace {

template <typename Pool> Windows windowsOf(Pool &pool) {
  return {pool.getWindow(), pool.getStrides(), pool.getPads(),
          pool.getDilations(), pool.getCeilMode()};
}

LogicalResult inferPool(std::optional<Location> loc, Value input,
                        const Windows &windows, InferredTypes &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, input);
  if (failed(dims))
    return failure();
  if (dims->size() < 3) // C1
    return emitOptionalError(loc, "input has rank ", dims->size(),
                             "; expected 3 or more");
  size_t spatialRank = dims->size() - 2;
  if (windows.sizes.empty() ||
      failed(checkWindows(loc, windows, spatialRank))) // C2
    return failure();
  SmallVector<DimAttr> sizes(ArrayRef(*dims).take_front(2));
  for (size_t axis = 0; axis < spatialRank; ++axis) {
    FailureOr<DimAttr> size = windowedSize((*dims)[axis + 2], windows, axis);
    if (failed(size)) // C3
      return emitOptionalError(loc, "window [", windows.sizes,
                               "] does not fit input ", toString(*dims),
                               " at axis ", axis + 2);
    sizes.push_back(*size);
  }
  results.push_back(tensorType(sizes, getElementTypeOrSelf(input)));
  return success();
}

/// Folds the elements of each window; the result has the accumulator's type.
Value foldWindows(Value input, RankedTensorType result, const Windows &windows,
                  OpBuilder &builder, Location loc, ReductionStart start) {
  Type element = result.getElementType();
  Type accumulator = accumulatorType(element);
  SmallVector<DimAttr> taps;
  for (int64_t size : windows.sizes)
    taps.push_back(DimAttr::constant(builder.getContext(), size));
  StageBuilder stage(builder, loc,
                     RankedTensorType::get(result.getShape(), accumulator,
                                           result.getEncoding()),
                     taps);
  SmallVector<AffineExpr> coordinates{stage.iterator(0), stage.iterator(1)};
  appendWindows(stage, stage.getNumParallel(), windows, coordinates);
  bool mayLeave =
      windows.ceilMode ||
      llvm::any_of(windows.pads, [](int64_t pad) { return pad != 0; });
  stage.input(input, coordinates,
              mayLeave ? startValue(element, start) : TypedAttr());
  Sign sign = kernel::signOf(element);
  return stage.build(
      [&](Scalars &scalars, ValueRange elements, Value folded) {
        Value next = scalars.cast(elements[0], element, accumulator);
        return start == ReductionStart::zero
                   ? scalars.add(folded, next)
                   : scalars.maximum(folded, next, sign);
      },
      startValue(accumulator, start));
}

/// How many taps of the window at this point of the result are inside of the
/// input; with `includePads`, of the padded input.
Value countTaps(Scalars &scalars, const Windows &windows,
                ArrayRef<DimAttr> dims, bool includePads) {
  Value count = scalars.indexConstant(1), zero = scalars.indexConstant(0);
  auto ceilDivide = [&](Value value, int64_t by) {
    if (by == 1)
      return value;
    Value sum = scalars.add(value, scalars.indexConstant(by - 1));
    return scalars.divide(sum, scalars.indexConstant(by), Sign::isSigned);
  };
  size_t spatialRank = windows.sizes.size();
  for (size_t axis = 0; axis < spatialRank; ++axis) {
    int64_t before = windows.pads[axis];
    Value low = scalars.indexConstant(includePads ? -before : 0);
    Value high = scalars.dim(dims[axis + 2]);
    if (includePads)
      high = scalars.add(
          high, scalars.indexConstant(windows.pads[axis + spatialRank]));
    Value origin = scalars.multiply(
        scalars.index(axis + 2), scalars.indexConstant(windows.strides[axis]));
    origin = scalars.subtract(origin, scalars.indexConstant(before));
    Value first =
        scalars.maximum(scalars.subtract(low, origin), zero, Sign::isSigned);
    Value last =
        ceilDivide(scalars.subtract(high, origin), windows.dilations[axis]);
    last = scalars.minimum(last, scalars.indexConstant(windows.sizes[axis]),
                           Sign::isSigned);
    Value taps =
        scalars.subtract(last, ceilDivide(first, windows.dilations[axis]));
    count = scalars.multiply(count, taps);
  }
  return scalars.maximum(count, scalars.indexConstant(1), Sign::isSigned);
}

} // namespace

LogicalResult AveragePoolOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> loc,
                                              Adaptor adaptor,
                                              InferredTypes &results) {
  return inferPool(loc, adaptor.getInput(), windowsOf(adaptor), results);
}

LogicalResult MaxPoolOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          InferredTypes &results) {
  return inferPool(loc, adaptor.getInput(), windowsOf(adaptor), results);
}

LogicalResult SumPoolOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> loc,
                                          Adaptor adaptor,
                                          InferredTypes &results) {
  return inferPool(loc, adaptor.getInput(), windowsOf(adaptor), results);
}

/// The sums, then each divided by its number of taps.
SmallVector<Value> AveragePoolOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Windows windows = windowsOf(*this);
  Value sums = foldWindows(getInput(), type, windows, builder, getLoc(),
                           ReductionStart::zero);
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(getInput().getType());
  Type element = type.getElementType(), accumulator = accumulatorType(element);
  return {StageBuilder(builder, getLoc(), type)
              .broadcast(sums)
              .build([&](Scalars &scalars, ValueRange elements, Value) {
                Value count =
                    countTaps(scalars, windows, *dims, getCountIncludePad());
                count = scalars.make<arith::IndexCastOp>(
                    scalars.builder.getI64Type(), count);
                count = scalars.cast(count, scalars.builder.getI64Type(),
                                     accumulator);
                Value mean = scalars.divide(elements[0], count, Sign::isSigned);
                return scalars.cast(mean, accumulator, element);
              })};
}

SmallVector<Value> MaxPoolOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Value folded = foldWindows(getInput(), type, windowsOf(*this), builder,
                             getLoc(), ReductionStart::lowest);
  return {castStage(folded, type, builder, getLoc())};
}

SmallVector<Value> SumPoolOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Value folded = foldWindows(getInput(), type, windowsOf(*this), builder,
                             getLoc(), ReductionStart::zero);
  return {castStage(folded, type, builder, getLoc())};
}

} // namespace sinter::graph
