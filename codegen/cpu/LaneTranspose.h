// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Square matrices in vector registers.
#pragma once

#include "mlir/IR/Builders.h"

namespace sinter::cpu {

/// The transpose of a matrix: n vectors of n elements each, n a power of two.
llvm::SmallVector<mlir::Value> transposeLanes(mlir::OpBuilder &builder,
                                              mlir::Location loc,
                                              mlir::ValueRange rows);

} // namespace sinter::cpu
