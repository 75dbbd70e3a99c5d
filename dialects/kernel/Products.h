// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shape of products of matrices and convolutions.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// What the value was before its floats were widened or rounded.
mlir::Value beforeCasts(mlir::Value value);

/// Does the stage fold `accumulator + a * b` over the elements a and b of its
/// two inputs, as they are but for casts of floats?
bool sumsProducts(StageOp stage);

} // namespace sinter::kernel
