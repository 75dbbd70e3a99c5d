// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From stages to loops: scf, arith and vector ops on pointers.
#pragma once

#include "codegen/cpu/StageAccess.h"
#include "codegen/cpu/Targets.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::cpu {

/// A kernel in the module of kernels, and how to launch it.
struct Kernel {
  std::string name;
  /// The dims that it reads as `sizes`, in order.
  llvm::SmallVector<graph::DimAttr> sizes;
  /// The length of its parallel range.
  graph::DimAttr extent;
  /// Items of the range that are worth a thread; 1 or more.
  int64_t grain = 1;
  /// Bytes of scratch for each thread; null for none.
  graph::DimAttr scratch;
};

/// Appends the kernel of a stage to `module`: a function of the ABI's type with
/// buffers in the order inputs, tables, output. Fails with a diagnostic at the
/// stage if its sizes leave 64 bits.
mlir::FailureOr<Kernel> lowerStage(kernel::StageOp stage, llvm::StringRef name,
                                   const Target &target, mlir::ModuleOp module);

/// The same for fused stages: buffers in the order inputs, output.
mlir::FailureOr<Kernel> lowerFused(kernel::FusedOp op, llvm::StringRef name,
                                   const Target &target, mlir::ModuleOp module);

} // namespace sinter::cpu
