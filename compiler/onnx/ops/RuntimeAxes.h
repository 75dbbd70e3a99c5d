// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Axes that the model computes: dims become symbols of the run.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

/// The axes of an input whose number is constant.
class RuntimeAxes {
public:
  /// E0207 where the number of axes is not known.
  RuntimeAxes(NodeImport &node, size_t index, int64_t rank);

  int64_t count() const { return number; }
  /// A vector over all axes: 1 for those of the input, else 0, as i64.
  mlir::Value chosen() const { return flags; }
  /// A vector over all axes: the numbers of a vector over the input's axes, or
  /// `otherwise`.
  mlir::Value spread(mlir::Value numbers, int64_t otherwise);
  /// For each axis, how many before it are not chosen.
  mlir::Value rankOfKept();

private:
  mlir::Value hits;  // input's axes x all axes, bool
  mlir::Value flags; // all axes
  NodeImport &node;
  int64_t rank, number = 0;
};

/// Whether an input is there whose elements are not known when the model is
/// compiled.
bool isRuntime(NodeImport &node, size_t index);

/// The value with pairs of dims for each axis, of which the second is 1 unless
/// the axis is chosen, and the first is 1 if it is.
mlir::Value splitChosen(NodeImport &node, mlir::Value value,
                        const RuntimeAxes &axes);

/// Without the axes that are chosen, which have size 1 in `value`. `dims` are
/// those that count.
mlir::Value dropChosen(NodeImport &node, mlir::Value value,
                       llvm::ArrayRef<graph::DimAttr> dims, RuntimeAxes &axes);

/// What Unsqueeze gives; the axes are those of the result.
mlir::Value insertChosen(NodeImport &node, mlir::Value value,
                         RuntimeAxes &axes);

/// As dims before x axis x behind, for an axis that is computed.
mlir::Value aroundAxis(NodeImport &node, mlir::Value value, mlir::Value axis);

} // namespace sinter::onnx
