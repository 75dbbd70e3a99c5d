// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The normalization that several ops share.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

/// (x - mean) / sqrt(mean of squares + epsilon) over the axes; without
/// centring, and with a null mean, if not `isCentered`.
struct Normalized {
  mlir::Value value, mean, inverseDeviation;
};

Normalized normalize(NodeImport &node, mlir::Value x,
                     llvm::ArrayRef<int64_t> axes, float epsilon,
                     bool isCentered);

} // namespace sinter::onnx
