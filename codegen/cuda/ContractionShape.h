// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a product of matrices is cut into tiles.
#pragma once

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
};

/// A tile of a block, whose warpgroups have 64 rows each, and the ring of
/// steps in shared memory.
struct ContractionShape {
  int64_t rows = 0, columns = 0;
  /// Blocks of a cluster that share the products of a tile.
  int64_t parts = 1;
  /// Steps in shared memory.
  int64_t steps = 4;

  int64_t threads() const { return rows * 2; }
};

/// What reads least while all multiprocessors are busy.
ContractionShape chooseShape(const ContractionSize &size, const Target &target);

/// The bytes of shared memory of a ring.
int64_t ringBytes(const ContractionShape &shape, const ContractionSize &size);

} // namespace sinter::cuda
