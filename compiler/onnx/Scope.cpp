// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/Scope.h"

using ::onnx::AttributeProto;
using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

namespace sinter::onnx {

mlir::Value Scope::lookup(llvm::StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->outer)
    if (auto entry = scope->values.find(name); entry != scope->values.end())
      return entry->second;
  return {};
}

bool Scope::hasFailed(llvm::StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->outer)
    if (scope->failed.contains(name))
      return true;
  return false;
}

bool Scope::isReady(llvm::StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->outer)
    if (scope->values.contains(name) || scope->failed.contains(name))
      return true;
  return false;
}

int64_t Scope::opsetOf(const std::string &domain) const {
  for (const auto &import : opsets)
    if (import.domain() == domain ||
        (isDefaultDomain(domain) && isDefaultDomain(import.domain())))
      return import.version();
  return 1;
}

namespace {

template <typename Function>
void forEachGraph(const NodeProto &node, Function function) {
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      function(attribute.g());
    for (const GraphProto &graph : attribute.graphs())
      function(graph);
  }
}

void addNeeded(const NodeProto &node, llvm::StringSet<> &needed);

/// What the graph does not give itself.
void addFree(const GraphProto &graph, llvm::StringSet<> &needed) {
  llvm::StringSet<> inside, given;
  for (const auto &input : graph.input())
    given.insert(input.name());
  for (const auto &tensor : graph.initializer())
    given.insert(tensor.name());
  for (const NodeProto &node : graph.node()) {
    addNeeded(node, inside);
    for (const std::string &output : node.output())
      given.insert(output);
  }
  for (const auto &output : graph.output())
    inside.insert(output.name());
  for (const auto &name : inside)
    if (!given.contains(name.getKey()))
      needed.insert(name.getKey());
}

void addNeeded(const NodeProto &node, llvm::StringSet<> &needed) {
  for (const std::string &name : node.input())
    if (!name.empty())
      needed.insert(name);
  forEachGraph(node, [&](const GraphProto &graph) { addFree(graph, needed); });
}

const AttributeProto *findAttribute(
    const google::protobuf::RepeatedPtrField<AttributeProto> &attributes,
    const std::string &name) {
  for (const AttributeProto &attribute : attributes)
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

void bindNodes(google::protobuf::RepeatedPtrField<NodeProto> &nodes,
               const FunctionProto &function, const NodeProto &call) {
  for (NodeProto &node : nodes) {
    auto *attributes = node.mutable_attribute();
    for (int index = attributes->size(); index-- > 0;) {
      AttributeProto &attribute = *attributes->Mutable(index);
      if (attribute.has_g())
        bindNodes(*attribute.mutable_g()->mutable_node(), function, call);
      for (GraphProto &graph : *attribute.mutable_graphs())
        bindNodes(*graph.mutable_node(), function, call);
      if (attribute.ref_attr_name().empty())
        continue;
      std::string name = attribute.name(), source = attribute.ref_attr_name();
      const AttributeProto *value = findAttribute(call.attribute(), source);
      if (!value)
        value = findAttribute(function.attribute_proto(), source);
      if (!value) {
        attributes->DeleteSubrange(index, 1);
        continue;
      }
      attribute = *value;
      attribute.set_name(name);
    }
  }
}

} // namespace

llvm::StringSet<> neededNames(const NodeProto &node) {
  llvm::StringSet<> needed;
  addNeeded(node, needed);
  return needed;
}

llvm::SmallVector<const NodeProto *> dependents(const Nodes &nodes,
                                                llvm::StringSet<> &names) {
  llvm::SmallVector<const NodeProto *> found;
  std::vector<llvm::StringSet<>> needed;
  for (const NodeProto &node : nodes)
    needed.push_back(neededNames(node));
  std::vector<bool> isFound(needed.size());
  // Files need not be in order: until a round finds nothing.
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t index = 0; index < needed.size(); ++index) {
      bool depends = llvm::any_of(needed[index], [&](const auto &name) {
        return names.contains(name.getKey());
      });
      if (isFound[index] || !depends)
        continue;
      isFound[index] = changed = true;
      for (const std::string &output : nodes[static_cast<int>(index)].output())
        if (!output.empty())
          names.insert(output);
    }
  }
  for (size_t index = 0; index < needed.size(); ++index)
    if (isFound[index])
      found.push_back(&nodes[static_cast<int>(index)]);
  return found;
}

void bindAttributes(FunctionProto &function, const NodeProto &call) {
  bindNodes(*function.mutable_node(), function, call);
}

} // namespace sinter::onnx
