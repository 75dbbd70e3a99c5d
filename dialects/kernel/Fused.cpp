// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Kernel.h"

using namespace mlir;

namespace sinter::kernel {
namespace {

/// Are the first coordinates the first iterators?
bool readsOwnRows(AffineMap map, unsigned depth) {
  if (map.getNumResults() < depth)
    return false;
  for (unsigned axis = 0; axis < depth; ++axis)
    if (map.getResult(axis) != getAffineDimExpr(axis, map.getContext()))
      return false;
  return true;
}

/// C4 for one stage.
LogicalResult verifyReads(FusedOp op, StageOp stage) {
  unsigned depth = op.getDepth();
  auto isInner = [](Value value) {
    return value.getDefiningOp<StageOp>() != nullptr;
  };
  for (auto [index, input] : llvm::enumerate(stage.getInputs()))
    if (isInner(input) &&
        (stage.getFill(index) || !readsOwnRows(stage.getMap(index), depth)))
      return stage.emitOpError("input ") << index << " reads other rows";
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    if (isInner(input) && !readsOwnRows(stage.getFinishMap(index), depth))
      return stage.emitOpError("finish input ") << index << " reads other rows";
  if (llvm::any_of(stage.getTables(), isInner))
    return stage.emitOpError("has a fused stage's output as a table");
  return success();
}

} // namespace

std::vector<StageOp> FusedOp::getStages() {
  auto stages = getBody().front().getOps<StageOp>();
  return {stages.begin(), stages.end()};
}

LogicalResult FusedOp::verify() {
  Block &body = getBody().front();
  if (body.getArgumentTypes() != getInputs().getTypes()) // C1
    return emitOpError("arguments do not have the types of the inputs");
  auto yield = dyn_cast<YieldOp>(body.getTerminator());
  std::vector<StageOp> stages = getStages();
  if (!yield || stages.empty() ||
      stages.size() != llvm::range_size(body.without_terminator()) ||
      yield.getValue() != stages.back().getOutput() ||
      getOutput().getType() != stages.back().getOutput().getType()) // C2
    return emitOpError("does not yield its last stage's output");
  unsigned depth = getDepth();
  for (StageOp stage : stages) {
    bool fits =
        depth != 0 && stage.getNumParallel() >= depth && !stage.getBorder();
    for (unsigned iterator = 0; fits && iterator < depth; ++iterator)
      fits = stage.getExtent(iterator) == stages.back().getExtent(iterator);
    if (!fits) // C3
      return stage.emitOpError("does not have the ")
             << depth << " first iterators of its neighbours";
    if (failed(verifyReads(*this, stage)))
      return failure();
  }
  return success();
}

} // namespace sinter::kernel
