// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The stages of table rows, one function for each table.
#pragma once

#include "dialects/graph/Infer.h"
#include "dialects/kernel/StageBuilder.h"

namespace sinter::graph {

using StageValues = llvm::SmallVector<mlir::Value>;

/// ops/Unary.td.
StageValues
buildUnaryStage(mlir::Operation *op, mlir::OpBuilder &builder,
                llvm::function_ref<mlir::Value(kernel::Scalars &, mlir::Value,
                                               kernel::Sign)>
                    body);

/// ops/Binary.td.
StageValues
buildBinaryStage(mlir::Operation *op, mlir::OpBuilder &builder,
                 llvm::function_ref<mlir::Value(kernel::Scalars &, mlir::Value,
                                                mlir::Value, kernel::Sign)>
                     body);

/// Appends the spatial coordinates at which windows read their input. Result
/// axes 2... count the windows; iterators from `firstTap` on the taps.
void appendWindows(const kernel::StageBuilder &stage, unsigned firstTap,
                   const Windows &windows,
                   llvm::SmallVectorImpl<mlir::AffineExpr> &coordinates);

/// What a fold starts from.
enum class ReductionStart : uint8_t { zero, one, lowest, highest };

/// ops/Reduction.td. Sums and products of f16 and bf16 are folded in f32.
StageValues buildReductionStage(
    mlir::Operation *op, llvm::ArrayRef<int64_t> axes, mlir::OpBuilder &builder,
    ReductionStart start,
    llvm::function_ref<mlir::Value(kernel::Scalars &, mlir::Value, mlir::Value,
                                   kernel::Sign)>
        body);

/// The start of a fold over graph elements of this type.
mlir::TypedAttr startValue(mlir::Type element, ReductionStart start);

/// The stage that converts the elements of a value; the value itself if it has
/// the type already.
mlir::Value castStage(mlir::Value value, mlir::RankedTensorType to,
                      mlir::OpBuilder &builder, mlir::Location loc);

/// The type that sums of these elements are folded in: f32 for f16 and bf16.
mlir::Type accumulatorType(mlir::Type element);

} // namespace sinter::graph
