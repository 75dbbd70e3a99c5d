// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/NodeImport.h"

using ::onnx::AttributeProto;

namespace sinter::onnx {

namespace {

/// The name a user finds in the model: the node's, or that of its first output.
std::string labelOf(const ::onnx::NodeProto &proto) {
  if (!proto.name().empty())
    return proto.name();
  return proto.output_size() > 0 ? proto.output(0) : std::string("<unnamed>");
}

} // namespace

DiagnosticText::DiagnosticText(mlir::MLIRContext *context)
    : handler(context, [this](mlir::Diagnostic &diagnostic) {
        if (!text.empty())
          text += "; ";
        text += diagnostic.str();
        return mlir::success();
      }) {}

const AttributeProto *NodeImport::find(std::string_view name) const {
  for (const AttributeProto &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

Error NodeImport::wrongType(std::string_view name,
                            std::string_view expected) const {
  return makeError<errors::E0204>(labelOf(proto), proto.op_type(), name,
                                  expected);
}

Error NodeImport::invalid(std::string_view what) const {
  return makeError<errors::E0206>(labelOf(proto), proto.op_type(), what);
}

Error NodeImport::unsupported(std::string_view what,
                              std::string_view supported) const {
  Error error = makeError<errors::E0207>(labelOf(proto), proto.op_type(), what);
  error.note = fmt::format("supported: {}", supported);
  return error;
}

Result<int64_t> NodeImport::integer(std::string_view name,
                                    int64_t otherwise) const {
  const AttributeProto *attribute = find(name);
  if (!attribute)
    return otherwise;
  if (attribute->type() != AttributeProto::INT)
    return wrongType(name, "an integer");
  return attribute->i();
}

Result<std::vector<int64_t>> NodeImport::integers(std::string_view name) const {
  const AttributeProto *attribute = find(name);
  if (!attribute)
    return std::vector<int64_t>();
  if (attribute->type() != AttributeProto::INTS)
    return wrongType(name, "a list of integers");
  return std::vector<int64_t>(attribute->ints().begin(),
                              attribute->ints().end());
}

Result<float> NodeImport::number(std::string_view name, float otherwise) const {
  const AttributeProto *attribute = find(name);
  if (!attribute)
    return otherwise;
  if (attribute->type() != AttributeProto::FLOAT)
    return wrongType(name, "a float");
  return attribute->f();
}

Result<std::string> NodeImport::text(std::string_view name,
                                     std::string_view otherwise) const {
  const AttributeProto *attribute = find(name);
  if (!attribute)
    return std::string(otherwise);
  if (attribute->type() != AttributeProto::STRING)
    return wrongType(name, "a string");
  return attribute->s();
}

Result<int64_t> NodeImport::normalizedAxis(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank)
    return makeError<errors::E0205>(labelOf(proto), proto.op_type(), axis,
                                    rank);
  return axis < 0 ? axis + rank : axis;
}

} // namespace sinter::onnx
