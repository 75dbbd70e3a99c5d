// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NVIDIA GPUs as a target of the compiler.
#pragma once

#include "codegen/Backend.h"
#include "codegen/cuda/Targets.h"

namespace sinter::cuda {

class CudaBackend : public codegen::Backend {
public:
  explicit CudaBackend(Target target) : target(std::move(target)) {}

  const Target &getTarget() const { return target; }

  codegen::PassNumbers getNumbers() const final;
  /// Code is CUDA C++.
  mlir::FailureOr<codegen::Kernel> lower(mlir::Operation *op, bool isAligned,
                                         std::string &code) const final;
  void print(llvm::StringRef code, llvm::StringRef name,
             llvm::raw_ostream &stream) const final;

private:
  Target target;
};

} // namespace sinter::cuda
