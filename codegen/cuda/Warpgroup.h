// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices on the tensor cores of sm_90a: `wgmma` instructions.
#pragma once

#include "codegen/cuda/Text.h"
#include "mlir/IR/Types.h"

namespace sinter::cuda {

/// One instruction: 64 rows times `columns`, 32 bytes of products, f32 sums.
/// Thread `t` of the four warps has in sum[4 * j + 2 * half + e] row
/// 16 * (t / 32) + 8 * half + t % 32 / 4, column 8 * j + 2 * (t % 4) + e.
struct WarpgroupProduct {
  /// A multiple of 8, at most 256.
  int64_t columns = 0;
  /// f16, bf16, or f32, of which the cores take the bits that tf32 has.
  mlir::Type element;
  /// Whether the rows come from four registers of each thread.
  bool hasRowsInRegisters = false;
  /// Whether the lines of a tile run along rows or columns (matrixAcross); 16
  /// bits only.
  bool isAcrossRows = false, isAcrossColumns = false;

  /// The products of one instruction.
  int64_t depth() const { return element.isF32() ? 8 : 16; }

  /// Defines a function `name(float (&sum)[columns / 2], ROWS, u64 columns,
  /// bool adds)`; ROWS are `u64 rows` or `u32 a0, u32 a1, u32 a2, u32 a3`.
  void define(Text &text, const std::string &name) const;
};

} // namespace sinter::cuda
