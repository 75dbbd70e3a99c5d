// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Slice.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {
namespace {

/// False if a constant start, step and size leave a constant dim.
bool isInside(DimAttr dim, DimAttr start, int64_t step, DimAttr size) {
  if (!start.getConstant() || !size.getConstant() || size.getConstant() == 0)
    return true;
  int64_t last;
  return !llvm::MulOverflow(*size.getConstant() - 1, step, last) &&
         !llvm::AddOverflow(last, *start.getConstant(), last) && last >= 0 &&
         std::max(last, *start.getConstant()) <
             dim.getConstant().value_or(INT64_MAX);
}

} // namespace

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &results) {
  FailureOr<SmallVector<DimAttr>> dims = requireDims(loc, adaptor.getInput());
  if (failed(dims))
    return failure();
  SmallVector<DimAttr> starts(adaptor.getStarts().getAsRange<DimAttr>());
  SmallVector<DimAttr> sizes(adaptor.getSizes().getAsRange<DimAttr>());
  llvm::ArrayRef<int64_t> steps = adaptor.getSteps();
  if (starts.size() != dims->size() || sizes.size() != dims->size() ||
      steps.size() != dims->size()) // C1
    return emitOptionalError(loc, "starts ", toString(starts), ", steps [",
                             steps, "] or sizes ", toString(sizes),
                             " do not fit input ", toString(*dims));
  for (auto [axis, dim] : llvm::enumerate(*dims)) {
    if (steps[axis] == 0) // C2
      return emitOptionalError(loc, "the step of axis ", axis, " is 0");
    if (starts[axis].getConstant().value_or(0) < 0 ||
        sizes[axis].getConstant().value_or(0) < 0) // C3
      return emitOptionalError(loc, "starts ", toString(starts), " or sizes ",
                               toString(sizes), " are negative at axis ", axis);
    if (!isInside(dim, starts[axis], steps[axis], sizes[axis])) // C4
      return emitOptionalError(
          loc, "starts ", toString(starts), ", steps [", steps, "], sizes ",
          toString(sizes), " leave input ", toString(*dims), " at axis ", axis);
  }
  results.push_back(
      tensorType(sizes, getElementTypeOrSelf(adaptor.getInput())));
  return success();
}

/// Leading axes of size 1, one axis in steps of 1, and then whole ones.
std::optional<DimAttr> SliceOp::getContiguousStart() {
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(getInput().getType());
  SmallVector<DimAttr> starts(getStarts().getAsRange<DimAttr>());
  SmallVector<DimAttr> sizes(getSizes().getAsRange<DimAttr>());
  DimAttr one = DimAttr::constant(getContext(), 1);
  DimAttr position = DimAttr::constant(getContext(), 0), stride = one;
  bool isPart = false;
  for (size_t axis = sizes.size(); axis-- > 0;) {
    bool isWhole = starts[axis].getConstant() == 0 &&
                   sizes[axis] == (*dims)[axis] && getSteps()[axis] == 1;
    bool isOne = sizes[axis] == one;
    if ((isPart && !isOne) || (!isWhole && !isOne && getSteps()[axis] != 1))
      return std::nullopt;
    isPart |= !isWhole;
    FailureOr<DimAttr> offset = multiply(starts[axis], stride);
    if (succeeded(offset))
      offset = add(position, *offset);
    FailureOr<DimAttr> next = multiply(stride, (*dims)[axis]);
    if (failed(offset) || failed(next))
      return std::nullopt;
    position = *offset;
    stride = *next;
  }
  return position;
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool isWhole =
      llvm::all_of(getStarts().getAsRange<DimAttr>(),
                   [](DimAttr start) { return start.getConstant() == 0; }) &&
      llvm::all_of(getSteps(), [](int64_t step) { return step == 1; });
  if (isWhole && getInput().getType() == getType())
    return getInput();
  return {};
}

/// Whether an affine map can say where the axis is read. A bare iterator over
/// another dim would be a broadcast, if the dim turned out to be 1.
static bool isAffine(DimAttr dim, DimAttr start, int64_t step, DimAttr size) {
  if (!start.getConstant())
    return false;
  bool isBare = start.getConstant() == 0 && step == 1;
  return !isBare || dim == size || (dim.getConstant() && size.getConstant());
}

/// Affine maps where they can say what is read, else loads.
SmallVector<Value> SliceOp::buildStages(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getType());
  StageBuilder stage(builder, getLoc(), type);
  SmallVector<DimAttr> starts(getStarts().getAsRange<DimAttr>());
  SmallVector<DimAttr> sizes(getSizes().getAsRange<DimAttr>());
  FailureOr<SmallVector<DimAttr>> dims = dimsOf(getInput().getType());
  bool isAffineEverywhere = true;
  for (size_t axis = 0; axis < starts.size(); ++axis)
    isAffineEverywhere &=
        isAffine((*dims)[axis], starts[axis], getSteps()[axis], sizes[axis]);
  if (isAffineEverywhere) {
    SmallVector<AffineExpr> coordinates;
    for (auto [axis, start] : llvm::enumerate(starts))
      coordinates.push_back(stage.iterator(axis) * getSteps()[axis] +
                            *start.getConstant());
    return {stage.input(getInput(), coordinates)
                .build([](Scalars &, ValueRange elements, Value) {
                  return elements[0];
                })};
  }
  unsigned table = stage.table(getInput());
  return {stage.build([&](Scalars &scalars, ValueRange, Value) {
    SmallVector<Value> at;
    for (auto [axis, start] : llvm::enumerate(starts))
      at.push_back(scalars.add(
          scalars.dim(start),
          scalars.multiply(scalars.index(axis),
                           scalars.indexConstant(getSteps()[axis]))));
    return scalars.load(table, at, type.getElementType());
  })};
}

} // namespace sinter::graph
