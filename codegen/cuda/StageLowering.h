// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From stages to CUDA C++.
#pragma once

#include "codegen/Backend.h"
#include "codegen/cuda/Targets.h"

namespace sinter::cuda {

/// Where a kernel's text goes, and what it may rely on.
struct Lowering {
  const Target &target;
  /// Whether all buffers are aligned to SINTER_ALIGNMENT.
  bool isAligned = false;
  std::string &code;
};

/// Writes the kernel of a stage. Fails with a diagnostic at the stage if its
/// sizes leave 64 bits.
mlir::FailureOr<codegen::Kernel> lowerStage(kernel::StageOp stage,
                                            const Lowering &lowering);

/// The same for fused stages.
mlir::FailureOr<codegen::Kernel> lowerFused(kernel::FusedOp op,
                                            const Lowering &lowering);

} // namespace sinter::cuda
