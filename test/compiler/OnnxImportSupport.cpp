// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/compiler/OnnxImportSupport.h"

#include "compiler/onnx/Importer.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"

namespace sinter::onnx::test {

namespace {

Imported print(LoadedModel &model) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportedGraph graph = importGraph(model, context);
  Imported result;
  result.errors = std::move(graph.errors);
  if (!graph.module)
    return result;
  if (failed(mlir::verify(*graph.module)))
    result.errors.push_back({0, "the module does not verify", {}});
  llvm::raw_string_ostream os(result.text);
  graph.module->print(os);
  return result;
}

} // namespace

Imported importFile(const std::string &path) {
  Result<LoadedModel> model = loadModel(path);
  if (!model)
    return {{}, {model.error()}};
  return print(*model);
}

ModelBuilder::ModelBuilder(int64_t opset) {
  model.set_ir_version(10);
  model.add_opset_import()->set_version(opset);
}

ModelBuilder &ModelBuilder::input(const std::string &name, const DimText &dims,
                                  int32_t type) {
  ::onnx::ValueInfoProto *info = model.mutable_graph()->add_input();
  info->set_name(name);
  auto *tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const std::string &dim : dims) {
    bool isNumber = dim.find_first_not_of("-0123456789") == std::string::npos;
    if (isNumber)
      tensor->mutable_shape()->add_dim()->set_dim_value(std::stoll(dim));
    else
      tensor->mutable_shape()->add_dim()->set_dim_param(dim);
  }
  return *this;
}

ModelBuilder &ModelBuilder::output(const std::string &name) {
  model.mutable_graph()->add_output()->set_name(name);
  return *this;
}

ModelBuilder &ModelBuilder::ints(const std::string &name,
                                 std::vector<int64_t> values, bool isScalar) {
  ::onnx::TensorProto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(::onnx::TensorProto::INT64);
  if (!isScalar)
    tensor->add_dims(static_cast<int64_t>(values.size()));
  for (int64_t value : values)
    tensor->add_int64_data(value);
  return *this;
}

::onnx::NodeProto &ModelBuilder::node(const std::string &type,
                                      const std::vector<std::string> &inputs,
                                      const std::vector<std::string> &outputs) {
  ::onnx::NodeProto *node = model.mutable_graph()->add_node();
  node->set_op_type(type);
  for (const std::string &input : inputs)
    node->add_input(input);
  for (const std::string &output : outputs)
    node->add_output(output);
  return *node;
}

Imported ModelBuilder::import() {
  Result<ExternalFiles> external = ExternalFiles::inDirectory(".");
  if (!external)
    return {{}, {external.error()}};
  LoadedModel loaded{model, {}, {}, std::move(*external)};
  return print(loaded);
}

namespace {

::onnx::AttributeProto &
addAttribute(::onnx::NodeProto &node, const std::string &name,
             ::onnx::AttributeProto::AttributeType type) {
  ::onnx::AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return *attribute;
}

} // namespace

void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  int64_t value) {
  addAttribute(node, name, ::onnx::AttributeProto::INT).set_i(value);
}

void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  const std::vector<int64_t> &values) {
  auto &attribute = addAttribute(node, name, ::onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  const std::string &text) {
  addAttribute(node, name, ::onnx::AttributeProto::STRING).set_s(text);
}

void setNumber(::onnx::NodeProto &node, const std::string &name, float value) {
  addAttribute(node, name, ::onnx::AttributeProto::FLOAT).set_f(value);
}

} // namespace sinter::onnx::test
