// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A store of constants for tests, whose keys are the values as text:
// `#graph.blob<"i64:2,3">`. Bools are 0 and 1.
#pragma once

#include "mlir/IR/DialectRegistry.h"

namespace sinter {

/// Attaches such a store to each context of this registry.
void registerTextConstants(mlir::DialectRegistry &registry);

} // namespace sinter
