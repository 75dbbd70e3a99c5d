// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention among stages: what a kernel may compute without ever storing the
// scores of all queries and keys.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// The stages from a sum of products of queries and keys to that of weights
/// and values. The first `depth` iterators are common to all; the next one of
/// `scores`, `changes`, `powers` and `weights` counts keys, of which there is
/// one at least if their number is known. What stages pass on to each other is
/// floats, which casts to 16 bits may round.
struct Attention {
  /// Queries times keys. Its finish and then `changes`, in order, make of each
  /// of them, of values of the model and of positions what the softmax gets.
  StageOp scores;
  llvm::SmallVector<StageOp> changes;
  /// The largest of a row, exp(score - largest), and their sum.
  StageOp largest, powers, sum;
  /// Each power times a number of the row, or divided by it.
  StageOp weights;
  /// Weights times values; the last iterators are those of a value's elements
  /// and of keys.
  StageOp values;
  /// Which input of `scores` has the keys, of `values` the values, of each of
  /// `changes` the score, of `weights` the power.
  unsigned keyInput = 0, valueInput = 0, powerInput = 0;
  llvm::SmallVector<unsigned> scoreInputs;
  unsigned depth = 0;
  /// The common iterator of queries: neither keys nor values move with it.
  unsigned query = 0;
  /// Whether the powers of a row of -infinity are zeros; NaN if not.
  bool allowsEmptyRows = false;
  /// Whether weights that are NaN, which all of a row are, count as 0.
  bool clearsNaN = false;

  llvm::SmallVector<StageOp> stages() const;
};

/// The attention that ends in this stage, if there is one.
std::optional<Attention> findAttention(StageOp values);

} // namespace sinter::kernel
