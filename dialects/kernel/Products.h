// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shape of products of matrices and convolutions.
#pragma once

#include "dialects/kernel/Kernel.h"

namespace sinter::kernel {

/// Does the stage fold `accumulator + a * b` over the elements a and b of its
/// two inputs, as they are?
bool sumsProducts(StageOp stage);

/// The same, where floats may be widened, or rounded to 16 bits, on the way.
bool sumsCastProducts(StageOp stage);

} // namespace sinter::kernel
