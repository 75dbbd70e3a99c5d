// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/Importer.h"

#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/OpTable.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Dims.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using llvm::SmallVector;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::ValueInfoProto;

namespace sinter::onnx {
namespace {

class Importer {
public:
  Importer(LoadedModel &model, MLIRContext &context)
      : model(model), graph(model.proto.graph()), builder(&context),
        state{model, builder, ShapeContents(model.blobs)} {}

  ImportedGraph run();

private:
  void addInitializers();
  void addInputs(func::FuncOp function);
  Result<RankedTensorType> inputType(const ValueInfoProto &input);
  void addNodes();
  void addNode(const NodeProto &node);
  Value simplifyContents(NodeImport &node, Value value);
  void reportBlocked(const NodeProto &node);
  void define(const std::string &name, Value value);
  Value lookup(const std::string &name);
  void finish(func::FuncOp function);
  int64_t opsetOf(const std::string &domain) const;

  LoadedModel &model;
  const GraphProto &graph;
  OpBuilder builder;
  ImportState state;
  llvm::StringMap<Value> values;
  llvm::StringMap<const ::onnx::TensorProto *> initializers;
  /// Outputs of nodes with errors: what needs them is not reported again.
  llvm::StringSet<> failedValues;
  std::vector<Error> errors;
};

bool isDefaultDomain(const std::string &domain) {
  return domain.empty() || domain == "ai.onnx";
}

void Importer::define(const std::string &name, Value value) {
  if (name.empty())
    return;
  if (!values.try_emplace(name, value).second)
    errors.push_back(makeError<errors::E0208>(name));
}

int64_t Importer::opsetOf(const std::string &domain) const {
  for (const auto &import : model.proto.opset_import())
    if (import.domain() == domain ||
        (isDefaultDomain(domain) && isDefaultDomain(import.domain())))
      return import.version();
  return 1;
}

void Importer::addInitializers() {
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    Result<Value> value =
        importTensor(tensor, state, tensor.name(), builder.getUnknownLoc());
    if (value) {
      define(tensor.name(), *value);
      continue;
    }
    errors.push_back(std::move(value).error());
    failedValues.insert(tensor.name());
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
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      dims.push_back(graph::DimAttr::constant(context, dim.dim_value()));
    else if (dim.has_dim_param() && !dim.dim_param().empty())
      dims.push_back(graph::DimAttr::symbol(context, dim.dim_param()));
    else
      dims.push_back(graph::DimAttr::symbol(
          context, fmt::format("{}.{}", input.name(), dims.size())));
  }
  return graph::tensorType(dims, element);
}

Value Importer::lookup(const std::string &name) { return values.lookup(name); }

/// Small integer tensors of known elements are written as such: their shape
/// computation is not needed any more.
Value Importer::simplifyContents(NodeImport &node, Value value) {
  constexpr int64_t maxElements = 16;
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

void Importer::addNode(const NodeProto &node) {
  auto fail = [&](std::optional<Error> error) {
    if (error)
      errors.push_back(std::move(*error));
    for (const std::string &output : node.output())
      failedValues.insert(output);
  };
  const OpRow *row =
      isDefaultDomain(node.domain()) ? findOp(node.op_type()) : nullptr;
  if (!row)
    return fail(makeError<errors::E0200>(
        labelOf(node), node.op_type(),
        isDefaultDomain(node.domain()) ? "ai.onnx" : node.domain()));
  int64_t opset = opsetOf(node.domain());
  if (opset < row->since || opset > row->until)
    return fail(makeError<errors::E0201>(labelOf(node), node.op_type(), opset));
  SmallVector<Value> inputs;
  for (const std::string &name : node.input()) {
    if (failedValues.contains(name))
      return fail(std::nullopt);
    inputs.push_back(lookup(name));
  }
  Location loc = NameLoc::get(builder.getStringAttr(labelOf(node)));
  NodeImport import(node, opset, inputs, state, loc);
  Values outputs = row->import(import);
  outputs.resize(node.output_size());
  for (auto [name, value] : llvm::zip(node.output(), outputs))
    if (!name.empty() && !value)
      import.unsupported(fmt::format("output '{}'", name),
                         "the outputs before");
  if (import.failed())
    return fail(import.takeError());
  for (auto [name, value] : llvm::zip(node.output(), outputs))
    if (value)
      define(name, simplifyContents(import, value));
}

/// Says why a node never became ready: a value that nothing gives, or a cycle.
void Importer::reportBlocked(const NodeProto &node) {
  for (const std::string &output : node.output())
    failedValues.insert(output);
  llvm::StringSet<> given;
  for (const NodeProto &other : graph.node())
    for (const std::string &output : other.output())
      given.insert(output);
  for (const std::string &name : node.input())
    if (!name.empty() && !values.contains(name) && !given.contains(name)) {
      errors.push_back(
          makeError<errors::E0202>(labelOf(node), node.op_type(), name));
      return;
    }
  errors.push_back(makeError<errors::E0203>(labelOf(node), node.op_type()));
}

/// In an order in which every node comes after those it needs; files need not
/// have one.
void Importer::addNodes() {
  llvm::StringMap<SmallVector<const NodeProto *, 2>> waiting;
  llvm::DenseMap<const NodeProto *, size_t> missing;
  SmallVector<const NodeProto *> ready;
  for (const NodeProto &node : graph.node()) {
    llvm::StringSet<> needed;
    for (const std::string &name : node.input())
      if (!name.empty() && !values.contains(name) && needed.insert(name).second)
        waiting[name].push_back(&node);
    missing[&node] = needed.size();
    if (needed.empty())
      ready.push_back(&node);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    const NodeProto &node = *ready[next];
    addNode(node);
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
  for (const NodeProto &node : graph.node())
    if (missing[&node] != 0)
      reportBlocked(node);
}

/// Returns the graph's outputs and gives the function its result types.
void Importer::finish(func::FuncOp function) {
  SmallVector<Value> results;
  SmallVector<Type> types;
  for (const ValueInfoProto &output : graph.output()) {
    Value value = lookup(output.name());
    if (!value) {
      if (!failedValues.contains(output.name()))
        errors.push_back(makeError<errors::E0212>(output.name()));
      continue;
    }
    results.push_back(value);
    types.push_back(value.getType());
  }
  func::ReturnOp::create(builder, builder.getUnknownLoc(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
  if (types.size() == static_cast<size_t>(graph.output_size()))
    for (auto [index, output] : llvm::enumerate(graph.output()))
      function.setResultAttr(index, "graph.name",
                             builder.getStringAttr(output.name()));
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
      failedValues.insert(input.name());
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
    define(input->name(), function.getArgument(index));
  }
  addInitializers();
  addNodes();
  finish(function);
  if (!errors.empty())
    return {nullptr, std::move(errors)};
  return {std::move(module), {}};
}

} // namespace

ImportedGraph importGraph(LoadedModel &model, MLIRContext &context) {
  // Stages evaluate shape computations.
  context.loadDialect<func::FuncDialect, graph::GraphDialect,
                      kernel::KernelDialect>();
  return Importer(model, context).run();
}

} // namespace sinter::onnx
