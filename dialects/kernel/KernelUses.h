// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels as users of values: stages outside of a fused op, and fused ops.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Of ops that are in no fused op.
bool isKernel(mlir::Operation *op);

/// The stage whose result is the kernel's.
StageOp lastStage(mlir::Operation *kernel);

/// The value of whose bytes a reshape or a slice is.
mlir::Value rootOf(mlir::Value value);

/// What uses a value, or reshapes and slices of it.
struct Uses {
  /// The value itself first.
  llvm::SmallVector<mlir::Value> places;
  /// Operands of kernels.
  llvm::SmallVector<mlir::OpOperand *> kernels;
  /// Whether there are users that are neither.
  bool hasOthers = false;
};

Uses usesOf(mlir::Value value);

/// How the stages of a kernel read one of its operands: operands of stages.
llvm::SmallVector<mlir::OpOperand *> readsOf(mlir::OpOperand &use);

enum class OperandKind : uint8_t { input, table, finishInput };

/// Which list of a stage an operand is in, and its number there.
std::pair<OperandKind, unsigned> kindOf(mlir::OpOperand &read);

} // namespace sinter::kernel
