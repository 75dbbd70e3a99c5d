// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Formulas in graph ops, for importers of composite ops.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

class Math {
public:
  explicit Math(NodeImport &node) : node(node) {}

  /// The node's one input.
  mlir::Value onlyInput() {
    return node.expectInputs(1, 1) ? node.input(0) : mlir::Value();
  }
  /// A scalar of the value's element type.
  mlir::Value like(mlir::Value value, double number) {
    return node.scalar(number, node.element(value));
  }
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  mlir::Value div(mlir::Value lhs, mlir::Value rhs);
  mlir::Value min(mlir::Value lhs, mlir::Value rhs);
  mlir::Value max(mlir::Value lhs, mlir::Value rhs);
  mlir::Value less(mlir::Value lhs, mlir::Value rhs);
  mlir::Value equal(mlir::Value lhs, mlir::Value rhs);
  mlir::Value logicalNot(mlir::Value value);
  mlir::Value abs(mlir::Value value);
  mlir::Value neg(mlir::Value value);
  mlir::Value exp(mlir::Value value);
  mlir::Value log(mlir::Value value);
  mlir::Value erf(mlir::Value value);
  mlir::Value tanh(mlir::Value value);
  mlir::Value sqrt(mlir::Value value);
  mlir::Value sigmoid(mlir::Value value);
  mlir::Value gelu(mlir::Value value);
  mlir::Value geluByTanh(mlir::Value value);
  mlir::Value sum(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                  bool keepDims);
  mlir::Value largest(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                      bool keepDims);
  /// The sum divided by the number of elements.
  mlir::Value mean(mlir::Value value, llvm::ArrayRef<int64_t> axes,
                   bool keepDims);
  /// f16 and bf16 as f32: what has several roundings is computed in f32.
  mlir::Value widen(mlir::Value value);

private:
  NodeImport &node;
};

/// From `first` to before `last`.
inline llvm::SmallVector<int64_t> axesBetween(int64_t first, int64_t last) {
  llvm::SmallVector<int64_t> axes;
  for (int64_t axis = first; axis < last; ++axis)
    axes.push_back(axis);
  return axes;
}

} // namespace sinter::onnx
