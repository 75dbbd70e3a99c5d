// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/ops/Math.h"
#include "compiler/onnx/ops/Ops.h"
#include "dialects/graph/ops/Binary.h"
#include "dialects/graph/ops/BitCast.h"
#include "dialects/graph/ops/Reduction.h"

using namespace mlir;

namespace sinter::onnx {

/// Before opset 7 the right side broadcasts only with `broadcast`, from `axis`
/// on.
Value alignedRight(NodeImport &node) {
  Value right = node.input(1);
  if (node.opset >= 7 || node.integer("broadcast", 0) == 0 || !node.has("axis"))
    return right;
  int64_t rank = node.rank(node.input(0));
  int64_t axis = node.normalizedAxis(node.integer("axis", 0), rank);
  Dims dims = node.dims(right);
  int64_t missing = rank - axis - static_cast<int64_t>(dims.size());
  if (missing < 0) {
    node.invalid("the right side does not fit the left from the axis on");
    return {};
  }
  dims.append(missing, node.dim(1));
  return node.reshape(right, dims);
}

namespace {

template <typename Op> Values variadic(NodeImport &node) {
  if (!node.expectInputs(1, SIZE_MAX))
    return {};
  Value result = node.input(0);
  for (size_t index = 1; index < node.inputs.size(); ++index)
    result = node.make<Op>({result, node.input(index)});
  return {result};
}

} // namespace

Values importSum(NodeImport &node) { return variadic<graph::AddOp>(node); }
Values importMax(NodeImport &node) { return variadic<graph::MaxOp>(node); }
Values importMin(NodeImport &node) { return variadic<graph::MinOp>(node); }

Values importMean(NodeImport &node) {
  Values sum = importSum(node);
  if (sum.empty())
    return {};
  Math m(node);
  double count = static_cast<double>(node.inputs.size());
  return {m.div(sum[0], m.like(sum[0], count))};
}

Values importClip(NodeImport &node) {
  if (!node.expectInputs(1, 3))
    return {};
  Math m(node);
  Value result = node.input(0), bounds[2] = {node.input(1), node.input(2)};
  if (node.opset < 11) {
    if (node.has("min"))
      bounds[0] = m.like(result, node.number("min", 0));
    if (node.has("max"))
      bounds[1] = m.like(result, node.number("max", 0));
  }
  for (Value &bound : bounds)
    if (bound && node.rank(bound) == 1)
      bound = node.reshape(bound, {});
  if (bounds[0])
    result = m.max(result, bounds[0]);
  return {bounds[1] ? m.min(result, bounds[1]) : result};
}

Values importWhere(NodeImport &node) {
  if (!node.expectInputs(3, 3))
    return {};
  return {node.select(node.input(0), node.input(1), node.input(2))};
}

/// The base's type is the result's. Integers are computed in f64.
Values importPow(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  Type element = node.element(node.input(0));
  Type compute = isa<FloatType>(element) ? element : node.builder.getF64Type();
  Value base = node.cast(node.input(0), compute);
  Value exponent = node.cast(alignedRight(node), compute);
  return {node.cast(node.make<graph::PowOp>({base, exponent}), element)};
}

Values importMod(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  bool truncates = node.integer("fmod", 0) != 0;
  Type element = node.element(node.input(0));
  if (!truncates && element && isa<FloatType>(element) && node.opset < 28)
    return node.invalid("fmod must be 1 for floats");
  if (truncates)
    return {node.make<graph::RemainderOp>({node.input(0), node.input(1)})};
  return {node.make<graph::ModOp>({node.input(0), node.input(1)})};
}

Type elementOf(NodeImport &node, int64_t type) {
  Type element;
  if (type > 0 && type <= INT32_MAX)
    element =
        elementType(node.builder.getContext(), static_cast<int32_t>(type));
  if (!element)
    node.unsupported(fmt::format("element type {}", type),
                     "floats of 16 to 64 bits, integers of 8 to 64 bits, bool");
  return element;
}

Values importBitShift(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  std::string direction = node.text("direction", "");
  if (direction == "LEFT")
    return {node.make<graph::ShiftLeftOp>(node.inputs)};
  if (direction == "RIGHT")
    return {node.make<graph::ShiftRightOp>(node.inputs)};
  return node.invalid("direction is neither 'LEFT' nor 'RIGHT'");
}

Values importCast(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  int64_t to = node.integer("to", 0);
  if (node.opset < 6) {
    ::onnx::TensorProto_DataType named = ::onnx::TensorProto::UNDEFINED;
    ::onnx::TensorProto_DataType_Parse(node.text("to", ""), &named);
    to = named;
  }
  Type element = elementOf(node, to);
  return {element ? node.cast(node.input(0), element) : Value()};
}

Values importBitCast(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Type element = elementOf(node, node.integer("to", 0));
  if (!element)
    return {};
  Value value = node.input(0);
  if (element.isInteger(1)) // the bits of a byte
    return {node.cast(value, element)};
  graph::BitCastOp::Properties properties;
  properties.to = TypeAttr::get(element);
  return {node.make<graph::BitCastOp>(value, properties)};
}

Values importCastLike(NodeImport &node) {
  if (!node.expectInputs(2, 2))
    return {};
  return {node.cast(node.input(0), node.element(node.input(1)))};
}

Values importIsNaN(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  return {m.logicalNot(m.equal(x, x))};
}

Values importIsInf(NodeImport &node) {
  Math m(node);
  Value x = m.onlyInput();
  bool negative = node.integer("detect_negative", 1) != 0;
  bool positive = node.integer("detect_positive", 1) != 0;
  double infinity = std::numeric_limits<double>::infinity();
  if (negative && positive)
    return {m.equal(m.abs(x), m.like(x, infinity))};
  Value bound = m.like(x, negative ? -infinity : infinity);
  Value result = m.equal(x, bound);
  if (negative || positive)
    return {result};
  return {node.make<graph::AndOp>({result, m.logicalNot(result)})};
}

/// The first input, whatever the others and the attributes are.
Values importIdentity(NodeImport &node) {
  if (!node.expectInputs(1, 3))
    return {};
  return {node.input(0)};
}

Values importDropout(NodeImport &node) {
  if (!node.expectInputs(1, 3))
    return {};
  std::optional<Dims> mode = node.known(2);
  if (mode && !mode->empty() && mode->front().getConstant() != 0)
    return node.unsupported("training mode", "inference");
  if (node.input(2) && !mode) { // it may train if it drops nothing
    Math m(node);
    Value ratio = node.input(1) ? node.input(1)
                                : node.scalar(0.5, node.builder.getF32Type());
    Value keepsAll = m.equal(node.reshape(ratio, {}), m.like(ratio, 0));
    Value infers = m.logicalNot(node.reshape(node.input(2), {}));
    node.check(node.make<graph::OrOp>({infers, keepsAll}),
               fmt::format("node '{}' (Dropout): training mode is not "
                           "supported",
                           labelOf(node.proto)));
  }
  Value mask = node.proto.output_size() > 1
                   ? node.expand(node.scalar(1, node.builder.getI1Type()),
                                 node.dims(node.input(0)))
                   : Value();
  return {node.input(0), mask};
}

} // namespace sinter::onnx
