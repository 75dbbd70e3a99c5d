// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a module of kernels to machine code.
#pragma once

#include "codegen/cpu/Targets.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

namespace sinter::cpu {

/// Loads the dialects of kernels; before lowerStage.
void loadDialects(mlir::MLIRContext &context);

/// Lowers the functions of `kernels` to the LLVM dialect, in place.
mlir::LogicalResult lowerToLLVM(mlir::ModuleOp kernels);

/// The LLVM module of lowered kernels, with the functions of the math library
/// that they call. Null after a diagnostic.
std::unique_ptr<llvm::Module> translate(mlir::ModuleOp kernels,
                                        llvm::LLVMContext &context,
                                        const Target &target);

/// Runs LLVM's pipeline of this level, 0 to 3. What is internal and unused
/// goes.
mlir::LogicalResult optimize(llvm::Module &module, const Target &target,
                             int level);

enum class Code : uint8_t { object, assembly };

/// Machine code of a module for the target. Position independent.
mlir::FailureOr<llvm::SmallVector<char, 0>>
generateCode(llvm::Module &module, const Target &target, Code code);

} // namespace sinter::cpu
