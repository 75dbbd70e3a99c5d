// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/InlineOperand.h"

#include "dialects/kernel/Sources.h"
#include "dialects/kernel/StagePatterns.h"
#include "dialects/kernel/Widening.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {
namespace {

/// Ops of a body that are cheaper than to read what they make.
constexpr size_t mostOps = 12;

/// Elementwise and cheap, with all coordinates inside?
bool isInlinable(StageOp stage) {
  Block &body = stage.getBody().front();
  return stage.getNumReductions() == 0 && stage.getTables().empty() &&
         isPlain(stage) && canWiden(stage) &&
         llvm::range_size(body.without_terminator()) <= mostOps &&
         llvm::none_of(body, [](Operation &op) {
           return isa<MathOp, LoadOp>(op) || op.getNumRegions() != 0;
         });
}

/// One list of operands of a stage, with their maps.
struct Operands {
  StageOp stage;
  bool isFinish;

  MutableOperandRange values() {
    return isFinish ? stage.getFinishInputsMutable() : stage.getInputsMutable();
  }
  SmallVector<Attribute> maps() {
    return SmallVector<Attribute>(isFinish ? stage.getFinishMaps().getValue()
                                           : stage.getMaps().getValue());
  }
  Block &block() {
    return isFinish ? stage.getFinish().front() : stage.getBody().front();
  }
  SmallVector<DimAttr> extents() {
    auto all = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
    all.resize(stage.getNumParallel());
    return all;
  }
  void setMaps(ArrayRef<Attribute> maps) {
    ArrayAttr list = ArrayAttr::get(stage.getContext(), maps);
    if (isFinish)
      return stage.setFinishMapsAttr(list);
    stage.setMapsAttr(list);
    SmallVector<Attribute> fills(maps.size(),
                                 UnitAttr::get(stage.getContext()));
    stage.setFillsAttr(ArrayAttr::get(stage.getContext(), fills));
  }
};

/// The value of an iterator of the producer in the user's body; null if it is
/// neither an iterator nor a constant.
Value positionOf(AffineExpr coordinate, OpBuilder &builder, Location loc) {
  if (auto dim = dyn_cast<AffineDimExpr>(coordinate))
    return IndexOp::create(builder, loc, builder.getIndexType(),
                           builder.getI64IntegerAttr(dim.getPosition()));
  if (auto constant = dyn_cast<AffineConstantExpr>(coordinate))
    return arith::ConstantIndexOp::create(builder, loc, constant.getValue());
  return {};
}

bool knowsPositions(StageOp producer, AffineMap at) {
  return !producer
              .walk([&](IndexOp index) {
                AffineExpr coordinate = at.getResult(index.getIterator());
                return isa<AffineDimExpr, AffineConstantExpr>(coordinate)
                           ? WalkResult::advance()
                           : WalkResult::interrupt();
              })
              .wasInterrupted();
}

/// The body of the producer at the start of the block, of these elements.
Value cloneBody(StageOp producer, AffineMap at, Block &block,
                ArrayRef<BlockArgument> elements) {
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  IRMapping mapping;
  Block &body = producer.getBody().front();
  for (auto [from, to] : llvm::zip_equal(body.getArguments(), elements))
    mapping.map(from, to);
  for (Operation &op : body.without_terminator()) {
    if (auto index = dyn_cast<IndexOp>(op))
      mapping.map(
          index.getValue(),
          positionOf(at.getResult(index.getIterator()), builder, op.getLoc()));
    else
      builder.clone(op, mapping);
  }
  return mapping.lookup(body.getTerminator()->getOperand(0));
}

} // namespace

bool inlineOperand(StageOp stage, bool isFinish, unsigned number) {
  Operands operands{stage, isFinish};
  SmallVector<Attribute> maps = operands.maps();
  AffineMap map = cast<AffineMapAttr>(maps[number]).getValue();
  Source made =
      findViewed(operands.values()[number].get(), map, operands.extents());
  auto producer = made.value.getDefiningOp<StageOp>();
  if (!producer || producer->getBlock() != stage->getBlock() ||
      !isInlinable(producer))
    return false;
  std::optional<AffineMap> at =
      withoutBroadcasts(made.map, producer.getOutput(), operands.extents());
  if (!at || !knowsPositions(producer, *at))
    return false;
  auto producerExtents =
      llvm::to_vector(producer.getExtents().getAsRange<DimAttr>());
  SmallVector<AffineMap> inputMaps;
  for (auto [index, input] : llvm::enumerate(producer.getInputs())) {
    std::optional<AffineMap> inner =
        withoutBroadcasts(producer.getMap(index), input, producerExtents);
    if (!inner)
      return false;
    inputMaps.push_back(inner->compose(*at));
  }
  Block &block = operands.block();
  SmallVector<BlockArgument> elements;
  for (auto [input, inputMap] :
       llvm::zip_equal(producer.getInputs(), inputMaps)) {
    Type element = cast<RankedTensorType>(input.getType()).getElementType();
    elements.push_back(block.insertArgument(
        maps.size(), StageOp::getScalarType(element), stage.getLoc()));
    operands.values().append(input);
    maps.push_back(AffineMapAttr::get(inputMap));
  }
  Value element = cloneBody(producer, *at, block, elements);
  block.getArgument(number).replaceAllUsesWith(element);
  block.eraseArgument(number);
  operands.values().erase(number);
  maps.erase(maps.begin() + number);
  operands.setMaps(maps);
  return true;
}

} // namespace sinter::kernel
