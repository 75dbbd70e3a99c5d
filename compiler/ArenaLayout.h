// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where intermediate values lie in the arena of a context.
#pragma once

#include "compiler/Placement.h"
#include "compiler/PlanTable.h"
#include "dialects/graph/Types.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter {

/// Gives each value a slot in a memory. A slot is free again after the last use
/// of its value, views of it included, and is reused by values whose bytes are
/// known to fit: equal expressions, or constants that are not larger. Offsets
/// are expressions in the plan, sums of slot sizes, each rounded up to 64
/// bytes. Values whose size is not known before the run have slabs instead,
/// which fit all.
///
/// Regions count as part of the block around them; what a loop uses of it is in
/// use until the loop ends.
class ArenaLayout {
public:
  ArenaLayout(mlir::func::FuncOp function, PlanTable &table);

  /// Frees the slots of values whose last use is before `op`.
  void release(mlir::Operation *op);
  /// The offset for a value that its op is about to make.
  mlir::FailureOr<uint32_t> place(mlir::Value value, graph::DimAttr bytes,
                                  Memory memory);
  /// The offset for what is in use until the regions of `op` end.
  mlir::FailureOr<uint32_t> placeUntil(mlir::Operation *op,
                                       graph::DimAttr bytes, Memory memory);
  /// The number of a slab for a value that its op is about to make.
  unsigned placeSlab(mlir::Value value, Memory memory);
  /// The size of the arena in a memory so far.
  mlir::FailureOr<uint32_t> getBytes(Memory memory);

private:
  struct Slot {
    uint32_t offset;
    graph::DimAttr bytes;
    Memory memory;
    /// The number of the last op that uses the value; ops count from 0.
    unsigned lastUse = 0;
    bool isFree = false;
  };

  struct Slab {
    Memory memory;
    unsigned lastUse = 0;
    bool isFree = false;
  };

  /// An arena ends at the sum of both. A sum of many slots of different
  /// symbolic sizes would outgrow a dim, so it is cut off at times.
  struct End {
    std::optional<uint32_t> base;
    graph::DimAttr rest;
  };

  mlir::FailureOr<uint32_t> place(graph::DimAttr bytes, unsigned lastUse,
                                  Memory memory);
  unsigned endOf(mlir::Value value) const;
  unsigned lastUseOf(mlir::Value value) const;
  unsigned useBy(mlir::Operation *user, mlir::Value value) const;
  void addNumbers(mlir::Block &block);

  /// Of each op, and of the end of its regions, in the order of a run.
  llvm::DenseMap<mlir::Operation *, unsigned> numbers, ends;
  unsigned count = 0;
  llvm::SmallVector<Slot> slots;
  llvm::SmallVector<Slab> slabs;
  PlanTable &table;
  /// By memory.
  std::array<End, 2> arenaEnds;
};

} // namespace sinter
