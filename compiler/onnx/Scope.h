// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which values the nodes of a graph, subgraph or function see.
#pragma once

#include "mlir/IR/Value.h"
#include "onnx_model.pb.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace sinter::onnx {

using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;
using OpsetImports =
    google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>;

inline bool isDefaultDomain(const std::string &domain) {
  return domain.empty() || domain == "ai.onnx";
}

/// The values by name. A subgraph sees those of the scope around it, a
/// function's body only its own.
struct Scope {
  const Scope *outer;
  const OpsetImports &opsets;
  /// Null for an input of a function that the caller leaves out.
  llvm::StringMap<mlir::Value> values;
  /// Outputs of nodes with errors: what needs them is not reported again.
  llvm::StringSet<> failed;
  /// The nodes of this graph or function, and the names that it gives.
  const Nodes *nodes = nullptr;
  llvm::StringSet<> outputs;
  /// Nodes that have been imported ahead of their turn.
  llvm::DenseSet<const ::onnx::NodeProto *> done;

  explicit Scope(const OpsetImports &opsets, const Scope *outer = nullptr)
      : outer(outer), opsets(opsets) {}

  mlir::Value lookup(llvm::StringRef name) const;
  bool hasFailed(llvm::StringRef name) const;
  /// True if no node need come first for this name.
  bool isReady(llvm::StringRef name) const;
  /// The version of a domain; 1 if the model does not say.
  int64_t opsetOf(const std::string &domain) const;
};

/// The names that a node needs: its inputs, and what its subgraphs take from
/// the scopes around them.
llvm::StringSet<> neededNames(const ::onnx::NodeProto &node);

/// The nodes that need one of these names, directly or not, in their order;
/// adds what they give to the names.
llvm::SmallVector<const ::onnx::NodeProto *>
dependents(const Nodes &nodes, llvm::StringSet<> &names);

/// Gives attributes that refer to those of the function the values of the call
/// or their defaults, and removes those that have neither.
void bindAttributes(::onnx::FunctionProto &function,
                    const ::onnx::NodeProto &call);

} // namespace sinter::onnx
