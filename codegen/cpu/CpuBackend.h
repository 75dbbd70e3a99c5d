// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The CPU as a target of the compiler.
#pragma once

#include "codegen/Backend.h"
#include "codegen/cpu/Targets.h"

namespace sinter::cpu {

class CpuBackend : public codegen::Backend {
public:
  explicit CpuBackend(Target target) : target(std::move(target)) {}

  const Target &getTarget() const { return target; }

  codegen::PassNumbers getNumbers() const final;
  /// Code is the function kernelName in a module of its own, as bytecode
  /// without locations.
  mlir::FailureOr<codegen::Kernel> lower(mlir::Operation *op, bool isAligned,
                                         std::string &code) const final;
  void print(llvm::StringRef code, llvm::StringRef name,
             llvm::raw_ostream &stream) const final;

private:
  Target target;
};

/// Code, as that of CpuBackend::lower, of a kernel that calls a function of the
/// routine library.
mlir::FailureOr<std::string> lowerRoutine(mlir::Operation *op,
                                          llvm::StringRef function);

} // namespace sinter::cpu
