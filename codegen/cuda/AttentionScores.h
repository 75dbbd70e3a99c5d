// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an attention computes of scores beside products and the softmax: scales,
// masks, whatever its stages say.
#pragma once

#include "codegen/cuda/StageBody.h"
#include "dialects/kernel/Attention.h"

namespace sinter::cuda {

class AttentionScores {
public:
  /// How a block's tiles lie.
  struct Place {
    /// Names of the common iterators.
    Names common;
    std::string keyCount;
    /// Keys of a tile.
    int64_t keys = 0;
    bool isAligned = false;
  };
  /// `pointer` gives the address of a value from outside.
  AttentionScores(const kernel::Attention &parts,
                  llvm::function_ref<std::string(mlir::Value)> pointer,
                  Place place);

  /// Registers of a thread for what readOperands() reads.
  int64_t getRegisters() const;

  /// Declares readOperands(step), which reads what belongs to keys alone, and
  /// changeScores(score, step), which makes of products what the softmax gets.
  /// `inRows(half)` is the query of a row of the thread, or one that there is;
  /// `inGroup` the thread's first column.
  void emitChanges(Text &text, Sizes &sizes);

  /// The number by which sums of a row are multiplied, from `acc`, the sum of
  /// its powers; `query` is its query.
  std::string emitRowFactor(Text &text, Sizes &sizes) const;

private:
  /// An element that a body reads.
  struct Element {
    Access access;
    /// The array that readOperands() has filled; empty if there is none.
    std::string array;
    /// Neighbours that are read at once.
    int64_t lanes = 1;
  };
  /// A finish of the products, or a stage after them.
  struct Change {
    mlir::Region *region;
    std::vector<Element> elements;
    llvm::SmallVector<Access> tables;
    /// The argument that is the score.
    unsigned score = 0;
  };

  void addChange(mlir::Region &region, llvm::ArrayRef<Access> accesses,
                 llvm::ArrayRef<Access> tables, unsigned score);
  void emitKey(Text &text) const;
  void emitReads(Text &text, Sizes &sizes);
  void emitChange(Text &text, Sizes &sizes, const Change &change) const;
  bool isEven() const { return known && *known % 2 == 0; }

  kernel::Attention parts;
  llvm::function_ref<std::string(mlir::Value)> pointer;
  Place place;
  /// The number of keys.
  std::optional<int64_t> known;
  std::vector<Change> changes;
  /// Names of the iterators of a score.
  Names iterators;
};

} // namespace sinter::cuda
