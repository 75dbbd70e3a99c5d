// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the last bit of a value decides on more than a last bit.
#pragma once

#include "mlir/IR/Value.h"

namespace sinter::kernel {

/// Is the value, or what a body computes from it, rounded to an integer? It is
/// then to be computed with the roundings that are written.
bool feedsRounding(mlir::Value value);

} // namespace sinter::kernel
