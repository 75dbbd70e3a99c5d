// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensor types of graph values.
#pragma once

#include "dialects/graph/Dim.h"

namespace sinter::graph {

/// The tensor type with these dims. The builtin shape repeats what is constant.
mlir::RankedTensorType tensorType(llvm::ArrayRef<DimAttr> dims,
                                  mlir::Type elementType);

/// The dims of a graph value's type: those of its encoding or, without one, its
/// static shape. Failure if the type is unranked, has a dynamic dim without an
/// expression, or an encoding of another dialect.
mlir::FailureOr<llvm::SmallVector<DimAttr>> dimsOf(mlir::Type type);

/// The dims that two values broadcast to, as ONNX defines it. Failure if two
/// constant dims differ and neither is 1.
mlir::FailureOr<llvm::SmallVector<DimAttr>>
broadcastDims(llvm::ArrayRef<DimAttr> lhs, llvm::ArrayRef<DimAttr> rhs);

} // namespace sinter::graph
