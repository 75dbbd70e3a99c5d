// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linear quantization, and products of quantized tensors: integers are
// multiplied and summed in i32, scaled in f32.
#include "compiler/onnx/ElementTypes.h"
#include "compiler/onnx/ops/Ops.h"
#include "compiler/onnx/ops/Parts.h"
#include "compiler/onnx/ops/Slices.h"
#include "compiler/onnx/ops/Windows.h"

using namespace mlir;

namespace sinter::onnx {
namespace {

using graph::DimAttr;

class Quantization {
public:
  explicit Quantization(NodeImport &node) : node(node), m(node) {}

  /// saturate(round(value / scale) + zero)
  Value quantize(Value value, Value scale, Value zero, Type to);
  /// The value as i32, less its zero point.
  Value shifted(Value value, Value zero);
  /// A scale or zero point, so that it broadcasts to the value: one element,
  /// one for each slice of an axis, or one for each block of an axis.
  Value spread(Value parameter, Value value);
  Value i32(Value value) { return node.cast(value, node.builder.getI32Type()); }
  Value f32(Value value) { return node.cast(value, node.builder.getF32Type()); }

  NodeImport &node;
  Parts m;

private:
  Value spreadBlocks(Value parameter, Value value, int64_t axis);
};

Value Quantization::spreadBlocks(Value parameter, Value value, int64_t axis) {
  int64_t block = node.integer("block_size", 0);
  Dims dims = node.dims(parameter), to = node.dims(value);
  if (block < 1) {
    node.invalid("a scale of the input's rank needs a positive block_size");
    return {};
  }
  Dims repeated = dims, joined = dims;
  repeated.insert(repeated.begin() + axis + 1, node.dim(block));
  joined[axis] = node.checked(graph::multiply(dims[axis], node.dim(block)));
  Value blocks = node.expand(node.unsqueeze(parameter, axis + 1), repeated);
  return sliceAxis(node, node.reshape(blocks, joined), axis, node.dim(0), 1,
                   to[axis]);
}

Value Quantization::spread(Value parameter, Value value) {
  if (!parameter || node.failed())
    return parameter;
  Dims dims = node.dims(parameter);
  int64_t rank = node.rank(value);
  if (dims.empty() || (dims.size() == 1 && dims[0].getConstant() == 1))
    return node.reshape(parameter, {});
  int64_t axis = node.normalizedAxis(node.integer("axis", 1), rank);
  if (node.failed())
    return {};
  if (dims.size() == 1 && node.integer("block_size", 0) == 0)
    return m.along(parameter, axis, rank);
  if (static_cast<int64_t>(dims.size()) == rank)
    return spreadBlocks(parameter, value, axis);
  node.invalid(fmt::format("scale or zero point has rank {}", dims.size()));
  return {};
}

Value Quantization::quantize(Value value, Value scale, Value zero, Type to) {
  auto type = dyn_cast_or_null<IntegerType>(to);
  if (!type || type.getWidth() > 16) {
    if (to)
      node.unsupported("an integer of more than 16 bits, or a float, as result",
                       "integers of 8 and 16 bits");
    return {};
  }
  int64_t bits = type.getWidth();
  bool isSigned = !type.isUnsigned();
  double low = isSigned ? -std::ldexp(1, bits - 1) : 0;
  double high = std::ldexp(1, isSigned ? bits - 1 : bits) - 1;
  Value rounded = m.round(m.div(m.widen(value), m.widen(scale)));
  if (zero)
    rounded = m.add(rounded, node.cast(zero, node.element(rounded)));
  Value inside = m.clamp(rounded, m.like(rounded, low), m.like(rounded, high));
  return node.cast(inside, to);
}

Value Quantization::shifted(Value value, Value zero) {
  return zero ? m.sub(i32(value), i32(zero)) : i32(value);
}

/// One element, or one for each row (a column vector) or column.
Value perRow(NodeImport &node, Value parameter) {
  if (!parameter || node.rank(parameter) != 1)
    return parameter;
  return node.unsqueeze(parameter, 1);
}

/// One element, or one for each output channel.
Value perChannel(NodeImport &node, Value parameter, int64_t after) {
  if (!parameter || node.rank(parameter) == 0)
    return parameter;
  Dims dims = node.dims(parameter);
  dims.append(after, node.dim(1));
  return node.reshape(parameter, dims);
}

} // namespace

Values importQuantizeLinear(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Quantization q(node);
  Value x = node.input(0);
  Type to = node.element(node.input(2));
  if (!to) {
    int64_t type = node.integer("output_dtype", 0);
    to = elementType(node.builder.getContext(),
                     type == 0 ? static_cast<int>(::onnx::TensorProto::UINT8)
                               : static_cast<int>(type));
    if (!to)
      return node.unsupported(fmt::format("output_dtype {}", type),
                              "integers of 8 and 16 bits");
  }
  return {q.quantize(x, q.spread(node.input(1), x), q.spread(node.input(2), x),
                     to)};
}

Values importDequantizeLinear(NodeImport &node) {
  if (!node.expectInputs(2, 3))
    return {};
  Quantization q(node);
  Value x = node.input(0), scale = q.spread(node.input(1), x);
  Value difference = q.shifted(x, q.spread(node.input(2), x));
  Value product = q.m.mul(q.f32(difference), q.f32(scale));
  return {node.cast(product, node.element(node.input(1)))};
}

/// The scale and zero point that map the range of x, with 0, to 0...255.
Values importDynamicQuantizeLinear(NodeImport &node) {
  if (!node.expectInputs(1, 1))
    return {};
  Quantization q(node);
  Parts &m = q.m;
  Value x = node.input(0), zero = m.like(x, 0), top = m.like(x, 255);
  auto all = axesBetween(0, node.rank(x));
  Value high = m.max(m.largest(x, all, false), zero);
  Value low = m.min(m.smallest(x, all, false), zero);
  Value range = m.sub(high, low);
  Value scale =
      node.select(m.equal(range, zero), m.like(x, 1), m.div(range, top));
  Type u8 = node.builder.getIntegerType(8, /*isSigned=*/false);
  Value at = m.round(m.clamp(m.sub(zero, m.div(low, scale)), zero, top));
  Value point = node.cast(at, u8);
  return {q.quantize(x, scale, point, u8), scale, point};
}

Values importMatMulInteger(NodeImport &node) {
  if (!node.expectInputs(2, 4))
    return {};
  Quantization q(node);
  return {
      q.m.vectorMatMul(q.shifted(node.input(0), perRow(node, node.input(2))),
                       q.shifted(node.input(1), node.input(3)))};
}

Values importConvInteger(NodeImport &node) {
  if (!node.expectInputs(2, 4))
    return {};
  Quantization q(node);
  int64_t rank = node.rank(node.input(1));
  return {convolution(
      node, q.shifted(node.input(0), perChannel(node, node.input(2), 0)),
      q.shifted(node.input(1), perChannel(node, node.input(3), rank - 1)))};
}

/// Inputs x, w and y, each with scale and zero point, and an i32 bias.
Values importQLinearConv(NodeImport &node) {
  if (!node.expectInputs(8, 9))
    return {};
  Quantization q(node);
  Parts &m = q.m;
  int64_t rank = node.rank(node.input(3));
  Value sum = convolution(
      node, q.shifted(node.input(0), perChannel(node, node.input(2), 0)),
      q.shifted(node.input(3), perChannel(node, node.input(5), rank - 1)));
  if (node.input(8))
    sum = m.add(sum, perChannel(node, node.input(8), rank - 2));
  Value scale = m.mul(perChannel(node, node.input(1), 0),
                      perChannel(node, node.input(4), rank - 2));
  Value scaled = m.mul(q.f32(sum), scale);
  return {q.quantize(scaled, perChannel(node, node.input(6), 0),
                     perChannel(node, node.input(7), 0),
                     node.element(node.input(7)))};
}

/// Inputs a, b and y, each with scale and zero point.
Values importQLinearMatMul(NodeImport &node) {
  if (!node.expectInputs(8, 8))
    return {};
  Quantization q(node);
  Parts &m = q.m;
  Value product =
      m.vectorMatMul(q.shifted(node.input(0), perRow(node, node.input(2))),
                     q.shifted(node.input(3), node.input(5)));
  Value scale = m.mul(q.f32(perRow(node, node.input(1))), q.f32(node.input(4)));
  Value scaled = m.mul(q.f32(product), scale);
  return {q.quantize(scaled, perRow(node, node.input(6)),
                     perRow(node, node.input(7)), node.element(node.input(7)))};
}

} // namespace sinter::onnx
