// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Constants from the lists of numbers that nodes carry.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

template <typename T>
mlir::Value tableOf(NodeImport &node, llvm::ArrayRef<T> values,
                    mlir::Type element, llvm::ArrayRef<int64_t> shape) {
  auto *first = reinterpret_cast<const std::byte *>(values.data());
  Dims dims;
  for (int64_t size : shape)
    dims.push_back(node.dim(size));
  return node.constant({first, first + values.size() * sizeof(T)},
                       graph::tensorType(dims, element));
}

/// A vector of f32 of the model's own.
inline mlir::Value vectorOf(NodeImport &node, llvm::ArrayRef<float> values) {
  return tableOf(node, values, node.builder.getF32Type(),
                 static_cast<int64_t>(values.size()));
}

/// An attribute's floats; none if it is not there.
inline std::vector<float> numbersOf(NodeImport &node, std::string_view name) {
  const auto *attribute = node.find(name);
  if (!attribute)
    return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

} // namespace sinter::onnx
