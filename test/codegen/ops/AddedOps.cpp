// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AddedOps.h"

#include "test/codegen/ops/AddedDialect.cpp.inc"

#define GET_OP_CLASSES
#include "test/codegen/ops/AddedOps.cpp.inc"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::ReductionStart;
using sinter::graph::Windows;
using sinter::kernel::Scalars;
using sinter::kernel::Sign;
using sinter::kernel::StageBuilder;

namespace sinter::added {
namespace {

/// The mean of each row, of which a dim of 1 is left.
Value meanOfRows(Value rows, OpBuilder &builder, Location loc) {
  SmallVector<DimAttr> dims = *graph::dimsOf(rows.getType());
  Type element = getElementTypeOrSelf(rows);
  DimAttr length = dims.back();
  dims.back() = DimAttr::constant(builder.getContext(), 1);
  RankedTensorType type = graph::tensorType(dims, element);

  StageBuilder fold(builder, loc, type, {length});
  SmallVector<AffineExpr> coordinates;
  for (unsigned axis = 0; axis + 1 < dims.size(); ++axis)
    coordinates.push_back(fold.iterator(axis));
  coordinates.push_back(fold.iterator(fold.getNumParallel()));
  Value sum =
      fold.input(rows, coordinates)
          .build([](Scalars &scalars, ValueRange elements,
                    Value folded) { return scalars.add(folded, elements[0]); },
                 graph::startValue(element, ReductionStart::zero));
  return StageBuilder(builder, loc, type)
      .broadcast(sum)
      .build([&](Scalars &scalars, ValueRange elements, Value) {
        Type integer = scalars.builder.getI64Type();
        Value count =
            scalars.make<arith::IndexCastOp>(integer, scalars.dim(length));
        return scalars.divide(
            elements[0], scalars.cast(count, integer, element), Sign::isSigned);
      });
}

template <typename Pool> Windows windowsOf(Pool &pool) {
  return {pool.getWindow(), pool.getStrides(), pool.getPads(),
          pool.getDilations()};
}

} // namespace

void AddedDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "test/codegen/ops/AddedOps.cpp.inc"
      >();
}

LogicalResult SoftClampOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  Type ofOperands;
  return graph::inferBinary(loc, adaptor.getInput(), adaptor.getBound(),
                            ofOperands, results); // C1
}

SmallVector<Value> SoftClampOp::buildStages(OpBuilder &builder) {
  return graph::buildBinaryStage(
      *this, builder,
      [](Scalars &scalars, Value input, Value bound, Sign sign) {
        Value magnitude = scalars.absolute(input, sign);
        return scalars.divide(scalars.multiply(bound, input),
                              scalars.add(bound, magnitude), sign);
      });
}

LogicalResult StandardizeOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location> loc,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims =
      graph::requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  if (dims->empty()) // C1
    return emitOptionalError(loc, "input has rank 0; expected 1 or more");
  results.push_back(
      graph::tensorType(*dims, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

SmallVector<Value> StandardizeOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Value mean = meanOfRows(getInput(), builder, getLoc());
  Value centred = StageBuilder(builder, getLoc(), type)
                      .broadcast(getInput())
                      .broadcast(mean)
                      .build([](Scalars &scalars, ValueRange elements, Value) {
                        return scalars.subtract(elements[0], elements[1]);
                      });
  Value magnitudes =
      StageBuilder(builder, getLoc(), type)
          .broadcast(centred)
          .build([](Scalars &scalars, ValueRange elements, Value) {
            return scalars.absolute(elements[0], Sign::isSigned);
          });
  Value deviation = meanOfRows(magnitudes, builder, getLoc());
  double epsilon = getEpsilon().convertToDouble();
  return {StageBuilder(builder, getLoc(), type)
              .broadcast(centred)
              .broadcast(deviation)
              .build([&](Scalars &scalars, ValueRange elements, Value) {
                Value least = scalars.constant(type.getElementType(), epsilon);
                return scalars.divide(elements[0],
                                      scalars.add(elements[1], least),
                                      Sign::isSigned);
              })};
}

LogicalResult PeakPoolOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location> loc,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims =
      graph::requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  if (dims->size() < 3) // C1
    return emitOptionalError(loc, "input has rank ", dims->size(),
                             "; expected 3 or more");
  Windows windows = windowsOf(adaptor);
  size_t spatialRank = dims->size() - 2;
  if (windows.sizes.empty() ||
      failed(graph::checkWindows(loc, windows, spatialRank))) // C2
    return failure();
  SmallVector<DimAttr> sizes(ArrayRef(*dims).take_front(2));
  for (size_t axis = 0; axis < spatialRank; ++axis) {
    FailureOr<DimAttr> size =
        graph::windowedSize((*dims)[axis + 2], windows, axis);
    if (failed(size)) // C3
      return emitOptionalError(loc, "window [", windows.sizes,
                               "] does not fit input ", graph::toString(*dims));
    sizes.push_back(*size);
  }
  results.push_back(
      graph::tensorType(sizes, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

SmallVector<Value> PeakPoolOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  Windows windows = windowsOf(*this);
  SmallVector<DimAttr> taps;
  for (int64_t size : windows.sizes)
    taps.push_back(DimAttr::constant(builder.getContext(), size));
  StageBuilder stage(builder, getLoc(), type, taps);
  SmallVector<AffineExpr> coordinates{stage.iterator(0), stage.iterator(1)};
  graph::appendWindows(stage, stage.getNumParallel(), windows, coordinates);
  TypedAttr zero =
      graph::startValue(type.getElementType(), ReductionStart::zero);
  return {stage.input(getInput(), coordinates, zero)
              .build(
                  [](Scalars &scalars, ValueRange elements, Value peak) {
                    Value isLarger = scalars.less(
                        scalars.absolute(peak, Sign::isSigned),
                        scalars.absolute(elements[0], Sign::isSigned),
                        Sign::isSigned);
                    return scalars.select(isLarger, elements[0], peak);
                  },
                  zero)};
}

} // namespace sinter::added
