// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Values that are the same in all runs of a model.
#pragma once

#include "mlir/IR/Value.h"

namespace sinter::kernel {

/// Is the value a constant, or computed by stages and reshapes from constants
/// only? What is not folded of it is computed once for each loaded model.
bool isModelConstant(mlir::Value value);

/// The one element of a constant that a stage's argument is, or an
/// arith.constant.
std::optional<llvm::APFloat> constantOf(mlir::Value value);

} // namespace sinter::kernel
