// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the sources of Dim.h share.
#pragma once

#include "dialects/graph/Attributes.h"

namespace sinter::graph {

/// A structural order: pointers would differ from run to run.
int compare(DimAttr lhs, DimAttr rhs);

/// The number of terms and factors.
int64_t sizeOf(llvm::ArrayRef<DimTermAttr> terms);

DimAttr fromFactor(mlir::Attribute factor);

/// The function on plain integers; the one place that says what it computes.
mlir::FailureOr<int64_t> applyConstants(DimFunction function, int64_t lhs,
                                        int64_t rhs);

} // namespace sinter::graph
