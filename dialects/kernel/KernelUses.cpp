// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/KernelUses.h"

#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Slice.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {
namespace {

bool isPlace(Operation *op) {
  return isa_and_nonnull<graph::ReshapeOp, graph::SliceOp>(op);
}

} // namespace

bool isKernel(Operation *op) { return isa<StageOp, FusedOp>(op); }

StageOp lastStage(Operation *kernel) {
  if (auto fused = dyn_cast<FusedOp>(kernel))
    return fused.getStages().back();
  return cast<StageOp>(kernel);
}

Value rootOf(Value value) {
  while (isPlace(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

Uses usesOf(Value value) {
  Uses uses{{value}, {}};
  for (size_t next = 0; next < uses.places.size(); ++next)
    for (OpOperand &use : uses.places[next].getUses()) {
      Operation *owner = use.getOwner();
      if (isPlace(owner))
        uses.places.push_back(owner->getResult(0));
      else if (isKernel(owner))
        uses.kernels.push_back(&use);
      else
        uses.hasOthers = true;
    }
  return uses;
}

SmallVector<OpOperand *> readsOf(OpOperand &use) {
  auto fused = dyn_cast<FusedOp>(use.getOwner());
  if (!fused)
    return {&use};
  SmallVector<OpOperand *> reads;
  for (OpOperand &inner :
       fused.getBody().getArgument(use.getOperandNumber()).getUses())
    reads.push_back(&inner);
  return reads;
}

std::pair<OperandKind, unsigned> kindOf(OpOperand &read) {
  auto stage = cast<StageOp>(read.getOwner());
  unsigned number = read.getOperandNumber(), inputs = stage.getInputs().size(),
           tables = stage.getTables().size();
  if (number < inputs)
    return {OperandKind::input, number};
  if (number < inputs + tables)
    return {OperandKind::table, number - inputs};
  return {OperandKind::finishInput, number - inputs - tables};
}

} // namespace sinter::kernel
