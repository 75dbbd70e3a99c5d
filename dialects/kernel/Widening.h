// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bodies in f32 instead of 16 bits.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Whether widenFloats() knows all ops of a stage: none of them looks at bits.
bool canWiden(StageOp stage);

/// Computes in f32 what a body says in 16 bits. `isWide` says of which
/// arguments the elements have become f32; others of 16 bits are widened. What
/// the body yields is f32, and nothing of it is rounded to 16 bits.
void widenFloats(mlir::Block &block,
                 llvm::function_ref<bool(mlir::BlockArgument)> isWide);

} // namespace sinter::kernel
