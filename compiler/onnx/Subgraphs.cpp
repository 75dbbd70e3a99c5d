// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Subgraphs, and If.
#include "compiler/onnx/ImporterImpl.h"
#include "dialects/graph/ops/If.h"

using namespace mlir;
using llvm::SmallVector;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

namespace sinter::onnx {

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
                                            const Scope &scope) {
  size_t errorsBefore = errors.size();
  Scope inner(scope.opsets, &scope);
  for (auto [input, value] : llvm::zip(graph.input(), inputs))
    define(input.name(), value, inner);
  addInitializers(graph, inner);
  ++depth;
  addNodes(graph.node(), inner);
  --depth;
  Values values;
  for (const auto &output : graph.output()) {
    values.push_back(inner.lookup(output.name()));
    if (!values.back() && !inner.hasFailed(output.name()))
      errors.push_back(makeError<errors::E0212>(output.name()));
  }
  if (errors.size() != errorsBefore || llvm::is_contained(values, Value()))
    return std::nullopt;
  return values;
}

//===- If -----------------------------------------------------------------===//

void Importer::addIf(const NodeProto &node, Scope &scope) {
  Value condition = scope.lookup(node.input_size() == 1 ? node.input(0) : "");
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
  std::optional<Values> values = addSubgraph(branch, {}, scope);
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
  for (auto [dim, other] : llvm::zip_equal(dims, others))
    if (dim != other)
      dim = state.newSymbol(labelOf(node.proto));
  return graph::tensorType(dims, node.element(yes));
}

/// Both branches, of which one runs.
void Importer::addBranches(NodeImport &node, Value condition, Scope &scope) {
  Value one = node.reshape(condition, {});
  Region regions[2];
  std::optional<Values> values[2];
  constexpr std::string_view names[] = {"then_branch", "else_branch"};
  for (auto [index, name] : llvm::enumerate(names)) {
    const GraphProto *branch = subgraph(node, name, node.proto.output_size());
    if (!branch)
      return fail(node.proto, scope, node.takeError());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&regions[index].emplaceBlock());
    values[index] = addSubgraph(*branch, {}, scope);
    if (values[index])
      graph::YieldOp::create(builder, node.loc, *values[index]);
  }
  SmallVector<Type> types;
  if (values[0] && values[1])
    for (auto [yes, no] : llvm::zip_equal(*values[0], *values[1]))
      types.push_back(widenBranches(node, yes, no));
  if (node.element(one) && !node.element(one).isInteger(1))
    node.invalid("the condition is no bool");
  if (node.failed() || !values[0] || !values[1]) {
    for (Region &region : regions)
      state.contents.forget(region);
    return fail(node.proto, scope, node.takeError());
  }
  auto branch = graph::IfOp::create(builder, node.loc, types, one);
  branch.getYes().takeBody(regions[0]);
  branch.getNo().takeBody(regions[1]);
  for (auto [result, name] :
       llvm::zip_equal(branch.getResults(), node.proto.output()))
    define(name, result, scope);
}

} // namespace sinter::onnx
