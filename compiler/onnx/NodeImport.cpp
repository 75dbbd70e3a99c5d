// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/NodeImport.h"

#include "compiler/onnx/ElementTypes.h"
#include "dialects/graph/Infer.h"
#include "dialects/graph/ops/Cast.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"

#include "mlir/IR/TypeUtilities.h"
#include <cmath>
#include <cstring>

using ::onnx::AttributeProto;

namespace sinter::onnx {

std::string labelOf(const ::onnx::NodeProto &proto) {
  if (!proto.name().empty())
    return proto.name();
  return proto.output_size() > 0 ? proto.output(0) : std::string("<unnamed>");
}

graph::DimAttr ImportState::newSymbol(std::string_view what) {
  symbols.push_back(fmt::format("{}~{}", what, symbols.size()));
  return graph::DimAttr::symbol(builder.getContext(), symbols.back());
}

//===- Errors -------------------------------------------------------------===//

Values NodeImport::fail(Error next) {
  if (!error)
    error = std::move(next);
  return {};
}

Values NodeImport::invalid(std::string_view what) {
  return fail(makeError<errors::E0206>(labelOf(proto), proto.op_type(), what));
}

Values NodeImport::unsupported(std::string_view what,
                               std::string_view supported) {
  Error next = makeError<errors::E0207>(labelOf(proto), proto.op_type(), what);
  next.note = fmt::format("supported: {}", supported);
  return fail(std::move(next));
}

bool NodeImport::expectInputs(size_t least, size_t most) {
  bool fits = inputs.size() >= least && inputs.size() <= most;
  for (size_t index = 0; fits && index < least; ++index)
    fits = inputs[index] != nullptr;
  if (!fits)
    invalid(least == most
                ? fmt::format("{} inputs; expected {}", inputs.size(), least)
                : fmt::format("{} inputs; expected {} or more, the first {} "
                              "not left out",
                              inputs.size(), least, least));
  return fits && !failed();
}

//===- Attributes ---------------------------------------------------------===//

const AttributeProto *NodeImport::find(std::string_view name) const {
  for (const AttributeProto &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

namespace {

/// The attribute, if it is there and has the type.
const AttributeProto *typed(NodeImport &node, std::string_view name,
                            AttributeProto::AttributeType type,
                            std::string_view expected) {
  const AttributeProto *attribute = node.find(name);
  if (attribute && attribute->type() != type) {
    node.fail(makeError<errors::E0204>(labelOf(node.proto),
                                       node.proto.op_type(), name, expected));
    return nullptr;
  }
  return attribute;
}

} // namespace

int64_t NodeImport::integer(std::string_view name, int64_t otherwise) {
  const AttributeProto *attribute =
      typed(*this, name, AttributeProto::INT, "an integer");
  return attribute ? attribute->i() : otherwise;
}

std::vector<int64_t> NodeImport::integers(std::string_view name) {
  const AttributeProto *attribute =
      typed(*this, name, AttributeProto::INTS, "a list of integers");
  if (!attribute)
    return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

float NodeImport::number(std::string_view name, float otherwise) {
  const AttributeProto *attribute =
      typed(*this, name, AttributeProto::FLOAT, "a float");
  return attribute ? attribute->f() : otherwise;
}

std::string NodeImport::text(std::string_view name,
                             std::string_view otherwise) {
  const AttributeProto *attribute =
      typed(*this, name, AttributeProto::STRING, "a string");
  return attribute ? attribute->s() : std::string(otherwise);
}

int64_t NodeImport::normalizedAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    fail(makeError<errors::E0205>(labelOf(proto), proto.op_type(), axis, rank));
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

//===- Types and contents -------------------------------------------------===//

Dims NodeImport::dims(mlir::Value value) const {
  if (!value)
    return {};
  mlir::FailureOr<Dims> dims = graph::dimsOf(value.getType());
  return mlir::failed(dims) ? Dims() : *dims;
}

mlir::Type NodeImport::element(mlir::Value value) const {
  return value ? mlir::getElementTypeOrSelf(value.getType()) : mlir::Type();
}

namespace {

/// The number of a constant of one f32 or f64.
std::optional<double> constantFloat(mlir::Value value, const BlobStore &blobs) {
  while (auto reshape = value.getDefiningOp<graph::ReshapeOp>())
    value = reshape.getInput();
  auto constant = value.getDefiningOp<graph::ConstantOp>();
  uint64_t key = 0;
  if (!constant || constant.getValue().getKey().getAsInteger(10, key))
    return std::nullopt;
  std::span<const std::byte> bytes = blobs.bytes(static_cast<BlobKey>(key));
  mlir::Type type = mlir::getElementTypeOrSelf(value.getType());
  if (type.isF32() && bytes.size() == sizeof(float)) {
    float number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  if (type.isF64() && bytes.size() == sizeof(double)) {
    double number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  return std::nullopt;
}

} // namespace

mlir::ArrayAttr NodeImport::array(llvm::ArrayRef<graph::DimAttr> dims) const {
  return builder.getArrayAttr(
      llvm::SmallVector<mlir::Attribute>(dims.begin(), dims.end()));
}

std::optional<Dims> NodeImport::known(size_t index) {
  if (failed() || !input(index))
    return std::nullopt;
  return state.contents.known(input(index));
}

std::optional<Dims> NodeImport::partial(size_t index) {
  if (failed() || !input(index))
    return std::nullopt;
  auto type = mlir::dyn_cast<mlir::RankedTensorType>(input(index).getType());
  if (const ShapeContents::Elements *known = state.contents.of(input(index)))
    return Dims(known->begin(), known->end());
  if (!type || !type.hasStaticShape() ||
      type.getNumElements() > ShapeContents::maxBound)
    return std::nullopt;
  return Dims(type.getNumElements());
}

std::optional<Dims> NodeImport::contents(size_t index) {
  std::optional<Dims> dims = known(index);
  if (dims || failed() || !input(index))
    return dims;
  dims = bindElements(input(index));
  if (!dims && !failed())
    unsupported(fmt::format("the elements of input {} ('{}') are not known "
                            "when the model is compiled",
                            index, proto.input(static_cast<int>(index))),
                "constants, integers computed from shapes, and few integers "
                "that the model computes");
  return dims;
}

std::optional<std::vector<int64_t>> NodeImport::constants(size_t index) {
  std::optional<Dims> dims = known(index);
  if (!dims) {
    if (!failed() && input(index))
      unsupported(fmt::format("the elements of input {} ('{}') are not known "
                              "when the model is compiled",
                              index, proto.input(static_cast<int>(index))),
                  "constants");
    return std::nullopt;
  }
  std::vector<int64_t> values;
  for (graph::DimAttr dim : *dims) {
    if (!dim.getConstant()) {
      unsupported(fmt::format("input {} ('{}') depends on a dim that is not "
                              "constant",
                              index, proto.input(static_cast<int>(index))),
                  "constants");
      return std::nullopt;
    }
    values.push_back(*dim.getConstant());
  }
  return values;
}

std::optional<graph::DimAttr> NodeImport::knownDim(size_t index) {
  mlir::Value value = input(index);
  if (failed() || !value)
    return std::nullopt;
  // Sizes pass through floats: Range(0, Cast(Shape(x)), 1).
  auto cast = value.getDefiningOp<graph::CastOp>();
  if (cast && element(value).getIntOrFloatBitWidth() >= 32 &&
      mlir::isa<mlir::IntegerType>(element(cast.getInput())))
    value = cast.getInput();
  std::optional<Dims> known = state.contents.known(value);
  if (known && known->size() == 1)
    return known->front();
  std::optional<double> number = constantFloat(value, state.model.blobs);
  if (number && *number == std::trunc(*number) && std::abs(*number) < 0x1p53)
    return dim(static_cast<int64_t>(*number));
  return std::nullopt;
}

graph::DimAttr NodeImport::dimOf(size_t index) {
  mlir::Value value = input(index);
  if (failed() || !value)
    return dim(0);
  if (std::optional<graph::DimAttr> known = knownDim(index))
    return *known;
  std::optional<Dims> bound = bindElements(value);
  if (bound && bound->size() == 1)
    return bound->front();
  return bind(reshape(value, {}));
}

std::optional<std::vector<int64_t>>
NodeImport::listOf(std::string_view attribute, size_t index) {
  if (has(attribute))
    return integers(attribute);
  return input(index) ? constants(index) : std::nullopt;
}

graph::DimAttr NodeImport::checked(mlir::FailureOr<graph::DimAttr> value) {
  if (mlir::succeeded(value))
    return *value;
  invalid("a size overflows, divides by 0, or is too complex");
  return dim(0);
}

} // namespace sinter::onnx
