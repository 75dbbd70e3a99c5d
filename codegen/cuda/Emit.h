// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the text of a kernel to machine code. Each function may run in many
// threads at once.
#pragma once

#include "codegen/cuda/Targets.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"

namespace sinter::cuda {

/// Whether there is an NVRTC to compile with; `error` says why not.
bool hasCompiler(std::string &error);

/// The cubin of a kernel's text. Fails with `error` if NVRTC refuses it, or if
/// the machine code spills many registers, or serialises what should overlap.
mlir::FailureOr<llvm::SmallVector<char, 0>>
generateCode(const std::string &code, const Target &target, std::string &error);

} // namespace sinter::cuda
