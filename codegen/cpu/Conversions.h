// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions between scalars as graph.cast defines them, where LLVM's
// instruction has undefined results or calls a function of compiler-rt.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace sinter::cpu {

/// Rewrites the scalar ops of kernels: float to integer saturates and gives 0
/// for NaN; bf16 is computed in f32; f64 is rounded once into f16 and bf16.
mlir::LogicalResult expandConversions(mlir::ModuleOp kernels);

} // namespace sinter::cpu
