// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Queries, keys or values of an attention on their way through shared memory.
#pragma once

#include "codegen/cuda/StageAccess.h"
#include "codegen/cuda/Text.h"

namespace sinter::cuda {

/// A tile: `lines` of elements of 16 bits, in panels of 64 elements' width.
struct AttentionSide {
  /// A suffix of the names that the text declares.
  std::string name;
  const Access *access = nullptr;
  mlir::Type element;
  /// Iterators that run over lines and along them.
  unsigned line = 0, along = 0;
  int64_t lines = 0, width = 0;
  /// Elements of a line, of which those from `width` on are zeros.
  int64_t paddedWidth = 0;
  /// Where the first tile is in shared memory.
  int64_t offset = 0;

  int64_t panelBytes() const;
  int64_t bytes() const;

  /// Declares `copyNAME(u32 to, idx from)`, which copies the lines that begin
  /// with `from` to a tile; zeros for those from `count` on. `common` has the
  /// names of the common iterators, of which the block has one value each.
  void emitCopy(Text &text, Sizes &sizes, llvm::ArrayRef<std::string> common,
                const std::string &count, int64_t threads,
                bool isAligned) const;

private:
  void emitElements(Text &text, Sizes &sizes, llvm::ArrayRef<std::string> at,
                    const std::string &isLine) const;
};

} // namespace sinter::cuda
