// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where intermediate values lie in the arena of a context.
#pragma once

#include "dialects/graph/Types.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter {

/// Gives each value a slot. A slot is free again after the last use of its
/// value, reshapes of it included, and is reused by values whose bytes are
/// known to fit: equal expressions, or constants that are not larger. Offsets
/// are sums of slot sizes, each rounded up to 64 bytes.
class ArenaLayout {
public:
  explicit ArenaLayout(mlir::func::FuncOp function);

  /// Frees the slots of values whose last use is before `op`.
  void release(mlir::Operation *op);
  /// The offset for a value that `op` is about to make.
  mlir::FailureOr<graph::DimAttr> place(mlir::Value value,
                                        graph::DimAttr bytes);
  graph::DimAttr getBytes() const { return end; }

private:
  struct Slot {
    graph::DimAttr offset, bytes;
    /// The number of the last op that uses the value; ops count from 0.
    unsigned lastUse = 0;
    bool isFree = false;
  };

  unsigned lastUseOf(mlir::Value value) const;

  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
  llvm::SmallVector<Slot> slots;
  graph::DimAttr end;
};

} // namespace sinter
