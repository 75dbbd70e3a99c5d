// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sequences as values: the results of graph.sequence.
#pragma once

#include "mlir/IR/Value.h"
#include <string_view>

namespace sinter::onnx {

/// False for null.
bool isSequence(mlir::Value value);

/// Whether an op has an importer that knows of sequences.
bool takesSequences(std::string_view op);

} // namespace sinter::onnx
