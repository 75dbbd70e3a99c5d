// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which function imports which ONNX op.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

/// Makes the graph ops of one node; returns a value for each of its outputs
/// that the op supports, in order. What is returned counts only if the node has
/// no error.
using ImportOp = Values (*)(NodeImport &node);

struct OpRow {
  std::string_view type;
  /// Opset versions that the function understands.
  int64_t since, until;
  ImportOp import;
};

/// The row of an op; null if there is none.
const OpRow *findOp(std::string_view domain, std::string_view type);

} // namespace sinter::onnx
