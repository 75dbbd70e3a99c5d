// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices and pads whose positions the model computes: a gather for each axis.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

/// Whether the inputs of a Slice need it: axes or steps, or starts or ends with
/// a negative step, are not known; or a dim decides on the sign of one.
bool needsPositions(NodeImport &node);
mlir::Value sliceByPositions(NodeImport &node);

/// Pads of all axes, before and after, as vectors of i64.
struct PadVectors {
  mlir::Value low, high;
};

/// In mode 'edge', 'reflect' or 'wrap'.
mlir::Value padByPositions(NodeImport &node, mlir::Value value,
                           std::string_view mode, const PadVectors &pads);

} // namespace sinter::onnx
