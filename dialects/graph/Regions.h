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

/// Makes a symbol of each dim that differs from the other one, unless it is
/// such a symbol already. True if there was any. The ranks are equal.
bool widenDims(llvm::SmallVectorImpl<DimAttr> &dims,
               llvm::ArrayRef<DimAttr> others,
               llvm::function_ref<DimAttr()> newSymbol,
               llvm::function_ref<bool(llvm::StringRef)> isSuchSymbol);

/// The type of the slices of all runs. Dims that only a run knows become
/// symbols.
mlir::Type stackedType(mlir::Type slice, DimAttr runs,
                       llvm::function_ref<DimAttr()> newSymbol,
                       llvm::function_ref<bool(llvm::StringRef)> isOfARun);

/// The symbols of `to` that take their values from dims of `from`, with those.
llvm::SmallVector<std::pair<llvm::StringRef, DimAttr>>
widenedDims(mlir::Type from, mlir::Type to);

} // namespace sinter::graph
