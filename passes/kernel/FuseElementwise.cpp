// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/kernel/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {

#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "passes/kernel/Passes.h.inc"

namespace {

/// Reads an operand each of its elements at most once? Without reductions that
/// does not matter for the number of evaluations of a permutation; a broadcast
/// would repeat them.
bool readsOnce(StageOp user, unsigned input) {
  AffineMap map = user.getMap(input);
  return map.isProjectedPermutation() &&
         map.getNumResults() == user.getNumIterators();
}

/// Producers that are cheap enough to repeat where a broadcast reads them.
bool isCheap(StageOp producer) {
  Block &body = producer.getBody().front();
  return producer.getInputs().size() <= 1 && producer.getTables().empty() &&
         llvm::range_size(body.without_terminator()) <= 2 &&
         llvm::none_of(body, [](Operation &op) { return isa<MathOp>(op); });
}

bool hasPositions(StageOp stage) {
  return stage
      .walk([](Operation *op) {
        return isa<IndexOp, LoadOp>(op) ? WalkResult::interrupt()
                                        : WalkResult::advance();
      })
      .wasInterrupted();
}

/// The producer of an input that may be inlined; null if none.
StageOp fusibleProducer(StageOp user, unsigned input, unsigned maxInputs) {
  auto producer = user.getInputs()[input].getDefiningOp<StageOp>();
  if (!producer || producer->getBlock() != user->getBlock() ||
      producer.getNumReductions() != 0 || producer.getBorder() ||
      user.getFill(input) || hasPositions(producer) ||
      !producer.getTables().empty() ||
      llvm::any_of(producer.getFills(),
                   [](Attribute fill) { return isa<TypedAttr>(fill); }))
    return {};
  if (user.getInputs().size() + producer.getInputs().size() > maxInputs)
    return {};
  bool once = producer->hasOneUse() && readsOnce(user, input);
  bool repeated = isCheap(producer) && user.getNumReductions() == 0;
  if (!once && !repeated)
    return {};
  // A dim of 1 that broadcasts at run time would change its meaning when it is
  // composed: the iterator must run over the dim itself.
  FailureOr<SmallVector<graph::DimAttr>> dims =
      graph::dimsOf(producer.getOutput().getType());
  for (auto [axis, coordinate] :
       llvm::enumerate(user.getMap(input).getResults())) {
    auto iterator = dyn_cast<AffineDimExpr>(coordinate);
    if (iterator && user.getExtent(iterator.getPosition()) != (*dims)[axis])
      return {};
  }
  return producer;
}

/// A copy of `user` in which `input` is computed by the body of `producer`.
StageOp inlineProducer(StageOp user, unsigned input, StageOp producer) {
  OpBuilder builder(user);
  SmallVector<Value> inputs;
  SmallVector<Attribute> maps, fills;
  for (unsigned index = 0; index < user.getInputs().size(); ++index) {
    if (index != input) {
      inputs.push_back(user.getInputs()[index]);
      maps.push_back(user.getMaps()[index]);
      fills.push_back(user.getFills()[index]);
      continue;
    }
    for (unsigned inner = 0; inner < producer.getInputs().size(); ++inner) {
      inputs.push_back(producer.getInputs()[inner]);
      maps.push_back(AffineMapAttr::get(
          producer.getMap(inner).compose(user.getMap(input))));
      fills.push_back(producer.getFills()[inner]);
    }
  }
  auto fused = StageOp::create(
      builder,
      FusedLoc::get(user.getContext(), {user.getLoc(), producer.getLoc()}),
      user.getOutput().getType(), inputs, user.getTables(),
      user.getFinishInputs(), user.getExtents(), builder.getArrayAttr(maps),
      builder.getArrayAttr(fills), user.getFinishMapsAttr(), user.getInitAttr(),
      user.getBorderAttr());
  fused.getFinish().takeBody(user.getFinish());
  Block *body = builder.createBlock(&fused.getBody());
  IRMapping mapping;
  Block &from = user.getBody().front(), &source = producer.getBody().front();
  for (unsigned index = 0; index < from.getNumArguments(); ++index) {
    if (index != input) {
      mapping.map(
          from.getArgument(index),
          body->addArgument(from.getArgument(index).getType(), user.getLoc()));
      continue;
    }
    IRMapping inner;
    for (BlockArgument argument : source.getArguments())
      inner.map(argument, body->addArgument(argument.getType(), user.getLoc()));
    for (Operation &op : source.without_terminator())
      builder.clone(op, inner);
    mapping.map(from.getArgument(index),
                inner.lookup(source.getTerminator()->getOperand(0)));
  }
  for (Operation &op : from)
    builder.clone(op, mapping);
  return fused;
}

/// An element that is read twice is one argument of the body.
void mergeEqualInputs(StageOp stage) {
  SmallVector<Attribute> maps(stage.getMaps().getValue());
  SmallVector<Attribute> fills(stage.getFills().getValue());
  Block &body = stage.getBody().front();
  for (unsigned first = 0; first < maps.size(); ++first) {
    for (unsigned other = maps.size() - 1; other > first; --other) {
      if (stage.getInputs()[first] != stage.getInputs()[other] ||
          maps[first] != maps[other] || fills[first] != fills[other])
        continue;
      body.getArgument(other).replaceAllUsesWith(body.getArgument(first));
      body.eraseArgument(other);
      stage.getInputsMutable().erase(other);
      maps.erase(maps.begin() + other);
      fills.erase(fills.begin() + other);
    }
  }
  stage.setMapsAttr(ArrayAttr::get(stage.getContext(), maps));
  stage.setFillsAttr(ArrayAttr::get(stage.getContext(), fills));
}

struct FuseElementwise : impl::FuseElementwiseBase<FuseElementwise> {
  using FuseElementwiseBase::FuseElementwiseBase;

  void runOnOperation() override {
    // Producers stand before their users, so they have grown already.
    SmallVector<Operation *> stages;
    erased.clear();
    getOperation().walk([&](StageOp stage) { stages.push_back(stage); });
    for (Operation *stage : stages)
      if (!erased.contains(stage))
        grow(cast<StageOp>(stage));
  }

private:
  /// Inlines producers until none is left.
  void grow(StageOp stage) {
    mergeEqualInputs(stage);
    for (unsigned input = 0; input < stage.getInputs().size();) {
      StageOp producer = fusibleProducer(stage, input, maxInputs);
      if (!producer) {
        ++input;
        continue;
      }
      StageOp fused = inlineProducer(stage, input, producer);
      stage->replaceAllUsesWith(fused);
      erase(stage);
      if (producer->use_empty())
        erase(producer);
      stage = fused;
      mergeEqualInputs(stage);
      input = 0;
    }
  }

  void erase(StageOp stage) {
    erased.insert(stage);
    stage.erase();
  }

  llvm::DenseSet<Operation *> erased;
};

} // namespace
} // namespace sinter::kernel
