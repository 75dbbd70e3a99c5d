// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the ops with regions have in common.
#pragma once

#include "dialects/graph/Types.h"

namespace sinter::graph {

/// A tensor of one signless integer of this width.
bool isSingle(mlir::Type type, unsigned width);

/// The name of the symbol that is the whole dim; empty if it is none.
llvm::StringRef symbolOf(DimAttr dim);

/// Calls `visit` with the name of each symbol in the dim.
void forEachSymbol(DimAttr dim,
                   llvm::function_ref<void(llvm::StringRef)> visit);

/// Whether a value of the type `from` may become one of the type `to`: element
/// type and rank are the same, and each dim is, or is a symbol alone in `to`.
bool isWidened(mlir::Type from, mlir::Type to);

/// The symbols of `to` that take their values from dims of `from`, with those.
llvm::SmallVector<std::pair<llvm::StringRef, DimAttr>>
widenedDims(mlir::Type from, mlir::Type to);

} // namespace sinter::graph
