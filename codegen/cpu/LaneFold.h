// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds whose last reduction runs over contiguous memory: several elements of
// it at a time, into partial results that are combined at the end.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::cpu {

/// The op that combines the accumulator with a new value, if the body is made
/// of that and of what does not read the accumulator, and if its order may be
/// changed. Null if not.
mlir::Operation *combiningOp(kernel::StageOp stage);

/// What a partial result starts with, so that combining it with one that
/// started with the stage's init changes nothing.
mlir::TypedAttr neutralValue(mlir::Operation *combine, mlir::TypedAttr init);

/// The combination of two values of any one type.
mlir::Value combineValues(mlir::OpBuilder &builder, mlir::Operation *combine,
                          mlir::Value lhs, mlir::Value rhs);

/// The combination of all lanes of a vector.
mlir::Value combineLanes(mlir::OpBuilder &builder, mlir::Operation *combine,
                         mlir::Value vector);

} // namespace sinter::cpu
