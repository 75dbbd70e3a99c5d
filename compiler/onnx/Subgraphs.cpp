// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Subgraphs, and If.
#include "compiler/onnx/ImporterImpl.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Sequences.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/If.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

namespace sinter::onnx {

namespace {

bool haveEqualRanks(const Values &some, const Values &others) {
  return llvm::all_of(llvm::zip_equal(some, others), [](auto pair) {
    auto rankOf = [](Value value) {
      return cast<RankedTensorType>(value.getType()).getRank();
    };
    return rankOf(std::get<0>(pair)) == rankOf(std::get<1>(pair));
  });
}

} // namespace

/// The graph of an attribute; null after E0206.
const GraphProto *Importer::subgraph(NodeImport &node, std::string_view name,
                                     size_t outputs) {
  const auto *attribute = node.find(name);
  if (attribute && attribute->has_g() &&
      static_cast<size_t>(attribute->g().output_size()) == outputs)
    return &attribute->g();
  node.invalid(fmt::format("the graph '{}' is not there, or has not {} outputs",
                           name, outputs));
  return nullptr;
}

bool Importer::countCall() { return ++calls <= maxCalls && depth < maxDepth; }

Error Importer::callError(const NodeProto &node) {
  return makeError<errors::E0215>(labelOf(node), node.op_type(), maxDepth,
                                  maxCalls);
}

std::optional<Values> Importer::addSubgraph(const GraphProto &graph,
                                            ValueRange inputs,
                                            const Scope &scope,
                                            bool keepsTensors) {
  size_t errorsBefore = errors.size();
  Scope inner(scope.opsets, &scope);
  for (auto [input, value] : llvm::zip(graph.input(), inputs))
    define(input.name(), value, inner);
  addInitializers(graph, inner);
  for (const auto &output : graph.output())
    inner.outputs.insert(output.name());
  ++depth;
  addNodes(graph.node(), inner);
  --depth;
  Values values;
  for (const auto &output : graph.output()) {
    values.push_back(inner.lookup(output.name()));
    if (!values.back() && !inner.hasFailed(output.name()))
      errors.push_back(makeError<errors::E0212>(output.name()));
  }
  for (auto [output, value] : llvm::zip_equal(graph.output(), values))
    if (keepsTensors && isSequence(value))
      errors.push_back(makeError<errors::E0218>(output.name()));
  if (errors.size() != errorsBefore || llvm::is_contained(values, Value()))
    return std::nullopt;
  return values;
}

//===- If -----------------------------------------------------------------===//

void Importer::addIf(const NodeProto &node, Scope &scope) {
  Value condition = scope.lookup(node.input_size() == 1 ? node.input(0) : "");
  if (isSequence(condition))
    return fail(node, scope,
                makeError<errors::E0217>(labelOf(node), node.op_type(), 0));
  Location loc = NameLoc::get(builder.getStringAttr(labelOf(node)));
  NodeImport import(node, scope.opsetOf(""), condition, state, loc);
  if (!import.expectInputs(1, 1))
    return fail(node, scope, import.takeError());
  if (!countCall())
    return fail(node, scope, callError(node));
  std::optional<Dims> known = import.known(0);
  if (!known || known->size() != 1 || !known->front().getConstant())
    return addBranches(import, condition, scope);
  const GraphProto *branch = subgraph(
      import, *known->front().getConstant() ? "then_branch" : "else_branch",
      node.output_size());
  if (!branch)
    return fail(node, scope, import.takeError());
  inlineBranch(node, *branch, scope);
}

/// The branch that a known condition chooses, in place of the node.
void Importer::inlineBranch(const NodeProto &node, const GraphProto &branch,
                            Scope &scope) {
  std::optional<Values> values = addSubgraph(branch, {}, scope, false);
  if (!values)
    return fail(node, scope, std::nullopt);
  for (auto [value, name] : llvm::zip(*values, node.output()))
    define(name, value, scope);
}

/// The type of a result; null after an error.
Type Importer::widenBranches(NodeImport &node, Value yes, Value no) {
  Dims dims = node.dims(yes), others = node.dims(no);
  if (node.element(yes) != node.element(no)) {
    node.invalid("the branches give different element types");
    return {};
  }
  if (dims.size() != others.size()) {
    node.fail(makeError<errors::E0214>(
        labelOf(node.proto), node.proto.op_type(), dims.size(), others.size()));
    return {};
  }
  graph::widenDims(
      dims, others, [&] { return state.newSymbol(labelOf(node.proto)); },
      [](llvm::StringRef) { return false; });
  return graph::tensorType(dims, node.element(yes));
}

/// Imports a branch where the builder is.
void Importer::addBranch(NodeImport &node, Branch &branch, Scope &scope) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&branch.region.emplaceBlock());
  branch.values = addSubgraph(*branch.graph, {}, scope, true);
}

/// What needs the results of a node in its own graph is imported into both
/// branches: the results become those that the graph gives.
void Importer::continueBranches(NodeImport &node, Branch (&branches)[2],
                                llvm::SmallVectorImpl<std::string> &names,
                                Scope &scope) {
  llvm::StringSet<> affected;
  for (const std::string &name : names)
    affected.insert(name);
  SmallVector<const NodeProto *> rest = dependents(*scope.nodes, affected);
  Nodes nodes;
  for (const NodeProto *dependent : rest) {
    *nodes.Add() = *dependent;
    scope.done.insert(dependent);
  }
  SmallVector<std::string> given;
  for (const auto &name : affected)
    if (scope.outputs.contains(name.getKey()))
      given.push_back(name.getKey().str());
  llvm::sort(given);
  for (Branch &branch : branches) {
    Scope inner(scope.opsets, &scope);
    inner.outputs = scope.outputs;
    for (auto [name, value] : llvm::zip_equal(names, *branch.values))
      define(name, value, inner);
    size_t errorsBefore = errors.size();
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&branch.region.front());
    ++depth;
    addNodes(nodes, inner);
    --depth;
    branch.errors.assign(errors.begin() + errorsBefore, errors.end());
    errors.erase(errors.begin() + errorsBefore, errors.end());
    branch.values.emplace();
    for (const std::string &name : given) {
      branch.values->push_back(inner.lookup(name));
      if (isSequence(branch.values->back()))
        branch.errors.push_back(makeError<errors::E0218>(name));
    }
  }
  names.assign(given.begin(), given.end());
}

/// A branch that is no valid model can only end the run; the other one is in
/// place of the node. False if both are valid, or both are not.
bool Importer::inlineOnlyBranch(NodeImport &node, Value condition,
                                Branch (&branches)[2],
                                ArrayRef<std::string> names, Scope &scope) {
  auto isInvalid = [](const Branch &branch) {
    return !branch.errors.empty() &&
           llvm::all_of(branch.errors, [](const Error &error) {
             return errorClass(error.number) == ErrorClass::model;
           });
  };
  size_t valid = branches[0].errors.empty() ? 0 : 1;
  if (!branches[valid].errors.empty() || !isInvalid(branches[1 - valid]))
    return false;
  if (valid == 1)
    condition = Parts(node).logicalNot(condition);
  node.check(condition,
             fmt::format("node '{}': a branch cannot run: {}",
                         labelOf(node.proto),
                         branches[1 - valid].errors.front().message));
  Block &from = branches[valid].region.front();
  builder.getInsertionBlock()->getOperations().splice(
      builder.getInsertionPoint(), from.getOperations());
  for (auto [name, value] : llvm::zip_equal(names, *branches[valid].values))
    define(name, value, scope);
  state.contents.forget(branches[1 - valid].region);
  return true;
}

/// Both branches, of which one runs.
void Importer::addBranches(NodeImport &node, Value condition, Scope &scope) {
  Value one = node.reshape(condition, {});
  if (node.element(one) && !node.element(one).isInteger(1))
    node.invalid("the condition is no bool");
  size_t count = node.proto.output_size();
  Branch branches[2];
  branches[0].graph = subgraph(node, "then_branch", count);
  branches[1].graph = subgraph(node, "else_branch", count);
  if (node.failed())
    return fail(node.proto, scope, node.takeError());
  for (Branch &branch : branches)
    addBranch(node, branch, scope);
  SmallVector<std::string> names(node.proto.output().begin(),
                                 node.proto.output().end());
  bool isComplete = branches[0].values && branches[1].values;
  if (isComplete && !haveEqualRanks(*branches[0].values, *branches[1].values)) {
    continueBranches(node, branches, names, scope);
    if (inlineOnlyBranch(node, one, branches, names, scope))
      return;
    for (Branch &branch : branches) {
      isComplete &= branch.errors.empty();
      llvm::append_range(errors, branch.errors);
    }
  }
  SmallVector<Type> types;
  if (isComplete)
    for (auto [yes, no] :
         llvm::zip_equal(*branches[0].values, *branches[1].values))
      types.push_back(widenBranches(node, yes, no));
  if (node.failed() || !isComplete) {
    for (Branch &branch : branches)
      state.contents.forget(branch.region);
    for (const std::string &name : names)
      scope.failed.insert(name);
    return fail(node.proto, scope, node.takeError());
  }
  auto choice = graph::IfOp::create(builder, node.loc, types, one);
  for (auto [region, branch] : llvm::zip(choice.getRegions(), branches)) {
    builder.setInsertionPointToEnd(&branch.region.front());
    graph::YieldOp::create(builder, node.loc, *branch.values);
    region->takeBody(branch.region);
  }
  builder.setInsertionPointAfter(choice);
  for (auto [result, name] : llvm::zip_equal(choice.getResults(), names))
    define(name, result, scope);
}

} // namespace sinter::onnx
