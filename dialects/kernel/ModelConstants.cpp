// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"

#include "dialects/graph/ConstantStore.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace sinter::kernel {

bool isModelConstant(Value value) {
  llvm::SetVector<Value> todo;
  todo.insert(value);
  for (size_t next = 0; next < todo.size(); ++next) {
    Value current = todo[next];
    Operation *op = current.getDefiningOp();
    if (!isa_and_nonnull<graph::ConstantOp, graph::ReshapeOp, StageOp>(op) ||
        !cast<RankedTensorType>(current.getType()).hasStaticShape())
      return false;
    todo.insert(op->operand_begin(), op->operand_end());
  }
  return true;
}

namespace {

/// The operand of the stage that is this argument of its body or finish; null
/// for the accumulator.
Value operandOf(BlockArgument argument) {
  auto stage = dyn_cast<StageOp>(argument.getOwner()->getParentOp());
  if (!stage)
    return {};
  bool isFinish = argument.getParentRegion() == &stage.getFinish();
  OperandRange operands =
      isFinish ? stage.getFinishInputs() : stage.getInputs();
  return argument.getArgNumber() < operands.size()
             ? operands[argument.getArgNumber()]
             : Value();
}

} // namespace

std::optional<llvm::APFloat> constantOf(Value value) {
  llvm::APFloat number(0.0f);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number;
  auto argument = dyn_cast<BlockArgument>(value);
  Value operand = argument ? operandOf(argument) : Value();
  // Of fused stages, it is an operand of theirs.
  if (auto outer = dyn_cast_or_null<BlockArgument>(operand))
    if (auto fused = dyn_cast<FusedOp>(outer.getOwner()->getParentOp()))
      operand = fused.getInputs()[outer.getArgNumber()];
  auto constant = operand ? operand.getDefiningOp<graph::ConstantOp>()
                          : graph::ConstantOp();
  auto *store = graph::ConstantStore::of(value.getContext());
  if (!constant || !store)
    return std::nullopt;
  auto type = cast<RankedTensorType>(operand.getType());
  auto element = dyn_cast<FloatType>(type.getElementType());
  std::optional<llvm::ArrayRef<char>> bytes =
      store->bytes(constant.getValueAttr());
  if (!element || !type.hasStaticShape() || type.getNumElements() != 1 ||
      !bytes || bytes->size() * 8 != element.getWidth())
    return std::nullopt;
  uint64_t bits = 0;
  std::memcpy(&bits, bytes->data(), bytes->size());
  return llvm::APFloat(element.getFloatSemantics(),
                       llvm::APInt(element.getWidth(), bits));
}

} // namespace sinter::kernel
