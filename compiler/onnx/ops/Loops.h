// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes graph.loop, for importers of ops that repeat a computation.
#pragma once

#include "compiler/onnx/NodeImport.h"

namespace sinter::onnx {

struct LoopValues {
  /// The carried values: the next ones inside, the last ones of a loop.
  Values carried;
  /// A slice each inside; all slices of a loop, along a new first axis.
  Values slices;
};

/// Runs `body` for each number from 0 to before `trips`. Carried values keep
/// the dims of `inits`. One run alone is no loop. No values after an error.
LoopValues makeLoop(
    NodeImport &node, graph::DimAttr trips, mlir::ValueRange inits,
    llvm::function_ref<LoopValues(graph::DimAttr run, mlir::ValueRange)> body);

/// Slice number `at` of the first axis, without that axis.
mlir::Value sliceAt(NodeImport &node, mlir::Value value, graph::DimAttr at);

} // namespace sinter::onnx
