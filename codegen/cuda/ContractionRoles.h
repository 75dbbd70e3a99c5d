// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of products that tensor cores can compute.
#pragma once

#include "codegen/cuda/StageTile.h"

namespace sinter::cuda {

/// What the iterators of a sum of products are: of the rows, of the columns
/// (the last iterator is one), of both operands, and those of the sum.
struct ContractionRoles {
  llvm::SmallVector<unsigned> batch, rows, columns, products;
  /// Whether the second operand is that of the rows.
  bool isSwapped = false;
  /// Of both operands: f32, f16 or bf16; the sum is of f32.
  mlir::Type element;

  unsigned rowInput() const { return isSwapped ? 1 : 0; }
  unsigned columnInput() const { return isSwapped ? 0 : 1; }
};

/// None if the stage is no such sum, or has too few rows, columns or products
/// to fill a tile.
std::optional<ContractionRoles> findContraction(kernel::StageOp stage,
                                                const Operands &operands);

} // namespace sinter::cuda
