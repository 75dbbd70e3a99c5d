// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The result types of table rows, one function for each table. Each reports
// the violated constraint (C1...) at `loc` and fails.
#pragma once

#include "dialects/graph/Types.h"

namespace sinter::graph {

using InferredTypes = llvm::SmallVectorImpl<mlir::Type>;

/// ops/Binary.td. The result has element type `element`, or that of the
/// operands if it is null.
mlir::LogicalResult inferBinary(std::optional<mlir::Location> loc,
                                mlir::Value lhs, mlir::Value rhs,
                                mlir::Type element, InferredTypes &results);

/// ops/Reduction.td.
mlir::LogicalResult inferReduction(std::optional<mlir::Location> loc,
                                   mlir::Value input,
                                   llvm::ArrayRef<int64_t> axes, bool keepDims,
                                   InferredTypes &results);

/// The windows that convolutions and pools slide over spatial axes. `pads` are
/// those before each axis, then those after each.
struct Windows {
  llvm::ArrayRef<int64_t> sizes, strides, pads, dilations;
  /// A last window that begins inside of the input, but does not fit, counts.
  bool ceilMode = false;
};

/// Checks that there is a positive stride, dilation and (unless there are none)
/// size, and two non-negative pads for each axis.
mlir::LogicalResult checkWindows(std::optional<mlir::Location> loc,
                                 const Windows &windows, size_t spatialRank);

/// The number of windows along an axis. Failure if none fits the padded input,
/// or on overflow.
mlir::FailureOr<DimAttr> windowedSize(DimAttr input, const Windows &windows,
                                      size_t axis);

/// The dims of a value, or an error that says what its type lacks.
mlir::FailureOr<llvm::SmallVector<DimAttr>>
requireDims(std::optional<mlir::Location> loc, mlir::Value value);

/// Dims as text for messages: `[N, 3]`.
std::string toString(llvm::ArrayRef<DimAttr> dims);

} // namespace sinter::graph
