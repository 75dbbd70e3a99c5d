// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How an attention is cut into tiles.
#pragma once

#include <cstdint>
#include <optional>

namespace sinter::cuda {

/// What a choice depends on.
struct AttentionSize {
  /// Elements of a key, and of a value.
  int64_t width = 0, valueWidth = 0;
  /// The numbers of keys, one at least, and queries, if they are known.
  std::optional<int64_t> keys, queries;
};

/// The queries of a block, 64 for each warpgroup, and the ring of tiles in
/// shared memory.
struct AttentionTiling {
  int64_t warpgroups = 1;
  /// Keys of a tile, and how many tiles of them are copied ahead.
  int64_t keys = 64, ahead = 3;
  /// Whether queries are kept in registers: shared memory has no more to give
  /// to the tensor cores than keys and values at their full speed.
  bool holdsQueries = false;

  int64_t rows() const { return warpgroups * 64; }
  int64_t threads() const { return warpgroups * 128; }
  /// Tiles of so many keys; nothing if they are not known.
  std::optional<int64_t> steps(const AttentionSize &size) const;
  /// Tiles that are in shared memory at once.
  int64_t buffers(const AttentionSize &size) const;
};

/// Small blocks of which a multiprocessor holds several: one computes while
/// another waits. Few keys are one tile; more are tiles of about one size.
AttentionTiling chooseTiling(const AttentionSize &size);

/// How many blocks a multiprocessor shall hold: as many as registers are
/// likely to allow; with more there would be spills. `operandRegisters` are
/// those of a thread for what is computed of scores.
unsigned chooseBlocks(const AttentionTiling &tiling, const AttentionSize &size,
                      int64_t operandRegisters);

} // namespace sinter::cuda
