// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops over the blocks of a stage's results.
#pragma once

#include "codegen/cpu/StageBlocking.h"

namespace sinter::cpu {

/// Emits the loop over the items [begin, end) of a kernel's range. An item is a
/// block; `counts` are the items along each parallel iterator, `order` has the
/// iterators from the slowest to the fastest.
void emitStageItems(mlir::OpBuilder &builder, mlir::Location loc,
                    StageTile &tile, const Blocking &blocking,
                    llvm::ArrayRef<graph::DimAttr> counts,
                    llvm::ArrayRef<unsigned> order, Sizes &sizes,
                    mlir::Value begin, mlir::Value end);

/// Emits the loops over all blocks with these values of the first parallel
/// iterators; the next iterator starts at `low`.
void emitStageNest(mlir::OpBuilder &builder, mlir::Location loc,
                   StageTile &tile, const Blocking &blocking,
                   mlir::ValueRange first, mlir::Value low);

} // namespace sinter::cpu
