// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where values are: in the memory of the host or of a GPU.
#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

namespace sinter {

/// As sinter_memory.
enum class Memory : uint8_t { host, device };

/// For a model with a GPU, everything is on the device but for
///   - inputs and outputs of the model,
///   - what the host must know: conditions, and sizes that are computed,
///   - operands and results of routines, which are code for the CPU,
///   - what is only a few elements, computed from such for one of these.
/// Without one, everything is on the host.
class Placement {
public:
  Placement(mlir::func::FuncOp main, bool hasDevice);

  /// Where the op that makes the value leaves it; constants are everywhere.
  Memory of(mlir::Value value) const;
  /// Where a stage or a routine runs.
  Memory of(mlir::Operation *op) const;

private:
  bool grow(mlir::Operation *op);
  bool want(mlir::Value value);
  bool isWanted(mlir::Value value) const;

  bool hasDevice;
  /// Roots of what is needed on the host.
  llvm::DenseSet<mlir::Value> wanted;
};

/// Reshapes are other dims of the same bytes.
mlir::Value rootOf(mlir::Value value);

} // namespace sinter
