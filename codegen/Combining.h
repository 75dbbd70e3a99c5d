// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds that may be done in parts, which are combined at the end.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::codegen {

/// The op that combines the accumulator with a new value, if the body is made
/// of that and of what does not read the accumulator, and if its order may be
/// changed. Null if not.
mlir::Operation *combiningOp(kernel::StageOp stage);

/// What a partial result starts with, so that combining it with one that
/// started with the stage's init changes nothing.
mlir::TypedAttr neutralValue(mlir::Operation *combine, mlir::TypedAttr init);

} // namespace sinter::codegen
