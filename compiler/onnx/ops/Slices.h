// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes graph.slice.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

/// A slice of some axes; the others stay whole.
class AxisSlices {
public:
  AxisSlices(NodeImport &node, mlir::Value value);
  void set(size_t axis, graph::DimAttr start, int64_t step,
           graph::DimAttr size);
  mlir::Value make();

private:
  NodeImport &node;
  mlir::Value value;
  Dims starts, sizes;
  llvm::SmallVector<int64_t> steps;
};

mlir::Value sliceAxis(NodeImport &node, mlir::Value value, size_t axis,
                      graph::DimAttr start, int64_t step, graph::DimAttr size);

/// The value, whose guard at run time checks that the axis is not shorter. A
/// constant dim is left to the op that uses the value.
mlir::Value atLeast(NodeImport &node, mlir::Value value, size_t axis,
                    int64_t least);

} // namespace sinter::onnx
