// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_WRITEBORDERS
#include "passes/kernel/Passes.h.inc"

namespace {

/// Does the stage yield the element of its one input, or the fill?
bool isPadding(StageOp stage) {
  auto yield = cast<YieldOp>(stage.getBody().front().getTerminator());
  return stage.getNumReductions() == 0 && stage.getInputs().size() == 1 &&
         stage.getTables().empty() && stage.getFill(0) && !stage.getBorder() &&
         yield.getValue() == stage.getBody().front().getArgument(0);
}

/// How far a coordinate lies below its iterator: n of `d - n`.
std::optional<int64_t> shiftOf(AffineExpr coordinate, unsigned iterator) {
  AffineExpr expected = getAffineDimExpr(iterator, coordinate.getContext());
  AffineExpr rest = simplifyAffineExpr(expected - coordinate, iterator + 1, 0);
  auto constant = dyn_cast<AffineConstantExpr>(rest);
  return constant ? std::optional<int64_t>(constant.getValue()) : std::nullopt;
}

/// The border with which the producer's result holds all that the padding
/// does. Null if sides are not known or negative.
BorderAttr borderOf(StageOp padding, StageOp producer) {
  SmallVector<int64_t> low, high;
  AffineMap map = padding.getMap(0);
  for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
    std::optional<int64_t> shift = shiftOf(map.getResult(axis), axis);
    FailureOr<DimAttr> more =
        graph::subtract(padding.getExtent(axis), producer.getExtent(axis));
    if (!shift || *shift < 0 || failed(more) ||
        more->getConstant().value_or(-1) < *shift)
      return {};
    low.push_back(*shift);
    high.push_back(*more->getConstant() - *shift);
  }
  return BorderAttr::get(padding.getContext(), low, high, padding.getFill(0));
}

bool writeBorder(StageOp padding) {
  auto producer = padding.getInputs()[0].getDefiningOp<StageOp>();
  if (!producer || producer->getBlock() != padding->getBlock() ||
      producer.getBorder() || !producer->hasOneUse())
    return false;
  BorderAttr border = borderOf(padding, producer);
  if (!border)
    return false;
  producer.setBorderAttr(border);
  producer.getOutput().setType(padding.getOutput().getType());
  padding.getOutput().replaceAllUsesWith(producer.getOutput());
  return true;
}

struct WriteBorders : impl::WriteBordersBase<WriteBorders> {
  void runOnOperation() override {
    SmallVector<StageOp> written;
    getOperation().walk([&](StageOp stage) {
      if (isPadding(stage) && writeBorder(stage))
        written.push_back(stage);
    });
    for (StageOp stage : written)
      stage.erase();
  }
};

} // namespace
} // namespace sinter::kernel
