// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageEdits.h"

#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StageBuilder.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

bool isCopy(StageOp stage) {
  auto yield = cast<YieldOp>(stage.getBody().front().getTerminator());
  return stage.getNumReductions() == 0 && stage.getInputs().size() == 1 &&
         stage.getMap(0).isIdentity() && !stage.getFill(0) &&
         stage.getInputs()[0].getType() == stage.getOutput().getType() &&
         yield.getValue() == stage.getBody().front().getArgument(0);
}

namespace {

bool isIdentity(ArrayRef<unsigned> order) {
  return llvm::equal(order, llvm::seq<unsigned>(0, order.size()));
}

template <typename Range>
auto reordered(Range &&range, ArrayRef<unsigned> order) {
  SmallVector<std::decay_t<decltype(range[0])>> result;
  for (unsigned from : order)
    result.push_back(range[from]);
  return result;
}

AffineMap withResults(AffineMap map, ArrayRef<unsigned> axes) {
  return AffineMap::get(map.getNumDims(), 0, reordered(map.getResults(), axes),
                        map.getContext());
}

/// Reshapes see the order of elements only: dims of 1 may move.
bool keepsElementOrder(ArrayRef<DimAttr> dims, ArrayRef<unsigned> axes) {
  SmallVector<unsigned> moving;
  for (unsigned axis : axes)
    if (dims[axis].getConstant() != 1)
      moving.push_back(axis);
  return llvm::is_sorted(moving);
}

} // namespace

bool readsAnyOrder(Operation *user, ArrayRef<DimAttr> dims,
                   ArrayRef<unsigned> axes) {
  return isa<StageOp>(user) ||
         (isa<graph::ReshapeOp>(user) && keepsElementOrder(dims, axes));
}

namespace {

void permuteTableUse(StageOp user, unsigned table, ArrayRef<unsigned> axes) {
  user.walk([&](LoadOp load) {
    if (load.getTable() == table)
      load.getCoordinatesMutable().assign(
          reordered(SmallVector<Value>(load.getCoordinates()), axes));
  });
}

void permuteUse(OpOperand &use, ArrayRef<unsigned> axes) {
  auto user = cast<StageOp>(use.getOwner());
  unsigned operand = use.getOperandNumber();
  unsigned inputs = user.getInputs().size(), tables = user.getTables().size();
  if (operand >= inputs && operand < inputs + tables)
    return permuteTableUse(user, operand - inputs, axes);
  bool isInput = operand < inputs;
  unsigned index = isInput ? operand : operand - inputs - tables;
  SmallVector<Attribute> maps(isInput ? user.getMapsAttr().getValue()
                                      : user.getFinishMapsAttr().getValue());
  AffineMap map = cast<AffineMapAttr>(maps[index]).getValue();
  maps[index] = AffineMapAttr::get(withResults(map, axes));
  ArrayAttr changed = ArrayAttr::get(user.getContext(), maps);
  if (isInput)
    user.setMapsAttr(changed);
  else
    user.setFinishMapsAttr(changed);
}

/// A copy of the stage's result with its dims in the order they had.
Value restored(StageOp stage, RankedTensorType type, ArrayRef<unsigned> axes) {
  OpBuilder builder(stage->getContext());
  builder.setInsertionPointAfter(stage);
  StageBuilder copy(builder, stage.getLoc(), type);
  SmallVector<AffineExpr> coordinates;
  for (unsigned axis : axes)
    coordinates.push_back(copy.iterator(axis));
  copy.input(stage.getOutput(), coordinates);
  return copy.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });
}

void permuteUses(StageOp stage, RankedTensorType type,
                 ArrayRef<unsigned> axes) {
  SmallVector<DimAttr> dims = *graph::dimsOf(type);
  SmallVector<OpOperand *> stages, others;
  for (OpOperand &use : stage.getOutput().getUses()) {
    if (isa<StageOp>(use.getOwner()))
      stages.push_back(&use);
    else if (!readsAnyOrder(use.getOwner(), dims, axes))
      others.push_back(&use);
  }
  for (OpOperand *use : stages)
    permuteUse(*use, axes);
  if (others.empty())
    return;
  Value copy = restored(stage, type, axes);
  for (OpOperand *use : others)
    use->set(copy);
}

} // namespace

void permuteIterators(StageOp stage, ArrayRef<unsigned> order) {
  MLIRContext *context = stage.getContext();
  RankedTensorType type = stage.getOutput().getType();
  unsigned parallel = stage.getNumParallel();
  ArrayRef<unsigned> axes = order.take_front(parallel);
  SmallVector<unsigned> positions(order.size());
  SmallVector<AffineExpr> renamed(order.size());
  for (auto [to, from] : llvm::enumerate(order)) {
    positions[from] = to;
    renamed[from] = getAffineDimExpr(to, context);
  }
  auto rename = [&](ArrayAttr maps, unsigned count) {
    SmallVector<Attribute> result;
    for (AffineMap map : maps.getAsValueRange<AffineMapAttr>())
      result.push_back(AffineMapAttr::get(map.replaceDimsAndSymbols(
          ArrayRef(renamed).take_front(count), {}, count, 0)));
    return ArrayAttr::get(context, result);
  };
  stage.setMapsAttr(rename(stage.getMapsAttr(), order.size()));
  stage.setFinishMapsAttr(rename(stage.getFinishMapsAttr(), parallel));
  stage.setExtentsAttr(ArrayAttr::get(
      context, reordered(stage.getExtentsAttr().getValue(), order)));
  stage.walk([&](IndexOp index) {
    index.setIterator(positions[index.getIterator()]);
  });
  if (isIdentity(axes))
    return;
  stage.getOutput().setType(graph::tensorType(
      reordered(*graph::dimsOf(type), axes), type.getElementType()));
  permuteUses(stage, type, axes);
}

StageOp finishFold(StageOp fold, StageOp user, unsigned input) {
  OpBuilder builder(user);
  SmallVector<Value> inputs;
  SmallVector<Attribute> maps;
  for (unsigned index = 0; index < user.getInputs().size(); ++index) {
    if (index == input)
      continue;
    inputs.push_back(user.getInputs()[index]);
    maps.push_back(user.getMaps()[index]);
  }
  auto fused = StageOp::create(
      builder, FusedLoc::get(user.getContext(), {fold.getLoc(), user.getLoc()}),
      user.getOutput().getType(), fold.getInputs(), fold.getTables(), inputs,
      fold.getExtents(), fold.getMaps(), fold.getFills(),
      builder.getArrayAttr(maps), fold.getInitAttr(), user.getBorderAttr());
  fused.getBody().takeBody(fold.getBody());
  Block *block = builder.createBlock(&fused.getFinish());
  Block &from = user.getBody().front();
  IRMapping mapping;
  for (BlockArgument argument : from.getArguments())
    if (argument.getArgNumber() != input)
      mapping.map(argument,
                  block->addArgument(argument.getType(), user.getLoc()));
  mapping.map(
      from.getArgument(input),
      block->addArgument(from.getArgument(input).getType(), fold.getLoc()));
  for (Operation &op : from)
    builder.clone(op, mapping);
  user->replaceAllUsesWith(fused);
  user.erase();
  fold.erase();
  return fused;
}

FusedOp fuseStages(ArrayRef<StageOp> stages, unsigned depth) {
  llvm::SmallPtrSet<Operation *, 8> members(stages.begin(), stages.end());
  StageOp last = stages.back();
  llvm::SetVector<Value> inputs;
  for (StageOp stage : stages)
    for (Value operand : stage->getOperands())
      if (!members.contains(operand.getDefiningOp()))
        inputs.insert(operand);
  OpBuilder builder(last);
  SmallVector<Location> locations;
  for (StageOp stage : stages)
    locations.push_back(stage->getLoc());
  auto fused =
      FusedOp::create(builder, FusedLoc::get(builder.getContext(), locations),
                      last.getOutput().getType(), inputs.getArrayRef(), depth);
  Block *body = builder.createBlock(&fused.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  Operation *copy = nullptr;
  for (StageOp stage : stages)
    copy = builder.clone(*stage, mapping);
  YieldOp::create(builder, last.getLoc(), copy->getResult(0));
  last.getOutput().replaceAllUsesWith(fused.getOutput());
  for (StageOp stage : llvm::reverse(stages))
    stage.erase();
  return fused;
}

namespace {

/// Replaces an argument of a body by a constant, where that is known.
bool inlineConstant(BlockArgument argument) {
  std::optional<llvm::APFloat> number = constantOf(argument);
  if (!number)
    return false;
  OpBuilder builder = OpBuilder::atBlockBegin(argument.getOwner());
  argument.replaceAllUsesWith(arith::ConstantOp::create(
      builder, argument.getLoc(), FloatAttr::get(argument.getType(), *number)));
  argument.getOwner()->eraseArgument(argument.getArgNumber());
  return true;
}

void eraseAt(SmallVector<Attribute> &list, unsigned index) {
  list.erase(list.begin() + index);
}

} // namespace

void inlineConstants(StageOp stage) {
  SmallVector<Attribute> maps(stage.getMaps().getValue()),
      fills(stage.getFills().getValue()),
      finishMaps(stage.getFinishMaps().getValue());
  for (unsigned input = maps.size(); input-- > 0;) {
    if (!inlineConstant(stage.getBody().front().getArgument(input)))
      continue;
    stage.getInputsMutable().erase(input);
    eraseAt(maps, input);
    eraseAt(fills, input);
  }
  for (unsigned input = finishMaps.size(); input-- > 0;) {
    if (!inlineConstant(stage.getFinish().front().getArgument(input)))
      continue;
    stage.getFinishInputsMutable().erase(input);
    eraseAt(finishMaps, input);
  }
  Builder builder(stage.getContext());
  stage.setMapsAttr(builder.getArrayAttr(maps));
  stage.setFillsAttr(builder.getArrayAttr(fills));
  stage.setFinishMapsAttr(builder.getArrayAttr(finishMaps));
}

void multiplyByInverse(arith::DivFOp division) {
  OpBuilder builder(division);
  Location loc = division.getLoc();
  Value one = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(division.getType(), 1));
  Value inverse = arith::DivFOp::create(builder, loc, one, division.getRhs());
  Value product =
      arith::MulFOp::create(builder, loc, division.getLhs(), inverse);
  division.replaceAllUsesWith(product);
  division.erase();
}

} // namespace sinter::kernel
