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

} // namespace sinter::onnx
