// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Reshape.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_COLLAPSEITERATORS
#include "passes/kernel/Passes.h.inc"

namespace {

/// One operand of a stage and how it is read.
struct Operand {
  Value value;
  AffineMap map;
  SmallVector<DimAttr> dims;
};

/// A stage taken apart, while its iterators become fewer.
class Collapser {
public:
  explicit Collapser(StageOp stage);

  /// Drops and merges iterators; true if there were any.
  bool run();
  void rebuild();

private:
  bool drop(unsigned iterator);
  bool merge(unsigned iterator);
  bool canMerge(const Operand &operand, unsigned iterator) const;
  void removeIterator(unsigned iterator, AffineExpr replacement);
  bool hasBorder(unsigned iterator) const {
    return iterator < parallel && (low[iterator] != 0 || high[iterator] != 0);
  }
  BorderAttr border();
  Value reshaped(OpBuilder &builder, const Operand &operand);

  StageOp stage;
  MLIRContext *context;
  SmallVector<DimAttr> extents;
  unsigned parallel;
  /// The sides of the border, of parallel iterators.
  SmallVector<int64_t> low, high;
  SmallVector<Operand> inputs, finishInputs;
};

Operand operandOf(Value value, AffineMap map) {
  return {value, map, *graph::dimsOf(value.getType())};
}

Collapser::Collapser(StageOp stage)
    : stage(stage), context(stage.getContext()),
      extents(stage.getExtents().getAsRange<DimAttr>()),
      parallel(stage.getNumParallel()) {
  for (auto [index, input] : llvm::enumerate(stage.getInputs()))
    inputs.push_back(operandOf(input, stage.getMap(index)));
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    finishInputs.push_back(operandOf(input, stage.getFinishMap(index)));
  low.assign(parallel, 0);
  high.assign(parallel, 0);
  if (std::optional<BorderAttr> border = stage.getBorder()) {
    llvm::copy(border->getLow(), low.begin());
    llvm::copy(border->getHigh(), high.begin());
  }
}

BorderAttr Collapser::border() {
  std::optional<BorderAttr> border = stage.getBorder();
  return border ? BorderAttr::get(context, low, high, border->getValue())
                : BorderAttr();
}

/// Replaces an iterator in all maps and removes it; later ones move down.
void Collapser::removeIterator(unsigned iterator, AffineExpr replacement) {
  auto rewrite = [&](Operand &operand, unsigned count) {
    SmallVector<AffineExpr> dims;
    for (unsigned index = 0; index < count; ++index)
      dims.push_back(
          index == iterator
              ? replacement
              : getAffineDimExpr(index - (index > iterator), context));
    operand.map = operand.map.replaceDimsAndSymbols(dims, {}, count - 1, 0);
  };
  for (Operand &input : inputs)
    rewrite(input, extents.size());
  if (iterator < parallel) {
    for (Operand &input : finishInputs)
      rewrite(input, parallel);
    low.erase(low.begin() + iterator);
    high.erase(high.begin() + iterator);
    --parallel;
  }
  extents.erase(extents.begin() + iterator);
}

/// An iterator of extent 1 is 0. The fold needs one reduction at least, or it
/// would be no fold.
bool Collapser::drop(unsigned iterator) {
  if (extents[iterator].getConstant() != 1 || hasBorder(iterator) ||
      (iterator >= parallel && extents.size() - parallel == 1))
    return false;
  removeIterator(iterator, getAffineConstantExpr(0, context));
  return true;
}

bool Collapser::canMerge(const Operand &operand, unsigned iterator) const {
  AffineMap map = operand.map;
  bool usesFirst = map.isFunctionOfDim(iterator);
  bool usesSecond = map.isFunctionOfDim(iterator + 1);
  if (!usesFirst && !usesSecond)
    return true;
  AffineExpr first = getAffineDimExpr(iterator, context);
  AffineExpr second = getAffineDimExpr(iterator + 1, context);
  unsigned found = 0;
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    AffineExpr coordinate = map.getResult(axis);
    if (!coordinate.isFunctionOfDim(iterator) &&
        !coordinate.isFunctionOfDim(iterator + 1))
      continue;
    bool isPair = axis + 1 < map.getNumResults() && coordinate == first &&
                  map.getResult(axis + 1) == second &&
                  operand.dims[axis] == extents[iterator] &&
                  operand.dims[axis + 1] == extents[iterator + 1];
    if (!isPair || found++ != 0)
      return false;
    ++axis;
  }
  return true;
}

bool Collapser::merge(unsigned iterator) {
  unsigned next = iterator + 1;
  if (next >= extents.size() || next == parallel || hasBorder(iterator) ||
      hasBorder(next))
    return false;
  auto fits = [&](const Operand &operand) {
    return canMerge(operand, iterator);
  };
  FailureOr<DimAttr> extent = graph::multiply(extents[iterator], extents[next]);
  if (failed(extent) || !llvm::all_of(inputs, fits) ||
      (iterator < parallel && !llvm::all_of(finishInputs, fits)))
    return false;
  AffineExpr first = getAffineDimExpr(iterator, context);
  auto mergeDims = [&](Operand &operand) {
    for (unsigned axis = 0; axis + 1 < operand.map.getNumResults(); ++axis) {
      if (operand.map.getResult(axis) != first)
        continue;
      operand.map = operand.map.dropResult(axis + 1);
      operand.dims[axis] = *extent;
      operand.dims.erase(operand.dims.begin() + axis + 1);
      return;
    }
  };
  llvm::for_each(inputs, mergeDims);
  if (iterator < parallel)
    llvm::for_each(finishInputs, mergeDims);
  extents[iterator] = *extent;
  removeIterator(next, getAffineConstantExpr(0, context));
  return true;
}

bool Collapser::run() {
  bool changed = false;
  for (unsigned iterator = extents.size(); iterator-- > 0;)
    changed |= drop(iterator) || merge(iterator);
  return changed;
}

Value Collapser::reshaped(OpBuilder &builder, const Operand &operand) {
  Type element =
      cast<RankedTensorType>(operand.value.getType()).getElementType();
  if (operand.dims.size() == operand.map.getNumResults() &&
      llvm::ArrayRef(operand.dims) ==
          llvm::ArrayRef(*graph::dimsOf(operand.value.getType())))
    return operand.value;
  SmallVector<Attribute> dims(operand.dims.begin(), operand.dims.end());
  return graph::ReshapeOp::create(builder, stage.getLoc(),
                                  graph::tensorType(operand.dims, element),
                                  operand.value, builder.getArrayAttr(dims));
}

void Collapser::rebuild() {
  OpBuilder builder(stage);
  SmallVector<Value> values, finishValues;
  SmallVector<Attribute> maps, finishMaps;
  for (const Operand &input : inputs) {
    values.push_back(reshaped(builder, input));
    maps.push_back(AffineMapAttr::get(input.map));
  }
  for (const Operand &input : finishInputs) {
    finishValues.push_back(reshaped(builder, input));
    finishMaps.push_back(AffineMapAttr::get(input.map));
  }
  auto type = cast<RankedTensorType>(stage.getOutput().getType());
  SmallVector<Attribute> dims(extents.begin(), extents.end());
  SmallVector<DimAttr> resultDims;
  for (unsigned axis = 0; axis < parallel; ++axis)
    resultDims.push_back(*graph::add(
        extents[axis], DimAttr::constant(context, low[axis] + high[axis])));
  auto collapsed = StageOp::create(
      builder, stage.getLoc(),
      graph::tensorType(resultDims, type.getElementType()), values,
      stage.getTables(), finishValues, builder.getArrayAttr(dims),
      builder.getArrayAttr(maps), stage.getFillsAttr(),
      builder.getArrayAttr(finishMaps), stage.getInitAttr(), border());
  collapsed.getBody().takeBody(stage.getBody());
  collapsed.getFinish().takeBody(stage.getFinish());
  SmallVector<DimAttr> original = *graph::dimsOf(type);
  SmallVector<Attribute> originalDims(original.begin(), original.end());
  Value result = graph::ReshapeOp::create(builder, stage.getLoc(), type,
                                          collapsed.getOutput(),
                                          builder.getArrayAttr(originalDims));
  stage.replaceAllUsesWith(result);
  stage.erase();
}

/// Fills test coordinates against dims, positions name iterators: such stages
/// stay as they are.
bool isCollapsible(StageOp stage) {
  if (llvm::any_of(stage.getFills(),
                   [](Attribute fill) { return isa<TypedAttr>(fill); }))
    return false;
  return !stage
              .walk([](Operation *op) {
                return isa<IndexOp, LoadOp>(op) ? WalkResult::interrupt()
                                                : WalkResult::advance();
              })
              .wasInterrupted();
}

struct CollapseIterators : impl::CollapseIteratorsBase<CollapseIterators> {
  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) {
      if (!isa<FusedOp>(stage->getParentOp()))
        stages.push_back(stage);
    });
    for (StageOp stage : stages) {
      if (!isCollapsible(stage))
        continue;
      Collapser collapser(stage);
      if (collapser.run())
        collapser.rebuild();
    }
  }
};

} // namespace
} // namespace sinter::kernel
