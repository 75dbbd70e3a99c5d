// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices and convolutions on tensor cores: blocks of results, of
// which both operands pass through shared memory.
#pragma once

#include "codegen/cuda/StageLowering.h"

namespace sinter::cuda {

/// Whether the stage is a sum of products that lowerContraction takes: of f32,
/// from a zero, with two operands, each of which several results share.
bool isContraction(kernel::StageOp stage);

/// Writes the kernel of a contraction, as lowerStage. Products are computed as
/// three of tf32, which loses nothing that f32 would keep.
mlir::FailureOr<codegen::Kernel> lowerContraction(kernel::StageOp stage,
                                                  const Lowering &lowering);

} // namespace sinter::cuda
