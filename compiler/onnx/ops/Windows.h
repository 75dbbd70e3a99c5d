// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes that convolutions and pools share.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

struct WindowAttributes {
  std::vector<int64_t> sizes, strides, pads, dilations;
};

/// With defaults filled in and auto_pad turned into pads. Nothing after an
/// error.
std::optional<WindowAttributes>
windowAttributes(NodeImport &node, llvm::ArrayRef<graph::DimAttr> spatial,
                 std::vector<int64_t> sizes);

/// A convolution with these windows; or with those that the node's attributes
/// give. The group attribute is the node's.
mlir::Value convolution(NodeImport &node, mlir::Value input, mlir::Value filter,
                        const WindowAttributes &windows);
mlir::Value convolution(NodeImport &node, mlir::Value input,
                        mlir::Value filter);

} // namespace sinter::onnx
