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

} // namespace sinter::onnx
