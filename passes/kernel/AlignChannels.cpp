// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Products.h"
#include "dialects/kernel/StageBuilder.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_ALIGNCHANNELS
#include "passes/kernel/Passes.h.inc"

namespace {

/// The axis of an input that an iterator runs over alone, and as a whole; the
/// iterator is in no other coordinate.
std::optional<unsigned> findAxis(StageOp stage, unsigned input,
                                 unsigned iterator) {
  AffineMap map = stage.getMap(input);
  SmallVector<DimAttr> dims =
      *graph::dimsOf(stage.getInputs()[input].getType());
  std::optional<unsigned> axis;
  for (auto [index, coordinate] : llvm::enumerate(map.getResults())) {
    if (!coordinate.isFunctionOfDim(iterator))
      continue;
    if (axis || !isa<AffineDimExpr>(coordinate) ||
        dims[index] != stage.getExtent(iterator))
      return std::nullopt;
    axis = index;
  }
  return axis;
}

/// Is a coordinate the sum of several iterators?
bool isWindow(AffineMap map) {
  return llvm::any_of(map.getResults(), [&](AffineExpr coordinate) {
    return llvm::count_if(llvm::seq<unsigned>(0, map.getNumDims()),
                          [&](unsigned iterator) {
                            return coordinate.isFunctionOfDim(iterator);
                          }) > 1;
  });
}

/// A copy of an input with `extent` elements along an axis, zeros at the end;
/// the axis becomes the last one if `isMoved`.
Value widen(StageOp stage, unsigned input, unsigned axis, DimAttr extent,
            bool isMoved) {
  Value value = stage.getInputs()[input];
  SmallVector<DimAttr> dims = *graph::dimsOf(value.getType());
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, dims.size()));
  dims[axis] = extent;
  if (isMoved) {
    order.erase(order.begin() + axis);
    order.push_back(axis);
  }
  SmallVector<DimAttr> stored;
  for (unsigned from : order)
    stored.push_back(dims[from]);
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  OpBuilder builder(stage);
  StageBuilder copy(builder, stage.getLoc(),
                    graph::tensorType(stored, element));
  SmallVector<AffineExpr> from(dims.size());
  for (auto [position, index] : llvm::enumerate(order))
    from[index] = copy.iterator(position);
  copy.input(value, from, builder.getZeroAttr(StageOp::getScalarType(element)));
  return copy.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });
}

struct AlignChannels : impl::AlignChannelsBase<AlignChannels> {
  using AlignChannelsBase::AlignChannelsBase;

  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) {
      if (sumsProducts(stage) && !isModelConstant(stage.getOutput()))
        stages.push_back(stage);
    });
    for (StageOp stage : stages)
      for (unsigned image = 0; image < 2; ++image)
        if (isModelConstant(stage.getInputs()[1 - image]) &&
            isWindow(stage.getMap(image)))
          align(stage, image);
  }

private:
  void align(StageOp stage, unsigned image) const;
};

/// Widens the channels of an image and its filter if there are too few.
void AlignChannels::align(StageOp stage, unsigned image) const {
  unsigned filter = 1 - image;
  for (unsigned channel = stage.getNumParallel();
       channel < stage.getNumIterators(); ++channel) {
    std::optional<int64_t> extent = stage.getExtent(channel).getConstant();
    std::optional<unsigned> axis = findAxis(stage, image, channel);
    std::optional<unsigned> filterAxis = findAxis(stage, filter, channel);
    if (!extent || *extent <= 1 || *extent >= width || !axis || !filterAxis ||
        stage.getFill(filter))
      continue;
    DimAttr widened = DimAttr::constant(stage.getContext(), width);
    Value pixels = widen(stage, image, *axis, widened, true);
    Value taps = widen(stage, filter, *filterAxis, widened, false);
    stage.getInputsMutable()[image].assign(pixels);
    stage.getInputsMutable()[filter].assign(taps);
    auto coordinates = llvm::to_vector(stage.getMap(image).getResults());
    coordinates.erase(coordinates.begin() + *axis);
    coordinates.push_back(getAffineDimExpr(channel, stage.getContext()));
    SmallVector<Attribute> maps(stage.getMapsAttr().getValue());
    maps[image] = AffineMapAttr::get(AffineMap::get(
        stage.getNumIterators(), 0, coordinates, stage.getContext()));
    stage.setMapsAttr(ArrayAttr::get(stage.getContext(), maps));
    SmallVector<Attribute> extents(stage.getExtents().getValue());
    extents[channel] = widened;
    stage.setExtentsAttr(ArrayAttr::get(stage.getContext(), extents));
    return;
  }
}

} // namespace
} // namespace sinter::kernel
