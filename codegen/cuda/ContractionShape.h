// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a product of matrices is cut into tiles.
#pragma once

#include <algorithm>

#include "codegen/cuda/Targets.h"

namespace sinter::cuda {

/// What a choice depends on.
struct ContractionSize {
  int64_t rows = 0, columns = 0, products = 0, batch = 1;
  int64_t elementBytes = 2;
  /// Whether f32 is three products of tf32.
  bool isSplit = false;
  /// Copies of fewer than 16 bytes, which take more instructions.
  bool hasSmallCopies = false;
  bool isByTensor = false;
  /// Operations that finish a result, in instructions.
  int64_t resultOps = 0;
};

/// A tile of a block, whose warpgroups have 64 rows each, and the ring of
/// steps in shared memory.
struct ContractionShape {
  int64_t rows = 0, columns = 0;
  /// Blocks of a cluster that share the products of a tile.
  int64_t parts = 1;
  /// Steps in shared memory.
  int64_t steps = 4;
  /// Whether a warp of its own has the GPU copy (TensorCopies).
  bool isByTensor = false;
  /// Whether results do not lie where steps were, so that the copies of a next
  /// tile begin before those of this one are finished.
  bool keepsRing = false;

  /// Threads that multiply.
  int64_t consumers() const { return rows * 2; }
  int64_t threads() const { return consumers() + (isByTensor ? 32 : 0); }
  /// Columns of results that are in shared memory at once: few where a deep
  /// ring of wide steps leaves no room.
  int64_t resultColumns() const {
    return !keepsRing || columns <= 128 ? columns : steps > 3 ? 32 : 128;
  }
  int64_t resultBytes() const { return rows * (resultColumns() + 8) * 4; }
  /// Where results are, and the barriers of steps, from the start of the ring.
  int64_t resultOffset(int64_t stepBytes) const {
    return keepsRing ? steps * stepBytes : 0;
  }
  int64_t barrierOffset(int64_t stepBytes) const {
    return keepsRing ? steps * stepBytes + resultBytes()
                     : std::max(steps * stepBytes, resultBytes());
  }
};

/// What reads least while all multiprocessors are busy.
ContractionShape chooseShape(const ContractionSize &size, const Target &target);

/// The bytes of shared memory of a block.
int64_t sharedBytes(const ContractionShape &shape, const ContractionSize &size);

/// Blocks that are on a multiprocessor at once.
int64_t residentBlocks(const ContractionShape &shape,
                       const ContractionSize &size, const Target &target);

} // namespace sinter::cuda
