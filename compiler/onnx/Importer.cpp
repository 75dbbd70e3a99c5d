// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/Importer.h"

#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/ImporterImpl.h"
#include "compiler/onnx/OpTable.h"
#include "compiler/onnx/Specialize.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Sequences.h"
#include "dialects/graph/Infer.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Dims.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using llvm::SmallVector;
using ::onnx::FunctionProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::ValueInfoProto;

namespace sinter::onnx {

Importer::Importer(LoadedModel &model, MLIRContext &context, bool keepsAll)
    : model(model), graph(model.proto.graph()), builder(&context),
      state(model, builder), keepsAll(keepsAll),
      top(model.proto.opset_import()) {}

void Importer::define(const std::string &name, Value value, Scope &scope) {
  if (name.empty())
    return;
  if (!scope.values.try_emplace(name, value).second)
    errors.push_back(makeError<errors::E0208>(name));
}

void Importer::addInitializers(const GraphProto &graph, Scope &scope) {
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    Result<Value> value =
        importTensor(tensor, state, tensor.name(), builder.getUnknownLoc());
    if (value) {
      define(tensor.name(), *value, scope);
      continue;
    }
    errors.push_back(std::move(value).error());
    scope.failed.insert(tensor.name());
  }
}

Result<RankedTensorType> Importer::inputType(const ValueInfoProto &input) {
  MLIRContext *context = builder.getContext();
  const auto &type = input.type().tensor_type();
  if (!input.type().has_tensor_type() || !type.has_shape())
    return makeError<errors::E0209>(input.name());
  Type element = elementType(context, type.elem_type());
  if (!element)
    return makeError<errors::E0210>(input.name(), type.elem_type());
  SmallVector<graph::DimAttr> dims;
  for (const auto &dim : type.shape().dim()) {
    if (dim.has_dim_value() && dim.dim_value() < -1)
      return makeError<errors::E0211>(input.name(), dims.size(),
                                      dim.dim_value());
    std::string symbol = symbolOf(input, static_cast<int>(dims.size()));
    dims.push_back(symbol.empty()
                       ? graph::DimAttr::constant(context, dim.dim_value())
                       : graph::DimAttr::symbol(context, symbol));
  }
  RankedTensorType result = graph::tensorType(dims, element);
  if (failed(bytesOf(result)))
    return makeError<errors::E0216>(input.name(), graph::toString(dims));
  return result;
}

/// Small integer tensors of known elements are written as such: their shape
/// computation is not needed any more.
Value Importer::simplifyContents(NodeImport &node, Value value) {
  constexpr int64_t maxElements = 16;
  if (isSequence(value))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  if (!op || isa<graph::ConstantOp>(op) ||
      !isa<IntegerType>(type.getElementType()) || !type.hasStaticShape() ||
      type.getNumElements() > maxElements)
    return value;
  std::optional<Dims> known = state.contents.known(value);
  if (!known)
    return value;
  std::vector<std::byte> bytes;
  size_t size = (type.getElementTypeBitWidth() + 7) / 8;
  for (graph::DimAttr dim : *known) {
    if (!dim.getConstant()) {
      if (isa<graph::DimsOp>(op))
        return value;
      return node.dimsValue(*known, type.getShape(), type.getElementType());
    }
    for (size_t byte = 0; byte < size; ++byte)
      bytes.push_back(static_cast<std::byte>(*dim.getConstant() >> (8 * byte)));
  }
  return node.constant(std::move(bytes), type);
}

void Importer::fail(const NodeProto &node, Scope &scope,
                    std::optional<Error> error) {
  if (error)
    errors.push_back(std::move(*error));
  for (const std::string &output : node.output())
    scope.failed.insert(output);
}

const FunctionProto *Importer::findFunction(const NodeProto &node) const {
  for (const FunctionProto &function : model.proto.functions())
    if (function.name() == node.op_type() &&
        function.domain() == node.domain() &&
        function.overload() == node.overload())
      return &function;
  return nullptr;
}

bool Importer::lookUpTensors(const NodeProto &node, Scope &scope,
                             llvm::SmallVectorImpl<Value> &inputs) {
  for (const std::string &name : node.input())
    inputs.push_back(scope.lookup(name));
  for (auto [index, input] : llvm::enumerate(inputs))
    if (isSequence(input) && !takesSequences(node.op_type())) {
      fail(node, scope,
           makeError<errors::E0217>(labelOf(node), node.op_type(), index));
      return false;
    }
  return true;
}

void Importer::addNode(const NodeProto &node, Scope &scope) {
  if (scope.done.contains(&node))
    return;
  if (&scope == &top)
    order.push_back(&node);
  for (const auto &name : neededNames(node))
    if (scope.hasFailed(name.getKey()))
      return fail(node, scope, std::nullopt);
  if (const FunctionProto *function = findFunction(node))
    return addCall(node, *function, scope);
  bool isDefault = isDefaultDomain(node.domain());
  if (isDefault && node.op_type() == "If")
    return addIf(node, scope);
  if (isDefault && node.op_type() == "Loop")
    return addLoop(node, scope);
  if (isDefault && node.op_type() == "Scan")
    return addScan(node, scope);
  const OpRow *row = findOp(node.domain(), node.op_type());
  if (!row)
    return fail(
        node, scope,
        makeError<errors::E0200>(labelOf(node), node.op_type(),
                                 isDefault ? "ai.onnx" : node.domain()));
  int64_t opset = scope.opsetOf(node.domain());
  if (opset < row->since || opset > row->until)
    return fail(node, scope,
                makeError<errors::E0201>(labelOf(node), node.op_type(), opset));
  SmallVector<Value> inputs;
  if (!lookUpTensors(node, scope, inputs))
    return;
  Location loc = NameLoc::get(builder.getStringAttr(labelOf(node)));
  NodeImport import(node, opset, inputs, state, loc);
  Values outputs = row->import(import);
  outputs.resize(node.output_size());
  for (auto [name, value] : llvm::zip(node.output(), outputs))
    if (!name.empty() && !value)
      import.unsupported(fmt::format("output '{}'", name),
                         "the outputs before");
  if (import.failed())
    return fail(node, scope, import.takeError());
  for (auto [name, value] : llvm::zip(node.output(), outputs))
    if (value)
      define(name, simplifyContents(import, value), scope);
}

/// The body of a function, in place of the node.
void Importer::addCall(const NodeProto &node, const FunctionProto &function,
                       Scope &scope) {
  if (!countCall() || node.input_size() > function.input_size() ||
      node.output_size() > function.output_size())
    return fail(node, scope, callError(node));
  FunctionProto body = function;
  bindAttributes(body, node);
  Scope inner(body.opset_import());
  for (int index = 0; index < function.input_size(); ++index)
    define(function.input(index),
           index < node.input_size() ? scope.lookup(node.input(index))
                                     : Value(),
           inner);
  inner.outputs.insert(function.output().begin(), function.output().end());
  ++depth;
  addNodes(body.node(), inner);
  --depth;
  for (int index = 0; index < node.output_size(); ++index) {
    const std::string &output = function.output(index);
    if (Value value = inner.lookup(output)) {
      define(node.output(index), value, scope);
      continue;
    }
    if (!inner.hasFailed(output))
      errors.push_back(makeError<errors::E0212>(output));
    scope.failed.insert(node.output(index));
  }
}

/// Says why a node never became ready: a value that nothing gives, or a cycle.
void Importer::reportBlocked(const NodeProto &node, const Nodes &nodes,
                             Scope &scope) {
  for (const std::string &output : node.output())
    scope.failed.insert(output);
  llvm::StringSet<> given;
  for (const NodeProto &other : nodes)
    for (const std::string &output : other.output())
      given.insert(output);
  for (const auto &name : neededNames(node))
    if (!scope.isReady(name.getKey()) && !given.contains(name.getKey())) {
      errors.push_back(makeError<errors::E0202>(labelOf(node), node.op_type(),
                                                name.getKey().str()));
      return;
    }
  errors.push_back(makeError<errors::E0203>(labelOf(node), node.op_type()));
}

/// In an order in which every node comes after those it needs; files need not
/// have one.
void Importer::addNodes(const Nodes &nodes, Scope &scope) {
  scope.nodes = &nodes;
  llvm::StringMap<SmallVector<const NodeProto *, 2>> waiting;
  llvm::DenseMap<const NodeProto *, size_t> missing;
  SmallVector<const NodeProto *> ready;
  for (const NodeProto &node : nodes) {
    size_t count = 0;
    for (const auto &name : neededNames(node))
      if (!scope.isReady(name.getKey())) {
        waiting[name.getKey()].push_back(&node);
        ++count;
      }
    missing[&node] = count;
    if (count == 0)
      ready.push_back(&node);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    const NodeProto &node = *ready[next];
    addNode(node, scope);
    for (const std::string &output : node.output()) {
      auto entry = waiting.find(output);
      if (entry == waiting.end())
        continue;
      for (const NodeProto *user : entry->second)
        if (--missing[user] == 0)
          ready.push_back(user);
      waiting.erase(entry);
    }
  }
  for (const NodeProto &node : nodes)
    if (missing[&node] != 0)
      reportBlocked(node, nodes, scope);
}

Values Importer::modelOutputs(ResultNames &names) {
  Values results;
  for (const ValueInfoProto &output : graph.output()) {
    Value value = top.lookup(output.name());
    if (!value) {
      if (!top.hasFailed(output.name()))
        errors.push_back(makeError<errors::E0212>(output.name()));
      continue;
    }
    if (isSequence(value)) {
      errors.push_back(makeError<errors::E0218>(output.name()));
      continue;
    }
    results.push_back(value);
    names.push_back({output.name(), nullptr});
  }
  return results;
}

Values Importer::nodeOutputs(ResultNames &names) {
  Values results;
  for (const NodeProto *node : order)
    for (const std::string &output : node->output())
      if (Value value = top.lookup(output); value && !isSequence(value)) {
        results.push_back(value);
        names.push_back({output, node});
      }
  return results;
}

/// Returns the outputs and gives the function its result types.
void Importer::finish(func::FuncOp function) {
  ResultNames names;
  Values results = keepsAll ? nodeOutputs(names) : modelOutputs(names);
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  auto set = [&](size_t index, const char *key, const std::string &text) {
    function.setResultAttr(index, key, builder.getStringAttr(text));
  };
  for (auto [index, name] : llvm::enumerate(names)) {
    set(index, "graph.name", name.first);
    if (!name.second)
      continue;
    set(index, "graph.node", labelOf(*name.second));
    set(index, "graph.op", name.second->op_type());
  }
}

ImportedGraph Importer::run() {
  SmallVector<const ValueInfoProto *> inputs;
  SmallVector<Type> types;
  llvm::StringSet<> constants;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    constants.insert(tensor.name());
  for (const ValueInfoProto &input : graph.input()) {
    if (constants.contains(input.name()))
      continue;
    Result<RankedTensorType> type = inputType(input);
    if (!type) {
      errors.push_back(std::move(type).error());
      top.failed.insert(input.name());
      continue;
    }
    inputs.push_back(&input);
    types.push_back(*type);
  }
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToStart(module->getBody());
  auto function = func::FuncOp::create(builder, loc, "main",
                                       builder.getFunctionType(types, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  for (auto [index, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(index, "graph.name",
                        builder.getStringAttr(input->name()));
    define(input->name(), function.getArgument(index), top);
  }
  addInitializers(graph, top);
  for (const ValueInfoProto &output : graph.output())
    top.outputs.insert(output.name());
  addNodes(graph.node(), top);
  finish(function);
  if (!errors.empty())
    return {nullptr, std::move(errors)};
  return {std::move(module), {}};
}

ImportedGraph importGraph(LoadedModel &model, MLIRContext &context,
                          bool keepsAll) {
  // Stages evaluate shape computations.
  context.loadDialect<func::FuncDialect, graph::GraphDialect,
                      kernel::KernelDialect>();
  return Importer(model, context, keepsAll).run();
}

} // namespace sinter::onnx
