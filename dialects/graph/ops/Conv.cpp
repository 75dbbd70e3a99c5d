// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Conv.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {
namespace {

LogicalResult checkGroups(std::optional<Location> loc, int64_t groups,
                          DimAttr channels, ArrayRef<DimAttr> filter) {
  std::optional<int64_t> outputs = filter[0].getConstant();
  std::optional<int64_t> perGroup = filter[1].getConstant();
  std::optional<int64_t> inputs = channels.getConstant();
  int64_t expected = 0;
  bool fits = groups > 0 && (!outputs || *outputs % groups == 0) &&
              (!perGroup || (!llvm::MulOverflow(groups, *perGroup, expected) &&
                             (!inputs || *inputs == expected)));
  if (fits) // C5
    return success();
  return emitOptionalError(loc, "filter ", toString(filter), " in ", groups,
                           " groups does not fit ",
                           toString(ArrayRef<DimAttr>(channels)), " channels");
}

} // namespace

LogicalResult ConvOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &results) {
  Type element = getElementTypeOrSelf(adaptor.getInput());
  Type filterElement = getElementTypeOrSelf(adaptor.getFilter());
  if (element != filterElement) // C1
    return emitOptionalError(loc, "input has element type ", element,
                             ", filter has ", filterElement);
  FailureOr<SmallVector<DimAttr>> input = requireDims(loc, adaptor.getInput());
  FailureOr<SmallVector<DimAttr>> filter =
      requireDims(loc, adaptor.getFilter());
  if (failed(input) || failed(filter))
    return failure();
  if (input->size() < 3 || filter->size() != input->size()) // C2
    return emitOptionalError(loc, "input has rank ", input->size(),
                             ", filter has rank ", filter->size(),
                             "; expected one rank, 3 or more");
  size_t spatialRank = input->size() - 2;
  Windows windows{
      {}, adaptor.getStrides(), adaptor.getPads(), adaptor.getDilations()};
  if (failed(checkWindows(loc, windows, spatialRank)) || // C3
      failed(checkGroups(loc, adaptor.getGroups(), (*input)[1], *filter)))
    return failure();
  SmallVector<DimAttr> dims{(*input)[0], (*filter)[0]};
  SmallVector<int64_t> sizes;
  for (size_t axis = 0; axis < spatialRank; ++axis) {
    std::optional<int64_t> window = (*filter)[axis + 2].getConstant();
    if (!window || *window < 1) // C4
      return emitOptionalError(loc, "window of filter ", toString(*filter),
                               " is not a positive constant");
    sizes.push_back(*window);
    windows.sizes = sizes;
    FailureOr<DimAttr> size =
        windowedSize((*input)[axis + 2], windows, axis); // C6
    if (failed(size))
      return emitOptionalError(loc, "the window of filter ", toString(*filter),
                               " does not fit input ", toString(*input),
                               " at axis ", axis + 2);
    dims.push_back(*size);
  }
  results.push_back(tensorType(dims, element));
  return success();
}

/// One more parallel axis, O = groups x (O/groups), is not needed: the group of
/// output channel o starts at input channel (o floordiv O/groups) * C/groups.
SmallVector<Value> ConvOp::buildStages(OpBuilder &builder) {
  Type element = getType().getElementType();
  Type accumulator = accumulatorType(element);
  FailureOr<SmallVector<DimAttr>> filter = dimsOf(getFilter().getType());
  StageBuilder stage(builder, getLoc(),
                     RankedTensorType::get(getType().getShape(), accumulator,
                                           getType().getEncoding()),
                     ArrayRef(*filter).drop_front(1));
  unsigned rank = stage.getNumParallel(), spatialRank = rank - 2;
  AffineExpr channel = stage.iterator(rank);
  if (getGroups() != 1) {
    int64_t outputs = *(*filter)[0].getConstant() / getGroups();
    int64_t inputs = *(*filter)[1].getConstant();
    AffineExpr first = stage.iterator(1).floorDiv(outputs) * inputs;
    channel = inputs == 1 ? first : first + channel;
  }
  SmallVector<AffineExpr> input{stage.iterator(0), channel};
  SmallVector<AffineExpr> weight{stage.iterator(1), stage.iterator(rank)};
  Windows windows{{}, getStrides(), getPads(), getDilations()};
  appendWindows(stage, rank + 1, windows, input);
  for (unsigned axis = 0; axis < spatialRank; ++axis)
    weight.push_back(stage.iterator(rank + 1 + axis));
  bool isPadded = llvm::any_of(getPads(), [](int64_t pad) { return pad != 0; });
  TypedAttr zero = startValue(element, ReductionStart::zero);
  stage.input(getInput(), input, isPadded ? zero : TypedAttr());
  stage.input(getFilter(), weight);
  Value sum = stage.build(
      [&](Scalars &scalars, ValueRange elements, Value sum) {
        Value value = scalars.cast(elements[0], element, accumulator);
        Value weight = scalars.cast(elements[1], element, accumulator);
        return scalars.add(sum, scalars.multiply(value, weight));
      },
      startValue(accumulator, ReductionStart::zero));
  return {castStage(sum, getType(), builder, getLoc())};
}

} // namespace sinter::graph
