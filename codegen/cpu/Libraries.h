// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of runtime/src/ops that generated code calls.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringRef.h"

namespace sinter::cpu {

/// LLVM bitcode of the scalar math functions: `sinter_math_<function>_f32` and
/// `_f64`.
llvm::StringRef mathLibrary();

/// LLVM bitcode of the routines: `sinter_routine_<op>`, of the ABI's kernel
/// type.
llvm::StringRef routineLibrary();

/// Appends the kernel kernelName, which calls a function of the routine
/// library.
void callRoutine(llvm::StringRef function, mlir::ModuleOp module);

} // namespace sinter::cpu
