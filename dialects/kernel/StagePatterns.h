// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What stages and their bodies compute, where casts of floats do not matter:
// those that widen, and those that round to 16 bits.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// f16 or bf16?
bool isHalf(mlir::Type type);

/// The one type of 16 bits that elements of the values have: null if none has
/// any, nothing if they have both.
std::optional<mlir::Type> oneHalf(llvm::ArrayRef<mlir::Value> values);

/// What the value was before its floats were cast.
mlir::Value beforeCasts(mlir::Value value);

/// Is it a constant float of which this holds?
bool isConstant(mlir::Value value,
                llvm::function_ref<bool(const llvm::APFloat &)> holds);

/// x, if the value is x but 0 where that is NaN; null if not.
mlir::Value withoutNaN(mlir::Value value);

/// No fills, no border.
bool isPlain(StageOp stage);

/// What the body or finish yields, before casts.
mlir::Value yieldedBy(mlir::Region &region);

/// The number of the input that a value of the body is, but for casts.
std::optional<unsigned> inputOf(StageOp stage, mlir::Value value);

/// Does the body use the input once, and so its casts?
bool usesOnce(StageOp stage, unsigned input);

/// Does a fold in f32 begin with a number of which this holds?
bool startsWith(StageOp stage,
                llvm::function_ref<bool(const llvm::APFloat &)> holds);

/// The other operand of a fold's sum or maximum (Op) in f32 with the
/// accumulator; null if the body is none.
template <typename Op> mlir::Value folded(StageOp stage) {
  mlir::Block &body = stage.getBody().front();
  auto op = body.getTerminator()->getOperand(0).getDefiningOp<Op>();
  if (!op || !op.getType().isF32())
    return {};
  mlir::Value accumulator = body.getArguments().back();
  if (op.getLhs() == accumulator)
    return op.getRhs();
  return op.getRhs() == accumulator ? op.getLhs() : mlir::Value();
}

/// Does the stage cast the floats of its one input, and no more?
bool isCast(StageOp stage);

/// The stage that makes an input, past casts; null if it is none of the same
/// block.
StageOp producerOf(StageOp stage, unsigned input);

/// Uses of a stage's result, but for casts.
unsigned countUses(StageOp stage);

} // namespace sinter::kernel
