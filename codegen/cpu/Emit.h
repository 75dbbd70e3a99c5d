// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a module with a kernel to machine code. Each function may run in many
// threads at once, each with its own contexts.
#pragma once

#include "codegen/cpu/Targets.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

namespace sinter::cpu {

/// The function of a kernel in its module, of the ABI's type.
inline constexpr const char *kernelName = "kernel";

/// Loads the dialects of kernels; before lowerStage.
void loadDialects(mlir::MLIRContext &context);

/// Lowers the functions of `module` to the LLVM dialect, in place.
mlir::LogicalResult lowerToLLVM(mlir::ModuleOp module);

/// The LLVM module of a lowered kernel, with the functions of the math library
/// that it calls. The kernel is called `symbol` and hidden, all else internal.
/// Null after a diagnostic.
std::unique_ptr<llvm::Module> translate(mlir::ModuleOp lowered,
                                        llvm::StringRef symbol,
                                        llvm::LLVMContext &context,
                                        const Target &target);

/// An empty LLVM module for the target. Null if LLVM does not have it.
std::unique_ptr<llvm::Module> makeModule(llvm::LLVMContext &context,
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
