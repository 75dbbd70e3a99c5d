// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fused stages whose rows fit into registers.
#pragma once

#include "codegen/cuda/StageLowering.h"

namespace sinter::cuda {

/// The kernel of fused stages that have the same points in each row, each of
/// which reads of the others only what is at its own point, or the results of
/// folds. No kernel if they are others, or too many points.
std::optional<codegen::Kernel> lowerRows(kernel::FusedOp op,
                                         const Lowering &lowering);

} // namespace sinter::cuda
