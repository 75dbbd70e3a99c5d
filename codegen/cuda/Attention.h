// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention on tensor cores: a block has queries of one head and reads keys and
// values a tile at a time; scores never leave its registers.
#pragma once

#include "codegen/cuda/StageLowering.h"

namespace sinter::cuda {

/// Whether the fused stages are an attention that lowerAttention takes: of
/// known widths, with queries, keys or values of 16 bits, all of one type.
bool isAttention(kernel::FusedOp op);

/// Writes the kernel of an attention, as lowerFused. Products are of 16 bits,
/// sums and the softmax of f32.
mlir::FailureOr<codegen::Kernel> lowerAttention(kernel::FusedOp op,
                                                const Lowering &lowering);

} // namespace sinter::cuda
