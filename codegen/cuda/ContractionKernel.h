// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel of a product of matrices while its parts are written.
#pragma once

#include "codegen/cuda/ContractionShape.h"
#include "codegen/cuda/ContractionSide.h"
#include "codegen/cuda/KernelFunction.h"
#include "codegen/cuda/StageLowering.h"
#include "codegen/cuda/TensorCopies.h"

namespace sinter::cuda {

struct ContractionKernel {
  ContractionKernel(kernel::StageOp stage, const Lowering &lowering);
  ContractionKernel(const ContractionKernel &) = delete;

  /// The bytes of a step of both operands in shared memory.
  int64_t stepBytes() const {
    return rows.tileBytes(shape.rows) + columns.tileBytes(shape.columns);
  }
  /// Floats between the rows of results in shared memory: no two threads that
  /// write at the same time meet in a bank.
  int64_t pitch() const { return shape.resultColumns() + 8; }

  kernel::StageOp stage;
  const Lowering &lowering;
  KernelFunction function;
  Text &text;
  unsigned buffers = 0;
  Operands operands;
  ContractionRoles roles;
  ContractionSide rows, columns;
  /// Whether f32 is three products of tf32.
  bool isSplit = false;
  /// Of both operands, or none.
  std::optional<TensorCopies> rowCopies, columnCopies;
  ContractionSize size;
  ContractionShape shape;
  /// Blocks that a multiprocessor has at once.
  int64_t residentBlocks = 1;
  /// Names of the iterators of the batch.
  Names iterators;
  std::string rowCount, columnCount, productCount;
  /// Whether tiles divide the counts.
  bool hasWholeRows = false, hasWholeColumns = false;
};

/// Products of `steps` steps from `firstStep` on of the tile at `firstA` and
/// `firstB`, in the registers `sum` of each warpgroup. All threads copy.
void emitSteps(ContractionKernel &kernel);

/// The same, where one warp has the GPU copy and the others multiply, and what
/// becomes of the results. Declares what lasts from tile to tile.
void emitTensorSteps(ContractionKernel &kernel);

/// The products of the step at `from`, added to `sum`; with what tf32 cuts off
/// at `low`.
void emitProducts(ContractionKernel &kernel, const std::string &sum);

/// Puts the columns of `sum` from `firstColumn` on where threads find results
/// row by row; the first of a warpgroup's rows is `firstRow`.
void emitExchange(ContractionKernel &kernel, const std::string &firstColumn);

/// Threads that finish results: `lines` rows of the tile from `first` on,
/// columns from `firstColumn` on.
struct ResultShare {
  std::string thread;
  int64_t threads;
  std::string first;
  int64_t lines;
  std::string firstColumn;
};
/// Finishes results: neighbours in a row by one thread.
void emitResults(ContractionKernel &kernel, const ResultShare &share);

/// The share of a warpgroup, or of all that multiply in a cluster.
ResultShare shareOf(const ContractionKernel &kernel,
                    const std::string &firstColumn);

} // namespace sinter::cuda
