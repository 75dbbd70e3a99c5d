// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The importer of a graph, whose parts are in Importer.cpp (nodes and calls),
// Subgraphs.cpp (subgraphs and If) and Iterations.cpp (Loop and Scan).
#pragma once

#include "compiler/onnx/Importer.h"
#include "compiler/onnx/NodeImport.h"
#include "compiler/onnx/Scope.h"
#include "dialects/graph/ops/Loop.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::onnx {

class Importer {
public:
  Importer(LoadedModel &model, mlir::MLIRContext &context, bool keepsAll);

  ImportedGraph run();

private:
  using Value = mlir::Value;
  using NodeProto = ::onnx::NodeProto;
  using GraphProto = ::onnx::GraphProto;

  void addInitializers(const GraphProto &graph, Scope &scope);
  Result<mlir::RankedTensorType> inputType(const ::onnx::ValueInfoProto &input);
  void addNodes(const Nodes &nodes, Scope &scope);
  /// The node's inputs; null where one is left out. False (E0217) if one is a
  /// sequence.
  bool lookUpTensors(const NodeProto &node, Scope &scope,
                     llvm::SmallVectorImpl<Value> &inputs);
  void addNode(const NodeProto &node, Scope &scope);
  void addCall(const NodeProto &node, const ::onnx::FunctionProto &function,
               Scope &scope);
  const ::onnx::FunctionProto *findFunction(const NodeProto &node) const;
  void fail(const NodeProto &node, Scope &scope, std::optional<Error> error);
  Value simplifyContents(NodeImport &node, Value value);
  void reportBlocked(const NodeProto &node, const Nodes &nodes, Scope &scope);
  void define(const std::string &name, Value value, Scope &scope);
  void finish(mlir::func::FuncOp function);
  /// Of each result its name, and its node where that is told.
  using ResultNames = std::vector<std::pair<std::string, const NodeProto *>>;
  Values modelOutputs(ResultNames &names);
  Values nodeOutputs(ResultNames &names);

  // Nodes with subgraphs.
  /// Counts a call or subgraph. False if they are too many or nest too deeply.
  bool countCall();
  static Error callError(const NodeProto &node);
  const GraphProto *subgraph(NodeImport &node, std::string_view name,
                             size_t outputs);
  void addIf(const NodeProto &node, Scope &scope);
  void addLoop(const NodeProto &node, Scope &scope);
  void addScan(const NodeProto &node, Scope &scope);
  void inlineBranch(const NodeProto &node, const GraphProto &branch,
                    Scope &scope);
  /// A branch of an If in the making.
  struct Branch {
    const GraphProto *graph = nullptr;
    mlir::Region region;
    std::optional<Values> values;
    std::vector<Error> errors;
  };
  void addBranches(NodeImport &node, Value condition, Scope &scope);
  void addBranch(NodeImport &node, Branch &branch, Scope &scope);
  void continueBranches(NodeImport &node, Branch (&branches)[2],
                        llvm::SmallVectorImpl<std::string> &names,
                        Scope &scope);
  bool inlineOnlyBranch(NodeImport &node, Value condition,
                        Branch (&branches)[2],
                        llvm::ArrayRef<std::string> names, Scope &scope);
  /// The values of the subgraph's outputs, made where the builder is; nothing
  /// after an error. `inputs` are the first of its inputs. E0218 if
  /// `keepsTensors` and an output is a sequence.
  std::optional<Values> addSubgraph(const GraphProto &graph,
                                    mlir::ValueRange inputs, const Scope &scope,
                                    bool keepsTensors);
  mlir::Type widenBranches(NodeImport &node, Value yes, Value no);

  /// A Loop or Scan in the making.
  struct LoopParts;
  Values addLoopParts(NodeImport &node, LoopParts &parts, const Scope &scope);
  bool addLoopBody(NodeImport &node, LoopParts &parts, const Scope &scope);
  bool isOfALoop(llvm::StringRef symbol, const LoopParts &parts) const;
  bool widenCarried(NodeImport &node, LoopParts &parts);
  Values makeScan(NodeImport &node, llvm::ArrayRef<Value> inits,
                  llvm::ArrayRef<Value> scanned, const Scope &scope);
  Values makeBatchedScan(NodeImport &node, llvm::ArrayRef<Value> inits,
                         llvm::ArrayRef<Value> scanned, const Scope &scope);
  Values scannedInputs(NodeImport &node, LoopParts &parts,
                       llvm::ArrayRef<Value> inputs);

  LoadedModel &model;
  const GraphProto &graph;
  mlir::OpBuilder builder;
  ImportState state;
  bool keepsAll;
  Scope top;
  /// The nodes of the model's graph, in the order of their ops.
  std::vector<const NodeProto *> order;
  /// Calls of functions and subgraphs so far, and those around the current
  /// node.
  static constexpr int64_t maxCalls = 100000, maxDepth = 64;
  int64_t calls = 0, depth = 0;
  std::vector<Error> errors;
};

} // namespace sinter::onnx
