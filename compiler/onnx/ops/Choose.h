// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes graph.gather_elements.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

mlir::Value gatherElements(NodeImport &node, mlir::Value input,
                           mlir::Value indices, int64_t axis);

} // namespace sinter::onnx
