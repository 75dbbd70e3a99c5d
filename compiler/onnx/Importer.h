// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an ONNX model to a function of graph ops.
#pragma once

#include "compiler/onnx/LoadModel.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace sinter::onnx {

struct ImportedGraph {
  /// One function `main`; argument and result attributes `graph.name` are the
  /// names of the model's inputs and outputs. Null if there are errors.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Everything that is wrong or unsupported, in the order of the nodes.
  std::vector<Error> errors;
};

/// Imports the graph of `model`. Constants become `graph.constant` with the
/// keys of `model.blobs`. Symbols are the dim_params of the inputs; a dim
/// without a name or size gets the symbol `<input>.<axis>`. An initializer is a
/// constant, also where it is listed as an input.
/// With `keepsAll` the results are, in place of the model's outputs, all
/// tensors that its nodes give, in the order of the ops; `graph.node` and
/// `graph.op` are then the node's name and its op type. Errors: E0200-E0219,
/// and those of tensorContents.
ImportedGraph importGraph(LoadedModel &model, mlir::MLIRContext &context,
                          bool keepsAll = false);

} // namespace sinter::onnx
