// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Formulas that move elements and multiply matrices, beside those of Math.h.
#pragma once

#include "compiler/onnx/ops/Math.h"

namespace sinter::onnx {

class Parts : public Math {
public:
  explicit Parts(NodeImport &node) : Math(node), node(node) {}

  mlir::Value floor(mlir::Value value);
  mlir::Value ceil(mlir::Value value);
  mlir::Value round(mlir::Value value);
  mlir::Value relu(mlir::Value value);
  mlir::Value both(mlir::Value lhs, mlir::Value rhs);
  mlir::Value either(mlir::Value lhs, mlir::Value rhs);
  mlir::Value lessOrEqual(mlir::Value lhs, mlir::Value rhs);
  mlir::Value smallest(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                       bool keepDims);
  /// min(max(value, low), high)
  mlir::Value clamp(mlir::Value value, mlir::Value low, mlir::Value high);

  /// Of matrices under broadcast batch dims; and with vectors, as ONNX MatMul.
  mlir::Value matMul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value vectorMatMul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value gather(mlir::Value value, mlir::Value indices, int64_t axis);
  /// Adds a number before and after an axis; negative sizes take away.
  mlir::Value pad(mlir::Value value, int64_t axis,
                  std::pair<int64_t, int64_t> sizes, double number = 0);
  /// Swaps the last two axes.
  mlir::Value swapLast(mlir::Value value);
  /// Elements in reverse along an axis.
  mlir::Value reverse(mlir::Value value, int64_t axis);
  /// A vector as a tensor of the rank, along the axis.
  mlir::Value along(mlir::Value vector, int64_t axis, int64_t rank);
  /// A dim as a scalar of the type.
  mlir::Value size(graph::DimAttr dim, mlir::Type element);
  /// Indices with negative ones counted from the end, as i64.
  mlir::Value wrap(mlir::Value indices, graph::DimAttr dim);

  /// The product of dims.
  graph::DimAttr product(llvm::ArrayRef<graph::DimAttr> dims);

private:
  NodeImport &node;
};

/// The elements of a constant input of f32; nothing for others.
std::optional<std::vector<float>> knownFloats(NodeImport &node, size_t index);
/// The same; E0207 for others.
std::optional<std::vector<float>> constantFloats(NodeImport &node,
                                                 size_t index);

} // namespace sinter::onnx
