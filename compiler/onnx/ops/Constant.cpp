// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Constant.h"
#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/ops/Ops.h"

using namespace mlir;
using ::onnx::AttributeProto;

namespace sinter::onnx {
namespace {

Value fromTensor(NodeImport &node, const ::onnx::TensorProto &tensor) {
  Result<Value> value =
      importTensor(tensor, node.state, labelOf(node.proto), node.loc);
  if (value)
    return *value;
  node.fail(std::move(value).error());
  return {};
}

/// A scalar or a vector of the elements of an attribute.
template <typename T>
Value fromElements(NodeImport &node, std::vector<T> elements, Type type,
                   bool isVector) {
  auto *first = reinterpret_cast<const std::byte *>(elements.data());
  Dims dims;
  if (isVector)
    dims.push_back(node.dim(elements.size()));
  return node.constant({first, first + elements.size() * sizeof(T)},
                       graph::tensorType(dims, type));
}

} // namespace

Result<Value> importTensor(const ::onnx::TensorProto &tensor,
                           ImportState &state, std::string_view name,
                           Location loc) {
  Result<TensorContents> contents = tensorContents(tensor, state.model);
  if (!contents)
    return std::move(contents).error();
  MLIRContext *context = state.builder.getContext();
  Type element = elementType(context, contents->type);
  if (!element)
    return makeError<errors::E0213>(name, static_cast<int>(contents->type));
  Dims dims;
  for (int64_t dim : contents->dims)
    dims.push_back(graph::DimAttr::constant(context, dim));
  auto key = graph::BlobAttr::get(
      context, std::to_string(static_cast<uint64_t>(contents->blob)));
  return Value(graph::ConstantOp::create(
      state.builder, loc, graph::tensorType(dims, element), key));
}

Values importConstant(NodeImport &node) {
  if (!node.expectInputs(0, 0))
    return {};
  if (node.proto.attribute_size() != 1)
    return node.invalid("expected one attribute");
  const AttributeProto &attribute = node.proto.attribute(0);
  const std::string &name = attribute.name();
  Builder &builder = node.builder;
  if (name == "value" && attribute.type() == AttributeProto::TENSOR)
    return {fromTensor(node, attribute.t())};
  if (name == "value_float")
    return {fromElements<float>(node, {node.number(name, 0)},
                                builder.getF32Type(), false)};
  if (name == "value_int")
    return {fromElements<int64_t>(node, {node.integer(name, 0)},
                                  builder.getI64Type(), false)};
  if (name == "value_ints")
    return {
        fromElements(node, node.integers(name), builder.getI64Type(), true)};
  if (name == "value_floats" && attribute.type() == AttributeProto::FLOATS)
    return {fromElements<float>(
        node, {attribute.floats().begin(), attribute.floats().end()},
        builder.getF32Type(), true)};
  return node.unsupported(fmt::format("attribute '{}'", name),
                          "dense tensors of numbers");
}

Values importConstantOfShape(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  std::optional<Dims> dims = node.contents(0);
  if (!dims)
    return {};
  const AttributeProto *attribute = node.find("value");
  Value value = attribute && attribute->type() == AttributeProto::TENSOR
                    ? fromTensor(node, attribute->t())
                    : node.scalar(0, node.builder.getF32Type());
  return {node.expand(node.reshape(value, {}), *dims)};
}

} // namespace sinter::onnx
