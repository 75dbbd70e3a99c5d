// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From stages to loops: scf, arith and vector ops on pointers.
#pragma once

#include "codegen/Backend.h"
#include "codegen/cpu/StageAccess.h"
#include "codegen/cpu/Targets.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::cpu {

using codegen::Kernel;

/// Appends the kernel of a stage to `module`: a function of the ABI's type with
/// buffers in the order inputs, tables, output. Fails with a diagnostic at the
/// stage if its sizes leave 64 bits.
mlir::FailureOr<Kernel> lowerStage(kernel::StageOp stage, llvm::StringRef name,
                                   const Target &target, mlir::ModuleOp module);

/// The same for fused stages: buffers in the order inputs, output.
mlir::FailureOr<Kernel> lowerFused(kernel::FusedOp op, llvm::StringRef name,
                                   const Target &target, mlir::ModuleOp module);

} // namespace sinter::cpu
